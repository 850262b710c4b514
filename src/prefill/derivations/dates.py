"""Rules over dates and times. A date known only to its month or year gives a result if each day of it gives the same one."""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from prefill.derivations.numbers import quotient


def first_and_last(day: str) -> tuple[date, date]:
    """Give the first and the last day that a date may mean."""
    if len(day) == 10:
        return date.fromisoformat(day), date.fromisoformat(day)
    year, month = int(day[:4]), int(day[5:7] or 12)
    return date(year, int(day[5:7] or 1), 1), date(year, month, monthrange(year, month)[1])


def age(birth: str, *, on: date) -> int | None:
    """Give the age in completed years; one's birthday counts as completed.

    A birth date known only to the month or year gives an age if each day of it gives the same one.

    >>> age("1950-03-15", on=date(2026, 3, 15)), age("1950-03-15", on=date(2026, 3, 14)), age("1950-03", on=date(2026, 3, 14))
    (76, 75, None)
    """
    eldest, youngest = [
        on.year - born.year - ((on.month, on.day) < (born.month, born.day)) for born in first_and_last(birth)
    ]
    return eldest if eldest == youngest >= 0 else None


PERIODS: Final = ("day", "month", "quarter", "year")
"""The periods that a rule or a cut-off may speak of."""


def last_day(on: date, period: str) -> date:
    """Give the last day of the period that a day lies in.

    >>> last_day(date(2026, 2, 3), "month").isoformat(), last_day(date(2026, 2, 3), "quarter").isoformat()
    ('2026-02-28', '2026-03-31')
    """
    month = {"day": 0, "month": on.month, "quarter": (on.month + 2) // 3 * 3, "year": 12}[period]
    return date(on.year, month, monthrange(on.year, month)[1]) if month else on


def first_day(on: date, period: str) -> date:
    """Give the first day of the period that a day lies in.

    >>> first_day(date(2026, 5, 3), "quarter").isoformat()
    '2026-04-01'
    """
    month = {"day": 0, "month": on.month, "quarter": (on.month + 2) // 3 * 3 - 2, "year": 1}[period]
    return date(on.year, month, 1) if month else on


def turns(birth: str, *, years: int, within: str, on: date) -> bool | None:
    """Say whether one completes so many years within the month (quarter, year) that the form's date lies in, however it stands on that date.

    By ``age``, it is within one period and no other. None where a birth date known only to the month or year leaves it open.

    >>> turns("1946-11-30", years=80, within="month", on=date(2026, 11, 1)), turns("1946-11", years=80, within="month", on=date(2026, 12, 31))
    (True, False)
    >>> turns("1946", years=80, within="month", on=date(2026, 11, 1)) is None
    True
    """
    first, last = first_day(on, within), last_day(on, within)
    found = set()
    for born in first_and_last(birth):
        before, after = [
            day.year - born.year - ((day.month, day.day) < (born.month, born.day))
            for day in (first - timedelta(days=1), last)
        ]
        found.add("before" if before >= years else "within" if after >= years else "after")
    return "within" in found if len(found) == 1 else None


def years_since(start: str, *, on: date) -> int | None:
    """Give the completed years from a date to the form's date.

    >>> years_since("2001-07-01", on=date(2026, 6, 30)), years_since("2001", on=date(2026, 6, 30))
    (24, None)
    """
    return age(start, on=on)


def months_since(start: str, *, on: date) -> int | None:
    """Give the completed months from a date to the form's date.

    >>> months_since("2026-01-31", on=date(2026, 3, 30))
    1
    """
    return _between(start, on.isoformat(), _months)


def years_between(start: str, end: str) -> int | None:
    """Give the completed years from one date to another.

    >>> years_between("1999-12-01", "2004-11-30"), years_between("1999-12", "2004-12-31")
    (4, 5)
    """
    return _between(start, end, lambda begun, ended: _months(begun, ended) // 12)


def months_between(start: str, end: str) -> int | None:
    """Give the completed months from one date to another.

    >>> months_between("2026-01-15", "2026-04-14")
    2
    """
    return _between(start, end, _months)


def days_between(start: str, end: str) -> int | None:
    """Give the days from one date to another; both must be known to the day.

    >>> days_between("2026-11-20", "2026-11-23"), days_between("2026-11", "2026-11-23")
    (3, None)
    """
    return _between(start, end, lambda begun, ended: (ended - begun).days)


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def _between(start: str, end: str, measure: Callable[[date, date], int]) -> int | None:
    """Measure from one date to another, if the ends of both give the same and the first is not the later."""
    begun, ended = first_and_last(start), first_and_last(end)
    found = {measure(one, other) for one in begun for other in ended}
    return found.pop() if len(found) == 1 and begun[1] <= ended[0] else None


def span(start: str, *, bands: Sequence[int], on: date) -> str | None:
    """Say which band of completed months lies between a date and the form's date: 0 below the first limit, 1 below the second.

    A start known only to the month gives a band if both ends of that month give the same one.

    >>> span("2020-06-01", bands=(6, 12), on=date(2020, 11, 1)), span("2019-01", bands=(6, 12), on=date(2020, 11, 1))
    ('0', '2')
    """

    def band(begun: date) -> int | None:
        months = (on.year - begun.year) * 12 + on.month - begun.month - (on.day < begun.day)
        return sum(months >= limit for limit in bands) if begun <= on else None

    first, last = [band(day) for day in first_and_last(start)]
    return str(first) if first is not None and first == last else None


def year(day: str) -> str:
    """Give the year of a date.

    >>> year("2026-11")
    '2026'
    """
    return day[:4]


def month(day: str) -> int | None:
    """Give the month of a date, if it is known to the month.

    >>> month("2026-11-23"), month("2026")
    (11, None)
    """
    return int(day[5:7]) if len(day) > 4 else None


def shift(day: str, *, by: tuple[int, int]) -> str | None:
    """Give the date that lies a period after a date (before it, with a minus): P30D, P1Y, -P2M. A day that its month lacks is the last.

    A date known to its month may be shifted by months or years, one known to its year by years.

    >>> shift("2026-11-23", by=(0, 30)), shift("2026-01-31", by=(1, 0)), shift("1966-05", by=(720, 0)), shift("1966", by=(1, 0))
    ('2026-12-23', '2026-02-28', '2026-05', None)
    """
    months, days = by
    if (days and len(day) < 10) or (months % 12 and len(day) == 4):
        return None
    number = int(day[:4]) * 12 + int(day[5:7] or 1) - 1 + months
    in_year, in_month = divmod(number, 12)
    if not 1 <= in_year <= 9999:
        return None
    if len(day) < 10:
        return f"{in_year:04}-{in_month + 1:02}"[: len(day)]
    last = monthrange(in_year, in_month + 1)[1]
    try:
        return (date(in_year, in_month + 1, min(int(day[8:10]), last)) + timedelta(days=days)).isoformat()
    except OverflowError:  # a day outside the calendar
        return None


def days_after(day: str, number: int) -> str | None:
    """Give the date that lies some days after a date.

    >>> days_after("2026-11-23", 14)
    '2026-12-07'
    """
    return shift(day[:10], by=(0, number))


def working_days_after(day: str, number: int | None = None, *, days: int | None = None) -> str | None:
    """Give the working day that lies some working days (a second input, or ``days``) after a date, by the State Council's calendar.

    None where that year's calendar is not known, and for no days after a day off.

    >>> working_days_after("2026-09-30", 1), working_days_after("2026-11-23", days=5), working_days_after("2026-10-01", 0)
    ('2026-10-08', '2026-11-30', None)
    """
    from chinese_calendar import is_workday  # a table of every year since 2004

    number = days if number is None else number
    if len(day) < 10 or number is None or number < 0:
        return None
    reached = date.fromisoformat(day[:10])
    try:
        if not number and not is_workday(reached):
            return None
        while number:
            reached += timedelta(days=1)
            number -= is_workday(reached)
    except (NotImplementedError, OverflowError):  # a year that the calendar lacks
        return None
    return reached.isoformat()


def hours_between(start: str, end: str, *, places: int) -> Decimal | None:
    """Give the hours from one time to another, rounded to some decimal places (2, if the spec does not say).

    >>> hours_between("2026-11-23T09:00", "2026-11-23T11:20", places=2)
    Decimal('2.33')
    """
    minutes = minutes_between(start, end)
    return None if minutes is None else quotient(Decimal(minutes), Decimal(60), places=places)


def minutes_between(start: str, end: str) -> int | None:
    """Give the minutes from one time to another.

    >>> minutes_between("2026-11-23T09:00", "2026-11-23T11:30"), minutes_between("2026-11-23T09:00", "2026-11-23T08:00")
    (150, None)
    """
    seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    return int(seconds // 60) if seconds >= 0 else None


def later(one: str, other: str) -> bool | None:
    """Say whether one date or time is later than another; a time on a day is not later than that day. None where it may be.

    >>> later("2026-11-24", "2026-11-23"), later("2026-11-23T10:00", "2026-11-23"), later("2026-11", "2026-11-23")
    (True, False, None)
    >>> later("2026-11-23T10:00:30", "2026-11-23T10:00"), later("2026-11-23T10:00", "2026-11-23T10:00:30")
    (True, False)
    """
    if len(one) == len(other) or (len(one) > 10 and len(other) > 10):  # a time tells its seconds where there are any
        return one > other
    size = min(len(one), len(other))
    if one[:size] == other[:size]:
        return False if len(one) > len(other) >= 10 else None
    return one > other


def latest(*days: str) -> str | None:
    """Give the latest of several dates; None where two may be.

    >>> latest("1990-01-01", "1992-05", "1991"), latest("1992-05", "1992-05-03") is None
    ('1992-05', True)
    """
    return _extreme(days, 1)


def earliest(*days: str) -> str | None:
    """Give the earliest of several dates; None where two may be.

    >>> earliest("1990-01-01", "1992-05")
    '1990-01-01'
    """
    return _extreme(days, -1)


def _extreme(days: Sequence[str], sign: int) -> str | None:
    if not days:
        return None
    found = max(days) if sign > 0 else min(days)
    vague = [one for one in days if one != found and (one.startswith(found) or found.startswith(one))]
    return None if vague else found


_PERIOD: Final = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?")


def read_period(raw: Any) -> tuple[int, int]:
    """Read an ISO 8601 period of years, months and days as months and days; raises ValueError with the remedy.

    >>> read_period("P1Y6M"), read_period("-P30D")
    ((18, 0), (0, -30))
    """
    found = _PERIOD.fullmatch(raw) if isinstance(raw, str) else None
    if found is None or not any(found.groups()[1:]):
        raise ValueError("write a period such as P30D, P1Y or -P2M")
    minus, years, months, days = found.groups()
    sign = -1 if minus else 1
    return sign * (int(years or 0) * 12 + int(months or 0)), sign * int(days or 0)
