"""What `prefill check`, `diff` and `certificate` do: forms held to the notices, two versions compared, and what the record knows instead."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from prefill import checks
from prefill.catalogue import Catalogue, open_catalogue
from prefill.checks import Checked, Difference, Price
from prefill.cli.commands import app
from prefill.cli.files import UsageError, find_plan, open_specs, say, warn
from prefill.cli.options import ON, SPECS, read_path, read_text, this_day
from prefill.cli.tables import duration, show, table
from prefill.errors import Problem, SpecError
from prefill.notices import answer, find_certificate

__all__ = ["certificate", "check", "diff"]

FORMAT: Final = 1  # the version of the JSON's shape
_NO_FORMS: Final = ("sources.yaml", "savings.yaml", "admissions.yaml")


def _count(text: str | float) -> float:  # a default passes here too
    try:
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", str(text)) and float(text) > 0:
            return float(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"'{text}' is no number of forms: write it like 300")


_FORMS = typer.Argument(
    metavar="[FORM|FOLDER]...",
    parser=read_text,
    help="Numbers, ids, YAML files, or folders of specs; all if none is named.",
)
_JSON = typer.Option("--json", help="Print JSON for programs.")
_STRICT = typer.Option("--strict", help="Warnings fail, too.")
_WAIVED = typer.Option("--waived", help="Tell what is waived, too, and why.")
_PRICE = typer.Option("--price", help="Print what each typed field costs.")
_PER_YEAR = typer.Option("--per-year", metavar="N", parser=_count, help="How many forms are filled a year.")
_OLD = typer.Argument(metavar="OLD", parser=read_text, help="The older form: a number, an id or a YAML file.")
_NEW = typer.Argument(metavar="NEW", parser=read_text, help="The newer form.")
_NAME = typer.Argument(metavar="NAME", parser=read_text, help="What a certificate is called.")
_RECORD = typer.Argument(
    metavar="[RECORD]...", parser=read_path, help="A record, perhaps of several files: what it knows instead is told."
)


@app.command()
def check(
    form: Annotated[list[str] | None, _FORMS] = None,
    specs: Annotated[Path | None, SPECS] = None,
    on: Annotated[date | None, ON] = None,
    as_json: Annotated[bool, _JSON] = False,
    strict: Annotated[bool, _STRICT] = False,
    waived: Annotated[bool, _WAIVED] = False,
    price: Annotated[bool, _PRICE] = False,
    per_year: Annotated[float | None, _PER_YEAR] = None,
) -> None:
    """Report faults of the specs, and what a notice says against a form; exit code 1 if there are errors."""
    on = on or this_day()
    named = form or []
    folders = [Path(name) for name in named if Path(name).is_dir()]
    problems: list[Problem] = []
    files: list[Path] | None = None
    found = Checked((), ())
    prices: list[Price] = []
    count = len(named)
    try:
        catalogue = _open(specs, folders)
        files = _files(catalogue, named, folders)
        problems += _faults(catalogue, files, whole=not named or bool(folders))
        count = len(catalogue.files if files is None else files)
        good = [file for file in (catalogue.files.values() if files is None else files) if _opens(catalogue, file)]
        lists = [one.path for one in (*catalogue.rosters(), *catalogue.tallies())] if files is None else []
        found = checks.check(catalogue, [*good, *(file for file in lists if _opens(catalogue, file))], on=on)
        forms = [file for file in good if catalogue.shape(file) == "form"]
        if forms and (price or len(forms) == count == 1):
            every = [checks.open_spec(catalogue, file) for file in forms]
            prices = [checks.price(spec, catalogue.notices, on=on, forms_a_year=per_year) for spec in every]
    except SpecError as error:
        problems += error.problems
    problems = list(dict.fromkeys(problems))
    if as_json:
        _print_json(problems, found, prices, on, count)
    else:
        say(*map(str, problems), *map(str, found.findings), *(map(str, found.waived) if waived else ()))
        _tell(count, problems, found, prices, detailed=price)
    if problems or found.errors or (strict and found.warnings):
        raise typer.Exit(1)


@app.command()
def diff(
    old: Annotated[str, _OLD],
    new: Annotated[str, _NEW],
    specs: Annotated[Path | None, SPECS] = None,
    on: Annotated[date | None, ON] = None,
    as_json: Annotated[bool, _JSON] = False,
    per_year: Annotated[float | None, _PER_YEAR] = None,
) -> None:
    """Compare two forms: fields that came and went, what is known or typed now, and what that costs or saves a year."""
    catalogue = open_specs(specs)
    day = on or this_day()
    sides = []
    for name in (old, new):
        find_plan(catalogue, name)
        spec = checks.open_spec(catalogue, name)
        sides.append((spec, checks.price(spec, catalogue.notices, on=day, forms_a_year=per_year)))
    (one, one_price), (other, other_price) = sides
    found = checks.diff(one, other, one_price, other_price)
    if as_json:
        typer.echo(json.dumps({"format": FORMAT, **found.to_dict()}, ensure_ascii=False, indent=1))
    else:
        _tell_difference(found)


@app.command()
def certificate(
    name: Annotated[str, _NAME],
    record: Annotated[list[Path] | None, _RECORD] = None,
    on: Annotated[date | None, ON] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Say what a notice decided on a certificate, which terms answer it now, and what a record knows of them."""
    catalogue = open_specs(specs)
    day = on or this_day()
    found = find_certificate(catalogue.notices, name, day)
    if found is None:
        raise UsageError(f"no notice in force on {day} lists a certificate like '{name}'")
    like = "" if found.score == 100 else f"'{name}' is like '{found.name}' ({found.score} of 100). "
    typer.echo(f"{like}{catalogue.notices.line(found.item)}")
    if found.answer.note:
        typer.echo(f"  {found.answer.note}")
    if not record:
        for path in found.answer.terms:
            known = catalogue.vocabulary.path(path)
            typer.echo(f"  {''.join((*(role.label for role in known.roles), known.term.label))} ({path})")
        return
    facts = catalogue.read_record(*record)
    told = answer(found, facts, on=day)
    named = {
        name: source.label for name, source in catalogue.vocabulary.sources.items()
    }  # a source's own name may tell too much
    warn(facts)
    for one in told:
        sources = "、".join(
            dict.fromkeys(f"{named.get(fact.source, fact.source)} {fact.as_of or ''}".strip() for fact in one.facts)
        )
        text = f": {one.text}" if one.text else ""
        typer.echo(f"  {one.label} ({one.path}) {one.reason}{text}" + (f" ({sources})" if sources else ""))
    if told and all(one.known for one in told):
        typer.echo("No certificate needed: the record knows.")


