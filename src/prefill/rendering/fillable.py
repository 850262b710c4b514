"""A PDF to be filled on a screen: what is left to do is form fields, named by their entries' keys.

ISO 32000-1, 12.7. A field is ``key``, in a table ``key@row``; the choice in a cell to confirm ``choice:`` and that name, with the
states ``confirm``, the number of another value, and ``other``; of several codes each is a check box, ``key#code``. The full
name of a field is what a PDF library gives: parts between dots are parents.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefill.errors import RenderError
from prefill.kinds import CodeList
from prefill.rendering.boxes import Place
from prefill.rendering.cells import follows_always, follows_in_row
from prefill.rendering.controls import options
from prefill.rendering.embedding import Embedded, embed, pikepdf
from prefill.rendering.fonts import HEI, Fonts, character_name, characters_of, font_files, spare_fonts
from prefill.tokens import make_token

if TYPE_CHECKING:
    from prefill.filling import FilledForm

__all__ = ["fill_fields", "with_fields"]

PIXEL: Final = 0.75  # points
SIZE: Final = 10.0  # of what is typed, in points
LEAST: Final = 4.0  # … at the least, where it is long
SMALL: Final = 8.0  # … in a table's narrow cell
NARROW: Final = 70.0  # … in points
LINE: Final = 1.3  # the height of a line, in sizes
INSET: Final = 2.0  # what is left free within a field, in points

REQUIRED: Final = 1 << 1
MULTILINE: Final = 1 << 12
RADIO: Final = 1 << 15
COMBO: Final = 1 << 17
EDIT: Final = 1 << 18
PRINTED: Final = 4  # an annotation's flag
TYPED: Final = "PF"  # what the font is called by which viewers set what is typed


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for in a field."""

    kind: str
    codes: CodeList | None
    label: str
    required: bool


def with_fields(pdf: bytes, places: Iterable[Place], filled: "FilledForm") -> bytes:
    """Put form fields into a page that was laid out, at the places that it marks; gives the PDF.

    Raises MissingExtra if pikepdf or uharfbuzz is not installed.
    """
    lib = pikepdf()
    asked = _asked(filled)
    with lib.open(io.BytesIO(pdf)) as document:
        typed = embed(document, font_files()[HEI], HEI, _common())
        maker = _Maker(lib, document, asked, typed)
        for place in places:
            maker.put(place)
        maker.close()
        form = filled.form  # by which a submission is told from one of another form or subject
        told = (form.id, form.version, filled.on.isoformat(), make_token(filled))
        document.docinfo["/PrefillPage"] = lib.String("\n".join(told))
        return _saved(document)


def fill_fields(pdf: bytes, values: Mapping[str, str | Sequence[str]], *, fonts: Fonts | None = None) -> bytes:
    """Fill a fillable PDF by its fields' names, each value drawn with a font of its own, so that every viewer shows it.

    A text for a text field, an option's code for radio buttons and choices, a list of codes for check boxes (by the name
    before ``#``). ``fonts``: as in ``to_pdf``. Raises RenderError for a name that the PDF lacks, an option that a field lacks,
    a character that no font has, or a text that its field does not hold.
    """
    lib = pikepdf()
    with lib.open(io.BytesIO(pdf)) as document:
        fields = dict(_fields(document.Root.AcroForm.Fields))
        spread = {name: value for name, value in values.items() if isinstance(value, str)}
        for name, chosen in values.items():
            if not isinstance(chosen, str):
                spread.update((f"{name}#{code}", "Yes") for code in chosen)
        if unknown := sorted(spread.keys() - fields.keys()):
            raise RenderError(f"the PDF has no field '{unknown[0]}': take the names from its form")
        written = {name: _shown(fields[name], text) for name, text in spread.items() if fields[name].FT != "/Btn"}
        faces = _faces(document, written, spare_fonts(fonts))
        for name, text in spread.items():
            if fields[name].FT == "/Btn":
                _press_button(lib, fields[name], name, text)
            else:
                fields[name].V = lib.String(text)
                _draw(lib, document, name, fields[name], written[name], faces)
        document.Root.AcroForm.NeedAppearances = False
        return _saved(document)


