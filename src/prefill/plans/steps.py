"""The steps of a program: small functions, made once with the form, that decide one cell each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

from prefill.conditions import Condition
from prefill.derivations import Rule
from prefill.plans.model import (
    AFTER_ANSWERS,
    ASK_ALWAYS,
    CONTEXT,
    EACH_TIME,
    NOT_APPLICABLE,
    OTHER_DESK,
    Context,
    Memory,
    Program,
    Step,
    Table,
    TableCells,
    run_item,
)
from prefill.reasons import REASONS, Reason
from prefill.records import Fact, Resolution
from prefill.records.facts import NOT_RECORDED, Other, resolution, sides
from prefill.resolution import SEVERITY

__all__ = [
    "asked_when",
    "by_others",
    "column",
    "converted",
    "counted",
    "derived",
    "first_of",
    "made_partial",
    "mapped_known",
    "none_as_empty",
    "recorded_or_derived",
    "suggested",
    "table",
]

_IN_DISPUTE = frozenset({"disputed", "candidates"})


def asked_when(place: int, condition: Condition) -> Step:
    """Ask a field only if its condition holds; while that is not decided, fill it and say what it waits for."""

    def step(memory: Memory) -> Resolution:
        verdict = condition(memory)
        if verdict is True:
            return memory[place]  # type: ignore[no-any-return]
        if verdict is False:
            return NOT_APPLICABLE
        reason, value, facts, others, _ = memory[place]
        return resolution((reason, value, facts, others, verdict))

    return step


def by_others(place: int) -> Step:
    """Fill what another desk answers where it is known; else leave it to that desk."""

    def step(memory: Memory) -> Resolution:
        found: Resolution = memory[place]
        return found if REASONS[found.reason] == "known" else OTHER_DESK

    return step


def first_of(places: Sequence[int]) -> Step:
    """Take the first; the next only if a source says that there is none of the one before."""

    def step(memory: Memory) -> Resolution:
        found: Resolution = NOT_RECORDED
        for place in places:
            found = memory[place]
            if found.reason != "not-applicable" and found.value != ():
                return found
        return found

    return step


def converted(place: int, convert: Callable[[Any], Any], none: Any = None) -> Step:
    """Convert the value and each alternative; None from ``convert`` means that the field has no option for it.

    ``none`` is what an explicit absence becomes. Alternatives that become one and the same are no dispute.
    """

    def change(value: Any) -> Any:
        return none if none is not None and value == () else convert(value)

    def step(memory: Memory) -> Resolution:
        found: Resolution = memory[place]
        reason, value, facts, others, waits = found
        if value is None:
            if reason == "not-applicable" and none is not None:
                return Resolution("derived", none, facts)
            if others:
                return _settle(found._replace(others=_changed(others, change)))
            return found
        made = change(value)
        if others:
            others = _changed(others, change, made)
        if made is None:
            return resolution(("no-matching-option", None, facts, others, waits))
        return resolution(("derived" if reason == "recorded" else reason, made, facts, others, waits))

    return step


def _changed(others: Sequence[Other], change: Callable[[Any], Any], taken: Any = None) -> tuple[Other, ...]:
    """Change the alternatives as the value was changed; one that becomes what is taken is none any more."""
    changed = [o if o.value is None else o._replace(value=change(o.value)) for o in others]
    return tuple([other for other in changed if taken is None or other.value != taken])


def _settle(found: Resolution) -> Resolution:
    """End a dispute whose sides have become one and the same."""
    if found.reason not in _IN_DISPUTE:
        return found
    told = sides(found.others)
    if not told or told[0].value is None or any(side.value != told[0].value for side in told):
        return found
    rest = tuple([other for other in found.others if other not in told])
    facts = tuple(dict.fromkeys([fact for side in told for fact in side.facts]))
    return Resolution("stale" if told[0].why == "stale" else "derived", told[0].value, facts, rest)


def made_partial(place: int, precision: int) -> Step:
    """Mark a date that is less exact than the field; cut one that is more exact."""

    def cut(value: str) -> str:
        return value[:precision]

    def step(memory: Memory) -> Resolution:
        found: Resolution = memory[place]
        value = found.value
        if value is None:
            return _settle(found._replace(others=_changed(found.others, cut))) if found.others else found
        if len(value) == precision:
            return found
        if len(value) > precision:
            value = cut(value)
            reason: Reason = "derived" if found.reason == "recorded" else found.reason
            return found._replace(reason=reason, value=value, others=_changed(found.others, cut, value))
        return found._replace(reason="partial") if REASONS[found.reason] == "known" else found

    return step


def derived(places: Sequence[int], rule: Rule, params: Mapping[str, Any], suggest: bool, typed: frozenset[int]) -> Step:
    """Apply a named rule; the result takes the worst status of its inputs.

    ``typed`` are the places of those inputs that are fields of the form: what the worker still has to type decides them.
    """
    function = _bound(rule, params)
    absent, partly = rule.absent, rule.needs == "any"
    if len(places) == 1:
        return _derived_of_one(places[0], function, absent, suggest, bool(typed))
    best: Reason = "suggested" if suggest else "derived"

    def step(memory: Memory) -> Resolution:
        inputs = [memory[place] for place in places]
        for found in inputs:
            if found.value is None or found.waits_for:
                known = [found for found in inputs if found.value is not None and not found.waits_for]
                if partly and known:
                    return _derived(known, function, memory, best)
                return _without_all(inputs, function, absent, memory, typed, best)
        return _derived(inputs, function, memory, best)

    return step


def _derived(
    inputs: Sequence[Resolution], function: Callable[[Sequence[Any], Memory], Any], memory: Memory, best: Reason
) -> Resolution:
    reason = best
    facts: tuple[Fact, ...] = ()
    for found in inputs:
        facts += found.facts
        if found.reason != "recorded" and SEVERITY[found.reason] > SEVERITY[reason]:
            reason = found.reason
    value = function([found.value for found in inputs], memory)
    if value is None:
        return resolution(("not-recorded", None, facts, (), ()))
    return resolution((reason, value, facts, (), ()))


def _derived_of_one(
    place: int, function: Callable[[Sequence[Any], Memory], Any], absent: Any, suggest: bool, typed: bool
) -> Step:
    best: Reason = "suggested" if suggest else "derived"
    own = frozenset({0}) if typed else frozenset[int]()

    def step(memory: Memory) -> Resolution:
        found: Resolution = memory[place]
        reason, value, facts, _, waits = found
        if value is None or waits:
            if absent is not None and reason == "not-applicable":
                return resolution(("derived", absent, facts, (), ()))
            return _without_all((found,), function, absent, memory, own, best)
        value = function((value,), memory)
        if value is None:
            return resolution(("not-recorded", None, facts, (), ()))
        return resolution((best if reason == "recorded" or reason == "derived" else reason, value, facts, (), ()))

    return step


def _bound(rule: Rule, params: Mapping[str, Any]) -> Callable[[Sequence[Any], Memory], Any]:
    """Give a rule's function with its parameters bound; the context gives the date."""
    function = rule.function
    if rule.dated:
        return lambda values, memory: function(*values, on=memory[CONTEXT].on, **params)
    if params:
        return lambda values, memory: function(*values, **params)
    return lambda values, memory: function(*values)


