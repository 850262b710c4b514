"""An entry of the ledger: what one fill or one receipt counts, without anything of whom it was about, and its place in the chain."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from math import isfinite
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, get_type_hints

__all__ = [
    "FORMAT",
    "GENESIS",
    "MAPS",
    "NEWER",
    "LedgerEntry",
    "chained",
    "content_of",
    "digest_of",
    "month_of",
    "read_entry",
]

FORMAT: Final = 2
"""The version of an entry: which fields it has, and its hash covers. 1 had none of ``NEWER``."""

NEWER: Final = ("format", "corrected_field_sources")
"""The fields that entries have since version 2."""

GENESIS: Final = "0" * 64
"""What stands in the first entry for the hash of the one before."""


Counts: TypeAlias = Mapping[str, int]
CountsOfEach: TypeAlias = Mapping[str, Mapping[str, int]]


def _none() -> Mapping[str, Any]:
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
    and whose word (by the name that may be printed); ``corrected_field_sources`` whose word it was of each field.

    ``format`` is the version of the entry itself: entries of before keep theirs, and the hash that they had.

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
    typed_fields: Counts = field(default_factory=_none)
    corrected_fields: Counts = field(default_factory=_none)
    corrected_sources: Counts = field(default_factory=_none)
    corrected_field_sources: CountsOfEach = field(default_factory=_none)

    format: int = FORMAT

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
        """Give every field that its version has by name, in order, as plain data (for JSON, CSV)."""
        found = dict(zip(_FIELDS, _values(self), strict=True))
        for name in MAPS:
            found[name] = dict(sorted(found[name].items()))
        if found["corrected_field_sources"]:
            each = found["corrected_field_sources"]
            found["corrected_field_sources"] = {key: dict(sorted(counts.items())) for key, counts in each.items()}
        if self.format == 1:
            del found["format"]
            if not found["corrected_field_sources"]:  # else somebody put it there, and the hash shall show it
                del found["corrected_field_sources"]
        return found


_values: Final = attrgetter(*(f.name for f in fields(LedgerEntry)))
_write: Final = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_FIELDS: Final = tuple(f.name for f in fields(LedgerEntry))
_HINTS: Final = get_type_hints(LedgerEntry)
MAPS: Final = tuple(name for name in _FIELDS if _HINTS[name] in (Counts, CountsOfEach))
"""The fields that hold a count for each of several names."""

_SECONDS: Final = tuple(name for name in _FIELDS if _HINTS[name] is float)


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


# ── from a database, where somebody may have written anything ───────────────────────────────────────────────────────────


_TYPES: Final = tuple(_HINTS[name] if _HINTS[name] in (int, float) else str for name in _FIELDS)
_SYSTEM: Final = _FIELDS.index("system")
_NO_SYSTEM: Final = (*_TYPES[:_SYSTEM], type(None), *_TYPES[_SYSTEM + 1 :])
_WITH_SYSTEM: Final = (*_TYPES[:_SYSTEM], int, *_TYPES[_SYSTEM + 1 :])
_MAPPED: Final = tuple(map(_FIELDS.index, MAPS))
_TIMED: Final = tuple(map(_FIELDS.index, _SECONDS))
_MOST: Final = 1 << 53


def read_entry(cells: Iterable[Any]) -> LedgerEntry:
    """Make an entry of the cells of a row, in the order of its fields; its maps are JSON.

    Raises ValueError where a cell is none that the ledger could have written: the row was changed, or is no entry.
    """
    found = list(cells)
    if tuple(map(type, found)) not in (_WITH_SYSTEM, _NO_SYSTEM) or not all(isfinite(found[place]) for place in _TIMED):
        raise ValueError("a cell is of another type")
    "".join(cell for cell in found if type(cell) is str).encode()  # raises UnicodeEncodeError, a ValueError
    for place, name in zip(_MAPPED, MAPS, strict=True):
        found[place] = {} if found[place] == "{}" else _counts(found[place], deep=_HINTS[name] == CountsOfEach)
    return LedgerEntry(*found)


def _counts(text: str, *, deep: bool) -> dict[str, Any]:
    """Read a map of counts, or (``deep``) of such maps."""
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("no JSON of counts") from None
    for counts in found.values() if deep and type(found) is dict else (found,):
        if type(counts) is not dict or not all(type(n) is int and 0 <= n < _MOST for n in counts.values()):
            raise ValueError("no JSON of counts")
        "".join(counts).encode()
    "".join(found).encode()
    return dict(found)
