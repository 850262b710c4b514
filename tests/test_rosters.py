"""Rosters and tallies: who stands in them, who is undecided and why, what is counted once, and what must agree."""

import gc
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

import prefill
from prefill.plans.rosters import RosterPlan
from prefill.plans.tallies import TallyPlan
from prefill.records import Entity
from prefill.rosters import Source, Wait, count_tally, fill_roster, list_to_json, open_figure
from tests.communities import ON, Resident, community, invent

Record = prefill.Record

ROSTER = {
    "id": "own-roster",
    "version": "1",
    "title": "示例名册",
    "agency": "示例局",
    "purpose": "示例",
    "subject": "resident",
    "delivery": "paper",
    "basis": {"document": "示例", "confidence": "low"},
    "when": {"resident.sex": "1"},
    "columns": {
        "name": {"label": "姓名", "from": "resident.name"},
        "phone": {"label": "电话", "from": "resident.phone"},
    },
}
TALLY = {
    **{key: value for key, value in ROSTER.items() if key not in ("when", "columns")},
    "id": "own-tally",
    "population": {"kind": "given", "label": "所给居民"},
    "tables": {
        "people": {
            "title": "按性别",
            "rows": {
                "all": {"label": "合计"},
                "men": {"label": "男", "when": {"resident.sex": "1"}},
                "women": {"label": "女", "when": {"resident.sex": "2"}},
            },
            "columns": {"number": {"label": "人数", "unit": "人"}},
            "totals": {"all": ["men", "women"]},
        }
    },
}


@cache
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


@cache
def residents(count: int) -> tuple[Resident, ...]:
    return tuple(invent(count))


@cache
def records(count: int) -> tuple[tuple[str, Record], ...]:
    return tuple((one.id, catalogue().record(one.statements)) for one in residents(count))


def said(source: str = "社区网格", as_of: str = "2026-10-12", **facts: Any) -> dict[str, Any]:
    return {"source": source, "as_of": as_of, "resident": facts}


def one(*statements: dict[str, Any]) -> Record:
    return catalogue().record(list(statements))


def roster(tmp_path: Path, **changed: Any) -> RosterPlan:
    file = tmp_path / f"roster-{next(NUMBERS)}.yaml"
    file.write_text(yaml.safe_dump({**ROSTER, **changed}, allow_unicode=True), encoding="utf-8")
    return catalogue().roster(file)


def tally(tmp_path: Path, **changed: Any) -> TallyPlan:
    file = tmp_path / f"tally-{next(NUMBERS)}.yaml"
    file.write_text(yaml.safe_dump({**TALLY, **changed}, allow_unicode=True), encoding="utf-8")
    return catalogue().tally(file)


def grant(*terms: str, agency: str = "示例局") -> prefill.Grant:
    return prefill.Grant(agency, terms, date(2026, 12, 31))


NUMBERS = count()
MAN, WOMAN = "420112195003150031", "420112195003150023"


# ── who stands in it ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_aged_allowance_lists_just_those_of_80_and_over_who_are_registered_in_the_city_and_live() -> None:
    made = fill_roster(catalogue().roster(30), records(1500), on=ON)
    wanted = {
        one.id
        for one in residents(1500)
        if one.facts["age"] >= 80 and one.facts["region"].startswith("4201") and not one.facts["died"]
    }
    assert {row.subject for row in made.rows} == wanted
    assert len(wanted) > 50
    assert made.undecided == ()
    assert made.given.outside == 1500 - len(wanted)
    assert [row.number for row in made.rows] == list(range(1, len(wanted) + 1))


