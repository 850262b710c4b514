"""The folder that an inspection recomputes a report from, offline and without prefill: entries, constants, specs, a sample, and the lines that do it."""

import csv
import hashlib
import heapq
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from prefill.catalogue import bundled_folder
from prefill.plans.compiling import spec_files
from prefill.rendering.words import Words, read_words
from prefill.reports.reporting import Report, plain
from prefill.savings import Model, read_model
from prefill.store.entries import LedgerEntry

if TYPE_CHECKING:
    from prefill.catalogue import Catalogue

__all__ = ["SAMPLE", "write_evidence"]

SAMPLE: Final = 30
"""Entries in the sample."""

_FIELDS: Final = tuple(field.name for field in fields(LedgerEntry))
SCRIPT: Final = "recompute.py"
_SAMPLED: Final = ("number", "id", "kind", "form", "system", "version", "department", "delivery", "month", "on")
_COUNTED: Final = (
    "asked",
    "known",
    "confirm",
    "new",
    "keystrokes_blank",
    "keystrokes_left",
    "seconds_blank",
    "seconds_left",
)


def write_evidence(folder: Path, found: Report, entries: Iterable[LedgerEntry], catalogue: "Catalogue") -> None:
    """Write the evidence of a report into a folder that is there and empty.

    ``entries`` are those of the ledger again, from the first, in its order; what came in since the report was made is left out. They are
    streamed. Raises OSError if a file cannot be written.
    """
    words = read_words(bundled_folder("templates"))
    _write_json(folder / "report.json", found.to_dict())
    sample = _write_entries(folder, islice(entries, found.ledger), found)
    (folder / "sample.csv").write_text(_sample(sample), encoding="utf-8-sig")
    _write_baseline(folder, catalogue)
    _write_specs(folder, found, catalogue)
    (folder / SCRIPT).write_bytes((bundled_folder("templates") / SCRIPT).read_bytes())
    (folder / "README.md").write_text(_readme(words, found, len(sample)), encoding="utf-8")
    sums = [f"{_digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in _files(folder)]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _write_entries(folder: Path, entries: Iterable[LedgerEntry], found: Report) -> list[LedgerEntry]:
    """Write all entries, as they are hashed and as a table; gives the sample, drawn by the ledger's last hash."""
    with ExitStack() as files:
        lines: IO[str] = files.enter_context((folder / "entries.jsonl").open("w", encoding="utf-8", newline="\n"))
        table = csv.writer(files.enter_context((folder / "entries.csv").open("w", encoding="utf-8-sig", newline="")))

        def written() -> Iterator[LedgerEntry]:
            table.writerow(_FIELDS)
            for entry in entries:
                data = entry.to_dict()
                lines.write(json.dumps(data, ensure_ascii=False) + "\n")
                table.writerow([plain(data.get(name, "")) for name in _FIELDS])  # an older one lacks some
                if found.covers(entry.month):
                    yield entry

        return heapq.nsmallest(SAMPLE, written(), key=lambda entry: _sha256(found.head + entry.id))


def _sample(entries: Iterable[LedgerEntry]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    names = (*_SAMPLED, *_COUNTED)
    table.writerow(names)
    table.writerows([plain(getattr(entry, name)) for name in names] for entry in entries)
    return text.getvalue()


def _write_baseline(folder: Path, catalogue: "Catalogue") -> None:
    """Write the constants as they are reckoned with, and the files that they, and the frequencies, come from, with their sources."""
    model = read_model(*catalogue.folders)
    frequencies = catalogue.notices.words.frequencies.values()
    _write_json(
        folder / "baseline.json",
        {
            "model_hash": model.digest,
            "model": _constants(model),
            "frequencies": [{"word": one.word, "times_a_year": one.times, "source": one.source} for one in frequencies],
        },
    )
    (folder / "baseline").mkdir()
    for number, place in enumerate(catalogue.folders, 1):  # a later one stands over an earlier one
        for name in ("savings.yaml", "notices/words.yaml"):
            if (place / name).is_file():
                (folder / "baseline" / f"{number}-{Path(name).name}").write_bytes((place / name).read_bytes())


def _constants(model: Model) -> dict[str, Any]:
    data = {field.name: getattr(model, field.name) for field in fields(model)}
    data["typical_keys"] = dict(model.typical_keys)
    data["claims"] = {delivery: sorted(claims) for delivery, claims in model.claims.items()}
    return data


def _write_specs(folder: Path, found: Report, catalogue: "Catalogue") -> None:
    """Write each form that is still as it was when entries were made with it: what ``sha256sum`` says of its files, and the files."""
    (folder / "specs" / "files").mkdir(parents=True)
    used = {(form, digest) for form, _, digest in found.specs}
    texts = {_sha256(text): text for text in _texts(catalogue)}
    for summary in catalogue.forms():
        if summary.id not in {form for form, _ in used}:
            continue
        listed = spec_files(catalogue.draft(summary.path), catalogue.vocabulary)
        lines = "".join(f"{digest}  {name}\n" for digest, name in listed)
        if (summary.id, _sha256(lines)) not in used or any(digest not in texts for digest, _ in listed):
            continue
        (folder / "specs" / f"{_sha256(lines)}.txt").write_text(lines, encoding="utf-8", newline="\n")
        for digest, _ in listed:
            (folder / "specs" / "files" / f"{digest}.yaml").write_bytes(texts[digest].encode())


def _texts(catalogue: "Catalogue") -> Iterator[str]:
    for place in catalogue.folders:
        for file in place.rglob("*.yaml"):
            yield file.read_bytes().decode("utf-8-sig", errors="replace")


def _readme(words: Words, found: Report, sampled: int) -> str:
    lines = [f"# {words('report.evidence.title')}", "", words("report.evidence.about"), ""]
    lines += [f"    python3 {SCRIPT}", "", words("report.evidence.checks"), "", words("report.evidence.again"), ""]
    lines += [words("report.evidence.head", head=f"{found.ledger}:{found.head}"), ""]
    for name in _FILES:
        lines.append(f"- `{name}`：{words(f'report.evidence.files.{name}', n=sampled)}")
    return "\n".join((*lines, ""))


_FILES: Final = (
    *(SCRIPT, "report.json", "entries.jsonl", "entries.csv", "baseline.json", "baseline/"),
    *("specs/", "sample.csv", "SHA256SUMS"),
)


def _write_json(file: Path, data: object) -> None:
    file.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
