"""Kinds of value: what they read, refuse and print. The plain cases stand in kinds.yaml."""

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from stdnum.cn import ric, uscc

from prefill.kinds import KINDS, CodeList, Unreadable, id_18, id_birth_date, id_sex, read, show

SEX = CodeList("sex", "性别", "GB/T 2261.1", "high", {"0": "未知的性别", "1": "男性", "2": "女性", "9": "未说明的性别"})
NATION = CodeList("nation", "民族", "GB/T 3304", "high", {"01": "汉族", "03": "回族", "97": "其他"})
HEALTH = CodeList(
    "health", "健康状况", "GB/T 2261.3", "high", {"1": "健康或良好", "10": "健康或良好", "2": "一般或较弱"}
)
INDUSTRY = CodeList("industry", "行业", "GB/T 4754", "high", {}, external=True, pattern="[0-9]{4}")
RIVERS = CodeList("rivers", "河湖名录", None, None, {}, external=True)

CASES: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text("utf-8"))
LISTS = {kind: CodeList(kind, "", None, None, **case["options"]) for kind, case in CASES.items() if "options" in case}
ILLNESS, ALLERGY = LISTS["multi_code"], LISTS["bool"]
READS = [(kind, raw, meant) for kind, case in CASES.items() for raw, meant in case["reads"]]
REFUSES = [(kind, raw) for kind, case in CASES.items() for raw in case["refuses"]]
DECIMALS = ("decimal", "money")

NOTHING: list[object] = [
    *("", " ", "\u3000", "\t\n", "\ufeff", "null", "NULL", "None", "nan", "N/A", "n/a", "#N/A"),
    *(
        "-",
        "－",
        "——",
        "/",
        "／",
        "--",
        "…",
        "不详",
        "未知",
        "不清楚",
        "暂无",
        "（空）",
        "00000000",
        "0000-00-00",
        "未取名",
    ),
    *("00000000", "0000-00-00", None, float("nan"), Decimal("NaN")),
]


def test_each_kind_has_its_cases() -> None:
    assert set(CASES) == set(KINDS)
    assert all(name == kind.name for name, kind in KINDS.items())
    precise = {name: kind.precision for name, kind in KINDS.items() if kind.precision}
    assert precise == {"date": 10, "year_month": 7, "year": 4, "datetime": 16}


@pytest.mark.parametrize("kind, raw, meant", READS)
def test_reads_what_exports_hold(kind: str, raw: object, meant: Any) -> None:
    value = Decimal(meant) if kind in DECIMALS else tuple(meant) if isinstance(meant, list) else meant
    codes = LISTS.get(kind)
    got = read(kind, raw, codes)
    assert got == value
    assert type(got) is type(value)
    assert read(kind, show(kind, value, codes), codes) == value
    assert read(kind, value, codes) == value


@pytest.mark.parametrize("kind, raw", REFUSES)
def test_refuses_what_does_not_fit(kind: str, raw: object) -> None:
    with pytest.raises(Unreadable) as caught:
        read(kind, raw, LISTS.get(kind))
    assert len(str(raw)) < 3 or str(raw) not in str(caught.value)


@pytest.mark.parametrize(
    "kind, raw, meant",
    [
        ("decimal", Decimal("1E+3"), Decimal(1000)),
        ("integer", Decimal("3.0"), 3),
        ("date", dt.date(1950, 3, 15), "1950-03-15"),
        ("date", dt.datetime.fromisoformat("1950-03-15T00:00"), "1950-03-15"),
        ("date", dt.date(1, 1, 1), None),
        ("year_month", dt.date(1950, 3, 1), "1950-03"),
        ("datetime", dt.datetime.fromisoformat("2026-11-23T09:30"), "2026-11-23T09:30"),
        ("datetime", dt.datetime(2026, 11, 23, 1, 30, tzinfo=dt.UTC), "2026-11-23T09:30"),
    ],
)
def test_reads_python_objects(kind: str, raw: object, meant: object) -> None:
    assert read(kind, raw) == meant


