"""What `prefill roster` and `prefill tally` do: many records in, a list or a table of figures out, as a page, a workbook or JSON."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from prefill.batches import from_parquet
from prefill.batches.lines import read_payload
from prefill.batches.model import Payload, Place
from prefill.catalogue import Catalogue
from prefill.cli.commands import app
from prefill.cli.files import UsageError, check_place, open_specs, say, warn, write
from prefill.cli.grants import GRANT, PERIOD, grant_of
from prefill.cli.inputs import GIVEN, kind_of
from prefill.cli.options import ON, SPECS, TEMPLATES, TODAY, WORKER, read_file, read_path, read_text, this_day
from prefill.errors import FileError, RecordError, SpecError
from prefill.plans.rosters import RosterPlan
from prefill.plans.tallies import TallyPlan
from prefill.records import Filing
from prefill.rosters import Roster, Source, Tally, count_tally, fill_roster, list_to_json, open_figure

__all__ = ["count_figures", "list_subjects"]

_ENDINGS: Final = (".html", ".pdf", ".xlsx", ".json")
_TOLD: Final = 20  # faults of records that are told one by one
_AT_ONCE: Final = 256  # rows of Parquet in memory


def _out(text: str) -> Path:
    path = read_file(text)
    if path.suffix.lower() not in _ENDINGS:
        raise typer.BadParameter(f"'{text}' ends in none of {', '.join(_ENDINGS)}")
    return path


_LIST = typer.Argument(metavar="ROSTER", parser=read_text, help="A system's number, a roster's id, or a YAML file.")
_TALLY = typer.Argument(metavar="TALLY", parser=read_text, help="A system's number, a tally's id, or a YAML file.")
_RECORDS = typer.Argument(metavar="RECORDS", parser=read_text, help=GIVEN)
_OUT = typer.Option(
    "--output", "-o", metavar="OUT", parser=_out, help="The file to write: .html, .pdf, .xlsx or .json."
)
_ABOUT = typer.Option("--about", metavar="RECORD", parser=read_path, help="A record of the community, for the head.")
_PUBLIC = typer.Option("--public", help="As it is posted: declared columns alone, masked.")
_OPEN = typer.Option("--open", metavar="FIGURE", parser=read_text, help="Write the roster of those behind a figure.")


@app.command(name="roster")
def list_subjects(
    roster: Annotated[str, _LIST],
    records: Annotated[str, _RECORDS],
    output: Annotated[Path, _OUT],
    on: Annotated[date | None, ON] = None,
    today: Annotated[date | None, TODAY] = None,
    worker: Annotated[str | None, WORKER] = None,
    period: Annotated[str | None, PERIOD] = None,
    about: Annotated[list[Path] | None, _ABOUT] = None,
    grant: Annotated[list[Any] | None, GRANT] = None,
    public: Annotated[bool, _PUBLIC] = False,
    templates: Annotated[Path | None, TEMPLATES] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """List the subjects that a roster takes, each with its columns, and apart those of whom it is not decided."""
    catalogue = open_specs(specs)
    plan = _find(catalogue.roster, roster)
    render = _renderer(output, public=public, templates=templates)
    head = catalogue.read_record(*about) if about else None
    filing = Filing(worker=worker, today=today, period=period)
    with _opened(catalogue, records, plan) as given:
        made = fill_roster(
            plan, given, on=on or this_day(), filing=filing, grant=grant_of(plan.plan, grant), about=head
        )
    write(output, render(made))
    _tell(made)


@app.command(name="tally")
def count_figures(
    tally: Annotated[str, _TALLY],
    records: Annotated[str, _RECORDS],
    output: Annotated[Path, _OUT],
    on: Annotated[date | None, ON] = None,
    today: Annotated[date | None, TODAY] = None,
    worker: Annotated[str | None, WORKER] = None,
    period: Annotated[str | None, PERIOD] = None,
    about: Annotated[list[Path] | None, _ABOUT] = None,
    grant: Annotated[list[Any] | None, GRANT] = None,
    figure: Annotated[str | None, _OPEN] = None,
    templates: Annotated[Path | None, TEMPLATES] = None,
    specs: Annotated[Path | None, SPECS] = None,
) -> None:
    """Count the figures of a tally, or open one of them; exit code 1 if figures that must agree do not."""
    catalogue = open_specs(specs)
    plan = _find(catalogue.tally, tally)
    render = _renderer(output, public=False, templates=templates)
    head = catalogue.read_record(*about) if about else None
    filing, leave, day = (
        Filing(worker=worker, today=today, period=period),
        grant_of(plan.plan, grant),
        on or this_day(),
    )
    with _opened(catalogue, records, plan) as given:
        if figure is not None:
            try:
                opened = open_figure(plan, given, figure, on=day, filing=filing, grant=leave, about=head)
            except KeyError:
                raise UsageError(f"no figure '{figure}': it is written TABLE.ROW.COLUMN, as in the JSON") from None
            write(output, render(opened))
            _tell(opened)
            return
        made = count_tally(plan, given, on=day, filing=filing, grant=leave, about=head)
    write(output, render(made))
    say(*(f"{plan.form.id}: {one.fault}: {one.what}" for one in made.disagreements))
    _tell_given(made)
    typer.echo(f"{output}: {len(made.figures)} figures of {made.counted}; {len(made.undecided)} undecided.")
    if made.disagreements:
        raise typer.Exit(1)


def _find(find: Callable[[str], Any], name: str) -> Any:
    """Give the plan of a roster or a tally; one that there is not is a mistake on the command line."""
    try:
        return find(name)
    except SpecError as error:
        first = error.problems[0]
        if first.where != "catalogue":
            raise
        raise UsageError(f"{first.what}: {first.remedy}") from None


def _renderer(path: Path, *, public: bool, templates: Path | None) -> Callable[[Roster | Tally], str | bytes]:
    """Give the function that draws what this file's ending asks for. Raises UsageError where it takes no such option."""
    check_place(path)
    ending = path.suffix.lower()
    if ending == ".json":
        if public or templates:
            raise UsageError(f"{'--public' if public else '--templates'} is for pages: name an .html or .pdf file")
        return list_to_json
    from prefill.rendering import lists

    draw: dict[str, Callable[..., str | bytes]] = {
        ".html": lists.list_to_html,
        ".pdf": lists.list_to_pdf,
        ".xlsx": lists.list_to_xlsx,
    }
    return partial(draw[ending], public=public, **({"templates": templates} if templates else {}))


