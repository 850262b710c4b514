"""Bugs that other prefilling systems had and somebody else paid for: none of them here. Each test names the bug."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill import kinds
from prefill.kinds import CodeList
from tests.casefiles import APP, plan_of_form

ON = date(2026, 11, 23)
WANG, LI, CHEN = "420112195003159976", "420112195203169984", "420112197805059992"


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue(APP)


class Desk:
    """Makes forms of a few fields, and fills them."""

    def __init__(self, catalogue: prefill.Catalogue, folder: Path) -> None:
        self.catalogue, self.folder, self.made = catalogue, folder, 0

    def plan(self, fields: Mapping[str, Any], subject: str = "resident") -> prefill.Plan:
        self.made += 1
        form = {
            "id": "lesson",
            "version": "1",
            "title": "一课",
            "agency": "市卫健委",
            "purpose": "test",
            "subject": subject,
            "delivery": "paper",
            "basis": {"document": "none", "confidence": "low"},
            "sections": [{"title": "一", "fields": fields}],
        }
        return plan_of_form(form, self.catalogue, self.folder / f"{self.made}.yaml")

    def fill(
        self, fields: Mapping[str, Any], record: Sequence[Mapping[str, Any]], on: date = ON, subject: str = "resident"
    ) -> prefill.FilledForm:
        return prefill.fill(self.plan(fields, subject), self.catalogue.record(record), on=on)


@pytest.fixture
def desk(catalogue: prefill.Catalogue, tmp_path: Path) -> Desk:
    return Desk(catalogue, tmp_path)


def said(
    resident: Mapping[str, Any], source: str = "社区网格", as_of: str | None = "2026-10-12", **more: Any
) -> dict[str, Any]:
    """A statement about the resident."""
    return {"source": source, "as_of": as_of, "resident": resident, **more}


def field(path: str, **more: Any) -> dict[str, Any]:
    return {"label": path, "from": path, **more}


def texts(filled: prefill.FilledForm, column: str) -> list[str]:
    return [entry.text for entry in filled if entry.key == column]


def test_two_subjects_on_one_form_object_interleaved(catalogue: prefill.Catalogue) -> None:
    """Alice's data in Bob's form, since both were filled from one object: nothing leaks, whichever is looked at first."""
    plan = catalogue.plan(39)
    alice = catalogue.record([said({"name": "王示例", "id_number": WANG, "phone": "13900000001"})])
    bob = catalogue.record([said({"name": "李示例", "id_number": LI})])
    first = prefill.fill(plan, alice, on=ON)
    second = prefill.fill(plan, bob, on=ON)
    assert second["name"].text == "李示例"
    assert first["name"].text == "王示例"
    assert second["phone"].text == ""
    assert "13900000001" not in prefill.to_json(second)
    assert prefill.to_json(prefill.fill(plan, alice, on=ON)) == prefill.to_json(first)


def test_a_source_that_fails_in_every_order(desk: Desk) -> None:
    """A failing source must not wipe what the others gave, wherever it stands among them."""
    fields = {"name": field("resident.name"), "phone": field("resident.phone"), "school": field("resident.school")}
    record = [
        said({"name": "王示例"}, "公安人口库"),
        said({"phone": "13900000001"}),
        said({"phone": "不是电话", "school": ["不是", "文字"]}, "医院系统"),
        {"source": "医保信息系统", "as_of": "2026-11-01", "unavailable": ["resident"]},
        {"source": "健康档案", "as_of": "2026-11-01", "unavailable": ["resident.name", "resident.phone"]},
    ]
    plan = desk.plan(fields)
    for order in permutations(record):
        filled = prefill.fill(plan, desk.catalogue.record(order), on=ON)
        assert [e.text for e in filled] == ["王示例", "13900000001", ""]
        assert [e.reason for e in filled] == ["recorded", "recorded", "unreadable"]


@pytest.mark.parametrize(
    "attribute, value, text",
    [("lives_alone", False, "否"), ("dependants", 0, "0"), ("income", 0, "0"), ("income", Decimal("0.00"), "0")],
)
def test_false_and_0_survive(desk: Desk, attribute: str, value: object, text: str) -> None:
    """`blank?` dropped False; `if value` drops 0."""
    filled = desk.fill({"it": field(f"resident.{attribute}")}, [said({attribute: value})])
    assert (filled["it"].status, filled["it"].value, filled["it"].text) == ("known", value, text)
    assert json.loads(prefill.to_json(filled))["entries"][0]["value"] in (value, text)


def test_an_empty_text_is_no_value_and_wipes_none(desk: Desk) -> None:
    entry = desk.fill(
        {"it": field("resident.school")}, [said({"school": "示例小学"}, as_of="2026-01-01"), said({"school": ""})]
    )["it"]
    assert (entry.status, entry.text) == ("known", "示例小学")


def test_an_empty_set_is_never_false(desk: Desk) -> None:
    """Nothing recorded is never "no known allergies", and decides no condition; only a source's own "none" does."""
    fields: dict[str, Any] = {
        "had": {"label": "有无", "derive": {"rule": "exists", "of": "resident.health.operations"}},
        "asked": {"label": "哪些", "when": {"had": False}},
        "devices": field("resident.devices"),
    }
    unknown = desk.fill(fields, [said({"name": "王示例"})])
    assert [e.reason for e in unknown] == ["not-recorded", "each-time", "not-recorded"]
    assert unknown["asked"].waits_for == ("had",)
    none = desk.fill(fields, [said({"health": {"operations": []}, "devices": []})])
    assert [e.text for e in none] == ["否", "", "无"]
    assert none["asked"].status == "new"
    assert none["asked"].waits_for == ()


