"""The public face: what `prefill` exports is what `__all__` says, and importing it is cheap."""

import subprocess
import sys
from types import ModuleType

import prefill


def test_all_is_sorted_and_complete() -> None:
    names = {name: getattr(prefill, name) for name in dir(prefill) if not name.startswith("_")}
    exported = {name for name, thing in names.items() if not isinstance(thing, ModuleType)}
    assert list(prefill.__all__) == sorted(set(prefill.__all__))
    assert set(prefill.__all__) - {"__version__"} == exported


def test_every_public_name_says_what_it_is() -> None:
    things = {name: getattr(prefill, name) for name in prefill.__all__}
    assert not [name for name, thing in things.items() if callable(thing) and not thing.__doc__]


def test_importing_prefill_loads_nothing_that_it_may_not_need() -> None:
    heavy = "weasyprint jinja2 typer rich pypinyin phonenumbers rapidfuzz sqlalchemy"
    code = f"import sys, prefill; print([name for name in {heavy.split()!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
