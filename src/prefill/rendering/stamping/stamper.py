"""A form's stamper: blanks laid out once and kept, values stamped onto them, the whole layout where that will not do."""

import pickle
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from prefill.rendering import pdf as plain
from prefill.rendering.fonts import HEI, SONG
from prefill.rendering.page import Page, page_of
from prefill.rendering.stamping.blanks import Blank, Look, said
from prefill.rendering.stamping.books import Book, Laid, Learnt
from prefill.rendering.stamping.faces import FACES, Face, Unstampable, face
from prefill.rendering.stamping.units import units_of
from prefill.rendering.stamping.writing import About, FontData, Sheet, font_data, write_pdf
from prefill.rendering.templates import drawn, templates_folder
from prefill.rendering.words import read_words

if TYPE_CHECKING:
    from pathlib import Path

    from prefill.filling import FilledForm
    from prefill.plans import Plan

__all__ = ["Stamper"]

KEPT_FONTS: Final = (
    64  # fonts of the same glyphs are made once: sources and reasons are much the same from one subject to the next
)
_NAMES: Final = {SONG: ("S", "s"), HEI: ("H", "h")}  # of the fonts in a page's content: of labels, of values
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
        self._labels: dict[str, _Labels] | None = None
        self._printed: dict[int, _Printed] = {}
        self._fonts = lru_cache(maxsize=KEPT_FONTS)(_font)
        self._lock = threading.Lock()
        self._folder = templates_folder(templates)
        self._words = read_words(self._folder)

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
            inked = _Ink(self._label_fonts(), self._fonts, self._printed)
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
        inked = _Ink(self._label_fonts(), self._fonts, self._printed)
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

    def _sheets(self, filled: "FilledForm", inked: "_Ink") -> list[Sheet]:
        page = page_of(filled, self._words, paper=True)
        units = units_of(page)
        book = self._book(page.lying, close=False)
        laid = book.lay(page, units)
        if len(laid.pages) > 1:
            last = laid.pages[-1]
            ends = max(top + laid.units[number].blank.lowest for number, top in last) / book.column.height
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

    def _label_fonts(self) -> dict[str, "_Labels"]:
        """Give the fonts of what the form always prints, made once: they are compressed once, too."""
        with self._lock:
            if self._labels is None:
                texts = _labels(self.plan, self._words.texts)
                self._labels = {}
                for name in FACES:
                    found = face(name)
                    glyphs = {found.shape(char).codes[0]: char for char in sorted(texts[name]) if char in found.glyphs}
                    self._labels[name] = _Labels(frozenset(glyphs.values()), glyphs, font_data(found, glyphs))
            return self._labels


def _labels(plan: "Plan", words: Mapping[str, str]) -> dict[str, set[str]]:
    """Give the characters that a form's pages nearly always print, by font. What is missing here is embedded with the values."""
    song: set[str] = set("0123456789（）、：①②③④⑤⑥")
    hei: set[str] = set("0123456789年月日：✓—")
    form = plan.form
    song.update(form.title, form.agency or "", form.form_number or "", form.approval or "", form.basis.document)
    for name, text in words.items():
        group = name.split(".")[0]
        if group in ("head", "foot") and "{" not in text:
            song.update(text)
    for section, _ in plan.sections:
        hei.update(section.title)
    for slot in plan.slots:
        for own in (slot, *(slot.table.slots if slot.table else ())):
            song.update(own.field.label, own.field.item_no or "")
            if own.codes is not None and own.kind in ("code", "multi_code") and len(own.codes.options) <= 12:
                for _, label in own.codes.options:
                    song.update(label)
    return {SONG: song, HEI: hei}


class _Labels(NamedTuple):
    """A font of labels: its characters, its glyphs by code, itself."""

    chars: frozenset[str]
    glyphs: dict[str, str]
    data: FontData


class _Printed(NamedTuple):
    """A blank as content, and the glyphs that it uses besides the labels'."""

    blank: Blank  # kept alive: it is known by its identity
    content: str
    used: tuple[tuple[str, str, str], ...]


def _font(name: str, glyphs: frozenset[tuple[str, str]]) -> FontData:
    return font_data(face(name), dict(glyphs))


