"""What is kept in SQL: the ledger of savings. SQLite by default, PostgreSQL by URL."""

from typing import TYPE_CHECKING, Any

from prefill.store.counting import entry_of_fill, entry_of_receipt
from prefill.store.entries import LedgerEntry

if TYPE_CHECKING:
    from prefill.store.ledger import Head, Ledger, open_ledger

__all__ = ["Head", "Ledger", "LedgerEntry", "entry_of_fill", "entry_of_receipt", "open_ledger"]


def __getattr__(name: str) -> Any:
    """Import what needs SQLAlchemy when it is first asked for."""
    if name in ("Head", "Ledger", "open_ledger"):
        from prefill.store import ledger

        return getattr(ledger, name)
    raise AttributeError(f"module 'prefill.store' has no attribute '{name}'")
