"""The notes at the foot of a page: who said what when, what was derived, what was not taken."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from prefill.rendering.words import Words

if TYPE_CHECKING:
    from prefill.filling import Entry, SourcedFact

__all__ = ["Notes"]

MARKED: Final = 2  # sources of one value that are marked; its title names them all
_CIRCLED: Final = (
    *map(chr, range(0x2460, 0x2474)),  # ① to ⑳
    *map(chr, range(0x3251, 0x3260)),
    *map(chr, range(0x32B1, 0x32C0)),  # … to ㊿
)


class Notes:
    """The notes of one page, gathered while its cells are made."""

    def __init__(self, words: Words) -> None:
        """Take the words to write them in."""
        self.words = words
        self.sources: dict[str, str] = {}  # source and date as printed → its number
        self.derived: list[str] = []
        self.others: list[str] = []

    def told(self, facts: "Sequence[SourcedFact]") -> str:
        """Give the sources of facts with their dates, as a page names them."""
        return self.words.joined(self._each(facts))

    def marks(self, facts: "Sequence[SourcedFact]") -> str:
        """Give the numbers under which the sources of facts stand at the foot of the page."""
        told = self._each(facts)[:MARKED]
        return "".join(self.sources.setdefault(text, _number(len(self.sources))) for text in told)

    def add(self, entry: "Entry") -> None:
        """Note what a settled cell does not show: that it was derived, and what was not taken."""
        words = self.words
        if entry.reason == "derived" and entry.label not in self.derived:
            self.derived.append(entry.label)
        for other in entry.others:
            if other.text and other.value is not None:
                why = words.get(f"why.{other.why}")
                told = self.told(other.facts)
                self.others.append(words("foot.other", label=entry.label, text=other.text, told=told, why=why))

    def _each(self, facts: "Sequence[SourcedFact]") -> list[str]:
        words = self.words
        told = (
            words("fact.dated", source=fact.source_label, as_of=fact.as_of)
            if fact.as_of
            else words("fact.undated", source=fact.source_label)
            for fact in facts
        )
        return list(dict.fromkeys(told))


def _number(index: int) -> str:
    """Give a source's number: ①, ② …, past ㊿ in brackets.

    >>> _number(0), _number(20), _number(50)
    ('①', '㉑', '(51)')
    """
    return _CIRCLED[index] if index < len(_CIRCLED) else f"({index + 1})"
