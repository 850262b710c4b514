"""Where a field's value follows from the cases of a decision table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from prefill import kinds
from prefill.conditions import Operand
from prefill.derivations import Rule, RuleFault
from prefill.forms import Case, Derivation, Field
from prefill.kinds import CodeList
from prefill.plans import cases, deriving
from prefill.plans.converting import target_of
from prefill.plans.names import Columns, Names, Origin, Within
from prefill.plans.scopes import Scope
from prefill.vocabulary import Duration

__all__ = ["Decisions"]


class Decisions(Names):
    """Finds what the decision tables in a form's spec give."""

    def by_cases(
        self,
        field: Field,
        derivation: Derivation,
        rule: Rule,
        within: Callable[[Within], Within],
        scope: Scope,
        columns: Columns,
        suggest: bool,
    ) -> Origin:
        """Give what a decision table gives; the field says of which kind that is."""
        for key, said in (
            ("of", derivation.of),
            ("where", derivation.where),
            ("each", derivation.each),
            *derivation.params.items(),
        ):
            if said:
                raise RuleFault((key,), f"'{rule.name}' takes no '{key}'", "it takes: cases")
        if not derivation.cases:
            raise RuleFault((), f"'{rule.name}' wants 'cases'", "add cases: [{when: {…}, then: …}]")
        taken = self.taken(derivation.cases, within, scope, columns, self.fresh(field))
        first = next(iter(taken.values()), None)
        kind, codes = target_of(field, first.kind if first else None, first.codes if first else None, self.vocabulary)
        one_kind = "code" if kind == "multi_code" else kind
        made = []
        for number, case in enumerate(derivation.cases):
            at: Within = ("cases", number)
            operands: list[Operand] = []
            condition = None
            if case.when is not None:
                condition = self.condition(
                    case.when, within((*at, "when")), field.key, scope, columns, operands, fresh=self.fresh(field)
                )
            elif number + 1 < len(derivation.cases):
                raise RuleFault((*at,), "a case without 'when' that is not the last", "add when: {…}, or put it last")
            place, value = None, None
            if number in taken:
                convert = self.conversion(field, taken[number], one_kind, codes)
                place = self.place(taken[number].at, scope)
                place = scope.emit(convert(place)) if convert else place
            else:
                value = self.constant(case, one_kind, codes, at)
            read = tuple(
                (operand.place, self.key_of(operand.name) is not None or operand.name in columns)
                for operand in operands
            )
            made.append(cases.Line(condition, read, value, place))
        every = rule.name == "every_case"
        if every != (kind == "multi_code"):
            remedy = "write kind: multi_code" if every else "write rule: every_case"
            raise RuleFault(("rule",), f"'{rule.name}' on a field of kind '{kind}'", remedy)
        none = (codes.none,) if codes is not None and codes.none is not None and every else ()
        return Origin(cases.decided(made, every, suggest, none), kind, codes, field.unit)

    def taken(
        self,
        lines: Sequence[Case],
        within: Callable[[Within], Within],
        scope: Scope,
        columns: Columns,
        fresh: Duration | None,
    ) -> dict[int, Origin]:
        """Give what cases take from terms or fields, by the case's number."""
        found = {}
        for number, case in enumerate(lines):
            at: Within = ("cases", number)
            if (case.then is None) == (case.take is None):
                raise RuleFault(at, "a case gives a value, or takes a term's", "write then: … or take: PATH")
            if case.take is not None:
                origin = self.name(case.take, within((*at, "take")), scope, columns, fresh)
                if origin.kind in ("entity", "list"):
                    raise RuleFault((*at, "take"), f"'{case.take}' is no single fact", "name a term of it")
                if origin.typed:
                    origin = replace(origin, at=deriving.answered(self.place(origin.at, scope)))
                found[number] = origin
        return found

    def constant(self, case: Case, kind: str, codes: CodeList | None, at: Within) -> Any:
        """Read what a case gives, by the field's kind."""
        try:
            value = kinds.read(kind, case.then, codes)
        except kinds.Unreadable:
            value = None
        if value is None:
            raise RuleFault(
                (*at, "then"), f"'{case.then}' is no value of the field", "write a value, code or label of it"
            )
        return value
