"""The notices as data: they equal the printed text item by item, hold together, and say which terms answer a certificate."""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import prefill
from prefill.catalogue import Catalogue, bundled_folder
from prefill.notices import MEANINGS, Item, Notices, answer, find_certificate

NOTICE = bundled_folder("form_specs") / "notices" / "2021-dongxihu"
TEXT = (NOTICE / "notice.txt").read_text(encoding="utf-8")
SIZES = {"work-items": 19, "assessments": 18, "certificates": 29, "systems": 45}
ON = date(2026, 11, 23)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


@pytest.fixture(scope="module")
def notices(catalogue: Catalogue) -> Notices:
    return catalogue.notices


def printed_rows(attachment: int) -> Iterator[list[str]]:
    """The rows of an attachment as the text prints them: cells between tabs, the first a number."""
    part = re.split(r"^附件 \d$", TEXT, flags=re.MULTILINE)[attachment]
    for line in part.splitlines():
        cells = line.split("\t")
        if cells[0].isdecimal():
            yield cells


def as_printed(item: Item) -> list[str]:
    """An item as its row must be printed; cells that it shares with the row above are empty."""
    own = {
        "work-items": [item.department, item.content, item.decision],
        "assessments": [item.department, " ".join(filter(None, (item.decision, item.follow_up)))],
        "certificates": [item.decision],
        "systems": [item.department, item.frequency, item.workload],
    }[item.kind]
    named = {"assessments": ("department", "decision")}.get(item.kind, ())
    shared = [cell in item.merged_cells for cell in (*named, *[""] * len(own))]
    return [str(item.number), item.text, *("" if gone else str(cell) for cell, gone in zip(own, shared, strict=False))]


@pytest.mark.parametrize(
    "attachment, kind", [(1, "work-items"), (2, "assessments"), (3, "certificates"), (4, "systems")]
)
def test_the_data_equals_the_text_both_ways(attachment: int, kind: str, notices: Notices) -> None:
    printed = list(printed_rows(attachment))
    if (
        kind == "systems"
    ):  # the head spans two rows there, and leaves an empty cell in some rows, before or after the frequency
        printed = [[cell for cell in cells if cell] for cells in printed]
    told = [as_printed(item) for item in notices.items(kind)]  # type: ignore[arg-type]
    assert told == printed
    assert len(told) == SIZES[kind]
    assert {item.attachment for item in notices.items(kind)} == {attachment}  # type: ignore[arg-type]


def test_shared_cells_are_those_of_the_row_above(notices: Notices) -> None:
    items = {item.number: item for item in notices.items("assessments")}
    shared = {number: item.merged_cells for number, item in items.items() if item.merged_cells}
    assert shared == {3: ("department", "decision"), 15: ("department",)}
    for number, cells in shared.items():
        for cell in cells:
            assert getattr(items[number], cell) == getattr(items[number - 1], cell)


def test_the_counts_of_the_notices_own_second_part(notices: Notices) -> None:
    """取消 8 项, 取消指标 5 项, 调整 5 项, 优化 1 项; 保留 9 项, 合并 2 项, 取消 5 项, 不列为 2 项; 21 项 and 8 项."""

    def count(kind: str) -> dict[str, int]:
        meanings = [item.meaning for item in notices.items(kind)]  # type: ignore[arg-type]
        return {meaning: meanings.count(meaning) for meaning in MEANINGS if meaning in meanings}

    assert count("work-items") == {
        "cancelled": 8,
        "target-cancelled": 5,
        "lead-to-assist": 5,
        "requirements-optimised": 1,
    }
    assert count("assessments") == {"cancelled": 5, "kept": 9, "merged": 2, "not-district-wide": 2}
    decisions = [item.decision for item in notices.items("certificates")]
    assert (decisions.count("已取消"), decisions.count("取消")) == (21, 8)
    assert count("certificates") == {"cancelled": 29}


