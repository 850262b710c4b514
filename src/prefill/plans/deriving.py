"""The steps that apply a named rule to facts, and to what the worker still has to type."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from prefill.derivations import Rule, Table, since
from prefill.plans.model import AFTER_ANSWERS, CONTEXT, Context, Memory, Step
from prefill.plans.steps import converted
from prefill.reasons import REASONS, Reason
from prefill.records import Fact
from prefill.records.facts import Resolved
from prefill.resolution import (
    MAY_LACK,
    Apply,
    bound,
    changed,
    follow,
    stated_or_late,
)

__all__ = ["answered", "derived", "mapped_known", "none_as_empty", "recorded_or_derived", "suggested", "with_table"]


def derived(
    places: Sequence[int],
    rule: Rule,
    params: Mapping[str, Any],
    suggest: bool,
    typed: frozenset[int],
    spread: bool = False,
) -> Step:
    """Apply a named rule; the result takes the worst status of its inputs.

    ``typed`` are the numbers of those inputs that are fields of the form: what the worker still has to type decides them. ``spread`` is
    whether there are columns among its inputs, whose values it takes one by one.
    """
    apply = _spread(bound(rule, params), rule.absent) if spread else bound(rule, params)
    best: Reason = "suggested" if suggest else "derived"
    fields = [places[number] for number in typed]
    if len(places) == 1:
        of_one = _derived_of_one(places[0], rule, apply, best, bool(typed))
        return (lambda memory: _unsuggested(of_one(memory))) if suggest else of_one

    gathers = rule.needs != "all"
    may_lack, told = MAY_LACK[rule.needs], rule.needs == "told"

    def step(memory: Memory) -> Resolved:
        inputs = [memory[place] for place in places]
        values = []
        all_facts: tuple[Fact, ...] = ()
        sure = best
        for reason, value, facts, _, waits in inputs:
            if value is not None and (reason == "recorded" or reason == "derived") and not waits:
                values.append(value)
                all_facts += facts
            elif gathers and reason in may_lack and not facts and not waits:
                sure = "suggested" if reason == "not-recorded" else sure
                if told:
                    values.append(None)
            else:
                return rest(inputs, memory)
        known = not places or any(value is not None for value in values)
        value = apply(values, memory[CONTEXT].on) if known else None
        return (sure, value, all_facts, (), ()) if value is not None else rest(inputs, memory)

    def rest(inputs: Sequence[Resolved], memory: Memory) -> Resolved:
        """Look again, where not all is plainly known."""
        if any([found[4] for found in inputs]) or any([_is_typed(memory[place]) for place in fields]):
            return AFTER_ANSWERS
        found = follow(inputs, rule, apply, memory[CONTEXT].on, best)
        return _unsuggested(found) if suggest else found

    return step


def suggested(place: int) -> Step:
    """Propose what follows from a list."""

    def step(memory: Memory) -> Resolved:
        found = _unsuggested(memory[place])
        return ("suggested", *found[1:]) if REASONS[found[0]] == "known" else found

    return step


def with_table(step: Step, table: Table) -> Step:
    """Name the dated table among the facts of what it gives, as of the day from which it has said so."""

    def told(memory: Memory) -> Resolved:
        reason, value, facts, others, waits = step(memory)
        if value is None:
            return (reason, value, facts, others, waits)
        day = since(table, value, memory[CONTEXT].on)
        fact = Fact(f"tables.{table.id}", value, table.name, day.isoformat(), day.toordinal())
        return (reason, value, (*facts, fact), others, waits)

    return told


def _unsuggested(found: Resolved) -> Resolved:
    """Leave to the worker what was only to be proposed, where a source says that what it rests on does not apply."""
    return ("not-recorded", None, found[2], (), ()) if found[0] == "not-applicable" and not found[4] else found


def _derived_of_one(place: int, rule: Rule, apply: Apply, best: Reason, typed: bool) -> Step:
    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        reason, value, facts, others, waits = found
        if value is None or waits:
            if waits or (typed and _is_typed(found)):
                return AFTER_ANSWERS
            if not others and reason != "not-applicable":
                return found
            return follow((found,), rule, apply, memory[CONTEXT].on, best)
        value = apply((value,), memory[CONTEXT].on)
        if value is None:
            return ("not-recorded", None, facts, (), ())
        return (best if reason == "recorded" or reason == "derived" else reason, value, facts, (), ())

    return step


def _spread(apply: Apply, absent: Any) -> Apply:
    """Apply a rule to the values of columns, one by one, and to what stands beside them."""

    def spread(values: Sequence[Any], on: date) -> Any:
        single = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
        return apply(single, on) if single else absent

    return spread


def answered(place: int) -> Step:
    """Take another field of the form as it is, or wait for what the worker still has to type there."""

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        return AFTER_ANSWERS if _is_typed(found) else found

    return step


def _is_typed(found: Resolved) -> bool:
    """Whether the worker still has to type a field."""
    return found[1] is None and found[0] != "not-applicable"


def none_as_empty(place: int, option: str) -> Step:
    """Take the option of a list that says "none" for the empty list that it is (for rules that ask whether there is any)."""

    def empty(value: Any) -> Any:
        return () if value == option or value == (option,) else value

    def step(memory: Memory) -> Resolved:
        reason, value, facts, others, waits = memory[place]
        return (reason, empty(value), facts, changed(others, empty) if others else (), waits)

    return step


def mapped_known(place: int, table: Mapping[str, str]) -> Step:
    """Map codes to another list (for rules that gather them); where one has no option there, nothing is gathered."""

    def convert(value: Any) -> Any:
        if not isinstance(value, tuple):
            return table.get(value)  # gathering takes one code, too
        made = [table.get(code) for code in value]
        return None if None in made else tuple(dict.fromkeys(made))

    return converted(place, convert)


def recorded_or_derived(recorded: int, follows: int, derive: Step, dated: bool) -> Step:
    """Take what is recorded, or what follows by the term's rule (at ``follows``); see ``resolution.stated_or_late``."""

    def step(memory: Memory) -> Resolved:
        stated: Resolved = memory[recorded]
        late: Resolved = memory[follows]
        if stated[0] == "not-recorded":
            return late
        return stated_or_late(stated, late, memory[CONTEXT].on, lambda day: _at(derive, memory, day)[1], dated)

    return step


def _at(derive: Step, memory: Memory, day: date) -> Resolved:
    """Take a step as if the form spoke for another day."""
    context: Context = memory[CONTEXT]
    then = memory.copy()
    then[CONTEXT] = Context(day, context.cutoffs, context.withheld, context.veiled)
    return derive(then)  # type: ignore[no-any-return]
