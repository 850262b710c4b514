"""At full size (make scale): five thousand PDFs, killed twenty times; what one file holds, killed too."""

import hashlib
import json
import random
import time
from pathlib import Path

import pytest

from bench.residents import residents
from tests.batching import children, committed, killed, lines, start, wait_for

pytestmark = pytest.mark.scale

COUNT = 5_000


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scale") / "records.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for one in residents(COUNT):
            file.write(json.dumps(one, ensure_ascii=False) + "\n")
    return path


def test_five_thousand_pdfs_killed_twenty_times_are_each_there_once_and_whole(records: Path, tmp_path: Path) -> None:
    import pikepdf

    out, chance, kills = tmp_path / "out", random.Random(20), 0
    share = COUNT // 24
    while kills < 20:
        process = start(36, records, "-o", out, "--resume")
        before = committed(out)
        if kills % 4:  # some moments while it begins, most while it is at work
            wait_for(lambda: process.poll() is not None or committed(out) >= before + share, 600)  # noqa: B023
        else:
            wait_for(lambda: process.poll() is not None or children(process))  # noqa: B023
        time.sleep(chance.uniform(0.0, 2.0))
        assert process.poll() is None, process.communicate()
        killed(process)
        kills += 1
        there = {file.name for file in out.glob("*.pdf")}
        assert len(there) >= committed(out)
    process = start(36, records, "-o", out, "--resume")
    said, err = process.communicate()
    assert (process.returncode, said) == (0, f"{out}: {COUNT:,} forms, 0 set aside.\n"), err
    files = sorted(out.glob("*.pdf"))
    assert [file.name for file in files] == [f"{number:07}.pdf" for number in range(1, COUNT + 1)]
    assert [one["number"] for one in lines(out / "savings.jsonl")] == list(range(1, COUNT + 1))
    assert not list(out.glob(".*"))
    digests = set()
    for file in files:
        with pikepdf.open(file) as pdf:
            assert len(pdf.pages) >= 1
            assert not pdf.check_pdf_syntax()
        digests.add(hashlib.sha256(file.read_bytes()).digest())
    assert len(digests) == COUNT  # all residents differ


def test_one_file_of_all_killed_and_taken_up_is_the_same_as_in_one_go(records: Path, tmp_path: Path) -> None:
    some = tmp_path / "some.jsonl"
    some.write_bytes(b"".join(records.read_bytes().splitlines(keepends=True)[:1_000]))
    for count in range(4):
        process = start(36, some, "-o", tmp_path / "all.pdf", "--resume", "--workers", 2)
        journal = tmp_path / "all.pdf.journal.jsonl"
        before = journal.read_text().count("\n") if count else 1
        wait_for(lambda: journal.exists() and journal.read_text().count("\n") > before, 300)  # noqa: B023
        killed(process)
    for name in ("all", "whole"):
        process = start(36, some, "-o", tmp_path / f"{name}.pdf", "--resume", "--workers", 2)
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert (tmp_path / "all.pdf").read_bytes() == (tmp_path / "whole.pdf").read_bytes()
