"""What drawings on pages consist of: bars of pieces, told in words too; the template lays them out and works nothing out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Bar", "Piece", "pieces"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar: where it begins and how long it is, in percent of the drawing; how it is filled."""

    start: float
    width: float
    look: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of several pieces, and the same said in words. ``zero`` is where nothing is, in percent, if bars go both ways."""

    pieces: tuple[Piece, ...]
    told: str
    zero: float | None = None


def pieces(counts: Iterable[tuple[str, float]], whole: float) -> Iterator[Piece]:
    """Lay pieces one after the other; ``whole`` is nearly the length of the drawing, which keeps room for the outlines.

    >>> list(pieces([("recorded", 3), ("derived", 0), ("each-time", 1)], 4))
    [Piece(start=0.5, width=74.25, look='recorded'), Piece(start=74.75, width=24.75, look='each-time')]
    """
    start = 0.5
    for look, n in counts:
        if n:
            width = 99 * n / whole
            yield Piece(round(start, 2), round(width, 2), look)
            start += width
