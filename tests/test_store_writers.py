"""Many who learn at once: some are killed, the server is restarted among them; nothing is lost, and nothing is there twice."""

import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill import Fact, Receipt, Store, StoreError, open_catalogue, open_store
from prefill.tokens import make_token
from tests import databases
from tests.stores import id_of, record_of

CATALOGUE = open_catalogue()
ON = date(2026, 11, 23)
WORKERS, EACH, SUBJECTS = 8, 12, 3
SERVERS = [
    "sqlite",
    pytest.param(
        "postgresql", marks=pytest.mark.skipif(databases.binaries() is None, reason="PostgreSQL is not installed")
    ),
]


class Place:
    """Where the store is, and what can be restarted there."""

    def __init__(self, where: str, server: databases.Server | None) -> None:
        self.where, self.server = where, server

    def restart(self) -> None:
        if self.server is not None:
            self.server.stop(at_once=True)
            time.sleep(0.3)
            self.server.start()


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield Place(str(tmp_path / "records.db"), None)
        return
    with databases.server() as server:
        yield Place(server.url, server)


def receipts(store: Store) -> list[Receipt]:
    """A receipt of each subject's form."""
    made = []
    for number in range(SUBJECTS):
        filing = prefill.Filing(worker="示例员", today=ON)
        filled = prefill.fill(CATALOGUE.plan(39), store.record("resident", id_of(number)), on=ON, filing=filing)
        head = {"form": filled.form.id, "version": filled.form.version, "on": "2026-11-23", "token": make_token(filled)}
        made.append(prefill.receive(filled, {**head, "answers": {}}, filing=filing))
    return made


def phone(worker: int, number: int) -> str:
    return f"1390000{worker * 100 + number:04d}"


def learn_all(where: str, worker: int, given: list[Receipt], tell: Connection | None = None) -> None:
    """Learn a number of phones of each of the subjects; whoever cannot reach the store asks again."""
    with patient(lambda: open_store(where, CATALOGUE)) as store:
        for number in range(EACH):
            fact = Fact("resident.phone", phone(worker, number), "社区填报", "2026-11-23", origin="manual")
            receipt = replace(given[number % SUBJECTS], facts=(fact,))
            learnt = patient(lambda receipt=receipt: store.learn(receipt))
            assert not learnt.problems
            if tell is not None and number == EACH // 2:
                tell.send(worker)


def patient(ask: Any) -> Any:
    until = time.monotonic() + 60
    while True:
        try:
            return ask()
        except StoreError:
            assert time.monotonic() < until
            time.sleep(0.1)


def start(place: Place, worker: int, given: list[Receipt], tell: Connection | None = None) -> Any:
    process = multiprocessing.get_context("fork").Process(target=learn_all, args=(place.where, worker, given, tell))
    process.start()
    return process


def test_learners_at_once_some_killed_the_server_restarted(place: Place) -> None:
    with open_store(place.where, CATALOGUE) as store:
        for number in range(SUBJECTS):
            store.add(record_of(number))
        before, given = len(store), receipts(store)
    doomed: dict[Connection, Any] = {}
    workers = {}
    for worker in range(WORKERS):
        ours, theirs = multiprocessing.Pipe(duplex=False)
        workers[worker] = start(place, worker, given, theirs if worker % 3 == 0 else None)
        if worker % 3 == 0:
            doomed[ours] = workers[worker]
    restarted = False
    while doomed:
        wait(list(doomed))
        if not restarted:
            place.restart()
            restarted = True
        for told in [one for one in doomed if one.poll()]:
            worker, process = told.recv(), doomed.pop(told)
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            workers[worker] = start(place, worker, given)
    for process in workers.values():
        process.join()
        assert process.exitcode == 0
    expected = Counter(phone(worker, number) for worker in range(WORKERS) for number in range(EACH))
    with open_store(place.where, CATALOGUE) as store:
        assert store.verify() == ()
        assert len(store) == before + WORKERS * EACH
        learnt: Counter[str] = Counter()
        for number in range(SUBJECTS):
            record = store.record("resident", id_of(number), linked=False)
            said = [one["resident"]["phone"] for one in record.statements if one["source"] == "社区填报"]
            assert len(said) == WORKERS * EACH // SUBJECTS
            learnt.update(said)
        assert learnt == expected


def test_adders_of_the_same_records_add_them_once(place: Place) -> None:
    """Processes that add the same people at the same time, in another order each: one entity for each number, each statement once."""
    processes = [
        multiprocessing.get_context("fork").Process(target=add_all, args=(place.where, step)) for step in (1, 7, 11, 13)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with open_store(place.where, CATALOGUE) as store:
        assert len(store) == 4 * 60
        assert store.verify() == ()
        found = [json.dumps(record.statements, sort_keys=True) for _, record in store.records("resident", linked=False)]
        assert len(found) == len(set(found)) == 60


def add_all(where: str, step: int) -> None:
    with open_store(where, CATALOGUE) as store:
        for number in range(60):
            store.add(record_of(number * step % 60))


def test_who_is_killed_while_forgetting_leaves_all_or_nothing(tmp_path: Path) -> None:
    where = tmp_path / "records.db"
    with open_store(where, CATALOGUE) as store:
        store.add_all(record_of(number) for number in range(4))
        before = len(store)
    process = multiprocessing.get_context("fork").Process(target=die_forgetting, args=(str(where),))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with open_store(where, CATALOGUE) as store:
        assert len(store) == before
        assert store.verify() == ()
        store.forget("resident", id_of(2), why="asked for", on=ON)
        assert store.verify() == ()


def die_forgetting(where: str) -> None:
    from prefill.store import forgetting

    def die(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    forgetting._mark = die  # type: ignore[assignment]
    with open_store(where, CATALOGUE) as store:
        store.forget("resident", id_of(2), why="asked for", on=ON)
