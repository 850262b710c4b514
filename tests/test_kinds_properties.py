"""Kinds of value for any input: a value that reads back from what a form prints, or a silent refusal."""

import ast
import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from prefill import kinds
from prefill.kinds import KINDS, CodeList, Unreadable, Value, read, show

CASES: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text("utf-8"))
LISTS = {kind: CodeList(kind, "", None, None, **case["options"]) for kind, case in CASES.items() if "options" in case}
ID = "42011219500315004X"

han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
dates = st.dates(dt.date(1000, 1, 1), dt.date(2199, 12, 31)).map(dt.date.isoformat)
FIRST, LAST = (dt.datetime.fromisoformat(day) for day in ("1000-01-01", "2199-12-31"))
numbers = st.decimals(-(10**12), 10**12, places=4, allow_nan=False)
values: dict[str, st.SearchStrategy[object]] = {
    "text": st.text(),
    "long_text": st.text(),
    "person_name": st.text(han, min_size=1, max_size=6) | st.text(max_size=20),
    "address": st.text(min_size=1),
    "code": st.sampled_from(list(LISTS["code"].items)),
    "multi_code": st.sets(st.sampled_from(list(LISTS["code"].items)), min_size=1).map(sorted),
    "bool": st.booleans(),
    "integer": st.integers(-(10**18) + 1, 10**18 - 1),
    "decimal": numbers,
    "money": numbers,
    "date": dates | dates.map(lambda day: day[:7]) | dates.map(lambda day: day[:4]),
    "year_month": dates.map(lambda day: day[:7]) | dates.map(lambda day: day[:4]),
    "year": dates.map(lambda day: day[:4]),
    "datetime": st.datetimes(FIRST, LAST) | dates,
    "id_number": st.builds(
        lambda day, n: (first := f"420112{day:%Y%m%d}{n:03d}") + ric.calc_check_digit(first + "0"),
        st.dates(dt.date(1880, 1, 1), dt.date(2100, 1, 1)),
        st.integers(0, 999),
    ),
    "disability_card": st.builds(lambda kind, degree: f"{ID}{kind}{degree}", st.integers(1, 7), st.integers(1, 4)),
    "uscc": st.integers(0, 10**9 - 1).map(lambda n: f"91420112{n:09d}").map(lambda c: c + uscc.calc_check_digit(c)),
    "document_number": st.sampled_from(["E12345678", "Z420000001", "h 0123-456"]),
    "org_code": st.sampled_from(["600037341", "60003734-1"]),
    "phone": st.integers(13 * 10**9, 20 * 10**9 - 1).map(str) | st.integers(2 * 10**7, 10**8 - 1).map("027{}".format),
    "landline": st.integers(2 * 10**7, 10**8 - 1).map("027{}".format),
    "postcode": st.integers(0, 899_999).map("{:06d}".format),
    "email": st.emails(),
    "url": st.from_regex(r"https?://[a-z]{1,9}\.[a-z]{2,5}(/[a-z0-9?=&#]{0,20})?", fullmatch=True),
    "division": st.from_regex(r"42[0-9]{4}([0-9]{3}){0,2}", fullmatch=True)
    | st.sampled_from(list(LISTS["division"].items)),
    "division_code": st.from_regex(r"42[0-9]{4}([0-9]{3}){0,2}", fullmatch=True),
    "file": st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9})?\.pdf", fullmatch=True),
    "photo": st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9})?\.jpg", fullmatch=True),
    "signature": st.from_regex(r"[a-z]{1,9}\.png", fullmatch=True),
    "geo": st.tuples(st.decimals(73, 136, places=6), st.decimals(3, 54, places=6)),
}


def accepted(kind: str, raw: object) -> Value | None:
    """The value that a kind reads, None also for a refusal; what it prints must read back as the same."""
    codes = LISTS.get(kind)
    try:
        value = read(kind, raw, codes)
    except Unreadable as refusal:
        check_refusal(refusal, raw)
        return None
    if value is not None:
        assert isinstance(value, str | bool | int | Decimal | tuple)
        again = read(kind, show(kind, value, codes), codes)
        assert again == value
        assert type(again) is type(value)
        assert read(kind, value, codes) == value
    return value


def check_refusal(refusal: Unreadable, raw: object) -> None:
    """A refusal must not say what was refused; plain words may stand in it by chance."""
    assert refusal.__cause__ is None
    assert refusal.__suppress_context__ or refusal.__context__ is None
    if isinstance(raw, str) and len(raw.strip()) > 2 and not raw.strip().isalpha():
        assert raw.strip() not in str(refusal)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_a_form_prints_reads_back_as_the_same_value(kind: str, data: st.DataObject) -> None:
    accepted(kind, data.draw(values[kind]))


def test_the_properties_cover_every_kind() -> None:
    assert set(values) == set(KINDS)