def test_titles_sentences_and_dates_stand_in_the_text(notices: Notices) -> None:
    (notice,) = notices.all
    joined = re.sub(r"\s", "", TEXT)
    for sentence in (notice.title, notice.issuer, *notice.sentences.values()):
        assert re.sub(r"\s", "", sentence) in joined
    assert f"{notice.dated.year}年{notice.dated.month}月{notice.dated.day}日" in joined
    for kind in SIZES:
        data = (NOTICE / f"{kind}.yaml").read_text(encoding="utf-8")
        title = re.search("^title: (.+)$", data, re.MULTILINE)
        assert title is not None
        assert f"\n{title[1]}\n" in TEXT


def test_every_name_of_a_certificate_is_printed_and_none_is_left_out(notices: Notices) -> None:
    for item in notices.items("certificates"):
        own, _, rest = item.text.replace("车辆（含电动车）", "车辆含电动车").partition("（")
        bracket = [name.removesuffix("等") for name in re.split("[、或]", rest.removesuffix("）"))]
        printed = [own, *(name for name in bracket if name.endswith("证明") and item.number != 22)]
        assert [name.replace("（含电动车）", "含电动车") for name in item.names] == printed, item.number
        assert list(item.answered_by) == list(item.names)


def test_what_answers_a_certificate_is_a_term_or_said_to_be_none(catalogue: Catalogue, notices: Notices) -> None:
    for item in notices.items("certificates"):
        for name, one in item.answered_by.items():
            assert one.terms or one.note, name
            for path in one.terms:
                assert catalogue.vocabulary.path(path).text == path


def test_each_link_of_the_crosswalk_leads_to_a_system_and_items_and_says_why(notices: Notices) -> None:
    links = list(notices.links())
    assert len(links) > 20
    for link, items in links:
        assert notices.system(link.system) is not None
        assert len(items) == len(link.items) > 0
        assert link.reason
    (unit_check,) = [link for link, items in notices.links(6) if [item.text for item in items] == ["统计协管工作"]]
    assert unit_check.asks is not None


@pytest.mark.parametrize(
    "name, number",
    [
        ("曾用名证明", 2),
        ("《曾用名证明》", 2),
        ("社区曾用名 证明（存根）", 2),
        ("养犬证明", 4),
        ("房产证明", 16),
        ("车辆所有权证明", 16),
        ("单身证明", 8),
        ("档案年龄错误证明", 25),
        ("出生医学证明", None),
        ("残疾人证", None),
    ],
)
def test_a_certificate_is_found_by_any_of_its_names(name: str, number: int | None, notices: Notices) -> None:
    found = find_certificate(notices, name)
    assert (found.item.number if found else None) == number
    assert found is None or found.score == 100


def test_the_record_knows_and_no_certificate_is_needed(catalogue: Catalogue, notices: Notices) -> None:
    resident = {"id_number": "420112195003150023", "former_name": "王小例", "health": {"status": "1"}}
    record = catalogue.record([{"source": "公安人口库", "as_of": "2026-05-01", "resident": resident}])
    found = find_certificate(notices, "曾用名证明")
    assert found is not None
    (told,) = answer(found, record, on=ON)
    assert (told.path, told.label, told.text, told.known) == ("resident.former_name", "曾用名", "王小例", True)
    assert told.facts[0].source == "公安人口库"
    ill = find_certificate(notices, "疾病状况证明")
    assert ill is not None
    reasons = {one.path: one.reason for one in answer(ill, record, on=ON)}
    assert reasons["resident.health.status"] == "withheld"
    grant = prefill.Grant("区民政局", ["resident.health"], date(2026, 12, 31))
    granted = {one.path: one for one in answer(ill, record, on=ON, agency="区民政局", grant=grant)}
    assert granted["resident.health.status"].reason == "recorded"
    assert granted["resident.health.diseases"].reason == "not-recorded"
    late = answer(ill, record, on=date(2027, 1, 1), agency="区民政局", grant=grant)
    assert late[0].reason == "withheld"


def test_who_the_children_are_is_told_by_name(catalogue: Catalogue, notices: Notices) -> None:
    children = [{"name": "王小例", "id_number": "420112197803159969"}, {"name": "王二例"}]
    resident = {"id_number": "420112195003150023", "children": children}
    record = catalogue.record([{"source": "公安人口库", "as_of": "2026-05-01", "resident": resident}])
    found = find_certificate(notices, "亲属关系证明")
    assert found is not None
    grant = prefill.Grant("公证处", ["resident.children"], date(2026, 12, 31))
    told = {one.path: one for one in answer(found, record, on=ON, agency="公证处", grant=grant)}
    assert told["resident.children"].text == "王小例、王二例"


