"""Many subjects: each once and whole whatever happens, what cannot be read told and left, in flat memory, on all cores."""

import fcntl
import io
import itertools
import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill import batches
from prefill.batches import drawing, journal, running
from tests.batching import (
    ON,
    children,
    command,
    committed,
    gone,
    id_number,
    killed,
    line,
    lines,
    start,
    statements,
    wait_for,
    write_small,
)
from tests.conftest import Told

DAY = date.fromisoformat(ON)


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


@pytest.fixture
def small(tmp_path: Path, catalogue: prefill.Catalogue) -> prefill.Plan:
    return catalogue.plan(write_small(tmp_path, 0)[0])


# From Python


def test_what_comes_out_is_what_one_by_one_gives_in_the_same_order(
    small: prefill.Plan, catalogue: prefill.Catalogue
) -> None:
    given: list[Any] = [statements(n) for n in range(40)]
    given[7] = ("case-7", given[7])
    given[8] = json.dumps(given[8])
    given[9] = catalogue.record(given[9])
    given[10] = given[10][0]
    items = list(prefill.batch(small, given, on=DAY, filing=prefill.Filing(worker="示例员"), workers=2))
    assert [item.number for item in items] == list(range(1, 41))
    assert [item.id for item in items if item.id] == ["case-7"]
    for number, item in enumerate(items):
        record = catalogue.record(statements(number))
        filled = prefill.fill(small, record, on=DAY, filing=prefill.Filing(worker="示例员"))
        assert item.content == prefill.to_json(filled)
        assert item.savings == prefill.measure(filled)


def test_a_bad_record_is_an_item_that_says_why_and_the_rest_goes_on(small: prefill.Plan) -> None:
    given: list[Any] = [
        statements(0),
        '[{"source":',
        5,
        [],
        [{"source": "社区网格", "resident": "王示例"}],
        statements(1),
    ]
    items = list(prefill.batch(small, given, on=DAY, draw=None, workers=1))
    assert [item.filled for item in items] == [True, False, False, False, False, True]
    assert [item.content for item in items] == [None] * 6
    assert items[4].problems[0].path == "$[0].resident"
    assert str(items[1].problems[0]).startswith("records:2: $: broken JSON")


def test_records_are_read_as_they_are_needed_and_processes_end_with_the_iterator(small: prefill.Plan) -> None:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = set(children.read_text().split())  # what other tests have started: a browser, a server
    read = itertools.count()
    forms = prefill.batch(small, (statements(next(read)) for _ in itertools.count()), on=DAY, draw=None, workers=2)
    assert [item.number for item in itertools.islice(forms, 100)] == list(range(1, 101))
    workers = list(map(int, set(children.read_text().split()) - before))
    assert len(workers) >= 2
    forms.close()  # type: ignore[attr-defined]
    gone(workers)
    assert next(read) < 1000


