"""The report's page in a browser: nothing runs off a phone, nothing is fetched, and axe-core finds no violation."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import prefill
from prefill.reports import report, report_page

from ..ledgers import chain, invented
from .test_access import AXE, NEEDS, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    catalogue = prefill.open_catalogue()
    made = (
        replace(one, delivery="paper") if one.system == 43 else one
        for one in invented(catalogue, 300, forms=(17, 30, 36, 39, 43))
    )
    page = tmp_path_factory.mktemp("report") / "report.html"
    page.write_text(report_page(report(chain(list(made)), catalogue)), "utf-8")
    return page


@pytest.fixture(params=[1280, 360])
def shown(browser: "Browser", file: Path, request: pytest.FixtureRequest) -> "Iterator[Page]":
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(file.as_uri())
    yield page
    assert asked == [file.as_uri()]
    page.close()


def test_nothing_runs_off_the_screen(shown: "Page") -> None:
    assert shown.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.skipif(not AXE.is_file(), reason=NEEDS)
def test_no_violation(shown: "Page") -> None:
    assert violations(shown) == []
