"""Rosters and tallies as HTML, PDF and XLSX, and as they are posted publicly: what stands where, what is hidden, what other programs read back."""

import csv
import io
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

import prefill
from prefill.catalogue import Catalogue
from prefill.filling import Alternative, Entry, SourcedFact
from prefill.kinds import KINDS
from prefill.rendering.lists import list_to_html, list_to_pdf, list_to_xlsx
from prefill.rendering.lists.masking import masked
from prefill.rosters import Roster, RosterRow, Tally, Wait

COMMUNITY = Path(__file__).parent.parent / "docs" / "examples" / "community.jsonl"
ABOUT = COMMUNITY.with_suffix(".yaml")
ON = date(2026, 10, 31)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


def records(catalogue: Catalogue) -> Any:
    for number, line in enumerate(COMMUNITY.read_text(encoding="utf-8").splitlines(), 1):
        yield str(number), catalogue.parse_record(line)


@pytest.fixture(scope="module")
def aged(catalogue: Catalogue) -> Roster:
    about = catalogue.read_record(ABOUT)
    filing = prefill.Filing(worker="示例员", period="2026年10月")
    return prefill.fill_roster(catalogue.roster(30), records(catalogue), on=ON, filing=filing, about=about)


@pytest.fixture(scope="module")
def holders(catalogue: Catalogue) -> Roster:
    return prefill.fill_roster(catalogue.roster(9), records(catalogue), on=ON)


@pytest.fixture(scope="module")
def headcount(catalogue: Catalogue) -> Tally:
    return prefill.count_tally(catalogue.tally(27), records(catalogue), on=ON, filing=prefill.Filing(worker="示例员"))


class Table(HTMLParser):
    """The rows of a page's tables, and what the page asks for from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href", "action") and value]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.cell = False

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.rows[-1][-1] += data


def text_of(pdf: bytes, folder: Path) -> list[str]:
    """The text of each page."""
    file = folder / "page.pdf"
    file.write_bytes(pdf)
    found = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True)
    return found.stdout.split("\f")[:-1]


def with_rows(roster: Roster, rows: list[dict[str, Any]], undecided: int = 0) -> Roster:
    """The roster with rows of our own: for each column's key, what its entry has; the last ``undecided`` of them are."""
    made = []
    for number, changes in enumerate(rows, 1):
        cells = tuple(
            replace(cell, **changes.get(cell.key, {})) for cell in roster.rows[(number - 1) % len(roster)].cells
        )
        made.append(RosterRow(number, str(number), (), lambda cells=cells: cells))  # type: ignore[misc]
    waiting = tuple(
        replace(row, number=number, waits_for=(Wait("resident.age", "not-recorded"),))
        for number, row in enumerate(made[len(made) - undecided :], 1)
    )
    return replace(roster, rows=tuple(made[: len(made) - undecided]), undecided=waiting)


def known(value: Any, text: str | None = None) -> dict[str, Any]:
    return {"status": "known", "reason": "recorded", "value": value, "text": str(value) if text is None else text}


NEW = {"status": "new", "reason": "not-recorded", "value": None, "text": "", "facts": ()}
POLICE = SourcedFact("x", "a", "公安人口信息", "2026-05-01", None)
GRID = SourcedFact("x", "b", "社区网格信息", "2026-10-12", None)


# ── masking ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.sampled_from(sorted(KINDS)), st.text(min_size=1, max_size=30))
def test_a_masked_text_is_never_the_whole_text_but_for_a_year(kind: str, text: str) -> None:
    shown = masked(kind, text)
    assert shown
    assert "*" in shown or (kind in ("year", "date", "year_month") and re.fullmatch("[0-9]{4}", text))


@given(st.integers(0, 10**17 - 1))
def test_of_an_id_number_the_division_and_two_characters_are_seen(digits: int) -> None:
    number = f"{digits:017}0"
    shown = masked("id_number", number)
    assert shown == number[:6] + "*" * 10 + number[16:]


