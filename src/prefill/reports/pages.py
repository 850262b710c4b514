"""The report as a page and as a PDF: one file, nothing fetched, no script; legible without colours, on a screen, a phone and paper."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prefill.catalogue import bundled_folder
from prefill.errors import RenderError
from prefill.rendering.fonts import code_points, missing_characters, spare_fonts, spares_for
from prefill.rendering.templates import drawn, source
from prefill.rendering.words import Words, read_words
from prefill.reports.drawing import Bar, Piece, pieces
from prefill.reports.projecting import Projected
from prefill.reports.reporting import FEW, Report
from prefill.reports.summing import Group, Sums
from prefill.reports.tracing import FactCount, FieldCount, Source

__all__ = ["report_page", "report_pdf"]

TEMPLATE: Final = "report.html.jinja"
FACTS_SHOWN: Final = 20  # rows of a list of what is typed, or corrected, most: the JSON has them all
FIELDS_SHOWN: Final = 12
NAMES_SHOWN: Final = 3  # sources of one kind, and systems of one fact


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its number and name, its cells of text, and its drawings."""

    number: str
    name: str
    cells: tuple[str, ...]
    bars: tuple[Bar, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """All of one delivery: nothing in it is ever added to another's."""

    title: str
    claim: str
    tiles: tuple[tuple[str, str], ...]
    whole: Bar
    legend: tuple[tuple[str, str, str], ...]
    months: tuple[Line, ...]
    forms: tuple[Line, ...]
    systems: tuple[Line, ...]
    departments: tuple[Line, ...]
    measured: tuple[Line, ...]
    confirmed: tuple[Line, ...]
    projected: tuple[Line, ...]
    year: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template needs, and nothing that it has to work out."""

    about: str
    state: str
    faults: tuple[str, ...]
    parts: tuple[Part, ...]
    facts: tuple[Line, ...]
    facts_unshown: int
    anew: tuple[Line, ...]
    anew_unshown: int
    corrected: tuple[Line, ...]
    corrected_unshown: int
    sources: tuple[Line, ...]
    projection: tuple[str, ...]
    method: tuple[str, ...]


def report_page(found: Report, by: str | None = None) -> str:
    """Give the report as one HTML file, in Chinese, grouped in one way or (None) in all. The same report gives the same text.

    Raises RenderError for a broken template.
    """
    return _html(found, by)


def report_pdf(found: Report, by: str | None = None) -> bytes:
    """Give the same as a PDF on A4, fonts embedded, tagged for screen readers (PDF/UA-1); the same report gives the same bytes.

    Raises MissingExtra if WeasyPrint or the fonts are not installed, RenderError if a system library is missing or no font has a
    character.
    """
    from prefill.rendering.pdf import press

    html = _html(found, by, paper=True)
    spares = spare_fonts(None)
    if missing := missing_characters(html, spares):
        raise RenderError(f"no font has {code_points(missing)}, which a form's title or label holds: write HTML")
    folder = bundled_folder("templates")
    machine = press(folder, spares_for(html, spares), ("report.css",))
    return machine.print(html, tagged=True)


def _html(found: Report, by: str | None, *, paper: bool = False) -> str:
    folder = bundled_folder("templates")
    words = read_words(folder)
    style = "" if paper else source(folder, "report.css")  # the press brings its styles along
    page = _Drawing(found, words, by).page()
    return drawn(folder, TEMPLATE, page=page, words=words, style=style, own=paper)


class _Drawing:
    def __init__(self, found: Report, words: Words, by: str | None) -> None:
        self.found = found
        self.words = words
        self.by = by

    def page(self) -> Page:
        found = self.found
        facts, anew, corrected = found.facts, found.fields_new, found.corrected
        return Page(
            about=self.about(),
            state=self.words("report.state", head=f"{found.ledger}:{found.head}") if found.head else "",
            faults=found.faults,
            parts=tuple(map(self.part, found.deliveries)),
            facts=tuple(self.facts(facts[:FACTS_SHOWN])),
            facts_unshown=max(0, len(facts) - FACTS_SHOWN),
            anew=tuple(self.fields(anew[:FIELDS_SHOWN])),
            anew_unshown=max(0, len(anew) - FIELDS_SHOWN),
            corrected=tuple(self.fields(corrected[:FACTS_SHOWN])),
            corrected_unshown=max(0, len(corrected) - FACTS_SHOWN),
            sources=tuple(self.sources()),
            projection=tuple(self.assumptions()),
            method=tuple(self.words(f"report.method.{name}") for name in self.methods()),
        )

    def about(self) -> str:
        months = self.found.months
        if not months:
            return self.words("report.nothing")
        span = months[0] if len(months) == 1 else self.words("report.span", first=months[0], last=months[-1])
        return self.words("report.about", span=span, n=self.found.entries)

    # ── one delivery ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def part(self, total: Group) -> Part:
        delivery, words, sums = total.delivery, self.words, total.fills
        of = {by: [one for one in groups if one.delivery == delivery] for by, groups in self.found.groups.items()}
        projected = self.found.projection.of(delivery)
        systems = [one.system for one in of["form"]]
        several = self.by is None and len(set(systems)) < len(systems)  # else each system has one form, and its row
        return Part(
            title=words.or_other("report.delivery", delivery),
            claim=words.or_other("report.claim", delivery),
            tiles=tuple(self.tiles(total)),
            whole=self.share(sums),
            legend=tuple(
                (look, words(f"report.status.{name}"), self.number(getattr(sums, name))) for name, look in _SHARES
            ),
            months=tuple(self.months(of["month"])) if self.by in (None, "month") else (),
            forms=tuple(self.saved(of["form"])) if self.by in (None, "form") else (),
            systems=tuple(self.saved(of["system"])) if self.by == "system" or several else (),
            departments=tuple(self.saved(of["department"])) if self.by in (None, "department") else (),
            measured=tuple(self.measured(of["form"])),
            confirmed=tuple(self.confirmed(of["form"])),
            projected=tuple(self.projected(projected)),
            year=self.year(projected),
        )

    def tiles(self, total: Group) -> Iterator[tuple[str, str]]:
        fills, receipts = total.fills, total.receipts
        for name, text in (
            ("fills", self.number(fills.forms)),
            ("share", self.percent(fills.share_filled)),
            ("seconds", self.time(fills.seconds_saved)),
            ("keys", self.number(fills.keystrokes_saved)),
            ("receipts", self.number(receipts.forms)),
            ("returned", self.time(receipts.seconds_saved)),
        ):
            yield text, self.words(f"report.tile.{name}")

    def months(self, groups: Sequence[Group]) -> Iterator[Line]:
        keys = max((max(one.fills.keystrokes_blank, one.fills.keystrokes_left) for one in groups), default=0)
        times = max((max(one.fills.seconds_blank, one.fills.seconds_left) for one in groups), default=0)
        for one in groups:
            sums = one.fills
            cells = self.number(sums.forms), self.time(sums.seconds_saved), self.number(sums.keystrokes_saved)
            sides = [
                (sums.seconds_blank, sums.seconds_left, times, self.time),
                (sums.keystrokes_blank, sums.keystrokes_left, keys, self.number),
            ]
            bars = []
            for blank, left, most, say in sides:
                bars += [
                    self.single("other", blank, most, "report.before", say(blank)),
                    self.single("recorded", left, most, "report.after", say(left)),
                ]
            yield Line("", one.key, cells, tuple(bars))

    def saved(self, groups: Sequence[Group]) -> Iterator[Line]:
        savings = [one.fills.seconds_saved for one in groups]
        for one in groups:
            sums = one.fills
            cells = (
                self.number(sums.forms),
                self.number(one.receipts.forms),
                self.percent(sums.share_filled),
                self.time(sums.seconds_saved / sums.forms) if sums.forms else self.words("report.none"),
                self.number(sums.keystrokes_saved),
                self.time(sums.seconds_saved),
            )
            bars = self.share(sums), self.signed(sums.seconds_saved, savings)
            yield Line(self.place(one), self.found.name(one) if one.by != "system" else "", cells, bars)

    def share(self, sums: Sums) -> Bar:
        """Draw what became of the entries asked: known, to confirm, to be typed."""
        counts = [(look, getattr(sums, name)) for name, look in _SHARES]
        told = self.words.joined(
            self.words("report.count", name=self.words(f"report.status.{name}"), n=getattr(sums, name))
            for name, _ in _SHARES
        )
        return Bar(tuple(pieces(counts, sums.asked)) if sums.asked else (), told)

    def signed(self, saved: float, all_saved: Sequence[float]) -> Bar:
        """Draw what was saved to the right of nothing, and what more it cost to the left."""
        least, most = min(0, *all_saved, 0), max(0, *all_saved, 0)
        scale = 99 / ((most - least) or 1)
        zero = round(0.5 - least * scale, 2)
        width = round(abs(saved) * scale, 2)
        told = self.words("report.saved" if saved >= 0 else "report.lost", n=self.time(abs(saved)))
        start = zero if saved >= 0 else round(zero - width, 2)
        piece = Piece(start, width, "recorded" if saved >= 0 else "loss")
        return Bar((piece,) if saved else (), told, zero)

    def single(self, look: str, n: float, most: float, key: str, text: str) -> Bar:
        return Bar(tuple(pieces(((look, n),), most)) if most else (), self.words(key, n=text))

    def measured(self, groups: Sequence[Group]) -> Iterator[Line]:
        own = [one for one in groups if one.receipts.measured]
        most = max((max(one.receipts.measured_seconds, one.receipts.modelled_seconds) for one in own), default=0)
        for one in own:
            sums = one.receipts
            ratio = sums.measured_seconds / sums.modelled_seconds if sums.modelled_seconds else None
            cells = (
                self.number(sums.measured),
                self.number(sums.unmeasured),
                self.time(sums.modelled_seconds),
                self.time(sums.measured_seconds),
                self.percent(ratio),
                self.words(
                    "report.keys", modelled=self.number(sums.modelled_keys), measured=self.number(sums.measured_keys)
                ),
            )
            bars = (
                self.single("other", sums.modelled_seconds, most, "report.modelled", cells[2]),
                self.single("suggested", sums.measured_seconds, most, "report.measured", cells[3]),
            )
            yield Line(self.place(one), self.found.name(one), cells, bars)

    def confirmed(self, groups: Sequence[Group]) -> Iterator[Line]:
        for one in groups:
            sums = one.receipts
            if not sums.confirmed and not sums.corrected:
                continue
            fast, slow = sums.confirmed_fast, sums.confirmed_timed - sums.confirmed_fast
            told = self.words("report.fast", fast=fast, n=sums.confirmed_timed)
            drawing = pieces((("ask-always", fast), ("other", slow)), sums.confirmed_timed or 1)
            cells = (
                self.number(sums.confirmed),
                self.number(sums.confirmed_timed),
                self.number(fast),
                self.percent(sums.share_fast),
                self.number(sums.filled),
                self.number(sums.corrected),
                self.percent(sums.share_corrected, places=1),
            )
            yield Line(self.place(one), self.found.name(one), cells, (Bar(tuple(drawing), told),))

    def projected(self, lines: Sequence[Projected]) -> Iterator[Line]:
        years = [1000 * line.seconds_a_year for line in lines]
        for line, year in zip(lines, years, strict=True):
            cells = (
                self.number(line.forms),
                self.words("report.times", word=line.frequency, n=f"{line.times_a_year:g}"),
                self.time(1000 * line.seconds_a_form),
                self.number(line.keystrokes_a_year),
                self.time(year),
            )
            mark = self.words("report.few") if line.forms < FEW else ""
            number = "" if line.system is None else str(line.system)
            yield Line(number, line.title, cells, (self.signed(year, years),), mark)

    def year(self, lines: Sequence[Projected]) -> str:
        if not lines:
            return self.words("report.projection.nothing")
        return self.words(
            "report.projection.total",
            communities=self.found.projection.communities,
            forms=self.number(sum(line.forms_a_year for line in lines)),
            time=self.time(1000 * sum(line.seconds_a_year for line in lines)),
            keys=self.number(sum(line.keystrokes_a_year for line in lines)),
        )

    def place(self, one: Group) -> str:
        return "" if one.system is None or one.by == "department" else str(one.system)

    # ── fields and sources ───────────────────────────────────────────────────────────────────────────────────────────────

    def facts(self, facts: Sequence[FactCount]) -> Iterator[Line]:
        most = max((max(one.fills, one.receipts) for one in facts), default=0)
        for one in facts:
            systems = [str(system) for system in one.systems]
            name = self.words("report.fact", entity=one.entity, label=one.label)
            cells = (*self.counts(one), self.listed(systems, 8), self.connect(one.sources))
            yield Line("", name, cells, self.paired(one, most))

    def fields(self, fields: Sequence[FieldCount]) -> Iterator[Line]:
        most = max((max(one.fills, one.receipts) for one in fields), default=0)
        for one in fields:
            origin = one.origin or "none"
            cells = (
                one.title,
                *self.counts(one),
                f"{(one.fills or one.receipts) / one.forms:.2f}" if one.forms else self.words("report.none"),
                self.words.or_other("report.origin", origin),
                self.whose(one.whose),
            )
            number = "" if one.system is None else str(one.system)
            yield Line(number, one.label, cells, self.paired(one, most))

    def counts(self, one: FactCount | FieldCount) -> tuple[str, str]:
        return self.number(one.fills), self.number(one.receipts)

    def paired(self, one: FactCount | FieldCount, most: int) -> tuple[Bar, ...]:
        return (
            self.single("each-time", one.fills, most, "report.left", self.number(one.fills)),
            self.single("recorded", one.receipts, most, "report.typed", self.number(one.receipts)),
        )

    def sources(self) -> Iterator[Line]:
        most = max((n for _, n in self.found.sources), default=0)
        for name, n in self.found.sources[:FIELDS_SHOWN]:
            bar = self.single("recorded", n, most, "report.corrections", self.number(n))
            yield Line("", name, (self.number(n),), (bar,))

    def whose(self, sources: Sequence[tuple[str, int]]) -> str:
        """Name the sources whose word was changed, each with how often."""
        counts = [self.words("report.count", name=name, n=self.number(n)) for name, n in sources]
        return self.listed(counts, NAMES_SHOWN) or self.words("report.none")

    def connect(self, sources: Iterable[Source]) -> str:
        """Name the sources with authority; a kind that has none listed yet goes by its own name."""
        names = [self.listed(source.names, NAMES_SHOWN) if source.names else source.kind for source in sources]
        return self.words.joined(names) or self.words("report.no_source")

    def listed(self, names: Sequence[str], most: int) -> str:
        text = self.words.joined(names[:most])
        return self.words("report.and_more", names=text, n=len(names)) if len(names) > most else text

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def assumptions(self) -> Iterator[str]:
        found, words = self.found.projection, self.words
        times = words.joined(f"{one.word} {one.times:g}" for one in found.frequencies if one.times is not None)
        notices = words.joined(found.notices) or words("report.none")
        yield words("report.projection.label")
        yield words("report.projection.mean", few=FEW)
        yield words("report.projection.times", notices=notices, times=times)
        yield words("report.projection.communities", n=found.communities)
        if found.missing:
            titles = (self.found.titles.get(form, form) for form in found.missing)
            yield words("report.projection.missing", forms=words.joined(titles))
        if found.unseen:
            yield words("report.projection.unseen", n=found.unseen)

    def methods(self) -> Sequence[str]:
        return ("views", "asked", "before", "delivery", "negative", "measured", "fast", "typed", "corrected", "nobody")

    def time(self, thousandths: float) -> str:
        """Write a time the way people say it: seconds, minutes or hours; below zero with a minus."""
        seconds = thousandths / 1000
        size, sign = abs(seconds), "−" if round(seconds, 1) < 0 else ""
        if size < 60:
            return self.words("report.time.seconds", n=f"{sign}{size:.1f}")
        if size < 3600:
            return self.words("report.time.minutes", n=f"{sign}{size / 60:.1f}")
        return self.words("report.time.hours", n=f"{sign}{_grouped(size / 3600, 1)}")

    def number(self, number: float) -> str:
        sign = "−" if number < 0 else ""
        if abs(number) >= 10_000_000:
            return self.words("report.wan", n=f"{sign}{_grouped(abs(number) / 10_000, 0)}")
        return f"{sign}{_grouped(abs(number), 0 if number == int(number) or abs(number) >= 10 else 1)}"

    def percent(self, share: float | None, places: int = 0) -> str:
        return self.words("report.none") if share is None else f"{share:.{places}%}"


_SHARES: Final = (("known", "recorded"), ("confirm", "derived"), ("new", "each-time"))


def _grouped(number: float, places: int) -> str:
    """Write a number with its thousands apart.

    >>> _grouped(1234567.84, 1)
    '1,234,567.8'
    """
    return f"{number:,.{places}f}"
