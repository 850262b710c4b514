"""What people decide of identities: who is who, taken apart or taken back; and who may be one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from prefill.documents import Document
from prefill.errors import Problem, RecordError
from prefill.records.cells import Decision, Entity, Record
from prefill.records.joining import join
from prefill.records.reading import content_of, mark_of, read_statements
from prefill.records.stating import document_of, value_of

__all__ = ["Proposal", "decide", "joined_anew", "merge", "proposals", "split", "undo"]

LIKE = 85  # of 100: how much two names must be alike (rapidfuzz ratio) to be proposed


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two entities that may be one: how much they are alike (0 to 100), and in what they agree besides."""

    one: Entity
    other: Entity
    score: float
    agree: tuple[str, ...]


def merge(record: Record, one: Entity, other: Entity, *, by: str, on: date, why: str) -> Record:
    """Decide that two entities are one. See ``Record.merge``."""
    if one.number == other.number or one.type != other.type:
        what = "an entity merged with itself" if one.type == other.type else "entities of two kinds merged"
        raise RecordError([Problem(record.name, None, what, "name two entities of one kind")])
    anchors = (record.anchors[one.number][0], record.anchors[other.number][0])
    return decide(record, (*record.decisions, Decision("merge", anchors, by, on, why)))


def split(record: Record, entity: Entity, source: str, *, by: str, on: date, why: str) -> Record:
    """Decide that what a source says of an entity is said of another. See ``Record.split``."""
    sources = {mark_of(content_of(statement)): statement.get("source") for statement in record.statements}
    everywhere = record.anchors[entity.number]
    stated = tuple([anchor for anchor in everywhere if sources.get(anchor.split("/")[0]) == source])
    if not stated or len(stated) == len(everywhere):
        what = f"'{source}' does not speak of this entity" if not stated else f"only '{source}' speaks of this entity"
        raise RecordError([Problem(record.name, None, what, "name one of the several sources that speak of it")])
    return decide(record, (*record.decisions, Decision("split", stated, by, on, why)))


def undo(record: Record, decision: Decision) -> Record:
    """Take a decision back. See ``Record.undo``."""
    if decision not in record.decisions:
        raise RecordError([Problem(record.name, None, "not a decision of this record", "see record.decisions")])
    return decide(record, [kept for kept in record.decisions if kept != decision])


def decide(record: Record, decisions: Iterable[Decision]) -> Record:
    """Give the record as other decisions make it."""
    return joined_anew(record, record.statements, tuple(decisions))


def joined_anew(record: Record, statements: Iterable[Mapping[str, Any]], decisions: Iterable[Decision]) -> Record:
    """Join a record anew, of these statements and decisions. Raises RecordError where they contradict each other."""
    document = Document(record.name, list(statements))
    return join(read_statements(document, record.vocabulary), record.vocabulary, document, tuple(decisions))


def proposals(record: Record) -> tuple[Proposal, ...]:
    """Propose which entities may be one, the likeliest first. See ``Record.proposals``."""
    from rapidfuzz import fuzz  # for proposals alone

    found = []
    for number, one in enumerate(record.entities):
        kind = record.vocabulary.types[one.type]
        for other in record.entities[number + 1 :] if kind.similar else ():
            if other.type != one.type or (document_of(record, one) and document_of(record, other)):
                continue
            names = (value_of(one, kind.similar), value_of(other, kind.similar))
            pairs = {attribute: (value_of(one, attribute), value_of(other, attribute)) for attribute in kind.same}
            known = {attribute: pair for attribute, pair in pairs.items() if None not in pair}
            if None in names or any(a != b for a, b in known.values()):
                continue
            score = fuzz.ratio(*map(str, names))
            if score >= LIKE:
                found.append(Proposal(one, other, score, tuple(known)))
    return tuple(sorted(found, key=lambda p: (-len(p.agree), -p.score, p.one.number, p.other.number)))
