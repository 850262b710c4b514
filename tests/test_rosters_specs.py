"""Specs of rosters and tallies: every fault with its file, line and remedy, at once; and the commands that use them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import prefill
from prefill.checks import check
from prefill.cli import run
from prefill.documents import read_document
from prefill.plans import shaping
from prefill.rosters import Source
from tests.communities import community, invent

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "docs" / "examples" / "community.jsonl"
ABOUT = ROOT / "docs" / "examples" / "community.yaml"
HEAD = """\
id: own
version: "1"
title: 示例
agency: 示例局
purpose: 示例
subject: resident
delivery: paper
basis: {document: 示例, confidence: low}
"""  # eight lines


def faults(tmp_path: Path, kind: str, rest: str) -> list[str]:
    """Give the faults of a spec: line, what, remedy; HEAD is the lines 1 to 8."""
    file = tmp_path / f"{kind}.yaml"
    file.write_text(HEAD + rest, encoding="utf-8")
    catalogue = prefill.open_catalogue()
    with pytest.raises(prefill.SpecError) as caught:
        (catalogue.roster if kind == "roster" else catalogue.tally)(file)
    assert all(problem.where.endswith(file.name) for problem in caught.value.problems)
    return [f"{problem.line}: {problem.what} | {problem.remedy}" for problem in caught.value.problems]


def test_every_fault_of_a_roster_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    rest = """\
wen: {resident.age: {at_least: 80}}
when:
  resident.agee: {at_least: 80}
  resident.sex: 男姓
columns:
  name: {label: 姓名, from: resident.name, publik: plain}
  phone: {lable: 电话, from: resident.phone, public: hidden}
  members:
    label: 成员
    rows_of: household.members
head:
  unit: {label: 单位, from: community.nam}
sort: [nmae]
cut_off: week
"""
    assert faults(tmp_path, "roster", rest) == [
        "9: unknown key 'wen' | did you mean 'when'?",
        "11: unknown term 'resident.agee' | did you mean 'resident.age'?",
        "12: '男姓' is no value of 'resident.sex' | write a code or label of gbt2261_1",
        "14: unknown key 'publik' | did you mean 'public'?",
        "15: 'public' is not as it should be | write plain or masked",
        "15: no 'label' | add label: …",
        "15: unknown key 'lable' | did you mean 'label'?",
        "18: 'members' is a table, and a row is one subject | count it, or take it out",
        "20: unknown term 'community.nam' | did you mean 'community.name'?",
        "21: no column 'nmae' | did you mean 'name'?",
        "22: 'cut_off' is not as it should be | write day or month or quarter or year",
    ]


def test_every_fault_of_a_tally_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    rest = """\
population: {kind: everybody, label: 居民, wen: {}}
tables:
  people:
    title: 表
    rows:
      all: {label: 合计}
      men: {label: 男, when: {resident.sx: '1'}}
      share: {label: 占比, share: {of: mne, to: all}}
    columns:
      number: {labl: 人数}
      named: {label: 姓名, sum: resident.name}
    totals:
      all: [men, meen]
      everything: [men]
agree:
  - [people.all.number, people.women.number]
"""
    told = faults(tmp_path, "tally", rest)
    assert told == [
        "9: 'kind' is not as it should be | write registered or usual or actual or given",
        "9: unknown key 'wen' | did you mean 'when'?",
        "15: unknown term 'resident.sx' | did you mean 'resident.sex'?",
        "16: no row or column 'mne' beside it | did you mean 'men'?",
        "18: no 'label' | add label: a text, as printed",
        "18: unknown key 'labl' | did you mean 'label'?",
        "21: no row or column 'meen' beside it | did you mean 'men'?",
        "22: no row or column 'everything' beside it | one of: all, men, share, number, named",
        "24: no figure 'people.women.number' | did you mean 'people.men.number'?",
    ]


def test_what_is_summed_is_a_number_and_ages_say_how_they_are_reckoned(tmp_path: Path) -> None:
    rest = """\
