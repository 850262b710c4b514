"""The filled form as a PDF to print: the same page on A4, with boxes to tick and room to write, its fonts inside."""

import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefill.errors import MissingExtra, RenderError
from prefill.rendering.fonts import HEI, SONG, check_characters, font_files
from prefill.rendering.html import draw
from prefill.rendering.words import Words, read_words, templates_folder

if TYPE_CHECKING:
    from prefill.filling import FilledForm

__all__ = ["to_pdf"]

_STYLES: Final = ("form.css", "paper.css")


def to_pdf(filled: "FilledForm") -> bytes:
    """Give the form as a PDF: A4, fonts embedded; the same filled form gives the same bytes.

    Raises MissingExtra if WeasyPrint or the fonts are not installed, and RenderError if a system library is missing or no font
    has one of the characters. Safe to call from several threads: pages are drawn one after another.
    """
    check_characters(_texts(filled))
    return _press(templates_folder()).print(draw(filled, paper=True))


def _texts(filled: "FilledForm") -> Iterator[tuple[str, str]]:
    """Give every text of a page that does not come from the templates, with the key of its entry."""
    filing = filled.filing
    for name in ("worker", "worker_phone", "period", "serial", "window"):
        yield f"filing.{name}", getattr(filing, name) or ""
    for entry in filled.entries:
        yield entry.key, entry.text
        for other in entry.others:
            yield entry.key, other.text


class _Press:
    """WeasyPrint with the fonts and styles loaded: costly to set up, kept for the next page. Pango's font map is used by one at a time."""

    def __init__(self, folder: Path) -> None:
        weasyprint = _weasyprint()
        from weasyprint.text.fonts import FontConfiguration

        self._lock = threading.Lock()
        self._html = weasyprint.HTML
        self._fonts = FontConfiguration()
        self._fetcher = _bundled_fetcher()
        sheets = [(folder / name).read_text(encoding="utf-8") for name in _STYLES]
        sheets.append(_paged_style(read_words(folder)))
        self._styles = [
            weasyprint.CSS(string=text, font_config=self._fonts, url_fetcher=self._fetcher) for text in sheets
        ]

    def print(self, html: str) -> bytes:
        """Give the PDF of a page."""
        with self._lock:
            document = self._html(string=html, url_fetcher=self._fetcher)
            pdf: bytes = document.write_pdf(stylesheets=self._styles, font_config=self._fonts)
        return pdf


@cache
def _press(folder: Path) -> _Press:
    return _Press(folder)


def _weasyprint() -> Any:
    try:
        import weasyprint
    except ImportError as error:
        raise MissingExtra("PDF pages need WeasyPrint: pip install 'prefill[pdf]'") from error
    except OSError as error:
        raise RenderError(
            "WeasyPrint finds no Pango on this system: install it (Debian and Ubuntu: apt-get install libpango-1.0-0"
            " libpangoft2-1.0-0 libharfbuzz-subset0; macOS: brew install pango)"
        ) from error
    return weasyprint


def _bundled_fetcher() -> Any:
    """Give a fetcher that opens the bundled fonts and refuses everything else: a page has nothing to fetch."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    allowed = {file.as_uri() for file in font_files().values()}

    class Bundled(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: object = None) -> Any:
            if url not in allowed:
                raise FatalURLFetchingError("a page tried to fetch something")
            return super().fetch(url, headers)

    return Bundled(allowed_protocols=("file",))


def _paged_style(words: Words) -> str:
    """Give the style that only the PDF has: the bundled fonts by name, the running head and the page numbers."""
    faces = "".join(
        f'@font-face {{ font-family: "{name}"; src: url("{file.as_uri()}"); }}\n' for name, file in font_files().items()
    )
    before, between, after = words("foot.page", page="\0", pages="\0").split("\0")
    number = f'{_css(before)} counter(page) {_css(between)} counter(pages) {_css(after)}'
    running = f'font: 8.5pt "{SONG}", "{HEI}"; color: #333'
    return f"""{faces}
    :root {{ --song: "{SONG}", "{HEI}"; --hei: "{HEI}", "{SONG}"; --title: "{SONG}", "{HEI}"; }}
    h1 {{ string-set: title content(); }}
    @page {{
      @bottom-center {{ content: {number}; {running}; }}
      @top-left {{ content: string(title, last) {_css(words("foot.continued"))}; {running}; }}
    }}
    @page :first {{ @top-left {{ content: none; }} }}
    """


def _css(text: str) -> str:
    """Write a text as a CSS string."""
    return '"' + "".join(char if char.isalnum() or char in "　 " else f"\\{ord(char):x} " for char in text) + '"'
