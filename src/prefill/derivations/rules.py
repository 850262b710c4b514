"""Named rules: facts that follow from facts. Each is one pure function; None means that nothing certain follows.

A rule is added by writing its function and naming it in RULES, with the kinds that it takes. Positional parameters are the inputs,
keyword parameters come from the spec, read as the rule says; ``on`` is the date that the form speaks for, ``kind`` that of the inputs.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from prefill.derivations import dates, facts, numbers, tables
from prefill.kinds import KINDS

__all__ = ["RULES", "Rule"]

_DAYS: Final = frozenset({"date", "year_month", "year"})
_MANY: Final = frozenset({"list", "entity"})
_SINGLE: Final = frozenset(KINDS)
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


def _text(raw: Any) -> str:
    """Read a text."""
    if not isinstance(raw, str):
        raise ValueError("write a text")
    return raw


def _number(raw: Any) -> int:
    """Read a whole number, which may be below zero."""
    try:
        return int(raw)
    except (TypeError, ValueError):
        raise ValueError("write a whole number") from None


def _places(raw: Any) -> int:
    """Read to how many decimal places a number is rounded."""
    number = _number(raw)
    if not 0 <= number <= 6:
        raise ValueError("write a whole number from 0 to 6")
    return number


def _period(raw: Any) -> str:
    """Read the name of a period."""
    if raw not in dates.PERIODS[1:]:
        raise ValueError("write " + " or ".join(dates.PERIODS[1:]))
    return str(raw)


@dataclass(frozen=True)
class Rule:
    """A rule as forms name it: its function, the kind (and code list) of what it gives, and how it takes its inputs.

    ``takes`` are the kinds that its inputs may have, one set for all or one each; ``reads`` read its parameters from what the spec says
    (ValueError with the remedy), ``defaults`` are those that it may leave out. ``gives`` is ``same`` where that is the kind of its input,
    ``number`` where its inputs are numbers of one unit, ``table`` where a table says it, ``field`` where the field does; ``absent`` is what
    follows from an explicit absence (a source says that there is none), None if nothing does; ``needs`` says whether all inputs must be
    known, those that are known will do (any), those that are explicitly absent are left out (present), or stand as None (told). ``unit`` is what its number is
    in; a ``tally`` has none until a field says what it counts (人, 户).
    """

    name: str
    function: Callable[..., Any]
    gives: str
    takes: frozenset[str] | tuple[frozenset[str], ...]
    codes: str | None = None
    absent: Any = None
    needs: Literal["all", "any", "present", "told"] = "all"
    reads: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
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
    def inputs(self) -> tuple[int, int | None]:
        """How many inputs it takes at least, and at most (None: any number)."""
        parameters = inspect.signature(self.function).parameters.values()
        if any(p.kind is p.VAR_POSITIONAL for p in parameters):
            return (
                0 if self.name == "look_up" else 1 + sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
            ), None
        own = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        return sum(p.default is p.empty for p in own), len(own)

    @property
    def gathers(self) -> bool:
        """Whether it takes any number of values of one kind: those of a list's items, or of a table's column, too."""
        return self.inputs[1] is None and self.gives not in ("table", "decimal")

    def kinds_of(self, number: int) -> frozenset[str]:
        """Give the kinds that the input of this number may have."""
        return self.takes if isinstance(self.takes, frozenset) else self.takes[number]

    @cached_property
    def by_kind(self) -> bool:
        """Whether the function wants to know the kind of its inputs."""
        return "kind" in inspect.signature(self.function).parameters


_NUMBERS: Final = frozenset({"integer", "decimal", "money"})
_WHOLE_NUMBER: Final = frozenset({"integer"})
_TIMES: Final = frozenset({"datetime"})
_TEXTS: Final = _SINGLE - {"multi_code", "bool", "integer", "decimal", "money", "file", "photo", "signature"}

RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        # documents, divisions, codes, texts
        Rule("birth_date", facts.birth_date, "date", frozenset({"id_number"})),
        Rule("sex", facts.sex, "code", frozenset({"id_number"}), "gbt2261_1"),
        Rule(
            "division_prefix",
            facts.division_prefix,
            "division",
            frozenset({"division"}),
            reads={"digits": _whole(2, 4, 6)},
        ),
        Rule("division_compare", facts.division_compare, "text", frozenset({"division"})),
        Rule(
            "division_within",
            facts.division_within,
            "bool",
            frozenset({"division"}),
            reads={"digits": _whole(2, 4, 6, 9, 12)},
        ),
        Rule("exists", facts.exists, "bool", _SINGLE | _MANY, absent=False),
        Rule("count", facts.count, "integer", frozenset({"list", "multi_code"}), absent=0, tally=True),
        Rule("take", facts.take, "same", _SINGLE),
        Rule("same", facts.same, "bool", _SINGLE - {"long_text", "address"}),
        Rule("part", facts.part, "text", _NUMBERED, reads={"start": _whole(), "end": _whole()}),
        Rule("area_code", facts.area_code, "text", frozenset({"landline"})),
        Rule("join", facts.join, "text", _TEXTS, needs="present", reads={"between": _text}, defaults={"between": ""}),
        Rule("collect", facts.collect, "multi_code", frozenset({"code", "multi_code"}), needs="any"),
        # decision tables, and a row's place in its table
        Rule("first_case", facts.first_case, "field", frozenset()),
        Rule("every_case", facts.every_case, "field", frozenset()),
        Rule("row_number", facts.row_number, "integer", frozenset(), tally=True),
        Rule("rank", facts.rank, "integer", _DAYS | _NUMBERS, tally=True),
        # dates and times
        Rule("age", dates.age, "integer", _DAYS, unit="岁"),
        Rule("turns", dates.turns, "bool", _DAYS, reads={"years": _whole(), "within": _period}),
        Rule("years_since", dates.years_since, "integer", _DAYS, unit="年"),
        Rule("months_since", dates.months_since, "integer", _DAYS, unit="月"),
        Rule("years_between", dates.years_between, "integer", _DAYS, unit="年"),
        Rule("months_between", dates.months_between, "integer", _DAYS, unit="月"),
        Rule("days_between", dates.days_between, "integer", _DAYS, unit="天"),
        Rule(
            "hours_between",
            dates.hours_between,
            "decimal",
            _TIMES,
            reads={"places": _places},
            defaults={"places": 2},
            unit="小时",
        ),
        Rule("minutes_between", dates.minutes_between, "integer", _TIMES, unit="分钟"),
        Rule("span", dates.span, "text", _DAYS, reads={"bands": _ascending}),
        Rule("year", dates.year, "year", _DAYS),
        Rule("month", dates.month, "integer", _DAYS, tally=True),
        Rule("shift", dates.shift, "same", _DAYS, reads={"by": dates.read_period}),
        Rule("days_after", dates.days_after, "date", (_DAYS | _TIMES, _WHOLE_NUMBER)),
        Rule(
            "working_days_after",
            dates.working_days_after,
            "date",
            (_DAYS | _TIMES, _WHOLE_NUMBER),
            reads={"days": _whole()},
            defaults={"days": None},
        ),
        Rule("later", dates.later, "bool", _DAYS | _TIMES),
        Rule("latest", dates.latest, "same", _DAYS),
        Rule("earliest", dates.earliest, "same", _DAYS),
        # numbers, and dated tables
        Rule("sum", numbers.sum_of, "number", _NUMBERS, absent=0),
        Rule(
            "difference",
            numbers.difference,
            "number",
            _NUMBERS,
            reads={"at_least": _number},
            defaults={"at_least": None},
        ),
        Rule("least", numbers.least, "number", _NUMBERS),
        Rule("plus", numbers.plus, "same", _NUMBERS, reads={"number": _number}),
        Rule("product", numbers.product, "decimal", _NUMBERS, tally=True),
        Rule(
            "quotient",
            numbers.quotient,
            "decimal",
            _NUMBERS,
            reads={"places": _places, "by": _whole()},
            defaults={"by": 1},
            tally=True,
        ),
        Rule("percent", numbers.percent, "decimal", _NUMBERS, reads={"places": _places}, tally=True),
        Rule("depreciation", numbers.depreciation, "decimal", _NUMBERS, tally=True),
        Rule("look_up", tables.look_up, "table", _SINGLE, needs="told", reads={"table": _text}),
    )
}
"""Every rule, by the name that forms and the vocabulary use."""
