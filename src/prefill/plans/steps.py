"""The steps of a program: small functions, made once with the form, that decide one place of its memory each."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from prefill.conditions import Condition
from prefill.plans.model import (
    ASK_ALWAYS,
    EACH_TIME,
    NOT_APPLICABLE,
    OTHER_DESK,
    Conversion,
    Memory,
    Precision,
    Step,
    Table,
    TableCells,
)
from prefill.reasons import REASONS
from prefill.records.facts import NOTHING, Resolved
from prefill.resolution import changed, settled

__all__ = [
    "asked_when",
    "by_others",
    "converted",
    "first_of",
    "made_partial",
    "table",
]

SETTLED: Final = frozenset({"known", "skip"})


def asked_when(place: int, condition: Condition) -> Step:
    """Ask a field only if its condition holds; while that is not decided, fill it and say what it waits for."""

    def step(memory: Memory) -> Resolved:
        verdict = condition(memory)
        if verdict is True:
            found: Resolved = memory[place]
            return found
        if verdict is False:
            return NOT_APPLICABLE
        reason, value, facts, others, waits = memory[place]
        return (reason, value, facts, others, tuple(dict.fromkeys(waits + verdict)) if waits else verdict)

    return step


def by_others(place: int) -> Step:
    """Fill what another desk answers where it is known, skip what does not apply; else leave it to that desk."""

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        return found if REASONS[found[0]] in SETTLED else (*OTHER_DESK[:4], found[4])

    return step


def first_of(places: Sequence[int]) -> Step:
    """Take the first; the next only if a source says that there is none of the one before."""

    def step(memory: Memory) -> Resolved:
        found: Resolved = NOTHING
        for place in places:
            found = memory[place]
            if found[0] != "not-applicable" and found[1] != ():
                return found
        return found

    return step


def converted(place: int, convert: Callable[[Any], Any], none: Any = None, empty: Any = None) -> Step:
    """Convert the value and each alternative; None from ``convert`` means that the field has no option for it.

    ``none`` is what an explicit absence becomes, ``empty`` what an explicit empty list does (the list's own 无), where they become anything.
    Alternatives that become one and the same are no dispute.
    """
    empty = empty if none is None else none

    def or_empty(value: Any) -> Any:
        return empty if value == () else convert(value)

    change = convert if empty is None else or_empty

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        reason, value, facts, others, waits = found
        if value is None:
            if reason == "not-applicable" and none is not None:
                return ("derived", none, facts, (), waits)
            return settled((reason, None, facts, changed(others, change), waits)) if others else found
        made = change(value)
        if others:
            others = changed(others, change, made)
        if made is None:
            return ("no-matching-option", None, facts, others, waits)
        return ("derived" if reason == "recorded" else reason, made, facts, others, waits)

    return Conversion(place, change, step)


def made_partial(place: int, precision: int) -> Step:
    """Mark a date that is less exact than the field; cut one that is more exact."""

    def cut(value: str) -> str:
        return value[:precision]

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        reason, value, facts, others, waits = found
        if value is None:
            return settled((reason, None, facts, changed(others, cut), waits)) if others else found
        if len(value) == precision:
            return found
        if len(value) > precision:
            value = cut(value)
            return ("derived" if reason == "recorded" else reason, value, facts, changed(others, cut, value), waits)
        return ("partial", value, facts, others, waits) if REASONS[reason] == "known" else found

    return Precision(place, precision, step)


def table(rows: Table, condition: Condition | None, counted: bool) -> Callable[[Memory], TableCells]:
    """Fill a table, or say in one entry why it has no rows."""
    if condition is None and counted and not rows.always:
        return rows.fill

    def step(memory: Memory) -> TableCells:
        verdict = condition(memory) if condition else True
        if verdict is False:
            return NOT_APPLICABLE, ()
        asked = ASK_ALWAYS if rows.path else EACH_TIME  # a table over nothing is empty each time
        found, filled = (asked, ()) if rows.always else rows.fill(memory)
        if not counted and REASONS[found[0]] not in SETTLED:
            found, filled = OTHER_DESK, ()
        return (found if verdict is True else (*found[:4], tuple(dict.fromkeys(found[4] + verdict)))), filled

    return step
