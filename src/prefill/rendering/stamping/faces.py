"""The fonts that pages are stamped with: what a text's glyphs are, how wide it is, and a font of just the glyphs used.

A glyph's code in a PDF is that of its character in UTF-16, so that a text is written as it stands, whatever else the file holds.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from prefill.errors import MissingExtra
from prefill.rendering.cff import Outline, outlines, program
from prefill.rendering.fonts import HEI, SONG, font_files

__all__ = ["FACES", "FREE", "Face", "Shaped", "Unstampable", "compressed", "face"]

FACES: Final = (SONG, HEI)

FREE: Final = range(0xD800, 0xF900)  # codes of no character: halves of surrogate pairs, and the private use area

KEPT: Final = 50_000  # so many texts are kept with their glyphs: marks, reasons, sources and dates come again and again

# Chinese characters, digits and what stands between them: one glyph each, none moved by its neighbours. All else is shaped.
_PLAIN: Final = frozenset(
    map(
        chr,
        (
            *range(0x30, 0x3A),
            *range(0x3400, 0x4DC0),
            *range(0x4E00, 0xA000),
            *range(0x20000, 0x32000),
            *range(0x2460, 0x2474),
            *range(0x3251, 0x3260),
            *(0x3001, 0x3002, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF08, 0xFF09),
        ),
    )
)
# Scripts that need no more than a glyph a character: Latin, Greek, Cyrillic, punctuation, Chinese with its symbols.
_SHAPED: Final = (
    (0x20, 0x7F),
    (0xA1, 0xAD),
    (0xAE, 0x300),
    (0x370, 0x483),
    (0x48A, 0x530),
    (0x2010, 0x2028),
    (0x2030, 0x205F),
    (0x20A0, 0x20D0),
    (0x2100, 0x2800),
    (0x2E80, 0x302A),
    (0x3030, 0x3099),
    (0x309B, 0xA4D0),
    (0xF900, 0xFB00),
    (0xFE30, 0xFE70),
    (0xFF01, 0xFFE7),
)


class Unstampable(Exception):
    """Something that only the whole layout does right; whoever asked falls back on it."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A text in a font: each character's advance in thousandths of the size, and its code as PDF writes it.

    A code that is empty belongs to the one before it: the glyph stands for both characters. ``shifts`` are, where there are
    any, how much the next glyph is moved to the left, by place. ``width`` is that of all, ``plain`` says whether each glyph
    is the one that its character has anywhere and none is moved: the codes are then the text itself.
    """

    advances: tuple[int, ...]
    codes: tuple[str, ...]
    width: int
    shifts: tuple[tuple[int, int], ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Face:
    """One font: ``glyphs`` by character, ``plain`` the advances of characters that no neighbour changes."""

    name: str
    hb_source: Any = field(repr=False)  # made ready to be cut down many times
    hb_font: Any = field(repr=False)
    glyphs: dict[str, int] = field(repr=False)
    ascent: int
    descent: int
    box: tuple[int, int, int, int]
    cap_height: int
    plain: dict[str, int] = field(repr=False)
    odd: dict[int, int] = field(repr=False)  # by glyph, the code of one that may stand for other than its character
    _shaped: dict[str, Shaped] = field(default_factory=dict, repr=False)
    _outlines: dict[int, Outline] = field(default_factory=dict, repr=False)  # by code
    _widths: dict[int, str] = field(default_factory=dict, repr=False)  # … as PDF lists them

    def shape(self, text: str) -> Shaped:
        """Give the glyphs of a text. Raises Unstampable where the font lacks one, or a script needs more than a glyph a character."""
        found = self._shaped.get(text)
        if found is None:
            try:
                advances = tuple([self.plain[char] for char in text])
            except KeyError:
                found = self._shape(text)
            else:
                found = Shaped(advances, tuple([f"{ord(char):04x}" for char in text]), sum(advances), plain=True)
            if len(self._shaped) < KEPT:
                self._shaped[text] = found
        return found

    def _shape(self, text: str) -> Shaped:
        import uharfbuzz as hb

        for char in text:
            if char not in self.glyphs or not _is_simple(char):
                raise Unstampable
        advances, codes, shifts = [0] * len(text), [""] * len(text), []
        for start, end, script in script_runs(text):
            buffer = hb.Buffer()
            buffer.add_str(text[start:end])
            buffer.direction, buffer.script = "ltr", script
            buffer.language = "zh-cn" if script in ("Hani", "Zyyy") else "en"  # Pango takes one that is written in it
            hb.shape(self.hb_font, buffer)
            infos, positions = buffer.glyph_infos, buffer.glyph_positions
            if any(position.x_offset or position.y_offset for position in positions):
                raise Unstampable
            places = [start + info.cluster for info in infos] + [end]
            for (place, until), info, position in zip(pairwise(places), infos, positions, strict=True):
                if until <= place or info.codepoint == 0:
                    raise Unstampable
                advances[place] = position.x_advance
                codes[place] = self._code(text[place:until], info.codepoint)
                if shift := self.hb_font.get_glyph_h_advance(info.codepoint) - position.x_advance:
                    shifts.append((place, shift))
        plain = not shifts and "".join(codes) == text.encode("utf-16-be").hex()
        return Shaped(tuple(advances), tuple(codes), sum(advances), tuple(shifts), plain)

    def _code(self, cluster: str, glyph: int) -> str:
        """Give the code of a glyph: its character's, or, for any other than a character's usual glyph, one that no character has.

        Both follow from the font alone: what was written with them in another process means the same here.
        """
        if self.glyphs.get(cluster) == glyph and ord(cluster) < 0x10000 and ord(cluster) not in FREE:
            return f"{ord(cluster):04x}"
        code = self.odd.get(glyph)
        if code is None:
            raise Unstampable
        return f"{code:04x}"

    def program(self, tag: str, codes: Iterable[int]) -> tuple[bytes, str]:
        """Give a font program (bare CFF) with the glyphs of some codes only, which ascend; and their widths as PDF lists them.

        The widths of glyphs that fill a square are left out.
        """
        codes = list(codes)
        found, widths = self._outlines, self._widths
        if not found.keys() >= set(codes):
            self._cut(set(codes) - found.keys())
        listed = "".join([widths[code] for code in codes if code in widths])
        return program(tag, found[0], codes, [found[code] for code in codes]), listed

    def _cut(self, codes: set[int]) -> None:
        """Take the outlines of glyphs out of the font, and that of the glyph for what a font lacks."""
        import uharfbuzz as hb

        odd = {code: glyph for glyph, code in self.odd.items()} if any(code in FREE for code in codes) else {}
        glyphs = {code: odd[code] if code in FREE else self.glyphs[chr(code)] for code in codes} | {0: 0}
        wanted = hb.SubsetInput()
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).set(set(glyphs.values()))
        wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).set(_DROPPED)
        wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.DESUBROUTINIZE | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        cut = outlines(hb.subset(self.hb_source, wanted).reference_table("CFF ").data)
        by_glyph = dict(zip(sorted(set(glyphs.values())), cut, strict=True))
        for code, glyph in glyphs.items():
            if (width := self.hb_font.get_glyph_h_advance(glyph)) != 1000:
                self._widths[code] = f"{code}[{width}]"
            self._outlines[code] = by_glyph[glyph]


_DROPPED: Final = {
    int.from_bytes(tag, "big")
    for tag in (b"GSUB", b"GPOS", b"GDEF", b"BASE", b"VORG", b"vhea", b"vmtx", b"DSIG", b"name", b"post", b"OS/2")
}


_SCRIPTS: Final = (
    (
        "Latn",
        ((0x41, 0x5B), (0x61, 0x7B), (0xAA, 0xAB), (0xBA, 0xBB), (0xC0, 0x2B9), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B)),
    ),
    (
        "Hani",
        ((0x2E80, 0x2FDF), (0x3005, 0x3006), (0x3007, 0x3008), (0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000)),
    ),
    ("Grek", ((0x370, 0x3E2), (0x3F0, 0x400))),
    ("Cyrl", ((0x400, 0x530),)),
    ("Hira", ((0x3041, 0x3097), (0x309D, 0x30A0))),
    ("Kana", ((0x30A1, 0x30FB), (0x30FD, 0x3100))),
)
_OPENING: Final = "([{«“‘（《〈「『【〔〖〘〚［｛"
_CLOSING: Final = ")]}»”’）》〉」』】〕〗〙〛］｝"


@lru_cache(maxsize=20_000)
def _is_simple(char: str) -> bool:
    """Say whether a character is one of a script that needs no more than a glyph a character."""
    return char in _PLAIN or any(low <= ord(char) < high for low, high in _SHAPED)


@lru_cache(maxsize=20_000)
def _script(char: str) -> str:
    """Give the script of a character, none for one that belongs to many."""
    return next((name for name, ranges in _SCRIPTS if any(a <= ord(char) < b for a, b in ranges)), "")


def script_runs(text: str) -> list[tuple[int, int, str]]:
    """Cut a text into runs of one script, as Pango does: what belongs to none goes with what stands before it, and brackets are pairs.

    >>> script_runs("《统计》（MLK101-1）")
    [(0, 5, 'Hani'), (5, 13, 'Latn'), (13, 14, 'Hani')]
    """
    found: list[str] = []
    open_: list[tuple[str, str]] = []
    current = ""
    for char in text:
        own = _script(char)
        if not own:
            own = current
            if char in _OPENING:
                open_.append((_CLOSING[_OPENING.index(char)], current))
            elif char in _CLOSING:
                while open_ and open_[-1][0] != char:
                    open_.pop()
                own = open_[-1][1] if open_ else current
        if own and not current:
            found = [own] * len(found)
            open_ = [(closing, own) for closing, _ in open_]
        current = own
        found.append(own)
    runs: list[tuple[int, int, str]] = []
    for place, script in enumerate(found):
        if runs and runs[-1][2] == (script or "Zyyy"):
            runs[-1] = (runs[-1][0], place + 1, runs[-1][2])
        else:
            runs.append((place, place + 1, script or "Zyyy"))
    return runs


def face(name: str) -> Face:
    """Give the face of a font by its name in styles, loaded once. Raises MissingExtra, and RenderError if a file is missing."""
    return _load(name, font_files()[name])


@cache
def _load(name: str, file: Path) -> Face:
    try:
        import uharfbuzz as hb
        from fontTools.ttLib import TTFont
    except ImportError as error:
        raise MissingExtra(
            "stamping needs uharfbuzz: install prefill with its extra [pdf] (README, Install)"
        ) from error
    with TTFont(file, lazy=True) as font:
        numbers = font.getReverseGlyphMap()
        glyphs = {chr(code): numbers[glyph] for code, glyph in font.getBestCmap().items()}
        head = font["head"]
        plain = {char: glyph for char, glyph in glyphs.items() if char in _PLAIN and char < "\U00010000"}
        odd = sorted(set(numbers.values()) - set(plain.values()))
        return Face(
            name,
            hb.subset_preprocess(hb_face := hb.Face(hb.Blob.from_file_path(str(file)))),
            hb_font := hb.Font(hb_face),
            glyphs,
            font["hhea"].ascent,
            font["hhea"].descent,
            (head.xMin, head.yMin, head.xMax, head.yMax),
            font["OS/2"].sCapHeight,
            {char: hb_font.get_glyph_h_advance(glyph) for char, glyph in plain.items()},
            dict(zip(odd, FREE, strict=False)),
        )


def compressed(data: bytes) -> bytes:
    """Compress a stream for PDF: with isal if it is installed, many times faster and a little larger; else with zlib."""
    packed: bytes = _deflate()(data)
    return packed


@cache
def _deflate() -> Any:
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda data: zlib.compress(data, 6)
    return lambda data: isal_zlib.compress(data, 2)
