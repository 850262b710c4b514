"""The ledger: each once, none lost, a chain that shows what was touched, and nothing of anybody in it."""

import csv
import hashlib
import json
import multiprocessing
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import fields, replace
from datetime import date
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill import Filing, LedgerEntry, StoreError, fill, open_catalogue, open_ledger
from prefill.cli import run
from prefill.reports import report, write_evidence
from prefill.savings import read_model
from prefill.store import Head, Ledger, entry_of_fill, entry_of_receipt
from prefill.store.databases import open_database
from prefill.store.entries import GENESIS, content_of
from prefill.store.migrations import migrate
from prefill.tokens import make_token
from tests.databases import binaries, postgresql

PROCESSES, EACH = 20, 500
NO_SERVER = "PostgreSQL is not installed (Debian: apt-get install postgresql): its ledger is not tested"

ENTRY = LedgerEntry(
    id="",
    kind="fill",
    form="trial",
    system=36,
    version="1",
    spec_hash="0" * 64,
    model_hash="1" * 64,
    department="示例局",
    delivery="paper",
    month="2026-11",
    on="2026-11-23",
    asked=3,
    known=1,
    confirm=1,
    new=1,
    hand=0,
    skip=2,
    maybe=0,
    keystrokes_blank=30,
    keystrokes_left=14,
    seconds_blank=20.1,
    seconds_left=9,
    typed_fields={"reason": 1},
)


def an_entry(id: str, **more: Any) -> LedgerEntry:
    return replace(ENTRY, id=id, **more)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server. Required in CI; elsewhere what needs it is skipped where there is none."""
    if binaries() is None:
        if os.environ.get("CI"):
            pytest.fail(NO_SERVER, pytrace=False)
        pytest.skip(NO_SERVER)
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a new ledger: a file, then a database."""
    if request.param == "sqlite":
        yield str(tmp_path / "ledger.db")
        return
    url: str = request.getfixturevalue("server")
    name = f"t{time.monotonic_ns()}"
    execute(url, f"CREATE DATABASE {name}", alone=True)
    yield url.replace("/postgres?", f"/{name}?")
    execute(url, f"DROP DATABASE {name} WITH (FORCE)", alone=True)


def execute(where: str, statement: str, alone: bool = False) -> None:
    """Do to a ledger's database what no function of ours would."""
    if "://" not in where:
        with sqlite3.connect(where) as file:
            file.execute(statement)
        file.close()
        return
    import psycopg

    with psycopg.connect(where, autocommit=alone) as connection:
        connection.execute(statement)


@pytest.fixture
def ledger(where: str) -> Iterator[Ledger]:
    with open_ledger(where) as ledger:
        yield ledger


# ── each once ────────────────────


def test_each_counts_once(ledger: Ledger) -> None:
    first = ledger.add(an_entry("a"))
    second = ledger.add(an_entry("b", kind="receipt"))
    assert ledger.add(an_entry("a", known=9)) == first  # told again, otherwise: what was counted stands
    assert (first.number, second.number, len(ledger)) == (1, 2, 2)
    assert (first.previous, second.previous) == (GENESIS, first.hash)
    assert list(ledger) == [first, second]
    assert ledger.head == Head(2, second.hash)
    assert ledger.verify() == ()


def test_many_are_added_at_once(ledger: Ledger) -> None:
    ledger.add(an_entry("7"))
    assert ledger.add_all(an_entry(str(number % 1200)) for number in range(2000)) == 1199
    assert len(ledger) == 1200
    assert ledger.verify(ledger.head) == ()
    assert ledger.add_all([]) == 0


def test_an_empty_ledger_is_whole(ledger: Ledger) -> None:
    assert (ledger.verify(), list(ledger), len(ledger), ledger.head) == ((), [], 0, Head(0, GENESIS))


