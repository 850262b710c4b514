"""The steps of a program: small functions, made once with the form, that decide one cell each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prefill.conditions import Condition
from prefill.derivations import Rule
from prefill.plans.model import (
    AFTER_ANSWERS,
    ASK_ALWAYS,
    NOT_APPLICABLE,
    OTHER_DESK,
    Fetch,
    Frame,
    Program,
    Table,
    TableCells,
    row_frame,
    run,
)
from prefill.reasons import REASONS, Reason
from prefill.records import Resolution
from prefill.records.facts import Other
from prefill.resolution import NOT_RECORDED, SEVERITY

__all__ = [
    "ask_always",
    "asked_when",
    "by_others",
    "constant",
    "converted",
    "counted",
    "derived",
    "first_of",
    "made_partial",
    "mapped_known",
    "recorded_or_derived",
    "suggested",
    "table",
]

_TO_BE_TYPED = frozenset({"each-time", "after-answers", "ask-always", "by-hand", "other-desk"})


def asked_when(fetch: Fetch, condition: Condition) -> Fetch:
    """Ask a field only if its condition holds; while that is not decided, fill it and say what it waits for."""

    def step(frame: Frame) -> Resolution:
        verdict = condition(frame)
        if verdict is True:
            return fetch(frame)
        if verdict is False:
            return NOT_APPLICABLE
        return fetch(frame)._replace(waits_for=verdict)

    return step


def by_others(fetch: Fetch) -> Fetch:
    """Fill what another desk answers where it is known; else leave it to that desk."""

    def step(frame: Frame) -> Resolution:
        found = fetch(frame)
        return found if REASONS[found.reason] == "known" else OTHER_DESK

    return step


def ask_always(_: Frame) -> Resolution:
    """Leave a field empty although a term exists: the form wants a fresh answer."""
    return ASK_ALWAYS


def first_of(fetches: Sequence[Fetch]) -> Fetch:
    """Take the first; the next only if a source says that there is none of the one before."""

    def step(frame: Frame) -> Resolution:
        found = NOT_RECORDED
        for fetch in fetches:
            found = fetch(frame)
            if found.reason != "not-applicable" and found.value != ():
                return found
        return found

    return step


def converted(fetch: Fetch, convert: Callable[[Any], Any], none: Any = None) -> Fetch:
    """Convert the value and each alternative; None from ``convert`` means that the field has no option for it.

    ``none`` is what an explicit absence becomes. Alternatives that become one and the same are no dispute.
    """

    def step(frame: Frame) -> Resolution:
        found = fetch(frame)
        value = found.value
        if value is not None:
            made = none if value == () and none is not None else convert(value)
            others = tuple(_convert_other(other, convert) for other in found.others) if found.others else ()
            if made is None:
                return Resolution("no-matching-option", None, found.facts, others, found.waits_for)
            reason: Reason = "derived" if found.reason == "recorded" else found.reason
            return Resolution(reason, made, found.facts, others, found.waits_for)
        if found.reason == "not-applicable" and none is not None:
            return Resolution("derived", none, found.facts)
        if found.reason in ("disputed", "candidates"):
            return _settle(found._replace(others=tuple(_convert_other(other, convert) for other in found.others)))
        return found

    return step


def _convert_other(other: Other, convert: Callable[[Any], Any]) -> Other:
    return other if other.value is None else other._replace(value=convert(other.value))


def _settle(found: Resolution) -> Resolution:
    sides = [other for other in found.others if other.why == "differs"]
    if sides and sides[0].value is not None and all(side.value == sides[0].value for side in sides):
        rest = tuple(other for other in found.others if other.why != "differs")
        return Resolution("derived", sides[0].value, tuple(fact for side in sides for fact in side.facts), rest)
    return found


def made_partial(fetch: Fetch, precision: int) -> Fetch:
    """Mark a date that is less exact than the field; cut one that is more exact."""

    def step(frame: Frame) -> Resolution:
        found = fetch(frame)
        value = found.value
        if value is None:
            if found.reason == "disputed":
                return _settle(found._replace(others=tuple(_convert_other(o, lambda v: v[:precision]) for o in found.others)))
            return found
        if len(value) == precision:
            return found
        if len(value) > precision:
            others = tuple(_convert_other(other, lambda v: v[:precision]) for other in found.others)
            reason: Reason = "derived" if found.reason == "recorded" else found.reason
            return found._replace(reason=reason, value=value[:precision], others=others)
        return found._replace(reason="partial") if REASONS[found.reason] == "known" else found

    return step


def derived(fetches: Sequence[Fetch], rule: Rule, params: dict[str, Any], suggest: bool) -> Fetch:
    """Apply a named rule; the result takes the worst status of its inputs."""
    function, absent, partly = rule.function, rule.absent, rule.needs == "any"
    dated = rule.dated

    def apply(values: Sequence[Any], frame: Frame) -> Any:
        return function(*values, on=frame.on, **params) if dated else function(*values, **params)

    def step(frame: Frame) -> Resolution:
        inputs = [fetch(frame) for fetch in fetches]
        known = [found for found in inputs if found.value is not None and not found.waits_for]
        if len(known) < len(inputs) and not (partly and known):
            return _without_all(inputs, apply, absent, frame)
        value = apply([found.value for found in known], frame)
        facts = tuple(fact for found in known for fact in found.facts)
        if value is None:
            return Resolution("not-recorded", None, facts)
        reason: Reason = "derived"
        for found in known:
            if SEVERITY[found.reason] > SEVERITY[reason]:
                reason = found.reason
        if suggest and REASONS[reason] == "known":
            reason = "suggested"
        return Resolution(reason, value, facts)

    return step


def _without_all(
    inputs: Sequence[Resolution], apply: Callable[[Sequence[Any], Frame], Any], absent: Any, frame: Frame
) -> Resolution:
    """Say what follows where not all inputs are known: the absence, the dispute, or that answers are waited for."""
    missing = [found for found in inputs if found.value is None or found.waits_for]
    if any(found.reason in _TO_BE_TYPED or found.waits_for for found in missing):
        return AFTER_ANSWERS
    facts = tuple(fact for found in inputs for fact in found.facts)
    worst = max(missing, key=lambda found: SEVERITY[found.reason])
    if worst.reason == "not-applicable" and absent is not None:
        return Resolution("derived", absent, facts)
    if worst.reason in ("disputed", "candidates") and len(inputs) == 1:
        sides = tuple(o._replace(value=None if o.value is None else apply([o.value], frame)) for o in worst.others)
        return _settle(worst._replace(others=sides))
    if worst.reason in ("disputed", "candidates"):
        return Resolution("not-recorded", None, facts)
    return Resolution(worst.reason, None, facts)


def counted(fetch: Fetch, program: Program, where: Condition | None, rule: Rule, params: dict[str, Any]) -> Fetch:
    """Apply a rule to the items of a list that ``where`` lets through; one undecided item leaves the whole undecided."""

    def step(frame: Frame) -> Resolution:
        found = fetch(frame)
        if not isinstance(found.value, tuple):
            if found.reason == "not-applicable" and rule.absent is not None:
                return Resolution("derived", rule.absent, found.facts)
            return found if found.value is None and not found.others else Resolution("not-recorded", None, found.facts)
        if any(other.why == "differs" for other in found.others):
            return Resolution("not-recorded", None, found.facts)
        kept = []
        for item in found.value:
            verdict = where(run(program, row_frame(frame, item, "recorded"))) if where else True
            if verdict is True:
                kept.append(item)
            elif verdict is not False:
                return Resolution("not-recorded", None, found.facts)
        reason: Reason = "derived" if found.reason == "recorded" else found.reason
        return Resolution(reason, rule.function(tuple(kept), **params), found.facts)

    return step


def constant(found: Resolution) -> Fetch:
    """Give always the same."""
    return lambda _: found


def recorded_or_derived(recorded: Fetch, derive: Fetch) -> Fetch:
    """Take what is recorded, or what follows by the term's rule; where both say something else, dispute."""

    def step(frame: Frame) -> Resolution:
        stated, follows = recorded(frame), derive(frame)
        if stated.value is None:
            return follows if stated.reason == "not-recorded" or follows.value is not None else stated
        if follows.value is None or follows.value == stated.value:
            return stated
        sides = (Other(stated.value, stated.facts, "differs"), Other(follows.value, follows.facts, "differs"))
        return Resolution("disputed", None, (), sides)

    return step


