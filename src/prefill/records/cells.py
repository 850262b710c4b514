"""The cells and entities that hold a record's facts, and the record itself."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from prefill.errors import Problem
from prefill.records.facts import Absence, Fact, Resolved
from prefill.records.weighing import best_first, newest_first, newest_of_each, weigh
from prefill.vocabulary import Term, Vocabulary

if TYPE_CHECKING:
    from prefill.records.deciding import Proposal

__all__ = ["Cell", "Decision", "Entity", "Item", "Record"]


class Cell:
    """All facts of one entity for one term, newest first, and what of them no date can change.

    ``best`` is what counts once all facts are past: of each source what its newest statement says, best source first. ``settled`` is
    what that comes to, weighed once, at the door: it holds from the day of the last fact (``last``) as long as what it rests on is
    fresh (``day``). At other dates ``resolution`` weighs again; ``plain`` cells hold but values that several sources stated.
    """

    __slots__ = ("best", "day", "facts", "last", "plain", "settled", "term")

    facts: tuple[Fact, ...]
    best: tuple[Fact, ...]

    def __init__(self, term: Term, facts: Sequence[Fact]) -> None:
        """Take the facts, in any order."""
        self.term = term
        if len(facts) == 1:
            fact = facts[0]
            best: tuple[Fact, ...] = (fact,)
            self.facts = self.best = best
            self.last = self.day = fact.day
            self.plain = False
            if isinstance(fact.value, Absence):
                self.settled: Resolved = (fact.value.value, None, best, (), ())
            else:
                self.settled = ("derived" if fact.rule else "recorded", fact.value, best, (), ())
            return
        self.facts = tuple(sorted(facts, key=newest_first))
        self.best = tuple(sorted(newest_of_each(self.facts), key=best_first))
        best = self.best
        self.last = self.facts[0].day
        self.plain = not term.many and not any([f.rule or f.origin or f.value.__class__ is Absence for f in best])
        value = best[0].value
        if self.plain and all([fact.value == value for fact in best]):  # what weighing comes to where nobody differs
            self.settled = ("recorded", value, best, (), ())
        else:
            self.settled = weigh(term, best, 0)[:]
        self.day = min([fact.day for fact in best])


_NO_LINKS: Final[Mapping[tuple[str, int], "Entity"]] = {}


class Entity:
    """A person, household, dwelling … of one record. ``number`` tells it from the others and says nothing of it.

    ``links`` hold what is said of being somebody's spouse or contact and not of the person: by the role's path and the other's number.
    ``ended`` holds the date that it ended by (a death), if one is stated: what it knows is then read with care, never as ``settled``.
    """

    __slots__ = ("_later", "cells", "ended", "last", "links", "number", "settled", "type")

    def __init__(self, number: int, type_: str) -> None:
        """Take its number in the record and the name of its type."""
        self.number = number
        self.type = type_
        self.cells: dict[str, Cell] = {}
        self.settled: dict[str, Resolved] = {}
        self.last = 0
        self.ended: Cell | None = None
        self.links: Mapping[tuple[str, int], Entity] = _NO_LINKS

    def hold(self, cells: dict[str, Cell], ended_by: str | None = None) -> None:
        """Take its cells; from the day of the ``last`` fact, what does not age is as ``settled`` says."""
        self.cells = cells
        self.settled = {path: cell.settled for path, cell in cells.items()}
        self.last = max([cell.last for cell in cells.values()], default=0)
        if ended_by is not None and ended_by in cells:
            self.end(cells[ended_by])

    def hold_later(self, make: Callable[[], dict[str, Cell]]) -> None:
        """Take what makes its cells when they are first asked for: of most people in a record nobody asks. It has not ended."""
        self._later = make
        del self.cells, self.settled, self.last

    def __getattr__(self, name: str) -> Any:
        """Make the cells, and what follows from them, when one of these is asked for; two threads may do so at once."""
        if name not in ("cells", "settled", "last"):
            raise AttributeError(f"'Entity' has no '{name}'")
        self.hold(self._later())
        return getattr(self, name)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Give what a copy is made of: all that it holds, and nothing still to be made."""
        return None, {name: getattr(self, name) for name in self.__slots__ if name != "_later"}

    def end(self, ended: Cell) -> None:
        """Mark it as one that ended, if the cell holds a date: no day is late enough to read it without looking."""
        _ = self.cells  # made by now: what makes them sets ``last``
        if any(isinstance(fact.value, str) for fact in ended.facts):
            self.ended = ended
            self.last = sys.maxsize

    def __repr__(self) -> str:
        """Name the entity without saying anything of it."""
        return f"<{self.type} {self.number}>"


