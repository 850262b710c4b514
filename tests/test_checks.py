"""`prefill check`, the price of a field, and `prefill diff`: what is found, what is not, and how it is told."""

import json
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import prefill
from prefill.catalogue import Catalogue
from prefill.checks import CODES, Checked, Finding, check, diff, open_spec, overlaps, price
from prefill.savings import measure
from tests.conftest import Told

ON = date(2026, 11, 23)
DOC = Path(__file__).parent.parent / "docs" / "check.md"
HEAD = {
    "id": "draft",
    "version": "'1'",
    "title": "社区事项登记表",
    "agency": "区民政局",
    "purpose": "社区事项",
    "subject": "resident",
    "delivery": "paper",
    "basis": "{document: 草稿, confidence: low}",
}
ADMITTED = (
    "admissions:\n  - {form: draft, applicant: 区民政局, approver: 区社区办, role: 协办, frequency: 每月,"
    " approved: 2026-01-01, expires: 2026-12-31, department: 区民政局}\n"
)
NAME = "name: {label: 姓名, from: resident.name}"


def form(*fields: str, section: str = "基本情况", **head: str) -> str:
    """A spec with these lines of fields, and keys of its head that differ from a plain one's."""
    keys = "".join(f"{key}: {value}\n" for key, value in {**HEAD, **head}.items())
    lines = "".join(f"      {line}\n" for line in fields or (NAME,))
    return f"{keys}sections:\n  - title: {section}\n    fields:\n{lines}"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Catalogue]:
    """The bundled catalogue with a register of admissions of its own; opened once for each."""

    @cache
    def registers(admissions: str) -> Catalogue:
        folder = tmp_path_factory.mktemp("register")
        (folder / "admissions.yaml").write_text(admissions, encoding="utf-8")
        return prefill.open_catalogue(folder)

    return registers


@pytest.fixture
def checked(tmp_path: Path, registers: Callable[[str], Catalogue]) -> Callable[..., Checked]:
    """Check a draft against the bundled catalogue, with this register of admissions."""

    def checked(text: str, admissions: str = ADMITTED, on: date = ON) -> Checked:
        return check(registers(admissions), [draft(tmp_path, text, f"draft{next(number)}")], on=on)

    number = count()

    return checked


def draft(folder: Path, text: str, name: str = "draft") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def codes(found: Checked) -> list[str]:
    return [finding.code for finding in found.findings]


def one(found: Checked, code: str) -> Finding:
    (finding,) = [finding for finding in found.findings if finding.code == code]
    return finding


# ── what must be refused ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "title, line",
    [
        ("居民养犬证明", "附件3第4项 居民养犬证明：已取消"),
        ("曾用名证明", "附件3第2项 居民身份信息证明（户籍证明、曾用名证明）：已取消"),
        ("《曾用名证明》", "附件3第2项 居民身份信息证明（户籍证明、曾用名证明）：已取消"),
        ("曾用名 证明（存根）", "附件3第2项 居民身份信息证明（户籍证明、曾用名证明）：已取消"),
        ("社区养犬证明登记表", "附件3第4项 居民养犬证明：已取消"),
        ("居民养犬证明（暂行）", "附件3第4项 居民养犬证明：已取消"),
        ("居　民　养　犬　证　明", "附件3第4项 居民养犬证明：已取消"),
        ("居民养犬证明书", "附件3第4项 居民养犬证明：已取消"),
        ("家庭困难情况证明", "附件3第27项 家庭困难情况证明（办理助学、法援、低保等）：取消"),
        ("档案年龄错误证明", "附件3第25项 证件姓名错误证明（档案年龄错误、姓名错误、年龄错误更改等）：取消"),
    ],
)
def test_a_listed_certificate_is_refused_with_the_notices_words(
    title: str, line: str, checked: Callable[..., Checked]
) -> None:
    found = checked(form(title=title))
    assert codes(found) == ["N103"]
    assert found.errors[0].notice == (line,)
    assert found.errors[0].line == 3


@pytest.mark.parametrize("serves", ["曾用名证明", "[社区治理, 开具户籍证明]"])
def test_a_form_that_serves_a_certificate_is_refused(serves: str, checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(serves=serves))) == ["N103"]


@pytest.mark.parametrize("serves", ["再生资源", "统计协管", "居民卫生费"])
def test_an_item_named_in_part_is_refused(serves: str, checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(serves=serves))) == ["N102"]


def test_what_answers_it_now_is_the_remedy(checked: Callable[..., Checked]) -> None:
    assert "the record knows: resident.former_name" in one(checked(form(title="曾用名证明")), "N103").remedy
    assert "犬证由公安办理" in one(checked(form(title="居民养犬证明")), "N103").remedy


