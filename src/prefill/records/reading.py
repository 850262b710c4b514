"""Statements as they come (JSON, YAML, Python) → mentions of entities, each value read by its kind."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

from prefill import kinds
from prefill.documents import Document, is_too_deep
from prefill.errors import Problem, RecordError, is_name, named, nearest
from prefill.records.facts import Absence, Fact
from prefill.vocabulary import Term, Vocabulary

__all__ = ["Mention", "Statement", "read_statements"]

ORIGINS = ("manual", "override", "confirm")
_ABSENCES = {"unavailable": Absence.UNAVAILABLE, "not_applicable": Absence.NOT_APPLICABLE}
_CONTENT = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str).encode
_KEYS = ("source", "as_of", "origin", "purpose", "entities", *_ABSENCES)


@dataclass(slots=True)
class Mention:
    """One entity as one statement speaks of it: its documents, its plain facts, and the entities that it names."""

    type: str
    path: str
    statement: "Statement"
    order: tuple[int, ...]
    apart: int = 0  # of the decision that took it out of the entity that its documents name
    documents: list[tuple[str, str]] = field(default_factory=list)
    facts: list[tuple[Term, Fact]] = field(default_factory=list)
    roles: list[tuple[Term, Fact, "list[Mention]"]] = field(default_factory=list)
    link: "Mention | None" = None

    @property
    def anchor(self) -> str:
        """Which statement mentions it, and where: what decisions about identity hold on to."""
        return f"{self.statement.mark}/{self.path}/{'.'.join(map(str, self.order[1:]))}"

    @property
    def says_something(self) -> bool:
        """Whether anything is said of the entity or its membership."""
        return bool(self.facts or self.roles or (self.link and self.link.facts))


@dataclass(slots=True)
class Statement:
    """What one source says at one date about an entity and those linked to it."""

    source: str
    as_of: str | None
    day: int
    origin: str | None
    kind: str
    label: str = ""
    order: str = ""
    purpose: str | None = None
    others: list[Mention] = field(default_factory=list)
    roots: list[tuple[str, Fact, Mention | None]] = field(default_factory=list)
    _mark: str = ""

    @property
    def who(self) -> str:
        """What messages call the source: one that is not known may be anything, and is not shown."""
        return self.label if self.kind else "an unknown source"

    @property
    def mark(self) -> str:
        """What tells it from the others of its record; made once, for all that it mentions."""
        self._mark = self._mark or mark_of(self.order)
        return self._mark


def content_of(raw: Mapping[str, Any]) -> str:
    """Give a statement as one text that is the same however its keys are ordered."""
    try:
        return _CONTENT(raw)
    except (TypeError, ValueError):  # keys that are no text
        return repr(raw)


def mark_of(content: str) -> str:
    """Give a mark that tells a statement from the others of its record, wherever it stands among them."""
    return blake2b(content.encode("utf-8", "replace"), digest_size=8).hexdigest()


def read_statements(document: Document, vocabulary: Vocabulary) -> list[Statement]:
    """Read statements in the shape of the record format; faults are added to ``document.problems``, the rest is kept.

    Raises RecordError where the data is broken, or no list of statements at all.
    """
    data = document.data
    if document.broken or (
        data is None and document.problems
    ):  # a line left out may be the one that says whose the next ones are
        raise RecordError(document.problems)
    for held, key in document.twice:
        held.pop(key, None)  # of two values none is taken
    if is_too_deep(data):
        raise RecordError([Problem(document.name, None, "nested too deeply, or holds itself", "flatten the data")])
    if isinstance(data, Mapping):
        data = [data]
    if not isinstance(data, list):
        raise RecordError(
            [
                *document.problems,
                Problem(document.name, None, "not a list of statements", "write '- source: …' for each statement"),
            ]
        )
    reader = _Reader(document, vocabulary)
    found = [s for index, raw in enumerate(data) if (s := reader.statement(index, raw)) is not None]
    if not found:
        problems = document.problems or [
            Problem(document.name, None, "no statement in it", "write '- source: …' for each statement")
        ]
        raise RecordError(problems)
    return found


class _Reader:
    def __init__(self, document: Document, vocabulary: Vocabulary) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.values: dict[tuple[int, str], Any] = {}  # by term and text: sources repeat each other

    def statement(self, index: int, raw: Any) -> Statement | None:
        if not isinstance(raw, Mapping):
            self.document.problem((index,), "a statement that is no mapping", "write source, as_of and what is stated")
            return None
        name = raw.get("source")
        if not isinstance(name, str) or not name:
            self.document.problem(
                (index,), "a statement without a source", "add source: …; without it nothing can be used"
            )
            return None
        source = self.vocabulary.source_of(name)
        if source is None:
            near = nearest(name, self.vocabulary.sources)
            remedy = f"did you mean '{near}'? Or add it to sources.yaml" if near else "add it to sources.yaml"
            shown = f" '{name}'" if is_name(name) else ""  # else it may be a value that slipped into the column
            self.document.problem((index, "source"), f"unknown source{shown}; it is used without authority", remedy)
        as_of, day = self.day(index, raw.get("as_of"))
        origin = raw.get("origin")
        if origin is not None and origin not in ORIGINS:
            self.document.problem((index, "origin"), f"unknown origin {named(origin)}", "one of: " + ", ".join(ORIGINS))
            origin = None
        content = content_of(raw)
        label = source.label if source else name
        purpose = raw.get("purpose") if isinstance(raw.get("purpose"), str) else None
        statement = Statement(name, as_of, day, origin, source.kind if source else "", label, content, purpose)
        for key, value in raw.items():
            if key in _KEYS:
                continue
            if key not in self.vocabulary.roots:
                near = nearest(str(key), [*self.vocabulary.roots, *_KEYS])
                remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(self.vocabulary.roots)
                self.document.problem((index, str(key)), f"unknown key {named(key)} in a statement", remedy)
            elif value is not None:
                mention = self.mention(self.vocabulary.roots[key], (index, key), key, statement, value)
                if mention is not None:
                    statement.roots.append((key, self.fact(statement, key, None, 0), mention))
        if "entities" in raw:
            self.others(index, raw["entities"], statement)
        for key, absence in _ABSENCES.items():
            if key in raw:
                self.absences(index, key, raw[key], absence, statement)
        return statement

    def others(self, index: int, raw: Any, statement: Statement) -> None:
        """Read what is stated of entities without a word on whose spouse or member they are."""
        for number, data in enumerate(raw if isinstance(raw, list) else [] if raw is None else [raw]):
            place = (index, "entities", number)
            kind = data.get("type") if isinstance(data, Mapping) else None
            if kind not in self.vocabulary.types:
                near = nearest(str(kind), self.vocabulary.types)
                remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(self.vocabulary.types)
                self.document.problem(place, f"unknown entity type {named(kind)}", remedy)
                continue
            said = {key: value for key, value in data.items() if key not in ("type", "terms")}
            if isinstance(data.get("terms"), Mapping):  # one of which is called type
                said |= data["terms"]
            mention = self.mention(str(kind), place, f"entities.{kind}", statement, said, (index, number))
            if mention is not None:
                statement.others.append(mention)

    def day(self, index: int, raw: Any) -> tuple[str | None, int]:
        if raw is None:
            return None, 0
        try:
            as_of = kinds.read("date", raw)
        except kinds.Unreadable:
            as_of = None
        if not isinstance(as_of, str) or len(as_of) != 10:
            self.document.problem(
                (index, "as_of"), "as_of is no full date; the statement counts as undated", "write 2026-05-01"
            )
            return None, 0
        return as_of, date.fromisoformat(as_of).toordinal()

    def fact(self, statement: Statement, path: str, value: Any, rank: int) -> Fact:
        return Fact(
            sys.intern(path),
            value,
            statement.source,
            statement.as_of,
            statement.day,
            rank,
            statement.origin,
            None,
            statement.purpose,
        )

    def absences(self, index: int, key: str, raw: Any, absence: Absence, statement: Statement) -> None:
        """Read what a statement says to be unavailable or not applicable; a path speaks of the statement's own entity."""
        for number, path in self.paths(raw, (index, key)):
            root, _, rest = path.partition(".")
            kind = self.vocabulary.roots.get(root)
            if kind and not rest:
                statement.roots.append((root, self.fact(statement, root, absence, 0), None))
                continue
            mention = next((m for name, _, m in statement.roots if name == root and m is not None), None)
            if kind and mention is None:
                mention = Mention(kind, root, statement, (index, 1, number))
                statement.roots.append((root, self.fact(statement, root, None, 0), mention))
            if mention is None or not self.absent(mention, rest, absence):
                near = nearest(rest, self.vocabulary.types[kind].terms) if kind else None
                remedy = (
                    f"did you mean '{root}.{near}'?" if near else "name a root and a term of it, or the branch above"
                )
                self.document.problem((index, key, number), f"unknown term {named(path)}", remedy)

    def paths(self, raw: Any, place: tuple[str | int, ...]) -> Iterator[tuple[int, str]]:
        """Give the paths that are named as absent, each with its number."""
        if isinstance(raw, str):
            yield 0, raw
        elif isinstance(raw, Sequence) and all(isinstance(path, str) for path in raw):
            yield from enumerate(raw)
        elif raw is not None:
            self.document.problem(place, f"'{place[-1]}' is no list of paths; it is left out", "write a list of paths")

    def absent(self, mention: Mention, path: str, absence: Absence) -> bool:
        """Note the absence of a term, or of all under a branch; False where there is none of that name."""
        terms = self.vocabulary.types[mention.type].below(path)
        for term in terms:
            fact = self.fact(
                mention.statement, f"{mention.path}.{term.path}", absence, term.rank(mention.statement.kind)
            )
            mention.facts.append((term, fact))
        return bool(terms)

    def mention(
        self,
        kind: str,
        place: tuple[str | int, ...],
        path: str,
        statement: Statement,
        raw: Any,
        order: tuple[int, ...] = (),
        link: Mapping[str, Term] | None = None,
    ) -> Mention | None:
        """Read one entity; what does not belong is reported and left."""
        if not isinstance(raw, Mapping):
            self.document.problem(place, f"'{path}' is no mapping", "write its terms and values under it")
            return None
        made = Mention(kind, path, statement, order or (int(place[0]),))
        if link:
            made.link = Mention(kind, path, statement, made.order)
        self.terms(made, place, path, "", raw, link or {})
        return made

    def terms(
        self,
        made: Mention,
        place: tuple[str | int, ...],
        path: str,
        prefix: str,
        raw: Mapping[str, Any],
        link: Mapping[str, Term],
    ) -> None:
        entity = self.vocabulary.types[made.type]
        for key, value in raw.items():
            name = f"{prefix}{key}"
            at = (*place, key)
            if value is None and (entity.is_prefix(name) or name in _ABSENCES):
                continue  # a branch with nothing under it
            if name in _ABSENCES and name not in entity.terms:
                for number, absent in self.paths(value, at):
                    if not self.absent(made, absent, _ABSENCES[name]):
                        near = nearest(absent, entity.terms)
                        remedy = (
                            f"did you mean '{near}'?" if near else f"see the terms of '{made.type}' in the vocabulary"
                        )
                        self.document.problem((*at, number), f"unknown term {named(absent)}", remedy)
            elif (term := entity.terms.get(name)) is not None:
                self.value(made, term, at, f"{path}.{key}", value)
            elif (term := link.get(name)) is not None and made.link is not None:
                self.value(made.link, term, at, f"{path}.{key}", value)
            elif isinstance(value, Mapping) and (entity.is_prefix(name) or any(p.startswith(name + ".") for p in link)):
                self.terms(made, at, f"{path}.{key}", f"{name}.", value, link)
            else:
                near = nearest(name, [*entity.terms, *link])
                remedy = f"did you mean '{near}'?" if near else f"see the terms of '{made.type}' in the vocabulary"
                self.document.problem(at, f"unknown term {named(f'{path}.{key}')}; it is left out", remedy)

    def value(self, made: Mention, term: Term, place: tuple[str | int, ...], path: str, raw: Any) -> None:
        if raw is None:
            return
        statement = made.statement
        if term.to is not None:
            self.role(made, term, place, path, raw)
            return
        try:
            value = self.read(term, raw)
        except kinds.Unreadable as error:
            what = f"the value of '{path}' by {statement.who} is unreadable ({error})"
            self.document.problem(place, what, "correct it at its source; the term counts as unreadable until then")
            value = Absence.UNREADABLE
        if value is None:
            return
        made.facts.append((term, self.fact(statement, path, value, term.rank(statement.kind))))
        if value is not Absence.UNREADABLE and term.path in self.vocabulary.types[made.type].documents:
            made.documents.append((term.path, _document_key(term, value)))

    def read(self, term: Term, raw: Any) -> Any:
        """Read a value by its term's kind; a text that the record has had there is not read again. Raises kinds.Unreadable."""
        if type(raw) is not str:
            return kinds.read(term.kind, raw, term.codes, unit=term.unit)
        key = id(term), raw
        if key not in self.values:
            self.values[key] = kinds.read(term.kind, raw, term.codes, unit=term.unit)
        return self.values[key]

    def role(self, made: Mention, term: Term, place: tuple[str | int, ...], path: str, raw: Any) -> None:
        statement = made.statement
        fact = self.fact(statement, path, None, term.rank(statement.kind))
        if term.many != isinstance(raw, Sequence) or isinstance(raw, str):
            wanted = "a list" if term.many else "one entity and no list"
            self.document.problem(place, f"'{path}' takes {wanted}; it is left out", f"write {wanted}")
            made.facts.append((term, fact._replace(value=Absence.UNREADABLE)))
            return
        found: list[Mention] = []
        kind, items = str(term.to), raw if term.many else [raw]
        whole = True
        for index, item in enumerate(items):
            if item is None:
                continue
            at = (*place, index) if term.many else place
            faults = len(self.document.problems)
            child = self.mention(kind, at, path, statement, item, (*made.order, len(made.roles), index), term.link)
            if child is None:
                whole = False
            elif child.says_something or len(self.document.problems) > faults:  # a blank line of a table is nobody
                found.append(child)
        if not whole and term.many:  # a list with an unreadable item is not known whole
            made.facts.append((term, fact._replace(value=Absence.UNREADABLE)))
        elif found or not items:
            made.roles.append((term, fact, found))


def _document_key(term: Term, value: Any) -> str:
    """Two ways to write one number are one document: a 15-digit ID number is that of 18 digits."""
    return kinds.id_18(value) if term.kind == "id_number" else str(value)