def test_the_allergies_of_the_real_form_are_not_answered_by_silence(catalogue: prefill.Catalogue) -> None:
    silent = prefill.fill(catalogue.plan(39), catalogue.record([said({"name": "王示例"})]), on=ON)
    for key in (
        "drug_allergies",
        "exposures",
        "diseases",
        "operations_had",
        "family_father",
        "genetic_disease_had",
        "disability",
    ):
        assert (silent[key].status, silent[key].text) == ("new", ""), key


def test_1950_03_never_becomes_1950_03_01(desk: Desk) -> None:
    fields = {"day": field("resident.first_job"), "month": field("resident.first_job", kind="year_month")}
    filled = desk.fill(fields, [said({"first_job": "1950-03"})])
    assert [(e.status, e.value, e.text) for e in filled] == [
        ("confirm", "1950-03", "1950年3月"),
        ("known", "1950-03", "1950年3月"),
    ]
    assert "1950-03-01" not in prefill.to_json(filled)


WRONG: list[object] = [
    {"value": "x"},
    ["x"],
    [],
    True,
    3.25,
    10**20,
    b"x",
    object,
    date(2026, 5, 1),
    float("nan"),
    {"x"},
]


@pytest.mark.parametrize(
    "kind", ["text", "long_text", "person_name", "address", "phone", "id_number", "email", "postcode"]
)
def test_a_value_of_the_wrong_type_never_becomes_text(kind: str) -> None:
    """`[object Object]`, `['x']`, `True` in a text field."""
    for raw in WRONG:
        try:
            value = kinds.read(kind, raw)
        except kinds.Unreadable:
            continue
        assert value is None or (isinstance(raw, int) and value == str(raw)), (kind, type(raw))


@pytest.mark.parametrize("kind", ["integer", "decimal", "money", "bool", "date", "year_month"])
def test_a_value_of_the_wrong_type_never_becomes_a_number_or_a_date(kind: str) -> None:
    for raw in ({"value": 1}, ["1"], [], "一", b"1", object, "1,5", "1 或 2"):
        with pytest.raises(kinds.Unreadable):
            kinds.read(kind, raw)
    if kind != "bool":
        with pytest.raises(kinds.Unreadable):
            kinds.read(kind, True)


def test_a_wrong_type_in_a_record_is_unreadable_on_the_form(desk: Desk) -> None:
    for raw in ({"a": "b"}, ["示例小学"], True, object()):
        entry = desk.fill({"it": field("resident.school")}, [said({"school": raw})])["it"]
        assert (entry.reason, entry.value, entry.text) == ("unreadable", None, ""), type(raw)


