"""The job on Spark, on this machine: the same rows as `fill_table`, once each whatever fails, and nothing of a subject in a log."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import prefill
from bench.residents import ON
from prefill.arrow import fill_table, spark
from tests.test_arrow import FILING, SECRET, check, records

pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("default"),  # Spark's own
]

FILES = 4


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Spark on two cores of this machine, where a task may fail three times."""
    from pyspark.sql import SparkSession

    spark.at_home()
    builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
    made = builder.config("spark.driver.memory", "1g").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    yield made
    made.stop()


def parquet(folder: Path, texts: list[str | None]) -> Path:
    """Write records as a folder of several Parquet files, with a column beside them."""
    folder.mkdir()
    table = pa.table({"no": range(len(texts)), "record": pa.array(texts, pa.string())})
    each = -(-len(texts) // FILES)
    for number in range(FILES):
        pq.write_table(table.slice(number * each, each), folder / f"{number}.parquet")
    return folder


def rows(folder: Path) -> Any:
    """What Spark wrote, in the order of the input."""
    return pq.read_table(folder).sort_by("no")


@pytest.mark.parametrize("number", [200, pytest.param(2000, marks=pytest.mark.scale)])
def test_spark_writes_what_fill_table_and_fill_make(
    session: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], number: int
) -> None:
    texts = records(number)
    source = parquet(tmp_path / "in", texts)
    asked = ["36", str(source), "-o", str(tmp_path / "out"), "--on", ON.isoformat()]
    assert spark.main([*asked, "--today", ON.isoformat(), "--worker", "示例员"]) == 0
    said = "".join(capfd.readouterr())
    assert f"{len(texts)} rows: {number} filled, {len(texts) - number} not" in said
    assert not re.search(r"[0-9]{17}[0-9X]", said), "a number of somebody's is in the log"
    catalogue = prefill.open_catalogue()
    plan = catalogue.plan(36)
    found = rows(tmp_path / "out")
    alone = fill_table(plan, pq.read_table(source), on=ON, filing=FILING).sort_by("no")
    assert found.to_pylist() == alone.to_pylist()
    assert check(catalogue, plan, texts, found.drop_columns("no").to_pylist()) == number
    assert spark.main(asked) == 2  # the output is there already: it is not touched
    assert "already exists" in capfd.readouterr().err


def test_a_task_that_fails_and_is_tried_again_leaves_each_row_once(session: Any, tmp_path: Path) -> None:
    texts = records(60)
    frame = session.read.parquet(str(parquet(tmp_path / "in", texts))).repartition(FILES)
    filled = spark.fill_frame(frame, 36, on=ON)
    marks = tmp_path / "failed"
    marks.mkdir()

    def fails_once(batches: Any) -> Any:
        from pyspark import TaskContext

        task = TaskContext.get()
        assert task is not None
        yield from batches  # what the task writes stands before it fails
        if task.attemptNumber() == 0:
            (marks / str(task.partitionId())).touch()
            raise RuntimeError("this attempt fails")

    filled.mapInArrow(fails_once, filled.schema).write.parquet(str(tmp_path / "out"))
    assert list(marks.iterdir()), "no task failed"
    assert rows(tmp_path / "out")["no"].to_pylist() == list(range(len(texts)))


def test_folders_of_specs_are_opened_by_the_workers(session: Any, tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    bundled = prefill.open_catalogue().file(36)
    text = bundled.read_text(encoding="utf-8")
    (folder / bundled.name).write_text(re.sub(r"^version:.*$", 'version: "其他"', text, flags=re.M), encoding="utf-8")
    source = parquet(tmp_path / "in", records(8))
    out = tmp_path / "out"
    assert spark.main(["36", str(source), "-o", str(out), "--on", ON.isoformat(), "--specs", str(folder)]) == 0
    assert set(rows(out)["version"].to_pylist()) == {"其他"}


def test_mistakes_are_told_in_a_line(session: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = parquet(tmp_path / "in", records(6))
    other = tmp_path / "other"
    other.mkdir()
    pq.write_table(pa.table({"text": ["x"]}), other / "0.parquet")
    for form, place, words in (
        ("99", source, "there is no form '99'"),
        ("36", tmp_path / "nothing", "PATH_NOT_FOUND"),
        ("36", other, "no column 'record'"),
    ):
        capfd.readouterr()
        assert spark.main([form, str(place), "-o", str(tmp_path / "out"), "--on", "2026-11-23"]) == 2
        said = capfd.readouterr().err
        assert words in said
        assert "Traceback" not in said


def test_a_fault_in_a_task_is_told_by_kind_and_place_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any, **__: Any) -> Any:
        raise KeyError(SECRET)

    monkeypatch.setattr(spark, "fill_batches", breaks)
    plan = prefill.open_catalogue().plan(36)
    task = spark.Task("36", (), plan.spec_hash, ON, None, None)
    with pytest.raises(spark.TaskFailed, match=r"KeyError at test_spark\.py") as error:
        list(spark.work(task, []))
    assert SECRET not in str(error.value)
    assert error.value.__suppress_context__


def test_specs_that_differ_from_the_drivers_are_refused() -> None:
    task = spark.Task("36", (), "0" * 64, ON, None, None)
    with pytest.raises(spark.TaskFailed, match="not those that the job was begun with"):
        list(spark.work(task, []))


def test_what_a_worker_is_sent_is_small_and_holds_no_specs() -> None:
    import pickle

    plan = prefill.open_catalogue().plan(36)
    filing = prefill.Filing(worker="示例员", today=ON)
    sent = pickle.dumps(spark.Task("36", (), plan.spec_hash, ON, filing, None))
    assert len(sent) < 1000
    assert json.dumps(plan.form.title, ensure_ascii=False).strip('"').encode() not in sent
