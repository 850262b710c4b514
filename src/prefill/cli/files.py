"""What the commands read and write: the catalogue, a plan, a record, and the files of a filled form."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from prefill.catalogue import Catalogue, open_catalogue
from prefill.errors import PrefillError, SpecError
from prefill.filling import FilledForm
from prefill.plans import Plan
from prefill.records import Record

__all__ = ["UsageError", "check_place", "find_plan", "make_folder", "open_specs", "renderer", "say", "warn", "write"]


_PAGE_ONLY: Final = {"submit_to": "--submit-to", "keep": "--keep", "key": "--key-file", "expires": "--expires"}


class UsageError(PrefillError):
    """A mistake on the command line; the message is one line that says what to do."""


def say(*lines: str) -> None:
    """Put each message on stderr, on one line of its own."""
    for line in lines:
        print(" ".join(line.split()), file=sys.stderr)  # noqa: T201


def open_specs(folder: Path | None) -> Catalogue:
    """Open the specs that come with prefill, with this folder's laid over them.

    Raises UsageError if there is no such folder, and SpecError with every fault of the vocabulary.
    """
    if folder is None:
        return open_catalogue()
    if not folder.is_dir():
        raise UsageError(f"no folder '{folder}'")
    return open_catalogue(folder)


def find_plan(catalogue: Catalogue, name: str) -> Plan:
    """Give the plan of a system's number, a form's id or a YAML file.

    Raises UsageError, with the nearest id, if there is no such form, and SpecError if the form has faults.
    """
    try:
        return catalogue.plan(name)
    except SpecError as error:
        first = error.problems[0]
        if first.where != "catalogue":
            raise
        raise UsageError(f"{first.what}: {first.remedy}") from None


def warn(record: Record) -> None:
    """Tell a record's lesser faults on stderr; the rest of it is used."""
    say(*(f"warning: {problem}" for problem in record.problems))


def make_folder(path: Path) -> None:
    """Make a folder if there is none. Raises UsageError if there cannot be one."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"'{path}' is a file: name a folder") from None
    except OSError as error:
        raise UsageError(f"the folder '{path}' cannot be made ({_why(error)})") from None


def renderer(
    path: Path, *, templates: Path | None = None, page: Mapping[str, Any] | None = None, **paper: Any
) -> Callable[[FilledForm], str | bytes]:
    """Give the function that draws what this file's ending asks for; ``page`` is what only a page takes, ``paper`` only a PDF.

    Raises UsageError for another ending, an option that it does not take, a folder in the file's place, or one for it that
    does not exist.
    """
    from prefill import rendering

    found: dict[str, Callable[..., str | bytes]] = {
        ".html": rendering.to_html,
        ".pdf": rendering.to_pdf,
        ".json": rendering.to_json,
    }
    ending = path.suffix.lower()
    if ending not in found:
        raise UsageError(f"'{path}' ends in none of {', '.join(found)}")
    given = {name: value for name, value in paper.items() if value not in (None, False)}
    if given and ending != ".pdf":
        option = "--font" if "fonts" in given else f"--{next(iter(given)).replace('_', '-')}"
        raise UsageError(f"{option} is for a PDF: name a file that ends in .pdf")
    if page and ending != ".html":
        raise UsageError(f"{_PAGE_ONLY[next(iter(page))]} is for a page: name a file that ends in .html")
    if templates is not None and ending == ".json":
        raise UsageError("--templates is for pages: name a file that ends in .html or .pdf")
    check_place(path)
    return partial(found[ending], **given, **(page or {}), **({"templates": templates} if templates else {}))


def check_place(path: Path) -> None:
    """See to it that a file can be written there, before any work is done. Raises UsageError with what to do."""
    if not path.parent.is_dir():
        raise UsageError(f"no folder '{path.parent}': make it first")
    if path.is_dir():
        raise UsageError(f"'{path}' is a folder: name a file")


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: under another name in its folder first, then renamed.

    Raises UsageError, which names the file itself, if it cannot be written.
    """
    unfinished = path.with_name(f".prefill-{os.getpid()}.part")
    try:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(f"'{path}' cannot be written ({_why(error)})") from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _why(error: OSError) -> str:
    return (error.strerror or "it is not known why").lower()
