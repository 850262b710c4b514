"""The commands, and what becomes of a mistake.

Exit codes: 0 done; 1 the specs have faults (`check`); 2 the user's mistake, or a file that cannot be used.
It is told in a line on stderr, or a line for each fault of a file; never by a traceback or a recorded value.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from prefill import resolution
from prefill.cli.files import UsageError, find_plan, open_specs, read_record, renderer, say, write
from prefill.errors import FileError, MissingExtra, PrefillError, Problem, SpecError
from prefill.filling import fill
from prefill.records import Filing
from prefill.savings import measure
from prefill.vocabulary import UnknownTerm

__all__ = ["app", "main", "run"]

app: Final = typer.Typer(
    help="Fill every field of a report form that the shared record knows, and mark the rest for the worker.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no date: write it like 2026-11-23") from None


_FORM = typer.Argument(metavar="FORM", help="A system's number, a form's id, or a YAML file.")
_FORMS = typer.Argument(metavar="[FORM]...", help="The forms to check; all if none is named.")
_RECORD = typer.Argument(metavar="RECORD", help="A record: a YAML or JSON file.")
_PATH = typer.Argument(metavar="PATH", help="A term's path, such as resident.phone.")
_SPECS = typer.Option("--specs", metavar="FOLDER", help="A folder of specs of your own, laid over those of prefill.")
_FOLDER = typer.Option("--output", "-o", metavar="FOLDER", help="Where the filled forms are written.")
_OUT = typer.Option("--output", "-o", metavar="OUT", help="The file to write: .html, .pdf or .json.")
_WORKER = typer.Option("--worker", metavar="NAME", help="The community worker who fills the form.")
_ON = typer.Option("--on", metavar="DATE", parser=_day, help="The day that the form speaks for; today if not given.")
_DEMO_ON = typer.Option(
    "--on",
    metavar="DATE",
    parser=_day,
    help="The day that the forms speak for; the samples' own if not given.",
)
_TODAY = typer.Option("--today", metavar="DATE", parser=_day, help="The day of filling; the form's day if not given.")


@app.command()
def demo(
    output: Annotated[Path, _FOLDER] = Path("demo"),
    on: Annotated[date | None, _DEMO_ON] = None,
    specs: Annotated[Path | None, _SPECS] = None,
) -> None:
    """Fill the sample forms for invented people, and say what that saved."""
    catalogue = open_specs(specs)
    samples = catalogue.samples()
    if not samples:
        raise UsageError("this folder of specs has no samples: use prefill fill with a record of your own")
    output.mkdir(parents=True, exist_ok=True)
    table = _table("form", "asked", "known", "confirm", "new", "hand", "filled", "keys saved", "time saved")
    renderers = {ending: renderer(Path(f"x{ending}")) for ending in (".html", ".pdf", ".json")}
    for form, (sample, day, today) in samples.items():
        plan = find_plan(catalogue, form)
        facts = catalogue.read_record(sample)  # its faults are meant: the forms show what becomes of them
        filled = fill(plan, facts, on=on or day, filing=Filing(worker="示例员", today=None if on else today))
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
        table.add_row(title, *counts, share, str(saved.keystrokes_saved), _duration(saved.seconds_saved))
    _print(table)
    form, (sample, day, today) = next(iter(samples.items()))
    called = Path(sys.argv[0]).name == "prefill"  # `make demo` calls it by its path: .venv is not activated
    program = sys.argv[0] if called and not shutil.which("prefill") else "prefill"
    sample = Path(os.path.relpath(sample)) if sample.is_relative_to(Path.cwd()) else sample
    typer.echo(
        f"Written to {output}/. Open {output / form}.html in a browser: what is left to do is marked.\n\n"
        "Next:\n"
        f"  {program} forms\n"
        f"  {program} fill {form} {sample} --on {day} -o x.pdf\n"
        f"  {program} explain {sample} resident.phone --on {day}"
    )


@app.command()
def forms(specs: Annotated[Path | None, _SPECS] = None) -> None:
    """List the forms of the catalogue."""
    table = _table("id", "system", "title", "agency", "version")
    for form in open_specs(specs).forms():
        table.add_row(form.id, str(form.system or ""), form.title, form.agency or "", form.version or "")
    _print(table)


@app.command()
def check(form: Annotated[list[str] | None, _FORMS] = None, specs: Annotated[Path | None, _SPECS] = None) -> None:
    """Report every fault of the specs, one a line; exit code 1 if there are any."""
    problems: list[Problem] = []
    names = form or []
    try:
        catalogue = open_specs(specs)
    except SpecError as error:
        problems.extend(error.problems)
    else:
        names = names or [summary.id for summary in catalogue.forms()]
        for name in names:
            try:
                find_plan(catalogue, name)
            except SpecError as error:
                problems.extend(error.problems)
    say(*map(str, dict.fromkeys(problems)))
    if problems:
        raise typer.Exit(1)
    typer.echo(f"No faults in {len(names)} {'form' if len(names) == 1 else 'forms'}.")


@app.command(name="fill")
def fill_form(
    form: Annotated[str, _FORM],
    record: Annotated[Path, _RECORD],
    output: Annotated[Path, _OUT],
    on: Annotated[date | None, _ON] = None,
    today: Annotated[date | None, _TODAY] = None,
    worker: Annotated[str | None, _WORKER] = None,
    specs: Annotated[Path | None, _SPECS] = None,
) -> None:
    """Fill a form from a record and write it as a page, a PDF or JSON."""
    render = renderer(output)
    catalogue = open_specs(specs)
    plan = find_plan(catalogue, form)
    facts = read_record(catalogue, record)
    filled = fill(plan, facts, on=on or _this_day(), filing=Filing(worker=worker, today=today))
    write(output, render(filled))
    saved = measure(filled)
    typer.echo(
        f"{output}: {saved.asked} asked: {saved.known} known, {saved.confirm} to confirm, {saved.new} new; "
        f"{saved.hand} by hand. Saved: {saved.keystrokes_saved} keys, {_duration(saved.seconds_saved)}."
    )


@app.command()
def explain(
    record: Annotated[Path, _RECORD],
    path: Annotated[str, _PATH],
    on: Annotated[date | None, _ON] = None,
    specs: Annotated[Path | None, _SPECS] = None,
) -> None:
    """Say who said what of a term and when, what was taken, and why."""
    catalogue = open_specs(specs)
    try:
        catalogue.vocabulary.path(path)
        typer.echo(str(resolution.explain(read_record(catalogue, record), path, on=on or _this_day())))
    except UnknownTerm as error:
        raise UsageError(f"{error}: {error.remedy}") from None


def _this_day() -> date:
    """Today, by this machine's calendar: nothing else in prefill looks at a clock."""
    return datetime.now().astimezone().date()


def _table(*columns: str) -> Table:
    table = Table(columns[0], box=box.SIMPLE)
    numbers = ("asked", "known", "confirm", "new", "hand", "filled", "keys saved", "time saved", "system")
    for column in columns[1:]:
        table.add_column(column, justify="right" if column in numbers else "left")
    return table


def _print(table: Table) -> None:
    Console(width=None if sys.stdout.isatty() else 140, highlight=False).print(table)


def _duration(seconds: float) -> str:
    """Give seconds the way people say them.

    >>> _duration(148.0), _duration(-3.2)
    ('2 min 28 s', '-3 s')
    """
    minutes, rest = divmod(round(abs(seconds)), 60)
    return ("-" if seconds < 0 else "") + (f"{minutes} min {rest} s" if minutes else f"{rest} s")
