"""Plans: a form compiled against the vocabulary, once. Immutable, shared between threads, holding nothing of any subject."""

from prefill.plans.compiling import compile_plan
from prefill.plans.model import Frame, Plan, Program, Slot, TableCells, run

__all__ = ["Frame", "Plan", "Program", "Slot", "TableCells", "compile_plan", "run"]
