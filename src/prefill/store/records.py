"""The record store: statements in, records out, for many subjects and the links between them.

Statements are only ever added. Whose they are follows from the documents that they name: what shares a number is one entity, and what
is said of somebody in another's record is known in his own. A record is joined when it is asked for, of the subject's own statements and
of what all others say of him and of those whom he is linked to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from prefill.catalogue import Catalogue
from prefill.documents import parse_json
from prefill.errors import FileError, Problem, RecordError, StoreError, named, nearest
from prefill.records import Filing, Grant, Record
from prefill.store.adding import Added, add_lines
from prefill.store.choosing import Choice, compile_choice
from prefill.store.damage import whole
from prefill.store.databases import Database
from prefill.store.deciding import Identified, decided, merge, split, undo
from prefill.store.fetching import Found, Joining, fetch, record_of, subjects_of
from prefill.store.forgetting import Forgotten, forget, retain
from prefill.store.learning import learn
from prefill.store.lines import Subject, key_text, read_line
from prefill.store.migrations import open_part
from prefill.store.sayings import key_of
from prefill.store.tables import ENTITIES, IDENTITIES, STATEMENTS, STEPS
from prefill.store.tombstones import anchored
from prefill.store.verifying import verify

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from prefill.receiving import Receipt
    from prefill.rosters import Wait

__all__ = ["Added", "Store", "open_store"]

_CHUNK: Final = 500
_LACKING: Final = "there is no record store in it: check what it names, or add records first (prefill store add)"


def open_store(where: str | Path, catalogue: Catalogue, *, create: bool = True) -> "Store":
    """Open a record store: a SQLite file (made if it is not there, unless ``create`` is false), or a database by URL.

    Several processes may have one open, read and add. It may share its database with a ledger. Raises StoreError where it cannot be
    used or where there is none and ``create`` is false (nothing is written there then), and MissingExtra without SQLAlchemy.
    """
    return Store(open_part(where, "store", STEPS, _LACKING, create=create), catalogue)


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
            subjects, faults = read_line(statements, self.vocabulary, (where, line), root)
            problems += faults
            if subjects:
                read.append(subjects)
        if not read:
            return Added(problems=tuple(problems))
        with whole(self.name), self._database.writing() as connection:
            anchored(connection, [subject for subjects in read for subject in subjects])
            added = add_lines(connection, self.vocabulary, read)
        return added + Added(problems=tuple(problems))

    def record(self, root: str, id: str, *, linked: bool = True) -> Record:
        """Give the record of a subject: by its opaque id, or by a document's number.

        It is joined of the statements of the subject's own record, of what all others say of the subject, and (``linked``) of those whom
        these statements name. Raises StoreError where the store knows no such subject, and RecordError where no record can be made.
        """
        with whole(self.name), self._database.reading() as connection:
            entity, subject = self._find(connection, root, id)
            (found,) = fetch(connection, root, [(entity, subject)], linked=linked)
        if not found.statements:
            raise StoreError(f"{self.name}: nothing is said of that '{root}' but a number: add its record first")
        return record_of(found, self.vocabulary)

    def subject(self, root: str, id: str) -> str:
        """Give the opaque id of a subject by a document's number (or by an id that it had). Raises StoreError where there is none."""
        with whole(self.name), self._database.reading() as connection:
            return self._find(connection, root, id)[1]

    def records(
        self,
        root: str,
        where: Mapping[str, Any] | None = None,
        *,
        on: date | None = None,
        filing: Filing | None = None,
        grant: Grant | None = None,
        undecided: "Callable[[str, Record, tuple[Wait, ...]], None] | None" = None,
        linked: bool = True,
        bad: Callable[[str, RecordError], None] | None = None,
    ) -> Iterator[tuple[str, Record]]:
        """Go through the records of all subjects that statements take as this root: (opaque id, record), in the order they came.

        They are fetched some hundreds at a time, each time as of one moment, so that memory stays flat and writers are not held up.
        A subject whose statements contradict each other raises RecordError; with ``bad``, that is called instead and the rest goes on.

        ``where`` is a condition in the words of form specs (``{"resident.age": {"at_least": 80}}``), decided on the day ``on`` by the rules of
        rosters (``filing`` and ``grant`` as there): given are those alone of whom it surely holds. ``undecided`` is called with
        those of whom it may hold: id, record, and what that waits for. Raises SpecError for a condition with faults, at once.
        """
        self._check(root)
        if where is None:
            return self._records(root, linked, bad)
        if on is None:
            raise StoreError(f"{self.name}: a condition is decided for a day: give on=date(…)")
        choice = compile_choice(where, root, self.catalogue, on, filing, grant)
        return _chosen(self._records(root, linked, bad), choice, undecided)

    def _records(
        self, root: str, linked: bool, bad: Callable[[str, RecordError], None] | None
    ) -> Iterator[tuple[str, Record]]:
        for some in self._chunks(root, 0, linked):
            joining = Joining(self.vocabulary)
            for one in some:
                try:
                    record = joining.record(one)
                except RecordError as error:
                    if bad is None:
                        raise
                    bad(one.subject, error)
                else:
                    yield one.subject, record

    def stored(self, root: str, after: int = 0, *, linked: bool = True) -> Iterator[Found]:
        """Go through what is held of the same subjects, not yet joined (``record_of`` does that, in another process too), after an entity."""
        self._check(root)
        for some in self._chunks(root, after, linked):
            yield from some

    def _chunks(self, root: str, after: int, linked: bool) -> Iterator[list[Found]]:
        while True:
            with whole(self.name), self._database.reading() as connection:
                subjects = subjects_of(connection, root, after)
                found = fetch(connection, root, subjects, linked=linked) if subjects else []
            if not subjects:
                return
            yield found
            after = subjects[-1][0]

    def learn(self, receipt: "Receipt", id: str | None = None) -> Added:
        """Learn what a receipt teaches of its subject, in one transaction; learning the same twice changes nothing.

        The subject is found by the form's documents, or given by ``id``. What cannot be learnt stands in ``problems``; the rest is. Raises
        StoreError where the store does not know the subject.
        """
        root = receipt.filled.subject
        numbers = [number for _, number in receipt.before.identity]
        if id is None and not numbers:
            raise StoreError(f"{self.name}: the form names no document of its subject: give the subject's id")
        with whole(self.name), self._database.writing() as connection:
            subject = self._find(connection, root, id or numbers[0])
            return learn(connection, self.vocabulary, root, subject, receipt.facts)

    def forget(self, root: str, id: str, *, why: str, on: date) -> Forgotten:
        """Forget a subject: no record, no saying of others and no file of the database speaks of it any more, nor will one that is added again.

        What its record says of others by their documents stays known of them. A tombstone without any value stays, with ``why`` and ``on``.
        """
        with whole(self.name), self._database.erasing() as connection:
            entity, _ = self._find(connection, root, id)
            return forget(connection, self.vocabulary, entity, why, on)

    def retain(self, source: str, *, since: date, why: str) -> int:
        """Keep of a source only what it said since a day, also of what is added later; gives how many statements were taken out."""
        with whole(self.name), self._database.erasing() as connection:
            return retain(connection, self.vocabulary, source, since, why)

    def merge(self, root: str, one: str, other: str, *, by: str, on: date, why: str) -> int:
        """Decide that two subjects are one, which keeps the id of the first; gives the decision's number, by which ``undo`` takes it back.

        Raises StoreError where they cannot be one: two numbers of a document that there is only one of.
        """
        with whole(self.name), self._database.writing() as connection:
            told = {"by": by, "on": on.isoformat(), "why": why}
            first, second = self._find(connection, root, one), self._find(connection, root, other)
            return merge(connection, self.vocabulary, first, second, told)

    def split(self, root: str, id: str, source: str, *, by: str, on: date, why: str) -> tuple[int, str]:
        """Decide that what a source says of a subject, now and later, is said of another one.

        Gives the decision's number and the other's id. Raises StoreError where that source does not speak of it, or it alone.
        """
        with whole(self.name), self._database.writing() as connection:
            told = {"by": by, "on": on.isoformat(), "why": why}
            return split(connection, self.vocabulary, self._find(connection, root, id), source, told)

    def undo(self, number: int) -> None:
        """Take a decision on identities back. Raises StoreError where there is none of that number."""
        with whole(self.name), self._database.writing() as connection:
            undo(connection, self.vocabulary, number)

    def decisions(self) -> list[Identified]:
        """Give the decisions on identities that stand, in the order in which they were made."""
        with whole(self.name), self._database.reading() as connection:
            return list(decided(connection))

    def verify(self) -> tuple[Problem, ...]:
        """Look whether everything that is noted follows from the statements as they were written; gives each place where it does not."""
        with whole(self.name), self._database.reading() as connection:
            return tuple(verify(connection, self.vocabulary, self.name))

    def __len__(self) -> int:
        """Give the number of statements."""
        with whole(self.name), self._database.reading() as connection:
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
                raise StoreError(f"{what}: ask for one by its id (prefill store records)")
            row = rows[0] if rows else None
        while row is not None and row.into is not None:
            row = connection.execute(columns.where(ENTITIES.c.id == row.into)).first()
        if row is None or row.type != kind:
            raise StoreError(
                f"{self.name}: it knows no '{root}' of that id or number: check it, or add its record first"
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


def _chosen(
    records: Iterable[tuple[str, Record]],
    choice: Choice,
    undecided: "Callable[[str, Record, tuple[Wait, ...]], None] | None",
) -> Iterator[tuple[str, Record]]:
    for id, record in records:
        verdict = choice.of(record)
        if verdict is True:
            yield id, record
        elif verdict and undecided is not None:
            undecided(id, record, verdict)


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
