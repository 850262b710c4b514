"""``python -m bench.scale [residents] [--only PART …] [--keep FOLDER]``: what it takes to fill a form for each of many.

Invented residents are written to Parquet first, some thousand a file, by all cores. Each part then reads them one by one. All times are of the
clock on the wall, since many processes share the work: only on a quiet machine do they mean anything. Memory is that of all processes together.
Each part is done for a few first and then for all: what is linear takes as long for each, and what is flat as much memory.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import prefill
from bench.residents import ON, stream
from bench.watching import Watch

FORM, PAGES, ROSTER = 36, 39, 30
ROSTER_ON = date(2026, 11, 30)
FILING = prefill.Filing(worker="示例员", today=ON)
A_FILE = 5_000
A_CROWD = (
    20_000  # of fewer the pages are not worth it: a stamper's first ones take longer, and bench.pages measures the rest
)
AT_LEAST = 20  # of these, few as they are, a part is done first
A_FEW = 84  # of so many residents one is enough for the smaller figure: 10,000 of 845,000

Work: TypeAlias = Callable[[list[Path], int], int]
"""A part's work: the files, and of how many residents; it returns how many it did."""


def main() -> None:
    """Write the residents, do each part, and print what it took."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="prefill-") as held:
        folder = asked.keep or Path(held)
        start = time.perf_counter()
        files = write(folder / f"{asked.residents}", asked.residents)
        size = sum(file.stat().st_size for file in files) / 1e6
        print(
            f"{asked.residents:,} invented residents, {len(os.sched_getaffinity(0))} cores; {size:,.0f} MB of Parquet"
            f" in {time.perf_counter() - start:,.0f} s\n"
        )
        print(f"  {'':<50}{'subjects':>9}{'time':>10}{'rate':>12}{'memory':>12}")
        for name, (label, share, work) in PARTS.items():
            if name in asked.only if asked.only else asked.residents >= A_CROWD or not name.startswith("pdf"):
                _part(label, work, files, max(2 * AT_LEAST, int(asked.residents * share)))


def write(folder: Path, count: int) -> list[Path]:
    """Write so many residents as Parquet; what a run before has left there is used again."""
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, count, A_FILE)
    files = [folder / f"{start // A_FILE:05d}.parquet" for start in starts]
    todo = [(file, min(A_FILE, count - start), start) for start, file in zip(starts, files, strict=True)]
    with ProcessPoolExecutor() as pool:
        list(pool.map(_write, [one for one in todo if not one[0].exists()]))
    return files


def _write(what: tuple[Path, int, int]) -> None:
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    file, count, start = what
    records = [json.dumps(one, ensure_ascii=False) for one in stream(count, seed=start)]
    table = pa.table({"no": range(start, start + count), "record": records})
    unfinished = file.with_suffix(".part")
    pq.write_table(table, unfinished, row_group_size=1000, compression="zstd")
    unfinished.replace(file)


def texts(files: list[Path], count: int) -> Iterator[str]:
    """Read so many records, some hundred at a time."""
    for batch in _batches(files, count):
        yield from batch.column("record").to_pylist()


def _batches(files: list[Path], count: int) -> Iterator[Any]:
    import pyarrow.parquet as pq

    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(256, use_threads=False):
            if count <= 0:
                return
            yield batch.slice(0, count)
            count -= batch.num_rows


def _part(label: str, work: Work, files: list[Path], count: int) -> None:
    """Do a part for a few and for all, each in a process of its own, and print both; the rate is of those that all are more than the few."""
    before = (0, 0.0)
    for number in (max(AT_LEAST, count // A_FEW), count):
        start = time.perf_counter()
        with Watch() as watch, ProcessPoolExecutor(1) as alone:
            done = alone.submit(work, files, number).result()
        seconds = time.perf_counter() - start
        is_more = before[0] and seconds > before[1]
        rate = f"{(done - before[0]) / (seconds - before[1]):>10,.1f}/s" if is_more else " " * 12
        print(f"  {label:<50}{done:>9,}{seconds:>8.1f} s{rate}{watch.peak:>9,.0f} MB", flush=True)
        if done >= count:
            return
        before = (done, seconds)


def _batch(draw: Any, form: int, workers: int, files: list[Path], count: int) -> int:
    plan = prefill.open_catalogue().plan(form)
    items = prefill.batch(plan, texts(files, count), on=ON, filing=FILING, draw=draw, workers=workers)
    return sum(item.filled for item in items)


def _table(files: list[Path], count: int) -> int:
    """Parquet in, Parquet out, by ``fill_batches`` in one process."""
    import pyarrow.parquet as pq

    from prefill.arrow import fill_batches

    plan, done = prefill.open_catalogue().plan(FORM), 0
    out = files[0].parent / "filled.parquet"
    writer = None
    for made in fill_batches(plan, _batches(files, count), on=ON, filing=FILING):
        writer = writer or pq.ParquetWriter(out, made.schema)
        writer.write_batch(made)
        done += made.num_rows
    if writer is not None:
        writer.close()
    out.unlink()
    return done


def _roster(files: list[Path], count: int) -> int:
    catalogue, seen = prefill.open_catalogue(), 0
    plan = catalogue.roster(ROSTER)

    def records() -> Iterator[prefill.Record]:
        nonlocal seen
        for text in texts(files, count):
            seen += 1
            yield catalogue.parse_record(text)

    grant = prefill.Grant(plan.form.agency, ("resident", "household", "family"), date(2026, 12, 31))
    prefill.fill_roster(plan, records(), on=ROSTER_ON, filing=FILING, grant=grant)
    return seen


def _spark(files: list[Path], count: int) -> int:
    """The job on this machine's cores; whole files, since a task of Spark's is."""
    asked = [str(file) for file in files[: -(-count // A_FILE)]]
    with tempfile.TemporaryDirectory(dir=files[0].parent) as folder:
        run = [sys.executable, "-m", "prefill.arrow.spark", str(FORM), *asked, "-o", f"{folder}/out"]
        done = subprocess.run(
            [*run, "--on", ON.isoformat(), "--worker", "示例员"], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return int(done.stdout.split("rows:")[0].split()[-1])


PARTS: dict[str, tuple[str, float, Work]] = {
    "forms": (f"form {FORM}, one core: savings alone", 0.2, partial(_batch, None, FORM, 1)),
    "forms2": (f"form {FORM}, two cores: savings alone", 1, partial(_batch, None, FORM, 2)),
    "json": (f"form {FORM} as JSON, one core", 0.05, partial(_batch, "json", FORM, 1)),
    "json2": (f"form {FORM} as JSON, two cores", 0.05, partial(_batch, "json", FORM, 2)),
    "pdf": (f"form {PAGES}, stamped, 3 pages each, one core", 0.01, partial(_batch, "pdf", PAGES, 1)),
    "pdf2": (f"form {PAGES}, stamped, 3 pages each, two cores", 0.01, partial(_batch, "pdf", PAGES, 2)),
    "table": (f"form {FORM}, Parquet to Parquet, one core", 0.05, _table),
    "roster": (f"roster {ROSTER}, one core", 1, _roster),
    "spark": (f"form {FORM}, Parquet to Parquet, local Spark", 1, _spark),
}


def _asked() -> Any:
    parser = argparse.ArgumentParser(prog="bench.scale")
    parser.add_argument("residents", nargs="?", type=int, default=2_000)
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the residents there, and use them again")
    return parser.parse_args()


if __name__ == "__main__":
    main()