def newer(tmp_path: Path, **files: str) -> Notices:
    """Notices with a second one, of 2024, laid over."""
    folder = tmp_path / "notices" / "2024-later"
    folder.mkdir(parents=True)
    (folder / "notice.txt").write_text("later", encoding="utf-8")
    files.setdefault(
        "notice",
        "title: 后来的通知\nissuer: 某某办公室\ndate: 2024-01-01\neffective: 2024-03-01\ntext: notice.txt\n"
        "decisions: {保留: kept, 停用: cancelled}\n",
    )
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return prefill.open_catalogue(tmp_path).notices


WORK_ITEM = (
    "attachment: 1\ntitle: 清单\nitems:\n  - {number: 1, text: 再生资源工作, department: 供销社, decision: 保留,"
    " replaces: {notice: 2021-dongxihu, item: 4}}\n"
)
SYSTEM = (
    "attachment: 4\ntitle: 清单\nitems:\n  - {number: 1, text: 新健康档案系统, department: 市卫健委, frequency: 每周,"
    " workload: 中, replaces: {notice: 2021-dongxihu, item: 39}}\n"
)


def test_a_later_notice_overrules_from_its_day(tmp_path: Path) -> None:
    notices = newer(tmp_path, work_items=WORK_ITEM, systems=SYSTEM)
    before, after = date(2024, 2, 29), date(2024, 3, 1)

    def meaning(on: date) -> list[str | None]:
        return [item.meaning for item in notices.items("work-items", on) if item.text == "再生资源工作"]

    assert meaning(before) == ["cancelled"]
    assert meaning(after) == ["kept"]
    assert notices.items("work-items", date(2021, 1, 1)) == ()
    assert [system.frequency for on in (before, after) if (system := notices.system(39, on))] == ["每月", "每周"]
    old = next(item for item in notices.all[0].items if item.kind == "work-items" and item.number == 4)
    assert notices.standing(old, after).notice == "2024-later"
    assert notices.standing(old, before) is old
    (kept,) = [item for item in notices.items("work-items", after) if item.text == "再生资源工作"]
    assert set(kept.stems) == set(old.stems) != set()


def test_a_system_can_be_replaced(tmp_path: Path) -> None:
    system = SYSTEM.replace("workload: 中,", "workload: 中, replaced_by: {name: 全民健康信息平台, since: 2025-01-01},")
    found = newer(tmp_path, systems=system).system(39)
    assert found is not None
    assert (found.replaced_by, found.replaced_since) == ("全民健康信息平台", date(2025, 1, 1))


@pytest.mark.parametrize(
    "name, text, line, words",
    [
        ("work_items", WORK_ITEM.replace("保留", "搁置"), 4, "nobody says what '搁置' means"),
        ("work_items", WORK_ITEM.replace("item: 4", "item: 40"), 4, "has no item 40"),
        ("work_items", WORK_ITEM.replace("2021-dongxihu", "2021-dongxihou"), 4, "did you mean '2021-dongxihu'"),
        ("work_items", WORK_ITEM.replace("decision: 保留, ", ""), 4, "no 'decision'"),
        ("work_items", WORK_ITEM.replace("decision:", "decison:"), 4, "did you mean 'decision'"),
        ("systems", SYSTEM.replace("每周", "时常"), 4, "nobody says how often '时常' is"),
        ("systems", SYSTEM.replace(", replaces: {notice: 2021-dongxihu, item: 39}", ""), 4, "also one of the notice"),
        ("crosswalk", "links:\n  - {system: 1, work-items: [1], reason: 原因, waived: }\n", 2, "'waived' has no value"),
        ("crosswalk", "links:\n  - {system: 1, reason: 原因}\n", 2, "a link to nothing"),
        ("crosswalk", "links:\n  - {system: 77, assessments: [1], reason: 原因}\n", 2, "no item 77 of systems"),
        ("crosswalk", "links:\n  - {system: 1, assessments: [1]}\n", 2, "no 'reason'"),
        ("crosswalk", "stems:\n  work-item: {'1': [a]}\n", 2, "no attachment 'work-item'"),
        ("notice", "title: 通知\n", 1, "no 'effective'"),
    ],
)
def test_a_faulty_notice_is_told_with_line_and_remedy(
    name: str, text: str, line: int, words: str, tmp_path: Path
) -> None:
    with pytest.raises(prefill.SpecError) as raised:
        newer(tmp_path, **{name: text})
    told = [str(problem) for problem in raised.value.problems]
    file = f"2024-later/{name.replace('_', '-')}.yaml:{line}: "
    assert any(words in one and one.startswith(file) and "Remedy: " in one for one in told), told