class _Ink:
    """The glyphs that one file uses besides its labels', by font and code; and how a text is written with both."""

    def __init__(
        self,
        labels: dict[str, _Labels],
        cut: Callable[[str, frozenset[tuple[str, str]]], FontData],
        printed: dict[int, "_Printed"],
    ) -> None:
        self.labels, self.cut, self.kept = labels, cut, printed
        self.used: dict[str, dict[str, str]] = {name: {} for name in FACES}
        self.faces = {name: face(name) for name in FACES}

    def copy(self) -> "_Ink":
        made = _Ink(self.labels, self.cut, self.kept)
        made.used = {name: dict(glyphs) for name, glyphs in self.used.items()}
        return made

    def fonts(self) -> dict[str, tuple[Face, FontData]]:
        """Give the fonts to embed."""
        found: dict[str, tuple[Face, FontData]] = {}
        for name in FACES:
            own, (label, value) = self.faces[name], _NAMES[name]
            found[label] = (own, self.labels[name].data)
            if self.used[name]:
                found[value] = (own, self.cut(name, frozenset(self.used[name].items())))
        return found

    def use(self, name: str, code: str, text: str) -> None:
        """Note a glyph. Raises Unstampable if two characters have it: a copied text would give back the one for the other."""
        if self.used[name].setdefault(code, text) != text:
            raise Unstampable

    def printed(self, blank: Blank) -> str:
        """Give what a blank draws, its own texts too, written once."""
        kept = self.kept.get(id(blank))
        if kept is None:
            own = _Ink(self.labels, self.cut, self.kept)
            content = blank.drawn + "".join(own.written(*run) for run in blank.runs)
            used = tuple((name, code, text) for name, glyphs in own.used.items() for code, text in glyphs.items())
            kept = self.kept[id(blank)] = _Printed(blank, content, used)
        for name, code, text in kept.used:
            self.use(name, code, text)
        return kept.content

    def written(self, x: float, y: float, look: Look, text: str) -> str:
        """Write a text at a place."""
        name, size, colour, _, spacing = look
        shaped = self.faces[name].shape(text)
        known = self.labels[name].chars
        label, value = _NAMES[name]
        head = f"BT {colour} 1 0 0 -1 {x:.6f} {y:.6f} Tm"
        if spacing:
            return f"{head} {spacing:g} Tc{self._shaped(look, text)} 0 Tc ET\n"
        if not shaped.plain:
            return f"{head}{self._shaped(look, text)} ET\n"
        if known.issuperset(text):
            return f"{head}/{label} {size:.8g} Tf<{''.join(shaped.codes)}>Tj ET\n"
        parts = []
        for labelled, group in groupby(zip(text, shaped.codes, strict=True), lambda pair: pair[0] in known):
            pairs = list(group)
            if not labelled:
                for char, code in pairs:
                    self.use(name, code, char)
            parts.append(f"/{label if labelled else value} {size:.8g} Tf<{''.join([code for _, code in pairs])}>Tj")
        return f"{head}{''.join(parts)} ET\n"

    def _shaped(self, look: Look, text: str) -> str:
        """Write a text in which a neighbour may choose or move a glyph, or some characters share one."""
        name, size = look.face, look.size
        shaped = self.faces[name].shape(text)
        shifts = dict(shaped.shifts)
        known = self.labels[name].glyphs
        label, value = _NAMES[name]
        parts: list[str] = []
        font, place = "", 0
        while place < len(text):
            end = place + 1
            while end < len(text) and not shaped.codes[end]:
                end += 1
            code, cluster = shaped.codes[place], text[place:end]
            own = label if known.get(code) == cluster else value
            if own == value:
                self.use(name, code, cluster)
            if own != font:
                parts.append(f"{']TJ' if font else ''}/{own} {size:.8g} Tf[<{code}>")
            else:
                parts.append(f"<{code}>")
            if place in shifts:
                parts.append(str(_rounded(shifts[place], shaped.advances[place], size)))
            font, place = own, end
        return "".join(parts).replace("><", "") + "]TJ"


def _rounded(shift: int, advance: int, size: float) -> int:
    """Give a shift in thousandths as WeasyPrint writes it: Pango rounds glyph and kerning to 1/1024 of a pixel, PDF cuts off the rest."""
    unit, natural = 1.024 * size, advance + shift
    return int(natural - (round(natural * unit) - round(shift * unit)) / unit)


def _drawn(book: Book, laid: Laid, page: Page, inked: _Ink) -> list[Sheet]:
    column = book.column
    sheets = []
    for count, places in enumerate(laid.pages, 1):
        parts = [f".75 0 0 -.75 0 {column.height * 0.75:.6f} cm\n"]
        headings: list[tuple[int, str, float]] = []
        for place, (number, top) in enumerate(places):
            unit = laid.units[number]
            blank = unit.blank
            parts.append(f"q 1 0 0 1 0 {top - blank.top:.6f} cm\n{inked.printed(blank)}")
            below = laid.units[places[place + 1][0]].unit if place + 1 < len(places) else None
            if below is None or below.table != unit.unit.table or not unit.unit.table:
                parts.append(blank.edge)
            for lines, bases in zip(unit.lines, blank.bases, strict=True):
                for (left, pieces), base in zip(lines, bases, strict=True):
                    for x, look, text in pieces:
                        parts.append(inked.written(left + x, base + look.drop, look, text))
            for x, y, look, pattern in blank.spots:
                parts.append(inked.written(x, y, look, said(pattern, unit.unit.texts)))
            parts.append("Q\n")
            if unit.unit.kind in ("header", "h2", "h3"):
                level = ("header", "h2", "h3").index(unit.unit.kind) + 1
                title = (page.title, str(unit.unit.key[1]), unit.unit.texts[0] if unit.unit.texts else "")[level - 1]
                headings.append((level, title, (column.height - top) * 0.75))
        runs = column.first if count == 1 else column.further
        for x, y, look, text in runs or ():
            if not text:
                text = book.numbered.format(page=count, pages=len(laid.pages))
                width = sum(book.faces[look.face].shape(text).advances) * look.size / 1000
                parts.append(inked.written(x - width / 2, y, look, text))
            else:
                parts.append(inked.written(x, y, look, text))
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
