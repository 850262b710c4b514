"""The audit of a catalogue: what each field asks, who asks a fact too, how often a year; as a table, JSON and a page."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

import prefill
from prefill.catalogue import Catalogue, bundled_folder
from prefill.checks.asking import ORIGINS, asked_of
from prefill.checks.auditing import Audit, audit
from prefill.cli import run
from prefill.reasons import REASONS
from prefill.reports import audit_page
from tools import form_pages as tool

SPECS = bundled_folder("form_specs")
DOCS = Path(__file__).parent.parent / "docs"
HEAD = """
version: "1"
agency: 市卫健委
purpose: p
subject: {subject}
delivery: retyped
basis: {{document: d, confidence: low}}
"""
CARD = """
id: card
system: 36
title: 甲表<b>
sections:
- title: S
  fields:
    name: {label: 姓名, from: resident.name}
    again: {label: 姓名（复核）, from: resident.name, ask: always}
    born: {label: 出生日期, from: resident.birth_date}
    years: {label: 年龄, derive: {rule: age, of: resident.birth_date}}
    mate: {label: 配偶姓名, from: resident.spouse.name, when: {resident.marital_status: {in_group: 已婚}}}
    centre: {label: 卫生机构, suggest: {rule: take, of: community.health_centre.name}}
    reason: {label: 理由}
    income: {label: 收入, kind: money, unit: 元}
    total: {label: 收入合计, derive: {rule: sum, of: [income, income]}}
    opinion: {label: 街道意见, filled_by: street}
    seal: {label: 盖章, by_hand: seal}
    members:
      label: 成员
      rows_of: household.members
      columns:
        name: {label: 成员姓名, from: .name}
        relation: {label: 与户主关系, from: .relation_to_head}
        remark: {label: 备注}
    visits:
      label: 走访
      rows: 2
      columns:
        date: {label: 日期, kind: date}
"""
UNIT = """
id: unit
system: 39
title: 乙表
sections:
- title: S
  fields:
    boss: {label: 法定代表人, from: organisation.legal_representative.name}
    name: {label: 名称, from: organisation.name}
