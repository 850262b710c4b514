"""What a record says of a term on a date: value, dissent, or the kind of absence. ``explain`` tells it in full.

Facts are weighed by the rules of ``records.weighing``; what no date can change of that is settled when the record is joined. Here the
dates come in: a fact dated after the form's is not used, one that has aged is stale, and a role's doubt passes to what it leads to.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from prefill import kinds
from prefill.derivations import RULES
from prefill.reasons import Reason
from prefill.records import Absence, Cell, Entity, Record, Resolution
from prefill.records.facts import NOTHING, Other, Resolved, sides
from prefill.records.weighing import newest_of_each, weigh
from prefill.vocabulary import Duration, Path, Term, UnknownTerm

__all__ = ["Explanation", "Line", "explain", "resolve", "resolve_path", "through"]

_WORST: Final[tuple[Reason, ...]] = (
    "recorded",
    "derived",
    "suggested",
    "partial",
    "stale",
    "candidates",
    "disputed",
    "not-applicable",
    "each-time",
    "by-hand",
    "other-desk",
    "ask-always",
    "after-answers",
    "no-matching-option",
    "not-recorded",
    "unavailable",
    "unreadable",
    "withheld",
)
SEVERITY: Final[dict[Reason, int]] = {reason: place for place, reason in enumerate(_WORST)}
"""How bad each reason is, for what follows from several facts: the worst of them all counts."""


def resolve(cell: Cell | None, on: int, cutoff: int) -> Resolved:
    """Say what a cell holds on a day.

    ``on`` and ``cutoff`` are ordinals: facts after ``on`` are not used, those before ``cutoff`` are stale (0 where nothing ages).
    """
    if cell is None:
        return NOTHING
    if cell.last > on:
        return _as_of(cell, on, cutoff)
    if cutoff <= cell.day:
        return cell.settled
    _, value, facts, others, _ = cell.settled
    if cell.last < cutoff and value is not None and not others:  # all agree, and all are stale
        return ("stale", value, facts, (), ())
    if cell.plain:
        fresh = tuple([fact for fact in cell.best if fact.day >= cutoff])
        if fresh:
            value = fresh[0].value
            differ = [fact for fact in cell.best if fact.value != value]
            if all([fact.day < cutoff for fact in differ]):
                return ("recorded", value, fresh, tuple([Other(f.value, (f,), "stale") for f in differ]), ())
    return weigh(cell.term, cell.best, cutoff)[:]


def _as_of(cell: Cell, on: int, cutoff: int) -> Resolved:
    """Leave the facts after the form's date out, and name those that say something else."""
    past = newest_of_each(fact for fact in cell.facts if fact.day <= on)
    reason, value, facts, others, waits = weigh(cell.term, past, cutoff)
    later = [fact for fact in cell.facts if fact.day > on and fact.value != value]
    after = [Other(fact.value, (fact,), "after") for fact in later if not isinstance(fact.value, Absence)]
    return (reason, value, facts, (*others, *after), waits)


def through(role: Resolved, attribute: str, on: int, cutoff: int) -> Resolved:
    """Say what is known of an attribute of the entity that a role resolves to.

    A role that is itself in doubt passes its doubt on; several candidates that agree on the value settle it.
    """
    reason, entity, facts, others, _ = role
    if isinstance(entity, Entity):
        found = resolve(entity.cells.get(attribute), on, cutoff)
        return found if reason == "recorded" else _worse(reason, found)
    if reason == "candidates":
        return _of_candidates(others, attribute, on, cutoff)
    return (reason, None, facts, (), ())


def _worse(reason: Reason, found: Resolved) -> Resolved:
    return (reason, *found[1:]) if SEVERITY[reason] > SEVERITY[found[0]] else found


def _of_candidates(others: tuple[Other, ...], attribute: str, on: int, cutoff: int) -> Resolved:
    candidates = sides(others)
    entities = [side.value for side in candidates if isinstance(side.value, Entity)]
    all_found = [Resolution(*resolve(entity.cells.get(attribute), on, cutoff)) for entity in entities]
    known = [found for found in all_found if found.value is not None]
    if not known:
        return NOTHING
    why = candidates[0].why
    if len(known) < len(candidates) or any(found.value != known[0].value for found in known):
        return ("candidates", None, (), tuple([Other(found.value, found.facts, why) for found in known]), ())
    worst = max(all_found, key=lambda found: SEVERITY[found.reason])
    agreed = worst._replace(facts=tuple(dict.fromkeys(fact for found in all_found for fact in found.facts)))
    return _worse("stale", agreed[:]) if why == "stale" else agreed[:]


