"""New facts into a record, and what people decide of identities: every change gives a new record of the old statements and more."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from prefill import kinds
from prefill.documents import Document
from prefill.errors import Problem, RecordError, named
from prefill.records.cells import Decision, Entity, Record
from prefill.records.facts import Absence, Added, Fact
from prefill.records.joining import join
from prefill.records.reading import content_of, mark_of, read_statements
from prefill.records.strangers import Strangers
from prefill.records.subjects import is_of
from prefill.vocabulary import Path, UnknownTerm

__all__ = ["Proposal", "decide", "learn", "merge", "proposals", "split", "undo"]

LIKE = 85  # of 100: how much two names must be alike (rapidfuzz ratio) to be proposed


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two entities that may be one: how much they are alike (0 to 100), and in what they agree besides."""

    one: Entity
    other: Entity
    score: float
    agree: tuple[str, ...]


def learn(record: Record, facts: Iterable[Fact]) -> Record:
    """Give a record that knows these facts too. See ``Record.learn``."""
    told = list(dict.fromkeys(facts))
    if not all(is_of(record, subject) for subject in {fact.subject for fact in told} if subject is not None):
        what = "the facts are of a form of another subject than this record's"
        remedy = "give them to the record that the form was filled from; if it was made anew since, fill the form again"
        raise RecordError([Problem(record.name, None, what, remedy)])
    heads: dict[_Head, list[Fact]] = {}
    for fact in told:
        heads.setdefault((fact.source, fact.as_of, fact.purpose), []).append(fact._replace(subject=None))
    made = record
    problems: list[Problem] = []
    for _, own in sorted(
        heads.items(), key=lambda one: [str(part or "") for part in (one[0][1], *one[0])]
    ):  # what was said last is said of the rest
        made, refused = _learn(made, own)
        problems += refused
    return replace(made, problems=tuple(dict.fromkeys((*made.problems, *problems)))) if problems else made


def _learn(record: Record, facts: Sequence[Fact]) -> tuple[Record, list[Problem]]:
    """Learn what one source says at one date: the record, and what of it is not learnt."""
    lists: _Lists = {}
    reached = [(fact, *_reached(record, fact, lists)) for fact in facts]
    gathered = _Gathered(record, Strangers(record, reached), lists)
    for fact in facts:
        try:
            gathered.add(fact)
        except _Refused as refused:
            if not _is_learnt(record, fact):  # what was learnt may have put somebody in doubt
                gathered.refuse(refused)
    gathered.finish()
    return _joined(record, gathered.made, gathered.problems), gathered.problems


def _joined(record: Record, made: Sequence["_Made"], problems: list[Problem]) -> Record:
    """Join what was gathered; where that contradicts itself, what can be joined, one statement after the other."""
    try:
        return _join_more(record, made)
    except RecordError:
        found = record
        kept: list[_Made] = []
        for one in made:
            try:
                found = _join_more(record, [*kept, one])
            except RecordError as error:
                known = {fault.what for fault in record.problems}
                problems += [fault for fault in error.problems if fault.what not in known]
            else:
                kept.append(one)
        return found


def _join_more(record: Record, made: Sequence["_Made"]) -> Record:
    statements = [*record.statements, *[statement for statement, _ in made]]
    return _join(record, statements, (*record.decisions, *[one for _, decisions in made for one in decisions]))


def _reached(record: Record, fact: Fact, lists: "_Lists") -> tuple[Path | None, Sequence[Entity | None]]:
    try:
        return _walked(record, fact, lists)
    except _Refused:
        return None, ()


