"""What a store says that cannot go on: a line of its own, never a driver's words, a value or a password."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from prefill import Store, StoreError, open_catalogue, open_ledger, open_store
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


@pytest.mark.parametrize("held", ["another program's tables", "another program's log", "a ledger", "nothing"])
@pytest.mark.parametrize("url", [False, True])
def test_what_is_no_store_is_not_made_one_by_reading_it(tmp_path: Path, held: str, url: bool) -> None:
    file = tmp_path / "other.db"
    if held == "a ledger":
        open_ledger(file).close()
    else:
        file.touch()
    if held.startswith("another"):
        with closing(sqlite3.connect(file)) as connection:
            if held.endswith("log"):
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE t (x)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"^other\.db: there is no record store in it: .*prefill store add"):
        open_store(f"sqlite:///{file}" if url else file, CATALOGUE, create=False)
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["other.db"]
    with open_store(file, CATALOGUE) as made:  # who adds may share a database with others
        made.add(record_of(1))
    with open_store(file, CATALOGUE, create=False) as made:
        assert len(made) == 4


def test_what_is_no_database_or_not_there_is_told_as_before(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a text of no database, and a long one, too\n" * 99, encoding="utf-8")
    for name, words in (("a.txt", "it is no SQLite database"), ("none.db", "there is no file"), ("", "is a folder")):
        with pytest.raises(StoreError, match=words):
            open_store(tmp_path / name, CATALOGUE, create=False)
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_of_two_with_a_number_one_is_asked_for_by_a_command_that_there_is(store: Store) -> None:
    from prefill.cli.storing import store_commands

    store.add([{"source": "社区网格", "resident": {"passport_no": "E12345678", "name": "王示例"}}])
    store.add([{"source": "社区网格", "resident": {"birth_certificate_no": "E12345678", "name": "李小例"}}])
    with pytest.raises(StoreError, match=r"two of type .* by its id") as caught:
        store.record("resident", "E12345678")
    (named,) = re.findall(r"prefill store (\w+)", str(caught.value))
    assert named in {one.name or getattr(one.callback, "__name__", "") for one in store_commands.registered_commands}


def test_a_key_that_stands_twice_is_told_without_its_words(store: Store, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(
        f'{{"source": "社区网格", "{id_of(1)}": 1, "{id_of(1)}": 2}}\n{{"source": "a", "source": "b"}}\n',
        encoding="utf-8",
    )
    told = [str(one) for one in store.add_file(tmp_path / "bad.jsonl").problems]
    assert ["one that is no name (not shown) stands twice" in told[0], "'source' stands twice" in told[1]] == [True] * 2
    assert id_of(1) not in "".join(told)