@pytest.mark.parametrize(
    "kind, raw",
    [
        ("text", b"abc"),
        ("text", "\ud800"),
        ("long_text", "长" * 100_001),
        ("integer", float("inf")),
        ("integer", "1" * 5000),
        ("decimal", 1e300),
        ("decimal", Decimal("Infinity")),
        ("decimal", Decimal("1E+400")),
        ("date", dt.time(9, 30)),
        ("id_number", Decimal("420112195003150041")),
        ("file", b"\x89PNG"),
    ],
)
def test_refuses_other_objects(kind: str, raw: object) -> None:
    with pytest.raises(Unreadable):
        read(kind, raw)


@pytest.mark.parametrize("raw", NOTHING, ids=repr)
@pytest.mark.parametrize("kind", KINDS)
def test_a_placeholder_is_no_value(kind: str, raw: object) -> None:
    nothing = 0 if raw == "00000000" and kind in ("integer", *DECIMALS) else None
    assert read(kind, raw, LISTS.get(kind)) == nothing
    assert read(kind, raw) == nothing


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"bool", "code", "multi_code"}))
def test_that_there_is_none_is_no_value(kind: str) -> None:
    assert read(kind, "无") is None


@pytest.mark.parametrize("raw", ["0", "000000", "0000-00-00 00:00:00", "0001-01-01T00:00:00", "0001/1/1 0:00:00"])
def test_a_date_of_zeros_is_no_value(raw: str) -> None:
    assert read("date", raw) is None
    assert read("datetime", raw) is None


# -- codes --------------------------------------------------------------------------------------------


def test_a_short_label_is_its_only_long_one() -> None:
    assert [read("code", raw, SEX) for raw in ("男", "女", "男性", "1.男", "2 女性")] == [
        "1",
        "2",
        "1",
        "1",
        "2",
    ]
    assert [read("code", raw, NATION) for raw in ("汉", "汉族", "回", "01", "01汉族")] == [
        "01",
        "01",
        "03",
        "01",
        "01",
    ]
    assert read("code", "汉族", CodeList("n", "", None, None, {"1": "汉"})) == "1"


def test_a_label_that_occurs_twice_is_ambiguous() -> None:
    assert HEALTH.code_of("健康或良好") is None
    assert read("code", "10", HEALTH) == "10"
    assert show("code", "10", HEALTH) == "健康或良好"
    with pytest.raises(Unreadable):
        read("code", "健康或良好", HEALTH)


def test_a_text_that_is_one_code_and_another_label_is_ambiguous() -> None:
    bands = CodeList("bands", "", None, None, {"1": "100", "100": "1000"})
    assert bands.code_of("100") is None
    assert bands.code_of("1") == "1"


def test_a_code_and_its_label_together() -> None:
    income = CodeList("income", "", None, None, {"1": "2000以下", "2": "2000-3000"})
    assert [read("code", raw, income) for raw in ("1 2000以下", "（2）2000-3000", "2、2000-3000")] == [
        "1",
        "2",
        "2",
    ]
    for raw in ("12000以下", "1 2000-3000", "3 2000以下"):
        with pytest.raises(Unreadable):
            read("code", raw, income)


def test_a_number_is_a_code_only_without_doubt() -> None:
    assert read("code", 97, NATION) == "97"
    for raw, codes in ((1, NATION), (1, CodeList("z", "", None, None, {"1": "甲", "01": "乙"}))):
        with pytest.raises(Unreadable):
            read("code", raw, codes)


def test_external_lists_take_what_they_do_not_hold() -> None:
    assert read("code", "８０１０", INDUSTRY) == "8010"
    assert show("code", "8010", INDUSTRY) == "8010"
    assert read("code", "径河", RIVERS) == "径河"
    assert read("code", "不详", RIVERS) is None
    with pytest.raises(Unreadable):
        read("code", "801", INDUSTRY)


