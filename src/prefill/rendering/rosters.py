"""Cells set in lines, and tables with a row for each item."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from prefill.rendering.cells import LEGEND, Cell, Chunks, Desk, chunks, em

if TYPE_CHECKING:
    from prefill.filling import Row, Table
    from prefill.plans import Slot

__all__ = ["Column", "Legend", "Line", "Roster", "RowView", "Run", "legend_of", "pack", "roster"]

ROOMY: Final = 0.87  # of either, what it holds at the usual size; past that the table is set smaller
UPRIGHT: Final = 58.0  # widths of a Chinese character that a table on an upright page holds
LYING: Final = 92.0  # … and on a lying one; a wider table is set as a block of lines for each row
HALF: Final = 13.0  # what a cell of half the width holds on one line of an upright page
HALF_LYING: Final = 22.0  # … of a lying one

WRITTEN: Final[Mapping[str, float]] = {"bool": 3.0, "integer": 3.4, "decimal": 3.8, "money": 4.6, "code": 4.4}
WRITTEN_ELSE: Final = 5.2  # widths of a Chinese character that a word by hand takes in a table, about 17 mm

# Widths of a Chinese character that an input takes in a table on a screen, with what a browser draws in it.
TYPED: Final[Mapping[str, float]] = {
    "date": 9.5, "datetime": 14.0, "year_month": 9.5, "file": 9.0, "photo": 9.0, "signature": 9.0, "long_text": 9.0,
    "integer": 4.0, "decimal": 4.6, "money": 5.2, "year": 4.0, "id_number": 10.0, "uscc": 10.0, "phone": 7.5, "address": 9.0,
}  # fmt: skip
TYPED_ELSE: Final = 6.0  # a word, or a list that opens

_NAMING: Final = frozenset({"text", "person_name"})  # what a row may be called by

STEP: Final = 2.0  # the widths of columns on paper, in widths of a Chinese character

Legend: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A ruled line of the form: one cell across it, or two side by side."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Lines between two tables, and the options to choose from by hand."""

    lines: tuple[Line, ...]
    legend: Legend


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading and its share of the width, in percent."""

    label: str
    item_no: str
    width: float
    required: bool = False
    help: str = ""

    @property
    def chunks(self) -> Chunks:
        """The heading, cut where it may break."""
        return chunks(self.label, 0)


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of a table. ``waits`` says what its being there depends on; a blank row is to be written."""

    number: int
    title: str  # which row it is, and whose
    cells: tuple[Cell, ...]
    waits: str = ""
    blank: bool = False
    id: str = ""  # the row's own, of a blank one +1, +2 …

    @property
    def lines(self) -> tuple[Line, ...]:
        """The row as lines of its own, for a table that is too wide."""
        return pack(self.cells)


@dataclass(frozen=True, slots=True)
class Roster:
    """A table. ``whole`` is the cell that stands for all of it while it has no rows.

    ``fresh`` is a blank row that the page's script takes copies of, where the worker may add rows.

    ``numbered`` is the form's own heading of the rows' numbers, if it has one. ``spare`` are rows that a page for a screen keeps folded away, since the list is known; ``hints`` say how to write what blank
    rows ask for.
    """

    label: str
    item_no: str
    numbered: str
    number: float  # the share of the width that the rows' numbers have, in percent
    columns: tuple[Column, ...]
    rows: tuple[RowView, ...]
    spare: tuple[RowView, ...]
    whole: Cell | None
    blocks: bool
    lying: bool
    tight: bool
    legend: Legend
    hints: Legend
    key: str = ""
    fresh: RowView | None = None
    help: str = ""

    @property
    def first(self) -> tuple[RowView, ...]:
        """The rows that a page for a screen shows at once where each stands as lines of its own: of blank ones, one."""
        return self.rows[: len([row for row in self.rows if not row.blank]) + 1]

    @property
    def rest(self) -> tuple[RowView, ...]:
        """The further ones, for a page without script: its script adds rows as they are asked for."""
        return (*self.rows[len(self.first) :], *self.spare)

    @property
    def cards(self) -> tuple[RowView, ...]:
        """The rows that are printed as lines of their own: those filled, or, of none, the blank ones."""
        return tuple(row for row in self.rows if not row.blank) or self.rows

    @property
    def lines(self) -> tuple[Line, ...]:
        """All cells of the table, a line for each row."""
        return tuple(Line(row.cells) for row in self.rows)


