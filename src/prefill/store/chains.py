"""Going along the chain of a ledger's rows, and telling every place where it is broken; the rows may hold anything."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from prefill.store.entries import GENESIS, LedgerEntry, digest_of, read_entry

__all__ = ["Fault", "Head", "broken"]

Fault: TypeAlias = tuple[int, str]
"""The number of the entry at which the chain is broken, and what is wrong there."""

_FIELDS: Final = tuple(LedgerEntry.__dataclass_fields__)
_NUMBER, _PREVIOUS, _HASH = map(_FIELDS.index, ("number", "previous", "hash"))


class Head(NamedTuple):
    """The last entry's number and hash: what to note elsewhere, so that a ledger written anew is found out."""

    number: int
    hash: str

    def __str__(self) -> str:
        """Write it as ``prefill ledger verify --head`` takes it."""
        return f"{self.number}:{self.hash}"


def broken(rows: Iterable[Sequence[Any]], last: Head | None, noted: Head | None = None) -> Iterator[Fault]:
    """Give the faults of rows in the order of their numbers, each with its cells in the order of the entry's fields.

    ``last`` is what the head beside them says, None where it is no head; ``noted`` one that was noted elsewhere.
    """
    number, previous = 0, GENESIS
    for row in rows:
        own, before, digest = row[_NUMBER], row[_PREVIOUS], row[_HASH]
        if type(own) is not int or type(digest) is not str or own <= number:
            yield number + 1, f"what stands after entry {number} is no entry: it was changed or put in"
            continue
        if own > number + 1:
            gap = f"entry {number + 1} is" if own == number + 2 else f"entries {number + 1} to {own - 1} are"
            yield number + 1, f"{gap} missing"
        elif before != previous:
            yield own, f"entry {own} does not follow on the one before it"
        if not _is_whole(row, digest):
            yield own, f"entry {own} is not what was written here: it was changed or moved"
        if noted is not None and noted.number == own and noted.hash != digest:
            yield own, f"entry {own} is another than the one that was noted"
        number, previous = own, digest
    yield from _at_the_end(Head(number, previous), last, noted)


def _is_whole(row: Sequence[Any], digest: str) -> bool:
    try:
        return digest_of(read_entry(row)) == digest
    except ValueError:
        return False


def _at_the_end(end: Head, last: Head | None, noted: Head | None) -> Iterator[Fault]:
    if last is None:
        yield end.number, "the head of the chain is missing, or is none: the last entries may be missing too"
    elif last.number > end.number:
        yield end.number + 1, f"the last entries are missing, {end.number + 1} to {last.number}"
    elif last != end:
        yield end.number, "the head of the chain is not that of its last entry"
    if noted is not None and noted.number > end.number:
        yield (
            end.number + 1,
            f"there were {noted.number} entries when the head was noted, now there are {end.number}",
        )
