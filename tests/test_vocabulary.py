"""The vocabulary that comes with prefill: it knows what the 45 forms ask for, and each fact by one path."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill.documents import read_document
from prefill.vocabulary import EntityType

HERE = Path(__file__).parent
CATALOGUE = prefill.open_catalogue()
VOCABULARY = CATALOGUE.vocabulary
SURVEY = read_document(HERE / "survey_paths.yaml").data
SOURCES = read_document(HERE.parent / "form_specs" / "sources.yaml").data


def ours() -> Iterator[tuple[str, str]]:
    """Every path of the survey with the vocabulary's path, or one of its paths."""

    def paths(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        else:
            for part in value.values() if isinstance(value, dict) else value:
                yield from paths(part)

    for survey, value in (*SURVEY["facts"].items(), *SURVEY["filing"].items()):
        for path in paths(value):
            yield survey, path


def test_the_survey_is_whole() -> None:
    assert [len(SURVEY[part]) for part in ("facts", "filing", "form")] == [533, 7, 133]
    assert not any(path.startswith(("form.", "filing.")) or "[" in path for path in SURVEY["facts"])


def test_every_path_of_the_survey_is_known() -> None:
    unknown = []
    for survey, path in ours():
        try:
            VOCABULARY.path(path)
        except prefill.UnknownTerm as error:
            unknown.append(f"{survey}: {error}")
    assert unknown == []


def test_what_the_survey_keeps_apart_stays_apart() -> None:
    """But for what it calls by two names."""
    names: dict[str, set[str]] = {}
    for survey, path in ours():
        names.setdefault(path, set()).add(survey)
    assert {path: said for path, said in names.items() if len(said) > 1} == {
        "resident.residence.address": {"resident.residence.address", "household.address"},
        "dwelling.owner_organisation.uscc": {"dwelling.owner.uscc", "dwelling.owner.id_number"},
    }


@pytest.mark.parametrize("entity", VOCABULARY.types.values(), ids=lambda entity: entity.name)
def test_a_printed_name_means_one_term_of_an_entity(entity: EntityType) -> None:
    labels = Counter(term.label for term in entity.terms.values())
    assert [label for label, times in labels.items() if times > 1] == []
    for term in entity.terms.values():
        assert term.label not in term.also
        assert len(set(term.also)) == len(term.also)


def test_a_persons_attributes_are_the_same_by_every_role() -> None:
    roles = (
        "resident",
        "resident.spouse",
        "resident.father",
        "resident.children.mother",
        "resident.guardian",
        "household.head",
        "family.members",
        "organisation.legal_representative",
        "organisation.safety.manager",
        "dwelling.owner",
        "dwelling.rental.tenant",
        "community.police",
        "case.applicant",
        "case.parties",
    )
    found = {id(VOCABULARY.path(f"{role}.residence.address").term) for role in roles}
    assert len(found) == 1


def test_relations_name_their_anchor_and_belong_to_the_membership() -> None:
    for path in (
        "household.members.relation_to_head",
        "resident.children.relation_to_self",
        "resident.guardian.relation_to_self",
        "case.agent.relation_to_applicant",
    ):
        assert VOCABULARY.path(path).on_link


def test_an_owner_is_a_person_or_an_organisation() -> None:
    assert VOCABULARY.path("dwelling.owner").term.to == "person"
    assert VOCABULARY.path("dwelling.owner_organisation").term.to == "organisation"


def test_authority_goes_to_kinds_of_source_that_there_are() -> None:
    kinds = {source.kind for source in VOCABULARY.sources.values()}
    assert {kind for _, term in VOCABULARY for kind in term.authority} <= kinds


def test_the_45_systems_are_sources() -> None:
    numbers = [re.match(r"系统 (\d+)", source.get("note") or "") for source in SOURCES.values()]
    assert [int(number[1]) for number in numbers if number] == list(range(1, 46))


def test_a_source_whose_name_tells_something_is_printed_by_a_neutral_one() -> None:
    telling = re.compile("残疾|残联|低保|特困|贫困|精神|信访|优抚|计划生育|计生|避孕|失业|疫情|党员")
    assert [source.label for source in VOCABULARY.sources.values() if telling.search(source.label)] == []


def test_what_is_sensitive_needs_a_grant() -> None:
    """But for what the first forms read without one."""
    free = {
        (entity.name, term.path) for entity, term in VOCABULARY if term.sensitive and term.sharing == "unconditional"
    }
    health = ("health.", "blood_", "disability.card_no", "insurance.medical_type")
    items = {"diagnosis", "operation", "injury", "transfusion"}
    assert {entity for entity, _ in free} == {"person", *items}
    assert all(path.startswith(health) for entity, path in free if entity == "person")
    for path in ("religion", "bank.account_no", "annual_income", "children", "health.status", "disability.category"):
        assert VOCABULARY.types["person"].terms[path].sharing == "conditional"


def test_what_never_changes_is_never_stale() -> None:
    person = VOCABULARY.types["person"].terms
    for path in ("name", "id_number", "sex", "birth_date", "ethnicity", "native_place", "party.join_date"):
        assert person[path].fresh_for is None
    for path in ("phone", "residence.address", "work.employer", "insurance.pension_type", "annual_income"):
        assert person[path].fresh_for is not None


def test_what_a_number_says_is_derived() -> None:
    record = CATALOGUE.record(
        [
            {
                "source": "残疾人信息库",
                "as_of": "2026-05-01",
                "resident": {
                    "id_number": "420112195003159976",
                    "disability": {"card_no": "42011219500315997643"},
                    "work": {"employer": {"uscc": "91420112MA00000071"}},
                },
            }
        ]
    )
    told = {
        path: prefill.explain(record, f"resident.{path}", on=date(2026, 5, 2)).text
        for path in ("disability.category", "disability.level", "work.employer.org_code")
    }
    assert told == {
        "disability.category": "肢体残疾",
        "disability.level": "三级（中度）",
        "work.employer.org_code": "MA000000-7",
    }
