"""Two versions of a form: which fields came and went, what is known or typed now, and what that costs or saves a year."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from prefill.checks.pricing import Price
from prefill.checks.specs import Row, Spec
from prefill.notices import bare

__all__ = ["Change", "Difference", "diff", "said"]

Kind: TypeAlias = Literal["added", "removed", "changed"]


class Change(NamedTuple):
    """A field that is on one of the forms only, or on both with a difference.

    ``key`` and ``label`` are those of the new form (of the old one, if it was removed); ``was`` and ``now`` say in words what differs;
    ``seconds`` is what it costs (above 0) or saves in one form.
    """

    kind: Kind
    key: str
    label: str
    was: str | None
    now: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two forms, with the price of each."""

    old: Price
    new: Price
    changes: tuple[Change, ...]

    @property
    def seconds(self) -> float:
        """What one form costs more (above 0) or less."""
        return round(self.new.seconds - self.old.seconds, 1)

    @property
    def seconds_a_year(self) -> float | None:
        """What a year costs more (above 0) or less, each form at its own frequency; None where one has none."""
        old, new = self.old.seconds_a_year, self.new.seconds_a_year
        return None if old is None or new is None else round(new - old, 1)

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON holds it (docs/check.md tells the shape)."""
        return {
            "changes": [change._asdict() for change in self.changes],
            "seconds": self.seconds,
            "seconds_a_year": self.seconds_a_year,
            "old": self.old.to_dict(),
            "new": self.new.to_dict(),
        }


def diff(old: Spec, new: Spec, old_price: Price, new_price: Price) -> Difference:
    """Compare two forms field by field.

    A field of the one is that of the other if key and label are the same; or else the terms that it asks for; the key; the label.
    """
    costs = [
        {cost.key: 0.0 if cost.conditional else cost.seconds for cost in one.costs} for one in (old_price, new_price)
    ]
    pairs = _pairs(old, new)
    before = {id(theirs): own for own, theirs in pairs}
    changes = []
    for row in new.rows:
        seconds = costs[1].get(row.slot.key, 0.0)
        was = before.get(id(row))
        if was is None:
            changes.append(Change("added", row.slot.key, row.field.label, None, _told(row), seconds))
            continue
        aspects = zip((*_aspects(was), _place(was, new)), (*_aspects(row), _place(row, old)), strict=True)
        told = [(one, other) for one, other in aspects if one != other]
        if told:
            more = round(seconds - costs[0].get(was.slot.key, 0.0), 1)
            text = ["; ".join(part for part in side if part) for side in zip(*told, strict=True)]
            changes.append(Change("changed", row.slot.key, row.field.label, text[0], text[1], more))
    kept = {id(own) for own, _ in pairs}
    for row in old.rows:
        if id(row) not in kept:
            less = -costs[0].get(row.slot.key, 0.0)
            changes.append(Change("removed", row.slot.key, row.field.label, _told(row), None, less))
    return Difference(old_price, new_price, tuple(changes))


def _pairs(old: Spec, new: Spec) -> list[tuple[Row, Row]]:
    """Find which field of the one is which of the other; a name that stands for several pairs nobody."""
    tests: tuple[Callable[[Row], Hashable], ...] = (
        lambda row: (row.slot.key, bare(row.field.label)),
        lambda row: (row.asked.rows_of, row.asked.paths) if row.asked.paths else None,
        lambda row: row.slot.key,
        lambda row: (row.asked.rows_of, bare(row.field.label)),
    )
    pairs: list[tuple[Row, Row]] = []
    left, right = list(old.rows), list(new.rows)
    for test in tests:
        ours, theirs = _once(left, test), _once(right, test)
        found = [(ours[name], theirs[name]) for name in ours if name in theirs]
        pairs += found
        gone = {id(row) for pair in found for row in pair}
        left = [row for row in left if id(row) not in gone]
        right = [row for row in right if id(row) not in gone]
    return pairs


def _once(rows: list[Row], test: Callable[[Row], Hashable]) -> dict[Hashable, Row]:
    """Give the rows by a name that only one of them has."""
    found: dict[Hashable, Row | None] = {}
    for row in rows:
        name = test(row)
        if name is not None:
            found[name] = None if name in found else row
    return {name: row for name, row in found.items() if row is not None}


def _told(row: Row) -> str:
    """Say how a field is filled, and from what."""
    source = ", ".join(row.asked.paths) or row.asked.rule
    return row.asked.origin + (f" ({source})" if source else "")


def _aspects(row: Row) -> tuple[str, ...]:
    """Give what may differ between two versions of a field: its label, how and by whom it is filled, kind and options, when it is asked."""
    codes = f" of {row.slot.codes.id}" if row.slot.codes else ""
    field, asked = row.field, row.asked
    table = row.table.field if row.table else None
    conditions = [said(one.when) for one in (table, field) if one is not None and one.when]
    return (
        f"'{field.label}'",
        _told(row),
        f"{row.slot.kind}{codes}",
        "required" if field.required else "",
        f"asked if {' and '.join(conditions)}" if conditions else "",
        f"by {asked.filled_by}" if asked.filled_by != "community" else "",
        f"no older than {field.fresh_for}" if field.fresh_for else "",
        f"by hand: {field.by_hand}" if field.by_hand else "",
    )


def _place(row: Row, other: Spec) -> str:
    """Give the section that a field stands in, if the other form has it too: one that is only called otherwise moves nothing."""
    title = row.asked.section
    return f"in '{title}'" if any(bare(one.asked.section) == bare(title) for one in other.rows) else ""


def said(condition: object) -> str:
    """Write a condition as a spec does, on one line.

    >>> said({"resident.age": {"at_least": "60"}})
    '{resident.age: {at_least: 60}}'
    """
    if isinstance(condition, Mapping):
        return "{" + ", ".join(f"{key}: {said(value)}" for key, value in condition.items()) + "}"
    if isinstance(condition, list | tuple):
        return "[" + ", ".join(map(said, condition)) + "]"
    return str(condition)
