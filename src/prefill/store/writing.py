"""Writing what was read: entities by their identities, statements once each, and what they say of whom."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update

from prefill.store.lines import Mention, Piece, Subject
from prefill.store.tables import (
    DECISIONS,
    ENTITIES,
    IDENTITIES,
    MENTIONS,
    SAYINGS,
    STATEMENTS,
)
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Placed", "Writing", "chunks", "next_id", "unite"]

_AT_ONCE: Final = 5000  # values in one IN (…)


def chunks(values: Iterable[Any], size: int = _AT_ONCE) -> Iterator[list[Any]]:
    """Give values some thousands at a time: a statement takes only so many."""
    held = list(values)
    for start in range(0, len(held), size):
        yield held[start : start + size]


def next_id(connection: "Connection", column: Any) -> int:
    """Give the number after the last, in a transaction that has the database to itself."""
    return int(connection.execute(select(func.max(column))).scalar() or 0) + 1


@dataclass
class Writing:
    """What one transaction knows of the store, and what it is going to write."""

    connection: "Connection"
    vocabulary: Vocabulary
    routes: dict[tuple[str, str], int] = field(default_factory=dict)  # (identity, source or "") → entity
    known: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))  # entity → its identities
    merged: dict[int, int] = field(default_factory=dict)
    entities: list[dict[str, Any]] = field(default_factory=list)
    identities: list[dict[str, Any]] = field(default_factory=list)
    next: int = 0
    done: list[Callable[[], object]] = field(default_factory=list)  # what takes the latest steps back

    def load(self, subjects: Iterable[Subject]) -> None:
        """Look up whose the identities are that these statements name, and all identities of those."""
        keys: set[str] = set()
        for one in subjects:
            keys |= {*one.keys, one.anchor}
            keys.update(key for piece in one.pieces for mention in piece.mentions for key in mention.keys)
        owners: set[int] = set()
        for some in chunks(sorted(keys)):
            rows = self.connection.execute(
                select(IDENTITIES.c.key, IDENTITIES.c.source, IDENTITIES.c.entity).where(IDENTITIES.c.key.in_(some))
            )
            for key, source, entity in rows:
                self.routes[key, source] = entity
                owners.add(entity)
        for some in chunks(sorted(owners)):
            wanted = select(IDENTITIES.c.key, IDENTITIES.c.entity).where(
                IDENTITIES.c.entity.in_(some), IDENTITIES.c.source == ""
            )
            for key, entity in self.connection.execute(wanted):
                self.known[entity].append(key)
        self.next = next_id(self.connection, ENTITIES.c.id)

    def find(self, entity: int) -> int:
        """Give the entity that this one is by now."""
        while entity in self.merged:
            entity = self.merged[entity]
        return entity

    def owner(self, key: str, source: str) -> int | None:
        """Give whose an identity is, where this source says so."""
        found = self.routes.get((key, source))
        if found is None:
            found = self.routes.get((key, ""))
        return None if found is None else self.find(found)

    def resolve(self, kind: str, keys: Sequence[str], source: str) -> int | None:
        """Give the entity of these identities, made if there is none, joined if there were several; None where it cannot be one."""
        owners = list(dict.fromkeys([o for key in keys if (o := self.owner(key, source)) is not None]))
        if self.contradicts(kind, keys, owners):
            return None
        if not owners:
            entity = self.make(kind)
        else:
            entity = min(owners)
            for other in owners:
                if other != entity:
                    self.merged[other] = entity
                    self.done.append(partial(self.merged.pop, other))
                    self.know(entity, [*self.known[entity], *self.known[other]])
        for key in keys:
            if (key, source) not in self.routes and (key, "") not in self.routes:
                self.routes[key, ""] = entity
                self.identities.append({"key": key, "source": "", "entity": entity})
                self.done += [partial(self.routes.pop, (key, "")), self.identities.pop]
                self.know(entity, [*self.known[entity], key])
        return entity

    def contradicts(self, kind: str, keys: Sequence[str], owners: Collection[int]) -> bool:
        """Whether one entity would have two numbers of the document that it has only one of."""
        only = self.vocabulary.types[kind].documents[:1]
        if not only or (len(keys) < 2 and len(owners) < 2):
            return False
        start = f"{kind}/{only[0]}/"
        numbers = {key for key in keys if key.startswith(start)}
        for owner in owners:
            numbers.update(key for key in self.known[owner] if key.startswith(start))
        return len(numbers) > 1

    def make(self, kind: str) -> int:
        """Make an entity that nobody named before."""
        entity = self.next
        self.next += 1
        self.entities.append({"id": entity, "type": kind, "subject": token_hex(8), "into": None})
        self.done.append(self.entities.pop)
        return entity

    def know(self, entity: int, keys: list[str]) -> None:
        """Note all identities of an entity."""
        self.done.append(partial(self.known.__setitem__, entity, self.known[entity]))
        self.known[entity] = keys

    def take_back(self) -> None:
        """Take back what the latest record came to: it is refused."""
        for step in reversed(self.done):
            step()
        self.done.clear()

    def place(self, subject: Subject, context: int | None = None) -> "list[Placed] | None":
        """Give each statement of a subject with the entities that it is about; None where one of them would be two.

        ``context`` is the subject's entity, where that is decided and does not follow from the identities.
        """
        own = subject.keys or (subject.anchor,)
        stated = [(m.type, m.keys, p.source) for p in subject.pieces for m in p.mentions if m.keys]
        if context is None:
            stated += [(subject.type, own, piece.source) for piece in subject.pieces]
        for kind, keys, source in stated:
            owners = {o for key in keys if (o := self.owner(key, source)) is not None}
            if (len(keys) > 1 or len(owners) > 1) and self.contradicts(kind, keys, owners):
                return None
        placed: list[Placed] = []
        for piece in subject.pieces:
            of = context if context is not None else self.resolve(subject.type, own, piece.source)
            entities = []
            for mention in piece.mentions:
                is_subject = mention.root is not None and mention.root == subject.root
                entities.append(of if is_subject else self.resolve(mention.type, mention.keys, piece.source))
            if of is None or None in entities:
                return None
            placed.append(Placed(piece, of, subject.root, subject.anchor, [one for one in entities if one is not None]))
        return placed

    def write(self, placed: "Sequence[Placed]") -> int:
        """Write statements that are not there yet, and all that was made on the way; gives how many were new."""
        connection = self.connection
        self.settle()
        there: set[tuple[int, str]] = set()
        for some in chunks({one.piece.digest for one in placed}):
            wanted = select(STATEMENTS.c.context, STATEMENTS.c.digest).where(STATEMENTS.c.digest.in_(some))
            there.update((context, digest) for context, digest in connection.execute(wanted))
        new: dict[tuple[int, str], Placed] = {}
        for one in placed:
            place = self.find(one.context), one.piece.digest
            if place not in there:
                new.setdefault(place, one)
        if new:
            number = next_id(connection, STATEMENTS.c.id)
            statements = [(number + n, context, one) for n, ((context, _), one) in enumerate(new.items())]
            connection.execute(insert(STATEMENTS), [_statement(*row) for row in statements])
            self.mention([(id, one.piece.mentions, one.of) for id, _, one in statements])
        return len(new)

    def settle(self) -> None:
        """Write the entities and identities that were made, and join those that were found to be one."""
        if self.entities:
            self.connection.execute(insert(ENTITIES), self.entities)
        if self.identities:
            rows = [{**row, "entity": self.find(row["entity"])} for row in self.identities]
            self.connection.execute(insert(IDENTITIES), rows)
        for other in self.merged:
            unite(self.connection, other, self.find(other))

    def mention(self, statements: Sequence[tuple[int, Sequence[Mention], Sequence[int]]]) -> None:
        """Write whom statements name and what they say of each; what was said before is there already."""
        rows = [
            (id, mention, self.find(e))
            for id, mentions, of in statements
            for mention, e in zip(mentions, of, strict=True)
        ]
        ids: dict[tuple[int, str], int] = {}
        for some in chunks({mention.digest for _, mention, _ in rows if mention.digest}):
            wanted = select(SAYINGS.c.entity, SAYINGS.c.digest, SAYINGS.c.id).where(SAYINGS.c.digest.in_(some))
            ids.update(((entity, digest), id) for entity, digest, id in self.connection.execute(wanted))
        number = next_id(self.connection, SAYINGS.c.id)
        sayings = []
        for _, mention, entity in rows:
            if mention.digest and (entity, mention.digest) not in ids:
                ids[entity, mention.digest] = number
                row = {"id": number, "entity": entity, "digest": mention.digest, "body": mention.saying}
                sayings.append(row)
                number += 1
        if sayings:
            self.connection.execute(insert(SAYINGS), sayings)
        if rows:
            values = [
                {
                    "statement": id,
                    "entity": entity,
                    "root": mention.root,
                    "saying": ids.get((entity, mention.digest or "")),
                }
                for id, mention, entity in rows
            ]
            self.connection.execute(insert(MENTIONS), values)


@dataclass(slots=True)
class Placed:
    """A statement, whose record it belongs to, and the entities of its mentions."""

    piece: Piece
    context: int
    root: str | None
    anchor: str
    of: list[int]


def _statement(id: int, context: int, one: Placed) -> dict[str, Any]:
    piece = one.piece
    head = {"id": id, "context": context, "root": one.root, "anchor": one.anchor, "source": piece.source}
    return {**head, "as_of": piece.as_of, "roots": piece.roots, "digest": piece.digest, "body": piece.body}


def unite(connection: "Connection", other: int, entity: int) -> None:
    """Let all that is stored of one entity be of another; what was said of both is kept once."""
    there = select(STATEMENTS.c.digest).where(STATEMENTS.c.context == entity)
    wanted = select(STATEMENTS.c.id).where(STATEMENTS.c.context == other, STATEMENTS.c.digest.in_(there))
    for twice in chunks(connection.execute(wanted).scalars()):
        connection.execute(delete(MENTIONS).where(MENTIONS.c.statement.in_(twice)))
        connection.execute(delete(STATEMENTS).where(STATEMENTS.c.id.in_(twice)))
    connection.execute(update(STATEMENTS).where(STATEMENTS.c.context == other).values(context=entity))
    own = connection.execute(select(SAYINGS.c.digest, SAYINGS.c.id).where(SAYINGS.c.entity == entity))
    said = {row.digest: row.id for row in own}
    for digest, id in connection.execute(select(SAYINGS.c.digest, SAYINGS.c.id).where(SAYINGS.c.entity == other)).all():
        if digest in said:
            connection.execute(update(MENTIONS).where(MENTIONS.c.saying == id).values(saying=said[digest]))
            connection.execute(delete(SAYINGS).where(SAYINGS.c.id == id))
    connection.execute(update(SAYINGS).where(SAYINGS.c.entity == other).values(entity=entity))
    connection.execute(update(MENTIONS).where(MENTIONS.c.entity == other).values(entity=entity))
    connection.execute(update(IDENTITIES).where(IDENTITIES.c.entity == other).values(entity=entity))
    connection.execute(update(DECISIONS).where(DECISIONS.c.entity == other).values(entity=entity))
    connection.execute(update(ENTITIES).where(ENTITIES.c.into == other).values(into=entity))
    connection.execute(update(ENTITIES).where(ENTITIES.c.id == other).values(into=entity))
