"""A pen for pages drawn straight away: texts with their glyphs, rules, bands; and how a text is broken into lines."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from prefill.rendering.fonts import HEI, SONG
from prefill.rendering.stamping.faces import Unstampable, face
from prefill.rendering.stamping.lines import may_end
from prefill.rendering.stamping.writing import About, Sheet, font_data, write_pdf

__all__ = ["HIGH", "WIDE", "Pen", "Text", "balanced", "broken", "wide"]

WIDE: Final = 841.89  # points: A4, lying
HIGH: Final = 595.28
RULE: Final = 0.6
_FONTS: Final = {SONG: "S", HEI: "H"}


class Text(NamedTuple):
    """A line of a cell: its text, its font, its size, and a source's mark behind it."""

    text: str
    face: str
    size: float
    mark: str = ""


@lru_cache(maxsize=50_000)
def wide(name: str, text: str) -> float:
    """Give how wide a text is, in widths of its size."""
    return sum(face(name).shape(text).advances) / 1000


@lru_cache(maxsize=50_000)
def broken(name: str, text: str, ems: float) -> tuple[str, ...]:
    """Break a text into lines of so many widths of its size; a word that is longer is cut."""
    if wide(name, text) <= ems:
        return (text,)
    advances, ends = face(name).shape(text).advances, may_end(text)
    lines, start = [], 0
    while start < len(text):
        stop, width = start, 0.0
        while stop < len(text) and width + advances[stop] / 1000 <= ems:
            width += advances[stop] / 1000
            stop += 1
        if stop < len(text):
            fits = max(stop, start + 1)
            stop = next((at for at in range(fits, start, -1) if at in ends), fits)
        lines.append(text[start:stop].strip())
        start = stop
    return tuple(lines)


def balanced(name: str, text: str, ems: float) -> tuple[str, ...]:
    """Break a heading into as few lines as hold it, of about the same length; its brackets stay whole if they can."""
    head, bracket, tail = text.partition("（")
    if bracket and head and wide(name, text) > ems:
        return (*balanced(name, head, ems), *broken(name, f"（{tail}", ems))
    lines = broken(name, text, ems)
    for part in range(1, 20):
        closer = broken(name, text, ems * (1 - part / 20))
        if len(closer) > len(lines):
            break
        lines = closer
    return lines


@dataclass(slots=True)
class Pen:
    """Writes the content of pages, from the top left, in points; and notes which glyphs it used."""

    pages: list[list[str]] = field(default_factory=list)
    used: dict[str, dict[str, str]] = field(default_factory=lambda: {SONG: {}, HEI: {}})

    def page(self) -> None:
        """Begin a page."""
        self.pages.append([f"1 0 0 -1 0 {HIGH} cm {RULE} w\n"])

    def add(self, content: str, page: int = -1) -> None:
        """Write content as PDF has it, on the last page or another."""
        self.pages[page].append(content)

    def text(self, x: float, y: float, text: Text, *, page: int = -1, spacing: float = 0.0) -> None:
        """Write a text; ``y`` is its base."""
        if not text.text:
            return
        shaped = face(text.face).shape(text.text)
        shifts = dict(shaped.shifts)
        used, parts, at = self.used[text.face], [], 0
        while at < len(text.text):
            end = at + 1
            while end < len(text.text) and not shaped.codes[end]:
                end += 1
            code, cluster = shaped.codes[at], text.text[at:end]
            if used.setdefault(code, cluster) != cluster:
                raise Unstampable  # two characters that share a glyph: copied, the one would come back as the other
            parts.append(f"<{code}>{shifts.get(at, '')}")
            at = end
        shown = "".join(parts).replace("><", "")
        spaced = f"{spacing:g} Tc " if spacing else ""
        unspaced = " 0 Tc" if spacing else ""
        self.add(
            f"BT 1 0 0 -1 {x:.2f} {y:.2f} Tm /{_FONTS[text.face]} {text.size:g} Tf {spaced}[{shown}]TJ{unspaced} ET\n",
            page,
        )

    def line(self, x: float, y: float, to_x: float, to_y: float, width: float = RULE, dash: str = "") -> None:
        """Rule a line."""
        dashed = f"[{dash}] 0 d " if dash else ""
        self.add(
            f"q {dashed}{width:g} w {x:.2f} {y:.2f} m {to_x:.2f} {to_y:.2f} l S Q\n"
            if dash or width != RULE
            else f"{x:.2f} {y:.2f} m {to_x:.2f} {to_y:.2f} l S\n"
        )

    def band(self, x: float, y: float, width: float, height: float) -> None:
        """Fill a box with a light grey."""
        self.add(f"q .925 g {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f Q\n")

    def pdf(self, about: About) -> bytes:
        """Give the file, with a font of just the glyphs used."""
        fonts = {_FONTS[name]: (face(name), font_data(face(name), used)) for name, used in self.used.items() if used}
        sheets = [Sheet(WIDE, HIGH, "".join(parts).encode()) for parts in self.pages]
        return write_pdf(sheets, fonts, about, outlined=False)
