"""Faulty specs: each fault is told with its file and a remedy, all at once, and nothing but SpecError is ever raised."""

import copy
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import prefill
from prefill.catalogue import Catalogue
from prefill.cli import run
from prefill.derivations import RULES, Input, RuleFault, check_rule
from prefill.errors import Problem, SpecError
from tests.casefiles import APP

ON = date(2026, 11, 23)
REGISTER = {"source": "公安人口库", "as_of": "2026-05-01"}
HEAD: Mapping[str, Any] = {
    "id": "t",
    "system": "99",
    "version": "1",
    "title": "T",
    "agency": "市卫健委",
    "purpose": "p",
    "subject": "resident",
    "delivery": "paper",
    "basis": {"document": "d", "confidence": "low"},
}
MONEY = "b: {label: B, kind: money, unit: 元}\nc: {label: C, kind: money, unit: 万元}\n"
AGES = "m: {label: M, rows_of: household.members, columns: {age: {label: N, from: .age}}}\n"
TABLE = "m: {label: M, rows_of: household.members, columns: {name: {label: N, from: .name}}}\n"


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue(APP)


def lay(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a folder of specs."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")
    return folder


def form(fields: str, **head: Any) -> str:
    """Give the text of a form with these fields."""
    return dump({**HEAD, **head}) + "sections:\n- title: S\n  fields:\n" + textwrap.indent(fields, "    ") + "\n"


def vocabulary(folder: Path, terms: str) -> prefill.Catalogue:
    """Open the bundled catalogue with these terms of a person laid over it."""
    spec = {"entity": "person", "terms": yaml.load(terms, yaml.CBaseLoader)}
    text = yaml.dump(spec, Dumper=yaml.CSafeDumper, allow_unicode=True)
    return prefill.open_catalogue(lay(folder, {"vocabulary/person.yaml": text}))


def told(problems: tuple[Problem, ...]) -> str:
    """Give the problems as text; each has a file and a remedy."""
    assert problems
    for problem in problems:
        assert problem.where
        assert not problem.where.startswith("/")
        assert problem.remedy
        assert "Extra inputs" not in problem.remedy
    return "\n".join(map(str, problems))


