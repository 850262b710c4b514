"""Answers for tests: a value of each kind, and submissions that answer what a form asks."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import prefill
from prefill import kinds
from prefill.filling import Entry
from prefill.kinds import CodeList

VALUES: dict[str, Any] = {
    "text": "示例",
    "long_text": "示例说明",
    "person_name": "陈示例",
    "address": "武汉市东西湖区示例路9号",
    "phone": "13900007777",
    "landline": "027-83210077",
    "postcode": "430040",
    "email": "shili@example.com",
    "url": "https://www.example.com",
    "division": "420112001005",
    "division_code": "420112001005",
    "geo": "114.1,30.6",
    "document_number": "E12345678",
    "integer": 7,
    "decimal": "7.5",
    "money": "700",
    "date": "2026-03-04",
    "year_month": "2026-03",
    "year": "2026",
    "datetime": "2026-03-04T10:30",
    "file": "a.pdf",
    "photo": "a.jpg",
    "bool": True,
}


def id_numbers() -> Iterator[str]:
    """ID numbers of nobody, each another."""
    for number in count(1):
        first = f"4201121980{1 + number % 12:02d}{1 + number % 28:02d}{number % 1000:03d}"
        total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(first))
        yield first + "10X98765432"[total % 11]


def value_of(kind: str, codes: CodeList | None, new_id: Callable[[], str]) -> Any:
    """A value of this kind, None where there is none to make up."""
    if kind == "id_number":
        return new_id()
    if kind in ("code", "multi_code"):
        options = [code for code in codes.items if code not in codes.unknown and code != codes.none] if codes else []
        return None if not options else options[0] if kind == "code" else [options[0]]
    return VALUES.get(kind)


def typed(filled: prefill.FilledForm, chosen: Callable[[Entry], bool] = lambda entry: True) -> dict[str, Any]:
    """A submission that types a value into each new entry that is ``chosen``."""
    new_id = id_numbers()
    answers: dict[str, Any] = {}
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for entry in filled.todo:
        if entry.status != "new" or entry.kind not in kinds.KINDS or not chosen(entry):
            continue
        value = value_of(entry.kind, entry.codes, lambda: next(new_id))
        if value is None:
            continue
        if entry.row is None:
            answers[entry.key] = {"value": value}
        else:
            table, _, column = entry.key.partition(".")
            rows.setdefault(table, {}).setdefault(entry.row, {})[column] = {"value": value}
    return {
        **head(filled),
        "answers": answers,
        "rows": {
            table: [{"row": row, "answers": said} for row, said in found.items()] for table, found in rows.items()
        },
    }


def head(filled: prefill.FilledForm) -> dict[str, Any]:
    """What a submission says of its form."""
    return {"form": filled.form.id, "version": filled.form.version, "on": filled.on.isoformat()}


def later(filled: prefill.FilledForm, record: prefill.Record, grant: prefill.Grant | None) -> prefill.FilledForm:
    """The form filled again, on the day of filling if that is later than the day that it speaks for."""
    today = filled.filing.today or filled.on
    return prefill.fill(filled.plan, record, on=max(filled.on, today), filing=filled.filing, grant=grant)


def sent_of(page: str) -> dict[str, Any]:
    """Give what a page sends back untouched."""
    hidden = dict(re.findall(r'name="page:(\w+)" value="([^"]*)"', page))
    brought = re.search(r'id="filled">(.*?)</script>', page, re.DOTALL)
    return {**hidden, "answers": {}, **({"filled": json.loads(brought[1])} if brought else {})}
