"""Facts, the cells and entities that hold them, and what a record says of a term."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from prefill.errors import Problem
from prefill.reasons import Reason
from prefill.vocabulary import Term, Vocabulary

__all__ = ["Absence", "Cell", "Entity", "Fact", "Item", "Other", "Record", "Resolution"]


class Absence(Enum):
    """What a source says instead of a value. That a source says nothing at all is no absence: there is no fact."""

    NOT_APPLICABLE = "not-applicable"
    UNAVAILABLE = "unavailable"
    UNREADABLE = "unreadable"


class Fact(NamedTuple):
    """A value for a term, with its source and as-of date.

    ``path`` is where the source stated it; ``value`` the kind's value, an Absence, an Entity or a tuple of Items; ``as_of`` an ISO
    date or None; ``day`` its ordinal (0 without a date); ``rank`` the source's place in the term's order of authority; ``origin``
    ``manual``, ``override`` or ``confirm`` where a worker stated it; ``rule`` the rule by which it follows from what was stated.
    """

    path: str
    value: Any
    source: str
    as_of: str | None = None
    day: int = 0
    rank: int = 0
    origin: str | None = None
    rule: str | None = None


class Other(NamedTuple):
    """An alternative that was not taken, and why: ``differs``, ``outranked``, ``stale``, ``after`` (the form's date), ``corrected``."""

    value: Any
    facts: tuple[Fact, ...]
    why: str


class Resolution(NamedTuple):
    """What a record says of a term on a date: the reason, the value (None unless there is one), its facts, and the others."""

    reason: Reason
    value: Any = None
    facts: tuple[Fact, ...] = ()
    others: tuple[Other, ...] = ()
    waits_for: tuple[str, ...] = ()


class Cell:
    """All facts of one entity for one term, newest first.

    Where no date can change what they say (all agree), it is settled at the door: ``settled`` holds for every date from which
    all facts are past (``last``) and as long as its best fact (of ``day``) is fresh. Else ``day`` is -1, and resolution
    looks at each fact.
    """

    __slots__ = ("day", "facts", "last", "settled", "term")

    def __init__(self, term: Term, facts: Sequence[Fact]) -> None:
        """Take the facts, in any order."""
        ordered = tuple(facts) if len(facts) == 1 else tuple(sorted(facts, key=_newest_first))
        self.term = term
        self.facts = ordered
        self.last = ordered[0].day
        self.day = -1
        self.settled: Any = None
        value = ordered[0].value
        if isinstance(value, Absence) or (term.many and len(ordered) > 1) or any(fact.value != value for fact in ordered[1:]):
            return
        latest: dict[str, Fact] = {}
        for fact in ordered:
            latest.setdefault(fact.source, fact)
        best = tuple(sorted(latest.values(), key=_best_first)) if len(latest) > 1 else (ordered[0],)
        if any(fact.rule is None for fact in best):
            best = tuple(fact for fact in best if fact.rule is None)
            self.settled = Resolution("recorded", value, best)
        else:
            self.settled = Resolution("derived", value, best)
        self.day = best[0].day


def _newest_first(fact: Fact) -> tuple[int, int, str, str]:
    return (-fact.day, fact.rank, fact.source, str(fact.path))


def _best_first(fact: Fact) -> tuple[int, int, str]:
    return (fact.rank, -fact.day, fact.source)


class Entity:
    """A person, household, dwelling … of one record. ``number`` tells it from the others and says nothing of it."""

    __slots__ = ("cells", "number", "type")

    def __init__(self, number: int, type_: str) -> None:
        """Take its number in the record and the name of its type."""
        self.number = number
        self.type = type_
        self.cells: dict[str, Cell] = {}

    def __repr__(self) -> str:
        """Name the entity without saying anything of it."""
        return f"<{self.type} {self.number}>"


class Item(NamedTuple):
    """An item of a list: the entity, and the facts that belong to its membership (``relation_to_head``)."""

    entity: Entity
    link: Entity | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a subject and what is linked to it. Immutable; made by ``catalogue.record`` or ``read_record``.

    ``problems`` are the lesser faults of the statements: what could be read is in the record, what could not is named there.
    """

    vocabulary: Vocabulary = field(repr=False)
    context: Entity = field(repr=False)
    entities: tuple[Entity, ...] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def roots(self) -> Mapping[str, Cell]:
        """Give, for each root that is stated (``resident``, ``household`` …), the cell that holds its entity."""
        return self.context.cells

    def __iter__(self) -> Iterator[Fact]:
        """Go through every fact of the record that holds a value."""
        for entity in self.entities:
            for cell in entity.cells.values():
                if cell.term.to is None:
                    yield from cell.facts