def pack(cells: Iterable[Cell], half: float = HALF) -> tuple[Line, ...]:
    """Set cells in lines: two by two if they need no more than half the width, wide ones across; the order is kept."""
    lines: list[Line] = []
    waiting: Cell | None = None
    for cell in cells:
        if waiting is None and cell.need <= half:
            waiting = cell
            continue
        if waiting is not None and cell.need <= half:
            lines.append(Line((waiting, cell)))
            waiting = None
            continue
        if waiting is not None:
            lines.append(Line((waiting,)))
            waiting = None
        lines.append(Line((cell,)))
    if waiting is not None:
        lines.append(Line((waiting,)))
    return tuple(lines)


def roster(desk: Desk, table: "Table", title: str) -> Roster:
    """Give a table's view; ``title`` is its section's, which is not repeated over it."""
    own = int(_numbers(table))  # the form's own first column is the rows' number
    columns = table.columns[own:]
    before = desk.notes.copy()
    rows = _rows(desk, table, own)
    whole = desk.cell(table.entry) if table.entry is not None else None
    written = [_room_to_write(column) for column in columns]
    cards = desk.paper and not rows and sum(written) > (LYING if table.field.rows_of is not None else UPRIGHT)
    blank = tuple(_blank_rows(desk, table, len(rows), card=cards))
    folded = not desk.paper and table.field.rows_of is not None and not (whole is not None and whole.open)
    if not folded:
        rows += blank
    needs = [_need(column, [row.cells[index] for row in rows if not row.blank]) for index, column in enumerate(columns)]
    if not desk.paper:
        shown = (*rows, *blank)
        needs = [max(need, _typed(row.cells[index] for row in shown)) for index, need in enumerate(needs)]
    total = sum(needs) + 3.4
    if desk.paper and blank:
        roomy = [max(pair) for pair in zip(needs, written, strict=True)]
        if sum(roomy) + 3.4 <= (UPRIGHT if total <= UPRIGHT else LYING):
            needs, total = roomy, sum(roomy) + 3.4
    if total > LYING and not cards:
        desk.notes = before  # the rows are cards: their cells are made anew, with more room
        rows = _rows(desk, table, own, card=True)
        blank = () if desk.paper else tuple(_blank_rows(desk, table, len(rows), card=True))
        if not folded:
            rows += blank
    if desk.paper:  # widths in steps: tables of like values look alike, whoever's they are
        needs = [math.ceil(need / STEP) * STEP for need in needs]
    number = round(100 * 3.4 / max(sum(needs) + 3.4 if desk.paper else total, UPRIGHT), 2)
    return Roster(
        label="" if table.label == title else table.label,
        numbered=table.columns[0].field.label if own else "",
        item_no=table.field.item_no or "",
        columns=tuple(
            Column(
                column.field.label,
                column.field.item_no or "",
                round((100 - number) * need / sum(needs), 2),
                required=column.field.required and any(row.cells[index].written for row in (*rows, *blank)),
                help=column.field.help or "",
            )
            for index, (column, need) in enumerate(zip(columns, needs, strict=True))
        ),
        number=number,
        rows=tuple(rows),
        spare=blank if folded else (),
        whole=whole,
        blocks=cards or total > LYING,
        lying=not cards and UPRIGHT < total <= LYING,
        tight=total > ROOMY * (UPRIGHT if total <= UPRIGHT else LYING),
        legend=(
            *legend_of(cell for row in (*rows, *blank) for cell in row.cells),
            *(() if cards or total > LYING else _helps(desk, table, own, rows)),
        ),
        hints=_hints(blank),
        key=table.key,
        fresh=_fresh(desk, table, own) if table.key in desk.growing and not desk.paper else None,
        help=table.field.help or "",
    )


def _rows(desk: Desk, table: "Table", own: int, *, card: bool = False) -> list[RowView]:
    """Give the rows that have a subject; ``card``: each stands as lines of its own."""
    rows = []
    for place, row in enumerate(table.rows, 1):
        name = _title(desk, table, place, row)
        cells = tuple(desk.cell(entry, row, name, card=card) for entry in row.entries[own:])
        waits = desk.words("table.waits", on=desk.names(row.waits_for)) if row.waits_for else ""
        rows.append(RowView(place, name, cells, waits, id=row.id))
    return rows


