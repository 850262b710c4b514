"""What `prefill receive` does: a submission in, a receipt out; what was learnt into a record, requests to authorities as sheets."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from prefill.cli.answers import SIGNED_WITH, SUBMISSION, kept, received, sent_on, tell_receipt
from prefill.cli.commands import app
from prefill.cli.files import UsageError, check_place, find_plan, open_specs, warn, write
from prefill.cli.ledgers import LEDGER, counting
from prefill.cli.options import FORM, RECORD, SPECS, TEMPLATES, TODAY, WORKER, read_day, read_file, this_day
from prefill.cli.signing import read_key
from prefill.errors import Problem
from prefill.filling import fill
from prefill.records import Filing

__all__ = ["receive_submission"]

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
_ON = typer.Option(
    "--on", metavar="DATE", parser=read_day, help="The day that the form speaks for; the submission's if not given."
)


@app.command(name="receive")
def receive_submission(
    form: Annotated[str, FORM],
    record: Annotated[Path, RECORD],
    submission: Annotated[Path, SUBMISSION],
    output: Annotated[Path, _OUT],
    learn: Annotated[Path | None, _LEARN] = None,
    requests: Annotated[Path | None, _REQUESTS] = None,
    on: Annotated[date | None, _ON] = None,
    today: Annotated[date | None, TODAY] = None,
    worker: Annotated[str | None, WORKER] = None,
    key_file: Annotated[Path | None, SIGNED_WITH] = None,
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
    filled = fill(plan, facts, on=on or sent_on(sent.on) or this_day(), filing=filing)
    warn(facts)
    with counting(ledger) as book:
        receipt = received(filled, submission, facts, key, filing)
        write(output, receipt_to_json(receipt))
        left: list[Problem] = []
        if learn is not None:
            learnt = facts.learn(receipt.facts)
            known = {problem.what for problem in facts.problems}
            left = [problem for problem in learnt.problems if problem.what not in known]
            write(learn, kept(learnt))
        if requests is not None:
            from prefill.rendering import requests_to_html, requests_to_pdf

            draw = requests_to_html if requests.suffix.lower() == ".html" else requests_to_pdf
            write(requests, draw(receipt.corrections, templates=templates))
        book.add(receipt)
    tell_receipt(receipt, left)
    counts = [
        sum(answer.origin == origin and answer.error is None for answer in receipt)
        for origin in ("manual", "override", "auto")
    ]
    typer.echo(
        f"{output}: {counts[0]} typed, {counts[1]} corrected, {counts[2]} confirmed or as they were; {len(receipt.errors)} in error, "
        f"{len(receipt.tampered)} tampered with. To learn: {len(receipt.facts)} facts; requests to authorities: {len(receipt.corrections)}."
    )
    return 1 if receipt.errors or receipt.tampered or left else 0
