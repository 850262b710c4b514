"""What stands above and below a table: dates and papers, who filled it in, what was given, what is waited for."""

from typing import TYPE_CHECKING

from prefill.kinds import show
from prefill.rendering.lists.views import Pairs
from prefill.rendering.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from prefill.forms import Form
    from prefill.records import Filing
    from prefill.rosters import Given, Wait

__all__ = ["given", "heading", "papers", "posted", "signed", "told_waits"]


def heading(form: "Form", filing: "Filing", on: "date", words: Words) -> tuple[Pairs, Pairs]:
    """Give what stands above a table: dates on the left, the form's papers on the right."""
    left = {"serial": filing.serial, "period": filing.period, "on": show("date", on.isoformat())}
    if filing.today is not None and filing.today != on:
        left["filed"] = show("date", filing.today.isoformat())
    right = {"form_number": form.form_number, "agency": form.agency, "approval": form.approval}
    return _named(words, left), _named(words, right)


def told_waits(waits: "Iterable[Wait]", words: Words, labels: "Mapping[str, str]") -> str:
    """Say what a decision waits for, and why each of it is not settled."""
    named = (
        words(
            "lists.wait",
            name=words.get(f"lists.waited.{wait.name}") or labels.get(wait.name, wait.name),
            reason=words(f"reason.{wait.reason}"),
        )
        for wait in waits
    )
    return words("waits", on=words.joined(dict.fromkeys(named)))


def _named(words: Words, texts: "dict[str, str | None]") -> Pairs:
    return tuple((words(f"head.{name}"), text) for name, text in texts.items() if text)


def signed(filing: "Filing", words: Words) -> Pairs:
    """Give who filled it in, as far as the filing says."""
    texts = {"worker": filing.worker, "phone": filing.worker_phone, "window": filing.window}
    return tuple((words(f"foot.{name}"), text) for name, text in texts.items() if text)


def given(found: "Given", words: Words) -> str:
    """Say what was given: how many records, and which of them count for nothing."""
    counts = {
        "outside": found.outside,
        "withheld": found.withheld,
        "repeated": len(found.repeated),
        "differing": sum(not one.same for one in found.repeated),
        "unidentified": len(found.unidentified),
        "unread": len(found.unread),
    }
    told = [words("lists.given.records", n=found.records)]
    told += [words(f"lists.given.{name}", n=n) for name, n in counts.items() if n]
    return words("head.comma").join(told)


def papers(form: "Form", found: "Given", words: Words) -> Pairs:
    """Give what it was made of, and by what rule."""
    return (words("lists.given.title"), given(found, words)), (words("foot.basis"), form.basis.document)


def posted(words: Words) -> Pairs:
    """Give what a posting has at its foot, to be written by hand: until when it hangs, whom to tell."""
    return tuple(
        (words(f"lists.posted.{name}.label"), words(f"lists.posted.{name}.room")) for name in ("from", "phone", "seal")
    )
