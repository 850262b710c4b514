"""Receiving: which value an answer states, where it is written otherwise, less exactly, or for the form alone."""

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill.catalogue import Catalogue
from prefill.kinds import alike
from prefill.receiving import receipt_to_json
from prefill.receiving.asked import same
from prefill.tokens import make_token

from .answering import head, id_numbers, typed
from .survey import fill_sample

KEY = "the tests' own secret"
ON = date(2026, 11, 23)
ID = "420112195003150023"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


def told(source: str, **said: Any) -> dict[str, Any]:
    return {"source": source, "as_of": "2026-10-12", **said}


def received(filled: prefill.FilledForm, **more: Any) -> prefill.Receipt:
    return prefill.receive(filled, {**head(filled), **more})


def signed(filled: prefill.FilledForm, **more: Any) -> prefill.Receipt:
    page = {**head(filled), "token": make_token(filled, key=KEY), "filled": json.loads(prefill.to_json(filled)), **more}
    return prefill.receive(None, page, plan=filled.plan, key=KEY, filing=filled.filing)


# ── which form ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("left_out", ["form", "version"])
def test_a_submission_says_which_form_it_is_of(catalogue: Catalogue, left_out: str) -> None:
    filled = fill_sample(catalogue.plan(36), catalogue)
    submission = {**head(filled), "token": make_token(filled), "answers": {"mobile": "13911112222"}}
    del submission[left_out]
    with pytest.raises(prefill.SubmissionError, match="which form"):
        prefill.receive(filled, submission)


# ── written otherwise ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind, new, old, is_same",
    [
        ("address", "示例路 １２号", "示例路12号", True),
        ("address", "示例路1 2号", "示例路12号", False),
        ("text", "5²", "52", False),
        ("text", "①", "1", False),
        ("person_name", "王 示例", "王示例", True),
        ("person_name", "AN NA", "ANNA", False),
        ("file", "户口簿１.pdf", "户口簿1.pdf", True),
        ("photo", "ａ.jpg", "a.jpg", True),
        ("photo", "b.jpg", "a.jpg", False),
    ],
)
def test_what_is_written_otherwise_is_the_same_only_where_it_says_the_same(
    kind: str, new: str, old: str, is_same: bool
) -> None:
    assert same(kind, new, old) is same(kind, old, new) is is_same
    if kind == "address":
        assert alike(new, old) is is_same


def test_sources_that_differ_by_a_space_between_digits_differ(catalogue: Catalogue) -> None:
    places = [{"id_number": ID, "residence": {"address": text}} for text in ("示例路1 2号", "示例路12号")]
    sources = ["社区网格", "健康档案"]
    record = catalogue.record([told(source, resident=place) for source, place in zip(sources, places, strict=True)])
    assert prefill.explain(record, "resident.residence.address", on=ON).reason == "disputed"


def test_a_label_of_several_codes_means_the_one_above_them_all_or_none(catalogue: Catalogue) -> None:
    shared = 0
    for codes in catalogue.vocabulary.codes.values():
        for label in codes.items.values():
            meant = [code for code, text in codes.items.items() if alike(text, label)]
            found = codes.code_of(label)
            if len(meant) > 1:
                shared += 1
            if found is not None and found in codes.items:
                assert all(codes.in_group(code, found) for code in meant), codes.id
    assert shared


# ── less exactly ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("answer", [{"choose": 0}, "1981年3月", "1981-03"])
def test_what_is_chosen_in_a_coarser_field_is_stated_exactly(catalogue: Catalogue, answer: Any) -> None:
    days = {"社区网格": "1981-03-15", "居民自报": "1985-07-01"}
    record = catalogue.record(
        [told(source, resident={"id_number": ID, "work": {"start_date": day}}) for source, day in days.items()]
    )
    filled = prefill.fill(catalogue.plan("soe-retiree"), record, on=ON)
    entry = filled["started_work"]
    assert (entry.reason, entry.kind) == ("disputed", "year_month")
    if isinstance(answer, dict):
        answer = {"choose": [other.value for other in entry.others].index("1981-03")}
    receipt = received(filled, answers={"started_work": answer})
    assert [(fact.value, fact.origin) for fact in receipt.facts] == [("1981-03-15", "confirm")]
    assert prefill.explain(record.learn(receipt.facts), "resident.work.start_date", on=ON).text == "1981年3月15日"
    assert not signed(filled, answers={"started_work": answer}).facts  # the page does not say which day it was


def test_what_may_be_more_than_one_of_those_shown_is_a_fault(catalogue: Catalogue) -> None:
    days = {"社区网格": "1981-03-15", "居民自报": "1981-07-01"}
    record = catalogue.record(
        [told(source, resident={"id_number": ID, "work": {"start_date": day}}) for source, day in days.items()]
    )
    receipt = received(prefill.fill(catalogue.plan("soe-retiree"), record, on=ON), answers={"started_work": "1981"})
    assert (len(receipt.errors), receipt.facts) == (1, ())


