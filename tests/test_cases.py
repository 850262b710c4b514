"""Every case of tests/cases: what a clerk wrote down is what prefill does."""

from pathlib import Path

import pytest

import prefill
from tests.casefiles import APP, Case, check, difference, fill, plan_of, read_cases

CASES = list(read_cases())


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue(APP)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    check(case)
    refused = case.data.get("refused")
    if refused is not None:
        with pytest.raises(prefill.RecordError) as error:
            fill(case, plan_of(case, catalogue, tmp_path), catalogue.record(case.statements))
        assert all(part in str(error.value) for part in refused), f"{case.data['shows']}\n{error.value}"
        return
    record = catalogue.record(case.statements)
    messages = [str(problem) for problem in record.problems]
    parts = case.data.get("problems", [])
    unexpected = [m for m in messages if not any(part in m for part in parts)]
    missing = [part for part in parts if not any(part in m for m in messages)]
    assert not unexpected, f"the record has faults that the case does not name: {unexpected}"
    assert not missing, f"the record lacks these faults: {missing}"
    differs = difference(case, fill(case, plan_of(case, catalogue, tmp_path), record))
    if differs:
        pytest.fail(differs, pytrace=False)
