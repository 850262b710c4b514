"""Whether a form may be asked for on the day: listed or admitted, not expired, not replaced."""

from collections.abc import Iterator
from datetime import date

from prefill.checks.findings import Finding
from prefill.checks.occasions import allowed
from prefill.checks.specs import Spec
from prefill.notices import Item, Notices

__all__ = ["check_admitted"]


def check_admitted(spec: Spec, notices: Notices, on: date) -> Iterator[Finding]:
    """Find that a form is of no listed system and not admitted, or that something of it does not hold on the day."""
    form = spec.form
    system = notices.system(form.system, on)
    if system is not None:
        yield from _of_system(spec, system, notices, on)
    elif notices.in_force(on):
        yield from _unlisted(spec, notices, on, "it is of no system that a notice lists, and was not admitted")
    yield from _too_often(spec, notices, on)
    if form.expires is not None and _before(form.expires, on):
        what = f"the form expired on {form.expires}"
        yield spec.finding("N303", what, "file its new version, or take it out of the catalogue", at="expires")


def _of_system(spec: Spec, system: Item, notices: Notices, on: date) -> Iterator[Finding]:
    line = (notices.line(system),)
    if system.replaced_by is not None and (system.replaced_since is None or system.replaced_since <= on):
        what = f"system {spec.form.system} was replaced by '{system.replaced_by}' on {system.replaced_since}"
        yield spec.finding("N304", what, "drop the form, or write that of the new system", at="system", notice=line)
    if system.department and spec.form.agency != system.department:
        what = (
            f"the agency '{spec.form.agency}' is not '{system.department}', the department of system {spec.form.system}"
        )
        remedy = "a form of another agency is another form: have it admitted, without 'system'"
        yield spec.finding("N305", what, remedy, at="agency", notice=line)
    listed = (one for one in spec.catalogue.forms() if int(one.path.stem[:2]) == spec.form.system)
    other = None if spec.listed else next(listed, None)
    if other is not None and other.id != spec.form.id and other.path.resolve() != spec.file.resolve():
        what = f"system {spec.form.system} has its form already ('{other.id}'), and this one was not admitted"
        yield from _unlisted(spec, notices, on, what)


def _too_often(spec: Spec, notices: Notices, on: date) -> Iterator[Finding]:
    """Find a form that says of itself that it is filled more often than the notice or its admission has it, or nobody knows how often."""
    word = spec.form.frequency
    if word is None:
        return
    own, granted = notices.frequency(word), allowed(spec.form, notices, on)
    if own is None:
        known = ", ".join(notices.words.frequencies)
        yield spec.finding("N306", f"nobody says how often '{word}' is", f"one of: {known}", at="frequency")
    elif granted is not None and granted.times_a_year is not None and (own.times or 0) > granted.times_a_year:
        what = (
            f"it is to be filled more often ({word}) than '{granted.name}' is listed or admitted with ({granted.word})"
        )
        yield spec.finding("N306", what, "ask for it less often, or have it admitted so", at="frequency")


def _unlisted(spec: Spec, notices: Notices, on: date, unheard: str) -> Iterator[Finding]:
    form = spec.form
    sentence = next(
        (one.sentences["roles"] for one in reversed(notices.in_force(on)) if "roles" in one.sentences), None
    )
    quoted = (sentence,) if sentence else ()
    admission = notices.admission(form.id, form.title, on)
    if admission is None:
        yield spec.finding("N301", unheard, "apply for its admission; then enter it in admissions.yaml", notice=quoted)
        return
    place = admission.where if admission.line is None else f"{admission.where}:{admission.line}"
    if not admission.holds(on):
        ended = admission.expires < on
        what = f"its admission {'ended on' if ended else 'begins only on'} {admission.expires if ended else admission.approved} ({place})"
        yield spec.finding("N302", what, "apply for its admission again, or drop the form", notice=quoted)
    elif admission.role == "assist" and form.role == "lead":
        what = f"it has the community lead, and was admitted for it to assist ({place})"
        yield spec.finding("N206", what, "write role: assist, or have it admitted so", at="role", notice=quoted)
    if notices.system(form.system, on) is None and form.agency not in (admission.applicant, admission.department):
        what = f"the agency '{form.agency}' is not '{admission.applicant}', which had it admitted ({place})"
        remedy = "a form of another agency is another form: have it admitted"
        yield spec.finding("N305", what, remedy, at="agency", notice=quoted)


def _before(day: str, on: date) -> bool:
    """Say whether a day as a spec writes it is past; one that is no date never is."""
    try:
        return date.fromisoformat(day) < on
    except ValueError:
        return False
