"""The commands `prefill store …`: records of many subjects in, records out, and what is decided of them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from prefill.cli.answers import SIGNED_WITH, SUBMISSION, kept, received, sent_on, tell_receipt
from prefill.cli.commands import app
from prefill.cli.files import UsageError, check_place, find_plan, open_specs, say, warn, write
from prefill.cli.grants import GRANT
from prefill.cli.ledgers import LEDGER, counting, read_place
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
from prefill.cli.signing import read_key
from prefill.documents import parse_yaml

if TYPE_CHECKING:
    from prefill.errors import RecordError
    from prefill.records import Record
    from prefill.rosters import Wait
    from prefill.store import Added, Store

__all__ = ["DAY", "ID", "ROOT", "STORE", "opened_store", "store_commands"]

_ASKER: Final = "-"
"""Whose leave it is: a condition is asked by whoever may read the store, and not by a form's agency."""


def _condition(text: str) -> dict[str, Any]:
    document = parse_yaml(text, "--where")
    for problem in document.problems:
        raise typer.BadParameter(f"{problem.what}: {problem.remedy}")
    if not isinstance(document.data, dict) or not document.data:
        raise typer.BadParameter("no condition: write '{resident.age: {at_least: 80}}'")
    return document.data


STORE: Final = typer.Argument(
    metavar="STORE", parser=read_place, help="A store: a SQLite file, or postgresql://USER@HOST/NAME."
)
_RECORDS: Final = typer.Argument(metavar="RECORDS...", parser=read_path, help="Files of JSON lines: a record a line.")
ROOT: Final = typer.Argument(metavar="ROOT", parser=read_text, help="What the subject is: resident, household ….")
ID: Final = typer.Argument(
    metavar="ID", parser=read_text, help="A subject: its id in the store, or a document's number."
)
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
DAY: Final = typer.Option("--on", metavar="DATE", parser=read_day, help="The day; today if not given.")

store_commands: Final = typer.Typer(
    help="The records of many subjects, in SQLite or PostgreSQL.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(store_commands, name="store")


@contextmanager
def opened_store(where: str, specs: Path | None, *, create: bool = False) -> "Iterator[Store]":
    """Open a store for a command, with the specs that it names."""
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
    store: Annotated[str, STORE],
    records: Annotated[list[Path], _RECORDS],
    root: Annotated[str | None, _ABOUT] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Add records from files of JSON lines; what is there already is not added again."""
    from prefill.store import Added

    with opened_store(store, specs, create=True) as opened:
        total = Added()
        for path in records:
            total += opened.add_file(path, root=root)
        return _told(opened, total)


@store_commands.command(name="read")
def read_export_into(
    store: Annotated[str, STORE],
    form: Annotated[str, FORM],
    export: Annotated[list[Path], EXPORTS],
    source: Annotated[str, SOURCE],
    as_of: Annotated[date, AS_OF],
    accept: Annotated[list[str] | None, ACCEPT] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Add what a form's system exported."""
    from prefill.exports import read_export

    with opened_store(store, specs, create=True) as opened:
        plan = find_plan(opened.catalogue, form)
        with read_export(plan, export, source=source, as_of=as_of, accept=accepted_of(accept or ())) as found:
            tell(found)
            code = _told(opened, opened.add_all(found, root=plan.form.subject))
            typer.echo("".join(f"{line}\n" for line in unread(found)), nl=False)
    return code


@store_commands.command()
def record(
    store: Annotated[str, STORE],
    root: Annotated[str, ROOT],
    id: Annotated[str, ID],
    output: Annotated[Path, _OUT],
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Write the record of a subject, for `fill` and `explain`."""
    _check(output, ".json")
    with opened_store(store, specs) as opened:
        found = opened.record(root, id)
        warn(found)
        write(output, kept(found))
        typer.echo(f"{output}: {count(len(found.statements), 'statement')}.")


@store_commands.command()
def records(
    store: Annotated[str, STORE],
    root: Annotated[str, ROOT],
    output: Annotated[Path, _LINES],
    where: Annotated[dict[str, Any] | None, _WHERE] = None,
    on: Annotated[date | None, DAY] = None,
    today: Annotated[date | None, TODAY] = None,
    grant: Annotated[list[Any] | None, GRANT] = None,
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
    with ExitStack() as files, opened_store(store, specs) as opened:
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
    store: Annotated[str, STORE],
    id: Annotated[str, ID],
    form: Annotated[str, FORM],
    submission: Annotated[Path, SUBMISSION],
    output: Annotated[Path, _OUT],
    on: Annotated[date | None, DAY] = None,
    today: Annotated[date | None, TODAY] = None,
    worker: Annotated[str | None, WORKER] = None,
    key_file: Annotated[Path | None, SIGNED_WITH] = None,
    ledger: Annotated[str | None, LEDGER] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> int:
    """Receive what a worker sent back, and let the store learn it."""
    from prefill.filling import fill
    from prefill.receiving import receipt_to_json
    from prefill.receiving.reading import read_submission
    from prefill.records import Filing

    _check(output, ".json")
    key = read_key(key_file) if key_file is not None else None
    with opened_store(store, specs) as opened, counting(ledger) as book:
        plan = find_plan(opened.catalogue, form)
        sent = read_submission(submission)
        filing = Filing(worker=worker, today=today)
        facts = opened.record(plan.form.subject, id)
        filled = fill(plan, facts, on=on or sent_on(sent.on) or this_day(), filing=filing)
        receipt = received(filled, submission, facts, key, filing)
        write(output, receipt_to_json(receipt))
        added = opened.learn(receipt, id)
        book.add(receipt)
        tell_receipt(receipt, added.problems)
        learnt = f"{count(len(receipt.facts), 'fact')} to learn, {count(added.statements, 'new statement')}"
        typer.echo(f"{output}: {learnt}; {len(receipt.errors)} in error, {len(receipt.tampered)} tampered with.")
        return 1 if receipt.errors or receipt.tampered or added.problems else 0


def _check(output: Path, ending: str) -> None:
    if output.suffix.lower() != ending:
        raise UsageError(f"'{output}' does not end in {ending}")
    check_place(output)
