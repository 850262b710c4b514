"""What `prefill read` does: exports in, records out, and every fault, proposal and column left unread told."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from prefill.cli.files import UsageError, say
from prefill.exports import Export, read_export, write_records
from prefill.plans import Plan

__all__ = ["accepted_of", "count", "read_exports", "tell", "unread"]


def read_exports(
    plan: Plan, exports: Sequence[Path], output: Path, source: str, as_of: date, accept: Sequence[str]
) -> list[str]:
    """Read exports into a file of records and tell the faults on stderr; give the lines that say what was done.

    Raises UsageError for a mistake in the arguments, and FileError where an export cannot be used at all.
    """
    accepted = accepted_of(accept)
    if not output.parent.is_dir():
        raise UsageError(f"no folder '{output.parent}': make it first")
    if output.is_dir():
        raise UsageError(f"'{output}' is a folder: name a file")
    if output in exports:
        raise UsageError(f"'{output}' is an export itself: write the records elsewhere")
    with read_export(plan, exports, source=source, as_of=as_of, accept=accepted) as export:
        tell(export)
        write_records(export, output)
        counts = count(export.subjects, "record"), count(export.rows, "row"), count(len(export.problems), "fault")
        return ["{}: {} from {}; {}.".format(output, *counts), *unread(export)]


def accepted_of(accept: Sequence[str]) -> dict[str, str]:
    """Read which columns are accepted as which paths. Raises UsageError."""
    accepted = {}
    for text in accept:
        column, equals, path = text.rpartition("=")
        if not equals or not column or not path:
            raise UsageError(f"--accept '{text}' names no column and path: write it like 'column=resident.phone'")
        accepted[column] = path
    return accepted


def tell(export: Export) -> None:
    """Tell the faults of an export, and what its columns may be, on stderr."""
    say(*(f"warning: {problem}" for problem in export.problems))
    say(*(f"proposal: {proposal}" for proposal in export.proposals))


def unread(export: Export) -> list[str]:
    """Give lines that say which columns were not read, and why."""
    lines = []
    for where, columns in groupby(export.columns, key=lambda column: column.where):
        left = [(column, column.why) for column in columns if column.why]
        if left:
            lines.append(f"{where}: not read: " + "; ".join(f"{column}: {why}" for column, why in left) + ".")
    what = "cells hold options that no one code of the term stands for; they are left out"
    return lines + [f"{c.where}, column {c}: {c.left_out} {what}." for c in export.columns if c.left_out]


def count(number: int, noun: str) -> str:
    """Count things in words."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
