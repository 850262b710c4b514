"""Where a field's value comes from: a name, a rule, the first of several paths; and what a condition compares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from prefill.conditions import Condition, ConditionError, Operand, compile_condition
from prefill.derivations import Input, Rule, RuleFault, check_rule, find_rule
from prefill.errors import nearest
from prefill.forms import Derivation, Draft, Field
from prefill.kinds import CodeList
from prefill.plans import deriving, steps
from prefill.plans.converting import Unfit, conversion, target_of
from prefill.plans.model import CELLS, Step
from prefill.plans.scopes import Durations, Scope
from prefill.vocabulary import Duration, Path, UnknownTerm, Vocabulary

__all__ = ["Fault", "Origin", "Origins"]

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


def _under(key: str) -> Callable[[Within], Within]:
    return lambda within: (key, *within)


def _joined(within: Within) -> Within:
    """Tell where a fault of ``from`` and ``by`` stands, which together are a derivation."""
    return ("by",) if within == ("rule",) else ("from",)


class Origins:
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

    # ── what a field is filled from ──────────────────────────────────────────────────────────────────────────────────────

    def origin(self, field: Field, scope: Scope, columns: Columns) -> Origin | None:
        """Give what a field is filled from; None where it has no term. Raises Fault."""
        fresh = self.fresh(field)
        if isinstance(field.from_, tuple) or field.by is not None:
            if not isinstance(field.from_, tuple) or field.by is None:
                what = "several paths need a rule, and a rule several paths"
                raise Fault(("from",), what, "write from: [a, b] and by: rule")
            joined = Derivation(rule=field.by, of=field.from_)
            return self.derivation(field, joined, _joined, scope, columns)
        if field.from_ is not None:
            return self.single(field.from_, ("from",), scope, columns, fresh)
        if field.derive is not None:
            return self.derivation(field, field.derive, _under("derive"), scope, columns)
        if field.suggest is not None:
            return self.derivation(field, field.suggest, _under("suggest"), scope, columns, suggest=True)
        if field.first_of is not None:
            names = list(enumerate(field.first_of))
            return self.first_of(
                field, [self.single(name, ("first_of", i), scope, columns, fresh) for i, name in names], scope
            )
        return None

    def single(self, name: str, within: Within, scope: Scope, columns: Columns, fresh: Duration | None) -> Origin:
        """Give what a name stands for that must be one fact."""
        origin = self.name(name, within, scope, columns, fresh)
        if origin.kind in ("entity", "list"):
            raise Fault(within, f"'{name}' is no single fact", "name a term of it, use rows_of, or count it")
        if origin.typed:
            return replace(origin, at=deriving.answered(self.place(origin.at, scope)))
        return origin

    def first_of(self, field: Field, origins: Sequence[Origin], scope: Scope) -> Origin:
        """Take the first that is not explicitly absent; paths of several code lists are mapped to the field's first."""
        if not origins:
            raise Fault(("first_of",), "no paths", "name at least two")
        for number, origin in enumerate(origins):
            if origin.unit != origins[0].unit:
                what = f"paths in different units ({origins[0].unit or 'none'}, {origin.unit or 'none'})"
                raise Fault(("first_of", number), what, "name terms of one unit")
        kind, codes = target_of(field, origins[0].kind, origins[0].codes, self.vocabulary)
        if all((origin.kind, origin.codes) == (origins[0].kind, origins[0].codes) for origin in origins):
            step = steps.first_of([self.place(o.at, scope) for o in origins])
            return Origin(step, origins[0].kind, origins[0].codes, origins[0].unit)
        if field.map is not None:
            what = "one map for paths of different kinds"
            raise Fault(("map",), what, "name terms of one code list, or general mappings")
        places = []
        for origin in origins:
            convert, place = self.conversion(field, origin, kind, codes), self.place(origin.at, scope)
            places.append(scope.emit(convert(place)) if convert else place)
        return Origin(steps.first_of(places), kind, codes, origins[0].unit)

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
            if scope is not self.scope or column not in (table.columns or {}):
                near = nearest(column, table.columns or {})
                remedy = f"did you mean '{key}.{near}'?" if near else "name a column"
                raise Fault(within, f"no column '{column}' in '{key}'", remedy)
            step = deriving.column(CELLS + self.places[key], list(table.columns or {}).index(column))
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

    # ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def derivation(
        self,
        field: Field,
        derivation: Derivation,
        within: Callable[[Within], Within],
        scope: Scope,
        columns: Columns,
        suggest: bool = False,
    ) -> Origin:
        """Give what a rule gives; ``within`` tells where in the field's spec a place of the derivation stands."""
        fresh, names = self.fresh(field), derivation.inputs
        try:
            rule = find_rule(derivation.rule)
            origins = [self.name(name, within(("of",)), scope, columns, fresh) for name in names]
            if not all(origin.sure for origin in origins):
                raise Follows
            given = zip(names, origins, strict=True)
            inputs = [Input(name, o.kind, o.codes, o.unit, o.document) for name, o in given]
            params = check_rule(rule, inputs, derivation.params)
        except RuleFault as fault:
            raise Fault(within(fault.within), fault.what, fault.remedy) from None
        if derivation.where is not None and (origins[0].kind != "list" or origins[0].column):
            what = f"'where' on '{names[0]}', which is no list of the record"
            raise Fault(within(("where",)), what, "leave it out, or name a list term")
        codes = self.vocabulary.codes.get(rule.codes) if rule.codes else None
        if rule.name == "collect":
            origins, codes = self.gathered(field, origins, within(("of",)), scope)
        places = [self.place(origin.at, scope) for origin in origins]
        if rule.absent is not None and (option := origins[0].codes and origins[0].codes.none):
            places[0] = scope.emit(deriving.none_as_empty(places[0], option))
        step = self.applied(field, derivation, rule, params, origins, places, within, scope, suggest)
        if suggest and origins[0].kind == "list":
            step = steps.suggested(scope.emit(step))
        if rule.gives == "same":
            return Origin(step, origins[0].kind, origins[0].codes, origins[0].unit)
        return Origin(step, rule.gives, codes, rule.unit, tally=rule.tally)

    def applied(
        self,
        field: Field,
        derivation: Derivation,
        rule: Rule,
        params: Mapping[str, Any],
        origins: Sequence[Origin],
        places: Sequence[int],
        within: Callable[[Within], Within],
        scope: Scope,
        suggest: bool,
    ) -> Step:
        """Give the step that applies a rule to facts, or to the items of a list."""
        if origins[0].kind != "list":
            typed = frozenset(place for place, origin in enumerate(origins) if origin.typed)
            return deriving.derived(places, rule, params, suggest, typed)
        if derivation.where is None:
            empty = Scope(self.vocabulary, self.durations).program()
            return deriving.counted(places[0], empty, None, rule, params)
        if scope is not self.scope:
            what = "'where' inside a table's row"
            raise Fault(within(("where",)), what, "count over a list at the form's own level")
        path = scope.path(derivation.inputs[0])
        inner = Scope(self.vocabulary, self.durations, self.scope, path.term.to, path.term.link, around=path.text)
        where = self.condition(derivation.where, within(("where",)), field.key, inner, {})
        return deriving.counted(places[0], inner.program(), where, rule, params)

    def gathered(
        self, field: Field, origins: list[Origin], within: Within, scope: Scope
    ) -> tuple[list[Origin], CodeList | None]:
        """Convert the inputs of ``collect`` to the field's code list, where they have several or another."""
        lists = {o.codes.id for o in origins if o.codes is not None}
        target = self.vocabulary.codes.get(field.codes or "") if field.map is None else None
        if target is None and len(lists) > 1:
            raise Fault(within, f"codes of several lists ({', '.join(sorted(lists))})", "give the field codes: …")
        if target is not None:
            origins = [self.same_list(o, target, within, scope) for o in origins]
        return origins, target or origins[0].codes

    def same_list(self, origin: Origin, target: CodeList, within: Within, scope: Scope) -> Origin:
        """Convert an input of ``collect`` to the field's code list before it is gathered."""
        if origin.codes is None or origin.codes.id == target.id:
            return origin
        mapping = self.vocabulary.mapping(origin.codes.id, target.id)
        if mapping is None:
            raise Fault(within, f"no mapping from {origin.codes.id} to {target.id}", "add one to codes/mappings.yaml")
        return Origin(deriving.mapped_known(self.place(origin.at, scope), mapping.codes), origin.kind, target)

    # ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def condition(self, spec: Any, within: Within, key: str, scope: Scope, columns: Columns) -> Condition:
        """Compile a condition; its faults are added to the draft."""

        def refer(name: str) -> Operand:
            try:
                origin = self.name(name, (), scope, columns)
            except Fault as fault:
                raise ConditionError((name,), fault.what, fault.remedy) from None
            if not origin.sure:
                raise Follows
            is_term = name not in columns and self.key_of(name) is None
            kind, codes = self.kinds.get(name, ("text", None))[:2] if origin.column else (origin.kind, origin.codes)
            whole = scope.around + name if name.startswith(".") else name
            return Operand(whole, self.place(origin.at, scope), kind, codes, is_term, origin.column)

        def report(error: ConditionError) -> None:
            self.draft.problem(key, (*within, *error.place), error.what, error.remedy)

        return compile_condition(spec, refer, report)
