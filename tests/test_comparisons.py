"""What a field or a condition cannot be compared with, or printed as, is refused when the form is read; explain tells what a form shows."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import prefill
from tests.casefiles import APP, plan_of_form

HEAD = {
    "id": "case",
    "version": "1",
    "title": "case",
    "agency": "市卫健委",
    "purpose": "test",
    "subject": "resident",
    "delivery": "paper",
    "basis": {"document": "none", "confidence": "low"},
}
TABLE = {
    "label": "手术史",
    "rows_of": "resident.health.operations",
    "columns": {"name": {"label": "名称", "from": ".name"}},
}
ON = date(2026, 11, 23)


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue(APP)


@pytest.mark.parametrize(
    "condition, message",
    [
        ({"household.members": "3"}, "is a list and has no value of its own"),
        ({"resident.spouse": "李示例"}, "is an entity and has no value of its own"),
        ({"resident.spouse": {"contains": "李示例"}}, "is an entity"),
        ({"ops.name": "阑尾切除术"}, "the column 'ops.name' has no single value"),
        ({"ops.name": {"at_least": "3"}}, "the column 'ops.name' has no single value"),
        ({"resident.marital_status": []}, "an empty list of values"),
        ({"resident.devices": {"contains": []}}, "an empty list of values"),
        ({"resident.devices": "轮椅"}, "has no single value"),
    ],
)
def test_a_condition_on_what_has_no_value_is_refused(
    catalogue: prefill.Catalogue, tmp_path: Path, condition: dict[str, Any], message: str
) -> None:
    fields = {"ops": TABLE, "x": {"label": "事由", "when": condition}}
    with pytest.raises(prefill.SpecError, match=message):
        plan_of_form({**HEAD, "sections": [{"title": "一", "fields": fields}]}, catalogue, tmp_path / "form.yaml")


@pytest.mark.parametrize(
    "field, message",
    [
        ({"from": "resident.income", "unit": "万元"}, "the term is in 元, the field in 万元"),
        ({"from": "resident.welfare.amount", "unit": "万元"}, "the term names no unit, the field is in 万元"),
        ({"derive": {"rule": "age", "of": "resident.birth_date"}, "unit": "万元"}, "in 岁, the field in 万元"),
        ({"first_of": ["resident.income", "resident.welfare.amount"]}, "different units"),
        ({"from": "resident.hukou.region", "kind": "text"}, "'division' does not fit a field of kind 'text'"),
    ],
)
def test_a_number_in_another_unit_and_a_code_as_text_are_refused(
    catalogue: prefill.Catalogue, tmp_path: Path, field: dict[str, Any], message: str
) -> None:
    fields = {"x": {"label": "金额", **field}}
    with pytest.raises(prefill.SpecError, match=message):
        plan_of_form({**HEAD, "sections": [{"title": "一", "fields": fields}]}, catalogue, tmp_path / "form.yaml")


@pytest.mark.parametrize(
    "statements, reason, text, taken",
    [
        ([{"age": "75"}], "stale", "75", ["taken"]),
        ([{"age": "75", "id_number": "420112195003159976"}], "derived", "76", ["superseded", "taken"]),
        ([{"age": "40", "id_number": "420112195003159976"}], "disputed", "", ["differs", "differs"]),
    ],
)
def test_explain_tells_of_an_age_what_a_form_shows(
    catalogue: prefill.Catalogue, tmp_path: Path, statements: list[Any], reason: str, text: str, taken: list[str]
) -> None:
    record = catalogue.record([{"source": "社区网格", "as_of": "2025-10-12", "resident": said} for said in statements])
    told = prefill.explain(record, "resident.age", on=ON)
    form = {**HEAD, "sections": [{"title": "一", "fields": {"age": {"label": "年龄", "from": "resident.age"}}}]}
    filled = prefill.fill(plan_of_form(form, catalogue, tmp_path / "form.yaml"), record, on=ON)["age"]
    assert (told.reason, told.text, [line.taken for line in told.lines]) == (reason, text, taken)
    assert (filled.reason, filled.text) == (reason, text)


def test_a_coarser_fact_that_agrees_is_not_superseded(catalogue: prefill.Catalogue) -> None:
    record = catalogue.record(
        [
            {"source": "公安人口库", "as_of": "2026-05-01", "resident": {"birth_date": "1950-03-15"}},
            {"source": "健康档案", "as_of": "2026-03-18", "resident": {"birth_date": "1950-03"}},
            {"source": "健康档案", "as_of": "2020-03-18", "resident": {"birth_date": "1951"}},
        ]
    )
    lines = prefill.explain(record, "resident.birth_date", on=ON).lines
    assert [(line.text, line.taken) for line in lines] == [
        ("1950年3月15日", "taken"),
        ("1950年3月", "agrees"),
        ("1951年", "superseded"),
    ]
