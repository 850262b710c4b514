"""Batches on one core and on two, taken in turns: ``python -m bench.batching [subjects] [rounds]``.

``measure`` runs the command as it is, on so many processes, and tells its time by the clock: files are written, brought to the disk and
journalled. The ratio of two workers to one is the median over the rounds, each of which runs both, one after the other.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.residents import ON, residents

__all__ = ["Batched", "measure", "write_records"]


@dataclass(frozen=True, slots=True)
class Batched:
    """What a batch took: forms, pages (of PDFs; else none), seconds by the clock, seconds of CPU of all its processes, and its highest memory.

    ``peak`` is in KiB, of the largest of its processes.
    """

    forms: int
    pages: int
    seconds: float
    cpu: float
    peak: int

    @property
    def rate(self) -> float:
        """Forms a second."""
        return self.forms / self.seconds


def write_records(path: Path, people: Iterable[list[dict[str, Any]]]) -> None:
    """Write records a line each, as they come."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(person, ensure_ascii=False) + "\n" for person in people)


def measure(records: Path, output: Path, *, form: int = 36, draw: str | None = None, workers: int = 1) -> Batched:
    """Run a batch of a file of records into a new folder, or a new file that ends in .jsonl or .pdf; the file is read into memory before."""
    records.read_bytes()
    os.sync()
    command = [sys.executable, "-m", "prefill", "batch", str(form), str(records), "-o", str(output)]
    command += ["--on", ON.isoformat(), "--workers", str(workers), *(["--as", draw] if draw else [])]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"the batch ended with {process.returncode}: {told}")
    pages = sum(map(_pages, output.glob("*.pdf"))) if output.is_dir() else _pages(output)
    return Batched(
        int(told.rpartition(": ")[2].split()[0].replace(",", "")),
        pages,
        seconds,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss,
    )


def _pages(file: Path) -> int:
    if file.suffix != ".pdf":
        return 0
    import pikepdf

    with pikepdf.open(file) as pdf:
        return len(pdf.pages)


def main(number: int = 2_000, rounds: int = 3) -> None:
    """Measure a batch of PDFs and one of JSON (of five times as many), and print rates and ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for draw, count in (("pdf", number), ("json", number * 5)):
            records = folder / f"{draw}.jsonl"
            write_records(records, residents(count))
            found: dict[int, list[Batched]] = {1: [], 2: []}
            for turn in range(rounds):
                for workers, taken in found.items():
                    taken.append(measure(records, folder / f"{draw}-{turn}-{workers}", draw=draw, workers=workers))
            for workers, taken in found.items():
                middle = sorted(taken, key=lambda one: one.seconds)[len(taken) // 2]
                pages = f", {middle.pages / middle.seconds:7.1f} pages a second" if middle.pages else ""
                print(
                    f"{draw:<5}{count:7,} of form 36, {workers} at work: {middle.seconds:7.1f} s, {middle.rate:7.1f} forms a second{pages},"
                    f" {middle.cpu:7.1f} s of CPU, at most {middle.peak // 1024} MiB"
                )
            ratios = [one.seconds / two.seconds for one, two in zip(found[1], found[2], strict=True)]
            print(f"{draw:<5}two at work are {statistics.median(ratios):.2f} times one\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
