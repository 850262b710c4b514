"""Figures that must agree: a total and its parts hold the same subjects, each once; and figures that are to be equal are."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from prefill.plans.tallies import Line, TallyPlan, TallyTablePlan
from prefill.rosters.model import Disagreement, Figure, Group
from prefill.rosters.running import Verdict, both

__all__ = ["disagreements"]

_Vector = tuple[Verdict, ...]
_Decided = Sequence[tuple[_Vector, Sequence[str]]]

_SAID = {
    "twice": "stands in more than one part of '{total}'",
    "left-out": "stands in '{total}' and in none of its parts",
    "outside": "stands in a part of '{total}' and not in it",
}


def disagreements(
    plan: TallyPlan,
    decided: _Decided,
    index: Mapping[int, int],
    figures: Mapping[str, Figure],
    shown: Sequence[Group],
) -> Iterator[Disagreement]:
    """Find the figures that do not agree as the spec says; ``index`` are the places in a vector of what was decided."""
    for table in plan.tables:
        lines = {line.key: line for line in (*table.rows, *table.columns)}
        for total, parts in table.totals:
            if any(lines[key].sum is not None for key in (total, *parts)):
                yield from _sums(table, total, parts, figures)
            else:
                yield from _members(table, lines, total, parts, decided, index)
    for keys in plan.agree:
        yield from _equal(keys, figures, shown)


def _members(
    table: TallyTablePlan,
    lines: Mapping[str, Line],
    total: str,
    parts: tuple[str, ...],
    decided: _Decided,
    index: Mapping[int, int],
) -> Iterator[Disagreement]:
    """Hold a total to its parts, subject by subject; who is undecided in one of them may yet be right."""
    wrong: dict[str, list[str]] = {"twice": [], "left-out": [], "outside": []}
    for vector, subjects in decided:

        def at(place: int | None, vector: _Vector = vector) -> Verdict:
            return True if place is None else vector[index[place]]

        if both(vector[0], at(table.when)) is not True:
            continue
        whole, stands = at(lines[total].when), [at(lines[part].when) for part in parts]
        sure = sum(one is True for one in stands)
        if sure > 1:
            wrong["twice"] += subjects
        if whole is True and all(one is False for one in stands):
            wrong["left-out"] += subjects
        if whole is False and sure:
            wrong["outside"] += subjects
    names = tuple(f"{table.key}.{part}" for part in parts)
    for fault, found in wrong.items():
        if found:
            name = f"{table.key}.{total}"
            who = "1 subject" if len(found) == 1 else f"{len(found)} subjects, each"
            what = f"{who} {_SAID[fault].format(total=name)}"
            yield Disagreement(fault, name, names, what, tuple(found))  # type: ignore[arg-type]


def _sums(
    table: TallyTablePlan, total: str, parts: tuple[str, ...], figures: Mapping[str, Figure]
) -> Iterator[Disagreement]:
    """Hold sums to the sums of their parts, where nobody is undecided."""
    rows = any(row.key == total for row in table.rows)
    for line in table.columns if rows else table.rows:

        def key(part: str, line: Line = line) -> str:
            return f"{table.key}.{part}.{line.key}" if rows else f"{table.key}.{line.key}.{part}"

        whole, found = figures[key(total)], [figures[key(part)] for part in parts]
        if line.share is not None or any(one.undecided for one in (whole, *found)):
            continue
        made = sum((Decimal(one.value or 0) for one in found), Decimal(0))
        if made != Decimal(whole.value or 0):
            what = f"'{whole.key}' is {whole.text}, and its parts come to {made:f}"
            yield Disagreement("unequal", whole.key, tuple(one.key for one in found), what, ())


def _equal(keys: tuple[str, ...], figures: Mapping[str, Figure], shown: Sequence[Group]) -> Iterator[Disagreement]:
    """Hold figures to be equal; one that somebody is undecided for may be as much greater."""
    found = [figures[key] for key in keys]
    if any(one.value is None for one in found):
        return
    least = max(Decimal(one.value or 0) for one in found)
    summed = any(one.kind != "integer" or one.value != one.subjects for one in found)
    if summed and any(one.undecided for one in found):
        return
    if any(Decimal(one.value or 0) + (0 if summed else one.undecided) < least for one in found):
        differ = [
            subject
            for group in shown
            if {group.stands.get(key) is True for key in keys} == {True, False}
            for subject in group.subjects
        ]
        what = ", ".join(f"'{one.key}' is {one.text}" for one in found)
        yield Disagreement("unequal", keys[0], keys[1:], f"{what}, and they are to be equal", tuple(differ))
