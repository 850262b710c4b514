"""How units are stacked on pages: the gaps between them, where a page ends, what runs at its head and foot.

All of it is learnt from pages that WeasyPrint laid out whole, and whoever learns compares: where our pages would end
elsewhere, several pages are left to WeasyPrint.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from prefill.rendering.stamping.blanks import Run
from prefill.rendering.stamping.faces import Unstampable
from prefill.rendering.stamping.harvest import look_of
from prefill.rendering.stamping.units import Unit

__all__ = ["Column", "Place", "Unlearnt", "alike", "endless", "gaps", "learn", "stack"]

_NEAR: Final = 0.1  # pixels: a unit further off than this is at another place
_OVER: Final = 0.52  # pixels, half a rule and a bit: what ends so near to the page's end, or …
_UNDER: Final = 0.02  # … so little past it, fits or not as the whole layout says
_NOT_AFTER: Final = frozenset({"header", "h2", "h3", "lead", "thead"})  # no page ends after these
_NOT_BEFORE: Final = frozenset({"legend"})  # … and none before these

Place = tuple[int, float]
"""Where a unit stands: its number, and its top."""


class Unlearnt(Exception):
    """A gap that no page has shown yet."""


@dataclass(slots=True)
class Column:
    """The column that units stand in, on pages of one size."""

    width: float = 0.0
    height: float = 0.0
    start: float = 0.0  # the top of the column
    end: float = 0.0
    margins: str = ""  # of the first page, as CSS writes them
    gaps: dict[tuple[str, str], float] = field(default_factory=dict)
    tops: dict[str, float] = field(default_factory=dict)  # what a unit leaves free that is the first of a further page
    first: tuple[Run, ...] | None = None  # what runs at head and foot of the first page, {page} and {pages} in it
    further: tuple[Run, ...] | None = None
    known: bool = False
    paged: bool = True  # whether our pages have ended where WeasyPrint's do, so far

    def take(self, other: "Column") -> None:
        """Learn what another column of the same form has learnt."""
        self.width, self.height, self.start, self.end = other.width, other.height, other.start, other.end
        self.margins, self.first = other.margins, other.first
        self.further = other.further or self.further
        self.gaps.update(other.gaps)
        self.tops.update(other.tops)
        self.paged = self.paged and other.paged
        self.known = self.known or other.known


def stack(column: Column, units: Sequence[Unit], heights: Sequence[float]) -> list[list[Place]]:
    """Place units on pages. Raises Unlearnt for a gap not seen yet, Unstampable where the end of a page is in doubt."""
    if not column.known:
        raise Unlearnt
    pages: list[list[Place]] = []
    page: list[Place] = []
    bottom, start, number = column.start, 0, 0
    heads: dict[int, int] = {unit.table: place for place, unit in enumerate(units) if unit.kind == "thead"}
    while number < len(units):
        unit = units[number]
        if page:
            top = bottom + _gap(column, units[page[-1][0]].kind, unit.kind)
        elif not pages:
            top = column.start + column.tops.get("", 0.0)
        else:
            head = heads.get(unit.table) if unit.kind == "item" else None
            if head is not None:
                top = column.start + _top(column, "thead")
                page.append((head, top))
                top += heights[head] + _gap(column, "thead", unit.kind)
            else:
                top = column.start + _top(column, unit.kind)
        bottom = top + heights[number]
        if bottom > column.end - _OVER:
            if bottom < column.end + _UNDER:
                raise Unstampable(f"{unit.kind} ends {bottom - column.end:.3f} px past a page's end")
            number = _last_break(units, start, number)
            pages.append([place for place in page if place[0] < number or place[0] == heads.get(units[start].table)])
            page, start, bottom = [], number, column.start
            continue
        page.append((number, top))
        number += 1
    pages.append(page)
    if len(pages) > 1 and not column.paged:
        raise Unstampable
    return pages


def _gap(column: Column, above: str, below: str) -> float:
    try:
        return column.gaps[above, below]
    except KeyError:
        raise Unlearnt from None


def _top(column: Column, kind: str) -> float:
    try:
        return column.tops[kind]
    except KeyError:
        raise Unlearnt from None


def _last_break(units: Sequence[Unit], start: int, number: int) -> int:
    """Give the last unit before which a page may end, at most this one."""
    while number > start:
        above, below = units[number - 1], units[number]
        tied = above.table == below.table and below.together and above.together
        if not tied and above.kind not in _NOT_AFTER and below.kind not in _NOT_BEFORE:
            return number
        number -= 1
    raise Unstampable


def learn(
    column: Column,
    document: Any,
    numbers: dict[int, int],
    units: Sequence[Unit],
    numbered: str,
) -> list[list[Place]]:
    """Learn from a document laid out whole; ``numbers`` are its units by their elements' identities. Give its pages.

    ``numbered`` is what a page's number is written like, with ``{page}`` and ``{pages}``.
    """
    pages = []
    seen: set[int] = set()
    for count, page in enumerate(document.pages, 1):
        box = page._page_box
        column.width, column.height = page.width, page.height
        column.start, column.end = box.content_box_y(), box.content_box_y() + box.height
        placed: list[tuple[int, float, float]] = []
        _find(box, numbers, placed)
        for number, _, _ in placed:
            if number in seen and units[number].kind != "thead":
                raise Unstampable  # cut in two by a page's end
            seen.add(number)
        if count == 1:
            sides = (box.margin_top, box.margin_right, box.margin_bottom, box.margin_left)
            column.margins = " ".join(f"{side:.6f}px" for side in sides)
        if placed and count > 1:
            column.tops[units[placed[0][0]].kind] = round(placed[0][1] - column.start, 6)
        elif placed:
            column.tops[""] = round(placed[0][1] - column.start, 6)
        runs = tuple(_running(box, numbered, count, len(document.pages)))
        if count == 1:
            column.first = runs
        else:
            column.further = runs
        pages.append([(number, top) for number, top, _ in placed])
    column.known = True
    return pages


def gaps(column: Column, document: Any, numbers: dict[int, int], units: Sequence[Unit]) -> None:
    """Learn the gaps between units from a document on one page without end."""
    placed: list[tuple[int, float, float]] = []
    for page in document.pages:
        _find(page._page_box, numbers, placed)
    for (above, _, bottom), (below, top, _) in pairwise(placed):
        column.gaps[units[above].kind, units[below].kind] = round(top - bottom, 6)


def endless(column: Column) -> str:
    """Give the style that sets a document on one page as wide as the column's, and without end."""
    return f"@page {{ size: {column.width:.6f}px 100000px; margin: {column.margins} }} html body {{ page: auto !important }}"


