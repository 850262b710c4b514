"""What the record learns of a receipt, and what an authority is asked to look at."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from prefill import kinds
from prefill.filling import Entry, SourcedFact
from prefill.receiving.answers import rows_of
from prefill.receiving.asked import Asked, Spot, entity_at, is_denied, same
from prefill.receiving.corrections import Correction, Stated
from prefill.receiving.deciding import Stating, value_of
from prefill.receiving.model import Answer, Unlearnt
from prefill.receiving.reading import Place
from prefill.receiving.strangers import Whose, kind_of, whose
from prefill.records import Absence, Entity, Fact
from prefill.records.facts import Added
from prefill.vocabulary import Path, UnknownTerm, Vocabulary

__all__ = ["Learnt", "learnt", "marked"]

_SAID: Final = ("unreadable", "no-matching-option", "ask-always")
"""Reasons of an empty cell for which the record does say something, or may: what is typed there is the worker's word against it."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """The facts to learn, the answers that they are of, and the requests to authorities."""

    facts: tuple[Fact, ...]
    places: frozenset[Place]
    corrections: tuple[Correction, ...]


def learnt(
    asked: Asked,
    answers: Mapping[Place, Answer],
    stating: Stating,
    token: str,
    worker: str | None,
    doubted: frozenset[Whose] = frozenset(),
) -> Learnt:
    """Give what the record learns of these answers, but of those who are ``doubted``, and the requests that they leave."""
    maker = _Maker(asked, answers, stating, token, worker)
    maker.replaced |= doubted
    maker.find_replaced()
    for place, answer in answers.items():
        if answer.scope == "record" and answer.counted and not asked.plan.form.statistical:
            maker.answer(place, answer)
    if not asked.plan.form.statistical:
        for (table, row), own in rows_of(answers).items():
            maker.row(table, row, own)
    maker.leave_unnamed()
    return Learnt(tuple(maker.facts), frozenset(maker.places), tuple(maker.corrections))