def _without_all(
    inputs: Sequence[Resolution],
    function: Callable[[Sequence[Any], Memory], Any],
    absent: Any,
    memory: Memory,
    typed: frozenset[int],
    best: Reason,
) -> Resolution:
    """Say what follows where not all inputs are known: the absence, the dispute, or that answers are waited for."""
    worst = inputs[0]
    if len(inputs) == 1 and worst.reason == "not-recorded" and not typed and not worst.facts and not worst.others:
        return worst
    for place, found in enumerate(inputs):
        if found.value is None or found.waits_for:
            if found.waits_for or (place in typed and found.reason != "not-applicable"):
                return AFTER_ANSWERS
            if worst.value is not None or SEVERITY[found.reason] > SEVERITY[worst.reason]:
                worst = found
    facts = worst.facts if len(inputs) == 1 else tuple([fact for found in inputs for fact in found.facts])
    if worst.reason == "not-applicable" and absent is not None:
        return Resolution("derived", absent, facts)
    if worst.reason in _IN_DISPUTE:
        return _derived_of_sides(inputs, lambda values: function(values, memory), worst.reason, best)
    if len(inputs) == 1 and worst.others:
        others = _changed(worst.others, lambda value: function((value,), memory))
        return Resolution(worst.reason, None, facts, tuple([other for other in others if other.value is not None]))
    return Resolution(worst.reason, None, facts) if facts or worst.others else worst


def _derived_of_sides(
    inputs: Sequence[Resolution], function: Callable[[Sequence[Any]], Any], reason: Reason, best: Reason
) -> Resolution:
    """Apply a rule to all that disputed inputs may be: what follows from each is in dispute, or the same."""
    told = [sides(i.others) if i.value is None else (Other(i.value, i.facts, "differs"),) for i in inputs]
    results: dict[Any, Other] = {}
    for chosen in product(*told):
        values = [side.value for side in chosen]
        value = None if None in values else function(values)
        facts = tuple([fact for side in chosen for fact in side.facts])
        why = "stale" if any(side.why == "stale" for side in chosen) else "differs"
        held = results.setdefault(value, Other(value, (), why))
        results[value] = held._replace(facts=tuple(dict.fromkeys(held.facts + facts)))
    if set(results) <= {None}:
        return Resolution("not-recorded", None, tuple([fact for other in results.values() for fact in other.facts]))
    found = _settle(Resolution(reason, None, (), tuple(results.values())))
    if found.value is None:
        return found
    known = [found.reason, best, *[i.reason for i in inputs if i.value is not None and i.reason != "recorded"]]
    return found._replace(reason=max(known, key=SEVERITY.__getitem__))


