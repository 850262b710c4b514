"""Receiving, over all forms and random ones: no lock can be picked, what was answered is known from then on, origins follow DTR's table."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import prefill
from prefill import kinds
from prefill.catalogue import Catalogue
from prefill.filling import Entry
from prefill.receiving.asked import Asked
from prefill.tokens import make_token

from .answering import head, id_numbers, value_of
from .survey import fill_sample

KEY = "the tests' own secret"
ON = date(2026, 11, 23)
ID = "420112195003150023"
CATALOGUE = prefill.open_catalogue()
SAMPLES = [
    (form, poor)
    for form, found in sorted(CATALOGUE.samples().items())
    for poor in (False, True)[: 1 + bool(found.poor)]
]
RANDOM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_FILLED: dict[tuple[str, bool], prefill.FilledForm] = {}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return CATALOGUE


def filled_of(form: str, poor: bool) -> prefill.FilledForm:
    if (form, poor) not in _FILLED:
        _FILLED[form, poor] = fill_sample(CATALOGUE.plan(form), CATALOGUE, poor)
    return _FILLED[form, poor]


def page_of(filled: prefill.FilledForm) -> dict[str, Any]:
    return {**head(filled), "token": make_token(filled, key=KEY), "filled": json.loads(prefill.to_json(filled))}


def name_of(entry: Entry) -> str:
    return entry.key if entry.row is None else f"{entry.key}@{entry.row}"


# ── locks ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

ACTS: list[Mapping[str, Any]] = [
    *[{"value": value} for value in ("改过", "1", True, ["1"], 7, "2026-01-01", "", None)],
    {"clear": True},
    {"confirm": True},
    {"choose": 0},
    {"revert": True},
    {"value": "改过", "scope": "form"},
]


@pytest.mark.parametrize("is_signed", [False, True], ids=["kept", "signed"])
@RANDOM
@given(data=st.data())
def test_no_lock_is_picked_by_an_answer(is_signed: bool, data: st.DataObject) -> None:
    filled = filled_of(*data.draw(st.sampled_from(SAMPLES)))
    locked = [entry for entry in filled if entry.status == "hand" or not entry.counted]
    some = data.draw(st.lists(st.sampled_from(locked), max_size=4, unique_by=name_of)) if locked else []
    acts = {name_of(entry): data.draw(st.sampled_from(ACTS)) for entry in some}
    receipt = prefill.receive(
        None if is_signed else filled,
        {**(page_of(filled) if is_signed else head(filled)), "answers": acts},
        plan=filled.plan,
        key=KEY if is_signed else None,
        filing=filled.filing,
    )
    assert json.loads(prefill.to_json(receipt.filled))["entries"] == json.loads(prefill.to_json(filled))["entries"]
    assert (receipt.facts, receipt.corrections, receipt.answers) == ((), (), ())
    told = {one.key if one.row is None else f"{one.key}@{one.row}" for one in receipt.tampered}
    harmless = {
        name_of(entry)
        for entry in some
        if "value" in acts[name_of(entry)] and says_the_same(entry, acts[name_of(entry)]["value"])
    }
    assert set(acts) - harmless == told


def says_the_same(entry: Entry, value: Any) -> bool:
    """Whether an answer to a locked cell says nothing, or what stands there."""
    if value in ("", None) or (entry.text and value == entry.text):
        return True
    try:
        read = kinds.read(entry.kind, value, entry.codes) if entry.kind in kinds.KINDS else value
    except kinds.Unreadable:
        return False
    return read is None or (read == entry.value and isinstance(read, bool) == isinstance(entry.value, bool))


def altered(entry: dict[str, Any], how: str) -> bool:
    """Alter a cell of what a page brings along; False where there is nothing to alter."""
    if how in ("text", "status", "reason", "kind", "key"):
        entry[how] = "known" if entry[how] != "known" and how == "status" else f"{entry[how]}改"
    elif how == "value":
        entry["value"] = "改过"
    elif how == "row":
        entry["row"] = "r999" if entry["row"] != "r999" else None
    elif how == "waits_for":
        entry["waits_for"] = [*entry["waits_for"], "name"]
    elif how == "others":
        entry["others"] = [*entry["others"], {"value": "改过", "text": "改过", "facts": []}]
    elif not entry["facts"]:
        return False
    else:
        entry["facts"][0][how] = "2099-01-01" if how == "as_of" else "改过"
    return True


HOW = [
    "text",
    "status",
    "reason",
    "kind",
    "key",
    "value",
    "row",
    "waits_for",
    "others",
    "source",
    "as_of",
    "path",
    "twice",
    "out",
]


@RANDOM
@given(data=st.data())
def test_no_altered_cell_passes_with_the_kept_form_or_the_signed_page(data: st.DataObject) -> None:
    filled = filled_of(*data.draw(st.sampled_from(SAMPLES)))
    page = page_of(filled)
    entries = page["filled"]["entries"]
    at = data.draw(st.integers(0, len(entries) - 1))
    how = data.draw(st.sampled_from(HOW))
    if how == "twice":
        entries.append(json.loads(json.dumps(entries[at])))
    elif how == "out":
        del entries[at]
    elif not altered(entries[at], how):
        return
    receipt = prefill.receive(filled, page, key=KEY)
    assert {one.what for one in receipt.tampered} == {"filled"}
    assert prefill.to_json(receipt.filled) == prefill.to_json(filled)
    with pytest.raises(prefill.SubmissionError):
        prefill.receive(None, page, plan=filled.plan, key=KEY)


# ── what was answered is known ───────────────────────────────────────────────────────────────────────────────────────────


def every(filled: prefill.FilledForm) -> dict[str, Any]:
    """A submission that answers every cell that a worker can: but another number that somebody has would be somebody else's."""
    asked, new_id = Asked(filled), id_numbers()
    types = filled.plan.vocabulary.types.values()
    answers: dict[str, Any] = {}
    for entry in filled:
        if entry.status in ("hand", "skip") or entry.kind not in kinds.KINDS:
            continue
        taught = asked.taught(asked.spots[entry.key])
        is_name = taught is not None and any(taught.term.path in (*t.documents, t.similar) for t in types)
        value = value_of(entry.kind, entry.codes, lambda: next(new_id))
        if value is not None and not (entry.status != "new" and is_name):
            answers[name_of(entry)] = {"value": value}
    return {**head(filled), "answers": answers}