@pytest.mark.parametrize(
    "head, code",
    [
        ({"title": "再生资源回收站清查统计表", "serves": "再生资源工作"}, "N101"),
        ({"title": "站点清查表", "serves": "[社区治理, 再生资源工作]"}, "N101"),
        ({"title": "再生资源工作登记表"}, "N101"),
        ({"title": "再生资源回收站清查统计表"}, "N102"),
        ({"title": "废品回收站点摸底表"}, "N102"),
        ({"title": "站点清查表", "purpose": "再生资源管理"}, "N102"),
        ({"title": "废旧物资网点摸底表"}, "N102"),
        ({"title": "再 生-资 源 登记表（试行）"}, "N102"),
        ({"title": "垃圾分类考核评分表"}, "N102"),
        ({"serves": "垃圾分类"}, "N101"),
    ],
)
def test_a_form_for_a_cancelled_item_is_refused(
    head: dict[str, str], code: str, checked: Callable[..., Checked]
) -> None:
    found = checked(form(**head))
    assert codes(found) == [code]
    assert re.fullmatch(
        r"附件[12]第\d+项 (再生资源工作|垃圾分类|大城管考核（第三方）)：取消", found.errors[0].notice[0]
    )


def test_a_certificate_that_only_others_issue_is_none_of_the_communitys(checked: Callable[..., Checked]) -> None:
    hospital = "name: {label: 姓名, from: resident.name, filled_by: hospital}"
    assert codes(checked(form(hospital, title="死亡证明"))) == []
    assert codes(checked(form(title="死亡证明"))) == ["N103"]


# ── what is warned of ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_near_match_is_warned_of_with_the_line_and_the_score(checked: Callable[..., Checked]) -> None:
    found = checked(form(title="家属关系情况证明"))
    assert codes(found) == ["N202"]
    near = found.warnings[0]
    assert near.notice == ("附件3第1项 亲属关系证明（监护人证明、逝者家属取款证明）：已取消",)
    assert near.score is not None
    assert 75 <= near.score < 100
    assert f"'亲属关系证明' ({near.score} of 100)" in near.what


@pytest.mark.parametrize(
    "title",
    ["居民养犬证明申请表", "居民养犬证明开具情况统计表", "家庭困难情况说明", "无工作情况证明", "居民就业情况证明"],
)
def test_what_is_called_almost_so_is_warned_of(title: str, checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(title=title))) == ["N202"]


@pytest.mark.parametrize(
    "title, called",
    [("单身证明", "婚姻状况证明"), ("犬只饲养证明", "居民养犬证明"), ("社区贫困证明登记表", "家庭困难情况证明")],
)
def test_another_name_of_a_certificate_is_warned_of(title: str, called: str, checked: Callable[..., Checked]) -> None:
    found = checked(form(title=title))
    assert codes(found) == ["N202"]
    assert f"another name of '{called}'" in found.warnings[0].what


@pytest.mark.parametrize("title", ["关于为居民开具养犬证明的登记表", "东西湖区居民养犬证明", "曾用名證明"])
def test_a_certificates_name_among_other_words_is_warned_of(title: str, checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(title=title))) == ["N202"]


def test_a_certificate_under_an_innocent_title_is_warned_of(checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(purpose="为居民出具养犬证明"))) == ["N202"]
    section = one(checked(form("seal: {label: 社区盖章, by_hand: seal}", section="亲属关系证明")), "N202")
    assert (section.field, section.line) == ("seal", 12)
    assert codes(checked(form(section="出生医学证明"))) == []


@pytest.mark.parametrize(
    "title",
    [
        "残疾人证办理登记表",
        "养犬登记证办理登记表",
        "居住证申领登记表",
        "住房情况调查表",
        "报刊阅览室登记表",
        "出生医学证明领取登记表",
        "独生子女父母光荣证申领表",
        "生活垃圾分类宣传登记表",
        "志愿服务记录证明",
    ],
)
def test_what_is_another_thing_is_left_alone(title: str, checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(title=title))) == []


@pytest.mark.parametrize("label", ["居民养犬证明", "户籍证明", "居民就业状况证明"])
def test_a_field_for_a_cancelled_certificate(label: str, checked: Callable[..., Checked]) -> None:
    found = checked(form(NAME, f"paper: {{label: {label}, kind: file}}"))
    assert codes(found) == ["N203"]
    assert (found.warnings[0].field, found.warnings[0].line) == ("paper", 13)


@pytest.mark.parametrize(
    "field",
    [
        "{label: 出生医学证明编号}",
        "{label: 出生医学证明, kind: file}",
        "{label: 残疾人证, kind: file}",
        "{label: 死亡证明, kind: file, filled_by: hospital}",
        "{label: 死亡证明（医院出具）, kind: file}",
        "{label: 死亡证明编号}",
        "{label: 证明材料类型}",
        "{label: 备案证明编号}",
        "{label: 健康证明, kind: file}",
        "{label: 离婚证号}",
        "{label: 养犬登记证（公安机关核发）}",
        "{label: 疾病史}",
        "{label: 住房情况}",
        "{label: 无犯罪记录证明（公安机关出具）, kind: file}",
        "{label: 收入证明（单位出具）, kind: file}",
    ],
)
def test_a_number_or_somebody_elses_paper_is_no_certificate_of_the_community(
    field: str, checked: Callable[..., Checked]
) -> None:
    told = codes(checked(form(NAME, f"paper: {field}")))
    assert [code for code in told if code < "N301"] == []