def possible(pattern: str, year: int) -> int:
    """How many ID numbers of one born in a year look like this once they are masked."""
    count = 0
    for month, day in ((month, day) for month in range(1, 13) for day in range(1, 32)):
        try:
            born = date(year, month, day)
        except ValueError:
            continue
        head = f"{pattern[:6]}{born:%Y%m%d}"
        free = [range(10) if char == "*" else (int(char),) for char in pattern[14:17]]
        for parts in product(*free):
            body = head + "".join(map(str, parts))
            count += pattern[17] in ("*", ric.calc_check_digit(body + "0"))
    return count


def test_a_masked_id_number_stays_one_of_thousands_even_for_one_whose_age_is_posted() -> None:
    whole = "42011219500315" + "002"
    number = whole + ric.calc_check_digit(whole + "0")
    assert possible(masked("id_number", number), 1950) > 3000
    assert possible(number[:6] + "********" + number[14:], 1950) < 40  # as is often done: the last four are seen


@pytest.mark.parametrize(
    "text, shown",
    [
        ("武汉市东西湖区示例街道示例社区3栋101", "武汉市东西湖区示例街道***"),
        ("湖北省某县示例镇示例村二组", "湖北省某县示例镇***"),
        ("示例小区三栋", "***"),
        ("武汉市示例区示例路市场旁", "武汉市示例区***"),
        ("３号楼", "***"),
    ],
)
def test_an_address_is_kept_up_to_its_street_office_and_never_to_its_house(text: str, shown: str) -> None:
    assert masked("address", text) == shown


# ── posted ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def private(roster: Roster) -> set[str]:
    """What may stand in no posting: every value of a column that is not posted plain, as it is printed."""
    return {
        entry.text
        for row in roster.rows
        for entry, column in zip(row.cells, roster.columns, strict=True)
        if column.public != "plain" and len(entry.text) > 4
    }


def test_what_is_posted_holds_nothing_that_is_masked_or_undeclared(aged: Roster, tmp_path: Path) -> None:
    hidden = private(aged)
    assert len(hidden) > 20
    page, pdf = list_to_html(aged, public=True), "".join(text_of(list_to_pdf(aged, public=True), tmp_path))
    book = "".join(str(cell) for row in cells_of(list_to_xlsx(aged, public=True)) for cell in row)
    for shown in (page, pdf, book):
        assert not [text for text in hidden if text in re.sub(r"\s", "", shown)]
        assert "示例员" not in shown  # nor who filled it in
    labels = [column.label for column in aged.columns if column.public is None]
    assert labels
    assert not [label for label in labels if label in Table(page).rows[0]]


def test_the_name_of_one_under_age_is_posted_by_its_first_character_alone(holders: Roster) -> None:
    number = "42010020170108961"
    child = {"id_number": known(number + ric.calc_check_digit(number + "0")), "name": known("曾例一")}
    unknown = {"id_number": NEW, "age": NEW, "name": known("曾例二")}
    grown = "42010019560701770"
    adult = {"id_number": known(grown + ric.calc_check_digit(grown + "0")), "name": known("曾例三"), "age": known(70)}
    columns = tuple(replace(one, public="plain") if one.key == "name" else one for one in holders.columns)
    page = list_to_html(
        with_rows(replace(holders, columns=columns), [child | {"age": known(9)}, unknown, adult]), public=True
    )
    names = [row[1] for row in Table(page).rows[1:]]
    assert names == ["曾**", "曾**", "曾例三"]  # where nothing tells the age, it may be a child


def test_nobody_who_is_undecided_is_posted_and_nothing_that_is_not_settled(aged: Roster) -> None:
    stale = {"sex": {"status": "confirm", "reason": "stale"}}
    page = list_to_html(with_rows(aged, [stale, {"name": known("不在册")}], undecided=1), public=True)
    assert len(Table(page).rows) == 2
    assert "（核实中）" in page
    assert "待查明" not in page


