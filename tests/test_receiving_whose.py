"""Receiving: whose the facts are. Nothing of one is learnt of another: not into another record, nor by a number that is somebody else's."""

import json
from datetime import date
from typing import Any

import pytest

import prefill
from prefill.catalogue import Catalogue
from prefill.receiving import facts_from, receipt_to_json
from prefill.records.facts import Added
from prefill.tokens import make_token

from .answering import head

KEY = "the tests' own secret"
ON = date(2026, 11, 23)
WANG, LI, ZHAO = "420112195003150023", "42011219800202001X", "420106199205069988"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


def told(source: str = "社区网格", as_of: str = "2026-10-12", **said: Any) -> dict[str, Any]:
    return {"source": source, "as_of": as_of, **said}


def signed(filled: prefill.FilledForm, **more: Any) -> prefill.Receipt:
    brought = json.loads(prefill.to_json(filled))
    page = {**head(filled), "token": make_token(filled, key=KEY), "filled": brought, **more}
    return prefill.receive(None, page, plan=filled.plan, key=KEY, filing=filled.filing)


def kept(filled: prefill.FilledForm, **more: Any) -> prefill.Receipt:
    return prefill.receive(filled, {**head(filled), **more})


def known(record: prefill.Record, path: str) -> str:
    return prefill.explain(record, path, on=ON).text


# ── into whose record ────────────────────────────────────────────────────────────────────────────────────────────────────

ANSWERS = {"mobile": "13911112222", "contact_name": "钱示例"}


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize("named", [True, False], ids=["document", "no document"])
def test_nothing_of_one_is_learnt_into_the_record_of_another(
    catalogue: Catalogue, is_signed: bool, named: bool
) -> None:
    ids = (
        [{"id_number": WANG}, {"id_number": LI}]
        if named
        else [{"birth_date": "1950-03-15"}, {"birth_date": "1980-02-02"}]
    )
    mine, theirs = (catalogue.record([told(resident={"name": "王示例", **one})]) for one in ids)
    filled = prefill.fill(catalogue.plan(36), mine, on=ON)
    receipt = (signed if is_signed else kept)(filled, answers=ANSWERS)
    assert receipt.facts
    for facts in (receipt.facts, facts_from(json.loads(receipt_to_json(receipt)))):
        with pytest.raises(prefill.RecordError, match="another subject") as error:
            theirs.learn(facts)
        assert "王示例" not in str(error.value)
        after = mine.learn(facts)
        assert known(after, "resident.phone") == "13911112222"
        assert after.learn(facts).statements == after.statements
    anybody = [fact._replace(subject=None) for fact in receipt.facts]
    assert known(theirs.learn(anybody), "resident.phone") == "13911112222"  # what an app answers for itself


def test_whose_it_is_stays_known_when_the_record_learns_a_number(catalogue: Catalogue) -> None:
    record = catalogue.record([told(resident={"name": "王示例"})])
    filled = prefill.fill(catalogue.plan(36), record, on=ON)
    receipt = kept(filled, answers={**ANSWERS, "id_number": WANG})
    after = record.learn(receipt.facts)
    assert known(after, "resident.id_number") == WANG
    assert after.learn(receipt.facts).statements == after.statements
    passport = after.learn([prefill.Fact("resident.passport_no", "E12345678", "社区网格", "2026-11-24")])
    assert passport.learn(receipt.facts).statements == passport.statements


def test_a_number_of_15_digits_is_the_same_subject(catalogue: Catalogue) -> None:
    old, new = (
        catalogue.record([told(resident={"name": "王示例", "id_number": number})])
        for number in ("420112500315002", WANG)
    )
    filled = prefill.fill(catalogue.plan(36), old, on=ON)
    assert filled.reference == prefill.fill(catalogue.plan(36), new, on=ON).reference


@pytest.mark.parametrize("form", sorted(prefill.open_catalogue().samples()))
def test_a_signed_page_knows_whose_it_was(catalogue: Catalogue, form: str) -> None:
    found = catalogue.samples()[form]
    for files in (found.record, found.poor):
        if files:
            record = catalogue.read_record(*files)
            filled = prefill.fill(catalogue.plan(form), record, on=found.on, filing=found.filing, grant=found.grant)
            assert filled.reference
            assert signed(filled).before.reference == filled.reference
            assert all(number not in filled.reference for _, number in filled.identity)


# ── by whose number ──────────────────────────────────────────────────────────────────────────────────────────────────────

