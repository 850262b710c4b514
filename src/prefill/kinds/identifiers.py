"""Numbers of persons and organisations with a check digit, and what an ID number says of its holder.

An ID number is read for its check digit and date only. Its division may be abolished, younger than the
holder (420112 came in 1983), or none at all (81, 82, 83: residence permits of Hong Kong, Macao and Taiwan
residents; 9: those of foreigners). python-stdnum's ``cn.ric`` refuses these, and its ``cn.uscc`` credit codes that begin with a letter;
so its check digits are taken, and not its verdicts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache

from prefill.kinds.base import Kind, Unreadable, Value, identifier, show_plain
from prefill.kinds.lists import CodeList

# -- ID numbers: GB 11643 ---------------------------------------------------------------------------

_ID = re.compile(r"[1-9][0-9]{5}((?:18|19|20|21)[0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]")
# Without a check digit, at least the province must be one; those have not changed their codes since.
_ID15 = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{4}([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{3})")
_SPACES = re.compile(r"\s+")
_DASHED = re.compile(r"(.{6})-(.{8}|.{6})-(.{3,4})")
_NOT_ID = "not an ID number of 18 or 15 characters"


@cache
def _check_digits() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """python-stdnum's check digits of ISO 7064 MOD 11-2 and of GB 32100, imported with the first number that is read."""
    from stdnum.cn import uscc
    from stdnum.iso7064 import mod_11_2

    return mod_11_2.calc_check_digit, uscc.calc_check_digit


def _id_check(first17: str) -> str:
    """The check digit of GB 11643 (ISO 7064 MOD 11-2)."""
    return _check_digits()[0](first17)


def _id_date(number: str) -> dt.date:
    """The birth date within an 18- or 15-character number."""
    match = _ID.fullmatch(number)
    if match is not None:
        year = int(match[1])
    else:
        match = _ID15.fullmatch(number)
        if match is None:
            raise Unreadable(_NOT_ID)
        # GB 11643-1989 kept the sequences 996 to 999 for those over a hundred.
        year = (1800 if int(match[4]) >= 996 else 1900) + int(match[1])
    try:
        return dt.date(year, int(match[2]), int(match[3]))
    except ValueError:
        raise Unreadable("the ID number holds a day that is not in the calendar") from None


def read_id_number(raw: object, codes: CodeList | None = None) -> str | None:
    """An ID number (公民身份号码, GB 11643): 18 characters with a check digit, or the 15 of before 1999.

    Both stay as stated; `id_18` converts. Any numeric type is refused: spreadsheets keep 15 digits only.

    >>> read_id_number("42011219500315004x"), read_id_number("４20112 19500315 004X"), read_id_number("0000")
    ('42011219500315004X', '42011219500315004X', None)
    >>> read_id_number("420112195003150041")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: the check digit of the ID number is wrong
    >>> read_id_number(4.2011219500315e17)
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: must be text: a number or another type may have lost digits
    """
    text = identifier(raw, 40)
    if text is None:
        return None
    if not text.isalnum():
        text = _DASHED.sub(r"\1\2\3", _SPACES.sub("", text))
    text = text.upper()
    _id_date(text)
    if len(set(text)) == 1:
        raise Unreadable(_NOT_ID)
    if len(text) == 18 and _id_check(text[:17]) != text[17]:
        raise Unreadable("the check digit of the ID number is wrong")
    return text


def _is_id(text: str) -> bool:
    """Whether a text of 18 characters is an ID number."""
    try:
        _id_date(text)
    except Unreadable:
        return False
    return _id_check(text[:17]) == text[17]


def id_birth_date(number: str) -> str:
    """The birth date that an ID number holds, as `YYYY-MM-DD`. Raises `Unreadable` if it is none.

    >>> id_birth_date("42011219500315004X"), id_birth_date("420112500315004")
    ('1950-03-15', '1950-03-15')
    """
    return _id_date(number).isoformat()


def id_sex(number: str) -> str:
    """The sex that an ID number holds, by GB/T 2261.1: "1" male, "2" female. Raises `Unreadable`.

    >>> id_sex("42011219500315004X"), id_sex("420112500315001")
    ('2', '1')
    """
    _id_date(number)
    return "1" if int(number[16 if len(number) == 18 else 14]) % 2 else "2"


