"""A form as the checks look at it: its plan, and where each of its fields stands."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefill.checks.asking import Asked, asked_of
from prefill.checks.findings import Finding
from prefill.plans import Plan
from prefill.plans.model import Slot
from prefill.plans.shaping import HIDDEN

if TYPE_CHECKING:
    from prefill.catalogue import Catalogue
    from prefill.documents import Place
    from prefill.forms import Draft, Field, Form

__all__ = ["Row", "Spec", "open_spec"]


@dataclass(frozen=True, slots=True)
class Row:
    """One field, or a table's column: its slot, what it asks for, and the table that it is a column of."""

    slot: Slot
    asked: Asked
    table: Slot | None = None

    @property
    def field(self) -> "Field":
        """The field as the spec has it."""
        return self.slot.field

    @property
    def typed(self) -> bool:
        """Whether it is the community's, at the keyboard, and nothing but the worker answers it."""
        return self.asked.origin in ("each-time", "ask-always")


@dataclass(frozen=True)
class Spec:
    """A form's plan, with the places of its fields in the spec's file (and in those of its blocks).

    ``listed`` is whether it is a roster or a tally: made of the records of forms, and no form more that communities are asked for.
    """

    plan: Plan
    file: Path
    rows: tuple[Row, ...]
    catalogue: "Catalogue"
    listed: bool = False

    @cached_property
    def draft(self) -> "Draft":
        """The spec as it stands, read again for the places alone: only where there is something to tell."""
        return self.catalogue.draft_of(self.file)

    @property
    def form(self) -> "Form":
        """The form as the spec has it."""
        return self.plan.form

    @property
    def serves(self) -> tuple[str, ...]:
        """The work items that the form says it serves."""
        serves = self.form.serves
        return () if serves is None else (serves,) if isinstance(serves, str) else serves

    @property
    def of_community(self) -> bool:
        """Whether the community has any part in it: a field to fill, an opinion, a seal."""
        return any(row.asked.filled_by == "community" for row in self.rows)

    def finding(self, code: str, what: str, remedy: str, *, at: "str | Row | None" = None, **further: Any) -> Finding:
        """Make a finding about the form, about what stands under a key of it, or about a field."""
        if isinstance(at, Row):
            document, place = self.draft.places[at.slot.key]
            line = document.line(*place)
            key = at.slot.key.removeprefix(HIDDEN)
            return Finding(code, self.form.id, document.name, line, what, remedy, key, **further)
        document = self.draft.document
        within: Place = (at,) if at is not None else ("title",)
        return Finding(code, self.form.id, document.name, document.line(*within), what, remedy, **further)


def open_spec(catalogue: "Catalogue", form: int | str | Path) -> Spec:
    """Open a form for checking, or the file of a roster or a tally. Raises SpecError with all its faults, or that there is no such form."""
    file = catalogue.file(form)
    plan = catalogue.plan_of(file)
    return Spec(plan, file, tuple(_rows(plan)), catalogue, catalogue.shape(file) != "form")


def _rows(plan: Plan) -> Iterator[Row]:
    asked = iter(asked_of(plan))
    for slot in plan.slots:
        if slot.table is not None:
            yield from (Row(column, next(asked), slot) for column in slot.table.slots)
        elif slot.key.startswith(HIDDEN):  # what decides who stands in a list: nobody types it
            yield Row(slot, replace(next(asked), origin="derived", label=slot.field.label))
        else:
            yield Row(slot, next(asked))
