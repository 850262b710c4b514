"""The filled form as a page for a browser: one file, nothing fetched, usable without script, printable."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from prefill.rendering.live import live_of
from prefill.rendering.page import page_of
from prefill.rendering.templates import drawn, source, templates_folder
from prefill.rendering.words import read_words

if TYPE_CHECKING:
    from prefill.filling import FilledForm
    from prefill.receiving import Draft
    from prefill.tokens import Key

__all__ = ["draw", "to_html"]

SCRIPT = "form.js"


def to_html(
    filled: "FilledForm",
    *,
    key: "Key | None" = None,
    expires: datetime | None = None,
    submit_to: str | None = None,
    keep: timedelta | None = None,
    templates: Path | str | None = None,
    draft: "Draft | None" = None,
) -> str:
    """Give the form as one HTML file, in which what is left to do is inputs and all else is plain text.

    ``key`` signs the page: its token is then an HMAC, which ``expires``, and its submission brings the filled form along.
    ``submit_to`` is where the submission is posted; without it, it is saved as a file. ``keep`` is for how long the
    browser keeps work in progress; without it, not at all. ``templates`` is a folder of the app's own, laid over the
    bundled templates. The same inputs give the same text.

    ``draft`` is one that is taken up again, and ``filled`` then its ``fresh`` form: what the worker had stands in the inputs, with what was
    filled and what the record says now beside it where these differ.

    An input is named by its entry's key, in a table ``key@row``; the choice in a cell to confirm ``choice:`` and that
    name. Raises RenderError if a template is broken or ``submit_to`` is no address, ValueError for a weak key.
    """
    folder = templates_folder(templates)
    words = read_words(folder)
    page = page_of(filled, words, paper=False)
    if draft is not None and draft.fresh is not filled:
        raise ValueError("the page of a draft is drawn of its fresh form: to_html(draft.fresh, draft=draft)")
    script = source(folder, SCRIPT)
    live = live_of(filled, words, script, key=key, expires=expires, submit_to=submit_to, keep=keep, draft=draft)
    return drawn(folder, "form.html.jinja", page=page, words=words, paper=False, live=live)


def draw(filled: "FilledForm", *, paper: bool, templates: Path | str | None = None) -> str:
    """Give a page's HTML: for a browser, with its styles inside; for paper, without styles and inputs."""
    if not paper:
        return to_html(filled, templates=templates)
    folder = templates_folder(templates)
    words = read_words(folder)
    page = page_of(filled, words, paper=True)
    return drawn(folder, "paper.html.jinja", page=page, words=words, paper=True)
