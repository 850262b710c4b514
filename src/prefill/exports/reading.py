"""Reading exports: every sheet of every file, row by row, with each fault told at its place."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any, Final

from prefill import kinds
from prefill.documents import Document
from prefill.errors import FileError, Problem, RecordError, nearest
from prefill.exports.cells import IDENTIFIERS, LeftOut, reader
from prefill.exports.columns import Matched, Names, match
from prefill.exports.files import sheets
from prefill.exports.heads import Head, find_head
from prefill.exports.model import Column, Complaint, Export, Proposal
from prefill.exports.names import Target, fold, printed, target_at
from prefill.exports.sheets import Cell, Row, Sheet, is_blank
from prefill.exports.subjects import Held, Subjects
from prefill.kinds import Unreadable
from prefill.plans import Plan
from prefill.records import join, read_statements
from prefill.vocabulary import UnknownTerm

__all__ = ["read_export"]

_CORRECT: Final = "correct the cell at its source, or in the export"
_AS_TEXT: Final = "export the column as text"
_NO_IDENTITY: Final = "without what says whose it is, the row gives no record"


def read_export(
    plan: Plan,
    path: str | PathLike[str] | Iterable[str | PathLike[str]],
    *,
    source: str,
    as_of: date | str,
    accept: Mapping[str, str] | Iterable[tuple[str, str]] = (),
) -> Export:
    """Read what a system exports by one of its forms, from one file or several, as statements of ``source`` on the day ``as_of``.

    A column is read where its name is the printed label of a field (overlooking width, spaces and punctuation) or another name of
    the field's term; what is but alike stands in ``proposals``, and is read if ``accept`` says which path a column (by name or
    letter) states. Rows are joined by the documents of the form's subject. Raises FileError where a file cannot be used at all,
    MissingExtra for .xls workbooks without the extra ``read``; every lesser fault stands in ``problems``.
    """
    files = [path] if isinstance(path, str | PathLike) else list(path)
    try:
        day = (date.fromisoformat(as_of) if isinstance(as_of, str) else as_of).isoformat()[:10]
    except ValueError:
        raise FileError([Problem("as_of", None, "no full date", "write it like 2026-11-23")]) from None
    reading = _Reading(plan, _accepted(plan, accept), source, day)
    try:
        for file in files:
            reading.file(Path(file))
        return reading.export()
    except BaseException:
        reading.held.close()
        raise


def _accepted(plan: Plan, accept: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, Target]:
    """Give the target of each accepted path; a field's, where the form has one that can be read back. Raises FileError."""
    fields: dict[str, Target] = {}
    for entry in printed(plan):
        if entry.target is not None and (entry.target.path not in fields or entry.target.inverse is None):
            fields[entry.target.path] = entry.target
    found: dict[str, Target] = {}
    problems = []
    for column, path in dict(accept).items():
        try:
            own = target_at(plan, path)
            found[column] = fields.get(path, own)
        except UnknownTerm as error:
            problems.append(Problem("accept", None, f"unknown term '{path}'", error.remedy))
        except ValueError:
            problems.append(Problem("accept", None, f"'{path}' is no single fact", "name a term of it"))
    if problems:
        raise FileError(problems)
    return found


