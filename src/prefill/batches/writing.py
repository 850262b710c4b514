"""A batch into files, so that it can be taken up after any interruption: no form twice, none missing, none by half."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from prefill.batches.crew import cores, in_order
from prefill.batches.drawing import UNFINISHED, file_name, synced
from prefill.batches.heads import check_head, head_of
from prefill.batches.inputs import Input
from prefill.batches.journal import Appended, Journal, State
from prefill.batches.merging import FIRST, HEAD, placed, tail
from prefill.batches.model import ENDINGS, BatchItem, Complaint, Drawing, Job, Result
from prefill.batches.running import job_of
from prefill.errors import BatchError
from prefill.plans import Plan
from prefill.records import Filing, Grant

__all__ = ["Counted", "Files", "Told", "begun_on", "files_of", "run_batch"]

_TASK: Final = 32
_MERGED: Final = 100
"""Subjects that a worker takes at a time; of a merged PDF, those that share fonts."""

_BLOCK: Final = 1 << 20
_BESIDE: Final = ("journal", "savings", "problems", "warnings")


@dataclass(frozen=True, slots=True)
class Files:
    """Where a batch is written: a ``folder`` with a file a subject, or one ``merged`` file; and what stands beside."""

    draw: Drawing
    folder: Path
    merged: Path | None
    journal: Path
    savings: Path
    problems: Path
    warnings: Path

    @property
    def unfinished(self) -> dict[str, Path]:
        """The files that are appended to, by what the journal calls them."""
        found = {"savings": self.savings, "problems": self.problems, "warnings": self.warnings}
        if self.merged is not None:
            found["merged"] = self.folder / f".{self.merged.name}.part"
            if self.draw == "pdf":
                found["places"] = self.folder / f".{self.merged.name}.places"
        return found


@dataclass(frozen=True, slots=True)
class Counted:
    """What a batch came to: forms filled, records set aside, records with lesser faults; whether it was ended, or stopped before."""

    filled: int
    set_aside: int
    warned: int
    ended: bool


Told = Callable[[BatchItem], None]
"""What is told each subject once it is on the disk."""


def files_of(output: Path, draw: Drawing | None = None) -> Files:
    """Say which files a batch is written to: a folder, or one file that ends in ``.pdf`` or ``.jsonl``. Raises BatchError."""
    ending = output.suffix.lower()
    merged: Drawing | None = {".pdf": "pdf", ".jsonl": "json"}.get(ending)  # type: ignore[assignment]
    if merged is None and ending in (*ENDINGS, ".json") and not output.is_dir():
        raise BatchError(f"'{output}' is no file for many forms: name a folder, or a file that ends in .pdf or .jsonl")
    if merged is None:
        return Files(draw or "pdf", output, None, *(output / f"{what}.jsonl" for what in _BESIDE))
    if draw not in (None, merged):
        raise BatchError(f"'{output}' is a file of {merged.upper()}: leave out what says otherwise, or name a folder")
    beside = (output.with_name(f"{output.name}.{what}.jsonl") for what in _BESIDE)
    return Files(merged, output.parent, output, *beside)


def begun_on(files: Files) -> date | None:
    """Give the day that a batch which was begun there speaks for."""
    if not files.journal.is_file():
        return None
    with files.journal.open("rb") as file:
        try:
            return date.fromisoformat(json.loads(file.readline())["on"])
        except (ValueError, KeyError, TypeError):
            return None


def run_batch(
    plan: Plan,
    source: Input,
    files: Files,
    *,
    on: date,
    filing: Filing | None = None,
    grant: Grant | None = None,
    templates: Path | None = None,
    by_hand: bool = False,
    fonts: tuple[Path, ...] | None = None,
    workers: int | None = None,
    resume: bool = False,
    ledger: Any = None,
    stopping: Callable[[], bool] = lambda: False,
    told: Callable[[BatchItem], None] = lambda item: None,
    begun: Callable[[State], None] = lambda state: None,
) -> Counted:
    """Fill a form for every record of an input and write the forms, their savings and the problems.

    ``resume`` takes up what was begun there, or begins; without it, what was begun there is an error. ``ledger`` is one that is open, to count
    each form once. ``stopping`` is asked whether to stop; ``begun`` is called with how far the batch was, ``told`` with each subject.
    Raises BatchError where it cannot begin or go on, OSError where the disk is full; what was done by then is taken up later.
    """
    job = job_of(
        plan,
        source,
        on=on,
        filing=filing,
        grant=grant,
        draw=files.draw,
        templates=templates,
        by_hand=by_hand,
        fonts=fonts,
        folder=files.folder if files.merged is None else None,
        merged=files.merged is not None,
        counted=ledger is not None,
    )
    files.folder.mkdir(parents=True, exist_ok=True)
    synced(files.folder.absolute().parent)
    _refuse_begun(files, resume, files.journal.exists() and files.journal.stat().st_size > 0)
    with Journal(files.journal) as journal:
        _refuse_begun(files, resume, journal.head is not None)  # by another process, until a moment ago
        check_head(journal, head := head_of(job, source, plan))
        if journal.head is None:
            journal.begin(head)
        _clear(files, job, journal.state)
        begun(journal.state)
        try:
            if not journal.state.ended:
                _go_on(job, source, files, journal, plan, ledger, workers, stopping, told)
        finally:
            _clear(files, job, journal.state)
        state = journal.state
    return Counted(state.filled, state.set_aside, state.warned, state.ended)


def _refuse_begun(files: Files, resume: bool, begun: bool) -> None:
    if begun and not resume:
        raise BatchError(f"a batch was begun in '{files.journal}': go on with it (--resume), or name another place")


def _go_on(
    job: Job,
    source: Input,
    files: Files,
    journal: Journal,
    plan: Plan,
    ledger: Any,
    workers: int | None,
    stopping: Callable[[], bool],
    told: Told,
) -> None:
    """Do what is not done; when it returns or raises, no worker is at work any more."""
    size = _MERGED if job.merged and job.draw == "pdf" else _TASK
    many = cores() if workers is None else workers
    with _Book(files, journal, ledger, plan) as book:
        tasks = source.tasks(journal.state.place, size)
        with closing(in_order(job, tasks, many, stopping=stopping, keep=(journal.handle,))) as results:
            for result in results:
                book.enter(result)
                for item in result.items:
                    told(item)
        if not stopping():
            if source.changed():
                raise BatchError(f"{source.name} was changed while it was read: begin anew, in another place")
            book.end()


def _clear(files: Files, job: Job, state: State) -> None:
    """Take away what a worker that was killed did not finish, and what a batch that has ended does not need."""
    left = [] if job.folder is None else list(files.folder.glob(UNFINISHED))
    if state.ended and "places" in files.unfinished:
        left.append(files.unfinished["places"])
    for path in left:
        with suppress(OSError):
            path.unlink(missing_ok=True)


class _Book(AbstractContextManager["_Book"]):
    """What is written of the results, in their order: ledger, appended files, then the journal."""

    def __init__(self, files: Files, journal: Journal, ledger: Any, plan: Plan) -> None:
        self.files, self.journal, self.ledger, self.plan = files, journal, ledger, plan
        self.state = journal.state
        unfinished = files.unfinished
        if files.merged is not None and self.state.sizes.get("merged") and not unfinished["merged"].exists():
            with suppress(FileNotFoundError):  # it had its name already, and the journal did not yet say so
                files.merged.replace(unfinished["merged"])
        self.open = {name: Appended(path, self.state.sizes.get(name, 0)) for name, path in unfinished.items()}
        synced(files.folder)

    def enter(self, result: Result) -> None:
        """Write what became of a task."""
        if self.ledger is not None and result.counted:
            from prefill.store import LedgerEntry

            self.ledger.add_all(LedgerEntry(**entry) for entry in result.counted)
        state = self.state
        filled = [item for item in result.items if item.filled]
        self.open["savings"].write(b"".join(map(self.saved, filled)))
        self.open["problems"].write(b"".join(_line(_why(item)) for item in result.items if not item.filled))
        self.open["warnings"].write(b"".join(_line(_told(item, one)) for item in filled for one in item.problems))
        state = replace(
            state,
            place=result.end,
            filled=state.filled + len(filled),
            set_aside=state.set_aside + len(result.items) - len(filled),
            warned=state.warned + sum(bool(item.problems) for item in filled),
        )
        if self.files.merged is not None:
            state = self.merge(result.merged, state)
        self.note(state)

    def merge(self, merged: Any, state: State) -> State:
        """Append to the one file."""
        whole = self.open["merged"]
        if isinstance(merged, bytes):
            whole.write(merged)
            return state
        if not whole.size:
            whole.write(HEAD)
        if not merged.pages:
            return state
        first = FIRST + state.objects
        content, places = placed(merged, first, whole.size)
        whole.write(content)
        self.open["places"].write(places)
        return replace(
            state,
            nodes=(*state.nodes, first),
            objects=state.objects + len(merged.objects),
            pages=state.pages + merged.pages,
        )

    def saved(self, item: BatchItem) -> bytes:
        """Write what a form saved as a line."""
        own: dict[str, Any] = {"number": item.number}
        if item.id is not None:
            own["id"] = item.id
        if self.files.merged is None:
            own["file"] = file_name(item.number, item.id, self.files.draw)
        saved = item.savings.to_dict() if item.savings is not None else {}
        return _line({**own, **saved})

    def note(self, state: State) -> None:
        """See to it that all is on the disk, then say so."""
        for file in self.open.values():
            file.sync()
        state = replace(state, sizes={name: file.size for name, file in self.open.items()})
        self.journal.note(state)
        self.state = state

    def end(self) -> None:
        """Give the one file its end and its name, and say that the batch is done."""
        if self.files.merged is not None:
            whole = self.open["merged"]
            if self.files.draw == "pdf":
                if not whole.size:
                    whole.write(HEAD)
                form = self.plan.form
                places = self.open["places"].path
                with places.open("rb") as noted:
                    about = (form.title, form.agency or "")
                    for content in tail(
                        self.state.nodes, self.state.pages, whole.size, lambda: noted.read(_BLOCK), about
                    ):
                        whole.write(content)
            whole.sync()
            whole.path.replace(self.files.merged)
            synced(self.files.folder)
        self.journal.note(replace(self.state, ended=True))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        """Leave in each file what the journal knows of."""
        ended = self.journal.state.ended
        for name, file in self.open.items():
            if ended or kind is None:
                file.close()
            else:
                file.cut(self.journal.state.sizes.get(name, 0))


def _told(item: BatchItem, problem: Complaint) -> dict[str, Any]:
    named = {"line": item.number} if item.id is None else {"id": item.id}
    return {**named, "path": problem.path, "what": problem.what, "remedy": problem.remedy}


def _why(item: BatchItem) -> dict[str, Any]:
    """Say why a record was set aside, on one line however many reasons there are."""
    first, *rest = item.problems
    more = [{"path": one.path, "what": one.what, "remedy": one.remedy} for one in rest]
    return {**_told(item, first), **({"more": more} if more else {})}


def _line(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"
