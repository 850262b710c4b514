"""One token a page: it binds what a page was drawn from to its form, version, subject, date and expiry.

With the app's key it is an HMAC (RFC 2104) with SHA-256, or whatever the app's own signer makes (HMAC-SM3 by GB/T 15852.2 and GB/T 32905, a
signing machine); without one it is the bare digest, which shows a mix-up and no forgery. It covers a digest of all filled cells, so that
a submission that brings its filled form along is believed only where nothing of it was touched.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from prefill.errors import SubmissionError
from prefill.filling import Entry, FilledForm

__all__ = ["LEAST", "Key", "Signer", "cells_of", "check_token", "make_token", "subject_of"]

Signer: TypeAlias = Callable[[bytes], bytes]
"""An app's own keyed digest: the same bytes in give the same bytes out."""

Key: TypeAlias = str | bytes | Signer
"""A secret of at least 16 bytes, or the app's own signer."""

_FORMAT: Final = "1"
LEAST: Final = 16  # bytes of a secret
_REFERENCE: Final = 16  # hexadecimal digits by which a subject is told from others, without saying who it is
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_NONE: Final = "-"
_NO_FORM: Final = "what the page brings along as its filled form is none: submit the page anew"


def make_token(filled: FilledForm, *, key: Key | None = None, expires: datetime | None = None) -> str:
    """Give the token of a filled form's page: ``format.expiry.subject.digest``, all of it ASCII, nothing of it a value.

    ``expires`` is a time with its zone, from which on the token is refused. The same inputs give the same token. Raises ValueError for a
    key of fewer than 16 bytes and for a time without a zone.
    """
    sign = _signer(key)
    until = _NONE if expires is None else _stamp(expires)
    subject = _subject(filled, sign, key is not None)
    return ".".join([_FORMAT, until, subject if key is not None else _NONE, _digest(filled, subject, until, sign)])


def check_token(
    token: str, filled: FilledForm | Mapping[str, Any], *, key: Key | None = None, now: datetime | None = None
) -> None:
    """Check that a token is that of this filled form, and not past its expiry.

    ``filled`` is the form itself, or what ``to_json`` gives for it, read (a signed page brings it along). ``now`` is the time that it is
    received; without it the expiry is not looked at. Raises SubmissionError, whose message holds no value.
    """
    sign = _signer(key)
    parts = token.split(".") if token.isascii() else []
    if len(parts) != 4 or parts[0] != _FORMAT:
        raise SubmissionError("the token is none of this library's pages: take the submission as the page made it")
    _, until, subject, _ = parts
    if isinstance(filled, FilledForm):
        subject = _subject(filled, sign, key is not None)
    elif key is None:
        raise SubmissionError("an unsigned page proves nothing of its filled form: hand over the filled form itself")
    expected = ".".join([_FORMAT, until, subject if key is not None else _NONE, _digest(filled, subject, until, sign)])
    if not hmac.compare_digest(expected, token):
        raise SubmissionError(
            "the token is of another form, version, subject or date, of another key, or the filled cells were changed"
        )
    if now is not None and until != _NONE and _stamp(now) >= until:
        raise SubmissionError("the page has expired: fill the form again")


def cells_of(filled: FilledForm | Mapping[str, Any]) -> dict[tuple[str, str | None], bytes]:
    """Give what a token covers of each cell, by its key and row, of a filled form or of what ``to_json`` gives for it, read.

    Raises SubmissionError for another shape, and for a cell that stands twice.
    """
    _, cells = _of_form(filled) if isinstance(filled, FilledForm) else _of_json(filled)
    try:
        found = {(cell[0], cell[1]): _canonical(cell) for cell in cells}
    except (TypeError, ValueError):
        raise SubmissionError(_NO_FORM) from None
    if len(found) != len(cells):
        raise SubmissionError(_NO_FORM)
    return found


