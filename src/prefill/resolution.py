"""What a record says of a term on a date: value, dissent, or the kind of absence. ``explain`` tells it in full.

The rules, in order:

1. a fact dated after the form's date is not used;
2. of each source the newest statement that mentions the term counts; the same date with two values is a dispute;
3. fresh facts come before stale ones, which never dispute them;
4. the first kind of source in the term's order of authority that has a fact wins; without authority, those that differ dispute;
5. a worker's correction at or after the authority's date disputes it, until the authority states its value again; without an
   authority the worker's word stands until a source later states otherwise;
6. a date that is less exact does not differ from one that it contains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from prefill import kinds
from prefill.reasons import Reason
from prefill.records import Absence, Cell, Entity, Fact, Item, Record, Resolution
from prefill.records.facts import Other
from prefill.vocabulary import Duration, Path, Term, UnknownTerm

__all__ = ["Explanation", "Line", "explain", "resolve", "resolve_path", "through"]

NOT_RECORDED: Final = Resolution("not-recorded")
NOT_APPLICABLE: Final = Resolution("not-applicable")
UNAVAILABLE: Final = Resolution("unavailable")

_WORST: Final[tuple[Reason, ...]] = (
    "recorded",
    "derived",
    "suggested",
    "partial",
    "stale",
    "candidates",
    "disputed",
    "not-applicable",
    "not-recorded",
    "unavailable",
    "unreadable",
    "withheld",
)
SEVERITY: Final[dict[Reason, int]] = {reason: place for place, reason in enumerate(_WORST)}
"""How bad each reason is, for what follows from several facts: the worst of them all counts."""


def resolve(cell: Cell | None, on: int, cutoff: int) -> Resolution:
    """Say what a cell holds on a day.

    ``on`` and ``cutoff`` are ordinals: facts after ``on`` are not used, those before ``cutoff`` are stale (0 where nothing ages).
    """
    if cell is None:
        return NOT_RECORDED
    if cutoff <= cell.day and cell.last <= on and cell.settled is not None:
        return cell.settled
    past = [fact for fact in cell.facts if fact.day <= on]
    after = tuple(Other(fact.value, (fact,), "after") for fact in cell.facts if fact.day > on and not isinstance(fact.value, Absence))
    stated = _newest_of_each(past)
    said = [fact for fact in stated if fact.value not in (Absence.UNREADABLE, Absence.UNAVAILABLE)]
    fresh = [fact for fact in said if fact.day >= cutoff]
    old = [fact for fact in said if fact.day < cutoff]
    if fresh:
        found = _decide(fresh, cell.term)
        stale = tuple(
            Other(fact.value, (fact,), "stale") for fact in old if fact.value != found.value and not isinstance(fact.value, Absence)
        )
        return found._replace(others=found.others + stale + after) if stale or after else found
    if old:
        found = _decide(old, cell.term)
        if found.reason == "not-applicable":
            found = NOT_RECORDED
        elif found.value is not None:
            found = found._replace(reason="stale")
        return found._replace(others=found.others + after)
    reason: Reason = "not-recorded"
    if any(fact.value is Absence.UNREADABLE for fact in stated):
        reason = "unreadable"
    elif stated:
        reason = "unavailable"
    return Resolution(reason, None, tuple(stated), after)


def _newest_of_each(facts: Iterable[Fact]) -> list[Fact]:
    """Keep, of each source, what its newest statement says (an outage says nothing, so it never replaces what was said)."""
    newest: dict[tuple[str, bool], int] = {}
    kept: list[Fact] = []
    down: list[Fact] = []
    for fact in facts:  # newest first
        if fact.value is Absence.UNAVAILABLE:
            down.append(fact)
        elif newest.setdefault((fact.source, fact.rule is not None), fact.day) == fact.day:
            kept.append(fact)
    return kept or down


def _decide(facts: Sequence[Fact], term: Term) -> Resolution:
    """Choose among facts that are all fresh, or all stale; each is its source's newest."""
    if term.many:
        return _decide_list(facts, term)
    stated = [fact for fact in facts if fact.rule is None]
    derived = [fact for fact in facts if fact.rule is not None]
    if not stated or not derived:
        return _choose(stated or derived, term)
    one, other = _choose(stated, term), _choose(derived, term)
    if one.value is None or (other.value is not None and _agree(one.value, other.value)):
        return one
    return _dispute(facts, term)


