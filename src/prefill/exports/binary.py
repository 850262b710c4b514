"""XLS workbooks of Excel 97 to 2003, read by xlrd. A sheet of them, at most 65,536 rows, is held in memory."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from prefill.errors import MissingExtra
from prefill.exports.formats import BUILTIN, number_cell
from prefill.exports.merged import Spans
from prefill.exports.sheets import Broken, Cell, NotAWorkbook, Row, Sheet

__all__ = ["xls_sheets"]

_TEXT, _NUMBER, _DATE, _BOOL, _ERROR = 1, 2, 3, 4, 5
_ENCRYPTED: Final = "encrypted"


def xls_sheets(path: Path) -> Iterator[Sheet]:
    """Read each sheet of a workbook. Raises NotAWorkbook, and MissingExtra without xlrd."""
    try:
        import xlrd
    except ImportError:
        raise MissingExtra(
            "the reader of .xls workbooks is missing: install prefill with its extra [read] (README, Install)"
        ) from None
    try:
        book = xlrd.open_workbook(str(path), formatting_info=True, on_demand=True, logfile=io.StringIO())
    except MemoryError:
        raise
    except Exception as error:  # what a damaged file makes xlrd raise is not bounded
        what = (
            "with a password"
            if _ENCRYPTED in str(error).lower() or "find workbook" in str(error)
            else "that is damaged"
        )
        raise NotAWorkbook(f"a workbook {what}") from None
    with book:
        for index in range(book.nsheets):
            try:
                sheet = book.sheet_by_index(index)
            except Exception as error:
                raise NotAWorkbook(f"a damaged workbook ({type(error).__name__})") from None
            yield Sheet(sheet.name if book.nsheets > 1 else None, _rows(book, sheet), hidden=sheet.visibility != 0)
            book.unload_sheet(index)


def _rows(book: Any, sheet: Any) -> Iterator[Row]:
    spans = Spans([(first, last - 1, left, right - 1) for first, last, left, right in sheet.merged_cells])
    for number in range(sheet.nrows):
        row = Row(number + 1, [_cell(book, cell) for cell in sheet.row(number)])
        spans.apply(row)
        yield row


def _cell(book: Any, cell: Any) -> Cell:
    if cell.ctype == _TEXT:
        return str(cell.value) or None
    if cell.ctype in (_NUMBER, _DATE):
        key = book.xf_list[cell.xf_index].format_key
        code = BUILTIN.get(key) or (book.format_map[key].format_str if key in book.format_map else "")
        return number_cell(cell.value, code or "", since_1904=book.datemode == 1)
    if cell.ctype == _BOOL:
        return bool(cell.value)
    return Broken("a spreadsheet's error") if cell.ctype == _ERROR else None
