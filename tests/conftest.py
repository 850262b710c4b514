"""What all tests share: golden files, kept in tests/golden and rewritten by `make golden`; the command, run in an empty folder; no skips in CI."""

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

from prefill.cli import run

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite tests/golden instead of comparing")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread the tests over pytest-xdist's workers: those of a file stay together, but the many long ones; these come last, and fill up what is left."""
    items.sort(key=lambda item: item.get_closest_marker("stamped") is not None)
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            if item.get_closest_marker("stamped") is None:
                item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that is skipped has failed: there everything can be installed that a test may need."""
    report = yield
    return required(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Likewise a whole file."""
    report = yield
    return required(report)


def required(report: Report) -> Report:
    """Turn what was skipped into a failure, in CI."""
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"In CI nothing is skipped: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}"
        )
    return report


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
