"""Forms filled by the table: Arrow in, Arrow out, so that an engine that a city has runs it (the extra ``arrow``; ``spark`` for the job)."""

from prefill.arrow.filling import fill_batches, fill_table, filled_schema

__all__ = ["fill_batches", "fill_table", "filled_schema"]