def id_18(number: str) -> str:
    """The 18-character form of an ID number, also of one of 15 digits. Raises `Unreadable`.

    >>> id_18("420112500315004"), id_18("42011219500315004X")
    ('42011219500315004X', '42011219500315004X')
    """
    century = str(_id_date(number).year)[:2]
    if len(number) == 18:
        return number
    first17 = number[:6] + century + number[6:]
    return first17 + _id_check(first17)


_CARD = re.compile(r"(.{18})[1-7][1-4](?:B[1-9])?")


def read_disability_card(raw: object, codes: CodeList | None = None) -> str | None:
    """A disability certificate (残疾人证): ID number, kind 1–7, degree 1–4; B1–B9 where issued again.

    >>> read_disability_card("42011219500315004x43"), read_disability_card("42011219500315004X43B1")
    ('42011219500315004X43', '42011219500315004X43B1')
    """
    text = identifier(raw, 40)
    if text is None:
        return None
    text = _SPACES.sub("", text).upper()
    match = _CARD.fullmatch(text)
    if match is None:
        raise Unreadable("not a disability certificate: an ID number, its kind and its degree")
    read_id_number(match[1])
    return text


_DOCUMENT = re.compile(r"(?=(?:.*\d){4})[0-9A-Z]{5,24}")


def read_document_number(raw: object, codes: CodeList | None = None) -> str | None:
    """The number of a passport, a birth certificate or another document: 5 to 24 letters and digits, 4 digits at least.

    It tells one person from another, so a word in its place must not.

    >>> read_document_number("e 1234-5678"), read_document_number("Z420000001"), read_document_number("无")
    ('E12345678', 'Z420000001', None)
    >>> read_document_number("护照")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a document's number of letters and digits
    """
    text = identifier(raw, 40)
    if text is None:
        return None
    text = _SPACES.sub("", text).replace("-", "").upper()
    if _DOCUMENT.fullmatch(text) is None or len(set(text)) < 3:
        raise Unreadable("not a document's number of letters and digits")
    return text


# -- organisations: GB 32100, GB 11714 --------------------------------------------------------------

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(f"[{_CREDIT}]{{2}}[1-8][0-9]{{5}}[{_CREDIT}]{{10}}")
_ORG = re.compile(r"([0-9A-Z]{8})-?([0-9X])")


def read_uscc(raw: object, codes: CodeList | None = None) -> str | None:
    """A unified social credit code (统一社会信用代码, GB 32100): 18 characters, the last a check digit.

    The first two may be letters (Y others, N villages and rural collectives, A the army).

    >>> read_uscc("91110000600037341l"), read_uscc("９１１１００００６０００３７３４１Ｌ"), read_uscc("无")
    ('91110000600037341L', '91110000600037341L', None)
    >>> read_uscc("91110000600037342L")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: the check digit of the credit code is wrong
    """
    text = identifier(raw, 40)
    if text is None:
        return None
    text = _SPACES.sub("", text).upper()
    if _USCC.fullmatch(text) is None:
        raise Unreadable("not a credit code of 18 characters")
    if _check_digits()[1](text[:17]) != text[17]:
        raise Unreadable("the check digit of the credit code is wrong")
    if _is_id(text):
        raise Unreadable("could be an ID number as well")
    return text


def read_org_code(raw: object, codes: CodeList | None = None) -> str | None:
    """An organisation code (组织机构代码, GB 11714): 8 characters and a check digit, often behind a dash.

    >>> read_org_code("60003734-1"), read_org_code("600037341")
    ('600037341', '600037341')
    >>> read_org_code("600037342")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: the check digit of the organisation code is wrong
    """
    text = identifier(raw, 40)
    if text is None:
        return None
    text = _SPACES.sub("", text).upper()
    match = _ORG.fullmatch(text)
    if match is None:
        raise Unreadable("not an organisation code of 9 characters")
    total = sum(w * int(c, 36) for w, c in zip((3, 7, 9, 10, 5, 8, 4, 2), match[1], strict=True))
    if "0123456789X"[-total % 11] != match[2]:
        raise Unreadable("the check digit of the organisation code is wrong")
    return match[1] + match[2]


def show_org_code(value: Value, codes: CodeList | None = None) -> str:
    """The code with a dash before its check digit.

    >>> show_org_code("600037341")
    '60003734-1'
    """
    text = str(value)
    return f"{text[:8]}-{text[8:]}"


KINDS = (
    Kind("id_number", read_id_number, show_plain),
    Kind("document_number", read_document_number, show_plain),
    Kind("disability_card", read_disability_card, show_plain),
    Kind("uscc", read_uscc, show_plain),
    Kind("org_code", read_org_code, show_org_code),
)
