"""A filled form as a page: head, sections, lines of one or two cells, tables, and the notes at the foot."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from prefill.filling import Entry, FilledForm, Table
from prefill.kinds import show
from prefill.rendering.cells import Cell, Desk
from prefill.rendering.rosters import Line, Roster, pack, roster
from prefill.rendering.words import Words
from prefill.savings import measure
from prefill.vocabulary import UnknownTerm

__all__ = ["Page", "Part", "page_of"]

Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the form: its title, and ruled lines and tables in printed order."""

    title: str
    blocks: tuple[tuple[Line, ...] | Roster, ...]


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
    derived: str
    others: tuple[str, ...]
    foot: Pairs
    basis: str
    required: bool
    lying: bool


def page_of(filled: FilledForm, words: Words, *, paper: bool) -> Page:
    """Lay a filled form out; ``paper``: to print, with boxes to tick and room to write in place of inputs."""
    form, filing = filled.form, filled.filing
    desk = Desk(words, _labels(filled), paper=paper)
    parts = tuple(
        Part(section.title, tuple(_blocks(desk, section.title, items))) for section, items in filled.sections()
    )
    rosters = [block for part in parts for block in part.blocks if isinstance(block, Roster)]
    today = filing.today or filled.on
    filed = _day(today)
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
            serial=filing.serial,
            period=filing.period,
            on=_day(filled.on) if filled.on != today else None,
            filed=filed,
        ),
        counts=_counts(filled, words),
        parts=parts,
        sources=tuple((number, told) for told, number in desk.notes.sources.items()),
        derived=words.joined(desk.notes.derived),
        others=tuple(desk.notes.others),
        foot=_named(words, "foot", worker=filing.worker, phone=filing.worker_phone, window=filing.window, filed=filed),
        basis=form.basis.document,
        required=any(cell.required for part in parts for cell in _cells(part)),
        lying=any(table.lying for table in rosters),
    )


def _blocks(desk: Desk, title: str, items: Iterable[Entry | Table]) -> Iterator[tuple[Line, ...] | Roster]:
    """Give a section's runs of lines and its tables; a table that needs no rows is a line like others."""
    run: list[Cell] = []
    for item in items:
        if isinstance(item, Entry):
            run.append(desk.cell(item))
        elif item.entry is not None and item.entry.status not in ("confirm", "new"):
            run.append(desk.cell(item.entry))
        else:
            if run:
                yield pack(run)
                run = []
            yield roster(desk, item, title)
    if run:
        yield pack(run)


def _cells(part: Part) -> Iterator[Cell]:
    for block in part.blocks:
        lines: Sequence[Line] = block.lines if isinstance(block, Roster) else block
        for line in lines:
            yield from line.cells


def _labels(filled: FilledForm) -> dict[str, str]:
    """Give the labels of all that an entry may wait for."""
    labels = {}
    for slot in filled.plan.slots:
        labels[slot.key] = slot.field.label
        if slot.table is not None:
            labels.update((column.key, column.field.label) for column in slot.table.slots)
    for path in {name for entry in filled.entries for name in entry.waits_for} - labels.keys():
        try:
            labels[path] = filled.plan.vocabulary.path(path).term.label
        except UnknownTerm:
            continue
    return labels


def _counts(filled: FilledForm, words: Words) -> Pairs:
    """Give the parts of the head line: what counts among the asked, then what is apart, if there is any."""
    counted = measure(filled)
    asked = (("known", counted.known), ("confirm", counted.confirm), ("new", counted.new))
    apart = (("maybe", counted.maybe), ("hand", counted.hand))
    return (
        ("total", words("head.total", n=counted.asked)),
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
