"""A tally as a page sees it: what it states of itself, its tables of figures, and what does not agree or is not decided."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from prefill.kinds import show
from prefill.rendering.cells import em
from prefill.rendering.lists.telling import heading, papers, signed, told_waits
from prefill.rendering.lists.views import Pairs
from prefill.rendering.words import Words

if TYPE_CHECKING:
    from prefill.filling import Entry
    from prefill.rosters import Disagreement, Figure, Heading, Tally, TallyTable

__all__ = ["FigureLine", "FigureTable", "TallyView", "tally_view"]

UPRIGHT: int = 6  # columns that an upright page holds


class FigureLine(NamedTuple):
    """A row of figures: its heading, what is said of that, each figure, and how many each leaves undecided."""

    label: str
    note: str
    figures: "tuple[Figure, ...]"
    texts: tuple[str, ...]
    pending: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table of figures, with its headings."""

    title: str
    columns: tuple[tuple[str, str], ...]
    lines: tuple[FigureLine, ...]

    @property
    def width(self) -> int:
        """The share of the page that it takes, in percent: figures are found beside their headings."""
        return min(100, 30 + 28 * len(self.columns))

    @property
    def first(self) -> float:
        """The share of the width that the rows' headings have, in percent."""
        widest = max((em(line.label) for line in self.lines), default=6.0)
        return round(min(45.0, max(14.0, 100 * (widest + 2) / (widest + 2 + 8 * max(len(self.columns), 2)))), 2)


@dataclass(frozen=True, slots=True)
class TallyView:
    """All that a template or a workbook needs of a tally, and nothing that it has to work out."""

    title: str
    head: Pairs
    corner: Pairs
    stated: Pairs
    tables: tuple[FigureTable, ...]
    faults: tuple[str, ...]
    notes: Pairs
    foot: Pairs
    upright: bool


def tally_view(tally: "Tally", words: Words) -> TallyView:
    """Look a tally over."""
    unit = words.or_other("lists.unit", tally.form.subject)
    head, corner = heading(tally.form, tally.filing, tally.on, words)
    told = ((entry.label, _head(entry, words)) for entry in tally.head)
    tables = tuple(_table(table, words) for table in tally.tables)
    return TallyView(
        title=tally.form.title,
        head=(*(pair for pair in told if pair[1]), *head),
        corner=corner,
        stated=tuple(_stated(tally, unit, words)),
        tables=tables,
        faults=tuple(_fault(one, tally, unit, words) for one in tally.disagreements),
        notes=tuple(_notes(tally, unit, words)),
        foot=signed(tally.filing, words),
        upright=max((len(table.columns) for table in tables), default=0) <= UPRIGHT,
    )


def _head(entry: "Entry", words: Words) -> str:
    return entry.text if entry.status == "known" else words("lists.new") if entry.status == "new" else entry.text


def _stated(tally: "Tally", unit: str, words: Words) -> Iterator[tuple[str, str]]:
    stated = tally.stated
    yield words("lists.tally.population"), stated.label
    if stated.ages:
        yield words("lists.tally.ages"), words(f"lists.tally.{stated.ages}")
    yield words("lists.tally.cut_off"), show("date", stated.cut_off.isoformat())
    yield words("lists.tally.counted"), words("lists.tally.n", n=tally.counted, unit=unit)
    if tally.undecided:
        yield words("lists.tally.undecided"), words("lists.tally.n", n=len(tally.undecided), unit=unit)


def _table(table: "TallyTable", words: Words) -> FigureTable:
    lines = (
        FigureLine(
            _label(row, words),
            row.note or "",
            figures,
            tuple(words("lists.tally.none") if one.value is None else one.text for one in figures),
            tuple(words("lists.tally.pending", n=one.undecided) if one.undecided else "" for one in figures),
        )
        for row, figures in zip(table.rows, table.figures, strict=True)
    )
    columns = tuple((_label(column, words), column.note or "") for column in table.columns)
    return FigureTable(table.title, columns, tuple(lines))


def _label(line: "Heading", words: Words) -> str:
    """Give a heading, with the unit of its figures if it does not name it."""
    if not line.unit or f"（{line.unit}）" in line.label:
        return line.label
    return words("lists.tally.heading", label=line.label, unit=line.unit)


def _fault(one: "Disagreement", tally: "Tally", unit: str, words: Words) -> str:
    named = [_named(key, tally) for key in (one.total, *one.parts)]
    values = [f"{tally[key].text}" for key in (one.total, *one.parts) if key in tally.figures]
    return words(
        f"lists.tally.fault.{one.fault}",
        total=named[0],
        parts=words.joined(named[1:]),
        n=len(one.subjects),
        unit=unit,
        values=words("foot.next").join(values),
    )


def _named(key: str, tally: "Tally") -> str:
    """Give the headings that a figure's key, or a line's, names; of several tables its title too."""
    place, *lines = key.split(".")
    table = next(one for one in tally.tables if one.key == place)
    labels = {line.key: line.label for line in (*table.rows, *table.columns)}
    shown = [table.title] if len(tally.tables) > 1 else []
    return "·".join([*shown, *(labels[line] for line in lines)])


def _notes(tally: "Tally", unit: str, words: Words) -> Iterator[tuple[str, str]]:
    waits = _waits(tally, words)
    if waits:
        told = (words("lists.tally.wait", wait=wait, n=n, unit=unit) for wait, n in waits.items())
        yield words("lists.tally.why"), words("foot.next").join(told)
        yield words("lists.masked.title"), words("lists.tally.apart")
    yield from papers(tally.form, tally.given, words)


def _waits(tally: "Tally", words: Words) -> Counter[str]:
    """Count the subjects that are undecided somewhere, by what they wait for; each subject once for each."""
    found: dict[tuple[str, str], None] = {}
    pending = [*tally.undecided]
    for figure in tally.figures.values():
        pending += tally.open(figure.key).undecided if figure.undecided else ()
    for subject, waits in pending:
        found[subject, told_waits(waits, words, tally.labels)] = None
    return Counter(wait for _, wait in found)
