"""Arguments and options that several commands share, and how what is typed for them is read."""

import os
import re
from datetime import date, datetime
from pathlib import Path

import typer

__all__ = [
    "ACCEPT",
    "ALL",
    "AS_OF",
    "BY_HAND",
    "DEMO_ON",
    "EXPORTS",
    "FILLABLE",
    "FOLDER",
    "FONT",
    "FORM",
    "OFFSET",
    "ON",
    "OUT",
    "PARTS",
    "PATH",
    "RECORD",
    "RECORDS",
    "SOURCE",
    "SPECS",
    "TAGGED",
    "TEMPLATES",
    "TODAY",
    "VALUES_ONLY",
    "WORKER",
    "read_day",
    "read_file",
    "read_offset",
    "read_path",
    "read_text",
    "this_day",
]


def read_day(text: str) -> date:
    """Read a date; raises BadParameter for what is none."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"'{text}' is no date: write it like 2026-11-23")


def read_text(text: str) -> str:
    """Read a name; raises BadParameter where it is empty."""
    if not text.strip():
        raise typer.BadParameter("it is empty: give a name")
    return text


def read_path(text: str | Path) -> Path:  # a default passes here too
    """Read a path; raises BadParameter where it is empty."""
    if not str(text).strip():
        raise typer.BadParameter("it is empty: give a name")
    return Path(text)


def read_file(text: str) -> Path:
    """Read a file's path; raises BadParameter where it is empty, or a folder's."""
    if text.endswith(("/", os.sep)):
        raise typer.BadParameter(f"'{text}' names a folder: name a file")
    return read_path(text)


def read_offset(text: str | tuple[float, float]) -> tuple[float, float]:
    """Read millimetres to the right and down; raises BadParameter for what are none."""
    if isinstance(text, tuple):  # a default passes here too
        return text
    if found := re.fullmatch(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*,\s*(-?[0-9]+(?:\.[0-9]+)?)\s*", text):
        return float(found[1]), float(found[2])
    raise typer.BadParameter(f"'{text}' is no offset: write millimetres to the right and down, like 1.5,-2")


FORM = typer.Argument(metavar="FORM", parser=read_text, help="A system's number, a form's id, or a YAML file.")
RECORD = typer.Argument(metavar="RECORD", parser=read_path, help="A record: a YAML or JSON file.")
PARTS = typer.Argument(
    metavar="RECORD...", parser=read_path, help="A record: a YAML or JSON file, or several on one subject."
)
PATH = typer.Argument(metavar="PATH", parser=read_text, help="A term's path, such as resident.phone.")
SPECS = typer.Option(
    "--specs", metavar="FOLDER", parser=read_path, help="A folder of specs of your own, laid over those of prefill."
)
FOLDER = typer.Option("--output", "-o", metavar="FOLDER", parser=read_path, help="Where the filled forms are written.")
OUT = typer.Option("--output", "-o", metavar="OUT", parser=read_file, help="The file to write: .html, .pdf or .json.")
WORKER = typer.Option("--worker", metavar="NAME", parser=read_text, help="The community worker who fills the form.")
ON = typer.Option("--on", metavar="DATE", parser=read_day, help="The day that the form speaks for; today if not given.")
DEMO_ON = typer.Option(
    "--on",
    metavar="DATE",
    parser=read_day,
    help="The day that the forms speak for; the samples' own if not given.",
)
TODAY = typer.Option(
    "--today", metavar="DATE", parser=read_day, help="The day of filling; the form's day if not given."
)
EXPORTS = typer.Argument(
    metavar="EXPORT...", parser=read_path, help="Exports of the form's system: CSV, .xlsx, .xls or HTML tables."
)
RECORDS = typer.Option(
    "--output", "-o", metavar="OUT", parser=read_file, help="The file of records to write, one a line (.jsonl)."
)
SOURCE = typer.Option(
    "--source", metavar="SOURCE", parser=read_text, help="Who states what the exports hold: a name of sources.yaml."
)
AS_OF = typer.Option("--as-of", metavar="DATE", parser=read_day, help="The day that the exports speak for.")
ACCEPT = typer.Option("--accept", metavar="COLUMN=PATH", help="Read a column, by its name or letter, as this path.")

TEMPLATES = typer.Option(
    "--templates",
    metavar="FOLDER",
    parser=read_path,
    help="A folder of templates of your own, laid over those of prefill.",
)
FILLABLE = typer.Option("--fillable", help="PDF: what is left to do as fields to be filled on a screen.")
VALUES_ONLY = typer.Option("--values-only", help="PDF: known values alone at their places, for paper printed already.")
OFFSET = typer.Option(
    "--offset",
    metavar="X,Y",
    parser=read_offset,
    help="PDF of values alone: millimetres to the right and down, such as 1.5,-2.",
)
TAGGED = typer.Option("--tagged", help="PDF: with its structure (PDF/UA-1), for archives and screen readers.")
BY_HAND = typer.Option("--by-hand", help="PDF: leave a value to be written where no font has one of its characters.")
FONT = typer.Option(
    "--font",
    metavar="FILE",
    parser=read_path,
    help="PDF: a font that stands in where the bundled ones lack a character.",
)

ALL = typer.Option("--all", help="Every form that has a sample, not only those that show most.")


def this_day() -> date:
    """Today, by this machine's calendar: nothing else in prefill looks at a clock."""
    return datetime.now().astimezone().date()
