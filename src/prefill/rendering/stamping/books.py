"""The blanks of one form on pages of one kind: made when first needed, kept, and shared by all subjects."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from prefill.rendering.page import Page
from prefill.rendering.stamping.blanks import Blank, Shape, Written, said
from prefill.rendering.stamping.faces import Face, Unstampable
from prefill.rendering.stamping.harvest import SPLIT, blank_of
from prefill.rendering.stamping.inks import Ink
from prefill.rendering.stamping.lines import Piece, set_lines
from prefill.rendering.stamping.pages import Column, Place, Unlearnt, alike, endless, gaps, learn, stack
from prefill.rendering.stamping.trees import keep_only, read_nodes
from prefill.rendering.stamping.units import Key, Unit, marked

__all__ = ["Book", "Laid", "Learnt", "Set"]

KEPT: Final = 20_000  # so many blanks are kept; what would be one more is left to the whole layout
KEPT_SET: Final = 5_000  # … and so many units with their texts: what is to be written by hand is the same for many
TRIES: Final = 3  # a unit that could not be made a blank of so many times is not tried again

Lines = list[tuple[float, list[Piece]]]


class Made(NamedTuple):
    """A blank as another book can keep it: of which key, made with which texts, its shape, itself."""

    key: Key
    texts: tuple[str, ...]
    shape: Shape
    blank: Blank


Learnt: TypeAlias = Made | Column
"""What a book learns, and another of the same form need not learn again."""


class Set(NamedTuple):
    """A unit's blank, and it with the unit's texts as content."""

    blank: Blank
    written: Written


@dataclass(frozen=True, slots=True)
class Laid:
    """A filled form laid out: its units, as what each is set, and where each stands on each page."""

    units: Sequence[Unit]
    set: Sequence[Set]
    pages: Sequence[Sequence[Place]]


class Book:
    """Blanks of units by key, and the column that they stand in. Safe to use from several threads."""

    def __init__(
        self,
        parse: Callable[[Page], Any],
        render: Callable[[Any, str], Any],
        numbered: str,
        faces: Mapping[str, Face],
        tell: Callable[[Sequence[Learnt]], None] | None = None,
        *,
        sparing: bool = True,
    ) -> None:
        """Take what makes a page's source tree, what lays a tree out with a further style, how pages are numbered, and who is told what is learnt.

        ``sparing``: of a page only what is missing need be drawn; not where a template may show of a line what others stand by it.
        """
        self.parse, self.render, self.numbered, self.faces = parse, render, numbered, dict(faces)
        self.column = Column()
        self.shapes: dict[Key, Shape] = {}
        self.failed: dict[Key, int] = {}
        self.count = 0
        self.layouts = 0
        self._kept: dict[tuple[Key, tuple[str, ...]], Set] = {}
        self.tell = tell
        self.sparing = sparing
        self._lock = threading.Lock()

    def lay(self, page: Page, units: Sequence[Unit]) -> Laid:
        """Set a page's units and place them on pages. Raises Unstampable if that is for the whole layout to do."""
        found, missing = self._set_all(units)
        if missing:
            with self._lock:
                self._make(page, units, self._set_all(units)[1])
            found, missing = self._set_all(units)
            if missing:
                raise Unstampable
        laid = [unit for unit in found if unit is not None]
        heights = [unit.blank.height for unit in laid]
        try:
            pages = stack(self.column, units, heights)
        except Unlearnt:
            with self._lock:
                self._learn(page, units, heights)
            try:
                pages = stack(self.column, units, heights)
            except Unlearnt:
                raise Unstampable from None
        return Laid(units, laid, pages)

    def _set_all(self, units: Sequence[Unit]) -> tuple[list[Set | None], set[int]]:
        found = [self._set(unit) for unit in units]
        return found, {number for number, unit in enumerate(found) if unit is None}

    def _set(self, unit: Unit) -> Set | None:
        """Set a unit's texts; None if there is no blank for them yet."""
        known = unit.key, tuple(unit.texts)
        found = self._kept.get(known)
        if found is None:
            shape = self.shapes.get(unit.key)
            found = None if shape is None else self._set_anew(shape, unit.texts)
            if found is not None and len(self._kept) < KEPT_SET:
                self._kept[known] = found
        return found

    def _set_anew(self, shape: Shape, texts: list[str]) -> Set | None:
        lines = [set_lines(flow, texts, self.faces) for flow in shape.flows]
        blank = shape.blanks.get(shape.measure(list(map(len, lines)), texts, self.faces))
        return Set(blank, _written(blank, lines, texts)) if blank else None

    def _make(self, page: Page, units: Sequence[Unit], missing: set[int]) -> None:
        """Make the blanks that are missing, each unit laid out on a page of its own."""
        if not missing:
            return
        if self.count + len(missing) > KEPT:
            raise Unstampable
        for number in missing:
            unit = units[number]
            if self.failed.get(unit.key, 0) >= TRIES:
                raise Unstampable
            for text in unit.texts:
                for face in self.faces.values():
                    face.shape(said((0,), [text]))
        alike = {
            (units[number].key, *map(len, units[number].texts)): number for number in sorted(missing, reverse=True)
        }
        wanted = set(alike.values())
        signed, drawn = marked(page, wanted if self.sparing else None)
        source = self.parse(signed)
        nodes = read_nodes(source.etree_element)
        numbers = keep_only(source.etree_element, units, wanted, drawn)
        if numbers is None:
            raise Unstampable
        document = self.render(source, SPLIT)
        self.layouts += 1
        learnt: list[Made] = []
        for laid in document.pages:
            boxes = _unit_boxes(laid._page_box, numbers)
            if len(boxes) != 1:
                continue
            ((number, box),) = boxes
            unit = units[number]
            try:
                made = Made(unit.key, tuple(unit.texts), *blank_of(laid, box, number, unit.texts, nodes, self.faces))
            except Unstampable:
                self.failed[unit.key] = self.failed.get(unit.key, 0) + 1
            else:
                if self._keep(made):
                    learnt.append(made._replace(shape=Shape(made.shape.flows, made.shape.rigid)))
        if self.tell is not None and learnt:
            self.tell(learnt)

    def take(self, learnt: Sequence[Learnt]) -> None:
        """Learn what another book of the same form has learnt."""
        with self._lock:
            for one in learnt:
                if isinstance(one, Column):
                    self.column.take(one)
                elif self.count < KEPT:
                    self._keep(one)

    def _keep(self, made: Made) -> bool:
        """Keep a blank; False if what is kept of its unit contradicts it."""
        key, texts, shape, blank = made
        kept = self.shapes.get(key)
        try:
            if kept is not None and kept.rigid != shape.rigid:
                shape = _joined(kept, shape)
                self._kept.clear()
                kept = kept if kept.rigid == shape.rigid else None
            elif kept is not None and kept.flows != shape.flows:
                raise Unstampable
        except Unstampable:
            self.failed[key] = self.failed.get(key, 0) + 1
            return False
        kept = kept or shape
        kept.blanks[kept.measure(list(map(len, blank.bases)), list(texts), self.faces)] = blank
        self.shapes[key] = kept
        self.count += 1
        return True

    def _learn(self, page: Page, units: Sequence[Unit], heights: Sequence[float]) -> None:
        """Lay the page out whole, and learn from it how units follow one another; once more on a page without end.

        Raises Unstampable if our pages end elsewhere.
        """
        theirs = learn(self.column, *self._whole(page, units, ""), units, self.numbered)
        gaps(self.column, *self._whole(page, units, endless(self.column)), units)
        try:
            ours = stack(self.column, units, heights)
        except Unlearnt:
            raise Unstampable from None
        if not alike(ours, theirs):
            self.column.paged = False
            raise Unstampable
        if self.tell is not None:
            self.tell([self.column])

    def _whole(self, page: Page, units: Sequence[Unit], style: str) -> tuple[Any, dict[int, int]]:
        signed, drawn = marked(page)
        source = self.parse(signed)
        read_nodes(source.etree_element)
        numbers = keep_only(source.etree_element, units, set(drawn), drawn)
        if numbers is None:
            raise Unstampable
        self.layouts += 1
        document = self.render(source, style)
        document.source = source  # elements are told apart by their identity, while they live
        return document, numbers


