"""What may stand under each key of a notice's files, of ``words.yaml`` and of ``admissions.yaml``."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from prefill.notices.model import MEANINGS
from prefill.vocabulary.shapes import Shape

__all__ = ["ADMISSION", "ADMISSIONS", "ANSWER", "CROSSWALK", "FILE", "FREQUENCY", "ITEMS", "LINK", "NOTICE", "WORDS"]


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "write one text"


def _texts(value: Any) -> str | None:
    fits = isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)
    return None if fits else "write a list of texts: [a, b]"


def _text_map(value: Any) -> str | None:
    fits = isinstance(value, dict) and all(isinstance(one, str) and one.strip() for one in value.values())
    return None if fits else "write one text for each key"


def _map(value: Any) -> str | None:
    return None if isinstance(value, dict) else "write keys and values: {key: …}"


def _list(value: Any) -> str | None:
    return None if isinstance(value, list) else "write a list: [{…}, {…}]"


def _number(value: Any) -> str | None:
    return None if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,3}", value) else "write a whole number from 1"


def _numbers(value: Any) -> str | None:
    fits = isinstance(value, list) and value and not any(map(_number, value))
    return None if fits else "write a list of the items' numbers: [5]"


def _percent(value: Any) -> str | None:
    return _number(value) or (None if int(value) <= 100 else "write a whole number up to 100")


def _times(value: Any) -> str | None:
    fits = isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value) and float(value) > 0
    return None if fits else "write how many times a year: 12, or 0.2"


def _day(value: Any) -> str | None:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            date.fromisoformat(value)
            return None
    except ValueError:
        pass
    return "write a date like 2026-11-23"


def _meanings(value: Any) -> str | None:
    fits = not _text_map(value) and all(one in MEANINGS for one in value.values())
    return None if fits else "write a meaning for each decision, one of: " + ", ".join(MEANINGS)


def _roles(value: Any) -> str | None:
    fits = not _text_map(value) and all(one in ("lead", "assist") for one in value.values())
    return None if fits else "write lead or assist for each word"


def _line(value: Any) -> str | None:
    try:
        value.format(attachment=1, number=1, text="", decision="")
    except (AttributeError, KeyError, IndexError, ValueError):
        return "write a text with {attachment}, {number}, {text} and {decision}"
    return None


NOTICE: Final[Mapping[str, Shape]] = {
    "title": _text,
    "issuer": _text,
    "date": _day,
    "effective": _day,
    "expires": _day,
    "text": _text,
    "decisions": _meanings,
    "sentences": _text_map,
    "note": _text,
}
FILE: Final[Mapping[str, Shape]] = {"attachment": _number, "title": _text, "items": _list, "note": _text}
_ITEM: Final[Mapping[str, Shape]] = {
    "number": _number,
    "text": _text,
    "department": _text,
    "replaces": _map,
    "merged_cells": _map,
}
ITEMS: Final[Mapping[str, Mapping[str, Shape]]] = {
    "work-items": {**_ITEM, "content": _text, "decision": _text},
    "assessments": {**_ITEM, "decision": _text, "follow_up": _text},
    "certificates": {**_ITEM, "decision": _text, "names": _texts, "answered_by": _map},
    "systems": {**_ITEM, "frequency": _text, "workload": _text, "replaced_by": _map},
}
ANSWER: Final[Mapping[str, Shape]] = {"terms": _texts, "note": _text}
CROSSWALK: Final[Mapping[str, Shape]] = {"stems": _map, "synonyms": _map, "links": _list}
LINK: Final[Mapping[str, Shape]] = {
    "system": _number,
    "work-items": _numbers,
    "assessments": _numbers,
    "certificates": _numbers,
    "reason": _text,
    "asks": _text,
    "fields": _texts,
    "role": lambda value: None if value in ("lead", "assist") else "write lead or assist",
    "waived": _text,
}
WORDS: Final[Mapping[str, Shape]] = {
    "line": _line,
    "leading": _texts,
    "endings": _texts,
    "fillers": _texts,
    "certificate": _texts,
    "near": _percent,
    "issuers": _texts,
    "attests": _texts,
    "statements": _texts,
    "statisticians": _texts,
    "frequencies": _map,
    "roles": _roles,
}
FREQUENCY: Final[Mapping[str, Shape]] = {"times": _times, "source": _text}
ADMISSIONS: Final[Mapping[str, Shape]] = {"admissions": _list}
ADMISSION: Final[Mapping[str, Shape]] = {
    "form": _text,
    "title": _text,
    "applicant": _text,
    "approver": _text,
    "role": _text,
    "frequency": _text,
    "approved": _day,
    "expires": _day,
    "system": _text,
    "department": _text,
    "note": _text,
}
