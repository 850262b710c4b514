"""The notes at the foot of a page: who said what when, what was derived, what was not taken."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from prefill.rendering.words import Words

if TYPE_CHECKING:
    from prefill.filling import Entry, SourcedFact

__all__ = ["Notes"]

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
        self.further: dict[
            str, dict[str, None]
        ] = {}  # a source's number → the labels of values that it also stands behind
        self.derived: list[str] = []
        self.others: list[str] = []

    def told(self, facts: "Sequence[SourcedFact]") -> str:
        """Give the sources of facts with their dates, as a page names them."""
        return self.words.joined(self._each(facts))

    def mark(self, label: str, facts: "Sequence[SourcedFact]") -> str:
        """Give the number of a value's first source, the one that decided; note the further ones for the foot."""
        numbers = [self.sources.setdefault(text, _number(len(self.sources))) for text in self._each(facts)]
        for number in numbers[1:]:
            self.further.setdefault(number, {})[label] = None
        return numbers[0] if numbers else ""

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
