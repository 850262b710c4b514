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
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_type_hints

from prefill.errors import MissingExtra, Problem, StoreError, nearest
from prefill.filling import FilledForm
from prefill.savings import Model
from prefill.store.chains import Head, broken
from prefill.store.counting import entry_of_fill, entry_of_receipt
from prefill.store.databases import Database
from prefill.store.entries import GENESIS, MAPS, NEWER, LedgerEntry, chained, read_entry
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
        text,
        update,
    )
except ImportError as error:
    raise MissingExtra("a ledger needs SQLAlchemy: install prefill with its extra [store] (README, Install)") from error

from prefill.store.migrations import open_part

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from prefill.receiving import Receipt

__all__ = ["Countable", "Head", "Ledger", "open_ledger"]

Countable: TypeAlias = "FilledForm | Receipt | LedgerEntry"
"""What the ledger takes: a filled form, a receipt, or an entry made of one (by an app elsewhere, or a test)."""

_HINTS: Final = get_type_hints(LedgerEntry)
_CHUNK: Final = 500
_BEFORE: Final = {"format": "1", "corrected_field_sources": "{}"}
"""What a row holds that was written by a version of prefill which did not know these fields."""

_CHECK: Final = "prefill ledger verify tells where it was changed"


def _column(name: str) -> Column[Any]:
    if name == "number":
        return Column(name, BigInteger, primary_key=True, autoincrement=False)
    hint = _HINTS[name]
    kind = Integer if hint is int or name == "system" else Double if hint is float else Text
    unique = True if name == "id" else None
    return Column(name, kind, nullable=name == "system", unique=unique, server_default=_BEFORE.get(name))


_ENTRIES: Final = Table("ledger_entries", MetaData(), *map(_column, _HINTS))
_TABLES: Final = MetaData()  # as version 1 had them
_FIRST: Final = Table("ledger_entries", _TABLES, *(_column(name) for name in _HINTS if name not in NEWER))
_HEAD: Final = Table(
    "ledger_head",
    _TABLES,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("ledger_entries_month", _FIRST.c.month)


def _first(connection: "Connection") -> None:
    """Version 1: the entries and the head of the chain."""
    _TABLES.create_all(connection)
    connection.execute(insert(_HEAD).values(one=1, number=0, hash=GENESIS))


def _second(connection: "Connection") -> None:
    """Version 2: entries say of which version they are (those that are there: 1), and whose word each corrected field was."""
    for name, kind in zip(NEWER, ("INTEGER", "TEXT"), strict=True):
        what = f"ALTER TABLE {_ENTRIES.name} ADD COLUMN {name} {kind} DEFAULT '{_BEFORE[name]}' NOT NULL"
        connection.execute(text(what))


_LACKING: Final = "there is no ledger in it: check what it names, or count something first (--ledger)"

STEPS: Final = (_first, _second)


def open_ledger(where: str | Path, *, create: bool = True) -> "Ledger":
    """Open a ledger: a SQLite file (made if it is not there, unless ``create`` is false), or a database by URL.

    Several processes may have one open and add to it. Raises StoreError where it cannot be used or where there is none and ``create`` is
    false (nothing is written there then), and MissingExtra without SQLAlchemy.
    """
    return Ledger(open_part(where, "ledger", STEPS, _LACKING, create=create))


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
        """The number and hash of the last entry; 0 and zeros where there is none. Raises StoreError where it is missing."""
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
            return self._again(found) if found is not None else _append(connection, [entry])[0]

    def _again(self, row: "Row[Any]") -> LedgerEntry:
        try:
            return read_entry(row)
        except ValueError:
            raise StoreError(f"{self.name}: the entry of this id can no longer be read: {_CHECK}") from None

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

    def entries(self, where: Mapping[str, Any] | None = None, *, whole: bool = True) -> Iterator[LedgerEntry]:
        """Go through the entries in the order in which they were added, as of one moment; they are streamed.

        ``where`` maps a field of the entry to the value that it has, or to several: ``{"kind": "fill", "month": ["2026-10", "2026-11"]}``.
        Raises ValueError for a field that there is not, and StoreError at a row that somebody made unreadable; unless ``whole``, such rows are
        left out: ``verify`` tells of them.
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
        return self._stream(wanted, whole)

    def _stream(self, wanted: Any, whole: bool) -> Iterator[LedgerEntry]:
        after = 0
        with self._database.reading() as connection, connection.execute(wanted) as rows:
            for row in rows:
                try:
                    entry = read_entry(row)
                except ValueError:
                    if whole:
                        what = f"what stands after entry {after} is no entry"
                        raise StoreError(f"{self.name}: {what}: {_CHECK}") from None
                    continue
                after = entry.number
                yield entry

    def __iter__(self) -> Iterator[LedgerEntry]:
        """Go through all entries, in order."""
        return self.entries()

    def __len__(self) -> int:
        """Give the number of entries."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(_ENTRIES)).scalar_one()

    def verify(self, head: Head | None = None) -> tuple[Problem, ...]:
        """Go along the chain and give every place where it is broken; none where it is whole.

        An entry that was changed, moved, taken out or put in is found, and so is a cut at the end, whatever was written instead.
        ``head``, noted earlier and kept elsewhere, shows besides whether all was written anew since.
        """
        remedy = "compare with a copy of the ledger from before"
        with self._database.reading() as connection:
            rows = connection.execute(select(_ENTRIES).order_by(_ENTRIES.c.number))
            faults = list(broken(rows, _last(connection), head))
        return tuple(Problem(self.name, number, what, remedy) for number, what in faults)

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


def _last(connection: "Connection") -> Head | None:
    """Give the head of the chain, None where there is none, or several, or no head."""
    found = connection.execute(select(_HEAD.c.number, _HEAD.c.hash)).all()
    if len(found) != 1 or type(found[0][0]) is not int or type(found[0][1]) is not str:
        return None
    return Head(*found[0])


def _head(connection: "Connection") -> Head:
    head = _last(connection)
    if head is None:
        raise StoreError(f"the head of the ledger's chain is missing: {_CHECK}")
    return head


def _row(entry: LedgerEntry) -> dict[str, Any]:
    row = {"format": 1, **entry.to_dict()}
    for name in MAPS:
        row[name] = json.dumps(row.get(name, {}), ensure_ascii=False, sort_keys=True)
    return row
