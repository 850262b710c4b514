"""What the fields of a form ask for, told from its plan: which facts, by which rule, or of the worker each time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from prefill.plans import Plan
from prefill.reasons import Reason
from prefill.vocabulary import Path, UnknownTerm, Vocabulary

if TYPE_CHECKING:
    from prefill.forms import Derivation, Field

__all__ = ["FILLED", "ORIGINS", "Asked", "FactName", "Taken", "asked_of", "counted"]

ORIGINS: Final[tuple[Reason, ...]] = (
    "recorded",
    "derived",
    "suggested",
    "after-answers",
    "ask-always",
    "each-time",
    "by-hand",
    "other-desk",
)
"""How a field is filled where everything that it may ask is recorded, in the words that entries use for it."""

FILLED: Final[frozenset[Reason]] = frozenset({"recorded", "derived", "suggested"})
_SURE: Final[frozenset[Reason]] = frozenset({"recorded", "derived"})
_HANDED_ON: Final = frozenset(
    {"take", "collect", "join", "latest", "earliest"}
)  # rules that give the values of terms, and make no new ones


@dataclass(frozen=True, slots=True)
class FactName:
    """A kind of fact: the entity type and the attribute, whoever's it is. ``person.name`` is a name, of the resident or a spouse."""

    entity: str
    attribute: str
    label: str
    sensitive: bool = field(compare=False)

    @property
    def name(self) -> str:
        """The two as one word: ``person.name``."""
        return f"{self.entity}.{self.attribute}"


class Taken(NamedTuple):
    """A fact that a field is filled with: its kind, its path from the root (of a column: the list's path and the row's), whose it is.

    ``own`` is whether it is the form's own subject's: the path leads from the subject through no role and no list.
    """

    fact: FactName
    path: str
    own: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A field, or a table's column: what it asks for.

    ``origin`` is the reason that its entry has where everything is recorded (one of ORIGINS). ``paths`` are the terms that its value
    is taken from, as the spec writes them (of a column: from the row, ``.name``), ``facts`` what kinds of fact these are. ``rule`` is the named rule that it follows from, ``rests_on`` what that is applied to.
    ``asked`` is whether it is the community's own work at the keyboard: what savings count.
    """

    key: str
    label: str
    section: str
    origin: Reason
    paths: tuple[str, ...]
    facts: tuple[Taken, ...]
    rule: str | None
    rests_on: tuple[str, ...]
    rows_of: str | None
    conditional: bool
    by_hand: str | None
    filled_by: str

    @property
    def asked(self) -> bool:
        """Whether the community's worker is asked for it, and not her pen or another desk."""
        return self.origin not in ("by-hand", "other-desk")

    @property
    def sensitive(self) -> bool:
        """Whether one of the facts is sensitive."""
        return any(taken.fact.sensitive for taken in self.facts)


def asked_of(plan: Plan) -> tuple[Asked, ...]:
    """Give what each field asks for, in printed order; a table's columns stand for the table.

    >>> from prefill.catalogue import open_catalogue
    >>> [(field.label, field.origin) for field in asked_of(open_catalogue().plan(39))][8:11]
    [('建档人', 'recorded'), ('责任医生', 'recorded'), ('建档日期', 'recorded')]
    """
    return tuple(_Form(plan).fields())


def counted(fields: Iterable[Asked]) -> Mapping[Reason, int]:
    """Count fields by origin; every origin has its number."""
    found = Counter(one.origin for one in fields)
    return {origin: found[origin] for origin in ORIGINS}


