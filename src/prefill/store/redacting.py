"""Statements without those who were forgotten: taken out of roles, lists and roots; what is said of all others stays."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from prefill.store.sayings import ABSENCES, Key, Named, Names, saying, terms_of, texts
from prefill.vocabulary import Vocabulary

__all__ = ["Gone", "redact", "rest_of"]

Gone: TypeAlias = Callable[[str, Sequence[Key], str | None], bool]
"""Whether an entity of a type is forgotten: by its identities, or, where none are stated, by its name."""


def redact(
    statement: Mapping[str, Any], vocabulary: Vocabulary, gone: Gone, lent: Mapping[str, Key] | None = None
) -> dict[str, Any]:
    """Give a statement without those who are gone. A list that named nobody else is left out: it is not known to be empty.

    ``lent`` are the identities, by root, of those whom only the rest of the record names.
    """
    redacting = _Redacting(vocabulary, gone)
    roots = vocabulary.roots
    made: dict[str, Any] = {}
    out: set[str] = set()
    for key, raw in statement.items():
        if key in roots and isinstance(raw, Mapping):
            of = [lent[key]] if lent and key in lent else []  # else a root without a document is the record's own
            kept = redacting.entity(roots[key], raw, of, by_name=False)
            if kept is None:
                out.add(key)
            else:
                made[key] = kept
        elif key == "entities":
            made[key] = redacting.entities(raw)
        else:
            made[key] = raw
    out |= {key for key, of in (lent or {}).items() if gone(roots[key], [of], None)}  # an absence may speak of it alone
    for absence in ABSENCES:
        if absence in made:
            made[absence] = [path for path in texts(made[absence]) if path.partition(".")[0] not in out]
    return {key: value for key, value in made.items() if not (key in (*ABSENCES, "entities") and value == [])}


def rest_of(statement: Mapping[str, Any], vocabulary: Vocabulary, gone: Gone) -> list[dict[str, Any]]:
    """Give what a statement in the record of somebody who is gone says of others that it names by a document, each by itself."""
    found = []
    for one in Names(vocabulary).of(statement):
        if one.keys and not gone(one.type, one.keys, None):
            told = saying(statement, one)
            kept = redact(told, vocabulary, gone) if told else None
            if kept and kept.get("entities"):
                found.append(kept)
    return [one for one in found if not any(_within(one, other) for other in found if other is not one)]


def _within(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether what is said of one stands whole in what is said of another, who names it."""
    said = terms_of(one["entities"][0])

    def holds(value: Any) -> bool:
        if isinstance(value, Mapping):
            return all(value.get(key) == part for key, part in said.items()) or any(map(holds, value.values()))
        return any(map(holds, value)) if isinstance(value, list | tuple) else False

    return any(map(holds, terms_of(other["entities"][0]).values()))


class _Redacting:
    def __init__(self, vocabulary: Vocabulary, gone: Gone) -> None:
        self.vocabulary = vocabulary
        self.names = Names(vocabulary)
        self.gone = gone

    def entity(
        self, kind: str, raw: Mapping[str, Any], lent: Sequence[Key] = (), *, by_name: bool = True
    ) -> dict[str, Any] | None:
        """Give what is said of an entity without those who are gone; None if it is one of them."""
        keys = list(self.names.keys(kind, raw)) or list(lent)
        if self.gone(kind, keys, name_of(self.vocabulary, kind, raw) if by_name and not keys else None):
            return None
        return self.terms(kind, raw, "")

    def entities(self, raw: Any) -> list[Any]:
        made = []
        for one in raw if isinstance(raw, list | tuple) else [raw]:
            if isinstance(one, Mapping) and one.get("type") in self.vocabulary.types:
                kept = self.entity(one["type"], terms_of(one))
                if kept is not None:
                    told = {"terms": kept} if "terms" in one else kept
                    made.append({"type": one["type"], **told})
            else:
                made.append(one)
        return made

    def terms(self, kind: str, raw: Mapping[str, Any], prefix: str) -> dict[str, Any]:
        entity = self.vocabulary.types[kind]
        made: dict[str, Any] = {}
        for key, value in raw.items():
            name = f"{prefix}{key}"
            term = entity.terms.get(name)
            if term is not None and term.to is not None and isinstance(value, list | tuple):
                items = [self.entity(term.to, one) if isinstance(one, Mapping) else one for one in value]
                kept = [one for one, before in zip(items, value, strict=True) if one is not None or before is None]
                if kept or not value:
                    made[key] = kept
            elif term is not None and term.to is not None and isinstance(value, Mapping):
                if (single := self.entity(term.to, value)) is not None:
                    made[key] = single
            elif term is None and isinstance(value, Mapping):
                made[key] = self.terms(kind, value, f"{name}.")
            else:
                made[key] = value
        return made


def name_of(vocabulary: Vocabulary, kind: str, raw: Mapping[str, Any]) -> str | None:
    """Give the name that is stated of an entity, if its type has one to be compared by."""
    similar = vocabulary.types[kind].similar
    found = raw.get(similar) if similar else None
    return "".join(found.split()) if isinstance(found, str) and found.strip() else None


def names_of(named: Named, vocabulary: Vocabulary) -> str | None:
    """Give the name by which an entity without a document would be known."""
    return None if named.keys or named.root else name_of(vocabulary, named.type, named.said)
