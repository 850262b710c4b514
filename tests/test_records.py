"""Records: what is read at the door, what is refused, what is learnt, and what people decide of identities."""

import json
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import prefill
from prefill import documents
from prefill.documents import parse_json, parse_yaml

ON = date(2026, 11, 23)
WANG, LI = "420112195003150023", "420106199205069988"


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


def told(source: str, as_of: str, **said: Any) -> dict[str, Any]:
    return {"source": source, "as_of": as_of, **said}


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("loader", [yaml.CBaseLoader, yaml.BaseLoader])
def test_null_is_null_with_either_loader(loader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_LOADER", loader)
    text = "a:\nb: ~\nc: null\nd: ''\ne: '~'\nf: 0420\non: yes"
    assert parse_yaml(text, "x").data == {"a": None, "b": None, "c": None, "d": "", "e": "~", "f": "0420", "on": "yes"}


@pytest.mark.parametrize(
    "text", ["[" * 3000, "- " * 3000 + "a", "[" * 300 + "]" * 300, "\n".join(" " * n + "a:" for n in range(300))]
)
def test_yaml_that_nests_too_deeply_is_a_fault_of_one_line(text: str) -> None:
    problems = parse_yaml(text, "x.yaml").problems
    assert problems
    assert all("\n" not in str(problem) for problem in problems)


@pytest.mark.parametrize("text", ["[" * 3000, "[" * 300 + "]" * 300, '["\\ud800"]', f"[{'9' * 5000}]", '{"a": }'])
def test_json_that_cannot_be_used_is_a_fault_with_a_remedy(text: str) -> None:
    found = parse_json(text, "x.json")
    assert found.data is None
    assert [problem.remedy for problem in found.problems]


def test_statements_that_hold_themselves_are_refused(catalogue: prefill.Catalogue) -> None:
    person: dict[str, Any] = {"name": "王示例"}
    person["spouse"] = person
    with pytest.raises(prefill.RecordError, match="too deeply"):
        catalogue.record([told("公安人口库", "2026-05-01", resident=person)])


def test_blank_keys_say_nothing(catalogue: prefill.Catalogue) -> None:
    text = "- source: 公安人口库\n  as_of:\n  unavailable:\n  resident:\n    name: 王示例\n    spouse:\n    health:\n"
    record = catalogue.parse_record(text)
    assert record.problems == ()
    assert prefill.explain(record, "resident.spouse.name", on=ON).reason == "not-recorded"


def test_no_message_shows_what_stands_where_a_name_should(catalogue: prefill.Catalogue) -> None:
    private = ["420112195003150023", "王示例"]
    record = catalogue.record(
        [
            told("公安人口库", "2026-05-01", resident={private[0]: "x", "name": "李示例"}, origin=private[0]),
            told("公安人口库", "2026-05-02", unavailable=[private[0], f"resident.{private[1]}"], **{private[1]: {}}),
            told("公安人口库", "2026-05-03", entities=[{"type": private[1]}]),
        ]
    )
    assert len(record.problems) == 6
    assert not [problem for problem in record.problems for word in private if word in str(problem)]


def test_a_blank_worker_is_none_and_an_unreadable_phone_is_refused() -> None:
    blank = prefill.Filing(worker=" ", period="不详")
    assert (blank.worker, blank.period) == (None, None)
    with pytest.raises(prefill.RecordError, match="worker_phone") as error:
        prefill.Filing(worker_phone="junk 4711")
    assert "4711" not in str(error.value)


# ── learning ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def record(catalogue: prefill.Catalogue) -> prefill.Record:
    spouse = {"name": "李示例"}
    members = [{"name": "李示例", "id_number": LI}, {"id_number": WANG}]
    return catalogue.record(
        [
            told("公安人口库", "2026-05-01", resident={"name": "王示例", "id_number": WANG, "spouse": spouse}),
            told("社区网格", "2026-05-01", household={"members": members}),
        ]
    )


def typed(path: str, value: Any, **more: Any) -> prefill.Fact:
    return prefill.Fact(path, value, "社区填报", "2026-11-01", origin="manual", **more)


FACTS = (
    typed("resident.phone", "13900001111", purpose="老年人优待"),
    typed("resident.spouse.phone", "13900002222"),
    typed("resident.work.employer.name", "示例厂"),
    typed("resident.health.drug_allergies", ("2", "3")),
)


def test_what_was_learnt_is_known(record: prefill.Record) -> None:
    after = record.learn(FACTS)
    assert after.problems == ()
    for fact in FACTS:
        story = prefill.explain(after, fact.path, on=ON)
        assert (story.reason, [line.source for line in story.lines if line.taken == "taken"]) == (
            "recorded",
            ["社区填报"],
        )
    assert prefill.explain(record, "resident.phone", on=ON).reason == "not-recorded"


def test_what_is_learnt_of_a_spouse_without_a_document_is_learnt_of_that_one(record: prefill.Record) -> None:
    after = record.learn(FACTS)
    assert prefill.explain(after, "resident.spouse.name", on=ON).text == "李示例"
    assert [decision.why for decision in after.decisions] == ["learnt of it"]


def test_learning_twice_changes_nothing(record: prefill.Record) -> None:
    once = record.learn(FACTS)
    twice = once.learn(FACTS)
    assert (twice.statements, twice.decisions) == (once.statements, once.decisions)
    assert record.learn([]).statements == record.statements


def test_learning_keeps_what_was_stated(record: prefill.Record) -> None:
    after = record.learn([typed("resident.name", "王新例")])
    assert prefill.explain(after, "resident.name", on=ON).text == "王示例"  # the register is the authority


@pytest.mark.parametrize("path", ["resident.phon", "household.members.phone", "resident.spouse", "nobody.name"])
def test_a_path_that_is_no_single_fact_is_refused(record: prefill.Record, path: str) -> None:
    after = record.learn([typed(path, "13900001111"), *FACTS])
    (problem,) = after.problems
    assert problem.remedy
    assert "13900001111" not in str(problem)
    assert after.statements == record.learn(FACTS).statements  # the rest is learnt


# ── identities ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_people_alike_are_proposed_and_joined_only_by_decision(record: prefill.Record) -> None:
    (proposal,) = record.proposals()
    assert proposal.score == 100
    assert prefill.explain(record, "resident.spouse.id_number", on=ON).reason == "not-recorded"
    merged = record.merge(proposal.one, proposal.other, by="社区工作者", on=ON, why="户口簿")
    assert prefill.explain(merged, "resident.spouse.id_number", on=ON).text == LI
    assert merged.proposals() == ()
    back = merged.undo(merged.decisions[0])
    assert prefill.explain(back, "resident.spouse.id_number", on=ON).reason == "not-recorded"


def test_a_decision_outlives_learning(record: prefill.Record) -> None:
    (proposal,) = record.proposals()
    merged = record.merge(proposal.one, proposal.other, by="社区工作者", on=ON, why="户口簿").learn(FACTS[:1])
    assert prefill.explain(merged, "resident.spouse.id_number", on=ON).text == LI


def test_another_birth_date_is_no_proposal(catalogue: prefill.Catalogue) -> None:
    members = [{"name": "李示例", "id_number": LI}, {"name": "李示例", "birth_date": "1980-01-01"}]
    record = catalogue.record([told("社区网格", "2026-05-01", household={"members": members})])
    assert record.proposals() == ()


def test_what_cannot_be_one_person_is_not_merged(record: prefill.Record) -> None:
    one, other = (entity for entity in record.entities if entity.type == "person" and "id_number" in entity.cells)
    with pytest.raises(prefill.RecordError, match="different numbers"):
        record.merge(one, other, by="社区工作者", on=ON, why="看错")


def test_a_statement_about_somebody_else_is_split_off(catalogue: prefill.Catalogue) -> None:
    grid = told("社区网格", "2026-10-12", resident={"id_number": WANG, "phone": "13900001111"})
    record = catalogue.record([told("公安人口库", "2026-05-01", resident={"id_number": WANG, "name": "王示例"}), grid])
    (resident,) = (entity for entity in record.entities if entity.type == "person")
    apart = record.split(resident, "社区网格", by="社区工作者", on=ON, why="同名")
    assert prefill.explain(record, "resident.phone", on=ON).reason == "recorded"
    assert prefill.explain(apart, "resident.phone", on=ON).reason == "not-recorded"
    assert prefill.explain(apart.undo(apart.decisions[0]), "resident.phone", on=ON).reason == "recorded"
    with pytest.raises(prefill.RecordError):
        record.split(resident, "医保信息系统", by="社区工作者", on=ON, why="无")


def test_statements_are_kept_as_they_came(record: prefill.Record, catalogue: prefill.Catalogue) -> None:
    again = catalogue.record(json.loads(json.dumps(record.statements)))
    assert [str(fact) for fact in again] == [str(fact) for fact in record]


def test_a_record_that_was_kept_is_made_again(record: prefill.Record, catalogue: prefill.Catalogue) -> None:
    (proposal,) = record.proposals()
    merged = record.merge(proposal.one, proposal.other, by="社区工作者", on=ON, why="户口簿").learn(FACTS)
    again = catalogue.record(json.loads(json.dumps(merged.statements)), decisions=merged.decisions)
    for path in ("resident.spouse.id_number", "resident.spouse.phone", "resident.phone"):
        assert str(prefill.explain(again, path, on=ON)) == str(prefill.explain(merged, path, on=ON))


def test_explain_tells_what_a_fact_was_collected_for(record: prefill.Record) -> None:
    assert "collected for 老年人优待" in str(prefill.explain(record.learn(FACTS), "resident.phone", on=ON))


PHONES = st.sampled_from(["13900001111", "13900002222", "027-83210000"])
LEARNT = st.lists(
    st.builds(
        prefill.Fact,
        st.sampled_from(["resident.phone", "resident.spouse.phone"]),
        PHONES,
        st.sampled_from(["社区填报", "居民自报"]),
        st.dates(date(2025, 1, 1), date(2027, 1, 1)).map(date.isoformat),
        origin=st.sampled_from([None, "manual", "override", "confirm"]),
        item=st.none(),
        subject=st.none(),
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LEARNT)
def test_learning_is_idempotent_and_loses_nothing(record: prefill.Record, facts: list[prefill.Fact]) -> None:
    once = record.learn(facts)
    twice = once.learn(facts)
    assert (twice.statements, twice.decisions) == (once.statements, once.decisions)
    held = {(fact.value, fact.source, fact.as_of) for fact in once}
    assert {(fact.value, fact.source, fact.as_of) for fact in [*record, *facts]} <= held


@pytest.mark.parametrize(
    "path, value, as_of, said",
    [
        ("resident.phone", "notaphone", "2026-11-01", "unreadable"),
        ("resident.phone", None, "2026-11-01", "no value"),
        ("resident.phone", "13900001111", "soon", "no full date"),
        ("resident.id_number", LI, "2026-11-01", "another number"),
        ("resident.emergency_contact.relation_to_self", "配偶", "2026-11-01", "membership"),
    ],
)
def test_what_cannot_be_learnt_is_refused(record: prefill.Record, path: str, value: Any, as_of: str, said: str) -> None:
    after = record.learn([prefill.Fact(path, value, "社区填报", as_of), *FACTS])
    (problem,) = after.problems
    assert said in str(problem)
    assert LI not in str(problem)
    assert "notaphone" not in str(problem)
    assert after.statements == record.learn(FACTS).statements


def test_nothing_is_learnt_of_somebody_in_doubt(catalogue: prefill.Catalogue) -> None:
    told_by = [("公安人口库", "李示例"), ("社区网格", "赵示例")]
    record = catalogue.record(
        [told(source, "2026-05-01", resident={"id_number": WANG, "spouse": {"name": name}}) for source, name in told_by]
    )
    after = record.learn([typed("resident.spouse.phone", "13900002222"), typed("resident.phone", "13900001111")])
    (problem,) = after.problems
    assert "may be several" in problem.what
    assert not any(fact.value == "13900002222" for fact in after)
    assert prefill.explain(after, "resident.phone", on=ON).text == "13900001111"


def test_what_is_learnt_after_a_split_is_of_the_one_split_off(catalogue: prefill.Catalogue) -> None:
    spouse = {"id_number": LI, "name": "李示例"}
    members = [{"id_number": LI, "name": "赵示例"}]
    record = catalogue.record(
        [
            told("公安人口库", "2026-05-01", resident={"id_number": WANG, "spouse": spouse}),
            told("社区网格", "2026-05-01", household={"members": members}),
        ]
    )
    shared = next(entity for entity in record.entities if "name" in entity.cells)
    apart = record.split(shared, "公安人口库", by="社区工作者", on=ON, why="号码相同的两个人")
    after = apart.learn([typed("resident.spouse.phone", "13900002222")])
    assert prefill.explain(after, "resident.spouse.phone", on=ON).text == "13900002222"
    assert [fact for fact in after if fact.path.endswith("phone")]
    other = next(e for e in after.entities if "name" in e.cells and e.cells["name"].settled[1] == "赵示例")
    assert "phone" not in other.cells


def test_decisions_hold_in_any_order_of_statements(record: prefill.Record, catalogue: prefill.Catalogue) -> None:
    after = record.learn(FACTS)
    again = catalogue.record(after.statements[::-1], decisions=after.decisions)
    for fact in FACTS:
        assert prefill.explain(again, fact.path, on=ON).text == prefill.explain(after, fact.path, on=ON).text


def test_decisions_without_their_statements_are_refused(record: prefill.Record, catalogue: prefill.Catalogue) -> None:
    after = record.learn(FACTS)
    with pytest.raises(prefill.RecordError, match="no statement mentions"):
        catalogue.record(record.statements, decisions=after.decisions)


def test_only_two_of_one_kind_are_merged_and_only_own_decisions_undone(record: prefill.Record) -> None:
    person, other = (next(e for e in record.entities if e.type == kind) for kind in ("person", "household"))
    for one, two in ((person, person), (person, other)):
        with pytest.raises(prefill.RecordError):
            record.merge(one, two, by="社区工作者", on=ON, why="错")
    (decision,) = record.learn(FACTS).decisions
    with pytest.raises(prefill.RecordError):
        record.undo(decision)


def test_a_grant_takes_a_date() -> None:
    with pytest.raises(TypeError, match="date"):
        prefill.Grant("市卫健委", ["resident.health"], "2026-12-31")  # type: ignore[arg-type]


def test_the_terms_of_an_entity_may_stand_apart_from_its_type() -> None:
    catalogue = prefill.open_catalogue()
    told = {"source": "社区网格", "as_of": "2026-10-12", "household": {"no": "WG0001"}}
    more = {"source": "公安人口库", "entities": [{"type": "household", "terms": {"no": "WG0001", "type": "家庭户"}}]}
    record = catalogue.record([told, more])
    assert not record.problems
    assert prefill.explain(record, "household.type", on=date(2026, 11, 23)).reason == "recorded"
