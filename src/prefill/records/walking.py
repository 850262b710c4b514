"""Where a fact that is to be learnt belongs: its path walked, its item found in a list, its value read; or why it cannot be learnt."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, TypeAlias

from prefill import kinds
from prefill.errors import named
from prefill.records.cells import Entity, Record
from prefill.records.facts import Absence, Added, Fact
from prefill.vocabulary import Path, UnknownTerm

__all__ = ["Items", "Lists", "Refused", "is_so", "read_added", "readable", "walk"]


class Refused(Exception):
    """A fact that cannot be learnt: what, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def walk(record: Record, fact: Fact, lists: "Lists") -> tuple[Path, list[Entity | None]]:
    """Resolve the path of a fact that is to be learnt, and the entities on its way, None where there is none yet."""
    try:
        path = record.vocabulary.path(fact.path)
    except UnknownTerm as error:
        raise Refused(f"unknown term {named(fact.path)}", error.remedy) from None
    many = [role for role in path.roles if role.many]
    of_list = path.term.many and (isinstance(fact.value, Added) or fact.value == () or fact.item is not None)
    if (path.term.to is not None and not of_list) or (many and (len(many) > 1 or fact.item is None)):
        raise Refused(f"'{fact.path}' is no single fact", "name a term of one entity, reached through single roles")
    if path.root in record.ambiguous:
        raise Refused(f"'{path.root}' may be several", "decide first who it is: merge, split, or one record for each")
    cell = record.context.cells.get(path.root)
    found = cell.settled[1] if cell is not None else None
    at: Entity | None = found if isinstance(found, Entity) else None
    walked = [at]
    for number, role in enumerate(path.roles):
        where = ".".join((path.root, *(r.path for r in path.roles[: number + 1])))
        step = at.settled.get(role.path) if at is not None else None
        if role.many:
            items = step[1] if step is not None and isinstance(step[1], tuple) else ()
            key = (at.number if at is not None else -1, role.path)
            if key not in lists:
                lists[key] = Items(item.entity for item in items)
            at = lists[key].tell(fact.item or ())
            if at is None:
                what = f"it cannot be told which of '{where}' is meant"
                raise Refused(what, "the list is another than it was: fill the form again")
        else:
            if step is not None and step[0] in ("candidates", "disputed"):
                raise Refused(f"'{where}' may be several", "decide first who it is: merge, or let a source say it")
            at = step[1] if step is not None and isinstance(step[1], Entity) else None
        walked.append(at)
    return path, walked


class Items:
    """The items of a list, found by what was stated of them."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.entities = tuple(entities)
        self.stated: dict[tuple[str, Any], dict[int, Entity]] = defaultdict(dict)
        for entity in self.entities:
            for attribute, cell in entity.cells.items():
                if cell.term.to is None:
                    for fact in cell.facts:
                        self.stated[attribute, fact.value][entity.number] = entity

    def like(self, attribute: str, value: Any) -> Iterable[Entity]:
        """Give those of which this was stated, by whomever."""
        return self.stated.get((attribute, value), {}).values()

    def tell(self, item: tuple[tuple[str, Any], ...]) -> Entity | None:
        """Find the one of which all of this was stated; None where there is not just one."""
        if not item:
            return None
        found = [one for one in self.like(*item[0]) if all(_was_stated(one, name, value) for name, value in item)]
        return found[0] if len(found) == 1 else None

    def holds(self, owner: Entity | None, path: Path, added: Added) -> bool:
        """Whether one of them is the very one that is to be added."""
        own = next((one for one in added.said if "." not in one[0] and one[0] not in path.term.link), None)
        some = self.like(*own) if own is not None else self.entities
        return any(_agrees(entity, owner, path, added) for entity in some)


def _was_stated(entity: Entity, attribute: str, value: Any) -> bool:
    """Whether this was stated of an entity, by whomever."""
    cell = entity.cells.get(attribute)
    return cell is not None and any(fact.value == value for fact in cell.facts)


def _agrees(entity: Entity, owner: Entity | None, path: Path, added: Added) -> bool:
    """Whether an item of a list is the very one that is to be added: all that is said of it was stated of it."""
    link = owner.links.get((path.term.path, entity.number)) if owner is not None else None
    for name, value in added.said:
        own = name in path.term.link
        holder = link if own else entity
        if "." in name and not own and name not in entity.cells:
            continue  # of somebody whom it names
        if holder is None or not _was_stated(holder, name, value):
            return False
    return True


def is_so(facts: Iterable[Fact], fact: Fact, out: set[int], emptied: bool) -> bool:
    """Whether a source stated a list so already, with these taken out."""
    own = [one for one in facts if (one.source, one.as_of) == (fact.source, fact.as_of)]
    if emptied:
        return any(one.value == () for one in own)
    gone = [one for one in own if isinstance(one.value, tuple)]
    return not out or any(out.isdisjoint([item.entity.number for item in one.value]) for one in gone)


def readable(record: Record, path: Path, fact: Fact, entity: Entity | None) -> Any:
    """Read a fact's value and date as a statement's would be."""
    value = fact.value
    try:
        if fact.as_of is not None and date.fromisoformat(fact.as_of).isoformat() != fact.as_of:
            raise ValueError
    except (TypeError, ValueError):
        raise Refused(f"the date of '{fact.path}' is no full date", "write it like 2026-11-23") from None
    if value is not Absence.NOT_APPLICABLE:
        value = _read_by(path, fact.path, value)
    if value is None:
        raise Refused(f"'{fact.path}' has no value", "leave it out; Absence.NOT_APPLICABLE says that it does not apply")
    only = record.vocabulary.types[entity.type].documents[:1] if entity is not None and not path.on_link else ()
    held = entity.settled.get(path.term.path) if entity is not None and path.term.path in only else None
    if held is not None and held[1] is not None and not _same_number(path.term.kind, held[1], value):
        known = record.vocabulary.sources
        who = sorted({f.source if f.source in known else "an unknown source" for f in held[2]})
        what = f"'{fact.path}' would be another number than that by {', '.join(who)}"
        raise Refused(what, "find out which is right; correct it at its source, or split what is about somebody else")
    return value


def read_added(record: Record, path: Path, added: Added) -> Iterator[tuple[str, Any]]:
    """Read what is said of a new item, each value by its term's kind."""
    for name, value in added.said:
        try:
            own = record.vocabulary.path(f".{name}", within=path.term.to, link=path.term.link)
        except UnknownTerm as error:
            raise Refused(f"unknown term {named(name)}", error.remedy) from None
        yield name, _read_by(own, path.text, value)


def _read_by(path: Path, where: str, value: Any) -> Any:
    try:
        raw = list(value) if isinstance(value, tuple) else value
        return kinds.read(path.term.kind, raw, path.term.codes, unit=path.term.unit)
    except kinds.Unreadable as error:
        raise Refused(f"the value of '{where}' is unreadable ({error})", "correct it") from None


def _same_number(kind: str, one: Any, other: Any) -> bool:
    return bool(kinds.id_18(one) == kinds.id_18(other) if kind == "id_number" else one == other)


Lists: TypeAlias = dict[tuple[int, str], "Items"]
"""The lists of one record that facts were looked up in, by whose and which."""
