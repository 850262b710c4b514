"""Kinds by which somebody is reached: phone, landline, postcode, e-mail, web address."""

from __future__ import annotations

import re
from functools import cache

from prefill.kinds.base import Kind, Unreadable, identifier, show_plain
from prefill.kinds.lists import CodeList

# -- phones: the mainland's by its numbering plan, others by phonenumbers --------------------------------

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_COUNTRY = re.compile(r"\(?(?:\+\s?|00)86\)?[\s-]*|\(86\)[\s-]*|86[\s-]*(?=1[3-9])")
_DIALLED = re.compile(r"[0(]|1[3-9]|[48]00")
_MARKS = re.compile(r"[\s().-]+")
_LANDLINE = re.compile(
    r"\(?(0(?:10|2[0-9]|[3-9][0-9]{2}))\)?[\s-]*([2-9][0-9]{2,3})[\s-]?([0-9]{4})"
    r"(?:\s*(?:-|转|分机|ext\.?|x|#)\s*([0-9]{1,6}))?",
    re.IGNORECASE | re.ASCII,
)
_FOREIGN = re.compile(r"(?:\+|00)([1-9][0-9]{5,16})")
_SEVERAL = re.compile(r"[/,;、|或和及]")


def read_phone(raw: object, codes: CodeList | None = None) -> str | None:
    """A phone number: a mobile of the mainland by its 11 digits, a landline as `027-83210000`, else +E.164.

    A landline needs its area code. Mobiles are told by their form alone: new ranges come every year.

    >>> read_phone("+86 139 0000 1234"), read_phone("(027)83210000"), read_phone("00852 2123 4567")
    ('13900001234', '027-83210000', '+85221234567')
    >>> read_phone("139****1234")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: part of it is masked
    >>> read_phone("13900001234/13800001234")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: more than one phone number
    """
    if isinstance(raw, str) and _MOBILE.fullmatch(raw):
        return raw
    text = identifier(raw, 40, integers=True)
    if text is None:
        return None
    if not isinstance(raw, str) and not _MOBILE.fullmatch(text):
        raise Unreadable("must be text: a number or another type may have lost digits")
    if _SEVERAL.search(text):
        raise Unreadable("more than one phone number")
    domestic = _domestic(text)
    digits = _MARKS.sub("", domestic)
    if _MOBILE.fullmatch(digits.removeprefix("0")):
        return digits.removeprefix("0")
    if _SERVICE.fullmatch(digits):
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    foreign = _FOREIGN.fullmatch(digits)
    if foreign is not None:
        return _foreign(foreign[1])
    return _landline(domestic, "not a phone number: a mobile, or a landline with its area code")


def read_landline(raw: object, codes: CodeList | None = None) -> str | None:
    """A landline of the mainland with its area code, and its extension if there is one.

    >>> read_landline("02783210000"), read_landline("0712-8321000转801"), read_landline("+86 27 8321 0000")
    ('027-83210000', '0712-8321000-801', '027-83210000')
    >>> read_landline("83210000")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a landline with its area code
    """
    text = identifier(raw, 40)
    if text is None:
        return None
    if _SEVERAL.search(text):
        raise Unreadable("more than one phone number")
    return _landline(_domestic(text), "not a landline with its area code")


def _domestic(text: str) -> str:
    """A number as it is dialled within China, if it begins with the country's code; else unchanged."""
    match = _COUNTRY.match(text)
    if match is None:
        return text
    rest = text[match.end() :]
    return rest if _DIALLED.match(rest) else "0" + rest


def _landline(text: str, otherwise: str) -> str:
    match = _LANDLINE.fullmatch(text)
    if match is None or not _is_area(match[1], len(match[2]) + 4):
        raise Unreadable(otherwise)
    number = f"{match[1]}-{match[2]}{match[3]}"
    return f"{number}-{match[4]}" if match[4] else number


@cache
def _is_area(code: str, length: int) -> bool:
    """Whether an area has numbers of that length behind its code, as phonenumbers knows it."""
    import phonenumbers  # takes 50 ms, and most numbers are mobiles

    numbers = (phonenumbers.parse(code + first + "3" * (length - 1), "CN") for first in "82356")
    return any(map(phonenumbers.is_valid_number, numbers))


