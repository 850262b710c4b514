"""A form's stamper: blanks laid out once and kept, values stamped onto them, the whole layout where that will not do."""

import pickle
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from prefill.rendering import pdf as plain
from prefill.rendering.page import Page, ground_of, page_of
from prefill.rendering.stamping.books import Book, Laid, Learnt
from prefill.rendering.stamping.faces import FACES, Unstampable, face
from prefill.rendering.stamping.inks import Ink
from prefill.rendering.stamping.units import units_of
from prefill.rendering.stamping.writing import About, Sheet, write_pdf
from prefill.rendering.templates import drawn, is_bundled, templates_folder
from prefill.rendering.words import read_words

if TYPE_CHECKING:
    from pathlib import Path

    from prefill.filling import FilledForm
    from prefill.plans import Plan

__all__ = ["Stamper"]

_HEADINGS: Final = ("header", "h2", "h3")  # what the outline names, by rank
_TEMPLATES: Final = ("paper.html.jinja", "paper-cells.html.jinja")  # what a page for paper is drawn with
_DOUBT: Final = 0.0005  # of a page's height: whether its last text ends above a share of it, the whole layout says


class Stamper:
    """Stamps the pages of one form.

    The blank of each piece of the page is laid out once and kept; a subject's values are set onto it. What stamping would
    not do exactly as the whole layout does, that layout does: the PDF is right either way. ``stamped`` and ``fell_back``
    count the forms, ``layouts`` how often anything was laid out to make blanks. Safe to use from several threads.
    """

    def __init__(
        self,
        plan: "Plan",
        *,
        templates: "Path | str | None" = None,
        tell: "Callable[[bytes], None] | None" = None,
    ) -> None:
        """Take the plan of the form, and a folder of an app's own templates.

        ``tell`` is called with what is learnt of blanks as soon as it is, for the stampers of the same form in other processes: see ``learn``.
        """
        self.plan = plan
        self.templates = templates
        self.stamped = 0
        self.fell_back = 0
        self._books: dict[tuple[bool, bool], Book] = {}
        self._tell = tell
        self._told: dict[tuple[bool, bool], list[Learnt]] = {}
        self._lock = threading.Lock()
        self._folder = templates_folder(templates)
        self._words = read_words(self._folder)
        self._ground = ground_of(plan)

    @property
    def layouts(self) -> int:
        """How often WeasyPrint was asked to lay something out so that it could be stamped."""
        return sum(book.layouts for book in self._books.values())

    def learn(self, told: bytes) -> None:
        """Learn what another stamper of the same plan and templates told, in a process of the same program: what it laid out need not be again.

        It is a pickle, texts of subjects in it: take it from nowhere else.
        """
        which, learnt = pickle.loads(told)  # noqa: S301
        with self._lock:
            book = self._books.get(which)
            if book is None:
                self._told.setdefault(which, []).extend(learnt)
                return
        book.take(learnt)

    def stamp(self, filled: "FilledForm") -> bytes:
        """Give the PDF of a filled form, as ``to_pdf`` does. Raises what that raises."""
        try:
            inked = Ink()
            sheets = self._sheets(filled, inked)
            pdf = write_pdf(sheets, inked.fonts(), self._about())
        except Unstampable:
            self._count(stamped=False)
            return plain.to_pdf(filled, templates=self.templates)
        self._count(stamped=True)
        return pdf

    def stamp_many(self, forms: "Iterable[FilledForm]") -> bytes:
        """Give one PDF of many filled forms, each from a page of its own; fonts are embedded once.

        Raises what ``to_pdf`` raises, and ValueError for a form of another plan.
        """
        inked = Ink()
        sheets: list[Sheet] = []
        others: list[tuple[int, bytes]] = []
        for filled in forms:
            kept = inked.copy()
            try:
                sheets += self._sheets(filled, inked)
                self._count(stamped=True)
            except Unstampable:
                inked = kept
                others.append((len(sheets), plain.to_pdf(filled, templates=self.templates)))
                self._count(stamped=False)
        pdf = write_pdf(sheets, inked.fonts(), self._about(), outlined=False)
        return _with_others(pdf, others) if others else pdf

    def _count(self, *, stamped: bool) -> None:
        with self._lock:
            if stamped:
                self.stamped += 1
            else:
                self.fell_back += 1

    def _about(self) -> About:
        form = self.plan.form
        return About(form.title, form.agency or "", "zh-CN")

    def _sheets(self, filled: "FilledForm", inked: Ink) -> list[Sheet]:
        page = page_of(filled, self._words, paper=True, ground=self._ground)
        units = units_of(page)
        book = self._book(page.lying, close=False)
        laid = book.lay(page, units)
        if len(laid.pages) > 1:
            last = laid.pages[-1]
            ends = max(top + laid.set[number].blank.lowest for number, top in last) / book.column.height
            if abs(ends - plain.NEARLY_EMPTY) < _DOUBT:
                raise Unstampable
            if ends < plain.NEARLY_EMPTY:
                closer = self._book(page.lying, close=True)
                other = closer.lay(page, units)
                if len(other.pages) < len(laid.pages):
                    book, laid = closer, other
        return _drawn(book, laid, page, inked)

    def _book(self, lying: bool, *, close: bool) -> Book:
        with self._lock:
            book = self._books.get((lying, close))
            if book is None:
                machine = plain.press(self._folder, ())
                faces = {name: face(name) for name in FACES}
                numbered = self._words.texts["foot.page"]
                book = Book(
                    self._parse,
                    lambda source, style: machine.render(source, style, close=close),
                    numbered,
                    faces,
                    self._teller((lying, close)),
                    sparing=is_bundled(self._folder, _TEMPLATES),
                )
                self._books[lying, close] = book
                book.take(self._told.pop((lying, close), ()))
        return book

    def _teller(self, which: tuple[bool, bool]) -> "Callable[[Sequence[Learnt]], None] | None":
        tell = self._tell
        return None if tell is None else lambda learnt: tell(pickle.dumps((which, learnt)))

    def _parse(self, page: Page) -> Any:
        html = drawn(self._folder, "paper.html.jinja", page=page, words=self._words, paper=True)
        return plain.press(self._folder, ()).parse(html)


