"""Checking forms: every finding on each, waived ones apart, in the order of the specs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from prefill.checks.admitted import check_admitted
from prefill.checks.fields import Names, check_fields
from prefill.checks.findings import CODES, Finding, waive
from prefill.checks.items import check_items
from prefill.checks.overlaps import check_overlaps
from prefill.checks.specs import Spec, open_spec
from prefill.errors import SpecError
from prefill.notices import Notices

if TYPE_CHECKING:
    from prefill.catalogue import Catalogue

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: the findings that stand and those that are waived, by form and line."""

    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that are errors."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are warnings."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")


def check(catalogue: "Catalogue", forms: Iterable[int | str | Path] | None = None, *, on: date) -> Checked:
    """Hold forms to the notices in force on a day, to the register of admissions, to the vocabulary and to one another.

    ``forms`` are numbers, ids or files, those of rosters and tallies too; everything in the catalogue if none is given. Those named are compared with all others
    of the catalogue, too. Raises SpecError with the faults of a form that is named; others that have faults are left out.

    >>> from prefill.catalogue import open_catalogue
    >>> check(open_catalogue(), [39], on=date(2026, 11, 23)).errors
    ()
    """
    notices = catalogue.notices
    named = None if forms is None else [open_spec(catalogue, form) for form in forms]
    every = list(_specs(catalogue))
    specs = [*every, *_lists(catalogue)] if named is None else named
    files = {spec.file.resolve() for spec in specs}
    around = [*(spec for spec in every if spec.file.resolve() not in files), *specs]
    forms_alone = [spec for spec in around if not spec.listed]
    overlaps = list(check_overlaps(forms_alone, notices, on, {spec.form.id for spec in specs}))
    names = Names(catalogue.vocabulary)
    standing: list[Finding] = []
    waived: list[Finding] = []
    for spec in specs:
        found = [*_of_one(spec, notices, names, on), *(one for one in overlaps if one.form == spec.form.id)]
        for finding in _waived(spec, found):
            (waived if finding.waived else standing).append(finding)
    return Checked(tuple(standing), tuple(waived))


def _specs(catalogue: "Catalogue") -> Iterator[Spec]:
    """Open every form of the catalogue that has no faults."""
    for file in catalogue.files.values():
        try:
            yield open_spec(catalogue, file)
        except SpecError:
            continue


def _lists(catalogue: "Catalogue") -> Iterator[Spec]:
    """Open every roster and every tally of the catalogue that has no faults."""
    for listed in (*catalogue.rosters(), *catalogue.tallies()):
        try:
            yield open_spec(catalogue, listed.path)
        except SpecError:
            continue


def _of_one(spec: Spec, notices: Notices, names: Names, on: date) -> Iterator[Finding]:
    yield from check_items(spec, notices, on)
    yield from check_admitted(spec, notices, on)
    yield from check_fields(spec, notices, names)


def _waived(spec: Spec, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Apply the reasons that the form and its fields give, and find those that waive nothing, or what cannot be waived."""
    of_form: Mapping[str, str] = spec.form.waives or {}
    of_fields = {row.slot.key: row.field.waives for row in spec.rows if row.field.waives}
    used: set[tuple[str | None, str]] = set()
    for finding in findings:
        own = of_fields.get(finding.field or "") or {}
        reasons = {**of_form, **own}
        done = finding if finding.waived else waive(finding, reasons)
        if finding.code in reasons:
            used.add((finding.field if finding.code in own else None, finding.code))
        yield done
    for row in (None, *(row for row in spec.rows if row.field.waives)):
        for code in of_form if row is None else row.field.waives or ():
            at, key = ("waives", None) if row is None else (row, row.slot.key)
            if code not in CODES or not CODES[code].waivable:
                known = ", ".join(name for name, one in CODES.items() if one.waivable)
                what = f"{code} cannot be waived" if code in CODES else f"there is no finding {code}"
                yield spec.finding("N190", what, f"waive one of: {known}", at=at)
            elif (key, code) not in used:
                yield spec.finding("N191", f"{code} is waived, and not found", "leave the waiver out", at=at)
