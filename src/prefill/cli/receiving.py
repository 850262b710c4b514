"""What `prefill receive` does: a submission in, a receipt out; what was learnt into a record, requests to authorities as sheets."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prefill.cli.commands import app
from prefill.cli.files import UsageError, check_place, find_plan, open_specs, say, warn, write
from prefill.cli.ledgers import LEDGER, counting
from prefill.cli.options import FORM, RECORD, SPECS, TEMPLATES, TODAY, WORKER, read_day, read_file, this_day
from prefill.cli.signing import read_key, this_moment
from prefill.errors import Problem, SubmissionError
from prefill.filling import FilledForm, fill
from prefill.records import Filing, Record
from prefill.records.subjects import is_of
from prefill.tokens import check_token

if TYPE_CHECKING:
    from prefill.receiving import Receipt

__all__ = ["receive_submission"]

_SUBMISSION = typer.Argument(
    metavar="SUBMISSION", parser=Path, help="What the worker sent back: the page's JSON, or a filled PDF."
)
_OUT = typer.Option("--output", "-o", metavar="OUT", parser=read_file, help="The receipt to write: .json.")
_LEARN = typer.Option(
    "--learn", metavar="OUT", parser=read_file, help="Write the record with what it learns of this: .json."
)
_REQUESTS = typer.Option(
    "--requests",
    metavar="OUT",
    parser=read_file,
    help="Write the requests to authorities, a sheet each: .html or .pdf.",
)
_KEY_FILE = typer.Option(
    "--key-file", metavar="FILE", parser=Path, help="The file with the secret that the page was signed with."
)
_ON = typer.Option(
    "--on", metavar="DATE", parser=read_day, help="The day that the form speaks for; the submission's if not given."
)


@app.command(name="receive")
def receive_submission(
    form: Annotated[str, FORM],
    record: Annotated[Path, RECORD],
    submission: Annotated[Path, _SUBMISSION],
    output: Annotated[Path, _OUT],
    learn: Annotated[Path | None, _LEARN] = None,
    requests: Annotated[Path | None, _REQUESTS] = None,
    on: Annotated[date | None, _ON] = None,
    today: Annotated[date | None, TODAY] = None,
    worker: Annotated[str | None, WORKER] = None,
    key_file: Annotated[Path | None, _KEY_FILE] = None,
    templates: Annotated[Path | None, TEMPLATES] = None,
    ledger: Annotated[str | None, LEDGER] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Check what a worker sent back of a form that `fill` made, and say what becomes of it."""
    from prefill.receiving import receipt_to_json
    from prefill.receiving.reading import read_submission

    for path, endings in ((output, (".json",)), (learn, (".json",)), (requests, (".html", ".pdf"))):
        if path is not None:
            if path.suffix.lower() not in endings:
                raise UsageError(f"'{path}' ends in none of {', '.join(endings)}")
            check_place(path)
    key = read_key(key_file) if key_file is not None else None
    catalogue = open_specs(specs)
    plan = find_plan(catalogue, form)
    sent = read_submission(submission)
    facts = catalogue.read_record(record)
    filing = Filing(worker=worker, today=today)
    filled = fill(plan, facts, on=on or _sent_on(sent.on) or this_day(), filing=filing)
    warn(facts)
    with counting(ledger) as book:
        receipt = _received(filled, submission, facts, key, filing)
        write(output, receipt_to_json(receipt))
        left: list[Problem] = []
        if learn is not None:
            learnt = facts.learn(receipt.facts)
            known = {problem.what for problem in facts.problems}
            left = [problem for problem in learnt.problems if problem.what not in known]
            write(learn, _kept(learnt))
        if requests is not None:
            from prefill.rendering import requests_to_html, requests_to_pdf

            draw = requests_to_html if requests.suffix.lower() == ".html" else requests_to_pdf
            write(requests, draw(receipt.corrections, templates=templates))
        book.add(receipt)
    say(*(f"error: {problem}" for problem in receipt.errors))
    say(*(f"not learnt: {problem}" for problem in left))
    if filled.form.statistical:
        say("not learnt: the answers to a statistical form, which serve nothing else by law")
    say(
        *(
            f"tampered: {one.key or 'no field of the form'}{f' in row {one.row}' if one.row else ''}: {one.what}"
            for one in receipt.tampered
        )
    )
    counts = [
        sum(answer.origin == origin and answer.error is None for answer in receipt)
        for origin in ("manual", "override", "auto")
    ]
    typer.echo(
        f"{output}: {counts[0]} typed, {counts[1]} corrected, {counts[2]} confirmed or as they were; {len(receipt.errors)} in error, "
        f"{len(receipt.tampered)} tampered with. To learn: {len(receipt.facts)} facts; requests to authorities: {len(receipt.corrections)}."
    )
    return 1 if receipt.errors or receipt.tampered or left else 0


def _received(filled: FilledForm, submission: Path, record: Record, key: bytes | None, filing: Filing) -> "Receipt":
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


def _kept(record: Record) -> str:
    """Write a record as it is read again: its statements, and what was decided of identities if anything was."""
    statements = list(record.statements)
    decisions = [{**asdict(one), "on": one.on.isoformat()} for one in record.decisions]
    data = {"statements": statements, "decisions": decisions} if decisions else statements
    return json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n"


def _sent_on(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