FAMILY = told(
    family={
        "head": {"id_number": WANG, "name": "王示例"},
        "members": [
            {"id_number": WANG, "name": "王示例", "relation_to_head": "本人"},
            {"id_number": LI, "name": "李示例", "relation_to_head": "子"},
            {"name": "赵示例"},
        ],
    }
)


@pytest.fixture
def family(catalogue: Catalogue) -> tuple[prefill.Record, prefill.FilledForm]:
    friend = told(resident={"id_number": WANG, "name": "王示例", "guardian": {"id_number": ZHAO, "name": "孙示例"}})
    record = catalogue.record([FAMILY, friend])
    return record, prefill.fill(catalogue.plan(43), record, on=ON)


def names(record: prefill.Record) -> list[str]:
    return sorted(str(e.cells["name"].settled[1]) for e in record.entities if "name" in e.cells)


@pytest.mark.parametrize("receive", [kept, signed])
def test_a_new_row_with_the_number_of_one_who_is_shown_renames_nobody(
    family: tuple[prefill.Record, prefill.FilledForm], receive: Any
) -> None:
    record, filled = family
    rows = [
        {"row": "+1", "answers": {"name": "周示例", "id_number": LI, "marital_status": "10"}},
        {"row": "+2", "answers": {"name": "吴示例"}},
    ]
    receipt = receive(filled, rows={"members": rows})
    assert [problem.what.partition(" is ")[0] for problem in receipt.errors] == [
        "the answer to 'members.id_number' in row +1",
        "the answer to 'members.name' in row +1",
    ] or len(receipt.errors) == 2
    assert LI not in str(receipt.errors)
    assert not any("周示例" in str(fact) for fact in receipt.facts)
    assert names(record.learn(receipt.facts)) == sorted([*names(record), "吴示例"])  # the good rest is learnt


def test_the_same_name_joins_and_another_number_is_new(family: tuple[prefill.Record, prefill.FilledForm]) -> None:
    record, filled = family
    receipt = kept(filled, rows={"members": [{"row": "+1", "answers": {"name": "孙示例", "id_number": ZHAO}}]})
    assert not receipt.errors
    after = record.learn(receipt.facts)
    assert names(after) == names(record)  # the guardian lives with them


def test_a_number_that_only_the_record_knows_renames_nobody(family: tuple[prefill.Record, prefill.FilledForm]) -> None:
    """The guardian stands on no field of the form: the signed page cannot know, and the record refuses."""
    record, filled = family
    rows = [
        {"row": "+1", "answers": {"name": "周示例", "id_number": ZHAO}},
        {"row": "+2", "answers": {"name": "吴示例"}},
    ]
    for receipt in (kept(filled, rows={"members": rows}), signed(filled, rows={"members": rows})):
        after = record.learn(receipt.facts)
        assert names(after) == sorted([*names(record), "吴示例"])
        assert receipt.errors or any("somebody else" in problem.what for problem in after.problems)
        assert ZHAO not in f"{receipt.errors} {after.problems}"


def test_one_number_in_two_roles_joins_nobody(catalogue: Catalogue) -> None:
    record = catalogue.record([told(resident={"id_number": WANG, "name": "王示例"})])

    def fact(path: str, value: str) -> prefill.Fact:
        return prefill.Fact(path, value, "社区填报", "2026-11-23", origin="manual")

    father = [fact("resident.father.name", "王父例"), fact("resident.father.id_number", LI)]
    mother = [fact("resident.mother.name", "赵母例"), fact("resident.mother.id_number", LI)]
    phone = fact("resident.phone", "13911112222")
    both = record.learn([*father, *mother, phone])
    assert names(both) == ["王示例"]
    assert known(both, "resident.phone") == "13911112222"
    after = record.learn(father)
    assert names(after.learn(mother)) == names(after) == sorted(["王示例", "王父例"])
    assert after.learn(mother).problems


def test_one_number_for_two_who_are_each_alone_in_a_role_needs_both_names(catalogue: Catalogue) -> None:
    spouse = {"id_number": LI, "name": "李示例"}
    record = catalogue.record(
        [told(resident={"id_number": WANG, "name": "王示例", "marital_status": "20", "spouse": spouse})]
    )
    filled = prefill.fill(catalogue.plan("one-child-reward"), record, on=ON)
    keys = {entry.field.from_: entry.key for entry in filled if isinstance(entry.field.from_, str)}
    assert "resident.spouse.id_number" in keys
    receipt = kept(filled, answers={keys["resident.id_number"]: LI})
    assert not [fact for fact in receipt.facts if fact.path == "resident.id_number"]


