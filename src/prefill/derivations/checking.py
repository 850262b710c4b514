"""Checking a spec's use of a rule: what it is applied to, and its parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from prefill.derivations.rules import RULES, Rule
from prefill.errors import nearest
from prefill.kinds import CodeList

__all__ = ["Input", "RuleFault", "check_rule", "find_rule"]

_FREE_TEXT: Final = frozenset({"text", "long_text", "address"})


@dataclass(frozen=True, slots=True)
class Input:
    """What a rule is to be applied to: its name in the spec, kind, code list, unit, and whether it is a document of its entity."""

    name: str
    kind: str
    codes: CodeList | None = None
    unit: str | None = None
    document: bool = False


class RuleFault(Exception):
    """A rule is wrongly used: where in its spec, what, the remedy."""

    def __init__(self, within: tuple[str | int, ...], what: str, remedy: str) -> None:
        """Take the place within the derivation, the fault and its remedy."""
        super().__init__(what)
        self.within, self.what, self.remedy = within, what, remedy


def find_rule(name: str) -> Rule:
    """Give the rule of this name; raises RuleFault with the nearest."""
    rule = RULES.get(name)
    if rule is None:
        near = nearest(name, RULES)
        remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(sorted(RULES))
        raise RuleFault(("rule",), f"unknown rule '{name}'", remedy)
    return rule


def check_rule(rule: Rule, inputs: Sequence[Input], params: Mapping[str, Any]) -> dict[str, Any]:
    """Check what a rule is to be applied to, and read its parameters; raises RuleFault for the first fault.

    >>> check_rule(RULES["part"], [Input("number", "uscc")], {"start": "9", "end": "17"})
    {'start': 9, 'end': 17}
    """
    read = _read_params(rule, params)
    fewest, most = rule.inputs
    if len(inputs) < fewest or (most is not None and len(inputs) > most):
        raise RuleFault(
            ("of",), f"'{rule.name}' takes {_inputs(fewest, most)}, not {len(inputs)}", "name as many paths or fields"
        )
    for number, one in enumerate(inputs):
        takes = rule.kinds_of(number)
        if one.kind not in takes:
            kinds_ = "one fact" if len(takes) > 9 else " or ".join(sorted(takes))
            what = f"'{rule.name}' cannot be applied to '{one.name}', which is of kind '{one.kind}'"
            raise RuleFault(("of",), what, f"it takes {kinds_}")
    if most is not None and fewest < most and (len(inputs) == most) == bool(params):
        names = " or ".join(rule.params)
        raise RuleFault(
            (), f"'{rule.name}' wants either {most} inputs or {names}", f"name {most} inputs, or add {names}: …"
        )
    if rule.gives == "number":
        _check_units(rule, inputs)
    if rule.by_kind:
        _check_alike(rule, inputs)
        read["kind"] = inputs[0].kind
    return read


def _inputs(fewest: int, most: int | None) -> str:
    if most is None:
        return (
            "any number of inputs"
            if not fewest
            else "at least one input"
            if fewest == 1
            else f"at least {fewest} inputs"
        )
    if most == 0:
        return "no inputs"
    return f"{most} input{'s' * (most > 1)}" if fewest == most else f"{fewest} or {most} inputs"


def _check_units(rule: Rule, inputs: Sequence[Input]) -> None:
    """Check that numbers that are added or taken away are in one unit; a field that names none is in that of the others."""
    units = {one.unit: one.name for one in inputs if one.unit}
    if len(units) > 1:
        (unit, name), (other, second) = list(units.items())[:2]
        what = f"'{rule.name}' cannot join '{name}' in {unit} and '{second}' in {other}"
        raise RuleFault(("of",), what, "name numbers of one unit")


def _read_params(rule: Rule, params: Mapping[str, Any]) -> dict[str, Any]:
    for param in params:
        if param not in rule.reads:
            near = nearest(param, [*rule.reads, "rule", "of", "where", "each", "cases"])
            remedy = f"did you mean '{near}'?" if near else f"it takes: {', '.join(rule.reads) or 'no parameter'}"
            raise RuleFault((param,), f"'{rule.name}' has no parameter '{param}'", remedy)
    made = {}
    for param, read in rule.reads.items():
        if param not in params and param in rule.defaults:
            made[param] = rule.defaults[param]
            continue
        if param not in params:
            raise RuleFault((), f"'{rule.name}' wants '{param}'", f"add {param}: …")
        try:
            made[param] = read(params[param])
        except ValueError as error:
            raise RuleFault((param,), f"'{param}' is not as '{rule.name}' wants it", str(error)) from None
    if made.get("start", 0) > made.get("end", made.get("start", 0)):
        raise RuleFault(("end",), "'end' lies before 'start'", "write a greater number")
    return made


def _check_alike(rule: Rule, inputs: Sequence[Input]) -> None:
    """Check that values may be compared: of one kind, code list and unit, and no free text."""
    one = inputs[0]
    for other in inputs:
        if other.kind in _FREE_TEXT and not other.document:
            what = f"'{rule.name}' cannot compare free text: '{other.name}' may be written in several ways"
            raise RuleFault(("of",), what, "compare codes, numbers or dates")
        if other.codes is not None and other.codes.groups:
            what = f"'{rule.name}' cannot compare '{other.name}': of {other.codes.id}, one code may lie within another"
            raise RuleFault(("of",), what, "write conditions with in_group instead")
        for part_, held, wanted in (
            ("kind", other.kind, one.kind),
            ("code list", other.codes and other.codes.id, one.codes and one.codes.id),
            ("unit", other.unit, one.unit),
        ):
            if held != wanted:
                what = f"'{rule.name}' cannot compare '{one.name}' and '{other.name}': they differ in {part_}"
                raise RuleFault(("of",), what, "name two terms that are stated alike")
