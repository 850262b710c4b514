"""The burden of a catalogue at a glance, before anybody fills anything: who asks what, what is truly new, how often it is entered.

Everything here is a property of the forms' plans, but ``Burden.sample``: that is what a full record, the form's own invented sample, fills.
Nothing is told of residents, workers or communities; forms are listed by the number of their system, and never ranked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from prefill.checks.asking import FILLED, Asked, FactName, Taken, asked_of, counted
from prefill.checks.occasions import Occasion, occasion_of
from prefill.filling import fill
from prefill.reasons import Reason
from prefill.savings import Savings, measure

if TYPE_CHECKING:
    from prefill.catalogue import Catalogue
    from prefill.forms import Form
    from prefill.notices import Frequency

__all__ = ["FORMAT", "Audit", "Burden", "Fact", "Use", "audit"]

FORMAT: Final = 1  # the version of the JSON's shape


@dataclass(frozen=True, slots=True)
class Burden:
    """One form: what its fields ask, how often it is filled, and what a full record fills of it.

    ``fields`` are all its fields and columns; ``sample`` is what the sample's record saved, None where the form has no sample.
    ``occasion`` is what the notice says of the form's system, None where it says nothing.
    """

    form: "Form"
    fields: tuple[Asked, ...]
    sample: Savings | None
    occasion: Occasion | None

    @property
    def origins(self) -> Mapping[Reason, int]:
        """How many fields there are of each origin."""
        return counted(self.fields)

    @property
    def asked(self) -> int:
        """How many fields the community's worker is asked for."""
        return sum(one.asked for one in self.fields)

    @property
    def share_by_plan(self) -> float | None:
        """The share of the fields asked that have a source: taken from the record, derived or suggested."""
        return sum(one.origin in FILLED for one in self.fields) / self.asked if self.asked else None

    @property
    def share_by_sample(self) -> float | None:
        """The share of the entries asked that the sample's record fills: (known + confirm) / asked, as savings count."""
        return self.sample.share_filled if self.sample else None

    @property
    def new(self) -> tuple[Asked, ...]:
        """The fields that no fact answers: what is truly new, each time."""
        return tuple(one for one in self.fields if one.origin == "each-time")

    @property
    def entries(self) -> int:
        """Entries of one filled form: those that the sample is asked for; without a sample, the fields asked."""
        return self.sample.asked if self.sample else self.asked

    @property
    def entries_filled(self) -> int:
        """How many of them are filled from the record."""
        if self.sample:
            return self.sample.known + self.sample.confirm
        return sum(one.origin in FILLED for one in self.fields)

    @property
    def times_a_year(self) -> float | None:
        """How often a year the form is filled, if the notice says."""
        return self.occasion.times_a_year if self.occasion else None


@dataclass(frozen=True, slots=True)
class Use:
    """One form's asking for a kind of fact: by how many fields, by which paths; ``own``: of its own subject, or only of others."""

    form: str
    system: int | None
    fields: int
    own: bool
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind of fact and the forms that ask it; ``entered`` is how often a year it is, by the notice's frequencies."""

    name: FactName
    entity: str
    uses: tuple[Use, ...]
    entered: float

    @property
    def own(self) -> int:
        """How many forms ask it of their own subject."""
        return sum(use.own for use in self.uses)

    @property
    def paths(self) -> Mapping[str, int]:
        """By which paths it is asked, and by how many forms each."""
        return dict(Counter(path for use in self.uses for path in use.paths).most_common())


