"""The act of filling, and the leave to use what is shared under conditions."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from prefill import kinds
from prefill.errors import Problem, RecordError
from prefill.records.cells import Cell, Entity
from prefill.records.facts import Fact
from prefill.vocabulary import Vocabulary

__all__ = ["Filing", "Grant"]

SOURCE = "filing"


@dataclass(frozen=True)
class Filing:
    """The act of filling: the worker, the day it is done (the form's date if not given), the period reported, serial and window.

    >>> Filing(worker="示例员").worker
    '示例员'
    """

    worker: str | None = None
    worker_phone: str | None = None
    today: date | None = None
    period: str | None = None
    serial: str | None = None
    window: str | None = None
    _made: dict[tuple[int, date], Entity] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read each text by its kind: a blank or a placeholder is no value. Raises RecordError for one that is unreadable."""
        problems = []
        for name, kind in (
            ("worker", "text"),
            ("worker_phone", "phone"),
            ("period", "text"),
            ("serial", "text"),
            ("window", "text"),
        ):
            try:
                object.__setattr__(self, name, kinds.read(kind, getattr(self, name)))
            except kinds.Unreadable as error:
                problems.append(Problem("filing", None, f"{name} is unreadable ({error})", "correct it"))
        if problems:
            raise RecordError(problems)

    def entity(self, vocabulary: Vocabulary, on: date) -> Entity:
        """Give the filing as an entity, so that forms name its facts like all others (``filing.worker.name``)."""
        key = (id(vocabulary), on)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._entity(vocabulary, on)
        return made

    def _entity(self, vocabulary: Vocabulary, on: date) -> Entity:
        today = self.today or on
        stamp, day = today.isoformat(), today.toordinal()
        terms = vocabulary.types["filing"].terms
        filing = Entity(0, "filing")

        def put(entity: Entity, path: str, key: str, value: object) -> None:
            if value is not None:
                term = vocabulary.types[entity.type].terms[key]
                cell = Cell(term, (Fact(path, value, SOURCE, stamp, min(day, on.toordinal())),))
                entity.hold({**entity.cells, key: cell})

        put(filing, "filing.today", "today", stamp)
        put(filing, "filing.on", "on", on.isoformat())
        put(filing, "filing.period", "period", self.period)
        put(filing, "filing.serial", "serial", self.serial)
        put(filing, "filing.window", "window", self.window)
        if self.worker is not None or self.worker_phone is not None:
            worker = Entity(0, str(terms["worker"].to))
            put(worker, "filing.worker.name", "name", self.worker)
            put(worker, "filing.worker.phone", "phone", self.worker_phone)
            put(filing, "filing.worker", "worker", worker)
        return filing


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for an agency to be given terms that are shared under conditions, until a day (included)."""

    agency: str
    terms: Collection[str]
    until: date

    def __post_init__(self) -> None:
        """Refuse a day that is no date, before it is compared with one."""
        if type(self.until) is not date:  # a datetime is a date that cannot be compared with one
            raise TypeError("Grant.until takes a date, such as date(2026, 12, 31)")

    def allows(self, agency: str | None, path: str, today: date) -> bool:
        """Say whether a term (or the branch of the vocabulary above it) is granted to this agency on this day.

        >>> Grant("市卫健委", ["resident.health"], date(2026, 12, 31)).allows("市卫健委", "resident.health.diseases", date(2026, 11, 23))
        True
        """
        if agency is None or agency != self.agency or today > self.until:
            return False
        terms = (self.terms,) if isinstance(self.terms, str) else self.terms
        return any(path == term or path.startswith(term + ".") for term in terms)
