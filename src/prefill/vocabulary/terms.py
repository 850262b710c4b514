"""Reading the entity types and their terms, and checking what they say of each other."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from prefill.derivations import RULES, Input, RuleFault, check_rule, find_rule
from prefill.documents import Document, Place
from prefill.kinds import CodeList
from prefill.vocabulary.model import Derive, Duration, Term, suggest
from prefill.vocabulary.shapes import DERIVE, ENTITY, TERM, checked, texts

__all__ = ["Terms"]

_PATH: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_CODED: Final = ("code", "multi_code")
_DOCUMENTS: Final = ("id_number", "document_number", "disability_card", "uscc", "org_code", "division")
_NUMBERS: Final = ("integer", "decimal", "money")
_OF_ONE_FACT: Final = ("kind", "codes", "unit", "derive")  # keys of a term that is no role and no list
_NOT_FROM_TEXT: Final = frozenset(
    {"list", "entity", "multi_code", "bool", "date", "year_month", "year", "datetime", *_NUMBERS}
)


class Terms:
    """Gathers entity types; what they name of each other is checked when all are read."""

    def __init__(self, codes: Mapping[str, CodeList]) -> None:
        """Take the code lists, which are read before."""
        self.codes = codes
        self.types: dict[str, tuple[str, list[str], dict[str, Term]]] = {}
        self.marks: dict[str, dict[str, Any]] = {}
        self.later: dict[tuple[str, str, str], tuple[Document, Place, Term]] = {}
        self.named: list[tuple[Document, str, str, str]] = []

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, document: Document) -> None:
        """Read a file of one entity type; another file may add to it, a later folder's goes over it."""
        data = checked(document, (), document.data, ENTITY, needed=("entity",))
        if "entity" not in data:
            return
        name = data["entity"]
        _, documents, terms = self.types.setdefault(name, (data.get("label", name), [], {}))
        documents += [one for one in data.get("documents", ()) if one not in documents]
        for path, spec in data.get("terms", {}).items():
            place: Place = ("terms", path)
            terms[path] = self.term(document, place, path, spec)
            before = self.later.pop((name, "", path), None)  # what a later folder says over it is told of there
            for within in before[2].link if before else ():
                self.later.pop((name, path, within), None)
            self.later[name, "", path] = document, place, terms[path]
            for within, link in terms[path].link.items():
                self.later[name, path, within] = document, (*place, "link", within), link
        marks = {key: data[key] for key in ("similar", "same", "ended_by", "apart") if key in data}
        self.marks.setdefault(name, {}).update({k: tuple(v) if isinstance(v, list) else v for k, v in marks.items()})
        for key in ("documents", *marks):
            self.named += [(document, name, key, attribute) for attribute in texts(data.get(key))]

    def term(self, document: Document, place: Place, path: str, raw: Any) -> Term:
        """Read one term; what is wrong with it is reported and left out."""
        if not _PATH.fullmatch(path):
            document.problem(place, f"'{path}' is no path", "write lower-case words, parted by points: hukou.address")
        data = checked(document, place, raw, TERM)
        given: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        if given and "label" not in given:
            document.problem(place, "no 'label'", "add label: what people call it")
        role = given.get("list_of") or given.get("to")
        if role and isinstance(raw, dict):
            self.role_alone(document, place, data)
        elif isinstance(raw, dict):
            self.fact_alone(document, place, data, given)
        many = "list_of" in given
        if "items_by" in data and not many:
            document.problem((*place, "items_by"), "'items_by' without a list", "write list_of: …, or leave it out")
        if "link" in data and not role:
            document.problem((*place, "link"), "'link' without a role", "write to: … or list_of: …, or leave it out")
        by = texts(data.get("items_by"))
        derive = self.derive(document, (*place, "derive"), data["derive"]) if "derive" in data else None
        links = {
            within: self.term(document, (*place, "link", within), within, t)
            for within, t in data.get("link", {}).items()
        }
        for within, link in links.items():
            if link.derive is not None:
                document.problem((*place, "link", within, "derive"), "'derive' on a membership's term", "leave it out")
        return Term(
            path=path,
            label=data.get("label", path),
            kind="list" if many else "entity" if role else data.get("kind", ""),
            also=tuple(data.get("also", ())),
            codes=self.codes.get(data.get("codes", "")),
            to=data.get("list_of") or data.get("to"),
            many=many,
            items_by=() if by == ("none",) else by,
            link=links,
            fresh_for=Duration.parse(data["fresh_for"]) if "fresh_for" in data else None,
            sensitive=data.get("sensitive") == "true",
            sharing=data.get("sharing", "unconditional"),
            authority=tuple(data.get("authority", ())),
            derive=derive,
            unit=data.get("unit"),
            standard=data.get("standard"),
            note=data.get("note"),
        )

    def role_alone(self, document: Document, place: Place, data: Mapping[str, Any]) -> None:
        """Report keys that a role or a list of entities cannot have."""
        if "to" in data and "list_of" in data:
            document.problem(
                (*place, "to"), "both 'to' and 'list_of'", "keep 'to' for one entity, 'list_of' for several"
            )
        for key in _OF_ONE_FACT:
            if key in data:
                what = f"'{key}' on a term that leads to an entity"
                document.problem((*place, key), what, "leave it out; the entity's own terms have kinds")

    def fact_alone(self, document: Document, place: Place, data: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        """Check the keys of a term that holds one value."""
        kind, codes = data.get("kind"), data.get("codes")
        if "kind" not in given:
            document.problem(place, "no 'kind'", "add kind: …, or to: or list_of: for a term that leads to an entity")
        if codes is not None and codes not in self.codes:
            remedy = suggest(codes, self.codes, "", "add the list to codes/")
            document.problem((*place, "codes"), f"unknown code list '{codes}'", remedy)
        if kind in _CODED and "codes" not in given:
            document.problem(place, "a code without a code list", "add codes: …")
        if codes is not None and kind is not None and kind not in _CODED:
            document.problem(
                (*place, "codes"), f"a code list on a term of kind '{kind}'", "write kind: code, or leave it out"
            )
        if "unit" in data and kind is not None and kind not in _NUMBERS:
            document.problem(
                (*place, "unit"), f"a unit on a term of kind '{kind}'", "leave it out, or write a kind of number"
            )

    def derive(self, document: Document, place: Place, raw: Mapping[str, Any]) -> Derive | None:
        """Read what a term follows from; its inputs and parameters are checked when all terms are read."""
        data = checked(document, place, {key: raw[key] for key in raw if key in DERIVE}, DERIVE, needed=("rule", "of"))
        if len(data) < len(DERIVE):
            return None
        params = {key: value for key, value in raw.items() if key not in DERIVE}
        return Derive(data["rule"], texts(data["of"]), params)

    # ── checking ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def check(self, source_kinds: Iterable[str]) -> None:
        """Check what the terms name: entity types, each other, kinds of source; and settle what follows from what."""
        known = frozenset(source_kinds)
        for document, name, key, attribute in self.named:
            if attribute not in self.types[name][2]:
                remedy = suggest(attribute, self.types[name][2], "", "name a term of this entity")
                document.problem((key,), f"unknown term '{attribute}'", remedy)
            elif key == "documents":
                self.check_document(document, name, attribute)
            elif key == "apart" and self.types[name][2][attribute].to is None:
                document.problem(
                    (key,), f"'{attribute}' is no role", "name terms that lead to another: spouse, children"
                )
        for document, place, term in self.later.values():
            self.check_names(document, place, term, known)
        self.check_labels()
        self.check_branches()
        for (name, link, path), (document, place, term) in self.later.items():
            if term.derive is not None and not link:
                _, documents, siblings = self.types[name]
                made = self.check_derive(document, (*place, "derive"), term, siblings, documents)
                siblings[path] = made or siblings[path]
        for _, _, terms in self.types.values():
            _mark_early(terms)

    def check_labels(self) -> None:
        """Check that a printed name means one term of its entity: a label stands once, and is no other's ``also``."""
        labels: dict[tuple[str, str, str], str] = {}
        for (name, within, path), (document, place, term) in self.later.items():
            first = labels.setdefault((name, within, term.label), path)
            if first != path:
                what = f"'{first}' has the label '{term.label}' too"
                document.problem((*place, "label"), what, "give each a label of its own")
        for (name, within, path), (document, place, term) in self.later.items():
            for also in term.also:
                of = labels.get((name, within, also))
                if of is not None:
                    what = f"'{also}' is {'its own label' if of == path else f'the label of {of}'}"
                    document.problem((*place, "also"), what, "leave it out: a printed name means one term")

    def check_branches(self) -> None:
        """Check that nothing lies under a term: a leaf has a value, and what lies under a role belongs to the role's entity."""
        for (name, within, path), (document, place, _) in self.later.items():
            above = path
            while "." in above:
                above = above.rpartition(".")[0]
                term = self.later[name, within, above][2] if (name, within, above) in self.later else None
                if term is not None and term.to is not None:
                    what, remedy = (
                        f"'{above}' leads to '{term.to}'",
                        f"add the term to '{term.to}', or to the role's link",
                    )
                    document.problem(place, what, remedy)
                elif term is not None:
                    document.problem(place, f"'{above}' is a term of its own", "give one of them another path")

    def check_document(self, document: Document, name: str, attribute: str) -> None:
        """Check that a number tells one entity from all others; a text does so for what nobody numbers but the office, never for a person."""
        terms = self.types[name][2]
        kind = terms[attribute].kind
        person = any(term.kind == "id_number" for term in terms.values())
        if kind and kind not in _DOCUMENTS and (person or kind != "text"):
            what = f"'{attribute}' of kind '{kind}' does not tell one '{name}' from all others"
            remedy = "name a term of one of the kinds " + ", ".join(_DOCUMENTS) + ("" if person else ", or text")
            document.problem(("documents",), what, remedy)

    def check_names(self, document: Document, place: Place, term: Term, source_kinds: frozenset[str]) -> None:
        """Check the entity type, the items' attributes and the authority that a term names."""
        if term.to is not None and term.to not in self.types:
            remedy = suggest(term.to, self.types, "", "add it to vocabulary/")
            at = (*place, "list_of" if term.many else "to")
            document.problem(at, f"unknown entity type '{term.to}'", remedy)
        elif term.to is not None and term.items_by and term.items_by != ("documents",):
            for attribute in term.items_by:
                if attribute not in self.types[term.to][2]:
                    remedy = suggest(
                        attribute, self.types[term.to][2], "", "write documents, none, or terms of the items"
                    )
                    document.problem((*place, "items_by"), f"unknown term '{attribute}' of '{term.to}'", remedy)
                elif self.types[term.to][2][attribute].to is not None:
                    what = f"'{attribute}' leads to an entity, which tells no items apart"
                    document.problem((*place, "items_by"), what, "name a term of the items that holds one value")
        for kind in term.authority:
            if kind not in source_kinds:
                remedy = suggest(
                    kind, source_kinds, "", "name the kind of a source of sources.yaml, or add the source there"
                )
                document.problem((*place, "authority"), f"no source is of the kind '{kind}'", remedy)

    def check_derive(
        self, document: Document, place: Place, term: Term, siblings: Mapping[str, Term], documents: list[str]
    ) -> Term | None:
        """Check a term's rule, inputs and parameters; give the term with the parameters read, or None where there is a fault."""
        derive = term.derive
        if derive is None:
            return None
        for of in derive.of:
            if of not in siblings:
                remedy = suggest(of, siblings, "", "name a term of this entity")
                document.problem((*place, "of"), f"unknown term '{of}'", remedy)
                return None
        if term.path in _all_inputs(derive.of, siblings):
            document.problem((*place, "of"), f"'{term.path}' follows from itself", "break the circle")
            return None
        inputs = [
            Input(of, found.kind, found.codes, found.unit, of in documents)
            for of, found in ((of, siblings[of]) for of in derive.of)
        ]
        try:
            rule = find_rule(derive.rule)
            params = check_rule(rule, inputs, derive.params)
            gives, codes = (inputs[0].kind, inputs[0].codes) if rule.gives == "same" else (rule.gives, None)
            if rule.gives == "multi_code" or inputs[0].kind in ("list", "entity"):
                raise RuleFault(("rule",), f"'{rule.name}' is for forms alone", "derive it in the form's field")
            listed = rule.codes or (codes.id if codes else None)
            _check_given(rule.name, gives, listed, term)
        except RuleFault as fault:
            document.problem((*place, *fault.within), fault.what, fault.remedy)
            return None
        return replace(term, derive=Derive(derive.rule, derive.of, params))


def _check_given(rule: str, gives: str, codes: str | None, term: Term) -> None:
    """Check that what a rule gives is of the term's kind; a text may be any kind that is written as one."""
    fits = gives == term.kind or (gives == "text" and term.kind not in _NOT_FROM_TEXT)
    if gives == "integer" and term.kind in ("decimal", "money"):
        fits = False
    if not fits:
        raise RuleFault(
            ("rule",), f"'{rule}' gives the kind '{gives}', the term is of kind '{term.kind}'", "give it that kind"
        )
    if codes is not None and (term.codes is None or term.codes.id != codes):
        raise RuleFault(("rule",), f"'{rule}' gives codes of {codes}", f"write codes: {codes}")


def _all_inputs(of: Iterable[str], terms: Mapping[str, Term]) -> set[str]:
    """Give every term that something follows from, at any remove."""
    found: set[str] = set()
    todo = list(of)
    while todo:
        path = todo.pop()
        term = terms.get(path)
        if path not in found and term is not None:
            found.add(path)
            todo += term.derive.of if term.derive else ()
    return found


def _mark_early(terms: dict[str, Term]) -> None:
    """Mark what follows from one stated term that is shared with all, by a rule that does not ask for the date."""
    for path, term in terms.items():
        derive = term.derive
        if derive is not None and len(derive.of) == 1 and derive.rule in RULES and not RULES[derive.rule].dated:
            of = terms.get(derive.of[0])
            if of is not None and of.derive is None and of.sharing == "unconditional":
                terms[path] = replace(term, derive=replace(derive, early=True))
