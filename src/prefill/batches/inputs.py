"""Where the records of a batch come from: JSON lines, a Parquet file, a store, or whatever a program has."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from prefill.batches.lines import statements_of
from prefill.batches.model import Place, Stored, Subject, Task
from prefill.errors import BatchError, FileError, MissingExtra, Problem
from prefill.records import Record

__all__ = ["Input", "from_iterable", "from_lines", "from_parquet", "from_store"]

COLUMN: Final = "record"
"""The column of a Parquet file that holds each record, as JSON."""

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Input:
    """The records of a batch. ``tasks`` gives those after a place, so many to a task; ``identity`` tells the input from others.

    ``total`` is how many there are, None where that is not known; ``file`` the file that tasks are ranges of. ``changed`` says whether it is
    another one by now.
    """

    name: str
    identity: Mapping[str, Any]
    tasks: Callable[[Place, int], Iterator[Task]]
    total: int | None = None
    file: Path | None = None
    changed: Callable[[], bool] = lambda: False


def from_lines(path: Path) -> Input:
    """Take the records of a file of JSON lines. It is read once here, for its digest. Raises FileError if it cannot be read."""
    digest, total, before = _looked_over(path)

    def tasks(after: Place, size: int) -> Iterator[Task]:
        with _opened_again(path) as file:
            file.seek(after.offset)
            number, offset = after.number, after.offset
            while True:
                length = count = records = 0
                for line in file:
                    length += len(line)
                    count += 1
                    records += not line.isspace()
                    if records == size:
                        break
                if not count:
                    return
                end = Place(number + count, offset + length)
                yield Task(end, first=number + 1, range=(offset, length))
                number, offset = end.number, end.offset

    return Input(str(path), {"sha256": digest}, tasks, total, path.resolve(), partial(_changed, path, before))


def _looked_over(path: Path) -> tuple[str, int, tuple[int, ...]]:
    """Give a file's digest, the number of its lines that are not empty, and what changes when it is written."""
    hasher, total = hashlib.sha256(), 0
    try:
        before = _stamp(path)
        with path.open("rb") as file:
            while lines := file.readlines(_BLOCK):
                hasher.update(b"".join(lines))
                total += sum(not line.isspace() for line in lines)
    except FileNotFoundError:
        raise FileError([Problem(str(path), None, "there is no such file", "check the path")]) from None
    except OSError as error:
        why = (error.strerror or "it is not known why").lower()
        raise FileError([Problem(str(path), None, f"cannot be read ({why})", "name a file of records")]) from None
    return hasher.hexdigest(), total, before


def _opened_again(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BatchError(f"{path} cannot be read any more ({(error.strerror or '?').lower()})") from None


def _changed(path: Path, before: tuple[int, ...]) -> bool:
    try:
        return _stamp(path) != before
    except OSError:
        return True


def _stamp(path: Path) -> tuple[int, ...]:
    about = path.stat()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def from_parquet(path: Path) -> Input:
    """Take the records of a Parquet file: its column ``record``, each the JSON of a record's statements. Raises FileError, MissingExtra."""
    digest, _, before = _looked_over(path)
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise MissingExtra("Parquet needs pyarrow: install prefill with its extra [arrow] (README, Install)") from error
    try:
        with parquet.ParquetFile(path) as file:
            total, names = file.metadata.num_rows, file.schema_arrow.names
    except pyarrow.ArrowException as error:
        raise FileError([Problem(str(path), None, "it is no Parquet file", "write it anew")]) from error
    if COLUMN not in names:
        what, remedy = f"it has no column '{COLUMN}'", "put the JSON of each record's statements into one"
        raise FileError([Problem(str(path), None, what, remedy)])

    def tasks(after: Place, size: int) -> Iterator[Task]:
        number = 0
        rows = _rows(path, after.number, size)
        while True:
            try:
                first, texts = next(rows, (0, None))
            except (OSError, pyarrow.ArrowException):
                where = f"after row {number}" if number else "at its first rows"
                raise BatchError(
                    f"{path} cannot be read {where}: it is damaged, or was changed; write it anew"
                ) from None
            if texts is None:
                return
            number = first + len(texts)
            found = tuple(Subject(n, None, text) for n, text in enumerate(texts, first + 1) if n > after.number)
            if found:
                yield Task(Place(number), found)

    return Input(str(path), {"sha256": digest}, tasks, total, changed=partial(_changed, path, before))


def _rows(path: Path, after: int, size: int) -> Iterator[tuple[int, list[Any]]]:
    """Give the records of a Parquet file, so many at a time, and how many stand before them; groups of rows that end before one are passed over."""
    import pyarrow.parquet as parquet

    number = 0
    with parquet.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if number + rows <= after:
                number += rows
                continue
            for batch in file.iter_batches(size, row_groups=[group], columns=[COLUMN]):
                texts = batch.column(0).to_pylist()
                yield number, texts
                number += len(texts)


def from_store(store: Any, root: str) -> Input:
    """Take the records of all subjects of a store that statements take as this root, in the order in which they came to it."""

    def tasks(after: Place, size: int) -> Iterator[Task]:
        number, found = after.number, store.stored(root, after.offset)
        while some := tuple(islice(found, size)):
            subjects = tuple(Subject(number + place, one.subject, Stored(one)) for place, one in enumerate(some, 1))
            number += len(some)
            yield Task(Place(number, some[-1].entity, some[-1].subject), subjects)

    return Input(store.name, {"store": store.name, "root": root}, tasks)


def from_iterable(records: Iterable[Any], name: str = "records") -> Input:
    """Take records of a program: each a Record, a list of statements, one statement, or JSON text; or a pair with an id before it."""

    def tasks(after: Place, size: int) -> Iterator[Task]:
        number, found = 0, iter(records)
        while some := tuple(islice(found, size)):
            subjects = tuple(_subject(place, one) for place, one in enumerate(some, number + 1))
            number += len(some)
            yield Task(Place(number), subjects)

    return Input(name, {}, tasks)


def _subject(number: int, given: Any) -> Subject:
    id, record = given if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str) else (None, given)
    return Subject(number, id, statements_of(record) if isinstance(record, Record) else record)