@pytest.mark.parametrize(
    "field, disguised",
    [
        ("{label: 社区意见（情况属实请盖章）, by_hand: seal}", True),
        ("{label: 社区意见, help: 填写：经核实情况属实, by_hand: opinion}", True),
        ("{label: 兹证明该户情况属实}", True),
        ("{label: 社区意见, by_hand: opinion}", False),
        ("{label: 社区盖章, by_hand: seal}", False),
        ("{label: 街道意见（情况属实请盖章）, by_hand: seal, filled_by: street}", False),
        ("{label: 社区核实：情况真实}", True),
        ("{label: 社区承诺以上属实, by_hand: seal}", True),
        ("{label: 是否属实, kind: bool}", False),
        ("{label: 调查核实情况属实与否, kind: bool}", False),
        ("{label: 本人承诺以上内容属实, by_hand: signature}", False),
    ],
)
def test_a_certificate_in_disguise(field: str, disguised: bool, checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(NAME, f"opinion: {field}"))) == (["N204"] if disguised else [])


def test_a_seal_under_a_heading_that_attests(checked: Callable[..., Checked]) -> None:
    found = checked(form("seal: {label: 社区盖章, by_hand: seal}", section="以上属实，特此证明"))
    assert codes(found) == ["N204"]


@pytest.mark.parametrize(
    "head, field, expected",
    [
        ({}, "{label: 治安保险购买户数, kind: integer}", ["N205"]),
        ({}, "{label: 新增就业人数, kind: integer}", ["N205"]),
        ({"serves": "组织居民购买治安保险"}, "{label: 备忘}", ["N205"]),
        ({"title": "两癌筛查任务完成表"}, "{label: 备忘}", ["N205"]),
        ({}, "{label: 就业人数, kind: integer}", []),
        ({"serves": "共享单车治理"}, "{label: 备忘}", ["N206"]),
        ({"serves": "共享单车治理", "role": "lead"}, "{label: 备忘}", ["N206", "N206"]),
        ({"serves": "共享单车治理", "role": "assist"}, "{label: 备忘}", []),
        ({"title": "占道经营整治登记表"}, "{label: 备忘}", ["N206"]),
        ({"serves": "消防拉动"}, "{label: 备忘}", ["N207"]),
        ({"serves": "综合减灾示范社区创建"}, "{label: 备忘}", ["N207"]),
        ({"serves": "河湖长制"}, "{label: 备忘}", []),
    ],
)
def test_targets_roles_and_changed_requirements(
    head: dict[str, str], field: str, expected: list[str], checked: Callable[..., Checked]
) -> None:
    assert codes(checked(form(NAME, f"more: {field}", **head))) == expected


# ── admission ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "admissions, on, expected",
    [
        ("admissions: []\n", ON, ["N301"]),
        (ADMITTED, ON, []),
        (ADMITTED.replace("form: draft", "title: 社区事项登记表"), ON, []),
        (ADMITTED.replace("form: draft", "form: other"), ON, ["N301"]),
        (ADMITTED, date(2026, 12, 31), []),
        (ADMITTED, date(2027, 1, 1), ["N302"]),
        (ADMITTED, date(2025, 12, 31), ["N302"]),
        ("admissions: []\n", date(2021, 11, 17), []),  # no notice yet
        ("admissions: []\n", date(2021, 11, 18), ["N301"]),
    ],
)
def test_a_new_form_passes_while_it_is_admitted(
    admissions: str, on: date, expected: list[str], checked: Callable[..., Checked]
) -> None:
    found = checked(form(), admissions, on)
    assert codes(found) == expected


def test_what_does_not_hold_on_the_day(checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(expires="2026-11-22"))) == ["N303"]
    assert codes(checked(form(expires="2026-11-23"))) == []
    assert codes(checked(form(role="lead"))) == ["N206"]  # admitted to assist
    other = checked(form(system="39", agency="区城管局"))
    assert codes(other) == ["N305"]
    assert "市卫健委" in other.warnings[0].what


@pytest.mark.parametrize(
    "head, admissions, expected",
    [
        ({"agency": "区城管局"}, ADMITTED, ["N305"]),
        ({"agency": "区城管局"}, ADMITTED.replace("form: draft", "title: 社区事项登记表"), ["N305"]),
        ({"agency": "区城管局"}, ADMITTED.replace("department: 区民政局", "department: 区城管局"), []),
        ({"frequency": "每周"}, ADMITTED, ["N306"]),
        ({"frequency": "每年"}, ADMITTED, []),
        ({"frequency": "依申请"}, ADMITTED, []),
        ({"frequency": "时常"}, ADMITTED, ["N306"]),
        ({"system": "39", "agency": "市卫健委"}, "admissions: []\n", ["N301"]),
        ({"system": "39", "agency": "市卫健委", "id": "health-record"}, "admissions: []\n", []),
        ({"system": "39", "agency": "市卫健委"}, ADMITTED, []),
        ({"system": "39", "agency": "市卫健委", "frequency": "每天"}, ADMITTED, ["N306"]),
    ],
)
def test_an_admission_is_for_its_applicant_and_no_oftener(
    head: dict[str, str], admissions: str, expected: list[str], checked: Callable[..., Checked]
) -> None:
    assert codes(checked(form(**head), admissions)) == expected


