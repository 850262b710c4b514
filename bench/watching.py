"""Memory of this process and all that it began, looked at twice a second: the most that it came to."""

import threading
from pathlib import Path
from types import TracebackType

__all__ = ["Watch"]

_EVERY = 0.5  # seconds


class Watch:
    """``with Watch() as watch: …`` and then ``watch.peak`` (all of them together) and ``watch.largest`` (one of them), in MB.

    Memory that processes share is counted once (PSS), as the kernel tells it in ``/proc``: Linux alone.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.peak = self.largest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        """Look, from now on."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            seen = [_megabytes(process) for process in _family()]
            self.peak, self.largest = max(self.peak, sum(seen)), max(self.largest, *seen, 0.0)
            if self._over.wait(_EVERY):
                return


def _family() -> list[str]:
    """This process and all below it."""
    waiting, found = ["self"], []
    while waiting:
        process = waiting.pop()
        found.append(process)
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                waiting += children.read_text().split()
            except OSError:  # it has ended meanwhile
                continue
    return found


def _megabytes(process: str) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # likewise
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
