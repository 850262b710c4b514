"""The command line as its users meet it: what is written, what is said, and what becomes of mistakes."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import prefill
from tests.conftest import Told

FORMS = ("39", "8", "6")
ON = "2026-11-23"


@pytest.fixture(scope="module")
def samples() -> dict[str, Path]:
    """The sample records by the number of the system that they are for."""
    catalogue = prefill.open_catalogue()
    ids = {form.id: str(form.system) for form in catalogue.forms()}
    return {ids[form]: (sample.demo or sample.record)[0] for form, sample in catalogue.samples().items()}


def test_demo_fills_three_forms_and_says_what_to_do_next(call: Callable[..., Told], tmp_path: Path) -> None:
    told = call("demo", "-o", "out")
    assert (told.code, told.err) == (0, "")
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".html", ".pdf", ".json", ".yaml"}
    assert len(list((tmp_path / "out").iterdir())) == 12
    assert "retyped" in told.out
    for file in (tmp_path / "out").glob("*.json"):
        filled = json.loads(file.read_text(encoding="utf-8"))
        row = next(line for line in told.out.splitlines() if line.split()[:1] == [str(filled["system"])])
        savings = filled["savings"]
        counts = [str(savings[name]) for name in ("asked", "known", "confirm", "new", "hand")]
        assert " ".join(counts) in " ".join(row.split())
    census = json.loads((tmp_path / "out" / "population-census.json").read_text(encoding="utf-8"))
    filled_on = next(entry["value"] for entry in census["entries"] if entry["key"] == "filled_on")
    assert census["on"] == "2020-11-01" < filled_on  # a census is filled after its moment


@pytest.mark.parametrize("day", [ON, "2026-12-01"])
def test_what_the_demo_tells_to_do_next_works_and_comes_to_the_same(
    day: str, call: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["prefill"])
    told = call("demo", "-o", "out", *([] if day == ON else ["--on", day]))
    assert told.out.count(f"--on {day}") == 2
    commands = [line.split()[1:] for line in told.out.splitlines() if line.startswith("  prefill ")]
    assert [command[0] for command in commands] == ["forms", "fill", "explain"]
    for command in commands:
        assert call(*command).code == 0
    assert (tmp_path / "page.html").read_bytes() == (tmp_path / "out" / "health-record.html").read_bytes()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", ["html", "json", "pdf"])
def test_fill_writes_the_same_bytes_twice(
    form: str, ending: str, call: Callable[..., Told], samples: dict[str, Path], tmp_path: Path
) -> None:
    for name in ("one", "two"):
        told = call("fill", form, samples[form], "--on", ON, "--worker", "示例员", "-o", f"{name}.{ending}")
        assert told.code == 0
        assert all(line.startswith("warning: ") for line in told.err.splitlines())
        assert "asked" in told.out
    assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"one.{ending}", f"two.{ending}"]


def test_a_form_is_named_by_number_id_or_file(
    call: Callable[..., Told], samples: dict[str, Path], tmp_path: Path
) -> None:
    form = next(form for form in prefill.open_catalogue().forms() if form.system == 8)
    for number, name in enumerate(("8", "08", form.id, form.path)):
        assert call("fill", name, samples["8"], "--on", ON, "-o", f"{number}.json").code == 0
    assert len({path.read_bytes() for path in tmp_path.glob("*.json")}) == 1


def test_without_a_command_the_help_is_shown(call: Callable[..., Told]) -> None:
    told = call()
    assert told.err == ""
    assert "demo" in told.out


def test_forms_lists_the_catalogue(call: Callable[..., Told]) -> None:
    told = call("forms")
    assert told.code == 0
    for form in prefill.open_catalogue().forms():
        assert form.id in told.out
        assert form.title in told.out


def test_explain_says_who_said_it(call: Callable[..., Told], samples: dict[str, Path]) -> None:
    told = call("explain", samples["39"], "resident.name", "--on", ON)
    assert told.code == 0
    assert "公安" in told.out


def test_check_finds_no_fault_in_what_comes_with_prefill(call: Callable[..., Told]) -> None:
    assert call("check").code == 0
    assert call("check", "39").code == 0


def test_check_reports_every_fault_with_file_line_and_remedy(call: Callable[..., Told], tmp_path: Path) -> None:
    form = tmp_path / "bad.yaml"
    form.write_text(
        "id: bad\nversion: '1'\ntitle: t\nagency: a\npurpose: p\nsubject: resident\ndelivery: paper\n"
        "basis: {document: d, confidence: low}\nsections:\n  - title: s\n    fields:\n"
        "      a: {lable: x, label: x}\n      b: {label: x, from: resident.nmae}\n",
        encoding="utf-8",
    )
    told = call("check", "bad.yaml")
    assert told.code == 1
    first, second = told.err.splitlines()
    assert "bad.yaml:12:" in first
    assert "label" in first
    assert "bad.yaml:13:" in second
    assert "resident.name" in second


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("fill 99 record.yaml -o x.json", "no form '99'"),
        ("check nothing", "no form 'nothing'"),
        ("fill nothing.yaml record.yaml -o x.json", "nothing.yaml"),
        ("fill 39 nothing.yaml -o x.json", "nothing.yaml"),
        ("fill 39 . -o x.json", "."),
        ("fill 39 record.yaml -o x.docx", ".html, .pdf, .json"),
        ("fill 39 record.yaml -o nowhere/x.json", "no folder 'nowhere'"),
        ("fill 39 record.yaml -o x.json --on 23.11.2026", "write it like 2026-11-23"),
        ("fill 39 record.yaml -o x.json --on 20261123", "write it like 2026-11-23"),
        ("fill 39 record.yaml -o x.json --on 2026-W01-1", "write it like 2026-11-23"),
        ("fill 39 record.yaml -o x.json --on 2026-02-30", "write it like 2026-11-23"),
        ("fill 39 record.yaml -o x.json --on 2026-11-23 --today 2026-11-22", "is before 2026-11-23"),
        ("fill 39 record.yaml -o x.json/", "'x.json/' names a folder"),
        (f"fill 39 record.yaml -o {'x' * 300}.json", f"{'x' * 300}.json: file name too long"),
        ("fill 39 record.yaml -o ''", "it is empty"),
        ("fill 39 '' -o x.json", "RECORD...': it is empty"),
        ("fill '' record.yaml -o x.json", "FORM': it is empty"),
        ("fill 39 record.yaml -o x.json --worker ''", "'--worker': it is empty"),
        ("demo -o ''", "it is empty"),
        ("forms --specs ''", "it is empty"),
        ("fill 6 record.yaml -o x.json", "record.yaml: the form 'basic-unit' needs organisation, the record has: "),
        ("fill 39 record.yaml", "output"),
        ("fill 39", "RECORD"),
        ("fill 39 record.yaml -o x.json --nonsense", "--nonsense"),
        ("nonsense", "nonsense"),
        ("forms --specs nowhere", "no folder 'nowhere'"),
        ("explain record.yaml resident.nmae", "resident.name"),
        ("explain record.yaml nonsense", "nonsense"),
        ("demo -o record.yaml", "'record.yaml' is a file: name a folder"),
        ("demo -o record.yaml/x", "the folder 'record.yaml/x' cannot be made"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: str, words: str, call: Callable[..., Told], samples: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "record.yaml").write_bytes(samples["39"].read_bytes())
    told = call(*shlex.split(arguments))
    assert told.code == 2
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert words in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["record.yaml"]


def test_what_cannot_be_written_is_named_as_the_user_named_it(
    call: Callable[..., Told], samples: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "x.html").mkdir()
    assert call("fill", "39", samples["39"], "-o", "x.html").err == "'x.html' is a folder: name a file\n"
    told = call("fill", "39", samples["39"], "-o", "/proc/x.html")
    assert told.code == 2
    assert told.err.splitlines()[-1] == "'/proc/x.html' cannot be written (no such file or directory)"


def test_the_same_said_twice_on_a_day_is_told_once(call: Callable[..., Told], samples: dict[str, Path]) -> None:
    lines = call("explain", samples["39"], "resident.age", "--on", ON).out.splitlines()
    assert len(set(lines)) == len(lines) > 2


@pytest.mark.parametrize("deep", ["[" * 5000 + "]" * 5000, "- " * 5000])
@pytest.mark.parametrize("command", ["fill 39 x.yaml -o x.json", "check x.yaml", "explain x.yaml resident.name"])
def test_what_nests_too_deeply_is_told_and_not_followed(
    deep: str, command: str, call: Callable[..., Told], tmp_path: Path
) -> None:
    (tmp_path / "x.yaml").write_text(deep, encoding="utf-8")
    told = call(*command.split())
    assert told.code in (1, 2)
    assert "x.yaml: nested" in told.err


def test_a_near_miss_is_told_the_right_name(call: Callable[..., Told]) -> None:
    form = prefill.open_catalogue().forms()[0]
    assert form.id in call("check", form.id + "x").err


PRIVATE = "私密甲"


def test_a_record_with_faults_is_used_and_its_values_are_told_to_nobody(
    call: Callable[..., Told], tmp_path: Path
) -> None:
    facts = f"{{name: {PRIVATE}, nmae: {PRIVATE}, birth_date: {PRIVATE}}}"
    text = f"- source: 社区网格\n  as_of: 2026-10-01\n  resident: {facts}\n"
    (tmp_path / "record.yaml").write_text(text, encoding="utf-8")
    told = call("fill", "39", "record.yaml", "--on", ON, "-o", "x.json")
    assert told.code == 0
    assert PRIVATE in (tmp_path / "x.json").read_text(encoding="utf-8")
    assert PRIVATE not in told.out + told.err
    assert [line.startswith("warning: record.yaml:3: ") for line in told.err.splitlines()] == [True, True]


def test_a_record_of_which_nothing_can_be_used(call: Callable[..., Told], tmp_path: Path) -> None:
    (tmp_path / "record.yaml").write_text(f"{PRIVATE}: [1\n", encoding="utf-8")
    told = call("fill", "39", "record.yaml", "--on", ON, "-o", "x.json")
    assert told.code == 2
    assert "record.yaml" in told.err
    assert not (tmp_path / "x.json").exists()


def test_without_the_extra_one_line_names_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['weasyprint'] = None; import prefill.cli as c; sys.exit(c.run(sys.argv[1:]))"
    record = prefill.open_catalogue().samples()["basic-unit"].demo[0]

    def told(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    done = told("fill", "6", record, "--on", ON, "-o", "x.pdf")
    assert done.returncode == 2
    assert "install prefill with its extra [pdf]" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    done = told("demo", "-o", "out")
    assert done.returncode == 0
    assert "install prefill with its extra [pdf]" in done.stderr
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".html", ".json", ".yaml"}


def test_the_module_runs_and_a_closed_pipe_is_no_error() -> None:
    command = [sys.executable, "-m", "prefill", "forms"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_fill_takes_a_grant_and_a_period(call: Callable[..., Told], tmp_path: Path) -> None:
    sample = prefill.open_catalogue().samples()["migrant-registration"]
    assert sample.grant is not None
    granted = [word for term in sample.grant.terms for word in ("--grant", f"{term}={sample.grant.until}")]
    made = []
    for name, words in (("without.json", []), ("with.json", [*granted, "--period", "2026年度"])):
        assert call("fill", "migrant-registration", *map(str, sample.record), "--on", ON, *words, "-o", name).code == 0
        entries = json.loads((tmp_path / name).read_text(encoding="utf-8"))["entries"]
        made.append({entry["reason"] for entry in entries})
    assert "withheld" in made[0]
    assert "withheld" not in made[1]
    refused = call("fill", "39", str(sample.record[0]), "--grant", "resident.nonsense=2026-12-31", "-o", "x.json")
    assert refused.code == 2
    assert "resident.nonsense" in refused.err
