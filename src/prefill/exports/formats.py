"""What a workbook's cell shows of a number: a day, a month, a year, a time, or the number itself."""

import datetime as dt
import re
from functools import lru_cache
from typing import Final

from prefill.exports.sheets import Broken, Cell, Shown

__all__ = ["BUILTIN", "number_cell"]

# ECMA-376 18.8.30: what workbooks name by number alone; 27 to 36 and 50 to 58 as the Chinese edition shows them.
_BY_FORMAT: Final = {
    "0%": (9, 10),
    "y/m/d": (14, 15, 30, 31),
    "y/m": (17, 27, 36, 50, 52, 57),
    "m/d": (16, 28, 29, 51, 53, 54, 58),
    "h:mm": (18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56),
    "y/m/d h:mm": (22,),
}
BUILTIN: Final = {number: code for code, numbers in _BY_FORMAT.items() for number in numbers}

_SILENT: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_PARTS: Final = re.compile(r"AM/PM|A/P|General|y+|e+|m+|d+|h+|s+|\[(?:h+|m+|s+)\]|%|[0#?]", re.IGNORECASE)

_EPOCH: Final = dt.datetime(1899, 12, 30)  # day 61 is 1900-03-01; before it Excel counts a day that never was
_EPOCH_1904: Final = dt.datetime(1904, 1, 1)
_LAST: Final = 2_958_465  # 9999-12-31


@lru_cache(maxsize=512)
def _shows(code: str) -> str:
    """Name what a number format shows, of ``y m d`` and ``t`` for a time; ``%``, or nothing for a plain number.

    >>> _shows('yyyy"年"m"月"d"日"'), _shows("[$-804]yyyy-mm;@"), _shows("m/d"), _shows("h:mm:ss"), _shows("#,##0.00"), _shows("0%")
    ('ymd', 'ym', 'md', 't', '', '%')
    """
    parts = [part.lower() for part in _PARTS.findall(_SILENT.sub("", code.split(";")[0]))]
    found = set()
    for at, part in enumerate(parts):
        kind = part.strip("[]")[0]
        if part == "general" or kind in "0#?":
            continue
        if kind == "m" and len(part.strip("[]")) <= 2:
            before, after = parts[at - 1][-1:] if at else "", parts[at + 1][:1] if at + 1 < len(parts) else ""
            kind = "t" if part[0] == "[" or before in ("h", "]") or after == "s" else "m"
        found.add({"e": "y", "h": "t", "s": "t", "a": "t"}.get(kind, kind))
    return "".join(sign for sign in "ymdt%" if sign in found)


def number_cell(number: float, code: str, *, since_1904: bool = False) -> Cell:
    """Give the cell of a number: the number, or the day that it stands for, as precise as its format shows it.

    A day without its year is broken: whoever typed 3月15日 did not state the year that the spreadsheet put there.

    >>> number_cell(18337, "yyyy-mm-dd"), number_cell(18323, 'yyyy"年"m"月"'), number_cell(3.0, "General")
    (Shown(text='1950-03-15'), Shown(text='1950-03'), 3)
    """
    shows = _shows(code)
    if shows in ("", "%"):
        if shows:
            return Broken("a percentage: state it as text or as a plain number")
        return int(number) if number == int(number) and abs(number) < 10**15 else number
    if "y" not in shows:
        return Broken("a day that shows no year" if "d" in shows or "m" in shows else "a time of no day")
    if not (0 if since_1904 else 61) <= number <= _LAST:
        return Broken("a day that is in no calendar")
    moment = (_EPOCH_1904 if since_1904 else _EPOCH) + dt.timedelta(seconds=round(number * 86400))
    if "m" not in shows:
        return Shown(f"{moment.year:04d}")
    if "d" not in shows:
        return Shown(f"{moment.year:04d}-{moment.month:02d}")
    if "t" not in shows or number == int(number):
        return Shown(moment.date().isoformat())
    return Shown(moment.isoformat(timespec="seconds" if moment.second else "minutes"))
