"""What is kept in SQL: the ledger of savings. SQLite by default, PostgreSQL by URL."""

from prefill.store.entries import LedgerEntry

__all__ = ["LedgerEntry"]
