"""From a term's kind and code list to a field's: what is the same, what is mapped, and what does not fit."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, Protocol

from prefill import kinds
from prefill.forms import Field
from prefill.kinds import CodeList
from prefill.plans import steps
from prefill.plans.model import Step
from prefill.vocabulary import Vocabulary

__all__ = ["Unfit", "conversion", "target_of"]

_TEXTS: Final = frozenset({"text", "long_text", "address"})
_NO_TEXT: Final = frozenset(
    {"code", "multi_code", "bool", "integer", "decimal", "money", "division", "division_code", "list", "entity"}
)
_NUMBERS: Final = frozenset({"integer", "decimal", "money"})


class Unfit(Exception):
    """A term that does not fit its field: where in the field's spec, what, the remedy."""

    def __init__(self, within: tuple[str | int, ...], what: str, remedy: str) -> None:
        """Take the place within the field, the fault and its remedy."""
        super().__init__(what)
        self.within, self.what, self.remedy = within, what, remedy


class _Origin(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def codes(self) -> CodeList | None: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def tally(self) -> bool: ...


def target_of(
    field: Field, kind: str | None, codes: CodeList | None, vocabulary: Vocabulary
) -> tuple[str, CodeList | None]:
    """Give the kind and the code list of a field: its own where it names them, else those of what it is filled from."""
    own = vocabulary.codes.get(field.codes) if field.codes else None
    if field.kind is not None:
        coded = field.kind in ("code", "multi_code")
        return field.kind, own or (codes if coded else None)
    if own is not None:
        if kind in (None, "text", "bool", "integer", "division"):
            return ("bool" if kind == "bool" and isinstance(field.map, type(None)) else "code"), own
        return str(kind), own
    return kind or "text", codes


def conversion(
    field: Field, origin: _Origin, kind: str, codes: CodeList | None, vocabulary: Vocabulary
) -> Callable[[int], Step] | None:
    """Give what turns the origin's value into the field's, or None where it is the same. Raises Unfit."""
    _check_unit(field, origin)
    if field.map is not None:
        table, none = _own_map(field, origin, kind, codes, vocabulary)
        return _by_map(table, kind, none, origin, codes)
    if origin.kind in ("code", "multi_code") and kind in ("code", "multi_code"):
        return _between_lists(origin, kind, codes, vocabulary)
    if origin.kind == kind:
        precision = kinds.KINDS[kind].precision if kind in kinds.KINDS else None
        if precision is not None and kind != "datetime":
            return lambda place: steps.made_partial(place, precision)
        return None
    one, other = kinds.KINDS.get(origin.kind), kinds.KINDS.get(kind)
    if one and other and one.precision and other.precision and kind != "datetime":
        wanted = other.precision
        return lambda place: steps.made_partial(place, wanted)
    if kind in _TEXTS and origin.kind == "code" and origin.codes is not None:
        label = origin.codes.label
        return lambda place: steps.converted(place, label)
    if kind in _TEXTS and origin.kind == "division" and origin.codes is not None:
        names = origin.codes.items
        return lambda place: steps.converted(place, names.get)
    if kind in _TEXTS and origin.kind not in _NO_TEXT and not (one and one.precision):
        return None
    if {kind, origin.kind} == {"division", "division_code"}:
        return None
    if kind == "code" and origin.kind == "division" and codes is not None:
        options = codes.items
        return lambda place: steps.converted(place, lambda value: value if value in options else None)
    if kind in ("decimal", "money") and origin.kind in ("integer", "decimal", "money"):
        return lambda place: steps.converted(place, Decimal)
    raise Unfit(
        ("kind",),
        f"a term of kind '{origin.kind}' does not fit a field of kind '{kind}'",
        "give a map or a rule, or another kind",
    )


def _check_unit(field: Field, origin: _Origin) -> None:
    """Refuse to print a number in another unit than it is in; a count has none until the field names one (人, 户, 个)."""
    if not field.unit or field.unit == origin.unit:
        return
    if origin.unit:
        raise Unfit(("unit",), f"the term is in {origin.unit}, the field in {field.unit}", "derive it by a rule")
    if origin.kind in _NUMBERS and not origin.tally:
        what = f"the term names no unit, the field is in {field.unit}"
        raise Unfit(("unit",), what, "give the term its unit in the vocabulary, or leave the field's out")


def _by_map(
    table: dict[Any, Any], kind: str, none: Any, origin: _Origin, codes: CodeList | None
) -> Callable[[int], Step]:
    """Map one code or several; a field of several takes one code as a list of one.

    What a source says to be an empty list becomes the field's own word for it, if its list has one (无).
    """
    empty = (codes.none,) if codes is not None and codes.none is not None and kind == "multi_code" else None
    if empty is not None and origin.codes is not None and origin.codes.none is not None:
        table = {origin.codes.none: empty[0], **table}
    convert: Callable[[Any], Any] = table.get
    if origin.kind == "multi_code":

        def convert(value: Any) -> Any:
            made = [table.get(one) for one in value]
            return None if None in made else tuple(dict.fromkeys(made))

    elif kind == "multi_code":
        lists = {code: (option,) for code, option in table.items()}
        convert = lists.get
    return lambda place: steps.converted(place, convert, none, empty)


def _between_lists(
    origin: _Origin, kind: str, codes: CodeList | None, vocabulary: Vocabulary
) -> Callable[[int], Step] | None:
    if origin.kind == "multi_code" and kind == "code":
        raise Unfit(
            ("kind",), "several codes do not fit a field of one", "make the field multi_code, or derive it by a rule"
        )
    if origin.codes is None or codes is None or origin.codes.id == codes.id:
        if origin.kind == kind:
            return None
        return lambda place: steps.converted(place, lambda value: (value,))  # one code, where several may be
    mapping = vocabulary.mapping(origin.codes.id, codes.id)
    if mapping is None:
        what = f"the term's codes are {origin.codes.id}, the field's {codes.id}, and there is not just one mapping between them"
        raise Unfit(("codes",), what, "give the field a map, or add a mapping to codes/mappings.yaml")
    table = {code: option for code, option in mapping.codes.items() if code != "none"}
    none = mapping.codes.get("none")
    listed = (none,) if none is not None and kind == "multi_code" else none
    return _by_map(table, kind, listed, origin, codes)


def _own_map(
    field: Field, origin: _Origin, kind: str, codes: CodeList | None, vocabulary: Vocabulary
) -> tuple[dict[Any, Any], Any]:
    """Read a field's own mapping: source value → option, each by its kind."""
    if isinstance(field.map, str):
        named = vocabulary.mappings.get(field.map)
        if named is None:
            from prefill.errors import nearest

            near = nearest(field.map, vocabulary.mappings)
            raise Unfit(
                ("map",),
                f"unknown mapping '{field.map}'",
                f"did you mean '{near}'?" if near else "add it to codes/mappings.yaml",
            )
        for end, held, name in (("from", origin.codes, named.source), ("to", codes, named.target)):
            if held is not None and held.id != name:
                raise Unfit(
                    ("map",),
                    f"'{named.name}' maps {end} {name}, here it is {held.id}",
                    "name a mapping between these lists",
                )
        raw: Mapping[str, str] = named.codes
    else:
        raw = field.map or {}
    table: dict[Any, Any] = {}
    none: Any = None
    one_kind = "code" if kind == "multi_code" else kind
    for key, option in raw.items():
        target = _read(one_kind, option, codes)
        if target is None:
            raise Unfit(("map", key), f"'{option}' is no value of the field", "write a code or label of its list")
        if key == "none":
            none = (target,) if kind == "multi_code" else target
            continue
        source = _read("code" if origin.kind == "multi_code" else origin.kind, key, origin.codes)
        if source is None:
            raise Unfit(("map", key), f"'{key}' is no value of the term", "write a code or label of its list")
        table[source] = target
    return table, none


def _read(kind: str, raw: Any, codes: CodeList | None) -> Any:
    try:
        return kinds.read(kind, raw, codes)
    except kinds.Unreadable:
        return None