def test_every_cell_says_where_it_comes_from_or_why_it_is_left_to_the_worker() -> None:
    made = fill_roster(catalogue().roster(30), records(300), on=ON)
    for row in made:
        assert [entry.key for entry in row.cells] == [column.key for column in made.columns]
        assert all(bool(entry.facts) == (entry.status in ("known", "confirm")) for entry in row.cells)
        assert {entry.reason for entry in row.cells if entry.key in ("amount", "alive")} == {"each-time"}
        assert {fact.path for fact in row.why} == {"resident.id_number", "resident.hukou.region"}
        assert all(fact.source and fact.as_of for fact in row.why)
    changes = {row.subject: row.cells[9].text for row in made}
    born = {one.id: one.facts["born"] for one in residents(300)}
    assert {id for id, text in changes.items() if text == "满80周岁"} == {
        id for id in changes if (born[id].year, born[id].month) == (1946, 10)
    }


def test_rows_are_sorted_by_columns_and_those_without_a_value_come_last(tmp_path: Path) -> None:
    plan = roster(tmp_path, when={"resident.name": {"known": True}}, sort=["-phone"])
    people = [
        ("a", one(said(id_number=MAN, name="王示例", phone="13900000001"))),
        ("b", one(said(id_number=WOMAN, name="李示例"))),
        ("c", one(said(id_number="420112198508169962", name="苗示例", phone="13900000003"))),
    ]
    assert [row.subject for row in fill_roster(plan, people, on=ON)] == ["c", "a", "b"]


# ── who is undecided ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_undecided_stands_apart_with_what_it_waits_for_and_why(tmp_path: Path) -> None:
    plan = roster(tmp_path, when={"resident.residence.status": "1", "resident.death_date": {"known": False}})
    people = [
        ("in", one(said(id_number=MAN, residence={"status": "1"}))),
        ("out", one(said(id_number=WOMAN, residence={"status": "2"}))),
        ("stale", one(said(as_of="2024-01-01", id_number="420112198508169962", residence={"status": "1"}))),
        ("silent", one(said(id_number="420106199304299981", name="梅样本"))),
        (
            "two",
            one(
                said(id_number="420112197902259961", residence={"status": "1"}),
                said("武汉微邻里", "2026-10-12", id_number="420112197902259961", residence={"status": "2"}),
            ),
        ),
        (
            "dead",
            one(said("公安人口库", id_number="420106199111309979", residence={"status": "1"}, death_date="2026-01-01")),
        ),
    ]
    made = fill_roster(plan, people, on=ON)
    assert [row.subject for row in made] == ["in"]
    assert {row.subject: row.waits_for for row in made.undecided} == {
        "stale": (Wait("resident.residence.status", "stale"),),
        "silent": (Wait("resident.residence.status", "not-recorded"),),
        "two": (Wait("resident.residence.status", "disputed"),),
    }
    assert made.given.outside == 2


def test_who_would_be_decided_by_a_fact_that_the_agency_may_not_have_is_only_counted(tmp_path: Path) -> None:
    plan = roster(tmp_path, when={"resident.disability.level": ["1", "2"], "resident.sex": "1"})
    people = [
        ("a", one(said("残疾人信息库", id_number=MAN, sex="1", disability={"card_no": f"{MAN}11"}))),
        ("b", one(said("残疾人信息库", id_number=WOMAN, sex="2", disability={"card_no": f"{WOMAN}11"}))),
        ("c", one(said(passport_no="E12345678"))),
    ]
    without = fill_roster(plan, people, on=ON)
    assert (len(without), without.given.withheld, without.given.outside) == (0, 1, 1)
    assert [row.subject for row in without.undecided] == ["c"]  # of her a worker can tell something
    assert without.disclosed == ()
    told = json.loads(list_to_json(without))
    assert told["given"]["withheld"] == 1
    assert MAN not in list_to_json(without)
    granted = fill_roster(plan, people, on=ON, grant=grant("resident.disability"))
    assert ("resident.disability.level", "残疾人信息库", 1) in granted.disclosed
    other = fill_roster(plan, people, on=ON, grant=grant("resident.disability", agency="另一局"))
    assert len(other) == 0
    late = fill_roster(
        plan, people, on=ON, filing=prefill.Filing(today=date(2027, 1, 1)), grant=grant("resident.disability")
    )
    assert len(late) == 0
    assert [row.subject for row in granted] == ["a"]
    twin = ("a again", one(said(id_number=MAN, sex="1", disability={"level": "1"}, phone="13900000001")))
    twice = fill_roster(plan, [people[0], twin], on=ON)
    assert (len(twice), len(twice.undecided), twice.given.withheld) == (0, 0, 1)


