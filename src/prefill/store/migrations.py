"""The versions of what is kept in a database: each part (the ledger, and others beside it) has its own row of steps.

``prefill_migrations`` holds a row for each step taken. A part's steps are only ever added to, never changed, so that any database is
brought up to date by taking those that it lacks.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prefill.errors import MissingExtra, StoreError
from prefill.store.databases import PATIENCE, Database, open_database, url_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Step", "migrate", "open_part"]

try:
    from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, inspect, select
except ImportError as error:
    raise MissingExtra("a ledger needs SQLAlchemy: install prefill with its extra [store] (README, Install)") from error

Step: TypeAlias = "Callable[[Connection], None]"
"""One step: it makes or changes tables, in a transaction that has the database to itself."""

_TAKEN = Table(
    "prefill_migrations",
    MetaData(),
    Column("part", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
)


def open_part(where: str | Path, part: str, steps: Sequence[Step], lacking: str, *, create: bool) -> Database:
    """Open a database and take the steps that a part of it lacks; where there is nothing of it, make it only if ``create``.

    Raises StoreError where the database cannot be used, and where nothing may be made and the part is ``lacking``: nothing is written then.
    """
    if not create:
        _look_for(where, part, lacking)
    database = open_database(where, create=create)
    try:
        migrate(database, part, steps, None if create else lacking)
    except StoreError:
        database.close()
        raise
    return database


def _look_for(where: str | Path, part: str, lacking: str) -> None:
    """Raise StoreError, which says what is ``lacking``, where a SQLite file holds nothing of a part; the file stays as it is.

    It is for before ``open_database``, which turns the write-ahead log on and so writes to any SQLite file. Of a server, and of what is
    no such file, nothing is said: ``migrate`` and ``open_database`` do.
    """
    url = url_of(where)
    file = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not file.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)) as raw:
            found = raw.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_TAKEN.name,)).fetchone()
            if found:
                found = raw.execute(f"SELECT 1 FROM {_TAKEN.name} WHERE part = ?", (part,)).fetchone()  # noqa: S608
    except sqlite3.DatabaseError:
        return
    if not found:
        raise StoreError(f"{file.name}: {lacking}")


def migrate(database: Database, part: str, steps: Sequence[Step], lacking: str | None = None) -> None:
    """Take the steps that a part lacks, the first of which is version 1; several processes may do so at once.

    With ``lacking``, a part of which there is nothing yet is not made: StoreError says that. Raises StoreError where the database has
    more steps than this version of prefill knows, too.
    """
    with database.reading() as connection:
        version = _version(database, connection, part)
    if lacking is not None and not version:
        raise StoreError(f"{database.name}: {lacking}")
    if version < len(steps):
        with database.writing() as connection:
            version = _version(database, connection, part)  # another may have been faster
            _TAKEN.create(connection, checkfirst=True)
            for number, step in enumerate(steps[version:], version + 1):
                step(connection)
                connection.execute(insert(_TAKEN).values(part=part, version=number))
    elif version > len(steps):
        raise StoreError(
            f"{database.name}: its {part} is of version {version}, this prefill knows {len(steps)}: install a later one"
        )


def _version(database: Database, connection: "Connection", part: str) -> int:
    if not inspect(connection).has_table(_TAKEN.name):
        return 0
    found = connection.execute(select(func.max(_TAKEN.c.version)).where(_TAKEN.c.part == part)).scalar() or 0
    if type(found) is not int:
        raise StoreError(
            f"{database.name}: its {part} is of no version: somebody changed {_TAKEN.name}; take a copy from before"
        )
    return found