def test_entries_are_chosen_by_their_fields(ledger: Ledger) -> None:
    ledger.add_all(
        an_entry(f"{form}{month}", form=form, month=month, system=None if form == "c" else 1)
        for form in "abc"
        for month in ("2026-09", "2026-10", "2026-11")
    )
    found = ledger.entries({"form": "b", "month": ["2026-10", "2026-11"]})
    assert [entry.id for entry in found] == ["b2026-10", "b2026-11"]
    assert [entry.form for entry in ledger.entries({"system": None})] == ["c"] * 3
    with pytest.raises(ValueError, match="did you mean 'month'"):
        ledger.entries({"mont": "2026-10"})
    with pytest.raises(ValueError, match="no field 'typed_fields'"):
        ledger.entries({"typed_fields": {}})


def test_what_is_read_is_what_was_written(ledger: Ledger) -> None:
    plain = {"id", "kind", "system", "number", "previous", "hash"}
    odd: dict[str, Any] = {"id": "x", "kind": "receipt", "system": None}
    for number, one in enumerate(f for f in fields(LedgerEntry) if f.name not in plain):
        odd[one.name] = number if one.type is int else -number / 10 if one.type is float else f"{number}'\"\\示"
    odd |= {key: {"b": 2, "a": 1, "示": 3} for key in ("typed_fields", "corrected_fields", "corrected_sources")}
    odd |= {"corrected_field_sources": {"b": {"示": 2, "a": 1}, "a": {}}, "format": 2}
    added = ledger.add(LedgerEntry(**odd))
    assert next(iter(ledger)) == added == replace(LedgerEntry(**odd), number=1, previous=GENESIS, hash=added.hash)
    assert ledger.verify() == ()


def test_the_chain_is_recomputed_with_nothing_of_ours(ledger: Ledger) -> None:
    """What the docs say of the hash is enough to check it."""
    ledger.add_all(an_entry(str(number)) for number in range(3))
    previous = "0" * 64
    for number, entry in enumerate(ledger, 1):
        data = {f.name: getattr(entry, f.name) for f in fields(entry) if f.name != "hash"}
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        assert content_of(entry) == text
        assert entry.hash == hashlib.sha256(text.encode()).hexdigest()
        assert (entry.number, entry.previous) == (number, previous)
        previous = entry.hash


# ── what was touched is found ────────────────────


@pytest.mark.parametrize(
    "statements, lines, words",
    [
        (
            ["UPDATE ledger_entries SET keystrokes_blank = 3000 WHERE number = 3"],
            [3],
            "entry 3 is not what was written",
        ),
        (["UPDATE ledger_entries SET typed_fields = '{}' WHERE number = 5"], [5], "entry 5 is not what was written"),
        (["UPDATE ledger_entries SET month = '2026-10' WHERE number = 1"], [1], "entry 1 is not what was written"),
        (["DELETE FROM ledger_entries WHERE number = 3"], [3], "entry 3 is missing"),
        (["DELETE FROM ledger_entries WHERE number IN (1, 2)"], [1], "entries 1 to 2 are missing"),
        (["DELETE FROM ledger_entries WHERE number = 5"], [5], "the last entries are missing, 5 to 5"),
        (["DELETE FROM ledger_entries"], [1], "the last entries are missing, 1 to 5"),
        (
            [  # taken out, and the rest moved up
                "DELETE FROM ledger_entries WHERE number = 3",
                "UPDATE ledger_entries SET number = 3 WHERE number = 4",
                "UPDATE ledger_entries SET number = 4 WHERE number = 5",
                "UPDATE ledger_head SET number = 4",
            ],
            [3, 3, 4],
            "entry 3 does not follow",
        ),
        (
            [  # two change places
                "UPDATE ledger_entries SET number = 99 WHERE number = 2",
                "UPDATE ledger_entries SET number = 2 WHERE number = 3",
                "UPDATE ledger_entries SET number = 3 WHERE number = 99",
            ],
            [2, 2, 3, 3, 4],
            "changed or moved",
        ),
        (["UPDATE ledger_head SET hash = 'x'"], [5], "the head of the chain is not that of its last entry"),
    ],
    ids=["count", "field", "month", "missing", "first", "last", "all", "closed up", "reordered", "head"],
)
def test_what_was_touched_is_found(
    ledger: Ledger, where: str, statements: list[str], lines: list[int], words: str
) -> None:
    ledger.add_all(an_entry(str(number)) for number in range(5))
    for statement in statements:
        execute(where, statement)
    problems = ledger.verify()
    assert [problem.line for problem in problems] == lines
    assert any(words in problem.what for problem in problems)


