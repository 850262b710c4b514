"""Weighing facts against each other: what their sources, authority, dates and corrections leave standing.

The rules, in order:

1. of each source the newest statement that mentions the term counts; the same date with two values is a dispute;
2. fresh facts come before stale ones, which never dispute them;
3. the first kind of source in the term's order of authority that has a fact wins; without authority, those that differ dispute;
4. a worker's correction at or after the authority's date disputes it, until the authority states its value again; without an
   authority the worker's word stands until a source later states otherwise;
5. a date that is less exact does not differ from one that it contains.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from prefill.reasons import Reason
from prefill.records.facts import NOT_RECORDED, Absence, Fact, Item, Other, Resolution
from prefill.vocabulary import Term

__all__ = ["best_first", "newest_first", "newest_of_each", "weigh"]


def newest_of_each(facts: Iterable[Fact]) -> list[Fact]:
    """Keep, of each source, what its newest statement says (an outage says nothing, so it never replaces what was said).

    The facts come newest first.
    """
    newest: dict[tuple[str, bool], int] = {}
    kept: list[Fact] = []
    down: list[Fact] = []
    for fact in facts:
        if fact.value is Absence.UNAVAILABLE:
            down.append(fact)
        elif newest.setdefault((fact.source, fact.rule is not None), fact.day) == fact.day:
            kept.append(fact)
    return kept or down


def newest_first(fact: Fact) -> tuple[int, int, str, str]:
    """Sort facts by date, the newest first."""
    return (-fact.day, fact.rank, fact.source, fact.path)


def best_first(fact: Fact) -> tuple[int, int, str]:
    """Sort facts by authority, and the newest first among equals."""
    return (fact.rank, -fact.day, fact.source)


def weigh(term: Term, stated: Sequence[Fact], cutoff: int) -> Resolution:
    """Decide among what each source's newest statement says: the fresh before the stale."""
    fresh: list[Fact] = []
    old: list[Fact] = []
    for fact in stated:
        if fact.value is not Absence.UNREADABLE and fact.value is not Absence.UNAVAILABLE:
            (fresh if fact.day >= cutoff else old).append(fact)
    if fresh:
        found = _decide(fresh, term)
        if not old:
            return found
        stale = [
            Other(f.value, (f,), "stale") for f in old if f.value != found.value and not isinstance(f.value, Absence)
        ]
        return Resolution(found.reason, found.value, found.facts, (*found.others, *stale))
    if old:
        found = _decide(old, term)
        if found.reason == "not-applicable":
            found = NOT_RECORDED
        reason: Reason = found.reason if found.value is None else "stale"
        return Resolution(reason, found.value, found.facts, found.others)
    if any(fact.value is Absence.UNREADABLE for fact in stated):
        return Resolution("unreadable", None, tuple(stated))
    return Resolution("unavailable" if stated else "not-recorded", None, tuple(stated))


def _decide(facts: Sequence[Fact], term: Term) -> Resolution:
    """Choose among facts that are all fresh, or all stale; each is its source's newest."""
    if term.many:
        return _decide_list(facts, term)
    stated = [fact for fact in facts if fact.rule is None]
    derived = [fact for fact in facts if fact.rule is not None]
    if not stated or not derived:
        return _choose(facts, term)
    one, other = _choose(stated, term), _choose(derived, term)
    if one.value is None or (other.value is not None and _agree(one.value, other.value)):
        return one
    return _dispute(facts, term)


def _choose(facts: Sequence[Fact], term: Term) -> Resolution:
    best = min([fact.rank for fact in facts])
    has_authority = best < len(term.authority)
    overrides = [fact for fact in facts if fact.origin == "override"]
    ruling: Sequence[Fact]
    if overrides:
        ruling = _heed_overrides(facts, overrides, best, has_authority)
    elif has_authority:
        ruling = [fact for fact in facts if fact.rank == best]
    else:
        ruling = facts
    value = ruling[0].value
    for fact in ruling:
        if fact.value != value:
            if not _agree(value, fact.value):
                return _dispute(facts, term)
            if _finer(fact.value, value):
                value = fact.value
    agreeing = tuple(sorted([fact for fact in facts if fact.value == value], key=best_first))
    why = "corrected" if overrides and not has_authority else "outranked"
    others = tuple(
        [Other(_plain(f.value), (f,), why) for f in facts if f.value != value and not _agree(f.value, value)]
    )
    if value is Absence.NOT_APPLICABLE:
        return Resolution("not-applicable", None, agreeing, others)
    return Resolution("recorded" if any([f.rule is None for f in agreeing]) else "derived", value, agreeing, others)


def _heed_overrides(facts: Sequence[Fact], overrides: list[Fact], best: int, has_authority: bool) -> list[Fact]:
    """Let a worker's last correction stand without authority, or dispute an authority that has not spoken since."""
    last_word = max([fact.day for fact in overrides])
    overrides = [fact for fact in overrides if fact.day == last_word]
    ruling = [fact for fact in facts if fact.rank == best and fact.origin != "override"]
    if has_authority and ruling:
        newest = max([fact.day for fact in ruling])
        return ruling + [fact for fact in overrides if fact.day >= newest]
    later = [
        f for f in facts if f.origin != "override" and f.day > last_word and not _agree(f.value, overrides[0].value)
    ]
    return overrides + later


def _plain(value: Any) -> Any:
    return None if isinstance(value, Absence) else value


def _dispute(facts: Sequence[Fact], term: Term) -> Resolution:
    """Give all that differ, best source first; none is taken."""
    sides: dict[Any, list[Fact]] = {}
    for fact in sorted(facts, key=best_first):
        sides.setdefault(fact.value, []).append(fact)
    others = tuple([Other(_plain(value), tuple(held), "differs") for value, held in sides.items()])
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
    ordered = sorted(facts, key=best_first)
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
        others = tuple(
            Other(f.value, (f,), "outranked") for f in lists if f is not best and _members(f) != _members(best)
        )
        return Resolution("recorded", best.value, (best,), others)
    merged: dict[Any, Item] = {}
    for fact in lists:
        for item in fact.value:
            merged.setdefault(item.entity, item)
    partly = tuple(item for entity, item in merged.items() if any(entity not in _members(f) for f in lists))
    others = (Other(partly, tuple(f for f in lists if _members(f) != set(merged)), "differs"),) if partly else ()
    return Resolution("recorded", tuple(merged.values()), tuple(lists), others)


def _members(fact: Fact) -> set[Any]:
    return {item.entity for item in fact.value} if isinstance(fact.value, tuple) else set()
