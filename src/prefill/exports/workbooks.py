"""XLSX workbooks (ECMA-376), a row at a time: cells with their types, what their formats show, and merged ranges.

It reads the parts that hold cells and no more, and keeps the shared texts in a temporary file, so that memory does not grow with the
workbook. A cell's format is needed, since a month that somebody typed is held as its first day.
"""

import mmap
import re
import tempfile
import zipfile
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final
from xml.parsers import expat

from prefill.exports.formats import BUILTIN, number_cell
from prefill.exports.merged import Spans
from prefill.exports.sheets import Broken, Cell, NotAWorkbook, Row, Sheet, Shown

__all__ = ["xlsx_sheets"]

_CHUNK: Final = 1 << 16
_BOOK: Final = "xl/workbook.xml"


def xlsx_sheets(path: Path) -> Iterator[Sheet]:
    """Read each sheet of a workbook. Raises NotAWorkbook."""
    with _faults(), zipfile.ZipFile(path) as archive:
        if _BOOK not in archive.namelist():
            raise NotAWorkbook("an archive without a workbook (.xlsx) in it")
        book = _Book(archive)
        several = sum(not hidden for _, _, hidden in book.sheets) > 1
        with _texts(archive, book.part("sharedStrings")) as texts:
            for name, part, hidden in book.sheets:
                yield Sheet(name if several else None, _rows(archive, part, texts, book), hidden=hidden)


@contextmanager
def _faults() -> Iterator[None]:
    """Say of any fault of an archive or of the XML in it that this is no workbook that can be read."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        expat.ExpatError,
        KeyError,
        ValueError,
        IndexError,
        EOFError,
        NotImplementedError,
    ) as error:
        raise NotAWorkbook(f"a damaged workbook ({type(error).__name__})") from None
    except RuntimeError:  # what zipfile raises for an archive with a password
        raise NotAWorkbook("a workbook with a password") from None


def _parse(
    stream: IO[bytes], start: Callable[[str, dict[str, str]], None], **handlers: Callable[..., None]
) -> Iterator[None]:
    """Feed a part of the workbook to handlers of elements, named without their namespace; stops after each piece."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def no_doctype(*_: object) -> None:
        raise ValueError("a document type")  # no workbook has one; it is how XML bombs are made

    parser.StartDoctypeDeclHandler = no_doctype
    parser.StartElementHandler = lambda name, given: start(name.rpartition(":")[2], given)
    if "end" in handlers:
        end = handlers["end"]
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if "data" in handlers:
        parser.CharacterDataHandler = handlers["data"]
    while chunk := stream.read(_CHUNK):
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


