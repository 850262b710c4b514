"""Whether a number that is to be learnt of somebody is somebody else's: whoever shares a number is one, so that would rename a person."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from prefill import kinds
from prefill.kinds import alike
from prefill.records.cells import Entity, Item, Record
from prefill.records.facts import Added, Fact
from prefill.records.reading import _document_key
from prefill.vocabulary import EntityType, Path

__all__ = ["Reached", "Role", "Strangers", "are_apart", "differ", "number_of", "roles_in", "stated"]

Reached: TypeAlias = tuple[Fact, Path | None, Sequence[Entity | None]]
"""A fact to learn, its path (None where it cannot be learnt), and those on its way, None for whom nobody knows yet."""

Role: TypeAlias = tuple[Any, str, bool]
"""A role that somebody is in: of whom, which, and whether it is one of those that nobody has two of (``EntityType.apart``)."""

_Who: TypeAlias = tuple[Any, ...]
_REMEDY: Final = "find out whose number it is; where the name was wrong, correct it where that one is shown"


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of one: by which numbers, and by what else one person is told from another."""

    who: _Who | None
    numbers: frozenset[tuple[str, str, str]]
    marks: Mapping[str, frozenset[str]]
    key: _Who = ()
    roles: frozenset[Role] = frozenset()


class Strangers:
    """Finds, among the facts of one learning, those of somebody whose number is that of another, in the record or in these facts.

    They are two by name or birth, or since nobody is their own relative, nor two relatives at once.
    """

    def __init__(self, record: Record, facts: Iterable[Reached]) -> None:
        """Take the facts, each with whom it is about."""
        self.record = record
        self.found: set[_Who] = set()
        told = list(self._groups(facts))
        if any(one.numbers for one in told):
            self._compare(told)

    def is_one(self, fact: Fact, path: Path, entity: Entity | None) -> bool:
        """Say whether a fact is about one of them: of the subject itself, that is but the number."""
        if isinstance(fact.value, Added):
            return ("added", fact) in self.found
        type_ = self._type_of(path)
        if not path.roles:
            return type_ is not None and path.term.path in type_.documents and _who(path, fact, entity) in self.found
        parts = path.prefix.split(".")
        whole = [(".".join(parts[: number + 1]), fact.item) for number in range(len(parts))]
        return _who(path, fact, entity) in self.found or any(one in self.found for one in whole)

    def problem(self, path: Path) -> tuple[str, str]:
        """Give what is wrong, and the remedy."""
        return f"'{path.prefix}' would have the number of somebody else, by name, date of birth or kinship", _REMEDY

    def _type_of(self, path: Path) -> EntityType | None:
        name = path.roles[-1].to if path.roles else self.record.vocabulary.roots.get(path.root)
        return self.record.vocabulary.types.get(str(name))

    def _groups(self, facts: Iterable[Reached]) -> Iterable[_Told]:
        said: dict[_Who, dict[str, Any]] = defaultdict(dict)
        about: dict[_Who, tuple[EntityType, Entity | None]] = {}
        roles: dict[_Who, set[Role]] = defaultdict(set)
        for fact, path, walked in facts:
            type_ = self._type_of(path) if path is not None else None
            if path is None or type_ is None or path.on_link:
                continue
            entity = walked[-1]
            if isinstance(fact.value, Added):
                of = self.record.vocabulary.types[str(path.term.to)]
                who: _Who = ("added", fact)
                about[who] = (of, None)
                said[who] = dict(fact.value.said)
                roles[who].add((_who(path, fact, entity), path.term.path, path.term.path in type_.apart))
            elif path.term.to is None:
                who = _who(path, fact, entity)
                about[who] = (type_, entity)
                said[who][path.term.path] = fact.value
                roles[who] |= self._role(path, fact, walked)
        for who, (type_, entity) in about.items():
            yield _told(type_, who, said[who], entity, roles[who])

    def _role(self, path: Path, fact: Fact, walked: Sequence[Entity | None]) -> set[Role]:
        """Give the role that a path ends in, of whom it is."""
        if not path.roles:
            return set()
        *before, role = path.roles
        of = self.record.vocabulary.types[str(before[-1].to if before else self.record.vocabulary.roots[path.root])]
        owner = walked[-2]
        whose = (owner.number,) if owner is not None else (path.prefix.removesuffix(f".{role.path}"), fact.item)
        return {(whose, role.path, role.path in of.apart)}

    def _compare(self, told: list[_Told]) -> None:
        held: dict[tuple[str, str, str], list[tuple[Entity | None, _Told]]] = defaultdict(list)
        wanted = {number for one in told for number in one.numbers}
        roles = roles_in(self.record.entities, self.record.vocabulary.types)
        for known_one in self.record.entities:
            type_ = self.record.vocabulary.types[known_one.type]
            known = _told(type_, None, {}, known_one, roles[known_one.number], whole=True)
            for number in known.numbers & wanted:
                held[number].append((known_one, known))
        for one in told:
            for number in one.numbers:
                for entity, other in held[number]:
                    if one.who == (entity.number if entity is not None else None,):
                        continue
                    mine = one.roles | (roles[one.key[0]] if len(one.key) == 1 else set())
                    if differ(one.marks, other.marks) or are_apart([one.key], mine, [other.key], other.roles):
                        self.found.update([who for who in (one.who, other.who) if who is not None])
                held[number].append((None, one))


