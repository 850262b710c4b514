"""Kinds that are times: date, year-month, year, date-time. Each keeps the precision that it was given.

A canonical date is an ISO 8601 text of what is known: `1950-03-15`, `1950-03` or `1950`; a date-time adds
`T09:30`, and seconds where they are not zero. Excel's serial days are read from real numbers only, never
from text.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from prefill.kinds.base import TOO_LONG, Kind, Unreadable, Value, fold, is_missing, is_placeholder, is_zero
from prefill.kinds.lists import CodeList

_ISO = re.compile(r"([12][0-9]{3})-([0-9]{2})-([0-9]{2})")
_MARKED = re.compile(r"([12][0-9]{3})\s?([-/.])\s?([0-9]{1,2})(?:\s?\2\s?([0-9]{1,2}))?(?![0-9])")
_CHINESE = re.compile(
    r"([12][0-9]{3})\s?年(?:\s?()([0-9]{1,2})\s?月(?:\s?([0-9]{1,2})(?:\s?[日号]|(?![0-9]))|(?!\s?[0-9]))|(?!\s?[0-9]))"
)
_COMPACT = re.compile(r"([12][0-9]{3})()([0-9]{2})([0-9]{2})(?![0-9])")
_COMPACT_TIME = re.compile(r"([12][0-9]{3})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})?")
_YEAR = re.compile(r"[12][0-9]{3}")
_YEAR_MONTH = re.compile(r"([12][0-9]{3})([0-9]{2})")
_TIME = re.compile(
    r"(?:[Tt]|\s{1,3}|(?<=[日号])\s?)(上午|下午)?\s?([0-9]{1,2})"
    r"(?::([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?|[时点](?:\s?([0-9]{1,2})分(?:\s?([0-9]{1,2})秒)?)?"
    r"|(?<=[Tt][0-9]{2}))"
    r"\s?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_UNSET = re.compile(r"0001[-/.]0?1[-/.]0?1(?![0-9]).*")  # the zero of .NET and Java

_YEARS = range(1000, 2200)
# Excel's day 61 is 1900-03-01; before it Excel counts a day that never was.
_DAY_ZERO = dt.date(1899, 12, 30)
_SERIALS = range(61, (dt.date(2199, 12, 31) - _DAY_ZERO).days + 1)
_LIKE_YEARS = range(1800, 2201)
_BEIJING = dt.timezone(dt.timedelta(hours=8))
_NO_DATE = "not a date as year, month and day: yyyy-mm-dd, yyyy.m.d, yyyy年m月d日, yyyymmdd, or less of it"


def _iso(year: int, month: int, day: int) -> str:
    """The ISO text of a date. A month or day of 0 is one that was not stated."""
    if year not in _YEARS:
        raise Unreadable("the year is not between 1000 and 2199")
    if month == 0 and day == 0:
        return f"{year}"
    try:
        dt.date(year, month, day or 1)
    except ValueError:
        raise Unreadable("no such day in the calendar") from None
    return f"{year}-{month:02d}-{day:02d}" if day else f"{year}-{month:02d}"


def _moment(moment: dt.datetime) -> str:
    """A date-time as ISO text, by the clock of Beijing where it names another zone.

    Before 1992 the clocks of China did not always stand 8 hours before UTC, so those are refused.
    """
    if moment.year not in _YEARS:
        raise Unreadable("the year is not between 1000 and 2199")
    zone = moment.utcoffset()
    if zone is not None and zone != dt.timedelta(hours=8):
        if moment.year < 1992:
            raise Unreadable("a time of another zone, from years when Chinese clocks changed")
        moment = moment.astimezone(_BEIJING)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds" if moment.second else "minutes")


def _read_text(text: str, six_digits: bool) -> str:
    """The ISO text of a date or date-time that is not blank, as precise as it is stated."""
    if _YEAR.fullmatch(text):
        return _iso(int(text), 0, 0)
    match = _YEAR_MONTH.fullmatch(text)
    if match is not None:
        if not six_digits and 1 <= int(match[1][2:]) <= 12 and int(match[2]) >= 1:
            raise Unreadable("six digits: a year and a month, or a day with a two-digit year")
        return _iso(int(match[1]), int(match[2]), 0)
    match = _COMPACT_TIME.fullmatch(text)
    if match is not None:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        return _at(_iso(year, month, day), hour, minute, second, None)
    match = _MARKED.match(text) or _CHINESE.match(text) or _COMPACT.match(text)
    if match is None:
        raise Unreadable(_NO_DATE)
    if match[2] == "." and match[3] == "1" and match[4] is None:
        raise Unreadable("January, or October whose zero a spreadsheet dropped")
    date = _iso(int(match[1]), int(match[3] or 0), int(match[4] or 0))
    return date if match.end() == len(text) else _clock(date, _TIME.fullmatch(text, match.end()))


def _clock(date: str, time: re.Match[str] | None) -> str:
    """A date and the time that is written behind it, as ISO text."""
    if time is None:
        raise Unreadable(_NO_DATE)
    half, hour_text, minute, second, minute2, second2, zone = time.groups()
    hour = int(hour_text)
    if (half == "上午" and hour > 11) or (half == "下午" and hour == 0):
        raise Unreadable("an hour that is not of that half of the day")
    if half == "下午" and hour < 12:
        hour += 12
    if minute is None and minute2 is None and len(date) == 10 and hour < 24 and not zone:
        return f"{date}T{hour:02d}"
    return _at(date, hour, int(minute or minute2 or 0), int(second or second2 or 0), zone)


def _at(date: str, hour: int, minute: int, second: int, zone: str | None) -> str:
    """A day and a time of it as ISO text."""
    if len(date) != 10:
        raise Unreadable("a time without its day")
    try:
        moment = dt.datetime.combine(dt.date.fromisoformat(date), dt.time(hour, minute, second))
        if zone in ("Z", "z"):
            moment = moment.replace(tzinfo=dt.UTC)
        elif zone:
            digits = zone[1:].replace(":", "")
            offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            moment = moment.replace(tzinfo=dt.timezone(-offset if zone[0] == "-" else offset))
    except ValueError:
        raise Unreadable("no such time of day") from None
    return _moment(moment)


def _read_number(raw: object) -> str:
    """The ISO text of a day that a spreadsheet holds as a number: its serial, or the digits yyyymmdd."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Unreadable("of a type that holds no date")
    if not 0 < raw < 30_000_000:
        raise Unreadable("a number that is no spreadsheet's day")
    number = float(raw)
    if number.is_integer() and number > 10_000_000:
        return _iso(int(number) // 10_000, int(number) // 100 % 100, int(number) % 100)
    if int(number) in _LIKE_YEARS:
        raise Unreadable("a number that is a year, or a spreadsheet's day")
    if int(number) not in _SERIALS:
        raise Unreadable("a number that is no spreadsheet's day")
    if number.is_integer():
        return (_DAY_ZERO + dt.timedelta(days=int(number))).isoformat()
    return _moment(dt.datetime.combine(_DAY_ZERO, dt.time()) + dt.timedelta(seconds=round(number * 86400)))


def _read(raw: object, *, six_digits: bool = False) -> str | None:
    """Any date or date-time as ISO text; None for no value. `six_digits` are always a year and a month."""
    if isinstance(raw, str):
        match = _ISO.fullmatch(raw)
        if match is not None:
            return _iso(int(match[1]), int(match[2]), int(match[3]))
        if len(raw) > 100:
            raise Unreadable(TOO_LONG)
        text = fold(raw)
        if is_placeholder(text) or is_zero(text) or _UNSET.fullmatch(text):
            return None
        return _read_text(text, six_digits)
    if is_missing(raw):
        return None
    if isinstance(raw, dt.date):
        if raw.year == 1:
            return None
        return _moment(raw) if isinstance(raw, dt.datetime) else _iso(raw.year, raw.month, raw.day)
    return _read_number(raw)


def read_date(raw: object, codes: CodeList | None = None) -> str | None:
    """A day (ISO 8601, GB/T 7408), or its month or year where no more is known. A time of day is left out.

    >>> read_date("1950.3.15"), read_date("1950年3月"), read_date("19500315"), read_date("1950-00-00")
    ('1950-03-15', '1950-03', '1950-03-15', '1950')
    >>> read_date(45000), read_date(dt.date(1950, 3, 15)), read_date("0000-00-00")
    ('2023-03-15', '1950-03-15', None)
    >>> read_date("2023-02-30")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: no such day in the calendar
    >>> read_date("201203")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: six digits: a year and a month, or a day with a two-digit year
    """
    iso = _read(raw)
    return iso if iso is None else iso[:10]


def read_year_month(raw: object, codes: CodeList | None = None) -> str | None:
    """A month of a year, or a year where no more is known; of a day, its month.

    >>> read_year_month("1950年3月"), read_year_month("195003"), read_year_month("1950-03-15")
    ('1950-03', '1950-03', '1950-03')
    """
    if type(raw) is int and 109_999 < raw < 220_000:
        return _iso(raw // 100, raw % 100, 0)
    iso = _read(raw, six_digits=True)
    return iso if iso is None else iso[:7]


def read_year(raw: object, codes: CodeList | None = None) -> str | None:
    """A year; of a day or a month, its year. A number is the year itself, never a serial day.

    >>> read_year("1950年"), read_year(1950), read_year("1950-03")
    ('1950', '1950', '1950')
    """
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool) and not is_missing(raw):
        if raw not in _YEARS:
            raise Unreadable("the year is not between 1000 and 2199")
        return str(int(raw))
    iso = _read(raw)
    return iso if iso is None else iso[:4]


def read_datetime(raw: object, codes: CodeList | None = None) -> str | None:
    """A day and a time by the clock of Beijing, or less where no more is known. No fractions of seconds.

    >>> read_datetime("2026/11/23 9:30"), read_datetime("2026-11-23T01:30:15.1Z"), read_datetime("2026年11月")
    ('2026-11-23T09:30', '2026-11-23T09:30:15', '2026-11')
    >>> read_datetime("2026-11-23 25:00")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: no such time of day
    """
    return _read(raw)


def show_date(value: Value, codes: CodeList | None = None) -> str:
    """A date or date-time as forms print it, as precise as it is.

    >>> show_date("1950-03-15"), show_date("1950-03"), show_date("1950"), show_date("2026-11-23T09:30")
    ('1950年3月15日', '1950年3月', '1950年', '2026年11月23日 09:30')
    """
    date, _, time = str(value).partition("T")
    text = "".join(f"{int(part)}{unit}" for part, unit in zip(date.split("-"), "年月日", strict=False))
    return f"{text} {time}{'' if ':' in time else '时'}" if time else text


KINDS = (
    Kind("date", read_date, show_date, 10),
    Kind("year_month", read_year_month, show_date, 7),
    Kind("year", read_year, show_date, 4),
    Kind("datetime", read_datetime, show_date, 16),
)
