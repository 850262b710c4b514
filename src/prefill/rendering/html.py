"""The filled form as a page for a browser: one file, nothing fetched, usable without script, printable."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prefill.catalogue import bundled_folder
from prefill.errors import RenderError
from prefill.rendering.page import page_of
from prefill.rendering.words import read_words

if TYPE_CHECKING:
    from prefill.filling import FilledForm

__all__ = ["draw", "environment", "to_html"]


def to_html(filled: "FilledForm") -> str:
    """Give the form as one HTML file, in which what is left to do is inputs and all else is plain text.

    An input is named by its entry's key, in a table ``key@row``; the choice in a cell to confirm ``choice:``
    and that name. The same filled form gives the same text. Raises RenderError if a template is broken.
    """
    return draw(filled, paper=False)


def draw(filled: "FilledForm", *, paper: bool) -> str:
    """Give a page's HTML: for a browser, with its styles inside; for paper, without styles and inputs."""
    folder = bundled_folder("templates")
    words = read_words(folder)
    page = page_of(filled, words, paper=paper)
    try:
        return environment(folder).get_template("form.html.jinja").render(page=page, words=words, paper=paper)
    except TemplateError as error:
        raise RenderError(f"the template form.html.jinja cannot be drawn: {error.message}") from error


@cache
def environment(folder: Path) -> ImmutableSandboxedEnvironment:
    """Give what draws the templates of a folder, kept: pages escape what they are given, and a name that is not there is a fault."""
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=True,
    )
