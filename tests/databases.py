"""A PostgreSQL server of the tests' own: made of the binaries on the machine, reached by a socket in its folder, gone with the session."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OTHER = "nobody"  # postgres refuses to run as root


def binaries() -> Path | None:
    """The folder of ``initdb`` and ``postgres``, the latest version of them; None where PostgreSQL is not installed."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which("initdb")
    places += [Path(found).resolve().parent] if found else []
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


class Server:
    """A running server: its URL, and how it is stopped as by a power cut, and started again."""

    def __init__(self, place: Path, folder: Path, other: str | None) -> None:
        self.url = f"postgresql://prefill@/postgres?host={folder}"
        self._place, self._folder, self._other = place, folder, other
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder, log = self._folder, self._folder / "log"
        settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=60"]
        options: list[str | Path] = [word for setting in settings for word in ("-c", setting)]
        with log.open("ab") as out:
            server = subprocess.Popen(
                [self._place / "postgres", "-D", folder / "data", *options],
                stdout=out,
                stderr=out,
                user=self._other,
                cwd=folder,
            )
        self._server = server
        ready: list[str | Path] = [self._place / "pg_isready", "-q", "-h", folder, "-U", "prefill", "-d", "postgres"]
        until = time.monotonic() + 60
        while subprocess.run(ready, check=False).returncode != 0:
            assert server.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < until, "PostgreSQL did not start within a minute"
            time.sleep(0.1)

    def stop(self, *, at_once: bool = False) -> None:
        """End it; at once: without a word to those who are connected, so that it has to recover when it starts."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGQUIT if at_once else signal.SIGTERM)
        try:
            self._server.wait(30)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None


@contextmanager
def server() -> Iterator[Server]:
    """Start a server with an empty database."""
    place = binaries()
    assert place is not None
    other = _OTHER if os.getuid() == 0 else None
    folder = Path(
        tempfile.mkdtemp(prefix="pg-", dir="/tmp")
    )  # a socket's path is short, and pytest's folders are closed to others
    running = Server(place, folder, other)
    try:
        if other:
            shutil.chown(folder, other)
        words = ["-A", "trust", "-U", "prefill", "-E", "UTF8", "--locale=C", "--no-sync"]
        command: list[str | Path] = [place / "initdb", "-D", folder / "data", *words]
        subprocess.run(command, check=True, capture_output=True, user=other, cwd=folder)
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server with an empty database; gives its URL."""
    with server() as running:
        yield running.url