def test_a_death_before_the_cut_off_that_was_told_after_it_leaves_undecided_and_one_after_it_does_not() -> None:
    def aged(number: int, died: str | None) -> Record:
        known: dict[str, Any] = {"passport_no": f"E1234567{number}"}
        register = said("公安人口库", "2026-05-01", **known, birth_date="1940-03-15", hukou={"region": "420112"})
        home = said(as_of="2026-10-12", **known, residence={"status": "1"})
        later = said("公安人口库", "2026-11-20", **known, death_date=died)
        return one(register, home, *([later] if died else []))

    people = [
        ("lives", aged(1, None)),
        ("died in the month", aged(2, "2026-10-20")),
        ("died on the last day", aged(3, "2026-10-31")),
        ("died after it", aged(4, "2026-11-01")),
        ("some day of that year", aged(5, "2026")),
    ]
    made = fill_roster(catalogue().roster(30), people, on=ON)
    assert {row.subject for row in made} == {"lives", "died after it"}
    assert {row.waits_for for row in made.undecided} == {(Wait("resident.death_date", "disputed"),)}
    assert len(made.undecided) == 3
    counted = count_tally(catalogue().tally(27), people, on=ON)
    assert (counted.counted, len(counted.undecided)) == (2, 3)
    rows = open_figure(catalogue().tally(27), people, "people.aged.number", on=ON)
    assert (len(rows), len(rows.undecided)) == (2, 3)


def test_what_the_law_guards_is_told_with_its_source_and_how_many_and_never_a_value() -> None:
    made = fill_roster(catalogue().roster(9), records(300), on=ON)
    assert {path for path, _, _ in made.disclosed} >= {"resident.disability.card_no"}
    assert not [path for path, _, _ in made.disclosed if path == "resident.disability.level"]
    assert {n for path, _, n in made.disclosed if path == "resident.disability.card_no"} == {len(made)}
    plan, leave = catalogue().tally(21), prefill.Grant("省卫健委", ["resident.fertility"], date(2026, 12, 31))
    without, counted = (count_tally(plan, records(300), on=ON, grant=one) for one in (None, leave))
    assert "resident.fertility.contraception" in {path for path, _, _ in counted.disclosed}
    assert "resident.fertility.contraception" not in {path for path, _, _ in without.disclosed}


def test_one_who_died_is_undecided_where_the_roster_does_not_ask_for_the_living(tmp_path: Path) -> None:
    dead = one(said("公安人口库", id_number=MAN, name="王示例", sex="1", death_date="2026-01-01"))
    made = fill_roster(roster(tmp_path), [("dead", dead)], on=ON)
    assert (len(made), [wait.reason for row in made.undecided for wait in row.waits_for]) == (0, ["withheld"])


def test_a_date_of_birth_that_is_less_exact_decides_only_what_each_day_of_it_would(tmp_path: Path) -> None:
    plan = roster(tmp_path, when={"resident.age": {"at_least": 80}})
    born = ("1946-10", "1946-11", "1946")
    people = [(day, one(said(passport_no=f"E1234567{number}", birth_date=day))) for number, day in enumerate(born)]
    made = fill_roster(plan, people, on=ON)
    assert [row.subject for row in made] == ["1946-10"]
    assert [row.subject for row in made.undecided] == ["1946"]
    assert made.given.outside == 1


