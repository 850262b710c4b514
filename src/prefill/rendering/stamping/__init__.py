"""Laid out once, stamped many times: PDFs of filled forms, in a fraction of the time that laying each one out takes."""

from prefill.rendering.stamping.stamper import Stamper

__all__ = ["Stamper"]
