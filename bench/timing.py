"""CPU time of several things, taken in turns, so that the machine's moods fall on all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["Timed", "Work", "each", "in_turns", "once"]

Work: TypeAlias = Callable[[], int]
"""A piece of work; it returns how often it did the same."""


@dataclass(slots=True)
class Timed:
    """Seconds of CPU a call, one figure a round."""

    name: str
    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle one of the rounds."""
        return statistics.median(self.rounds)

    def ratio(self, floor: "Timed") -> float:
        """The median of the rounds' own ratios: both were taken in the same moment."""
        pairs = zip(self.rounds, floor.rounds, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def in_turns(rounds: int, make: Callable[[], Iterator[tuple[str, Work]]]) -> dict[str, Timed]:
    """Time what ``make`` gives anew each round, one piece of work after the other; pieces of one name are added up.

    The first round only warms up. What ``make`` does between the pieces is not timed. As with ``timeit``, the garbage
    collector is off meanwhile.
    """
    found: dict[str, Timed] = {}
    for number in range(rounds + 1):
        gc.collect()
        gc.disable()
        seconds: dict[str, float] = {}
        times: dict[str, int] = {}
        for name, call in make():
            start = time.process_time()
            done = call()
            seconds[name] = seconds.get(name, 0.0) + time.process_time() - start
            times[name] = times.get(name, 0) + done
        gc.enable()
        if number:
            for name, total in seconds.items():
                found.setdefault(name, Timed(name)).rounds.append(total / times[name])
    return found


def once(call: Work) -> float:
    """Seconds of CPU that doing a piece of work once takes."""
    start = time.process_time()
    done = call()
    return (time.process_time() - start) / max(1, done)


def each(call: Callable[[Any], object], items: Iterable[object]) -> Work:
    """Make the work of calling something with each item; what it returns is let go at once."""
    kept = list(items)

    def work() -> int:
        for item in kept:
            call(item)
        return len(kept)

    return work
