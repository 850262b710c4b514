"""The filled form as a PDF: the form on A4, with boxes to tick and room to write, its fonts inside."""

import atexit
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefill.catalogue import bundled_folder
from prefill.errors import MissingExtra, RenderError
from prefill.rendering.boxes import lowest, places
from prefill.rendering.charsets import mend_fonts
from prefill.rendering.fonts import (
    HEI,
    SONG,
    Fonts,
    character_name,
    code_points,
    font_files,
    missing_characters,
    spare_fonts,
    spares_for,
)
from prefill.rendering.page import page_of
from prefill.rendering.templates import drawn, templates_folder
from prefill.rendering.words import Words, read_words

if TYPE_CHECKING:
    from prefill.filling import FilledForm

__all__ = ["Press", "paper_html", "press", "to_pdf"]

_STYLES: Final = ("form.css", "paper.css")
_TAGGED: Final = {"pdf_variant": "pdf/ua-1"}
_VALUES: Final = "values.css"
_CLOSE: Final = "close.css"
NEARLY_EMPTY: Final = 0.4  # of the height of a page: what ends above that is drawn to the pages before, if it can be
MM: Final = 72 / 25.4  # points
FAR: Final = 50.0  # millimetres: no printer feeds its paper so far off


def to_pdf(
    filled: "FilledForm",
    *,
    fillable: bool = False,
    values_only: bool = False,
    offset: tuple[float, float] = (0.0, 0.0),
    tagged: bool = False,
    by_hand: bool = False,
    fonts: Fonts | None = None,
    templates: Path | str | None = None,
) -> bytes:
    """Give the form as a PDF: A4, fonts embedded; the same filled form gives the same bytes.

    ``fillable``: what is left to do is fields to be filled on a screen. ``values_only``: known values alone at their places,
    for paper that is printed already, moved by ``offset`` millimetres to the right and down. ``tagged``: PDF/UA-1, for archives
    and screen readers. ``fonts``: files that stand in where the bundled fonts lack a character (None: Debian's Hanazono, if
    it is installed). ``by_hand``: a value with a character that no font has is left to be written, marked, and no error.
    ``templates``: a folder of the app's own, laid over the bundled templates.

    Raises MissingExtra if WeasyPrint or the fonts are not installed, and RenderError if a system library or a file is
    missing, no font has one of the characters, or a template is broken. Safe to call from several threads.
    """
    if fillable and (values_only or tagged):
        raise RenderError("a fillable PDF is neither tagged nor of values only: ask for one of them")
    if any(offset) and not values_only:
        raise RenderError("only values are moved by an offset: ask for values only")
    if not all(abs(way) <= FAR for way in offset):
        raise RenderError(f"an offset is at most {FAR:.0f} mm either way: measure it on a printed page")
    folder = templates_folder(templates)
    html, spares = paper_html(filled, folder=folder, fonts=fonts, by_hand=by_hand)
    machine = press(folder, spares)
    if fillable:
        from prefill.rendering.fillable import with_fields

        document = machine.lay_out(html)
        return with_fields(machine.write(document), places(document, "data-field", "data-choice"), filled)
    return machine.print(html, values_only=values_only, offset=offset, tagged=tagged)


def paper_html(
    filled: "FilledForm", *, folder: Path, fonts: Fonts | None = None, by_hand: bool = False
) -> tuple[str, tuple[Path, ...]]:
    """Give the page to be laid out and those of the spare fonts that it needs.

    Raises RenderError, which names entry and code point but not the value, if no font has a character: a box in a name makes a
    wrong page. With ``by_hand`` such a value is left to be written.
    """
    html = _drawn(filled, folder)
    spares = spare_fonts(fonts)
    missing = missing_characters(html, spares)
    if missing and by_hand:
        html = _drawn(filled, folder, lambda text: code_points(missing.intersection(text)))
        missing = missing_characters(html, spares)
    if missing:
        raise _no_font(filled, missing)
    return html, spares_for(html, spares)


def _drawn(filled: "FilledForm", folder: Path, lacking: Callable[[str], str] | None = None) -> str:
    words = read_words(folder)
    page = page_of(filled, words, paper=True, lacking=lacking)
    return drawn(folder, "paper.html.jinja", page=page, words=words, paper=True)


def _no_font(filled: "FilledForm", missing: set[str]) -> RenderError:
    char = min(missing)
    key = next((key for key, text in _texts(filled) if char in text), None)
    place = f"which stands in '{key}'" if key else f"which stands in the form '{filled.form.id}' or a template"
    return RenderError(
        f"no font has the character {character_name(char)}, {place}: name a font that has it (fonts=, --font),"
        " have it written by hand (by_hand=True, --by-hand), or write HTML, for a browser with the font"
    )


def _texts(filled: "FilledForm") -> Iterator[tuple[str, str]]:
    for name in ("worker", "worker_phone", "period", "serial", "window"):
        yield f"filing.{name}", getattr(filled.filing, name) or ""
    for entry in filled.entries:
        yield entry.key, "".join((entry.text, *(other.text for other in entry.others)))