# ── what is checked ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _open(specs: Path | None, folders: Sequence[Path]) -> Catalogue:
    if not folders:
        return open_specs(specs)
    if specs is not None and not specs.is_dir():
        raise UsageError(f"no folder '{specs}'")
    return open_catalogue(*([specs] if specs else []), *folders)


def _files(catalogue: Catalogue, named: Sequence[str], folders: Sequence[Path]) -> list[Path] | None:
    """Give the files of the forms that are named; None for every form."""
    if not named:
        return None
    found: list[Path] = []
    for name in named:
        if Path(name) in folders:
            own = [file for file in catalogue.files.values() if file.parent == Path(name)]
            others = [file for file in sorted(Path(name).glob("*.yaml")) if file.name not in _NO_FORMS]
            others += [file for kind in ("rosters", "tallies") for file in sorted(Path(name).glob(f"{kind}/*.yaml"))]
            if not own and not others:
                raise UsageError(f"no form in the folder '{name}'")
            found += dict.fromkeys([*own, *others])
        else:
            listed = [one.path for one in (*catalogue.rosters(), *catalogue.tallies()) if one.id == name]
            try:
                found.append(listed[0] if listed else catalogue.file(name))
            except SpecError:
                find_plan(catalogue, name)  # says it in one line
    return list({file.resolve(): file for file in found}.values())  # named twice, checked once


def _faults(catalogue: Catalogue, files: Iterable[Path] | None, *, whole: bool) -> list[Problem]:
    """Give the faults of these files; of everything else in the catalogue too, where no form alone is meant."""
    problems = list(catalogue.check()) if whole else []
    for file in files or ():
        try:
            catalogue.plan_of(file)
        except SpecError as error:
            problems += error.problems
    return problems


