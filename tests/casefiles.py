"""Cases in YAML (tests/cases/*.yaml): how they are read, run, and compared with what is expected.

    rule: what the file is about, in a sentence
    cases:
      - shows: what this case shows, in a sentence
        on: 2026-11-23                      # the day that the form speaks for
        record: [ … ]                       # statements, as in any record
        fields: { … }                       # the form's fields; or form: 39, a form of the catalogue
        sample: rich                        # or poor: the form's own sample, in place of record, on, filing and grant
        filing: {worker: 示例员, today: …}   # if the case is about the filing
        grant: {agency: …, terms: […], until: …}
        subject: resident                   # if it is another
        deceased: allowed                   # if the form may speak of the dead
        agency: 市卫健委                     # if the case is about a grant
        disclosed: [[path, source], …]      # what the grant opened, if the case is about that
        problems: [part of a message, …]    # the record's lesser faults; none if not given
        refused: [part of the message, …]   # if the record cannot be used at all
        expect: {key: what its entry must be, …}

What an entry must be: ``status`` and ``reason``; ``text`` as printed (empty if not given); ``value``; ``sources`` and ``as_of`` of its
facts; ``paths``, where they were stated; ``others``, the alternatives, each with ``text``, ``why`` and perhaps ``sources`` (none if not
given); ``waits_for`` (nothing if not given). A bare text stands for a known entry with this text, whatever else is known. A table with rows: ``rows``, each with
the columns that matter and ``waits_for``. Every field of a case's own form must be expected.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

import prefill
from prefill.catalogue import Sample
from prefill.documents import read_document
from prefill.filling import Alternative, SourcedFact, Table

HERE = Path(__file__).parent
APP = HERE / "app"
CASES = HERE / "cases"

_FILE_KEYS = {"rule", "cases"}
_CASE_KEYS = {
    "shows",
    "on",
    "record",
    "fields",
    "form",
    "sample",
    "filing",
    "grant",
    "subject",
    "agency",
    "deceased",
    "disclosed",
    "problems",
    "refused",
    "expect",
}
_ENTRY_KEYS = {"status", "reason", "text", "value", "sources", "as_of", "paths", "others", "waits_for"}
_OTHER_KEYS = {"text", "why", "sources"}
_FILING_KEYS = {"worker", "worker_phone", "today", "period", "serial", "window"}
_GRANT_KEYS = {"agency", "terms", "until"}


class CaseFault(Exception):
    """A case that is not written as it must be."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its file and number, and what the file says."""

    file: str
    number: int
    data: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"

    @property
    def on(self) -> date:
        return date.fromisoformat(self.data["on"])

    @property
    def statements(self) -> list[Mapping[str, Any]]:
        return list(self.data["record"])


def read_cases() -> Iterator[Case]:
    """Read every case of every file."""
    for file in sorted(CASES.rglob("*.yaml")):
        document = read_document(file, file.name)
        if document.problems:
            raise CaseFault("\n".join(map(str, document.problems)))
        _known(file.name, document.data, _FILE_KEYS)
        for number, data in enumerate(document.data["cases"], 1):
            yield Case(file.stem, number, data)


def check(case: Case) -> None:
    """Raise CaseFault for a case with unknown or missing keys."""
    data = case.data
    _known(str(case), data, _CASE_KEYS)
    needed = {"shows", "on", "record", "expect"} if "refused" not in data else {"shows", "on", "record"}
    if "sample" in data:
        needed = {"shows", "form", "expect"}
        if unused := {"on", "record", "filing", "grant", "refused"} & set(data) or data["sample"] not in (
            "rich",
            "poor",
        ):
            raise CaseFault(f"{case}: a sample is rich or poor, and says itself {unused}")
    if missing := needed - set(data):
        raise CaseFault(f"{case}: no {', '.join(sorted(missing))}")
    if ("fields" in data) == ("form" in data):
        raise CaseFault(f"{case}: either fields or form")
    _known(f"{case}: filing", data.get("filing", {}), _FILING_KEYS)
    _known(f"{case}: grant", data.get("grant", {}), _GRANT_KEYS)
    for key, wanted in data.get("expect", {}).items():
        _check_entry(f"{case}: {key}", wanted)


