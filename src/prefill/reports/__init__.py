"""What concerns many forms, as a page to read or to hang on a wall: the audit of a catalogue, and the report on what filling saved."""

from prefill.reports.auditing import audit_page
from prefill.reports.evidence import write_evidence
from prefill.reports.pages import report_page, report_pdf
from prefill.reports.reporting import Report, report, to_csv

__all__ = ["Report", "audit_page", "report", "report_page", "report_pdf", "to_csv", "write_evidence"]