# ── once, and named ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_subject_that_is_given_twice_is_counted_once_and_named(tmp_path: Path) -> None:
    man = said(id_number=MAN, name="王示例", sex="1")
    people = [("a", one(man)), ("b", one(said(id_number=WOMAN, sex="2"))), ("a again", one(man))]
    made = fill_roster(roster(tmp_path), people, on=ON)
    assert [row.subject for row in made] == ["a"]
    assert made.given.repeated == (("a again", "a", True),)
    counted = count_tally(tally(tmp_path), people, on=ON)
    assert [figure.value for figure in counted.figures.values()] == [2, 1, 1]
    assert counted.given.repeated == (("a again", "a", True),)


def test_one_given_twice_with_two_stories_is_guessed_into_no_row_and_no_figure(tmp_path: Path) -> None:
    people = [
        ("a", one(said(passport_no="E12345678", sex="1", name="王示例"))),
        ("a again", one(said(passport_no="E12345678", sex="2", name="王示例"))),
    ]
    for given in (people, people[::-1]):
        made = fill_roster(roster(tmp_path), given, on=ON)
        assert (len(made), len(made.undecided), made.given.repeated[0].same) == (0, 1, False)
        assert made.undecided[0].waits_for == (Wait("record", "disputed"),)
        counted = count_tally(tally(tmp_path), given, on=ON)
        assert [(figure.value, figure.undecided) for figure in counted.figures.values()] == [(1, 0), (0, 1), (0, 1)]
        assert counted.open("people.men.number").undecided[0].waits_for == (Wait("record", "disputed"),)


def test_cells_that_two_records_of_one_subject_tell_differently_are_disputed(tmp_path: Path) -> None:
    people = [
        ("a", one(said(id_number=MAN, name="王示例", phone="13900000001"))),
        ("b", one(said(id_number=MAN, name="王示例", phone="13900000002"))),
    ]
    made = fill_roster(roster(tmp_path), people, on=ON)
    name, phone = made.rows[0].cells
    assert (name.status, name.text) == ("known", "王示例")
    assert (phone.reason, phone.value, [other.text for other in phone.others]) == (
        "disputed",
        None,
        ["13900000001", "13900000002"],
    )


def test_a_dispute_is_not_settled_by_a_second_record_and_silence_contradicts_nobody(tmp_path: Path) -> None:
    ours = said(id_number=MAN, name="王示例", phone="13900000001")
    theirs = said("武汉市网格化综合管理信息系统", id_number=MAN, name="王示例", phone="13900000002")
    none = {**said(id_number=MAN, name="王示例"), "not_applicable": ["resident.phone"]}
    silent = said(id_number=MAN, name="王示例")
    for other, reason in (((ours, theirs), "disputed"), ((none,), "disputed"), ((silent,), "recorded")):
        for people in ([("a", one(*other)), ("b", one(ours))], [("b", one(ours)), ("a", one(*other))]):
            phone = fill_roster(roster(tmp_path), people, on=ON).rows[0].cells[1]
            assert (phone.reason, phone.value) == (reason, "13900000001" if reason == "recorded" else None)


def test_two_subjects_that_a_later_record_shows_to_be_one_are_one(tmp_path: Path) -> None:
    people = [
        ("by number", one(said(id_number=MAN, sex="1"))),
        ("by passport", one(said(passport_no="E12345678", sex="1"))),
        ("both", one(said(id_number=MAN, passport_no="E12345678", sex="1"))),
    ]
    counted = count_tally(tally(tmp_path), people, on=ON)
    assert counted["people.all.number"].value == 1
    assert sorted(repeated.subject for repeated in counted.given.repeated) == ["both", "by passport"]
    assert len(fill_roster(roster(tmp_path), people, on=ON)) == 1


def test_15_and_18_digits_are_one_number(tmp_path: Path) -> None:
    people = [("18", one(said(id_number="420112195003150031"))), ("15", one(said(id_number="420112500315003")))]
    assert count_tally(tally(tmp_path), people, on=ON)["people.all.number"].value == 1


def test_who_has_no_document_is_counted_and_said_to_be_untold_from_others(tmp_path: Path) -> None:
    counted = count_tally(tally(tmp_path), [one(said(sex="1")), one(said(sex="1"))], on=ON)
    assert counted["people.men.number"].value == 2
    assert counted.given.unidentified == ("1", "2")