class _Book:
    """The list of sheets, where the parts stand, and each cell style's number format."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.parts: dict[str, tuple[str, str]] = {}  # id → kind of part, where it stands
        listed: list[tuple[str, str, bool]] = []
        self.since_1904 = False

        def relation(name: str, given: dict[str, str]) -> None:
            if name == "Relationship":
                target = given["Target"]
                place = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
                self.parts[given["Id"]] = given["Type"].rpartition("/")[2], place

        def sheet(name: str, given: dict[str, str]) -> None:
            if name == "sheet":
                ident = next(value for key, value in given.items() if key.rpartition(":")[2] == "id")
                listed.append((given.get("name", ""), ident, given.get("state", "visible") != "visible"))
            elif name == "workbookPr":
                self.since_1904 = given.get("date1904") in ("1", "true")

        self.each("xl/_rels/workbook.xml.rels", relation)
        self.each(_BOOK, sheet)
        self.sheets = [
            (name, self.parts[i][1], hidden) for name, i, hidden in listed if self.parts[i][0] == "worksheet"
        ]
        self.formats = self.read_formats()

    def part(self, kind: str) -> str | None:
        """Give the place of the one part of a kind, if the workbook has it."""
        return next((place for found, place in self.parts.values() if found == kind), None)

    def each(self, part: str, start: Callable[[str, dict[str, str]], None], **handlers: Callable[..., None]) -> None:
        """Go through a part at once."""
        with self.archive.open(part) as stream:
            for _ in _parse(stream, start, **handlers):
                pass

    def read_formats(self) -> list[str]:
        own: dict[int, str] = {}
        found: list[str] = []
        inside = False

        def start(name: str, given: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt":
                own[int(given["numFmtId"])] = given.get("formatCode", "")
            elif name == "cellXfs":
                inside = True
            elif name == "xf" and inside:
                number = int(given.get("numFmtId", "0"))
                found.append(own.get(number) or BUILTIN.get(number, ""))

        def end(name: str) -> None:
            nonlocal inside
            if name == "cellXfs":
                inside = False

        if (part := self.part("styles")) is not None:
            self.each(part, start, end=end)
        return found


@contextmanager
def _texts(archive: zipfile.ZipFile, part: str | None) -> Iterator[Callable[[int], str]]:
    """Put the texts that cells share into a temporary file; give what looks one up by its number."""
    ends = array("Q", [0])
    if part is None:
        yield lambda number: ""
        return
    with tempfile.TemporaryFile() as file, archive.open(part) as stream:
        text: list[str] = []
        taking = silent = False

        def start(name: str, given: dict[str, str]) -> None:
            nonlocal taking, silent
            taking = name == "t" and not silent
            silent = silent or name == "rPh"  # how a text is pronounced

        def end(name: str) -> None:
            nonlocal taking, silent
            taking = False
            if name == "rPh":
                silent = False
            elif name == "si":
                ends.append(ends[-1] + file.write("".join(text).encode("utf-8", "replace")))
                text.clear()

        def data(piece: str) -> None:
            if taking:
                text.append(piece)

        for _ in _parse(stream, start, end=end, data=data):
            pass
        file.flush()
        if ends[-1] == 0:
            yield lambda number: ""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            yield lambda number: held[ends[number] : ends[number + 1]].decode()


_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def _merged(archive: zipfile.ZipFile, part: str) -> list[tuple[int, int, int, int]]:
    """Give the merged ranges; they stand behind the cells, so this goes through the part before it is parsed."""
    found: list[tuple[int, int, int, int]] = []
    rest = b""
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 16):
            rest += chunk
            last = 0
            for match in _MERGED.finditer(rest):
                left, first, right, end = match.groups()
                found.append((int(first) - 1, int(end) - 1, _column(left.decode()), _column(right.decode())))
                last = match.end()
            rest = rest[max(last, len(rest) - 100) :]
    return found


def _column(letters: str) -> int:
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign) - 64
    return number - 1


def _rows(archive: zipfile.ZipFile, part: str, texts: Callable[[int], str], book: _Book) -> Iterator[Row]:
    reader = _Cells(texts, book)
    with _faults(), archive.open(part) as stream:
        spans = Spans(_merged(archive, part))
        for _ in _parse(stream, reader.start, end=reader.end, data=reader.data):
            while reader.rows:
                row = reader.rows.popleft()
                spans.apply(row)
                yield row


class _Cells:
    """The handlers that make rows of a sheet's elements."""

    def __init__(self, texts: Callable[[int], str], book: _Book) -> None:
        self.texts, self.book = texts, book
        self.rows: deque[Row] = deque()
        self.row = Row(0, [])
        self.column = -1
        self.type = self.style = ""
        self.text: list[str] = []
        self.taking = self.silent = False
        self.computed = self.saved = False

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "row":
            self.row = Row(int(given.get("r", self.row.line + 1)), [])
            self.column = -1
        elif name == "c":
            place = given.get("r", "").rstrip("0123456789")
            self.column = _column(place) if place else self.column + 1
            self.type, self.style = given.get("t", "n"), given.get("s", "")
            self.text.clear()
            self.computed = self.saved = False
        elif name == "rPh":
            self.silent = True
        elif name == "f":
            self.computed = True
        self.saved = self.saved or (name == "v" and self.type == "str")  # a formula's result may be an empty text
        self.taking = name in ("v", "t") and not self.silent

    def data(self, piece: str) -> None:
        if self.taking:
            self.text.append(piece)

    def end(self, name: str) -> None:
        self.taking = False
        if name == "rPh":
            self.silent = False
        elif name == "c":
            cell = self.cell("".join(self.text))
            if cell is not None:
                self.row.cells += [None] * (self.column + 1 - len(self.row.cells))
                self.row.cells[self.column] = cell
        elif name == "row":
            self.rows.append(self.row)

    def cell(self, text: str) -> Cell:
        """Give the value of a cell by its type (18.18.11)."""
        if self.computed and not text and not self.saved:
            return Broken("a formula whose result was not saved")
        if self.type == "s":
            return _unescaped(self.texts(int(text))) if text else None
        if self.type in ("inlineStr", "str"):
            return _unescaped(text) or None
        if not text:
            return None
        if self.type == "b":
            return text in ("1", "true")
        if self.type == "e":
            return Broken("a spreadsheet's error")
        if self.type == "d":
            return Shown(text)  # ISO 8601
        if text.lstrip("-").isdecimal() and len(text) > 15:
            return int(text)
        style = int(self.style) if self.style else 0
        code = self.book.formats[style] if style < len(self.book.formats) else ""
        return number_cell(float(text), code, since_1904=self.book.since_1904)


_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescaped(text: str) -> str:
    """Undo ``_x000D_``: how a workbook writes characters that XML has not."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
