"""What the vocabulary consists of: terms, entity types, sources, mappings, and the paths that lead through them."""

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from prefill.derivations import Table
from prefill.errors import PrefillError, nearest
from prefill.kinds import CodeList

__all__ = [
    "Derive",
    "Duration",
    "EntityType",
    "Mapped",
    "Path",
    "Source",
    "Term",
    "UnknownTerm",
    "Vocabulary",
    "suggest",
]

_DURATION = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
SHARING: Final = ("unconditional", "conditional", "none")
"""The sharing classes of a term."""


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A calendar duration (ISO 8601, without a time part): after it, a fact is stale."""

    months: int
    days: int
    text: str = field(compare=False, default="")

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read ``P1Y``, ``P6M``, ``P2W``, ``P30D`` or a sum of them; raises ValueError.

        >>> Duration.parse("P1Y6M").months
        18
        """
        match = _DURATION.fullmatch(text)
        if not match:
            raise ValueError("not an ISO 8601 duration such as P1Y, P6M or P30D")
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        if not years + months + weeks + days:
            raise ValueError("a duration of no time")
        return cls(years * 12 + months, weeks * 7 + days, text)

    def before(self, day: date) -> int:
        """Give the ordinal of the earliest day that is still fresh on ``day``; a month's end is clamped.

        >>> date.fromordinal(Duration.parse("P1M").before(date(2026, 3, 31))).isoformat()
        '2026-02-28'
        """
        year, month = divmod(day.year * 12 + day.month - 1 - self.months, 12)
        if year < 1:
            return 1
        last = calendar.monthrange(year, month + 1)[1]
        return max(1, date(year, month + 1, min(day.day, last)).toordinal() - self.days)

    def may_exceed(self, other: "Duration") -> bool:
        """Say whether there is a day on which this reaches further back than the other.

        >>> Duration.parse("P12M").may_exceed(Duration.parse("P1Y")), Duration.parse("P366D").may_exceed(Duration.parse("P1Y"))
        (False, True)
        """
        days = map(date.fromordinal, range(date(2023, 1, 1).toordinal(), date(2027, 1, 1).toordinal()))
        return any(self.before(day) < other.before(day) for day in days)


@dataclass(frozen=True, slots=True)
class Source:
    """Who states facts: the name that records use, its kind, and the name that may be printed."""

    name: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Derive:
    """A term that follows from another term of the same entity, by a named rule."""

    rule: str
    of: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    early: bool = False  # the same at any date and for anybody: it is settled when the record is joined


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping from one code list's codes to another's; ``none`` is what an explicit absence becomes."""

    name: str
    source: str
    target: str
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """One kind of fact about an entity: ``path`` is relative to the entity (``hukou.address``).

    ``to`` names the entity type of a role (``spouse``) or of a list's items (``many``); ``link`` holds the terms that belong to
    the membership and not to the member (``relation_to_head``). ``items_by`` are the attributes that tell one item from another:
    ``("documents",)`` for those of the entity type, ``()`` for none.
    """

    path: str
    label: str
    kind: str
    also: tuple[str, ...] = ()
    codes: CodeList | None = None
    to: str | None = None
    many: bool = False
    items_by: tuple[str, ...] = ()
    link: Mapping[str, "Term"] = field(default_factory=dict)
    fresh_for: Duration | None = None
    sensitive: bool = False
    sharing: str = "unconditional"
    authority: tuple[str, ...] = ()
    derive: Derive | None = None
    unit: str | None = None
    standard: str | None = None
    note: str | None = None

    def rank(self, source_kind: str) -> int:
        """Give the place of a kind of source in the order of authority; those without authority come last, alike."""
        order = self.authority
        return order.index(source_kind) if source_kind in order else len(order)


@dataclass(frozen=True, slots=True)
class EntityType:
    """A kind of thing that facts are about. The first of ``documents`` is the one that an entity has only one of, ever.

    ``similar`` and ``same`` are the attributes by which two without a document are proposed to be one; ``ended_by`` is the date
    after which its facts are used only by forms that allow it (a death). ``early`` are the terms that follow, at any date, from another.
    ``apart`` are the roles of which nobody has two for one entity: a father is not the mother.
    """

    name: str
    label: str
    documents: tuple[str, ...]
    terms: Mapping[str, Term]
    branches: frozenset[str] = frozenset()
    similar: str | None = None
    same: tuple[str, ...] = ()
    ended_by: str | None = None
    apart: tuple[str, ...] = ()
    early: tuple[Term, ...] = field(init=False, repr=False)
    _under: Mapping[str, tuple[Term, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note what every record asks for."""
        under = {name: tuple(t for p, t in self.terms.items() if p.startswith(name + ".")) for name in self.branches}
        object.__setattr__(self, "_under", under)
        early = tuple(term for term in self.terms.values() if term.derive is not None and term.derive.early)
        object.__setattr__(self, "early", early)

    def below(self, prefix: str) -> tuple[Term, ...]:
        """Give the term of this path, or all those under it."""
        exact = self.terms.get(prefix)
        return (exact,) if exact else self._under.get(prefix, ())

    def is_prefix(self, path: str) -> bool:
        """Say whether any term lies under this path."""
        return path in self.branches