def _opened(catalogue: Catalogue, records: str, plan: RosterPlan | TallyPlan) -> closing[Generator[Source, None, None]]:
    """Open the records, whatever they are in."""
    kind, path = kind_of(records), Path(records)
    if kind == "store":
        return closing(_stored(catalogue, records, plan.form.subject))
    if not path.is_file():
        raise UsageError(f"there is no file '{records}': name records, one a line, Parquet, or a store")
    return closing(_read(catalogue, path, _rows(path) if kind == "parquet" else _lines(path)))


def _lines(path: Path) -> Iterator[tuple[int, Payload]]:
    """Give the lines of a file that are not empty, each with its number."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line


def _rows(path: Path) -> Iterator[tuple[int, Payload]]:
    """Give the rows of a Parquet file, each with its number."""
    for task in from_parquet(path).tasks(Place(), _AT_ONCE):
        for number, _, payload in task.subjects:
            yield number, payload


def _read(catalogue: Catalogue, path: Path, numbered: Iterable[tuple[int, Payload]]) -> Generator[Source, None, None]:
    """Read records: each a list of statements, or one statement. One that cannot be read is given with its faults."""
    lesser = 0
    for number, payload in numbered:
        try:
            record = read_payload(catalogue, payload, path.name, number)
        except RecordError as error:
            yield str(number), error
            continue
        lesser += len(record.problems)
        if record.problems and lesser <= _TOLD:
            warn(record)
        yield str(number), record
    if lesser > _TOLD:
        say(f"warning: {path.name}: {lesser - _TOLD} lesser faults more")


def _stored(catalogue: Catalogue, where: str, root: str) -> Generator[Source, None, None]:
    """Go through a store; a subject whose statements contradict each other is given with its faults."""
    from prefill.store import open_store

    bad: list[tuple[str, FileError]] = []
    with open_store(where, catalogue, create=False) as store:
        for pair in store.records(root, bad=lambda subject, error: bad.append((subject, error))):
            while bad:
                yield bad.pop(0)
            yield pair
    yield from bad


def _tell(roster: Roster) -> None:
    _tell_given(roster)
    new = sum(entry.counted and entry.status in ("confirm", "new") for row in roster for entry in row.cells)
    typer.echo(
        f"{len(roster)} rows, {new} cells left to do; {len(roster.undecided)} undecided, {roster.given.outside} not in it."
    )
    if roster.given.withheld:
        say(
            f"of {roster.given.withheld} it is withheld whether they stand in it: give the grant of the agency (--grant)"
        )


def _tell_given(made: Roster | Tally) -> None:
    """Tell what became of the records that are not simply counted."""
    given = made.given
    say(*map(str, given.unread[:_TOLD]))
    if len(given.unread) > _TOLD:
        say(f"{len(given.unread) - _TOLD} faults more for which records were set aside")
    for one in given.repeated[:_TOLD]:
        how = "says the same" if one.same else "does not say the same, which is left undecided"
        say(f"record {one.subject} is the subject of record {one.first} again, counted once: it {how}")
    if len(given.repeated) > _TOLD:
        say(f"{len(given.repeated) - _TOLD} records more are of subjects given before")
    if given.unidentified:
        say(f"{len(given.unidentified)} subjects have no document: whether they are given twice cannot be told")
