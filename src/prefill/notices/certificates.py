"""No certificate needed: which terms answer what a certificate certified, and what a record says of them."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from prefill import kinds
from prefill.notices.model import Answer, Item, Notices
from prefill.notices.names import names_certificate, nearest_item, plain
from prefill.reasons import Reason
from prefill.records import Entity, Fact, Grant, Record
from prefill.resolution import resolve_path, through
from prefill.vocabulary import Term

__all__ = ["Certificate", "Told", "answer", "find_certificate"]


class Certificate(NamedTuple):
    """A certificate of a notice, under the name that was looked for: its item, that name, and what answers it now.

    ``score`` is how like the name is to the one looked for: 100 where they are the same.
    """

    item: Item
    name: str
    answer: Answer
    score: int


class Told(NamedTuple):
    """What a record says of one term that answers a certificate: reason and text as on a form, the facts behind it."""

    path: str
    label: str
    reason: Reason
    text: str
    facts: tuple[Fact, ...]

    @property
    def known(self) -> bool:
        """Whether the record knows it, without anything left to confirm."""
        return self.reason in ("recorded", "derived")


def find_certificate(notices: Notices, name: str, on: date | None = None) -> Certificate | None:
    """Find the certificate that goes by this name, or by one much like it; None where the notices in force list none.

    >>> from prefill.catalogue import open_catalogue
    >>> found = find_certificate(open_catalogue().notices, "曾用名证明")
    >>> found.item.number, found.item.decision, found.answer.terms
    (2, '已取消', ('resident.former_name',))
    """
    items = notices.items("certificates", on)
    wanted = plain(name, notices.words)
    if not names_certificate(name, notices.words):
        return None
    for item in items:
        for called in (*item.names, *item.stems):
            if plain(called, notices.words) == wanted:
                return _certificate(item, called, 100)
    near = nearest_item(name, items, notices.words)
    return _certificate(*near) if near is not None else None


def _certificate(item: Item, called: str, score: int) -> Certificate:
    """Give a certificate by one of its names; what it is called besides is answered by what answers its own name."""
    name = called if called in item.names else item.names[0]
    return Certificate(item, name, item.answered_by.get(name, Answer()), score)


def answer(
    certificate: Certificate, record: Record, *, on: date, agency: str | None = None, grant: Grant | None = None
) -> tuple[Told, ...]:
    """Give what a record says on a day of each term that answers a certificate.

    A term that is shared under conditions is ``withheld`` unless the grant allows it to ``agency``; one of class none always. A term
    about what the record is not of (a dwelling, in the record of a person alone) is ``not-recorded``.
    """
    return tuple(_told(record, path, on, agency, grant) for path in certificate.answer.terms)


def _told(record: Record, text: str, on: date, agency: str | None, grant: Grant | None) -> Told:
    path = record.vocabulary.path(text)
    label = "".join((*(role.label for role in path.roles), path.term.label))

    def withheld(path: str, *classes: str) -> bool:
        conditional = "conditional" in classes and (grant is None or not grant.allows(agency, path, on))
        return conditional or "none" in classes

    if withheld(text, path.term.sharing, *(role.sharing for role in path.roles)):
        return Told(text, label, "withheld", "", ())
    reason, value, facts, _, _ = resolve_path(record, path, on)
    if value is None:
        return Told(text, label, reason, "", facts)
    if path.term.to is None:
        return Told(text, label, reason, kinds.show(path.term.kind, value, path.term.codes), facts)
    shown = []
    for entity in _entities(value):
        term, known = _first_known(record, entity, on)
        if term is not None and withheld(f"{text}.{term.path}", term.sharing):
            return Told(text, label, "withheld", "", ())
        shown.append(kinds.show(term.kind, known, term.codes) if term is not None else "")
    return Told(text, label, reason, "、".join(filter(None, shown)), facts)


def _entities(value: Any) -> Iterator[Entity]:
    for one in value if isinstance(value, tuple) else (value,):
        yield one if isinstance(one, Entity) else one.entity


def _first_known(record: Record, entity: Entity, on: date) -> tuple[Term | None, Any]:
    """Give the first term of an entity that is known (of a person, the name): what one calls it by."""
    for term in record.vocabulary.types[entity.type].terms.values():
        known = through(("recorded", entity, (), (), ()), term.path, on.toordinal(), 0)[1]
        if known is not None and term.to is None:
            return term, known
    return None, None
