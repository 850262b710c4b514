"""What a worker does with a task: each record read, filled, drawn and measured, and its file written; one that cannot be is told and left."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from prefill.batches.lines import complaints, read_payload
from prefill.batches.model import BatchItem, Complaint, Job, Result, Stored, Subject, Task
from prefill.catalogue import open_plan
from prefill.errors import BatchError, MissingExtra, RecordError, RenderError
from prefill.filling import FilledForm, fill
from prefill.records import Record
from prefill.savings import measure, read_model

if TYPE_CHECKING:
    from prefill.plans import Plan
    from prefill.rendering import Stamper

__all__ = ["UNFINISHED", "Worker", "file_name"]

Done: TypeAlias = tuple[BatchItem, FilledForm | None]
"""What became of a subject, and his form if there is one."""

UNFINISHED: Final = ".prefill-*.part"
"""What files are called until they are whole."""


def file_name(number: int, id: str | None, draw: str) -> str:
    """Give the name of a subject's file: its opaque id, or its number.

    >>> file_name(12, None, "pdf"), file_name(12, "p3f9c2", "pdf")
    ('0000012.pdf', 'p3f9c2.pdf')
    """
    return f"{id}.{draw}" if id else f"{number:07}.{draw}"


class Worker:
    """Fills and draws one form for many subjects. Raises MissingExtra, RenderError, SpecError or OSError where it can do so for none."""

    def __init__(
        self, job: Job, tell: Callable[[bytes], None] | None = None, told: "SimpleQueue[bytes] | None" = None
    ) -> None:
        """Make the plan and what draws it, and try them on a record that says nothing.

        ``tell`` is called with what the stamper learns, and ``told`` holds what those of others have learnt.
        """
        self.job, self.told = job, told
        self.catalogue, self.plan = open_plan(job.folders, job.file)
        if self.plan.spec_hash != job.spec_hash:
            raise RenderError(f"the specs of the form '{self.plan.form.id}' changed as the batch began: begin anew")
        self.model = read_model(*self.plan.folders)
        self.filing = replace(job.filing)
        self.entry_of_fill: Callable[..., Any] | None = None
        if job.counted:
            from prefill.store import entry_of_fill

            self.entry_of_fill = entry_of_fill
        self.stamper = _stamper(job, self.plan, tell)
        self.render = _renderer(job, self.stamper)
        self.try_out()

    def try_out(self) -> None:
        """Draw a form of which nothing is known: what a template, a font or the system lacks is told before any record is blamed."""
        empty = self.catalogue.record([{"source": "-", self.plan.form.subject: {}}])
        filled = fill(self.plan, empty, on=self.job.on, filing=self.filing, grant=self.job.grant)
        if self.job.draw == "pdf":
            from prefill.rendering.pdf import paper_html, press
            from prefill.rendering.templates import templates_folder

            folder = templates_folder(self.job.templates)
            press(folder)
            paper_html(filled, folder=folder, fonts=self.job.fonts)
        else:
            self.render(filled)

    def work(self, task: Task) -> Result:
        """Do a task. Raises OSError where a file cannot be written or read; then none of the task's files is there."""
        done = [self.one(subject) for subject in self.subjects(task)]
        merged = None
        if self.job.merged:
            done, merged = self.joined(done)
        elif self.job.folder is not None:
            self.write(self.job.folder, [item for item, _ in done])
        if self.job.merged or self.job.folder is not None:
            done = [(replace(item, content=None), filled) for item, filled in done]
        counted: tuple[Any, ...] = ()
        if self.entry_of_fill is not None:
            counted = tuple(
                self.entry_of_fill(filled, model=self.model).to_dict() for _, filled in done if filled is not None
            )
        return Result(task.end, tuple(item for item, _ in done), merged, counted)

    def subjects(self, task: Task) -> Iterator[Subject]:
        """Give the subjects of a task, read from the input's file if it names a range of that."""
        if task.range is None or self.job.input is None:
            yield from task.subjects
            return
        start, size = task.range
        try:
            with self.job.input.open("rb") as file:
                file.seek(start)
                content = file.read(size)
        except OSError as error:
            raise BatchError(f"{self.job.name} cannot be read any more ({(error.strerror or '?').lower()})") from None
        if len(content) < size:
            raise BatchError(f"{self.job.name} was changed while it was read: begin anew, in another place")
        for number, line in enumerate(content.split(b"\n"), task.first):
            if line.strip():
                yield Subject(number, None, line)

    def one(self, subject: Subject) -> Done:
        """Fill and draw one subject's form; what prevents it is told."""
        while self.stamper is not None and self.told is not None and not self.told.empty():
            self.stamper.learn(self.told.get())
        number, id, _ = subject
        lesser: tuple[Complaint, ...] = ()
        try:
            record = self.record(subject)
            lesser = complaints(record.problems, *self.place(subject))
            filled = fill(self.plan, record, on=self.job.on, filing=self.filing, grant=self.job.grant)
            content = None if self.job.merged and self.job.draw == "pdf" else self.render(filled)
            savings = measure(filled, self.model)
        except RecordError as error:
            told = complaints(error.problems, *self.place(subject))
        except RenderError as error:
            return self.undrawn(subject, error)
        except (MissingExtra, MemoryError, OSError):
            raise
        except Exception as error:  # one bad record stops no batch of thousands; its message may hold a value
            what = f"prefill failed on it ({type(error).__name__} at {_place(error.__traceback__)})"
            told = (Complaint(*self.place(subject), what, "report it, with an invented record that fails alike"),)
        else:
            return BatchItem(number, id, content, savings, lesser), filled
        told = tuple(
            sorted(dict.fromkeys((*told, *lesser)), key=lambda one: one.path == "$")
        )  # what has a place comes first
        return BatchItem(number, id, None, None, told), None

    def place(self, subject: Subject | BatchItem) -> tuple[str, int | None]:
        """Give what messages call a subject: the input and its line, or the id that came with it."""
        return (self.job.name, subject.number) if subject.id is None else (f"{self.job.name}: {subject.id}", None)

    def record(self, subject: Subject) -> Record:
        """Make a subject's record."""
        payload = subject.payload
        if isinstance(payload, Stored):
            from prefill.store.fetching import record_of

            return record_of(payload.found, self.plan.vocabulary)
        return read_payload(self.catalogue, payload, *self.place(subject))

    def undrawn(self, subject: Subject | BatchItem, error: RenderError) -> Done:
        """Set aside what cannot be drawn, and say why."""
        what, _, remedy = str(error).partition(": ")
        told = Complaint(*self.place(subject), what, remedy or "mend the record")
        return BatchItem(subject.number, subject.id, None, None, (told,)), None

    def joined(self, done: Sequence[Done]) -> tuple[list[Done], Any]:
        """Give the forms of a task as one, lines of JSON or the objects of a PDF; those that cannot be drawn are set aside."""
        if self.job.draw == "json":
            lines = (item.content.replace("\n", "") for item, _ in done if isinstance(item.content, str))
            return list(done), "".join(f"{line}\n" for line in lines).encode()
        from prefill.batches.merging import part_of

        stamper = self.stamper
        forms = [filled for _, filled in done if filled is not None]
        if stamper is None or not forms:
            return list(done), part_of([])
        try:
            return list(done), part_of([stamper.stamp_many(forms)])
        except RenderError:  # of which form it is, each says on its own
            pages, kept = list[bytes](), list[Done]()
            for item, filled in done:
                try:
                    pages += [] if filled is None else [self.render(filled)]  # type: ignore[list-item]  # a PDF
                    kept.append((item, filled))
                except RenderError as error:
                    kept.append(self.undrawn(item, error))
            return kept, part_of(pages)

    def write(self, folder: Path, items: Sequence[BatchItem]) -> None:
        """Write the forms, each under its own name once all are on the disk whole."""
        unfinished: list[tuple[Path, Path]] = []
        try:
            for item in items:
                if item.content is None:
                    continue
                final = folder / file_name(item.number, item.id, str(self.job.draw))
                partial = folder / f".prefill-{os.getpid()}-{item.number}.part"
                unfinished.append((partial, final))
                content = item.content
                partial.write_bytes(content.encode() if isinstance(content, str) else content)
            for partial, _ in unfinished:
                synced(partial)
            for partial, final in unfinished:
                partial.replace(final)
            synced(folder)
        except OSError as error:
            for partial, _ in unfinished:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(folder)) from None


