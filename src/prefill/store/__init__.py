"""What is kept in SQL: the ledger of savings, and the records of many subjects. SQLite by default, PostgreSQL by URL."""

from typing import TYPE_CHECKING, Any

from prefill.store.counting import entry_of_fill, entry_of_receipt
from prefill.store.entries import LedgerEntry

if TYPE_CHECKING:
    from prefill.store.ledger import Head, Ledger, open_ledger
    from prefill.store.records import Added, Store, open_store

__all__ = [
    "Added",
    "Head",
    "Ledger",
    "LedgerEntry",
    "Store",
    "entry_of_fill",
    "entry_of_receipt",
    "open_ledger",
    "open_store",
]


def __getattr__(name: str) -> Any:
    """Import what needs SQLAlchemy when it is first asked for."""
    if name in ("Head", "Ledger", "open_ledger"):
        from prefill.store import ledger

        return getattr(ledger, name)
    if name in ("Added", "Store", "open_store"):
        from prefill.store import records

        return getattr(records, name)
    raise AttributeError(f"module 'prefill.store' has no attribute '{name}'")
