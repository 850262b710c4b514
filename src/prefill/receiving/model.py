"""What becomes of a submission: the answers one by one, what was changed, what nobody may change, and what the record learns of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from prefill.errors import Problem
from prefill.filling import FilledForm
from prefill.reasons import Reason, Status
from prefill.receiving.corrections import Correction
from prefill.records import Fact

if TYPE_CHECKING:
    from prefill.receiving.drafts import Difference

__all__ = ["Act", "Answer", "Effort", "Origin", "Receipt", "Scope", "Tampered", "Unlearnt"]

Origin: TypeAlias = Literal["auto", "override", "manual"]
"""Where an answer came from, by HL7 Da Vinci DTR's *information-origin*."""

Act: TypeAlias = Literal["typed", "chose", "confirmed", "cleared", "removed", "added"]
"""What the worker did: of a row, ``removed`` and ``added``; ``chose`` took one of several values that were shown."""

Scope: TypeAlias = Literal["record", "form"]
"""Whether an answer is for the record, or for this form alone."""

Unlearnt: TypeAlias = Literal["statistical", "form-only", "unchanged", "no-term", "in-doubt"]
"""Why an answer is not among the facts to learn.

``statistical``: the form's answers serve nothing else, by law; ``form-only``: the worker said so; ``unchanged``: the record says the
same; ``no-term``: no term, or not just one value of it, stands behind the field; ``in-doubt``: it is not certain of whom it speaks, or
what exactly it states.
"""


@dataclass(frozen=True, slots=True)
class Effort:
    """What the page measured at one answer: keys pressed (None where it was not all typed), seconds spent. Never what was typed."""

    keys: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the worker's, beside what stood there before.

    ``key`` and ``row`` are the entry's; of a whole row, the table's key and the row. ``status`` and ``reason`` are the entry's before the
    worker answered (a new row's cells have those of an empty cell). ``value`` and ``text`` are what the worker has; ``changed`` is whether
    that is another value than ``original``. An answer in ``error`` is neither in the filled form nor in the facts.
    ``learnt`` is whether it is among the facts of the receipt, ``unlearnt`` why it is not (None where it is, or is in error).
    """

    key: str
    row: str | None
    label: str
    kind: str
    act: Act
    origin: Origin
    status: Status
    reason: Reason
    value: Any
    text: str
    changed: bool
    original: Any
    original_text: str
    scope: Scope
    counted: bool
    error: Problem | None = None
    effort: Effort | None = None
    evidence: str | None = None
    learnt: bool = False
    unlearnt: Unlearnt | None = None


@dataclass(frozen=True, slots=True)
class Tampered:
    """Something that was changed and that nobody at this desk may change; it is left as it was.

    ``what``: ``other-desk``, ``by-hand``, ``computed`` (it follows from other answers, and was given otherwise), ``filled`` (what the page
    brings along differs from what was filled), ``unknown`` (no field of the form), ``row`` (no row of the table).
    """

    key: str
    row: str | None
    what: Literal["other-desk", "by-hand", "computed", "filled", "unknown", "row"]


@dataclass(frozen=True)
class Receipt:
    """A checked submission.

    ``filled`` is the form with the good answers in it, all that depends on them decided again; ``before`` as it was sent out.
    ``errors`` are the answers that cannot be used, in the worker's order, ``tampered`` what was changed and may not be. ``facts`` are for
    ``record.learn``, ``corrections`` the requests to authorities. ``received`` is the day (``filing.today``), ``token`` the page's.
    """

    filled: FilledForm
    before: FilledForm
    answers: tuple[Answer, ...]
    errors: tuple[Problem, ...]
    tampered: tuple[Tampered, ...]
    facts: tuple[Fact, ...]
    corrections: tuple[Correction, ...]
    token: str
    worker: str | None
    received: date

    @property
    def form(self) -> str:
        """The form's id."""
        return self.filled.form.id

    @property
    def system(self) -> int | None:
        """The number of the system that the form is of."""
        return self.filled.form.system

    @property
    def version(self) -> str:
        """The form's version."""
        return self.filled.form.version

    @property
    def on(self) -> date:
        """The day that the form speaks for."""
        return self.filled.on

    @cached_property
    def _by_place(self) -> dict[tuple[str, str | None], Answer]:
        return {(answer.key, answer.row): answer for answer in self.answers}

    def answer(self, key: str, row: str | None = None) -> Answer | None:
        """Give what the worker answered at an entry, None where nothing."""
        return self._by_place.get((key, row))

    def origin(self, key: str, row: str | None = None) -> Origin | None:
        """Give the origin of what stands at an entry: ``auto`` where fill put it and nobody changed it; None where it is empty."""
        answer = self.answer(key, row)
        if answer is not None and answer.error is None:
            return answer.origin
        for entry in self.before.entries:
            if (entry.key, entry.row) == (key, row):
                return "auto" if entry.value is not None else None
        return None

    def diff(self, now: FilledForm) -> "tuple[Difference, ...]":
        """Give, entry by entry, what was filled, what the worker has and what the record says ``now``, where these are not all the same.

        ``now`` is the form filled again of the record as it is; nothing is taken of either.
        """
        from prefill.receiving.drafts import differences  # which knows receipts

        return differences(self.before, self.filled, now, self.origin)

    def __iter__(self) -> Iterator[Answer]:
        """Go through the answers, in printed order."""
        return iter(self.answers)

    def __repr__(self) -> str:
        """Name the form, and nothing of what was answered."""
        return f"<Receipt {self.form}: {len(self.answers)} answers, {len(self.errors)} in error>"
