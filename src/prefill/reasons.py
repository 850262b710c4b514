"""The stable words of the API: what the worker has to do with an entry (status), and why (reason)."""

from typing import Final, Literal, TypeAlias

__all__ = ["REASONS", "Reason", "Status", "status_of"]

Status: TypeAlias = Literal["known", "confirm", "new", "hand", "skip"]
Reason: TypeAlias = Literal[
    "recorded",
    "derived",
    "stale",
    "disputed",
    "candidates",
    "partial",
    "suggested",
    "not-recorded",
    "each-time",
    "after-answers",
    "withheld",
    "unavailable",
    "unreadable",
    "no-matching-option",
    "ask-always",
    "by-hand",
    "other-desk",
    "not-applicable",
]

REASONS: Final[dict[Reason, Status]] = {
    "recorded": "known",
    "derived": "known",
    "stale": "confirm",
    "disputed": "confirm",
    "candidates": "confirm",
    "partial": "confirm",
    "suggested": "confirm",
    "not-recorded": "new",
    "each-time": "new",
    "after-answers": "new",
    "withheld": "new",
    "unavailable": "new",
    "unreadable": "new",
    "no-matching-option": "new",
    "ask-always": "new",
    "by-hand": "hand",
    "other-desk": "hand",
    "not-applicable": "skip",
}
"""Each reason, and the status that it stands for."""


def status_of(reason: Reason) -> Status:
    """Give the status that a reason stands for.

    >>> status_of("stale")
    'confirm'
    """
    return REASONS[reason]
