"""What was typed means in the browser what it means to prefill.kinds: tests/kinds.yaml is run in both."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

import prefill
from prefill import kinds
from prefill.kinds import base

from ..survey import fill_sample
from ..test_kinds import CASES, NOTHING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CODED = ("code", "multi_code", "bool")  # chosen, not typed
TYPED = [kind for kind in CASES if kind not in CODED]

# What is looked up in tables too large for a page is let through there, and refused on receipt.
LATER: dict[str, Callable[[str], bool]] = {
    "phone": lambda raw: raw.strip().startswith(("+", "00")),
    "division": lambda raw: not any(char.isdigit() for char in raw),
    "division_code": lambda raw: not any(char.isdigit() for char in raw),
}


def never(raw: str) -> bool:
    return False


@pytest.fixture(scope="module")
def page(
    browser: "Browser", catalogue: prefill.Catalogue, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Page]":
    file = tmp_path_factory.mktemp("kinds") / "page.html"
    file.write_text(prefill.to_html(fill_sample(catalogue.plan(39), catalogue)), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    yield page
    page.close()


def verdict(kind: str, raw: str) -> Any:
    try:
        value = kinds.read(kind, raw)
    except kinds.Unreadable:
        return "refused"
    return None if value is None else kinds.show(kind, value) if kind in ("decimal", "money") else str(value)


def in_browser(page: "Page", kind: str, values: list[str]) -> list[Any]:
    found: list[Any] = page.evaluate(
        """([kind, values]) => values.map((raw) => {
          const { value, nothing } = window.prefill.read(kind, raw);
          return value !== undefined ? value : nothing ? null : "refused";
        })""",
        [kind, values],
    )
    return found


@pytest.mark.parametrize("kind", TYPED)
def test_typed_text_means_the_same(page: "Page", kind: str) -> None:
    case = CASES[kind]
    raws = [raw for raw, _ in case["reads"] if isinstance(raw, str)]
    raws += [raw for raw in case["refuses"] if isinstance(raw, str)]
    raws += [raw for raw in NOTHING if isinstance(raw, str)]
    raws += [f" {raw}　" for raw in raws[:5]]
    later = LATER.get(kind, never)
    told = {raw: (verdict(kind, raw), found) for raw, found in zip(raws, in_browser(page, kind, raws), strict=True)}
    assert {raw: pair for raw, pair in told.items() if pair[0] != pair[1] and not (later(raw) and pair[1])} == {}
    assert len(raws) > 5


def test_every_kind_that_is_typed_is_read(page: "Page") -> None:
    words = sorted(base.PLACEHOLDERS)
    assert in_browser(page, "text", words) == [None] * len(words)
    assert in_browser(page, "text", ["无锡", "0"]) == ["无锡", "0"]


@pytest.mark.parametrize("length", [7, 8])
def test_area_codes_are_those_of_the_numbering_plan(page: "Page", length: int) -> None:
    codes = ["010", *(f"02{n}" for n in range(10)), *(f"0{n}" for n in range(300, 1000))]
    numbers = [f"{code}-{'83210000'[:length]}" for code in codes]
    found = in_browser(page, "landline", numbers)
    assert [number for number, one in zip(numbers, found, strict=True) if verdict("landline", number) != one] == []
