"""The rows of a sheet → what each says, and of whom; or what is wrong with it, at its place."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from prefill import kinds
from prefill.exports.cells import IDENTIFIERS, LeftOut, Several, reader
from prefill.exports.columns import Matched
from prefill.exports.heads import Head, head_of
from prefill.exports.model import Complaint
from prefill.exports.names import Target
from prefill.exports.sheets import Broken, Cell, Row, Sheet, is_blank
from prefill.exports.subjects import Subjects
from prefill.kinds import Unreadable
from prefill.plans import Plan

__all__ = ["Gathered", "SheetRows"]

_CORRECT: Final = "correct the cell at its source, or in the export"
_AS_TEXT: Final = "export the column as text"
_NO_LIST: Final = "nothing is left of the item, and the list, which is not whole without it, is left out"
_NO_IDENTITY: Final = "without what says whose it is, the row gives no record"


@dataclass(slots=True)
class Gathered:
    """What the rows of all sheets come to.

    ``documents`` are the terms that identify the form's subject (``root``); ``groups`` names for each path the entity that it is stated
    with; ``lists`` holds for each list what identifies its items; ``entangled`` says whether an entity other than the subject is told by
    more than one document.
    """

    plan: Plan
    root: str
    documents: tuple[str, ...]
    held: Subjects
    groups: dict[str, str]
    lists: dict[str, set[str]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    rows: int = 0
    entangled: bool = False

    def identifies(self, target: Target) -> bool:
        """Say whether a column says whose its rows are."""
        return not target.list_path and target.path.removeprefix(self.root + ".") in self.documents


class SheetRows:
    """Reads the rows of one sheet."""

    def __init__(
        self,
        gathered: Gathered,
        sheet: Sheet,
        where: str,
        head: Head,
        matched: Matched,
        is_label: Callable[[str], bool],
    ) -> None:
        self.gathered, self.sheet, self.where, self.head, self.is_label = gathered, sheet, where, head, is_label
        self.columns = matched.columns
        self.read_back = [(at, target) for at, target in enumerate(matched.targets) if target is not None]
        self.targets = dict(self.read_back)
        self.readers: dict[int, Callable[[Cell], Any]] = {}
        self.strict: set[int] = set()
        vocabulary = gathered.plan.vocabulary
        others: list[str] = []
        for at, target in self.read_back:
            owner = vocabulary.path(target.path)
            kind = str(owner.roles[-1].to) if owner.roles else vocabulary.roots[owner.root]
            document = target.term.path in vocabulary.types[kind].documents
            self.readers[at] = reader(target, document=document)
            others += [owner.prefix] if document and not gathered.identifies(target) else []
            if document or target.kind in IDENTIFIERS:
                self.strict.add(at)
            gathered.groups.update(_group(target, gathered.root))
            if target.list_path is not None:
                known = gathered.lists.setdefault(target.list_path, set())
                known.update([target.key] if document else [])
        gathered.entangled = gathered.entangled or len(others) > len(set(others))
        self.identity = [(at, target) for at, target in self.read_back if gathered.identifies(target)]
        self.others = [at for at, target in self.read_back if not gathered.identifies(target)]
        self.rounded: Counter[int] = Counter()
        self.unclear: Counter[int] = Counter()
        self.doubtful: dict[int, list[tuple[int, int, Target]]] = defaultdict(list)

    def read(self) -> Head | None:
        """Read the rows as far as the head of another table; what of them is good is held, what is not is told. Give that head."""
        above = list(self.head.rows)
        following: Head | None = None
        for row in self.sheet.rows:
            if row.fault is None and (all(map(is_blank, row.cells)) or self.head.repeats(row)):
                above = []
                continue
            identified = row.fault is None and self.identified(row)
            if row.fault is None and self.is_head(row, identified=identified):
                above.append(row)
                following = head_of(above, exact=self.sheet.exact)
                if following.names == self.head.names:
                    following = None
                    continue
                break
            above = [] if identified else [*above[-1:], row]
            self.gathered.rows += 1
            if fault := row.fault or self.displaced(row):
                self.tell(row, None, f"{fault}; the row gives no record", "correct the line, or export it again")
            else:
                self.row(row)
        for at, doubtful in self.doubtful.items():
            # Of numbers that a spreadsheet rounded, 1 in 11 has the right check digit; of true ones, 1 in 1,100 ends like a rounded one.
            for held, line, target in doubtful if self.rounded[at] >= len(doubtful) else ():
                self.strike(at, held, line, target)
        for at, count in self.unclear.items():
            if count:
                what = f"{count} cell{'s' * (count > 1)} with options that may be several codes of the term's list; left out"
                remedy = "export the column by the term's own list, or accept it as the term"
                self.gathered.complaints.append(Complaint(self.where, None, what, remedy, str(self.columns[at])))
        return following

    def is_head(self, row: Row, *, identified: bool) -> bool:
        """Say whether a row holds names of columns, and says of nobody who it is: the head of another table."""
        if any(self.labelled(row, at) for at, _ in self.identity):
            return True
        if identified:
            return False
        labels = sum(self.labelled(row, at) for at in range(len(row.cells)))
        return labels > 1 and 2 * labels >= sum(not is_blank(cell) for cell in row.cells)

    def labelled(self, row: Row, at: int) -> bool:
        """Say whether a cell is the name of a column."""
        cell = row.cells[at] if at < len(row.cells) else None
        return isinstance(cell, str) and self.is_label(cell)

    def identified(self, row: Row) -> bool:
        """Say whether a row says whose it is."""
        for at, _ in self.identity:
            raw = row.cells[at] if at < len(row.cells) else None
            try:
                if raw is not None and self.readers[at](raw) is not None:
                    return True
            except (Unreadable, LeftOut):
                continue
        return False

    def displaced(self, row: Row) -> str | None:
        """Say what is wrong with a row that is cut by separators and does not fit the head."""
        if not self.sheet.exact or self.sheet.width is None:
            return None
        if len(row.cells) < self.sheet.width:
            return "fewer cells than the head has"
        return None if all(map(is_blank, row.cells[self.sheet.width :])) else "more cells than the head has"

    def tell(self, row: Row | int, at: int | None, what: str, remedy: str) -> None:
        """Report a fault at its row and column."""
        line = row if isinstance(row, int) else row.line
        column = None if at is None else str(self.columns[at])
        self.gathered.complaints.append(Complaint(self.where, line, what, remedy, column))

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
        stated = {self.targets[at].list_path for at in values}
        broken = {p for at, _ in faults if (p := self.targets[at].list_path) is not None} - stated
        for at, error in faults:
            left = _NO_LIST if self.targets[at].list_path in broken else "the fact is left out"
            self.tell(row, at, f"unreadable ({error}); {left}", self.remedy(row, at))
        self.hold(row, values, sorted(broken))

    def cell(self, row: Row, at: int, values: dict[int, Any], faults: list[tuple[int, Unreadable]]) -> None:
        """Read a cell into ``values``, or its fault into ``faults``."""
        raw = row.cells[at] if at < len(row.cells) else None
        if raw is None:
            return
        try:
            value = self.readers[at](raw)
        except Unreadable as error:
            faults.append((at, error))
            if at in self.strict and _zeros(raw):
                self.rounded[at] += 1
        except LeftOut as left:
            self.columns[at].left_out += 1
            self.unclear[at] += isinstance(left, Several)
        else:
            if value is not None:
                values[at] = value

    def remedy(self, row: Row, at: int) -> str:
        """Say what to do about a cell that cannot be read."""
        return _CORRECT if isinstance(row.cells[at], str | Broken) else _AS_TEXT

    def hold(self, row: Row, values: dict[int, Any], broken: list[str]) -> None:
        """Keep what a row says. Two columns that say different things of one path say nothing; of two ways to write a document both are kept."""
        gathered = self.gathered
        facts: dict[str, Any] = {}
        items: dict[str, dict[str, Any]] = defaultdict(dict)
        differing: list[tuple[str, Any]] = []
        disputed: set[str] = set()
        for at, target in self.read_back:
            if at not in values:
                continue
            into = items[target.list_path] if target.list_path else facts
            if into.setdefault(target.key, values[at]) == values[at]:
                continue
            if target.list_path:
                self.tell(row, at, "it differs from another column of the same path; the fact is left out", _CORRECT)
            elif self.gathered.identifies(target):
                differing.append((target.path, values[at]))
            elif _canonical(target, facts[target.key]) != _canonical(target, values[at]):
                self.tell(row, at, "it differs from another column of the same path; neither is read", _CORRECT)
                disputed.add(target.key)
        facts = {path: value for path, value in facts.items() if path not in disputed}
        numbers = {target.term.path: _number(target, values[at]) for at, target in self.identity if at in values}
        if len({(t.term.path, _number(t, values[at])) for at, t in self.identity if at in values}) > len(numbers):
            self.tell(
                row, self.identity[0][0], f"two columns say different things of one document: {_NO_IDENTITY}", _CORRECT
            )
            return
        documents = [target.path for at, target in self.identity if at in values]
        said = {"facts": facts, "items": items, "documents": documents, "broken": broken}
        held = gathered.held.hold(self.where, row.line, said, numbers)
        for path, value in differing:
            other = {path: value, **{p: facts[p] for p in documents}}
            more = {"facts": other, "items": {}, "documents": documents, "broken": []}
            gathered.held.hold(self.where, row.line, more, numbers)
        for at, target in self.read_back:
            if at in self.strict and at in values and _zeros(row.cells[at]):
                self.doubtful[at].append((held, row.line, target))

    def strike(self, at: int, held: int, line: int, target: Target) -> None:
        """Take back a number that ends in zeros, as those around it do that a spreadsheet rounded."""
        identified = self.gathered.held.strike(held, target.key, target.list_path)
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


def _canonical(target: Target, value: Any) -> Any:
    return kinds.read(target.term.kind, value, target.term.codes, unit=target.term.unit)


def _number(target: Target, value: Any) -> str:
    """Two ways to write one number are one document."""
    read = kinds.read(target.term.kind, value, target.term.codes)
    return kinds.id_18(str(read)) if target.term.kind == "id_number" else str(read)


def _zeros(cell: Cell) -> bool:
    """Whether a number has lost what stood behind its first 15 digits, or may have."""
    return isinstance(cell, str) and (text := cell.strip()).isdecimal() and len(text) > 15 and text.endswith("000")
