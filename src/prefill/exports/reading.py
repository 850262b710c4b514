"""Reading exports: every sheet of every file, row by row, with each fault told at its place."""

from collections.abc import Iterable, Mapping
from datetime import date
from os import PathLike
from pathlib import Path

from prefill.documents import Document
from prefill.errors import FileError, Problem, RecordError, nearest
from prefill.exports.columns import Matched, Names, match
from prefill.exports.files import sheets
from prefill.exports.heads import find_head
from prefill.exports.model import Column, Complaint, Export, Proposal
from prefill.exports.names import Target, fold, printed, roles_of, target_at
from prefill.exports.rows import Gathered, SheetRows
from prefill.exports.subjects import Held, Subjects
from prefill.plans import Plan
from prefill.records import join, read_statements
from prefill.vocabulary import UnknownTerm

__all__ = ["read_export"]


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
    OSError where it cannot be opened, MissingExtra for .xls workbooks without the extra ``read``; every lesser fault stands in ``problems``.
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
        if entry.target is None or (entry.target.inverse and None in entry.target.inverse.values()):
            continue  # what was accepted is rather read by the term's own list
        if entry.target.path not in fields or entry.target.inverse is None:
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
        self.names = Names(printed(plan), roles_of(plan))
        root, groups = plan.form.subject, dict[str, str]()
        documents = plan.vocabulary.types[plan.vocabulary.roots[root]].documents
        self.held = Subjects(root, documents[0] if documents else "", {"source": source, "as_of": as_of}, groups)
        self.gathered = Gathered(plan, root, documents, self.held, groups)
        identity = (entry for entry in self.names.entries if entry.target and self.gathered.identifies(entry.target))
        self.sure = {name.folded for entry in identity for name in entry.names} | {fold(name) for name in accepted}
        self.complaints = self.gathered.complaints
        self.columns: list[Column] = []
        self.proposals: list[Proposal] = []
        self.used: set[str] = set()
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
            while head is not None:
                matched, used = match(where, head, self.names, self.accepted)
                self.used |= used
                self.columns += matched.columns
                self.proposals += matched.proposals
                self.complaints += matched.complaints
                if fault := self.unidentified(matched):
                    faults.append(fault)
                    break
                head = SheetRows(self.gathered, sheet, where, head, matched, self.is_known).read()
                sheet.width = len(head.last) if head else None
                read += 1
        if not read:
            raise FileError(faults or [Complaint(str(path), None, "the export is empty", "export it again")])
        self.complaints += faults

    def weight(self, folded: str) -> int:
        """Say how much a name makes a head: more if it says whose the rows are, or was accepted."""
        if folded in self.sure:
            return 2
        return int(folded in self.names)

    def is_known(self, text: str) -> bool:
        """Say whether a text is the name of a column."""
        return self.weight(fold.__wrapped__(text)) > 0  # not to be kept: most are data

    def unidentified(self, matched: Matched) -> Complaint | None:
        """Complain where no column says whose the rows are."""
        if any(target is not None and self.gathered.identifies(target) for target in matched.targets):
            return None
        root, documents = self.gathered.root, self.gathered.documents
        terms = self.plan.vocabulary.types[self.plan.vocabulary.roots[root]].terms
        known = ", ".join(f"{root}.{attribute} ({terms[attribute].label})" for attribute in documents)
        proposed = "; ".join(str(p) for p in matched.proposals if p.path.removeprefix(root + ".") in documents)
        what = "no column says whose the rows are; they are not read"
        return Complaint(matched.columns[0].where, matched.line, what, proposed or f"it takes one of: {known}")

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
            tuple(self.complaints),
            tuple(self.columns),
            tuple(self.proposals),
            self.gathered.rows,
            len(self.held),
            self.held,
        )

    def contradicted(self, row: Held) -> None:
        what = "its documents are those of different subjects; the row gives no record"
        self.complaints.append(Complaint(row.where, row.line, what, "find out at the source whose each document is"))

    def check(self) -> None:
        """See to it that a record can be made of what is said of each subject: a row that contradicts those above it is dropped."""
        for rows in self.held:
            self.repeated(rows)
            if len(rows) == 1 and not self.gathered.entangled:
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

    def repeated(self, rows: list[Held]) -> None:
        """Complain of an item that stands twice in an export with nothing to tell the one from the other: it is stated once.

        Where an export holds several lists, each item of the one stands beside each of the other, and so several times.
        """
        if len(rows) < 2 or len(self.gathered.lists) != 1:
            return
        ((listed, documents),) = self.gathered.lists.items()
        seen: list[tuple[str, object]] = []
        for row in rows:
            item = row.said["items"].get(listed)
            if not item or not documents.isdisjoint(item):
                continue
            if (row.where, item) in seen:
                what = "an item that stands in a row above, too, and nothing tells the one from the other; it is taken once"
                remedy = "if they are two, export what tells them apart"
                self.complaints.append(Complaint(row.where, row.line, what, remedy))
            seen.append((row.where, item))

    def can_join(self, rows: list[Held]) -> bool:
        document = Document("export", self.held.stated(rows))
        try:
            join(read_statements(document, self.plan.vocabulary), self.plan.vocabulary, document)
        except RecordError:
            return False
        return True
