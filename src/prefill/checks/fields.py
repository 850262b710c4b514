"""What a form asks that it need not: what the record knows already, what it asks twice; and what a statistical form must carry."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from prefill.checks.findings import Finding
from prefill.checks.specs import Row, Spec
from prefill.notices import Notices, bare, holds
from prefill.vocabulary import Term, Vocabulary

if TYPE_CHECKING:
    from prefill.vocabulary import EntityType

__all__ = ["Names", "check_fields"]

_MARKS: Final = ("form_number", "agency", "approval", "expires")
_BUILT_IN: Final = "filing"


class Names:
    """Which term a printed name means on a form: only where it means one, and none of somebody else's.

    What the names of each subject mean is found once, for all forms of a check.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the vocabulary whose printed names are looked up."""
        self.vocabulary = vocabulary
        self._known: dict[str, Mapping[str, tuple[str, Term]]] = {}
        self._others: dict[str, frozenset[str]] = {}

    def path_of(self, subject: str, row: Row) -> str | None:
        """Give the path of the term that a field's label means, of the form's subject or of the row's item; None if it is not sure."""
        if row.table is not None:
            rows_of = row.table.field.rows_of
            term = self._column(row, rows_of) if rows_of is not None else None
            return f".{term.path}" if term is not None and _fits(row, term, self.vocabulary) else None
        found = self._of_root(subject).get(bare(row.field.label))
        section = bare(row.asked.section)
        if found is None or any(word in section for word in self._words_for_others(subject)):
            return None
        path, term = found
        return path if _fits(row, term, self.vocabulary) else None

    def _column(self, row: Row, rows_of: str) -> Term | None:
        around = self.vocabulary.path(rows_of).term
        terms = (*around.link.values(), *self.vocabulary.types[str(around.to)].terms.values())
        found = [t for t in terms if t.to is None and bare(row.field.label) in map(bare, (t.label, *t.also))]
        return found[0] if len(found) == 1 else None

    def _of_root(self, root: str) -> Mapping[str, tuple[str, Term]]:
        """Give what each name means that the subject's own terms have, or those of one to whom a role leads (配偶姓名)."""
        if root in self._known:
            return self._known[root]
        found: dict[str, set[tuple[str, str]]] = {}
        terms: dict[str, Term] = {}
        entity = self.vocabulary.types[self.vocabulary.roots[root]]
        self._add(found, terms, root, entity, ("",))
        for role in entity.terms.values():
            if role.to is not None and not role.many:
                one = self.vocabulary.types[role.to]
                self._add(found, terms, f"{root}.{role.path}", one, (role.label, *role.also))
        self._known[root] = {
            name: (path, terms[path])
            for name, paths in found.items()
            for path in [min(paths)[1]]
            if len({depth for depth, _ in paths}) == len(paths)
        }
        return self._known[root]

    def _add(
        self,
        found: dict[str, set[tuple[str, str]]],
        terms: dict[str, Term],
        before: str,
        entity: "EntityType",
        words: tuple[str, ...],
    ) -> None:
        for term in entity.terms.values():
            if term.to is None:
                path = f"{before}.{term.path}"
                terms[path] = term
                for word in words:
                    for name in (term.label, *term.also):
                        found.setdefault(bare(word + name), set()).add(("1" if word else "0", path))

    def _words_for_others(self, subject: str) -> frozenset[str]:
        """Give the words for those whom a form may speak of beside its subject: a section that names one is about somebody else."""
        if subject not in self._others:
            vocabulary = self.vocabulary
            roles = [word for _, term in vocabulary if term.to is not None for word in (term.label, *term.also)]
            roots = [label for root, label in vocabulary.labels.items() if root != subject]
            own = bare(vocabulary.labels[subject])
            words = (word for word in map(bare, (*roles, *roots)) if len(word) > 1 and word != own)
            self._others[subject] = frozenset(words)
        return self._others[subject]

    def sections_about_others(self, spec: Spec) -> frozenset[str]:
        """Find sections that ask for several attributes of one whom no role of the vocabulary names (新生儿姓名, 新生儿性别)."""
        names = {name for name in self._of_root(spec.form.subject) if len(name) > 1}
        found: set[tuple[str, str]] = set()
        several: set[str] = set()
        for row in spec.rows:
            label = bare(row.field.label)
            for end in range(1, len(label) - 1):
                if label[end:] in names and label not in names and row.table is None:
                    about = (row.asked.section, label[:end])
                    if about in found:
                        several.add(row.asked.section)
                    found.add(about)
        return frozenset(several)


def check_fields(spec: Spec, notices: Notices, names: Names) -> Iterator[Finding]:
    """Find fields that the record answers, terms asked twice, and the marks that a statistical form lacks."""
    yield from _known(spec, names)
    yield from _twice(spec)
    form = spec.form
    if form.statistical or holds(form.agency, notices.words.statisticians):
        missing = [mark for mark in _MARKS if not getattr(form, mark)]
        if missing:
            what = f"a statistical form without {', '.join(missing)}"
            remedy = (
                "a survey must show its number, who made it, its approval or filing number, and until when it holds"
            )
            yield spec.finding("N404", what, remedy, figures={"missing": missing})


# ── the record already knows this ────────────────────────────────────────────────────────────────────────────────────────────────────


def _known(spec: Spec, names: Names) -> Iterator[Finding]:
    elsewhere = names.sections_about_others(spec)
    asked = {path for row in spec.rows for path in row.asked.paths}
    for row in spec.rows:
        if row.asked.origin != "each-time" or row.field.note or row.field.ask:
            continue
        path = names.path_of(spec.form.subject, row) if row.asked.section not in elsewhere else None
        if path is not None and path not in asked:
            what = f"'{row.field.label}' is typed each time, and the record already knows this: {path}"
            yield spec.finding("N401", what, f"write from: {path}", at=row, figures={"from": path})


def _fits(row: Row, term: Term, vocabulary: Vocabulary) -> bool:
    """Say whether a term's values can stand in a field: of the same kind and options, or with a mapping between them."""
    field = row.field
    if field.codes is not None:
        own = term.codes.id if term.codes else None
        return own == field.codes or (own is not None and vocabulary.mapping(own, field.codes) is not None)
    return field.kind in (None, term.kind)


# ── asked twice ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _twice(spec: Spec) -> Iterator[Finding]:
    """Find terms that two fields ask for in the same way; a field that is asked only sometimes may repeat another."""
    seen: dict[tuple[str, str, str | None, str | None], Row] = {}
    for row in spec.rows:
        field = row.field
        if not (row.asked.asked and isinstance(field.from_, str) and field.from_.partition(".")[0] != _BUILT_IN):
            continue
        if row.asked.conditional or field.note or field.map is not None:
            continue
        if field.from_ in spec.plan.places:  # it repeats a field of the form, and says so
            continue
        table = row.table.key if row.table is not None else ""
        key = (table, field.from_, row.slot.kind, row.slot.codes.id if row.slot.codes else None)
        first = seen.setdefault(key, row)
        if first is not row:
            what = f"{field.from_} is asked twice: '{first.field.label}' ({first.slot.key}) and '{field.label}'"
            yield spec.finding("N402", what, "ask once", at=row, figures={"first": first.slot.key})
