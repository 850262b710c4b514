"""A plan's program run again with what the worker answered: answered cells stand, and what rests on them is decided anew.

The program itself is not changed, and filling knows nothing of this: another program is made of it for one submission.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from prefill.plans.model import (
    CELLS,
    CONTEXT,
    Holder,
    Memory,
    Program,
    RowCells,
    Slot,
    Step,
    Table,
    TableCells,
    begin,
    run,
    run_item,
)
from prefill.reasons import REASONS
from prefill.records import Entity, Item
from prefill.records.facts import Resolved
from prefill.vocabulary import Path

__all__ = ["Given", "GivenRows", "answered", "read_of"]

_SURE: Final = frozenset({"recorded", "derived"})


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in a program instead of what it would decide itself.

    ``cells`` by the number of the field (of the column), unless the field turns out not to be asked; ``reads`` what is read, by the keys of
    ``Program.reads``; ``computed`` the numbers of fields where what follows from other answers goes before what was given. ``steps``
    decide a cell in their own way, ``tables`` are the rows that were answered, by the number of the table.
    """

    cells: Mapping[int, Resolved] = field(default_factory=dict)
    reads: Mapping[tuple[str, str], Resolved] = field(default_factory=dict)
    computed: frozenset[int] = frozenset()
    steps: Mapping[int, Callable[[Step], Step]] = field(default_factory=dict)
    tables: "Mapping[int, GivenRows]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenRows:
    """What stands in the rows of a table: by the number of the row's entity, new rows, rows taken out.

    ``none`` is what stands for a table of which the worker says that it has no rows, ``found`` what its list is once rows were added.
    """

    known: Mapping[int, Given] = field(default_factory=dict)
    new: tuple[tuple[Item, Given], ...] = ()
    removed: frozenset[int] = frozenset()
    none: Resolved | None = None
    found: Resolved | None = None


def read_of(path: Path) -> tuple[str, str]:
    """Give the key under which a program's ``reads`` hold a path's term."""
    if path.on_link and not path.roles:
        return "link", path.term.path
    return path.prefix, f"link {path.term.path}" if path.on_link else path.term.path


def answered(program: Program, given: Given, slots: Sequence[Slot]) -> Program:
    """Give the program in which what was given stands, and all that rests on it is decided by that."""
    stands: dict[int, Callable[[Step], Step]] = {
        CELLS + number: _standing(found, number in given.computed) for number, found in given.cells.items()
    }
    stands.update({CELLS + number: change for number, change in given.steps.items()})
    for number, rows in given.tables.items():
        table = slots[number].table
        if table is not None:
            whole, own = _with_rows(table, rows), stands.get(CELLS + number)
            stands[CELLS + number] = _after(own, whole) if own is not None else whole
    read = {place: found for key, found in given.reads.items() for place in program.reads.get(key, ())}
    blank = program.blank.copy()
    for place, found in read.items():
        blank[place] = found
    first = [(place, stands[place](whole)) for place, _, _, whole in program.conversions if place in stands]
    first += [(place, stands[place](whole)) for place, _, _, whole in program.dates if place in stands]
    later = [(place, stands[place](step) if place in stands else step) for place, step in program.steps]
    decided = {place for place, _ in (*first, *later)}
    begun = {place: change for place, change in stands.items() if place not in decided}
    return replace(
        program,
        blank=blank,
        holders=tuple(_without(holder, read) for holder in program.holders),
        guards=tuple(guard for guard in program.guards if guard[0] not in read),
        watched=(),
        computed=tuple(one for one in program.computed if one[0] not in read),
        base=_based(program.base, begun),
        conversions=tuple(one for one in program.conversions if one[0] not in stands),
        dates=tuple(one for one in program.dates if one[0] not in stands),
        steps=(*first, *later),
    )


def _after(first: Callable[[Step], Step], then: Callable[[Step], Step]) -> Callable[[Step], Step]:
    return lambda step: then(first(step))


def _without(holder: Holder, read: Mapping[int, Resolved]) -> Holder:
    ageless = tuple(one for one in holder.ageless if one[1] not in read)
    return Holder(holder.place, ageless, tuple(one for one in holder.ageing if one[2] not in read))


def _based(
    base: Callable[[Memory], tuple[Resolved, ...]], begun: Mapping[int, Callable[[Step], Step]]
) -> Callable[[Memory], tuple[Resolved, ...]]:
    """Put what was given among the cells that are simply a read."""
    if not begun:
        return base

    def based(memory: Memory) -> tuple[Resolved, ...]:
        cells = list(base(memory))
        for place, change in begun.items():
            held = cells[place - CELLS]
            cells[place - CELLS] = change(lambda _, held=held: held)(memory)  # type: ignore[misc]
        return tuple(cells)

    return based


def _standing(given: Resolved, computed: bool) -> Callable[[Step], Step]:
    """Let an answer stand, where its field is asked; and where it is computed from others, let that go before."""

    def change(step: Step) -> Step:
        def stands(memory: Memory) -> Resolved:
            found: Resolved = step(memory)
            reason, value, _, _, waits = found
            if reason == "not-applicable" and not waits and (given[0] != "not-applicable" or not found[2]):
                return found  # by its condition: of what a source says, there are facts
            if computed and reason in _SURE and value is not None and not waits:
                return found
            return (*given[:4], waits)

        return stands

    return change


def _with_rows(table: Table, rows: GivenRows) -> Callable[[Step], Step]:
    """Let a table's answered rows stand beside those that the worker left as they were."""
    programs = {number: answered(table.program, given, table.slots) for number, given in rows.known.items()}
    added = [(item, answered(table.program, given, table.slots)) for item, given in rows.new]

    def change(step: Step) -> Step:
        def decided(memory: Memory) -> TableCells:
            found, shown = step(memory)
            if REASONS[found[0]] in ("skip", "hand") and (found[0] != "not-applicable" or not found[4]):
                return found, shown
            if rows.none is not None:
                return (*rows.none[:4], found[4]), ()
            made: list[RowCells] = []
            for item, cells, waits in shown:
                number = item.entity.number
                if number in rows.removed or number < 0:
                    continue
                if number in programs:
                    row = run_item(programs[number], memory, item, found[0])
                    verdict = True if table.where is None else table.where(row)
                    if verdict is False:
                        continue
                    partly = (table.path,) if table.path in waits else ()
                    made.append((item, row[CELLS : table.program.end], (*_waits(verdict), *partly)))
                else:
                    made.append((item, list(cells), waits))
            for item, program in added:
                memory_ = begin(program, memory[CONTEXT], _roots(item, table), memory)
                made.append((item, run(program, memory_)[CELLS : program.end], ()))
            if made and table.numbered:
                for column, by in table.numbered:
                    replace(table, more=False).number(made, column, by, found[0], found[2])
            if rows.found is not None and (made or rows.removed):
                found = (*rows.found[:4], found[4])
            elif not made and shown:
                found = (found[0], (), found[2], (), found[4])
            return found, tuple(made)

        return decided

    return change


def _roots(item: Item, table: Table) -> list[Resolved]:
    """Give what a new row's program begins with: its entity, where the table is over a list."""
    return [("recorded", item.entity, (), (), ())] if table.path and isinstance(item.entity, Entity) else []


def _waits(verdict: Any) -> tuple[str, ...]:
    return verdict if isinstance(verdict, tuple) else ()
