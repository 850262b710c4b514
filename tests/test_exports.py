"""Exports read back: which columns, which cells, whose rows; and what is told of those that cannot be read."""

import json
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import prefill
from prefill import kinds
from prefill.cli import run
from prefill.exports import Export, read_export
from prefill.exports.texts import mend
from prefill.kinds.identifiers import _id_check
from prefill.plans import Plan

SOURCE = "健康档案"
AS_OF = date(2026, 11, 1)
HEAD = {"source": SOURCE, "as_of": "2026-11-01"}
WANG = "420112195003150023"
ZHAO = "420112195003159976"
PASSPORT = "E10000001"

Grid = Sequence[Sequence[Any]]
Rows = list[list[Any]]


CATALOGUE = prefill.open_catalogue()


@pytest.fixture
def catalogue() -> prefill.Catalogue:
    return CATALOGUE


@pytest.fixture
def plan() -> Plan:
    return CATALOGUE.plan(39)


def id_number(index: int) -> str:
    first = f"420112{1930 + index % 70}{1 + index % 12:02d}{1 + index % 28:02d}{index % 997 + 1:03d}"
    return first + _id_check(first)


def csv(path: Path, grid: Grid, encoding: str = "utf-8", separator: str = ",") -> Path:
    path.write_text("".join(separator.join(map(str, row)) + "\n" for row in grid), encoding=encoding)
    return path


def xlsx(path: Path, grid: Grid, merged: Iterable[str] = (), formats: Mapping[str, str] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line, row in enumerate(grid, 1):
        for column, cell in enumerate(row, 1):
            if cell is not None:
                sheet.cell(line, column, cell)
    for place, code in (formats or {}).items():
        sheet[place].number_format = code
    for place in merged:
        sheet.merge_cells(place)
    book.save(path)
    return path


def xls(path: Path, grid: Grid, formats: Mapping[tuple[int, int], str] | None = None) -> Path:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("数据")
    for line, row in enumerate(grid):
        for column, cell in enumerate(row):
            style = xlwt.XFStyle()
            style.num_format_str = (formats or {}).get((line, column), "General")
            if cell is not None:
                sheet.write(line, column, cell, style)
    book.save(str(path))
    return path


def html(path: Path, grid: Grid, encoding: str = "gb18030") -> Path:
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in grid)
    path.write_text(f"<html><body><table border=1>{rows}</table></body></html>", encoding=encoding)
    return path


def read(plan: Plan, *paths: Path, accept: Mapping[str, str] | None = None) -> Export:
    return read_export(plan, paths, source=SOURCE, as_of=AS_OF, accept=accept or {})


def said(export: Export) -> list[list[dict[str, Any]]]:
    """The statements of each subject without what all of them begin with."""
    found = list(export)
    for statement in (s for statements in found for s in statements):
        assert {key: statement.pop(key) for key in HEAD} == HEAD
    return found


def places(export: Export) -> list[tuple[int | None, str | None]]:
    """Where each complaint stands: line, and the column's letter."""
    return [(p.line, p.column.split()[0] if p.column else None) for p in export.problems]


# ── the whole way ────────────────────────────────────────────────────────────────────────────────────────────────────────

LABELS = (
    "姓名",
    "身份证号",
    "性别",
    "出生日期",
    "联系电话",
    "现住址",
    "血型（ABO）",
    "联系人姓名",
    "联系人电话",
    "饮水",
)


def residents(count: int) -> Iterator[list[str]]:
    for i in range(count):
        number = id_number(i)
        born = kinds.id_birth_date(number)
        row = ["王示例", number, "女" if kinds.id_sex(number) == "2" else "男", born, f"139{i:08d}"]
        yield [*row, f"武汉市东西湖区示例路{i}号", "AB型", "李示例", f"138{i:08d}", "自来水"]


BAD_CELLS = ((3, "2026-02-30"), (4, "1390000"), (6, "Z型"), (7, "李?"), (8, "138****0000"))
BAD_ROWS: tuple[Callable[[list[str]], list[str]], ...] = (
    lambda row: [row[0], "4.20112E+17", *row[2:]],
    lambda row: [row[0], row[1][:17] + ("1" if row[1][17] == "0" else "0"), *row[2:]],
    lambda row: [row[0], "", *row[2:]],
    lambda row: row[:6],
    lambda row: ['"' + row[0], *row[1:]],
)


