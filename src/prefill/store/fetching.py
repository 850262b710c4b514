"""Records out of the store: the statements of a subject, and what others say of him and of those whom he is linked to, some hundreds at a time."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from prefill.documents import Document
from prefill.records import Decision, Record, join, read_statements
from prefill.store.adding import chunks
from prefill.store.sayings import as_root
from prefill.store.tables import DECISIONS, ENTITIES, MENTIONS, SAYINGS, STATEMENTS
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Found", "fetch", "record_of", "subjects_of"]

AT_ONCE: Final = 200
"""Subjects that are fetched together."""


@dataclass(slots=True)
class Found:
    """What the store holds of one subject: its own statements first, then those on linked entities."""

    entity: int
    subject: str
    statements: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def subjects_of(connection: "Connection", root: str, after: int = 0, size: int = AT_ONCE) -> list[tuple[int, str]]:
    """Give the next entities that statements take as this root, in the order in which they came."""
    wanted = (
        select(ENTITIES.c.id, ENTITIES.c.subject)
        .where(ENTITIES.c.id > after, ENTITIES.c.into.is_(None))
        .where(select(MENTIONS.c.entity).where(MENTIONS.c.root == root, MENTIONS.c.entity == ENTITIES.c.id).exists())
        .order_by(ENTITIES.c.id)
        .limit(size)
    )
    return [(entity, subject) for entity, subject in connection.execute(wanted)]


def fetch(connection: "Connection", root: str, subjects: Sequence[tuple[int, str]]) -> list[Found]:
    """Give what the store holds of these subjects, in a few queries for all of them."""
    found = {entity: Found(entity, subject) for entity, subject in subjects}
    own = _own(connection, root, found)
    named: dict[int, dict[int, None]] = defaultdict(dict)  # subject → those whom his statements name
    said: dict[int, set[int]] = defaultdict(set)  # subject → what his own statements say
    context = {id: entity for entity, rows in own.items() for id, _ in rows}
    for some in chunks(context):
        wanted = select(MENTIONS.c.statement, MENTIONS.c.entity, MENTIONS.c.saying).where(
            MENTIONS.c.statement.in_(some)
        )
        for statement, entity, saying in connection.execute(wanted.order_by(MENTIONS.c.statement)):
            named[context[statement]][entity] = None
            said[context[statement]].add(saying)
    sayings = _sayings(connection, {*found, *(entity for several in named.values() for entity in several)})
    parsed: dict[int, dict[str, Any]] = {}
    for one in found.values():
        one.statements += [json.loads(body) for _, body in own[one.entity]]
        for entity in {one.entity: None, **named[one.entity]}:
            for id, body in sayings.get(entity, ()):
                if id in said[one.entity]:
                    continue
                if id not in parsed:
                    parsed[id] = json.loads(body)
                as_subject = entity == one.entity and not own[one.entity]
                one.statements.append(as_root(parsed[id], root) if as_subject else parsed[id])
    for entity, decision in _decisions(connection, found):
        found[entity].decisions.append(decision)
    return list(found.values())


def _own(connection: "Connection", root: str, subjects: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """Give each subject's own statements: those of his record; else all of the one record that names him by this root."""
    own: dict[int, list[tuple[int, str]]] = defaultdict(list)
    wanted = select(STATEMENTS.c.context, STATEMENTS.c.id, STATEMENTS.c.body).order_by(STATEMENTS.c.id)
    for some in chunks(subjects):
        for entity, id, body in connection.execute(wanted.where(STATEMENTS.c.context.in_(some))):
            own[entity].append((id, body))
    rest = [entity for entity in subjects if entity not in own]
    within: dict[int, set[int]] = defaultdict(set)
    for some in chunks(rest):
        contexts = (
            select(MENTIONS.c.entity, STATEMENTS.c.context)
            .join(STATEMENTS, STATEMENTS.c.id == MENTIONS.c.statement)
            .where(MENTIONS.c.entity.in_(some), MENTIONS.c.root == root)
            .distinct()
        )
        for entity, context in connection.execute(contexts):
            within[entity].add(context)
    only = {next(iter(contexts)): entity for entity, contexts in within.items() if len(contexts) == 1}
    held: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for some in chunks(only):
        for context, id, body in connection.execute(wanted.where(STATEMENTS.c.context.in_(some))):
            held[context].append((id, body))
    for entity, contexts in within.items():
        if len(contexts) == 1:
            own[entity] = held[next(iter(contexts))]
    return own


def _sayings(connection: "Connection", entities: Iterable[int]) -> Mapping[int, list[tuple[int, str]]]:
    said: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for some in chunks(entities):
        wanted = select(SAYINGS.c.entity, SAYINGS.c.id, SAYINGS.c.body).where(SAYINGS.c.entity.in_(some))
        for entity, id, body in connection.execute(wanted.order_by(SAYINGS.c.id)):
            said[entity].append((id, body))
    return said


def _decisions(connection: "Connection", entities: Iterable[int]) -> Iterator[tuple[int, Decision]]:
    """Give what learning decided of the identities in these subjects' records."""
    for some in chunks(entities):
        wanted = select(DECISIONS.c.entity, DECISIONS.c.body).where(DECISIONS.c.entity.in_(some))
        for entity, body in connection.execute(wanted.where(DECISIONS.c.what == "record").order_by(DECISIONS.c.id)):
            yield entity, decision_of(body)


def decision_of(body: str) -> Decision:
    """Read a decision as it was written."""
    what, anchors, by, on, why = json.loads(body)
    return Decision(what, tuple(anchors), by, date.fromisoformat(on), why)


def record_of(found: Found, vocabulary: Vocabulary) -> Record:
    """Make the record of what was fetched. Raises RecordError where its statements contradict each other."""
    document = Document(found.subject, found.statements)
    return join(read_statements(document, vocabulary), vocabulary, document, _standing(found))


def _standing(found: Found) -> tuple[Decision, ...]:
    """Give the decisions whose statements are all still there: what was forgotten takes those on it along."""
    if not found.decisions:
        return ()
    from prefill.records.reading import content_of, mark_of

    marks = {mark_of(content_of(statement)) for statement in found.statements}
    return tuple(d for d in found.decisions if all(anchor.split("/")[0] in marks for anchor in d.anchors))
