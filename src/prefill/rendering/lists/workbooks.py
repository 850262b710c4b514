"""Rosters and tallies as XLSX workbooks (ECMA-376): typed cells, widths, A4 lying with the head on each page, nothing that computes.

Rows are written one after the other and not kept (XlsxWriter's constant memory). Values stay what they are: a mark, or how many are undecided, is
shown by the cell's number format beside the value. A text is written as a text whatever it begins with, and Excel is told so (``quotePrefix``), so that
it is no formula when somebody edits the cell either.
"""

import io
import math
import re
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from prefill.errors import MissingExtra, RenderError
from prefill.rendering.cells import em
from prefill.rendering.lists.rosters import roster_view
from prefill.rendering.lists.tallies import TallyView, tally_view
from prefill.rendering.lists.views import INNER, SIGN, Line, Pairs, RosterView, Shown, widths
from prefill.rendering.templates import templates_folder
from prefill.rendering.words import Words, read_words
from prefill.rosters import Roster, Tally

__all__ = ["list_to_xlsx"]

ROWS: Final = 1_048_000  # of the 1,048,576 that a sheet holds
LONGEST: Final = 32_767  # characters of a cell
DIGITS: Final = 15  # of a number that a spreadsheet keeps exactly
PAGE: Final = 132.0  # widths of a digit that a lying page holds at the usual size
LINE: Final = 12.8  # points
LOWEST: Final = 21.0
FILL: Final = {"new": "#FFF6E0", "confirm": "#EDF4FD", "maybe": "#F2F2F2"}
EDGE: Final = {"new": 5, "confirm": 6, "maybe": 4}  # thick, double, dotted: seen without colours
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")  # what other programs may take for the beginning of one
_EPOCH: Final = date(1900, 3, 1)  # before that Excel's calendar has a day too many


def list_to_xlsx(found: Roster | Tally, *, public: bool = False, templates: Path | str | None = None) -> bytes:
    """Give a roster or a tally as an XLSX workbook; the same inputs give the same bytes.

    Numbers and whole dates are numbers and dates, all else is text: an ID number keeps its digits. ``public`` is as in ``list_to_html``; of
    ``templates`` only the words are taken. Those who are undecided, and what stands at the foot of a page, are sheets of their own.

    Raises MissingExtra without XlsxWriter, RenderError for more rows, or a longer text, than a sheet holds.
    """
    words = read_words(templates_folder(templates))
    with tempfile.TemporaryDirectory(prefix="prefill-") as folder:
        output = io.BytesIO()
        book = _workbook(output, folder)
        try:
            _write(_Sheets(book, words), found, public=public)
            book.close()
        finally:
            for sheet in book.worksheets():  # where it was not finished, its files are open still
                sheet.row_data_fh.close()
    return output.getvalue()


def _write(sheets: "_Sheets", found: Roster | Tally, *, public: bool) -> None:
    sheets.about(found.form.title, found.form.agency, found.filing.today or found.on)
    if isinstance(found, Roster):
        _write_roster(sheets, roster_view(found, sheets.words, public=public))
    else:
        _write_tally(sheets, tally_view(found, sheets.words))


def _workbook(output: io.BytesIO, folder: str) -> Any:
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtra(
            "the writer of .xlsx workbooks is missing: install prefill with its extra [xlsx] (README, Install)"
        ) from None
    return xlsxwriter.Workbook(output, {"constant_memory": True, "tmpdir": folder})


class _Sheets:
    """A workbook's sheets and its formats, each made once."""

    def __init__(self, book: Any, words: Words) -> None:
        self.book, self.words = book, words
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def about(self, title: str, agency: str, day: date) -> None:
        made = datetime(day.year, day.month, day.day)
        self.book.set_properties({"title": title, "author": agency, "company": agency, "created": made})

    def format(self, **given: Any) -> Any:
        key = tuple(sorted(given.items()))
        if key not in self._formats:
            usual = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True}
            self._formats[key] = self.book.add_format(usual | given)
        return self._formats[key]

    def sheet(self, name: str, *, lying: bool, columns: Sequence[float]) -> Any:
        """Add a sheet, set up to be printed on A4, as wide as the page, with page x of y."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        if lying:
            sheet.set_landscape()
        sheet.set_margins(left=0.47, right=0.47, top=0.55, bottom=0.6)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&9" + self.words("foot.page", page="&P", pages="&N"))
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        for at, width in enumerate(columns):
            sheet.set_column(at, at, width)
        return sheet

    def text(self, sheet: Any, row: int, column: int, text: str, **look: Any) -> None:
        """Write a text as a text; a line's end is one character, as XML has it."""
        text = re.sub("\r\n?", "\n", text)
        if len(text) > LONGEST:
            raise RenderError(
                f"a text of row {row + 1} has more than the {LONGEST} characters of a cell: write a PDF or JSON"
            )
        if text.startswith(_FORMULA):
            look["quote_prefix"] = True
        form = self.format(**look)
        if text:
            sheet.write_string(row, column, text, form)
        else:
            sheet.write_blank(row, column, None, form)

    def across(self, sheet: Any, row: int, columns: int, text: str, height: float, **look: Any) -> None:
        """Write a text across all columns."""
        sheet.set_row(row, height)
        if columns > 1:
            sheet.merge_range(row, 0, row, columns - 1, "", self.format(**look))
        self.text(sheet, row, 0, text, **look)

    def pairs(self, pairs: Pairs) -> str:
        return "　　".join(f"{name}{self.words('head.colon')}{text}" for name, text in pairs)

    def notes(self, pairs: Pairs) -> None:
        """Write what stands at the foot of a page as a sheet of its own."""
        if not pairs:
            return
        sheet = self.sheet(self.words("lists.sheet.notes"), lying=False, columns=(16, 74))
        for row, (name, text) in enumerate(pairs):
            sheet.set_row(row, max(LOWEST, LINE * _lines(text, 74) + 6))
            self.text(sheet, row, 0, name, border=1)
            self.text(sheet, row, 1, text, border=1)


