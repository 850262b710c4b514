"""Columns matched to paths: by what the form prints, by what the vocabulary also calls it; likeness only proposes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from prefill.exports.heads import Head, Named
from prefill.exports.model import ACCEPTED, NAMED, PRINTED, Column, Complaint, Proposal
from prefill.exports.names import Printed, Roles, Target, fold
from prefill.exports.sheets import letter

__all__ = ["Matched", "Names", "match"]

_ALIKE: Final = 70  # of 100: a proposal costs a look, and is never taken by itself
_SELF: Final = ("本人", "个人")
_PERSONS: Final = frozenset({"phone", "id_number", "residence.address"})
"""Kinds and terms that a table of one person's row has of others, too."""
_ALSO_CALLED: Final = {"phone": frozenset({"电话", "手机", "手机号", "电话号码"})}
_NOT_ON_FORM: Final = "not on the form"
_OTHER_HEADING: Final = "under a heading that is not the field's"


class Names:
    """All names that columns may have, from a form's fields."""

    def __init__(self, entries: Iterable[Printed], roles: Roles) -> None:
        """Take the fields and the identifying terms, and the words for other people."""
        self.entries = tuple(entries)
        self.roles = roles
        self.printed: dict[str, list[Printed]] = defaultdict(list)
        self.known: dict[str, list[Printed]] = defaultdict(list)
        for entry in self.entries:
            for name in entry.names:
                (self.printed if name.on_form else self.known)[name.folded].append(entry)

    def __contains__(self, folded: object) -> bool:
        """Say whether a column may be called that."""
        return folded in self.printed or folded in self.known

    def find(self, name: Named, *, on_form: bool) -> list[Printed]:
        """Give what a column may be: by its name with its headings, or without them where they are its field's."""
        names = self.printed if on_form else self.known
        found = names.get(name.whole, [])
        if not found and name.headings:
            found = [e for e in names.get(name.last, []) if set(name.headings) <= set(e.headings)]
        elif not found:
            found = names.get(name.last, [])
        return found


class Matched:
    """What became of a head's columns: the target of each (None: not read back), and what there is to tell."""

    def __init__(self, where: str, head: Head) -> None:
        """Take a head; nothing is matched yet."""
        self.columns = [Column(where, letter(at), name.text if name else "") for at, name in enumerate(head.names)]
        self.targets: list[Target | None] = [None] * len(self.columns)
        self.proposals: list[Proposal] = []
        self.complaints: list[Complaint] = []
        self.line = head.line

    def complain(self, at: int, what: str, remedy: str) -> None:
        """Report a column."""
        column = self.columns[at]
        self.complaints.append(Complaint(column.where, self.line, what, remedy, str(column)))

    def propose(self, at: int, target: Target, label: str, score: float) -> None:
        """Say what a column may be."""
        column = self.columns[at]
        called = column.name if sum(c.name == column.name for c in self.columns) == 1 else column.letter
        column.why = column.why or "to be accepted"
        self.proposals.append(Proposal(column.where, column.letter, called, target.path, label, round(score)))


def match(where: str, head: Head, names: Names, accepted: Mapping[str, Target]) -> tuple[Matched, set[str]]:
    """Match the columns of a head; give the names of ``accepted`` (columns' names or letters → targets) that were found, too."""
    made = Matched(where, head)
    used = _accept(made, head, accepted)
    ways: dict[int, list[Printed]] = {}
    for at, name in enumerate(head.names):
        column = made.columns[at]
        if name is None:
            column.why = "without a name"
        elif made.targets[at] is None and column.why is None:
            for how in (PRINTED, NAMED):
                if found := names.find(name, on_form=how == PRINTED):
                    ways[at], column.how = found, how
                    break
    for at, found in _of_tables(ways, head).items():
        _decide(made, at, found)
    _not_of_another(made, head, names)
    _one_each(made)
    for at, name in enumerate(head.names):
        column = made.columns[at]
        left = name is not None and at not in ways and made.targets[at] is None and column.why is None
        if name is not None and left and not _propose_alike(made, at, name, names):
            column.why = _OTHER_HEADING if name.last in names else _NOT_ON_FORM
    for column, target in zip(made.columns, made.targets, strict=True):
        column.path = target.path if target else None
        column.how = column.how if target else None
    return made, used


