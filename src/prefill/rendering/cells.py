"""One entry as a cell of a page: what is shown, how it is marked, and what the worker is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from prefill.rendering.controls import Control, Option, control, options
from prefill.rendering.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from prefill.filling import Entry
    from prefill.forms import Field
    from prefill.records import Fact

__all__ = ["Cell", "Choice", "Desk", "em"]

TICKED: Final = 12  # a list of so many options is printed whole, with a box for each
TICKED_EMS: Final = 78  # … if it is no longer than this
_CIRCLED: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿"
_HALF_EMS: Final = 17  # what a cell of half the page's width holds on one line


def em(text: str) -> float:
    """Give about how wide a text is, in widths of a Chinese character.

    >>> em("王示例"), em("1950")
    (3.0, 2.24)
    """
    return round(sum(0.56 if char < "\u02b0" else 1.0 for char in text), 2)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a worker may pick in a cell to confirm: what it is, who says so, why it was not taken."""

    value: str
    text: str
    origin: str
    keep: bool = False  # picking it confirms the value as it stands


@dataclass(frozen=True, slots=True)
class Cell:
    """What a page shows of one entry. ``status`` is the entry's; ``waits`` says what it depends on, if on anything."""

    name: str
    label: str
    status: str
    reason: str
    advice: str
    text: str
    unit: str = ""
    item_no: str = ""
    help: str = ""
    required: bool = False
    waits: str = ""
    marks: str = ""  # the numbers of its sources in the list at the foot
    title: str = ""
    choices: tuple[Choice, ...] = ()
    keep: str = ""
    change: str = ""
    boxes: tuple[Option, ...] = ()
    listed: tuple[Option, ...] = ()  # the options of a cell that is still to be written
    control: Control | None = None
    hand: str = ""
    dated: bool = False  # a hand cell that wants a date beside the signature
    wide: bool = False
    tall: bool = False

    @property
    def open(self) -> bool:
        """Whether something is left to do here at this desk."""
        return self.status in ("confirm", "new")


