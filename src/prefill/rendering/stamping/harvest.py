"""What WeasyPrint's layout says of each unit: its height, what is drawn, where its texts stand.

WeasyPrint's boxes are its own affair and may change with a release: all that knows them is in this module and in ``pages``,
the range of versions is held in pyproject.toml, and a test lays every form out both ways.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from prefill.rendering.fonts import HEI, SONG
from prefill.rendering.stamping.blanks import (
    LONG,
    Atom,
    Blank,
    Flow,
    Gap,
    Look,
    Pattern,
    Rigid,
    Run,
    Shape,
    Spot,
    Words,
    said,
)
from prefill.rendering.stamping.faces import Face, Unstampable
from prefill.rendering.stamping.inks import Ink
from prefill.rendering.stamping.lines import set_lines
from prefill.rendering.stamping.trees import SPACES, Node, Nodes

__all__ = ["SPLIT", "blank_of", "colour_of", "look_of"]

# Each unit on a page of its own.
SPLIT: Final = """
html header, html h2, html h3, html thead, html tr, html .legend, html footer p { break-before: page !important; }
html * { break-after: auto !important; break-inside: auto !important; }
html thead { display: table-row-group !important; }
html thead tr, html header * { break-before: auto !important; }
html table, html h2, html h3, html .legend { margin-top: 0 !important; }
html section, html footer, html .card, html .notes, html .filer { margin-top: 0 !important; padding-top: 0 !important; }
"""

_NEAR: Final = 0.02  # pixels: a text further off than this from where WeasyPrint has it is not stamped


def blank_of(
    page: Any, box: Any, unit: int, texts: list[str], nodes: Nodes, faces: dict[str, Face]
) -> tuple[Shape, Blank]:
    """Give the blank of a unit that was laid out with these texts, and what it has in common with its like.

    Raises Unstampable where what the unit consists of cannot be told, or its lines would not be set as WeasyPrint set them.
    """
    reader = _Reader(unit, texts, nodes, faces)
    reader.read(box, plain=True)
    top, height = _extent(box)
    for text in reader.hidden:
        style = text.style.copy()
        style["visibility"] = "hidden"
        text.style = style
    drawn, edge = _parted(_drawn(page), top + height)
    ink = Ink()
    blank = Blank(
        round(top, 6),
        round(height, 6),
        ink.written((drawn, *(ink.write(*run) for run in reader.runs))),
        edge,
        tuple(reader.spots),
        tuple(reader.bases),
        round(max(reader.ends, default=top) - top, 6),
    )
    shape = Shape(tuple(reader.flows), tuple(reader.rigid))
    return shape, blank


def _extent(box: Any) -> tuple[float, float]:
    """Give a unit's top and its height, margins left out."""
    if type(box).__name__ in ("TableRowBox", "TableRowGroupBox"):
        return box.position_y, box.height
    return box.border_box_y(), box.border_height()