# ── rosters ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _write_roster(sheets: _Sheets, view: RosterView) -> None:
    words = sheets.words
    if max(view.total, view.waiting) > ROWS:
        raise RenderError(f"a sheet holds {ROWS} rows, and the roster has more: make one for each grid or community")
    wide = [PAGE * width / INNER for width in widths(view.columns, INNER)[0]]
    # of a font whose digits are wider than ours, too, no ID number is broken: the sheet is scaled to the page
    wide[1:] = [
        max(given, 20.0) if column.kind == "id_number" else given
        for given, column in zip(wide[1:], view.columns, strict=True)
    ]
    sheet = sheets.sheet(words("lists.sheet.list"), lying=True, columns=wide)
    row = _above(sheets, sheet, view, len(wide))
    _table(sheets, sheet, view, row, wide, waits=False)
    if view.waiting:
        wide = [*wide, 30.0]
        sheet = sheets.sheet(words("lists.sheet.undecided"), lying=True, columns=wide)
        sheets.across(
            sheet,
            0,
            len(wide),
            f"{view.title}{words('head.colon')}{words('lists.undecided')}",
            28,
            bold=True,
            font_size=13,
        )
        sheets.across(sheet, 1, len(wide), words("lists.undecided_note"), LOWEST)
        _table(sheets, sheet, view, 2, wide, waits=True)
    marks = () if view.public else ((words("lists.masked.title"), words("lists.marks")),)
    sheets.notes((*marks, *view.foot, *view.notes))


def _above(sheets: _Sheets, sheet: Any, view: RosterView, columns: int) -> int:
    """Write what stands above the table; give the row of its head."""
    sheets.across(sheet, 0, columns, view.title, 34, align="center", font_size=18)
    sheets.across(sheet, 1, columns, sheets.pairs((*view.head, *view.corner)), LOWEST)
    if not view.counts:
        return 2
    parts = [f"{SIGN.get(name, '')}{text}" for name, text in view.counts]
    told = parts[0] + sheets.words("head.colon") + sheets.words("head.comma").join(parts[1:])
    sheets.across(sheet, 2, columns, told, LOWEST)
    return 3


def _table(sheets: _Sheets, sheet: Any, view: RosterView, row: int, wide: Sequence[float], *, waits: bool) -> None:
    """Write the table from its head on; ``waits``: of those who are undecided, with what each waits for."""
    words = sheets.words
    heads = [words("lists.number"), *(column.label + column.mark for column in view.columns)]
    heads += [words("lists.waits")] if waits else []
    sheet.set_row(row, LINE * max(_lines(text, width) for text, width in zip(heads, wide, strict=True)) + 8)
    for at, text in enumerate(heads):
        sheets.text(sheet, row, at, text, border=1, align="center", bold=True, bg_color="#ECECEC")
    sheet.repeat_rows(row)
    sheet.freeze_panes(row + 1, 2)
    lines = view.undecided if waits else view.lines
    count = view.waiting if waits else view.total
    if count:
        sheet.autofilter(row, 0, row + count, len(heads) - 1)
    for line in lines:
        row += 1
        sheet.set_row(row, _height(line, wide))
        sheet.write_number(row, 0, line.number, sheets.format(border=1, align="center"))
        for at, (shown, column) in enumerate(zip(line.cells, view.columns, strict=True), 1):
            _cell(sheets, sheet, row, at, shown, column.align)
        if waits:
            sheets.text(sheet, row, len(heads) - 1, line.waits, border=1)
    if not count:
        sheets.across(sheet, row + 1, len(heads), words("lists.nobody"), LOWEST, border=1)


