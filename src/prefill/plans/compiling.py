"""Compiling a form against the vocabulary: every name is resolved, every fault of the spec reported at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path as FilePath
from typing import Any, Final

from prefill import kinds
from prefill.conditions import Condition, ConditionError, Operand, compile_condition, names_in
from prefill.derivations import RULES
from prefill.errors import SpecError, nearest
from prefill.forms import Derivation, Draft, Field
from prefill.kinds import CodeList
from prefill.plans import deriving, steps
from prefill.plans.converting import Unfit, conversion, target_of
from prefill.plans.model import (
    ASK_ALWAYS,
    BY_HAND,
    CELLS,
    CONSTANT,
    CONSTANTS,
    EACH_TIME,
    Plan,
    Slot,
    Step,
    Table,
)
from prefill.plans.scopes import Durations, Scope
from prefill.vocabulary import Duration, Path, UnknownTerm, Vocabulary

__all__ = ["compile_plan"]

BLANK: Final = CONSTANT + CONSTANTS.index(EACH_TIME)


def compile_plan(draft: Draft, vocabulary: Vocabulary, folders: tuple[FilePath, ...] = ()) -> Plan:
    """Compile a form's draft; raises SpecError with all faults, those found in reading included."""
    compiler = _Compiler(draft, vocabulary)
    plan = compiler.plan(folders)
    if draft.problems or plan is None:
        raise SpecError(sorted(set(draft.problems), key=lambda p: (p.where, p.line or 0, p.what)))
    return plan


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a field's value comes from: a place of the memory or the step that gives it, and what kind it is."""

    at: int | Step
    kind: str
    codes: CodeList | None = None
    unit: str | None = None
    typed: bool = False  # a field of the form, which the worker may still have to type


class _Fault(Exception):
    """A fault of the field at hand: where in its spec, what, the remedy."""

    def __init__(self, within: tuple[str | int, ...], what: str, remedy: str) -> None:
        super().__init__(what)
        self.within, self.what, self.remedy = within, what, remedy


