"""The record store: what is added is read back as the same record, once, and known of all whom it speaks of."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import prefill
from prefill import Receipt, Record, Store, StoreError, open_catalogue, open_store
from prefill.errors import RecordError
from prefill.filling import FilledForm
from prefill.store.sayings import content_of
from tests import databases
from tests.stores import Statement, id_of, record_of

CATALOGUE = open_catalogue()
ON = date(2026, 11, 23)
SERVERS = [
    "sqlite",
    pytest.param(
        "postgresql", marks=pytest.mark.skipif(databases.binaries() is None, reason="PostgreSQL is not installed")
    ),
]
WIFE, HUSBAND, CHILD = id_of(1), id_of(2), id_of(3)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with databases.postgresql() as url:
        yield url


@pytest.fixture(params=SERVERS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a store, empty: a file, and a database."""
    if request.param == "sqlite":
        yield str(tmp_path / "records.db")
        return
    yield request.getfixturevalue("server")
    emptied(request.getfixturevalue("server"))


def emptied(url: str) -> None:
    from sqlalchemy import text

    from prefill.store.databases import open_database

    database = open_database(url)
    with database.writing() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    database.close()


@pytest.fixture
def store(where: str) -> Iterator[Store]:
    with open_store(where, CATALOGUE) as opened:
        yield opened
        assert opened.verify() == ()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Store]:
    """A store in a file, where a database by URL would do nothing else."""
    with open_store(tmp_path / "records.db", CATALOGUE) as opened:
        yield opened
        assert opened.verify() == ()


def said(statements: Iterable[Any]) -> list[str]:
    return sorted(map(content_of, statements))


def stated(source: str, day: str, **roots: Any) -> Statement:
    return {"source": source, "as_of": day, **roots}


def held(file: Store, tmp_path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in tmp_path.glob("records.db*"))


def known(record: Record, path: str) -> Any:
    return prefill.explain(record, path, on=ON)


def test_reading_makes_no_store(where: str) -> None:
    """Nor does it write anything into the database."""
    from sqlalchemy import inspect

    from prefill.store.databases import open_database

    open_database(where).close()
    with pytest.raises(StoreError, match="there is no record store in it"):
        open_store(where, CATALOGUE, create=False)
    database = open_database(where)
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()


# ── in and out ────────────────────


def test_the_samples_read_back_and_fill_the_same_forms(tmp_path: Path) -> None:
    samples = CATALOGUE.samples()
    assert len(samples) >= 45
    for form, sample in samples.items():
        plan, record = CATALOGUE.plan(form), CATALOGUE.read_record(*sample.record)
        filled = prefill.fill(plan, record, on=sample.on, filing=sample.filing, grant=sample.grant)
        with open_store(tmp_path / f"{form}.db", CATALOGUE) as store:
            store.add(record.statements, root=plan.form.subject)
            ((_, again), *_) = [one for one in store.records(plan.form.subject) if not filled.identity] or [
                ("", store.record(plan.form.subject, filled.identity[0][1]))
            ]
            assert store.add(record.statements, root=plan.form.subject).statements == 0
        assert said(again.statements) == said(record.statements), form
        refilled = prefill.fill(plan, again, on=sample.on, filing=sample.filing, grant=sample.grant)
        assert entries(refilled) == entries(filled), form


def entries(filled: FilledForm) -> Any:
    return json.loads(prefill.to_json(filled))["entries"]


WORDS = st.sampled_from(["13900000001", "13900000002", "O型", "已婚", "", "不详", 0, False, None, 12.5, "王示例"])
TERMS = st.sampled_from(["phone", "name", "blood_type", "marital_status", "birth_date", "nonsense"])
PEOPLE = st.sampled_from([{}, {"id_number": WIFE}, {"id_number": HUSBAND}, {"id_number": CHILD}])


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    def person() -> dict[str, Any]:
        documents = {"passport_no": "E12345678"} if draw(st.booleans()) else {}
        return {**draw(PEOPLE), **documents, **draw(st.dictionaries(TERMS, WORDS, max_size=3))}

    roots: dict[str, Any] = {"resident": {"id_number": WIFE} if draw(st.booleans()) else {}}
    roots["resident"] |= draw(st.dictionaries(TERMS, WORDS, max_size=3))
    if draw(st.booleans()):
        roots["resident"]["spouse"] = person()
    if draw(st.booleans()):
        roots["household"] = {
            "members": [{**person(), "relation_to_head": "子"} for _ in range(draw(st.integers(0, 3)))]
        }
    if draw(st.booleans()):
        roots["entities"] = [{"type": "person", **person()}]
    if draw(st.booleans()):
        roots["not_applicable"] = ["resident.military", "household.no"]
    source = draw(st.sampled_from(["公安人口库", "社区网格", "健康档案", "没有的来源"]))
    return stated(source, draw(st.sampled_from(["2026-05-01", "2026-10-12", "2027-01-01"])), **roots)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(statements(), min_size=1, max_size=3))
