"""Rules over numbers. They are exact; what has to be rounded says to how many places, half away from zero as on paper."""

from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

Number = TypeVar("Number", int, Decimal)


def sum_of(*numbers: Number) -> Number:
    """Add numbers up.

    >>> sum_of(Decimal("1.5"), 2), sum_of(3, 4)
    (Decimal('3.5'), 7)
    """
    return sum(numbers[1:], numbers[0])


def difference(whole: Number, *parts: Number, at_least: int | None = None) -> Number | None:
    """Take numbers away from the first; None where less than ``at_least`` is left.

    >>> difference(Decimal("100"), Decimal("30.5"), 20), difference(100, 130, at_least=0)
    (Decimal('49.5'), None)
    """
    left = whole - sum(parts)
    return None if at_least is not None and left < at_least else left


def product(*numbers: Decimal) -> Decimal:
    """Multiply numbers.

    >>> product(Decimal("2.5"), 4)
    Decimal('10.0')
    """
    found = Decimal(1)
    for number in numbers:
        found *= number
    return found


def quotient(one: Decimal, *others: Decimal, places: int, by: int = 1) -> Decimal | None:
    """Divide a number by others (and by a fixed one), rounded to some decimal places; None where one is zero.

    >>> quotient(Decimal("100"), 3, places=2), quotient(Decimal("36000"), 3, places=2, by=12), quotient(Decimal("1"), 0, places=2)
    (Decimal('33.33'), Decimal('1000.00'), None)
    """
    whole = Decimal(by)
    for other in others:
        whole *= other
    return None if not whole else (Decimal(one) / whole).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def percent(one: Decimal, other: Decimal, *, places: int) -> Decimal | None:
    """Say how many percent a number is of another, rounded to some decimal places; None where that is zero.

    >>> percent(1, 3, places=1)
    Decimal('33.3')
    """
    return quotient(Decimal(one) * 100, other, places=places)


def plus(one: int, *, number: int) -> int:
    """Add a number to a number.

    >>> plus(1, number=1)
    2
    """
    return one + number


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
    return (Decimal(value) * min(elapsed, months) / months).quantize(Decimal("0.01"), ROUND_HALF_UP)
