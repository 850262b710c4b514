"""What a plan consists of, and how a program of reads and steps is run over entities."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from prefill.conditions import Condition, Operand
from prefill.derivations.facts import rank, row_number
from prefill.kinds import CodeList
from prefill.reasons import Reason
from prefill.records import Entity, Fact, Grant, Item
from prefill.records.facts import NOTHING, Resolved
from prefill.resolution import SEVERITY, WITHHELD, resolve, through
from prefill.vocabulary import Duration, Vocabulary

if TYPE_CHECKING:
    from prefill.forms import Field, Form, Section  # pydantic is loaded when a form is read, not before

__all__ = ["Context", "Holder", "Memory", "Plan", "Program", "Slot", "Table", "TableCells", "begin", "run", "run_item"]

EACH_TIME: Final[Resolved] = ("each-time", None, (), (), ())
BY_HAND: Final[Resolved] = ("by-hand", None, (), (), ())
OTHER_DESK: Final[Resolved] = ("other-desk", None, (), (), ())
NOT_APPLICABLE: Final[Resolved] = ("not-applicable", None, (), (), ())
ASK_ALWAYS: Final[Resolved] = ("ask-always", None, (), (), ())
AFTER_ANSWERS: Final[Resolved] = ("after-answers", None, (), (), ())
CONSTANTS: Final = (EACH_TIME, BY_HAND, OTHER_DESK, NOTHING, ASK_ALWAYS, AFTER_ANSWERS)


_NOT_NUMBERED: Final = frozenset({"not-applicable", "by-hand", "ask-always"})
"""A row that is not asked keeps its place, and does not show it."""

OUTER: Final = 0
CONTEXT: Final = 1
CONSTANT: Final = 2
CELLS: Final = CONSTANT + len(CONSTANTS)

Memory: TypeAlias = list[Any]
"""The working memory of one run: the memory around it (of a table's row) or None, the context, the constants, the cells in printed
order, then the reads. One flat list, since a step does little but look at it."""

Step: TypeAlias = Callable[[Memory], Any]


RowCells: TypeAlias = tuple[Item, list[Resolved], tuple[str, ...]]
"""The cells of one row: the list's item, a cell a column, and what its being there waits for."""

TableCells: TypeAlias = tuple[Resolved, tuple[RowCells, ...]]
"""A filled table: what the list resolves to, and the rows. Without rows it is one entry."""


class Context:
    """What all programs of one filling share: the form's date, the days from which facts are fresh, what is withheld.

    ``veiled`` is whether the facts of those who died are withheld. Where a filling is gone through again to tell what it ``disclosed``,
    that gathers what is sensitive and what a grant let through, path by path; else it is None. ``answered`` is whether the worker has
    given the form back, so that no row will be added any more.
    """

    __slots__ = ("answered", "cutoffs", "day", "disclosed", "on", "veiled", "withheld")

    def __init__(
        self, on: date, cutoffs: Sequence[int], withheld: Callable[[str, str], bool], veiled: bool = False
    ) -> None:
        """Take the date, the cutoff of each of the plan's durations, and the tests of what is withheld."""
        self.on = on
        self.day = on.toordinal()
        self.cutoffs = cutoffs
        self.withheld = withheld
        self.veiled = veiled
        self.disclosed: list[tuple[str, Resolved]] | None = None
        self.answered = False


class Holder(NamedTuple):
    """An entity that a program reads from, at a place of the memory: a root, or what a role read before leads to; and its reads.

    ``ageless`` are the reads of what does not age (attribute, place); ``ageing`` of what does (attribute, place in the cutoffs, place).
    """

    place: int
    ageless: tuple[tuple[str, int], ...]
    ageing: tuple[tuple[str, int, int], ...]


class Conversion:
    """A step that turns the value at one place into another. ``run`` knows it, and does the common case without a call."""

    __slots__ = ("change", "place", "whole")

    def __init__(self, place: int, change: Callable[[Any], Any], whole: Step) -> None:
        """Take the place, what makes a value of its value, and the step that knows every case."""
        self.place = place
        self.change = change
        self.whole = whole

    def __call__(self, memory: Memory) -> Any:
        """Decide the case, whichever it is."""
        return self.whole(memory)


class Precision:
    """A step that holds a date to a field's precision (its length as text); known to ``run`` like a conversion."""

    __slots__ = ("length", "place", "whole")

    def __init__(self, place: int, length: int, whole: Step) -> None:
        """Take the place, the length of a date as precise as the field, and the step that knows every case."""
        self.place = place
        self.length = length
        self.whole = whole

    def __call__(self, memory: Memory) -> Any:
        """Decide the case, whichever it is."""
        return self.whole(memory)


@dataclass(frozen=True, slots=True)
class Program:
    """Reads, in the order of their holders; then what is computed from them; then the cells that are not simply a read.

    Of the latter ``conversions`` (place, place of the input, change, the whole step) and ``dates`` (place, place of the input, length,
    the whole step) rest on reads alone: they come first, since they are many, and plain in nearly all cases. ``blank`` is the memory to begin with, ``roots`` the places where the roots go (of a row: the item and its membership), ``end``
    where the cells end. ``reads`` are the places of each read, by what it is read from (a root or a role's path, of a row ``""`` and ``link``)
    and the attribute.
    """

    blank: Memory
    roots: tuple[int, ...]
    holders: tuple[Holder, ...]
    guards: tuple[tuple[int, str, str], ...]
    watched: tuple[tuple[int, str], ...]
    computed: tuple[tuple[int, Step], ...]
    base: Callable[[Memory], tuple[Resolved, ...]]
    conversions: tuple[tuple[int, int, Callable[[Any], Any], Step], ...]
    dates: tuple[tuple[int, int, int, Step], ...]
    steps: tuple[tuple[int, Step], ...]
    end: int
    reads: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)


