"""Adding a ledger's entries up: by form, system, department and month, each delivery for itself, what was filled apart from what came back."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from operator import add, attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from prefill.store import LedgerEntry

__all__ = ["BY", "Cell", "Group", "Sums", "Tally", "tallied"]

BY: Final = ("form", "system", "department", "month")
"""What entries are grouped by. There is no worker and no community among them: the ledger knows none."""

KINDS: Final = ("fill", "receipt")


class Cell(NamedTuple):
    """The smallest heap that entries are put on; every group is made of whole heaps."""

    delivery: str
    form: str
    system: int | None
    department: str
    month: str

    def under(self, by: str) -> str:
        """Give what it goes by in a grouping."""
        return "" if self.system is None and by == "system" else str(getattr(self, by))


@dataclass(frozen=True, slots=True)
class Sums:
    """What a number of forms add up to; the names are the ledger entry's. Times are in thousandths of a second, and exact."""

    forms: int = 0
    asked: int = 0
    known: int = 0
    confirm: int = 0
    new: int = 0
    hand: int = 0
    skip: int = 0
    maybe: int = 0
    keystrokes_blank: int = 0
    keystrokes_left: int = 0
    answers: int = 0
    measured: int = 0
    unmeasured: int = 0
    keyed: int = 0
    measured_keys: int = 0
    modelled_keys: int = 0
    filled: int = 0
    corrected: int = 0
    confirmed: int = 0
    confirmed_timed: int = 0
    confirmed_fast: int = 0
    seconds_blank: int = 0
    seconds_left: int = 0
    measured_seconds: int = 0
    modelled_seconds: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*map(add, _numbers(self), _numbers(other)))

    @property
    def share_filled(self) -> float | None:
        """(known + confirm) / asked, or None where nothing is asked."""
        return _share(self.known + self.confirm, self.asked)

    @property
    def share_corrected(self) -> float | None:
        """Of the values that were shown filled, how many the worker changed."""
        return _share(self.corrected, self.filled)

    @property
    def share_fast(self) -> float | None:
        """Of the confirmations that came with a time, how many took less than a second."""
        return _share(self.confirmed_fast, self.confirmed_timed)

    @property
    def keystrokes_saved(self) -> int:
        """Keys of the blank forms less those of these; negative where these cost more."""
        return self.keystrokes_blank - self.keystrokes_left

    @property
    def seconds_saved(self) -> int:
        """Thousandths of a second of the blank forms less those of these; negative where these cost more."""
        return self.seconds_blank - self.seconds_left


_NAMES: Final = tuple(field.name for field in fields(Sums))
_TIMES: Final = _NAMES.index("seconds_blank")
_numbers: Final = attrgetter(*_NAMES)
_counts: Final = attrgetter(*_NAMES[1:_TIMES])
_times: Final = attrgetter(*_NAMES[_TIMES:])


@dataclass(frozen=True, slots=True)
class Group:
    """What was filled, and what came back, of one form, system, department or month, for one delivery: two views, never added together."""

    by: str
    key: str
    delivery: str
    system: int | None
    fills: Sums
    receipts: Sums


class Tally:
    """The heaps, as entries come by one after the other: of each it keeps numbers alone, so a long ledger takes no more room than a short one."""

    def __init__(self) -> None:
        self.entries = 0
        self.ledger = 0  # entries of all months
        self.head = ""  # the hash of the last of them
        self.cells: dict[tuple[str, Cell], list[int]] = {}
        self.typed: dict[str, Counter[tuple[str, str]]] = {kind: Counter() for kind in KINDS}
        self.corrected: Counter[tuple[str, str]] = Counter()
        self.sources: Counter[str] = Counter()
        self.whose: dict[tuple[str, str], Counter[str]] = {}
        self.specs: Counter[tuple[str, str, str]] = Counter()
        self.models: Counter[str] = Counter()

    def add(self, entry: "LedgerEntry") -> None:
        """Put an entry on its heap."""
        self.entries += 1
        cell = Cell(entry.delivery, entry.form, entry.system, entry.department, entry.month)
        heap = self.cells.get((entry.kind, cell))
        numbers = (1, *_counts(entry), *(round(1000 * time) for time in _times(entry)))
        self.cells[entry.kind, cell] = list(numbers) if heap is None else list(map(add, heap, numbers))
        form = entry.form
        typed = self.typed[entry.kind]
        for key, n in entry.typed_fields.items():
            typed[form, key] += n
        for key, n in entry.corrected_fields.items():
            self.corrected[form, key] += n
        if entry.corrected_sources:
            self.sources.update(entry.corrected_sources)
        for key, sources in entry.corrected_field_sources.items():
            self.whose.setdefault((form, key), Counter()).update(sources)
        self.specs[form, entry.version, entry.spec_hash] += 1
        self.models[entry.model_hash] += 1

    def groups(self, by: str) -> tuple[Group, ...]:
        """Give the groups: departments and forms in the order of their systems' numbers, months as they went by; never by what they saved."""
        found: dict[tuple[str, str], dict[str, Sums]] = {}
        first: dict[tuple[str, str], int] = {}
        for kind, cell, sums in self:
            key = cell.delivery, cell.under(by)
            own = found.setdefault(key, dict.fromkeys(KINDS, Sums()))
            own[kind] += sums
            first[key] = min(first.get(key, _LAST), _LAST if cell.system is None else cell.system)
        keys = sorted(found, key=lambda key: (0 if by == "month" else first[key], key[1], key[0]))
        return tuple(
            Group(by, key[1], key[0], first[key] if first[key] < _LAST else None, *found[key].values()) for key in keys
        )

    def deliveries(self) -> tuple[Group, ...]:
        """Give each delivery's total: there is no total over them, since what may be claimed differs."""
        return self.groups("delivery")

    def __iter__(self) -> Iterator[tuple[str, Cell, Sums]]:
        for (kind, cell), heap in self.cells.items():
            yield kind, cell, Sums(*heap)


_LAST: Final = 1 << 30


def tallied(entries: Iterable["LedgerEntry"], since: str | None = None, until: str | None = None) -> Tally:
    """Add up the entries of the months ``since`` … ``until`` (both included, ``2026-11``), or all. Entries come in the order of the chain.

    An entry of a kind that there is not (somebody wrote into the database) is left out; verifying the chain tells of it.
    """
    tally = Tally()
    for entry in entries:
        tally.ledger += 1
        tally.head = entry.hash
        if (since is None or entry.month >= since) and (until is None or entry.month <= until) and entry.kind in KINDS:
            tally.add(entry)
    return tally


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
