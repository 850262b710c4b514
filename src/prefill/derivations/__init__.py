"""Facts that follow from facts: named rules, dated tables, and whether a spec uses them rightly."""

from prefill.derivations.checking import Input, RuleFault, check_rule, find_rule
from prefill.derivations.rules import RULES, Rule
from prefill.derivations.tables import Cell, Row, Table, overlapping, read_cell, since, unfit

__all__ = [
    "RULES",
    "Cell",
    "Input",
    "Row",
    "Rule",
    "RuleFault",
    "Table",
    "check_rule",
    "find_rule",
    "overlapping",
    "read_cell",
    "since",
    "unfit",
]
