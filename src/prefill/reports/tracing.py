"""Fields that are still typed, or corrected most: what each asks for, and which sources could have told it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from prefill.checks.asking import Asked, FactName, asked_of
from prefill.errors import SpecError

if TYPE_CHECKING:
    from prefill.catalogue import Catalogue, Summary
    from prefill.reasons import Reason
    from prefill.reports.summing import Tally

__all__ = ["FactCount", "FieldCount", "Forms", "Source", "corrected_fields", "typed_facts", "typed_fields"]

CONNECTS: Final[frozenset["Reason"]] = frozenset({"recorded", "derived", "suggested"})
"""Origins of fields that a source could fill, if one were connected."""


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of source that has authority over a term, and the names of those that are listed (perhaps none yet).

    They are the names that records use: nothing of a person stands beside them, so none has to be neutral.
    """

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldCount:
    """A field of a form, and how often: ``fills`` is of forms handed out, ``receipts`` of those that came back.

    ``forms`` is how many forms of the kind there were to count it in. ``origin`` is how the field is filled where everything is
    recorded (as the audit has it); None for a field that the catalogue's form does not have. ``sources`` have authority over it;
    ``whose`` are, of a corrected one, those whose word was changed, and how often (entries of before do not say it).
    """

    form: str
    system: int | None
    title: str
    key: str
    label: str
    fills: int
    receipts: int
    forms: int
    origin: "Reason | None"
    sources: tuple[Source, ...]
    whose: tuple[tuple[str, int], ...] = ()

    @property
    def connects(self) -> bool:
        """Whether a source could fill it."""
        return self.origin in CONNECTS


@dataclass(frozen=True, slots=True)
class FactCount:
    """A kind of fact that is still typed: how often, in which systems' forms, and which sources have authority over it."""

    name: str
    label: str
    entity: str
    fills: int
    receipts: int
    systems: tuple[int | str, ...]
    sources: tuple[Source, ...]


class Forms:
    """What the catalogue knows of the forms that a ledger names; a form that it lacks, or cannot read, goes by its id."""

    def __init__(self, catalogue: "Catalogue") -> None:
        """Take the catalogue; plans are compiled as forms are asked for."""
        self.catalogue = catalogue
        self._fields: dict[str, Mapping[str, Asked]] = {}

    @cached_property
    def listed(self) -> Mapping[str, "Summary"]:
        """The catalogue's forms by id."""
        return {summary.id: summary for summary in self.catalogue.forms()}

    def title(self, form: str) -> str:
        """Give a form's title."""
        return self.listed[form].title if form in self.listed else form

    def system(self, form: str) -> int | None:
        """Give the number of a form's system."""
        return self.listed[form].system if form in self.listed else None

    def field(self, form: str, key: str) -> Asked | None:
        """Give a field (``phone``) or a column (``members.phone``), as the form is now."""
        if form not in self._fields:
            self._fields[form] = self._read(form)
        return self._fields[form].get(key)

    def _read(self, form: str) -> Mapping[str, Asked]:
        if form not in self.listed:
            return {}
        try:
            return {one.key: one for one in asked_of(self.catalogue.plan(self.listed[form].path))}
        except SpecError:
            return {}

    def sources(self, asked: Asked | None, fact: FactName | None = None) -> tuple[Source, ...]:
        """Give the kinds of source that have authority over the terms that a field takes (of one fact, if it is named), the first first."""
        facts = asked.facts if asked else ()
        paths = [taken.path for taken in facts if fact is None or taken.fact == fact]
        kinds = dict.fromkeys(kind for path in paths for kind in self._authority(path))
        return tuple(Source(kind, self._names(kind)) for kind in kinds)

    def _authority(self, path: str) -> tuple[str, ...]:
        """Give a term's authority; of one that follows from others and has none, theirs."""
        found = self.catalogue.vocabulary.path(path)
        term = found.term
        if term.authority or term.derive is None or found.on_link:
            return term.authority
        return tuple(kind for name in term.derive.of for kind in self._authority(f"{found.prefix}.{name}"))

    def _names(self, kind: str) -> tuple[str, ...]:
        listed = self.catalogue.vocabulary.sources.values()
        return tuple(source.name for source in listed if source.kind == kind)

    def entity(self, fact: FactName) -> str:
        """Give the printed name of a fact's entity type."""
        types = self.catalogue.vocabulary.types
        return types[fact.entity].label if fact.entity in types else fact.entity


def typed_fields(tally: "Tally", forms: Forms) -> tuple[FieldCount, ...]:
    """Give the fields left to be typed, the most often first; of what never was handed out here, those typed as it came back."""
    of = _forms(tally, "fill")
    keys = {**tally.typed["fill"], **tally.typed["receipt"]}
    counts = [_field(tally, forms, form, key, of[form]) for form, key in keys]
    return tuple(sorted(counts, key=lambda one: (-one.fills, -one.receipts, one.system or 0, one.form, one.key)))


def typed_facts(fields: Iterable[FieldCount], forms: Forms) -> tuple[FactCount, ...]:
    """Give the kinds of fact behind those fields that a source could fill, the most often typed first: what to connect next."""
    found: dict[FactName, list[FieldCount]] = {}
    for one in fields:
        asked = forms.field(one.form, one.key) if one.connects else None
        for name in dict.fromkeys(taken.fact for taken in asked.facts) if asked else ():
            found.setdefault(name, []).append(one)
    counts = [
        FactCount(
            name.name,
            name.label,
            forms.entity(name),
            sum(one.fills for one in own),
            sum(one.receipts for one in own),
            tuple(dict.fromkeys(one.system or one.form for one in sorted(own, key=lambda one: one.system or 0))),
            tuple(
                dict.fromkeys(source for one in own for source in forms.sources(forms.field(one.form, one.key), name))
            ),
        )
        for name, own in found.items()
    ]
    return tuple(sorted(counts, key=lambda one: (-one.fills, -one.receipts, one.name)))


def corrected_fields(tally: "Tally", forms: Forms) -> tuple[FieldCount, ...]:
    """Give the fields whose filled value was changed, the most often first."""
    of = _forms(tally, "receipt")
    counts = [_corrected(tally, forms, form, key, of[form]) for form, key in tally.corrected]
    return tuple(sorted(counts, key=lambda one: (-one.receipts, one.system or 0, one.form, one.key)))


def _forms(tally: "Tally", kind: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for own, cell, sums in tally:
        if own == kind:
            found[cell.form] += sums.forms
    return found


def _field(tally: "Tally", forms: Forms, form: str, key: str, of: int) -> FieldCount:
    typed = tally.typed
    return _counted(forms, form, key, typed["fill"][form, key], typed["receipt"][form, key], of)


def _corrected(tally: "Tally", forms: Forms, form: str, key: str, of: int) -> FieldCount:
    whose = sorted(tally.whose.get((form, key), {}).items(), key=lambda item: (-item[1], item[0]))
    return replace(_counted(forms, form, key, 0, tally.corrected[form, key], of), whose=tuple(whose))


def _counted(forms: Forms, form: str, key: str, fills: int, receipts: int, of: int) -> FieldCount:
    asked = forms.field(form, key)
    return FieldCount(
        form,
        forms.system(form),
        forms.title(form),
        key,
        asked.label if asked else key,
        fills,
        receipts,
        of,
        asked.origin if asked else None,
        forms.sources(asked),
    )
