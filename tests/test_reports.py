"""The report on what filling saved: sums, lists, projection; as JSON, CSV, page and PDF; and the evidence that recomputes it."""

import csv
import io
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import yaml

import prefill
from prefill.catalogue import Catalogue, bundled_folder
from prefill.checks.occasions import occasion_of
from prefill.cli import run
from prefill.reports import Report, report, report_page, report_pdf, to_csv, write_evidence
from prefill.reports.reporting import FEW, plain
from prefill.reports.summing import BY, Sums
from prefill.savings import read_model
from prefill.store import LedgerEntry, open_ledger
from tests.ledgers import MONTHS, chain, entry, invented
from tests.test_audit import Page

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


@pytest.fixture(scope="module")
def entries(catalogue: Catalogue) -> list[LedgerEntry]:
    """Some hundred entries, two forms of them on paper, made with the specs and constants that there are."""
    model = read_model(*catalogue.folders).digest
    hashes = {form.id: catalogue.plan(form.path).spec_hash for form in catalogue.forms() if form.system in (17, 36)}
    made = (
        replace(
            one,
            model_hash=model,
            spec_hash=hashes.get(one.form, "0" * 64),
            delivery="paper" if one.system in (36, 43) else one.delivery,
        )
        for one in invented(catalogue, 400)
    )
    return chain(made)


@pytest.fixture(scope="module")
def found(catalogue: Catalogue, entries: list[LedgerEntry]) -> Report:
    return report(entries, catalogue)


# ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_fills_and_receipts_and_deliveries_are_never_added_together(catalogue: Catalogue) -> None:
    found = report(
        chain(
            [
                entry(id="a", seconds_blank=50.1, seconds_left=12.3),
                entry(id="b", seconds_blank=0.2, seconds_left=0.1),
                entry("receipt", id="c", seconds_blank=7.0, seconds_left=9.0),
                entry(id="d", delivery="paper", keystrokes_blank=100, keystrokes_left=1),
            ]
        ),
        catalogue,
    )
    one = {"asked": 10, "known": 6, "confirm": 1, "new": 3}
    none = dict.fromkeys(("forms", *one, "keystrokes_saved"), 0)
    assert found.to_dict()["headline"] == {
        "paper": {
            "fills": {"forms": 1, **one, "keystrokes_saved": 99, "seconds_saved": 37.8},
            "receipts": {**none, "seconds_saved": 0.0},
        },
        "retyped": {
            "fills": {
                "forms": 2,
                "asked": 20,
                "known": 12,
                "confirm": 2,
                "new": 6,
                "keystrokes_saved": 72,
                "seconds_saved": 37.9,
            },
            "receipts": {"forms": 1, **one, "keystrokes_saved": 36, "seconds_saved": -2.0},
        },
    }
    for by in BY:
        assert [(group.delivery, group.fills.forms) for group in found.groups[by]] == [("paper", 1), ("retyped", 2)]


def test_groups_are_sums_of_entries_counted_one_by_one(found: Report, entries: list[LedgerEntry]) -> None:
    for by in BY:
        for group in found.groups[by]:
            for kind, sums in (("fill", group.fills), ("receipt", group.receipts)):
                own = [
                    one
                    for one in entries
                    if (one.kind, one.delivery, str(getattr(one, by))) == (kind, group.delivery, group.key)
                ]
                assert sums.forms == len(own)
                for field in fields(Sums)[1:]:
                    total = sum(
                        round(getattr(one, field.name) * (1000 if "seconds" in field.name else 1)) for one in own
                    )
                    assert getattr(sums, field.name) == total
    assert {by: sum(group.fills.forms for group in found.groups[by]) for by in BY} == dict.fromkeys(
        BY, sum(one.kind == "fill" for one in entries)
    )


def test_nothing_is_ordered_by_what_it_saved(found: Report) -> None:
    assert [group.system for group in found.groups["form"]] == [17, 30, 36, 39, 43]
    assert [group.system for group in found.groups["department"]] == sorted(
        group.system or 0 for group in found.groups["department"]
    )
    assert [group.key for group in found.groups["month"]] == sorted(group.key for group in found.groups["month"])


def test_no_worker_and_no_community_can_be_told_apart(found: Report) -> None:
    assert not {"worker", "community", "street", "subject"} & {field.name for field in fields(LedgerEntry)}
    assert set(found.groups) == {"form", "system", "department", "month"}


