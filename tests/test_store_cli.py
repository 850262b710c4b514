"""The commands `prefill store …`: each does what it says, and says in lines what it did or what is wrong."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.answering import sent_of
from tests.stores import id_of, record_of

Call = Callable[..., Any]

SURVEY = """
id: trial
version: "1"
title: 示例调查表
agency: 市统计局
purpose: 示例调查
subject: resident
delivery: paper
statistical: true
basis: {document: 示例, confidence: low}
sections:
  - title: 基本情况
    fields:
      phone: {label: 电话, from: resident.phone}
"""


def filled_store(call: Call, number: int = 4) -> None:
    lines = [json.dumps(record_of(n), ensure_ascii=False) for n in range(number)]
    Path("people.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert call("store", "add", "records.db", "people.jsonl").code == 0


def test_records_go_in_and_come_out(call: Call) -> None:
    filled_store(call)
    again = call("store", "add", "records.db", "people.jsonl")
    assert again.out == "records.db: 4 records: no new statements, 16 known.\n"
    assert call("store", "record", "records.db", "resident", id_of(1), "-o", "one.json").code == 0
    assert call("fill", "36", "one.json", "--on", "2026-11-23", "-o", "card.json").code == 0
    assert "王乙例" in Path("card.json").read_text(encoding="utf-8")
    assert call("store", "records", "records.db", "resident", "-o", "all.jsonl").out == "all.jsonl: 4 records.\n"
    assert len(Path("all.jsonl").read_text(encoding="utf-8").splitlines()) == 4
    assert "16 statements, the store is whole" in call("store", "verify", "records.db").out
    Path("bad.jsonl").write_text("{\n" + json.dumps(record_of(9), ensure_ascii=False) + "\n", encoding="utf-8")
    told = call("store", "add", "records.db", "bad.jsonl")
    assert (told.code, told.out) == (1, "records.db: 1 record: 4 new statements, 0 known; 1 refused.\n")
    assert told.err.startswith("bad.jsonl:1: broken JSON")


def test_an_export_goes_in(call: Call) -> None:
    Path("residents.csv").write_text(f"姓名,身份证号,现住址\n王示例,{id_of(1)},示例路1号\n", encoding="utf-8")
    told = call("store", "read", "records.db", "39", "residents.csv", "--source", "健康档案", "--as-of", "2026-11-01")
    assert (told.code, told.out.splitlines()[0]) == (0, "records.db: 1 record: 1 new statement, 0 known.")
    assert call("store", "record", "records.db", "resident", id_of(1), "-o", "one.json").code == 0
    (statement,) = json.loads(Path("one.json").read_text(encoding="utf-8"))
    assert (statement["source"], statement["resident"]["name"]) == ("健康档案", "王示例")


def test_what_came_back_is_learnt(call: Call) -> None:
    filled_store(call)
    sent = {
        "form": "health-record",
        "version": "2009",
        "on": "2026-11-23",
        "answers": {"phone": {"value": "13900000099"}},
    }
    from prefill import Filing, fill, open_catalogue, open_store
    from prefill.tokens import make_token

    catalogue = open_catalogue()
    with open_store("records.db", catalogue) as store:
        from datetime import date

        plan = catalogue.plan(39)
        filled = fill(plan, store.record("resident", id_of(1)), on=date(2026, 11, 23), filing=Filing(worker="示例员"))
        sent |= {"token": make_token(filled), "version": plan.form.version, "form": plan.form.id}
    Path("sent.json").write_text(json.dumps(sent), encoding="utf-8")
    told = call("store", "learn", "records.db", id_of(1), "39", "sent.json", "-o", "receipt.json", "--worker", "示例员")
    assert (told.code, told.out) == (
        0,
        "receipt.json: 1 fact to learn, 1 new statement; 0 in error, 0 tampered with.\n",
    ), told.err
    call("store", "record", "records.db", "resident", id_of(1), "-o", "one.json")
    assert "13900000099" in Path("one.json").read_text(encoding="utf-8")


def test_a_signed_page_is_learnt_with_its_key_even_if_the_store_has_moved_on(call: Call) -> None:
    filled_store(call)
    Path("page.key").write_text("an invented key of the tests\n", encoding="utf-8")
    call("store", "record", "records.db", "resident", id_of(1), "-o", "one.json")
    signed = ("--key-file", "page.key", "--submit-to", "https://app.example.org/in")
    assert call("fill", "39", "one.json", "--on", "2026-11-23", "-o", "page.html", *signed).code == 0
    sent = sent_of(Path("page.html").read_text(encoding="utf-8")) | {"answers": {"phone": {"value": "13900000099"}}}
    Path("sent.json").write_text(json.dumps(sent), encoding="utf-8")
    later = [{"source": "社区网格信息", "as_of": "2026-11-20", "resident": {"id_number": id_of(1), "ethnicity": "11"}}]
    Path("later.jsonl").write_text(json.dumps(later) + "\n", encoding="utf-8")
    assert call("store", "add", "records.db", "later.jsonl").code == 0
    learns = ("store", "learn", "records.db", id_of(1), "39", "sent.json", "-o", "receipt.json")
    unsigned = call(*learns)
    assert (unsigned.code, Path("receipt.json").exists()) == (2, False)
    assert "--key-file" in unsigned.err
    told = call(*learns, "--key-file", "page.key", "--ledger", "ledger.db")
    assert told.code == 0, told.err
    assert "receipt.json: 1 fact to learn, 1 new statement" in told.out
    call("store", "record", "records.db", "resident", id_of(1), "-o", "one.json")
    assert "13900000099" in Path("one.json").read_text(encoding="utf-8")
    assert call("ledger", "verify", "ledger.db").code == 0
    other = call("store", "learn", "records.db", id_of(2), *learns[4:], "--key-file", "page.key")
    assert (other.code, "another subject" in other.err) == (2, True)


def test_what_is_wrong_with_an_answer_is_told_as_receive_tells_it(call: Call) -> None:
    filled_store(call)
    call("store", "record", "records.db", "resident", id_of(1), "-o", "one.json")
    Path("survey.yaml").write_text(SURVEY, encoding="utf-8")
    for form, answers, words in (
        ("39", {"nonsense": "x", "phone": "x"}, ("tampered: nonsense: unknown", "error: ")),
        (
            "survey.yaml",
            {"phone": "13900000099"},
            ("not learnt: the answers to a statistical form, which serve nothing else by law",),
        ),
    ):
        assert call("fill", form, "one.json", "--on", "2026-11-23", "-o", "page.html").code == 0
        sent = sent_of(Path("page.html").read_text(encoding="utf-8"))
        Path("sent.json").write_text(json.dumps({**sent, "answers": answers}), encoding="utf-8")
        received = call("receive", form, "one.json", "sent.json", "-o", "receipt.json")
        learnt = call("store", "learn", "records.db", id_of(1), form, "sent.json", "-o", "receipt.json")
        assert (learnt.code, learnt.err) == (received.code, received.err)
        assert all(word in learnt.err for word in words), learnt.err


def test_what_holds_no_store_is_no_empty_one(call: Call) -> None:
    with closing(sqlite3.connect("other.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    before = Path("other.db").read_bytes()
    for command in (
        ("roster", "30", "other.db", "--on", "2026-10-31", "-o", "list.json"),
        ("batch", "36", "other.db", "--on", "2026-10-31", "-o", "cards"),
        ("store", "records", "other.db", "resident", "-o", "all.jsonl"),
        ("store", "verify", "other.db"),
    ):
        told = call(*command)
        assert (told.code, "there is no record store in it" in told.err) == (2, True)
        assert [path.name for path in Path().iterdir()] == ["other.db"]
        assert Path("other.db").read_bytes() == before


def test_a_forgotten_person_is_in_no_file_that_is_written_later(call: Call, tmp_path: Path) -> None:
    filled_store(call)
    told = call("store", "forget", "records.db", "resident", id_of(2), "--why", "asked for", "--on", "2026-11-23")
    assert (told.code, told.out) == (0, "records.db: 4 statements taken out; 4 statements of others kept without.\n")
    assert "without somebody who was forgotten" in call("store", "add", "records.db", "people.jsonl").out
    call("store", "records", "records.db", "resident", "-o", "all.jsonl")
    call("store", "record", "records.db", "resident", id_of(3), "-o", "one.json")
    for page in ("card.html", "card.json"):
        assert call("fill", "36", "one.json", "--on", "2026-11-23", "-o", page).code == 0
    Path("people.jsonl").unlink()
    for file in tmp_path.iterdir():
        for trace in (id_of(2), "王丙例", "13900000002"):
            assert trace.encode() not in file.read_bytes(), file.name
    assert call("store", "record", "records.db", "resident", id_of(2), "-o", "gone.json").code == 2
    assert call("store", "verify", "records.db").code == 0


def test_what_is_too_old_is_kept_no_longer(call: Call) -> None:
    filled_store(call)
    told = call("store", "retain", "records.db", "健康档案", "--since", "2026-06-01", "--why", "kept for half a year")
    assert told.out == "records.db: 4 statements taken out.\n"
    assert "4 statements too old to be kept" in call("store", "add", "records.db", "people.jsonl").out


def test_who_is_who_is_decided_and_taken_back(call: Call) -> None:
    filled_store(call, 1)
    about = ("--by", "示例员", "--why", "both seen", "--on", "2026-11-23")
    split = call("store", "split", "records.db", "resident", id_of(0), "健康档案", *about)
    assert split.out.startswith("records.db: decision 1: what it says is of ")
    other = split.out.split()[-1].rstrip(".")
    assert other in call("store", "decisions", "records.db").out
    assert call("store", "undo", "records.db", 1).out == "records.db: decision 1 is taken back.\n"
    told = call("store", "merge", "records.db", "resident", id_of(0), id_of(1), *about)
    assert (told.code, "two numbers" in told.err) == (2, True)
    passport = [{"source": "社区网格", "as_of": "2026-10-12", "resident": {"passport_no": "E12345678"}}]
    Path("more.jsonl").write_text(json.dumps(passport), encoding="utf-8")
    call("store", "add", "records.db", "more.jsonl")
    told = call("store", "merge", "records.db", "resident", id_of(0), "E12345678", *about)
    assert told.out.endswith("they are one.\n")
    assert call("store", "verify", "records.db").code == 0


def test_mistakes_are_told_in_a_line(call: Call) -> None:
    filled_store(call, 1)
    for arguments, words in (
        (("verify", "none.db"), "no file 'none.db'"),
        (("record", "records.db", "resident", "x", "-o", "a.txt"), "does not end in .json"),
        (("record", "records.db", "residnt", "x", "-o", "a.json"), "did you mean 'resident'"),
        (("add", "records.db", "none.jsonl"), "no such file"),
        (("undo", "records.db", "7"), "no decision 7"),
        (("retain", "records.db", "健康档案", "--since", "soon", "--why", "x"), "is no date"),
        (("add", "records.db", "people.jsonl", "--root", "residnt"), "unknown root"),
    ):
        told = call("store", *arguments)
        assert told.code in (1, 2)
        assert words in told.err
        assert len(told.err.splitlines()) == 1
