"""Whom a condition chooses among the records of a store: those alone of whom it surely holds, and apart those of whom it may."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from prefill import Grant, Store, StoreError, fill_roster, open_catalogue, open_store
from prefill.errors import SpecError

CATALOGUE = open_catalogue()
ON = date(2026, 11, 23)
OLD, YOUNG, UNKNOWN, TORN, DEAD = "E10000013", "E10000026", "E10000039", "E10000042", "E10000055"
OVER_80 = {"resident.age": {"at_least": 80}}


def told(passport: str, source: str = "公安人口库", **said: Any) -> dict[str, Any]:
    return {"source": source, "as_of": "2026-05-01", "resident": {"passport_no": passport, **said}}


PEOPLE = [
    [told(OLD, birth_date="1946-11-23", marital_status="丧偶", religion="佛教")],
    [told(YOUNG, birth_date="1946-11-24", marital_status="已婚", spouse={"passport_no": OLD})],
    [told(UNKNOWN, marital_status="丧偶")],
    [told(TORN, birth_date="1946-01-01"), told(TORN, birth_date="1956-01-01") | {"as_of": "2026-05-01"}],
    [told(DEAD, birth_date="1930-01-01", death_date="2026-01-01")],
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "records.db", CATALOGUE) as opened:
        opened.add_all(PEOPLE)
        yield opened


def chosen(store: Store, where: Any, **how: Any) -> tuple[list[str], dict[str, list[tuple[str, str]]]]:
    """Those of whom it holds, and those of whom it may with what that waits for, by their passports."""
    doubtful: dict[str, list[tuple[str, str]]] = {}
    names = {store.subject("resident", one): one for one in (OLD, YOUNG, UNKNOWN, TORN, DEAD)}
    sure = [
        names[id]
        for id, record in store.records(
            "resident",
            where,
            **{"on": ON, **how},
            undecided=lambda id, _, waits: doubtful.update({names[id]: [(wait.name, wait.reason) for wait in waits]}),
        )
        if record.name == id
    ]
    return sure, doubtful


def test_those_alone_of_whom_it_surely_holds(store: Store) -> None:
    sure, doubtful = chosen(store, OVER_80)
    assert sure == [OLD]
    assert doubtful == {
        UNKNOWN: [("resident.age", "not-recorded")],
        TORN: [("resident.age", "disputed")],
        DEAD: [("resident.age", "withheld")],
    }
    assert chosen(store, OVER_80, on=date(2026, 11, 24))[0] == [OLD, YOUNG]
    assert [id for id, _ in store.records("resident", OVER_80, on=ON)] == [store.subject("resident", OLD)]


def test_it_is_written_as_in_forms(store: Store) -> None:
    assert chosen(store, {"resident.marital_status": ["丧偶", "离婚"]})[0] == [OLD, UNKNOWN]
    assert chosen(store, {**OVER_80, "resident.death_date": {"known": False}})[1].keys() == {UNKNOWN, TORN}
    assert chosen(store, {"any": [OVER_80, {"resident.marital_status": "丧偶"}]})[0] == [OLD, UNKNOWN]
    assert chosen(store, {"not": OVER_80}) == ([YOUNG], chosen(store, OVER_80)[1])
    assert chosen(store, {"resident.spouse.birth_date": {"before": "1946-12-01"}})[0] == [
        YOUNG
    ]  # said in her own record
    assert chosen(store, {"resident.spouse.birth_date": {"before": "1946-12-01"}}, linked=False)[0] == []


def test_a_death_by_the_day_that_was_told_after_it_is_undecided_as_in_rosters(tmp_path: Path) -> None:
    last, where = date(2026, 10, 31), {**OVER_80, "resident.death_date": {"known": False}}
    people = []
    for passport, died in ((OLD, "2026-10-20"), (YOUNG, "2026-11-01")):
        register = told(passport, birth_date="1940-03-15", hukou={"region": "420112"})
        home = told(passport, "社区网格", residence={"status": "1"}) | {"as_of": "2026-10-12"}
        people.append([register, home, told(passport, death_date=died) | {"as_of": "2026-11-10"}])
    with open_store(tmp_path / "records.db", CATALOGUE) as store:
        store.add_all(people)
        torn, alive = (store.subject("resident", one) for one in (OLD, YOUNG))
        doubtful: dict[str, Any] = {}
        found = store.records(
            "resident", where, on=last, undecided=lambda id, _, waits: doubtful.update({id: list(waits)})
        )
        assert [id for id, _ in found] == [alive]
        assert doubtful == {torn: [("resident.death_date", "disputed")]}
        roster = fill_roster(CATALOGUE.roster(30), store.records("resident"), on=last)
    assert [row.subject for row in roster] == [alive]
    assert {row.subject: list(row.waits_for) for row in roster.undecided} == doubtful


def test_what_is_shared_under_conditions_is_withheld_without_a_grant(store: Store) -> None:
    where = {"resident.religion": "佛教"}
    sure, doubtful = chosen(store, where)
    assert sure == []
    assert doubtful == {one: [("resident.religion", "withheld")] for one in (OLD, YOUNG, UNKNOWN, TORN, DEAD)}
    grant = Grant("市民宗委", ["resident.religion"], ON)
    assert chosen(store, where, grant=grant)[0] == [OLD]
    assert chosen(store, where, grant=Grant("市民宗委", ["resident.religion"], date(2026, 11, 22)))[0] == []


def test_faults_of_a_condition_are_told_at_once(store: Store) -> None:
    for where, words in (
        ({"resident.ag": {"at_least": 80}}, "did you mean 'resident.age'"),
        ({"resident.age": {"atleast": 80}}, "did you mean 'at_least'"),
        ({".age": 80}, "speaks of a row"),
        ({}, "no condition"),
        ([OVER_80], "no condition"),
    ):
        with pytest.raises(SpecError, match=words):
            store.records("resident", where, on=ON)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="on=date"):
        store.records("resident", OVER_80)
    with pytest.raises(StoreError, match="did you mean 'resident'"):
        store.records("residnt", OVER_80, on=ON)


def test_on_the_command_line(call: Callable[..., Any]) -> None:
    Path("people.jsonl").write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in PEOPLE), encoding="utf-8")
    assert call("store", "add", "records.db", "people.jsonl").code == 0
    old = ("store", "records", "records.db", "resident", "-o", "old.jsonl", "--on", "2026-11-23")
    where = ("--where", "{resident.age: {at_least: 80}}")
    ran = call(*old, *where, "--undecided", "open.jsonl")
    assert (ran.code, ran.out) == (0, "old.jsonl: 1 record; 3 undecided.\n")
    ((statement,),) = [json.loads(line) for line in Path("old.jsonl").read_text(encoding="utf-8").splitlines()]
    assert statement["resident"]["passport_no"] == OLD
    lines = [json.loads(line) for line in Path("open.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["waits_for"] for line in lines] == [
        [{"name": "resident.age", "reason": reason}] for reason in ("not-recorded", "disputed", "withheld")
    ]
    assert call("store", "record", "records.db", "resident", lines[0]["id"], "-o", "one.json").code == 0
    granted = ("--grant", "resident.religion=2026-12-31", "--today", "2026-11-23")
    assert call(*old, "--where", "{resident.religion: 佛教}", *granted).out == "old.jsonl: 1 record; 4 undecided.\n"
    before = Path("old.jsonl").read_bytes()
    for arguments, words in (
        (("--where", "{resident.ag: {at_least: 80}}"), "did you mean 'resident.age'"),
        (("--where", "{resident.age: "), "broken YAML"),
        (("--where", "80"), "no condition"),
        (("--undecided", "open.jsonl"), "give --where"),
        ((*where, "--undecided", "old.jsonl"), "cannot hold both"),
        ((*where, "--undecided", "open.txt"), "does not end in .jsonl"),
    ):
        ran = call(*old, *arguments)
        assert (ran.code, len(ran.err.splitlines())) == (2, 1)
        assert words in ran.err
    assert Path("old.jsonl").read_bytes() == before
    assert [path.name for path in Path().iterdir() if path.name.startswith(".")] == []