def _choose(facts: Sequence[Fact], term: Term) -> Resolution:
    best = min(fact.rank for fact in facts)
    overrides = [fact for fact in facts if fact.origin == "override"]
    last_word = max((fact.day for fact in overrides), default=-1)
    overrides = [fact for fact in overrides if fact.day == last_word]
    ruling = [fact for fact in facts if fact.rank == best and fact.origin != "override"]
    has_authority = best < len(term.authority)
    if overrides and (not has_authority or not ruling):
        later = [f for f in facts if f.origin != "override" and f.day > last_word and not _agree(f.value, overrides[0].value)]
        ruling = overrides + later
    elif overrides:
        newest = max(fact.day for fact in ruling)
        ruling += [fact for fact in overrides if fact.day >= newest]
    elif not has_authority:
        ruling = list(facts)
    value = ruling[0].value
    for fact in ruling[1:]:
        if not _agree(value, fact.value):
            return _dispute(facts, term)
        if _finer(fact.value, value):
            value = fact.value
    agreeing = tuple(sorted((f for f in facts if f.value == value), key=lambda f: (f.rank, -f.day, f.source)))
    if value is Absence.NOT_APPLICABLE:
        return Resolution("not-applicable", None, agreeing)
    why = "corrected" if overrides and not has_authority else "outranked"
    others = tuple(
        Other(None if isinstance(f.value, Absence) else f.value, (f,), why) for f in facts if not _agree(f.value, value)
    )
    reason: Reason = "derived" if all(fact.rule for fact in agreeing) else "recorded"
    return Resolution(reason, value, agreeing, others)


def _dispute(facts: Sequence[Fact], term: Term) -> Resolution:
    """Give all that differ, best source first; none is taken."""
    sides: dict[Any, list[Fact]] = {}
    for fact in sorted(facts, key=lambda f: (f.rank, -f.day, f.source)):
        sides.setdefault(fact.value, []).append(fact)
    others = tuple(
        Other(None if isinstance(value, Absence) else value, tuple(held), "differs") for value, held in sides.items()
    )
    return Resolution("candidates" if term.to else "disputed", None, (), others)


def _agree(one: Any, other: Any) -> bool:
    """Whether two values are the same, or two dates of which one contains the other."""
    if one == other:
        return True
    if not (isinstance(one, str) and isinstance(other, str)) or len(one) == len(other):
        return False
    short, long = sorted((one, other), key=len)
    return len(long) in (7, 10) and len(short) in (4, 7) and long[4] == "-" and long.startswith(short + "-")


