"""What a statement says of whom: each entity that it names by a document, and that part of it which is said of that entity alone.

Such a part, a *saying*, is a statement of its own on the entity (``entities: [{type: person, id_number: …, phone: …}]``) with the source,
date, origin and purpose of the statement that it stands in. What is said of being somebody's member or contact is no part of it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

from prefill import kinds
from prefill.vocabulary import Term, Vocabulary

__all__ = ["ABSENCES", "HEAD", "Named", "as_root", "content_of", "digest_of", "key_of", "named_in", "redact", "saying"]

HEAD: Final = ("source", "as_of", "origin", "purpose")
"""The keys of a statement that speak of the statement itself."""

ABSENCES: Final = ("unavailable", "not_applicable")

Key = tuple[str, str, str]
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


def named_in(statement: Mapping[str, Any], vocabulary: Vocabulary) -> list[Named]:
    """Give every entity that a statement names, owners before those within them; roots without a document too."""
    found: list[Named] = []
    roots = vocabulary.roots
    for key, raw in statement.items():
        if key in roots and isinstance(raw, Mapping):
            _walk(vocabulary, roots[key], key, raw, {}, found)
    others = statement.get("entities")
    for raw in others if isinstance(others, list) else [others]:
        if isinstance(raw, Mapping) and (kind := raw.get("type")) in vocabulary.types:
            _walk(vocabulary, str(kind), None, _terms_of(raw), {}, found)
    for absence in ABSENCES:
        for path in _texts(statement.get(absence)):
            root, _, rest = path.partition(".")
            if root in roots and rest:
                top = next((one for one in found if one.root == root), None)
                if top is None:
                    top = Named(roots[root], root)
                    found.append(top)
                top.said[absence] = [*_texts(top.said.get(absence)), rest]
    return found


def saying(statement: Mapping[str, Any], one: Named, document: Key | None = None) -> dict[str, Any] | None:
    """Give what a statement says of one entity as a statement; None where it only names it.

    ``document`` is an identity of the entity, for where the statement names none itself.
    """
    only = {key[1] for key in one.keys}
    if not any(name not in only for name in one.said) and len(only) < 2:
        return None
    said = one.said if one.keys or document is None else {document[1]: document[2], **one.said}
    told = {"type": one.type, "terms": said} if "type" in said or "terms" in said else {"type": one.type, **said}
    return {**_head(statement), "entities": [told]}


def as_root(saying: Mapping[str, Any], root: str) -> dict[str, Any]:
    """Give a saying as a statement on a record's own subject."""
    return {**_head(saying), root: _terms_of(saying["entities"][0])}


def redact(
    statement: Mapping[str, Any], vocabulary: Vocabulary, gone: Callable[[Sequence[Key]], bool], root: str | None = None
) -> dict[str, Any]:
    """Give a statement without those who are ``gone`` by their identities: out of roles and lists, and of its roots and entities.

    ``root`` is one that is left out by itself: that of somebody who is gone and whom the statement does not name.
    """
    roots = vocabulary.roots
    made: dict[str, Any] = {}
    out = {root} - {None}
    for key, raw in statement.items():
        if key in roots and isinstance(raw, Mapping):
            kept = None if key in out else _without(vocabulary, roots[key], raw, gone)
            if kept is None:
                out.add(key)
            else:
                made[key] = kept
        elif key == "entities":
            tops = [one for one in (raw if isinstance(raw, list) else [raw]) if isinstance(one, Mapping)]
            of = [(top, _without(vocabulary, str(top.get("type")), _terms_of(top), gone)) for top in tops]
            made[key] = [_retold(top, kept) for top, kept in of if kept is not None]
        else:
            made[key] = raw
    for absence in ABSENCES:
        if absence in made:
            made[absence] = [path for path in _texts(made[absence]) if path.partition(".")[0] not in out]
    return {key: value for key, value in made.items() if not (key in (*ABSENCES, "entities") and value == [])}


