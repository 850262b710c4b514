"""Kinds whose values are options of a list: one code, several codes, yes or no."""

from __future__ import annotations

import re
from collections.abc import Iterable

from prefill.kinds.base import TOO_LONG, Kind, Unreadable, Value, fold, is_missing, is_placeholder
from prefill.kinds.lists import CodeList

# -- one code -----------------------------------------------------------------------------------------

_BARE_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")


def read_code(raw: object, codes: CodeList | None = None) -> str | None:
    """An option of a list, as its code; without a list, what could be a code.

    A whole number is a code where the list has it so, and no other code that differs by leading zeros alone.
    An option that says that nothing is known is no value, and neither are 不详 and the like where the list
    does not have them.

    >>> items = {"1": "男性", "2": "女性", "9": "未说明的性别"}
    >>> sex = CodeList("sex", "性别", "GB/T 2261.1", "high", items, unknown=("9",))
    >>> read_code("男", sex), read_code(2, sex), read_code("9", sex), read_code("不详", sex)
    ('1', '2', None, None)
    >>> read_code("3", sex)
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not an option of the list sex
    """
    if isinstance(raw, str):
        return _text_code(raw, codes)
    if is_missing(raw):
        return None
    if type(raw) is int and 0 <= raw < 10**18 and codes is not None:
        digits = str(raw)
        alike = [code for code in codes.items if code.isdecimal() and code.lstrip("0") == digits.lstrip("0")]
        if alike == [digits]:
            return None if digits in codes.unknown else digits
    raise Unreadable("must be the text of a code or a label")


def _text_code(raw: str, codes: CodeList | None) -> str | None:
    if len(raw) > 500:
        raise Unreadable(TOO_LONG)
    code = _piece(raw, codes)
    if code is not None and codes is not None:
        return None if code in codes.unknown else code
    if code is not None and not is_placeholder(code):
        return code
    if is_placeholder(fold(raw)):
        return None
    raise Unreadable("not a code" if codes is None else f"not an option of the list {codes.id}")


def _piece(text: str, codes: CodeList | None) -> str | None:
    """The code that a text means, or None."""
    if codes is not None:
        return codes.code_of(text)
    text = fold(text)
    return text if _BARE_CODE.fullmatch(text) else None


def show_code(value: Value, codes: CodeList | None = None) -> str:
    """The label of a code; the code itself where no list has it."""
    return str(value) if codes is None else codes.label(str(value))


# -- several codes ------------------------------------------------------------------------------------

_BETWEEN = re.compile(r"[、,，;；|｜/\s]+")
_LONGEST_LABEL = 12  # pieces between separators
_MOST_WAYS = 50


def read_multi_code(raw: object, codes: CodeList | None = None) -> tuple[str, ...] | None:
    """Options of a list, as a tuple of codes in the list's order, each once.

    Reads a list, or one text with separators (labels may hold separators themselves). An explicit empty
    list is (), or the option that means "there is none". Options that exclude each other are refused.

    >>> items = {"1": "无", "2": "高血压", "3": "心、脑病"}
    >>> ill = CodeList("ill", "疾病", None, None, items, exclusive=("1",), none="1")
    >>> read_multi_code(["3", "高血压"], ill), read_multi_code("心、脑病、高血压", ill)
    (('2', '3'), ('2', '3'))
    >>> read_multi_code([], ill), read_multi_code([])
    (('1',), ())
    >>> read_multi_code("1,2", ill)
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: options that exclude each other, in the list ill
    """
    if isinstance(raw, str):
        if len(raw) > 5000:
            raise Unreadable(TOO_LONG)
        one = _piece(raw, codes)
        if one is None or (codes is None and is_placeholder(one)):
            return None if is_placeholder(fold(raw)) else _together(_cut(raw, codes), codes)
        return None if codes is not None and one in codes.unknown else (one,)
    if isinstance(raw, list | tuple | set | frozenset):
        if not raw:
            return (codes.none,) if codes is not None and codes.none is not None else ()
        found = [code for each in raw if (code := read_code(each, codes)) is not None]
        return _together(found, codes) if found else None
    one = read_code(raw, codes)
    return None if one is None else (one,)


