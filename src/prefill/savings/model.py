"""The constants that savings are modelled with, read from ``form_specs/savings.yaml``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, Final

from prefill.documents import Document, read_document
from prefill.errors import SpecError, nearest

__all__ = ["LOOK_UP", "TYPING", "Model", "read_model"]

LOOK_UP: Final = "look_up"
TYPING: Final = "typing"
_DELIVERIES: Final = ("paper", "import_file", "api", "retyped")
_DIVISORS: Final = ("read_characters_per_minute", "phrase_characters")


@dataclass(frozen=True, slots=True)
class Model:
    """The constants of ``savings.yaml``: seconds of an operator, keys of an action, and what each delivery may claim."""

    key_seconds: float
    think_seconds: float
    point_seconds: float
    home_seconds: float
    read_characters_per_minute: float
    phrase_characters: int
    phrase_keys: int
    unread_keys: int
    short_list: int
    short_list_presses: int
    long_list_presses: int
    attach_presses: int
    next_keys: int
    confirm_keys: int
    query_keys: int
    typical_keys: Mapping[str, int] = field(repr=False)
    claims: Mapping[str, frozenset[str]] = field(repr=False)


def read_model(path: Path | None = None) -> Model:
    """Read the constants from a file such as ``form_specs/savings.yaml`` (None: the bundled one, kept once read).

    Raises SpecError with every fault: a constant that is missing, unknown, no number, or without a source.

    >>> read_model().key_seconds, read_model().think_seconds
    (0.28, 1.35)
    """
    return _bundled() if path is None else _model(read_document(path))


@lru_cache(maxsize=1)
def _bundled() -> Model:
    inside = Path(__file__).parents[1] / "form_specs"  # in a wheel; in a checkout it stands at the top
    folder = inside if inside.is_dir() else Path(__file__).parents[3] / "form_specs"
    return _model(read_document(folder / "savings.yaml", "savings.yaml"))


def _model(document: Document) -> Model:
    """Make a model of a document; every fault is raised at once."""
    data = document.data if isinstance(document.data, dict) else {}
    parts = {name: _part(document, data, name) for name in ("constants", "typical_keys", "claims")}
    _refuse_unknown(document, (), data, parts)
    wanted = {f.name: f.type is int for f in fields(Model) if f.name not in parts}
    _refuse_unknown(document, ("constants",), parts["constants"], wanted)
    constants = {name: _constant(document, parts["constants"].get(name), name, whole) for name, whole in wanted.items()}
    typical = {
        kind: int(_number(document, ("typical_keys", kind), text, whole=True))
        for kind, text in parts["typical_keys"].items()
    }
    if "text" not in typical:
        document.problem(("typical_keys",), "'text' is missing", "add it: other kinds fall back on it")
    _refuse_unknown(document, ("claims",), parts["claims"], _DELIVERIES)
    claims = {delivery: _claim(document, parts["claims"].get(delivery), delivery) for delivery in _DELIVERIES}
    if document.problems:
        raise SpecError(document.problems)
    return Model(**constants, typical_keys=typical, claims=claims)


def _part(document: Document, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    if isinstance(part, dict):
        return part
    document.problem((name,), f"'{name}' is missing", f"add '{name}:' as in the bundled savings.yaml")
    return {}


def _refuse_unknown(document: Document, place: tuple[str, ...], given: Iterable[str], known: Iterable[str]) -> None:
    for name in set(given) - set(known):
        near = nearest(name, known)
        document.problem((*place, name), f"unknown key '{name}'", f"write '{near}'" if near else "leave it out")


def _constant(document: Document, given: object, name: str, whole: bool) -> Any:
    place = ("constants", name)
    if not isinstance(given, dict):
        document.problem(place, f"the constant '{name}' is missing", f"add '{name}: {{value: …, source: …}}'")
        return 1
    if not given.get("source"):
        document.problem(place, f"'{name}' names no source", "say where the figure comes from")
    return _number(document, place, given.get("value"), whole=whole)


def _number(document: Document, place: tuple[str, str], text: object, *, whole: bool) -> float:
    """Read a number from 0, or above it for a divisor; what is none is a problem, and 1."""
    try:
        number = int(str(text)) if whole else float(str(text))
        if isfinite(number) and (number > 0 or (number == 0 and place[1] not in _DIVISORS)):
            return number
    except ValueError:
        pass
    what = "whole number" if whole else "number"
    document.problem(place, f"'{place[1]}' is no {what} that can be counted with", "give one that is not negative")
    return 1


def _claim(document: Document, given: object, delivery: str) -> frozenset[str]:
    if isinstance(given, list) and all(claim in (LOOK_UP, TYPING) for claim in given):
        return frozenset(given)
    document.problem(("claims", delivery), f"no list of claims for '{delivery}'", f"list {LOOK_UP}, {TYPING}, both or none")
    return frozenset()
