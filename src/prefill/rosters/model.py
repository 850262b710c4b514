"""What a roster and a tally come to: rows and figures, each with what it rests on, and those who are undecided apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from prefill.reasons import Reason

if TYPE_CHECKING:
    from prefill.errors import Problem
    from prefill.filling import Entry, SourcedFact
    from prefill.forms import Field, Form
    from prefill.kinds import CodeList
    from prefill.records import Filing

__all__ = [
    "Column",
    "Disagreement",
    "Disclosed",
    "Figure",
    "Given",
    "Group",
    "Heading",
    "Opened",
    "Pending",
    "Public",
    "Repeated",
    "Roster",
    "RosterRow",
    "Stated",
    "Tally",
    "TallyTable",
    "Wait",
]

Public = Literal["plain", "masked"]
"""How a column stands in what is posted publicly; a column that says nothing of it is left out there."""


class Wait(NamedTuple):
    """What a decision waits for: a term's path (or a field of the spec), and why that is not settled."""

    name: str
    reason: Reason


class Disclosed(NamedTuple):
    """What the law guards and was told: a term's path, the source of its facts, and of how many subjects; never a value."""

    path: str
    source: str
    subjects: int


class Repeated(NamedTuple):
    """A subject that was given again: the later one's id, the id that it was counted under, and whether both say the same here."""

    subject: str
    first: str
    same: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What was given: how many records, how many of them are surely outside, which stand twice, and which no document tells apart.

    ``withheld`` are those of whom a roster cannot tell without a grant whether they belong: no worker can decide it, and who they are is not
    for the agency to know. ``unread`` are the faults for which a record could not be used at all: it is counted in nothing.
    """

    records: int = 0
    outside: int = 0
    withheld: int = 0
    repeated: tuple[Repeated, ...] = ()
    unidentified: tuple[str, ...] = ()
    unread: "tuple[Problem, ...]" = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a roster: a field of its spec, and whether it is posted publicly."""

    key: str
    label: str
    kind: str
    codes: "CodeList | None"
    unit: str | None
    public: Public | None
    field: "Field"


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One subject of a roster: its number as printed (from 1), its opaque id, and an entry a column, made when looked at.

    ``why`` are the facts for which it stands here; ``waits_for`` is what its membership waits for (empty where it is decided).
    """

    number: int
    subject: str
    waits_for: tuple[Wait, ...] = ()
    _cells: "Callable[[], tuple[Entry, ...]]" = field(default=tuple, repr=False, compare=False)
    _why: "Callable[[], tuple[SourcedFact, ...]]" = field(default=tuple, repr=False, compare=False)

    @property
    def cells(self) -> "tuple[Entry, ...]":
        """Its entries, one a column."""
        return self._cells()

    @property
    def why(self) -> "tuple[SourcedFact, ...]":
        """The facts that its membership was decided by; of one that is undecided those that are known."""
        return self._why()


@dataclass(frozen=True)
class Roster:
    """A roster: a row for each subject of which its condition holds, those of whom that is undecided apart.

    ``form`` is what the spec says of itself (id, title, agency, purpose, basis); ``head`` the entries above the table; ``labels`` what is printed
    for the names that a row may wait for; ``disclosed`` what was told of its rows that the law guards, for the book that it wants kept.
    """

    form: "Form"
    on: date
    filing: "Filing"
    head: "tuple[Entry, ...]"
    columns: tuple[Column, ...]
    rows: tuple[RosterRow, ...]
    undecided: tuple[RosterRow, ...]
    given: Given
    spec_hash: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    disclosed: tuple[Disclosed, ...] = ()

    def __len__(self) -> int:
        """Give the number of rows that are decided."""
        return len(self.rows)

    def __iter__(self) -> Iterator[RosterRow]:
        """Go through the rows that are decided."""
        return iter(self.rows)

    def __repr__(self) -> str:
        """Name the roster and nothing of anybody."""
        return f"<Roster {self.form.id} on {self.on}: {len(self.rows)} rows, {len(self.undecided)} undecided>"


@dataclass(frozen=True, slots=True)
class Heading:
    """A row's or a column's heading in a table of figures."""

    key: str
    label: str
    unit: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its key (``TABLE.ROW.COLUMN``), its value, and how many subjects are undecided for it and stand in nothing.

    ``subjects`` is how many it counts or sums. ``value`` is None where none can be told: a share while somebody is undecided, or of nobody.
    """

    key: str
    value: int | Decimal | None
    text: str
    kind: Literal["integer", "decimal", "money"]
    unit: str | None
    subjects: int
    undecided: int


