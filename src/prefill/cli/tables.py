"""How the commands tell things on the screen: tables, and time the way people say it."""

import sys
from collections.abc import Container
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

__all__ = ["duration", "show", "table"]

_WIDE: Final = 240  # where nobody says how wide the screen is: nothing is cut


def table(*columns: str, right: Container[str] = (), title: str | None = None) -> Table:
    """Make a table with these columns; those in ``right`` hold numbers."""
    made = Table(box=box.SIMPLE, title=title)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def show(*tables: Table) -> None:
    """Print tables, as wide as the screen."""
    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)
    for one in tables:
        console.print(one)


def duration(seconds: float) -> str:
    """Give seconds the way people say them.

    >>> duration(7.4), duration(-3.26), duration(148), duration(7380)
    ('7.4 s', '-3.3 s', '2 min 28 s', '2 h 3 min')
    """
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if seconds < 59.95:
        return f"{sign}{round(seconds, 1):g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return sign + (f"{hours} h {left} min" if hours else f"{minutes} min {rest} s")
