"""Who was forgotten, and what is no longer kept: marks without a value, which everything that is added is held against.

A mark is a keyed digest (HMAC-SHA256, with a key that the store made for itself) of an identity: the bare digest of an ID number could be
found by trying all numbers. Where others may have spoken of somebody by his name alone, the name is marked, too, for their records.
"""

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from prefill.store.lines import Subject, key_text, lent_of, read_again, read_line
from prefill.store.redacting import name_of, redact, rest_of
from prefill.store.sayings import Key, Names
from prefill.store.tables import IDENTITIES, KEYS, RETENTIONS, TOMBSTONES, keyed
from prefill.store.writing import chunks
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Guard", "anchored", "mark_key", "mark_of", "of_name", "of_source"]


def mark_key(connection: "Connection") -> bytes:
    """Give the key by which this store makes tombstones."""
    return bytes.fromhex(connection.execute(select(KEYS.c.key).where(KEYS.c.name == "tombstones")).scalar_one())


def mark_of(key: bytes, *words: str) -> str:
    """Give the mark of an identity, or of what else tells somebody: nothing can be found from it without the key."""
    return hmac.new(key, json.dumps(words).encode(), "sha256").hexdigest()


def of_source(identity: str, source: str) -> tuple[str, ...]:
    """Give what is marked of an identity; of one that is somebody's only where a source says so, with the source."""
    return (identity, source) if source else (identity,)


def of_name(record: str, name: str) -> tuple[str, ...]:
    """Give what is marked of a name in the record of another: the identity of that record's subject, and the name."""
    return ("name", record, name)


def anchored(connection: "Connection", subjects: Iterable[Subject]) -> None:
    """Let what stands for a subject without a document tell nothing of its statements: it is a digest of them, now a keyed one."""
    key: bytes | None = None
    for one in subjects:
        kind, bare, mark = one.anchor.partition("//")
        if bare:
            key = key or mark_key(connection)
            one.anchor = f"{kind}//{keyed(key, mark)}"


