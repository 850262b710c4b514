"""Tallies compiled: the population, tables of figures whose rows and columns are conditions, and which figures must agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from prefill.derivations.dates import PERIODS
from prefill.documents import Document, Place
from prefill.errors import nearest
from prefill.plans.model import CELLS, Plan, Slot
from prefill.plans.rosters import ListPlan, compile_both, head_draft, no_tables, operands_of, place_of, refused
from prefill.plans.shaping import (
    LINE_KEYS,
    POPULATION,
    POPULATION_KEYS,
    SHARE_KEYS,
    TABLE_KEYS,
    TALLY_KEYS,
    Shape,
    hidden_line,
    hidden_sum,
    hidden_table,
)
from prefill.vocabulary import Vocabulary

if TYPE_CHECKING:
    from prefill.forms import Draft

__all__ = ["POPULATIONS", "Line", "Share", "TallyPlan", "TallyTablePlan", "compile_tally", "tally_draft"]

Population = Literal["registered", "usual", "actual", "given"]
POPULATIONS: Final = ("registered", "usual", "actual", "given")
AGES: Final = ("completed-years",)
_NUMBERS: Final = ("integer", "decimal", "money")
_OF_AGES: Final = frozenset({"age", "turns"})


class Share(NamedTuple):
    """A line that is computed: one line of the same axis as a share (per cent) of another."""

    of: str
    to: str
    places: int


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column: the places of its condition (None: everybody) and of what it sums (None: it counts), or the share that it is."""

    key: str
    label: str
    unit: str | None
    note: str | None
    when: int | None
    sum: int | None
    kind: Literal["integer", "decimal", "money"]
    share: Share | None


@dataclass(frozen=True, slots=True)
class TallyTablePlan:
    """A table of figures; ``totals`` are lines with the lines that must make them up."""

    key: str
    title: str
    when: int | None
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    totals: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class TallyPlan(ListPlan):
    """A compiled tally; ``opens`` are the columns of the roster that a figure opens to."""

    population: Population
    label: str
    member: int | None
    ages: Literal["completed-years"] | None
    tables: tuple[TallyTablePlan, ...]
    agree: tuple[tuple[str, ...], ...]
    opens: tuple[tuple[Slot, int, str | None], ...] = field(repr=False)


class _Axis(NamedTuple):
    """The rows or the columns of a table as the spec has them."""

    table: str
    name: str
    lines: dict[str, Any]

    def place(self, key: str) -> Place:
        return ("tables", self.table, self.name, key)


@dataclass(slots=True)
class _Read:
    """A tally's spec as far as it was read."""

    shape: Shape
    draft: "Draft"
    head: "Draft | None"
    tables: dict[str, tuple[dict[str, Any], _Axis, _Axis]]
    opens: dict[str, str | None]
    population: dict[str, Any]


def tally_draft(document: Document, blocks: Mapping[str, Document]) -> _Read:
    """Read a tally's spec, and the form that it is compiled as."""
    shape = Shape(document, TALLY_KEYS, "tally")
    head = head_draft(shape, blocks)
    shape.fields("fields")
    opens = shape.columns("open")
    population = shape.mapping(shape.data, "population", (), "population: {kind: actual, label: …, when: {…}}")
    if not population:
        shape.problem((), "no 'population'", "add population: {kind: registered, usual, actual or given, label: …}")
    shape.unknown(("population",), population, POPULATION_KEYS)
    if population.get("when") is not None:
        hidden = {"label": str(population.get("label") or "-"), "when": population["when"]}
        shape.section(shape.title, {POPULATION: hidden}, {POPULATION: ("population",)})
    tables = dict(_tables(shape))
    draft = shape.draft(blocks)
    no_tables(shape, draft)
    return _Read(shape, draft, head, tables, opens, population)


def _tables(shape: Shape) -> Iterable[tuple[str, tuple[dict[str, Any], _Axis, _Axis]]]:
    said = shape.mapping(shape.data, "tables", (), "tables: {key: {title: …, rows: {…}, columns: {…}}}")
    if not said:
        shape.problem((), "no tables", "add tables: {key: {title: …, rows: {…}, columns: {…}}}")
    for key, raw in said.items():
        place: Place = ("tables", key)
        if not isinstance(raw, dict):
            shape.problem(place, f"the table '{key}' is no mapping", "write {title: …, rows: {…}, columns: {…}}")
            continue
        shape.unknown(place, raw, TABLE_KEYS)
        shape.text(raw, "title", place, "a text, as printed")
        axes = []
        for name in ("rows", "columns"):
            if name not in raw:
                shape.problem(place, f"no {name}", f"add {name}: {{key: {{label: …, when: {{…}}}}}}")
            lines = shape.mapping(raw, name, place, "{key: {label: …, when: {…}}}")
            axes.append(
                _Axis(key, name, {one: said for one, said in lines.items() if _line(shape, place, name, one, said)})
            )
        for twice in set(axes[0].lines) & set(axes[1].lines):
            shape.problem(axes[1].place(twice), f"the key '{twice}' is a row's, too", "give each a key of its own")
        _conditions(shape, key, raw, axes)
        yield key, (raw, axes[0], axes[1])


