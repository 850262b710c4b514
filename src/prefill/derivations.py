"""Named rules: facts that follow from facts. Each is one pure function; None means that nothing certain follows.

A rule is added by writing its function and naming it in RULES, with the kinds that it takes. Positional parameters are the inputs,
keyword parameters come from the spec, read as the rule says; ``on`` is the date that the form speaks for, ``kind`` that of the inputs.
"""

import inspect
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal

from prefill import kinds
from prefill.errors import nearest
from prefill.kinds import KINDS, CodeList

__all__ = ["RULES", "Input", "Rule", "RuleFault", "check_rule", "find_rule"]


def birth_date(id_number: str) -> str | None:
    """Give the date of birth that a citizen's ID number states (GB 11643, digits 7 to 14; 15 digits: 7 to 12).

    >>> birth_date("420112195003150023")
    '1950-03-15'
    """
    return kinds.id_birth_date(id_number)


def sex(id_number: str) -> str | None:
    """Give the sex, as a code of GB/T 2261.1, that a citizen's ID number states (digit 17: odd male, even female).

    >>> sex("420112195003150023")
    '2'
    """
    return kinds.id_sex(id_number)


def age(birth: str, *, on: date) -> int | None:
    """Give the age in completed years; one's birthday counts as completed.

    A birth date known only to the month or year gives an age if each day of it gives the same one.

    >>> age("1950-03-15", on=date(2026, 3, 15)), age("1950-03-15", on=date(2026, 3, 14)), age("1950-03", on=date(2026, 3, 14))
    (76, 75, None)
    """
    eldest, youngest = [
        on.year - born.year - ((on.month, on.day) < (born.month, born.day)) for born in _first_and_last(birth)
    ]
    return eldest if eldest == youngest >= 0 else None


def _first_and_last(day: str) -> tuple[date, date]:
    """Give the first and the last day that a date may mean."""
    if len(day) == 10:
        return date.fromisoformat(day), date.fromisoformat(day)
    year, month = int(day[:4]), int(day[5:7] or 12)
    return date(year, int(day[5:7] or 1), 1), date(year, month, monthrange(year, month)[1])


def division_prefix(code: str, *, digits: int) -> str | None:
    """Give the province (2), city (4) or county (6 digits) that a division code lies in (GB/T 2260).

    >>> division_prefix("420112001005", digits=4)
    '420100'
    """
    return code[:digits].ljust(6, "0") if len(code) >= digits and code[digits - 2 : digits] != "00" else None


_LEVELS: Final = ((0, 2, "elsewhere"), (2, 4, "province"), (4, 6, "city"), (6, 9, "county"), (9, 12, "street"))


def division_compare(one: str, other: str) -> str | None:
    """Name the smallest unit that both division codes lie in: community, street, county, city, province or elsewhere.

    Codes of 6, 9 or 12 digits; None where the shorter is too coarse to tell.

    >>> division_compare("420112001005", "420112001006"), division_compare("420112", "420106"), division_compare("420112", "420112001005")
    ('street', 'city', None)
    """
    if one == other and len(one) == 12:
        return "community" if one[9:] != "000" else None
    digits = min(len(one), len(other))
    for start, end, level in _LEVELS if one[:6] != other[:6] or digits < 6 else _LEVELS[3:]:
        if digits < end:
            return None
        part = one[start:end]
        if part != other[start:end]:
            return None if "0" * len(part) in (part, other[start:end]) else level
    return "community" if not one.endswith("000") else None


def division_within(inner: str, outer: str, *, digits: int) -> bool | None:
    """Say whether two division codes agree in their first digits; None where one is too coarse to tell.

    >>> division_within("420112001005", "420112", digits=6), division_within("420100", "420112", digits=6)
    (True, None)
    >>> division_within("420112100001", "420112101001", digits=9)
    False
    """
    start = digits - (3 if digits > 6 else 2)
    parts = inner[start:digits], outer[start:digits]
    if min(len(inner), len(outer)) < digits or "0" * (digits - start) in parts:
        return (
            None
            if inner[:start] == outer[: len(inner[:start])] or outer[:start] == inner[: len(outer[:start])]
            else False
        )
    return inner[:digits] == outer[:digits]


