"""The PDF around stamped pages: content, fonts cut down to the glyphs used, and what a document says of itself."""

import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from prefill.rendering.fonts import SONG
from prefill.rendering.stamping.faces import FREE, Face, compressed

__all__ = ["About", "FontData", "Sheet", "cut_down", "font_data", "write_pdf"]

_CMAP: Final = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
)
_END: Final = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"


@dataclass(frozen=True, slots=True)
class About:
    """What a document says of itself, as the page's head has it."""

    title: str
    author: str
    language: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its size in points, what is drawn on it, and the headings that an outline names (level, text, height)."""

    width: float
    height: float
    content: bytes
    headings: Sequence[tuple[int, str, float]] = ()


@dataclass(frozen=True, slots=True)
class FontData:
    """A font of some glyphs, ready to be written: its name, its program compressed, its widths, and its way back to characters."""

    name: str
    program: bytes
    widths: str
    unicode: bytes


def font_data(face: Face, glyphs: Mapping[str, str]) -> FontData:
    """Cut a font down to these glyphs, by code as PDF writes it; each with the characters that it stands for."""
    return cut_down(face, {int(code, 16): text for code, text in glyphs.items()})


def cut_down(face: Face, codes: Mapping[int, str]) -> FontData:
    """Cut a font down to the glyphs of these codes, each with the characters that it stands for."""
    listed = sorted(codes)
    odd = tuple([(code, codes[code]) for code in listed if code in FREE])
    tag = sha256("".join([codes[code] for code in listed]).encode()).digest()
    name = "".join([chr(65 + part % 26) for part in tag[:6]]) + "+" + face.name.replace(" ", "-")
    program, widths = face.program(name, listed)
    return FontData(name, compressed(program), widths, _to_unicode(odd))


@lru_cache(maxsize=64)
def _to_unicode(odd: tuple[tuple[int, str], ...]) -> bytes:
    """Give the table that leads from codes to characters, compressed: each to its own, but for those that are listed.

    A range of codes stays within their first byte (ISO 32000-1, 9.10.3).
    """
    rows = [row for row in range(0x100) if row << 8 not in FREE]
    lines = []
    for start in range(0, len(rows), 100):
        block = rows[start : start + 100]
        lines.append(f"{len(block)} beginbfrange")
        lines += [f"<{row:02x}00> <{row:02x}ff> <{row:02x}00>" for row in block]
        lines.append("endbfrange")
    for start in range(0, len(odd), 100):
        several = odd[start : start + 100]
        lines.append(f"{len(several)} beginbfchar")
        lines += [f"<{code:04x}> <{text.encode('utf-16-be').hex()}>" for code, text in several]
        lines.append("endbfchar")
    return zlib.compress("\n".join((_CMAP.rstrip(), *lines, _END)).encode(), 9)


def write_pdf(
    sheets: Sequence[Sheet], fonts: Mapping[str, tuple[Face, FontData]], about: About, *, outlined: bool = True
) -> bytes:
    """Write a PDF; ``fonts`` by the names that content calls them by."""
    import pydyf

    pdf = pydyf.PDF()
    resources = _add(pdf, _font_resources(pdf, fonts))
    pages: list[Any] = []
    for sheet in sheets:
        content = _add(pdf, _stream("", compressed(sheet.content)))
        box = f"[0 0 {sheet.width:.6f} {sheet.height:.6f}]".encode()
        page = pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": pdf.pages.reference,
                "MediaBox": box,
                "TrimBox": box,
                "Contents": content.reference,
                "Resources": resources.reference,
            }
        )
        pdf.add_page(page)
        pages.append(page)
    if outlined:
        _outline(pdf, [(page, sheet.headings) for page, sheet in zip(pages, sheets, strict=True)])
    pdf.info["Producer"] = pydyf.String("prefill")
    pdf.info["Title"] = pydyf.String(about.title)
    if about.author:
        pdf.info["Author"] = pydyf.String(about.author)
    pdf.catalog["Lang"] = pydyf.String(about.language)
    output = io.BytesIO()
    pdf.write(output)
    return output.getvalue()


def _add(pdf: Any, thing: Any) -> Any:
    pdf.add_object(thing)
    return thing


def _stream(extra: str, data: bytes) -> Any:
    """Give a compressed stream as an object."""
    head = f"<<{extra}/Filter/FlateDecode/Length {len(data)}>>\nstream\n".encode()
    return _raw(head + data + b"\nendstream")


def _raw(data: bytes) -> Any:
    import pydyf

    thing = pydyf.Object()
    thing.__class__ = _raw_class()
    thing.content = data
    return thing


def _raw_class() -> type:
    import pydyf

    global _Raw
    if _Raw is None:

        class Raw(pydyf.Object):  # type: ignore[misc]
            """An object written already."""

            content: bytes = b""

            @property
            def data(self) -> bytes:
                return self.content

        _Raw = Raw
    return _Raw


_Raw: type | None = None


def _font_resources(pdf: Any, fonts: Mapping[str, tuple[Face, FontData]]) -> Any:
    named = []
    tables = {
        table: _add(pdf, _stream("", table)) for table in dict.fromkeys(data.unicode for _, data in fonts.values())
    }
    for name, (face, data) in fonts.items():
        file = _add(pdf, _stream("/Subtype/CIDFontType0C", data.program))
        back = tables[data.unicode]
        box = " ".join(map(str, face.box))
        flags = 6 if face.name == SONG else 4
        described = _add(
            pdf,
            _raw(
                f"<</Type/FontDescriptor/FontName/{data.name}/Flags {flags}/FontBBox[{box}]/ItalicAngle 0/Ascent {face.ascent}"
                f"/Descent {face.descent}/CapHeight {face.cap_height}/StemV 80/FontFile3 {file.number} 0 R>>".encode()
            ),
        )
        glyphs = _add(
            pdf,
            _raw(
                f"<</Type/Font/Subtype/CIDFontType0/BaseFont/{data.name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
                f"/Supplement 0>>/DW 1000/W[{data.widths}]/FontDescriptor {described.number} 0 R>>".encode()
            ),
        )
        font = _add(
            pdf,
            _raw(
                f"<</Type/Font/Subtype/Type0/BaseFont/{data.name}/Encoding/Identity-H/DescendantFonts[{glyphs.number} 0 R]"
                f"/ToUnicode {back.number} 0 R>>".encode()
            ),
        )
        named.append(f"/{name} {font.number} 0 R")
    return _raw(f"<</Font<<{''.join(named)}>>>>".encode())


def _outline(pdf: Any, pages: Sequence[tuple[Any, Sequence[tuple[int, str, float]]]]) -> None:
    """Write the outline: each heading under the last one of a higher rank."""
    flat = [(level, text, page, top) for page, headings in pages for level, text, top in headings]
    if not flat:
        return
    first = len(pdf.objects) + 1  # the number of the first heading: the root stands before it
    parents, above = [], [(0, first - 1)]
    for place, (level, _, _, _) in enumerate(flat):
        while above[-1][0] >= level:
            above.pop()
        parents.append(above[-1][1])
        above.append((level, first + place))
    children: dict[int, list[int]] = {}
    for place, parent in enumerate(parents):
        children.setdefault(parent, []).append(first + place)

    def kin(number: int) -> str:
        own = children.get(number)
        return f"/First {own[0]} 0 R/Last {own[-1]} 0 R/Count {len(own)}" if own else ""

    root = _add(pdf, _raw(f"<</Type/Outlines{kin(first - 1)}>>".encode()))
    for place, (_, text, page, top) in enumerate(flat):
        number = first + place
        kindred = children[parents[place]]
        at = kindred.index(number)
        before = f"/Prev {kindred[at - 1]} 0 R" if at else ""
        after = f"/Next {kindred[at + 1]} 0 R" if at + 1 < len(kindred) else ""
        title = (b"\xfe\xff" + text.encode("utf-16-be")).hex()
        _add(
            pdf,
            _raw(
                f"<</Title<{title}>/Parent {parents[place]} 0 R{before}{after}{kin(number)}"
                f"/Dest[{page.number} 0 R/XYZ 0 {top:.2f} 0]>>".encode()
            ),
        )
    pdf.catalog["Outlines"] = root.reference
