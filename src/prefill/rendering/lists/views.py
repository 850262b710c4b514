"""What templates and workbooks are given of a roster: columns, lines and cells; and how a width is shared out among columns."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = ["INNER", "SIGN", "SIZE", "ColumnView", "Line", "Pairs", "RosterView", "Shown", "widths"]

Pairs: TypeAlias = tuple[tuple[str, str], ...]

SIGN: Final = {"new": "▶", "confirm": "◇", "maybe": "○"}  # of what is left to do: seen on a copy without colours
INNER: Final = 841.89 - 2 * 12 * 72 / 25.4  # points between the margins of a lying page
SIZE: Final = 9.5  # points
CLOSE: Final = 8.2  # of a table whose columns would have more room than there is
LEAST: Final = 6.5  # how small a wide table is set
NUMBER: Final = 3.4  # widths of a Chinese character that the rows' numbers have


class Shown(NamedTuple):
    """A cell as it is printed: what is left to do (``known, confirm, new, maybe, hand, skip``), its text, its source's mark, and why."""

    status: str
    text: str
    why: str = ""
    mark: str = ""
    value: Any = None
    kind: str = "text"


class Line(NamedTuple):
    """A row of the table: its number, its cells, and what its being there waits for."""

    number: int
    cells: tuple[Shown, ...]
    waits: str = ""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column: its heading with its unit, the mark of its one source, how it is set, and the widths that it asks for at the least and at best.

    Widths are in widths of a Chinese character.
    """

    label: str
    kind: str
    mark: str
    align: str
    least: float
    best: float

    @property
    def parts(self) -> tuple[str, ...]:
        """The heading, cut before its brackets, where it may best break."""
        return tuple(part for part in re.split("(?=（)", self.label) if part)


@dataclass(frozen=True, slots=True)
class RosterView:
    """All that a template or a workbook needs of a roster, and nothing that it has to work out."""

    title: str
    head: Pairs
    corner: Pairs
    counts: Pairs
    columns: tuple[ColumnView, ...]
    notes: Pairs
    foot: Pairs
    total: int
    waiting: int
    public: bool
    _lines: Callable[[], Iterator[Line]] = field(repr=False)
    _undecided: Callable[[], Iterator[Line]] = field(repr=False)

    @property
    def lines(self) -> Iterator[Line]:
        """The rows, made one after the other."""
        return self._lines()

    @property
    def undecided(self) -> Iterator[Line]:
        """Those of whom it is not decided whether they belong here; of what is posted, none."""
        return self._undecided()

    @property
    def shares(self) -> tuple[float, ...]:
        """The widths of the columns in percent, that of the rows' numbers first."""
        wide, _ = widths(self.columns, INNER)
        return tuple(round(100 * width / INNER, 2) for width in wide)

    @property
    def close(self) -> bool:
        """Whether the table is set smaller on paper: its columns would take more room than there is."""
        return widths(self.columns, INNER)[1] < SIZE


def widths(columns: Sequence[ColumnView], room: float) -> tuple[list[float], float]:
    """Share out a width in points: give that of the rows' numbers, then each column's, and the size of type, smaller where the columns need it.

    >>> columns = [ColumnView("甲", "text", "", "left", 5.0, 10.0), ColumnView("乙", "text", "", "left", 5.0, 20.0)]
    >>> widths(columns, 209.92)
    ([27.87..., 66.01, 116.03], 8.2)
    """
    least, best = [NUMBER, *(c.least for c in columns)], [NUMBER, *(c.best for c in columns)]
    usual = SIZE if sum(best) * SIZE <= room else CLOSE
    size = min(usual, max(LEAST, room / sum(least)))
    ems = room / size
    if sum(best) <= ems:
        return [part * room / sum(best) for part in best], size
    if sum(least) >= ems:
        return [part * room / sum(least) for part in least], size
    spare = (ems - sum(least)) / (sum(best) - sum(least))
    return [(low + spare * (high - low)) * size for low, high in zip(least, best, strict=True)], size
