"""A batch from Python: records in, forms out, one after the other."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from prefill.batches.crew import cores, in_order
from prefill.batches.inputs import Input, from_iterable
from prefill.batches.model import BatchItem, Drawing, Job, Place
from prefill.plans import Plan
from prefill.records import Filing, Grant

__all__ = ["batch", "job_of"]

_TASK: Final = 8
"""Subjects that a worker takes at a time: few, since somebody waits for the first."""


def batch(
    plan: Plan,
    records: Iterable[Any],
    *,
    on: date,
    filing: Filing | None = None,
    grant: Grant | None = None,
    draw: Drawing | None = "json",
    workers: int | None = None,
    templates: Path | str | None = None,
    by_hand: bool = False,
) -> Iterator[BatchItem]:
    """Fill and draw a form for many subjects, on all cores; an iterator in, an iterator out, in the same order, in flat memory.

    ``records`` are read as they are needed: each a Record, a list of statements, one statement, or JSON text; or a pair of an id of the app's
    own and one of these. ``draw`` says what each ``content`` is: the text of ``to_json`` or ``to_html``, a stamped PDF's bytes, or (None)
    nothing, where only the savings are wanted. ``workers`` are processes, one a core unless said; ``on``, ``filing`` and ``grant`` are those
    of ``fill``, ``templates`` and ``by_hand`` those of ``to_pdf``. A record that cannot be filled or drawn is an item without content, whose
    ``problems`` say why; the rest goes on.

    Raises ValueError for a plan that was made of no file, MissingExtra and RenderError where nothing can be drawn, BatchError where a worker
    is killed. Ends its processes when it is closed.
    """
    source = from_iterable(records)
    job = job_of(plan, source, on=on, filing=filing, grant=grant, draw=draw, templates=templates, by_hand=by_hand)
    return _items(job, source, cores() if workers is None else workers)


def _items(job: Job, source: Input, workers: int) -> Iterator[BatchItem]:
    for result in in_order(job, source.tasks(Place(), _TASK), workers):
        yield from result.items


def job_of(plan: Plan, source: Input, *, templates: Path | str | None = None, **said: Any) -> Job:
    """Make the job of a plan for an input. Raises ValueError for a plan that was made of no file."""
    if plan.file is None:
        raise ValueError("a batch needs a plan of catalogue.plan(…): its processes make it anew of the same files")
    folder = Path(templates).resolve() if templates is not None else None
    filing = said.pop("filing", None)
    return Job(
        folders=tuple(folder.resolve() for folder in plan.folders),
        file=plan.file.resolve(),
        spec_hash=plan.spec_hash,
        templates=folder,
        filing=replace(filing) if filing is not None else Filing(),
        name=source.name,
        input=source.file,
        **said,
    )
