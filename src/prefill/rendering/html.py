"""The filled form as a page for a browser: one file, nothing fetched, usable without script, printable."""

from pathlib import Path
from typing import TYPE_CHECKING

from prefill.rendering.page import page_of
from prefill.rendering.templates import drawn, templates_folder
from prefill.rendering.words import read_words

if TYPE_CHECKING:
    from prefill.filling import FilledForm

__all__ = ["draw", "to_html"]


def to_html(filled: "FilledForm", *, templates: Path | str | None = None) -> str:
    """Give the form as one HTML file, in which what is left to do is inputs and all else is plain text.

    An input is named by its entry's key, in a table ``key@row``; the choice in a cell to confirm ``choice:``
    and that name. The same filled form gives the same text. ``templates``: a folder of the app's own, laid over
    the bundled templates. Raises RenderError if a template is broken.
    """
    return draw(filled, paper=False, templates=templates)


def draw(filled: "FilledForm", *, paper: bool, templates: Path | str | None = None) -> str:
    """Give a page's HTML: for a browser, with its styles inside; for paper, without styles and inputs."""
    folder = templates_folder(templates)
    words = read_words(folder)
    page = page_of(filled, words, paper=paper)
    return drawn(folder, "form.html.jinja", page=page, words=words, paper=paper)
