"""The commands, and what becomes of a mistake.

Exit codes: 0 done; 1 the specs have faults, or break a notice (`check`); 2 the user's mistake, or a file that cannot be used.
It is told in a line on stderr, or a line for each fault of a file; never by a traceback or a recorded value.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from prefill import resolution
from prefill.catalogue import SAMPLE_WORKER
from prefill.cli.files import UsageError, find_plan, make_folder, open_specs, renderer, say, warn, write
from prefill.cli.grants import GRANT, PERIOD, grant_of
from prefill.cli.ledgers import LEDGER, counting, ledger_commands
from prefill.cli.options import (
    ACCEPT,
    ALL,
    AS_OF,
    BY_HAND,
    DEMO_ON,
    EXPORTS,
    FILLABLE,
    FOLDER,
    FONT,
    FORM,
    OFFSET,
    ON,
    OUT,
    PARTS,
    PATH,
    RECORD,
    RECORDS,
    SOURCE,
    SPECS,
    TAGGED,
    TEMPLATES,
    TODAY,
    VALUES_ONLY,
    WORKER,
    this_day,
)
from prefill.cli.reading import read_exports
from prefill.cli.signing import EXPIRES, KEEP, KEY_FILE, SUBMIT_TO, page_options
from prefill.cli.tables import duration, show, table
from prefill.errors import FileError, MissingExtra, PrefillError
from prefill.filling import fill
from prefill.records import Filing
from prefill.savings import measure

__all__ = ["app", "main", "run"]

app: Final = typer.Typer(
    help="Fill every field of a report form that the shared record knows, and mark the rest for the worker.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(ledger_commands, name="ledger")


def main() -> None:
    """Run the command with this process's arguments and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command with these arguments and give its exit code; nothing that a user can cause is raised.

    >>> run(["fill", "39"])  # no RECORD: one line on stderr
    2
    """
    try:
        code = app(args=list(arguments), prog_name="prefill", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        if message := error.format_message():  # without a command the help was shown, and there is none
            say(f"{message} (prefill --help says more)")
    except FileError as error:
        say(*map(str, error.problems))
    except PrefillError as error:
        say(str(error))
    except BrokenPipeError:  # the reader has seen enough: `prefill forms | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        say(f"{error.filename}: {(error.strerror or 'cannot be used').lower()}")
    except (typer.Abort, KeyboardInterrupt):
        say("stopped")
    else:
        return code if isinstance(code, int) else 0
    return 2


@app.command()
def demo(
    output: Annotated[Path, FOLDER] = Path("demo"),
    on: Annotated[date | None, DEMO_ON] = None,
    all_forms: Annotated[bool, ALL] = False,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Fill the sample forms for invented people, and say what that saved."""
    catalogue = open_specs(specs)
    samples = catalogue.samples()
    if not samples:
        raise UsageError("this folder of specs has no samples: use prefill fill with a record of your own")
    if not all_forms:
        samples = {form: sample for form, sample in samples.items() if sample.demo} or samples
    make_folder(output)
    numbers = ("asked", "known", "confirm", "new", "hand", "filled", "keys saved", "time saved")
    told = table("form", *numbers, right=numbers)
    renderers = {ending: renderer(Path(f"x{ending}")) for ending in (".html", ".pdf", ".json")}
    retyped = []
    for form, sample in samples.items():
        plan = find_plan(catalogue, form)
        facts = catalogue.read_record(
            *(sample.demo or sample.record)
        )  # its faults are meant: the forms show what becomes of them
        filing = replace(sample.filing, today=None) if on else sample.filing
        filled = fill(plan, facts, on=on or sample.on, filing=filing, grant=sample.grant)
        write(output / f"{form}.yaml", b"\n".join(file.read_bytes() for file in sample.demo or sample.record))
        for ending, render in tuple(renderers.items()):
            try:
                write(output / f"{form}{ending}", render(filled))
            except MissingExtra as error:
                del renderers[ending]
                say(f"no {ending} files: {error}")
        saved = measure(filled)
        counts = map(str, (saved.asked, saved.known, saved.confirm, saved.new, saved.hand))
        share = "–" if saved.share_filled is None else f"{saved.share_filled:.0%}"
        title = f"{plan.form.system} {plan.form.title}"
        retyped += [str(plan.form.system)] if saved.delivery == "retyped" else []
        told.add_row(title, *counts, share, str(saved.keystrokes_saved), duration(saved.seconds_saved))
    show(told)
    if retyped:
        which = "these forms are" if len(retyped) == len(samples) else f"{', '.join(retyped)} are"
        typer.echo(
            "Saved in looking up alone, less the keys to confirm: "
            f"{which} retyped into closed websites, and no typing is counted."
        )
    form, sample = next(iter(samples.items()))
    typer.echo(
        f"\nWritten to {output}/: the forms, and the records that they were filled from. Open {output / form}.html"
        " in a browser: what is left to do is marked.\n\nNext:"
    )
    called = Path(sys.argv[0]).name == "prefill"  # `make demo` calls it by its path: .venv is not activated
    program = sys.argv[0] if called and not shutil.which("prefill") else "prefill"
    record, own = output / f"{form}.yaml", ["--specs", specs] if specs else []
    today = sample.filing.today
    days = ["--on", on or sample.on, *(["--today", today] if today and not on else [])]
    worker = ["--worker", sample.filing.worker or SAMPLE_WORKER]
    typer.echo("  " + _shown(program, "forms", *own))
    typer.echo("  " + _shown(program, "fill", form, record, *days, *worker, *own, "-o", "page.html"))
    typer.echo("  " + _shown(program, "explain", record, "resident.phone", *days[:2], *own))


