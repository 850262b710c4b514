"""Findings on forms, the price of a field, and the burden of a whole catalogue: what is told before anybody fills anything."""

from prefill.checks.auditing import Audit, audit
from prefill.checks.checking import Checked, check
from prefill.checks.comparing import Change, Difference, diff
from prefill.checks.findings import CODES, Code, Finding, Severity
from prefill.checks.overlaps import Overlap, overlaps
from prefill.checks.pricing import Cost, Price, price
from prefill.checks.specs import Row, Spec, open_spec

__all__ = [
    "CODES",
    "Audit",
    "Change",
    "Checked",
    "Code",
    "Cost",
    "Difference",
    "Finding",
    "Overlap",
    "Price",
    "Row",
    "Severity",
    "Spec",
    "audit",
    "check",
    "diff",
    "open_spec",
    "overlaps",
    "price",
]
