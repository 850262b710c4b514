"""The cells and entities that hold a record's facts, and the record itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prefill.errors import Problem
from prefill.records.facts import Absence, Fact, Resolved
from prefill.records.weighing import best_first, newest_first, newest_of_each, weigh
from prefill.vocabulary import Term, Vocabulary

__all__ = ["Cell", "Entity", "Record"]


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
        self.settled = weigh(term, best, 0)[:]
        self.plain = not term.many and not any([f.rule or f.origin or f.value.__class__ is Absence for f in best])
        agree = all([fact.value == best[0].value for fact in best])
        self.day = best[0].day if agree else min([fact.day for fact in best])


class Entity:
    """A person, household, dwelling … of one record. ``number`` tells it from the others and says nothing of it."""

    __slots__ = ("cells", "last", "number", "settled", "type")

    def __init__(self, number: int, type_: str) -> None:
        """Take its number in the record and the name of its type."""
        self.number = number
        self.type = type_
        self.cells: dict[str, Cell] = {}
        self.settled: dict[str, Resolved] = {}
        self.last = 0

    def hold(self, cells: dict[str, Cell]) -> None:
        """Take its cells; from the day of the ``last`` fact, what does not age is as ``settled`` says."""
        self.cells = cells
        self.settled = {path: cell.settled for path, cell in cells.items()}
        self.last = max([cell.last for cell in cells.values()], default=0)

    def __repr__(self) -> str:
        """Name the entity without saying anything of it."""
        return f"<{self.type} {self.number}>"


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a subject and what is linked to it. Immutable; made by ``catalogue.record`` or ``read_record``.

    ``problems`` are the lesser faults of the statements: what could be read is in the record, what could not is named there.
    """

    vocabulary: Vocabulary = field(repr=False)
    context: Entity = field(repr=False)
    entities: tuple[Entity, ...] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    ambiguous: frozenset[str] = frozenset()  # the roots that statements take for more than one entity

    def roots(self) -> Mapping[str, Cell]:
        """Give, for each root that is stated (``resident``, ``household`` …), the cell that holds its entity."""
        return self.context.cells

    def __iter__(self) -> Iterator[Fact]:
        """Go through every fact of the record that holds a value."""
        for entity in self.entities:
            for cell in entity.cells.values():
                if cell.term.to is None:
                    yield from cell.facts
