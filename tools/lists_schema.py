"""Makes the JSON Schemas of what `list_to_json` writes, a roster, a tally, and of their specs. docs/rosters.md tells what the keys mean."""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias, get_args

from prefill.derivations.dates import PERIODS
from prefill.kinds import KINDS
from prefill.plans.shaping import (
    COLUMN_KEYS,
    LINE_KEYS,
    POPULATION_KEYS,
    ROSTER_KEYS,
    SHARE_KEYS,
    TABLE_KEYS,
    TALLY_KEYS,
)
from prefill.plans.tallies import AGES, POPULATIONS
from prefill.reasons import REASONS
from prefill.rosters.model import Disagreement, Public

__all__ = ["roster_schema", "spec_schemas", "tally_schema"]

Schema: TypeAlias = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_DAY: Final[Schema] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_DIALECT: Final = "http://json-schema.org/draft-07/schema#"


def _closed(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_FACT: Final = _closed({"path": _TEXT, "source": _TEXT, "as_of": _TEXT_OR_NULL})
_WAIT: Final = _closed({"name": _TEXT, "reason": {"enum": list(REASONS)}})
_CELL: Final = _closed(
    {
        "key": _TEXT,
        "status": {"enum": sorted(set(REASONS.values()))},
        "reason": {"enum": list(REASONS)},
        "value": {},
        "text": _TEXT,
        "facts": _many(_FACT),
        "others": _many(_closed({"value": {}, "text": _TEXT, "why": _TEXT, "facts": _many(_FACT)})),
        "waits_for": _many(_TEXT),
    }
)
_DISCLOSED: Final = _closed({"path": _TEXT, "source": _TEXT, "subjects": _COUNT})
_GIVEN: Final = _closed(
    {
        "records": _COUNT,
        "outside": _COUNT,
        "withheld": _COUNT,
        "repeated": _many(_closed({"subject": _TEXT, "first": _TEXT, "same": {"type": "boolean"}})),
        "unidentified": _many(_TEXT),
        "unread": _many(
            _closed({"where": _TEXT, "line": {"type": ["integer", "null"]}, "what": _TEXT, "remedy": _TEXT})
        ),
    }
)


def roster_schema() -> Schema:
    """Give the schema of a roster's JSON."""
    column = {
        "key": _TEXT,
        "label": _TEXT,
        "kind": {"enum": [*KINDS, "list"]},
        "unit": _TEXT_OR_NULL,
        "public": {"enum": [*get_args(Public), None]},
    }
    row = _closed(
        {
            "number": {"type": "integer", "minimum": 1},
            "subject": _TEXT,
            "cells": _many(_CELL),
            "why": _many(_FACT),
            "waits_for": _many(_WAIT),
        }
    )
    return _whole("roster", {"columns": _many(_closed(column)), "rows": _many(row), "undecided": _many(row)})


def tally_schema() -> Schema:
    """Give the schema of a tally's JSON."""
    stated = {
        "population": {"enum": list(POPULATIONS)},
        "label": _TEXT,
        "ages": {"enum": ["completed-years", None]},
        "cut_off": _DAY,
        "period": {"enum": ["day", "month", "quarter", "year"]},
    }
    heading = _closed({"key": _TEXT, "label": _TEXT, "unit": _TEXT_OR_NULL, "note": _TEXT_OR_NULL})
    figure = {
        "key": _TEXT,
        "value": {"type": ["integer", "string", "null"]},
        "text": _TEXT,
        "kind": {"enum": ["integer", "decimal", "money"]},
        "unit": _TEXT_OR_NULL,
        "subjects": _COUNT,
        "undecided": _COUNT,
    }
    table = {
        "key": _TEXT,
        "title": _TEXT,
        "rows": _many(heading),
        "columns": _many(heading),
        "figures": _many(_closed(figure)),
    }
    faults = get_args(Disagreement.__annotations__["fault"])
    wrong = {
        "fault": {"enum": list(faults)},
        "total": _TEXT,
        "parts": _many(_TEXT),
        "what": _TEXT,
        "subjects": _many(_TEXT),
    }
    waiting = {"type": "object", "additionalProperties": _many(_WAIT)}
    group = {"figures": _many(_TEXT), "undecided": waiting, "subjects": _many(_TEXT)}
    return _whole(
        "tally",
        {
            "stated": _closed(stated),
            "counted": _COUNT,
            "tables": _many(_closed(table)),
            "undecided": _many(_closed({"subject": _TEXT, "waits_for": _many(_WAIT)})),
            "disagreements": _many(_closed(wrong)),
            "groups": _many(_closed(group)),
        },
    )


def _whole(what: str, own: Schema) -> Schema:
    head: Schema = {
        "format": {"const": 1},
        what: _TEXT,
        "system": {"type": ["integer", "null"]},
        "version": _TEXT,
        "spec_hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "title": _TEXT,
        "agency": _TEXT,
        "purpose": _TEXT,
        "subject": _closed({"kind": _TEXT}),
        "on": _DAY,
        "head": _many(_CELL),
    }
    return {
        "$schema": _DIALECT,
        "$id": f"urn:prefill:schema:{what}",
        "title": f"A {what} as JSON",
        **_closed({**head, **own, "disclosed": _many(_DISCLOSED), "given": _GIVEN}),
    }


# ── the specs, for editors ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def spec_schemas(form: Schema) -> dict[str, Schema]:
    """Give the schemas of the specs of rosters and tallies, from that of a form's: what they say of themselves and their fields is the same."""
    field = {"$ref": "#/definitions/Field"}
    condition = {"$ref": "#/definitions/condition"}
    fields = {"type": "object", "minProperties": 1, "additionalProperties": field}
    column = _column(form["definitions"]["Field"])
    columns = {**fields, "additionalProperties": {"$ref": "#/definitions/Column"}}
    cut_off = {"enum": list(PERIODS)}
    common = {"head": fields, "fields": fields, "cut_off": cut_off}
    roster = {**common, "columns": columns, "when": condition, "sort": _one_or_many(_TEXT)}
    number = {"type": ["integer", "string"]}
    share = _own(SHARE_KEYS, {"of": _TEXT, "to": _TEXT, "places": number}, ("of", "to"))
    line = _own(
        LINE_KEYS,
        {"label": _TEXT, "when": condition, "sum": _TEXT, "share": share, "unit": _TEXT, "note": _TEXT},
        ("label",),
    )
    lines = {"type": "object", "minProperties": 1, "additionalProperties": line}
    totals = {"type": "object", "additionalProperties": {**_many(_TEXT), "minItems": 1}}
    table = _own(
        TABLE_KEYS,
        {"title": _TEXT, "when": condition, "rows": lines, "columns": lines, "totals": totals},
        ("title", "rows", "columns"),
    )
    population = _own(
        POPULATION_KEYS, {"kind": {"enum": list(POPULATIONS)}, "label": _TEXT, "when": condition}, ("kind", "label")
    )
    tally = {
        **common,
        "population": population,
        "ages": {"enum": list(AGES)},
        "tables": {"type": "object", "minProperties": 1, "additionalProperties": table},
        "agree": _many({**_many(_TEXT), "minItems": 2}),
        "open": columns,
    }
    return {
        "roster-spec": _spec("roster", form, roster, ROSTER_KEYS, ("columns",), column),
        "tally-spec": _spec("tally", form, tally, TALLY_KEYS, ("population", "tables"), column),
    }


def _own(keys: Iterable[str], properties: Schema, required: Iterable[str]) -> Schema:
    assert set(keys) == set(properties)
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _one_or_many(one: Schema) -> Schema:
    return {"anyOf": [one, {**_many(one), "minItems": 1}]}


def _column(field: Schema) -> Schema:
    """Give the schema of a roster's column: a field that is no table, and how it is posted."""
    own = {key: said for key, said in field["properties"].items() if key in COLUMN_KEYS}
    own["public"] = {"enum": list(get_args(Public)), "description": "how it stands in what is posted publicly"}
    pairs = [one for one in field["allOf"] if "not" in one and set(one["not"]["required"]) <= set(own)]
    return {**field, "properties": own, "allOf": pairs}


def _spec(what: str, form: Schema, own: Schema, keys: Iterable[str], required: Iterable[str], column: Schema) -> Schema:
    head = {key: said for key, said in form["properties"].items() if key in keys}
    assert {*head, *own} == set(keys)
    return {
        "$schema": _DIALECT,
        "$id": f"urn:prefill:schema:{what}-spec",
        "title": f"The spec of a {what} of prefill",
        "type": "object",
        "properties": {**head, **own},
        "required": [*(key for key in form["required"] if key in keys), *required],
        "additionalProperties": False,
        "definitions": {**form["definitions"], "Column": column},
    }
