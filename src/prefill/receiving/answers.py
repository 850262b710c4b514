"""Each answer read by its field's kind and held against what stood there: what is new, what is the same, what nobody may change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from prefill import kinds
from prefill.errors import Problem, named
from prefill.filling import Entry
from prefill.receiving.asked import Asked, Spot, same
from prefill.receiving.model import Act, Answer, Origin, Tampered
from prefill.receiving.reading import Place, Sent, Told
from prefill.records.facts import Absence

__all__ = ["Checked", "check", "fault"]

WHERE: Final = "submission"


@dataclass(slots=True)
class Checked:
    """The answers of a submission that can be used, by place, those in error, and what was changed that may not be."""

    answers: dict[Place, Answer] = field(default_factory=dict)
    errors: list[tuple[Answer | None, Problem]] = field(default_factory=list)
    tampered: list[Tampered] = field(default_factory=list)
    reverted: set[Place] = field(default_factory=set)


def fault(place: Place, what: str, remedy: str) -> Problem:
    """Tell of a fault at an answer, by the names of field and row alone."""
    key, row = place
    at = named(key) if "@" not in key else "one that is no name (not shown)"
    return Problem(WHERE, None, f"the answer to {at}{f' in row {row}' if row else ''} {what}", remedy)


def check(asked: Asked, sent: Sent, before: Mapping[Place, Answer]) -> Checked:
    """Check a submission's answers; ``before`` are those of a draft that is being continued."""
    checked = Checked()
    for table in dict.fromkeys((*sent.added, *sent.removed, *sent.kept)):
        rows = [*sent.added.get(table, ()), *sent.removed.get(table, ())]
        spot = asked.spots.get(table)
        if spot is None or spot.slot.table is None:
            checked.tampered += [Tampered(_shown(table), row, "unknown") for row in rows]
        elif not asked.grows(spot.slot):
            checked.tampered += [Tampered(table, row, "other-desk" if not spot.slot.counted else "row") for row in rows]
        else:
            _rows(asked, spot, sent, checked, table, before)
    order = {key: number for number, key in enumerate(asked.spots)}
    for place in sorted(sent.answers, key=lambda place: (order.get(place[0], len(order)), _row_order(place[1]))):
        if place[1] is not None and place[1] in sent.removed.get(place[0].partition(".")[0], ()):
            continue
        _check(asked, place, sent, checked, before)
    return checked


def _row_order(row: str | None) -> tuple[int, int]:
    return (0, 0) if row is None else (1 if row[0] == "r" else 2, int(row[1:]))


def _shown(key: str) -> str:
    return key if named(key) == f"'{key}'" else ""


def _rows(asked: Asked, spot: Spot, sent: Sent, checked: Checked, table: str, before: Mapping[Place, Answer]) -> None:
    """Take the rows that a worker took out; of a draft, what was answered in them goes with them."""
    known = asked.items[table]
    out = sent.removed.get(table, {})
    checked.reverted |= {(table, row) for row in sent.kept.get(table, ())}
    checked.reverted |= {place for place in before if place[1] in out and place[0].startswith(f"{table}.")}
    for row, scope in out.items():
        if row not in known:
            if row.startswith("r"):
                checked.tampered.append(Tampered(table, row, "row"))
        elif (table, row) not in checked.answers:
            made = _answer(spot, None, (table, row), "removed", "override", None, None, True)
            checked.answers[table, row] = replace(made, scope="form" if scope == "form" else "record")


def _check(asked: Asked, place: Place, sent: Sent, checked: Checked, before: Mapping[Place, Answer]) -> None:
    key, row = place
    told = sent.answers[place]
    spot, entry = asked.spots.get(key), asked.entries.get(place)
    table = spot.table if spot is not None else None
    if spot is None or (row is None) != (table is None):
        checked.tampered.append(Tampered(_shown(key), row, "unknown"))
        return
    if row is not None and table is not None and (entry is None) and not (row[0] == "+" and asked.grows(table)):
        checked.tampered.append(Tampered(key, row, "row"))
        return
    lock = _lock(spot, entry)
    if lock is not None:
        if not _is_unchanged(told, spot, entry):
            checked.tampered.append(Tampered(key, row, lock))  # type: ignore[arg-type]
        return
    if told.fault is not None:
        checked.errors.append((None, fault(place, f"has {told.fault}", "send what the page made")))
        return
    if told.act == "revert":
        checked.reverted.add(place)
        return
    try:
        answer = _answered(spot, entry, place, told, before.get(place), sent)
    except kinds.Unreadable as error:
        problem = fault(place, f"is unreadable ({error})", "correct it")
        blank = _answer(spot, entry, place, "typed", "manual", None, sent, False)
        checked.errors.append((blank, problem))
        return
    except _Wrong as wrong:
        checked.errors.append((None, fault(place, wrong.what, wrong.remedy)))
        return
    if answer is not None:
        checked.answers[place] = answer


def _lock(spot: Spot, entry: Entry | None) -> str | None:
    """Say by whom alone an entry is answered, None where by the worker."""
    if spot.slot.field.by_hand is not None:
        return "by-hand"
    if not spot.slot.counted or (spot.table is not None and not spot.table.counted):
        return "other-desk"
    return entry.reason if entry is not None and entry.status == "hand" else None


