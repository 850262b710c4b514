"""What a page's script has to know, and what the page may do: its data, its policy, its hidden fields, its copy strip."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from markupsafe import Markup

from prefill.conditions import Operand
from prefill.errors import RenderError
from prefill.filling import Entry, FilledForm, Table
from prefill.kinds import CodeList, base
from prefill.plans.model import CONTEXT, begin, run, run_item
from prefill.plans.neutral import Node, neutral
from prefill.rendering.controls import Control, control
from prefill.rendering.data import to_json
from prefill.rendering.resuming import work_of
from prefill.rendering.strip import copied
from prefill.rendering.words import Words
from prefill.tokens import Key, make_token

if TYPE_CHECKING:
    from prefill.plans import Slot
    from prefill.receiving import Draft

__all__ = ["Live", "embedded", "live_of", "policy_of"]

Pairs: TypeAlias = tuple[tuple[str, str], ...]

UNTYPED: Final = frozenset({"list", "entity", "file", "photo", "signature"})  # which no keyboard corrects


@dataclass(frozen=True, slots=True)
class Live:
    """What makes a page for a screen more than paper.

    ``models`` are the inputs that the script makes corrections with, by id: one for each kind and code list, of which it takes copies.
    """

    data: Markup
    script: Markup
    filled: Markup | None
    policy: str
    action: str
    hidden: Pairs
    models: tuple[tuple[str, Control], ...]


def live_of(
    filled: FilledForm,
    words: Words,
    script: str,
    *,
    key: Key | None,
    expires: datetime | None,
    submit_to: str | None,
    keep: timedelta | None,
    draft: "Draft | None" = None,
) -> Live:
    """Give what the page of a filled form is alive with; raises RenderError for an address that no page may post to."""
    script = _lean(script)
    models = _Models(words)
    cells = dict(_cells(filled, models))
    form = filled.form
    head = {"form": form.id, "version": form.version, "on": filled.on.isoformat()}
    head["token"] = make_token(filled, key=key, expires=expires)
    retyped = form.retyped
    data = {
        **head,
        "submit": submit_to,
        "keep": None if keep is None else int(keep.total_seconds()),
        "cells": cells,
        "tables": dict(_tables(filled, models)),
        "dates": retyped.dates if retyped else "2026-11-23",
        "codes": retyped.codes if retyped else "label",
        "strip": [[one.name, one.label, one.text] for one in copied(filled)],
        "words": {name: words(f"live.{name}") for name in words.group("live")},
        "faults": {name: words(f"fault.{name}") for name in words.group("fault")},
        "nothing": sorted(base.PLACEHOLDERS),
        "draft": None if draft is None else work_of(draft, words),
    }
    return Live(
        data=embedded(json.dumps(_bare(data), ensure_ascii=False, separators=(",", ":"))),
        script=_script(script),
        filled=None if key is None else embedded(to_json(filled)),
        policy=policy_of(script, submit_to),
        action=submit_to or "",
        hidden=tuple((f"page:{name}", value) for name, value in head.items()),
        models=models.found,
    )


# ── what stands in the page ──────────────────────────────────────────────────────────────────────────────────────────────


def embedded(text: str) -> Markup:
    r"""Write JSON so that nothing in it ends the element that it stands in, or a line of script.

    >>> print(embedded('{"a": "</script>"}'))
    {"a": "\u003c/script\u003e"}
    """
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704  # nothing is left in it that HTML knows


@cache
def _lean(text: str) -> str:
    """Leave a script's indentation and the lines that are comments alone out of the page: they say nothing to a browser."""
    lines = (
        line.strip() for line in re.sub(r"^\s*/\*.*?\*/\s*$", "", text, flags=re.DOTALL | re.MULTILINE).splitlines()
    )
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def _script(text: str) -> Markup:
    if re.search(r"</script|<!--", text, re.IGNORECASE):
        raise RenderError("the script form.js holds </script or <!--, which would end it early: write it otherwise")
    return Markup(text)  # noqa: S704  # the app's own file


def policy_of(script: str, submit_to: str | None) -> str:
    """Give the page's Content-Security-Policy: it runs its own script alone, fetches nothing, and posts where the app says."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    target = _target(submit_to) if submit_to is not None else "'none'"
    parts = ("default-src 'none'", "style-src 'unsafe-inline'", f"script-src 'sha256-{digest}'")
    return "; ".join((*parts, f"connect-src {target}", f"form-action {target}", "base-uri 'none'"))


def _target(address: str) -> str:
    """Give an address as a policy names it: up to its path, or the page's own origin."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = None
    plain = parts is not None and address and not re.search(r"[\s\x00-\x1f\\\"'<>]", address)
    if plain and parts and not parts.scheme and not parts.netloc and not address.startswith("//"):
        return "'self'"
    if (
        plain
        and parts
        and parts.scheme in ("http", "https")
        and re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc, re.ASCII)
    ):
        path = parts.path if re.fullmatch(r"[\w/.~-]*", parts.path, re.ASCII) else ""
        return f"{parts.scheme}://{parts.netloc}{path}"
    raise RenderError(
        "submit_to (--submit-to) is no address to post to: write https://host/path, or a path of the page's own site"
    )


# ── cells and tables ─────────────────────────────────────────────────────────────────────────────────────────────────────


