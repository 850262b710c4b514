"""The filled form as JSON: the contract that other programs read."""

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from prefill.savings import measure

if TYPE_CHECKING:
    from prefill.filling import Entry, FilledForm, SourcedFact

__all__ = ["FORMAT", "to_json"]

FORMAT: Final = 1  # the version of the shape


def to_json(filled: "FilledForm") -> str:
    """Give the form as JSON (UTF-8 text, one entry a line): head, entries in printed order, savings.

    Decimals are exact text, several codes a list; what is not known is null. The same filled form gives the
    same text.
    """
    form = filled.form
    head = {
        "format": FORMAT,
        "form": form.id,
        "system": form.system,
        "version": form.version,
        "subject": {"kind": filled.subject},
        "on": filled.on.isoformat(),
    }
    entries = ",\n  ".join(_dump(_entry(entry)) for entry in filled.entries)
    savings = _dump(measure(filled).to_dict())
    return f'{_dump(head)[:-1]},\n "entries": [\n  {entries}\n ],\n "savings": {savings}}}\n'


def _entry(entry: "Entry") -> dict[str, Any]:
    return {
        "key": entry.key,
        "label": entry.label,
        "section": entry.section,
        "row": entry.row,
        "kind": entry.kind,
        "status": entry.status,
        "reason": entry.reason,
        "value": entry.value,
        "text": entry.text,
        "facts": [_fact(fact) for fact in entry.facts],
        "others": [
            {"value": other.value, "text": other.text, "facts": [_fact(fact) for fact in other.facts]}
            for other in entry.others
        ],
        "waits_for": entry.waits_for,
    }


def _fact(fact: "SourcedFact") -> dict[str, str | None]:
    return {"path": fact.path, "source": fact.source, "as_of": fact.as_of}


def _exact(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"a {type(value).__name__} has no JSON form")


_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, default=_exact, allow_nan=False).encode


def _dump(value: object) -> str:
    return _ENCODE(value)
