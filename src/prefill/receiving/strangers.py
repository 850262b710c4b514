"""Numbers that somebody else is known by: whoever shares a number is one, so an answer could join two persons, and rename one of them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from prefill.errors import Problem
from prefill.receiving.answers import fault
from prefill.receiving.asked import Asked, Spot, entity_at
from prefill.receiving.model import Answer
from prefill.receiving.reading import Place
from prefill.records import Entity, Item
from prefill.records.strangers import Role, are_apart, differ, number_of, roles_in, stated
from prefill.vocabulary import EntityType, Path

__all__ = ["Whose", "find_strangers", "kind_of", "whose"]

Whose: TypeAlias = tuple[Place, str]
"""Whom answers are about: the row, or the form itself, and the roles on the way."""

_MOST: Final = (
    50  # who share a number on one page, that are held against another: of a table's rows, only one may have it
)
_REMEDY: Final = "find out whose it is; where the name was wrong, correct it where that one is shown"
_NAMELESS: Final = "find out whose it is, and say the names of both"
_KIN: Final = "find out whose it is: nobody is their own relative, nor two of somebody's relatives at once"


@dataclass(slots=True)
class _One:
    """Somebody on the page: in which places what is said of them stands, and who the record knows them to be."""

    type_: EntityType
    path: Path
    spot: Spot
    entity: Entity | None
    places: dict[str, Place] = field(default_factory=dict)
    keys: list[Any] = field(default_factory=list)  # by which roles say that they are this one's
    roles: set[Role] = field(default_factory=set)
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Other:
    """Another who has a number: on the page, or known to the record behind it."""

    marks: Mapping[str, frozenset[str]]
    keys: Collection[Any]
    roles: Collection[Role]
    is_alone: bool = False  # in no table's row


def whose(spot: Spot, place: Place, path: Path) -> Whose:
    """Say whom an answer is about."""
    return (spot.table.key, place[1]) if spot.table is not None else ("", None), path.prefix


def kind_of(asked: Asked, path: Path, spot: Spot) -> str:
    """Give the type of whom a path speaks of."""
    if path.roles:
        return str(path.roles[-1].to)
    if spot.table is not None and spot.table.table is not None and spot.table.table.path:
        return str(asked.plan.vocabulary.path(spot.table.table.path).term.to)
    return str(asked.plan.vocabulary.roots.get(path.root, ""))


def find_strangers(asked: Asked, answers: Mapping[Place, Answer]) -> tuple[dict[Place, Problem], frozenset[Whose]]:
    """Find numbers that were answered of one and that are another's, by name or kinship: the faults, and of whom nothing is to be learnt.

    That one is on the page, or known to the record behind it. Where one of two who are each alone in a role has no name, it is a fault, too:
    a father is not his wife.
    """
    people = _people(asked, answers)
    claims = [(who, name, number) for who, one in people.items() for name, number in _claimed(asked, one, answers)]
    if not claims:
        return {}, frozenset()
    bearers = _Bearers(asked, answers, people)
    found: dict[Place, Problem] = {}
    doubted: set[Whose] = set()
    for who, name, number in claims:
        one = people[who]
        place = one.places[name]
        others = bearers.of(who, name, number)
        if any(are_apart(one.keys, one.roles, other.keys, other.roles) for other in others):
            found[place] = fault(place, "is the number of somebody who cannot be this one, too", _KIN)
        elif answers[place].scope != "form":
            found |= _by_name(one, place, others, answers)
        if place in found and (
            one.path.roles or one.spot.table is not None
        ):  # of the subject itself, it is but the number
            doubted.add(who)
    return found, frozenset(doubted)


def _by_name(
    one: _One, place: Place, others: Collection[_Other], answers: Mapping[Place, Answer]
) -> dict[Place, Problem]:
    """Find the faults of a number where it is another's by name, or where the names are not known."""
    alone = bool(one.path.roles) and one.spot.table is None
    if any(alone and other.is_alone and _is_nameless(one.type_, one.marks, other.marks) for other in others):
        return {place: fault(place, "is the number of another, too", _NAMELESS)}
    if not any(differ(one.marks, other.marks) for other in others):
        return {}
    found = {place: fault(place, "is the number of one who goes by another name", _REMEDY)}
    named = one.places.get(one.type_.similar or "")
    if named is not None and named in answers:
        found[named] = fault(named, "is another name than that of the one with this number", _REMEDY)
    return found


class _Bearers:
    """Who has which number: those on the page, and those of the record behind it."""

    def __init__(self, asked: Asked, answers: Mapping[Place, Answer], people: Mapping[Whose, _One]) -> None:
        self.people = people
        self.shown: dict[tuple[str, str, str], list[Whose]] = defaultdict(list)
        self.known: dict[tuple[str, str, str], list[Entity]] = defaultdict(list)
        types = asked.plan.vocabulary.types
        entities = [] if asked.hollow else list(_entities(asked))
        self.roles = roles_in(entities, types)
        for who, one in people.items():
            one.marks = _marks(asked, one, answers)
            one.keys = [who, *([(one.entity.number,)] if one.entity is not None else [])]
            one.roles = _roles(asked, who, one) | (self.roles[one.entity.number] if one.entity is not None else set())
            for name in one.type_.documents:
                for number in _numbers(asked, one, answers, name):
                    self.shown[one.type_.name, name, number].append(who)
        for entity in entities:
            type_ = types.get(entity.type)
            for name in type_.documents if type_ is not None else ():
                for held in _held(entity, types[entity.type], name):
                    if held is not None:
                        self.known[entity.type, name, held].append(entity)

    def of(self, who: Whose, name: str, number: str) -> list[_Other]:
        """Give the others that have somebody's number."""
        one = self.people[who]
        found = []
        for at in self.shown[one.type_.name, name, number][:_MOST]:
            other = self.people[at]
            if at != who:
                found.append(_Other(other.marks, other.keys, other.roles, other.spot.table is None))
        for entity in self.known[one.type_.name, name, number]:
            if entity is not one.entity:
                found.append(_Other(_known(entity, one.type_), [(entity.number,)], self.roles[entity.number]))
        return found


