"""Answers that contradict each other: two for one fact, one number for two rows or two people, none and some."""

from collections.abc import Mapping
from typing import Any

from prefill.errors import Problem
from prefill.receiving.answers import fault
from prefill.receiving.asked import Asked, Spot, same
from prefill.receiving.deciding import value_of
from prefill.receiving.model import Answer
from prefill.receiving.reading import Place
from prefill.receiving.strangers import Whose, find_strangers, whose
from prefill.records.strangers import number_of
from prefill.vocabulary import EntityType, Path

__all__ = ["clashes"]


def clashes(asked: Asked, answers: Mapping[Place, Answer]) -> tuple[dict[Place, Problem], frozenset[Whose]]:
    """Find answers that say of one term something else than another answer of the same form: neither is taken.

    Gives the faults, and of whom nothing is to be learnt: a number in doubt may be that of whoever all else in the row was said of.
    """
    told: dict[tuple[str | None, str | None, str], tuple[Place, Any]] = {}
    found, strangers = find_strangers(asked, answers)
    doubted = set(strangers)
    filled_tables = {
        key.partition(".")[0] for (key, row), a in answers.items() if row is not None and a.act != "removed"
    }
    numbers = _Numbers(asked, answers)
    for place, answer in answers.items():
        spot = asked.spots[place[0]]
        taught = asked.taught(spot)
        stands = answer.origin == "auto" and answer.act not in ("confirmed", "chose")
        if answer.kind == "list" and answer.value == () and place[0] in filled_tables:
            what = "says that there are none, and its rows are answered, too"
            found[place] = fault(place, what, "take the rows out, or leave it")
        if taught is None or stands or answer.act == "removed":
            continue
        value = value_of(asked, spot, answer)
        twice = numbers.twice(spot, place, taught.path, value)
        if twice is not None:
            found[place] = fault(place, f"is the number of row {twice}, too", "find out whose it is")
            doubted.add(whose(spot, place, taught.path))
            continue
        table = spot.table.key if spot.table is not None else None
        first, held = told.setdefault((table, place[1], taught.path.text), (place, value))
        if value is None or held is None or first == place:
            continue
        if not same(taught.term.kind, value, held) and not same(taught.term.kind, held, value):
            what = f"says something else than that to '{first[0]}', which is the same fact"
            found[place] = fault(place, what, "find out which is right, and answer both alike")
            what = f"says something else than that to '{place[0]}', which is the same fact"
            found.setdefault(first, fault(first, what, "find out which is right, and answer both alike"))
    return found, frozenset(doubted)


class _Numbers:
    """Whose number stands in which row of a table: one of two with the same is somebody else."""

    def __init__(self, asked: Asked, answers: Mapping[Place, Answer]) -> None:
        self.asked = asked
        self.answers = answers
        self.rows: dict[str, dict[str, str]] = {}  # by column, the row that has a number

    def twice(self, spot: Spot, place: Place, path: Path, value: Any) -> str | None:
        """Give the other row that has this number, of those that the worker left as they are, or answered before this."""
        type_ = self.type_of(spot, path)
        number = number_of(type_, path.term.path, value) if type_ is not None and isinstance(value, str) else None
        if number is None or type_ is None or place[1] is None:
            return None
        if place[0] not in self.rows:
            self.rows[place[0]] = self.standing(spot, place[0], path, type_)
        other = self.rows[place[0]].setdefault(number, place[1])
        return other if other != place[1] else None

    def type_of(self, spot: Spot, path: Path) -> EntityType | None:
        """Give the type of a table's items, for the column of the one document that each of them has."""
        table = spot.table.table if spot.table is not None else None
        if table is None or not table.path or path.roles or path.on_link:
            return None
        type_ = self.asked.plan.vocabulary.types[str(self.asked.plan.vocabulary.path(table.path).term.to)]
        return type_ if path.term.path in type_.documents[:1] else None

    def standing(self, spot: Spot, key: str, path: Path, type_: EntityType) -> dict[str, str]:
        """Give the rows by the numbers that stand in a column and were not answered."""
        taught = self.asked.taught(spot)
        found: dict[str, str] = {}
        for (at, row), entry in self.asked.entries.items():
            if at != key or row is None or (at, row) in self.answers or entry.value is None or taught is None:
                continue
            value = taught.value(entry.value)
            number = number_of(type_, path.term.path, value) if isinstance(value, str) else None
            if number is not None:
                found.setdefault(number, row)
        return found
