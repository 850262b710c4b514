"""Counting a filled form's entries, and what the blank form would have cost beside what this one does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prefill.kinds import CodeList
from prefill.savings.keys import is_pressed, keystrokes
from prefill.savings.model import LOOK_UP, TYPING, Model, read_model

if TYPE_CHECKING:
    from prefill.filling import Entry, FilledForm

__all__ = ["Savings", "measure"]

_COUNTS: Final = ("known", "confirm", "new", "hand", "skip", "maybe")
_JSON_KEYS: Final = ("asked", *_COUNTS, "keystrokes_saved", "seconds_saved")


@dataclass(frozen=True, slots=True)
class Savings:
    """What one filled form saved: counts of entries, keys and presses, and seconds to one decimal."""

    delivery: str
    asked: int
    known: int
    confirm: int
    new: int
    hand: int
    skip: int
    maybe: int
    keystrokes_blank: int
    keystrokes_left: int
    seconds_blank: float
    seconds_left: float

    @property
    def keystrokes_saved(self) -> int:
        """Keys of the blank form less those of this one; negative where this one costs more."""
        return self.keystrokes_blank - self.keystrokes_left

    @property
    def seconds_saved(self) -> float:
        """Seconds of the blank form less those of this one; negative where this one costs more."""
        return round(self.seconds_blank - self.seconds_left, 1)

    @property
    def share_filled(self) -> float | None:
        """(known + confirm) / asked, or None where nothing is asked."""
        return (self.known + self.confirm) / self.asked if self.asked else None

    def to_dict(self) -> dict[str, int | float]:
        """Give the counts and the two savings as the JSON of a filled form holds them."""
        return {key: getattr(self, key) for key in _JSON_KEYS}


def measure(filled: "FilledForm", model: Model | None = None) -> Savings:
    """Count a filled form's entries and model what it saved.

    ``model`` holds the constants; unless given, those of the catalogue that the form was opened with, where a district may have
    laid its own over the bundled ones.
    """
    model = model or read_model(*filled.plan.folders)
    delivery = filled.form.delivery
    tally = _Tally(model, model.claims[delivery], filled.subject)
    counts = dict.fromkeys(_COUNTS, 0)
    for entry in filled.entries:
        if not entry.counted:
            continue
        status = "maybe" if entry.waits_for else entry.status
        counts[status] += 1
        if status == "new":
            tally.add_new(entry)
        elif status in ("known", "confirm"):
            tally.add_filled(entry)
    tally.add_queries()
    return Savings(
        delivery,
        counts["known"] + counts["confirm"] + counts["new"],
        **counts,
        keystrokes_blank=tally.blank.keys,
        keystrokes_left=tally.left.keys,
        seconds_blank=tally.blank.seconds(model),
        seconds_left=tally.left.seconds(model),
    )


class _Effort:
    """A sum of operators: keys (K), thinks (M), points (P), homes (H), and characters read."""

    __slots__ = ("homes", "keys", "points", "read", "thinks")

    def __init__(self) -> None:
        self.keys = self.thinks = self.points = self.homes = self.read = 0

    def enter(self, kind: str, codes: CodeList | None, keys: int, next_keys: int) -> None:
        if is_pressed(kind, codes):
            self.keys += keys
            self.points += keys
            self.homes += keys > 0
        else:
            self.keys += keys + next_keys

    def seconds(self, model: Model) -> float:
        return round(
            self.keys * model.key_seconds
            + self.thinks * model.think_seconds
            + self.points * model.point_seconds
            + self.homes * model.home_seconds
            + self.read * 60 / model.read_characters_per_minute,
            1,
        )


class _Tally:
    """The efforts of both forms, as entries are added."""

    def __init__(self, model: Model, claims: frozenset[str], subject: str) -> None:
        self.model = model
        self.about_subject = subject + "."
        self.looking_up = LOOK_UP in claims
        self.typing = TYPING in claims
        self.blank = _Effort()
        self.left = _Effort()
        self.sources: set[str] = set()

    def add_new(self, entry: "Entry") -> None:
        model, kind, codes = self.model, entry.kind, entry.codes
        keys = keystrokes(None, kind, codes, model)
        for effort in (self.blank, self.left):
            effort.thinks += 1
            if self.typing:
                effort.enter(kind, codes, keys, model.next_keys)

    def add_filled(self, entry: "Entry") -> None:
        model, kind, codes, others = self.model, entry.kind, entry.codes, entry.others
        blank, left = self.blank, self.left
        value, text, facts = entry.value, entry.text, entry.facts
        if value is not None:
            cost = keystrokes(value, kind, codes, model)
        else:  # differing sources, or candidates: the blank form is held to the cheapest
            cost = 0
            sides = [other for other in others if other.why in ("differs", "stale")]
            if sides:
                costs = [0 if o.value is None else keystrokes(o.value, kind, codes, model) for o in sides]
                cost = min(costs)
                cheapest = sides[costs.index(cost)]
                text, facts = cheapest.text, cheapest.facts
        missing = max(0, model.typical_keys.get(kind, 0) - cost) if entry.reason == "partial" else 0
        if self.looking_up:
            blank.thinks += 1
            blank.read += len(text)
            if facts and facts[0].path.startswith(self.about_subject):
                self.sources.add(facts[0].source)
        left.read += len(entry.text)
        if self.typing:
            blank.enter(kind, codes, cost + missing, model.next_keys)
            left.keys += missing
        if entry.status == "confirm":
            left.thinks += 1
            left.read += sum(len(other.text) for other in others)
            left.keys += model.next_keys + model.confirm_keys

    def add_queries(self) -> None:
        self.blank.keys += len(self.sources) * self.model.query_keys
        self.blank.thinks += len(self.sources)
