"""What a worker sends back, in whichever shape it comes, as one: answers by their entry's key and row, rows added and taken out.

A submission is JSON (text, bytes, or read already), what a page without script posts (``application/x-www-form-urlencoded``, or its fields
as a mapping), or a filled PDF. What has no such shape at all is refused; what is wrong within it is told answer by answer.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import parse_qs

from prefill.documents import is_too_deep
from prefill.errors import MissingExtra, SubmissionError
from prefill.receiving.model import Effort

__all__ = ["Place", "Sent", "Told", "read_submission"]

MOST: Final = 16_000_000  # bytes of a submission
MANY: Final = 20_000  # answers of a submission
ROW: Final = re.compile(r"r[0-9]{1,9}|\+[1-9][0-9]{0,3}", re.ASCII)
_WHICH: Final = "a row of the submission says not which it is: send what the page made"
_TWICE: Final = "a row stands twice in the submission: send what the page made"
ACTS: Final = ("value", "confirm", "clear", "choose", "revert")

Place: TypeAlias = tuple[str, str | None]
"""Where an answer stands: the entry's key, and its row."""


class Told(NamedTuple):
    """One answer as it was sent: what was done, with which value; ``fault`` where it has no shape that an answer has."""

    act: str = "value"
    value: Any = None
    scope: str | None = None
    evidence: str | None = None
    fault: str | None = None


@dataclass(slots=True)
class Sent:
    """A submission in one shape. ``filled`` is the filled form that a signed page brings along.

    Rows taken out (``removed``) each have their scope; ``kept`` are those that were there and are spoken of without being taken out, ``rows``
    all that are spoken of as rows, by table and row.
    """

    form: str | None = None
    version: str | None = None
    on: str | None = None
    token: str | None = None
    filled: Mapping[str, Any] | None = None
    answers: dict[Place, Told] = field(default_factory=dict)
    added: dict[str, list[str]] = field(default_factory=dict)
    removed: dict[str, dict[str, str | None]] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    effort: dict[Place, Effort] = field(default_factory=dict)
    rows: dict[tuple[str, str], None] = field(default_factory=dict)


def read_submission(submission: Mapping[str, Any] | str | bytes | Path) -> Sent:
    """Read a submission; raises SubmissionError where it is none, MissingExtra for a PDF if pikepdf is not installed."""
    if isinstance(submission, Path):
        submission = submission.read_bytes()
    if isinstance(submission, str):
        submission = submission.encode("utf-8", "surrogatepass")
    data = _parsed(bytes(submission)) if isinstance(submission, bytes | bytearray) else submission
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise SubmissionError("a submission is one JSON object: send what the page made")
    if is_too_deep(data):
        raise SubmissionError("the submission is nested too deeply, or holds itself: send what the page made")
    if any(isinstance(value, Mapping) for value in data.values()) or not any(_is_flat(key) for key in data):
        sent = _structured(data)
    else:
        sent = _flat(data)
    if len(sent.answers) > MANY:
        raise SubmissionError(f"the submission has more than {MANY} answers: send what the page made")
    return sent


def _is_flat(key: str) -> bool:
    return key.startswith(("page:", "choice:"))


# ── the outer shapes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _parsed(raw: bytes) -> Any:
    if len(raw) > MOST:
        raise SubmissionError("the submission is too large to be a form's: send what the page made")
    if raw.startswith(b"%PDF-"):
        return _of_pdf(raw)
    try:
        text = raw.decode("utf-8-sig")
        if re.match(r"(?:page|choice)(?::|%3[Aa])", text):
            return parse_qs(text, keep_blank_values=True, max_num_fields=MANY, strict_parsing=True)
        return json.loads(text, parse_float=Decimal, parse_constant=_refused, object_pairs_hook=_once)
    except SubmissionError:
        raise
    except (ValueError, RecursionError):
        raise SubmissionError("the submission is no JSON in UTF-8: send what the page made, byte for byte") from None


def _refused(_: str) -> Any:
    raise ValueError


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found = {}
    for key, value in pairs:
        if key in found:
            raise SubmissionError("a key stands twice in the submission: send what the page made")
        found[key] = value
    return found


