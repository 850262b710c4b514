"""Rows of exports → statements, joined by the subject's documents. They wait in a temporary file and not in memory."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

__all__ = ["Held", "Subjects"]

_TABLES: Final = """
PRAGMA journal_mode = OFF;
CREATE TABLE held (id INTEGER PRIMARY KEY, subject INTEGER, place TEXT, line INTEGER, said TEXT);
CREATE TABLE documents (id INTEGER, term TEXT, number TEXT);
CREATE TABLE known (term TEXT, number TEXT, subject INTEGER, PRIMARY KEY (term, number)) WITHOUT ROWID;
CREATE INDEX held_subject ON held (subject);
CREATE INDEX known_subject ON known (subject);
BEGIN;
"""


class Held(NamedTuple):
    """A row as it waits: its number, where it stands, and what it says."""

    id: int
    where: str
    line: int
    said: dict[str, Any]


class Subjects:
    """The rows of exports, each with the documents that say whose it is.

    What a row says is ``{"facts": {path: value}, "items": {list path: {path in the item: value}}, "documents": […], "broken": […]}``:
    the paths of the subject's documents, and of the lists of which an item could not be read.
    """

    def __init__(self, root: str, first: str, head: Mapping[str, str], groups: Mapping[str, str]) -> None:
        """Take the subject's root, the document that one subject has but one of, what begins each statement, and each path's group."""
        self._db = sqlite3.connect("", isolation_level=None)  # a temporary file that no other process sees
        self._db.executescript(_TABLES)
        self._root, self._first, self._head, self._groups = root, first, dict(head), groups
        self._size = 0

    def close(self) -> None:
        """Delete the file."""
        self._db.close()

    def __del__(self) -> None:
        """Delete the file when nobody can ask for it any more."""
        self.close()

    def hold(self, where: str, line: int, said: Mapping[str, Any], documents: Mapping[str, str]) -> int:
        """Keep what a row says; ``documents`` are the subject's: attribute → number. Give the row's number."""
        self._size += 1
        text = json.dumps(said, ensure_ascii=False)
        self._db.execute("INSERT INTO held VALUES (?, NULL, ?, ?, ?)", (self._size, where, line, text))
        for term, number in documents.items():
            self._db.execute("INSERT INTO documents VALUES (?, ?, ?)", (self._size, term, number))
        return self._size

    def strike(self, held: int, path: str, listed: str | None) -> bool:
        """Take back one value of a row (of an item, if ``listed`` names the list); say whether the row still says whose it is."""
        (text,) = self._db.execute("SELECT said FROM held WHERE id = ?", (held,)).fetchone()
        said = json.loads(text)
        (said["items"].get(listed, {}) if listed else said["facts"]).pop(path, None)
        self._db.execute("UPDATE held SET said = ? WHERE id = ?", (json.dumps(said, ensure_ascii=False), held))
        attribute = path.removeprefix(self._root + ".")
        self._db.execute("DELETE FROM documents WHERE id = ? AND term = ?", (held, attribute))
        if self._db.execute("SELECT 1 FROM documents WHERE id = ?", (held,)).fetchone():
            return True
        self.drop(held)
        return False

    def drop(self, held: int) -> None:
        """Forget a row."""
        self._db.execute("DELETE FROM held WHERE id = ?", (held,))

    def join(self) -> Iterator[Held]:
        """Find whose each row is, by its documents; give the rows that are dropped, since theirs belong to different subjects."""
        rows = self._db.execute("SELECT id, term, number FROM documents ORDER BY id")
        for held, documents in groupby(rows, key=itemgetter(0)):
            named = [(term, number) for _, term, number in documents]
            found = {s for one in named if (s := self._subject(*one)) is not None}
            firsts = {number for term, number in named if term == self._first}
            firsts.update(number for subject in found if (number := self._number(subject)) is not None)
            if len(firsts) > 1:
                yield self._row(held)
                self.drop(held)
                continue
            subject = min(found, default=held)
            for other in found - {subject}:
                self._db.execute("UPDATE held SET subject = ? WHERE subject = ?", (subject, other))
                self._db.execute("UPDATE known SET subject = ? WHERE subject = ?", (subject, other))
            self._db.execute("UPDATE held SET subject = ? WHERE id = ?", (subject, held))
            for one in named:
                self._db.execute("INSERT OR IGNORE INTO known VALUES (?, ?, ?)", (*one, subject))

    def _subject(self, term: str, number: str) -> int | None:
        found = self._db.execute("SELECT subject FROM known WHERE term = ? AND number = ?", (term, number)).fetchone()
        return found[0] if found else None

    def _number(self, subject: int) -> str | None:
        found = self._db.execute(
            "SELECT number FROM known WHERE subject = ? AND term = ?", (subject, self._first)
        ).fetchone()
        return found[0] if found else None

    def _row(self, held: int) -> Held:
        place, line, text = self._db.execute("SELECT place, line, said FROM held WHERE id = ?", (held,)).fetchone()
        return Held(held, place, line, json.loads(text))

    def __len__(self) -> int:
        """Count the subjects."""
        (count,) = self._db.execute("SELECT COUNT(DISTINCT subject) FROM held").fetchone()
        return int(count)

    def __iter__(self) -> Iterator[list[Held]]:
        """Give each subject's rows, in the order in which the subjects first stand in the exports."""
        rows = self._db.execute("SELECT subject, id, place, line, said FROM held ORDER BY subject, id")
        for _, group in groupby(rows, key=itemgetter(0)):
            yield [Held(held, place, line, json.loads(text)) for _, held, place, line, text in group]

    def statements(self) -> Iterator[list[dict[str, Any]]]:
        """Give each subject's statements."""
        for rows in self:
            yield self.stated(rows)

    def stated(self, rows: Iterable[Held]) -> list[dict[str, Any]]:
        """Put a subject's rows into statements: one, and one more for each that differs from it.

        Items of lists are gathered in the first, since a source's list is stated whole, or not at all. An entity that the subject names
        (the spouse) is stated as one row has it: two rows' halves are never put together.
        """
        plans: list[dict[str, dict[str, Any]]] = [{}]
        lists: dict[str, list[Any]] = {}
        broken: set[str] = set()
        for row in rows:
            broken.update(row.said["broken"])
            units: dict[str, dict[str, Any]] = {}
            for path, value in row.said["facts"].items():
                units.setdefault(self._groups.get(path, path), {})[path] = value
            identity = {unit: facts for unit, facts in units.items() if unit in self._identity(row)}
            rest = {unit: facts for unit, facts in units.items() if plans[0].setdefault(unit, facts) != facts}
            if rest and (other := {**identity, **rest}) not in plans[1:]:
                plans.append(other)
            for listed, item in row.said["items"].items():
                if _nested(item) not in lists.setdefault(listed, []):
                    lists[listed].append(_nested(item))
        made = [_nested({p: v for facts in plan.values() for p, v in facts.items()}) for plan in plans]
        for listed, items in lists.items():
            if listed not in broken:
                _put(made[0], listed, items)
        return [{**self._head, **statement} for statement in made]

    def _identity(self, row: Held) -> set[str]:
        return {path for path in row.said["facts"] if path in row.said["documents"]}


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Give paths and values as mappings in mappings, the way records are written."""
    made: dict[str, Any] = {}
    for path, value in flat.items():
        _put(made, path, value)
    return made


def _put(made: dict[str, Any], path: str, value: Any) -> None:
    *before, last = path.split(".")
    for part in before:
        made = made.setdefault(part, {})
    made[last] = value
