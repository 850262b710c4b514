"""How bad each reason is, for what follows from several facts: the worst of them all counts."""

from typing import Final

from prefill.reasons import Reason

__all__ = ["SEVERITY"]

_WORST: Final[tuple[Reason, ...]] = (
    "recorded",
    "derived",
    "suggested",
    "partial",
    "stale",
    "candidates",
    "disputed",
    "not-applicable",
    "each-time",
    "by-hand",
    "other-desk",
    "ask-always",
    "after-answers",
    "no-matching-option",
    "not-recorded",
    "unavailable",
    "unreadable",
    "withheld",
)
SEVERITY: Final[dict[Reason, int]] = {reason: place for place, reason in enumerate(_WORST)}
"""The place of each reason, from the best to the worst."""
