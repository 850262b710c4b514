"""The fonts that pages are set in: the two that come with the installation, those that stand in, and what characters they have."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from prefill.errors import MissingExtra, RenderError

__all__ = [
    "HEI",
    "SONG",
    "Fonts",
    "character_name",
    "characters_of",
    "code_points",
    "font_files",
    "missing_characters",
    "spare_fonts",
    "spares_for",
]

Fonts: TypeAlias = Sequence[Path | str]
"""Font files that stand in, in order, for the bundled fonts where those lack a character."""

SONG: Final = "Prefill Song"  # the names by which styles know the fonts, so that no other font can answer
HEI: Final = "Prefill Hei"

# Where Debian's fonts-hanazono lies: nearly every character of GB 18030-2022, in Japanese shapes; better than a name by hand.
_HANAZONO: Final = Path("/usr/share/fonts/truetype/hanazono")
LAST_RESORT: Final = (_HANAZONO / "HanaMinA.ttf", _HANAZONO / "HanaMinB.ttf")


@cache
def font_files() -> dict[str, Path]:
    """Give the font files by the names that styles use: Song (Noto Serif SC), Hei (Noto Sans SC), SIL OFL.

    Raises MissingExtra if the package that carries them is not installed, RenderError if it lacks a file.
    """
    try:
        import pylopdf_fonts_zh_cn as fonts
    except ImportError as error:
        raise MissingExtra(
            "the Chinese fonts are missing: install prefill with its extra [pdf] (README, Install)"
        ) from error
    files = {SONG: Path(fonts.serif_path()), HEI: Path(fonts.sans_path())}
    for file in files.values():
        if not file.is_file():
            raise RenderError(f"the font {file.name} is missing: pip install --force-reinstall pylopdf-fonts-zh-cn")
    return files


def spare_fonts(fonts: Fonts | None) -> tuple[Path, ...]:
    """Give the files that stand in for the bundled fonts: those named, or (None) Debian's Hanazono if it is installed.

    Raises RenderError if one that was named is not there.
    """
    if fonts is None:
        return tuple(file for file in LAST_RESORT if file.is_file())
    files = tuple(Path(font).resolve() for font in fonts)
    for file in files:
        if not file.is_file():
            raise RenderError(f"there is no font {file.name}: check the path")
    return files


def spares_for(text: str, spares: Iterable[Path]) -> tuple[Path, ...]:
    """Give those of the spare fonts that a text needs, in their order: none, for nearly every text."""
    left, found = set(text) - _bundled(), []
    for file in spares:
        if not left:
            break
        if left & characters_of(file):
            found.append(file)
            left -= characters_of(file)
    return tuple(found)


def missing_characters(text: str, spares: Iterable[Path] = ()) -> set[str]:
    """Give the characters of a text that no font has.

    Each font stands in for the others on the page, so one that has the character is enough.

    >>> missing_characters("王示例·䶮 ①") == set(), missing_characters("王\U0001f600") == {"\U0001f600"}
    (True, True)
    """
    left = set(text) - _bundled()
    for file in spares:
        if left:
            left -= characters_of(file)
    return left


def code_points(chars: Iterable[str]) -> str:
    """Give characters by their code points, as messages and pages name them.

    >>> code_points({"\U0001f600", "\u202e"})
    'U+202E, U+1F600'
    """
    return ", ".join(f"U+{ord(char):04X}" for char in sorted(chars))


def character_name(char: str) -> str:
    """Give a character's code point, and its name if it is no Chinese one: for a message, which holds no part of a value.

    >>> character_name("\U0001f600"), character_name("\u202e"), character_name("\U00031350")
    ('U+1F600 (grinning face)', 'U+202E (right-to-left override)', 'U+31350')
    """
    name = unicodedata.name(char, "").lower()
    return f"U+{ord(char):04X}" + (f" ({name})" if name and not name.startswith("cjk") else "")


@cache
def characters_of(file: Path) -> frozenset[str]:
    """Give the characters that a font has, of a last resort the ideographs; raises RenderError if the file is no font."""
    from fontTools.ttLib import TTFont, TTLibError  # comes with WeasyPrint

    try:
        with file.open("rb") as data, TTFont(data, lazy=True) as font:
            found = frozenset(map(chr, font.getBestCmap()))
    except (TTLibError, TypeError) as error:
        raise RenderError(f"the file {file.name} is no font that can be used: give a .ttf or .otf file") from error
    return frozenset(filter(_is_ideograph, found)) if file in LAST_RESORT else found


def _is_ideograph(char: str) -> bool:
    code = ord(char)
    return code == 0x3007 or 0x3400 <= code < 0xA000 or 0xF900 <= code < 0xFB00 or 0x20000 <= code < 0x40000


@cache
def _bundled() -> frozenset[str]:
    return frozenset("\n\r\t").union(*map(characters_of, font_files().values()))
