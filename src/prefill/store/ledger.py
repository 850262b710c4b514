"""The ledger: each fill and each receipt once, as counts, in a chain that shows what was changed, taken out or moved.

Entry *n* holds the hash of entry *n* − 1, and its own hash covers all that it holds; a row beside them holds the last number and hash, so
that the last entries cannot be cut off unseen either. Whoever can write the database can of course write all of it anew: that shows where
a head (number and hash) was noted somewhere else, which is what the printed reports are for.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, get_type_hints

from prefill.errors import MissingExtra, Problem, nearest
from prefill.filling import FilledForm
from prefill.savings import Model
from prefill.store.counting import entry_of_fill, entry_of_receipt
from prefill.store.databases import Database, open_database
from prefill.store.entries import GENESIS, MAPS, LedgerEntry, chained, digest_of
from prefill.tokens import Key

try:
    from sqlalchemy import (
        BigInteger,
        Column,
        Double,
        Index,
        Integer,
        MetaData,
        Table,
        Text,
        func,
        insert,
        select,
        update,
    )
except ImportError as error:
    raise MissingExtra("a ledger needs SQLAlchemy: install prefill with its extra [store] (README, Install)") from error

from prefill.store.migrations import migrate

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from prefill.receiving import Receipt

__all__ = ["Countable", "Head", "Ledger", "open_ledger"]

Countable: TypeAlias = "FilledForm | Receipt | LedgerEntry"
"""What the ledger takes: a filled form, a receipt, or an entry made of one (by an app elsewhere, or a test)."""

_HINTS: Final = get_type_hints(LedgerEntry)
_PLACES: Final = tuple(tuple(_HINTS).index(name) for name in MAPS)
_CHUNK: Final = 500


def _column(name: str) -> Column[Any]:
    if name == "number":
        return Column(name, BigInteger, primary_key=True, autoincrement=False)
    hint = _HINTS[name]
    kind = Integer if hint is int or name == "system" else Double if hint is float else Text
    return Column(name, kind, nullable=name == "system", unique=True if name == "id" else None)


_TABLES: Final = MetaData()
_ENTRIES: Final = Table("ledger_entries", _TABLES, *map(_column, _HINTS))
_HEAD: Final = Table(
    "ledger_head",
    _TABLES,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("ledger_entries_month", _ENTRIES.c.month)


def _first(connection: "Connection") -> None:
    """Version 1: the entries and the head of the chain."""
    _TABLES.create_all(connection)
    connection.execute(insert(_HEAD).values(one=1, number=0, hash=GENESIS))


STEPS: Final = (_first,)


class Head(NamedTuple):
    """The last entry's number and hash: what to note elsewhere, so that a ledger written anew is found out."""

    number: int
    hash: str

    def __str__(self) -> str:
        """Write it as ``prefill ledger verify --head`` takes it."""
        return f"{self.number}:{self.hash}"


def open_ledger(where: str | Path, *, create: bool = True) -> "Ledger":
    """Open a ledger: a SQLite file (made if it is not there, unless ``create`` is false), or a database by URL.

    Several processes may have one open and add to it. Raises StoreError where it cannot be used, and MissingExtra without SQLAlchemy.
    """
    database = open_database(where, create=create)
    migrate(database, "ledger", STEPS)
    return Ledger(database)


