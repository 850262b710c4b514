"""New facts into a record, and what people decide of identities: every change gives a new record of the old statements and more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from prefill.documents import Document
from prefill.errors import Problem, RecordError
from prefill.records.cells import Decision, Entity, Record
from prefill.records.facts import Absence, Fact
from prefill.records.joining import join
from prefill.records.reading import read_statements
from prefill.vocabulary import Path, UnknownTerm

__all__ = ["Proposal", "decide", "learn", "merge", "proposals", "split"]

LIKE = 85  # of 100: how much two names must be alike (rapidfuzz ratio) to be proposed


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two entities that may be one: how much they are alike (0 to 100), and in what they agree besides."""

    one: Entity
    other: Entity
    score: float
    agree: tuple[str, ...]


def learn(record: Record, facts: Iterable[Fact]) -> Record:
    """Give a record that knows these facts too. See ``Record.learn``."""
    known = [*record.statements]
    decisions = [*record.decisions]
    problems = []
    for fact in dict.fromkeys(facts):
        try:
            path = record.vocabulary.path(fact.path)
        except UnknownTerm as error:
            problems.append(Problem(record.name, None, f"unknown term '{fact.path}'", error.remedy))
            continue
        if path.term.to is not None or any(role.many for role in path.roles):
            what = f"'{fact.path}' is no single fact"
            problems.append(Problem(record.name, None, what, "name a term of one entity, reached through single roles"))
            continue
        entity = _entity_at(record, path)
        if entity is not None and _is_known(entity, path.term.path, fact):
            continue
        statement = {**_head(fact), **_stated(record, path, fact, entity)}
        if statement in known:
            continue
        known.append(statement)
        documented = entity is not None and _document_of(record, entity)
        if path.roles and entity is not None and not documented:
            anchors = (*record.anchors[entity.number][:1], f"{len(known) - 1}/entities.{entity.type}/0")
            decisions.append(
                Decision("merge", anchors, fact.source, date.fromisoformat(str(fact.as_of)), "learnt of it")
            )
    if problems:
        raise RecordError(problems)
    return _join(record, known, decisions)


def _is_known(entity: Entity, attribute: str, fact: Fact) -> bool:
    cell = entity.cells.get(attribute)
    told = (fact.value, fact.source, fact.as_of, fact.origin)
    return cell is not None and any((f.value, f.source, f.as_of, f.origin) == told for f in cell.facts)


def _head(fact: Fact) -> dict[str, Any]:
    head = {"source": fact.source, "as_of": fact.as_of, "origin": fact.origin, "purpose": fact.purpose}
    return {key: value for key, value in head.items() if value is not None}


def _entity_at(record: Record, path: Path) -> Entity | None:
    """Find the entity that a path leads to, as the record stands when all its facts are past; None where that is in doubt."""
    cell = record.context.cells.get(path.root)
    found = cell.settled[1] if cell is not None and path.root not in record.ambiguous else None
    for role in path.roles:
        step = found.settled.get(role.path) if isinstance(found, Entity) else None
        found = step[1] if step is not None else None
    return found if isinstance(found, Entity) else None


def _stated(record: Record, path: Path, fact: Fact, entity: Entity | None) -> dict[str, Any]:
    """Write a fact as a statement has it: of the root's entity, or of the one that a role leads to."""
    said: dict[str, Any] = {}
    if entity is not None:
        said.update(_document_of(record, entity))
    if fact.value is Absence.NOT_APPLICABLE:
        said["not_applicable"] = [path.term.path]
    else:
        _put(said, path.term.path, list(fact.value) if isinstance(fact.value, tuple) else fact.value)
    if not path.roles:
        return {path.root: said}
    if entity is not None:
        return {"entities": [{"type": entity.type, **said}]}
    for role in reversed(path.roles):  # nobody is known in this role yet
        outer: dict[str, Any] = {}
        _put(outer, role.path, said)
        said = outer
    return {path.root: said}


def _put(into: dict[str, Any], path: str, value: Any) -> None:
    *branches, leaf = path.split(".")
    for branch in branches:
        into = into.setdefault(branch, {})
    into[leaf] = value


def _document_of(record: Record, entity: Entity) -> dict[str, Any]:
    """Give the first document that an entity is known by, as a statement has it."""
    for attribute in record.vocabulary.types[entity.type].documents:
        found = entity.settled.get(attribute)
        if found is not None and isinstance(found[1], str):
            said: dict[str, Any] = {}
            _put(said, attribute, found[1])
            return said
    return {}


def merge(record: Record, one: Entity, other: Entity, *, by: str, on: date, why: str) -> Record:
    """Decide that two entities are one. See ``Record.merge``."""
    anchors = (record.anchors[one.number][0], record.anchors[other.number][0])
    return decide(record, (*record.decisions, Decision("merge", anchors, by, on, why)))


def split(record: Record, entity: Entity, source: str, *, by: str, on: date, why: str) -> Record:
    """Decide that what a source says of an entity is said of another. See ``Record.split``."""
    stated = [
        anchor
        for anchor in record.anchors[entity.number]
        if record.statements[int(anchor.split("/")[0])].get("source") == source
    ]
    if not stated or len(stated) == len(record.anchors[entity.number]):
        what = f"'{source}' does not speak of this entity" if not stated else f"only '{source}' speaks of this entity"
        raise RecordError([Problem(record.name, None, what, "name one of the several sources that speak of it")])
    return decide(record, (*record.decisions, Decision("split", tuple(stated), by, on, why)))


def decide(record: Record, decisions: Iterable[Decision]) -> Record:
    """Give the record as other decisions make it."""
    return _join(record, record.statements, tuple(decisions))


def _join(record: Record, statements: Iterable[Mapping[str, Any]], decisions: Iterable[Decision]) -> Record:
    document = Document(record.name, list(statements))
    return join(read_statements(document, record.vocabulary), record.vocabulary, document, tuple(decisions))


def proposals(record: Record) -> tuple[Proposal, ...]:
    """Propose which entities may be one, the likeliest first. See ``Record.proposals``."""
    from rapidfuzz import fuzz  # for proposals alone

    found = []
    for number, one in enumerate(record.entities):
        kind = record.vocabulary.types[one.type]
        for other in record.entities[number + 1 :] if kind.similar else ():
            if other.type != one.type or (_document_of(record, one) and _document_of(record, other)):
                continue
            names = (_value(one, kind.similar), _value(other, kind.similar))
            pairs = {attribute: (_value(one, attribute), _value(other, attribute)) for attribute in kind.same}
            known = {attribute: pair for attribute, pair in pairs.items() if None not in pair}
            if None in names or any(a != b for a, b in known.values()):
                continue
            score = fuzz.ratio(*map(str, names))
            if score >= LIKE:
                found.append(Proposal(one, other, score, tuple(known)))
    return tuple(sorted(found, key=lambda p: (-len(p.agree), -p.score, p.one.number, p.other.number)))


def _value(entity: Entity, attribute: str | None) -> Any:
    found = entity.settled.get(attribute or "")
    return found[1] if found is not None else None
