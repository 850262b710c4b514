"""What follows by a named rule from facts that are resolved: known, disputed, missing, or stated as well."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import product
from math import prod
from typing import Any, Final, TypeAlias

from prefill.derivations import Rule
from prefill.reasons import Reason
from prefill.records import Fact
from prefill.records.facts import Other, Resolved, sides
from prefill.resolution.severity import SEVERITY

__all__ = [
    "IN_DISPUTE",
    "MAY_LACK",
    "Apply",
    "bound",
    "changed",
    "combined",
    "follow",
    "of_sides",
    "settled",
    "stated_or_late",
]

IN_DISPUTE: Final = frozenset({"disputed", "candidates"})
MAY_LACK: Final[Mapping[str, frozenset[str]]] = {
    "all": frozenset(),
    "any": frozenset({"not-recorded", "not-applicable"}),
    "present": frozenset({"not-applicable"}),
    "told": frozenset({"not-applicable"}),
}
"""What a rule does without, by what it needs."""

_MOST_SIDES: Final = 256
"""How many ways of taking disputes are gone through: beyond that, nothing is said."""

Apply: TypeAlias = Callable[[Sequence[Any], date], Any]
"""A rule with its parameters bound: from the inputs' values and the form's date to what follows, None if nothing does."""


def bound(rule: Rule, params: Mapping[str, Any]) -> Apply:
    """Give a rule's function with its parameters bound."""
    function = rule.function
    if rule.dated:
        return lambda values, on: function(*values, on=on, **params)
    if params:
        return lambda values, on: function(*values, **params)
    return lambda values, on: function(*values)


def follow(inputs: Sequence[Resolved], rule: Rule, apply: Apply, on: date, best: Reason = "derived") -> Resolved:
    """Apply a rule to its inputs; the result takes their worst status, and withheld if one of them is.

    A rule that gathers (``needs: any``) does without what is not recorded or does not apply, and without nothing else; what it gathers
    while something is not recorded may lack it, so that is only suggested. One that joins (``present``) does without what does not apply; one that looks up (``told``) is told of it.
    """
    if rule.needs in ("any", "present"):
        may_lack = MAY_LACK[rule.needs]
        there = []
        for found in inputs:
            if found[0] not in may_lack:
                there.append(found)
            elif found[0] == "not-recorded":
                best = "suggested"
        inputs = there or inputs
    if rule.absent is not None and len(inputs) > 1:  # what does not apply adds nothing to a sum
        inputs = [
            ("derived", rule.absent, *found[2:]) if found[0] == "not-applicable" and not found[4] else found
            for found in inputs
        ]
    told = rule.needs == "told" and any(found[1] is not None or found[0] in IN_DISPUTE for found in inputs)
    without = MAY_LACK["told"] if told else ()
    gaps = [found for found in inputs if found[1] is None and found[0] not in without]
    if not gaps:
        return combined(inputs, apply, on, best)
    worst = gaps[0] if len(gaps) == 1 else max(gaps, key=lambda found: SEVERITY[found[0]])
    reason, _, facts, others, _ = worst
    if len(inputs) > 1:
        facts = tuple([fact for found in inputs for fact in found[2]])
    if reason == "not-applicable" and rule.absent is not None:
        return ("derived", rule.absent, facts, (), ())
    if reason in IN_DISPUTE:
        return of_sides(inputs, apply, on, reason, best)
    if len(inputs) == 1 and others:
        others = tuple([o for o in changed(others, lambda value: apply((value,), on)) if o.value is not None])
        return (reason, None, facts, others, ())
    return (reason, None, facts, (), ())


def combined(inputs: Sequence[Resolved], apply: Apply, on: date, best: Reason) -> Resolved:
    """Apply a rule to inputs that are all known."""
    worst = best
    all_facts: tuple[Fact, ...] = ()
    values = []
    for reason, value, facts, _, _ in inputs:
        values.append(value)
        all_facts += facts
        if reason != "recorded" and value is not None and SEVERITY[reason] > SEVERITY[worst]:
            worst = reason
    value = apply(values, on)
    return ("not-recorded", None, all_facts, (), ()) if value is None else (worst, value, all_facts, (), ())