population: {kind: given, label: 居民}
tables:
  people:
    title: 表
    rows: {old: {label: 老人, when: {resident.age: {at_least: 60}}}}
    columns: {named: {label: 姓名, sum: resident.name}}
"""
    assert faults(tmp_path, "tally", rest) == [
        "1: ages are compared, and the tally does not say how they are reckoned | add ages: completed-years",
        "14: 'resident.name' is no number, and is summed | name a number, or count with when",
    ]


def test_a_list_is_found_by_number_id_and_file_and_one_that_there_is_not_is_told() -> None:
    catalogue = prefill.open_catalogue()
    plan = catalogue.roster(30)
    assert catalogue.roster("aged-allowance-monthly") is plan
    assert catalogue.roster(catalogue.rosters()[-1].path) is plan
    with pytest.raises(prefill.SpecError, match="did you mean 'headcount-monthly'"):
        catalogue.tally("headcount")
    with pytest.raises(prefill.SpecError, match="there is no '31' among the rosters"):
        catalogue.roster(31)


def test_a_folder_of_ones_own_has_lists_too(tmp_path: Path) -> None:
    (tmp_path / "rosters").mkdir()
    (tmp_path / "rosters" / "own.yaml").write_text(
        HEAD + "columns: {name: {label: 姓名, from: resident.name}}\n", encoding="utf-8"
    )
    assert prefill.open_catalogue(tmp_path).roster("own").form.title == "示例"


def test_bundled_lists_have_no_faults() -> None:
    catalogue = prefill.open_catalogue()
    assert [one.system for one in catalogue.rosters()] == [9, 29, 30]
    assert [one.system for one in catalogue.tallies()] == [21, 27]
    assert catalogue.check() == ()


# ── the docs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_key_stands_in_the_docs() -> None:
    text = (ROOT / "docs" / "rosters.md").read_text(encoding="utf-8")
    own = (shaping.ROSTER_KEYS | shaping.TALLY_KEYS) - shaping._HEAD
    more = {"public"} | shaping.POPULATION_KEYS | shaping.TABLE_KEYS | shaping.LINE_KEYS | shaping.SHARE_KEYS
    assert [key for key in sorted(own | more) if f"`{key}`" not in text] == []


def test_the_sample_is_what_the_generator_makes() -> None:
    lines = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    assert lines == [one.statements for one in invent(60, 398)]


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_roster_writes_json_and_tells_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "aged.json"
    arguments = ["roster", "30", str(SAMPLE), "--on", "2026-10-31", "--about", str(ABOUT), "--worker", "示例员"]
    assert run([*arguments, "-o", str(out)]) == 0
    assert capsys.readouterr().out == "8 rows, 19 cells left to do; 0 undecided, 52 not in it.\n"
    told = json.loads(out.read_text(encoding="utf-8"))
    assert [entry["text"] for entry in told["head"]] == ["示例社区", "示例街道", "示例员", "2026年10月31日"]


def test_records_of_parquet_make_the_roster_that_lines_make(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [*SAMPLE.read_text(encoding="utf-8").splitlines(), "{"]
    (tmp_path / "people").write_text("\n".join(lines), encoding="utf-8")
    pq.write_table(pa.table({"no": range(len(lines)), "record": lines}), tmp_path / "people.of.may")
    made = []
    for name in ("people", "people.of.may"):
        asked = ["roster", "30", str(tmp_path / name), "--on", "2026-10-31", "-o", str(tmp_path / "out.json")]
        assert run(asked) == 0
        told = capsys.readouterr()
        assert told.err.startswith(f"{name}:61: ")
        made.append((told.out, json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["rows"]))
    assert made[0] == made[1]
    assert made[0][0].startswith("8 rows, ")
    pq.write_table(pa.table({"records": lines}), tmp_path / "people.of.may")
    assert run(asked) == 2
    assert "it has no column 'record'" in capsys.readouterr().err


def test_a_figure_is_opened_with_those_behind_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.json"
    tally = ["tally", "21", str(SAMPLE), "--on", "2026-10-31", "-o", str(out)]
    assert run(tally) == 0
    withheld = json.loads(out.read_text(encoding="utf-8"))["tables"][0]["figures"]
    granted = [*tally, "--grant", "resident.fertility=2026-12-31"]
    assert run(granted) == 0
    figures = {one["key"]: one for one in json.loads(out.read_text(encoding="utf-8"))["tables"][0]["figures"]}
    users = figures["use.users.number"]
    assert users["value"] > 0
    assert {one["value"] for one in withheld if one["key"] == "use.users.number"} == {0}
    assert run([*granted, "--open", "use.users.number"]) == 0
    assert len(json.loads(out.read_text(encoding="utf-8"))["rows"]) == users["value"]
    assert run([*granted, "--open", "use.users.nubmer"]) == 2
    assert "TABLE.ROW.COLUMN" in capsys.readouterr().err


def test_bad_lines_and_repeated_subjects_are_told_and_the_rest_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    records = tmp_path / "records.jsonl"
    number = "420112195003150031"
    broken = '[{"source": "公安人口库", "resident": {"id_number": "' + number
    records.write_text("\n".join([*lines, lines[3], broken, "[]", ""]), encoding="utf-8")
    out = tmp_path / "t.json"
    assert run(["tally", "27", str(records), "--on", "2026-10-31", "-o", str(out)]) == 0
    said = capsys.readouterr().err
    assert "records.jsonl:62:" in said
    assert "records.jsonl:63:" in said or "a record of no resident" in said
    assert "record 61 is the subject of record 4 again, counted once: it says the same" in said
    assert number not in said
    assert "示例" not in said.replace("示例社区", "")
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["given"]["records"], len(told["given"]["unread"])) == (63, 2)


def test_figures_that_do_not_agree_end_with_1_and_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "t.yaml"
    spec.write_text(
        HEAD
        + """\
