"""The steps that apply a named rule: to facts, to what the worker still has to type, to the items of a list."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any, TypeAlias

from prefill.conditions import Condition
from prefill.derivations import Rule
from prefill.plans.model import AFTER_ANSWERS, CONTEXT, Context, Memory, Program, Step, TableCells, run_item
from prefill.plans.steps import IN_DISPUTE, changed, settled
from prefill.reasons import Reason
from prefill.records import Fact
from prefill.records.facts import Other, Resolved, sides
from prefill.resolution import SEVERITY

__all__ = ["column", "counted", "derived", "mapped_known", "none_as_empty", "recorded_or_derived"]

Apply: TypeAlias = Callable[[Sequence[Any], Memory], Any]


def derived(places: Sequence[int], rule: Rule, params: Mapping[str, Any], suggest: bool, typed: frozenset[int]) -> Step:
    """Apply a named rule; the result takes the worst status of its inputs.

    ``typed`` are the numbers of those inputs that are fields of the form: what the worker still has to type decides them.
    """
    apply = _bound(rule, params)
    absent, partly = rule.absent, rule.needs == "any"
    best: Reason = "suggested" if suggest else "derived"
    if len(places) == 1:
        return _derived_of_one(places[0], apply, absent, best, typed)

    def step(memory: Memory) -> Resolved:
        inputs = [memory[place] for place in places]
        for _, value, _, _, waits in inputs:
            if value is None or waits:
                known = [found for found in inputs if found[1] is not None and not found[4]] if partly else ()
                return _derived(known or inputs, apply, memory, best) if known else missing(inputs, memory)
        return _derived(inputs, apply, memory, best)

    def missing(inputs: Sequence[Resolved], memory: Memory) -> Resolved:
        return _without_all(inputs, apply, absent, memory, typed, best)

    return step


def _derived_of_one(place: int, apply: Apply, absent: Any, best: Reason, typed: frozenset[int]) -> Step:
    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        reason, value, facts, _, waits = found
        if value is None or waits:
            if absent is not None and reason == "not-applicable":
                return ("derived", absent, facts, (), ())
            return _without_all((found,), apply, absent, memory, typed, best)
        value = apply((value,), memory)
        if value is None:
            return ("not-recorded", None, facts, (), ())
        return (best if reason == "recorded" or reason == "derived" else reason, value, facts, (), ())

    return step


def _derived(inputs: Sequence[Resolved], apply: Apply, memory: Memory, best: Reason) -> Resolved:
    worst = best
    all_facts: tuple[Fact, ...] = ()
    values = []
    for reason, value, facts, _, _ in inputs:
        values.append(value)
        all_facts += facts
        if reason != "recorded" and SEVERITY[reason] > SEVERITY[worst]:
            worst = reason
    value = apply(values, memory)
    return ("not-recorded", None, all_facts, (), ()) if value is None else (worst, value, all_facts, (), ())


def _bound(rule: Rule, params: Mapping[str, Any]) -> Apply:
    """Give a rule's function with its parameters bound; the context gives the date."""
    function = rule.function
    if rule.dated:
        return lambda values, memory: function(*values, on=memory[CONTEXT].on, **params)
    if params:
        return lambda values, memory: function(*values, **params)
    return lambda values, memory: function(*values)


def _without_all(
    inputs: Sequence[Resolved], apply: Apply, absent: Any, memory: Memory, typed: frozenset[int], best: Reason
) -> Resolved:
    """Say what follows where not all inputs are known: the absence, the dispute, or that answers are waited for."""
    worst = inputs[0]
    for number, found in enumerate(inputs):
        reason, value, _, _, waits = found
        if value is None or waits:
            if waits or (number in typed and reason != "not-applicable"):
                return AFTER_ANSWERS
            if worst[1] is not None or SEVERITY[reason] > SEVERITY[worst[0]]:
                worst = found
    reason, _, facts, others, _ = worst
    if len(inputs) > 1:
        facts = tuple([fact for found in inputs for fact in found[2]])
    if reason == "not-applicable" and absent is not None:
        return ("derived", absent, facts, (), ())
    if reason in IN_DISPUTE:
        return _derived_of_sides(inputs, lambda values: apply(values, memory), reason, best)
    if len(inputs) == 1 and others:
        others = tuple([o for o in changed(others, lambda value: apply((value,), memory)) if o.value is not None])
        return (reason, None, facts, others, ())
    return (reason, None, facts, (), ())


