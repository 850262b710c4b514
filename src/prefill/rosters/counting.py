"""A tally's plan and records → a tally: one run a record; subjects that stand in the very same figures are counted together."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from prefill.plans.model import CELLS, Memory
from prefill.plans.rosters import operands_at
from prefill.plans.tallies import Line, TallyPlan
from prefill.reasons import REASONS
from prefill.records import Filing, Grant, Record
from prefill.rosters.agreeing import disagreements
from prefill.rosters.figures import Alike, Standing, Vector, share_stands, table_of
from prefill.rosters.filling import gather
from prefill.rosters.model import (
    Given,
    Group,
    Pending,
    Repeated,
    Roster,
    Stated,
    Tally,
    Wait,
)
from prefill.rosters.running import DISPUTED, Runner, Source, Subjects, Verdict, both, head_of, labels_of, verdict_of

__all__ = ["count_tally", "open_figure"]

OUTSIDE: Final[tuple[Verdict, ...]] = (False,)


def count_tally(
    plan: TallyPlan,
    records: Iterable[Source],
    *,
    on: date,
    filing: Filing | None = None,
    grant: Grant | None = None,
    about: Record | None = None,
) -> Tally:
    """Count a tally from records, which are gone through once; see ``fill_roster`` for what they are.

    A subject of which something is undecided stands in no figure that rests on it, and is counted apart. Raises RecordError where ``on`` is no
    cut-off of the tally.
    """
    runner = Runner(plan, on, filing, grant)
    counted = _Counted(plan)
    for name, entity, memory in runner.run(records):
        vector, values = counted.decided(memory, runner.member(memory, plan.member))
        if vector[0] is not False:
            runner.disclose()
        counted.add(name, entity, vector, values)
    found = counted.groups()
    groups = [group for group in found if group.vector[0] is not False]
    stands = [counted.stands(group.vector) for group in groups]
    tables = tuple(table_of(table, groups, stands, counted.sums) for table in plan.tables)
    figures = {figure.key: figure for table in tables for row in table.figures for figure in row}
    shown = tuple(Group(standing, g.subjects, g.places) for g, standing in zip(groups, stands, strict=True))
    return Tally(
        form=plan.form,
        on=on,
        filing=runner.filing,
        head=head_of(plan, about, runner),
        stated=Stated(plan.population, plan.label, plan.ages, on, plan.cut_off),
        tables=tables,
        counted=sum(len(group.subjects) for group in groups if group.vector[0] is True),
        undecided=_pending(groups),
        disagreements=tuple(
            disagreements(plan, [(g.vector, g.subjects) for g in groups], counted.index, figures, shown)
        ),
        given=Given(
            runner.records,
            sum(len(group.subjects) for group in found if group.vector[0] is False),
            0,
            tuple(counted.repeated),
            tuple(counted.unidentified),
            tuple(runner.unread),
        ),
        spec_hash=plan.plan.spec_hash,
        labels=labels_of(plan.plan),
        disclosed=runner.disclosed,
        groups=shown,
    )


def _pending(groups: "Sequence[Alike]") -> tuple[Pending, ...]:
    """Give those of whom it is not decided whether they are of the population, in the order in which they were given."""
    found = [
        (place, Pending(subject, group.vector[0]))
        for group in groups
        if isinstance(group.vector[0], tuple)
        for place, subject in zip(group.places, group.subjects, strict=True)
    ]
    return tuple([one for _, one in sorted(found)])


def open_figure(
    plan: TallyPlan,
    records: Iterable[Source],
    key: str,
    *,
    on: date,
    filing: Filing | None = None,
    grant: Grant | None = None,
    about: Record | None = None,
) -> Roster:
    """Open a figure: the roster of the subjects behind it, with the columns that the tally's ``open`` names, the undecided apart.

    Raises KeyError if there is no such figure, and RecordError as ``count_tally`` does.
    """
    found = {
        f"{t.key}.{row.key}.{column.key}": (t, row, column)
        for t in plan.tables
        for row in t.rows
        for column in t.columns
    }
    table, row, column = found[key]
    lines = (_base(row, table.rows), _base(column, table.columns))
    places = [table.when, *(line.when for line in lines)]
    sums = [line.sum for line in lines if line.sum is not None]
    runner = Runner(plan, on, filing, grant)

    def decide(memory: Memory) -> Verdict:
        verdicts = [runner.member(memory, plan.member), *(verdict_of(memory, place, plan.places) for place in places)]
        return both(*verdicts, *(_summed(memory, place, plan)[0] for place in sums))

    judges = [*operands_at(plan.plan, [plan.member, *places]), *sums]
    return gather(plan, runner, records, decide, judges, plan.opens, (), about)


def _base(line: Line, axis: Sequence[Line]) -> Line:
    """Give the line whose subjects a figure is about: of a share, of which it is one."""
    return line if line.share is None else next(one for one in axis if one.key == line.share.to)


def _summed(memory: Memory, place: int, plan: TallyPlan) -> tuple[Verdict, Any]:
    """Give whether there is a value to sum, and the value; a value that a source says there is none of is not summed."""
    reason, value, _, _, waits = memory[place]
    if waits:
        return verdict_of(memory, place, plan.places), None
    if REASONS[reason] == "known" and value is not None:
        return True, value
    if reason == "not-applicable":
        return False, None
    field_ = plan.plan.slots[place - CELLS].field.from_
    return (Wait(str(field_), reason),), None


class _Given(NamedTuple):
    """A subject: its id, what was decided, what it has of what is summed."""

    subject: str
    vector: Vector
    values: tuple[Any, ...]


class _Counted:
    """What was decided of each subject given so far; ``index`` are the places in its vector of what stands at places of the memory."""

    def __init__(self, plan: TallyPlan) -> None:
        self.plan = plan
        self.subjects = Subjects(plan.plan)
        lines = [line for table in plan.tables for line in (*table.rows, *table.columns)]
        whens = dict.fromkeys([*(t.when for t in plan.tables), *(line.when for line in lines)])
        self.whens = [place for place in whens if place is not None]
        self.sums = list(dict.fromkeys(line.sum for line in lines if line.sum is not None))
        self.index = {place: number for number, place in enumerate((*self.whens, *self.sums), 1)}
        self.held: list[_Given | None] = []
        self.kept: dict[Vector, Vector] = {}
        self.repeated: list[Repeated] = []
        self.unidentified: list[str] = []

    def decided(self, memory: Memory, inside: Verdict) -> tuple[Vector, tuple[Any, ...]]:
        """Give what a run decided: of the population, of each condition, of each sum; and the values to sum."""
        names = self.plan.places
        if inside is False:
            return OUTSIDE, ()
        summed = [_summed(memory, place, self.plan) for place in self.sums]
        vector = (inside, *[verdict_of(memory, place, names) for place in self.whens], *[one for one, _ in summed])
        return self.kept.setdefault(vector, vector), tuple([value for _, value in summed])

    def add(self, name: str, entity: Any, vector: Vector, values: tuple[Any, ...]) -> None:
        """Add a subject, or note that it was given before."""
        number, earlier, known = self.subjects.add(entity)
        given = _Given(name, vector, values)
        if not known:
            self.unidentified.append(name)
        if not earlier:
            self.held.append(given)
            return
        for other in [*earlier[1:], None]:  # one may tie together what were two before
            again, first = given if other is None else self.held[other], self.held[number]
            if again is None or first is None:
                continue
            self.held[number] = merged = _merged(first, again)
            self.repeated.append(Repeated(again.subject, first.subject, merged is first))
            if other is not None:
                self.held[other] = None

    def groups(self) -> list[Alike]:
        """Gather the subjects by what was decided of them, in the order in which they were given."""
        found: dict[Vector, Alike] = {}
        for place, given in enumerate(self.held):
            if given is not None:
                group = found.setdefault(given.vector, Alike(given.vector))
                group.subjects.append(given.subject)
                group.places.append(place)
                if given.values:
                    group.values.append(given.values)
        return list(found.values())

    def at(self, vector: Vector, place: int | None) -> Verdict:
        """Give what a vector says of a place of the memory."""
        return True if place is None else vector[self.index[place]]

    def stands(self, vector: Vector) -> dict[str, Standing]:
        """Give the figures that subjects of a vector stand in, or may stand in."""
        found: dict[str, Standing] = {}
        for table in self.plan.tables:
            inside = both(vector[0], self.at(vector, table.when))
            if inside is False:
                continue
            columns = [(line, self.line(vector, line)) for line in table.columns if line.share is None]
            for row in table.rows:
                of_row = False if row.share is not None else both(inside, self.line(vector, row))
                for column, of_column in columns if of_row is not False else ():
                    stands = both(of_row, of_column)
                    if stands is not False:
                        found[f"{table.key}.{row.key}.{column.key}"] = True if stands is True else stands
            share_stands(table, found)
        return found

    def line(self, vector: Vector, line: Line) -> Verdict:
        """Give whether subjects of a vector stand in a row or a column."""
        return both(self.at(vector, line.when), self.at(vector, line.sum))


def _merged(one: _Given, other: _Given) -> _Given:
    """Make one of two of the same subject: what they do not say alike is undecided."""
    if one.vector == other.vector and one.values == other.values:
        return one
    if OUTSIDE in (one.vector, other.vector):
        inside = other if one.vector == OUTSIDE else one
        return _Given(one.subject, ((DISPUTED,), *inside.vector[1:]), inside.values)
    pairs = zip(one.vector, other.vector, strict=True)
    vector: list[Verdict] = [a if a == b else (DISPUTED,) for a, b in pairs]
    for number, (a, b) in enumerate(zip(reversed(one.values), reversed(other.values), strict=True), 1):
        if a != b:
            vector[-number] = (DISPUTED,)
    return _Given(one.subject, tuple(vector), one.values)
