"""The input that a kind of value is typed with: its element, its attributes and its options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from prefill.kinds import CodeList, show
from prefill.rendering.words import Words

__all__ = ["Control", "Option", "control", "options"]

RADIOS: Final = 5  # so many options are shown side by side; more go into a list that opens
LISTED: Final = 80  # more options than these are found by typing

Tag = Literal["input", "textarea", "choice", "select", "list"]

# Browsers read patterns with the flag v, by which ( ) [ ] { } / - | in a class must be escaped.
_PHONE: Final = r"[0-9０-９+\-\(\)（） ]{7,20}"
_DIGITS: Final = "[0-9０-９]"

# By kind. Patterns let full-width digits through: they are read all the same.
_ATTRIBUTES: Final[Mapping[str, Mapping[str, str]]] = {
    "text": {"type": "text"},
    "person_name": {"type": "text"},
    "address": {"type": "text"},
    "email": {"type": "email"},
    "url": {"type": "text", "inputmode": "url"},  # a site is often written without its https
    "phone": {"type": "tel", "inputmode": "tel", "pattern": _PHONE},
    "landline": {"type": "tel", "inputmode": "tel", "pattern": _PHONE},
    "postcode": {"type": "text", "inputmode": "numeric", "pattern": f"{_DIGITS}{{6}}"},
    "id_number": {
        "type": "text",
        "pattern": f"{_DIGITS}{{17}}[0-9０-９XxＸｘ]",
        "autocapitalize": "characters",
    },
    "uscc": {"type": "text", "pattern": "[0-9A-Za-z０-９]{18}", "autocapitalize": "characters"},
    "division": {"type": "text", "inputmode": "numeric", "pattern": f"{_DIGITS}{{2,12}}"},
    "division_code": {"type": "text", "inputmode": "numeric", "pattern": f"{_DIGITS}{{2,12}}"},
    "integer": {"type": "text", "inputmode": "numeric", "pattern": f"{_DIGITS}+"},  # what forms count
    "decimal": {"type": "text", "inputmode": "decimal", "pattern": f"-?{_DIGITS}+([.．]{_DIGITS}+)?"},
    "money": {"type": "text", "inputmode": "decimal", "pattern": f"-?[0-9０-９,，]+([.．]{_DIGITS}+)?"},
    "date": {"type": "date"},
    "part_date": {
        "type": "text",
        "inputmode": "numeric",
        "pattern": f"{_DIGITS}{{4}}(-{_DIGITS}{{2}}(-{_DIGITS}{{2}})?)?",
    },
    "year_month": {"type": "month", "pattern": "[0-9]{4}-(0[1-9]|1[0-2])"},
    "year": {"type": "text", "inputmode": "numeric", "pattern": f"{_DIGITS}{{4}}"},
    "datetime": {"type": "datetime-local"},
    "geo": {"type": "text"},
    "file": {"type": "file"},
    "photo": {"type": "file", "accept": "image/*"},
}


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a code list as a page prints it, and whether the value has it."""

    value: str
    label: str
    on: bool = False
    alone: bool = False  # whether it stands alone among several codes


@dataclass(frozen=True, slots=True)
class Control:
    """An input: ``tag`` says which element, ``attrs`` are its attributes, ``hint`` the line under it."""

    tag: Tag
    attrs: Mapping[str, str]
    options: tuple[Option, ...] = ()
    hint: str = ""
    item: Mapping[str, str] = field(default_factory=dict)  # the attributes that each radio button or check box has
    open: bool = False  # whether more may be written than the options that are listed


def options(kind: str, codes: CodeList | None, value: object = None) -> tuple[Option, ...]:
    """Give the options that a field of this kind prints, none where it has no closed list.

    ``value`` is the canonical value, whose options are marked as taken.
    """
    return _options(kind, codes, value) if kind in ("bool", "code", "multi_code") else ()


@lru_cache(maxsize=4096)
def _options(kind: str, codes: CodeList | None, value: object) -> tuple[Option, ...]:
    if kind == "bool":
        return tuple(
            Option(word, show("bool", flag), value is flag) for flag, word in ((True, "true"), (False, "false"))
        )
    if codes is None:
        return ()
    taken = value if isinstance(value, tuple) else (value,)
    listed = dict(codes.options)
    chosen = {code: codes.label(code) for code in taken if code is not None and code not in listed}
    alone = {*codes.exclusive, codes.none} if kind == "multi_code" else set()
    every = (*listed.items(), *chosen.items())
    return tuple(Option(code, label, code in taken, code in alone) for code, label in every)


def control(
    kind: str,
    codes: CodeList | None,
    name: str,
    words: Words,
    *,
    required: bool = False,
    compact: bool = False,
    whole_date: bool = True,
) -> Control:
    """Give the input for a kind of value; ``compact``: on one line, for a table's cell or a correction.

    ``whole_date``: a date is picked from a calendar; else it is written, since its year or month alone will do.
    """
    if kind == "date" and not whole_date:
        kind = "part_date"
    base = {"id": f"f-{name}", "name": name}
    if required:
        base["required"] = "required"
    choices = options(kind, codes)
    if choices and not (codes is not None and (codes.partial or codes.external)):
        return _closed(kind, choices, base, words, compact)
    hint = words.get(f"hint.{kind}")
    if choices:
        return _open_list(choices, base, words, open_=True)
    if kind == "long_text":
        return Control("textarea", {**base, "rows": "1" if compact else "3"})
    attrs = {**_ATTRIBUTES.get(kind, _ATTRIBUTES["text"]), **base}
    if attrs["type"] in ("text", "tel", "email", "url"):
        attrs["placeholder"] = " "  # so that a style can tell an empty input from a filled one
        attrs["autocomplete"] = "off"
    return Control("input", attrs, hint=hint if kind == "part_date" or not compact else "")


def _closed(kind: str, choices: tuple[Option, ...], base: Mapping[str, str], words: Words, compact: bool) -> Control:
    if kind == "multi_code":
        item = {"type": "checkbox", "name": base["name"]}
        return Control("choice", {"role": "group", "id": base["id"]}, choices, words("control.several"), item)
    if len(choices) <= RADIOS and not compact:
        group = {"role": "radiogroup", "id": base["id"]}
        item = {"type": "radio", "name": base["name"]}
        if "required" in base:
            group["aria-required"] = "true"
            item["required"] = "required"
        return Control("choice", group, choices, item=item)
    return Control("select", base, choices) if len(choices) <= LISTED else _open_list(choices, base, words)


def _open_list(choices: tuple[Option, ...], base: Mapping[str, str], words: Words, *, open_: bool = False) -> Control:
    attrs = {"type": "text", **base, "list": f"{base['id']}-list", "placeholder": " ", "autocomplete": "off"}
    return Control("list", attrs, choices, words("control.list"), open=open_)