def test_three_values_for_one_cell(desk: Desk) -> None:
    record = [said({"school": f"第{n}小学"}, source) for n, source in enumerate(("社区网格", "居民自报", "学籍系统"))]
    for order in permutations(record):
        entry = desk.fill({"it": field("resident.school")}, order)["it"]
        assert (entry.reason, entry.value, entry.text) == ("disputed", None, "")
        assert {other.text for other in entry.others} == {"第0小学", "第1小学", "第2小学"}


MEMBERS = {
    "label": "成员",
    "rows_of": "household.members",
    "columns": {
        "name": {"label": "姓名", "from": ".name"},
        "phone": {"label": "电话", "from": ".phone"},
        "spouse": {"label": "配偶", "from": ".spouse.name"},
    },
}


def household(*members: Mapping[str, Any], source: str = "社区网格", as_of: str = "2026-10-12") -> dict[str, Any]:
    return {"source": source, "as_of": as_of, "household": {"members": list(members)}}


def test_each_parent_gets_its_own_children(desk: Desk) -> None:
    """All nested rows under the first parent."""
    filled = desk.fill(
        {"members": MEMBERS},
        [
            household(
                {"name": "王示例", "id_number": WANG, "spouse": {"name": "李示例"}},
                {"name": "陈示例", "id_number": CHEN, "spouse": {"name": "张示例"}},
                {"name": "王小例"},
            )
        ],
        subject="household",
    )
    assert texts(filled, "members.spouse") == ["李示例", "张示例", ""]


def test_the_same_person_twice(desk: Desk) -> None:
    told = [
        household({"name": "王示例", "id_number": WANG}),
        household({"id_number": WANG, "phone": "13900000001"}, source="居民自报"),
    ]
    filled = desk.fill({"members": MEMBERS}, told, subject="household")
    assert texts(filled, "members.name") == ["王示例"]
    assert texts(filled, "members.phone") == ["13900000001"]


def test_two_people_of_one_name(desk: Desk) -> None:
    told = [
        household({"name": "王示例", "id_number": WANG, "phone": "13900000001"}, {"name": "王示例", "id_number": CHEN}),
        household(
            {"name": "王示例", "id_number": CHEN, "phone": "13900000002"}, {"id_number": WANG}, source="居民自报"
        ),
    ]
    filled = desk.fill({"members": MEMBERS}, told, subject="household")
    assert sorted(texts(filled, "members.phone")) == ["13900000001", "13900000002"]
    assert texts(filled, "members.name") == ["王示例", "王示例"]


def test_a_member_who_has_died(desk: Desk) -> None:
    told = [
        household(
            {"name": "王示例", "id_number": WANG}, {"name": "李示例", "id_number": LI, "death_date": "2026-01-02"}
        )
    ]
    living = {**MEMBERS, "where": {".death_date": {"known": False}}}
    count = {
        "label": "人数",
        "derive": {"rule": "count", "of": "household.members", "where": {".death_date": {"known": False}}},
    }
    filled = desk.fill({"members": living, "count": count}, told, subject="household")
    assert texts(filled, "members.name") == ["王示例"]
    assert filled["count"].value == 1


def test_a_member_who_dies_after_the_forms_date_is_living_on_it(desk: Desk) -> None:
    told = [
        household({"name": "李示例", "id_number": LI}, as_of="2026-05-01"),
        said({"id_number": LI, "death_date": "2026-12-01"}, "公安人口库", "2026-12-02"),
    ]
    filled = desk.fill({"members": {**MEMBERS, "where": {".death_date": {"known": False}}}}, told, subject="household")
    assert texts(filled, "members.name") == ["李示例"]


def test_a_child_who_comes_of_age_between_the_sources_date_and_the_forms(desk: Desk) -> None:
    fields = {"age": field("resident.age"), "guardian": {"label": "监护人", "when": {"resident.age": {"under": 18}}}}
    told = [said({"birth_date": "2008-11-23"}, "公安人口库", "2026-05-01")]
    assert [e.status for e in desk.fill(fields, told, on=ON)] == ["known", "skip"]
    assert [e.status for e in desk.fill(fields, told, on=ON - timedelta(days=1))] == ["known", "new"]


