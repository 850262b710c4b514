"""Makes the JSON Schemas that editors and other programs check files with, from the models and the vocabulary: `make docs`.

Nothing is written by hand here but what the models cannot know: which keys name paths, lists, rules and blocks. What a key means is
read from the tables of docs/form-spec.md and docs/record.md, so that an editor and the docs say the same.
"""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, Final, TypeAlias

import prefill
from prefill import forms
from prefill.catalogue import Catalogue, bundled_folder
from prefill.conditions import OPERATORS
from prefill.derivations import RULES
from prefill.kinds import KINDS
from prefill.plans.applying import _CASES as CASE_RULES
from prefill.plans.applying import ROW_RULES
from prefill.reasons import REASONS
from prefill.receiving.reading import ACTS
from prefill.records.reading import _ABSENCES, ORIGINS
from prefill.vocabulary import Term
from tools.lists_schema import roster_schema, spec_schemas, tally_schema

Schema: TypeAlias = dict[str, Any]

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = bundled_folder("form_specs") / "schema"
DIALECT: Final = "http://json-schema.org/draft-07/schema#"  # what the YAML language server reads best
BASE: Final = "urn:prefill:schema:"

SCALAR: Final[Schema] = {"$ref": "#/definitions/text"}
PATH: Final[Schema] = {"$ref": "#/definitions/path"}
CONDITION: Final[Schema] = {"$ref": "#/definitions/condition"}
ABOUT: Final = {  # the keys of what stands within a field or a section, which the tables of the docs speak of together
    "kind": "the kind of the value (text, date, code …), where no term says it or the form differs",
    "codes": "the code list whose labels are the field's options, where no term says it or the form differs",
    "unit": "the unit of a number as printed (元, 人, 公斤); it must be its term's or rule's, where that has one",
    "required": "whether the printed form demands an answer",
    "help": "a hint for the worker, printed with the field",
    "note": "what is uncertain or why something differs, for those who edit the spec; not printed",
    "by": "the rule that joins the paths of from",
    "title": "as printed",
    "fields": "the fields in printed order, by key: English words, unique in the form, none of them a root of the vocabulary",
    "rule": "the name of the rule",
    "of": "what the rule is applied to: paths of terms, keys of fields of this form, or a table's column (members.income)",
    "where": "which items or rows count",
    "each": "what is taken of each of a list's items: .name",
    "cases": "a decision table: its lines are gone through in order, and the first that holds counts (every_case: each that holds)",
    "then": "the value that the case gives: a code, true or false, a text",
    "take": "the term, or the field of this form, whose value the case gives",
    "document": "the document that publishes the form",
    "confidence": "how well the printed original is known",
    "copies": "in how many copies the form is made out, which its page says (本表一式三份)",
    "binding": "the edge at which the paper is bound, where a margin of 25 mm is left",
    "use": "the name of a block: a run of fields that many forms print alike (blocks/*.yaml)",
    "as": "the role that the block speaks of: resident, organisation …",
    "when": "asked only if this condition holds",
}
WITHIN: Final = ("Derivation", "Case", "Section", "Paper")
PATHS: Final = frozenset({"from", "first_of", "rows_of", "of", "each", "take"})