@dataclass(frozen=True, slots=True)
class Path:
    """A path resolved against the vocabulary: a root, the roles walked through, and the term that it ends at."""

    text: str
    root: str
    roles: tuple[Term, ...]
    term: Term
    on_link: bool = False

    @property
    def prefix(self) -> str:
        """The path of the entity that the term is about."""
        return ".".join((self.root, *(role.path for role in self.roles)))


class UnknownTerm(PrefillError):
    """A path that the vocabulary does not know; ``remedy`` names the nearest that it does."""

    def __init__(self, path: str, remedy: str) -> None:
        """Take the path and what to write instead."""
        super().__init__(f"unknown term '{path}'. Remedy: {remedy}")
        self.path = path
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All entity types with their terms, the roots that paths begin with, the sources, the code lists, their mappings, the dated tables.

    ``files`` are what they were read from: (SHA-256, name) of each, folder by folder, sorted by name. ``tops`` are the roots as terms.
    """

    types: Mapping[str, EntityType]
    roots: Mapping[str, str]
    labels: Mapping[str, str]
    sources: Mapping[str, Source]
    codes: Mapping[str, CodeList]
    mappings: Mapping[str, Mapped]
    tables: Mapping[str, Table] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    tops: Mapping[str, Term] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note what every record asks for."""
        tops = {root: Term(path=root, label=self.labels[root], kind="entity", to=to) for root, to in self.roots.items()}
        object.__setattr__(self, "tops", tops)

    def path(self, text: str, *, within: str | None = None, link: Mapping[str, Term] | None = None) -> Path:
        """Resolve ``resident.spouse.name``; with ``within``, an entity type, resolve a path relative to it (``.name``).

        Raises UnknownTerm, with the nearest path that exists.
        """
        parts = text.lstrip(".").split(".")
        if within is None:
            root, parts = parts[0], parts[1:]
            if root not in self.roots:
                raise UnknownTerm(
                    text, suggest(root, self.roots, "", "a path begins with a root: " + ", ".join(self.roots))
                )
            kind = self.roots[root]
        else:
            root, kind = "", within
        if link and ".".join(parts) in link:
            return Path(text, root, (), link[".".join(parts)], on_link=True)
        roles: list[Term] = []
        links = link
        while parts:
            entity = self.types[kind]
            for end in range(len(parts), 0, -1):
                term = entity.terms.get(".".join(parts[:end]))
                if term is not None and (end == len(parts) or term.to is not None):
                    break
            else:
                if links and ".".join(parts) in links:
                    return Path(text, root, tuple(roles), links[".".join(parts)], on_link=True)
                known = {*entity.terms, *(links or ())}
                before = text[: len(text) - len(".".join(parts))]
                raise UnknownTerm(
                    text, suggest(".".join(parts), known, before, f"see the terms of '{kind}' in the vocabulary")
                )
            parts = parts[end:]
            if not parts:
                return Path(text, root, tuple(roles), term)
            roles.append(term)
            kind, links = str(term.to), term.link
        return Path(text, root, (), Term(path=root, label=self.labels.get(root, root), kind="entity", to=kind))

    def mapping(self, source: str, target: str) -> Mapped | None:
        """Give the one general mapping between two code lists, or None where there is none or more than one."""
        found = [m for m in self.mappings.values() if m.source == source and m.target == target]
        return found[0] if len(found) == 1 else None

    def source_of(self, name: str) -> Source | None:
        """Give a source by the name that records use."""
        return self.sources.get(name)

    def __iter__(self) -> Iterator[tuple[EntityType, Term]]:
        """Go through all terms, by entity type."""
        for entity in self.types.values():
            for term in entity.terms.values():
                yield entity, term


def suggest(word: str, known: Iterable[str], before: str, otherwise: str) -> str:
    """Give the remedy for a word that is not known: the nearest that is, or else what to do."""
    near = nearest(word, known)
    return f"did you mean '{before}{near}'?" if near else otherwise