def test_a_roster_of_which_nothing_may_be_posted_is_refused(aged: Roster) -> None:
    columns = tuple(replace(one, public=None) for one in aged.columns)
    with pytest.raises(prefill.RenderError, match="nothing of the roster 'aged-allowance-monthly' may be posted"):
        list_to_pdf(replace(aged, columns=columns), public=True)


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_has_every_value_its_marks_and_its_sources_and_fetches_nothing(aged: Roster) -> None:
    page = list_to_html(aged)
    table = Table(page)
    assert not table.fetched
    assert "script" not in table.tags
    assert page == list_to_html(aged)
    assert len(table.rows) == 1 + len(aged)
    for shown, row in zip(table.rows[1:], aged.rows, strict=True):
        for cell, entry in zip(shown[1:], row.cells, strict=True):
            assert cell.startswith("▶（待填）" if entry.status == "new" else entry.text)
    heads = dict(zip([column.key for column in aged.columns], table.rows[0][1:], strict=True))
    assert heads["name"] == "姓名①"
    assert heads["phone"] == "联系电话②"
    assert "① 公安人口信息 2026-05-01；② 社区网格信息" in page


def test_where_sources_of_a_column_differ_each_cell_has_its_mark(aged: Roster) -> None:
    changed = [
        {"phone": known("13900000001") | {"facts": (GRID,)}},
        {"phone": known("13900000002") | {"facts": (POLICE,)}},
    ]
    rows = Table(list_to_html(with_rows(aged, changed))).rows
    at = next(place for place, head in enumerate(rows[0]) if "联系电话" in head)
    assert rows[0][at] == "联系电话"
    marks = [row[at][-1] for row in rows[1:]]
    assert len(set(marks)) == 2
    assert {"①", "②"} == set(marks)


def test_a_disputed_cell_shows_both_values_and_takes_neither(aged: Roster) -> None:
    others = tuple(
        Alternative(text, text, (fact,), "differs") for text, fact in (("13900000001", POLICE), ("13900000002", GRID))
    )
    disputed = {"status": "confirm", "reason": "disputed", "value": None, "text": "", "facts": (), "others": others}
    roster = with_rows(aged, [{"phone": disputed}])
    page = list_to_html(roster)
    assert "13900000001①\n13900000002②" in page or "13900000001②\n13900000002①" in page
    assert "◇待核对：来源不一致" in page
    cell = next(cell for row in cells_of(list_to_xlsx(roster)) for cell in row if "13900000002" in str(cell))
    assert "来源不一致" in str(cell)


def test_those_who_are_undecided_stand_apart_with_why(aged: Roster, tmp_path: Path) -> None:
    roster = with_rows(aged, [{}, {}, {"name": known("待查示例")}], undecided=1)
    page = list_to_html(roster)
    assert page.index("待查明，未列入名单") < page.index("待查示例")
    told = "○ 待定：查明“年龄”（未登记）后再定"
    assert told in page
    assert told in "".join(text_of(list_to_pdf(roster), tmp_path))
    book = openpyxl.load_workbook(io.BytesIO(list_to_xlsx(roster)))
    assert book.sheetnames == ["名单", "待查明", "说明"]
    assert "待查示例" not in [cell.value for row in book["名单"].rows for cell in row]
    assert book["待查明"].cell(4, len(aged.columns) + 2).value == "查明“年龄”（未登记）后再定"


def test_an_empty_roster_says_that_there_is_nobody(aged: Roster, tmp_path: Path) -> None:
    empty = replace(aged, rows=())
    assert "没有符合条件的" in list_to_html(empty)
    assert "没有符合条件的" in text_of(list_to_pdf(empty), tmp_path)[0]
    assert any("没有符合条件的" in map(str, row) for row in cells_of(list_to_xlsx(empty)))


