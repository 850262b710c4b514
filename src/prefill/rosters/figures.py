"""Figures of a tally, from groups of subjects of whom the very same was decided: counted or summed first, then the shares that rest on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from prefill import kinds
from prefill.derivations.numbers import percent
from prefill.plans.tallies import Line, TallyTablePlan
from prefill.rosters.model import Figure, Heading, TallyTable, Wait
from prefill.rosters.running import Verdict

__all__ = ["Alike", "Standing", "Vector", "share_stands", "table_of"]

Vector: TypeAlias = tuple[Verdict, ...]
"""What was decided of a subject: of the population, of each condition, of each sum."""

Standing: TypeAlias = Literal[True] | tuple[Wait, ...]
"""How somebody stands in a figure: surely, or what that waits for."""


@dataclass(slots=True)
class Alike:
    """Subjects of whom the very same was decided, and what each has of what is summed."""

    vector: Vector
    subjects: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    values: list[tuple[Any, ...]] = field(default_factory=list)


def share_stands(table: TallyTablePlan, found: dict[str, Standing]) -> None:
    """A share's figure is about those of whom it is one: where they stand, and where either of the two is undecided."""
    for key, of, to in _shares(table):
        sides = [found.get(to), found.get(of)]
        waits = tuple(dict.fromkeys([wait for side in sides if isinstance(side, tuple) for wait in side]))
        if waits:
            found[key] = waits
        elif sides[0] is True:
            found[key] = True


def _shares(table: TallyTablePlan) -> Iterator[tuple[str, str, str]]:
    """Give each figure that is a share: its key, of which figure, and to which."""
    for row in table.rows:
        for column in table.columns:
            key = f"{table.key}.{row.key}.{column.key}"
            if row.share is not None:
                yield key, f"{table.key}.{row.share.of}.{column.key}", f"{table.key}.{row.share.to}.{column.key}"
            elif column.share is not None:
                yield key, f"{table.key}.{row.key}.{column.share.of}", f"{table.key}.{row.key}.{column.share.to}"


def table_of(
    table: TallyTablePlan, groups: Sequence[Alike], stands: Sequence[dict[str, Standing]], sums: Sequence[int]
) -> TallyTable:
    """Give a table's figures: those that count or sum first, then the shares, which rest on them."""
    made: dict[str, Figure] = {}
    numbers = {place: number for number, place in enumerate(sums)}
    for row in table.rows:
        for column in table.columns:
            if row.share is None and column.share is None:
                line = row if row.sum is not None else column
                figure = _figure(f"{table.key}.{row.key}.{column.key}", row, column, line, groups, stands, numbers)
                made[figure.key] = figure
    lines = {f"{table.key}.{row.key}.{column.key}": (row, column) for row in table.rows for column in table.columns}
    for key, of, to in _shares(table):
        row, column = lines[key]
        made[key] = _share(key, row if row.share is not None else column, made[of], made[to], stands, groups)
    return TallyTable(
        table.key,
        table.title,
        tuple(Heading(line.key, line.label, line.unit, line.note) for line in table.rows),
        tuple(Heading(line.key, line.label, line.unit, line.note) for line in table.columns),
        tuple(tuple(made[f"{table.key}.{row.key}.{column.key}"] for column in table.columns) for row in table.rows),
    )


def _figure(
    key: str,
    row: Line,
    column: Line,
    line: Line,
    groups: Sequence[Alike],
    stands: Sequence[dict[str, Standing]],
    numbers: dict[int, int],
) -> Figure:
    inside = [group for group, standing in zip(groups, stands, strict=True) if standing.get(key) is True]
    subjects = sum(len(group.subjects) for group in inside)
    undecided = _undecided(key, groups, stands)
    value: int | Decimal = subjects
    if line.sum is not None:
        place = numbers[line.sum]
        values = [one[place] for group in inside for one in group.values]
        value = sum(values) if line.kind == "integer" else sum(values, Decimal(0))
    unit = line.unit if line.sum is not None else column.unit or row.unit
    return Figure(key, value, kinds.show(line.kind, value), line.kind, unit, subjects, undecided)


def _undecided(key: str, groups: Sequence[Alike], stands: Sequence[dict[str, Standing]]) -> int:
    return sum(
        len(group.subjects)
        for group, standing in zip(groups, stands, strict=True)
        if isinstance(standing.get(key), tuple)
    )


def _share(
    key: str, line: Line, of: Figure, to: Figure, stands: Sequence[dict[str, Standing]], groups: Sequence[Alike]
) -> Figure:
    """Give a share; none while anybody is undecided for one of the two figures, and none of nobody."""
    undecided = _undecided(key, groups, stands)
    value = None
    if line.share is not None and not undecided and of.value is not None and to.value:
        value = percent(Decimal(of.value), Decimal(to.value), places=line.share.places)
    text = "" if value is None else kinds.show("decimal", value)
    return Figure(key, value, text, "decimal", line.unit, to.subjects, undecided)
