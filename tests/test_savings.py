import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypinyin import Style, pinyin

from prefill import Catalogue, Filing, FilledForm, Measured, SpecError, fill, measure_receipt, open_catalogue, receive
from prefill.documents import read_document
from prefill.kinds import CodeList
from prefill.savings import Model, keystrokes, measure, read_model
from prefill.store import entry_of_fill

ON = date(2026, 11, 23)
ID_NUMBER = "420112195003150023"


def a_list(options: int, **more: Any) -> CodeList:
    items = {str(number): f"第{number}项" for number in range(1, options + 1)}
    return CodeList(id="list", name="选项", standard=None, confidence="high", items=items, **more)


# ── keys of one value, counted by hand ────────────────────


@pytest.mark.parametrize(
    "value, kind, keys",
    [
        ("王示例", "person_name", len("wangshili") + 1),
        ("女", "text", len("nv") + 1),
        ("武汉市东西湖区", "address", len("wuhanshidong") + 1 + len("xihuqu") + 1),
        ("12栋3单元", "address", 2 + len("dong") + 1 + 1 + len("danyuan") + 1),
        ("示，例", "text", len("shi") + 1 + 1 + len("li") + 1),  # the comma parts two phrases
        ("A座", "text", 1 + len("zuo") + 1),  # Shift is not counted
        ("〇", "text", len("ling") + 1),
        ("\U000323a0", "text", 6 + 1),  # a character that has no reading
        ("a@example.cn", "email", 12),
        ("", "text", 0),
        ("1950-03-15", "date", 8),
        ("1950-03", "date", 6),
        ("1950-03", "year_month", 6),
        ("1950", "year", 4),
        ("2026-11-23T09:30", "datetime", 12),
        (ID_NUMBER, "id_number", 18),
        ("13900000000", "phone", 11),
        ("420112001001", "division", 12),
        ("420112001001", "division_code", 12),
        (0, "integer", 1),
        (Decimal("89.5"), "decimal", 4),
        (False, "bool", 1),
        ("photo.jpg", "photo", 2),
        ((), "list", 0),
        (None, "id_number", 18),  # what nobody knows yet, of typical length
    ],
)
def test_keys_of_a_value(value: object, kind: str, keys: int) -> None:
    assert keystrokes(value, kind) == keys


@pytest.mark.parametrize(
    "value, kind, codes, keys",
    [
        ("2", "code", a_list(2), 1),
        ("2", "code", a_list(12), 1),
        ("2", "code", a_list(13), 2),  # the list is opened first
        (None, "code", a_list(13), 2),
        (("1", "2", "5"), "multi_code", a_list(8), 3),
        ((), "multi_code", a_list(8), 0),
        ("5211", "code", a_list(0, external=True), 4),  # a code that is typed
        (("G1", "G2"), "multi_code", a_list(0, external=True), 2 + 1 + 2 + 1),
    ],
)
def test_presses_of_an_option(value: object, kind: str, codes: CodeList, keys: int) -> None:
    assert keystrokes(value, kind, codes) == keys


# What is typed, written out by hand: letter by letter, ␣ for the key that takes a phrase. Nobody's dictionary is asked.
TYPED_OUT = [
    ("赵示例", "person_name", "zhaoshili␣"),
    ("欧阳样本", "person_name", "ouyangyangben␣"),
    ("女", "text", "nv␣"),
    ("绿化带", "text", "lvhuadai␣"),
    ("略", "text", "lve␣"),
    ("湖北省武汉市", "address", "hubeishengwu␣hanshi␣"),
    ("武汉市东西湖区吴家山街道", "address", "wuhanshidong␣xihuquwu␣jiashanjiedao␣"),
    ("武汉市东西湖区示例路12号3栋2单元501室", "address", "wuhanshidong␣xihuqushi␣lilu␣12hao␣3dong␣2danyuan␣501shi␣"),
    ("A座-B区", "address", "Azuo␣-Bqu␣"),
    ("示例社区卫生服务中心", "text", "shilishequ␣weishengfuwu␣zhongxin␣"),
    ("无", "text", "wu␣"),
    ("双女户，父母健在", "long_text", "shuangnvhu␣，fumujianzai␣"),
    ("2026年11月23日办理", "long_text", "2026nian␣11yue␣23ribanli␣"),
    ("低保（B类）", "text", "dibao␣（Blei␣）"),
    ("汉 族", "text", "han␣ zu␣"),
    ("Li Shili", "text", "Li Shili"),
    ("li.shili@example.cn", "email", "li.shili@example.cn"),
    ("027-83210000", "landline", "027-83210000"),
    ("13900000076", "phone", "13900000076"),
    ("420112195003150023", "id_number", "420112195003150023"),
    ("91420112MA4KXXXX5X", "uscc", "91420112MA4KXXXX5X"),
    ("420112998101", "division_code", "420112998101"),
    ("1950-03-15", "date", "19500315"),
    ("2026-11", "year_month", "202611"),
    ("1998", "year", "1998"),
    ("2026-11-23T09:30", "datetime", "202611230930"),
    (Decimal("1234.50"), "money", "1234.50"),
    (-3, "integer", "-3"),
]


