"""Statements made of the facts that are to be learnt, and of whom each of them speaks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from prefill.documents import Document
from prefill.errors import Problem
from prefill.records.cells import Decision, Entity, Record
from prefill.records.facts import Absence, Added, Fact
from prefill.records.reading import content_of, read_statements
from prefill.records.stating import (
    Head,
    document_of,
    head_of,
    is_apart,
    nested,
    of_each,
    say,
    statement_of,
    telling,
    within,
)
from prefill.records.strangers import Strangers
from prefill.records.walking import Items, Lists, Refused, is_so, read_added, readable, walk
from prefill.vocabulary import Path

__all__ = ["Gathered", "Made"]

Made: TypeAlias = tuple[Mapping[str, Any], tuple[Decision, ...]]
"""A statement, and what it takes to bind those whom it mentions without a document."""


class Gathered:
    """Statements made of facts: one for each fact of somebody who is known; of somebody new, or of a list, one for all that is said."""

    def __init__(self, record: Record, strangers: Strangers, lists: Lists) -> None:
        self.record = record
        self.looked = lists
        self.strangers = strangers
        self.made: list[Made] = []
        self.problems: list[Problem] = []
        self.nobody: dict[tuple[Head, int | str], list[tuple[Path, Entity | None, int, Any]]] = {}
        self.bare: dict[tuple[Head, int], list[tuple[Fact, Entity, dict[str, Any]]]] = {}
        self.lists: dict[tuple[str, int | str], list[tuple[Fact, Path, Sequence[Entity | None], Entity | None]]] = {}

    def refuse(self, refused: Refused) -> None:
        """Note what is not learnt; the rest is."""
        problem = Problem(self.record.name, None, refused.what, refused.remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def add(self, fact: Fact) -> None:
        """Take a fact; raises Refused for one that cannot be learnt."""
        record = self.record
        path, walked = walk(record, fact, self.looked)
        owner = walked[-1]
        if path.term.many:
            if self.strangers.is_one(fact, path, owner):
                raise Refused(*self.strangers.problem(path))
            self.lists.setdefault((path.text, _number(owner, path)), []).append((fact, path, walked, None))
            return
        value = readable(record, path, fact, owner)
        if self.strangers.is_one(fact, path, owner):
            raise Refused(*self.strangers.problem(path))
        if path.on_link:
            self.membership(fact._replace(value=value), path, walked)
        elif owner is None:
            self.unknown(fact, path, walked, value)
        elif not is_known(owner, path.term.path, fact._replace(value=value)):
            if path.roles and self.is_bare(owner):
                self.told_of(fact, owner, path.term.path, value)
            else:
                self.state(fact, owner, path.root if not path.roles else None, {path.term.path: value})

    def told_of(self, fact: Fact, owner: Entity, name: str, value: Any) -> None:
        """Keep what is said of one without a document, until all of it is told; what is said otherwise once more is said apart."""
        stated = self.bare.setdefault((head_of(fact), owner.number), [])
        for _, _, said in stated:
            if name not in said:
                said[name] = value
                return
        stated.append((fact, owner, {name: value}))

    def membership(self, fact: Fact, path: Path, walked: Sequence[Entity | None]) -> None:
        """Take what belongs to being somebody's contact, or a member of a household."""
        owner, member, role = walked[-2], walked[-1], path.roles[-1]
        if member is None or owner is None:
            self.unknown(fact, path, walked, fact.value)
            return
        link = owner.links.get((role.path, member.number))
        if link is not None and is_known(link, path.term.path, fact):
            return
        if role.many:
            listed = self.record.vocabulary.path(path.prefix)
            self.lists.setdefault((listed.text, _number(owner, listed)), []).append((fact, path, walked[:-1], member))
            return
        said = {**telling(self.record, member), path.term.path: fact.value}
        self.state(fact, owner, path.root if len(path.roles) == 1 else None, {role.path: said}, {role.path: (member,)})

    def unknown(self, fact: Fact, path: Path, walked: Sequence[Entity | None], value: Any) -> None:
        """Keep what is said of somebody whom the record does not know yet, until all of it is told."""
        deepest = max([number for number, entity in enumerate(walked) if entity is not None], default=-1)
        known = walked[deepest] if deepest >= 0 else None
        under = path.root if known is None or deepest == 0 else known.number
        told = self.nobody.setdefault((head_of(fact), under), [])
        if any(other.text == path.text and held != value for other, _, _, held in told):
            raise Refused(f"'{path.text}' is stated twice, and otherwise", "state which is right")
        told.append((path, known, deepest, value))

    def finish(self) -> None:
        """Make the statements on those without a document, on those who are new, and on lists."""
        alike: dict[tuple[Head, str], list[tuple[Fact, Entity, dict[str, Any]]]] = {}
        for (head, _), stated in self.bare.items():
            for one in stated:
                alike.setdefault((head, content_of({path: repr(value) for path, value in one[2].items()})), []).append(
                    one
                )
        for (
            same
        ) in alike.values():  # the same said of several is one statement on each of them, told apart by its place
            self.state_each(same[0][0], [entity for _, entity, _ in same], same[0][2])
        for (head, _), found in self.nobody.items():
            self.attempt(self.introduce, head, found)
        for changes in self.lists.values():
            self.attempt(self.relist, changes)

    def attempt(self, make: Callable[..., None], *told: Any) -> None:
        """Make a statement, or note why it cannot be made."""
        try:
            make(*told)
        except Refused as refused:
            self.refuse(refused)

    def introduce(self, head: Head, told: Sequence[tuple[Path, Entity | None, int, Any]]) -> None:
        """State what is said of people whom nobody knew in their roles."""
        named = {path.prefix for path, _, _, _ in told if not path.on_link}
        types = self.record.vocabulary.types
        found = []
        for one in told:
            path = one[0]
            of = types[str(path.roles[-1].to)] if path.on_link else None
            if of is not None and of.similar and path.prefix not in named:  # somebody with a name, who is not named
                what = f"'{path.text}' belongs to a membership, and nobody is known in it"
                self.refuse(Refused(what, "say who it is, too, or state it with the member, in a statement"))
            else:
                found.append(one)
        if not found:
            return
        said: dict[str, Any] = {}
        for path, _, deepest, value in found:
            at = said
            for role in path.roles[max(deepest, 0) :]:
                at = within(at, role.path)
            say(at, path.term.path, value)
        path, known, deepest, _ = found[0]
        fact = Fact(path.text, None, str(head[0]), head[1], origin=head[2], purpose=head[3])
        self.state(fact, known, path.root if deepest <= 0 else None, said)

    def relist(self, changes: Sequence[tuple[Fact, Path, Sequence[Entity | None], Entity | None]]) -> None:
        """State a list as it now is: who was in it, but for those taken out, and who was added."""
        first, path, walked, _ = changes[0]
        owner = walked[-1]
        if not path.term.many:
            path = self.record.vocabulary.path(path.prefix)
        held = owner.settled.get(path.term.path) if owner is not None else None
        if held is not None and held[0] == "disputed":
            raise Refused(f"'{path.text}' is in dispute", "find out which list is right; let a source say it")
        items: tuple[Any, ...] = held[1] if held is not None and isinstance(held[1], tuple) else ()
        members = {item.entity.number: item.entity for item in items}
        told_of = Items(members.values())
        out: set[int] = set()
        said: dict[int, dict[str, Any]] = {}
        new: list[dict[str, Any]] = []
        emptied = False
        for fact, own, _, member in changes:
            if member is not None:
                say(said.setdefault(member.number, {}), own.term.path, fact.value)
            elif isinstance(fact.value, Added):
                if not told_of.holds(owner, path, fact.value):
                    new += self.added(path, fact.value)
            elif fact.value is Absence.NOT_APPLICABLE and fact.item is not None:
                gone = told_of.tell(fact.item)
                out.update([gone.number] if gone is not None else [])
            else:
                emptied = True
        facts = owner.cells[path.term.path].facts if owner is not None and path.term.path in owner.cells else ()
        if not said and not new and is_so(facts, first, out, emptied):
            return
        kept = () if emptied else tuple(entity for number, entity in members.items() if number not in out)
        told = [{**telling(self.record, entity), **nested(said.get(entity.number, {}))} for entity in kept]
        told += new
        origins = [fact.origin for fact, _, _, _ in changes]
        fact = first._replace(origin="override" if "override" in origins else first.origin)
        if any(not one for one in told):
            raise Refused(f"nothing is known of an item of '{path.text}'", "fill the form again")
        deepest = max([number for number, entity in enumerate(walked) if entity is not None], default=-1)
        stated: dict[str, Any] = {}
        at = stated
        for role in path.roles[max(deepest, 0) :]:
            at = within(at, role.path)
        say(at, path.term.path, told)
        known = walked[deepest] if deepest >= 0 else None
        self.state(fact, known, path.root if deepest <= 0 else None, stated, {path.term.path: kept})

    def added(self, path: Path, one: Added) -> list[dict[str, Any]]:
        """Give what is said of a new item; nothing, where it cannot be read."""
        try:
            return [nested(dict(read_added(self.record, path, one)))]
        except Refused as refused:
            self.refuse(refused)
            return []

    def state(
        self,
        fact: Fact,
        entity: Entity | None,
        root: str | None,
        said: Mapping[str, Any],
        same: Mapping[str, Sequence[Entity]] | None = None,
    ) -> None:
        """Add a statement on an entity (by its root, or by itself); ``same`` are those whom it names in its roles, in order."""
        bare = entity is not None and root is None and self.is_bare(entity)
        content = document_of(self.record, entity) if entity is not None and not bare else {}
        statement = statement_of(fact, entity, root, content, said)
        if bare and entity is not None and self.is_made(statement):  # the same is said of somebody else
            statement = statement_of(fact, entity, root, telling(self.record, entity), said)
            if self.is_made(statement):
                what = f"'{fact.path}' is of one of two who cannot be told apart"
                raise Refused(what, "state a document of each")
        self.put(statement, fact, [entity] if bare and entity is not None else [], same or {})

    def state_each(self, fact: Fact, entities: Sequence[Entity], said: Mapping[str, Any]) -> None:
        """Add one statement on several, of whom the same is said and whom no document names."""
        times = 1
        while self.is_made(statement := of_each(fact, entities, times, said)):
            times += 1  # the same was said of somebody else
        self.put(statement, fact, [entity for entity in entities for _ in range(times)], {})

    def is_bare(self, entity: Entity) -> bool:
        """Whether nothing that a statement could name tells an entity from all others."""
        return is_apart(self.record, entity) or not document_of(self.record, entity)

    def is_made(self, statement: Mapping[str, Any]) -> bool:
        """Whether the very same is stated already."""
        return statement in self.record.statements or any(statement == other for other, _ in self.made)

    def put(
        self,
        statement: Mapping[str, Any],
        fact: Fact,
        owners: Sequence[Entity],
        roles: Mapping[str, Sequence[Entity]],
    ) -> None:
        """Add a statement, and decide whom it means where no document says it: its ``owners``, and those in their ``roles``."""
        if self.is_made(statement):
            return
        document = Document(self.record.name, [statement])
        (read,) = read_statements(document, self.record.vocabulary)
        pairs = [(entity, mention.anchor) for entity, mention in zip(owners, read.others, strict=False)]
        top = read.others[0] if read.others else read.roots[0][2] if read.roots else None
        for term, _, children in top.roles if top is not None else ():
            for entity, child in zip(roles.get(term.path, ()), children, strict=False):
                if self.is_bare(entity):
                    pairs.append((entity, child.anchor))
        day = date.fromisoformat(fact.as_of) if fact.as_of else date.min
        decisions = [
            Decision("merge", (self.record.anchors[entity.number][0], anchor), fact.source, day, "learnt of it")
            for entity, anchor in pairs
        ]
        self.made.append((statement, tuple(decisions)))


def _number(entity: Entity | None, path: Path) -> int | str:
    return path.prefix if entity is None else entity.number


def is_known(entity: Entity, attribute: str, fact: Fact) -> bool:
    cell = entity.cells.get(attribute)
    told = (fact.value, fact.source, fact.as_of, fact.origin)
    return cell is not None and any((f.value, f.source, f.as_of, f.origin) == told for f in cell.facts)
