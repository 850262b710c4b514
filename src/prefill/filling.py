"""Filling: a plan and a record → a filled form. No clock, network, file or randomness: the same inputs give the same bytes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from prefill import kinds
from prefill.errors import Problem, RecordError
from prefill.kinds import CodeList
from prefill.plans import Plan, Slot, TableCells
from prefill.plans.model import CELLS, Context, RowCells, begin, may_withhold, run
from prefill.reasons import REASONS, Reason, Status
from prefill.records import Entity, Fact, Filing, Grant, Record
from prefill.records.facts import NOTHING, Resolved
from prefill.records.subjects import reference
from prefill.resolution import resolve_root
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from prefill.forms import Field, Form, Section

__all__ = [
    "Alternative",
    "Entry",
    "FilledForm",
    "Row",
    "SourcedFact",
    "Table",
    "Writer",
    "documents_of",
    "fill",
    "resolve_roots",
]

FILING: Final = "filing"  # the root that the act of filling stands for
NO_ROWS: Final = "无"  # what a form prints for a list that a source says is empty


class SourcedFact(NamedTuple):
    """A fact as an entry shows it: where it was stated, by whom (and the name that may be printed), and as of when."""

    path: str
    source: str
    source_label: str
    as_of: str | None
    value: Any


class Alternative(NamedTuple):
    """A value that was not taken, and why: ``differs``, ``outranked``, ``stale``, ``after`` the form's date, ``corrected``."""

    value: Any
    text: str
    facts: tuple[SourcedFact, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One field, or one cell of a table, filled.

    ``value`` is None unless there is one, and ``text`` what is printed for it. ``facts`` say where it came from; ``others`` are the
    alternatives; ``waits_for`` names what has to be answered before it is decided whether the field is asked at all.
    ``counted`` is whether it is the community's own work.
    """

    key: str
    label: str
    section: str
    row: str | None
    kind: str
    status: Status
    reason: Reason
    value: Any
    text: str
    facts: tuple[SourcedFact, ...]
    others: tuple[Alternative, ...]
    waits_for: tuple[str, ...]
    field: "Field"
    codes: CodeList | None
    unit: str | None
    counted: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its opaque id, its entries in the order of columns, and what its being there waits for."""

    id: str
    entries: tuple[Entry, ...]
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table filled: its rows, or one entry that says why it has none; ``columns`` are the slots of its printed columns."""

    key: str
    label: str
    field: "Field"
    columns: tuple[Slot, ...]
    rows: tuple[Row, ...]
    entry: Entry | None


class FilledForm:
    """All entries of one form for one subject. Every status, value and fact is decided; entries are made when looked at."""

    def __init__(
        self,
        plan: Plan,
        on: date,
        filing: Filing,
        cells: list[Any],
        roots: Sequence[Resolved] = (),
        withheld: Callable[[str, str], bool] | None = None,
        about: tuple[Entity, tuple[str, ...]] | None = None,
    ) -> None:
        """Take what ``fill`` decided; use ``fill`` to make one."""
        self.plan = plan
        self.on = on
        self.filing = filing
        self.cells = cells
        self._roots = roots
        self._withheld = withheld
        self._about = about

    @property
    def form(self) -> "Form":
        """The form's spec."""
        return self.plan.form

    @property
    def subject(self) -> str:
        """The kind of subject, as the form names it: ``resident``, ``household``, ``organisation`` …."""
        return self.plan.form.subject

    @property
    def identity(self) -> tuple[tuple[str, str], ...]:
        """What identifies the subject: (document's term, number), sorted; empty where no document of it is recorded. For digests, never to show."""
        return () if self._about is None else documents_of(self.plan.vocabulary, self._about[0])

    @cached_property
    def reference(self) -> str:
        """A digest that tells the subject from others, by which ``record.learn`` knows whose facts they are; blank where there is no record."""
        if self._about is None:
            return ""
        found, mentions = self._about
        return reference(self.subject, found, self.plan.vocabulary.types[found.type], mentions)

    def context(self) -> Context:
        """Give what a run of the plan's program shares: the date, what counts as fresh on it, what is withheld from this filling."""
        return _context(self.plan, self.on, self._withheld or (lambda path, sharing: True))

    @cached_property
    def memory(self) -> list[Any]:
        """The working memory of the filling, run again: what conditions compare stands in it, the form's cells and the terms read."""
        return run(self.plan.program, begin(self.plan.program, self.context(), self._roots))

    @cached_property
    def disclosed(self) -> tuple[tuple[str, str], ...]:
        """What was told to this form that the law guards: (path of the term, source of its facts), sorted, each once; never a value.

        It names every sensitive term, and every one shared under conditions that a grant opened, that the form drew on and that a source
        speaks of, also where it only stands behind a derived entry, decides a condition, or is one of several candidates.
        """
        if self._withheld is None:
            return ()
        context = _context(self.plan, self.on, self._withheld)
        context.disclosed = []
        run(self.plan.program, begin(self.plan.program, context, self._roots))
        found = set()
        for path, (_, _, facts, others, _) in context.disclosed:
            found.update([(path, fact.source) for fact in facts])
            found.update([(path, fact.source) for other in others for fact in other.facts])
        return tuple(sorted(found))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, in printed order; a table's row by row."""
        found: list[Entry] = []
        for _, parts in self._sections:
            for part in parts:
                if isinstance(part, Entry):
                    found.append(part)
                elif part.entry is not None:
                    found.append(part.entry)
                else:
                    found += [entry for row in part.rows for entry in row.entries]
        return tuple(found)

    @cached_property
    def _by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in reversed(self.entries)}

    def __getitem__(self, key: str) -> Entry:
        """Give the entry of a field (of a table's column: in its first row). Raises KeyError."""
        return self._by_key[key]

    def __iter__(self) -> Iterator[Entry]:
        """Go through the entries, in printed order."""
        return iter(self.entries)

    def __len__(self) -> int:
        """Give the number of entries."""
        return len(self.entries)

    def __repr__(self) -> str:
        """Name the form and nothing of the subject."""
        return f"<FilledForm {self.form.id} on {self.on}>"

    @property
    def todo(self) -> tuple[Entry, ...]:
        """What is left to the worker: the community's own entries to confirm and to type, those that wait included."""
        return tuple(entry for entry in self.entries if entry.counted and entry.status in ("confirm", "new"))

    def sections(self) -> "tuple[tuple[Section, tuple[Entry | Table, ...]], ...]":
        """Give the sections in printed order, each with its entries and tables."""
        return self._sections

    @cached_property
    def _sections(self) -> "tuple[tuple[Section, tuple[Entry | Table, ...]], ...]":
        writer = Writer(self.plan.vocabulary)
        return tuple(
            (section, tuple(writer.part(self.plan.slots[place], self.cells[place]) for place in places))
            for section, places in self.plan.sections
        )


