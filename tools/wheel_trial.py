"""Uses an installed prefill from an empty folder: `python -I wheel_trial.py EXTRAS CHECKOUT`. Needs nothing but prefill and the extras named.

What an extra brings must work; what it would bring and is not named must be told in one line that names it.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import prefill
from prefill.exports import read_export

GIVEN = frozenset(sys.argv[1].split(",")) - {""}
EXTRAS = GIVEN | ({"store"} if "postgres" in GIVEN else set()) | ({"arrow"} if "spark" in GIVEN else set())
FORM = "health-record"
ROSTER = "disability-holders"
DEMO_FORMS = 3
RECORD = '[{"source": "公安人口库", "as_of": "2026-05-01", "resident": {"id_number": "420112195003150023"}}]'
OPTIONAL = {
    "weasyprint",
    "pikepdf",
    "uharfbuzz",
    "fontTools",
    "isal",
    "xlrd",
    "sqlalchemy",
    "psycopg",
    "xlsxwriter",
    "pyarrow",
    "pyspark",
}


def command(*words: str, code: int = 0) -> str:
    """Run the command line in this environment; gives what it said, and never a traceback."""
    run = [sys.executable, "-I", "-c", "from prefill.cli import main; main()", *words]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == code, (
        f"prefill {' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done.stdout + done.stderr


def sent_pdf(held: prefill.FilledForm) -> bytes:
    """A filled form as a PDF that a worker sends back; where none can be made, what begins like one."""
    return prefill.to_pdf(held, fillable=True) if "pdf" in EXTRAS else b"%PDF-1.7"


def export(held: prefill.FilledForm) -> None:
    """Read the workbook that lies in this folder."""
    with read_export(held.plan, "export.xls", source="健康档案", as_of="2026-11-01") as found:
        assert [dict(one["resident"])["name"] for statements in found for one in statements] == ["王示例"]


def ledger(held: prefill.FilledForm) -> None:
    """Enter a form into a new ledger, and see that the ledger is whole."""
    book = prefill.open_ledger("ledger.db")
    book.add(held)
    assert not book.verify()
    book.close()


def database() -> None:
    """Open a ledger on a server that nobody runs: how far it comes tells whether there is a driver."""
    try:
        prefill.open_ledger("postgresql://nobody@127.0.0.1:1/none")
    except prefill.StoreError:
        return
    raise AssertionError("a server answered")


def workbook() -> None:
    """Make a roster of one and draw it as a workbook."""
    catalogue = prefill.open_catalogue()
    plan = catalogue.roster(ROSTER)
    roster = prefill.fill_roster(plan, [("1", catalogue.parse_record(RECORD))], on=date(2026, 10, 31))
    assert prefill.list_to_xlsx(roster)[:2] == b"PK"


def table(held: prefill.FilledForm) -> None:
    """Fill a form for the one row of a table."""
    if "arrow" not in EXTRAS:
        prefill.fill_table(held.plan, None, on=held.on)
    import pyarrow as pa

    filled = prefill.fill_table(held.plan, pa.table({"record": [RECORD]}), on=held.on)
    assert filled["savings"][0].as_py()["known"] > 0


def city(held: prefill.FilledForm) -> None:
    """Fill a form for the one row of a frame of Spark's, on this machine."""
    from prefill.arrow import spark

    if "spark" not in EXTRAS:
        spark.fill_frame(None, FORM, on=held.on)  # type: ignore[arg-type]
    elif shutil.which("java"):
        from pyspark.sql import SparkSession

        spark.at_home()
        session = SparkSession.builder.master("local[1]").getOrCreate()
        frame = session.createDataFrame([(RECORD,)], "record string")
        (row,) = spark.fill_frame(frame, FORM, on=held.on).collect()
        assert row["savings"]["known"] > 0
        session.stop()


def told(extra: str, done: Callable[[], object]) -> None:
    """See that what needs an extra works if that is installed, and else is told in a line that names it."""
    missing = ""
    try:
        done()
    except prefill.MissingExtra as error:
        missing = str(error)
    assert bool(missing) == (extra not in EXTRAS), missing or f"works without [{extra}]"
    assert not missing or (f"[{extra}]" in missing and "\n" not in missing), missing


def main() -> None:
    """Use what every installation has, then what extras bring."""
    assert not Path(prefill.__file__).is_relative_to(sys.argv[2]), prefill.__file__
    catalogue = prefill.open_catalogue()
    forms = catalogue.forms()
    assert len(forms) == 45, len(forms)
    samples = catalogue.samples()
    for form in forms:
        sample = samples[form.id]
        record = catalogue.read_record(*sample.record)
        plan = catalogue.plan(form.id)
        filled = prefill.fill(plan, record, on=sample.on, filing=sample.filing, grant=sample.grant)
        assert filled.form.title in prefill.to_html(filled)
        prefill.measure(filled)
        if form.id == FORM:
            held = filled
    assert not OPTIONAL & set(sys.modules), OPTIONAL & set(sys.modules)

    assert all(form.id in command("forms") for form in forms[:1])
    command("check")
    for name in ("audit.html", "audit.json"):
        command("audit", "-o", name)
        assert Path(name).stat().st_size > 10_000
    said = command("demo", "-o", "demo")
    for kind in ("html", "json", *(["pdf"] if "pdf" in EXTRAS else [])):
        assert len(list(Path("demo").glob(f"*.{kind}"))) >= DEMO_FORMS, f"no .{kind} of each form\n{said}"

    told("pdf", lambda: prefill.to_pdf(held))
    told("pdf", lambda: prefill.to_pdf(held, fillable=True))
    told("pdf", lambda: prefill.Stamper(held.plan).stamp(held))
    told("pdf", lambda: prefill.receive(held, sent_pdf(held)))
    told("read", lambda: export(held))
    told("store", lambda: ledger(held))
    told("xlsx", workbook)
    told("arrow", lambda: table(held))
    told("spark", lambda: city(held))
    if "store" in EXTRAS:
        told("postgres", database)
    print(f"[{','.join(sorted(EXTRAS))}]: 45 forms filled and drawn, and what is not installed is told")


if __name__ == "__main__":
    main()
