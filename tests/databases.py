"""A PostgreSQL server of the tests' own: made of the binaries on the machine, reached by a socket in its folder, gone with the session."""

import os
import shutil
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


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server with an empty database; gives its URL."""
    place = binaries()
    assert place is not None
    other = _OTHER if os.getuid() == 0 else None
    folder = Path(
        tempfile.mkdtemp(prefix="pg-", dir="/tmp")
    )  # a socket's path is short, and pytest's folders are closed to others
    data, log = folder / "data", folder / "log"
    server = None
    try:
        if other:
            shutil.chown(folder, other)
        command: list[str | Path] = [
            place / "initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "prefill",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        subprocess.run(command, check=True, capture_output=True, user=other, cwd=folder)
        settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=60"]
        options: list[str | Path] = [word for setting in settings for word in ("-c", setting)]
        with log.open("wb") as out:
            server = subprocess.Popen(
                [place / "postgres", "-D", data, *options], stdout=out, stderr=out, user=other, cwd=folder
            )
        ready: list[str | Path] = [place / "pg_isready", "-q", "-h", folder, "-U", "prefill", "-d", "postgres"]
        until = time.monotonic() + 60
        while subprocess.run(ready, check=False).returncode != 0:
            assert server.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < until, "PostgreSQL did not start within a minute"
            time.sleep(0.1)
        yield f"postgresql://prefill@/postgres?host={folder}"
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)
