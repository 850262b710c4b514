"""A page cut into units, the pieces that stand one under the other: the head, a heading, a row, a note.

A unit's ``key`` says everything that its look depends on but its texts, and ``texts`` are those that differ from subject to
subject. Two units with one key are laid out alike, so that the blank of the one serves the other.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any, Final, TypeAlias

from prefill.rendering.cells import Cell, Choice
from prefill.rendering.page import Page, Part
from prefill.rendering.rosters import Line, Roster, RowView, Run

__all__ = ["CLOSE", "MIDDLE", "OPEN", "Unit", "cards", "marked", "units_of"]

OPEN: Final = "\ue000"  # around a text, while a blank is made: which unit's, which of its texts
MIDDLE: Final = "\ue001"
CLOSE: Final = "\ue002"

Key: TypeAlias = tuple[Hashable, ...]


@dataclass(slots=True)
class Unit:
    """One piece of the page's column; ``kind`` says what stands over and under it, ``table`` which table it is a row of."""

    kind: str
    key: Key
    texts: list[str]
    table: int = 0
    together: bool = False  # with all rows of its table, on one page


def _but(view: type, *names: str) -> Callable[[Any], Key]:
    """Give what takes all fields of a view but these: its texts, which are stamped, and what no page for paper shows."""
    every = view._fields if view is Cell else [field.name for field in fields(view)]
    rest = [name for name in every if name not in names]
    take: Callable[[Any], Key] = attrgetter(*rest)
    return take


_CELL_TEXTS: Final = ("text", "mark", "waits")
_of_cell: Final = _but(Cell, *_CELL_TEXTS, "choices", "boxes", "name", "spoken", "title", "listed", "control", "need")
_of_choice: Final = _but(Choice, "text", "origin", "mark", "value")
_of_page: Final = _but(Page, "dates", "counts", "parts", "sources", "further", "derived", "others", "foot")
_of_roster: Final = _but(Roster, "rows", "spare", "whole", "legend", "hints", "fresh")
_of_row: Final = _but(RowView, "number", "title", "cells", "waits", "id")


def units_of(page: Page) -> list[Unit]:
    """Give the units of a page for paper, in printed order."""
    rest = _of_page(page)
    dates, counts = page.dates, page.counts
    names = (tuple([name for name, _ in dates]), tuple([name for name, _ in counts]))
    texts = [text for _, text in dates] + [text for _, text in counts]
    units = [Unit("header", ("header", rest, names), texts)]
    tables = 0
    for part in page.parts:
        units.append(Unit("h2", ("h2", part.title), []))
        for block in part.blocks:
            tables += 1
            if isinstance(block, Run):
                _lines(units, block.lines, tables)
                if block.legend:
                    units.append(Unit("legend", ("legend", block.legend), []))
            else:
                tables = _roster(units, block, tables)
    if page.foot:
        units.append(Unit("filer", ("filer", tuple([name for name, _ in page.foot])), [text for _, text in page.foot]))
    notes: tuple[tuple[str, Sequence[tuple[str, str]]], ...] = (("sources", page.sources), ("further", page.further))
    for name, pairs in notes:
        if pairs:
            units.append(Unit("note", (name, rest, len(pairs)), [text for pair in pairs for text in pair]))
    if page.derived:
        units.append(Unit("note", ("derived", rest), [page.derived]))
    if page.others:
        units.append(Unit("note", ("others", rest, len(page.others)), list(page.others)))
    if page.basis:
        units.append(Unit("note", ("basis", rest), []))
    return units


def _roster(units: list[Unit], block: Roster, tables: int) -> int:
    """Add the units of a table; give the number of the last table that they stand in."""
    if block.whole is not None:
        _lines(units, (Line((block.whole,)),), tables, "lead")
        tables += 1
    if block.blocks:
        for row in cards(block):
            units.append(Unit("h3", ("h3", row.waits == ""), [row.title, row.waits]))
            _lines(units, row.lines, tables)
            tables += 1
    else:
        look = _of_roster(block)
        together = len(block.rows) <= 3
        units.append(Unit("thead", ("thead", block.whole is None, look), [], tables, together))
        for row in block.rows:
            texts = [str(row.number), row.waits]
            cells = tuple([_cell(cell, texts) for cell in row.cells])
            units.append(Unit("item", ("item", look, _of_row(row), row.waits == "", cells), texts, tables, together))
    if block.legend:
        units.append(Unit("legend", ("legend", block.legend), []))
    return tables


def _lines(units: list[Unit], lines: Iterable[Line], table: int, kind: str = "row") -> None:
    first = kind != "lead"
    for line in lines:
        texts: list[str] = []
        cells = tuple([_cell(cell, texts) for cell in line.cells])
        units.append(Unit(f"{kind}1" if first else kind, ("row", cells), texts, table))
        first = False


