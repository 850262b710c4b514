"""The shape that all formats are read into: sheets of rows of cells, one row at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

__all__ = ["Broken", "Cell", "NotAWorkbook", "Row", "Sheet", "Shown", "is_blank", "letter", "text_of"]


class NotAWorkbook(Exception):
    """The file is none that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A day or time that a workbook holds as a number, as ISO text of no more than its cell shows (a month stays a month)."""

    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that holds no usable value; ``what`` says why, without the value."""

    what: str


Cell: TypeAlias = str | int | float | bool | Shown | Broken | None
"""Text as it stands; a number or yes/no only where the workbook holds one (never made from text); None for an empty cell."""


@dataclass(slots=True)
class Row:
    """A row: its number as a spreadsheet counts them (of a CSV file, its first line), and its cells.

    ``across`` holds what merged cells to the left or above show in a cell, for heads: the value itself stands in the first column of a
    merged range alone, in each of its rows. ``fault`` says why nothing of the row can be used.
    """

    line: int
    cells: list[Cell]
    across: dict[int, Cell] = field(default_factory=dict)
    fault: str | None = None


@dataclass(slots=True)
class Sheet:
    """A sheet, or a table of a page: its name where the file has several, and its rows, once.

    ``exact`` rows are cut by separators, so that one with more or fewer cells than the head (``width``, set when that is found) is
    displaced. A ``hidden`` sheet is no export: lists for drop-downs and the like. An ``optional`` one may be without a head: pages
    use tables for their layout, too.
    """

    name: str | None
    rows: Iterator[Row]
    exact: bool = False
    hidden: bool = False
    optional: bool = False
    width: int | None = None


def letter(column: int) -> str:
    """Name a column (from 0) as spreadsheets do.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


_BLANK: Final = re.compile(r"[\s\u200b\ufeff]*")


def is_blank(cell: Cell) -> bool:
    """Say whether a cell holds nothing.

    >>> is_blank(" \u3000"), is_blank(0)
    (True, False)
    """
    return cell is None or (isinstance(cell, str) and _BLANK.fullmatch(cell) is not None)


def text_of(cell: Cell) -> str:
    """Give a cell's text, if it holds one: what a head is made of."""
    return cell.strip() if isinstance(cell, str) else ""
