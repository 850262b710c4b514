"""The command `prefill ledger`, and the option --ledger of the commands whose work is counted."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from prefill.cli.files import say

if TYPE_CHECKING:
    from prefill.store import Head, Ledger
    from prefill.store.ledger import Countable

__all__ = ["LEDGER", "counting", "ledger_commands", "read_place"]


def read_place(text: str) -> str:
    """Read where a store or a ledger is; raises BadParameter where it is empty."""
    if not text.strip():
        raise typer.BadParameter("it is empty: name a file, or a database by URL")
    return text


def _head(text: "str | Head") -> "Head":
    from prefill.store import Head

    if isinstance(text, Head):
        return text
    if found := re.fullmatch(r"([0-9]+):([0-9a-f]{64})", text.strip()):
        return Head(int(found[1]), found[2])
    raise typer.BadParameter("it is no head of a ledger: write it as it was noted, NUMBER:HASH")


LEDGER: Final = typer.Option(
    "--ledger",
    metavar="LEDGER",
    parser=read_place,
    help="Count this in a ledger: a SQLite file (made if it is not there), or postgresql://USER@HOST/NAME.",
)
_LEDGER: Final = typer.Argument(
    metavar="LEDGER", parser=read_place, help="A ledger: a SQLite file, or postgresql://USER@HOST/NAME."
)
_HEAD: Final = typer.Option(
    "--head", metavar="NUMBER:HASH", parser=_head, help="The head that was noted earlier, to be found in it."
)

ledger_commands: Final = typer.Typer(
    help="The ledger of what was saved: see whether it is whole.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@contextmanager
def counting(where: str | None) -> "Iterator[_Book]":
    """Open the ledger named on the command line before any work is done; without one, nothing is counted."""
    if where is None:
        yield _Book(None)
        return
    from prefill.store import open_ledger

    with open_ledger(where) as ledger:
        yield _Book(ledger)


class _Book:
    """Adds to a ledger, if there is one, and tells the entry's number."""

    def __init__(self, ledger: "Ledger | None") -> None:
        self.ledger = ledger

    def add(self, counted: "Countable") -> None:
        if self.ledger is not None:
            entry = self.ledger.add(counted)
            typer.echo(f"{self.ledger.name}: entry {entry.number}")


@ledger_commands.command()
def verify(
    ledger: Annotated[str, _LEDGER],
    head: Annotated[Any, _HEAD] = None,
) -> int:
    """Go along the chain of a ledger, and tell every entry that was changed, moved or taken out."""
    from prefill.store import open_ledger

    with open_ledger(ledger, create=False) as opened:
        problems = opened.verify(head)
        if problems:
            say(*map(str, problems))
            return 1
        last = opened.head
        count = f"{last.number} {'entry' if last.number == 1 else 'entries'}"
        typer.echo(f"{opened.name}: {count}, the chain is whole. Head: {last}")
    return 0