@pytest.mark.parametrize("form, poor", SAMPLES, ids=[f"{form}-{'poor' if poor else 'rich'}" for form, poor in SAMPLES])
def test_whatever_is_answered_for_the_record_is_known_from_then_on(form: str, poor: bool) -> None:
    found = CATALOGUE.samples()[form]
    record = CATALOGUE.read_record(*(found.poor if poor else found.record))
    filled = filled_of(form, poor)
    receipt = prefill.receive(filled, every(filled))
    after = record.learn(receipt.facts)
    assert {problem.what for problem in after.problems} <= {problem.what for problem in record.problems}
    learnt = [answer for answer in receipt if answer.learnt]
    assert learnt or filled.form.statistical or not poor
    in_doubt = [answer.key for answer in receipt if answer.unlearnt == "in-doubt"]
    assert not in_doubt or [entry for entry in filled if entry.reason == "candidates"]
    grant = replace(found.grant, until=date(2099, 1, 1)) if found.grant is not None else None
    first = max(filled.on, filled.filing.today or filled.on)
    for days in (0, 1, 400, 3000):
        on = first + timedelta(days)
        entries = {
            (e.key, e.row): e for e in prefill.fill(filled.plan, after, on=on, filing=filled.filing, grant=grant)
        }
        gone = [a.key for a in learnt if (a.key, a.row) not in entries]
        asked = [a.key for a in learnt if a.key not in gone and entries[a.key, a.row].reason == "not-recorded"]
        assert (gone, asked) == ([], [])
        for fact in receipt.facts:
            if fact.item is None and isinstance(fact.value, str | int | bool):
                assert prefill.explain(after, fact.path, on=on).reason != "not-recorded", fact.path


# ── origins ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

TYPED = {
    "mobile": ["13900001234", "13911112222", "13933334444"],
    "landline": ["027-83210000", "027-83210077"],
    "contact_name": ["赵示例", "钱示例"],
    "ethnicity": ["01", "03"],
    "address": ["示例路1号", "示例路2号"],
}
EDIT = st.sampled_from(sorted(TYPED)).flatmap(
    lambda key: st.tuples(st.just(key), st.sampled_from([*({"value": v} for v in TYPED[key]), {"clear": True}, {"confirm": True}, {"revert": True}, {"value": ""}]))
)  # fmt: skip
STATE = st.sampled_from(
    [("resident.phone", "13955556666"), ("resident.phone", "13966667777"), ("resident.landline", "027-83219999")]
)
STEPS = st.lists(st.one_of(EDIT, EDIT, st.just("refill"), st.just("learn"), STATE), max_size=10)


