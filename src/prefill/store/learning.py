"""What receipts teach, written in the transaction that read the record: of two who learn at once, neither loses what the other learnt."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from prefill.errors import Problem
from prefill.records import Fact, Record
from prefill.records.strangers import differ
from prefill.store.adding import CONTRADICTION, Added
from prefill.store.fetching import Found, fetch, record_of
from prefill.store.lines import Subject, read_again
from prefill.store.rereading import identities_of
from prefill.store.sayings import Named, Names
from prefill.store.tables import DECISIONS, SAYINGS
from prefill.store.tombstones import Guard
from prefill.store.writing import Writing, next_id
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["learn"]


def learn(
    connection: "Connection", vocabulary: Vocabulary, root: str, subject: tuple[int, str], facts: Iterable[Fact]
) -> Added:
    """Let a subject's record learn facts, in a transaction that has the database to itself; gives what became of them."""
    (found,) = fetch(connection, root, [subject])
    record = record_of(found, vocabulary)
    learned = record.learn(facts)
    problems = [problem for problem in learned.problems if problem not in record.problems]
    made = learned.statements[len(record.statements) :]
    known = identities_of(connection, subject[0])
    plain = [key for key, source in known if not source]
    anchor = next(iter(plain), f"{vocabulary.roots[root]}//{subject[1]}")
    keys = plain or [anchor]
    subjects = [read_again(statement, vocabulary, root, anchor, keys) for statement in made]
    admitted, outdated, forgotten = Guard(connection, vocabulary).admit([[one] for one in subjects])
    pieces = [one for line in admitted for one in line if one.anchor == anchor]
    writing = Writing(connection, vocabulary)
    writing.load(pieces)
    placed = []
    for one in pieces:
        if _is_stranger(connection, vocabulary, writing, one, found):
            what = "a number that is to be learnt is that of one who goes by another name"
            problems.append(Problem(subject[1], None, what, "find out whose number it is"))
            continue
        writing.done.clear()
        of = writing.place(one, subject[0])
        if of is None:
            writing.take_back()
            problems.append(Problem(subject[1], None, *CONTRADICTION))
        else:
            placed += of
    new = writing.write(placed)
    _decide(connection, subject[0], record, learned)
    return Added(1, new, len(placed) - new, outdated, forgotten, tuple(problems))


def _decide(connection: "Connection", entity: int, record: Record, learned: Record) -> None:
    """Keep what learning decided of those without a document."""
    held = set(connection.execute(select(DECISIONS.c.body).where(DECISIONS.c.entity == entity)).scalars())
    made = [one for one in learned.decisions if one not in record.decisions]
    bodies = [json.dumps([d.what, d.anchors, d.by, d.on.isoformat(), d.why], ensure_ascii=False) for d in made]
    number = next_id(connection, DECISIONS.c.id)
    rows = [
        {"id": number + n, "entity": entity, "what": "record", "body": body}
        for n, body in enumerate(dict.fromkeys(body for body in bodies if body not in held))
    ]
    if rows:
        connection.execute(insert(DECISIONS), rows)


def _is_stranger(
    connection: "Connection", vocabulary: Vocabulary, writing: Writing, subject: Subject, found: Found
) -> bool:
    """Whether a statement gives somebody the number of one who is in the store, is not in this record, and goes by another name."""
    before = {key for statement in found.statements for one in Names(vocabulary).of(statement) for key in one.keys}
    for piece in subject.pieces:
        for one in Names(vocabulary).of(json.loads(piece.body)):
            marks = _marks(vocabulary, [one])
            if not marks or not one.keys or not before.isdisjoint(one.keys):
                continue
            owners = {writing.owner("/".join(key), piece.source) for key in one.keys} - {None}
            wanted = select(SAYINGS.c.body).where(SAYINGS.c.entity.in_(owners))
            said = [Names(vocabulary).of(json.loads(body))[0] for body in connection.execute(wanted).scalars()]
            if differ(marks, _marks(vocabulary, said)):
                return True
    return False


def _marks(vocabulary: Vocabulary, named: Sequence[Named]) -> Mapping[str, Sequence[str]]:
    """Give what one is told from another by: names, birth dates."""
    found: dict[str, list[str]] = {}
    for one in named:
        of = vocabulary.types[one.type]
        for name in (*([of.similar] if of.similar else []), *of.same):
            value: Any = one.said.get(name)
            if isinstance(value, str):
                found.setdefault(name, []).append(value)
    return found
