"""A plan read backwards: what columns may be called, and which path each of them states."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from prefill.exports.cells import Unsure, inverse_of
from prefill.forms import Field
from prefill.kinds import CodeList
from prefill.plans import Plan
from prefill.plans.model import Slot
from prefill.vocabulary import Path, Term, UnknownTerm, Vocabulary

__all__ = ["Name", "Printed", "Roles", "Target", "fold", "printed", "roles_of", "target_at"]

_REMARK: Final = re.compile(r"\((?:必填|选填)项?\)")
_BUILT_IN: Final = "filing"
_NAME: Final = "姓名"  # what some forms print for the person itself, and no role


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Give a column's name as it is compared: one width, one case, without spaces, punctuation and a remark that it must be filled.

    >>> fold("血型（ＡＢＯ） *") == fold("血型(abo)（必填）")
    True
    """
    wide = _REMARK.sub("", unicodedata.normalize("NFKC", name).casefold())
    return "".join(sign for sign in wide if unicodedata.category(sign)[0] not in "PZC" and sign not in "|~^`")


@dataclass(frozen=True, slots=True)
class Target:
    """What a column states: a path, and how its cells are read.

    ``group`` is the path of a list or an entity that its value is stated with (a member, the spouse), ``inverse`` gives the
    term's value for a value of the field where the two have different lists.
    """

    path: str
    term: Term
    kind: str
    codes: CodeList | None
    unit: str | None
    inverse: Mapping[Any, Any] | None = None
    list_path: str | None = None
    group: str | None = None

    @property
    def key(self) -> str:
        """The path within an item of its list; without a list, the whole path."""
        return self.path[len(self.list_path) + 1 :] if self.list_path else self.path


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a column may have: folded, as it is printed, and whether a form prints it or the vocabulary knows it."""

    folded: str
    text: str
    on_form: bool


@dataclass(frozen=True, slots=True)
class Printed:
    """A field of the form, or an identifying term: its names, the headings that it stands under, and what it states, or why nothing.

    ``about`` is the path that it is about, also where it cannot be read back; or what tells it from other fields.
    """

    label: str
    names: tuple[Name, ...]
    headings: tuple[str, ...] = ()
    table: str | None = None
    target: Target | None = None
    why: str | None = None
    about: str | None = None


def target_at(plan: Plan, text: str) -> Target:
    """Give the target of a path, read by the term's own kind and list. Raises UnknownTerm; ValueError where it names no fact."""
    path = plan.vocabulary.path(text)
    if path.term.to is not None or path.root == _BUILT_IN or sum(role.many for role in path.roles) > 1:
        raise ValueError(text)
    return _target(path, path.term.kind, path.term.codes, path.term.unit, None)


def _target(
    path: Path, kind: str, codes: CodeList | None, unit: str | None, inverse: Mapping[Any, Any] | None
) -> Target:
    prefix, listed = path.root, None
    for role in path.roles:
        prefix = f"{prefix}.{role.path}"
        if role.many:
            listed = prefix
    group = f"{path.root}.{path.roles[0].path}" if path.roles else None
    return Target(path.text, path.term, kind, codes, unit, inverse, listed, group)


@dataclass(frozen=True, slots=True)
class Roles:
    """Whose a column may be: for each word that names a role (配偶), folded, the paths of those who have it."""

    words: Mapping[str, frozenset[str]]
    vocabulary: Vocabulary

    def of(self, folded: str) -> tuple[str, frozenset[str]]:
        """Give the longest word for a role that a column's name begins with, and whose it is; ``""`` where it names nobody."""
        ends = range(len(folded), 0, -1)
        word = next((folded[:end] for end in ends if folded[:end] in self.words), "")
        return word, self.words.get(word, frozenset())

    def owner(self, target: Target) -> str:
        """Give the path of the entity that a target is about."""
        return self.vocabulary.path(target.path).prefix

    def same(self, target: Target, owner: str) -> Target | None:
        """Give what a target is of another entity, if that has such a term."""
        try:
            path = self.vocabulary.path(f"{owner}.{target.term.path}")
        except UnknownTerm:
            return None
        alike = path.term is target.term
        return _target(path, target.kind, target.codes, target.unit, target.inverse) if alike else None


_PEOPLE: Final = ("person", "worker")


def roles_of(plan: Plan) -> Roles:
    """Give the words for the people whom the subject and what belongs to it name; each also where the form speaks of nobody such."""
    vocabulary = plan.vocabulary
    people = [term for _, term in vocabulary if term.to in _PEOPLE]
    words: dict[str, set[str]] = {fold(word): set() for term in people for word in (term.label, *term.also)}
    for own in (
        _NAME,
        fold(vocabulary.labels[plan.form.subject]),
    ):  # these speak of the subject, or of nobody in particular
        words.pop(own, None)
    for root in dict.fromkeys([plan.form.subject, *plan.roots]):
        for term in vocabulary.types[vocabulary.roots[root]].terms.values():
            if term.to not in _PEOPLE or root == _BUILT_IN or (term.many and root != plan.form.subject):
                continue
            for word in {term.label, *term.also}:
                if fold(word) != _NAME:
                    words.setdefault(fold(word), set()).add(f"{root}.{term.path}")
    return Roles({word: frozenset(paths) for word, paths in words.items()}, vocabulary)