# ── for the form alone; a draft's rows ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def household(catalogue: Catalogue) -> tuple[prefill.Record, prefill.FilledForm, str]:
    members = [{"id_number": ID, "name": "王示例"}, {"name": "王小例"}]
    record = catalogue.record([told("社区网格", family={"head": {"id_number": ID}, "members": members})])
    filled = prefill.fill(catalogue.plan(43), record, on=ON)
    row = next(e.row for e in filled if e.key == "members.name" and e.text == "王小例")
    assert row is not None
    return record, filled, row


def names(filled: prefill.FilledForm) -> list[str]:
    return [entry.text for entry in filled if entry.key == "members.name"]


def test_a_row_taken_out_of_the_form_alone_stays_in_the_record(
    household: tuple[prefill.Record, prefill.FilledForm, str],
) -> None:
    _, filled, row = household
    for scope, learnt in (("form", 0), ("record", 1), (None, 1)):
        rows = {"members": [{"row": row, "removed": True, "scope": scope}]}
        receipt = received(filled, rows=rows)
        assert names(receipt.filled) == ["王示例"]
        assert len(receipt.facts) == learnt
    added = received(filled, rows={"members": [{"row": "+1", "scope": "form", "answers": {"name": "王新例"}}]})
    assert (names(added.filled)[-1], added.facts) == ("王新例", ())


def test_rows_of_a_draft_are_dropped_and_taken_back(household: tuple[prefill.Record, prefill.FilledForm, str]) -> None:
    record, filled, row = household
    rows = [{"row": row, "removed": True}, {"row": "+1", "answers": {"name": "王新例"}}]
    draft = prefill.refill(received(filled, rows={"members": rows}), record)
    assert names(draft.filled) == ["王示例", "王新例"]
    again = [{"row": row, "removed": False}, {"row": "+1", "removed": True}]
    back = prefill.receive(draft, {**head(draft.fresh), "rows": {"members": again}})
    assert names(back.filled) == ["王示例", "王小例"]
    assert back.facts == ()


def test_none_and_rows_contradict_each_other(household: tuple[prefill.Record, prefill.FilledForm, str]) -> None:
    _, filled, _ = household
    receipt = received(
        filled, answers={"members": []}, rows={"members": [{"row": "+1", "answers": {"name": "王新例"}}]}
    )
    assert len(receipt.errors) == 1
    assert names(receipt.filled) == ["王示例", "王小例", "王新例"]


def calls(work: Callable[[], Any]) -> tuple[int, Any]:
    """How many calls a piece of work makes: the same on every machine."""
    made = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = work()
    finally:
        sys.setprofile(before)
    return made, found


def test_many_rows_cost_each_what_one_does(household: tuple[prefill.Record, prefill.FilledForm, str]) -> None:
    """Typed, learnt, learnt again, filled again, all of them answered, all taken out: four times the rows, four times the work."""
    record, filled, _ = household
    steps: list[list[int]] = []
    for size in (60, 240):
        new_id = id_numbers()
        said = [{"name": "陈示例", "id_number": next(new_id), "education": "70"} for _ in range(size)]
        rows = [{"row": f"+{number}", "answers": one} for number, one in enumerate(said, 1)]
        received_, receipt = calls(lambda: received(filled, rows={"members": rows}))  # noqa: B023
        learnt, after = calls(lambda: record.learn(receipt.facts))  # noqa: B023
        twice, again = calls(lambda: after.learn(receipt.facts))  # noqa: B023
        refilled, draft = calls(lambda: prefill.refill(receipt, after))  # noqa: B023
        out = [{"row": answer.row, "removed": True} for answer in draft.answers if answer.key == "members.name"]
        taken, _ = calls(lambda: prefill.receive(draft, {**head(filled), "rows": {"members": out}}))  # noqa: B023
        now = prefill.fill(filled.plan, after, on=ON)
        known = [e.row for e in now if e.key == "members.name"]
        other = [{"row": row, "answers": {"education": "60"}} for row in known]
        changed, changes = calls(lambda: received(now, rows={"members": other}))  # noqa: B023
        told_again, _ = calls(lambda: after.learn(changes.facts))  # noqa: B023
        assert (len(receipt.facts), len(changes.facts), len(out)) == (size, size + 2, size)
        assert again.statements == after.statements
        assert names(draft.filled).count("陈示例") == size
        steps.append([received_, learnt, twice, refilled, taken, changed, told_again])
    assert [round(many / few, 1) for few, many in zip(*steps, strict=True) if many > 5 * few] == []