def test_a_ledger_written_anew_is_found_by_the_head_that_was_noted(ledger: Ledger, tmp_path: Path) -> None:
    ledger.add_all(an_entry(str(number)) for number in range(5))
    noted = ledger.head
    ledger.add(an_entry("later"))
    assert ledger.verify(noted) == ()
    with open_ledger(tmp_path / "other.db") as other:
        other.add_all(an_entry(str(number), keystrokes_blank=99) for number in range(6))
        assert other.verify() == ()
        assert [problem.line for problem in other.verify(noted)] == [5]
    with open_ledger(tmp_path / "short.db") as short:
        short.add(an_entry("0"))
        assert [problem.line for problem in short.verify(noted)] == [2]


DAMAGES = {
    "a list for a map": "typed_fields = '[1]'",
    "no JSON": "corrected_sources = 'kaputt'",
    "a list of counts of counts": """corrected_field_sources = '{"name": [1]}'""",
    "no count": """typed_fields = '{"name": "1"}'""",
    "no number": """typed_fields = '{"name": NaN}'""",
    "endless": """typed_fields = '{"name": 1e999}'""",
    "half a character": """typed_fields = '{"\\ud800": 1}'""",
    "too deep": f"corrected_fields = '{'[' * 20_000}'",
    "a format to come": "format = 99",
    "a format of before": "format = 1",
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES.keys())
def test_whatever_somebody_writes_is_a_fault_and_no_traceback(ledger: Ledger, where: str, change: str) -> None:
    ledger.add_all(an_entry(str(number)) for number in range(5))
    execute(where, f"UPDATE ledger_entries SET {change} WHERE number = 3")
    assert [(problem.line, problem.what[:12]) for problem in ledger.verify()] == [(3, "entry 3 is n")]
    assert {entry.number for entry in ledger.entries(whole=False)} >= {1, 2, 4, 5}


def test_what_can_no_longer_be_read_is_told_to_who_reads_or_adds_it(ledger: Ledger, where: str) -> None:
    ledger.add_all(an_entry(str(number)) for number in range(5))
    execute(where, "UPDATE ledger_entries SET typed_fields = '[1]' WHERE number = 3")
    with pytest.raises(StoreError, match="what stands after entry 2 is no entry: prefill ledger verify"):
        list(ledger)
    with pytest.raises(StoreError, match="can no longer be read"):
        ledger.add(an_entry("2"))
    assert ledger.add(an_entry("later")).number == 6
    assert [problem.line for problem in ledger.verify()] == [3]


@pytest.mark.parametrize("name", [f.name for f in fields(LedgerEntry)])
@pytest.mark.parametrize("value", ["NULL", "x'ff00'", "CAST(x'ff' AS TEXT)", "'12 Uhr'", "9e99", "1e999"])
def test_a_file_may_hold_anything_anywhere(tmp_path: Path, name: str, value: str) -> None:
    """SQLite writes any type into any column; who may write the file may also change its schema."""
    file = tmp_path / "ledger.db"
    with open_ledger(file) as ledger:
        ledger.add_all(an_entry(str(number)) for number in range(5))
    execute(str(file), "PRAGMA journal_mode = DELETE")
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA writable_schema = 1")
        raw.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'")
    raw.close()
    execute(str(file), f'UPDATE ledger_entries SET "{name}" = {value} WHERE number = 3')
    with open_ledger(file) as ledger:
        problems = ledger.verify()
        assert problems or (name, value) == ("system", "NULL")  # no form of a system of the notice: but it was changed
        assert {entry.number for entry in ledger.entries(whole=False)} >= {1, 2, 4, 5}