@pytest.mark.parametrize("days, reason", [(0, "recorded"), (1, "stale")])
def test_a_source_stale_by_one_day_at_the_edge(desk: Desk, days: int, reason: str) -> None:
    as_of = date(2025, 11, 23) - timedelta(days=days)
    assert (
        desk.fill({"it": field("resident.phone")}, [said({"phone": "13900000001"}, as_of=str(as_of))])["it"].reason
        == reason
    )


def test_the_higher_in_rank_is_the_older(desk: Desk) -> None:
    told = [said({"name": "王示例"}, "公安人口库", "2009-01-01"), said({"name": "王试例"}, "社区网格", "2026-11-22")]
    for order in (told, told[::-1]):
        entry = desk.fill({"it": field("resident.name")}, order)["it"]
        assert (entry.status, entry.text, [o.text for o in entry.others]) == ("known", "王示例", ["王试例"])


def test_the_label_sent_for_the_code(desk: Desk) -> None:
    for raw in ("3", "AB型", " ＡＢ型 ", 3):
        entry = desk.fill({"it": field("resident.blood_type", codes="phr_abo")}, [said({"blood_type": raw})])["it"]
        assert (entry.value, entry.text) == ("4", "AB型"), raw


def test_a_typo_in_a_path_of_a_spec(desk: Desk) -> None:
    """Silently empty for ever."""
    with pytest.raises(prefill.SpecError, match=r"unknown term 'resident\.phnoe'.*did you mean 'resident\.phone'"):
        desk.plan({"it": field("resident.phnoe")})


def test_an_unknown_key_in_a_spec(desk: Desk) -> None:
    with pytest.raises(prefill.SpecError, match=r"unknown key 'requried'.*did you mean 'required'"):
        desk.plan({"it": field("resident.phone", requried="true")})


PLACEHOLDERS = ["", " ", "　", "不详", "无", "暂无", "未知", "00000000", "0000-00-00", "null", "N/A", "-", "——", None]


@pytest.mark.parametrize("raw", PLACEHOLDERS)
def test_a_placeholder_is_no_value(desk: Desk, raw: str | None) -> None:
    for attribute in ("school", "birth_date", "id_number", "marital_status", "phone", "name"):
        entry = desk.fill({"it": field(f"resident.{attribute}")}, [said({attribute: raw})])["it"]
        assert (entry.status, entry.value, entry.text) == ("new", None, ""), attribute


def test_an_unnamed_newborn_has_no_name(desk: Desk) -> None:
    assert desk.fill({"it": field("resident.name")}, [said({"name": "未取名"})])["it"].reason == "not-recorded"


def test_no_false_altered(desk: Desk) -> None:
    """`20170102` and `2017-01-02`, full-width digits, a trailing space are the same value."""
    told = [
        said({"first_job": "20170102", "phone": "１３９００００００01 "}),
        said({"first_job": "2017-01-02", "phone": "13900000001"}, "居民自报"),
    ]
    filled = desk.fill({"date": field("resident.first_job"), "phone": field("resident.phone")}, told)
    assert [(e.reason, e.text, e.others) for e in filled] == [
        ("recorded", "2017年1月2日", ()),
        ("recorded", "13900000001", ()),
    ]


def test_down_is_told_from_unknown_at_the_field(desk: Desk) -> None:
    fields = {"school": field("resident.school"), "locker": field("resident.locker")}
    filled = desk.fill(fields, [said({"name": "王示例"}, unavailable=["resident.school"])])
    assert [e.reason for e in filled] == ["unavailable", "not-recorded"]


def test_a_signature_is_never_carried_over(desk: Desk) -> None:
    filled = desk.fill({"sign": {"label": "签名", "by_hand": "signature"}}, [said({"name": "王示例"})])
    assert (filled["sign"].status, filled["sign"].text) == ("hand", "")


def test_a_list_of_codes_with_one_unknown_is_not_the_rest_of_it() -> None:
    codes = CodeList("devices", "器具", None, None, {"1": "轮椅", "2": "拐杖"})
    with pytest.raises(kinds.Unreadable):
        kinds.read("multi_code", ["轮椅", "飞毯"], codes)
