"""The vocabulary: every kind of fact that a record may hold, the entities they are about, and who may state them."""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path as FilePath
from typing import Any, Final

from prefill.derivations import RULES
from prefill.documents import Document, read_document
from prefill.errors import FileError, PrefillError, Problem, SpecError, nearest
from prefill.kinds import KINDS, CodeList

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
    "read_vocabulary",
]

_DURATION = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
SHARING: Final = ("unconditional", "conditional", "none")


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
        try:
            return self.authority.index(source_kind)
        except ValueError:
            return len(self.authority)


@dataclass(frozen=True, slots=True)
class EntityType:
    """A kind of thing that facts are about. The first of ``documents`` is the one that an entity has only one of, ever.

    ``similar`` and ``same`` are the attributes by which two without a document are proposed to be one; ``ended_by`` is the date
    after which its facts are used only by forms that allow it (a death).
    """

    name: str
    label: str
    documents: tuple[str, ...]
    terms: Mapping[str, Term]
    branches: frozenset[str] = frozenset()
    similar: str | None = None
    same: tuple[str, ...] = ()
    ended_by: str | None = None

    def below(self, prefix: str) -> tuple[Term, ...]:
        """Give the term of this path, or all those under it."""
        exact = self.terms.get(prefix)
        return (exact,) if exact else tuple(t for p, t in self.terms.items() if p.startswith(prefix + "."))

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
    """All entity types with their terms, the roots that paths begin with, the sources, the code lists and their mappings."""

    types: Mapping[str, EntityType]
    roots: Mapping[str, str]
    labels: Mapping[str, str]
    sources: Mapping[str, Source]
    codes: Mapping[str, CodeList]
    mappings: Mapping[str, Mapped]

    def path(self, text: str, *, within: str | None = None, link: Mapping[str, Term] | None = None) -> Path:
        """Resolve ``resident.spouse.name``; with ``within``, an entity type, resolve a path relative to it (``.name``).

        Raises UnknownTerm, with the nearest path that exists.
        """
        parts = text.lstrip(".").split(".")
        if within is None:
            root, parts = parts[0], parts[1:]
            if root not in self.roots:
                raise UnknownTerm(
                    text, _suggest(root, self.roots, "", "a path begins with a root: " + ", ".join(self.roots))
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
                    text, _suggest(".".join(parts), known, before, f"see the terms of '{kind}' in the vocabulary")
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


def _suggest(word: str, known: Any, before: str, otherwise: str) -> str:
    near = nearest(word, known)
    return f"did you mean '{before}{near}'?" if near else otherwise


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _mark_early(terms: dict[str, Term]) -> None:
    """Mark what follows from one stated term that is shared with all, by a rule that does not ask for the date."""
    for path, term in terms.items():
        if term.derive is not None and len(term.derive.of) == 1 and not RULES[term.derive.rule].dated:
            of = terms[term.derive.of[0]]
            if of.derive is None and of.sharing == "unconditional":
                terms[path] = replace(term, derive=replace(term.derive, early=True))


_TERM_KEYS: Final = frozenset(
    "label also kind codes to list_of items_by link fresh_for sensitive sharing authority derive unit standard note".split()
)
_CODE_KEYS: Final = frozenset(
    "name standard confidence items exclusive none groups partial external pattern note structure check".split()
)


def read_vocabulary(folders: list[FilePath]) -> Vocabulary:
    """Read ``vocabulary/``, ``codes/`` and ``sources.yaml`` of these folders; a later folder's entries go over an earlier's.

    Raises SpecError with every fault of all files.
    """
    reader = _Reader()
    for folder in folders:
        for file in sorted(folder.glob("codes/*.yaml")):
            reader.read(file, reader.mappings if file.stem.startswith("mappings") else reader.code_lists)
    for folder in folders:
        if (folder / "sources.yaml").is_file():
            reader.read(folder / "sources.yaml", reader.read_sources)
        if (folder / "vocabulary" / "roots.yaml").is_file():
            reader.read(folder / "vocabulary" / "roots.yaml", reader.read_roots)
        for file in sorted(folder.glob("vocabulary/*.yaml")):
            if file.stem != "roots":
                reader.read(file, reader.entity)
    reader.check()
    if reader.problems:
        raise SpecError(sorted(reader.problems, key=lambda p: (p.where, p.line or 0)))
    for _, _, terms in reader.types.values():
        _mark_early(terms)
    return Vocabulary(
        types={
            name: EntityType(name, label, tuple(docs), terms, _branches(terms), **reader.marks.get(name, {}))
            for name, (label, docs, terms) in reader.types.items()
        },
        roots=reader.roots,
        labels=reader.labels,
        sources=reader.sources,
        codes=reader.codes,
        mappings=reader.maps,
    )


def _branches(terms: Mapping[str, Term]) -> frozenset[str]:
    """Give every path that some term lies under."""
    return frozenset(path[:at] for path in terms for at, sign in enumerate(path) if sign == ".")


class _Reader:
    """Gathers the parts and the faults of all files, so that they can be reported together."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.codes: dict[str, CodeList] = {}
        self.maps: dict[str, Mapped] = {}
        self.sources: dict[str, Source] = {}
        self.roots: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.types: dict[str, tuple[str, list[str], dict[str, Term]]] = {}
        self.marks: dict[str, dict[str, Any]] = {}
        self.later: list[tuple[Document, tuple[str | int, ...], str, str, Any]] = []

    def read(self, file: FilePath, take: Any) -> None:
        try:
            document = read_document(file)
        except FileError as error:
            self.problems += error.problems
            return
        if isinstance(document.data, dict):
            take(document)
        elif document.data is not None:
            document.problem((), "not a mapping", "write keys and values")
        self.problems += document.problems

    def keys(self, document: Document, place: tuple[str | int, ...], data: Any, known: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            document.problem(place, "not a mapping", "write keys and values")
            return {}
        for key in data:
            if key not in known:
                document.problem(
                    (*place, key),
                    f"unknown key '{key}'",
                    _suggest(key, known, "", "one of: " + ", ".join(sorted(known))),
                )
        return data

    def code_lists(self, document: Document) -> None:
        for name, data in document.data.items():
            data = self.keys(document, (name,), data, _CODE_KEYS)
            items = data.get("items") or {}
            if not isinstance(items, dict) or not all(isinstance(label, str) for label in items.values()):
                document.problem((name, "items"), "items that are not 'code: label'", "write a label for each code")
                continue
            exclusive = tuple(data.get("exclusive") or ())
            groups = {str(k): tuple(v) for k, v in (data.get("groups") or {}).items()}
            named = [
                *exclusive,
                *([data["none"]] if data.get("none") else []),
                *groups,
                *(c for g in groups.values() for c in g),
            ]
            for code in named:
                if code not in items:
                    document.problem((name,), f"the code '{code}' is not among the items", "write a code of this list")
            self.codes[name] = CodeList(
                id=name,
                name=data.get("name") or name,
                standard=data.get("standard") or "",
                confidence=data.get("confidence") or "low",
                items=items,
                exclusive=exclusive,
                none=data.get("none"),
                groups=groups,
                partial=data.get("partial") == "true",
                external=data.get("external") == "true",
                pattern=data.get("pattern"),
                note=data.get("note"),
            )

    def mappings(self, document: Document) -> None:
        for name, data in document.data.items():
            data = self.keys(document, (name,), data, {"from", "to", "map", "note"})
            source, target, codes = data.get("from"), data.get("to"), data.get("map") or {}
            self.later.append((document, (name, "from"), "codes", str(source), None))
            self.later.append((document, (name, "to"), "codes", str(target), None))
            self.later.append((document, (name, "map"), "map", f"{source}\n{target}", codes))
            self.maps[name] = Mapped(name, str(source), str(target), codes)

    def read_sources(self, document: Document) -> None:
        for name, data in document.data.items():
            data = self.keys(document, (name,), data, {"kind", "label", "note"})
            if not data.get("kind"):
                document.problem((name,), "a source without a kind", "add kind: population_register, community_grid, …")
            self.sources[name] = Source(name, data.get("kind") or "", data.get("label") or name)

    def read_roots(self, document: Document) -> None:
        data = self.keys(document, (), document.data, {"roots"})
        for name, root in (data.get("roots") or {}).items():
            root = self.keys(document, ("roots", name), root, {"entity", "label", "note"})
            self.roots[name] = root.get("entity") or ""
            self.labels[name] = root.get("label") or name
            self.later.append((document, ("roots", name, "entity"), "entity", self.roots[name], None))

    def entity(self, document: Document) -> None:
        data = self.keys(
            document,
            (),
            document.data,
            {"entity", "label", "documents", "similar", "same", "ended_by", "terms", "note"},
        )
        name = data.get("entity")
        if not name:
            document.problem((), "no 'entity'", "name the entity type: entity: person")
            return
        _, documents, terms = self.types.setdefault(name, (data.get("label") or name, [], {}))
        documents += [d for d in data.get("documents") or () if d not in documents]
        for path, spec in (data.get("terms") or {}).items():
            terms[path] = self.term(document, ("terms", path), path, spec)
        marks = {key: data[key] for key in ("similar", "same", "ended_by") if data.get(key)}
        marks |= {"same": tuple(marks["same"])} if "same" in marks else {}
        self.marks.setdefault(name, {}).update(marks)
        for key, value in marks.items():
            for attribute in (value,) if isinstance(value, str) else value:
                if attribute not in terms:
                    document.problem(
                        (key,),
                        f"unknown term '{attribute}'",
                        _suggest(attribute, terms, "", "name a term of this entity"),
                    )
        for attribute in documents:
            if attribute not in terms:
                document.problem(("documents",), f"the document '{attribute}' is no term", "add it to the terms")
        for path, term in terms.items():
            for of in term.derive.of if term.derive else ():
                if of not in terms:
                    document.problem(
                        ("terms", path, "derive"),
                        f"unknown term '{of}'",
                        _suggest(of, terms, "", "name a term of this entity"),
                    )

    def term(self, document: Document, place: tuple[str | int, ...], path: str, data: Any) -> Term:
        data = self.keys(document, place, data, _TERM_KEYS)
        to, many = (data.get("list_of"), True) if data.get("list_of") else (data.get("to"), False)
        kind = "list" if many else "entity" if to else data.get("kind") or ""
        if to:
            self.later.append((document, place, "entity", to, None))
        elif kind not in KINDS:
            document.problem(
                (*place, "kind"), f"unknown kind '{kind}'", _suggest(kind, KINDS, "", "one of: " + ", ".join(KINDS))
            )
        codes = data.get("codes")
        if codes is not None and codes not in self.codes:
            document.problem(
                (*place, "codes"),
                f"unknown code list '{codes}'",
                _suggest(codes, self.codes, "", "add the list to codes/"),
            )
        if kind in ("code", "multi_code") and codes is None:
            document.problem(place, "a code without a code list", "add codes: …")
        sharing = data.get("sharing") or "unconditional"
        if sharing not in SHARING:
            document.problem((*place, "sharing"), f"unknown sharing class '{sharing}'", "one of: " + ", ".join(SHARING))
        fresh: Duration | None = None
        if data.get("fresh_for"):
            try:
                fresh = Duration.parse(data["fresh_for"])
            except ValueError as error:
                document.problem((*place, "fresh_for"), str(error), "write P1Y, P6M or P30D")
        derive: Derive | None = None
        if data.get("derive"):
            derive = self.derive(document, (*place, "derive"), data["derive"])
        by = data.get("items_by")
        items_by = () if by in (None, "none") else (by,) if isinstance(by, str) else tuple(by)
        return Term(
            path=path,
            label=data.get("label") or path,
            kind=kind,
            also=tuple(data.get("also") or ()),
            codes=self.codes.get(codes) if codes else None,
            to=to,
            many=many,
            items_by=items_by,
            link={p: self.term(document, (*place, "link", p), p, t) for p, t in (data.get("link") or {}).items()},
            fresh_for=fresh,
            sensitive=data.get("sensitive") == "true",
            sharing=sharing,
            authority=tuple(data.get("authority") or ()),
            derive=derive,
            unit=data.get("unit"),
            standard=data.get("standard"),
            note=data.get("note"),
        )

    def derive(self, document: Document, place: tuple[str | int, ...], data: Any) -> Derive | None:
        name = data.get("rule") if isinstance(data, dict) else None
        rule = RULES.get(str(name))
        if rule is None:
            document.problem(
                place, f"unknown rule '{name}'", _suggest(str(name), RULES, "", "one of: " + ", ".join(RULES))
            )
            return None
        data = self.keys(document, place, data, {"rule", "of", *rule.params})
        for param in rule.params:
            if param not in data:
                document.problem(place, f"'{rule.name}' wants '{param}'", f"add {param}: …")
        of = data.get("of") or ()
        return Derive(
            rule.name, (of,) if isinstance(of, str) else tuple(of), {p: data[p] for p in rule.params if p in data}
        )

    def check(self) -> None:
        """Check what one file says of another."""
        for document, place, what, name, data in self.later:
            before = len(document.problems)
            if what == "entity" and name not in self.types:
                document.problem(
                    place, f"unknown entity type '{name}'", _suggest(name, self.types, "", "add it to vocabulary/")
                )
            elif what == "codes" and name not in self.codes:
                document.problem(
                    place, f"unknown code list '{name}'", _suggest(name, self.codes, "", "add the list to codes/")
                )
            elif what == "map":
                source, target = (self.codes.get(part) for part in name.split("\n"))
                for code, option in data.items():
                    if source and code not in source.items and code != "none":
                        document.problem(
                            (*place, code), f"'{code}' is no code of {source.id}", "write a code of the list"
                        )
                    if target and option not in target.items:
                        document.problem(
                            (*place, code), f"'{option}' is no code of {target.id}", "write a code of the list"
                        )
            self.problems += document.problems[before:]
