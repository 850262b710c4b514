"""What makes the project says of itself what is so: licences, commands, what tests need of the system."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PAGES = [TOP / "README.md", TOP / "README.zh-CN.md", *sorted((TOP / "docs").glob("*.md"))]
NEEDS = [
    line.split()[:3] for line in (TOP / "tools/needs.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"
]


def test_every_package_stands_in_the_docs_with_its_licence() -> None:
    told = (TOP / "docs/licences.md").read_text(encoding="utf-8").lower()
    packages = {re.split(r"[\[<>=]", line)[0].lower() for line in chain(PROJECT["dependencies"], *EXTRAS.values())}
    assert sorted(name for name in packages if name not in told) == []


def test_the_docs_name_every_extra_for_users() -> None:
    told = (TOP / "docs/licences.md").read_text(encoding="utf-8")
    assert [name for name in EXTRAS if f"`[{name}]`" not in told] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_pages_say_to_make_can_be_made(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"(?:`|^ *)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(set(named) - set(targets)) == []


def test_commands_that_tests_look_for_are_those_that_ci_installs() -> None:
    looked_for = {
        name
        for file in (TOP / "tests").rglob("*.py")
        for name in re.findall(r'which\("([^"]+)"\)', file.read_text(encoding="utf-8"))
    }
    provided = {Path(thing).name for _, thing, _ in NEEDS} | {
        "initdb",
        "chromium-browser",
        "pdftoppm",
        "prefill",
    }  # which come with these
    assert sorted(looked_for - provided) == []
    packages = {package for task, _, package in NEEDS if task != "pdf"}
    told = (TOP / "docs/licences.md").read_text(encoding="utf-8").lower().replace("node.js", "nodejs")
    assert sorted(package for package in packages if package not in told) == []
