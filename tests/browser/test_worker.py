"""What a worker does on a page: reads, tabs, types with an input method, corrects, adds rows, breaks off, submits. Forms 8, 39 and 43."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

import prefill
from prefill.tokens import check_token

from .conftest import KEY, NEEDS, Office, Watched, unfinished

if TYPE_CHECKING:
    from playwright.sync_api import Page

FORMS = [(8, True), (39, True), (43, False)]
expect = pytest.importorskip("playwright.sync_api", reason=NEEDS).expect
Visit = Callable[..., Watched]
Fill = Callable[..., prefill.FilledForm]
WRONG_ID = "42011219500315004X"[:-1] + "1"
OTHER_ID = "42011219500315004X"


def at(page: "Page", name: str) -> Any:
    """The input of that name."""
    return page.locator(f'[name="{name}"]:not(template *)')


def cell(page: "Page", name: str) -> Any:
    return page.locator(f'td[data-cell="{name}"]')


def submission(page: "Page") -> Any:
    return page.evaluate("window.prefill.submission()")


def focused(page: "Page") -> str:
    found: str = page.evaluate(
        "() => { const node = document.activeElement; const td = node.closest('[data-cell]'); return td ? td.dataset.cell : node.id || node.className; }"
    )
    return found


def compose(page: "Page", keys: str, text: str) -> None:
    """Type with an input method: pinyin, its own Enter in the middle, then the characters."""
    client = page.context.new_cdp_session(page)
    for end in range(1, len(keys) + 1):
        client.send("Input.imeSetComposition", {"text": keys[:end], "selectionStart": end, "selectionEnd": end})
    process = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    client.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **process})
    client.send("Input.insertText", {"text": text})
    client.send("Input.dispatchKeyEvent", {"type": "keyUp", **process})
    client.detach()


# ── moving about ────────────────────────────────────────


@pytest.mark.parametrize("number, poor", FORMS)
def test_the_tab_key_goes_through_what_is_left_and_nothing_else(
    visit: Visit, filled_form: Fill, number: int, poor: bool
) -> None:
    filled = filled_form(number, poor)
    page = visit(filled).page
    seen: list[str] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        name = focused(page)
        if name == "send":
            break
        seen.append(name)
    shown = page.evaluate(
        "() => Array.from(document.querySelectorAll('td.new:not(.off), td.confirm:not(.off)')).filter((td) => td.querySelector('input, select, textarea')).map((td) => td.dataset.cell)"
    )
    assert list(dict.fromkeys(name for name in seen if name in shown)) == shown
    known = {e.key if e.row is None else f"{e.key}@{e.row}" for e in filled.entries if e.status == "known"}
    assert not known & {*seen}
    assert {name for name in seen if "@+" not in name} - {*shown} <= {"grow", "next", "copies", "save", "shown", ""}


def test_enter_moves_to_the_next_open_cell_and_never_while_an_input_method_composes(
    visit: Visit, filled_form: Fill
) -> None:
    page = visit(filled_form(39, True)).page
    left = unfinished(page)
    at(page, "employer").focus()
    compose(page, "wuhan", "武汉")
    assert focused(page) == "employer"
    assert at(page, "employer").input_value() == "武汉"
    page.keyboard.press("Enter")
    assert focused(page) == "own_phone"
    assert unfinished(page) == left - 1
    assert page.get_attribute("#left", "role") == "status"
    page.click("#next")
    assert focused(page) == "record_no"
    told = submission(page)
    assert told["answers"]["employer"] == {"value": "武汉"}
    assert told["effort"]["employer"]["keys"] is None
    assert told["effort"]["employer"]["seconds"] >= 0


def test_a_known_cell_is_one_key_away_and_says_its_sources(visit: Visit, filled_form: Fill) -> None:
    filled = filled_form(39, True)
    page = visit(filled).page
    at(page, "record_no").focus()
    page.keyboard.press("Control+ArrowDown")
    assert focused(page) == "name"
    page.keyboard.press("Enter")
    fact = filled["name"].facts[0]
    assert f"{fact.source_label} {fact.as_of}" in cell(page, "name").locator(".sourced").inner_text()
    page.keyboard.press("Escape")
    assert cell(page, "name").locator(".sourced").count() == 0
    cell(page, "address").locator(".shown").click()
    assert cell(page, "address").locator(".sourced").is_visible()


# ── checking and correcting ────────────────────────────────────────


def test_a_known_value_is_corrected_checked_and_reverted(visit: Visit, filled_form: Fill) -> None:
    filled = filled_form(39, True)
    page = visit(filled).page
    number = filled["id_number"].value
    cell(page, "id_number").locator(".shown").click()
    page.get_by_role("button", name="更正", exact=True).click()
    box = at(page, "id_number")
    assert box.input_value() == number
    assert submission(page)["answers"] == {}  # nothing is altered yet
    box.press_sequentially(WRONG_ID)
    assert "末位校验不对" in cell(page, "id_number").locator(".fault").inner_text()
    assert box.get_attribute("aria-invalid") == "true"
    assert "e-id_number" in str(box.get_attribute("aria-describedby"))
    assert submission(page)["answers"] == {}
    page.keyboard.press("Enter")
    assert focused(page) == "id_number"  # the fault is mended first
    box.fill(OTHER_ID)
    assert cell(page, "id_number").locator(".fault").count() == 0
    assert number in cell(page, "id_number").inner_text()  # the original stands beside it
    cell(page, "id_number").get_by_label("只改本表，不改档案").check()
    assert submission(page)["answers"] == {"id_number": {"value": OTHER_ID, "scope": "form"}}
    box.fill(f" {number[:6]} {number[6:]} ")  # the same, written otherwise, is no change
    assert submission(page)["answers"] == {}
    cell(page, "id_number").get_by_label("此项应为空").check()
    assert submission(page)["answers"] == {"id_number": {"clear": True}}
    page.get_by_role("button", name="恢复原值").click()
    assert submission(page)["answers"] == {}
    assert cell(page, "id_number").locator("input").count() == 0
    assert focused(page) == "id_number"


@pytest.mark.parametrize(
    "name, wrong, message, right",
    [
        ("contact_phone", "1390000", "电话", "13900000001"),
        ("contact_name", "张?", "姓名", "张示例"),
        ("created_date", "", "", "2026-11-23"),
    ],
)
def test_what_is_typed_is_checked_at_the_cell(
    visit: Visit, filled_form: Fill, name: str, wrong: str, message: str, right: str
) -> None:
    page = visit(filled_form(39, True)).page
    box = at(page, name)
    if wrong:
        box.fill(wrong)
        box.blur()
        assert message in cell(page, name).locator(".fault").inner_text()
        assert name not in submission(page)["answers"]
    box.fill(right)
    box.blur()
    assert cell(page, name).locator(".fault").count() == 0
    assert submission(page)["answers"][name] == {"value": right}


def test_cells_to_confirm_are_confirmed_one_by_one(visit: Visit, filled_form: Fill) -> None:
    filled = filled_form(39, True)
    page = visit(filled).page
    left = unfinished(page)
    assert page.get_by_text("全部").count() == 0
    cell(page, "hukou_address").get_by_label("仍是如此").check()
    others = filled["phone"].others
    cell(page, "phone").get_by_label(re.compile(re.escape(others[1].text))).check()
    assert unfinished(page) == left - 2
    answers = submission(page)["answers"]
    assert answers == {"hukou_address": {"confirm": True}, "phone": {"value": others[1].value}}
    cell(page, "phone").get_by_label("都不对，应为").check()
    assert unfinished(page) == left - 1
    at(page, "phone").fill("13900009999")
    assert submission(page)["answers"]["phone"] == {"value": "13900009999"}
    page.keyboard.press("Enter")
    assert focused(page) != "phone"


def test_enter_confirms_nothing(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(39, True)).page
    at(page, "record_no").focus()
    for _ in range(80):
        page.keyboard.press("Enter")
    assert submission(page)["answers"] == {}


def test_options_that_stand_alone_stand_alone(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(39, True)).page
    box = cell(page, "family_father")
    box.get_by_label("高血压").check()
    box.get_by_label("冠心病").check()
    assert submission(page)["answers"]["family_father"] == {"value": ["2", "4"]}
    box.get_by_label("无", exact=True).check()
    assert submission(page)["answers"]["family_father"] == {"value": ["1"]}
    box.get_by_label("其他").check()
    assert submission(page)["answers"]["family_father"] == {"value": ["12"]}


def test_conditions_show_and_hide(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(39, True)).page
    assert "待定" in cell(page, "ethnicity_name").inner_text()
    cell(page, "ethnicity").get_by_label("汉族").check()
    assert cell(page, "ethnicity_name").evaluate(
        "(td) => td.classList.contains('off') && !td.querySelector('select').offsetParent"
    )
    cell(page, "ethnicity").get_by_label("少数民族").check()
    left = unfinished(page)
    at(page, "ethnicity_name").select_option(index=3)
    assert unfinished(page) == left - 1
    assert "ethnicity_name" in submission(page)["answers"]
    cell(page, "ethnicity").get_by_label("汉族").check()
    assert "ethnicity_name" not in submission(page)["answers"]
    cell(page, "operations_had").get_by_label("无", exact=True).check()
    assert not at(page, "operations.name@+1").is_visible()
    cell(page, "operations_had").get_by_label("有", exact=True).check()
    assert at(page, "operations.name@+1").is_visible()


def test_a_corrected_value_changes_what_is_asked(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(8, True)).page
    assert at(page, "rooms").is_visible()
    cell(page, "dwelling_type").locator(".shown").click()
    page.get_by_role("button", name="更正", exact=True).click()
    at(page, "dwelling_type").select_option(index=3)
    assert not at(page, "rooms").is_visible()
    page.get_by_role("button", name="恢复原值").click()
    assert at(page, "rooms").is_visible()


# ── tables ────────────────────────────────────────


def test_tables_grow_and_lose_rows(visit: Visit, filled_form: Fill) -> None:
    filled = filled_form(43)
    page = visit(filled).page
    row = next(e.row for e in filled.entries if e.key == "members.name")
    page.get_by_role("button", name="添一行：家庭成员").click()
    assert focused(page) == "members.relation@+1"
    at(page, "members.name@+1").focus()
    compose(page, "zhaoliu", "赵小例")
    at(page, "members.id_number@+1").fill(WRONG_ID)
    assert "末位校验不对" in cell(page, "members.id_number@+1").inner_text()
    at(page, "members.id_number@+1").fill(OTHER_ID)
    at(page, "members.on_assistance@+1").select_option("false")
    page.get_by_role("button", name="添一行：家庭成员").click()
    at(page, "members.name@+2").fill("不要")
    page.get_by_role("button", name=re.compile("删去此行：第 6 人")).click()
    at(page, f"members.income@{row}").fill("36,000")
    page.get_by_role("button", name=re.compile("删去此行：第 2 人")).click()
    second = filled.sections()[2][1][0].rows[1].id  # type: ignore[union-attr]
    rows = {one["row"]: one for one in submission(page)["rows"]["members"]}
    added = {"name": {"value": "赵小例"}, "id_number": {"value": OTHER_ID}, "on_assistance": {"value": False}}
    assert rows["+1"] == {"row": "+1", "answers": added}
    assert rows[row] == {"row": row, "answers": {"income": {"value": "36,000"}}}
    assert rows[second] == {"row": second, "removed": True}
    assert len(rows) == 3
    page.locator(f'[data-row="{second}"] .shown').first.focus()
    page.keyboard.press("Control+Delete")
    assert second not in {one["row"] for one in submission(page)["rows"]["members"]}


def test_a_list_may_be_said_to_be_empty(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(39, True)).page
    left = unfinished(page)
    cell(page, "diseases").get_by_label("确认没有").check()
    assert submission(page)["answers"]["diseases"] == {"value": []}
    cell(page, "diseases").get_by_label("确认没有").uncheck()
    assert unfinished(page) == left
    at(page, "diseases.code@+1").select_option("2")
    told = submission(page)
    assert told["rows"] == {"diseases": [{"row": "+1", "answers": {"code": {"value": "2"}}}]}
    assert unfinished(page) == left - 1


# ── breaking off ────────────────────────────────────────


def test_work_survives_a_reload(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(43)).page
    page.get_by_role("button", name="添一行：家庭成员").click()
    at(page, "members.name@+1").fill("赵小例")
    cell(page, "object_type").get_by_label("属实").check()
    cell(page, "apply_type").get_by_label("变更").check()
    cell(page, "employer").locator(".shown").click()
    page.get_by_role("button", name="更正", exact=True).click()
    at(page, "employer").fill("示例厂")
    page.get_by_role("button", name=re.compile("删去此行：第 2 人")).click()
    before, left = submission(page), unfinished(page)
    page.reload()
    assert "已恢复" in page.inner_text("#message")
    assert submission(page) == before
    assert unfinished(page) == left
    page.get_by_role("button", name="清除重填").click()
    page.wait_for_load_state()
    assert submission(page)["answers"] == {}
    assert page.evaluate("Object.keys(localStorage)") == []


def test_nothing_is_kept_unless_the_app_asks_and_what_has_expired_goes(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(39, True), keep=None).page
    page.evaluate("localStorage.setItem('prefill:work:x', JSON.stringify({until: 1}))")
    at(page, "employer").fill("示例厂")
    page.wait_for_timeout(500)
    assert page.evaluate("Object.keys(localStorage)") == ["prefill:work:x"]
    other = visit(filled_form(39, True), keep=timedelta(hours=1)).page
    other.evaluate(
        "['a', 'b'].forEach((name, i) => localStorage.setItem(`prefill:work:${name}`, i ? 'no JSON' : JSON.stringify({until: 1})))"
    )
    other.reload()
    assert other.evaluate("Object.keys(localStorage)") == []


# ── submitting ────────────────────────────────────────


def fill_everything(page: "Page") -> None:
    """Answer all that is left, one cell after the other, as its kind asks."""
    texts = {
        "phone": "13900000001",
        "person_name": "张示例",
        "id_number": OTHER_ID,
        "integer": "3",
        "decimal": "60.5",
        "money": "1200",
        "date": "2026-11-23",
    }
    texts |= {"year_month": "2026-11", "year": "2026", "address": "示例路1号"}
    kinds = page.evaluate("() => JSON.parse(document.getElementById('data').textContent).cells")
    for _ in range(3):  # what is answered may ask for more
        for name in page.evaluate(
            "() => Array.from(document.querySelectorAll('td.new, td.confirm')).filter((td) => !td.closest('.removed, .off')).map((td) => td.dataset.cell)"
        ):
            box = cell(page, name)
            if box.evaluate("(td) => td.classList.contains('off') || td.classList.contains('done')"):
                continue
            radios = box.locator("input[type=radio]:visible, input[type=checkbox]:visible")
            if radios.count():
                radios.first.check()
            elif box.locator("select:visible").count():
                box.locator("select").select_option(index=1)
            elif box.locator("input[list]:visible").count():
                box.locator("input").fill(box.locator("option").first.evaluate("(option) => option.value"))
            elif box.locator("input:visible, textarea:visible").count():
                field = box.locator("input, textarea").first
                kind = field.get_attribute("type")
                field.fill(
                    {"date": "2026-11-23", "month": "2026-11", "datetime-local": "2026-11-23T09:30"}.get(str(kind))
                    or texts.get(kinds[name]["kind"], "示例")
                )
        if unfinished(page) == 0:
            return


@pytest.mark.parametrize("number, poor", FORMS)
def test_a_form_is_filled_to_its_end_and_submitted(
    visit: Visit, filled_form: Fill, office: Office, number: int, poor: bool
) -> None:
    filled = filled_form(number, poor)
    watched = visit(filled)
    page = watched.page
    page.click("#send")
    assert office.posted == []  # what is required comes first
    assert "必填" in page.inner_text("#message")
    assert page.locator("td .fault").count()
    fill_everything(page)
    assert unfinished(page) == 0
    page.keyboard.press("Control+ArrowDown")
    office.status = 503
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("503")
    assert "存为文件" in page.inner_text("#message")
    office.status = 204
    page.wait_for_timeout(400)
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("已提交")
    assert page.evaluate("Object.keys(localStorage)") == []
    told = office.submission
    assert office.posted[-1][0] == "application/json"
    assert {name: told[name] for name in ("form", "version", "on")} == {
        "form": filled.form.id,
        "version": filled.form.version,
        "on": filled.on.isoformat(),
    }
    assert told["filled"] == json.loads(prefill.to_json(filled))
    check_token(told["token"], told["filled"], key=KEY)
    open_keys = {
        e.key
        for e in filled.todo
        if e.row is None and e.kind != "list" and not e.waits_for and e.reason != "after-answers"
    }
    assert open_keys <= told["answers"].keys()
    assert all(effort.keys() == {"keys", "seconds"} for effort in told["effort"].values())
    assert page.locator("#send").is_disabled()
    assert watched.faults.pop().endswith("503 (Service Unavailable)")  # the one that was asked for


def test_without_an_address_the_submission_is_saved(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(8, True), posts=False).page
    assert not page.locator("#send").is_visible()
    fill_everything(page)
    with page.expect_download() as waiting:
        page.click("#save")
    told = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    assert waiting.value.suggested_filename == "population-census-2020-11-01.json"
    assert told["answers"]["present"] == {"value": "3"}
    assert "filled" not in told
    assert told["token"].startswith("1.-.-.")


def test_effort_counts_keys_and_presses_and_never_holds_what_was_typed(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(39, True)).page
    at(page, "contact_phone").click()
    page.keyboard.type("13900000001")
    page.keyboard.press("Enter")
    cell(page, "blood_rh").get_by_label("阴性").check()
    at(page, "street").evaluate(
        "(node) => { node.focus(); node.dispatchEvent(new ClipboardEvent('paste', {bubbles: true})); node.value = '示例街道'; node.dispatchEvent(new InputEvent('input', {bubbles: true})); }"
    )
    at(page, "village").evaluate(
        "(node) => { node.value = '自动'; node.dispatchEvent(new InputEvent('input', {bubbles: true})); }"
    )
    effort = submission(page)["effort"]
    assert effort["contact_phone"]["keys"] == 11
    assert effort["blood_rh"]["keys"] == 1
    assert effort["street"]["keys"] is None
    assert effort["village"]["keys"] is None
    assert set(effort) == {"contact_phone", "blood_rh", "street", "village"}
    assert not re.search("13900000001|示例街道|自动", json.dumps(effort, ensure_ascii=False))


PRESS = """(names) => {
    for (const name of names) {  // on the words of the option, not on its button
        const words = document.querySelector(`td[data-cell="${name}"] .pick .opt`);
        words.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
        words.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
        words.click();
    }
}"""


def test_a_click_takes_the_time_since_the_act_before_it(visit: Visit, filled_form: Fill) -> None:
    """Who reads a value and then clicks has read it; who clicks one after the other has not."""
    page = visit(filled_form(43)).page
    slow, fast, keyed = "object_type", "hukou_street", "hukou_community"
    cell(page, slow).scroll_into_view_if_needed()
    page.wait_for_timeout(1300)
    page.evaluate(PRESS, [slow, fast])
    page.wait_for_timeout(1300)  # before she comes to the next: not the time of the one that is done, either
    cell(page, keyed).locator(".pick input").first.focus()
    page.wait_for_timeout(1300)
    page.keyboard.press("Space")
    effort = submission(page)["effort"]
    assert effort[slow]["seconds"] >= 1.2
    assert effort[fast]["seconds"] < 1
    assert effort[keyed]["seconds"] >= 1.2
    assert [effort[name]["keys"] for name in (slow, fast, keyed)] == [1, 1, 1]


def test_what_was_not_on_the_screen_was_not_read(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(43)).page
    box = cell(page, "area_per_person")
    assert not box.evaluate("(td) => td.getBoundingClientRect().top < innerHeight")
    page.wait_for_timeout(1300)
    box.evaluate(
        "(td) => new Promise((done) => { td.scrollIntoView(); requestAnimationFrame(() => setTimeout(done, 20)); })"
    )
    page.evaluate(PRESS, ["area_per_person"])
    assert submission(page)["effort"]["area_per_person"]["seconds"] < 1


def test_what_follows_from_answers_is_read_and_not_typed(visit: Visit, filled_form: Fill) -> None:
    filled = filled_form(26, True)
    page = visit(filled).page
    for key in ("service_count", "service_hours"):
        assert filled[key].reason == "after-answers"
        assert cell(page, key).locator("input, select, textarea").count() == 0
        assert "由其他答案得出" in cell(page, key).inner_text()
    hours = page.locator("td[data-cell^='services.hours@+']").first
    assert hours.locator("input, select, textarea").count() == 0
    assert hours.inner_text().strip() == "自动算出"
    at(page, "services.began@+1").fill("2026-11-20T09:00")
    at(page, "services.ended@+1").fill("2026-11-20T11:00")
    page.keyboard.press("Enter")
    assert focused(page).startswith("services.")  # past the hours, which take no input
    sent = submission(page)
    assert {"services.hours", "service_hours"}.isdisjoint({*sent["answers"], *sent["rows"]["services"][0]["answers"]})
    receipt = prefill.receive(filled, sent, key=KEY)
    assert receipt.filled["service_hours"].text == "2.00"
    assert not receipt.tampered


def test_a_correction_says_what_it_is_known_by(visit: Visit, filled_form: Fill) -> None:
    filled = filled_form(39)
    page = visit(filled).page
    cell(page, "id_number").locator(".shown").click()
    page.get_by_role("button", name="更正", exact=True).click()
    at(page, "id_number").fill(OTHER_ID)
    box = cell(page, "id_number")
    page.keyboard.press("Tab")  # 此项应为空
    page.keyboard.press("Tab")  # 只改本表
    page.keyboard.press("Tab")
    page.keyboard.type("户口簿")
    assert submission(page)["answers"]["id_number"] == {"value": OTHER_ID, "evidence": "户口簿"}
    page.wait_for_timeout(400)
    page.reload()  # kept with the rest
    assert submission(page)["answers"]["id_number"] == {"value": OTHER_ID, "evidence": "户口簿"}
    assert box.get_by_label("校核依据").input_value() == "户口簿"
    box.get_by_role("button", name="恢复原值").click()
    assert submission(page)["answers"] == {}
    name = str(page.locator("td.confirm .pick input.other").first.get_attribute("name")).removeprefix("choice:")
    assert cell(page, name).get_by_label("校核依据").count() == 0
    cell(page, name).locator("input.other").check()
    assert cell(page, name).get_by_label("校核依据").is_visible()
    cell(page, name).locator("input[value=confirm]").check()
    assert not cell(page, name).get_by_label("校核依据").is_visible()


def test_without_script_the_page_is_read_and_posts_as_a_plain_form(
    browser: Any, filled_form: Fill, office: Office, tmp_path: Path
) -> None:
    filled = filled_form(39, True)
    file = tmp_path / "page.html"
    file.write_text(prefill.to_html(filled, submit_to=office.address), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("button:visible").all_inner_texts() == ["提交"]
    assert filled["name"].text in page.inner_text("main")
    at(page, "employer").fill("示例厂")
    for box in page.locator("input[required]:not([type=radio])").all():
        box.fill("2026-11-23" if box.get_attribute("pattern") else "示例")
    for box in page.locator("select[required]").all():
        box.select_option(index=1)
    names = {box.get_attribute("name") for box in page.locator("input[type=radio][required]").all()}
    for name in names:
        page.locator(f'input[name="{name}"]').first.check()
    page.get_by_role("button", name="提交").click()
    for _ in range(50):
        if office.posted:
            break
        page.wait_for_timeout(100)
    assert office.posted
    kind, body = office.posted[-1]
    fields = parse_qs(body.decode())
    assert kind == "application/x-www-form-urlencoded"
    assert fields["employer"] == ["示例厂"]
    assert fields["page:form"] == ["health-record"]
    check_token(fields["page:token"][0], filled)
    context.close()


# ── reading, printing, copying ────────────────────────────────────────


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")
@pytest.mark.parametrize("number, poor", FORMS)
def test_the_page_prints(visit: Visit, filled_form: Fill, tmp_path: Path, number: int, poor: bool) -> None:
    filled = filled_form(number, poor)
    page = visit(filled).page
    if number == 39:
        at(page, "employer").fill("武汉示例机械厂")
        cell(page, "phone").get_by_label("都不对，应为").check()
        at(page, "phone").fill("13900009999")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    told = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    text = re.sub(r"\s+", "", told)
    assert re.sub(r"\s+", "", filled.form.title) in text
    for word in ("还剩", "下一项", "存为文件", "添一行", "删行", "抄录条"):
        assert word not in text
    if number == 39:
        assert "武汉示例机械厂" in text
        assert "13900009999" in text
    for entry in filled.entries:
        if entry.status == "known" and entry.row is None and len(entry.text) < 8:
            assert re.sub(r"\s+", "", entry.text) in text, entry.key


@pytest.mark.parametrize("number, poor", FORMS)
def test_at_360_pixels_nothing_is_cut(visit: Visit, filled_form: Fill, number: int, poor: bool) -> None:
    page = visit(filled_form(number, poor), width=360).page
    cut = """() => Array.from(document.querySelectorAll("main *")).filter((node) => node.offsetParent && !node.closest(".unseen"))
      .filter((node) => node.getBoundingClientRect().right > 360.5 || node.getBoundingClientRect().left < -0.5 || node.scrollWidth > node.clientWidth + 1
        && getComputedStyle(node).overflowX !== "visible" && !node.matches("input, select, textarea"))
      .map((node) => `${node.tagName} ${node.className} ${node.textContent.trim().slice(0, 20)}`)"""
    assert page.evaluate(cut) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator(".shown").first.tap()
    page.get_by_role("button", name="更正", exact=True).first.tap()
    assert page.evaluate(cut) == []
    small = "() => Array.from(document.querySelectorAll('button')).filter((node) => node.offsetParent && !node.matches('.shown') && node.getBoundingClientRect().height < 24).length"
    assert page.evaluate(small) == 0


def test_the_copy_strip_gives_values_as_the_target_takes_them(visit: Visit, filled_form: Fill) -> None:
    filled = filled_form(39, True)
    page = visit(filled).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="抄录条").click()
    strip = page.locator("#strip")
    shown = strip.locator(".what").all_inner_texts()
    assert shown == [e.label for e in filled.entries if e.status == "known"]
    date = strip.get_by_role("button", name=re.compile("^出生日期"))
    assert filled["birth_date"].value in date.inner_text()
    date.click()
    expect(strip.locator(".ticked")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == filled["birth_date"].value
    at(page, "employer").fill("示例厂")
    cell(page, "residence_type").get_by_label("户籍", exact=True).check()
    told = strip.inner_text()
    assert "示例厂" in told
    assert re.search(r"常住类型\s*户籍", told)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    strip.get_by_role("button", name=re.compile("^姓名")).click()
    expect(strip.locator(".ticked")).to_have_count(2)  # the old way, where there is no clipboard to write to
    assert focused(page) in ("copy ticked", "copy")


NASTY = (
    "</script><script>window.pwned=1</script>{{ 7*7 }}{% raw %}]]><!--\u2028\u202e<img src=x onerror=window.pwned=1>😀"
)


def test_values_are_inert(visit: Visit, catalogue: prefill.Catalogue) -> None:
    stated = {
        "id_number": OTHER_ID,
        "name": "䶮𬱖㛃",
        "residence": {"address": NASTY},
        "hukou": {"address": "𫍯" + NASTY},
        "work": {"employer": {"name": NASTY}},
    }
    statements = [
        {"source": "社区网格", "as_of": "2026-10-12", "resident": stated},
        {
            "source": "居民自报",
            "as_of": "2026-10-13",
            "resident": {"id_number": OTHER_ID, "residence": {"address": NASTY + "2"}},
        },
    ]
    filled = prefill.fill(catalogue.plan(39), catalogue.record(statements), on=date(2026, 11, 23))
    page = visit(filled).page
    assert page.evaluate("window.pwned") is None
    assert "{{ 7*7 }}" in page.inner_text("main")
    assert page.locator("main img").count() == 0
    page.get_by_role("button", name="抄录条").click()
    cell(page, "name").locator(".shown").click()
    page.get_by_role("button", name="更正", exact=True).click()
    assert at(page, "name").input_value() == "䶮𬱖㛃"
    at(page, "employer").fill(NASTY) if at(page, "employer").count() else None
    told = page.evaluate("JSON.stringify(window.prefill.submission())")
    assert json.loads(told)["form"] == "health-record"
    assert page.evaluate("window.pwned") is None


def test_a_long_address_many_members_and_names_of_all_kinds(visit: Visit, catalogue: prefill.Catalogue) -> None:
    members = [
        {"name": f"王示例{number}"[:3] + "甲乙丙丁戊己庚辛壬癸子丑"[number], "relation_to_head": "子"}
        for number in range(12)
    ]
    address = "湖北省武汉市东西湖区" + "示例街道样本社区长长路" * 5
    stated = {"id_number": OTHER_ID, "name": "阿依古丽·买买提", "hukou": {"address": address}}
    statement = {"source": "公安人口库", "as_of": "2026-10-12", "resident": stated, "household": {"members": members}}
    filled = prefill.fill(catalogue.plan(39), catalogue.record([statement]), on=date(2026, 11, 23))
    page = visit(filled, width=360).page
    assert "阿依古丽·买买提" in page.inner_text("main")
    assert address in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    statement["resident"] = {"id_number": OTHER_ID}
    census = prefill.fill(catalogue.plan(8), catalogue.record([statement]), on=date(2026, 11, 23))
    page = visit(census, width=360).page
    assert page.locator("[data-table=persons] tbody [data-row]:not(.spare)").count() >= len(members)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_list_that_a_source_says_is_empty_takes_rows(visit: Visit, catalogue: prefill.Catalogue) -> None:
    stated = {"id_number": OTHER_ID, "health": {"diseases": [], "operations": []}}
    statement = {"source": "社区网格", "as_of": "2026-10-12", "resident": stated}
    filled = prefill.fill(catalogue.plan(39), catalogue.record([statement]), on=date(2026, 11, 23))
    page = visit(filled).page
    assert filled["diseases"].status == "known"
    box = page.locator('[data-table="diseases"]')
    assert "无" in box.inner_text()
    assert not box.locator("thead").is_visible()
    box.get_by_role("button", name="添一行").click()
    at(page, "diseases.code@+1").select_option("2")
    assert submission(page)["rows"] == {"diseases": [{"row": "+1", "answers": {"code": {"value": "2"}}}]}


def test_what_stands_in_a_forms_blank_rows_stays_when_one_is_added(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(3)).page
    at(page, "services.place@+2").fill("示例花园")
    page.get_by_role("button", name="添一行：服务记录").click()
    added = page.locator("[data-table=services] .added").get_attribute("data-row")
    assert added == "+5"
    at(page, "services.place@+5").fill("示例公园")
    rows = submission(page)["rows"]["services"]
    assert [(row["row"], row["answers"]["place"]["value"]) for row in rows] == [("+2", "示例花园"), ("+5", "示例公园")]


def test_a_table_too_wide_for_its_inputs_has_a_card_for_each_row(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(14), width=1024).page
    cards = page.locator("[data-table=activities] .card")
    assert cards.count() == 1  # the further ones are added as they are wanted
    assert cards.get_by_role("img", name="（必填）").count() >= 3
    assert "默认为本阵地" in cards.inner_text()
    at(page, "activities.title@+1").fill("读书会")
    page.get_by_role("button", name="添一行：活动").click()
    assert cards.count() == 2
    assert submission(page)["rows"]["activities"] == [{"row": "+1", "answers": {"title": {"value": "读书会"}}}]


@pytest.mark.parametrize("number, poor", [(2, True), (8, False), (14, False), (24, True), (33, False), (35, False)])
def test_on_an_old_screen_nothing_is_cut(visit: Visit, filled_form: Fill, number: int, poor: bool) -> None:
    page = visit(filled_form(number, poor), width=1007).page
    out = page.evaluate(
        """() => Array.from(document.querySelectorAll("td[data-cell]")).flatMap((td) => Array.from(td.querySelectorAll(
             "input:not([type=radio]):not([type=checkbox]), select, textarea"))
           .filter((node) => node.offsetParent && (node.getBoundingClientRect().right > td.getBoundingClientRect().right + 1
             || node.offsetWidth < (/date|month/.test(node.type) ? 90 : 34)))
           .map(() => td.dataset.cell))"""
    )
    assert out == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1007


def test_of_a_file_its_name_is_submitted(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(3)).page
    name = "guardian_consent"
    page.locator(f'[name="{name}"]').set_input_files(
        {"name": "同意书.pdf", "mimeType": "application/pdf", "buffer": b"x"}
    )
    assert cell(page, name).locator(".fault").count() == 0
    assert "文件请另交" in cell(page, name).inner_text()
    assert submission(page)["answers"][name] == {"value": "同意书.pdf"}


def test_a_server_that_asks_to_log_in_again_has_not_taken_the_form(
    visit: Visit, filled_form: Fill, office: Office
) -> None:
    watched = visit(filled_form(8, True))
    page = watched.page
    fill_everything(page)
    office.status = 302
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("重新登录")
    assert page.locator("#send").is_enabled()
    page.wait_for_timeout(400)
    assert page.evaluate("Object.keys(localStorage).length") == 1


def test_work_that_cannot_be_read_does_not_stop_the_page(visit: Visit, filled_form: Fill) -> None:
    page = visit(filled_form(39, True)).page
    at(page, "employer").fill("示例厂")
    page.wait_for_timeout(500)
    page.evaluate(
        "localStorage.setItem(Object.keys(localStorage)[0], JSON.stringify({until: Date.now() + 9e9, removed: ['x y']}))"
    )
    page.evaluate("window.addEventListener('pagehide', (event) => event.stopImmediatePropagation(), true)")
    page.reload()
    assert unfinished(page) > 0
    assert page.evaluate("typeof window.prefill.submission") == "function"
