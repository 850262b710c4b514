"""What a command is given records from: told by what a file holds, and not by what it is called."""

from pathlib import Path
from typing import Final, Literal

__all__ = ["GIVEN", "kind_of"]

GIVEN: Final = "A record a line (.jsonl), a Parquet file with a column 'record', or a store: a SQLite file or a URL."

_SQLITE: Final = b"SQLite format 3\0"
_PARQUET: Final = b"PAR1"


def kind_of(text: str) -> Literal["lines", "parquet", "store"]:
    """Say what is meant by the name of a file or the URL of a database. A file that is not there is one of lines, which will be missed."""
    if "://" in text:
        return "store"
    start, path = b"", Path(text)
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(len(_SQLITE))
    if start == _SQLITE:
        return "store"
    return "parquet" if start.startswith(_PARQUET) else "lines"