def _accept(made: Matched, head: Head, accepted: Mapping[str, Target]) -> set[str]:
    """Take what was accepted: a column by its name, with or without its headings, or by its letter where none has that name."""
    used = set()
    for text, target in accepted.items():
        folded = fold(text)
        places = [at for at, name in enumerate(head.names) if name and name.whole == folded]
        places = places or [at for at, name in enumerate(head.names) if name and name.last == folded]
        places = places or [
            at for at, column in enumerate(made.columns) if column.letter == text.upper() and column.name
        ]
        if len(places) == 1:
            made.targets[places[0]], made.columns[places[0]].how = target, ACCEPTED
            used.add(text)
        for at in places if len(places) > 1 else ():
            made.columns[at].why = "one of several of this name"
            letters = ", ".join(made.columns[at].letter for at in places)
            made.complain(at, "several columns have the name that was accepted", f"accept one by its letter: {letters}")
            used.add(text)
    return used


def _of_tables(ways: Mapping[int, list[Printed]], head: Head) -> dict[int, list[Printed]]:
    """Give what each column may be, without the fields of tables that the export does not have.

    A table is there if a column can only be its own. If its columns stand under a heading, none without a heading is one of them.
    """
    there = {found[0].table for found in ways.values() if len({entry.table for entry in found}) == 1}
    headed = {e.table for at, found in ways.items() if (name := head.names[at]) and name.headings for e in found}
    left: dict[int, list[Printed]] = {}
    for at, found in ways.items():
        name = head.names[at]
        gone = headed if name is not None and not name.headings else frozenset()
        kept = [e for e in found if e.table is None or (e.table in there and e.table not in gone)]
        left[at] = kept or found
    return left


def _decide(made: Matched, at: int, found: Sequence[Printed]) -> None:
    """Take what a column's name stands for, if that is one thing."""
    column = made.columns[at]
    readable = {entry.target.path: entry.target for entry in found if entry.target is not None}
    about = {entry.about for entry in found}
    if len(about) == 1 and readable:
        (target,) = readable.values()
        if column.how == NAMED and target.unit and fold(target.unit) not in fold(column.name):
            made.propose(at, target, target.term.label, 100)  # another name, and it does not say in which unit
        else:
            made.targets[at] = target
    elif len(about) == 1 or not readable:
        column.why = found[0].why
    else:
        column.why = "the name of several fields"
        for entry in found:
            if entry.target is not None:
                made.propose(at, entry.target, entry.label, 100)
        paths = ", ".join(sorted(readable))
        made.complain(at, "the name of several fields of the form", f"accept the column as what it is: {paths}")


def _not_of_another(made: Matched, head: Head, names: Names) -> None:
    """Take no name that speaks of nobody (联系电话) as the subject's behind a column of another person (联系人姓名) who has no such column."""
    roles = names.roles
    for at, target in enumerate(made.targets):
        name = head.names[at]
        if name is None or target is None or made.columns[at].how == ACCEPTED or target.list_path:
            continue
        if target.term.kind not in _PERSONS and target.term.path not in _PERSONS:
            continue
        if roles.vocabulary.path(target.path).roles or roles.of(name.last)[0] or name.last.startswith(_SELF):
            continue
        others: dict[str, Target] = {}
        doubted = False
        for before in reversed(range(at)):
            other = head.names[before]
            if other is None or other.headings != name.headings:
                continue
            word, owners = _whom(made.targets[before], other, roles)
            if not word and target.term.kind != "phone":
                break  # not right behind the other person's
            if word and not _has_own(made, head, roles, target, word, owners):
                doubted = True
                others |= {o: own for o in sorted(owners) if (own := roles.same(target, o)) is not None}
        if not doubted:
            continue
        made.targets[at] = None
        made.propose(at, target, target.term.label, 100)
        for own in others.values():
            made.propose(at, own, own.term.label, 100)
        paths = ", ".join([target.path, *(own.path for own in others.values())])
        what = "it may be of the person whom a column before it names, who has none of the kind"
        made.complain(at, what, f"accept the column as what it is: {paths}")


