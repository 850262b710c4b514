"""How what is said of an entity is written as a statement: by which document, under which role, in which form."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from prefill.records.cells import Entity, Record
from prefill.records.facts import Absence, Fact

__all__ = [
    "Head",
    "document_of",
    "head_of",
    "is_apart",
    "nested",
    "of_each",
    "say",
    "statement_of",
    "telling",
    "value_of",
    "within",
]

Head: TypeAlias = tuple[str | None, ...]
_HEAD: Final = ("source", "as_of", "origin", "purpose")


def of_each(fact: Fact, entities: Sequence[Entity], times: int, said: Mapping[str, Any]) -> dict[str, Any]:
    """Write one statement on each of several entities, so many times."""
    told = nested(said)
    head = {key: value for key, value in zip(_HEAD, head_of(fact), strict=True) if value is not None}
    return {**head, "entities": [_by_itself(entity.type, told) for entity in entities for _ in range(times)]}


def statement_of(
    fact: Fact, entity: Entity | None, root: str | None, content: Mapping[str, Any], said: Mapping[str, Any]
) -> dict[str, Any]:
    """Write a statement on an entity, by its root or by itself: the ``content`` that tells who it is, and what is said."""
    told: dict[str, Any] = dict(content)
    for path, value in said.items():
        say(told, path, value)
    head = {key: value for key, value in zip(_HEAD, head_of(fact), strict=True) if value is not None}
    about = {root: told} if root is not None else {"entities": [_by_itself(entity.type if entity else "", told)]}
    return {**head, **about}


def _by_itself(type_: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is said of an entity without a role: of a term called type, apart from the entity's own."""
    return {"type": type_, "terms": told} if {"type", "terms"} & told.keys() else {"type": type_, **told}


def head_of(fact: Fact) -> Head:
    """Give what stands over a statement of this fact."""
    return fact.source, fact.as_of, fact.origin, fact.purpose


def is_apart(record: Record, entity: Entity) -> bool:
    """Whether somebody decided that it is not the one whose documents it bears."""
    split_off = {anchor for decision in record.decisions if decision.what == "split" for anchor in decision.anchors}
    return not split_off.isdisjoint(record.anchors[entity.number])


def document_of(record: Record, entity: Entity) -> dict[str, Any]:
    """Give the first document that an entity is known by, as a statement has it."""
    for attribute in record.vocabulary.types[entity.type].documents:
        found = entity.settled.get(attribute)
        if found is not None and isinstance(found[1], str):
            said: dict[str, Any] = {}
            say(said, attribute, found[1])
            return said
    return {}


def telling(record: Record, entity: Entity) -> dict[str, Any]:
    """Give what a statement names a known entity by: its document; else what is known of it, so that it is not nobody."""
    told = document_of(record, entity)
    if told and not is_apart(record, entity):
        return told
    kind = record.vocabulary.types[entity.type]
    names = [kind.similar] if kind.similar else []
    names += [name for name in entity.settled if name not in names and name not in kind.documents]
    for name in names:
        value = value_of(entity, name)
        if value is not None and kind.terms[name].to is None:
            said: dict[str, Any] = {}
            say(said, name, value)
            return said
    return {}


def nested(said: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is said by paths as a statement has it."""
    made: dict[str, Any] = {}
    for path, value in said.items():
        say(made, path, value)
    return made


def within(said: dict[str, Any], path: str) -> dict[str, Any]:
    """Give the branch of what is said that a path leads to, made if it is not there."""
    for branch in path.split("."):
        said = said.setdefault(branch, {})
    return said


def say(said: dict[str, Any], path: str, value: Any) -> None:
    """Put a value into what is said of an entity, as a statement has it."""
    if value is Absence.NOT_APPLICABLE:
        said.setdefault("not_applicable", []).append(path)
        return
    *branches, leaf = path.split(".")
    for branch in branches:
        said = said.setdefault(branch, {})
    said[leaf] = _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return list(value) if isinstance(value, tuple) else value


def value_of(entity: Entity, attribute: str | None) -> Any:
    """Give what an entity is settled to be in this; None if it is not."""
    found = entity.settled.get(attribute or "")
    return found[1] if found is not None else None
