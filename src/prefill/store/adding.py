"""Adding what was read of records, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prefill.errors import Problem
from prefill.store.lines import Subject
from prefill.store.tombstones import Guard
from prefill.store.writing import Placed, Writing
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["CONTRADICTION", "Added", "add_lines"]

CONTRADICTION = (
    "somebody or something would have two numbers of a document that there is only one of",
    "find out at the sources which is right, or whose the other document is, and leave out the wrong one",
)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of what was added.

    ``records`` were taken; ``statements`` of theirs are new, ``known`` were there already, ``outdated`` are of a time that is not kept.
    ``forgotten`` records spoke of somebody who was forgotten: they were taken without him. ``problems`` are what was refused, and why.
    """

    records: int = 0
    statements: int = 0
    known: int = 0
    outdated: int = 0
    forgotten: int = 0
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: "Added") -> "Added":
        """Add what became of more."""
        return Added(
            self.records + other.records,
            self.statements + other.statements,
            self.known + other.known,
            self.outdated + other.outdated,
            self.forgotten + other.forgotten,
            (*self.problems, *other.problems),
        )


def add_lines(connection: "Connection", vocabulary: Vocabulary, lines: Sequence[Sequence[Subject]]) -> Added:
    """Add what was read of records, in a transaction that has the database to itself."""
    admitted, outdated, forgotten = Guard(connection, vocabulary).admit(lines)
    writing = Writing(connection, vocabulary)
    writing.load(one for subjects in admitted for one in subjects)
    placed: list[Placed] = []
    problems: list[Problem] = []
    refused = 0
    for subjects in admitted:
        writing.done.clear()
        found = [writing.place(subject) for subject in subjects]
        if None in found:
            writing.take_back()
            refused += 1
            problems.append(Problem(*subjects[0].place, *CONTRADICTION))
        else:
            placed += [one for several in found if several is not None for one in several]
    new = writing.write(placed)
    return Added(len(lines) - refused, new, len(placed) - new, outdated, forgotten, tuple(problems))
