"""Reading the vocabulary's files: each is gathered, then what one says of another is checked; all faults are told at once."""

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any

from prefill.derivations import Table
from prefill.documents import Document, Place, read_document
from prefill.errors import FileError, Problem, SpecError
from prefill.kinds import CodeList
from prefill.vocabulary.model import EntityType, Mapped, Source, Vocabulary, suggest
from prefill.vocabulary.shapes import CODE_LIST, MAPPING, ROOT, ROOTS, SOURCE, checked, texts
from prefill.vocabulary.tables import read_tables
from prefill.vocabulary.terms import Terms

__all__ = ["file_name", "read_vocabulary"]


def read_vocabulary(folders: list[FilePath]) -> Vocabulary:
    """Read ``vocabulary/``, ``codes/``, ``tables/`` and ``sources.yaml`` of these folders; a later folder's entries go over an earlier's.

    Raises SpecError with every fault of all files.
    """
    reader = _Reader()
    for folder in folders:
        for file in sorted(folder.glob("codes/*.yaml")):
            reader.read(file, reader.mappings if file.stem.startswith("mappings") else reader.code_lists)
    for folder in folders:
        for file in sorted(folder.glob("tables/*.yaml")):
            reader.read(file, lambda document: reader.tables.update(read_tables(document, reader.codes)))
        reader.read(folder / "sources.yaml", reader.read_sources)
        reader.read(folder / "vocabulary" / "roots.yaml", reader.read_roots)
        for file in sorted(folder.glob("vocabulary/*.yaml")):
            if file.stem != "roots":
                reader.read(file, reader.terms.read)
    reader.check()
    if reader.problems:
        raise SpecError(sorted(set(reader.problems), key=lambda p: (p.where, p.line or 0, p.what)))
    return Vocabulary(
        types={
            name: EntityType(name, label, tuple(docs), terms, _branches(terms), **reader.terms.marks.get(name, {}))
            for name, (label, docs, terms) in reader.terms.types.items()
        },
        roots=reader.roots,
        labels=reader.labels,
        sources=reader.sources,
        codes=reader.codes,
        mappings=reader.maps,
        tables=reader.tables,
        files=reader.files(folders),
    )


def file_name(file: FilePath) -> str:
    """Name a file in messages by its folder and name."""
    return f"{file.parent.name}/{file.name}" if file.parent.name else file.name


def _branches(terms: Mapping[str, Any]) -> frozenset[str]:
    """Give every path that some term lies under."""
    return frozenset(path[:at] for path in terms for at, sign in enumerate(path) if sign == ".")