def exists(value: Any) -> bool:
    """Say whether there is any: an entity, a value, or a list with an item. That nothing is recorded never answers no.

    A recorded "no" is none, and so is a list's own option for it (无).

    >>> exists(()), exists(("1",)), exists(False), exists(0)
    (False, True, False, True)
    """
    return value is not False and value != ()


def count(items: tuple[Any, ...]) -> int:
    """Count a list's items (those that ``where`` lets through).

    >>> count(("a", "b"))
    2
    """
    return len(items)


def same(one: Any, other: Any, *, kind: str = "code") -> bool | None:
    """Say whether two values are the same; None where one is coarser than the other and may mean it.

    It takes one kind, code list and unit, and no free text: two writings of one address are the same place.

    >>> same("1", "2"), same("420112", "420112001005", kind="division"), same("1950", "1950-03-15", kind="date")
    (False, None, None)
    """
    if kind == "id_number":
        one, other = kinds.id_18(one), kinds.id_18(other)
    if one == other:
        return True
    if kind == "division":
        one, other = _without_zeros(one), _without_zeros(other)
    vague = kind == "division" or (kind in _DAYS and len(one) != len(other))
    return None if vague and (one.startswith(other) or other.startswith(one)) else False


def _without_zeros(code: str) -> str:
    """Give the part of a division code that says something: 420100 is the city 4201, whose counties begin with that."""
    while len(code) > 2:
        last = code[6:][-3:] or code[-2:]
        if last.strip("0"):
            break
        code = code[: -len(last)]
    return code


def span(start: str, *, bands: Sequence[int], on: date) -> str | None:
    """Say which band of completed months lies between a date and the form's date: 0 below the first limit, 1 below the second.

    A start known only to the month gives a band if both ends of that month give the same one.

    >>> span("2020-06-01", bands=(6, 12), on=date(2020, 11, 1)), span("2019-01", bands=(6, 12), on=date(2020, 11, 1))
    ('0', '2')
    """

    def band(begun: date) -> int | None:
        months = (on.year - begun.year) * 12 + on.month - begun.month - (on.day < begun.day)
        return sum(months >= limit for limit in bands) if begun <= on else None

    first, last = [band(day) for day in _first_and_last(start)]
    return str(first) if first is not None and first == last else None


def part(text: str, *, start: int, end: int) -> str | None:
    """Give the characters from ``start`` to ``end`` (counted from 1) of a number with fixed places.

    >>> part("91420112MA4KTESTX7", start=9, end=17)
    'MA4KTESTX'
    """
    return text[start - 1 : end] if len(text) >= end else None


def area_code(landline: str) -> str | None:
    """Give the area code of a landline that states it, as ``027-…`` does.

    >>> area_code("027-83210000"), area_code("83210000") is None
    ('027', True)
    """
    head, dash, _ = landline.partition("-")
    return head if dash and head.startswith("0") else None


def take(value: Any) -> Any:
    """Give the value as it is: with ``suggest``, something that the worker is to confirm.

    >>> take("王示例")
    '王示例'
    """
    return value


def collect(*codes: Any) -> tuple[str, ...]:
    """Gather codes and lists of codes into one list, each once, in order.

    >>> collect("1", ("5", "1"))
    ('1', '5')
    """
    if len(codes) == 1:
        return codes[0] if isinstance(codes[0], tuple) else codes
    gathered: dict[str, None] = {}
    for code in codes:
        gathered.update(dict.fromkeys(code if isinstance(code, tuple) else (code,)))
    return tuple(gathered)


# ── the rules, and what they take ──────────────────────────────────────────────────────────────────────────────────────

_DAYS: Final = frozenset({"date", "year_month", "year"})
_MANY: Final = frozenset({"list", "entity"})
_SINGLE: Final = frozenset(KINDS)
_FREE_TEXT: Final = frozenset({"text", "long_text", "address"})
_NUMBERED: Final = frozenset(
    "text code id_number disability_card uscc org_code division postcode phone landline".split()
)  # what has fixed places