@dataclass(frozen=True, slots=True)
class Audit:
    """The catalogue's burden: each form's, by system number, and each kind of fact's, by how many forms ask it.

    ``frequencies`` are the assumption that times a year rest on; ``notices`` the titles of those that say how often a system is used.
    """

    forms: tuple[Burden, ...]
    facts: tuple[Fact, ...]
    frequencies: tuple["Frequency", ...] = field(repr=False)
    notices: tuple[str, ...] = field(repr=False)

    def total(self, name: str) -> int:
        """Add a number up over the forms: ``asked``, ``entries``, ``entries_filled``."""
        return sum(int(getattr(one, name)) for one in self.forms)

    @property
    def origins(self) -> Mapping[Reason, int]:
        """How many fields of each origin all forms have."""
        return counted(one for burden in self.forms for one in burden.fields)

    @property
    def share_by_plan(self) -> float | None:
        """The share of all fields asked that have a source."""
        asked = self.total("asked")
        return sum(n for origin, n in self.origins.items() if origin in FILLED) / asked if asked else None

    @property
    def share_by_sample(self) -> float | None:
        """The share of all entries asked that the samples' records fill, over the forms that have a sample."""
        samples = [burden.sample for burden in self.forms if burden.sample]
        asked = sum(sample.asked for sample in samples)
        return sum(sample.known + sample.confirm for sample in samples) / asked if asked else None

    @property
    def share_known(self) -> float | None:
        """The share of them that is known, with nothing left to confirm: what the survey's figures are held to."""
        samples = [burden.sample for burden in self.forms if burden.sample]
        asked = sum(sample.asked for sample in samples)
        return sum(sample.known for sample in samples) / asked if asked else None

    @property
    def shared(self) -> tuple[Fact, ...]:
        """The kinds of fact that more than one form asks."""
        return tuple(fact for fact in self.facts if len(fact.uses) > 1)

    @property
    def again(self) -> int:
        """How many times a kind of fact is asked again by a further form, after the first."""
        return sum(len(fact.uses) - 1 for fact in self.facts)

    def a_year(self, name: str) -> float:
        """Add entries up over a year: ``entries`` or ``entries_filled``; forms whose frequency is not stated count for nothing."""
        return sum((getattr(one, name) * (one.times_a_year or 0) for one in self.forms), 0.0)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as JSON can hold it (docs/audit.md tells the shape)."""
        return {
            "format": FORMAT,
            "assumptions": {
                "forms_a_use": 1,
                "frequencies": [
                    {"word": one.word, "times_a_year": one.times, "source": one.source} for one in self.frequencies
                ],
                "notices": list(self.notices),
            },
            "totals": {
                "forms": len(self.forms),
                "fields": sum(len(one.fields) for one in self.forms),
                "asked": self.total("asked"),
                "origins": dict(self.origins),
                "share_by_plan": _share(self.share_by_plan),
                "share_by_sample": _share(self.share_by_sample),
                "share_known": _share(self.share_known),
                "facts": len(self.facts),
                "shared_facts": len(self.shared),
                "asked_again": self.again,
                "entries_a_year": round(self.a_year("entries")),
                "entries_a_year_filled": round(self.a_year("entries_filled")),
                "forms_without_frequency": [one.form.id for one in self.forms if one.times_a_year is None],
            },
            "forms": [_form(one) for one in self.forms],
            "facts": [_fact(one) for one in self.facts],
        }


def audit(catalogue: "Catalogue") -> Audit:
    """Look at every form of a catalogue. Raises SpecError with the faults of the first form or sample that has any.

    >>> from prefill.catalogue import open_catalogue
    >>> found = audit(open_catalogue())
    >>> found.facts[0].name.name
    'person.name'
    """
    notices = catalogue.notices
    samples = catalogue.samples()
    forms = []
    for summary in catalogue.forms():
        plan = catalogue.plan(summary.path)
        saved = None
        if sample := samples.get(summary.id):
            record = catalogue.read_record(*sample.record)
            saved = measure(fill(plan, record, on=sample.on, filing=sample.filing, grant=sample.grant))
        forms.append(Burden(plan.form, asked_of(plan), saved, occasion_of(plan.form, notices)))
    told = tuple(notices.words.frequencies.values()), tuple(notice.title for notice in notices.all)
    return Audit(tuple(forms), _facts(forms, catalogue), *told)


def _facts(forms: Iterable[Burden], catalogue: "Catalogue") -> tuple[Fact, ...]:
    """Turn the forms' fields round: for each kind of fact, the forms that ask it of the community's worker."""
    found: dict[FactName, list[Use]] = {}
    entered: dict[FactName, float] = {}
    for burden in forms:
        here: dict[FactName, list[tuple[str, Taken]]] = {}
        for one in burden.fields:
            for taken in one.facts if one.asked else ():
                here.setdefault(taken.fact, []).append((one.key, taken))
        for name, asked in here.items():
            fields, paths = {key for key, _ in asked}, dict.fromkeys(taken.path for _, taken in asked)
            own = any(taken.own for _, taken in asked)
            found.setdefault(name, []).append(Use(burden.form.id, burden.form.system, len(fields), own, tuple(paths)))
            entered[name] = entered.get(name, 0) + (burden.times_a_year or 0) * len(fields)
    types = catalogue.vocabulary.types
    facts = [
        Fact(name, types[name.entity].label if name.entity in types else name.entity, tuple(uses), entered[name])
        for name, uses in found.items()
    ]
    return tuple(sorted(facts, key=lambda fact: (-len(fact.uses), -fact.own, fact.name.name)))


def _form(one: Burden) -> dict[str, Any]:
    occasion, sample = one.occasion, one.sample
    times = one.times_a_year
    return {
        "id": one.form.id,
        "system": one.form.system,
        "title": one.form.title,
        "agency": one.form.agency,
        "delivery": one.form.delivery,
        "confidence": one.form.basis.confidence,
        "system_name": occasion.name if occasion else None,
        "frequency": occasion.word if occasion else None,
        "workload": occasion.workload if occasion else None,
        "times_a_year": times,
        "fields": len(one.fields),
        "asked": one.asked,
        "origins": dict(one.origins),
        "share_by_plan": _share(one.share_by_plan),
        "sample": {**{key: getattr(sample, key) for key in _COUNTS}, "share": _share(one.share_by_sample)}
        if sample
        else None,
        "entries": one.entries,
        "entries_a_year": None if times is None else round(one.entries * times),
        "entries_a_year_filled": None if times is None else round(one.entries_filled * times),
        "new": [{"key": field.key, "label": field.label} for field in one.new],
    }


_COUNTS: Final = ("asked", "known", "confirm", "new", "hand", "skip", "maybe")


def _fact(one: Fact) -> dict[str, Any]:
    return {
        "fact": one.name.name,
        "label": one.name.label,
        "entity": one.entity,
        "sensitive": one.name.sensitive,
        "forms": len(one.uses),
        "forms_of_own_subject": one.own,
        "entered_a_year": round(one.entered),
        "paths": dict(one.paths),
        "asked_by": [
            {"form": use.form, "system": use.system, "fields": use.fields, "own": use.own} for use in one.uses
        ],
    }


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