def printed(plan: Plan) -> Iterator[Printed]:
    """Give every field of a form, and the documents that identify its subject."""
    stated: set[str] = set()
    for section, places in plan.sections:
        for place in places:
            slot = plan.slots[place]
            if slot.table is None:
                found = _field(plan, slot, section.title, None)
                stated.update([found.target.path] if found.target else [])
                yield found
            else:
                for column in slot.table.slots:
                    found = _field(plan, column, section.title, slot)
                    stated.update([found.target.path] if found.target else [])
                    yield found
    yield from _documents(plan, stated)


def _documents(plan: Plan, stated: set[str]) -> Iterator[Printed]:
    subject, vocabulary = plan.form.subject, plan.vocabulary
    for attribute in vocabulary.types[vocabulary.roots[subject]].documents:
        if f"{subject}.{attribute}" not in stated:
            target = target_at(plan, f"{subject}.{attribute}")
            names = tuple(_known(vocabulary, target, subject))
            yield Printed(target.term.label, names, target=target, about=target.path)


def _field(plan: Plan, slot: Slot, section: str, table: Slot | None) -> Printed:
    """Read a field backwards, or say why that is not certain."""
    field, listed = slot.field, table.field.label if table else None
    target, why, about = _read_back(plan, slot, table)
    labels = [field.label, *([f"{field.item_no}{field.label}"] if field.item_no else [])]
    for heading in (listed, section):
        labels += [f"{heading}{field.label}"] if heading else []
    names = {fold(label): Name(fold(label), field.label, True) for label in labels}
    for name in _known(plan.vocabulary, target, plan.form.subject) if target else ():
        names.setdefault(name.folded, name)
    headings = tuple(fold(heading) for heading in (listed, section) if heading)
    return Printed(
        field.label, tuple(names.values()), headings, table.key if table else None, target, why, about or slot.key
    )


def _read_back(plan: Plan, slot: Slot, table: Slot | None) -> tuple[Target | None, str | None, str | None]:
    """Give what a field states; or why it states nothing for certain, and the path that it is about, if any."""
    field = slot.field
    if (why := _uncertain(field)) is not None:
        return None, why, None
    text = str(field.from_)
    if text.startswith("."):
        if table is None or table.field.rows_of is None:
            return None, "each time anew", None
        text = table.field.rows_of + text
        if table.field.where is not None and not _all_that_are(table.field.where):
            return None, "of some items of a list only", text
    if text in plan.places or text.partition(".")[0] not in plan.vocabulary.roots:
        return None, "follows from another field", None
    path = plan.vocabulary.path(text)
    if path.root == _BUILT_IN:
        return None, "of the filing, not of the subject", text
    try:
        inverse = inverse_of(field, slot.kind, slot.codes, path.term, plan.vocabulary)
    except Unsure as unsure:
        return None, str(unsure), text
    return _target(path, slot.kind, slot.codes, slot.unit or path.term.unit, inverse), None, text


def _uncertain(field: Field) -> str | None:
    """Say why a field's value does not tell a term's, or None where it may."""
    if field.by_hand is not None:
        return "by hand"
    if field.suggest is not None:
        return "suggested"
    if field.derive is not None or isinstance(field.from_, tuple):
        return "derived"
    if field.first_of is not None:
        return "the first of several terms"
    return "each time anew" if field.from_ is None else None


def _all_that_are(where: Mapping[str, Any]) -> bool:
    """Whether a table leaves out but those of whom something has ended: the rest is the list as it is now."""
    return all(isinstance(test, dict) and test == {"known": "false"} for test in where.values())


def _known(vocabulary: Vocabulary, target: Target, subject: str) -> Iterator[Name]:
    """Give the names that the vocabulary has for a term; where it is somebody else's, with the role before it."""
    path = vocabulary.path(target.path)
    own = [target.term.label, *target.term.also]
    before: list[Iterable[str]] = [[role.label, *role.also] for role in path.roles if role.label]
    if path.root != subject and not path.roles:
        before = [[vocabulary.labels[path.root]]]
        yield from _names(own)
    elif path.roles and target.list_path is not None and len(path.roles) == 1:
        yield from _names(own)
    heads = [""]
    for words in before:
        heads = [head + word for head in heads for word in words]
    yield from _names([f"{head}{name}" for head in heads for name in own])


def _names(texts: Sequence[str]) -> Iterator[Name]:
    for text in texts:
        yield Name(fold(text), text, False)