def test_a_replaced_system(tmp_path: Path) -> None:
    folder = tmp_path / "notices" / "2024-later"
    folder.mkdir(parents=True)
    (folder / "notice.txt").write_text("later", encoding="utf-8")
    (folder / "notice.yaml").write_text(
        "title: 通知\nissuer: 办公室\ndate: 2024-01-01\neffective: 2024-01-01\ntext: notice.txt\ndecisions: {}\n",
        encoding="utf-8",
    )
    (folder / "systems.yaml").write_text(
        "attachment: 1\ntitle: 清单\nitems:\n  - {number: 1, text: 健康档案, department: 市卫健委, frequency: 每月,"
        " workload: 中, replaces: {notice: 2021-dongxihu, item: 39},"
        " replaced_by: {name: 全民健康信息平台, since: 2026-01-01}}\n",
        encoding="utf-8",
    )
    opened = prefill.open_catalogue(tmp_path)
    assert "N304" in codes(check(opened, [39], on=ON))
    assert "N304" not in codes(check(opened, [39], on=date(2025, 12, 31)))


# ── what a form asks that it need not ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "field, path",
    [
        ("{label: 姓名}", "resident.name"),
        ("{label: 身份证号}", "resident.id_number"),
        ("{label: 联系电话}", "resident.phone"),
        ("{label: 性别, codes: gbt2261_1}", "resident.sex"),
        ("{label: 配偶姓名}", "resident.spouse.name"),
        ("{label: 出生日期, kind: date}", "resident.birth_date"),
        ("{label: 出生日期, kind: text}", None),  # another kind: another question
        ("{label: 姓名, ask: always}", None),
        ("{label: 姓名, note: 送件人的}", None),
        ("{label: 姓名, filled_by: street}", None),
        ("{label: 姓名, by_hand: signature}", None),
        ("{label: 本次联系电话}", None),
        ("{label: 走访记录}", None),
    ],
)
def test_the_record_already_knows_this(field: str, path: str | None, checked: Callable[..., Checked]) -> None:
    found = checked(form(f"asked: {field}"))
    assert codes(found) == (["N401"] if path else [])
    if path:
        assert found.warnings[0].remedy == f"write from: {path}"
        assert found.warnings[0].line == 12


@pytest.mark.parametrize("section", ["代办人信息", "配偶情况", "紧急联系人"])
def test_a_section_about_somebody_else_is_left_alone(section: str, checked: Callable[..., Checked]) -> None:
    assert codes(checked(form("asked: {label: 姓名}", section=section))) == []


def test_a_section_about_one_whom_the_vocabulary_does_not_name(checked: Callable[..., Checked]) -> None:
    fields = ["a: {label: 新生儿姓名}", "b: {label: 新生儿性别, codes: gbt2261_1}", "c: {label: 出生日期, kind: date}"]
    assert codes(checked(form(NAME, *fields))) == []
    assert codes(checked(form(NAME, *fields[1:]))) == ["N401"]


def test_a_second_person_of_the_same_name_of_field_is_left_alone(checked: Callable[..., Checked]) -> None:
    assert codes(checked(form(NAME, "witness: {label: 姓名}"))) == []


def test_a_column_that_the_list_knows(checked: Callable[..., Checked]) -> None:
    table = "members: {label: 成员, rows_of: household.members, columns: {n: {label: 姓名}, w: {label: 备忘}}}"
    found = checked(form(table))
    assert codes(found) == ["N401"]
    assert found.warnings[0].remedy == "write from: .name"


@pytest.mark.parametrize(
    "field, twice",
    [
        ("{label: 申请人姓名, from: resident.name}", True),
        ("{label: 申请人姓名, from: resident.name, when: {resident.age: {at_least: 18}}}", False),
        ("{label: 申请人姓名, from: resident.name, note: 复写联}", False),
        ("{label: 申请人姓名, from: resident.name, filled_by: street}", False),
        ("{label: 曾用名, from: resident.former_name}", False),
        ("{label: 经办人, from: filing.worker.name}", False),
    ],
)
def test_the_same_term_asked_twice(field: str, twice: bool, checked: Callable[..., Checked]) -> None:
    found = checked(form(NAME, f"again: {field}"))
    assert codes(found) == (["N402"] if twice else [])
    assert not twice or found.warnings[0].field == "again"


def test_the_same_column_of_two_tables_is_not_the_same(checked: Callable[..., Checked]) -> None:
    table = "{{label: 成员, rows_of: {of}, columns: {{n: {{label: 姓名, from: .name}}}}}}"
    two = ["a: " + table.format(of="household.members"), "b: " + table.format(of="family.members")]
    assert codes(checked(form(*two))) == []


