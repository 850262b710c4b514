"""What a plan consists of, and how a program of reads and steps is run over entities."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias

from prefill.conditions import Condition
from prefill.forms import Field, Form, Section
from prefill.kinds import CodeList
from prefill.records import Entity, Grant, Item, Resolution
from prefill.reasons import Reason
from prefill.records.facts import NOT_RECORDED, resolution
from prefill.resolution import resolve, through
from prefill.vocabulary import Duration, Vocabulary

__all__ = ["Frame", "Holder", "Plan", "Program", "Slot", "Table", "TableCells", "run"]

EACH_TIME: Final = Resolution("each-time")
BY_HAND: Final = Resolution("by-hand")
OTHER_DESK: Final = Resolution("other-desk")
NOT_APPLICABLE: Final = Resolution("not-applicable")
ASK_ALWAYS: Final = Resolution("ask-always")
AFTER_ANSWERS: Final = Resolution("after-answers")
WITHHELD: Final = Resolution("withheld")
CONSTANTS: Final = (EACH_TIME, BY_HAND, OTHER_DESK, NOT_RECORDED, ASK_ALWAYS, AFTER_ANSWERS)


class Frame:
    """The working memory of one run: what was read, the cells filled so far, and the frame around it (of a table's row)."""

    __slots__ = ("cells", "cutoffs", "day", "on", "outer", "reads", "roots", "withheld")

    def __init__(
        self,
        on: date,
        cutoffs: Sequence[int],
        roots: Sequence[Resolution],
        withheld: Callable[[str, str], bool],
    ) -> None:
        """Take the form's date, the day from which facts are fresh by duration, and what each root resolves to."""
        self.on = on
        self.day = on.toordinal()
        self.cutoffs = cutoffs
        self.roots = roots
        self.withheld = withheld
        self.outer: Frame | None = None

    reads: list[Resolution]
    cells: list[Any]

    def inner(self) -> "Frame":
        """Give a frame for the rows of a table: ``turn`` it to one item after the other."""
        frame = Frame.__new__(Frame)
        frame.on = self.on
        frame.day = self.day
        frame.cutoffs = self.cutoffs
        frame.withheld = self.withheld
        frame.outer = self
        return frame

    def turn(self, item: Item, reason: Reason) -> "Frame":
        """Let an item's entity, and the facts of its membership, stand where the roots do."""
        link = item.link
        self.roots = (resolution((reason, item.entity, (), (), ())), resolution((reason, link, (), (), ())) if link else NOT_RECORDED)
        return self


Fetch: TypeAlias = Callable[[Frame], Resolution]
Step: TypeAlias = Callable[[Frame], Any]


class Holder(NamedTuple):
    """An entity that a program reads from: a root, or what a role read before leads to; and its reads.

    ``root`` is a place in the frame's roots, ``role`` a place in its reads (one of both is -1); each read is
    (attribute, place in the cutoffs, place in the reads).
    """

    path: str
    root: int
    role: int
    reads: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """Reads, in the order of their holders; then what is computed from them; then the cells that are not simply a read."""

    holders: tuple[Holder, ...]
    blank: list[Resolution]
    guards: tuple[tuple[int, str, str], ...]
    computed: tuple[tuple[int, Step], ...]
    base: Callable[[list[Resolution]], tuple[Resolution, ...]]
    steps: tuple[tuple[int, Step], ...]


def run(program: Program, frame: Frame) -> Frame:
    """Run a program: every read resolved once, every cell decided."""
    reads = frame.reads = program.blank.copy()
    day, cutoffs = frame.day, frame.cutoffs
    for _, root, role, wanted in program.holders:
        found = frame.roots[root] if root >= 0 else reads[role]
        entity = found.value
        if found.reason == "recorded" and entity.__class__ is Entity:
            cells = entity.cells
            for attribute, fresh, place in wanted:
                cell = cells.get(attribute)
                if cell is None:
                    continue  # the blank says not-recorded
                if cutoffs[fresh] <= cell.day and cell.last <= day:
                    reads[place] = cell.settled
                else:
                    reads[place] = resolve(cell, day, cutoffs[fresh])
        else:
            for attribute, fresh, place in wanted:
                reads[place] = through(found, attribute, day, cutoffs[fresh])
    for place, path, sharing in program.guards:
        if frame.withheld(path, sharing):
            reads[place] = WITHHELD
    for place, step in program.computed:
        reads[place] = step(frame)
    cells_ = frame.cells = list(program.base(reads))
    for place, step in program.steps:
        cells_[place] = step(frame)
    return frame


@dataclass(frozen=True, slots=True)
class Table:
    """A table over a list: the list's fetch, the program of a row, its slots, and which rows are shown."""

    path: str
    fetch: Fetch
    program: Program
    slots: "tuple[Slot, ...]"
    where: Condition | None
    always: bool

    def fill(self, frame: Frame) -> "TableCells":
        """Fill a row for each item of the list that ``where`` lets through, in the list's order."""
        found = self.fetch(frame)
        items = found.value
        if not items:
            return TableCells(found, ())
        partly = {i.entity for o in found.others if o.why == "differs" for i in o.value or ()} if found.others else ()
        program, where, reason = self.program, self.where, found.reason
        inner = frame.inner()
        rows = []
        for item in items:
            run(program, inner.turn(item, reason))
            waits: tuple[str, ...] = ()
            if where is not None:
                verdict = where(inner)
                if verdict is False:
                    continue
                if verdict is not True:
                    waits = verdict
            if partly and item.entity in partly:
                waits += (self.path,)
            rows.append(RowCells(item, inner.cells, waits))
        if not rows:
            return TableCells(Resolution("derived", (), found.facts), ())
        return TableCells(found, tuple(rows))


class RowCells(NamedTuple):
    """The cells of one row, and what its being there waits for."""

    item: Item
    cells: list[Resolution]
    waits_for: tuple[str, ...]


class TableCells(NamedTuple):
    """A filled table: what the list resolves to, and the rows. Without rows it is one entry."""

    found: Resolution
    rows: tuple[RowCells, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A field's place in the plan, with what does not depend on the subject: kind, code list, whose work it is."""

    field: Field
    key: str
    section: str
    kind: str
    codes: CodeList | None
    unit: str | None
    counted: bool
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled form. ``slots`` are its fields in printed order; ``roots`` what its paths begin with."""

    form: Form
    vocabulary: Vocabulary = field(repr=False)
    program: Program = field(repr=False)
    slots: tuple[Slot, ...] = field(repr=False)
    sections: tuple[tuple[Section, tuple[int, ...]], ...] = field(repr=False)
    roots: tuple[str, ...]
    durations: tuple[Duration | None, ...] = field(repr=False)
    places: Mapping[str, int] = field(repr=False)
    _cutoffs: dict[date, tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    def cutoffs(self, on: date) -> tuple[int, ...]:
        """Give, for each duration that the plan uses, the ordinal of the first day that is fresh on ``on``."""
        found = self._cutoffs.get(on)
        if found is None:
            found = tuple(0 if duration is None else duration.before(on) for duration in self.durations)
            if len(self._cutoffs) < 100:  # a pure function of the date, kept: most forms of a batch speak for one date
                self._cutoffs[on] = found
        return found


def may_withhold(grant: Grant | None, agency: str, today: date) -> Callable[[str, str], bool]:
    """Give the test whether a term of a sharing class is withheld from this agency today."""

    def withheld(path: str, sharing: str) -> bool:
        return sharing == "none" or grant is None or not grant.allows(agency, path, today)

    return withheld
