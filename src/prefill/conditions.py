"""``when`` and ``where``: comparisons that are true, false, or not decided yet.

A condition is compiled once, with the form; testing it gives True, False, or the names that it waits for (a tuple that is not
empty). Keys in one map mean *and*. There is no expression language: what is cleverer is a named rule.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from prefill import kinds
from prefill.errors import nearest
from prefill.kinds import CodeList

__all__ = ["OPERATORS", "Condition", "ConditionError", "Operand", "Verdict", "compile_condition"]

Verdict: TypeAlias = bool | tuple[str, ...]
Condition: TypeAlias = Callable[[Any], Verdict]

OPERATORS: Final = ("at_least", "at_most", "over", "under", "before", "after", "in_group", "contains", "known")
_HELD: Final = frozenset({"recorded", "derived", "stale", "partial", "suggested"})


@dataclass(frozen=True, slots=True)
class Operand:
    """What a name in a condition stands for: its place in the memory, its kind and its code list.

    ``term`` tells a term from a field of the form: only of a term does "not recorded" answer ``known``.
    """

    name: str
    place: int
    kind: str
    codes: CodeList | None
    term: bool


class ConditionError(Exception):
    """A fault in a condition: where in it, what, and the remedy."""

    def __init__(self, place: tuple[str | int, ...], what: str, remedy: str) -> None:
        """Take the place within the condition, the fault and its remedy."""
        super().__init__(what)
        self.place = place
        self.what = what
        self.remedy = remedy


def compile_condition(
    spec: Any,
    refer: Callable[[str], Operand],
    report: Callable[[ConditionError], None],
    place: tuple[str | int, ...] = (),
) -> Condition:
    """Compile the map of a ``when`` or ``where``.

    ``refer`` gives the operand that a name stands for, or raises ConditionError. Every fault is handed to ``report``.
    """
    if not isinstance(spec, Mapping) or not spec:
        report(
            ConditionError(
                place, "a condition that is no map of comparisons", "write {path: value} or {path: {at_least: 60}}"
            )
        )
        return _always
    parts: list[Condition] = []
    for name, wanted in spec.items():
        at = (*place, name)
        if name == "any":
            if not isinstance(wanted, list) or not wanted:
                report(ConditionError(at, "'any' takes a list of conditions", "write any: [{…}, {…}]"))
                continue
            parts.append(_any([compile_condition(item, refer, report, (*at, i)) for i, item in enumerate(wanted)]))
        elif name == "not":
            parts.append(_not(compile_condition(wanted, refer, report, at)))
        else:
            try:
                parts.append(_compare(refer(name), wanted, at))
            except ConditionError as error:
                report(error)
    return parts[0] if len(parts) == 1 else _all(parts)


def _always(_: Any) -> Verdict:
    return True


def _all(parts: list[Condition]) -> Condition:
    def test(memory: Any) -> Verdict:
        waits: tuple[str, ...] = ()
        for part in parts:
            verdict = part(memory)
            if verdict is False:
                return False
            if verdict is not True:
                waits += verdict
        return tuple(dict.fromkeys(waits)) or True

    return test


def _any(parts: list[Condition]) -> Condition:
    def test(memory: Any) -> Verdict:
        waits: tuple[str, ...] = ()
        for part in parts:
            verdict = part(memory)
            if verdict is True:
                return True
            if verdict is not False:
                waits += verdict
        return tuple(dict.fromkeys(waits)) or False

    return test


def _not(part: Condition) -> Condition:
    def test(memory: Any) -> Verdict:
        verdict = part(memory)
        return not verdict if isinstance(verdict, bool) else verdict

    return test


def _compare(operand: Operand, wanted: Any, place: tuple[str | int, ...]) -> Condition:
    if not isinstance(wanted, Mapping):
        if operand.kind == "multi_code":
            raise ConditionError(place, "a field of several codes has no single value", "write {contains: …}")
        return _equal(operand, _values(operand, wanted, place))
    tests: list[Condition] = []
    for operator, limit in wanted.items():
        at = (*place, operator)
        if operator not in OPERATORS:
            near = nearest(operator, OPERATORS)
            remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(OPERATORS)
            raise ConditionError(at, f"unknown comparison '{operator}'", remedy)
        if operator == "known":
            if limit not in ("true", "false", True, False):
                raise ConditionError(at, "'known' takes true or false", "write {known: true}")
            tests.append(_known(operand, limit in ("true", True)))
        else:
            tests.append(_test(operand, _predicate(operator, operand, limit, at)))
    if not tests:
        raise ConditionError(place, "an empty comparison", "write a value or {at_least: …}")
    return tests[0] if len(tests) == 1 else _all(tests)


def _equal(operand: Operand, values: frozenset[Any]) -> Condition:
    place, waits, vague = operand.place, (operand.name,), _vague(operand, values)

    def test(memory: Any) -> Verdict:
        reason, value, _, _, waits_for = memory[place]
        if (reason == "recorded" or reason == "derived") and not waits_for:
            return value in values or (waits if value in vague else False)
        return False if reason == "not-applicable" else waits

    return test


def _test(operand: Operand, holds: Callable[[Any], bool | None]) -> Condition:
    place, waits = operand.place, (operand.name,)

    def test(memory: Any) -> Verdict:
        reason, value, _, _, waits_for = memory[place]
        if (reason == "recorded" or reason == "derived") and not waits_for:
            verdict = holds(value)
            return waits if verdict is None else verdict
        return False if reason == "not-applicable" else waits

    return test


def _known(operand: Operand, wanted: bool) -> Condition:
    place, waits, is_term = operand.place, (operand.name,), operand.term

    def test(memory: Any) -> Verdict:
        reason, _, _, _, waits_for = memory[place]
        if reason in _HELD and not waits_for:
            return wanted
        if reason == "not-applicable" or (is_term and reason == "not-recorded"):
            return not wanted
        return waits

    return test


def _values(operand: Operand, wanted: Any, place: tuple[str | int, ...]) -> frozenset[Any]:
    """Read the values of a spec by the operand's kind; a label stands for its code."""
    found: list[Any] = []
    for raw in wanted if isinstance(wanted, list) else [wanted]:
        try:
            value = kinds.read(operand.kind, raw, operand.codes)
        except kinds.Unreadable:
            value = None
        if value is None:
            remedy = "write a value of this kind"
            if operand.codes is not None:
                near = nearest(str(raw), [*operand.codes.items, *operand.codes.items.values()])
                remedy = f"did you mean '{near}'?" if near else f"write a code or label of {operand.codes.id}"
            raise ConditionError(place, f"'{raw}' is no value of '{operand.name}'", remedy)
        found += value if isinstance(value, tuple) else [value]
    return frozenset(found)


