"""Weighing facts against each other: what their sources, authority, dates and corrections leave standing.

The rules, in order:

1. of each source the newest statement that mentions the term counts; the same date with two values is a dispute;
2. fresh facts come before stale ones, which never dispute them;
3. the first kind of source in the term's order of authority that has a fact wins; without authority, those that differ dispute;
4. a worker's correction at or after the authority's date disputes it, until the authority states its value again; without an
   authority the worker's correction or choice stands until a source later states otherwise;
5. what is less exact does not differ from what it contains (a month, a county), nor the same written differently;
6. lists are merged where their items can be told apart; else the authority's is taken whole, and without one they must say the same.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from prefill import kinds
from prefill.records.facts import NOT_RECORDED, Absence, Fact, Other, Resolution
from prefill.vocabulary import Term

__all__ = ["best_first", "newest_first", "newest_of_each", "weigh"]

_TEXTS = frozenset({"text", "address"})
_WORDS = ("override", "confirm")
"""Origins that are a worker's word on what others say; what was typed where nothing was known is none."""


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
    # a worker's word mends what was garbled
    said = max([fact.day for fact in fresh if fact.origin in _WORDS], default=-1)
    lost = [fact for fact in stated if fact.value is Absence.UNREADABLE and fact.day >= cutoff and fact.day > said]
    if lost and fresh and min([f.rank for f in lost]) < min([len(term.authority), *[f.rank for f in fresh]]):
        others = tuple([Other(f.value, (f,), "outranked") for f in fresh if not isinstance(f.value, Absence)])
        return Resolution("unreadable", None, tuple(lost), others)  # the authority spoke, and cannot be understood
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
            return NOT_RECORDED
        if found.value is None:  # in dispute, and stale whichever of them it is
            return found._replace(others=tuple([other._replace(why="stale") for other in found.others]))
        return found._replace(reason="stale")
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
    if one.value is None:
        return one
    if other.value is not None and _agree(one.value, other.value, term):
        return other if _finer(other.value, one.value, term) else one
    return _dispute(facts, term)


def _choose(facts: Sequence[Fact], term: Term) -> Resolution:
    best = min([fact.rank for fact in facts])
    has_authority = best < len(term.authority)
    words = [fact for fact in facts if fact.origin in _WORDS]
    ruling: Sequence[Fact]
    if words:
        ruling = _heed(words, facts, best, has_authority)
    elif has_authority:
        ruling = [fact for fact in facts if fact.rank == best]
    else:
        ruling = facts
    value = ruling[0].value
    for fact in ruling:
        if fact.value != value:
            if not _agree(value, fact.value, term):
                return _dispute(facts, term)
            if _finer(fact.value, value, term):
                value = fact.value
    agreeing = tuple(sorted([fact for fact in facts if fact.value == value], key=best_first))
    why = "corrected" if words and not has_authority else "outranked"
    others = tuple(
        [Other(_plain(f.value), (f,), why) for f in facts if f.value != value and not _agree(f.value, value, term)]
    )
    if value is Absence.NOT_APPLICABLE:
        return Resolution("not-applicable", None, agreeing, others)
    return Resolution("recorded" if any([f.rule is None for f in agreeing]) else "derived", value, agreeing, others)


def _heed(words: list[Fact], facts: Sequence[Fact], best: int, has_authority: bool) -> list[Fact]:
    """Let a worker's last word stand without authority, or dispute an authority that has not spoken since."""
    last = max([fact.day for fact in words])
    words = [fact for fact in words if fact.day == last]
    ruling = [fact for fact in facts if fact.rank == best and fact.origin not in _WORDS]
    if has_authority and ruling:
        newest = max([fact.day for fact in ruling])
        return ruling + [fact for fact in words if fact.day >= newest]
    return words + [fact for fact in facts if fact.origin not in _WORDS and fact.day > last]


def _plain(value: Any) -> Any:
    return None if isinstance(value, Absence) else value


def _dispute(facts: Sequence[Fact], term: Term) -> Resolution:
    """Give all that differ, best source first; none is taken."""
    sides: dict[Any, list[Fact]] = {}
    for fact in sorted(facts, key=best_first):
        sides.setdefault(_held(fact) if term.many else fact.value, []).append(fact)
    others = tuple([Other(_plain(side[0].value), tuple(side), "differs") for side in sides.values()])
    return Resolution("candidates" if term.to and not term.many else "disputed", None, (), others)


def _agree(one: Any, other: Any, term: Term) -> bool:
    """Whether two values are the same, or one says the same as the other and more.

    Such are two dates or divisions of which one contains the other, and one number with 15 and 18 digits; and texts that differ in spaces
    and full-width characters alone. A code and one listed under it are not: by number, a son-in-law is listed under the sons.
    """
    if one == other:
        return True
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    if term.kind in _TEXTS:
        return kinds.alike(one, other)
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return False
    if term.kind == "id_number":
        return kinds.id_18(short) == long
    if term.kind == "division":
        return len(short) >= 6 and short[4:6] != "00" and long.startswith(short)
    return kinds.KINDS[term.kind].precision is not None and long.startswith(short + "-")


def _finer(one: Any, other: Any, term: Term) -> bool:
    """Whether one of two values that agree says more than the other."""
    if term.kind in _TEXTS:
        return False
    return isinstance(one, str) and isinstance(other, str) and len(one) > len(other)


def _decide_list(facts: Sequence[Fact], term: Term) -> Resolution:
    """Merge the lists that count, by identity; without identity they must say the same.

    An item that not every list holds is kept, and named in ``others`` as one whose membership differs.
    """
    ordered = sorted(facts, key=best_first)
    best = ordered[0]
    ranked = best.rank < len(term.authority)
    words = [fact for fact in facts if fact.origin in _WORDS]
    if words:
        ordered = sorted(_heed(words, facts, best.rank, ranked), key=best_first)
    elif ranked:
        ordered = [fact for fact in ordered if fact.rank == best.rank]
    value, held = ordered[0].value, _held(ordered[0])
    if not all([_held(fact) == held for fact in ordered]):
        if not term.items_by or any(isinstance(fact.value, Absence) for fact in ordered):
            return _dispute(facts, term)
        merged: dict[Any, Any] = {}
        for fact in ordered:
            for item in fact.value:
                merged.setdefault(item.entity, item)
        value = tuple(merged.values())
    why = "corrected" if words and not ranked else "outranked"
    others = [Other(_plain(f.value), (f,), why) for f in facts if f not in ordered and _held(f) != held]
    if value is Absence.NOT_APPLICABLE:
        return Resolution("not-applicable", None, tuple(ordered), tuple(others))
    partly = tuple([item for item in value if any([item.entity not in _held(fact) for fact in ordered])])
    if partly:
        others.insert(0, Other(partly, tuple([f for f in ordered if len(_held(f)) < len(value)]), "differs"))
    return Resolution("recorded", value, tuple(ordered), tuple(others))


def _held(fact: Fact) -> Any:
    """The members of a list, in no order."""
    return frozenset([item.entity for item in fact.value]) if isinstance(fact.value, tuple) else fact.value