# ── nobody is their own relative ─────────────────────────────────────────────────────────────────────────────────────────


def typed_fact(path: str, value: Any) -> prefill.Fact:
    return prefill.Fact(path, value, "社区填报", "2026-11-23", origin="manual")


def own_relatives() -> list[list[prefill.Fact]]:
    """Facts that would make 王示例 a relative of his own, or one person two of his relatives."""
    child = Added((("id_number", WANG), ("name", "王示例")))
    found = [
        [typed_fact(f"resident.{role}.id_number", WANG)]
        for role in ("spouse", "father", "mother", "guardian", "emergency_contact")
    ]
    found += [[*facts, typed_fact(facts[0].path.replace("id_number", "name"), "王示例")] for facts in found]
    found.append([typed_fact("resident.children", child)])
    found.append([typed_fact("resident.father.father.id_number", ZHAO), typed_fact("resident.father.id_number", ZHAO)])
    found.append(
        [typed_fact("resident.passport_no", "E12345678"), typed_fact("resident.spouse.passport_no", "E12345678")]
    )
    for one, other in (("father", "mother"), ("spouse", "mother"), ("father", "spouse")):
        for names in ([], ["李示例"]):
            facts = [typed_fact(f"resident.{role}.id_number", LI) for role in (one, other)]
            found.append(
                [*facts, *[typed_fact(f"resident.{role}.name", name) for name in names for role in (one, other)]]
            )
    found.append(
        [
            typed_fact("resident.spouse.id_number", LI),
            typed_fact("resident.children", child._replace(said=(("id_number", LI),))),
        ]
    )
    return found


@pytest.mark.parametrize("facts", own_relatives(), ids=range(len(own_relatives())))
@pytest.mark.parametrize("at_once", [True, False])
def test_nobody_is_learnt_to_be_their_own_relative_or_two_of_them(
    catalogue: Catalogue, facts: list[prefill.Fact], at_once: bool
) -> None:
    record = catalogue.record([told(resident={"id_number": WANG, "name": "王示例"})])
    phone = typed_fact("resident.phone", "13911112222")
    after = record
    problems: list[prefill.Problem] = []
    for some in [[*facts, phone]] if at_once else [[fact] for fact in (*facts, phone)]:
        after = after.learn(some)
        problems += after.problems
    assert known(after, "resident.phone") == "13911112222"
    assert [problem for problem in problems if "kinship" in problem.what]
    assert WANG not in str(problems)
    ids = [number for entity in after.entities if (number := settled(entity, "id_number"))]
    assert ids.count(WANG) == 1
    for entity in after.entities:
        kin = [held for role in ("spouse", "father", "mother") if (held := settled(entity, role)) is not None]
        kin += [item.entity for item in settled(entity, "children") or ()]
        assert entity.number not in [one.number for one in kin]
        assert len({one.number for one in kin}) == len(kin)
    again = after.learn([*facts, phone])
    assert (again.statements, again.decisions) == (after.statements, after.decisions)


def settled(entity: Any, name: str) -> Any:
    found = entity.settled.get(name)
    return found[1] if found is not None else None


def test_a_guardian_or_a_contact_may_well_be_a_parent(catalogue: Catalogue) -> None:
    record = catalogue.record([told(resident={"id_number": WANG, "name": "王示例"})])
    roles = ("father", "guardian", "emergency_contact")
    facts = [
        typed_fact(f"resident.{role}.{name}", v)
        for role in roles
        for name, v in (("id_number", LI), ("name", "李示例"))
    ]
    after = record.learn([*facts, typed_fact("resident.father.phone", "13911112222")])
    assert after.problems == ()
    assert [known(after, f"resident.{role}.phone") for role in roles] == ["13911112222"] * 3