class _Reader:
    """Reads one unit's boxes."""

    def __init__(self, unit: int, texts: list[str], nodes: Nodes, faces: dict[str, Face]) -> None:
        self.unit, self.texts, self.nodes, self.faces = unit, texts, nodes, faces
        self.cursor: dict[int, tuple[int, int]] = {}
        self.runs: list[Run] = []
        self.spots: list[Spot] = []
        self.rigid: list[Rigid] = []
        self.flows: list[Flow] = []
        self.bases: list[tuple[float, ...]] = []
        self.hidden: list[Any] = []
        self.ends: list[float] = []  # of texts

    def _width(self, look: Look, text: str) -> float:
        return self.faces[look.face].shape(text).width * look.size / 1000

    def read(self, box: Any, *, plain: bool) -> None:
        """Read a box; ``plain``: nothing around it is moved by its width."""
        name = type(box).__name__
        if name in ("BlockReplacedBox", "InlineReplacedBox"):
            raise Unstampable
        children = list(getattr(box, "children", ()))
        plain = plain and all(child.style["float"] == "none" for child in children)
        if any(type(child).__name__ == "LineBox" for child in children):
            self._lines(box, [child for child in children if type(child).__name__ == "LineBox"], plain=plain)
            children = [child for child in children if type(child).__name__ != "LineBox"]
        for child in children:
            kept = plain and type(child).__name__ in _PLAIN and name not in _MOVING
            self.read(child, plain=kept and child.style["float"] == "none" and child.style["position"] == "static")

    def _lines(self, container: Any, lines: list[Any], *, plain: bool) -> None:
        """Read the lines of a block: as a flow if their texts may be set anew, else each text at its place."""
        found = [(number, item) for number, line in enumerate(lines) for item in _items(line)]
        texts = []
        for number, (kind, box, drop) in found:
            if kind == "text":
                texts.append((number, box, self._node(box), drop))
                self.ends.append(box.position_y + box.height)
        own = [node for _, _, node, _ in texts if node is not None and node.unit is not None]
        if any(node.unit != self.unit for node in own):
            raise Unstampable
        inner = [item[1] for _, item in found if item[0] in ("atom", "float")]
        plain = plain and not any(item[0] == "float" for _, item in found)
        if not own:
            for _, box, _, _ in texts:
                self._constant(box)
        elif plain and (flow := self._flow(container, lines, found, texts)) is not None:
            self.flows.append(flow[0])
            self.bases.append(flow[1])
            self.hidden += [box for _, box, _, _ in texts]
        else:
            for _, box, node, _ in texts:
                if node is None or node.unit is None:
                    self._constant(box)
                else:
                    self._spot(box, node, sum(other is node for _, _, other, _ in texts) > 1)
        for box in inner:
            self.read(box, plain=False)

    def _node(self, box: Any) -> Node | None:
        """Give the text of the source that a box shows (a part of); None for what a style adds."""
        nodes = self.nodes.get(id(box.element))
        if nodes is None or "::" in box.element_tag:
            if nodes is None:
                raise Unstampable
            return None
        place, offset = self.cursor.get(id(box.element), (0, 0))
        shown = box.text.strip(" ")
        while place < len(nodes):
            rest = nodes[place].text[offset:]
            collapsed = SPACES.sub(" ", rest).strip(" ")
            if not shown:
                return Node(None, " ", (" ",))
            if collapsed.startswith(shown):
                start = _after(nodes[place].text, offset, shown)
                if start is not None:
                    self.cursor[id(box.element)] = (place, start)
                    return nodes[place]
            if collapsed:
                raise Unstampable
            place, offset = place + 1, 0
        raise Unstampable

    def _constant(self, box: Any) -> None:
        self.hidden.append(box)
        text = box.text.strip(" ")
        if not text or box.style["visibility"] != "visible":
            return
        look = look_of(box.style)
        if box.style["letter_spacing"] != "normal":
            self._spaced(box, look)
            return
        lead = len(box.text) - len(box.text.lstrip(" "))
        x = box.position_x + (self._width(look, " " * lead) if lead else 0)
        self._check(box, look)
        self.runs.append(Run(round(x, 6), round(box.position_y + box.baseline, 6), look, text))

    def _spaced(self, box: Any, look: Look) -> None:
        """Take a spaced-out text, with the space between its characters as Pango and PDF round it."""
        text, spacing = box.text.rstrip(" "), box.style["letter_spacing"]
        shaped = self.faces[look.face].shape(text)
        apart = int(int(spacing * 1024) / 1024 * 1000 / look.size) * look.size / 1000
        width = shaped.width * look.size / 1000 + apart * len(text)
        if text != text.lstrip(" ") or abs(width - box.width) > 0.3 + spacing + 0.03 * len(text):
            raise Unstampable
        spaced = look._replace(spacing=round(apart, 6))
        self.runs.append(Run(round(box.position_x, 6), round(box.position_y + box.baseline, 6), spaced, text))

    def _check(self, box: Any, look: Look) -> None:
        """See that a text is as wide in our font as WeasyPrint has it: no other font stood in for a character."""
        width = self.faces[look.face].shape(box.text).width * look.size / 1000
        if abs(width - box.width) > _NEAR + 0.002 * len(box.text):
            raise Unstampable

    def _spot(self, box: Any, node: Node, broken: bool) -> None:
        """Take a text that may move others: at its place, or as it is if it is long or stands on several lines."""
        pattern = _trimmed(node.pattern)
        look = look_of(box.style)
        text = said(pattern, self.texts)
        if broken or len(text) > LONG:
            self._constant(box)
            if Rigid(pattern, look, True) not in self.rigid:
                self.rigid.append(Rigid(pattern, look, True))
            return
        if box.text.strip(" ") != text or box.style["letter_spacing"] != "normal":
            raise Unstampable
        self._check(box, look)
        self.hidden.append(box)
        lead = len(box.text) - len(box.text.lstrip(" "))
        x = box.position_x + (self._width(look, " " * lead) if lead else 0)
        self.rigid.append(Rigid(pattern, look, False))
        self.spots.append(Spot(round(x, 6), round(box.position_y + box.baseline, 6), look, pattern))

    def _flow(
        self, container: Any, lines: list[Any], found: list[Any], texts: list[Any]
    ) -> tuple[Flow, tuple[float, ...]] | None:
        """Give the flow that sets these lines as they are set, and the base of each; None if there is none."""
        made = _pieces(found, {id(box): node for _, box, node, _ in texts})
        if made is None:
            return None
        align = lines[0].style["text_align_all"]
        flow = Flow(
            round(container.content_box_x(), 6),
            round(container.width, 6),
            align if align in ("center", "right") else "left",
            made,
        )
        if any(type(child).__name__ != "LineBox" and child.style["float"] != "none" for child in container.children):
            return None
        bases = []
        for number in range(len(lines)):
            first = next(((box, drop) for at, box, _, drop in texts if at == number and box.text.strip(" ")), None)
            if first is None:
                return None
            box, drop = first
            bases.append(round(box.position_y + box.baseline - drop, 6))
        self._proved(flow, bases, [(at, box) for at, box, _, _ in texts if box.text.strip(" ")])
        return flow, tuple(bases)

    def _proved(self, flow: Flow, bases: list[float], texts: list[tuple[int, Any]]) -> None:
        """See that we set these lines as WeasyPrint did, text by text."""
        ours = [
            (number, left + x, bases[number] + look.drop, text)
            for number, (left, pieces) in enumerate(set_lines(flow, self.texts, self.faces))
            for x, look, text in pieces
            if text.strip(" ")
        ]
        if len(ours) != len(texts):
            raise Unstampable
        for (line, x, y, text), (number, box) in zip(ours, texts, strict=True):
            same = line == number and text.strip(" ") == box.text.strip(" ")
            if not same or abs(y - box.position_y - box.baseline) > _NEAR or abs(x - box.position_x) > 0.1:
                raise Unstampable