"""
OTHER = """
id: other
system: 90
title: 丙表
sections:
- title: S
  fields:
    name: {label: 姓名, from: resident.name}
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Three forms of our own over the bundled vocabulary: of a system used every day, of one used every month, of none."""
    folder = tmp_path_factory.mktemp("specs")
    for name in ("vocabulary", "codes", "blocks", "notices", "tables", "sources.yaml"):
        if (SPECS / name).exists():
            (folder / name).symlink_to(SPECS / name)
    for file, text, subject in (
        ("36-card.yaml", CARD, "resident"),
        ("39-unit.yaml", UNIT, "organisation"),
        ("90-other.yaml", OTHER, "resident"),
    ):
        (folder / file).write_text(text.replace("\nsections:", HEAD.format(subject=subject) + "sections:"), "utf-8")
    return prefill.open_catalogue(folder, bundled=False)


@pytest.fixture(scope="module")
def found(small: Catalogue) -> Audit:
    return audit(small)


@pytest.fixture(scope="module")
def whole() -> Audit:
    return audit(prefill.open_catalogue())


# ── what a field asks ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_origins_are_reasons_of_entries() -> None:
    assert set(ORIGINS) <= set(REASONS)


def test_each_field_has_the_origin_that_its_spec_gives_it(small: Catalogue) -> None:
    assert {one.key: one.origin for one in asked_of(small.plan("card"))} == {
        "name": "recorded",
        "again": "ask-always",
        "born": "derived",
        "years": "derived",
        "mate": "recorded",
        "centre": "suggested",
        "reason": "each-time",
        "income": "each-time",
        "total": "after-answers",
        "opinion": "other-desk",
        "seal": "by-hand",
        "members.name": "recorded",
        "members.relation": "recorded",
        "members.remark": "each-time",
        "visits.date": "each-time",
    }


def test_a_fact_is_told_by_the_kind_of_entity_whoever_it_is(small: Catalogue) -> None:
    card = {one.key: one for one in asked_of(small.plan("card"))}
    assert [(t.fact.name, t.path, t.own) for t in card["name"].facts] == [("person.name", "resident.name", True)]
    assert [(t.fact.name, t.path, t.own) for t in card["mate"].facts] == [
        ("person.name", "resident.spouse.name", False)
    ]
    assert [(t.fact.name, t.path) for t in card["members.name"].facts] == [("person.name", "household.members.name")]
    relation = card["members.relation"].facts[0]
    assert (relation.fact.name, relation.own) == ("household.members.relation_to_head", False)
    assert [t.path for t in card["centre"].facts] == ["community.health_centre.name"]
    assert card["years"].facts == ()  # it is reckoned, and asks no fact
    assert (card["years"].rule, card["years"].rests_on) == ("age", ("resident.birth_date",))
    assert card["mate"].conditional


# ── the forms and the facts ──────────────────────────────────────────────────────────────────────────────────────────────


def test_shares_count_the_communitys_own_keys_alone(found: Audit) -> None:
    card = found.forms[0]
    assert (len(card.fields), card.asked) == (15, 13)
    assert card.share_by_plan == 7 / 13
    assert [one.label for one in card.new] == ["理由", "收入", "备注", "日期"]
    assert card.sample is None
    assert card.share_by_sample is None


def test_who_asks_a_fact_and_how_often_a_year(found: Audit) -> None:
    facts = {fact.name.name: fact for fact in found.facts}
    name = facts["person.name"]
    assert [(use.system, use.fields, use.own) for use in name.uses] == [(36, 4, True), (39, 1, False), (90, 1, True)]
    assert name.own == 2
    assert name.entered == 4 * 250 + 1 * 12  # every day and every month; of system 90 nobody says how often
    assert dict(name.paths) == {
        "resident.name": 2,
        "resident.spouse.name": 1,
        "household.members.name": 1,
        "organisation.legal_representative.name": 1,
    }
    assert [fact.name.name for fact in found.shared] == ["person.name", "organisation.name"]
    assert found.again == 2 + 1


def test_a_year_counts_what_the_notice_says_and_no_more(found: Audit) -> None:
    assert [one.times_a_year for one in found.forms] == [250, 12, None]
    assert found.a_year("entries") == 13 * 250 + 2 * 12
    assert found.a_year("entries_filled") == 7 * 250 + 2 * 12
    assert found.to_dict()["totals"]["forms_without_frequency"] == ["other"]


def test_the_catalogue_is_counted_as_savings_count(whole: Audit) -> None:
    catalogue = prefill.open_catalogue()
    samples = catalogue.samples()
    for one in whole.forms:
        assert sum(one.origins.values()) == len(one.fields)
        sample = samples.get(one.form.id)
        if sample is not None:
            record = catalogue.read_record(*sample.record)
            plan = catalogue.plan(one.form.id)
            saved = prefill.measure(prefill.fill(plan, record, on=sample.on, filing=sample.filing, grant=sample.grant))
            assert one.sample == saved
            assert one.share_by_sample == saved.share_filled
    assert [one.form.system for one in whole.forms] == sorted(one.form.system or 0 for one in whole.forms)
    assert whole.facts[0].name.name == "person.name"


# ── as JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def keys(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node).union(*map(keys, node.values()))
    return set().union(*map(keys, node)) if isinstance(node, list) else set()


def test_the_docs_tell_every_key(found: Audit) -> None:
    data = found.to_dict()
    for fact in data["facts"]:
        fact["paths"] = {}  # its keys are paths
    told = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`\n]+)`", (DOCS / "audit.md").read_text("utf-8")))))
    assert sorted(keys(data) - told) == []


def test_the_command_prints_tables_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit"]) == 0
    shown = capsys.readouterr().out
    assert "person.name" in shown
    assert "by sample" in shown
    assert run(["audit", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["totals"]["forms"] == len(data["forms"]) == len(prefill.open_catalogue().forms())
    assert data["facts"][0]["forms"] == len(data["facts"][0]["asked_by"])


@pytest.mark.parametrize("name", ["a.html", "a.json"])
def test_the_command_writes_a_file(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "-o", str(tmp_path / name)]) == 0
    assert str(tmp_path / name) in capsys.readouterr().out
    assert (tmp_path / name).stat().st_size > 1000


@pytest.mark.parametrize("name", ["a.pdf", "none/a.html"])
def test_a_place_that_cannot_be_is_told_before_the_work(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "-o", str(tmp_path / name)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


# ── as a page ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Page(HTMLParser):
    """A page's elements, and whether what is opened is closed."""

    VOID = frozenset({"meta", "rect", "circle", "col", "br", "link", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html(found: Audit) -> str:
    return audit_page(found)


def test_the_page_stands_alone(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("img")
    assert not re.search(r"https?:|@import|url\((?!#)", html)
    assert page.all("html")[0]["lang"] == "zh-CN"
    fills = set(re.findall(r"url\(#([\w-]+)\)", html))
    assert fills <= {one["id"] for one in page.all("pattern")}


def test_the_page_says_in_words_what_it_draws(html: str) -> None:
    page = Page(html)
    drawings = [one for one in page.all("svg") if one.get("role") == "img"]
    assert len(drawings) > 10
    assert all(one["aria-label"] for one in drawings)
    assert all(one.get("aria-hidden") == "true" for one in page.all("svg") if one.get("role") != "img")
    assert all(one.get("scope") for one in page.all("th"))


def test_the_page_escapes_what_specs_say(html: str) -> None:
    assert "甲表&lt;b&gt;" in html
    assert "<b>" not in re.sub(r"<b>[\d.]+( 万)?</b>", "", html)


def test_the_same_audit_gives_the_same_page(small: Catalogue, html: str) -> None:
    assert audit_page(audit(small)) == html


def test_every_origin_is_drawn_unlike_the_others() -> None:
    drawing = (bundled_folder("templates") / "drawing.html.jinja").read_text(encoding="utf-8")
    fills = [re.search(rf'"{look}": \'(fill="[^\n]+)\',', drawing) for look in (*ORIGINS[:6], "apart")]
    assert all(fills)
    assert len({match[1] for match in fills if match}) == len(fills)
    words = yaml.safe_load((bundled_folder("templates") / "strings.zh-CN.yaml").read_text(encoding="utf-8"))["audit"]
    assert set(words["origin"]) == {*ORIGINS[:6], "apart"}


def test_an_empty_catalogue_has_an_audit(tmp_path: Path) -> None:
    for name in ("vocabulary", "codes", "notices", "sources.yaml"):
        (tmp_path / name).symlink_to(SPECS / name)
    nothing = audit(prefill.open_catalogue(tmp_path, bundled=False))
    assert nothing.to_dict()["totals"]["asked"] == 0
    assert Page(audit_page(nothing)).open == []


# ── the pages of the forms ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def form_pages() -> dict[Path, str]:
    return tool.pages()


def test_the_pages_of_the_forms_are_as_their_specs_have_them(form_pages: dict[Path, str]) -> None:
    assert {*(DOCS / "forms").glob("*.md")} <= form_pages.keys(), "run `make docs`"
    stale = [path.name for path, text in form_pages.items() if not path.exists() or path.read_text("utf-8") != text]
    assert not stale, "run `make docs`"


def test_their_links_lead_somewhere(form_pages: dict[Path, str]) -> None:
    for path, text in form_pages.items():
        targets = [target.partition("#")[0] for target in re.findall(r"(?<!\\)\]\(([^)\s]+)\)", text)]
        assert [target for target in targets if not (path.parent / target).exists()] == []


def test_a_page_tells_every_field_of_its_form(form_pages: dict[Path, str], whole: Audit) -> None:
    for one in whole.forms:
        text = next(text for path, text in form_pages.items() if f"id `{one.form.id}`" in text)
        rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
        about = text.split("**By plan**")[0]
        titles = {section.title for section in one.form.sections}
        assert len(rows) - about.count("\n| ") + about.count("\n| ---") == len(one.fields) + len(titles)
        assert "sensitive" in text or not any(field.sensitive for field in one.fields)