def _written(blank: Blank, lines: Sequence[Lines], texts: list[str]) -> Written:
    """Write a blank with its texts."""
    ink = Ink()
    parts = [ink.use(blank.fixed)]
    for flow, bases in zip(lines, blank.bases, strict=True):
        for (left, pieces), base in zip(flow, bases, strict=True):
            parts += [ink.write(left + x, base + look.drop, look, text) for x, look, text in pieces]
    parts += [ink.write(x, y, look, said(pattern, texts)) for x, y, look, pattern in blank.spots]
    return ink.written(parts)


def _joined(kept: Shape, shape: Shape) -> Shape:
    """Give what two shapes of a unit have in common, if they differ only in what a blank serves; blanks are made anew."""
    pairs = list(zip(kept.rigid, shape.rigid, strict=False))
    same = len(kept.rigid) == len(shape.rigid) and all(a.pattern == b.pattern and a.look == b.look for a, b in pairs)
    if not same or kept.flows != shape.flows:
        raise Unstampable
    return Shape(kept.flows, tuple(a._replace(exact=a.exact or b.exact) for a, b in pairs))


def _unit_boxes(box: Any, numbers: dict[int, int]) -> list[tuple[int, Any]]:
    found = []
    for child in getattr(box, "children", ()):
        name = type(child).__name__
        number = numbers.get(id(child.element)) if child.element is not None else None
        if number is not None and name != "TableBox" and name.endswith(("BlockBox", "FlexBox", "RowBox", "GroupBox")):
            found.append((number, child))
        elif name != "MarginBox":
            found += _unit_boxes(child, numbers)
    return found
