"""What all tests share: golden files, kept in tests/golden and rewritten by `make golden`; and the command, run in an empty folder."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from prefill.cli import run

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite tests/golden instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the file of that name in tests/golden, or rewrites it (--golden)."""

    def compare(name: str, actual: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8", newline="\n")
            return
        if not path.exists():
            pytest.fail(f"tests/golden/{name} does not exist: run `make golden` and look at what it writes")
        if actual != path.read_text(encoding="utf-8"):
            pytest.fail(f"tests/golden/{name} differs: run `make golden`, review it", pytrace=False)

    return compare


class Told(NamedTuple):
    """What a command did: its exit code, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """Run the command in an empty folder and give its exit code and what it said; never a traceback."""
    monkeypatch.chdir(tmp_path)

    def told(*arguments: object) -> Told:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Told(code, out, err)

    return told
