"""The steps of a program: small functions, made once with the form, that decide one place of its memory each."""

from collections.abc import Callable, Sequence
from typing import Any

from prefill.conditions import Condition
from prefill.plans.model import ASK_ALWAYS, EACH_TIME, NOT_APPLICABLE, OTHER_DESK, Memory, Step, Table, TableCells
from prefill.reasons import REASONS
from prefill.records.facts import NOTHING, Other, Resolved, sides

__all__ = [
    "asked_when",
    "by_others",
    "changed",
    "converted",
    "first_of",
    "made_partial",
    "settled",
    "suggested",
    "table",
]

IN_DISPUTE = frozenset({"disputed", "candidates"})


def asked_when(place: int, condition: Condition) -> Step:
    """Ask a field only if its condition holds; while that is not decided, fill it and say what it waits for."""

    def step(memory: Memory) -> Resolved:
        verdict = condition(memory)
        if verdict is True:
            found: Resolved = memory[place]
            return found
        if verdict is False:
            return NOT_APPLICABLE
        reason, value, facts, others, _ = memory[place]
        return (reason, value, facts, others, verdict)

    return step


def by_others(place: int) -> Step:
    """Fill what another desk answers where it is known; else leave it to that desk."""

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        return found if REASONS[found[0]] == "known" else OTHER_DESK

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


def converted(place: int, convert: Callable[[Any], Any], none: Any = None) -> Step:
    """Convert the value and each alternative; None from ``convert`` means that the field has no option for it.

    ``none`` is what an explicit absence becomes. Alternatives that become one and the same are no dispute.
    """

    def change(value: Any) -> Any:
        return none if none is not None and value == () else convert(value)

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        reason, value, facts, others, waits = found
        if value is None:
            if reason == "not-applicable" and none is not None:
                return ("derived", none, facts, (), ())
            return settled((reason, None, facts, changed(others, change), waits)) if others else found
        made = convert(value) if none is None else change(value)
        if others:
            others = changed(others, change, made)
        if made is None:
            return ("no-matching-option", None, facts, others, waits)
        return ("derived" if reason == "recorded" else reason, made, facts, others, waits)

    return step


def changed(others: Sequence[Other], change: Callable[[Any], Any], taken: Any = None) -> tuple[Other, ...]:
    """Change the alternatives as the value was changed; one that becomes what is taken is none any more."""
    made = [o if o.value is None else o._replace(value=change(o.value)) for o in others]
    return tuple([other for other in made if taken is None or other.value != taken])


def settled(found: Resolved) -> Resolved:
    """End a dispute whose sides have become one and the same."""
    reason, _, _, others, waits = found
    told = sides(others) if reason in IN_DISPUTE else ()
    if not told or told[0].value is None or any(side.value != told[0].value for side in told):
        return found
    rest = tuple([other for other in others if other not in told])
    facts = tuple(dict.fromkeys([fact for side in told for fact in side.facts]))
    return ("stale" if told[0].why == "stale" else "derived", told[0].value, facts, rest, waits)


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

    return step


def suggested(place: int) -> Step:
    """Offer what a rule gives for the worker to confirm."""

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        return ("suggested", *found[1:]) if REASONS[found[0]] == "known" else found

    return step


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
        if not counted and REASONS[found[0]] != "known":
            found, filled = OTHER_DESK, ()
        return (found if verdict is True else (*found[:4], verdict)), filled

    return step
