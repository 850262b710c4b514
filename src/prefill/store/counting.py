"""Making the ledger's entries: what a filled form or a receipt counts, and the id by which it counts once."""

import hashlib
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from prefill.savings import Measured, Model, Savings, measure, measure_receipt, read_model
from prefill.store.entries import LedgerEntry, month_of
from prefill.tokens import Key, make_token

if TYPE_CHECKING:
    from prefill.filling import FilledForm
    from prefill.receiving import Receipt

__all__ = ["entry_of_fill", "entry_of_receipt"]

_COUNTED: Final = tuple(f.name for f in fields(Savings) if f.name != "delivery")
_MEASURED: Final = tuple(f.name for f in fields(Measured) if f.name != "savings")


def entry_of_fill(
    filled: "FilledForm", *, id: str | None = None, key: Key | None = None, model: Model | None = None
) -> LedgerEntry:
    """Make the entry of a form as it was filled; its month is that of the day of filling.

    ``id`` is the app's own name for this fill; unless given it is a digest of the page's token (made with the app's ``key`` if there is
    one), so that the same form filled with the same values for the same subject and day counts once.
    """
    model = model or read_model(*filled.plan.folders)
    saved = measure(filled, model)
    typed: dict[str, int] = {}
    for entry in filled.entries:
        if entry.counted and entry.status == "new" and entry.reason != "after-answers" and not entry.waits_for:
            typed[entry.key] = typed.get(entry.key, 0) + 1
    form = filled.form
    return LedgerEntry(
        id=id or _digest("fill", make_token(filled, key=key)),
        kind="fill",
        form=form.id,
        system=form.system,
        version=form.version,
        spec_hash=filled.plan.spec_hash,
        model_hash=model.digest,
        department=form.agency,
        delivery=saved.delivery,
        month=month_of(filled.filing.today or filled.on),
        on=filled.on.isoformat(),
        **{name: getattr(saved, name) for name in _COUNTED},
        filled=saved.known + saved.confirm,
        typed_fields=dict(sorted(typed.items())),
    )


def entry_of_receipt(
    receipt: "Receipt", *, id: str | None = None, key: Key | None = None, model: Model | None = None
) -> LedgerEntry:
    """Make the entry of a receipt; its month is that of the day when it was received.

    ``id`` is the app's own name for this receipt; unless given it is a digest of the page's token: a page that is sent twice counts once.
    """
    filled = receipt.filled
    model = model or read_model(*filled.plan.folders)
    measured = measure_receipt(receipt, model)
    form = filled.form
    return LedgerEntry(
        id=id or _digest("receipt", receipt.token or make_token(receipt.before, key=key)),
        kind="receipt",
        form=form.id,
        system=form.system,
        version=form.version,
        spec_hash=filled.plan.spec_hash,
        model_hash=model.digest,
        department=form.agency,
        delivery=measured.savings.delivery,
        month=month_of(receipt.received),
        on=filled.on.isoformat(),
        **{name: getattr(measured.savings, name) for name in _COUNTED},
        **{name: getattr(measured, name) for name in _MEASURED},
    )


def _digest(kind: str, token: str) -> str:
    """Give an id that says nothing: half of a SHA-256, which no two pages share."""
    return hashlib.sha256(f"{kind} {token}".encode()).hexdigest()[:32]
