"""A household's story through the real page: form 36 is filled, typed into, corrected and sent; forms 39 and 43 know of it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import prefill
from prefill.receiving import receipt_to_json
from prefill.rendering import requests_to_html
from prefill.reports import report, report_page

from .conftest import KEY, NEEDS, Office, Watched
from .test_worker import at, cell

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = pytest.importorskip("playwright.sync_api", reason=NEEDS).expect
Visit = Callable[..., Watched]
ID = "420112195003150023"
ON = date(2026, 11, 23)
LATER = date(2026, 12, 7)
STATED: list[dict[str, Any]] = [
    {
        "source": "公安人口库",
        "as_of": "2026-05-01",
        "resident": {
            "id_number": ID,
            "name": "王示例",
            "ethnicity": "01",
            "hukou": {"region": "420112001005", "address": "武汉市东西湖区示例路1号"},
        },
    },
    {
        "source": "社区网格",
        "as_of": "2026-10-12",
        "resident": {"id_number": ID, "residence": {"region": "420112001005", "address": "示例路1号3栋"}},
        "family": {"head": {"id_number": ID}, "members": [{"id_number": ID, "relation_to_head": "本人"}]},
        "community": {"name": "示例社区", "region": "420112001005"},
    },
]


def send(page: "Page") -> None:
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("已提交")


def correct(page: "Page", name: str, text: str) -> None:
    cell(page, name).locator("button.shown").click()
    page.get_by_role("button", name="更正", exact=True).click()
    box = cell(page, name).locator(".fixing")
    if box.locator("input[list]").count():
        box.locator("input[list]").fill(text)
    elif box.locator("select").count():
        box.locator("select").select_option(label=text)
    else:
        box.locator("input").fill(text)
    page.keyboard.press("Tab")


def fill_required(page: "Page") -> None:
    """Answer what must be answered, and is not yet: the page names it when it is sent."""
    page.click("#send")
    for name in page.evaluate("() => Array.from(document.querySelectorAll('td.wrong')).map((td) => td.dataset.cell)"):
        box = cell(page, name)
        radios = box.locator("input[type=radio]:visible")
        if radios.count():
            radios.first.check()
        elif box.locator("select").count():
            box.locator("select").select_option(index=1)
        elif box.locator("input[list]").count():
            box.locator("input").fill(box.locator("option").first.evaluate("(option) => option.value"))
        elif box.locator("input[type=date]").count():
            box.locator("input").fill("2026-11-23")
        else:
            box.locator("input").first.fill("示例")


def test_a_household_types_it_once(visit: Visit, catalogue: prefill.Catalogue, office: Office, tmp_path: Path) -> None:
    record = catalogue.record(STATED)
    plan = catalogue.plan(36)
    filing = prefill.Filing(worker="示例员", today=ON)
    filled = prefill.fill(plan, record, on=ON, filing=filing)
    assert filled["mobile"].reason == filled["contact_name"].reason == "not-recorded"

    page = visit(filled).page
    at(page, "mobile").fill("139 0000 1234")
    at(page, "landline").fill("02783210000")
    at(page, "contact_name").fill("赵示例")
    at(page, "contact_phone").fill("13900005678")
    correct(page, "ethnicity", "回族")
    at(page, "photo").set_input_files({"name": "wang.jpg", "mimeType": "image/jpeg", "buffer": b"..."})
    fill_required(page)
    send(page)
    body = office.posted[-1][1]

    receipt = prefill.receive(None, body, plan=plan, key=KEY, filing=filing)
    assert receipt.facts == prefill.receive(filled, body, key=KEY, filing=filing).facts
    assert (receipt.errors, receipt.tampered) == ((), ())
    assert receipt.origin("mobile") == "manual"
    assert receipt.origin("name") == "auto"
    ethnicity = receipt.answer("ethnicity")
    assert ethnicity is not None
    assert (ethnicity.origin, ethnicity.original_text, ethnicity.text) == ("override", "汉族", "回族")
    (request,) = receipt.corrections
    assert (request.label, request.found.text, request.recorded[0].text) == ("民族", "回族", "汉族")
    sheet = requests_to_html(receipt.corrections)
    assert all(text in sheet for text in ("校核申请单", "公安人口信息", ID, "汉族", "回族"))
    assert json.loads(receipt_to_json(receipt))["corrections"][0]["state"] == "open"

    after = record.learn(receipt.facts)
    assert after.learn(receipt.facts).statements == after.statements
    learnt = {fact.path: fact.value for fact in receipt.facts}
    assert learnt["resident.phone"] == "13900001234"
    for number in (39, 43):
        before = prefill.fill(catalogue.plan(number), record, on=LATER, filing=filing)
        then = prefill.fill(catalogue.plan(number), after, on=LATER, filing=filing)
        told = [e for e in then if any(fact.source == "社区填报" for fact in e.facts)]
        assert {e.text for e in told} >= {"13900001234"}
        shown = {path for e in then for fact in e.facts for path in [fact.path]}
        for entry in then:  # nothing that was typed is asked for
            path = entry.field.from_
            if entry.row is None and isinstance(path, str) and path in learnt:
                assert entry.reason != "not-recorded", entry.key
        assert len(then.todo) < len(before.todo)
        assert "resident.phone" in shown

    # the ledger counts the page, what came back and the next two forms, each once; the report shows it, the correction with its source
    with prefill.open_ledger(tmp_path / "ledger.db") as ledger:
        later = [prefill.fill(catalogue.plan(n), after, on=LATER, filing=filing) for n in (39, 43)]
        counting: list[prefill.FilledForm | prefill.Receipt] = [filled, receipt, *later, receipt]
        for counted in counting:
            ledger.add(counted, key=KEY)
        found = report(ledger.entries(), catalogue, faults=ledger.verify())
    assert found.ledger == 4
    page_of_report = report_page(found)
    assert "民族" in page_of_report
    assert "公安人口信息" in page_of_report
    assert not any(value in page_of_report for value in ("回族", "王示例", "13900001234", ID))

    # the same once more changes nothing; somebody else's page is refused
    again = prefill.receive(None, body, plan=plan, key=KEY, filing=filing)
    assert again.facts == receipt.facts
    other = prefill.fill(
        plan, catalogue.record([{"source": "公安人口库", "resident": {"id_number": "420112198002020017"}}]), on=ON
    )
    with pytest.raises(prefill.SubmissionError):
        prefill.receive(other, body, key=KEY)


def test_a_draft_is_taken_up_again(visit: Visit, catalogue: prefill.Catalogue, office: Office) -> None:
    stated = {"source": "社区网格", "as_of": "2026-10-12", "resident": {"id_number": ID, "phone": "13900001111"}}
    record = catalogue.record([*STATED, stated])
    filled = prefill.fill(catalogue.plan(36), record, on=ON)
    answers = {"mobile": "13922223333", "contact_name": "赵示例", "ethnicity": "03"}
    receipt = prefill.receive(filled, {"form": "senior-card", "version": "2018", "answers": answers})
    news = record.learn([prefill.Fact("resident.phone", "13944445555", "社区网格", "2026-11-22")])
    draft = prefill.refill(receipt, news)
    page = visit(html=prefill.to_html(draft.fresh, draft=draft, key=KEY, submit_to=office.address)).page
    assert at(page, "mobile").input_value() == "13922223333"
    assert at(page, "contact_name").input_value() == "赵示例"
    assert "13944445555" in cell(page, "mobile").locator(".was").locator("xpath=..").inner_text()
    told = cell(page, "mobile").locator(".ways").inner_text()
    assert [told.find(text) for text in ("13900001111", "13922223333", "13944445555")] == sorted(
        told.find(text) for text in ("13900001111", "13922223333", "13944445555")
    )
    cell(page, "mobile").locator("button.revert").click()
    sent = page.evaluate("window.prefill.submission()")
    assert sent["answers"]["mobile"] == {"revert": True}
    back = prefill.receive(draft, sent, key=KEY)
    assert back.filled["mobile"].text == "13944445555"
    assert back.filled["contact_name"].text == "赵示例"
    assert back.origin("ethnicity") == "override"