@pytest.mark.parametrize(
    "statement, words",
    [
        ("DELETE FROM ledger_head", "head of the chain is missing"),
        ("INSERT INTO ledger_head (one, number, hash) VALUES (2, 5, 'x')", "head of the chain is missing, or is none"),
        ("UPDATE ledger_head SET number = 3", "is not that of its last entry"),
    ],
)
def test_a_head_that_is_none_is_a_fault(ledger: Ledger, where: str, statement: str, words: str) -> None:
    ledger.add_all(an_entry(str(number)) for number in range(5))
    execute(where, statement)
    (problem,) = ledger.verify()
    assert words in problem.what
    with pytest.raises(StoreError) as caught:
        ledger.add(an_entry("later"))
    assert "\n" not in str(caught.value)
    assert len(list(ledger)) == 5


def test_steps_that_somebody_wrote_are_told_in_a_line(tmp_path: Path) -> None:
    open_ledger(tmp_path / "ledger.db").close()
    execute(str(tmp_path / "ledger.db"), "UPDATE prefill_migrations SET version = 'x' WHERE version = 2")
    with pytest.raises(StoreError, match="its ledger is of no version"):
        open_ledger(tmp_path / "ledger.db")


# ── a ledger of before ────────────────────

OLD = """
id kind form system version spec_hash model_hash department delivery month on
asked known confirm new hand skip maybe keystrokes_blank keystrokes_left seconds_blank seconds_left
answers measured unmeasured keyed measured_keys measured_seconds modelled_keys modelled_seconds
filled corrected confirmed confirmed_timed confirmed_fast typed_fields corrected_fields corrected_sources
number previous hash
""".split()
"""The fields of an entry of version 1, in their order: never to be changed."""


def make_old(where: str, entries: int) -> list[str]:
    """Make a database as the version of prefill before this had it, with nothing of ours; gives the hashes."""
    kinds = {int: "INTEGER NOT NULL", float: "DOUBLE PRECISION NOT NULL", str: "TEXT NOT NULL", dict: "TEXT NOT NULL"}
    plain = {f.name: getattr(ENTRY, f.name) for f in fields(ENTRY)}
    plain |= {"corrected_sources": {"公安人口信息": 1}, "seconds_left": 9.0}
    columns = ", ".join(f'"{name}" {kinds.get(type(plain[name]), "TEXT NOT NULL")}' for name in OLD)
    execute(where, f"CREATE TABLE ledger_entries ({columns}, PRIMARY KEY (number), UNIQUE (id))")
    execute(where, "CREATE TABLE ledger_head (one INTEGER PRIMARY KEY, number BIGINT NOT NULL, hash TEXT NOT NULL)")
    steps = "CREATE TABLE prefill_migrations (part TEXT, version INTEGER, PRIMARY KEY (part, version))"
    execute(where, steps)
    execute(where, "INSERT INTO prefill_migrations VALUES ('ledger', 1)")
    hashes = [GENESIS]
    for number in range(1, entries + 1):
        data = {name: plain[name] for name in OLD if name != "hash"}
        data |= {"id": f"old{number}", "kind": "receipt", "number": number, "previous": hashes[-1]}
        data |= {"typed_fields": {"reason": number}, "corrected_fields": {"name": 1}, "corrected": 1}
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=dict)
        hashes.append(hashlib.sha256(text.encode()).hexdigest())
        data["hash"] = hashes[-1]
        cells = (
            json.dumps(v, ensure_ascii=False, default=dict) if isinstance(v, Mapping) else v for v in data.values()
        )
        written = ", ".join(f"'{cell}'" if isinstance(cell, str) else str(cell) for cell in cells)
        names = ", ".join(f'"{name}"' for name in data)
        execute(where, f"INSERT INTO ledger_entries ({names}) VALUES ({written})")
    execute(where, f"INSERT INTO ledger_head VALUES (1, {entries}, '{hashes[-1]}')")
    return hashes


