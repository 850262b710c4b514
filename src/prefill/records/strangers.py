"""Whether a number that is to be learnt of somebody is somebody else's: whoever shares a number is one, so that would rename a person."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from prefill import kinds
from prefill.kinds import alike
from prefill.records.cells import Entity, Record
from prefill.records.facts import Added, Fact
from prefill.records.reading import _document_key
from prefill.vocabulary import EntityType, Path

__all__ = ["Reached", "Strangers", "differ", "number_of", "stated"]

Reached: TypeAlias = tuple[Fact, Path | None, Entity | None]
"""A fact to learn, its path (None where it cannot be learnt), and whom it is about (None where nobody knows yet)."""

_Who: TypeAlias = tuple[Any, ...]
_REMEDY: Final = "find out whose number it is; where the name was wrong, correct it where that one is shown"


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of one: by which numbers, and by what else one person is told from another."""

    who: _Who | None
    numbers: frozenset[tuple[str, str, str]]
    marks: Mapping[str, frozenset[str]]


class Strangers:
    """Finds, among the facts of one learning, those of somebody whose number is that of another, by name or birth, in the record or in these facts."""

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
        return f"'{path.prefix}' would have the number of somebody else, by name or date of birth", _REMEDY

    def _type_of(self, path: Path) -> EntityType | None:
        name = path.roles[-1].to if path.roles else self.record.vocabulary.roots.get(path.root)
        return self.record.vocabulary.types.get(str(name))

    def _groups(self, facts: Iterable[Reached]) -> Iterable[_Told]:
        said: dict[_Who, dict[str, Any]] = defaultdict(dict)
        about: dict[_Who, tuple[EntityType, Entity | None]] = {}
        for fact, path, entity in facts:
            type_ = self._type_of(path) if path is not None else None
            if path is None or type_ is None or path.on_link:
                continue
            if isinstance(fact.value, Added):
                of = self.record.vocabulary.types[str(path.term.to)]
                who: _Who = ("added", fact)
                about[who] = (of, None)
                said[who] = dict(fact.value.said)
            elif path.term.to is None:
                who = _who(path, fact, entity)
                about[who] = (type_, entity)
                said[who][path.term.path] = fact.value
        for who, (type_, entity) in about.items():
            yield _told(type_, who, said[who], entity)

    def _compare(self, told: list[_Told]) -> None:
        held: dict[tuple[str, str, str], list[tuple[Entity | None, _Told]]] = defaultdict(list)
        wanted = {number for one in told for number in one.numbers}
        for known_one in self.record.entities:
            type_ = self.record.vocabulary.types[known_one.type]
            known = _told(type_, None, {}, known_one, whole=True)
            for number in known.numbers & wanted:
                held[number].append((known_one, known))
        for one in told:
            for number in one.numbers:
                for entity, other in held[number]:
                    if one.who != (entity.number if entity is not None else None,) and differ(one.marks, other.marks):
                        self.found.update([who for who in (one.who, other.who) if who is not None])
                held[number].append((None, one))


def _who(path: Path, fact: Fact, entity: Entity | None) -> _Who:
    return (entity.number,) if entity is not None else (path.prefix, fact.item)


def _told(
    type_: EntityType, who: _Who | None, said: Mapping[str, Any], entity: Entity | None, *, whole: bool = False
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
    return _Told(who, frozenset(numbers), marks)


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
