"""Rewrites what is made from the code and the specs: tables in docs/, the pages of the forms, the JSON Schemas: `make docs`.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; the functions of TABLES give its lines.
"""

import json
import re
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

import prefill
from prefill.catalogue import bundled_folder
from prefill.derivations import RULES
from prefill.documents import read_document
from prefill.kinds import KINDS, CodeList
from prefill.vocabulary import Term
from tools import form_pages, schema

DOCS = Path(__file__).parent.parent / "docs"
CODES = bundled_folder("form_specs") / "codes"
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Give a Markdown table."""
    head = tuple(head)
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def first_line(thing: object) -> str:
    """The first line of a docstring, without its full stop."""
    return (thing.__doc__ or "").strip().split("\n")[0].removesuffix(".")


def kinds() -> str:
    """Every kind, and whether it is known to a precision."""
    return table(("kind", "value"), ((f"`{name}`", first_line(kind.read)) for name, kind in KINDS.items()))


def rules() -> str:
    """Every derivation rule with its inputs and parameters."""
    rows = (
        (
            f"`{rule.name}`",
            "any number"
            if rule.inputs[1] is None
            else " or ".join(str(number) for number in sorted({*rule.inputs} - {None}, key=str)),
            ", ".join(f"`{name}`" for name in rule.params) or "–",
            first_line(rule.function),
        )
        for rule in RULES.values()
    )
    return table(("rule", "inputs", "parameters", "what it does"), rows)


def terms() -> str:
    """Every term of the vocabulary, by entity type; what belongs to a membership stands under its list."""
    head = ("term", "printed", "kind", "codes", "fresh for", "sharing", "authority")
    parts = []
    for entity in prefill.open_catalogue().vocabulary.types.values():
        rows = (row for term in entity.terms.values() for row in (term_row(term), *link_rows(term)))
        parts.append(f"\n### {entity.name} ({entity.label})\n\n{table(head, rows)}")
    return "".join(parts) + "\n"


def term_row(term: Term, under: str = "") -> tuple[str, ...]:
    """What the table says of one term."""
    shared = [term.sharing] if term.sharing != "unconditional" else []
    return (
        f"`{under}{term.path}`",
        term.label,
        f"list of {term.to}" if term.many else term.to or f"`{term.kind}`",
        f"`{term.codes.id}`" if term.codes else "",
        term.fresh_for.text if term.fresh_for else "",
        ", ".join([*shared, *(["sensitive"] if term.sensitive else [])]),
        ", ".join(term.authority),
    )


def link_rows(term: Term) -> Iterable[tuple[str, ...]]:
    """What the table says of the terms that belong to a membership or a role."""
    return (term_row(link, f"{term.path}.") for link in term.link.values())


def sources() -> str:
    """Every source, with the name that is printed."""
    rows = (
        (source.name, f"`{source.kind}`", source.label)
        for source in prefill.open_catalogue().vocabulary.sources.values()
    )
    return table(("source", "kind", "printed as"), rows)


def codes() -> str:
    """Every code list, by the file that it stands in."""
    known = prefill.open_catalogue().vocabulary.codes
    parts = []
    for file in sorted(CODES.glob("*.yaml")):
        if file.stem.startswith("mappings"):
            continue
        document = read_document(file)
        rows = (code_row(known[name]) for name in document.data)
        about = document.text.partition("\n")[0].removeprefix("# ")
        head = ("list", "name", "standard", "confidence", "options", "remark")
        parts.append(f"\n### {file.stem}\n\n{about}\n\n{table(head, rows)}")
    return "".join(parts) + "\n"


def code_row(codes: CodeList) -> tuple[str, ...]:
    """What the table says of one code list."""
    extent = "external" if codes.external else "partial" if codes.partial else ""
    return (
        f"`{codes.id}`",
        codes.name,
        codes.standard or "",
        codes.confidence or "",
        str(len(codes.items)) if codes.items else "",
        "; ".join(part for part in (extent, codes.note) if part),
    )


def mappings() -> str:
    """Every general mapping between two code lists."""
    vocabulary = prefill.open_catalogue().vocabulary
    rows = (
        (f"`{m.source}`", f"`{m.target}`", f"{len(m.codes)} of {len(vocabulary.codes[m.source].items)}")
        for m in vocabulary.mappings.values()
    )
    return table(("from", "to", "codes mapped"), rows)


def example() -> str:
    """The demo's first form as JSON: its head, an entry that follows, one in dispute, one that waits, its savings."""
    catalogue = prefill.open_catalogue()
    form, sample = next(iter(catalogue.samples().items()))
    record = catalogue.read_record(*sample.demo)
    lines = prefill.to_json(prefill.fill(catalogue.plan(form), record, on=sample.on, filing=sample.filing)).splitlines()
    wanted = {"derived", "disputed", "each-time"}
    shown: list[str] = []
    for line in lines:
        entry = json.loads(line.rstrip(",")) if line.startswith("  {") else None
        waits = entry is not None and bool(entry["waits_for"]) == (entry["reason"] == "each-time")
        if entry is None or (entry["reason"] in wanted and waits and len(entry["facts"]) < 2):
            shown.append(line)
            wanted -= {entry["reason"]} if entry else set()
        elif shown[-1] != "  …":
            shown.append("  …")
    return "```\n" + "\n".join(map(_wrapped, shown)) + "\n```\n"


def _wrapped(line: str) -> str:
    """Break a line of JSON before a key."""
    indent = " " * (len(line) - len(line.lstrip()) + 1)
    kept = line.strip().replace('": ', '":\0')  # a key stays with its value
    broken = textwrap.wrap(kept, 118, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return indent[1:] + "\n".join(broken).replace("\0", " ")


TABLES: dict[str, Callable[[], str]] = {
    "kinds": kinds,
    "rules": rules,
    "terms": terms,
    "sources": sources,
    "codes": codes,
    "json": example,
    "mappings": mappings,
}


def renewed(text: str) -> str:
    """Give a page with its tables made anew."""
    return MARKED.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)


def made() -> dict[Path, str]:
    """Give every file that is made whole: the pages of the forms, and the JSON Schemas."""
    catalogue = prefill.open_catalogue()
    return {**form_pages.pages(catalogue), **schema.schemas(catalogue)}


def main() -> None:
    """Write every file that is made whole, and every page whose tables are out of date; remove the pages of forms that are gone."""
    files = made()
    for path in {*(DOCS / "forms").glob("*.md")} - files.keys():
        path.unlink()
        print(f"removed {path.name}")
    for path, new in files.items():
        rewrite(path, new)
    for path in sorted(DOCS.glob("*.md")):
        rewrite(path, renewed(path.read_text(encoding="utf-8")))


def rewrite(path: Path, text: str) -> None:
    """Write a file if it is not so already."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"rewrote {path.name}")


if __name__ == "__main__":
    main()