class _Refused(Exception):
    """A fact that cannot be learnt: what, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def _is_learnt(record: Record, fact: Fact) -> bool:
    """Whether the very same was stated at the very same path."""
    told = (fact.path, fact.value, fact.source, fact.as_of, fact.origin)
    attribute = fact.path.rpartition(".")[2]
    cells = [cell for entity in record.entities for path, cell in entity.cells.items() if path.endswith(attribute)]
    return any((f.path, f.value, f.source, f.as_of, f.origin) == told for cell in cells for f in cell.facts)


_Head: TypeAlias = tuple[str | None, ...]
_HEAD: Final = ("source", "as_of", "origin", "purpose")
_Lists: TypeAlias = dict[tuple[int, str], "_Items"]
"""The lists of one record that facts were looked up in, by whose and which."""

_Made: TypeAlias = tuple[Mapping[str, Any], tuple[Decision, ...]]
"""A statement, and what it takes to bind those whom it mentions without a document."""


class _Gathered:
    """Statements made of facts: one for each fact of somebody who is known; of somebody new, or of a list, one for all that is said."""

    def __init__(self, record: Record, strangers: Strangers, lists: "_Lists") -> None:
        self.record = record
        self.looked = lists
        self.strangers = strangers
        self.made: list[_Made] = []
        self.problems: list[Problem] = []
        self.nobody: dict[tuple[_Head, int | str], list[tuple[Path, Entity | None, int, Any]]] = {}
        self.bare: dict[tuple[_Head, int], list[tuple[Fact, Entity, dict[str, Any]]]] = {}
        self.lists: dict[tuple[str, int | str], list[tuple[Fact, Path, Sequence[Entity | None], Entity | None]]] = {}

    def refuse(self, refused: "_Refused") -> None:
        """Note what is not learnt; the rest is."""
        problem = Problem(self.record.name, None, refused.what, refused.remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def add(self, fact: Fact) -> None:
        """Take a fact; raises _Refused for one that cannot be learnt."""
        record = self.record
        path, walked = _walked(record, fact, self.looked)
        owner = walked[-1]
        if path.term.many:
            if self.strangers.is_one(fact, path, owner):
                raise _Refused(*self.strangers.problem(path))
            self.lists.setdefault((path.text, _number(owner, path)), []).append((fact, path, walked, None))
            return
        value = _readable(record, path, fact, owner)
        if self.strangers.is_one(fact, path, owner):
            raise _Refused(*self.strangers.problem(path))
        if path.on_link:
            self.membership(fact._replace(value=value), path, walked)
        elif owner is None:
            self.unknown(fact, path, walked, value)
        elif not _is_known(owner, path.term.path, fact._replace(value=value)):
            if path.roles and self.is_bare(owner):
                self.told_of(fact, owner, path.term.path, value)
            else:
                self.state(fact, owner, path.root if not path.roles else None, {path.term.path: value})

    def told_of(self, fact: Fact, owner: Entity, name: str, value: Any) -> None:
        """Keep what is said of one without a document, until all of it is told; what is said otherwise once more is said apart."""
        stated = self.bare.setdefault((_head_of(fact), owner.number), [])
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
        if link is not None and _is_known(link, path.term.path, fact):
            return
        if role.many:
            listed = self.record.vocabulary.path(path.prefix)
            self.lists.setdefault((listed.text, _number(owner, listed)), []).append((fact, path, walked[:-1], member))
            return
        said = {**_telling(self.record, member), path.term.path: fact.value}
        self.state(fact, owner, path.root if len(path.roles) == 1 else None, {role.path: said}, {role.path: (member,)})

    def unknown(self, fact: Fact, path: Path, walked: Sequence[Entity | None], value: Any) -> None:
        """Keep what is said of somebody whom the record does not know yet, until all of it is told."""
        deepest = max([number for number, entity in enumerate(walked) if entity is not None], default=-1)
        known = walked[deepest] if deepest >= 0 else None
        under = path.root if known is None or deepest == 0 else known.number
        told = self.nobody.setdefault((_head_of(fact), under), [])
        if any(other.text == path.text and held != value for other, _, _, held in told):
            raise _Refused(f"'{path.text}' is stated twice, and otherwise", "state which is right")
        told.append((path, known, deepest, value))

    def finish(self) -> None:
        """Make the statements on those without a document, on those who are new, and on lists."""
        alike: dict[tuple[_Head, str], list[tuple[Fact, Entity, dict[str, Any]]]] = {}
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
        except _Refused as refused:
            self.refuse(refused)

    def introduce(self, head: _Head, told: Sequence[tuple[Path, Entity | None, int, Any]]) -> None:
        """State what is said of people whom nobody knew in their roles."""
        named = {path.prefix for path, _, _, _ in told if not path.on_link}
        types = self.record.vocabulary.types
        found = []
        for one in told:
            path = one[0]
            of = types[str(path.roles[-1].to)] if path.on_link else None
            if of is not None and of.similar and path.prefix not in named:  # somebody with a name, who is not named
                what = f"'{path.text}' belongs to a membership, and nobody is known in it"
                self.refuse(_Refused(what, "say who it is, too, or state it with the member, in a statement"))
            else:
                found.append(one)
        if not found:
            return
        said: dict[str, Any] = {}
        for path, _, deepest, value in found:
            at = said
            for role in path.roles[max(deepest, 0) :]:
                at = _under(at, role.path)
            _say(at, path.term.path, value)
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
            raise _Refused(f"'{path.text}' is in dispute", "find out which list is right; let a source say it")
        items: tuple[Any, ...] = held[1] if held is not None and isinstance(held[1], tuple) else ()
        members = {item.entity.number: item.entity for item in items}
        told_of = _Items(members.values())
        out: set[int] = set()
        said: dict[int, dict[str, Any]] = {}
        new: list[dict[str, Any]] = []
        emptied = False
        for fact, own, _, member in changes:
            if member is not None:
                _say(said.setdefault(member.number, {}), own.term.path, fact.value)
            elif isinstance(fact.value, Added):
                if not told_of.holds(owner, path, fact.value):
                    new += self.added(path, fact.value)
            elif fact.value is Absence.NOT_APPLICABLE and fact.item is not None:
                gone = told_of.tell(fact.item)
                out.update([gone.number] if gone is not None else [])
            else:
                emptied = True
        facts = owner.cells[path.term.path].facts if owner is not None and path.term.path in owner.cells else ()
        if not said and not new and _is_so(facts, first, out, emptied):
            return
        kept = () if emptied else tuple(entity for number, entity in members.items() if number not in out)
        told = [{**_telling(self.record, entity), **_nested(said.get(entity.number, {}))} for entity in kept]
        told += new
        origins = [fact.origin for fact, _, _, _ in changes]
        fact = first._replace(origin="override" if "override" in origins else first.origin)
        if any(not one for one in told):
            raise _Refused(f"nothing is known of an item of '{path.text}'", "fill the form again")
        deepest = max([number for number, entity in enumerate(walked) if entity is not None], default=-1)
        stated: dict[str, Any] = {}
        at = stated
        for role in path.roles[max(deepest, 0) :]:
            at = _under(at, role.path)
        _say(at, path.term.path, told)
        known = walked[deepest] if deepest >= 0 else None
        self.state(fact, known, path.root if deepest <= 0 else None, stated, {path.term.path: kept})

    def added(self, path: Path, one: Added) -> list[dict[str, Any]]:
        """Give what is said of a new item; nothing, where it cannot be read."""
        try:
            return [_nested(dict(_read_added(self.record, path, one)))]
        except _Refused as refused:
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
        content = _document_of(self.record, entity) if entity is not None and not bare else {}
        statement = _statement(fact, entity, root, content, said)
        if bare and entity is not None and self.is_made(statement):  # the same is said of somebody else
            statement = _statement(fact, entity, root, _telling(self.record, entity), said)
            if self.is_made(statement):
                what = f"'{fact.path}' is of one of two who cannot be told apart"
                raise _Refused(what, "state a document of each")
        self.put(statement, fact, [entity] if bare and entity is not None else [], same or {})

    def state_each(self, fact: Fact, entities: Sequence[Entity], said: Mapping[str, Any]) -> None:
        """Add one statement on several, of whom the same is said and whom no document names."""
        times = 1
        while self.is_made(statement := _of_each(fact, entities, times, said)):
            times += 1  # the same was said of somebody else
        self.put(statement, fact, [entity for entity in entities for _ in range(times)], {})

    def is_bare(self, entity: Entity) -> bool:
        """Whether nothing that a statement could name tells an entity from all others."""
        return _is_apart(self.record, entity) or not _document_of(self.record, entity)

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


def _of_each(fact: Fact, entities: Sequence[Entity], times: int, said: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for path, value in said.items():
        _say(told, path, value)
    head = {key: value for key, value in zip(_HEAD, _head_of(fact), strict=True) if value is not None}
    return {**head, "entities": [_by_itself(entity.type, told) for entity in entities for _ in range(times)]}


def _statement(
    fact: Fact, entity: Entity | None, root: str | None, content: Mapping[str, Any], said: Mapping[str, Any]
) -> dict[str, Any]:
    told: dict[str, Any] = dict(content)
    for path, value in said.items():
        _say(told, path, value)
    head = {key: value for key, value in zip(_HEAD, _head_of(fact), strict=True) if value is not None}
    about = {root: told} if root is not None else {"entities": [_by_itself(entity.type if entity else "", told)]}
    return {**head, **about}


def _by_itself(type_: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is said of an entity without a role: of a term called type, apart from the entity's own."""
    return {"type": type_, "terms": told} if {"type", "terms"} & told.keys() else {"type": type_, **told}


