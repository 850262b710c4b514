"""Kinds whose values are options of a list: one code, several codes, yes or no; and the lists themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prefill.kinds.base import Kind, Unreadable, Value, fold, is_missing, is_placeholder


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of options: code → printed label, as a standard or a form numbers them.

    `exclusive` options stand alone; `none` is the option that an explicit "there is none" means; `groups` maps a code
    to those listed under it; `partial` lists hold only some of their codes, `external` ones none or few; a code that is
    not held is accepted where it matches `pattern` (a regular expression), or where an external list has no pattern.

    >>> sex = CodeList("sex", "性别", "GB/T 2261.1", "high", {"1": "男性", "2": "女性"})
    >>> sex.code_of("２"), sex.code_of("男"), sex.code_of("1-男"), sex.code_of("1-女")
    ('2', '1', '1', None)
    >>> sex.label("2")
    '女性'
    """

    id: str
    name: str
    standard: str | None
    confidence: str | None
    items: Mapping[str, str]
    exclusive: tuple[str, ...] = ()
    none: str | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    partial: bool = False
    external: bool = False
    pattern: str | None = None
    note: str | None = None
    _index: dict[str, str | None] = field(init=False, repr=False, compare=False, default_factory=dict)
    _order: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __hash__(self) -> int:
        """By id: the lists of one catalogue have different ids."""
        return hash(self.id)

    def code_of(self, text: str) -> str | None:
        """The code that a text means: a code, a label that occurs once, or both together (`1-男`). Else None.

        Width, spaces and letter case are overlooked, and so is a last 性 or 族 (男 is 男性, 汉 is 汉族) where only one
        label is meant. A label that occurs twice is ambiguous and means nothing.
        """
        if text in self.items:
            return text
        index = self._index or self._build()
        key = _key(text)
        found = index.get(key)
        if found is not None or key in index:
            return found
        return self._code_and_label(key) or self._outside(fold(text))

    def label(self, code: str) -> str:
        """What a form prints for a code: its label, or the code itself where the list does not hold it."""
        return self.items.get(code, code)

    def in_group(self, code: str, group: str) -> bool:
        """Whether a code is `group` or listed under it, at any depth.

        >>> CodeList("m", "", "", "", {}, groups={"20": ("21",), "21": ("211",)}).in_group("211", "20")
        True
        """
        seen: set[str] = set()
        todo = [group]
        while todo:
            one = todo.pop()
            if one == code:
                return True
            if one not in seen:
                seen.add(one)
                todo.extend(self.groups.get(one, ()))
        return False

    def rank(self, code: str) -> tuple[int, str]:
        """A sort key: the list's own order, then what the list does not hold."""
        if not self._order:
            self._order.update({one: i for i, one in enumerate(self.items)})
        return self._order.get(code, len(self._order)), code

    def _build(self) -> dict[str, str | None]:
        """Index what may be written for each option; None where it would mean two. Exact labels go before short ones."""
        index: dict[str, str | None] = {}
        for code, label in self.items.items():
            for key in {_key(code), _key(label)}:
                index[key] = None if index.get(key, code) != code else code
        short: dict[str, str | None] = {}
        for code, label in self.items.items():
            key = _stem(_key(label))
            short[key] = None if short.get(key, code) != code else code
        for key, one in short.items():
            for written in (key, *(key + suffix for suffix in _SUFFIXES)) if key else ():
                index.setdefault(written, one)
        self._index.update(index)
        return self._index

    def _code_and_label(self, key: str) -> str | None:
        """The code of `1-男`, `01 汉族`, `1、男`: a code and its own label."""
        match = _CODE_LABEL.fullmatch(key)
        if match is None:
            return None
        code = self._index.get(match[1])
        return code if code is not None and self._index.get(match[2]) == code else None

    def _outside(self, text: str) -> str | None:
        """A code that the list does not hold, if its pattern or its being external allows it."""
        if self.pattern is not None:
            return next(
                (t for t in (text, text.upper()) if len(t) <= 64 and re.fullmatch(self.pattern, t)), None
            )
        return text if self.external and _EXTERNAL.fullmatch(text) and not is_placeholder(text) else None


_SUFFIXES = ("性", "族")
_CODE_LABEL = re.compile(r"[(\[]?([0-9a-z]{1,12})[)\]]?[-.、:_|,]?(.+)")
_EXTERNAL = re.compile(r"[0-9A-Za-z一-鿿][0-9A-Za-z一-鿿._/-]{0,63}")
_SPACES = re.compile(r"\s+")


def _key(text: str) -> str:
    """A text as it is compared: folded, without spaces, in one case."""
    return _SPACES.sub("", fold(text)).casefold()


def _stem(key: str) -> str:
    """A label without its last 性 or 族: 男 for 男性, 汉 for 汉族."""
    return key[:-1] if len(key) > 1 and key.endswith(_SUFFIXES) else key


# -- one code -------------------------------------------------------------------------------------------------------

_BARE_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")


