"""A filled form made again from its JSON, which a signed page brings along: no record stands behind it.

What the JSON does not hold is unknown: the terms that conditions compare and rules take, but that no cell shows. So what does not depend
on the answers stands as it was; what does is decided where the answers and the shown cells decide it, and is else left open.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from prefill.conditions import Condition, compile_condition, names_in
from prefill.errors import SubmissionError
from prefill.filling import FILING, FilledForm
from prefill.forms import Field
from prefill.plans import Plan, Slot
from prefill.plans.answering import Given, GivenRows, read_of
from prefill.plans.model import AFTER_ANSWERS, NOT_APPLICABLE, Memory, Step, TableCells
from prefill.reasons import REASONS
from prefill.receiving.asked import Asked
from prefill.receiving.model import Answer
from prefill.receiving.reading import Place
from prefill.records import Absence, Cell, Entity, Fact, Filing, Item
from prefill.records.facts import Other, Resolved
from prefill.vocabulary import Term, UnknownTerm

__all__ = ["restore", "restored_given", "restored_rows"]

UNKNOWN: Final[Resolved] = ("unavailable", None, (), (), ())
_TERM: Final = Term("", "", "text")


class _Unknown(dict[str, Any]):
    """What an entity says of which nothing was brought along."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def get(self, key: str, default: Any = None) -> Any:
        """Give the same for every attribute."""
        return self.value


def restore(plan: Plan, data: Mapping[str, Any], filing: Filing) -> FilledForm:
    """Make a filled form of what ``to_json`` gave for it; raises SubmissionError for another shape."""
    try:
        return _restored(plan, data, filing)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise SubmissionError("what the page brings along as its filled form is none: submit the page anew") from None


def _restored(plan: Plan, data: Mapping[str, Any], filing: Filing) -> FilledForm:
    on = date.fromisoformat(data["on"])
    single: dict[str, Any] = {}
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for entry in data["entries"]:
        if entry["row"] is None:
            single[entry["key"]] = entry
        else:
            rows.setdefault(entry["key"].partition(".")[0], {}).setdefault(entry["row"], {})[entry["key"]] = entry
    cells: list[Any] = []
    for slot in plan.slots:
        if slot.table is None:
            cells.append(_resolved(single[slot.key], slot))
        elif slot.key in rows:
            made = [
                (_item(name), [_resolved(row[column.key], column) for column in slot.table.slots], ())
                for name, row in rows[slot.key].items()
            ]
            cells.append((("recorded", tuple(item for item, _, _ in made), (), (), ()), tuple(made)))
        else:
            cells.append((_resolved(single[slot.key], slot), ()))
    roots = [
        ("recorded", filing.entity(plan.vocabulary, on), (), (), ()) if root == FILING else UNKNOWN
        for root in plan.roots
    ]
    return FilledForm(plan, on, filing, cells, roots, lambda path, sharing: False)  # type: ignore[arg-type]


def _item(name: str) -> Item:
    entity = Entity(int(name[1:]), "")
    entity.settled = _Unknown(UNKNOWN)
    entity.cells = _Unknown(Cell(_TERM, (Fact("", Absence.UNAVAILABLE, ""),)))
    return Item(entity)


def _resolved(entry: Mapping[str, Any], slot: Slot) -> Resolved:
    others = tuple(Other(_canonical(o["value"], slot.kind), _facts(o["facts"]), "differs") for o in entry["others"])
    if entry["reason"] not in REASONS or REASONS[entry["reason"]] != entry["status"]:
        raise ValueError
    value = _canonical(entry["value"], slot.kind)
    return (entry["reason"], value, _facts(entry["facts"]), others, tuple(entry["waits_for"]))


def _canonical(value: Any, kind: str) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return Decimal(value) if kind in ("decimal", "money") and value is not None else value


def _facts(found: Sequence[Mapping[str, Any]]) -> tuple[Fact, ...]:
    """Give the facts; of those that differ in their value alone, which is not brought along, each stays one of its own."""
    told: Counter[tuple[Any, ...]] = Counter()
    facts = []
    for fact in found:
        one = (fact["path"], fact["source"], fact["as_of"])
        facts.append(Fact(one[0], told[one] or None, one[1], one[2]))
        told[one] += 1
    return tuple(facts)


# ── deciding again without a record ──────────────────────────────────────────────────────────────────────────────────────


