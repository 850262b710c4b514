"""The catalogue: forms, vocabulary and samples opened together, with the forms' plans kept."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from prefill.documents import Document, gather, parse_json, parse_yaml, read_document
from prefill.errors import FileError, Problem, RecordError, SpecError, nearest
from prefill.plans import Plan
from prefill.records import Decision, Filing, Grant, Record, join, read_statements
from prefill.vocabulary import Vocabulary, read_vocabulary
from prefill.vocabulary.reading import file_name

if TYPE_CHECKING:
    from prefill.forms import Draft
    from prefill.notices import Notices
    from prefill.plans.rosters import RosterPlan
    from prefill.plans.tallies import TallyPlan

__all__ = ["SAMPLE_WORKER", "Catalogue", "Sample", "Summary", "bundled_folder", "open_catalogue", "open_plan"]

_TOP_KEY: Final = re.compile(r"^([a-z_]+):", re.MULTILINE)
SAMPLE_WORKER: Final = "示例员"
"""Who fills the samples, where they do not say."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A form in the catalogue's list."""

    id: str
    system: int | None
    title: str
    agency: str
    version: str
    path: Path


@dataclass(frozen=True, slots=True)
class Sample:
    """Invented records that show a form, and how to fill it.

    ``record`` are the files of one that knows much, ``poor`` those of one that knows little (none if there is none); ``on`` is the day
    that the form speaks for, ``filing`` the act of filling, ``grant`` the leave that the form's agency has, if it needs one. ``demo``
    are the files of the one that ``prefill demo`` shows without being asked: told by sources that age, differ and lack something.
    """

    record: tuple[Path, ...]
    on: date
    poor: tuple[Path, ...] = ()
    filing: Filing = field(default_factory=lambda: Filing(worker=SAMPLE_WORKER))
    grant: Grant | None = None
    demo: tuple[Path, ...] = ()


def bundled_folder(name: str) -> Path:
    """Give ``form_specs`` or ``templates``: inside the installed package, or where they stand in a checkout."""
    inside = Path(__file__).parent / name
    return inside if inside.is_dir() else Path(__file__).parents[2] / name


def open_plan(folders: Iterable[Path], file: Path) -> tuple["Catalogue", Plan]:
    """Make in this process the plan that another has, of its ``folders`` and ``file``; gives the catalogue, too. Raises SpecError."""
    catalogue = open_catalogue(*folders, bundled=False)
    return catalogue, catalogue.plan(file)


def open_catalogue(*folders: Path | str, bundled: bool = True) -> "Catalogue":
    """Open the bundled catalogue, with folders of one's own laid over it (or in its place, with ``bundled=False``).

    Reads the vocabulary, code lists and sources; a form is read when it is asked for. Raises SpecError with every fault.

    >>> open_catalogue().plan(39).form.system
    39
    """
    found = [bundled_folder("form_specs")] if bundled or not folders else []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise SpecError([Problem(str(folder), None, "there is no such folder", "check the path")])
        found.append(folder)
    return Catalogue(tuple(found), read_vocabulary(found))


