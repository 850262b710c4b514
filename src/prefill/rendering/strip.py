"""The copy strip (抄录条): values in the order and the format in which a closed website takes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prefill.filling import Entry, FilledForm, Table
from prefill.kinds import KINDS, show

if TYPE_CHECKING:
    from prefill.forms import Retyped

__all__ = ["Copied", "copied", "target_text"]

_PLAIN: Final = "2026-11-23"


@dataclass(frozen=True, slots=True)
class Copied:
    """One value to copy: the name of its cell, what it is called, and the text as the target takes it (none yet: empty)."""

    name: str
    label: str
    text: str


def copied(filled: FilledForm) -> Iterator[Copied]:
    """Give the values of a retyped form in the target's order, those too that the worker has still to answer; else none."""
    form = filled.form
    if form.delivery != "retyped":
        return
    parts = [part for _, parts in filled.sections() for part in parts]
    if form.retyped is not None and form.retyped.order:
        first = {key: place for place, key in enumerate(form.retyped.order)}
        parts.sort(key=lambda part: first.get(part.key, len(first)))
    for part in parts:
        if isinstance(part, Table):
            for number, row in enumerate(part.rows, 1):
                for entry in row.entries:
                    yield from _one(entry, form.retyped, number)
        else:
            yield from _one(part, form.retyped, None)


def _one(entry: Entry, retyped: "Retyped | None", row: int | None) -> Iterator[Copied]:
    if entry.status in ("hand", "skip") or entry.kind in ("list", "file", "photo", "signature"):
        return
    name = entry.key if entry.row is None else f"{entry.key}@{entry.row}"
    label = entry.label if row is None else f"{row} {entry.label}"
    yield Copied(name, label, target_text(entry, retyped) if entry.status == "known" else "")


def target_text(entry: Entry, retyped: "Retyped | None") -> str:
    """Give a known value as the target takes it: dates and codes as the spec says, all else as printed, without units."""
    value = entry.value
    if value is None:
        return ""
    dates, codes = (retyped.dates, retyped.codes) if retyped is not None else (_PLAIN, "label")
    kind = KINDS.get(entry.kind)
    if kind is not None and kind.precision is not None and isinstance(value, str):
        return _date(value, dates)
    if entry.kind in ("code", "multi_code") and codes == "code":
        return "、".join(value) if isinstance(value, tuple) else str(value)
    if entry.kind == "division":
        return str(value) if codes == "code" else entry.text
    return entry.text


def _date(iso: str, like: str) -> str:
    """Write a date the way of an example; as much of it as is known.

    >>> _date("2026-11-23", "2026/11/23"), _date("2026-11", "20261123"), _date("2026-11-23T09:30", "2026.11.23")
    ('2026/11/23', '202611', '2026.11.23 09:30')
    """
    if not like.isascii():  # as forms print it
        return show("datetime", iso)
    day, _, time = iso.partition("T")
    text = day.replace("-", like[4] if not like[4].isdigit() else "")
    return f"{text} {time}" if time else text