# ── rules, names and keys of fields ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fields, fault",
    [
        ("a: {label: A, derive: {rule: age, of: resident.name}}", "of kind 'person_name'"),
        ("a: {label: A, derive: {rule: birth_date, of: resident.phone}}", "takes id_number"),
        ("a: {label: A, derive: {rule: division_prefix, of: resident.hukou.region, digits: four}}", "2 or 4 or 6"),
        ("a: {label: A, derive: {rule: division_prefix, of: resident.hukou.region}}", "add digits"),
        ("a: {label: A, derive: {rule: span, of: resident.birth_date, bands: abc}}", "'bands' is not"),
        ("a: {label: A, derive: {rule: span, of: resident.birth_date, bands: ['12', '6']}}", "'bands' is not"),
        ("a: {label: A, derive: {rule: part, of: resident.id_number, start: 9, end: 1}}", "before 'start'"),
        ("a: {label: A, derive: {rule: age, of: [resident.birth_date, resident.birth_date]}}", "takes 1 input, not 2"),
        ("a: {label: A, derive: {rule: same, of: [resident.hukou.address, resident.residence.address]}}", "address"),
        ("a: {label: A, derive: {rule: same, of: [resident.skills, resident.hobbies]}}", "free text"),
        ("a: {label: A, derive: {rule: same, of: [resident.birth_date, resident.sex]}}", "differ in kind"),
        ("a: {label: A, derive: {rule: same, of: [resident.sex, resident.ethnicity]}}", "differ in code list"),
        (MONEY + "a: {label: A, derive: {rule: same, of: [b, c]}}", "differ in unit"),
        ("a: {label: A, first_of: []}", "no paths"),
        ("a: {label: A, rows: 3, columns: {x: {label: X, from: .name}}}", "outside a table over a list"),
        ("a: {label: A, derive: {rule: collect, of: []}}", "at least one input"),
        ("a: {label: A, from: [], by: collect}", "at least one input"),
        (TABLE + "a: {label: A, derive: {rule: count, of: m.name, where: {.name: x}}}", "no column of"),
        (TABLE + "a: {label: A, rows_of: m.name, columns: {n: {label: N}}}", "no list of the record"),
        ("a: {label: A, derive: {rule: take, of: household.members}}", "of kind 'list'"),
        ("a: {label: A, derive: {rule: take, of: resident.spouse}}", "of kind 'entity'"),
        ("a: {label: A, derive: {rule: collect, of: household.members}}", "of kind 'list'"),
        ("a: {label: A, derive: {rule: age, of: resident.birth_date, where: {resident.sex: '1'}}}", "'where' on"),
        ("a: {label: A, first_of: [household.members]}", "no single fact"),
        ("a: {label: A, filled_by: strete}", "'filled_by' is not"),
        ("a: {label: A, by_hand: zzz}", "signature"),
        ("a: {label: A, where: {resident.sex: '1'}}", "'where' without columns does nothing"),
        ("a: {label: A, rows: 3, columns: {x: {label: X}}, where: {resident.sex: '1'}}", "of a table over no list"),
        ("a: {label: A, map: {'1': '2'}}", "'map' of a field that is filled from nothing"),
        ("a: {label: A, fresh_for: P1Y}", "'fresh_for' of a field that is filled from nothing"),
        ("a: {label: A, kind: text, from: resident.sex, codes: yes_no}", "a code list on a field of kind 'text'"),
        ("a: {label: A, from: resident.birth_date, codes: yes_no}", "a code list on"),
        ("a: {label: A, from: resident.name, columns: {x: {label: X}}}", "'from' of a table does nothing"),
        ("a: {label: A, when: null}", "'when' has no value"),
        ("a: {label: A, rows_of: household.members, columns: [name]}", "has no columns"),
        ("a: {label: A, rows_of: household.members, columns: {x: {use: division, as: resident}}}", "is a block"),
        ("a: {use: division, as: resident.hukou, when: abc}", "'when' is not as it should be"),
        ("a: {label: A, when: {resident.blood_type: 不详}}", "asks whether nothing is known"),
        ("a: {label: A, lable: B}", "did you mean 'label'"),
        ("a: {label: A, derive: {rule: first_case}}", "wants 'cases'"),
        ("a: {label: A, derive: {rule: first_case, of: resident.sex, cases: [{then: '1'}]}}", "takes no 'of'"),
        ("a: {label: A, derive: {rule: age, of: resident.birth_date, cases: [{then: '1'}]}}", "takes no cases"),
        ("a: {label: A, derive: {rule: first_case, cases: [{then: x}, {when: {resident.sex: '1'}, then: y}]}}", "last"),
        ("a: {label: A, derive: {rule: first_case, cases: [{when: {resident.sex: '1'}}]}}", "then: … or take"),
        ("a: {label: A, derive: {rule: first_case, cases: [{then: x, take: resident.name}]}}", "then: … or take"),
        ("a: {label: A, derive: {rule: first_case, cases: [{when: {resident.sx: '1'}, then: x}]}}", "unknown term"),
        ("a: {label: A, derive: {rule: first_case, cases: [{take: resident.spouse}]}}", "no single fact"),
        ("a: {label: A, derive: {rule: first_case, cases: [{wen: {}, then: x}]}}", "unknown key"),
        ("a: {label: A, codes: yes1_no2, derive: {rule: first_case, cases: [{then: '7'}]}}", "no value of the field"),
        ("a: {label: A, codes: yes1_no2, derive: {rule: every_case, cases: [{then: '1'}]}}", "kind: multi_code"),
        ("a: {label: A, kind: multi_code, codes: yes1_no2, derive: {rule: first_case, cases: [{then: '1'}]}}", "every_case"),
        ("a: {label: A, derive: {rule: look_up, table: none-such}}", "unknown table"),
        ("a: {label: A, derive: {rule: look_up, table: test-rate}}", "takes 1 inputs, not 0"),
        ("a: {label: A, derive: {rule: look_up, table: test-rate, of: resident.name}}", "compare numbers"),
        ("a: {label: A, derive: {rule: look_up, table: test-group, of: [resident.sex, resident.sex]}}", "no code of"),
        ("a: {label: A, derive: {rule: look_up}}", "add table"),
        ("a: {label: A, derive: {rule: latest, of: household.members, each: name}}", "with a point before it"),
        ("a: {label: A, derive: {rule: latest, of: household.members, each: .nme}}", "unknown term"),
        ("a: {label: A, derive: {rule: latest, of: household.members, each: .name}}", "of kind 'person_name'"),
        ("a: {label: A, derive: {rule: age, of: household.members, each: .birth_date}}", "does not take the items"),
        ("a: {label: A, derive: {rule: latest, of: resident.birth_date, each: .name}}", "'each' on"),
        ("a: {label: A, derive: {rule: row_number}}", "outside a table"),
        (TABLE.replace("from: .name}", "derive: {rule: rank, of: resident.age}}"), "column of its own table"),
        (TABLE.replace("from: .name}", "derive: {rule: row_number, of: m.name}}"), "no column of its own table"),
        ("a: {label: A, derive: {rule: shift, of: resident.birth_date, by: 30}}", "P30D"),
        ("a: {label: A, derive: {rule: sum, of: resident.name}}", "of kind 'person_name'"),
        ("a: {label: A, derive: {rule: difference, of: [resident.age, dwelling.floor_area]}}", "numbers of one unit"),
        ("a: {label: A, derive: {rule: quotient, of: [resident.age, resident.age], places: '9'}}", "from 0 to 6"),
        ("a: {label: A, derive: {rule: days_after, of: [resident.birth_date, resident.birth_date]}}", "takes integer"),
        ("a: {label: A, derive: {rule: working_days_after, of: resident.birth_date}}", "either 2 inputs or days"),
        ("a: {label: A, derive: {rule: working_days_after, of: [resident.birth_date, resident.age], days: '5'}}", "either 2"),
        (TABLE + "a: {label: A, when: {m: {known: 'true'}}}", "'m' is a table and has no value of its own"),
        ("a: {label: A, derive: {rule: difference, of: resident.age}}", "at least 2 inputs, not 1"),
        (AGES + "a: {label: A, derive: {rule: difference, of: [m.age, resident.age]}}", "which is of kind 'list'"),
        ("a: {label: A, fresh_for: P9Y, derive: {rule: join, of: household.members, each: .phone}}", "staler than"),
        ("a: {label: A, derive: {rule: working_days_after, of: []}}", "1 or 2 inputs, not 0"),
    ],
)  # fmt: skip
def test_a_fault_of_a_field_is_told_with_the_spec(
    fields: str, fault: str, catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    lay(tmp_path, {"99-t.yaml": form(fields)})
    with pytest.raises(SpecError) as raised:
        catalogue.plan(tmp_path / "99-t.yaml")
    assert fault in told(raised.value.problems)


def test_what_follows_from_a_faulty_field_is_no_fault_of_its_own(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"99-t.yaml": form("a: {label: A, from: resident.brith_date}\nb: {label: B, derive: {rule: age, of: a}}")},
    )
    with pytest.raises(SpecError) as raised:
        catalogue.plan(tmp_path / "99-t.yaml")
    assert [problem.what for problem in raised.value.problems] == ["unknown term 'resident.brith_date'"]


