"""What a statement says of whom: each entity that it names, and that part of it which is said of that entity alone.

Such a part, a *saying*, is a statement of its own on the entity (``entities: [{type: person, id_number: …, phone: …}]``) with the source,
date, origin and purpose of the statement that it stands in. What is said of being somebody's member or contact is no part of it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final, TypeAlias

from prefill import kinds
from prefill.vocabulary import Term, Vocabulary

__all__ = [
    "ABSENCES",
    "Key",
    "Named",
    "Names",
    "as_root",
    "content_of",
    "digest_of",
    "head_of",
    "key_of",
    "saying",
    "terms_of",
    "texts",
]

HEAD: Final = ("source", "as_of", "origin", "purpose")
"""The keys of a statement that speak of the statement itself."""

ABSENCES: Final = ("unavailable", "not_applicable")

Key: TypeAlias = tuple[str, str, str]
"""An identity: the entity's type, the document's term and its number, as it is compared."""


@dataclass(slots=True)
class Named:
    """An entity as a statement names it: by which root (None within another, or among ``entities``), its identities, what is said of it."""

    type: str
    root: str | None
    keys: list[Key] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)


def key_of(vocabulary: Vocabulary, kind: str, attribute: str, raw: Any) -> Key | None:
    """Give the identity that a document's number is; None where it cannot be read."""
    term = vocabulary.types[kind].terms[attribute]
    try:
        value = kinds.read(term.kind, raw, term.codes, unit=term.unit)
    except kinds.Unreadable:
        return None
    if not isinstance(value, str) or not value:
        return None
    return kind, attribute, kinds.id_18(value) if term.kind == "id_number" else value


class Names:
    """Finds whom statements name; it remembers the numbers that it read, since those of a record are much the same."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the vocabulary."""
        self.vocabulary = vocabulary
        self._read: dict[tuple[str, str, Any], Key | None] = {}
        self._found: list[Named] = []

    def of(self, statement: Mapping[str, Any]) -> list[Named]:
        """Give every entity that a statement names, owners before those within them; those without a document too."""
        found = self._found = []
        roots = self.vocabulary.roots
        for key, raw in statement.items():
            if key in roots and isinstance(raw, Mapping):
                self._name(roots[key], key, raw, {})
        others = statement.get("entities")
        for raw in others if isinstance(others, list | tuple) else (others,):
            if isinstance(raw, Mapping) and (kind := raw.get("type")) in self.vocabulary.types:
                self._name(str(kind), None, terms_of(raw), {})
        for absence in ABSENCES:
            for path in texts(statement.get(absence)):
                root, _, rest = path.partition(".")
                if root in roots and rest:
                    top = next((one for one in found if one.root == root), None)
                    if top is None:
                        top = Named(roots[root], root)
                        found.append(top)
                    top.said[absence] = [*texts(top.said.get(absence)), rest]
        return found

    def keys(self, kind: str, raw: Mapping[str, Any], prefix: str = "") -> Iterator[Key]:
        """Give the identities that are stated of one entity."""
        entity = self.vocabulary.types[kind]
        for key, value in raw.items():
            name = f"{prefix}{key}"
            if name in entity.documents:
                if value is not None and (found := self._key(kind, name, value)):
                    yield found
            elif isinstance(value, Mapping) and name not in entity.terms:
                yield from self.keys(kind, value, f"{name}.")

    def _key(self, kind: str, attribute: str, raw: Any) -> Key | None:
        if not isinstance(raw, str):
            return key_of(self.vocabulary, kind, attribute, raw)
        place = kind, attribute, raw
        if place not in self._read:
            self._read[place] = key_of(self.vocabulary, kind, attribute, raw)
        return self._read[place]

    def _name(self, kind: str, root: str | None, raw: Mapping[str, Any], link: Mapping[str, Term]) -> None:
        named = Named(kind, root)
        self._found.append(named)
        named.said = self._own(named, raw, "", link)

    def _own(self, named: Named, raw: Mapping[str, Any], prefix: str, link: Mapping[str, Term]) -> dict[str, Any]:
        """Give what is said of an entity itself, and go on to those whom it names."""
        entity = self.vocabulary.types[named.type]
        own: dict[str, Any] = {}
        for key, value in raw.items():
            name = f"{prefix}{key}" if prefix else key
            term = entity.terms.get(name)
            if term is not None:
                if value is None:
                    continue
                own[key] = value
                if term.to is not None:
                    for item in value if isinstance(value, list | tuple) else (value,):
                        if isinstance(item, Mapping):
                            self._name(term.to, None, item, term.link)
                elif name in entity.documents and (found := self._key(named.type, name, value)):
                    named.keys.append(found)
            elif key in ABSENCES:
                own[key] = value
            elif name not in link and isinstance(value, Mapping):
                below = self._own(named, value, f"{name}.", link)
                if below:
                    own[key] = below
        return own


def saying(statement: Mapping[str, Any], one: Named, document: Key | None = None) -> dict[str, Any] | None:
    """Give what a statement says of one entity as a statement; None where it only names it, and not by a root.

    ``document`` is an identity of the entity, for where the statement names none itself.
    """
    only = {key[1] for key in one.keys}
    if one.root is None and len(only) < 2 and only.issuperset(one.said):
        return None
    said = one.said if one.keys or document is None else {document[1]: document[2], **one.said}
    told = {"type": one.type, "terms": said} if "type" in said or "terms" in said else {"type": one.type, **said}
    return {**head_of(statement), "entities": [told]}


def as_root(saying: Mapping[str, Any], root: str) -> dict[str, Any]:
    """Give a saying as a statement on a record's own subject."""
    return {**head_of(saying), root: terms_of(saying["entities"][0])}


def head_of(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a statement says of itself: source, date, origin and purpose."""
    return {key: statement[key] for key in HEAD if statement.get(key) is not None}


def terms_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is said of one of a statement's ``entities``, without the word of its type."""
    terms = raw.get("terms")
    flat = {key: value for key, value in raw.items() if key not in ("type", "terms")}
    return {**flat, **terms} if isinstance(terms, Mapping) else flat


def texts(raw: Any) -> list[str]:
    """Give the texts of a list, or the one that stands in its place."""
    if isinstance(raw, str):
        return [raw]
    return [one for one in raw if isinstance(one, str)] if isinstance(raw, list | tuple) else []


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError("no value of a statement")


content_of = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_json).encode
"""Write data as one text, the same however its keys are ordered. Raises TypeError or ValueError for what is no data."""


def digest_of(content: str) -> str:
    """Digest a text: what tells whether the very same is there already."""
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
