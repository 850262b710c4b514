"""Rewrites the tables in docs/ that are made from the code and the specs: `make docs`.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; the functions of TABLES give its lines.
"""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import prefill
from prefill.derivations import RULES
from prefill.kinds import KINDS

DOCS = Path(__file__).parent.parent / "docs"
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
            "any number" if rule.inputs is None else str(rule.inputs),
            ", ".join(f"`{name}`" for name in rule.params) or "–",
            first_line(rule.function),
        )
        for rule in RULES.values()
    )
    return table(("rule", "inputs", "parameters", "what it does"), rows)


def forms() -> str:
    """The forms of the bundled catalogue."""
    rows = (
        (str(form.system), f"`{form.id}`", form.title, form.agency or "", form.version or "")
        for form in prefill.open_catalogue().forms()
    )
    return table(("system", "id", "title", "agency", "version"), rows)


def terms() -> str:
    """Every term of the vocabulary, by entity type."""
    vocabulary = prefill.open_catalogue().vocabulary
    parts = []
    for entity in vocabulary.types.values():
        rows = (
            (
                f"`{term.path}`",
                term.label,
                f"list of {term.to}" if term.many else term.to or f"`{term.kind}`",
                f"`{term.codes.id}`" if term.codes else "",
                term.fresh_for.text if term.fresh_for else "",
            )
            for term in entity.terms.values()
        )
        head = ("term", "printed", "kind", "codes", "fresh for")
        parts.append(f"\n### {entity.name} ({entity.label})\n\n{table(head, rows)}")
    return "".join(parts) + "\n"


def codes() -> str:
    """Every code list."""
    rows = (
        (f"`{codes.id}`", codes.name, codes.standard or "", codes.confidence, str(len(codes.items)))
        for codes in prefill.open_catalogue().vocabulary.codes.values()
    )
    return table(("list", "name", "standard", "confidence", "codes"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "kinds": kinds,
    "rules": rules,
    "forms": forms,
    "terms": terms,
    "codes": codes,
}


def renewed(text: str) -> str:
    """Give a page with its tables made anew."""
    return MARKED.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)


def main() -> None:
    """Rewrite every page whose tables are out of date."""
    for path in sorted(DOCS.glob("*.md")):
        old = path.read_text(encoding="utf-8")
        new = renewed(old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(f"rewrote {path.name}")


if __name__ == "__main__":
    sys.exit(main())
