"""How printed names are compared with those of a notice: equal, near, or holding one another."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from prefill.notices.model import Item, Words

__all__ = ["bare", "held_name", "holds", "loose", "names_certificate", "nearest_item", "plain"]

_BRACKETS: Final = re.compile(r"\([^()]*\)")


@lru_cache(maxsize=8192)
def bare(text: str) -> str:
    """Give a text in one width and case, without spaces, punctuation and symbols.

    >>> bare("《曾用名　证明》（存根）"), bare("ＡＢＯ 血型")
    ('曾用名证明存根', 'abo血型')
    """
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in wide if unicodedata.category(sign)[0] not in "PZCS")


def plain(text: str, words: Words) -> str:
    """Give a name as it is compared for equality: bare, without remarks in brackets, leading words and the endings of forms' names.

    >>> words = Words(line="", leading=("社区", "关于"), endings=("登记表", "表"))
    >>> plain("关于《曾用名证明》登记表", words), plain("社区曾用名证明（存根）", words)
    ('曾用名证明', '曾用名证明')
    """
    return _plain(text, words.leading, words.endings)


@lru_cache(maxsize=16384)
def _plain(text: str, leading: tuple[str, ...], endings: tuple[str, ...]) -> str:
    wide = unicodedata.normalize("NFKC", text)
    name = bare(_BRACKETS.sub("", wide)) or bare(wide)
    changed = True
    while changed:
        changed = False
        for word in leading:
            if name.startswith(word) and len(name) > len(word) + 1:
                name, changed = name.removeprefix(word), True
        for word in endings:
            if name.endswith(word) and len(name) > len(word) + 1:
                name, changed = name.removesuffix(word), True
    return name


def loose(text: str, words: Words) -> str:
    """Give a name as it is compared for likeness: plain, without filling words, each kind of certificate called by one name.

    >>> words = Words(line="", fillers=("情况",), certificate=("证明", "证明书"))
    >>> loose("家属关系情况证明书", words)
    '家属关系证明'
    """
    return _loose(plain(text, words), words.fillers, words.certificate)


@lru_cache(maxsize=16384)
def _loose(name: str, fillers: tuple[str, ...], certificate: tuple[str, ...]) -> str:
    for word in sorted(certificate[1:], key=len, reverse=True):
        if name.endswith(word):
            name = name.removesuffix(word) + certificate[0]
            break
    for word in fillers:
        name = name.replace(word, "")
    return name


def holds(text: str, stems: Iterable[str]) -> str | None:
    """Give the longest of these words that a text holds, or None.

    >>> holds("再生资源回收站清查统计表", ["再生资源", "废品回收"])
    '再生资源'
    """
    name = bare(text)
    return max((stem for stem in stems if bare(stem) in name), key=len, default=None)


def held_name(text: str, item: Item, words: Words) -> str | None:
    """Give the name or synonym of an item that a text holds, whatever stands around it; None if it holds none.

    >>> held_name("关于为居民开具养犬证明的通知", Item("n", "certificates", 3, 4, "居民养犬证明"), Words(line="", leading=("居民",)))
    '居民养犬证明'
    """
    name = bare(text)
    found = [called for called in (*item.called, *item.synonyms) if plain(called, words) in name]
    return max(found, key=len, default=None)


def names_certificate(text: str, words: Words) -> bool:
    """Say whether a name is that of a certificate of the community's: it ends as one, and names nobody else who issues it.

    >>> words = Words(line="", certificate=("证明", "情况说明"), issuers=("医学", "医院"))
    >>> [names_certificate(name, words) for name in ("出生证明", "出生医学证明", "出生证明编号", "残疾人证", "死亡证明（医院出具）")]
    [True, False, False, False, False]
    """
    return plain(text, words).endswith(words.certificate or ("?",)) and holds(text, words.issuers) is None


def nearest_item(text: str, items: Iterable[Item], words: Words) -> tuple[Item, str, int] | None:
    """Give the item that one of its names makes most like this text, that name, and how like of 100; None below ``words.near``.

    A synonym counts only where it is the same.
    """
    from rapidfuzz import fuzz  # used by checks alone: not at import

    name = loose(text, words)
    best: tuple[Item, str, int] | None = None
    for item in items:
        for called in item.synonyms:
            if loose(called, words) == name:
                return item, called, 100
        for called in item.called:
            score = int(fuzz.ratio(name, loose(called, words)))
            if score >= words.near and (best is None or score > best[2]):
                best = (item, called, score)
    return best
