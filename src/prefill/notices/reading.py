"""Reading ``notices/`` and ``admissions.yaml``: each file is gathered, then held to the others; all faults are told at once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from prefill.documents import Document, Place, read_document
from prefill.errors import FileError, Problem, SpecError
from prefill.notices import shapes
from prefill.notices.model import (
    ATTACHMENTS,
    Admission,
    Answer,
    Attachment,
    Frequency,
    Item,
    Link,
    Notice,
    Notices,
    Words,
)
from prefill.vocabulary import UnknownTerm, Vocabulary
from prefill.vocabulary.model import suggest
from prefill.vocabulary.reading import file_name
from prefill.vocabulary.shapes import checked

__all__ = ["read_notices"]

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "work-items": ("number", "text", "department", "decision"),
    "assessments": ("number", "text", "department", "decision"),
    "certificates": ("number", "text", "decision", "names", "answered_by"),
    "systems": ("number", "text", "department", "frequency", "workload"),
}
_WORDS: Final = ("stems", "synonyms")  # of the crosswalk
_LISTS: Final = ("leading", "endings", "fillers", "certificate", "issuers", "attests", "statements", "statisticians")


def read_notices(folders: Iterable[Path], vocabulary: Vocabulary) -> Notices:
    """Read the notices, the words and the admissions of these folders.

    A notice of a later folder stands for an earlier's of the same id (the name of its folder); ``words.yaml`` is laid over list by
    list; admissions are added. Raises SpecError with every fault of all files.
    """
    reader = _Reader(vocabulary)
    folders = tuple(folders)
    for folder in folders:
        reader.read(folder / "notices" / "words.yaml", reader.read_words)
    found: dict[str, Path] = {}
    for folder in folders:
        found.update({file.parent.name: file.parent for file in sorted(folder.glob("notices/*/notice.yaml"))})
    for folder in found.values():
        reader.read(folder / "notice.yaml", reader.read_notice)
    reader.check()
    for folder in folders:
        reader.read(folder / "admissions.yaml", reader.read_admissions)
    if reader.problems:
        raise SpecError(sorted(set(reader.problems), key=lambda p: (p.where, p.line or 0, p.what)))
    notices = sorted(reader.notices, key=lambda notice: (notice.effective, notice.id))
    return Notices(tuple(_with_older_words(notices)), reader.words, tuple(reader.admissions))


def _with_older_words(notices: Iterable[Notice]) -> Iterable[Notice]:
    """Give the notices, the oldest first; an item that replaces another is called what that was called, too."""
    known: dict[tuple[str, str, int], Item] = {}
    for notice in notices:
        items = []
        for item in notice.items:
            older = known.get((item.replaces[0], item.kind, item.replaces[1])) if item.replaces else None
            if older is not None:
                stems, synonyms = (*older.stems, *item.stems), (*older.synonyms, *item.synonyms)
                item = replace(item, stems=tuple(dict.fromkeys(stems)), synonyms=tuple(dict.fromkeys(synonyms)))
            known[item.key] = item
            items.append(item)
        yield replace(notice, items=tuple(items))


class _Reader:
    """Gathers the parts and the faults of all files, so that they can be reported together."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.documents: list[Document] = []
        self.unread: list[Problem] = []
        self.lists: dict[str, Any] = {"line": "{attachment}.{number} {text}: {decision}"}
        self.frequencies: dict[str, Frequency] = {}
        self.notices: list[Notice] = []
        self.admissions: list[Admission] = []
        self.places: dict[tuple[str, str, int], tuple[Document, Place]] = {}

    @property
    def problems(self) -> list[Problem]:
        return [*self.unread, *(problem for document in self.documents for problem in document.problems)]

    @property
    def words(self) -> Words:
        return Words(**self.lists, frequencies=self.frequencies)

    def document(self, file: Path, needed: bool = False) -> Document | None:
        """Read a file, if there is one; what is no mapping is told."""
        if not needed and not file.is_file():
            return None
        try:
            document = read_document(file, file_name(file))
        except FileError as error:
            self.unread += error.problems
            return None
        self.documents.append(document)
        if not isinstance(document.data, dict):
            document.problem((), "not a mapping", "write keys and values")
            return None
        return document

    def read(self, file: Path, take: Any) -> None:
        document = self.document(file)
        if document is not None:
            take(document, file.parent)

    def read_words(self, document: Document, _: Path) -> None:
        data = checked(document, (), document.data, shapes.WORDS)
        self.lists.update({key: tuple(data[key]) for key in _LISTS if key in data})
        self.lists.update({key: data[key] for key in ("line", "roles") if key in data})
        if "near" in data:
            self.lists["near"] = int(data["near"])
        for word, raw in data.get("frequencies", {}).items():
            one = checked(document, ("frequencies", word), raw, shapes.FREQUENCY, ("source",))
            times = float(one["times"]) if "times" in one else None
            self.frequencies[word] = Frequency(word, times, one.get("source", ""))

    # ── a notice ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def read_notice(self, document: Document, folder: Path) -> None:
        needed = ("title", "issuer", "date", "effective", "text", "decisions")
        data = checked(document, (), document.data, shapes.NOTICE, needed)
        text = folder / data.get("text", "")
        if "text" in data and not text.is_file():
            document.problem(("text",), "there is no such file", "put the notice's text beside its data")
        if any(key not in data for key in needed):
            return
        words, links = self.read_crosswalk(folder)
        self.notices.append(
            Notice(
                folder.name,
                data["title"],
                data["issuer"],
                date.fromisoformat(data["date"]),
                date.fromisoformat(data["effective"]),
                date.fromisoformat(data["expires"]) if "expires" in data else None,
                text,
                data["decisions"],
                data.get("sentences", {}),
                tuple(item for kind in ATTACHMENTS for item in self.read_items(folder, kind, data["decisions"], words)),
                tuple(links),
            )
        )

    def read_items(
        self, folder: Path, kind: Attachment, decisions: Mapping[str, Any], words: Mapping[tuple[str, str, int], Any]
    ) -> Iterable[Item]:
        document = self.document(folder / f"{kind}.yaml")
        if document is None:
            return
        head = checked(document, (), document.data, shapes.FILE, ("attachment", "title", "items"))
        for index, raw in enumerate(head.get("items", ())):
            place: Place = ("items", index)
            data = checked(document, place, raw, shapes.ITEMS[kind], _NEEDED[kind])
            if any(key not in data for key in _NEEDED[kind]):
                continue
            number = int(data["number"])
            if (folder.name, kind, number) in self.places:
                document.problem((*place, "number"), f"the number {number} stands twice", "give each item its own")
                continue
            self.places[(folder.name, kind, number)] = (document, place)
            decision = data.get("decision")
            if decision is not None and decision not in decisions:
                remedy = "say in notice.yaml under decisions what it means"
                document.problem((*place, "decision"), f"nobody says what '{decision}' means", remedy)
            plain: dict[str, Any] = {
                key: data.get(key) for key in ("department", "content", "follow_up", "frequency", "workload")
            }
            yield Item(
                folder.name,
                kind,
                int(head.get("attachment", "1")),
                number,
                data["text"],
                decision=decision,
                meaning=decisions.get(decision or ""),
                names=tuple(data.get("names", ())),
                answered_by=self.answers(document, place, data),
                stems=words.get(("stems", kind, number), ()),
                synonyms=words.get(("synonyms", kind, number), ()),
                **plain,
                **self.further(document, place, data, kind),
            )

    def further(self, document: Document, place: Place, data: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """Read what only some items have: merged cells, what they replace, what replaces them."""
        found: dict[str, Any] = {}
        if "merged_cells" in data:
            shape = {"with": shapes.FILE["attachment"], "cells": shapes.ANSWER["terms"]}
            one = checked(document, (*place, "merged_cells"), data["merged_cells"], shape, ("with", "cells"))
            found["merged_cells"] = tuple(one.get("cells", ()))
        if "replaces" in data:
            shape = {"notice": shapes.NOTICE["title"], "item": shapes.FILE["attachment"]}
            one = checked(document, (*place, "replaces"), data["replaces"], shape, ("notice", "item"))
            if len(one) == 2:
                found["replaces"] = (one["notice"], int(one["item"]))
        if "replaced_by" in data:
            shape = {"name": shapes.NOTICE["title"], "since": shapes.NOTICE["date"], "note": shapes.NOTICE["note"]}
            one = checked(document, (*place, "replaced_by"), data["replaced_by"], shape, ("name", "since"))
            if "since" in one:
                found["replaced_by"] = one.get("name")
                found["replaced_since"] = date.fromisoformat(one["since"])
        if kind == "systems" and data["frequency"] not in self.frequencies:
            remedy = "one of: " + ", ".join(self.frequencies)
            document.problem((*place, "frequency"), f"nobody says how often '{data['frequency']}' is", remedy)
        return found

    def answers(self, document: Document, place: Place, data: Mapping[str, Any]) -> dict[str, Answer]:
        """Read what answers each name of a certificate; the paths are looked up."""
        found: dict[str, Answer] = {}
        given, names = data.get("answered_by", {}), data.get("names", ())
        for name in names:
            if name not in given:
                remedy = "add it, with terms: [path, …], or note: why no term answers"
                document.problem((*place, "answered_by"), f"nothing is said of '{name}'", remedy)
        for name, raw in given.items():
            at: Place = (*place, "answered_by", name)
            if name not in names:
                document.problem(at, f"'{name}' is none of the names", "one of: " + ", ".join(names))
            one = checked(document, at, raw, shapes.ANSWER)
            if not one:
                document.problem(at, f"'{name}' has neither terms nor note", "say what answers it, or why nothing does")
            for path in one.get("terms", ()):
                try:
                    self.vocabulary.path(path)
                except UnknownTerm as error:
                    document.problem((*at, "terms"), f"unknown term '{path}'", error.remedy)
            found[name] = Answer(tuple(one.get("terms", ())), one.get("note"))
        return found

    # ── the crosswalk ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def read_crosswalk(self, folder: Path) -> tuple[dict[tuple[str, str, int], tuple[str, ...]], list[Link]]:
        """Read the words for items, by what they are (stems, synonyms), attachment and number; and the links."""
        words: dict[tuple[str, str, int], tuple[str, ...]] = {}
        links: list[Link] = []
        document = self.document(folder / "crosswalk.yaml")
        if document is None:
            return words, links
        data = checked(document, (), document.data, shapes.CROSSWALK)
        for what, kind, items in ((name, *one) for name in _WORDS for one in data.get(name, {}).items()):
            if kind not in ATTACHMENTS or not isinstance(items, dict):
                document.problem((what, kind), f"no attachment '{kind}'", "one of: " + ", ".join(ATTACHMENTS))
                continue
            for number, own in items.items():
                if shapes.FILE["attachment"](number) or shapes.ANSWER["terms"](own):
                    document.problem((what, kind, number), "no list of words", "write '4': [word, …]")
                else:
                    words[what, kind, int(number)] = tuple(own)
                    self.places[folder.name, f"{what} of {kind}", int(number)] = (document, (what, kind, number))
        for index, raw in enumerate(data.get("links", ())):
            place: Place = ("links", index)
            one = checked(document, place, raw, shapes.LINK, ("system", "reason"))
            items = tuple((kind, int(n)) for kind in ATTACHMENTS[:3] for n in one.get(kind, ()))
            if not items:
                document.problem(place, "a link to nothing", "add work-items: [5], assessments or certificates")
            if "system" not in one or "reason" not in one:
                continue
            plain = {key: one.get(key) for key in ("asks", "role", "waived")}
            system, fields = int(one["system"]), tuple(one.get("fields", ()))
            links.append(Link(folder.name, system, items, one["reason"], fields=fields, **plain))
            for kind, number in (("systems", system), *items):
                self.places[folder.name, f"links[{index}] to {kind}", number] = (document, place)
        return words, links

    def check(self) -> None:
        """Hold the notices to one another: what is linked to, replaced or numbered must be there."""
        known = {key for key in self.places if key[1] in ATTACHMENTS}
        effective = {notice.id: notice.effective for notice in self.notices}
        systems: dict[int, str] = {}
        for (notice, what, number), (document, place) in self.places.items():
            kind = what.rpartition(" ")[2]
            if kind != what and (notice, kind, number) not in known:
                document.problem(place, f"the notice has no item {number} of {kind}", "name one that it has")
        for one in self.notices:
            for item in one.items:
                document, place = self.places[item.key]
                if item.replaces is None:
                    other = systems.setdefault(item.number, one.id) if item.kind == "systems" else one.id
                    if other != one.id:
                        what = f"the system's number {item.number} is also one of the notice {other}"
                        document.problem(place, what, "say which item it replaces, or count on")
                    continue
                older, number = item.replaces
                if (older, item.kind, number) not in known:
                    remedy = suggest(older, effective, "", "notices: " + ", ".join(effective))
                    document.problem((*place, "replaces"), f"the notice '{older}' has no item {number}", remedy)
                elif not effective[older] < one.effective:
                    document.problem((*place, "replaces"), "it replaces what is not earlier", "name an earlier notice")

    # ── admissions ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def read_admissions(self, document: Document, _: Path) -> None:
        data = checked(document, (), document.data, shapes.ADMISSIONS)
        needed = ("applicant", "approver", "role", "frequency", "approved", "expires")
        roles = {**self.words.roles, "lead": "lead", "assist": "assist"}
        for index, raw in enumerate(data.get("admissions", ())):
            place: Place = ("admissions", index)
            one = checked(document, place, raw, shapes.ADMISSION, needed)
            for either in (("form", "title"), ("system", "department")):
                if isinstance(raw, dict) and not any(key in raw for key in either):
                    document.problem(place, f"neither '{either[0]}' nor '{either[1]}'", f"add {either[0]}: …")
            if "role" in one and one["role"] not in roles:
                document.problem((*place, "role"), f"unknown role '{one['role']}'", "one of: " + ", ".join(roles))
            if "frequency" in one and one["frequency"] not in self.frequencies:
                remedy = "one of: " + ", ".join(self.frequencies)
                document.problem((*place, "frequency"), f"nobody says how often '{one['frequency']}' is", remedy)
            if any(key not in one for key in needed) or one["role"] not in roles:
                continue
            approved, expires = date.fromisoformat(one["approved"]), date.fromisoformat(one["expires"])
            if expires < approved:
                document.problem((*place, "expires"), "it ends before it begins", "give a later day")
            self.admissions.append(
                Admission(
                    one.get("form"),
                    one.get("title"),
                    one["applicant"],
                    one["approver"],
                    roles[one["role"]],
                    one["frequency"],
                    approved,
                    expires,
                    one.get("system"),
                    one.get("department"),
                    one.get("note"),
                    document.name,
                    document.line(*place),
                )
            )