def _line(shape: Shape, table: Place, axis: str, key: str, said: Any) -> bool:
    """Check a row or a column; say whether it can be used."""
    place = (*table, axis, key)
    if not isinstance(said, dict):
        shape.problem(place, f"'{key}' is no mapping", "write {label: …, when: {…}}")
        return False
    shape.unknown(place, said, LINE_KEYS)
    shape.text(said, "label", place, "a text, as printed")
    if "share" in said and ("sum" in said or "when" in said):
        shape.problem(place, f"'{key}' is a share, and counts nobody itself", "leave out when and sum, or share")
        return False
    return True


def _conditions(shape: Shape, table: str, raw: Mapping[str, Any], axes: Iterable[_Axis]) -> None:
    """Add the hidden fields that decide who stands in a table, its rows and its columns, and those that are summed."""
    fields: dict[str, Any] = {}
    places: dict[str, Place] = {}
    if raw.get("when") is not None:
        key = hidden_table(table)
        fields[key], places[key] = {"label": str(raw.get("title") or "-"), "when": raw["when"]}, ("tables", table)
    for axis in axes:
        for name, said in axis.lines.items():
            label = str(said.get("label") or "-")
            if said.get("when") is not None:
                key = hidden_line(table, name)
                fields[key], places[key] = {"label": label, "when": said["when"]}, axis.place(name)
            if said.get("sum") is not None:
                key = hidden_sum(table, name)
                fields[key], places[key] = {"label": label, "from": said["sum"]}, axis.place(name)
                shape.moved["sections", len(shape.sections), "fields", key, "from"] = (*axis.place(name), "sum")
    shape.section(shape.title, fields, places)


def compile_tally(
    document: Document, blocks: Mapping[str, Document], vocabulary: Vocabulary, folders: tuple[Any, ...] = ()
) -> TallyPlan:
    """Compile a tally's spec; raises SpecError with all its faults."""
    read = tally_draft(document, blocks)
    shape = read.shape
    cut_off: Any = shape.choice(shape.data, "cut_off", (), PERIODS, "day")
    kind: Any = shape.choice(read.population, "kind", ("population",), POPULATIONS, "given")
    if read.population and "kind" not in read.population:
        shape.problem(("population",), "no 'kind'", "add kind: " + ", ".join(POPULATIONS))
    label = shape.text(read.population, "label", ("population",), "how the page words it") if read.population else "?"
    ages: Any = shape.choice(shape.data, "ages", (), AGES, "")
    plan, head = compile_both(shape, read.draft, read.head, vocabulary, folders)
    tables = tuple(_table(shape, plan, key, *said) for key, said in read.tables.items())
    _ages_stated(shape, plan, ages)
    agree = _agreeing(shape, tables)
    if shape.problems or plan is None:
        raise refused(shape)
    opens = tuple(
        (slot, CELLS + plan.places[slot.key], read.opens[slot.key]) for slot in plan.slots if slot.key in read.opens
    )
    return TallyPlan(
        plan=plan,
        head=head,
        cut_off=cut_off,
        places=operands_of(plan),
        population=kind,
        label=label,
        member=place_of(plan, POPULATION),
        ages=ages or None,
        tables=tables,
        agree=agree,
        opens=opens,
    )


def _ages_stated(shape: Shape, plan: Plan | None, ages: str) -> None:
    """A tally that compares ages says by which rule they are reckoned: completed years on the cut-off."""
    if plan is None or ages:
        return
    rules = {slot.field.derive.rule for slot in plan.slots if slot.field.derive is not None}
    for operand in (operand for slot in plan.slots for operand in slot.operands):
        if operand.term and "." in operand.name:
            term = plan.vocabulary.path(operand.name).term
            rules |= {term.derive.rule} if term.derive is not None else set()
    if rules & _OF_AGES:
        what = "ages are compared, and the tally does not say how they are reckoned"
        shape.problem((), what, "add ages: completed-years")