def form_schema(catalogue: Catalogue) -> Schema:
    """Give the schema of a form spec: every key with its meaning, the closed lists, what the bundled catalogue has to name."""
    model = forms.Form.model_json_schema(by_alias=True)
    about = told("form-spec.md")
    vocabulary = catalogue.vocabulary
    definitions: Schema = {}
    for name, part in {**model["$defs"], "Form": {k: v for k, v in model.items() if k != "$defs"}}.items():
        own = {key: plain(key, said) for key, said in part["properties"].items() if key != "key"}
        for key, said in own.items():
            meaning = ABOUT.get(key) if name in WITHIN or key in ABOUT else None
            said["description"] = meaning or about.get(key) or ABOUT.get(key, "")
        definitions[name] = {
            "type": "object",
            "description": part.get("description", ""),
            "properties": own,
            "required": [key for key in part.get("required", ()) if key != "key"],
            "additionalProperties": bool(part.get("additionalProperties", True)),
        }
    definitions["Form"]["properties"]["subject"].update(open_list(vocabulary.roots, vocabulary.labels))
    field = definitions["Field"]
    field["properties"]["kind"].update(closed(KINDS))
    field["properties"]["by"].update(closed(RULES))
    field["properties"]["codes"].update(open_list(vocabulary.codes))
    field["properties"]["map"]["anyOf"] = [
        open_list(vocabulary.mappings),
        {"type": "object", "additionalProperties": SCALAR, "minProperties": 1},
    ]
    field["properties"]["columns"] = {
        **{k: v for k, v in field["properties"]["columns"].items() if k == "description"},
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"$ref": "#/definitions/Field"},
    }
    # a field has one origin at most; what a table has, a field has not
    field["allOf"] = [{"not": {"required": list(pair)}} for pair in combinations(forms._SOURCES, 2)]
    field["allOf"].append(
        {
            "if": {"required": ["columns"]},
            "then": {"not": {"anyOf": [{"required": [key]} for key in forms._NOT_OF_A_TABLE]}},
            "else": {"not": {"anyOf": [{"required": [key]} for key in forms._OF_A_TABLE]}},
        }
    )
    definitions["Use"] = {
        "type": "object",
        "description": "A block's fields, written here and speaking of the role that 'as' names.",
        "properties": {
            "use": {"description": ABOUT["use"], **open_list(catalogue.blocks)},
            "as": {"description": ABOUT["as"], **PATH},
            "when": {"description": ABOUT["when"], **CONDITION},
            "required": {"description": ABOUT["required"], **truth()},
        },
        "required": ["use", "as"],
        "additionalProperties": False,
    }
    assert set(definitions["Use"]["properties"]) == forms._USE_KEYS
    definitions["Section"]["properties"]["fields"].update(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "if": {"required": ["use"]},
                "then": {"$ref": "#/definitions/Use"},
                "else": {"$ref": "#/definitions/Field"},
            },
        }
    )
    definitions["Form"]["properties"]["sections"]["minItems"] = 1
    definitions["Derivation"] = derivation(definitions["Derivation"])
    definitions.update(common(known_paths(catalogue)))
    form = definitions.pop("Form")
    return {
        "$schema": DIALECT,
        "$id": BASE + "form",
        "title": "A form spec of prefill",
        **form,
        "definitions": definitions,
    }


def derivation(base: Schema) -> Schema:
    """Give the schema of ``derive`` and ``suggest``: for each rule the parameters that it takes, and no others."""
    base["properties"]["rule"].update(closed(RULES))
    own = {key: said for key, said in base["properties"].items() if key != "rule"}
    own["cases"]["minItems"] = 1
    rules = []
    for rule in RULES.values():
        if rule.name in CASE_RULES:
            allowed, required = {"cases"}, ["cases"]
        elif rule.name in ROW_RULES:
            required = ["of"] * (rule.name == "rank")
            allowed = set(required)
        else:
            allowed = {*own, *rule.params} - {"cases"}
            required = [name for name in rule.params if name not in rule.defaults] + ["of"] * (rule.inputs[0] > 0)
        then: Schema = {
            "description": first_line(rule.function),
            "properties": {
                "rule": {},
                **{
                    key: own.get(key, {"description": f"a parameter of the rule {rule.name}"})
                    for key in sorted(allowed)
                },
            },
            "required": required,
            "additionalProperties": False,
        }
        rules.append({"if": {"properties": {"rule": {"const": rule.name}}, "required": ["rule"]}, "then": then})
    return {**base, "additionalProperties": True, "allOf": rules}


def plain(key: str, said: Schema) -> Schema:
    """Make what a model says of a key into what a file may hold: scalars are read as text, so a number is one, too."""
    choices = [one for one in said.get("anyOf", [said]) if one.get("type") != "null"]
    made = [_one(key, choice) for choice in choices]
    return dict(made[0]) if len(made) == 1 else {"anyOf": made}


