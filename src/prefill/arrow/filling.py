"""A table of records → a table of filled forms, a row for a row."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Final

from prefill.batches.lines import complaints, read_payload
from prefill.catalogue import Catalogue
from prefill.errors import MissingExtra, Problem, RecordError
from prefill.filling import FilledForm, fill
from prefill.plans import Plan
from prefill.records import Filing, Grant

if TYPE_CHECKING:
    from types import ModuleType

    import pyarrow as pa

    from prefill.arrow.columns import Row

__all__ = ["RECORD", "fill_batches", "fill_table", "filled_schema"]

RECORD: Final = "record"
"""The column that holds each subject's record: its statements as JSON."""

_AT_ONCE: Final = 256  # rows whose entries are in memory at a time


def fill_table(
    plan: Plan, table: "pa.Table", *, on: date, filing: Filing | None = None, grant: Grant | None = None
) -> "pa.Table":
    """Fill a form for every row of an Arrow table.

    The column ``record`` holds the records: each the JSON text of its statements. All other columns are passed on as they are; behind them
    stand those of ``filled_schema``. A row of which no form can be filled is a row too: its ``entries`` and ``savings`` are null, and
    ``problems`` say why. ``on``, ``filing`` and ``grant`` are those of ``fill``. Raises RecordError where the table's columns are not such,
    and MissingExtra without the extra ``arrow``.

    >>> import prefill, pyarrow
    >>> record = '[{"source": "公安人口库", "as_of": "2026-05-01", "resident": {"id_number": "420112195003150023"}}]'
    >>> table = pyarrow.table({"no": [1, 2], "record": [record, "[]"]})
    >>> filled = prefill.fill_table(prefill.open_catalogue().plan(39), table, on=date(2026, 11, 23))
    >>> filled["no"].to_pylist(), filled["savings"][0].as_py()["known"], filled["problems"][1].as_py()[0]["what"]
    ([1, 2], 4, 'no statement in it')
    """
    columns = _columns()
    batches = fill_batches(plan, table.to_batches(), on=on, filing=filing, grant=grant)
    made: pa.Table = columns.pa.Table.from_batches(list(batches), schema=filled_schema(table.schema))
    return made


def fill_batches(
    plan: Plan,
    batches: "Iterable[pa.RecordBatch]",
    *,
    on: date,
    filing: Filing | None = None,
    grant: Grant | None = None,
) -> "Iterator[pa.RecordBatch]":
    """Fill a form for every row of a stream of Arrow batches, in order; see ``fill_table``. Of what comes, little is held at a time.

    What is given are batches of at most a few hundred rows. Raises as ``fill_table`` does.
    """
    columns = _columns()
    catalogue = Catalogue(plan.folders, plan.vocabulary)
    numbers = count(1)
    for batch in batches:
        passed = _passed(batch.schema)
        for start in range(0, batch.num_rows, _AT_ONCE):
            part = batch.slice(start, _AT_ONCE)
            records = part.column(RECORD).to_pylist()
            rows = [_row(catalogue, plan, next(numbers), record, on, filing, grant) for record in records]
            arrays = [*(part.column(name) for name in passed), *columns.arrays(plan, on, rows)]
            yield columns.pa.RecordBatch.from_arrays(arrays, schema=filled_schema(batch.schema))


def filled_schema(schema: "pa.Schema") -> "pa.Schema":
    """Give the columns that ``fill_table`` makes of a table with these.

    Raises RecordError where there is no column ``record`` of text, or where one has the name of a column that is made.
    """
    columns = _columns()
    passed = [schema.field(name) for name in _passed(schema)]
    made: pa.Schema = columns.pa.schema([*passed, *columns.FIELDS])
    return made


def _passed(schema: "pa.Schema") -> list[str]:
    """Give the columns that are passed on; raises RecordError where they cannot be."""
    columns = _columns()
    problems = [
        Problem("table", None, f"the column '{name}' stands twice, or has the name of one that is made", "rename it")
        for name in dict.fromkeys(schema.names)
        if schema.names.count(name) > 1 or name in columns.NAMES
    ]
    types = columns.pa.types
    if RECORD not in schema.names:
        problems.append(Problem("table", None, f"no column '{RECORD}'", "give each record there, as JSON"))
    elif not any(is_text(schema.field(RECORD).type) for is_text in (types.is_string, types.is_large_string)):
        problems.append(Problem("table", None, f"the column '{RECORD}' is no text", "give each record as JSON"))
    if problems:
        raise RecordError(problems)
    return [name for name in schema.names if name != RECORD]


def _row(
    catalogue: Catalogue,
    plan: Plan,
    number: int,
    text: str | None,
    on: date,
    filing: Filing | None,
    grant: Grant | None,
) -> "Row":
    """Fill one form; gives it, or None, with all that is wrong with its record."""
    name = "table"
    filled: FilledForm | None = None
    try:
        if text is None:
            raise RecordError([Problem(name, number, "no record in this row", "give its statements as JSON")])
        record = read_payload(catalogue, text, name, number)
        problems = record.problems
        filled = fill(plan, record, on=on, filing=filing, grant=grant)
    except RecordError as error:
        problems = error.problems
    return filled, complaints(problems, name, number)


def _columns() -> "ModuleType":
    """Give the part that needs pyarrow."""
    try:
        from prefill.arrow import columns
    except ImportError as error:
        raise MissingExtra("Tables need pyarrow: install prefill with its extra [arrow] (README, Install)") from error
    return columns
