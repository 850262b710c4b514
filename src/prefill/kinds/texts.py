"""Kinds that are text: one line, many lines, a person's name, an address. Characters stay as stated."""

from __future__ import annotations

import re

from prefill.kinds.base import TOO_LONG, Kind, Unreadable, clean, fold, is_missing, is_placeholder, show_plain
from prefill.kinds.lists import CodeList

_BREAKS = re.compile(r"[ \xa0\u3000]*[\t\r\n\v\f\x85\u2028\u2029]+[ \t\r\n\v\f\x85\xa0\u2028\u2029\u3000]*")
_NEWLINES = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_MASKED = re.compile(r"[*＊]+")
_LONGEST_PLACEHOLDER = 20  # that begins with a letter


def _text(raw: object, limit: int) -> str | None:
    """The clean text of `raw`, at most `limit` characters; None for no value."""
    if not isinstance(raw, str):
        if is_missing(raw):
            return None
        raise Unreadable("must be text")
    if len(raw) > 2 * limit:
        raise Unreadable(TOO_LONG)
    text = clean(raw)
    if not (len(text) > _LONGEST_PLACEHOLDER and text[0].isalpha()) and is_placeholder(fold(text)):
        return None
    if len(text) > limit:
        raise Unreadable(TOO_LONG)
    if _MASKED.fullmatch(text):
        raise Unreadable("all of it is masked")
    return text


def _one_line(text: str | None) -> str | None:
    return text if text is None or text.isprintable() else _BREAKS.sub(" ", text)


def read_text(raw: object, codes: CodeList | None = None) -> str | None:
    r"""One line of text, at most 2,000 characters. Line breaks become spaces. A number is no text.

    >>> read_text("  东西湖区\n吴家山 "), read_text("不详"), read_text("N/A")
    ('东西湖区 吴家山', None, None)
    >>> read_text(5)
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: must be text
    """
    return _one_line(_text(raw, 2000))


def read_long_text(raw: object, codes: CodeList | None = None) -> str | None:
    r"""Text of any number of lines, at most 100,000 characters.

    >>> read_long_text("一\r\n二")
    '一\n二'
    """
    text = _text(raw, 100_000)
    return text if text is None or text.isprintable() else _NEWLINES.sub("\n", text)


_UNSURE = re.compile(r"[?？*＊□■▯〓\u2ff0-\u2fff]")


def read_address(raw: object, codes: CodeList | None = None) -> str | None:
    """An address as it was stated, never split or completed; at most 300 characters, a letter among them.

    >>> read_address("湖北省武汉市东西湖区吴家山街道1号")
    '湖北省武汉市东西湖区吴家山街道1号'
    >>> read_address("湖北省武汉市??区")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: characters of the address were lost or masked
    """
    text = _one_line(_text(raw, 300))
    if text is None:
        return None
    if _UNSURE.search(text):
        raise Unreadable("characters of the address were lost or masked")
    if not any(map(_is_letter, text)):
        raise Unreadable("an address has letters")
    return text


# -- the same text, written otherwise ------------------------------------------------------------------

