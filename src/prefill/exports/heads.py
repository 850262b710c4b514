"""The head of a sheet: found among titles and blank rows, its merged rows put together."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from prefill.exports.names import fold
from prefill.exports.sheets import Cell, Row, Sheet, is_blank, text_of

__all__ = ["Head", "Named", "find_head", "head_of"]

_ROWS: Final = 30  # with anything in them, in which the head must be
_MOST: Final = 200
_DEPTH: Final = 3
_NOTE: Final = re.compile(r"[:：]\s*\S|\d{4}")
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
    rows: tuple[Row, ...] = ()

    def repeats(self, row: Row) -> bool:
        """Say whether a row is one of the head's again, as at the top of a printed page."""
        return _repeats(self.last, row) or any(_repeats(above.cells, row) for above in self.rows[:-1])


def _repeats(texts: Sequence[Cell], row: Row) -> bool:
    same = 0
    for text, cell in zip_longest(texts, row.cells):
        if not is_blank(cell):
            if text_of(cell) != text_of(text):
                return False
            same += 1
    return same > 1


def find_head(sheet: Sheet, weight: Callable[[str], int]) -> tuple[Head | None, bool]:
    """Find the head of a sheet, and read the sheet up to it; say also whether the sheet holds anything.

    Of the first rows it is the one, with the headings above it, whose columns' names weigh most: two at least, or all that there are.
    ``weight`` says of a folded name whether it is known (1), or makes a head by itself (2).
    """
    rows: list[Row] = []
    beginning = 0
    for row in sheet.rows:
        rows.append(row)
        beginning += bool(row.fault) or not all(map(is_blank, row.cells))
        if beginning == _ROWS + _DEPTH or len(rows) == _MOST:
            break
    best: tuple[int, int, Head] | None = None
    sure, blank_or_head = False, True
    for at, row in enumerate(rows):
        head = head_of(rows[: at + 1], exact=sheet.exact)
        weights = [max(weight(name.whole), weight(name.last)) for name in head.names if name]
        if sum(weights) and sum(weights) >= min(2, len(weights)):
            if sure and not blank_or_head:
                break  # the head of a second table
            if best is None or sum(weights) > best[0]:
                best = sum(weights), at, head
            sure = sure or (max(weights) > 1 and len(weights) > 1)
        elif sure and not all(map(is_blank, row.cells)):
            blank_or_head = False
    if best is None:
        return None, beginning > 0
    sheet.rows = _chained(rows[best[1] + 1 :], sheet.rows)
    sheet.width = len(rows[best[1]].cells)
    return best[2], True


def head_of(rows: list[Row], *, exact: bool) -> Head:
    """Make a head of the last of some rows, with the rows of headings right above it."""
    found = _headed(rows, len(rows) - 1, exact=exact)
    return Head(rows[-1].line, _joined(found), tuple(map(text_of, rows[-1].cells)), tuple(found))


def _headed(rows: list[Row], at: int, *, exact: bool) -> list[Row]:
    """Give a row with the rows of headings right above it, which say whom its names speak of."""
    found = [rows[at]]
    while at and len(found) < _DEPTH:
        row = rows[at - 1]
        if (not exact and row.line + 1 < rows[at].line) or not _is_heading(row, rows[at]):
            break
        found.insert(0, row)
        at -= 1
    return found


def _is_heading(row: Row, below: Row) -> bool:
    """Whether a row holds headings of the columns below, and is neither a title over all of them nor a note (``unit: …``, a date)."""
    texts = {column: text for column, cell in enumerate(row.cells) if (text := text_of(cell))}
    if not texts or any(_NOTE.search(text) for text in texts.values()):
        return False
    if len(texts) > 1 or 0 not in texts:
        return True
    named = sum(1 for column, cell in enumerate(below.cells) if text_of(cell) or column in row.across)
    return 0 < len(row.across) < named - 1


def _chained(first: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from first
    first.clear()
    yield from rest


def _joined(rows: list[Row]) -> tuple[Named | None, ...]:
    """Put the rows of a head together: each column's name below what stands over it."""
    *above, bottom = rows
    width = max(len(row.cells) for row in rows)
    lowest = [text_of(bottom.cells[column]) if column < len(bottom.cells) else "" for column in range(width)]
    over = [_spread(row, lowest) for row in above]
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