def suggested(fetch: Fetch) -> Fetch:
    """Offer what a rule gives for the worker to confirm."""

    def step(frame: Frame) -> Resolution:
        found = fetch(frame)
        return found._replace(reason="suggested") if REASONS[found.reason] == "known" else found

    return step


def mapped_known(fetch: Fetch, table: Mapping[str, str]) -> Fetch:
    """Map codes to another list; those without an option there are left out (for rules that gather what is known)."""

    def step(frame: Frame) -> Resolution:
        found = fetch(frame)
        if found.value is None:
            return found
        codes = found.value if isinstance(found.value, tuple) else (found.value,)
        made = tuple(table[code] for code in codes if code in table)
        return found._replace(value=made) if made else Resolution("no-matching-option", None, found.facts)

    return step


def table(rows: Table, condition: Condition | None, counted: bool) -> Callable[[Frame], TableCells]:
    """Fill a table, or say in one entry why it has no rows."""

    def step(frame: Frame) -> TableCells:
        verdict = condition(frame) if condition else True
        if verdict is False:
            return TableCells(NOT_APPLICABLE, ())
        if rows.always:
            filled = TableCells(ASK_ALWAYS if rows.path else rows.fetch(frame), ())
        else:
            filled = rows.fill(frame)
        if not counted and REASONS[filled.found.reason] != "known":
            filled = TableCells(OTHER_DESK, ())
        return filled if verdict is True else filled._replace(found=filled.found._replace(waits_for=verdict))

    return step
