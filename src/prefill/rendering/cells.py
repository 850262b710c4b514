"""One entry as a cell of a page: what is shown, how it is marked, and what the worker is asked to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from prefill.filling import Entry
from prefill.rendering.controls import Control, Option, control, options
from prefill.rendering.notes import Notes
from prefill.rendering.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from prefill.filling import Alternative, Row
    from prefill.forms import Field
    from prefill.kinds import CodeList
    from prefill.plans import Slot

__all__ = ["Cell", "Choice", "Chunks", "Desk", "chunks", "em", "follows_always", "follows_in_row"]

TICKED: Final = 12  # a list of so many options is printed whole, with a box for each
TICKED_EMS: Final = 78  # … if it is no longer than this, in widths of a Chinese character
TICKED_EMS_NEW: Final = 130  # … where the worker has to choose
TICKED_EMS_NARROW: Final = 9  # … in a table's cell
OTHER_EMS: Final = 14  # what the line for an option takes that a list does not hold
LEGEND: Final = 30  # a list of so many options is printed under the lines or the table, to choose from
LABEL_EMS: Final = 24  # a longer label has the line for itself
CHUNK_EMS: Final = 9  # what a label's column holds on one line
_LONG: Final = frozenset({"long_text", "address", "multi_code", "file"})
_FILES: Final = frozenset({"file", "photo", "signature"})
_ACROSS: Final = 1000.0  # wider than any cell
_PICKED: Final = frozenset({"bool", "code", "multi_code"})  # whose options may be printed with a box each
KEPT: Final = 20_000  # so many cells are kept for others to be made of

Chunks: TypeAlias = tuple[tuple[str, bool], ...]


@lru_cache(maxsize=20_000)
def em(text: str) -> float:
    """Give about how wide a text is, in widths of a Chinese character.

    >>> em("王示例"), em("1950")
    (3.0, 2.24)
    """
    return round(sum(0.56 if char < "\u02b0" else 1.0 for char in text), 2)


def chunks(label: str, held: float = CHUNK_EMS) -> Chunks:
    """Cut a label where it may break: before its brackets, and never before its last character alone.

    Each part says whether it must stay on one line; ``held`` is the longest that may.

    >>> chunks("开业时间（年月）")
    (('开业', False), ('时间', True), ('（年月）', True))
    >>> chunks("乡（镇、街道）"), chunks("从业人员期末人数")
    ((('乡（镇、街道）', True),), (('从业人员期末', False), ('人数', True)))
    >>> chunks("服务时长（小时）", 0), chunks("时长（小时）", 0)
    ((('服务', False), ('时长', True), ('（小时）', False)), (('时长（小时）', False),))
    """
    found: list[tuple[str, bool]] = []
    for part in re.split(r"(?<=...)(?=[（(])", label):
        if part[0] in "（(" and em(part) <= held:
            found.append((part, True))
            continue
        if re.search(r"[（(]", part) and em(part) <= held:
            found.append((part, True))
            continue
        tail = 3 if part[-1] in "）)" else 2
        if part[:-tail].endswith(("（", "(")):  # which may not end a line: the part may break anywhere behind it
            found.append((part, False))
            continue
        if len(part) > tail:
            found.append((part[:-tail], False))
        found.append((part[-tail:], True))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a worker may pick in a cell to confirm, and who says so; ``keep``: as it stands."""

    value: str
    text: str
    origin: str
    mark: str
    keep: bool = False
    unset: str = ""  # the characters of its text that no font has, by code point


