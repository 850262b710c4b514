"""What commands that take a worker's answers share: how a submission is received, and how a record is kept that has learnt of it."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from prefill.cli.files import UsageError, say
from prefill.cli.signing import this_moment
from prefill.errors import Problem, SubmissionError
from prefill.filling import FilledForm
from prefill.records import Filing, Record
from prefill.records.subjects import is_of
from prefill.tokens import check_token

if TYPE_CHECKING:
    from prefill.receiving import Receipt

__all__ = ["SIGNED_WITH", "SUBMISSION", "kept", "received", "sent_on", "tell_receipt"]

SUBMISSION: Final = typer.Argument(
    metavar="SUBMISSION", parser=Path, help="What the worker sent back: the page's JSON, or a filled PDF."
)
SIGNED_WITH: Final = typer.Option(
    "--key-file", metavar="FILE", parser=Path, help="The file with the secret that the page was signed with."
)


def received(filled: FilledForm, submission: Path, record: Record, key: bytes | None, filing: Filing) -> "Receipt":
    """Receive a submission; a signed page whose record has moved on since answers the form that it brings along itself.

    Raises UsageError where a page is signed and no key is given, or where it is of another subject than the record.
    """
    from prefill.receiving import receive
    from prefill.receiving.reading import read_submission

    sent, now = read_submission(submission), this_moment()
    if sent.filled is None or sent.token is None:
        return receive(filled, submission, key=key, now=now, filing=filing)
    if key is None:
        raise UsageError(f"'{submission}' is of a signed page: give the key that it was signed with (--key-file)")
    try:
        check_token(sent.token, filled, key=key)
    except SubmissionError:
        receipt = receive(None, submission, plan=filled.plan, key=key, now=now, filing=filing)
        if not is_of(record, receipt.before.reference):
            raise UsageError(
                f"'{submission}' is of another subject than the record: give the record of that one"
            ) from None
        say("the record says otherwise than when the page was filled: its answers are taken to what it showed")
        return receipt
    return receive(filled, submission, key=key, now=now, filing=filing)


def tell_receipt(receipt: "Receipt", unlearnt: Iterable[Problem]) -> None:
    """Say which answers are in error, what is not learnt and why (``unlearnt`` is what the record refused), and what was tampered with."""
    say(*(f"error: {problem}" for problem in receipt.errors))
    say(*(f"not learnt: {problem}" for problem in unlearnt))
    if receipt.filled.form.statistical:
        say("not learnt: the answers to a statistical form, which serve nothing else by law")
    say(
        *(
            f"tampered: {one.key or 'no field of the form'}{f' in row {one.row}' if one.row else ''}: {one.what}"
            for one in receipt.tampered
        )
    )


def kept(record: Record) -> str:
    """Write a record as it is read again: its statements, and what was decided of identities if anything was."""
    statements = list(record.statements)
    decisions = [{**asdict(one), "on": one.on.isoformat()} for one in record.decisions]
    data = {"statements": statements, "decisions": decisions} if decisions else statements
    return json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n"


def sent_on(text: str | None) -> date | None:
    """Give the day that a submission says its form speaks for; None where it says none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