_PLAIN: Final = ("BlockBox", "TableCellBox", "TableBox", "TableRowGroupBox", "TableRowBox")
_MOVING: Final = ("FlexBox", "InlineFlexBox", "GridBox", "InlineGridBox", "InlineBlockBox")


_SPACE: Final = " \t\r\n\f"


def _after(text: str, offset: int, shown: str) -> int | None:
    """Give the place in a source's text that follows what a line shows of it, spaces aside."""
    place = offset
    for char in shown:
        while place < len(text) and text[place] != char and text[place] in _SPACE:
            place += 1
        if place == len(text):
            return None
        if char == " " and text[place] in _SPACE:
            place += 1
            continue
        if text[place] != char:
            return None
        place += 1
    return place


def _items(box: Any, drop: float = 0.0) -> Iterator[tuple[str, Any, float]]:
    """Give what a line holds, in order: texts, margins (before and after what they belong to), boxes; and how far each is lowered."""
    for child in box.children:
        name = type(child).__name__
        if name == "TextBox":
            yield "text", child, drop
        elif name == "InlineBox":
            lowered = child.style["vertical_align"]
            if lowered != "baseline" and not isinstance(lowered, int | float):
                raise Unstampable
            if left := child.margin_left + child.padding_left + child.border_left_width:
                yield "before", left, drop
            yield from _items(child, drop if lowered == "baseline" else drop - lowered)
            if right := child.margin_right + child.padding_right + child.border_right_width:
                yield "after", right, drop
        elif child.style["float"] != "none":
            yield "float", child, drop
        elif child.style["position"] not in ("static", "relative"):
            raise Unstampable
        else:
            yield "atom", child, drop


def _pieces(found: list[Any], nodes: dict[int, Node | None]) -> tuple[Words | Gap | Atom, ...] | None:
    """Give the pieces of a paragraph, lines joined; None if something drawn stands after a text that differs."""
    pieces: list[Words | Gap | Atom] = []
    last: object = None
    moving, space = False, True
    for _, (kind, item, drop) in found:
        if kind == "text":
            node = nodes[id(item)]
            if node is None:
                return None
            if node is last:
                continue
            last = node
            style = item.style
            if style["letter_spacing"] != "normal" or style["white_space"] not in ("normal", "nowrap", "pre-wrap"):
                return None
            wrap = style["white_space"] != "nowrap"
            pattern = node.pattern if node.unit is not None else (SPACES.sub(" ", node.text),)
            pattern = _without_space(pattern) if space else pattern
            if not pattern or pattern == ("",):
                continue
            moving = moving or node.unit is not None
            space = isinstance(pattern[-1], str) and pattern[-1].endswith(" ")
            pieces.append(Words(pattern, look_of(style)._replace(drop=round(drop, 6)), wrap, True))
        elif kind == "atom":
            if moving:
                return None
            last, space = None, False
            pieces.append(Atom(item.margin_width(), True))
        else:
            pieces.append(Gap(item, kind == "after"))
    while pieces and isinstance(pieces[-1], Words):
        pattern = pieces[-1].pattern
        if isinstance(pattern[-1], str) and pattern[-1].endswith(" "):
            trimmed = (*pattern[:-1], pattern[-1].rstrip(" "))
            pieces[-1] = pieces[-1]._replace(pattern=tuple(part for part in trimmed if part != ""))
            if not pieces[-1].pattern:
                pieces.pop()
                continue
        break
    return tuple(pieces)


