"""What WeasyPrint's fonts want mending in: glyphs are called as PDF wants, and give back the character that people mean.

ISO 32000-1, 9.7.4.2: in a CIDFontType0 with a CID-keyed program a code selects a glyph through the program's charset. Poppler and
PDFium take it for the glyph's number and show the text; MuPDF (Sumatra, and all that is built on it) follows the rule and shows none.
With a charset in which the two are the same, both are right. (Adobe Technical Note 5176, The Compact Font Format.)
"""

import unicodedata
from typing import Any

from prefill.rendering.boxes import characters
from prefill.rendering.cff import CHARSET, CHARSTRINGS, ROS, read_dict, read_index

__all__ = ["mend_fonts", "usual", "with_identity_charset"]


def mend_fonts(document: Any, pdf: Any) -> None:
    """Mend the fonts of a PDF before WeasyPrint writes it.

    A radical (⼥) and the character that is drawn alike (女) share a glyph, which gives back one of the two: where a page has
    both, the character.
    """
    present = characters(document)
    twins = {char: usual(char) for char in present if usual(char) != char and usual(char) in present}
    mended = {f"<{_utf16(odd)}>".encode(): f"<{_utf16(char)}>".encode() for odd, char in twins.items()}
    for thing in pdf.objects:
        lines = getattr(thing, "stream", None)
        if mended and isinstance(lines, list) and b"begincmap" in lines:
            lines[:] = [
                head + b" " + mended.get(tail, tail) if gap and head.startswith(b"<") else head + gap + tail
                for head, gap, tail in (line.partition(b" ") for line in lines)
            ]
        extra = getattr(thing, "extra", None)
        if extra and extra.get("Subtype") == "/OpenType":
            thing.stream[0] = with_identity_charset(bytes(thing.stream[0]))


def usual(char: str) -> str:
    """Give the character that is written for a radical or a compatibility ideograph; any other as it is.

    >>> usual("⼥"), usual("\uf900"), usual("女"), usual("①")
    ('女', '豈', '女', '①')
    """
    if "\u2e80" <= char < "\u2fe0" or "\uf900" <= char < "\ufb00" or "\U0002f800" <= char < "\U0002fa20":
        return unicodedata.normalize("NFKC", char)
    return char


def _utf16(char: str) -> str:
    return char.encode("utf-16-be").hex()


def with_identity_charset(font: bytes) -> bytes:
    """Give an OpenType font whose CID-keyed CFF calls each glyph by its number; any other font as it is."""
    start = _cff(font)
    if start is None:
        return font
    names = read_index(font, start + font[start + 2])
    tops = read_index(font, names[-1])
    top = read_dict(font[tops[0] : tops[1]])
    if ROS not in top or top.get(CHARSET, [0])[-1] <= 2:
        return font
    at = start + top[CHARSET][-1]
    glyphs = int.from_bytes(font[start + top[CHARSTRINGS][-1] :][:2], "big")
    ranges = b"\x02" + (1).to_bytes(2, "big") + (glyphs - 2).to_bytes(2, "big")  # from 1, and so many more
    return font[:at] + ranges + font[at + len(ranges) :] if glyphs > 4 else font


def _cff(font: bytes) -> int | None:
    """Give where the table CFF begins."""
    if font[:4] != b"OTTO":
        return None
    for number in range(int.from_bytes(font[4:6], "big")):
        record = font[12 + 16 * number :][:16]
        if record[:4] == b"CFF ":
            return int.from_bytes(record[8:12], "big")
    return None