def spoilt(count: int) -> Iterator[list[str]]:
    """Rows of which 1 in 100 is wholly unreadable, and 1 in 100 has one bad cell."""
    for i, row in enumerate(residents(count)):
        if i % 100 == 7:
            yield BAD_ROWS[i // 100 % 5](row)
        elif i % 100 == 50:
            column, bad = BAD_CELLS[i // 100 % 5]
            yield [*row[:column], bad, *row[column + 1 :]]
        else:
            yield row


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_of_5000_rows_50_are_unreadable_and_50_have_a_bad_cell(
    encoding: str, plan: Plan, catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    grid = [LABELS, *spoilt(5000)]
    with read(plan, csv(tmp_path / "export.csv", grid, encoding)) as export:
        lines = list(export.lines())
        assert (export.rows, export.subjects, len(lines), len(export.problems)) == (5000, 4950, 4950, 100)
        expected: list[tuple[int, str | None]] = []
        for i in range(0, 5000, 100):
            expected.append((i + 7 + 2, (["B", "B", "B", None, None])[i // 100 % 5]))
            expected.append((i + 50 + 2, "ABCDEFGHIJ"[BAD_CELLS[i // 100 % 5][0]]))
        assert places(export) == expected
        assert all(str(p).startswith(f"{tmp_path / 'export.csv'}:") and p.remedy for p in export.problems)
    for line in lines[::50]:
        record = catalogue.record(json.loads(line))
        assert record.problems == ()
    with_one_bad = next(json.loads(line)[0]["resident"] for line in lines if id_number(50) in line)
    assert set(with_one_bad) == {"name", "id_number", "sex", "phone", "residence", "blood_type", "emergency_contact"}


@pytest.mark.parametrize("make", [csv, xlsx, html])
def test_memory_does_not_grow_with_the_rows(make: Callable[[Path, Grid], Path], plan: Plan, tmp_path: Path) -> None:
    few = make(tmp_path / "few", [LABELS, *residents(150)])
    many = make(tmp_path / "many", [LABELS, *residents(1500)])

    def work(path: Path) -> int:
        with read(plan, path) as export:
            return sum(map(len, export.lines()))

    assert work(many) > 9 * work(few)
    assert peak_of(lambda: work(many)) < 1.1 * peak_of(lambda: work(few)) + 400_000


@pytest.mark.parametrize("form", [39, 6])
def test_what_a_form_prints_is_read_back(form: int, catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    plan = catalogue.plan(form)
    sample = catalogue.samples()[plan.form.id]
    filled = prefill.fill(plan, catalogue.read_record(*(sample.demo or sample.record)), on=sample.on)
    known = [e for e in filled.entries if e.row is None and e.reason == "recorded" and e.text]
    grid = [[e.field.label for e in known], [e.text for e in known]]
    with read(plan, csv(tmp_path / "printed.tsv", grid, separator="\t")) as export:
        assert export.problems == ()
        (statements,) = export
        read_back = {column.name for column in export.columns if column.path}
        paths = {column.path for column in export.columns}
    record = catalogue.record(statements)
    assert record.problems == ()
    again = prefill.fill(plan, record, on=sample.on)
    for entry in known:
        if entry.field.label in read_back:
            assert (entry.key, again[entry.key].value) == (entry.key, entry.value)
    assert len(paths) > 5


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

GRID = (
    ("居民健康档案", "", "", ""),
    ("", "", "", ""),
    ("姓名", "身份证号", "性别", "联系电话"),
    ("王示例", WANG, "女", "13900000001"),
    ("", "", "", ""),
    ("赵示例", ZHAO, "男", "13900000002"),
)
FILES: Mapping[str, Callable[[Path], Path]] = {
    "utf8.csv": lambda p: csv(p, GRID),
    "bom.csv": lambda p: csv(p, GRID, "utf-8-sig"),
    "gbk.csv": lambda p: csv(p, GRID, "gbk"),
    "gb18030.csv": lambda p: csv(p, GRID, "gb18030"),
    "utf16.txt": lambda p: csv(p, GRID, "utf-16", "\t"),
    "semicolon.csv": lambda p: csv(p, GRID, separator=";"),
    "kept.csv": lambda p: csv(p, [[f'="{cell}"' for cell in row] for row in GRID]),
    "quoted.csv": lambda p: csv(p, [[f'"{cell}"' for cell in row] for row in GRID], "gb18030"),
    "book.xlsx": lambda p: xlsx(p, [[cell or None for cell in row] for row in GRID], merged=["A1:D1"]),
    "book.xls": lambda p: xls(p, [[cell or None for cell in row] for row in GRID]),
    "page.xls": lambda p: html(p, GRID),
    "utf8-page.xls": lambda p: html(p, GRID, "utf-8"),
    "by-another-name.dat": lambda p: xlsx(p, [[cell or None for cell in row] for row in GRID]),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_says_the_same(name: str, plan: Plan, tmp_path: Path) -> None:
    with read(plan, FILES[name](tmp_path / name)) as export:
        assert export.problems == ()
        assert said(export) == [
            [{"resident": {"name": "王示例", "id_number": WANG, "sex": "2", "phone": "13900000001"}}],
            [{"resident": {"name": "赵示例", "id_number": ZHAO, "sex": "1", "phone": "13900000002"}}],
        ]


def test_gb_18030_as_of_2022() -> None:
    codes = "FE59 FE61 FE66 FE67 FE6D FE7E FE90 FEA0 FE51 FE52 FE53 FE6C FE76 FE91 A8BC".split()
    points = "9FB4 9FB5 9FB6 9FB7 9FB8 9FB9 9FBA 9FBB 20087 20089 200CC 215D7 2298F 241FE 1E3F".split()
    codes += "A6D9 A6DA A6DB A6DC A6DD A6DE A6DF A6EC A6ED A6F3".split()
    points += "FE10 FE12 FE11 FE13 FE14 FE15 FE16 FE17 FE18 FE19".split()
    codes += "82359037 82359134 84318236 84318335 95329031 81308130 90308130 E3329A35".split()
    points += "9FB4 9FBB FE10 FE19 20087 80 10000 10FFFF".split()
    decoded = [mend(bytes.fromhex(code).decode("gb18030")) for code in codes]
    assert [f"{ord(sign):X}" for sign in decoded] == points


def test_a_name_that_moved_in_2022_is_read(plan: Plan, tmp_path: Path) -> None:
    text = f"姓名,身份证号\n王#,{WANG}\n".encode("gb18030").replace(b"#", b"\xfe\x59")
    (tmp_path / "export.csv").write_bytes(text)
    with read(plan, tmp_path / "export.csv") as export:
        assert said(export)[0][0]["resident"]["name"] == "王\u9fb4"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_damaged_bytes_make_one_cell_unreadable(encoding: str, plan: Plan, tmp_path: Path) -> None:
    rows = [
        ["姓名", "身份证号", "现住址"],
        *([f"王示例{'甲' * (i % 3)}", id_number(i), f"示例路{i}号"] for i in range(40)),
    ]
    data = csv(tmp_path / "export.csv", rows, encoding).read_bytes()
    broken = "示例路7号".encode(encoding)
    (tmp_path / "export.csv").write_bytes(data.replace(broken, broken[:3] + b"\xff" + broken[3:]))
    with read(plan, tmp_path / "export.csv") as export:
        assert (export.subjects, places(export)) == (40, [(9, "C")])


def test_a_broken_line_breaks_no_other(plan: Plan, tmp_path: Path) -> None:
    lines = [
        "姓名,身份证号,现住址",
        f"甲示例,{id_number(1)},示例路1号",
        f'乙示例,{id_number(2)},"示例路2号',  # a quote that never closes
        f'丙示例,{id_number(3)},"示例路3号\n二楼"',
        f"丁示例,{id_number(4)}",  # cut short
        f"戊示例,{id_number(5)},示例路5号,多余",
        f"己示例,{id_number(6)},示例路6号,",
        f'庚示例,{id_number(7)},"示例路""7""号"',
    ]
    (tmp_path / "export.csv").write_text("\n".join(lines), encoding="utf-8")
    with read(plan, tmp_path / "export.csv") as export:
        assert [s[0]["resident"]["name"] for s in said(export)] == ["甲示例", "丙示例", "己示例", "庚示例"]
        assert places(export) == [(3, None), (6, None), (7, None)]
        (first, *_) = export
    assert first[0]["resident"]["residence"] == {"address": "示例路1号"}


def test_numbers_of_a_workbook(plan: Plan, tmp_path: Path) -> None:
    grid: Rows = [
        ["姓名", "身份证号", "性别", "出生日期", "联系电话", "血型（RH）", "饮水"],
        ["甲示例", int(WANG), 2, date(1950, 3, 15), 13900000001, None, None],
        ["乙示例", 4.2e17, 2, None, None, None, None],
        ["丙示例", WANG, 2, date(1950, 3, 1), 13900000001, "=1/0", 1.0],
        ["丁示例", ZHAO, 1.5, date(1950, 3, 15), date(1950, 3, 15), True, 0.5],
        ["戊示例", id_number(1), 1, time(3, 4), "x", None, None],
    ]
    formats = {"D4": 'yyyy"年"m"月"', "D5": "m月d日", "G5": "0%", "B2": "0"}
    path = xlsx(tmp_path / "book.xlsx", grid, formats=formats)
    with read(plan, path) as export:
        (first,), (second,), (third,) = said(export)
        assert first["resident"] == {
            "name": "丙示例",
            "id_number": WANG,
            "sex": "2",
            "birth_date": "1950-03",
            "phone": 13900000001,
        }
        assert first["dwelling"] == {"water": 1}
        assert second["resident"] == {"name": "丁示例", "id_number": ZHAO}
        assert third["resident"] == {"name": "戊示例", "id_number": id_number(1), "sex": "1"}
        assert places(export) == [(2, "B"), (3, "B"), (4, "F"), *((5, c) for c in "CDEFG"), (6, "D"), (6, "E")]


def test_a_formula_without_its_result_is_told(plan: Plan, tmp_path: Path) -> None:
    grid = [["身份证号", "姓名", "联系电话"], [WANG, "王示例", "=C3"], [ZHAO, "赵示例", '=""']]
    path, changed = xlsx(tmp_path / "a.xlsx", grid), tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():  # the second as it is saved by what worked it out: an empty text
            data = old.read(name)
            if "sheet1" in name:
                assert b'<c r="C3"><f>""</f>' in data
                data = data.replace(b'<c r="C3"><f>', b'<c r="C3" t="str"><f>')
            new.writestr(name, data)
    with read(plan, changed) as export:
        assert places(export) == [(2, "C")]
        assert "a formula whose result was not saved" in export.problems[0].what
        assert all("phone" not in s[0]["resident"] for s in said(export))


def test_numbers_of_an_old_workbook(plan: Plan, tmp_path: Path) -> None:
    grid: Rows = [
        ["姓名", "身份证号", "出生日期", "血型（RH）"],
        ["甲示例", int(WANG), date(1950, 3, 15), None],
        ["丙示例", WANG, date(1950, 3, 1), xlwt.Formula("1/0")],
        ["丁示例", ZHAO, date(1950, 3, 15), None],
        ["戊示例", id_number(1), date(1950, 3, 15), None],
    ]
    path = xls(tmp_path / "book.xls", grid, {(2, 2): "yyyy-mm", (3, 2): "yyyy-mm-dd", (4, 2): "m/d"})
    with read(plan, path) as export:
        assert [s[0]["resident"].get("birth_date") for s in said(export)] == ["1950-03", "1950-03-15", None]
        assert places(export) == [(2, "B"), (5, "C")]


def test_dates_that_the_chinese_edition_names_by_number_alone(plan: Plan, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [["身份证号", "出生日期"], [WANG, 18323]], formats={"B2": "0.00"})
    changed = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'numFmtId="2"', b'numFmtId="57"'))
    with read(plan, changed) as export:
        assert said(export) == [[{"resident": {"id_number": WANG, "birth_date": "1950-03"}}]]


def test_a_page_as_browsers_forgive_it(plan: Plan, tmp_path: Path) -> None:
    page = f"""<meta charset=gb2312><style>td {{mso-number-format:'\\@'}}</style>
    <table><tr><td>导出</table>
    <TABLE><TR><TH rowspan=2>姓名<TH rowspan=2>身份证号<TH colspan=2>联系人<TR><TH>姓名<TH>电话
    <TR><TD>王&nbsp;示例<TD>{WANG}<TD>李示例<TD>139<b>0000</b>0001
    <TR><TD>赵示例<TD>{ZHAO}<TD rowspan=2>张示例<TD>
    <TR><TD>甲示例<TD>{id_number(1)}<TD>13900000003</TABLE>"""
    (tmp_path / "page.xls").write_text(page, encoding="gb18030")
    with read(plan, tmp_path / "page.xls") as export:
        contacts = [s[0]["resident"].get("emergency_contact") for s in said(export)]
        assert contacts == [
            {"name": "李示例", "phone": "13900000001"},
            {"name": "张示例"},
            {"name": "张示例", "phone": "13900000003"},
        ]
        assert export.problems == ()


def test_sheets_with_a_head_are_read_and_others_told(plan: Plan, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in {
        "一": [["姓名", "身份证号"], ["王示例", WANG]],
        "二": [["身份证号", "姓名"], [ZHAO, "赵示例"]],
        "说明": [["本表由系统导出"]],
        "空": [],
        "选项": [["姓名", "身份证号"], ["甲示例", id_number(1)]],
    }.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book["选项"].sheet_state = "hidden"
    book.save(tmp_path / "book.xlsx")
    with read(plan, tmp_path / "book.xlsx") as export:
        assert [s[0]["resident"]["name"] for s in said(export)] == ["王示例", "赵示例"]
        assert [p.where for p in export.problems] == [f"{tmp_path / 'book.xlsx'}[说明]"]
        assert {column.where for column in export.columns} == {f"{tmp_path / 'book.xlsx'}[{s}]" for s in "一二"}


def archive(path: Path, **parts: bytes) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name.replace("__", "/"), data)


UNUSABLE: Mapping[str, tuple[bytes | Callable[[Path], object], str]] = {
    "empty.csv": (b"", "empty"),
    "blank.csv": (b",,\n,,\n", "empty"),
    "headless.csv": ("一,二\n三,四\n".encode(), "no head"),
    "binary.csv": (b"\x00\x01\x02\x03" * 100, "neither text nor a workbook"),
    "damaged.xlsx": (b"PK\x03\x04 not really", "damaged"),
    "damaged.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
    "letter.docx": (lambda p: archive(p, word=b"x"), "without a workbook"),
    "old.xls": (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "2003"),
    "nobody.csv": ("姓名,性别\n王示例,女\n".encode(), "whose the rows are"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_that_cannot_be_used_says_why(name: str, plan: Plan, tmp_path: Path) -> None:
    content, why = UNUSABLE[name]
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    with pytest.raises(prefill.FileError, match=why) as error:
        read(plan, path)
    assert [problem.where for problem in error.value.problems] == [str(path)]


def test_a_workbook_cut_short_is_damaged(plan: Plan, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "book.xlsx", [LABELS, *residents(300)])
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)
    with pytest.raises(prefill.FileError, match="damaged"):
        read(plan, tmp_path / "cut.xlsx")


def test_a_document_type_is_refused(plan: Plan, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "book.xlsx", GRID)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "bomb.xlsx", "w") as new:
        for name in old.namelist():
            bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' if "sheet1" in name else b""
            new.writestr(name, bomb + old.read(name))
    with pytest.raises(prefill.FileError, match="damaged"):
        read(plan, tmp_path / "bomb.xlsx")


def test_without_the_extra_it_is_named(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = xls(tmp_path / "book.xls", GRID)
    monkeypatch.setitem(sys.modules, "xlrd", None)
    with pytest.raises(prefill.MissingExtra, match=r"extra \[read\]"):
        read(plan, path)


# ── heads and columns ────────────────────────────────────────────────────────────────────────────────────────────────────


def columns(plan: Plan, path: Path, grid: Grid, **options: Any) -> dict[str, tuple[str | None, str | None, str | None]]:
    """What became of each column of a head, by letter: path, how, why not."""
    with read(plan, csv(path / "export.csv", grid), **options) as export:
        return {column.letter: (column.path, column.how, column.why) for column in export.columns}


def test_labels_are_matched_over_width_space_and_punctuation(plan: Plan, tmp_path: Path) -> None:
    head = ["姓　名*", "身份证号：", "血型(ＡＢＯ)", "血型（rh）", "家族史-父亲"]
    found = columns(plan, tmp_path, [head, ["王示例", WANG, "", "", ""]])
    assert [path for path, _, _ in found.values()] == [
        *("resident.name", "resident.id_number", "resident.blood_type", "resident.blood_rh"),
        "resident.health.family_history.father",
    ]
    assert {how for _, how, _ in found.values()} == {"label"}


def test_other_names_of_a_term_come_next_and_yield_to_the_label(plan: Plan, tmp_path: Path) -> None:
    found = columns(plan, tmp_path, [["姓名", "身份证号码", "家庭住址"], ["王示例", WANG, "示例路1号"]])
    assert found["B"] == ("resident.id_number", "name", None)
    assert found["C"] == ("resident.residence.address", "name", None)
    both = columns(plan, tmp_path, [["身份证号", "公民身份号码", "手机号码", "手机"], [WANG, ZHAO, "", ""]])
    assert both["A"] == ("resident.id_number", "label", None)
    assert [both[letter] for letter in "BCD"] == [(None, None, "to be accepted")] * 3


def test_likeness_only_proposes(plan: Plan, tmp_path: Path) -> None:
    grid = [["姓名", "身份证号", "户籍的地址"], ["王示例", WANG, "示例路1号"]]
    path = csv(tmp_path / "export.csv", grid)
    with read(plan, path) as export:
        (proposal,) = export.proposals
        assert (proposal.column, proposal.path, proposal.letter) == ("户籍的地址", "resident.hukou.address", "C")
        assert "--accept '户籍的地址=resident.hukou.address'" in str(proposal)
        assert said(export) == [[{"resident": {"name": "王示例", "id_number": WANG}}]]
    with read(plan, path, accept={"户籍的地址": "resident.hukou.address"}) as export:
        assert said(export)[0][0]["resident"]["hukou"] == {"address": "示例路1号"}
        assert (export.columns[2].how, export.proposals) == ("accepted", ())


def test_what_is_accepted_is_read_by_the_terms_own_list(plan: Plan, tmp_path: Path) -> None:
    grid = [["身份证号", "婚姻状况"], [WANG, "已婚"]]
    assert columns(plan, tmp_path, grid)["B"] == ("resident.marital_status", "label", None)
    with read(plan, csv(tmp_path / "a.csv", grid), accept={"婚姻状况": "resident.marital_status"}) as export:
        assert said(export) == [[{"resident": {"id_number": WANG, "marital_status": "已婚"}}]]


def test_a_coarser_list_is_turned_back_pair_by_pair(plan: Plan, tmp_path: Path) -> None:
    third = id_number(1)
    grid = [
        ["身份证号", "民族", "文化程度", "婚姻状况"],
        [WANG, "汉族", "小学", "未婚"],
        [ZHAO, "少数民族", "大学本科", "已婚"],
        [third, "满族", "大学本科毕业", "初婚"],
    ]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        one, two, three = (s[0]["resident"] for s in said(export))
        columns = export.columns
        told = sorted((p.line, p.column) for p in export.problems)
        assert told == [(None, str(c)) for c in columns[1:] if c.left_out]
        assert [c.left_out for c in columns] == [0, 1, 2, 1]
    assert (one["ethnicity"], one["marital_status"]) == ("01", "10")
    assert two == {"id_number": ZHAO}
    assert three == {
        "id_number": third,
        "ethnicity": "满族",
        "education": {"level": "大学本科毕业"},
        "marital_status": "初婚",
    }


def test_one_code_of_a_list_that_is_mapped_in_part_is_turned_back_by_its_label_alone(
    catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    fields = (
        "      id: {label: 证号, from: resident.id_number}\n"
        "      a: {label: 婚姻, from: resident.marital_status, codes: phr_marital, map: {'10': '1', '21': '2'}}\n"
    )
    plan = catalogue.plan(own_form(tmp_path, fields))
    grid = [["证号", "婚姻"], [WANG, "已婚"], [ZHAO, "未婚"]]  # the married may be remarried, too
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        assert [s[0]["resident"].get("marital_status") for s in said(export)] == [None, "10"]


@pytest.mark.parametrize(
    "accept, what",
    [
        ({"姓名": "resident.nmae"}, "resident.name"),
        ({"姓名": "resident.spouse"}, "no single fact"),
        ({"姓名": "filing.worker.name"}, "no single fact"),
        ({"姓氏": "resident.name"}, "no column is called '姓氏'"),
    ],
)
def test_what_cannot_be_accepted(accept: dict[str, str], what: str, plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(prefill.FileError, match=what):
        read(plan, csv(tmp_path / "a.csv", GRID), accept=accept)


def test_two_columns_of_one_name_are_neither_until_one_is_accepted(plan: Plan, tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", [["身份证号", "姓名", "姓名"], [WANG, "王示例", "李示例"]])
    with read(plan, path) as export:
        assert said(export) == [[{"resident": {"id_number": WANG}}]]
        assert places(export) == [(1, "B"), (1, "C")]
    with read(plan, path, accept={"B": "resident.name"}) as export:
        assert said(export)[0][0]["resident"]["name"] == "王示例"
        assert (export.columns[2].why, export.problems) == ("another of this name was accepted", ())
    with read(plan, path, accept={"姓名": "resident.name"}) as export:
        assert "name" not in said(export)[0][0]["resident"]
        assert {(p.line, "B, C" in p.remedy) for p in export.problems} == {(1, True)}


def test_what_does_not_tell_its_term_is_not_read_back(plan: Plan, tmp_path: Path) -> None:
    head = ["身份证号", "民族", "残疾情况", "医疗费用支付方式", "职业", "失访原因", "录入人", "备注", ""]
    found = columns(plan, tmp_path, [head, [WANG, "汉族", "肢体残疾", "全自费", "军人", "x", "某", "x", "x"]])
    assert [why for _, _, why in found.values()] == [
        *(None, None, "derived", "suggested", "the first of several terms", "each time anew"),
        *("of the filing, not of the subject", "not on the form", "without a name"),
    ]


def test_a_list_that_is_mapped_one_to_one_is_read_back_by_its_own_numbers(plan: Plan, tmp_path: Path) -> None:
    codes = plan.vocabulary.codes
    grid = [["身份证号", "血型（ABO）"], [WANG, "AB型"], [ZHAO, "4"]]  # the form's 4 is AB, the term's is another
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        found = [s[0]["resident"]["blood_type"] for s in said(export)]
    assert {codes["blood_type"].label(code) for code in found} == {codes["phr_abo"].label("4")}


def own_form(tmp_path: Path, fields: str, subject: str = "resident") -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(
        f"id: own\nversion: '1'\ntitle: t\nagency: a\npurpose: p\nsubject: {subject}\ndelivery: paper\n"
        f"basis: {{document: d, confidence: low}}\nsections:\n  - title: 一\n    fields:\n{fields}",
        encoding="utf-8",
    )
    return path


def test_an_option_that_no_code_stands_for_is_left_out_and_counted(
    catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    fields = (
        "      id: {label: 证号, from: resident.id_number}\n"
        "      sex: {label: 性别, from: resident.sex, codes: phr_sex, map: {'1': '1'}}\n"
    )
    plan = catalogue.plan(own_form(tmp_path, fields))
    with read(plan, csv(tmp_path / "a.csv", [["证号", "性别"], [WANG, "女"], [ZHAO, "男"]])) as export:
        assert [s[0]["resident"].get("sex") for s in said(export)] == [None, "1"]
        assert (export.columns[1].left_out, export.problems) == (1, ())


def test_a_unit_that_differs_is_not_even_proposed(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    fields = (
        "      id: {label: 证号, from: resident.id_number}\n"
        "      area: {label: 现住房面积（平方米）, from: dwelling.floor_area, unit: 平方米}\n"
    )
    plan = catalogue.plan(own_form(tmp_path, fields))
    found = columns(plan, tmp_path, [["证号", "现住房面积（亩）"], [WANG, "3"]])
    assert found["B"] == (None, None, "not on the form")
    with read(plan, csv(tmp_path / "a.csv", [["证号", "现住房面积(平方米)"], [WANG, "89.5平方米"]])) as export:
        assert said(export)[0][0]["dwelling"] == {"floor_area": "89.5平方米"}
    by_name = columns(plan, tmp_path, [["证号", "建筑面积"], [WANG, "89.5"]])
    assert by_name["B"] == (None, None, "to be accepted")  # another name, that does not say in which unit


def test_the_head_is_found_below_titles_and_its_rows_put_together(plan: Plan, tmp_path: Path) -> None:
    grid: Rows = [
        ["居民健康档案导出表", None, None, None, None, None],
        ["单位：示例中心", None, None, None, "2026-11-01", None],
        [None, None, None, None, None, None],
        ["基本信息", None, None, "联系人", None, "备注"],
        ["姓名", "身份证号", "性别", "姓名", "电话", None],
        ["王示例", WANG, "女", "李示例", "13900000001", None],
        ["姓名", "身份证号", "性别", "姓名", "电话", None],
        ["赵示例", ZHAO, "男", None, None, None],
    ]
    for merged in (["A1:F1", "A4:C4", "D4:E4", "F4:F5"], []):
        with read(plan, xlsx(tmp_path / "book.xlsx", grid, merged=merged)) as export:
            wang, zhao = said(export)
            assert wang[0]["resident"]["emergency_contact"] == {"name": "李示例", "phone": "13900000001"}
            assert zhao == [[{"resident": {"name": "赵示例", "id_number": ZHAO, "sex": "1"}}]][0]
            assert (export.rows, export.problems) == (2, ())


@pytest.mark.parametrize("make", [csv, xlsx, html])
def test_a_second_table_in_a_sheet_has_its_own_head(
    make: Callable[[Path, Grid], Path], plan: Plan, tmp_path: Path
) -> None:
    first = [["姓名", "身份证号", "联系电话", "现住址"], ["王示例", WANG, "13900000001", "示例路1号"]]
    second = [["姓名", "身份证号", "联系人电话", "户籍地址"], ["赵示例", ZHAO, "13900000002", "示例路2号"]]
    for between in ([["", "", "", ""]], []):
        with read(plan, make(tmp_path / "a", [*first, *between, *second])) as export:
            wang, zhao = (s[0]["resident"] for s in said(export))
            assert wang["phone"] == "13900000001"
            assert zhao == {
                "name": "赵示例",
                "id_number": ZHAO,
                "emergency_contact": {"phone": "13900000002"},
                "hukou": {"address": "示例路2号"},
            }
            assert (export.rows, export.problems) == (2, ())


def test_a_head_of_two_rows_that_comes_again_is_the_same(plan: Plan, tmp_path: Path) -> None:
    head = [["姓名", "身份证号", "联系人", ""], ["", "", "姓名", "电话"]]
    grid = [*head, ["王示例", WANG, "李示例", "13900000001"], *head, ["赵示例", ZHAO, "张示例", "13900000002"]]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        contacts = [s[0]["resident"]["emergency_contact"]["name"] for s in said(export)]
        assert (contacts, export.problems, len(export.columns)) == (["李示例", "张示例"], (), 4)


def test_a_second_table_that_is_heavier_does_not_hide_the_first(plan: Plan, tmp_path: Path) -> None:
    second = [["姓名", "联系电话", "身份证号", "现住址"], ["赵示例", "13900000002", ZHAO, "示例路2号"]]
    grid = [["身份证号", "姓名", "", ""], [WANG, "王示例", "", ""], *second]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        assert [s[0]["resident"]["name"] for s in said(export)] == ["王示例", "赵示例"]
        assert export.problems == ()


def test_a_second_table_of_nobody_ends_the_sheet_and_is_told(plan: Plan, tmp_path: Path) -> None:
    grid = [["姓名", "身份证号", "性别"], ["王示例", WANG, "女"], ["性别", "姓名", "联系电话"], ["男", ZHAO, "139"]]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        assert said(export) == [[{"resident": {"name": "王示例", "id_number": WANG, "sex": "2"}}]]
        assert [(p.line, "whose the rows are" in p.what) for p in export.problems] == [(3, True)]


@pytest.mark.parametrize("heading", ["子女情况", "家庭成员1", "户主", "配偶信息"])
def test_a_name_under_somebody_elses_heading_is_not_taken(heading: str, plan: Plan, tmp_path: Path) -> None:
    grid = [["身份证号", heading, ""], ["", "姓名", "现住址"], [WANG, "李示例", "示例路1号"]]
    assert columns(plan, tmp_path, grid) == {
        "A": ("resident.id_number", "label", None),
        "B": (None, None, "to be accepted"),
        "C": (None, None, "to be accepted"),
    }
    merged: Rows = [["身份证号", None, heading], [None, "性别", "姓名"], [WANG, "女", "李示例"]]
    with read(plan, xlsx(tmp_path / "book.xlsx", merged, merged=["A1:A2"])) as export:
        assert export.columns[2].path is None


@pytest.mark.parametrize(
    "above",
    [
        ["居民健康档案", "", ""],
        ["", "", ""],
        ["单位：示例中心", "", "导出时间：2026-11-01"],
        ["个人信息", "", ""],
        ["基本情况", "", "个人信息"],
    ],
)
def test_a_title_or_a_note_above_the_head_is_no_heading(above: list[str], plan: Plan, tmp_path: Path) -> None:
    found = columns(plan, tmp_path, [above, ["姓名", "身份证号", "性别"], ["王示例", WANG, "女"]])
    assert [path for path, _, _ in found.values()] == ["resident.name", "resident.id_number", "resident.sex"]


@pytest.mark.parametrize("contact, owner", [("联系人姓名", "emergency_contact"), ("配偶姓名", "spouse")])
def test_a_bare_name_behind_another_persons_is_not_the_subjects(
    contact: str, owner: str, plan: Plan, tmp_path: Path
) -> None:
    grid = [["姓名", "身份证号", contact, "联系电话"], ["王示例", WANG, "李示例", "13900000001"]]
    path = csv(tmp_path / "a.csv", grid)
    with read(plan, path) as export:
        assert "13900000001" not in "".join(export.lines())
        assert [p.path for p in export.proposals if p.letter == "D"] == ["resident.phone", f"resident.{owner}.phone"]
        assert places(export) == [(1, "D")]
    with read(plan, path, accept={"联系电话": f"resident.{owner}.phone"}) as export:
        assert said(export)[0][0]["resident"][owner]["phone"] == "13900000001"
    with_own = [[*grid[0], "本人电话"], [*grid[1], "13900000002"]]
    with read(plan, csv(tmp_path / "b.csv", with_own)) as export:
        assert said(export)[0][0]["resident"]["phone"] == "13900000002"
        assert len(next(iter(export))) == 1


@pytest.mark.parametrize(
    "head, read_back",
    [
        (["姓名", "身份证号", "联系人姓名", "联系人电话", "联系电话"], "E"),
        (["姓名", "身份证号", "配偶姓名", "配偶电话", "联系电话"], "E"),
        (["责任医生", "建档日期", "姓名", "身份证号"], "D"),
        (["身份证号", "联系电话", "联系人姓名"], "B"),
    ],
)
def test_a_bare_name_is_the_subjects_where_the_other_has_one(
    head: list[str], read_back: str, plan: Plan, tmp_path: Path
) -> None:
    found = columns(plan, tmp_path, [head, [WANG if name == "身份证号" else "" for name in head]])
    assert found[read_back][0] in ("resident.phone", "resident.id_number")


def test_a_number_behind_another_persons_name_identifies_nobody(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(prefill.FileError, match="whose the rows are"):
        read(plan, csv(tmp_path / "a.csv", [["姓名", "监护人姓名", "身份证号"], ["王示例", "李示例", WANG]]))


@pytest.mark.parametrize(
    "name, path",
    [
        ("监护人联系电话", None),
        ("配偶联系电话", None),
        ("户主联系电话", None),
        ("紧急联系人", "resident.emergency_contact.name"),
        ("联系人的电话", "resident.emergency_contact.phone"),
        ("本人联系电话", "resident.phone"),
        ("居民身份证号码2", "resident.id_number"),
    ],
)
def test_no_proposal_crosses_persons(name: str, path: str | None, plan: Plan, tmp_path: Path) -> None:
    with read(plan, csv(tmp_path / "a.csv", [["护照号码", name], [PASSPORT, ""]])) as export:
        assert {p.path for p in export.proposals} == ({path} if path else set())


# ── whose rows ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_of_several_exports_are_joined_by_the_subjects_documents(
    plan: Plan, catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    one = csv(
        tmp_path / "one.csv", [["身份证号", "姓名", "护照号码"], [WANG, "王示例", PASSPORT], [ZHAO, "赵示例", ""]]
    )
    two = csv(tmp_path / "two.csv", [["护照号码", "联系电话"], [PASSPORT, "13900000001"], ["E20000002", "13900000002"]])
    old = WANG[:6] + WANG[8:17]
    three = csv(tmp_path / "three.csv", [["身份证号", "现住址"], [old, "示例路1号"], [WANG, "示例路1号"]])
    with read(plan, one, two, three) as export:
        wang, zhao, unnamed = said(export)
        assert wang == [
            {
                "resident": {
                    "id_number": WANG,
                    "name": "王示例",
                    "passport_no": PASSPORT,
                    "phone": "13900000001",
                    "residence": {"address": "示例路1号"},
                }
            },
            {"resident": {"id_number": old}},
        ]
        assert zhao == [{"resident": {"id_number": ZHAO, "name": "赵示例"}}]
        assert unnamed == [{"resident": {"passport_no": "E20000002", "phone": "13900000002"}}]
        assert all(catalogue.record([{**HEAD, **s} for s in one]).problems == () for one in (wang, zhao, unnamed))


def test_a_bridge_that_comes_last_joins_what_came_first(plan: Plan, tmp_path: Path) -> None:
    grid = [
        ["护照号码", "身份证号", "姓名"],
        [PASSPORT, "", ""],
        ["", ZHAO, ""],
        ["", WANG, "王示例"],
        [PASSPORT, WANG, ""],
    ]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        assert [len(statements) for statements in export] == [1, 1]
        assert said(export)[0] == [{"resident": {"passport_no": PASSPORT, "id_number": WANG, "name": "王示例"}}]


def test_documents_of_two_people_in_one_row_give_no_record(plan: Plan, tmp_path: Path) -> None:
    grid = [["护照号码", "身份证号"], [PASSPORT, WANG], [PASSPORT, ZHAO]]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        assert (export.subjects, places(export)) == (1, [(3, None)])
        assert "different subjects" in export.problems[0].what


def test_two_columns_that_differ_are_neither(plan: Plan, tmp_path: Path) -> None:
    grid = [
        ["身份证号", "联系电话", "本人电话", "民族", "少数民族名称"],
        [WANG, "13900000001", "139-0000-0001", "满族", "满"],
        [ZHAO, "13900000001", "13900000002", "汉族", ""],
    ]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        (same,), (differing,) = said(export)
        assert same["resident"] == {"id_number": WANG, "phone": "13900000001", "ethnicity": "满族"}
        assert differing["resident"] == {"id_number": ZHAO, "ethnicity": "01"}
        assert places(export) == [(3, "C")]


def test_halves_of_two_spouses_are_not_put_together(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    fields = (
        "      id: {label: 证号, from: resident.id_number}\n"
        "      a: {label: 配偶姓名, from: resident.spouse.name}\n"
        "      b: {label: 配偶电话, from: resident.spouse.phone}\n"
    )
    plan = catalogue.plan(own_form(tmp_path, fields))
    grid = [["证号", "配偶姓名", "配偶电话"], [WANG, "李示例", ""], [WANG, "", "13900000001"]]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        assert [s["resident"]["spouse"] for s in said(export)[0]] == [{"name": "李示例"}, {"phone": "13900000001"}]


def test_what_contradicts_elsewhere_in_a_record_is_dropped_with_its_place(
    catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    fields = "".join(
        f"      {key}: {{label: {label}, from: resident.{path}}}\n"
        for key, label, path in (
            ("id", "证号", "id_number"),
            ("a", "配偶证号", "spouse.id_number"),
            ("b", "配偶护照", "spouse.passport_no"),
        )
    )
    plan = catalogue.plan(own_form(tmp_path, fields))
    grid = [["证号", "配偶证号", "配偶护照"], [WANG, id_number(1), PASSPORT], [WANG, id_number(2), PASSPORT]]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        (statements,) = export
        assert places(export) == [(3, None)]
    assert catalogue.record(statements).problems == ()


def test_members_of_a_household_are_one_list(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    plan = catalogue.plan(8)
    grid: Rows = [
        ["户编号", "姓名", "公民身份号码", "性别", "普查区"],
        ["001", "王示例", WANG, "女", "003"],
        [None, "李示例", id_number(1), "男", "003"],
        [None, "李示例", id_number(1), "男", "003"],
        ["002", "赵示例", "不详", "男", "003"],
    ]
    path = xlsx(tmp_path / "book.xlsx", grid, merged=["A2:A4"])
    with pytest.raises(prefill.FileError, match=r"household\.no"):
        read(plan, path)
    with read(plan, path, accept={"户编号": "household.no"}) as export:
        first, second = export
        assert export.problems == ()
    members = [
        {"name": "王示例", "id_number": WANG, "sex": "2"},
        {"name": "李示例", "id_number": id_number(1), "sex": "1"},
    ]
    assert first == [{**HEAD, "household": {"no": "001", "members": members}, "community": {"census_area_code": "003"}}]
    assert second[0]["household"]["members"] == [{"name": "赵示例", "sex": "1"}]
    assert catalogue.record(first).problems == ()


def test_a_list_of_which_an_item_is_lost_is_left_out_whole(plan: Plan, tmp_path: Path) -> None:
    grid = [["身份证号", "手术时间"], [WANG, "2020-03"], [WANG, "三月"], [ZHAO, "2020-03"]]
    with read(plan, csv(tmp_path / "a.csv", grid)) as export:
        wang, zhao = said(export)
        assert wang == [{"resident": {"id_number": WANG}}]
        assert zhao[0]["resident"]["health"] == {"operations": [{"date": "2020-03"}]}
        assert places(export) == [(3, "B")]


def test_an_item_that_stands_twice_is_taken_once_and_told(plan: Plan, tmp_path: Path) -> None:
    grid = [["身份证号", "手术名称"], [WANG, "甲"], [WANG, "甲"], [WANG, "乙"]]
    paths = [csv(tmp_path / "a.csv", grid), csv(tmp_path / "b.csv", grid[:2])]
    with read(plan, *paths) as export:
        assert said(export)[0][0]["resident"]["health"] == {"operations": [{"name": "甲"}, {"name": "乙"}]}
        assert [(p.where, p.line) for p in export.problems] == [(str(paths[0]), 3)]
    crossed = [["身份证号", "手术名称", "外伤名称"], [WANG, "甲", "丙"], [WANG, "甲", "丁"]]
    with read(plan, csv(tmp_path / "c.csv", crossed)) as export:
        assert export.problems == ()


def test_a_table_that_holds_part_of_a_list_is_not_read_back(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    fields = (
        "      id: {label: 证号, from: resident.id_number}\n"
        "      girls:\n        label: 女性成员\n        rows_of: household.members\n        where: {.sex: '2'}\n"
        "        columns:\n          name: {label: 成员姓名, from: .name}\n"
    )
    plan = catalogue.plan(own_form(tmp_path, fields))
    found = columns(plan, tmp_path, [["证号", "成员姓名"], [WANG, "李示例"]])
    assert found["B"] == (None, None, "of some items of a list only")


def test_a_name_that_a_table_shares_is_the_subjects_unless_the_table_is_there(
    catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    fields = (
        "      id: {label: 证号, from: resident.id_number}\n      name: {label: 姓名, from: resident.name}\n"
        "      members:\n        label: 家庭成员\n        rows_of: household.members\n        columns:\n"
        "          name: {label: 姓名, from: .name}\n          relation: {label: 关系, from: .relation_to_head}\n"
    )
    plan = catalogue.plan(own_form(tmp_path, fields))
    assert columns(plan, tmp_path, [["证号", "姓名"], [WANG, "王示例"]])["B"] == ("resident.name", "label", None)
    shared = [["证号", "姓名", "关系"], [WANG, "李示例", "配偶"]]
    assert columns(plan, tmp_path, shared)["B"] == (None, None, "the name of several fields")
    headed = [["证号", "姓名", "家庭成员", ""], ["", "", "姓名", "关系"], [WANG, "王示例", "李示例", "配偶"]]
    with read(plan, csv(tmp_path / "b.csv", headed)) as export:
        members = [{"name": "李示例", "relation_to_head": "配偶"}]
        assert said(export) == [
            [{"resident": {"id_number": WANG, "name": "王示例"}, "household": {"members": members}}]
        ]


# ── numbers that a spreadsheet spoilt ────────────────────────────────────────────────────────────────────────────────────


def ending_in_zeros(count: int) -> Iterator[str]:
    """True numbers that end in 000: one in a thousand does."""
    for index in range(20_000):
        first = f"420112{1900 + index // 365 % 100}{1 + index % 12:02d}{1 + index % 28:02d}{index % 10}00"
        if _id_check(first) == "0" and count > 0:
            count -= 1
            yield first + "0"


def test_a_number_that_ends_in_zeros_is_read_unless_a_spreadsheet_was_at_work(plan: Plan, tmp_path: Path) -> None:
    first, second = ending_in_zeros(2)
    rows = [["身份证号", "姓名", "护照号码"], [first, "王示例", ""], [WANG, "赵示例", ""]]
    with read(plan, csv(tmp_path / "a.csv", rows)) as export:
        assert (export.subjects, export.problems) == (2, ())
    shortened = [*rows, ["4.20112E+17", "乙示例", ""]]
    with read(plan, csv(tmp_path / "b.csv", shortened)) as export:
        assert (export.subjects, places(export)) == (2, [(4, "A")])
    wrong = first[:-4] + ("1" if first[-4] != "1" else "2") + "000"
    rounded = [*rows, [second, "甲示例", PASSPORT], [wrong, "乙示例", ""], [wrong, "丙示例", ""]]
    with read(plan, csv(tmp_path / "c.csv", rounded)) as export:
        assert places(export) == [(2, "A"), (4, "A"), (5, "A"), (6, "A")]
        assert said(export) == [
            [{"resident": {"id_number": WANG, "name": "赵示例"}}],
            [{"resident": {"name": "甲示例", "passport_no": PASSPORT}}],
        ]


# ── whatever stands in it ────────────────────────────────────────────────────────────────────────────────────────────────

NAUGHTY = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ['"', '",', "\ufffd", "=1+1", "#REF!", "4.2E+17", "不详", "无", "\x00", "\u202e", "1,2", WANG, "是", "１"]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(NAUGHTY, min_size=len(LABELS), max_size=len(LABELS)), max_size=5))
def test_anything_is_read_or_told_without_its_values(rows: list[list[str]], tmp_path: Path) -> None:
    secret = "私密甲乙丙"
    grid = [[secret + cell if i % 2 else cell for i, cell in enumerate(row)] for row in rows]
    path = tmp_path / "export.csv"
    lines = [",".join(LABELS), f"王示例,{WANG}" + "," * 8, *(",".join(row) for row in grid)]
    path.write_bytes("\n".join(lines).encode("gb18030", "replace"))
    with read(CATALOGUE.plan(39), path) as export:
        assert secret not in "".join(map(str, export.problems))
        for line in export.lines():
            assert CATALOGUE.record(json.loads(line)).problems == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=300),
    start=st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<table>", b"\xff\xfe"]),
)
def test_any_bytes_are_no_traceback(data: bytes, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_bytes(start + data)
    with pytest.raises(prefill.FileError):
        read(CATALOGUE.plan(39), path)


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    csv(
        tmp_path / "a.csv",
        [["姓名", "身份证号", "户籍的地址", "年龄"], ["王示例", WANG, "示例路1号", "76"], ["张示例", "x", "", ""]],
    )
    csv(tmp_path / "b.csv", [["身份证号", "联系电话"], [WANG, "13900000001"]])
    return tmp_path


COMMAND = ["read", "39", "a.csv", "b.csv", "-o", "out.jsonl", "--source", SOURCE, "--as-of", "2026-11-01"]


def test_the_command_writes_records_and_tells_the_rest(
    there: Path, capsys: pytest.CaptureFixture[str], catalogue: prefill.Catalogue
) -> None:
    assert run(COMMAND) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "out.jsonl: 1 record from 3 rows; 1 fault."
    assert "D (年龄): not on the form" in out
    warning, proposal = err.splitlines()
    assert warning.startswith("warning: a.csv:3, column B (身份证号): ")
    assert proposal.endswith("--accept '户籍的地址=resident.hukou.address'")
    assert run([*COMMAND, "--accept", "户籍的地址=resident.hukou.address"]) == 0
    (line,) = (there / "out.jsonl").read_text(encoding="utf-8").splitlines()
    record = catalogue.record(json.loads(line))
    filled = prefill.fill(catalogue.plan(39), record, on=AS_OF)
    assert [filled[key].text for key in ("name", "phone", "hukou_address")] == ["王示例", "13900000001", "示例路1号"]
    assert sorted(path.name for path in there.iterdir()) == ["a.csv", "b.csv", "out.jsonl"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--accept", "姓名"], "names no column and path"),
        (["--accept", "姓名=resident.nmae"], "resident.name"),
        (["--as-of", "2026"], "write it like"),
        (["-o", "nowhere/x.jsonl"], "no folder 'nowhere'"),
        (["-o", "a.csv"], "an export itself"),
        (["--specs", "nowhere"], "no folder 'nowhere'"),
    ],
)
def test_a_mistake_writes_nothing(
    arguments: list[str], words: str, there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (there / "a.csv").read_bytes()
    assert run([*COMMAND, *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert words in err
    assert (there / "a.csv").read_bytes() == before
    assert sorted(path.name for path in there.iterdir()) == ["a.csv", "b.csv"]


def test_an_export_that_is_not_there_is_one_line(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND[:2], "c.csv", *COMMAND[4:]]) == 2
    assert capsys.readouterr().err == "c.csv: no such file or directory\n"


def test_an_unknown_source_is_told_once(plan: Plan, tmp_path: Path) -> None:
    with read_export(plan, csv(tmp_path / "a.csv", GRID), source="健康档", as_of="2026-11-01") as export:
        assert [p.where for p in export.problems] == ["source"]
        assert "健康档案" in export.problems[0].remedy


def test_a_day_that_is_none_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(prefill.FileError, match="as_of"):
        read_export(plan, csv(tmp_path / "a.csv", GRID), source=SOURCE, as_of="2026-11")