class _Maker:
    """Makes the fields of one PDF, in the order in which the tab key goes through them."""

    def __init__(self, lib: Any, document: Any, asked: Mapping[str, _Asked], typed: Embedded) -> None:
        self.lib = lib
        self.document = document
        self.asked = asked
        self.typed = typed
        self.roots: dict[str, Any] = {}  # fields and their parents, by full name
        self.top: list[Any] = []
        self.annotations: dict[int, list[Any]] = defaultdict(list)

    def put(self, place: Place) -> None:
        """Make the field of a place."""
        choice = place.attributes.get("data-choice")
        if choice is not None:
            self._button(place, choice, place.attributes["data-option"])
        elif (name := place.attributes["data-field"]) in self.asked:
            self._text(place, name)

    def close(self) -> None:
        """Hang the fields into the document."""
        lib, document = self.lib, self.document
        fonts = lib.Dictionary({f"/{TYPED}": self.typed.font})
        document.Root.AcroForm = document.make_indirect(
            lib.Dictionary(
                Fields=lib.Array(self.top),
                DR=lib.Dictionary(Font=fonts),
                DA=lib.String(f"/{TYPED} {SIZE:g} Tf 0 g"),
                NeedAppearances=False,
            )
        )
        for number, annotations in self.annotations.items():
            page = document.pages[number]
            page.Annots = lib.Array([*page.get("/Annots", []), *annotations])
            page.Tabs = lib.Name.S

    def _text(self, place: Place, name: str) -> None:
        lib, asked = self.lib, self.asked[name]
        found = () if asked.kind == "multi_code" else options(asked.kind, asked.codes)
        box = self._box(place, 2.0 if place.height < 8 else 0.0)
        size = SIZE if box[2] - box[0] > NARROW else SMALL
        field = {"DA": lib.String(f"/{TYPED} {size:g} Tf 0 g"), "V": lib.String("")}
        flags = REQUIRED if asked.required else 0
        if found:
            flags |= COMBO | (EDIT if asked.codes is not None and (asked.codes.partial or asked.codes.external) else 0)
            field["Opt"] = lib.Array([lib.Array([lib.String(o.value), lib.String(o.label)]) for o in found])
        elif box[3] - box[1] > 2 * size * LINE + INSET:
            flags |= MULTILINE
        field |= {"FT": lib.Name.Ch if found else lib.Name.Tx, "Ff": flags, "TU": lib.String(asked.label)}
        widget = self._named(name, field, widget=True)
        self._place(widget, place.page, box)
        empty = self.document.make_stream(b"/Tx BMC EMC")
        self._form(empty, box, lib.Dictionary(Font=lib.Dictionary({f"/{TYPED}": self.typed.font})))
        widget.AP = lib.Dictionary(N=empty)

    def _button(self, place: Place, name: str, option: str) -> None:
        lib = self.lib
        asked = self.asked.get(name.removeprefix("choice:"))
        if asked is None:
            return
        one_of_several = asked.kind == "multi_code" and not name.startswith("choice:")
        flags = REQUIRED if asked.required and not one_of_several else 0
        state = lib.Name("/Yes" if one_of_several else f"/{option}")
        field = {"FT": lib.Name.Btn, "Ff": flags, "V": lib.Name.Off, "TU": lib.String(asked.label)}
        if one_of_several:
            widget = self._named(f"{name}#{option}", field, widget=True)
        else:
            group = self._named(name, {**field, "Ff": flags | RADIO})
            widget = self.document.make_indirect(lib.Dictionary(Parent=group))
            group.Kids.append(widget)
        box = self._box(place, 0.0)
        side = min(box[2] - box[0], box[3] - box[1])
        on = self.document.make_stream(f"{side:.3f} 0 0 {side:.3f} 0 0 cm\n".encode() + _TICK)
        off = self.document.make_stream(b"")
        for stream in (on, off):
            self._form(stream, box, lib.Dictionary())
        self._place(widget, place.page, box)
        widget.AP = lib.Dictionary(N=lib.Dictionary({str(state): on, "/Off": off}))
        widget.AS = lib.Name.Off
        widget.MK = lib.Dictionary(CA=lib.String("4"))

    def _named(self, name: str, field: Mapping[str, Any], *, widget: bool = False) -> Any:
        """Give the field of a full name, made if it is not there, under the parents that the dots in its name make."""
        if name in self.roots:
            return self.roots[name]
        lib = self.lib
        above, _, last = name.rpartition(".")
        items = {f"/{key}": value for key, value in field.items()} | {"/T": lib.String(last)}
        made = self.document.make_indirect(lib.Dictionary(items))
        if not widget:
            made.Kids = lib.Array()
        self.roots[name] = made
        if above:
            parent = self._named(above, {})
            made.Parent = parent
            parent.Kids.append(made)
        else:
            self.top.append(made)
        return made

    def _box(self, place: Place, rise: float) -> tuple[float, float, float, float]:
        """Give a place in points from the lower left corner; a line to write on becomes as high as what is written on it."""
        page = self.document.pages[place.page]
        height = float(page.MediaBox[3])
        left, bottom = place.x * PIXEL, height - (place.y + place.height) * PIXEL
        tall = place.height * PIXEL if rise == 0 else max(place.height * PIXEL, SIZE * LINE)
        return (left, bottom, left + place.width * PIXEL, bottom + tall)

    def _place(self, widget: Any, page: int, box: tuple[float, float, float, float]) -> None:
        lib = self.lib
        widget.Type, widget.Subtype = lib.Name.Annot, lib.Name.Widget
        widget.Rect = lib.Array([round(edge, 3) for edge in box])
        widget.F = PRINTED
        widget.P = self.document.pages[page].obj
        self.annotations[page].append(widget)

    def _form(self, stream: Any, box: Sequence[float], resources: Any) -> None:
        lib = self.lib
        stream.Type, stream.Subtype, stream.Resources = lib.Name.XObject, lib.Name.Form, resources
        stream.BBox = lib.Array([0, 0, round(box[2] - box[0], 3), round(box[3] - box[1], 3)])