# ── a signed page alone ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", sorted(prefill.open_catalogue().samples()))
def test_a_signed_page_states_no_other_value_than_the_kept_form(catalogue: Catalogue, form: str) -> None:
    found = catalogue.samples()[form]
    for poor in (False, True) if found.poor else (False,):
        filled = fill_sample(catalogue.plan(form), catalogue, poor)
        submission = typed(filled)
        record = catalogue.read_record(*(found.poor if poor else found.record))
        whole, alone = received(filled, **submission), signed(filled, **submission)
        assert {(f.path, f.value) for f in alone.facts} <= {(f.path, f.value) for f in whole.facts}
        for receipt in (whole, alone):
            known = {problem.what for problem in record.problems}
            assert {problem.what for problem in record.learn(receipt.facts).problems} <= known  # nothing is refused


def test_a_signed_page_says_that_a_garbled_value_is_mended(catalogue: Catalogue) -> None:
    record = catalogue.record([told("公安人口库", resident={"id_number": ID, "ethnicity": "汗族人"})])
    filled = prefill.fill(catalogue.plan(36), record, on=ON)
    assert filled["ethnicity"].reason == "unreadable"
    for receipt in (received(filled, answers={"ethnicity": "01"}), signed(filled, answers={"ethnicity": "01"})):
        assert prefill.explain(record.learn(receipt.facts), "resident.ethnicity", on=ON).text == "汉族"


def test_a_statistical_form_teaches_the_record_nothing(catalogue: Catalogue, tmp_path: Path) -> None:
    record = catalogue.record([told("公安人口库", resident={"id_number": ID, "name": "王示例"})])
    learnt = []
    for statistical in ("true", "false"):
        (tmp_path / f"{statistical}.yaml").write_text(FORM.format(statistical=statistical), encoding="utf-8")
        filled = prefill.fill(catalogue.plan(tmp_path / f"{statistical}.yaml"), record, on=ON)
        receipt = received(filled, answers={"name": "王新例", "phone": "13911112222"})
        assert receipt.filled["phone"].text == "13911112222"
        learnt.append((len(receipt.facts), len(receipt.corrections)))
    assert learnt == [(0, 0), (2, 1)]


def test_what_a_bureau_of_statistics_asks_is_learnt_of_nobody(catalogue: Catalogue) -> None:
    """By 统计法; and the receipt says so of each answer, so that nobody looks for a fault."""
    bureaus = [form for one in catalogue.forms() if "统计局" in (form := catalogue.plan(one.id).form).agency]
    assert {form.system for form in bureaus} == {5, 6, 7, 8}
    assert [form.id for form in bureaus if not form.statistical] == []
    for form in bureaus:
        filled = fill_sample(catalogue.plan(form.id), catalogue, True)
        receipt = prefill.receive(filled, typed(filled))
        good = [answer for answer in receipt if answer.error is None]
        assert good
        assert {answer.unlearnt for answer in good} == {"statistical"}
        assert (receipt.facts, receipt.corrections) == ((), ())


def test_each_answer_says_why_it_is_not_learnt(catalogue: Catalogue) -> None:
    resident = {"id_number": ID, "name": "王示例", "phone": "13900001234", "marital_status": "20"}
    filled = prefill.fill(
        catalogue.plan("family-planning-aid"), catalogue.record([told("社区网格", resident=resident)]), on=ON
    )
    answers = {
        "phone": {"value": "13911112222", "scope": "form"},
        "name": "王示例",
        "spouse_name": "李示例",
    }
    receipt = received(filled, answers=answers)
    assert {a.key: (a.learnt, a.unlearnt) for a in receipt} == {
        "phone": (False, "form-only"),
        "name": (False, "unchanged"),
        "spouse_name": (True, None),
    }
    data = json.loads(receipt_to_json(receipt))
    assert [answer["unlearnt"] for answer in data["answers"] if answer["key"] == "phone"] == ["form-only"]
    youth = fill_sample(catalogue.plan("youth-home"), catalogue, True)
    assert {a.unlearnt for a in received(youth, answers={"address": "武汉市东西湖区示例路9号"})} == {"in-doubt"}
    asset = fill_sample(catalogue.plan("asset-card"), catalogue, True)
    untaught = received(asset, **typed(asset))
    assert {"no-term", None} <= {a.unlearnt for a in untaught}
    assert all((a.unlearnt is None) == (a.learnt or a.error is not None) for a in untaught)


FORM = """
id: trial
version: "1"
title: 示例调查表
agency: 市统计局
purpose: 示例调查
subject: resident
delivery: paper
statistical: {statistical}
basis: {{document: 示例, confidence: low}}
sections:
  - title: 基本情况
    fields:
      name: {{label: 姓名, from: resident.name}}
      phone: {{label: 电话, from: resident.phone}}
"""
