"""The commands `prefill store …` that take out or decide: who is forgotten, what is kept, who is who; and whether all is whole."""

from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from prefill.cli.files import say
from prefill.cli.options import SPECS, read_day, read_text, this_day
from prefill.cli.reading import count
from prefill.cli.storing import DAY, ID, ROOT, STORE, opened_store, store_commands
from prefill.cli.tables import show, table

__all__ = ["store_commands"]

_OTHER: Final = typer.Argument(metavar="OTHER", parser=read_text, help="The other one: its id, or a document's number.")
_SAYS: Final = typer.Argument(metavar="SOURCE", parser=read_text, help="A source, by the name that records use.")
_SINCE: Final = typer.Option("--since", metavar="DATE", parser=read_day, help="The first day that is kept.")
_WHY: Final = typer.Option(
    "--why", metavar="TEXT", parser=read_text, help="The reason, which is kept: name nobody in it."
)
_BY: Final = typer.Option("--by", metavar="NAME", parser=read_text, help="Who decided.")
_NUMBER: Final = typer.Argument(metavar="NUMBER", help="The decision's number.")


@store_commands.command()
def forget(
    store: Annotated[str, STORE],
    root: Annotated[str, ROOT],
    id: Annotated[str, ID],
    why: Annotated[str, _WHY],
    on: Annotated[date | None, DAY] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Forget a subject: in its record, in all others, and in all that is added later."""
    with opened_store(store, specs) as opened:
        gone = opened.forget(root, id, why=why, on=on or this_day())
        others = count(gone.mentions, "statement")
        typer.echo(f"{opened.name}: {count(gone.statements, 'statement')} taken out; {others} of others kept without.")


@store_commands.command()
def retain(
    store: Annotated[str, STORE],
    source: Annotated[str, _SAYS],
    since: Annotated[date, _SINCE],
    why: Annotated[str, _WHY],
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Keep of a source only what it said since a day, now and later."""
    with opened_store(store, specs) as opened:
        taken = opened.retain(source, since=since, why=why)
        typer.echo(f"{opened.name}: {count(taken, 'statement')} taken out.")


@store_commands.command()
def merge(
    store: Annotated[str, STORE],
    root: Annotated[str, ROOT],
    id: Annotated[str, ID],
    other: Annotated[str, _OTHER],
    by: Annotated[str, _BY],
    why: Annotated[str, _WHY],
    on: Annotated[date | None, DAY] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Decide that two subjects are one."""
    with opened_store(store, specs) as opened:
        number = opened.merge(root, id, other, by=by, on=on or this_day(), why=why)
        typer.echo(f"{opened.name}: decision {number}: they are one.")


@store_commands.command()
def split(
    store: Annotated[str, STORE],
    root: Annotated[str, ROOT],
    id: Annotated[str, ID],
    source: Annotated[str, _SAYS],
    by: Annotated[str, _BY],
    why: Annotated[str, _WHY],
    on: Annotated[date | None, DAY] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Decide that what a source says of a subject is said of another one."""
    with opened_store(store, specs) as opened:
        number, other = opened.split(root, id, source, by=by, on=on or this_day(), why=why)
        typer.echo(f"{opened.name}: decision {number}: what it says is of {other}.")


@store_commands.command()
def undo(
    store: Annotated[str, STORE],
    number: Annotated[int, _NUMBER],
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Take a decision on who is who back."""
    with opened_store(store, specs) as opened:
        opened.undo(number)
        typer.echo(f"{opened.name}: decision {number} is taken back.")


@store_commands.command()
def decisions(store: Annotated[str, STORE], specs: Annotated[Path | None, SPECS] = None) -> None:
    """List what was decided of who is who."""
    told = table("number", "what", "subject", "other", "source", "by", "on", "why", right=("number",))
    with opened_store(store, specs) as opened:
        for one in opened.decisions():
            words = (one.what, one.subject, one.other, one.source or "", one.by, one.on.isoformat(), one.why)
            told.add_row(str(one.number), *words)
    show(told)


@store_commands.command()
def verify(store: Annotated[str, STORE], specs: Annotated[Path | None, SPECS] = None) -> int:
    """Look whether a store is whole: every statement as it was written, and all that is noted of it."""
    with opened_store(store, specs) as opened:
        problems = opened.verify()
        say(*map(str, problems))
        if not problems:
            typer.echo(f"{opened.name}: {count(len(opened), 'statement')}, the store is whole.")
    return 1 if problems else 0
