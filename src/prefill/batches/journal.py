"""The journal of a batch: how far it is, so that it can be taken up after any interruption.

A line is appended after all that it speaks of is on the disk. What stands in the other files beyond the last whole line is cut off when the
batch is taken up: it is made again.
"""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from prefill.batches.drawing import synced
from prefill.batches.model import Place
from prefill.errors import BatchError

__all__ = ["Appended", "Journal", "State"]

_FORMAT: Final = 1
_PATIENCE: Final = 10.0  # seconds: the workers of a batch that was killed take a moment to end


@dataclass(frozen=True, slots=True)
class State:
    """How far a batch is: what was read of the input, what became of it, how long each file is, and the parts of a PDF's list of pages."""

    place: Place = field(default_factory=Place)
    filled: int = 0
    set_aside: int = 0
    warned: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)
    nodes: tuple[int, ...] = ()
    objects: int = 0
    pages: int = 0
    ended: bool = False


class Appended:
    """A file that is only ever appended to; what goes beyond ``size`` when it is opened is cut off."""

    def __init__(self, path: Path, size: int) -> None:
        """Open it, or make it. Raises BatchError if it is shorter than it was."""
        self.path = path
        self._file = path.open("ab")
        there = os.fstat(self._file.fileno()).st_size
        if there < size:
            self._file.close()
            raise BatchError(f"'{path}' is shorter than the batch left it: begin anew, in another place")
        if there > size:
            self._file.truncate(size)
        self.size = size

    def write(self, content: bytes) -> None:
        """Append. Raises OSError, which names the file."""
        try:
            self._file.write(content)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from None
        self.size += len(content)

    def sync(self) -> None:
        """See to it that all is on the disk. Raises OSError, which names the file."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from None

    def cut(self, size: int) -> None:
        """Leave no more than so much, and close it; for when appending has failed."""
        with suppress(OSError):
            os.truncate(self.path, size)
        with suppress(OSError):
            self._file.close()  # flushes what could not be written
        with suppress(OSError):
            os.truncate(self.path, size)

    def close(self) -> None:
        """Close it."""
        self._file.close()


class Journal:
    """An open journal; nobody else can have it open meanwhile. ``head`` says what the batch is of, ``state`` how far it is."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it. Raises BatchError if another process has it open."""
        self.path = path
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(self.handle, path)
            self.head, self.state, self.size = self._read()
        except BaseException:
            os.close(self.handle)
            raise

    def _read(self) -> tuple[Mapping[str, Any] | None, State, int]:
        """Read as far as lines are whole."""
        head: Mapping[str, Any] | None = None
        state, size, nodes = State(), 0, list[int]()
        with self.path.open("rb") as file:
            for line in file:
                try:
                    said = json.loads(line) if line.endswith(b"\n") else None
                except ValueError:
                    said = None
                if said is None:
                    if head is None and line.endswith(b"\n"):  # what was torn off as a batch began has no end
                        raise BatchError(f"'{self.path}' is no journal of a batch: name another place")
                    break
                if head is None:
                    if not isinstance(said, dict) or said.get("format") != _FORMAT:
                        raise BatchError(f"'{self.path}' is no journal of a batch, or one of a later version")
                    head = said
                else:
                    nodes += said.pop("nodes")
                    state = State(**{**said, "place": Place(*said["place"])})
                size += len(line)
        return head, replace(state, nodes=tuple(nodes)), size

    def begin(self, head: Mapping[str, Any]) -> None:
        """Write what the batch is of."""
        self._append({"format": _FORMAT, **head})
        synced(self.path.parent)
        self.head = head

    def note(self, state: State) -> None:
        """Write how far it is. Raises OSError."""
        new = state.nodes[len(self.state.nodes) :]
        self._append({**asdict(replace(state, nodes=())), "place": list(state.place), "nodes": list(new)})
        self.state = state

    def _append(self, line: Mapping[str, Any]) -> None:
        content = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            os.ftruncate(self.handle, self.size)
            if os.pwrite(self.handle, content, self.size) != len(content):
                raise OSError(28, os.strerror(28))  # a short write: the disk is full
            os.fsync(self.handle)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self.handle, self.size)
            raise OSError(error.errno, error.strerror, str(self.path)) from None
        self.size += len(content)

    def close(self) -> None:
        """Close it."""
        os.close(self.handle)

    def __enter__(self) -> "Journal":
        """Give the journal itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _lock(handle: int, path: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise BatchError(
                    f"another process is at work on the batch of '{path}': wait until it is done"
                ) from None
            time.sleep(0.05)
        else:
            return
