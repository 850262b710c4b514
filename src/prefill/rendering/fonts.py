"""The Chinese fonts that come with the installation, and which characters they have."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from prefill.errors import MissingExtra, RenderError

__all__ = ["HEI", "SONG", "character_name", "font_files", "missing_characters"]

SONG: Final = "Prefill Song"  # the names by which styles know the fonts, so that no other font can answer
HEI: Final = "Prefill Hei"


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


def missing_characters(text: str) -> set[str]:
    """Give the characters of a text that neither font has.

    Each font stands in for the other on the page, so one that has the character is enough.

    >>> missing_characters("王示例·䶮 ①") == set(), missing_characters("王\U0001f600") == {"\U0001f600"}
    (True, True)
    """
    return set(text) - _characters()


def character_name(char: str) -> str:
    """Give a character's code point, itself and its name: for a message.

    >>> character_name("\U0001f600"), character_name("\u202e")
    ('U+1F600 😀 (grinning face)', 'U+202E (right-to-left override)')
    """
    name = unicodedata.name(char, "").lower()
    shown = f" {char}" if char.isprintable() else ""
    return f"U+{ord(char):04X}{shown}" + (f" ({name})" if name and not name.startswith("cjk") else "")


@cache
def _characters() -> frozenset[str]:
    from fontTools.ttLib import TTFont  # comes with WeasyPrint

    found: set[int] = {ord("\n"), ord("\r"), ord("\t")}
    for file in font_files().values():
        with TTFont(file, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(map(chr, found))