def _head_of(fact: Fact) -> _Head:
    return fact.source, fact.as_of, fact.origin, fact.purpose


def _number(entity: Entity | None, path: Path) -> int | str:
    return path.prefix if entity is None else entity.number


def _walked(record: Record, fact: Fact, lists: "_Lists") -> tuple[Path, list[Entity | None]]:
    """Resolve the path of a fact that is to be learnt, and the entities on its way, None where there is none yet."""
    try:
        path = record.vocabulary.path(fact.path)
    except UnknownTerm as error:
        raise _Refused(f"unknown term {named(fact.path)}", error.remedy) from None
    many = [role for role in path.roles if role.many]
    of_list = path.term.many and (isinstance(fact.value, Added) or fact.value == () or fact.item is not None)
    if (path.term.to is not None and not of_list) or (many and (len(many) > 1 or fact.item is None)):
        raise _Refused(f"'{fact.path}' is no single fact", "name a term of one entity, reached through single roles")
    if path.root in record.ambiguous:
        raise _Refused(f"'{path.root}' may be several", "decide first who it is: merge, split, or one record for each")
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
                lists[key] = _Items(item.entity for item in items)
            at = lists[key].tell(fact.item or ())
            if at is None:
                what = f"it cannot be told which of '{where}' is meant"
                raise _Refused(what, "the list is another than it was: fill the form again")
        else:
            if step is not None and step[0] in ("candidates", "disputed"):
                raise _Refused(f"'{where}' may be several", "decide first who it is: merge, or let a source say it")
            at = step[1] if step is not None and isinstance(step[1], Entity) else None
        walked.append(at)
    return path, walked


