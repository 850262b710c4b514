"""The Chinese fonts that come with the installation, and which characters they have."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from prefill.errors import MissingExtra, RenderError

__all__ = ["HEI", "SONG", "check_characters", "font_files"]

SONG: Final = "Prefill Song"  # the names under which the page's styles know the fonts, so that no other font can answer
HEI: Final = "Prefill Hei"


@cache
def font_files() -> dict[str, Path]:
    """Give the file of each font by the name that styles use: Song (Noto Serif SC) and Hei (Noto Sans SC), both SIL OFL 1.1.

    Raises MissingExtra if the package that carries them is not installed, RenderError if it lacks a file.
    """
    try:
        import pylopdf_fonts_zh_cn as fonts
    except ImportError as error:
        raise MissingExtra("the Chinese fonts are not installed: pip install 'prefill[pdf]'") from error
    files = {SONG: Path(fonts.serif_path()), HEI: Path(fonts.sans_path())}
    for file in files.values():
        if not file.is_file():
            raise RenderError(f"the font {file.name} is missing: pip install --force-reinstall pylopdf-fonts-zh-cn")
    return files


@cache
def _characters() -> frozenset[str]:
    """Give every character that one of the fonts has; both are in the page's list of fonts, so one is enough."""
    from fontTools.ttLib import TTFont  # comes with WeasyPrint

    found: set[int] = set()
    for file in font_files().values():
        with TTFont(file, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(map(chr, found)) | frozenset("\n\t\r")


def check_characters(texts: Iterable[tuple[str, str]]) -> None:
    """Raise RenderError if a text has a character that no font has; ``texts`` are pairs of the entry's key and its text.

    The message names the character and the entry, never the value: a page with an empty box in a name is a wrong page.
    """
    known = _characters()
    for key, text in texts:
        for char in text:
            if char not in known:
                raise RenderError(f"no font has the character {_name(char)}, which stands in '{key}'")


def _name(char: str) -> str:
    name = unicodedata.name(char, "")
    shown = f" {char}" if char.isprintable() else ""
    return f"U+{ord(char):04X}{shown}" + (f" ({name.lower()})" if name and not name.startswith("CJK") else "")