def _whole(*allowed: int) -> Callable[[Any], int]:
    """Give the reader of a whole number from 1, or of one of these."""

    def read(raw: Any) -> int:
        number = int(raw) if isinstance(raw, str | int) and str(raw).isascii() and str(raw).isdecimal() else 0
        if number < 1 or (allowed and number not in allowed):
            raise ValueError("write " + (" or ".join(map(str, allowed)) or "a whole number from 1"))
        return number

    return read


def _ascending(raw: Any) -> tuple[int, ...]:
    """Read whole numbers, each greater than the one before."""
    if isinstance(raw, list | tuple) and raw:
        try:
            numbers = tuple([_whole()(one) for one in raw])
        except ValueError:
            numbers = ()
        if numbers and list(numbers) == sorted(set(numbers)):
            return numbers
    raise ValueError("write whole numbers, each greater than the one before: ['6', '12']")


@dataclass(frozen=True)
class Rule:
    """A rule as forms name it: its function, the kind (and code list) of what it gives, and how it takes its inputs.

    ``takes`` are the kinds that its inputs may have; ``reads`` read its parameters from what the spec says (ValueError with the remedy).
    ``gives`` is ``same`` where that is the kind of its input; ``absent`` is what follows from an explicit absence (a source says that
    there is none), None if nothing does; ``needs`` says whether all inputs must be known or those that are known will do. ``unit`` is what
    its number is in; a ``tally`` has none until a field says what it counts (人, 户).
    """

    name: str
    function: Callable[..., Any]
    gives: str
    takes: frozenset[str]
    codes: str | None = None
    absent: Any = None
    needs: Literal["all", "any"] = "all"
    reads: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    unit: str | None = None
    tally: bool = False

    @cached_property
    def dated(self) -> bool:
        """Whether the result depends on the form's date."""
        return "on" in inspect.signature(self.function).parameters

    @cached_property
    def params(self) -> tuple[str, ...]:
        """The parameters that a spec gives."""
        return tuple(self.reads)

    @cached_property
    def inputs(self) -> int | None:
        """How many inputs it takes; None for any number."""
        parameters = inspect.signature(self.function).parameters.values()
        if any(p.kind is p.VAR_POSITIONAL for p in parameters):
            return None
        return sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)

    @cached_property
    def by_kind(self) -> bool:
        """Whether the function wants to know the kind of its inputs."""
        return "kind" in inspect.signature(self.function).parameters


RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        Rule("birth_date", birth_date, "date", frozenset({"id_number"})),
        Rule("sex", sex, "code", frozenset({"id_number"}), "gbt2261_1"),
        Rule("age", age, "integer", _DAYS, unit="岁"),
        Rule(
            "division_prefix",
            division_prefix,
            "division",
            frozenset({"division"}),
            reads={"digits": _whole(2, 4, 6)},
        ),
        Rule("division_compare", division_compare, "text", frozenset({"division"})),
        Rule(
            "division_within",
            division_within,
            "bool",
            frozenset({"division"}),
            reads={"digits": _whole(2, 4, 6, 9, 12)},
        ),
        Rule("exists", exists, "bool", _SINGLE | _MANY, absent=False),
        Rule("count", count, "integer", frozenset({"list", "multi_code"}), absent=0, tally=True),
        Rule("take", take, "same", _SINGLE),
        Rule("same", same, "bool", _SINGLE - {"long_text", "address"}),
        Rule("span", span, "text", _DAYS, reads={"bands": _ascending}),
        Rule("part", part, "text", _NUMBERED, reads={"start": _whole(), "end": _whole()}),
        Rule("area_code", area_code, "text", frozenset({"landline"})),
        Rule("collect", collect, "multi_code", frozenset({"code", "multi_code"}), needs="any"),
    )
}
"""Every rule, by the name that forms and the vocabulary use."""