def _finer(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and len(one) > len(other)


def _decide_list(facts: Sequence[Fact], term: Term) -> Resolution:
    """Merge the lists of several sources by identity, or take the best one's whole.

    An item that not every list holds is kept, and named in ``others`` as one whose membership differs.
    """
    ordered = sorted(facts, key=lambda f: (f.rank, -f.day, f.source))
    best = ordered[0]
    if best.value is Absence.NOT_APPLICABLE:
        return Resolution("not-applicable", None, (best,)) if len(facts) == 1 else _dispute(facts, term)
    ranked = best.rank < len(term.authority)
    lists = [fact for fact in ordered if isinstance(fact.value, tuple)]
    if not term.items_by or ranked:
        tied = [f for f in lists if (f.rank, f.day) == (best.rank, best.day)]
        if not term.items_by and not ranked:
            if any(len(f.value) != len(best.value) for f in tied) or (len(tied) > 1 and best.value):
                return _dispute(tied, term)
        others = tuple(Other(f.value, (f,), "outranked") for f in lists if f is not best and _members(f) != _members(best))
        return Resolution("recorded", best.value, (best,), others)
    merged: dict[Entity, Item] = {}
    for fact in lists:
        for item in fact.value:
            merged.setdefault(item.entity, item)
    partly = tuple(item for entity, item in merged.items() if any(entity not in _members(f) for f in lists))
    others = (Other(partly, tuple(f for f in lists if _members(f) != set(merged)), "differs"),) if partly else ()
    return Resolution("recorded", tuple(merged.values()), tuple(lists), others)


def _members(fact: Fact) -> set[Entity]:
    return {item.entity for item in fact.value} if isinstance(fact.value, tuple) else set()


def through(role: Resolution, attribute: str, on: int, cutoff: int) -> Resolution:
    """Say what is known of an attribute of the entity that a role resolves to.

    A role that is itself in doubt passes its doubt on; several candidates that agree on the value settle it.
    """
    if isinstance(role.value, Entity):
        found = resolve(role.value.cells.get(attribute), on, cutoff)
        return found if role.reason == "recorded" else _worse(role, found)
    if role.reason == "candidates":
        return _of_candidates(role, attribute, on, cutoff)
    return Resolution(role.reason, None, role.facts) if role.facts else _PLAIN.get(role.reason, NOT_RECORDED)


_PLAIN: Final = {"not-recorded": NOT_RECORDED, "not-applicable": NOT_APPLICABLE, "unavailable": UNAVAILABLE}


def _worse(role: Resolution, found: Resolution) -> Resolution:
    if SEVERITY[role.reason] > SEVERITY[found.reason]:
        return found._replace(reason=role.reason)
    return found


def _of_candidates(role: Resolution, attribute: str, on: int, cutoff: int) -> Resolution:
    entities = [other.value for other in role.others if isinstance(other.value, Entity)]
    all_found = [resolve(entity.cells.get(attribute), on, cutoff) for entity in entities]
    values = [found.value for found in all_found]
    if len(entities) == len(role.others) and values and values[0] is not None and all(v == values[0] for v in values):
        worst = max(all_found, key=lambda found: SEVERITY[found.reason])
        return Resolution(worst.reason, values[0], tuple(fact for found in all_found for fact in found.facts), worst.others)
    sides = [found for found in all_found if found.value is not None]
    if not sides:
        return NOT_RECORDED
    return Resolution("candidates", None, (), tuple(Other(found.value, found.facts, "differs") for found in sides))


def resolve_path(record: Record, path: Path, on: date, fresh_for: Duration | None = None) -> Resolution:
    """Say what a record says of a path that leads to one term (through roles, not through lists)."""
    day = on.toordinal()
    found = resolve_root(record, path.root, day)
    for step in (*path.roles, path.term):
        if step is path.term and step.path == path.root and not path.roles:
            return found
        fresh = fresh_for if step is path.term and fresh_for is not None else step.fresh_for
        found = through(found, step.path, day, fresh.before(on) if fresh else 0)
    return found


def resolve_root(record: Record, root: str, on: int) -> Resolution:
    """Say which entity a root stands for; the one and only does so at any date."""
    cell = record.context.cells.get(root)
    if cell is None:
        return NOT_RECORDED
    if cell.settled is not None:
        return cell.settled
    return resolve(cell, on, 0)


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
        return "\n".join((head, *(f"  {n.as_of or 'undated':<10}  {n.source}: {n.text}  [{n.taken}]" for n in self.lines)))


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
    owners = [holder.value] if isinstance(holder.value, Entity) else [o.value for o in holder.others if isinstance(o.value, Entity)]
    cells = [record.context.cells.get(where.root)] if where.term.path == where.root else [o.cells.get(where.term.path) for o in owners]
    lines = []
    for cell in cells:
        for fact in cell.facts if cell else ():
            taken = "taken" if id(fact) in used else why.get(id(fact)) or ("after" if fact.day > day else "superseded")
            by = f"{fact.value.value}" if isinstance(fact.value, Absence) else _text(where.term, fact.value)
            source = vocabulary.source_of(fact.source)
            path_ = f"{fact.path} by rule {fact.rule}" if fact.rule else fact.path
            lines.append(Line(path_, source.label if source else fact.source, fact.as_of, by, taken))
    text = _text(where.term, found.value) if found.value is not None else ""
    return Explanation(path, where.term.label, on, found.reason, text, tuple(lines))


def _text(term: Term, value: Any) -> str:
    if isinstance(value, Entity):
        return repr(value)
    if isinstance(value, tuple) and term.to:
        return f"{len(value)} × {term.to}"
    return kinds.show(term.kind, value, term.codes)