def test_a_certificate_names_terms_that_there_are(tmp_path: Path) -> None:
    folder = tmp_path / "notices" / "2021-dongxihu"
    shutil.copytree(NOTICE, folder)
    file = folder / "certificates.yaml"
    text = file.read_text(encoding="utf-8").replace("resident.former_name]", "resident.former_nam]")
    file.write_text(text.replace("      居民养犬证明: {", "      居民养狗证明: {"), encoding="utf-8")
    with pytest.raises(prefill.SpecError) as raised:
        prefill.open_catalogue(tmp_path).notices  # noqa: B018
    told = "\n".join(map(str, raised.value.problems))
    assert "unknown term 'resident.former_nam'. Remedy: did you mean 'resident.former_name'?" in told
    assert "nothing is said of '居民养犬证明'" in told


ADMISSION = (
    "admissions:\n  - {form: dog-shelter, applicant: 区农业农村局, approver: 区民政局, role: 协办, frequency: 季度,"
    " approved: 2026-06-01, expires: 2027-05-31, department: 区农业农村局}\n"
)


def test_an_admission_is_found_by_id_or_title_and_ends(tmp_path: Path) -> None:
    later = (
        ADMISSION.replace("admissions:\n", "").replace("2026-06-01", "2024-01-01").replace("2027-05-31", "2024-12-31")
    )
    (tmp_path / "admissions.yaml").write_text(ADMISSION + later, encoding="utf-8")
    notices = prefill.open_catalogue(tmp_path).notices
    found = notices.admission("dog-shelter", "犬只收容登记表", ON)
    assert found is not None
    assert (found.role, found.expires, found.holds(ON)) == ("assist", date(2027, 5, 31), True)
    assert (found.where, found.line) == (f"{tmp_path.name}/admissions.yaml", 2)
    ended = notices.admission("dog-shelter", "犬只收容登记表", date(2027, 6, 1))
    assert ended is not None
    assert not ended.holds(date(2027, 6, 1))
    assert notices.admission("another", "另一张表", ON) is None


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("role: 协办", "role: 参与", "unknown role '参与'. Remedy: one of: 主办, 承办, 协办, lead, assist"),
        ("frequency: 季度", "frequency: 常常", "nobody says how often '常常' is"),
        ("expires: 2027-05-31", "expires: 2025-05-31", "it ends before it begins"),
        ("expires: 2027-05-31", "expires: 31.5.2027", "'expires' is not as it should be. Remedy: write a date"),
        ("form: dog-shelter, ", "", "neither 'form' nor 'title'"),
        (", department: 区农业农村局", "", "neither 'system' nor 'department'"),
        ("applicant: 区农业农村局, ", "", "no 'applicant'"),
        ("approver:", "aprover:", "did you mean 'approver'?"),
    ],
)
def test_a_faulty_admission_is_told(old: str, new: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "admissions.yaml").write_text(ADMISSION.replace(old, new), encoding="utf-8")
    with pytest.raises(prefill.SpecError) as raised:
        prefill.open_catalogue(tmp_path).notices  # noqa: B018
    assert any(words in str(problem) for problem in raised.value.problems)
    assert all(str(problem).startswith(f"{tmp_path.name}/admissions.yaml:") for problem in raised.value.problems)
    assert prefill.open_catalogue(tmp_path).check()


def test_opening_the_catalogue_reads_no_notice() -> None:
    catalogue = prefill.open_catalogue()
    assert "notices" not in vars(catalogue)
    catalogue.plan(39)
    assert "notices" not in vars(catalogue)
