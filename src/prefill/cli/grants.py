"""What the commands over many records share: the period reported, and the grant under which terms may be used."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import typer

from prefill.cli.files import UsageError
from prefill.cli.options import read_day, read_text
from prefill.errors import nearest
from prefill.plans import Plan
from prefill.records import Grant
from prefill.vocabulary import Vocabulary

__all__ = ["GRANT", "PERIOD", "grant_of"]


def _granted(text: str) -> tuple[str, date]:
    path, _, until = text.partition("=")
    if not path.strip() or not until:
        raise typer.BadParameter(f"'{text}' is no grant: write PATH=DATE, like resident.fertility=2026-12-31")
    return path.strip(), read_day(until)


PERIOD: Final = typer.Option(
    "--period", metavar="TEXT", parser=read_text, help="The period reported, as it is printed."
)
GRANT: Final = typer.Option(
    "--grant",
    metavar="PATH=DATE",
    parser=_granted,
    help="A term shared under conditions that the agency may use, until a day.",
)


def grant_of(plan: Plan, granted: Iterable[tuple[str, date]] | None) -> Grant | None:
    """Give the leave that the plan's agency has; of several days the earliest counts. Raises UsageError for what is no part of the vocabulary."""
    found = list(granted or ())
    for path, _ in found:
        _see_to(plan.vocabulary, path)
    return Grant(plan.form.agency, [path for path, _ in found], min(day for _, day in found)) if found else None


def _see_to(vocabulary: Vocabulary, path: str) -> None:
    """Refuse a grant of what there is not: it would open nothing, and nobody would know why."""
    root, _, rest = path.partition(".")
    kind = vocabulary.roots.get(root)
    terms = vocabulary.types[kind].terms if kind is not None else {}
    branch = rest.partition(".")[0]
    if kind is not None and (not rest or any(term.partition(".")[0] == branch for term in terms)):
        return
    known = [f"{root}.{term.partition('.')[0]}" for term in terms] or list(vocabulary.roots)
    near = nearest(path if terms else root, known)
    raise UsageError(
        f"--grant '{path}': no such term; "
        + (f"did you mean '{near}'?" if near else "write one like resident.fertility")
    )