class _Models:
    """The inputs that the script takes copies of, one for each kind and code list, as they are asked for."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.ids: dict[tuple[str, str | None], str] = {}
        self.controls: list[Control] = []

    def of(self, kind: str, codes: CodeList | None) -> str:
        """Give the id of the input for a kind."""
        known = (kind, None if codes is None else codes.id)
        if known not in self.ids:
            self.ids[known] = f"m{len(self.ids)}"
            self.controls.append(control(kind, codes, "@", self.words, compact=True, whole_date=False))
        return self.ids[known]

    @property
    def found(self) -> tuple[tuple[str, Control], ...]:
        return tuple(zip(self.ids.values(), self.controls, strict=True))


def _cells(filled: FilledForm, models: _Models) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give all that a worker may answer, or a condition compares, by the name of its input."""
    places = _Places(filled)
    for place, (slot, part) in enumerate(zip(filled.plan.slots, _parts(filled), strict=True)):
        if isinstance(part, Entry):
            yield part.key, _cell(part, slot, models, places.condition(slot, None, filled.memory))
            continue
        if part.entry is not None:
            yield part.key, _cell(part.entry, slot, models, places.condition(slot, None, filled.memory))
        if slot.table is None or not part.rows:
            continue
        found, rows = filled.cells[place]
        for row, (item, _, _) in zip(part.rows, rows, strict=True):
            memory = run_item(slot.table.program, filled.memory, item, found[0]) if _asks(slot) else None
            for column, entry in zip(slot.table.slots, row.entries, strict=True):
                yield f"{entry.key}@{row.id}", _cell(entry, column, models, places.condition(column, slot, memory))


def _parts(filled: FilledForm) -> Iterator[Entry | Table]:
    by_key = {part.key: part for _, parts in filled.sections() for part in parts}
    return (by_key[slot.key] for slot in filled.plan.slots)


def _asks(slot: "Slot") -> bool:
    return slot.table is not None and any(column.operands for column in slot.table.slots)


def _cell(entry: Entry, slot: "Slot", models: _Models, when: Node | None) -> dict[str, Any]:
    typed = entry.counted and entry.kind not in UNTYPED
    corrected = typed and entry.status == "known" and bool(entry.text)
    appears = typed and entry.status == "skip" and when is not None
    shown = entry.value is not None and entry.kind != "list"
    return {
        "label": entry.label,
        "kind": entry.kind,
        "status": entry.status,
        "held": True if entry.reason in ("stale", "partial", "suggested") else None,
        "value": _plain(entry.value) if shown else None,
        "unit": entry.unit,
        "required": entry.field.required or None,
        "after": True if entry.reason == "after-answers" else None,
        "others": [_plain(other.value) for other in entry.others] if entry.status == "confirm" else None,
        "model": models.of(entry.kind, slot.codes) if corrected or appears else None,
        "when": when,
        "waits": True if entry.waits_for and entry.status != "skip" else None,
    }


def _tables(filled: FilledForm, models: _Models) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what is common to a table's rows, and what each cell of a row is like that the worker adds."""
    places = _Places(filled)
    for slot in filled.plan.slots:
        table = slot.table
        if table is None:
            continue
        memory = run(table.program, begin(table.program, filled.memory[CONTEXT], (), filled.memory))
        columns = {
            column.key: _bare(
                {
                    "label": column.field.label,
                    "kind": column.kind,
                    "status": "blank",
                    "unit": column.unit,
                    "required": column.field.required or None,
                    "after": True if column.field.derive is not None else None,
                    "when": places.condition(column, slot, memory),
                }
            )
            for column in table.slots
        }
        when = places.condition(slot, None, filled.memory)
        yield slot.key, {"label": slot.field.label, "columns": columns, "when": when}


class _Places:
    """Where a page finds what a condition compares: a cell, a cell of the same row, a column."""

    def __init__(self, filled: FilledForm) -> None:
        self.plan = filled.plan
        self.shown = {slot.field.from_: slot for slot in filled.plan.slots if slot.table is None and _is_term(slot)}

    def condition(self, slot: "Slot", table: "Slot | None", memory: Any) -> Node | None:
        """Give a field's condition in neutral form, if answers on the page can change its verdict."""
        if not slot.operands:
            return None
        node = neutral(slot.field.when, slot.operands, self.place_in(table), memory)
        return node if _changes(node) else None

    def place_in(self, table: "Slot | None") -> Callable[[Operand], Node]:
        own = table.table if table is not None else None
        columns = {column.key for column in own.slots} if own is not None else set()
        rows = {f"{own.path}{c.field.from_}": c for c in own.slots if _is_term(c)} if own is not None else {}

        def place(operand: Operand) -> Node:
            if operand.column:
                return {"column": operand.name}
            if operand.name in columns:
                return {"cell": operand.name, "row": True}
            if not operand.term:
                return {"cell": operand.name}
            for found, row in ((self.shown, {}), (rows, {"row": True})):
                slot = found.get(operand.name)
                if slot is not None and slot.kind == operand.kind and slot.codes is operand.codes:
                    return {"cell": slot.key, **row}
            return {}

        return place


def _is_term(slot: "Slot") -> bool:
    """Say whether a field shows a term as it is."""
    field = slot.field
    return isinstance(field.from_, str) and field.by is None and field.map is None and slot.counted


def _changes(node: Any) -> bool:
    if isinstance(node, list):
        return any(_changes(one) for one in node)
    return isinstance(node, dict) and (
        "cell" in node or "column" in node or any(_changes(one) for one in node.values())
    )


def _plain(value: Any) -> Any:
    return format(value, "f") if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value


def _bare(data: Any) -> Any:
    """Leave out what says nothing, but for verdicts that are not decided."""
    if isinstance(data, Mapping):
        return {name: _bare(one) for name, one in data.items() if one is not None or name in ("else", "submit", "keep")}
    return data