class Cell(NamedTuple):
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
    spoken: str = ""  # what names its input where no heading does: in a table, with the row's name
    mark: str = ""  # the number of its first source at the foot of the page
    title: str = ""
    choices: tuple[Choice, ...] = ()
    keep: str = ""
    change: str = ""
    boxes: tuple[Option, ...] = ()
    listed: tuple[Option, ...] = ()  # the options of a cell that is open, where no box is printed for each
    other: str = ""  # what introduces the line for an option that the list of boxes does not hold
    control: Control | None = None
    follows: bool = False  # it is computed from other answers: nothing to enter
    dated: bool = False  # a hand cell that wants a date beside the signature
    need: float = 0.0  # the width that it asks for, in widths of a Chinese character
    unset: str = ""  # the characters of its text that no font has, by code point: it is written by hand
    kind: str = ""  # of value, where the cell has an input
    room: str = ""  # what a cell leaves room for: the name of a by-hand field, or of a long text; rows for a table's

    @property
    def open(self) -> bool:
        """Whether something is left to do here."""
        return self.status in ("confirm", "new")

    @property
    def written(self) -> bool:
        """Whether a value is written here that nobody has stated yet, also in a row that is still blank."""
        return self.open or self.status == "blank"

    @property
    def must(self) -> bool:
        """Whether it is known that something has to be entered here."""
        return self.required and not self.maybe

    @property
    def chunks(self) -> Chunks:
        """The label, cut where it may break."""
        return chunks(self.label)


