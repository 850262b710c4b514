"""What a form saved as it came back: the model with what was really answered, beside what the page measured."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from prefill.savings.keys import keystrokes
from prefill.savings.measuring import Savings, Tally, Work
from prefill.savings.model import Model, read_model

if TYPE_CHECKING:
    from prefill.filling import Entry
    from prefill.receiving import Answer, Receipt

__all__ = ["FAST", "Measured", "measure_receipt"]

FAST: Final = 1.0
"""Seconds under which a confirmation is counted apart: nobody reads and judges a value in less."""

_SHOWN: Final = ("known", "confirm")


@dataclass(frozen=True, slots=True)
class Measured:
    """What came back, counted and measured; only the community's own entries, and no value.

    ``savings`` is the model with the worker's own answers. ``answers`` are those that are in no error: ``measured`` of them came with seconds
    from the page, the rest are ``unmeasured``; ``keyed`` of them with keys too, which the page leaves out where it cannot tell them (an
    input method, a paste). ``modelled_keys`` and ``modelled_seconds`` are of the same answers as ``measured_keys`` and
    ``measured_seconds``. ``filled`` are the values that were shown filled, ``corrected`` those that the worker changed; ``confirmed`` those
    confirmed or chosen, ``confirmed_timed`` of them with seconds, ``confirmed_fast`` with less than one. ``corrected_fields`` and
    ``corrected_sources`` say which were corrected and whose word it was, ``corrected_field_sources`` whose of each field.
    """

    savings: Savings
    answers: int
    measured: int
    unmeasured: int
    keyed: int
    measured_keys: int
    measured_seconds: float
    modelled_keys: int
    modelled_seconds: float
    filled: int
    corrected: int
    confirmed: int
    confirmed_timed: int
    confirmed_fast: int
    typed_fields: Mapping[str, int]
    corrected_fields: Mapping[str, int]
    corrected_sources: Mapping[str, int]
    corrected_field_sources: Mapping[str, Mapping[str, int]]

    @property
    def share_corrected(self) -> float | None:
        """Corrected / filled, or None where nothing was filled."""
        return self.corrected / self.filled if self.filled else None

    @property
    def share_fast(self) -> float | None:
        """Confirmed in less than a second / confirmed with seconds, or None where none was."""
        return self.confirmed_fast / self.confirmed_timed if self.confirmed_timed else None


def measure_receipt(receipt: "Receipt", model: Model | None = None) -> Measured:
    """Count what a receipt answers, model what the form saved after all, and add up what the page measured.

    ``model`` holds the constants; unless given, those of the catalogue that the form was opened with.
    """
    model = model or read_model(*receipt.filled.plan.folders)
    reckoning = _Reckoning(receipt, model)
    for entry in receipt.filled.entries:
        if entry.counted:
            reckoning.add(entry)
    for entry in reckoning.removed():
        reckoning.drop(entry)
    return reckoning.measured()


class _Reckoning:
    """The sums of one receipt, as its entries are added."""

    def __init__(self, receipt: "Receipt", model: Model) -> None:
        self.receipt = receipt
        self.model = model
        self.before = {(entry.key, entry.row): entry for entry in receipt.before.entries}
        self.gone = {(answer.key, answer.row) for answer in receipt.answers if answer.act == "removed"}
        self.tally = Tally(model, receipt.filled.form.delivery, receipt.filled.subject)
        self.modelled = Work()
        self.modelled_keys = 0
        self.keys = self.keyed = self.timed = self.fast = self.measured_answers = 0
        self.seconds = 0.0
        self.counts = dict.fromkeys(("answers", "filled", "confirmed"), 0)
        self.typed: Counter[str] = Counter()
        self.corrected: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.whose: dict[str, Counter[str]] = {}

    def add(self, entry: "Entry") -> None:
        """Add an entry as it is after the answers."""
        if (entry.key.rpartition(".")[0], entry.row) in self.gone:
            return
        answer = self.receipt.answer(entry.key, entry.row)
        before = self.before.get((entry.key, entry.row))
        asked = entry.status not in ("skip", "hand")
        shown = asked and not entry.waits_for and before is not None and before.status in _SHOWN
        self.counts["filled"] += shown
        left_alone = answer is not None and before is not None and before.status == "known" and not answer.changed
        if answer is None or answer.error is not None or not asked or left_alone:
            if before is not None and shown:
                self.tally.add(replace(before, waits_for=()))
            else:  # what follows from the answers was looked up nowhere
                self.tally.add(entry, queried=before is not None and before.value is not None)
            return
        self.counts["answers"] += 1
        work, keys = Work(), 0
        cost = keystrokes(answer.value, entry.kind, entry.codes, self.model) if answer.value is not None else 0
        if before is None or not shown:
            self.typed[entry.key] += 1
            self.tally.counts["new"] += 1
            self.tally.add_new(entry, cost)
            work.thinks += 1
            work.enter(entry.kind, entry.codes, cost, self.model.next_keys)
            keys = cost
        elif answer.act in ("confirmed", "chose") or not answer.changed or _completes(answer, before):
            self.counts["confirmed"] += before.status == "confirm"
            self.tally.counts[before.status] += 1
            self.tally.add_filled(before)
            work.thinks += 1
            work.read += _length(before)
            work.keys += self.model.next_keys + self.model.confirm_keys
            keys = self.model.confirm_keys
            self.time(answer, before)
        else:
            self.correct(before)
            self.tally.counts[before.status] += 1
            self.tally.add_new(entry, cost)
            self.tally.left.read += _length(before)
            work.thinks += 1
            work.read += _length(before)
            work.enter(entry.kind, entry.codes, cost, self.model.next_keys)
            keys = cost
        self.measure(answer, work, keys)

    def time(self, answer: "Answer", before: "Entry") -> None:
        if before.status == "confirm" and answer.effort is not None:
            self.timed += 1
            self.fast += answer.effort.seconds < FAST

    def correct(self, before: "Entry") -> None:
        """Count a filled value that was wrong, and whose word it was: of several, all of them."""
        self.corrected[before.key] += 1
        if before.reason == "suggested":  # a rule proposed it: no source said so
            return
        shown = before.facts if before.value is not None else [f for other in before.others for f in other.facts]
        sources = {fact.source_label for fact in shown}
        self.sources.update(sources)
        if sources:
            self.whose.setdefault(before.key, Counter()).update(sources)

    def measure(self, answer: "Answer", work: Work, keys: int) -> None:
        effort = answer.effort
        if effort is None:
            return
        self.measured_answers += 1
        self.seconds += effort.seconds
        for name in Work.__slots__:
            setattr(self.modelled, name, getattr(self.modelled, name) + getattr(work, name))
        if effort.keys is not None:
            self.keyed += 1
            self.keys += effort.keys
            self.modelled_keys += keys

    def removed(self) -> Iterator["Entry"]:
        """Give the cells that were filled in rows that the worker took out."""
        tables = {(entry.key.rpartition(".")[0], entry.row): entry for entry in self.before.values() if entry.row}
        for table, row in tables:
            if (table, row) in self.gone:
                for entry in self.before.values():
                    if entry.row == row and entry.key.rpartition(".")[0] == table and entry.counted:
                        yield entry

    def drop(self, entry: "Entry") -> None:
        """Add a filled cell that was wrong with its whole row: read for nothing, and taken out with the others by one press."""
        if entry.status not in _SHOWN or entry.waits_for:
            return
        self.counts["filled"] += 1
        self.correct(entry)
        self.tally.left.read += _length(entry)

    def measured(self) -> Measured:
        left = self.tally.left
        left.thinks += len(self.gone)
        left.keys += len(self.gone) * self.model.confirm_keys
        return Measured(
            savings=self.tally.savings(),
            **self.counts,
            measured=self.measured_answers,
            unmeasured=self.counts["answers"] - self.measured_answers,
            keyed=self.keyed,
            measured_keys=self.keys,
            measured_seconds=round(self.seconds, 1),
            modelled_keys=self.modelled_keys,
            modelled_seconds=self.modelled.seconds(self.model),
            corrected=self.corrected.total(),
            confirmed_timed=self.timed,
            confirmed_fast=self.fast,
            typed_fields=dict(sorted(self.typed.items())),
            corrected_fields=dict(sorted(self.corrected.items())),
            corrected_sources=dict(sorted(self.sources.items())),
            corrected_field_sources={key: dict(sorted(self.whose[key].items())) for key in sorted(self.whose)},
        )


def _completes(answer: "Answer", before: "Entry") -> bool:
    """Say whether a date less precise than its field was made whole, and not changed."""
    return before.reason == "partial" and before.value is not None and str(answer.value).startswith(str(before.value))


def _length(entry: "Entry") -> int:
    """How many characters of an entry are read before it is judged: its text, and all that is shown beside it."""
    return len(entry.text) + sum(len(other.text) for other in entry.others)
