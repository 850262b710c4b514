"""Text files: which encoding, GB 18030 as of 2022, and CSV whose broken lines do not break the lines around them."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from prefill.exports.sheets import Cell, Row, Sheet

__all__ = ["csv_sheet", "encoding_of", "mend", "open_text"]

_SAMPLE: Final = 1 << 16

# GB 18030-2022 gave the last characters that were mapped to Unicode's private-use area their own code points. Python's codec follows the
# edition of 2000. Decoded by it and mended by this table, a file says what the Unicode Technical Committee recommends
# (L2/23-003R): the two-byte codes are the characters, and so are the four-byte codes of the earlier edition.
_MOVED: Final = dict(
    zip(
        # A6D9–A6DF, A6EC, A6ED, A6F3 (vertical forms); FE59 FE61 FE66 FE67 FE6D FE7E FE90 FEA0;
        # FE51 FE52 FE53 FE6C FE76 FE91, whose characters lie beyond the basic plane; A8BC, which moved in 2005
        "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796"
        "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864"
        "\ue816\ue817\ue818\ue831\ue83b\ue855\ue7c7",
        "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
        "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb"
        "\U00020087\U00020089\U000200cc\U000215d7\U0002298f\U000241fe\u1e3f",
        strict=True,
    )
)
_MOVED_ONE: Final = re.compile(f"[{''.join(_MOVED)}]")


def mend(text: str) -> str:
    """Give text that Python decoded from GB 18030 as the edition of 2022 has it.

    >>> [f"{ord(mend(bytes.fromhex(code).decode('gb18030'))):X}" for code in ("FE59", "82359037", "A6DA", "FE51", "A8BC")]
    ['9FB4', '9FB4', 'FE12', '20087', '1E3F']
    """
    return _MOVED_ONE.sub(lambda match: _MOVED[match[0]], text)


def encoding_of(path: Path) -> str:
    """Tell the encoding of a text file: by its byte order mark, else UTF-8 where it fits, else GB 18030 (GBK, GB 2312).

    A few damaged bytes do not turn one into the other: Chinese text in GB 18030 is nearly never UTF-8.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
        if sample.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        while sample:
            if not sample.isascii():
                text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
                wide = len(text) - sum(map(str.isascii, text))
                return "utf-8" if text.count("\ufffd") * 20 <= wide else "gb18030"
            sample = file.read(_SAMPLE)
    return "utf-8"


def open_text(path: Path, encoding: str) -> TextIO:
    """Open a text file; a byte that is no character becomes U+FFFD, which makes its cell unreadable and no other."""
    return path.open(encoding=encoding, errors="replace", newline="")


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

_SEPARATORS: Final = ",\t;"
_MOST_LINES: Final = 100  # that a cell in quotes may go on for
_KEPT_AS_TEXT: Final = re.compile(
    r'="(.*)"', re.DOTALL
)  # ="0420": how some exports keep a spreadsheet from taking it for a number
_OPEN: Final = "a quote that does not close, or cells that do not fit the head"


def csv_sheet(path: Path) -> Sheet:
    """Read a CSV file (RFC 4180; comma, tab or semicolon; any of the encodings) as a sheet, a line at a time."""
    encoding = encoding_of(path)
    with open_text(path, encoding) as file:
        head = [line for line, _ in zip(file, range(30), strict=False)]
    separator = max(_SEPARATORS, key=lambda sign: max((line.count(sign) for line in head), default=0))
    sheet = Sheet(None, iter(()), exact=True)
    sheet.rows = _rows(path, encoding, separator, sheet)
    return sheet


def _rows(path: Path, encoding: str, separator: str, sheet: Sheet) -> Iterator[Row]:
    with open_text(path, encoding) as file:
        lines = map(mend, file) if encoding == "gb18030" else iter(file)
        yield from _records(enumerate(lines, 1), separator, sheet)


def _records(lines: Iterator[tuple[int, str]], separator: str, sheet: Sheet) -> Iterator[Row]:
    """Cut lines into rows. A line whose quote swallows those below it is a broken row; the lines below are read as they stand."""
    waiting: deque[tuple[int, str]] = deque()

    def pull() -> tuple[int, str] | None:
        return waiting.popleft() if waiting else next(lines, None)

    while (first := pull()) is not None:
        taken = [first]
        is_open = first[1].count('"') % 2 == 1
        while is_open and len(taken) < _MOST_LINES and (more := pull()) is not None:
            taken.append(more)
            is_open ^= more[1].count('"') % 2 == 1
        cells = None if is_open else _cut("".join(line for _, line in taken), separator)
        if cells is None or (len(taken) > 1 and sheet.width is not None and len(cells) != sheet.width):
            waiting.extendleft(reversed(taken[1:]))
            yield Row(first[0], [], fault=_OPEN)
        else:
            yield Row(first[0], cells)


def _cut(text: str, separator: str) -> list[Cell] | None:
    try:
        cells = next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return None
    return [match[1].replace('""', '"') if (match := _KEPT_AS_TEXT.fullmatch(cell)) else cell for cell in cells]