def _drawn(book: Book, laid: Laid, page: Page, inked: Ink) -> list[Sheet]:
    column = book.column
    sheets = []
    for count, places in enumerate(laid.pages, 1):
        parts = [f".75 0 0 -.75 0 {column.height * 0.75:.6f} cm\n"]
        headings: list[tuple[int, str, float]] = []
        for place, (number, top) in enumerate(places):
            unit, (blank, written) = laid.units[number], laid.set[number]
            parts.append(f"q 1 0 0 1 0 {top - blank.top:.6f} cm\n{inked.use(written)}")
            below = laid.units[places[place + 1][0]] if place + 1 < len(places) else None
            if below is None or below.table != unit.table or not unit.table:
                parts.append(blank.edge)
            parts.append("Q\n")
            if unit.kind in _HEADINGS:
                level = _HEADINGS.index(unit.kind) + 1
                title = (page.title, str(unit.key[1]), unit.texts[0] if unit.texts else "")[level - 1]
                headings.append((level, title, (column.height - top) * 0.75))
        for x, y, look, text in (column.first if count == 1 else column.further) or ():
            if not text:
                text = book.numbered.format(page=count, pages=len(laid.pages))
                x -= book.faces[look.face].shape(text).width * look.size / 2000
            parts.append(inked.write(x, y, look, text))
        sheets.append(Sheet(column.width * 0.75, column.height * 0.75, "".join(parts).encode(), headings))
    return sheets


def _with_others(pdf: bytes, others: Sequence[tuple[int, bytes]]) -> bytes:
    """Put the pages of other files into a file, each before the page that it has in it."""
    import io

    import pikepdf

    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as whole:
        for place, other in reversed(others):
            with pikepdf.open(io.BytesIO(other)) as pages:
                for count, page in enumerate(pages.pages):
                    whole.pages.insert(place + count, page)
        whole.save(output, deterministic_id=True)
    return output.getvalue()
