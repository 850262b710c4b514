"""The shared record: statements about one subject and what is linked to it, joined by identity and not yet resolved."""

from prefill.records.cells import Cell, Decision, Entity, Item, Record
from prefill.records.facts import Absence, Fact, Resolution
from prefill.records.filing import Filing, Grant
from prefill.records.joining import join
from prefill.records.reading import Statement, read_statements

__all__ = [
    "Absence",
    "Cell",
    "Decision",
    "Entity",
    "Fact",
    "Filing",
    "Grant",
    "Item",
    "Record",
    "Resolution",
    "Statement",
    "join",
    "read_statements",
]
