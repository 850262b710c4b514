"""The price of a field: what each one that is still typed costs, in one form and in a year of them.

The model is that of savings (``form_specs/savings.yaml``): to enter a value costs a thought, its keys, and for an option the way to it.
It is what stands on either side of a saving, and so of none: only a field that need not be typed is saved.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from prefill.checks.occasions import occasion_of
from prefill.checks.specs import Row, Spec
from prefill.notices import Frequency, Notices
from prefill.savings import Model, read_model
from prefill.savings.keys import is_pressed, keystrokes

__all__ = ["Cost", "Price", "price"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one typed field costs each time: keys and presses, and seconds. ``conditional``: it is asked only if something holds."""

    key: str
    label: str
    kind: str
    keys: int
    seconds: float
    conditional: bool
    in_table: bool


@dataclass(frozen=True, slots=True)
class Price:
    """What a form's typed fields cost: field by field, for one form, and a year, if it is known how many that is.

    ``forms_a_year`` is how many ``frequency`` is taken for, or ``given`` in its place. ``assumptions`` are in words.
    """

    form: str
    costs: tuple[Cost, ...]
    frequency: str | None
    forms_a_year: float | None
    assumptions: tuple[str, ...] = field(repr=False)
    given: bool = False

    @property
    def keys(self) -> int:
        """Keys and presses of one form; fields that are asked only if something holds are left out."""
        return sum(cost.keys for cost in self.costs if not cost.conditional)

    @property
    def seconds(self) -> float:
        """Seconds of one form; fields that are asked only if something holds are left out."""
        return round(sum(cost.seconds for cost in self.costs if not cost.conditional), 1)

    @property
    def seconds_a_year(self) -> float | None:
        """Seconds of a year, or None where nobody says how many forms that is."""
        return None if self.forms_a_year is None else round(self.seconds * self.forms_a_year, 1)

    def a_year(self, cost: Cost) -> float | None:
        """Seconds of a field in a year; of a conditional one, if it were asked each time."""
        return None if self.forms_a_year is None else round(cost.seconds * self.forms_a_year, 1)

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON holds it (docs/check.md tells the shape)."""
        return {
            "form": self.form,
            "frequency": self.frequency,
            "forms_a_year": self.forms_a_year,
            "keys": self.keys,
            "seconds": self.seconds,
            "seconds_a_year": self.seconds_a_year,
            "fields": [
                {
                    "key": cost.key,
                    "label": cost.label,
                    "kind": cost.kind,
                    "keys": cost.keys,
                    "seconds": cost.seconds,
                    "seconds_a_year": self.a_year(cost),
                    "conditional": cost.conditional,
                }
                for cost in self.costs
            ],
            "assumptions": list(self.assumptions),
        }


def price(
    spec: Spec, notices: Notices, *, on: date, forms_a_year: float | None = None, model: Model | None = None
) -> Price:
    """Price the fields of a form that the worker types each time.

    ``forms_a_year`` is how many are filled; if it is not given, one each time that the frequency says (of the form itself, its
    admission, or its system). ``model`` holds the constants of ``savings.yaml``, those of the form's own catalogue if not given.
    """
    model = model or read_model(*spec.plan.folders)
    costs = tuple(cost_of(row, model) for row in spec.rows if row.typed)
    occasion = occasion_of(spec.form, notices, on)
    word, frequency = (occasion.word, occasion.frequency) if occasion else (None, None)
    given = forms_a_year
    if forms_a_year is None and frequency is not None:
        forms_a_year = frequency.times
    assumptions = tuple(_assumptions(costs, model, word, frequency, given))
    return Price(spec.form.id, costs, word, forms_a_year, assumptions, given is not None)


def cost_of(row: Row, model: Model) -> Cost:
    """Give what it costs to type a field once: a value of the kind's typical length, whatever becomes of the form."""
    kind, codes = row.slot.kind, row.slot.codes
    keys = keystrokes(None, kind, codes, model)
    seconds = model.think_seconds
    if is_pressed(kind, codes):
        seconds += keys * (model.key_seconds + model.point_seconds) + (model.home_seconds if keys else 0)
    else:
        keys += model.next_keys
        seconds += keys * model.key_seconds
    in_table = row.table is not None
    return Cost(row.slot.key, row.field.label, kind, keys, round(seconds, 1), row.asked.conditional, in_table)


def _assumptions(
    costs: tuple[Cost, ...], model: Model, word: str | None, frequency: Frequency | None, given: float | None
) -> Iterable[str]:
    if given is not None:
        yield f"{given:g} forms a year, as given"
    elif frequency is not None and frequency.times is not None:
        yield f"{word}: {frequency.times:g} times a year ({frequency.source}), one form each time"
    elif frequency is not None:
        yield f"{word}: {frequency.source}; the year is not priced unless forms a year are given"
    else:
        yield "nobody says how often it is filled; the year is not priced unless forms a year are given"
    yield (
        f"a typed value: a thought of {model.think_seconds:g} s and {model.key_seconds:g} s a key, "
        "with the kind's typical length (savings.yaml) and the Tab key; typed once, whatever becomes of the form"
    )
    yield (
        f"an option: a thought, and for each press {model.point_seconds:g} s of pointing and a key, "
        f"with {model.home_seconds:g} s to reach for the mouse"
    )
    if any(cost.in_table for cost in costs):
        yield "a table: one row"
    if any(cost.conditional for cost in costs):
        yield "fields asked only if something holds are listed (?), and left out of the sums"