class Desk:
    """What the cells of one page share: the words, the labels of what cells wait for, and the notes."""

    def __init__(
        self,
        words: Words,
        labels: Mapping[str, str],
        *,
        paper: bool,
        growing: frozenset[str] = frozenset(),
        absent: frozenset[str] = frozenset(),
        lacking: "Callable[[str], str] | None" = None,
        moulds: "dict[Hashable, Cell] | None" = None,
    ) -> None:
        """Take the words, the label of each key and path that an entry may wait for, and the tables that may grow rows.

        ``absent`` are those of the paths that no field of the form shows.
        ``lacking`` names the characters of a text that no font has: what has some is left to be written by hand.
        ``moulds`` are cells of other pages of the same plan, words and templates, of which those of this page are made.
        """
        self.moulds: dict[Hashable, Cell] = {} if moulds is None else moulds
        self.lacking = lacking or _nothing
        self.words = words
        self.labels = labels
        self.paper = paper
        self.growing = growing
        self.absent = absent
        self.notes = Notes(words, brief=paper)

    def cell(self, entry: Entry, row: "Row | None" = None, of: str = "", *, card: bool = False) -> Cell:
        """Give the cell of an entry; ``row`` for one in a table, whose row says itself what it waits for, and whose name is ``of``.

        ``card``: the row stands as lines of its own, in which a cell has as much room as any.
        """
        if not self.paper or entry.status == "confirm":
            made = self._anew(entry, row, of, card=card)
            text = made.text
        else:
            mould = self._mould(entry, row, card=card)
            text = self._shown(entry, mould.unit)
            made = mould._replace(
                name=_name(entry), text=text, need=self._need(entry, text, mould.boxes, ()), unset=self.lacking(text)
            )
        if entry.status == "known":
            self.notes.add(entry, self)
        # where a choice is told with its source in full, a number says nothing more
        if not text or (entry.status == "confirm" and (row is None or card)):
            return made
        return made._replace(mark=self.notes.mark(entry.label, entry.facts))

    def _mould(self, entry: Entry, row: "Row | None", *, card: bool) -> Cell:
        """Give a cell on paper that differs from this entry's in nothing but its name, its text and what follows from that."""
        waits_for = entry.waits_for if row is None else tuple([n for n in entry.waits_for if n not in row.waits_for])
        value = entry.value if entry.kind in _PICKED else bool(entry.value)
        like = (entry.key, entry.status, entry.reason, bool(entry.text), value, row is None, card, waits_for)
        mould = self.moulds.get(like)
        if mould is None:
            mould = self._anew(entry, row, "", card=card)
            if len(self.moulds) < KEPT:
                self.moulds[like] = mould
        return mould

    def _anew(self, entry: Entry, row: "Row | None", of: str, *, card: bool) -> Cell:
        words, spec, status, reason = self.words, entry.field, entry.status, entry.reason
        narrow = row is not None and not card
        waits_for = [name for name in entry.waits_for if row is None or name not in row.waits_for]
        follows = not self.paper and entry.reason == "after-answers" and follows_always(spec)
        boxes = () if follows else self._boxes(entry, narrow=narrow)
        text = self._shown(entry)
        unit = self._unit(entry)
        choices = self._choices(entry, narrow=narrow) if status == "confirm" else ()
        asked = None if follows else self._control(entry, narrow=narrow)
        return Cell(
            name=_name(entry),
            label=entry.label,
            status=status,
            text=text,
            unit=unit,
            reason=words(f"reason.{reason}"),
            advice=self._asked(entry) if status == "hand" else words.get(f"advice.{reason}"),
            item_no=spec.item_no or "",
            help=spec.help or "",
            required=spec.required and status in ("confirm", "new"),
            maybe=bool(entry.waits_for),
            waits=words("waits", on=self.names(waits_for)) if waits_for else "",
            spoken=words("table.cell", row=of, label=entry.label) if of else "",
            title="" if self.paper else self._title(entry),
            choices=choices,
            keep=words(f"confirm.{reason}.keep") if status == "confirm" else "",
            change=words(f"confirm.{reason}.change") if status == "confirm" else "",
            boxes=boxes,
            listed=self._listed(entry, boxes, asked),
            other=self._other(entry.codes) if boxes and status == "new" else "",
            control=asked,
            follows=follows,
            kind=entry.kind if asked else "",
            dated=spec.by_hand in ("signature", "seal", "consent"),
            need=self._need(entry, text, boxes, choices),
            unset=self.lacking(text),
            room=_room(entry, self.words),
        )

    def blank(self, column: "Slot", name: str, of: str, *, card: bool = False) -> Cell:
        """Give the cell of a row that has no subject yet: an input on a screen, room to write on paper.

        ``card``: the row stands as lines of its own, in which a cell has room for boxes to tick.
        """
        spec, whole = column.field, _is_whole_date(column.field)
        other = self.words.or_other("hand", spec.by_hand) if spec.by_hand else ""
        if not column.counted and not other:
            other = self.words.or_other("filled_by", spec.filled_by)
        if other:
            return Cell(name=name, label=spec.label, status="hand", item_no=spec.item_no or "", advice=other)
        if not self.paper and follows_in_row(column):
            label, item_no = spec.label, spec.item_no or ""
            return Cell(name=name, label=label, status="blank", item_no=item_no, help=spec.help or "", follows=True)
        found = () if _is_sample(column.codes) else options(column.kind, column.codes)
        boxes = found if card and _fits(found, TICKED_EMS_NEW) else ()
        return Cell(
            name=name,
            label=spec.label,
            status="blank",
            item_no=spec.item_no or "",
            spoken=self.words("table.cell", row=of, label=spec.label),
            boxes=boxes,
            listed=() if boxes else found,
            other=self._other(column.codes) if boxes else "",
            help=spec.help or "",
            required=spec.required,
            need=_wanted(column, boxes),
            kind=column.kind,
            control=None
            if self.paper
            else control(column.kind, column.codes, name, self.words, compact=True, whole_date=whole),
            room="text" if self.paper and card and column.kind == "long_text" else "",
        )

    def printable(self, text: str | None) -> str | None:
        """Give a text outside the cells, or what says that no font has one of its characters."""
        codes = self.lacking(text or "")
        return self.words("hand.unset", codes=codes) if codes else text

    def names(self, waits_for: "Iterable[str]") -> str:
        """Say what has to be known first: fields to fill, and what the form has no field for."""
        words, on, off = self.words, dict[str, None](), dict[str, None]()
        for name in waits_for:
            if name in self.labels:
                (off if name in self.absent else on)[self.labels[name]] = None
        told = [words(f"waits_{how}", names=words.joined(names)) for how, names in (("on", on), ("off", off)) if names]
        return words.joined(told) or words("waits_unnamed")

    def _unit(self, entry: Entry) -> str:
        """Give the unit to print in the cell: none where the label names it; of a file still to come, that it is added."""
        if self.paper and entry.kind in _FILES:
            return self.words("file.added") if entry.status == "new" else ""
        if entry.kind == "list":
            return self.words("table.items") if entry.value else ""
        unit = entry.unit or ""
        return "" if unit and re.search(rf"[（(][^（()）]*{re.escape(unit)}[)）]", entry.label) else unit

    def _shown(self, entry: "Entry | Alternative", unit: str | None = None, kind: str = "") -> str:
        """Give a text with its unit; ``kind`` is that of an alternative's entry."""
        if isinstance(entry, Entry):
            kind, unit = entry.kind, self._unit(entry) if unit is None else unit
        settled = isinstance(entry, Entry) and entry.status == "known"
        text = self.printed(kind, entry.text, settled=settled)
        return f"{text} {unit}" if text and unit else text

    def printed(self, kind: str, text: str, *, settled: bool = False) -> str:
        """Give a value's text; of a file on paper, that there is one: its name says nothing there, nor where one is ``settled``."""
        return (
            self.words("file.photo" if kind == "photo" else "file.kept")
            if (self.paper or settled) and text and kind in _FILES
            else text
        )

    def _listed(self, entry: Entry, boxes: tuple[Option, ...], asked: Control | None) -> tuple[Option, ...]:
        """Give the options that those who write by hand have to be told under the lines or the table."""
        if entry.status not in ("confirm", "new") or boxes or (asked is not None and asked.tag == "choice"):
            return ()
        found = () if _is_sample(entry.codes) else options(entry.kind, entry.codes)
        offered = {entry.text, *(other.text for other in entry.others)} if entry.status == "confirm" else set()
        return found if len(found) <= LEGEND and {option.label for option in found} - offered else ()

    def _other(self, codes: "CodeList | None") -> str:
        """Give what introduces another option, where a list says that it holds some only and has no option for the others."""
        word = self.words("control.other")
        if codes is None or not codes.partial or any(label.startswith(word) for _, label in codes.options):
            return ""
        return word

    def _boxes(self, entry: Entry, *, narrow: bool) -> tuple[Option, ...]:
        """Give the options to print with a box each; none if they are too many or none is the value."""
        if entry.status != "new" and not (entry.status == "known" and self.paper):
            return ()
        if _is_sample(entry.codes):
            return ()
        found = options(entry.kind, entry.codes, entry.value)
        room = TICKED_EMS_NARROW if narrow else TICKED_EMS_NEW if entry.status == "new" else TICKED_EMS
        if not _fits(found, room):
            return ()
        if entry.status == "known" and not any(option.on for option in found):
            return ()
        return found

    def _choices(self, entry: Entry, *, narrow: bool) -> tuple[Choice, ...]:
        """Give what a worker may pick: the value as it stands, if there is one, then the alternatives."""
        notes, unit = self.notes, self._unit(entry)
        found = []
        if entry.value is not None:
            text = self._shown(entry)
            unset = self.lacking(text)
            found.append(Choice("confirm", text, notes.told(entry.facts), "", keep=True, unset=unset))
        for number, other in enumerate(entry.others):
            if other.text and (entry.value is None or other.why != "after"):
                text = self._shown(other, unit if other.value or entry.kind != "list" else "", entry.kind)
                mark = notes.mark(entry.label, other.facts) if narrow else ""
                origin, unset = notes.told(other.facts), self.lacking(text)
                found.append(Choice(str(number), text, origin, mark, unset=unset))
        return tuple(found)

    def _control(self, entry: Entry, *, narrow: bool) -> Control | None:
        """Give the input of an open cell; a table as a whole has none, its rows do."""
        if self.paper or entry.kind == "list" or entry.status not in ("confirm", "new"):
            return None
        corrected = entry.status == "confirm"
        required = entry.field.required and not corrected and not entry.waits_for and entry.reason != "after-answers"
        return control(
            entry.kind,
            entry.codes,
            _name(entry),
            self.words,
            required=required,
            compact=narrow or corrected,
            whole_date=not corrected and _is_whole_date(entry.field),
        )

    def _asked(self, entry: Entry) -> str:
        """Give what a hand cell is left for: the pen, the stamp, another desk."""
        if entry.reason == "by-hand":
            return self.words.or_other("hand", entry.field.by_hand)
        return self.words.or_other("filled_by", entry.field.filled_by)

    def _title(self, entry: Entry) -> str:
        if entry.status == "skip":
            return self.words("status.skip_title")
        if not entry.facts or not entry.text:
            return ""
        key = "fact.derived" if entry.reason == "derived" else "fact.from"
        return self.words(key, sources=self.notes.told(entry.facts))

    def _need(self, entry: Entry, text: str, boxes: tuple[Option, ...], choices: tuple[Choice, ...]) -> float:
        """Give the width that a cell asks for; some ask for the whole line."""
        if entry.kind in _LONG or entry.reason == "by-hand" or em(entry.label) > LABEL_EMS:
            return _ACROSS
        if boxes:
            width = sum(em(option.label) + 2 for option in boxes) / (1 if entry.status == "known" else 0.8)
            width += OTHER_EMS if entry.status == "new" and self._other(entry.codes) else 0.0
            return width + 6 if entry.waits_for else width  # what it waits for is told beside the boxes
        if entry.status != "confirm":
            return em(text)
        if len(choices) != 1 or not choices[0].keep:
            return _ACROSS
        words = self.words
        asked = em(text + words(f"confirm.{entry.reason}.keep") + words(f"confirm.{entry.reason}.change")) + 9
        told = em(words("status.confirm") + words(f"advice.{entry.reason}") + choices[0].origin) + 4
        return max(asked, told * 0.72)