def read_code(raw: object, codes: CodeList | None = None) -> str | None:
    """An option of a list, as its code.

    A whole number is a code where the list has it so and no other code differs from it by leading zeros alone.

    >>> sex = CodeList("sex", "性别", "GB/T 2261.1", "high", {"1": "男性", "2": "女性", "9": "不详"})
    >>> read_code("男", sex), read_code(2, sex), read_code("不详", sex), read_code("暂无", sex)
    ('1', '2', '9', None)
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
        if [c for c in codes.items if c.isdecimal() and c.lstrip("0") == digits.lstrip("0")] == [digits]:
            return digits
    raise Unreadable("must be the text of a code or a label")


def _text_code(raw: str, codes: CodeList | None) -> str | None:
    if codes is None:
        text = fold(raw)
        if is_placeholder(text):
            return None
        if _BARE_CODE.fullmatch(text):
            return text
        raise Unreadable("not a code")
    if raw in codes.items:
        return raw
    if len(raw) > 500:
        raise Unreadable("too long for its kind")
    code = codes.code_of(raw)
    if code is None and not is_placeholder(fold(raw)):
        raise Unreadable(f"not an option of the list {codes.id}")
    return code


def show_code(value: Value, codes: CodeList | None = None) -> str:
    """The label of a code; the code itself where no list has it."""
    return str(value) if codes is None else codes.label(str(value))


# -- several codes --------------------------------------------------------------------------------------------------

_PIECES = re.compile(r"[、,，;；|｜/\s]+")


def read_multi_code(raw: object, codes: CodeList | None = None) -> tuple[str, ...] | None:
    """Options of a list, as a tuple of codes in the list's order, each once.

    Reads a list, or one text with separators; labels may hold separators themselves. An explicit empty list is (), or
    the option that means "there is none". Options that exclude each other are refused.

    >>> ill = CodeList("ill", "病", "", "", {"1": "无", "2": "高血压", "3": "心、脑病"}, exclusive=("1",), none="1")
    >>> read_multi_code(["3", "高血压"], ill), read_multi_code("心、脑病、高血压", ill), read_multi_code([], ill)
    (('2', '3'), ('2', '3'), ('1',))
    >>> read_multi_code("1,2", ill)
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: options that exclude each other, in the list ill
    """
    found: Iterable[str]
    if isinstance(raw, str):
        if len(raw) > 5000:
            raise Unreadable("too long for its kind")
        one = codes.code_of(raw) if codes is not None else None
        if one is None and is_placeholder(fold(raw)):
            return None
        found = (one,) if one is not None else _split(raw, codes)
    elif isinstance(raw, list | tuple | set | frozenset):
        if not raw:
            return (codes.none,) if codes is not None and codes.none is not None else ()
        found = [code for each in raw if (code := read_code(each, codes)) is not None]
        if not found:
            return None
    elif type(raw) is int:
        one = read_code(raw, codes)
        found = () if one is None else (one,)
    elif is_missing(raw):
        return None
    else:
        raise Unreadable("must be a list of codes or labels")
    return _together(found, codes)


def _split(text: str, codes: CodeList | None) -> tuple[str, ...]:
    """The options of one text. Labels may hold separators, so every way of cutting is counted: it must be one."""
    cuts = [(m.start(), m.end()) for m in _PIECES.finditer(text.strip())]
    text = text.strip()
    starts, ends = [0, *(b for _, b in cuts)], [*(a for a, _ in cuts), len(text)]
    if len(starts) > 200:
        raise Unreadable("too many options")
    ways: list[list[tuple[str, ...]]] = [[()]]
    for j, end in enumerate(ends):
        here: list[tuple[str, ...]] = []
        for i in range(max(0, j - 11), j + 1):
            if ways[i] and (code := _piece(text[starts[i] : end], codes)) is not None:
                here.extend((*way, code) for way in ways[i])
        if j < len(ends) - 1 and starts[j] == end:
            here.extend(ways[j])
        if len({tuple(sorted(way)) for way in here}) > 1:
            here = here[:2]
        ways.append(here[:2])
    last = ways[-1] or (ways[-2] if starts[-1] == len(text) else [])
    if not last:
        raise Unreadable("not options of the list" + (f" {codes.id}" if codes is not None else ""))
    if len({frozenset(way) for way in last}) > 1:
        raise Unreadable("could mean different options")
    return last[0]


def _piece(text: str, codes: CodeList | None) -> str | None:
    if codes is not None:
        return codes.code_of(text)
    return text if _BARE_CODE.fullmatch(text) else None


def _together(found: Iterable[str], codes: CodeList | None) -> tuple[str, ...]:
    """Codes once each and in order, if they may stand together."""
    if codes is None:
        return tuple(dict.fromkeys(found))
    result = tuple(sorted(set(found), key=codes.rank))
    if len(result) > 1 and any(code in codes.exclusive or code == codes.none for code in result):
        raise Unreadable(f"options that exclude each other, in the list {codes.id}")
    return result


def show_multi_code(value: Value, codes: CodeList | None = None) -> str:
    """The labels, joined by 、; for an explicit empty list 无."""
    each = value if isinstance(value, tuple) else (str(value),)
    return "、".join(show_code(code, codes) for code in each) or "无"


# -- yes or no ------------------------------------------------------------------------------------------------------

_YES = frozenset("是 有 true yes y t √ ✓ ✔ ☑".split())
_NO = frozenset("否 无 没有 不是 false no n f × ✗ ✘".split())


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
    if codes is not None and (isinstance(raw, str) or type(raw) is int):
        code = codes.code_of(str(raw)) if len(str(raw)) < 100 else None
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
    """是 or 否, or the label that a list has for it (有, 无)."""
    for label in codes.items.values() if codes is not None else ():
        if label in (_YES if value else _NO):
            return label
    return "是" if value else "否"


KINDS = (
    Kind("code", read_code, show_code),
    Kind("multi_code", read_multi_code, show_multi_code),
    Kind("bool", read_bool, show_bool),
)