@pytest.mark.parametrize(
    "kind, one, other, verdict",
    [
        ("division", "420112", "420112001005", None),
        ("division", "420100", "420112", None),
        ("division", "420112", "420106001005", False),
        ("date", "1950", "1950-03-15", None),
        ("date", "1950", "1951-03-15", False),
        ("id_number", "420112500315002", "420112195003150023", True),
        ("code", "1", "10", False),
    ],
)
def test_what_is_coarser_is_neither_the_same_nor_another(kind: str, one: str, other: str, verdict: bool | None) -> None:
    rule = RULES["same"]
    params = check_rule(rule, [Input("one", kind), Input("other", kind)], {})
    assert rule.function(one, other, **params) is verdict
    assert rule.function(other, one, **params) is verdict


def test_a_text_is_compared_only_where_it_is_a_document() -> None:
    rule = RULES["same"]
    check_rule(rule, [Input("one", "text", document=True), Input("other", "text", document=True)], {})
    with pytest.raises(RuleFault):
        check_rule(rule, [Input("one", "text"), Input("other", "text")], {})


# ── the vocabulary ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "terms, fault",
    [
        ("x: {kind: date, derive: {rule: birth_date, of: name}}", "of kind 'person_name'"),
        ("x: {kind: integer, derive: {rule: birth_date, of: id_number}}", "gives the kind 'date'"),
        ("x: {kind: integer, derive: {rule: age}}", "no 'of'"),
        ("x: {kind: date, derive: {rule: birth_date, of: [id_number, id_number]}}", "takes 1 input, not 2"),
        ("x: {kind: code, codes: gbt3304, derive: {rule: sex, of: id_number}}", "codes of gbt2261_1"),
        ("x: {kind: text, derive: {rule: part, of: id_number, start: a, end: '2'}}", "'start' is not"),
        ("x: {kind: text, derive: {rule: take, of: y}}\ny: {kind: text, derive: {rule: take, of: x}}", "from itself"),
        ("x: {kind: text, derive: {rule: take, of: z}}", "unknown term 'z'"),
        ("x: {kind: text, authority: population_register}", "list of texts"),
        ("x: {kind: text, authority: [population_registre]}", "did you mean 'population_register'"),
        ("x: {kind: text, sensitive: 'yes'}", "write true or false"),
        ("x: {kind: text, sensitive: 'True'}", "write true or false"),
        ("x: {list_of: diagnosis, items_by: [nope]}", "unknown term 'nope'"),
        ("x: {kind: text, items_by: documents}", "without a list"),
        ("x: {to: person, kind: text}", "leads to an entity"),
        ("x: {to: person, codes: gbt3304}", "leads to an entity"),
        ("x: {to: person, list_of: person}", "both 'to' and 'list_of'"),
        ("x: {to: persn}", "did you mean 'person'"),
        ("x: {kind: text, link: {y: {kind: text}}}", "'link' without a role"),
        ("x: {kind: text, codes: gbt3304}", "a code list on a term of kind 'text'"),
        ("x: {kind: text, unit: 元}", "a unit on a term"),
        ("x: {label: X}", "no 'kind'"),
        ("x: {label: X, kind: text, fresh_for: P0D}", "ISO 8601 duration"),
        ("x: {label: X, kind: text, authority: [population_register, population_register]}", "write each once"),
        ("x: {label: X, list_of: person, items_by: spouse}", "tells no items apart"),
        ("x: {kind: text}", "no 'label'"),
        ("x: {label: 姓名, kind: text}", "'name' has the label '姓名' too"),
        ("x: {label: X, also: [姓名], kind: text}", "the label of name"),
        ("x: {label: X, also: [X], kind: text}", "its own label"),
        ("x: {label: X, also: [Y, Y], kind: text}", "write each once"),
        ("x: {label: X, to: person, link: {a: {label: A, kind: text}, b: {label: A, kind: text}}}", "'a' has the label 'A' too"),
        ("phone.home: {label: X, kind: phone}", "'phone' is a term of its own"),
        ("spouse.nick: {label: X, kind: text}", "'spouse' leads to 'person'"),
        ("X-y: {kind: text}", "is no path"),
    ],
)  # fmt: skip
def test_a_fault_of_a_term_is_told(terms: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as raised:
        vocabulary(tmp_path, terms)
    assert fault in told(raised.value.problems)


@pytest.mark.parametrize(
    "file, text, fault",
    [
        ("codes/x.yaml", "x: {items: {'1': A}, pattern: '('}", "regular expression"),
        ("codes/x.yaml", "x: {items: {'1': A}, exclusive: ['2']}", "not among the items"),
        ("codes/x.yaml", "x: {name: X}", "a list of nothing"),
        ("codes/x.yaml", "x: {items: {'1': ' '}}", "one label for each code"),
        ("codes/x.yaml", "x: {items: {'1': A, '2': B}, groups: {'1': ['2'], '2': ['1']}}", "listed under itself"),
        ("codes/x.yaml", "x: {external: 'true', pattern: (a+)+$}", "repeat no group"),
        ("codes/x.yaml", f"x: {{external: 'true', pattern: {'a' * 201}}}", "at most 200 characters"),
        ("vocabulary/x.yaml", "{entity: person, documents: [name]}", "does not tell one 'person' from all others"),
        ("vocabulary/x.yaml", "{entity: person, documents: [locker_no]}", "unknown term"),
        ("vocabulary/x.yaml", "{entity: person, documents: [work.employer]}", "does not tell"),
        ("vocabulary/x.yaml", "{entity: person, documents: [skills]}", "does not tell"),
        ("vocabulary/x.yaml", "{entity: person, apart: [spouse, phone]}", "'phone' is no role"),
        ("vocabulary/x.yaml", "{entity: person, apart: [spuse]}", "did you mean 'spouse'"),
        ("codes/x.yaml", "x: {items: {'1': A}, unknown: ['2']}", "not among the items"),
        ("codes/x.yaml", "x: {items: {'1': A}, unknown: ['1'], none: '1'}", "both 'none' and 'unknown'"),
        ("codes/mappings-x.yaml", "x: {from: blood_type, to: phr_abo, map: {'5': '5'}}", "that nothing is known"),
        ("codes/mappings-x.yaml", "x: {from: gbt3304, to: nope, map: {'01': '1'}}", "unknown code list 'nope'"),
        ("codes/mappings-x.yaml", "x: {from: yes_no, to: yes_no, map: {'77': '1'}}", "is no code of yes_no"),
        ("vocabulary/roots.yaml", "roots: {pet: {entity: persn}}", "did you mean 'person'"),
        ("sources.yaml", "某库: {label: 某}", "no 'kind'"),
    ],
)
def test_a_fault_of_a_list_is_told(file: str, text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as raised:
        prefill.open_catalogue(lay(tmp_path, {file: text}))
    problems = told(raised.value.problems)
    assert fault in problems
    assert f"{file.split('/')[-1]}:1" in problems


# ── blocks, heads, and the catalogue ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "block, fault",
    [
        ("fields: [a]", "a block without fields"),
        ("felds: {x: {label: X}}", "did you mean 'fields'"),
        ("just text", "a block without fields"),
        ("fields: {x: {label: X}, x: {label: Y}}", "stands twice"),
        ("fields: {x: {label: X}}\nmore: y", "unknown key 'more'"),
        ("", "a block without fields"),
    ],
)
def test_a_broken_block_breaks_the_forms_that_use_it(block: str, fault: str, tmp_path: Path) -> None:
    folder = lay(tmp_path, {"blocks/b.yaml": block, "99-t.yaml": form("a: {use: b, as: resident}\nz: {label: Z}")})
    catalogue = prefill.open_catalogue(folder)
    with pytest.raises(SpecError) as raised:
        catalogue.plan(99)
    assert fault in told(raised.value.problems)
    assert fault in "\n".join(map(str, catalogue.check()))


@pytest.mark.parametrize("fields", ["a: {use: division, as: resident.hukou}", "a: {label: A}"])
def test_an_unknown_subject_is_told_of_the_form(fields: str, tmp_path: Path) -> None:
    catalogue = prefill.open_catalogue(lay(tmp_path, {"99-t.yaml": form(fields, subject="residnt", effective="soon")}))
    with pytest.raises(SpecError) as raised:
        catalogue.plan(99)
    assert {(p.where.split("/")[-1], p.what) for p in raised.value.problems} == {
        ("99-t.yaml", "unknown subject 'residnt'"),
        ("99-t.yaml", "'effective' is no date"),
    }


@pytest.mark.parametrize("name", ["39-mine.yaml", "97-mine.yaml"])
def test_a_form_of_an_app_stands_for_that_of_its_number_or_id(name: str, tmp_path: Path) -> None:
    lay(tmp_path, {name: form("a: {label: A}", system=name[:2], id="health-record", title="Mine")})
    catalogue = prefill.open_catalogue(tmp_path)
    assert catalogue.plan("health-record").form.title == "Mine"
    assert [summary.title for summary in catalogue.forms() if summary.id == "health-record"] == ["Mine"]
    if name.startswith("39"):
        assert catalogue.plan(39).form.title == "Mine"


def test_check_goes_over_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = form("a: {label: A}")
    files = {
        "93-empty.yaml": "",
        "94-list.yaml": "[a]",
        "95-broken.yaml": "id: [",
        "96-one.yaml": good,
        "97-two.yaml": good.replace("'99'", "'97'").replace("system: 99", "system: 97"),
        "samples/index.yaml": "health-record: {on: 2026-11-23}\ncensus: [a]\nt: {record: none.yaml, on: 2026-11-23}",
    }
    lay(tmp_path, files)
    (tmp_path / "92-bytes.yaml").write_bytes(b"id: \xff\xfe")
    assert run(["check", "--specs", str(tmp_path)]) == 1
    lines = capsys.readouterr().err
    for file in ("92-bytes", "93-empty", "94-list", "95-broken", "96-one", "97-two", "index.yaml:1", "index.yaml:2"):
        assert file in lines, file
    assert "not UTF-8" in lines
    assert "of system 99" in lines
    assert "the id t is also that of" in lines
    assert "there is no file" in lines
    catalogue = prefill.open_catalogue(tmp_path)
    assert {"health-record", "t"} <= {summary.id for summary in catalogue.forms()}
    assert catalogue.plan("health-record").form.system == 39
    with pytest.raises(SpecError):
        catalogue.plan(92)


TABLE_OF_RATES = """
rate:
  name: 示例标准
  document: an invented document
  confidence: low
  gives: {kind: money, unit: 元}
  takes: [age]
  rows:
    - {effective: 2020-01-01, when: ['80'], then: '100'}
"""


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("confidence: low", "confidence: sure", "high"),
        ("kind: money", "kind: mony", "money"),
        ("{kind: money, unit: 元}", "{kind: code, codes: none_such}", "unknown code list"),
        ("{kind: money, unit: 元}", "{kind: code}", "a code without a code list"),
        ("2020-01-01", "2020", "a full date"),
        ("2020-01-01", "2020-W01-1", "a full date"),
        ("when: ['80']", "when: []", "0 conditions, and the table takes 1"),
        ("when: ['80']", "when: [{at_leest: '80'}]", "not what a row can want of 'age'"),
        ("when: ['80']", "when: [{at_least: '90', under: '80'}]", "its upper limit lies below"),
        ("when: ['80']", "when: [{over: '80', under: '80'}]", "its upper limit lies below"),
        ("when: ['80']", "when: [{from: '05', to: '01'}]", "the lower code under from"),
        ("then: '100'", "then: much", "no value of kind 'money'"),
        ("then: '100'", "expires: 2019-12-31, then: '100'", "it expires before"),
        ("then: '100'}", "then: '100'}\n    - {effective: 2021-01-01, when: ['80'], then: '120'}", "hold on one day"),
        ("  document: an invented document\n", "", "document"),
        ("    - {effective: 2020-01-01, when: ['80'], then: '100'}", "    - x", "not a mapping"),
    ],
)
def test_a_fault_of_a_dated_table_is_told(old: str, new: str, fault: str, tmp_path: Path) -> None:
    assert old in TABLE_OF_RATES
    lay(tmp_path, {"tables/rates.yaml": TABLE_OF_RATES.replace(old, new)})
    with pytest.raises(SpecError) as raised:
        prefill.open_catalogue(tmp_path)
    assert fault in told(raised.value.problems)


