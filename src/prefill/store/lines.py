"""Records as they are added: whose statements they are, whom they name, and what is to be written of that."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from prefill.documents import is_too_deep
from prefill.errors import Problem, named
from prefill.store.sayings import Key, Named, content_of, digest_of, named_in, saying
from prefill.vocabulary import Vocabulary

__all__ = ["Mention", "Piece", "Subject", "anchor_of", "key_text", "read_line", "subject_of"]


class Mention(NamedTuple):
    """An entity that a statement names: by which root, its identities, and what is said of it (a text and its digest)."""

    type: str
    root: str | None
    keys: tuple[str, ...]
    saying: str | None
    digest: str | None


class Piece(NamedTuple):
    """A statement, ready to be written; the first of ``mentions`` that has the subject's root is the subject's."""

    body: str
    digest: str
    source: str
    as_of: str | None
    mentions: tuple[Mention, ...]


@dataclass(slots=True)
class Subject:
    """The statements of one subject: its type, the root that states it, its identities (or what stands for them), the pieces."""

    where: Problem
    type: str
    root: str | None
    anchor: str
    keys: tuple[str, ...]
    pieces: list[Piece] = field(default_factory=list)


def key_text(key: Key) -> str:
    """Write an identity as one text."""
    return "/".join(key)


def anchor_of(kind: str, digest: str) -> str:
    """Give what stands for the identity of a subject that no document names: of the line that it was added by."""
    return f"{kind}//{digest}"


def read_line(
    statements: Any, vocabulary: Vocabulary, where: str, line: int | None, root: str | None = None
) -> tuple[list[Subject], list[Problem]]:
    """Read what is added as one record; what cannot be stored is told, and the rest of that record is not stored either."""
    place = Problem(where, line, "", "")
    plain, problems = _plain(statements, place)
    if problems:
        return [], problems
    named_by = [named_in(statement, vocabulary) for statement in plain]
    try:
        return _subjects(plain, named_by, vocabulary, place, root), []
    except _Refused as refused:
        return [], [Problem(where, line, refused.what, refused.remedy)]


class _Refused(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def _plain(data: Any, place: Problem) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Give the statements as they will be read again."""

    def fault(what: str, remedy: str) -> tuple[list[dict[str, Any]], list[Problem]]:
        return [], [Problem(place.where, place.line, what, remedy)]

    if is_too_deep(data):
        return fault("nested too deeply, or holds itself", "flatten the data")
    if isinstance(data, Mapping):
        data = [data]
    if not isinstance(data, list | tuple) or not data:
        return fault("no statement in it", "write a list of statements, each with source, as_of and what is stated")
    for statement in data:
        if not isinstance(statement, Mapping):
            return fault("a statement that is no mapping", "write source, as_of and what is stated")
        if not isinstance(statement.get("source"), str) or not statement["source"]:
            return fault("a statement without a source", "add source: …; without it nothing can be used")
    try:
        text = json.dumps(list(data), ensure_ascii=False, default=str)
        text.encode()
    except (TypeError, ValueError):  # keys that are no text; half of a surrogate pair
        return fault("it cannot be written as JSON", "use texts as keys, and whole characters")
    if "\\u0000" in text:
        return fault("it holds a NUL, which is no text", "leave it out")
    return json.loads(text), []


def subject_of(named_by: Sequence[Sequence[Named]], vocabulary: Vocabulary, root: str | None) -> str | None:
    """Give the root whose entity a record's statements are about: the first of the vocabulary that has a document; else that they have."""
    if root is not None:
        if root not in vocabulary.roots:
            raise _Refused(f"unknown root {named(root)}", "one of: " + ", ".join(vocabulary.roots))
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
    statements: Sequence[Mapping[str, Any]],
    named_by: Sequence[Sequence[Named]],
    vocabulary: Vocabulary,
    place: Problem,
    root: str | None,
) -> list[Subject]:
    root = subject_of(named_by, vocabulary, root)
    by_root: dict[str, list[tuple[Key, ...]]] = {}
    for name in {one.root for found in named_by for one in found if one.root}:
        by_root[str(name)] = _groups([one.keys for found in named_by for one in found if one.root == name])
    if root is None:  # it speaks of entities alone
        tops = _groups([one.keys for found in named_by for one in found[:1]])
        if not tops:
            raise _Refused("it names nobody", "state it of a root (resident, household …), or with a document's number")
        by_root[""] = tops
    groups = by_root.get(root or "", [])
    line = digest_of("\n".join(sorted(map(content_of, statements))))
    found: dict[tuple[Key, ...], Subject] = {}
    for statement, names in zip(statements, named_by, strict=True):
        own = next((one for one in names if one.root == root), None)
        mine = next((group for group in groups if own is not None and set(own.keys) & set(group)), None)
        if mine is None and len(groups) > 1:
            raise _Refused("a statement that names no document, among those of several", "write a record for each")
        mine = mine or (groups[0] if groups else ())
        if mine not in found:
            kind = vocabulary.roots[root] if root else mine[0][0]
            anchor = key_text(mine[0]) if mine else anchor_of(kind, line)
            found[mine] = Subject(place, kind, root, anchor, tuple(map(key_text, mine)))
        found[mine].pieces.append(_piece(statement, names, by_root, root, mine))
    return list(found.values())


def _piece(
    statement: Mapping[str, Any],
    names: Sequence[Named],
    by_root: Mapping[str, Sequence[tuple[Key, ...]]],
    root: str | None,
    mine: tuple[Key, ...],
) -> Piece:
    mentions: dict[Mention, None] = {}
    for one in names:
        keys: tuple[Key, ...] = tuple(one.keys)
        if not keys and one.root is not None:
            groups = by_root[one.root]
            keys = mine if one.root == root else groups[0] if len(groups) == 1 else ()
        if keys or one.root == root is not None:
            told = saying(statement, one, keys[0] if keys else None) if keys else None
            text = content_of(told) if told else None
            mentions[
                Mention(one.type, one.root, tuple(map(key_text, keys)), text, digest_of(text) if text else None)
            ] = None
    as_of = statement.get("as_of")
    return Piece(
        json.dumps(statement, ensure_ascii=False, separators=(",", ":")),
        digest_of(content_of(statement)),
        statement["source"],
        as_of if isinstance(as_of, str) else None,
        tuple(mentions),
    )
