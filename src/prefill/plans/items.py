"""The steps that apply a named rule to the items of a list, or give what the rows of a table say."""

from collections.abc import Mapping, Set
from typing import Any

from prefill.conditions import Condition, Verdict
from prefill.derivations import Rule
from prefill.plans.model import AFTER_ANSWERS, CONTEXT, Context, Memory, Program, Step, TableCells, run_item
from prefill.reasons import Reason
from prefill.records import Fact, Item
from prefill.records.facts import Other, Resolved
from prefill.resolution import IN_DISPUTE, SEVERITY, bound, has_ended, of_sides

__all__ = ["column", "counted", "living", "of_each"]


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


def column(place: int, index: int, more: bool, where: Condition | None = None) -> Step:
    """Give all values of a table's column, as far as all are known; they are as good as the worst of them.

    ``where`` says, by the cells of a row, whether that counts; ``more`` whether the worker adds rows, which are not known yet.
    """

    def step(memory: Memory) -> Resolved:
        table: TableCells = memory[place]
        found, rows = table
        if found[0] == "not-applicable" and not found[4]:
            return found
        if (more and not memory[CONTEXT].answered) or found[1] is None or found[4]:
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
