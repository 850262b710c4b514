"""Makes the JSON Schemas of what `list_to_json` writes: a roster, a tally. docs/rosters.md tells what the keys mean."""

from typing import Any, Final, TypeAlias, get_args

from prefill.kinds import KINDS
from prefill.plans.tallies import POPULATIONS
from prefill.reasons import REASONS
from prefill.rosters.model import Disagreement, Public

__all__ = ["roster_schema", "tally_schema"]

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
