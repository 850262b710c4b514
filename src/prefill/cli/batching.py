"""What `prefill batch` does: a file or a store of records in, a form for each out, with a bar on a terminal and every fault told."""

import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from prefill.cli.commands import app
from prefill.cli.files import UsageError, find_plan, make_folder, open_specs, say
from prefill.cli.grants import GRANT, PERIOD, grant_of
from prefill.cli.inputs import GIVEN, kind_of
from prefill.cli.ledgers import LEDGER
from prefill.cli.options import BY_HAND, FONT, FORM, ON, SPECS, TEMPLATES, TODAY, WORKER, this_day
from prefill.errors import StoreError
from prefill.records import Filing

if TYPE_CHECKING:
    from prefill.batches import BatchItem, Counted, Files, Input
    from prefill.catalogue import Catalogue
    from prefill.plans import Plan

__all__ = ["batch_forms"]

TOLD: Final = 100
"""So many records set aside are told on stderr; all stand in the file of problems."""


def _output(text: str) -> Path:
    if not text.strip():
        raise typer.BadParameter("it is empty: give a name")
    return Path(text)


def _draw(text: str) -> str:
    if text not in ("json", "html", "pdf"):
        raise typer.BadParameter(f"'{text}' is none of json, html, pdf")
    return text


def _count(text: str | int) -> int:
    try:
        if 1 <= int(text) <= 1024:
            return int(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"'{text}' is no number of processes: give one from 1")


_RECORDS = typer.Argument(metavar="RECORDS", help=GIVEN)
_OUT = typer.Option(
    "--output",
    "-o",
    metavar="OUT",
    parser=_output,
    help="A folder, for a file a subject; or one .pdf or .jsonl for all.",
)
_AS = typer.Option(
    "--as", metavar="KIND", parser=_draw, help="What is written to a folder: pdf (if not given), html or json."
)
_RESUME = typer.Option("--resume", help="Go on where a batch was interrupted; begin, if none was begun there.")
_WORKERS = typer.Option("--workers", metavar="N", parser=_count, help="Processes; one a core if not given.")