def test_a_record_of_something_else_is_set_aside_and_the_rest_is_done(tmp_path: Path) -> None:
    shop = catalogue().record([{"source": "市场监管登记", "as_of": "2026-10-12", "organisation": {"name": "示例商行"}}])
    unread = prefill.RecordError([prefill.Problem("x.jsonl", 3, "broken JSON", "mend it")])
    given: list[Source] = [("1", one(said(id_number=MAN, sex="1"))), ("2", shop), ("3", unread)]
    counted = count_tally(tally(tmp_path), given, on=ON)
    assert counted["people.all.number"].value == 1
    assert (counted.given.records, [one.what for one in counted.given.unread]) == (
        3,
        ["a record of no resident", "broken JSON"],
    )
    assert counted.given.unread[0].where == f"{shop.name}: 2"
    assert len(fill_roster(roster(tmp_path), given, on=ON)) == 1


def test_records_are_gone_through_once_and_never_held() -> None:
    alive: list[int] = []

    def stream() -> Iterator[Source]:
        for resident in residents(300):
            yield resident.id, catalogue().record(resident.statements)
            if int(resident.id) % 100 == 0:
                alive.append(sum(isinstance(thing, Entity) for thing in gc.get_objects()))

    count_tally(catalogue().tally(27), stream(), on=ON)
    fill_roster(catalogue().roster(30), stream(), on=ON)
    assert max(alive) - alive[0] < 30


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_order_of_records_changes_no_figure() -> None:
    given = list(records(400))
    random.Random(1).shuffle(given)
    first = count_tally(catalogue().tally(27), records(400), on=ON)
    other = count_tally(catalogue().tally(27), given, on=ON)
    assert first.figures == other.figures
    assert {one.subject for one in first.undecided} == {one.subject for one in other.undecided}


def test_a_figure_opens_to_the_subjects_behind_it_and_to_a_roster_of_them() -> None:
    plan = catalogue().tally(27)
    made = count_tally(plan, records(400), on=ON)
    for key, figure in made.figures.items():
        opened = made.open(key)
        assert (len(opened.subjects), len(opened.undecided)) == (figure.subjects, figure.undecided)
        rows = open_figure(plan, records(400), key, on=ON)
        assert {row.subject for row in rows.rows} == set(opened.subjects)
        assert {row.subject: row.waits_for for row in rows.undecided} == dict(opened.undecided)
        assert all(row.why for row in rows)
    with pytest.raises(KeyError):
        made.open("people.nobody.number")


def test_sums_are_exact_and_who_lacks_what_is_summed_is_counted_apart(tmp_path: Path) -> None:
    table = {
        "title": "赡养费",
        "rows": {"all": {"label": "合计"}, "men": {"label": "男", "when": {"resident.sex": "1"}}},
        "columns": {
            "number": {"label": "人数"},
            "cards": {"label": "补办次数", "sum": "resident.elder_card.reissue_count"},
        },
    }
    plan = tally(tmp_path, tables={"cards": table})
    people = [
        ("a", one(said(id_number=MAN, sex="1", elder_card={"reissue_count": 2}))),
        ("b", one(said(id_number=WOMAN, sex="2", elder_card={"reissue_count": 5}))),
        ("c", one(said(id_number="420112198508169962", sex="2"))),
        (
            "d",
            one(
                {
                    **said(id_number="420106199304299981", sex="2"),
                    "not_applicable": ["resident.elder_card.reissue_count"],
                }
            ),
        ),
    ]
    made = count_tally(plan, people, on=ON)
    assert (made["cards.all.number"].value, made["cards.all.cards"].value, made["cards.men.cards"].value) == (4, 7, 2)
    assert (made["cards.all.cards"].subjects, made["cards.all.cards"].undecided) == (2, 1)
    assert made["cards.all.cards"].unit == "次"
    assert made.open("cards.all.cards").undecided == (
        ("c", (Wait("resident.elder_card.reissue_count", "not-recorded"),)),
    )


