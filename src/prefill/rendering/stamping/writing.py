"""The PDF around stamped pages: content, fonts cut down to the glyphs used, and what a document says of itself."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from prefill.rendering.fonts import SONG
from prefill.rendering.stamping.faces import Face, compressed

__all__ = ["About", "FontData", "Sheet", "font_data", "write_pdf"]

_CMAP: Final = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
)


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


def font_data(face: Face, clusters: Iterable[str]) -> FontData:
    """Cut a font down to the glyphs of these characters (or runs of characters that have one glyph together)."""
    codes = {int(face.shape(cluster).codes[0], 16): cluster for cluster in sorted(clusters)}
    listed = sorted(codes.items())
    lines = []
    for start in range(0, len(listed), 100):
        block = listed[start : start + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code:04x}> <{text.encode('utf-16-be').hex()}>" for code, text in block]
        lines.append("endbfchar")
    table = f"{_CMAP}{chr(10).join(lines)}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    tag = sha256("".join(codes.values()).encode()).digest()
    name = "".join(chr(65 + part % 26) for part in tag[:6]) + "+" + face.name.replace(" ", "-")
    return FontData(name, compressed(face.subset(codes)), face.widths(codes), compressed(table.encode()))


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
    for name, (face, data) in fonts.items():
        file = _add(pdf, _stream("/Subtype/CIDFontType0C", data.program))
        back = _add(pdf, _stream("", data.unicode))
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
    import pydyf

    flat = [(level, text, page, top) for page, headings in pages for level, text, top in headings]
    if not flat:
        return
    root = _add(pdf, pydyf.Dictionary({"Type": "/Outlines", "Count": len(flat)}))
    items: list[Any] = []
    above: list[tuple[int, Any]] = [(0, root)]
    for level, text, page, top in flat:
        while above[-1][0] >= level:
            above.pop()
        parent = above[-1][1]
        item = _add(
            pdf,
            pydyf.Dictionary(
                {
                    "Title": pydyf.String(text),
                    "Dest": f"[{page.number} 0 R /XYZ 0 {top:.2f} 0]".encode(),
                    "Parent": parent.reference,
                }
            ),
        )
        if "First" not in parent:
            parent["First"] = item.reference
        else:
            before = items[parent["Last_"]]
            before["Next"] = item.reference
            item["Prev"] = before.reference
        parent["Last"] = item.reference
        parent["Last_"] = len(items)
        items.append(item)
        above.append((level, item))
    for item in (root, *items):
        item.pop("Last_", None)
        if item is not root and "First" in item:
            item["Count"] = sum(1 for other in items if other["Parent"] == item.reference)
    pdf.catalog["Outlines"] = root.reference
