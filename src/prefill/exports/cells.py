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

__all__ = ["IDENTIFIERS", "LeftOut", "Several", "Unsure", "inverse_of", "reader"]

IDENTIFIERS: Final = frozenset({"id_number", "uscc", "org_code", "disability_card"})
"""The kinds whose digits a spreadsheet may lose; a document of another kind is one, too."""

_SHORTENED: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+\d+")
_CODES: Final = ("code", "multi_code")


class Unsure(Exception):
    """A field whose options do not tell any of the term's codes; the message says why."""


class LeftOut(Exception):
    """An option of the form's list that no one code of the term's list stands for: no fault of the cell."""


class Several(LeftOut):
    """An option that may be more than one code of the term's list."""


def inverse_of(
    field: Field, kind: str, codes: CodeList | None, term: Term, vocabulary: Vocabulary
) -> Mapping[Any, Any] | None:
    """Give the term's value for each value of a field that maps the term's, or None where nothing is mapped.

    Pair by pair: None stands for a value that several of the term's become, or that one of them becomes whose label is another while
    the mapping leaves out some of the term's codes, which may be meant, too. Raises Unsure where nothing can be read back.
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
    before: dict[Any, list[str]] = {}
    for value, option in pairs.items():
        before.setdefault(kinds.read("code" if kind == "multi_code" else kind, option, codes), []).append(value)
    whole = term.codes is None or (not term.codes.external and set(term.codes.items) <= set(pairs))
    inverse: dict[Any, Any] = {}
    for made, values in before.items():
        if made is None or values == ["none"]:  # not known; an explicit absence, of one kind or another
            continue
        sure = len(values) == 1 and (whole or _is_called(made, values[0], codes, term.codes))
        inverse[made] = kinds.read("code" if several else term.kind, values[0], term.codes) if sure else None
    if term.kind not in _CODES and all(value is None for value in inverse.values()):
        raise Unsure("mapped, and not one to one")
    return inverse


def _is_called(option: Any, code: str, options: CodeList | None, codes: CodeList | None) -> bool:
    """Whether an option and a code have one label."""
    return options is not None and codes is not None and options.code_of(codes.label(code)) == option


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
        try:
            value = kinds.read(kind, cell, codes, unit=unit)
        except Unreadable:
            if inverse is not None and isinstance(cell, str) and _is_only_the_terms(cell, codes, term):
                return cell
            raise
        if value is None:
            return None
        return cell if plain else _turned(value, target)

    return read


def _is_only_the_terms(text: str, options: CodeList | None, term: Term) -> bool:
    """Whether a text is a label of the term's own list, and none of the form's."""
    if term.kind not in _CODES or term.codes is None or any(sign.isdecimal() for sign in text):
        return False
    code = term.codes.code_of(text)
    return code in term.codes.items and (options is None or text not in options.items.values())


def _turned(value: Any, target: "Target") -> Any:
    """Give a field's value as the term has it. Raises Unreadable, LeftOut and Several."""
    term, inverse = target.term, target.inverse
    if inverse is not None:
        value = tuple(_back(one, inverse) for one in value) if isinstance(value, tuple) else _back(value, inverse)
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


def _back(value: Any, inverse: Mapping[Any, Any]) -> Any:
    """Give what an option was made of. Raises LeftOut, and Several."""
    if value not in inverse:
        raise LeftOut
    if inverse[value] is None:
        raise Several
    return inverse[value]
