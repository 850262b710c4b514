"""The fonts that values are stamped with: what a text's glyphs are, how wide it is, and a font of just the glyphs used."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from prefill.errors import MissingExtra
from prefill.rendering.fonts import HEI, SONG, font_files

__all__ = ["FACES", "Face", "Shaped", "Unstampable", "compressed", "face"]

FACES: Final = (SONG, HEI)

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

    ``shifts`` are, where there are any, how much the next glyph is moved to the left, by place.
    """

    advances: tuple[int, ...]
    codes: tuple[str, ...]
    shifts: tuple[tuple[int, int], ...] = ()
    plain: bool = False  # whether each glyph is the one that its character has anywhere


@dataclass(frozen=True, slots=True)
class Face:
    """One font: ``glyphs`` by character, advances and codes by glyph."""

    name: str
    hb_source: Any = field(repr=False)  # made ready to be cut down many times
    hb_font: Any = field(repr=False)
    glyphs: dict[str, int] = field(repr=False)
    codes: tuple[int, ...] = field(repr=False)
    ascent: int
    descent: int
    box: tuple[int, int, int, int]
    cap_height: int
    _shaped: dict[str, Shaped] = field(default_factory=dict, repr=False)
    plain: dict[str, tuple[int, str]] = field(default_factory=dict, repr=False)

    def shape(self, text: str) -> Shaped:
        """Give the glyphs of a text. Raises Unstampable where the font lacks one, or a script needs more than a glyph a character."""
        found = self._shaped.get(text)
        if found is None:
            try:
                pairs = [self.plain[char] for char in text]
            except KeyError:
                found = self._shape(text)
            else:
                found = Shaped(tuple([pair[0] for pair in pairs]), tuple([pair[1] for pair in pairs]), (), True)
            if len(self._shaped) < KEPT:
                self._shaped[text] = found
        return found

    def _shape(self, text: str) -> Shaped:
        import uharfbuzz as hb

        for char in text:
            if char not in self.glyphs or not any(low <= ord(char) < high for low, high in _SHAPED):
                if char in _PLAIN and char in self.glyphs:
                    continue
                raise Unstampable
        advances, codes, shifts = [0] * len(text), [""] * len(text), []
        for start, end, script in script_runs(text):
            buffer = hb.Buffer()
            buffer.add_str(text[start:end])
            buffer.direction, buffer.script = "ltr", script
            buffer.language = "zh-cn" if script in ("Hani", "Zyyy") else "en"  # Pango takes one that is written in it
            hb.shape(self.hb_font, buffer)
            last = -1
            for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
                if info.cluster <= last or info.codepoint == 0 or position.x_offset or position.y_offset:
                    raise Unstampable
                last = info.cluster
                place = start + info.cluster
                advances[place] = position.x_advance
                codes[place] = f"{self.codes[info.codepoint]:04x}"
                if shift := self.hb_font.get_glyph_h_advance(info.codepoint) - position.x_advance:
                    shifts.append((place, shift))
        return Shaped(tuple(advances), tuple(codes), tuple(shifts))

    def subset(self, codes: Iterable[int]) -> bytes:
        """Give a font program (bare CFF) with these glyphs only, by code."""
        import uharfbuzz as hb

        wanted = hb.SubsetInput()
        by_code = _glyphs_by_code(self.name)
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).set({by_code[code] for code in codes})
        wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).set(_DROPPED)
        wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.DESUBROUTINIZE | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        data: bytes = hb.subset(self.hb_source, wanted).reference_table("CFF ").data
        return data

    def widths(self, codes: Iterable[int]) -> str:
        """Give the widths of glyphs as PDF lists them, those of a full square left out."""
        by_code, advance = _glyphs_by_code(self.name), self.hb_font.get_glyph_h_advance
        found = ((code, advance(by_code[code])) for code in sorted(codes))
        return "".join(f"{code}[{width}]" for code, width in found if width != 1000)


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


def script_runs(text: str) -> list[tuple[int, int, str]]:
    """Cut a text into runs of one script, as Pango does: what belongs to none goes with what stands before it, and brackets are pairs.

    >>> script_runs("《统计》（MLK101-1）")
    [(0, 5, 'Hani'), (5, 13, 'Latn'), (13, 14, 'Hani')]
    """
    found: list[str] = []
    open_: list[tuple[str, str]] = []
    current = ""
    for char in text:
        own = next((name for name, ranges in _SCRIPTS if any(a <= ord(char) < b for a, b in ranges)), "")
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
        order = font["CFF "].cff[0].charset
        codes = tuple(0 if glyph == ".notdef" else int(glyph[3:]) for glyph in order)
        numbers = font.getReverseGlyphMap()
        glyphs = {chr(code): numbers[glyph] for code, glyph in font.getBestCmap().items()}
        head = font["head"]
        found = Face(
            name,
            hb.subset_preprocess(hb_face := hb.Face(hb.Blob.from_file_path(str(file)))),
            hb_font := hb.Font(hb_face),
            glyphs,
            codes,
            font["hhea"].ascent,
            font["hhea"].descent,
            (head.xMin, head.yMin, head.xMax, head.yMax),
            font["OS/2"].sCapHeight,
        )
    advance = hb_font.get_glyph_h_advance
    found.plain.update(
        (char, (advance(glyph), f"{codes[glyph]:04x}")) for char, glyph in glyphs.items() if char in _PLAIN
    )
    return found


@lru_cache(maxsize=4)
def _glyphs_by_code(name: str) -> dict[int, int]:
    return {code: glyph for glyph, code in enumerate(face(name).codes)}


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