def test_a_record_read_back_is_the_record_of_the_same_statements(
    tmp_path_factory: pytest.TempPathFactory, told: list[Statement]
) -> None:
    told = [stated("公安人口库", "2026-05-01", resident={"id_number": WIFE}), *told]
    with open_store(tmp_path_factory.mktemp("s") / "records.db", CATALOGUE) as store:
        try:
            plain = CATALOGUE.record(told)
        except RecordError:
            with pytest.raises(RecordError, match="two numbers"):
                store.add(told)
            assert len(store) == 0
            assert store.verify() == ()
            return
        store.add(told)
        again = store.record("resident", WIFE)
        assert store.verify() == ()
    assert set(said(again.statements)) == set(said(plain.statements))
    for number in (36,):
        plan = CATALOGUE.plan(number)
        assert entries(prefill.fill(plan, again, on=ON)) == entries(prefill.fill(plan, plain, on=ON))


def test_what_is_added_twice_is_there_once_however_it_is_written(store: Store) -> None:
    first = store.add(record_of(0))
    assert (first.records, first.statements, first.known) == (1, 4, 0)
    turned = [dict(reversed(statement.items())) for statement in reversed(record_of(0))]
    again = store.add(turned)
    assert (again.statements, again.known, len(store)) == (0, 4, 4)


def test_what_one_record_says_is_known_in_all(store: Store) -> None:
    store.add([stated("公安人口库", "2026-05-01", resident={"id_number": WIFE, "spouse": {"id_number": HUSBAND}})])
    child = {"id_number": CHILD, "phone": "13900000003", "relation_to_self": "子"}
    store.add(
        [stated("社区网格", "2026-10-12", resident={"id_number": HUSBAND, "phone": "13900000002", "children": [child]})]
    )
    wife, husband, son = (store.record("resident", one) for one in (WIFE, HUSBAND, CHILD))
    assert "13900000002" in str(known(wife, "resident.spouse.phone"))
    assert "13900000002" in str(known(husband, "resident.phone"))
    assert "13900000003" in str(known(son, "resident.phone"))
    assert not son.problems
    assert known(husband, "resident.spouse").reason == "not-recorded"  # nobody said whose husband he is
    alone = store.record("resident", WIFE, linked=False)
    assert known(alone, "resident.spouse.phone").reason == "not-recorded"


def test_a_list_is_not_disturbed_by_what_others_say_of_its_members(store: Store) -> None:
    for number in range(4):
        store.add(record_of(number))
    plain = CATALOGUE.record(record_of(0))
    linked = store.record("resident", id_of(0))
    for path in ("hukou_household.members", "hukou_household.head"):
        assert len(cell(linked, path)) == len(cell(plain, path))


def cell(record: Record, path: str) -> Any:
    root, name = path.split(".")
    entity = record.context.cells[root].settled[1]
    found = entity.cells[name].settled[1]
    return found if isinstance(found, tuple) else (found,)


def test_two_numbers_of_one_person_are_one_from_when_somebody_says_so(store: Store) -> None:
    store.add([stated("社区网格", "2026-01-01", resident={"passport_no": "E12345678", "phone": "13900000001"})])
    store.add([stated("健康档案", "2026-01-01", resident={"id_number": WIFE, "blood_type": "O型"})])
    before = store.subject("resident", "E12345678")
    assert before != store.subject("resident", WIFE)
    store.add([stated("公安人口库", "2026-05-01", resident={"id_number": WIFE, "passport_no": "E12345678"})])
    assert (
        store.subject("resident", WIFE) == store.subject("resident", "E12345678") == store.subject("resident", before)
    )
    assert len(list(store.records("resident"))) == 1
    assert len(store.record("resident", before).statements) == 3
    with pytest.raises(RecordError, match="two numbers"):
        store.add([stated("社区网格", "2026-06-01", resident={"id_number": HUSBAND, "passport_no": "E12345678"})])


