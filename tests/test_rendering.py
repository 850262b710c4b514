"""The pages that workers see and the JSON that programs read: what must stand in them and what must not."""

import builtins
import json
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import prefill
from prefill import kinds
from prefill.catalogue import bundled_folder
from prefill.kinds import CodeList
from prefill.reasons import REASONS
from prefill.rendering import pdf, to_html, to_json, to_pdf
from prefill.rendering.cells import chunks, em
from prefill.rendering.controls import _ATTRIBUTES, control
from prefill.rendering.html import draw
from prefill.rendering.page import page_of
from prefill.rendering.words import Words, read_words

HERE = Path(__file__).parent
ALLOWANCE = HERE / "pages" / "allowance.yaml"
FORMS = ("health-record", "population-census", "basic-unit")
PAGES = (*FORMS, "allowance")
VOID = frozenset({"meta", "col", "input", "br"})
FILING = prefill.Filing(
    worker="示例员", worker_phone="13900000000", serial="2026-0001", period="2026年11月", window="3号"
)
poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


@pytest.fixture(scope="module")
def pages(catalogue: prefill.Catalogue) -> dict[str, prefill.FilledForm]:
    """The three real forms with their invented subjects, and the invented form."""
    samples = catalogue.samples()
    found = {}
    for form in FORMS:
        record = catalogue.read_record(*samples[form].demo)
        found[form] = prefill.fill(catalogue.plan(form), record, on=samples[form].on, filing=FILING)
    wang = catalogue.read_record(samples["health-record"].demo[0])
    found["allowance"] = prefill.fill(catalogue.plan(ALLOWANCE), wang, on=date(2026, 11, 23), filing=FILING)
    return found


@pytest.fixture(params=PAGES)
def filled(request: pytest.FixtureRequest, pages: dict[str, prefill.FilledForm]) -> prefill.FilledForm:
    return pages[request.param]


def resident(catalogue: prefill.Catalogue, **facts: Any) -> prefill.FilledForm:
    """The invented form for one resident of whom one source states these facts."""
    record = catalogue.record([{"source": "社区网格", "as_of": "2026-10-12", "resident": facts}])
    return prefill.fill(catalogue.plan(ALLOWANCE), record, on=date(2026, 11, 23))


