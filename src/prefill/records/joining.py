"""Mentions of entities → a record: what shares an identity is one, all else stays apart."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from prefill.derivations import RULES
from prefill.documents import Document
from prefill.errors import Problem, RecordError
from prefill.records.cells import Cell, Decision, Entity, Item, Record
from prefill.records.facts import Absence, Fact
from prefill.records.reading import Mention, Statement
from prefill.vocabulary import EntityType, Term, Vocabulary

__all__ = ["join"]


def join(
    statements: Sequence[Statement], vocabulary: Vocabulary, document: Document, decisions: Sequence[Decision] = ()
) -> Record:
    """Join statements by identity. Their order makes no difference.

    Two mentions are one entity if they share a document's number, if they are items of one list that their identifying attributes
    tell to be the same, or if one of them is a root's and names no document (a missing identity means the subject itself).
    ``decisions`` are what people decided of identities: to merge what does not share a document, to split what does.
    Raises RecordError where one identity would have two numbers of the document that an entity has only one of.
    """
    told = {(s.day, s.source, s.origin or "", s.order): s for s in reversed(statements)}  # the very same twice is once
    ordered = [told[key] for key in sorted(told)]
    joiner = _Joiner(ordered, vocabulary)
    joiner.refuse_loose(decisions, document)
    joiner.split(decisions)
    joiner.by_documents()
    joiner.by_roots()
    joiner.by_items()
    joiner.merge(decisions)
    joiner.refuse_contradictions(document)
    context, entities = joiner.build()
    named = {root: {fact.value for fact in cell.facts} - {Absence.UNAVAILABLE} for root, cell in context.cells.items()}
    several = frozenset(root for root, entity in named.items() if len(entity) > 1)
    raw = tuple(document.data) if isinstance(document.data, list) else (document.data,)
    anchors = joiner.anchors()
    return Record(
        vocabulary, context, entities, tuple(document.problems), several, document.name, raw, tuple(decisions), anchors
    )


class _Joiner:
    """Union-find over the mentions of all statements."""

    def __init__(self, statements: Sequence[Statement], vocabulary: Vocabulary) -> None:
        self.statements = statements
        self.vocabulary = vocabulary
        # by name, so that the order of keys in a statement makes no difference either
        roots = [sorted(s.roots, key=lambda root: root[0]) for s in statements]
        tops = [[*[m for _, _, m in found if m], *s.others] for s, found in zip(statements, roots, strict=True)]
        self.mentions = [mention for top in tops for one in top for mention in _walk(one)]
        self.groups: dict[int, int] = {}
        self.index = {id(mention): number for number, mention in enumerate(self.mentions)}
        self.parent = list(range(len(self.mentions)))

    def find(self, mention: Mention) -> int:
        number = self.index[id(mention)]
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def unite(self, one: Mention, other: Mention) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self.parent[second] = first  # the earliest mention stands for all

    def split(self, decisions: Sequence[Decision]) -> None:
        """Mark what somebody decided to be another entity than its documents name."""
        for number, decision in enumerate(decisions, 1):
            for mention in self.mentions if decision.what == "split" else ():
                if mention.anchor in decision.anchors:
                    mention.apart = number

    def merge(self, decisions: Sequence[Decision]) -> None:
        """Join what somebody decided to be one entity."""
        for decision in decisions:
            if decision.what == "merge":
                named = [mention for mention in self.mentions if mention.anchor in decision.anchors]
                for mention in named[1:]:
                    self.unite(named[0], mention)

    def refuse_loose(self, decisions: Sequence[Decision], document: Document) -> None:
        """Refuse decisions on what no statement of this record mentions, or on entities of two kinds."""
        kinds_of = {mention.anchor: mention.type for mention in self.mentions} if decisions else {}
        for decision in decisions:
            if any(anchor not in kinds_of for anchor in decision.anchors):
                what = f"a decision to {decision.what} speaks of what no statement mentions"
                remedy = "give the decisions together with all the statements that they were made on"
            elif len({kinds_of[anchor] for anchor in decision.anchors}) > 1:
                what, remedy = "a decision to merge entities of two kinds", "merge a person with a person"
            else:
                continue
            raise RecordError([*document.problems, Problem(document.name, None, what, remedy)])

    def anchors(self) -> dict[int, tuple[str, ...]]:
        """Give, for each entity's number, where it is mentioned."""
        found: dict[int, list[str]] = defaultdict(list)
        for mention in self.mentions:
            found[self.groups[self.find(mention)]].append(mention.anchor)
        return {number: tuple(anchors) for number, anchors in found.items()}

    def by_documents(self) -> None:
        known: dict[tuple[str, str, str, int], Mention] = {}
        for mention in self.mentions:
            for attribute, number in mention.documents:
                self.unite(known.setdefault((mention.type, attribute, number, mention.apart), mention), mention)

    def by_roots(self) -> None:
        """A root that names no document is the one that is known, if there is just one."""
        named: dict[str, list[Mention]] = defaultdict(list)
        bare: dict[str, list[Mention]] = defaultdict(list)
        for statement in self.statements:
            for root, _, mention in statement.roots:
                if mention is not None and not mention.apart:
                    (named if mention.documents else bare)[root].append(mention)
        for root, mentions in bare.items():
            groups = {self.find(mention) for mention in named[root]}
            if len(groups) <= 1:
                for mention in mentions:
                    self.unite((named[root] or mentions)[0], mention)

    def by_items(self) -> None:
        """Items of lists that their attributes tell to be the same; where none do, items of which the very same is said."""
        known: dict[tuple[int, str, tuple[Any, ...]], Mention] = {}
        for owner in self.mentions:  # owners come before what they name
            for term, _, items in owner.roles:
                if not term.many or term.items_by == ("documents",):
                    continue
                times: Counter[tuple[Any, ...]] = Counter()
                for item in items:
                    said = {t.path: fact.value for t, fact in item.facts}
                    if term.items_by:
                        key = tuple([said.get(attribute) for attribute in term.items_by])
                        if any(part is None or isinstance(part, Absence) for part in key):
                            continue
                    else:
                        whole = tuple(sorted(said.items()))
                        times[whole] += 1
                        key = (*whole, times[whole])  # what is said twice in one list are two
                        if item.roles or any(isinstance(value, Absence) for value in said.values()):
                            continue
                    if not item.apart:
                        self.unite(known.setdefault((self.find(owner), term.path, key), item), item)

    def refuse_contradictions(self, document: Document) -> None:
        numbers: dict[tuple[int, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for mention in self.mentions:
            only = self.vocabulary.types[mention.type].documents[:1]
            for attribute, number in mention.documents:
                if attribute in only:
                    numbers[self.find(mention), attribute][number].add(mention.statement.who)
        problems = []
        for (group, attribute), stated in sorted(numbers.items()):
            if len(stated) > 1:
                mention = self.mentions[group]
                label = self.vocabulary.types[mention.type].terms[attribute].label
                who = "; ".join(sorted(", ".join(sorted(sources)) for sources in stated.values()))
                what = f"'{mention.path}' would have {len(stated)} different numbers of {attribute} ({label}), by {who}"
                remedy = "find out at the sources which is right, or which document is another entity's, and leave out the wrong one"
                problems.append(
                    Problem(document.name, document.line(mention.order[0], *mention.path.split(".")), what, remedy)
                )
        if problems:
            raise RecordError([*document.problems, *problems])

    def build(self) -> tuple[Entity, tuple[Entity, ...]]:
        entities: dict[int, Entity] = {}
        for mention in self.mentions:
            group = self.find(mention)
            if group not in entities:
                entities[group] = Entity(len(entities) + 1, mention.type)
                self.groups[group] = entities[group].number
        facts: dict[Entity, dict[str, tuple[Term, list[Fact]]]] = defaultdict(dict)
        links: dict[tuple[Entity, str, Entity], Entity] = {}

        def put(entity: Entity, term: Term, fact: Fact) -> None:
            held = facts[entity]
            if term.path in held:
                held[term.path][1].append(fact)
            else:
                held[term.path] = (term, [fact])

        for mention in self.mentions:
            entity = entities[self.find(mention)]
            for term, fact in mention.facts:
                put(entity, term, fact)
            for term, fact, named in mention.roles:
                others = [entities[self.find(other)] for other in named]
                items: dict[Entity, Item] = {}
                for other, child in zip(others, named, strict=True):
                    link = None
                    if child.link is not None:
                        link = links.setdefault((entity, term.path, other), Entity(other.number, term.path))
                        for link_term, link_fact in child.link.facts:
                            put(link, link_term, link_fact)
                    items[other] = Item(other, link)
                put(entity, term, _valued(fact, tuple(items.values()) if term.many else others[0]))
        context = Entity(0, "record")
        for statement in self.statements:
            for root, fact, named_root in statement.roots:
                if named_root is not None and named_root.apart:
                    continue  # somebody decided that it is about another
                value = fact.value if named_root is None else entities[self.find(named_root)]
                put(context, self.vocabulary.tops[root], _valued(fact, value))
        for entity, terms in facts.items():
            type_ = self.vocabulary.types.get(entity.type)
            ended_by = type_.ended_by if type_ is not None else None
            make = partial(_cells, self.vocabulary, type_, terms)
            if ended_by in terms:
                entity.hold(make(), ended_by)
            else:
                entity.hold_later(make)
        for (owner, role, member), link in links.items():
            owner.links = {**owner.links, (role, member.number): link}
            if member.ended is not None:  # what is said of a membership is said of the member
                link.end(member.ended)
        return context, tuple(entities.values())


def _cells(
    vocabulary: Vocabulary, type_: EntityType | None, terms: Mapping[str, tuple[Term, list[Fact]]]
) -> dict[str, Cell]:
    """Make the cells of an entity; with what follows, at any date, from one fact of it: a birth date from an ID number."""
    found = {path: (term, facts) for path, (term, facts) in terms.items()}
    for term in type_.early if type_ else ():
        if term.derive is None or term.derive.of[0] not in found:
            continue
        rule = RULES[term.derive.rule]
        for fact in found[term.derive.of[0]][1]:
            if isinstance(fact.value, Absence):
                value: Any = None if fact.value is Absence.NOT_APPLICABLE else fact.value
            else:
                value = rule.function(fact.value, **term.derive.params)
            if value is not None:
                source = vocabulary.source_of(fact.source)
                rank = term.rank(source.kind if source else "") if term.authority else fact.rank
                _, held = found.get(term.path, (term, []))
                derived = fact._replace(value=value, rank=rank, rule=rule.name)
                found[term.path] = (term, [*held, derived])  # what was stated stays as it is: it may be made twice
    return {path: Cell(term, facts) for path, (term, facts) in found.items()}


def _valued(fact: Fact, value: Any) -> Fact:
    """Give a fact with another value: as ``_replace`` does, in a quarter of the time."""
    return Fact._make((fact[0], value, *fact[2:]))


def _walk(mention: Mention) -> Iterator[Mention]:
    """Go through a mention and all that it names, owners first."""
    waiting = [mention]
    while waiting:
        current = waiting.pop(0)
        yield current
        roles = sorted(current.roles, key=lambda role: role[0].path)
        waiting.extend(child for _, _, children in roles for child in children)