def _opens(catalogue: Catalogue, file: Path) -> bool:
    try:
        catalogue.plan_of(file)
    except SpecError:
        return False
    return True


# ── how it is told ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _print_json(problems: Iterable[Problem], found: Checked, prices: Iterable[Price], on: date, count: int) -> None:
    told: dict[str, Any] = {
        "format": FORMAT,
        "on": on.isoformat(),
        "forms": count,
        "errors": len(list(problems)) + len(found.errors),
        "warnings": len(found.warnings),
        "problems": [{"file": p.where, "line": p.line, "what": p.what, "remedy": p.remedy} for p in problems],
        "findings": [finding.to_dict() for finding in found.findings],
        "waived": [finding.to_dict() for finding in found.waived],
        "prices": [price.to_dict() for price in prices],
    }
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1))


def _tell(count: int, problems: Sequence[Problem], found: Checked, prices: Sequence[Price], *, detailed: bool) -> None:
    for price in prices:
        if detailed:
            _tell_price(price)
        else:
            typer.echo(_summary(price))
    forms = f"{count} {'form' if count == 1 else 'forms'}"
    errors = len(problems) + len(found.errors)
    told = [f"{errors} {'error' if errors == 1 else 'errors'}"] if errors else []
    if found.warnings:
        told.append(f"{len(found.warnings)} {'warning' if len(found.warnings) == 1 else 'warnings'}")
    if found.waived:
        told.append(f"{len(found.waived)} waived")
    if not errors:
        typer.echo(f"No faults in {forms}" + (f"; {', '.join(told)}." if told else "."))
    elif not problems:
        typer.echo(f"{forms}: {', '.join(told)}.")


def _summary(price: Price) -> str:
    """Tell a form's price on a line."""
    typed = sum(not cost.conditional for cost in price.costs)
    fields = f"{typed} {'field' if typed == 1 else 'fields'}"
    keys = f"{price.keys} {'key' if price.keys == 1 else 'keys'}"
    text = f"Typed each time: {fields}, {keys}, {duration(price.seconds)} a form"
    if price.forms_a_year is None or price.seconds_a_year is None:
        return f"{text} (how many a year is not known: --per-year N)."
    word = f" ({price.frequency})" if price.frequency and not price.given else ""
    return f"{text}; {price.forms_a_year:g} a year{word}: {duration(price.seconds_a_year)}."


def _tell_price(price: Price) -> None:
    told = table("field", "kind", "keys", "a form", "a year", right=("keys", "a form", "a year"), title=price.form)
    for cost in price.costs:
        year = price.a_year(cost)
        label = f"{cost.label}{' ?' if cost.conditional else ''}"
        a_year = "–" if year is None else duration(year)
        told.add_row(label, cost.kind, str(cost.keys), duration(cost.seconds), a_year)
    show(told)
    typer.echo(_summary(price))
    for text in price.assumptions:
        typer.echo(f"  assumed: {text}")


def _tell_difference(found: Difference) -> None:
    sign = {"added": "+", "removed": "-", "changed": "~"}
    for change in found.changes:
        what = " → ".join(part for part in (change.was, change.now) if part)
        cost = f" ({'+' if change.seconds > 0 else ''}{change.seconds:g} s)" if change.seconds else ""
        typer.echo(f"{sign[change.kind]} {change.label} [{change.key}]: {what}{cost}")
    if not found.changes:
        typer.echo("The same fields, asked the same way.")
    for name, price in (("old", found.old), ("new", found.new)):
        typer.echo(f"{name}: {_summary(price)}")
    a_form, a_year = found.seconds, found.seconds_a_year
    if not a_form and not a_year:
        typer.echo("The change costs and saves nothing.")
        return
    verb = "costs" if (a_year or a_form) > 0 else "saves"
    if a_year is not None:
        typer.echo(f"The change {verb} {duration(abs(a_form))} a form, {duration(abs(a_year))} a year.")
    else:
        typer.echo(f"The change {verb} {duration(abs(a_form))} a form.")
    for text in found.new.assumptions:
        typer.echo(f"  assumed: {text}")
