"""Kinds that are numbers: whole, decimal, money. Always in the unit of the term or field, never rounded."""

from __future__ import annotations

import re
from decimal import Decimal

from prefill.kinds.base import Kind, Unreadable, Value, fold, is_missing, is_placeholder, show_plain
from prefill.kinds.codes import CodeList

_NUMBER = re.compile(r"([+-]?)([0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,12}))?")


def _number(raw: object) -> Decimal | None:
    """The exact number that was stated, without trailing zeros; None for no value."""
    if isinstance(raw, str):
        return _text_number(raw)
    if is_missing(raw):
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Unreadable("not a number")
    if isinstance(raw, float):
        digits = repr(float(raw))
        if "e" in digits or "n" in digits or len(digits.replace(".", "").strip("-0")) > 15:
            raise Unreadable("a floating number too large, too small or too long to be exact")
        return _plain(Decimal(digits))
    if isinstance(raw, int):
        if not -(10**18) < raw < 10**18:
            raise Unreadable("a number too large")
        return Decimal(int(raw))
    exponent = raw.as_tuple().exponent
    if not isinstance(exponent, int) or raw.adjusted() > 17 or exponent < -12:
        raise Unreadable("a number too large or too long")
    return _plain(raw)


def _text_number(raw: str) -> Decimal | None:
    if len(raw) > 100:
        raise Unreadable("too long for its kind")
    text = fold(raw)
    match = _NUMBER.fullmatch(text)
    if match is None:
        if is_placeholder(text):
            return None
        raise Unreadable(
            "not a plain number: digits, thousands in threes, at most 12 decimals; no unit, no exponent"
        )
    sign, whole, decimals = match.groups()
    return _plain(Decimal(f"{sign}{whole.replace(',', '')}.{decimals or 0}"))


def _plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 89.50 is 89.5, 1E+3 is 1000, -0 is 0."""
    if number == number.to_integral_value():
        return Decimal(int(number))
    return number.normalize()


def read_integer(raw: object, codes: CodeList | None = None) -> int | None:
    """A whole number. 3.0 is 3; 3.5 is refused, not rounded; yes and no are no numbers.

    >>> read_integer("１,２３４"), read_integer(3.0), read_integer("0"), read_integer("不详")
    (1234, 3, 0, None)
    >>> read_integer("3.5")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a whole number
    >>> read_integer(True)
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a number
    """
    if type(raw) is int and -(10**18) < raw < 10**18:
        return raw
    number = _number(raw)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise Unreadable("not a whole number")
    return int(number)


def read_decimal(raw: object, codes: CodeList | None = None) -> Decimal | None:
    """A number with its decimals, exactly as stated but for trailing zeros (89.50 is 89.5).

    >>> read_decimal("89.50"), read_decimal(89.5), read_decimal("－3")
    (Decimal('89.5'), Decimal('89.5'), Decimal('-3'))
    >>> read_decimal("4.2E+17")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a plain number: digits, thousands in threes, at most 12 decimals; no unit, no exponent
    """
    return _number(raw)


def read_money(raw: object, codes: CodeList | None = None) -> Decimal | None:
    """An amount in the unit of its term or field. A text that names a unit is refused: forms ask in 元, 千元 and 万元.

    `prefill.kinds.read(…, unit="元")` reads ¥ and 元 where that is the unit.

    >>> read_money("1,200.50")
    Decimal('1200.5')
    >>> read_money("1.2万元")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a plain number: digits, thousands in threes, at most 12 decimals; no unit, no exponent
    """
    return _number(raw)


def show_number(value: Value, codes: CodeList | None = None) -> str:
    """The digits, without separators and without an exponent.

    >>> show_number(Decimal("89.5")), show_number(1200)
    ('89.5', '1200')
    """
    return format(value, "f") if isinstance(value, Decimal) else str(value)


_YUAN = ("人民币", "RMB", "CNY", "¥", "￥")
_SAME = {
    "m2": "㎡",
    "m²": "㎡",
    "平方米": "㎡",
    "平米": "㎡",
    "厘米": "cm",
    "公分": "cm",
    "公斤": "kg",
    "千克": "kg",
    "圆": "元",
}


def without_unit(raw: object, unit: str) -> object:
    """A text without the unit that it names, if that is `unit`; anything else unchanged.

    >>> without_unit("89.5平方米", "㎡"), without_unit("¥1,200", "元"), without_unit("1.2万元", "元")
    ('89.5', '1,200', '1.2万元')
    """
    if not isinstance(raw, str) or len(raw) > 100:
        return raw
    text = fold(raw)
    if unit == "元":
        for sign in _YUAN:
            text = text.removeprefix(fold(sign)).lstrip()
    named = text.lstrip("+-0123456789.,").strip()
    if named and _SAME.get(named.casefold(), named.casefold()) == _SAME.get(unit.casefold(), unit.casefold()):
        return text[: len(text) - len(named)].rstrip()
    return raw if named else text


KINDS = (
    Kind("integer", read_integer, show_plain),
    Kind("decimal", read_decimal, show_number),
    Kind("money", read_money, show_number),
)
