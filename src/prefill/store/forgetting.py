"""Forgetting somebody, and keeping no longer what a source said: the values go, a tombstone without any stays."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from prefill.store.adding import add_lines
from prefill.store.lines import Subject, key_text, lent_of, read_again, read_line
from prefill.store.redacting import Gone, name_of, redact, rest_of
from prefill.store.rereading import identities_of, loosen, remove, sayings_of, statements_of, sweep
from prefill.store.sayings import Key, Names
from prefill.store.tables import DECISIONS, ENTITIES, IDENTITIES, RETENTIONS, SAYINGS, STATEMENTS, TOMBSTONES
from prefill.store.tombstones import mark_key, mark_of, of_name, of_source
from prefill.store.writing import chunks
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Forgotten", "forget", "retain"]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting took out: statements of his record, statements of others that named him, and that are kept without him."""

    statements: int
    mentions: int


def forget(connection: "Connection", vocabulary: Vocabulary, entity: int, why: str, on: date) -> Forgotten:
    """Take an entity out of everything that is stored, and leave a tombstone for each of its identities."""
    known = identities_of(connection, entity)
    rows = statements_of(connection, entity)
    own = [row for row in rows if row.context == entity]
    others = [row for row in rows if row.context != entity]
    names = _names(own, others, vocabulary, {key for key, _ in known})
    of_others = _around(connection, {row.context for row in others}, entity)
    marks = {of_source(key, source) for key, source in known}

    def gone(source: str) -> Gone:
        def is_gone(_: str, keys: Sequence[Key], name: str | None) -> bool:
            told = {words for key in keys for words in (of_source(key_text(key), ""), of_source(key_text(key), source))}
            return not marks.isdisjoint(told) or name in names

        return is_gone

    lines = _kept(own, others + of_others, vocabulary, gone)
    taken = [*own, *(row for row, _ in lines if row.context != entity)]
    touched = remove(connection, [row.id for row in taken])
    said = sayings_of(connection, touched | {entity})
    for table in (SAYINGS, IDENTITIES, DECISIONS):
        connection.execute(delete(table).where(table.c.entity == entity))
    connection.execute(delete(ENTITIES).where((ENTITIES.c.id == entity) | (ENTITIES.c.into == entity)))
    add_lines(connection, vocabulary, [subjects for _, subjects in lines if subjects])
    sweep(connection, touched - {entity})
    loosen(connection, vocabulary, [row.body for row in taken], said - sayings_of(connection, touched))
    subjects = {row.anchor for row in (*others, *of_others)}
    marks |= {of_name(anchor, name) for anchor in subjects for name in names}
    _mark(connection, marks, why, on)
    return Forgotten(len(own), len({row.id for row, _ in lines if row.context != entity}))


def _around(connection: "Connection", contexts: set[int], entity: int) -> list[Any]:
    """Give all statements of the records that name somebody: others in them may speak of him by his name alone."""
    return list(connection.execute(select(STATEMENTS).where(STATEMENTS.c.context.in_(contexts - {entity}))).all())


def _names(own: Sequence[Any], others: Sequence[Any], vocabulary: Vocabulary, keys: set[str]) -> set[str]:
    """Give the names by which somebody is known."""
    found = set()
    ids = {row.id for row in own}
    for row in (*own, *others):
        for one in Names(vocabulary).of(_body(row)):
            is_own = row.id in ids and one.root is not None and one.root == row.root
            if is_own or not keys.isdisjoint(map(key_text, one.keys)):
                found.add(name_of(vocabulary, one.type, one.said))
    return {name for name in found if name is not None}


def _kept(
    own: Sequence[Any], others: Sequence[Any], vocabulary: Vocabulary, gone: "Callable[[str], Gone]"
) -> list[tuple[Any, list[Subject]]]:
    """Give what is to be stored in place of the statements that named somebody: each with what is left of it."""
    found: list[tuple[Any, list[Subject]]] = []
    for row in own:
        for rest in rest_of(_body(row), vocabulary, gone(row.source)):
            found.append((row, read_line([rest], vocabulary, ("store", None))[0]))
    for row in {row.id: row for row in others}.values():
        before = _body(row)
        after = redact(before, vocabulary, gone(row.source), lent_of(row.roots))
        if after != before:
            again = read_again(after, vocabulary, row.root, row.anchor, (row.anchor,), row.roots)
            found.append((row, [again]))
    return found


def _body(row: Any) -> Any:
    return json.loads(row.body)


def _mark(connection: "Connection", marks: set[tuple[str, ...]], why: str, on: date) -> None:
    key = mark_key(connection)
    made = sorted({mark_of(key, *words) for words in marks})
    for some in chunks(made):
        connection.execute(delete(TOMBSTONES).where(TOMBSTONES.c.mark.in_(some)))
    connection.execute(insert(TOMBSTONES), [{"mark": mark, "why": why, "on": on.isoformat()} for mark in made])


def retain(connection: "Connection", vocabulary: Vocabulary, source: str, since: date, why: str) -> int:
    """Keep of a source only what it said since a day, now and of all that is added later; gives how many statements went."""
    day = since.isoformat()
    held = connection.execute(select(RETENTIONS.c.since).where(RETENTIONS.c.source == source)).scalar()
    if held is None or held < day:
        connection.execute(delete(RETENTIONS).where(RETENTIONS.c.source == source))
        connection.execute(insert(RETENTIONS), [{"source": source, "since": day, "why": why}])
    old = select(STATEMENTS.c.id, STATEMENTS.c.body).where(STATEMENTS.c.source == source, STATEMENTS.c.as_of < day)
    rows = connection.execute(old).all()
    touched = remove(connection, [row.id for row in rows])
    said = sayings_of(connection, touched)
    sweep(connection, touched)
    loosen(connection, vocabulary, [row.body for row in rows], said - sayings_of(connection, touched))
    return len(rows)