class Catalogue:
    """Forms, vocabulary and sources, opened together. Safe to share between threads."""

    def __init__(self, folders: tuple[Path, ...], vocabulary: Vocabulary) -> None:
        """Take the folders and what was read from them; use ``open_catalogue`` to make one."""
        self.folders = folders
        self.vocabulary = vocabulary
        self._plans: dict[Path, Plan] = {}
        self._heads: dict[Path, Summary | None] = {}
        self._lists: dict[Path, RosterPlan | TallyPlan] = {}

    @cached_property
    def files(self) -> Mapping[str, Path]:
        """The form files by name (``39-health-record``).

        A form of a later folder stands for an earlier's of the same file name, number or id.
        """
        found: list[Path] = []
        for folder in self.folders:
            own = sorted(folder.glob("[0-9][0-9]-*.yaml"))
            if found and own:  # laid over others
                names = {name for file in own for name in self._names(file)}
                found = [file for file in found if not names & self._names(file)]
            found += own
        return {file.stem: file for file in found}

    def _names(self, file: Path) -> set[str]:
        """Give what a form goes by: its file, its number, its id."""
        head = self._head(file)
        return {file.stem, file.stem[:2], *((f"id {head.id}",) if head and head.id != "?" else ())}

    def _head(self, file: Path) -> Summary | None:
        """Give what a form says of itself, read once; None where it cannot be read."""
        if file not in self._heads:
            self._heads[file] = _summary(file)
        return self._heads[file]

    @cached_property
    def notices(self) -> "Notices":
        """What notices cancel, keep or hand back, and what was admitted; read when first asked for. Raises SpecError with every fault."""
        from prefill.notices import read_notices  # a program that only fills needs none of it

        with _as_spec_error():
            return read_notices(self.folders, self.vocabulary)

    @cached_property
    def blocks(self) -> Mapping[str, Document]:
        """The runs of fields that forms share, by name. Raises SpecError for one that is no text."""
        with _as_spec_error():
            return {
                file.stem: read_document(file, file_name(file))
                for folder in self.folders
                for file in sorted(folder.glob("blocks/*.yaml"))
            }

    def forms(self) -> tuple[Summary, ...]:
        """List the forms, by number; one that cannot be read at all is left to ``plan`` and ``check`` to complain of."""
        listed = [head for file in self.files.values() if (head := self._head(file)) is not None]
        return tuple(sorted(listed, key=lambda summary: (summary.system or 0, summary.id)))

    def rosters(self) -> tuple[Summary, ...]:
        """List the rosters, by number; one that cannot be read at all is left out."""
        return self._listed("rosters")

    def tallies(self) -> tuple[Summary, ...]:
        """List the tallies, by number; one that cannot be read at all is left out."""
        return self._listed("tallies")

    def _listed(self, folder: str) -> tuple[Summary, ...]:
        """List what stands in a folder of the specs; one of a later folder stands for an earlier's of the same file name or id."""
        found: dict[str, Summary] = {}
        for specs in self.folders:
            for file in sorted(specs.glob(f"{folder}/*.yaml")):
                head = self._head(file)
                if head is not None:
                    same = {key for key, one in found.items() if one.path.stem == file.stem}
                    found = {key: one for key, one in found.items() if key not in same}
                    found[head.id] = head
        return tuple(sorted(found.values(), key=lambda summary: (summary.system or 0, summary.id)))

    def roster(self, name: int | str | Path) -> "RosterPlan":
        """Give the plan of a roster: by system number, id, or a YAML file. Compiled once, and kept.

        Raises SpecError with all faults of the roster, or that there is no such one, or several of one number.
        """
        from prefill.plans.rosters import compile_roster

        file = self._list("rosters", name)
        if file not in self._lists:
            with _as_spec_error():
                document = read_document(file, file_name(file))
                self._lists[file] = compile_roster(document, self.blocks, self.vocabulary, self.folders)
        return self._lists[file]  # type: ignore[return-value]

    def tally(self, name: int | str | Path) -> "TallyPlan":
        """Give the plan of a tally, as ``roster`` does."""
        from prefill.plans.tallies import compile_tally

        file = self._list("tallies", name)
        if file not in self._lists:
            with _as_spec_error():
                document = read_document(file, file_name(file))
                self._lists[file] = compile_tally(document, self.blocks, self.vocabulary, self.folders)
        return self._lists[file]  # type: ignore[return-value]

    def _list(self, folder: str, wanted: int | str | Path) -> Path:
        """Find the file of a roster or a tally; raises SpecError if there is none, or several go by the number."""
        name, listed = str(wanted), self._listed(folder)
        if name.endswith((".yaml", ".yml")):
            return Path(name)
        found = [one for one in listed if name in (one.id, one.path.stem)]
        if name.isdecimal():
            found = [one for one in listed if one.system == int(name)]
        if len(found) == 1:
            return found[0].path
        if found:
            what, remedy = f"several {folder} are of system {name}", "name one: " + ", ".join(one.id for one in found)
        else:
            near = nearest(name, [one.id for one in listed])
            what = f"there is no '{name}' among the {folder}"
            remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(one.id for one in listed)
        raise SpecError([Problem("catalogue", None, what, remedy)])

    def shape(self, file: Path) -> Literal["form", "roster", "tally"]:
        """Say what a file is the spec of, by the keys at its top."""
        keys = set(_TOP_KEY.findall(file.read_text(encoding="utf-8", errors="replace"))) if file.is_file() else set()
        if "sections" in keys or not keys & {"tables", "population", "columns"}:
            return "form"
        return "roster" if "columns" in keys else "tally"

    def plan_of(self, file: Path) -> Plan:
        """Compile a file, whatever it is the spec of; of a roster or a tally give the form that it is filled as. Raises SpecError with every fault."""
        shape = self.shape(file)
        return self.plan(file) if shape == "form" else (self.roster if shape == "roster" else self.tally)(file).plan

    def draft_of(self, file: Path) -> "Draft":
        """Read a file as ``draft`` does, whatever it is the spec of: each field knows its place in the file."""
        shape = self.shape(file)
        if shape == "form":
            return self.draft(file)
        from prefill.plans.rosters import roster_draft
        from prefill.plans.tallies import tally_draft

        with _as_spec_error():
            document = read_document(file, file_name(file))
            return (
                roster_draft(document, self.blocks)[1]
                if shape == "roster"
                else tally_draft(document, self.blocks).draft
            )

    def check(self) -> tuple[Problem, ...]:
        """Give every fault of every form and block, of the samples and notices, and where two forms go by one number or id."""
        from prefill.forms import block_faults

        problems = list(_faults(lambda: self.blocks))
        if not problems:
            problems += [problem for block in self.blocks.values() for problem in block_faults(block)]
        seen: dict[str, Path] = {}
        for file in self.files.values():
            problems += _faults(lambda file=file: self.plan(file))  # type: ignore[misc]
            head = self._head(file)
            if head is None:
                continue
            number = int(file.stem[:2])
            if head.system is not None and head.system != number:
                what = f"the form is of system {head.system}, its file is named {file.stem[:2]}-…"
                problems.append(Problem(file_name(file), _line(file, "system"), what, "name the file by its system"))
            for key, name in (("system", str(head.system or "")), ("id", head.id)):
                other = seen.setdefault(f"{key} {name}", file)
                if name not in ("", "?") and other != file:
                    what = f"the {key} {name} is also that of {file_name(other)}"
                    problems.append(Problem(file_name(file), _line(file, key), what, "give one of them another"))
        for one in self.rosters():
            problems += _faults(lambda file=one.path: self.roster(file))  # type: ignore[misc]
        for one in self.tallies():
            problems += _faults(lambda file=one.path: self.tally(file))  # type: ignore[misc]
        return tuple(dict.fromkeys([*problems, *_faults(self.samples), *_faults(lambda: self.notices)]))

    def plan(self, form: int | str | Path) -> Plan:
        """Give the plan of a form: by system number, id, or a YAML file. Compiled once, and kept.

        Raises SpecError with all faults of the form, or that there is no such form.
        """
        file = self.file(form)
        plan = self._plans.get(file)
        if plan is None:
            from prefill.plans.compiling import compile_plan

            plan = self._plans[file] = compile_plan(self.draft(file), self.vocabulary, self.folders, file)
        return plan

    def draft(self, form: int | str | Path) -> "Draft":
        """Read a form's spec as it stands, with the faults of its shape, and the place of each field; it is not kept."""
        from prefill.forms import read_form  # with pydantic, which a program that fills nothing does not need

        file = self.file(form)
        with _as_spec_error():
            return read_form(read_document(file, file_name(file)), self.blocks)

    def file(self, form: int | str | Path) -> Path:
        """Give the file of a form: by system number, id, or a YAML file. Raises SpecError if there is no such form."""
        name = str(form)
        if name.endswith((".yaml", ".yml")):
            return Path(name)
        for stem, file in self.files.items():
            if (name.isdecimal() and int(name) == int(stem[:2])) or name in (stem, stem[3:]):
                return file
        for summary in self.forms():
            if name in (summary.id, str(summary.system)):
                return summary.path
        known = {*(stem[3:] for stem in self.files), *(summary.id for summary in self.forms())}
        near = None if name.isdecimal() else nearest(name, known)
        remedy = f"did you mean '{near}'?" if near else "see the list: prefill forms"
        raise SpecError([Problem("catalogue", None, f"there is no form '{name}'", remedy)])

    def record(
        self, statements: Iterable[Mapping[str, Any]], name: str = "record", decisions: Iterable[Decision] = ()
    ) -> Record:
        """Make a record of statements (mappings in the shape of the record format); lesser faults stand in its ``problems``.

        ``name`` is what messages call it. A record that an app kept is made again of its ``statements`` and ``decisions``. Raises
        RecordError where no record can be made, or a decision is on what no statement mentions.
        """
        return self.record_of(Document(name, list(statements)), decisions)

    def read_record(self, *paths: Path | str) -> Record:
        """Read a record from a JSON or YAML file, or from several that speak of one subject.

        Raises FileError or RecordError; lesser faults stand in its ``problems``.
        """
        return self.record_of(gather([read_document(Path(path)) for path in paths]))

    def parse_record(self, text: str, name: str = "record") -> Record:
        """Read a record from JSON or YAML text."""
        return self.record_of(parse_json(text, name) if text.lstrip()[:1] in ("[", "{") else parse_yaml(text, name))

    def record_of(self, document: Document, decisions: Iterable[Decision] = ()) -> Record:
        """Make a record of a document that was read already; raises as ``record`` does."""
        kept = document.data
        if isinstance(kept, dict) and set(kept) == {
            "statements",
            "decisions",
        }:  # as `prefill receive --learn` keeps one
            decisions = [*decisions, *_decisions(kept["decisions"], document)]
            document = Document(document.name, kept["statements"], document.problems, document.broken, document.twice)
        try:
            return join(read_statements(document, self.vocabulary), self.vocabulary, document, tuple(decisions))
        except RecordError:
            raise
        except FileError as error:
            raise RecordError(error.problems) from None

    def samples(self) -> Mapping[str, Sample]:
        """Give, for each form that has one, the invented records that show it, and how to fill it.

        Raises SpecError with every fault of a folder's ``samples/index.yaml``.
        """
        found: dict[str, Sample] = {}
        agencies = {form.id: form.agency for form in self.forms()}
        for folder in self.folders:
            index = folder / "samples" / "index.yaml"
            if index.is_file():
                with _as_spec_error():
                    document = read_document(index, file_name(index))
                found.update(_samples(document, index.parent, agencies))
                if document.problems:
                    raise SpecError(document.problems)
        return found