class _Reading:
    """What has been read so far."""

    def __init__(self, plan: Plan, accepted: Mapping[str, Target], source: str, as_of: str) -> None:
        self.plan, self.accepted = plan, accepted
        self.names = Names(printed(plan))
        self.root = plan.form.subject
        self.documents = plan.vocabulary.types[plan.vocabulary.roots[self.root]].documents
        documents = (entry for entry in self.names.entries if entry.target and self.is_document(entry.target))
        self.sure = {name.folded for entry in documents for name in entry.names} | {fold(name) for name in accepted}
        self.groups: dict[str, str] = {}
        first = self.documents[0] if self.documents else ""
        self.held = Subjects(self.root, first, {"source": source, "as_of": as_of}, self.groups)
        self.complaints: list[Complaint] = []
        self.columns: list[Column] = []
        self.proposals: list[Proposal] = []
        self.used: set[str] = set()
        self.rows = 0
        self.entangled = False  # whether an entity other than the subject is told by more than one document
        if plan.vocabulary.source_of(source) is None:
            near = nearest(source, plan.vocabulary.sources)
            remedy = f"did you mean '{near}'? Or add it to sources.yaml" if near else "add it to sources.yaml"
            self.complaints.append(
                Complaint("source", None, f"unknown source '{source}'; it is used without authority", remedy)
            )

    def file(self, path: Path) -> None:
        """Read a file. Raises FileError where no sheet of it can be read."""
        faults: list[Complaint] = []
        read = 0
        for sheet in sheets(path):
            if sheet.hidden:
                continue
            where = f"{path}[{sheet.name}]" if sheet.name else str(path)
            head, has_rows = find_head(sheet, self.weight)
            if head is None:
                if has_rows and not sheet.optional:
                    what = "no head: no row among the first holds two labels of the form"
                    faults.append(Complaint(where, None, what, "check that it is an export of this form"))
                continue
            matched, used = match(where, head, self.names, self.accepted)
            self.used |= used
            self.columns += matched.columns
            self.proposals += matched.proposals
            self.complaints += matched.complaints
            if fault := self.unidentified(matched):
                faults.append(fault)
                continue
            _Sheet(self, sheet, where, head, matched).read()
            read += 1
        if not read:
            raise FileError(faults or [Complaint(str(path), None, "the export is empty", "export it again")])
        self.complaints += faults

    def weight(self, folded: str) -> int:
        """Say how much a name makes a head: more if it says whose the rows are, or was accepted."""
        if folded in self.sure:
            return 2
        return int(folded in self.names)

    def unidentified(self, matched: Matched) -> Complaint | None:
        """Complain where no column says whose the rows are."""
        if any(target is not None and self.is_document(target) for target in matched.targets):
            return None
        entity = self.plan.vocabulary.types[self.plan.vocabulary.roots[self.root]]
        known = ", ".join(f"{self.root}.{d} ({entity.terms[d].label})" for d in self.documents)
        proposed = [str(p) for p in matched.proposals if p.path.removeprefix(self.root + ".") in self.documents]
        what = "no column says whose the rows are"
        return Complaint(
            matched.columns[0].where, matched.line, what, "; ".join(proposed) or f"it takes one of: {known}"
        )

    def is_document(self, target: Target) -> bool:
        return target.path.removeprefix(self.root + ".") in self.documents and not target.list_path

    def export(self) -> Export:
        """Join what was read."""
        if unused := [column for column in self.accepted if column not in self.used]:
            raise FileError(
                [
                    Problem("accept", None, f"no column is called '{c}'", "write the name as the export has it")
                    for c in unused
                ]
            )
        for row in self.held.join():
            self.contradicted(row)
        self.check()
        self.complaints.sort(key=lambda c: (c.where, c.line or 0))
        return Export(
            tuple(self.complaints), tuple(self.columns), tuple(self.proposals), self.rows, len(self.held), self.held
        )

    def contradicted(self, row: Held) -> None:
        what = "its documents are those of different subjects; the row gives no record"
        self.complaints.append(Complaint(row.where, row.line, what, "find out at the source whose each document is"))

    def check(self) -> None:
        """See to it that a record can be made of what is said of each subject: a row that contradicts those above it is dropped."""
        for rows in self.held:
            if len(rows) == 1 and not self.entangled:
                continue
            if self.can_join(rows):
                continue
            kept: list[Held] = []
            for row in rows:
                if self.can_join([*kept, row]):
                    kept.append(row)
                else:
                    self.held.drop(row.id)
                    self.contradicted(row)

    def can_join(self, rows: list[Held]) -> bool:
        document = Document("export", self.held.stated(rows))
        try:
            join(read_statements(document, self.plan.vocabulary), self.plan.vocabulary, document)
        except RecordError:
            return False
        return True