# ── checking a spec's use of a rule ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Input:
    """What a rule is to be applied to: its name in the spec, kind, code list, unit, and whether it is a document of its entity."""

    name: str
    kind: str
    codes: CodeList | None = None
    unit: str | None = None
    document: bool = False


class RuleFault(Exception):
    """A rule is wrongly used: where in its spec, what, the remedy."""

    def __init__(self, within: tuple[str | int, ...], what: str, remedy: str) -> None:
        """Take the place within the derivation, the fault and its remedy."""
        super().__init__(what)
        self.within, self.what, self.remedy = within, what, remedy


def find_rule(name: str) -> Rule:
    """Give the rule of this name; raises RuleFault with the nearest."""
    rule = RULES.get(name)
    if rule is None:
        near = nearest(name, RULES)
        remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(sorted(RULES))
        raise RuleFault(("rule",), f"unknown rule '{name}'", remedy)
    return rule


def check_rule(rule: Rule, inputs: Sequence[Input], params: Mapping[str, Any]) -> dict[str, Any]:
    """Check what a rule is to be applied to, and read its parameters; raises RuleFault for the first fault.

    >>> check_rule(RULES["part"], [Input("number", "uscc")], {"start": "9", "end": "17"})
    {'start': 9, 'end': 17}
    """
    read = _read_params(rule, params)
    if not inputs or (rule.inputs is not None and rule.inputs != len(inputs)):
        wanted = "at least one input" if rule.inputs is None else f"{rule.inputs} input{'s' * (rule.inputs > 1)}"
        raise RuleFault(("of",), f"'{rule.name}' takes {wanted}, not {len(inputs)}", "name as many paths or fields")
    for one in inputs:
        if one.kind not in rule.takes:
            kinds_ = "one fact" if len(rule.takes) > 9 else " or ".join(sorted(rule.takes))
            what = f"'{rule.name}' cannot be applied to '{one.name}', which is of kind '{one.kind}'"
            raise RuleFault(("of",), what, f"it takes {kinds_}")
    if rule.by_kind:
        _check_alike(rule, inputs)
        read["kind"] = inputs[0].kind
    return read


def _read_params(rule: Rule, params: Mapping[str, Any]) -> dict[str, Any]:
    for param in params:
        if param not in rule.reads:
            near = nearest(param, [*rule.reads, "rule", "of", "where"])
            remedy = f"did you mean '{near}'?" if near else f"it takes: {', '.join(rule.reads) or 'no parameter'}"
            raise RuleFault((param,), f"'{rule.name}' has no parameter '{param}'", remedy)
    made = {}
    for param, read in rule.reads.items():
        if param not in params:
            raise RuleFault((), f"'{rule.name}' wants '{param}'", f"add {param}: …")
        try:
            made[param] = read(params[param])
        except ValueError as error:
            raise RuleFault((param,), f"'{param}' is not as '{rule.name}' wants it", str(error)) from None
    if made.get("start", 0) > made.get("end", made.get("start", 0)):
        raise RuleFault(("end",), "'end' lies before 'start'", "write a greater number")
    return made


def _check_alike(rule: Rule, inputs: Sequence[Input]) -> None:
    """Check that values may be compared: of one kind, code list and unit, and no free text."""
    one = inputs[0]
    for other in inputs:
        if other.kind in _FREE_TEXT and not other.document:
            what = f"'{rule.name}' cannot compare free text: '{other.name}' may be written in several ways"
            raise RuleFault(("of",), what, "compare codes, numbers or dates")
        if other.codes is not None and other.codes.groups:
            what = f"'{rule.name}' cannot compare '{other.name}': of {other.codes.id}, one code may lie within another"
            raise RuleFault(("of",), what, "write conditions with in_group instead")
        for part_, held, wanted in (
            ("kind", other.kind, one.kind),
            ("code list", other.codes and other.codes.id, one.codes and one.codes.id),
            ("unit", other.unit, one.unit),
        ):
            if held != wanted:
                what = f"'{rule.name}' cannot compare '{one.name}' and '{other.name}': they differ in {part_}"
                raise RuleFault(("of",), what, "name two terms that are stated alike")
