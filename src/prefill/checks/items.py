"""A form held to what the notices in force cancel, hand back or change."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain

from prefill.checks.findings import Finding
from prefill.checks.specs import Row, Spec
from prefill.notices import Item, Link, Notices, bare, held_name, holds, names_certificate, nearest_item, plain

__all__ = ["check_items"]

_CHANGED = ("requirements-optimised", "merged", "not-district-wide")


def check_items(spec: Spec, notices: Notices, on: date) -> Iterator[Finding]:
    """Find what a form has to do with items that are cancelled, handed back or changed: its title, what it serves, its fields."""
    work = (*notices.items("work-items", on), *notices.items("assessments", on))
    certificates = notices.items("certificates", on)
    told: set[tuple[str, str]] = set()
    for finding in chain(_of_names(spec, notices, work, certificates), _linked(spec, notices, on)):
        told.update((finding.code, line) for line in finding.notice)
        yield finding
    for row in spec.rows:
        if row.asked.filled_by == "community":
            yield from _of_field(spec, row, notices, work, certificates, told)


def _of_names(
    spec: Spec, notices: Notices, work: tuple[Item, ...], certificates: tuple[Item, ...]
) -> Iterator[Finding]:
    """Hold the title, what the form serves and its purpose to the names of items. Of each item the gravest is told."""
    words = notices.words
    told: set[str] = set()
    named = [("title", spec.form.title), *(("serves", one) for one in spec.serves)]
    for key, text in named:
        for item in work:
            if item.text not in told and any(plain(text, words) == plain(name, words) for name in item.called):
                yield from _serves(spec, notices, item, key, told, equal=True)
        for item in certificates if spec.of_community else ():
            names = (*item.called, *item.stems)
            if item.text not in told and any(plain(text, words) == plain(name, words) for name in names):
                told.add(item.text)
                what = f"the community is to issue a certificate that the notice cancels: '{text}'"
                yield spec.finding("N103", what, _instead(item, text, notices), at=key, notice=(notices.line(item),))
    for key, text in (*named, ("purpose", spec.form.purpose)):
        for item in work:
            if item.text not in told and holds(text, item.stems):
                yield from _serves(spec, notices, item, key, told, equal=False)
    sections = {row.asked.section: row for row in reversed(spec.rows) if row.asked.filled_by == "community"}
    told_at: list[tuple[str | Row, str]] = [*named, ("purpose", spec.form.purpose)]
    for at, text in (*told_at, *((row, title) for title, row in sections.items())):
        of_form = at in ("title", "serves")
        cancelled = [item for item in work if of_form and item.meaning == "cancelled" and item.text not in told]
        open_ones = [item for item in certificates if item.text not in told] if spec.of_community else []
        near = _near(text, cancelled, open_ones, notices, held=isinstance(at, str))
        if near is not None:
            item, name, score = near
            told.add(item.text)
            like = f"is another name of '{item.called[0]}'" if name in item.synonyms else f"is much like '{name}'"
            what = f"'{text}' {like} ({score} of 100), which the notice cancels"
            remedy = "leave it to whom it belongs, or say under waives why it is something else"
            yield spec.finding("N202", what, remedy, at=at, notice=(notices.line(item),), score=score)


def _near(
    text: str, work: list[Item], certificates: list[Item], notices: Notices, *, held: bool
) -> tuple[Item, str, int] | None:
    """Find the cancelled item that a text is most like, or (of a certificate) whose name it holds if ``held`` may be."""
    words = notices.words
    if held and not holds(text, words.issuers):
        for item in certificates:
            if (name := held_name(text, item, words)) is not None:
                return item, name, 100
    return nearest_item(text, [*work, *(certificates if names_certificate(text, words) else ())], words)


def _serves(spec: Spec, notices: Notices, item: Item, key: str, told: set[str], *, equal: bool) -> Iterator[Finding]:
    """Tell what a form does that serves an item by name, or is called after it."""
    line, meaning = (notices.line(item),), item.meaning
    if meaning == "kept" or (meaning == "lead-to-assist" and spec.form.role == "assist"):
        return
    told.add(item.text)
    if meaning == "cancelled" and equal:
        yield spec.finding(
            "N101", f"it serves '{item.text}', which the notice cancels", "drop the form", at=key, notice=line
        )
    elif meaning == "cancelled":
        what = (
            f"its {key} speaks of '{holds(_value(spec, key), item.stems)}', which is of an item that the notice cancels"
        )
        remedy = "drop the form, or say under waives why it is something else"
        yield spec.finding("N102", what, remedy, at=key, notice=line)
    elif meaning == "target-cancelled":
        what = f"it serves '{item.text}', whose target the notice cancels"
        remedy = "ask for no figures or lists that count towards it, and say under waives what it is for"
        yield spec.finding("N205", what, remedy, at=key, notice=line)
    elif meaning == "lead-to-assist":
        what = f"it serves '{item.text}', in which the community is to assist, and does not say that it does"
        remedy = "add role: assist, and leave what leads to the department"
        yield spec.finding("N206", what, remedy, at=key, notice=line)
    elif meaning in _CHANGED:
        what = f"it serves '{item.text}', which the notice changes"
        yield spec.finding("N207", what, "keep to what the notice leaves of it", at=key, notice=line)


def _value(spec: Spec, key: str) -> str:
    """Give what stands under a key of the form, as one text."""
    return {"title": spec.form.title, "purpose": spec.form.purpose}.get(key) or "；".join(spec.serves)


def _instead(item: Item, text: str, notices: Notices) -> str:
    """Say what answers what a certificate certified."""
    names = [name for name in item.names if plain(name, notices.words) == plain(text, notices.words)] or item.names[:1]
    answers = [item.answered_by[name] for name in names if name in item.answered_by]
    terms = [path for one in answers for path in one.terms]
    if terms:
        return f"drop it; the record knows: {', '.join(terms)}"
    notes = [one.note for one in answers if one.note]
    return f"drop it ({notes[0]})" if notes else "drop it"


# ── what the cross-walk says of the form's system ────────────────────────────────────────────────────────────────────────────────────


def _linked(spec: Spec, notices: Notices, on: date) -> Iterator[Finding]:
    """Find what a system still asks for that the notice cancels or hands back, as the cross-walk reads it."""
    if spec.form.system is None:
        return
    for link, items in notices.links(spec.form.system, on):
        if link.asks is None:
            continue
        fields = [row for row in spec.rows if row.field.label in link.fields]
        if link.fields and not fields:  # the form has changed: it asks no more
            continue
        at = fields[0] if fields else None
        for code, meanings in (
            ("N201", ("cancelled",)),
            ("N205", ("target-cancelled",)),
            ("N206", ("lead-to-assist",)),
        ):
            of = [item for item in items if item.meaning in meanings]
            if of and not (code == "N206" and (spec.form.role or link.role) != "lead"):
                yield _of_link(spec, link, of, code, at, fields, notices)


def _of_link(
    spec: Spec, link: Link, items: Iterable[Item], code: str, at: Row | None, fields: Iterable[Row], notices: Notices
) -> Finding:
    where = "、".join(row.field.label for row in fields)
    named = "、".join(item.text for item in items)
    verb = {"N201": "cancels", "N205": "cancels the target of", "N206": "has the community only assist in"}[code]
    what = f"the notice {verb} '{named}', and the form of its system {link.system} still asks: {link.asks}"
    what += f" ({where})" if where else ""
    remedy = {
        "N201": "take it off the form, or waive the link in the cross-walk with the reason",
        "N205": "take the field off the form, or waive the link in the cross-walk with the reason",
        "N206": "have the department lead (role: assist), or waive the link in the cross-walk with the reason",
    }[code]
    lines = tuple(notices.line(item) for item in items)
    return spec.finding(code, what, remedy, at=at, notice=lines, waived=link.waived)


# ── fields ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_field(
    spec: Spec,
    row: Row,
    notices: Notices,
    work: tuple[Item, ...],
    certificates: tuple[Item, ...],
    told: set[tuple[str, str]],
) -> Iterator[Finding]:
    label, words = row.field.label, notices.words
    if row.field.by_hand is None:
        yield from _certificate_asked(spec, row, notices, certificates)
        for item in work:
            of_target = item.meaning == "target-cancelled" or (
                item.kind == "assessments" and item.meaning == "cancelled"
            )
            stem = holds(label, item.stems) if of_target else None
            if stem is not None and ("N205", line := notices.line(item)) not in told:
                what = f"'{label}' asks for what counts towards '{stem}', a target that the notice cancels"
                yield spec.finding("N205", what, "take the field off the form", at=row, notice=(line,))
    texts = (label, row.field.help, row.asked.section if row.field.by_hand in ("seal", "opinion") else None)
    attested = next((found for text in texts if text and (found := holds(text, words.attests))), None)
    if row.field.by_hand not in ("seal", "opinion") and holds(label, words.statements):
        attested = None  # the person's own statement, or a question
    if attested is not None:
        sentence = next((one.sentences["certificates"] for one in notices.all if "certificates" in one.sentences), None)
        what = f"'{label}' has the community attest '{attested}': a certificate in disguise"
        remedy = (
            "ask who keeps the record, or for the person's own statement; an opinion may say what the community did"
        )
        yield spec.finding("N204", what, remedy, at=row, notice=(sentence,) if sentence else ())


def _certificate_asked(spec: Spec, row: Row, notices: Notices, items: tuple[Item, ...]) -> Iterator[Finding]:
    """Find a label that is a certificate's name: what is asked for is the paper, and not its number or date."""
    label, words = row.field.label, notices.words
    if not row.typed or not names_certificate(label, words):
        return
    near = nearest_item(label, items, words)
    if near is not None and (near[2] >= _SURE or bare(near[1]) == bare(label)):
        item, name, score = near
        what = f"'{label}' asks for a certificate that the community no longer issues ('{name}', {score} of 100)"
        yield spec.finding(
            "N203", what, _instead(item, name, notices), at=row, notice=(notices.line(item),), score=score
        )


_SURE = 85  # of 100: labels are short, and those of two things may be alike
