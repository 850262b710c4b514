"""What pages are written with: texts as PDF's content, and of each font the glyphs that one file uses."""

from collections.abc import Iterable
from typing import Final

from prefill.rendering.fonts import HEI, SONG
from prefill.rendering.stamping.blanks import Look, Written
from prefill.rendering.stamping.faces import FACES, Face, Unstampable, face
from prefill.rendering.stamping.writing import FontData, cut_down

__all__ = ["Ink"]

_NAMES: Final = {SONG: "S", HEI: "H"}  # of the fonts in a page's content


class Ink:
    """Writes texts, and notes what they use."""

    def __init__(self) -> None:
        """Begin with no glyph used."""
        self.chars: dict[str, set[str]] = {name: set() for name in FACES}
        self.odd: dict[tuple[str, str], str] = {}

    def copy(self) -> "Ink":
        """Give one that has used the same, and notes apart what comes."""
        made = Ink()
        made.chars = {name: set(chars) for name, chars in self.chars.items()}
        made.odd = dict(self.odd)
        return made

    def use(self, written: Written) -> str:
        """Note what some content uses, and give it. Raises Unstampable if two things have a code: one would be read as the other."""
        for name, chars in written.chars:
            self.chars[name].update(chars)
        for key, cluster in written.odd:
            self._call(key, cluster)
        return written.content

    def written(self, parts: Iterable[str]) -> Written:
        """Give the content that was written with this, and what it uses."""
        chars = tuple([(name, frozenset(found)) for name, found in self.chars.items() if found])
        return Written("".join(parts), chars, tuple(self.odd.items()))

    def fonts(self) -> dict[str, tuple[Face, FontData]]:
        """Give the fonts to embed, by the names that content calls them by."""
        found: dict[str, tuple[Face, FontData]] = {}
        for name in FACES:
            codes = {ord(char): char for char in self.chars[name]}
            codes.update({int(code, 16): cluster for (font, code), cluster in self.odd.items() if font == name})
            if codes:
                found[_NAMES[name]] = face(name), cut_down(face(name), codes)
        return found

    def write(self, x: float, y: float, look: Look, text: str) -> str:
        """Write a text at a place."""
        name, size, colour, _, spacing = look
        shaped = face(name).shape(text)
        head = f"BT {colour} 1 0 0 -1 {x:.6f} {y:.6f} Tm/{_NAMES[name]} {size:.8g} Tf"
        if shaped.plain and not spacing:
            self.chars[name].update(text)
            return f"{head}<{text.encode('utf-16-be').hex()}>Tj ET\n"
        shown = self._shown(look, text)
        return f"{head} {spacing:g} Tc{shown} 0 Tc ET\n" if spacing else f"{head}{shown} ET\n"

    def _shown(self, look: Look, text: str) -> str:
        """Write a text in which a neighbour may choose or move a glyph, or some characters share one."""
        shaped = face(look.face).shape(text)
        shifts = dict(shaped.shifts)
        parts: list[str] = []
        place = 0
        while place < len(text):
            end = place + 1
            while end < len(text) and not shaped.codes[end]:
                end += 1
            code, cluster = shaped.codes[place], text[place:end]
            if len(cluster) == 1 and int(code, 16) == ord(cluster):
                self.chars[look.face].add(cluster)
            else:
                self._call((look.face, code), cluster)
            parts.append(code)
            if place in shifts:
                parts.append(f">{_rounded(shifts[place], shaped.advances[place], look.size)}<")
            place = end
        return f"[<{''.join(parts)}>]TJ"

    def _call(self, key: tuple[str, str], cluster: str) -> None:
        if self.odd.setdefault(key, cluster) != cluster:
            raise Unstampable


def _rounded(shift: int, advance: int, size: float) -> int:
    """Give a shift in thousandths as WeasyPrint writes it: Pango rounds glyph and kerning to 1/1024 of a pixel, PDF cuts off the rest."""
    unit, natural = 1.024 * size, advance + shift
    return int(natural - (round(natural * unit) - round(shift * unit)) / unit)