def test_a_fault_of_the_templates_is_told_before_any_record_is_blamed(small: prefill.Plan, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/form.html.jinja").write_text("{% if %}")
    with pytest.raises(prefill.RenderError, match=r"form\.html\.jinja"):
        list(prefill.batch(small, [statements(0)], on=DAY, draw="html", templates=tmp_path / "mine", workers=1))


def test_a_fault_of_prefill_itself_sets_one_record_aside_and_shows_no_value(small: prefill.Plan) -> None:
    worse: Any = [
        {"source": "社区网格", "as_of": ON, "resident": {"name": "王示例", "id_number": id_number(1)}, ("王",): 1}
    ]
    items = list(prefill.batch(small, [worse, statements(2)], on=DAY, draw=None, workers=1))
    assert items[1].filled
    assert "王" not in " ".join(str(problem) for problem in items[0].problems)


# Into files


_GRID = '[{"source": "社区网格", "as_of": "2026-10-12", '.encode()


def bad_lines() -> dict[int, bytes]:
    """Thirty-seven lines of which no record can be made, of several kinds, each with what must not be shown."""
    secret = id_number(5).encode()
    kinds = [
        line(1)[:-6] + b"\n",
        b'[{"source": "\xff\xfe"}]\n',
        b'"' + secret + b'"\n',
        b"[]\n",
        b"[1, 2]\n",
        _GRID + b'"resident": "' + secret + b'"}]\n',
        b'[{"as_of": "2026-10-12", "resident": {"id_number": "' + secret + b'"}}]\n',
        b'{"statements": ["' + secret + b'"], "decisions": [1]}\n',
        _GRID + b'"dwelling": {"address": "' + "示例路1号".encode() + b'"}}]\n',
    ]
    return {number: kinds[count % len(kinds)] for count, number in enumerate(range(11, 2000, 54))}


def test_of_two_thousand_lines_those_that_do_not_parse_are_told_by_line_and_path(tmp_path: Path) -> None:
    form, records = write_small(tmp_path, 0)
    bad = bad_lines()
    assert len(bad) == 37
    records.write_bytes(b"".join(bad.get(number, line(number)) for number in range(1, 2001)))
    done = subprocess.run(command(form, records, "-o", tmp_path / "all.jsonl"), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert len(lines(tmp_path / "all.jsonl")) == len(lines(tmp_path / "all.jsonl.savings.jsonl")) == 1963
    told = done.stderr.splitlines()
    assert [int(one.removeprefix(f"{records}:").partition(":")[0]) for one in told] == list(bad)
    assert all(one.split(": ")[1].startswith("$") for one in told)
    problems = lines(tmp_path / "all.jsonl.problems.jsonl")
    assert [one["line"] for one in problems] == list(bad)
    assert {one["path"] for one in problems} >= {"$", "$[0]", "$[0].resident"}
    said = done.stderr + done.stdout + json.dumps(problems, ensure_ascii=False)
    assert not [value for value in (id_number(5), "王示例", "示例路", "139000") if value in said]
    assert [one["number"] for one in lines(tmp_path / "all.jsonl.savings.jsonl")] == [
        n for n in range(1, 2001) if n not in bad
    ]


def contents(folder: Path) -> dict[str, bytes]:
    """All that a batch leaves, but for its journal."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "journal.jsonl"}


def test_killed_at_random_moments_and_taken_up_again_it_is_as_if_nothing_had_been(tmp_path: Path) -> None:
    count, chance = 500, random.Random(7)
    form, records = write_small(tmp_path, count)
    common = (form, records, "--as", "json", "--workers", 2, "--ledger", tmp_path / "ledger.db")
    out, kills = tmp_path / "out", 0
    while kills < 4:
        process = start(*common, "-o", out, "--resume")
        wait_for(lambda: process.poll() is not None or children(process))  # noqa: B023
        time.sleep(chance.uniform(0.2, 1.2))
        if process.poll() is not None:
            break
        killed(process)
        kills += 1
    assert kills >= 2
    process = start(*common, "-o", out, "--resume")
    said, err = process.communicate()
    assert process.returncode == 0, err
    assert said == f"{out}: {count:,} forms, 0 set aside.\n"
    assert subprocess.run(command(*common[:4], "-o", tmp_path / "whole"), capture_output=True).returncode == 0
    assert contents(out) == contents(tmp_path / "whole")
    assert len([name for name in contents(out) if name[0] == "0"]) == count
    with prefill.open_ledger(tmp_path / "ledger.db") as ledger:
        assert len(ledger) == count
        assert not ledger.verify()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_asked_to_stop_it_says_how_to_go_on_and_leaves_nothing_half_done(
    tmp_path: Path, number: int, code: int
) -> None:
    form, records = write_small(tmp_path, 900)
    out = tmp_path / "out"
    process = start(form, records, "-o", out, "--as", "json", "--workers", 2)
    wait_for(lambda: committed(out))
    workers = children(process)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert err.startswith("stopped: ")
    assert err.rstrip().endswith("--resume")
    gone(workers)
    done = committed(out)
    assert 0 < done < 900
    assert len(lines(out / "savings.jsonl")) == done
    again = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m {err.partition('Go on: ')[2].strip()}"], capture_output=True
    )
    assert again.returncode == 0, again.stderr
    assert len([file for file in out.iterdir() if file.suffix == ".json"]) == 900


def test_where_the_device_is_full_it_is_told_and_the_batch_goes_on_elsewhere(tmp_path: Path, call: Any) -> None:
    """/dev/full takes nothing: what the kernel says of it is what it says of a full disk."""
    form, records = write_small(tmp_path, 40)
    common = ("batch", form, records, "-o", "out", "--as", "json", "--on", ON, "--workers", 1)
    Path("out").mkdir()
    Path("out/savings.jsonl").symlink_to("/dev/full")
    told: Told = call(*common)
    assert told.code == 2
    assert "'out/savings.jsonl' cannot be written (no space left on device)" in told.err
    assert committed(Path("out")) == 0
    Path("out/savings.jsonl").unlink()
    assert call(*common, "--resume").out == "out: 40 forms, 0 set aside.\n"
    assert contents(Path("out")).keys() == {
        *(f"{n:07}.json" for n in range(1, 41)),
        "savings.jsonl",
        "problems.jsonl",
        "warnings.jsonl",
    }


def test_where_a_form_finds_no_room_none_of_its_task_has_its_name(small: prefill.Plan, tmp_path: Path) -> None:
    source = batches.from_iterable([statements(n) for n in range(3)])
    out = tmp_path / "out"
    out.mkdir()
    worker = drawing.Worker(running.job_of(small, source, on=DAY, draw="json", folder=out))
    (task,) = source.tasks(batches.Place(), 3)
    (out / f".prefill-{os.getpid()}-2.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        worker.work(task)
    assert caught.value.filename == str(out)
    assert not list(out.iterdir())
    worker.work(task)
    assert len(list(out.iterdir())) == 3


def test_a_full_disk_is_told_and_no_file_is_half_there(tmp_path: Path) -> None:
    """On a small disk that only this command sees: a tmpfs within a namespace of its own; where that may not be, /dev/full has to do."""
    form, records = write_small(tmp_path, 120)
    out, kept = tmp_path / "disk/out", tmp_path / "kept"
    first, again = (
        " ".join(map(str, command(form, records, "-o", out, "--as", "json", *more))) for more in ((), ("--resume",))
    )
    script = f"""
    mkdir {tmp_path}/disk && mount -t tmpfs -o size=200k none {tmp_path}/disk || exit 99
    {first}; echo "code $?"
    cp -r {out} {kept}
    {again}; echo "code $?"
    mount -o remount,size=20m {tmp_path}/disk
    {again}; echo "code $?"
    cp -r {out} {tmp_path}/whole
    """
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True)
    if done.returncode == 99 or "unshare:" in done.stderr:
        return
    assert [text for text in done.stdout.splitlines() if text.startswith("code")] == ["code 2", "code 2", "code 0"]
    told = done.stderr.splitlines()
    assert len(told) == 2
    assert all("cannot be written (no space left on device)" in one and "--resume" in one for one in told)
    for file in kept.iterdir():
        assert file.suffix in (".json", ".jsonl")
        for text in [file.read_text()] if file.suffix == ".json" else file.read_text().splitlines():
            json.loads(text)
    assert 0 < len(list(kept.glob("*.json"))) < 120
    assert len(list((tmp_path / "whole").glob("*.json"))) == 120 == len(lines(tmp_path / "whole/savings.jsonl"))


def test_a_worker_that_is_killed_is_told_and_the_batch_can_go_on(tmp_path: Path) -> None:
    form, records = write_small(tmp_path, 900)
    out = tmp_path / "out"
    process = start(form, records, "-o", out, "--as", "json", "--workers", 1)
    wait_for(lambda: committed(out))
    os.kill(children(process)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "ended by SIGKILL (is memory short?)" in err
    assert subprocess.run(command(form, records, "-o", out, "--as", "json", "--resume")).returncode == 0
    assert len(list(out.glob("0*.json"))) == 900


def test_killed_as_the_one_file_has_its_name_and_the_journal_does_not_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, records = write_small(tmp_path, 20)
    plan, note = prefill.open_catalogue().plan(form), journal.Journal.note

    def killed_before(self: journal.Journal, state: journal.State) -> None:
        if state.ended:
            raise KeyboardInterrupt
        note(self, state)

    def batch(name: str, resume: bool) -> batches.Counted:
        files = batches.files_of(tmp_path / name)
        return batches.run_batch(plan, batches.from_lines(records), files, on=DAY, resume=resume, workers=1)

    for name in ("all.jsonl", "all.pdf"):
        monkeypatch.setattr(journal.Journal, "note", killed_before)
        with pytest.raises(KeyboardInterrupt):
            batch(name, resume=False)
        whole = (tmp_path / name).read_bytes()
        monkeypatch.setattr(journal.Journal, "note", note)
        assert batch(name, resume=True) == batches.Counted(20, 0, 0, True)
        assert (tmp_path / name).read_bytes() == whole
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_one_file_of_all_is_the_same_in_every_process(tmp_path: Path) -> None:
    form, records = write_small(tmp_path, 20)
    made = set()
    for seed in ("1", "2", "3"):
        out = tmp_path / f"{seed}.pdf"
        done = subprocess.run(
            command(form, records, "-o", out), env={**os.environ, "PYTHONHASHSEED": seed}, check=False
        )
        assert done.returncode == 0
        made.add(out.read_bytes())
    assert len(made) == 1


def test_records_that_are_cut_short_or_taken_away_while_they_are_read_are_told(
    tmp_path: Path, small: prefill.Plan
) -> None:
    records = write_small(tmp_path, 300)[1]
    for change in (lambda: records.write_bytes(line(0)), records.unlink):
        source = batches.from_lines(records)
        change()
        files = batches.files_of(tmp_path / "all.jsonl")
        with pytest.raises(prefill.BatchError, match=r"changed while it was read|cannot be read any more"):
            batches.run_batch(small, source, files, on=DAY, resume=True, workers=1)
        files.journal.unlink()


def test_what_is_no_journal_is_left_alone(tmp_path: Path, call: Any) -> None:
    form, records = write_small(tmp_path, 1)
    Path("out").mkdir()
    for content in ("mine\n", "[]\n", "5\n"):
        Path("out/journal.jsonl").write_text(content)
        told: Told = call("batch", form, records, "-o", "out", "--as", "json", "--resume")
        assert (told.code, "is no journal of a batch" in told.err) == (2, True), told.err
        assert Path("out/journal.jsonl").read_text() == content
    Path("out/journal.jsonl").write_text('{"format":1,"fo')  # a power cut as the batch began
    assert call("batch", form, records, "-o", "out", "--as", "json", "--resume").code == 0


def test_another_batch_is_not_taken_up(tmp_path: Path, call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    form, records = write_small(tmp_path, 3)
    common = ("batch", form, records, "-o", "out", "--as", "json", "--on", ON, "--workers", 1)
    assert call(*common).code == 0
    assert "go on with it (--resume), or name another place" in call(*common).err
    assert call(*common, "--resume").out == "out: 3 forms, 0 set aside.\n"
    differs: list[tuple[str, tuple[object, ...]]] = [
        ("the day", (*common[:8], "2026-11-24", *common[9:])),
        ("an option", (*common, "--worker", "示例员")),
        ("what is drawn", tuple("html" if one == "json" else one for one in common)),
        ("the form", ("batch", 36, *common[2:])),
    ]
    for what, arguments in differs:
        told: Told = call(*arguments, "--resume")
        assert (told.code, what in told.err) == (2, True), told.err
        assert "示例员" not in told.err + Path("out/journal.jsonl").read_text()
    monkeypatch.setattr(journal, "_PATIENCE", 0.1)
    with Path("out/journal.jsonl").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another process is at work" in call(*common, "--resume").err
    records.write_bytes(records.read_bytes() + line(3))
    assert "the file of records" in call(*common, "--resume").err


def test_a_grant_and_a_period_are_those_of_the_whole_batch(tmp_path: Path, call: Any) -> None:
    spec, records = write_small(tmp_path, 0)
    fields = "      level: {label: 残疾等级, from: resident.disability.level}\n      period: {label: 报告期, from: filing.period}\n"
    spec.write_text(spec.read_text(encoding="utf-8") + fields, encoding="utf-8")
    one = statements(1)
    one[0]["resident"]["disability"] = {"level": "1"}
    records.write_text(json.dumps(one) + "\n")
    common = ("batch", spec, records, "--on", ON, "--workers", 1, "--period", "2026年11月")
    found = []
    for name, more in (("a", ()), ("b", ("--grant", "resident.disability=2026-12-31"))):
        assert call(*common, *more, "-o", f"{name}.jsonl").code == 0
        entries = {entry["key"]: entry for entry in lines(Path(f"{name}.jsonl"))[0]["entries"]}
        found.append((entries["level"]["reason"], entries["period"]["text"]))
    assert [reason for reason, _ in found] == ["withheld", "recorded"]
    assert {text for _, text in found} == {"2026年11月"}
    told: Told = call(*common, "-o", "b.jsonl", "--resume")
    assert (told.code, "an option" in told.err) == (2, True)
    mistyped: Told = call(*common, "-o", "c.jsonl", "--grant", "resident.disabilty=2026-12-31")
    assert mistyped.err == "--grant 'resident.disabilty': no such term; did you mean 'resident.disability'?\n"


def test_a_day_is_kept_by_what_was_begun(tmp_path: Path, call: Any) -> None:
    form, records = write_small(tmp_path, 3)
    assert call("batch", form, records, "-o", "out", "--as", "json", "--on", "2026-01-02", "--workers", 1).code == 0
    assert call("batch", form, records, "-o", "out", "--as", "json", "--resume").code == 0


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("-o", "all.html"), "name a folder, or a file that ends in .pdf or .jsonl"),
        (("-o", "all.jsonl", "--as", "pdf"), "leave out what says otherwise"),
        (("-o", "out", "--as", "docx"), "none of json, html, pdf"),
        (("-o", "out", "--as", "json", "--by-hand"), "--by-hand is for PDFs"),
        (("-o", "out", "--as", "json", "--templates", "."), "--templates is for pages"),
        (("-o", "out", "--workers", "0"), "no number of processes"),
        (("-o", " "), "it is empty"),
    ],
)
def test_mistakes_are_told_in_a_line(tmp_path: Path, call: Any, arguments: tuple[str, ...], said: str) -> None:
    form, records = write_small(tmp_path, 1)
    told: Told = call("batch", form, records, *arguments)
    assert told.code == 2
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_no_file_and_no_records_are_told_or_come_to_nothing(tmp_path: Path, call: Any) -> None:
    form, records = write_small(tmp_path, 0)
    assert (
        call("batch", form, "none.jsonl", "-o", "out").err
        == "none.jsonl: there is no such file. Remedy: check the path\n"
    )
    assert call("batch", form, records, "-o", "out").out == "out: 0 forms, 0 set aside.\n"
    assert call("batch", form, records, "-o", "all.pdf").code == 0


def text_of(content: bytes) -> list[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(content) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def test_pdfs_a_file_a_subject_and_in_one_file(tmp_path: Path, catalogue: prefill.Catalogue) -> None:
    import pikepdf

    form, records = write_small(tmp_path, 130)
    odd = statements(60)
    odd[0]["resident"]["name"] = "王\U0002ebf0"  # no font has it
    content = records.read_bytes().splitlines(keepends=True)
    content[60] = json.dumps(odd).encode() + b"\n"
    records.write_bytes(b"".join(content))
    for output, workers in (("out", 1), ("all.pdf", 2)):
        done = subprocess.run(
            command(form, records, "-o", tmp_path / output, "--workers", workers), capture_output=True, text=True
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"{records}:61: $: no font has the character U+2EBF0, which stands in 'name'")
    plan = catalogue.plan(form)
    whole = (tmp_path / "all.pdf").read_bytes()
    texts = iter(text_of(whole))
    for number in range(130):
        file = tmp_path / "out" / f"{number + 1:07}.pdf"
        assert file.exists() == (number != 60)
        if number != 60:
            own = text_of(file.read_bytes())
            assert [next(texts) for _ in own] == own
        if number == 3:
            filled = prefill.fill(plan, catalogue.record(statements(3)), on=DAY)
            assert file.read_bytes() == prefill.Stamper(plan).stamp(filled)
    assert next(texts, None) is None
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        assert not pdf.check_pdf_syntax()
        assert str(pdf.docinfo["/Title"]) == "试填表"
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_records_of_a_parquet_file(tmp_path: Path, call: Any) -> None:
    import pyarrow
    import pyarrow.parquet

    form, _ = write_small(tmp_path, 0)
    texts = [json.dumps(statements(number)) for number in range(70)]
    texts[40] = "{"
    table = pyarrow.table({"record": texts, "other": list(range(70))})
    pyarrow.parquet.write_table(table, tmp_path / "records.parquet", row_group_size=30)
    told: Told = call("batch", form, "records.parquet", "-o", "out", "--as", "json", "--on", ON, "--workers", 1)
    assert told.code == 1
    assert told.err.startswith("records.parquet:41: $: broken JSON")
    assert len(lines(Path("out/savings.jsonl"))) == 69
    pyarrow.parquet.write_table(table.drop_columns("record"), tmp_path / "none.parquet")
    assert "no column 'record'" in call("batch", form, "none.parquet", "-o", "other").err


def test_a_parquet_file_that_is_damaged_is_told_as_such(tmp_path: Path, call: Any) -> None:
    import pyarrow
    import pyarrow.parquet

    form, records = write_small(tmp_path, 300)
    texts = records.read_text(encoding="utf-8").splitlines()
    file = tmp_path / "records.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"record": texts}), file, row_group_size=100, compression="zstd")
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    file.write_bytes(content)
    for asked in (
        ("batch", form, file, "-o", "out", "--as", "json", "--workers", 1),
        ("roster", "9", file, "-o", "x.json"),
    ):
        told: Told = call(*asked, "--on", ON)
        assert told.code == 2, told.err
        assert "records.parquet cannot be read after row " in told.err


def test_it_goes_on_in_the_middle_of_a_parquet_file(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    texts = [json.dumps(statements(number)) for number in range(100)]
    pyarrow.parquet.write_table(pyarrow.table({"record": texts}), tmp_path / "records.parquet", row_group_size=30)
    source = batches.from_parquet(tmp_path / "records.parquet")
    tasks = list(source.tasks(batches.Place(45), 8))
    assert [subject.number for task in tasks for subject in task.subjects] == list(range(46, 101))
    assert source.total == 100


def test_records_of_a_store_by_their_opaque_ids_and_on_from_where_it_was(tmp_path: Path, call: Any) -> None:
    catalogue = prefill.open_catalogue()
    form, _ = write_small(tmp_path, 0)
    with prefill.open_store("store.db", catalogue) as store:
        store.add_all([statements(number) for number in range(50)])
        ids = [id for id, _ in store.records("resident")]
        source = batches.from_store(store, "resident")
        tasks = list(source.tasks(batches.Place(), 20))
        assert [subject.id for task in tasks for subject in task.subjects] == ids
        rest = list(source.tasks(tasks[0].end, 20))
        assert [(subject.number, subject.id) for task in rest for subject in task.subjects] == [*enumerate(ids, 1)][20:]
    told: Told = call("batch", form, "store.db", "-o", "out", "--as", "json", "--on", ON, "--workers", 1)
    assert told == (0, "out: 50 forms, 0 set aside.\n", "")
    assert sorted(file.stem for file in Path("out").glob("*.json")) == sorted(ids)
    saved = lines(Path("out/savings.jsonl"))
    assert [one["id"] for one in saved] == ids
    plan = catalogue.plan(form)
    with prefill.open_store("store.db", catalogue) as store:
        filled = prefill.fill(plan, store.record("resident", ids[7]), on=DAY)
    assert Path(f"out/{ids[7]}.json").read_text(encoding="utf-8") == prefill.to_json(filled)


def test_a_bar_on_a_terminal_and_none_in_a_pipe(tmp_path: Path) -> None:
    form, records = write_small(tmp_path, 150)
    ours, theirs = pty.openpty()
    arguments = command(form, records, "-o", tmp_path / "out", "--as", "json", "--workers", 1)
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b"".join(_read(ours))
    assert process.wait() == 0
    assert b"a second" in shown
    assert b"/150" in shown


def _read(handle: int) -> Iterator[bytes]:
    try:
        while content := os.read(handle, 4096):
            yield content
    except OSError:  # the other end was closed
        os.close(handle)


_MEMORY = """
import re, resource, sys
from datetime import date
from pathlib import Path
import prefill
from tests.batching import statements
plan = prefill.open_catalogue().plan(sys.argv[1])
forms = prefill.batch(plan, map(statements, range(int(sys.argv[2]))), on=date(2026, 11, 23), workers=1)
assert sum(item.filled for item in forms) == int(sys.argv[2])
own = re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1]
print(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""  # of itself getrusage would tell what the process took that started it, if that is more


def test_ten_times_as_many_take_no_more_memory(tmp_path: Path) -> None:
    form, _ = write_small(tmp_path, 0)
    peaks = []
    for count in (500, 5_000):
        done = subprocess.run([sys.executable, "-c", _MEMORY, str(form), str(count)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        peaks.append([int(peak) for peak in done.stdout.split()])
    for before, after in zip(*peaks, strict=True):  # the process that reads, the one that fills
        assert after - before < 4_000, peaks  # KiB; the records alone take 5 MB more