def content_of(data: Any) -> str:
    """Write data as one text, the same however its keys are ordered."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(content: str) -> str:
    """Digest a text: what tells whether the very same is there already."""
    return blake2b(content.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _head(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {key: statement[key] for key in HEAD if statement.get(key) is not None}


def _texts(raw: Any) -> list[str]:
    if isinstance(raw, str):
        return [raw]
    return [one for one in raw if isinstance(one, str)] if isinstance(raw, list | tuple) else []


def _terms_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of one of a statement's ``entities``, without the word of its type."""
    terms = raw.get("terms")
    flat = {key: value for key, value in raw.items() if key not in ("type", "terms")}
    return {**flat, **terms} if isinstance(terms, Mapping) else flat


def _retold(top: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": top["type"], "terms": dict(said)} if "terms" in top else {"type": top["type"], **said}


def _walk(
    vocabulary: Vocabulary,
    kind: str,
    root: str | None,
    raw: Mapping[str, Any],
    link: Mapping[str, Term],
    found: list[Named],
) -> None:
    named = Named(kind, root)
    found.append(named)
    named.said = _own(vocabulary, named, raw, "", link, found)


def _own(
    vocabulary: Vocabulary,
    named: Named,
    raw: Mapping[str, Any],
    prefix: str,
    link: Mapping[str, Term],
    found: list[Named],
) -> dict[str, Any]:
    """Give what is said of an entity itself, and go on to those whom it names."""
    entity = vocabulary.types[named.type]
    own: dict[str, Any] = {}
    for key, value in raw.items():
        name = f"{prefix}{key}"
        term = entity.terms.get(name)
        if term is not None:
            if value is None:
                continue
            own[key] = value
            if term.to is not None:
                for item in value if isinstance(value, list) else (value,):
                    if isinstance(item, Mapping):
                        _walk(vocabulary, term.to, None, item, term.link, found)
            elif name in entity.documents and (found_key := key_of(vocabulary, named.type, name, value)):
                named.keys.append(found_key)
        elif key in ABSENCES:
            own[key] = value
        elif name not in link and isinstance(value, Mapping):
            below = _own(vocabulary, named, value, f"{name}.", link, found)
            if below:
                own[key] = below
    return own


def _without(
    vocabulary: Vocabulary, kind: str, raw: Mapping[str, Any], gone: Callable[[Sequence[Key]], bool]
) -> dict[str, Any] | None:
    """Give what is said of an entity without those who are gone; None if it is one of them."""
    if kind not in vocabulary.types:
        return dict(raw)
    return None if gone(list(_keys(vocabulary, kind, raw, ""))) else _kept(vocabulary, kind, raw, "", gone)


def _keys(vocabulary: Vocabulary, kind: str, raw: Mapping[str, Any], prefix: str) -> Iterator[Key]:
    entity = vocabulary.types[kind]
    for key, value in raw.items():
        name = f"{prefix}{key}"
        if name in entity.documents:
            if value is not None and (found := key_of(vocabulary, kind, name, value)):
                yield found
        elif isinstance(value, Mapping) and name not in entity.terms:
            yield from _keys(vocabulary, kind, value, f"{name}.")


def _kept(
    vocabulary: Vocabulary, kind: str, raw: Mapping[str, Any], prefix: str, gone: Callable[[Sequence[Key]], bool]
) -> dict[str, Any]:
    entity = vocabulary.types[kind]
    made: dict[str, Any] = {}
    for key, value in raw.items():
        name = f"{prefix}{key}"
        term = entity.terms.get(name)
        if term is not None and term.to is not None and isinstance(value, Mapping | list):
            if isinstance(value, list):
                items = [_without(vocabulary, term.to, i, gone) if isinstance(i, Mapping) else i for i in value]
                kept = [one for one, before in zip(items, value, strict=True) if one is not None or before is None]
                if kept or not value:  # a list that held nobody else is not known to be empty
                    made[key] = kept
            elif (single := _without(vocabulary, term.to, value, gone)) is not None:
                made[key] = single
        elif term is None and isinstance(value, Mapping):
            made[key] = _kept(vocabulary, kind, value, f"{name}.", gone)
        else:
            made[key] = value
    return made
