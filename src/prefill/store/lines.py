"""Records as they are added: whose statements they are, whom they name, and what is to be written of that."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from prefill import kinds
from prefill.documents import is_too_deep
from prefill.errors import Problem, named
from prefill.store.sayings import Key, Named, Names, content_of, digest_of, saying
from prefill.vocabulary import Vocabulary

__all__ = ["Mention", "Piece", "Subject", "key_text", "lent_of", "read_again", "read_line"]


class Mention(NamedTuple):
    """An entity that a statement names: by which root, its identities, and what is said of it (a text and its digest)."""

    type: str
    root: str | None
    keys: tuple[str, ...]
    saying: str | None
    digest: str | None


class Piece(NamedTuple):
    """A statement, ready to be written. ``roots`` are identities, by root, of those that only the rest of its record names."""

    body: str
    digest: str
    source: str
    as_of: str | None
    roots: str | None
    mentions: tuple[Mention, ...]


@dataclass(slots=True)
class Subject:
    """The statements of one subject: its type, the root that states it, its identities, the pieces.

    ``anchor`` is its first identity; for one that no document names, what stands for it: of the line that it was added by.
    """

    place: tuple[str, int | None]
    type: str
    root: str | None
    anchor: str
    keys: tuple[str, ...]
    pieces: list[Piece] = field(default_factory=list)


class _Refused(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def key_text(key: Key) -> str:
    """Write an identity as one text."""
    return "/".join(key)


def read_line(
    statements: Any, vocabulary: Vocabulary, place: tuple[str, int | None], root: str | None = None
) -> tuple[list[Subject], list[Problem]]:
    """Read what is added as one record; what cannot be stored is told, and nothing of that record is stored."""
    try:
        return _subjects(_checked(statements), vocabulary, place, root), []
    except _Refused as refused:
        return [], [Problem(*place, refused.what, refused.remedy)]


def read_again(
    statement: Mapping[str, Any],
    vocabulary: Vocabulary,
    root: str | None,
    anchor: str,
    keys: Sequence[str],
    roots: str | None = None,
) -> Subject:
    """Read one statement of a subject that is known."""
    kind = anchor.partition("/")[0]
    by_root = {name: [(key,)] for name, key in lent_of(roots).items()}
    mine = tuple([_key(text) for text in keys if "//" not in text])
    piece = _piece(statement, Names(vocabulary).of(statement), by_root, root, mine)
    own = [key for mention in piece.mentions if mention.root == root is not None for key in mention.keys]
    return Subject(("store", None), kind, root, anchor, tuple(dict.fromkeys((*keys, *own))), [piece])


def lent_of(roots: str | None) -> dict[str, Key]:
    """Read the identities, by root, of those whom only the rest of a statement's record names."""
    return {name: _key(text) for name, text in json.loads(roots or "{}").items()}


def _key(text: str) -> Key:
    kind, attribute, number = text.split("/", 2)
    return kind, attribute, number


def _checked(data: Any) -> list[Mapping[str, Any]]:
    """Give the statements, if they can be stored at all."""
    if is_too_deep(data):
        raise _Refused("nested too deeply, or holds itself", "flatten the data")
    if isinstance(data, Mapping):
        data = [data]
    if not isinstance(data, list | tuple) or not data:
        raise _Refused("no statement in it", "write a list of statements, each with source, as_of and what is stated")
    for statement in data:
        if not isinstance(statement, Mapping):
            raise _Refused("a statement that is no mapping", "write source, as_of and what is stated")
        if not isinstance(statement.get("source"), str) or not statement["source"]:
            raise _Refused("a statement without a source", "add source: …; without it nothing can be used")
    return list(data)


def _root_of(named_by: Sequence[Sequence[Named]], vocabulary: Vocabulary, root: str | None) -> str | None:
    """Give the root whose entity a record's statements are about: the first of the vocabulary that has a document; else that they have."""
    if root is not None:
        if root not in vocabulary.roots:
            raise _Refused(f"unknown root {named(root)}", "one of: " + ", ".join(vocabulary.roots))
        if not any(one.root == root for found in named_by for one in found):
            raise _Refused(f"it says nothing of a '{root}'", "name the root that it is about")
        return root
    stated = {one.root for found in named_by for one in found if one.root}
    known = {one.root for found in named_by for one in found if one.root and one.keys}
    return next((name for name in vocabulary.roots if name in (known or stated)), None)