def _decisions(raw: Any, document: Document) -> list[Decision]:
    """Read the decisions that a record was kept with; raises RecordError where they are none."""
    try:
        return [
            Decision(one["what"], tuple(one["anchors"]), one["by"], date.fromisoformat(one["on"]), one["why"])
            for one in raw
        ]
    except (KeyError, TypeError, ValueError):
        what, remedy = "decisions that are none", "keep them as prefill wrote them"
        raise RecordError([Problem(document.name, None, what, remedy)]) from None


_SAMPLE_KEYS: Final = ("record", "poor", "demo", "on", "today", "filing", "grant")
_SAMPLE_REMEDY: Final = (
    "write {record: FILE.yaml, on: 2026-11-23}, where needed with poor: FILE.yaml, today: DATE, filing: {period: …},"
    " grant: {terms: [PATH], until: DATE}, demo: FILE.yaml"
)


def _samples(document: Document, folder: Path, agencies: Mapping[str, str]) -> dict[str, Sample]:
    """Read which records show which form; what is wrong is added to the document's problems."""
    found: dict[str, Sample] = {}
    if document.data is not None and not isinstance(document.data, dict):
        document.problem((), "not a mapping", "write FORM: {record: FILE.yaml, on: 2026-11-23}")
        return found
    for form, said in (document.data or {}).items():
        try:
            sample = found[form] = _sample(said, folder, agencies.get(form, "?"))
        except (KeyError, TypeError, ValueError, AttributeError, RecordError):
            document.problem((form,), f"no sample of '{form}' can be made of this", _SAMPLE_REMEDY)
            continue
        for key in said:
            if key not in _SAMPLE_KEYS:
                document.problem((form, key), f"unknown key '{key}'", "one of: " + ", ".join(_SAMPLE_KEYS))
        for key, files in (("record", sample.record), ("poor", sample.poor), ("demo", sample.demo)):
            for file in files:
                if not file.is_file():
                    what = f"there is no file '{file.name}'"
                    document.problem((form, key), what, "name records by their place beside the index")
    return found