def test_a_ledger_of_before_is_brought_up_to_date_and_still_verifies(where: str, tmp_path: Path) -> None:
    hashes = make_old(where, 3)
    noted = Head(3, hashes[3])
    with open_ledger(where) as ledger:
        assert ledger.verify(noted) == ()
        assert [entry.hash for entry in ledger] == hashes[1:]
        assert {(entry.format, *entry.corrected_field_sources) for entry in ledger} == {(1,)}
        assert ledger.add(an_entry("old2")).hash == hashes[2]  # counted before: not again
        new = ledger.add(an_entry("new", kind="receipt", corrected_field_sources={"name": {"公安人口信息": 1}}))
        assert (new.format, new.number, new.previous) == (2, 4, hashes[3])
    with open_ledger(where) as ledger:  # and once more, as it is now
        assert ledger.verify(noted) == ()
        assert [entry.format for entry in ledger] == [1, 1, 1, 2]
        catalogue = open_catalogue()
        write_evidence(tmp_path, report(ledger, catalogue), ledger, catalogue)
    done = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "recompute.py"], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "OK", done.stdout + done.stderr
    with (tmp_path / "entries.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert {len(line) for line in lines} == {len(fields(LedgerEntry))}
    execute(where, """UPDATE ledger_entries SET corrected_field_sources = '{"name": {"x": 1}}' WHERE number = 2""")
    with open_ledger(where) as ledger:
        assert [problem.line for problem in ledger.verify()] == [2]


def test_who_has_an_old_version_open_still_adds_to_it(where: str) -> None:
    """Two versions of prefill may run at once while one is rolled out: what the earlier one writes is an entry of its own version."""
    make_old(where, 2)
    with open_ledger(where) as ledger:
        assert len(ledger) == 2
        first = ledger.add(an_entry("by the old one", format=1))
        columns = ", ".join(f'"{name}"' for name in OLD)
        execute(where, f"CREATE TABLE kept AS SELECT {columns} FROM ledger_entries WHERE number = 3")
        execute(where, "DELETE FROM ledger_entries WHERE number = 3")
        execute(where, f"INSERT INTO ledger_entries ({columns}) SELECT {columns} FROM kept")  # as the old one writes
        assert list(ledger)[2] == first
        assert ledger.verify() == ()


# ── many at once ────────────────────


def add_five_hundred(where: str, worker: int, tell: Connection | None = None) -> None:
    with open_ledger(where) as ledger:
        for number in range(EACH):
            ledger.add(an_entry(f"{worker}-{number}"))
            if tell is not None and number == EACH // 2:
                tell.send(worker)


def start(where: str, worker: int, tell: Connection | None = None) -> Any:
    process = multiprocessing.get_context("fork").Process(target=add_five_hundred, args=(where, worker, tell))
    process.start()
    return process


def test_twenty_processes_some_killed(where: str) -> None:
    """10,000 entries by 20 processes, seven of which are killed half-way and run again: all there, none twice, the chain whole."""
    doomed: dict[Connection, Any] = {}
    workers = {}
    for worker in range(PROCESSES):
        ours, theirs = multiprocessing.Pipe(duplex=False)
        workers[worker] = start(where, worker, theirs if worker % 3 == 0 else None)
        if worker % 3 == 0:
            doomed[ours] = workers[worker]
    while doomed:
        wait(list(doomed))
        for told in [one for one in doomed if one.poll()]:
            worker, process = told.recv(), doomed.pop(told)
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            assert process.exitcode == -signal.SIGKILL
            workers[worker] = start(where, worker)
    for process in workers.values():
        process.join()
        assert process.exitcode == 0
    with open_ledger(where) as ledger:
        assert ledger.verify() == ()
        ids = [entry.id for entry in ledger]
        assert len(ids) == PROCESSES * EACH
        assert set(ids) == {f"{worker}-{number}" for worker in range(PROCESSES) for number in range(EACH)}
        assert ledger.head.number == PROCESSES * EACH


DIES = """
import os, signal, sys
from prefill.store import ledger as ledgers
from tests.test_ledger import an_entry
append = ledgers._append
def die(*given):
    append(*given)
    os.kill(os.getpid(), signal.SIGKILL)
with ledgers.open_ledger(sys.argv[1]) as ledger:
    ledger.add(an_entry("a"))
    ledgers._append = die
    ledger.add(an_entry("b"))
"""


def test_who_is_killed_between_writing_and_committing_leaves_nothing_behind(where: str) -> None:
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", DIES, where], cwd=root, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with open_ledger(where) as ledger:
        assert [entry.id for entry in ledger] == ["a"]
        ledger.add(an_entry("b"))
        assert ledger.verify() == ()
        assert len(ledger) == 2


def test_an_open_ledger_outlives_a_fork(ledger: Ledger) -> None:
    ledger.add(an_entry("parent"))
    process = multiprocessing.get_context("fork").Process(target=ledger.add, args=(an_entry("child"),))
    process.start()
    process.join()
    ledger.add(an_entry("parent again"))
    assert process.exitcode == 0
    assert [entry.id for entry in ledger] == ["parent", "child", "parent again"]
    assert ledger.verify() == ()


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: ledger.add(an_entry(str(number % 100))), range(200)))
    assert len(ledger) == 100
    assert ledger.verify() == ()