def synced(path: Path) -> None:
    """See to it that a file, or a folder's list of files, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stamper(job: Job, plan: "Plan", tell: Callable[[bytes], None] | None) -> "Stamper | None":
    if job.draw != "pdf":
        return None
    from prefill.rendering import Stamper

    return Stamper(plan, templates=job.templates, tell=tell)


def _renderer(job: Job, stamper: "Stamper | None") -> Callable[[FilledForm], str | bytes | None]:
    """Give the function that draws a form as the job wants it."""
    from prefill import rendering

    def page(filled: FilledForm) -> str:
        return rendering.to_html(filled, templates=job.templates)

    def stamped(filled: FilledForm) -> bytes:
        assert stamper is not None  # noqa: S101  # for the types
        try:
            return stamper.stamp(filled)
        except RenderError:  # a character that no font has: if there is a way, it is the whole layout's
            if not job.by_hand and job.fonts is None:
                raise
            return rendering.to_pdf(filled, by_hand=job.by_hand, fonts=job.fonts, templates=job.templates)

    if job.draw is None:
        return lambda filled: None
    return {"json": rendering.to_json, "html": page, "pdf": stamped}[job.draw]  # type: ignore[return-value]


def _place(trace: TracebackType | None) -> str:
    """Say where in the code it was."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else "?"