def test_what_is_a_value_is_no_markup(aged: Roster) -> None:
    page = list_to_html(with_rows(aged, [{"name": known("<script>alert(1)</script>")}]))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_template_of_an_apps_own_lies_over_both_page_and_pdf(aged: Roster, tmp_path: Path) -> None:
    own = '{% extends "prefill/roster.html.jinja" %}{% block title %}<p>示例街道办事处</p>{{ super() }}{% endblock %}'
    (tmp_path / "roster.html.jinja").write_text(own, encoding="utf-8")
    assert "示例街道办事处" in list_to_html(aged, templates=tmp_path)
    assert "示例街道办事处" in text_of(list_to_pdf(aged, templates=tmp_path), tmp_path)[0]


# ── the PDF ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_roster_has_every_row_once_the_head_on_each_page_and_pages_counted(aged: Roster, tmp_path: Path) -> None:
    names = [f"王示{chr(0x4E00 + number)}" for number in range(400)]
    roster = with_rows(aged, [{"name": known(name)} for name in names])
    pdf = list_to_pdf(roster)
    assert pdf == list_to_pdf(roster)
    (tmp_path / "sound.pdf").write_bytes(pdf)
    subprocess.run(["qpdf", "--check", str(tmp_path / "sound.pdf")], capture_output=True, check=True)
    pages = text_of(pdf, tmp_path)
    assert len(pages) > 20
    for number, page in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in re.sub(r"\s", "", page)
        assert "联系电话" in page
    assert re.findall("王示.", "".join(pages)) == names
    last = [int(found) for found in re.findall(r"^\s*(\d+)\s+王示", "".join(pages), re.MULTILINE)]
    assert last == list(range(1, 401))


def test_the_laid_out_pdf_says_what_the_drawn_one_says(aged: Roster, tmp_path: Path) -> None:
    drawn = text_of(list_to_pdf(aged), tmp_path)
    tagged = list_to_pdf(aged, tagged=True)
    assert b"StructTreeRoot" in tagged or b"/ObjStm" in tagged
    laid = text_of(tagged, tmp_path)

    def characters(pages: list[str]) -> Counter[str]:
        return Counter(re.sub(r"\s|第\d页", "", "".join(pages)))

    assert not characters(drawn) - characters(laid)
    assert sum((characters(laid) - characters(drawn)).values()) < 20  # the table's caption, for those who cannot see it


def test_a_name_that_the_fonts_lack_is_set_with_a_spare_font_or_refused_without_a_word_of_it(
    aged: Roster, tmp_path: Path
) -> None:
    roster = with_rows(aged, [{"name": known("王𬱖")}])
    assert "王𬱖" in text_of(list_to_pdf(roster), tmp_path)[0]
    with pytest.raises(prefill.RenderError, match=r"no font has the character U\+1F600") as caught:
        list_to_pdf(with_rows(aged, [{"name": known("王😀")}]))
    assert "王" not in str(caught.value)


# ── the workbook ─────────────────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "=1+1",
    "+86",
    "-5",
    "@SUM(A1)",
    "\tx",
    "\rx",
    '=HYPERLINK("http://example.org")',
    "'x",
    "007",
    "1E5",
    "2026-01-01",
    "TRUE",
]


def cells_of(book: bytes, sheet: int = 0) -> list[list[Any]]:
    read = openpyxl.load_workbook(io.BytesIO(book)).worksheets[sheet]
    return [[cell.value for cell in row] for row in read.rows]


def test_values_have_their_types_and_texts_stay_texts(aged: Roster) -> None:
    book = list_to_xlsx(aged)
    assert book == list_to_xlsx(aged)
    rows = cells_of(book)
    at = {column.key: place for place, column in enumerate(aged.columns, 1)}
    head = next(number for number, row in enumerate(rows) if row[0] == "序号")
    for number, row in enumerate(aged.rows, 1):
        line = rows[head + number]
        cells = {entry.key: entry for entry in row.cells}
        assert line[0] == number
        assert line[at["id_number"]] == cells["id_number"].value
        assert line[at["age"]] == cells["age"].value
        assert line[at["birth_date"]] == datetime.fromisoformat(str(cells["birth_date"].value))
        assert line[at["phone"]] == (cells["phone"].value or "▶（待填）")


