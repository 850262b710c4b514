"""Cells set in lines, and tables with a row for each item."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prefill.rendering.cells import Cell, Desk, em

if TYPE_CHECKING:
    from prefill.filling import Table
    from prefill.plans import Slot

__all__ = ["Column", "Line", "Roster", "RowView", "pack", "roster"]

UPRIGHT: Final = 58.0  # widths of a Chinese character that a table on an upright page holds
LYING: Final = 92.0  # … and on a lying one; a wider table is set as a block of lines for each row
_LEGEND: Final = 24  # a column with so many options has them listed under the table


@dataclass(frozen=True, slots=True)
class Line:
    """A ruled line of the form: one cell across it, or two side by side."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading and its share of the width, in percent."""

    label: str
    item_no: str
    width: float


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of a table. ``waits`` says what its being there depends on; a blank row is to be written."""

    number: int
    cells: tuple[Cell, ...]
    waits: str = ""
    blank: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """The row as lines of its own, for a table that is too wide."""
        return pack(self.cells)


@dataclass(frozen=True, slots=True)
class Roster:
    """A table. ``whole`` is the cell that stands for all of it while it has no rows."""

    label: str
    item_no: str
    number: float  # the share of the width that the rows' numbers have, in percent
    columns: tuple[Column, ...]
    rows: tuple[RowView, ...]
    whole: Cell | None
    blocks: bool
    lying: bool
    legend: tuple[tuple[str, str], ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All cells of the table, a line for each row."""
        return tuple(Line(row.cells) for row in self.rows)


def pack(cells: Iterable[Cell]) -> tuple[Line, ...]:
    """Set cells in lines: narrow ones two by two, wide ones across; the order is kept."""
    lines: list[Line] = []
    waiting: Cell | None = None
    for cell in cells:
        if waiting is None and not cell.wide:
            waiting = cell
            continue
        if waiting is not None and not cell.wide:
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
    rows = [
        RowView(
            number,
            tuple(desk.cell(entry, row) for entry in row.entries),
            desk.words("table.waits", names=desk.names(row.waits_for)) if row.waits_for else "",
        )
        for number, row in enumerate(table.rows, 1)
    ]
    whole = desk.cell(table.entry) if table.entry is not None else None
    columns = table.columns
    rows += _blank_rows(desk, table, columns, len(rows), whole)
    needs = [_need(column, [row.cells[index] for row in rows if not row.blank]) for index, column in enumerate(columns)]
    total = sum(needs) + 3.4
    number = round(100 * 3.4 / max(total, UPRIGHT), 2)
    return Roster(
        label="" if table.label == title else table.label,
        item_no=table.field.item_no or "",
        columns=tuple(
            Column(column.field.label, column.field.item_no or "", round((100 - number) * need / sum(needs), 2))
            for column, need in zip(columns, needs, strict=True)
        ),
        number=number,
        rows=tuple(rows),
        whole=whole,
        blocks=total > LYING,
        lying=UPRIGHT < total <= LYING,
        legend=_legend(columns, rows),
    )


def _blank_rows(
    desk: Desk, table: "Table", columns: "Sequence[Slot]", used: int, whole: Cell | None
) -> Iterator[RowView]:
    """Give the rows beyond those filled: on paper as printed, on a screen if the table is to be written."""
    left = (table.field.rows or 0) - used
    to_write = table.field.rows_of is None or (whole is not None and whole.open)
    if used == 0 and left < 1:
        left = 3
    if not (desk.paper or to_write):
        return
    for step in range(1, left + 1):
        cells = tuple(desk.blank(column, f"{column.key}@+{step}") for column in columns)
        yield RowView(used + step, cells, blank=True)


def _need(column: "Slot", cells: Sequence[Cell]) -> float:
    """Give the width that a column asks for: a heading may take three lines, a long value two."""
    heading = em(column.field.label) / 3
    values = [em(cell.text) if em(cell.text) <= 6 else max(6.0, em(cell.text) / 2 + 1) for cell in cells]
    marked = 6.0 if any(cell.open for cell in cells) else 2.0
    boxes = [em(option.label) + 2.2 for cell in cells for option in cell.boxes]
    numbers = [em(cell.text) + 0.8 * len(cell.marks) for cell in cells if cell.text.isascii() and len(cell.text) <= 18]
    return min(16.0, max(2.0, heading, marked, *values, *numbers, *boxes)) + 1.0


def _legend(columns: "Sequence[Slot]", rows: Sequence[RowView]) -> tuple[tuple[str, str], ...]:
    """List the options of the columns that still have something to write, for those who write by hand."""
    found = []
    for index, column in enumerate(columns):
        cells = [row.cells[index] for row in rows]
        writing = [cell for cell in cells if cell.status in ("new", "blank") and not cell.boxes]
        listed = next((cell.listed for cell in writing if cell.listed), ())
        if listed and len(listed) <= _LEGEND:
            found.append((column.field.label, "　".join(option.label for option in listed)))
    return tuple(found)
