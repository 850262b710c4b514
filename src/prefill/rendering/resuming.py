"""A draft as a page takes it up again: what the worker had in its inputs, and three ways to see what differs."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from prefill.rendering.words import Words

if TYPE_CHECKING:
    from prefill.filling import Entry
    from prefill.receiving import Answer, Draft

__all__ = ["work_of"]


def work_of(draft: "Draft", words: Words) -> dict[str, Any]:
    """Give a draft's answers in the shape in which a page keeps work in progress, and what to tell of those that differ.

    What the record says now by itself is no correction any more, and nothing that it says is put in the place of an answer.
    """
    entries = {(entry.key, entry.row): entry for entry in draft.fresh.entries}
    cells: dict[str, Any] = {}
    added: dict[str, None] = {}
    removed: list[str] = []
    for answer in draft.answers:
        table = answer.key.partition(".")[0]
        if answer.act == "removed":
            removed.append(f"{table} {answer.row}")
            continue
        if answer.row is not None and answer.row[0] == "+":
            added[f"{table} {answer.row}"] = None
        entry = entries.get((answer.key, answer.row))
        if entry is not None and entry.status == "known" and not answer.changed:
            continue
        cells[_name(answer.key, answer.row)] = _cell(answer, entry)
    blank = words("live.blank")
    ways = {
        _name(one.key, one.row): {
            "filled": one.filled_text or blank,
            "worker": one.worker_text or blank,
            "now": one.now_text or blank,
        }
        for one in draft.diff()
        if one.origin in ("override", "manual") and one.now != one.filled
    }
    return {"cells": cells, "added": list(added), "removed": removed, "ways": ways}


def _name(key: str, row: str | None) -> str:
    return key if row is None else f"{key}@{row}"


def _cell(answer: "Answer", entry: "Entry | None") -> dict[str, Any]:
    status = entry.status if entry is not None else "new"
    return {
        "pick": "other" if status == "confirm" else None,
        "raw": _raw(answer.value),
        "denied": answer.value == (),
        "fix": status == "known",
        "clear": answer.act == "cleared",
        "here": answer.scope == "form",
        "evidence": answer.evidence or "",
    }


def _raw(value: Any) -> Any:
    """Write a value as a page's input takes it."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)
