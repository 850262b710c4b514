"""What a notice consists of: its items and systems word for word, what they mean, and how systems hang together with items."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

__all__ = [
    "ATTACHMENTS",
    "MEANINGS",
    "Admission",
    "Answer",
    "Attachment",
    "Frequency",
    "Item",
    "Link",
    "Meaning",
    "Notice",
    "Notices",
    "Role",
    "Words",
]

Attachment: TypeAlias = Literal["work-items", "assessments", "certificates", "systems"]
"""What an attachment of a notice lists; its file is named so."""

Meaning: TypeAlias = Literal[
    "cancelled",
    "target-cancelled",
    "lead-to-assist",
    "requirements-optimised",
    "kept",
    "merged",
    "not-district-wide",
]
"""What a notice's decision on an item means, whatever words it uses."""

Role: TypeAlias = Literal["lead", "assist"]
"""The community's part in a piece of work."""

ATTACHMENTS: Final[tuple[Attachment, ...]] = get_args(Attachment)
MEANINGS: Final[tuple[Meaning, ...]] = get_args(Meaning)

_Key: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What answers now what a certificate certified: the paths of terms, or in ``note`` why none does."""

    terms: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """An item of an attachment, word for word, with what its decision means.

    Which of the rest it has depends on the attachment: ``content`` a work item, ``follow_up`` an assessment, ``names`` and
    ``answered_by`` (by name) a certificate, ``frequency``, ``workload`` and ``replaced_by`` a system. ``merged_cells`` names those of its
    cells that the notice prints once for this item and the one above. ``replaces`` is the item of an earlier notice that it overrules.
    ``stems`` are words that the crosswalk reads as being about it, ``synonyms`` other names of a certificate that it knows.
    """

    notice: str
    kind: Attachment
    attachment: int
    number: int
    text: str
    department: str | None = None
    decision: str | None = None
    meaning: Meaning | None = None
    content: str | None = None
    follow_up: str | None = None
    names: tuple[str, ...] = ()
    answered_by: Mapping[str, Answer] = field(default_factory=dict, hash=False)
    frequency: str | None = None
    workload: str | None = None
    replaced_by: str | None = None
    replaced_since: date | None = None
    merged_cells: tuple[str, ...] = ()
    replaces: tuple[str, int] | None = None
    stems: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()

    @property
    def key(self) -> _Key:
        """The notice, the attachment and the number, which name it."""
        return self.notice, self.kind, self.number

    @property
    def called(self) -> tuple[str, ...]:
        """All names that it goes by: of a certificate its own name and those in its brackets, else its text."""
        return self.names or (self.text,)


@dataclass(frozen=True, slots=True)
class Link:
    """A system and the items that it serves. ``asks`` says what it still asks for of what they cancel, ``fields`` where (labels).

    ``role`` is the community's part in it, as far as the crosswalk knows. ``waived`` is the reason why nothing is to be told of it.
    """

    notice: str
    system: int
    items: tuple[tuple[Attachment, int], ...]
    reason: str
    asks: str | None = None
    fields: tuple[str, ...] = ()
    role: Role | None = None
    waived: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: what it is, from when it holds, sentences of its text, its items and links."""

    id: str
    title: str
    issuer: str
    dated: date
    effective: date
    expires: date | None
    text: Path
    decisions: Mapping[str, Meaning]
    sentences: Mapping[str, str]
    items: tuple[Item, ...] = field(repr=False)
    links: tuple[Link, ...] = field(repr=False)

    def holds(self, on: date) -> bool:
        """Say whether it is in force on a day, both ends included."""
        return self.effective <= on and (self.expires is None or on <= self.expires)


