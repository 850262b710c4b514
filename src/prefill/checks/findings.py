"""What a check finds, each kind under a code that stays the same; how it is waived, and how it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from typing import Any, Final, Literal, NamedTuple, TypeAlias

__all__ = ["CODES", "Code", "Finding", "Severity", "waive"]

Severity: TypeAlias = Literal["error", "warning"]
"""What a finding does to the exit code: an error fails, a warning only with ``--strict``."""


class Code(NamedTuple):
    """A kind of finding: how severe it is, what it is about, and whether a spec may waive it with a reason."""

    severity: Severity
    title: str
    waivable: bool = True


CODES: Final[Mapping[str, Code]] = {
    "N101": Code("error", "serves a cancelled item", waivable=False),
    "N102": Code("error", "is called after a cancelled item"),
    "N103": Code("error", "has the community issue a cancelled certificate", waivable=False),
    "N190": Code("error", "waives what cannot be waived", waivable=False),
    "N191": Code("warning", "waives what is not found", waivable=False),
    "N201": Code("warning", "a system still asks for a cancelled item"),
    "N202": Code("warning", "is called much like a cancelled item or certificate"),
    "N203": Code("warning", "asks for a cancelled certificate"),
    "N204": Code("warning", "a certificate in disguise"),
    "N205": Code("warning", "a field for a cancelled target"),
    "N206": Code("warning", "the community leads where it is to assist"),
    "N207": Code("warning", "serves an item whose requirements have changed"),
    "N301": Code("warning", "of no listed system, and not admitted"),
    "N302": Code("warning", "the admission does not hold on the day"),
    "N303": Code("warning", "the form has expired"),
    "N304": Code("warning", "the system has been replaced"),
    "N305": Code("warning", "the agency is not the system's department, or not who had the form admitted"),
    "N306": Code("warning", "the form is asked for more often than it may be"),
    "N401": Code("warning", "the record already knows this"),
    "N402": Code("warning", "the same term is asked twice"),
    "N403": Code("warning", "two forms ask mostly the same"),
    "N404": Code("warning", "a statistical form without its marks"),
}
"""Every kind of finding: N1 errors against a notice, N2 warnings by one, N3 admission and validity, N4 the form itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the code, the form, where it stands, what it is, and the remedy.

    ``notice`` are the notice's own lines that it goes by, ``score`` how like two names are (of 100), ``waived`` the reason why it is
    let be. ``field`` is the key of the field that it is about; None where it is about the form.
    """

    code: str
    form: str
    where: str
    line: int | None
    what: str
    remedy: str
    field: str | None = None
    notice: tuple[str, ...] = ()
    score: int | None = None
    waived: str | None = None
    figures: Mapping[str, Any] = made(default_factory=dict, hash=False)

    @property
    def severity(self) -> Severity:
        """How severe it is, by its code."""
        return CODES[self.code].severity

    def __str__(self) -> str:
        """Tell it on one line, the way compilers do."""
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        lines = f" [{'; '.join(self.notice)}]" if self.notice else ""
        end = f"Waived: {self.waived}" if self.waived else f"Remedy: {self.remedy}"
        return f"{place}: {self.severity} {self.code}: {self.what}{lines}. {end}"

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON holds it (docs/check.md tells the shape)."""
        return {
            "code": self.code,
            "severity": self.severity,
            "form": self.form,
            "file": self.where,
            "line": self.line,
            "field": self.field,
            "what": self.what,
            "remedy": self.remedy,
            "notice": list(self.notice),
            "score": self.score,
            "waived": self.waived,
            **({"figures": dict(self.figures)} if self.figures else {}),
        }


def waive(finding: Finding, reasons: Mapping[str, str]) -> Finding:
    """Give a finding as waived, if there is a reason for its code and it may be."""
    reason = reasons.get(finding.code)
    return replace(finding, waived=reason) if reason and CODES[finding.code].waivable else finding