def _sample(said: Mapping[str, Any], folder: Path, agency: str) -> Sample:
    """Read one sample; raises one of several errors where it cannot be made."""

    def files(key: str) -> tuple[Path, ...]:
        names = said.get(key, [])
        return tuple(folder / name for name in ([names] if isinstance(names, str) else names))

    today = date.fromisoformat(said["today"]) if "today" in said else None
    grant = said.get("grant")
    record = files("record") or files("demo")
    if not record:
        raise ValueError("record")
    return Sample(
        record=record,
        on=date.fromisoformat(said["on"]),
        poor=files("poor"),
        filing=Filing(**{"worker": SAMPLE_WORKER, "today": today, **said.get("filing", {})}),
        grant=Grant(agency, tuple(grant["terms"]), date.fromisoformat(grant["until"])) if grant else None,
        demo=files("demo"),
    )


def _summary(file: Path) -> Summary | None:
    """Read what a form says of itself; None where it cannot be read."""
    try:
        head, _, rest = file.read_text(encoding="utf-8-sig").partition("\nsections:")
    except (OSError, UnicodeDecodeError):
        return None
    data = parse_yaml(head, file_name(file)).data
    if rest and not (isinstance(data, dict) and {"id", "system", "title", "agency", "version"} <= set(data)):
        data = parse_yaml(f"{head}\nsections:{rest}", file_name(file)).data
    if not isinstance(data, dict):
        return None
    number = str(data.get("system") or "")
    text = {key: str(data.get(key) or "?") for key in ("id", "title", "agency", "version")}
    return Summary(system=int(number) if number.isascii() and number.isdecimal() else None, path=file, **text)


def _line(file: Path, key: str) -> int | None:
    return read_document(file).line(key)


def _faults(make: Callable[[], object]) -> tuple[Problem, ...]:
    """Give the faults for which something cannot be made."""
    try:
        make()
    except SpecError as error:
        return error.problems
    return ()


@contextmanager
def _as_spec_error() -> Iterator[None]:
    """Say of a file that is no text, or not there, that it is a faulty spec."""
    try:
        yield
    except SpecError:
        raise
    except FileError as error:
        raise SpecError(error.problems) from None
