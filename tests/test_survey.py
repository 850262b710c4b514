"""Each form is the survey's: labels, order, sections, items; and its rich sample fills what the survey says is known."""

from pathlib import Path

import pytest

import prefill
from tests.survey import FILES, differs_in_filling, differs_in_print, fill_sample, read_survey


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_form_is_printed_as_surveyed(file: Path, catalogue: prefill.Catalogue) -> None:
    assert differs_in_print(catalogue.plan(int(file.stem)), read_survey(file)) == []


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_rich_sample_fills_what_the_survey_calls_known(file: Path, catalogue: prefill.Catalogue) -> None:
    plan = catalogue.plan(int(file.stem))
    assert differs_in_filling(fill_sample(plan, catalogue), read_survey(file)) == []


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_poor_sample_leaves_more_to_the_worker(file: Path, catalogue: prefill.Catalogue) -> None:
    plan = catalogue.plan(int(file.stem))
    rich, poor = prefill.measure(fill_sample(plan, catalogue)), prefill.measure(fill_sample(plan, catalogue, poor=True))
    assert poor.known < rich.known
    assert poor.known * 2 < poor.asked


def test_the_survey_is_of_45_forms() -> None:
    fields = [one for file in FILES for section in read_survey(file)["sections"] for one in section["fields"]]
    assert len(FILES) == 45
    assert sum(one["is"] != "ours" for one in fields) == 2293