def test_a_share_is_told_only_while_nobody_is_undecided(tmp_path: Path) -> None:
    rows = {**TALLY["tables"]["people"]["rows"], "share": {"label": "男性占比", "share": {"of": "men", "to": "all"}}}  # type: ignore[index]
    plan = tally(tmp_path, tables={"people": {**TALLY["tables"]["people"], "rows": rows}})  # type: ignore[index]
    people = [
        ("a", one(said(id_number=MAN, sex="1"))),
        ("b", one(said(id_number=WOMAN, sex="2"))),
        ("c", one(said(id_number="420112198508169962", sex="2"))),
    ]
    assert count_tally(plan, people, on=ON)["people.share.number"].value == Decimal("33.33")
    unknown = count_tally(plan, [*people, ("d", one(said(passport_no="E12345678")))], on=ON)["people.share.number"]
    assert (unknown.value, unknown.text, unknown.undecided) == (None, "", 1)
    assert count_tally(plan, [], on=ON)["people.share.number"].value is None


@pytest.mark.parametrize(
    "born",
    [date(1944, 2, 29), date(1946, 1, 31), date(1946, 2, 28), date(1946, 10, 31), date(1946, 12, 31), date(1947, 1, 1)]
    + [date(1945, 1, 1) + timedelta(days=83 * n) for n in range(12)],
    ids=date.isoformat,
)
def test_who_turns_80_is_in_the_change_of_exactly_one_month(born: date) -> None:
    plan, within = catalogue().tally(27), []
    for year, month in [(year, month) for year in range(2024, 2028) for month in range(1, 13)]:
        end = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
        facts: dict[str, Any] = {
            "passport_no": "E12345678",
            "birth_date": born.isoformat(),
            "residence": {"status": "1"},
        }
        made = count_tally(plan, [one(said(as_of=end.isoformat(), **facts))], on=end)
        within += [end] if made["changes.turned_80.newly"].value else []
        assert made["people.aged.number"].value == len(within)  # 80 and over from that month on
    assert len(within) == 1


def test_a_month_is_spoken_for_on_its_last_day_alone() -> None:
    with pytest.raises(prefill.RecordError, match="2026-10-31"):
        count_tally(catalogue().tally(27), [], on=date(2026, 10, 30))
    with pytest.raises(prefill.RecordError, match="2026-02-28"):
        fill_roster(catalogue().roster(30), [], on=date(2026, 2, 1))


# ── what must agree ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def disagreeing(tmp_path: Path, **rows: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    table = {
        "title": "按年龄",
        "rows": {"all": {"label": "合计"}, **rows},
        "columns": {"number": {"label": "人数"}},
        "totals": {"all": list(rows)},
    }
    plan = tally(tmp_path, ages="completed-years", tables={"ages": table})
    people = [
        (str(age), one(said(passport_no=f"E{age:08d}", birth_date=f"{2026 - age}-01-01"))) for age in (10, 18, 60, 70)
    ]
    return [(one.fault, one.total, one.subjects) for one in count_tally(plan, people, on=ON).disagreements]


def ages(**limits: int) -> dict[str, Any]:
    return {"label": "岁", "when": {"resident.age": limits}}


def test_totals_that_do_not_agree_are_named_with_the_subjects_behind_it(tmp_path: Path) -> None:
    assert disagreeing(tmp_path, young=ages(under=60), old=ages(at_least=60)) == []
    assert disagreeing(tmp_path, young=ages(at_most=60), old=ages(at_least=60)) == [("twice", "ages.all", ("60",))]
    assert disagreeing(tmp_path, young=ages(under=60), old=ages(over=60)) == [("left-out", "ages.all", ("60",))]
    # what is twice and what is left out do not make up for one another
    both = disagreeing(tmp_path, young=ages(under=60), adults=ages(at_least=18, under=70))
    assert both == [("twice", "ages.all", ("18",)), ("left-out", "ages.all", ("70",))]