def _one(key: str, said: Schema) -> Schema:
    if "$ref" in said:
        return {"$ref": said["$ref"].replace("$defs", "definitions")}
    kind = said.get("type")
    if "enum" in said or "const" in said:
        return {"enum": said.get("enum") or [said["const"]]}
    if key in ("when", "where"):
        return dict(CONDITION)
    if kind == "string":
        return dict(PATH) if key in PATHS else duration() if key == "fresh_for" else dict(SCALAR)
    if kind == "boolean":
        return truth()
    if kind == "integer":
        limits = {name: said[name] for name in ("minimum", "maximum") if name in said}
        return {"anyOf": [{"type": "integer", **limits}, {"type": "string", "pattern": "^[0-9]+$"}]}
    if kind == "array":
        return {
            "type": "array",
            "items": plain(key, said.get("items", {})) if said.get("items") else {},
            "minItems": 0 if key == "of" else 1,
        }
    if kind == "object":
        inner = said.get("additionalProperties")
        return {
            "type": "object",
            "additionalProperties": plain(key, inner) if isinstance(inner, dict) and inner else True,
        }
    return {}


def common(paths: Iterable[str]) -> Schema:
    """Give the parts that many keys share: text, paths, conditions."""
    operators: Schema = {name: {} for name in OPERATORS}
    for name in ("at_least", "at_most", "over", "under", "before", "after", "in_group", "contains"):
        operators[name] = {"anyOf": [SCALAR, {"type": "array", "items": SCALAR, "minItems": 1}]}
    operators["known"] = truth()
    return {
        "text": {
            "description": "a scalar: prefill reads every one as text, so 0420 stays 0420",
            "anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}, {"type": "boolean"}],
        },
        "path": {
            "description": "a term's path (resident.hukou.address), of a row's item (.name), or a field of this form",
            "anyOf": [
                {"enum": sorted(paths)},
                {"type": "string", "pattern": r"^\.?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"},
            ],
        },
        "condition": {
            "description": "holds if all its comparisons hold; any: [{…}, {…}] if one does; not: {…} if that does not",
            "type": "object",
            "minProperties": 1,
            "properties": {
                "any": {"type": "array", "items": CONDITION, "minItems": 1},
                "not": CONDITION,
            },
            "additionalProperties": {
                "anyOf": [
                    SCALAR,
                    {"type": "array", "items": SCALAR, "minItems": 1},
                    {"type": "object", "properties": operators, "additionalProperties": False, "minProperties": 1},
                ]
            },
        },
    }


def known_paths(catalogue: Catalogue) -> set[str]:
    """Give the paths that an editor proposes: each root's own terms. Others lead through roles, and are text like them."""
    vocabulary = catalogue.vocabulary
    found = set(vocabulary.roots)
    for root, kind in vocabulary.roots.items():
        found |= {f"{root}.{path}" for path in vocabulary.types[kind].terms}
    return found


def closed(names: Iterable[str]) -> Schema:
    """Give a list that a spec cannot add to."""
    return {"enum": list(names), "$ref": None}


def open_list(names: Iterable[str], labels: Mapping[str, str] | None = None) -> Schema:
    """Give a list that a folder of one's own may add to: known names are proposed, others allowed."""
    return {"anyOf": [{"enum": sorted(names)}, {"type": "string", "minLength": 1}], "$ref": None}


def truth() -> Schema:
    """Give what is read as yes or no."""
    return {"enum": [True, False, "true", "false"]}


def duration() -> Schema:
    """Give a duration in ISO 8601, without a time part."""
    return {"type": "string", "pattern": r"^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$"}