def _groups(found: Iterable[Sequence[Key]]) -> list[tuple[Key, ...]]:
    """Give the identities that stand together, each group once."""
    groups: list[dict[Key, None]] = []
    for keys in found:
        joined = dict.fromkeys(keys)
        apart = []
        for group in groups:
            if joined.keys() & group.keys():
                joined = {**group, **joined}
            else:
                apart.append(group)
        groups = [*apart, joined] if joined else apart
    return [tuple(group) for group in groups]


def _subjects(
    statements: Sequence[Mapping[str, Any]], vocabulary: Vocabulary, place: tuple[str, int | None], root: str | None
) -> list[Subject]:
    names = Names(vocabulary)
    named_by = [names.of(statement) for statement in statements]
    root = _root_of(named_by, vocabulary, root)
    by_root: dict[str, list[tuple[Key, ...]]] = {}
    for name in {one.root for found in named_by for one in found if one.root}:
        by_root[name] = _groups([one.keys for found in named_by for one in found if one.root == name])
    if root is None:  # it speaks of entities alone
        by_root[""] = _groups([one.keys for found in named_by for one in found[:1]])
        if not by_root[""]:
            raise _Refused("it names nobody", "state it of a root (resident, household …), or with a document's number")
    groups = by_root.get(root or "", [])
    found: dict[tuple[Key, ...], Subject] = {}
    for statement, within in zip(statements, named_by, strict=True):
        own = next((one for one in within if one.root == root), None)
        mine = next((group for group in groups if own is not None and set(own.keys) & set(group)), None)
        if mine is None and len(groups) > 1:
            raise _Refused("a statement that names no document, among those of several", "write a record for each")
        mine = mine or (groups[0] if groups else ())
        if mine not in found:
            kind = vocabulary.roots[root] if root else mine[0][0]
            anchor = key_text(mine[0]) if mine else f"{kind}//{_mark(statements)}"
            found[mine] = Subject(place, kind, root, anchor, tuple(map(key_text, mine)))
        found[mine].pieces.append(_piece(statement, within, by_root, root, mine))
    return list(found.values())


def _mark(statements: Sequence[Mapping[str, Any]]) -> str:
    """Give a mark that tells a line from all others: the same statements in another order have the same."""
    return digest_of("\n".join(sorted(map(_text, statements))))


def _piece(
    statement: Mapping[str, Any],
    names: Sequence[Named],
    by_root: Mapping[str, Sequence[tuple[Key, ...]]],
    root: str | None,
    mine: tuple[Key, ...],
) -> Piece:
    mentions: dict[Mention, None] = {}
    lent: dict[str, str] = {}
    for one in names:
        keys: tuple[Key, ...] = tuple(one.keys)
        if not keys and one.root is not None:
            groups = by_root.get(one.root, ())
            keys = mine if one.root == root else groups[0] if len(groups) == 1 else ()
            if keys and one.root != root:
                lent[one.root] = key_text(keys[0])
        if keys or one.root == root is not None:
            told = saying(statement, one, keys[0]) if keys else None
            text = _text(told) if told else None
            digest = digest_of(text) if text else None
            mentions[Mention(one.type, one.root, tuple(map(key_text, keys)), text, digest)] = None
    body = _text(statement)
    return Piece(
        body,
        digest_of(body),
        statement["source"],
        _day(statement.get("as_of")),
        content_of(lent) if lent else None,
        tuple(mentions),
    )


def _text(data: Mapping[str, Any]) -> str:
    try:
        text = content_of(data)
        text.encode()
    except (TypeError, ValueError):  # keys or values that are none; half of a surrogate pair
        raise _Refused("it cannot be written as JSON", "use texts as keys, plain values, whole characters") from None
    if "\\u0000" in text:
        raise _Refused("it holds a NUL, which is no text", "leave it out")
    return text


def _day(raw: Any) -> str | None:
    """Give a statement's date in full; None where it has none, or part of one."""
    if isinstance(raw, date):
        return raw.isoformat()[:10]
    try:
        found = kinds.read("date", raw) if raw is not None else None
    except kinds.Unreadable:
        return None
    return found if isinstance(found, str) and len(found) == 10 else None
