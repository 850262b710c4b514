"""prefill: what a district already knows is never typed again.

It takes a report-form spec and the shared record of a resident or entity, fills every field that is known, marks those that are
new, says where each value came from, and measures what was saved.

>>> import prefill
>>> from datetime import date
>>> catalogue = prefill.open_catalogue()
>>> plan = catalogue.plan(39)
>>> record = catalogue.record([{"source": "公安人口库", "as_of": "2026-05-01", "resident": {"id_number": "420112195003150023"}}])
>>> filled = prefill.fill(plan, record, on=date(2026, 11, 23))
>>> filled["birth_date"].text, filled["birth_date"].reason, filled["birth_date"].facts[0].source
('1950年3月15日', 'derived', '公安人口库')
"""

import importlib as _importlib
import typing as _typing

from prefill.catalogue import Catalogue, open_catalogue
from prefill.errors import (
    BatchError,
    FileError,
    MissingExtra,
    PrefillError,
    Problem,
    RecordError,
    RenderError,
    SpecError,
    StoreError,
    SubmissionError,
)
from prefill.filling import Entry, FilledForm, fill
from prefill.plans import Plan
from prefill.records import Fact, Filing, Grant, Record
from prefill.resolution import Explanation, explain

if _typing.TYPE_CHECKING:
    from prefill.arrow import fill_table
    from prefill.batches import BatchItem, batch
    from prefill.receiving import Draft, Receipt, receive, refill
    from prefill.rendering import Stamper, list_to_html, list_to_pdf, list_to_xlsx, to_html, to_json, to_pdf
    from prefill.rosters import Roster, Tally, count_tally, fill_roster, list_to_json, open_figure
    from prefill.savings import Measured, Savings, measure, measure_receipt
    from prefill.store import Ledger, LedgerEntry, Store, open_ledger, open_store

__all__ = [
    "BatchError",
    "BatchItem",
    "Catalogue",
    "Draft",
    "Entry",
    "Explanation",
    "Fact",
    "FileError",
    "Filing",
    "FilledForm",
    "Grant",
    "Ledger",
    "LedgerEntry",
    "Measured",
    "MissingExtra",
    "Plan",
    "PrefillError",
    "Problem",
    "Receipt",
    "Record",
    "RecordError",
    "RenderError",
    "Roster",
    "Savings",
    "SpecError",
    "Stamper",
    "Store",
    "StoreError",
    "SubmissionError",
    "Tally",
    "batch",
    "count_tally",
    "explain",
    "fill",
    "fill_roster",
    "fill_table",
    "list_to_html",
    "list_to_json",
    "list_to_pdf",
    "list_to_xlsx",
    "measure",
    "measure_receipt",
    "open_catalogue",
    "open_figure",
    "open_ledger",
    "open_store",
    "receive",
    "refill",
    "to_html",
    "to_json",
    "to_pdf",
]

_LATER = {  # imported when first used: a program that only fills does not load what draws, measures and receives
    "BatchItem": "prefill.batches",
    "Draft": "prefill.receiving",
    "Receipt": "prefill.receiving",
    "Ledger": "prefill.store",
    "LedgerEntry": "prefill.store",
    "Measured": "prefill.savings",
    "Roster": "prefill.rosters",
    "Savings": "prefill.savings",
    "Tally": "prefill.rosters",
    "count_tally": "prefill.rosters",
    "fill_roster": "prefill.rosters",
    "list_to_html": "prefill.rendering",
    "list_to_json": "prefill.rosters",
    "list_to_pdf": "prefill.rendering",
    "list_to_xlsx": "prefill.rendering",
    "open_figure": "prefill.rosters",
    "Stamper": "prefill.rendering",
    "Store": "prefill.store",
    "batch": "prefill.batches",
    "measure": "prefill.savings",
    "receive": "prefill.receiving",
    "refill": "prefill.receiving",
    "measure_receipt": "prefill.savings",
    "open_ledger": "prefill.store",
    "open_store": "prefill.store",
    "fill_table": "prefill.arrow",
    "to_html": "prefill.rendering",
    "to_json": "prefill.rendering",
    "to_pdf": "prefill.rendering",
}


def __getattr__(name: str) -> _typing.Any:
    """Import the parts that not every program uses, when they are first asked for."""
    if name in _LATER:
        return getattr(_importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module 'prefill' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Name those too that have not been asked for yet."""
    return [*globals(), *_LATER]