def _check_entry(where: str, wanted: Any) -> None:
    if isinstance(wanted, str):
        return
    if "rows" in wanted:
        _known(where, wanted, {"rows"})
        for number, row in enumerate(wanted["rows"], 1):
            for column, cell in row.items():
                if column != "waits_for":
                    _check_entry(f"{where}, row {number}, {column}", cell)
        return
    _known(where, wanted, _ENTRY_KEYS)
    if missing := {"status", "reason"} - set(wanted):
        raise CaseFault(f"{where}: no {', '.join(sorted(missing))}")
    for other in wanted.get("others", ()):
        _known(f"{where}: others", other, _OTHER_KEYS)


def _known(where: str, data: Any, keys: set[str]) -> None:
    if not isinstance(data, Mapping):
        raise CaseFault(f"{where}: not a map")
    for key in data:
        if key not in keys:
            raise CaseFault(f"{where}: unknown key '{key}'; one of: {', '.join(sorted(keys))}")


# ── filling ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def plan_of(case: Case, catalogue: prefill.Catalogue, folder: Path) -> prefill.Plan:
    """Give the plan of the case's form; a form that the case spells out is written to the folder."""
    if "form" in case.data:
        return catalogue.plan(case.data["form"])
    form = {
        "id": "case",
        "version": "1",
        "title": case.data["shows"],
        "agency": case.data.get("agency", "市卫健委"),
        "purpose": "test",
        "subject": case.data.get("subject", "resident"),
        "delivery": "paper",
        "basis": {"document": "none", "confidence": "low"},
        "sections": [{"title": "一", "fields": case.data["fields"]}],
    }
    if "deceased" in case.data:
        form["deceased"] = case.data["deceased"]
    return plan_of_form(form, catalogue, folder / f"{case.file}-{case.number}.yaml")


