"""The command `prefill`: demo, forms, check, diff, certificate, fill, explain, read, audit."""

from prefill.cli.auditing import audit_catalogue
from prefill.cli.checking import certificate, check, diff
from prefill.cli.commands import app, main, run

__all__ = ["app", "audit_catalogue", "certificate", "check", "diff", "main", "run"]
