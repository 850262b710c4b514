"""Stamped pages: the text and the picture of the laid out ones, whatever the values, in valid files."""

import io
import random
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from PIL import ImageChops, ImageFilter

import prefill
from prefill.catalogue import bundled_folder
from prefill.rendering import pdf
from prefill.rendering.fonts import HEI, SONG, font_files
from prefill.rendering.page import ground_of, page_of
from prefill.rendering.stamping import books, faces
from prefill.rendering.stamping.blanks import Flow, Look, Words
from prefill.rendering.stamping.faces import Unstampable, face, script_runs
from prefill.rendering.stamping.lines import set_lines
from prefill.rendering.stamping.units import marked, units_of
from prefill.rendering.words import read_words

ALLOWANCE = Path(__file__).parent / "pages" / "allowance.yaml"
FORMS = [form.id for form in prefill.open_catalogue().forms()]
WORDS = read_words(bundled_folder("templates"))
QUICK = ("senior-card", "basic-unit")

# Of 255. Both pages are drawn at 108 dots an inch, grey, and each dot averaged with its neighbours: what then still differs by
# more than this is no matter of how an edge falls between two dots.
SEEN = 48


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


@pytest.fixture(scope="module")
def stamper(catalogue: prefill.Catalogue) -> prefill.Stamper:
    return prefill.Stamper(catalogue.plan("senior-card"))


def sample(catalogue: prefill.Catalogue, form: str, *, poor: bool = False) -> prefill.FilledForm:
    found = catalogue.samples()[form]
    record = catalogue.read_record(*(found.poor if poor else found.record))
    return prefill.fill(catalogue.plan(form), record, on=found.on, filing=found.filing, grant=found.grant)


def resident(catalogue: prefill.Catalogue, form: str = "senior-card", **facts: Any) -> prefill.FilledForm:
    statement = {
        "source": "公安人口库",
        "as_of": "2026-10-12",
        "resident": {"id_number": "420112195003150023", "name": "王示例", **facts},
    }
    record = catalogue.record([statement])
    return prefill.fill(catalogue.plan(form), record, on=date(2026, 11, 23), filing=prefill.Filing(worker="示例员"))


def text_of(content: bytes, tmp_path: Path, how: str = "-layout") -> str:
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdftotext", how, str(path), "-"], capture_output=True, check=True, text=True)
    return done.stdout


def furthest(one: bytes, other: bytes) -> int:
    """How far the pictures of two files are from one another, at the worst dot."""
    ours, theirs = pypdfium2.PdfDocument(one), pypdfium2.PdfDocument(other)
    assert len(ours) == len(theirs)
    worst = 0
    for page in range(len(ours)):
        drawn = [
            document[page].render(scale=1.5).to_pil().convert("L").filter(ImageFilter.BoxBlur(1))
            for document in (ours, theirs)
        ]
        assert drawn[0].size == drawn[1].size
        levels = ImageChops.difference(*drawn).histogram()
        worst = max(worst, *(level for level, dots in enumerate(levels) if dots))
    return worst


def faults(content: bytes) -> list[str]:
    """What qpdf finds wrong with a file."""
    with pikepdf.open(io.BytesIO(content)) as file:
        return [str(problem) for problem in file.check_pdf_syntax()]


def columns(text: str) -> list[list[str]]:
    """A page's lines, each cut where it leaves room: how much room is poppler's guess, and the pictures' to compare."""
    return [re.split(r" {2,}", line.strip()) for line in text.splitlines()]


def the_same(one: bytes, other: bytes, tmp_path: Path) -> None:
    assert columns(text_of(one, tmp_path)) == columns(text_of(other, tmp_path))
    assert furthest(one, other) <= SEEN
    assert faults(one) == []


# ── the same page ────────────────────────────────────────