def _name(entry: Entry) -> str:
    """Give what a page calls an entry: of a table's, with its row."""
    return entry.key if entry.row is None else f"{entry.key}@{entry.row}"


def _nothing(_: str) -> str:
    return ""


def _is_sample(codes: "CodeList | None") -> bool:
    """Say whether a list holds so few of its codes that to print them as the options would mislead."""
    return codes is not None and (codes.external or (codes.partial and len(dict(codes.options)) < 2))


def _fits(found: tuple[Option, ...], room: float) -> bool:
    """Say whether there are options, few and short enough to print each with a box."""
    return 0 < len(found) <= TICKED and sum(em(option.label) + 2 for option in found) <= room


def _wanted(column: "Slot", boxes: tuple[Option, ...]) -> float:
    """Give the width that a cell wants which is still to be written by hand."""
    if column.kind in _LONG or column.field.by_hand is not None or em(column.field.label) > LABEL_EMS:
        return _ACROSS
    return sum(em(option.label) + 2 for option in boxes)


def follows_always(field: "Field") -> bool:
    """Say whether what follows from answers is always computed: by a rule that nobody has to confirm, and that covers every case."""
    rule = field.derive
    return rule is not None and (rule.cases is None or rule.cases[-1].when is None)


def follows_in_row(column: "Slot") -> bool:
    """Say the same of a row that a worker adds: its cells alone say what it follows from."""
    rule, table = column.field.derive, column.key.partition(".")[0] + "."
    return rule is not None and rule.cases is None and all(name.startswith(table) for name in _names(rule.of))


