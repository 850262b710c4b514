"""Filling again: what a worker overrode or typed stays, all else is decided afresh; and the three ways to see each entry."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from prefill.filling import FilledForm, fill
from prefill.receiving.asked import Asked, same
from prefill.receiving.deciding import Stating, decide
from prefill.receiving.model import Answer, Origin
from prefill.receiving.reading import Place
from prefill.records import Entity, Filing, Grant, Item, Record

if TYPE_CHECKING:
    from prefill.receiving.model import Receipt

__all__ = ["Difference", "Draft", "refill"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry three ways: as it was filled, as the worker has it, as the record has it now: values, and how a form prints them.

    ``origin`` is that of the worker's (None where it was left empty). Nothing of it is taken unless somebody takes it.
    """

    key: str
    row: str | None
    label: str
    filled: Any
    filled_text: str
    worker: Any
    worker_text: str
    now: Any
    now_text: str
    origin: Origin | None


@dataclass(frozen=True)
class Draft:
    """A form filled again: ``fresh`` is what the record says now, ``filled`` that with the worker's answers in it.

    ``first`` is the form as it was filled to begin with, ``answers`` are those that were kept, with their origins as of now.
    """

    fresh: FilledForm
    filled: FilledForm
    first: FilledForm
    answers: tuple[Answer, ...]
    source: str
    received: date

    @cached_property
    def by_place(self) -> Mapping[Place, Answer]:
        """The answers by their entry's key and row."""
        return {(answer.key, answer.row): answer for answer in self.answers}

    def origin(self, key: str, row: str | None = None) -> Origin | None:
        """Give the origin of what stands at an entry, None where it is empty."""
        answer = self.by_place.get((key, row))
        if answer is not None:
            return answer.origin
        entry = next((entry for entry in self.fresh.entries if (entry.key, entry.row) == (key, row)), None)
        return "auto" if entry is not None and entry.value is not None else None

    def diff(self) -> tuple[Difference, ...]:
        """Give the entries in which what was filled, what the worker has and what the record says now are not all the same."""
        return differences(self.first, self.filled, self.fresh, self.origin)

    def __repr__(self) -> str:
        """Name the form, and nothing of what was answered."""
        return f"<Draft {self.fresh.form.id}: {len(self.answers)} answers kept>"


def refill(
    draft: "Receipt | Draft",
    record: Record,
    *,
    on: date | None = None,
    filing: Filing | None = None,
    grant: Grant | None = None,
) -> Draft:
    """Fill a form again: what the worker overrode or typed never changes, the rest is decided afresh.

    ``on``, ``filing``: those of the draft if not given. An answer typed where filling now has a value becomes an override (Da Vinci DTR).
    Raises RecordError as ``fill`` does.
    """
    old = draft.fresh if isinstance(draft, Draft) else draft.before
    first = draft.first if isinstance(draft, Draft) else draft.before
    filing = filing or old.filing
    fresh = fill(old.plan, record, on=on or old.on, filing=filing, grant=grant)
    asked, was = Asked(fresh), Asked(old)
    rows = _rows(was, asked, draft.answers)
    kept: dict[Place, Answer] = {}
    for answer in draft.answers:
        if answer.error is not None or answer.origin == "auto":
            continue
        row = rows.get((answer.key.partition(".")[0], answer.row)) if answer.row is not None else None
        if answer.row is not None and row is None:
            continue
        found = _kept(asked, answer, row)
        if found is not None:
            kept[found.key, found.row] = found
    source = draft.source if isinstance(draft, Draft) else _source(draft)
    stating = Stating(source, draft.received, fresh.form.purpose)
    filled = decide(asked, kept, stating)
    return Draft(fresh, filled, first, tuple(kept.values()), source, draft.received)


def _source(receipt: "Receipt") -> str:
    return next((fact.source for fact in receipt.facts), "")


