"""How often a form is filled: what it says itself, or its system's notice or its admission; and how many times a year that is taken for."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefill.forms import Form
    from prefill.notices import Frequency, Notices

__all__ = ["Occasion", "allowed", "occasion_of"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is said of a form's system: its name, the word for how often it is used, how heavy the work is; ``frequency`` counts it."""

    name: str
    word: str
    workload: str | None
    frequency: "Frequency | None"

    @property
    def times_a_year(self) -> float | None:
        """How many times a year the system is used; None where nothing can be assumed."""
        return self.frequency.times if self.frequency else None


def allowed(form: "Form", notices: "Notices", on: date | None = None) -> Occasion | None:
    """Give what the notices say of a form's system, or the admission of a form that they do not list; None where nothing is said.

    Where ``on`` is not given, every notice counts as in force.
    """
    item = notices.system(form.system, on)
    if item is not None and item.frequency:
        return Occasion(item.text, item.frequency, item.workload, notices.frequency(item.frequency))
    admission = notices.admission(form.id, form.title, on)
    if admission is None:
        return None
    return Occasion(admission.system or form.title, admission.frequency, None, notices.frequency(admission.frequency))


def occasion_of(form: "Form", notices: "Notices", on: date | None = None) -> Occasion | None:
    """Give the same as the form itself has it: with its own ``frequency``, if it says one.

    >>> from prefill.catalogue import open_catalogue
    >>> catalogue = open_catalogue()
    >>> found = occasion_of(catalogue.plan(39).form, catalogue.notices)
    >>> found.name, found.word, found.times_a_year
    ('武汉市人口健康档案信息系统', '每月', 12.0)
    """
    found = allowed(form, notices, on)
    if form.frequency is None:
        return found
    name, workload = (found.name, found.workload) if found else (form.title, None)
    return Occasion(name, form.frequency, workload, notices.frequency(form.frequency))
