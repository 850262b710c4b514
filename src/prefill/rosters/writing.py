"""Rosters and tallies as JSON: what other programs read. The same roster gives the same text."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from prefill.rosters.model import Given, Heading, Roster, RosterRow, Tally, TallyTable, Wait

if TYPE_CHECKING:
    from prefill.filling import Entry, SourcedFact

__all__ = ["FORMAT", "list_to_json"]

FORMAT: Final = 1  # the version of the shape


def list_to_json(found: Roster | Tally) -> str:
    """Give a roster or a tally as JSON (UTF-8 text): docs/rosters.md tells the shape.

    A roster's rows stand one a line, those of whom it is undecided apart; a tally's subjects in groups that stand in the very same figures, so
    that each is named once. Decimals are exact text, several codes a list; what is not known is null.
    """
    return "".join(_roster(found)) if isinstance(found, Roster) else "".join(_tally(found))


def _roster(roster: Roster) -> Iterator[str]:
    columns = [
        {"key": one.key, "label": one.label, "kind": one.kind, "unit": one.unit, "public": one.public}
        for one in roster.columns
    ]
    yield f"{_dump(_head('roster', roster))[:-1]},\n"
    yield f' "columns": [\n  {_joined(columns)}\n ],\n'
    yield from _listed("rows", roster.rows)
    yield from _listed("undecided", roster.undecided)
    yield _disclosed(roster)
    yield _given(roster.given)


def _tally(tally: Tally) -> Iterator[str]:
    stated = {
        "population": tally.stated.population,
        "label": tally.stated.label,
        "ages": tally.stated.ages,
        "cut_off": tally.stated.cut_off.isoformat(),
        "period": tally.stated.period,
    }
    head = {**_head("tally", tally), "stated": stated, "counted": tally.counted}
    groups = (
        {
            "figures": [key for key, stands in group.stands.items() if stands is True],
            "undecided": {key: _waits(stands) for key, stands in group.stands.items() if stands is not True},
            "subjects": group.subjects,
        }
        for group in tally.groups
    )
    undecided = ({"subject": one.subject, "waits_for": _waits(one.waits_for)} for one in tally.undecided)
    wrong = (
        {"fault": one.fault, "total": one.total, "parts": one.parts, "what": one.what, "subjects": one.subjects}
        for one in tally.disagreements
    )
    yield f"{_dump(head)[:-1]},\n"
    yield f' "tables": [\n  {_joined(map(_table, tally.tables))}\n ],\n'
    yield f' "undecided": [\n  {_joined(undecided)}\n ],\n'
    yield f' "disagreements": [\n  {_joined(wrong)}\n ],\n'
    yield f' "groups": [\n  {_joined(groups)}\n ],\n'
    yield _disclosed(tally)
    yield _given(tally.given)


def _head(what: str, made: Roster | Tally) -> dict[str, Any]:
    form = made.form
    return {
        "format": FORMAT,
        what: form.id,
        "system": form.system,
        "version": form.version,
        "spec_hash": made.spec_hash,
        "title": form.title,
        "agency": form.agency,
        "purpose": form.purpose,
        "subject": {"kind": form.subject},
        "on": made.on.isoformat(),
        "head": [_entry(entry) for entry in made.head],
    }


def _disclosed(made: Roster | Tally) -> str:
    return f' "disclosed": {_dump([one._asdict() for one in made.disclosed])},\n'


def _given(given: Given) -> str:
    told = {
        "records": given.records,
        "outside": given.outside,
        "withheld": given.withheld,
        "repeated": [one._asdict() for one in given.repeated],
        "unidentified": given.unidentified,
        "unread": [
            {"where": one.where, "line": one.line, "what": one.what, "remedy": one.remedy} for one in given.unread
        ],
    }
    return f' "given": {_dump(told)}}}\n'


def _row(row: RosterRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "subject": row.subject,
        "cells": [_entry(entry) for entry in row.cells],
        "why": [_fact(fact) for fact in row.why],
        "waits_for": _waits(row.waits_for),
    }


def _table(table: TallyTable) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": table.title,
        "rows": [_heading(one) for one in table.rows],
        "columns": [_heading(one) for one in table.columns],
        "figures": [
            {
                "key": one.key,
                "value": one.value,
                "text": one.text,
                "kind": one.kind,
                "unit": one.unit,
                "subjects": one.subjects,
                "undecided": one.undecided,
            }
            for row in table.figures
            for one in row
        ],
    }


def _heading(one: Heading) -> dict[str, Any]:
    return {"key": one.key, "label": one.label, "unit": one.unit, "note": one.note}


def _entry(entry: "Entry") -> dict[str, Any]:
    return {
        "key": entry.key,
        "status": entry.status,
        "reason": entry.reason,
        "value": entry.value,
        "text": entry.text,
        "facts": [_fact(fact) for fact in entry.facts],
        "others": [
            {"value": other.value, "text": other.text, "why": other.why, "facts": [_fact(fact) for fact in other.facts]}
            for other in entry.others
        ],
        "waits_for": entry.waits_for,
    }


def _fact(fact: "SourcedFact") -> dict[str, str | None]:
    return {"path": fact.path, "source": fact.source, "as_of": fact.as_of}


def _waits(waits: Iterable[Wait]) -> list[dict[str, str]]:
    return [{"name": wait.name, "reason": wait.reason} for wait in waits]


def _listed(name: str, rows: Iterable[RosterRow]) -> Iterator[str]:
    yield f' "{name}": [\n'
    before = "  "
    for row in rows:
        yield before + _dump(_row(row))
        before = ",\n  "
    yield "\n ],\n"


def _joined(parts: Iterable[dict[str, Any]]) -> str:
    return ",\n  ".join(map(_dump, parts))


def _exact(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"a {type(value).__name__} has no JSON form")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_exact, allow_nan=False)
