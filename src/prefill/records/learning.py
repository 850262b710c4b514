"""New facts into a record, and what people decide of identities: every change gives a new record of the old statements and more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from prefill import kinds
from prefill.documents import Document
from prefill.errors import Problem, RecordError, named
from prefill.records.cells import Decision, Entity, Record
from prefill.records.facts import Absence, Fact
from prefill.records.joining import join
from prefill.records.reading import content_of, mark_of, read_statements
from prefill.vocabulary import Path, UnknownTerm

__all__ = ["Proposal", "decide", "learn", "merge", "proposals", "split", "undo"]

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
            path = _single(record, fact)
            entity = _entity_at(record, path)
            value = _readable(record, path, fact, entity)
        except _Refused as refused:
            problems.append(Problem(record.name, None, refused.what, refused.remedy))
            continue
        if entity is not None and _is_known(entity, path.term.path, fact._replace(value=value)):
            continue
        bare = (
            entity is not None and bool(path.roles) and (_is_apart(record, entity) or not _document_of(record, entity))
        )
        statement = {**_head(fact), **_stated(record, path, value, entity, bare)}
        if statement in known:
            continue
        known.append(statement)
        if entity is not None and bare:
            here = f"{mark_of(content_of(statement))}/entities.{entity.type}/0"
            day = date.fromisoformat(fact.as_of) if fact.as_of else date.min
            anchors = (record.anchors[entity.number][0], here)
            decisions.append(Decision("merge", anchors, fact.source, day, "learnt of it"))
    if problems:
        raise RecordError(problems)
    return _join(record, known, decisions)


class _Refused(Exception):
    """A fact that cannot be learnt: what, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def _single(record: Record, fact: Fact) -> Path:
    """Resolve the path of a fact that is to be learnt."""
    try:
        path = record.vocabulary.path(fact.path)
    except UnknownTerm as error:
        raise _Refused(f"unknown term {named(fact.path)}", error.remedy) from None
    if path.term.to is not None or any(role.many for role in path.roles):
        raise _Refused(f"'{fact.path}' is no single fact", "name a term of one entity, reached through single roles")
    if path.on_link:
        raise _Refused(f"'{fact.path}' belongs to a membership", "state it with the member, in a statement")
    return path


def _readable(record: Record, path: Path, fact: Fact, entity: Entity | None) -> Any:
    """Read a fact's value and date as a statement's would be."""
    try:
        value = fact.value
        if value is not Absence.NOT_APPLICABLE:
            raw = list(value) if isinstance(value, tuple) else value
            value = kinds.read(path.term.kind, raw, path.term.codes, unit=path.term.unit)
        if fact.as_of is not None and date.fromisoformat(fact.as_of).isoformat() != fact.as_of:
            raise ValueError
    except kinds.Unreadable as error:
        raise _Refused(f"the value of '{fact.path}' is unreadable ({error})", "correct it") from None
    except (TypeError, ValueError):
        raise _Refused(f"the date of '{fact.path}' is no full date", "write it like 2026-11-23") from None
    if value is None:
        raise _Refused(
            f"'{fact.path}' has no value", "leave it out; Absence.NOT_APPLICABLE says that it does not apply"
        )
    only = record.vocabulary.types[entity.type].documents[:1] if entity is not None else ()
    held = entity.settled.get(path.term.path) if entity is not None and path.term.path in only else None
    if held is not None and held[1] is not None and not _same_number(path.term.kind, held[1], value):
        what = f"'{fact.path}' would be another number than that by {', '.join(sorted({f.source for f in held[2]}))}"
        raise _Refused(what, "find out which is right; correct it at its source, or split what is about somebody else")
    return value


def _same_number(kind: str, one: Any, other: Any) -> bool:
    return bool(kinds.id_18(one) == kinds.id_18(other) if kind == "id_number" else one == other)


def _is_apart(record: Record, entity: Entity) -> bool:
    """Whether somebody decided that it is not the one whose documents it bears."""
    split_off = {anchor for decision in record.decisions if decision.what == "split" for anchor in decision.anchors}
    return not split_off.isdisjoint(record.anchors[entity.number])


def _is_known(entity: Entity, attribute: str, fact: Fact) -> bool:
    cell = entity.cells.get(attribute)
    told = (fact.value, fact.source, fact.as_of, fact.origin)
    return cell is not None and any((f.value, f.source, f.as_of, f.origin) == told for f in cell.facts)


def _head(fact: Fact) -> dict[str, Any]:
    head = {"source": fact.source, "as_of": fact.as_of, "origin": fact.origin, "purpose": fact.purpose}
    return {key: value for key, value in head.items() if value is not None}


def _entity_at(record: Record, path: Path) -> Entity | None:
    """Find the entity that a path leads to, as the record stands when all its facts are past; None where there is none yet."""
    cell = record.context.cells.get(path.root)
    if path.root in record.ambiguous:
        raise _Refused(f"'{path.root}' may be several", "decide first who it is: merge, split, or one record for each")
    found = cell.settled[1] if cell is not None else None
    for number, role in enumerate(path.roles):
        step = found.settled.get(role.path) if isinstance(found, Entity) else None
        if step is not None and step[0] in ("candidates", "disputed"):
            where = ".".join((path.root, *(r.path for r in path.roles[: number + 1])))
            raise _Refused(f"'{where}' may be several", "decide first who it is: merge, or let a source say it")
        found = step[1] if step is not None else None
    return found if isinstance(found, Entity) else None


def _stated(record: Record, path: Path, value: Any, entity: Entity | None, bare: bool) -> dict[str, Any]:
    """Write a fact as a statement has it: of the root's entity, or of the one that a role leads to."""
    said: dict[str, Any] = {}
    if entity is not None and not bare:
        said.update(_document_of(record, entity))
    if value is Absence.NOT_APPLICABLE:
        said["not_applicable"] = [path.term.path]
    else:
        _put(said, path.term.path, list(value) if isinstance(value, tuple) else value)
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
