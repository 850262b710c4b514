"""Receiving: a submission → a receipt, whose facts the record learns; and filling a draft again."""

from prefill.receiving.checking import receive
from prefill.receiving.corrections import Correction, Stated, move
from prefill.receiving.drafts import Difference, Draft, refill
from prefill.receiving.model import Answer, Effort, Receipt, Tampered
from prefill.receiving.writing import correction_from, correction_to, facts_from, receipt_to_json

__all__ = [
    "Answer",
    "Correction",
    "Difference",
    "Draft",
    "Effort",
    "Receipt",
    "Stated",
    "Tampered",
    "correction_from",
    "correction_to",
    "facts_from",
    "move",
    "receipt_to_json",
    "receive",
    "refill",
]
