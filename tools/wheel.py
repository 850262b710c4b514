"""Builds the source archive and of it the wheel, sees what is in it, and uses it outside the checkout, with each extra and without: `make wheel`."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import xlwt

TOP = Path(__file__).parent.parent
DATA = ("form_specs", "templates")
TRIED = ("", "read", "store", "postgres", "pdf", "pdf,speed", "xlsx", "arrow", "spark")


def say(*command: str | Path, folder: Path) -> str:
    """Run a command in a folder; where it fails, what it said is all there is to say."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\n{' '.join(map(str, command))}: exit code {done.returncode}")
    return done.stdout


def expected() -> set[str]:
    """What a wheel holds: the package's files and the data's, as git knows them."""
    listed = say("git", "-c", "core.quotePath=false", "ls-files", "src/prefill", *DATA, folder=TOP).splitlines()
    return {path.removeprefix("src/") if path.startswith("src/") else f"prefill/{path}" for path in listed}


def look_into(wheel: Path) -> None:
    """See that the wheel holds what git knows, and beside its own papers nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
    papers = {name for name in held if name.split("/")[0].endswith(".dist-info")}
    missing, strange = sorted(expected() - held), sorted(held - papers - expected())
    for what, names in (("lacks", missing), ("holds what git does not know:", strange)):
        if names:
            sys.exit(f"the wheel {what} {', '.join(names[:10])}{' …' if len(names) > 10 else ''} ({len(names)} in all)")
    for paper in ("LICENSE", "NOTICE"):
        if not any(name.endswith(f"/licenses/{paper}") for name in papers):
            sys.exit(f"the wheel lacks {paper}")
    print(f"the wheel: {len(held)} files, {wheel.stat().st_size / 1e6:.1f} MB")


def workbook() -> xlwt.Workbook:
    """An export of an old system, for the extra ``read``."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("1")
    for column, (head, value) in enumerate((("姓名", "王示例"), ("身份证号", "420112195003150023"))):
        sheet.write(0, column, head)
        sheet.write(1, column, value)
    return book


def main() -> None:
    """Build, look, and try."""
    declared = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    untried = set(declared) - {"dev"} - set(",".join(TRIED).split(","))
    if untried:
        sys.exit(
            f"tools/wheel.py tries no extra {', '.join(sorted(untried))}: add it to TRIED, and what it does to tools/wheel_trial.py"
        )
    with tempfile.TemporaryDirectory(prefix="prefill-") as name:
        away = Path(name)
        say(sys.executable, "-m", "build", "--outdir", away / "dist", TOP, folder=away)
        (wheel,) = away.glob("dist/prefill-*.whl")
        (source,) = away.glob("dist/prefill-*.tar.gz")
        print(f"the source archive: {source.stat().st_size / 1e6:.1f} MB")
        look_into(wheel)
        say(os.environ.get("PYTHON", "python3"), "-m", "venv", away / "bare", folder=away)
        for extras in TRIED:
            venv = away / ("bare" if not extras else extras.replace(",", "-"))
            if extras:
                shutil.copytree(away / "bare", venv, symlinks=True)
            wanted = f"prefill[{extras}] @ {wheel.as_uri()}"
            say(venv / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", wanted, folder=away)
            work = away / f"work-{venv.name}"
            work.mkdir()
            workbook().save(str(work / "export.xls"))
            script = TOP / "tools" / "wheel_trial.py"
            print(say(venv / "bin/python", "-I", script, extras, TOP, folder=work), end="")
            if extras:
                shutil.rmtree(venv)


if __name__ == "__main__":
    main()