def _vague(operand: Operand, values: frozenset[Any]) -> frozenset[Any]:
    """Give the values that may mean one of these and do not say so: the group of a code, the month of a day."""
    kind, codes = kinds.KINDS.get(operand.kind), operand.codes
    if codes is not None:
        above = {group for group in codes.groups if any(codes.in_group(value, group) for value in values)}
    elif kind is not None and kind.precision is not None:
        above = {value[:length] for value in values for length in (4, 7) if len(value) > length}
    else:
        above = set()
    return frozenset(above - values)


def _predicate(
    operator: str, operand: Operand, limit: Any, place: tuple[str | int, ...]
) -> Callable[[Any], bool | None]:
    if operator in ("before", "after"):
        return _dates(operator, operand, limit, place)
    if operator == "contains":
        return _containing(operand, _values(operand, limit, place))
    if operator == "in_group":
        codes = operand.codes
        groups = _values(operand, limit, place)
        if codes is None:
            raise ConditionError(place, f"'{operand.name}' has no code list", "in_group compares codes")
        inside = frozenset(code for code in codes.items if any(codes.in_group(code, group) for group in groups))
        vague = _vague(operand, inside)
        return lambda value: value in inside or (None if value in vague else False)
    if operand.kind not in ("integer", "decimal", "money"):
        raise ConditionError(
            place, f"'{operand.name}' is no number", f"{operator} compares numbers; before and after compare dates"
        )
    try:
        bound = Decimal(str(limit))
    except InvalidOperation:
        raise ConditionError(place, f"'{operator}' takes a number", "write a number") from None
    if operator == "at_least":
        return lambda value: bool(value >= bound)
    if operator == "at_most":
        return lambda value: bool(value <= bound)
    if operator == "over":
        return lambda value: bool(value > bound)
    return lambda value: bool(value < bound)


def _containing(operand: Operand, wanted: frozenset[Any]) -> Callable[[Any], bool | None]:
    vague = _vague(operand, wanted)

    def holds(value: Any) -> bool | None:
        codes = value if isinstance(value, tuple) else (value,)
        return not wanted.isdisjoint(codes) or (False if vague.isdisjoint(codes) else None)

    return holds


def _dates(operator: str, operand: Operand, limit: Any, place: tuple[str | int, ...]) -> Callable[[Any], bool | None]:
    kind = kinds.KINDS.get(operand.kind)
    try:
        day = date.fromisoformat(str(limit)).isoformat()
    except ValueError:
        raise ConditionError(place, f"'{operator}' takes a full date", "write 2020-11-01") from None
    if kind is None or kind.precision is None:
        raise ConditionError(place, f"'{operand.name}' is no date", "before and after compare dates")

    def holds(value: str) -> bool | None:
        first, last = _ends(value[:10])
        if operator == "before":
            return True if last < day else False if first >= day else None
        return True if first > day else False if last <= day else None

    return holds


def _ends(value: str) -> tuple[str, str]:
    """Give the first and the last day that a date may mean (text order is date order; day 31 stands for any month's end)."""
    if len(value) == 10:
        return value, value
    return (f"{value}-01", f"{value}-31") if len(value) == 7 else (f"{value}-01-01", f"{value}-12-31")


def names_in(spec: Any) -> Iterable[str]:
    """Give every name that a condition compares."""
    if isinstance(spec, Mapping):
        for name, wanted in spec.items():
            if name == "any" and isinstance(wanted, list):
                for item in wanted:
                    yield from names_in(item)
            elif name == "not":
                yield from names_in(wanted)
            else:
                yield str(name)
