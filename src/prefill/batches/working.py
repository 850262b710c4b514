"""A worker's process: tasks come through a pipe, results go back; it ends with the process that started it, however that ends."""

import gc
import os
import queue
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

__all__ = ["READY", "Failed", "Learnt", "main", "settle"]

READY = "ready"


class Learnt(NamedTuple):
    """What a worker's stamper has learnt, for those of the others."""

    told: bytes


class Failed:
    """What a worker could not go on with: the error's class by name, and what it was made of."""

    def __init__(self, error: BaseException) -> None:
        self.name = type(error).__name__
        self.arguments: tuple[Any, ...] = (str(error),)
        if isinstance(error, OSError):
            self.name, self.arguments = "OSError", (error.errno, error.strerror, error.filename)


def main(handle: int) -> None:
    """Work until the pipe is closed. Whoever started this process holds its other end: the kernel closes that even if it is killed."""
    connection: Connection[Any, Any] = Connection(handle)
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    told: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, tasks, told), daemon=True).start()
    try:
        from prefill.batches.drawing import Worker

        worker = Worker(tasks.get(), lambda learnt: connection.send(Learnt(learnt)), told)
        settle()
        connection.send(READY)
        while True:
            connection.send(worker.work(tasks.get()))
    except (BrokenPipeError, ConnectionResetError):
        os._exit(1)
    except BaseException as error:
        connection.send(Failed(error))
        raise SystemExit(1) from None


def settle() -> None:
    """Make this process fit for many forms: what is there is there to stay, and what a form leaves behind is collected less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _listen(
    connection: "Connection[Any, Any]", tasks: "queue.SimpleQueue[Any]", told: "queue.SimpleQueue[bytes]"
) -> None:
    """Hand on what comes, and wait for nothing else; at the end of it, end this process at once, whatever it is doing."""
    while True:
        try:
            come = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        if isinstance(come, Learnt):
            told.put(come.told)
        else:
            tasks.put(come)


if __name__ == "__main__":
    main(int(sys.argv[1]))
