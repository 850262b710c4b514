"""Dated tables: rates, limits and classes as data, each row in force from a day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from prefill.kinds import CodeList

__all__ = ["Cell", "Row", "Span", "Table", "look_up", "overlapping", "read_cell", "since", "unfit"]


@dataclass(frozen=True, slots=True)
class Span:
    """A span of numbers, or of codes by their beginnings: ``low`` and ``high``, and whether these are in it."""

    low: Any = None
    high: Any = None
    with_low: bool = True
    with_high: bool = True
    codes: bool = False

    def holds(self, value: Any) -> bool:
        """Say whether a value lies in the span."""
        if self.codes:
            text = str(value)
            return bool(self.low <= text[: len(self.low)] and text[: len(self.high)] <= self.high)
        number = Decimal(value)
        above = self.low is None or number > self.low or (self.with_low and number == self.low)
        return above and (self.high is None or number < self.high or (self.with_high and number == self.high))


Cell: TypeAlias = "frozenset[str] | Span | None"
"""What a row wants of one input: one of these values, a value in a span, or (None) whatever it is."""


@dataclass(frozen=True, slots=True)
class Row:
    """What follows from inputs, and the days between which it does."""

    cells: tuple[Cell, ...]
    then: Any
    effective: date
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A dated table. ``takes`` says in words what its inputs are; ``kind``, ``codes`` and ``unit`` are those of what it gives."""

    id: str
    name: str
    document: str
    confidence: str
    takes: tuple[str, ...]
    kind: str
    codes: CodeList | None
    unit: str | None
    rows: tuple[Row, ...]


def look_up(*inputs: Any, table: Table, on: date) -> Any:
    """Give what a dated table says of the inputs on the form's date: its first row that fits; None where none is in force for them.

    Of an input that does not apply (None) only ``any`` is sure to fit: a row that wants something of it, and fits else, gives way to a later
    one only if that gives the same.

    >>> old = Row((Span(low=Decimal(80)),), "100", date(2020, 1, 1), date(2025, 12, 31))
    >>> new = Row((Span(low=Decimal(80)),), "120", date(2026, 1, 1))
    >>> table = Table("rate", "", "", "low", ("age",), "text", None, None, (old, new))
    >>> look_up(85, table=table, on=date(2025, 6, 1)), look_up(85, table=table, on=date(2026, 6, 1)), look_up(79, table=table, on=date(2026, 6, 1))
    ('100', '120', None)
    """
    may_be = []
    for row in table.rows:
        if row.effective <= on and (row.expires is None or on <= row.expires):
            fits = [_fits(cell, value) for cell, value in zip(row.cells, inputs, strict=True)]
            if False not in fits:
                may_be.append(row.then)
            if all(fits):
                return row.then if all(one == row.then for one in may_be) else None
    return None


def since(table: Table, value: Any, on: date) -> date:
    """Give the day from which a table has said what it says on a day.

    >>> since(Table("rate", "", "", "low", (), "text", None, None, (Row((), "100", date(2020, 1, 1)),)), "100", date(2026, 1, 1))
    datetime.date(2020, 1, 1)
    """
    days = [row.effective for row in table.rows if row.then == value and row.effective <= on]
    return max((day for day in days), default=on)


def _fits(cell: Cell, value: Any) -> bool | None:
    """Say whether an input is what a row wants; None where that cannot be told."""
    if cell is None or value is None:
        return True if cell is None else None
    if isinstance(cell, Span):
        return cell.holds(value)
    return plain(value) in cell


def plain(value: Any) -> str:
    """Write a value as a table's cell does: ``true``, ``80``, ``2.5``, a code."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


_NUMBERS: Final = frozenset({"integer", "decimal", "money"})


def unfit(table: Table, number: int, kind: str, codes: CodeList | None) -> str | None:
    """Say why an input of this kind does not fit the table's input of this number; None if it does.

    >>> row = Row((Span(low=Decimal(80)),), "100", date(2020, 1, 1))
    >>> unfit(Table("rate", "", "", "low", ("age",), "text", None, None, (row,)), 0, "text", None)
    'its rows compare numbers'
    """
    for row in table.rows:
        cell = row.cells[number]
        if isinstance(cell, Span):
            if not cell.codes and kind not in _NUMBERS:
                return "its rows compare numbers"
            if cell.codes and kind in _NUMBERS:
                return "its rows compare codes"
        elif cell is not None and codes is not None and codes.items and not codes.partial:
            for code in sorted(cell - set(codes.items)):
                return f"'{code}' is no code of {codes.id}"
    return None


_BOUNDS: Final = {
    "at_least": ("low", True),
    "over": ("low", False),
    "at_most": ("high", True),
    "under": ("high", False),
}


def read_cell(raw: Any) -> Cell:
    """Read a row's cell; raises ValueError with the remedy.

    >>> read_cell("any"), read_cell({"at_least": "80", "under": "90"}).holds(90), read_cell({"from": "01", "to": "05"}).holds("0511")
    (None, False, True)
    """
    remedy = "write a value, a list of values, {at_least: …, under: …}, {from: …, to: …}, or any"
    if raw == "any":
        return None
    if isinstance(raw, str) and raw:
        return frozenset({raw})
    if isinstance(raw, list) and raw and all(isinstance(one, str) and one for one in raw):
        return frozenset(raw)
    if not isinstance(raw, dict) or not raw:
        raise ValueError(remedy)
    if set(raw) == {"from", "to"} and all(isinstance(one, str) and one for one in raw.values()):
        if raw["from"] > raw["to"] and not raw["from"].startswith(raw["to"]):
            raise ValueError("write the lower code under from, and the higher under to")
        return Span(raw["from"], raw["to"], codes=True)
    found: dict[str, Any] = {}
    for name, limit in raw.items():
        end, inside = _BOUNDS.get(name, ("", False))
        try:
            number = Decimal(limit)
        except (InvalidOperation, TypeError, ValueError):
            raise ValueError(remedy) from None
        if not end or end in found or not number.is_finite():
            raise ValueError(remedy)
        found |= {end: number, f"with_{end}": inside}
    span = Span(**found)
    if len(found) == 4 and (span.low > span.high or not (span.holds(span.low) or span.low < span.high)):
        raise ValueError("write a span that holds a number: its upper limit lies below its lower")
    return span


def overlapping(rows: Sequence[Row]) -> tuple[int, int] | None:
    """Give the numbers (from 0) of two rows that are in force on a day for the same exact cells, if there are any.

    >>> overlapping([Row((), "1", date(2020, 1, 1)), Row((), "2", date(2021, 1, 1))])
    (0, 1)
    """
    for number, row in enumerate(rows):
        for other, second in enumerate(rows[number + 1 :], number + 1):
            apart = (row.expires and row.expires < second.effective) or (
                second.expires and second.expires < row.effective
            )
            if row.cells == second.cells and not apart:
                return number, other
    return None
