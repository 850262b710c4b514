"""What people decide of identities: that two subjects are one, or that what a source says of one is said of another; and taking it back."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select, update

from prefill.errors import StoreError
from prefill.records import Decision
from prefill.records.reading import Mention, Statement
from prefill.store.rereading import identities_of, reread, statements_of
from prefill.store.tables import DECISIONS, ENTITIES, IDENTITIES
from prefill.store.writing import Writing, next_id, unite
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Identified", "decided", "identified", "merge", "split", "undo"]


@dataclass(frozen=True, slots=True)
class Identified:
    """A decision on identities, as it is kept: its number, what was decided, of whom (opaque ids), by whom, when and why.

    A ``merge`` made ``subject`` of ``other`` too; a ``split`` took what ``source`` says of ``subject`` for what it says of ``other``.
    """

    number: int
    what: Literal["merge", "split"]
    subject: str
    other: str
    source: str | None
    by: str
    on: date
    why: str


def _keep(connection: "Connection", what: str, entity: int, told: dict[str, Any]) -> int:
    number = next_id(connection, DECISIONS.c.id)
    body = json.dumps({**told, "number": number}, ensure_ascii=False)
    connection.execute(insert(DECISIONS).values(id=number, entity=entity, what=what, body=body))
    return number


def merge(
    connection: "Connection", vocabulary: Vocabulary, one: tuple[int, str], other: tuple[int, str], told: dict[str, str]
) -> int:
    """Let one subject be another, too. Raises StoreError where they cannot be."""
    wanted = select(ENTITIES.c.id, ENTITIES.c.type).where(ENTITIES.c.id.in_([one[0], other[0]]))
    types = {row.id: row.type for row in connection.execute(wanted)}
    if one[0] == other[0] or len(set(types.values())) > 1:
        what = "they are one already" if one[0] == other[0] else "they are of two kinds"
        raise StoreError(f"'{one[1]}' and '{other[1]}' cannot be merged: {what}")
    keys = [identities_of(connection, entity) for entity, _ in (one, other)]
    writing = Writing(connection, vocabulary)
    if writing.contradicts(types[one[0]], [key for several in keys for key, source in several if not source], (0, 1)):
        raise StoreError(
            f"'{one[1]}' and '{other[1]}' cannot be merged: they have two numbers of a document that there is only one of"
        )
    unite(connection, other[0], one[0])
    sides = [[key for key, source in several if not source] for several in keys]
    return _keep(
        connection, "merge", one[0], {**told, "subject": one[1], "other": other[1], "sides": sides, "theirs": keys[1]}
    )


def split(
    connection: "Connection", vocabulary: Vocabulary, one: tuple[int, str], source: str, told: dict[str, str]
) -> tuple[int, str]:
    """Let what a source says of a subject be said of another; gives the decision's number and the other's opaque id."""
    entity, subject = one
    rows = statements_of(connection, entity)
    stated = [row for row in rows if row.source == source]
    if not stated or len(stated) == len(rows):
        what = "does not speak of him" if not stated else "alone speaks of him"
        raise StoreError(f"'{subject}' cannot be split: '{source}' {what}: name one of the several sources that do")
    keys = [key for key, own in identities_of(connection, entity) if own in ("", source)]
    other, name = next_id(connection, ENTITIES.c.id), token_hex(8)
    kind = connection.execute(select(ENTITIES.c.type).where(ENTITIES.c.id == entity)).scalar_one()
    connection.execute(insert(ENTITIES).values(id=other, type=kind, subject=name, into=None))
    taken = delete(IDENTITIES).where(IDENTITIES.c.entity == entity, IDENTITIES.c.source == source)
    connection.execute(taken)
    routes = [{"key": key, "source": source, "entity": other} for key in sorted(set(keys))]
    connection.execute(insert(IDENTITIES), [*routes, {"key": f"{kind}//{name}", "source": "", "entity": other}])
    reread(connection, vocabulary, stated)
    number = _keep(
        connection,
        "split",
        entity,
        {**told, "subject": subject, "other": name, "source": source, "keys": sorted(set(keys))},
    )
    return number, name


def undo(connection: "Connection", vocabulary: Vocabulary, number: int) -> None:
    """Take a decision back. Raises StoreError where there is none of that number."""
    row = connection.execute(select(DECISIONS).where(DECISIONS.c.id == number, DECISIONS.c.what != "record")).first()
    if row is None:
        raise StoreError(f"there is no decision {number}: see those that there are")
    told = json.loads(row.body)
    for later in decided(connection):
        if row.what == "split" and later.number > number and told["other"] in (later.subject, later.other):
            raise StoreError(f"decision {later.number} rests on decision {number}: take that one back first")
    other = connection.execute(select(ENTITIES.c.id).where(ENTITIES.c.subject == told["other"])).scalar()
    rows = statements_of(connection, row.entity)
    if row.what == "merge" and other is not None:
        connection.execute(update(ENTITIES).where(ENTITIES.c.id == other).values(into=None))
        for key, source in told["theirs"]:
            place = (IDENTITIES.c.key == key) & (IDENTITIES.c.source == source)
            connection.execute(update(IDENTITIES).where(place).values(entity=other))
    elif other is not None:
        rows = statements_of(connection, other)
        connection.execute(
            delete(IDENTITIES).where(IDENTITIES.c.entity == other, IDENTITIES.c.source == told["source"])
        )
        connection.execute(update(IDENTITIES).where(IDENTITIES.c.entity == other).values(entity=row.entity))
        connection.execute(update(ENTITIES).where(ENTITIES.c.id == other).values(into=row.entity))
    connection.execute(delete(DECISIONS).where(DECISIONS.c.id == number))
    reread(connection, vocabulary, rows)


def decided(connection: "Connection") -> Iterator[Identified]:
    """Go through the decisions that stand, in the order in which they were made."""
    wanted = select(DECISIONS.c.id, DECISIONS.c.what, DECISIONS.c.body).where(DECISIONS.c.what != "record")
    for number, what, body in connection.execute(wanted.order_by(DECISIONS.c.id)):
        told = json.loads(body)
        on = date.fromisoformat(told["on"])
        yield Identified(number, what, told["subject"], told["other"], told.get("source"), told["by"], on, told["why"])


def identified(
    statements: Sequence[Statement], decisions: Sequence[tuple[str, str]], subject: str
) -> Iterator[Decision]:
    """Give the store's decisions (what, body) as a record takes them: by where its statements mention those they speak of."""
    mentions = [(mention, _texts(mention)) for statement in statements for mention in _walk(statement)]
    for what, body in decisions:
        told = json.loads(body)
        about = told["by"], date.fromisoformat(told["on"]), told["why"]
        if what == "merge":
            sides = [
                next((mention.anchor for mention, keys in mentions if not keys.isdisjoint(side)), None)
                for side in told["sides"]
            ]
            if None not in sides:
                yield Decision("merge", tuple(str(anchor) for anchor in sides), *about)
        elif told["other"] != subject:
            keys = set(told["keys"])
            apart = [
                m.anchor for m, own in mentions if m.statement.source == told["source"] and not own.isdisjoint(keys)
            ]
            if apart:
                yield Decision("split", tuple(apart), *about)


def _texts(mention: Mention) -> set[str]:
    return {f"{mention.type}/{attribute}/{number}" for attribute, number in mention.documents}


def _walk(statement: Statement) -> Iterator[Mention]:
    waiting = [*(mention for _, _, mention in statement.roots if mention is not None), *statement.others]
    while waiting:
        mention = waiting.pop()
        yield mention
        waiting += [child for _, _, children in mention.roles for child in children]
