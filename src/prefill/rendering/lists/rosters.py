"""A roster as a page sees it: its head, its columns with their widths and sources, and its lines one after the other.

The rows are gone through twice, once to measure them and once to write them, and not kept: a roster of any length takes the same memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from prefill.errors import RenderError
from prefill.kinds import id_birth_date
from prefill.rendering.cells import em
from prefill.rendering.lists.masking import COMING_OF_AGE, masked, masked_minor
from prefill.rendering.lists.telling import heading, papers, posted, signed, told_waits
from prefill.rendering.lists.views import ColumnView, Line, Pairs, RosterView, Shown
from prefill.rendering.words import Words

if TYPE_CHECKING:
    from datetime import date

    from prefill.filling import Entry
    from prefill.rosters import Column, Roster, RosterRow

__all__ = ["roster_view"]

_CIRCLED: Final = (*map(chr, range(0x2460, 0x2474)), *map(chr, range(0x3251, 0x3260)), *map(chr, range(0x32B1, 0x32C0)))
_FILES: Final = frozenset({"file", "photo", "signature"})
_NUMBERS: Final = frozenset({"integer", "decimal", "money"})
_LEFT: Final = frozenset({"address", "text", "long_text", "division"})  # set from the left, broken where they may be
_WRAPPED: Final = frozenset({*_LEFT, "code", "multi_code", "bool", "list", "email", "url", "datetime", *_FILES})
_SILENT: Final = frozenset({"not-recorded", "each-time", "ask-always"})  # a new cell's mark says enough of these
_NARROW: Final = 7.0  # widths of a Chinese character that a column which may be broken has at the least
_RUN: Final = 22  # characters of a number that is not broken, whatever its kind
_WRITTEN: Final = 5.2  # what a word by hand takes
_SHORT: Final = 8.0  # what is no longer is set in the middle, whatever its kind
_PADDING: Final = 1.1


def roster_view(roster: "Roster", words: Words, *, public: bool = False) -> RosterView:
    """Look a roster over; ``public``: as it is posted, with the columns that may be, masked where they have to be, and nobody who is undecided.

    Raises RenderError where nothing of it may be posted.
    """
    if public and all(column.public is None for column in roster.columns):
        raise RenderError(
            f"nothing of the roster '{roster.form.id}' may be posted: say `public: plain` or `public: masked` of the columns that may"
        )
    desk = _Desk(roster, words, public=public)
    for row in roster.rows:
        desk.look(row, counted=True)
    for row in () if public else roster.undecided:
        desk.look(row, counted=False)
    head, corner = heading(roster.form, roster.filing, roster.on, words)
    unit = words.or_other("lists.unit", roster.form.subject)
    told = [(entry.label, desk.shown(entry, None).text) for entry in roster.head if not public or _posted(entry)]
    return RosterView(
        title=words("lists.public", title=roster.form.title) if public else roster.form.title,
        head=(*(pair for pair in told if pair[1]), *head),
        corner=corner,
        counts=() if public else desk.counts(unit),
        columns=tuple(desk.columns()),
        notes=(*desk.notes(), *(() if public else papers(roster.form, roster.given, words))),
        foot=posted(words) if public else signed(roster.filing, words),
        total=len(roster.rows),
        waiting=0 if public else len(roster.undecided),
        public=public,
        _lines=lambda: map(desk.line, roster.rows),
        _undecided=lambda: iter(()) if public else map(desk.line, roster.undecided),
    )


@dataclass(slots=True)
class _Seen:
    """What was seen of one column."""

    best: float = 0.0
    whole: float = 0.0  # the widest text that may not be broken
    first: str | None = None  # the source of its first known value
    mixed: bool = False  # whether others have another source, or none
    derived: bool = False
    written: bool = False  # whether some cell is to be written by hand
    others: int = 0


class _Desk:
    """Goes through the rows: measures the columns, and writes cells with what was learnt."""

    def __init__(self, roster: "Roster", words: Words, *, public: bool) -> None:
        self.words, self.public = words, public
        self.on = roster.on
        self.kept = [at for at, column in enumerate(roster.columns) if not public or column.public is not None]
        self.given = roster.columns
        self.labels = dict(roster.labels)
        self.labels |= {c.field.from_: c.label for c in roster.columns if isinstance(c.field.from_, str)}
        self.labels |= {column.key: column.label for column in roster.columns}
        self.ages = _aging(roster.columns, roster.form.subject)
        self.seen = [_Seen() for _ in self.kept]
        self.status = dict.fromkeys(("known", "confirm", "new", "maybe", "hand", "skip"), 0)
        self.sources: dict[
            str, list[str]
        ] = {}  # a source's printed name → the first and the last day of what it says here
        self.numbers: dict[str, str] = {}  # … → its number
        self.rows = (len(roster.rows), len(roster.undecided))

    # ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def look(self, row: "RosterRow", *, counted: bool) -> None:
        cells = row.cells
        minor = self.minor(cells)
        for at, seen in zip(self.kept, self.seen, strict=True):
            entry, column = cells[at], self.given[at]
            shown = self.shown(entry, column, minor=minor)
            self.status[shown.status] += counted
            self.note(entry, seen)
            seen.written |= shown.status in ("new", "hand") and not self.public
            width = max(map(em, shown.text.split("\n"))) + (shown.status == "new")
            seen.best = max(seen.best, width, em(shown.why) * 0.8 + 1.0 if shown.why else 0.0)
            if shown.text and (entry.kind not in _WRAPPED or (entry.text.isascii() and len(entry.text) <= _RUN)):
                seen.whole = max(seen.whole, min(width, 13.0))

    def note(self, entry: "Entry", seen: _Seen) -> None:
        """Take down who says so. One that has no value of its own names its sources in its text."""
        for other in entry.others:
            for fact in other.facts[:1]:
                self._source(fact.source_label, fact.as_of)
        seen.others += entry.status == "known" and any(other.value is not None for other in entry.others)
        seen.derived |= entry.status == "known" and entry.reason == "derived"
        if entry.text:
            label = entry.facts[0].source_label if entry.facts else ""
            if label:
                self._source(label, entry.facts[0].as_of)
            if seen.first is None:
                seen.first = label
            seen.mixed |= label != seen.first

    def _source(self, label: str, as_of: str | None) -> None:
        self.numbers.setdefault(label, _number(len(self.numbers)))
        span = self.sources.setdefault(label, ["", ""])
        if as_of:
            span[0] = min(span[0] or as_of, as_of)
            span[1] = max(span[1], as_of)

    # ── what was learnt ──────────────────────────────────────────────────────────────────────────────────────────────────

    def columns(self) -> Iterator[ColumnView]:
        for at, seen in zip(self.kept, self.seen, strict=True):
            column = self.given[at]
            label, marked = _with_unit(column), 0.7 if seen.mixed and not self.public else 0.0
            mark = "" if self.public or seen.mixed or not seen.first else self.numbers[seen.first]
            words = [em(part) for part in re.split("(?=（)", label + mark)]
            lines = max(min(word, max(4.2, word / 2 + 0.6)) for word in words)
            written = _WRITTEN if seen.written else 0.0
            least = max(lines, written, seen.whole + marked, min(seen.best, _NARROW)) + _PADDING
            long = column.kind in _LEFT and seen.best > _SHORT
            align = "left" if long else "right" if column.kind in _NUMBERS else "center"
            yield ColumnView(label, column.kind, mark, align, least, max(least, seen.best + marked + _PADDING))

    def counts(self, unit: str) -> Pairs:
        words, status = self.words, self.status
        total, waiting = self.rows
        shown = [(name, words(f"head.{name}", n=status[name])) for name in ("known", "confirm", "new")]
        shown += [("maybe", words("head.maybe", n=status["maybe"]))] if status["maybe"] else []
        undecided = words("lists.waiting", n=waiting, unit=unit)
        return (
            ("total", words("lists.total", n=total, unit=unit)),
            *shown,
            *((("waiting", undecided),) if waiting else ()),
        )

    def notes(self) -> Iterator[tuple[str, str]]:
        words = self.words
        if self.public:
            yield words("lists.masked.title"), words("lists.masked.text")
            return
        if self.numbers:
            told = (f"{number} {self._told(label)}" for label, number in self.numbers.items())
            yield words("foot.sources"), words("foot.next").join(told)
        pairs = list(zip((self.given[at].label for at in self.kept), self.seen, strict=True))
        if derived := [label for label, seen in pairs if seen.derived]:
            yield words("foot.derived"), words.joined(derived)
        if others := [words("lists.others", label=label, n=seen.others) for label, seen in pairs if seen.others]:
            yield words("foot.others"), words.joined(others)

    def _told(self, label: str) -> str:
        first, last = self.sources[label]
        if not first:
            return self.words("fact.undated", source=label)
        span = first if first == last else self.words("lists.span", first=first, last=last)
        return self.words("fact.dated", source=label, as_of=span)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def line(self, row: "RosterRow") -> Line:
        cells = row.cells
        minor = self.minor(cells)
        shown = tuple(
            self.marked(self.shown(cells[at], self.given[at], minor=minor), cells[at], seen)
            for at, seen in zip(self.kept, self.seen, strict=True)
        )
        return Line(row.number, shown, told_waits(row.waits_for, self.words, self.labels) if row.waits_for else "")

    def marked(self, shown: Shown, entry: "Entry", seen: _Seen) -> Shown:
        if self.public or not entry.text or not entry.facts or not seen.mixed:
            return shown
        return shown._replace(mark=self.numbers[entry.facts[0].source_label])

    def shown(self, entry: "Entry", column: "Column | None", *, minor: bool = False) -> Shown:
        """Give a cell as it is printed, or as it is posted."""
        words, status = self.words, "maybe" if entry.waits_for else str(entry.status)
        if self.public and column is not None:
            return self.posted(entry, column, status, minor=minor)
        text = self.text(entry.kind, entry.text, entry.unit if column is None else None)
        if status == "known":
            return Shown(status, text, value=entry.value, kind=entry.kind)
        if status == "skip":
            return Shown(status, words("status.skip"))
        if status == "hand":
            return Shown(status, text)
        reason = "" if entry.reason in _SILENT and status == "new" else words(f"reason.{entry.reason}")
        if not text and status in ("confirm", "maybe") and entry.others:
            told = (self._other(entry.kind, other.text, other.facts) for other in entry.others if other.text)
            text = words("lists.or").join(told)
        if status == "new":
            return Shown(status, words("lists.new"), reason)
        value = entry.value if text and entry.value is not None else None
        return Shown(
            status, text, words("lists.why", status=words(f"status.{status}"), reason=reason), "", value, entry.kind
        )

    def posted(self, entry: "Entry", column: "Column", status: str, *, minor: bool) -> Shown:
        if status == "skip":
            return Shown(status, self.words("status.skip"))
        if status == "hand":
            return Shown(status, "")
        if status != "known":
            return Shown("hand", self.words("lists.masked.open"))  # what is not settled is not posted
        text = self.text(entry.kind, entry.text)
        if minor and entry.kind == "person_name":
            return Shown(status, masked_minor(text))
        if column.public == "masked":
            return Shown(status, masked(entry.kind, text))
        return Shown(status, text, value=entry.value, kind=entry.kind)

    def text(self, kind: str, text: str, unit: str | None = None) -> str:
        if text and kind in _FILES:
            return self.words("file.photo" if kind == "photo" else "file.kept")
        return f"{text} {unit}" if text and unit else text

    def _other(self, kind: str, text: str, facts: Any) -> str:
        number = self.numbers.get(facts[0].source_label, "") if facts else ""
        return f"{self.text(kind, text)}{number}"

    def minor(self, cells: "tuple[Entry, ...]") -> bool:
        """Say whether a row is about somebody under age, or may be: where a column would tell and does not."""
        if not self.public or not self.ages:
            return False
        told = [cells[at] for at in self.ages if cells[at].status == "known" and cells[at].value is not None]
        return not told or any(_years(entry, self.on) < COMING_OF_AGE for entry in told)


def _posted(entry: "Entry") -> bool:
    """Say whether what stands above the table is posted: what is settled, and names nobody."""
    return entry.status == "known" and entry.kind != "person_name"


def _aging(columns: "tuple[Column, ...]", subject: str) -> list[int]:
    """Give the columns that tell how old the row's subject is."""
    paths = {f"{subject}.{name}" for name in ("birth_date", "age", "id_number")}
    return [at for at, column in enumerate(columns) if column.field.from_ in paths]


def _years(entry: "Entry", on: "date") -> int:
    """Give completed years on a day, of an age, a date of birth or an ID number; one that is known to the year is reckoned the youngest."""
    if entry.kind == "integer":
        return int(entry.value)
    born = id_birth_date(entry.value) if entry.kind == "id_number" else str(entry.value)
    parts = [int(part) for part in born.split("-")]
    year, month, day = (*parts, *(12, 31)[len(parts) - 1 :])[:3]
    return on.year - year - ((on.month, on.day) < (month, day))


def _with_unit(column: "Column") -> str:
    """Give a column's heading, with the unit of its numbers if it does not name it."""
    unit = column.unit or ""
    return f"{column.label}（{unit}）" if unit and unit not in column.label else column.label


def _number(index: int) -> str:
    return _CIRCLED[index] if index < len(_CIRCLED) else f"({index + 1})"
