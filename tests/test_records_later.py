"""The cells of those whom a record names are made when they are asked for, and are then what they would have been at once."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

import prefill
from prefill.records import Entity, Record
from tests.stores import id_of, record_of

CATALOGUE = prefill.open_catalogue()
ON = date(2026, 11, 23)


def record() -> Record:
    return CATALOGUE.record(record_of(0))


def is_made(entity: Entity) -> bool:
    try:
        object.__getattribute__(entity, "cells")
    except AttributeError:
        return False
    return True


def test_of_whom_nobody_asks_nothing_is_made() -> None:
    found = record()
    assert [entity for entity in found.entities if is_made(entity)] == []
    assert prefill.explain(found, "resident.phone", on=ON).reason == "recorded"
    assert 0 < len([entity for entity in found.entities if is_made(entity)]) < len(found.entities)


def test_many_threads_see_the_same() -> None:
    found = record()
    with ThreadPoolExecutor(8) as threads:
        told = list(
            threads.map(lambda _: [(e.last, sorted(e.cells), sorted(e.settled)) for e in found.entities], range(32))
        )
    assert all(one == told[0] for one in told)
    assert any("birth_date" in cells for _, cells, _ in told[0])  # what follows from a number is there, once
    for entity in found.entities:
        for cell in entity.cells.values():
            assert len(cell.facts) == len(set(cell.facts))


def test_a_copy_holds_all_and_what_is_not_there_is_an_error() -> None:
    entity = next(entity for entity in record().entities if entity.type == "person")
    again = pickle.loads(pickle.dumps(entity))
    assert {name: [f.value for f in c.facts if isinstance(f.value, str)] for name, c in again.cells.items()} == {
        name: [f.value for f in c.facts if isinstance(f.value, str)] for name, c in entity.cells.items()
    }
    assert id_of(0) in str(again.cells["id_number"].facts)
    with pytest.raises(AttributeError, match="no 'nonsense'"):
        _ = entity.nonsense


def test_one_who_died_is_known_to_have_died_at_once() -> None:
    told = {"source": "公安人口库", "as_of": "2026-05-01"}
    found = CATALOGUE.record(
        [told | {"resident": {"id_number": id_of(0), "death_date": "2026-01-01", "phone": "13900000001"}}]
    )
    assert [entity.ended is not None for entity in found.entities] == [True]
    filled = prefill.fill(CATALOGUE.plan(39), found, on=ON)
    assert {entry.reason for entry in filled.entries if entry.key == "phone"} == {"withheld"}
