"""``when`` and ``where``: comparisons that are true, false, or not decided yet.

A condition is compiled once, with the form; testing it gives True, False, or the names that it waits for (a tuple that is not
empty). Keys in one map mean *and*. There is no expression language: what is cleverer is a named rule.
"""

from calendar import monthrange
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
_OF_A_NUMBER: Final = frozenset({"at_least", "at_most", "over", "under"})
_HELD: Final = frozenset({"recorded", "derived", "stale", "partial", "suggested"})


@dataclass(frozen=True, slots=True)
class Operand:
    """What a name in a condition stands for: its place in the memory, its kind and its code list.

    ``term`` tells a term from a field of the form: only of a term does "not recorded" answer ``known``. ``column`` is whether it is a
    table's column, which has a value a row; kind and code list are then those of each.
    """

    name: str
    place: int
    kind: str
    codes: CodeList | None
    term: bool
    column: bool = False


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
        _comparable(operand, "", place)
        return _test(operand, _matching(operand, _values(operand, wanted, place)))
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
            _comparable(operand, operator, at)
            holds = _predicate(operator, operand, limit, at)
            tests.append(
                _of_list(operand, holds) if operand.kind == "list" and not operand.column else _test(operand, holds)
            )
    if not tests:
        raise ConditionError(place, "an empty comparison", "write a value or {at_least: …}")
    return tests[0] if len(tests) == 1 else _all(tests)


def _comparable(operand: Operand, operator: str, place: tuple[str | int, ...]) -> None:
    """Refuse to compare what has no value of its own: an entity, a list; or, but for what it contains, several values."""
    if operand.kind == "list" and operator in _OF_A_NUMBER and not operand.column:
        return
    if operand.kind in ("list", "entity"):
        what = f"'{operand.name}' is {'a list' if operand.kind == 'list' else 'an entity'} and has no value of its own"
        raise ConditionError(place, what, "write {known: true}, {at_least: 1} for a list, or name a term of it")
    if operator in ("contains", "in_group"):
        return
    if operand.column:
        raise ConditionError(place, f"the column '{operand.name}' has no single value", "write {contains: …}")
    if operand.kind == "multi_code":
        raise ConditionError(place, "a field of several codes has no single value", "write {contains: …}")


def _test(operand: Operand, holds: Callable[[Any], bool | None]) -> Condition:
    place, waits = operand.place, (operand.name,)

    def test(memory: Any) -> Verdict:
        reason, value, _, _, waits_for = memory[place]
        if (reason == "recorded" or reason == "derived") and not waits_for:
            verdict = holds(value)
            return waits if verdict is None else verdict
        return False if reason == "not-applicable" else waits

    return test


def _of_list(operand: Operand, holds: Callable[[Any], bool | None]) -> Condition:
    """Test how many items a list has; while it is in doubt who is in it, only what holds of the least and the most it may have."""
    place, waits = operand.place, (operand.name,)

    def test(memory: Any) -> Verdict:
        reason, items, _, others, waits_for = memory[place]
        if reason == "not-applicable":
            items = ()
        if not isinstance(items, tuple) or reason not in ("recorded", "derived", "not-applicable") or waits_for:
            return waits
        differ = {item.entity for other in others if other.why == "differs" for item in other.value or ()}
        least = sum(item.entity not in differ for item in items)
        verdicts = {holds(number) for number in (least, len(items))}
        return waits if len(verdicts) > 1 or None in verdicts else verdicts == {True}

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
        if value is None and operand.codes is not None and isinstance(raw, str):
            code = operand.codes.code_of(raw)
            if code in operand.codes.unknown:
                if operand.term:
                    what = f"'{raw}' says that nothing is known of '{operand.name}', which is no value of a term"
                    raise ConditionError(place, what, "leave it out; not: {known: …} asks whether nothing is known")
                value = code  # an answer to a field may say it
        if value is None:
            remedy = "write a value of this kind"
            if operand.codes is not None:
                near = nearest(str(raw), [*operand.codes.items, *operand.codes.items.values()])
                remedy = f"did you mean '{near}'?" if near else f"write a code or label of {operand.codes.id}"
            raise ConditionError(place, f"'{raw}' is no value of '{operand.name}'", remedy)
        found += value if isinstance(value, tuple) else [value]
    if not found:
        raise ConditionError(place, f"an empty list of values for '{operand.name}'", "name at least one value")
    return frozenset(found)


