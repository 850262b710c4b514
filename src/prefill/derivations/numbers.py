"""Rules over numbers. They are exact; what has to be rounded says to how many places, half away from zero as on paper."""

from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Final, TypeAlias

Number: TypeAlias = int | Decimal

_WIDE: Final = 200
"""Digits that are reckoned with: ten times those of any number of a record."""


def sum_of(*numbers: Number) -> Number:
    """Add numbers up.

    >>> sum_of(Decimal("1.5"), 2), sum_of(3, 4)
    (Decimal('3.5'), 7)
    """
    total, *rest = numbers
    for number in rest:
        total = _add(total, number)
    return total


def _add(one: Number, other: Number) -> Number:
    """Add two numbers exactly: the usual arithmetic rounds to 28 digits."""
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    return Context(prec=_WIDE).add(Decimal(one), Decimal(other))


def difference(whole: Number, *parts: Number, at_least: int | None = None) -> Number | None:
    """Take numbers away from the first; None where less than ``at_least`` is left.

    >>> difference(Decimal("100"), Decimal("30.5"), 20), difference(100, 130, at_least=0)
    (Decimal('49.5'), None)
    """
    left = whole
    for part in parts:
        left = _add(left, -part)
    return None if at_least is not None and left < at_least else left


def product(*numbers: Decimal) -> Decimal | None:
    """Multiply numbers.

    >>> product(Decimal("2.5"), 4)
    Decimal('10')
    """
    exact = Context(prec=_WIDE, traps=[Inexact])
    found = Decimal(1)
    try:
        for number in numbers:
            found = exact.multiply(found, Decimal(number))
    except Inexact:
        return None
    found = found.normalize(exact)
    return found if found != found.to_integral_value() else Decimal(int(found))


def quotient(one: Decimal, *others: Decimal, places: int, by: int = 1) -> Decimal | None:
    """Divide a number by others (and by a fixed one), rounded to some decimal places; None where one is zero.

    >>> quotient(Decimal("100"), 3, places=2), quotient(Decimal("36000"), 3, places=2, by=12), quotient(Decimal("1"), 0, places=2)
    (Decimal('33.33'), Decimal('1000.00'), None)
    """
    whole = product(Decimal(by), *others)
    if not whole:
        return None
    return _rounded(Context(prec=_WIDE).divide(Decimal(one), whole), places)


def _rounded(number: Decimal, places: int) -> Decimal | None:
    """Round half away from zero; None where that has too many digits."""
    try:
        return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=_WIDE))
    except InvalidOperation:
        return None


def percent(one: Decimal, other: Decimal, *, places: int) -> Decimal | None:
    """Say how many percent a number is of another, rounded to some decimal places; None where that is zero.

    >>> percent(1, 3, places=1)
    Decimal('33.3')
    """
    return quotient(Context(prec=_WIDE).multiply(Decimal(one), Decimal(100)), other, places=places)


def plus(one: Number, *, number: int) -> Number:
    """Add a number to a number.

    >>> plus(1, number=1)
    2
    """
    return _add(one, number)


def least(*numbers: Number) -> Number:
    """Give the least of several numbers.

    >>> least(60, 43)
    43
    """
    return min(numbers)


def depreciation(value: Decimal, months: int, elapsed: int) -> Decimal | None:
    """Give the depreciation of a value so far, in equal parts over its months of use (straight line), to the cent.

    >>> depreciation(Decimal("6000"), 72, 12), depreciation(Decimal("6000"), 72, 80)
    (Decimal('1000.00'), Decimal('6000.00'))
    """
    if months < 1 or elapsed < 0:
        return None
    wide = Context(prec=_WIDE)
    spent = wide.multiply(Decimal(value), Decimal(min(elapsed, months)))
    return _rounded(wide.divide(spent, Decimal(months)), 2)
