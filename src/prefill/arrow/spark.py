"""The job that fills a form for every row of Parquet files on Spark: ``python -m prefill.arrow.spark FORM INPUT -o OUTPUT --on DATE``.

Spark schedules it, cuts it into tasks, tries a failed task again and commits what was written; nothing of that is done here. The driver sends
the tasks the names of the form and of the folders of specs; each worker process opens them once. No value of a subject is in a log: where a task
fails, the kind and place of the fault are told, and not its words.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefill.arrow.filling import fill_batches, filled_schema
from prefill.batches.working import settle
from prefill.catalogue import open_catalogue
from prefill.errors import FileError, MissingExtra, PrefillError
from prefill.plans import Plan
from prefill.records import Filing, Grant

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

__all__ = ["Task", "TaskFailed", "at_home", "fill_frame", "main", "work"]


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker process is told: names, days, and nothing of a subject."""

    form: str
    folders: tuple[str, ...]
    spec_hash: str
    on: date
    filing: Filing | None
    grant: Grant | None


class TaskFailed(PrefillError):
    """A task of Spark's that failed; the message tells where and what kind of fault, never a value."""


def fill_frame(
    frame: "DataFrame",
    form: int | str | Path,
    *,
    on: date,
    folders: Sequence[str | Path] = (),
    filing: Filing | None = None,
    grant: Grant | None = None,
) -> "DataFrame":
    """Fill a form for every row of a Spark DataFrame: as ``fill_table`` does, on Spark's workers (``mapInArrow``).

    ``form`` is a system's number or a form's id; ``folders`` are specs of one's own, laid over the bundled ones: paths that every worker has.
    Raises SpecError, RecordError and MissingExtra as opening the catalogue and ``fill_table`` do.
    """
    try:
        from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
        from pyspark.sql.types import StructType
    except ImportError as error:
        raise MissingExtra("Spark needs pyspark: install prefill with its extra [spark] (README, Install)") from error
    names = tuple(map(str, folders))
    task = Task(
        str(form), names, _plan(str(form), names).spec_hash, on, filing and replace(filing), grant
    )  # a filing as it was stated
    made = from_arrow_schema(filled_schema(to_arrow_schema(frame.schema)))
    passed = {
        field.name: field for field in frame.schema.fields
    }  # as Spark has them: Arrow does not know all that it says of a column
    schema = StructType([passed.get(field.name, field) for field in made.fields])
    return frame.mapInArrow(partial(work, task), schema)


@cache
def _plan(form: str, folders: tuple[str, ...]) -> Plan:
    """Open the catalogue and compile the form: once a process, whatever number of tasks it is given."""
    return open_catalogue(*folders).plan(form)


@cache
def _ready(form: str, folders: tuple[str, ...]) -> Plan:
    """Open them, and make this worker process fit for many forms."""
    plan = _plan(form, folders)
    settle()
    return plan


def work(task: Task, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """Fill what a task is given, in a worker process of Spark's."""
    plan = _ready(task.form, task.folders)
    if plan.spec_hash != task.spec_hash:
        raise TaskFailed("the specs on this machine are not those that the job was begun with: install the same on all")
    try:
        yield from fill_batches(plan, batches, on=task.on, filing=task.filing, grant=task.grant)
    except Exception as error:
        raise TaskFailed(_told(error)) from None


def _told(error: Exception) -> str:
    """Say what kind of fault it is and where, without its words: they may hold a value."""
    last = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{Path(step.filename).name}:{step.lineno} {step.name}" for step in reversed(last))
    return f"a form could not be filled: {type(error).__name__} at {where}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job; gives the exit code: 0 once the output is committed, whatever became of single rows, 2 where it cannot be run."""
    asked = _parser().parse_args(arguments)
    filing = Filing(worker=asked.worker, today=asked.today)
    try:
        return _run(asked, filing)
    except FileError as error:
        said = list(map(str, error.problems))
    except PrefillError as error:
        said = [str(error)]
    print("\n".join(said), file=sys.stderr)  # noqa: T201
    return 2


def _run(asked: Any, filing: Filing) -> int:
    try:
        from pyspark.errors import AnalysisException, PySparkException
        from pyspark.sql import Observation, SparkSession
        from pyspark.sql import functions as sql
    except ImportError as error:
        raise MissingExtra("Spark needs pyspark: install prefill with its extra [spark] (README, Install)") from error
    at_home()
    spark = SparkSession.builder.appName(f"prefill {asked.form}").getOrCreate()
    counted = Observation("prefill")
    try:
        frame = spark.read.parquet(*asked.input)
        filled = fill_frame(frame, asked.form, on=asked.on, folders=asked.specs, filing=filing)
        rows, done = sql.count(sql.lit(1)).alias("rows"), sql.count(sql.col("entries")).alias("filled")
        filled.observe(counted, rows, done).write.parquet(asked.output)
    except AnalysisException as error:  # no such input, an output that is there already
        print(str(error).splitlines()[0], file=sys.stderr)  # noqa: T201
        return 2
    except PySparkException:
        print("the job failed, and nothing was committed: Spark's log above says why", file=sys.stderr)  # noqa: T201
        return 2
    found = counted.get
    left = found["rows"] - found["filled"]
    print(f"{found['rows']} rows: {found['filled']} filled, {left} not (their column 'problems' says why)")  # noqa: T201
    return 0


def at_home() -> None:
    """Where no spark-submit began the job, it runs on this machine alone: with this Python, and without asking a network for its name."""
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="prefill.arrow.spark", description="Fill a form for every row of Parquet files."
    )
    parser.add_argument("form", metavar="FORM", help="a system's number or a form's id")
    parser.add_argument(
        "input", metavar="INPUT", nargs="+", help="Parquet with a column 'record': paths or URLs that Spark reads"
    )
    parser.add_argument("-o", "--output", required=True, help="where Spark writes Parquet; it must not be there yet")
    parser.add_argument(
        "--on", required=True, type=date.fromisoformat, metavar="DATE", help="the day that the form speaks for"
    )
    parser.add_argument(
        "--today", type=date.fromisoformat, metavar="DATE", help="the day that it is filled, if another"
    )
    parser.add_argument("--worker", metavar="NAME", help="the community worker who fills the form")
    parser.add_argument(
        "--specs",
        metavar="FOLDER",
        action="append",
        default=[],
        help="specs of your own, laid over prefill's, on every worker",
    )
    return parser


if __name__ == "__main__":
    from prefill.arrow import (
        spark,
    )  # not this module under its other name: workers import what they are sent by its real one

    sys.exit(spark.main())
