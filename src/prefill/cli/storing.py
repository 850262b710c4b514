"""The commands `prefill store …`: records of many subjects in, records out, and what is decided of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from prefill.cli.commands import (
    _ACCEPT,
    _AS_OF,
    _EXPORTS,
    _FORM,
    _SOURCE,
    _SPECS,
    _TODAY,
    _WORKER,
    _day,
    _file,
    _path,
    _text,
    _this_day,
    app,
)
from prefill.cli.files import UsageError, check_place, find_plan, open_specs, say, warn, write
from prefill.cli.ledgers import _place
from prefill.cli.reading import accepted_of, count, tell, unread
from prefill.cli.receiving import _kept
from prefill.cli.tables import show, table

if TYPE_CHECKING:
    from prefill.store import Added, Store

__all__ = ["store_commands"]

_STORE: Final = typer.Argument(
    metavar="STORE", parser=_place, help="A store: a SQLite file, or postgresql://USER@HOST/NAME."
)
_RECORDS: Final = typer.Argument(metavar="RECORDS...", parser=_path, help="Files of JSON lines: a record a line.")
_ROOT: Final = typer.Argument(metavar="ROOT", parser=_text, help="What the subject is: resident, household ….")
_ID: Final = typer.Argument(metavar="ID", parser=_text, help="A subject: its id in the store, or a document's number.")
_OTHER: Final = typer.Argument(metavar="OTHER", parser=_text, help="The other one: its id, or a document's number.")
_ABOUT: Final = typer.Option(
    "--root", metavar="ROOT", parser=_text, help="Which root the records are about, where they state several."
)
_OUT: Final = typer.Option("--output", "-o", metavar="OUT", parser=_file, help="The file to write: .json.")
_LINES: Final = typer.Option(
    "--output", "-o", metavar="OUT", parser=_file, help="The file of records to write, one a line (.jsonl)."
)
_SUBMISSION: Final = typer.Argument(
    metavar="SUBMISSION", parser=Path, help="What the worker sent back: the page's JSON, or a filled PDF."
)
_SAYS: Final = typer.Argument(metavar="SOURCE", parser=_text, help="A source, by the name that records use.")
_SINCE: Final = typer.Option("--since", metavar="DATE", parser=_day, help="The first day that is kept.")
_WHY: Final = typer.Option("--why", metavar="TEXT", parser=_text, help="The reason, which is kept: name nobody in it.")
_BY: Final = typer.Option("--by", metavar="NAME", parser=_text, help="Who decided.")
_ON: Final = typer.Option("--on", metavar="DATE", parser=_day, help="The day; today if not given.")
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
    specs: Annotated[Path | None, _SPECS] = None,
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
    form: Annotated[str, _FORM],
    export: Annotated[list[Path], _EXPORTS],
    source: Annotated[str, _SOURCE],
    as_of: Annotated[date, _AS_OF],
    accept: Annotated[list[str] | None, _ACCEPT] = None,
    specs: Annotated[Path | None, _SPECS] = None,
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
    specs: Annotated[Path | None, _SPECS] = None,
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
    specs: Annotated[Path | None, _SPECS] = None,
) -> int:
    """Write the records of all subjects, one a line."""
    from prefill.errors import RecordError

    _check(output, ".jsonl")
    bad: list[str] = []

    def faulty(subject: str, error: RecordError) -> None:
        bad.append(subject)
        say(*map(str, error.problems))

    partial = output.with_name(f".prefill-{output.name}.part")
    number = 0
    try:
        with _opened(store, specs) as opened, partial.open("w", encoding="utf-8", newline="\n") as file:
            for _, found in opened.records(root, bad=faulty):
                statements = json.dumps(list(found.statements), ensure_ascii=False, separators=(",", ":"))
                file.write(statements + "\n")
                number += 1
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    typer.echo(f"{output}: {count(number, 'record')}{f'; {len(bad)} that contradict themselves' if bad else ''}.")
    return 1 if bad else 0


@store_commands.command()
def learn(
    store: Annotated[str, _STORE],
    id: Annotated[str, _ID],
    form: Annotated[str, _FORM],
    submission: Annotated[Path, _SUBMISSION],
    output: Annotated[Path, _OUT],
    on: Annotated[date | None, _ON] = None,
    today: Annotated[date | None, _TODAY] = None,
    worker: Annotated[str | None, _WORKER] = None,
    specs: Annotated[Path | None, _SPECS] = None,
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
        day = on or (_day(sent.on) if sent.on else _this_day())
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
    specs: Annotated[Path | None, _SPECS] = None,
) -> None:
    """Forget a subject: in its record, in all others, and in all that is added later."""
    with _opened(store, specs) as opened:
        gone = opened.forget(root, id, why=why, on=on or _this_day())
        others = count(gone.mentions, "statement")
        typer.echo(f"{opened.name}: {count(gone.statements, 'statement')} taken out; {others} of others kept without.")


@store_commands.command()
def retain(
    store: Annotated[str, _STORE],
    source: Annotated[str, _SAYS],
    since: Annotated[date, _SINCE],
    why: Annotated[str, _WHY],
    specs: Annotated[Path | None, _SPECS] = None,
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
    specs: Annotated[Path | None, _SPECS] = None,
) -> None:
    """Decide that two subjects are one."""
    with _opened(store, specs) as opened:
        number = opened.merge(root, id, other, by=by, on=on or _this_day(), why=why)
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
    specs: Annotated[Path | None, _SPECS] = None,
) -> None:
    """Decide that what a source says of a subject is said of another one."""
    with _opened(store, specs) as opened:
        number, other = opened.split(root, id, source, by=by, on=on or _this_day(), why=why)
        typer.echo(f"{opened.name}: decision {number}: what it says is of {other}.")


@store_commands.command()
def undo(
    store: Annotated[str, _STORE],
    number: Annotated[int, _NUMBER],
    specs: Annotated[Path | None, _SPECS] = None,
) -> None:
    """Take a decision on who is who back."""
    with _opened(store, specs) as opened:
        opened.undo(number)
        typer.echo(f"{opened.name}: decision {number} is taken back.")


@store_commands.command()
def decisions(store: Annotated[str, _STORE], specs: Annotated[Path | None, _SPECS] = None) -> None:
    """List what was decided of who is who."""
    told = table("number", "what", "subject", "other", "source", "by", "on", "why", right=("number",))
    with _opened(store, specs) as opened:
        for one in opened.decisions():
            words = (one.what, one.subject, one.other, one.source or "", one.by, one.on.isoformat(), one.why)
            told.add_row(str(one.number), *words)
    show(told)


@store_commands.command()
def verify(store: Annotated[str, _STORE], specs: Annotated[Path | None, _SPECS] = None) -> int:
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
