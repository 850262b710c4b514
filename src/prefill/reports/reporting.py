"""The report on a ledger: what filling saved, by form, system, department and month, with what to do next; as data, JSON and CSV."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from prefill.errors import Problem
from prefill.reports.projecting import Projected, Projection, project
from prefill.reports.summing import BY, Group, Sums, tallied
from prefill.reports.tracing import (
    FactCount,
    FieldCount,
    Forms,
    Source,
    corrected_fields,
    typed_facts,
    typed_fields,
)

if TYPE_CHECKING:
    from prefill.catalogue import Catalogue
    from prefill.store import LedgerEntry

__all__ = ["FORMAT", "Report", "headline", "plain", "report", "to_csv"]

FORMAT: Final = 1  # the version of the JSON's shape
FEW: Final = 30
"""Fewer forms than this are too few to project from with any confidence: the report says so."""

_COUNTS: Final = (
    "forms",
    "asked",
    "known",
    "confirm",
    "new",
    "hand",
    "skip",
    "maybe",
    "keystrokes_blank",
    "keystrokes_left",
)
_BACK: Final = (
    *("answers", "measured", "unmeasured", "keyed", "measured_keys", "modelled_keys"),
    *("filled", "corrected", "confirmed", "confirmed_timed", "confirmed_fast"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a ledger adds up to. ``since`` and ``until`` are the first and last month asked for; ``entries`` how many there are of them.

    ``ledger`` is how many entries the ledger has in all, ``head`` the hash of the last: they name the state that was reported on.
    ``faults`` is every place where the ledger's chain was found broken.

    ``groups`` has a tuple for each way of grouping; ``deliveries`` is each delivery's total. ``typed``, ``facts`` and ``corrected`` are
    what is still typed and corrected most, ``sources`` whose values were corrected how often. ``specs`` says of each form, version and
    digest how many entries were made with it, ``models`` the same of the constants.
    """

    since: str | None
    until: str | None
    entries: int
    ledger: int
    head: str
    groups: Mapping[str, tuple[Group, ...]]
    deliveries: tuple[Group, ...]
    typed: tuple[FieldCount, ...]
    facts: tuple[FactCount, ...]
    corrected: tuple[FieldCount, ...]
    sources: tuple[tuple[str, int], ...]
    projection: Projection
    specs: Mapping[tuple[str, str, str], int]
    models: Mapping[str, int]
    titles: Mapping[str, str] = field(repr=False)
    faults: tuple[str, ...] = ()

    @property
    def months(self) -> tuple[str, ...]:
        """The months that have entries."""
        return tuple(dict.fromkeys(group.key for group in self.groups["month"]))

    @property
    def fields_new(self) -> tuple[FieldCount, ...]:
        """The fields still typed that no source could fill: each time anew, or asked afresh on purpose."""
        return tuple(one for one in self.typed if not one.connects)

    def covers(self, month: str) -> bool:
        """Say whether a month is among those asked for."""
        return (self.since is None or month >= self.since) and (self.until is None or month <= self.until)

    def name(self, group: Group) -> str:
        """Give what a group is called: a form's title, a department, a month; a system goes by its number."""
        return self.titles.get(group.key, group.key) if group.by == "form" else group.key

    def to_dict(self, by: str | None = None) -> dict[str, Any]:
        """Give everything as JSON can hold it (docs/reports.md tells the shape); of one way of grouping, or all four."""
        return {
            "format": FORMAT,
            "from": self.since,
            "to": self.until,
            "months": list(self.months),
            "entries": self.entries,
            "ledger": {"entries": self.ledger, "head": self.head, "faults": list(self.faults)},
            "headline": headline(self.deliveries),
            "groups": {way: [self._group(group) for group in self.groups[way]] for way in ((by,) if by else BY)},
            "typed_facts": [_fact(one) for one in self.facts],
            "typed_fields": [_field(one) for one in self.typed],
            "corrected_fields": [{**_field(one), "corrected_sources": _whose(one.whose)} for one in self.corrected],
            "corrected_sources": _whose(self.sources),
            "projection": _projection(self.projection),
            "specs": [
                {"form": form, "version": version, "spec_hash": digest, "entries": n}
                for (form, version, digest), n in sorted(self.specs.items())
            ],
            "models": [{"model_hash": digest, "entries": n} for digest, n in sorted(self.models.items())],
        }

    def _group(self, group: Group) -> dict[str, Any]:
        return {
            "key": group.key,
            "name": self.name(group),
            "system": group.system if group.by in ("form", "system") else None,
            "delivery": group.delivery,
            "fills": _sums(group.fills),
            "receipts": {**_sums(group.receipts), **_back(group.receipts)},
        }


def report(
    entries: Iterable["LedgerEntry"],
    catalogue: "Catalogue",
    *,
    since: str | None = None,
    until: str | None = None,
    communities: int = 1,
    faults: Iterable[Problem] = (),
) -> Report:
    """Report on a ledger's entries, of the months ``since`` … ``until`` (``2026-11``; both included), or all.

    ``entries`` are gone through once and not kept: an open ledger, or entries in its order. ``communities`` is how many the projection to
    a year is for. ``faults`` are what ``Ledger.verify`` found; the report says them.
    Raises SpecError for a fault of the notices, or of a form that something is projected of.
    """
    tally = tallied(entries, since, until)
    forms = Forms(catalogue)
    typed = typed_fields(tally, forms)
    groups = {by: tally.groups(by) for by in BY}
    return Report(
        since,
        until,
        tally.entries,
        tally.ledger,
        tally.head,
        groups,
        tally.deliveries(),
        typed,
        typed_facts(typed, forms),
        corrected_fields(tally, forms),
        tuple(sorted(tally.sources.items(), key=lambda item: (-item[1], item[0]))),
        project(groups["form"], forms, catalogue, communities),
        dict(tally.specs),
        dict(tally.models),
        {group.key: forms.title(group.key) for group in groups["form"]},
        tuple(f"{fault.line or 0}: {fault.what}" for fault in faults),
    )


