"""The commands `prefill store …`: records of many subjects in, records out, and what is decided of them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from prefill.cli.commands import app
from prefill.cli.files import UsageError, check_place, find_plan, open_specs, say, warn, write
from prefill.cli.ledgers import _place
from prefill.cli.listing import _GRANT
from prefill.cli.options import (
    ACCEPT,
    AS_OF,
    EXPORTS,
    FORM,
    SOURCE,
    SPECS,
    TODAY,
    WORKER,
    read_day,
    read_file,
    read_path,
    read_text,
    this_day,
)
from prefill.cli.reading import accepted_of, count, tell, unread
from prefill.cli.receiving import _kept
from prefill.cli.tables import show, table
from prefill.documents import parse_yaml

if TYPE_CHECKING:
    from prefill.errors import RecordError
    from prefill.records import Record
    from prefill.rosters import Wait
    from prefill.store import Added, Store

__all__ = ["store_commands"]

_ASKER: Final = "-"
"""Whose leave it is: a condition is asked by whoever may read the store, and not by a form's agency."""


def _condition(text: str) -> dict[str, Any]:
    document = parse_yaml(text, "--where")
    for problem in document.problems:
        raise typer.BadParameter(f"{problem.what}: {problem.remedy}")
    if not isinstance(document.data, dict) or not document.data:
        raise typer.BadParameter("no condition: write '{resident.age: {at_least: 80}}'")
    return document.data


_STORE: Final = typer.Argument(
    metavar="STORE", parser=_place, help="A store: a SQLite file, or postgresql://USER@HOST/NAME."
)
_RECORDS: Final = typer.Argument(metavar="RECORDS...", parser=read_path, help="Files of JSON lines: a record a line.")
_ROOT: Final = typer.Argument(metavar="ROOT", parser=read_text, help="What the subject is: resident, household ….")
_ID: Final = typer.Argument(
    metavar="ID", parser=read_text, help="A subject: its id in the store, or a document's number."
)
_OTHER: Final = typer.Argument(metavar="OTHER", parser=read_text, help="The other one: its id, or a document's number.")
_ABOUT: Final = typer.Option(
    "--root", metavar="ROOT", parser=read_text, help="Which root the records are about, where they state several."
)
_OUT: Final = typer.Option("--output", "-o", metavar="OUT", parser=read_file, help="The file to write: .json.")
_UNDECIDED: Final = typer.Option(
    "--undecided",
    metavar="FILE",
    parser=read_file,
    help="Also write those of whom it may hold: id and what that waits for (.jsonl).",
)
_LINES: Final = typer.Option(
    "--output", "-o", metavar="OUT", parser=read_file, help="The file of records to write, one a line (.jsonl)."
)
_WHERE: Final = typer.Option(
    "--where",
    metavar="CONDITION",
    parser=_condition,
    help="Those alone of whom it holds, as forms write it: '{resident.age: {at_least: 80}}'.",
)
_SUBMISSION: Final = typer.Argument(
    metavar="SUBMISSION", parser=Path, help="What the worker sent back: the page's JSON, or a filled PDF."
)
_SAYS: Final = typer.Argument(metavar="SOURCE", parser=read_text, help="A source, by the name that records use.")
_SINCE: Final = typer.Option("--since", metavar="DATE", parser=read_day, help="The first day that is kept.")
_WHY: Final = typer.Option(
    "--why", metavar="TEXT", parser=read_text, help="The reason, which is kept: name nobody in it."
)
_BY: Final = typer.Option("--by", metavar="NAME", parser=read_text, help="Who decided.")
_ON: Final = typer.Option("--on", metavar="DATE", parser=read_day, help="The day; today if not given.")
_NUMBER: Final = typer.Argument(metavar="NUMBER", help="The decision's number.")