class _Items:
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


def _is_so(facts: Iterable[Fact], fact: Fact, out: set[int], emptied: bool) -> bool:
    """Whether a source stated a list so already, with these taken out."""
    own = [one for one in facts if (one.source, one.as_of) == (fact.source, fact.as_of)]
    if emptied:
        return any(one.value == () for one in own)
    gone = [one for one in own if isinstance(one.value, tuple)]
    return not out or any(out.isdisjoint([item.entity.number for item in one.value]) for one in gone)


def _read_added(record: Record, path: Path, added: Added) -> Iterator[tuple[str, Any]]:
    """Read what is said of a new item, each value by its term's kind."""
    for name, value in added.said:
        try:
            own = record.vocabulary.path(f".{name}", within=path.term.to, link=path.term.link)
        except UnknownTerm as error:
            raise _Refused(f"unknown term {named(name)}", error.remedy) from None
        yield name, _read_by(own, path.text, value)


def _telling(record: Record, entity: Entity) -> dict[str, Any]:
    """Give what a statement names a known entity by: its document; else what is known of it, so that it is not nobody."""
    told = _document_of(record, entity)
    if told and not _is_apart(record, entity):
        return told
    kind = record.vocabulary.types[entity.type]
    names = [kind.similar] if kind.similar else []
    names += [name for name in entity.settled if name not in names and name not in kind.documents]
    for name in names:
        value = _value(entity, name)
        if value is not None and kind.terms[name].to is None:
            said: dict[str, Any] = {}
            _say(said, name, value)
            return said
    return {}


