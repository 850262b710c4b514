"""Ledgers of invented entries for tests: what a district's forms might have counted, from a seed."""

import random
from collections.abc import Iterator, Mapping

from prefill.catalogue import Catalogue
from prefill.checks.asking import asked_of
from prefill.store import LedgerEntry
from prefill.store.entries import GENESIS, chained

MONTHS = ("2026-08", "2026-09", "2026-10", "2026-11")


def entry(kind: str = "fill", **given: object) -> LedgerEntry:
    """One entry with plain numbers, some of them given otherwise."""
    plain: dict[str, object] = {
        "id": "e1", "kind": kind, "form": "card", "system": 36, "version": "1", "spec_hash": "5" * 64, "model_hash": "7" * 64,
        "department": "市卫健委", "delivery": "retyped", "month": "2026-11", "on": "2026-11-23",
        "asked": 10, "known": 6, "confirm": 1, "new": 3, "hand": 1, "skip": 2, "maybe": 1,
        "keystrokes_blank": 40, "keystrokes_left": 4, "seconds_blank": 50.1, "seconds_left": 12.3,
    }  # fmt: skip
    return LedgerEntry(**{**plain, **given})  # type: ignore[arg-type]


def chain(entries: Iterator[LedgerEntry] | list[LedgerEntry]) -> list[LedgerEntry]:
    """Put entries in a chain, as the ledger does."""
    found: list[LedgerEntry] = []
    for number, one in enumerate(entries, 1):
        found.append(chained(one, number, found[-1].hash if found else GENESIS))
    return found


def invented(
    catalogue: Catalogue, n: int, *, forms: tuple[int, ...] = (17, 30, 36, 39, 43), seed: int = 1
) -> Iterator[LedgerEntry]:
    """Give ``n`` entries of these systems' forms: fills, and receipts of about half of them; form 39 costs more than it saves."""
    draw = random.Random(seed)
    plans = {}
    for system in forms:
        plan = catalogue.plan(system)
        fields = [one for one in asked_of(plan) if one.asked]
        plans[system] = plan, [one.key for one in fields], {one.key for one in fields if one.origin == "each-time"}
    for i in range(n):
        plan, keys, new = plans[forms[i % len(forms)]]
        form, asked = plan.form, len(keys)
        typed: Mapping[str, int] = {key: 1 for key in keys if key in new or draw.random() < 0.1}
        left = len(typed)
        confirm = draw.randint(0, (asked - left) // 3)
        blank = round(asked * draw.uniform(2.0, 3.0), 1)
        costs = form.system == 39
        spent = round(blank * draw.uniform(1.02, 1.2), 1) if costs else round(blank * draw.uniform(0.3, 0.8), 1)
        numbers = {
            "asked": asked, "known": asked - left - confirm, "confirm": confirm, "new": left, "hand": 1, "skip": 2, "maybe": 0,
            "keystrokes_blank": draw.randint(20, 90), "keystrokes_left": 2 * confirm, "seconds_blank": blank, "seconds_left": spent,
            "typed_fields": typed, "filled": asked - left,
        }  # fmt: skip
        kind = "receipt" if draw.random() < 0.35 else "fill"
        if kind == "receipt":
            whose = draw.choice(("社区网格信息", "公安人口信息", "医保信息"))
            changed = [key for key in keys if key not in typed and draw.random() < (0.2 if key == "phone" else 0.01)]
            timed = draw.randint(left // 2, left)
            modelled = round(2.4 * timed, 1)
            numbers |= {
                "answers": left + confirm, "measured": timed, "unmeasured": left + confirm - timed, "keyed": timed,
                "measured_keys": 9 * timed, "modelled_keys": 8 * timed, "modelled_seconds": modelled,
                "measured_seconds": round(modelled * draw.uniform(0.9, 1.6), 1), "corrected": len(changed), "confirmed": confirm,
                "confirmed_timed": confirm, "confirmed_fast": draw.randint(0, confirm) if form.system == 30 else confirm // 4,
                "corrected_fields": dict.fromkeys(sorted(changed), 1),
                "corrected_sources": {whose: len(changed)} if changed else {},
                "corrected_field_sources": {key: {whose: 1} for key in sorted(changed)},
            }  # fmt: skip
        yield entry(
            kind, id=f"{seed}-{i}", form=form.id, system=form.system, version=form.version,
            department=form.agency, delivery=form.delivery, month=MONTHS[min(3, 4 * i // n)], **numbers,
        )  # fmt: skip