def plan_of_form(form: Mapping[str, Any], catalogue: prefill.Catalogue, file: Path) -> prefill.Plan:
    """Write a form to a file, and give its plan."""
    file.write_text(yaml.dump(form, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return catalogue.plan(file)


def record_of(case: Case, plan: prefill.Plan, catalogue: prefill.Catalogue) -> prefill.Record:
    """Give the case's record: its own, or the form's sample."""
    if "sample" not in case.data:
        return catalogue.record(case.statements)
    sample = sample_of(plan, catalogue)
    return catalogue.read_record(*(sample.poor if case.data["sample"] == "poor" else sample.record))


def sample_of(plan: prefill.Plan, catalogue: prefill.Catalogue) -> Sample:
    """Give the form's sample."""
    return catalogue.samples()[plan.form.id]


def fill(
    case: Case, plan: prefill.Plan, record: prefill.Record, catalogue: prefill.Catalogue | None = None
) -> prefill.FilledForm:
    """Fill the case's form as the case says, or as its sample does, which stands in the catalogue."""
    if "sample" in case.data and catalogue is not None:
        sample = sample_of(plan, catalogue)
        return prefill.fill(plan, record, on=sample.on, filing=sample.filing, grant=sample.grant)
    filing, grant = dict(case.data.get("filing", {})), case.data.get("grant")
    if "today" in filing:
        filing["today"] = date.fromisoformat(filing["today"])
    leave = prefill.Grant(grant["agency"], grant["terms"], date.fromisoformat(grant["until"])) if grant else None
    return prefill.fill(plan, record, on=case.on, filing=prefill.Filing(**filing), grant=leave)


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def difference(case: Case, filled: prefill.FilledForm) -> str:
    """Say how the filled form differs from what the case expects, line by line; nothing if it does not."""
    expected: dict[str, Any] = {}
    actual: dict[str, Any] = {}
    parts = {part.key: part for _, parts in filled.sections() for part in parts}
    wanted = case.data["expect"]
    if "fields" in case.data:
        wanted = {**dict.fromkeys(parts, "(no expectation: every field of a case's own form needs one)"), **wanted}
    for key, want in wanted.items():
        part = parts.get(key)
        if part is None:
            expected[key], actual[key] = want, "(no such field)"
        elif isinstance(part, Table) and part.rows:
            expected[key], actual[key] = _compare_table(want, part)
        else:
            entry = part.entry if isinstance(part, Table) else part
            assert entry is not None
            expected[key], actual[key] = _compare(want, entry)
    if "disclosed" in case.data:
        expected["(disclosed)"] = case.data["disclosed"]
        actual["(disclosed)"] = [list(pair) for pair in filled.disclosed]
    if expected == actual:
        return ""
    lines = difflib.unified_diff(_lines(expected), _lines(actual), "expected", "filled", lineterm="", n=99)
    return "\n".join([f"{case}: {case.data['shows']}", *lines])


def _compare_table(want: Any, table: Table) -> tuple[Any, Any]:
    if isinstance(want, str) or "rows" not in want:
        return want, f"(a table of {len(table.rows)} rows)"
    expected: list[Any] = []
    actual: list[Any] = []
    for number, row in enumerate(table.rows):
        cells = {entry.key.removeprefix(f"{table.key}."): entry for entry in row.entries}
        wanted: Mapping[str, Any] = want["rows"][number] if number < len(want["rows"]) else {}
        expected.append({"waits_for": wanted.get("waits_for", [])})
        actual.append({"waits_for": list(row.waits_for)})
        for column, cell in wanted.items():
            if column == "waits_for":
                continue
            if column not in cells:
                expected[-1][column], actual[-1][column] = cell, "(no such column)"
                continue
            # what the row waits for, each of its cells waits for: a case says it once
            expected[-1][column], actual[-1][column] = _compare(cell, cells[column], row.waits_for)
    expected += want["rows"][len(table.rows) :]
    shown = [
        {column.key.rpartition(".")[2]: entry.text for column, entry in zip(table.columns, row.entries, strict=True)}
        for row in table.rows
    ]
    actual += [f"(a row too many: {row})" for row in shown[len(want["rows"]) :]]
    return expected, actual


def _compare(want: Any, entry: prefill.Entry, beside: Sequence[str] = ()) -> tuple[Any, Any]:
    if isinstance(want, str):
        shown = {"status": entry.status, "text": entry.text, "waits_for": _waits(entry, beside)}
        return ({"status": "known", "text": want, "waits_for": []} if not want.startswith("(") else want), shown
    if "rows" in want:
        return want, _entry(entry, {}, beside)
    expected = {"text": "", "others": [], "waits_for": [], **want}
    expected["others"] = [{"sources": "any", **other} for other in expected["others"]]
    return expected, _entry(entry, expected, beside)


def _entry(entry: prefill.Entry, wanted: Mapping[str, Any], beside: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "text": entry.text,
        "others": _others(entry.others, wanted.get("others", ())),
        "waits_for": _waits(entry, beside),
        "status": entry.status,
        "reason": entry.reason,
    }
    if "value" in wanted:
        found["value"] = _plain(entry.value)
    if "sources" in wanted:
        found["sources"] = _sources(entry.facts)
    if "as_of" in wanted:
        found["as_of"] = list(dict.fromkeys(fact.as_of for fact in entry.facts))
    if "paths" in wanted:
        found["paths"] = list(dict.fromkeys(fact.path for fact in entry.facts))
    return found


def _waits(entry: prefill.Entry, beside: Sequence[str]) -> list[str]:
    return [name for name in entry.waits_for if name not in beside]


def _others(others: Sequence[Alternative], wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for number, other in enumerate(others):
        named = number < len(wanted) and wanted[number].get("sources") != "any"
        found.append({"sources": _sources(other.facts) if named else "any", "text": other.text, "why": other.why})
    return found


def _sources(facts: Sequence[SourcedFact]) -> list[str]:
    return list(dict.fromkeys(fact.source for fact in facts))


def _plain(value: Any) -> Any:
    """A value as a case writes it: everything is text."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _lines(data: Mapping[str, Any]) -> list[str]:
    return yaml.dump(data, Dumper=yaml.SafeDumper, allow_unicode=True, sort_keys=True).splitlines()
