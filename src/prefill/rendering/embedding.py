"""A font put into a PDF that pikepdf has open: cut down to the characters that are needed, with the table that gives them back."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from prefill.errors import MissingExtra
from prefill.rendering.charsets import usual

__all__ = ["Embedded", "embed", "pikepdf"]


def pikepdf() -> Any:
    """Give pikepdf; raises MissingExtra if it is not installed."""
    try:
        import pikepdf as module
    except ImportError as error:
        raise MissingExtra(
            "fillable PDFs need pikepdf: install prefill with its extra [pdf] (README, Install)"
        ) from error
    return module


@dataclass(frozen=True, slots=True)
class Embedded:
    """A font in a PDF: the object to refer to, and by character its code and its width in thousandths of the size."""

    font: Any
    codes: dict[str, int]
    widths: dict[str, int]

    def encoded(self, text: str) -> str:
        """Write a text the way a content stream shows it in this font."""
        return "<" + "".join(f"{self.codes[char]:04x}" for char in text) + ">"

    def width(self, text: str) -> float:
        """Give how wide a text is, in sizes of the font."""
        return sum(self.widths[char] for char in text) / 1000


@dataclass(frozen=True, slots=True)
class _Face:
    hb: Any
    glyphs: dict[str, int]
    codes: tuple[int, ...]  # by glyph: how the font's program calls it
    advances: dict[str, int]
    cff: bool
    ascent: int
    descent: int
    box: tuple[int, int, int, int]


def embed(pdf: Any, file: Path, name: str, chars: Iterable[str]) -> Embedded:
    """Put a font into a PDF with those of the characters that it has."""
    lib, face = pikepdf(), _face(file)
    held = [char for char in sorted(set(chars)) if char in face.glyphs]
    codes = {char: face.codes[face.glyphs[char]] for char in held}
    advances = {char: face.advances[char] for char in held}
    tag = "".join(chr(65 + part % 26) for part in sha256("".join(held).encode()).digest()[:6])
    base = lib.Name("/" + f"{tag}+{name.replace(' ', '-')}")
    program = pdf.make_stream(_subset(face, held))
    if face.cff:
        program.Subtype = lib.Name.CIDFontType0C
    descriptor = {
        "Type": lib.Name.FontDescriptor,
        "FontName": base,
        "Flags": 4,
        "FontBBox": lib.Array(face.box),
        "ItalicAngle": 0,
        "Ascent": face.ascent,
        "Descent": face.descent,
        "CapHeight": face.ascent,
        "StemV": 80,
        "FontFile3" if face.cff else "FontFile2": program,
    }
    widths: list[Any] = []
    for char in held:
        if advances[char] != 1000:
            widths += [codes[char], lib.Array([advances[char]])]
    descendant = {
        "Type": lib.Name.Font,
        "Subtype": lib.Name.CIDFontType0 if face.cff else lib.Name.CIDFontType2,
        "BaseFont": base,
        "CIDSystemInfo": lib.Dictionary(Registry=lib.String("Adobe"), Ordering=lib.String("Identity"), Supplement=0),
        "FontDescriptor": pdf.make_indirect(_dictionary(lib, descriptor)),
        "DW": 1000,
        "W": lib.Array(widths),
    }
    if not face.cff:
        descendant["CIDToGIDMap"] = lib.Name.Identity
    font = {
        "Type": lib.Name.Font,
        "Subtype": lib.Name.Type0,
        "BaseFont": base,
        "Encoding": lib.Name("/Identity-H"),
        "DescendantFonts": lib.Array([pdf.make_indirect(_dictionary(lib, descendant))]),
        "ToUnicode": pdf.make_stream(_to_unicode(codes)),
    }
    return Embedded(pdf.make_indirect(_dictionary(lib, font)), codes, advances)


def _dictionary(lib: Any, items: dict[str, Any]) -> Any:
    return lib.Dictionary({f"/{key}": value for key, value in items.items()})


def _subset(face: _Face, chars: list[str]) -> bytes:
    import uharfbuzz as hb

    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).set({face.glyphs[char] for char in chars})
    flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    wanted.flags = flags | hb.SubsetFlags.DESUBROUTINIZE if face.cff else flags | hb.SubsetFlags.RETAIN_GIDS
    wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).set(
        {int.from_bytes(tag, "big") for tag in (b"GSUB", b"GPOS", b"GDEF", b"BASE", b"vhea", b"vmtx", b"VORG")}
    )
    subset = hb.subset(face.hb, wanted)
    data: bytes = subset.reference_table("CFF ").data if face.cff else subset.blob.data
    return data


def _to_unicode(codes: dict[str, int]) -> bytes:
    listed = sorted({code: char for char, code in sorted(codes.items(), key=_preferred)}.items())
    lines = ["/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap", "/CMapType 2 def"]
    lines += ["1 begincodespacerange", "<0000> <ffff>", "endcodespacerange"]
    for start in range(0, len(listed), 100):
        block = listed[start : start + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for code, char in block]
        lines.append("endbfchar")
    return "\n".join([*lines, "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]).encode()


def _preferred(item: tuple[str, int]) -> bool:
    """Put the usual characters last: of those that share a glyph, one of them is given back."""
    return usual(item[0]) == item[0]


@cache
def _face(file: Path) -> _Face:
    try:
        import uharfbuzz as hb
    except ImportError as error:
        raise MissingExtra(
            "fillable PDFs need uharfbuzz: install prefill with its extra [pdf] (README, Install)"
        ) from error
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True) as font:
        cff, order, cmap = "CFF " in font, font.getGlyphOrder(), font.getBestCmap()
        glyphs = {chr(code): font.getGlyphID(glyph) for code, glyph in cmap.items()}
        codes = tuple(_cid(name, number) if cff else number for number, name in enumerate(order))
        metrics, scale = font["hmtx"], 1000 / font["head"].unitsPerEm
        advances = {chr(code): round(metrics[glyph][0] * scale) for code, glyph in cmap.items()}
        head, hhea = font["head"], font["hhea"]
        box = tuple(round(edge * scale) for edge in (head.xMin, head.yMin, head.xMax, head.yMax))
        ascent, descent = round(hhea.ascent * scale), round(hhea.descent * scale)
    made = hb.Face(hb.Blob.from_file_path(str(file)))
    return _Face(made, glyphs, codes, advances, cff, ascent, descent, box)


def _cid(name: str, number: int) -> int:
    return int(name[3:]) if name.startswith("cid") and name[3:].isdigit() else number