def test_months_are_chosen_both_ends_included(catalogue: Catalogue, entries: list[LedgerEntry]) -> None:
    found = report(entries, catalogue, since="2026-09", until="2026-10")
    assert found.months == ("2026-09", "2026-10")
    assert found.entries == sum(one.month in found.months for one in entries)
    assert (found.ledger, found.head) == (len(entries), entries[-1].hash)  # the state of the whole ledger


def test_shares_are_none_where_there_is_nothing_to_share() -> None:
    assert Sums().share_filled is None
    assert Sums().share_corrected is None
    assert Sums().share_fast is None


# ── what to do next ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_typed_names_the_sources_that_have_authority(catalogue: Catalogue) -> None:
    found = report(
        chain(
            [
                entry(id="a", form="senior-card", typed_fields={"name": 1, "phone": 1, "gone": 1}),
                entry(id="b", form="senior-card", typed_fields={"name": 1}),
                entry(id="c", form="health-record", system=39, typed_fields={"name": 1, "created_on": 1}),
                entry("receipt", id="d", form="senior-card", typed_fields={"name": 1}),
            ]
        ),
        catalogue,
    )
    name = found.facts[0]
    assert (name.name, name.label, name.fills, name.receipts, name.systems) == ("person.name", "姓名", 3, 1, (36, 39))
    assert [(source.kind, source.names) for source in name.sources] == [("population_register", ("公安人口库",))]
    typed = {(one.form, one.key): one for one in found.typed}
    own = typed["senior-card", "name"]
    assert (own.fills, own.receipts, own.forms, own.connects) == (2, 1, 2, True)
    gone = typed["senior-card", "gone"]  # the form has no such field any more
    assert (gone.label, gone.origin, gone.sources, gone.connects) == ("gone", None, (), False)
    assert gone in found.fields_new


def test_what_is_corrected_names_field_and_whose_word_it_was(catalogue: Catalogue) -> None:
    """Two fields, two sources: which source is wrong about which field is told; an entry of before knows only the sources."""
    common: dict[str, Any] = {"form": "senior-card", "filled": 7}
    both = {"name": {"社区网格信息": 1}, "mobile": {"社区网格信息": 1, "公安人口信息": 1}}
    made = [
        entry("receipt", id="1", **common, corrected=2, corrected_fields={"name": 1, "mobile": 1},
              corrected_sources={"社区网格信息": 2, "公安人口信息": 1}, corrected_field_sources=both),
        entry("receipt", id="2", **common, corrected=1, corrected_fields={"mobile": 1},
              corrected_sources={"公安人口信息": 1}, corrected_field_sources={"mobile": {"公安人口信息": 1}}),
        entry("receipt", id="3", **common, corrected=1, corrected_fields={"name": 1},
              corrected_sources={"医保信息": 1}, format=1),
    ]  # fmt: skip
    found = report(chain(made), catalogue)
    assert [(one.key, one.receipts, one.forms, one.whose) for one in found.corrected] == [
        ("mobile", 2, 3, (("公安人口信息", 2), ("社区网格信息", 1))),
        ("name", 2, 3, (("社区网格信息", 1),)),
    ]
    assert found.sources == (("公安人口信息", 2), ("社区网格信息", 2), ("医保信息", 1))
    assert found.groups["form"][0].receipts.share_corrected == 4 / 21
    told = found.to_dict()["corrected_fields"][0]["corrected_sources"]
    assert told == [{"source": "公安人口信息", "corrected": 2}, {"source": "社区网格信息", "corrected": 1}]
    page = report_page(found)
    assert "公安人口信息 2、社区网格信息 1" in page


def test_a_form_that_is_not_in_the_catalogue_goes_by_its_id(catalogue: Catalogue) -> None:
    found = report(chain([entry(form="own-form", system=None, typed_fields={"a": 1})]), catalogue)
    assert found.to_dict()["groups"]["form"][0]["name"] == "own-form"
    assert found.groups["system"][0].key == ""
    assert found.projection.missing == ("own-form",)
    assert "own-form" in report_page(found)