def restored_given(
    asked: Asked,
    answered: Mapping[int, Resolved],
    reads: Mapping[tuple[str, str], Resolved],
    answers: Mapping[Place, Answer],
) -> Given:
    """Give what stands of the form as it was, so that only what depends on the answers is decided anew."""
    plan = asked.plan
    touched = _touched(asked, answers)
    shown: dict[tuple[str, str], Resolved] = {}
    steps: dict[int, Callable[[Step], Step]] = {}
    for number, slot in enumerate(plan.slots):
        held = asked.filled.cells[number]
        cell: Resolved = held[0] if slot.table is not None else held
        if slot.table is None and number not in answered:
            _show(asked, slot, cell, shown)
        is_touched = slot.key in touched
        condition = _condition(slot)
        if slot.table is not None:
            steps[number] = _table(held, cell, condition, slot, is_touched, touched)
        elif number in answered:
            steps[number] = _given(answered[number], cell, condition, slot, touched, number in answered)
        elif is_touched:
            steps[number] = _decided(cell, condition, slot, touched)
        else:
            steps[number] = _still(cell)
    return Given(cells={}, reads=shown, steps=steps)


def restored_rows(asked: Asked, tables: Mapping[int, GivenRows]) -> dict[int, GivenRows]:
    """Give the answered rows with what stood in their other cells."""
    made = {}
    for number, given in tables.items():
        slot = asked.plan.slots[number]
        rows = {item.entity.number: cells for item, cells, _ in asked.filled.cells[number][1]}
        columns = slot.table.slots if slot.table is not None else ()
        known = {}
        for row, own in given.known.items():
            touched = {columns[one].key for one in own.cells}
            shown: dict[tuple[str, str], Resolved] = {}
            steps: dict[int, Callable[[Step], Step]] = {}
            for place, column in enumerate(columns):
                cell = rows[row][place]
                if place not in own.cells:
                    _show(asked, column, cell, shown)
                condition = _condition(column)
                if place in own.cells:
                    steps[place] = _given(own.cells[place], cell, condition, column, touched, True)
                elif _names(column.field) & touched:
                    steps[place] = _decided(cell, condition, column, touched)
                else:
                    steps[place] = _still(cell)
            known[row] = replace(own, steps=steps, reads={**shown, **own.reads})
        made[number] = replace(given, known=known)
    return made


def _show(asked: Asked, slot: Slot, cell: Resolved, shown: dict[tuple[str, str], Resolved]) -> None:
    """Let a term be read as the cell shows it, where it shows the term as it is."""
    taught = asked.taught(asked.spots[slot.key])
    if taught is None:
        return
    value = None if cell[1] is None else taught.value(cell[1])
    if isinstance(value, Absence) or (cell[1] is not None and value is None):
        return
    plain = taught.term.kind == slot.kind and slot.field.map is None
    others = cell[3] if plain else ()
    if REASONS[cell[0]] == "hand" or cell[0] in ("each-time", "ask-always"):
        return
    if cell[0] == "not-applicable" and not cell[2]:
        return  # by its condition: what the record says of the term is not shown
    shown.setdefault(read_of(taught.path), (cell[0], value, cell[2], others, ()))


def _touched(asked: Asked, answers: Mapping[Place, Answer]) -> frozenset[str]:
    """Give the keys of fields, and the paths of terms, that the answers decide or may decide."""
    found: set[str] = set()
    for key, row in answers:
        found |= {key, key.partition(".")[0]}
        taught = asked.taught(asked.spots[key])
        if taught is not None and row is None:
            found.add(taught.path.text)
    grown = True
    while grown:
        grown = False
        for slot in asked.plan.slots:
            names = _names(slot.field)
            for column in slot.table.slots if slot.table is not None else ():
                names |= _names(column.field)
            if slot.key not in found and any(_meets(asked, name, found) for name in names):
                found.add(slot.key)
                grown = True
    return frozenset(found)


def _meets(asked: Asked, name: str, found: set[str]) -> bool:
    if name in found or name.partition(".")[0] in found & set(asked.plan.places):
        return True
    if name.startswith("."):
        return False
    try:
        path = asked.plan.vocabulary.path(name)
    except UnknownTerm:
        return False
    derive = path.term.derive
    return derive is not None and any(_meets(asked, f"{path.prefix}.{of}", found) for of in derive.of)


