"""Makes a docs page of each form, and the list of them with their shares, from the specs and the audit: `make docs`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import prefill
from prefill.catalogue import Catalogue
from prefill.checks.asking import Asked
from prefill.checks.auditing import Audit, Burden, audit
from prefill.checks.comparing import said
from prefill.forms import Field

DOCS = Path(__file__).parent.parent / "docs"
DELIVERIES = {
    "paper": "on paper",
    "import_file": "as a file that its system imports",
    "api": "to its system's interface",
    "retyped": "retyped into a closed website",
}


def pages(catalogue: Catalogue | None = None) -> dict[Path, str]:
    """Give every generated page and its text."""
    catalogue = catalogue or prefill.open_catalogue()
    found = audit(catalogue)
    paths = {summary.id: summary.path for summary in catalogue.forms()}
    made = {DOCS / "forms" / f"{paths[one.form.id].stem}.md": page(one, paths[one.form.id]) for one in found.forms}
    made[DOCS / "forms.md"] = index(found, {form: path.stem for form, path in paths.items()})
    return made


def index(found: Audit, names: dict[str, str]) -> str:
    """Give the list of forms with their shares, and those over all."""
    rows = [
        (
            str(one.form.system or ""),
            f"[{plain(one.form.title)}](forms/{names[one.form.id]}.md)",
            plain(one.form.agency),
            one.form.basis.confidence,
            str(len(one.fields)),
            *shares(one),
        )
        for one in found.forms
    ]
    samples = [one.sample for one in found.forms if one.sample]
    total = (
        "",
        f"**all {len(found.forms)}**",
        "",
        "",
        str(sum(len(one.fields) for one in found.forms)),
        str(found.total("asked")),
        str(found.origins["each-time"]),
        share(found.share_by_plan),
        str(sum(sample.asked for sample in samples)),
        share(found.share_known),
        share(found.share_by_sample),
    )
    head = ("system", "form", "agency", "confidence", "fields", "asked", "new", "by plan", "entries", "known", "filled")
    return f"""# The forms

<!-- Made by `make docs` from the specs: do not edit. -->

A form for each of the {len(found.forms)} information systems. `prefill forms` lists them; [the audit](audit.md) says what is counted, and how.

*asked*: fields and columns that the community's worker types. *new*: those that no fact answers. *by plan*: the share of them that has a source. Then the form
filled from its invented full record: *entries* asked, the share of them *known*, and the share *filled*, which counts those to confirm too.
*confidence* is in how well the printed original is known; each form's page names the document.

{table(head, [*rows, total])}"""


def shares(one: Burden) -> tuple[str, ...]:
    """Give a form's numbers: asked, new, share by plan, entries of the sample, known, filled."""
    sample = one.sample
    return (
        str(one.asked),
        str(len(one.new)),
        share(one.share_by_plan),
        str(sample.asked) if sample else "–",
        share(sample.known / sample.asked if sample and sample.asked else None),
        share(one.share_by_sample),
    )


def page(one: Burden, path: Path) -> str:
    """Give the page of a form: what it is, where each field comes from."""
    form, occasion, sample = one.form, one.occasion, one.sample
    about = [
        ("system", f"{form.system}, {occasion.name}" if occasion else str(form.system or "–")),
        ("agency", form.agency),
        ("form number", form.form_number),
        ("version", form.version),
        ("approval", form.approval),
        ("purpose", form.purpose),
        ("subject", f"`{form.subject}`"),
        ("goes", DELIVERIES[form.delivery]),
        ("used", f"{occasion.word}; workload {occasion.workload or '–'}" if occasion else None),
        ("printed original", f"{form.basis.document} (confidence: {form.basis.confidence})"),
        ("spec", f"[`{path.name}`](../../form_specs/{path.name}), id `{form.id}`"),
    ]
    counts = ", ".join(f"{n} `{origin}`" for origin, n in one.origins.items() if n)
    plan = f"**By plan**: of {one.asked} fields asked of the community, {share(one.share_by_plan)} have a source ({counts})."
    if sample:
        filled = (
            f"**By sample**: of {sample.asked} entries asked, {sample.known} are known, {sample.confirm} to confirm and {sample.new} new:"
            f" {share(one.share_by_sample)} filled."
        )
        filled += f" {sample.maybe} more wait for an answer." if sample.maybe else ""
    else:
        filled = "There is no sample of it."
    note = f"\n{plain(form.note)}\n" if form.note else ""
    return f"""# {form.system or ""} {plain(form.title)}

<!-- Made by `make docs` from the spec: do not edit. -->

{table(("", ""), [(name, plain(text)) for name, text in about if text])}
{plan}
{filled} [What is counted](../audit.md#what-is-counted) · [all forms](../forms.md)
{note}
{"".join(sections(one))}"""


def sections(one: Burden) -> Iterator[str]:
    """Give a table of fields for each section."""
    spec = {field.key: field for section in one.form.sections for field in section.fields.values()}
    columns = {column.key: table for table in spec.values() for column in (table.columns or {}).values()}
    spec |= {column.key: column for table in columns.values() for column in (table.columns or {}).values()}
    titles = dict.fromkeys(field.section for field in one.fields)
    for title in titles:
        rows = [row(field, spec[field.key], columns.get(field.key)) for field in one.fields if field.section == title]
        yield f"## {plain(title)}\n\n{table(('item', 'label', 'comes from', 'remarks'), rows)}\n"


def row(asked: Asked, field: Field, within: Field | None) -> tuple[str, ...]:
    """Give the line of a field."""
    label = plain(field.label)
    if within is not None:
        label = f"{plain(within.label)} › {label}"
    remarks = [
        "required" if field.required else "",
        "sensitive" if asked.sensitive else "",
        *(f"if `{said(one.when)}`" for one in (within, field) if one is not None and one.when),
        f"a row for each of `{within.rows_of}`" if within is not None and within.rows_of else "",
        f"no older than `{field.fresh_for}`" if field.fresh_for else "",
        plain(field.note or ""),
    ]
    return field.item_no or "", label, origin(asked, field), "; ".join(part for part in remarks if part)


def origin(asked: Asked, field: Field) -> str:
    """Say where a field's value comes from."""
    named = " → ".join(f"`{path}`" for path in asked.paths) if field.first_of else paths(asked.paths)
    on = paths(asked.rests_on)
    source = f"rule `{asked.rule}`" + (f" on {on}" if on else "") if asked.rule and not field.by else named
    if field.by:
        source = f"{named}, joined by `{field.by}`"
    match asked.origin:
        case "by-hand":
            return f"by hand: {asked.by_hand}"
        case "other-desk":
            return f"{asked.filled_by}" + (f"; filled where known: {source}" if source else "")
        case "each-time":
            return "**new each time**"
        case "ask-always":
            return "asked afresh" + (f", although there is {source}" if source else "")
        case "suggested":
            return f"proposed by {source}"
        case "after-answers":
            return f"follows from answers: {source}"
    return source


def paths(names: Iterable[str]) -> str:
    """Write paths one after the other."""
    return ", ".join(f"`{name}`" for name in names)


def share(part: float | None) -> str:
    """Write a share in percent."""
    return "–" if part is None else f"{part:.0%}"


def plain(text: str) -> str:
    """Write a printed text so that Markdown leaves it alone."""
    for mark in "\\*_<>[]":
        text = text.replace(mark, "\\" + mark) if not text.startswith(("[`", "`")) else text
    return " ".join(text.split())


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Give a Markdown table."""
    head = tuple(head)
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