@pytest.mark.parametrize("value, kind, typed", TYPED_OUT, ids=[typed for _, _, typed in TYPED_OUT])
def test_keys_are_those_that_are_typed(value: object, kind: str, typed: str) -> None:
    assert keystrokes(value, kind) == len(typed)


def recomputed(filled: FilledForm) -> tuple[int, int, float, float]:
    """Keys and seconds of the blank form and of this one, once more: from the words of docs/savings.md and its bundled figures."""
    typing = filled.form.delivery != "retyped"

    def keys_of(value: Any, entry: Any) -> tuple[int, int]:
        """(Keys that are typed, presses)."""
        listed = len(entry.codes.items) if entry.codes is not None else 0
        if entry.kind in ("file", "photo", "signature"):
            return 0, 2
        if entry.kind == "bool" or (entry.kind in ("code", "multi_code") and listed):
            chosen = len(value) if isinstance(value, tuple) else 1
            return 0, chosen * (2 if listed > 12 else 1)
        if value is None:
            return USUAL.get(entry.kind, USUAL["text"]) + 1, 0
        if isinstance(value, tuple):
            return sum(len(code) + 1 for code in value) + 1, 0
        if entry.kind in ("date", "year_month", "year", "datetime"):
            return len(re.sub(r"\D", "", str(value))) + 1, 0
        text, keys = str(value), 1
        for run in re.findall(r"[\u3400-\u9fff〇]+|[^\u3400-\u9fff〇]+", text):
            if re.match(r"[\u3400-\u9fff〇]", run):
                keys += sum(len(pinyin(one, style=Style.NORMAL, v_to_u=False)[0][0]) for one in run) + -(-len(run) // 4)
            else:
                keys += len(run)
        return keys, 0

    blank, left, sources = Counter[str](), Counter[str](), set()

    def enter(work: Counter[str], typed: int, presses: int) -> None:
        work.update(K=typed + presses, P=presses, H=1 if presses else 0)

    for entry in filled.entries:
        if not entry.counted or entry.waits_for:
            continue
        if entry.status == "new":
            for work in (blank, left):
                work["M"] += 1
                if typing:
                    enter(work, *keys_of(None, entry))
        elif entry.status in ("known", "confirm"):
            text, facts, value = entry.text, entry.facts, entry.value
            choice = [o for o in entry.others if o.why in ("differs", "stale")] if value is None else []
            cost = (1, 0) if value is None else keys_of(value, entry)
            if choice:
                costs = [(1, 0) if o.value is None else keys_of(o.value, entry) for o in choice]
                if any(presses for _, presses in costs):
                    costs = [
                        (0, sum(cost)) if o.value is not None else (0, 0) for cost, o in zip(costs, choice, strict=True)
                    ]
                cost = min(costs, key=sum)
                text, facts = choice[costs.index(cost)].text, choice[costs.index(cost)].facts
            elif value is None and (entry.kind == "bool" or (entry.codes is not None and entry.codes.items)):
                cost = (0, 0)
            digits = USUAL[entry.kind] + 1 - cost[0] if entry.reason == "partial" else 0
            blank.update(M=1, read=len(text))
            left["read"] += len(entry.text)
            if facts and facts[0].path.startswith(f"{filled.subject}."):
                sources.add(facts[0].source)
            if typing:
                enter(blank, cost[0] + digits, cost[1])
                left["K"] += digits
            if entry.status == "confirm":
                left.update(M=1, K=2, read=sum(len(other.text) for other in entry.others))
    blank.update(K=19 * len(sources), M=len(sources))

    def seconds(work: Counter[str]) -> float:
        operators = work["K"] * 0.28 + work["M"] * 1.35 + work["P"] * 1.10 + work["H"] * 0.40
        return round(operators + work["read"] * 60 / 255, 1)

    return blank["K"], left["K"], seconds(blank), seconds(left)


USUAL = {
    "text": 12,
    "long_text": 60,
    "person_name": 10,
    "address": 60,
    "email": 18,
    "url": 24,
    "phone": 11,
    "landline": 11,
    "postcode": 6,
    "id_number": 18,
    "uscc": 18,
    "division": 12,
    "division_code": 12,
    "code": 4,
    "integer": 2,
    "decimal": 5,
    "money": 6,
    "date": 8,
    "year_month": 6,
    "year": 4,
    "datetime": 12,
    "geo": 20,
}


def test_every_form_is_recomputed(catalogue: Catalogue) -> None:
    """A second reckoning, that shares nothing with the first but the dictionary of readings, comes to the same on every sample."""
    seen = 0
    for form, sample in catalogue.samples().items():
        for files in filter(None, (sample.record, sample.poor, sample.demo)):
            record = catalogue.read_record(*files)
            filled = fill(catalogue.plan(form), record, on=sample.on, filing=sample.filing, grant=sample.grant)
            saved = measure(filled)
            found = saved.keystrokes_blank, saved.keystrokes_left, saved.seconds_blank, saved.seconds_left
            assert found == recomputed(filled), form
            seen += 1
    assert seen > 90


# ── whole forms, counted by hand ────────────────────

FORM = """
id: trial
version: "1"
title: 试填表
agency: 示例局
purpose: 试填
subject: resident
delivery: {delivery}
basis: {{document: 示例, confidence: low}}
sections:
  - title: 基本情况
    fields:
{fields}
"""
REGISTER = {
    "source": "公安人口库",
    "as_of": "2026-05-01",
    "resident": {"name": "王示例", "id_number": ID_NUMBER},
}
OLD_GRID = {"source": "社区网格", "as_of": "2025-01-01", "resident": {"phone": "13900000000"}}

Filler = Callable[..., FilledForm]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return open_catalogue()


@pytest.fixture
def filler(catalogue: Catalogue, tmp_path: Path) -> Filler:
    """Fills a form of these fields from these statements."""

    def make(fields: str, *statements: dict[str, Any], delivery: str = "paper") -> FilledForm:
        lines = "\n".join("      " + line for line in fields.strip().splitlines())
        file = tmp_path / f"form-{len(list(tmp_path.iterdir()))}.yaml"
        file.write_text(FORM.format(delivery=delivery, fields=lines), encoding="utf-8")
        record = catalogue.record(statements)
        return fill(catalogue.plan(file), record, on=ON, filing=Filing(worker="示例员"))

    return make


FIELDS = """
name: {label: 姓名, from: resident.name}
sex: {label: 性别, from: resident.sex}
birth_date: {label: 出生日期, from: resident.birth_date}
phone: {label: 联系电话, from: resident.phone}
reason: {label: 申请理由, kind: text}
signature: {label: 签名, by_hand: signature}
opinion: {label: 街道意见, filled_by: street}
spouse: {label: 配偶, from: resident.spouse.name, when: {resident.marital_status: {in_group: 已婚}}}
long_life: {label: 百岁津贴, kind: text, when: {resident.age: {over: 100}}}
"""


def test_a_form_on_paper(filler: Filler) -> None:
    saved = measure(filler(FIELDS, REGISTER, OLD_GRID))
    # known: name, sex, birth date; confirm: the telephone, a year old; new: the reason; the street's: nowhere
    assert saved.to_dict() == {
        "asked": 5,
        "known": 3,
        "confirm": 1,
        "new": 1,
        "hand": 1,
        "skip": 1,
        "maybe": 1,
        "keystrokes_saved": 69,
        "seconds_saved": 27.6,
    }
    # name 10 + Tab, sex one press, date 8 + Tab, telephone 11 + Tab, reason 12 + Tab, two sources of 19
    assert saved.keystrokes_blank == 11 + 1 + 9 + 12 + 13 + 2 * 19 == 84
    # telephone: Tab and a key; reason
    assert saved.keystrokes_left == 2 + 13 == 15
    read = len("王示例") + len("女性") + len("1950年3月15日") + len("13900000000")
    assert saved.seconds_blank == round(84 * 0.28 + (5 + 2) * 1.35 + 1.10 + 0.40 + read * 60 / 255, 1) == 40.6
    assert saved.seconds_left == round(15 * 0.28 + 2 * 1.35 + read * 60 / 255, 1) == 13.0
    assert saved.share_filled == 4 / 5


FIVE = """
name: {label: 姓名, from: resident.name}
address: {label: 户籍地址, from: resident.hukou.address}
ethnicity: {label: 民族, from: resident.ethnicity}
birth_date: {label: 出生日期, from: resident.birth_date}
email: {label: 电子邮箱, from: resident.email}
"""
FIVE_STATED: tuple[dict[str, Any], ...] = (
    {
        "source": "公安人口库",
        "as_of": "2026-05-01",
        "resident": {
            "name": "欧阳示例",
            "ethnicity": "01",
            "birth_date": "1950-03",
            "hukou": {"address": "武汉市东西湖区示例路12号3栋"},
        },
    },
    {"source": "社区网格", "as_of": "2026-10-01", "resident": {"email": "li@example.cn"}},
    {"source": "居民自报", "as_of": "2026-10-01", "resident": {"email": "li.shili@example.cn"}},
)


def test_five_fields_worked_out_on_paper(filler: Filler) -> None:
    """By nothing but docs/savings.md and a pencil: numbers, no function of ours.

    =========  ====================================================  ====  ==========  =====  ====
    field      keys of the blank form                                left  thinks b/l  read b  read l
    =========  ====================================================  ====  ==========  =====  ====
    name       ou2 yang4 shi3 li2 = 11, one phrase 1, Tab 1 = 13     0     1 / 0       4       4
    address    wu2 han3 shi3 dong4 xi2 hu2 qu2 shi3 li2 lu2 = 25,
               phrases of 10 characters 3, "12" 2, hao3 + 1,
               "3" 1, dong4 + 1 = 40, Tab 1 = 41                     0     1 / 0       15      15
    ethnicity  56 options and more, a list that is opened: 2, no Tab  0     1 / 0       2       2
    birth      a whole date is 8, Tab 1 = 9                          2+2   1 / 1       7       7
    email      the cheaper of two: 13, Tab 1 = 14                    2     1 / 1       13      13+19
    2 queries  38                                                          2
    =========  ====================================================  ====  ==========  =====  ====

    Blank 117 keys, 7 thinks, 41 read, 2 P, 1 H: 32.76 + 9.45 + 9.647 + 2.20 + 0.40 = 54.457 s.
    Left 6 keys, 2 thinks, 60 read: 1.68 + 2.70 + 14.118 = 18.498 s.
    """
    filled = filler(FIVE, *FIVE_STATED)
    assert [(entry.status, entry.reason) for entry in filled] == [
        *[("known", "recorded")] * 3,
        ("confirm", "partial"),
        ("confirm", "disputed"),
    ]
    saved = measure(filled)
    assert (saved.keystrokes_blank, saved.keystrokes_left) == (117, 6)
    assert (saved.seconds_blank, saved.seconds_left) == (54.5, 18.5)
    assert (saved.keystrokes_saved, saved.seconds_saved) == (111, 36.0)


def test_what_is_retyped_elsewhere_saves_looking_up_and_no_typing(filler: Filler) -> None:
    saved = measure(filler(FIELDS, REGISTER, OLD_GRID, delivery="retyped"))
    assert (saved.keystrokes_blank, saved.keystrokes_left) == (2 * 19, 2)
    read = 26
    assert saved.seconds_blank == round(38 * 0.28 + 7 * 1.35 + read * 60 / 255, 1) == 26.2
    assert saved.seconds_left == round(2 * 0.28 + 2 * 1.35 + read * 60 / 255, 1) == 9.4
    assert saved.seconds_saved == 16.8
    assert saved.delivery == "retyped"


@pytest.mark.parametrize("delivery", ["paper", "import_file", "api", "retyped"])
def test_nothing_filled_saves_nothing(filler: Filler, delivery: str) -> None:
    fields = """
reason: {label: 申请理由, kind: long_text}
day: {label: 申请日期, kind: date}
sex: {label: 性别, kind: code, codes: gbt2261_1}
email: {label: 电子邮箱, from: resident.email}
"""
    saved = measure(filler(fields, REGISTER, delivery=delivery))
    assert (saved.asked, saved.new, saved.keystrokes_saved, saved.seconds_saved) == (4, 4, 0, 0.0)
    assert saved.share_filled == 0


def test_nothing_asked_has_no_share(filler: Filler) -> None:
    saved = measure(filler("signature: {label: 签名, by_hand: signature}", REGISTER))
    assert (saved.asked, saved.hand, saved.share_filled) == (0, 1, None)
    assert (saved.keystrokes_saved, saved.seconds_saved) == (0, 0.0)


def test_others_fields_count_in_nothing(filler: Filler) -> None:
    fields = """
name: {label: 姓名, from: resident.name, filled_by: street}
stamp: {label: 街道盖章, by_hand: seal, filled_by: street}
"""
    filled = filler(fields, REGISTER)
    assert filled["name"].text == "王示例"
    assert set(measure(filled).to_dict().values()) == {0}


def test_a_negative_saving_is_shown(filler: Filler) -> None:
    """A telephone to confirm costs two keys: where no source is queried and no typing claimed, a loss."""
    filled = filler("phone: {label: 联系电话, from: resident.phone}", OLD_GRID, delivery="retyped")
    at_hand = replace(read_model(), query_keys=0)
    saved = measure(filled, at_hand)
    assert saved.keystrokes_saved == -2
    assert saved.seconds_saved == round(2 * 1.35 - (1.35 + 2 * 0.28), 1)
    assert measure(filled, replace(at_hand, confirm_keys=20)).seconds_saved < 0


def test_the_blank_form_is_held_to_the_cheapest_of_values_in_dispute(filler: Filler) -> None:
    mails = [
        {"source": source, "as_of": "2026-10-01", "resident": {"id_number": ID_NUMBER, "email": mail}}
        for source, mail in (("社区网格", "li.shili@example.cn"), ("居民自报", "li@example.cn"))
    ]
    filled = filler("email: {label: 电子邮箱, from: resident.email}", *mails)
    assert filled["email"].reason == "disputed"
    saved = measure(filled)
    assert (saved.keystrokes_blank, saved.keystrokes_left) == (13 + 1 + 19, 2)
    assert saved.seconds_left == round(1.35 + 2 * 0.28 + (19 + 13) * 60 / 255, 1)


def test_the_missing_day_of_a_date_is_typed(filler: Filler) -> None:
    statement = {"source": "公安人口库", "as_of": "2026-05-01", "resident": {"birth_date": "1950-03"}}
    filled = filler("birth_date: {label: 出生日期, from: resident.birth_date}", statement)
    assert filled["birth_date"].reason == "partial"
    saved = measure(filled)
    assert (saved.keystrokes_blank, saved.keystrokes_left) == (8 + 1 + 19, 2 + 2)


def test_what_is_at_hand_is_not_queried(filler: Filler) -> None:
    village = {"source": "统计区划库", "as_of": "2026-01-01", "community": {"name": "示例社区"}}
    fields = """
village: {label: 社区, from: community.name}
worker: {label: 经办人, from: filing.worker.name}
today: {label: 日期, from: filing.today}
"""
    saved = measure(filler(fields, REGISTER, village))
    names = len("shilishequ") + 1 + 1, len("shiliyuan") + 1 + 1
    assert (saved.known, saved.keystrokes_blank, saved.keystrokes_left) == (3, sum(names) + 8 + 1, 0)


TABLE = """
operations:
  label: 手术
  rows_of: resident.health.operations
  columns:
    name: {label: 名称, from: .name}
    date: {label: 时间, from: .date}
"""


@pytest.mark.parametrize(
    "health, asked, blank",
    [
        ({}, 1, 12 + 1),  # not recorded: one entry
        ({"operations": []}, 1, 1 + 19),  # a source says that there are none
        ({"operations": [{"name": "手术", "date": "2019-04-02"}]}, 2, len("shoushu") + 1 + 1 + 8 + 1 + 19),
    ],
)
def test_a_table(filler: Filler, health: dict[str, Any], asked: int, blank: int) -> None:
    statement = {
        "source": "健康档案",
        "as_of": "2026-05-01",
        "resident": {"id_number": ID_NUMBER, "health": health},
    }
    saved = measure(filler(TABLE, statement))
    assert (saved.asked, saved.keystrokes_blank) == (asked, blank)
    assert saved.keystrokes_left == (saved.keystrokes_blank if saved.new else 0)


def test_every_entry_of_the_samples_counts_once(catalogue: Catalogue) -> None:
    for form, sample in catalogue.samples().items():
        filled = fill(catalogue.plan(form), catalogue.read_record(*(sample.demo or sample.record)), on=sample.on)
        saved = measure(filled)
        assert saved.asked == saved.known + saved.confirm + saved.new
        counted = saved.asked + saved.hand + saved.skip + saved.maybe
        assert counted == sum(entry.counted for entry in filled.entries)
        assert saved == measure(filled), form


def test_deliveries_are_never_added_together(filler: Filler) -> None:
    paper, retyped = (measure(filler(FIELDS, REGISTER, delivery=delivery)) for delivery in ("paper", "retyped"))
    both = paper + paper
    assert (both.asked, both.keystrokes_saved) == (2 * paper.asked, 2 * paper.keystrokes_saved)
    assert both.seconds_blank == round(2 * paper.seconds_blank, 1)
    with pytest.raises(ValueError, match="savings of 'paper' and 'retyped' are never added together"):
        paper + retyped


# ── what came back ────────────────────


def sent(filled: FilledForm, answers: dict[str, Any], rows: Any = None, **effort: Any) -> Measured:
    """What is measured of a submission with these answers."""
    head = {"form": filled.form.id, "version": filled.form.version, "on": filled.on.isoformat()}
    receipt = receive(filled, {**head, "answers": answers, "rows": rows or {}, "effort": effort})
    return measure_receipt(receipt)


def test_a_form_that_came_back(filler: Filler) -> None:
    filled = filler(FIELDS, REGISTER, OLD_GRID)
    before = measure(filled)
    answers = {"phone": {"confirm": True}, "reason": {"value": "补办"}, "sex": {"value": "女性"}}
    back = sent(filled, answers, phone={"keys": 1, "seconds": 0.9}, reason={"keys": None, "seconds": 6.25})
    # the reason is 5 letters, a space and a Tab where 12 and a Tab were reckoned with, in both
    assert back.savings.keystrokes_blank == before.keystrokes_blank - 13 + 7
    assert back.savings.keystrokes_left == before.keystrokes_left - 13 + 7
    assert (back.savings.asked, back.savings.known, back.savings.confirm, back.savings.new) == (5, 3, 1, 1)
    assert (back.savings.hand, back.savings.skip, back.savings.maybe) == (1, 1, 1)
    assert (back.answers, back.measured, back.unmeasured, back.keyed) == (2, 2, 0, 1)  # her sex was as it stood
    assert (back.measured_keys, back.modelled_keys, back.measured_seconds) == (1, 1, 7.2)
    assert back.modelled_seconds == round(2 * 1.35 + (2 + 7) * 0.28 + 11 * 60 / 255, 1)
    assert (back.filled, back.corrected, back.share_corrected) == (4, 0, 0.0)
    assert (back.confirmed, back.confirmed_timed, back.confirmed_fast, back.share_fast) == (1, 1, 1, 1.0)
    assert (back.typed_fields, back.corrected_fields, back.corrected_sources) == ({"reason": 1}, {}, {})


def test_a_second_is_not_under_one(filler: Filler) -> None:
    filled = filler("phone: {label: 联系电话, from: resident.phone}", OLD_GRID)
    for seconds, fast in ((0.0, 1), (0.99, 1), (1.0, 0), (30, 0)):
        back = sent(filled, {"phone": {"confirm": True}}, phone={"keys": 1, "seconds": seconds})
        assert (back.confirmed_timed, back.confirmed_fast) == (1, fast)
    untimed = sent(filled, {"phone": {"confirm": True}})
    assert (untimed.confirmed, untimed.confirmed_timed, untimed.confirmed_fast, untimed.share_fast) == (1, 0, 0, None)
    assert (untimed.unmeasured, untimed.measured_seconds, untimed.modelled_seconds) == (1, 0.0, 0.0)


def test_what_was_filled_wrong_is_a_loss(filler: Filler) -> None:
    village = {"source": "统计区划库", "as_of": "2026-01-01", "community": {"name": "示例社区"}}
    filled = filler("village: {label: 社区, from: community.name}", REGISTER, village)
    assert measure(filled).seconds_saved > 0
    back = sent(filled, {"village": {"value": "样本社区"}})
    keys = len("yangbenshequ") + 1 + 1
    assert (back.savings.keystrokes_blank, back.savings.keystrokes_left) == (keys, keys)
    assert back.savings.seconds_saved == -round(4 * 60 / 255, 1)
    assert (back.filled, back.corrected, back.share_corrected) == (1, 1, 1.0)
    assert back.corrected_fields == {"village": 1}
    assert list(back.corrected_sources.values()) == [1]


def test_to_choose_is_to_confirm_and_to_type_another_is_to_correct(filler: Filler) -> None:
    mails = [
        {"source": source, "as_of": "2026-10-01", "resident": {"id_number": ID_NUMBER, "email": mail}}
        for source, mail in (("社区网格", "li.shili@example.cn"), ("居民自报", "li@example.cn"))
    ]
    filled = filler("email: {label: 电子邮箱, from: resident.email}", *mails)
    assert filled["email"].reason == "disputed"
    chosen = sent(filled, {"email": {"value": "li@example.cn"}})
    assert (chosen.confirmed, chosen.corrected, chosen.corrected_sources) == (1, 0, {})
    assert chosen.savings == measure(filled)
    other = sent(filled, {"email": {"value": "shili@example.cn"}})
    assert (other.confirmed, other.corrected, len(other.corrected_sources)) == (0, 1, 2)


def test_to_make_a_date_whole_is_no_correction(filler: Filler) -> None:
    statement = {"source": "公安人口库", "as_of": "2026-05-01", "resident": {"birth_date": "1950-03"}}
    filled = filler("birth_date: {label: 出生日期, from: resident.birth_date}", statement)
    whole = sent(filled, {"birth_date": {"value": "1950-03-15"}})
    assert (whole.corrected, whole.confirmed, whole.savings) == (0, 1, measure(filled))
    assert sent(filled, {"birth_date": {"value": "1951-03-15"}}).corrected == 1


def test_what_turns_out_to_be_asked_counts(filler: Filler) -> None:
    fields = """
married: {label: 已婚, kind: bool}
spouse: {label: 配偶, kind: person_name, when: {married: true}}
"""
    filled = filler(fields, REGISTER)
    assert (measure(filled).new, measure(filled).maybe) == (1, 1)
    yes = sent(filled, {"married": {"value": True}, "spouse": {"value": "李示例"}})
    assert (yes.savings.new, yes.savings.skip, yes.savings.maybe, yes.answers) == (2, 0, 0, 2)
    no = sent(filled, {"married": {"value": False}})
    assert (no.savings.new, no.savings.skip, no.savings.maybe, no.answers) == (1, 1, 0, 1)
    assert (yes.savings.keystrokes_saved, no.savings.seconds_saved) == (0, 0.0)


def test_what_follows_from_the_answers_is_typed_in_the_blank_form_alone(filler: Filler) -> None:
    fields = """
one: {label: 甲, kind: integer}
two: {label: 乙, kind: integer}
both: {label: 合计, derive: {rule: sum, of: [one, two]}}
"""
    back = sent(filler(fields, REGISTER), {"one": {"value": 30}, "two": {"value": 4}})
    assert (back.savings.known, back.savings.new, back.filled) == (1, 2, 0)
    assert (back.savings.keystrokes_blank, back.savings.keystrokes_left) == (3 + 2 + 3, 3 + 2)


def test_a_row_that_was_taken_out_was_filled_for_nothing(filler: Filler) -> None:
    operations = [{"name": "手术", "date": "2019-04-02"}, {"name": "缝合", "date": "2020-05-06"}]
    statement = {
        "source": "健康档案",
        "as_of": "2026-05-01",
        "resident": {"id_number": ID_NUMBER, "health": {"operations": operations}},
    }
    filled = filler(TABLE, statement)
    row = filled["operations.name"].row
    back = sent(filled, {}, rows={"operations": [{"row": row, "removed": True}]})
    assert (back.savings.asked, back.filled, back.corrected) == (2, 4, 2)
    assert back.corrected_fields == {"operations.date": 1, "operations.name": 1}
    assert back.savings.keystrokes_left == 1


def test_what_cannot_be_used_counts_nowhere(filler: Filler) -> None:
    filled = filler(FIELDS, REGISTER, OLD_GRID)
    back = sent(filled, {"phone": {"value": "12"}, "opinion": {"value": "同意"}}, phone={"keys": 2, "seconds": 3})
    assert (back.answers, back.measured, back.corrected, back.savings) == (0, 0, 0, measure(filled))


# ── the constants ────────────────────


def test_a_district_lays_its_constants_over_the_bundled_ones(tmp_path: Path) -> None:
    text = "constants: {key_seconds: {value: 0.2, source: 本区实测}}\nclaims: {retyped: []}\n"
    (tmp_path / "savings.yaml").write_text(text, encoding="utf-8")
    model, bundled = read_model(tmp_path), read_model()
    assert (model.key_seconds, bundled.key_seconds) == (0.2, 0.28)
    assert model.claims["retyped"] == frozenset()
    assert model.claims["paper"] == bundled.claims["paper"]
    other = {f.name for f in fields(Model)} - {"key_seconds", "claims"}
    assert all(getattr(model, name) == getattr(bundled, name) for name in other)


def test_what_is_retyped_never_claims_typing_whatever_a_district_writes(tmp_path: Path) -> None:
    (tmp_path / "savings.yaml").write_text("claims: {retyped: [look_up, typing]}\n", encoding="utf-8")
    with pytest.raises(SpecError, match="'retyped' cannot claim 'typing'"):
        read_model(tmp_path)


@pytest.mark.parametrize("name", [f.name for f in fields(Model) if f.name not in ("typical_keys", "claims")])
def test_every_constant_counts(filler: Filler, name: str) -> None:
    """No constant stands in the file for show: a form that has all kinds of entries costs something else with another."""
    photo = "photo: {label: 照片, kind: photo}\nmarried: {label: 已婚, kind: bool}\nsex: {label: 性别, from: resident.sex}\nodd: {label: 备注, from: resident.former_name}\n"
    odd = {
        "source": "公安人口库",
        "as_of": "2026-05-01",
        "resident": {"name": "欧阳示例", "former_name": "欧阳\U000323af"},
    }
    filled = filler(
        FIVE + photo, {**FIVE_STATED[0], "resident": FIVE_STATED[0]["resident"] | odd["resident"]}, *FIVE_STATED[1:]
    )
    model = read_model()
    changed: dict[str, Any] = {name: 0 if name == "short_list" else 2 * getattr(model, name) + 1}
    other = replace(model, **changed)
    assert measure(filled, other) != measure(filled, model)
    assert other.digest != model.digest


def test_a_districts_constants_reach_the_savings_and_the_ledger(tmp_path: Path) -> None:
    text = "constants: {key_seconds: {value: 0.56, source: 本区实测}}\n"
    (tmp_path / "savings.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "trial.yaml").write_text(
        FORM.format(delivery="paper", fields="      name: {label: 姓名, from: resident.name}"), "utf-8"
    )
    here, district = open_catalogue(), open_catalogue(tmp_path)
    made = [fill(one.plan(tmp_path / "trial.yaml"), one.record([REGISTER]), on=ON) for one in (here, district)]
    plain, own = map(measure, made)
    assert (own.keystrokes_blank, own.seconds_left) == (plain.keystrokes_blank, plain.seconds_left)
    assert own.seconds_blank == pytest.approx(plain.seconds_blank + 30 * 0.28, abs=0.11)  # 11 keys and a query
    entries = [entry_of_fill(one) for one in made]
    assert entries[0].model_hash == read_model().digest != entries[1].model_hash
    assert entries[1].seconds_blank == own.seconds_blank


def test_every_fault_of_the_constants_is_told_at_once(tmp_path: Path) -> None:
    text = """\
constants:
  key_secnds: {value: 0.2, source: x}
  think_seconds: {value: long, source: x}
  point_seconds: {value: 1.1}
  phrase_characters: {value: 0, source: x}
  next_keys: {value: 1.5, source: x}
  home_seconds: 0.4
typical_keys: {text: many, number: 3}
claims: {paper: all, mail: [typing]}
constant: {}
"""
    (tmp_path / "savings.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        read_model(tmp_path)
    lines = {problem.line for problem in caught.value.problems}
    assert lines == {2, 3, 4, 5, 6, 7, 8, 9, 10}
    assert "write 'key_seconds'" in str(caught.value)


def test_the_digest_of_the_constants_is_that_of_their_json() -> None:
    model = read_model()
    data = {f.name: getattr(model, f.name) for f in fields(Model)}
    data["claims"] = {delivery: sorted(claims) for delivery, claims in model.claims.items()}
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    assert model.digest == hashlib.sha256(text.encode()).hexdigest()
    assert replace(model, key_seconds=0.2).digest != model.digest


def test_every_bundled_constant_names_its_source() -> None:
    """What has no published source says that it is an assumption: whoever reads it knows what to trust."""
    data = read_document(Path(__file__).parents[1] / "form_specs" / "savings.yaml").data
    for name, constant in data["constants"].items():
        published = re.search(r"\(?(19|20)\d\d\)?|key|bar", constant["source"])
        assert constant["source"].startswith("assumption: ") or published, name


def test_savings_are_no_part_of_filling() -> None:
    code = """
import sys, prefill
from datetime import date
catalogue = prefill.open_catalogue()
record = catalogue.record([{"source": "公安人口库", "as_of": "2026-05-01", "resident": {"name": "王示例"}}])
filled = prefill.fill(catalogue.plan(39), record, on=date(2026, 11, 23))
print([name for name in ("prefill.savings", "pypinyin", "weasyprint") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
