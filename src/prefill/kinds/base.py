"""What every kind is made of: the types, how raw text is cleaned, how placeholders are told from values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from prefill.kinds.lists import CodeList

Value: TypeAlias = str | bool | int | Decimal | tuple[str, ...]
"""A canonical value: what JSON can hold, plus Decimal and tuples of codes. Equal values are one fact."""


class Unreadable(ValueError):
    """The raw value does not fit its kind. The message says what was expected and never holds the value."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value.

    `read` takes what a source or a worker gave, and the code list; it returns the canonical value, or None
    where that is no value (null, blank, a placeholder), and raises `Unreadable`. `show` returns what a form
    prints; reading that gives the same value. `precision` is the length of a complete ISO text (date 10,
    year_month 7, year 4, datetime 16): a shorter value is less precise than the kind asks. None elsewhere.
    """

    name: str
    read: Callable[[object, CodeList | None], Value | None]
    show: Callable[[Value, CodeList | None], str]
    precision: int | None = None


def show_plain(value: Value, codes: CodeList | None = None) -> str:
    """The text itself: for kinds whose canonical value is what a form prints."""
    return str(value)


TOO_LONG = "too long for its kind"

# -- characters ---------------------------------------------------------------------------------------

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"), "-")
_FOLD = _WIDE | _DASHES

# Marks that show nothing and come along when text is pasted: soft hyphen, zero-width space, direction, BOM.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
# Replacement, private-use, surrogate, tag, control and non-characters: lost on the way, or in no font.
_LOST = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufff9-\uffff"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
# Chinese that was decoded by the wrong encoding, and cells that a spreadsheet could not compute or show.
_GARBLED = re.compile(
    "锟斤拷|烫烫烫|屯屯屯|\\?{3,}|ï»¿|Ã[\x80-\xbf]|#{3,}|^#(?:REF!|VALUE!|DIV/0!|NAME\\?|NUM!|NULL!)$"
)
# Compatibility ideographs are kept: NFC would replace a registered character by its look-alike.
_COMPATIBLE = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")


def fold(text: str) -> str:
    """The text with full-width ASCII and dashes in plain ASCII, without invisible marks, stripped.

    For numbers, dates and identifiers, where the width of a character means nothing.

    >>> fold("　４２０１１２－１９\u200b ")
    '420112-19'
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", text).translate(_FOLD)
    return text.strip()


def clean(text: str) -> str:
    """The text with the same meaning that prints: composed (NFC), without invisible marks, stripped.

    Raises `Unreadable` where characters were lost on the way, or no font can have them.

    >>> clean(" Jose\u0301\u200b ")
    'José'
    """
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    if not text.isascii() or not text.isprintable():
        if _LOST.search(text):
            raise Unreadable("characters were lost, or are private to one system; state it again in Unicode")
        if not unicodedata.is_normalized("NFC", text):
            parts = _COMPATIBLE.split(text)
            text = "".join(p if i % 2 else unicodedata.normalize("NFC", p) for i, p in enumerate(parts))
    text = text.strip()
    if _GARBLED.search(text):
        raise Unreadable("garbled by a wrong encoding or a spreadsheet's error; export it again")
    return text


# -- placeholders -------------------------------------------------------------------------------------

_WORDS = """
null none nil nan nat n/a na #n/a #na <na> <null> (null) [null] undefined \\n
无 暂无 没有 不详 未详 不明 未知 未明 不清 不清楚 不知道 不知 不了解 暂缺 缺 缺失 待补 待补充 待定 待查 待核实
未填 未填写 未录入 未登记 未采集 未提供 未取得 无数据 无信息 无内容 空值 空白 (空) (无) (不详) (未知)
信息不详 情况不详 资料不详 未取名 未起名 未命名 待取名 暂未取名 尚未取名 无名 无名氏 无姓名 姓名不详
"""
PLACEHOLDERS = frozenset(_WORDS.split())
_LONGEST = max(map(len, PLACEHOLDERS))
_ONLY_MARKS = re.compile(r"[-/\\_.,·…。、\s]*")
_ZEROS = re.compile(r"0{8,}|0000([-/.])00\1?00(?:[ T]00:00(?::00)?)?")
_ZERO_ID = re.compile(r"[0\-/.\s:]+")


def is_placeholder(text: str) -> bool:
    """Whether folded text means that nothing is recorded: 不详, 无, null, -, 00000000, 未取名 and so on.

    >>> [is_placeholder(text) for text in ("", "N/A", "--", "不详", "00000000", "0", "无锡")]
    [True, True, True, True, True, False, False]
    """
    if not text:
        return True
    if len(text) <= _LONGEST and text.casefold() in PLACEHOLDERS:
        return True
    first = text[0]
    if first == "0":
        return _ZEROS.fullmatch(text) is not None
    return not first.isalnum() and _ONLY_MARKS.fullmatch(text) is not None


def is_zero(text: str) -> bool:
    """Whether folded text is nothing but zeros and separators: in identifiers and dates, no value."""
    return text[:1] == "0" and _ZERO_ID.fullmatch(text) is not None


def is_missing(raw: object) -> bool:
    """Whether a raw value that is not text means nothing: None, or a table's not-a-number or not-a-time."""
    if raw is None:
        return True
    if isinstance(raw, Decimal):
        return raw.is_nan()
    if isinstance(raw, float):
        return raw != raw
    return type(raw).__name__ in ("NAType", "NaTType")


def identifier(raw: object, limit: int, *, integers: bool = False) -> str | None:
    """The folded text of an identifier, without the apostrophe that spreadsheets put before text of digits.

    None for no value. A number is no identifier, since spreadsheets shorten and round them; with
    `integers`, a whole number that is not a float is taken by its digits. Raises `Unreadable`, also for
    more than `limit` characters and for masked ones (*).
    """
    if not isinstance(raw, str):
        if is_missing(raw):
            return None
        if integers and type(raw) is int and 0 < raw < 10**18:
            return str(raw)
        raise Unreadable("must be text: a number or another type may have lost digits")
    if len(raw) > limit + 40:
        raise Unreadable(TOO_LONG)
    text = fold(raw)
    if text[:1] in ("'", "`", "\u2018", "\u2019"):
        text = text[1:].lstrip()
    if is_placeholder(text) or is_zero(text):
        return None
    if len(text) > limit:
        raise Unreadable(TOO_LONG)
    if "*" in text:
        raise Unreadable("part of it is masked")
    return text