def begin(program: Program, context: Context, roots: Iterable[Resolved], outer: Memory | None = None) -> Memory:
    """Give the memory that a program begins with, with the roots (of a row: the item and its membership) in their places."""
    memory = program.blank.copy()
    memory[OUTER] = outer
    memory[CONTEXT] = context
    for place, root in zip(program.roots, roots):  # noqa: B905  # a row without a membership has one root less
        memory[place] = root
    return memory


def run(program: Program, memory: Memory) -> Memory:
    """Run a program on its memory: every read resolved once, every cell decided."""
    context: Context = memory[CONTEXT]
    day, cutoffs = context.day, context.cutoffs
    for holder, ageless, ageing in program.holders:
        found = memory[holder]
        entity = found[1]
        if found[0] == "recorded" and entity.__class__ is Entity and entity.last <= day:
            settled = entity.settled.get
            for attribute, place in ageless:
                memory[place] = settled(attribute, NOTHING)
            if ageing:
                cells = entity.cells.get
                for attribute, fresh, place in ageing:
                    cell = cells(attribute)
                    if cell is not None:
                        cutoff = cutoffs[fresh]
                        memory[place] = cell.settled if cutoff <= cell.day else resolve(cell, day, cutoff)
        else:
            veiled = context.veiled
            for attribute, place in ageless:
                memory[place] = through(found, attribute, day, 0, veiled)
            for attribute, fresh, place in ageing:
                memory[place] = through(found, attribute, day, cutoffs[fresh], veiled)
    for place, path, sharing in program.guards:
        if context.withheld(path, sharing):
            memory[place] = WITHHELD
        elif context.disclosed is not None:
            context.disclosed.append((path, memory[place]))
    for place, step in program.computed:
        memory[place] = step(memory)
    if context.disclosed is not None:
        context.disclosed += [(path, memory[place]) for place, path in program.watched]
    memory[CELLS : program.end] = program.base(memory)
    for place, source, change, step in program.conversions:
        reason, value, facts, others, waits = found = memory[source]
        if value is None:
            memory[place] = step(memory) if others or reason == "not-applicable" else found
        else:
            made = None if others else change(value)
            if made is None:
                memory[place] = step(memory)
            else:
                memory[place] = ("derived" if reason == "recorded" else reason, made, facts, (), waits)
    for place, source, length, step in program.dates:
        found = memory[source]
        value = found[1]
        memory[place] = found if value is not None and len(value) == length else step(memory)
    for place, step in program.steps:
        memory[place] = step(memory)
    return memory


def run_item(program: Program, outer: Memory, item: Item, reason: Reason) -> Memory:
    """Run a program for an item of a list: its entity, and the facts of its membership, stand where the roots do."""
    memory = program.blank.copy()
    memory[OUTER] = outer
    memory[CONTEXT] = outer[CONTEXT]
    memory[program.roots[0]] = (reason, item.entity, (), (), ())
    if item.link is not None:
        memory[program.roots[1]] = (reason, item.link, (), (), ())
    return run(program, memory)


