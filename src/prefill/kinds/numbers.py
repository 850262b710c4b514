"""Kinds that are numbers: whole, decimal, money. Always in the unit of the term or field, never rounded."""

from __future__ import annotations

import re
from decimal import Decimal

from prefill.kinds.base import TOO_LONG, Kind, Unreadable, Value, fold, is_missing, is_placeholder, show_plain
from prefill.kinds.lists import CodeList

_NUMBER = re.compile(r"([+-]?)([0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,12}))?")
_LIMIT = 10**18


def _number(raw: object) -> Decimal | None:
    """The exact number that was stated, without trailing zeros; None for no value."""
    if isinstance(raw, str):
        return _text_number(raw)
    if is_missing(raw):
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Unreadable("not a number")
    if isinstance(raw, int):
        if not -_LIMIT < raw < _LIMIT:
            raise Unreadable("a number too large")
        return Decimal(int(raw))
    if isinstance(raw, float):
        digits = repr(float(raw))
        if "e" in digits or "n" in digits or len(digits.replace(".", "").strip("-0")) > 15:
            raise Unreadable("a floating number too large, too small or too long to be exact")
        return _plain(Decimal(digits))
    exponent = raw.as_tuple().exponent
    if not isinstance(exponent, int) or raw.adjusted() > 17 or not -12 <= exponent <= 17:
        raise Unreadable("a number too large or too long")
    return _plain(raw)


def _text_number(raw: str) -> Decimal | None:
    if len(raw) > 100:
        raise Unreadable(TOO_LONG)
    text = fold(raw)
    match = _NUMBER.fullmatch(text)
    if match is None:
        if is_placeholder(text):
            return None
        raise Unreadable("not a plain number, without unit and exponent")
    sign, whole, decimals = match.groups()
    return _plain(Decimal(f"{sign}{whole.replace(',', '')}.{decimals or 0}"))


def _plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros or an exponent: 89.50 is 89.5, 1E+3 is 1000, -0 is 0."""
    whole = int(number)
    return Decimal(whole) if number == whole else Decimal(format(number, "f").rstrip("0"))


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
    if type(raw) is int and -_LIMIT < raw < _LIMIT:
        return raw
    number = _number(raw)
    if number is None:
        return None
    whole = int(number)
    if whole != number:
        raise Unreadable("not a whole number")
    return whole


def read_decimal(raw: object, codes: CodeList | None = None) -> Decimal | None:
    """A number, exactly as stated but for trailing zeros (89.50 is 89.5). At most 18 digits and 12 decimals.

    A floating number is taken by its shortest decimal, up to the 15 digits that a spreadsheet keeps.

    >>> read_decimal("89.50"), read_decimal(89.5), read_decimal("－3")
    (Decimal('89.5'), Decimal('89.5'), Decimal('-3'))
    >>> read_decimal("4.2E+17")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a plain number, without unit and exponent
    """
    return _number(raw)


def read_money(raw: object, codes: CodeList | None = None) -> Decimal | None:
    """An amount in the unit of its term or field.

    A text that names a unit is refused, since forms ask in 元, 千元 or 万元 and only the field knows which:
    `prefill.kinds.read(…, unit="元")` reads ¥ and 元 where that is the unit.

    >>> read_money("1,200.50")
    Decimal('1200.5')
    >>> read_money("1.2万元")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a plain number, without unit and exponent
    """
    return _number(raw)


def show_number(value: Value, codes: CodeList | None = None) -> str:
    """The digits, without separators and without an exponent.

    >>> show_number(Decimal("89.5")), show_number(Decimal("1200"))
    ('89.5', '1200')
    """
    return format(value, "f") if isinstance(value, Decimal) else str(value)


# -- units --------------------------------------------------------------------------------------------

_YUAN = ("人民币", "RMB", "CNY", "¥")
_SAME = {
    "m2": "㎡",
    "m²": "㎡",
    "平方米": "㎡",
    "平米": "㎡",
    "厘米": "cm",
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
    text = fold(raw).replace("￥", "¥")
    if unit == "元":
        for sign in _YUAN:
            text = text.removeprefix(sign).lstrip()
    named = text.lstrip("+-0123456789.,").strip()
    if not named:
        return text
    same = _SAME.get(named.casefold(), named.casefold()) == _SAME.get(unit.casefold(), unit.casefold())
    return text[: len(text) - len(named)].rstrip() if same else raw


KINDS = (
    Kind("integer", read_integer, show_plain),
    Kind("decimal", read_decimal, show_number),
    Kind("money", read_money, show_number),
)