def _foreign(digits: str) -> str:
    """A number of another country in the form of E.164, if that country has such numbers."""
    import phonenumbers

    try:
        number = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        raise Unreadable("not an international phone number") from None
    if not phonenumbers.is_valid_number(number):
        raise Unreadable("not an international phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# -- post, mail, web ----------------------------------------------------------------------------------

_POSTCODE = re.compile(r"[0-8][0-9]{5}")
_ATOM = r"[0-9A-Za-z!#$%&'+/=?^_`{|}~-]+"
_TOP = r"(?:[A-Za-z]{2,24}|[Xx][Nn]--[0-9A-Za-z-]{1,58})"
_EMAIL = re.compile(
    rf"(?=.{{6,254}}$)(?=.{{1,64}}@)({_ATOM}(?:\.{_ATOM})*)"
    rf"@((?:[0-9A-Za-z](?:[0-9A-Za-z-]{{0,61}}[0-9A-Za-z])?\.)+{_TOP})"
)
_IN_HOST = r"0-9A-Za-z_\u4e00-\u9fff"
_HOST = rf"(?:[{_IN_HOST}](?:[{_IN_HOST}-]{{0,61}}[{_IN_HOST}])?\.)+(?:{_TOP}|[\u4e00-\u9fff]{{2,8}})"
_IPV4 = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
_REST = r"(?::[0-9]{1,5})?(?:[/?#][^\s<>\"'`\\{}|^]*)?"
_URL = re.compile(rf"([Hh][Tt][Tt][Pp][Ss]?://)({_HOST}|{_IPV4})({_REST})")
_BARE_URL = re.compile(rf"()({_HOST})({_REST})")
_LIKE_HOST = re.compile(r"www\..*|.*\.(?:cn|com|net|org)", re.IGNORECASE | re.ASCII)


def read_postcode(raw: object, codes: CodeList | None = None) -> str | None:
    """A postal code of six digits.

    >>> read_postcode("４３００４０"), read_postcode("000000")
    ('430040', None)
    >>> read_postcode("43004")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a postcode of six digits
    """
    text = identifier(raw, 20, integers=True)
    if text is not None and not _POSTCODE.fullmatch(text := text.replace(" ", "")):
        raise Unreadable("not a postcode of six digits")
    return text


def read_email(raw: object, codes: CodeList | None = None) -> str | None:
    """An e-mail address (RFC 5321, ASCII); its domain in small letters, which mean the same.

    >>> read_email("Li.Si＠Example.ORG")
    'Li.Si@example.org'
    >>> read_email("li si@example.org")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not an e-mail address
    """
    text = identifier(raw, 260)
    if text is None:
        return None
    match = _EMAIL.fullmatch(text.removeprefix("mailto:"))
    if match is None:
        raise Unreadable("not an e-mail address")
    return f"{match[1]}@{match[2].lower()}"


def read_url(raw: object, codes: CodeList | None = None) -> str | None:
    """A web address, with http, https or no scheme; its host in small letters.

    >>> read_url("WWW.Example.org/A"), read_url("https://example.org")
    ('www.example.org/A', 'https://example.org')
    >>> read_url("javascript:alert(1)")
    Traceback (most recent call last):
    prefill.kinds.base.Unreadable: not a web address
    """
    text = identifier(raw, 2000)
    if text is None:
        return None
    match = _URL.fullmatch(text) or _BARE_URL.fullmatch(text)
    if match is None or not (match[1] or _LIKE_HOST.fullmatch(match[2])):
        raise Unreadable("not a web address")
    return (match[1] or "").lower() + match[2].lower() + match[3]


KINDS = (
    Kind("phone", read_phone, show_plain),
    Kind("landline", read_landline, show_plain),
    Kind("postcode", read_postcode, show_plain),
    Kind("email", read_email, show_plain),
    Kind("url", read_url, show_plain),
)