def _height(line: Line, wide: Sequence[float]) -> float:
    """Give a row's height: Excel does not set it by itself where cells wrap. A Chinese character is as wide as two digits."""
    found = [_lines(line.waits, wide[-1]) if line.waits else 1]
    for cell, width in zip(line.cells, wide[1:], strict=False):
        found.append(sum(_lines(part, width) for part in _told(cell).split("\n")))
    return max(LOWEST, LINE * max(found) + 6)


def _lines(text: str, width: float) -> int:
    return max(1, math.ceil((em(text) + 0.5) * 2 / width))


def _told(shown: Shown) -> str:
    """Give the text of a cell that is no number, with what is left to do where there is no value to keep clean of it."""
    if shown.status == "new":
        return f"{SIGN['new']}{shown.text}{shown.why}"
    return f"{shown.text}\n{shown.why}".strip() if shown.why and shown.value is None else shown.text


def _cell(sheets: _Sheets, sheet: Any, row: int, column: int, shown: Shown, align: str) -> None:
    """Write a cell: its value by its kind, what is left to do by its look."""
    look: dict[str, Any] = {"border": 1, "align": align} | ({"indent": 1} if align == "right" else {})
    if shown.status in FILL:
        look |= {"bg_color": FILL[shown.status], "left": EDGE[shown.status], "align": "center"}
    beside = shown.mark or (SIGN[shown.status] if shown.status in ("confirm", "maybe") else "")
    number = _number(shown)
    if number is not None:
        value, form = number
        sheet.write(row, column, value, sheets.format(**look, num_format=f'{form}"{beside}"' if beside else form))
        return
    text = _told(shown)
    sheets.text(sheet, row, column, text, **look, num_format=f'@"{beside}"' if beside and text else "@")


def _number(shown: Shown) -> tuple[float | date, str] | None:
    """Give the number or the date of a cell with its format; None for what is a text."""
    value, text = shown.value, shown.text
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | Decimal) and re.fullmatch(r"-?[0-9,]+(\.[0-9]+)?", text):
        digits = len(re.sub(r"[^0-9]", "", text))
        places = len(text.partition(".")[2])
        form = ("#,##0" if "," in text else "0") + ("." + "0" * places if places else "")
        return (float(value) if isinstance(value, Decimal) else value, form) if digits <= DIGITS else None
    if shown.kind == "date" and isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        day = date.fromisoformat(value)
        return (day, 'yyyy"年"m"月"d"日"') if day >= _EPOCH else None
    return None


# ── tallies ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _write_tally(sheets: _Sheets, view: TallyView) -> None:
    words = sheets.words
    columns = max((len(table.columns) for table in view.tables), default=1) + 1
    room = 88.0 if view.upright else PAGE
    first = max((table.first for table in view.tables), default=30.0) * room / 100
    wide = [first, *([(room - first) / (columns - 1)] * (columns - 1))]
    sheet = sheets.sheet(words("lists.sheet.table"), lying=not view.upright, columns=wide)
    write: Callable[..., None] = sheets.across
    write(sheet, 0, columns, view.title, 34, align="center", font_size=18)
    row = 1
    for pairs in ((*view.head, *view.corner), view.stated):
        told = sheets.pairs(pairs)
        write(sheet, row, columns, told, LINE * _lines(told, room) + 6)
        row += 1
    for text in (words("lists.tally.fault.title"), *view.faults) if view.faults else ():
        write(sheet, row, columns, text, LINE * _lines(text, room) + 6, bold=True)
        row += 1
    for table in view.tables:
        if table.title and table.title != view.title:
            write(sheet, row, columns, table.title, 24, bold=True)
            row += 1
        heads = [words("lists.tally.item"), *(label for label, _ in table.columns)]
        sheet.set_row(row, LINE * max(_lines(text, width) for text, width in zip(heads, wide, strict=False)) + 8)
        for at, text in enumerate(heads):
            sheets.text(sheet, row, at, text, border=1, align="center", bold=True, bg_color="#ECECEC")
        for line in table.lines:
            row += 1
            sheet.set_row(row, max(LOWEST, LINE * _lines(line.label, first) + 6))
            sheets.text(sheet, row, 0, line.label, border=1)
            for at, (figure, text, pending) in enumerate(zip(line.figures, line.texts, line.pending, strict=True), 1):
                beside = f"（{pending}）" if pending else ""
                _cell(
                    sheets,
                    sheet,
                    row,
                    at,
                    Shown("known", text, mark=beside, value=figure.value, kind=figure.kind),
                    "right",
                )
        row += 2
    sheets.notes((*view.foot, *view.notes))