def test_a_number_of_15_digits_is_the_one_of_18(store: Store) -> None:
    old = WIFE[:6] + WIFE[8:17]
    store.add([stated("社区网格", "2026-01-01", resident={"id_number": old, "phone": "13900000001"})])
    store.add([stated("公安人口库", "2026-05-01", resident={"id_number": WIFE, "blood_type": "O型"})])
    assert len(store.record("resident", old).statements) == 2


def test_other_roots_are_subjects_too(store: Store) -> None:
    for number in range(8):
        store.add(record_of(number))
    found = dict(store.records("dwelling"))
    assert len(found) == 2
    (community,) = [record for _, record in store.records("community")]
    assert len(community.statements) == 1  # what all said alike is kept once
    assert "示例社区" in str(known(community, "community.name"))
    dwelling = next(iter(found.values()))
    assert known(dwelling, "dwelling.code").reason == "recorded"


def test_records_come_as_a_stream_in_the_order_in_which_they_came(store: Store) -> None:
    store.add_all(record_of(number) for number in range(250))
    ids = [id for id, _ in store.records("resident")]
    assert len(ids) == len(set(ids)) == 250
    assert ids == [id for id, _ in store.records("resident")]
    first = [known(record, "resident.id_number") for _, record in list(store.records("resident", linked=False))[:3]]
    assert [id_of(number) in str(one) for number, one in enumerate(first)] == [True] * 3


