"""An export file → its sheets, by what the file holds and not by what it is called."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prefill.errors import FileError, Problem
from prefill.exports.binary import xls_sheets
from prefill.exports.pages import html_sheets
from prefill.exports.sheets import NotAWorkbook, Row, Sheet
from prefill.exports.texts import csv_sheet
from prefill.exports.workbooks import xlsx_sheets

__all__ = ["sheets"]

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_REMEDY: Final = "export it again as CSV or .xlsx, or open it and save it so"


def sheets(path: Path) -> Iterator[Sheet]:
    """Give each sheet of an export: CSV, XLSX, XLS, or the tables of an HTML page under any name.

    Raises FileError where the file is none of these or is damaged, here or when a row is asked for; OSError where it cannot be opened.
    """
    with _told_of(path):
        for sheet in _sheets(path):
            sheet.rows = _rows(sheet.rows, path)
            yield sheet


def _rows(rows: Iterator[Row], path: Path) -> Iterator[Row]:
    with _told_of(path):
        yield from rows


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except NotAWorkbook as error:
        raise FileError([Problem(str(path), None, f"the export is {error}", _REMEDY)]) from None


def _sheets(path: Path) -> Iterator[Sheet]:
    with path.open("rb") as file:
        head = file.read(4096)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_ZIP):
        yield from xlsx_sheets(path)
    elif head.startswith(_OLE):
        yield from xls_sheets(path)
    elif b"urn:schemas-microsoft-com:office:spreadsheet" in head and start.startswith(b"<?xml"):
        raise NotAWorkbook("an XML spreadsheet of 2003")
    elif not head.startswith(_UTF16) and head.count(b"\0") * 20 > len(head):
        raise NotAWorkbook("neither text nor a workbook")
    elif start.startswith(b"<"):
        yield from html_sheets(path)
    else:
        yield csv_sheet(path)
