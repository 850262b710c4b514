"""The record store: statements in, records out, for many subjects and the links between them.

Statements are only ever added. Whose they are follows from the documents that they name: what shares a number is one entity, and what
is said of somebody in another's record is known in his own. A record is joined when it is asked for, of the subject's own statements and
of what all others say of him and of those whom he is linked to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from prefill.catalogue import Catalogue
from prefill.documents import parse_json
from prefill.errors import FileError, Problem, RecordError, StoreError, named, nearest
from prefill.records import Record
from prefill.store.adding import Placed, Writing
from prefill.store.databases import Database, open_database
from prefill.store.fetching import fetch, record_of, subjects_of
from prefill.store.lines import Subject, key_text, read_line
from prefill.store.migrations import migrate
from prefill.store.sayings import key_of
from prefill.store.tables import ENTITIES, IDENTITIES, STATEMENTS, STEPS

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Added", "Store", "open_store"]

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Added:
    """What became of what was added: records taken, statements that are new, those that were there; what was refused, and why.

    ``forgotten`` counts records that spoke of somebody who was forgotten: without him, they were taken.
    """

    records: int = 0
    statements: int = 0
    known: int = 0
    forgotten: int = 0
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: "Added") -> "Added":
        """Add what became of more."""
        return Added(
            self.records + other.records,
            self.statements + other.statements,
            self.known + other.known,
            self.forgotten + other.forgotten,
            (*self.problems, *other.problems),
        )


def open_store(where: str | Path, catalogue: Catalogue, *, create: bool = True) -> "Store":
    """Open a record store: a SQLite file (made if it is not there, unless ``create`` is false), or a database by URL.

    Several processes may have one open, read and add. It may share its database with a ledger. Raises StoreError where it cannot be
    used, and MissingExtra without SQLAlchemy.
    """
    database = open_database(where, create=create)
    migrate(database, "store", STEPS)
    return Store(database, catalogue)


class Store:
    """An open record store; use it in a ``with``, or close it. It may be shared between threads."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        """Take the database and the catalogue; use ``open_store`` to make one."""
        self._database = database
        self.catalogue = catalogue
        self.vocabulary = catalogue.vocabulary

    @property
    def name(self) -> str:
        """What messages call it: the file's name, or the URL without its password."""
        return self._database.name

    def add(self, statements: Iterable[Mapping[str, Any]] | Mapping[str, Any], *, root: str | None = None) -> Added:
        """Add the statements of one record; what is there already is not added again.

        The record is that of the first root of the vocabulary for which they name a document (``root`` names another). Raises
        RecordError where they cannot be stored. When this returns they are on the disk.
        """
        given = [statements] if isinstance(statements, Mapping) else list(statements)
        added = self._add([("record", None, given)], root)
        if added.problems:
            raise RecordError(added.problems)
        return added

    def add_all(
        self,
        records: Iterable[Sequence[Mapping[str, Any]]],
        *,
        root: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Added:
        """Add many records, some hundreds in a transaction. What cannot be stored stands in ``problems``, by its place; the rest is added.

        ``progress`` is called with the number of records after each transaction.
        """
        numbered = (("record", number, statements) for number, statements in enumerate(records, 1))
        return self._add_many(numbered, root, progress)

    def add_file(
        self, path: Path | str, *, root: str | None = None, progress: Callable[[int], None] | None = None
    ) -> Added:
        """Add a file of JSON lines: a line is a record, a list of statements, or one statement.

        Lines that are no JSON, or cannot be stored, stand in ``problems`` by their numbers; the rest is added. Raises FileError where the
        file cannot be read.
        """
        with _reading(Path(path)) as lines:
            return self._add_many(_parsed(lines, str(path)), root, progress)

    def _add_many(
        self, given: Iterable[tuple[str, int | None, Any]], root: str | None, progress: Callable[[int], None] | None
    ) -> Added:
        total, chunk = Added(), list[tuple[str, int | None, Any]]()
        for one in given:
            chunk.append(one)
            if len(chunk) == _CHUNK:
                total += self._add(chunk, root)
                if progress is not None:
                    progress(len(chunk))
                chunk = []
        total += self._add(chunk, root)
        if chunk and progress is not None:
            progress(len(chunk))
        return total

    def _add(self, chunk: Sequence[tuple[str, int | None, Any]], root: str | None) -> Added:
        read: list[list[Subject]] = []
        problems: list[Problem] = []
        for where, line, statements in chunk:
            if isinstance(statements, Problem):
                problems.append(statements)
                continue
            subjects, faults = read_line(statements, self.vocabulary, where, line, root)
            problems += faults
            if subjects:
                read.append(subjects)
        if not read:
            return Added(problems=tuple(problems))
        with self._database.writing() as connection:
            added = write(connection, self.vocabulary, read)
        return added + Added(problems=tuple(problems))

    def record(self, root: str, id: str) -> Record:
        """Give the record of a subject: of its opaque id, or of a document's number (``420112195003150023``).

        Raises StoreError where the store knows none.
        """
        with self._database.reading() as connection:
            entity, subject = self._find(connection, root, id)
            (found,) = fetch(connection, root, [(entity, subject)])
        return record_of(found, self.vocabulary)

    def subject(self, root: str, id: str) -> str:
        """Give the opaque id of a subject by a document's number (or by an id that it had). Raises StoreError where there is none."""
        with self._database.reading() as connection:
            return self._find(connection, root, id)[1]

    def records(
        self, root: str, *, bad: Callable[[str, RecordError], None] | None = None
    ) -> Iterator[tuple[str, Record]]:
        """Go through the records of all subjects that statements take as this root: (opaque id, record), in the order they came.

        They are fetched some hundreds at a time, each time as of one moment, so that memory stays flat and writers are not held up.
        A subject whose statements contradict each other raises RecordError; with ``bad``, that is called instead and the rest goes on.
        """
        self._check(root)
        after = 0
        while True:
            with self._database.reading() as connection:
                subjects = subjects_of(connection, root, after)
                found = fetch(connection, root, subjects) if subjects else []
            for one in found:
                try:
                    record = record_of(one, self.vocabulary)
                except RecordError as error:
                    if bad is None:
                        raise
                    bad(one.subject, error)
                else:
                    yield one.subject, record
            if not subjects:
                return
            after = subjects[-1][0]

    def __len__(self) -> int:
        """Give the number of statements."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(STATEMENTS)).scalar_one()

    def _check(self, root: str) -> str:
        if root not in self.vocabulary.roots:
            near = nearest(root, self.vocabulary.roots)
            remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(self.vocabulary.roots)
            raise StoreError(f"{self.name}: unknown root {named(root)}: {remedy}")
        return self.vocabulary.roots[root]

    def _find(self, connection: "Connection", root: str, id: str) -> tuple[int, str]:
        """Find a subject by its opaque id or a document's number; what is asked for is not repeated in the error: it may be private."""
        kind = self._check(root)
        columns = select(ENTITIES.c.id, ENTITIES.c.type, ENTITIES.c.subject, ENTITIES.c.into)
        row = connection.execute(columns.where(ENTITIES.c.subject == id)).first()
        if row is None:
            keys = {key_of(self.vocabulary, kind, document, id) for document in self.vocabulary.types[kind].documents}
            owner = select(IDENTITIES.c.entity).where(
                IDENTITIES.c.key.in_([key_text(key) for key in keys if key]), IDENTITIES.c.source == ""
            )
            rows = connection.execute(columns.where(ENTITIES.c.id.in_(owner))).all()
            if len(rows) > 1:
                what = f"{self.name}: two of type '{kind}' have documents of that number"
                raise StoreError(f"{what}: ask for one by its id (prefill store list)")
            row = rows[0] if rows else None
        while row is not None and row.into is not None:
            row = connection.execute(columns.where(ENTITIES.c.id == row.into)).first()
        if row is None or row.type != kind:
            raise StoreError(
                f"{self.name}: it knows no '{root}' of that id or number: check it, or add his record first"
            )
        return row.id, row.subject

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> "Store":
        """Give the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Name the store."""
        return f"<Store {self.name}>"


def write(connection: "Connection", vocabulary: Any, lines: Sequence[Sequence[Subject]]) -> Added:
    """Write what was read of lines, in a transaction that has the database to itself."""
    writing = Writing(connection, vocabulary)
    keys = {key for subjects in lines for one in subjects for key in (*one.keys, one.anchor)}
    keys |= {key for subjects in lines for one in subjects for p in one.pieces for m in p.mentions for key in m.keys}
    writing.load(keys)
    placed: list[Placed] = []
    problems: list[Problem] = []
    records = 0
    for subjects in lines:
        for subject in subjects:
            of = writing.place(subject)
            if of is None:
                what = "an entity would have two numbers of the document that it has only one of"
                remedy = "find out at the sources which is right, or which document is another's"
                problems.append(Problem(subject.where.where, subject.where.line, what, remedy))
                continue
            records += 1
            placed += of
    new = writing.write(placed)
    return Added(records, new, len(placed) - new, 0, tuple(problems))


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[bytes]]:
    try:
        with path.open("rb") as file:
            yield iter(file)
    except FileNotFoundError:
        raise FileError([Problem(str(path), None, "there is no such file", "check the path")]) from None
    except IsADirectoryError:
        raise FileError([Problem(str(path), None, "it is a folder", "name a file")]) from None


def _parsed(lines: Iterable[bytes], where: str) -> Iterator[tuple[str, int | None, Any]]:
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            yield where, number, Problem(where, number, "not UTF-8 text", "save the file as UTF-8")
            continue
        document = parse_json(text, where)
        if document.problems:
            first = document.problems[0]
            yield where, number, Problem(where, number, first.what, first.remedy)
        else:
            yield where, number, document.data
