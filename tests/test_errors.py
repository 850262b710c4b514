"""Every fault at once, each with its place and a remedy, and never a private value in a message."""

import json
import logging
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import prefill
from prefill import kinds
from prefill.kinds import CodeList
from tests.casefiles import APP

SUBJECT = "420112195003159976"


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue(APP)


def line_of(text: str, part: str) -> int:
    """The one line (from 1) that begins with a part, or else the one that holds it."""
    lines = list(enumerate(text.splitlines(), 1))
    numbers = [n for n, line in lines if line.strip().startswith(part)] or [n for n, line in lines if part in line]
    assert len(numbers) == 1, part
    return numbers[0]


def found(problems: tuple[prefill.Problem, ...], line: int, what: str, remedy: str) -> bool:
    return any(p.line == line and what in p.what and remedy in p.remedy for p in problems)


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

FORM = """\
id: faulty
system: 45x
version: "1"
title: 样表
agency: 市卫健委
purpose: test
subject: residnet
delivery: fax
approvel: 1号
basis: {document: none, confidence: high}
sections:
  - title: 一
    fields:
      key_typo: {label: 姓名, form: resident.name}
      unknown_term: {label: 电话, from: resident.phnoe}
      name: {label: 姓名, from: resident.name}
      unknown_list: {label: 婚姻, from: resident.marital_status, codes: phr_maritl}
      wrong_list: {label: 婚姻, from: resident.marital_status, codes: census7_h1}
      comparison: {label: 一, when: {resident.age: {atleast: 60}}}
      value: {label: 二, when: {resident.marital_status: 丧藕}}
      number: {label: 二, when: {resident.name: {over: 3}}}
      no_condition: {label: 三, when: {resident.spouce.name: 李示例}}
      one: {label: 甲, when: {two: 是}, kind: bool}
      two: {label: 乙, when: {one: 是}, kind: bool}
      rule: {label: 年龄, derive: {rule: agee, of: resident.birth_date}}
      parameter: {label: 前缀, derive: {rule: division_prefix, of: resident.hukou.region, digit: 2}}
      inputs: {label: 比较, derive: {rule: division_compare, of: resident.hukou.region}}
      wrong_input: {label: 年龄, derive: {rule: age, of: resident.name}}
      wrong_number: {label: 前缀, derive: {rule: division_prefix, of: resident.hukou.region, digits: two}}
      kind: {label: 丙, kind: integr}
      no_label: {from: resident.name}
      map: {label: 婚姻, from: resident.marital_status, codes: phr_marital, map: {已昏: 已婚}}
      option: {label: 婚姻, from: resident.marital_status, codes: phr_marital, map: {已婚: 已混}}
      mapping: {label: 血型, from: resident.blood_type, codes: phr_abo, map: blood_type_phr_abbo}
      no_rows: {label: 表, rows_of: resident.name, columns: {a: {label: 甲}}}
      no_columns: {label: 表, rows_of: household.members}
      column: {label: 表, rows_of: household.members, columns: {b: {label: 乙, from: .nmae}}}
      filter: {label: 表, rows_of: household.members, where: {.aeg: {over: 3}}, columns: {c: {label: 丙}}}
      staler: {label: 电话, from: resident.phone, fresh_for: P2Y}
      barely: {label: 电话, from: resident.phone, fresh_for: P366D}
      duration: {label: 电话, from: resident.phone, fresh_for: a year}
      through: {label: 成员, from: household.members.name}
      entity: {label: 配偶, from: resident.spouse}
      two_origins: {label: 二, from: resident.name, by_hand: seal}
      household: {label: 三}
      row: {label: 行, from: .name}
      unit: {label: 收入, from: resident.income, unit: 万元}
      several: {label: 单选, from: resident.devices, kind: code}
      block: {use: divison, as: community}
      always: {label: 四, ask: alwais}
  - titel: 二
    fields:
      name: {label: 又是姓名, from: resident.name}
      broken: {label: [, from: resident.name}
      after: {label: 后面, from: resident.nmae}
"""

