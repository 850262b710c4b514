"""A request to an authority as a sheet (校核申请单): what it states, what the worker found, by what evidence; room for its answer."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from prefill.kinds import show
from prefill.rendering.templates import drawn, templates_folder
from prefill.rendering.words import read_words

if TYPE_CHECKING:
    from prefill.receiving import Correction
    from prefill.rendering.fonts import Fonts

__all__ = ["requests_to_html", "requests_to_pdf"]

TEMPLATE = "request.html.jinja"


def requests_to_html(requests: "Iterable[Correction]", *, templates: Path | str | None = None) -> str:
    """Give requests as one HTML file to print, a sheet for each. The same requests give the same text.

    Raises RenderError if a template is broken.
    """
    folder = templates_folder(templates)
    words = read_words(folder)

    def day(one: date | str | None) -> str:
        return "" if one is None else show("date", one if isinstance(one, str) else one.isoformat())

    return drawn(folder, TEMPLATE, requests=tuple(requests), words=words, day=day)


def requests_to_pdf(
    requests: "Iterable[Correction]", *, fonts: "Fonts | None" = None, templates: Path | str | None = None
) -> bytes:
    """Give requests as a PDF, a page for each. Raises MissingExtra and RenderError as ``to_pdf`` does."""
    from prefill.errors import RenderError
    from prefill.rendering.fonts import character_name, missing_characters, spare_fonts, spares_for
    from prefill.rendering.pdf import press

    html = requests_to_html(requests, templates=templates)
    spares = spare_fonts(fonts)
    missing = missing_characters(html, spares)
    if missing:
        raise RenderError(
            f"no font has the character {character_name(min(missing))} of a request: name a font that has it"
        )
    return press(templates_folder(templates), spares_for(html, spares)).print(html)