def test_explicitly_none() -> None:
    assert read("multi_code", [], CodeList("x", "", None, None, {"1": "甲"})) == ()
    assert show("multi_code", ()) == "无"
    assert read("multi_code", "", ILLNESS) is None
    assert read("multi_code", [None], ILLNESS) is None


def test_a_text_that_can_be_cut_in_two_ways_is_refused() -> None:
    codes = CodeList("x", "", None, None, {"1": "甲、乙", "2": "甲", "3": "乙", "4": "丙"})
    with pytest.raises(Unreadable, match="different options"):
        read("multi_code", "甲、乙、丙", codes)
    assert read("multi_code", "甲、丙", codes) == ("2", "4")


def test_groups() -> None:
    marital = CodeList(
        "marital",
        "",
        None,
        None,
        {},
        groups={"20": ("21", "22", "20"), "22": ("221",), "a": ("b",), "b": ("a",)},
    )
    assert marital.in_group("20", "20")
    assert marital.in_group("221", "20")
    assert not marital.in_group("20", "21")
    assert not marital.in_group("c", "a")


def test_yes_and_no_print_as_their_list_says() -> None:
    assert [show("bool", flag) for flag in (True, False)] == ["是", "否"]
    assert [show("bool", flag, ALLERGY) for flag in (True, False)] == ["有", "无"]
    for raw in ("1", "0", 1, 0):
        with pytest.raises(Unreadable):
            read("bool", raw)


def test_a_unit_is_read_only_where_it_is_the_fields() -> None:
    assert read("money", "￥1,200.00元", unit="元") == 1200
    assert read("decimal", "89.5 平方米", unit="㎡") == Decimal("89.5")
    assert read("decimal", "65kg", unit="公斤") == 65
    assert read("integer", "3", unit="人") == 3
    for raw, unit in (("1200元", "千元"), ("1.2万元", "元"), ("65kg", "cm"), ("¥3", "万元")):
        with pytest.raises(Unreadable):
            read("decimal", raw, unit=unit)


# -- ID numbers ---------------------------------------------------------------------------------------


def id_number(first17: str) -> str:
    return first17 + ric.calc_check_digit(first17 + "0")


def test_every_day_of_420112_from_1930_to_2024() -> None:
    day = dt.date(1930, 1, 1)
    while day.year < 2025:
        sequence = day.toordinal() % 995
        number = id_number(f"420112{day:%Y%m%d}{sequence:03d}")
        assert read("id_number", number) == number
        assert id_birth_date(number) == day.isoformat()
        assert id_sex(number) == ("1" if sequence % 2 else "2")
        if day.year < 2000:
            old = number[:6] + number[8:17]
            assert read("id_number", old) == old
            assert (id_18(old), id_birth_date(old), id_sex(old)) == (number, day.isoformat(), id_sex(number))
        day += dt.timedelta(days=1)


def test_those_over_a_hundred_keep_their_century() -> None:
    assert id_birth_date("420112850315997") == "1885-03-15"
    assert id_18("420112850315997")[:14] == "42011218850315"


@pytest.mark.parametrize("bad", ["", "abc", "420112500230004", "42011219500315004"])
def test_what_is_no_id_number_says_nothing(bad: str) -> None:
    for ask in (id_birth_date, id_sex, id_18):
        with pytest.raises(Unreadable):
            ask(bad)


def test_check_digits_are_those_of_python_stdnum() -> None:
    dice = random.Random(1)
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for _ in range(300):
        first17 = f"420112{dice.randrange(1930, 2025)}0315{dice.randrange(1000):03d}"
        right = ric.calc_check_digit(first17 + "0")
        code = "".join((*dice.choices("159AGNY", k=1), "1420112", *dice.choices(letters, k=9)))
        for kind, first, check in (
            ("id_number", first17, right),
            ("uscc", code, uscc.calc_check_digit(code)),
        ):
            assert read(kind, first + check) == first + check
            for wrong in set("0123456789X") - {check}:
                with pytest.raises(Unreadable):
                    read(kind, first + wrong)