FORM_FAULTS = [
    ("system: 45x", "'system'", "write"),
    ("subject: residnet", "unknown subject 'residnet'", "'resident'"),
    ("delivery: fax", "'delivery'", "retyped"),
    ("approvel", "unknown key 'approvel'", "'approval'"),
    ("key_typo", "unknown key 'form'", "'from'"),
    ("unknown_term", "unknown term 'resident.phnoe'", "'resident.phone'"),
    ("unknown_list", "unknown code list 'phr_maritl'", "'phr_marital'"),
    ("wrong_list", "not just one mapping", "map"),
    ("comparison", "unknown comparison 'atleast'", "'at_least'"),
    ("value:", "is no value of 'resident.marital_status'", "code or label"),
    ("number:", "is no number", "compares numbers"),
    ("no_condition", "unknown term 'resident.spouce.name'", ""),
    ("one:", "a cycle: one → two → one", "not refer"),
    ("rule: {", "unknown rule 'agee'", "'age'"),
    ("parameter:", "no parameter 'digit'", "'digits'"),
    ("inputs:", "takes 2 inputs, not 1", "as many"),
    ("wrong_input", "'age' cannot be applied to 'resident.name'", "it takes date"),
    ("wrong_number", "digits", "2 or 4"),
    ("kind: {", "unknown kind 'integr'", "'integer'"),
    ("no_label", "no 'label'", "add label"),
    ("map: {label", "is no value of the term", "code or label"),
    ("option:", "is no value of the field", "code or label"),
    ("mapping:", "unknown mapping 'blood_type_phr_abbo'", "'blood_type_phr_abo'"),
    ("no_rows", "'resident.name' is no list", "list term"),
    ("no_columns", "has no columns", "columns"),
    ("column:", "unknown term '.nmae'", "'.name'"),
    ("filter:", "unknown term '.aeg'", "'.age'"),
    ("staler", "staler than the term allows (P1Y)", "fresher"),
    ("barely", "staler than the term allows (P1Y)", "fresher"),
    ("duration", "not an ISO 8601 duration", "P1Y"),
    ("through", "goes through a list", "rows_of"),
    ("entity:", "is no single fact", "name a term"),
    ("two_origins", "more than one origin: from, by_hand", "keep one"),
    ("household: {", "is a root of the vocabulary", "another key"),
    ("row:", "speaks of a row", "from its root"),
    ("unit:", "the term is in 元, the field in 万元", "rule"),
    ("several", "several codes do not fit", "multi_code"),
    ("block:", "unknown block 'divison'", "'division'"),
    ("always:", "'ask'", "always"),
    ("titel", "unknown key 'titel'", "'title'"),
    ("又是姓名", "stands twice", "key of its own"),
    ("broken:", "broken YAML", "mend this line"),
    ("after:", "unknown term 'resident.nmae'", "'resident.name'"),
]


@pytest.fixture(scope="module")
def form_problems(
    catalogue: prefill.Catalogue, tmp_path_factory: pytest.TempPathFactory
) -> tuple[prefill.Problem, ...]:
    file = tmp_path_factory.mktemp("forms") / "faulty.yaml"
    file.write_text(FORM, encoding="utf-8")
    with pytest.raises(prefill.SpecError) as error:
        catalogue.plan(file)
    return error.value.problems


@pytest.mark.parametrize("part, what, remedy", FORM_FAULTS, ids=[part.strip(": {") for part, _, _ in FORM_FAULTS])
def test_every_fault_of_a_form_is_named_in_one_go(
    form_problems: tuple[prefill.Problem, ...], part: str, what: str, remedy: str
) -> None:
    line = line_of(FORM, part)
    assert found(form_problems, line, what, remedy), (
        "\n".join(str(p) for p in form_problems if p.line == line) or "nothing"
    )


def test_no_fault_of_a_form_is_made_up(form_problems: tuple[prefill.Problem, ...]) -> None:
    lines = {line_of(FORM, part) for part, _, _ in FORM_FAULTS} | {line_of(FORM, "- titel")}
    assert [str(p) for p in form_problems if p.line not in lines] == []


def test_each_message_is_one_line_with_file_line_and_remedy(form_problems: tuple[prefill.Problem, ...]) -> None:
    for problem in form_problems:
        assert re.fullmatch(r"[^\n]*faulty\.yaml:\d+: [^\n]+\. Remedy: [^\n]+", str(problem)), problem