NAUGHTY = [
    *(
        "undefined",
        "true",
        "NIL",
        "1/0",
        "1E+02",
        "-$1.00",
        "0x0",
        "0xffffffff",
        "1e1000",
        "Infinity",
        "-Infinity",
        "1#IND",
        "NaN",
    ),
    *(
        "1'000.00",
        "1 000 000.00",
        "1.000.000,00",
        "01000",
        "08",
        "2.2250738585072011e-308",
        "9" * 400,
        "-9223372036854775809",
    ),
    *(
        "!@#$%^&*()`~",
        '<>?:"{}|_+',
        ",./;'[]\\-=",
        "Ω≈ç√∫˜µ≤≥÷",
        "¡™£¢∞§¶•ªº–≠",
        "ÅÍÎÏ˝ÓÔÒÚÆ☃",
        "œ∑´®†¥¨ˆøπ“‘",
        "⁰⁴⁵₀₁₂",
    ),
    *("ด้้้้้็็็็็้้้้้็็็็็", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑", "Ⅳ", "㈠㈡", "①②", "一二三", "壹貳叁", "〇一二"),
    *(
        "社會科學院語學研究所",
        "찦차를 타고",
        "𠜎𠜱𠝹𠱓𠱸",
        "表ポあA鷗ŒéＢ逍Üßªąñ丂㐀𠀀",
        "Ⱥ",
        "ヽ༼ຈل͜ຈ༽ﾉ",
        "👩🏽‍👩🏽‍👧",
        "🇨🇳",
        "1️⃣2️⃣",
    ),
    *("ثم نفس سقطت", "הָיְתָהtestالصفحات", "﷽", "ﷺ", "\u202etest\u202e", "\u2066test\u2067", "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮", "˙ɐnbᴉlɐ"),
    *(
        "<script>alert(1)</script>",
        "javascript:alert(1);",
        "' OR 1=1 -- 1",
        '";DROP TABLE users',
        "$HOME",
        "`ls`",
        "%s%n%d",
        "%00",
        "{{7*7}}",
        "${7*7}",
    ),
    *(
        "../../../../etc/passwd",
        "C:\\CON",
        "file:///etc/passwd",
        "http://a/%%30%30",
        "\x00",
        "\x00\x00\x00",
        "\x1b[31m",
        "\r\n\r\n",
        "\ud800",
        "\udfff\ud800",
    ),
    *(
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(1)",
        "\ufeff1950-03-15",
        "1950\u200b-03-15",
        "1950-03-15\x00",
        "2000-02-30",
        "0000-01-01",
        "1582-10-10",
    ),
    *(
        "+86",
        "+",
        "00",
        "0086",
        "(",
        "()",
        "+86+86",
        "0" * 100,
        "-" * 100,
        "、" * 300,
        "，，，",
        "2、" * 400,
        "110 119 " * 50,
        "." * 2000,
    ),
    *(
        "a" * 3000,
        "张" * 3000,
        "张 " * 200,
        "@" * 300,
        ("a" * 60 + ".") * 30,
        "a@" + "b." * 120,
        "http://" + "a." * 900,
        "1," * 40,
        "1,000" * 20,
    ),
]
ODD: list[object] = [
    *(
        object(),
        b"\xff\xfe",
        bytearray(b"1"),
        1j,
        {},
        set(),
        [],
        [[]],
        [None],
        {"type": "Point"},
        range(3),
        print,
        Ellipsis,
    ),
    *(
        float("inf"),
        -0.0,
        5e-324,
        1.7976931348623157e308,
        10**400,
        -(10**400),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        Decimal("1E-400"),
    ),
    *(
        dt.date.max,
        dt.date.min,
        dt.datetime.max.replace(tzinfo=dt.UTC),
        dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=23))),
    ),
    *(
        dt.time(1),
        dt.timedelta(1),
        [b"1"],
        [object()],
        (1, "2"),
        frozenset(["2"]),
        [float("nan")] * 2,
        [1e300, -1e300],
    ),
]


def random_texts(count: int) -> Iterator[str | bytes]:
    """Random bytes, as such and as text of several encodings, and true values with characters changed."""
    dice = random.Random(20261123)
    true = [raw for rows in CASES.values() for raw, _ in rows["reads"] if isinstance(raw, str)]
    for i in range(count):
        noise = dice.randbytes(dice.randrange(1, 40))
        yield (
            noise,
            noise.decode("latin-1"),
            noise.decode("utf-8", "replace"),
            noise.decode("gb18030", "replace"),
        )[i % 4]
        letters = list(dice.choice(true))
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(letters) + 1)
            letters[at : at + dice.randrange(2)] = dice.choice("0123456789Xx -/.,:、年月日\u3000·*?+T男无")
        yield "".join(letters)


@pytest.mark.parametrize("kind", KINDS)
def test_any_input_is_a_value_or_a_clean_refusal(kind: str) -> None:
    for raw in (*NAUGHTY, *ODD, *random_texts(5000)):
        accepted(kind, raw)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"code", "multi_code"}))
@settings(max_examples=60, deadline=None)
@given(st.text() | st.integers() | st.floats() | st.decimals() | st.dates() | st.datetimes(timezones=st.timezones()))
def test_any_other_input_too(kind: str, raw: object) -> None:
    accepted(kind, raw)


def test_no_refusal_is_written_with_the_value() -> None:
    """The messages are fixed texts; only a list's id is ever put into one."""
    found = 0
    for file in Path(kinds.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Unreadable":
                found += 1
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.FormattedValue):
                        assert ast.unparse(part.value) == "codes.id"
    assert found > 40


@pytest.mark.parametrize("code", ["420000", "420100", "420112", "420112998101", "110105", "429004", "440305", "500101"])
def test_a_division_is_printed_by_its_names_and_read_back(code: str) -> None:
    text = show("division", code)
    assert not text.isdigit()
    assert read("division", text) == code