class _Compiler:
    def __init__(self, draft: Draft, vocabulary: Vocabulary) -> None:
        self.draft = draft
        self.vocabulary = vocabulary
        self.durations = Durations()
        sections = draft.form.sections if draft.form else ()
        self.fields: dict[str, Field] = {f.key: f for section in sections for f in section.fields.values()}
        self.scope = Scope(vocabulary, self.durations, cells=len(self.fields))
        self.places = {key: place for place, key in enumerate(self.fields)}
        self.kinds: dict[str, tuple[str, CodeList | None]] = {}

    def plan(self, folders: tuple[FilePath, ...]) -> Plan | None:
        form = self.draft.form
        if form is None:
            return None
        self.head()
        slots: dict[str, Slot] = {}
        base = [BLANK] * len(self.fields)
        titles = {f.key: section.title for section in form.sections for f in section.fields.values()}
        for key in self.ordered(self.fields, self.needs):
            field, place = self.fields[key], self.places[key]
            with _Catch(self, key):
                if field.columns is not None:
                    slots[key] = self.table(field, titles[key], CELLS + place)
                else:
                    slots[key], base[place] = self.slot(field, titles[key], self.scope, {}, CELLS + place)
        if self.draft.problems or len(slots) != len(self.fields):
            return None
        sections = tuple((s, tuple(self.places[f.key] for f in s.fields.values())) for s in form.sections)
        return Plan(
            form=form,
            vocabulary=self.vocabulary,
            program=self.scope.program(base),
            slots=tuple(slots[key] for key in self.fields),
            sections=sections,
            roots=tuple(self.scope.roots),
            durations=tuple(self.durations.found),
            places=self.places,
            folders=folders,
        )

    def head(self) -> None:
        """Check what the form says of itself."""
        form, document = self.draft.form, next(iter(self.draft.places.values()), (None, ()))[0]
        if form is None or document is None:
            return
        roots = self.vocabulary.roots
        if form.subject and form.subject not in roots:
            near = nearest(form.subject, roots)
            document.problems.clear()
            document.problem(
                ("subject",),
                f"unknown subject '{form.subject}'",
                f"did you mean '{near}'?" if near else ", ".join(roots),
            )
            self.draft.problems += document.problems
        for name in ("effective", "expires"):
            day = getattr(form, name, None)
            try:
                if day is not None:
                    date.fromisoformat(day)
            except ValueError:
                document.problems.clear()
                document.problem((name,), f"'{name}' is no date", "write 2026-11-23")
                self.draft.problems += document.problems
        for key in self.fields:
            if key.split(".")[0] in roots:
                self.draft.problem(
                    key, (), f"the key '{key}' is a root of the vocabulary", "give the field another key"
                )

    # ── the order of fields ──────────────────────────────────────────────────────────────────────────────────────────────

    def needs(self, field: Field) -> Iterable[str]:
        """Give the fields that a field refers to."""
        own = [field, *(field.columns or {}).values()]
        for one in own:
            named: list[str] = [*names_in(one.when), *names_in(one.where)]
            for derivation in (one.derive, one.suggest):
                if derivation is not None:
                    named += [*derivation.inputs, *names_in(derivation.where)]
            named += [one.from_] if isinstance(one.from_, str) else one.from_ or ()
            named += one.first_of or ()
            for name in named:
                key = self.key_of(name)
                if key is not None and not (field.columns is not None and key == field.key):
                    yield key

    def key_of(self, name: str) -> str | None:
        """Give the field that a name speaks of: itself, or its first part (a table's column)."""
        if name in self.fields:
            return name
        head = name.partition(".")[0]
        return head if head in self.fields and head not in self.vocabulary.roots else None

    def ordered(self, fields: Mapping[str, Field], needs: Callable[[Field], Iterable[str]]) -> list[str]:
        """Order fields so that each comes after those it refers to; a cycle is reported."""
        done: dict[str, None] = {}
        trail: list[str] = []

        def visit(key: str) -> None:
            if key in done:
                return
            if key in trail:
                circle = " → ".join([*trail[trail.index(key) :], key])
                self.draft.problem(key, (), f"a cycle: {circle}", "let one of them not refer to the next")
                done[key] = None
                return
            trail.append(key)
            for other in needs(fields[key]):
                visit(other)
            trail.pop()
            done.setdefault(key)

        for key in fields:
            visit(key)
        return list(done)

    # ── one field ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def slot(self, field: Field, section: str, scope: Scope, columns: Mapping[str, int], cell: int) -> tuple[Slot, int]:
        """Give a field's slot, and the place of what its cell begins as; the steps that decide it go to the scope."""
        self.known_kind(field)
        origin = self.origin(field, scope, columns)
        kind, codes = target_of(
            field, origin.kind if origin else None, origin.codes if origin else None, self.vocabulary
        )
        self.kinds[field.key] = kind, codes
        counted = field.filled_by == "community"
        at: int | Step = BLANK
        makes: list[Callable[[int], Step]] = []
        if origin is not None:
            at = origin.at
            convert = self.conversion(field, origin, kind, codes)
            makes += [convert] if convert else []
        if field.by_hand is not None:
            at, makes = CONSTANT + CONSTANTS.index(BY_HAND), []
        elif field.ask == "always":
            at, makes = CONSTANT + CONSTANTS.index(ASK_ALWAYS), []
        if not counted and field.by_hand is None:
            makes.append(steps.by_others)
        if field.when is not None:
            condition = self.condition(field.when, ("when",), field.key, scope, columns)
            makes.append(lambda place: steps.asked_when(place, condition))
        unit = field.unit or (origin.unit if origin else None)
        slot = Slot(field, field.key, section, kind, codes, unit, counted)
        for make in makes:
            at = make(self.place(at, scope))
        if isinstance(at, int) and at < CELLS + scope.cells and at >= CELLS:
            at = steps.first_of([at])  # another cell: it is decided by a step, so this one is, too
        if isinstance(at, int):
            return slot, at
        scope.emit(at, cell)
        return slot, BLANK

    def place(self, at: int | Step, scope: Scope) -> int:
        """Give the place of something, having it computed to a new one where it is a step."""
        return at if isinstance(at, int) else scope.emit(at)

    def known_kind(self, field: Field) -> None:
        if field.kind is not None and field.kind not in kinds.KINDS:
            near = nearest(field.kind, kinds.KINDS)
            raise _Fault(
                ("kind",), f"unknown kind '{field.kind}'", f"did you mean '{near}'?" if near else ", ".join(kinds.KINDS)
            )
        if field.codes is not None and field.codes not in self.vocabulary.codes:
            near = nearest(field.codes, self.vocabulary.codes)
            remedy = f"did you mean '{near}'?" if near else "add the list to codes/"
            raise _Fault(("codes",), f"unknown code list '{field.codes}'", remedy)
        if field.kind in ("code", "multi_code") and field.codes is None and field.from_ is None:
            raise _Fault((), "a code without a code list", "add codes: …")

    def origin(self, field: Field, scope: Scope, columns: Mapping[str, int]) -> Origin | None:
        fresh = self.fresh(field)
        if isinstance(field.from_, tuple) or field.by is not None:
            if not isinstance(field.from_, tuple) or field.by is None:
                raise _Fault(
                    ("from",), "several paths need a rule, and a rule several paths", "write from: [a, b] and by: rule"
                )
            return self.derivation(field, Derivation(rule=field.by, of=field.from_), ("by",), scope, columns, False)
        if field.from_ is not None:
            origin = self.name(field.from_, ("from",), scope, columns, fresh)
            if origin.kind in ("entity", "list"):
                raise _Fault(("from",), f"'{field.from_}' is no single fact", "name a term of it, or use rows_of")
            return origin
        if field.derive is not None:
            return self.derivation(field, field.derive, ("derive",), scope, columns, False)
        if field.suggest is not None:
            return self.derivation(field, field.suggest, ("suggest",), scope, columns, True)
        if field.first_of is not None:
            origins = [self.name(name, ("first_of", i), scope, columns, fresh) for i, name in enumerate(field.first_of)]
            return self.first_of(field, origins, scope)
        return None

    def first_of(self, field: Field, origins: Sequence[Origin], scope: Scope) -> Origin:
        """Take the first that is not explicitly absent; paths of several code lists are mapped to the field's first."""
        kind, codes = target_of(field, origins[0].kind, origins[0].codes, self.vocabulary)
        if all((origin.kind, origin.codes) == (origins[0].kind, origins[0].codes) for origin in origins):
            step = steps.first_of([self.place(o.at, scope) for o in origins])
            return Origin(step, origins[0].kind, origins[0].codes, origins[0].unit)
        if field.map is not None:
            raise _Fault(
                ("map",), "one map for paths of different kinds", "name terms of one code list, or general mappings"
            )
        places = []
        for origin in origins:
            convert, place = self.conversion(field, origin, kind, codes), self.place(origin.at, scope)
            places.append(scope.emit(convert(place)) if convert else place)
        return Origin(steps.first_of(places), kind, codes)

    def conversion(
        self, field: Field, origin: Origin, kind: str, codes: CodeList | None
    ) -> Callable[[int], Step] | None:
        try:
            return conversion(field, origin, kind, codes, self.vocabulary)
        except Unfit as error:
            raise _Fault(error.within, error.what, error.remedy) from None

    def fresh(self, field: Field) -> Duration | None:
        if field.fresh_for is None:
            return None
        try:
            return Duration.parse(field.fresh_for)
        except ValueError as error:
            raise _Fault(("fresh_for",), str(error), "write P1Y, P6M or P30D") from None

    def name(
        self,
        name: str,
        within: tuple[str | int, ...],
        scope: Scope,
        columns: Mapping[str, int],
        fresh: Duration | None = None,
    ) -> Origin:
        """Give what a name in a spec stands for: a column of this row, a field, or a term."""
        if name in columns:
            return Origin(CELLS + columns[name], *self.kinds.get(name, ("text", None)), typed=True)
        key = self.key_of(name)
        if key is not None and name == key and self.fields[key].columns is None:
            place = CELLS + self.places[key]
            return Origin(
                place if scope is self.scope else scope.outside(place), *self.kinds.get(key, ("text", None)), typed=True
            )
        if key is not None:
            table = self.fields[key]
            column = name[len(key) + 1 :]
            if scope is not self.scope or column not in (table.columns or {}):
                near = nearest(column, table.columns or {})
                raise _Fault(
                    within,
                    f"no column '{column}' in '{key}'",
                    f"did you mean '{key}.{near}'?" if near else "name a column",
                )
            step = deriving.column(CELLS + self.places[key], list(table.columns or {}).index(column))
            return Origin(step, "list", None, typed=True)
        if name.startswith(".") and scope.item is None:
            raise _Fault(within, f"'{name}' speaks of a row, outside a table", "write the path from its root")
        try:
            path = scope.path(name)
        except UnknownTerm as error:
            if "." not in name and (near := nearest(name, [*self.fields, *self.vocabulary.roots])):
                error.remedy = f"did you mean '{near}'?"
            raise _Fault(within, f"unknown term '{name}'", error.remedy) from None
        self.check_path(path, fresh, within)
        return Origin(scope.fetch(path, fresh), path.term.kind, path.term.codes, path.term.unit)

    def check_path(self, path: Path, fresh: Duration | None, within: tuple[str | int, ...]) -> None:
        for role in path.roles:
            if role.many:
                raise _Fault(
                    within, f"'{path.text}' goes through a list", f"use rows_of for '{role.path}', or count it"
                )
        own = path.term.fresh_for
        if fresh is not None and own is not None and fresh.may_exceed(own):
            raise _Fault(
                ("fresh_for",),
                f"staler than the term allows ({own.text})",
                "ask for fresher facts, never for staler ones",
            )

    def derivation(
        self,
        field: Field,
        derivation: Derivation,
        within: tuple[str, ...],
        scope: Scope,
        columns: Mapping[str, int],
        suggest: bool,
    ) -> Origin:
        rule = RULES.get(derivation.rule)
        if rule is None:
            near = nearest(derivation.rule, RULES)
            remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(sorted(RULES))
            raise _Fault((*within, "rule"), f"unknown rule '{derivation.rule}'", remedy)
        for param in derivation.params:
            if param not in rule.params:
                near = nearest(param, [*rule.params, "rule", "of", "where"])
                remedy = f"did you mean '{near}'?" if near else f"it takes: {', '.join(rule.params) or 'no parameter'}"
                raise _Fault((*within, param), f"'{rule.name}' has no parameter '{param}'", remedy)
        for param in rule.params:
            if param not in derivation.params:
                raise _Fault(within, f"'{rule.name}' wants '{param}'", f"add {param}: …")
        if rule.inputs is not None and rule.inputs != len(derivation.inputs):
            raise _Fault((*within, "of"), f"'{rule.name}' takes {rule.inputs} input(s)", "name as many paths or fields")
        fresh = self.fresh(field)
        origins = [self.name(name, (*within, "of"), scope, columns, fresh) for name in derivation.inputs]
        codes = self.vocabulary.codes.get(rule.codes) if rule.codes else None
        if rule.name == "collect":
            lists = {o.codes.id for o in origins if o.codes is not None}
            target = self.vocabulary.codes.get(field.codes or "") if field.map is None else None
            origins = (
                [self.same_list(o, target, within, scope) for o in origins] if len(lists) > 1 or target else origins
            )
            codes = target or origins[0].codes
        params = dict(derivation.params)
        places = [self.place(origin.at, scope) for origin in origins]
        if rule.absent is not None and (option := origins[0].codes and origins[0].codes.none):
            places[0] = scope.emit(deriving.none_as_empty(places[0], option))
        if origins[0].kind == "list" and derivation.where is not None:
            if scope is not self.scope:
                raise _Fault(
                    (*within, "where"), "'where' inside a table's row", "count over a list at the form's own level"
                )
            path = scope.path(derivation.inputs[0])
            inner = Scope(self.vocabulary, self.durations, self.scope, path.term.to, path.term.link, around=path.text)
            where = self.condition(derivation.where, (*within, "where"), field.key, inner, {})
            step = deriving.counted(places[0], inner.program(), where, rule, params)
        elif origins[0].kind == "list" and rule.inputs == 1:
            empty = Scope(self.vocabulary, self.durations).program()
            step = deriving.counted(places[0], empty, None, rule, params)
        else:
            typed = frozenset(place for place, origin in enumerate(origins) if origin.typed)
            step = deriving.derived(places, rule, params, suggest, typed)
        if suggest and origins[0].kind == "list":
            step = steps.suggested(scope.emit(step))
        if rule.gives == "same":
            return Origin(step, origins[0].kind, origins[0].codes, origins[0].unit)
        return Origin(step, rule.gives, codes)

    def same_list(self, origin: Origin, target: CodeList | None, within: tuple[str, ...], scope: Scope) -> Origin:
        """Convert an input of ``collect`` to the field's code list before it is gathered."""
        if target is None or origin.codes is None or origin.codes.id == target.id:
            return origin
        mapping = self.vocabulary.mapping(origin.codes.id, target.id)
        if mapping is None:
            raise _Fault(within, f"no mapping from {origin.codes.id} to {target.id}", "add one to codes/mappings.yaml")
        return Origin(deriving.mapped_known(self.place(origin.at, scope), mapping.codes), origin.kind, target)

    def condition(
        self, spec: Any, within: tuple[str | int, ...], key: str, scope: Scope, columns: Mapping[str, int]
    ) -> Condition:
        def refer(name: str) -> Operand:
            try:
                origin = self.name(name, (), scope, columns)
            except _Fault as fault:
                raise ConditionError((name,), fault.what, fault.remedy) from None
            is_term = name not in columns and self.key_of(name) is None
            return Operand(name, self.place(origin.at, scope), origin.kind, origin.codes, is_term)

        def report(error: ConditionError) -> None:
            self.draft.problem(key, (*within, *error.place), error.what, error.remedy)

        return compile_condition(spec, refer, report)

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def table(self, field: Field, section: str, cell: int) -> Slot:
        columns = field.columns or {}
        counted = field.filled_by == "community"
        scope, path_text = self.scope, field.rows_of
        inner = Scope(self.vocabulary, self.durations, self.scope, "", {}, len(columns))
        place = BLANK
        if path_text is not None:
            origin = self.name(path_text, ("rows_of",), scope, {}, self.fresh(field))
            if origin.kind != "list":
                raise _Fault(("rows_of",), f"'{path_text}' is no list", "name a list term")
            path = scope.path(path_text)
            inner = Scope(
                self.vocabulary, self.durations, self.scope, path.term.to, path.term.link, len(columns), path.text
            )
            place = self.place(origin.at, scope)
        places = {f"{field.key}.{name}": index for index, name in enumerate(columns)}
        base = [BLANK] * len(columns)
        slots: dict[str, Slot] = {}
        keyed = {column.key: column for column in columns.values()}
        if not counted:  # another desk's table is that desk's, cell by cell
            keyed = {
                key: column.model_copy(update={"filled_by": field.filled_by})
                if column.filled_by == "community"
                else column
                for key, column in keyed.items()
            }
        order = self.ordered(keyed, lambda column: [n for n in self.column_needs(column) if n in places])
        for key in order:
            with _Catch(self, key):
                if keyed[key].columns is not None:
                    raise _Fault((), "a table within a table", "make it a table of its own")
                column = CELLS + places[key]
                slots[key], base[places[key]] = self.slot(keyed[key], section, inner, places, column)
        where = self.condition(field.where, ("where",), field.key, inner, places) if field.where is not None else None
        always = (
            field.ask == "always" or path_text is None
        )  # a table over nothing is one entry, its printed rows are empty
        ordered = tuple(slots[key] for key in keyed if key in slots)
        table = Table(path_text or "", place, inner.program(base), ordered, where, always)
        condition = self.condition(field.when, ("when",), field.key, scope, {}) if field.when is not None else None
        scope.emit(steps.table(table, condition, counted), cell)
        return Slot(field, field.key, section, "list", None, None, counted, table)

    def column_needs(self, column: Field) -> list[str]:
        named = [*names_in(column.when)]
        for derivation in (column.derive, column.suggest):
            if derivation is not None:
                named += derivation.inputs
        named += [column.from_] if isinstance(column.from_, str) else column.from_ or ()
        return [*named, *(column.first_of or ())]


class _Catch:
    """Report a fault of a field and go on with the next."""

    def __init__(self, compiler: _Compiler, key: str) -> None:
        self.compiler, self.key = compiler, key

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, _Fault):
            self.compiler.draft.problem(self.key, error.within, error.what, error.remedy)
            return True
        return False
