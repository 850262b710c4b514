"""A cell → what a statement says: read by the field's kind, turned into the term's where that is certain."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from prefill import kinds
from prefill.exports.sheets import Broken, Cell, Shown
from prefill.forms import Field
from prefill.kinds import KINDS, CodeList, Unreadable
from prefill.vocabulary import Term, Vocabulary

if TYPE_CHECKING:
    from prefill.exports.names import Target

__all__ = ["IDENTIFIERS", "LeftOut", "Unsure", "inverse_of", "reader"]

IDENTIFIERS: Final = frozenset({"id_number", "uscc", "org_code", "disability_card"})
"""The kinds whose digits a spreadsheet may lose; a document of another kind is one, too."""

_SHORTENED: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+\d+")
_CODES: Final = ("code", "multi_code")


class Unsure(Exception):
    """A field whose options do not tell the term's codes; the message says why."""


class LeftOut(Exception):
    """An option of the form's list that no one code of the term's list stands for: no fault of the cell."""


def inverse_of(
    field: Field, kind: str, codes: CodeList | None, term: Term, vocabulary: Vocabulary
) -> Mapping[Any, Any] | None:
    """Give the term's value for each value of a field that maps the term's, or None where nothing is mapped.

    Raises Unsure where two of the term's values become one of the field's.
    """
    several = term.kind == "multi_code"
    if field.map is not None:
        pairs: Mapping[str, str] = vocabulary.mappings[field.map].codes if isinstance(field.map, str) else field.map
    elif term.kind in _CODES and kind in _CODES and term.codes and codes and term.codes.id != codes.id:
        mapping = vocabulary.mapping(term.codes.id, codes.id)
        if mapping is None:
            raise Unsure("mapped from another list")
        pairs = mapping.codes
    else:
        return None
    inverse: dict[Any, Any] = {}
    taken: set[Any] = set()
    for value, option in pairs.items():
        made = kinds.read("code" if kind == "multi_code" else kind, option, codes)
        if made in taken:
            raise Unsure("mapped, and not one to one")
        taken.add(made)
        if value != "none":  # an explicit absence, of one kind or another
            inverse[made] = kinds.read("code" if several else term.kind, value, term.codes)
    return inverse


def reader(target: "Target", *, document: bool) -> Callable[[Cell], Any]:
    """Give the function that reads a column's cells: to what a statement says (JSON), or None where a cell says nothing.

    It raises Unreadable, whose message holds no value, and LeftOut. What fits the term as it stands is left as it stands.
    """
    term, kind, codes, unit, inverse = target.term, target.kind, target.codes, target.unit, target.inverse
    plain = inverse is None and kind == term.kind and unit == term.unit
    plain = plain and (
        codes is term.codes or (codes is not None and term.codes is not None and codes.id == term.codes.id)
    )
    dated = KINDS[kind].precision is not None
    strict = document or kind in IDENTIFIERS

    def read(cell: Cell) -> Any:
        if isinstance(cell, Broken):
            raise Unreadable(cell.what)
        if isinstance(cell, Shown):
            if not dated:
                raise Unreadable("the spreadsheet holds a day or time here")
            cell = cell.text
        elif isinstance(cell, str):
            cell = cell.strip()
            if "\ufffd" in cell:
                raise Unreadable("characters were lost: bytes that the file's encoding does not have")
            if _SHORTENED.fullmatch(cell):
                raise Unreadable("a number that a spreadsheet shortened: its digits are lost")
        elif strict and cell is not None:
            raise Unreadable("a number: a spreadsheet keeps but 15 digits and no leading zeros")
        value = kinds.read(kind, cell, codes, unit=unit)
        if value is None:
            return None
        return cell if plain else _turned(value, target)

    return read


def _turned(value: Any, target: "Target") -> Any:
    """Give a field's value as the term has it. Raises Unreadable and LeftOut."""
    term, inverse = target.term, target.inverse
    if inverse is not None:
        if isinstance(value, tuple):
            if any(one not in inverse for one in value):
                raise LeftOut
            value = tuple(inverse[one] for one in value)
        elif value not in inverse:
            raise LeftOut
        else:
            value = inverse[value]
    if isinstance(value, tuple) and term.kind != "multi_code":
        if len(value) != 1:
            raise Unreadable("several options, where the term has one")
        value = value[0]
    if isinstance(value, tuple):
        value = list(value)
    elif isinstance(value, Decimal):
        value = str(value)
    if kinds.read(term.kind, value, term.codes, unit=term.unit) is None:
        return None
    return value
