"""An entry of the ledger: what one fill or one receipt counts, without anything of whom it was about, and its place in the chain."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal

__all__ = ["GENESIS", "MAPS", "LedgerEntry", "chained", "content_of", "digest_of", "month_of"]

GENESIS: Final = "0" * 64
"""What stands in the first entry for the hash of the one before."""


def _none() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What one fill, or one receipt, counts. It names no subject, no worker and no community, and holds no value of a record.

    ``id`` makes it count once. ``kind`` is ``fill`` (what a form saved as it was handed out) or ``receipt`` (what it saved as it came
    back): two views of one form, never added together, as ``delivery``'s are not either. ``month`` is that of the day of filling, or of
    receiving; ``on`` the day that the form speaks for.

    ``spec_hash`` digests the form's file and what it rests on, ``model_hash`` the constants that keys and seconds were reckoned with.
    ``asked`` = known + confirm + new; ``blank`` is the form without prefill, ``left`` with it.

    Of a receipt besides: ``answers`` are those given to entries that count, ``measured`` how many of them came with the seconds that the
    page measured (the rest are ``unmeasured``), ``keyed`` how many with keys too; ``measured_…`` and ``modelled_…`` are of the same
    answers. ``filled`` are the values that were shown filled, ``corrected`` those of them that the worker changed; ``confirmed`` those
    confirmed, of which ``confirmed_timed`` came with seconds, and ``confirmed_fast`` with less than one. ``typed_fields`` says how often
    each field (by its key) was typed, or of a fill is left to be typed; ``corrected_fields`` and ``corrected_sources`` what was corrected,
    and whose word (by the name that may be printed).

    ``number``, ``previous`` and ``hash`` are its place in the chain, given by the ledger.
    """

    id: str
    kind: Literal["fill", "receipt"]
    form: str
    system: int | None
    version: str
    spec_hash: str
    model_hash: str
    department: str
    delivery: str
    month: str
    on: str

    asked: int
    known: int
    confirm: int
    new: int
    hand: int
    skip: int
    maybe: int
    keystrokes_blank: int
    keystrokes_left: int
    seconds_blank: float
    seconds_left: float

    answers: int = 0
    measured: int = 0
    unmeasured: int = 0
    keyed: int = 0
    measured_keys: int = 0
    measured_seconds: float = 0.0
    modelled_keys: int = 0
    modelled_seconds: float = 0.0
    filled: int = 0
    corrected: int = 0
    confirmed: int = 0
    confirmed_timed: int = 0
    confirmed_fast: int = 0
    typed_fields: Mapping[str, int] = field(default_factory=_none)
    corrected_fields: Mapping[str, int] = field(default_factory=_none)
    corrected_sources: Mapping[str, int] = field(default_factory=_none)

    number: int = 0
    previous: str = ""
    hash: str = ""

    @property
    def keystrokes_saved(self) -> int:
        """Keys of the blank form less those of this one; negative where this one costs more."""
        return self.keystrokes_blank - self.keystrokes_left

    @property
    def seconds_saved(self) -> float:
        """Seconds of the blank form less those of this one; negative where this one costs more."""
        return round(self.seconds_blank - self.seconds_left, 1)

    def to_dict(self) -> dict[str, Any]:
        """Give every field by its name, in order, as plain data (for JSON, CSV)."""
        found = dict(zip(_FIELDS, _values(self), strict=True))
        for name in MAPS:
            found[name] = dict(sorted(found[name].items()))
        return found


_values: Final = attrgetter(*(f.name for f in fields(LedgerEntry)))
_write: Final = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_FIELDS: Final = tuple(f.name for f in fields(LedgerEntry))
MAPS: Final = tuple(f.name for f in fields(LedgerEntry) if f.type == Mapping[str, int])
"""The fields that hold a count for each of several names."""

_SECONDS: Final = tuple(f.name for f in fields(LedgerEntry) if f.type is float)


def content_of(entry: LedgerEntry) -> str:
    """Write what an entry's hash covers in one way only: JSON of every field but ``hash``, keys sorted, no spaces, ASCII."""
    data = entry.to_dict()
    del data["hash"]
    return _write(data)


def digest_of(entry: LedgerEntry) -> str:
    """Give the hash that an entry must have: SHA-256 of its content, which holds the hash of the one before, in hexadecimal."""
    return hashlib.sha256(content_of(entry).encode("ascii")).hexdigest()


def chained(entry: LedgerEntry, number: int, previous: str) -> LedgerEntry:
    """Put an entry at its place in the chain."""
    exact: dict[str, Any] = {
        name: float(getattr(entry, name)) for name in _SECONDS
    }  # 3 and 3.0 are written differently
    placed = replace(entry, number=number, previous=previous, **exact)
    return replace(placed, hash=digest_of(placed))


def month_of(day: date) -> str:
    """Give a day's month as the ledger writes it.

    >>> month_of(date(2026, 11, 23))
    '2026-11'
    """
    return day.isoformat()[:7]
