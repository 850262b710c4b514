"""Each form is the survey's: labels, order, sections, items; and its rich sample fills what the survey says is known."""

import html
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


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_samples_are_read_without_a_fault_but_where_it_is_meant(file: Path, catalogue: prefill.Catalogue) -> None:
    sample = catalogue.samples()[catalogue.plan(int(file.stem)).form.id]
    assert catalogue.read_record(*sample.record).problems == ()
    assert sample.poor
    for problem in catalogue.read_record(*sample.poor).problems:
        assert "is unreadable" in str(problem) or "twice" in str(problem), problem


@pytest.mark.parametrize("poor", [False, True], ids=["rich", "poor"])
@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_form_renders(file: Path, poor: bool, catalogue: prefill.Catalogue) -> None:
    filled = fill_sample(catalogue.plan(int(file.stem)), catalogue, poor)
    page = prefill.to_html(filled)
    assert page.count("<form") == 1
    for entry in filled.entries:
        if entry.text and entry.status == "known":
            assert html.escape(entry.text.splitlines()[0][:12], quote=False) in page, entry.key


def test_the_survey_is_of_45_forms() -> None:
    fields = [one for file in FILES for section in read_survey(file)["sections"] for one in section["fields"]]
    assert len(FILES) == 45
    assert sum(one["is"] != "ours" for one in fields) == 2293
