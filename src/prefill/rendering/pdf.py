"""The filled form as a PDF: the same page on A4, with boxes to tick and room to write, its fonts inside."""

import atexit
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefill.catalogue import bundled_folder
from prefill.errors import MissingExtra, RenderError
from prefill.rendering.fonts import HEI, SONG, character_name, font_files, missing_characters
from prefill.rendering.html import draw
from prefill.rendering.words import Words, read_words

if TYPE_CHECKING:
    from prefill.filling import FilledForm

__all__ = ["to_pdf"]

_STYLES: Final = ("form.css", "paper.css")


def to_pdf(filled: "FilledForm") -> bytes:
    """Give the form as a PDF: A4, fonts embedded; the same filled form gives the same bytes.

    Raises MissingExtra if WeasyPrint or the fonts are not installed, and RenderError if a system library is
    missing or no font has one of the characters. Safe to call from several threads: pages are drawn in turn.
    """
    press = _press(bundled_folder("templates"))
    html = draw(filled, paper=True)
    missing = missing_characters(html)
    if missing:
        raise _no_font(filled, missing)
    return press.print(html)


def _no_font(filled: "FilledForm", missing: set[str]) -> RenderError:
    """Name a missing character and where it stands, but not the value: a box in a name makes a wrong page."""
    char = min(missing)
    key = next((key for key, text in _texts(filled) if char in text), None)
    place = f"which stands in '{key}'" if key else f"which stands in the form '{filled.form.id}' or a template"
    return RenderError(
        f"no font has the character {character_name(char)}, {place}: write HTML, for a browser with the font"
    )


def _texts(filled: "FilledForm") -> Iterator[tuple[str, str]]:
    for name in ("worker", "worker_phone", "period", "serial", "window"):
        yield f"filing.{name}", getattr(filled.filing, name) or ""
    for entry in filled.entries:
        yield entry.key, "".join((entry.text, *(other.text for other in entry.others)))


class _Press:
    """WeasyPrint with fonts and styles loaded, kept; Pango's font map serves one page at a time."""

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
        from weasyprint.urls import FatalURLFetchingError

        try:
            with self._lock:
                document = self._html(string=html, url_fetcher=self._fetcher)
                pdf: bytes = document.write_pdf(stylesheets=self._styles, font_config=self._fonts)
        except FatalURLFetchingError as error:
            raise RenderError("a page may fetch nothing: its fonts and styles come with it") from error
        return pdf


@cache
def _press(folder: Path) -> _Press:
    atexit.register(_press.cache_clear)  # or its copies of the fonts stay in the folder for temporary files
    return _Press(folder)


def _weasyprint() -> Any:
    try:
        import weasyprint
    except ImportError as error:
        raise MissingExtra(
            "PDF pages need WeasyPrint: install prefill with its extra [pdf] (README, Install)"
        ) from error
    except OSError as error:
        raise RenderError(
            "WeasyPrint finds no Pango on this system: install it (Debian and Ubuntu: apt-get install"
            " libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; macOS: brew install pango)"
        ) from error
    return weasyprint


def _bundled_fetcher() -> Any:
    """Give a fetcher that opens the bundled fonts and refuses all else: a page has nothing to fetch."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    allowed = {file.as_uri() for file in font_files().values()}

    class Bundled(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: object = None) -> Any:
            if url not in allowed:
                raise FatalURLFetchingError
            return super().fetch(url, headers)

    return Bundled(allowed_protocols=("file",))


def _paged_style(words: Words) -> str:
    """Give the style that only the PDF has: the bundled fonts, the running head and the page numbers."""
    faces = "".join(
        f'@font-face {{ font-family: "{name}"; src: url("{file.as_uri()}"); }}\n' for name, file in font_files().items()
    )
    before, between, after = (_quoted(part) for part in words("foot.page", page="\0", pages="\0").split("\0"))
    running = f'font: 8.5pt "{SONG}", "{HEI}"; color: #333'
    return f"""{faces}
    :root {{ --song: "{SONG}", "{HEI}"; --hei: "{HEI}", "{SONG}"; --title: "{SONG}", "{HEI}"; }}
    h1 {{ string-set: title content(); }}
    @page {{
      @bottom-center {{ content: {before} counter(page) {between} counter(pages) {after}; {running}; }}
      @top-left {{ content: string(title, last) {_quoted(words("foot.continued"))}; {running}; }}
    }}
    @page :first {{ @top-left {{ content: none; }} }}
    """


def _quoted(text: str) -> str:
    r"""Write a text as a CSS string.

    >>> print(_quoted('第 "1"'))
    "第 \22 1\22 "
    """
    return '"' + "".join(f"\\{ord(char):x} " if char in '"\\\n' else char for char in text) + '"'
