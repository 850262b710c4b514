"""Filled forms as Arrow columns: the fields, and the arrays that hold so many rows."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final, TypeAlias

import pyarrow as pa

from prefill.batches.model import Complaint
from prefill.filling import Alternative, Entry, FilledForm, SourcedFact
from prefill.plans import Plan
from prefill.savings import Savings, measure

__all__ = ["FIELDS", "NAMES", "Row", "arrays", "value_text"]

Row: TypeAlias = tuple[FilledForm | None, tuple[Complaint, ...]]

_FACT: Final = pa.struct({"path": pa.string(), "source": pa.string(), "as_of": pa.date32()})
_FACTS: Final = pa.list_(_FACT)
_OTHER: Final = pa.struct({"value": pa.string(), "text": pa.string(), "facts": _FACTS})
_ENTRY: Final = pa.struct(
    {
        "key": pa.string(),
        "row": pa.string(),
        "kind": pa.string(),
        "status": pa.string(),
        "reason": pa.string(),
        "value": pa.string(),
        "text": pa.string(),
        "facts": _FACTS,
        "others": pa.list_(_OTHER),
        "waits_for": pa.list_(pa.string()),
    }
)
_COUNTS: Final = ("asked", "known", "confirm", "new", "hand", "skip", "maybe", "keystrokes_saved")
_SAVINGS: Final = pa.struct({**dict.fromkeys(_COUNTS, pa.int32()), "seconds_saved": pa.float64()})
_PROBLEM: Final = pa.struct({"path": pa.string(), "what": pa.string(), "remedy": pa.string()})

FIELDS: Final = (
    pa.field("form", pa.string()),
    pa.field("system", pa.int32()),
    pa.field("version", pa.string()),
    pa.field("spec_hash", pa.string()),
    pa.field("on", pa.date32()),
    pa.field("savings", _SAVINGS),
    pa.field("entries", pa.list_(_ENTRY)),
    pa.field("problems", pa.list_(_PROBLEM)),
)
"""The columns that are made: the form and the day in each row, then what became of its record."""

NAMES: Final = tuple(field.name for field in FIELDS)


def arrays(plan: Plan, on: date, rows: Sequence[Row]) -> list[Any]:
    """Give the columns of ``FIELDS`` for rows that were filled, or were not."""
    form = plan.form
    alike = (form.id, form.system, form.version, plan.spec_hash, on)
    same = [pa.array([value] * len(rows), field.type) for field, value in zip(FIELDS, alike, strict=False)]
    forms = [filled for filled, _ in rows]
    savings = [None if filled is None else measure(filled) for filled in forms]
    entries = _lists([None if filled is None else filled.entries for filled in forms], _entries)
    return [*same, _savings(savings), entries, _lists([problems for _, problems in rows], _problems)]


def value_text(value: object) -> str | None:
    """Give a value as the text that its JSON is, without quotes; None where there is none. Several codes are a JSON list.

    >>> value_text("1950-03-15"), value_text(Decimal("89.50")), value_text(True), value_text(("1", "2"))
    ('1950-03-15', '89.50', 'true', '["1", "2"]')
    """
    if value is None or isinstance(value, str):
        return value
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _lists(items: Sequence[Sequence[Any] | None], write: Any) -> pa.ListArray:
    """Write lists of anything as a column: what they hold in one array, and where each begins."""
    offsets = pa.array([0, *accumulate(0 if one is None else len(one) for one in items)], pa.int32())
    missing = pa.array([one is None for one in items], pa.bool_()) if any(one is None for one in items) else None
    return pa.ListArray.from_arrays(offsets, write([each for one in items if one for each in one]), mask=missing)


def _struct(type_: pa.StructType, columns: Iterable[Any], mask: Any = None) -> pa.StructArray:
    made = [
        column if isinstance(column, pa.Array) else pa.array(column, field.type)
        for field, column in zip(type_, columns, strict=True)
    ]
    return pa.StructArray.from_arrays(made, fields=list(type_), mask=mask)


def _entries(entries: Sequence[Entry]) -> pa.StructArray:
    columns = (
        [entry.key for entry in entries],
        [entry.row for entry in entries],
        [entry.kind for entry in entries],
        [entry.status for entry in entries],
        [entry.reason for entry in entries],
        [value_text(entry.value) for entry in entries],
        [entry.text for entry in entries],
        _lists([entry.facts for entry in entries], _facts),
        _lists([entry.others for entry in entries], _others),
        _lists([entry.waits_for for entry in entries], lambda keys: pa.array(keys, pa.string())),
    )
    return _struct(_ENTRY, columns)


def _facts(facts: Sequence[SourcedFact]) -> pa.StructArray:
    days = pa.array([fact.as_of for fact in facts], pa.string()).cast(pa.date32())
    return _struct(_FACT, ([fact.path for fact in facts], [fact.source for fact in facts], days))


def _others(others: Sequence[Alternative]) -> pa.StructArray:
    values, texts = [value_text(other.value) for other in others], [other.text for other in others]
    return _struct(_OTHER, (values, texts, _lists([other.facts for other in others], _facts)))


def _savings(savings: Sequence[Savings | None]) -> pa.StructArray:
    told = [None if one is None else one.to_dict() for one in savings]
    missing = pa.array([one is None for one in told], pa.bool_())
    return _struct(_SAVINGS, ([one and one[field.name] for one in told] for field in _SAVINGS), missing)


def _problems(problems: Sequence[Complaint]) -> pa.StructArray:
    columns = ([one.path for one in problems], [one.what for one in problems], [one.remedy for one in problems])
    return _struct(_PROBLEM, columns)
