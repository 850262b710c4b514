"""Counting a filled form's entries, and what the blank form would have cost beside what this one does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prefill.kinds import CodeList
from prefill.savings.keys import is_pressed, keystrokes
from prefill.savings.model import LOOK_UP, TYPING, Model, read_model

if TYPE_CHECKING:
    from prefill.filling import Entry, FilledForm

__all__ = ["Savings", "Tally", "Work", "measure"]

_COUNTS: Final = ("known", "confirm", "new", "hand", "skip", "maybe")
_JSON_KEYS: Final = ("asked", *_COUNTS, "keystrokes_saved", "seconds_saved")
_SUMMED: Final = ("asked", *_COUNTS, "keystrokes_blank", "keystrokes_left")
_SECONDS: Final = ("seconds_blank", "seconds_left")


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

    def __add__(self, other: "Savings") -> "Savings":
        """Add up two forms' savings. Raises ValueError where their ``delivery`` differs: what each may claim is not the same thing."""
        if self.delivery != other.delivery:
            raise ValueError(f"savings of '{self.delivery}' and '{other.delivery}' are never added together")
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMMED}
        seconds = {name: round(getattr(self, name) + getattr(other, name), 1) for name in _SECONDS}
        return Savings(self.delivery, **sums, **seconds)

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
    tally = Tally(model, filled.form.delivery, filled.subject)
    for entry in filled.entries:
        if entry.counted:
            tally.add(entry)
    return tally.savings()


class Work:
    """A sum of operators: keys (K), thinks (M), points (P), homes (H), and characters read."""

    __slots__ = ("homes", "keys", "points", "read", "thinks")

    def __init__(self) -> None:
        self.keys = self.thinks = self.points = self.homes = self.read = 0

    def enter(self, kind: str, codes: CodeList | None, keys: int, next_keys: int) -> None:
        """Add the entering of a value of so many keys or presses."""
        if is_pressed(kind, codes):
            self.keys += keys
            self.points += keys
            self.homes += keys > 0
        else:
            self.keys += keys + next_keys

    def seconds(self, model: Model) -> float:
        """Give the time of it all."""
        return round(
            self.keys * model.key_seconds
            + self.thinks * model.think_seconds
            + self.points * model.point_seconds
            + self.homes * model.home_seconds
            + self.read * 60 / model.read_characters_per_minute,
            1,
        )


class Tally:
    """The work of both forms, and the counts, as entries are added."""

    def __init__(self, model: Model, delivery: str, subject: str) -> None:
        """Take the constants, what becomes of the form, and the root of its subject."""
        self.model = model
        self.delivery = delivery
        claims = model.claims[delivery]
        self.counts = dict.fromkeys(_COUNTS, 0)
        self.about_subject = subject + "."
        self.looking_up = LOOK_UP in claims
        self.typing = TYPING in claims
        self.blank = Work()
        self.left = Work()
        self.sources: set[str] = set()

    def add(self, entry: "Entry", *, queried: bool = True) -> None:
        """Add an entry as it was filled, by its status; one that waits is counted under maybe alone."""
        status = "maybe" if entry.waits_for else entry.status
        self.counts[status] += 1
        if status == "new":
            self.add_new(entry)
        elif status in ("known", "confirm"):
            self.add_filled(entry, queried=queried)

    def add_new(self, entry: "Entry", keys: int | None = None) -> None:
        """Add what has to be typed, or was with so many keys: the same for both forms."""
        model, kind, codes = self.model, entry.kind, entry.codes
        if keys is None:
            keys = keystrokes(None, kind, codes, model)
        for work in (self.blank, self.left):
            work.thinks += 1
            if self.typing:
                work.enter(kind, codes, keys, model.next_keys)

    def add_filled(self, entry: "Entry", *, queried: bool = True) -> None:
        """Add a value that is filled: looked up and entered in the blank form, read (and confirmed) in this one.

        ``queried`` is whether its source has to be asked for it.
        """
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
            if queried and facts and facts[0].path.startswith(self.about_subject):
                self.sources.add(facts[0].source)
        left.read += len(entry.text)
        if self.typing:
            blank.enter(kind, codes, cost + missing, model.next_keys)
            left.keys += missing
        if entry.status == "confirm":
            left.thinks += 1
            left.read += sum(len(other.text) for other in others)
            left.keys += model.next_keys + model.confirm_keys

    def savings(self) -> Savings:
        """Give the sums, with a query of each source in the blank form."""
        self.blank.keys += len(self.sources) * self.model.query_keys
        self.blank.thinks += len(self.sources)
        counts = self.counts
        return Savings(
            self.delivery,
            counts["known"] + counts["confirm"] + counts["new"],
            **counts,
            keystrokes_blank=self.blank.keys,
            keystrokes_left=self.left.keys,
            seconds_blank=self.blank.seconds(self.model),
            seconds_left=self.left.seconds(self.model),
        )
