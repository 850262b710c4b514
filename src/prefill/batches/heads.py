"""What a batch is of: noted as it begins, and compared when it is taken up, so that no other is mixed with it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from prefill.batches.inputs import Input
from prefill.batches.journal import Journal
from prefill.batches.model import Job
from prefill.errors import BatchError
from prefill.plans import Plan
from prefill.savings import read_model

__all__ = ["check_head", "head_of"]


def head_of(job: Job, source: Input, plan: Plan) -> dict[str, Any]:
    """Say what a batch is of, without a name or a value: what may hold one is digested."""
    filing = {name: value for name, value in asdict(replace(job.filing)).items() if not name.startswith("_")}
    options = {
        "filing": filing,
        "grant": asdict(job.grant) if job.grant else None,
        "by_hand": job.by_hand,
        "fonts": [_digest(font.read_bytes()) for font in job.fonts or ()],
        "templates": _digest_of_folder(job.templates),
        "ledger": job.counted,
    }
    return {
        "form": plan.form.id,
        "version": plan.form.version,
        "spec_hash": plan.spec_hash,
        "model_hash": read_model(*plan.folders).digest,
        "on": job.on.isoformat(),
        "input": dict(source.identity),
        "draw": job.draw,
        "merged": job.merged,
        "options": _digest(json.dumps(options, sort_keys=True, default=_plain).encode()),
    }


_DIFFERS: Final = {
    "form": "the form",
    "version": "the form's version",
    "spec_hash": "the form's spec, or the vocabulary",
    "model_hash": "the constants of savings.yaml",
    "on": "the day that the form speaks for",
    "input": "the file of records",
    "draw": "what is drawn",
    "merged": "whether it is one file",
    "options": "an option (worker, days, period, grant, templates, fonts, ledger …)",
}


def check_head(journal: Journal, head: Mapping[str, Any]) -> None:
    """Refuse to go on with another batch than the one that was begun."""
    if journal.head is None:
        return
    differs = [text for name, text in _DIFFERS.items() if journal.head.get(name) != head[name]]
    if differs:
        raise BatchError(
            f"'{journal.path}' is of another batch: {', '.join(differs)} differ{'s' if len(differs) == 1 else ''}. "
            "Give the command as it was begun, or name another place"
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of_folder(folder: Path | None) -> str | None:
    if folder is None:
        return None
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return _digest("".join(f"{_digest(path.read_bytes())} {path.relative_to(folder)}\n" for path in files).encode())


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else sorted(map(str, value))
