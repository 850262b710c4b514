"""What the commands read and write: the catalogue, a plan, a record, and the files of a filled form."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from prefill.catalogue import Catalogue, open_catalogue
from prefill.errors import PrefillError, SpecError
from prefill.filling import FilledForm
from prefill.plans import Plan
from prefill.records import Record

__all__ = ["UsageError", "find_plan", "open_specs", "read_record", "renderer", "say", "write"]


class UsageError(PrefillError):
    """A mistake on the command line; the message is one line that says what to do."""


def say(*lines: str) -> None:
    """Put each message on stderr, on one line of its own."""
    for line in lines:
        print(" ".join(line.split()), file=sys.stderr)  # noqa: T201


def open_specs(folder: Path | None) -> Catalogue:
    """Open the specs that come with prefill, with this folder's laid over them.

    Raises UsageError if there is no such folder, and SpecError with every fault of the vocabulary.
    """
    if folder is None:
        return open_catalogue()
    if not folder.is_dir():
        raise UsageError(f"no folder '{folder}'")
    return open_catalogue(folder)


def find_plan(catalogue: Catalogue, name: str) -> Plan:
    """Give the plan of a system's number, a form's id or a YAML file.

    Raises UsageError, with the nearest id, if there is no such form, and SpecError if the form has faults.
    """
    try:
        return catalogue.plan(name)
    except SpecError as error:
        first = error.problems[0]
        if first.where != "catalogue":
            raise
        raise UsageError(f"{first.what}: {first.remedy}") from None


def read_record(catalogue: Catalogue, path: Path) -> Record:
    """Read a record; its lesser faults are told on stderr and the rest of it is used. Raises RecordError."""
    record = catalogue.read_record(path)
    say(*(f"warning: {problem}" for problem in record.problems))
    return record


def renderer(path: Path) -> Callable[[FilledForm], str | bytes]:
    """Give the function that draws what this file's ending asks for.

    Raises UsageError for another ending, or a folder that does not exist.
    """
    from prefill import rendering

    found: dict[str, Callable[[FilledForm], str | bytes]] = {
        ".html": rendering.to_html,
        ".pdf": rendering.to_pdf,
        ".json": rendering.to_json,
    }
    if path.suffix.lower() not in found:
        raise UsageError(f"'{path}' ends in none of {', '.join(found)}")
    if not path.parent.is_dir():
        raise UsageError(f"no folder '{path.parent}': make it first")
    return found[path.suffix.lower()]


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: under another name in its folder first, then renamed."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