@app.command()
def forms(specs: Annotated[Path | None, SPECS] = None) -> None:
    """List the forms of the catalogue."""
    told = table("id", "system", "title", "agency", "version", right=("system",))
    for form in open_specs(specs).forms():
        told.add_row(form.id, str(form.system or ""), form.title, form.agency or "", form.version or "")
    show(told)


@app.command(name="fill")
def fill_form(
    form: Annotated[str, FORM],
    record: Annotated[list[Path], PARTS],
    output: Annotated[Path, OUT],
    on: Annotated[date | None, ON] = None,
    today: Annotated[date | None, TODAY] = None,
    worker: Annotated[str | None, WORKER] = None,
    period: Annotated[str | None, PERIOD] = None,
    granted: Annotated[list[Any] | None, GRANT] = None,
    fillable: Annotated[bool, FILLABLE] = False,
    values_only: Annotated[bool, VALUES_ONLY] = False,
    offset: Annotated[Any, OFFSET] = None,
    tagged: Annotated[bool, TAGGED] = False,
    by_hand: Annotated[bool, BY_HAND] = False,
    font: Annotated[list[Path] | None, FONT] = None,
    submit_to: Annotated[str | None, SUBMIT_TO] = None,
    keep: Annotated[Any, KEEP] = None,
    key_file: Annotated[Path | None, KEY_FILE] = None,
    expires: Annotated[Any, EXPIRES] = None,
    templates: Annotated[Path | None, TEMPLATES] = None,
    ledger: Annotated[str | None, LEDGER] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Fill a form from a record and write it as a page, a PDF or JSON."""
    render = renderer(
        output,
        templates=templates,
        fillable=fillable,
        values_only=values_only,
        offset=offset,
        tagged=tagged,
        by_hand=by_hand,
        fonts=font,
        page=page_options(submit_to, keep, key_file, expires),
    )
    catalogue = open_specs(specs)
    plan = find_plan(catalogue, form)
    on = on or this_day()
    if today and today < on:
        raise UsageError(
            f"--today {today} is before {on}, the day that the form speaks for: give --on too, or a later day"
        )
    grant = grant_of(plan, granted)
    filing = Filing(worker=worker, today=today, period=period)
    facts = catalogue.read_record(*record)
    with counting(ledger) as book:
        filled = fill(plan, facts, on=on, filing=filing, grant=grant)
        warn(facts)
        write(output, render(filled))
        book.add(filled)
    saved = measure(filled)
    what = "Saved in looking up alone (it is retyped)" if saved.delivery == "retyped" else "Saved"
    typer.echo(
        f"{output}: {saved.asked} asked: {saved.known} known, {saved.confirm} to confirm, {saved.new} new; "
        f"{saved.hand} by hand. {what}: {saved.keystrokes_saved} keys, {duration(saved.seconds_saved)}."
    )


@app.command()
def explain(
    record: Annotated[Path, RECORD],
    path: Annotated[str, PATH],
    on: Annotated[date | None, ON] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Say who said what of a term and when, what was taken, and why."""
    catalogue = open_specs(specs)
    catalogue.vocabulary.path(path)
    facts = catalogue.read_record(record)
    told = str(resolution.explain(facts, path, on=on or this_day()))
    warn(facts)
    typer.echo("\n".join(dict.fromkeys(told.splitlines())))  # the same said twice on a day is told once


def _shown(*words: object) -> str:
    """Write a command as one types it; Chinese needs no quotes."""
    return " ".join(word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word) for word in map(str, words))


@app.command()
def read(
    form: Annotated[str, FORM],
    export: Annotated[list[Path], EXPORTS],
    output: Annotated[Path, RECORDS],
    source: Annotated[str, SOURCE],
    as_of: Annotated[date, AS_OF],
    accept: Annotated[list[str] | None, ACCEPT] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Read exports of a form's system into records, one a line, for `fill` and for programs."""
    plan = find_plan(open_specs(specs), form)
    typer.echo("\n".join(read_exports(plan, export, output, source, as_of, accept or ())))
