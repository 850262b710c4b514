"""A submission → a receipt: whose it is, what of it is good, the form decided again, what the record learns."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from prefill.errors import SubmissionError
from prefill.filling import FilledForm
from prefill.plans import Plan
from prefill.receiving.answers import Checked, check, fault
from prefill.receiving.asked import Asked, same
from prefill.receiving.clashes import clashes
from prefill.receiving.deciding import Stating, decide
from prefill.receiving.drafts import Draft
from prefill.receiving.facts import learnt, marked
from prefill.receiving.model import Answer, Receipt, Tampered
from prefill.receiving.reading import Place, Sent, read_submission
from prefill.receiving.restoring import restore
from prefill.receiving.strangers import Whose
from prefill.records import Filing
from prefill.tokens import Key, cells_of, check_token, subject_of
from prefill.vocabulary import Vocabulary

__all__ = ["receive"]

WORKERS: Final = "community_worker"  # the kind of the source whose word a worker's answer is
_ROUNDS: Final = 12


def receive(
    filled: FilledForm | Draft | None,
    submission: Mapping[str, Any] | str | bytes | Path,
    *,
    plan: Plan | None = None,
    key: Key | None = None,
    now: datetime | None = None,
    filing: Filing | None = None,
    source: str | None = None,
) -> Receipt:
    """Check what a worker sent back, and give what becomes of it.

    ``filled`` is the form as it was sent out, or the draft; None where a signed page (``key``, with its form's ``plan``) brings it along. ``submission``
    is the page's JSON (text, bytes, or read), a filled PDF, or a file of either. ``now`` is when it was received: without it no expiry is
    looked at. ``filing`` is the worker and the day, the filled form's own if not given. ``source`` is who states the answers: of the
    sources, the community's workers if not given.

    Raises SubmissionError where it is of another form, version, date or subject, forged or expired, or no submission at all. What is wrong
    within it stands in the receipt, and the good answers stay usable. The same submission gives an equal receipt.
    """
    sent = read_submission(submission)
    draft = filled if isinstance(filled, Draft) else None
    page = filled.fresh if isinstance(filled, Draft) else filled
    page, hollow = _page(page, sent, plan, key, now, filing or Filing())
    acted = filing or page.filing
    today = acted.today or page.filing.today or page.on
    asked = Asked(page, hollow=hollow)
    before = draft.by_place if draft is not None else {}
    checked = check(asked, sent, before)
    answers = {place: a for place, a in before.items() if place not in checked.reverted} | checked.answers
    answers = _in_order(asked, answers)
    stating = Stating(source or _source_of(page.plan.vocabulary), today, page.form.purpose, page.reference or None)
    doubted = _undo_clashes(asked, answers, checked)
    made = _decided(asked, answers, checked, stating)
    if sent.filled is not None and not hollow:
        checked.tampered += _altered(asked, sent.filled)
    token = sent.token or ""
    found = learnt(asked, answers, stating, token, acted.worker, doubted)
    faulty = [replace(answer, error=problem) for answer, problem in checked.errors if answer is not None]
    return Receipt(
        filled=made,
        before=page,
        answers=(*marked(asked, answers, found.places), *faulty),
        errors=tuple(problem for _, problem in checked.errors),
        tampered=tuple(dict.fromkeys(checked.tampered)),
        facts=found.facts,
        corrections=found.corrections,
        token=token,
        worker=acted.worker,
        received=today,
    )


# ── whose it is ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(
    filled: FilledForm | None, sent: Sent, plan: Plan | None, key: Key | None, now: datetime | None, filing: Filing
) -> tuple[FilledForm, bool]:
    """Give the filled form that a submission answers, and whether it was made again of what the page brought along."""
    if filled is not None:
        form = filled.form
        _same_form(sent, form.id, form.version)
        if sent.on is not None and sent.on != filled.on.isoformat():
            raise SubmissionError("the submission speaks for another day than the filled form")
        if sent.token is not None:
            check_token(sent.token, filled, key=key, now=now)
        elif key is not None:
            raise SubmissionError("the submission has no token, and this app signs its pages: send what the page made")
        return filled, False
    if plan is None or key is None:
        raise SubmissionError("without the filled form, its plan and the key of its signed page are needed")
    if sent.filled is None or sent.token is None:
        raise SubmissionError("the submission brings no signed form along: hand over the filled form itself")
    _same_form(sent, plan.form.id, plan.form.version)
    head = (sent.filled.get("form"), sent.filled.get("version"), sent.filled.get("on"))
    if head != (plan.form.id, plan.form.version, sent.on):
        raise SubmissionError("the form that the page brings along is another than its submission's")
    check_token(sent.token, sent.filled, key=key, now=now)
    made = restore(plan, sent.filled, filing)
    made.__dict__["reference"] = subject_of(sent.token, plan.form.subject, key)
    return made, True


def _same_form(sent: Sent, form: str, version: str) -> None:
    if sent.form is None or sent.version is None:
        raise SubmissionError("the submission does not say which form it is of: give 'form' and 'version' with it")
    if sent.form != form:
        raise SubmissionError(f"the submission is of another form than '{form}'")
    if sent.version != version:
        raise SubmissionError(f"the submission is of another version of '{form}' than {version}: fill the form again")


def _source_of(vocabulary: Vocabulary) -> str:
    named = [source.name for source in vocabulary.sources.values() if source.kind == WORKERS]
    if not named:
        raise ValueError(f"no source is of the kind {WORKERS}: name the source of the answers")
    return named[0]


def _altered(asked: Asked, brought: Mapping[str, Any]) -> list[Tampered]:
    """Find what a page brings along otherwise than it was filled, by all that a token covers."""
    try:
        theirs = cells_of(brought)
    except SubmissionError:
        return [Tampered("", None, "filled")]
    ours = cells_of(asked.filled)
    changed = [place for place in (*ours, *theirs) if ours.get(place) != theirs.get(place)]
    return [Tampered(*place, "filled") if place in ours else Tampered("", None, "filled") for place in changed]


# ── deciding again ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _in_order(asked: Asked, answers: Mapping[Place, Answer]) -> dict[Place, Answer]:
    order = {key: number for number, key in enumerate(asked.spots)}

    def placed(place: Place) -> tuple[int, int, int, int]:
        key, row = place
        spot = asked.spots[key]
        table = asked.spots[spot.table.key].number if spot.table is not None else spot.number
        number = (0, 0) if row is None else (1 if row[0] == "r" else 2, int(row[1:]))
        return (table, *number, order[key])

    return {place: answers[place] for place in sorted(answers, key=placed)}


def _undo_clashes(asked: Asked, answers: dict[Place, Answer], checked: Checked) -> frozenset[Whose]:
    """Take out the answers that contradict each other; give those of whom nothing is to be learnt."""
    found, doubted = clashes(asked, answers)
    for place, problem in found.items():
        checked.errors.append((answers.pop(place), problem))
    return doubted


def _decided(asked: Asked, answers: dict[Place, Answer], checked: Checked, stating: Stating) -> FilledForm:
    """Decide the form again until every answer left is one that the form asks for, and that it does not compute itself."""
    for _ in range(_ROUNDS):
        made = decide(asked, answers, stating)
        entries = {(entry.key, entry.row): entry for entry in made.entries}
        out: list[Place] = []
        for place, answer in answers.items():
            if answer.act == "removed" or answer.kind == "list":
                continue
            entry = entries.get(place)
            stands = answer.act == "cleared" and entry is not None and bool(entry.facts)
            if entry is None or (entry.status == "skip" and not stands):
                problem = fault(place, "is to what is not asked, by the other answers", "leave it out")
                checked.errors.append((answer, problem))
                out.append(place)
            elif answer.reason == "after-answers" and entry.reason == "derived":
                if not (entry.value is not None and same(entry.kind, answer.value, entry.value)):
                    checked.tampered.append(Tampered(*place, "computed"))
                    problem = fault(place, "differs from what the other answers come to", "leave it to the form")
                    checked.errors.append((answer, problem))
                out.append(place)
        if not out:
            return made
        for place in out:
            del answers[place]
    raise SubmissionError("the answers decide each other round in a circle: fill the form again")
