"""The command `prefill`: demo, forms, check, diff, certificate, fill, explain, read, receive, batch, roster, tally, store, audit, report."""

from prefill.cli.auditing import audit_catalogue
from prefill.cli.batching import batch_forms
from prefill.cli.checking import certificate, check, diff
from prefill.cli.commands import app, main, run
from prefill.cli.deciding import store_commands
from prefill.cli.listing import count_figures, list_subjects
from prefill.cli.receiving import receive_submission
from prefill.cli.reporting import report_savings

__all__ = [
    "app",
    "audit_catalogue",
    "batch_forms",
    "certificate",
    "check",
    "count_figures",
    "diff",
    "list_subjects",
    "main",
    "receive_submission",
    "report_savings",
    "run",
    "store_commands",
]