def test_reading_sees_one_moment_and_holds_nobody_up(ledger: Ledger) -> None:
    ledger.add_all(an_entry(str(number)) for number in range(3000))
    reading = ledger.entries()
    assert next(reading).id == "0"
    ledger.add(an_entry("meanwhile"))
    assert sum(1 for _ in reading) == 2999
    assert len(ledger) == 3001


# ── databases ────────────────────


def test_a_part_of_the_store_is_brought_up_to_date(where: str) -> None:
    """Other parts join the ledger in its database, each with steps of its own; a database of a later version is refused."""
    taken = []
    database = open_database(where)
    migrate(database, "statements", [lambda _: taken.append(1)])
    migrate(database, "statements", [lambda _: taken.append(0), lambda _: taken.append(2)])
    migrate(database, "statements", [lambda _: taken.append(0), lambda _: taken.append(0)])
    assert taken == [1, 2]
    with pytest.raises(StoreError, match="its statements is of version 2, this prefill knows 1: install a later one"):
        migrate(database, "statements", [lambda _: None])
    database.close()
    with open_ledger(where) as ledger:
        assert len(ledger) == 0


@pytest.mark.parametrize(
    "name, words",
    [
        ("no/ledger.db", "make it first"),
        (".", "is a folder"),
        ("text.db", "no SQLite database"),
        ("mysql://u:geheim@h/d", "'mysql' is no database that prefill writes to"),
        ("postgresql://u:geheim@127.0.0.1:1/d", "cannot be reached"),
        ("postgresql://127.0.0.1:1/d?user=u&password=geheim", "cannot be reached"),
        ("postgresql://u:geheim@h:eins/d", "cannot be read"),
        (":memory:", "lost with its process"),
        ("sqlite://", "lost with its process"),
    ],
)
def test_what_is_no_ledger_is_told_in_a_line(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.db").write_text("no database, " * 1000, encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        open_ledger(name)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_what_holds_no_ledger_is_not_made_one_by_reading_it(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as raw:
        raw.execute("CREATE TABLE notes (text TEXT)")
        raw.commit()
    before = other.read_bytes()
    with pytest.raises(StoreError, match="there is no ledger in it"):
        open_ledger(other, create=False)
    assert [file.name for file in tmp_path.iterdir()] == ["other.db"]
    assert other.read_bytes() == before


def test_without_sqlalchemy_the_extra_is_named() -> None:
    code = """
import sys
sys.modules["sqlalchemy"] = None
import prefill
try:
    prefill.open_ledger("x.db")
except prefill.MissingExtra as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "[store]" in done.stdout


# ── what is counted ────────────────────


def digits_and_names(filled: prefill.FilledForm) -> set[str]:
    """What a filled form says of somebody: every value and text that is too long to be found anywhere by chance."""
    found = set()
    for entry in filled.entries:
        for value, text in ((entry.value, entry.text), *((other.value, other.text) for other in entry.others)):
            if entry.codes is None and entry.kind not in ("bool", "integer", "year"):
                found |= {str(value), text}
    return {text for text in found if len(text) >= (5 if text.isascii() else 3)}


def test_no_personal_value_reaches_the_ledger(tmp_path: Path) -> None:
    catalogue = open_catalogue()
    path = tmp_path / "ledger.db"
    said: set[str] = set()
    with open_ledger(path) as ledger:
        for form, sample in catalogue.samples().items():
            plan = catalogue.plan(form)
            for files in (sample.record, sample.poor, sample.demo):
                if files:
                    record = catalogue.read_record(*files)
                    filled = fill(plan, record, on=sample.on, filing=sample.filing, grant=sample.grant)
                    entry = ledger.add(filled)
                    assert entry.spec_hash == plan.spec_hash
                    said |= digits_and_names(filled)
        departments = {entry.department for entry in ledger}
        dates = {entry.on for entry in ledger} | {entry.month for entry in ledger}
        assert ledger.verify() == ()
    said -= {text for text in said if any(text in other for other in departments | dates)}
    held = b"".join(file.read_bytes() for file in tmp_path.glob("ledger.db*"))
    held = re.sub(rb"[0-9a-f]{32,}", b"#", held)  # hashes hold any short number by chance
    assert len(said) > 500
    assert [text for text in said if text.encode() in held] == []
    assert [text for text in said if json.dumps(text)[1:-1].encode() in held] == []


def test_a_receipt_counts_once_and_keeps_nothing_that_was_typed(tmp_path: Path) -> None:
    catalogue = open_catalogue()
    sample = catalogue.samples()["health-record"]
    plan, record = catalogue.plan(39), catalogue.read_record(*sample.demo)
    filled = fill(plan, record, on=sample.on, filing=Filing(worker="示例员丙", today=date(2026, 12, 2)))
    key = b"a key of sixteen"
    page = json.loads(prefill.to_json(filled))
    typed = {"employer": "示例机械厂", "name": "王改名", "phone": "13900000099"}
    submission = {
        "form": plan.form.id,
        "version": plan.form.version,
        "on": page["on"],
        "token": make_token(filled, key=key),
        "answers": {name: {"value": value} for name, value in typed.items()},
        "effort": {"employer": {"keys": None, "seconds": 8.5}},
    }
    receipt = prefill.receive(filled, submission, key=key)
    assert not receipt.errors
    with open_ledger(tmp_path / "ledger.db") as ledger:
        entry = ledger.add(receipt)
        assert ledger.add(prefill.receive(filled, submission, key=key)) == entry
        alone = prefill.receive(None, {**submission, "filled": page}, plan=plan, key=key, filing=filled.filing)
        assert ledger.add(alone) == entry  # what the page brought along
        assert entry_of_receipt(alone) == entry_of_receipt(receipt)
        assert (entry.kind, entry.month, entry.on, entry.answers, entry.measured) == (
            "receipt",
            "2026-12",
            page["on"],
            3,
            1,
        )
        assert (entry.corrected_fields, entry.typed_fields) == ({"name": 1, "phone": 1}, {"employer": 1})
        ledger.add(filled)
        assert [one.kind for one in ledger] == ["receipt", "fill"]
        assert ledger.verify() == ()
    held = b"".join(file.read_bytes() for file in tmp_path.glob("ledger.db*"))
    for text in (*typed.values(), "示例员丙", filled["name"].text):
        assert text.encode() not in held
        assert json.dumps(text)[1:-1].encode() not in held


def test_what_follows_from_answers_is_not_left_to_be_typed(tmp_path: Path) -> None:
    file = tmp_path / "form.yaml"
    file.write_text(
        """
id: trial
version: "1"
title: 试填表
agency: 示例局
purpose: 试填
subject: resident
delivery: paper
basis: {document: 示例, confidence: low}
sections:
  - title: 一
    fields:
      one: {label: 甲, kind: integer}
      two: {label: 乙, kind: integer}
      both: {label: 合计, derive: {rule: sum, of: [one, two]}}
""",
        encoding="utf-8",
    )
    catalogue = open_catalogue()
    record = catalogue.record([{"source": "公安人口库", "resident": {"id_number": "420112195003150023"}}])
    filled = fill(catalogue.plan(file), record, on=date(2026, 11, 23))
    assert filled["both"].reason == "after-answers"
    assert entry_of_fill(filled).typed_fields == {"one": 1, "two": 1}


def test_a_fill_counts_once_by_its_token(tmp_path: Path) -> None:
    catalogue = open_catalogue()
    sample = catalogue.samples()["health-record"]
    plan, record = catalogue.plan(39), catalogue.read_record(*sample.record)

    def filled(on: date = sample.on, filing: Filing = sample.filing) -> prefill.FilledForm:
        return fill(plan, record, on=on, filing=filing, grant=sample.grant)

    with open_ledger(tmp_path / "ledger.db") as ledger:
        first = ledger.add(filled())
        assert ledger.add(filled()) == first
        assert ledger.add(filled(), key=b"a key of sixteen") != first
        assert ledger.add(filled(), id="case 7").id == "case 7"
        other = ledger.add(filled(on=date(2026, 12, 1), filing=Filing(today=date(2027, 1, 3))))
        assert (other.number, other.month, other.on) == (4, "2027-01", "2026-12-01")
    saved = prefill.measure(filled())
    for name in ("asked", "known", "confirm", "new", "hand", "skip", "maybe", "keystrokes_blank", "seconds_left"):
        assert getattr(first, name) == getattr(saved, name)
    assert (first.keystrokes_saved, first.seconds_saved) == (saved.keystrokes_saved, saved.seconds_saved)
    assert (first.form, first.system, first.delivery) == ("health-record", 39, saved.delivery)
    assert first.model_hash == read_model().digest
    assert sum(first.typed_fields.values()) == saved.new


def test_a_spec_has_the_hash_that_sha256sum_gives(tmp_path: Path) -> None:
    catalogue = open_catalogue()
    folder = catalogue.folders[0]
    shared = [*folder.glob("codes/*.yaml"), *folder.glob("tables/*.yaml"), *folder.glob("vocabulary/*.yaml")]
    listed = sorted(file.relative_to(folder).as_posix() for file in [*shared, folder / "sources.yaml"])
    for number in (39, 2):
        form = catalogue.file(number)
        text = form.read_text(encoding="utf-8")
        blocks = [f"blocks/{file.name}" for file in sorted(folder.glob("blocks/*.yaml")) if f"use: {file.stem}" in text]
        names = [form.name, *blocks, *listed]
        done = subprocess.run(["sha256sum", *names], cwd=folder, check=True, capture_output=True)
        assert catalogue.plan(number).spec_hash == hashlib.sha256(done.stdout).hexdigest()


def test_a_spec_has_another_hash_when_what_it_rests_on_changes(tmp_path: Path) -> None:
    bundled = open_catalogue().plan(39).spec_hash
    (tmp_path / "sources.yaml").write_text("新来源: {kind: other, label: 新来源}\n", encoding="utf-8")
    assert open_catalogue(tmp_path).plan(39).spec_hash != bundled
    assert open_catalogue().plan(39).spec_hash == bundled
    assert open_catalogue().plan(36).spec_hash != bundled


# ── the command ────────────────────


def test_the_command_fills_into_a_ledger_and_verifies_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    record = open_catalogue().samples()["health-record"].demo[0]
    for _ in range(2):
        assert run(["fill", "39", str(record), "--on", "2026-11-23", "-o", "a.json", "--ledger", "ledger.db"]) == 0
    assert "ledger.db: entry 1" in capsys.readouterr().out
    assert run(["ledger", "verify", "ledger.db"]) == 0
    said = capsys.readouterr().out
    with open_ledger("ledger.db") as ledger:
        head = str(ledger.head)
    assert f"ledger.db: 1 entry, the chain is whole. Head: {head}" in said
    assert run(["ledger", "verify", "ledger.db", "--head", head]) == 0
    assert run(["ledger", "verify", "ledger.db", "--head", f"1:{'0' * 64}"]) == 1
    assert "entry 1 is another than the one that was noted" in capsys.readouterr().err
    execute("ledger.db", "UPDATE ledger_entries SET known = known + 1")
    assert run(["ledger", "verify", "ledger.db"]) == 1
    assert "ledger.db:1: entry 1 is not what was written here" in capsys.readouterr().err
    for arguments in (["ledger", "verify", "none.db"], ["ledger", "verify", "ledger.db", "--head", "x"]):
        assert run(arguments) == 2
    assert not Path("none.db").exists()