@dataclass(slots=True)
class Desk:
    """What the cells of one page share: the words, the labels of what cells wait for, and the list of sources so far."""

    words: Words
    labels: Mapping[str, str]
    paper: bool
    sources: dict[str, str] = field(default_factory=dict)  # printed source and date → its number
    derived: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def cell(self, entry: "Entry", *, narrow: bool = False) -> Cell:
        """Give the cell of an entry; ``narrow`` for one in a table."""
        words, spec, status = self.words, entry.field, entry.status
        name = entry.key if entry.row is None else f"{entry.key}@{entry.row}"
        boxes = self._boxes(entry, narrow)
        choices = self._choices(entry) if status == "confirm" else ()
        hand = self._hand(entry) if status == "hand" else ""
        marks = self._marks(entry) if entry.text and status in ("known", "confirm", "hand") else ""
        text = f"{entry.text} {spec.unit}" if entry.text and spec.unit else entry.text
        if status == "known":
            self._remember(entry)
        return Cell(
            name=name,
            label=entry.label,
            status=status,
            reason=hand or words(f"reason.{entry.reason}"),
            advice=words.get(f"advice.{entry.reason}"),
            text=text,
            unit=spec.unit or "",
            item_no=spec.item_no or "",
            help=spec.help or "",
            required=bool(spec.required) and status in ("confirm", "new"),
            waits=words("waits", names=self.names(entry.waits_for)) if entry.waits_for else "",
            marks=marks,
            title=self._title(entry),
            choices=choices,
            keep=words(f"confirm.{entry.reason}.keep") if status == "confirm" else "",
            change=words(f"confirm.{entry.reason}.change") if status == "confirm" else "",
            boxes=boxes,
            listed=options(entry.kind, entry.codes) if status == "new" else (),
            control=self._control(entry, name, narrow) if status in ("confirm", "new") else None,
            hand=hand,
            dated=spec.by_hand in ("signature", "seal", "consent"),
            wide=_is_wide(entry, text, boxes),
            tall=status == "hand" or (entry.kind == "long_text" and status != "known"),
        )

    def blank(self, column: "Field", name: str) -> Cell:
        """Give the cell of a row that has no subject yet: an input on a screen, room to write on paper."""
        kind, codes = column.kind or "text", None
        free = column.model_copy(update={"required": False})
        return Cell(
            name=name,
            label=column.label,
            status="blank",
            reason="",
            advice="",
            text="",
            unit=column.unit or "",
            listed=options(kind, codes),
            control=None if self.paper else control(free, kind, codes, name, self.words, compact=True),
        )

    def names(self, waits_for: "Iterable[str]") -> str:
        """Give the labels of the fields that something waits for, as a page names them."""
        found = dict.fromkeys(self.labels[name] for name in waits_for if name in self.labels)
        return self.words.joined(found) or self.words("waits_unnamed")

    def _boxes(self, entry: "Entry", narrow: bool) -> tuple[Option, ...]:
        """Give the options to print with a box each, or none where they are too many or the value is none of them."""
        if entry.status != "new" and not (entry.status == "known" and self.paper):
            return ()
        found = options(entry.kind, entry.codes, entry.value)
        width = sum(em(option.label) + 2 for option in found)
        if not found or len(found) > TICKED or width > (9 if narrow else TICKED_EMS):
            return ()
        if entry.status == "known" and not any(option.on for option in found):
            return ()
        return found

    def _choices(self, entry: "Entry") -> tuple[Choice, ...]:
        unit = f" {entry.field.unit}" if entry.field.unit else ""
        own = () if entry.value is None else (Choice("confirm", entry.text + unit, self.told(entry.facts), keep=True),)
        others = tuple(
            Choice(str(number), other.text + unit, self.told(other.facts))
            for number, other in enumerate(entry.others)
            if other.text and (entry.value is None or other.why != "after")
        )
        return own + others

    def _control(self, entry: "Entry", name: str, narrow: bool) -> Control:
        compact = narrow or entry.status == "confirm"
        return control(entry.field, entry.kind, entry.codes, name, self.words, compact=compact)

    def _hand(self, entry: "Entry") -> str:
        if entry.reason == "by-hand":
            return self.words.or_other("hand", entry.field.by_hand)
        return self.words.or_other("filled_by", entry.field.filled_by)

    def told(self, facts: "Sequence[Fact]") -> str:
        """Give the sources of some facts and their dates, as a page names them: 公安人口信息 2026-05-01."""
        return self.words.joined(self._each(facts))

    def _each(self, facts: "Sequence[Fact]") -> list[str]:
        words = self.words
        return list(
            dict.fromkeys(
                words("fact.dated", source=fact.source_label, as_of=fact.as_of)
                if fact.as_of
                else words("fact.undated", source=fact.source_label)
                for fact in facts
            )
        )

    def _marks(self, entry: "Entry") -> str:
        numbers = [self.sources.setdefault(told, _number(len(self.sources))) for told in self._each(entry.facts)]
        return "".join(numbers)

    def _title(self, entry: "Entry") -> str:
        if entry.status == "skip":
            return self.words("status.skip_title")
        if not entry.facts or entry.status not in ("known", "confirm", "hand"):
            return ""
        key = "fact.derived" if entry.reason == "derived" else "fact.from"
        return self.words(key, sources=self.told(entry.facts))

    def _remember(self, entry: "Entry") -> None:
        """Note for the foot of the page what was derived, and which alternatives were not taken."""
        if entry.reason == "derived" and entry.label not in self.derived:
            self.derived.append(entry.label)
        for other in entry.others:
            if other.text:
                why = self.words.get(f"why.{other.why}")
                self.others.append(self.words("foot.other", label=entry.label, text=other.text, told=self.told(other.facts), why=why))


def _number(index: int) -> str:
    return _CIRCLED[index] if index < len(_CIRCLED) else f"({index + 1})"


def _is_wide(entry: "Entry", text: str, boxes: tuple[Option, ...]) -> bool:
    if entry.kind in ("long_text", "address", "multi_code", "file") or entry.status in ("hand", "confirm"):
        return True
    if em(entry.label) > 24 or em(text) > _HALF_EMS:
        return True
    if entry.status == "new" and entry.field.help and em(entry.field.help) > _HALF_EMS:
        return True
    return sum(em(option.label) + 2 for option in boxes) > _HALF_EMS + 4
