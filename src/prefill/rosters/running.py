"""One run of a compiled program a record: what it decides, what that waits for, and who was given before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final, TypeAlias

from prefill import kinds
from prefill.errors import FileError, Problem, RecordError
from prefill.filling import FILING, Entry, SourcedFact, Writer, documents_of, resolve_roots
from prefill.plans.model import CELLS, Context, Memory, Plan, begin, may_withhold, run
from prefill.plans.rosters import ListPlan, operands_of
from prefill.reasons import REASONS
from prefill.records import Entity, Filing, Grant, Record
from prefill.records.facts import NOTHING, Resolved
from prefill.rosters.model import Disclosed, Wait
from prefill.vocabulary import UnknownTerm

__all__ = [
    "DISPUTED",
    "Runner",
    "Source",
    "Subjects",
    "Verdict",
    "both",
    "facts_behind",
    "head_of",
    "labels_of",
    "verdict_of",
]

Source: TypeAlias = Record | tuple[str, Record | FileError]
"""A record as a roster takes it: alone, or with an opaque id; or the fault for which it could not be read."""

Verdict: TypeAlias = bool | tuple[Wait, ...]
"""Whether a subject stands somewhere: true, false, or what that waits for."""

DISPUTED: Final = Wait("record", "disputed")
"""What a subject waits for that was given twice, where the two do not say the same."""


class Runner:
    """Runs a list's program on one record after the other, all for one date and one filing."""

    def __init__(self, plan: ListPlan, on: date, filing: Filing | None, grant: Grant | None) -> None:
        """Take the plan, and what all records share. Raises RecordError for a day that is no cut-off of the list."""
        fault = plan.day(on)
        if fault is not None:
            what, _, remedy = fault.partition(": ")
            raise RecordError([Problem(plan.form.id, None, what, remedy)])
        self.plan = plan
        self.on = on
        self.filing = filing or Filing()
        self.withheld = may_withhold(grant, plan.form.agency, self.filing.today or on)
        self.context = Context(on, plan.plan.cutoffs(on), self.withheld, plan.form.deceased is None)
        self.guarded = {path for _, path, sharing in plan.plan.program.guards if self.withheld(path, sharing)}
        self.days = tuple(
            dict.fromkeys(
                (operand.name, operand.place)
                for slot in plan.plan.slots
                for operand in slot.operands
                if operand.kind == "date"
            )
        )
        self.records = 0
        self.unread: list[Problem] = []
        self._disclosed: Counter[tuple[str, str]] = Counter()

    def run(self, records: Iterable[Source]) -> Iterator[tuple[str, Entity | None, Memory]]:
        """Give each record's id (its number among those given, where it has none), its subject, and the memory after the run.

        A record that is of another kind of subject, or of more than one, is set aside with its fault.
        """
        program, roots_of, subject = self.plan.plan.program, self.plan.plan.roots, self.plan.form.subject
        at = roots_of.index(subject) if subject in roots_of else None
        for given in records:
            self.records += 1
            name, record = given if isinstance(given, tuple) else (str(self.records), given)
            if isinstance(record, FileError):
                self.unread += record.problems
                continue
            if subject not in record.context.cells or subject in record.ambiguous:
                held = "more than one" if subject in record.ambiguous else "no"
                what = f"a record of {held} {subject}"
                where = record.name if name == record.name else f"{record.name}: {name}"
                self.unread.append(Problem(where, None, what, f"give records of one {subject} each"))
                continue
            roots = resolve_roots(self.plan.plan, record, self.on, self.filing)
            found = roots[at][1] if at is not None else record.context.cells[subject].settled[1]
            self.context.disclosed = []
            yield name, found if isinstance(found, Entity) else None, run(program, begin(program, self.context, roots))

    def member(self, memory: Memory, place: int | None) -> Verdict:
        """Say whether a subject belongs: what a hidden field decided; not decided where a day before the cut-off was told only after it.

        Facts dated after the form's day are not used. But one that names a day by then (a death in October, told in November) says that the
        list would be wrong.
        """
        late = [Wait(name, "disputed") for name, at in self.days if self._told_late(memory[at])]
        return both(verdict_of(memory, place, self.plan.places), tuple(late) or True)

    def _told_late(self, found: Resolved) -> bool:
        day = self.on.isoformat()
        return found[1] is None and any(
            one.why == "after" and isinstance(one.value, str) and one.value <= day[: len(one.value)] for one in found[3]
        )

    def is_withheld(self, verdict: Verdict) -> bool:
        """Say whether a decision waits for nothing but a grant: no worker can take it."""
        return isinstance(verdict, tuple) and all(w.reason == "withheld" and w.name in self.guarded for w in verdict)

    def disclose(self) -> None:
        """Note what of the subject that was run last the law guards, and the list tells or was decided by."""
        told = set()
        for path, (_, _, facts, others, _) in self.context.disclosed or ():
            told.update([(path, fact.source) for fact in facts])
            told.update([(path, fact.source) for other in others for fact in other.facts])
        self._disclosed.update(told)

    @property
    def disclosed(self) -> tuple[Disclosed, ...]:
        """What was noted so: each term and source once, with the number of subjects."""
        return tuple([Disclosed(path, source, n) for (path, source), n in sorted(self._disclosed.items())])