def test_explain_tells_the_remedy_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(tmp_path, {"r.yaml": "- {source: 公安人口库, as_of: 2026-05-01, resident: {name: 王示例}}"})
    assert run(["explain", str(tmp_path / "r.yaml"), "resident.nmae"]) == 2
    assert capsys.readouterr().err.count("did you mean") == 1


# ── the fuzz: a list, a map, a text and nothing under every key ──────────────────────────────────────────────────────────

SHAPES: tuple[Any, ...] = (["a"], [{"a": "b"}], {"a": ["b"]}, {}, "a", None)

FORM: Mapping[str, Any] = {
    **HEAD,
    "effective": "2020-01-01",
    "expires": "2030-01-01",
    "form_number": "1",
    "approval": "1",
    "serves": ["a"],
    "note": "n",
    "sections": [
        {
            "title": "S",
            "note": "n",
            "fields": {
                "a": {
                    "label": "A", "item_no": "1", "from": "resident.sex", "kind": "code", "codes": "phr_sex", "map": {"1": "1"},
                    "required": "true", "help": "h", "when": {"resident.age": {"at_least": "60"}}, "fresh_for": "P1Y",
                    "filled_by": "street", "note": "n",
                },
                "b": {"label": "B", "first_of": ["resident.name", "resident.former_name"], "ask": "always"},
                "c": {"label": "C", "derive": {"rule": "span", "of": "resident.birth_date", "bands": ["6", "12"]}},
                "d": {"label": "D", "suggest": {"rule": "count", "of": "household.members", "where": {".sex": "1"}}, "unit": "人"},
                "e": {"label": "E", "from": ["resident.sex", "resident.sex"], "by": "same"},
                "f": {"label": "F", "by_hand": "seal"},
                "g": {
                    "label": "G", "rows_of": "household.members", "where": {"any": [{".sex": "1"}, {"not": {".sex": ["2"]}}]}, "rows": "3",
                    "columns": {"x": {"label": "X", "from": ".name", "when": {".birth_date": {"before": "2000-01-01"}}}},
                },
                "i": {
                    "label": "I", "derive": {"rule": "first_case", "cases": [{"when": {"g.x": {"known": "true"}}, "take": "resident.name"}, {"take": "b"}]},
                },
                "j": {"label": "J", "kind": "text", "suggest": {"rule": "first_case", "cases": [{"then": "a"}]}},
                "k": {"label": "K", "derive": {"rule": "join", "of": "household.members", "each": ".name", "between": "、", "where": {".sex": "1"}}},
                "l": {"label": "L", "derive": {"rule": "look_up", "table": "rate", "of": ["resident.age"]}},
                "m": {
                    "label": "M", "rows_of": "household.members", "more": "true",
                    "columns": {
                        "no": {"label": "N", "derive": {"rule": "row_number"}},
                        "age": {"label": "A", "from": ".age"},
                        "order": {"label": "O", "derive": {"rule": "rank", "of": "m.age"}},
                    },
                },
                "n": {"label": "N", "derive": {"rule": "sum", "of": "m.age", "where": {"m.age": {"over": "1"}}}},
                "h": {"use": "b", "as": "resident", "when": {"resident.sex": "1"}, "required": "true"},
            },
        }
    ],
}  # fmt: skip
BLOCK: Mapping[str, Any] = {
    "note": "n",
    "fields": {"x": {"label": "X", "from": ".name", "when": {".sex": {"known": "true"}}}},
}
PERSON: Mapping[str, Any] = {
    "entity": "pet",
    "label": "P",
    "note": "n",
    "documents": ["tag"],
    "similar": "name",
    "same": ["born"],
    "ended_by": "died",
    "apart": ["owner", "young"],
    "terms": {
        "tag": {"label": "T", "also": ["Tag"], "kind": "text", "standard": "s", "note": "n", "sensitive": "true", "sharing": "none"},
        "name": {"label": "N", "kind": "person_name", "authority": ["population_register"], "fresh_for": "P1Y"},
        "born": {"label": "B", "kind": "date"},
        "died": {"label": "D", "kind": "date"},
        "age": {"label": "A", "kind": "integer", "unit": "岁", "derive": {"rule": "age", "of": "born"}},
        "part": {"label": "C", "kind": "text", "derive": {"rule": "part", "of": ["tag"], "start": "1", "end": "2"}},
        "sort": {"label": "S", "kind": "code", "codes": "sorts"},
        "owner": {"label": "O", "to": "person"},
        "young": {
            "label": "Y", "list_of": "pet", "items_by": ["name"], "link": {"rank": {"label": "R", "kind": "integer"}},
        },
    },
}  # fmt: skip
CODES: Mapping[str, Any] = {
    "sorts": {
        "name": "S", "standard": "s", "confidence": "low", "items": {"1": "A", "2": "B", "3": "?"}, "exclusive": ["1"], "none": "1",
        "unknown": ["3"],
        "groups": {"1": ["2"]}, "partial": "true", "external": "true", "pattern": "[0-9]", "note": "n", "structure": "s", "check": "c",
    }
}  # fmt: skip
FILES: Mapping[str, Mapping[str, Any]] = {
    "99-t.yaml": FORM,
    "blocks/b.yaml": BLOCK,
    "vocabulary/pet.yaml": PERSON,
    "vocabulary/roots.yaml": {"roots": {"pet": {"entity": "pet", "label": "P", "note": "n"}}},
    "codes/x.yaml": CODES,
    "codes/mappings-x.yaml": {"m": {"from": "sorts", "to": "sorts", "map": {"1": "2"}, "note": "n"}},
    "tables/rates.yaml": {
        "rate": {
            "name": "R",
            "document": "D",
            "confidence": "low",
            "gives": {"kind": "money", "unit": "元"},
            "takes": ["age"],
            "note": "n",
            "rows": [
                {
                    "effective": "2020-01-01",
                    "expires": "2030-01-01",
                    "when": [{"at_least": "80", "under": "90"}],
                    "then": "1",
                    "note": "n",
                },
                {"effective": "2020-01-01", "when": [["1", "2"]], "then": "2", "document": "d"},
            ],
        }
    },
    "sources.yaml": {"库": {"kind": "x", "label": "L", "note": "n"}},
    "samples/index.yaml": {"t": {"record": "r.yaml", "on": "2026-11-23", "today": "2026-11-23"}},
}