def _names(field: Field) -> set[str]:
    names = {*names_in(field.when), *names_in(field.where), *(field.first_of or ())}
    names |= {field.from_} if isinstance(field.from_, str) else set(field.from_ or ())
    for derivation in (field.derive, field.suggest):
        names |= set(derivation.names) if derivation is not None else set()
    return names | ({field.rows_of} if field.rows_of else set())


def _condition(slot: Slot) -> Condition | None:
    if slot.field.when is None:
        return None
    operands: Iterator[Any] = iter(slot.operands)
    return compile_condition(slot.field.when, lambda _: next(operands), lambda _: None)


def _verdict(
    condition: Condition | None, slot: Slot, cell: Resolved, touched: frozenset[str] | set[str], memory: Memory
) -> Any:
    """Say whether a field is asked now, by what it was and by what is known of its condition."""
    waited = cell[4]
    was = False if cell[0] == "not-applicable" and not waited else waited or True
    if condition is None:
        return was if cell[0] != "not-applicable" or waited else False
    if not any(_is_touched(operand.name, touched) for operand in slot.operands):
        return was
    verdict = condition(memory)
    if isinstance(verdict, bool):
        return verdict
    if was is False or not _is_conjunction(slot.field.when):
        return verdict
    own = {operand.name for operand in slot.operands if not operand.term or _is_touched(operand.name, touched)}
    left = tuple(name for name in verdict if name in own or name in waited)
    return left or True  # the rest held before: each part of what holds, or waits, holds or waits itself


def _is_touched(name: str, touched: frozenset[str] | set[str]) -> bool:
    return name in touched or name.partition(".")[0] in touched


def _is_conjunction(when: Any) -> bool:
    return isinstance(when, Mapping) and not {"any", "not"} & set(when)


def _still(cell: Resolved) -> Callable[[Step], Step]:
    return lambda step: lambda memory: cell


def _given(
    answer: Resolved,
    cell: Resolved,
    condition: Condition | None,
    slot: Slot,
    touched: frozenset[str] | set[str],
    _: bool,
) -> Callable[[Step], Step]:
    """Let an answer stand, where its field is asked; what is computed goes before it."""

    def change(step: Step) -> Step:
        def stands(memory: Memory) -> Resolved:
            verdict = _verdict(condition, slot, cell, touched, memory)
            if verdict is False:
                return NOT_APPLICABLE
            if cell[0] == "after-answers":
                found: Resolved = step(memory)
                if found[0] in ("recorded", "derived") and found[1] is not None and not found[4]:
                    return found
            return (*answer[:4], verdict if isinstance(verdict, tuple) else ())

        return stands

    return change


def _decided(
    cell: Resolved, condition: Condition | None, slot: Slot, touched: frozenset[str] | set[str]
) -> Callable[[Step], Step]:
    """Decide a cell that depends on answers, as far as these and the shown cells go."""

    def change(step: Step) -> Step:
        def decided(memory: Memory) -> Resolved:
            verdict = _verdict(condition, slot, cell, touched, memory)
            if verdict is False:
                return NOT_APPLICABLE
            waits = verdict if isinstance(verdict, tuple) else ()
            if REASONS[cell[0]] == "hand":
                return (*cell[:4], waits)
            found: Resolved = step(memory)
            if found[1] is not None and REASONS[found[0]] in ("known", "confirm"):
                return (*found[:4], waits)
            follows = _names(slot.field) - {*names_in(slot.field.when)}
            if not any(_is_touched(name, touched) for name in follows):
                return UNKNOWN if cell[0] == "not-applicable" else (*cell[:4], waits)
            return (*AFTER_ANSWERS[:4], waits)

        return decided

    return change


def _table(
    held: TableCells,
    cell: Resolved,
    condition: Condition | None,
    slot: Slot,
    is_touched: bool,
    touched: frozenset[str],
) -> Callable[[Step], Step]:
    def change(step: Step) -> Step:
        def decided(memory: Memory) -> TableCells:
            verdict = _verdict(condition, slot, cell, touched, memory) if is_touched else None
            if verdict is False:
                return NOT_APPLICABLE, ()
            if cell[0] == "not-applicable" and verdict is not None:
                return UNKNOWN, ()
            return held

        return decided

    return change