@dataclass(frozen=True, slots=True)
class Table:
    """A table over a list: the list's place in the memory, the program of a row, its slots, and which rows are shown.

    ``numbered`` are the columns that its rows' number decides (None), or their place by another column (the number of that). ``judges``
    are the places that ``where`` reads: where these are withheld, so is the table. Over an entity it has one row. ``more`` is whether the
    worker adds rows to those filled, so that none to begin with does not mean that there are none.
    """

    path: str
    place: int
    program: Program
    slots: "tuple[Slot, ...]"
    where: Condition | None
    always: bool
    numbered: "tuple[tuple[int, int | None], ...]" = ()
    judges: tuple[int, ...] = ()
    more: bool = False

    def fill(self, memory: Memory) -> TableCells:
        """Fill a row for each item of the list that ``where`` lets through, in the list's order."""
        found: Resolved = memory[self.place]
        reason, items, facts, others, _ = found
        if isinstance(items, Entity):
            items = (Item(items),)
        if not items:
            if reason == "candidates" and any(isinstance(other.value, Entity) for other in others):
                # who it is is asked where the role is: a row is of one entity
                told = tuple(dict.fromkeys([fact for other in others for fact in other.facts]))
                return (reason, None, told, (), ()), ()
            return (EACH_TIME, ()) if self.more and items is not None else (found, ())
        partly = {i.entity for o in others if o.why == "differs" for i in o.value or ()} if others else ()
        program, where = self.program, self.where
        rows = []
        for item in items:
            row = run_item(program, memory, item, reason)
            waits: tuple[str, ...] = ()
            if where is not None:
                verdict = where(row)
                if verdict is False:
                    continue
                if verdict is not True:
                    if any(row[judge][0] == "withheld" for judge in self.judges):
                        return WITHHELD, ()
                    waits = verdict
            if partly and item.entity in partly:
                waits += (self.path,)
            rows.append((item, row[CELLS : program.end], waits))
        if not rows and self.more:
            return EACH_TIME, ()
        if not rows:
            return ("derived" if reason == "recorded" else reason, (), facts, (), ()), ()
        for column, by in self.numbered:
            self.number(rows, column, by, reason, facts)
        return found, tuple(rows)

    def number(
        self, rows: Sequence[RowCells], column: int, by: int | None, reason: Reason, facts: tuple[Fact, ...]
    ) -> None:
        """Number the rows in a column, as they are shown or by another column; not while it is not decided which these are."""
        worst: Reason = "derived" if reason == "recorded" else reason
        places: tuple[int, ...] | None
        if any(waits for _, _, waits in rows):
            return
        if by is None:
            places = row_number(rows=len(rows))
        elif self.more:
            return
        else:
            cells = [cells[by] for _, cells, _ in rows]
            if any(cell[1] is None or cell[4] for cell in cells):
                return
            worst = max([worst, *[cell[0] for cell in cells if cell[0] != "recorded"]], key=SEVERITY.__getitem__)
            facts = tuple(dict.fromkeys([fact for cell in cells for fact in cell[2]]))
            places = rank("", values=[cell[1] for cell in cells])
        for (_, own, _), place in zip(rows, places or (), strict=bool(places)):
            if own[column][0] not in _NOT_NUMBERED:
                own[column] = (worst, place, facts, (), own[column][4])


@dataclass(frozen=True, slots=True)
class Slot:
    """A field's place in the plan, with what does not depend on the subject: kind, code list, whose work it is.

    ``operands`` are what its ``when`` compares, in the order in which the names stand there.
    """

    field: "Field"
    key: str
    section: str
    kind: str
    codes: CodeList | None
    unit: str | None
    counted: bool
    table: Table | None = None
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled form. ``slots`` are its fields in printed order; ``roots`` what its paths begin with; ``folders`` its catalogue's.

    ``file`` is the form's own, and ``spec_hash`` the digest of all that it rests on: see ``spec_hash``. With the folders they are what another
    process needs to make the same plan.
    """

    form: "Form"
    vocabulary: Vocabulary = field(repr=False)
    program: Program = field(repr=False)
    slots: tuple[Slot, ...] = field(repr=False)
    sections: "tuple[tuple[Section, tuple[int, ...]], ...]" = field(repr=False)
    roots: tuple[str, ...]
    durations: tuple[Duration | None, ...] = field(repr=False)
    places: Mapping[str, int] = field(repr=False)
    folders: tuple[Path, ...] = field(default=(), repr=False)
    file: Path | None = field(default=None, repr=False)
    spec_hash: str = field(default="", repr=False)
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