def test_no_text_becomes_a_formula(aged: Roster) -> None:
    roster = with_rows(aged, [{"name": known(text), "phone": known(text)} for text in HOSTILE])
    book = openpyxl.load_workbook(io.BytesIO(list_to_xlsx(roster)))
    sheet = book.worksheets[0]
    assert not [cell for row in sheet.rows for cell in row if cell.data_type == "f"]
    written = [text.replace("\r", "\n") for text in HOSTILE]
    found = [cell for cell in sheet["B"] if cell.value in written]
    assert [cell.value for cell in found] == written
    assert [cell.value for cell in found if cell.quotePrefix] == [text for text in written if text[0] in "=+-@\t\n"]


def test_a_sheet_is_set_up_to_be_printed(aged: Roster) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(list_to_xlsx(aged))).worksheets[0]
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == "9"
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.freeze_panes == "C5"
    assert sheet.oddFooter is not None
    footer = sheet.oddFooter.center
    assert footer is not None
    assert str(footer.text).endswith("第 &P 页　共 &N 页")
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDEFG"]
    assert len(set(widths)) > 3


def converted(book: bytes, folder: Path, kind: str) -> Path:
    """The workbook opened by LibreOffice and written again."""
    file = folder / "book.xlsx"
    file.write_bytes(book)
    place = folder / "out"
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--convert-to",
            kind,
            "--outdir",
            str(place),
            str(file),
        ],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return place / f"book.{kind.partition(':')[0]}"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_every_value_back_equal(aged: Roster, tmp_path: Path) -> None:
    marked = {"phone": known("13900000001") | {"facts": (POLICE,)}}
    roster = with_rows(
        aged, [{"name": known(text)} for text in HOSTILE if text not in ("\tx", "\rx")] + [marked], undecided=0
    )
    book = list_to_xlsx(roster)
    again = openpyxl.load_workbook(converted(book, tmp_path, "xlsx")).worksheets[0]
    ours = cells_of(book)
    assert [[cell.value for cell in row][: len(ours[0])] for row in again.rows][: len(ours)] == ours
    with converted(book, tmp_path, "csv:Text - txt - csv (StarCalc):44,34,76,1").open(encoding="utf-8-sig") as file:
        shown = list(csv.reader(file))
    head = next(row for row in shown if row[0] == "序号")
    first = dict(zip(head, shown[shown.index(head) + 1], strict=True))
    assert first["姓名①"] == "=1+1"
    born = next(cell for cell in roster.rows[0].cells if cell.key == "birth_date")
    assert first["出生日期①"] == born.text
    phones = next(text for text in head if "联系电话" in text)
    assert [row[head.index(phones)] for row in shown if "13900000001" in str(row)] != [
        "13900000001"
    ]  # the source's mark beside it


def test_a_text_that_a_cell_does_not_hold_is_refused_without_a_word_of_it(aged: Roster) -> None:
    with pytest.raises(prefill.RenderError, match="a text of row 5 has more than the 32767 characters") as caught:
        list_to_xlsx(with_rows(aged, [{"name": known("长" * 40_000)}]))
    assert "长" not in str(caught.value)


# ── tallies ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tally_states_itself_and_has_every_figure_with_the_undecided_apart(headcount: Tally, tmp_path: Path) -> None:
    page = list_to_html(headcount)
    pdf = re.sub(r"\s", "", "".join(text_of(list_to_pdf(headcount), tmp_path)))
    plain = re.sub(r"<[^>]*>|\s", "", page)
    for text in (
        f"统计范围：{headcount.stated.label}",
        "年龄口径：周岁",
        "截止日期：2026年10月31日",
        f"计入：{headcount.counted}人",
        f"待查明，未计入：{len(headcount.undecided)}人",
    ):
        assert text in plain
        assert text in pdf
    table = [cell for row in Table(page).rows for cell in row]
    for figure in headcount.figures.values():
        shown = (figure.text if figure.value is not None else "—") + (
            f"另有 {figure.undecided} 待查明" if figure.undecided else ""
        )
        assert shown in table
    assert not Table(page).fetched
    assert "查明“居住状况”（信息已旧）后再定：1人" in plain
    assert "resident." not in page


