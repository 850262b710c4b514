"""What may stand under each key of a vocabulary's files: the table that is checked once, so that what is read can be trusted."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, TypeAlias

from prefill.documents import Document, Place
from prefill.kinds import KINDS
from prefill.vocabulary.model import SHARING, Duration, suggest

__all__ = [
    "CODE_LIST",
    "DERIVE",
    "ENTITY",
    "GIVES",
    "MAPPING",
    "ROOT",
    "ROOTS",
    "SOURCE",
    "TABLE",
    "TABLE_ROW",
    "TERM",
    "checked",
    "texts",
]

_LONGEST_PATTERN: Final = 200
_TOKENS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?|\{[0-9]*,?[0-9]*\}|.", re.DOTALL)

Shape: TypeAlias = Callable[[Any], str | None]
"""Says what to write in place of a value that is not as it should be; None if it is."""


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value else "write one text"


def _texts(value: Any) -> str | None:
    fits = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    return None if fits else "write a list of texts: [a, b]"


def _texts_once(value: Any) -> str | None:
    return _texts(value) or ("write each once" if len(set(value)) < len(value) else None)


def _text_or_texts(value: Any) -> str | None:
    return "write one text or a list of texts" if _text(value) and (not value or _texts(value)) else None


def _map(value: Any) -> str | None:
    return None if isinstance(value, dict) else "write keys and values: {key: …}"


def _text_map(value: Any) -> str | None:
    fits = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    return None if fits else "write one text for each key: {'1': …}"


def _labels(value: Any) -> str | None:
    fits = not _text_map(value) and all(one.strip() for one in value.values())
    return None if fits else "write one label for each code: {'1': …}"


def _texts_map(value: Any) -> str | None:
    fits = isinstance(value, dict) and not any(_texts(one) for one in value.values())
    return None if fits else "write a list of texts for each key: {'20': ['21', '22']}"


def _flag(value: Any) -> str | None:
    return None if value in ("true", "false") else "write true or false"


def _rows(value: Any) -> str | None:
    return None if isinstance(value, list) and value else "write at least one row: [{effective: …, when: […], then: …}]"


def _list(value: Any) -> str | None:
    return None if isinstance(value, list) else "write a list, with what the row wants of each input"


def _day(value: Any) -> str | None:
    try:
        fits = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        fits = False
    return None if fits else "write a full date, such as 2026-11-23"


def _one_of(*known: str) -> Shape:
    def shape(value: Any) -> str | None:
        if isinstance(value, str) and value in known:
            return None
        return suggest(str(value), known, "", "one of: " + ", ".join(known))

    return shape


def _pattern(value: Any) -> str | None:
    if not isinstance(value, str) or not value:
        return _text(value)
    if len(value) > _LONGEST_PATTERN:
        return f"write a regular expression of at most {_LONGEST_PATTERN} characters"
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        return f"write a regular expression that Python can compile ({error})"
    return (
        "repeat no group that repeats something itself, or has alternatives: a class [A-Z0-9], or a count"
        if _nested(value)
        else None
    )


def _nested(pattern: str) -> bool:
    r"""Say whether a group that repeats something, or has alternatives, is itself repeated: such a pattern may never come to an end.

    >>> [_nested(pattern) for pattern in ("(a+)+$", "(a|a)*", "((a*)b)+", "(?:a{1,9}){2,}")]
    [True, True, True, True]
    >>> [_nested(pattern) for pattern in ("[0-9]{3}(B[1-9])?", "(ab)+", "(a|b)c+", r"\(a+\)+", "[(a+)]+", "(a|b)?")]
    [False, False, False, False, False, False]
    """
    groups = [False]  # of each group around: whether it holds a repetition or alternatives
    closed: bool | None = None  # of the group that ended just before
    for token in _TOKENS.finditer(pattern):
        sign = token[0]
        if sign[0] in "*+?{" and (sign[0] != "{" or len(sign) > 1):
            if closed and sign != "?":
                return True
            groups[-1] = groups[-1] or "," in sign or sign[0] != "{"
        elif sign == "|":
            groups[-1] = True
        closed = None
        if sign.startswith("("):
            groups.append(False)
        elif sign == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] = groups[-1] or closed
    return False


def _duration(value: Any) -> str | None:
    try:
        Duration.parse(value if isinstance(value, str) else "")
    except ValueError:
        return "write an ISO 8601 duration: P1Y, P6M or P30D"
    return None


CODE_LIST: Final[Mapping[str, Shape]] = {
    "name": _text,
    "standard": _text,
    "confidence": _one_of("high", "medium", "low"),
    "items": _labels,
    "exclusive": _texts_once,
    "none": _text,
    "unknown": _texts_once,
    "groups": _texts_map,
    "partial": _flag,
    "external": _flag,
    "pattern": _pattern,
    "note": _text,
    "structure": _text,
    "check": _text,
}
MAPPING: Final[Mapping[str, Shape]] = {"from": _text, "to": _text, "map": _text_map, "note": _text}
SOURCE: Final[Mapping[str, Shape]] = {"kind": _text, "label": _text, "note": _text}
TABLE: Final[Mapping[str, Shape]] = {
    "name": _text,
    "document": _text,
    "confidence": _one_of("high", "medium", "low"),
    "gives": _map,
    "takes": _texts_once,
    "rows": _rows,
    "note": _text,
}
GIVES: Final[Mapping[str, Shape]] = {"kind": _one_of(*KINDS), "codes": _text, "unit": _text}
TABLE_ROW: Final[Mapping[str, Shape]] = {
    "effective": _day,
    "expires": _day,
    "when": _list,
    "then": _text,
    "document": _text,
    "note": _text,
}
ROOTS: Final[Mapping[str, Shape]] = {"roots": _map}
ROOT: Final[Mapping[str, Shape]] = {"entity": _text, "label": _text, "note": _text}
ENTITY: Final[Mapping[str, Shape]] = {
    "entity": _text,
    "label": _text,
    "documents": _texts_once,
    "similar": _text,
    "same": _texts,
    "ended_by": _text,
    "apart": _texts_once,
    "terms": _map,
    "note": _text,
}
TERM: Final[Mapping[str, Shape]] = {
    "label": _text,
    "also": _texts_once,
    "kind": _one_of(*KINDS),
    "codes": _text,
    "to": _text,
    "list_of": _text,
    "items_by": _text_or_texts,
    "link": _map,
    "fresh_for": _duration,
    "sensitive": _flag,
    "sharing": _one_of(*SHARING),
    "authority": _texts_once,
    "derive": _map,
    "unit": _text,
    "standard": _text,
    "note": _text,
}
DERIVE: Final[Mapping[str, Shape]] = {"rule": _text, "of": _text_or_texts}


def checked(
    document: Document, place: Place, data: Any, shapes: Mapping[str, Shape], needed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Give the keys whose values are as they should be; report the others, keys that are not known, and ``needed`` ones that lack."""
    if not isinstance(data, dict):
        document.problem(place, "not a mapping", "write keys and values: " + ", ".join(needed or shapes))
        return {}
    found: dict[str, Any] = {}
    for key, value in data.items():
        at = (*place, key)
        if key not in shapes:
            document.problem(
                at, f"unknown key '{key}'", suggest(key, shapes, "", "one of: " + ", ".join(sorted(shapes)))
            )
        elif value is None:
            document.problem(at, f"'{key}' has no value", "write one, or leave the key out")
        elif remedy := shapes[key](value):
            document.problem(at, f"'{key}' is not as it should be", remedy)
        else:
            found[key] = value
    for key in needed:
        if key not in data:
            document.problem(place, f"no '{key}'", f"add {key}: …")
    return found


def texts(value: Any) -> tuple[str, ...]:
    """Give one text or a list of texts as a tuple.

    >>> texts("documents"), texts(["name", "date"]), texts(None)
    (('documents',), ('name', 'date'), ())
    """
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)
