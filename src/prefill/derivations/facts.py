"""Rules over documents, divisions, codes and texts: one pure function each; None means that nothing certain follows."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from prefill import kinds


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


_DAYS: Final = frozenset({"date", "year_month", "year"})


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


def join(*texts: str, between: str = "") -> str:
    """Write texts one after the other, in order, with something between them.

    >>> join("示例公司", "会计", between="，")
    '示例公司，会计'
    """
    return between.join(texts)


def first_case(*, cases: Sequence[tuple[bool | None, Any]]) -> Any:
    """Give what the first of several cases gives that holds. While an earlier one is not decided, only what all that are left give.

    >>> first_case(cases=[(False, "1"), (True, "2"), (None, "3")]), first_case(cases=[(None, "1"), (True, "2")]) is None
    ('2', True)
    """
    possible = []
    for verdict, value in cases:
        if verdict is not False:
            possible.append(value)
        if verdict is True:
            return value if all(one == value for one in possible) else None
    return None


def every_case(*, cases: Sequence[tuple[bool | None, Any]]) -> tuple[Any, ...] | None:
    """Give what all cases give that hold, in order, each once; None while one is not decided.

    >>> every_case(cases=[(True, "1"), (False, "2"), (True, "3")]), every_case(cases=[(True, "1"), (None, "2")]) is None
    (('1', '3'), True)
    """
    if any(verdict is None for verdict, _ in cases):
        return None
    return tuple(dict.fromkeys(value for verdict, value in cases if verdict))


def row_number(*, rows: int) -> tuple[int, ...]:
    """Number a table's rows, as they are shown, from 1.

    >>> row_number(rows=3)
    (1, 2, 3)
    """
    return tuple(range(1, rows + 1))


def rank(column: Any, *, values: Sequence[Any]) -> tuple[int, ...] | None:
    """Give each row's place by the values of another column, from the least, which is 1; None where two are equal or may be.

    >>> rank("birth_date", values=["1992-05-01", "1990-01-01"]), rank("birth_date", values=["1992", "1992-05-01"])
    ((2, 1), None)
    """
    order = sorted(values)
    for one, other in pairwise(order):
        if one == other or (isinstance(one, str) and other.startswith(one)):
            return None
    return tuple(order.index(value) + 1 for value in values)


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
