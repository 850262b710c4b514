"""The error tree: a problem is where, what, and the remedy; an error carries every problem found.

    PrefillError
    ├─ FileError        a file or a text that cannot be used; .problems holds every fault found
    │  ├─ SpecError     a form, the vocabulary, a code list
    │  └─ RecordError   no record can be made of it (lesser faults stand in ``record.problems``)
    ├─ SubmissionError  for another form, subject or version; a forged or expired token
    ├─ RenderError      a template, a font, a missing system library, a character no font has
    ├─ StoreError       a database that cannot be opened, is of a later version, or is busy
    ├─ BatchError       a batch that cannot begin, or go on where it stopped
    └─ MissingExtra     an optional part of prefill is not installed

No message holds a value of a record, but for a character that no font has.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "BatchError",
    "FileError",
    "MissingExtra",
    "PrefillError",
    "Problem",
    "RecordError",
    "RenderError",
    "SpecError",
    "StoreError",
    "SubmissionError",
    "is_name",
    "named",
    "nearest",
]

_NAME = re.compile(r"[A-Za-z_][A-Za-z_.]{0,60}")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: where it is, what is wrong, and what to do about it.

    >>> print(Problem("form.yaml", 12, "unknown key 'lable'", "write 'label'"))
    form.yaml:12: unknown key 'lable'. Remedy: write 'label'
    """

    where: str
    line: int | None
    what: str
    remedy: str

    def __str__(self) -> str:
        """Give the problem on one line, the way compilers do."""
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        return f"{place}: {self.what}. Remedy: {self.remedy}"


class PrefillError(Exception):
    """Every error that prefill raises on purpose."""


class FileError(PrefillError):
    """A file or text that cannot be used; ``problems`` holds every fault found in it, in order of place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Take the faults found, at least one."""
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class SpecError(FileError):
    """A form, the vocabulary or a code list is faulty."""


class RecordError(FileError):
    """No record can be made of the statements."""


class SubmissionError(PrefillError):
    """A submission for another form, subject or version, or with a forged or expired token."""


class RenderError(PrefillError):
    """A page cannot be drawn: a template, a font, a missing system library, a character no font has."""


class StoreError(PrefillError):
    """A database that cannot be opened or written, was made by a later version, or is kept busy by others."""


class BatchError(PrefillError):
    """A batch that cannot begin or be taken up again: it is another one, another process is at it, or a worker was killed."""


class MissingExtra(PrefillError):
    """An optional part is not installed; the message names the extra to install."""


def named(word: object) -> str:
    """Quote a key or path for a message, if it looks like one; else say only that it is none, since it may be a private value.

    >>> named("resident.phon"), named("420112195003150023")
    ("'resident.phon'", 'one that is no name (not shown)')
    """
    return f"'{word}'" if is_name(word) else "one that is no name (not shown)"


def is_name(word: object) -> bool:
    """Say whether a word looks like a name of a spec or a program, and so may be shown."""
    return _NAME.fullmatch(str(word)) is not None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that is spelt most like this one, or None if none is near.

    >>> nearest("lable", ["label", "kind", "from"])
    'label'
    >>> nearest("zzz", ["label", "kind", "from"]) is None
    True
    """
    from rapidfuzz import fuzz, process  # used for error messages alone: not at import

    choices: Sequence[str] = sorted(known)
    found = process.extractOne(word, choices, scorer=fuzz.ratio, score_cutoff=60)
    return found[0] if found else None
