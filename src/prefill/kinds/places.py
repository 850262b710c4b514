"""Kinds that are places: administrative divisions and points on the map."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from prefill.kinds.base import (
    TOO_LONG,
    Kind,
    Unreadable,
    Value,
    fold,
    identifier,
    is_missing,
    is_placeholder,
    show_plain,
)
from prefill.kinds.lists import CodeList
from prefill.kinds.numbers import read_decimal

# -- administrative divisions: GB/T 2260, GB/T 10114 --------------------------------------------------

_DIVISION = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])(?:[0-9]{4}|[0-9]{7}|[0-9]{10})")
_BETWEEN_NAMES = re.compile(r"[\s/|,>-]+")


def read_division(raw: object, codes: CodeList | None = None) -> str | None:
    """An administrative division: 6 digits (GB/T 2260), 9 with the street, 12 with the community.

    The zeros that fill up a longer code say nothing and go: 420112000000 is 420112. With a list that has
    names, a name that occurs once is read too, and a run of names from above (湖北省武汉市东西湖区). A code
    is not looked up in a list: old records hold abolished ones.

    >>> read_division("420112"), read_division("420112001000"), read_division("420112000000")
    ('420112', '420112001', '420112')
    >>> names = {"420000": "湖北省", "420100": "武汉市", "420112": "东西湖区"}
    >>> read_division("湖北省武汉市东西湖区", CodeList("divisions", "行政区划", "GB/T 2260", None, names))
    '420112'
    >>> read_division("4201")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a division code of 6, 9 or 12 digits
    """
    text = identifier(raw, 100, integers=True)
    if text is None:
        return None
    digits = text.replace(" ", "")
    if not _DIVISION.fullmatch(digits):
        printed = _WITH_CODE.fullmatch(digits)
        named = _division_named(text, codes) if codes is not None else None
        if printed and not _agree(_BETWEEN_NAMES.sub("", text), printed[1]):
            raise Unreadable("the name of one division with the code of another")
        digits = printed[1] if printed else named or _by_full_name().get(_BETWEEN_NAMES.sub("", text), "")
        if not _DIVISION.fullmatch(digits):
            raise Unreadable("not a division code of 6, 9 or 12 digits")
    while len(digits) > 6 and digits.endswith("000"):
        digits = digits[:-3]
    return digits


def _division_named(text: str, codes: CodeList) -> str | None:
    """The division that a name, or a run of names from above, means in a list, if it is one."""
    code = codes.code_of(text)
    if code is not None:
        return code
    joined = _BETWEEN_NAMES.sub("", text)
    ends = [code for code, label in codes.items.items() if joined.endswith(label)]
    found = [code for code in ends if joined in _full_names(code, codes)]
    return found[0] if len(found) == 1 else None


def _full_names(code: str, codes: CodeList) -> set[str]:
    """A division's name behind all of those that hold it, and behind each one of them alone."""
    above = dict.fromkeys((code[:2] + "0000", code[:4] + "00", code[:6], code[:9]))
    names = [codes.items[one] for one in above if one != code and one in codes.items]
    own = codes.items[code]
    return {"".join(names) + own, *(one + own for one in names)}


def show_division(value: Value, codes: CodeList | None = None) -> str:
    """The name, where a list has it and it occurs once; without a list its names from the province down; else the code.

    The code follows where the names end above it: of a street or a community.

    >>> show_division("420112"), show_division("420112998101"), show_division("110105"), show_division("429999")
    ('湖北省武汉市东西湖区', '湖北省武汉市东西湖区（420112998101）', '北京市朝阳区', '429999')
    """
    code = str(value)
    if codes is None:
        name = _full_name(code[:6])
        return code if name is None else name if len(code) == 6 else f"{name}（{code}）"
    label = codes.items.get(code)
    return label if label is not None and codes.code_of(label) == code else code


_WITH_CODE = re.compile(r"[^0-9]{2,60}[(（]([0-9]{6,12})[)）]")
_IN_FORCE = re.compile(r"(?:^|,)(?:\[[0-9]{4}-\])?([^\[\],]+)(?:,|$)")
_NO_NAMES = (
    "市辖区",
    "县",
    "省直辖县级行政单位",
    "省直辖县级行政区划",
    "自治区直辖县级行政区划",
    "自治区直辖县级行政单位",
)


def _agree(printed: str, code: str) -> bool:
    """Whether the names before a code in brackets, where they are those of a division, are of one that the code lies in."""
    held = _by_full_name().get(re.split("[(（]", printed, maxsplit=1)[0])
    return held is None or code.startswith(re.sub("(00)+$", "", held))