@pytest.mark.parametrize("form", QUICK)
def test_a_stamped_page_is_the_laid_out_one(form: str, catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    filled = sample(catalogue, form)
    stamper = prefill.Stamper(filled.plan)
    stamped = stamper.stamp(filled)
    assert (stamper.stamped, stamper.fell_back) == (1, 0)
    the_same(stamped, prefill.to_pdf(filled), tmp_path)


@pytest.mark.stamped
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_stamped_as_it_is_laid_out(form: str, catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    stamper = prefill.Stamper(catalogue.plan(form))
    for poor in (False, True):
        filled = sample(catalogue, form, poor=poor)
        the_same(stamper.stamp(filled), prefill.to_pdf(filled), tmp_path)
    assert stamper.stamped + stamper.fell_back == 2


def test_title_author_language_and_outline_are_those_of_the_laid_out_file(
    catalogue: prefill.Catalogue, stamper: prefill.Stamper
) -> None:
    filled = resident(catalogue)
    files = [pikepdf.open(io.BytesIO(content)) for content in (stamper.stamp(filled), prefill.to_pdf(filled))]
    for name in ("/Title", "/Author"):
        assert files[0].docinfo[name] == files[1].docinfo[name]
    assert str(files[0].Root.Lang) == str(files[1].Root.Lang) == "zh-CN"
    told = [[(item.title, len(item.children)) for item in file.open_outline().root] for file in files]
    assert told[0] == told[1]


# ── what is kept ────────────────────────────────────────


def test_blanks_serve_the_next_subject(catalogue: prefill.Catalogue, stamper: prefill.Stamper) -> None:
    stamper.stamp(resident(catalogue, name="王示例"))
    before = stamper.layouts, stamper.fell_back
    first = stamper.stamp(resident(catalogue, name="李样本"))
    assert (stamper.layouts, stamper.fell_back) == before
    assert first != stamper.stamp(resident(catalogue, name="李样"))


def test_the_same_form_gives_the_same_bytes_whatever_was_stamped_before(
    catalogue: prefill.Catalogue, stamper: prefill.Stamper
) -> None:
    filled = sample(catalogue, "senior-card")
    for before in (resident(catalogue, name="王示例"), sample(catalogue, "senior-card", poor=True)):
        stamper.stamp(before)
    assert stamper.stamp(filled) == prefill.Stamper(filled.plan).stamp(filled)


@pytest.mark.parametrize("form", ["senior-card", "party-member"])
def test_a_blank_stands_alike_whether_it_was_made_alone_or_with_others(form: str, catalogue: prefill.Catalogue) -> None:
    page = page_of(sample(catalogue, form), WORDS, paper=True)
    units = units_of(page)
    firsts = [n for n, unit in enumerate(units) if unit.kind not in [u.kind for u in units[:n]]]
    some = {*firsts, *[n for n, unit in enumerate(units) if unit.kind == "note"]}
    made = []
    for parts in ([some], [{number} for number in sorted(some)]):
        book = prefill.Stamper(catalogue.plan(form))._book(page.lying, close=False)
        for missing in parts:
            book._make(page, units, missing)
        made.append({key: list(shape.blanks.values()) for key, shape in book.shapes.items()})
    assert len(made[0]) > 5
    assert made[0] == made[1]


@pytest.mark.parametrize("form", ["senior-card", "party-member"])
def test_a_blank_made_from_its_own_lines_is_the_one_made_from_the_whole_page(
    form: str, catalogue: prefill.Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = [sample(catalogue, form, poor=poor) for poor in (False, True)]
    short = prefill.Stamper(catalogue.plan(form))
    made = [short.stamp(filled) for filled in forms]
    units = units_of(page_of(forms[1], WORDS, paper=True))
    assert len(marked(page_of(forms[1], WORDS, paper=True), {len(units) - 1})[1]) < len(units)
    monkeypatch.setattr(books, "marked", lambda page, wanted=None: marked(page))
    whole = prefill.Stamper(catalogue.plan(form))
    assert [whole.stamp(filled) for filled in forms] == made
    assert (whole.layouts, whole.fell_back) == (short.layouts, short.fell_back)


def test_a_template_of_an_apps_own_is_drawn_whole_since_it_may_look_at_all(
    catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    own = (bundled_folder("templates") / "paper.html.jinja").read_text(encoding="utf-8")
    changed = own.replace("<h2>{{ part.title }}</h2>", "{% if part.blocks %}<h2>{{ part.title }}</h2>{% endif %}")
    assert changed != own
    (tmp_path / "paper.html.jinja").write_text(changed, encoding="utf-8")
    stamper = prefill.Stamper(catalogue.plan("senior-card"), templates=tmp_path)
    forms = [sample(catalogue, "senior-card", poor=poor) for poor in (False, True)]
    for filled in forms:
        assert stamper.stamp(filled) == prefill.Stamper(filled.plan).stamp(filled)
    assert (stamper.stamped, stamper.fell_back) == (2, 0)


def test_what_one_process_learnt_another_stamps_with(catalogue: prefill.Catalogue) -> None:
    filled = sample(catalogue, "health-record")  # whose labels hold dashes: glyphs that are no character's own
    told: list[bytes] = []
    first = prefill.Stamper(filled.plan, tell=told.append).stamp(filled)
    faces._load.cache_clear()  # as in a process that has shaped nothing yet
    other = prefill.Stamper(filled.plan)
    for one in told:
        other.learn(one)
    assert other.stamp(filled) == first
    assert (other.layouts, other.stamped) == (0, 1)


@pytest.mark.parametrize("form", [*QUICK, "health-record", "party-member", "mediation-case"])
def test_a_page_made_of_moulds_is_the_one_made_anew(form: str, catalogue: prefill.Catalogue) -> None:
    ground = ground_of(catalogue.plan(form))
    for poor in (False, True, False):
        filled = sample(catalogue, form, poor=poor)
        page = page_of(filled, WORDS, paper=True, ground=ground)
        assert page == page_of(filled, WORDS, paper=True)
    assert ground.moulds


def test_threads_that_stamp_at_once_do_not_mix(catalogue: prefill.Catalogue, stamper: prefill.Stamper) -> None:
    forms = [resident(catalogue, name=name) for name in ("王示例", "李样本", "赵虚构", "钱例子")]
    alone = [stamper.stamp(filled) for filled in forms]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(stamper.stamp, forms * 2)) == alone * 2


def test_many_forms_in_one_file_are_the_files_one_after_the_other(
    catalogue: prefill.Catalogue, stamper: prefill.Stamper, tmp_path: Path
) -> None:
    shaped = resident(catalogue, hukou={"address": "示例路\u0e01\u0e33号"})
    forms = [resident(catalogue, name=name) for name in ("王示例", "李样本")]
    whole = stamper.stamp_many(forms)
    assert text_of(whole, tmp_path) == "".join(text_of(stamper.stamp(filled), tmp_path) for filled in forms)
    assert len(whole) < 1.5 * len(stamper.stamp(forms[0]))
    assert faults(whole) == []
    with pytest.raises(prefill.RenderError, match=r"U\+0E01"):
        stamper.stamp_many([forms[0], shaped])


def test_a_form_that_falls_back_keeps_its_place_in_the_file(
    catalogue: prefill.Catalogue, stamper: prefill.Stamper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = [resident(catalogue, name=name) for name in ("王示例", "张例子", "李样本")]
    real = prefill.Stamper._sheets

    def not_this(self: prefill.Stamper, filled: prefill.FilledForm, inked: Any) -> Any:
        if filled is forms[1]:
            raise Unstampable
        return real(self, filled, inked)

    monkeypatch.setattr(prefill.Stamper, "_sheets", not_this)
    before = stamper.fell_back
    whole = stamper.stamp_many(forms)
    assert stamper.fell_back == before + 1
    text = text_of(whole, tmp_path)
    assert text.index("王示例") < text.index("张例子") < text.index("李样本")
    assert faults(whole) == []


# ── whatever the values ────────────────────────────────────────

VALUES: dict[str, dict[str, Any]] = {
    "rare characters": {"name": "䶮𬱖㛃", "hukou": {"address": "𫍯水路〇号·喆赟㙍𬭎犇骉龘"}},
    "a name of a minority": {"name": "阿依古丽·买买提"},
    "a long address": {"hukou": {"address": "湖北省武汉市东西湖区示例街道示例社区" + "示例大道三十号院" * 5 + "12栋"}},
    "markup": {"hukou": {"address": "<script>alert(1)</script>{{ 7*7 }}{% raw %}]]>&amp;</td>"}},
    "a word without end": {"hukou": {"address": "A" * 300}},
    "quotes and dashes": {"hukou": {"address": "“示例”小区——（东）《新》楼…A-1座/2#，3/4层"}},
    "doubled spaces": {"hukou": {"address": "示例  路 9 号"}},
    "characters that share a glyph": {"hukou": {"address": "示例⼥路女院9号"}},
}


@pytest.mark.parametrize("case", VALUES)
def test_hostile_values_are_right(
    case: str, catalogue: prefill.Catalogue, stamper: prefill.Stamper, tmp_path: Path
) -> None:
    filled = resident(catalogue, **VALUES[case])
    stamped = stamper.stamp(filled)
    assert faults(stamped) == []
    assert furthest(stamped, prefill.to_pdf(filled)) <= SEEN
    shown = "".join(text_of(stamped, tmp_path, "-raw").split())
    for entry in ("name", "hukou_address"):
        assert "".join(filled[entry].text.split()) in shown


@pytest.mark.parametrize("value", ["示例\U0001f600路", "示例路\u0e01\u0e33号", "\u0645\u062d\u0645\u062f"])
def test_what_no_font_has_is_refused_as_by_the_layout(
    value: str, catalogue: prefill.Catalogue, stamper: prefill.Stamper
) -> None:
    filled = resident(catalogue, hukou={"address": value})
    with pytest.raises(prefill.RenderError) as ours:
        stamper.stamp(filled)
    with pytest.raises(prefill.RenderError) as theirs:
        prefill.to_pdf(filled)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("value", ["示例\u202e路\u200f号", "示例路九号院" * 1666])
def test_what_no_page_holds_never_reaches_it(
    value: str, catalogue: prefill.Catalogue, stamper: prefill.Stamper, tmp_path: Path
) -> None:
    filled = resident(
        catalogue, hukou={"address": value}
    )  # marks of direction are dropped, 10,000 characters no address
    the_same(stamper.stamp(filled), prefill.to_pdf(filled), tmp_path)


def test_twelve_members_of_a_household_are_all_printed(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    names = [f"王示{digit}" for digit in "零一二三四五六七八九十百"]
    members = [{"name": name, "id_number": number} for name, number in zip(names, numbers(12), strict=True)]
    head = {"source": "社区网格", "as_of": "2026-10-12", "resident": members[0]}
    record = catalogue.record([{**head, "household": {"members": members}}])
    filled = prefill.fill(catalogue.plan(ALLOWANCE), record, on=date(2026, 11, 23))
    stamped = prefill.Stamper(filled.plan).stamp(filled)
    the_same(stamped, prefill.to_pdf(filled), tmp_path)
    text = "".join(text_of(stamped, tmp_path).split())
    assert all(name in text for name in names)


def numbers(count: int) -> list[str]:
    """Invented ID numbers with the right check digit."""
    from stdnum.cn import ric

    stems = [f"42011219500315{n:03}" for n in range(1, count + 1)]
    return [stem + ric.calc_check_digit(stem + "0") for stem in stems]


# ── fonts ────────────────────────────────────────


def test_a_font_cut_down_draws_what_the_whole_one_draws() -> None:
    own, text = face(SONG), "䶮A王１"
    codes = sorted(map(ord, text))
    content, widths = own.program("Part", codes)
    part = CFFFontSet()
    part.decompile(io.BytesIO(content), None, False)
    with TTFont(font_files()[SONG]) as whole:
        glyphs, names = whole.getGlyphSet(), whole.getBestCmap()
        for code in codes:
            theirs, ours = RecordingPen(), RecordingPen()
            glyphs[names[code]].draw(theirs)
            part["Part"].CharStrings[f"cid{code:05}"].draw(ours)
            assert ours.value == theirs.value
            assert (f"{code}[" in widths) == (glyphs[names[code]].width != 1000)


def test_characters_that_one_glyph_draws_are_told_apart(
    catalogue: prefill.Catalogue, stamper: prefill.Stamper, tmp_path: Path
) -> None:
    before = stamper.fell_back
    filled = resident(catalogue, hukou={"address": "示例⼥路女院𬱖"})
    shown = text_of(stamper.stamp(filled), tmp_path, "-raw")
    assert stamper.fell_back == before
    assert "示例⼥路女院𬱖" in shown


# ── lines ────────────────────────────────────────


def strings(count: int) -> Iterator[str]:
    chance = random.Random(5)
    chars = "示例武汉市东西湖区路号院栋单元室" * 4 + "，。、；：（）《》“”·—…！？" + "0123456789" + " A-/%@.,#"
    for _ in range(count):
        text = "".join(chance.choice(chars) for _ in range(chance.randint(12, 90)))
        yield " ".join(text.split())


def test_lines_end_where_pango_ends_them() -> None:
    texts = list(strings(250))
    width = 260.0
    style = (
        f"p {{ width: {width}px; margin: 0; font: 14px/1.45 '{HEI}'; overflow-wrap: anywhere; white-space: pre-wrap }}"
    )
    escaped = (text.replace("&", "&amp;").replace("<", "&lt;") for text in texts)
    press = pdf.press(bundled_folder("templates"), ())
    page = "".join(f"<p>{text}</p>" for text in escaped)
    document = press.render(press.parse(f"<html lang='zh-CN'><body>{page}</body></html>"), style)
    theirs: dict[int, list[str]] = {}
    for laid in document.pages:
        for box in laid._page_box.descendants():
            if type(box).__name__ == "TextBox" and box.element_tag == "p":
                theirs.setdefault(id(box.element), []).append(box.text.rstrip())
    look, faces = Look(HEI, 14.0, "0 g"), {HEI: face(HEI)}
    asked = right = 0
    for text, lines in zip(texts, theirs.values(), strict=True):
        try:
            ours = set_lines(Flow(0.0, width, "left", (Words((0,), look, True, True),)), [text], faces)
        except Unstampable:
            continue
        asked += 1
        right += ["".join(piece for _, _, piece in pieces) for _, pieces in ours] == lines
    assert asked > 200
    assert right == asked


def test_scripts_are_told_apart_as_pango_does() -> None:
    assert script_runs("王A1") == [(0, 1, "Hani"), (1, 3, "Latn")]
    assert script_runs("13900000992") == [(0, 11, "Zyyy")]
