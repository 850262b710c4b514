"""A report form's spec, as it is printed: form, section, field. Its shape is checked here, what it names by ``plans``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Key

from prefill.conditions import names_in
from prefill.documents import Document, Place
from prefill.errors import Problem, nearest

__all__ = [
    "Basis",
    "Case",
    "Derivation",
    "Desk",
    "Draft",
    "Field",
    "Form",
    "Mark",
    "Paper",
    "Retyped",
    "Section",
    "block_faults",
    "read_form",
]

Desk: TypeAlias = Literal[
    "community", "resident", "street", "district", "department", "hospital", "organisation", "other"
]
"""Who answers a field."""

Mark: TypeAlias = Literal["signature", "seal", "fingerprint", "photo", "consent", "date", "opinion", "other"]
"""What is put on the paper by hand."""


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Basis(_Spec):
    """How well the printed original is known: the document that publishes it, and how sure that is."""

    document: str
    confidence: Literal["high", "medium", "low"]


class Paper(_Spec):
    """What the printed form needs beside its fields: how many copies are made out, and where it is bound."""

    copies: int | None = Key(default=None, ge=2, le=9)
    binding: Literal["left", "top"] | None = None


class Case(_Spec):
    """A line of a decision table: when it holds, and what it then gives, a value (``then``) or a term's or field's (``take``)."""

    when: dict[str, Any] | None = None
    then: str | None = None
    take: str | None = None


class Derivation(BaseModel):
    """A named rule over terms or other fields; further keys are the rule's parameters.

    ``where`` says which items of a list count, ``each`` what is taken of each; ``cases`` is a decision table.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    rule: str
    of: str | tuple[str, ...] = ()
    where: dict[str, Any] | None = None
    each: str | None = None
    cases: tuple[Case, ...] | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The paths or field keys that the rule takes."""
        return (self.of,) if isinstance(self.of, str) else self.of

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it refers to, those of its conditions included."""
        found = [*self.inputs, *names_in(self.where)]
        for case in self.cases or ():
            found += names_in(case.when)
            found += [case.take] if case.take is not None else []
        return tuple(found)

    @property
    def params(self) -> Mapping[str, Any]:
        """The rule's parameters, as the spec gives them."""
        return self.model_extra or {}


_Why: TypeAlias = Annotated[str, Key(pattern=r"\S\S")]  # why a finding is let be: no empty word


class Field(_Spec):
    """One field of a form as printed, or a table with columns."""

    key: str = ""
    label: str
    from_: str | tuple[str, ...] | None = Key(default=None, alias="from")
    by: str | None = None
    derive: Derivation | None = None
    suggest: Derivation | None = None
    first_of: tuple[str, ...] | None = None
    kind: str | None = None
    codes: str | None = None
    unit: str | None = None
    required: bool = False
    help: str | None = None
    map: str | dict[str, str] | None = None
    when: dict[str, Any] | None = None
    fresh_for: str | None = None
    ask: Literal["always"] | None = None
    filled_by: Desk = "community"
    by_hand: Mark | None = None
    rows_of: str | None = None
    where: dict[str, Any] | None = None
    rows: int | None = Key(default=None, ge=1, le=200)
    more: bool = False
    columns: "dict[str, Field] | None" = None
    item_no: str | None = None
    waives: dict[str, _Why] | None = None
    note: str | None = None


class Retyped(_Spec):
    """How the target system of a retyped form takes what is copied into it: in which order, and how dates and codes are written."""

    order: tuple[str, ...] = ()
    dates: Literal["2026-11-23", "2026/11/23", "2026.11.23", "20261123", "2026年11月23日"] = "2026-11-23"
    codes: Literal["label", "code"] = "label"


class Section(_Spec):
    """A titled run of fields."""

    title: str
    fields: dict[str, Field]
    note: str | None = None


class Form(_Spec):
    """A report form: who orders it, what it is about, what becomes of it, and its sections in printed order."""

    id: str
    system: int | None = None
    version: str
    effective: str | None = None
    expires: str | None = None
    title: str
    form_number: str | None = None
    agency: str
    approval: str | None = None
    purpose: str
    subject: str
    delivery: Literal["paper", "import_file", "api", "retyped"]
    retyped: Retyped | None = None
    serves: str | tuple[str, ...] | None = None
    role: Literal["lead", "assist"] | None = None
    frequency: str | None = None
    statistical: bool = False
    waives: dict[str, _Why] | None = None
    deceased: Literal["allowed"] | None = None
    paper: Paper | None = None
    basis: Basis
    note: str | None = None
    sections: tuple[Section, ...]


