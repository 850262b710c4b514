"""The audit of a catalogue as a page: one file, nothing fetched, no script; legible without colours, on paper and on a phone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from jinja2 import TemplateError

from prefill.catalogue import bundled_folder
from prefill.checks.asking import ORIGINS
from prefill.checks.auditing import Audit, Burden, Fact
from prefill.errors import RenderError
from prefill.reasons import Reason
from prefill.rendering.templates import environment
from prefill.rendering.words import Words, read_words
from prefill.reports.drawing import Bar, pieces

__all__ = ["audit_page"]

FACTS_SHOWN: Final = 44  # rows of the matrix: what is asked most; the JSON has them all
BANDS: Final = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, None))
_APART: Final[tuple[Reason, ...]] = ("by-hand", "other-desk")


@dataclass(frozen=True, slots=True)
class Line:
    """One form: its make-up, its shares, how often it is filled, and what that is in a year."""

    number: str
    name: str
    title: str
    parts: Bar
    asked: str
    plan: str
    sample: str
    frequency: str
    year: str
    entries: Bar
    new: str
    new_count: int


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of fact: which forms ask it (of their ``own`` subject, of somebody ``other``, or not at all)."""

    name: str
    cells: tuple[str, ...]
    forms: int
    own: int
    bar: Bar
    year: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template needs, and nothing that it has to work out. Pairs are a number and what it counts."""

    tiles: tuple[tuple[str, str], ...]
    headline: str
    whole: Bar
    legend: tuple[tuple[str, str, str], ...]
    lines: tuple[Line, ...]
    systems: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    unshown: int
    bands: tuple[tuple[str, str, Bar], ...]
    method: tuple[str, ...]


def audit_page(audit: Audit) -> str:
    """Give the audit as one HTML file, in Chinese. The same audit gives the same text. Raises RenderError for a broken template."""
    folder = bundled_folder("templates")
    words = read_words(folder)
    style = (folder / "audit.css").read_text(encoding="utf-8")
    try:
        template = environment(folder).get_template("audit.html.jinja")
        return template.render(page=_Drawing(audit, words).page(), words=words, style=style)
    except TemplateError as error:
        raise RenderError(f"the template audit.html.jinja cannot be drawn: {error.message}") from error


class _Drawing:
    def __init__(self, audit: Audit, words: Words) -> None:
        self.audit = audit
        self.words = words
        self.longest = max((len(one.fields) for one in audit.forms), default=1)
        self.busiest = max(((one.times_a_year or 0) * one.entries for one in audit.forms), default=0) or 1

    def page(self) -> Page:
        audit, words = self.audit, self.words
        origins = audit.origins
        shown = audit.shared[:FACTS_SHOWN]
        first = audit.facts[0] if audit.facts else None
        return Page(
            tiles=tuple(
                (number, words(f"audit.tile.{name}"))
                for name, number in (
                    ("forms", str(len(audit.forms))),
                    ("asked", self.number(audit.total("asked"))),
                    ("plan", self.share(audit.share_by_plan)),
                    ("sample", self.share(audit.share_by_sample)),
                    ("new", self.number(origins["each-time"])),
                    ("year", self.number(audit.a_year("entries"))),
                )
            ),
            headline=words(
                "audit.headline", fact=self.name(first), forms=len(first.uses), own=first.own, again=audit.again
            )
            if first
            else "",
            whole=self.parts(origins, sum(origins.values())),
            legend=tuple(
                (look, words(f"audit.origin.{look}"), self.number(n)) for look, n in _by_look(origins).items()
            ),
            lines=tuple(map(self.line, audit.forms)),
            systems=tuple((_number(one), one.form.title) for one in audit.forms),
            rows=tuple(map(self.row, shown)),
            unshown=len(audit.shared) - len(shown),
            bands=tuple(self.bands()),
            method=tuple(self.method()),
        )

    # ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def line(self, one: Burden) -> Line:
        occasion, words = one.occasion, self.words
        return Line(
            number=_number(one),
            name=occasion.name if occasion else one.form.title,
            title=one.form.title,
            parts=self.parts(one.origins, self.longest),
            asked=str(one.asked),
            plan=self.share(one.share_by_plan),
            sample=self.share(one.share_by_sample),
            frequency=occasion.word if occasion else words("audit.none"),
            year=words("audit.none") if one.times_a_year is None else self.number(one.times_a_year * one.entries),
            entries=self.year_of(one),
            new=words.joined(field.label for field in one.new),
            new_count=len(one.new),
        )

    def parts(self, origins: Mapping[Reason, int], whole: int) -> Bar:
        """Draw how many fields there are of each origin, on a scale of ``whole`` fields."""
        counts = _by_look(origins)
        return Bar(tuple(pieces(counts.items(), whole)), self.told((f"origin.{look}", n) for look, n in counts.items()))

    def year_of(self, one: Burden) -> Bar:
        """Draw what is entered in a year: what the record would fill, and the rest."""
        times = one.times_a_year or 0
        filled, left = one.entries_filled * times, (one.entries - one.entries_filled) * times
        drawn = tuple(pieces((("recorded", filled), ("each-time", left)), self.busiest))
        return Bar(drawn, self.told((("year.filled", filled), ("year.left", left))))

    def told(self, counts: Iterable[tuple[str, float]]) -> str:
        """Say a bar in words."""
        words = self.words
        return words.joined(
            words("audit.count", name=words(f"audit.{name}"), n=self.number(n)) for name, n in counts if n
        ) or words("audit.none")

    # ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def row(self, fact: Fact) -> Row:
        asked = {use.form: "own" if use.own else "other" for use in fact.uses}
        cells = tuple(asked.get(one.form.id, "") for one in self.audit.forms)
        drawn = (("dot.own", "recorded", fact.own), ("dot.other", "other", len(fact.uses) - fact.own))
        laid = pieces(((look, n) for _, look, n in drawn), len(self.audit.forms))
        bar = Bar(tuple(laid), self.told((name, n) for name, _, n in drawn))
        return Row(self.name(fact), cells, len(fact.uses), fact.own, bar, self.number(fact.entered))

    def name(self, fact: Fact) -> str:
        return self.words("audit.fact", entity=fact.entity, label=fact.name.label)

    def bands(self) -> Iterator[tuple[str, str, Bar]]:
        """Give how many kinds of fact are asked by so many forms."""
        counts = []
        for least, most in BANDS:
            n = sum(least <= len(fact.uses) <= (most or len(fact.uses)) for fact in self.audit.facts)
            key = "one" if least == most else "more" if most is None else "between"
            counts.append((self.words(f"audit.band.{key}", least=least, most=most), n))
        largest = max((n for _, n in counts), default=0) or 1
        for name, n in counts:
            told = self.words("audit.kinds", n=n)
            yield name, told, Bar(tuple(pieces((("recorded", n),), largest)), told)

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def method(self) -> Iterator[str]:
        frequencies = self.audit.frequencies
        times = self.words.joined(f"{one.word} {one.times:g}" for one in frequencies if one.times is not None)
        yield self.words("audit.method.asked")
        yield self.words("audit.method.plan")
        yield self.words("audit.method.sample")
        yield self.words("audit.method.fact")
        notices = self.words.joined(self.audit.notices)
        yield self.words("audit.method.year", times=times, notices=notices or self.words("audit.none"))
        missing = [_number(one) for one in self.audit.forms if one.times_a_year is None]
        if missing:
            yield self.words("audit.method.missing", systems=self.words.joined(missing))
        yield self.words("audit.method.nobody")

    def share(self, share: float | None) -> str:
        return self.words("audit.none") if share is None else f"{share:.0%}"

    def number(self, number: float) -> str:
        """Write a number the way people say it; a fraction of one is kept."""
        if number >= 10_000:
            return self.words("audit.wan", n=f"{number / 10_000:.1f}")
        return f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def _number(one: Burden) -> str:
    return "" if one.form.system is None else str(one.form.system)


def _by_look(origins: Mapping[Reason, int]) -> dict[str, int]:
    """Give the numbers by how they are drawn: what is not typed here stands apart, as one."""
    typed: dict[str, int] = {origin: origins[origin] for origin in ORIGINS if origin not in _APART}
    return {**typed, "apart": sum(origins[origin] for origin in _APART)}