@pytest.mark.parametrize("receive", [kept, signed])
def test_one_number_and_one_name_for_two_of_the_kin_is_looked_at(catalogue: Catalogue, receive: Any) -> None:
    """Also where names agree, which joins elsewhere; also for the form alone, which would be printed wrong."""
    spouse = {"id_number": LI, "name": "李示例"}
    record = catalogue.record([told(resident={"id_number": WANG, "name": "王示例", "marital_status": "20"})])
    paths = ("resident.id_number", "resident.name", "resident.spouse.id_number", "resident.spouse.name")
    filled = prefill.fill(catalogue.plan("one-child-reward"), record, on=ON)
    keys = {entry.field.from_: entry.key for entry in filled if isinstance(entry.field.from_, str)}
    own, name, theirs, their_name = [keys[path] for path in paths]
    for scope in ("record", "form"):
        answers = {key: {"value": v, "scope": scope} for key, v in ((theirs, WANG), (their_name, "王示例"))}
        receipt = receive(filled, answers=answers)
        assert [problem.what.split("'")[1] for problem in receipt.errors] == [theirs]
        assert not [fact for fact in receipt.facts if ".spouse." in fact.path]
        assert receipt.filled[theirs].text == ""
        assert WANG not in str(receipt.errors)
    nameless = catalogue.record([told(resident={"name": "李示例", "marital_status": "20", "spouse": spouse})])
    filled = prefill.fill(catalogue.plan("one-child-reward"), nameless, on=ON)
    receipt = receive(filled, answers={own: LI, name: "李示例"})
    assert [problem.what.split("'")[1] for problem in receipt.errors] == [own]
    assert not [fact for fact in receipt.facts if fact.path == "resident.id_number"]


@pytest.mark.parametrize("receive", [kept, signed])
def test_a_row_of_children_is_neither_parent(catalogue: Catalogue, receive: Any) -> None:
    spouse = {"id_number": LI, "name": "李示例"}
    said = {"id_number": WANG, "name": "王示例", "marital_status": "20", "spouse": spouse}
    record = catalogue.record([told(resident=said)])
    filled = prefill.fill(catalogue.plan("one-child-reward"), record, on=ON)
    table = next(
        slot for slot in filled.plan.slots if slot.table is not None and slot.table.path == "resident.children"
    )
    assert table.table is not None
    column = {own.field.from_: own.key.partition(".")[2] for own in table.table.slots}
    for number, name in ((WANG, "王示例"), (LI, "李示例")):
        row = {"row": "+1", "answers": {column[".id_number"]: number, column[".name"]: name}}
        receipt = receive(filled, rows={table.key: [row]})
        assert len(receipt.errors) == 1
        assert receipt.facts == ()


# ── the rest is learnt ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_without_a_document_learn_the_same(catalogue: Catalogue) -> None:
    parents = {"father": {"name": "王父例"}, "mother": {"name": "赵母例"}}
    record = catalogue.record([told(resident={"id_number": WANG, **parents})])
    paths = ["resident.father.phone", "resident.mother.phone"]
    facts = [prefill.Fact(path, "13911112222", "社区填报", "2026-11-23", origin="manual") for path in paths]
    for after in (record.learn(facts), record.learn(facts[:1]).learn(facts[1:])):
        assert (known(after, paths[0]), known(after, paths[1]), after.problems) == ("13911112222", "13911112222", ())
        assert known(after, "resident.father.name") == "王父例"
        again = after.learn(facts)
        assert (again.statements, again.decisions) == (after.statements, after.decisions)
        kept_ = catalogue.record(json.loads(json.dumps(after.statements)), decisions=after.decisions)
        assert known(kept_, paths[1]) == "13911112222"


def test_what_contradicts_is_named_and_the_rest_is_learnt(catalogue: Catalogue) -> None:
    """Another has this passport, who was born on the same day: that they are two is found only when they are joined."""
    one, other = {"id_number": LI, "passport_no": "E12345678"}, {"id_number": "420112198002020028"}
    record = catalogue.record([told(resident={"id_number": WANG, "father": one, "guardian": other})])
    passport = prefill.Fact("resident.guardian.passport_no", "E12345678", "社区填报", "2026-11-23")
    phone = prefill.Fact("resident.phone", "13911112222", "社区填报", "2026-11-23")
    after = record.learn([passport, phone])
    assert known(after, "resident.phone") == "13911112222"
    assert [problem for problem in after.problems if "different numbers" in problem.what]
    assert LI not in str(after.problems)


def test_two_dates_are_each_learnt_as_of_their_own(catalogue: Catalogue) -> None:
    record = catalogue.record([FAMILY])
    facts: list[prefill.Fact] = []
    for name, day in (("周示例", "2026-11-20"), ("吴示例", "2026-11-23")):
        filled = prefill.fill(catalogue.plan(43), record, on=date.fromisoformat(day))
        facts += kept(filled, rows={"members": [{"row": "+1", "answers": {"name": name}}]}).facts
    after = record.learn(facts)
    assert {"周示例", "吴示例"} < set(names(after))
    shown = prefill.fill(catalogue.plan(43), after, on=ON)
    assert {"周示例", "吴示例"} < {entry.text for entry in shown if entry.key == "members.name"}
