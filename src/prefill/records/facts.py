"""Facts, the kinds of absence, and what is said of a term: the small shapes that records and resolution share."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias

from prefill.reasons import Reason

__all__ = ["NOTHING", "NOT_RECORDED", "Absence", "Added", "Fact", "Other", "Resolution", "Resolved", "sides"]


class Absence(Enum):
    """What a source says instead of a value. That a source says nothing at all is no absence: there is no fact."""

    NOT_APPLICABLE = "not-applicable"
    UNAVAILABLE = "unavailable"
    UNREADABLE = "unreadable"


class Fact(NamedTuple):
    """A value for a term, with its source and as-of date.

    ``path`` is where the source stated it; ``value`` the kind's value, an Absence, an Entity or a tuple of Items; ``as_of`` an ISO
    date or None; ``day`` its ordinal (0 without a date); ``rank`` the source's place in the term's order of authority; ``origin``
    ``manual``, ``override`` or ``confirm`` where a worker stated it; ``rule`` the rule by which it follows from what was stated; ``purpose``
    what it was collected for. Two are of facts to learn alone: ``item`` tells which item of the list on its path it is of (attributes with
    their values), and ``subject`` of whose form it is, as a digest: no other record learns it.
    """

    path: str
    value: Any
    source: str
    as_of: str | None = None
    day: int = 0
    rank: int = 0
    origin: str | None = None
    rule: str | None = None
    purpose: str | None = None
    item: tuple[tuple[str, Any], ...] | None = None
    subject: str | None = None


class Added(NamedTuple):
    """A new item of a list, to be learnt: what is said of it and of its membership, by paths within the item."""

    said: tuple[tuple[str, Any], ...]


class Other(NamedTuple):
    """An alternative that was not taken, and why: ``differs``, ``outranked``, ``stale``, ``after`` (the form's date), ``corrected``."""

    value: Any
    facts: tuple[Fact, ...]
    why: str


def sides(others: Sequence[Other]) -> tuple[Other, ...]:
    """Give the sides of a dispute among the alternatives: those that differ; where all of them are stale, the stale ones."""
    return tuple([other for other in others if other.why == "differs"]) or tuple(
        [o for o in others if o.why == "stale"]
    )


class Resolution(NamedTuple):
    """What a record says of a term on a date: the reason, the value (None unless there is one), its facts, and the others."""

    reason: Reason
    value: Any = None
    facts: tuple[Fact, ...] = ()
    others: tuple[Other, ...] = ()
    waits_for: tuple[str, ...] = ()


Resolved: TypeAlias = tuple[Reason, Any, tuple[Fact, ...], tuple[Other, ...], tuple[str, ...]]
"""A resolution as the steps of a plan hand it on: a bare tuple, made and taken apart in a third of the time."""

NOT_RECORDED: Final = Resolution("not-recorded")
NOTHING: Final[Resolved] = NOT_RECORDED[:]
