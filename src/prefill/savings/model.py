"""The constants that savings are modelled with, read from ``form_specs/savings.yaml``."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, Final

from prefill.catalogue import bundled_folder
from prefill.documents import Document, read_document
from prefill.errors import Problem, SpecError, nearest
from prefill.kinds import KINDS

__all__ = ["LOOK_UP", "TYPING", "Model", "read_model"]

LOOK_UP: Final = "look_up"
TYPING: Final = "typing"
_DELIVERIES: Final = ("paper", "import_file", "api", "retyped")
_DIVISORS: Final = ("read_characters_per_minute", "phrase_characters")


@dataclass(frozen=True, slots=True)
class Model:
    """The constants of ``savings.yaml``: seconds of an operator, keys of an action, claims of a delivery."""

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

    @property
    def digest(self) -> str:
        """SHA-256 of all constants, as JSON with its keys sorted and without spaces: two models with one digest reckon alike."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        data["typical_keys"] = dict(self.typical_keys)
        data["claims"] = {delivery: sorted(claims) for delivery, claims in self.claims.items()}
        text = json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def read_model(*folders: Path) -> Model:
    """Read the bundled constants, with those of a district laid over them, one by one.

    ``folders`` are searched for a ``savings.yaml``, as ``catalogue.folders`` gives them; later ones go over
    earlier ones. A file is read once.
    Raises SpecError with every fault: a constant that is unknown, no number, or without a source.

    >>> read_model().key_seconds, read_model().think_seconds
    (0.28, 1.35)
    """
    bundled = bundled_folder("form_specs")
    return _read(tuple(dict.fromkeys((bundled, *folders))))


@lru_cache(maxsize=8)
def _read(folders: tuple[Path, ...]) -> Model:
    parts: dict[str, dict[str, Any]] = {"constants": {}, "typical_keys": {}, "claims": {}}
    problems: list[Problem] = []
    for folder in folders:
        file = folder / "savings.yaml"
        if file.is_file():
            document = read_document(file, f"{folder.name}/{file.name}")
            _lay_over(document, parts)
            problems += document.problems
    if problems:
        raise SpecError(problems)
    return Model(**parts["constants"], typical_keys=parts["typical_keys"], claims=parts["claims"])


def _lay_over(document: Document, parts: Mapping[str, dict[str, Any]]) -> None:
    """Put a document's constants over those of the documents before it; its faults are added to it."""
    data = document.data if isinstance(document.data, dict) else {}
    _refuse_unknown(document, (), data, parts)
    given = {name: data[name] if isinstance(data.get(name), dict) else {} for name in parts}
    wanted = {f.name: f.type is int for f in fields(Model) if f.name not in parts}
    _refuse_unknown(document, ("constants",), given["constants"], wanted)
    for name, raw in given["constants"].items():
        if name in wanted:
            parts["constants"][name] = _constant(document, name, raw, wanted[name])
    for kind, text in given["typical_keys"].items():
        parts["typical_keys"][kind] = _number(document, ("typical_keys", kind), text, whole=True)
    _refuse_unknown(document, ("typical_keys",), given["typical_keys"], KINDS)
    _refuse_unknown(document, ("claims",), given["claims"], _DELIVERIES)
    for delivery, claims in given["claims"].items():
        parts["claims"][delivery] = _claim(document, delivery, claims)


def _refuse_unknown(document: Document, place: tuple[str, ...], given: Iterable[str], known: Iterable[str]) -> None:
    for name in sorted(set(given) - set(known)):
        near = nearest(name, known)
        remedy = f"write '{near}'" if near else "leave it out"
        document.problem((*place, name), f"unknown key '{name}'", remedy)


def _constant(document: Document, name: str, raw: object, whole: bool) -> float:
    place = ("constants", name)
    value, source = (raw.get("value"), raw.get("source")) if isinstance(raw, dict) else (None, None)
    if not source:
        document.problem(place, f"'{name}' names no source", "write {value: …, source: where it comes from}")
    return _number(document, place, value, whole=whole)


def _number(document: Document, place: tuple[str, str], text: object, *, whole: bool) -> float:
    """Read a number from 0, or above it for a divisor; what is none is a problem, and 1."""
    try:
        number = int(str(text)) if whole else float(str(text))
        if isfinite(number) and (number > 0 or (number == 0 and place[1] not in _DIVISORS)):
            return number
    except ValueError:
        pass
    what = f"'{place[1]}' is no {'whole number' if whole else 'number'} that can be counted with"
    document.problem(place, what, "give one that is not negative")
    return 1


def _claim(document: Document, delivery: str, raw: object) -> frozenset[str]:
    if isinstance(raw, list) and all(claim in (LOOK_UP, TYPING) for claim in raw):
        if (
            delivery == "retyped" and TYPING in raw
        ):  # whatever a district decides: every value is typed there all the same
            what, remedy = (
                f"'{delivery}' cannot claim '{TYPING}'",
                f"leave it out: what is retyped saves {LOOK_UP} at most",
            )
            document.problem(("claims", delivery), what, remedy)
        return frozenset(raw)
    what, remedy = f"no list of claims for '{delivery}'", f"list {LOOK_UP}, {TYPING}, both or none"
    document.problem(("claims", delivery), what, remedy)
    return frozenset()