def _of_pdf(raw: bytes) -> dict[str, Any]:
    """Give the fields of a filled PDF, by their full names; what is empty or off is left out."""
    try:
        import pikepdf
    except ImportError:
        raise MissingExtra(
            "reading a PDF needs pikepdf: install prefill with its extra [pdf] (README, Install)"
        ) from None
    try:
        with pikepdf.open(io.BytesIO(raw)) as document:
            form = document.Root.get("/AcroForm")
            found = dict(_fields(form.get("/Fields", []), "", 0)) if form is not None else {}
            token = document.docinfo.get("/PrefillPage")
    except (pikepdf.PdfError, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise SubmissionError("the PDF cannot be read: save the filled form anew") from None
    head: dict[str, Any] = {"page:pdf": "pdf"}
    if token is not None:
        head.update(zip(("page:form", "page:version", "page:on", "page:token"), str(token).split("\n"), strict=False))
    return head | found


def _fields(nodes: Any, above: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > 20:
        raise ValueError("fields within fields")
    for node in nodes:
        name = f"{above}.{node.T}" if above and "/T" in node else str(node.get("/T", above))
        if "/FT" not in node:
            yield from _fields(node.get("/Kids", []), name, depth + 1)
            continue
        value = str(node.get("/V", ""))
        if node.FT == "/Btn":
            value = value.removeprefix("/")
            if value not in ("", "Off"):
                yield name, value
        elif value:
            yield name, value


# ── the page's own shape ─────────────────────────────────────────────────────────────────────────────────────────────────


def _structured(data: Mapping[str, Any]) -> Sent:
    sent = Sent(_text(data, "form"), _text(data, "version"), _text(data, "on"), _text(data, "token"))
    filled = data.get("filled")
    if filled is not None and not isinstance(filled, Mapping):
        raise SubmissionError("what the page brings along as its filled form is none: submit the page anew")
    sent.filled = filled
    for key, raw in _mapping(data, "answers").items():
        sent.answers[_split(key)] = _told(raw)
    for table, rows in _mapping(data, "rows").items():
        if not isinstance(rows, list | tuple):
            raise SubmissionError("'rows' holds no list of rows for a table: send what the page made")
        for one in rows:
            _row(sent, str(table), one)
    for key, raw in _mapping(data, "effort").items():
        if isinstance(raw, Mapping):
            keys, seconds = raw.get("keys"), raw.get("seconds")
            counted = keys if isinstance(keys, int) and not isinstance(keys, bool) and 0 <= keys <= 10**6 else None
            number = isinstance(seconds, int | float | Decimal) and not isinstance(seconds, bool)
            timed = number and Decimal(seconds).is_finite() and 0 <= seconds <= 10**6  # type: ignore[arg-type,operator]
            if timed:
                sent.effort[_split(key)] = Effort(counted, float(seconds))  # type: ignore[arg-type]
    return sent


def _row(sent: Sent, table: str, one: Any) -> None:
    row = one.get("row") if isinstance(one, Mapping) else None
    if not isinstance(row, str) or not ROW.fullmatch(row):
        raise SubmissionError(_WHICH)
    scope = one.get("scope")
    if type(one.get("removed")) not in (type(None), bool) or scope not in (None, "record", "form"):
        raise SubmissionError("a row is removed by true, for the scope record or form: send what the page made")
    if set(one) - {"row", "answers", "removed", "scope"}:
        raise SubmissionError("a row of the submission has a key that no row has: send what the page made")
    if (table, row) in sent.rows:
        raise SubmissionError(_TWICE)
    sent.rows[table, row] = None
    if one.get("removed") is True:
        sent.removed.setdefault(table, {})[row] = scope
        return
    answers = one.get("answers") or {}
    if not isinstance(answers, Mapping):
        raise SubmissionError("a row of the submission has no answers by key: send what the page made")
    (sent.added if row.startswith("+") else sent.kept).setdefault(table, []).append(row)
    for key, raw in answers.items():
        name = str(key) if str(key).startswith(f"{table}.") else f"{table}.{key}"
        if (name, row) in sent.answers:
            raise SubmissionError(_TWICE)
        told = _told(raw)
        sent.answers[name, row] = told if told.scope is not None else told._replace(scope=scope)


def _text(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise SubmissionError(f"'{name}' of the submission is no text: send what the page made")
    return value


def _mapping(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise SubmissionError(f"'{name}' of the submission is no object: send what the page made")
    return value


def _split(name: str) -> Place:
    """Take an entry's name apart; raises SubmissionError for a row that is none: ``name@`` is not ``name``."""
    key, at, row = name.partition("@")
    if at and not ROW.fullmatch(row):
        raise SubmissionError(_WHICH)
    return key, row if at else None


def _told(raw: Any) -> Told:
    """Read one answer; a bare value stands for ``{"value": …}``."""
    if not isinstance(raw, Mapping):
        return Told(value=raw) if _is_plain(raw) else Told(fault="no value that an answer has")
    acts = [
        act
        for act in ACTS
        if (act in raw and raw[act] is not None and raw[act] is not False) or (act == "value" and act in raw)
    ]
    scope, evidence = raw.get("scope"), raw.get("evidence")
    if set(raw) - {*ACTS, "scope", "evidence"}:
        return Told(fault="a key that no answer has")
    if len(acts) != 1:
        return Told(fault="not just one of " + ", ".join(ACTS)) if acts else Told()
    act = acts[0]
    value = raw[act]
    if scope not in (None, "record", "form"):
        return Told(fault="a scope that is neither record nor form")
    if evidence is not None and (not isinstance(evidence, str) or len(evidence) > 2000):
        return Told(fault="evidence that is no short text")
    if act == "choose" and (type(value) is not int or value < 0):
        return Told(fault="a choice that is no number")
    if act in ("confirm", "clear", "revert") and value is not True:
        return Told(fault=f"'{act}' takes true")
    if act == "value" and not _is_plain(value):
        return Told(fault="no value that an answer has")
    return Told(act, value, scope, evidence)


def _is_plain(raw: Any) -> bool:
    if isinstance(raw, list | tuple):
        return len(raw) <= 1000 and all(isinstance(one, str) for one in raw)
    if type(raw) is int:
        return abs(raw) < 10**30
    return raw is None or isinstance(raw, str | bool | Decimal | float)


# ── fields by their names: a page without script, a PDF ──────────────────────────────────────────────────────────────────


def _flat(data: Mapping[str, Any]) -> Sent:
    """Read what a plain form posts: ``key``, ``key@row``, ``choice:key``; ``key#code`` for one of several codes."""
    fields: dict[str, list[str]] = {}
    codes: dict[str, list[str]] = {}
    for name, raw in data.items():
        values = [raw] if isinstance(raw, str) else raw
        if not isinstance(values, list | tuple) or not values or not all(isinstance(value, str) for value in values):
            raise SubmissionError("a field of the submission is no text: send what the page made")
        key, sharp, code = name.partition("#")
        if sharp:
            codes.setdefault(key, []).append(code)
        else:
            fields[name] = list(values)
    head = {name: fields.pop(f"page:{name}", [None])[0] for name in ("form", "version", "on", "token")}
    sent = Sent(head["form"], head["version"], head["on"], head["token"])
    fields.pop("page:pdf", None)
    choices = {name.removeprefix("choice:"): fields.pop(name) for name in [*fields] if name.startswith("choice:")}
    for name, (chosen, *_) in choices.items():
        if chosen == "confirm":
            sent.answers[_split(name)] = Told("confirm", True)
        elif chosen.isascii() and chosen.isdecimal() and len(chosen) < 4:
            sent.answers[_split(name)] = Told("choose", int(chosen))
        elif chosen != "other":
            sent.answers[_split(name)] = Told(fault="a choice that there is not")
        if chosen != "other":
            fields.pop(name, None)
            codes.pop(name, None)
    for name, values in fields.items():
        filled = [value for value in values if value.strip()]
        if filled:
            sent.answers[_split(name)] = Told(value=filled[0] if len(filled) == 1 else filled)
    for name, found in codes.items():
        both = _split(name) in sent.answers
        sent.answers[_split(name)] = Told(fault="a value and codes, too") if both else Told(value=found)
    for key, row in sent.answers:
        table = key.partition(".")[0]
        if row is not None and row.startswith("+") and row not in sent.added.setdefault(table, []):
            sent.added[table].append(row)
    return sent