def headline(deliveries: Iterable[Group]) -> dict[str, dict[str, dict[str, int | float]]]:
    """Give the figures that everything else stands behind, which the evidence recomputes: each delivery's, fills and receipts apart."""
    return {
        group.delivery: {
            kind: {
                "forms": sums.forms,
                "asked": sums.asked,
                "known": sums.known,
                "confirm": sums.confirm,
                "new": sums.new,
                "keystrokes_saved": sums.keystrokes_saved,
                "seconds_saved": _seconds(sums.seconds_saved),
            }
            for kind, sums in (("fills", group.fills), ("receipts", group.receipts))
        }
        for group in deliveries
    }


# ── as JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _seconds(thousandths: int) -> float:
    return round(thousandths / 1000, 1)


def _sums(sums: Sums) -> dict[str, Any]:
    return {
        **{name: getattr(sums, name) for name in _COUNTS},
        "seconds_blank": _seconds(sums.seconds_blank),
        "seconds_left": _seconds(sums.seconds_left),
        "keystrokes_saved": sums.keystrokes_saved,
        "seconds_saved": _seconds(sums.seconds_saved),
        "share_filled": _share(sums.share_filled),
    }


def _back(sums: Sums) -> dict[str, Any]:
    return {
        **{name: getattr(sums, name) for name in _BACK},
        "measured_seconds": _seconds(sums.measured_seconds),
        "modelled_seconds": _seconds(sums.modelled_seconds),
        "share_corrected": _share(sums.share_corrected),
        "share_fast": _share(sums.share_fast),
    }


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _sources(sources: Iterable[Source]) -> list[dict[str, Any]]:
    return [{"kind": source.kind, "names": list(source.names)} for source in sources]


def _fact(one: FactCount) -> dict[str, Any]:
    return {
        "fact": one.name,
        "label": one.label,
        "entity": one.entity,
        "fills": one.fills,
        "receipts": one.receipts,
        "systems": list(one.systems),
        "sources": _sources(one.sources),
    }


def _field(one: FieldCount) -> dict[str, Any]:
    return {
        "form": one.form,
        "system": one.system,
        "key": one.key,
        "label": one.label,
        "fills": one.fills,
        "receipts": one.receipts,
        "forms": one.forms,
        "origin": one.origin,
        "sources": _sources(one.sources),
    }


def _whose(sources: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"source": name, "corrected": n} for name, n in sources]


def _projection(found: Projection) -> dict[str, Any]:
    return {
        "assumptions": {
            "communities": found.communities,
            "forms_a_use": 1,
            "frequencies": [
                {"word": one.word, "times_a_year": one.times, "source": one.source} for one in found.frequencies
            ],
            "notices": list(found.notices),
        },
        "deliveries": {
            delivery: {
                "forms_a_year": round(sum(line.forms_a_year for line in found.of(delivery)), 1),
                "keystrokes_saved_a_year": round(sum(line.keystrokes_a_year for line in found.of(delivery))),
                "seconds_saved_a_year": round(sum(line.seconds_a_year for line in found.of(delivery))),
            }
            for delivery in found.deliveries
        },
        "forms": [_projected(line) for line in found.lines],
        "forms_without_frequency": list(found.missing),
        "systems_without_entries": found.unseen,
    }


def _projected(line: Projected) -> dict[str, Any]:
    return {
        "form": line.form,
        "system": line.system,
        "delivery": line.delivery,
        "rests_on": line.forms,
        "few": line.forms < FEW,
        "frequency": line.frequency,
        "times_a_year": line.times_a_year,
        "keystrokes_saved_a_form": round(line.keystrokes_a_form, 1),
        "seconds_saved_a_form": round(line.seconds_a_form, 1),
        "forms_a_year": round(line.forms_a_year, 1),
        "keystrokes_saved_a_year": round(line.keystrokes_a_year),
        "seconds_saved_a_year": round(line.seconds_a_year),
    }


# ── as CSV ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def to_csv(found: Report, by: str | None = None) -> str:
    """Give the groups as CSV, a line for each group, delivery and view (fills, receipts); of one way of grouping, or all four."""
    lines = list(_lines(found, (by,) if by else BY))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("by", "key", "name", "delivery", "view", *_sums(Sums()), *_back(Sums())))
    writer.writerows(lines)
    return text.getvalue()


def _lines(found: Report, ways: Iterable[str]) -> Iterator[list[Any]]:
    for by in ways:
        for group in found.groups[by]:
            for view, sums in (("fills", group.fills), ("receipts", group.receipts)):
                if sums.forms:
                    back = _back(sums) if view == "receipts" else dict.fromkeys(_back(sums))
                    words = map(plain, (by, group.key, found.name(group), group.delivery, view))
                    yield [*words, *_sums(sums).values(), *back.values()]


def plain(value: Any) -> Any:
    """Give a value as a cell of a CSV: a map as JSON, and no text that a spreadsheet would take for a formula."""
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False, sort_keys=True) if value else ""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
