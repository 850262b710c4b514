"""What the names in a form's spec stand for: a column of the row, a field of the form, a term; and what a condition compares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from prefill.conditions import Condition, ConditionError, Operand, compile_condition
from prefill.errors import nearest
from prefill.forms import Draft, Field
from prefill.kinds import CodeList
from prefill.plans import items
from prefill.plans.converting import Unfit, conversion
from prefill.plans.model import CELLS, Step
from prefill.plans.scopes import Durations, Scope
from prefill.vocabulary import Duration, Path, UnknownTerm, Vocabulary

__all__ = ["Columns", "Fault", "Follows", "Names", "Origin", "Within"]

Columns = Mapping[str, int]
"""The columns of the table at hand, with their places."""

Within = tuple[str | int, ...]
"""A place within a field's spec."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a field's value comes from: a place of the memory or the step that gives it, and what kind it is.

    ``typed`` is a field of the form, which the worker may still have to type; ``column`` all values of a table's column; ``document``
    a term that identifies its entity; ``tally`` a count, whose unit the field names. ``sure`` is false of a field that is itself faulty: its kind is not known.
    """

    at: int | Step
    kind: str
    codes: CodeList | None = None
    unit: str | None = None
    typed: bool = False
    column: bool = False
    document: bool = False
    tally: bool = False
    sure: bool = True


class Fault(Exception):
    """A fault of the field at hand: where in its spec, what, the remedy."""

    def __init__(self, within: Within, what: str, remedy: str) -> None:
        """Take the place within the field, the fault and its remedy."""
        super().__init__(what)
        self.within, self.what, self.remedy = within, what, remedy


class Follows(Exception):  # no fault of its own
    """Nothing can be said of a field, since one that it refers to is faulty: that one is reported."""


class Names:
    """Finds what the names in a form's spec stand for; ``kinds`` are those of the fields compiled so far."""

    def __init__(self, draft: Draft, vocabulary: Vocabulary, fields: Mapping[str, Field], scope: Scope) -> None:
        """Take the form, its fields by key, and the scope of the form itself."""
        self.draft = draft
        self.vocabulary = vocabulary
        self.fields = fields
        self.scope = scope
        self.durations: Durations = scope.durations
        self.places = {key: place for place, key in enumerate(fields)}
        self.kinds: dict[str, tuple[str, CodeList | None, str | None]] = {}

    def key_of(self, name: str) -> str | None:
        """Give the field that a name speaks of: itself, or its first part (a table's column)."""
        if name in self.fields:
            return name
        head = name.partition(".")[0]
        return head if head in self.fields and head not in self.vocabulary.roots else None

    def place(self, at: int | Step, scope: Scope) -> int:
        """Give the place of something, having it computed to a new one where it is a step."""
        return at if isinstance(at, int) else scope.emit(at)

    def conversion(
        self, field: Field, origin: Origin, kind: str, codes: CodeList | None
    ) -> Callable[[int], Step] | None:
        """Give what turns the origin's value into the field's; raises Fault where it does not fit."""
        try:
            return conversion(field, origin, kind, codes, self.vocabulary)
        except Unfit as error:
            raise Fault(error.within, error.what, error.remedy) from None

    def fresh(self, field: Field) -> Duration | None:
        """Read how fresh a field wants its facts."""
        if field.fresh_for is None:
            return None
        try:
            return Duration.parse(field.fresh_for)
        except ValueError as error:
            raise Fault(("fresh_for",), str(error), "write P1Y, P6M or P30D") from None

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def name(self, name: str, within: Within, scope: Scope, columns: Columns, fresh: Duration | None = None) -> Origin:
        """Give what a name in a spec stands for: a column of this row, a field, or a term."""
        if name in columns:
            return self.typed(name, CELLS + columns[name])
        key = self.key_of(name)
        if key is not None and name == key and self.fields[key].columns is None:
            place = CELLS + self.places[key]
            return self.typed(key, place if scope is self.scope else scope.outside(place))
        if key is not None:
            table = self.fields[key]
            column = name[len(key) + 1 :]
            if not column:
                named = ", ".join(f"{key}.{one}" for one in table.columns or {})
                raise Fault(within, f"'{key}' is a table and has no value of its own", f"name a column: {named}")
            if scope is not self.scope or column not in (table.columns or {}):
                near = nearest(column, table.columns or {})
                remedy = f"did you mean '{key}.{near}'?" if near else "name a column"
                raise Fault(within, f"no column '{column}' in '{key}'", remedy)
            step = items.column(CELLS + self.places[key], list(table.columns or {}).index(column), table.more)
            return Origin(step, "list", None, typed=True, column=True)
        if name.startswith(".") and not scope.item:
            raise Fault(
                within, f"'{name}' speaks of a row, outside a table over a list", "write the path from its root"
            )
        try:
            path = scope.path(name)
        except UnknownTerm as error:
            if "." not in name and (near := nearest(name, [*self.fields, *self.vocabulary.roots])):
                error.remedy = f"did you mean '{near}'?"
            raise Fault(within, f"unknown term '{name}'", error.remedy) from None
        self.check_path(path, fresh, within)
        document = path.term.path in self.documents(path, scope)
        return Origin(scope.fetch(path, fresh), path.term.kind, path.term.codes, path.term.unit, document=document)

    def typed(self, key: str, place: int) -> Origin:
        """Give a field of the form, or a column of the row, as the origin of another."""
        kind, codes, unit = self.kinds.get(key, ("text", None, None))
        return Origin(place, kind, codes, unit, typed=True, sure=key in self.kinds)

    def documents(self, path: Path, scope: Scope) -> tuple[str, ...]:
        """Give the terms that identify the entity which a path's term is about."""
        kind = path.roles[-1].to if path.roles else self.vocabulary.roots.get(path.root, scope.item)
        entity = self.vocabulary.types.get(kind or "")
        return () if entity is None or path.on_link else entity.documents

    def check_path(self, path: Path, fresh: Duration | None, within: Within) -> None:
        """Refuse a path through a list, and staler facts than the term allows."""
        for role in path.roles:
            if role.many:
                what = f"'{path.text}' goes through a list"
                raise Fault(within, what, f"use rows_of for '{role.path}', or count it")
        own = path.term.fresh_for
        if fresh is not None and own is not None and fresh.may_exceed(own):
            what = f"staler than the term allows ({own.text})"
            raise Fault(("fresh_for",), what, "ask for fresher facts, never for staler ones")

    # ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def condition(
        self,
        spec: Any,
        within: Within,
        key: str,
        scope: Scope,
        columns: Columns,
        seen: list[Operand] | None = None,
        noted: list[Operand] | None = None,
        fresh: Duration | None = None,
    ) -> Condition:
        """Compile a condition; its faults are added to the draft, its operands to ``noted``.

        Of a decision table the operands are gathered in ``seen``, and that nothing is recorded decides nothing.
        """

        def refer(name: str) -> Operand:
            try:
                origin = self.name(name, (), scope, columns, fresh)
            except Fault as fault:
                raise ConditionError((name,), fault.what, fault.remedy) from None
            if not origin.sure:
                raise Follows
            is_term = name not in columns and self.key_of(name) is None
            kind, codes = self.kinds.get(name, ("text", None))[:2] if origin.column else (origin.kind, origin.codes)
            whole = scope.around + name if name.startswith(".") else name
            at = self.place(origin.at, scope)
            at = scope.emit(items.living(at)) if origin.kind == "list" and not origin.column else at
            operand = Operand(whole, at, kind, codes, is_term and seen is None, origin.column)
            for gathered in (seen, noted):
                if gathered is not None:
                    gathered.append(operand)
            return operand

        def report(error: ConditionError) -> None:
            self.draft.problem(key, (*within, *error.place), error.what, error.remedy)

        return compile_condition(spec, refer, report)
