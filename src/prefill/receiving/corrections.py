"""Requests to an authority to look at what it states: a worker's correction never replaces it, it asks (校核申请)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, TypeAlias

__all__ = ["Correction", "State", "Stated", "move"]

State: TypeAlias = Literal["open", "sent", "accepted", "rejected"]

_NEXT: Final[dict[State, tuple[State, ...]]] = {
    "open": ("sent",),
    "sent": ("accepted", "rejected"),
    "accepted": (),
    "rejected": ("open",),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """A value as a source states it: the value, how a form prints it, the source, the name that may be printed, the day."""

    value: Any
    text: str
    source: str
    source_label: str
    as_of: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A request to an authority: which term, what it states, what the worker found, and by what evidence.

    ``about`` says of whom, in pairs of a name and its text. ``id`` is the same for the same request; ``row`` tells the row of a table. ``what`` is whether another ``value`` was found, that there
    is none (``cleared``), or that a list has an item more or less (``added``, ``removed``). ``history`` holds each change of ``state``.
    """

    id: str
    what: Literal["value", "cleared", "added", "removed"]
    form: str
    title: str
    agency: str
    key: str
    row: str | None
    path: str
    label: str
    about: tuple[tuple[str, str], ...]
    found: Stated
    recorded: tuple[Stated, ...]
    evidence: str | None
    worker: str | None
    on: date
    state: State = "open"
    history: tuple[tuple[State, date, str], ...] = ()


def move(correction: Correction, state: State, *, on: date, why: str = "") -> Correction:
    """Give the request in its next state: open → sent → accepted or rejected; a rejected one may be opened again.

    Raises ValueError for a step that there is not.
    """
    if state not in _NEXT[correction.state]:
        steps = ", ".join(_NEXT[correction.state]) or "none: it is closed"
        raise ValueError(f"no step from {correction.state} to {state}; from there: {steps}")
    return replace(correction, state=state, history=(*correction.history, (state, on, why)))