@dataclass(slots=True)
class Draft:
    """A spec as far as it could be read, the faults found, and where each field stands in which file."""

    form: Form | None
    document: Document
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, tuple[Document, Place]] = field(default_factory=dict)

    def problem(self, key: str, within: Place, what: str, remedy: str) -> None:
        """Add a fault of a field, found while compiling it."""
        document, place = self.places[key]
        self.problems.append(Problem(document.name, document.line(*place, *within), what, remedy))

    def of_form(self, place: Place, what: str, remedy: str) -> None:
        """Add a fault of what the form says of itself."""
        self.problems.append(Problem(self.document.name, self.document.line(*place), what, remedy))


_FIELD_KEYS: Final = frozenset({*(f.alias or n for n, f in Field.model_fields.items()), "use", "as"} - {"key"})
_FORM_KEYS: Final = frozenset(Form.model_fields)
_SECTION_KEYS: Final = frozenset(Section.model_fields)
_SOURCES: Final = ("from", "derive", "suggest", "first_of", "by_hand", "rows_of")
_OF_A_TABLE: Final = ("rows_of", "where", "rows", "more")
_NOT_OF_A_TABLE: Final = ("from", "by", "derive", "suggest", "first_of", "by_hand", "kind", "codes", "unit", "map")
_OF_A_SOURCE: Final = ("by", "map", "fresh_for")
_BLOCK_KEYS: Final = frozenset({"fields", "note"})
_USE_KEYS: Final = frozenset({"use", "as", "when", "required"})
_MEMBERS: Final = frozenset({"str", "tuple[str, ...]", "dict[str,str]", "dict[str,any]", "function-wrap[any]"})
_WANTED: Final = {
    "from": "write a path, or from: [a, b] and by: rule",
    "derive": "write {rule: …, of: …}, or {rule: first_case, cases: [{when: {…}, then: …}]}",
    "suggest": "write {rule: …, of: …}, or {rule: first_case, cases: [{when: {…}, then: …}]}",
    "first_of": "write a list of paths: [a, b]",
    "map": "write the name of a mapping, or {code: option}",
    "when": "write {path: value} or {path: {at_least: 60}}",
    "where": "write {path: value} or {path: {at_least: 60}}",
    "rows": "write a whole number from 1 to 200",
    "system": "write the number of the system",
    "required": "write true or false",
    "more": "write true or false",
    "serves": "write one text or a list of texts",
    "basis": "write {document: …, confidence: high}",
    "paper": "write {copies: 3, binding: left}",
    "retyped": "write {dates: 2026-11-23, codes: label, order: [keys]}",
    "statistical": "write true or false",
    "waives": "write {N401: the reason}",
    "columns": "write {key: {label: …}}",
}


def read_form(document: Document, blocks: Mapping[str, Document]) -> Draft:
    """Read a form's spec; a faulty field is reported and left out, so that the faults of the others are found too.

    ``blocks`` are the runs of fields that ``use:`` names.
    """
    draft = Draft(None, document, list(document.problems))
    data = document.data
    if not isinstance(data, dict):
        draft.problems.append(Problem(document.name, 1, "not a form", "write id, version, title … and sections"))
        return draft
    reader = _Reader(document, blocks, draft)
    sections = tuple(reader.sections(data.get("sections")))
    head = {key: value for key, value in data.items() if key != "sections"}
    reader.unknown((), head, _FORM_KEYS)
    head = {key: value for key, value in head.items() if key in _FORM_KEYS}
    try:
        draft.form = Form(**head, sections=sections)
    except ValidationError as error:
        reader.invalid((), error)
        stand_in: dict[str, Any] = {
            "id": "?",
            "version": "?",
            "title": "?",
            "agency": "?",
            "purpose": "?",
            "subject": None,
            "delivery": "paper",
        }
        known: dict[str, Any] = {key: value for key, value in head.items() if isinstance(value, str)}
        basis = Basis(document="?", confidence="low")
        draft.form = Form.model_construct(**{**stand_in, **known, "system": None, "basis": basis, "sections": sections})
    return draft