def _matching(operand: Operand, values: frozenset[Any]) -> Callable[[Any], bool | None]:
    """Give the test whether a value is one of these; None where it is coarser than they are, so that it may be.

    What is finer is: a day of the year 1950 is in 1950, and a community in its county.
    """
    kind, codes = kinds.KINDS.get(operand.kind), operand.codes
    if operand.kind == "division":
        return _by_prefix(frozenset(_significant(value) for value in values), _significant)
    if kind is not None and kind.precision is not None:
        return _by_prefix(values, str)
    if operand.kind == "id_number":
        numbers = frozenset(kinds.id_18(value) for value in values)
        return lambda value: kinds.id_18(value) in numbers
    vague = frozenset() if codes is None else _groups_over(codes, values)
    return lambda value: value in values or (None if value in vague else False)


def _groups_over(codes: CodeList, values: frozenset[Any]) -> frozenset[str]:
    """Give the groups that may mean one of these codes and do not say so: 已婚, where 初婚 is wanted."""
    return frozenset(group for group in codes.groups if any(codes.in_group(value, group) for value in values)) - values


def _by_prefix(wanted: frozenset[str], plain: Callable[[str], str]) -> Callable[[Any], bool | None]:
    ends = tuple(wanted)

    def holds(value: Any) -> bool | None:
        own = plain(value)
        if own.startswith(ends):
            return True
        return None if any([one.startswith(own) for one in ends]) else False

    return holds


def _significant(division: str) -> str:
    """Give a division code without the zeros that stand for no unit: 420100 is Wuhan, and all that begins with 4201 lies in it.

    >>> _significant("420100"), _significant("420112000000"), _significant("420112001005"), _significant("420112100")
    ('4201', '420112', '420112001005', '420112100')
    """
    for start, end in _LEVELS:
        if len(division) >= end and division[start:] == "0" * (len(division) - start):
            return division[:start]
    return division


_LEVELS: Final = ((2, 4), (4, 6), (6, 9), (9, 12))


def _predicate(
    operator: str, operand: Operand, limit: Any, place: tuple[str | int, ...]
) -> Callable[[Any], bool | None]:
    if operator in ("before", "after"):
        return _dates(operator, operand, limit, place)
    if operator == "contains":
        return _containing(_matching(operand, _values(operand, limit, place)))
    if operator == "in_group":
        codes = operand.codes
        groups = _values(operand, limit, place)
        if codes is None:
            raise ConditionError(place, f"'{operand.name}' has no code list", "in_group compares codes")
        inside = frozenset(code for code in codes.items if any(codes.in_group(code, group) for group in groups))
        return _containing(_matching(operand, inside))
    if operand.kind not in ("integer", "decimal", "money", "list"):
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


def _containing(holds: Callable[[Any], bool | None]) -> Callable[[Any], bool | None]:
    """Give the test whether one of several values passes a test: several codes, the rows of a column, or a single value."""

    def contains(value: Any) -> bool | None:
        if not isinstance(value, tuple):
            return holds(value)
        verdicts = [contains(one) for one in value]
        return True if True in verdicts else None if None in verdicts else False

    return contains


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
    """Give the first and the last day that a date may mean, as text, whose order is that of dates."""
    if len(value) == 10:
        return value, value
    if len(value) == 7:
        return f"{value}-01", f"{value}-{monthrange(int(value[:4]), int(value[5:]))[1]}"
    return f"{value}-01-01", f"{value}-12-31"


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
