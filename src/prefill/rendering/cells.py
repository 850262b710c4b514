"""One entry as a cell of a page: what is shown, how it is marked, and what the worker is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prefill.rendering.controls import Control, Option, control, options
from prefill.rendering.notes import Notes
from prefill.rendering.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prefill.filling import Alternative, Entry, Row
    from prefill.plans import Slot

__all__ = ["Cell", "Choice", "Desk", "em"]

TICKED: Final = 12  # a list of so many options is printed whole, with a box for each
TICKED_EMS: Final = 78  # … if it is no longer than this, in widths of a Chinese character
TICKED_EMS_NARROW: Final = 9  # … in a table's cell
HALF_EMS: Final = 17  # what a cell of half the page's width holds on one line
_LONG: Final = frozenset({"long_text", "address", "multi_code", "file"})


def em(text: str) -> float:
    """Give about how wide a text is, in widths of a Chinese character.

    >>> em("王示例"), em("1950")
    (3.0, 2.24)
    """
    return round(sum(0.56 if char < "\u02b0" else 1.0 for char in text), 2)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a worker may pick in a cell to confirm, and who says so; ``keep``: as it stands."""

    value: str
    text: str
    origin: str
    marks: str
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What a page shows of one entry.

    ``maybe``: whether it is asked at all is not decided yet, and ``waits`` says on what that depends.
    """

    name: str
    label: str
    status: str
    text: str = ""
    unit: str = ""
    reason: str = ""
    advice: str = ""
    item_no: str = ""
    help: str = ""
    required: bool = False
    maybe: bool = False
    waits: str = ""
    marks: str = ""  # the numbers of its sources at the foot of the page
    title: str = ""
    choices: tuple[Choice, ...] = ()
    keep: str = ""
    change: str = ""
    boxes: tuple[Option, ...] = ()
    listed: tuple[Option, ...] = ()  # the options of a cell that is still to be written
    control: Control | None = None
    dated: bool = False  # a hand cell that wants a date beside the signature
    wide: bool = False
    room: str = ""  # what a cell leaves room for: the name of a by-hand field, or of a long text

    @property
    def open(self) -> bool:
        """Whether something is left to do here."""
        return self.status in ("confirm", "new")


class Desk:
    """What the cells of one page share: the words, the labels of what cells wait for, and the notes."""

    def __init__(self, words: Words, labels: Mapping[str, str], *, paper: bool) -> None:
        """Take the words, and the label of each key and path that an entry may wait for."""
        self.words = words
        self.labels = labels
        self.paper = paper
        self.notes = Notes(words)

    def cell(self, entry: "Entry", row: "Row | None" = None) -> Cell:
        """Give the cell of an entry; ``row`` for one in a table, whose row says itself what it waits for."""
        words, spec, status, reason = self.words, entry.field, entry.status, entry.reason
        waits_for = [name for name in entry.waits_for if row is None or name not in row.waits_for]
        boxes = self._boxes(entry, narrow=row is not None)
        text = self._shown(entry)
        if status == "known":
            self.notes.add(entry)
        return Cell(
            name=entry.key if entry.row is None else f"{entry.key}@{entry.row}",
            label=entry.label,
            status=status,
            text=text,
            unit=entry.unit or "",
            reason=words(f"reason.{reason}"),
            advice=self._asked(entry) if status == "hand" else words.get(f"advice.{reason}"),
            item_no=spec.item_no or "",
            help=spec.help or "",
            required=spec.required and status in ("confirm", "new"),
            maybe=bool(entry.waits_for),
            waits=words("waits", names=self.names(waits_for)) if waits_for else "",
            marks=self.notes.marks(entry.facts) if text else "",
            title=self._title(entry),
            choices=self._choices(entry) if status == "confirm" else (),
            keep=words(f"confirm.{reason}.keep") if status == "confirm" else "",
            change=words(f"confirm.{reason}.change") if status == "confirm" else "",
            boxes=boxes,
            listed=options(entry.kind, entry.codes) if status == "new" else (),
            control=self._control(entry, narrow=row is not None),
            dated=spec.by_hand in ("signature", "seal", "consent"),
            wide=_is_wide(entry, text, boxes),
            room=_room(entry),
        )

    def blank(self, column: "Slot", name: str) -> Cell:
        """Give the cell of a row that has no subject yet: an input on a screen, room to write on paper."""
        return Cell(
            name=name,
            label=column.field.label,
            status="blank",
            listed=options(column.kind, column.codes),
            control=None if self.paper else control(column.kind, column.codes, name, self.words, compact=True),
        )

    def names(self, waits_for: "Iterable[str]") -> str:
        """Give the labels of the fields and terms that something waits for."""
        found = dict.fromkeys(self.labels[name] for name in waits_for if name in self.labels)
        return self.words.joined(found) or self.words("waits_unnamed")

    def _shown(self, entry: "Entry | Alternative", unit: str | None = None) -> str:
        """Give a text with its unit."""
        unit = unit or getattr(entry, "unit", None)
        return f"{entry.text} {unit}" if entry.text and unit else entry.text

    def _boxes(self, entry: "Entry", *, narrow: bool) -> tuple[Option, ...]:
        """Give the options to print with a box each; none if they are too many or none is the value."""
        if entry.status != "new" and not (entry.status == "known" and self.paper):
            return ()
        found = options(entry.kind, entry.codes, entry.value)
        width = sum(em(option.label) + 2 for option in found)
        if not found or len(found) > TICKED or width > (TICKED_EMS_NARROW if narrow else TICKED_EMS):
            return ()
        if entry.status == "known" and not any(option.on for option in found):
            return ()
        return found

    def _choices(self, entry: "Entry") -> tuple[Choice, ...]:
        """Give what a worker may pick: the value as it stands, if there is one, then the alternatives."""
        notes, unit = self.notes, entry.unit
        if entry.kind == "list":
            unit = self.words("table.items")
        found = []
        if entry.value is not None:
            found.append(
                Choice(
                    "confirm",
                    self._shown(entry),
                    notes.told(entry.facts),
                    notes.marks(entry.facts),
                    keep=True,
                )
            )
        for number, other in enumerate(entry.others):
            if other.text and (entry.value is None or other.why != "after"):
                text = self._shown(other, unit if other.value else None)
                found.append(Choice(str(number), text, notes.told(other.facts), notes.marks(other.facts)))
        return tuple(found)

    def _control(self, entry: "Entry", *, narrow: bool) -> Control | None:
        """Give the input of an open cell; a table as a whole has none, its rows do."""
        if self.paper or entry.kind == "list" or entry.status not in ("confirm", "new"):
            return None
        name = entry.key if entry.row is None else f"{entry.key}@{entry.row}"
        required = entry.field.required and entry.status == "new" and entry.reason != "after-answers"
        compact = narrow or entry.status == "confirm"
        return control(entry.kind, entry.codes, name, self.words, required=required, compact=compact)

    def _asked(self, entry: "Entry") -> str:
        """Give what a hand cell is left for: the pen, the stamp, another desk."""
        if entry.reason == "by-hand":
            return self.words.or_other("hand", entry.field.by_hand)
        return self.words.or_other("filled_by", entry.field.filled_by)

    def _title(self, entry: "Entry") -> str:
        if entry.status == "skip":
            return self.words("status.skip_title")
        if not entry.facts or not entry.text:
            return ""
        key = "fact.derived" if entry.reason == "derived" else "fact.from"
        return self.words(key, sources=self.notes.told(entry.facts))


def _room(entry: "Entry") -> str:
    """Say what a cell to be written by hand has to hold."""
    if entry.reason == "by-hand":
        return entry.field.by_hand or ""
    if entry.kind == "long_text" and entry.status in ("new", "hand") and not entry.text:
        return "opinion" if entry.reason == "other-desk" else "text"
    return ""


def _is_wide(entry: "Entry", text: str, boxes: tuple[Option, ...]) -> bool:
    """Say whether a cell asks for the page's whole width."""
    if entry.kind in _LONG or entry.status == "confirm" or entry.reason == "by-hand":
        return True
    if em(entry.label) > HALF_EMS + 7 or em(text) > HALF_EMS:
        return True
    return sum(em(option.label) + 2 for option in boxes) > HALF_EMS + 3