def _circling(groups: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Give every code that is listed under itself, at any depth."""
    found = []
    for code in groups:
        below: set[str] = set()
        todo = list(groups[code])
        while todo:
            one = todo.pop()
            if one not in below:
                below.add(one)
                todo += groups.get(one, ())
        if code in below:
            found.append(code)
    return found


class _Reader:
    """Gathers the parts and the faults of all files, so that they can be reported together."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.digests: dict[FilePath, str] = {}
        self.unread: list[Problem] = []
        self.codes: dict[str, CodeList] = {}
        self.maps: dict[str, Mapped] = {}
        self.tables: dict[str, Table] = {}
        self.mapped: list[tuple[Document, str]] = []
        self.sources: dict[str, Source] = {}
        self.roots: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.rooted: list[tuple[Document, str]] = []
        self.terms = Terms(self.codes)

    @property
    def problems(self) -> list[Problem]:
        return [*self.unread, *(problem for document in self.documents for problem in document.problems)]

    def files(self, folders: list[FilePath]) -> tuple[tuple[str, str], ...]:
        """Give the digest and the name of each file read, folder by folder, sorted by name."""
        found = []
        for folder in folders:
            own = {f.relative_to(folder).as_posix(): d for f, d in self.digests.items() if f.is_relative_to(folder)}
            found += [(own[name], name) for name in sorted(own)]
        return tuple(dict.fromkeys(found))

    def read(self, file: FilePath, take: Callable[[Document], None]) -> None:
        if file.parent.name != "vocabulary" and file.parent.name != "codes" and not file.is_file():
            return
        if file.stem == "roots" and not file.is_file():
            return
        try:
            document = read_document(file, file_name(file))
        except FileError as error:
            self.unread += error.problems
            return
        self.documents.append(document)
        self.digests[file] = document.digest
        if isinstance(document.data, dict):
            take(document)
        elif document.data is not None:
            document.problem((), "not a mapping", "write keys and values")

    # ── code lists and mappings ──────────────────────────────────────────────────────────────────────────────────────────

    def code_lists(self, document: Document) -> None:
        for name, raw in document.data.items():
            data = checked(document, (name,), raw, CODE_LIST)
            items = data.get("items", {})
            groups = {code: tuple(below) for code, below in data.get("groups", {}).items()}
            named = [
                *(("exclusive", code) for code in data.get("exclusive", ())),
                *(("none", code) for code in texts(data.get("none"))),
                *(("unknown", code) for code in data.get("unknown", ())),
                *(("groups", code) for above, below in groups.items() for code in (above, *below)),
            ]
            for key, code in named:
                if code not in items:
                    what = f"the code '{code}' is not among the items of '{name}'"
                    document.problem((name, key), what, "write a code of this list")
            if isinstance(raw, dict) and not (raw.keys() & {"items", "pattern"} or data.get("external") == "true"):
                document.problem(
                    (name,), "a list of nothing", "write items: {code: label}, a pattern, or external: true"
                )
            for code in _circling(groups):
                what = f"the code '{code}' is listed under itself"
                document.problem((name, "groups"), what, "break the circle")
            if data.get("none") in data.get("unknown", ()):
                what = f"the code '{data['none']}' is both 'none' and 'unknown'"
                document.problem((name, "none"), what, "keep 'none' for the option that says that there is none")
            self.codes[name] = CodeList(
                id=name,
                name=data.get("name", name),
                standard=data.get("standard", ""),
                confidence=data.get("confidence", "low"),
                items=items,
                exclusive=tuple(data.get("exclusive", ())),
                none=data.get("none"),
                groups=groups,
                partial=data.get("partial") == "true",
                external=data.get("external") == "true",
                pattern=data.get("pattern"),
                note=data.get("note"),
                unknown=tuple(data.get("unknown", ())),
            )

    def mappings(self, document: Document) -> None:
        for name, raw in document.data.items():
            data = checked(document, (name,), raw, MAPPING, needed=("from", "to", "map"))
            self.maps[name] = Mapped(name, data.get("from", ""), data.get("to", ""), data.get("map", {}))
            self.mapped.append((document, name))

    def check_mappings(self) -> None:
        for document, name in self.mapped:
            data = document.data[name]
            ends = []
            for key in ("from", "to"):
                listed = data.get(key) if isinstance(data, dict) else None
                ends.append(self.codes.get(listed) if isinstance(listed, str) else None)
                if isinstance(listed, str) and ends[-1] is None:
                    remedy = suggest(listed, self.codes, "", "add the list to codes/")
                    document.problem((name, key), f"unknown code list '{listed}'", remedy)
            source, target = ends
            codes = data.get("map") if isinstance(data, dict) else None
            for code, option in codes.items() if isinstance(codes, dict) else ():
                for held, end in ((code, source), (option, target)):
                    if end is not None and held in end.unknown:
                        what = f"'{held}' of {end.id} says that nothing is known, which is no value"
                        document.problem((name, "map", code), what, "leave the pair out")
                    if end is not None and isinstance(held, str) and held not in end.items:
                        if held is code and (code == "none" or end.external or end.partial):
                            continue
                        what = f"'{held}' is no code of {end.id}"
                        document.problem((name, "map", code), what, "write a code of the list")

    # ── sources and roots ────────────────────────────────────────────────────────────────────────────────────────────────

    def read_sources(self, document: Document) -> None:
        for name, raw in document.data.items():
            data = checked(document, (name,), raw, SOURCE, needed=("kind",))
            self.sources[name] = Source(name, data.get("kind", ""), data.get("label", name))

    def read_roots(self, document: Document) -> None:
        for name, raw in checked(document, (), document.data, ROOTS).get("roots", {}).items():
            data = checked(document, ("roots", name), raw, ROOT, needed=("entity",))
            self.roots[name], self.labels[name] = data.get("entity", ""), data.get("label", name)
            self.rooted.append((document, name))

    def check(self) -> None:
        """Check what one file says of another."""
        self.check_mappings()
        types = self.terms.types
        for document, name in self.rooted:
            if self.roots[name] and self.roots[name] not in types:
                place: Place = ("roots", name, "entity")
                remedy = suggest(self.roots[name], types, "", "add it to vocabulary/")
                document.problem(place, f"unknown entity type '{self.roots[name]}'", remedy)
        self.terms.check({source.kind for source in self.sources.values()})