def places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give every place of a spec at which something stands under a key."""
    yield place
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from places(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from places(value, (*place, index))


def changed(node: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Give a copy of a spec with something else at a place."""
    if not place:
        return value
    made = copy.copy(node)
    made[place[0]] = changed(node[place[0]], place[1:], value)
    return made


def dump(data: Any) -> str:
    return yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of specs that holds every key, and no fault: the fuzz opens it in place of the bundled one."""
    folder = tmp_path_factory.mktemp("specs")
    bundled = prefill.open_catalogue().folders[0]
    person = {
        "entity": "person",
        "documents": ["id_number"],
        "terms": {
            "name": {"label": "N", "kind": "person_name"},
            "former_name": {"label": "F", "kind": "person_name"},
            "id_number": {"label": "I", "kind": "id_number"},
            "sex": {"label": "S", "kind": "code", "codes": "gbt2261_1", "derive": {"rule": "sex", "of": "id_number"}},
            "birth_date": {"label": "B", "kind": "date", "derive": {"rule": "birth_date", "of": "id_number"}},
            "age": {"label": "A", "kind": "integer", "derive": {"rule": "age", "of": "birth_date"}},
        },
    }
    household = {
        "entity": "household",
        "terms": {"members": {"label": "M", "list_of": "person", "items_by": "documents"}},
    }
    roots = {"resident": {"entity": "person"}, "household": {"entity": "household"}}
    sexes = {
        "gbt2261_1": {"items": {"1": "男", "2": "女"}},
        "phr_sex": {"items": {"1": "男", "2": "女"}},
    }
    assert bundled.is_dir()
    texts = {name: dump(data) for name, data in FILES.items()}
    texts |= {
        "vocabulary/person.yaml": dump(person),
        "vocabulary/household.yaml": dump(household),
        "vocabulary/roots.yaml": dump({"roots": {**roots, **FILES["vocabulary/roots.yaml"]["roots"]}}),
        "codes/sexes.yaml": dump(sexes),
        "sources.yaml": dump({**FILES["sources.yaml"], "公安人口库": {"kind": "population_register"}}),
        "samples/r.yaml": "[]",
    }
    return lay(folder, texts)


def test_the_bare_specs_have_no_fault(bare: Path) -> None:
    catalogue = prefill.open_catalogue(bare, bundled=False)
    assert catalogue.check() == ()
    statement = {**REGISTER, "resident": {"name": "王示例", "id_number": "420112195003150023"}}
    assert prefill.fill(catalogue.plan(99), catalogue.record([statement]), on=ON)["b"].status == "new"


@pytest.mark.parametrize("file", FILES)
def test_nothing_but_a_spec_error_comes_of_a_wrong_shape(file: str, bare: Path) -> None:
    """With every shape under every key in turn: it is a fault, told as one, or the catalogue is sound and can be used."""
    path = bare / file
    text = path.read_text(encoding="utf-8")
    whole = yaml.load(text, yaml.CBaseLoader)
    statement = {**REGISTER, "resident": {"name": "王示例", "id_number": "420112195003150023"}}
    sound = prefill.open_catalogue(bare, bundled=False)
    apart = not file.startswith(("vocabulary", "codes", "tables", "sources"))  # the vocabulary is read from these alone
    try:
        for place in places(whole):
            for shape in SHAPES:
                path.write_text(dump(changed(whole, place, shape)), encoding="utf-8")
                where = f"{file}: {place}: {shape!r}"
                try:
                    opened = sound if apart else prefill.open_catalogue(bare, bundled=False)
                    catalogue = Catalogue((bare,), opened.vocabulary)
                    problems = catalogue.check()
                except SpecError as error:
                    problems = error.problems
                for problem in problems:
                    assert problem.where, where
                    assert problem.remedy, where
                    assert problem.what, where
                    assert problem.line is not None or "no such" in problem.what, where
                if not problems:
                    assert shape is not None or not place, where  # a file may be empty, a key may not
                    form = next(iter(catalogue.files), None)
                    prefill.fill(catalogue.plan(str(form)[:2]), catalogue.record([statement]), on=ON)
    finally:
        path.write_text(text, encoding="utf-8")