def resolve_path(record: Record, path: Path, on: date, fresh_for: Duration | None = None) -> Resolution:
    """Say what a record says of a path that leads to one term (through roles, not through lists)."""
    day = on.toordinal()
    at = resolve_root(record, path.root, day)
    for step in (*path.roles, path.term):
        if step is path.term and step.path == path.root and not path.roles:
            return Resolution(*at)
        fresh = fresh_for if step is path.term and fresh_for is not None else step.fresh_for
        at = through(at, step.path, day, fresh.before(on) if fresh else 0)
    found = Resolution(*at)
    return _derived_late(record, path, on) or found if found.value is None else found


def _derived_late(record: Record, path: Path, on: date) -> Resolution | None:
    """Say what follows for a term by a rule that asks for the date (an age): forms have it in their plan."""
    derive = path.term.derive
    if derive is None or derive.early:
        return None
    inputs = [resolve_path(record, record.vocabulary.path(f"{path.prefix}.{of}"), on) for of in derive.of]
    worst = max([found.reason for found in inputs], key=SEVERITY.__getitem__)
    facts = tuple([fact for found in inputs for fact in found.facts])
    if any(found.value is None for found in inputs):
        return Resolution(worst, None, facts)
    rule = RULES[derive.rule]
    dated = {"on": on} if rule.dated else {}
    value = rule.function(*[found.value for found in inputs], **derive.params, **dated)
    reason: Reason = "not-recorded" if value is None else "derived" if worst == "recorded" else worst
    return Resolution(reason, value, facts)


def resolve_root(record: Record, root: str, on: int) -> Resolved:
    """Say which entity a root stands for; the one and only does so at any date."""
    cell = record.context.cells.get(root)
    if cell is None:
        return NOTHING
    return resolve(cell, on, 0) if root in record.ambiguous else cell.settled


@dataclass(frozen=True, slots=True)
class Line:
    """One fact as ``explain`` tells it; ``taken`` says what became of it."""

    path: str
    source: str
    as_of: str | None
    text: str
    taken: str


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
        return "\n".join(
            (head, *(f"  {n.as_of or 'undated':<10}  {n.source}: {n.text}  [{n.taken}]" for n in self.lines))
        )


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
    holder = resolve_root(record, where.root, day)
    for step in where.roles:
        holder = through(holder, step.path, day, step.fresh_for.before(on) if step.fresh_for else 0)
    _, one, _, several, _ = holder
    owners = [entity for entity in (one, *[other.value for other in several]) if isinstance(entity, Entity)]
    owners = owners[:1] if isinstance(one, Entity) else owners
    late = where.term.derive if where.term.derive and not where.term.derive.early else None
    attributes = (where.term.path, *(late.of if late else ()))
    cells = (
        [record.context.cells.get(where.root)]
        if where.term.path == where.root
        else [owner.cells.get(attribute) for attribute in attributes for owner in owners]
    )
    lines = []
    for cell in cells:
        if cell is None:
            continue
        for fact in cell.facts:
            taken = "taken" if id(fact) in used else why.get(id(fact)) or ("after" if fact.day > day else "superseded")
            by = f"{fact.value.value}" if isinstance(fact.value, Absence) else _text(cell.term, fact.value)
            source = vocabulary.source_of(fact.source)
            rule = fact.rule or (late.rule if late and cell.term is not where.term else None)
            path_ = f"{fact.path} by rule {rule}" if rule else fact.path
            lines.append(Line(path_, source.label if source else fact.source, fact.as_of, by, taken))
    text = _text(where.term, found.value) if found.value is not None else ""
    return Explanation(path, where.term.label, on, found.reason, text, tuple(lines))


def _text(term: Term, value: Any) -> str:
    if isinstance(value, Entity):
        return repr(value)
    if isinstance(value, tuple) and term.to:
        return f"{len(value)} × {term.to}"
    return kinds.show(term.kind, value, term.codes)