# ── the projection ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_year_is_the_mean_of_a_form_times_the_notices_frequency(catalogue: Catalogue) -> None:
    made = [
        entry(id="a", form="senior-card", seconds_blank=30.0, seconds_left=10.0),
        entry(id="b", form="senior-card", seconds_blank=50.0, seconds_left=10.0),
        entry(id="c", form="birth-registration", system=19),
        entry("receipt", id="d", form="health-record", system=39),
    ]
    projection = report(chain(made), catalogue, communities=3).projection
    occasion = occasion_of(catalogue.plan("senior-card").form, catalogue.notices)
    assert occasion is not None
    assert occasion.times_a_year == 250
    assert [(line.form, line.forms, line.seconds_a_form, line.forms_a_year) for line in projection.lines] == [
        ("senior-card", 2, 30.0, 750)
    ]
    assert projection.lines[0].seconds_a_year == 30 * 250 * 3
    assert projection.missing == ("birth-registration",)  # 依申请: nobody says how often
    assert projection.unseen == 43
    told = report(chain(made), catalogue, communities=3).to_dict()["projection"]
    assert told["assumptions"]["communities"] == 3
    assert told["deliveries"] == {
        "retyped": {"forms_a_year": 750.0, "keystrokes_saved_a_year": 36 * 750, "seconds_saved_a_year": 22500}
    }
    assert told["forms"][0]["few"] is (FEW > 2)


def test_a_form_with_two_deliveries_has_one_year(catalogue: Catalogue) -> None:
    made = [entry(id=str(i), form="senior-card", delivery="paper" if i else "retyped") for i in range(4)]
    lines = report(chain(made), catalogue).projection.lines
    assert [(line.delivery, line.forms_a_year) for line in lines] == [("paper", 187.5), ("retyped", 62.5)]


# ── as JSON and CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────


def keys(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node).union(*map(keys, node.values()))
    return set().union(*map(keys, node)) if isinstance(node, list) else set()


def test_the_docs_tell_every_key(found: Report) -> None:
    data = found.to_dict()
    data["headline"] = list(data["headline"].values())  # its keys are deliveries
    data["projection"]["deliveries"] = list(data["projection"]["deliveries"].values())
    told = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`\n]+)`", (DOCS / "reports.md").read_text("utf-8")))))
    assert sorted(keys(data) - told) == []


def test_csv_has_a_line_for_each_group_and_view(found: Report) -> None:
    lines = list(csv.DictReader(io.StringIO(to_csv(found))))
    assert {line["by"] for line in lines} == set(BY)
    months = [line for line in lines if line["by"] == "month"]
    assert months == list(csv.DictReader(io.StringIO(to_csv(found, "month"))))
    assert {line["view"] for line in months} == {"fills", "receipts"}
    loss = [line for line in lines if (line["by"], line["key"], line["view"]) == ("form", "health-record", "fills")]
    assert float(loss[0]["seconds_saved"]) < 0
    assert loss[0]["measured"] == ""


def test_no_cell_of_a_csv_is_a_formula() -> None:
    assert [plain(text) for text in ("=1+1", "@x", "-2", "王", "")] == ["'=1+1", "'@x", "'-2", "王", ""]
    assert plain(-2) == -2


# ── as a page ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def html(found: Report) -> str:
    return report_page(found)


