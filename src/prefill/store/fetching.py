"""Records out of the store: the statements of a subject, and what others say of him and of those whom he is linked to, some hundreds at a time."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from prefill.documents import Document
from prefill.errors import Problem, RecordError
from prefill.records import Decision, Record, Statement, join, read_statements
from prefill.store.damage import DAMAGE
from prefill.store.deciding import identified
from prefill.store.sayings import as_root
from prefill.store.tables import DECISIONS, ENTITIES, MENTIONS, SAYINGS, STATEMENTS
from prefill.store.writing import chunks
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Found", "Joining", "fetch", "record_of", "subjects_of"]

AT_ONCE: Final = 200
"""Subjects that are fetched together."""


@dataclass(slots=True)
class Found:
    """What the store holds of one subject: his own statements first, then those of others on him and on linked entities.

    ``decisions`` are what learning, or somebody, decided of identities among them: (what, body) as they are kept.
    """

    entity: int
    subject: str
    statements: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[tuple[str, str]] = field(default_factory=list)


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


def fetch(
    connection: "Connection", root: str, subjects: Sequence[tuple[int, str]], *, linked: bool = True
) -> list[Found]:
    """Give what the store holds of these subjects, in a few queries for all of them."""
    found = {entity: Found(entity, subject) for entity, subject in subjects}
    own = _own(connection, root, found)
    within = {id: entity for entity, rows in own.items() for id, _, _ in rows}
    named: dict[int, dict[int, None]] = {entity: {entity: None} for entity in found}  # whom his statements name
    said: dict[int, set[int]] = defaultdict(set)  # what his own statements say
    for some in chunks(within):
        wanted = select(MENTIONS.c.statement, MENTIONS.c.entity, MENTIONS.c.saying).where(
            MENTIONS.c.statement.in_(some)
        )
        for statement, entity, saying in connection.execute(wanted.order_by(MENTIONS.c.statement)):
            if linked:
                named[within[statement]][entity] = None
            said[within[statement]].add(saying)
    sayings = _sayings(connection, {entity for several in named.values() for entity in several})
    parsed: dict[int, dict[str, Any]] = {}
    for one in found.values():
        rows = own.get(one.entity, [])
        one.statements += [json.loads(body) for _, _, body in rows]
        for entity in named[one.entity]:
            for id, body in sayings.get(entity, ()):
                if id in said[one.entity]:
                    continue
                if id not in parsed:
                    parsed[id] = json.loads(body)
                one.statements.append(as_root(parsed[id], root) if entity == one.entity and not rows else parsed[id])
    about = {e: {*named[e], *(context for _, context, _ in own.get(e, ()))} for e in found}
    decisions = _decisions(connection, {entity for several in about.values() for entity in several})
    for one in found.values():
        one.decisions += [told for entity in sorted(about[one.entity]) for told in decisions.get(entity, ())]
    return list(found.values())


def _own(connection: "Connection", root: str, subjects: Collection[int]) -> dict[int, list[tuple[int, int, str]]]:
    """Give each subject's own statements (id, whose record, body): of his record; else of the one record that names him by this root."""
    own = _stated(connection, subjects)
    within: dict[int, set[int]] = defaultdict(set)
    for some in chunks([entity for entity in subjects if entity not in own]):
        contexts = (
            select(MENTIONS.c.entity, STATEMENTS.c.context)
            .join(STATEMENTS, STATEMENTS.c.id == MENTIONS.c.statement)
            .where(MENTIONS.c.entity.in_(some), MENTIONS.c.root == root)
            .distinct()
        )
        for entity, context in connection.execute(contexts):
            within[entity].add(context)
    only = {entity: next(iter(contexts)) for entity, contexts in within.items() if len(contexts) == 1}
    held = _stated(connection, set(only.values()))
    return {**own, **{entity: held[context] for entity, context in only.items() if context in held}}