def _kept(asked: Asked, answer: Answer, row: str | None) -> Answer | None:
    entry = asked.entries.get((answer.key, row))
    if answer.act == "removed":
        return replace(answer, row=row)
    if entry is None:
        new = row is not None and row[0] == "+" and answer.key in asked.spots
        return replace(answer, row=row) if new else None
    if entry.status == "hand":
        return None
    origin: Origin = "override" if answer.origin == "override" or entry.value is not None else answer.origin
    changed = not (entry.value is not None and same(entry.kind, answer.value, entry.value))
    return replace(
        answer,
        row=row,
        origin=origin,
        changed=changed,
        status=entry.status,
        reason=entry.reason,
        original=entry.value,
        original_text=entry.text,
    )


def _rows(was: Asked, now: Asked, answers: tuple[Answer, ...]) -> dict[tuple[str, str | None], str]:
    """Find each row again: by the entity that it is of, whatever its number is now."""
    found: dict[tuple[str, str | None], str] = {}
    for table, items in was.items.items():
        alike = _Alike(now.items[table])
        for row, item in items.items():
            same_one = [name for name in alike.of(item.entity) if _is_one(item.entity, now.items[table][name].entity)]
            if len(same_one) == 1:
                found[table, row] = same_one[0]
    added: dict[tuple[str, str], list[Answer]] = {}
    for answer in answers:
        if answer.row is not None and answer.row[0] == "+" and answer.error is None:
            added.setdefault((answer.key.partition(".")[0], answer.row), []).append(answer)
    shown = _shown(now) if added else {}
    taken = set(found.values())
    for (table, row), cells in added.items():
        learnt = [(cell.key, cell.value) for cell in cells if cell.learnt]
        rows = [shown.get(one, set()) for one in learnt]
        same_row = set.intersection(*rows) - taken if rows else set()
        found[table, row] = same_row.pop() if len(same_row) == 1 else row
        taken.add(found[table, row])
    return found


def _shown(asked: Asked) -> dict[tuple[str, Any], set[str]]:
    """Give the rows in which a column shows a value, as it stands or beside it, by column and value."""
    shown: dict[tuple[str, Any], set[str]] = defaultdict(set)
    for (key, row), entry in asked.entries.items():
        for value in (entry.value, *[other.value for other in entry.others]):
            if row is not None and value is not None:
                shown[key, value].add(row)
    return shown


class _Alike:
    """Rows found by what was stated of their entities."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        self.items = items
        self.rows: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for row, item in items.items():
            for one in _told(item.entity):
                self.rows[one].append(row)

    def of(self, entity: Entity) -> Iterable[str]:
        """Give the rows of which one of the things that were stated of an entity was stated, too: that which fewest have."""
        return min((self.rows.get(one, []) for one in _told(entity)), key=len, default=[*self.items])


def _told(entity: Entity) -> Iterator[tuple[Any, ...]]:
    for name, cell in entity.cells.items():
        yield from ((name, f.value, f.source, f.as_of) for f in cell.facts if isinstance(f.value, str | int | bool))


def _is_one(one: Entity, other: Entity) -> bool:
    """Whether two records' entities are one: all that the first had stated of it is stated of the second."""
    for name, cell in one.cells.items():
        held = other.cells.get(name)
        told = {(f.value, f.source, f.as_of) for f in cell.facts if isinstance(f.value, str | int | bool)}
        if told and (
            held is None
            or not told <= {(f.value, f.source, f.as_of) for f in held.facts if isinstance(f.value, str | int | bool)}
        ):
            return False
    return one.type in (other.type, "") and bool(one.cells or one.number == other.number)


def differences(first: FilledForm, worker: FilledForm, now: FilledForm, origin: Any) -> tuple[Difference, ...]:
    """Hold three fillings of one form against each other, entry by entry."""
    was, says = ({(e.key, e.row): e for e in form.entries} for form in (first, now))
    found = []
    for entry in worker.entries:
        place = (entry.key, entry.row)
        one, other = was.get(place), says.get(place)
        values = [entry.value, one.value if one else None, other.value if other else None]
        if all(value == values[0] for value in values):
            continue
        texts = [entry.text, one.text if one else "", other.text if other else ""]
        found.append(
            Difference(
                *place, entry.label, values[1], texts[1], values[0], texts[0], values[2], texts[2], origin(*place)
            )
        )
    return tuple(found)