def test_the_page_stands_alone(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("img")
    assert not re.search(r"https?:|@import|url\((?!#)", html)
    assert page.all("html")[0]["lang"] == "zh-CN"
    assert set(re.findall(r"url\(#([\w-]+)\)", html)) <= {one["id"] for one in page.all("pattern")}
    assert len({one["id"] for one in page.all("pattern")}) == len(page.all("pattern"))


def test_the_page_says_in_words_what_it_draws(html: str) -> None:
    page = Page(html)
    drawings = [one for one in page.all("svg") if one.get("role") == "img"]
    assert len(drawings) > 50
    assert all(one["aria-label"] for one in drawings)
    assert all(one.get("aria-hidden") == "true" for one in page.all("svg") if one.get("role") != "img")
    assert all(one.get("scope") for one in page.all("th"))
    assert "不预填" in html
    assert "反而多用" in html  # form 39 costs more than it saves


def test_the_page_has_a_part_for_each_delivery_and_no_total_over_them(html: str, found: Report) -> None:
    assert html.count('<section class="part">') == len(found.deliveries) == 2
    assert "转录类" in html
    assert "纸质类" in html


@pytest.mark.parametrize("by", BY)
def test_a_page_and_json_may_be_grouped_in_one_way(by: str, found: Report) -> None:
    titles = {"form": "各表：填出比例与节省", "system": "各系统", "department": "各部门", "month": "逐月：预填前后"}
    text = report_page(found, by)
    assert [way for way, title in titles.items() if f">{title}<" in text] == [by]
    assert list(found.to_dict(by)["groups"]) == [by]


def test_a_projection_is_labelled_as_one(html: str) -> None:
    assert "全年推算（不是实测）" in html
    assert "按 1 个社区推算" in html


def test_rubber_stamping_stands_apart(html: str, found: Report) -> None:
    assert "核对是否走过场" in html
    fast = next(group for group in found.groups["form"] if group.system == 30).receipts
    assert (fast.share_fast or 0) > 0.3


def test_the_page_escapes_what_the_ledger_says(catalogue: Catalogue) -> None:
    made = [
        entry(form="<b>x</b>", department="<script>", typed_fields={"<i>": 1}),
        entry("receipt", id="b", confirmed=1),
    ]
    text = report_page(report(chain(made), catalogue))
    assert Page(text).open == []
    assert "<script>" not in text
    assert "<b>x" not in text


def test_an_empty_ledger_has_a_report(catalogue: Catalogue) -> None:
    nothing = report([], catalogue)
    assert nothing.to_dict()["headline"] == {}
    assert Page(report_page(nothing)).open == []
    assert "没有记录" in report_page(nothing)


def test_the_same_report_gives_the_same_page(catalogue: Catalogue, entries: list[LedgerEntry], html: str) -> None:
    assert report_page(report(entries, catalogue)) == html


def test_every_text_of_the_page_is_used() -> None:
    words = yaml.safe_load((bundled_folder("templates") / "strings.zh-CN.yaml").read_text("utf-8"))["report"]
    used = (bundled_folder("templates") / "report.html.jinja").read_text("utf-8")
    used += "".join(path.read_text("utf-8") for path in (Path(prefill.__file__).parent / "reports").glob("*.py"))
    for name, texts in words.items():
        assert name in used
        for key in texts if isinstance(texts, dict) and name in ("head", "legend", "tile", "method") else ():
            assert f'"{key}' in used or f"report.{name}.{key}" in used, f"report.{name}.{key} is used nowhere"


def test_the_pdf_has_every_part(found: Report) -> None:
    pypdf = pytest.importorskip("pypdf")
    reader = pypdf.PdfReader(io.BytesIO(report_pdf(found)))
    text = "".join(page.extract_text() for page in reader.pages)
    for part in ("社区填报节省情况报告", "全年推算", "核对是否走过场", "口径"):
        assert part in re.sub(r"\s", "", text)
    assert all(abs(page.mediabox.width - 595.3) < 1 for page in reader.pages)  # A4


def parts(node: Any) -> Iterator[Any]:
    """Go through the structure of a tagged PDF."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from parts(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from parts(node.K)


def test_the_pdf_is_tagged_and_says_what_it_draws(found: Report) -> None:
    pytest.importorskip("weasyprint")
    with pikepdf.open(io.BytesIO(report_pdf(found))) as document:
        assert document.docinfo.Title == "社区填报节省情况报告"
        assert str(document.Root.Lang) == "zh-CN"
        assert document.Root.MarkInfo.Marked
        nodes = list(parts(document.Root.StructTreeRoot))
        figures = [node for node in nodes if node.S == "/Figure"]
        assert {"/H1", "/H2", "/Table", "/TH"} <= {str(node.S) for node in nodes}
        assert all(str(figure.get("/Alt", "")) for figure in figures)
        assert any("节省" in str(figure.Alt) for figure in figures)


# ── the evidence ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def evidence(
    tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue, entries: list[LedgerEntry], found: Report
) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    write_evidence(folder, found, [*entries, entry(id="later")], catalogue)  # what came in since is left out
    return folder


def recompute(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the folder's own lines in a bare interpreter: no site packages, nothing of the environment."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "recompute.py")], capture_output=True, text=True, env={}, check=False
    )


def test_bare_python_recomputes_the_headline(evidence: Path, found: Report) -> None:
    done = recompute(evidence)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "OK"), done.stdout + done.stderr
    for delivery, views in found.to_dict()["headline"].items():
        for view, told in views.items():
            line = f"{delivery} {view}: {told['forms']} forms, {told['keystrokes_saved']} keys and {told['seconds_saved']} seconds saved"
            assert line in done.stdout.splitlines()
    assert "0 entries were made with other constants" in done.stdout


def test_a_report_of_some_months_is_recomputed(
    tmp_path: Path, catalogue: Catalogue, entries: list[LedgerEntry]
) -> None:
    write_evidence(tmp_path, report(entries, catalogue, since=MONTHS[1], until=MONTHS[2]), entries, catalogue)
    assert recompute(tmp_path).returncode == 0


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_whatever_the_ledger_the_evidence_agrees_with_the_report(
    seed: int, catalogue: Catalogue, tmp_path: Path
) -> None:
    draw = random.Random(seed)
    made = chain(
        [
            replace(
                one,
                delivery=draw.choice(("retyped", "paper", "api", "import_file")),
                system=draw.choice((one.system, None)),
                department=draw.choice((one.department, "", "'\"<&>,;局\n")),
                seconds_left=round(draw.uniform(0, 500), draw.choice((0, 1, 3))),
                keystrokes_left=draw.randrange(10 ** draw.randrange(1, 8)),
            )
            for one in invented(catalogue, 60, forms=(36, 39), seed=seed)
        ]
    )
    write_evidence(tmp_path, report(made, catalogue, since=draw.choice((None, *MONTHS))), made, catalogue)
    done = recompute(tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "OK"), done.stdout + done.stderr


def changed_entry(folder: Path) -> None:
    text = (folder / "entries.jsonl").read_text("utf-8")
    (folder / "entries.jsonl").write_text(text.replace('"known": ', '"known": 1', 1), "utf-8")


def missing_entry(folder: Path) -> None:
    lines = (folder / "entries.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "entries.jsonl").write_text("".join(lines[:7] + lines[8:]), "utf-8")


def cut_end(folder: Path) -> None:
    lines = (folder / "entries.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "entries.jsonl").write_text("".join(lines[:-1]), "utf-8")


def better_figure(folder: Path) -> None:
    told = json.loads((folder / "report.json").read_text("utf-8"))
    told["headline"]["retyped"]["fills"]["seconds_saved"] += 0.1
    (folder / "report.json").write_text(json.dumps(told), "utf-8")


def better_group(folder: Path) -> None:
    told = json.loads((folder / "report.json").read_text("utf-8"))
    told["groups"]["department"][0]["fills"]["keystrokes_saved"] += 1
    (folder / "report.json").write_text(json.dumps(told), "utf-8")


def other_constant(folder: Path) -> None:
    told = json.loads((folder / "baseline.json").read_text("utf-8"))
    told["model"]["key_seconds"] = 0.5
    (folder / "baseline.json").write_text(json.dumps(told), "utf-8")


def other_spec(folder: Path) -> None:
    file = sorted((folder / "specs" / "files").iterdir())[0]
    file.write_bytes(file.read_bytes() + b"\n")


def other_sample(folder: Path) -> None:
    lines = (folder / "sample.csv").read_text("utf-8-sig").splitlines()
    (folder / "sample.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]), "utf-8-sig")


def better(*path: str | int, by: float = 1) -> Callable[[Path], None]:
    """Give a harm: one figure of the report's JSON is moved."""

    def harm(folder: Path) -> None:
        told = json.loads((folder / "report.json").read_text("utf-8"))
        place = told
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] += by
        (folder / "report.json").write_text(json.dumps(told), "utf-8")

    return harm