_GAP = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")
_GAPS = re.compile(r"\s+")


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same: they differ in full-width characters alone, or in spaces that part nothing.

    A space between two letters or digits parts them, and a raised number is another character than a plain one.

    >>> alike("示例路 １号", "示例路1号"), alike("1 2号", "12号"), alike("5²", "52")
    (True, False, False)
    """
    return one == other or _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return _GAPS.sub(" ", _GAP.sub("", fold(text)))


# -- names of persons ---------------------------------------------------------------------------------

_PLAIN_NAME = re.compile(r"[\u4e00-\u9fa5]{2,4}")
# · and what is typed for it: U+2022 •, U+2027 ‧, U+30FB ・, U+FF65 ･, U+2219 ∙, U+22C5 ⋅, U+0387.
_DOTS = re.compile("(?:\\s*[\u00b7\u2022\u2027\u30fb\uff65\u2219\u22c5\u0387])+\\s*")
_SPACE = re.compile(r"\s+")
_WIDE_LETTERS = {code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_HAN_RANGE = "〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_HAN = re.compile(f"[{_HAN_RANGE}]")
_ALL_HAN = re.compile(f"[{_HAN_RANGE}· ]+")
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN_RANGE}]) (?=[{_HAN_RANGE}])")
_IN_NAMES = frozenset(" ·-'’ʼ.,\u2010")
# Accents, vowel signs and the selectors of glyph variants.
_JOINED = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e\u0f71-\u0f84"
    "\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_HYPHEN = re.compile(f"[{_HAN_RANGE}][-\u2010]|[-\u2010][{_HAN_RANGE}]")
_MASK = re.compile(f"[{_HAN_RANGE}][xX]|[xX][{_HAN_RANGE}]|某某|〇〇")
_MOST_HAN = 25
_SURNAMES = (
    *("欧阳", "上官", "司马", "诸葛", "司徒", "东方", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐"),
    *("长孙", "宇文", "司空", "端木", "轩辕", "南宫", "独孤", "呼延", "申屠", "东郭", "百里", "西门"),
)


def read_person_name(raw: object, codes: CodeList | None = None) -> str | None:
    """A person's name. The dots · • ‧ ・ are one. Spaces within a Chinese name go, others stay.

    Refused: lost or masked characters (U+FFFD, ?, □, private-use, *, 某某), digits, brackets and other
    marks that no name has, and what may be several names.

    >>> read_person_name("张　三"), read_person_name("阿依古丽•买买提"), read_person_name("John  Smith")
    ('张三', '阿依古丽·买买提', 'John Smith')
    >>> read_person_name("未取名")
    >>> read_person_name("张?")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: a character that no name has: lost, masked, a digit or part of a remark
    """
    if isinstance(raw, str) and _PLAIN_NAME.fullmatch(raw) and "某某" not in raw:
        return None if is_placeholder(raw) else raw
    known = _text(raw, 100)
    if known is None:
        return None
    text = _SPACE.sub(" ", _DOTS.sub("·", known.translate(_WIDE_LETTERS)))
    if not all(map(_is_in_name, text)) or text[0] in "·-.,'" or text[-1] in "·-,":
        raise Unreadable("a character that no name has: lost, masked, a digit or part of a remark")
    if _HAN.search(text):
        text = _chinese_name(text)
        return None if is_placeholder(text) else text
    if not any(map(_is_letter, text)):
        raise Unreadable("a name has letters")
    return text


def _chinese_name(text: str) -> str:
    """A name with Chinese characters, without the spaces between them."""
    if _MASK.search(text):
        raise Unreadable("part of the name is masked")
    if _ALL_HAN.fullmatch(text):
        parts = text.split(" ")
        words = [part for part in parts if len(part) > 1]
        if len(words) > 1 and not (len(parts) == 2 and parts[0] in _SURNAMES):
            raise Unreadable("could be several names")
        text = "".join(parts)
    else:
        text = _BETWEEN_HAN.sub("", text)
    if (
        "," in text
        or text[-1] == "."
        or _HYPHEN.search(text)
        or ("·" not in text and len(_HAN.findall(text)) > _MOST_HAN)
    ):
        raise Unreadable("could be several names, or a remark")
    return text


def _is_letter(char: str) -> bool:
    """Whether a character is a letter, also one of the newest Chinese ones, which Python may not know yet."""
    return char.isalpha() or "\U00020000" <= char <= "\U0003fffd" or char == "〇"


def _is_in_name(char: str) -> bool:
    return _is_letter(char) or char in _IN_NAMES or _JOINED.match(char) is not None


KINDS = (
    Kind("text", read_text, show_plain),
    Kind("long_text", read_long_text, show_plain),
    Kind("person_name", read_person_name, show_plain),
    Kind("address", read_address, show_plain),
)
