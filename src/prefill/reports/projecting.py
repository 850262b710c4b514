"""What the forms counted so far would save in a year, by the notice's frequencies: a projection, and no measurement."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prefill.checks.occasions import occasion_of

if TYPE_CHECKING:
    from prefill.catalogue import Catalogue
    from prefill.notices import Frequency
    from prefill.reports.summing import Group
    from prefill.reports.tracing import Forms

__all__ = ["Projected", "Projection", "project"]


@dataclass(frozen=True, slots=True)
class Projected:
    """One form, projected: the mean of the forms handed out, times a year, in each of the communities.

    ``share`` is the part of the form's own that were handed out for this delivery: of a form with two, each has its part of the year.
    """

    form: str
    system: int | None
    title: str
    delivery: str
    forms: int
    keystrokes_a_form: float
    seconds_a_form: float
    frequency: str
    times_a_year: float
    communities: int
    share: float = 1.0

    @property
    def forms_a_year(self) -> float:
        """How many forms a year it is projected to: one each time that the system is used, in each community."""
        return self.times_a_year * self.communities * self.share

    @property
    def keystrokes_a_year(self) -> float:
        """Keys saved a year, below zero where the form costs more."""
        return self.keystrokes_a_form * self.forms_a_year

    @property
    def seconds_a_year(self) -> float:
        """Seconds saved a year, below zero where the form costs more."""
        return self.seconds_a_form * self.forms_a_year


@dataclass(frozen=True, slots=True)
class Projection:
    """What is projected, by system; ``missing`` are the ids of forms of which nobody says how often they are filled.

    ``unseen`` is how many systems of the notice have no form in the ledger: nothing is projected of them. ``frequencies`` are the
    words and times a year that it rests on, ``notices`` the titles of those that say how often a system is used.
    """

    communities: int
    lines: tuple[Projected, ...]
    missing: tuple[str, ...]
    unseen: int
    frequencies: tuple["Frequency", ...]
    notices: tuple[str, ...]

    def of(self, delivery: str) -> tuple[Projected, ...]:
        """Give the lines of one delivery: those of two are never added together."""
        return tuple(line for line in self.lines if line.delivery == delivery)

    @property
    def deliveries(self) -> tuple[str, ...]:
        """The deliveries that something is projected of."""
        return tuple(dict.fromkeys(line.delivery for line in self.lines))


def project(groups: Iterable["Group"], forms: "Forms", catalogue: "Catalogue", communities: int = 1) -> Projection:
    """Project the forms handed out to a year and so many communities; ``groups`` are those by form."""
    notices = catalogue.notices
    groups = tuple(groups)
    handed_out = Counter[str]()
    for group in groups:
        handed_out[group.key] += group.fills.forms
    lines, missing, seen = [], [], set()
    for group in groups:
        sums = group.fills
        if not sums.forms:
            continue
        summary = forms.listed.get(group.key)
        occasion = occasion_of(catalogue.plan(summary.path).form, notices) if summary else None
        seen.add(group.system)
        if occasion is None or occasion.times_a_year is None:
            missing.append(group.key)
            continue
        lines.append(
            Projected(
                group.key,
                group.system,
                forms.title(group.key),
                group.delivery,
                sums.forms,
                sums.keystrokes_saved / sums.forms,
                sums.seconds_saved / 1000 / sums.forms,
                occasion.word,
                occasion.times_a_year,
                communities,
                sums.forms / handed_out[group.key],
            )
        )
    systems = {notices.first_number(item) for item in notices.items("systems")}
    return Projection(
        communities,
        tuple(lines),
        tuple(dict.fromkeys(missing)),
        len(systems - seen),
        tuple(notices.words.frequencies.values()),
        tuple(notice.title for notice in notices.all),
    )
