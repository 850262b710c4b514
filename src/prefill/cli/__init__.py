"""The command `prefill`: demo, forms, check, fill, explain, read, audit."""

from prefill.cli.auditing import audit_catalogue
from prefill.cli.commands import app, main, run

__all__ = ["app", "audit_catalogue", "main", "run"]
