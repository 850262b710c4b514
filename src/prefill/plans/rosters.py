"""Rosters and tallies compiled: whom they take, their columns, their tables of figures and what must agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from prefill.derivations.dates import PERIODS, last_day
from prefill.documents import Document
from prefill.errors import Problem, SpecError, nearest
from prefill.plans.compiling import compile_plan
from prefill.plans.model import CELLS, Plan, Slot
from prefill.plans.shaping import MEMBER, ROSTER_KEYS, Shape
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from prefill.forms import Draft, Form

__all__ = [
    "ListPlan",
    "Period",
    "RosterPlan",
    "compile_both",
    "compile_roster",
    "head_draft",
    "no_tables",
    "operands_at",
    "operands_of",
    "place_of",
    "refused",
    "roster_draft",
]

Period = Literal["day", "month", "quarter", "year"]
ABOUT: Final = "community"
"""The root that the head of a roster or a tally speaks of."""


@dataclass(frozen=True, kw_only=True)
class ListPlan:
    """What a roster's plan and a tally's have in common.

    ``plan`` is the form with the hidden fields that decide; ``head`` that of the entries above the table, None where there are none.
    ``cut_off`` is the period whose last day the list speaks for.
    """

    plan: Plan
    head: Plan | None
    cut_off: Period
    places: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def form(self) -> "Form":
        """What the spec says of itself."""
        return self.plan.form

    def day(self, on: date) -> str | None:
        """Say what is wrong with a day that is no cut-off of this list; None if nothing is."""
        end = last_day(on, self.cut_off)
        if end == on:
            return None
        return f"'{self.form.id}' speaks for the last day of a {self.cut_off}, and {on} is none: give {end}"


@dataclass(frozen=True, kw_only=True)
class RosterPlan(ListPlan):
    """A compiled roster: a row for each subject of which ``member`` holds (of every one if it is None).

    ``columns`` are the slots of its columns with their places among the cells and how they are posted publicly, ``sort`` the numbers of the
    columns that the rows are sorted by, each with whether the last comes first.
    """

    member: int | None
    columns: tuple[tuple[Slot, int, str | None], ...] = field(repr=False)
    sort: tuple[tuple[int, bool], ...]


def place_of(plan: Plan | None, key: str) -> int | None:
    """Give where a hidden field stands in the memory; None where the spec has none (or was not compiled)."""
    place = None if plan is None else plan.places.get(key)
    return None if place is None else CELLS + place


def operands_of(plan: Plan) -> dict[str, int]:
    """Give where in the memory stands what the conditions compare, by the name that they wait for."""
    return {operand.name: operand.place for slot in plan.slots for operand in slot.operands}


def operands_at(plan: Plan, places: Iterable[int | None]) -> list[int]:
    """Give where stands what the hidden fields at some places go by."""
    slots = [plan.slots[place - CELLS] for place in places if place is not None]
    return list(dict.fromkeys([operand.place for slot in slots for operand in slot.operands]))


def compile_both(
    shape: Shape, draft: "Draft", head: "Draft | None", vocabulary: Vocabulary, folders: tuple[Any, ...]
) -> tuple[Plan | None, Plan | None]:
    """Compile a list and its head; every fault is added to the shape's."""
    plans: list[Plan | None] = []
    for one in (draft, head):
        try:
            plans.append(None if one is None else compile_plan(one, vocabulary, folders))
        except SpecError as error:
            shape.problems += error.problems
            plans.append(None)
    return plans[0], plans[1]


def refused(shape: Shape) -> SpecError:
    """Give the error with every fault of a spec, each once, by its place."""
    return SpecError(sorted(set(shape.problems), key=lambda p: (p.where, p.line or 0, p.what)))


def no_tables(shape: Shape, draft: "Draft") -> None:
    """Refuse tables among the fields of a list: a row is one subject."""
    for section in draft.form.sections if draft.form else ():
        for one in section.fields.values():
            if one.columns is not None:
                document, place = draft.places[one.key]
                what = f"'{one.key}' is a table, and a row is one subject"
                shape.problems.append(Problem(document.name, document.line(*place), what, "count it, or take it out"))


def roster_draft(document: Document, blocks: Mapping[str, Document]) -> "tuple[Shape, Draft, Draft | None, Any]":
    """Read a roster's spec: its shape with the faults found, the form that it is compiled as, its head's, and the columns with their posting."""
    shape = Shape(document, ROSTER_KEYS, "roster")
    head = head_draft(shape, blocks)
    if not shape.data.get("columns"):
        shape.problem((), "no columns", "add columns: {key: {label: …, from: …}}")
    public = shape.columns("columns")
    shape.fields("fields")
    if shape.data.get("when") is not None:
        hidden = {"label": shape.title, "when": shape.data["when"]}
        shape.section(shape.title, {MEMBER: hidden}, {MEMBER: ()})
    draft = shape.draft(blocks)
    no_tables(shape, draft)
    return shape, draft, head, public


def head_draft(shape: Shape, blocks: Mapping[str, Document]) -> "Draft | None":
    """Read what stands above the table; None where nothing does."""
    shape.fields("head")
    return shape.draft(blocks, ABOUT) if shape.sections else None


def compile_roster(
    document: Document, blocks: Mapping[str, Document], vocabulary: Vocabulary, folders: tuple[Any, ...] = ()
) -> RosterPlan:
    """Compile a roster's spec; raises SpecError with all its faults."""
    shape, draft, head, public = roster_draft(document, blocks)
    cut_off: Any = shape.choice(shape.data, "cut_off", (), PERIODS, "day")
    sort = _sorted_by(shape, public)
    plan, head_plan = compile_both(shape, draft, head, vocabulary, folders)
    if shape.problems or plan is None:
        raise refused(shape)
    columns = tuple(
        (slot, CELLS + plan.places[slot.key], public[slot.key]) for slot in plan.slots if slot.key in public
    )
    return RosterPlan(
        plan=plan,
        head=head_plan,
        cut_off=cut_off,
        places=operands_of(plan),
        member=place_of(plan, MEMBER),
        columns=columns,
        sort=sort,
    )


def _sorted_by(shape: Shape, columns: Mapping[str, Any]) -> tuple[tuple[int, bool], ...]:
    """Read which columns the rows are sorted by; a minus puts the greatest first."""
    said = shape.data.get("sort") or ()
    numbers = {key: number for number, key in enumerate(columns)}
    found = []
    for number, raw in enumerate([said] if isinstance(said, str) else said):
        name = str(raw).removeprefix("-")
        if name in numbers:
            found.append((numbers[name], name != raw))
        else:
            near = nearest(name, columns)
            remedy = f"did you mean '{near}'?" if near else "name a column: " + ", ".join(columns)
            shape.problem(("sort", number), f"no column '{name}'", remedy)
    return tuple(found)
