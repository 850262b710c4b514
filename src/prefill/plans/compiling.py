"""Compiling a form against the vocabulary: every name is resolved, every fault of the spec reported at once."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Final

from prefill import kinds
from prefill.conditions import Operand, names_in
from prefill.errors import SpecError, nearest
from prefill.forms import Draft, Field
from prefill.kinds import CodeList
from prefill.plans import steps
from prefill.plans.applying import ROW_RULES
from prefill.plans.converting import target_of
from prefill.plans.model import (
    ASK_ALWAYS,
    BY_HAND,
    CELLS,
    CONSTANT,
    CONSTANTS,
    EACH_TIME,
    Plan,
    Slot,
    Step,
    Table,
)
from prefill.plans.origins import Fault, Follows, Origins
from prefill.plans.scopes import Durations, Scope
from prefill.vocabulary import Vocabulary

__all__ = ["compile_plan", "spec_files", "spec_hash"]

BLANK: Final = CONSTANT + CONSTANTS.index(EACH_TIME)
_CODED: Final = ("code", "multi_code", "bool", "division")
_NUMBERS: Final = ("integer", "decimal", "money")


def compile_plan(
    draft: Draft, vocabulary: Vocabulary, folders: tuple[FilePath, ...] = (), file: FilePath | None = None
) -> Plan:
    """Compile a form's draft; raises SpecError with all faults, those found in reading included."""
    plan = _Compiler(draft, vocabulary).plan(folders, file)
    if draft.problems or plan is None:
        raise SpecError(sorted(set(draft.problems), key=lambda p: (p.where, p.line or 0, p.what)))
    return plan


def spec_hash(draft: Draft, vocabulary: Vocabulary) -> str:
    """Give one digest of all files that a form rests on: its own, the blocks that it uses, the whole vocabulary.

    It is the SHA-256 of the lines that ``sha256sum`` gives for them (digest, two spaces, name within the folder of specs), those of the form
    first, then the blocks by name, then the vocabulary's; so the tools of any machine recompute it.
    """
    files = spec_files(draft, vocabulary)
    return hashlib.sha256("".join(f"{digest}  {name}\n" for digest, name in files).encode()).hexdigest()


