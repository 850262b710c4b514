"""``python -m bench [residents] [rounds]``: times in a plain table; filling as a ratio to the floor.

Everything is CPU time, with the code warm. Form 39 is filled from joined records of many different residents, with every
status, value and fact decided; the floor copies the same values into as many cells. The two take turns, ten residents
at a time, first with data that the processor has not in its cache, then with the same data once more: what is out of
the cache slows the floor more than the filling, so look at both ratios.
"""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from statistics import mean, median
from typing import TYPE_CHECKING

from bench import floor
from bench.residents import ON, residents
from bench.timing import Timed, Work, each, in_turns, once

if TYPE_CHECKING:
    import prefill

_FEW = 10  # residents at a time
_TARGET = "aim 2, accept 4"


def main(count: int = 200, rounds: int = 9) -> None:
    """Measure everything, and print it."""
    import_time, import_is_light = _import_alone()

    import prefill

    catalogue = prefill.open_catalogue()
    filing = prefill.Filing(worker="示例员", today=ON)
    people = residents(count)
    plan, other = catalogue.plan(39), catalogue.plan(8)

    def fill(record: prefill.Record) -> prefill.FilledForm:
        return prefill.fill(plan, record, on=ON, filing=filing)

    def fill_other(record: prefill.Record) -> prefill.FilledForm:
        return prefill.fill(other, record, on=ON, filing=filing)

    def look(filled: prefill.FilledForm) -> object:
        return filled.entries

    sample = [fill(catalogue.record(person)) for person in people]
    cells = _check(sample)

    def turns() -> Iterator[tuple[str, Work]]:
        plain = list(map(floor.plain, sample))
        fresh, after = ([catalogue.record(person) for person in people] for _ in range(2))
        for start in range(0, count, _FEW):
            few = slice(start, start + _FEW)
            yield "floor", each(floor.copy, plain[few])
            yield "floor again", each(floor.copy, plain[few])
            yield "first", each(fill, fresh[few])
            yield "again", each(fill, fresh[few])
            yield "other", each(fill_other, after[few])
            yield "after", each(fill, after[few])
            yield "entries", each(look, map(fill, fresh[few]))
        yield "record", each(catalogue.record, people[:50])
        yield "measure", each(prefill.measure, sample)
        yield "json", each(prefill.to_json, sample[:20])
        yield "html", each(prefill.to_html, sample[:10])

    found = in_turns(rounds, turns)
    found["pdf"] = _timed(lambda: prefill.to_pdf(sample[0]))
    found["open"] = _timed(prefill.open_catalogue)
    found["plan"] = _compile()
    found["import"] = import_time

    def line(name: str, label: str, unit: str = "ms", note: str = "", ground: str = "") -> None:
        time = found[name].median * (1e6 if unit == "µs" else 1e3)
        share = f"{found[name].ratio(found[ground]):8.2f} ×" if ground else " " * 10
        print(f"  {label:<46}{time:10.1f} {unit}{share}  {note}".rstrip())

    print(f"{count} invented residents, {cells:.0f} cells a form, CPU time, median of {rounds} rounds\n")
    print(f"  {'':<46}{'time':>13}{'to floor':>10}")
    line("floor", "the floor: form 39 copied by hand", "µs")
    line("first", "form 39, the first form of a record", "µs", _TARGET, "floor")
    line("floor again", "the floor, its data in the cache", "µs")
    line("again", "form 39 again, its record in the cache", "µs", _TARGET, "floor again")
    line("other", "form 8, the first form of a record", "µs")
    line("after", "form 39 after it", "µs", "", "floor again")
    line("entries", "the entries of form 39, looked at", "µs")
    print()
    line("record", "a record: statements read and joined")
    line("measure", "savings of a form", note="well under 1")
    line("json", "JSON of a form")
    line("html", "HTML of a form")
    line("pdf", "PDF of a form")
    line("open", "the catalogue opened")
    line("plan", "form 39 read and compiled")
    line("import", "import prefill", note=f"aim 200; without WeasyPrint: {'yes' if import_is_light else 'NO'}")


def _check(sample: "Sequence[prefill.FilledForm]") -> float:
    """See that the floor copies the same values into as many cells; give that number."""
    for filled in sample:
        copied = floor.copy(floor.plain(filled))
        if floor.count(copied) != len(filled.entries):
            raise SystemExit("The floor has not the cells of form 39: bring bench/floor.py up to date.")
        for entry in filled.entries:
            if entry.row is None and copied[entry.key][0] != entry.value:
                raise SystemExit(f"The floor has another value of '{entry.key}': bring bench/floor.py up to date.")
    return mean(len(filled.entries) for filled in sample)


def _timed(call: Callable[[], object], rounds: int = 5) -> Timed:
    call()
    return Timed("", [once(each(lambda _: call(), [None])) for _ in range(rounds)])


def _compile(rounds: int = 5) -> Timed:
    """Time the first plan of catalogues that have made none yet; the form's file is read, too."""
    import prefill

    catalogues = [prefill.open_catalogue() for _ in range(rounds)]
    return Timed("", [once(each(lambda catalogue: catalogue.plan(39), [fresh])) for fresh in catalogues])


def _import_alone(rounds: int = 5) -> tuple[Timed, bool]:
    """Time ``import prefill`` in processes of its own, less Python's start; say if WeasyPrint stayed out."""

    def run(code: str) -> tuple[float, str]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout

    run("import prefill")  # writes the byte code
    bare = median(run("")[0] for _ in range(rounds))
    runs = [run("import sys, prefill; print('weasyprint' in sys.modules)") for _ in range(rounds)]
    light = all(output.strip() == "False" for _, output in runs)
    return Timed("", [seconds - bare for seconds, _ in runs]), light


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
