"""What `prefill report` does: what filling saved, from the ledger, as a table, CSV, JSON, a page or a PDF; and the evidence behind it."""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from prefill.cli.commands import app
from prefill.cli.files import UsageError, check_place, make_folder, open_specs, say, write
from prefill.cli.options import SPECS, read_file, read_path, read_text
from prefill.cli.tables import duration, show, table

if TYPE_CHECKING:
    from prefill.reports import Report

__all__ = ["report_savings"]

BY: Final = ("form", "system", "department", "month")
ENDINGS: Final = (".html", ".pdf", ".csv", ".json")
_TYPED: Final = 5  # of what is still typed most, on the screen: the JSON has all


def _month(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise typer.BadParameter(f"'{text}' is no month: write it like 2026-11")
    return text


def _by(text: str) -> str:
    if text not in BY:
        raise typer.BadParameter(f"'{text}' is none of {', '.join(BY)}")
    return text


def _out(text: str) -> Path:
    path = read_file(text)
    if path.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(f"'{text}' ends in none of {', '.join(ENDINGS)}")
    return path


def _communities(text: str | int) -> int:  # a default passes here too
    if re.fullmatch(r"[1-9][0-9]{0,5}", str(text)):
        return int(text)
    raise typer.BadParameter(f"'{text}' is no number of communities: write it like 120")


_LEDGER = typer.Argument(metavar="LEDGER", parser=read_text, help="A ledger: a SQLite file, or a database's URL.")
_FROM = typer.Option("--from", metavar="MONTH", parser=_month, help="The first month, such as 2026-09.")
_TO = typer.Option("--to", metavar="MONTH", parser=_month, help="The last month.")
_BY = typer.Option("--by", metavar="WHAT", parser=_by, help="Group by form, system, department or month alone.")
_OUT = typer.Option("--output", "-o", metavar="OUT", parser=_out, help="The file to write: .html, .pdf, .csv or .json.")
_EVIDENCE = typer.Option(
    "--evidence",
    metavar="FOLDER",
    parser=read_path,
    help="A new folder for what an inspection recomputes the report from.",
)
_COMMUNITIES = typer.Option(
    "--communities", metavar="N", parser=_communities, help="How many communities the projection to a year is for."
)


@app.command(name="report")
def report_savings(
    ledger: Annotated[str, _LEDGER],
    since: Annotated[str | None, _FROM] = None,
    until: Annotated[str | None, _TO] = None,
    by: Annotated[str | None, _BY] = None,
    output: Annotated[Path | None, _OUT] = None,
    evidence: Annotated[Path | None, _EVIDENCE] = None,
    communities: Annotated[int, _COMMUNITIES] = 1,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Say what filling saved, by form, system, department and month; exit code 1 if the ledger's chain is broken."""
    from prefill.reports import report, write_evidence
    from prefill.store import open_ledger

    if since and until and since > until:
        raise UsageError(f"--from {since} is after --to {until}: turn them round")
    if output is not None:
        check_place(output)
    if evidence is not None:
        _check_empty(evidence)
    catalogue = open_specs(specs)
    with open_ledger(ledger, create=False) as opened:
        faults = opened.verify()
        entries = partial(opened.entries, whole=False)  # what can no longer be read is among the faults
        found = report(entries(), catalogue, since=since, until=until, communities=communities, faults=faults)
        if output is not None:
            write(output, _drawn(found, output, by))
            typer.echo(f"{output}: {_summary(found)}")
        else:
            _tell(found, by or "form")
        if evidence is not None:
            make_folder(evidence)
            write_evidence(evidence, found, entries(), catalogue)
            typer.echo(f"{evidence}: the evidence; python3 recompute.py in it recomputes the report, without prefill.")
    say(*map(str, faults))
    if faults:
        raise typer.Exit(1)


def _check_empty(folder: Path) -> None:
    """See to it that the evidence is not mixed with anything."""
    if not folder.parent.is_dir():
        raise UsageError(f"no folder '{folder.parent}': make it first")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is a file: name a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"the folder '{folder}' is not empty: name a new one, so that the evidence is of one report")


def _drawn(found: "Report", output: Path, by: str | None) -> str | bytes:
    from prefill import reports

    drawing: dict[str, Callable[[], str | bytes]] = {
        ".html": lambda: reports.report_page(found, by),
        ".pdf": lambda: reports.report_pdf(found, by),
        ".csv": lambda: "\ufeff" + reports.to_csv(found, by),  # with a byte order mark spreadsheets read Chinese
        ".json": lambda: json.dumps(found.to_dict(by), ensure_ascii=False, indent=1) + "\n",
    }
    return drawing[output.suffix.lower()]()


# ── on the screen ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tell(found: "Report", by: str) -> None:
    numbers = ("filled", "returned", "asked", "by record", "keys saved", "time saved", "a form", "corrected", "fast")
    made = table(*(("system", "title") if by == "form" else (by,)), "delivery", *numbers, right=numbers)
    for group in found.groups[by]:
        fills, receipts = group.fills, group.receipts
        made.add_row(
            *((str(group.system or group.key), found.name(group)) if by == "form" else (group.key,)),
            group.delivery,
            *map(str, (fills.forms, receipts.forms, fills.asked)),
            _share(fills.share_filled),
            str(fills.keystrokes_saved),
            duration(fills.seconds_saved / 1000),
            duration(fills.seconds_saved / 1000 / fills.forms) if fills.forms else "–",
            _share(receipts.share_corrected),
            _share(receipts.share_fast),
        )
    show(made)
    typer.echo(_summary(found))
    if found.facts:
        typer.echo("Still typed most, and who has authority over it:")
    for fact in found.facts[:_TYPED]:
        names = [name for source in fact.sources for name in source.names or (source.kind,)]
        whom = "、".join(names) or "nobody yet"
        typer.echo(f"  {fact.entity} {fact.label}: {max(fact.fills, fact.receipts)} ({whom})")
    for delivery in found.projection.deliveries:
        lines = found.projection.of(delivery)
        seconds, forms = sum(line.seconds_a_year for line in lines), sum(line.forms_a_year for line in lines)
        count = found.projection.communities
        typer.echo(
            f"Projected, not measured ({delivery}): {duration(seconds)} a year in {forms:g} forms of"
            f" {count} {'community' if count == 1 else 'communities'}, one form each time that the notice says."
        )
    typer.echo(
        "By record: of the entries asked, those filled. Corrected: of the values filled, those changed; fast: of the confirmations with a"
        " time, those under a second; both of forms that came back. Deliveries are never added together."
    )


def _summary(found: "Report") -> str:
    """Tell each delivery's headline in a line."""
    if not found.deliveries:
        return "no entry of these months"
    return " ".join(
        f"{group.delivery}: {group.fills.forms} forms filled, {_share(group.fills.share_filled)} by the record,"
        f" {duration(group.fills.seconds_saved / 1000)} and {group.fills.keystrokes_saved} keys saved;"
        f" {group.receipts.forms} came back."
        for group in found.deliveries
    )


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