def counted(place: int, program: Program, where: Condition | None, rule: Rule, params: Mapping[str, Any]) -> Step:
    """Apply a rule to the items of a list that ``where`` lets through; one undecided item leaves the whole undecided."""
    function, absent = _bound(rule, params), rule.absent

    def step(memory: Memory) -> Resolution:
        found: Resolution = memory[place]
        items = found.value
        if not isinstance(items, tuple):
            if found.reason == "not-applicable" and absent is not None:
                return Resolution("derived", absent, found.facts)
            if found.reason == "disputed" and where is None:
                return _derived_of_sides((found,), lambda lists: function(lists, memory), "disputed", "derived")
            return Resolution("not-recorded", None, found.facts) if found.others else found
        if found.others and any(other.why == "differs" for other in found.others):
            return Resolution("not-recorded", None, found.facts)
        if where is not None:
            kept = []
            for item in items:
                verdict = where(run_item(program, memory, item, "recorded"))
                if verdict is True:
                    kept.append(item)
                elif verdict is not False:
                    return Resolution("not-recorded", None, found.facts)
            items = tuple(kept)
        reason: Reason = "derived" if found.reason == "recorded" else found.reason
        return resolution((reason, function([items], memory), found.facts, (), ()))

    return step


def none_as_empty(place: int, option: str) -> Step:
    """Take the option of a list that says "none" for the empty list that it is (for rules that ask whether there is any)."""

    def empty(value: Any) -> Any:
        return () if value == option or value == (option,) else value

    def step(memory: Memory) -> Resolution:
        found: Resolution = memory[place]
        others = _changed(found.others, empty) if found.others else ()
        return found._replace(value=empty(found.value), others=others)

    return step


def column(place: int, index: int) -> Step:
    """Give all values of a table's column, as far as all are known."""

    def step(memory: Memory) -> Resolution:
        table: TableCells = memory[place]
        found = [row.cells[index] for row in table.rows]
        if table.found.value is None or any(cell.value is None or cell.waits_for for cell in found):
            return AFTER_ANSWERS
        facts = tuple(fact for cell in found for fact in cell.facts)
        return Resolution("derived", tuple(cell.value for cell in found), facts)

    return step


def recorded_or_derived(recorded: int, derived_: int, derive: Step) -> Step:
    """Take what is recorded, or what follows by the term's rule (at ``derived_``); where both say something else, dispute.

    What was recorded may have been true on its day: ``derive`` says what followed then.
    """

    def was_true(side: Other, memory: Memory) -> bool:
        days = {fact.as_of for fact in side.facts}
        return None not in days and all(_at(derive, memory, day).value == side.value for day in days if day)

    def step(memory: Memory) -> Resolution:
        stated: Resolution = memory[recorded]
        follows: Resolution = memory[derived_]
        if stated.value is None and stated.reason not in _IN_DISPUTE:
            return follows if stated.reason == "not-recorded" or follows.value is not None else stated
        if follows.value is None or follows.value == stated.value:
            return stated
        told = (Other(stated.value, stated.facts, "differs"),) if stated.value is not None else sides(stated.others)
        if stated.reason == "stale" or all(was_true(side, memory) for side in told):
            return follows
        rest = [side for side in told if side.value != follows.value]
        return Resolution("disputed", None, (), (*rest, Other(follows.value, follows.facts, "differs")))

    return step


def _at(derive: Step, memory: Memory, day: str) -> Resolution:
    """Take a step as if the form spoke for another day."""
    context: Context = memory[CONTEXT]
    then = memory.copy()
    then[CONTEXT] = Context(date.fromisoformat(day), context.cutoffs, context.withheld)
    return derive(then)  # type: ignore[no-any-return]


def suggested(place: int) -> Step:
    """Offer what a rule gives for the worker to confirm."""

    def step(memory: Memory) -> Resolution:
        found: Resolution = memory[place]
        return found._replace(reason="suggested") if REASONS[found.reason] == "known" else found

    return step


def mapped_known(place: int, table: Mapping[str, str]) -> Step:
    """Map codes to another list; those without an option there are left out (for rules that gather what is known)."""

    def step(memory: Memory) -> Resolution:
        found: Resolution = memory[place]
        if found.value is None:
            return found
        codes = found.value if isinstance(found.value, tuple) else (found.value,)
        made = tuple(table[code] for code in codes if code in table)
        return found._replace(value=made) if made else Resolution("no-matching-option", None, found.facts)

    return step


def table(rows: Table, condition: Condition | None, counted: bool) -> Callable[[Memory], TableCells]:
    """Fill a table, or say in one entry why it has no rows."""
    if condition is None and counted and not rows.always:
        return rows.fill

    def step(memory: Memory) -> TableCells:
        verdict = condition(memory) if condition else True
        if verdict is False:
            return TableCells(NOT_APPLICABLE, ())
        asked = ASK_ALWAYS if rows.path else EACH_TIME  # a table over nothing is empty each time
        filled = TableCells(asked, ()) if rows.always else rows.fill(memory)
        if not counted and REASONS[filled.found.reason] != "known":
            filled = TableCells(OTHER_DESK, ())
        return filled if verdict is True else filled._replace(found=filled.found._replace(waits_for=verdict))

    return step