def _roles(asked: Asked, who: Whose, one: _One) -> set[Role]:
    """Give the role that somebody on the page is in, and whose: by the page, and by the record where it knows."""
    vocabulary = asked.plan.vocabulary
    table = one.spot.table.table if one.spot.table is not None else None
    place, prefix = who
    if one.path.roles:
        *before, role = one.path.roles
        around = replace(one.path, roles=tuple(before))
        whose: Any = (place, prefix.removesuffix(f".{role.path}"))
        of = kind_of(asked, around, one.spot)
        owner = _entity(asked, one.spot, (one.spot.slot.key, place[1]), around)
    elif table is not None and table.path:
        around = vocabulary.path(table.path)
        role, whose = around.term, (("", None), around.prefix)
        of = str(around.roles[-1].to if around.roles else vocabulary.roots.get(around.root))
        owner = None if asked.hollow else entity_at(asked.filled, around)[1]
    else:
        return set()
    is_apart = of in vocabulary.types and role.path in vocabulary.types[of].apart
    keys = [whose, *([(owner.number,)] if owner is not None else [])]
    return {(key, role.path, is_apart) for key in keys}


def _is_nameless(type_: EntityType, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return type_.similar is not None and not (type_.similar in one and type_.similar in other)


def _people(asked: Asked, answers: Mapping[Place, Answer]) -> dict[Whose, _One]:
    found: dict[Whose, _One] = {}
    for place in dict.fromkeys((*asked.entries, *answers)):
        spot = asked.spots[place[0]]
        taught = asked.taught(spot)
        taken_out = spot.table is not None and (spot.table.key, place[1]) in answers
        if taught is None or taught.path.on_link or taken_out or (spot.table is not None and place[1] is None):
            continue
        type_ = asked.plan.vocabulary.types.get(kind_of(asked, taught.path, spot))
        if type_ is None:
            continue
        who = whose(spot, place, taught.path)
        if who not in found:
            found[who] = _One(type_, taught.path, spot, _entity(asked, spot, place, taught.path))
        found[who].places.setdefault(taught.term.path, place)
    return found


def _entity(asked: Asked, spot: Spot, place: Place, path: Path) -> Entity | None:
    if asked.hollow:
        return None
    if spot.table is None:
        return entity_at(asked.filled, path)[1]
    item = asked.items[spot.table.key].get(str(place[1]))
    return entity_at(asked.filled, path, item.entity)[1] if item is not None else None


def _value(asked: Asked, one: _One, name: str, answers: Mapping[Place, Answer]) -> str | None:
    """Give what is said of one, as the term has it: as answered, else as shown."""
    place = one.places.get(name)
    if place is None:
        return None
    taught = asked.taught(asked.spots[place[0]])
    answer, entry = answers.get(place), asked.entries.get(place)
    value = answer.value if answer is not None else entry.value if entry is not None else None
    told = taught.value(value) if taught is not None and value is not None else None
    return told if isinstance(told, str) else None


def _claimed(asked: Asked, one: _One, answers: Mapping[Place, Answer]) -> Iterator[tuple[str, str]]:
    """Give the numbers that the worker says to be somebody's, for the record or for the form alone."""
    for name in one.type_.documents:
        answer = answers.get(one.places.get(name, ("", None)))
        if answer is None or not answer.changed:
            continue
        value = _value(asked, one, name, answers)
        number = number_of(one.type_, name, value) if value is not None else None
        if number is not None:
            yield name, number


def _numbers(asked: Asked, one: _One, answers: Mapping[Place, Answer], name: str) -> frozenset[str]:
    value = _value(asked, one, name, answers) if name in one.type_.documents else None
    number = number_of(one.type_, name, value) if value is not None else None
    return frozenset([number] if number is not None else [])


def _marks(asked: Asked, one: _One, answers: Mapping[Place, Answer]) -> dict[str, frozenset[str]]:
    """Give the names and what else tells one from another: as answered; else as shown and as ever stated."""
    found = {}
    for name in (*([one.type_.similar] if one.type_.similar else []), *one.type_.same):
        value = _value(asked, one, name, answers)
        told = {value} if value is not None else set()
        if one.places.get(name) not in answers:
            told |= set(stated(one.entity, name))
        if told:
            found[name] = frozenset(told)
    return found


def _known(entity: Entity, type_: EntityType) -> dict[str, frozenset[str]]:
    names = (*([type_.similar] if type_.similar else []), *type_.same)
    return {name: frozenset(told) for name in names if (told := stated(entity, name))}


def _held(entity: Entity, type_: EntityType, name: str) -> set[str | None]:
    return {number_of(type_, name, value) for value in stated(entity, name)}


def _entities(asked: Asked) -> Iterator[Entity]:
    """Go through all whom the record behind a form leads to."""
    waiting = [found[1] for found in asked.filled._roots if isinstance(found[1], Entity)]
    seen: set[int] = set()
    while waiting:
        entity = waiting.pop()
        if id(entity) in seen:
            continue
        seen.add(id(entity))
        yield entity
        for cell in entity.cells.values():
            for fact in cell.facts:
                held = fact.value if isinstance(fact.value, tuple) else (fact.value,)
                waiting += [
                    one.entity if isinstance(one, Item) else one for one in held if isinstance(one, Item | Entity)
                ]
