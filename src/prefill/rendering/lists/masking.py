"""Values as they are posted publicly (公示): so much is hidden that a person is recognised by those who know them, and found by nobody else.

政府信息公开条例 (2019), article 15, and 国务院办公厅《2018年政务公开工作要点》 ask that what touches privacy is made unidentifiable before it is
published; 个人信息保护法, articles 28 and 31, guards ID and account numbers and those under age more strictly. No standard says which digits
to hide. The rules here keep what tells namesakes apart, and leave so many possibilities that nobody computes the rest:

=================  ==========================================  ==========================
kind               what is kept                                for example
=================  ==========================================  ==========================
person_name        the first character, and of three the last  王*例, 王*
id_number          6 of the division, the last 2               420112**********23
phone, landline    3 and 4 of a mobile; the area code          139****0001, 027-********
document_number    the last 4, or 2, by its length             ***************1234
address, division  up to the street or township                示例区示例街道***
date               the year                                    1950年**月**日
email              the first letter and where it is kept       w***@example.org
all else           nothing                                     ***
=================  ==========================================  ==========================

An ID number that shows its last 4 digits has, for one whose year of birth is known, 33 possibilities; with the last 2 it has over 3,000.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["ALL", "COMING_OF_AGE", "masked", "masked_minor"]

ALL: Final = "***"  # what stands for a value of which nothing is kept: not even its length
COMING_OF_AGE: Final = 18  # 民法典, article 17

_YEARS: Final = frozenset({"date", "year_month", "year"})
_DIVISION: Final = 6  # the digits of an ID number that name the division
_ROAD_TO: Final = re.compile(r"街道|镇|乡|苏木")
_REGION: Final = re.compile(r"县|(?<![小社园])区|市(?![场政民])|旗|省|自治州|盟")
_NUMBERED: Final = re.compile(r"[0-9０-９]|[一二三四五六七八九十百]+(?=[号栋幢座单室楼组队])")


def masked(kind: str, text: str) -> str:
    """Give a value's text as it is posted: what is hidden is ``*``. An empty text stays empty.

    ``kind`` is the value's; a kind without a rule of its own shows nothing.

    >>> masked("person_name", "王示例"), masked("phone", "13900000001"), masked("money", "300.00")
    ('王*例', '139****0001', '***')
    """
    if not text:
        return ""
    shown = _RULES.get(kind, _nothing)(text)
    return shown if "*" in shown or (kind in _YEARS and re.fullmatch("[0-9]{4}", shown)) else ALL


def masked_minor(text: str) -> str:
    """Give the name of somebody under age as it is posted, whatever the column says: the first character alone.

    >>> masked_minor("王示例"), masked_minor("王示"), masked_minor("")
    ('王**', '王**', '')
    """
    return f"{text.strip()[:1]}**" if text else ""


def _name(text: str) -> str:
    """Hide a name's middle; of a name in several words (or with ·) all but each one's first letter.

    >>> _name("王示"), _name("欧阳示例"), _name("阿依·示例"), _name("Maria Li")
    ('王*', '欧**例', '阿*·示*', 'M**** L*')
    """
    words = re.split(r"([\s·•・.]+)", text)
    if len(words) > 1:
        return "".join(word if at % 2 else word[:1] + "*" * len(word[1:]) for at, word in enumerate(words))
    return text[0] + "*" * (len(text) - 2) + text[-1] if len(text) > 2 else text[0] + "*"


def _id_number(text: str) -> str:
    """Keep the division and the last two; of what is no ID number, nothing.

    >>> _id_number("420112195003150023"), _id_number("420112500315002"), _id_number("42011219")
    ('420112**********23', '420112*******02', '***')
    """
    if len(text) not in (15, 18):
        return ALL
    return text[:_DIVISION] + "*" * (len(text) - _DIVISION - 2) + text[-2:]


def _card(text: str) -> str:
    """Keep the division of a disability card: the rest is the ID number, and the last two say which disability.

    >>> _card("42011219500315002344")
    '420112**************'
    """
    return text[:_DIVISION] + "*" * (len(text) - _DIVISION) if len(text) == 20 else ALL


def _document(text: str) -> str:
    """Keep the end of a document's or an account's number, never more than a third.

    >>> _document("6228480000000001234"), _document("E12345678"), _document("12345")
    ('***************1234', '*******78', '***')
    """
    kept = 4 if len(text) >= 12 else 2 if len(text) >= 6 else 0
    return "*" * (len(text) - kept) + text[-kept:] if kept else ALL


def _phone(text: str) -> str:
    """Keep three and four digits of a mobile, the area code of a landline, the country of others.

    >>> _phone("13900000001"), _phone("027-83210000"), _phone("+85221234567"), _phone("400-800-1234")
    ('139****0001', '027-********', '+85*********', '400-***-****')
    """
    if re.fullmatch(r"1[0-9]{10}", text):
        return f"{text[:3]}****{text[-4:]}"
    head = text[:3] if text.startswith("+") or "-" not in text else text.partition("-")[0]
    return head + re.sub(r"[^-]", "*", text[len(head) :]) if len(text) > len(head) + 4 else ALL


def _address(text: str) -> str:
    """Keep an address up to its street office or township, or else its district: never a road, a house, a number.

    >>> _address("武汉市东西湖区示例街道示例社区3栋101"), _address("湖北省示例县示例小区3栋"), _address("示例小区3栋")
    ('武汉市东西湖区示例街道***', '湖北省示例县***', '***')
    """
    numbered = _NUMBERED.search(text)
    named = text[: numbered.start()] if numbered else text
    ends = [found.end() for found in _ROAD_TO.finditer(named)][:1] or [found.end() for found in _REGION.finditer(named)]
    return named[: ends[-1]] + ALL if ends else ALL


def _date(text: str) -> str:
    """Keep the year.

    >>> _date("1950年3月15日"), _date("1950年3月"), _date("1950")
    ('1950年**月**日', '1950年**月', '1950')
    """
    return re.sub(r"(?<=[年月])[0-9]+", "**", text) if re.match(r"[0-9]{4}(年|$)", text) else ALL


def _email(text: str) -> str:
    name, at, host = text.partition("@")
    return f"{name[:1]}***@{host}" if name and at else ALL


def _nothing(text: str) -> str:
    return ALL


_RULES: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "person_name": _name,
        "id_number": _id_number,
        "disability_card": _card,
        "document_number": _document,
        "uscc": _document,
        "org_code": _document,
        "phone": _phone,
        "landline": _phone,
        "address": _address,
        "division": _address,
        "date": _date,
        "year_month": _date,
        "year": _date,
        "email": _email,
    }
)
