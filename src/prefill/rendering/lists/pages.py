"""Rosters and tallies as pages: HTML in one file, nothing fetched, no script; PDF on A4 with the head on each page and page x of y."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from prefill.catalogue import bundled_folder
from prefill.errors import RenderError
from prefill.rendering.lists.rosters import roster_view
from prefill.rendering.lists.tallies import TallyView, tally_view
from prefill.rendering.lists.views import SIGN, RosterView
from prefill.rendering.templates import drawn, source, templates_folder
from prefill.rendering.words import Words, read_words
from prefill.rosters import Roster, Tally

if TYPE_CHECKING:
    from prefill.rendering.fonts import Fonts

__all__ = ["list_to_html", "list_to_pdf", "view_of"]

STYLE: Final = "lists.css"


def list_to_html(found: Roster | Tally, *, public: bool = False, templates: Path | str | None = None) -> str:
    """Give a roster or a tally as one HTML file in Chinese, for a screen and for paper. The same inputs give the same text.

    ``public``: a roster as it is posted (公示): only the columns that its spec declares public, masked where it says so, nobody who is
    undecided, nothing that is not settled. A tally names nobody and is the same. ``templates`` is a folder of the app's own, laid over
    the bundled one. Raises RenderError if a template is broken.
    """
    folder = templates_folder(templates)
    words = read_words(folder)
    return _html(view_of(found, words, public=public), found, folder, words, source(folder, STYLE))


def list_to_pdf(
    found: Roster | Tally,
    *,
    public: bool = False,
    tagged: bool = False,
    fonts: "Fonts | None" = None,
    templates: Path | str | None = None,
) -> bytes:
    """Give a roster or a tally as a PDF on A4, a roster lying, fonts embedded; the same inputs give the same bytes.

    A roster is drawn in milliseconds a page, however long it is. With ``templates`` (a folder of the app's own), ``tagged`` (PDF/UA-1), or a
    character that only a spare font has (``fonts``, as ``to_pdf`` takes them), its page is laid out from the template instead, which takes some ten milliseconds a
    row. ``public`` is as in ``list_to_html``.

    Raises MissingExtra if WeasyPrint or the fonts are not installed, RenderError if a system library or a file is missing, no font
    has a character, or a template is broken.
    """
    from prefill.rendering.stamping.faces import Unstampable

    folder = templates_folder(templates)
    words = read_words(folder)
    view = view_of(found, words, public=public)
    if isinstance(view, RosterView) and not tagged and folder == bundled_folder("templates"):
        from prefill.rendering.lists.ruling import draw_roster

        try:
            return draw_roster(view, words, found.form.agency)
        except Unstampable:
            pass  # a character that needs another font, or shaping: the whole layout does it
    return _laid_out(_html(view, found, folder, words, ""), folder, tagged=tagged, fonts=fonts)


def view_of(found: Roster | Tally, words: Words, *, public: bool) -> RosterView | TallyView:
    """Look a roster or a tally over."""
    return roster_view(found, words, public=public) if isinstance(found, Roster) else tally_view(found, words)


def _html(view: RosterView | TallyView, found: Roster | Tally, folder: Path, words: Words, style: str) -> str:
    name = "roster.html.jinja" if isinstance(view, RosterView) else "tally.html.jinja"
    return drawn(folder, name, page=view, words=words, sign=SIGN, style=style, author=found.form.agency)


def _laid_out(html: str, folder: Path, *, tagged: bool, fonts: "Fonts | None") -> bytes:
    from prefill.rendering.fonts import character_name, missing_characters, spare_fonts, spares_for
    from prefill.rendering.pdf import press

    spares = spare_fonts(fonts)
    missing = missing_characters(html, spares)
    if missing:
        raise RenderError(
            f"no font has the character {character_name(min(missing))} of a roster or a tally: name a font that has it (fonts=), or write"
            " HTML, for a browser with the font"
        )
    return press(folder, spares_for(html, spares), (STYLE,)).print(html, tagged=tagged)