def fill(
    plan: Plan, record: Record, *, on: date, filing: Filing | None = None, grant: Grant | None = None
) -> FilledForm:
    """Fill a form for the record's subject.

    ``on`` is the date that the form speaks for; ``filing`` the act of filling; ``grant`` the leave to use terms shared under
    conditions. A missing fact is no error. Raises RecordError where the record is of another kind of subject, or of more than one.
    """
    filing = filing or Filing()
    roots = resolve_roots(plan, record, on, filing)
    subject = plan.form.subject
    if subject not in record.context.cells or subject in record.ambiguous:
        raise _other_subject(plan, record)
    withheld = may_withhold(grant, plan.form.agency, filing.today or on)
    memory = run(plan.program, begin(plan.program, _context(plan, on, withheld), roots))
    named = record.context.cells[subject].settled[1]
    about = (named, record.anchors.get(named.number, ())) if isinstance(named, Entity) else None
    return FilledForm(plan, on, filing, memory[CELLS : plan.program.end], roots, withheld, about)


def resolve_roots(plan: Plan, record: Record, on: date, filing: Filing) -> list[Resolved]:
    """Give what a plan's paths begin with, as a record has it on a day: in the order of the plan's ``roots``."""
    cells = record.context.cells
    roots: list[Resolved] = []
    for root in plan.roots:
        if root == FILING:
            roots.append(("recorded", filing.entity(plan.vocabulary, on), (), (), ()))
        elif root in cells:
            roots.append(
                cells[root].settled if root not in record.ambiguous else resolve_root(record, root, on.toordinal())
            )
        else:
            roots.append(NOTHING)
    return roots


