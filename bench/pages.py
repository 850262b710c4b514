"""Pages: stamped, beside WeasyPrint's whole layout and typst, in the same run: ``python -m bench.pages [subjects] [rounds]``.

Everything is CPU time, code and blanks warm; the three take turns, a form each. Typst keeps its compiler and sets the same
labels and values in the same fonts as one ruled table, so it does less: no sources, no marks of what is left to do. Form 39
is that of many invented residents, each new to the stamper where ``first`` is measured. The form of three pages is the sample
of form 43 or, where that has fewer, the first that has as many.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import prefill
from bench.residents import ON, residents
from bench.timing import Timed, Work, each, in_turns
from prefill.rendering.fonts import font_files

_TYPST = """
#let page-data = json(bytes(sys.inputs.at("page")))
#set page("a4", margin: 15mm)
#set text(font: ("Noto Serif SC", "Noto Sans SC"), size: 10.5pt, lang: "zh", region: "cn")
#align(center, text(19pt, page-data.title))
#table(columns: (21.5%, 28.5%, 21.5%, 28.5%), ..page-data.cells.map(pair => (pair.at(0), text(font: "Noto Sans SC", pair.at(1)))).flatten())
"""


def main(number: int = 120, rounds: int = 7) -> None:
    """Measure, and print ratios to the whole layout and to typst."""
    catalogue = prefill.open_catalogue()
    filing = prefill.Filing(worker="示例员", today=ON)
    plan = catalogue.plan(39)
    people = [prefill.fill(plan, catalogue.record(person), on=ON, filing=filing) for person in residents(number)]
    learnt, fresh = people[: number // 2], people[number // 2 :]
    stamper = prefill.Stamper(plan)
    for filled in learnt:
        stamper.stamp(filled)
    before = stamper.stamped, stamper.fell_back, stamper.layouts
    with tempfile.TemporaryDirectory() as folder:
        sizes = _unseen(stamper, fresh, _typst(Path(folder)))
    new = stamper.fell_back - before[1], stamper.layouts - before[2]
    print(
        f"Form 39 of {len(fresh)} residents after {len(learnt)} others: {new[0]} fell back, {new[1]} further layouts for blanks"
    )
    with tempfile.TemporaryDirectory() as folder:
        _table("form 39", stamper, fresh, sizes, rounds, Path(folder))
        long = _long(catalogue)
        other = prefill.Stamper(long.plan)
        _table(f"form {long.form.system}, sample", other, [long], [len(other.stamp(long))], rounds, Path(folder))
    _all_samples(catalogue)


def _unseen(
    stamper: prefill.Stamper, fresh: Sequence[prefill.FilledForm], typeset: Callable[[prefill.FilledForm], bytes]
) -> list[int]:
    """Stamp forms that the stamper has not seen, and print what those took whose blanks were all there; give the sizes."""
    typeset(fresh[0])
    sizes, ours, theirs = [], [], []
    for filled in fresh:
        layouts, start = stamper.layouts, process_time()
        sizes.append(len(stamper.stamp(filled)))
        taken, start = process_time() - start, process_time()
        typeset(filled)
        if stamper.layouts == layouts:
            ours.append(taken)
            theirs.append(process_time() - start)
    ratio = median(other / own for own, other in zip(ours, theirs, strict=True))
    print(f"Unseen, the blanks there: {len(ours)} forms, {median(ours) * 1e3:.2f} ms each, {ratio:.1f} × typst")
    return sizes


def _table(
    name: str,
    stamper: prefill.Stamper,
    forms: Sequence[prefill.FilledForm],
    sizes: Sequence[int],
    rounds: int,
    folder: Path,
) -> None:
    typeset = _typst(folder)
    stamper.stamp_many(forms)
    some = list(forms[:10])

    def turns() -> Iterator[tuple[str, Work]]:
        yield "whole", each(prefill.to_pdf, some[:1])
        yield "typst", each(typeset, some[:4])
        yield "stamped", each(stamper.stamp, some)
        yield "merged", lambda: (stamper.stamp_many(forms), len(forms))[1]

    found = in_turns(rounds, turns)
    pages = _pages(stamper.stamp(some[0]))
    merged = len(stamper.stamp_many(forms)) / len(forms)
    print(f"\n{name}: {pages} pages, CPU time a form, median of {rounds} rounds")
    rows: list[tuple[str, Timed, str]] = [
        ("WeasyPrint, the whole layout", found["whole"], f"{len(prefill.to_pdf(some[0])):9,} bytes"),
        ("typst, a plain table", found["typst"], f"{len(typeset(some[0])):9,} bytes"),
        ("stamped, a file each", found["stamped"], f"{sum(sizes) // len(sizes):9,} bytes"),
        ("stamped, all in one file", found["merged"], f"{int(merged):9,} bytes a form"),
    ]
    for label, timed, note in rows:
        ratio, against = found["whole"].ratio(timed), found["typst"].ratio(timed)
        print(f"  {label:<32}{timed.median * 1e3:9.2f} ms{ratio:9.1f} × {against:7.2f} ×  {note}")
    print(f"  {'… a page':<32}{found['merged'].median * 1e3 / pages:9.2f} ms")


def _typst(folder: Path) -> Callable[[prefill.FilledForm], bytes]:
    import typst

    source = folder / "page.typ"
    source.write_text(_TYPST, encoding="utf-8")
    fonts = sorted({str(file.parent) for file in font_files().values()})
    compiler = typst.Compiler(str(source), font_paths=fonts, ignore_system_fonts=True)

    serial = count(10_000_000)

    def typeset(filled: prefill.FilledForm) -> bytes:
        # a number that is new each time: typst keeps what it has set once, and would only look up the same page again
        cells = [("编号", str(next(serial))), *((entry.label, entry.text) for entry in filled.entries)]
        page = json.dumps({"title": filled.form.title, "cells": cells}, ensure_ascii=False)
        made: Any = compiler.compile(format="pdf", sys_inputs={"page": page})
        return bytes(made)

    return typeset


def _long(catalogue: prefill.Catalogue) -> prefill.FilledForm:
    """Give the sample of form 43, or the first that is stamped on three pages or more."""
    samples = catalogue.samples()
    names = [catalogue.plan(43).form.id, *samples]
    for name in names:
        found = samples[name]
        record = catalogue.read_record(*found.record)
        filled = prefill.fill(catalogue.plan(name), record, on=found.on, filing=found.filing, grant=found.grant)
        stamper = prefill.Stamper(filled.plan)
        content = stamper.stamp(filled)
        if stamper.stamped and _pages(content) == 3:
            return filled
    raise SystemExit("no sample has three pages")


def _pages(content: bytes) -> int:
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as file:
        return len(file.pages)


def _all_samples(catalogue: prefill.Catalogue) -> None:
    """Say of all samples, rich and poor, how many fell back."""
    stamped = fell = 0
    for name, found in catalogue.samples().items():
        stamper = prefill.Stamper(catalogue.plan(name))
        for files in (found.record, found.poor):
            if files:
                record = catalogue.read_record(*files)
                stamper.stamp(prefill.fill(stamper.plan, record, on=found.on, filing=found.filing, grant=found.grant))
        stamped, fell = stamped + stamper.stamped, fell + stamper.fell_back
    print(f"\nAll samples, rich and poor: {stamped} stamped, {fell} fell back ({fell / (stamped + fell):.0%})")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
