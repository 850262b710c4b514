"""The JSON Schemas: current, true of every file that comes with prefill, and false of the faults that are usual."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import prefill
from prefill import forms
from prefill.catalogue import Catalogue, bundled_folder
from prefill.documents import read_document
from tools import schema as tool

SPECS = bundled_folder("form_specs")
FORMS = sorted(SPECS.glob("[0-9][0-9]-*.yaml"))
RECORDS = [file for file in sorted(SPECS.glob("samples/**/*.yaml")) if file.name != "index.yaml"]


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as an editor reads a file: `on` is a text, a date too."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in found if tag.rsplit(":", 1)[1] in ("int", "float", "null")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def validator(name: str) -> jsonschema.Draft7Validator:
    schema = json.loads((SPECS / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.fixture(scope="module")
def form_spec() -> jsonschema.Draft7Validator:
    return validator("form")


@pytest.fixture(scope="module")
def record_spec() -> jsonschema.Draft7Validator:
    return validator("record")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


def faults(schema: jsonschema.Draft7Validator, data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in schema.iter_errors(data)]


def test_the_schemas_are_as_the_models_have_them(catalogue: Catalogue) -> None:
    stale = [p.name for p, text in tool.schemas(catalogue).items() if not p.exists() or p.read_text("utf-8") != text]
    assert not stale, "run `make docs`"


@pytest.mark.parametrize("file", FORMS, ids=lambda file: str(file.stem))
def test_every_form_is_valid_as_prefill_and_as_an_editor_reads_it(
    file: Path, form_spec: jsonschema.Draft7Validator
) -> None:
    assert faults(form_spec, read_document(file).data) == []
    assert faults(form_spec, yaml.load(file.read_text(encoding="utf-8"), Core)) == []


@pytest.mark.parametrize("file", RECORDS, ids=lambda file: str(file.stem))
def test_every_sample_is_a_record(file: Path, record_spec: jsonschema.Draft7Validator) -> None:
    assert faults(record_spec, read_document(file).data) == []


def test_a_filled_form_is_as_its_schema_says(catalogue: Catalogue) -> None:
    sample = catalogue.samples()["health-record"]
    record = catalogue.read_record(*sample.record)
    filled = prefill.fill(catalogue.plan("health-record"), record, on=sample.on, filing=sample.filing)
    assert faults(validator("filled"), json.loads(prefill.to_json(filled))) == []


def properties(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, value in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ():
            yield f"{path}.{name}", value
        for key, value in node.items():
            yield from properties(value, f"{path}/{key}")


def test_every_key_has_its_meaning_and_none_is_missing(form_spec: jsonschema.Draft7Validator) -> None:
    schema: Any = form_spec.schema
    silent = [
        f"{name}.{key}"
        for name in ("Field", "Section", "Basis", "Use", "Derivation", "Case")
        for key, said in schema["definitions"][name]["properties"].items()
        if not said.get("description")
    ]
    silent += [key for key, said in schema["properties"].items() if not said.get("description")]
    assert not silent, "tell of them in docs/form-spec.md"
    assert set(schema["properties"]) == forms._FORM_KEYS
    assert set(schema["definitions"]["Field"]["properties"]) == forms._FIELD_KEYS - {"use", "as"}
    assert set(schema["definitions"]["Section"]["properties"]) == forms._SECTION_KEYS


GOOD: dict[str, Any] = {
    "id": "dog",
    "version": "1",
    "title": "T",
    "agency": "A",
    "purpose": "p",
    "subject": "resident",
    "delivery": "paper",
    "basis": {"document": "d", "confidence": "low"},
    "sections": [{"title": "S", "fields": {"name": {"label": "N", "from": "resident.name"}}}],
}


def with_field(**keys: Any) -> dict[str, Any]:
    spec = copy.deepcopy(GOOD)
    spec["sections"][0]["fields"]["it"] = {"label": "L", **keys}
    return spec


@pytest.mark.parametrize(
    "spec",
    [
        {key: value for key, value in GOOD.items() if key != "agency"},
        {**GOOD, "colour": "red"},
        {**GOOD, "delivery": "fax"},
        {**GOOD, "basis": {"document": "d", "confidence": "sure"}},
        {**GOOD, "sections": []},
        {**GOOD, "sections": [{"title": "S", "fields": {}}]},
        with_field(lable="L"),
        with_field(label=""),
        with_field(kind="words"),
        with_field(filled_by="nobody"),
        with_field(by_hand="stamp"),
        with_field(ask="sometimes"),
        with_field(fresh_for="1 year"),
        with_field(**{"from": "resident.name", "by_hand": "signature"}),
        with_field(**{"from": "居民.姓名"}),
        with_field(derive={"rule": "aeg", "of": "resident.birth_date"}),
        with_field(derive={"rule": "age", "of": "resident.birth_date", "digits": 4}),
        with_field(derive="age"),
        with_field(derive={"rule": "age"}),
        with_field(derive={"rule": "look_up", "of": "resident.age"}),
        with_field(derive={"rule": "first_case", "of": "resident.age"}),
        with_field(derive={"rule": "first_case", "cases": []}),
        with_field(derive={"rule": "first_case", "cases": [{"if": {"resident.age": "3"}, "then": "1"}]}),
        with_field(derive={"rule": "age", "of": "resident.birth_date", "cases": [{"then": "1"}]}),
        with_field(when={"resident.age": {"atleast": 60}}),
        with_field(when="always"),
        with_field(rows=3),
        with_field(rows_of="family.members", columns={}),
        with_field(kind="text", columns={"name": {"label": "N", "from": ".name"}}),
        with_field(use="division"),
        with_field(map=[]),
    ],
)
def test_the_usual_faults_are_seen(spec: dict[str, Any], form_spec: jsonschema.Draft7Validator) -> None:
    assert faults(form_spec, GOOD) == []
    assert faults(form_spec, spec)


def test_a_submission_is_as_its_schema_says() -> None:
    schema = validator("submission")
    answers = {
        "phone": {"value": "13900001234", "scope": "form"},
        "address": {"confirm": True},
        "email": {"clear": True},
        "diseases": ["2"],
        "spouse": {"choose": 1, "evidence": "户口簿"},
        "mobile": {"revert": True},
    }
    rows = {"members": [{"row": "r7", "answers": {"relation": "子"}}, {"row": "+1"}, {"row": "r9", "removed": True}]}
    good = {"form": "a", "version": "1", "on": "2026-11-23", "token": "t", "answers": answers, "rows": rows}
    assert (
        faults(
            schema,
            good | {"effort": {"phone": {"keys": 11, "seconds": 4.2}, "members.name@+1": {"keys": None, "seconds": 1}}},
        )
        == []
    )
    wrong: list[dict[str, Any]] = [
        {"answers": {"phone": {"value": "1", "clear": True}}},
        {"answers": {"phone": {"value": {"value": 1}}}},
        {"answers": {"phone": {"confirm": "yes"}}},
        {"answers": {"__class__": "x"}},
        {"rows": {"members": [{"answers": {}}]}},
        {"on": "23.11.2026"},
        {"origin": "auto"},
    ]
    for bad in wrong:
        assert faults(schema, good | bad)
