"""Whoever was forgotten comes back by no way: by no other number, in nobody's record, and nothing that is kept can be tried out."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill import Store, open_catalogue, open_store
from prefill.records.reading import content_of as json_of
from prefill.records.reading import mark_of
from prefill.store import records, tables
from prefill.store.sayings import content_of, digest_of
from tests.stores import Statement, id_of

CATALOGUE = open_catalogue()
ON = date(2026, 11, 23)
WIFE, GONE, CHILD = id_of(1), id_of(2), id_of(3)
OF_15 = GONE[:6] + GONE[8:17]
NAME, PASSPORT, LATER, PHONE = "李忘却", "E23456781", "E23456794", "13900000077"
TRACES = (NAME, GONE, OF_15, PASSPORT, LATER, PHONE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "records.db", CATALOGUE) as opened:
        yield opened
        assert opened.verify() == ()


def told(source: str, day: str = "2026-05-01", **roots: Any) -> Statement:
    return {"source": source, "as_of": day, **roots}


def held(store: Store, where: Path) -> str:
    """All that the store gives of anybody, and every row of its tables."""
    given = [str(record.statements) for root in CATALOGUE.vocabulary.roots for _, record in store.records(root)]
    connection = sqlite3.connect(where / "records.db")
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [str(row) for name in names for row in connection.execute(f'SELECT * FROM "{name}"')]
    connection.close()
    return "\n".join(given + rows)


def traces(store: Store, where: Path) -> list[str]:
    text = held(store, where)
    return [trace for trace in TRACES if trace in text]


REGISTER = told("公安人口库", resident={"id_number": GONE, "passport_no": PASSPORT, "name": NAME})
WAYS: dict[str, Sequence[Sequence[Statement]]] = {
    "the 15-digit number": [
        [told("社区网格", resident={"id_number": WIFE, "spouse": {"id_number": OF_15, "name": NAME}})]
    ],
    "another document": [
        [told("社区网格", resident={"id_number": WIFE, "emergency_contact": {"passport_no": PASSPORT, "phone": PHONE}})]
    ],
    "a member": [
        [
            told(
                "社区网格",
                resident={"id_number": CHILD},
                household={"no": "J1", "head": {"id_number": GONE}, "members": [{"id_number": GONE, "name": NAME}]},
            )
        ]
    ],
    "a number of his learnt later": [
        [told("社区网格", resident={"id_number": OF_15, "passport_no": LATER, "name": NAME})],
        [told("健康档案", resident={"passport_no": LATER, "name": NAME, "phone": PHONE})],
    ],
    "a number of his that others tell": [
        [told("社区网格", resident={"id_number": WIFE, "spouse": {"id_number": GONE, "passport_no": LATER}})],
        [told("健康档案", resident={"id_number": CHILD, "father": {"passport_no": LATER, "name": NAME}})],
    ],
    "a number that is told after it is used, in one file": [
        [told("健康档案", resident={"passport_no": LATER, "name": NAME, "phone": PHONE})],
        [told("社区网格", resident={"id_number": GONE, "passport_no": LATER})],
    ],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", [True, False], ids=["known before", "said later"])
def test_nobody_brings_a_forgotten_person_back(store: Store, tmp_path: Path, way: str, before: bool) -> None:
    store.add([REGISTER])
    if before:
        store.add_all(WAYS[way])
        assert traces(store, tmp_path)
    store.forget("resident", PASSPORT, why="asked for", on=ON)
    assert traces(store, tmp_path) == []
    store.add_all([*WAYS[way], [REGISTER], *WAYS[way]])
    assert traces(store, tmp_path) == []
    assert store.verify() == ()


def test_a_number_that_is_known_to_be_anothers_is_not_taken_for_that_of_a_forgotten_person(store: Store) -> None:
    store.add([REGISTER])
    store.add([told("公安人口库", resident={"passport_no": LATER, "name": "王示例"})])
    store.forget("resident", GONE, why="asked for", on=ON)
    store.add([told("社区网格", resident={"id_number": GONE, "passport_no": LATER})])  # somebody mixed them up
    store.add([told("社区网格", resident={"passport_no": LATER, "phone": "13900000001"})])
    assert len(store.record("resident", LATER).statements) == 2


def test_a_forgotten_person_is_in_no_statement_that_only_his_record_names_him_for(store: Store, tmp_path: Path) -> None:
    line = [
        told("公安人口库", household={"no": "J1"}, resident={"id_number": GONE, "name": NAME}),
        told("社区网格", household={"no": "J1"}, resident={"phone": PHONE}, unavailable=["resident.insurance"]),
    ]
    store.add(line, root="household")
    store.forget("resident", GONE, why="asked for", on=ON)
    assert traces(store, tmp_path) == []
    assert len(store.record("household", "J1").statements) == 2
    assert not any("unavailable" in one for one in store.record("household", "J1").statements)
    store.add(line, root="household")
    assert traces(store, tmp_path) == []


def test_who_was_merged_is_forgotten_whole_and_a_merge_afterwards_brings_nobody_back(
    store: Store, tmp_path: Path
) -> None:
    decided: dict[str, Any] = {"by": "示例员", "on": ON, "why": "both seen"}
    passport = [told("社区网格", resident={"passport_no": LATER, "name": NAME, "phone": PHONE})]
    store.add([REGISTER])
    store.add(passport)
    store.add([told("健康档案", resident={"id_number": WIFE, "spouse": {"passport_no": LATER, "name": NAME}})])
    number = store.merge("resident", GONE, LATER, **decided)
    store.forget("resident", GONE, why="asked for", on=ON)
    with pytest.raises(prefill.StoreError, match="no decision"):
        store.undo(number)
    store.add(passport)
    assert traces(store, tmp_path) == []
    store.add([told("社区网格", resident={"passport_no": "E23456801", "phone": "13900000001"})])
    store.merge("resident", WIFE, "E23456801", **decided)
    assert traces(store, tmp_path) == []


# ── no digest that can be tried ────────────────────


def test_what_stands_for_a_subject_without_a_document_is_no_digest_of_what_was_said(
    store: Store, tmp_path: Path
) -> None:
    line = [told("社区网格", case={"title": "路灯不亮", "applicant": {"id_number": GONE, "name": NAME}})]
    store.add(line)
    store.forget("resident", GONE, why="asked for", on=ON)
    assert digest_of(content_of(line[0])) not in held(store, tmp_path)
    assert traces(store, tmp_path) == []
    assert store.add(line).known == 1  # it is found again all the same


def test_decisions_of_learning_keep_no_digest_of_what_was_taken_out(store: Store, tmp_path: Path) -> None:
    said = told("社区网格", resident={"id_number": WIFE, "spouse": {"id_number": GONE, "name": NAME}})
    old = told("健康档案", "2019-01-01", resident={"id_number": WIFE, "blood_type": "O型"})
    kept = told("医保信息系统", resident={"id_number": WIFE, "children": [{"name": "李小例"}]})
    store.add([said, old, kept])
    store.add([REGISTER])
    marks = [mark_of(json_of(one)) for one in (said, old, kept)]
    _decide(tmp_path / "records.db", marks)
    store.forget("resident", GONE, why="asked for", on=ON)
    assert [mark in held(store, tmp_path) for mark in marks] == [False, True, True]
    store.retain("健康档案", since=date(2021, 1, 1), why="kept for five years")
    assert [mark in held(store, tmp_path) for mark in marks] == [False, False, True]


def _decide(file: Path, marks: Sequence[str]) -> None:
    """Write what learning decides of one who is stated without a document, on each of these statements."""
    connection = sqlite3.connect(file)
    with connection:
        for number, mark in enumerate(marks, 1):
            body = [
                "merge",
                [f"{mark}/resident/", f"{mark}/resident/"],
                "示例员",
                "2026-11-23",
                "x",
            ]
            row = (number, 1, "record", json.dumps(body))
            connection.execute("INSERT INTO store_decisions (id, entity, what, body) VALUES (?, ?, ?, ?)", row)
    connection.close()


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = [told("社区网格", case={"title": "路灯不亮"}), told("健康档案", case={"title": "灯"})]
    split = [
        told("公安人口库", resident={"id_number": WIFE}),
        told("健康档案", resident={"id_number": WIFE, "phone": PHONE}),
    ]
    with monkeypatch.context() as then:
        then.setattr(records, "STEPS", tables.STEPS[:1])
        then.setattr(records, "anchored", lambda *_: None)
        with open_store(tmp_path / "records.db", CATALOGUE) as old:
            old.add(line)
            old.add(split)
            _, other = old.split("resident", WIFE, "健康档案", by="示例员", on=ON, why="x")
            assert digest_of("\n".join(sorted(map(content_of, line)))) in held(old, tmp_path)
            before = {root: [id for id, _ in old.records(root)] for root in ("case", "resident")}
    with open_store(tmp_path / "records.db", CATALOGUE, create=False) as store:  # by a command that only reads, too
        assert store.verify() == ()
        assert digest_of("\n".join(sorted(map(content_of, line)))) not in held(store, tmp_path)
        assert store.add_all([line, split]).statements == 0
        assert {root: [id for id, _ in store.records(root)] for root in before} == before
        assert len(store.record("resident", other).statements) == 1
    with monkeypatch.context() as then:
        then.setattr(records, "STEPS", tables.STEPS[:1])
        with pytest.raises(prefill.StoreError, match="install a later one"):
            open_store(tmp_path / "records.db", CATALOGUE)


# ── who is who, taken back ────────────────────


def test_what_is_one_by_its_documents_stays_one_when_a_merge_is_taken_back(store: Store) -> None:
    store.add([told("公安人口库", resident={"id_number": WIFE})])
    store.add([told("社区网格", resident={"passport_no": LATER, "phone": PHONE})])
    number = store.merge("resident", WIFE, LATER, by="示例员", on=ON, why="both seen")
    store.add([told("健康档案", resident={"id_number": WIFE, "passport_no": LATER, "blood_type": "O型"})])
    store.undo(number)
    assert store.subject("resident", WIFE) == store.subject("resident", LATER)
    assert len(store.record("resident", WIFE).statements) == 3


def test_a_split_that_a_merge_rests_on_is_not_taken_back_before_it(store: Store) -> None:
    decided: dict[str, Any] = {"by": "示例员", "on": ON, "why": "x"}
    store.add([told(source, resident={"id_number": WIFE}) for source in ("公安人口库", "健康档案")])
    before = [id for id, _ in store.records("resident")]
    split, other = store.split("resident", WIFE, "健康档案", **decided)
    merge = store.merge("resident", WIFE, other, **decided)
    with pytest.raises(prefill.StoreError, match=f"decision {merge} rests on decision {split}"):
        store.undo(split)
    store.undo(merge)
    assert len(list(store.records("resident"))) == 2
    store.undo(split)
    assert [id for id, _ in store.records("resident")] == before


# ── learning ────────────────────


def test_nothing_of_one_is_learnt_into_anothers_record(store: Store) -> None:
    from prefill.tokens import make_token

    for one, name in ((WIFE, "王示例"), (CHILD, "李小例")):
        store.add([told("公安人口库", resident={"id_number": one, "name": name})])
    filing = prefill.Filing(worker="示例员", today=ON)
    filled = prefill.fill(CATALOGUE.plan(39), store.record("resident", WIFE), on=ON, filing=filing)
    sent = {"form": filled.form.id, "version": filled.form.version, "on": ON.isoformat(), "token": make_token(filled)}
    receipt = prefill.receive(filled, {**sent, "answers": {"phone": {"value": PHONE}}}, filing=filing)
    size = len(store)
    with pytest.raises(prefill.RecordError):
        store.learn(receipt, CHILD)
    assert len(store) == size
    unknown = prefill.Fact("resident.nonsense", "x", "社区填报", "2026-11-23", origin="manual")
    learnt = store.learn(replace(receipt, facts=(*receipt.facts, unknown)))
    assert (learnt.statements, ["nonsense" in str(problem) for problem in learnt.problems]) == (1, [True])
    again = store.learn(receipt)
    assert (again.statements, again.problems) == (0, ())
