"""Reading dated tables (``tables/*.yaml``): rates, limits and classes, each row with the days between which it holds."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from prefill import kinds
from prefill.derivations import Row, Table, overlapping, read_cell
from prefill.documents import Document, Place
from prefill.kinds import CodeList
from prefill.vocabulary.model import suggest
from prefill.vocabulary.shapes import GIVES, TABLE, TABLE_ROW, checked

__all__ = ["read_tables"]


def read_tables(document: Document, codes: Mapping[str, CodeList]) -> dict[str, Table]:
    """Read a file's tables; what is wrong is added to the document's problems, and a faulty row left out."""
    return {name: _table(document, name, raw, codes) for name, raw in document.data.items()}


def _table(document: Document, name: str, raw: Any, codes: Mapping[str, CodeList]) -> Table:
    data = checked(document, (name,), raw, TABLE, needed=("name", "document", "confidence", "gives", "rows"))
    gives = checked(document, (name, "gives"), data.get("gives", {}), GIVES, needed=("kind",))
    listed = codes.get(gives.get("codes", ""))
    if "codes" in gives and listed is None:
        remedy = suggest(gives["codes"], codes, "", "add the list to codes/")
        document.problem((name, "gives", "codes"), f"unknown code list '{gives['codes']}'", remedy)
    if listed is None and gives.get("kind") in ("code", "multi_code") and "codes" not in gives:
        document.problem((name, "gives"), "a code without a code list", "add codes: …")
    takes = tuple(data.get("takes", ()))
    rows = []
    for number, said in enumerate(data.get("rows", ())):
        row = _row(document, (name, "rows", number), said, gives.get("kind", "text"), listed, takes)
        if row is not None:
            rows.append(row)
    twice = overlapping(rows)
    if twice is not None:
        what = f"rows {twice[0] + 1} and {twice[1] + 1} hold on one day for the same inputs"
        document.problem((name, "rows", twice[1]), what, "let the earlier expire the day before")
    return Table(
        id=name,
        name=data.get("name", name),
        document=data.get("document", "?"),
        confidence=data.get("confidence", "low"),
        takes=takes,
        kind=gives.get("kind", "text"),
        codes=listed,
        unit=gives.get("unit"),
        rows=tuple(rows),
    )


def _row(
    document: Document, place: Place, raw: Any, kind: str, codes: CodeList | None, takes: tuple[str, ...]
) -> Row | None:
    needed = ("effective", "then", "when") if takes else ("effective", "then")
    data = checked(document, place, raw, TABLE_ROW, needed=needed)
    if set(needed) - set(data):
        return None
    wanted = data.get("when", [])
    if len(wanted) != len(takes):
        what = f"{len(wanted)} conditions, and the table takes {len(takes)} inputs"
        document.problem((*place, "when"), what, "write one for each of: " + (", ".join(takes) or "none"))
        return None
    cells = []
    for number, cell in enumerate(wanted):
        try:
            cells.append(read_cell(cell))
        except ValueError as error:
            document.problem((*place, "when", number), f"not what a row can want of '{takes[number]}'", str(error))
            return None
    try:
        value = kinds.read(kind, data["then"], codes)
    except kinds.Unreadable:
        value = None
    if value is None:
        what = f"'{data['then']}' is no value of kind '{kind}'"
        document.problem((*place, "then"), what, "write a value, code or label that the table gives")
        return None
    effective, expires = (date.fromisoformat(data[key]) if key in data else None for key in ("effective", "expires"))
    if effective is None or (expires is not None and expires < effective):
        document.problem((*place, "expires"), "it expires before it is effective", "write a later day")
        return None
    return Row(tuple(cells), value, effective, expires)
