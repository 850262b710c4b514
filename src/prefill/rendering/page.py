"""A filled form as a page: head, sections, lines of one or two cells, tables, and the notes at the foot."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias

from prefill.filling import Entry, FilledForm, Table
from prefill.kinds import show
from prefill.plans import Plan
from prefill.rendering.cells import Cell, Desk, em
from prefill.rendering.rosters import HALF, HALF_LYING, Line, Roster, Run, legend_of, pack, roster
from prefill.rendering.words import Words
from prefill.vocabulary import UnknownTerm, Vocabulary

__all__ = ["Ground", "Page", "Part", "ground_of", "page_of"]

TITLE: Final = 26.0  # what a line of the title holds, in widths of a Chinese character
TITLE_LYING: Final = 37.0  # … on a lying page

Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the form: its title, and ruled lines and tables in printed order."""

    title: str
    blocks: tuple[Run | Roster, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template needs, and nothing that it has to work out. Pairs are a name and its text."""

    title: str
    agency: str
    corner: Pairs
    dates: Pairs
    counts: Pairs
    parts: tuple[Part, ...]
    sources: Pairs
    further: Pairs
    derived: str
    others: tuple[str, ...]
    foot: Pairs
    basis: str
    required: bool
    lying: bool
    headline: tuple[str, ...] = ()  # the title in the lines that a sheet of paper holds
    counted: bool = False  # whether a mark counts the further sources of its value
    copies: str = ""
    binding: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """What all pages of a plan have in common, worked out once: ``labels`` by key, ``shown`` the labels by the paths that fields show.

    ``growing`` are the tables whose rows are for the worker to add: not another desk's, and not a table over one entity.
    ``awaited`` is kept of what entries waited for so far: its label, and whether no field shows it; ``moulds`` of their cells.
    """

    labels: Mapping[str, str]
    shown: Mapping[str, str]
    growing: frozenset[str]
    awaited: dict[str, tuple[str, bool]] = field(default_factory=dict)
    moulds: dict[Hashable, Cell] = field(default_factory=dict)


def page_of(
    filled: FilledForm,
    words: Words,
    *,
    paper: bool,
    lacking: Callable[[str], str] | None = None,
    ground: Ground | None = None,
) -> Page:
    """Lay a filled form out; ``paper``: to print, with boxes to tick and room to write in place of inputs.

    ``lacking`` names the characters of a text that no font has; what has some is left to be written by hand. ``ground`` is
    that of the form's plan, for whoever lays many pages out with the same words, all for paper or none.
    """
    form, filing = filled.form, filled.filing
    ground = ground or ground_of(filled.plan)
    labels, absent = _labels(filled, ground)
    desk = Desk(
        words, labels, paper=paper, lacking=lacking, growing=ground.growing, absent=absent, moulds=ground.moulds
    )
    drawn = [(section.title, list(_blocks(desk, section.title, items))) for section, items in filled.sections()]
    lying = any(isinstance(block, Roster) and block.lying for _, blocks in drawn for block in blocks)
    half = HALF_LYING if lying else HALF
    parts = tuple(
        Part(title, tuple(b if isinstance(b, Roster) else Run(pack(b, half), legend_of(b)) for b in blocks))
        for title, blocks in drawn
    )
    today = filing.today or filled.on
    entered = {
        fact.path for entry in filled.entries for fact in entry.facts
    }  # in a field: not told again in head and foot
    filed = None if "filing.today" in entered else _day(today)
    return Page(
        title=form.title,
        agency=form.agency,
        corner=_named(
            words,
            "head",
            form_number=form.form_number,
            agency=form.agency,
            approval=form.approval,
            expires=_day(form.expires),
        ),
        dates=_named(
            words,
            "head",
            serial=desk.printable(filing.serial),
            period=desk.printable(filing.period),
            on=_day(filled.on) if filled.on != today else None,
            filed=filed,
        ),
        counts=_counts(filled, words),
        parts=parts,
        sources=tuple((number, told) for told, number in desk.notes.sources.items()),
        further=tuple((number, words.joined(labels)) for number, labels in desk.notes.further.items()),
        derived=words.joined(desk.notes.derived),
        others=tuple(desk.notes.others),
        foot=_named(
            words,
            "foot",
            worker=None if "filing.worker.name" in entered else desk.printable(filing.worker),
            phone=None if "filing.worker.phone" in entered else desk.printable(filing.worker_phone),
            window=desk.printable(filing.window),
            filed=filed,
        ),
        basis=form.basis.document,
        required=any(cell.required for part in parts for cell in _cells(part))
        or any(
            column.required
            for part in parts
            for block in part.blocks
            if isinstance(block, Roster)
            for column in block.columns
        ),
        lying=lying,
        headline=headline(form.title, TITLE_LYING if lying else TITLE),
        counted=desk.notes.more,
        copies=_copies(words, form.paper.copies if form.paper else None),
        binding=(form.paper.binding or "") if form.paper else "",
    )


def headline(title: str, held: float) -> tuple[str, ...]:
    """Cut a title into the fewest lines that hold it, of about the same length, where it may best be cut.

    >>> headline("人民调解案件登记（受理登记表＋口头协议登记表＋回访记录）", 26)
    ('人民调解案件登记', '（受理登记表＋口头协议登记表＋回访记录）')
    """
    if em(title) <= held:
        return (title,)

    def cost(at: int) -> float:
        left, right = title[:at], title[at:]
        if right[0] in "）)、，；：》”＋+/" or left[-1] in "（(《“/":
            return 1000.0
        inside = left.count("（") > left.count("）")
        well = right[0] in "（(《" or left[-1] in "）)、，；：＋+ "
        return abs(em(left) - em(right)) + (0 if well else 14) + (12 if inside else 0) + max(0.0, em(right) - held)

    at = min(range(2, len(title) - 1), key=cost)
    return (*headline(title[:at], held), *headline(title[at:], held))


def _copies(words: Words, copies: int | None) -> str:
    """Give what says in how many copies the form is made out; none where one is enough."""
    return words("head.copies", n=words.get(f"copies.{copies}") or copies) if copies else ""


def _blocks(desk: Desk, title: str, items: Iterable[Entry | Table]) -> Iterator[list[Cell] | Roster]:
    """Give a section's runs of cells and its tables; a table that needs no rows is a cell like others."""
    run: list[Cell] = []
    for item in items:
        if isinstance(item, Entry):
            run.append(desk.cell(item))
        elif item.entry is not None and item.entry.status not in ("confirm", "new") and not _may_grow(desk, item):
            run.append(desk.cell(item.entry))
        else:
            if run:
                yield run
                run = []
            yield roster(desk, item, title)
    if run:
        yield run


def _may_grow(desk: Desk, table: Table) -> bool:
    """Say whether a list that a source says is empty is shown as a table all the same, to which a worker may add."""
    return not desk.paper and table.key in desk.growing and table.entry is not None and table.entry.value == ()


def _cells(part: Part) -> Iterator[Cell]:
    for block in part.blocks:
        lines: Sequence[Line] = block.lines
        for line in lines:
            yield from line.cells


def ground_of(plan: Plan) -> Ground:
    """Work out what all pages of a plan have in common."""
    labels: dict[str, str] = {}
    shown: dict[str, str] = {}
    growing = set()
    for slot in plan.slots:
        own = slot.table
        for one, prefix in ((slot, ""), *((column, own.path if own else "") for column in (own.slots if own else ()))):
            labels[one.key] = one.field.label
            if isinstance(one.field.from_, str):
                shown.setdefault(f"{prefix}{one.field.from_}", one.field.label)
        if own is not None and slot.counted and (not own.path or plan.vocabulary.path(own.path).term.many):
            growing.add(slot.key)
    return Ground(labels, shown, frozenset(growing))


def _labels(filled: FilledForm, ground: Ground) -> tuple[dict[str, str], frozenset[str]]:
    """Give the labels of all that an entry may wait for, and what of it no field of the form shows."""
    labels = dict(ground.labels)
    absent = set()
    for path in {name for entry in filled.entries for name in entry.waits_for} - labels.keys():
        if path not in ground.awaited:
            try:
                found = _shown_of(path, ground.shown, filled.plan.vocabulary)
                ground.awaited[path] = found or filled.plan.vocabulary.path(path).term.label, not found
            except UnknownTerm:
                continue
        labels[path], hidden = ground.awaited[path]
        if hidden:
            absent.add(path)
    return labels, frozenset(absent)


def _shown_of(path: str, shown: Mapping[str, str], vocabulary: Vocabulary) -> str | None:
    """Give the label of the field that settles a path: its own, or that of what it follows from (an age, from a date of birth)."""
    if path in shown:
        return shown[path]
    term = vocabulary.path(path).term
    if term.derive is None or not path.endswith(term.path):
        return None
    entity = path.removesuffix(term.path)
    settled = (_shown_of(f"{entity}{name}", shown, vocabulary) for name in term.derive.of)
    return next((label for label in settled if label), None)


def _counts(filled: FilledForm, words: Words) -> Pairs:
    """Give the parts of the head line: what counts among the asked, then what is apart, if there is any."""
    counted = Counter("maybe" if entry.waits_for else entry.status for entry in filled.entries if entry.counted)
    asked = [(status, counted[status]) for status in ("known", "confirm", "new")]
    elsewhere = sum(entry.status == "hand" and not entry.counted for entry in filled.entries)
    apart = (("maybe", counted["maybe"]), ("hand", counted["hand"]), ("elsewhere", elsewhere))
    return (
        ("total", words("head.total", n=sum(n for _, n in asked))),
        *((name, words(f"head.{name}", n=n)) for name, n in asked),
        *((name, words(f"head.{name}", n=n)) for name, n in apart if n),
    )


def _named(words: Words, group: str, **texts: str | None) -> Pairs:
    return tuple((words(f"{group}.{name}"), text) for name, text in texts.items() if text)


def _day(day: date | str | None) -> str | None:
    """Give a day as a form prints it; a text that is no ISO date stays as it is."""
    if day is None:
        return None
    iso = day if isinstance(day, str) else day.isoformat()
    try:
        return show("date", date.fromisoformat(iso).isoformat())
    except ValueError:
        return iso