def _without_space(pattern: Pattern) -> Pattern:
    if pattern and isinstance(pattern[0], str) and pattern[0].startswith(" "):
        return tuple(part for part in (pattern[0].lstrip(" "), *pattern[1:]) if part != "")
    return pattern


def _trimmed(pattern: Pattern) -> Pattern:
    parts = list(_without_space(pattern))
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip(" ")
    return tuple(part for part in parts if part != "")


def look_of(style: Any) -> Look:
    """Give how a text of this style looks. Raises Unstampable for a style that is not stamped."""
    family = style["font_family"][0]
    if family not in (SONG, HEI) or style["font_weight"] != 400 or style["font_style"] != "normal":
        raise Unstampable
    if style["text_decoration_line"] != "none" or style["text_transform"] != "none":
        raise Unstampable
    return Look(family, int(style["font_size"] * 1024) / 1024, colour_of(style["color"]))


def colour_of(colour: Any) -> str:
    """Give a colour as PDF sets it."""
    if colour.alpha != 1 or colour.space != "srgb":
        raise Unstampable
    red, green, blue = (round(part, 3) for part in colour.coordinates)
    return f"{red:g} g" if red == green == blue else f"{red:g} {green:g} {blue:g} rg"


def _drawn(page: Any) -> str:
    """Give what a page draws besides texts, running heads and its background."""
    import pydyf
    from weasyprint.pdf.stream import Stream

    box = page._page_box
    kept = box.children, box.background, box.canvas_background
    box.children = [child for child in box.children if type(child).__name__ != "MarginBox"]
    box.background = box.canvas_background = None
    resources = {name: pydyf.Dictionary() for name in ("ExtGState", "XObject", "Pattern", "Shading")}
    stream = Stream({}, (0, 0, page.width, page.height), resources, {}, None, {}, None, compress=False)
    try:
        page.paint(stream)
    finally:
        box.children, box.background, box.canvas_background = kept
    if resources["XObject"] or resources["Pattern"] or resources["Shading"]:
        raise Unstampable
    parts = [part if isinstance(part, bytes) else part.data for part in stream.stream]
    text = _slim(b"\n".join(parts).decode("ascii"))
    if " gs\n" in text:
        raise Unstampable  # something half transparent
    return text


_STROKE: Final = re.compile(r"^q\n0 0 0 RG\n[0-9.]+ w\n[0-9.]+ ([0-9.]+) m\n[0-9.]+ ([0-9.]+) l\nS\nQ\n", re.MULTILINE)


def _parted(drawn: str, bottom: float) -> tuple[str, str]:
    """Part the line under a row from the rest: the next row of its table draws it, too, as its own upper line."""
    edge: list[str] = []

    def take(stroke: "re.Match[str]") -> str:
        if abs(float(stroke[1]) - bottom) > 0.02 or stroke[1] != stroke[2]:
            return stroke[0]
        edge.append(stroke[0])
        return ""

    return _STROKE.sub(take, drawn), "".join(edge)


_UNSEEN: Final = re.compile(r"^q\n(?:(?![qQ]\n).*\n)*?/[aA]0\.0 gs\n(?:(?![qQ]\n).*\n)*Q\n", re.MULTILINE)
_NUMBER: Final = re.compile(r"-?[0-9]+\.[0-9]{3,}")


def _shortened(found: "re.Match[str]") -> str:
    """Give a number with the digits that are seen: a matrix needs more of them than a place."""
    number = float(found[0])
    return f"{number:.{6 if abs(number) < 2 else 3}f}".rstrip("0").rstrip(".")


def _slim(text: str) -> str:
    """Take out of a drawing what has no effect, and digits that nobody sees."""
    text = re.sub(r"^/[aA]1\.0 gs\n", "", text + "\n", flags=re.MULTILINE)
    text = re.sub(r"^BT\n(.*? rg\n)?ET\n", "", text, flags=re.MULTILINE)
    text = _NUMBER.sub(_shortened, text)
    text = re.sub(r"^(.*)\n(?=\1\n)", r"\1\n", text, flags=re.MULTILINE)
    text = _UNSEEN.sub("", text)
    before = None
    while before != text:
        before = text
        text = re.sub(r"^q\nq\n((?:(?!q\n|Q\n).*\n)*)Q\nQ\n", r"q\n\1Q\n", text, flags=re.MULTILINE)
        text = re.sub(r"^q\n(?:[0-9. ]+ (?:rg|g)\n)?Q\n", "", text, flags=re.MULTILINE)
    return text
