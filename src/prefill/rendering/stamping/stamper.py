"""A form's stamper: blanks laid out once and kept, values stamped onto them, the whole layout where that will not do."""

import threading
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from prefill.rendering import pdf as plain
from prefill.rendering.fonts import HEI, SONG
from prefill.rendering.page import Page, page_of
from prefill.rendering.stamping.blanks import Look, said
from prefill.rendering.stamping.books import Book, Laid
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

_NAMES: Final = {SONG: ("S", "s"), HEI: ("H", "h")}  # of the fonts in a page's content: of labels, of values
_DOUBT: Final = 0.01  # of a page's height: whether its last text ends above a share of it, the whole layout says


class Stamper:
    """Stamps the pages of one form.

    The blank of each piece of the page is laid out once and kept; a subject's values are set onto it. What stamping would
    not do exactly as the whole layout does, that layout does: the PDF is right either way. ``stamped`` and ``fell_back``
    count the forms, ``layouts`` how often anything was laid out to make blanks. Safe to use from several threads.
    """

    def __init__(self, plan: "Plan", *, templates: "Path | str | None" = None) -> None:
        """Take the plan of the form, and a folder of an app's own templates."""
        self.plan = plan
        self.templates = templates
        self.stamped = 0
        self.fell_back = 0
        self._books: dict[tuple[bool, bool], Book] = {}
        self._labels: dict[str, tuple[frozenset[str], FontData]] | None = None
        self._lock = threading.Lock()
        self._folder = templates_folder(templates)
        self._words = read_words(self._folder)

    @property
    def layouts(self) -> int:
        """How often WeasyPrint was asked to lay something out so that it could be stamped."""
        return sum(book.layouts for book in self._books.values())

    def stamp(self, filled: "FilledForm") -> bytes:
        """Give the PDF of a filled form, as ``to_pdf`` does. Raises what that raises."""
        try:
            inked = _Ink(self._label_fonts())
            sheets = self._sheets(filled, inked)
            pdf = write_pdf(sheets, inked.fonts(), self._about())
        except Unstampable:
            self._count(stamped=False)
            return plain.to_pdf(filled, templates=self.templates)
        self._count(stamped=True)
        return pdf

    def stamp_many(self, forms: "Iterable[FilledForm]") -> bytes:
        """Give one PDF of many filled forms, each from a page of its own."""
        inked = _Ink(self._label_fonts())
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
            number, top = last[-1]
            ends = (top + laid.units[number].blank.height) / book.column.height
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
                book = Book(self._parse, lambda source, style: machine.render(source, style, close=close), numbered, faces)
                self._books[lying, close] = book
        return book

    def _parse(self, page: Page) -> Any:
        html = drawn(self._folder, "paper.html.jinja", page=page, words=self._words, paper=True)
        return plain.press(self._folder, ()).parse(html)

    def _label_fonts(self) -> dict[str, tuple[frozenset[str], FontData]]:
        """Give the fonts of what the form always prints, made once: they are compressed once, too."""
        with self._lock:
            if self._labels is None:
                texts = _labels(self.plan, self._words.texts)
                self._labels = {}
                for name in FACES:
                    found = face(name)
                    chars = frozenset(char for char in texts[name] if char in found.glyphs)
                    self._labels[name] = (chars, font_data(found, chars))
            return self._labels


def _labels(plan: "Plan", words: dict[str, str]) -> dict[str, set[str]]:
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


class _Ink:
    """The characters that one file uses besides its labels, by font; and how a text is written with both."""

    def __init__(self, labels: dict[str, tuple[frozenset[str], FontData]]) -> None:
        self.labels = labels
        self.used: dict[str, set[str]] = {name: set() for name in FACES}
        self.faces = {name: face(name) for name in FACES}

    def copy(self) -> "_Ink":
        made = _Ink(self.labels)
        made.used = {name: set(chars) for name, chars in self.used.items()}
        return made

    def fonts(self) -> dict[str, tuple[Face, FontData]]:
        """Give the fonts to embed. Raises Unstampable if two characters have one glyph: a copied text would give back one for the other."""
        found: dict[str, tuple[Face, FontData]] = {}
        for name in FACES:
            own, (_, data) = self.faces[name], self.labels[name]
            label, value = _NAMES[name]
            found[label] = (own, data)
            if self.used[name]:
                codes = {own.shape(cluster).codes[0] for cluster in self.used[name]}
                if len(codes) < len(self.used[name]):
                    raise Unstampable
                found[value] = (own, font_data(own, self.used[name]))
        return found

    def written(self, x: float, y: float, look: Look, text: str) -> str:
        """Write a text at a place."""
        name, size, colour, _ = look
        shaped = self.faces[name].shape(text)
        known = self.labels[name][0]
        label, value = _NAMES[name]
        head = f"BT {colour} 1 0 0 -1 {x:.6f} {y:.6f} Tm"
        if shaped.shifts or "" in shaped.codes:
            return f"{head}{self._shifted(look, text)} ET\n"
        if known.issuperset(text):
            return f"{head}/{label} {size:g} Tf<{''.join(shaped.codes)}>Tj ET\n"
        if known.isdisjoint(text):
            self.used[name].update(text)
            return f"{head}/{value} {size:g} Tf<{''.join(shaped.codes)}>Tj ET\n"
        parts = []
        for labelled, group in groupby(zip(text, shaped.codes, strict=True), lambda pair: pair[0] in known):
            pairs = list(group)
            if not labelled:
                self.used[name].update(char for char, _ in pairs)
            parts.append(f"/{label if labelled else value} {size:g} Tf<{''.join(code for _, code in pairs)}>Tj")
        return f"{head}{''.join(parts)} ET\n"

    def _shifted(self, look: Look, text: str) -> str:
        """Write a text in which a neighbour moves a glyph, or some characters share one."""
        name, size = look.face, look.size
        shaped = self.faces[name].shape(text)
        shifts = dict(shaped.shifts)
        known = self.labels[name][0]
        label, value = _NAMES[name]
        parts: list[str] = []
        place = 0
        while place < len(text):
            end = place + 1
            while end < len(text) and not shaped.codes[end]:
                end += 1
            cluster = text[place:end]
            if cluster not in known:
                self.used[name].add(cluster)
            shift = f"{shifts[place]}" if place in shifts else ""
            parts.append(f"/{label if cluster in known else value} {size:g} Tf[<{shaped.codes[place]}>{shift}]TJ")
            place = end
        return "".join(parts)


def _drawn(book: Book, laid: Laid, page: Page, inked: _Ink) -> list[Sheet]:
    column = book.column
    sheets = []
    for count, places in enumerate(laid.pages, 1):
        parts = [f".75 0 0 -.75 0 {column.height * 0.75:.6f} cm\n"]
        headings: list[tuple[int, str, float]] = []
        for place, (number, top) in enumerate(places):
            unit = laid.units[number]
            blank = unit.blank
            parts.append(f"q 1 0 0 1 0 {top - blank.top:.6f} cm\n{blank.drawn}")
            below = laid.units[places[place + 1][0]].unit if place + 1 < len(places) else None
            if below is None or below.table != unit.unit.table or not unit.unit.table:
                parts.append(blank.edge)
            for x, y, look, text in blank.runs:
                parts.append(inked.written(x, y, look, text))
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