def _fresh(desk: Desk, table: "Table", own: int) -> RowView:
    """Give the blank row of which rows that are added are copies: +0 stands for its id, {n} for its number."""
    persons = _of_persons(table)
    title = desk.words("table.person" if persons else "table.item", n="{n}")
    cells = tuple(desk.blank(column, f"{column.key}@+0", title) for column in table.columns[own:])
    return RowView(0, title, cells, blank=True, id="+0")


def _numbers(table: "Table") -> bool:
    """Say whether the table's first column numbers its rows, all of them: the page has such a column anyway."""
    first = table.columns[0].field
    return first.derive is not None and first.derive.rule == "row_number" and first.when is None


def _title(desk: Desk, table: "Table", number: int, row: "Row | None" = None) -> str:
    """Give what names a row: its number, and the name of the person or item if it has one."""
    persons = _of_persons(table)
    title = desk.words("table.person" if persons else "table.item", n=number)
    named = (
        [e for e in row.entries if e.text and (e.kind == "person_name" if persons else e.kind in _NAMING)]
        if row
        else []
    )
    return (
        desk.words("table.row", row=title, name=named[0].text) if named and not desk.lacking(named[0].text) else title
    )


def _blank_rows(desk: Desk, table: "Table", used: int, *, card: bool) -> Iterator[RowView]:
    """Give the rows beyond those filled, as many as the form has."""
    left = (table.field.rows or 0) - used
    if used == 0 and left < 1:
        left = 3
    for step in range(1, left + 1):
        title = _title(desk, table, used + step)
        columns = table.columns[int(_numbers(table)) :]
        cells = tuple(desk.blank(column, f"{column.key}@+{step}", title, card=card) for column in columns)
        yield RowView(used + step, title, cells, blank=True, id=f"+{step}")


def _of_persons(table: "Table") -> bool:
    """Say whether a table's rows are persons: their name stands in front, not somewhere among what is told of a thing."""
    return any(column.kind == "person_name" for column in table.columns[:3])


def _typed(cells: Iterable[Cell]) -> float:
    """Give the width that the widest input of a column takes."""
    return max((TYPED.get(cell.kind, TYPED_ELSE) for cell in cells if cell.control is not None), default=0.0)


def _room_to_write(column: "Slot") -> float:
    """Give the width that a column needs whose cells are written by hand."""
    heading = em(column.field.label) / 3
    return max(heading, WRITTEN.get(column.kind, WRITTEN_ELSE))


def _need(column: "Slot", cells: Sequence[Cell]) -> float:
    """Give the width that a column asks for: a heading may take three lines, a long value two."""
    heading = em(column.field.label) / 3
    texts = [em(cell.text) + (0.9 if cell.mark else 0) for cell in cells]
    values = [text if text <= 6 else max(6.0, text / 2 + 1) for text in texts]
    marked = (
        8.0 if any(cell.status == "confirm" for cell in cells) else 6.0 if any(cell.open for cell in cells) else 2.0
    )
    boxes = [em(option.label) + 2.2 for cell in cells for option in cell.boxes]
    numbers = [em(cell.text) + 0.8 * len(cell.mark) for cell in cells if cell.text.isascii() and len(cell.text) <= 18]
    return min(16.0, max(2.0, heading, marked, *values, *numbers, *boxes)) + 1.0


def legend_of(cells: Iterable[Cell]) -> Legend:
    """List the options of the cells that are open and have no box for each, for those who write by hand."""
    found: dict[str, str] = {}
    for cell in cells:
        if cell.listed and len(cell.listed) <= LEGEND and cell.label not in found and not _yes_or_no(cell):
            found[cell.label] = "　".join(option.label for option in cell.listed)
    return tuple(found.items())


def _helps(desk: Desk, table: "Table", own: int, rows: Sequence[RowView]) -> Legend:
    """Give what is to be known of columns that are to be written, for paper, whose cells have no room for it."""
    if not desk.paper:
        return ()
    open_ = {index for row in rows for index, cell in enumerate(row.cells) if cell.open or cell.status == "blank"}
    fields = [column.field for column in table.columns[own:]]
    return tuple((field.label, field.help) for index, field in enumerate(fields) if field.help and index in open_)


def _yes_or_no(cell: Cell) -> bool:
    return [option.value for option in cell.listed] == ["true", "false"]


def _hints(blank: Sequence[RowView]) -> Legend:
    """Say how to write what the cells of blank rows ask for: they have no line of their own for it."""
    cells = blank[0].cells if blank else ()
    return tuple((cell.label, cell.control.hint) for cell in cells if cell.control is not None and cell.control.hint)
