"""What `prefill read` does: exports in, records out, and every fault, proposal and column left unread told."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from prefill.cli.files import UsageError, say
from prefill.exports import read_export, write_records
from prefill.plans import Plan

__all__ = ["read_exports"]


def read_exports(
    plan: Plan, exports: Sequence[Path], output: Path, source: str, as_of: date, accept: Sequence[str]
) -> list[str]:
    """Read exports into a file of records and tell the faults on stderr; give the lines that say what was done.

    Raises UsageError for a mistake in the arguments, and FileError where an export cannot be used at all.
    """
    accepted = {}
    for text in accept:
        column, equals, path = text.rpartition("=")
        if not equals or not column or not path:
            raise UsageError(f"--accept '{text}' names no column and path: write it like 'column=resident.phone'")
        accepted[column] = path
    if not output.parent.is_dir():
        raise UsageError(f"no folder '{output.parent}': make it first")
    if output.is_dir():
        raise UsageError(f"'{output}' is a folder: name a file")
    if output in exports:
        raise UsageError(f"'{output}' is an export itself: write the records elsewhere")
    with read_export(plan, exports, source=source, as_of=as_of, accept=accepted) as export:
        say(*(f"warning: {problem}" for problem in export.problems))
        say(*(f"proposal: {proposal}" for proposal in export.proposals))
        write_records(export, output)
        counts = _count(export.subjects, "record"), _count(export.rows, "row"), _count(len(export.problems), "fault")
        lines = ["{}: {} from {}; {}.".format(output, *counts)]
        for where, columns in groupby(export.columns, key=lambda column: column.where):
            unread = [(column, column.why) for column in columns if column.why]
            if unread:
                lines.append(f"{where}: not read: " + "; ".join(f"{column}: {why}" for column, why in unread) + ".")
        what = "cells hold options that no one code of the term stands for; they are left out"
        lines += [f"{c.where}, column {c}: {c.left_out} {what}." for c in export.columns if c.left_out]
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