def alike(ours: Sequence[Sequence[Place]], theirs: Sequence[Sequence[Place]]) -> bool:
    """Say whether the same units stand at the same places."""
    if [[number for number, _ in page] for page in ours] != [[number for number, _ in page] for page in theirs]:
        return False
    places = [
        (a, b) for page, other in zip(ours, theirs, strict=True) for (_, a), (_, b) in zip(page, other, strict=True)
    ]
    return all(abs(a - b) < _NEAR for a, b in places)


def _find(box: Any, numbers: dict[int, int], placed: list[tuple[int, float, float]]) -> None:
    for child in getattr(box, "children", ()):
        number = numbers.get(id(child.element)) if child.element is not None else None
        name = type(child).__name__
        if number is not None and name in ("TableRowBox", "TableRowGroupBox"):
            placed.append((number, child.position_y, child.position_y + child.height))
        elif number is not None and name.endswith(("BlockBox", "FlexBox")):
            placed.append((number, child.border_box_y(), child.border_box_y() + child.border_height()))
        elif name != "MarginBox":
            _find(child, numbers, placed)


def _running(page: Any, numbered: str, count: int, pages: int) -> list[Run]:
    """Give the texts in a page's margins: x is where a text starts, or the middle of one that tells the page's number."""
    runs = []
    for margin in page.children:
        if type(margin).__name__ != "MarginBox":
            continue
        for text in (box for box in margin.descendants() if type(box).__name__ == "TextBox" and box.text.strip()):
            look, x, shown = look_of(text.style), text.position_x, text.text
            if shown == numbered.format(page=count, pages=pages):
                x, shown = x + text.width / 2, ""
            runs.append(Run(round(x, 6), round(text.position_y + text.baseline, 6), look, shown))
    return runs
