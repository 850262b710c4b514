"""Tables of an HTML page, which many systems export under a name that ends in .xls."""

import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from prefill.exports.sheets import Cell, Row, Sheet
from prefill.exports.texts import encoding_of, mend, open_text

__all__ = ["html_sheets"]

_CHUNK: Final = 1 << 14
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_MOST_SPANNED: Final = 10_000


def html_sheets(path: Path) -> Iterator[Sheet]:
    """Read each table of a page as a sheet, a row at a time; rows are counted over the whole page, as a spreadsheet shows them."""
    for table, rows in groupby(_rows(path), key=itemgetter(0)):
        yield Sheet(f"table {table}" if table > 1 else None, (row for _, row in rows), optional=True)


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    encoding = encoding_of(path)
    parser = _Tables()
    with open_text(path, encoding) as file:
        while chunk := file.read(_CHUNK):
            parser.feed(mend(chunk) if encoding == "gb18030" else chunk)
            while parser.rows:
                yield parser.rows.popleft()
    parser.close()
    parser.end_row()
    yield from parser.rows


class _Tables(HTMLParser):
    """Gathers rows; what a page leaves unclosed is closed by what follows. Of nested tables, the inner ones hold the data."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: deque[tuple[int, Row]] = deque()
        self.tables = 0
        self.line = 0
        self.row: Row | None = None
        self.text: list[str] | None = None
        self.size = (1, 1)
        self.below: dict[
            int, tuple[int, Cell, bool]
        ] = {}  # column → rows still covered, what they show, in the first column
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "table":
            self.end_row()
            self.tables += 1
            self.below = {}
        elif tag == "tr":
            self.end_row()
            self.line += 1
            self.row = Row(self.line, [])
        elif tag in ("td", "th"):
            self.end_cell()
            if self.row is None:  # a cell without its <tr>
                self.line += 1
                self.row = Row(self.line, [])
            given = dict(attrs)
            self.size = _span(given.get("colspan")), _span(given.get("rowspan"))
            self.text = []
        elif tag == "br" and self.text is not None:
            self.text.append("\v")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag in ("td", "th"):
            self.end_cell()
        elif tag in ("tr", "table", "tbody", "thead"):
            self.end_row()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.silent:
            self.text.append(data)

    def end_cell(self) -> None:
        """Put the open cell into the row, with what it spans."""
        if self.row is None or self.text is None:
            return
        shown: Cell = _SPACES.sub(" ", "".join(self.text)).replace("\v", "\n").strip() or None
        self.text = None
        self.covered()
        wide, high = self.size
        first = len(self.row.cells)
        for column in range(first, first + wide):
            if column > first:
                self.row.across[column] = shown
            self.row.cells.append(shown if column == first else None)
            if high > 1:
                self.below[column] = high - 1, shown, column == first

    def covered(self) -> None:
        """Put in what cells above span down to this place."""
        row = self.row
        while row is not None and (held := self.below.get(len(row.cells))) is not None:
            column, (high, shown, is_first) = len(row.cells), held
            row.cells.append(shown if is_first else None)
            if not is_first:
                row.across[column] = shown
            if high > 1:
                self.below[column] = high - 1, shown, is_first
            else:
                del self.below[column]

    def end_row(self) -> None:
        """Give the open row out."""
        self.end_cell()
        if self.row is not None:
            self.covered()
            for column in sorted(column for column in self.below if column >= len(self.row.cells)):
                self.row.cells += [None] * (column - len(self.row.cells))
                self.covered()
            self.rows.append((self.tables, self.row))
            self.row = None


def _span(text: str | None) -> int:
    return min(int(text), _MOST_SPANNED) if text and text.isdecimal() and int(text) > 0 else 1
