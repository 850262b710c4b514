"""What holds for any record: order and repetition change nothing, subjects never mix, no text without a fact, nothing from the future."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import prefill
from prefill import Fact
from prefill.filling import SourcedFact
from prefill.reasons import REASONS
from tests.casefiles import APP, Case, fill, plan_of, plan_of_form, read_cases, record_of

QUICK = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

ON = date(2026, 11, 23)
SUBJECT = "420112195003159976"
PERSONS = ["420112195203169984", "420112199008209977", "42011220081124999X"]
SOURCES = ["公安人口库", "省人口库", "社区网格", "居民自报", "医保信息系统", "健康档案", "民政婚姻登记", "某某系统"]
DAYS = [
    None,
    "2020-02-29",
    "2023-11-22",
    "2023-11-23",
    "2025-11-22",
    "2025-11-23",
    "2026-10-12",
    "2026-11-23",
    "2026-11-24",
    "2027-01-01",
]

# ── a form that asks for a bit of everything ─────────────────────────────────────────────────────────────────────────────

FIELDS: dict[str, Any] = {
    "name": {"label": "姓名", "from": "resident.name"},
    "id_number": {"label": "号码", "from": "resident.id_number"},
    "birth_date": {"label": "出生日期", "from": "resident.birth_date"},
    "birth_month": {"label": "出生年月", "from": "resident.birth_date", "kind": "year_month"},
    "age": {"label": "年龄", "from": "resident.age"},
    "sex": {"label": "性别", "from": "resident.sex", "codes": "phr_sex"},
    "phone": {"label": "电话", "from": "resident.phone"},
    "recent": {"label": "近期电话", "from": "resident.phone", "fresh_for": "P1M"},
    "school": {"label": "学校", "from": "resident.school"},
    "marital": {"label": "婚姻", "from": "resident.marital_status"},
    "marital_short": {"label": "婚姻", "from": "resident.marital_status", "codes": "phr_marital"},
    "single": {
        "label": "单身",
        "from": "resident.marital_status",
        "codes": "yes_no",
        "map": {"未婚": "是", "none": "否"},
    },
    "alone": {"label": "独居", "from": "resident.lives_alone"},
    "dependants": {"label": "人数", "from": "resident.dependants"},
    "devices": {"label": "器具", "from": "resident.devices"},
    "first_job": {"label": "就业", "from": "resident.first_job"},
    "job_year": {"label": "就业年", "from": "resident.first_job", "kind": "year"},
    "where": {
        "label": "人户",
        "derive": {"rule": "division_compare", "of": ["resident.hukou.region", "resident.residence.region"]},
    },
    "either": {"label": "何处", "first_of": ["resident.school", "resident.locker"]},
    "spouse": {
        "label": "配偶",
        "from": "resident.spouse.name",
        "when": {"resident.marital_status": {"in_group": "已婚"}},
    },
    "spouse_phone": {"label": "配偶电话", "from": "resident.spouse.phone"},
    "spouse_age": {"label": "配偶年龄", "from": "resident.spouse.age"},
    "contact": {"label": "联系人", "from": "resident.emergency_contact.name"},
    "welfare": {"label": "救助", "from": "resident.welfare.level"},
    "elder": {
        "label": "老年",
        "from": "resident.school",
        "when": {"any": [{"age": {"at_least": 60}}, {"alone": "是"}]},
    },
    "typed": {"label": "事由", "kind": "code", "codes": "yes_no"},
    "typed_why": {"label": "原因", "from": "resident.locker", "when": {"typed": "是"}},
    "had": {"label": "手术有无", "derive": {"rule": "exists", "of": "resident.health.operations"}},
    "operations": {
        "label": "手术",
        "rows_of": "resident.health.operations",
        "columns": {"name": {"label": "名称", "from": ".name"}, "date": {"label": "时间", "from": ".date"}},
    },
    "trips": {"label": "外出", "rows_of": "resident.trips", "columns": {"place": {"label": "地点", "from": ".place"}}},
    "members": {
        "label": "成员",
        "rows_of": "household.members",
        "where": {".death_date": {"known": False}},
        "columns": {
            "name": {"label": "姓名", "from": ".name"},
            "relation": {"label": "关系", "from": ".relation_to_head", "codes": "census7_d2"},
            "phone": {"label": "电话", "from": ".phone", "when": {".age": {"at_least": 18}}},
            "age": {"label": "年龄", "from": ".age"},
        },
    },
    "adults": {
        "label": "成年人数",
        "derive": {"rule": "count", "of": "household.members", "where": {".age": {"at_least": 18}}},
    },
    "opinion": {"label": "意见", "from": "resident.name", "filled_by": "street"},
    "signature": {"label": "签名", "by_hand": "signature"},
    "declared": {"label": "声明", "from": "resident.name", "ask": "always"},
}
STRAIGHT = {  # fields that take a term as it is: what they show is what was stated
    key: field["from"]
    for key, field in FIELDS.items()
    if set(field) <= {"label", "from"} and key not in ("birth_date", "age", "spouse_age", "welfare")
}


@cache
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue(APP)


@cache
def plan(**more: str) -> prefill.Plan:
    form = {
        "id": "everything",
        "version": "1",
        "title": "什么都问",
        "agency": "市卫健委",
        "purpose": "test",
        "subject": "resident",
        "delivery": "paper",
        "basis": {"document": "none", "confidence": "low"},
        "sections": [{"title": "一", "fields": FIELDS}],
        **more,
    }
    with TemporaryDirectory() as folder:
        return plan_of_form(form, catalogue(), Path(folder) / "form.yaml")


# ── any record ───────────────────────────────────────────────────────────────────────────────────────────────────────────

PHONES = st.sampled_from(["13900000001", "１３９00000001", "13900000002", "不详", "一三九"])
DATES = st.sampled_from(["1950-03-15", "1950-03", "1950", "1951.1.2", "00000000", "不是日期"])
NAMES = st.sampled_from(["王示例", "李示例", "陈样本"])
PERSON = {
    "name": NAMES,
    "phone": PHONES,
    "birth_date": DATES,
    "death_date": st.sampled_from(["2019-02-01", "2026-11-24"]),
}
ANYBODY = st.fixed_dictionaries({}, optional=PERSON)
KNOWN_PERSON = st.builds(lambda number, said: {"id_number": number, **said}, st.sampled_from(PERSONS), ANYBODY)
SOMEBODY = st.one_of(KNOWN_PERSON, ANYBODY)
MEMBER = st.builds(
    lambda person, relation: {**person, "relation_to_head": relation},
    st.one_of(SOMEBODY, st.just({"id_number": SUBJECT})),
    st.sampled_from(["子", "女", "配偶", "户主", None]),
)
RESIDENT = st.fixed_dictionaries(
    {},
    optional={
        **PERSON,
        "id_number": st.just(SUBJECT),
        "school": st.sampled_from(["示例小学", "样本小学", "无"]),
        "locker": st.sampled_from(["1234", "1234-05"]),
        "marital_status": st.sampled_from(["未婚", "已婚", "初婚", "再婚", "22", "丧偶", "说不清"]),
        "lives_alone": st.sampled_from([True, False, "是", "否"]),
        "dependants": st.sampled_from([0, 1, "2", True]),
        "devices": st.sampled_from([[], ["无"], ["轮椅"], ["拐杖", "轮椅"], ["飞毯"]]),
        "first_job": DATES,
        "hukou": st.sampled_from([{"region": "420112998101"}, {"region": "420112"}]),
        "residence": st.sampled_from([{"region": "420112998101"}, {"region": "420106998102"}]),
        "spouse": SOMEBODY,
        "emergency_contact": SOMEBODY,
        "welfare": st.just({"level": "最低生活保障"}),
        "health": st.sampled_from(
            [
                {"operations": []},
                {"operations": [{"name": "甲"}, {"name": "甲"}]},
                {"operations": [{"name": "乙", "date": "1985"}]},
            ]
        ),
        "trips": st.sampled_from([[], [{"place": "示例市"}], [{"place": "样本市"}]]),
    },
)
ABSENT = st.lists(
    st.sampled_from(
        [
            "resident.phone",
            "resident.school",
            "resident.marital_status",
            "resident.health",
            "resident.spouse",
            "resident.devices",
        ]
    ),
    max_size=2,
)


@st.composite
def statements(draw: st.DrawFn) -> Mapping[str, Any]:
    said: dict[str, Any] = {"source": draw(st.sampled_from(SOURCES))}
    as_of = draw(st.sampled_from(DAYS))
    if as_of:
        said["as_of"] = as_of
    if draw(st.integers(0, 5)) == 0:
        said |= {"source": "社区填报", "origin": draw(st.sampled_from(["manual", "override", "confirm"]))}
    said["resident"] = draw(RESIDENT)
    if draw(st.booleans()):
        said["household"] = {"members": draw(st.lists(MEMBER, max_size=3))}
    if draw(st.integers(0, 3)) == 0:
        said["unavailable"] = draw(ABSENT)
        said["not_applicable"] = [path for path in draw(ABSENT) if path not in said["unavailable"]]
    return said


BASE: Mapping[str, Any] = {"source": "公安人口库", "as_of": "2020-02-29", "resident": {"id_number": SUBJECT}}
RECORDS = st.lists(statements(), min_size=1, max_size=6).map(lambda told: [BASE, *told])


def filled(told: Sequence[Mapping[str, Any]], on: date = ON) -> prefill.FilledForm:
    return prefill.fill(plan(), catalogue().record(told), on=on, filing=prefill.Filing(worker="陈示例"))


Origin = tuple[str, str, str | None]


def origins(facts: Iterable[Fact | SourcedFact]) -> list[Origin]:
    """Where facts were stated, by whom and as of when."""
    return [(fact.path, fact.source, fact.as_of) for fact in facts]


def cells(form: prefill.FilledForm) -> list[tuple[Any, ...]]:
    """What each entry says, without the alternatives and without the names of rows."""
    return [(e.key, e.reason, e.value, e.text, origins(e.facts), e.waits_for) for e in form.entries]


def stated(record: prefill.Record) -> set[Origin]:
    """Where each fact of a record was stated, those of memberships included."""
    found: set[Origin] = set()
    for entity in record.entities:
        for cell in entity.cells.values():
            found.update(origins(cell.facts))
            items = [
                item for fact in cell.facts if cell.term.many and isinstance(fact.value, tuple) for item in fact.value
            ]
            for link in [item.link for item in items if item.link is not None]:
                found.update(origin for of in link.cells.values() for origin in origins(of.facts))
    return found


# ── the properties ───────────────────────────────────────────────────────────────────────────────────────────────────────


@QUICK
@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_statements_changes_nothing(told: list[Mapping[str, Any]], random: Any) -> None:
    shuffled = told.copy()
    random.shuffle(shuffled)
    assert prefill.to_json(filled(shuffled)) == prefill.to_json(filled(told))


def turned(data: Any) -> Any:
    """The same data with the keys of each map in the opposite order."""
    if isinstance(data, dict):
        return {key: turned(value) for key, value in reversed(data.items())}
    return [turned(one) for one in data] if isinstance(data, list) else data


@QUICK
@given(RECORDS)
def test_the_order_of_keys_changes_nothing(told: list[Mapping[str, Any]]) -> None:
    assert prefill.to_json(filled(turned(told))) == prefill.to_json(filled(told))


@QUICK
@given(RECORDS)
def test_a_statement_made_twice_is_made_once(told: list[Mapping[str, Any]]) -> None:
    assert prefill.to_json(filled([*told, *told])) == prefill.to_json(filled(told))


@QUICK
@given(RECORDS)
def test_filling_twice_gives_the_same_bytes(told: list[Mapping[str, Any]]) -> None:
    record = catalogue().record(told)
    once, again = (prefill.fill(plan(), record, on=ON) for _ in range(2))
    assert prefill.to_json(once) == prefill.to_json(again)


@QUICK
@given(RECORDS)
def test_no_text_without_a_fact(told: list[Mapping[str, Any]]) -> None:
    record = catalogue().record(told)
    known = stated(record)
    for entry in prefill.fill(plan(), record, on=ON).entries:
        assert entry.status == REASONS[entry.reason]
        assert (entry.text != "") == (entry.value is not None), entry.key
        assert (entry.value is None) or entry.facts, entry.key
        if entry.reason in ("disputed", "candidates") or entry.status in ("new", "hand", "skip"):
            assert entry.value is None, entry.key
        assert set(origins(entry.facts)) <= known, entry.key
        for other in entry.others:
            assert other.facts, entry.key
            assert set(origins(other.facts)) <= known, entry.key


@QUICK
@given(RECORDS)
def test_a_value_that_no_rule_gives_is_one_that_was_stated(told: list[Mapping[str, Any]]) -> None:
    form = filled(told)
    for key in STRAIGHT:
        entry = form[key]
        if entry.value is not None:
            assert entry.value in [fact.value for fact in entry.facts], key
        for other in entry.others:
            assert other.value is None or other.value in [fact.value for fact in other.facts], key


@QUICK
@given(RECORDS)
def test_what_a_later_statement_says_never_shows(told: list[Mapping[str, Any]]) -> None:
    past = [said for said in told if (said.get("as_of") or "") <= ON.isoformat()]
    whole, known_then = filled(told), filled(past)
    assert cells(whole) == cells(known_then)
    assert all((fact.as_of or "") <= ON.isoformat() for entry in whole.entries for fact in entry.facts)


@QUICK
@given(RECORDS)
def test_a_source_that_is_down_wipes_nothing(told: list[Mapping[str, Any]]) -> None:
    down = {
        "source": "医院系统",
        "as_of": "2026-11-01",
        "unavailable": ["resident.phone", "resident.school", "resident.health"],
    }
    before = {(e.key, e.row): e for e in filled(told).entries}
    for entry in filled([down, *told]).entries:
        was = before[entry.key, entry.row]
        if was.status in ("known", "confirm"):
            assert (entry.reason, entry.value, origins(entry.facts)) == (was.reason, was.value, origins(was.facts)), (
                entry.key
            )


@QUICK
@given(RECORDS)
def test_explain_agrees_with_the_form(told: list[Mapping[str, Any]]) -> None:
    record = catalogue().record(told)
    form = prefill.fill(plan(deceased="allowed"), record, on=ON)
    for key in (
        "name",
        "phone",
        "school",
        "marital",
        "alone",
        "devices",
        "spouse_phone",
        "contact",
        "id_number",
        "age",
    ):
        explanation = prefill.explain(record, FIELDS[key]["from"], on=ON)
        assert (explanation.reason, explanation.text) == (form[key].reason, form[key].text), key


@settings(QUICK, max_examples=8)
@given(RECORDS, RECORDS)
def test_two_subjects_filled_from_one_plan_in_threads_never_mix(
    one: list[Mapping[str, Any]], other: list[Mapping[str, Any]]
) -> None:
    records = [catalogue().record(one), catalogue().record(other)]
    alone = [prefill.to_json(prefill.fill(plan(), record, on=ON)) for record in records]
    with switching_often(), ThreadPoolExecutor(4) as pool:
        together = pool.map(lambda n: prefill.to_json(prefill.fill(plan(), records[n % 2], on=ON)), range(12))
    assert list(together) == alone * 6


class switching_often:  # noqa: N801  # reads like the word it is
    """Let threads take turns as often as can be."""

    def __enter__(self) -> None:
        self.interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)

    def __exit__(self, *_: object) -> None:
        sys.setswitchinterval(self.interval)


def good_cases() -> Iterator[Case]:
    return (case for case in read_cases() if "refused" not in case.data)


@pytest.mark.parametrize("case", list(good_cases()), ids=str)
def test_the_order_of_a_cases_statements_changes_nothing(case: Case, tmp_path: Path) -> None:
    form = plan_of(case, catalogue(), tmp_path)
    told = list(record_of(case, form, catalogue()).statements)
    texts = {
        prefill.to_json(fill(case, form, catalogue().record(order), catalogue()))
        for order in (told, told[::-1], told[1:] + told[:1])
    }
    assert len(texts) == 1
