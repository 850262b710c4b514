"""What a batch is made of: the job that every worker is given, a task of some subjects, what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from prefill.errors import Problem
from prefill.records import Filing, Grant
from prefill.savings import Savings

__all__ = [
    "ENDINGS",
    "BatchItem",
    "Complaint",
    "Drawing",
    "Job",
    "Payload",
    "Place",
    "Result",
    "Stored",
    "Subject",
    "Task",
]

Drawing: TypeAlias = Literal["json", "html", "pdf"]
ENDINGS: Final[Mapping[str, Drawing]] = {".json": "json", ".html": "html", ".pdf": "pdf"}

Payload: TypeAlias = Any
"""A record on its way to a worker: its line as bytes or text, or its data (a list of statements, or with decisions a mapping)."""


@dataclass(frozen=True, slots=True, order=True)
class Complaint(Problem):
    """A problem with a record of a batch; ``path`` is where it stands within the record, as JSONPath (RFC 9535).

    >>> print(Complaint("records.jsonl", 12, "'resident' is no mapping", "write its terms and values under it", "$[0].resident"))
    records.jsonl:12: $[0].resident: 'resident' is no mapping. Remedy: write its terms and values under it
    """

    path: str = "$"

    def __str__(self) -> str:
        """Give the complaint on one line: file, line, path, what, remedy."""
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        return f"{place}: {self.path}: {self.what}. Remedy: {self.remedy}"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """What became of one subject of a batch.

    ``number`` is its place in the input, from 1 (of a file: its line or row), ``id`` the opaque name that came with it. ``content`` is the
    form as it was drawn, and ``savings`` what it saved; both are None where the record was set aside, and ``problems`` say why. A record that
    was filled may have lesser ``problems``, too.
    """

    number: int
    id: str | None
    content: str | bytes | None
    savings: Savings | None
    problems: tuple[Complaint, ...] = ()

    @property
    def filled(self) -> bool:
        """Whether the form was filled, or the record set aside."""
        return self.savings is not None


class Place(NamedTuple):
    """How far the input was read: the last subject's number, the offset behind it in a file, the last subject's id."""

    number: int = 0
    offset: int = 0
    id: str = ""


class Stored(NamedTuple):
    """What a store holds of a subject, not yet joined: that is for the workers to do."""

    found: Any


class Subject(NamedTuple):
    """One record of the input."""

    number: int
    id: str | None
    payload: Payload


@dataclass(frozen=True, slots=True)
class Task:
    """Some subjects, one after the other: themselves, or a range of the input's file (offset, bytes) from a line on; ``end`` is behind them."""

    end: Place
    subjects: tuple[Subject, ...] = ()
    first: int = 0
    range: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What all subjects of a batch have in common: how to make the plan, and what to draw.

    ``folders`` and ``file`` make the plan, ``spec_hash`` says whether it is the same. ``name`` is what messages call the input; ``input`` its
    file, if tasks are ranges of one. ``folder`` is where each form is written as a file; without one, contents are handed back: of each
    subject, or (``merged``) of each task as one. ``counted`` asks for entries for the ledger.
    """

    folders: tuple[Path, ...]
    file: Path
    spec_hash: str
    on: date
    filing: Filing = field(default_factory=Filing)
    grant: Grant | None = None
    draw: Drawing | None = "json"
    templates: Path | None = None
    by_hand: bool = False
    fonts: tuple[Path, ...] | None = None
    name: str = "records"
    input: Path | None = None
    folder: Path | None = None
    merged: bool = False
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a task. ``merged`` is the content of all its forms as one (a PDF's objects, lines of JSON); ``counted`` the ledger's entries."""

    end: Place
    items: tuple[BatchItem, ...]
    merged: Any = None
    counted: tuple[Any, ...] = ()