ages: completed-years
population: {kind: given, label: 居民}
tables:
  people:
    title: 表
    rows:
      all: {label: 合计}
      old: {label: 老人, when: {resident.age: {at_least: 60}}}
    columns: {number: {label: 人数}}
    totals: {all: [old]}
""",
        encoding="utf-8",
    )
    out = tmp_path / "t.json"
    assert run(["tally", str(spec), str(SAMPLE), "--on", "2026-10-31", "-o", str(out)]) == 1
    assert "left-out" in capsys.readouterr().err
    assert json.loads(out.read_text(encoding="utf-8"))["disagreements"][0]["fault"] == "left-out"


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["roster", "30", "no.jsonl", "-o", "x.json"], "no file 'no.jsonl'"),
        (["roster", "99", str(SAMPLE), "-o", "x.json"], "there is no '99' among the rosters"),
        (["roster", "30", str(SAMPLE), "--on", "2026-10-30", "-o", "x.json"], "give 2026-10-31"),
        (["roster", "30", str(SAMPLE), "-o", "x.txt"], "ends in none of"),
        (["roster", "30", str(SAMPLE), "--public", "-o", "x.json"], "--public is for pages"),
        (["tally", "27", str(SAMPLE), "--grant", "resident.phone", "-o", "x.json"], "write PATH=DATE"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_store_gives_the_same_roster_as_a_file(tmp_path: Path) -> None:
    catalogue = prefill.open_catalogue()
    where = tmp_path / "records.db"
    with prefill.open_store(where, catalogue) as store:
        for resident in invent(60, 398):
            store.add(resident.statements)
    made = [tmp_path / "a.json", tmp_path / "b.json"]
    for records, out in zip((SAMPLE, where), made, strict=True):
        assert run(["roster", "30", str(records), "--on", "2026-10-31", "-o", str(out)]) == 0
    cells = [[row["cells"] for row in json.loads(out.read_text(encoding="utf-8"))["rows"]] for out in made]
    assert cells[0] == cells[1]
    assert len(cells[0]) == 8


def test_the_community_of_the_sample_is_known() -> None:
    assert prefill.open_catalogue().record(community()).problems == ()


# ── the notice ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def found(tmp_path: Path, rest: str, title: str = "示例") -> list[tuple[str, int | None, str | None]]:
    """Give the findings on a spec: code, line, field."""
    file = tmp_path / "81-list.yaml"
    file.write_text(HEAD.replace("title: 示例", f"title: {title}") + rest, encoding="utf-8")
    told = check(prefill.open_catalogue(), [file], on=date(2026, 11, 23)).findings
    return [(finding.code, finding.line, finding.field) for finding in told]


COUNTS = """\
population: {kind: given, label: 居民}
tables:
  people:
    title: 表
    rows:
      all: {label: 合计}
      rate: {label: 生育率, when: {resident.sex: '2'}}
    columns: {number: {label: 人数}}
