"""What concerns many forms, as a page to read or to hang on a wall: so far the audit of a catalogue."""

from prefill.reports.auditing import audit_page

__all__ = ["audit_page"]