class _Maker:
    def __init__(
        self, asked: Asked, answers: Mapping[Place, Answer], stating: Stating, token: str, worker: str | None
    ) -> None:
        self.asked = asked
        self.answers = answers
        self.stating = stating
        self.token = token
        self.worker = worker
        self.vocabulary: Vocabulary = asked.plan.vocabulary
        self.facts: list[Fact] = []
        self.places: set[Place] = set()
        self.corrections: list[Correction] = []
        self.replaced: set[Whose] = set()

    def find_replaced(self) -> None:
        """Find those in a role or a row who may be somebody else now, by another number or name: nothing is learnt of them."""
        for place, answer in self.answers.items():
            spot = self.asked.spots[place[0]]
            taught = self.asked.taught(spot)
            if taught is None or answer.act == "removed" or not answer.changed or (place[1] or "r")[0] != "r":
                continue
            if not taught.path.roles and spot.table is None:
                continue
            path, _, entity = self.reached(spot, place, taught.path)
            if path is not None and not self.may_state(taught.path, answer, entity, spot):
                self.replaced.add(whose(spot, place, taught.path))

    def is_replaced(self, spot: Spot, place: Place, path: Path) -> bool:
        own, _ = whose(spot, place, path)
        return any(
            own == other and (path.prefix == prefix or path.prefix.startswith(f"{prefix}."))
            for other, prefix in self.replaced
        )

    def answer(self, place: Place, answer: Answer) -> None:
        """Take one answer: to a field, to a cell of a row that was there, to a table as a whole."""
        key, row = place
        spot = self.asked.spots[key]
        if answer.act == "removed":
            self.removed(spot, place, answer)
        elif spot.slot.kind == "list":
            self.emptied(spot, place, answer)
        elif row is None or row[0] == "r":
            self.single(spot, place, answer)

    def fact(self, path: str, value: Any, origin: str, item: tuple[tuple[str, Any], ...] | None = None) -> Fact:
        stating = self.stating
        today = stating.today
        told = (path, value, stating.source, today.isoformat(), today.toordinal(), 0, origin, None)
        return Fact(*told, stating.purpose, item, stating.subject)

    def single(self, spot: Spot, place: Place, answer: Answer) -> None:
        if answer.origin == "auto" and answer.act not in ("confirmed", "chose"):
            return
        taught = self.asked.taught(spot)
        value = value_of(self.asked, spot, answer)
        entry = self.asked.entries.get(place)
        if taught is None or value is None or (entry is not None and entry.reason == "candidates"):
            return
        path, item, entity = self.reached(spot, place, taught.path)
        if path is None:
            return
        self.correct(place, answer, path, entry)
        if not self.may_state(taught.path, answer, entity, spot) or self.is_replaced(spot, place, taught.path):
            return
        if answer.act in ("confirmed", "chose") and entry is not None:
            if self.is_coarser(entry, answer, value, taught.term.kind):
                return
            value = _exact(entry, answer, value, taught.term.kind) if answer.act == "chose" else value
        self.facts.append(self.fact(path, value, self.origin(answer, taught.path, value, entity), item))
        self.places.add(place)

    def is_coarser(self, entry: Entry, answer: Answer, value: Any, kind: str) -> bool:
        """Whether a field shows less than was stated, of one or of several; where no record stands behind it, whether it may."""
        if self.asked.hollow and kinds.KINDS[kind].precision is not None and entry.kind != kind:
            return True
        if answer.act == "confirmed":
            return any(_is_finer(fact.value, value, kind) for fact in entry.facts)
        return len(_finer(entry, answer, value, kind)) > 1

    def leave_unnamed(self) -> None:
        """Leave out what was said of being somebody's contact where nobody says whose: who it is was not answered."""
        named = set()
        for fact in self.facts:
            path = self.vocabulary.path(fact.path)
            if not path.on_link:
                named.add(path.prefix)
        for fact in tuple(self.facts):
            path = self.vocabulary.path(fact.path)
            if not path.on_link or any(role.many for role in path.roles) or path.prefix in named:
                continue
            state, _ = entity_at(self.asked.filled, path)
            if state == "nobody" and self.vocabulary.types[str(path.roles[-1].to)].similar and not self.asked.hollow:
                self.facts.remove(fact)
                self.places -= {
                    place
                    for place in self.places
                    if (own := self.asked.taught(self.asked.spots[place[0]])) is not None and own.path.text == fact.path
                }

    def reached(
        self, spot: Spot, place: Place, path: Path
    ) -> tuple[str | None, tuple[tuple[str, Any], ...] | None, Entity | None]:
        """Give the whole path of an answer, what tells the row's item, and the entity; no path where that is in doubt."""
        table = spot.table.table if spot.table is not None else None
        if table is None:
            state, entity = entity_at(self.asked.filled, path)
            is_doubted = state == "doubt" or (self.asked.hollow and self.is_several(path))
            return (None if is_doubted else path.text), None, entity
        around = self.vocabulary.path(table.path)
        if any(role.many for role in around.roles):
            return None, None, None
        found = self.asked.items[spot.table.key][str(place[1])].entity if spot.table is not None else None
        whole = f"{table.path}{path.text}"
        if not around.term.many:
            return whole, None, found
        item = self.witness(spot, str(place[1]), found)
        state, entity = entity_at(self.asked.filled, path, found) if not self.asked.hollow else ("known", None)
        return (whole if item and state != "doubt" else None), item, entity

    def is_several(self, path: Path) -> bool:
        """Whether a page shows several who may be in a role on a path's way."""
        for (key, row), entry in self.asked.entries.items():
            shown = self.asked.taught(self.asked.spots[key]) if row is None and entry.reason == "candidates" else None
            if shown is not None and f"{path.prefix}.".startswith(f"{shown.path.prefix}."):
                return True
        return False

    def witness(self, spot: Spot, row: str, entity: Entity | None) -> tuple[tuple[str, Any], ...]:
        """Tell an item of a list by its documents, else by all that is known of it."""
        table = spot.table or spot.slot
        if table.table is None:
            return ()
        kind = self.vocabulary.types[str(self.vocabulary.path(table.table.path).term.to)]
        told: dict[str, Any] = {}
        if self.asked.hollow or entity is None:
            for column in table.table.slots:
                taught = self.asked.taught(self.asked.spots[column.key])
                entry = self.asked.entries.get((column.key, row))
                if taught is not None and entry is not None and entry.value is not None and not taught.path.roles:
                    value = None if taught.path.on_link else taught.value(entry.value)
                    if value is not None and entry.reason == "recorded" and not isinstance(value, Absence):
                        told[taught.term.path] = value
        else:
            for name, cell in entity.cells.items():
                value = cell.settled[1]
                if isinstance(value, str | bool | int | Decimal):
                    told[name] = value
        documents = {name: told[name] for name in kind.documents if name in told}
        return tuple(sorted((documents or told).items()))

    def may_state(self, path: Path, answer: Answer, entity: Entity | None, spot: Spot) -> bool:
        """Say whether it is certain whom an answer is about: another number, or another name in a role, may be another person's."""
        kind = kind_of(self.asked, path, spot)
        documents = self.vocabulary.types[kind].documents if kind in self.vocabulary.types else ()
        if path.on_link:
            return True
        if answer.origin == "manual" or answer.act in ("confirmed", "chose"):
            held = entity.settled.get(path.term.path) if entity is not None else None
            return not (path.term.path in documents[:1] and held is not None and held[1] not in (None, answer.value))
        if path.term.path in documents:
            return False
        similar = self.vocabulary.types[kind].similar if kind in self.vocabulary.types else None
        if path.roles and path.term.path == similar:
            return entity is not None and not any(name in entity.cells for name in documents)
        return True

    def origin(self, answer: Answer, path: Path, value: Any, entity: Entity | None) -> str:
        """Give the origin of a fact: what was typed blind is a correction all the same, where the record says otherwise."""
        if answer.act in ("confirmed", "chose"):
            return "confirm"
        if answer.origin == "override" or answer.reason == "withheld" or path.on_link:
            return answer.origin
        if self.asked.hollow and answer.reason in _SAID:
            return "override"
        if entity is None:
            return "override" if is_denied(self.asked.filled, path) else answer.origin
        held = entity.settled.get(path.term.path)
        if held is None or held[0] in ("not-recorded", "unavailable"):
            return answer.origin
        return answer.origin if held[1] is not None and same(path.term.kind, value, held[1]) else "override"

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def listed(self, spot: Spot) -> Path | None:
        """Give the path of a table's list, where the record can learn of its items."""
        table = spot.slot.table
        if table is None or not table.path:
            return None
        path = self.vocabulary.path(table.path)
        if not path.term.many or any(role.many for role in path.roles):
            return None
        state, owner = entity_at(self.asked.filled, path)
        if state == "doubt" or is_denied(self.asked.filled, path):
            return None
        held = owner.settled.get(path.term.path) if owner is not None else None
        return None if held is not None and held[0] == "disputed" else path

    def list_origin(self, path: Path, spot: Spot) -> str:
        if self.asked.hollow:
            entry = self.asked.entries.get((spot.slot.key, None))  # of a table without rows
            is_held = self.asked.items[spot.slot.key] or (entry is not None and entry.value is not None)
            return "override" if is_held else "manual"
        _, owner = entity_at(self.asked.filled, path)
        held = owner.settled.get(path.term.path) if owner is not None else None
        return "override" if held is not None and held[1] is not None else "manual"

    def removed(self, spot: Spot, place: Place, answer: Answer) -> None:
        path = self.listed(spot)
        item = self.asked.items[spot.slot.key][str(place[1])].entity
        witness = self.witness(spot, str(place[1]), item) if path is not None else ()
        if path is not None and witness:
            self.facts.append(self.fact(path.text, Absence.NOT_APPLICABLE, "override", witness))
            self.places.add(place)
            self.of_list(place, answer, path, "removed", self.name_of(spot, str(place[1])))

    def emptied(self, spot: Spot, place: Place, answer: Answer) -> None:
        path = self.listed(spot)
        if path is not None and answer.value == ():
            self.facts.append(self.fact(path.text, (), self.list_origin(path, spot)))
            self.places.add(place)

    def row(self, table: str, row: str, own_answers: Mapping[Place, Answer]) -> None:
        """Take a row that the worker added, with the answers in it."""
        spot = self.asked.spots[table]
        path = self.listed(spot)
        if path is None or ((table, row), "") in self.replaced:
            return
        said: list[tuple[str, Any]] = []
        places: list[Place] = []
        entity = False
        for place, answer in own_answers.items():
            if answer.scope == "form":
                continue
            own = self.asked.spots[place[0]]
            taught = self.asked.taught(own)
            value = value_of(self.asked, own, answer)
            if taught is not None and self.is_replaced(own, place, taught.path):
                continue
            if taught is not None and value is not None and not isinstance(value, Absence):
                said.append((taught.path.text.removeprefix("."), value))
                places.append(place)
                entity = entity or not taught.path.on_link
        if entity:
            self.facts.append(self.fact(path.text, Added(tuple(sorted(said))), self.list_origin(path, spot)))
            self.places.update(places)
            self.of_list((table, row), None, path, "added", self.name_of(spot, row))

    def name_of(self, spot: Spot, row: str) -> str:
        """Give what a row begins with, to tell it by."""
        for column in spot.slot.table.slots if spot.slot.table is not None else ():
            answer = self.answers.get((column.key, row))
            entry = self.asked.entries.get((column.key, row))
            text = answer.text if answer is not None else entry.text if entry is not None else ""
            if text and column.kind != "integer":
                return text
        return ""

    # ── requests to authorities ──────────────────────────────────────────────────────────────────────────────────────────

    def correct(self, place: Place, answer: Answer, path: str, entry: Entry | None) -> None:
        """Ask the authority, where it states otherwise than the worker found."""
        if entry is None or not answer.changed or (answer.origin != "override" and answer.act != "chose"):
            return
        term = self.term_of(path)
        if term is None or not term[1]:
            return
        recorded = [Stated(entry.value, entry.text, *_named(fact)) for fact in entry.facts if entry.value is not None]
        for other in entry.others:
            if other.value != answer.value or answer.act == "cleared":
                recorded += [Stated(other.value, other.text, *_named(fact)) for fact in other.facts]
        ranked = [one for one in recorded if self.rank(one.source, term[1]) < len(term[1])]
        if ranked:
            what = "cleared" if answer.act == "cleared" else "value"
            self.request(place, answer, path, term[0], what, answer.value, answer.text, ranked)

    def of_list(self, place: Place, answer: Answer | None, path: Path, what: str, name: str) -> None:
        authority = path.term.authority
        facts = list(self.asked.filled.cells[self.asked.spots[place[0]].number][0][2])
        ranked = []
        for fact in facts:
            if self.rank(fact.source, authority) < len(authority):
                source = self.vocabulary.source_of(fact.source)
                ranked.append(Stated(None, "", fact.source, source.label if source else fact.source, fact.as_of))
        if ranked:
            self.request(place, answer, path.text, path.term.label, what, None, name, ranked)

    def term_of(self, path: str) -> tuple[str, tuple[str, ...]] | None:
        try:
            term = self.vocabulary.path(path).term
        except UnknownTerm:
            return None
        return term.label, term.authority

    def rank(self, source: str, authority: tuple[str, ...]) -> int:
        known = self.vocabulary.source_of(source)
        return authority.index(known.kind) if known is not None and known.kind in authority else len(authority)

    def about(self, place: Place, path: str, of_list: bool) -> tuple[tuple[str, str], ...]:
        """Say of whom a request is: by the name and the documents that the form shows, else by those of the subject."""
        row = None if of_list else place[1]
        spot = self.asked.spots[place[0]]
        own = self.asked.taught(spot) if not of_list else None
        prefix = self.vocabulary.path(path).prefix if own is None else own.path.prefix
        kind = (
            kind_of(self.asked, own.path, spot)
            if own is not None
            else str(self.vocabulary.roots.get(path.partition(".")[0]))
        )
        found: dict[str, str] = {}
        for around, of_row, type_ in (
            (prefix, row, kind),
            (self.asked.plan.form.subject, None, self.vocabulary.roots[self.asked.plan.form.subject]),
        ):
            held = self.vocabulary.types.get(type_)
            names = {*(held.documents if held else ()), *([held.similar] if held and held.similar else ())}
            for (key, at), entry in self.asked.entries.items():
                taught = self.asked.taught(self.asked.spots[key]) if key in self.asked.spots else None
                if taught is None or at != of_row or taught.path.prefix != around or taught.term.path not in names:
                    continue
                if entry.text and (key, at) != place:
                    found.setdefault(entry.label, entry.text)
            if found:
                break
        if not found:
            subject = self.vocabulary.types[self.vocabulary.roots[self.asked.plan.form.subject]]
            found = {subject.terms[name].label: text for name, text in self.asked.filled.identity}
        return tuple(found.items())

    def request(
        self,
        place: Place,
        answer: Answer | None,
        path: str,
        label: str,
        what: Any,
        value: Any,
        text: str,
        recorded: list[Stated],
    ) -> None:
        stating, form = self.stating, self.asked.plan.form
        source = self.vocabulary.source_of(stating.source)
        name = source.label if source is not None else stating.source
        found = Stated(value, text, stating.source, name, stating.today.isoformat())
        parts = [form.id, form.version, self.token, *place, path, what, str(value), text, stating.today.isoformat()]
        mark = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
        evidence = answer.evidence if answer is not None else None
        self.corrections.append(
            Correction(
                mark,
                what,
                form.id,
                form.title,
                min(recorded, key=lambda one: one.as_of or "").source_label,
                place[0],
                place[1],
                path,
                label,
                self.about(place, path, what in ("added", "removed")),
                found,
                tuple(dict.fromkeys(recorded)),
                evidence,
                self.worker,
                stating.today,
            )
        )


