"""Receiving: where it is not certain whom an answer is about, or whether it was asked, nothing is learnt; and no odd shape breaks it."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import prefill
from prefill.catalogue import Catalogue
from prefill.records import Absence
from prefill.tokens import make_token

from .answering import head
from .survey import fill_sample

KEY = "the tests' own secret"
ON = date(2026, 11, 23)
ID = "420112195003150023"
SPOUSE = "42011219800202001X"
FORMS = sorted(prefill.open_catalogue().samples())


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


def filled_of(catalogue: Catalogue, form: str, as_of: str = "2026-10-12", **said: Any) -> prefill.FilledForm:
    resident = {"id_number": ID, "name": "王示例", **said}
    record = catalogue.record([{"source": "社区网格", "as_of": as_of, "resident": resident}])
    return prefill.fill(catalogue.plan(form), record, on=ON)


def received(filled: prefill.FilledForm, **more: Any) -> prefill.Receipt:
    return prefill.receive(filled, {**head(filled), **more})


def test_new_rows_of_two_tables_do_not_contradict_each_other(catalogue: Catalogue) -> None:
    filled = filled_of(catalogue, "health-record")
    rows = {
        "operations": [{"row": "+1", "answers": {"name": "示例手术", "date": "2020-01-01"}}],
        "injuries": [{"row": "+1", "answers": {"name": "示例外伤", "date": "2021-01-01"}}],
    }
    receipt = received(filled, rows=rows)
    assert not receipt.errors
    assert [fact.path for fact in receipt.facts] == ["resident.health.operations", "resident.health.injuries"]


def test_nothing_is_learnt_of_one_who_may_be_somebody_else_now(catalogue: Catalogue) -> None:
    spouse = {"name": "李示例", "id_number": SPOUSE}
    filled = filled_of(catalogue, "family-planning-aid", marital_status="20", spouse=spouse)
    receipt = received(filled, answers={"spouse_name": "赵示例", "spouse_phone": "13911112222", "phone": "13900001111"})
    assert [fact.path for fact in receipt.facts] == ["resident.phone"]
    kept = received(filled, answers={"spouse_name": "李示例", "spouse_phone": "13911112222"})
    assert [fact.path for fact in kept.facts] == ["resident.spouse.phone"]


def test_a_row_with_another_number_teaches_nothing(catalogue: Catalogue) -> None:
    members = [
        {"id_number": ID, "name": "王示例", "relation_to_head": "本人"},
        {"id_number": SPOUSE, "name": "王小例", "relation_to_head": "子"},
    ]
    family = {"head": {"id_number": ID, "name": "王示例"}, "members": members}
    record = catalogue.record([{"source": "社区网格", "as_of": "2026-10-12", "family": family}])
    filled = prefill.fill(catalogue.plan(43), record, on=ON)
    row = next(entry.row for entry in filled if entry.key == "members.name" and entry.text == "王小例")
    answers = {"id_number": "11010519491231002X", "name": "陈示例"}
    receipt = received(filled, rows={"members": [{"row": row, "answers": answers}]})
    assert [(answer.key, answer.learnt) for answer in receipt] == [
        ("members.name", False),
        ("members.id_number", False),
    ]
    assert not receipt.facts


def test_nobody_is_their_own_spouse(catalogue: Catalogue) -> None:
    filled = filled_of(catalogue, "family-planning-aid", marital_status="20")
    receipt = received(filled, answers={"spouse_id_number": ID})
    assert not receipt.facts
    assert len(receipt.errors) == 1
    assert ID not in str(receipt.errors)


@pytest.mark.parametrize("is_signed", [False, True])
def test_what_is_not_asked_is_not_cleared(catalogue: Catalogue, is_signed: bool) -> None:
    filled = filled_of(catalogue, "family-planning-aid", marital_status="10")
    assert filled["spouse_phone"].status == "skip"
    submission: dict[str, Any] = {**head(filled), "answers": {"spouse_phone": {"clear": True}}}
    if is_signed:
        submission |= {"token": make_token(filled, key=KEY), "filled": json.loads(prefill.to_json(filled))}
        receipt = prefill.receive(None, submission, plan=filled.plan, key=KEY)
    else:
        receipt = prefill.receive(filled, submission)
    assert (receipt.facts, len(receipt.errors)) == ((), 1)


@pytest.mark.parametrize("form", FORMS)
def test_clearing_all_that_is_skipped_states_only_what_was_stated(catalogue: Catalogue, form: str) -> None:
    filled = fill_sample(catalogue.plan(form), catalogue, False)
    skipped = {entry.key: entry for entry in filled if entry.status == "skip" and entry.row is None}
    receipt = received(filled, answers={key: {"clear": True} for key in skipped})
    learnt = [answer.key for answer in receipt if answer.learnt]
    assert all(skipped[key].facts for key in learnt)
    assert all(fact.value is Absence.NOT_APPLICABLE for fact in receipt.facts)


def test_two_answers_that_contradict_each_other_are_both_in_error(catalogue: Catalogue) -> None:
    filled = filled_of(catalogue, "soe-retiree", "2019-01-01", phone="13900001234")
    receipt = received(filled, answers={"hukou_phone": {"confirm": True}, "residence_phone": "13911112222"})
    assert (receipt.facts, len(receipt.errors)) == ((), 2)


def test_a_signed_page_does_not_confirm_more_than_it_shows(catalogue: Catalogue) -> None:
    filled = filled_of(catalogue, "soe-retiree", work={"start_date": "1980-03-15"})
    submission = {**head(filled), "answers": {"started_work": {"confirm": True}}, "token": make_token(filled, key=KEY)}
    submission["filled"] = json.loads(prefill.to_json(filled))
    assert not prefill.receive(None, submission, plan=filled.plan, key=KEY).facts


@pytest.mark.parametrize(
    "odd",
    [
        {"answers": {"name@foo": "1"}},
        {"answers": {"name@r": "1"}},
        {"answers": {"name@r1@r2": "1"}},
        {"page:form": [], "form": None, "version": None, "on": None},
        {"choice:name": []},
    ],
    ids=str,
)
def test_an_odd_shape_is_refused(catalogue: Catalogue, odd: Any) -> None:
    with pytest.raises(prefill.SubmissionError):
        received(filled_of(catalogue, "senior-card"), **odd)


@pytest.mark.parametrize("seconds", [Decimal("sNaN"), Decimal("NaN"), float("nan"), float("inf"), -1, True])
def test_an_effort_that_is_no_number_is_left_out(catalogue: Catalogue, seconds: Any) -> None:
    effort = {"mobile": {"keys": 1, "seconds": seconds}}
    receipt = received(filled_of(catalogue, "senior-card"), answers={"mobile": "13900001234"}, effort=effort)
    (answer,) = receipt.answers
    assert answer.effort is None


def test_the_label_that_was_shown_is_no_other_code_of_that_label(catalogue: Catalogue) -> None:
    filled = fill_sample(catalogue.plan("conscription"), catalogue, False)
    shown = filled["health"]
    assert shown.value == "10"  # 1 bears the same label
    receipt = received(filled, answers={"health": shown.text})
    assert (receipt.facts, [answer.changed for answer in receipt]) == ((), [False])


@pytest.mark.parametrize("form", ["birth-registration", "family-planning-aid", "household-survey"])
def test_a_row_of_a_signed_page_is_told_by_what_was_stated_of_it(catalogue: Catalogue, form: str) -> None:
    """And not by what was derived, which nobody stated: the record would refuse all that was answered."""
    filled = fill_sample(catalogue.plan(form), catalogue, False)
    found = catalogue.samples()[form]
    answers = {f"{entry.key}@{entry.row}": entry for entry in filled if entry.row is not None and entry.kind == "code"}
    said = {
        key: next(code for code in entry.codes.items if code != entry.value)
        for key, entry in answers.items()
        if entry.codes is not None and entry.status in ("known", "confirm")
    }
    submission = {**head(filled), "answers": said, "token": make_token(filled, key=KEY)}
    submission["filled"] = json.loads(prefill.to_json(filled))
    receipt = prefill.receive(None, submission, plan=filled.plan, key=KEY, filing=filled.filing)
    catalogue.read_record(*found.record).learn(receipt.facts)


def test_a_signed_page_that_shows_several_in_a_role_teaches_of_none(catalogue: Catalogue) -> None:
    filled = fill_sample(catalogue.plan("youth-home"), catalogue, True)
    submission = {
        **head(filled),
        "answers": {"address": "武汉市东西湖区示例路9号"},
        "token": make_token(filled, key=KEY),
    }
    submission["filled"] = json.loads(prefill.to_json(filled))
    receipt = prefill.receive(None, submission, plan=filled.plan, key=KEY, filing=filled.filing)
    assert not receipt.facts