def _who(path: Path, fact: Fact, entity: Entity | None) -> _Who:
    return (entity.number,) if entity is not None else (path.prefix, fact.item)


def roles_in(entities: Iterable[Entity], types: Mapping[str, EntityType]) -> dict[int, set[Role]]:
    """Give the roles that entities are stated to be in, by their numbers; of whom is told by (number,)."""
    found: dict[int, set[Role]] = defaultdict(set)
    for entity in entities:
        apart = types[entity.type].apart if entity.type in types else ()
        for path, cell in entity.cells.items():
            for fact in cell.facts if cell.term.to is not None else ():
                held = fact.value if isinstance(fact.value, tuple) else (fact.value,)
                for one in held:
                    other = one.entity if isinstance(one, Item) else one
                    if isinstance(other, Entity):
                        found[other.number].add(((entity.number,), path, path in apart))
    return found


def are_apart(one: Collection[Any], its: Collection[Role], other: Collection[Any], others: Collection[Role]) -> bool:
    """Say whether two of one kind cannot be one: one is in a role of the other's, or each in another of those that nobody has two of.

    ``one`` and ``other`` are what tells whose a role is, where it is theirs.
    """
    if any(whose in other for whose, _, _ in its) or any(whose in one for whose, _, _ in others):
        return True
    return any(a and b and whose == of and role != name for whose, role, a in its for of, name, b in others)


def _told(
    type_: EntityType,
    who: _Who | None,
    said: Mapping[str, Any],
    entity: Entity | None,
    roles: Iterable[Role] = (),
    *,
    whole: bool = False,
) -> _Told:
    numbers = set()
    for name in type_.documents:
        for value in (*_texts(said.get(name)), *(stated(entity, name) if whole else ())):
            read = number_of(type_, name, value)
            if read is not None:
                numbers.add((type_.name, name, read))
    marks = {}
    for name in (*([type_.similar] if type_.similar else []), *type_.same):
        found = _texts(said.get(name)) or stated(entity, name)
        if found:
            marks[name] = frozenset(found)
    key = who if who is not None else (entity.number if entity is not None else None,)
    return _Told(who, frozenset(numbers), marks, key, frozenset(roles))


def number_of(type_: EntityType, name: str, value: str) -> str | None:
    """Give a document's number as it is compared, None where it is none."""
    term = type_.terms[name]
    try:
        read = kinds.read(term.kind, value, term.codes)
    except kinds.Unreadable:
        return None
    return _document_key(term, read) if isinstance(read, str) else None


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else ()


def stated(entity: Entity | None, name: str) -> tuple[str, ...]:
    """Give all that was ever stated of an attribute, as text."""
    cell = entity.cells.get(name) if entity is not None else None
    return tuple(fact.value for fact in cell.facts if isinstance(fact.value, str)) if cell is not None else ()


def differ(one: Mapping[str, Iterable[str]], other: Mapping[str, Iterable[str]]) -> bool:
    """Say whether two cannot be one, by their names or what else tells them apart: of a mark that both bear, nothing is the same."""
    return any(not any(_agree(a, b) for a in one[name] for b in other[name]) for name in one.keys() & other.keys())


def _agree(one: str, other: str) -> bool:
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    return alike(short, long) or long.startswith(f"{short}-")  # a date less exact
