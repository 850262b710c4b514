"""What the field survey says of each form (tests/survey/*.yaml), against what its spec says and its rich sample shows.

    python -m tests.survey [NUMBER …]       # what differs, form by form, and the shares filled

A surveyed field is ``known`` (a shared record has it), ``derived`` (follows from facts alone), ``suggest`` (follows, and the worker has to
confirm), ``after`` (follows from answers, serial numbers or history) or ``new``. Where the spec prints what the survey holds for one
field as several, the survey's field says so: ``as: [labels]``; where it prints a field that the survey lacks, that stands in the survey's
list with ``is: ours`` and ``why``.
"""

# ruff: noqa: T201

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import prefill
from prefill.documents import read_document
from prefill.filling import Entry, Table
from prefill.forms import Field

SURVEY = Path(__file__).parent / "survey"
FILES = sorted(SURVEY.glob("*.yaml"))

KNOWN = ("known", "derived")
OPEN = ("after", "suggest")


@dataclass(frozen=True)
class Surveyed:
    """A field as the survey has it, and as it is printed."""

    section: str
    label: str
    item: str | None
    says: str


def read_survey(file: Path) -> Mapping[str, Any]:
    """Read one form's survey."""
    document = read_document(file, file.name)
    assert not document.problems, document.problems
    data: Mapping[str, Any] = document.data
    return data


def surveyed(survey: Mapping[str, Any]) -> Iterator[Surveyed]:
    """Give the fields in printed order, one for each label that is printed."""
    for section in survey["sections"]:
        for one in section["fields"]:
            for label in one.get("as", [one["label"]]):
                yield Surveyed(section["title"], label, one.get("item"), one["is"])


def printed(form: Any) -> Iterator[tuple[str, Field]]:
    """Give the form's fields in printed order, with their sections; of a table, its columns."""
    for section in form.sections:
        for field in section.fields.values():
            for own in field.columns.values() if field.columns is not None else (field,):
                yield section.title, own


def differs_in_print(plan: prefill.Plan, survey: Mapping[str, Any]) -> list[str]:
    """Say where labels, their order, sections or item numbers are not the survey's."""
    wanted = [(one.section, one.label, one.item) for one in surveyed(survey)]
    found = [(section, field.label, field.item_no) for section, field in printed(plan.form)]
    pairs = enumerate(zip(wanted, found, strict=False), 1)
    told = [f"{n}: {a} is printed as {b}" for n, (a, b) in pairs if a != b][:3]  # what follows is shifted
    if len(wanted) != len(found):
        told.append(f"{len(wanted)} fields surveyed, {len(found)} printed")
    if plan.form.basis.confidence != survey["confidence"]:
        told.append("the confidence is not the survey's")
    return told


def cells(filled: prefill.FilledForm) -> dict[str, list[Entry]]:
    """Give each printed field's entries: one, or one a row; of a table without rows, the table's own."""
    found: dict[str, list[Entry]] = {}
    for _, parts in filled.sections():
        for part in parts:
            if isinstance(part, Table):
                for number, column in enumerate(part.columns):
                    found[column.key] = [row.entries[number] for row in part.rows] or [part.entry]  # type: ignore[list-item]
            else:
                found[part.key] = [part]
    return found


def differs_in_filling(filled: prefill.FilledForm, survey: Mapping[str, Any]) -> list[str]:
    """Say which fields the rich sample does not fill as the survey says, without the spec saying why."""
    told = []
    entries = cells(filled)
    for one, (_, field) in zip(surveyed(survey), printed(filled.plan.form), strict=True):
        if field.note is not None or field.by_hand is not None or field.filled_by != "community":
            continue
        for entry in entries[field.key]:
            shown = f"{field.key} {one.label}: {one.says}, but {entry.status} ({entry.reason})"
            if entry.waits_for:
                shown += f", waits for {', '.join(entry.waits_for)}"
            filled_in = entry.status in ("known", "confirm")
            if entry.status == "skip" or (one.says in KNOWN and field.ask == "always"):
                continue
            if (one.says in KNOWN and (entry.status != "known" or entry.waits_for)) or (
                one.says == "new" and filled_in
            ):
                told.append(shown)
            elif one.says == "suggest" and entry.status == "known":
                told.append(shown + ": a rule that the worker confirms")
    return list(dict.fromkeys(told))


def fill_sample(plan: prefill.Plan, catalogue: prefill.Catalogue, poor: bool = False) -> prefill.FilledForm:
    """Fill a form from its sample."""
    sample = catalogue.samples()[plan.form.id]
    record = catalogue.read_record(*(sample.poor if poor else sample.record))
    return prefill.fill(plan, record, on=sample.on, filing=sample.filing, grant=sample.grant)


def main(numbers: list[str]) -> None:
    """Print what differs."""
    catalogue = prefill.open_catalogue()
    asked = known = 0
    for file in FILES:
        if numbers and file.stem.lstrip("0") not in [number.lstrip("0") for number in numbers]:
            continue
        survey = read_survey(file)
        try:
            plan = catalogue.plan(int(file.stem))
        except prefill.SpecError as error:
            print(f"{file.stem}: {len(error.problems)} faults, first: {error.problems[0]}")
            continue
        told = differs_in_print(plan, survey)
        if plan.form.id not in catalogue.samples():
            told.append("no sample")
        elif not told:
            filled = fill_sample(plan, catalogue)
            told += differs_in_filling(filled, survey)
            saved = prefill.measure(filled)
            asked, known = asked + saved.asked, known + saved.known
            print(f"{file.stem} {plan.form.title}: {saved.known} of {saved.asked} known, {saved.confirm} to confirm")
        for line in told:
            print(f"  {file.stem} {line}")
    if asked:
        print(f"all: {known} of {asked} known, {known / asked:.0%}")


if __name__ == "__main__":
    main(sys.argv[1:])