def _derived_of_sides(
    inputs: Sequence[Resolved], apply: Callable[[Sequence[Any]], Any], reason: Reason, best: Reason
) -> Resolved:
    """Apply a rule to all that disputed inputs may be: what follows from each is in dispute, or the same."""
    told = [
        sides(others) if value is None else (Other(value, facts, "differs"),) for _, value, facts, others, _ in inputs
    ]
    results: dict[Any, Other] = {}
    for chosen in product(*told):
        values = [side.value for side in chosen]
        value = None if None in values else apply(values)
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


def counted(place: int, program: Program, where: Condition | None, rule: Rule, params: Mapping[str, Any]) -> Step:
    """Apply a rule to the items of a list that ``where`` lets through; one undecided item leaves the whole undecided."""
    apply, absent = _bound(rule, params), rule.absent

    def result(items: tuple[Any, ...], memory: Memory) -> Any:
        if where is None:
            return apply((items,), memory)
        kept = []
        for item in items:
            verdict = where(run_item(program, memory, item, "recorded"))
            if verdict is True:
                kept.append(item)
            elif verdict is not False:
                return None
        return apply((tuple(kept),), memory)

    def step(memory: Memory) -> Resolved:
        reason, items, facts, others, _ = memory[place]
        if not isinstance(items, tuple):
            if reason == "not-applicable" and absent is not None:
                return ("derived", absent, facts, (), ())
            if reason in IN_DISPUTE:
                return _derived_of_sides((memory[place],), lambda lists: result(lists[0], memory), reason, "derived")
            return (reason, None, facts, (), ())
        if others and any(other.why == "differs" for other in others):
            return ("not-recorded", None, facts, (), ())
        value = result(items, memory)
        if value is None:
            return ("not-recorded", None, facts, (), ())
        return ("derived" if reason == "recorded" else reason, value, facts, (), ())

    return step


def none_as_empty(place: int, option: str) -> Step:
    """Take the option of a list that says "none" for the empty list that it is (for rules that ask whether there is any)."""

    def empty(value: Any) -> Any:
        return () if value == option or value == (option,) else value

    def step(memory: Memory) -> Resolved:
        reason, value, facts, others, waits = memory[place]
        return (reason, empty(value), facts, changed(others, empty) if others else (), waits)

    return step


def mapped_known(place: int, table: Mapping[str, str]) -> Step:
    """Map codes to another list; those without an option there are left out (for rules that gather what is known)."""

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        reason, value, facts, others, waits = found
        if value is None:
            return found
        made = tuple([table[code] for code in (value if isinstance(value, tuple) else (value,)) if code in table])
        return (reason, made, facts, others, waits) if made else ("no-matching-option", None, facts, (), ())

    return step


def column(place: int, index: int) -> Step:
    """Give all values of a table's column, as far as all are known."""

    def step(memory: Memory) -> Resolved:
        table: TableCells = memory[place]
        (_, items, _, _, _), rows = table
        found = [cells[index] for _, cells, _ in rows]
        if items is None or any(value is None or waits for _, value, _, _, waits in found):
            return AFTER_ANSWERS
        return ("derived", tuple([cell[1] for cell in found]), tuple([f for cell in found for f in cell[2]]), (), ())

    return step


def recorded_or_derived(recorded: int, follows: int, derive: Step) -> Step:
    """Take what is recorded, or what follows by the term's rule (at ``follows``); where both say something else, dispute.

    What was recorded may have been true on its day: ``derive`` says what followed then.
    """

    def was_true(side: Other, memory: Memory) -> bool:
        days = {fact.as_of for fact in side.facts}
        return None not in days and all(_at(derive, memory, day)[1] == side.value for day in days if day)

    def step(memory: Memory) -> Resolved:
        stated: Resolved = memory[recorded]
        found: Resolved = memory[follows]
        reason, value, facts, others, _ = stated
        _, late, late_facts, _, _ = found
        if value is None and reason not in IN_DISPUTE:
            return found if reason == "not-recorded" or late is not None else stated
        if late is None or late == value:
            return stated
        told = (Other(value, facts, "differs"),) if value is not None else sides(others)
        if reason == "stale" or all(was_true(side, memory) for side in told):
            return found
        rest = [side for side in told if side.value != late]
        return ("disputed", None, (), (*rest, Other(late, late_facts, "differs")), ())

    return step


def _at(derive: Step, memory: Memory, day: str) -> Resolved:
    """Take a step as if the form spoke for another day."""
    context: Context = memory[CONTEXT]
    then = memory.copy()
    then[CONTEXT] = Context(date.fromisoformat(day), context.cutoffs, context.withheld)
    return derive(then)  # type: ignore[no-any-return]