class Press:
    """WeasyPrint with fonts and styles loaded, kept; Pango's font map serves one page at a time.

    ``styles`` are files of the templates' folder: those of a form unless others are named.
    """

    def __init__(self, folder: Path, spares: tuple[Path, ...] = (), styles: tuple[str, ...] = _STYLES) -> None:
        weasyprint = _weasyprint()
        from weasyprint.text.fonts import FontConfiguration

        self._lock = threading.Lock()
        self._html = weasyprint.HTML
        self._folder = folder
        self._fonts = FontConfiguration()
        self._further: dict[str, list[Any]] = {}
        self._fetcher = _fetcher(spares, folder)
        self.faces = {**font_files(), **{f"Prefill {file.stem}": file for file in spares}}
        own = [self._css(weasyprint, drawn(folder, name)) for name in styles]
        self._styles = [*own, self._css(weasyprint, _paged_style(read_words(folder), self.faces))]
        self._values = self._css(weasyprint, drawn(folder, _VALUES))
        self._close = self._css(weasyprint, drawn(folder, _CLOSE))

    def _css(self, weasyprint: Any, text: str) -> Any:
        return weasyprint.CSS(string=text, font_config=self._fonts, url_fetcher=self._fetcher)

    def lay_out(self, html: str, *, values_only: bool = False, tagged: bool = False) -> Any:
        """Lay a page out; gives WeasyPrint's document, whose pages hold their boxes.

        Where little would stand on the last page, lines are set closer if that saves it.
        """
        from weasyprint.urls import FatalURLFetchingError

        styles = [*self._styles, self._values] if values_only else self._styles
        variant = _TAGGED if tagged else {}
        try:
            with self._lock:
                source = self._html(string=html, url_fetcher=self._fetcher, base_url=f"{self._folder.as_uri()}/")
                document = source.render(stylesheets=styles, font_config=self._fonts, **variant)
                if len(document.pages) > 1 and lowest(document.pages[-1]) < NEARLY_EMPTY:
                    closer = source.render(stylesheets=[*styles, self._close], font_config=self._fonts, **variant)
                    document = closer if len(closer.pages) < len(document.pages) else document
                return document
        except FatalURLFetchingError as error:
            raise RenderError("a page may fetch nothing but files of its templates' folder") from error

    def parse(self, html: str) -> Any:
        """Read a page; gives WeasyPrint's source, whose elements may be changed before ``render``."""
        return self._html(string=html, url_fetcher=self._fetcher, base_url=f"{self._folder.as_uri()}/")

    def render(self, source: Any, style: str = "", *, close: bool = False) -> Any:
        """Lay a source out as it stands, ``close`` or not, with a further style; for stamping, which makes blanks of it."""
        with self._lock:
            if style not in self._further:
                self._further[style] = [self._css(_weasyprint(), style)] if style else []
            further = self._further[style]
            styles = [*self._styles, *([self._close] if close else []), *further]
            return source.render(stylesheets=styles, font_config=self._fonts)

    def write(
        self, document: Any, finisher: Callable[[Any, Any], None] | None = None, *, tagged: bool = False
    ) -> bytes:
        """Give the PDF of a document that was laid out; ``finisher`` may change it before it is written."""

        def finish(document: Any, pdf: Any) -> None:
            mend_fonts(document, pdf)
            if finisher is not None:
                finisher(document, pdf)

        with self._lock:
            pdf: bytes = document.write_pdf(finisher=finish, **(_TAGGED if tagged else {}))
        return pdf

    def print(
        self,
        html: str,
        *,
        values_only: bool = False,
        offset: tuple[float, float] = (0.0, 0.0),
        tagged: bool = False,
    ) -> bytes:
        """Give the PDF of a page."""
        document = self.lay_out(html, values_only=values_only, tagged=tagged)
        right, down = offset
        return self.write(document, _moved(right * MM, -down * MM) if right or down else None, tagged=tagged)


@cache
def press(folder: Path, spares: tuple[Path, ...] = (), styles: tuple[str, ...] = _STYLES) -> Press:
    """Give the press for the templates of a folder, these spare fonts and these styles, kept."""
    atexit.register(press.cache_clear)  # or its copies of the fonts stay in the folder for temporary files
    return Press(folder, spares, styles)


def _moved(right: float, up: float) -> Callable[[Any, Any], None]:
    """Give what moves all that stands on the pages, in points."""

    def move(_: Any, pdf: Any) -> None:
        for thing in pdf.objects:
            if isinstance(thing, dict) and thing.get("Type") == "/Page":
                number = int(thing["Contents"].split()[0])
                pdf.objects[number].stream.insert(0, f"1 0 0 1 {right:.3f} {up:.3f} cm".encode())

    return move


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


def _fetcher(spares: tuple[Path, ...], folder: Path) -> Any:
    """Give a fetcher that opens the fonts and an app's own files beside its templates, and refuses all else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    allowed = {file.as_uri() for file in (*font_files().values(), *spares)}
    if folder != bundled_folder("templates"):
        allowed |= {file.as_uri() for file in folder.rglob("*") if file.is_file() and not file.is_symlink()}

    class Known(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: object = None) -> Any:
            if url not in allowed:
                raise FatalURLFetchingError
            return super().fetch(url, headers)

    return Known(allowed_protocols=("file",))


def _paged_style(words: Words, faces: dict[str, Path]) -> str:
    """Give the style that only the PDF has: the fonts, the running head and the page numbers."""
    loaded = "".join(
        f'@font-face {{ font-family: "{name}"; src: url("{file.as_uri()}"); }}\n' for name, file in faces.items()
    )
    rest = "".join(f', "{name}"' for name in faces if name not in (SONG, HEI))
    before, between, after = (_quoted(part) for part in words("foot.page", page="\0", pages="\0").split("\0"))
    running = f'font: 8.5pt "{SONG}", "{HEI}"{rest}; color: #333'
    return f"""{loaded}
    :root {{ --song: "{SONG}", "{HEI}"{rest}; --hei: "{HEI}", "{SONG}"{rest}; --title: "{SONG}", "{HEI}"{rest}; }}
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