@pytest.mark.parametrize(
    "head, missing",
    [
        ({"statistical": "true"}, ["form_number", "approval", "expires"]),
        ({"agency": "区统计局"}, ["form_number", "approval", "expires"]),
        ({"statistical": "true", "form_number": "A101", "approval": "国统字1号"}, ["expires"]),
        ({"statistical": "true", "form_number": "A101", "approval": "国统字1号", "expires": "2027-06-30"}, None),
        ({}, None),
    ],
)
def test_a_statistical_form_shows_its_marks(
    head: dict[str, str], missing: list[str] | None, checked: Callable[..., Checked]
) -> None:
    agency = head.get("agency", HEAD["agency"])
    found = checked(form(**head), ADMITTED.replace("department: 区民政局", f"department: {agency}"))
    assert codes(found) == (["N404"] if missing else [])
    assert not missing or found.warnings[0].figures["missing"] == missing


def test_two_forms_that_ask_mostly_the_same(tmp_path: Path, catalogue: Catalogue) -> None:
    text = catalogue.file(39).read_text(encoding="utf-8").replace("id: health-record", "id: second")
    (tmp_path / "second.yaml").write_text(text.replace("system: 39\n", ""), encoding="utf-8")
    found = check(catalogue, [tmp_path / "second.yaml"], on=ON)
    pair = one(found, "N403")
    assert pair.figures["other"] == "health-record"
    assert (pair.figures["contained"], pair.figures["alike"]) == (1.0, 1.0)
    assert "100% of the smaller form, 100% of both together" in pair.what
    assert [finding for finding in check(catalogue, [39], on=ON).findings if finding.code == "N403"] == []


def test_figures_of_an_overlap_are_those_of_the_sets(catalogue: Catalogue) -> None:
    specs = [open_spec(catalogue, number) for number in (6, 39)]
    for pair in overlaps(specs):
        assert 0 < pair.alike <= pair.contained <= 1
        assert pair.common <= min(pair.questions)


# ── waivers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text, standing, waived",
    [
        (form("a: {label: 姓名, waives: {N401: 送件人的姓名}}"), [], ["N401"]),
        (form("a: {label: 姓名}", waives="{N401: 送件人的姓名}"), [], ["N401"]),
        (form("a: {label: 姓名, waives: {N402: 无关}}"), ["N401", "N191"], []),
        (form(title="废品回收艺术展登记表", waives="{N102: 是展览}"), [], ["N102"]),
        (form(title="居民养犬证明", waives="{N103: 想要}"), ["N103", "N190"], []),
        (form(waives="{N999: 想要}"), ["N190"], []),
        (form(waives="{N401: 想要}"), ["N191"], []),
    ],
)
def test_a_finding_is_waived_with_a_reason_or_not_at_all(
    text: str, standing: list[str], waived: list[str], checked: Callable[..., Checked]
) -> None:
    found = checked(text)
    assert codes(found) == standing
    assert [finding.code for finding in found.waived] == waived
    assert all(finding.waived for finding in found.waived)


@pytest.mark.parametrize(
    "text",
    [
        form(waives="{N401: }"),
        form(waives="{N401: '  '}"),
        form(waives="{N401: 。}"),
        form("a: {label: 姓名, waives: {N401: }}"),
        form(waives="N401"),
    ],
)
def test_a_waiver_without_a_reason_is_a_fault(text: str, checked: Callable[..., Checked]) -> None:
    with pytest.raises(prefill.SpecError) as raised:
        checked(text)
    assert "waives" in str(raised.value)
    assert "write {N401: the reason}" in str(raised.value)


def test_a_link_of_the_cross_walk_is_told_until_the_form_changes_or_it_is_waived(tmp_path: Path) -> None:
    text = prefill.open_catalogue().file(6).read_text(encoding="utf-8")
    (tmp_path / "06-basic-unit.yaml").write_text(text, encoding="utf-8")
    found = check(prefill.open_catalogue(tmp_path), [6], on=ON)
    told = one(found, "N201")
    assert told.notice == ("附件1第5项 统计协管工作：取消",)
    assert "运营状态" in told.what
    assert told.field is not None
    renamed = text
    for label in ("运营状态", "从业人员期末人数", "营业收入（千元）"):
        assert f"label: {label}" in text
        renamed = renamed.replace(f"label: {label}", f"label: 其他{label}")
    (tmp_path / "06-basic-unit.yaml").write_text(renamed, encoding="utf-8")
    assert "N201" not in codes(check(prefill.open_catalogue(tmp_path), [6], on=ON))
    notice = tmp_path / "notices" / "2021-dongxihu"
    bundled = prefill.open_catalogue().notices.all[0].text.parent
    notice.mkdir(parents=True)
    for file in bundled.iterdir():
        data = file.read_text(encoding="utf-8")
        data = data.replace("    asks: 每月核查单位的", "    waived: 市统计局承办\n    asks: 每月核查单位的")
        (notice / file.name).write_text(data, encoding="utf-8")
    (tmp_path / "06-basic-unit.yaml").write_text(text, encoding="utf-8")
    again = check(prefill.open_catalogue(tmp_path), [6], on=ON)
    assert "N201" not in codes(again)
    assert [finding.waived for finding in again.waived if finding.code == "N201"] == ["市统计局承办"]


