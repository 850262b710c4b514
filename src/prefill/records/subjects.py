"""Whose a form was: a digest that tells the subject of a filled form from others, so that nothing of it is learnt into another's record."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Final

from prefill.records.cells import Entity, Record
from prefill.records.reading import _document_key
from prefill.vocabulary import EntityType

__all__ = ["is_of", "reference"]

_DIGITS: Final = 32  # hexadecimal digits of a digest


def reference(root: str, entity: Entity, type_: EntityType, mentions: Iterable[str]) -> str:
    """Give what tells a subject from others: its root, and a digest of its best document's number.

    Of one without a document it digests the first statement that mentions it: whatever its record learns later, it holds that statement.
    Without a key a digest of a number can be found out by trying: keep it where records are kept.
    """
    found = next(_documents(entity, type_), None) or ("", next(iter(mentions), ""))
    return f"{root}:{_digest(root, *found)}"


def is_of(record: Record, told: str) -> bool:
    """Say whether a reference is to this record's subject: by one of its documents, or by a statement that it holds."""
    root, _, digest = told.partition(":")
    cell = record.context.cells.get(root)
    entity = cell.settled[1] if cell is not None and root not in record.ambiguous else None
    if not isinstance(entity, Entity):
        return False
    known = [*_documents(entity, record.vocabulary.types[entity.type])]
    known += [("", mention) for mention in record.anchors.get(entity.number, ())]
    return any(_digest(root, *one) == digest for one in known)


def _documents(entity: Entity, type_: EntityType) -> Iterator[tuple[str, str]]:
    """Give every number that an entity is known by, its best document first; 15 digits count as the 18 that they became."""
    for name in type_.documents:
        cell = entity.cells.get(name)
        stated = [fact.value for fact in cell.facts if isinstance(fact.value, str)] if cell is not None else []
        for number in sorted({_document_key(type_.terms[name], one) for one in stated}):
            yield name, number


def _digest(root: str, name: str, told: str) -> str:
    content = json.dumps(["subject", root, name, told], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]
