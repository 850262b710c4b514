"""Plans: a form compiled against the vocabulary, once. Immutable, shared between threads, holding nothing of any subject."""

from prefill.plans.model import Plan, Slot, TableCells

__all__ = ["Plan", "Slot", "TableCells"]
