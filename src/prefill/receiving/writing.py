"""A receipt and its requests as JSON, which apps keep: it holds what was answered, and belongs where records are kept."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, Final

from prefill.receiving.corrections import Correction, Stated
from prefill.receiving.model import Answer, Receipt
from prefill.records import Absence, Fact
from prefill.records.facts import Added

__all__ = ["correction_from", "correction_to", "facts_from", "receipt_to_json"]

FORMAT: Final = 1
_FACT: Final = ("path", "source", "as_of", "origin", "purpose", "subject")
NONE: Final = {"absence": Absence.NOT_APPLICABLE.value}


def receipt_to_json(receipt: Receipt) -> str:
    """Give a receipt as JSON: head, answers, what is wrong, the facts to learn, the requests. The same receipt gives the same text."""
    data = {
        "format": FORMAT,
        "form": receipt.form,
        "system": receipt.system,
        "version": receipt.version,
        "on": receipt.on.isoformat(),
        "received": receipt.received.isoformat(),
        "worker": receipt.worker,
        "token": receipt.token,
        "answers": [_answer(answer) for answer in receipt.answers],
        "errors": [str(problem) for problem in receipt.errors],
        "tampered": [asdict(one) for one in receipt.tampered],
        "facts": [_fact(fact) for fact in receipt.facts],
        "corrections": [correction_to(correction) for correction in receipt.corrections],
    }
    return json.dumps(data, ensure_ascii=False, indent=1, default=_plain) + "\n"


def facts_from(data: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Give the facts of a receipt's JSON, as ``record.learn`` takes them."""
    return tuple(
        Fact(
            fact["path"],
            _value(fact["value"]),
            fact["source"],
            fact["as_of"],
            date.fromisoformat(fact["as_of"]).toordinal(),
            origin=fact["origin"],
            purpose=fact["purpose"],
            item=_pairs(fact["item"]) if fact.get("item") is not None else None,
            subject=fact.get("subject"),
        )
        for fact in data["facts"]
    )


def correction_to(correction: Correction) -> dict[str, Any]:
    """Give a request as what JSON holds."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(correction), ensure_ascii=False, default=_plain))
    return found


def correction_from(data: Mapping[str, Any]) -> Correction:
    """Make a request of its JSON again."""
    recorded = tuple(Stated(**one) for one in data["recorded"])
    history = tuple((state, date.fromisoformat(day), why) for state, day, why in data["history"])
    on = date.fromisoformat(data["on"])
    about = tuple((name, text) for name, text in data["about"])
    found = Stated(**data["found"])
    return Correction(**{**data, "about": about, "found": found, "recorded": recorded, "history": history, "on": on})


def _answer(answer: Answer) -> dict[str, Any]:
    data = {name: getattr(answer, name) for name in Answer.__slots__}
    data["error"] = None if answer.error is None else str(answer.error)
    data["effort"] = None if answer.effort is None else asdict(answer.effort)
    return data


def _fact(fact: Fact) -> dict[str, Any]:
    data = {name: getattr(fact, name) for name in _FACT}
    value: Any = fact.value
    if value is Absence.NOT_APPLICABLE:
        value = NONE
    elif isinstance(value, Added):
        value = {"added": dict(value.said)}
    return {**data, "value": value, "item": None if fact.item is None else dict(fact.item)}


def _value(raw: Any) -> Any:
    if raw == NONE:
        return Absence.NOT_APPLICABLE
    if isinstance(raw, Mapping):
        return Added(_pairs(raw["added"]))
    return tuple(raw) if isinstance(raw, list) else raw


def _pairs(raw: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in raw.items())


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no JSON form")