def _whom(target: Target | None, name: Named, roles: Roles) -> tuple[str, frozenset[str]]:
    """Give the word for the person whom a column is about, and that person's paths; ``""`` where it is about nobody else."""
    word, owners = roles.of(name.last)
    if target is None:
        return word, owners
    if not roles.vocabulary.path(target.path).roles:
        return "", frozenset()
    return word or name.last, frozenset([roles.owner(target)])


def _has_own(made: Matched, head: Head, roles: Roles, bare: Target, word: str, owners: frozenset[str]) -> bool:
    """Whether the person whom a word names has a column for what a bare name says."""
    called = {fold(text) for text in (bare.term.label, *bare.term.also)} | _ALSO_CALLED.get(bare.term.kind, frozenset())
    for target, name in zip(made.targets, head.names, strict=True):
        if target is not None and target.term is bare.term and roles.owner(target) in owners:
            return True
        if name is not None and name.last.startswith(word) and name.last.removeprefix(word) in called:
            return True
    return False


def _one_each(made: Matched) -> None:
    """Of columns that state one path: two of one name are neither; a printed label goes before another name of the term."""
    by_path: dict[str, list[int]] = defaultdict(list)
    for at, target in enumerate(made.targets):
        if target is not None:
            by_path[target.path].append(at)
    for places in by_path.values():
        accepted = {fold(made.columns[at].name) for at in places if made.columns[at].how == ACCEPTED}
        by_name: dict[str, list[int]] = defaultdict(list)
        for at in places:
            if made.columns[at].how != ACCEPTED:
                by_name[fold(made.columns[at].name)].append(at)
        for name in accepted & set(by_name):
            for at in by_name.pop(name):
                made.targets[at], made.columns[at].why = None, "another of this name was accepted"
        for same in by_name.values():
            for at in same if len(same) > 1 else ():
                _instead(made, at, "one of several of this name")
                letters = ", ".join(made.columns[one].letter for one in same)
                made.complain(at, f"columns of one name: {letters}", "accept one of them by its letter")
        left = [at for at in places if made.targets[at] is not None]
        for at in left if len(left) > 1 else ():
            if made.columns[at].how == NAMED:
                _instead(made, at, "")


def _instead(made: Matched, at: int, why: str) -> None:
    """Propose what a column was matched to."""
    target = made.targets[at]
    if target is not None:
        made.targets[at] = None
        made.propose(at, target, target.term.label, 100)
        made.columns[at].why = why or made.columns[at].why


def _propose_alike(made: Matched, at: int, name: Named, names: Names) -> bool:
    """Propose the path whose name is most like a column's, of those that no column states; False if none is like it."""
    from rapidfuzz import fuzz

    stated = {target.path for target in made.targets if target is not None}
    best: dict[str, tuple[float, Target, str]] = {}
    for entry in names.entries:
        target = entry.target
        if target is None or target.path in stated or _other_unit(name.text, target):
            continue
        if _of_another(name.last, target, names.roles):
            continue
        for known in entry.names:
            score = max(fuzz.ratio(name.whole, known.folded), fuzz.ratio(name.last, known.folded))
            if score >= _ALIKE and score > best.get(target.path, (0.0,))[0]:
                best[target.path] = score, target, known.text
    top = max((score for score, _, _ in best.values()), default=0)
    for score, target, label in best.values():
        if score == top:
            made.propose(at, target, label, score)
    return bool(best)


def _of_another(folded: str, target: Target, roles: Roles) -> bool:
    """Whether a name speaks of another person than a target, or of a person where the target is a phone."""
    word, owners = roles.of(folded)
    if word and not any(f"{target.path}.".startswith(f"{owner}.") for owner in owners):
        return True
    return target.term.kind == "phone" and folded.endswith("人")


def _other_unit(name: str, target: Target) -> bool:
    """Whether a column names a unit, in brackets at its end, that is not the term's."""
    inside = name.replace("）", ")").replace("（", "(").rstrip()
    if target.unit is None or not inside.endswith(")"):
        return False
    return fold(inside[inside.rfind("(") :]) != fold(target.unit)
