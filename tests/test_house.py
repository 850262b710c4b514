"""The house: a module imports only from those above it, and the engine knows no form by name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "prefill"
SPECS = ROOT / "form_specs"

# From top to bottom. The package itself (__init__, the public face) is no room: it stands outside.
HOUSE = [
    "errors",
    "documents",
    "reasons",
    "kinds",
    "derivations",
    "vocabulary",
    "records",
    "resolution",
    "conditions",
    "forms",
    "plans",
    "notices",
    "catalogue",
    "filling",
    "tokens",
    "receiving",
    "savings",
    "rosters",
    "checks",
    "exports",
    "rendering",
    "store",
    "batches",
    "arrow",
    "reports",
    "cli",
]

OUTSIDE = {"__init__", "__main__"}


def modules() -> list[Path]:
    return sorted(path for path in SRC.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room that a file belongs to: `kinds.py` → kinds, `rendering/pdf.py` → rendering."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def rooms() -> list[Path]:
    return [path for path in modules() if room_of(path) not in OUTSIDE]


def imported_rooms(path: Path) -> Iterator[tuple[int, str]]:
    """Each import of a room of prefill in a file, wherever it stands in it: (line, room)."""
    package = ("prefill", *path.relative_to(SRC).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "prefill" else [module]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "prefill":
                yield node.lineno, parts[1] if len(parts) > 1 else ""


def test_every_room_is_on_the_list() -> None:
    assert {room_of(path) for path in modules()} - OUTSIDE <= set(HOUSE)


@pytest.mark.parametrize("path", rooms(), ids=lambda path: str(path.relative_to(SRC)))
def test_a_module_imports_only_from_those_above_it(path: Path) -> None:
    room = room_of(path)
    allowed = {*HOUSE[: HOUSE.index(room)], room}
    wrong = [f"{path.name}:{line}: {name}" for line, name in imported_rooms(path) if name not in allowed]
    assert not wrong, f"{room} imports what stands below it: {wrong}"


def labels(node: object) -> Iterator[str]:
    """Every label and title in a spec file."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("label", "title", "agency", "help") and isinstance(value, str):
                yield value
            else:
                yield from labels(value)
    elif isinstance(node, list):
        for value in node:
            yield from labels(value)


def read(file: Path) -> object:
    return yaml.load(file.read_text(encoding="utf-8"), yaml.CBaseLoader)


def form_words() -> set[str]:
    files = [*SPECS.glob("*.yaml"), *SPECS.glob("blocks/*.yaml"), *SPECS.glob("vocabulary/*.yaml")]
    words = {word for file in files for word in labels(read(file))}
    return {word for word in words if len(word) >= 3} | {"东西湖", "武汉", "湖北"}


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants of a module, docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_the_engine_holds_no_words_of_a_form() -> None:
    words = form_words()
    assert len(words) > 100  # the specs were found
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word}"
        for path in modules()
        for line, text in strings(path)
        if not text.isascii()
        for word in words
        if word in text
    ]
    assert not found, "\n".join(found)
