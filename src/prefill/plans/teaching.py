"""What an answer says of the record: the term that a field shows, and the value that its answer states there, where that is certain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from prefill import kinds
from prefill.plans.converting import Unfit, _own_map
from prefill.plans.model import Plan, Slot, Table
from prefill.plans.names import Origin
from prefill.records import Absence
from prefill.vocabulary import Path, Term, UnknownTerm, Vocabulary

__all__ = ["Taught", "taught"]

_CODED: Final = ("code", "multi_code")
_TEXTS: Final = frozenset({"text", "long_text", "address"})


@dataclass(frozen=True, slots=True)
class Taught:
    """The term that a field shows, as a path (of a table's column within the row), and what turns an answer into the term's value.

    ``value`` gives None where more than one value of the term would have been shown so: then the answer teaches nothing.
    """

    path: Path
    value: Callable[[Any], Any]

    @property
    def term(self) -> Term:
        """The term itself."""
        return self.path.term


def taught(plan: Plan, slot: Slot, table: Table | None = None) -> Taught | None:
    """Give what answers to a field teach; None where no term stands behind it, or several, or a rule.

    ``table`` is the one that the field is a column of: only what speaks of the row (``.name``) is taught by its cells.
    """
    field, vocabulary = slot.field, plan.vocabulary
    name = field.from_
    if not isinstance(name, str) or field.by is not None or name.partition(".")[0] in plan.places:
        return None
    try:
        if table is None:
            path = vocabulary.path(name)
        elif name.startswith(".") and table.path:
            of = vocabulary.path(table.path).term
            path = vocabulary.path(name, within=of.to, link=of.link)
        else:
            return None
    except UnknownTerm:
        return None
    if path.term.to is not None or path.root == "filing" or any(role.many for role in path.roles):
        return None
    back = _back(slot, path.term, vocabulary)
    return None if back is None else Taught(path, _as_read(back, path.term))


def _as_read(back: Callable[[Any], Any], term: Term) -> Callable[[Any], Any]:
    """Take only what the term's own kind reads as it is."""

    def value(answer: Any) -> Any:
        made = back(answer)
        if made is None or isinstance(made, Absence):
            return made
        try:
            read = kinds.read(term.kind, list(made) if isinstance(made, tuple) else made, term.codes)
        except kinds.Unreadable:
            return None
        return read if read == made or isinstance(made, str) else None

    return value


def _back(slot: Slot, term: Term, vocabulary: Vocabulary) -> Callable[[Any], Any] | None:
    """Give what leads from the field's value back to the term's; see ``converting.conversion``."""
    kind, codes, field = slot.kind, slot.codes, slot.field
    if field.map is not None:
        try:
            table, none = _own_map(field, Origin(0, term.kind, term.codes, term.unit), kind, codes, vocabulary)
        except Unfit:
            return None
        return _inverse(table, none, term.kind, kind)
    if term.kind in _CODED and kind in _CODED:
        if term.codes is None or codes is None or term.codes.id == codes.id:
            if term.kind == kind:
                return _same
            return lambda value: value[0] if len(value) == 1 else None
        mapping = vocabulary.mapping(term.codes.id, codes.id)
        if mapping is None:
            return None
        pairs = {code: option for code, option in mapping.codes.items() if code != "none"}
        return _inverse(pairs, mapping.codes.get("none"), term.kind, kind)
    one, other = kinds.KINDS.get(term.kind), kinds.KINDS.get(kind)
    if term.kind == kind or {term.kind, kind} == {"division", "division_code"}:
        return _same
    if one and other and one.precision and other.precision:
        held = one.precision
        return lambda value: value[:held]
    if kind in _TEXTS and term.kind in ("code", "division"):
        if term.codes is None:
            return None
        labels: dict[str, str | None] = {}
        for code, label in term.codes.items.items():
            labels[label] = code if label not in labels else None
        return labels.get
    if kind in ("decimal", "money") and term.kind == "integer":
        return lambda value: int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else None
    if (kind in _TEXTS and one and not one.precision) or (kind == "code" and term.kind == "division"):
        return _same
    if kind in ("decimal", "money") and term.kind in ("decimal", "money"):
        return _same
    return None


def _same(value: Any) -> Any:
    return value


def _inverse(table: Mapping[Any, Any], none: Any, source: str, kind: str) -> Callable[[Any], Any]:
    """Turn a mapping round: an option that several codes lead to, or a code and an absence, leads back to none."""
    back: dict[Any, Any] = {}
    for code, option in table.items():
        back[option] = code if option not in back else None
    absent = none[0] if isinstance(none, tuple) else none
    if absent is not None:
        back[absent] = Absence.NOT_APPLICABLE if absent not in back else None

    def value(answer: Any) -> Any:
        if not isinstance(answer, tuple):
            return back.get(answer)
        found = [back.get(one) for one in answer]
        if any(one is None for one in found):
            return None
        if len(found) == 1 and (source != "multi_code" or isinstance(found[0], Absence)):
            return found[0]
        if source != "multi_code" or any(isinstance(one, Absence) for one in found):
            return None
        return tuple(found)

    return value