def documents_of(vocabulary: Vocabulary, entity: Entity) -> tuple[tuple[str, str], ...]:
    """Give what identifies an entity: (document's term, number), sorted; empty where no document of it is recorded."""
    documents = vocabulary.types[entity.type].documents
    held = ((name, fact.value) for name in documents if name in entity.cells for fact in entity.cells[name].facts)
    return tuple(sorted({(name, value) for name, value in held if isinstance(value, str)}))


def _context(plan: Plan, on: date, withheld: Callable[[str, str], bool]) -> Context:
    return Context(on, plan.cutoffs(on), withheld, plan.form.deceased is None)


def _other_subject(plan: Plan, record: Record) -> RecordError:
    subject = plan.form.subject
    cell = record.context.cells.get(subject)
    if cell is None:
        held = ", ".join(record.context.cells) or "nothing"
        what = f"the form '{plan.form.id}' needs {subject}, the record has: {held}"
        return RecordError([Problem(record.name, None, what, f"state {subject}, or choose a form for this record")])
    known = plan.vocabulary.sources
    sources = ", ".join(sorted({known[f.source].label if f.source in known else f.source for f in cell.facts}))
    what = f"the statements are about more than one {subject} (by {sources})"
    return RecordError(
        [Problem(record.name, None, what, "make one record for each; or find out whose document number is wrong")]
    )


class Writer:
    """Writes cells out as entries."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def part(self, slot: Slot, cell: Any) -> Entry | Table:
        """Write out a field, or a table."""
        table = slot.table
        if table is None:
            return self.entry(slot, cell, None, ())
        filled: TableCells = cell
        found, cells = filled
        rows = tuple(self.row(table.slots, row, found[4]) for row in cells)
        entry = None if rows else self.entry(slot, found, None, ())
        return Table(slot.key, slot.field.label, slot.field, table.slots, rows, entry)

    def row(self, slots: tuple[Slot, ...], row: RowCells, around: tuple[str, ...]) -> Row:
        """Write out a row of a table; ``around`` is what the table waits for."""
        item, cells, own = row
        number = item.entity.number
        # below 0: a row that the worker added
        name, waits = f"r{number}" if number >= 0 else f"+{-number}", around + own
        entries = tuple(self.entry(s, cell, name, waits) for s, cell in zip(slots, cells, strict=True))
        return Row(name, entries, waits)

    def entry(self, slot: Slot, found: Resolved, row: str | None, waits: tuple[str, ...]) -> Entry:
        """Write out a cell."""
        reason, value, facts, others, waits_for = found
        return Entry(
            key=slot.key,
            label=slot.field.label,
            section=slot.section,
            row=row,
            kind=slot.kind,
            status=REASONS[reason],
            reason=reason,
            value=value,
            text=self.text(slot, value),
            facts=self.facts(facts),
            others=tuple(
                Alternative(self.plain(o.value), self.text(slot, o.value), self.facts(o.facts), o.why) for o in others
            ),
            waits_for=tuple(dict.fromkeys((*waits_for, *waits))),
            field=slot.field,
            codes=slot.codes,
            unit=slot.unit,
            counted=slot.counted,
        )

    def text(self, slot: Slot, value: Any) -> str:
        """Give a value as it is printed."""
        if value is None:
            return ""
        if slot.kind == "list":
            return NO_ROWS if not value else f"{len(value)}"
        return kinds.show(slot.kind, value, slot.codes) or (NO_ROWS if value == () else "")

    def plain(self, value: Any) -> Any:
        """A list that was not taken is told by its length: its items have no value of their own."""
        return len(value) if isinstance(value, tuple) and value and not isinstance(value[0], str) else value

    def facts(self, facts: tuple[Fact, ...]) -> tuple[SourcedFact, ...]:
        """Give facts as an entry shows them, each once."""
        found = []
        for fact in facts:
            source = self.vocabulary.source_of(fact.source)
            found.append(
                SourcedFact(fact.path, fact.source, source.label if source else fact.source, fact.as_of, fact.value)
            )
        return tuple(dict.fromkeys(found))
