"""What a record says of a term on a date: value, dissent, or the kind of absence.

Facts are weighed by the rules of ``records.weighing``; what no date can change of that is settled when the record is joined. Here the
dates come in: a fact dated after the form's is not used, one that has aged is stale, and a role's doubt passes to what it leads to.
"""

from datetime import date
from typing import Final

from prefill.derivations import RULES
from prefill.reasons import Reason
from prefill.records import Absence, Cell, Entity, Record, Resolution
from prefill.records.facts import NOTHING, Other, Resolved, sides
from prefill.records.weighing import newest_of_each, weigh
from prefill.resolution.following import bound, follow, stated_or_late
from prefill.resolution.severity import SEVERITY
from prefill.vocabulary import Duration, Path

__all__ = ["WITHHELD", "fresher", "has_ended", "membership", "resolve", "resolve_path", "resolve_root", "through"]

WITHHELD: Final[Resolved] = ("withheld", None, (), (), ())


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


def through(role: Resolved, attribute: str, on: int, cutoff: int, veiled: bool = False) -> Resolved:
    """Say what is known of an attribute of the entity that a role resolves to.

    A role that is itself in doubt passes its doubt on; several candidates that agree on the value settle it. Where ``veiled``, nothing
    is said of an entity that has ended by this day (a person who died), but when it ended.
    """
    reason, entity, facts, others, _ = role
    if isinstance(entity, Entity):
        found = _of_entity(entity, attribute, on, cutoff, veiled)
        return found if reason == "recorded" else _worse(reason, found)
    if reason == "candidates":
        return _of_candidates(others, attribute, on, cutoff, veiled)
    return (reason, None, facts, (), ())


def _of_entity(entity: Entity, attribute: str, on: int, cutoff: int, veiled: bool) -> Resolved:
    if veiled and entity.ended is not None and attribute != entity.ended.term.path and has_ended(entity, on):
        return WITHHELD
    return resolve(entity.cells.get(attribute), on, cutoff)


def has_ended(entity: Entity, on: int) -> bool:
    """Whether an entity is known to have ended by a day (a person to have died); of several dates in dispute, all have to be past."""
    ended = entity.ended
    if ended is None:
        return False
    _, value, _, others, _ = resolve(ended, on, 0)
    told = [value] if value is not None else [side.value for side in sides(others)]
    day = date.fromordinal(on).isoformat()
    return bool(told) and all(isinstance(one, str) and one[:10] <= day[: len(one)] for one in told)


def _worse(reason: Reason, found: Resolved) -> Resolved:
    return (reason, *found[1:]) if SEVERITY[reason] > SEVERITY[found[0]] else found


def _of_candidates(others: tuple[Other, ...], attribute: str, on: int, cutoff: int, veiled: bool) -> Resolved:
    """Say what is known of each candidate; of whom nothing is, is an alternative without a value."""
    candidates = [side for side in sides(others) if isinstance(side.value, Entity)]
    all_found = [_of_entity(side.value, attribute, on, cutoff, veiled) for side in candidates]
    told: list[Other] = []
    for side, (_, value, facts, differing, _) in zip(candidates, all_found, strict=True):
        if value is None and (own := sides(differing)):
            told += [one._replace(why=side.why) for one in own]
        else:
            told.append(Other(value, facts or side.facts, side.why))
    worst = max(all_found, key=lambda found: SEVERITY[found[0]], default=NOTHING)
    facts = tuple(dict.fromkeys([fact for found in all_found for fact in found[2]]))
    if all(one.value is None for one in told):
        return (worst[0], None, facts, (), ())
    if len(candidates) < len(sides(others)) or any(one.value != told[0].value for one in told):
        return ("candidates", None, (), tuple(told), ())
    agreed: Resolved = (worst[0], told[0].value, facts, worst[3], ())
    return _worse("stale", agreed) if candidates[0].why == "stale" else agreed


def membership(
    owner: Resolved, member: Resolved, role: str, attribute: str, on: int, cutoff: int, veiled: bool = False
) -> Resolved:
    """Say what is known of being somebody's contact or guardian: only of the very one that the role resolves to."""
    reason, entity, facts, _, _ = member
    if isinstance(owner[1], Entity) and isinstance(entity, Entity):
        link = owner[1].links.get((role, entity.number))
        return NOTHING if link is None else through((reason, link, (), (), ()), attribute, on, cutoff, veiled)
    return NOTHING if reason == "candidates" else (reason, None, facts, (), ())


def fresher(asked: Duration | None, own: Duration | None) -> Duration | None:
    """Give the stricter of two rules of freshness: what a form asks for, and what a term says of itself."""
    if asked is None or own is None:
        return asked or own
    return own if asked.may_exceed(own) else asked


def resolve_path(record: Record, path: Path, on: date, fresh_for: Duration | None = None) -> Resolution:
    """Say what a record says of a path that leads to one term (through roles, not through lists): what a form would show."""
    day = on.toordinal()
    at = owner = resolve_root(record, path.root, day)
    for step in (*path.roles, path.term):
        if step is path.term and step.path == path.root and not path.roles:
            return Resolution(*at)
        fresh = fresher(fresh_for, step.fresh_for) if step is path.term else step.fresh_for
        cutoff = fresh.before(on) if fresh else 0
        if step is path.term and path.on_link:
            return Resolution(*membership(owner, at, path.roles[-1].path, step.path, day, cutoff))
        owner, at = at, through(at, step.path, day, cutoff)
    derive = path.term.derive
    if derive is None or derive.early:
        return Resolution(*at)
    terms = [record.vocabulary.path(f"{path.prefix}.{of}") for of in derive.of]
    inputs = [resolve_path(record, term, on, fresh_for)[:] for term in terms]
    rule = RULES[derive.rule]
    apply = bound(rule, derive.params)
    late = follow(inputs, rule, apply, on)
    return Resolution(*stated_or_late(at, late, on, lambda then: follow(inputs, rule, apply, then)[1], rule.dated))


def resolve_root(record: Record, root: str, on: int) -> Resolved:
    """Say which entity a root stands for; the one and only does so at any date."""
    cell = record.context.cells.get(root)
    if cell is None:
        return NOTHING
    return resolve(cell, on, 0) if root in record.ambiguous else cell.settled
