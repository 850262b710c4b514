"""Named rules: facts that follow from facts. Each is one pure function; None means that nothing certain follows.

A rule is added by writing its function and naming it in RULES. Positional parameters are the inputs, keyword parameters come
from the form's spec as text; ``on`` is the date that the form speaks for.
"""

import inspect
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal

from prefill import kinds

__all__ = ["RULES", "Rule"]


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


def division_prefix(code: str, *, digits: str) -> str | None:
    """Give the province (2), city (4) or county (6 digits) that a division code lies in (GB/T 2260).

    >>> division_prefix("420112001005", digits="4")
    '420100'
    """
    length = int(digits)
    return code[:length].ljust(6, "0") if len(code) >= length and code[length - 2 : length] != "00" else None


_LEVELS: Final = ((0, 2, "elsewhere"), (2, 4, "province"), (4, 6, "city"), (6, 9, "county"), (9, 12, "street"))


def division_compare(one: str, other: str) -> str | None:
    """Name the smallest unit that both division codes lie in: community, street, county, city, province or elsewhere.

    Codes of 6, 9 or 12 digits; None where the shorter is too coarse to tell.

    >>> division_compare("420112001005", "420112001006"), division_compare("420112", "420106"), division_compare("420112", "420112001005")
    ('street', 'city', None)
    """
    digits = min(len(one), len(other))
    for start, end, level in _LEVELS if one[:6] != other[:6] or digits < 6 else _LEVELS[3:]:
        if digits < end:
            return None
        part = one[start:end]
        if part != other[start:end]:
            return None if "0" * len(part) in (part, other[start:end]) else level
    return "community" if not one.endswith("000") else None


def division_within(inner: str, outer: str, *, digits: str) -> bool | None:
    """Say whether two division codes agree in their first digits; None where one is too coarse to tell.

    >>> division_within("420112001005", "420112", digits="6"), division_within("420100", "420112", digits="6")
    (True, None)
    """
    length = int(digits)
    if min(len(inner), len(outer)) < length or "00" in (inner[length - 2 : length], outer[length - 2 : length]):
        return None if inner[: length - 2] == outer[: length - 2] else False
    return inner[:length] == outer[:length]


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


def same(one: Any, other: Any) -> bool:
    """Say whether two codes or values are the same. Never use it for address text.

    >>> same("420112001", "420112001")
    True
    """
    return bool(one == other)


def span(start: str, *, bands: list[str], on: date) -> str | None:
    """Say which band of completed months lies between a date and the form's date: 0 below the first limit, 1 below the second.

    A start known only to the month gives a band if both ends of that month give the same one.

    >>> span("2020-06-01", bands=["6", "12"], on=date(2020, 11, 1)), span("2019-01", bands=["6", "12"], on=date(2020, 11, 1))
    ('0', '2')
    """
    limits = [int(limit) for limit in bands]

    def band(begun: date) -> int | None:
        months = (on.year - begun.year) * 12 + on.month - begun.month - (on.day < begun.day)
        return sum(months >= limit for limit in limits) if begun <= on else None

    first, last = [band(day) for day in _first_and_last(start)]
    return str(first) if first is not None and first == last else None


def part(text: str, *, start: str, end: str) -> str | None:
    """Give the characters from ``start`` to ``end`` (counted from 1) of a number with fixed places.

    >>> part("91420112MA4KTESTX7", start="9", end="17")
    'MA4KTESTX'
    """
    return text[int(start) - 1 : int(end)] if len(text) >= int(end) else None


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


@dataclass(frozen=True)
class Rule:
    """A rule as forms name it: its function, the kind (and code list) of what it gives, and how it takes its inputs.

    ``gives`` is ``same`` where that is the kind of its input; ``absent`` is what follows from an explicit absence (a source says that there is none), None if nothing does;
    ``needs`` says whether all inputs must be known or those that are known will do.
    """

    name: str
    function: Callable[..., Any]
    gives: str
    codes: str | None = None
    absent: Any = None
    needs: Literal["all", "any"] = "all"

    @cached_property
    def dated(self) -> bool:
        """Whether the result depends on the form's date."""
        return "on" in inspect.signature(self.function).parameters

    @cached_property
    def params(self) -> tuple[str, ...]:
        """The parameters that a spec gives."""
        signature = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in signature if p.kind is p.KEYWORD_ONLY and p.name != "on")

    @cached_property
    def inputs(self) -> int | None:
        """How many inputs it takes; None for any number."""
        parameters = inspect.signature(self.function).parameters.values()
        if any(p.kind is p.VAR_POSITIONAL for p in parameters):
            return None
        return sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)


RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        Rule("birth_date", birth_date, "date"),
        Rule("sex", sex, "code", "gbt2261_1"),
        Rule("age", age, "integer"),
        Rule("division_prefix", division_prefix, "division"),
        Rule("division_compare", division_compare, "text"),
        Rule("division_within", division_within, "bool"),
        Rule("exists", exists, "bool", absent=False),
        Rule("count", count, "integer", absent=0),
        Rule("take", take, "same"),
        Rule("same", same, "bool"),
        Rule("span", span, "text"),
        Rule("part", part, "text"),
        Rule("area_code", area_code, "text"),
        Rule("collect", collect, "multi_code", needs="any"),
    )
}
"""Every rule, by the name that forms and the vocabulary use."""
