"""What `prefill audit` does: the catalogue's burden as a table, as JSON, or as a page."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from prefill.checks.auditing import Audit, audit
from prefill.cli.commands import app
from prefill.cli.files import check_place, open_specs, write
from prefill.cli.options import SPECS
from prefill.cli.tables import show, table

__all__ = ["audit_catalogue"]

_FACTS = 12  # how many kinds of fact the table on the screen has: the JSON has all


def _file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".html", ".json"):
        raise typer.BadParameter(f"'{text}' ends in none of .html, .json")
    return path


_OUT = typer.Option("--output", "-o", metavar="OUT", parser=_file, help="The file to write: .html or .json.")
_JSON = typer.Option("--json", help="Print JSON instead of tables.")


@app.command(name="audit")
def audit_catalogue(
    specs: Annotated[Path | None, SPECS] = None,
    as_json: Annotated[bool, _JSON] = False,
    output: Annotated[Path | None, _OUT] = None,
) -> None:
    """Say what the forms of the catalogue ask, who asks it too, and how often a year, before anybody fills anything."""
    if output is not None:
        check_place(output)
    found = audit(open_specs(specs))
    text = json.dumps(found.to_dict(), ensure_ascii=False, indent=1) + "\n"
    if output is None:
        typer.echo(text, nl=False) if as_json else _tell(found)
        return
    if output.suffix.lower() == ".html":
        from prefill.reports import audit_page

        text = audit_page(found)
    write(output, text)
    typer.echo(f"{output}: {_summary(found)}")


def _tell(found: Audit) -> None:
    show(_forms(found), _facts(found))
    typer.echo(_summary(found))
    typer.echo(
        "By plan: of the fields that the community types, those with a source; other: they follow from answers, or are asked afresh."
        " By sample: of the entries that an invented full record is asked for, those filled. A year: entries, one form a use, by the"
        " notice's frequencies; a lower bound."
    )


def _forms(found: Audit) -> Table:
    numbers = ("asked", "recorded", "derived", "suggested", "other", "new", "by plan", "by sample")
    told = table("system", "title", *numbers, "used", "a year", right=(*numbers, "a year"))
    for one in found.forms:
        n = one.origins
        other = n["after-answers"] + n["ask-always"]
        told.add_row(
            str(one.form.system or ""),
            one.form.title,
            *map(str, (one.asked, n["recorded"], n["derived"], n["suggested"], other, n["each-time"])),
            _share(one.share_by_plan),
            _share(one.share_by_sample),
            one.occasion.word if one.occasion else "–",
            "–" if one.times_a_year is None else f"{one.times_a_year * one.entries:.0f}",
        )
    return told


def _facts(found: Audit) -> Table:
    numbers = ("forms", "of own subject", "entered a year")
    told = table("fact", "printed", *numbers, "systems", right=numbers)
    for fact in found.shared[:_FACTS]:
        systems = " ".join(str(use.system or use.form) for use in fact.uses)
        shown = map(str, (len(fact.uses), fact.own, round(fact.entered)))
        told.add_row(fact.name.name, fact.name.label, *shown, systems)
    return told


def _summary(found: Audit) -> str:
    first = found.facts[0] if found.facts else None
    told = (
        f"{len(found.forms)} forms, {found.total('asked')} fields asked of the community: {_share(found.share_by_plan)} have a source,"
        f" {found.origins['each-time']} are new each time; full records fill {_share(found.share_by_sample)}."
    )
    if first:
        told += f" {first.name.label} is asked by {len(first.uses)} forms, {first.own} of them of their own subject."
    return f"{told} At least {found.a_year('entries'):.0f} entries a year."


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