def of_sides(inputs: Sequence[Resolved], apply: Apply, on: date, reason: Reason, best: Reason) -> Resolved:
    """Apply a rule to all that disputed inputs may be: what follows from each is in dispute, or the same.

    A side without a value leaves open what follows from it; another input without one (it does not apply) is told to the rule.
    """
    doubted = [value is None and reason in IN_DISPUTE for reason, value, _, _, _ in inputs]
    told = [
        sides(others) if doubt else (Other(value, facts, "differs"),)
        for (_, value, facts, others, _), doubt in zip(inputs, doubted, strict=True)
    ]
    if prod(map(len, told)) > _MOST_SIDES:
        return ("not-recorded", None, tuple([f for sides_ in told for side in sides_ for f in side.facts]), (), ())
    results: dict[Any, Other] = {}
    for chosen in product(*told):
        values = [side.value for side in chosen]
        is_open = any([doubt and side.value is None for side, doubt in zip(chosen, doubted, strict=True)])
        value = None if is_open else apply(values, on)
        facts = tuple([fact for side in chosen for fact in side.facts])
        why = "stale" if any(side.why == "stale" for side in chosen) else "differs"
        held = results.setdefault(value, Other(value, (), why))
        results[value] = held._replace(facts=tuple(dict.fromkeys(held.facts + facts)))
    if set(results) <= {None}:
        return ("not-recorded", None, tuple([fact for other in results.values() for fact in other.facts]), (), ())
    found = settled((reason, None, (), tuple(results.values()), ()))
    if found[1] is None:
        return found
    known = [found[0], best, *[i[0] for i in inputs if i[1] is not None and i[0] != "recorded"]]
    return (max(known, key=SEVERITY.__getitem__), *found[1:])


def changed(others: Sequence[Other], change: Callable[[Any], Any], taken: Any = None) -> tuple[Other, ...]:
    """Change the alternatives as the value was changed; one that becomes what is taken is none any more."""
    made = [o if o.value is None else o._replace(value=change(o.value)) for o in others]
    return tuple([other for other in made if taken is None or other.value != taken])


def settled(found: Resolved) -> Resolved:
    """End a dispute whose sides have become one and the same; where the field has no option for any of them, say that."""
    reason, _, _, others, waits = found
    told = sides(others) if reason in IN_DISPUTE else ()
    if not told or any(side.value != told[0].value for side in told):
        return found
    rest = tuple([other for other in others if other not in told])
    facts = tuple(dict.fromkeys([fact for side in told for fact in side.facts]))
    if told[0].value is None:
        return ("no-matching-option", None, facts, rest, waits)
    return ("stale" if told[0].why == "stale" else "derived", told[0].value, facts, rest, waits)


def stated_or_late(
    stated: Resolved, late: Resolved, on: date, then: Callable[[date], Any], dated: bool = True
) -> Resolved:
    """Take what is stated of a term, or what follows for it by its rule; where both say something else, dispute.

    What is stated of a term that changes with the day (``dated``: an age) holds on its own day; on another it is stale, unless what
    follows says the same. ``then`` says what followed on a day: what was true on its day disputes nothing.
    """
    reason, value, facts, others, waits = stated
    if reason == "not-recorded":
        return late
    if reason == "withheld" or reason == "not-applicable":
        return stated
    late_reason, follows, late_facts, _, _ = late
    if value is None and reason not in IN_DISPUTE:
        return late if follows is not None or late_reason in IN_DISPUTE else stated
    today = on.toordinal()
    of_today = not dated or any(fact.day == today for fact in facts)
    if follows is None:
        return stated if value is None or of_today else ("stale", value, facts, others, waits)
    if follows == value:
        return stated if of_today else late
    told = (Other(value, facts, "differs"),) if value is not None else sides(others)
    if reason == "stale" or all(_was_true(side, then) for side in told):
        return late
    rest = [side for side in told if side.value != follows]
    return ("disputed", None, (), (*rest, Other(follows, late_facts, "differs")), ())


def _was_true(side: Other, then: Callable[[date], Any]) -> bool:
    days = {fact.as_of for fact in side.facts}
    return None not in days and all(then(date.fromisoformat(day)) == side.value for day in days if day)
