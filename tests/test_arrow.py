"""Tables: what `fill_table` makes of a row is what `fill` makes of its record, and no row is lost."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest

import prefill
from bench.residents import ON, residents
from prefill.arrow import fill_batches, fill_table, filled_schema
from prefill.arrow.columns import value_text

FILING = prefill.Filing(worker="示例员", today=ON)
SECRET = "420112195003150023"


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


def records(number: int) -> list[str | None]:
    """Invented residents as JSON, and among them rows of which no form can be filled."""
    found: list[str | None] = [json.dumps(one, ensure_ascii=False) for one in residents(number)]
    bad = [
        None,
        "",
        "[]",
        f'{{"{SECRET}',
        f'[{{"as_of": "2026-05-01", "resident": {{"id_number": "{SECRET}"}}}}]',
        '[{"source": "公安人口库", "dwelling": {"address": "示例路1号"}}]',
    ]
    for place, one in enumerate(bad):
        found.insert(place * number // len(bad), one)
    return found


def told(filled: prefill.FilledForm) -> dict[str, Any]:
    """What a row of the table says, as the JSON of the filled form says it."""
    held = json.loads(prefill.to_json(filled), parse_float=str)
    savings = {key: float(value) if key == "seconds_saved" else value for key, value in held["savings"].items()}
    values = {id(entry): value_text(entry.value) for entry in filled.entries}
    for entry, written in zip(filled.entries, held["entries"], strict=True):
        del written["label"], written["section"]
        written["value"] = values[id(entry)]
        for other, side in zip(entry.others, written["others"], strict=True):
            side["value"] = value_text(other.value)
    return {key: held[key] for key in ("form", "system", "version", "on", "entries")} | {"savings": savings}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table in the shapes of JSON."""
    return json.loads(json.dumps(row, default=str))  # type: ignore[no-any-return]


def check(catalogue: prefill.Catalogue, plan: prefill.Plan, texts: Sequence[str | None], rows: list[Any]) -> int:
    """Hold rows to what `fill` makes of the same records; gives how many were filled."""
    done = 0
    assert len(rows) == len(texts)
    for text, row in zip(texts, map(plain, rows), strict=True):
        assert (row["form"], row["spec_hash"], row["on"]) == (plan.form.id, plan.spec_hash, ON.isoformat())
        filled, whats = alone(catalogue, plan, text)
        assert [problem["what"] for problem in row["problems"]] == whats
        if filled is None:
            assert row["entries"] is row["savings"] is None
            assert whats
        else:
            done += 1
            expected = told(filled)
            assert {key: row[key] for key in expected} == expected
    return done


def alone(
    catalogue: prefill.Catalogue, plan: prefill.Plan, text: str | None
) -> tuple[prefill.FilledForm | None, list[str]]:
    """What `fill` makes of one record, and what is wrong with it."""
    if not text:
        return None, ["no record in this row" if text is None else "broken JSON (Expecting value)"]
    try:
        record = catalogue.parse_record(text)
        return prefill.fill(plan, record, on=ON, filing=FILING), [one.what for one in record.problems]
    except prefill.RecordError as error:
        return None, [one.what for one in error.problems]


@pytest.mark.parametrize("form", [36, 5])
def test_a_row_is_what_fill_makes_of_its_record(catalogue: prefill.Catalogue, form: int) -> None:
    texts = records(120)
    plan = catalogue.plan(form)
    table = pa.table({"no": range(len(texts)), "record": texts, "street": ["示例街道"] * len(texts)})
    filled = fill_table(plan, table, on=ON, filing=FILING)
    assert filled.schema == filled_schema(table.schema)
    filled.validate(full=True)
    assert filled.column_names[:2] == ["no", "street"]
    assert filled["no"].to_pylist() == list(range(len(texts)))
    assert check(catalogue, plan, texts, filled.to_pylist()) == 120
    assert SECRET not in str(filled["problems"].to_pylist())


def test_a_problem_says_where_in_the_record_and_no_value(catalogue: prefill.Catalogue) -> None:
    record = [
        {"source": "公安人口库", "as_of": "2026-05-01", "resident": {"id_number": SECRET, "birth_date": "199-13-45"}}
    ]
    table = pa.table({"record": [json.dumps(record)]})
    (row,) = fill_table(catalogue.plan(36), table, on=ON).to_pylist()
    (problem,) = row["problems"]
    assert problem["path"] == "$[0].resident.birth_date"
    assert problem["remedy"]
    assert "199" not in str(problem)
    assert row["entries"]


def test_a_stream_is_filled_as_it_comes(catalogue: prefill.Catalogue) -> None:
    texts = [text for text in records(6) if text]
    asked = []

    def stream() -> Iterator[Any]:
        for number, text in enumerate(texts):
            asked.append(number)
            yield pa.record_batch({"record": [text]})

    made = fill_batches(catalogue.plan(36), stream(), on=ON, filing=FILING)
    assert next(made).num_rows == 1
    assert asked == [0]
    assert 1 + sum(batch.num_rows for batch in made) == len(texts)


def test_an_empty_table_has_the_columns_too(catalogue: prefill.Catalogue) -> None:
    table = pa.table({"no": pa.array([], pa.int64()), "record": pa.array([], pa.large_string())})
    filled = fill_table(catalogue.plan(36), table, on=ON)
    assert filled.num_rows == 0
    assert filled.schema == filled_schema(table.schema)


def test_columns_that_cannot_be_are_named_all_at_once(catalogue: prefill.Catalogue) -> None:
    table = pa.table({"form": ["x"], "entries": ["y"]})
    with pytest.raises(prefill.RecordError) as error:
        fill_table(catalogue.plan(36), table, on=ON)
    assert len(error.value.problems) == 3
    with pytest.raises(prefill.RecordError, match="is no text"):
        fill_table(catalogue.plan(36), pa.table({"record": [1]}), on=ON)


def test_a_grant_and_the_day_are_heeded(catalogue: prefill.Catalogue) -> None:
    """What `fill` withholds stays withheld in a table."""
    name, sample = next((name, one) for name, one in catalogue.samples().items() if one.grant is not None)
    plan, record = catalogue.plan(name), catalogue.read_record(*sample.record)
    table = pa.table({"record": [json.dumps(list(record.statements), default=str, ensure_ascii=False)]})
    seen = []
    for grant in (None, sample.grant):
        (row,) = fill_table(plan, table, on=sample.on, filing=sample.filing, grant=grant).to_pylist()
        expected = prefill.fill(plan, record, on=sample.on, filing=sample.filing, grant=grant)
        assert [entry["reason"] for entry in row["entries"]] == [entry.reason for entry in expected.entries]
        seen.append([entry["reason"] for entry in row["entries"]].count("withheld"))
    assert seen[0] > seen[1]
