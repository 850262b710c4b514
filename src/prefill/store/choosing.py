"""Whom a condition chooses, in the words of form specs: compiled and decided by the machinery of rosters, three-valued."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from prefill.catalogue import Catalogue
from prefill.documents import Document
from prefill.errors import Problem, SpecError
from prefill.plans.compiling import compile_plan
from prefill.plans.rosters import ListPlan, operands_of, place_of
from prefill.plans.shaping import MEMBER, ROSTER_KEYS, Shape
from prefill.records import Filing, Grant, Record
from prefill.rosters import Wait
from prefill.rosters.running import Runner

__all__ = ["Choice", "compile_choice"]

_NAME: Final = "where"
_NOBODY: Final = "-"
"""The agency of whoever asks without a grant: nothing is granted to it."""


def compile_choice(
    where: object, root: str, catalogue: Catalogue, on: date, filing: Filing | None, grant: Grant | None
) -> "Choice":
    """Compile a condition on the subjects of a root; raises SpecError with all its faults.

    What it goes by is withheld as it is from any form: of what is shared under conditions, it knows what is granted.
    """
    if not isinstance(where, Mapping) or not where:
        what, remedy = "no condition", "write one as forms do: {resident.age: {at_least: 80}}"
        raise SpecError([Problem(_NAME, None, what, remedy)])
    agency = grant.agency if grant is not None else _NOBODY
    head = {"id": _NAME, "version": "1", "title": _NAME, "agency": agency, "purpose": _NAME, "subject": root}
    basis = {"document": _NAME, "confidence": "low"}
    document = Document(_NAME, {**head, "delivery": "api", "basis": basis})
    shape = Shape(document, ROSTER_KEYS, "condition")
    shape.section(_NAME, {MEMBER: {"label": _NAME, "when": dict(where)}}, {MEMBER: ()})
    draft = shape.draft({})
    draft.problems += shape.problems
    plan = compile_plan(draft, catalogue.vocabulary, catalogue.folders)
    return Choice(ListPlan(plan=plan, head=None, cut_off="day", places=operands_of(plan)), on, filing, grant)


class Choice:
    """A compiled condition: it says of each record whether it surely holds, or what that waits for."""

    def __init__(self, plan: ListPlan, on: date, filing: Filing | None, grant: Grant | None) -> None:
        """Take the plan, and what all records share."""
        self._plan = plan
        self._place = place_of(plan.plan, MEMBER)
        self._runner = Runner(plan, on, filing, grant)

    def of(self, record: Record) -> bool | tuple[Wait, ...]:
        """Decide of a record: true, false, or what that waits for; one of several subjects waits for which it is."""
        for _, _, memory in self._runner.run([record]):
            return self._runner.member(memory, self._place)
        return (Wait(self._plan.form.subject, "candidates"),)
