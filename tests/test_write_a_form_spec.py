"""The page "Write a form spec": its specs are the files of docs/examples/visit, and its commands say what it says that they do."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from prefill.cli import run

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "write-a-form-spec.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "docs" / "examples" / "visit"


def test_its_specs_are_the_examples() -> None:
    shown = dict(re.findall(r"^```yaml\n# (docs/\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    files = {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in EXAMPLES.rglob("*.yaml")}
    assert shown == files


def told() -> list[tuple[str, str]]:
    """Each run of commands with what the page says that they print."""
    return re.findall(r"^```sh\n((?:(?!```).)*)^```\n\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("commands, output", told(), ids=lambda text: text.split("\n")[0][:40])
def test_its_commands_say_what_it_says(
    commands: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "docs" / "examples" / "visit")
    monkeypatch.chdir(tmp_path)
    for line in commands.replace("\\\n", " ").splitlines():
        assert run(shlex.split(line)[1:]) == 0
    printed = capsys.readouterr()
    lines = (printed.err + printed.out).splitlines()
    for line in output.splitlines():
        start = line.removesuffix("…").rstrip()
        assert any(one.startswith(start) for one in lines), f"{line}\nis not among\n" + "\n".join(lines)
