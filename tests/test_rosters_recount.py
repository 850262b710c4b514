"""Tallies counted again by DuckDB, from what is so of invented residents and not from their records."""

from collections.abc import Iterable
from datetime import date

import duckdb
import pytest

import prefill
from prefill.rosters import Tally, count_tally
from tests.communities import ON, Resident, invent

MARRIED = "('20', '21', '22', '23')"
HEADCOUNT = """
    with people as (select *, status in ('1', '2') as here, status is null as unknown from residents where not died)
    select
      count(*) filter (here and {row} and {column}),
      count(*) filter (unknown and {row} and {column})
    from people
"""
ROWS = {
    "all": "true",
    "children": "age < 18",
    "adults": "age between 18 and 59",
    "elders": "age >= 60",
    "aged": "age >= 80",
}
COLUMNS = {"number": "true", "men": "sex = '1'", "women": "sex = '2'"}
WOMEN = """
    with women as (
      select *,
        case when status is null then null else status in ('1', '2') end as here,
        case when marriage is null then null else marriage in {married} end as married
      from residents where not died and sex = '2' and age between 15 and 49
    ),
    members as (select *, here and married as member from women where (here and married) is distinct from false)
    select
      count(*) filter (member and {row}),
      count(*) filter ((member and {row}) is null)
    from members
"""
MEASURES = {
    "women": "true",
    "pills": "contraception = '5'",
    "condoms": "contraception = '6'",
    "topical": "contraception = '7'",
    "users": "contraception in ('5', '6', '7')",
    "others": "contraception in ('1', '2', '3', '4', '9')",
    "none": "contraception = '0'",
}


def in_sql(people: Iterable[Resident]) -> duckdb.DuckDBPyConnection:
    """Put what is so of residents into a table: the birthday, and not the age, which DuckDB reckons itself."""
    database = duckdb.connect(":memory:")
    database.execute(
        "create table told (id varchar, born date, sex varchar, status varchar, died boolean, marriage varchar,"
        " contraception varchar, region varchar)"
    )
    keys = ("id", "born", "sex", "status", "died", "marriage", "contraception", "region")
    database.executemany(
        f"insert into told values ({', '.join('?' * len(keys))})", [[one.facts[key] for key in keys] for one in people]
    )
    # completed years: whole months between, by twelve
    database.execute(
        f"create table residents as select *, date_sub('month', born, date '{ON}') // 12 as age,"
        f" date_sub('month', born, date '{ON.replace(day=1)}' - 1) // 12 as age_before from told"
    )
    return database


def asked(database: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    found = database.execute(query).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def counted(count: int) -> tuple[duckdb.DuckDBPyConnection, Tally, Tally]:
    catalogue = prefill.open_catalogue()
    people = list(invent(count))
    grant = prefill.Grant("省卫健委", ["resident.fertility"], date(2026, 12, 31))
    headcount = count_tally(catalogue.tally(27), ((one.id, catalogue.record(one.statements)) for one in people), on=ON)
    women = count_tally(
        catalogue.tally(21), ((one.id, catalogue.record(one.statements)) for one in people), on=ON, grant=grant
    )
    return in_sql(people), headcount, women


@pytest.mark.parametrize("count", [1200, pytest.param(20_000, marks=pytest.mark.scale)])
def test_duckdb_counts_the_same(count: int) -> None:
    database, headcount, women = counted(count)
    for row, of_row in ROWS.items():
        for column, of_column in COLUMNS.items():
            figure = headcount[f"people.{row}.{column}"]
            assert (figure.value, figure.undecided) == asked(
                database, HEADCOUNT.format(row=of_row, column=of_column)
            ), figure.key
    for years in (60, 80):
        figure = headcount[f"changes.turned_{years}.newly"]
        of_row = f"age >= {years} and age_before < {years}"
        assert (figure.value, figure.undecided) == asked(database, HEADCOUNT.format(row=of_row, column="true"))
    assert headcount["changes.turned_80.newly"].value
    for row, of_row in MEASURES.items():
        figure = women[f"use.{row}.number"]
        assert (figure.value, figure.undecided) == asked(database, WOMEN.format(married=MARRIED, row=of_row)), row
    assert women["use.women.number"].value
    assert headcount.disagreements == women.disagreements == ()
    assert (headcount.given.records, headcount.given.repeated, headcount.given.unread) == (count, (), ())