class Ledger:
    """An open ledger; use it in a ``with``, or close it. It may be shared between threads."""

    def __init__(self, database: Database) -> None:
        """Take the database; use ``open_ledger`` to make one."""
        self._database = database

    @property
    def name(self) -> str:
        """What messages call it: the file's name, or the URL without its password."""
        return self._database.name

    @property
    def head(self) -> Head:
        """The number and hash of the last entry; 0 and zeros where there is none."""
        with self._database.reading() as connection:
            return _head(connection)

    def add(
        self, counted: Countable, *, id: str | None = None, key: Key | None = None, model: Model | None = None
    ) -> LedgerEntry:
        """Add a filled form or a receipt, and give its entry; one whose id is there already counts once, and its first entry is given.

        ``id`` is the app's own name for it; unless given it follows from the page's token, made with the app's ``key``. When this returns the
        entry is on the disk. Raises StoreError.
        """
        entry = _entry(counted, id, key, model)
        with self._database.writing() as connection:
            found = connection.execute(select(_ENTRIES).where(_ENTRIES.c.id == entry.id)).first()
            return _read(found) if found is not None else _append(connection, [entry])[0]

    def add_all(self, counted: Iterable[Countable], *, key: Key | None = None, model: Model | None = None) -> int:
        """Add many, some hundreds in a transaction, and say how many were new."""
        added, chunk = 0, dict[str, LedgerEntry]()
        for one in counted:
            entry = _entry(one, None, key, model)
            chunk.setdefault(entry.id, entry)
            if len(chunk) == _CHUNK:
                added += self._add_chunk(chunk)
                chunk = {}
        return added + self._add_chunk(chunk)

    def _add_chunk(self, chunk: Mapping[str, LedgerEntry]) -> int:
        if not chunk:
            return 0
        with self._database.writing() as connection:
            there = set(connection.execute(select(_ENTRIES.c.id).where(_ENTRIES.c.id.in_(chunk))).scalars())
            return len(_append(connection, [entry for id, entry in chunk.items() if id not in there]))

    def entries(self, where: Mapping[str, Any] | None = None) -> Iterator[LedgerEntry]:
        """Go through the entries in the order in which they were added, as of one moment; they are streamed.

        ``where`` maps a field of the entry to the value that it has, or to several: ``{"kind": "fill", "month": ["2026-10", "2026-11"]}``.
        Raises ValueError for a field that there is not.
        """
        wanted = select(_ENTRIES).order_by(_ENTRIES.c.number)
        for name, value in (where or {}).items():
            if name not in _ENTRIES.c or name in MAPS:
                near = nearest(name, set(_ENTRIES.c.keys()) - set(MAPS))
                raise ValueError(
                    f"an entry has no field '{name}' to choose by" + (f": did you mean '{near}'?" if near else "")
                )
            column = _ENTRIES.c[name]
            several = isinstance(value, Collection) and not isinstance(value, str)
            wanted = wanted.where(column.in_(value) if several else column == value)
        return self._stream(wanted)

    def _stream(self, wanted: Any) -> Iterator[LedgerEntry]:
        with self._database.reading() as connection, connection.execute(wanted) as rows:
            for row in rows:
                yield _read(row)

    def __iter__(self) -> Iterator[LedgerEntry]:
        """Go through all entries, in order."""
        return self.entries()

    def __len__(self) -> int:
        """Give the number of entries."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(_ENTRIES)).scalar_one()

    def verify(self, head: Head | None = None) -> tuple[Problem, ...]:
        """Go along the chain and give every place where it is broken; none where it is whole.

        An entry that was changed, moved, taken out or put in is found, and so is a cut at the end. ``head``, noted earlier and kept elsewhere,
        shows besides whether all was written anew since.
        """
        problems: list[Problem] = []

        def tell(number: int, what: str) -> None:
            problems.append(Problem(self.name, number, what, "compare with a copy of the ledger from before"))

        with self._database.reading() as connection:
            number, previous = 0, GENESIS
            for row in connection.execute(select(_ENTRIES).order_by(_ENTRIES.c.number)):
                entry = _read(row)
                if entry.number > number + 1:
                    gap = (
                        f"entry {number + 1} is"
                        if entry.number == number + 2
                        else f"entries {number + 1} to {entry.number - 1} are"
                    )
                    tell(number + 1, f"{gap} missing")
                elif entry.previous != previous:
                    tell(entry.number, f"entry {entry.number} does not follow on the one before it")
                if digest_of(entry) != entry.hash:
                    tell(entry.number, f"entry {entry.number} is not what was written here: it was changed or moved")
                if head is not None and head.number == entry.number and head.hash != entry.hash:
                    tell(entry.number, f"entry {entry.number} is another than the one that was noted")
                number, previous = entry.number, entry.hash
            last = _head(connection)
        if last.number > number:
            tell(number + 1, f"the last entries are missing, {number + 1} to {last.number}")
        elif last != (number, previous):
            tell(number, "the head of the chain is not that of its last entry")
        if head is not None and head.number > number:
            tell(number + 1, f"there were {head.number} entries when the head was noted, now there are {number}")
        return tuple(problems)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> "Ledger":
        """Give the ledger itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Name the ledger."""
        return f"<Ledger {self.name}>"


def _entry(counted: Countable, id: str | None, key: Key | None, model: Model | None) -> LedgerEntry:
    if isinstance(counted, LedgerEntry):
        return counted if id is None else replace(counted, id=id)
    if isinstance(counted, FilledForm):
        return entry_of_fill(counted, id=id, key=key, model=model)
    return entry_of_receipt(counted, id=id, key=key, model=model)


def _append(connection: "Connection", entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Put entries at the end of the chain, in a transaction that has the database to itself."""
    number, previous = _head(connection)
    added = []
    for entry in entries:
        number += 1
        entry = chained(entry, number, previous)
        previous = entry.hash
        added.append(entry)
    if added:
        connection.execute(insert(_ENTRIES), [_row(entry) for entry in added])
        connection.execute(update(_HEAD).values(number=number, hash=previous))
    return added


def _head(connection: "Connection") -> Head:
    number, digest = connection.execute(select(_HEAD.c.number, _HEAD.c.hash)).one()
    return Head(number, digest)


def _row(entry: LedgerEntry) -> dict[str, Any]:
    row = entry.to_dict()
    for name in MAPS:
        row[name] = json.dumps(row[name], ensure_ascii=False, sort_keys=True)
    return row


def _read(row: "Row[Any]") -> LedgerEntry:
    cells = list(row)  # in the order of the entry's fields
    for place in _PLACES:
        text = cells[place]
        cells[place] = {} if text == "{}" else json.loads(text)
    return LedgerEntry(*cells)