def _named(fact: SourcedFact) -> tuple[str, str, str | None]:
    return fact.source, fact.source_label, fact.as_of


def _is_finer(stated: Any, value: Any, kind: str) -> bool:
    """Whether what was stated says more than a value of this kind does: a day of its month, a village of its town."""
    if not (isinstance(stated, str) and isinstance(value, str)):
        return False
    parts = "" if kind in ("division", "division_code") else "-" if kinds.KINDS[kind].precision is not None else None
    return parts is not None and stated != value and stated.startswith(value + parts)


def _finer(entry: Entry, answer: Answer, value: Any, kind: str) -> set[Any]:
    """Give what was stated, more exactly than the field shows it, by those whose value was chosen."""
    facts = [fact for other in entry.others if other.value == answer.value for fact in other.facts]
    return {fact.value for fact in facts if _is_finer(fact.value, value, kind)}


def _exact(entry: Entry, answer: Answer, value: Any, kind: str) -> Any:
    """Give what was chosen as it was stated: in a coarser field it is shown less exactly."""
    return next(iter(_finer(entry, answer, value, kind)), value)


def marked(asked: Asked, answers: Mapping[Place, Answer], places: frozenset[Place]) -> Iterator[Answer]:
    """Give the answers, each with whether it is learnt, and why not."""
    for place, answer in answers.items():
        is_learnt = place in places
        yield replace(answer, learnt=is_learnt, unlearnt=None if is_learnt else _why_not(asked, place, answer))


def _why_not(asked: Asked, place: Place, answer: Answer) -> Unlearnt:
    """Say why an answer is not among the facts."""
    if asked.plan.form.statistical:
        return "statistical"
    if answer.scope == "form":
        return "form-only"
    if answer.origin == "auto" and answer.act not in ("confirmed", "chose"):
        return "unchanged"
    spot = asked.spots[place[0]]
    table = spot.slot.table
    if answer.kind == "list" or answer.act == "removed":
        return "in-doubt" if table is not None and table.path else "no-term"
    return "no-term" if value_of(asked, spot, answer) is None else "in-doubt"