@dataclass(frozen=True, slots=True)
class Frequency:
    """How many times a year a word such as 每月 means, by whom; None where nothing can be assumed."""

    word: str
    times: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Words:
    """The words by which printed names are compared with a notice's (``notices/words.yaml``)."""

    line: str
    leading: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    certificate: tuple[str, ...] = ()
    near: int = 75
    issuers: tuple[str, ...] = ()
    attests: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    statisticians: tuple[str, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    frequencies: Mapping[str, Frequency] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Admission:
    """The admission of a form to the communities: who asked, who approved, whose work it is, how often, until when."""

    form: str | None
    title: str | None
    applicant: str
    approver: str
    role: Role
    frequency: str
    approved: date
    expires: date
    system: str | None
    department: str | None
    note: str | None
    where: str
    line: int | None

    def holds(self, on: date) -> bool:
        """Say whether it is in force on a day, both ends included."""
        return self.approved <= on <= self.expires


@dataclass(frozen=True)
class Notices:
    """All notices, the oldest first; the words for comparing; the register of admissions.

    An item stands from its notice's first day until the notice expires, or until a later notice in force says that one of its own
    items ``replaces`` it. Where ``on`` is not given, every notice counts as in force.
    """

    all: tuple[Notice, ...]
    words: Words
    admissions: tuple[Admission, ...] = ()

    def in_force(self, on: date | None = None) -> tuple[Notice, ...]:
        """Give the notices in force on a day, the oldest first."""
        return tuple(notice for notice in self.all if on is None or notice.holds(on))

    def items(self, kind: Attachment, on: date | None = None) -> tuple[Item, ...]:
        """Give the items of an attachment that stand on a day: without those that a later notice replaces.

        >>> from prefill.catalogue import open_catalogue
        >>> notices = open_catalogue().notices
        >>> len(notices.items("work-items")), notices.items("work-items")[3].text, notices.items("work-items")[3].meaning
        (19, '再生资源工作', 'cancelled')
        """
        own = [item for notice in self.in_force(on) for item in notice.items if item.kind == kind]
        gone = {(item.replaces[0], kind, item.replaces[1]) for item in own if item.replaces}
        return tuple(item for item in own if item.key not in gone)

    def notice(self, name: str) -> Notice:
        """Give a notice by its id. Raises KeyError."""
        return self._by_id[name]

    def system(self, number: int | None, on: date | None = None) -> Item | None:
        """Give the system of a number: the newest item that stands for it; None where no notice in force lists it."""
        for item in reversed(self.items("systems", on)):
            if self.first_number(item) == number:
                return item
        return None

    def first_number(self, item: Item) -> int:
        """Give the number of an item where it was listed first: that of the item that it replaces, and so on."""
        while item.replaces and (older := self._by_key.get((item.replaces[0], item.kind, item.replaces[1]))):
            item = older
        return item.number

    def standing(self, item: Item, on: date | None = None) -> Item:
        """Give the item that stands for this one on a day: itself, or what a later notice in force replaces it by."""
        for newer in self.items(item.kind, on):
            if item in self._chain(newer):
                return newer
        return item

    def links(self, system: int | None = None, on: date | None = None) -> Iterator[tuple[Link, tuple[Item, ...]]]:
        """Go through the crosswalk of the notices in force: each link with the items as they stand; those of one system if it is named."""
        for notice in self.in_force(on):
            for link in notice.links:
                if system is None or link.system == system:
                    found = (self._by_key[(notice.id, kind, number)] for kind, number in link.items)
                    yield link, tuple(self.standing(item, on) for item in found)

    def admission(self, form: str, title: str, on: date | None = None) -> Admission | None:
        """Give the admission of a form, by id or title: one in force on the day, or else the one that ended last."""
        own = [one for one in self.admissions if one.form == form or (one.title is not None and one.title == title)]
        own.sort(key=lambda one: (on is None or one.holds(on), one.expires))
        return own[-1] if own else None

    def frequency(self, word: str | None) -> Frequency | None:
        """Give what a word for a frequency means, or None for one that nobody defines."""
        return self.words.frequencies.get(word or "")

    def line(self, item: Item) -> str:
        """Give the notice's own line on an item, as findings show it.

        >>> from prefill.catalogue import open_catalogue
        >>> notices = open_catalogue().notices
        >>> notices.line(notices.items("work-items")[3])
        '附件1第4项 再生资源工作：取消'
        """
        decision = " ".join(part for part in (item.decision or item.frequency, item.follow_up) if part)
        return self.words.line.format(attachment=item.attachment, number=item.number, text=item.text, decision=decision)

    @cached_property
    def _by_id(self) -> Mapping[str, Notice]:
        return {notice.id: notice for notice in self.all}

    @cached_property
    def _by_key(self) -> Mapping[_Key, Item]:
        return {item.key: item for notice in self.all for item in notice.items}

    def _chain(self, item: Item) -> Iterable[Item]:
        """Go from an item back to what it replaces."""
        found: Item | None = item
        while found is not None:
            yield found
            found = self._by_key.get((found.replaces[0], found.kind, found.replaces[1])) if found.replaces else None