# ── the forms that come with prefill ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_form_of_the_catalogue_breaks_the_notice(catalogue: Catalogue) -> None:
    found = check(catalogue, on=ON)
    assert found.errors == ()
    assert {finding.code for finding in found.findings} & {
        "N102",
        "N103",
        "N191",
        "N202",
        "N203",
        "N204",
        "N301",
    } == set()


def test_every_code_stands_in_the_docs_and_no_other() -> None:
    text = DOC.read_text(encoding="utf-8")
    told = re.findall(r"^\| `(N\d{3})` \| (error|warning) \|", text, re.MULTILINE)
    assert told == [(code, kind.severity) for code, kind in CODES.items()]
    assert set(re.findall(r"N\d{3}", text)) <= set(CODES)


# ── the price of a field ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

TYPED = (
    "a: {label: 走访记录, kind: long_text}",
    "b: {label: 走访日期, kind: date}",
    "c: {label: 是否在家, kind: bool}",
    "d: {label: 走访方式, kind: code, codes: gbt2261_1}",
    "e: {label: 走访照片, kind: photo}",
    "f: {label: 次数, kind: integer}",
)


def test_the_price_is_what_savings_count_for_a_form_of_which_nothing_is_known(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    file = draft(tmp_path, form(*TYPED))
    told = price(open_spec(catalogue, file), catalogue.notices, on=ON)
    record = catalogue.record([{"source": "公安人口库", "resident": {"id_number": "420112195003150023"}}])
    blank = measure(prefill.fill(catalogue.plan(file), record, on=ON))
    assert told.keys == blank.keystrokes_blank
    assert told.seconds == pytest.approx(blank.seconds_blank, abs=0.3)


@pytest.mark.parametrize(
    "head, per_year, a_year",
    [
        ({"frequency": "每天"}, None, 250),
        ({"frequency": "每周"}, None, 52),
        ({"frequency": "五年"}, None, 0.2),
        ({"frequency": "依申请"}, None, None),
        ({"frequency": "依申请"}, 300.0, 300),
        ({}, None, None),
        ({"system": "39"}, None, 12),
        ({"system": "39"}, 100.0, 100),
    ],
)
def test_a_year_is_priced_by_the_frequency(
    head: dict[str, str], per_year: float | None, a_year: float | None, tmp_path: Path, catalogue: Catalogue
) -> None:
    spec = open_spec(catalogue, draft(tmp_path, form(*TYPED, **head)))
    told = price(spec, catalogue.notices, on=ON, forms_a_year=per_year)
    assert told.forms_a_year == a_year
    assert told.seconds_a_year == (None if a_year is None else pytest.approx(told.seconds * a_year, abs=0.1))
    assert told.assumptions


def test_an_admitted_form_is_priced_by_its_admission(tmp_path: Path) -> None:
    (tmp_path / "admissions.yaml").write_text(ADMITTED, encoding="utf-8")
    opened = prefill.open_catalogue(tmp_path)
    spec = open_spec(opened, draft(tmp_path, form(*TYPED)))
    assert price(spec, opened.notices, on=ON).forms_a_year == 12


def test_only_what_is_typed_has_a_price(tmp_path: Path, catalogue: Catalogue) -> None:
    fields = (
        NAME,
        "phone: {label: 联系电话, from: resident.phone, ask: always}",
        "note: {label: 备忘}",
        "age: {label: 年龄, from: resident.age}",
        "sign: {label: 签名, by_hand: signature}",
        "street: {label: 街道意见, filled_by: street}",
        "old: {label: 备注, when: {resident.age: {at_least: 80}}}",
        "visits: {label: 走访, rows: 3, columns: {day: {label: 日期, kind: date}}}",
    )
    told = price(open_spec(catalogue, draft(tmp_path, form(*fields))), catalogue.notices, on=ON)
    assert [cost.key for cost in told.costs] == ["phone", "note", "old", "visits.day"]
    assert [cost.key for cost in told.costs if cost.conditional] == ["old"]
    assert told.keys == sum(cost.keys for cost in told.costs if not cost.conditional)
    assert any("a table: one row" in text for text in told.assumptions)


# ── two versions ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def compared(tmp_path: Path, catalogue: Catalogue, old: str, new: str) -> Any:
    sides = []
    for name, text in (("old", old), ("new", new)):
        spec = open_spec(catalogue, draft(tmp_path, text, name))
        sides.append((spec, price(spec, catalogue.notices, on=ON)))
    (one, one_price), (other, other_price) = sides
    return diff(one, other, one_price, other_price)


def test_what_came_went_and_changed(tmp_path: Path, catalogue: Catalogue) -> None:
    old = form(
        "name: {label: 姓名}", "phone: {label: 联系电话, from: resident.phone}", "gone: {label: 备忘}", frequency="每月"
    )
    new = form(
        "person: {label: 姓名, from: resident.name}",
        "mobile: {label: 手机, from: resident.phone}",
        "more: {label: 走访记录, kind: long_text}",
        frequency="每月",
    )
    found = compared(tmp_path, catalogue, old, new)
    told = [(change.kind, change.key) for change in found.changes]
    assert told == [("changed", "person"), ("changed", "mobile"), ("added", "more"), ("removed", "gone")]
    person, mobile, more, gone = found.changes
    assert (person.was, person.now) == ("each-time; text", "recorded (resident.name); person_name")
    assert person.seconds < 0
    assert (mobile.was, mobile.now, mobile.seconds) == ("'联系电话'", "'手机'", 0)
    assert more.seconds > 0 > gone.seconds
    assert found.seconds == pytest.approx(sum(change.seconds for change in found.changes), abs=0.2)
    assert found.seconds_a_year == pytest.approx(12 * found.seconds, abs=0.2)


@pytest.mark.parametrize(
    "old, new, was, now",
    [
        (
            "when: {resident.age: {at_least: 60}}",
            "when: {resident.age: {at_least: 80}}",
            "at_least: 60",
            "at_least: 80",
        ),
        ("filled_by: street", "filled_by: department", "by street", "by department"),
        ("filled_by: street", "kind: text", "other-desk", "each-time"),
        ("from: resident.phone", "from: resident.phone, ask: always", "recorded", "ask-always"),
        ("from: resident.phone", "from: resident.phone, fresh_for: P6M", "", "no older than P6M"),
        ("by_hand: signature", "by_hand: seal", "by hand: signature", "by hand: seal"),
    ],
)
def test_what_a_field_is_asked_with_is_compared(
    old: str, new: str, was: str, now: str, tmp_path: Path, catalogue: Catalogue
) -> None:
    sides = [form(NAME, f"a: {{label: 备忘, {side}}}") for side in (old, new)]
    (change,) = compared(tmp_path, catalogue, *sides).changes
    assert (change.kind, change.key) == ("changed", "a")
    assert was in (change.was or "")
    assert now in (change.now or "")


def test_a_field_that_moved_is_told_and_a_section_called_otherwise_is_not(tmp_path: Path, catalogue: Catalogue) -> None:
    second = "  - title: 其他\n    fields:\n      b: {label: 备忘}\n"
    moved = form(NAME) + second + "      a: {label: 走访记录}\n"
    (change,) = compared(tmp_path, catalogue, form(NAME, "a: {label: 走访记录}") + second, moved).changes
    assert (change.key, change.was, change.now, change.seconds) == ("a", "in '基本情况'", "in '其他'", 0)
    other = tmp_path / "other"  # a catalogue keeps the plan of a file
    other.mkdir()
    assert compared(other, catalogue, form(NAME), form(NAME, section="申请人")).changes == ()


def test_the_same_form_differs_in_nothing(catalogue: Catalogue) -> None:
    spec = open_spec(catalogue, 39)
    told = price(spec, catalogue.notices, on=ON)
    assert diff(spec, spec, told, told).changes == ()


# ── the command line ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_check_tells_a_finding_a_line_and_fails_for_errors(call: Callable[..., Told], tmp_path: Path) -> None:
    draft(tmp_path, form(title="居民养犬证明"))
    told = call("check", "draft.yaml", "--on", "2026-11-23")
    assert told.code == 1
    first, second = told.err.splitlines()
    assert first.startswith("draft.yaml:3: error N103: ")
    assert "[附件3第4项 居民养犬证明：已取消]" in first
    assert " warning N301: " in second
    assert told.out.splitlines()[-1] == "1 form: 1 error, 1 warning."


def test_warnings_fail_only_if_asked_to(call: Callable[..., Told], tmp_path: Path) -> None:
    draft(tmp_path, form())
    assert call("check", "draft.yaml", "--on", "2026-11-23").code == 0
    assert call("check", "draft.yaml", "--on", "2026-11-23", "--strict").code == 1
    (tmp_path / "admissions.yaml").write_text(ADMITTED, encoding="utf-8")
    passed = call("check", "draft.yaml", "--on", "2026-11-23", "--strict", "--specs", ".")
    assert (passed.code, passed.err) == (0, "")
    assert passed.out.splitlines()[-1] == "No faults in 1 form."


def test_check_of_a_folder_takes_its_forms_and_its_register(call: Callable[..., Told], tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    folder.mkdir()
    assert call("check", "drafts").code == 2
    (folder / "admissions.yaml").write_text(ADMITTED, encoding="utf-8")
    draft(folder, form())
    draft(folder, form(id="other", title="曾用名证明"), "46-other")
    told = call("check", "drafts", "drafts/draft.yaml", "--on", "2026-11-23")
    assert told.code == 1
    assert {line.split(":")[0] for line in told.err.splitlines()} == {"drafts/46-other.yaml"}
    assert told.out.splitlines()[-1].startswith("2 forms: 1 error")


def test_check_tells_faults_and_findings_together(call: Callable[..., Told], tmp_path: Path) -> None:
    draft(tmp_path, form("a: {lable: x, label: y}"), "bad")
    draft(tmp_path, form(title="居民养犬证明"), "dog")
    told = call("check", "bad.yaml", "dog.yaml", "--on", "2026-11-23")
    assert told.code == 1
    assert "unknown key 'lable'" in told.err
    assert "N103" in told.err


def test_check_as_json(call: Callable[..., Told], tmp_path: Path) -> None:
    draft(tmp_path, form(NAME, "a: {label: 联系电话, waives: {N401: 送件人的}}", title="居民养犬证明"))
    told = call("check", "draft.yaml", "--on", "2026-11-23", "--json")
    assert (told.code, told.err) == (1, "")
    data = json.loads(told.out)
    assert (data["format"], data["on"], data["forms"], data["errors"], data["warnings"]) == (1, "2026-11-23", 1, 1, 1)
    error = data["findings"][0]
    assert (error["code"], error["severity"], error["form"], error["file"]) == ("N103", "error", "draft", "draft.yaml")
    assert error["notice"] == ["附件3第4项 居民养犬证明：已取消"]
    assert [(one["code"], one["field"], one["waived"]) for one in data["waived"]] == [("N401", "a", "送件人的")]
    assert [field["key"] for field in data["prices"][0]["fields"]] == ["a"]


def test_faults_as_json(call: Callable[..., Told], tmp_path: Path) -> None:
    draft(tmp_path, form("a: {lable: x, label: y}"))
    (problem,) = json.loads(call("check", "draft.yaml", "--json").out)["problems"]
    assert (problem["file"], problem["line"]) == ("draft.yaml", 12) or problem["file"].endswith("draft.yaml")


def test_what_is_waived_is_told_when_asked_for(call: Callable[..., Told], tmp_path: Path) -> None:
    draft(tmp_path, form("a: {label: 姓名, waives: {N401: 送件人的}}"))
    assert "N401" not in call("check", "draft.yaml").err
    assert "Waived: 送件人的" in call("check", "draft.yaml", "--waived").err


def test_a_single_form_is_priced_and_any_if_asked(call: Callable[..., Told], tmp_path: Path) -> None:
    draft(tmp_path, form(*TYPED, frequency="每周"))
    assert "52 a year (每周)" in call("check", "draft.yaml").out
    told = call("check", "draft.yaml", "--price", "--per-year", "300").out
    assert "走访记录" in told
    assert "300 forms a year, as given" in told


def test_a_faulty_notice_is_told(call: Callable[..., Told], tmp_path: Path) -> None:
    (tmp_path / "admissions.yaml").write_text(ADMITTED.replace("每月", "常常"), encoding="utf-8")
    told = call("check", "39", "--specs", ".")
    assert told.code == 1
    assert "nobody says how often '常常' is" in told.err
    assert len(told.err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", ["check 39 --per-year 0", "check 39 --per-year many", "check nowhere/", "diff 39 nothing"]
)
def test_mistakes(arguments: str, call: Callable[..., Told]) -> None:
    told = call(*arguments.split())
    assert (told.code, told.out) == (2, "")
    assert len(told.err.splitlines()) == 1


def test_diff_says_what_a_change_costs(call: Callable[..., Told], tmp_path: Path) -> None:
    draft(tmp_path, form("a: {label: 姓名}", "b: {label: 备忘}", frequency="每天"), "old")
    draft(tmp_path, form("a: {label: 姓名, from: resident.name}", "b: {label: 备忘}", frequency="每天"), "new")
    told = call("diff", "old.yaml", "new.yaml")
    assert told.code == 0
    assert told.out.startswith("~ 姓名 [a]: each-time; text → recorded (resident.name); person_name (-")
    assert "The change saves " in told.out
    assert "The change costs " in call("diff", "new.yaml", "old.yaml").out
    data = json.loads(call("diff", "old.yaml", "new.yaml", "--json").out)
    assert data["seconds"] < 0
    assert data["seconds_a_year"] == pytest.approx(250 * data["seconds"], abs=1)
    assert [change["kind"] for change in data["changes"]] == ["changed"]


def test_a_certificate_and_what_the_record_knows(call: Callable[..., Told], tmp_path: Path) -> None:
    record = tmp_path / "record.yaml"
    resident = '{id_number: "420112195003150023", former_name: 王小例}'
    record.write_text(f"- source: 公安人口库\n  as_of: 2026-05-01\n  resident: {resident}\n", encoding="utf-8")
    told = call("certificate", "曾用名证明", "record.yaml", "--on", "2026-11-23")
    assert told.code == 0
    assert "附件3第2项" in told.out
    assert "曾用名 (resident.former_name) recorded: 王小例 (公安人口信息 2026-05-01)" in told.out
    assert told.out.splitlines()[-1] == "No certificate needed: the record knows."
    assert "犬证由公安办理" in call("certificate", "居民养犬证明").out
    assert call("certificate", "天气证明").code == 2


def test_a_certificate_tells_no_source_whose_name_tells_too_much(call: Callable[..., Told], tmp_path: Path) -> None:
    record = tmp_path / "record.yaml"
    resident = '{id_number: "420112195003150023", former_name: 王小例}'
    record.write_text(f"- source: 信访系统\n  as_of: 2026-05-01\n  resident: {resident}\n", encoding="utf-8")
    told = call("certificate", "曾用名证明", "record.yaml", "--on", "2026-11-23").out
    assert "王小例 (政务信息 2026-05-01)" in told
    assert "信访" not in told