def _is_unchanged(told: Told, spot: Spot, entry: Entry | None) -> bool:
    """Whether an answer to what is locked says nothing else than what stands there."""
    if told.fault is not None or told.act != "value":
        return told.fault is None and told.act == "value"
    if entry is not None and _is_as_shown(spot, entry, told.value):
        return True
    try:
        value = kinds.read(spot.slot.kind, told.value, spot.slot.codes) if spot.slot.kind in kinds.KINDS else told.value
    except kinds.Unreadable:
        return False
    return value is None or (entry is not None and entry.value is not None and same(spot.slot.kind, value, entry.value))


class _Wrong(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def _answered(
    spot: Spot, entry: Entry | None, place: Place, told: Told, before: Answer | None, sent: Sent
) -> Answer | None:
    """Give an answer, None where nothing was answered; raises Unreadable, and _Wrong."""
    held = entry.value if entry is not None else None
    others = [o for o in entry.others if o.why in ("differs", "stale")] if entry is not None else []
    offered = entry is not None and (held is not None or (entry.status == "confirm" and bool(others)))
    act, value = _value(spot, entry, told)
    if act == "typed" and value is None:
        return None
    unchanged = act == "typed" and held is not None and same(spot.slot.kind, value, held)
    if act == "typed" and entry is not None and entry.status == "confirm":
        meant = {o.value for o in others if o.value is not None and same(spot.slot.kind, value, o.value)}
        if unchanged:
            act, value = "confirmed", held
        elif meant and value not in meant and len(meant) > 1:
            raise _Wrong("may mean more than one of the values that are shown", "choose one of them")
        elif meant:
            act, value = "chose", value if value in meant else meant.pop()
    origin: Origin = "override" if offered else "manual"
    if act in ("confirmed", "chose") or unchanged:
        origin = "auto"
    changed = not unchanged and act != "confirmed"
    if before is not None and before.error is None and before.origin != "auto":
        origin = before.origin
        changed = not (entry is not None and held is not None and same(spot.slot.kind, value, held)) or act == "cleared"
    if unchanged and origin == "auto":
        value = held
    answer = _answer(spot, entry, place, act, origin, value, sent, changed)
    is_again = before is not None and (before.act, before.value) == (act, value)
    if before is not None and is_again and answer.evidence is None:  # it was known by something, and still is
        answer = replace(answer, evidence=before.evidence)
    return answer


def _value(spot: Spot, entry: Entry | None, told: Told) -> tuple[Act, Any]:
    """Give what was done, and the value that it comes to."""
    if told.act == "clear":
        return "cleared", None
    if told.act == "confirm":
        if entry is None or entry.status not in ("confirm", "known") or entry.value is None:
            raise _Wrong("confirms where there is no one value", "choose one of the values, or type it")
        return "confirmed", entry.value
    if told.act == "choose":
        others = entry.others if entry is not None and entry.status == "confirm" else ()
        if told.value >= len(others) or (others[told.value].value is None):
            raise _Wrong("chooses what there is not", "choose one of the values that are shown")
        return "chose", others[told.value].value
    if spot.slot.kind == "list":
        if isinstance(told.value, list | tuple) and not told.value:
            return "typed", ()
        if told.value in (None, ""):
            return "typed", None
        raise _Wrong("is one value for a table", "answer the cells of its rows; an empty list says that there are none")
    if spot.slot.kind not in kinds.KINDS:
        raise _Wrong("is one value for what has none of its own", "leave it out")
    raw = list(told.value) if isinstance(told.value, tuple) else told.value
    if entry is not None and _is_as_shown(spot, entry, raw):
        return "typed", entry.value
    value = kinds.read(spot.slot.kind, raw, spot.slot.codes, unit=spot.slot.unit)
    return "typed", value


def _is_as_shown(spot: Spot, entry: Entry, raw: Any) -> bool:
    """Whether the label of a code is sent as it was shown: several codes may bear it, and only one was meant."""
    codes = spot.slot.codes
    if spot.slot.kind != "code" or not isinstance(raw, str) or entry.value is None or codes is None:
        return False
    return bool(entry.text) and raw.strip() not in codes.items and same("text", raw, entry.text)


def _answer(
    spot: Spot,
    entry: Entry | None,
    place: Place,
    act: Act,
    origin: Origin,
    value: Any,
    sent: Sent | None,
    changed: bool,
) -> Answer:
    slot = spot.slot
    told = sent.answers.get(place) if sent is not None else None
    text = "" if value is None or slot.kind not in kinds.KINDS else kinds.show(slot.kind, value, slot.codes)
    return Answer(
        key=place[0],
        row=place[1],
        label=slot.field.label,
        kind=slot.kind,
        act=act,
        origin=origin,
        status=entry.status if entry is not None else "new",
        reason=entry.reason if entry is not None else "each-time",
        value=value,
        text=text,
        changed=changed,
        original=entry.value if entry is not None else None,
        original_text=entry.text if entry is not None else "",
        scope="form" if told is not None and told.scope == "form" else "record",
        counted=slot.counted,
        effort=sent.effort.get(place) if sent is not None else None,
        evidence=told.evidence if told is not None else None,
    )


def absent(answer: Answer) -> bool:
    """Say whether an answer states that there is none."""
    return answer.act == "cleared" or answer.value is Absence.NOT_APPLICABLE


def rows_of(answers: Mapping[Place, Answer]) -> dict[tuple[str, str], dict[Place, Answer]]:
    """Give the rows that were added, by (table, row), in order, with the answers in them."""
    found: dict[tuple[str, str], dict[Place, Answer]] = {}
    for (key, row), answer in answers.items():
        if row is not None and row[0] == "+":
            found.setdefault((key.partition(".")[0], row), {})[key, row] = answer
    return found
