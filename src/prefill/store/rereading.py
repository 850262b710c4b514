"""Stored statements read anew, when it was decided otherwise whose they are, or somebody was taken out of them."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from prefill.records.reading import content_of as json_of
from prefill.records.reading import mark_of
from prefill.store.lines import Subject, read_again
from prefill.store.sayings import as_root
from prefill.store.tables import DECISIONS, ENTITIES, IDENTITIES, MENTIONS, SAYINGS, STATEMENTS
from prefill.store.writing import Writing, chunks
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["identities_of", "loosen", "remove", "reread", "sayings_of", "statements_of", "subject_of", "sweep"]


def identities_of(connection: "Connection", entity: int) -> list[tuple[str, str]]:
    """Give an entity's identities: (identity, the source that alone says so or an empty text), in order."""
    wanted = select(IDENTITIES.c.key, IDENTITIES.c.source).where(IDENTITIES.c.entity == entity)
    return sorted((key, source) for key, source in connection.execute(wanted))


def statements_of(connection: "Connection", entity: int, *, own: bool = True) -> list[Any]:
    """Give the rows of all statements that name an entity, or (``own``) stand in its record."""
    naming = select(MENTIONS.c.statement).where(MENTIONS.c.entity == entity)
    where = STATEMENTS.c.id.in_(naming)
    wanted = select(STATEMENTS).where(where | (STATEMENTS.c.context == entity) if own else where)
    return list(connection.execute(wanted.order_by(STATEMENTS.c.id)).all())


def subject_of(row: Any, vocabulary: Vocabulary) -> Subject:
    """Read a stored statement as it was when it was added."""
    return read_again(json.loads(row.body), vocabulary, row.root, row.anchor, (row.anchor,), row.roots)


def remove(connection: "Connection", ids: Iterable[int]) -> set[int]:
    """Take statements out; gives the entities that they named or were of."""
    touched: set[int] = set()
    for some in chunks(ids):
        touched |= {e for (e,) in connection.execute(select(MENTIONS.c.entity).where(MENTIONS.c.statement.in_(some)))}
        touched |= {e for (e,) in connection.execute(select(STATEMENTS.c.context).where(STATEMENTS.c.id.in_(some)))}
        connection.execute(delete(MENTIONS).where(MENTIONS.c.statement.in_(some)))
        connection.execute(delete(STATEMENTS).where(STATEMENTS.c.id.in_(some)))
    return touched


def sayings_of(connection: "Connection", entities: Iterable[int]) -> set[tuple[str, str]]:
    """Give what statements say of these entities: (type, body)."""
    found: set[tuple[str, str]] = set()
    for some in chunks(sorted(entities)):
        wanted = select(ENTITIES.c.type, SAYINGS.c.body).join(SAYINGS, SAYINGS.c.entity == ENTITIES.c.id)
        found.update((kind, body) for kind, body in connection.execute(wanted.where(ENTITIES.c.id.in_(some))))
    return found


def loosen(
    connection: "Connection", vocabulary: Vocabulary, bodies: Iterable[str], sayings: Iterable[tuple[str, str]]
) -> None:
    """Take out what learning decided on statements that went: a decision holds a digest of each, which could be found by trying."""
    raw = [json.loads(body) for body in bodies]
    for kind, body in sayings:
        said = json.loads(body)
        raw += [said, *(as_root(said, root) for root, of in vocabulary.roots.items() if of == kind)]
    gone = {mark_of(json_of(one)) for one in raw}
    rows = connection.execute(select(DECISIONS.c.id, DECISIONS.c.body).where(DECISIONS.c.what == "record"))
    loose = [id for id, body in rows if not gone.isdisjoint(one.partition("/")[0] for one in json.loads(body)[1])]
    for some in chunks(loose):
        connection.execute(delete(DECISIONS).where(DECISIONS.c.id.in_(some)))


def sweep(connection: "Connection", entities: Iterable[int]) -> None:
    """Take out, of these entities, what no statement says any more, and those of whom nothing is said."""
    for some in chunks(sorted(entities)):
        said = select(MENTIONS.c.saying).where(MENTIONS.c.saying == SAYINGS.c.id)
        connection.execute(delete(SAYINGS).where(SAYINGS.c.entity.in_(some), ~said.exists()))
        named = select(MENTIONS.c.entity).where(MENTIONS.c.entity == ENTITIES.c.id).exists()
        stated = select(STATEMENTS.c.context).where(STATEMENTS.c.context == ENTITIES.c.id).exists()
        empty = select(ENTITIES.c.id).where(ENTITIES.c.id.in_(some), ~named, ~stated)
        gone = [entity for (entity,) in connection.execute(empty)]
        for table in (IDENTITIES, DECISIONS):
            connection.execute(delete(table).where(table.c.entity.in_(gone)))
        connection.execute(delete(ENTITIES).where(ENTITIES.c.id.in_(gone) | ENTITIES.c.into.in_(gone)))


def reread(connection: "Connection", vocabulary: Vocabulary, rows: Sequence[Any]) -> None:
    """Decide anew whose stored statements are and whom they name, by the identities as they are now."""
    subjects = [subject_of(row, vocabulary) for row in rows]
    writing = Writing(connection, vocabulary)
    writing.load(subjects)
    touched: set[int] = set()
    for some in chunks([row.id for row in rows]):
        touched |= {e for (e,) in connection.execute(select(MENTIONS.c.entity).where(MENTIONS.c.statement.in_(some)))}
        connection.execute(delete(MENTIONS).where(MENTIONS.c.statement.in_(some)))
    mentions = []
    for row, subject in zip(rows, subjects, strict=True):
        placed = writing.place(subject)
        if placed is None:  # it was stored, so it can be placed
            raise AssertionError("a stored statement contradicts itself")
        touched.add(row.context)
        context = writing.find(placed[0].context)
        twice = connection.execute(
            select(STATEMENTS.c.id).where(
                STATEMENTS.c.context == context, STATEMENTS.c.digest == row.digest, STATEMENTS.c.id != row.id
            )
        ).first()
        if twice is not None:
            connection.execute(delete(STATEMENTS).where(STATEMENTS.c.id == row.id))
            continue
        connection.execute(update(STATEMENTS).where(STATEMENTS.c.id == row.id).values(context=context))
        mentions.append((row.id, placed[0].piece.mentions, placed[0].of))
    writing.settle()
    writing.mention(mentions)
    sweep(connection, touched)
