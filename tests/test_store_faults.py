"""What a store says that cannot go on: a line of its own, never a driver's words, a value or a password."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from prefill import Store, StoreError, open_catalogue, open_store
from prefill.errors import RecordError
from tests.stores import id_of, record_of

CATALOGUE = open_catalogue()
ON = date(2026, 11, 23)
DECIDED: dict[str, Any] = {"by": "示例员", "on": ON, "why": "x"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "records.db", CATALOGUE) as opened:
        opened.add_all(record_of(number) for number in range(8))
        yield opened


ASKED: list[Callable[[Store], object]] = [
    lambda store: list(store.records("resident")),
    lambda store: store.record("resident", id_of(1)),
    lambda store: store.add(record_of(2)),
    lambda store: store.forget("resident", id_of(3), why="x", on=ON),
    lambda store: store.retain("健康档案", since=ON, why="x"),
    lambda store: store.merge("resident", id_of(4), id_of(5), **DECIDED),
    lambda store: store.split("resident", id_of(5), "健康档案", **DECIDED),
    lambda store: store.decisions(),
    lambda store: store.undo(1),
    lambda store: store.subject("resident", id_of(6)),
    lambda store: len(store),
    lambda store: store.verify(),
]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE store_statements SET body = '{'",
        "UPDATE store_statements SET body = x'ff00'",
        "UPDATE store_statements SET body = '[]'",
        "UPDATE store_statements SET anchor = 'x'",
        "UPDATE store_statements SET roots = 'x'",
        "UPDATE store_statements SET context = 'x'",
        "UPDATE store_sayings SET body = '[1'",
        "DELETE FROM store_entities",
        "DROP TABLE store_sayings",
        "INSERT INTO store_decisions (id, entity, what, body) VALUES (1, 1, 'merge', '{}')",
        "INSERT INTO store_decisions (id, entity, what, body) VALUES (1, 1, 'record', '{}')",
        "UPDATE store_keys SET key = 'zz'",
        "DELETE FROM store_keys",
    ],
)
def test_a_database_that_somebody_changed_is_an_error_in_a_line(store: Store, tmp_path: Path, change: str) -> None:
    connection = sqlite3.connect(tmp_path / "records.db")
    with connection:
        connection.execute(change)
    connection.close()
    told = []
    for ask in ASKED:
        try:
            ask(store)
        except (StoreError, RecordError) as error:
            told.append(str(error))
    assert any("wrote" in line or "written" in line or "records.db" in line for line in told)
    assert not [line for line in told if "\n" in line or "王" in line or id_of(1)[:14] in line]


def test_a_full_disk_is_told_and_nothing_is_half_written(store: Store) -> None:
    from sqlalchemy import event

    before = len(store)
    engine = store._database._engine
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 1"))
    engine.dispose()  # from here on the file may not grow
    with pytest.raises(StoreError, match=r"^records\.db: the disk is full: make room$"):
        store.add_all(record_of(number) for number in range(8, 400))
    assert len(store) == before
    assert store.verify() == ()


@pytest.mark.parametrize(
    "url",
    ["postgresql://a:geheim@127.0.0.1:1/b", "postgresql://a@127.0.0.1:1/b?password=geheim", "mysql://a:geheim@h/b"],
)
def test_no_password_is_told(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url, CATALOGUE)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)
