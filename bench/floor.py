"""The floor: form 39's values copied by hand, with source and date, out of plain dicts.

It resolves nothing, checks nothing, and knows this form alone: nothing that keeps origins is much faster.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from prefill.filling import FilledForm

__all__ = ["TABLES", "copy", "count", "plain"]

Plain = dict[str, Any]

TABLES: Final = {
    "diseases": ("code", "name", "diagnosed"),
    "operations": ("name", "date"),
    "injuries": ("name", "date"),
    "transfusions": ("reason", "date"),
}


def plain(filled: "FilledForm") -> Plain:
    """Write a filled form's values as the floor takes them: a dict of value, source and date a field."""
    made: Plain = {key: [] for key in TABLES}
    rows: dict[tuple[str, str | None], Plain] = {}
    for entry in filled.entries:
        fact = entry.facts[0] if entry.facts else None
        cell = {
            "value": entry.value,
            "source": fact.source if fact else None,
            "as_of": fact.as_of if fact else None,
        }
        table, _, column = entry.key.partition(".")
        if not column:
            made[f"{table}_empty" if table in TABLES else table] = cell
        else:
            if (table, entry.row) not in rows:
                made[table].append(rows.setdefault((table, entry.row), {}))
            rows[table, entry.row][column] = cell
    return made


def count(cells: Plain) -> int:
    """Count the cells of a copy."""
    return sum(sum(map(len, cell)) if isinstance(cell, list) else 1 for cell in cells.values())


