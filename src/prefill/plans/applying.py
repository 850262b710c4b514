"""Where a field's value follows by a rule: from facts, from the items of a list, from a row's place in its table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from prefill.conditions import Operand, names_in
from prefill.derivations import Input, Rule, RuleFault, check_rule, find_rule, unfit
from prefill.errors import nearest
from prefill.forms import Derivation, Field
from prefill.kinds import CodeList
from prefill.plans import deriving, items
from prefill.plans.decisions import Decisions
from prefill.plans.model import AFTER_ANSWERS, CELLS, CONSTANT, CONSTANTS, EACH_TIME, Step
from prefill.plans.names import Columns, Fault, Follows, Origin, Within
from prefill.plans.scopes import Scope
from prefill.vocabulary import Duration, Path, UnknownTerm

__all__ = ["ROW_RULES", "Rules"]

ROW_RULES: Final = ("row_number", "rank")
"""The rules whose result a table gives once its rows are known."""

_CASES: Final = ("first_case", "every_case")
LATER: Final = CONSTANT + CONSTANTS.index(AFTER_ANSWERS)
BLANK: Final = CONSTANT + CONSTANTS.index(EACH_TIME)


class Rules(Decisions):
    """Finds what the rules in a form's spec give."""

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
        try:
            rule = find_rule(derivation.rule)
            if rule.name in _CASES:
                return self.by_cases(field, derivation, rule, within, scope, columns, suggest)
            if derivation.cases is not None:
                raise RuleFault(("cases",), f"'{rule.name}' takes no cases", "write rule: first_case or every_case")
            if rule.name in ROW_RULES:
                return self.by_row(field, derivation, rule, within, scope, columns)
            origins, inputs = self.inputs(field, derivation, rule, within, scope, columns)
            params = check_rule(rule, inputs, derivation.params)
        except RuleFault as fault:
            raise Fault(within(fault.within), fault.what, fault.remedy) from None
        codes = self.vocabulary.codes.get(rule.codes) if rule.codes else None
        if rule.name == "collect":
            origins, codes = self.gathered(field, origins, within(("of",)), scope)
        made = Origin(BLANK, rule.gives, codes, rule.unit, tally=rule.tally)
        if rule.gives == "table":
            params, made = self.tabled(params, inputs, within)
        places = [self.place(origin.at, scope) for origin in origins]
        if rule.absent is not None and (option := origins[0].codes and origins[0].codes.none):
            places[0] = scope.emit(deriving.none_as_empty(places[0], option))
        step = self.applied(field, derivation, rule, params, origins, places, within, scope, suggest)
        if rule.gives == "table":
            step = deriving.with_table(step, params["table"])
        if suggest and origins and origins[0].kind == "list" and not origins[0].column:
            step = deriving.suggested(scope.emit(step))
        if rule.gives == "same":
            return Origin(step, inputs[0].kind, inputs[0].codes, inputs[0].unit)
        if rule.gives == "number":
            units = [one.unit for one in inputs if one.unit]
            kinds_ = {one.kind for one in inputs}
            kind = next(kind for kind in ("money", "decimal", "integer") if kind in kinds_)
            return Origin(step, kind, None, units[0] if units else None, tally=not units)
        return replace(made, at=step)

    def inputs(
        self,
        field: Field,
        derivation: Derivation,
        rule: Rule,
        within: Callable[[Within], Within],
        scope: Scope,
        columns: Columns,
    ) -> tuple[list[Origin], list[Input]]:
        """Give what a rule is applied to: where it stands, and what kind it is (of a list, the kind of what is taken of each item)."""
        fresh, names = self.fresh(field), derivation.inputs
        origins = [self.name(name, within(("of",)), scope, columns, fresh) for name in names]
        if not all(origin.sure for origin in origins):
            raise Follows
        listed = bool(origins) and origins[0].kind == "list" and not origins[0].column
        for key, said in (("where", derivation.where), ("each", derivation.each)):
            if said is not None and not listed and not (key == "where" and origins and origins[0].column):
                what = f"'{key}' on '{names[0] if names else 'nothing'}', which is no list"
                raise RuleFault((key,), what, "leave it out, or name a list term or a table's column")
        if derivation.where is not None and not listed:
            origins = [self.filtered(field, derivation, name, within, scope) for name in names]
        if derivation.each is not None:
            if not rule.gathers or len(origins) > 1:
                what = (
                    f"'{rule.name}' does not take the items of a list"
                    if not rule.gathers
                    else "'each' of several lists"
                )
                raise RuleFault(("each",), what, "name one list, and a rule that takes any number of inputs")
            path = self.path_of_each(derivation, scope, fresh)
            return origins, [Input(derivation.each, path.term.kind, path.term.codes, path.term.unit)]
        inputs = []
        for number, (name, origin) in enumerate(zip(names, origins, strict=True)):
            alone = number == 0 and rule.inputs[0] > 1  # a difference is of one number and others
            if origin.column and rule.gathers and not alone:
                inputs.append(Input(name, *self.kinds.get(name, ("text", None, None))))
            else:
                inputs.append(Input(name, origin.kind, origin.codes, origin.unit, origin.document))
        return origins, inputs

    def filtered(
        self, field: Field, derivation: Derivation, name: str, within: Callable[[Within], Within], scope: Scope
    ) -> Origin:
        """Give the values of a table's column in those rows of the form that ``where`` lets through, by other columns of these rows."""
        key = self.key_of(name) or ""
        table = self.fields.get(key)
        columns = {f"{key}.{column}": number for number, column in enumerate((table and table.columns) or {})}
        if name not in columns or scope is not self.scope:
            raise RuleFault(("where",), f"'where' on '{name}', which is no column", "name columns of one table")
        for other in names_in(derivation.where):
            if other not in columns:
                raise RuleFault(("where", other), f"'{other}' is no column of '{key}'", "compare columns of that table")
        in_row = {column: number - CELLS for column, number in columns.items()}  # a row's cells stand from 0
        where = self.condition(derivation.where, within(("where",)), field.key, scope, in_row)
        step = items.column(CELLS + self.places[key], columns[name], bool(table and table.more), where)
        return Origin(step, "list", None, typed=True, column=True)

    def path_of_each(self, derivation: Derivation, scope: Scope, fresh: Duration | None) -> Path:
        """Give the path of what is taken of each item of a list."""
        term = scope.path(derivation.inputs[0]).term
        each = str(derivation.each)
        if not each.startswith("."):
            raise RuleFault(("each",), f"'{each}' speaks of no item", "write it with a point before it, such as .name")
        try:
            path = self.vocabulary.path(each, within=term.to, link=term.link)
        except UnknownTerm as error:
            raise RuleFault(("each",), f"unknown term '{each}'", error.remedy) from None
        self.check_path(path, fresh, ("each",))
        return path

    def tabled(
        self, params: dict[str, Any], inputs: Sequence[Input], within: Callable[[Within], Within]
    ) -> tuple[dict[str, Any], Origin]:
        """Give the dated table that a look-up names, and what it gives."""
        tables = self.vocabulary.tables
        name = params["table"]
        table = tables.get(name)
        if table is None:
            near = nearest(name, tables)
            remedy = f"did you mean '{near}'?" if near else "add it to tables/"
            raise Fault(within(("table",)), f"unknown table '{name}'", remedy)
        if len(table.takes) != len(inputs):
            what = f"the table '{name}' takes {len(table.takes)} inputs, not {len(inputs)}"
            raise Fault(within(("of",)), what, "name: " + (", ".join(table.takes) or "none"))
        for number, one in enumerate(inputs):
            fault = unfit(table, number, one.kind, one.codes)
            if fault is not None:
                raise Fault(
                    within(("of",)), f"'{one.name}' does not fit the table '{name}': {fault}", "name another input"
                )
        return {"table": table}, Origin(BLANK, table.kind, table.codes, table.unit)

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
        if not origins or origins[0].kind != "list" or origins[0].column:
            typed = frozenset(place for place, origin in enumerate(origins) if origin.typed)
            spread = rule.gathers and any(origin.column for origin in origins)
            return deriving.derived(places, rule, params, suggest, typed, spread)
        where = None
        program = Scope(self.vocabulary, self.durations).program()
        if derivation.where is None and derivation.each is None:
            return items.counted(places[0], program, None, rule, params)
        if scope is not self.scope:
            what = "the items of a list inside a table's row"
            key = "each" if derivation.each is not None else "where"
            raise Fault(within((key,)), what, "take them over a list at the form's own level")
        path = scope.path(derivation.inputs[0])
        inner = Scope(self.vocabulary, self.durations, self.scope, path.term.to, path.term.link, around=path.text)
        judges: list[Operand] = []
        if derivation.where is not None:
            where = self.condition(derivation.where, within(("where",)), field.key, inner, {}, noted=judges)
        judged = tuple(operand.place for operand in judges)
        if derivation.each is None:
            return items.counted(places[0], inner.program(), where, rule, params, judged)
        value = inner.fetch(inner.path(derivation.each), self.fresh(field))
        return items.of_each(places[0], inner.program(), value, where, rule, params, judged)

    def by_row(
        self,
        field: Field,
        derivation: Derivation,
        rule: Rule,
        within: Callable[[Within], Within],
        scope: Scope,
        columns: Columns,
    ) -> Origin:
        """Give the place of what a table decides once its rows are known: a row's number, or its place by another column."""
        if scope is self.scope or not scope.item:
            raise RuleFault(("rule",), f"'{rule.name}' outside a table over a list", "use it in a column")
        if any((field.map, field.codes, derivation.where, derivation.each, derivation.params, field.suggest)):
            raise RuleFault((), f"'{rule.name}' stands alone", "leave out what stands beside it")
        wanted = 1 if rule.name == "rank" else 0
        if len(derivation.inputs) != wanted or any(name not in columns for name in derivation.inputs):
            raise RuleFault(
                ("of",), f"'{rule.name}' takes {wanted or 'no'} column of its own table", "write TABLE.COLUMN"
            )
        for name in derivation.inputs:
            kind, codes, unit = self.kinds.get(name, ("text", None, None))
            check_rule(rule, [Input(name, kind, codes, unit)], {})
        return Origin(LATER, rule.gives, tally=rule.tally)

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