def test_a_form_that_is_no_form(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    for name, text in {"empty": "", "list": "- a", "text": "表", "zeros": "\0\0", "deep": "[" * 5000}.items():
        file = tmp_path / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(prefill.SpecError):
            catalogue.plan(file)


def test_a_form_that_is_not_there(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    for name, near in {"helth-record": "health-record", "99": "prefill forms", "": "prefill forms"}.items():
        with pytest.raises(prefill.FileError, match="there is no form") as error:
            catalogue.plan(name)
        assert near in error.value.problems[0].remedy
    with pytest.raises(prefill.FileError, match="no such file"):
        catalogue.plan(tmp_path / "no.yaml")


# ── the vocabulary ───────────────────────────────────────────────────────────────────────────────────────────────────────

VOCABULARY = """\
entity: person
terms:
  lable_typo: {lable: 一, kind: text}
  kind_typo: {label: 二, kind: txet}
  list_typo: {label: 三, kind: code, codes: gbt2261}
  no_list: {label: 四, kind: code}
  entity_typo: {label: 五, to: persn}
  duration: {label: 六, kind: text, fresh_for: 1Y}
  sharing: {label: 七, kind: text, sharing: condtional}
  rule: {label: 八, kind: date, derive: {rule: birthdate, of: id_number}}
  input: {label: 九, kind: date, derive: {rule: birth_date, of: id_nummer}}
"""
CODES = """\
wrong: {name: 一, items: {'1': 甲}, exclusive: ['2']}
typo: {name: 二, itmes: {'1': 甲}}
"""
MAPPINGS = """\
one: {from: gbt2261_1, to: phr_sexx, map: {'1': '1'}}
two: {from: gbt2261_1, to: phr_sex, map: {'7': '1'}}
three: {from: gbt2261_1, to: phr_sex, map: {'1': '7'}}
"""
ROOTS = "roots:\n  neighbour: {entity: persn, label: 邻居}\n"
VOCABULARY_FAULTS = [
    ("person.yaml", "lable_typo", "unknown key 'lable'", "'label'"),
    ("person.yaml", "kind_typo", "'kind'", "'text'"),
    ("person.yaml", "list_typo", "unknown code list 'gbt2261'", "'gbt2261_"),
    ("person.yaml", "no_list", "a code without a code list", "codes"),
    ("person.yaml", "entity_typo", "unknown entity type 'persn'", "'person'"),
    ("person.yaml", "duration", "'fresh_for'", "P1Y"),
    ("person.yaml", "sharing", "'sharing'", "'conditional'"),
    ("person.yaml", "rule:", "unknown rule 'birthdate'", "'birth_date'"),
    ("person.yaml", "input", "unknown term 'id_nummer'", "'id_number'"),
    ("lists.yaml", "wrong", "the code '2' is not among the items", "code of this list"),
    ("lists.yaml", "typo", "unknown key 'itmes'", "'items'"),
    ("mappings.yaml", "one", "unknown code list 'phr_sexx'", "'phr_sex'"),
    ("mappings.yaml", "two", "'7' is no code of gbt2261_1", "code of the list"),
    ("mappings.yaml", "three", "'7' is no code of phr_sex", "code of the list"),
    ("roots.yaml", "neighbour", "unknown entity type 'persn'", "'person'"),
]


@pytest.fixture(scope="module")
def vocabulary_problems(tmp_path_factory: pytest.TempPathFactory) -> tuple[prefill.Problem, ...]:
    folder = tmp_path_factory.mktemp("vocabulary")
    for name in ("vocabulary", "codes"):
        (folder / name).mkdir()
    (folder / "vocabulary" / "person.yaml").write_text(VOCABULARY, encoding="utf-8")
    (folder / "vocabulary" / "roots.yaml").write_text(ROOTS, encoding="utf-8")
    (folder / "codes" / "lists.yaml").write_text(CODES, encoding="utf-8")
    (folder / "codes" / "mappings.yaml").write_text(MAPPINGS, encoding="utf-8")
    with pytest.raises(prefill.SpecError) as error:
        prefill.open_catalogue(folder)
    return error.value.problems


@pytest.mark.parametrize("file, part, what, remedy", VOCABULARY_FAULTS)
def test_every_fault_of_a_vocabulary_is_named_in_one_go(
    vocabulary_problems: tuple[prefill.Problem, ...], file: str, part: str, what: str, remedy: str
) -> None:
    text = {"person.yaml": VOCABULARY, "roots.yaml": ROOTS, "lists.yaml": CODES, "mappings.yaml": MAPPINGS}[file]
    of_file = tuple(problem for problem in vocabulary_problems if problem.where.endswith(file))
    assert found(of_file, line_of(text, part), what, remedy), "\n".join(map(str, of_file))


# ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

RECORD = f"""\
- source: 公安人口库
  as_of: 2026-05-01
  resident: {{name: 王示例, id_number: "{SUBJECT}", hukou: {{adress: 示例路1号}}}}
  houshold: {{members: []}}
- source: 公安人囗库
  as_of: 2026-13-01
  resident:
    phone: 一三九
    sponse: {{name: 李示例}}
- as_of: 2026-05-02
  resident: {{school: 无名小学}}
- 王示例
- source: 社区网格
  as_of: 2026-10  # a month
  origin: typed
  resident:
    school: 示例小学
    spouse: [李示例]
    health: {{operations: 阑尾}}
    blood_type: 熊猫血
  unavailable:
    - resident.phnoe
    - resident.income
  not_applicable: {{resident: x}}
- source: 居民自报
  as_of: 2026-10-01
  resident: 王示例
- source: 居民自报
  as_of: 2026-10-02
  resident:
    devices: [轮椅]
    locker: "7"
    locker: "8"
"""
RECORD_FAULTS = [
    ("adress", "unknown term 'resident.hukou.adress'", "'hukou.address'"),
    ("houshold", "unknown key 'houshold'", "'household'"),
    ("公安人囗库", "unknown source", "'公安人口库'"),
    ("2026-13-01", "as_of is no full date", "2026-05-01"),
    ("phone: 一", "the value of 'resident.phone' by an unknown source is unreadable", "correct it at its source"),
    ("sponse", "unknown term 'resident.sponse'", "'spouse'"),
    ("as_of: 2026-05-02", "a statement without a source", "add source"),
    ("- 王示例", "a statement that is no mapping", "write source"),
    ("as_of: 2026-10  # a month", "as_of is no full date", "2026-05-01"),
    ("origin", "unknown origin", "manual, override, confirm"),
    ("spouse:", "takes one entity and no list", "one entity"),
    ("operations", "takes a list", "write a list"),
    ("熊猫血", "the value of 'resident.blood_type' by 社区网格信息 is unreadable", "correct it at its source"),
    ("phnoe", "unknown term 'resident.phnoe'", "'resident.phone'"),
    ("not_applicable", "is no list of paths", "write a list"),
    ("resident: 王示例", "'resident' is no mapping", "under it"),
    ('locker: "8"', "the key 'locker' stands twice", "keep one"),
]


@pytest.fixture(scope="module")
def faulty(catalogue: prefill.Catalogue) -> prefill.Record:
    return catalogue.parse_record(RECORD, "wang.yaml")


def test_a_value_that_slipped_into_the_column_of_sources_is_in_no_message(catalogue: prefill.Catalogue) -> None:
    told = {"id_number": "420112195003150023", "birth_date": "yesterday"}
    record = catalogue.record([{"source": "王示例", "as_of": "2026-10-12", "resident": told}])
    assert len(record.problems) == 2
    assert "王示例" not in "".join(map(str, record.problems))
    own = catalogue.record([{"source": "police_db", "as_of": "2026-10-12", "resident": {"name": "王示例"}}])
    assert own.problems[0].what == "unknown source 'police_db'; it is used without authority"


@pytest.mark.parametrize("part, what, remedy", RECORD_FAULTS)
def test_every_fault_of_a_record_is_named_in_one_go(faulty: prefill.Record, part: str, what: str, remedy: str) -> None:
    assert found(faulty.problems, line_of(RECORD, part), what, remedy), "\n".join(map(str, faulty.problems))


def test_no_fault_of_a_record_is_made_up(faulty: prefill.Record) -> None:
    lines = {line_of(RECORD, part) for part, _, _ in RECORD_FAULTS}
    assert [str(p) for p in faulty.problems if p.line not in lines] == []


def test_the_good_facts_of_a_faulty_record_are_used(faulty: prefill.Record) -> None:
    facts = {(fact.path, str(fact.value)) for fact in faulty if fact.rule is None}
    assert {("resident.name", "王示例"), ("resident.id_number", SUBJECT), ("resident.school", "示例小学")} <= facts
    assert ("resident.devices", "('1',)") in facts
    assert not [fact for fact in faulty if fact.path == "resident.locker"]  # of two values none is taken
    assert not [fact for fact in faulty if fact.value == "无名小学"]  # nobody stated it


def test_two_numbers_in_one_identity_are_refused_with_the_sources(catalogue: prefill.Catalogue) -> None:
    numbers = ("420112202006189989", "420112200811239978")
    record = [
        {
            "source": "医院系统",
            "as_of": "2026-05-01",
            "resident": {"birth_certificate_no": "Z420000001", "id_number": numbers[0]},
        },
        {
            "source": "学籍系统",
            "as_of": "2026-09-01",
            "resident": {"birth_certificate_no": "Z420000001", "id_number": numbers[1]},
        },
    ]
    with pytest.raises(prefill.RecordError) as error:
        catalogue.record(record)
    message = str(error.value)
    assert "医院信息" in message
    assert "教育信息" in message
    assert "Remedy" in message
    assert not any(number in message for number in (*numbers, "Z420000001"))


def test_a_broken_record_is_refused_whole(catalogue: prefill.Catalogue) -> None:
    """A line left out may be the one that says whose the next ones are."""
    text = '- source: 公安人口库\n  as_of: 2026-05-01\n  resident: {name: 王示例}\n- source: "社区网格\n  resident: {school: 示例小学}\n'
    with pytest.raises(prefill.RecordError, match="broken YAML"):
        catalogue.parse_record(text)
    with pytest.raises(prefill.RecordError, match="broken JSON"):
        catalogue.parse_record('[{"source": "公安人口库", "resident": {"name": "王示例"}]')


# ── private values ───────────────────────────────────────────────────────────────────────────────────────────────────────

LISTS = CodeList("some_list", "某", None, None, {"1": "甲", "2": "乙"})
SECRETS: list[Any] = [
    "绝密示例人",
    "绝密 420112195003159975",
    "420112195003159975",
    "1390000000",
    "2026-02-30 绝密",
    "绝密@例",
    -987654321,
    98765.4321,
    ["绝密", "甲"],
    {"绝密": "绝密"},
    {"name": ["绝密"]},
    "x" * 5000 + "绝密",
]


def hidden(message: str, secret: Any) -> bool:
    """Whether nothing of a secret shows in a message."""
    parts = re.findall(
        r"绝密|987654321|98765\.4321|1390000000|420112195003159975|x{20}", json.dumps(secret, ensure_ascii=False)
    )
    return not any(part in message for part in parts)


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_no_kind_tells_what_it_could_not_read(kind: str) -> None:
    for secret in SECRETS:
        message = ""
        try:
            kinds.read(kind, secret, LISTS if "code" in kind else None)
        except kinds.Unreadable as error:
            message = str(error)
        assert hidden(message, secret), message


def test_no_message_and_no_log_holds_a_private_value(
    catalogue: prefill.Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    terms = catalogue.vocabulary.types["person"].terms
    for secret in SECRETS:
        resident: dict[str, Any] = {}
        for path in terms:
            inner = resident
            *branch, last = path.split(".")
            for part in branch:
                inner = inner.setdefault(part, {})
            inner[last] = secret
        messages: list[str] = []
        try:
            record = catalogue.record([{"source": "社区网格", "as_of": "2026-10-12", "resident": resident}])
            messages += map(str, record.problems)
            messages.append(repr(record))
        except prefill.RecordError as error:
            messages.append(str(error))
        assert messages
        for message in messages:
            # a key is no value: where the secret was given as a map its key is called unknown, by design of the message
            assert hidden(message, secret) or "unknown term" in message, message
    assert caplog.text == ""


def test_what_names_an_object_says_nothing_of_the_person(catalogue: prefill.Catalogue) -> None:
    record = catalogue.record([{"source": "社区网格", "resident": {"name": "王绝密", "id_number": SUBJECT}}])
    filled = prefill.fill(catalogue.plan(39), record, on=date(2026, 11, 23))
    for thing in (record, filled, *record.entities, filled.plan):
        assert "绝密" not in repr(thing)
        assert SUBJECT not in repr(thing)


# ── anything at all ──────────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = [
    "source",
    "as_of",
    "origin",
    "unavailable",
    "not_applicable",
    "resident",
    "household",
    "members",
    "spouse",
    "name",
    "phone",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([*WORDS, "公安人口库", "2026-05-01", SUBJECT]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=3), st.integers()), inner, max_size=4),
    ),
    max_leaves=12,
)
STATEMENT = st.builds(
    lambda said: {"source": "公安人口库", **said}, st.dictionaries(st.sampled_from(WORDS), ANYTHING, max_size=5)
)


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.one_of(ANYTHING, st.lists(STATEMENT, max_size=3)))
def test_anything_is_a_record_or_a_clean_refusal(catalogue: prefill.Catalogue, data: Any) -> None:
    try:
        problems = catalogue.record(data if isinstance(data, list) else [data]).problems
    except prefill.RecordError as error:
        problems = error.problems or (prefill.Problem("", None, "a refusal that says nothing", ""),)
    assert all(problem.what and problem.remedy for problem in problems)
