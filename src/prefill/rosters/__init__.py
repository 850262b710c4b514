"""Rosters (花名册) and tallies (统计报表): two more shapes of form, over many records."""

from prefill.rosters.counting import count_tally, open_figure
from prefill.rosters.filling import fill_roster
from prefill.rosters.model import (
    Column,
    Disagreement,
    Disclosed,
    Figure,
    Given,
    Heading,
    Opened,
    Pending,
    Repeated,
    Roster,
    RosterRow,
    Stated,
    Tally,
    TallyTable,
    Wait,
)
from prefill.rosters.running import Source
from prefill.rosters.writing import list_to_json

__all__ = [
    "Column",
    "Disagreement",
    "Disclosed",
    "Figure",
    "Given",
    "Heading",
    "Opened",
    "Pending",
    "Repeated",
    "Roster",
    "RosterRow",
    "Source",
    "Stated",
    "Tally",
    "TallyTable",
    "Wait",
    "count_tally",
    "fill_roster",
    "list_to_json",
    "open_figure",
]