def block_faults(block: Document) -> list[Problem]:
    """Give the faults of a block's file, whether or not a form uses it; those of its fields are told where it is used."""
    draft = Draft(None, block, list(block.problems))
    reader = _Reader(block, {}, draft)
    data = block.data if isinstance(block.data, dict) else {}
    reader.unknown((), data, _BLOCK_KEYS)
    if not isinstance(data.get("fields"), dict) or not data["fields"]:
        reader.problem(("fields",), "a block without fields", "write fields: {key: {label: …}}")
    return draft.problems


class _Reader:
    def __init__(self, document: Document, blocks: Mapping[str, Document], draft: Draft) -> None:
        self.document = document
        self.blocks = blocks
        self.draft = draft

    def problem(self, place: Place, what: str, remedy: str, document: Document | None = None) -> None:
        document = document or self.document
        self.draft.problems.append(Problem(document.name, document.line(*place), what, remedy))

    def unknown(
        self, place: Place, data: Mapping[str, Any], known: frozenset[str], document: Document | None = None
    ) -> None:
        for key, value in data.items():
            if key in known and value in (None, ""):
                self.problem((*place, key), f"'{key}' has no value", "write one, or leave the key out", document)
            elif key not in known:
                near = nearest(key, known)
                remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(sorted(known))
                self.problem((*place, key), f"unknown key '{key}'", remedy, document)

    def invalid(self, place: Place, error: ValidationError, document: Document | None = None) -> None:
        """Report what pydantic finds, in the words of a spec."""
        told: set[str] = set()
        for fault in error.errors(include_url=False, include_input=False):
            within = tuple(part for part in fault["loc"] if part not in _MEMBERS)
            name = ".".join(map(str, within))
            if name in told:  # the members of a union complain one after the other
                continue
            told.add(name)
            if fault["type"] == "missing":
                self.problem((*place, *within[:-1]), f"no '{name}'", f"add {within[-1]}: …", document)
            elif fault["type"] == "extra_forbidden":
                self.problem((*place, *within), f"unknown key '{name}'", "leave it out", document)
            else:
                remedy = _WANTED.get(str(within[0]), "write one text")
                if fault["type"] == "literal_error":
                    remedy = "write " + str(fault["ctx"]["expected"]).replace("'", "")
                self.problem((*place, *within), f"'{name}' is not as it should be", remedy, document)

    def sections(self, data: Any) -> list[Section]:
        if not isinstance(data, list) or not data:
            self.problem(("sections",), "no sections", "write sections: [{title: …, fields: {…}}]")
            return []
        found = []
        for index, raw in enumerate(data):
            place: Place = ("sections", index)
            if not isinstance(raw, dict):
                self.problem(place, "a section that is no mapping", "write title and fields")
                continue
            self.unknown(place, raw, _SECTION_KEYS)
            fields = self.fields((*place, "fields"), raw.get("fields"))
            kept = {key: raw[key] for key in ("title", "note") if raw.get(key) is not None}
            try:
                found.append(Section(**kept, fields=fields))
            except ValidationError as error:
                self.invalid(place, error)
                found.append(Section(title="?", fields=fields))
        return found

    def fields(self, place: Place, data: Any) -> dict[str, Field]:
        found: dict[str, Field] = {}
        if not isinstance(data, dict) or not data:
            self.problem(place, "no fields", "write fields: {key: {label: …}}")
            return found
        for key, raw in data.items():
            at = (*place, key)
            if isinstance(raw, dict) and "use" in raw:
                found.update(self.block(at, key, raw))
            else:
                made = self.field(at, key, raw, self.document)
                if made is not None:
                    found[key] = made
        return found

    def field(self, place: Place, key: str, raw: Any, document: Document, prefix: str = "") -> Field | None:
        if prefix + key in self.draft.places:
            what = f"the field key '{prefix}{key}' stands twice in this form"
            self.problem(place, what, "give each field a key of its own", document)
            return None
        if not isinstance(raw, dict):
            self.problem(place, f"the field '{key}' is no mapping", "write {label: …, from: …}", document)
            return None
        self.draft.places[prefix + key] = (document, place)
        self.unknown(place, raw, _FIELD_KEYS, document)
        kept = {name: value for name, value in raw.items() if name in _FIELD_KEYS and name != "columns"}
        for name in ("derive", "suggest"):
            if isinstance(raw.get(name), dict):
                blank = {key: value for key, value in raw[name].items() if value in (None, "")}
                self.unknown((*place, name), blank, frozenset(blank), document)
        asked = [name for name in _SOURCES if kept.get(name) is not None]
        if len(asked) > 1:
            self.problem(place, f"'{key}' has more than one origin: {', '.join(asked)}", "keep one of them", document)
            return None
        columns = None
        if "columns" in raw or "rows_of" in kept:
            columns = self.columns(place, key, raw.get("columns"), document, prefix)
        self.idle(place, kept, asked, columns is not None, document)
        try:
            return Field(**{**kept, "key": prefix + key, "columns": columns})
        except ValidationError as error:
            self.invalid(place, error, document)
            return None

    def columns(self, place: Place, key: str, raw: Any, document: Document, prefix: str) -> dict[str, Field]:
        """Read a table's columns."""
        if not isinstance(raw, dict) or not raw:
            remedy = "write columns: {key: {label: …}}"
            self.problem((*place, "columns"), f"the table '{key}' has no columns", remedy, document)
            return {}
        made = {}
        for name, column in raw.items():
            at = (*place, "columns", name)
            if isinstance(column, dict) and "use" in column:
                self.problem(at, f"the column '{name}' is a block", "write its columns out", document)
            elif (field := self.field(at, f"{key}.{name}", column, document, prefix)) is not None:
                made[name] = field
        return made

    def idle(self, place: Place, kept: Mapping[str, Any], asked: list[str], table: bool, document: Document) -> None:
        """Report keys that would do nothing where they stand."""
        checks = (
            (_NOT_OF_A_TABLE if table else _OF_A_TABLE, "of a table" if table else "without columns"),
            (() if asked else _OF_A_SOURCE, "of a field that is filled from nothing"),
            (() if "rows_of" in kept else ("where", "more") if table else (), "of a table over no list"),
        )
        for keys, what in checks:
            for key in keys:
                if kept.get(key) is not None:
                    self.problem((*place, key), f"'{key}' {what} does nothing", "leave it out", document)

    def block(self, place: Place, key: str, raw: dict[str, Any]) -> dict[str, Field]:
        """Write a block's fields out, speaking of the role that ``as`` names."""
        self.unknown(place, raw, _USE_KEYS)
        name, role = str(raw["use"]), raw.get("as")
        block = self.blocks.get(name)
        if block is None:
            near = nearest(name, self.blocks)
            remedy = (
                f"did you mean '{near}'?"
                if near
                else "one of: " + (", ".join(sorted(self.blocks)) or "(there is none)")
            )
            self.problem((*place, "use"), f"unknown block '{name}'", remedy)
            return {}
        if not isinstance(role, str):
            self.problem(place, "a block without 'as'", "add as: resident, the role that it speaks of")
            return {}
        if raw.get("when") is not None and not isinstance(raw["when"], dict):
            self.problem((*place, "when"), "'when' is not as it should be", _WANTED["when"])
            return {}
        found: dict[str, Field] = {}
        self.draft.problems += block_faults(block)
        fields = block.data.get("fields") if isinstance(block.data, dict) else None
        for inner, data in fields.items() if isinstance(fields, dict) else ():
            full = f"{key}.{inner}"
            spoken = _speak_of(data, role)
            if isinstance(spoken, dict) and raw.get("when") is not None:
                own = spoken.get("when", raw["when"])
                both = _both(raw["when"], own) if own and isinstance(own, dict) else own
                spoken = {**spoken, "when": both}
            if isinstance(spoken, dict) and raw.get("required") is not None:
                spoken = {**spoken, "required": raw["required"]}
            made = self.field(("fields", inner), full, spoken, block)
            if made is not None:
                found[full] = made
        return found


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Give the condition that holds where both do."""
    if one == other:
        return one
    return {**one, **other} if not set(one) & set(other) else {"not": {"any": [{"not": one}, {"not": other}]}}


def _speak_of(data: Any, role: str) -> Any:
    """Put the role before each path of a block that begins with a point."""
    if isinstance(data, dict):
        return {
            (role + key if key.startswith(".") else key): (
                value if key in ("label", "help", "map") else _speak_of(value, role)
            )
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_speak_of(item, role) for item in data]
    return role + data if isinstance(data, str) and data.startswith(".") else data
