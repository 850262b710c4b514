"""The page's script and styles are written for Chromium 86: a parser reads them, and refuses what came later."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from prefill.catalogue import bundled_folder

from .conftest import HERE, MODULES

FOLDER = bundled_folder("templates")
STYLES = ("form.css", "screen.css", "print.css", "paper.css")
NEEDS = "needs node and the packages of tests/browser/package.json (make system-tests installs them)"

LATE_WORDS = {
    "inset",
    "aspect-ratio",
    "accent-color",
    "content-visibility",
    "translate",
    "rotate",
    "scale",
    "text-wrap",
    "field-sizing",
}
LATE_PSEUDO = {
    "has",
    "is",
    "where",
    "user-valid",
    "user-invalid",
    "modal",
    "open",
    "details-content",
    "popover-open",
    "dir",
    "nth-last-of",
}
LATE_RULES = {"container", "layer", "scope", "property", "starting-style", "view-transition", "position-try"}
LATE_UNITS = {"dvh", "svh", "lvh", "dvw", "svw", "lvw", "cqw", "cqh", "cqi", "cqb", "lh", "rlh", "cap"}
LATE_FUNCTIONS = {
    "color-mix",
    "oklch",
    "oklab",
    "lab",
    "lch",
    "hwb",
    "light-dark",
    "round",
    "mod",
    "rem",
    "sin",
    "cos",
    "attr-typed",
    "anchor",
}
PAGED = {"break-after", "break-before", "break-inside"}


@pytest.mark.skipif(shutil.which("node") is None or not (MODULES / "eslint").is_dir(), reason=NEEDS)
class TestScript:
    def lint(self, file: Any) -> str:
        command = ["node", str(HERE / "lint.mjs"), str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE).stdout

    def test_the_script_is_written_for_chromium_86(self) -> None:
        assert self.lint(FOLDER / "form.js") == ""

    @pytest.mark.parametrize(
        "code",
        [
            "let a; a ??= 1; a();",
            "class A { #b = 1; static { this.c = this.#b; } } new A();",
            "document.body.inert = true;",
            "structuredClone(document);",
            "document.querySelector('dialog').showModal();",
            "[1].at(-1);",
            "document.body.innerHTML = 'x';",
            "await fetch('x');",
            "/a/d.exec('');",
            "localStorage.clear();",
            "eval('1');",
        ],
    )
    def test_what_came_later_is_refused(self, code: str, tmp_path: Any) -> None:
        file = tmp_path / "late.js"
        file.write_text(code)
        assert self.lint(file)


def parsed(name: str) -> Any:
    tinycss2 = pytest.importorskip("tinycss2", reason="needs tinycss2, which the extra pdf brings")
    text = (FOLDER / name).read_text("utf-8")
    return tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)


def late(nodes: Any) -> Iterator[str]:
    """What stands in styles that came after Chromium 86."""
    before = last = None
    for node in nodes:
        if node.type == "error":
            yield f"line {node.source_line}: {node.message}"
        if node.type == "at-rule" and node.lower_at_keyword in LATE_RULES:
            yield f"line {node.source_line}: @{node.at_keyword}"
        name = getattr(node, "lower_name", None) or getattr(node, "lower_value", None)
        pseudo = last is not None and last.type == "literal" and last.value == ":"
        if pseudo and name in LATE_PSEUDO:
            yield f"line {node.source_line}: :{name}"
        if pseudo and name == "not" and any(one.type == "literal" and one.value == "," for one in node.arguments):
            yield f"line {node.source_line}: :not() of several"
        if not pseudo and (
            name in LATE_FUNCTIONS if node.type == "function" else name in LATE_WORDS and starts(before)
        ):
            yield f"line {node.source_line}: {name}"
        if node.type == "dimension" and node.lower_unit in LATE_UNITS:
            yield f"line {node.source_line}: {node.unit}"
        for part in ("prelude", "content", "arguments"):
            yield from late(getattr(node, part, None) or [])
        last = node
        if node.type != "whitespace":
            before = node


def starts(before: Any) -> bool:
    """Whether a declaration begins here."""
    return before is None or (before.type == "literal" and before.value == ";")


@pytest.mark.parametrize("name", STYLES)
def test_the_styles_are_written_for_chromium_86(name: str) -> None:
    assert list(late(parsed(name))) == []
    assert not re.search(r"url\(|@import", (FOLDER / name).read_text("utf-8"))


@pytest.mark.parametrize(
    "style",
    [
        "a:has(b) {}",
        "@layer x {}",
        "a { inset: 0 }",
        "a:not(b, c) {}",
        "a { height: 5dvh }",
        "@media print { a { color: oklch(1 1 1) } }",
        "a:is(b) {}",
    ],
)
def test_later_styles_are_refused(style: str) -> None:
    tinycss2 = pytest.importorskip("tinycss2")
    assert list(late(tinycss2.parse_stylesheet(style)))
