"""The PDF and its variants: what stands on paper, what can be filled on a screen, which names can be set, whose templates."""

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import prefill
from prefill import cli
from prefill.catalogue import bundled_folder
from prefill.forms import Paper
from prefill.rendering import fonts, to_html, to_pdf
from prefill.rendering.boxes import lowest, places
from prefill.rendering.charsets import usual, with_identity_charset
from prefill.rendering.fillable import fill_fields
from prefill.rendering.page import headline, page_of
from prefill.rendering.pdf import NEARLY_EMPTY, paper_html, press
from prefill.rendering.rosters import Roster
from prefill.rendering.words import read_words
from tests.survey import fill_sample

pikepdf = pytest.importorskip("pikepdf")

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "docs" / "examples" / "templates"
ALLOWANCE = HERE / "pages" / "allowance.yaml"
TEMPLATES = bundled_folder("templates")
WORDS = read_words(TEMPLATES)
COMMON = "女月日小户口民父母工人"
RARE = "䶮𬱖㛃𫍯"
NOBODY_HAS = "\U0001f600"
poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")
NO_SPARES: tuple[Path, ...] = ()


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


@pytest.fixture(scope="module")
def poor(catalogue: prefill.Catalogue) -> prefill.FilledForm:
    return fill_sample(catalogue.plan(39), catalogue, poor=True)


@pytest.fixture(scope="module")
def fillable(poor: prefill.FilledForm) -> bytes:
    return to_pdf(poor, fillable=True)


def resident(catalogue: prefill.Catalogue, **facts: Any) -> prefill.FilledForm:
    """The invented form for one resident of whom one source states these facts."""
    record = catalogue.record([{"source": "社区网格", "as_of": "2026-10-12", "resident": facts}])
    return prefill.fill(catalogue.plan(ALLOWANCE), record, on=date(2026, 11, 23))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def says(*command: object) -> str:
    run = subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)
    return run.stdout


def text_of(pdf: bytes, folder: Path) -> str:
    path = folder / "read.pdf"
    path.write_bytes(pdf)
    return squeezed(says("pdftotext", "-raw", path, "-"))