def test_a_chunk_takes_as_few_queries_as_one_record(file: Store) -> None:
    from sqlalchemy import event

    file.add_all(record_of(number) for number in range(200))
    asked: list[str] = []
    event.listen(file._database._engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert len(list(file.records("resident"))) == 200
    assert len([one for one in asked if one.startswith("SELECT")]) <= 12


def test_what_cannot_be_stored_is_told_by_its_line(file: Store, tmp_path: Path) -> None:
    good = json.dumps(record_of(0), ensure_ascii=False)
    single = json.dumps(record_of(1)[0], ensure_ascii=False)
    deep = "[" * 200 + "]" * 200
    bad = ['{"source": ', '"text"', "[]", '[{"as_of": "2026-01-01"}]', '[{"source": "社区网格"}]', deep, '[{"source": "社区网格", "resident": {"name": "\\u0000"}}]']  # fmt: skip
    (tmp_path / "records.jsonl").write_text("\n".join(["\ufeff" + good, "", single, *bad]) + "\n", encoding="utf-8")
    added = file.add_file(tmp_path / "records.jsonl")
    assert (added.records, added.statements) == (2, 5)
    assert [problem.line for problem in added.problems] == [4, 5, 6, 7, 8, 9, 10]
    assert not [problem for problem in added.problems if "王" in str(problem)]
    with pytest.raises(prefill.FileError, match="no such file"):
        file.add_file(tmp_path / "none.jsonl")
    two = [*record_of(0), stated("社区网格", "2026-10-13", resident={"phone": "13900000001"}), *record_of(1)]
    with pytest.raises(RecordError, match="among those of several"):
        file.add(two)
    assert len(file) == 5


def test_a_subject_without_a_document_is_known_by_its_line(store: Store) -> None:
    told = [
        stated("社区网格", "2026-10-12", case={"title": "路灯不亮"}),
        stated("社区网格", "2026-10-13", case={"status": "x"}),
    ]
    store.add(told)
    assert store.add(told).known == 2
    ((id, record),) = store.records("case")
    assert said(record.statements) == said(told)
    assert said(store.record("case", id).statements) == said(told)


def test_what_the_store_does_not_know_is_told_without_repeating_it(store: Store) -> None:
    for root, id, words in (("resident", WIFE, "knows no 'resident'"), ("residnt", WIFE, "did you mean 'resident'")):
        with pytest.raises(StoreError, match=words) as caught:
            store.record(root, id)
        assert WIFE not in str(caught.value)


# ── forgetting ────────────────────

MARRIED = [
    stated(
        "公安人口库", "2026-05-01",
        resident={"id_number": WIFE, "name": "王示例"},
        hukou_household={"no": "SL000001", "members": [
            {"id_number": WIFE, "relation_to_head": "配偶"},
            {"id_number": HUSBAND, "name": "李忘却", "relation_to_head": "户主"},
            {"id_number": CHILD, "name": "李小例", "relation_to_head": "子"},
        ]},
    ),
    stated("社区网格", "2026-10-12", resident={"id_number": WIFE, "spouse": {"name": "李忘却", "phone": "13900000077"}}),
]  # fmt: skip
FORGOTTEN = [
    stated(
        "社区网格", "2026-10-20",
        resident={"id_number": HUSBAND, "name": "李忘却", "phone": "13900000011", "passport_no": "E99887766", "residence": {"address": "示例路七十七号"},
                  "children": [{"id_number": CHILD, "phone": "13900000055"}]},
        community={"stat_region_code": "420112998101", "name": "示例社区"},
    ),
    stated("健康档案", "2026-03-01", resident={"id_number": HUSBAND, "blood_type": "O型", "spouse": {"id_number": WIFE}}),
]  # fmt: skip
TRACES = ("李忘却", HUSBAND, "E99887766", "13900000011", "13900000077", "示例路七十七号")


def trace_free(store: Store) -> None:
    for root in ("resident", "hukou_household", "community"):
        for _, record in store.records(root):
            text = str(record.statements) + str([problem.what for problem in record.problems])
            assert [trace for trace in TRACES if trace in text] == []
    for id in (HUSBAND, "E99887766"):
        with pytest.raises(StoreError, match="knows no"):
            store.record("resident", id)


def test_a_forgotten_person_is_in_no_later_record(store: Store) -> None:
    store.add(MARRIED)
    store.add(FORGOTTEN)
    subject = store.subject("resident", HUSBAND)
    gone = store.forget("resident", HUSBAND, why="asked for", on=ON)
    assert (gone.statements, gone.mentions) == (2, 2)
    trace_free(store)
    assert store.verify() == ()
    with pytest.raises(StoreError, match="knows no"):
        store.record("resident", subject)
    # what his record said of others stays known of them
    assert "13900000055" in str(known(store.record("resident", CHILD), "resident.phone"))
    assert "示例社区" in str(known(store.record("community", "420112998101"), "community.name"))
    members = cell(store.record("resident", WIFE), "hukou_household.members")
    assert len(members) == 2
    # an older export comes again
    size = len(store)
    added = store.add_all([MARRIED, FORGOTTEN])
    assert (added.forgotten, added.statements) == (2, 0)
    assert len(store) == size
    trace_free(store)
    # and others speak of him anew
    store.add(
        [
            stated(
                "医保信息系统",
                "2026-11-01",
                resident={"id_number": id_of(7), "father": {"id_number": HUSBAND, "name": "李忘却"}},
            )
        ]
    )
    store.add([stated("医保信息系统", "2026-11-02", resident={"id_number": HUSBAND, "name": "李忘却"})])
    trace_free(store)


def test_a_forgotten_person_is_in_no_file(file: Store, tmp_path: Path) -> None:
    file.add(MARRIED)
    file.add(FORGOTTEN)
    assert [trace for trace in TRACES if trace.encode() not in held(file, tmp_path)] == []
    file.forget("resident", HUSBAND, why="asked for", on=ON)
    assert [trace for trace in TRACES if trace.encode() in held(file, tmp_path)] == []
    file.add(FORGOTTEN)
    assert [trace for trace in TRACES if trace.encode() in held(file, tmp_path)] == []


def test_a_tombstone_is_no_digest_that_can_be_tried(file: Store, tmp_path: Path) -> None:
    import hashlib

    file.add(FORGOTTEN)
    file.forget("resident", HUSBAND, why="asked for", on=ON)
    with sqlite3.connect(tmp_path / "records.db") as connection:
        marks = {mark for (mark,) in connection.execute("SELECT mark FROM store_tombstones")}
        keys = [key for (key,) in connection.execute("SELECT key FROM store_keys")]
    connection.close()
    assert len(marks) >= 2
    assert len(keys[0]) == 64
    tried = {hashlib.sha256(text.encode()).hexdigest() for text in (HUSBAND, f"person/id_number/{HUSBAND}")}
    assert marks.isdisjoint(tried)


def test_an_outdated_source_is_kept_no_longer(store: Store) -> None:
    store.add([*MARRIED, stated("公安人口库", "2026-06-15", resident={"id_number": WIFE, "blood_type": "O型"})])
    assert store.retain("公安人口库", since=date(2026, 6, 1), why="kept for half a year") == 1
    assert len(store.record("resident", WIFE).statements) == 2
    again = store.add(MARRIED)
    assert (again.outdated, again.statements, again.known) == (1, 0, 1)
    assert store.retain("公安人口库", since=date(2026, 1, 1), why="earlier: nothing comes back") == 0
    assert store.add(MARRIED).outdated == 1


# ── who is who ────────────────────


def test_a_merge_and_its_undoing(store: Store) -> None:
    store.add([stated("公安人口库", "2026-05-01", resident={"id_number": WIFE, "name": "王示例"})])
    store.add([stated("社区网格", "2026-05-01", resident={"passport_no": "E12345678", "phone": "13900000001"})])
    before = {id: said(record.statements) for id, record in store.records("resident")}
    other = store.subject("resident", "E12345678")
    number = store.merge("resident", WIFE, "E12345678", by="示例员", on=ON, why="both seen")
    ((id, record),) = store.records("resident")
    assert id == store.subject("resident", other) == store.subject("resident", WIFE)
    assert "13900000001" in str(known(record, "resident.phone"))
    assert not record.ambiguous
    (decision,) = store.decisions()
    assert (decision.number, decision.what, decision.subject, decision.other) == (number, "merge", id, other)
    assert store.verify() == ()
    store.undo(number)
    assert {id: said(record.statements) for id, record in store.records("resident")} == before
    assert store.decisions() == []
    with pytest.raises(StoreError, match="no decision"):
        store.undo(number)
    store.add([stated("公安人口库", "2026-05-01", resident={"id_number": HUSBAND})])
    for one, two, words in ((WIFE, HUSBAND, "two numbers"), (WIFE, WIFE, "one already")):
        with pytest.raises(StoreError, match=words):
            store.merge("resident", one, two, by="示例员", on=ON, why="x")


def test_a_split_holds_for_what_that_source_says_later_and_is_undone(store: Store) -> None:
    store.add([stated("公安人口库", "2026-05-01", resident={"id_number": WIFE, "name": "王示例"})])
    store.add([stated("健康档案", "2026-05-02", resident={"id_number": WIFE, "phone": "13900000002"})])
    married = {"id_number": HUSBAND, "spouse": {"id_number": WIFE}}
    store.add(
        [stated("公安人口库", "2026-05-01", resident=married), stated("健康档案", "2026-05-01", resident=married)]
    )
    before = {id: said(record.statements) for id, record in store.records("resident")}
    number, other = store.split("resident", WIFE, "健康档案", by="示例员", on=ON, why="another's number")
    store.add([stated("健康档案", "2026-06-01", resident={"id_number": WIFE, "blood_type": "O型"})])
    assert known(store.record("resident", WIFE), "resident.blood_type").reason == "not-recorded"
    assert known(store.record("resident", WIFE), "resident.phone").reason == "not-recorded"
    assert "O型" in str(known(store.record("resident", other), "resident.blood_type"))
    assert known(store.record("resident", HUSBAND), "resident.spouse").reason == "candidates"
    assert store.verify() == ()
    store.undo(number)
    after = {id: said(record.statements) for id, record in store.records("resident")}
    assert after.keys() == before.keys()
    assert len(store.record("resident", WIFE).statements) == 3
    with pytest.raises(StoreError, match="does not speak"):
        store.split("resident", WIFE, "医保信息系统", by="示例员", on=ON, why="x")


# ── learning ────────────────────


def received(store: Store, number: int, id: str, **answers: Any) -> Receipt:
    from prefill.tokens import make_token

    filing = prefill.Filing(worker="示例员", today=ON)
    filled = prefill.fill(CATALOGUE.plan(number), store.record("resident", id), on=ON, filing=filing)
    told = {"form": filled.form.id, "version": filled.form.version, "on": ON.isoformat(), "token": make_token(filled)}
    receipt = prefill.receive(filled, {**told, "answers": {k: {"value": v} for k, v in answers.items()}}, filing=filing)
    assert not receipt.errors
    return receipt


def test_what_was_typed_once_is_known_to_the_next_form(store: Store) -> None:
    store.add(record_of(0))
    receipt = received(store, 39, id_of(0), phone="13900000099", employer="示例机械厂")
    assert store.learn(receipt).statements == len(receipt.facts) > 0
    size = len(store)
    assert store.learn(receipt).statements == 0
    assert len(store) == size
    record = store.record("resident", id_of(0))
    assert {str(fact.value) for fact in receipt.facts} <= {str(f.value) for e in record.entities for c in e.cells.values() for f in c.facts}  # fmt: skip
    plain = CATALOGUE.record(record_of(0)).learn(receipt.facts)
    assert set(said(plain.statements)) <= set(said(record.statements))


def test_two_who_learn_of_one_page_lose_nothing(store: Store) -> None:
    store.add(record_of(0))
    one = received(store, 39, id_of(0), phone="13900000091")
    two = received(store, 39, id_of(0), address="示例路九十九号")
    store.learn(one)
    store.learn(two)
    text = str(store.record("resident", id_of(0)).statements)
    assert "13900000091" in text
    assert "示例路九十九号" in text


def test_a_number_of_one_who_goes_by_another_name_is_not_learnt(store: Store) -> None:
    store.add(
        [stated("公安人口库", "2026-05-01", resident={"id_number": WIFE, "name": "王示例", "marital_status": "已婚"})]
    )
    store.add(
        [stated("公安人口库", "2026-05-01", resident={"id_number": HUSBAND, "name": "李样本", "phone": "13900000002"})]
    )
    fact = prefill.Fact("resident.spouse.name", "赵他人", "社区填报", "2026-11-23", origin="manual")
    receipt = received(store, 39, WIFE, employer="示例机械厂")
    facts = (fact, fact._replace(path="resident.spouse.id_number", value=HUSBAND))
    from dataclasses import replace

    learnt = store.learn(replace(receipt, facts=facts))
    assert learnt.statements == 0
    assert "another name" in str(learnt.problems[0])
    assert known(store.record("resident", WIFE), "resident.spouse.phone").reason == "not-recorded"


def test_what_is_learnt_of_one_who_was_forgotten_is_not_kept(store: Store) -> None:
    store.add(MARRIED)
    store.add(FORGOTTEN)
    receipt = received(store, 39, HUSBAND, phone="13900000098")
    store.forget("resident", HUSBAND, why="asked for", on=ON)
    with pytest.raises(StoreError, match="knows no"):
        store.learn(receipt)
    trace_free(store)


# ── verifying ────────────────────


@pytest.mark.parametrize(
    "change, words",
    [
        ("UPDATE store_statements SET body = replace(body, '汉族', '回族')", "is not what was written"),
        ("DELETE FROM store_mentions WHERE saying IS NOT NULL", "names others than are noted"),
        ("UPDATE store_sayings SET body = replace(body, 'O型', 'A型')", "is not what was written"),
        ("DELETE FROM store_sayings", "is missing"),
        ("UPDATE store_statements SET context = 999999", "of nobody"),
        ("UPDATE store_identities SET entity = 999999", "of nobody"),
    ],
)
def test_what_was_touched_is_found(tmp_path: Path, change: str, words: str) -> None:
    with open_store(tmp_path / "records.db", CATALOGUE) as store:
        store.add(record_of(0))
        assert store.verify() == ()
        with sqlite3.connect(tmp_path / "records.db") as connection:
            connection.execute(change)
        connection.close()
        problems = store.verify()
        assert any(words in problem.what for problem in problems)
        assert not [problem for problem in problems if id_of(0) in str(problem) or "王" in str(problem)]
