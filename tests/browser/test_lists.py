"""Rosters and tallies in a browser: accessible (WCAG 2.2 AA), on a screen and a phone, and printed lying with the head on each page."""

import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import prefill
from prefill.rendering.lists import list_to_html

from .test_access import AXE, NEEDS, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COMMUNITY = Path(__file__).parent.parent.parent / "docs" / "examples" / "community.jsonl"


@pytest.fixture(scope="module")
def pages(catalogue: prefill.Catalogue) -> dict[str, str]:
    on = date(2026, 10, 31)
    with COMMUNITY.open(encoding="utf-8") as file:
        records = [catalogue.parse_record(line) for line in file]
    roster = prefill.fill_roster(catalogue.roster(30), records, on=on)
    many = replace(roster, rows=tuple(replace(roster.rows[n % len(roster)], number=n + 1) for n in range(60)))
    return {
        "roster": list_to_html(replace(many, undecided=roster.rows[:2])),
        "posted": list_to_html(many, public=True),
        "tally": list_to_html(prefill.count_tally(catalogue.tally(27), records, on=on)),
    }


@pytest.mark.skipif(not AXE.is_file(), reason=NEEDS)
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", ["roster", "posted", "tally"])
def test_no_violation(browser: "Browser", pages: dict[str, str], name: str, width: int, tmp_path: Path) -> None:
    file = tmp_path / "list.html"
    file.write_text(pages[name], encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert violations(page) == []
    assert asked == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # a wide table scrolls by itself
    page.close()


def test_a_roster_prints_lying_with_its_head_on_each_page(
    browser: "Browser", pages: dict[str, str], tmp_path: Path
) -> None:
    page = browser.new_page()
    page.set_content(pages["roster"])
    file = tmp_path / "list.pdf"
    page.pdf(path=file, prefer_css_page_size=True)
    page.close()
    told = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout
    sheets = told.split("\f")[:-1]
    size = subprocess.run(["pdfinfo", str(file)], capture_output=True, text=True, check=True).stdout
    assert "841.9" in size.split("Page size:")[1].split("x")[0] or "842" in size.split("Page size:")[1].split("x")[0]
    assert len(sheets) > 2
    assert all("联系电话" in sheet for sheet in sheets[:-1])
