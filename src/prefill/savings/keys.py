"""How many keys and presses a value costs."""

import re
from typing import Final

from prefill.kinds import CodeList
from prefill.savings.model import Model, read_model

__all__ = ["is_pressed", "keystrokes"]

_ATTACHED: Final = frozenset({"file", "photo", "signature"})
_DATES: Final = frozenset({"date", "year_month", "year", "datetime"})
_CHINESE: Final = re.compile("[〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af]+")


def is_pressed(kind: str, codes: CodeList | None) -> bool:
    """Say whether a field of this kind is filled by presses (options, files) and not by typing."""
    if kind in ("code", "multi_code"):
        return codes is not None and len(codes.items) > 0
    return kind == "bool" or kind in _ATTACHED


def keystrokes(value: object, kind: str, codes: CodeList | None = None, model: Model | None = None) -> int:
    """Count the keys and presses that entering a value costs, without the Tab that follows what is typed.

    ``value`` is canonical, as an entry holds it; None is a value that nobody knows yet, of typical length.

    >>> keystrokes("武汉市", "text")                      # wu han shi and the space bar
    9
    >>> keystrokes("1950-03-15", "date"), keystrokes(True, "bool"), keystrokes("13900000000", "phone")
    (8, 1, 11)
    """
    model = model or read_model()
    if is_pressed(kind, codes):
        if kind in _ATTACHED:
            return model.attach_presses
        short = codes is None or len(codes.items) <= model.short_list
        presses = model.short_list_presses if short else model.long_list_presses
        return len(value) * presses if isinstance(value, tuple) else presses
    if value is None:
        return model.typical_keys.get(kind, model.typical_keys["text"])
    if isinstance(value, tuple):  # codes of a list that is not at hand
        return sum(len(code) + 1 for code in value)
    text = str(value)
    return sum(map(str.isdigit, text)) if kind in _DATES else _typed(text, model)


def _typed(text: str, model: Model) -> int:
    """Count the keys of a text typed with a pinyin input method."""
    if text.isascii():
        return len(text)
    keys = sum(letters or model.unread_keys for letters in map(_LETTERS.__getitem__, text))
    for run in _CHINESE.findall(text):
        keys += -(-len(run) // model.phrase_characters) * model.phrase_keys
    return keys


class _Letters(dict[str, int]):
    """How many keys each character costs: kept, since pypinyin takes 30 µs to say. 0: it has no reading."""

    def __missing__(self, character: str) -> int:
        letters = 1
        if _CHINESE.match(character):
            from pypinyin import lazy_pinyin  # 0.3 s to import: not for those who measure nothing

            letters = sum(map(len, lazy_pinyin(character, errors="ignore")))
        self[character] = letters
        return letters


_LETTERS: Final = _Letters()
