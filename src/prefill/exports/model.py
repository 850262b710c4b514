"""What reading an export gives: statements by subject, and what became of its columns, rows and cells."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Literal

from prefill.errors import Problem
from prefill.exports.subjects import Subjects

__all__ = ["Column", "Complaint", "Export", "How", "Proposal"]

How = Literal["label", "name", "accepted"]

PRINTED: Final[How] = "label"
NAMED: Final[How] = "name"
ACCEPTED: Final[How] = "accepted"


@dataclass(frozen=True, slots=True, order=True)
class Complaint(Problem):
    """A fault of an export: file, row (``line``), column, what is wrong and the remedy. It never holds a cell's value.

    >>> print(Complaint("a.csv", 7, "the cell is unreadable", "correct it", "D (姓名)"))
    a.csv:7, column D (姓名): the cell is unreadable. Remedy: correct it
    """

    column: str | None = None

    def __str__(self) -> str:
        """Give the complaint on one line."""
        row = f"{self.where}:{self.line}" if self.line is not None else self.where
        place = f"{row}, column {self.column}" if self.column else row
        return f"{place}: {self.what}. Remedy: {self.remedy}"


@dataclass(slots=True)
class Column:
    """A column of an export and what became of it.

    ``how`` it was matched to ``path``: by the printed ``label``, by another ``name`` of the term, or because it was ``accepted``. A
    column that is not read back has no ``path``, and ``why`` says the reason. ``left_out`` counts cells of options that no one
    code of the term stands for.
    """

    where: str
    letter: str
    name: str
    path: str | None = None
    how: How | None = None
    why: str | None = None
    left_out: int = 0

    def __str__(self) -> str:
        """Name the column the way complaints do: ``D (姓名)``."""
        return f"{self.letter} ({self.name})" if self.name else self.letter


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column may be, by the likeness of its name: it is read only if it is accepted."""

    where: str
    letter: str
    column: str
    path: str
    label: str
    score: int

    def __str__(self) -> str:
        """Give the proposal on one line, with what accepts it."""
        return (
            f"{self.where}, column {self.letter} ({self.column}) may be {self.path} ({self.label}): "
            f"if it is, --accept '{self.column}={self.path}'"
        )


@dataclass(slots=True)
class Export:
    """What was read from one or several exports: iterate over it for each subject's statements.

    ``problems`` are the faults, in order of place; ``columns`` and ``proposals`` what became of the columns; ``rows`` counts the
    rows with anything in them. The statements wait in a temporary file of this process, so that memory does not grow with the
    export; it is gone when the export is closed (``close``, ``with``) or forgotten.
    """

    problems: Sequence[Complaint]
    columns: tuple[Column, ...]
    proposals: tuple[Proposal, ...]
    rows: int
    subjects: int
    _held: Subjects = field(repr=False)

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        """Give the statements about each subject, in the order in which the subjects first stand in the exports."""
        return self._held.statements()

    def lines(self) -> Iterator[str]:
        """Give each subject's statements as a line of JSON, in the shape that ``catalogue.record`` takes."""
        for statements in self:
            yield json.dumps(statements, ensure_ascii=False, separators=(",", ":")) + "\n"

    def close(self) -> None:
        """Forget what was read; the statements cannot be iterated over any more."""
        self._held.close()

    def __enter__(self) -> "Export":
        """Begin a block at whose end the export is closed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the export."""
        self.close()
