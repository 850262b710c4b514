"""Receiving: a submission → a receipt, whose facts the record learns; and filling a draft again."""

from prefill.receiving.checking import receive
from prefill.receiving.corrections import Correction, Stated, move
from prefill.receiving.drafts import Difference, Draft, refill
from prefill.receiving.model import Answer, Effort, Receipt, Tampered

__all__ = [
    "Answer",
    "Correction",
    "Difference",
    "Draft",
    "Effort",
    "Receipt",
    "Stated",
    "Tampered",
    "move",
    "receive",
    "refill",
]
