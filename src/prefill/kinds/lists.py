"""Lists of options: what a code means, how a form prints it, and what an export may write for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from prefill.kinds.base import fold, is_placeholder

_SUFFIXES = ("性", "族")
# Between a code and its label: a mark, a space, or a change from ASCII (12000以下 is not option 1, 2000以下).
_CODE_LABEL = re.compile(r"[(\[]?([0-9A-Za-z]{1,12})(?:[)\]]?\s*[-.、:_|,]\s*|[)\]]\s*|\s+|(?=[^0-9A-Za-z]))(.+)")
_EXTERNAL = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff._/-]{0,63}")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of options: code → printed label, as a standard or a form numbers them.

    `exclusive` options stand alone; `none` is the option that an explicit "there is none" means; `unknown`
    are those that say that nothing is known (不详): a form prints them, as values they are none; `groups`
    maps a code to those listed under it (a label that both have means the upper one). A `partial` list holds some of its codes, an `external` one few or
    none: a code that it does not hold is accepted where it matches `pattern` (a regular expression), or
    where an external list has no pattern.

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
    unknown: tuple[str, ...] = ()
    _index: dict[str, str | None] = field(init=False, repr=False, compare=False, default_factory=dict)
    _order: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __hash__(self) -> int:
        """By id: the lists of one catalogue have different ids."""
        return hash(self.id)

    def code_of(self, text: str) -> str | None:
        """The code that a text means: a code, a label that occurs once, or both together (`1-男`). Else None.

        Width, spaces and letter case are overlooked, and so is a last 性 or 族 (男 is 男性, 汉 is 汉族)
        where that leaves one option. A text that could mean two options means none.
        """
        index = self._index or self._build()
        if text in index:
            return index[text]
        key = _key(text)
        if key in index:
            return index[key]
        text = fold(text)
        return self._code_and_label(text) or self._outside(text)

    def label(self, code: str) -> str:
        """What a form prints for a code: its label, or the code itself where the list does not hold it."""
        return self.items.get(code, code)

    def in_group(self, code: str, group: str) -> bool:
        """Whether a code is `group` or listed under it, at any depth.

        >>> marital = CodeList("m", "", None, None, {}, groups={"20": ("21", "22"), "22": ("221",)})
        >>> marital.in_group("221", "20"), marital.in_group("20", "22")
        (True, False)
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

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The codes and labels to choose from: of a code and one under it that have one label, the upper.

        >>> CodeList("h", "", None, None, {"1": "良好", "10": "良好", "2": "残疾"}, groups={"1": ("10",)}).options
        (('1', '良好'), ('2', '残疾'))
        """
        return tuple((code, label) for code, label in self.items.items() if self._upper(code) == code)

    def _upper(self, code: str) -> str:
        """The code above one that has the same label; else the code itself."""
        label = self.items.get(code)
        above = [one for one, below in self.groups.items() if code in below and self.items.get(one) == label]
        return self._upper(above[0]) if above and above[0] != code else code

    def rank(self, code: str) -> tuple[int, str]:
        """A sort key: the list's own order, then what the list does not hold."""
        if not self._order:
            self._order.update({one: i for i, one in enumerate(self.items)})
        return self._order.get(code, len(self._order)), code

    def _build(self) -> dict[str, str | None]:
        """Index what may be written for each option, the exact first; None where it would mean two."""
        exact: dict[str, str | None] = {}
        folded: dict[str, str | None] = {}
        short: dict[str, str | None] = {}
        for code, label in self.items.items():
            key, upper = _key(label), self._upper(code)
            for index, written in (
                (exact, {code, label}),
                (folded, {_key(code), key}),
                (short, {_stem(key)}),
            ):
                for one in written:
                    held = index.get(one, code)
                    index[one] = held if held in (code, upper) else None
        for key, meant in short.items():
            for one in (key, *(key + suffix for suffix in _SUFFIXES)) if key else ():
                folded.setdefault(one, meant)
        self._index.update(folded | exact)
        return self._index

    def _code_and_label(self, text: str) -> str | None:
        """The code of `1-男`, `01 汉族`, `1、男`: a code and its own label."""
        match = _CODE_LABEL.fullmatch(text)
        if match is None:
            return None
        code = self._index.get(match[1], self._index.get(_key(match[1])))
        return code if code is not None and self._index.get(_key(match[2])) == code else None

    def _outside(self, text: str) -> str | None:
        """A code that the list does not hold, if its pattern or its being external allows it."""
        if self.pattern is not None:
            tries = (text, text.upper()) if len(text) <= 64 else ()
            return next((one for one in tries if re.fullmatch(self.pattern, one)), None)
        return text if self.external and _EXTERNAL.fullmatch(text) and not is_placeholder(text) else None


def _key(text: str) -> str:
    """A text as it is compared: folded, without spaces, in one case."""
    return _SPACES.sub("", fold(text)).casefold()


def _stem(key: str) -> str:
    """A label without its last 性 or 族: 男 for 男性, 汉 for 汉族."""
    return key[:-1] if len(key) > 1 and key.endswith(_SUFFIXES) else key
