"""The form decided again with the answers in it: what they stand for is read, and all that depends on them follows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from prefill.filling import FilledForm
from prefill.plans.answering import Given, GivenRows, answered, read_of
from prefill.plans.model import CELLS, begin, run
from prefill.receiving.asked import Asked, Spot
from prefill.receiving.model import Answer
from prefill.receiving.reading import Place
from prefill.receiving.restoring import restored_given, restored_rows
from prefill.records import Absence, Cell, Entity, Fact, Item
from prefill.records.facts import Resolved
from prefill.vocabulary import Term

__all__ = ["Stating", "decide", "stated", "value_of"]


@dataclass(frozen=True, slots=True)
class Stating:
    """Who states the answers, and when: the source, the day, the purpose; and of whom (``FilledForm.reference``)."""

    source: str
    today: date
    purpose: str
    subject: str | None = None


@dataclass(slots=True)
class _Row:
    """What was answered in one row: its cells, what it reads, what is said of its item and of its membership."""

    cells: dict[int, Resolved] = field(default_factory=dict)
    reads: dict[tuple[str, str], Resolved] = field(default_factory=dict)
    said: dict[str, tuple[Term, Any]] = field(default_factory=dict)
    link: dict[str, tuple[Term, Any]] = field(default_factory=dict)
    computed: set[int] = field(default_factory=set)


def value_of(asked: Asked, spot: Spot, answer: Answer) -> Any:
    """Give the value that an answer states of the term behind its field: an Absence, or None where that is not certain."""
    taught = asked.taught(spot)
    if taught is None:
        return None
    return Absence.NOT_APPLICABLE if answer.act == "cleared" else taught.value(answer.value)


def stated(answer: Answer, stating: Stating, path: str | None) -> Resolved:
    """Give what stands in the answered cell: the worker's own statement."""
    day = stating.today.toordinal()
    origin = {"auto": "confirm"}.get(answer.origin, answer.origin)
    fact = Fact(
        path or answer.key,
        answer.value,
        stating.source,
        stating.today.isoformat(),
        day,
        0,
        origin,
        None,
        stating.purpose,
    )
    if answer.act == "cleared":
        return ("not-applicable", None, (fact._replace(value=Absence.NOT_APPLICABLE),), (), ())
    return ("recorded", answer.value, (fact,), (), ())


def decide(asked: Asked, answers: Mapping[Place, Answer], stating: Stating) -> FilledForm:
    """Give the filled form with these answers in it."""
    before, plan = asked.filled, asked.plan
    cells: dict[int, Resolved] = {}
    reads: dict[tuple[str, str], Resolved] = {}
    computed: set[int] = set()
    rows: dict[int, dict[str, _Row]] = defaultdict(lambda: defaultdict(_Row))
    removed: dict[int, set[int]] = defaultdict(set)
    none: dict[int, Resolved] = {}
    for (key, row), answer in answers.items():
        spot = asked.spots[key]
        if answer.act == "removed" and row is not None:
            removed[spot.number].add(asked.items[key][row].entity.number)
            continue
        if answer.origin == "auto" and not answer.changed and answer.act == "typed":
            continue
        taught = asked.taught(spot)
        standing = stated(answer, stating, taught.path.text if taught is not None and row is None else None)
        if spot.slot.kind == "list":
            if answer.value == ():
                none[spot.number] = standing
            continue
        own = rows[spot.table_number][row] if row is not None else None
        into = own.cells if own is not None else cells
        into[spot.number] = standing
        if answer.reason == "after-answers":
            (own.computed if own is not None else computed).add(spot.number)
        value = value_of(asked, spot, answer)
        if taught is None or value is None:
            continue
        read: Resolved = (*standing[:1], None if isinstance(value, Absence) else value, *standing[2:])
        if isinstance(value, Absence):
            read = ("not-applicable", None, *standing[2:])
        (own.reads if own is not None else reads).setdefault(read_of(taught.path), read)
        if own is not None and not taught.path.roles:
            (own.link if taught.path.on_link else own.said)[taught.term.path] = (taught.term, value)
    tables: dict[int, GivenRows] = {}
    for number in {*rows, *removed, *none}:
        tables[number] = _given_rows(asked, number, rows.get(number, {}), frozenset(removed[number]), none.get(number))
        _list_read(asked, number, tables[number], rows.get(number, {}), reads)
    steps = {}
    roots: Sequence[Resolved] = before._roots
    if asked.hollow:
        given = restored_given(asked, cells, reads, answers)
        steps, computed = dict(given.steps), computed | given.computed
        cells, reads = {**given.cells, **cells}, {**given.reads, **reads}
        tables = restored_rows(asked, tables)
    program = answered(plan.program, Given(cells, reads, frozenset(computed), steps, tables), plan.slots)
    context = before.context()
    context.answered = True
    memory = run(program, begin(program, context, roots))
    made = FilledForm(
        plan, before.on, before.filing, memory[CELLS : program.end], roots, before._withheld, before._about
    )
    made.__dict__["memory"] = memory
    made.__dict__["reference"] = before.reference
    return made