def _table(
    shape: Shape, plan: Plan | None, key: str, raw: dict[str, Any], rows: _Axis, columns: _Axis
) -> TallyTablePlan:
    of_rows, of_columns = _lines(shape, plan, rows), _lines(shape, plan, columns)
    for what in ("sum", "share"):
        both = [
            line
            for axis in (of_rows, of_columns)
            if any(getattr(one, what) is not None for one in axis)
            for line in axis
        ]
        if len(both) == len(of_rows) + len(of_columns) and of_rows and of_columns:
            shape.problem(("tables", key), f"a '{what}' in rows and in columns", "keep it to one of them")
    totals = []
    said = shape.mapping(raw, "totals", ("tables", key), "{total: [part, part]}")
    for total, parts in said.items():
        place: Place = ("tables", key, "totals", total)
        axis = next((axis for axis in (rows, columns) if total in axis.lines), None)
        if axis is None or not isinstance(parts, list) or not parts:
            _unknown_line(shape, place, str(total), [*rows.lines, *columns.lines], parts)
            continue
        for number, part in enumerate(parts):
            if part not in axis.lines or part == total:
                _unknown_line(shape, (*place, number), str(part), [one for one in axis.lines if one != total], parts)
        shares = [one for one in (total, *parts) if "share" in axis.lines.get(one, {})]
        if shares:
            shape.problem(
                place, f"'{shares[0]}' is a share, and shares do not add up", "name rows that count, or columns"
            )
        totals.append((total, tuple(str(part) for part in parts)))
    return TallyTablePlan(
        key, str(raw.get("title")), place_of(plan, hidden_table(key)), of_rows, of_columns, tuple(totals)
    )


def _unknown_line(shape: Shape, place: Place, name: str, known: list[str], parts: Any) -> None:
    if not isinstance(parts, list) or not parts:
        shape.problem(place, f"the total '{name}' names no parts", "write {total: [part, part]}")
        return
    near = nearest(name, known)
    remedy = f"did you mean '{near}'?" if near else "one of: " + ", ".join(known)
    shape.problem(place, f"no row or column '{name}' beside it", remedy)


def _lines(shape: Shape, plan: Plan | None, axis: _Axis) -> tuple[Line, ...]:
    made = []
    for key, said in axis.lines.items():
        slot = None
        if plan is not None and said.get("sum") is not None:
            slot = next(one for one in plan.slots if one.key == hidden_sum(axis.table, key))
            if slot.kind not in _NUMBERS:
                what = f"'{said['sum']}' is no number, and is summed"
                shape.problem((*axis.place(key), "sum"), what, "name a number, or count with when")
        share = _share(shape, axis, key, said["share"]) if said.get("share") is not None else None
        kind: Any = "decimal" if share else slot.kind if slot else "integer"
        unit = said.get("unit") or ("%" if share else slot.unit if slot else None)
        when = place_of(plan, hidden_line(axis.table, key))
        summed = place_of(plan, hidden_sum(axis.table, key))
        made.append(Line(key, str(said.get("label")), unit, said.get("note"), when, summed, kind, share))
    return tuple(made)


def _share(shape: Shape, axis: _Axis, key: str, raw: Any) -> Share:
    place = (*axis.place(key), "share")
    if not isinstance(raw, dict):
        shape.problem(place, "'share' is not as it should be", "write {of: LINE, to: LINE, places: 2}")
        return Share("?", "?", 2)
    shape.unknown(place, raw, SHARE_KEYS)
    names = {one: shape.text(raw, one, place, "a row or a column beside it") for one in ("of", "to")}
    for one, name in names.items():
        target = axis.lines.get(name)
        if name != "?" and (target is None or target.get("share") is not None):
            known = [line for line, said in axis.lines.items() if said.get("share") is None]
            _unknown_line(shape, (*place, one), name, known, known)
    places = str(raw.get("places", "2"))
    if places not in ("0", "1", "2", "3", "4"):
        shape.problem((*place, "places"), "'places' is not as it should be", "write a whole number from 0 to 4")
        places = "2"
    return Share(names["of"], names["to"], int(places))


def _agreeing(shape: Shape, tables: Iterable[TallyTablePlan]) -> tuple[tuple[str, ...], ...]:
    """Read which figures must be equal."""
    known = {
        f"{table.key}.{row.key}.{column.key}" for table in tables for row in table.rows for column in table.columns
    }
    said = shape.data.get("agree") or []
    if not isinstance(said, list) or not all(isinstance(one, list) and len(one) > 1 for one in said):
        shape.problem(("agree",), "'agree' is not as it should be", "write a list of lists: [[TABLE.ROW.COLUMN, …], …]")
        return ()
    for number, keys in enumerate(said):
        for place, key in enumerate(keys):
            if key not in known:
                near = nearest(str(key), known)
                remedy = f"did you mean '{near}'?" if near else "write TABLE.ROW.COLUMN"
                shape.problem(("agree", number, place), f"no figure '{key}'", remedy)
    return tuple(tuple(str(key) for key in keys) for keys in said)