def start(catalogue: Catalogue) -> prefill.Record:
    told = [
        ("公安人口库", "2026-05-01", {"name": "王示例", "ethnicity": "01"}),
        ("社区网格", "2026-10-12", {"phone": "13900001234"}),
    ]
    told.append(("社区网格", "2019-01-01", {"landline": "027-83210000"}))
    return catalogue.record(
        [{"source": s, "as_of": day, "resident": {"id_number": ID, **said}} for s, day, said in told]
    )


@RANDOM
@given(steps=STEPS)
def test_origins_follow_the_table_by_any_edits_and_refills(catalogue: Catalogue, steps: list[Any]) -> None:
    """Typed, cleared, confirmed, reverted and left blank; the record learns, others state; filled again and again."""
    record = start(catalogue)
    draft = prefill.refill(
        prefill.receive(first := prefill.fill(catalogue.plan(36), record, on=ON), head(first)), record
    )
    held: dict[str, tuple[str, Any]] = {}  # what the worker has: its origin, its value

    def again(of: Any) -> Any:
        made = prefill.refill(of, record)
        for key, (origin, value) in held.items():
            if origin == "manual" and made.fresh[key].value is not None:
                held[key] = ("override", value)
        return made

    for step in steps:
        if step == "refill":
            draft = again(draft)
        elif step == "learn":
            record = record.learn(prefill.receive(draft, head(draft.fresh)).facts)
        elif "." in step[0]:
            record = record.learn([prefill.Fact(step[0], step[1], "社区网格", "2026-11-20")])
        else:
            key, said = step
            entry = draft.fresh[key]
            receipt = prefill.receive(draft, {**head(draft.fresh), "answers": {key: said}})
            shown = [
                entry.value,
                *(o.value for o in entry.others if entry.status == "confirm" and o.why in ("differs", "stale")),
            ]
            shown = [value for value in shown if value is not None]
            if not receipt.errors and said != {"value": ""}:
                new = None if "clear" in said else entry.value if "confirm" in said else said.get("value")
                if "revert" in said:
                    held.pop(key, None)
                elif key in held:
                    held[key] = (held[key][0], new)
                elif new not in shown:
                    held[key] = ("override" if shown else "manual", new)
            draft = again(receipt)
        for key in TYPED:
            if key in held:
                assert (draft.origin(key), draft.filled[key].value) == held[key], key
            else:
                assert draft.origin(key) in (None, "auto")
                assert draft.filled[key].value == draft.fresh[key].value


# ── what it was known by ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_carries_what_a_correction_is_known_by(catalogue: Catalogue) -> None:
    record = start(catalogue)
    filled = prefill.fill(catalogue.plan(36), record, on=ON)
    answers = {"ethnicity": {"value": "03", "evidence": "户口簿"}, "mobile": "13911112222"}
    receipt = prefill.receive(filled, {**head(filled), "answers": answers})
    news = record.learn([prefill.Fact("resident.landline", "027-83219999", "社区网格", "2026-11-20")])
    draft = prefill.refill(prefill.refill(receipt, news), news)
    left = prefill.receive(draft, head(draft.fresh))
    assert [request.evidence for request in left.corrections] == ["户口簿"]
    assert left.corrections[0].found.text == "回族"
    for said, evidence in (
        ("03", "户口簿"),  # sent again, as a page does that shows the draft
        ({"value": "03", "evidence": "身份证"}, "身份证"),
        ("11", None),  # another value: it was not the household register that said so
    ):
        sent = prefill.receive(draft, {**head(draft.fresh), "answers": {"ethnicity": said}})
        assert [request.evidence for request in sent.corrections] == [evidence]
    back = prefill.receive(draft, {**head(draft.fresh), "answers": {"ethnicity": {"revert": True}}})
    assert back.corrections == ()
    assert "户口簿" in prefill.to_html(draft.fresh, draft=draft)