def nothing_projected(folder: Path) -> None:
    told = json.loads((folder / "report.json").read_text("utf-8"))
    told["projection"]["forms"][0]["form"] = "no-such-form"
    (folder / "report.json").write_text(json.dumps(told), "utf-8")


@pytest.mark.parametrize(
    "harm",
    [
        *(changed_entry, missing_entry, cut_end, better_figure, better_group, other_constant, other_spec, other_sample),
        better("groups", "form", 0, "receipts", "measured_seconds", by=0.1),
        better("groups", "form", 0, "receipts", "modelled_keys"),
        better("groups", "form", 0, "receipts", "share_corrected", by=-0.01),
        better("groups", "month", 0, "receipts", "confirmed_fast", by=-1),
        better("groups", "system", 0, "fills", "share_filled", by=0.01),
        better("typed_fields", 0, "fills", by=-1),
        better("corrected_fields", 0, "receipts", by=-1),
        better("corrected_fields", 0, "corrected_sources", 0, "corrected", by=-1),
        better("corrected_sources", 0, "corrected", by=-1),
        better("projection", "forms", 0, "seconds_saved_a_year", by=60),
        better("projection", "forms", 0, "forms_a_year", by=1),
        nothing_projected,
    ],
)
def test_what_was_changed_in_the_evidence_is_found(
    harm: Callable[[Path], None], evidence: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(evidence, folder)
    harm(folder)
    done = recompute(folder)
    assert done.returncode == 1
    assert "WRONG" in done.stdout


def test_the_evidence_is_complete(evidence: Path, entries: list[LedgerEntry], found: Report) -> None:
    names = {path.name for path in evidence.iterdir()}
    told = re.findall(r"^- `([^`]+?)/?`", (evidence / "README.md").read_text("utf-8"), re.MULTILINE)
    assert set(told) | {"README.md"} == names
    lists = [path.stem for path in (evidence / "specs").glob("*.txt")]
    assert set(lists) == {digest for _, _, digest in found.specs} - {"0" * 64}
    sample = (evidence / "sample.csv").read_text("utf-8-sig").splitlines()
    assert len(sample) == 31
    assert json.loads((evidence / "baseline.json").read_text("utf-8"))["model"]["key_seconds"] == 0.28
    sums = (evidence / "SHA256SUMS").read_text("utf-8")
    assert all(f"  {path.relative_to(evidence).as_posix()}\n" in sums for path in evidence.rglob("*.json*"))
    with (evidence / "entries.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == len(entries) + 1


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory, entries: list[LedgerEntry]) -> Path:
    file = tmp_path_factory.mktemp("ledger") / "ledger.db"
    with open_ledger(file) as opened:
        opened.add_all(entries)
    return file


def test_the_command_prints_a_table(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for by in BY:
        assert run(["report", str(ledger), "--by", by]) == 0
        shown = capsys.readouterr().out
        assert "retyped" in shown
        assert "Projected, not measured" in shown


@pytest.mark.parametrize("name", ["r.html", "r.json", "r.csv", "r.pdf"])
def test_the_command_writes_a_file(name: str, ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(ledger), "--from", "2026-10", "-o", str(tmp_path / name)]) == 0
    assert str(tmp_path / name) in capsys.readouterr().out
    assert (tmp_path / name).stat().st_size > 1000


def test_the_command_writes_evidence(ledger: Path, tmp_path: Path, found: Report) -> None:
    assert run(["report", str(ledger), "--evidence", str(tmp_path / "e"), "-o", str(tmp_path / "r.json")]) == 0
    assert recompute(tmp_path / "e").returncode == 0
    assert (tmp_path / "e" / "report.json").read_text("utf-8") == (tmp_path / "r.json").read_text("utf-8")
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["headline"] == found.to_dict()["headline"]


def test_a_broken_chain_is_told_on_every_page(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    file = tmp_path / "ledger.db"
    shutil.copy(ledger, file)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE ledger_entries SET seconds_left = 0 WHERE number = 5")
    database.close()
    assert run(["report", str(file), "-o", str(tmp_path / "r.html"), "--evidence", str(tmp_path / "e")]) == 1
    assert "entry 5" in capsys.readouterr().err
    assert 'role="alert"' in (tmp_path / "r.html").read_text("utf-8")
    assert "WRONG: entry 5 is not what was written" in recompute(tmp_path / "e").stdout


def test_what_somebody_wrote_into_the_database_is_told_and_left_out(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sqlite3

    file = tmp_path / "ledger.db"
    shutil.copy(ledger, file)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE ledger_entries SET kind = '<b>' WHERE number = 5")
    database.close()
    assert run(["report", str(file), "-o", str(tmp_path / "r.json"), "--evidence", str(tmp_path / "e")]) == 1
    assert "entry 5" in capsys.readouterr().err
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["entries"] == 399
    assert recompute(tmp_path / "e").returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from", "2026-13"],
        ["--from", "2026-11", "--to", "2026-10"],
        ["--by", "worker"],
        ["-o", "r.docx"],
        ["-o", "none/r.html"],
        ["--communities", "0"],
        ["--evidence", "full"],
    ],
)
def test_a_mistake_is_told_in_a_line(
    arguments: list[str],
    ledger: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    assert run(["report", str(ledger), *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_there_has_to_be_a_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(tmp_path / "none.db")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "none.db").exists()


def test_fifty_thousand_entries_are_gone_through_once_and_not_kept(catalogue: Catalogue) -> None:
    alive = 0

    class Counted(list[int]):
        """Something that says when it is gone."""

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    most = 0

    def streamed() -> "object":
        nonlocal alive, most
        for number in range(50_000):
            kept = Counted()
            alive += 1
            most = max(most, alive)
            yield entry(
                id=str(number),
                form=("senior-card", "health-record")[number % 2],
                system=(36, 39)[number % 2],
                month=MONTHS[number % 4],
                typed_fields={"name": 1, "phone": 1},
                hash=kept,
            )

    found = report(streamed(), catalogue)  # type: ignore[arg-type]
    assert found.entries == 50_000
    assert found.deliveries[0].fills.seconds_saved == 50_000 * 37_800
    assert most < 10
