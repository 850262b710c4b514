"""Records as lines of JSON."""

import os
from contextlib import suppress
from pathlib import Path

from prefill.exports.model import Export

__all__ = ["write_records"]


def write_records(export: Export, path: Path) -> None:
    """Write each subject's statements as a line of JSON (UTF-8); the file is written whole or not at all.

    Raises OSError, which names the file itself.
    """
    partial = path.with_name(f".prefill-{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(export.lines())
        partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
