"""The head of a sheet: found among titles and blank rows, its merged rows put together."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from prefill.exports.names import fold
from prefill.exports.sheets import Row, Sheet, is_blank, text_of

__all__ = ["Head", "Named", "find_head"]

_ROWS: Final = 30  # in which the head must begin
_DEPTH: Final = 3
_NEUTRAL: Final = re.compile("(个人|本人|人员)?(基本|详细)?(信息|情况|资料)")  # headings that speak of nobody else


@dataclass(frozen=True, slots=True)
class Named:
    """A column's name: its text, folded whole and without its headings, and those headings, folded."""

    text: str
    whole: str
    last: str
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The head: the line of its last row, and the names of the columns from the left (None for one without a name)."""

    line: int
    names: tuple[Named | None, ...]
    last: tuple[str, ...]

    def repeats(self, row: Row) -> bool:
        """Say whether a row is the head again, as at the top of a printed page."""
        same = 0
        for text, cell in zip_longest(self.last, row.cells):
            if not is_blank(cell):
                if text_of(cell) != text:
                    return False
                same += 1
        return same > 1


def find_head(sheet: Sheet, weight: Callable[[str], int]) -> tuple[Head | None, bool]:
    """Find the head of a sheet, and read the sheet up to it; say also whether the sheet holds anything.

    Of the first rows it is the one, with up to two above it, whose columns' names weigh most: two at least, or all that there are.
    ``weight`` says of a folded name whether it is known (1), or makes a head by itself (2).
    """
    rows: list[Row] = []
    for row in sheet.rows:
        if row.fault or not all(map(is_blank, row.cells)):
            rows.append(row)
        if len(rows) == _ROWS + _DEPTH:
            break
    best: tuple[int, int, Head] | None = None
    for at in range(min(len(rows), _ROWS)):
        for depth in range(1, min(_DEPTH, at + 1) + 1):
            names = _joined(rows[at + 1 - depth : at + 1])
            known = sum(max(weight(name.whole), weight(name.last)) for name in names if name)
            if known and known >= min(2, sum(map(bool, names))) and (best is None or known > best[0]):
                last = tuple(map(text_of, rows[at].cells))
                best = known, at, Head(rows[at].line, names, last)
    if best is None:
        return None, bool(rows)
    sheet.rows = _chained(rows[best[1] + 1 :], sheet.rows)
    sheet.width = len(rows[best[1]].cells)
    return best[2], True


def _chained(first: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from first
    first.clear()
    yield from rest


def _joined(rows: list[Row]) -> tuple[Named | None, ...]:
    """Put the rows of a head together: each column's name below what stands over it."""
    *above, bottom = rows
    width = max(len(row.cells) for row in rows)
    lowest = [text_of(bottom.cells[column]) if column < len(bottom.cells) else "" for column in range(width)]
    over = [texts for row in above if len(set(texts := _spread(row, lowest)) - {""}) > 1 or "" in texts]
    return tuple(_named([texts[column] for texts in (*over, lowest)]) for column in range(width))


def _spread(row: Row, lowest: list[str]) -> list[str]:
    """Give what a row of headings says over each column: merged cells, or blank ones to the right of a heading."""
    texts: list[str] = []
    for column, below in enumerate(lowest):
        text = text_of(row.cells[column]) if column < len(row.cells) else ""
        text = text or text_of(row.across.get(column))
        if not text and below and not row.across and column and lowest[column - 1]:
            text = texts[column - 1]
        texts.append(text)
    return texts


def _named(parts: list[str]) -> Named | None:
    said: list[str] = []
    for part in parts:
        if part and (not said or fold(part) != fold(said[-1])):
            said.append(part)
    if not said or not fold(said[-1]):
        return None
    headings = tuple(fold(part) for part in said[:-1] if not _NEUTRAL.fullmatch(fold(part)))
    text = " ".join(" ".join(said).split())
    return Named(text, fold("".join(said)), fold(said[-1]), headings)