def verdict_of(memory: Memory, place: int | None, names: Mapping[str, int]) -> Verdict:
    """Read what a hidden field decided; ``names`` are the places of what conditions compare."""
    if place is None:
        return True
    found: Resolved = memory[place]
    if found[4]:
        return tuple([_wait(memory, name, names) for name in found[4]])
    return found[0] != "not-applicable"


def _wait(memory: Memory, name: str, names: Mapping[str, int]) -> Wait:
    """Say why what a decision waits for is not settled; a value that decides nothing is less exact than what it is compared with."""
    found: Resolved = memory[names[name]] if name in names else NOTHING
    if REASONS[found[0]] != "known":
        return Wait(name, found[0])
    if any(other.why == "differs" for other in found[3]):
        return Wait(name, "disputed")
    return Wait(name, "after-answers" if found[4] else "partial")


def labels_of(plan: Plan) -> dict[str, str]:
    """Give what is printed for the names that a decision may wait for: fields of the spec, and paths of terms."""
    labels = {slot.key: slot.field.label for slot in plan.slots}
    asked = (slot.field.from_ for slot in plan.slots)
    for name in (*operands_of(plan), *(path for path in asked if isinstance(path, str))):
        try:
            labels.setdefault(name, plan.vocabulary.path(name).term.label)
        except UnknownTerm:
            continue  # a field's key, or what only the spec knows
    return labels


def both(*verdicts: Verdict) -> Verdict:
    """Say whether all hold; false outdoes what is undecided.

    >>> both(True, True), both(True, (Wait("resident.sex", "disputed"),)), both(False, (Wait("resident.sex", "disputed"),))
    (True, (Wait(name='resident.sex', reason='disputed'),), False)
    """
    waits: tuple[Wait, ...] = ()
    for verdict in verdicts:
        if verdict is False:
            return False
        if verdict is not True:
            waits += verdict
    return tuple(dict.fromkeys(waits)) or True


def facts_behind(memory: Memory, places: Iterable[int], writer: Writer) -> tuple[SourcedFact, ...]:
    """Give the facts that stand at some places, each once; of an entity or a list that there is one, and no more."""
    found = [fact for place in places for fact in writer.facts(memory[place][2])]
    return tuple(dict.fromkeys([f._replace(value=None) if isinstance(f.value, Entity | tuple) else f for f in found]))


class Subjects:
    """Tells by their documents which subjects were given before; each is known by its number, from 0."""

    def __init__(self, plan: Plan) -> None:
        """Begin with none."""
        self.vocabulary = plan.vocabulary
        self.known: dict[str, int] = {}
        self.count = 0

    def add(self, entity: Entity | None) -> tuple[int, list[int], bool]:
        """Give a subject's number, those of the very same given before, and whether a document tells it from others.

        One that was given before keeps the number of the first.
        """
        keys = self._documents(entity) if entity is not None else []
        earlier = sorted({self.known[key] for key in keys if key in self.known})
        number = earlier[0] if earlier else self.count
        self.count += not earlier
        for key in keys:
            self.known[key] = number
        for key in [key for key, held in self.known.items() if held in earlier[1:]] if len(earlier) > 1 else ():
            self.known[key] = number
        return number, earlier, bool(keys)

    def _documents(self, entity: Entity) -> list[str]:
        """Give what a subject is told from others by; 15 digits count as the 18 that they became."""
        terms = self.vocabulary.types[entity.type].terms
        return [
            f"{name} {kinds.id_18(number) if terms[name].kind == 'id_number' else number}"
            for name, number in documents_of(self.vocabulary, entity)
        ]


def head_of(plan: ListPlan, about: Record | None, runner: Runner) -> tuple[Entry, ...]:
    """Fill what stands above the table, from a record of the community and the act of filling."""
    head, writer = plan.head, Writer(plan.plan.vocabulary)
    if head is None:
        return ()
    if about is not None:
        roots = resolve_roots(head, about, runner.on, runner.filing)
    else:
        made = ("recorded", runner.filing.entity(head.vocabulary, runner.on), (), (), ())
        roots = [made if root == FILING else NOTHING for root in head.roots]  # type: ignore[misc]
    context = Context(runner.on, head.cutoffs(runner.on), runner.withheld, plan.form.deceased is None)
    memory = run(head.program, begin(head.program, context, roots))
    return tuple(writer.entry(slot, memory[CELLS + place], None, ()) for place, slot in enumerate(head.slots))
