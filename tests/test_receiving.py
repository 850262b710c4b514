"""Receiving: what a worker answered, whose it is, what follows from it, and what the record learns."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import prefill
from prefill.catalogue import Catalogue, Sample
from prefill.cli import run
from prefill.receiving import correction_from, facts_from, move, receipt_to_json
from prefill.tokens import make_token

from .answering import head, later, typed
from .survey import fill_sample

KEY = "the tests' own secret"
ON = date(2026, 11, 23)
ID = "420112195003150023"
FORMS = sorted(prefill.open_catalogue().samples())


def sample(catalogue: Catalogue, form: str, poor: bool) -> tuple[Sample, prefill.Record, prefill.FilledForm]:
    found = catalogue.samples()[form]
    record = catalogue.read_record(*(found.poor if poor else found.record))
    return found, record, fill_sample(catalogue.plan(form), catalogue, poor)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


def told(source: str, as_of: str, **said: Any) -> dict[str, Any]:
    return {"source": source, "as_of": as_of, **said}


@pytest.fixture
def record(catalogue: Catalogue) -> prefill.Record:
    resident = {
        "id_number": ID,
        "name": "王示例",
        "ethnicity": "01",
        "hukou": {"region": "420112001005", "address": "武汉市东西湖区示例路1号"},
        "spouse": {"name": "李示例"},
    }
    return catalogue.record(
        [
            told("公安人口库", "2026-05-01", resident=resident),
            told("社区网格", "2026-10-12", resident={"id_number": ID, "phone": "13900001234"}),
            told("社区网格", "2019-01-01", resident={"id_number": ID, "landline": "027-83210000"}),
        ]
    )


@pytest.fixture
def filled(catalogue: Catalogue, record: prefill.Record) -> prefill.FilledForm:
    return prefill.fill(catalogue.plan(36), record, on=ON, filing=prefill.Filing(worker="示例员"))


def answered(filled: prefill.FilledForm, **answers: Any) -> prefill.Receipt:
    return prefill.receive(filled, {**head(filled), "answers": answers})


# ── every form ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("poor", [False, True], ids=["rich", "poor"])
@pytest.mark.parametrize("form", FORMS)
def test_an_untouched_page_changes_nothing(catalogue: Catalogue, form: str, poor: bool) -> None:
    found = catalogue.samples()[form]
    if poor and not found.poor:
        pytest.skip("no poor sample")
    filled = fill_sample(catalogue.plan(form), catalogue, poor)
    receipt = prefill.receive(filled, head(filled))
    assert prefill.to_json(receipt.filled) == prefill.to_json(filled)
    assert (receipt.answers, receipt.facts, receipt.errors, receipt.tampered, receipt.corrections) == (
        (),
        (),
        (),
        (),
        (),
    )
    brought = {**head(filled), "token": make_token(filled, key=KEY), "filled": json.loads(prefill.to_json(filled))}
    signed = prefill.receive(None, json.dumps(brought), plan=filled.plan, key=KEY)
    assert json.loads(prefill.to_json(signed.filled))["entries"] == brought["filled"]["entries"]


@pytest.mark.parametrize("poor", [False, True], ids=["rich", "poor"])
@pytest.mark.parametrize("form", FORMS)
def test_what_was_answered_for_the_record_is_not_asked_again(catalogue: Catalogue, form: str, poor: bool) -> None:
    found = catalogue.samples()[form]
    if poor and not found.poor:
        pytest.skip("no poor sample")
    _, record, filled = sample(catalogue, form, poor)
    receipt = prefill.receive(filled, json.dumps(typed(filled)))
    after = record.learn(receipt.facts)
    again = after.learn(receipt.facts)
    assert (again.statements, again.decisions) == (after.statements, after.decisions)
    entries = {(entry.key, entry.row): entry for entry in later(filled, after, found.grant)}
    asked = [
        (answer.key, answer.row, entry.reason if entry else "gone")
        for answer in receipt.answers
        if answer.learnt
        for entry in [entries.get((answer.key, answer.row))]
        if entry is None or (entry.status == "new" and entry.reason not in ("ask-always", "withheld"))
    ]
    assert not asked
    handed = {entry.key for entry in receipt.filled if entry.status == "hand"}
    assert handed <= {entry.key for entry in filled if entry.status in ("hand", "skip")}


# ── one answer ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_empty_and_is_typed_is_manual(filled: prefill.FilledForm, record: prefill.Record) -> None:
    receipt = answered(filled, contact_name="赵示例", contact_phone={"value": "１３９ 0000 9999"})
    answer = receipt.answer("contact_phone")
    assert answer is not None
    assert (answer.origin, answer.value, answer.original, answer.status) == ("manual", "13900009999", None, "new")
    assert (receipt.filled["contact_phone"].text, receipt.filled["contact_phone"].status) == ("13900009999", "known")
    fact = next(fact for fact in receipt.facts if fact.path == "resident.emergency_contact.phone")
    assert (fact.source, fact.as_of, fact.origin, fact.purpose) == (
        "社区填报",
        "2026-11-23",
        "manual",
        filled.form.purpose,
    )
    after = record.learn(receipt.facts)
    assert prefill.explain(after, "resident.emergency_contact.name", on=ON).text == "赵示例"
    assert prefill.explain(after, "resident.emergency_contact.phone", on=ON).text == "13900009999"


@pytest.mark.parametrize("same", ["13900001234", " 139-0000-1234 ", "＋86 13900001234", "８６13900001234"])
def test_the_same_written_otherwise_is_no_change(filled: prefill.FilledForm, same: str) -> None:
    receipt = answered(filled, mobile=same)
    answer = receipt.answer("mobile")
    assert answer is not None
    assert (answer.origin, answer.changed) == ("auto", False)
    assert receipt.facts == ()
    assert receipt.filled["mobile"].facts[0].source == "社区网格"


def test_a_known_value_that_is_changed_is_an_override_with_the_original_beside_it(
    filled: prefill.FilledForm, record: prefill.Record
) -> None:
    receipt = answered(filled, mobile="13911112222")
    answer = receipt.answer("mobile")
    assert answer is not None
    assert (answer.origin, answer.changed, answer.original_text, answer.text) == (
        "override",
        True,
        "13900001234",
        "13911112222",
    )
    assert prefill.explain(record.learn(receipt.facts), "resident.phone", on=ON).text == "13911112222"
    assert receipt.corrections == ()  # no authority states it: the worker's word stands


def test_an_authority_is_disputed_and_asked(filled: prefill.FilledForm, record: prefill.Record) -> None:
    receipt = answered(filled, ethnicity={"value": "03", "evidence": "户口簿"})
    (correction,) = receipt.corrections
    assert (correction.path, correction.label, correction.state, correction.evidence) == (
        "resident.ethnicity",
        "民族",
        "open",
        "户口簿",
    )
    assert (correction.found.text, [one.text for one in correction.recorded]) == ("回族", ["汉族"])
    assert [one.source for one in correction.recorded] == ["公安人口库"]
    after = record.learn(receipt.facts)
    story = prefill.explain(after, "resident.ethnicity", on=ON)
    assert story.reason == "disputed"
    stated = after.learn([prefill.Fact("resident.ethnicity", "03", "公安人口库", "2026-12-01")])
    assert prefill.explain(stated, "resident.ethnicity", on=date(2026, 12, 2)).text == "回族"
    assert prefill.receive(
        filled, {**head(filled), "answers": {"ethnicity": {"value": "03", "evidence": "户口簿"}}}
    ).corrections == (correction,)


def test_a_request_goes_its_way_and_no_other(filled: prefill.FilledForm) -> None:
    (correction,) = answered(filled, ethnicity="03").corrections
    sent = move(correction, "sent", on=ON)
    done = move(sent, "accepted", on=date(2026, 12, 1), why="已更正")
    assert (correction.state, sent.state, done.state) == ("open", "sent", "accepted")
    assert [step[0] for step in done.history] == ["sent", "accepted"]
    for one, state in ((correction, "accepted"), (done, "open"), (sent, "open")):
        with pytest.raises(ValueError, match="no step"):
            move(one, state, on=ON)  # type: ignore[arg-type]


def test_blank_never_erases_and_clear_does(filled: prefill.FilledForm, record: prefill.Record) -> None:
    blanks: list[Any] = ["", "  ", "不详", None, []]
    for blank in blanks:
        receipt = answered(filled, mobile=blank)
        assert (receipt.facts, receipt.filled["mobile"].text) == ((), "13900001234")
    receipt = answered(filled, mobile={"clear": True})
    assert receipt.filled["mobile"].text == ""
    assert prefill.explain(record.learn(receipt.facts), "resident.phone", on=ON).reason == "not-applicable"


def test_an_answer_for_this_form_alone_is_not_learnt(filled: prefill.FilledForm) -> None:
    receipt = answered(filled, mobile={"value": "13911112222", "scope": "form"})
    assert (receipt.facts, receipt.corrections) == ((), ())
    assert receipt.filled["mobile"].text == "13911112222"


def test_an_answer_in_error_leaves_the_good_ones_usable(filled: prefill.FilledForm) -> None:
    receipt = answered(filled, mobile="4711", contact_name="赵示例", health_status=["no", "such"])
    assert [str(problem) for problem in receipt.errors if "4711" in str(problem) or "such" in str(problem)] == []
    assert {problem.what.split("'")[1] for problem in receipt.errors} == {"mobile", "health_status"}
    assert (receipt.filled["mobile"].text, receipt.filled["contact_name"].text) == ("13900001234", "赵示例")
    assert [fact.path for fact in receipt.facts] == ["resident.emergency_contact.name"]


def test_a_stale_value_is_confirmed_or_replaced(catalogue: Catalogue) -> None:
    record = catalogue.record(
        [
            told("社区网格", "2020-01-01", resident={"id_number": ID, "phone": "13900001234"}),
        ]
    )
    filled = prefill.fill(catalogue.plan(36), record, on=ON)
    assert filled["mobile"].reason == "stale"
    receipt = answered(filled, mobile={"confirm": True})
    assert [(fact.path, fact.value, fact.origin) for fact in receipt.facts] == [
        ("resident.phone", "13900001234", "confirm")
    ]
    assert receipt.origin("mobile") == "auto"
    assert prefill.fill(filled.plan, record.learn(receipt.facts), on=ON)["mobile"].reason == "recorded"


def test_one_of_several_is_chosen(catalogue: Catalogue) -> None:
    record = catalogue.record(
        [
            told("社区网格", "2026-10-12", resident={"id_number": ID, "phone": "13900001234"}),
            told("健康档案", "2026-10-12", resident={"id_number": ID, "phone": "13900005678"}),
        ]
    )
    filled = prefill.fill(catalogue.plan(36), record, on=ON)
    assert filled["mobile"].reason == "disputed"
    for answer in ({"choose": 1}, filled["mobile"].others[1].value):
        receipt = answered(filled, mobile=answer)
        assert receipt.filled["mobile"].value == filled["mobile"].others[1].value
        assert [fact.origin for fact in receipt.facts] == ["confirm"]
        after = prefill.fill(filled.plan, record.learn(receipt.facts), on=ON)
        assert (after["mobile"].reason, after["mobile"].value) == ("recorded", filled["mobile"].others[1].value)
    assert answered(filled, mobile={"confirm": True}).errors
    assert answered(filled, mobile={"choose": 7}).errors


# ── what follows from answers ────────────────────────────────────────────────────────────────────────────────────────────


def test_conditions_and_what_follows_are_decided_again(filled: prefill.FilledForm) -> None:
    assert filled["former_card_no"].waits_for == ("application_type",)
    new = answered(filled, application_type="1", former_card_no="123")
    assert new.filled["former_card_no"].status == "skip"
    assert new.filled["card_class"].reason == "derived"
    assert [problem.what for problem in new.errors] == [
        "the answer to 'former_card_no' is to what is not asked, by the other answers"
    ]
    lost = answered(filled, application_type="3", former_card_no="123")
    assert (lost.filled["former_card_no"].text, lost.filled["former_card_no"].waits_for) == ("123", ())


def test_what_is_computed_is_not_typed(filled: prefill.FilledForm) -> None:
    right = answered(filled, application_type="1").filled["card_class"].value
    wrong = next(code for code in ("1", "2") if code != right)
    receipt = answered(filled, application_type="1", card_class=wrong)
    assert receipt.filled["card_class"].value == right
    assert [(one.key, one.what) for one in receipt.tampered] == [("card_class", "computed")]
    assert answered(filled, application_type="1", card_class=right).tampered == ()


def test_a_corrected_birth_date_makes_another_age(filled: prefill.FilledForm) -> None:
    assert filled["age"].value == 76
    assert answered(filled, birth_date="1960-01-02").filled["age"].value == 66


def test_two_answers_to_one_fact_must_agree(catalogue: Catalogue) -> None:
    found, record, filled = sample(catalogue, "senior-card", True)
    receipt = prefill.receive(filled, typed(filled))
    assert not [problem for problem in receipt.errors if "same fact" in problem.what]
    assert len(record.learn(receipt.facts).problems) == len(record.problems)
    assert found.on == filled.on


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

HOUSEHOLD = [
    told(
        "社区网格",
        "2026-10-12",
        family={
            "head": {"id_number": ID, "name": "王示例"},
            "members": [
                {"id_number": ID, "name": "王示例", "relation_to_head": "本人"},
                {"name": "王小例", "relation_to_head": "子"},
            ],
        },
    )
]


@pytest.fixture
def household(catalogue: Catalogue) -> tuple[prefill.Record, prefill.FilledForm]:
    record = catalogue.record(HOUSEHOLD)
    return record, prefill.fill(catalogue.plan(43), record, on=ON)


def members(filled: prefill.FilledForm) -> list[str]:
    return [entry.text for entry in filled if entry.key == "members.name"]


def test_rows_are_answered_added_and_taken_out(household: tuple[prefill.Record, prefill.FilledForm]) -> None:
    record, filled = household
    first, second = [entry.row for entry in filled if entry.key == "members.name"]
    rows = [
        {"row": second, "answers": {"id_number": "42011219800202001X"}},
        {"row": "+1", "answers": {"name": "王新例", "relation": "20"}},
    ]
    receipt = prefill.receive(filled, {**head(filled), "rows": {"members": rows}})
    assert receipt.errors == ()
    assert members(receipt.filled) == ["王示例", "王小例", "王新例"]
    assert receipt.filled["persons"].value == 3
    after = record.learn(receipt.facts)
    refilled = prefill.fill(filled.plan, after, on=ON)
    assert members(refilled) == ["王示例", "王小例", "王新例"]
    held = {entry.row: entry.text for entry in refilled if entry.key == "members.id_number"}
    named = {entry.text: entry.row for entry in refilled if entry.key == "members.name"}
    assert held[named["王小例"]] == "42011219800202001X"
    assert not [entry.waits_for for entry in refilled if entry.key == "members.name" and entry.waits_for]
    gone = prefill.receive(filled, {**head(filled), "rows": {"members": [{"row": second, "removed": True}]}})
    assert members(gone.filled) == ["王示例"]
    left = record.learn(gone.facts)
    assert members(prefill.fill(filled.plan, left, on=ON)) == ["王示例"]
    assert left.learn(gone.facts).statements == left.statements
    assert first


def test_two_of_one_name_are_not_mixed(catalogue: Catalogue) -> None:
    twins = [{"name": "王双例", "birth_date": f"2015-01-0{day}"} for day in (1, 2)]
    record = catalogue.record([told("社区网格", "2026-10-12", family={"head": {"id_number": ID}, "members": twins})])
    filled = prefill.fill(catalogue.plan(43), record, on=ON)
    row = [entry.row for entry in filled if entry.key == "members.name"][1]
    receipt = prefill.receive(
        filled, {**head(filled), "rows": {"members": [{"row": row, "answers": {"education": "70"}}]}}
    )
    after = prefill.fill(filled.plan, record.learn(receipt.facts), on=ON)
    assert [entry.value for entry in after if entry.key == "members.education"] == [None, "70"]


def test_the_same_number_for_two_rows_is_a_fault(household: tuple[prefill.Record, prefill.FilledForm]) -> None:
    _, filled = household
    row = [entry.row for entry in filled if entry.key == "members.name"][1]
    receipt = prefill.receive(
        filled, {**head(filled), "rows": {"members": [{"row": row, "answers": {"id_number": ID}}]}}
    )
    assert len(receipt.errors) == 1
    assert receipt.facts == ()


def _somebody() -> prefill.Record:
    stated = told("公安人口库", "2026-05-01", resident={"id_number": "42011219800202001X", "name": "李示例"})
    return prefill.open_catalogue().record([stated])


# ── whose it is ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def signed(filled: prefill.FilledForm, **more: Any) -> dict[str, Any]:
    brought = json.loads(prefill.to_json(filled))
    return {**head(filled), "token": make_token(filled, key=KEY, **more), "filled": brought, "answers": {}}


def test_a_signed_page_brings_its_form_along(filled: prefill.FilledForm) -> None:
    answers = {"mobile": "13911112222", "application_type": "3", "former_card_no": "123", "ethnicity": "03"}
    submission = {**signed(filled), "answers": answers}
    filing = prefill.Filing(worker="示例员", today=ON)
    one = prefill.receive(filled, submission, key=KEY, filing=filing)
    other = prefill.receive(None, json.dumps(submission), plan=filled.plan, key=KEY, filing=filing)
    assert other.facts == one.facts
    assert other.corrections == one.corrections
    assert prefill.to_json(other.filled) == prefill.to_json(one.filled)


def test_an_altered_lock_is_found(filled: prefill.FilledForm) -> None:
    submission = signed(filled)
    entry = next(entry for entry in submission["filled"]["entries"] if entry["status"] == "known")
    entry["text"] = "改过"
    receipt = prefill.receive(filled, submission, key=KEY)
    assert [(one.key, one.what) for one in receipt.tampered] == [(entry["key"], "filled")]
    with pytest.raises(prefill.SubmissionError):
        prefill.receive(None, submission, plan=filled.plan, key=KEY)


def test_a_page_that_has_expired_is_refused(filled: prefill.FilledForm) -> None:
    until = datetime(2026, 11, 24, tzinfo=UTC)
    submission = signed(filled, expires=until)
    prefill.receive(filled, submission, key=KEY, now=until - timedelta(seconds=1))
    for page, plan in ((filled, None), (None, filled.plan)):
        with pytest.raises(prefill.SubmissionError, match="expired"):
            prefill.receive(page, submission, plan=plan, key=KEY, now=until)


def test_the_same_submission_twice_changes_nothing(filled: prefill.FilledForm, record: prefill.Record) -> None:
    submission = {**signed(filled), "answers": {"mobile": "13911112222", "contact_name": "赵示例"}}
    one, other = (prefill.receive(filled, json.dumps(submission), key=KEY) for _ in range(2))
    assert (one.facts, one.corrections, one.answers) == (other.facts, other.corrections, other.answers)
    after = record.learn(one.facts)
    assert after.learn(other.facts).statements == after.statements


def test_a_plain_form_and_a_pdf_say_the_same(filled: prefill.FilledForm) -> None:
    version = {"page:form": "senior-card", "page:version": "2018"}
    fields = {**version, "contact_name": "赵示例", "application_type": ["3"], "choice:living": "other"}
    plain = prefill.receive(filled, fields)
    assert {answer.key for answer in plain.answers} == {"contact_name", "application_type"}
    posted = b"page%3Aform=senior-card&page%3Aversion=2018&contact_name=%E8%B5%B5%E7%A4%BA%E4%BE%8B&application_type=3"
    assert prefill.receive(filled, posted).facts == plain.facts
    pytest.importorskip("pikepdf")
    pytest.importorskip("weasyprint")
    from prefill.rendering.fillable import fill_fields

    pdf = fill_fields(prefill.to_pdf(filled, fillable=True), {"contact_name": "赵示例", "application_type": "3"})
    assert prefill.receive(filled, pdf).facts == plain.facts
    theirs = prefill.fill(filled.plan, _somebody(), on=ON)
    with pytest.raises(prefill.SubmissionError):
        prefill.receive(theirs, pdf)


# ── a hundred hostile submissions ────────────────────────────────────────────────────────────────────────────────────────


def nested(depth: int) -> Any:
    found: Any = "x"
    for _ in range(depth):
        found = {"value": found}
    return found


BAD_VALUES: list[Any] = [
    {},
    {"value": {}},
    {"value": {"value": 1}},
    {"value": [[1]]},
    {"value": [1, 2]},
    {"value": [None]},
    {"value": 10**400},
    {"value": 1.5},
    {"value": float("inf")},
    {"value": "4711"},
    {"value": "x" * 1_000_000},
    {"value": "\x00"},
    {"value": "\ud800"},
    {"value": "锟斤拷"},
    {"value": "<script>alert(1)</script>"},
    {"value": "' OR 1=1 --"},
    {"value": "13900001234", "confirm": True},
    {"value": "13900001234", "clear": True},
    {"confirm": "yes"},
    {"confirm": 1},
    {"clear": "true"},
    {"choose": -1},
    {"choose": "0"},
    {"choose": True},
    {"choose": 99999},
    {"scope": "world", "value": "13900001234"},
    {"scope": ["form"], "value": "13900001234"},
    {"value": "13900001234", "origin": "auto"},
    {"value": "13900001234", "source": "公安人口库"},
    {"value": "13900001234", "evidence": ["x"]},
    {"value": "13900001234", "evidence": "x" * 5000},
    {"revert": "x"},
    nested(60),
    [[]],
    [{}],
    ["a"] * 2000,
    True,
    10**31,
]

BAD_KEYS = [
    "",
    "no_such_field",
    "members.name",
    "__class__",
    "signature",
    "mobile@r1",
    "mobile@+1",
    "../mobile",
    "resident.phone",
    "王示例420112195003150023",
    "mobile ",
    "mobile\x00",
    "a" * 10_000,
]

BAD_WHOLES: list[Any] = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"1",
    b"NaN",
    b"\xff\xfe\x00",
    b"%PDF-1.7 nothing",
    b"%PDF-",
    b'{"form": "senior-card", "version": "2018", "answers": NaN}',
    b'{"form": "senior-card", "version": "2018", "answers": {"mobile": Infinity}}',
    b'{"form": "senior-card", "version": "2018", "answers": {"mobile": "1", "mobile": "2"}}',
    b'{"form": "senior-card", "form": "health-record"}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"form": "senior-card", "version": "2018", "answers": {"mobile": ' + b"9" * 10_000 + b"}}",
    b"page:form=senior-card&%",
    {"answers": []},
    {"answers": "mobile"},
    {"answers": {1: "x"}},
    {1: 2},
    {"rows": []},
    {"rows": {"members": {}}},
    {"rows": {"members": [1]}},
    {"rows": {"members": [{"answers": {}}]}},
    {"rows": {"members": [{"row": "r1' --", "answers": {}}]}},
    {"rows": {"members": [{"row": "+1"}, {"row": "+1"}]}},
    {"rows": {"members": [{"row": "+0"}]}},
    {"rows": {"members": [{"row": "r1", "answers": [1]}]}},
    {"rows": {"members": [{"row": "r1", "removed": "true"}]}},
    {"rows": {"members": [{"row": "r1", "removed": 1}]}},
    {"rows": {"members": [{"row": "r1", "removed": True, "scope": "world"}]}},
    {"rows": {"members": [{"row": "r1", "removed": True}, {"row": "r1", "answers": {}}]}},
    {"rows": {"members": [{"row": "r1", "values": {}}]}},
    {"answers": {"mobile": "13900001234", "mobile@": "13900005678"}},
    {"answers": {"members.name@r1": "x"}, "rows": {"members": [{"row": "r1", "answers": {"name": "x"}}]}},
    {"form": None},
    {"version": None},
    {"effort": {"mobile@": {"keys": 1, "seconds": 1}}},
    {"effort": []},
    {"form": 36},
    {"form": "health-record"},
    {"version": "1999"},
    {"version": 2018},
    {"on": "2026-11-24"},
    {"on": 20261123},
    {"token": 1},
    {"token": ""},
    {"token": "1.-.-.00"},
    {"token": "….….….…"},
    {"token": "a" * 100_000},
    {"filled": []},
    {"filled": "x"},
    {"answers": {f"k{number}": "x" for number in range(20_001)}},
    nested(2000),
    b"x" * 17_000_000,
]


@pytest.mark.parametrize("value", BAD_VALUES, ids=range(len(BAD_VALUES)))
def test_a_hostile_answer_is_told_and_nothing_is_learnt(
    filled: prefill.FilledForm, record: prefill.Record, value: Any
) -> None:
    before = prefill.to_json(filled)
    try:
        receipt = prefill.receive(filled, {**head(filled), "answers": {"mobile": value}})
    except prefill.SubmissionError:
        return
    assert receipt.facts == ()
    assert prefill.to_json(receipt.filled) == before
    assert len(receipt.errors) + len(receipt.tampered) <= 1
    assert all(len(str(problem)) < 400 and "4711" not in str(problem) for problem in receipt.errors)
    assert record.learn(receipt.facts).statements == record.statements


@pytest.mark.parametrize("key", BAD_KEYS, ids=range(len(BAD_KEYS)))
def test_what_is_no_field_of_the_form_is_told(filled: prefill.FilledForm, key: str) -> None:
    receipt = prefill.receive(filled, {**head(filled), "answers": {key: {"value": "陈示例"}}})
    assert receipt.facts == ()
    assert len(receipt.tampered) == 1
    assert "420112" not in repr(receipt.tampered)
    assert prefill.to_json(receipt.filled) == prefill.to_json(filled)


@pytest.mark.parametrize("whole", BAD_WHOLES, ids=range(len(BAD_WHOLES)))
def test_what_is_no_submission_of_this_form_is_refused(filled: prefill.FilledForm, whole: Any) -> None:
    if isinstance(whole, dict) and all(isinstance(key, str) for key in whole):
        whole = {**head(filled), **whole}  # but for this it is one of this form
    with pytest.raises(prefill.SubmissionError) as error:
        prefill.receive(filled, whole)
    assert len(str(error.value)) < 300
    assert error.value.__cause__ is None


@pytest.mark.parametrize("other", ["subject", "day", "key", "none", "form", "answers-of-another"])
def test_tokens_of_others_are_refused(catalogue: Catalogue, filled: prefill.FilledForm, other: str) -> None:
    plan = filled.plan
    somebody = catalogue.record(
        [told("公安人口库", "2026-05-01", resident={"id_number": "420112195003150040"[:17] + "X", "name": "李示例"})]
    )
    theirs = prefill.fill(plan, somebody, on=ON)
    tokens = {
        "subject": make_token(theirs, key=KEY),
        "day": make_token(prefill.fill(plan, somebody, on=date(2026, 11, 24)), key=KEY),
        "key": make_token(filled, key="another secret of some length"),
        "none": make_token(filled),
        "form": make_token(prefill.fill(catalogue.plan(39), somebody, on=ON), key=KEY),
        "answers-of-another": make_token(theirs, key=KEY),
    }
    submission = {**signed(filled), "token": tokens[other]}
    if other == "answers-of-another":
        submission["filled"] = json.loads(prefill.to_json(theirs))
        submission["filled"]["entries"][0]["text"] = filled.entries[0].text
    for page, spec in ((filled, None), (None, plan)):
        with pytest.raises(prefill.SubmissionError):
            prefill.receive(page, submission, plan=spec, key=KEY)
    missing = {**signed(filled)}
    del missing["token"]
    for page, spec in ((filled, None), (None, plan)):
        with pytest.raises(prefill.SubmissionError):
            prefill.receive(page, missing, plan=spec, key=KEY)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_tampered_lock_passes(catalogue: Catalogue, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    filled = fill_sample(catalogue.plan(form), catalogue)
    locked = [e for e in filled if e.status == "hand" or not e.counted]
    if not locked:
        return
    entry = data.draw(st.sampled_from(locked))
    text = data.draw(st.sampled_from(["改过", "1", True, ["1"]]))
    answers = {entry.key if entry.row is None else f"{entry.key}@{entry.row}": {"value": text}}
    receipt = prefill.receive(filled, {**head(filled), "answers": answers})
    assert prefill.to_json(receipt.filled) == prefill.to_json(filled)
    assert receipt.facts == ()
    same = entry.value is not None and text in (entry.value, entry.text)
    assert same or len(receipt.tampered) == 1


# ── filling again ────────────────────────────────────────────────────────────────────────────────────────────────────────

TYPED = {
    "mobile": ["13900001234", "13911112222", "13933334444"],
    "contact_name": ["赵示例", "钱示例"],
    "former_card_no": ["11", "22"],
    "address": ["示例路1号", "示例路2号"],
    "agent_name": ["孙示例", "周示例"],
}
STEPS = st.lists(
    st.one_of(
        st.sampled_from(sorted(TYPED)).flatmap(lambda key: st.tuples(st.just(key), st.sampled_from(TYPED[key]))),
        st.just("refill"),
        st.just("learn"),
        st.sampled_from(["13955556666", "13966667777"]).map(lambda phone: ("state", phone)),
    ),
    max_size=9,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_origins_follow_the_table_of_dtr(catalogue: Catalogue, record: prefill.Record, steps: list[Any]) -> None:
    """The table stands in the docs of Da Vinci DTR: auto, override, manual, by edits and by filling again."""
    keys = [key for key in TYPED if key in catalogue.plan(36).places]
    draft = prefill.refill(answered(prefill.fill(catalogue.plan(36), record, on=ON)), record)
    expected: dict[str, str] = {}
    worker: dict[str, str] = {}
    receipt = None
    for step in [*steps, "refill"]:
        if step == "refill":
            draft = prefill.refill(receipt if receipt is not None else draft, record)
            receipt = None
            for key, origin in expected.items():
                if origin == "manual" and draft.fresh[key].value is not None:
                    expected[key] = "override"
        elif step == "learn":
            record = record.learn(receipt.facts if receipt is not None else ())
        elif step[0] == "state":
            record = record.learn([prefill.Fact("resident.phone", step[1], "社区网格", "2026-11-20")])
        elif step[0] in keys:
            key, value = step
            if receipt is not None:
                draft, receipt = prefill.refill(receipt, record), None
                for one, origin in expected.items():
                    if origin == "manual" and draft.fresh[one].value is not None:
                        expected[one] = "override"
            entry = draft.fresh[key]
            offered = entry.value is not None or (entry.status == "confirm" and entry.others)
            shown = [entry.value, *(other.value for other in entry.others if entry.status == "confirm")]
            receipt = prefill.receive(draft, {**head(draft.fresh), "answers": {key: value}})
            if receipt.errors:
                receipt = prefill.receive(draft, {**head(draft.fresh), "answers": {}})
            elif key in expected or value not in shown:
                expected.setdefault(key, "override" if offered else "manual")
                worker[key] = value
        at = receipt if receipt is not None else draft
        for key, origin in expected.items():
            assert at.origin(key) == origin, key
            if at.filled[key].status != "skip":
                assert at.filled[key].value == worker[key]
        for key in set(keys) - set(expected):
            assert at.origin(key) in (None, "auto")


def test_a_draft_keeps_what_was_typed_and_decides_the_rest(filled: prefill.FilledForm, record: prefill.Record) -> None:
    receipt = answered(filled, mobile="13911112222", contact_name="赵示例", landline={"confirm": True})
    news = record.learn(
        [
            prefill.Fact("resident.phone", "13955556666", "社区网格", "2026-11-22"),
            prefill.Fact("resident.residence.address", "示例路7号", "社区网格", "2026-11-22"),
        ]
    )
    draft = prefill.refill(receipt, news)
    assert draft.filled["mobile"].text == "13911112222"
    assert draft.filled["contact_name"].text == "赵示例"
    assert draft.filled["address"].text == "示例路7号"
    three = {one.key: (one.filled_text, one.worker_text, one.now_text) for one in draft.diff()}
    assert three["mobile"] == ("13900001234", "13911112222", "13955556666")
    assert three["contact_name"] == ("", "赵示例", "")
    assert three == {
        one.key: (one.filled_text, one.worker_text, one.now_text)
        for one in receipt.diff(draft.fresh)
        if one.key in three
    } | {key: said for key, said in three.items() if key not in ("mobile", "contact_name")}
    again = prefill.refill(draft, news)
    assert (again.answers, prefill.to_json(again.filled)) == (draft.answers, prefill.to_json(draft.filled))
    back = prefill.receive(draft, {**head(draft.fresh), "answers": {"mobile": {"revert": True}}})
    assert back.filled["mobile"].text == "13955556666"
    assert back.filled["contact_name"].text == "赵示例"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_was_learnt_and_is_undisputed_is_never_not_recorded_again(
    catalogue: Catalogue, data: st.DataObject
) -> None:
    form = data.draw(st.sampled_from(FORMS))
    found = catalogue.samples()[form]
    poor = bool(found.poor) and data.draw(st.booleans())
    _, record, filled = sample(catalogue, form, poor)
    some = data.draw(st.integers(0, 2**30))
    receipt = prefill.receive(filled, typed(filled, lambda entry: hash((entry.key, entry.row, some)) % 3 > 0))
    after = record.learn(receipt.facts)
    on = max(filled.on, filled.filing.today or filled.on) + timedelta(days=data.draw(st.integers(0, 3000)))
    for fact in receipt.facts:
        if fact.item is None and isinstance(fact.value, str | int | bool):
            assert prefill.explain(after, fact.path, on=on).reason != "not-recorded"


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_command_writes_receipt_record_and_requests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], record: prefill.Record
) -> None:
    (tmp_path / "record.json").write_text(json.dumps(record.statements, ensure_ascii=False), encoding="utf-8")
    answers = {"contact_name": "赵示例", "contact_phone": "13900009999", "ethnicity": "回族", "mobile": "4711"}
    submission = {"form": "senior-card", "version": "2018", "on": "2026-11-23", "answers": answers}
    (tmp_path / "sent.json").write_text(json.dumps(submission, ensure_ascii=False), encoding="utf-8")
    names = [str(tmp_path / name) for name in ("record.json", "sent.json", "receipt.json", "learnt.json", "ask.html")]
    known, sent, receipt, learnt, ask = names
    done = run(["receive", "36", known, sent, "-o", receipt, "--learn", learnt, "--requests", ask])
    told_ = capsys.readouterr()
    assert done == 1  # one answer is in error
    assert "mobile" in told_.err
    assert "4711" not in told_.err + told_.out
    data = json.loads(Path(receipt).read_text("utf-8"))
    assert [fact["path"] for fact in data["facts"]] == [fact.path for fact in facts_from(data)]
    assert "校核申请单" in Path(ask).read_text("utf-8")
    again = prefill.open_catalogue().read_record(learnt)
    assert prefill.explain(again, "resident.emergency_contact.phone", on=ON).text == "13900009999"
    assert run(["receive", "39", known, sent, "-o", receipt]) == 2
    assert "another form" in capsys.readouterr().err


def test_a_receipt_and_its_requests_are_read_again(filled: prefill.FilledForm, record: prefill.Record) -> None:
    receipt = answered(filled, ethnicity="03", contact_name="赵示例", health_status="1")
    data = json.loads(receipt_to_json(receipt))
    assert facts_from(data) == receipt.facts
    assert tuple(correction_from(one) for one in data["corrections"]) == receipt.corrections
    assert record.learn(facts_from(data)).statements == record.learn(receipt.facts).statements