def copy(resident: Plain) -> Plain:
    """Copy every field of form 39, tables too, as (value, source, as_of)."""
    cells: Plain = {
        "record_no": ((f := resident["record_no"])["value"], f["source"], f["as_of"]),
        "name": ((f := resident["name"])["value"], f["source"], f["as_of"]),
        "address": ((f := resident["address"])["value"], f["source"], f["as_of"]),
        "hukou_address": ((f := resident["hukou_address"])["value"], f["source"], f["as_of"]),
        "phone": ((f := resident["phone"])["value"], f["source"], f["as_of"]),
        "street": ((f := resident["street"])["value"], f["source"], f["as_of"]),
        "village": ((f := resident["village"])["value"], f["source"], f["as_of"]),
        "health_centre": ((f := resident["health_centre"])["value"], f["source"], f["as_of"]),
        "created_by": ((f := resident["created_by"])["value"], f["source"], f["as_of"]),
        "doctor": ((f := resident["doctor"])["value"], f["source"], f["as_of"]),
        "created_date": ((f := resident["created_date"])["value"], f["source"], f["as_of"]),
        "sex": ((f := resident["sex"])["value"], f["source"], f["as_of"]),
        "birth_date": ((f := resident["birth_date"])["value"], f["source"], f["as_of"]),
        "id_number": ((f := resident["id_number"])["value"], f["source"], f["as_of"]),
        "employer": ((f := resident["employer"])["value"], f["source"], f["as_of"]),
        "own_phone": ((f := resident["own_phone"])["value"], f["source"], f["as_of"]),
        "contact_name": ((f := resident["contact_name"])["value"], f["source"], f["as_of"]),
        "contact_phone": ((f := resident["contact_phone"])["value"], f["source"], f["as_of"]),
        "residence_type": ((f := resident["residence_type"])["value"], f["source"], f["as_of"]),
        "ethnicity": ((f := resident["ethnicity"])["value"], f["source"], f["as_of"]),
        "ethnicity_name": ((f := resident["ethnicity_name"])["value"], f["source"], f["as_of"]),
        "blood_abo": ((f := resident["blood_abo"])["value"], f["source"], f["as_of"]),
        "blood_rh": ((f := resident["blood_rh"])["value"], f["source"], f["as_of"]),
        "education": ((f := resident["education"])["value"], f["source"], f["as_of"]),
        "occupation": ((f := resident["occupation"])["value"], f["source"], f["as_of"]),
        "marital_status": ((f := resident["marital_status"])["value"], f["source"], f["as_of"]),
        "payment": ((f := resident["payment"])["value"], f["source"], f["as_of"]),
        "payment_other": ((f := resident["payment_other"])["value"], f["source"], f["as_of"]),
        "drug_allergies": ((f := resident["drug_allergies"])["value"], f["source"], f["as_of"]),
        "drug_allergy_other": ((f := resident["drug_allergy_other"])["value"], f["source"], f["as_of"]),
        "exposures": ((f := resident["exposures"])["value"], f["source"], f["as_of"]),
        "operations_had": ((f := resident["operations_had"])["value"], f["source"], f["as_of"]),
        "injuries_had": ((f := resident["injuries_had"])["value"], f["source"], f["as_of"]),
        "transfusions_had": ((f := resident["transfusions_had"])["value"], f["source"], f["as_of"]),
        "family_father": ((f := resident["family_father"])["value"], f["source"], f["as_of"]),
        "family_mother": ((f := resident["family_mother"])["value"], f["source"], f["as_of"]),
        "family_siblings": ((f := resident["family_siblings"])["value"], f["source"], f["as_of"]),
        "family_children": ((f := resident["family_children"])["value"], f["source"], f["as_of"]),
        "genetic_disease_had": ((f := resident["genetic_disease_had"])["value"], f["source"], f["as_of"]),
        "genetic_disease": ((f := resident["genetic_disease"])["value"], f["source"], f["as_of"]),
        "disability": ((f := resident["disability"])["value"], f["source"], f["as_of"]),
        "kitchen_exhaust": ((f := resident["kitchen_exhaust"])["value"], f["source"], f["as_of"]),
        "fuel": ((f := resident["fuel"])["value"], f["source"], f["as_of"]),
        "water": ((f := resident["water"])["value"], f["source"], f["as_of"]),
        "toilet": ((f := resident["toilet"])["value"], f["source"], f["as_of"]),
        "livestock_pen": ((f := resident["livestock_pen"])["value"], f["source"], f["as_of"]),
        "update_type": ((f := resident["update_type"])["value"], f["source"], f["as_of"]),
        "lost_reason": ((f := resident["lost_reason"])["value"], f["source"], f["as_of"]),
        "death_date": ((f := resident["death_date"])["value"], f["source"], f["as_of"]),
        "death_reason": ((f := resident["death_reason"])["value"], f["source"], f["as_of"]),
        "entered_by": ((f := resident["entered_by"])["value"], f["source"], f["as_of"]),
        "updated": ((f := resident["updated"])["value"], f["source"], f["as_of"]),
    }
    if resident["diseases"]:
        cells["diseases"] = [
            (
                ((f := row["code"])["value"], f["source"], f["as_of"]),
                ((f := row["name"])["value"], f["source"], f["as_of"]),
                ((f := row["diagnosed"])["value"], f["source"], f["as_of"]),
            )
            for row in resident["diseases"]
        ]
    else:
        cells["diseases"] = ((f := resident["diseases_empty"])["value"], f["source"], f["as_of"])
    if resident["operations"]:
        cells["operations"] = [
            (
                ((f := row["name"])["value"], f["source"], f["as_of"]),
                ((f := row["date"])["value"], f["source"], f["as_of"]),
            )
            for row in resident["operations"]
        ]
    else:
        cells["operations"] = ((f := resident["operations_empty"])["value"], f["source"], f["as_of"])
    if resident["injuries"]:
        cells["injuries"] = [
            (
                ((f := row["name"])["value"], f["source"], f["as_of"]),
                ((f := row["date"])["value"], f["source"], f["as_of"]),
            )
            for row in resident["injuries"]
        ]
    else:
        cells["injuries"] = ((f := resident["injuries_empty"])["value"], f["source"], f["as_of"])
    if resident["transfusions"]:
        cells["transfusions"] = [
            (
                ((f := row["reason"])["value"], f["source"], f["as_of"]),
                ((f := row["date"])["value"], f["source"], f["as_of"]),
            )
            for row in resident["transfusions"]
        ]
    else:
        cells["transfusions"] = ((f := resident["transfusions_empty"])["value"], f["source"], f["as_of"])
    return cells
