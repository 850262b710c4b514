"""Every case of tests/cases: what a clerk wrote down is what prefill does."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill.reasons import REASONS
from tests.casefiles import APP, Case, CaseFault, check, difference, fill, plan_of, read_cases, record_of

CASES = list(read_cases())


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue(APP)


@pytest.fixture(scope="module")
def bundled() -> prefill.Catalogue:
    return prefill.open_catalogue()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, catalogue: prefill.Catalogue, bundled: prefill.Catalogue, tmp_path: Path) -> None:
    check(case)
    catalogue = bundled if "form" in case.data else catalogue  # a real form has the real vocabulary
    refused = case.data.get("refused")
    if refused is not None:
        with pytest.raises(prefill.RecordError) as error:
            fill(case, plan_of(case, catalogue, tmp_path), catalogue.record(case.statements), catalogue)
        assert all(part in str(error.value) for part in refused), f"{case.data['shows']}\n{error.value}"
        return
    plan = plan_of(case, catalogue, tmp_path)
    record = record_of(case, plan, catalogue)
    messages = [str(problem) for problem in record.problems]
    parts = case.data.get("problems", [])
    unexpected = [m for m in messages if not any(part in m for part in parts)]
    missing = [part for part in parts if not any(part in m for m in messages)]
    assert not unexpected, f"the record has faults that the case does not name: {unexpected}"
    assert not missing, f"the record lacks these faults: {missing}"
    differs = difference(case, fill(case, plan, record, catalogue))
    if differs:
        pytest.fail(differs, pytrace=False)


def expected(wanted: Any) -> Iterator[Mapping[str, Any]]:
    """Every entry that an expectation spells out, those of rows included."""
    if isinstance(wanted, dict) and "rows" in wanted:
        for row in wanted["rows"]:
            for cell in row.values():
                yield from expected(cell)
    elif isinstance(wanted, dict):
        yield wanted


def test_every_reason_and_every_why_has_a_case() -> None:
    entries = [e for case in CASES for wanted in case.data.get("expect", {}).values() for e in expected(wanted)]
    assert {entry["reason"] for entry in entries} == set(REASONS)
    whys = {other["why"] for entry in entries for other in entry.get("others", ())}
    assert whys == {"differs", "outranked", "stale", "after", "corrected"}


def sample(**changes: Any) -> Case:
    data: dict[str, Any] = {
        "shows": "A phone number.",
        "on": "2026-11-23",
        "record": [{"source": "社区网格", "as_of": "2026-10-12", "resident": {"phone": "13900000001"}}],
        "fields": {"phone": {"label": "电话", "from": "resident.phone"}},
        "expect": {"phone": {"status": "known", "reason": "recorded", "text": "13900000001"}},
    }
    return Case("sample", 1, {**data, **changes})


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"expects": {}}, "unknown key 'expects'"),
        ({"expect": {"phone": {"status": "known", "reason": "recorded", "txt": ""}}}, "unknown key 'txt'"),
        ({"expect": {"phone": {"status": "known"}}}, "no reason"),
        ({"expect": {"phone": {"status": "new", "reason": "each-time", "others": [{"txt": ""}]}}}, "unknown key 'txt'"),
        ({"expect": {"t": {"rows": [{"a": {"status": "known", "reasn": "recorded"}}]}}}, "unknown key 'reasn'"),
        ({"filing": {"wroker": "陈示例"}}, "unknown key 'wroker'"),
        ({"form": "39"}, "either fields or form"),
    ],
)
def test_a_case_that_is_not_written_as_it_must_be_fails(changes: Mapping[str, Any], fault: str) -> None:
    with pytest.raises(CaseFault, match=fault):
        check(sample(**changes))


def test_a_case_that_fails_says_how(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    case = sample(expect={"phone": {"status": "confirm", "reason": "stale", "text": "13900000002"}})
    told = difference(case, fill(case, plan_of(case, catalogue, tmp_path), catalogue.record(case.statements)))
    assert told.splitlines()[0] == "sample:1: A phone number."
    for line in ("-  status: confirm", "+  status: known", "-  text: '13900000002'", "+  text: '13900000001'"):
        assert line in told.splitlines()


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"phone": "13900000002"},
        {"phone": {"status": "known", "reason": "recorded"}},
        {"phone": {"status": "known", "reason": "recorded", "text": "13900000001", "waits_for": ["x"]}},
        {
            "phone": {
                "status": "known",
                "reason": "recorded",
                "text": "13900000001",
                "others": [{"text": "", "why": "stale"}],
            }
        },
        {"phone": {"status": "known", "reason": "recorded", "text": "13900000001", "sources": ["居民自报"]}},
        {"phone": {"rows": []}},
        {"phone": "13900000001", "no_such_field": "1"},
    ],
)
def test_an_expectation_that_is_not_met_is_not_passed_over(
    catalogue: prefill.Catalogue, tmp_path: Path, wanted: Mapping[str, Any]
) -> None:
    case = sample(expect=wanted)
    assert difference(case, fill(case, plan_of(case, catalogue, tmp_path), catalogue.record(case.statements)))