def _cut(raw: str, codes: CodeList | None) -> Iterable[str]:
    """The options that a text with separators means, if all ways of cutting it into options mean the same."""
    refused = "not options of a list" if codes is None else f"not options of the list {codes.id}"
    separators = list(_BETWEEN.finditer(raw))
    bounds = [0, *(at for one in separators for at in one.span()), len(raw)]
    pieces = [(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if a < b]
    if not 0 < len(pieces) <= 100:
        raise Unreadable(refused)
    ways: list[dict[frozenset[str], None]] = [{frozenset(): None}]
    for last, (_, end) in enumerate(pieces):
        here: dict[frozenset[str], None] = {}
        for first in range(max(0, last - _LONGEST_LABEL + 1), last + 1):
            code = _piece(raw[pieces[first][0] : end], codes) if ways[first] else None
            if code is not None:
                here.update((before | {code}, None) for before in ways[first])
        if len(here) > _MOST_WAYS:
            raise Unreadable(refused)
        ways.append(here)
    if len(ways[-1]) != 1:
        raise Unreadable(refused if not ways[-1] else "could mean different options")
    return next(iter(ways[-1]))


def _together(found: Iterable[str], codes: CodeList | None) -> tuple[str, ...] | None:
    """Codes once each and in order, if they may stand together; None if all say that nothing is known."""
    if codes is None:
        return tuple(sorted(set(found)))
    result = tuple(sorted(set(found).difference(codes.unknown), key=codes.rank))
    if not result:
        return None
    if len(result) > 1 and any(code in codes.exclusive or code == codes.none for code in result):
        raise Unreadable(f"options that exclude each other, in the list {codes.id}")
    return result


def show_multi_code(value: Value, codes: CodeList | None = None) -> str:
    """The labels, joined by 、; for an explicit empty list 无.

    That 无 is the one text that does not read back: unless the list has it, a 无 that stands alone is no
    value.
    """
    each = value if isinstance(value, tuple) else (str(value),)
    return "、".join(show_code(code, codes) for code in each) or "无"


# -- yes or no ----------------------------------------------------------------------------------------

_YES = frozenset(("是", "有", "true", "yes", "y", "t", "√", "✓", "✔", "☑"))
_NO = frozenset(("否", "无", "没有", "不是", "false", "no", "n", "f", "×", "✗", "✘"))


def read_bool(raw: object, codes: CodeList | None = None) -> bool | None:
    """Yes or no: 是 否 有 无 true false yes no, or an option of a list whose label is one of these.

    A bare 1 or 0 is read only with such a list: some lists number 无 as 1.

    >>> read_bool("是"), read_bool("无"), read_bool(False), read_bool("不详")
    (True, False, False, None)
    >>> read_bool("1", CodeList("allergy", "有无", None, None, {"1": "无", "2": "有"}))
    False
    >>> read_bool("1")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not yes or no
    """
    if type(raw) is bool:
        return raw
    if is_missing(raw):
        return None
    if codes is not None and ((isinstance(raw, str) and len(raw) < 100) or type(raw) is int):
        code = read_code(raw, codes) if type(raw) is int else codes.code_of(str(raw))
        if code is not None and code in codes.unknown:
            return None
        if code is not None:
            raw = codes.label(code)
    if isinstance(raw, str) and len(raw) < 40:
        text = fold(raw).casefold()
        if text in _YES:
            return True
        if text in _NO:
            return False
        if is_placeholder(text):
            return None
    raise Unreadable("not yes or no")


def show_bool(value: Value, codes: CodeList | None = None) -> str:
    """是 or 否, or the label that a list has for it (有, 无).

    >>> show_bool(False), show_bool(False, CodeList("allergy", "有无", None, None, {"1": "无", "2": "有"}))
    ('否', '无')
    """
    meant = _YES if value else _NO
    labels = codes.items.values() if codes is not None else ()
    return next((label for label in labels if label in meant), "是" if value else "否")


KINDS = (
    Kind("code", read_code, show_code),
    Kind("multi_code", read_multi_code, show_multi_code),
    Kind("bool", read_bool, show_bool),
)
