"""Opening a database for several processes at once: SQLite in a file, or PostgreSQL by URL.

A write transaction has the database to itself from its first statement, so that what it read still holds when it writes: on SQLite by
``BEGIN IMMEDIATE`` (write-ahead log, busy timeout), on PostgreSQL by an advisory lock that ends with the transaction. A read
transaction sees one moment, and neither waits for writers nor holds them up.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefill.errors import MissingExtra, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

__all__ = ["Database", "open_database", "url_of"]

PATIENCE: Final = 120
"""Seconds that a writer waits for its turn."""

_LOCK: Final = 0x70726566696C6C  # "prefill": the advisory lock of all that it writes in one PostgreSQL database
_WRITES: Final = "prefill_writes"
_TEXT: Final = partial(str, encoding="utf-8", errors="surrogateescape")
"""How SQLite's text is read: what is none (somebody wrote it) is for the reader to find, and no error of the driver's."""

_EXTRA: Final = "{} needs {}: install prefill with its extra [{}] (README, Install)"


def open_database(where: str | Path, *, create: bool = True) -> "Database":
    """Open a database: a path is a SQLite file, made if it is not there (unless ``create`` is false); else a URL.

    URLs are ``sqlite:///file`` and ``postgresql://user@host/name``. Raises StoreError, whose message holds no password, and MissingExtra.
    """
    url = url_of(where)
    if url.get_backend_name() == "sqlite":
        _check_file(url.database, create)
    return Database(url)


class Database:
    """An open database. It may be shared between threads, and kept across a fork: the child makes connections of its own."""

    def __init__(self, url: "URL") -> None:
        """Take the URL; use ``open_database`` to make one."""
        self.is_sqlite = url.get_backend_name() == "sqlite"
        shown = url.set(drivername="postgresql", query={})  # a password may stand among the options too
        self.name = Path(url.database or "").name if self.is_sqlite else shown.render_as_string()
        self._engine = _sqlite(url) if self.is_sqlite else _postgresql(url, self.name)
        self._process = os.getpid()
        if self.is_sqlite:
            with self._told():
                self._write_ahead()

    @contextmanager
    def writing(self) -> "Iterator[Connection]":
        """Give a connection in a transaction that has the database to itself; committed at the end, rolled back on an error."""
        with self._told(), self._own().connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                if not self.is_sqlite:
                    wait = f"SET LOCAL lock_timeout = '{PATIENCE}s'; SELECT pg_advisory_xact_lock({_LOCK})"
                    connection.exec_driver_sql(wait)  # both on one way there and back
                yield connection

    @contextmanager
    def reading(self) -> "Iterator[Connection]":
        """Give a connection in a transaction that sees one moment, and whose rows are streamed."""
        with self._told(), self._own().connect() as connection:
            level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
            connection = connection.execution_options(yield_per=1000, **level)
            with connection.begin():
                yield connection

    @contextmanager
    def erasing(self) -> "Iterator[Connection]":
        """Give a connection to write by, which overwrites what it deletes; on SQLite the log of writes is emptied, too.

        PostgreSQL keeps what was deleted until its administrator vacuums the tables.
        """
        with self.writing() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            yield connection
        if self.is_sqlite:
            with self._told(), closing(self._own().raw_connection()) as raw:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close every connection."""
        self._own().dispose()

    def _own(self) -> "Engine":
        """Give the engine, with no connection in it that another process opened."""
        if self._process != os.getpid():
            self._engine.dispose(close=False)
            self._process = os.getpid()
        return self._engine

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what a driver complains of in one line of our own: theirs hold statements and values."""
        from sqlalchemy import exc

        try:
            yield
        except exc.OperationalError as error:
            raise StoreError(f"{self.name}: {_trouble(error.orig)}") from None
        except exc.IntegrityError:
            raise StoreError(
                f"{self.name}: what is to be added is there already: somebody changed the database"
            ) from None
        except exc.DBAPIError as error:
            what = (
                "it is no SQLite database"
                if self.is_sqlite
                else f"the database refused a statement ({_code(error.orig)})"
            )
            raise StoreError(f"{self.name}: {what}: check what it names") from None

    def _write_ahead(self) -> None:
        """Turn the write-ahead log on, once for the file: it takes a lock that does not wait, so it is asked for again."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with closing(self._engine.raw_connection()) as raw:
                    cursor = raw.cursor()
                    cursor.execute("PRAGMA journal_mode = WAL")
                    found = cursor.fetchone()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise StoreError(f"{self.name}: {_trouble(error)}") from None
            except sqlite3.DatabaseError:
                raise StoreError(f"{self.name}: it is no SQLite database: name another file") from None
            else:
                if found == ("wal",):
                    return
                what = "SQLite can keep no write-ahead log there: use a disk of this machine's own"
                raise StoreError(f"{self.name}: {what}")
            time.sleep(0.01)


def url_of(where: str | Path) -> "URL":
    """Give the URL of a database: a path is a SQLite file. Raises StoreError where it is none that can be used."""
    try:
        from sqlalchemy import exc
        from sqlalchemy.engine import URL, make_url
    except ImportError as error:
        raise MissingExtra(_EXTRA.format("a ledger", "SQLAlchemy", "store")) from error
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except (exc.ArgumentError, ValueError):
        raise StoreError(
            "the URL of the database cannot be read: write postgresql://user@host/name, or a file"
        ) from None
    scheme = url.drivername.partition("+")[0]
    if scheme in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if scheme != "sqlite":
        raise StoreError(f"'{scheme}' is no database that prefill writes to: use SQLite or PostgreSQL")
    return url.set(drivername="sqlite")


def _check_file(file: str | None, create: bool) -> None:
    if not file or file == ":memory:":
        raise StoreError("a ledger in memory is lost with its process: name a file")
    path = Path(file)
    if path.is_dir():
        raise StoreError(f"'{path}' is a folder: name a file")
    if not path.parent.is_dir():
        raise StoreError(f"no folder '{path.parent}': make it first")
    if not create and not path.is_file():
        raise StoreError(f"there is no file '{path}': check the path")


def _sqlite(url: "URL") -> "Engine":
    from sqlalchemy import create_engine, event

    engine = create_engine(url, connect_args={"timeout": PATIENCE, "check_same_thread": False})

    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, and not by the driver's guess
        connection.text_factory = _TEXT
        connection.execute("PRAGMA synchronous = FULL")  # what was said to be written outlives a power cut

    def begun(connection: "Connection") -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _postgresql(url: "URL", name: str) -> "Engine":
    from sqlalchemy import create_engine

    try:
        return create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise MissingExtra(_EXTRA.format("PostgreSQL", "psycopg", "postgres")) from error


def _trouble(error: object) -> str:
    """Say what went wrong, and what to do, of a driver's error: by its code, since its words may hold anything."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "") or ("SQLITE_BUSY" if "locked" in str(error) else "")
        known = {
            "SQLITE_BUSY": f"it was kept busy by others for {PATIENCE} seconds: try again",
            "SQLITE_CANTOPEN": "it cannot be opened: check the path and who may write there",
            "SQLITE_READONLY": "it may not be written: check who may write there",
            "SQLITE_FULL": "the disk is full: make room",
        }
        return known.get(name, f"SQLite cannot use it ({name or 'no code'}): check the file and its disk")
    code = _code(error)
    if code == "55P03":
        return f"it was kept busy by others for {PATIENCE} seconds: try again"
    return f"the database cannot be reached or used ({code}): check that it runs, its address, user and password"


def _code(error: object) -> str:
    return str(getattr(error, "sqlstate", None) or "no code")