@dataclass(frozen=True, slots=True)
class TallyTable:
    """A table of figures: ``figures[row][column]``."""

    key: str
    title: str
    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]
    figures: tuple[tuple[Figure, ...], ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """What a tally states of itself: whom it counts, how ages are reckoned, and the day that it speaks for.

    ``population`` is ``registered`` (户籍), ``usual`` (常住), ``actual`` (实有) or ``given`` (whatever was given); ``label`` is how the spec
    words it; ``ages`` is ``completed-years`` (周岁 on the cut-off), or None where no age is compared; ``cut_off`` the last day that counts.
    """

    population: Literal["registered", "usual", "actual", "given"]
    label: str
    ages: Literal["completed-years"] | None
    cut_off: date
    period: Literal["day", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Figures that must agree and do not: which fault it is, the figures' keys, what they come to, and the subjects behind it.

    ``fault`` is ``twice`` (a subject stands in more than one part of a total), ``left-out`` (in the total and in no part), ``outside`` (in a part
    and not in the total) or ``unequal`` (figures that are to be equal are not).
    """

    fault: Literal["twice", "left-out", "outside", "unequal"]
    total: str
    parts: tuple[str, ...]
    what: str
    subjects: tuple[str, ...]


class Pending(NamedTuple):
    """A subject that is undecided, and what it waits for."""

    subject: str
    waits_for: tuple[Wait, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure opened: the subjects that it counts, and those who are undecided for it."""

    figure: Figure
    subjects: tuple[str, ...]
    undecided: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects that stand in the very same figures: for each figure's key ``True``, or what it waits for; else they are not in it.

    ``places`` are their places among all that were given.
    """

    stands: Mapping[str, Literal[True] | tuple[Wait, ...]]
    subjects: Sequence[str]
    places: Sequence[int]


@dataclass(frozen=True)
class Tally:
    """A tally: figures that count or sum subjects, each of which can be opened.

    ``counted`` are the subjects of the population, ``undecided`` those of whom it is not decided whether they belong to it; ``groups`` are
    both, by the figures that they stand in; ``labels`` what is printed for the names that somebody may wait for; ``disclosed`` what the law
    guards of what these figures and their opening rest on.
    """

    form: "Form"
    on: date
    filing: "Filing"
    head: "tuple[Entry, ...]"
    stated: Stated
    tables: tuple[TallyTable, ...]
    counted: int
    undecided: tuple[Pending, ...]
    disagreements: tuple[Disagreement, ...]
    given: Given
    spec_hash: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    disclosed: tuple[Disclosed, ...] = ()
    groups: tuple[Group, ...] = field(default=(), repr=False, compare=False)

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """Every figure by its key, in printed order."""
        return {figure.key: figure for table in self.tables for row in table.figures for figure in row}

    def __getitem__(self, key: str) -> Figure:
        """Give a figure by its key, such as ``people.men.number``. Raises KeyError."""
        return self.figures[key]

    def open(self, key: str) -> Opened:
        """Give the subjects behind a figure, and those who are undecided for it, in the order in which they were given. Raises KeyError."""
        figure = self.figures[key]
        inside: list[tuple[int, str]] = []
        pending: list[tuple[int, Pending]] = []
        for group in self.groups:
            stands = group.stands.get(key)
            if stands is True:
                inside += zip(group.places, group.subjects, strict=True)
            elif stands is not None:
                told = [Pending(subject, stands) for subject in group.subjects]
                pending += zip(group.places, told, strict=True)
        return Opened(figure, tuple([one for _, one in sorted(inside)]), tuple([one for _, one in sorted(pending)]))

    def __repr__(self) -> str:
        """Name the tally and nothing of anybody."""
        return f"<Tally {self.form.id} on {self.on}: {len(self.figures)} figures of {self.counted}>"
