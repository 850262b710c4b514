"""The whole story of a term: every fact, its source and date, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from prefill import kinds
from prefill.reasons import Reason
from prefill.records import Absence, Cell, Entity, Record
from prefill.records.facts import Resolved
from prefill.records.weighing import newest_of_each
from prefill.resolution.resolving import resolve, resolve_path, resolve_root, through
from prefill.vocabulary import Path, Term, UnknownTerm

__all__ = ["Explanation", "Line", "explain"]


@dataclass(frozen=True, slots=True)
class Line:
    """One fact as ``explain`` tells it; ``taken`` says what became of it.

    ``taken``; why it was not (``differs``, ``outranked``, ``stale``, ``corrected``, ``after`` the form's date); ``agrees`` with what was taken,
    which says more; or ``superseded`` by what the source said later, or by what follows today. ``purpose`` is what it was collected for.
    """

    path: str
    source: str
    as_of: str | None
    text: str
    taken: str
    purpose: str | None = None

    def __str__(self) -> str:
        """Tell it on one line."""
        collected = f" (collected for {self.purpose})" if self.purpose else ""
        return f"{self.as_of or 'undated':<10}  {self.source}: {self.text}{collected}  [{self.taken}]"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Who said what of a term and when, what was taken, and why."""

    path: str
    label: str
    on: date
    reason: Reason
    text: str
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        """Tell it on a few lines."""
        head = f"{self.path} ({self.label}) on {self.on}: {self.reason}" + (f": {self.text}" if self.text else "")
        return "\n".join((head, *(f"  {line}" for line in self.lines)))


def explain(record: Record, path: str, *, on: date) -> Explanation:
    """Tell the whole story of a term: every fact, its source and date, whether it was taken, and why not.

    Raises UnknownTerm for a path that the vocabulary does not know.
    """
    vocabulary = record.vocabulary
    where = vocabulary.path(path)
    if any(role.many for role in where.roles):
        raise UnknownTerm(path, "name a term of one entity; a list's items have one each")
    found = resolve_path(record, where, on)
    used = {id(fact) for fact in found.facts}
    why = {id(fact): other.why for other in found.others for fact in other.facts}
    day = on.toordinal()
    derive = where.term.derive
    late = derive.rule if derive is not None and not derive.early else None
    lines = []
    for cell in _cells(record, where, on):
        here = resolve(cell, day, 0)
        newest = {id(fact) for fact in newest_of_each(fact for fact in cell.facts if fact.day <= day)}
        for fact in cell.facts:
            is_absence = isinstance(fact.value, Absence)
            own = cell.term is where.term
            if id(fact) in used:
                taken = "taken"
            elif id(fact) in why:
                taken = why[id(fact)]
            elif fact.day > day:
                taken = "after"
            elif id(fact) in newest and not is_absence and not (own and late and fact.value != found.value):
                taken = _otherwise(here, id(fact))
            else:
                taken = "superseded"
            source = vocabulary.source_of(fact.source)
            rule = fact.rule or (late if not own else None)
            path_ = f"{fact.path} by rule {rule}" if rule else fact.path
            text = str(fact.value.value) if is_absence else _text(cell.term, fact.value)
            lines.append(Line(path_, source.label if source else fact.source, fact.as_of, text, taken, fact.purpose))
    text = _text(where.term, found.value) if found.value is not None else ""
    return Explanation(path, where.term.label, on, found.reason, text, tuple(lines))


def _otherwise(here: Resolved, fact: int) -> str:
    """Say what its own term makes of a fact that what is explained does not name: it is an alternative there, or agrees."""
    return next((other.why for other in here[3] for one in other.facts if id(one) == fact), "agrees")


def _cells(record: Record, where: Path, on: date) -> Iterator[Cell]:
    """Give the cells that a term rests on: its own, of each candidate, and those that it follows from on the day."""
    if where.term.path == where.root and not where.roles:
        found = record.context.cells.get(where.root)
        if found is not None:
            yield found
        return
    day = on.toordinal()
    holder = owner = resolve_root(record, where.root, day)
    for step in where.roles:
        owner = holder
        holder = through(holder, step.path, day, step.fresh_for.before(on) if step.fresh_for else 0)
    _, one, _, several, _ = holder
    if where.on_link and isinstance(owner[1], Entity):
        links = [link for (role, _), link in owner[1].links.items() if role == where.roles[-1].path]
        yield from [link.cells[where.term.path] for link in links if where.term.path in link.cells]
        return
    owners = [one] if isinstance(one, Entity) else [o.value for o in several if isinstance(o.value, Entity)]
    derive = where.term.derive
    attributes = (where.term.path, *(derive.of if derive is not None and not derive.early else ()))
    for attribute in attributes:
        for one in owners:
            cell = one.cells.get(attribute)
            if cell is not None:
                yield cell


def _text(term: Term, value: Any) -> str:
    if isinstance(value, Entity):
        return repr(value)
    if isinstance(value, tuple) and term.to:
        return f"{len(value)} × {term.to}"
    return kinds.show(term.kind, value, term.codes)