def pages_of(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


# ── paper ────────────────────────────────────────


@pytest.mark.parametrize("form", [24, 33])
def test_a_table_whose_blank_columns_are_too_narrow_to_write_in_is_cards(
    catalogue: prefill.Catalogue, form: int
) -> None:
    page = page_of(fill_sample(catalogue.plan(form), catalogue), WORDS, paper=True)
    tables = [block for part in page.parts for block in part.blocks if isinstance(block, Roster)]
    (wide,) = [table for table in tables if len(table.columns) > 15]
    assert wide.blocks
    assert wide.cards
    assert all(row.blank for row in wide.cards)
    assert any(cell.boxes for row in wide.cards for cell in row.cells)
    assert not page.lying


@pytest.mark.parametrize("form", [4, 32, 40])
def test_a_page_is_not_printed_for_next_to_nothing(catalogue: prefill.Catalogue, form: int) -> None:
    filled = fill_sample(catalogue.plan(form), catalogue)
    html, spares = paper_html(filled, folder=TEMPLATES)
    assert lowest(press(TEMPLATES, spares).lay_out(html).pages[-1]) > 0.2


def test_sources_that_agree_are_counted_on_paper_and_named_on_the_screen(catalogue: prefill.Catalogue) -> None:
    filled = fill_sample(catalogue.plan(32), catalogue)
    paper, screen = page_of(filled, WORDS, paper=True), page_of(filled, WORDS, paper=False)
    assert paper.counted
    assert not paper.further
    assert screen.further
    assert "另有 n 个来源记载相同" in paper_html(filled, folder=TEMPLATES)[0]


@pytest.mark.parametrize("held", [26.0, 37.0])
def test_titles_are_cut_where_they_may_be(catalogue: prefill.Catalogue, held: float) -> None:
    for summary in catalogue.forms():
        title = catalogue.plan(summary.id).form.title
        lines = headline(title, held)
        assert "".join(lines) == title
        assert all(len(line) > 4 for line in lines)
        assert not any(line[0] in "）、，" or line[-1] in "（" for line in lines)


def test_a_picture_is_said_to_be_kept_and_one_still_to_come_has_room(catalogue: prefill.Catalogue) -> None:
    plan = catalogue.plan(2)
    kept, asked = (paper_html(fill_sample(plan, catalogue, poor=poor), folder=TEMPLATES)[0] for poor in (False, True))
    assert "电子照片已存" in kept
    assert ".jpg" not in kept
    assert asked.count('class="place photo"') == 1
    assert "（另附）" in paper_html(fill_sample(catalogue.plan(3), catalogue), folder=TEMPLATES)[0]


def test_a_signature_that_may_be_a_finger_has_room_for_it(catalogue: prefill.Catalogue) -> None:
    html, spares = paper_html(fill_sample(catalogue.plan(32), catalogue), folder=TEMPLATES)
    (cell,) = [
        place
        for place in places(press(TEMPLATES, spares).lay_out(html), "data-cell")
        if place.attributes["data-cell"] == "signature"
    ]
    assert cell.height >= 24 / 25.4 * 96 - 1


@pytest.mark.parametrize("form, label", [(3, "出生日期"), (8, "出生年月"), (9, "出生日期")])
def test_what_waits_for_an_age_names_the_date_of_birth_that_the_form_has(
    catalogue: prefill.Catalogue, form: int, label: str
) -> None:
    page = page_of(fill_sample(catalogue.plan(form), catalogue, poor=True), WORDS, paper=True)
    told = {cell.waits for part in page.parts for block in part.blocks for line in block.lines for cell in line.cells}
    assert any(f"填好“{label}" in text for text in told)
    assert not any("年龄" in text for text in told)


def test_a_bracket_in_a_narrow_heading_may_be_broken_and_yes_and_no_are_not_listed(
    catalogue: prefill.Catalogue,
) -> None:
    html, _ = paper_html(fill_sample(catalogue.plan(3), catalogue), folder=TEMPLATES)
    assert "（小时）" in html
    assert '<span class="whole">小时）' not in html
    assert "是　否" not in paper_html(fill_sample(catalogue.plan(2), catalogue), folder=TEMPLATES)[0]


def test_lines_are_set_closer_where_that_saves_a_page_and_only_there(catalogue: prefill.Catalogue) -> None:
    saved, full = (paper_html(fill_sample(catalogue.plan(n), catalogue), folder=TEMPLATES) for n in (3, 1))
    for (html, spares), pages, closer in ((saved, 2, 1), (full, 2, 2)):
        machine = press(TEMPLATES, spares)
        before = machine.render(machine.parse(html))
        after = machine.lay_out(html)
        assert (len(before.pages), len(after.pages)) == (pages, closer)
        assert (lowest(before.pages[-1]) < NEARLY_EMPTY) == (closer < pages)


def test_a_list_that_holds_some_of_its_options_has_a_line_for_another(catalogue: prefill.Catalogue) -> None:
    said = [{"source": "公安人口库", "resident": {"name": "王示例", "id_number": "420112195003150023"}}]
    filled = prefill.fill(catalogue.plan(37), catalogue.record(said), on=date(2026, 11, 23))
    assert filled["bank"].status == "new"
    html, _ = paper_html(filled, folder=TEMPLATES)
    cells = dict(re.findall(r'data-cell="([^"]+)"[^>]*>(.*?)</td>', html, re.DOTALL))
    assert re.search(r'信用社.*<i class="box"></i>其他：<i class="rule"></i></span></span>', cells["bank"], re.DOTALL)
    assert [key for key, cell in cells.items() if "opt other" in cell] == ["bank"]
    with pikepdf.open(io.BytesIO(to_pdf(filled, fillable=True))) as document:
        (group,) = [one for one in document.Root.AcroForm.Fields if str(one.T) == "bank"]
        codes = filled["bank"].codes
        assert codes is not None
        assert len(group.Kids) == len(codes.options)
    page = paper_html(fill_sample(catalogue.plan(17), catalogue, poor=True), folder=TEMPLATES)[0]
    assert 'data-option="X9"' in page  # 其他 of a list that is partial, too
    assert "opt other" not in page


@poppler
def test_copies_and_binding_are_as_the_spec_says(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    spec = yaml.safe_load(ALLOWANCE.read_text("utf-8"))
    spec["paper"] = {"copies": 3, "binding": "left"}
    path = tmp_path / "bound.yaml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    record = catalogue.record([{"source": "社区网格", "as_of": "2026-10-12", "resident": {"name": "王示例"}}])
    plan = catalogue.plan(path)
    assert plan.form.paper == Paper(copies=3, binding="left")
    filled = prefill.fill(plan, record, on=date(2026, 11, 23))
    assert "本表一式三份" in text_of(to_pdf(filled), tmp_path)
    html, _ = paper_html(filled, folder=TEMPLATES)
    cells = [place.x for place in places(press(TEMPLATES).lay_out(html), "data-cell")]
    assert min(cells) > 25 / 25.4 * 96
    path.write_text(path.read_text("utf-8").replace("copies: 3", "copies: 30"), "utf-8")
    with pytest.raises(prefill.SpecError, match="paper"):
        prefill.open_catalogue().plan(path)


def test_what_is_put_by_hand_has_room(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    spec = yaml.safe_load(ALLOWANCE.read_text("utf-8"))
    marks = {"seal": (42, 28), "photo": (25, 35), "fingerprint": (20, 22)}
    spec["sections"].append(
        {"title": "办理", "fields": {f"own_{mark}": {"label": mark, "by_hand": mark} for mark in marks}}
    )
    path = tmp_path / "room.yaml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    record = catalogue.record([{"source": "社区网格", "as_of": "2026-10-12", "resident": {"name": "王示例"}}])
    filled = prefill.fill(catalogue.plan(path), record, on=date(2026, 11, 23))
    html, _ = paper_html(filled, folder=TEMPLATES)
    found = {
        (place.attributes["class"].split() or [""])[-1]: place
        for place in places(press(TEMPLATES).lay_out(html), "class")
    }
    for mark, (width, height) in marks.items():
        assert found[mark].width == pytest.approx(width / 25.4 * 96, abs=1)
        assert found[mark].height == pytest.approx(height / 25.4 * 96, abs=1)


def test_the_metadata_names_nobody(catalogue: prefill.Catalogue) -> None:
    filled = resident(catalogue, name="王示例")
    for pdf in (to_pdf(filled), to_pdf(filled, tagged=True), to_pdf(filled, fillable=True)):
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert document.docinfo.Title == filled.form.title
            assert str(document.Root.Lang) == "zh-CN"
            told = [str(value) for value in document.docinfo.values()]
            told.append(document.Root.Metadata.read_bytes().decode() if "/Metadata" in document.Root else "")
            assert "王示例" not in "".join(told)


@pytest.mark.skipif(shutil.which("mutool") is None, reason="needs mutool (mupdf-tools)")
def test_mupdf_shows_what_poppler_shows(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(to_pdf(resident(catalogue, name="王示例")))
    run = subprocess.run(["mutool", "draw", "-o", tmp_path / "x.png", path], check=True, capture_output=True, text=True)
    assert "glyph" not in run.stderr


def test_only_fonts_that_number_glyphs_otherwise_are_changed() -> None:
    plain = fonts.font_files()[fonts.HEI].read_bytes()
    mended = with_identity_charset(plain)
    assert len(mended) == len(plain)
    assert with_identity_charset(mended) == mended
    assert with_identity_charset(b"\0\1\0\0 no CFF here") == b"\0\1\0\0 no CFF here"


# ── values alone, and tagged ────────────────────────────────────────


@poppler
def test_values_alone_stand_where_the_whole_form_has_them(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    filled = fill_sample(catalogue.plan(39), catalogue)
    whole, alone, moved = (
        to_pdf(filled),
        to_pdf(filled, values_only=True),
        to_pdf(filled, values_only=True, offset=(3, -2)),
    )
    text = text_of(alone, tmp_path)
    assert "居民健康档案" not in text
    assert "待填" not in text
    for entry in filled.entries:
        if (
            entry.status == "known"
            and entry.text
            and entry.row is None
            and entry.kind in ("person_name", "date", "address")
        ):
            assert squeezed(entry.text) in text, entry.key
    name = filled["name"].text
    places_of = [corner(pdf, name, tmp_path) for pdf in (whole, alone, moved)]
    assert places_of[0] == places_of[1]
    assert places_of[2][0] - places_of[1][0] == pytest.approx(3 * 72 / 25.4, abs=0.01)
    assert places_of[2][1] - places_of[1][1] == pytest.approx(-2 * 72 / 25.4, abs=0.01)


def corner(pdf: bytes, word: str, folder: Path) -> tuple[float, float]:
    path = folder / "box.pdf"
    path.write_bytes(pdf)
    found = re.search(rf'xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>{word}', says("pdftotext", "-bbox", path, "-"))
    assert found
    return float(found[1]), float(found[2])


@pytest.mark.parametrize(
    "asked, told",
    [
        ({"offset": (1.0, 0.0)}, "values only"),
        ({"values_only": True, "offset": (80.0, 0.0)}, "at most 50 mm"),
        ({"values_only": True, "offset": (float("nan"), 0.0)}, "at most 50 mm"),
        ({"fillable": True, "tagged": True}, "neither tagged nor"),
        ({"fonts": ["/no/such.ttf"]}, r"no font such\.ttf"),
        ({"fonts": [__file__]}, "is no font"),
        ({"templates": "/no/such"}, "no folder of templates"),
    ],
)
def test_what_cannot_be_is_said(catalogue: prefill.Catalogue, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(prefill.RenderError, match=told):
        to_pdf(resident(catalogue, name="王示例𰀀"), **asked)


@pytest.mark.parametrize("form", [8, 31, 39])
def test_a_tagged_page_has_all_its_content_in_a_right_structure(catalogue: prefill.Catalogue, form: int) -> None:
    with pikepdf.open(io.BytesIO(to_pdf(fill_sample(catalogue.plan(form), catalogue), tagged=True))) as document:
        root = document.Root
        assert root.MarkInfo.Marked
        assert root.ViewerPreferences.DisplayDocTitle
        assert b'pdfuaid:part="1"' in root.Metadata.read_bytes()
        for page in document.pages:
            assert page.StructParents is not None
            depth = 0
            for _, operator in pikepdf.parse_content_stream(page):
                depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(str(operator), 0)
                assert depth or str(operator) not in ("Tj", "TJ", "S", "f", "Do"), "content that no tag holds"
        found = set(nested(root.StructTreeRoot))
    allowed = {"/TR": {"/TH", "/TD"}, "/Table": {"/THead", "/TBody", "/TR", "/TFoot"}, "/L": {"/LI"}, "/TBody": {"/TR"}}
    for above, below in found:
        assert below in allowed.get(above, {below}), f"{below} within {above}"
    assert {("/TR", "/TH"), ("/THead", "/TR")} <= found or form == 31
    assert any(below == "/H1" for _, below in found)


def nested(node: Any, above: str = "") -> Any:
    """Each kind of element with what it stands in."""
    kids = node.get("/K", [])
    if "/S" in node:
        yield above, str(node.S)
        above = str(node.S)
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            yield from nested(kid, above)


# ── filled on a screen ────────────────────────────────────────


def fields(pdf: bytes) -> dict[str, dict[str, Any]]:
    pypdf = pytest.importorskip("pypdf")
    return dict(pypdf.PdfReader(io.BytesIO(pdf)).get_fields() or {})


def test_every_open_cell_is_a_field_of_its_name_and_no_other(poor: prefill.FilledForm, fillable: bytes) -> None:
    found = {name: field for name, field in fields(fillable).items() if "/FT" in field}
    names = {re.sub(r"#.*", "", name) for name in found}
    for entry in poor.entries:
        name = entry.key if entry.row is None else f"{entry.key}@{entry.row}"
        is_open = entry.status in ("new", "confirm") and entry.kind != "list"
        assert (name in names) == is_open, name
        assert (f"choice:{name}" in names) == (entry.status == "confirm"), name
    assert "diseases.diagnosed@+1" in names
    assert all(field.get("/V") in ("", "/Off") for field in found.values())  # nothing is answered beforehand


def test_fields_say_what_is_required_and_what_can_be_chosen(poor: prefill.FilledForm, fillable: bytes) -> None:
    found = fields(fillable)
    flags = {name: int(field.get("/Ff", 0)) for name, field in found.items()}
    for entry in poor.entries:
        if entry.row is None and entry.status == "new" and entry.kind not in ("multi_code", "list"):
            sure = entry.field.required and not entry.waits_for and entry.reason != "after-answers"
            assert bool(flags[entry.key] & 2) == sure, entry.key
    with pikepdf.open(io.BytesIO(fillable)) as document:
        order = [str(note.TU) for note in document.pages[0].Annots if "/TU" in note]
        labels = [entry.label for entry in poor.entries]
        ranks = [labels.index(label) for label in order if labels.count(label) == 1]
        assert ranks == sorted(ranks)
        assert document.Root.AcroForm.DR.Font.PF.Encoding == "/Identity-H"
    lists = [name for name, field in found.items() if field.get("/FT") == "/Ch"]
    assert lists
    for name in lists:
        assert all(len(option) == 2 for option in found[name]["/Opt"])
    assert "exposures#1" in found


def pixels(path: Path, page: int, box: Sequence[float]) -> dict[str, Any]:
    """A field's place on a page, as each viewer that is installed shows it: the share of it that is dark."""
    from PIL import Image

    pdfium = pytest.importorskip("pypdfium2")
    shown: dict[str, Any] = {}
    document = pdfium.PdfDocument(path)
    document.init_forms()
    shown["pdfium"] = document[page].render(scale=2, may_draw_forms=True).to_pil().convert("L")
    if shutil.which("pdftoppm"):
        says("pdftoppm", "-r", 144, "-png", "-singlefile", "-f", page + 1, "-l", page + 1, path, path.with_suffix(""))
        shown["poppler"] = Image.open(path.with_suffix(".png")).convert("L")
    if shutil.which("mutool"):
        out = path.with_suffix(".mu.png")
        says("mutool", "draw", "-q", "-r", 144, "-o", out, path, page + 1)
        shown["mupdf"] = Image.open(out).convert("L")
    left, bottom, right, top = (2 * edge for edge in box)
    height = next(iter(shown.values())).height
    return {
        viewer: dark(image.crop((round(left), round(height - top), round(right), round(height - bottom) - 3)))
        for viewer, image in shown.items()
    }


def dark(image: Any) -> float:
    values: bytes = image.tobytes()
    return sum(value < 128 for value in values) / len(values)


def test_what_is_filled_shows_in_every_viewer(fillable: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    text = f"{COMMON}{RARE}"
    filled = fill_fields(
        fillable, {"employer": text, "blood_rh": "1", "exposures": ["1", "3"], "choice:phone": "other"}
    )
    with pikepdf.open(io.BytesIO(filled)) as document:
        notes = {str(note.get("/T", "")): [float(edge) for edge in note.Rect] for note in document.pages[0].Annots}
        buttons = {str(note.AS) for note in document.pages[0].Annots if "/AS" in note}
    assert {"/1", "/other"} <= buttons
    path.write_bytes(fillable)
    before = pixels(path, 0, notes["employer"])
    path.write_bytes(filled)
    after = pixels(path, 0, notes["employer"])
    assert all(share > before[viewer] + 0.01 for viewer, share in after.items())
    assert max(after.values()) - min(after.values()) < 0.02
    if shutil.which("pdftotext"):
        assert text in squeezed(says("pdftotext", "-raw", path, "-"))
    assert fields(filled)["employer"]["/V"] == text
    assert fields(filled)["exposures#3"]["/V"] == "/Yes"
    if shutil.which("qpdf"):
        assert "No syntax or stream encoding errors" in says("qpdf", "--check", path)


def test_what_another_program_fills_shows_too(fillable: bytes, tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(fillable))
    for page in writer.pages:
        writer.update_page_form_field_values(page, {"employer": COMMON}, auto_regenerate=False)
    path = tmp_path / "x.pdf"
    writer.write(path)
    with pikepdf.open(path) as document:
        box = next(
            [float(edge) for edge in note.Rect] for note in document.pages[0].Annots if note.get("/T") == "employer"
        )
    assert all(share > 0.03 for share in pixels(path, 0, box).values())


@pytest.mark.parametrize(
    "values, told",
    [
        ({"nobody": "x"}, "no field 'nobody'"),
        ({"blood_rh": "99"}, "no such option"),
        ({"exposures": ["99"]}, "no field 'exposures#99'"),
        ({"employer": f"王{NOBODY_HAS}"}, r"U\+1F600 .*'employer'"),
        ({"employer": "王" * 10_000}, "'employer' does not hold a text of 10000 characters"),
    ],
)
def test_what_cannot_be_filled_is_said(fillable: bytes, values: dict[str, Any], told: str) -> None:
    with pytest.raises(prefill.RenderError, match=told) as caught:
        fill_fields(fillable, values, fonts=NO_SPARES)
    assert "王" not in str(caught.value)


# ── names that no font has ────────────────────────────────────────


@poppler
@pytest.mark.parametrize("variant", [{}, {"values_only": True}, {"tagged": True}, {"fillable": True}], ids=str)
def test_what_went_in_comes_out(catalogue: prefill.Catalogue, tmp_path: Path, variant: dict[str, bool]) -> None:
    address = f"湖北省武汉市东西湖区{COMMON}路{RARE}里12号楼1单元"
    filled = resident(catalogue, name=RARE[:3], residence={"address": address})
    text = text_of(to_pdf(filled, **variant), tmp_path)  # type: ignore[arg-type]
    assert RARE[:3] in text
    assert address in text
    assert not [char for char in text if "\u2e80" <= char < "\u2fe0" or "\uf900" <= char < "\ufb00"]


@poppler
@pytest.mark.parametrize("text", ["⼥女⽉月", "女⼥", "豈\uf900"])
def test_a_radical_never_takes_the_place_of_a_character(
    catalogue: prefill.Catalogue, tmp_path: Path, text: str
) -> None:
    filled = resident(catalogue, health={"drug_allergy_other": text}, name="女月")
    read = text_of(to_pdf(filled), tmp_path)
    assert "".join(map(usual, text)) in read
    assert "未说明的性别" in read
    written = fill_fields(to_pdf(resident(catalogue), fillable=True), {"allergy": text})
    assert "".join(map(usual, text)) in text_of(written, tmp_path)


@poppler
@pytest.mark.parametrize(
    "facts, shown",
    [
        ({"name": "阿依古丽·买买提"}, "阿依古丽·买买提"),
        ({"residence": {"address": "湖北省武汉市东西湖区示例街道" * 4 + "示例花园"}}, "示例街道湖北省"),
        (
            {"health": {"drug_allergy_other": "<script>alert(1)</script>{{ 7*7 }}{% x %}]]>"}},
            "<script>alert(1)</script>{{7*7}}{%x%}]]>",
        ),
        ({"health": {"drug_allergy_other": "示例\u202e某处\u200f"}}, "示例某处"),
        ({"health": {"drug_allergy_other": "例" * 10_000}}, "来源值无法识读"),
    ],
    ids=["long-name", "long-address", "markup", "right-to-left", "10000"],
)
def test_hard_values_are_printed_as_they_stand(
    catalogue: prefill.Catalogue, tmp_path: Path, facts: dict[str, Any], shown: str
) -> None:
    filled = resident(catalogue, **facts)
    pdf = to_pdf(filled)
    text = text_of(pdf, tmp_path)
    assert squeezed(shown) in text
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert not {"/OpenAction", "/AA", "/Names", "/AcroForm"} & set(document.Root.keys())


@pytest.mark.parametrize("char", [NOBODY_HAS, "\U000e0100"])
@pytest.mark.parametrize("variant", ["plain", "fillable", "values_only"])
def test_a_character_that_no_font_has_is_refused_or_left_to_the_hand(
    catalogue: prefill.Catalogue, tmp_path: Path, char: str, variant: str
) -> None:
    asked: dict[str, Any] = {} if variant == "plain" else {variant: True}
    filled = resident(catalogue, health={"drug_allergy_other": f"示例{char}某处"})
    assert char in filled["allergy"].text
    with pytest.raises(prefill.RenderError, match=rf"U\+{ord(char):04X}.*'allergy'") as caught:
        to_pdf(filled, fonts=NO_SPARES, **asked)
    assert not set("示例某处" + char) & set(str(caught.value))
    if shutil.which("pdftotext"):
        text = text_of(to_pdf(filled, fonts=NO_SPARES, by_hand=True, **asked), tmp_path)
        assert "某处" not in text
        assert (f"字库无此字（U+{ord(char):04X}），请手写" in text) == (variant != "values_only")


def test_a_font_that_is_named_stands_in(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    other, held = fonts.LAST_RESORT
    if not held.is_file():
        pytest.skip("needs fonts-hanazono")
    rare = next(char for char in sorted(fonts.characters_of(held)) if fonts.missing_characters(char, [other]))
    filled = resident(catalogue, name=f"王{rare}")
    with pytest.raises(prefill.RenderError, match="no font has the character"):
        to_pdf(filled, fonts=NO_SPARES)
    pdf = to_pdf(filled, fonts=[held])
    assert pdf == to_pdf(filled)  # Debian's Hanazono is the last resort where nothing is named
    assert f"王{rare}" in text_of(pdf, tmp_path)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        names = {str(font.BaseFont) for page in document.pages for font in page.Resources.Font.values()}
    assert any("HanaMin" in name for name in names)
    assert fill_fields(to_pdf(resident(catalogue), fillable=True), {"allergy": rare}, fonts=[held])


# ── templates of an app's own ────────────────────────────────────────


@poppler
def test_the_documented_templates_do_what_is_said(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    filled = fill_sample(catalogue.plan(39), catalogue)
    plain, own = text_of(to_pdf(filled), tmp_path), text_of(to_pdf(filled, templates=EXAMPLE), tmp_path)
    assert "示例街道办事处" in own
    assert "示例街道办事处" not in plain
    assert "本表59项" in plain
    assert "本表59项" not in own
    assert "表样依据" in own
    assert filled["name"].text in own
    assert "表样依据" in to_html(filled, templates=EXAMPLE)


@pytest.fixture
def templates(tmp_path: Path) -> Callable[..., Path]:
    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / name.replace("_", ".").replace("..", "-")).write_text(text, "utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize(
    "block, told",
    [
        ("{{ page.nothing }}", "nothing"),
        ("{{ page.__class__.__mro__ }}", "cannot be drawn"),
        ("{{ words.__init__.__globals__ }}", "cannot be drawn"),
        ("{% include '../../etc/passwd' %}", "cannot be drawn"),
        ("{% include '/etc/passwd' %}", "cannot be drawn"),
        ("{% if %}", r"paper\.html\.jinja, line 1"),
        ("{{ 1 // 0 }}", "ZeroDivisionError"),
        ("<img src='file:///etc/passwd'>", "fetch nothing"),
        ("<img src='http://example.org/x.png'>", "fetch nothing"),
    ],
)
def test_a_template_reaches_nothing_but_its_page(
    catalogue: prefill.Catalogue, templates: Callable[..., Path], block: str, told: str
) -> None:
    folder = templates(
        paper_html_jinja=f"{{% extends 'prefill/paper.html.jinja' %}}{{% block notes %}}{block}{{% endblock %}}"
    )
    with pytest.raises(prefill.RenderError, match=told):
        to_pdf(resident(catalogue, name="王示例"), templates=folder)


@poppler
def test_a_template_escapes_what_it_prints_and_may_use_its_own_files(
    catalogue: prefill.Catalogue, templates: Callable[..., Path], tmp_path: Path
) -> None:
    folder = templates(
        paper_html_jinja="{% extends 'prefill/paper.html.jinja' %}{% block notes %}<img src='own.svg'>"
        "{% for part in page.parts %}{% for block in part.blocks %}{% for line in block.lines %}"
        "{% for cell in line.cells %}[{{ cell.text }}]{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endblock %}",
        own_svg='<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    )
    filled = resident(catalogue, health={"drug_allergy_other": "<b>示例"})
    assert "[<b>示例]" in text_of(to_pdf(filled, templates=folder), tmp_path)


# ── the command ────────────────────────────────────────


@pytest.mark.parametrize(
    "options, told",
    [
        (("-o", "x.html", "--tagged"), "--tagged is for a PDF"),
        (("-o", "x.json", "--font", "a.ttf"), "--font is for a PDF"),
        (("-o", "x.json", "--templates", "."), "--templates is for pages"),
        (("-o", "x.pdf", "--values-only", "--offset", "1;2"), "is no offset"),
        (("-o", "x.pdf", "--offset", "1,2"), "values only"),
    ],
)
def test_the_command_says_which_options_do_not_go_together(
    catalogue: prefill.Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (record,) = catalogue.samples()["health-record"].demo
    assert cli.run(["fill", "39", str(record), "--on", "2026-11-23", *options]) == 2
    assert told in capsys.readouterr().err


def test_the_command_writes_what_is_asked(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    (record,) = catalogue.samples()["health-record"].demo
    out = tmp_path / "x.pdf"
    asked = ["fill", "39", str(record), "--on", "2026-11-23", "-o", str(out), "--values-only", "--offset", "-1.5,2"]
    assert cli.run(asked) == 0
    assert pages_of(out.read_bytes()) >= 1


# ── many rows ────────────────────────────────────────


@poppler
def test_every_member_of_a_large_household_is_printed_under_the_tables_head(
    catalogue: prefill.Catalogue, tmp_path: Path
) -> None:
    from stdnum.cn import ric

    stems = [f"42011219500315{n:03}" for n in range(1, 41)]
    numbers = [stem + ric.calc_check_digit(stem + "0") for stem in stems]
    members = [{"name": f"王示例{chr(0x4E00 + n)}", "id_number": number} for n, number in enumerate(numbers)]
    statement = {
        "source": "社区网格",
        "as_of": "2026-10-12",
        "resident": {"id_number": numbers[0], "name": members[0]["name"]},
        "household": {"members": members},
    }
    for count in (12, 40):
        record = catalogue.record([{**statement, "household": {"members": members[:count]}}])
        pdf = to_pdf(prefill.fill(catalogue.plan(ALLOWANCE), record, on=date(2026, 11, 23)))
        text = text_of(pdf, tmp_path)
        assert all(member["name"] in text for member in members[:count])
    assert text.count("序号姓名") >= 2
    assert "（续）" in text
