"""The processes that share a batch: each takes a task when it has done one, and results come in the order of the input."""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from prefill import errors
from prefill.batches.model import Job, Result, Task
from prefill.batches.working import READY, Failed, Learnt
from prefill.errors import BatchError

__all__ = ["cores", "in_order"]

AHEAD: Final = 2
"""Tasks that a worker has at a time: one at work, one that waits."""

WINDOW: Final = 6
"""Results a worker that wait for one before them; more, and no task is given out."""

_START: Final = "import sys; sys.path += [p for p in sys.argv[2:] if p not in sys.path]; from prefill.batches.working import main; main(int(sys.argv[1]))"
_LOOK: Final = 0.2  # seconds, after which it is looked whether to stop


def cores() -> int:
    """Give the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    job: Job,
    tasks: Iterator[Task],
    workers: int,
    *,
    stopping: Callable[[], bool] = lambda: False,
    keep: tuple[int, ...] = (),
) -> Generator[Result, None, None]:
    """Do tasks in so many processes and give their results in the tasks' order; few are held at a time.

    ``stopping`` is asked five times a second whether to give up what is not done. ``keep`` are open files that the workers hold open, too: a
    lock is let go only when all of them have ended. Raises what prevents a worker from working, and BatchError where one is killed.
    """
    crew = _Crew(job, workers, keep)
    try:
        yield from crew.results(tasks, stopping)
    finally:
        crew.end()


class _Member:
    """One process, and what it was given."""

    def __init__(self, job: Job, keep: tuple[int, ...]) -> None:
        self.connection: Connection[Any, Any]
        self.connection, theirs = Pipe()
        handle = theirs.fileno()
        self.process = subprocess.Popen(  # noqa: S603  # this program itself
            [sys.executable, "-P", "-c", _START, str(handle), *filter(None, sys.path)],
            stdin=subprocess.DEVNULL,
            pass_fds=(handle, *keep),
            process_group=0,  # what a terminal sends to stop the batch is for the one process that can stop it well
        )
        theirs.close()
        self.tasks: deque[tuple[int, Task]] = deque()
        self.connection.send(job)


class _Crew:
    def __init__(self, job: Job, workers: int, keep: tuple[int, ...]) -> None:
        self.job, self.most, self.keep = job, max(1, workers), keep
        self.members: list[_Member] = []
        self.done: dict[int, Result] = {}
        self.given = 0

    def results(self, tasks: Iterator[Task], stopping: Callable[[], bool]) -> Iterator[Result]:
        """Give the results, one task's after the other's."""
        last, due = False, 0
        while not stopping():
            while not last and self.given - due < WINDOW * self.most and (member := self.free()) is not None:
                task = next(tasks, None)
                if task is None:
                    last = True
                else:
                    self.give(member, task)
            if due == self.given and last:
                return
            self.take(stopping)
            while due in self.done:
                yield self.done.pop(due)
                due += 1
        while due in self.done:  # what is done is not thrown away
            yield self.done.pop(due)
            due += 1

    def free(self) -> _Member | None:
        """Give a process that can take a task: a new one while there are fewer than there may be."""
        if len(self.members) < self.most and all(member.tasks for member in self.members):
            self.members.append(_Member(self.job, self.keep))
        member = min(self.members, key=lambda one: len(one.tasks))
        return member if len(member.tasks) < AHEAD else None

    def give(self, member: _Member, task: Task) -> None:
        member.tasks.append((self.given, task))
        self.given += 1
        self.send(member, task)

    def send(self, member: _Member, told: Task | Learnt) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it has said why, or is missed when its results are
            member.connection.send(told)

    def take(self, stopping: Callable[[], bool]) -> None:
        """Wait for something to be done, for a moment at most."""
        found = wait([member.connection for member in self.members], _LOOK)
        for member in self.members:
            if member.connection not in found:
                continue
            try:
                told = member.connection.recv()
            except (EOFError, OSError):
                if not stopping():
                    raise self.lost(member) from None
                return
            if isinstance(told, Failed):
                raise _as_error(told)
            if isinstance(told, Learnt):
                for other in self.members:
                    if other is not member:
                        self.send(other, told)
            elif told != READY:
                number, _ = member.tasks.popleft()
                self.done[number] = told

    def lost(self, member: _Member) -> BatchError:
        """Say that a process was killed, and at what."""
        code = member.process.wait()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        at = f", at work on what ends with number {member.tasks[0][1].end.number}" if member.tasks else ""
        why = " (is memory short?)" if code == -signal.SIGKILL else ""
        return BatchError(f"a worker process of {self.job.name} was ended by {how}{why}{at}")

    def end(self) -> None:
        for member in self.members:
            member.connection.close()
        for member in self.members:
            member.process.kill()
            member.process.wait()


def _as_error(failed: Failed) -> Exception:
    """Make the error again that a worker told of."""
    if failed.name == "OSError":
        return OSError(*failed.arguments)
    kind = getattr(errors, failed.name, None)
    if isinstance(kind, type) and issubclass(kind, errors.PrefillError) and not issubclass(kind, errors.FileError):
        return kind(*failed.arguments)
    return BatchError(f"a worker cannot go on ({failed.name}: {failed.arguments[0]})")