def _signer(key: Key | None) -> Signer:
    """Give what signs: the app's own, HMAC-SHA256 with its secret, or the bare digest."""
    if key is None:
        return lambda message: hashlib.sha256(message).digest()
    if callable(key):
        return key
    secret = key.encode() if isinstance(key, str) else key
    if len(secret) < LEAST:
        raise ValueError(f"the key has fewer than {LEAST} bytes: make one with secrets.token_bytes(32)")
    return lambda message: hmac.digest(secret, message, "sha256")


def _stamp(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a time without its zone: write datetime(…, tzinfo=…)")
    return moment.astimezone(UTC).strftime(_STAMP)


def subject_of(token: str, kind: str, key: Key) -> str:
    """Give the reference (``FilledForm.reference``) of whom a signed page is about, of this kind of subject; the token was checked before.

    It stands in the token so that nobody reads it, nor finds it out by trying, without the key.
    """
    part = token.split(".")[2]
    mark, hidden = part[:_REFERENCE], part[_REFERENCE:]
    return f"{kind}:{_masked(bytes.fromhex(hidden), mark, _signer(key)).hex()}"


def _subject(filled: FilledForm, sign: Signer, is_keyed: bool) -> str:
    """Give what tells the subject from others of its kind: a digest of its documents' numbers, keyed where there is a key.

    With a key its reference follows, encrypted by what the key makes of the digest before it (a synthetic initialisation vector, as in
    RFC 5297): the app that holds the key knows again whose page it was.
    """
    mark = sign(_canonical(["subject", filled.subject, filled.identity or filled.reference])).hex()[:_REFERENCE]
    if not is_keyed:
        return mark if filled.identity else "0" * _REFERENCE
    digest = filled.reference.partition(":")[2]
    return mark + _masked(bytes.fromhex(digest), mark, sign).hex()


def _masked(content: bytes, mark: str, sign: Signer) -> bytes:
    """Encrypt, or decrypt: both are adding what the key makes of a mark that is another for each content."""
    mask = b""
    for number in range(len(content)):  # a signer may make as little as one byte
        mask += sign(_canonical(["mask", mark, number])) if len(mask) < len(content) else b""
    return bytes(one ^ other for one, other in zip(content, mask, strict=False))


def _digest(filled: FilledForm | Mapping[str, Any], subject: str, until: str, sign: Signer) -> str:
    head, cells = _of_form(filled) if isinstance(filled, FilledForm) else _of_json(filled)
    content = hashlib.sha256(_canonical(cells)).hexdigest()
    return sign(_canonical(["prefill", _FORMAT, *head, subject, until, content])).hex()


def _of_form(filled: FilledForm) -> tuple[list[Any], list[Any]]:
    form = filled.form

    def facts(found: Iterable[Any]) -> list[list[str | None]]:
        return [[fact.path, fact.source, fact.as_of] for fact in found]

    def cell(e: Entry) -> list[Any]:
        others = [[_plain(o.value), o.text, facts(o.facts)] for o in e.others]
        said = [e.key, e.row, e.kind, e.status, e.reason, _plain(e.value), e.text]
        return [*said, facts(e.facts), others, list(e.waits_for)]

    return [form.id, form.version, filled.subject, filled.on.isoformat()], [cell(e) for e in filled.entries]


def _of_json(data: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """Give the same of a form's JSON; a shape that is not ``to_json``'s is a submission that was touched."""

    def facts(found: Any) -> list[list[Any]]:
        return [[fact["path"], fact["source"], fact["as_of"]] for fact in found]

    def cell(e: Any) -> list[Any]:
        others = [[o["value"], o["text"], facts(o["facts"])] for o in e["others"]]
        said = [e[name] for name in ("key", "row", "kind", "status", "reason", "value", "text")]
        return [*said, facts(e["facts"]), others, e["waits_for"]]

    try:
        head = [data["form"], data["version"], data["subject"]["kind"], data["on"]]
        return head, [cell(e) for e in data["entries"]]
    except (KeyError, TypeError):
        raise SubmissionError(_NO_FORM) from None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return list(value) if isinstance(value, tuple) else value


def _canonical(value: Any) -> bytes:
    """Write a value in one way only, so that equal values have one digest."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()