_TICK: Final = b"q 0 G 0.11 w 1 J 1 j 0.2 0.5 m 0.42 0.24 l 0.82 0.8 l S Q"


def _asked(filled: "FilledForm") -> dict[str, _Asked]:
    """Give what is asked by the name of each field: of open entries, and of the cells of rows still to be written.

    What follows from other answers is computed when they come back: it is no field, as on the page.
    """
    found: dict[str, _Asked] = {}
    for entry in filled.entries:
        if entry.status not in ("new", "confirm") or entry.kind == "list":
            continue
        if entry.reason == "after-answers" and follows_always(entry.field):
            continue
        name = entry.key if entry.row is None else f"{entry.key}@{entry.row}"
        decided = not entry.waits_for and entry.reason != "after-answers"
        found[name] = _Asked(entry.kind, entry.codes, entry.label, entry.field.required and decided)
    for slot in filled.plan.slots:
        if slot.table is not None:
            for column in slot.table.slots:
                if follows_in_row(column):
                    continue
                for step in range(1, (slot.field.rows or 3) + 1):
                    found[f"{column.key}@+{step}"] = _Asked(
                        column.kind, column.codes, column.field.label, required=False
                    )
    return found


def _fields(nodes: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Give the fields of a form by their full names: those that hold a value."""
    for node in nodes:
        name = f"{above}.{node.T}" if above else str(node.T)
        if "/FT" in node:
            yield name, node
        else:
            yield from _fields(node.Kids, name)


def _shown(field: Any, text: str) -> str:
    """Give what a field shows for a value: of an option, its label."""
    if field.FT != "/Ch":
        return text
    labels = {str(pair[0]): str(pair[1]) for pair in field.Opt}
    if text not in labels and not int(field.Ff) & EDIT:
        raise RenderError(f"the field '{field.T}' has no such option: take one of its codes")
    return labels.get(text, text)


def _press_button(lib: Any, field: Any, name: str, state: str) -> None:
    widgets = list(field.Kids) if "/Kids" in field else [field]
    if not any(f"/{state}" in widget.AP.N for widget in widgets):
        raise RenderError(f"the field '{name}' has no such option: take one of its codes")
    field.V = lib.Name(f"/{state}")
    for widget in widgets:
        widget.AS = lib.Name(f"/{state}") if f"/{state}" in widget.AP.N else lib.Name.Off


def _faces(document: Any, written: Mapping[str, str], spares: Sequence[Path]) -> dict[str, Embedded]:
    """Put the fonts into the PDF that some texts need; gives them by the names that content calls them by."""
    left = {char for text in written.values() for char in text} - set("\r\n\t")
    faces: dict[str, Embedded] = {}
    files = [*reversed(font_files().items()), *((f"Prefill {file.stem}", file) for file in spares)]
    for number, (name, file) in enumerate(files):
        if held := left & characters_of(file):
            faces[f"V{number}"] = embed(document, file, name, held)
            left -= held
    if left:
        char = min(left)
        name = next(name for name, text in written.items() if char in text)
        raise RenderError(
            f"no font has the character {character_name(char)}, which stands in '{name}': name a font that has it"
        )
    return faces


def _draw(lib: Any, document: Any, name: str, field: Any, text: str, faces: Mapping[str, Embedded]) -> None:
    """Draw a field's text: broken into lines where it may be, set smaller until it fits."""
    box = [float(edge) for edge in field.Rect]
    width, height = box[2] - box[0], box[3] - box[1]
    size = float(str(field.DA).split()[1])
    several = bool(int(field.Ff) & MULTILINE) and field.FT == "/Tx"
    while True:
        lines = _lines(text, faces, (width - 2 * INSET) / size, several=several)
        room = max((_width(line, faces) for line in lines), default=0.0) * size <= width - 2 * INSET + 0.01
        if room and len(lines) * size * LINE <= height + 0.35 * size:
            break
        if size <= LEAST:
            raise RenderError(
                f"the field '{name}' does not hold a text of {len(text)} characters: shorten it, or leave it to be written"
            )
        size -= 0.5
    top = height - INSET - 0.85 * size if several else (height - len(lines) * size * LINE) / 2 + size * 0.36
    content = [f"/Tx BMC q 0 0 {width:.2f} {height:.2f} re W n BT 0 g"]
    for number, line in enumerate(lines):
        content.append(f"1 0 0 1 {INSET:g} {top - number * size * LINE:.2f} Tm")
        for face, run in _runs(line, faces):
            content.append(f"/{face} {size:g} Tf {faces[face].encoded(run)} Tj")
    drawn = document.make_stream("\n".join([*content, "ET Q EMC"]).encode())
    drawn.Type, drawn.Subtype = lib.Name.XObject, lib.Name.Form
    drawn.BBox = lib.Array([0, 0, round(width, 3), round(height, 3)])
    drawn.Resources = lib.Dictionary(Font=lib.Dictionary({f"/{key}": face.font for key, face in faces.items()}))
    field.AP = lib.Dictionary(N=drawn)


def _lines(text: str, faces: Mapping[str, Embedded], held: float, *, several: bool) -> list[str]:
    if not several:
        return [" ".join(text.split("\n"))]
    lines = []
    for part in text.split("\n"):
        line = ""
        for char in part:
            if line and _width(line + char, faces) > held:
                lines.append(line)
                line = ""
            line += char
        lines.append(line)
    return lines


def _width(text: str, faces: Mapping[str, Embedded]) -> float:
    return sum(faces[name].width(run) for name, run in _runs(text, faces))


def _runs(text: str, faces: Mapping[str, Embedded]) -> Iterator[tuple[str, str]]:
    """Cut a text where its font changes."""
    run, of = "", ""
    for char in text:
        name = next((name for name, face in faces.items() if char in face.codes), "")
        if name != of and run:
            yield of, run
            run = ""
        of = name
        run += char if name else ""
    if run:
        yield of, run


def _common() -> str:
    """Give the characters that people type: those of GB 2312's first level, Latin, digits and punctuation."""
    ideographs = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    chinese = "".join(pair.decode("gb2312", errors="ignore") for pair in ideographs)
    return "".join(map(chr, range(0x20, 0x7F))) + "·—‘’“”…、。《》〇！（），：；？￥" + chinese


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out, deterministic_id=True, object_stream_mode=pikepdf().ObjectStreamMode.generate)
    return out.getvalue()