"""


def test_a_list_of_no_system_was_not_admitted(tmp_path: Path) -> None:
    rest = "columns: {name: {label: 姓名, from: resident.name}}\n"
    assert found(tmp_path, rest) == [("N301", 3, None)]
    assert found(tmp_path, "system: 30\n" + rest.replace("姓名", "名")) == [("N305", 4, None)]  # of another agency


def test_a_roster_or_a_tally_that_is_called_after_what_a_notice_cancels_is_an_error(tmp_path: Path) -> None:
    rest = "columns: {name: {label: 姓名, from: resident.name}}\n"
    assert ("N102", 3, None) in found(tmp_path, rest, "再生资源回收站名册")
    assert ("N102", 3, None) in found(tmp_path, COUNTS, "再生资源清查统计表")


def test_a_figure_for_a_cancelled_target_is_found_at_its_line(tmp_path: Path) -> None:
    assert ("N205", 15, "people.rate") in found(tmp_path, COUNTS)


def test_a_column_that_is_typed_and_known_is_found(tmp_path: Path) -> None:
    rest = "columns:\n  name: {label: 姓名}\n  phone: {label: 联系电话, from: resident.phone}\n"
    assert ("N401", 10, "name") in found(tmp_path, rest)
    waived = rest.replace("{label: 姓名}", "{label: 姓名, waives: {N401: 示例的理由}}")
    assert "N401" not in [code for code, _, _ in found(tmp_path, waived)]


def test_a_roster_is_asked_for_no_more_often_than_its_system(tmp_path: Path) -> None:
    rest = "system: 9\nfrequency: 每天\ncolumns: {name: {label: 名, from: resident.name}}\n"
    assert ("N306", 10, None) in found(tmp_path, rest)


def test_bundled_lists_break_no_notice(capsys: pytest.CaptureFixture[str]) -> None:
    told = check(prefill.open_catalogue(), on=date(2026, 11, 23)).findings
    lists = {one.id for one in (*prefill.open_catalogue().rosters(), *prefill.open_catalogue().tallies())}
    assert [finding for finding in told if finding.form in lists] == []
    assert run(["check", "headcount-monthly", "--on", "2026-11-23", "--strict"]) == 0
    assert run(["check", "form_specs/rosters/30-aged-allowance-monthly.yaml", "--on", "2026-11-23", "--strict"]) == 0
    capsys.readouterr()


def test_faults_of_lists_are_among_those_that_check_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tallies").mkdir()
    (tmp_path / "tallies" / "own.yaml").write_text(
        HEAD + COUNTS.replace("resident.sex", "resident.sx"), encoding="utf-8"
    )
    assert run(["check", str(tmp_path)]) == 1
    assert (
        "tallies/own.yaml:15: unknown term 'resident.sx'. Remedy: did you mean 'resident.sex'?"
        in capsys.readouterr().err
    )


# ── the shape of the JSON ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_json_is_as_its_schema_says() -> None:
    catalogue = prefill.open_catalogue()
    given: list[Source] = [(one.id, catalogue.record(one.statements)) for one in invent(60, 398)]
    given += [given[0], ("x", prefill.RecordError([prefill.Problem("x", 1, "broken", "mend it")]))]
    on = date(2026, 10, 31)
    made: dict[str, list[prefill.Roster | prefill.Tally]] = {
        "roster": [prefill.fill_roster(catalogue.roster(number), given, on=on) for number in (9, 29, 30)],
        "tally": [prefill.count_tally(catalogue.tally(number), given, on=on) for number in (21, 27)],
    }
    for name, lists in made.items():
        schema = json.loads((ROOT / "form_specs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
        for one in lists:
            jsonschema.validate(json.loads(prefill.list_to_json(one)), schema)


def spec_faults(kind: str, data: Any) -> list[str]:
    schema = json.loads((ROOT / "form_specs" / "schema" / f"{kind}-spec.schema.json").read_text(encoding="utf-8"))
    found = jsonschema.Draft7Validator(schema).iter_errors(data)
    return sorted(".".join(map(str, error.absolute_path)) for error in found)


def test_an_editor_finds_nothing_in_bundled_specs_and_the_mistakes_in_others() -> None:
    for kind, folder in (("roster", "rosters"), ("tally", "tallies")):
        files = sorted((ROOT / "form_specs" / folder).glob("*.yaml"))
        assert files
        for file in files:
            data = read_document(file).data
            assert spec_faults(kind, data) == [], file.name
            assert spec_faults(kind, {**data, "cut_off": "week"}) == ["cut_off"]
            assert spec_faults(kind, {**data, "sections": []}) == [""]
            assert spec_faults(kind, {key: said for key, said in data.items() if key not in ("columns", "tables")}) == [
                ""
            ]
    roster = read_document(ROOT / "form_specs" / "rosters" / "09-disability-holders.yaml").data
    assert isinstance(roster, dict)
    wrong = {"label": "姓名", "from": "resident.name", "public": "hidden"}
    assert spec_faults("roster", {**roster, "columns": {"name": wrong}}) == ["columns.name.public"]
    table = {"label": "成员", "rows_of": "household.members"}
    assert spec_faults("roster", {**roster, "columns": {"members": table}}) == ["columns.members"]


def test_a_list_that_serves_what_a_notice_cancels_is_an_error(tmp_path: Path) -> None:
    rest = "system: 30\nserves: [再生资源工作]\ncolumns: {name: {label: 名, from: resident.name}}\n"
    assert "N101" in [code for code, _, _ in found(tmp_path, rest)]
    rest = "serves: [再生资源工作]\n" + COUNTS.replace("生育率", "妇女")
    assert "N101" in [code for code, _, _ in found(tmp_path, rest)]


@pytest.mark.parametrize("ending", ["html", "pdf", "xlsx"])
@pytest.mark.parametrize("command", ["roster", "tally"])
def test_lists_are_drawn_and_posted(command: str, ending: str, tmp_path: Path) -> None:
    number, out = {"roster": "30", "tally": "27"}[command], tmp_path / f"out.{ending}"
    arguments = [command, number, str(SAMPLE), "--on", "2026-10-31", "-o", str(out)]
    assert run(arguments) == 0
    whole = out.read_bytes()
    assert whole.startswith({"html": b"<!DOCTYPE", "pdf": b"%PDF", "xlsx": b"PK"}[ending])
    if (command, ending) == ("roster", "html"):
        assert run([*arguments, "--public"]) == 0
        assert "13900000" in whole.decode()
        assert "13900000" not in out.read_text(encoding="utf-8")
