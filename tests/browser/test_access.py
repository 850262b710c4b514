"""Accessibility (WCAG 2.2 AA): axe-core finds no violation, in each state that a worker sees."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import prefill

from .conftest import MODULES, Watched

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = MODULES / "axe-core" / "axe.min.js"
NEEDS = "needs axe-core of tests/browser/package.json (make system-tests installs it)"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.skipif(not AXE.is_file(), reason=NEEDS)


def violations(page: "Page") -> list[Any]:
    page.mouse.wheel(0, 100_000)  # to the end, where the bar covers nothing
    page.wait_for_timeout(100)
    page.evaluate(f"() => {{ {AXE.read_text('utf-8')}\n }}")  # the page's policy runs no script of a tag
    found: list[Any] = page.evaluate(
        "(rules) => window.axe.run(document, {runOnly: rules}).then((told) => told.violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]))",
        RULES,
    )
    return found


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("number, poor", [(8, True), (39, True), (43, False)])
def test_no_violation(
    visit: Callable[..., Watched], filled_form: Callable[..., prefill.FilledForm], number: int, poor: bool, width: int
) -> None:
    page = visit(filled_form(number, poor), width=width).page
    assert violations(page) == []
    page.click("#send")  # every message at its cell
    page.locator(".shown").first.click()
    page.get_by_role("button", name="更正", exact=True).first.click()
    page.locator(".shown").nth(1).click()
    grow = page.locator(".grow:visible")
    if grow.count():
        grow.first.click()
    page.locator("#copies").click()
    assert violations(page) == []
    page.locator("#strip .copy").first.click()
    page.wait_for_timeout(100)
    assert violations(page) == []