def _names(of: str | tuple[str, ...]) -> tuple[str, ...]:
    return (of,) if isinstance(of, str) else of


def _is_whole_date(field: "Field") -> bool:
    """Say whether a date is asked to the day.

    It is where a form asks it anew each time, and for a date of birth. All else that a form reads of the past (when an illness
    was found, when somebody died) may be known to the year or the month only.
    """
    sources = (field.from_,) if isinstance(field.from_, str) else field.from_ or field.first_of or ()
    asked_anew = not sources and field.derive is None and field.suggest is None
    return asked_anew or any(path.rpartition(".")[2] == "birth_date" for path in sources)


def _room(entry: Entry, words: Words) -> str:
    """Say what a cell to be written by hand has to hold."""
    if entry.reason == "by-hand":
        prints = [words(f"fingerprint.{name}") for name in words.group("fingerprint")]
        finger = entry.field.by_hand == "signature" and any(word in entry.label for word in prints)
        return "finger" if finger else entry.field.by_hand or ""
    if entry.kind == "list":
        return "rows"
    if entry.kind == "long_text" and entry.status in ("new", "hand") and not entry.text:
        return "opinion" if entry.reason == "other-desk" else "text"
    if entry.kind == "photo" and entry.status == "new" and entry.row is None and entry.field.from_ == "resident.photo":
        return "photo"
    return ""
