"""Two forms that ask mostly the same: what is worth merging (应并尽并)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import Final, NamedTuple

from prefill.checks.findings import Finding
from prefill.checks.specs import Spec
from prefill.notices import Notices, bare

__all__ = ["Overlap", "check_overlaps", "overlaps"]

LEAST: Final = 20  # questions in common: forms of little more than identity are alike without being the same
CONTAINED: Final = 0.55  # the share of the smaller form's questions that the other asks, too


class Overlap(NamedTuple):
    """Two forms and how much they share: questions of each, questions in common."""

    one: Spec
    other: Spec
    questions: tuple[int, int]
    common: int

    @property
    def contained(self) -> float:
        """The share of the smaller form's questions that the other asks, too."""
        return self.common / min(self.questions)

    @property
    def alike(self) -> float:
        """The share of all questions of both that both ask."""
        return self.common / (sum(self.questions) - self.common)


def overlaps(specs: Sequence[Spec]) -> Iterator[Overlap]:
    """Compare each two forms by what they ask of the community: a term, or a label that no term answers."""
    asked = [(spec, frozenset(_questions(spec))) for spec in specs]
    for (one, of_one), (other, of_other) in combinations(asked, 2):
        common = len(of_one & of_other)
        if common:
            yield Overlap(one, other, (len(of_one), len(of_other)), common)


def check_overlaps(specs: Sequence[Spec], notices: Notices, on: date, told: Iterable[str]) -> Iterator[Finding]:
    """Find pairs that ask mostly the same; each is told once, of the form (by id) in ``told``, the later of two."""
    wanted = set(told)
    sentence = next((one.sentences["systems"] for one in notices.in_force(on) if "systems" in one.sentences), None)
    for pair in overlaps(specs):
        if pair.common < LEAST or pair.contained < CONTAINED:
            continue
        one, other = (pair.one, pair.other) if pair.other.form.id in wanted else (pair.other, pair.one)
        if other.form.id not in wanted:
            continue
        figures = {
            "other": one.form.id,
            "questions": list(pair.questions),
            "common": pair.common,
            "contained": round(pair.contained, 2),
            "alike": round(pair.alike, 2),
        }
        what = (
            f"most is asked by '{one.form.id}' ({one.form.title}), too: {pair.common} questions in common, "
            f"{pair.contained:.0%} of the smaller form, {pair.alike:.0%} of both together"
        )
        remedy = "make one form of both, or take from it what the other asks"
        yield other.finding("N403", what, remedy, notice=(sentence,) if sentence else (), figures=figures)


def _questions(spec: Spec) -> Iterator[str]:
    """Give what a form asks the community: the terms that fields take, and the labels of those that nothing answers."""
    for row in spec.rows:
        if row.typed:
            yield bare(row.field.label)
        elif row.asked.asked:
            for path in row.asked.paths:
                yield (row.asked.rows_of or "") + path if path.startswith(".") else path