class _Sheet:
    """Reads the rows of one sheet."""

    def __init__(self, reading: _Reading, sheet: Sheet, where: str, head: Head, matched: Matched) -> None:
        self.reading, self.sheet, self.where, self.head = reading, sheet, where, head
        self.columns = matched.columns
        self.read_back = [(at, target) for at, target in enumerate(matched.targets) if target is not None]
        self.readers: dict[int, Callable[[Cell], Any]] = {}
        self.strict: set[int] = set()
        vocabulary = reading.plan.vocabulary
        others: list[str] = []
        for at, target in self.read_back:
            owner = vocabulary.path(target.path)
            kind = str(owner.roles[-1].to) if owner.roles else vocabulary.roots[owner.root]
            document = target.term.path in vocabulary.types[kind].documents
            self.readers[at] = reader(target, document=document)
            others += [owner.prefix] if document and not reading.is_document(target) else []
            if document or target.kind in IDENTIFIERS:
                self.strict.add(at)
            reading.groups.update(_group(target, reading.root))
        reading.entangled = reading.entangled or len(others) > len(set(others))
        self.identity = [(at, target) for at, target in self.read_back if reading.is_document(target)]
        self.others = [at for at, target in self.read_back if not reading.is_document(target)]
        self.rounded: Counter[int] = Counter()
        self.doubtful: dict[int, list[tuple[int, int, Target]]] = defaultdict(list)

    def read(self) -> None:
        for row in self.sheet.rows:
            if row.fault is None and (all(map(is_blank, row.cells)) or self.head.repeats(row)):
                continue
            self.reading.rows += 1
            if fault := row.fault or self.displaced(row):
                self.tell(row, None, f"{fault}; the row gives no record", "correct the line, or export it again")
            else:
                self.row(row)
        for at, doubtful in self.doubtful.items():
            # Of numbers that a spreadsheet rounded, 1 in 11 has the right check digit; of true ones, 1 in 1,100 ends like a rounded one.
            for held, line, target in doubtful if self.rounded[at] >= len(doubtful) else ():
                self.strike(at, held, line, target)

    def displaced(self, row: Row) -> str | None:
        """Say what is wrong with a row that is cut by separators and does not fit the head."""
        if not self.sheet.exact or self.sheet.width is None:
            return None
        if len(row.cells) < self.sheet.width:
            return "fewer cells than the head has"
        return None if all(map(is_blank, row.cells[self.sheet.width :])) else "more cells than the head has"

    def tell(self, row: Row | int, at: int | None, what: str, remedy: str) -> None:
        line = row if isinstance(row, int) else row.line
        column = None if at is None else str(self.columns[at])
        self.reading.complaints.append(Complaint(self.where, line, what, remedy, column))

    def row(self, row: Row) -> None:
        """Read a row: first whose it is, then all else."""
        values: dict[int, Any] = {}
        faults: list[tuple[int, Unreadable]] = []
        for at, _ in self.identity:
            self.cell(row, at, values, faults)
        if not values:
            if faults:
                at, error = faults[0]
                self.tell(row, at, f"unreadable ({error}): {_NO_IDENTITY}", self.remedy(row, at))
            else:
                self.tell(row, self.identity[0][0], f"blank: {_NO_IDENTITY}", _CORRECT)
            return
        for at in self.others:
            self.cell(row, at, values, faults)
        for at, error in faults:
            self.tell(row, at, f"unreadable ({error}); the fact is left out", self.remedy(row, at))
        self.hold(row, values)

    def cell(self, row: Row, at: int, values: dict[int, Any], faults: list[tuple[int, Unreadable]]) -> None:
        raw = row.cells[at] if at < len(row.cells) else None
        if raw is None:
            return
        try:
            value = self.readers[at](raw)
        except Unreadable as error:
            faults.append((at, error))
            if at in self.strict and _zeros(raw):
                self.rounded[at] += 1
        except LeftOut:
            self.columns[at].left_out += 1
        else:
            if value is not None:
                values[at] = value

    def remedy(self, row: Row, at: int) -> str:
        return _CORRECT if isinstance(row.cells[at], str) else _AS_TEXT

    def hold(self, row: Row, values: dict[int, Any]) -> None:
        """Keep what a row says. Two columns that say different things of one path are two statements."""
        reading = self.reading
        facts: dict[str, Any] = {}
        items: dict[str, dict[str, Any]] = defaultdict(dict)
        differing: list[tuple[str, Any]] = []
        for at, target in self.read_back:
            if at not in values:
                continue
            into = items[target.list_path] if target.list_path else facts
            if into.setdefault(target.key, values[at]) == values[at]:
                continue
            if target.list_path:
                self.tell(row, at, "it differs from another column of the same path; the fact is left out", _CORRECT)
            else:
                differing.append((target.path, values[at]))
        numbers = {target.term.path: _number(target, values[at]) for at, target in self.identity if at in values}
        if len({(t.term.path, _number(t, values[at])) for at, t in self.identity if at in values}) > len(numbers):
            self.tell(
                row, self.identity[0][0], f"two columns say different things of one document: {_NO_IDENTITY}", _CORRECT
            )
            return
        documents = [target.path for at, target in self.identity if at in values]
        said = {"facts": facts, "items": items, "documents": documents}
        held = reading.held.hold(self.where, row.line, said, numbers)
        for path, value in differing:
            other = {path: value, **{p: facts[p] for p in documents}}
            reading.held.hold(self.where, row.line, {"facts": other, "items": {}, "documents": documents}, numbers)
        for at, target in self.read_back:
            if at in self.strict and at in values and _zeros(row.cells[at]):
                self.doubtful[at].append((held, row.line, target))

    def strike(self, at: int, held: int, line: int, target: Target) -> None:
        """Take back a number that ends in zeros, as those around it do that a spreadsheet rounded."""
        identified = self.reading.held.strike(held, target.key, target.list_path)
        what = "unreadable (it ends in zeros, in a column whose numbers a spreadsheet rounded)"
        self.tell(line, at, f"{what}; the fact is left out" if identified else f"{what}: {_NO_IDENTITY}", _AS_TEXT)


def _group(target: Target, root: str) -> dict[str, str]:
    """Give the entity that a path's value is stated with: none for the subject's own."""
    if target.list_path:
        return {}
    if target.group is not None:
        return {target.path: target.group}
    own = target.path.partition(".")[0]
    return {} if own == root else {target.path: own}


def _number(target: Target, value: Any) -> str:
    """Two ways to write one number are one document."""
    read = kinds.read(target.term.kind, value, target.term.codes)
    return kinds.id_18(str(read)) if target.term.kind == "id_number" else str(read)


def _zeros(cell: Cell) -> bool:
    """Whether a number has lost what stood behind its first 15 digits, or may have."""
    return isinstance(cell, str) and (text := cell.strip()).isdecimal() and len(text) > 15 and text.endswith("000")