def test_a_part_that_is_not_in_its_total_is_named(tmp_path: Path) -> None:
    table = {
        "title": "按年龄",
        "rows": {"all": ages(under=70), "young": ages(under=60), "old": ages(at_least=60)},
        "columns": {"number": {"label": "人数"}},
        "totals": {"all": ["young", "old"]},
    }
    plan = tally(tmp_path, ages="completed-years", tables={"ages": table})
    people = [("70", one(said(passport_no="E12345678", birth_date="1956-01-01")))]
    assert [(one.fault, one.subjects) for one in count_tally(plan, people, on=ON).disagreements] == [
        ("outside", ("70",))
    ]


def test_figures_that_are_to_be_equal_and_are_not_are_named(tmp_path: Path) -> None:
    tables = {
        **TALLY["tables"],  # type: ignore[dict-item]
        "men": {
            "title": "男",
            "when": {"resident.sex": "1"},
            "rows": {"all": {"label": "合计"}},
            "columns": {"number": {"label": "人数"}},
        },
    }
    people = [("a", one(said(id_number=MAN, sex="1"))), ("b", one(said(id_number=WOMAN, sex="2")))]
    plan = tally(tmp_path, tables=tables, agree=[["people.all.number", "men.all.number"]])
    wrong = count_tally(plan, people, on=ON).disagreements
    assert [(one.fault, one.total, one.parts, one.subjects) for one in wrong] == [
        ("unequal", "people.all.number", ("men.all.number",), ("b",))
    ]
    plan = tally(tmp_path, tables=tables, agree=[["people.men.number", "men.all.number"]])
    assert count_tally(plan, people, on=ON).disagreements == ()


def test_who_is_undecided_in_a_part_breaks_no_total(tmp_path: Path) -> None:
    made = count_tally(tally(tmp_path), [("a", one(said(passport_no="E12345678")))], on=ON)
    assert [(figure.value, figure.undecided) for figure in made.figures.values()] == [(1, 0), (0, 1), (0, 1)]
    assert made.disagreements == ()


# ── the head, and JSON ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_head_is_filled_from_the_community_and_the_act_of_filling() -> None:
    about, filing = catalogue().record(community()), prefill.Filing(worker="示例员")
    made = fill_roster(catalogue().roster(30), [], on=ON, about=about, filing=filing)
    assert [(entry.key, entry.text) for entry in made.head] == [
        ("unit", "示例社区"),
        ("street", "示例街道"),
        ("keeper", "示例员"),
        ("filled", "2026年10月31日"),
    ]
    assert fill_roster(catalogue().roster(30), [], on=ON).head[0].reason == "not-recorded"


def test_json_tells_all_and_is_the_same_for_the_same_records() -> None:
    made = count_tally(catalogue().tally(27), records(200), on=ON)
    text = list_to_json(made)
    assert text == list_to_json(count_tally(catalogue().tally(27), records(200), on=ON))
    told = json.loads(text)
    assert told["stated"] == {
        "population": "actual",
        "label": "实有人口（实际居住在本社区的居民，含流入，不含户在人不在）",
        "ages": "completed-years",
        "cut_off": "2026-10-31",
        "period": "month",
    }
    for table in told["tables"]:
        for figure in table["figures"]:
            behind = [s for group in told["groups"] if figure["key"] in group["figures"] for s in group["subjects"]]
            waiting = [s for group in told["groups"] if figure["key"] in group["undecided"] for s in group["subjects"]]
            assert (len(behind), len(waiting)) == (figure["subjects"], figure["undecided"])
    roster_told = json.loads(list_to_json(fill_roster(catalogue().roster(30), records(200), on=ON)))
    assert [row["number"] for row in roster_told["rows"]] == list(range(1, len(roster_told["rows"]) + 1))
    assert {cell["status"] for row in roster_told["rows"] for cell in row["cells"]} <= {"known", "confirm", "new"}