def _stated(connection: "Connection", contexts: Iterable[int]) -> dict[int, list[tuple[int, int, str]]]:
    """Give the statements of these records; those on an entity by itself, without a root, are sayings like others'."""
    found: dict[int, list[tuple[int, int, str]]] = {}
    columns = select(STATEMENTS.c.id, STATEMENTS.c.context, STATEMENTS.c.body)
    for some in chunks(contexts):
        wanted = columns.where(STATEMENTS.c.context.in_(some), STATEMENTS.c.root.is_not(None))
        for id, context, body in connection.execute(wanted.order_by(STATEMENTS.c.id)):
            found.setdefault(context, []).append((id, context, body))
    return found


def _sayings(connection: "Connection", entities: Iterable[int]) -> Mapping[int, list[tuple[int, str]]]:
    said: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for some in chunks(entities):
        wanted = select(SAYINGS.c.entity, SAYINGS.c.id, SAYINGS.c.body).where(SAYINGS.c.entity.in_(some))
        for entity, id, body in connection.execute(wanted.order_by(SAYINGS.c.id)):
            said[entity].append((id, body))
    return said


def _decisions(connection: "Connection", entities: Iterable[int]) -> Mapping[int, list[tuple[str, str]]]:
    """Give what was decided of identities in the records of these, or of these themselves."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for some in chunks(entities):
        wanted = select(DECISIONS.c.entity, DECISIONS.c.what, DECISIONS.c.body).where(DECISIONS.c.entity.in_(some))
        for entity, what, body in connection.execute(wanted.order_by(DECISIONS.c.id)):
            found[entity].append((what, body))
    return found


def record_of(found: Found, vocabulary: Vocabulary) -> Record:
    """Make the record of what was fetched. Raises RecordError where its statements contradict each other."""
    return Joining(vocabulary).record(found)


class Joining:
    """Makes the records of what was fetched together; what the statements say that several of them share is read once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the vocabulary."""
        self.vocabulary = vocabulary
        self._read: dict[int, tuple[dict[str, Any], list[Statement], list[Problem]]] = {}

    def record(self, found: Found) -> Record:
        """Make a record. Raises RecordError where its statements contradict each other, or are not what was written."""
        try:
            return self._record(found)
        except DAMAGE:
            what, remedy = "what is stored of it is not what was written", "see what is wrong: prefill store verify"
            raise RecordError([Problem(found.subject, None, what, remedy)]) from None

    def _record(self, found: Found) -> Record:
        document = Document(found.subject, found.statements)
        if any(what == "split" for what, _ in found.decisions):  # they mark the statements that they speak of
            statements = read_statements(document, self.vocabulary)
        else:
            statements = [one for raw in found.statements for one in self._statements(raw, document)]
        decisions = _standing(found, statements) if found.decisions else ()
        return join(statements, self.vocabulary, document, decisions)

    def _statements(self, raw: dict[str, Any], document: Document) -> list[Statement]:
        """Read one statement, if it was not read before; its faults are those of each record that it stands in."""
        held = self._read.get(id(raw))
        if held is None:
            alone = Document(document.name, [raw])
            held = self._read[id(raw)] = raw, read_statements(alone, self.vocabulary), alone.problems
        _, statements, problems = held
        document.problems += [replace(problem, where=document.name) for problem in problems]
        return statements


def _standing(found: Found, statements: Sequence[Statement]) -> tuple[Decision, ...]:
    """Give the decisions whose statements are all still there: what was forgotten takes those on it along."""
    marks = {statement.mark for statement in statements}
    learnt = []
    for what, body in found.decisions:
        if what == "record":
            kind, anchors, by, on, why = json.loads(body)
            if all(anchor.split("/")[0] in marks for anchor in anchors):
                learnt.append(Decision(kind, tuple(anchors), by, date.fromisoformat(on), why))
    told = [one for one in found.decisions if one[0] != "record"]
    return (*learnt, *identified(statements, told, found.subject))