def told(page: str) -> dict[str, str]:
    """Give what the tables of a page say of each key, without their marks."""
    found: dict[str, str] = {}
    for keys, meaning in re.findall(
        r"^\| ((?:`[\w ]+`(?:, )?)+) \| (.+) \|$", (ROOT / "docs" / page).read_text("utf-8"), re.M
    ):
        text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", meaning).replace("`", "").replace("\\|", "|")
        for key in re.findall(r"`([\w ]+)`", keys):
            found.setdefault(key, text)
    return found


def first_line(thing: object) -> str:
    """The first line of a docstring, without its full stop."""
    return (thing.__doc__ or "").strip().split("\n")[0].removesuffix(".")


def tidy(node: Any) -> Any:
    """Leave out what was only a place to write to; a $ref stands alone in draft 7, so what stands beside it goes around it."""
    if isinstance(node, list):
        return [tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: tidy(value) for key, value in node.items() if not (key == "$ref" and value is None)}
    if "$ref" in made and len(made) > 1:
        made = {**{k: v for k, v in made.items() if k != "$ref"}, "allOf": [{"$ref": made["$ref"]}]}
    return made


def record_schema(catalogue: Catalogue) -> Schema:
    """Give the schema of a record: statements, with the terms of the vocabulary for each kind of entity."""
    vocabulary = catalogue.vocabulary
    about = told("record.md")
    definitions: Schema = {
        name: {
            "type": "object",
            "title": kind.label,
            "properties": _tree(kind.terms.values()),
            "additionalProperties": False,
        }
        for name, kind in vocabulary.types.items()
    }
    names = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string"}}]}
    for absence in _ABSENCES:  # of an entity's own terms, too
        for entity in definitions.values():
            entity["properties"].setdefault(absence, {**names, "description": about[absence]})
    statement = {
        "type": "object",
        "properties": {
            "source": {**open_list(vocabulary.sources), "description": about["source"]},
            "as_of": {"type": ["string", "null"], "description": about["as_of"]},
            "origin": {"enum": list(ORIGINS), "description": about["origin"]},
            "purpose": {"type": "string", "description": about["purpose"]},
            "entities": {"description": about["entities"]},
            **{absence: {**names, "description": about[absence]} for absence in _ABSENCES},
            **{
                root: {"description": vocabulary.labels.get(root, root), "$ref": f"#/definitions/{kind}"}
                for root, kind in vocabulary.roots.items()
                if root != "filing"
            },
        },
        "required": ["source"],
        "additionalProperties": False,
    }
    definitions["statement"] = statement
    one = {"$ref": "#/definitions/statement"}
    return {
        "$schema": DIALECT,
        "$id": BASE + "record",
        "title": "A record of prefill: what each source said of a subject, and when",
        "anyOf": [{"type": "array", "items": one, "minItems": 1}, one],
        "definitions": definitions,
    }


def _tree(terms: Iterable[Term]) -> Schema:
    """Give nested objects for dotted paths, as a record writes them; a value may be null, which says nothing."""
    made: Schema = {}
    for term in terms:
        *branches, leaf = term.path.split(".")
        at = made
        for branch in branches:
            at = at.setdefault(branch, {"type": ["object", "null"], "properties": {}, "additionalProperties": False})[
                "properties"
            ]
        at[leaf] = _term(term)
    return made


def _term(term: Term) -> Schema:
    if term.to is None:
        return {"description": f"{term.label} ({term.kind})"}
    entity: Schema = {"$ref": f"#/definitions/{term.to}"}
    if term.link:  # what belongs to the membership stands with the member's own terms
        entity = {"type": "object"}
    if term.many:
        return {"description": term.label, "anyOf": [{"type": "array", "items": entity}, {"type": "null"}]}
    return {"description": term.label, "anyOf": [entity, {"type": ["null", "array"], "maxItems": 0}]}


def filled_schema() -> Schema:
    """Give the schema of a filled form's JSON, as docs/json.md tells it."""
    text, number = {"type": "string"}, {"type": "number"}
    fact = _closed_object({"path": text, "source": text, "as_of": {"type": ["string", "null"]}})
    other = _closed_object({"value": {}, "text": text, "facts": {"type": "array", "items": fact}})
    statuses = sorted(set(REASONS.values()))
    entry = _closed_object(
        {
            "key": text,
            "label": text,
            "section": text,
            "row": {"type": ["string", "null"]},
            "kind": {"enum": [*KINDS, "list"]},
            "status": {"enum": statuses},
            "reason": {"enum": list(REASONS)},
            "value": {},
            "text": text,
            "facts": {"type": "array", "items": fact},
            "others": {"type": "array", "items": other},
            "waits_for": {"type": "array", "items": text},
        }
    )
    from prefill.savings.measuring import _JSON_KEYS

    head = {
        "format": {"const": 1},
        "form": text,
        "system": {"type": ["integer", "null"]},
        "version": text,
        "subject": {"type": "object", "properties": {"kind": text}, "required": ["kind"]},
        "on": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "entries": {"type": "array", "items": entry},
        "savings": _closed_object(dict.fromkeys(_JSON_KEYS, number)),
    }
    return {
        "$schema": DIALECT,
        "$id": BASE + "filled",
        "title": "A filled form as JSON",
        "type": "object",
        "properties": head,
        "required": list(head),
    }


def submission_schema() -> Schema:
    """Give the schema of a submission, as docs/receiving.md tells it."""
    text: Schema = {"type": "string"}
    key, row = (
        {"pattern": r"^[a-z][a-z0-9_.]*(@(r[0-9]+|\+[1-9][0-9]*))?$"},
        {"type": "string", "pattern": r"^(r[0-9]+|\+[1-9][0-9]*)$"},
    )
    scalar = {"type": ["string", "number", "boolean", "null"]}
    value: Schema = {"anyOf": [scalar, {"type": "array", "items": text, "maxItems": 1000}]}
    about = told("receiving.md")
    acts: dict[str, Schema] = {
        "value": {**value},
        "confirm": {"const": True},
        "choose": {"type": "integer", "minimum": 0},
        "clear": {"const": True},
        "revert": {"const": True},
    }
    assert set(acts) == set(ACTS)
    scope: Schema = {"enum": ["record", "form"]}
    answer = {
        "type": "object",
        "properties": {
            **acts,
            "scope": scope,
            "evidence": {"type": "string", "maxLength": 2000},
        },
        "oneOf": [{"required": [act]} for act in acts],
        "additionalProperties": False,
    }
    answers: Schema = {
        "type": "object",
        "propertyNames": key,
        "additionalProperties": {"anyOf": [*value["anyOf"], answer]},
    }
    rows = {
        "type": "object",
        "properties": {"row": row, "answers": answers, "removed": {"type": "boolean"}, "scope": scope},
        "required": ["row"],
        "additionalProperties": False,
    }
    effort = _closed_object(
        {"keys": {"type": ["integer", "null"], "minimum": 0}, "seconds": {"type": "number", "minimum": 0}}
    )
    properties: Schema = {
        "form": text,
        "version": text,
        "on": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "token": text,
        "answers": {**answers, "description": about["answers"]},
        "rows": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": rows},
            "description": about["rows"],
        },
        "effort": {
            "type": "object",
            "propertyNames": key,
            "additionalProperties": effort,
            "description": about["effort"],
        },
        "filled": {"type": "object", "description": about["filled"]},
    }
    return {
        "$schema": DIALECT,
        "$id": BASE + "submission",
        "title": "What a worker sends back of a filled form",
        "type": "object",
        "properties": properties,
        "required": ["form", "version"],
        "additionalProperties": False,
    }


def _closed_object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def schemas(catalogue: Catalogue | None = None) -> dict[Path, str]:
    """Give every schema's file and its text."""
    catalogue = catalogue or prefill.open_catalogue()
    made = {
        "form": form_schema(catalogue),
        "record": record_schema(catalogue),
        "filled": filled_schema(),
        "submission": submission_schema(),
        "roster": roster_schema(),
        "tally": tally_schema(),
        **spec_schemas(form_schema(catalogue)),
    }
    return {
        FOLDER / f"{name}.schema.json": json.dumps(tidy(schema), ensure_ascii=False, indent=1) + "\n"
        for name, schema in made.items()
    }
