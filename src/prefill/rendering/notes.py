"""The notes at the foot of a page: who said what when, what was derived, what was not taken."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from prefill.rendering.words import Words

if TYPE_CHECKING:
    from prefill.filling import Entry, SourcedFact
    from prefill.rendering.cells import Desk

__all__ = ["Notes"]

BRIEF: Final = 2  # so many sources are named where there is little room

_CIRCLED: Final = (
    *map(chr, range(0x2460, 0x2474)),  # ① to ⑳
    *map(chr, range(0x3251, 0x3260)),
    *map(chr, range(0x32B1, 0x32C0)),  # … to ㊿
)


class Notes:
    """The notes of one page, gathered while its cells are made."""

    def __init__(self, words: Words, *, brief: bool = False) -> None:
        """Take the words to write them in; ``brief``: of the sources that agree, name the best and count the others."""
        self.words = words
        self.brief = brief
        self.more = False  # whether a mark counts further sources
        self.sources: dict[str, str] = {}  # source and date as printed → its number
        self.further: dict[
            str, dict[str, None]
        ] = {}  # a source's number → the labels of values that it also stands behind
        self.derived: list[str] = []
        self.others: list[str] = []
        self._told: dict[tuple[str, str | None], str] = {}  # a source and its date → as printed

    def copy(self) -> "Notes":
        """Give the notes as they are now."""
        other = Notes(self.words, brief=self.brief)
        other.more, other.sources, other.derived = self.more, dict(self.sources), list(self.derived)
        other.further = {number: dict(labels) for number, labels in self.further.items()}
        other.others = list(self.others)
        return other

    def told(self, facts: "Sequence[SourcedFact]") -> str:
        """Give the sources of facts with their dates, as a page names them."""
        told = self._each(facts)
        if self.brief and len(told) > BRIEF:
            return self.words("fact.more", first=told[0], n=len(told))
        return self.words.joined(told)

    def mark(self, label: str, facts: "Sequence[SourcedFact]") -> str:
        """Give the number of a value's first source, the one that decided; note the further ones for the foot."""
        told = self._each(facts)
        if self.brief and len(told) > 1:
            self.more = True
            number = self.sources.setdefault(told[0], _number(len(self.sources)))
            return self.words("fact.counted", mark=number, n=len(told) - 1)
        numbers = [self.sources.setdefault(text, _number(len(self.sources))) for text in told]
        for number in numbers[1:]:
            self.further.setdefault(number, {})[label] = None
        return numbers[0] if numbers else ""

    def add(self, entry: "Entry", desk: "Desk") -> None:
        """Note what a settled cell does not show: that it was derived, and what was not taken, as ``desk`` prints it."""
        words = self.words
        if entry.reason == "derived" and entry.label not in self.derived:
            self.derived.append(entry.label)
        for other in entry.others:
            if other.text and other.value is not None:
                why = words.get(f"why.{other.why}")
                told = self.told(other.facts)
                text = desk.printable(desk.printed(entry.kind, other.text)) or ""
                self.others.append(words("foot.other", label=entry.label, text=text, told=told, why=why))

    def _each(self, facts: "Sequence[SourcedFact]") -> list[str]:
        told = self._told
        return list(dict.fromkeys([told.get((fact.source_label, fact.as_of)) or self._tell(fact) for fact in facts]))

    def _tell(self, fact: "SourcedFact") -> str:
        words, source, as_of = self.words, fact.source_label, fact.as_of
        told = words("fact.dated", source=source, as_of=as_of) if as_of else words("fact.undated", source=source)
        self._told[source, as_of] = told
        return told


def _number(index: int) -> str:
    """Give a source's number: ①, ② …, past ㊿ in brackets.

    >>> _number(0), _number(20), _number(50)
    ('①', '㉑', '(51)')
    """
    return _CIRCLED[index] if index < len(_CIRCLED) else f"({index + 1})"
