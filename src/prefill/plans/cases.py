"""The step that goes through the cases of a decision table, three-valued."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Final

from prefill.conditions import Condition
from prefill.derivations import RULES
from prefill.plans.model import AFTER_ANSWERS, Memory, Step
from prefill.reasons import Reason
from prefill.records import Fact
from prefill.records.facts import Absence, Other, Resolved, sides
from prefill.resolution import IN_DISPUTE, SEVERITY, settled

__all__ = ["Line", "decided"]

_SURE: Final = frozenset({"recorded", "derived"})
_SHOWN: Final = frozenset({"stale", "suggested", "partial"})
_MOST_SIDES: Final = 256
"""How many ways of taking disputes are gone through: beyond that, nothing is said."""


@dataclass(frozen=True, slots=True)
class Line:
    """A case: its condition (None: it always holds), and what it gives, a value or what stands at a place.

    ``reads`` are the places that the condition reads, each with whether it is a field of the form.
    """

    condition: Condition | None
    reads: tuple[tuple[int, bool], ...]
    value: Any
    place: int | None


def decided(lines: Sequence[Line], every: bool, suggest: bool, none: tuple[Any, ...]) -> Step:
    """Take the first case that holds, or (``every``) all; ``none`` is what it means that none of all does.

    What a worker still has to type decides it later. What is shown to be confirmed decides it, and is no better for that; what is in
    dispute decides it if all sides give the same.
    """
    best: Reason = "suggested" if suggest else "derived"
    rule = RULES["every_case" if every else "first_case"].function
    reads = tuple(dict.fromkeys(read for line in lines for read in line.reads))

    def judged(memory: Memory) -> Iterator[tuple[Line, bool | None]]:
        for line in lines:
            verdict = True if line.condition is None else line.condition(memory)
            told = verdict if isinstance(verdict, bool) else None
            yield line, told
            if told and not every:
                return

    def result(memory: Memory) -> Resolved | None:
        """Give what the cases say; None while that is not decided."""
        went = [(line, told, _Given(line, memory)) for line, told in judged(memory)]
        if every and suggest and any(told for _, told, _ in went):  # the worker adds what could not be told
            went = [one for one in went if one[1] is not None]
        found = rule(cases=[(told, one) for _, told, one in went])
        if found is None:
            return None
        worst: Reason = best
        facts: list[Fact] = []
        for place, _ in [read for line, told, _ in went for read in line.reads if told is not None]:
            reason, value, own, _, _ = memory[place]
            facts += own
            worst = _worse(worst, reason) if value is not None else worst
        for one in found if every else [one for _, told, one in went if told is not False]:
            if one.state is None:
                continue
            reason, value, own, others, waits = one.state
            if waits:
                return AFTER_ANSWERS
            if value is None:
                reason = "not-recorded" if suggest and reason == "not-applicable" else reason
                return (reason, None, tuple(dict.fromkeys([*facts, *own])), others, ())
            worst, facts = _worse(worst, reason), [*facts, *own]
        if every and suggest and not found:  # a proposal is never complete: that nothing is known of holds is no "none"
            return None
        value = tuple(one.value for one in found) or none if every else found.value
        return (worst, value, tuple(dict.fromkeys(facts)), (), ())

    def step(memory: Memory) -> Resolved:
        found = result(memory)
        if found is not None:
            return found
        states = [(memory[place], is_field, place) for place, is_field in reads]
        if any(
            state[4] or (is_field and state[1] is None and state[0] != "not-applicable")
            for state, is_field, _ in states
        ):
            return AFTER_ANSWERS
        in_doubt = [(place, state) for state, _, place in states if state[0] in IN_DISPUTE or state[0] in _SHOWN]
        return of_doubt(memory, in_doubt) if in_doubt else gap(memory)

    def gap(memory: Memory) -> Resolved:
        """Say why nothing follows: what is missing, at its worst."""
        states = [memory[place] for place, _ in reads]
        missing = [state[0] for state in states if state[1] is None and state[0] not in IN_DISPUTE]
        facts = tuple(dict.fromkeys(fact for state in states for fact in state[2]))
        worst: Reason = max(missing, key=SEVERITY.__getitem__, default="not-recorded")
        return ("not-recorded" if worst == "not-applicable" else worst, None, facts, (), ())

    def of_doubt(memory: Memory, in_doubt: Sequence[tuple[int, Resolved]]) -> Resolved:
        """Go through the cases for all that is in doubt."""
        choices = [_choices(state) for _, state in in_doubt]
        if prod(map(len, choices)) > _MOST_SIDES:
            return gap(memory)
        told: dict[Any, Other] = {}
        worst: Reason = best
        for chosen in product(*choices):
            then = memory.copy()
            for (place, _), state in zip(in_doubt, chosen, strict=True):
                then[place] = state
            found = result(then)
            if found is AFTER_ANSWERS:
                return found
            if found is None or found[1] is None:
                return gap(memory)
            held = told.setdefault(found[1], Other(found[1], (), "differs"))
            told[found[1]] = held._replace(facts=tuple(dict.fromkeys(held.facts + found[2])))
            worst = _worse(worst, found[0])
        for _, state in in_doubt:
            worst = _worse(worst, state[0]) if state[0] in _SHOWN else worst
        if len(told) == 1:
            (one,) = told.values()
            return (worst, one.value, one.facts, (), ())
        return settled(("disputed", None, (), tuple(told.values()), ()))

    return step


def _choices(state: Resolved) -> list[Resolved]:
    """Give each side of a dispute, or what is shown to be confirmed, as if it were settled."""
    reason, value, facts, others, _ = state
    if reason in _SHOWN:
        return [("recorded", value, facts, (), ())]
    return [_side(side) for side in sides(others)] or [state]


def _side(side: Other) -> Resolved:
    """Give a side of a dispute as if it were settled: a value, that there is none, or (of a candidate) that nothing is known."""
    if side.value is not None:
        return ("recorded", side.value, side.facts, (), ())
    absent = bool(side.facts) and all(fact.value is Absence.NOT_APPLICABLE for fact in side.facts)
    return ("not-applicable" if absent else "not-recorded", None, side.facts, (), ())


class _Given:
    """What a case gives; two that give the same are equal."""

    __slots__ = ("state", "value")

    def __init__(self, line: Line, memory: Memory) -> None:
        self.state: Resolved | None = None if line.place is None else memory[line.place]
        self.value: Any = line.value if self.state is None else self.state[1]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, _Given) and self.value is not None and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def _worse(one: Reason, other: Reason) -> Reason:
    return one if other in _SURE or SEVERITY[one] >= SEVERITY[other] else other