def _cell(cell: Cell, texts: list[str]) -> Key:
    """Add a cell's texts; give all else that its look depends on."""
    texts += (cell.text, cell.mark, cell.waits)
    picked: Key = ()
    for choice in cell.choices:
        texts += (choice.text, choice.origin, choice.mark)
        picked += (_of_choice(choice), choice.text == "", choice.origin == "", choice.mark == "")
    boxes = tuple([(option.label, option.on) for option in cell.boxes]) if cell.boxes else ()
    return (_of_cell(cell), cell.text == "", cell.mark == "", cell.waits == "", boxes, picked)


def cards(block: Roster) -> tuple[RowView, ...]:
    """Give the rows that are printed as lines of their own."""
    return block.cards


def marked(page: Page, wanted: set[int] | None = None) -> tuple[Page, list[int]]:
    """Give the page with each text of a unit between signs that say which it is, empty texts left empty; and the numbers of its units.

    Where some units alone are ``wanted``, lines and tables without any are left out: to draw and to read them takes longer than the rest.
    """
    marker = _Marker(wanted)
    return marker.page(page), marker.drawn


class _Marker:
    """Goes through a page as ``units_of`` does, and counts units and texts alike."""

    def __init__(self, wanted: set[int] | None) -> None:
        self.wanted = wanted
        self.drawn: list[int] = []
        self.unit = -1
        self.place = 0

    def next(self) -> None:
        self.unit += 1
        self.place = 0
        self.drawn.append(self.unit)

    def wants(self, first: int) -> bool:
        """Whether a unit is wanted of those from this one on; where none is, they are not drawn."""
        if self.wanted is None or any(number in self.wanted for number in range(first, self.unit + 1)):
            return True
        while self.drawn and self.drawn[-1] >= first:
            self.drawn.pop()
        return False

    def text(self, text: str) -> str:
        sign = f"{OPEN}{self.unit}.{self.place}{MIDDLE}{text}{CLOSE}" if text else ""
        self.place += 1
        return sign

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.text(text)) for name, text in pairs)

    def page(self, page: Page) -> Page:
        self.next()
        made = replace(page, dates=self.pairs(page.dates))
        made = replace(made, counts=self.pairs(page.counts), parts=tuple(map(self.part, page.parts)))
        if page.foot:
            self.next()
            made = replace(made, foot=self.pairs(page.foot))
        if page.sources:
            self.next()
            made = replace(made, sources=tuple((self.text(a), self.text(b)) for a, b in page.sources))
        if page.further:
            self.next()
            made = replace(made, further=tuple((self.text(a), self.text(b)) for a, b in page.further))
        if page.derived:
            self.next()
            made = replace(made, derived=self.text(page.derived))
        if page.others:
            self.next()
            made = replace(made, others=tuple(map(self.text, page.others)))
        if page.basis:
            self.next()
        return made

    def part(self, part: Part) -> Part:
        self.next()
        return replace(part, blocks=tuple(self.blocks(part.blocks)))

    def blocks(self, blocks: Iterable[Run | Roster]) -> Iterator[Run | Roster]:
        for block in blocks:
            first = self.unit + 1
            made = self.block(block)
            if self.wants(first):
                yield made

    def block(self, block: Run | Roster) -> Run | Roster:
        made: Run | Roster
        if isinstance(block, Run):
            made = replace(block, lines=tuple(self.lines(block.lines, all=False)))
        else:
            whole = None
            if block.whole is not None:
                self.next()
                whole = self.cell(block.whole)
            if block.blocks:
                rows = tuple(map(self.spread, cards(block)))
            else:
                self.next()
                rows = tuple(map(self.row, block.rows))
            made = replace(block, whole=whole, rows=rows)
        if block.legend:
            self.next()
        return made

    def lines(self, lines: Iterable[Line], *, all: bool) -> Iterator[Line]:
        """Mark lines; of a run, which looks the same without some of them, not all need be drawn."""
        for line in lines:
            self.next()
            made = replace(line, cells=tuple(map(self.cell, line.cells)))
            if all or self.wants(self.unit):
                yield made

    def row(self, row: RowView) -> RowView:
        self.next()
        number, waits = self.text(str(row.number)), self.text(row.waits)
        return replace(row, number=number, waits=waits, cells=tuple(map(self.cell, row.cells)))  # type: ignore[arg-type]

    def spread(self, row: RowView) -> RowView:
        """Mark a row that is set as lines of its own."""
        self.next()
        title, waits = self.text(row.title), self.text(row.waits)
        cells = [cell for line in self.lines(row.lines, all=True) for cell in line.cells]
        return replace(row, title=title, waits=waits, cells=tuple(cells))

    def cell(self, cell: Cell) -> Cell:
        text, mark, waits = self.text(cell.text), self.text(cell.mark), self.text(cell.waits)
        return cell._replace(text=text, mark=mark, waits=waits, choices=tuple(map(self.choice, cell.choices)))

    def choice(self, choice: Choice) -> Choice:
        return replace(
            choice, text=self.text(choice.text), origin=self.text(choice.origin), mark=self.text(choice.mark)
        )