class Guard:
    """Keeps out of what is added whoever was forgotten, and what sources said before the day since which it is kept."""

    def __init__(self, connection: "Connection", vocabulary: Vocabulary) -> None:
        """Look up what is kept out."""
        self.connection = connection
        self.vocabulary = vocabulary
        rows = connection.execute(select(RETENTIONS.c.source, RETENTIONS.c.since))
        self.since = {row.source: row.since for row in rows}
        some = connection.execute(select(TOMBSTONES.c.mark).limit(1)).first()
        self.key = mark_key(connection) if some is not None else None

    def admit(self, lines: Sequence[Sequence[Subject]]) -> tuple[list[list[Subject]], int, int]:
        """Give what may be added, how many statements are too old, and how many records spoke of somebody forgotten."""
        old = 0
        if self.since:
            for subject in (one for line in lines for one in line):
                kept = [p for p in subject.pieces if p.as_of is None or p.as_of >= self.since.get(p.source, "")]
                old += len(subject.pieces) - len(kept)
                subject.pieces = kept
            lines = [[one for one in line if one.pieces] for line in lines]
        if self.key is None:
            return [list(line) for line in lines if line], old, 0
        subjects = [one for line in lines for one in line]
        gone = self._gone(subjects)
        while tied := self._tied(subjects, gone):
            self._mark_too(tied)
            gone |= tied.keys()
        if not gone:
            return [list(line) for line in lines if line], old, 0
        admitted: list[list[Subject]] = []
        touched = 0
        for line in lines:
            found = [kept for one in line for kept in self._without(one, gone)]
            touched += found != list(line)
            admitted.append(found)
        return [line for line in admitted if line], old, touched

    def _gone(self, subjects: Sequence[Subject]) -> set[tuple[str, ...]]:
        """Give what of all that these statements name is marked."""
        wanted: dict[str, tuple[str, ...]] = {}
        told: set[tuple[str, ...]] = set()
        for one in subjects:
            for piece in one.pieces:
                keys = {*one.keys, one.anchor, *(key for mention in piece.mentions for key in mention.keys)}
                told.update(words for key in keys for words in (of_source(key, ""), of_source(key, piece.source)))
            told.update(of_name(key, name) for name in self._names(one) for key in one.keys)
        key = self.key or b""
        wanted = {mark_of(key, *words): words for words in told}
        found: set[tuple[str, ...]] = set()
        for some in chunks(wanted):
            rows = self.connection.execute(select(TOMBSTONES.c.mark).where(TOMBSTONES.c.mark.in_(some)))
            found |= {wanted[mark] for (mark,) in rows}
        return found

    def _tied(self, subjects: Sequence[Subject], gone: set[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Give the numbers that these statements say to be of somebody forgotten, and that are nobody's yet: each with one that is marked."""
        found: dict[tuple[str, ...], tuple[str, ...]] = {}
        for one in subjects:
            for piece in one.pieces:
                for keys in (one.keys, *(mention.keys for mention in piece.mentions)):
                    marked = [words for key in keys for words in _both(key, piece.source) if words in gone]
                    for key in keys if marked and len(keys) > 1 else ():
                        words = of_source(key, piece.source if len(marked[0]) > 1 else "")
                        if gone.isdisjoint(_both(key, piece.source)):
                            found.setdefault(words, marked[0])
        for some in chunks({words[0] for words in found}):
            held = select(IDENTITIES.c.key).where(IDENTITIES.c.key.in_(some))
            for key in self.connection.execute(held).scalars():
                found = {words: by for words, by in found.items() if words[0] != key}
        return found

    def _mark_too(self, tied: dict[tuple[str, ...], tuple[str, ...]]) -> None:
        """Mark more numbers of somebody forgotten, for the reason and the day that he was forgotten for."""
        key = self.key or b""
        by = {mark_of(key, *marked): marked for marked in tied.values()}
        rows = self.connection.execute(select(TOMBSTONES).where(TOMBSTONES.c.mark.in_(list(by))))
        told = {by[row.mark]: {"why": row.why, "on": row.on} for row in rows}
        made = [{"mark": mark_of(key, *words), **told[marked]} for words, marked in tied.items() if marked in told]
        if made:
            self.connection.execute(insert(TOMBSTONES), made)

    def _names(self, subject: Subject) -> set[str]:
        """Give the names of those whom a subject's statements name without a document."""
        found = set()
        for piece in subject.pieces:
            for one in Names(self.vocabulary).of(json.loads(piece.body)):
                if not one.keys and one.root is None and (name := name_of(self.vocabulary, one.type, one.said)):
                    found.add(name)
        return found

    def _without(self, subject: Subject, gone: set[tuple[str, ...]]) -> list[Subject]:
        """Give a subject's statements without those who are gone; if he is one of them, what is left of others."""
        own = [subject.anchor, *subject.keys]
        named = {key for piece in subject.pieces for mention in piece.mentions for key in mention.keys}
        told = {words for piece in subject.pieces for key in named for words in _both(key, piece.source)}
        told |= {words for piece in subject.pieces for key in own for words in _both(key, piece.source)}
        told |= {of_name(key, name) for name in self._names(subject) for key in subject.keys}
        if gone.isdisjoint(told):
            return [subject]
        found: list[Subject] = []
        kept = replace(subject, pieces=[])
        for piece in subject.pieces:

            def is_gone(_: str, keys: Sequence[Key], name: str | None, source: str = piece.source) -> bool:
                told = [words for key in keys for words in _both(key_text(key), source)]
                told += [of_name(key, name) for key in subject.keys] if name is not None else []
                return not gone.isdisjoint(told)

            statement = json.loads(piece.body)
            if not gone.isdisjoint([words for key in own for words in _both(key, piece.source)]):
                for rest in rest_of(statement, self.vocabulary, is_gone):
                    found += read_line([rest], self.vocabulary, subject.place)[0]
                continue
            told_anew = redact(statement, self.vocabulary, is_gone, lent_of(piece.roots))
            again = read_again(told_anew, self.vocabulary, subject.root, subject.anchor, subject.keys, piece.roots)
            kept.pieces += again.pieces
        return [kept, *found] if kept.pieces else found


def _both(key: str, source: str) -> Iterable[tuple[str, ...]]:
    return of_source(key, ""), of_source(key, source)
