"""What only a page for a browser takes on the command line: where it is sent, how long it keeps work, its key and its expiry."""

import re
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import typer

from prefill.cli.files import UsageError
from prefill.tokens import LEAST

__all__ = ["EXPIRES", "KEEP", "KEY_FILE", "SUBMIT_TO", "page_options", "read_key", "this_moment"]

_HOURS: Final = {"h": 1, "d": 24}


def _lasting(text: str | timedelta) -> timedelta:
    if isinstance(text, timedelta):  # a default passes here too
        return text
    found = re.fullmatch(r"([1-9][0-9]{0,3})([hd])", text)
    if found is None:
        raise typer.BadParameter(f"'{text}' is no span of time: write hours or days, like 8h or 2d")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _moment(text: str | datetime) -> datetime:
    if isinstance(text, datetime):
        return text
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?", text):
            return _zoned(datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # no such day; a year for which the machine knows no zone
        pass
    raise typer.BadParameter(f"'{text}' is no time: write it like 2026-12-01 or 2026-12-01T18:00+08:00")


def _zoned(moment: datetime) -> datetime:
    """Give a time its zone: where it names none, that of this machine."""
    return moment if moment.tzinfo is not None else moment.astimezone()


SUBMIT_TO: Final = typer.Option(
    "--submit-to", metavar="URL", help="Page: where it is posted; without it, the worker saves the answers as a file."
)
KEEP: Final = typer.Option(
    "--keep",
    metavar="TIME",
    parser=_lasting,
    help="Page: so long the browser keeps work in progress, such as 8h or 2d.",
)
KEY_FILE: Final = typer.Option(
    "--key-file", metavar="FILE", parser=Path, help="Page: the file with the secret that signs it."
)
EXPIRES: Final = typer.Option(
    "--expires", metavar="TIME", parser=_moment, help="Page: from when on it is refused, such as 2026-12-01."
)


def page_options(
    submit_to: str | None, keep: timedelta | None, key_file: Path | None, expires: datetime | None
) -> dict[str, Any]:
    """Give what ``to_html`` takes of these options; those that were not given are left out."""
    key = read_key(key_file) if key_file is not None else None
    given = {"submit_to": submit_to, "keep": keep, "key": key, "expires": expires}
    return {name: value for name, value in given.items() if value is not None}


def read_key(path: Path) -> bytes:
    """Read a secret: a text without the line end that an editor puts behind it, or any bytes just as they are.

    Raises UsageError, which shows nothing of it, if it is too short, and OSError if the file cannot be read.
    """
    key = path.read_bytes()
    with suppress(UnicodeDecodeError):
        key = key.decode().rstrip("\r\n").encode()
    if len(key) < LEAST:
        raise UsageError(
            f"the key in '{path}' has fewer than {LEAST} bytes: make one, for instance with openssl rand -hex 32"
        )
    return key


def this_moment() -> datetime:
    """Give the time, by this machine's clock and zone."""
    return datetime.now().astimezone()
