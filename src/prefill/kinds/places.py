"""Kinds that are places: administrative divisions and points on the map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from prefill.kinds.base import (
    Kind,
    Unreadable,
    Value,
    fold,
    identifier,
    is_missing,
    is_placeholder,
    show_plain,
)
from prefill.kinds.codes import CodeList
from prefill.kinds.numbers import read_decimal

# -- administrative divisions: GB/T 2260, GB/T 10114 ----------------------------------------------------------------

_DIVISION = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])(?:0000|[0-9]{2}00|[0-9]{4}|[0-9]{7}|[0-9]{10})"
)
_BETWEEN_NAMES = re.compile(r"[\s/|,>-]+")


def read_division(raw: object, codes: CodeList | None = None) -> str | None:
    """An administrative division: 6 digits (GB/T 2260), 9 with the street, 12 with the community.

    Trailing zeros of a longer code say nothing and go: 420112000000 is 420112. With a list that has names, a name that
    occurs once is read too, and a run of names from the province down (湖北省武汉市东西湖区). No division is looked up:
    old records hold abolished ones.

    >>> read_division("420112"), read_division("420112001000"), read_division("420112000000")
    ('420112', '420112001', '420112')
    >>> names = CodeList("d", "", "", "", {"420000": "湖北省", "420100": "武汉市", "420112": "东西湖区"})
    >>> read_division("湖北省武汉市东西湖区", names), read_division("东西湖区", names)
    ('420112', '420112')
    >>> read_division("4201")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a division code of 6, 9 or 12 digits
    """
    text = identifier(raw, 100, integers=True)
    if text is None:
        return None
    digits = text.replace(" ", "")
    if _DIVISION.fullmatch(digits):
        while len(digits) > 6 and digits.endswith("000"):
            digits = digits[:-3]
        return digits
    code = _division_named(text, codes) if codes is not None else None
    if code is None:
        raise Unreadable("not a division code of 6, 9 or 12 digits")
    return code


def _division_named(text: str, codes: CodeList) -> str | None:
    """The division that a name, or names from the province down, mean in a list, if it is one."""
    code = codes.code_of(text)
    if code is not None:
        return code if _DIVISION.fullmatch(code) else None
    joined = _BETWEEN_NAMES.sub("", text)
    found = []
    for code, label in codes.items.items():
        if joined.endswith(label) and joined in _full_names(code, codes):
            found.append(code)
    return found[0] if len(found) == 1 else None


def _full_names(code: str, codes: CodeList) -> Iterable[str]:
    """A division's name behind those of the larger ones that hold it, in the ways that people leave some out."""
    above = dict.fromkeys(code[:n] + "0" * (6 - n) for n in (2, 4, 6) if len(code) >= 6)
    names = [codes.items[c] for c in (*above, code[:9], code) if c in codes.items and c != code]
    names = list(dict.fromkeys(names))
    own = codes.items[code]
    return {"".join(names) + own, *(one + own for one in names)}


def show_division(value: Value, codes: CodeList | None = None) -> str:
    """The name where a list has it and it occurs once, else the code."""
    code = str(value)
    if codes is None or code not in codes.items:
        return code
    label = codes.items[code]
    return label if codes.code_of(label) == code else code


# -- points ---------------------------------------------------------------------------------------------------------

_POINT = re.compile(
    r"(?:POINT\s?)?[(\[]?\s*(?:东经|经度|lng|E)?[:\s]*([0-9.]{1,20})\s?[°]?[\s,;]+(?:北纬|纬度|lat|N)?[:\s]*([0-9.]{1,20})\s?[°]?\s*[)\]]?",
    re.I,
)
_DEGREES = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,12})?")
_KEYS = (("lng", "lat"), ("lon", "lat"), ("longitude", "latitude"), ("x", "y"), ("经度", "纬度"))


def read_geo(raw: object, codes: CodeList | None = None) -> str | None:
    """A point in China as `longitude,latitude` in degrees. The order of the two is told by their size.

    Reads text, a pair of numbers, a map with both names, a GeoJSON or WKT point. The datum (GCJ-02, WGS 84, CGCS2000)
    is the source's; it is not converted.

    >>> read_geo("30.6199, 114.1367"), read_geo([114.1367, 30.6199]), read_geo("0,0")
    ('114.1367,30.6199', '114.1367,30.6199', None)
    >>> read_geo("14.1,30.6")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a longitude and a latitude within China
    """
    pair: tuple[object, object]
    if isinstance(raw, str):
        if len(raw) > 100:
            raise Unreadable("too long for its kind")
        text = fold(raw)
        if is_placeholder(text):
            return None
        match = _POINT.fullmatch(text)
        if match is None or not (_DEGREES.fullmatch(match[1]) and _DEGREES.fullmatch(match[2])):
            raise Unreadable("not a longitude and a latitude within China")
        pair = match[1], match[2]
    elif is_missing(raw):
        return None
    else:
        pair = _pair(raw)
    if any(isinstance(part, str) and not _DEGREES.fullmatch(part) for part in pair):
        raise Unreadable("not a longitude and a latitude within China")
    first, second = read_decimal(pair[0]), read_decimal(pair[1])
    if first is None or second is None or (first == 0 and second == 0):
        return None
    if first < second:
        first, second = second, first
    if not (Decimal(73) <= first <= Decimal(136) and Decimal(3) <= second <= Decimal(54)):
        raise Unreadable("not a longitude and a latitude within China")
    return f"{first:f},{second:f}"


def _pair(raw: object) -> tuple[object, object]:
    """The two numbers of a pair, a map or a GeoJSON point."""
    if isinstance(raw, Mapping):
        if raw.get("type") == "Point":
            raw = raw.get("coordinates")
        else:
            for lng, lat in _KEYS:
                if lng in raw and lat in raw:
                    return raw[lng], raw[lat]
    if isinstance(raw, list | tuple) and len(raw) == 2:
        return raw[0], raw[1]
    raise Unreadable("not a longitude and a latitude within China")


KINDS = (
    Kind("division", read_division, show_division),
    Kind("geo", read_geo, show_plain),
)