def test_a_tallys_workbook_has_numbers_and_says_beside_them_who_is_undecided(headcount: Tally) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(list_to_xlsx(headcount))).worksheets[0]
    numbers = [cell for row in sheet.rows for cell in row if isinstance(cell.value, int | float)]
    assert sorted(float(str(cell.value)) for cell in numbers) == sorted(
        float(figure.value) for figure in headcount.figures.values() if figure.value is not None
    )
    pending = [figure for figure in headcount.figures.values() if figure.undecided and figure.value is not None]
    assert pending
    assert sum("待查明" in cell.number_format for cell in numbers) == len(pending)


def test_figures_that_do_not_agree_are_told_at_the_head(catalogue: Catalogue, headcount: Tally) -> None:
    from prefill.rosters import Disagreement

    table = headcount.tables[0]
    fault = Disagreement(
        "left-out", f"{table.key}.{table.rows[0].key}", (f"{table.key}.{table.rows[1].key}",), "", ("7", "9")
    )
    page = list_to_html(replace(headcount, disagreements=(fault,)))
    assert f"“{table.title}·{table.rows[0].label}”中有 2 人未列入任何分项" in page
    assert "勾稽关系不符" not in list_to_html(headcount)


# ── many ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_are_gone_through_twice_and_none_is_kept(aged: Roster) -> None:
    alive: list[int] = []
    looked = 0

    class Counted(tuple[Entry, ...]):
        def __del__(self) -> None:
            alive.pop()

    def row(number: int) -> RosterRow:
        def cells() -> tuple[Entry, ...]:
            nonlocal looked
            looked += 1
            alive.append(number)
            assert len(alive) < 5
            return Counted(aged.rows[0].cells)

        return RosterRow(number, str(number), (), cells)

    many = replace(aged, rows=tuple(row(number) for number in range(1, 2001)))
    list_to_xlsx(many)
    assert looked == 4000
    assert not alive


@pytest.mark.scale
def test_memory_hardly_grows_with_the_rows(aged: Roster, tmp_path: Path) -> None:
    """A workbook of 20,000 rows takes hardly more memory than one of 2,000; a PDF of 5,000 some hundred megabytes."""

    def peak(rows: int, draw: str) -> float:
        program = f"""
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
import prefill
from prefill.rendering.lists import {draw}
from prefill.rosters import RosterRow
catalogue = prefill.open_catalogue()
with open({str(COMMUNITY)!r}, encoding="utf-8") as file:
    records = [catalogue.parse_record(line) for line in file]
roster = prefill.fill_roster(catalogue.roster(30), records, on=date(2026, 10, 31))
given = [row.cells for row in roster.rows]
rows = tuple(RosterRow(n, str(n), (), lambda n=n: given[n % len(given)]) for n in range(1, {rows} + 1))
{draw}(replace(roster, rows=rows))
print(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
"""  # of this program alone: what getrusage tells is not below what its parent took
        found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return int(found.stdout) / 1024

    assert peak(20_000, "list_to_xlsx") - peak(2_000, "list_to_xlsx") < 40
    assert peak(5_000, "list_to_pdf") < 500


def test_a_page_says_of_how_many_it_may_not_be_told_whether_they_belong(aged: Roster) -> None:
    told = replace(aged, given=replace(aged.given, withheld=3))
    line = "未获授权、无法判断是否列入 3 份"
    assert line in prefill.list_to_html(told)
    assert line not in prefill.list_to_html(aged)