def spec_files(draft: Draft, vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    """Give the digest and the name of each file that a form rests on, in the order in which ``spec_hash`` takes them."""
    blocks = {document.name: document.digest for document, _ in draft.places.values() if document is not draft.document}
    form = (draft.document.digest, draft.document.name.rpartition("/")[2])
    return form, *((blocks[name], name) for name in sorted(blocks)), *vocabulary.files


class _Compiler:
    def __init__(self, draft: Draft, vocabulary: Vocabulary) -> None:
        self.draft = draft
        self.vocabulary = vocabulary
        self.durations = Durations()
        sections = draft.form.sections if draft.form else ()
        self.fields: dict[str, Field] = {f.key: f for section in sections for f in section.fields.values()}
        self.scope = Scope(vocabulary, self.durations, cells=len(self.fields))
        self.origins = Origins(draft, vocabulary, self.fields, self.scope)
        self.places = self.origins.places

    def plan(self, folders: tuple[FilePath, ...], file: FilePath | None) -> Plan | None:
        form = self.draft.form
        if form is None:
            return None
        self.head()
        slots: dict[str, Slot] = {}
        base = [BLANK] * len(self.fields)
        titles = {f.key: section.title for section in form.sections for f in section.fields.values()}
        for key in self.ordered(self.fields, self.needs):
            field, place = self.fields[key], self.places[key]
            with _Catch(self, key):
                if field.columns is not None:
                    slots[key] = self.table(field, titles[key], CELLS + place)
                else:
                    slots[key], base[place] = self.slot(field, titles[key], self.scope, {}, CELLS + place)
        if self.draft.problems or len(slots) != len(self.fields):
            return None
        sections = tuple((s, tuple(self.places[f.key] for f in s.fields.values())) for s in form.sections)
        return Plan(
            form=form,
            vocabulary=self.vocabulary,
            program=self.scope.program(base),
            slots=tuple(slots[key] for key in self.fields),
            sections=sections,
            roots=tuple(self.scope.roots),
            durations=tuple(self.durations.found),
            places=MappingProxyType(self.places),
            folders=folders,
            file=file,
            spec_hash=spec_hash(self.draft, self.vocabulary),
        )

    def head(self) -> None:
        """Check what the form says of itself."""
        form = self.draft.form
        if form is None:
            return
        roots = self.vocabulary.roots
        if getattr(form, "subject", None) is not None and form.subject not in roots:  # None: told in reading
            near = nearest(form.subject, roots)
            remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(roots)
            self.draft.of_form(("subject",), f"unknown subject '{form.subject}'", remedy)
        for name in ("effective", "expires"):
            day = getattr(form, name, None)
            try:
                if day is not None:
                    date.fromisoformat(day)
            except ValueError:
                self.draft.of_form((name,), f"'{name}' is no date", "write it like 2026-11-23")
        for place, name in enumerate(form.retyped.order if form.retyped else ()):
            if name not in self.fields:
                near = nearest(name, self.fields)
                remedy = f"did you mean '{near}'?" if near else "name a field of the form, or a table"
                self.draft.of_form(("retyped", "order", place), f"no field '{name}'", remedy)
        for key in self.fields:
            if key.split(".")[0] in roots:
                what = f"the key '{key}' is a root of the vocabulary"
                self.draft.problem(key, (), what, "give the field another key")

    # ── the order of fields ──────────────────────────────────────────────────────────────────────────────────────────────

    def needs(self, field: Field) -> Iterable[str]:
        """Give the fields that a field refers to."""
        own = [field, *(field.columns or {}).values()]
        for one in own:
            named: list[str] = [*names_in(one.when), *names_in(one.where)]
            for derivation in (one.derive, one.suggest):
                if derivation is not None:
                    named += derivation.names
            named += [one.from_] if isinstance(one.from_, str) else one.from_ or ()
            named += one.first_of or ()
            for name in named:
                key = self.origins.key_of(name)
                if key is not None and not (field.columns is not None and key == field.key):
                    yield key

    def ordered(self, fields: Mapping[str, Field], needs: Callable[[Field], Iterable[str]]) -> list[str]:
        """Order fields so that each comes after those it refers to; a cycle is reported."""
        done: dict[str, None] = {}
        trail: list[str] = []

        def visit(key: str) -> None:
            if key in done:
                return
            if key in trail:
                circle = " → ".join([*trail[trail.index(key) :], key])
                self.draft.problem(key, (), f"a cycle: {circle}", "let one of them not refer to the next")
                done[key] = None
                return
            trail.append(key)
            for other in needs(fields[key]):
                visit(other)
            trail.pop()
            done.setdefault(key)

        for key in fields:
            visit(key)
        return list(done)

    # ── one field ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def slot(self, field: Field, section: str, scope: Scope, columns: Mapping[str, int], cell: int) -> tuple[Slot, int]:
        """Give a field's slot, and the place of what its cell begins as; the steps that decide it go to the scope."""
        self.known_kind(field)
        origin = self.origins.origin(field, scope, columns)
        kind, codes = target_of(
            field, origin.kind if origin else None, origin.codes if origin else None, self.vocabulary
        )
        unit = field.unit or (origin.unit if origin else None)
        self.check_kind(field, kind, codes)
        counted = field.filled_by == "community"
        at: int | Step = BLANK
        makes: list[Callable[[int], Step]] = []
        if origin is not None:
            at = origin.at
            convert = self.origins.conversion(field, origin, kind, codes)
            makes += [convert] if convert else []
        if field.by_hand is not None:
            at, makes = CONSTANT + CONSTANTS.index(BY_HAND), []
        elif field.ask == "always":
            at, makes = CONSTANT + CONSTANTS.index(ASK_ALWAYS), []
        if not counted and field.by_hand is None:
            makes.append(steps.by_others)
        compared: list[Operand] = []
        if field.when is not None:
            condition = self.origins.condition(field.when, ("when",), field.key, scope, columns, noted=compared)
            makes.append(lambda place: steps.asked_when(place, condition))
        self.origins.kinds[field.key] = kind, codes, unit
        slot = Slot(field, field.key, section, kind, codes, unit, counted, operands=tuple(compared))
        for make in makes:
            at = make(self.origins.place(at, scope))
        if isinstance(at, int) and at < CELLS + scope.cells and at >= CELLS:
            at = steps.first_of([at])  # another cell: it is decided by a step, so this one is, too
        if isinstance(at, int):
            return slot, at
        scope.emit(at, cell)
        return slot, BLANK

    def place(self, at: int | Step, scope: Scope) -> int:
        """Give the place of something, having it computed to a new one where it is a step."""
        return at if isinstance(at, int) else scope.emit(at)

    def known_kind(self, field: Field) -> None:
        if field.kind is not None and field.kind not in kinds.KINDS:
            near = nearest(field.kind, kinds.KINDS)
            raise Fault(
                ("kind",), f"unknown kind '{field.kind}'", f"did you mean '{near}'?" if near else ", ".join(kinds.KINDS)
            )
        if field.codes is not None and field.codes not in self.vocabulary.codes:
            near = nearest(field.codes, self.vocabulary.codes)
            remedy = f"did you mean '{near}'?" if near else "add the list to codes/"
            raise Fault(("codes",), f"unknown code list '{field.codes}'", remedy)

    def check_kind(self, field: Field, kind: str, codes: CodeList | None) -> None:
        """Refuse a code without a list, and a list or a unit that nothing is read by."""
        if kind in ("code", "multi_code") and codes is None:
            raise Fault((), "a code without a code list", "add codes: …")
        if field.codes is not None and kind not in _CODED:
            raise Fault(("codes",), f"a code list on a field of kind '{kind}'", "write kind: code, or leave it out")
        if field.unit is not None and kind not in _NUMBERS:
            raise Fault(("unit",), f"a unit on a field of kind '{kind}'", "write a kind of number, or leave it out")

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def table(self, field: Field, section: str, cell: int) -> Slot:
        columns = field.columns or {}
        counted = field.filled_by == "community"
        scope, path_text = self.scope, field.rows_of
        inner = Scope(self.vocabulary, self.durations, self.scope, "", {}, len(columns))
        place = BLANK
        if path_text is not None:
            origin = self.origins.name(path_text, ("rows_of",), scope, {}, self.origins.fresh(field))
            if origin.kind not in ("list", "entity") or origin.column:
                raise Fault(("rows_of",), f"'{path_text}' is no list of the record", "name a list term, or an entity")
            path = scope.path(path_text)
            inner = Scope(
                self.vocabulary, self.durations, self.scope, path.term.to, path.term.link, len(columns), path.text
            )
            place = self.origins.place(origin.at, scope)
        places = {f"{field.key}.{name}": index for index, name in enumerate(columns)}
        base = [BLANK] * len(columns)
        slots: dict[str, Slot] = {}
        keyed = {column.key: column for column in columns.values()}
        if not counted:  # another desk's table is that desk's, cell by cell
            keyed = {
                key: column.model_copy(update={"filled_by": field.filled_by})
                if column.filled_by == "community"
                else column
                for key, column in keyed.items()
            }
        order = self.ordered(keyed, lambda column: [n for n in self.column_needs(column) if n in places])
        for key in order:
            with _Catch(self, key):
                if keyed[key].columns is not None:
                    raise Fault((), "a table within a table", "make it a table of its own")
                column = CELLS + places[key]
                slots[key], base[places[key]] = self.slot(keyed[key], section, inner, places, column)
        judges: list[Operand] = []
        where = (
            self.origins.condition(field.where, ("where",), field.key, inner, places, noted=judges)
            if field.where is not None
            else None
        )
        always = (
            field.ask == "always" or path_text is None
        )  # a table over nothing is one entry, its printed rows are empty
        ordered = tuple(slots[key] for key in keyed if key in slots)
        table = Table(
            path_text or "",
            place,
            inner.program(base),
            ordered,
            where,
            always,
            self.numbered(keyed, places),
            tuple(judge.place for judge in judges),
            field.more,
        )
        compared: list[Operand] = []
        condition = (
            self.origins.condition(field.when, ("when",), field.key, scope, {}, noted=compared)
            if field.when is not None
            else None
        )
        scope.emit(steps.table(table, condition, counted), cell)
        return Slot(field, field.key, section, "list", None, None, counted, table, tuple(compared))

    def numbered(self, columns: Mapping[str, Field], places: Mapping[str, int]) -> tuple[tuple[int, int | None], ...]:
        """Give the columns that a table decides once its rows are known, each with the column that it goes by."""
        found = []
        for key, column in columns.items():
            if column.derive is not None and column.derive.rule in ROW_RULES:
                by = next(iter(column.derive.inputs), None)
                found.append((places[key], None if by is None else places.get(by)))
        return tuple(found)

    def column_needs(self, column: Field) -> list[str]:
        named = [*names_in(column.when)]
        for derivation in (column.derive, column.suggest):
            if derivation is not None:
                named += derivation.names
        named += [column.from_] if isinstance(column.from_, str) else column.from_ or ()
        return [*named, *(column.first_of or ())]


class _Catch:
    """Report a fault of a field and go on with the next."""

    def __init__(self, compiler: _Compiler, key: str) -> None:
        self.compiler, self.key = compiler, key

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, Fault):
            self.compiler.draft.problem(self.key, error.within, error.what, error.remedy)
        return isinstance(error, Fault | Follows)
