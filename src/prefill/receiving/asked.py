"""What a form asked: its entries by key and row, and the fields, tables and columns that they are of."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from prefill import kinds
from prefill.filling import Entry, FilledForm, Table
from prefill.plans import Plan, Slot
from prefill.plans.teaching import Taught, taught
from prefill.receiving.reading import Place
from prefill.records import Entity
from prefill.records.facts import NOTHING, Resolved
from prefill.vocabulary import Path

__all__ = ["Asked", "Spot", "entity_at", "is_denied", "same"]

_TEXTS: Final = frozenset({"text", "long_text", "address", "person_name", "file", "photo", "signature"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A field of the form: its number among its kind, its slot; of a column the table that it is in, and that table's number."""

    number: int
    slot: Slot
    table: Slot | None = None
    table_number: int = -1


class Asked:
    """A filled form as it was sent out. ``hollow`` is one made again from its JSON: no record stands behind it."""

    def __init__(self, filled: FilledForm, *, hollow: bool = False) -> None:
        """Take the filled form."""
        self.filled = filled
        self.hollow = hollow
        self.plan: Plan = filled.plan
        self._taught: dict[str, Taught | None] = {}

    @cached_property
    def entries(self) -> Mapping[Place, Entry]:
        """The entries by key and row."""
        return {(entry.key, entry.row): entry for entry in self.filled.entries}

    @cached_property
    def spots(self) -> Mapping[str, Spot]:
        """The fields and the columns by key."""
        found: dict[str, Spot] = {}
        for number, slot in enumerate(self.plan.slots):
            found[slot.key] = Spot(number, slot)
            for column, own in enumerate(slot.table.slots if slot.table is not None else ()):
                found[own.key] = Spot(column, own, slot, number)
        return found

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The tables by key."""
        return {part.key: part for _, parts in self.filled.sections() for part in parts if isinstance(part, Table)}

    @cached_property
    def items(self) -> Mapping[str, Mapping[str, Any]]:
        """The items of each table's rows, by the row's id."""
        found: dict[str, dict[str, Any]] = {}
        for number, slot in enumerate(self.plan.slots):
            if slot.table is not None:
                _, rows = self.filled.cells[number]
                found[slot.key] = {f"r{item.entity.number}": item for item, _, _ in rows}
        return found

    def grows(self, table: Slot) -> bool:
        """Say whether a worker adds rows to a table: not to another desk's, nor to one over a single entity."""
        if table.table is None or not table.counted:
            return False
        return not table.table.path or self.plan.vocabulary.path(table.table.path).term.many

    def taught(self, spot: Spot) -> Taught | None:
        """Give the term that answers to a field teach, None where there is none."""
        key = spot.slot.key
        if key not in self._taught:
            self._taught[key] = taught(self.plan, spot.slot, spot.table.table if spot.table else None)
        return self._taught[key]


def entity_at(filled: FilledForm, path: Path, item: Entity | None = None) -> tuple[str, Entity | None]:
    """Find the entity that a path's term is of: ``known`` with it, ``nobody`` known yet, or ``doubt`` about who it is.

    ``item`` is the row's entity, for a path within a row.
    """
    found: Resolved = NOTHING
    if item is not None:
        found = ("recorded", item, (), (), ())
    elif path.root in filled.plan.roots and filled._roots:
        found = filled._roots[filled.plan.roots.index(path.root)]
    for role in path.roles:
        entity = found[1]
        if found[0] in ("candidates", "disputed"):
            return "doubt", None
        found = entity.settled.get(role.path, NOTHING) if isinstance(entity, Entity) else NOTHING
    if found[0] in ("candidates", "disputed"):
        return "doubt", None
    return ("known", found[1]) if isinstance(found[1], Entity) else ("nobody", None)


def is_denied(filled: FilledForm, path: Path) -> bool:
    """Say whether a source says that there is nobody in one of the roles on a path's way."""
    found: Resolved = NOTHING
    if path.root in filled.plan.roots and filled._roots:
        found = filled._roots[filled.plan.roots.index(path.root)]
    for role in path.roles:
        entity = found[1]
        found = entity.settled.get(role.path, NOTHING) if isinstance(entity, Entity) else NOTHING
        if found[0] == "not-applicable":
            return True
    return False


def same(kind: str, new: Any, old: Any) -> bool:
    """Say whether a value is no other than one that stood there: the same, written otherwise, or less exact.

    >>> same("date", "1950-03", "1950-03-15"), same("date", "1950-03-15", "1950-03"), same("text", "示例路 １号", "示例路1号")
    (True, False, True)
    """
    if new == old and isinstance(new, bool) == isinstance(old, bool):
        return True
    if not (isinstance(new, str) and isinstance(old, str)):
        return False
    if kind in _TEXTS:
        return kinds.alike(new, old)
    if kind == "id_number":
        return bool(kinds.id_18(new) == kinds.id_18(old))
    if kind in ("division", "division_code"):
        return 6 <= len(new) < len(old) and old.startswith(new)
    return kind in kinds.KINDS and kinds.KINDS[kind].precision is not None and old.startswith(new + "-")