@lru_cache(maxsize=4096)
def _full_name(code: str) -> str | None:
    """A division's names from the province down, as the list of GB/T 2260 in force has them (python-stdnum keeps it)."""
    names: list[str] = []
    for one in dict.fromkeys((code[:2] + "0000", code[:4] + "00", code)):
        name = _name(one)
        if name is None and one == code:
            return None
        if name and name not in names and (one == code or name not in _NO_NAMES):
            names.append(name)
    return "".join(names)


_SIMPLIFIED = {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区"}


def _name(code: str) -> str | None:
    if code in _SIMPLIFIED:  # the list writes these as they are written there
        return _SIMPLIFIED[code]
    from stdnum import numdb  # with a file of 7,000 lines, read once

    info = numdb.get("cn/loc").info(code)
    if len(info) < 2 or info[1][0] != code[2:]:
        return None
    if code.endswith("0000"):
        return str(info[0][1].get("province") or "") or None
    found = _IN_FORCE.search(str(info[1][1].get("county") or ""))
    return found[1] if found else None


@lru_cache(maxsize=1)
def _by_full_name() -> Mapping[str, str]:
    """Each division of that list by its names from the province down, where those mean one alone."""
    from stdnum import numdb

    found: dict[str, str | None] = {}
    for _, start, _, _, below in numdb.get("cn/loc").prefixes:
        for _, first, last, _, _ in below:
            for number in range(int(first), int(last) + 1):
                code = f"{start}{number:0{len(first)}}"
                name = _full_name(code)
                if name is not None:
                    found[name] = None if name in found else code
    return {name: code for name, code in found.items() if code is not None}


# -- points -------------------------------------------------------------------------------------------

_DEGREES = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,12})?")
_POINT = re.compile(
    r"(?:POINT\s?)?[(\[]?\s?(?:东经|经度|E)?[:\s]?([0-9.]{1,16})\s?°?"
    r"(?:[\s,;]+|(?=北纬|纬度))(?:北纬|纬度|N)?[:\s]?([0-9.]{1,16})\s?°?\s?[)\]]?"
)
_KEYS = (("lng", "lat"), ("lon", "lat"), ("longitude", "latitude"), ("经度", "纬度"))
_NO_POINT = "not a longitude and a latitude within China, in degrees"


def read_geo(raw: object, codes: CodeList | None = None) -> str | None:
    """A point in China as `longitude,latitude` in degrees. Their size tells which number is which.

    Reads text, a pair of numbers, a map with both names, a GeoJSON or WKT point. The datum (GCJ-02, WGS 84,
    CGCS2000) is the source's: it is not converted.

    >>> read_geo("30.6199, 114.1367"), read_geo([114.1367, 30.6199]), read_geo("0,0")
    ('114.1367,30.6199', '114.1367,30.6199', None)
    >>> read_geo("14.1,30.6")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a longitude and a latitude within China, in degrees
    """
    if isinstance(raw, str):
        if len(raw) > 100:
            raise Unreadable(TOO_LONG)
        text = fold(raw)
        if is_placeholder(text):
            return None
        match = _POINT.fullmatch(text)
        if match is None:
            raise Unreadable(_NO_POINT)
        pair: tuple[object, object] = match[1], match[2]
    elif is_missing(raw):
        return None
    else:
        pair = _pair(raw)
    first, second = (_degrees(part) for part in pair)
    if first == 0 and second == 0:
        return None
    lat, lng = sorted((first, second))
    if not (73 <= lng <= 136 and 3 <= lat <= 54):
        raise Unreadable(_NO_POINT)
    return f"{lng:f},{lat:f}"


def _degrees(raw: object) -> Decimal:
    if isinstance(raw, str) and not _DEGREES.fullmatch(raw):
        raise Unreadable(_NO_POINT)
    number = read_decimal(raw)
    if number is None:
        raise Unreadable(_NO_POINT)
    return number


def _pair(raw: object) -> tuple[object, object]:
    """The two numbers of a pair, a map or a GeoJSON point."""
    if isinstance(raw, Mapping):
        if raw.get("type") == "Point":
            raw = raw.get("coordinates")
        else:
            return next(((raw[a], raw[b]) for a, b in _KEYS if a in raw and b in raw), (None, None))
    if isinstance(raw, list | tuple) and len(raw) == 2:
        return raw[0], raw[1]
    raise Unreadable(_NO_POINT)


KINDS = (
    Kind("division", read_division, show_division),
    Kind("division_code", read_division, show_plain),
    Kind("geo", read_geo, show_plain),
)
