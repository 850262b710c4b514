"""A record on one line of a file: every fault is told with the line, and the path within it."""

import re
from collections.abc import Iterable
from typing import Any

from prefill.batches.model import Complaint, Payload
from prefill.catalogue import Catalogue
from prefill.documents import Document, Place, parse_json
from prefill.errors import FileError, Problem, RecordError
from prefill.records import Record

__all__ = ["complaints", "read_payload"]

_STEP = re.compile(r"[A-Za-z_][A-Za-z_0-9]{0,60}")


class _Line(Document):
    """A document that is one line of a file."""

    number: int | None = None

    def line(self, *place: str | int) -> int | None:
        """Give the line of the file."""
        return self.number

    def problem(self, place: Place, what: str, remedy: str) -> None:
        """Add a fault found at this place."""
        self.problems.append(Complaint(self.name, self.number, what, remedy, _path(place)))


def _path(place: Place) -> str:
    """Write a place as JSONPath; a key that is no name is not shown: it may be a private value.

    >>> _path((0, "resident", "members", 2)), _path((0, "420112195003150023"))
    ('$[0].resident.members[2]', '$[0].*')
    """
    steps = (
        f"[{step}]" if isinstance(step, int) else f".{step}" if _STEP.fullmatch(str(step)) else ".*" for step in place
    )
    return "$" + "".join(steps)


def read_payload(catalogue: Catalogue, payload: Payload, name: str, number: int | None) -> Record:
    """Make the record of a line of JSON, or of data in the same shape.

    Raises RecordError, whose problems are complaints; the lesser ones stand in the record's ``problems``.
    """
    try:
        return catalogue.record_of(_document(payload, name, number))
    except FileError as error:
        raise RecordError(complaints(error.problems, name, number)) from None


def complaints(problems: Iterable[Problem], name: str, number: int | None) -> tuple[Complaint, ...]:
    """Give problems as complaints about this line."""
    return tuple(
        one if isinstance(one, Complaint) else Complaint(name, number, one.what, one.remedy) for one in problems
    )


def _document(payload: Payload, name: str, number: int | None) -> Document:
    text, data, problems = "", payload, list[Problem]()
    if isinstance(payload, bytes):
        try:
            payload = payload.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise RecordError([Problem(name, number, "not UTF-8 text", "save the file as UTF-8")]) from None
    if isinstance(payload, str):
        text, parsed = payload, parse_json(payload, name)
        data, problems = parsed.data, parsed.problems
    line = _Line(name, data, [*complaints(problems, name, number)], broken=bool(problems) and data is None, text=text)
    line.number = number
    return line


def statements_of(record: Record) -> Any:
    """Give a record as it is sent to another process, where it is made again."""
    statements = list(record.statements)
    if not record.decisions:
        return statements
    decisions = [
        {"what": one.what, "anchors": one.anchors, "by": one.by, "on": one.on.isoformat(), "why": one.why}
        for one in record.decisions
    ]
    return {"statements": statements, "decisions": decisions}
