"""The catalogue: forms, vocabulary and samples opened together, with the forms' plans kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from prefill.documents import Document, parse_json, parse_yaml, read_document
from prefill.errors import FileError, Problem, RecordError, SpecError, nearest
from prefill.plans import Plan
from prefill.records import Record, join, read_statements
from prefill.vocabulary import Vocabulary, read_vocabulary

__all__ = ["Catalogue", "Sample", "Summary", "bundled_folder", "open_catalogue"]


@dataclass(frozen=True, slots=True)
class Summary:
    """A form in the catalogue's list."""

    id: str
    system: int | None
    title: str
    agency: str
    version: str
    path: Path


class Sample(NamedTuple):
    """An invented record that shows a form: its file, the day that the form speaks for, and the day of filling if it is another."""

    path: Path
    on: date
    today: date | None = None


def bundled_folder(name: str) -> Path:
    """Give ``form_specs`` or ``templates``: inside the installed package, or where they stand in a checkout."""
    inside = Path(__file__).parent / name
    return inside if inside.is_dir() else Path(__file__).parents[2] / name


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

    @cached_property
    def files(self) -> Mapping[str, Path]:
        """The form files by name (``39-health-record``); a later folder's stands for an earlier's of the same name."""
        return {file.stem: file for folder in self.folders for file in sorted(folder.glob("[0-9][0-9]-*.yaml"))}

    @cached_property
    def blocks(self) -> Mapping[str, Document]:
        """The runs of fields that forms share, by name."""
        return {
            f.stem: read_document(f, _name(f)) for folder in self.folders for f in sorted(folder.glob("blocks/*.yaml"))
        }

    def forms(self) -> tuple[Summary, ...]:
        """List the forms, by number; one that cannot be read at all is left to ``plan`` to complain of."""
        found = []
        for file in self.files.values():
            data = read_document(file, _name(file)).data
            if isinstance(data, dict):
                number = str(data.get("system") or "")
                text = {key: str(data.get(key) or "?") for key in ("id", "title", "agency", "version")}
                found.append(Summary(system=int(number) if number.isdigit() else None, path=file, **text))
        return tuple(sorted(found, key=lambda summary: (summary.system or 0, summary.id)))

    def plan(self, form: int | str | Path) -> Plan:
        """Give the plan of a form: by system number, id, or a YAML file. Compiled once, and kept.

        Raises SpecError with all faults of the form, or that there is no such form.
        """
        file = self._file(form)
        plan = self._plans.get(file)
        if plan is None:
            from prefill.forms import read_form  # with pydantic, which a program that fills nothing does not need
            from prefill.plans.compiling import compile_plan

            draft = read_form(read_document(file, _name(file)), self.blocks)
            plan = self._plans[file] = compile_plan(draft, self.vocabulary, self.folders)
        return plan

    def _file(self, form: int | str | Path) -> Path:
        name = str(form)
        if name.endswith((".yaml", ".yml")):
            return Path(name)
        number = name.zfill(2) if name.isdigit() else None
        for stem, file in self.files.items():
            head, _, tail = stem.partition("-")
            if head == number or name in (stem, tail):
                return file
        for summary in self.forms():
            if name == summary.id:
                return summary.path
        known = [part for stem in self.files for part in (stem.partition("-")[2],)]
        near = None if number else nearest(name, known)
        remedy = f"did you mean '{near}'?" if near else "see the list: prefill forms"
        raise SpecError([Problem("catalogue", None, f"there is no form '{name}'", remedy)])

    def record(self, statements: Iterable[Mapping[str, Any]], name: str = "record") -> Record:
        """Make a record of statements (mappings in the shape of the record format); lesser faults stand in its ``problems``.

        ``name`` is what messages call it. Raises RecordError where no record can be made.
        """
        return self._record(Document(name, list(statements)))

    def read_record(self, path: Path | str) -> Record:
        """Read a record from a JSON or YAML file. Raises FileError or RecordError; lesser faults stand in its ``problems``."""
        return self._record(read_document(Path(path)))

    def parse_record(self, text: str, name: str = "record") -> Record:
        """Read a record from JSON or YAML text."""
        return self._record(parse_json(text, name) if text.lstrip()[:1] in ("[", "{") else parse_yaml(text, name))

    def _record(self, document: Document) -> Record:
        try:
            return join(read_statements(document, self.vocabulary), self.vocabulary, document)
        except RecordError:
            raise
        except FileError as error:
            raise RecordError(error.problems) from None

    def samples(self) -> Mapping[str, Sample]:
        """Give, for each form that has one, the invented sample record that shows it, and the days to fill it on.

        Raises SpecError with every fault of a folder's ``samples/index.yaml``.
        """
        found: dict[str, Sample] = {}
        for folder in self.folders:
            index = folder / "samples" / "index.yaml"
            if index.is_file():
                document = read_document(index, _name(index))
                found.update(_samples(document, index.parent))
                if document.problems:
                    raise SpecError(document.problems)
        return found


def _samples(document: Document, folder: Path) -> dict[str, Sample]:
    """Read which record shows which form; what is wrong is added to the document's problems."""
    found: dict[str, Sample] = {}
    for form, said in (document.data or {}).items() if isinstance(document.data or {}, dict) else ():
        try:
            days = {key: date.fromisoformat(said[key]) for key in ("on", "today") if key in said}
            found[form] = Sample(folder / said["record"], **days)
        except (KeyError, TypeError, ValueError):
            remedy = "write {record: FILE.yaml, on: 2026-11-23}, with today: where it is filled on another day"
            document.problem((form,), f"no sample of '{form}' can be made of this", remedy)
    return found


def _name(file: Path) -> str:
    """Name a file in messages by its folder and name."""
    return f"{file.parent.name}/{file.name}" if file.parent.name else file.name