def _given_rows(
    asked: Asked, number: int, rows: Mapping[str, _Row], removed: frozenset[int], none: Resolved | None
) -> GivenRows:
    slot = asked.plan.slots[number]
    items = asked.items[slot.key]
    known: dict[int, Given] = {}
    new: list[tuple[Item, Given]] = []
    for name, row in rows.items():
        given = Given(row.cells, row.reads, frozenset(row.computed))
        if name in items:
            known[items[name].entity.number] = given
        else:
            new.append((_new_item(asked, number, name, row), given))
    found: Resolved | None = None
    if new or removed:
        table = slot.table
        at = asked.filled.cells[number][0]
        kept = tuple(item for item in items.values() if item.entity.number not in removed)
        facts = at[2]
        if table is not None:
            found = ("recorded", (*kept, *[item for item, _ in new]), facts, (), ())
    return GivenRows(known, tuple(new), removed, none, found)


def _new_item(asked: Asked, number: int, name: str, row: _Row) -> Item:
    slot = asked.plan.slots[number]
    table = slot.table
    kind = ""
    if table is not None and table.path:
        kind = str(asked.plan.vocabulary.path(table.path).term.to)
    link = _with(asked, Entity(-int(name[1:]), slot.key), row.link) if row.link else None
    return Item(_with(asked, Entity(-int(name[1:]), kind), row.said), link)


def _with(asked: Asked, entity: Entity, said: Mapping[str, tuple[Term, Any]]) -> Entity:
    """Give an entity of which this is said, whatever was said before."""
    made = Entity(entity.number, entity.type)
    on = asked.filled.on
    own = {
        path: Cell(term, (Fact(path, value, "", on.isoformat(), on.toordinal()),))
        for path, (term, value) in said.items()
    }
    type_ = asked.plan.vocabulary.types.get(entity.type)
    made.hold({**entity.cells, **own}, type_.ended_by if type_ is not None else None)
    made.links = entity.links
    return made


def _list_read(
    asked: Asked,
    number: int,
    given: GivenRows,
    rows: Mapping[str, _Row],
    reads: dict[tuple[str, str], Resolved],
) -> None:
    """Let all that reads a table's list read it with the worker's rows."""
    table = asked.plan.slots[number].table
    if table is None or not table.path or asked.hollow:
        return
    path = asked.plan.vocabulary.path(table.path)
    if not path.term.many:
        return
    if given.none is not None:
        reads[read_of(path)] = ("recorded", (), given.none[2], (), ())
        return
    found: Resolved = asked.filled.memory[table.place]
    held = found[1] if isinstance(found[1], tuple) else ()
    if not given.new and found[1] is None:
        return
    changed = {f"r{item.entity.number}": item for item in held}
    items = []
    for name, item in changed.items():
        if item.entity.number in given.removed:
            continue
        row = rows.get(name)
        if row is not None and (row.said or row.link):
            link = (
                _with(asked, item.link or Entity(item.entity.number, path.term.path), row.link)
                if row.link
                else item.link
            )
            item = Item(_with(asked, item.entity, row.said), link)
        items.append(item)
    items += [item for item, _ in given.new]
    reason = "recorded" if found[1] is None else found[0]
    reads[read_of(path)] = (reason, tuple(items), found[2], found[3], found[4])