class Item(NamedTuple):
    """An item of a list: the entity, and the facts that belong to its membership (``relation_to_head``)."""

    entity: Entity
    link: Entity | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided of identities: that mentions are of one entity (``merge``), or of another one (``split``).

    ``anchors`` say where the statements mention it; ``by``, ``on`` and ``why`` are who decided, when and for what reason.
    """

    what: Literal["merge", "split"]
    anchors: tuple[str, ...]
    by: str
    on: date
    why: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a subject and what is linked to it. Immutable; made by ``catalogue.record`` or ``read_record``.

    ``problems`` are the lesser faults of the statements: what could be read is in the record, what could not is named there.
    ``statements`` are those that it was made of, as they came, and ``decisions`` what people decided of identities.
    """

    vocabulary: Vocabulary = field(repr=False)
    context: Entity = field(repr=False)
    entities: tuple[Entity, ...] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    ambiguous: frozenset[str] = frozenset()  # the roots that statements take for more than one entity
    name: str = "record"
    statements: tuple[Any, ...] = field(default=(), repr=False)
    decisions: tuple[Decision, ...] = field(default=(), repr=False)
    anchors: Mapping[int, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def learn(self, facts: Iterable[Fact]) -> "Record":
        """Give a record that knows these facts too; learning the same twice changes nothing.

        Each fact's ``path`` begins at a root and leads through roles of one entity (``resident.spouse.phone``); its source, date,
        origin and purpose are kept. What cannot be learnt is named in the new record's ``problems``, and the rest is learnt: an unknown path, one
        that leads through a list or to somebody who is in doubt, an unreadable value or date, another number of the document that an
        entity has only one of, a number of one who goes by another name. Raises RecordError, and learns nothing, where the facts are of a
        form of another subject.
        """
        from prefill.records.learning import learn

        return learn(self, facts)

    def merge(self, one: "Entity", other: "Entity", *, by: str, on: date, why: str) -> "Record":
        """Give a record in which two entities are one, by somebody's decision; ``undo`` takes it back.

        Raises RecordError where they cannot be: two numbers of a document that an entity has only one of.
        """
        from prefill.records.deciding import merge

        return merge(self, one, other, by=by, on=on, why=why)

    def split(self, entity: "Entity", source: str, *, by: str, on: date, why: str) -> "Record":
        """Give a record in which what a source says of an entity is said of another one; ``undo`` takes it back."""
        from prefill.records.deciding import split

        return split(self, entity, source, by=by, on=on, why=why)

    def undo(self, decision: Decision) -> "Record":
        """Give a record without this decision. Raises RecordError where it is none of this record's."""
        from prefill.records.deciding import undo

        return undo(self, decision)

    def proposals(self) -> "tuple[Proposal, ...]":
        """Propose which entities without a document may be which other: never joined but by ``merge``."""
        from prefill.records.deciding import proposals

        return proposals(self)

    def roots(self) -> Mapping[str, Cell]:
        """Give, for each root that is stated (``resident``, ``household`` …), the cell that holds its entity."""
        return self.context.cells

    def __iter__(self) -> Iterator[Fact]:
        """Go through every fact of the record that holds a value."""
        for entity in self.entities:
            for cell in entity.cells.values():
                if cell.term.to is None:
                    yield from cell.facts
