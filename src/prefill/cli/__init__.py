"""The command `prefill`: demo, forms, check, fill, explain, read."""

from prefill.cli.commands import app, main, run

__all__ = ["app", "main", "run"]