def _nested(said: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path, value in said.items():
        _say(made, path, value)
    return made


def _under(said: dict[str, Any], path: str) -> dict[str, Any]:
    for branch in path.split("."):
        said = said.setdefault(branch, {})
    return said


def _say(said: dict[str, Any], path: str, value: Any) -> None:
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


def _read_by(path: Path, where: str, value: Any) -> Any:
    try:
        raw = list(value) if isinstance(value, tuple) else value
        return kinds.read(path.term.kind, raw, path.term.codes, unit=path.term.unit)
    except kinds.Unreadable as error:
        raise _Refused(f"the value of '{where}' is unreadable ({error})", "correct it") from None


def _readable(record: Record, path: Path, fact: Fact, entity: Entity | None) -> Any:
    """Read a fact's value and date as a statement's would be."""
    value = fact.value
    try:
        if fact.as_of is not None and date.fromisoformat(fact.as_of).isoformat() != fact.as_of:
            raise ValueError
    except (TypeError, ValueError):
        raise _Refused(f"the date of '{fact.path}' is no full date", "write it like 2026-11-23") from None
    if value is not Absence.NOT_APPLICABLE:
        value = _read_by(path, fact.path, value)
    if value is None:
        raise _Refused(
            f"'{fact.path}' has no value", "leave it out; Absence.NOT_APPLICABLE says that it does not apply"
        )
    only = record.vocabulary.types[entity.type].documents[:1] if entity is not None and not path.on_link else ()
    held = entity.settled.get(path.term.path) if entity is not None and path.term.path in only else None
    if held is not None and held[1] is not None and not _same_number(path.term.kind, held[1], value):
        what = f"'{fact.path}' would be another number than that by {', '.join(sorted({f.source for f in held[2]}))}"
        raise _Refused(what, "find out which is right; correct it at its source, or split what is about somebody else")
    return value


def _same_number(kind: str, one: Any, other: Any) -> bool:
    return bool(kinds.id_18(one) == kinds.id_18(other) if kind == "id_number" else one == other)


def _is_apart(record: Record, entity: Entity) -> bool:
    """Whether somebody decided that it is not the one whose documents it bears."""
    split_off = {anchor for decision in record.decisions if decision.what == "split" for anchor in decision.anchors}
    return not split_off.isdisjoint(record.anchors[entity.number])


def _is_known(entity: Entity, attribute: str, fact: Fact) -> bool:
    cell = entity.cells.get(attribute)
    told = (fact.value, fact.source, fact.as_of, fact.origin)
    return cell is not None and any((f.value, f.source, f.as_of, f.origin) == told for f in cell.facts)


def _document_of(record: Record, entity: Entity) -> dict[str, Any]:
    """Give the first document that an entity is known by, as a statement has it."""
    for attribute in record.vocabulary.types[entity.type].documents:
        found = entity.settled.get(attribute)
        if found is not None and isinstance(found[1], str):
            said: dict[str, Any] = {}
            _say(said, attribute, found[1])
            return said
    return {}


def merge(record: Record, one: Entity, other: Entity, *, by: str, on: date, why: str) -> Record:
    """Decide that two entities are one. See ``Record.merge``."""
    if one.number == other.number or one.type != other.type:
        what = "an entity merged with itself" if one.type == other.type else "entities of two kinds merged"
        raise RecordError([Problem(record.name, None, what, "name two entities of one kind")])
    anchors = (record.anchors[one.number][0], record.anchors[other.number][0])
    return decide(record, (*record.decisions, Decision("merge", anchors, by, on, why)))


def split(record: Record, entity: Entity, source: str, *, by: str, on: date, why: str) -> Record:
    """Decide that what a source says of an entity is said of another. See ``Record.split``."""
    sources = {mark_of(content_of(statement)): statement.get("source") for statement in record.statements}
    everywhere = record.anchors[entity.number]
    stated = tuple([anchor for anchor in everywhere if sources.get(anchor.split("/")[0]) == source])
    if not stated or len(stated) == len(everywhere):
        what = f"'{source}' does not speak of this entity" if not stated else f"only '{source}' speaks of this entity"
        raise RecordError([Problem(record.name, None, what, "name one of the several sources that speak of it")])
    return decide(record, (*record.decisions, Decision("split", stated, by, on, why)))


def undo(record: Record, decision: Decision) -> Record:
    """Take a decision back. See ``Record.undo``."""
    if decision not in record.decisions:
        raise RecordError([Problem(record.name, None, "not a decision of this record", "see record.decisions")])
    return decide(record, [kept for kept in record.decisions if kept != decision])


def decide(record: Record, decisions: Iterable[Decision]) -> Record:
    """Give the record as other decisions make it."""
    return _join(record, record.statements, tuple(decisions))


def _join(record: Record, statements: Iterable[Mapping[str, Any]], decisions: Iterable[Decision]) -> Record:
    document = Document(record.name, list(statements))
    return join(read_statements(document, record.vocabulary), record.vocabulary, document, tuple(decisions))


def proposals(record: Record) -> tuple[Proposal, ...]:
    """Propose which entities may be one, the likeliest first. See ``Record.proposals``."""
    from rapidfuzz import fuzz  # for proposals alone

    found = []
    for number, one in enumerate(record.entities):
        kind = record.vocabulary.types[one.type]
        for other in record.entities[number + 1 :] if kind.similar else ():
            if other.type != one.type or (_document_of(record, one) and _document_of(record, other)):
                continue
            names = (_value(one, kind.similar), _value(other, kind.similar))
            pairs = {attribute: (_value(one, attribute), _value(other, attribute)) for attribute in kind.same}
            known = {attribute: pair for attribute, pair in pairs.items() if None not in pair}
            if None in names or any(a != b for a, b in known.values()):
                continue
            score = fuzz.ratio(*map(str, names))
            if score >= LIKE:
                found.append(Proposal(one, other, score, tuple(known)))
    return tuple(sorted(found, key=lambda p: (-len(p.agree), -p.score, p.one.number, p.other.number)))


def _value(entity: Entity, attribute: str | None) -> Any:
    found = entity.settled.get(attribute or "")
    return found[1] if found is not None else None
