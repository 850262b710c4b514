"""Kinds of value: what raw data means, whether it fits, and how a form prints it.

Every kind is a pair of functions in the file of its family. `read` takes what an export, an app or a worker
gave: full-width digits, spaces, 1950.3.15, 男 for 1. It returns the canonical value; None where that is no
value (null, blank, 不详, 无, 00000000, 未取名, …); and raises `Unreadable` where it does not fit. Nothing
is guessed, rounded or converted from another type. `show` returns what a form prints, and reading that
gives the same value again.

    text long_text person_name address                  → str
    phone landline postcode email url division geo      → str
    id_number document_number disability_card           → str
    uscc org_code                                       → str
    file photo signature                                → str
    code                                                → str, the code
    multi_code                                          → tuple of codes
    bool · integer                                      → bool · int
    decimal money                                       → Decimal
    date year_month year datetime                       → ISO 8601 text, as precise as it is known

>>> read("date", "1950年3月15日"), show("date", "1950-03-15")
('1950-03-15', '1950年3月15日')
>>> read("id_number", "不详")
>>> read("integer", "三")
Traceback (most recent call last):
prefill.kinds.base.Unreadable: not a plain number, without unit and exponent
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from prefill.kinds import codes as _codes
from prefill.kinds import contacts, dates, files, identifiers, numbers, places, texts
from prefill.kinds.base import Kind, Unreadable, Value
from prefill.kinds.identifiers import id_18, id_birth_date, id_sex
from prefill.kinds.lists import CodeList
from prefill.kinds.texts import alike

__all__ = [
    "KINDS",
    "CodeList",
    "Kind",
    "Unreadable",
    "Value",
    "alike",
    "id_18",
    "id_birth_date",
    "id_sex",
    "read",
    "show",
]

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for family in (texts, _codes, numbers, dates, identifiers, contacts, places, files)
        for kind in family.KINDS
    }
)
"""Every kind by its name."""


def read(kind: str, raw: object, codes: CodeList | None = None, *, unit: str | None = None) -> Value | None:
    """The canonical value of `raw`, or None where it is no value.

    `codes` is the list for kinds that have one. `unit` is that of a number's term or field: a text may then
    name it, and without it no text may. Raises `Unreadable`, whose message never contains `raw`; KeyError
    for an unknown kind.

    >>> read("code", "男", CodeList("sex", "性别", "GB/T 2261.1", "high", {"1": "男性", "2": "女性"}))
    '1'
    >>> read("decimal", "89.5平方米", unit="㎡")
    Decimal('89.5')
    """
    return KINDS[kind].read(numbers.without_unit(raw, unit) if unit else raw, codes)


def show(kind: str, value: Value, codes: CodeList | None = None) -> str:
    """What a form prints for a canonical value. Raises KeyError for an unknown kind.

    >>> show("bool", True), show("year_month", "1950-03")
    ('是', '1950年3月')
    """
    return KINDS[kind].show(value, codes)
