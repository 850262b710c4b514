"""Receiving: a submission → a receipt, whose facts the record learns; and filling a draft again."""

from prefill.receiving.corrections import Correction, Stated, move
from prefill.receiving.model import Answer, Effort, Receipt, Tampered

__all__ = ["Answer", "Correction", "Effort", "Receipt", "Stated", "Tampered", "move"]
