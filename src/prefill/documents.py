"""Reading YAML and JSON as plain text values, with the line of each for error messages.

A scalar of a YAML file is the text that stands there (``0420`` stays ``0420``, ``on`` stays ``on``); the kinds read it
later. A broken line is reported and left out, so that the rest of the file is still read. Anchors and aliases are refused.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from prefill.errors import FileError, Problem, named

__all__ = ["Document", "gather", "is_too_deep", "parse_json", "parse_yaml", "read_document"]

_DEEPEST = 100  # levels of nesting
_NESTS = (dict, list, tuple)
_DEEP_LINE = re.compile(r"^[ -]{100,}", re.MULTILINE)
_LIMIT = 20  # broken lines reported in one file before the rest is given up
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Place: TypeAlias = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """A file's data as plain dicts, lists and texts, the faults found in reading it, and where each value stands.

    ``broken`` says that lines were left out to read the rest: good enough to find the other faults of a spec, and nothing to take
    facts from. ``twice`` are keys that stand twice with two values, in the map that holds the first.
    """

    name: str
    data: Any
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False
    twice: list[tuple[dict[str, Any], str]] = field(default_factory=list, repr=False)
    text: str = field(default="", repr=False)
    _lines: dict[Place, int] | None = field(default=None, repr=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of its text in UTF-8, in hexadecimal: what ``sha256sum`` says of the file (a byte order mark aside)."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def line(self, *place: str | int) -> int | None:
        """Give the line (from 1) where the value at this place begins, or the nearest one around it."""
        lines = self._lines
        if lines is None:
            lines = {}
            node = _compose(self.text, self.name, [])
            if node is not None:
                _note_lines(node, (), lines, set())
            self._lines = lines  # whole: another thread sees all lines, or makes them itself
        for end in range(len(place), -1, -1):
            found = lines.get(place[:end])
            if found is not None:
                return found
        return None

    def problem(self, place: Place, what: str, remedy: str) -> None:
        """Add a fault found at this place."""
        self.problems.append(Problem(self.name, self.line(*place), what, remedy))


def read_document(path: Path, name: str | None = None) -> Document:
    """Read a YAML or JSON file.

    ``name`` is what messages call it (the path as given if None). Raises FileError if the file is missing, is not UTF-8, or
    is no YAML or JSON at all.
    """
    name = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise FileError([Problem(name, None, "there is no such file", "check the path")]) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise FileError([Problem(name, line, "not UTF-8 text", "save the file as UTF-8")]) from None
    except OSError as error:
        raise FileError([Problem(name, None, f"cannot be read ({error.strerror})", "check the path")]) from None
    return parse_json(text, name) if path.suffix == ".json" else parse_yaml(text, name)


@dataclass(slots=True)
class _Gathered(Document):
    """Several documents that hold lists, read as one list: each item knows the document that it stands in."""

    parts: tuple[tuple[int, Document], ...] = ()

    def _part(self, place: Place) -> tuple[Document, Place]:
        if place and isinstance(place[0], int):
            start, part = [one for one in self.parts if one[0] <= place[0]][-1]  # an empty one has no item
            return part, (place[0] - start, *place[1:])
        return self, place

    def line(self, *place: str | int) -> int | None:
        """Give the line in the document that the item stands in."""
        part, within = self._part(place)
        return None if part is self else part.line(*within)

    def problem(self, place: Place, what: str, remedy: str) -> None:
        """Add a fault found at this place, in the document that the item stands in."""
        part, within = self._part(place)
        self.problems.append(Problem(part.name, None if part is self else part.line(*within), what, remedy))


def gather(documents: Sequence[Document]) -> Document:
    r"""Read documents as one that holds the items of all, in order; a document that holds no list is one item.

    >>> gathered = gather([parse_yaml("", "x.yaml"), parse_yaml("- a\n- b", "y.yaml"), parse_yaml("- c", "z.yaml")])
    >>> gathered.data, gathered.line(1)
    (['a', 'b', 'c'], 2)
    """
    if len(documents) == 1:
        return documents[0]
    items: list[Any] = []
    parts = []
    for document in documents:
        parts.append((len(items), document))
        items += document.data if isinstance(document.data, list) else [] if document.data is None else [document.data]
    return _Gathered(
        name=", ".join(document.name for document in documents),
        data=items,
        problems=[problem for document in documents for problem in document.problems],
        broken=any(document.broken for document in documents),
        twice=[held for document in documents for held in document.twice],
        parts=tuple(parts),
    )


def parse_yaml(text: str, name: str) -> Document:
    """Parse YAML text; its faults stand in the document's ``problems``.

    >>> parse_yaml("code: 0420", "x.yaml").data
    {'code': '0420'}
    """
    document = Document(name, None, text=text)
    if _nests_deeply(text):
        document.problems.append(_too_deep(name))
        return document
    node = _compose(text, name, document.problems)
    document.broken = bool(document.problems)
    if node is not None:
        document.data = _build(node, document, set())
    return document


def parse_json(text: str, name: str) -> Document:
    """Parse JSON text; numbers with a point are exact decimals. A key that is no name is in no message: it may be a private value.

    >>> parse_json('{"area": 89.50}', "x.json").data
    {'area': Decimal('89.50')}
    """
    document = Document(name, None, text=text)
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) != len(items):
            seen: dict[str, Any] = {}
            for key, value in items:
                if key in seen and seen[key] != value:
                    twice.append(key)
                    made.pop(key, None)
                seen[key] = value
        return made

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_float=Decimal, parse_constant=lambda word: word)
        if "\\ud" in text.lower():
            json.dumps(data, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        document.problems.append(Problem(name, error.lineno, f"broken JSON ({error.msg})", "mend the JSON"))
    except UnicodeEncodeError:
        document.problems.append(
            Problem(name, None, "half of a surrogate pair, which is no character", "mend the text")
        )
    except ValueError:
        document.problems.append(Problem(name, None, "a number of too many digits", "write it as text"))
    except RecursionError:
        document.problems.append(_too_deep(name))
    else:
        if text.count("[") + text.count("{") > _DEEPEST and is_too_deep(data):
            document.problems.append(_too_deep(name))
        else:
            document.data = data
    for key in twice:
        document.problems.append(_twice(name, _line_of_key(text, key), named(key)))
    return document


def is_too_deep(data: Any) -> bool:
    """Say whether data nests deeper than any form or record needs to; one that holds itself does.

    >>> held: list[object] = []
    >>> held.append(held)
    >>> is_too_deep(held), is_too_deep([[1]])
    (True, False)
    """
    waiting = [(data, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > _DEEPEST:
            return True
        values = one.values() if isinstance(one, dict) else one if isinstance(one, _NESTS) else ()
        deeper = depth + 1
        if deeper > _DEEPEST and values:
            return True
        waiting += [(value, deeper) for value in values if isinstance(value, _NESTS)]
    return False


def _too_deep(name: str) -> Problem:
    return Problem(name, None, f"nested more than {_DEEPEST} deep", "flatten the data")


def _nests_deeply(text: str) -> bool:
    """Say whether YAML text nests too deeply for the parser; parsed twice only where it looks so."""
    if text.count("[") + text.count("{") <= _DEEPEST and not _DEEP_LINE.search(text):
        return False
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                depth += 1
                if depth > _DEEPEST:
                    return True
            elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return text.count("[") + text.count("{") > 10 * _DEEPEST  # broken, and full of brackets: not worth the risk
    return False


def _line_of_key(text: str, key: str) -> int | None:
    at = text.rfind(json.dumps(key, ensure_ascii=False))
    return text.count("\n", 0, at) + 1 if at >= 0 else None


def _twice(name: str, line: int | None, key: str) -> Problem:
    return Problem(name, line, f"the key {key} stands twice", "keep one of them, or give the other a key of its own")


def _compose(text: str, name: str, problems: list[Problem]) -> yaml.Node | None:
    """Give the node tree; a line that breaks it is reported, blanked, and the rest read."""
    for _ in range(_LIMIT):
        loader = _LOADER(text)
        try:
            node: yaml.Node | None = loader.get_single_node()
            return node
        except yaml.MarkedYAMLError as error:
            start = error.problem_mark or error.context_mark
            if error.context_mark is not None and "flow" in (error.context or ""):
                start = error.context_mark
            line = start.line if start is not None else 0
            lines = text.split("\n")
            while line > 0 and not lines[min(line, len(lines) - 1)].strip():
                line -= 1
            what = (error.problem or "cannot be parsed").replace("'", "")
            problems.append(
                Problem(name, line + 1, f"broken YAML ({what})", "mend this line; look at quotes, brackets, tabs")
            )
            if line >= len(lines) or not lines[line].strip():
                return None
            lines[line] = ""
            text = "\n".join(lines)
        except yaml.YAMLError:
            problems.append(
                Problem(name, None, "holds characters that YAML does not allow", "save it as plain UTF-8 text")
            )
            return None
        except RecursionError:
            problems.append(Problem(name, None, "nested too deeply", "flatten the data"))
            return None
        finally:
            loader.dispose()
    return None


def _build(node: yaml.Node, document: Document, seen: set[int]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return None if not node.style and node.value in _NULLS else node.value  # plain: "" by the C loader, else None
    if id(node) in seen:
        document.problems.append(
            Problem(
                document.name,
                node.start_mark.line + 1,
                "an alias (*) of YAML",
                "write the values out where they belong",
            )
        )
        return None
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, document, seen) for item in node.value]
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key is None:
            document.problems.append(
                Problem(document.name, key_node.start_mark.line + 1, "a key that is no plain text", "write a plain key")
            )
            continue
        value = _build(value_node, document, seen)
        if key in made:
            document.problems.append(_twice(document.name, key_node.start_mark.line + 1, f"'{key}'"))
            if value != made[key]:
                document.twice.append((made, key))
        else:
            made[key] = value
    return made


def _note_lines(node: yaml.Node, place: Place, lines: dict[Place, int], seen: set[int]) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if id(node) in seen:  # an alias: refused, and never followed twice
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                lines.setdefault((*place, key.value), key.start_mark.line + 1)
                _note_lines(value, (*place, key.value), lines, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_lines(item, (*place, index), lines, seen)
