"""Rosters (花名册) and tallies (统计报表): two more shapes of form, over many records."""

from prefill.rosters.model import (
    Column,
    Disagreement,
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

__all__ = [
    "Column",
    "Disagreement",
    "Figure",
    "Given",
    "Heading",
    "Opened",
    "Pending",
    "Repeated",
    "Roster",
    "RosterRow",
    "Stated",
    "Tally",
    "TallyTable",
    "Wait",
]
