"""The record store: what is added is read back as the same record, once, and known of all whom it speaks of."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import prefill
from prefill import Store, open_catalogue, open_store
from tests import databases

CATALOGUE = open_catalogue()
ON = date(2026, 11, 23)
SERVERS = [
    "sqlite",
    pytest.param(
        "postgresql", marks=pytest.mark.skipif(databases.binaries() is None, reason="PostgreSQL is not installed")
    ),
]


@pytest.fixture
def where(tmp_path: Path) -> str:
    return str(tmp_path / "records.db")


@pytest.fixture
def store(where: str) -> Iterator[Store]:
    with open_store(where, CATALOGUE) as opened:
        yield opened


def test_the_samples_read_back_fill_the_same_forms(store: Store) -> None:
    for form, sample in CATALOGUE.samples().items():
        record = CATALOGUE.read_record(*sample.record)
        store.add(record.statements, root=CATALOGUE.plan(form).form.subject)
    for form, sample in CATALOGUE.samples().items():
        plan, record = CATALOGUE.plan(form), CATALOGUE.read_record(*sample.record)
        filled = prefill.fill(plan, record, on=sample.on, filing=sample.filing, grant=sample.grant)
        if not filled.identity:
            continue
        again = store.record(filled.subject, filled.identity[0][1])
        assert set(map(str, record.statements)) <= set(map(str, again.statements))


def test_what_is_added_twice_is_there_once(store: Store) -> None:
    statements = CATALOGUE.read_record(*CATALOGUE.samples()["senior-card"].record).statements
    first = store.add(statements)
    assert (first.statements, first.known) == (len(statements), 0)
    again = store.add(statements)
    assert (again.statements, again.known) == (0, len(statements))
    assert len(store) == len(statements)
