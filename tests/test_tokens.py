"""Tokens: what they bind, and what they say of a touched page."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import prefill
from prefill.tokens import check_token, make_token

from .survey import fill_sample

KEY = "an app's own secret key"
UNTIL = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


@pytest.fixture(scope="module")
def filled(catalogue: prefill.Catalogue) -> prefill.FilledForm:
    return fill_sample(catalogue.plan(39), catalogue)


def read(filled: prefill.FilledForm) -> Any:
    return json.loads(prefill.to_json(filled))


def signer(message: bytes) -> bytes:
    return hmac.digest(b"of a signing machine", message, "sha512")


@pytest.mark.parametrize("key", [KEY, KEY.encode(), signer])
@pytest.mark.parametrize("poor", [False, True])
def test_a_token_fits_the_form_and_its_json(catalogue: prefill.Catalogue, key: Any, poor: bool) -> None:
    for number in range(1, 46):
        filled = fill_sample(catalogue.plan(number), catalogue, poor)
        token = make_token(filled, key=key, expires=UNTIL)
        check_token(token, filled, key=key, now=UNTIL - timedelta(seconds=1))
        check_token(token, read(filled), key=key, now=UNTIL - timedelta(seconds=1))


def test_without_a_key_it_fits_the_form_alone(filled: prefill.FilledForm) -> None:
    token = make_token(filled)
    check_token(token, filled)
    assert token == make_token(filled)
    with pytest.raises(prefill.SubmissionError, match="unsigned"):
        check_token(token, read(filled))


def test_a_token_holds_nothing_of_the_subject(filled: prefill.FilledForm) -> None:
    (_, number), *_ = filled.identity
    token = make_token(filled, key=KEY)
    assert number not in token
    assert hashlib.sha256(number.encode()).hexdigest()[:16] not in token


def touched(data: Any) -> list[Any]:
    changes: list[dict[str, Any]] = [
        {"form": "senior-card"},
        {"version": "1"},
        {"on": "2026-11-24"},
        {"subject": {"kind": "household"}},
        {"entries": data["entries"][1:]},
        {"entries": [data["entries"][0] | {"value": "x"}, *data["entries"][1:]]},
        {"entries": [data["entries"][0] | {"facts": []}, *data["entries"][1:]]},
        {"entries": None},
        {"entries": [{}]},
    ]
    return [data | change for change in changes]


def test_what_was_touched_is_refused(filled: prefill.FilledForm) -> None:
    data, token = read(filled), make_token(filled, key=KEY, expires=UNTIL)
    for other in touched(data):
        with pytest.raises(prefill.SubmissionError):
            check_token(token, other, key=KEY)
    later = token.replace("20261201", "20271201")
    assert later != token
    for wrong in (later, token[:-1] + ("0" if token[-1] != "0" else "1"), "", "1.-.-", "一", token + ".x"):
        with pytest.raises(prefill.SubmissionError):
            check_token(wrong, filled, key=KEY)
    with pytest.raises(prefill.SubmissionError):
        check_token(token, filled, key="another secret key of an app")
    with pytest.raises(prefill.SubmissionError):
        check_token(make_token(filled), filled, key=KEY)


def test_two_persons_of_whom_nothing_is_known_have_two_tokens(catalogue: prefill.Catalogue) -> None:
    tokens = []
    for number in ("420112195003159973", "42011219500315004X"):
        statement = {"source": "公安人口库", "as_of": "2026-05-01", "resident": {"id_number": number}}
        filled = prefill.fill(catalogue.plan(36), catalogue.record([statement]), on=date(2026, 11, 23))
        tokens.append(make_token(filled, key=KEY).split(".")[2])
    assert len(set(tokens)) == 2


def test_it_expires(filled: prefill.FilledForm) -> None:
    token = make_token(filled, key=KEY, expires=UNTIL)
    check_token(token, filled, key=KEY)
    with pytest.raises(prefill.SubmissionError, match="expired"):
        check_token(token, filled, key=KEY, now=UNTIL)
    check_token(make_token(filled, key=KEY), filled, key=KEY, now=UNTIL)


def test_a_weak_key_and_a_time_without_a_zone_are_refused(filled: prefill.FilledForm) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        make_token(filled, key="short")
    with pytest.raises(ValueError, match="zone"):
        make_token(filled, key=KEY, expires=datetime(2026, 12, 1))