class Reader(HTMLParser):
    """A page's elements, each with its attributes and the classes of the cell that it stands in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], frozenset[str]]] = []
        self.text: list[str] = []
        self.cells: list[frozenset[str]] = []
        self.stack: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "td":
            self.cells.append(frozenset((found.get("class") or "").split()))
        if "template" not in self.stack:  # what the script takes copies of
            self.elements.append((tag, found, self.cells[-1] if self.cells else frozenset()))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, f"a closing {tag} too many"
        assert self.stack.pop() == tag
        if tag == "td":
            self.cells.pop()

    def handle_data(self, data: str) -> None:
        if not {"style", "script", "template"} & {*self.stack}:
            self.text.append(data)

    def inputs(self) -> Iterator[tuple[str, dict[str, str | None], frozenset[str]]]:
        return (item for item in self.elements if item[0] in ("input", "select", "textarea"))


ASKED = frozenset(reason for reason, status in REASONS.items() if status == "new") - {"after-answers"}


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


# ── the page on a screen ────────────────────────────────────────


@pytest.mark.golden
@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_as_it_was_approved(
    name: str, pages: dict[str, prefill.FilledForm], golden: Callable[[str, str], None]
) -> None:
    page = re.sub(r"<script>.*?</script>", "<script>form.js</script>", to_html(pages[name]), flags=re.DOTALL)
    golden(f"{name}.html", re.sub(r"sha256-[\w+/=]+", "sha256-…", page))


def test_the_page_shows_every_value_and_every_alternative(filled: prefill.FilledForm) -> None:
    shown = squeezed("".join(Reader(to_html(filled)).text))
    for entry in filled.entries:
        assert squeezed(entry.text) in shown, entry.key
        if entry.status == "confirm":
            for other in entry.others:
                assert squeezed(other.text) in shown, entry.key
            for fact in entry.facts:
                assert squeezed(f"{fact.source_label}{fact.as_of or ''}") in shown, entry.key


def test_the_head_line_counts_what_is_left(filled: prefill.FilledForm) -> None:
    counts = prefill.measure(filled)
    line = f"本表{counts.asked}项：已填{counts.known}，待核对{counts.confirm}，待填{counts.new}"
    shown = squeezed("".join(Reader(to_html(filled)).text))
    assert line in shown
    assert ("手签" in shown) == (counts.hand > 0)
    assert f"待定{counts.maybe}" in shown or not counts.maybe
    elsewhere = sum(entry.status == "hand" and not entry.counted for entry in filled.entries)
    assert (f"由他处填{elsewhere}" in shown) == (elsewhere > 0)


def test_the_tab_key_goes_only_through_what_is_left(filled: prefill.FilledForm) -> None:
    page = Reader(to_html(filled))
    for tag, attrs, _ in page.elements:
        assert "tabindex" not in attrs
        assert "contenteditable" not in attrs
        assert tag not in ("a", "iframe", "img", "link", "object")
    assert {attrs["id"] for tag, attrs, _ in page.elements if tag == "button"} == {"next", "copies", "save", "send"}
    for _, attrs, cell in page.inputs():
        assert attrs.get("type") == "hidden" or cell & {"new", "confirm", "blank"}, attrs["name"]


def test_every_open_entry_has_an_input_named_by_its_key(filled: prefill.FilledForm) -> None:
    names = {attrs["name"] for _, attrs, _ in Reader(to_html(filled)).inputs()}
    for entry in filled.entries:
        name = entry.key if entry.row is None else f"{entry.key}@{entry.row}"
        is_open = entry.status in ("new", "confirm") and entry.kind != "list"
        follows = entry.reason == "after-answers" and entry.field.derive is not None  # computed: it can only be read
        assert (name in names) == (is_open and not follows), name
        assert (f"choice:{name}" in names) == (entry.status == "confirm"), name


def test_every_input_has_a_name_that_a_screen_reader_says(filled: prefill.FilledForm) -> None:
    page = Reader(to_html(filled))
    ids = Counter(attrs["id"] for _, attrs, _ in page.elements if "id" in attrs)
    assert not [name for name, times in ids.items() if times > 1]
    labelled = {attrs["for"] for tag, attrs, _ in page.elements if tag == "label" and "for" in attrs}
    assert labelled <= ids.keys()
    for tag, attrs, _ in page.elements:
        if "aria-labelledby" in attrs:
            assert attrs["aria-labelledby"] in ids
        if tag in ("select", "textarea") or (tag == "input" and attrs["type"] not in ("radio", "checkbox", "hidden")):
            assert attrs.get("aria-label") or attrs["id"] in labelled, attrs["name"]
        if attrs.get("role") in ("radiogroup", "group"):
            assert attrs.get("aria-label") or attrs.get("aria-labelledby")


def test_the_page_fetches_nothing_and_sends_nothing(filled: prefill.FilledForm) -> None:
    html = to_html(filled)
    assert not re.search(r"https?:|\bsrc=|\bhref=|\burl\(|@import|\baction=", html)
    page = Reader(html)
    (policy,) = [
        str(attrs["content"]) for _, attrs, _ in page.elements if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    script = html.rpartition("<script>")[2].partition("</script>")[0]
    assert rules.pop("script-src") == f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
    assert rules.pop("style-src") == "'unsafe-inline'"
    assert set(rules.values()) == {"'none'"}
    assert rules.keys() == {"default-src", "connect-src", "form-action", "base-uri"}


def test_a_known_cell_says_all_its_sources_without_a_mouse(filled: prefill.FilledForm) -> None:
    text = squeezed("".join(Reader(to_html(filled)).text)).partition("资料来源：")[2]
    told, _, further = text.partition("其余来源：")
    for entry in filled.entries:
        sources = dict.fromkeys(f"{fact.source_label}{fact.as_of}" for fact in entry.facts)
        for place, source in enumerate(sources if entry.status == "known" and entry.text else ()):
            number = re.search(rf"(.){re.escape(source)}", told)
            assert number, entry.key
            assert place == 0 or re.search(rf"{number[1]}[^；]*{re.escape(entry.label)}", further), entry.key


def test_a_cell_marks_its_first_source_and_the_option_that_it_is_for(pages: dict[str, prefill.FilledForm]) -> None:
    page = page_of(pages["health-record"], WORDS, paper=True)
    cells = {
        cell.name: cell for part in page.parts for block in part.blocks for line in block.lines for cell in line.cells
    }
    assert len(pages["health-record"]["sex"].facts) > 1
    assert re.fullmatch(r"[①-⑳](\+\d+)?", cells["sex"].mark)  # the first, and how many more say the same
    html = draw(pages["health-record"], paper=True)
    assert f'<span class="value">男</span><sup class="src">{cells["sex"].mark}</sup></span>' in html


def test_what_a_field_takes_from_the_filing_is_told_once(pages: dict[str, prefill.FilledForm]) -> None:
    health = page_of(pages["health-record"], WORDS, paper=True)
    assert "填报日期" not in dict((*health.dates, *health.foot))
    assert "填报人" not in dict(health.foot)
    allowance = page_of(pages["allowance"], WORDS, paper=True)
    assert dict(allowance.foot)["填报人"] == "示例员"


def test_the_date_that_a_form_speaks_for_is_told_where_it_is_not_the_day_of_filling(
    catalogue: prefill.Catalogue,
) -> None:
    (path,) = catalogue.samples()["basic-unit"].demo
    plan, record, on = catalogue.plan("basic-unit"), catalogue.read_record(path), date(2026, 11, 1)
    later = prefill.fill(plan, record, on=on, filing=prefill.Filing(today=date(2026, 11, 23)))
    assert "数据时点" in dict(page_of(later, WORDS, paper=True).dates)
    same = prefill.fill(plan, record, on=on, filing=prefill.Filing(today=on))
    assert "数据时点" not in dict(page_of(same, WORDS, paper=True).dates)


def test_a_unit_that_the_label_names_is_not_said_twice(pages: dict[str, prefill.FilledForm]) -> None:
    text = squeezed("".join(Reader(to_html(pages["basic-unit"])).text))
    assert "营业收入（千元）" in text
    assert text.count("千元") == 2  # two labels
    assert "从业人员期末人数*人" in text


def test_inputs_of_a_table_name_their_row(pages: dict[str, prefill.FilledForm]) -> None:
    html = to_html(pages["population-census"])
    assert 'aria-label="第 4 人 王小例：离开户口登记地时间"' in html
    assert 'data-label="D9 离开户口登记地时间"' in html
    assert '<span class="long">第 4 人 王小例</span>' in html


def test_a_known_list_keeps_its_spare_rows_folded(pages: dict[str, prefill.FilledForm]) -> None:
    html = to_html(pages["health-record"])
    folded = html.partition("还要添行（4 行）")[2].partition("</details>")[0]
    assert 'name="diseases.diagnosed@+4"' in folded
    assert "<details" not in draw(pages["health-record"], paper=True)


def test_what_is_required_is_said_to_all(filled: prefill.FilledForm) -> None:
    page = Reader(to_html(filled))
    required = {str(attrs["name"]).removeprefix("choice:") for _, attrs, _ in page.inputs() if "required" in attrs}
    for entry in filled.entries:
        name = entry.key if entry.row is None else f"{entry.key}@{entry.row}"
        if entry.field.required and not entry.waits_for and entry.kind not in ("multi_code", "list"):
            assert (name in required) == (entry.status == "confirm" or entry.reason in ASKED), name
    ids = {attrs["id"] for _, attrs, _ in page.elements if "id" in attrs}
    described = [attrs["aria-describedby"] for _, attrs, _ in page.elements if "aria-describedby" in attrs]
    assert described
    assert ids.issuperset(described)


def test_hostile_values_are_shown_and_do_nothing(catalogue: prefill.Catalogue) -> None:
    plain = Reader(to_html(resident(catalogue, health={"drug_allergy_other": "示例"})))
    for text in (
        "<script>alert(1)</script>",
        "{{ 7*7 }}{% for x in y %}{# #}",
        "]]></style></td><td>",
        "\"' onfocus=alert(1) x='",
        "&lt;b&gt;",
    ):
        page = Reader(to_html(resident(catalogue, health={"drug_allergy_other": text})))
        assert text in "".join(page.text)
        assert [(tag, sorted(attrs)) for tag, attrs, _ in page.elements] == [
            (tag, sorted(attrs)) for tag, attrs, _ in plain.elements
        ]


def test_the_same_form_gives_the_same_page(filled: prefill.FilledForm) -> None:
    assert to_html(filled) == to_html(filled)


# ── inputs ────────────────────────────────────────

WORDS = read_words(bundled_folder("templates"))


def some_codes(count: int, **more: Any) -> CodeList:
    return CodeList("x", "x", None, None, {str(n): f"项{n}" for n in range(count)}, **more)


@pytest.mark.parametrize(
    "kind, codes, tag, attributes",
    [
        ("text", None, "input", {"type": "text"}),
        ("long_text", None, "textarea", {}),
        ("date", None, "input", {"type": "date"}),
        ("year_month", None, "input", {"type": "month", "pattern": "[0-9]{4}-(0[1-9]|1[0-2])"}),
        ("phone", None, "input", {"type": "tel"}),
        ("integer", None, "input", {"inputmode": "numeric"}),
        ("money", None, "input", {"inputmode": "decimal"}),
        ("email", None, "input", {"type": "email"}),
        ("bool", None, "choice", {"role": "radiogroup"}),
        ("code", some_codes(5), "choice", {"role": "radiogroup"}),
        ("code", some_codes(6), "select", {}),
        ("code", some_codes(6, partial=True), "list", {"list": "f-k-list"}),
        ("code", some_codes(200), "list", {"list": "f-k-list"}),
        ("code", CodeList("x", "x", None, None, {}, external=True), "input", {"type": "text"}),
        ("multi_code", some_codes(6), "choice", {"role": "group"}),
    ],
)
def test_each_kind_has_the_input_that_suits_it(
    kind: str, codes: CodeList | None, tag: str, attributes: dict[str, str]
) -> None:
    made = control(kind, codes, "k", WORDS)
    assert made.tag == tag
    assert attributes.items() <= made.attrs.items()


@pytest.mark.parametrize(
    "kind, good, bad",
    [
        (
            "id_number",
            ["420112195003150023", "42011219500315002X", "４２０１１２１９５００３１５００２３"],
            ["4201121950"],
        ),
        ("postcode", ["430040"], ["43004", "4300400"]),
        ("integer", ["0", "１２"], ["1.5", "十", "-3"]),
        ("decimal", ["89.5", "89", "-3.5"], ["89."]),
        ("money", ["3,200.50", "0"], ["三千"]),
        ("year_month", ["2026-01"], ["2026-13", "2026"]),
        ("phone", ["13900001234", "027-83210000", "+86 13900001234"], ["1390"]),
    ],
)
def test_patterns_let_through_what_is_read(kind: str, good: list[str], bad: list[str]) -> None:
    pattern = control(kind, None, "k", WORDS).attrs["pattern"]
    assert all(re.fullmatch(pattern, text) for text in good)
    assert not any(re.fullmatch(pattern, text) for text in bad)


@pytest.mark.parametrize("kind", [kind for kind, attributes in _ATTRIBUTES.items() if "pattern" in attributes])
def test_patterns_are_valid_under_the_flag_v_of_browsers(kind: str) -> None:
    pattern = _ATTRIBUTES[kind]["pattern"]
    classes = re.findall(r"\[((?:[^\\\]]|\\.)*)\]", pattern)
    for inside in classes:
        bare = re.sub(r"\\[()\[\]{}/|\-\\^$.*+?]", "", inside)  # what is escaped
        bare = re.sub(r"[0-9A-Za-z０-９]-[0-9A-Za-z０-９]", "", bare)  # ranges
        assert not re.search(r"[()\[\]{}/|\\\-]|([&!#$%*+,.:;<=>?@^`~])\1", bare), inside


def test_a_date_of_the_past_may_be_written_to_the_year_or_the_month() -> None:
    made = control("date", None, "k", WORDS, whole_date=False)
    assert made.attrs["type"] == "text"
    assert "1985-06" in made.hint
    for text in ("1985", "1985-06", "1985-06-01"):
        assert re.fullmatch(made.attrs["pattern"], text)
        assert kinds.read("date", text) == text
    assert not re.fullmatch(made.attrs["pattern"], "85-6")


def test_only_dates_asked_anew_and_of_birth_are_picked_from_a_calendar(pages: dict[str, prefill.FilledForm]) -> None:
    types = {
        str(attrs["name"]): attrs.get("type")
        for page in pages.values()
        for _, attrs, _ in Reader(to_html(page)).inputs()
        if not str(attrs["name"]).startswith("choice:")
    }
    assert types["since"] == types["helps.day@+1"] == "date"
    assert types["death_date"] == types["operations.date@+1"] == types["created_date"] == "text"


@pytest.mark.parametrize(
    "label", ["开业时间（年月）", "从业人员期末人数", "乡（镇、街道办事处）", "（1）", "人", "H(x)"]
)
def test_a_label_never_leaves_its_last_character_alone(label: str) -> None:
    cut = chunks(label)
    assert "".join(text for text, _ in cut) == label
    assert cut[-1][1]
    assert len(cut[-1][0]) > 1 or len(label) == 1
    assert all(em(text) <= 9 for text, whole in cut if whole)


# ── the words ────────────────────────────────────────


def test_every_reason_and_status_has_its_words() -> None:
    for reason, status in REASONS.items():
        assert WORDS(f"reason.{reason}")
        assert WORDS(f"status.{status}")
        if status == "confirm":
            assert WORDS(f"confirm.{reason}.keep")
            assert WORDS(f"confirm.{reason}.change")
        if status in ("confirm", "new"):
            assert WORDS(f"advice.{reason}")


def test_templates_and_code_name_only_words_that_exist() -> None:
    sources = [*(bundled_folder("templates")).glob("*.jinja"), *Path(pdf.__file__).parent.glob("*.py")]
    named = {key for file in sources for key in re.findall(r'words\("([a-z_.]+[a-z])"', file.read_text("utf-8"))}
    assert len(named) > 20
    assert named <= WORDS.texts.keys()


def test_a_text_that_is_missing_is_named() -> None:
    with pytest.raises(prefill.RenderError, match=r"no text 'head.nothing'"):
        WORDS("head.nothing")


def test_no_words_of_a_worker_stand_in_code_or_templates() -> None:
    for file in Path(pdf.__file__).parent.glob("*.py"):
        code = re.sub(r'""".*?"""|#[^\n]*', "", file.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search("[\u4e00-\u9fff]", code), file.name
    for file in bundled_folder("templates").glob("*.jinja"):
        assert not re.search("[\u3001-\u9fff\uff01-\uffee]", file.read_text("utf-8")), file.name


# ── the page on paper ────────────────────────────────────────


@pytest.fixture(scope="module")
def printed(pages: dict[str, prefill.FilledForm], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pdf")
    found = {}
    for name, filled in pages.items():
        found[name] = folder / f"{name}.pdf"
        found[name].write_bytes(to_pdf(filled))
    return found


def poppler_says(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, check=True, text=True).stdout


@poppler
@pytest.mark.parametrize("name", PAGES)
def test_the_pdf_holds_every_value(name: str, pages: dict[str, prefill.FilledForm], printed: dict[str, Path]) -> None:
    text = squeezed(poppler_says("pdftotext", "-raw", printed[name], "-"))
    for entry in pages[name].entries:
        taken = set(entry.value or ()) if entry.codes and entry.kind == "multi_code" else set()
        parts = [entry.codes.items[code] for code in sorted(taken)] if entry.codes and taken else [entry.text]
        for part in (*parts, *(other.text for other in entry.others if entry.status == "confirm")):
            assert squeezed(part) in text, entry.key
    assert squeezed(pages[name].form.title) in text
    assert re.search(r"第1页共\d页", text)


@poppler
@pytest.mark.parametrize("name", PAGES)
def test_the_pdf_tells_ticked_options_from_the_others(
    name: str, pages: dict[str, prefill.FilledForm], printed: dict[str, Path]
) -> None:
    text = squeezed(poppler_says("pdftotext", "-raw", printed[name], "-"))
    page = page_of(pages[name], WORDS, paper=True)
    boxes = [
        o for part in page.parts for block in part.blocks for line in block.lines for c in line.cells for o in c.boxes
    ]
    assert text.count("✓") == sum(option.on for option in boxes)
    for option in boxes:
        assert f"✓{option.label}" in text or not option.on


@poppler
def test_whoever_writes_by_hand_has_the_options_to_choose_from(
    pages: dict[str, prefill.FilledForm], printed: dict[str, Path]
) -> None:
    for name in FORMS:
        text = squeezed(poppler_says("pdftotext", "-raw", printed[name], "-"))
        for entry in pages[name].entries:
            codes = entry.codes.items if entry.codes and entry.kind in ("code", "multi_code") else {}
            if entry.status in ("new", "confirm") and len(codes) <= 30:
                assert all(squeezed(label) in text for label in codes.values()), entry.key


@poppler
@pytest.mark.parametrize("name", PAGES)
def test_the_fonts_are_embedded_and_no_other_font_answered(name: str, printed: dict[str, Path]) -> None:
    fonts = [line.split() for line in poppler_says("pdffonts", printed[name]).splitlines()[2:]]
    assert {font[0].split("+")[1] for font in fonts} == {"Prefill-Song", "Prefill-Hei"}
    assert all(font[-5:-3] == ["yes", "yes"] for font in fonts)  # embedded, a subset


@poppler
def test_the_paper_is_a4_and_lies_where_a_table_is_wide(printed: dict[str, Path]) -> None:
    sizes = {name: poppler_says("pdfinfo", path) for name, path in printed.items()}
    assert re.search(r"Page size: +595\.\d+ x 841\.\d+ pts \(A4\)", sizes["health-record"])
    assert re.search(r"Page size: +841\.\d+ x 595\.\d+ pts \(A4\)", sizes["population-census"])
    assert "Title:           居民健康档案" in sizes["health-record"]


def test_the_same_form_gives_the_same_bytes(pages: dict[str, prefill.FilledForm], printed: dict[str, Path]) -> None:
    assert to_pdf(pages["basic-unit"]) == printed["basic-unit"].read_bytes()


def test_another_process_gives_the_same_bytes(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    sample = catalogue.samples()["basic-unit"]
    (path,), on = sample.demo, sample.on
    script = (
        "import prefill, sys; from datetime import date; c = prefill.open_catalogue();"
        f"f = prefill.fill(c.plan(6), c.read_record({str(path)!r}), on=date.fromisoformat({on.isoformat()!r}));"
        "sys.stdout.buffer.write(prefill.to_pdf(f))"
    )
    told = [
        subprocess.run([sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        for seed in ("1", "2")
    ]
    assert told[0].stdout[:5] == b"%PDF-"
    assert told[0].stdout == told[1].stdout


def test_threads_that_print_at_once_do_not_mix(pages: dict[str, prefill.FilledForm], printed: dict[str, Path]) -> None:
    names = ["basic-unit", "allowance"] * 2
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda name: to_pdf(pages[name]), names))
    assert drawn == [printed[name].read_bytes() for name in names]


@poppler
def test_a_hostile_value_is_printed_as_it_stands(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    hostile = "<img src='file:///etc/passwd'>{{ 7*7 }}</td>"
    path = tmp_path / "x.pdf"
    path.write_bytes(to_pdf(resident(catalogue, health={"drug_allergy_other": hostile})))
    assert squeezed(hostile) in squeezed(poppler_says("pdftotext", "-raw", path, "-"))


@poppler
def test_rare_characters_of_names_are_printed_as_they_are(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(to_pdf(resident(catalogue, name="䶮𬱖㛃", residence={"address": "𫍯水路〇号·喆赟㙍𬭎犇骉龘"})))
    text = squeezed(poppler_says("pdftotext", "-raw", path, "-"))
    assert "䶮𬱖㛃" in text
    assert "𫍯水路〇号·喆赟㙍𬭎犇骉龘" in text


def test_a_character_that_no_font_has_is_refused_by_name(catalogue: prefill.Catalogue) -> None:
    filled = resident(catalogue, health={"drug_allergy_other": "示例\U0001f600某处"})
    with pytest.raises(prefill.RenderError, match=r"U\+1F600 .*'allergy'") as caught:
        to_pdf(filled)
    assert "示例" not in str(caught.value)
    assert "某处" not in str(caught.value)
    assert "\U0001f600" in to_html(filled)  # a browser has fonts of its own


def test_a_page_can_fetch_nothing() -> None:
    press = pdf.press(bundled_folder("templates"))
    with pytest.raises(prefill.RenderError, match="may fetch nothing"):
        press.print("<p><img src='file:///etc/passwd'></p>")


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(error: Exception) -> None:
        def importing(name: str, *rest: Any) -> Any:
            if name in ("weasyprint", "pylopdf_fonts_zh_cn"):
                raise error
            return real(name, *rest)

        monkeypatch.setattr(builtins, "__import__", importing)

    without(ImportError("no module"))
    with pytest.raises(prefill.MissingExtra, match=r"install prefill with its extra \[pdf\]"):
        pdf._weasyprint()
    without(OSError("cannot load library libpango"))
    with pytest.raises(prefill.RenderError, match=r"libpango-1\.0-0"):
        pdf._weasyprint()


def test_drawing_pages_for_a_browser_loads_no_weasyprint() -> None:
    script = "import sys, prefill.rendering; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# ── layout ────────────────────────────────────────


def test_more_rows_than_the_printed_form_holds_are_continued(catalogue: prefill.Catalogue) -> None:
    names = [f"王示{digit}" for digit in "零一二三四五六七八九十百"]
    members = [{"name": name, "id_number": number} for name, number in zip(names, numbers(12), strict=True)]
    record = catalogue.record(
        [
            {
                "source": "社区网格",
                "as_of": "2026-10-12",
                "resident": {"id_number": members[0]["id_number"], "name": names[0]},
                "household": {"members": members},
            }
        ]
    )
    filled = prefill.fill(catalogue.plan(ALLOWANCE), record, on=date(2026, 11, 23))
    html = to_html(filled)
    assert all(name in html for name in names)


def numbers(count: int) -> list[str]:
    """Invented ID numbers with the right check digit."""
    from stdnum.cn import ric

    stems = [f"42011219500315{n:03}" for n in range(1, count + 1)]
    return [stem + ric.calc_check_digit(stem + "0") for stem in stems]


def test_a_table_too_wide_for_any_page_is_set_row_by_row(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    spec = yaml.safe_load(ALLOWANCE.read_text("utf-8"))
    columns = {"name": {"label": "姓名", "from": ".name"}}
    columns |= {f"c{n}": {"label": f"这一栏的标题相当长编号{n}", "kind": "long_text"} for n in range(24)}
    members = {"label": "成员", "rows_of": "household.members", "columns": columns}
    spec["sections"] = [{"title": "成员", "fields": {"members": members}}]
    path = tmp_path / "wide.yaml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True, sort_keys=False), "utf-8")
    record = catalogue.read_record(catalogue.samples()["health-record"].demo[0])
    filled = prefill.fill(catalogue.plan(path), record, on=date(2026, 11, 23))
    assert "第 4 人" in to_html(filled)
    page = page_of(filled, WORDS, paper=True)
    assert not page.lying


# ── the JSON ────────────────────────────────────────

KEYS = "key label section row kind status reason value text facts others waits_for".split()
SAVINGS = "asked known confirm new hand skip maybe keystrokes_saved seconds_saved".split()


def test_the_json_has_the_shape_that_programs_read(filled: prefill.FilledForm) -> None:
    text = to_json(filled)
    data = json.loads(text)
    assert list(data) == ["format", "form", "system", "version", "subject", "on", "entries", "savings"]
    assert data["format"] == 1
    assert data["subject"] == {"kind": filled.form.subject}
    assert data["on"] == filled.on.isoformat()
    assert [list(entry) for entry in data["entries"]] == [KEYS] * len(filled.entries)
    assert list(data["savings"]) == SAVINGS
    for entry in data["entries"]:
        for fact in (*entry["facts"], *(fact for other in entry["others"] for fact in other["facts"])):
            assert list(fact) == ["path", "source", "as_of"]
        assert all(list(other) == ["value", "text", "facts"] for other in entry["others"])
    assert filled.form.title not in text  # the head names the form by its id
    assert "\\u" not in text
    assert to_json(filled) == text


def test_the_json_keeps_decimals_exact(pages: dict[str, prefill.FilledForm]) -> None:
    area = next(entry for entry in pages["population-census"].entries if isinstance(entry.value, Decimal))
    data = {entry["key"]: entry for entry in json.loads(to_json(pages["population-census"]))["entries"]}
    assert data[area.key]["value"] == str(area.value)


def test_words_can_be_replaced() -> None:
    assert Words({"hand.other": "手工填写"}).or_other("hand", None) == "手工填写"
