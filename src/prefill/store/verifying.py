"""Whether a store is whole: every statement is what was written, and all that is noted of it follows from it."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from prefill.errors import Problem
from prefill.store.damage import DAMAGE
from prefill.store.lines import Subject
from prefill.store.rereading import subject_of
from prefill.store.sayings import content_of, digest_of
from prefill.store.tables import ENTITIES, IDENTITIES, MENTIONS, SAYINGS, STATEMENTS
from prefill.store.writing import Writing, chunks
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["verify"]

_REMEDY = "compare with a copy of the database from before"


def verify(connection: "Connection", vocabulary: Vocabulary, name: str) -> Iterator[Problem]:
    """Give every place where a store is not whole, by the numbers of its rows; none of their values."""

    def problem(number: int | None, what: str) -> Problem:
        return Problem(name, number, what, _REMEDY)

    entities = set(connection.execute(select(ENTITIES.c.id)).scalars())
    for entity in connection.execute(select(IDENTITIES.c.entity).distinct()).scalars():
        if entity not in entities:
            yield problem(entity, "an identity is of nobody")
    said: dict[int, str] = {}
    for row in connection.execute(select(SAYINGS.c.id, SAYINGS.c.digest, SAYINGS.c.body)):
        if not isinstance(row.body, str) or digest_of(row.body) != row.digest:
            yield problem(row.id, f"saying {row.id} is not what was written")
        said[row.id] = row.digest
    ids = list(connection.execute(select(STATEMENTS.c.id).order_by(STATEMENTS.c.id)).scalars())
    for some in chunks(ids, 500):
        yield from _statements(connection, vocabulary, name, some, entities, said)


def _statements(
    connection: "Connection",
    vocabulary: Vocabulary,
    name: str,
    ids: list[int],
    entities: set[int],
    said: dict[int, str],
) -> Iterator[Problem]:
    rows = connection.execute(select(STATEMENTS).where(STATEMENTS.c.id.in_(ids)).order_by(STATEMENTS.c.id)).all()
    noted: dict[int, set[tuple[str | None, int, str | None]]] = {row.id: set() for row in rows}
    missing: set[int] = set()
    for statement, root, entity, saying in connection.execute(
        select(MENTIONS.c.statement, MENTIONS.c.root, MENTIONS.c.entity, MENTIONS.c.saying).where(
            MENTIONS.c.statement.in_(ids)
        )
    ):
        if saying is not None and saying not in said:
            missing.add(statement)
        noted[statement].add((root, entity, said.get(saying) if saying is not None else None))
    read = {row.id: _read(row, vocabulary) for row in rows}
    subjects = [(row, subject) for row in rows if (subject := read[row.id]) is not None]
    writing = Writing(connection, vocabulary)
    writing.load(subject for _, subject in subjects)
    for row in rows:
        what = "is not what was written" if read[row.id] is None else None
        what = what or ("is of nobody" if row.context not in entities else None)
        what = what or ("says what is missing" if row.id in missing else None)
        if what is not None:
            yield Problem(name, row.id, f"statement {row.id} {what}", _REMEDY)
    for row, subject in subjects:
        placed = writing.place(subject, row.context) if row.context in entities else None
        if placed is None or row.id in missing:
            continue
        found = {(m.root, e, m.digest) for m, e in zip(placed[0].piece.mentions, placed[0].of, strict=True)}
        if found != noted[row.id]:
            yield Problem(name, row.id, f"statement {row.id} names others than are noted with it", _REMEDY)


def _read(row: Any, vocabulary: Vocabulary) -> Subject | None:
    """Read a stored statement; None if it is not what was written."""
    try:
        is_whole = digest_of(row.body) == row.digest and content_of(json.loads(row.body)) == row.body
        return subject_of(row, vocabulary) if is_whole else None
    except DAMAGE:
        return None
