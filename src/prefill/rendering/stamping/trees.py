"""A page's elements before it is laid out: which texts are the subject's, which elements are units."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from prefill.rendering.stamping.blanks import Pattern
from prefill.rendering.stamping.units import CLOSE, MIDDLE, OPEN, Unit

__all__ = ["SPACES", "Node", "Nodes", "keep_only", "leaves", "read_nodes"]

_SIGN: Final = re.compile(f"{OPEN}([0-9]+)\\.([0-9]+){MIDDLE}([^{CLOSE}]*){CLOSE}")
SPACES: Final = re.compile(r"[ \t\r\n\f]+")

# What a unit's element is: its tag, or legend, its class. None of them stands within another.
LEAVES: Final = {
    "header": "header",
    "h2": "h2",
    "h3": "h3",
    "thead": "thead",
    "item": "tr",
    "row": "tr",
    "row1": "tr",
    "lead": "tr",
    "legend": "legend",
    "filer": "p",
    "note": "p",
}
_ALL: Final = frozenset(LEAVES.values())


@dataclass(slots=True)
class Node:
    """A text of the page's source: the unit whose texts it shows, if it shows any, what it says, and in which order of parts."""

    unit: int | None
    text: str
    pattern: Pattern


Nodes = dict[int, list[Node]]
"""The texts directly within each element, in order; by the element's identity."""


def read_nodes(root: Any) -> Nodes:
    """Take the signs out of a tree; give the texts of each element."""
    found: Nodes = {}
    for element in root.iter():
        nodes = []
        element.text, node = _read(element.text)
        nodes.append(node)
        for child in element:
            child.tail, node = _read(child.tail)
            nodes.append(node)
        found[id(element)] = nodes
        for name, value in element.attrib.items():
            if OPEN in value:
                element.attrib[name] = _SIGN.sub(r"\3", value)
    return found


def _read(text: str | None) -> tuple[str | None, Node]:
    if not text or OPEN not in text:
        return text, Node(None, text or "", (text or "",))
    parts: list[str | int] = []
    unit, end = None, 0
    for sign in _SIGN.finditer(text):
        if sign.start() > end:
            parts.append(SPACES.sub(" ", text[end : sign.start()]))
        parts.append(int(sign[2]))
        unit, end = int(sign[1]), sign.end()
    if end < len(text):
        parts.append(SPACES.sub(" ", text[end:]))
    plain = _SIGN.sub(r"\3", text)
    return plain, Node(unit, plain, tuple(parts))


def leaves(root: Any) -> Iterator[Any]:
    """Give the elements that are units, in order."""
    body = root.find("body") if root.find("body") is not None else root
    yield from _leaves(body)


def _leaves(element: Any) -> Iterator[Any]:
    for child in element:
        if _named(child) in _ALL:
            yield child
        else:
            yield from _leaves(child)


def _named(element: Any) -> str:
    return "legend" if "legend" in element.get("class", "").split() else str(element.tag)


def keep_only(root: Any, units: Sequence[Unit], wanted: set[int], drawn: Sequence[int]) -> dict[int, int] | None:
    """Take out of a tree the units that are not wanted; give the number of each unit by its element's identity.

    ``drawn`` are the numbers of the units that it holds. None if the elements are not those that the units should have: the template is of another make.
    """
    elements = list(leaves(root))
    if list(map(_named, elements)) != [LEAVES[units[number].kind] for number in drawn]:
        return None
    parents = {id(child): parent for parent in root.iter() for child in parent}
    numbers = {}
    for number, element in zip(drawn, elements, strict=True):
        if number in wanted:
            numbers[id(element)] = number
        else:
            parents[id(element)].remove(element)
    return numbers
