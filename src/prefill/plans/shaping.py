"""The specs of rosters and tallies, read as forms whose hidden fields decide who stands in them.

A condition becomes a field without a value that is asked only ``when`` it holds, so that purpose, withholding, freshness and
derivation are those of any form. What the spec says is left where it stands: faults name its own file and lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from prefill.documents import Document, Place
from prefill.errors import Problem, nearest
from prefill.forms import Draft, Field, Form, read_form

__all__ = [
    "COLUMN_KEYS",
    "HIDDEN",
    "LINE_KEYS",
    "MEMBER",
    "POPULATION",
    "POPULATION_KEYS",
    "ROSTER_KEYS",
    "SHARE_KEYS",
    "TABLE_KEYS",
    "TALLY_KEYS",
    "Shape",
    "hidden_line",
    "hidden_sum",
    "hidden_table",
]

_OF_A_PAGE: Final = frozenset({"sections", "retyped", "paper"})
_HEAD: Final = frozenset(Form.model_fields) - _OF_A_PAGE
ROSTER_KEYS: Final = _HEAD | {"when", "head", "columns", "fields", "sort", "cut_off"}
TALLY_KEYS: Final = _HEAD | {"population", "ages", "head", "fields", "tables", "agree", "open", "cut_off"}
_OF_A_TABLE: Final = frozenset({"rows_of", "where", "rows", "more", "columns"})
COLUMN_KEYS: Final = (
    frozenset(one.alias or name for name, one in Field.model_fields.items()) - _OF_A_TABLE - {"key"}
) | {"public"}
POPULATION_KEYS: Final = frozenset({"kind", "label", "when"})
TABLE_KEYS: Final = frozenset({"title", "when", "rows", "columns", "totals"})
LINE_KEYS: Final = frozenset({"label", "when", "sum", "share", "unit", "note"})
SHARE_KEYS: Final = frozenset({"of", "to", "places"})

HIDDEN: Final = "?"
"""What the key of a hidden field begins with."""

MEMBER: Final = "?member"
POPULATION: Final = "?population"


def hidden_table(table: str) -> str:
    """Give the key of the hidden field that decides who stands in a table."""
    return f"?{table}"


def hidden_line(table: str, line: str) -> str:
    """Give the key of the hidden field that decides who stands in a row or a column."""
    return f"?{table}.{line}"


def hidden_sum(table: str, line: str) -> str:
    """Give the key of the hidden field whose value a row or a column sums."""
    return f"?{table}.{line}+"


@dataclass(slots=True)
class _Shaped(Document):
    """A spec read as a form: it knows where in the file stands what the form has elsewhere."""

    moved: dict[Place, Place] = field(default_factory=dict)

    def line(self, *place: str | int) -> int | None:
        """Give the line where the spec has what the form has at this place."""
        for end in range(len(place), -1, -1):
            origin = self.moved.get(place[:end])
            if origin is not None:
                return Document.line(self, *origin, *place[end:])
        return Document.line(self, *place)


class Shape:
    """A spec while it is read: its data, its faults, and the form that it is read as."""

    def __init__(self, document: Document, known: Iterable[str], what: str) -> None:
        """Take the spec and the keys that it may have; ``what`` is what it is called in messages."""
        self.document = document
        self.problems: list[Problem] = list(document.problems)
        self.data: dict[str, Any] = {}
        if isinstance(document.data, dict):
            self.data = {key: value for key, value in document.data.items() if key in known}
            self.unknown((), document.data, known)
        else:
            self.problem((), f"not a {what}", "write id, version, title …")
        self.sections: list[dict[str, Any]] = []
        self.moved: dict[Place, Place] = {}

    def problem(self, place: Place, what: str, remedy: str) -> None:
        """Add a fault found at this place."""
        self.problems.append(Problem(self.document.name, self.document.line(*place), what, remedy))

    def unknown(self, place: Place, data: Mapping[str, Any], known: Iterable[str]) -> None:
        """Report keys that nobody knows, and those that have no value."""
        for key, value in data.items():
            if key not in known:
                near = nearest(key, known)
                remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(sorted(known))
                self.problem((*place, key), f"unknown key '{key}'", remedy)
            elif value in (None, ""):
                self.problem((*place, key), f"'{key}' has no value", "write one, or leave the key out")

    def text(self, data: Mapping[str, Any], key: str, place: Place, remedy: str) -> str:
        """Give a text that must be there; "?" with a fault where it is not."""
        value = data.get(key)
        if isinstance(value, str) and value:
            return value
        if key not in data:
            self.problem(place, f"no '{key}'", f"add {key}: {remedy}")
        elif value:
            self.problem((*place, key), f"'{key}' is not as it should be", f"write {remedy}")
        return "?"

    def choice(self, data: Mapping[str, Any], key: str, place: Place, options: Iterable[str], default: str) -> str:
        """Give one of several words; ``default`` where it is not said, or with a fault where it is none of them."""
        value = data.get(key, default)
        if value in options:
            return str(value)
        if value not in (None, ""):  # told as a key without a value
            self.problem((*place, key), f"'{key}' is not as it should be", "write " + " or ".join(options))
        return default

    def mapping(self, data: Mapping[str, Any], key: str, place: Place, remedy: str) -> dict[str, Any]:
        """Give a map that may be left out; an empty one, with a fault, where it is none."""
        value = data.get(key)
        if value in (None, ""):
            return {}
        if isinstance(value, dict) and value:
            return value
        self.problem((*place, key), f"'{key}' is not as it should be", f"write {remedy}")
        return {}

    # ── the form that it is read as ──────────────────────────────────────────────────────────────────────────────────────

    def section(self, title: str, fields: Mapping[str, Any], places: Mapping[str, Place]) -> None:
        """Add fields to the form, which stand at these places in the spec."""
        if fields:
            for key in fields:
                self.moved["sections", len(self.sections), "fields", key] = places[key]
            self.sections.append({"title": title, "fields": dict(fields)})

    def columns(self, key: str, place: Place = ()) -> dict[str, str | None]:
        """Add the fields under a key as columns of a roster; give each with how it is posted publicly."""
        said = self.mapping(self.data, key, place, "columns: {key: {label: …, from: …}}")
        public: dict[str, str | None] = {}
        fields: dict[str, Any] = {}
        for name, column in said.items():
            at: Place = (*place, key, name)
            fields[name] = column
            public[name] = None
            if isinstance(column, dict):
                self.unknown(at, {one: said for one, said in column.items() if one not in _OF_A_TABLE}, COLUMN_KEYS)
                for table in column.keys() & _OF_A_TABLE:
                    self.problem(
                        (*at, table), f"'{name}' is a table, and a row is one subject", "count it, or take it out"
                    )
                if "public" in column:
                    public[name] = self.choice(column, "public", at, ("plain", "masked"), "masked")
                fields[name] = {one: value for one, value in column.items() if one in COLUMN_KEYS - {"public"}}
        self.section(self.title, fields, {name: (*place, key, name) for name in fields})
        return public

    def fields(self, key: str) -> None:
        """Add the fields under a key, as any form has them."""
        said = self.mapping(self.data, key, (), "{key: {label: …, from: …}}")
        self.section(self.title, said, {name: (key, name) for name in said})

    @property
    def title(self) -> str:
        """The title, for the sections of the form, which nobody sees."""
        title = self.data.get("title")
        return title if isinstance(title, str) and title else "-"

    def draft(self, blocks: Mapping[str, Document], subject: str | None = None) -> Draft:
        """Read the form; ``subject`` is of what, where not of the spec's own subject."""
        head = {key: value for key, value in self.data.items() if key in _HEAD and value not in (None, "")}
        if subject is not None:
            head["subject"] = subject
        document = self.document
        shaped = _Shaped(
            document.name,
            {**head, "sections": self.sections},
            [],
            document.broken,
            text=document.text,
            moved=self.moved,
        )
        draft = read_form(shaped, blocks)
        self.sections, self.moved = [], {}
        return draft
