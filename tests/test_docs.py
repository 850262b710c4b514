"""The docs are held to the code: every word of the API stands in them, links lead somewhere, examples run."""

import doctest
import importlib.util
import json
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
import yaml

import prefill
from prefill import conditions, forms, reasons
from prefill.cli import app, run
from prefill.derivations import RULES
from prefill.kinds import KINDS
from prefill.vocabulary import shapes

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*sorted(DOCS.glob("*.md")), *READMES]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def page_names(path: Path) -> str:
    return path.name


def code_words(name: str) -> set[str]:
    """What stands in a page in `code`, whole and as the identifiers in it."""
    spans = re.findall(r"`([^`\n]+)`", (DOCS / name).read_text(encoding="utf-8"))
    return {*spans, *(word for span in spans for word in re.findall(r"[\w-]+", span))}


def blocks(path: Path, *languages: str) -> Iterator[str]:
    for language, body in BLOCK.findall(path.read_text(encoding="utf-8")):
        if language in languages:
            yield body


def names(node: Any) -> list[str]:
    return [command.name or command.callback.__name__ for command in node.registered_commands]


def json_keys() -> set[str]:
    """The keys of a form's JSON, its entries and its savings."""
    catalogue = prefill.open_catalogue()
    sample = catalogue.samples()["health-record"]
    filled = prefill.fill(catalogue.plan(39), catalogue.read_record(*sample.demo), on=sample.on)
    data = json.loads(prefill.to_json(filled))
    return {*data, *data["entries"][0], *data["savings"]}


def spec_keys() -> set[str]:
    return set(forms._FIELD_KEYS | forms._FORM_KEYS | forms._SECTION_KEYS)


@pytest.mark.parametrize(
    "page, words",
    [
        ("python.md", prefill.__all__),
        ("cli.md", names(app)),
        ("vocabulary.md", KINDS),
        ("vocabulary.md", {*shapes.TERM, *shapes.CODE_LIST, *shapes.ENTITY, *shapes.DERIVE}),
        ("form-spec.md", spec_keys()),
        ("form-spec.md", RULES),
        ("form-spec.md", {*conditions.OPERATORS, "any", "not"}),
        ("json.md", json_keys()),
        ("statuses.md", reasons.REASONS),
        ("statuses.md", get_args(reasons.Status)),
    ],
    ids=["names", "commands", "kinds", "terms", "fields", "rules", "operators", "json", "reasons", "statuses"],
)
def test_every_word_stands_in_the_docs(page: str, words: Iterable[str]) -> None:
    assert sorted(set(words) - code_words(page)) == []


def test_every_option_stands_in_the_docs(capsys: pytest.CaptureFixture[str]) -> None:
    options: set[str] = set()
    for command in names(app):
        assert run([command, "--help"]) == 0
        options |= set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
    for group in app.registered_groups:
        assert group.name in code_words("cli.md")
        for command in names(group.typer_instance):
            assert f"{group.name} {command}" in code_words("cli.md")
            assert run([str(group.name), command, "--help"]) == 0
            options |= set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
    assert sorted(options - code_words("cli.md")) == []


@pytest.mark.parametrize("path", PAGES, ids=page_names)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        page = path.parent / file if file else path
        if not page.exists() or (anchor and anchor not in anchors(page)):
            broken.append(target)
    assert not broken


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `prefill demo` writes."""
    folder = tmp_path_factory.mktemp("reader") / "demo"
    assert run(["demo", "-o", str(folder)]) == 0
    return folder


@pytest.fixture
def folder(tmp_path: Path, demo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a reader of the docs has it: with what the demo wrote and the docs' own examples, and nothing else."""
    shutil.copytree(demo, tmp_path / "demo")
    shutil.copytree(DOCS / "examples", tmp_path / "docs" / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", PAGES, ids=page_names)
def test_python_examples_run(path: Path, folder: Path) -> None:
    source = "\n".join(blocks(path, "python", "pycon"))
    plain = [body for body in blocks(path, "python") if ">>>" not in body]
    assert not plain, "write the examples with >>>, so that they are run"
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    test = doctest.DocTestParser().get_doctest(source, {}, path.name, str(path), 0)
    told: list[str] = []
    doctest.DocTestRunner(optionflags=flags).run(test, out=told.append)
    assert not told, "".join(told)


@pytest.mark.parametrize("path", PAGES, ids=page_names)
def test_commands_run(path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for body in blocks(path, "sh"):
        for line in body.replace("\\\n", " ").splitlines():
            command = shlex.split(line, comments=True)
            if command[:1] == ["prefill"]:
                assert run(command[1:]) == 0, f"{line}\n{capsys.readouterr().err}"


@pytest.mark.parametrize("path", PAGES, ids=page_names)
def test_yaml_examples_are_yaml(path: Path) -> None:
    for body in blocks(path, "yaml"):
        assert yaml.safe_load(body)


def test_tables_are_as_the_code_has_them() -> None:
    spec = importlib.util.spec_from_file_location("docs_tool", ROOT / "tools" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    tool: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    stale = [path.name for path in PAGES if tool.renewed(text := path.read_text(encoding="utf-8")) != text]
    assert not stale, "run `make docs`"


def test_the_changelog_and_the_readmes_know_the_version_and_each_other() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{version[1]}]" in changelog or "## [Unreleased]" in changelog
    english, chinese = (path.read_text(encoding="utf-8") for path in READMES)
    assert "README.zh-CN.md" in english
    assert "README.md" in chinese
    assert list(blocks(READMES[0], "sh", "python")) == list(blocks(READMES[1], "sh", "python"))
