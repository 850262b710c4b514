"""The tables of the record store, version by version."""

import hmac
from typing import TYPE_CHECKING, Final

from prefill.errors import MissingExtra

try:
    from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text, UniqueConstraint, insert, select, update
except ImportError as error:
    raise MissingExtra("a store needs SQLAlchemy: install prefill with its extra [store] (README, Install)") from error

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "DECISIONS",
    "ENTITIES",
    "IDENTITIES",
    "KEYS",
    "MENTIONS",
    "RETENTIONS",
    "SAYINGS",
    "STATEMENTS",
    "STEPS",
    "TOMBSTONES",
    "keyed",
]

_TABLES: Final = MetaData()


def _number(name: str, *, primary: bool = False, nullable: bool = False) -> "Column[int]":
    return Column(name, BigInteger, primary_key=primary, autoincrement=False, nullable=nullable)


def _text(name: str, *, primary: bool = False, nullable: bool = False) -> "Column[str]":
    return Column(name, Text, primary_key=primary, nullable=nullable)


KEYS: Final = Table("store_keys", _TABLES, _text("name", primary=True), _text("key"))
"""The store's own key, by which tombstones are made: a bare digest of an ID number can be found by trying all numbers."""

ENTITIES: Final = Table(
    "store_entities",
    _TABLES,
    _number("id", primary=True),
    _text("type"),
    Column("subject", Text, unique=True, nullable=False),
    _number("into", nullable=True),
)
"""Persons, households, dwellings …: ``subject`` is what the outside calls one; ``into`` another that it was found to be."""

IDENTITIES: Final = Table(
    "store_identities",
    _TABLES,
    _text("key", primary=True),
    _text("source", primary=True),
    _number("entity"),
)
"""Whose a document's number is; with a source, whose it is where that source says so."""
Index("store_identities_entity", IDENTITIES.c.entity)

STATEMENTS: Final = Table(
    "store_statements",
    _TABLES,
    _number("id", primary=True),
    _number("context"),
    _text("root", nullable=True),
    _text("anchor"),
    _text("source"),
    _text("as_of", nullable=True),
    _text("roots", nullable=True),
    _text("digest"),
    _text("body"),
    UniqueConstraint("context", "digest"),
)
"""Statements as they came. ``context`` is the subject in whose record they were stated; ``anchor`` the identity that said so;
``roots`` the identities, by root, of those whom only the rest of that record named."""
Index("store_statements_source", STATEMENTS.c.source, STATEMENTS.c.as_of)

SAYINGS: Final = Table(
    "store_sayings",
    _TABLES,
    _number("id", primary=True),
    _number("entity"),
    _text("digest"),
    _text("body"),
    UniqueConstraint("entity", "digest"),
)
"""What statements say of one entity, each once however many statements say it."""

MENTIONS: Final = Table(
    "store_mentions",
    _TABLES,
    _number("statement"),
    _number("entity"),
    _text("root", nullable=True),
    _number("saying", nullable=True),
)
"""Which statement names whom, by which root, and what it says of him."""
Index("store_mentions_statement", MENTIONS.c.statement)
Index("store_mentions_entity", MENTIONS.c.entity)
Index("store_mentions_root", MENTIONS.c.root, MENTIONS.c.entity)
Index("store_mentions_saying", MENTIONS.c.saying)

DECISIONS: Final = Table(
    "store_decisions",
    _TABLES,
    _number("id", primary=True),
    _number("entity"),
    _text("what"),
    _text("body"),
    UniqueConstraint("entity", "body"),
)
"""What people, or learning, decided of identities: of a subject's record (``record``), or of the store (``merge``, ``split``)."""

TOMBSTONES: Final = Table("store_tombstones", _TABLES, _text("mark", primary=True), _text("why"), _text("on"))
"""Who was forgotten: a keyed digest of each identity, and no value."""

RETENTIONS: Final = Table("store_retentions", _TABLES, _text("source", primary=True), _text("since"), _text("why"))
"""Which sources' statements are kept no longer: those before ``since``."""


def _first(connection: "Connection") -> None:
    """Version 1: all tables, and the store's key."""
    from secrets import token_hex

    _TABLES.create_all(connection)
    connection.execute(insert(KEYS).values(name="tombstones", key=token_hex(32)))


def _second(connection: "Connection") -> None:
    """Version 2: what stands for a subject without a document is a keyed digest; a bare one of a forgotten person's could be tried out."""
    key = bytes.fromhex(connection.execute(select(KEYS.c.key).where(KEYS.c.name == "tombstones")).scalar_one())
    subjects = set(connection.execute(select(ENTITIES.c.subject)).scalars())
    for column in (STATEMENTS.c.anchor, IDENTITIES.c.key):
        for old in connection.execute(select(column).where(column.like("%//%")).distinct()).scalars().all():
            kind, _, mark = old.partition("//")
            if "/" not in kind and mark not in subjects:
                connection.execute(
                    update(column.table).where(column == old).values({column: f"{kind}//{keyed(key, mark)}"})
                )


def keyed(key: bytes, mark: str) -> str:
    """Give a digest of a digest that nobody finds by trying without the key."""
    return hmac.new(key, mark.encode(), "sha256").hexdigest()[:32]


STEPS: Final = (_first, _second)