class _Form:
    """One plan, looked at field by field; what one field follows from another is found once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.vocabulary: Vocabulary = plan.vocabulary
        self.tables: dict[str, Field] = {}
        self.spec: dict[str, Field] = {}
        for slot in plan.slots:
            self.spec[slot.key] = slot.field
            for column in slot.table.slots if slot.table else ():
                self.spec[column.key] = column.field
                self.tables[column.key] = slot.field
        self.sources: dict[str, Reason] = {}

    def fields(self) -> Iterator[Asked]:
        for slot in self.plan.slots:
            for one in slot.table.slots if slot.table else (slot,):
                yield self.asked(one.key, slot.section)

    def asked(self, key: str, section: str) -> Asked:
        spec, table = self.spec[key], self.tables.get(key)
        rule, rests_on = self.rule(spec)
        paths = self.paths(spec)
        rows_of = table.rows_of if table else None
        facts = [taken for path in paths if (taken := self.taken(path, rows_of)) is not None]
        return Asked(
            key=key,
            label=spec.label,
            section=section,
            origin=self.origin(key),
            paths=paths,
            facts=tuple(dict.fromkeys(facts)),
            rule=rule,
            rests_on=rests_on,
            rows_of=rows_of,
            conditional=bool(spec.when or (table and table.when)),
            by_hand=spec.by_hand,
            filled_by=self.desk(key),
        )

    def desk(self, key: str) -> str:
        """Give who fills it: another desk's table is that desk's, column by column."""
        own, table = self.spec[key].filled_by, self.tables.get(key)
        return table.filled_by if table is not None and own == "community" else own

    # ── where its value comes from ───────────────────────────────────────────────────────────────────────────────────────

    def origin(self, key: str) -> Reason:
        """Give the reason that the field's entry has where everything is recorded."""
        if self.spec[key].by_hand is not None:
            return "by-hand"
        return "other-desk" if self.desk(key) != "community" else self.source(key)

    def source(self, key: str) -> Reason:
        """Give the same, whosever work the field is: another desk's is filled where it is known, too."""
        if key not in self.sources:
            self.sources[key] = "each-time"  # a circle, which the compiler refuses, would end here
            self.sources[key] = self._source(key)
        return self.sources[key]

    def _source(self, key: str) -> Reason:
        spec, table = self.spec[key], self.tables.get(key)
        if "always" in (spec.ask, table and table.ask):
            return "ask-always"
        derivation = spec.suggest or spec.derive
        if table is not None and table.rows_of is None:  # printed rows over nothing: what stands in them is typed
            return "after-answers" if derivation else "each-time"
        if derivation is not None:
            inputs = [self.of_name(name, key) for name in _names(derivation)]
            if not all(one in _SURE for one in inputs):
                return "after-answers"
            return "suggested" if spec.suggest else "derived"
        names = self.paths(spec)
        if not names:
            return "each-time"
        found = [self.of_name(name, key) for name in names]
        if not all(one in _SURE for one in found):
            return "after-answers"
        return "derived" if spec.by is not None or "derived" in found else "recorded"

    def of_name(self, name: str, key: str) -> Reason:
        """Give what a name in a spec stands for: a field of the form has its own origin, a term is recorded or derived."""
        field_key = self.key_of(name)
        if field_key is not None:
            spec = self.spec[field_key]
            if spec.columns is not None:
                return "recorded" if spec.rows_of is not None else "each-time"
            return "by-hand" if spec.by_hand is not None else self.source(field_key)
        table = self.tables.get(key)
        path = self.path(name, table.rows_of if table else None)
        return "derived" if path is not None and path.term.derive is not None else "recorded"

    def key_of(self, name: str) -> str | None:
        if name in self.spec:
            return name
        head = name.partition(".")[0]
        return head if head in self.spec and head not in self.vocabulary.roots else None

    def paths(self, spec: "Field") -> tuple[str, ...]:
        """Give what a field's value is taken from as it is: terms' paths (and perhaps keys of other fields)."""
        if spec.from_ is not None:
            return (spec.from_,) if isinstance(spec.from_, str) else spec.from_
        if spec.first_of is not None:
            return spec.first_of
        derivation = spec.derive or spec.suggest
        if derivation is None:
            return ()
        found = list(derivation.inputs) if derivation.rule in _HANDED_ON else []
        if derivation.each is not None:
            found = [name + derivation.each for name in found]
        found += [case.take for case in derivation.cases or () if case.take is not None]
        return tuple(dict.fromkeys(found))

    def rule(self, spec: "Field") -> tuple[str | None, tuple[str, ...]]:
        """Give the rule by name, and the names that it is applied to."""
        derivation = spec.derive or spec.suggest
        if derivation is not None:
            return derivation.rule, _names(derivation)
        return spec.by, ()

    # ── which fact it is ─────────────────────────────────────────────────────────────────────────────────────────────────

    def path(self, name: str, rows_of: str | None) -> Path | None:
        """Resolve a path, from a row's item where it begins with a point."""
        try:
            if not name.startswith("."):
                return self.vocabulary.path(name)
            if rows_of is None:
                return None
            around = self.vocabulary.path(rows_of).term
            return self.vocabulary.path(name, within=around.to, link=around.link)
        except UnknownTerm:  # a field of the form, a number
            return None

    def taken(self, name: str, rows_of: str | None) -> Taken | None:
        """Give the fact that a path leads to; None where it is a field of the form, or leads to no single fact."""
        path = self.path(name, rows_of) if self.key_of(name) is None else None
        if path is None or path.term.to is not None:
            return None
        within = self.vocabulary.path(rows_of or "").term.to if name.startswith(".") and rows_of else None
        start = within or self.vocabulary.roots.get(path.root, "")
        if path.on_link:  # what belongs to a membership is the list's, not the member's
            holders = path.roles or ((self.vocabulary.path(rows_of).term,) if rows_of else ())
            owner = self._owner(path.roles[:-1], start) if path.roles else self._owner_of_rows(rows_of or "")
            attribute = ".".join((*(holders[-1:] and (holders[-1].path,)), path.term.path))
        else:
            owner, attribute = self._owner(path.roles, start), path.term.path
        own = not path.roles and path.root == self.plan.form.subject
        whole = f"{rows_of}{name}" if name.startswith(".") else name
        return Taken(FactName(owner, attribute, path.term.label, path.term.sensitive), whole, own)

    def _owner(self, roles: Iterable[Any], start: str) -> str:
        for role in roles:
            start = str(role.to)
        return start

    def _owner_of_rows(self, rows_of: str) -> str:
        path = self.vocabulary.path(rows_of)
        return self._owner(path.roles, self.vocabulary.roots.get(path.root, ""))


def _names(derivation: "Derivation") -> tuple[str, ...]:
    """Give every name that a rule looks at; what speaks of a list's own items is in the list."""
    whole = any(not name.startswith(".") for name in derivation.inputs)
    return tuple(dict.fromkeys(name for name in derivation.names if not (whole and name.startswith("."))))
