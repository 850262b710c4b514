"""New facts into a record: every change gives a new record of the old statements and more."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from prefill.errors import Problem, RecordError
from prefill.records.cells import Entity, Record
from prefill.records.deciding import joined_anew
from prefill.records.facts import Fact
from prefill.records.gathering import Gathered, Made
from prefill.records.stating import Head
from prefill.records.strangers import Strangers
from prefill.records.subjects import is_of
from prefill.records.walking import Lists, Refused, walk
from prefill.vocabulary import Path

__all__ = ["learn"]


def learn(record: Record, facts: Iterable[Fact]) -> Record:
    """Give a record that knows these facts too. See ``Record.learn``."""
    told = list(dict.fromkeys(facts))
    if not all(is_of(record, subject) for subject in {fact.subject for fact in told} if subject is not None):
        what = "the facts are of a form of another subject than this record's"
        remedy = "give them to the record that the form was filled from; if it was made anew since, fill the form again"
        raise RecordError([Problem(record.name, None, what, remedy)])
    heads: dict[Head, list[Fact]] = {}
    for fact in told:
        heads.setdefault((fact.source, fact.as_of, fact.purpose), []).append(fact._replace(subject=None))
    made = record
    problems: list[Problem] = []
    for _, own in sorted(
        heads.items(), key=lambda one: [str(part or "") for part in (one[0][1], *one[0])]
    ):  # what was said last is said of the rest
        made, refused = _learn(made, own)
        problems += refused
    return replace(made, problems=tuple(dict.fromkeys((*made.problems, *problems)))) if problems else made


def _learn(record: Record, facts: Sequence[Fact]) -> tuple[Record, list[Problem]]:
    """Learn what one source says at one date: the record, and what of it is not learnt."""
    lists: Lists = {}
    reached = [(fact, *_reached(record, fact, lists)) for fact in facts]
    gathered = Gathered(record, Strangers(record, reached), lists)
    for fact in facts:
        try:
            gathered.add(fact)
        except Refused as refused:
            if not _is_learnt(record, fact):  # what was learnt may have put somebody in doubt
                gathered.refuse(refused)
    gathered.finish()
    return _joined(record, gathered.made, gathered.problems), gathered.problems


def _joined(record: Record, made: Sequence[Made], problems: list[Problem]) -> Record:
    """Join what was gathered; where that contradicts itself, what can be joined, one statement after the other."""
    try:
        return _join_more(record, made)
    except RecordError:
        found = record
        kept: list[Made] = []
        for one in made:
            try:
                found = _join_more(record, [*kept, one])
            except RecordError as error:
                known = {fault.what for fault in record.problems}
                problems += [fault for fault in error.problems if fault.what not in known]
            else:
                kept.append(one)
        return found


def _join_more(record: Record, made: Sequence[Made]) -> Record:
    statements = [*record.statements, *[statement for statement, _ in made]]
    return joined_anew(record, statements, (*record.decisions, *[one for _, decisions in made for one in decisions]))


def _reached(record: Record, fact: Fact, lists: Lists) -> tuple[Path | None, Sequence[Entity | None]]:
    try:
        return walk(record, fact, lists)
    except Refused:
        return None, ()


def _is_learnt(record: Record, fact: Fact) -> bool:
    """Whether the very same was stated at the very same path."""
    told = (fact.path, fact.value, fact.source, fact.as_of, fact.origin)
    attribute = fact.path.rpartition(".")[2]
    cells = [cell for entity in record.entities for path, cell in entity.cells.items() if path.endswith(attribute)]
    return any((f.path, f.value, f.source, f.as_of, f.origin) == told for cell in cells for f in cell.facts)
