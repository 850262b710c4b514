"""The command `prefill`: demo, forms, check, fill, explain."""

from prefill.cli.commands import app, main, run

__all__ = ["app", "main", "run"]