@app.command(name="batch")
def batch_forms(
    form: Annotated[str, FORM],
    records: Annotated[str, _RECORDS],
    output: Annotated[Path, _OUT],
    draw: Annotated[Any, _AS] = None,
    resume: Annotated[bool, _RESUME] = False,
    workers: Annotated[Any, _WORKERS] = None,
    on: Annotated[date | None, ON] = None,
    today: Annotated[date | None, TODAY] = None,
    worker: Annotated[str | None, WORKER] = None,
    period: Annotated[str | None, PERIOD] = None,
    grant: Annotated[list[Any] | None, GRANT] = None,
    by_hand: Annotated[bool, BY_HAND] = False,
    font: Annotated[list[Path] | None, FONT] = None,
    templates: Annotated[Path | None, TEMPLATES] = None,
    ledger: Annotated[str | None, LEDGER] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Fill a form for each of many records, on all cores; what is interrupted goes on with --resume."""
    from prefill.batches import begun_on, files_of, run_batch

    catalogue = open_specs(specs)
    plan = find_plan(catalogue, form)
    leave = grant_of(plan, grant)
    files = files_of(output, draw)
    on = on or (begun_on(files) if resume else None) or this_day()
    if today and today < on:
        raise UsageError(
            f"--today {today} is before {on}, the day that the form speaks for: give --on too, or a later day"
        )
    if (by_hand or font) and files.draw != "pdf":
        raise UsageError(f"{'--by-hand' if by_hand else '--font'} is for PDFs: leave it out, or say --as pdf")
    if templates is not None and files.draw == "json":
        raise UsageError("--templates is for pages: leave it out, or say --as pdf or --as html")
    with ExitStack() as stack:
        source = stack.enter_context(_input(records, plan, catalogue))
        make_folder(files.folder)
        signals = stack.enter_context(_signals())
        telling = _Telling(stack.enter_context(_bar(source.total)), files)
        try:
            counted = run_batch(
                plan,
                source,
                files,
                on=on,
                filing=Filing(worker=worker, today=today, period=period),
                grant=leave,
                templates=templates,
                by_hand=by_hand,
                fonts=tuple(font) if font else None,
                workers=workers,
                resume=resume,
                ledger=stack.enter_context(_ledger(ledger)),
                stopping=lambda: signals.got is not None,
                told=telling.tell,
                begun=lambda state: telling.begin(state.filled + state.set_aside),
            )
        except OSError as error:
            why = (error.strerror or "it is not known why").lower()
            raise UsageError(
                f"'{error.filename or output}' cannot be written ({why}). Mend that, then go on: {_again()}"
            ) from None
        except StoreError as error:
            raise UsageError(f"{error}. Then go on: {_again()}") from None
    telling.rest()
    return _end(counted, files, output, signals.got)


def _end(counted: "Counted", files: "Files", output: Path, stopped: int | None) -> int:
    """Say what came of it, and give the exit code."""
    parts = [f"{counted.filled:,} {'form' if counted.filled == 1 else 'forms'}", f"{counted.set_aside:,} set aside"]
    parts[1] += f" ({files.problems})" if counted.set_aside else ""
    if counted.warned:
        parts.append(f"{counted.warned:,} with warnings ({files.warnings})")
    if not counted.ended:
        say(f"stopped: {', '.join(parts)} so far. Go on: {_again()}")
        return 128 + (stopped or 0)
    typer.echo(f"{output}: {', '.join(parts)}.")
    return 1 if counted.set_aside else 0


def _again() -> str:
    """Give the command that goes on, as one types it."""
    given = sys.argv[1:]
    if given[:1] != ["batch"]:
        return "give the same command with --resume"
    return shlex.join(["prefill", *given, *([] if "--resume" in given else ["--resume"])])


@contextmanager
def _input(text: str, plan: "Plan", catalogue: "Catalogue") -> "Iterator[Input]":
    """Open the records."""
    from prefill.batches import from_lines, from_parquet, from_store

    kind = kind_of(text)
    if kind != "store":
        yield from_parquet(Path(text)) if kind == "parquet" else from_lines(Path(text))
        return
    from prefill.store import open_store

    with open_store(text, catalogue, create=False) as store:
        yield from_store(store, plan.form.subject)


@contextmanager
def _ledger(where: str | None) -> Iterator[Any]:
    if where is None:
        yield None
        return
    from prefill.store import open_ledger

    with open_ledger(where) as ledger:
        yield ledger


@dataclass
class _Signals:
    got: int | None = None


@contextmanager
def _signals() -> Iterator[_Signals]:
    """Note that somebody wants it to stop, rather than stop in the middle of something; a second time, it does."""
    signals = _Signals()
    if threading.current_thread() is not threading.main_thread():  # only that one hears of signals
        yield signals
        return

    def note(number: int, frame: FrameType | None) -> None:
        if signals.got is not None:
            raise KeyboardInterrupt
        signals.got = number

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar(total: int | None) -> Iterator[Callable[[int], None] | None]:
    """Show a bar with rate and time left, on a terminal; none in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} a second" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("forms", total=total)
        yield lambda done: progress.update(task, advance=done)


class _Telling:
    """What is told while it goes on: the bar, and the first records that are set aside."""

    def __init__(self, advance: Callable[[int], None] | None, files: "Files") -> None:
        self.advance, self.files, self.count = advance, files, 0

    def begin(self, done: int) -> None:
        if self.advance is not None:
            self.advance(done)

    def tell(self, item: "BatchItem") -> None:
        self.begin(1)
        if not item.filled:
            self.count += 1
            if self.count <= TOLD:
                say(str(item.problems[0]))

    def rest(self) -> None:
        if self.count > TOLD:
            say(f"… and {self.count - TOLD:,} more: see {self.files.problems}")
