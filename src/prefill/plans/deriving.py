"""The steps that apply a named rule: to facts, to what the worker still has to type, to the items of a list."""

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import Any

from prefill.conditions import Condition, Verdict
from prefill.derivations import Rule
from prefill.plans.model import AFTER_ANSWERS, CONTEXT, Context, Memory, Program, Step, TableCells, run_item
from prefill.plans.steps import converted
from prefill.reasons import REASONS, Reason
from prefill.records import Fact, Item
from prefill.records.facts import Other, Resolved
from prefill.resolution import (
    IN_DISPUTE,
    MAY_LACK,
    SEVERITY,
    Apply,
    bound,
    changed,
    follow,
    has_ended,
    of_sides,
    stated_or_late,
)

__all__ = [
    "answered",
    "column",
    "counted",
    "derived",
    "living",
    "mapped_known",
    "none_as_empty",
    "of_each",
    "recorded_or_derived",
    "suggested",
]


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


def counted(
    place: int,
    program: Program,
    where: Condition | None,
    rule: Rule,
    params: Mapping[str, Any],
    judges: tuple[int, ...] = (),
) -> Step:
    """Apply a rule to the items of a list that ``where`` lets through.

    Items that are not decided leave the whole undecided, unless it is the same with and without them. ``judges`` are the places that
    ``where`` reads: where these are withheld, so is what follows.
    """
    apply, absent = bound(rule, params), rule.absent

    def result(items: tuple[Any, ...], partly: Set[Any], memory: Memory) -> tuple[Any, tuple[Fact, ...], bool]:
        """Give what follows, the facts that ``where`` went by, and whether it wanted to know what is withheld."""
        on = memory[CONTEXT].on
        facts: tuple[Fact, ...] = ()
        withheld = False
        possible, certain = [], []
        for item in items:
            verdict: Verdict = True
            if where is not None:
                row = run_item(program, memory, item, "recorded")
                verdict = where(row)
                facts += tuple([fact for judge in judges for fact in row[judge][2]])
                withheld |= verdict not in (True, False) and any(row[judge][0] == "withheld" for judge in judges)
            if verdict is not False:
                possible.append(item)
                if verdict is True and item.entity not in partly:
                    certain.append(item)
        value = apply((tuple(possible),), on)
        sure = len(certain) == len(possible) or apply((tuple(certain),), on) == value
        return value if sure else None, facts, withheld

    def step(memory: Memory) -> Resolved:
        reason, items, facts, others, _ = memory[place]
        if not isinstance(items, tuple):
            if reason == "not-applicable" and absent is not None:
                return ("derived", absent, facts, (), ())
            if reason in IN_DISPUTE:
                on = memory[CONTEXT].on
                return of_sides(
                    (memory[place],), lambda lists, _: result(lists[0], set(), memory)[0], on, reason, "derived"
                )
            return (reason, None, facts, (), ())
        partly = {item.entity for other in others if other.why == "differs" for item in other.value or ()}
        value, by, withheld = result(items, partly, memory)
        facts = tuple(dict.fromkeys(facts + by)) if by else facts
        if value is None:
            return ("withheld" if withheld else "not-recorded", None, facts, (), ())
        return ("derived" if reason == "recorded" else reason, value, facts, (), ())

    return step


def living(place: int) -> Step:
    """Leave open whether those who have ended (who died) are among a list's items, where nothing may be said of them."""

    def step(memory: Memory) -> Resolved:
        found: Resolved = memory[place]
        context: Context = memory[CONTEXT]
        items = found[1]
        if not context.veiled or not items or not isinstance(items, tuple) or not isinstance(items[0], Item):
            return found
        ended = tuple([item for item in items if has_ended(item.entity, context.day)])
        return (*found[:3], (*found[3], Other(ended, (), "differs")), found[4]) if ended else found

    return step


def of_each(
    place: int,
    program: Program,
    value_place: int,
    where: Condition | None,
    rule: Rule,
    params: Mapping[str, Any],
    judges: tuple[int, ...] = (),
) -> Step:
    """Apply a rule to what each item of a list says of one term; of an item of which nothing is known, nothing follows.

    ``judges`` are the places that ``where`` reads.
    """
    apply, absent = bound(rule, params), rule.absent

    def step(memory: Memory) -> Resolved:
        reason, items, facts, others, _ = memory[place]
        if not isinstance(items, tuple):
            if reason == "not-applicable" and absent is not None:
                return ("derived", absent, facts, (), ())
            return ("not-recorded" if reason in IN_DISPUTE else reason, None, facts, (), ())
        if any(other.why == "differs" for other in others):
            return ("not-recorded", None, facts, (), ())
        worst: Reason = "derived" if reason == "recorded" else reason
        values = []
        for item in items:
            row = run_item(program, memory, item, "recorded")
            verdict = where is None or where(row)
            facts += tuple([fact for judge in judges for fact in row[judge][2]])
            if verdict is False:
                continue
            own, value, told, _, waits = row[value_place]
            facts += told
            if own == "not-applicable" and verdict is True:
                continue
            if verdict is not True or value is None or waits:
                gap: Reason = own if value is None and own not in IN_DISPUTE and verdict is True else "not-recorded"
                if verdict is not True and any(row[judge][0] == "withheld" for judge in judges):
                    gap = "withheld"
                return (gap, None, tuple(dict.fromkeys(facts)), (), ())
            worst = max(worst, own, key=SEVERITY.__getitem__) if own != "recorded" else worst
            values.append(value)
        facts = tuple(dict.fromkeys(facts))
        if not values:
            return ("not-applicable", None, facts, (), ()) if absent is None else (worst, absent, facts, (), ())
        found = apply(values, memory[CONTEXT].on)
        return ("not-recorded", None, facts, (), ()) if found is None else (worst, found, facts, (), ())

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
    """Map codes to another list (for rules that gather them); where one has no option there, nothing is gathered."""

    def convert(value: Any) -> Any:
        if not isinstance(value, tuple):
            return table.get(value)  # gathering takes one code, too
        made = [table.get(code) for code in value]
        return None if None in made else tuple(dict.fromkeys(made))

    return converted(place, convert)


def column(place: int, index: int, more: bool, where: Condition | None = None) -> Step:
    """Give all values of a table's column, as far as all are known; they are as good as the worst of them.

    ``where`` says, by the cells of a row, whether that counts; ``more`` whether the worker adds rows, which are not known yet.
    """

    def step(memory: Memory) -> Resolved:
        table: TableCells = memory[place]
        found, rows = table
        if found[0] == "not-applicable" and not found[4]:
            return found
        if more or found[1] is None or found[4]:
            return AFTER_ANSWERS
        worst: Reason = "derived"
        if where is not None:
            verdicts = [where(row) for _, row, _ in rows]
            if any(not isinstance(verdict, bool) for verdict in verdicts):
                return AFTER_ANSWERS
            rows = tuple([row for row, verdict in zip(rows, verdicts, strict=True) if verdict])
        cells = []
        for _, row, undecided in rows:
            reason, value, _, _, waits = row[index]
            if reason == "not-applicable" and not waits and not undecided:
                continue  # it is not asked of this row
            if value is None or waits or undecided:
                return AFTER_ANSWERS
            worst = max(worst, reason, key=SEVERITY.__getitem__)
            cells.append(row[index])
        worst = max(worst, found[0], key=SEVERITY.__getitem__)
        return (worst, tuple([cell[1] for cell in cells]), tuple([f for cell in cells for f in cell[2]]), (), ())

    return step


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
