"""Batches for tests: a small form, invented residents a line each, the command as a process of its own, and its workers."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.residents import _WEIGHTS

FORM = """
id: small
version: "1"
title: 试填表
agency: 示例局
purpose: 试填
subject: resident
delivery: paper
basis: {document: 示例, confidence: low}
sections:
  - title: 基本情况
    fields:
      name: {label: 姓名, from: resident.name}
      birth_date: {label: 出生日期, from: resident.birth_date}
      phone: {label: 联系电话, from: resident.phone}
      reason: {label: 申请理由, kind: text}
"""

ON = "2026-11-23"


def id_number(number: int) -> str:
    """Invent an ID number with a valid check digit."""
    body = f"420112{1940 + number // 999 % 70}0315{number % 999 + 1:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def statements(number: int) -> list[dict[str, Any]]:
    """Invent a resident of whom little is known."""
    resident = {"name": "王示例", "id_number": id_number(number), "phone": f"1390000{number % 10000:04d}"}
    return [{"source": "社区网格", "as_of": "2026-10-12", "resident": resident}]


def line(number: int) -> bytes:
    return json.dumps(statements(number), ensure_ascii=False).encode() + b"\n"


def write_small(folder: Path, count: int) -> tuple[Path, Path]:
    """Write the small form and a file of so many residents."""
    form, records = folder / "small.yaml", folder / "records.jsonl"
    form.write_text(FORM, encoding="utf-8")
    records.write_bytes(b"".join(map(line, range(count))))
    return form, records


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "prefill", "batch", *map(str, arguments), "--on", ON]


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start a batch as a process of its own."""
    return subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def children(process: "subprocess.Popen[str]") -> list[int]:
    """The workers of a batch."""
    try:
        return list(map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()))
    except OSError:
        return []


def wait_for(what: Any, seconds: float = 60.0) -> Any:
    """Wait until something is so, and give it."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)
    return found


def gone(pids: list[int]) -> None:
    """Wait until no process of these is at work any more."""

    def ended() -> bool:
        return all(not Path(f"/proc/{pid}").exists() or _state(pid) == "Z" for pid in pids)

    wait_for(ended, 20)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def lines(path: Path) -> list[Any]:
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


def committed(folder: Path) -> int:
    """How many records the journal of a folder has."""
    try:
        said = [json.loads(text) for text in (folder / "journal.jsonl").read_text().splitlines()]
    except (OSError, ValueError):
        return 0
    return int(said[-1]["filled"] + said[-1]["set_aside"]) if len(said) > 1 else 0


def killed(process: "subprocess.Popen[str]") -> None:
    """Kill a batch as a power cut would, and see that its workers end with it."""
    workers = children(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    gone(workers)
