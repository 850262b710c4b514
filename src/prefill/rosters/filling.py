"""A roster's plan and records → a roster: one run a record, a row for each that belongs, those who may belong apart."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from prefill.filling import Entry, SourcedFact, Writer
from prefill.plans import Slot
from prefill.plans.model import Memory
from prefill.plans.rosters import ListPlan, RosterPlan, operands_at
from prefill.records import Filing, Grant, Record
from prefill.records.facts import Other, Resolved
from prefill.resolution import SEVERITY
from prefill.rosters.model import Column, Given, Repeated, Roster, RosterRow
from prefill.rosters.running import (
    DISPUTED,
    Runner,
    Source,
    Subjects,
    Verdict,
    facts_behind,
    head_of,
    labels_of,
)

__all__ = ["fill_roster", "gather"]

Cells = tuple[Resolved, ...]

_SILENT: Final = frozenset(
    {"not-recorded", "unavailable", "unreadable", "each-time", "after-answers", "no-matching-option"}
)
"""Why a cell has no value where a record has nothing to say of it."""


@dataclass(slots=True)
class _Row:
    """A subject that belongs, or may: what was decided of it, its cells, and the facts for which; neither where that is withheld."""

    subject: str
    verdict: Verdict
    cells: Cells
    why: tuple[SourcedFact, ...]


def fill_roster(
    plan: RosterPlan,
    records: Iterable[Source],
    *,
    on: date,
    filing: Filing | None = None,
    grant: Grant | None = None,
    about: Record | None = None,
) -> Roster:
    """Fill a roster from records, which are gone through once: a row for each subject of which its condition holds.

    ``records`` are records, or pairs of an opaque id and a record (or the error for which it could not be read). ``about`` is a record of the
    community, for what stands above the table. Raises RecordError where ``on`` is no cut-off of the roster.
    """
    runner = Runner(plan, on, filing, grant)

    def decide(memory: Memory) -> Verdict:
        return runner.member(memory, plan.member)

    return gather(plan, runner, records, decide, operands_at(plan.plan, [plan.member]), plan.columns, plan.sort, about)


def gather(
    plan: ListPlan,
    runner: Runner,
    records: Iterable[Source],
    decide: Callable[[Memory], Verdict],
    judges: Sequence[int],
    columns: Sequence[tuple[Slot, int, Any]],
    sort: Sequence[tuple[int, bool]],
    about: Record | None,
) -> Roster:
    """Gather the rows of those of whom ``decide`` says that they belong; ``judges`` are the places that it goes by."""
    writer, subjects = Writer(plan.plan.vocabulary), Subjects(plan.plan)
    places = [place for _, place, _ in columns]
    held: list[_Row | str] = []  # of one who does not belong the id alone
    repeated: list[Repeated] = []
    unidentified: list[str] = []
    kept: dict[Verdict, Verdict] = {}
    for name, entity, memory in runner.run(records):
        verdict = decide(memory)
        row: _Row | str = name
        if runner.is_withheld(verdict):
            row = _Row(name, kept.setdefault(verdict, verdict), (), ())
        elif verdict is not False:
            runner.disclose()
            row = _Row(name, verdict, tuple([memory[place] for place in places]), facts_behind(memory, judges, writer))
        number, earlier, known = subjects.add(entity)
        if not known:
            unidentified.append(name)
        if not earlier:
            held.append(row)
            continue
        for other in [*earlier[1:], None]:  # one may tie together what were two before
            again = row if other is None else held[other]
            first = held[number]
            merged, same = _merged(first, again)
            repeated.append(Repeated(_id(again), _id(first), same))
            held[number] = merged
            if other is not None:
                held[other] = ""
    found = [one for one in held if isinstance(one, _Row)]
    rows = [one for one in found if one.verdict not in kept]
    outside = sum(isinstance(one, str) and one != "" for one in held)
    slots = [slot for slot, _, _ in columns]
    _sort(rows, sort)
    return Roster(
        form=plan.form,
        on=runner.on,
        filing=runner.filing,
        head=head_of(plan, about, runner),
        columns=tuple(
            Column(s.key, s.field.label, s.kind, s.codes, s.unit, public, s.field) for s, _, public in columns
        ),
        rows=_numbered([row for row in rows if row.verdict is True], slots, writer),
        undecided=_numbered([row for row in rows if row.verdict is not True], slots, writer),
        given=Given(
            runner.records,
            outside,
            len(found) - len(rows),
            tuple(repeated),
            tuple(unidentified),
            tuple(runner.unread),
        ),
        spec_hash=plan.plan.spec_hash,
        labels=labels_of(plan.plan),
        disclosed=runner.disclosed,
    )


def _id(row: _Row | str) -> str:
    return row if isinstance(row, str) else row.subject


def _merged(one: _Row | str, other: _Row | str) -> tuple[_Row | str, bool]:
    """Make one row of two of the same subject, and say whether they say the same; where they do not, nothing is taken silently."""
    if isinstance(one, str) and isinstance(other, str):
        return one, True
    if isinstance(one, str) or isinstance(other, str):
        row = other if isinstance(one, str) else one
        assert isinstance(row, _Row)  # noqa: S101  # one of them is
        return _Row(_id(one), (DISPUTED,), row.cells, row.why), False
    verdict = one.verdict if one.verdict == other.verdict else (DISPUTED,)
    if not (one.cells and other.cells):
        more = one if one.cells else other
        return _Row(one.subject, verdict, more.cells, more.why), verdict == one.verdict
    cells = tuple(_one_cell(a, b) for a, b in zip(one.cells, other.cells, strict=True))
    same = verdict == one.verdict and all(a[:2] == b[:2] for a, b in zip(one.cells, other.cells, strict=True))
    return _Row(one.subject, verdict, cells, tuple(dict.fromkeys((*one.why, *other.why)))), same


def _one_cell(one: Resolved, other: Resolved) -> Resolved:
    """Give what two records say of one cell: two values are a dispute, of equal ones the worse reason counts.

    A value gives way to nobody who says nothing; but to one who has several, or says that there is none.
    """
    if one[1] is not None and other[1] is not None and one[1] != other[1]:
        sides = [Other(cell[1], cell[2], "differs") for cell in (one, other)]
        return ("disputed", None, (), (*sides, *one[3], *other[3]), tuple(dict.fromkeys(one[4] + other[4])))
    if (one[1] is None) != (other[1] is None):
        value, none = (other, one) if one[1] is None else (one, other)
        if none[0] in _SILENT:
            return value
        sides = [Other(value[1], value[2], "differs")]
        return ("disputed", None, (), (*sides, *none[3], *value[3]), tuple(dict.fromkeys(one[4] + other[4])))
    return max(one, other, key=lambda cell: SEVERITY.get(cell[0], 0))


def _sort(rows: list[_Row], sort: Sequence[tuple[int, bool]]) -> None:
    """Sort rows by columns, the first named counting most; what has no value comes last."""
    for number, falling in reversed(sort):
        known = [row for row in rows if row.cells[number][1] is not None]
        known.sort(key=lambda row: row.cells[number][1], reverse=falling)
        rows[:] = [*known, *(row for row in rows if row.cells[number][1] is None)]


def _numbered(rows: Iterable[_Row], slots: Sequence[Slot], writer: Writer) -> tuple[RosterRow, ...]:
    made = []
    for number, row in enumerate(rows, 1):
        waits = row.verdict if isinstance(row.verdict, tuple) else ()
        entries = partial(_entries, writer, slots, row.cells, row.subject)
        made.append(RosterRow(number, row.subject, waits, entries, partial(_same, row.why)))
    return tuple(made)


def _entries(writer: Writer, slots: Sequence[Slot], cells: Cells, subject: str) -> tuple[Entry, ...]:
    return tuple([writer.entry(slot, cell, subject, ()) for slot, cell in zip(slots, cells, strict=True)])


def _same(facts: tuple[SourcedFact, ...]) -> tuple[SourcedFact, ...]:
    return facts