store_commands: Final = typer.Typer(
    help="The records of many subjects, in SQLite or PostgreSQL.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(store_commands, name="store")


@contextmanager
def _opened(where: str, specs: Path | None, *, create: bool = False) -> "Iterator[Store]":
    from prefill.store import open_store

    with open_store(where, open_specs(specs), create=create) as store:
        yield store


def _told(store: "Store", added: "Added") -> int:
    """Say what became of what was added; gives the exit code: 1 where something was refused."""
    say(*map(str, added.problems))
    more = [f"{count(added.outdated, 'statement')} too old to be kept"] if added.outdated else []
    more += [f"{count(added.forgotten, 'record')} without somebody who was forgotten"] if added.forgotten else []
    what = f"{count(added.records, 'record')}: {count(added.statements, 'new statement')}, {added.known} known"
    refused = f"; {len(added.problems)} refused" if added.problems else ""
    typer.echo(f"{store.name}: {', '.join([what, *more])}{refused}.")
    return 1 if added.problems else 0


@store_commands.command()
def add(
    store: Annotated[str, _STORE],
    records: Annotated[list[Path], _RECORDS],
    root: Annotated[str | None, _ABOUT] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Add records from files of JSON lines; what is there already is not added again."""
    from prefill.store import Added

    with _opened(store, specs, create=True) as opened:
        total = Added()
        for path in records:
            total += opened.add_file(path, root=root)
        return _told(opened, total)


@store_commands.command(name="read")
def read_export_into(
    store: Annotated[str, _STORE],
    form: Annotated[str, FORM],
    export: Annotated[list[Path], EXPORTS],
    source: Annotated[str, SOURCE],
    as_of: Annotated[date, AS_OF],
    accept: Annotated[list[str] | None, ACCEPT] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Add what a form's system exported."""
    from prefill.exports import read_export

    with _opened(store, specs, create=True) as opened:
        plan = find_plan(opened.catalogue, form)
        with read_export(plan, export, source=source, as_of=as_of, accept=accepted_of(accept or ())) as found:
            tell(found)
            code = _told(opened, opened.add_all(found, root=plan.form.subject))
            typer.echo("".join(f"{line}\n" for line in unread(found)), nl=False)
    return code


@store_commands.command()
def record(
    store: Annotated[str, _STORE],
    root: Annotated[str, _ROOT],
    id: Annotated[str, _ID],
    output: Annotated[Path, _OUT],
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Write the record of a subject, for `fill` and `explain`."""
    _check(output, ".json")
    with _opened(store, specs) as opened:
        found = opened.record(root, id)
        warn(found)
        write(output, _kept(found))
        typer.echo(f"{output}: {count(len(found.statements), 'statement')}.")


@store_commands.command()
def records(
    store: Annotated[str, _STORE],
    root: Annotated[str, _ROOT],
    output: Annotated[Path, _LINES],
    where: Annotated[dict[str, Any] | None, _WHERE] = None,
    on: Annotated[date | None, _ON] = None,
    today: Annotated[date | None, TODAY] = None,
    grant: Annotated[list[Any] | None, _GRANT] = None,
    undecided: Annotated[Path | None, _UNDECIDED] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Write the records of all subjects, or of those of whom a condition surely holds, one a line."""
    from prefill.records import Filing, Grant

    if where is None and (on or today or grant or undecided):
        raise UsageError("--on, --today, --grant and --undecided are for a condition: give --where")
    for path in (output, undecided):
        if path is not None:
            _check(path, ".jsonl")
    if undecided is not None and undecided.absolute() == output.absolute():
        raise UsageError(f"'{output}' cannot hold both: name another file for --undecided")
    bad: list[str] = []
    number = doubtful = 0

    def faulty(subject: str, error: "RecordError") -> None:
        bad.append(subject)
        say(*map(str, error.problems))

    leave = Grant(_ASKER, [path for path, _ in grant], min(day for _, day in grant)) if grant else None
    with ExitStack() as files, _opened(store, specs) as opened:
        write_one, write_doubtful = (_lines(files, path) if path else None for path in (output, undecided))

        def doubted(subject: str, _: "Record", waits: "tuple[Wait, ...]") -> None:
            nonlocal doubtful
            doubtful += 1
            if write_doubtful is not None:
                write_doubtful({"id": subject, "waits_for": [wait._asdict() for wait in waits]})

        given = opened.records(
            root,
            where,
            on=on or this_day(),
            filing=Filing(today=today),
            grant=leave,
            undecided=doubted,
            bad=faulty,
        )
        for _, found in given:
            if write_one is not None:
                write_one(list(found.statements))
            number += 1
    more = f"; {doubtful} undecided" if where is not None else ""
    more += f"; {len(bad)} that contradict themselves" if bad else ""
    typer.echo(f"{output}: {count(number, 'record')}{more}.")
    return 1 if bad else 0


def _lines(files: ExitStack, path: Path) -> "Callable[[Any], object]":
    """Open a file of JSON lines to write, which takes its name when all of them are whole; gives what writes a line."""
    partial = path.with_name(f".prefill-{path.name}.part")
    files.callback(partial.unlink, missing_ok=True)
    file = partial.open("w", encoding="utf-8", newline="\n")

    def close(kind: type[BaseException] | None, *_: object) -> None:
        file.close()
        if kind is None:
            partial.replace(path)

    files.push(close)
    return lambda data: file.write(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n")


@store_commands.command()
def learn(
    store: Annotated[str, _STORE],
    id: Annotated[str, _ID],
    form: Annotated[str, FORM],
    submission: Annotated[Path, _SUBMISSION],
    output: Annotated[Path, _OUT],
    on: Annotated[date | None, _ON] = None,
    today: Annotated[date | None, TODAY] = None,
    worker: Annotated[str | None, WORKER] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Receive what a worker sent back, and let the store learn it."""
    from prefill.filling import fill
    from prefill.receiving import receipt_to_json, receive
    from prefill.receiving.reading import read_submission
    from prefill.records import Filing

    _check(output, ".json")
    with _opened(store, specs) as opened:
        plan = find_plan(opened.catalogue, form)
        sent = read_submission(submission)
        day = on or (read_day(sent.on) if sent.on else this_day())
        filing = Filing(worker=worker, today=today)
        filled = fill(plan, opened.record(plan.form.subject, id), on=day, filing=filing)
        receipt = receive(filled, submission, filing=filing)
        write(output, receipt_to_json(receipt))
        added = opened.learn(receipt, id)
        say(*(f"error: {problem}" for problem in (*receipt.errors, *added.problems)))
        facts = f"{count(len(receipt.facts), 'fact')} to learn, {count(added.statements, 'new statement')}"
        typer.echo(f"{output}: {facts}; {len(receipt.errors)} in error, {len(receipt.tampered)} tampered with.")
        return 1 if receipt.errors or receipt.tampered or added.problems else 0


@store_commands.command()
def forget(
    store: Annotated[str, _STORE],
    root: Annotated[str, _ROOT],
    id: Annotated[str, _ID],
    why: Annotated[str, _WHY],
    on: Annotated[date | None, _ON] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Forget a subject: in its record, in all others, and in all that is added later."""
    with _opened(store, specs) as opened:
        gone = opened.forget(root, id, why=why, on=on or this_day())
        others = count(gone.mentions, "statement")
        typer.echo(f"{opened.name}: {count(gone.statements, 'statement')} taken out; {others} of others kept without.")


@store_commands.command()
def retain(
    store: Annotated[str, _STORE],
    source: Annotated[str, _SAYS],
    since: Annotated[date, _SINCE],
    why: Annotated[str, _WHY],
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Keep of a source only what it said since a day, now and later."""
    with _opened(store, specs) as opened:
        taken = opened.retain(source, since=since, why=why)
        typer.echo(f"{opened.name}: {count(taken, 'statement')} taken out.")


@store_commands.command()
def merge(
    store: Annotated[str, _STORE],
    root: Annotated[str, _ROOT],
    id: Annotated[str, _ID],
    other: Annotated[str, _OTHER],
    by: Annotated[str, _BY],
    why: Annotated[str, _WHY],
    on: Annotated[date | None, _ON] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Decide that two subjects are one."""
    with _opened(store, specs) as opened:
        number = opened.merge(root, id, other, by=by, on=on or this_day(), why=why)
        typer.echo(f"{opened.name}: decision {number}: they are one.")


@store_commands.command()
def split(
    store: Annotated[str, _STORE],
    root: Annotated[str, _ROOT],
    id: Annotated[str, _ID],
    source: Annotated[str, _SAYS],
    by: Annotated[str, _BY],
    why: Annotated[str, _WHY],
    on: Annotated[date | None, _ON] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Decide that what a source says of a subject is said of another one."""
    with _opened(store, specs) as opened:
        number, other = opened.split(root, id, source, by=by, on=on or this_day(), why=why)
        typer.echo(f"{opened.name}: decision {number}: what it says is of {other}.")


@store_commands.command()
def undo(
    store: Annotated[str, _STORE],
    number: Annotated[int, _NUMBER],
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Take a decision on who is who back."""
    with _opened(store, specs) as opened:
        opened.undo(number)
        typer.echo(f"{opened.name}: decision {number} is taken back.")


@store_commands.command()
def decisions(store: Annotated[str, _STORE], specs: Annotated[Path | None, SPECS] = None) -> None:
    """List what was decided of who is who."""
    told = table("number", "what", "subject", "other", "source", "by", "on", "why", right=("number",))
    with _opened(store, specs) as opened:
        for one in opened.decisions():
            words = (one.what, one.subject, one.other, one.source or "", one.by, one.on.isoformat(), one.why)
            told.add_row(str(one.number), *words)
    show(told)


@store_commands.command()
def verify(store: Annotated[str, _STORE], specs: Annotated[Path | None, SPECS] = None) -> int:
    """Look whether a store is whole: every statement as it was written, and all that is noted of it."""
    with _opened(store, specs) as opened:
        problems = opened.verify()
        say(*map(str, problems))
        if not problems:
            typer.echo(f"{opened.name}: {count(len(opened), 'statement')}, the store is whole.")
    return 1 if problems else 0


def _check(output: Path, ending: str) -> None:
    if output.suffix.lower() != ending:
        raise UsageError(f"'{output}' does not end in {ending}")
    check_place(output)
