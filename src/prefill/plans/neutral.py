"""Conditions in a neutral form (JSON) that a page can test by itself, by the same rules as ``conditions``.

A node is ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}`` or a comparison: ``cell`` names what it compares (``row``: in the same row;
``column``: all rows of a table's column), the rest how: ``in`` with ``vague`` (groups that may mean one of these, so that nothing is
decided), ``begins`` (dates: a longer text is finer, a shorter one coarser), ``division`` (the same, without the zeros at the end), ``id``
(15 and 18 digits are one), ``at_least at_most over under`` (numbers as text), ``before after``, ``known``; ``contains`` where one of
several values will do. What speaks of a term is decided here: ``else`` is its verdict (true, false, null), used as long as the worker has
not answered the cell that shows the term, if there is one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from prefill import kinds
from prefill.conditions import (
    Operand,
    _groups_over,
    _significant,
    _values,
    compile_condition,
)

__all__ = ["Node", "Place", "neutral"]

Node: TypeAlias = dict[str, Any]
Place: TypeAlias = Callable[[Operand], Node]


def neutral(spec: Any, operands: Sequence[Operand], place: Place, memory: Any = None) -> Node:
    """Give the neutral form of a condition that has been compiled.

    ``operands`` are what its names stand for, in the order in which they stand in the spec; ``place`` gives the keys that say where the
    page finds one (``cell``, ``row``, ``column``), none for a term that no cell shows. ``memory`` decides what speaks of terms.
    """
    return _node(spec, iter(operands), place, memory)


def _node(spec: Mapping[str, Any], operands: Iterator[Operand], place: Place, memory: Any) -> Node:
    parts: list[Node] = []
    for name, wanted in spec.items():
        if name == "any":
            parts.append({"any": [_node(item, operands, place, memory) for item in wanted]})
        elif name == "not":
            parts.append({"not": _node(wanted, operands, place, memory)})
        else:
            parts.append(_compared(name, wanted, next(operands), place, memory))
    return parts[0] if len(parts) == 1 else {"all": parts}


def _compared(name: str, wanted: Any, operand: Operand, place: Place, memory: Any) -> Node:
    where = place(operand)
    verdict: Node = {}
    if operand.term:
        test = compile_condition({name: wanted}, lambda _: operand, lambda _: None)
        found = () if memory is None else test(memory)
        verdict = {"else": found if isinstance(found, bool) else None}
        if not where:
            return verdict
    tests = wanted if isinstance(wanted, Mapping) else {"": wanted}
    parts = [where | _test(operand, operator, limit) | verdict for operator, limit in tests.items()]
    return parts[0] if len(parts) == 1 else {"all": parts}


def _test(operand: Operand, operator: str, limit: Any) -> Node:
    if operator == "known":
        return {"known": limit in ("true", True)}
    if operator in ("", "contains"):
        several: Node = {"contains": True} if operator else {}
        return several | _matching(operand, _values(operand, limit, ()))
    if operator == "in_group":
        codes, groups = operand.codes, _values(operand, limit, ())
        inside = [code for code in codes.items if any(codes.in_group(code, group) for group in groups)] if codes else []
        return {"contains": True} | _matching(operand, frozenset(inside))
    return {operator: str(limit)}


def _matching(operand: Operand, values: frozenset[Any]) -> Node:
    """Give the values that one is held against, and how."""
    kind, codes = kinds.KINDS.get(operand.kind), operand.codes
    if operand.kind == "division":
        return {"division": sorted({_significant(value) for value in values})}
    if kind is not None and kind.precision is not None:
        return {"begins": sorted(values)}
    if operand.kind == "id_number":
        return {"id": sorted({kinds.id_18(value) for value in values})}
    plain = sorted(kinds.show(operand.kind, v) if operand.kind in _NUMBERS else v for v in values)
    vague = sorted(_groups_over(codes, values)) if codes is not None else []
    return {"in": plain} | ({"vague": vague} if vague else {})


_NUMBERS = frozenset({"integer", "decimal", "money"})
