"""What a record says of a term on a date, what follows from it by a rule, and the whole story of it."""

from prefill.resolution.explaining import Explanation, Line, explain
from prefill.resolution.following import (
    IN_DISPUTE,
    MAY_LACK,
    Apply,
    bound,
    changed,
    follow,
    of_sides,
    settled,
    stated_or_late,
)
from prefill.resolution.resolving import (
    WITHHELD,
    fresher,
    has_ended,
    membership,
    resolve,
    resolve_path,
    resolve_root,
    through,
)
from prefill.resolution.severity import SEVERITY

__all__ = [
    "IN_DISPUTE",
    "MAY_LACK",
    "SEVERITY",
    "WITHHELD",
    "Apply",
    "Explanation",
    "Line",
    "bound",
    "changed",
    "explain",
    "follow",
    "fresher",
    "has_ended",
    "membership",
    "of_sides",
    "resolve",
    "resolve_path",
    "resolve_root",
    "settled",
    "stated_or_late",
    "through",
]
