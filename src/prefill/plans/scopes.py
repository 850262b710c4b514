"""A scope gathers, while a form is compiled, what a program has to read: of the subject, or of a table's row."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from prefill.derivations import RULES
from prefill.plans import deriving
from prefill.plans.model import (
    CELLS,
    CONSTANTS,
    CONTEXT,
    OUTER,
    Context,
    Conversion,
    Holder,
    Memory,
    Precision,
    Program,
    Step,
)
from prefill.records.facts import NOTHING, Resolved
from prefill.resolution import WITHHELD, fresher, membership
from prefill.vocabulary import Duration, Path, Term, Vocabulary

__all__ = ["Durations", "Scope"]


class Durations:
    """The durations that a plan uses, each once; place 0 is "nothing ages"."""

    def __init__(self) -> None:
        """Begin with none."""
        self.found: list[Duration | None] = [None]

    def place(self, duration: Duration | None) -> int:
        """Give a duration's place."""
        if duration not in self.found:
            self.found.append(duration)
        return self.found.index(duration)


class Scope:
    """Reads and computed reads of one program; ``item`` is the entity type of the row, None for the form itself."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        durations: Durations,
        outer: "Scope | None" = None,
        item: str | None = None,
        link: Mapping[str, Term] | None = None,
        cells: int = 0,
        around: str = "",
    ) -> None:
        """Begin with no reads; ``cells`` is how many fields (or columns) the program decides, ``around`` the list's own path."""
        self.vocabulary = vocabulary
        self.durations = durations
        self.outer = outer
        self.item = item
        self.link = link or {}
        self.cells = cells
        self.around = around
        self.size = CELLS + cells
        self.roots: dict[str, int] = {}
        self.holders: dict[str, tuple[int, list[tuple[str, int, int]]]] = {}
        self.places: dict[tuple[str, str, int], int] = {}
        self.guards: list[tuple[int, str, str]] = []
        self.watched: list[tuple[int, str]] = []
        self.computed: list[tuple[int, Step]] = []
        self.conversions: list[tuple[int, int, Callable[[Any], Any], Step]] = []
        self.dates: list[tuple[int, int, int, Step]] = []
        self.steps: list[tuple[int, Step]] = []
        for root in ("", "link") if item else ():
            self.root(root)

    def path(self, text: str) -> Path:
        """Resolve a path; one with a point before it speaks of the row. Raises UnknownTerm."""
        if text.startswith("."):
            return self.vocabulary.path(text, within=self.item, link=self.link)
        return self.vocabulary.path(text)

    def read(self, path: Path, fresh: Duration | None = None) -> int:
        """Give the place in the reads where a path's term will stand."""
        if path.term.kind == "entity" and path.text == path.root:
            return self.root(path.root)
        if path.on_link and path.roles:
            return self._membership(path, fresh)
        holder = self._holder(path.root, path.roles, path.on_link)
        guard = _guard(path)
        derive = path.term.derive
        rule = RULES.get(derive.rule) if derive else None
        sensitive = _is_sensitive(path)
        plain = self._place(holder, path.term, fresh, path.text, guard, sensitive)
        if derive is None or rule is None or derive.early:
            return plain
        key = (holder, f"{path.term.path} ={derive.rule}", self.durations.place(fresh))
        if key not in self.places:
            inputs = [self._sibling(path, of, fresh) for of in derive.of]
            step = deriving.derived(inputs, rule, derive.params, False, frozenset())
            follows, self.places[key] = self.scratch(), self.scratch()
            self.computed.append((follows, step))
            known = deriving.recorded_or_derived(plain, follows, step, rule.dated)
            self.computed.append((self.places[key], known))
            if sensitive:
                self.watched.append((self.places[key], self.around + path.text))
        return self.places[key]

    def _membership(self, path: Path, fresh: Duration | None) -> int:
        """Give the place of what belongs to being somebody's contact or guardian, and not to the person."""
        role, attribute, guard, text = path.roles[-1].path, path.term.path, _guard(path), self.around + path.text
        owner = self.holders[self._holder(path.root, path.roles[:-1], False)][0]
        holder = self._holder(path.root, path.roles, False)
        member, duration = self.holders[holder][0], self.durations.place(fresher(fresh, path.term.fresh_for))
        key = (holder, f"link {attribute}", duration)
        told = guard != "unconditional" or _is_sensitive(path)

        def step(memory: Memory) -> Resolved:
            context: Context = memory[CONTEXT]
            if guard != "unconditional" and context.withheld(text, guard):
                return WITHHELD
            cutoff = context.cutoffs[duration]
            found = membership(memory[owner], memory[member], role, attribute, context.day, cutoff, context.veiled)
            if context.disclosed is not None and told:
                context.disclosed.append((text, found))
            return found

        if key not in self.places:
            self.places[key] = self.scratch()
            self.computed.append((self.places[key], step))
        return self.places[key]

    def _sibling(self, path: Path, attribute: str, fresh: Duration | None) -> int:
        """Read another term of the same entity, that a derived one needs: as fresh as the field asks for, and as the term says."""
        prefix = path.text[: len(path.text) - len(path.term.path)]
        return self.read(self.path(prefix + attribute), fresh)

    def root(self, name: str) -> int:
        """Give the place in the memory where a root's resolution will stand."""
        if name not in self.roots:
            self.roots[name] = self.scratch()
        return self.roots[name]

    def _place(self, holder: str, term: Term, fresh: Duration | None, text: str, guard: str, sensitive: bool) -> int:
        duration = self.durations.place(fresher(fresh, term.fresh_for))
        key = (holder, term.path, duration)
        if key not in self.places:
            place = self.places[key] = self.scratch()
            self.holders[holder][1].append((term.path, duration, place))
            if guard != "unconditional":
                self.guards.append((place, self.around + text, guard))
            if sensitive:
                self.watched.append((place, self.around + text))
        return self.places[key]

    def _holder(self, root: str, roles: Sequence[Term], on_link: bool) -> str:
        if on_link:
            root = "link"
        path = ".".join((root, *(role.path for role in roles)))
        if path not in self.holders:
            if roles:
                parent = self._holder(root, roles[:-1], False)
                sensitive = any(role.sensitive for role in roles)
                place = self._place(parent, roles[-1], None, path, roles[-1].sharing, sensitive)
            else:
                place = self.root(root)
            self.holders[path] = (place, [])
        return path

    def scratch(self) -> int:
        """Give a new place of the memory."""
        self.size += 1
        return self.size - 1

    def emit(self, step: Step, place: int | None = None) -> int:
        """Add a step that writes to a place (a new one if None is given); give the place."""
        place = self.scratch() if place is None else place
        if isinstance(step, Conversion) and step.place in self.places.values():
            self.conversions.append((place, step.place, step.change, step.whole))
        elif isinstance(step, Precision) and step.place in self.places.values():
            self.dates.append((place, step.place, step.length, step.whole))
        else:
            self.steps.append((place, step))
        return place

    def outside(self, place: int) -> int:
        """Give the place where something of the memory around this one will stand."""
        key = ("", "", place)
        if key not in self.places:
            self.places[key] = self.scratch()
            self.computed.append((self.places[key], lambda memory: memory[OUTER][place]))
        return self.places[key]

    def fetch(self, path: Path, fresh: Duration | None = None) -> int:
        """Give the place where a path's term will stand."""
        if self.outer is not None and not path.text.startswith("."):
            return self.outside(self.outer.read(path, fresh))
        return self.read(path, fresh)

    def program(self, base: Sequence[int] = ()) -> Program:
        """Close the scope: no read can be added any more."""
        blank: Memory = [None, None, *CONSTANTS, *[NOTHING] * (self.size - CELLS)]
        holders = tuple(
            Holder(
                place,
                tuple((attribute, at) for attribute, fresh, at in reads if not fresh),
                tuple(read for read in reads if read[1]),
            )
            for place, reads in self.holders.values()
        )
        found: dict[tuple[str, str], tuple[int, ...]] = {}
        for (held, attribute, _), place in self.places.items():
            key = (held, attribute.partition(" =")[0])
            found[key] = (*found.get(key, ()), place)
        return Program(
            blank=blank,
            roots=tuple(self.roots.values()),
            holders=holders,
            guards=tuple(self.guards),
            watched=tuple(self.watched),
            computed=tuple(self.computed),
            base=_picker(base),
            conversions=tuple(self.conversions),
            dates=tuple(self.dates),
            steps=tuple(self.steps),
            end=CELLS + self.cells,
            reads=found,
        )


def _picker(base: Sequence[int]) -> Callable[[Memory], tuple[Resolved, ...]]:
    """Give the function that picks the cells' beginnings out of the memory, all at once."""
    if len(base) > 1:
        return itemgetter(*base)
    return lambda memory: tuple([memory[place] for place in base])


def _is_sensitive(path: Path) -> bool:
    """Say whether a term, or a role on the way to it, is sensitive."""
    return path.term.sensitive or any(role.sensitive for role in path.roles)


def _guard(path: Path) -> str:
    """Give the strictest sharing class on the way to a term."""
    classes = {path.term.sharing, *(role.sharing for role in path.roles)}
    return "none" if "none" in classes else "conditional" if "conditional" in classes else "unconditional"
