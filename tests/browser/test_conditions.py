"""Conditions come to the same in Python and in the browser: conditions.yaml is run in both, and every form's page asks what the form asks."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import prefill
from prefill import kinds
from prefill.conditions import Operand, compile_condition
from prefill.filling import Table
from prefill.kinds import CodeList
from prefill.plans.neutral import neutral

from ..survey import fill_sample

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CASES: list[dict[str, Any]] = yaml.load(
    Path(__file__).with_name("conditions.yaml").read_text("utf-8"), yaml.CBaseLoader
)
NUMBERED = [(case, number) for case in CASES for number in range(len(case["cases"]))]
WORDS = {"true": True, "false": False, "waits": None}


def operands(case: dict[str, Any]) -> dict[str, Operand]:
    found = {}
    for place, (name, of) in enumerate(case["of"].items()):
        lists = {key: of[key] for key in ("items", "groups", "none", "exclusive") if key in of}
        codes = CodeList(name, name, None, None, **lists) if lists else None
        found[name] = Operand(name, place, of["kind"], codes, term=False)
    return found


def state(operand: Operand, said: Any) -> dict[str, Any]:
    """What a case says of a field: (reason, value, waits), for both sides."""
    if said == "new":
        return {"reason": "not-recorded"}
    if said == "none":
        return {"reason": "not-applicable"}
    reason, raw = next(iter(said.items())) if isinstance(said, dict) else ("recorded", said)
    value = kinds.read(operand.kind, raw, operand.codes) if raw != [] else ()
    return {"reason": reason, "value": value}


def in_python(case: dict[str, Any], said: dict[str, Any]) -> bool | None:
    known = operands(case)
    faults: list[Any] = []
    condition = compile_condition(case["when"], lambda name: known[name], faults.append)
    assert not faults
    memory = []
    for name, operand in known.items():
        is_ = state(operand, said.get(name, "new"))
        waits = ("x",) if is_["reason"] == "waits" else ()
        memory.append(("recorded" if waits else is_["reason"], is_.get("value"), (), (), waits))
    verdict = condition(memory)
    return verdict if isinstance(verdict, bool) else None


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return (
        value
        if isinstance(value, bool) or value is None
        else kinds.show("money", value)
        if isinstance(value, Decimal)
        else str(value)
    )


def in_browser(page: "Page", case: dict[str, Any], said: dict[str, Any]) -> bool | None:
    known = operands(case)
    seen: list[Operand] = []

    def refer(name: str) -> Operand:
        seen.append(known[name])
        return known[name]

    compile_condition(case["when"], refer, lambda _: None)
    node = neutral(case["when"], seen, lambda operand: {"cell": operand.name})
    states = {}
    for name, operand in known.items():
        is_ = state(operand, said.get(name, "new"))
        states[name] = {"skipped": is_["reason"] == "not-applicable", "held": is_["reason"] in ("recorded", "stale")}
        if is_["reason"] == "recorded":
            states[name]["value"] = plain(is_["value"])
    found: bool | None = page.evaluate(
        "([node, states]) => window.prefill.decide(node, (one) => states[one.cell])", [node, states]
    )
    return found


@pytest.fixture(scope="module")
def page(
    browser: "Browser", catalogue: prefill.Catalogue, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Page]":
    page = browser.new_page()
    file = tmp_path_factory.mktemp("conditions") / "page.html"
    file.write_text(prefill.to_html(fill_sample(catalogue.plan(39), catalogue)), encoding="utf-8")
    page.goto(file.as_uri())
    yield page
    page.close()


@pytest.mark.parametrize("case, number", NUMBERED, ids=[f"{case['shows']}:{n}" for case, n in NUMBERED])
def test_in_python(case: dict[str, Any], number: int) -> None:
    said = case["cases"][number]
    assert in_python(case, said) is WORDS[said["gives"]]


def test_in_the_browser(page: "Page") -> None:
    for case, number in NUMBERED:
        said = case["cases"][number]
        assert in_browser(page, case, said) is WORDS[said["gives"]], (case["shows"], said)


def test_a_page_asks_what_its_form_asks(browser: "Browser", catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    page = browser.new_page()
    wrong = []
    for number in range(1, 46):
        for poor in (False, True):
            filled = fill_sample(catalogue.plan(number), catalogue, poor)
            file = tmp_path / "page.html"
            file.write_text(prefill.to_html(filled), encoding="utf-8")
            page.goto(file.as_uri())
            shown = page.evaluate(
                """() => Object.fromEntries(Array.from(document.querySelectorAll("td[data-cell]")).map((td) => [td.dataset.cell,
                  td.classList.contains("off") || td.classList.contains("skip") && !td.classList.contains("new") ? "skip"
                  : td.classList.contains("maybe") ? "maybe" : "asked"]))"""
            )
            wrong += [f"{number} {poor} {line}" for line in differences(filled, shown)]
    page.close()
    assert wrong == []


def differences(filled: prefill.FilledForm, shown: dict[str, str]) -> Iterator[str]:
    for _, parts in filled.sections():
        for part in parts:
            own: list[prefill.Entry | None] = [part.entry if isinstance(part, Table) else part]
            if isinstance(part, Table):
                own += [entry for row in part.rows for entry in row.entries]
            for entry in own:
                if entry is None or entry.field.when is None or entry.status == "hand":
                    continue
                name = entry.key if entry.row is None else f"{entry.key}@{entry.row}"
                wanted = "skip" if entry.status == "skip" else "maybe" if entry.waits_for else "asked"
                if name in shown and shown[name] != wanted:
                    yield f"{name}: {wanted}, shown as {shown[name]}"
