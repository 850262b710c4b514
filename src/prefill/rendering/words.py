"""The words on a page: every text that a worker sees, read once from ``strings.zh-CN.yaml``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from prefill.catalogue import bundled_folder
from prefill.documents import read_document
from prefill.errors import RenderError

__all__ = ["Words", "read_words"]

STRINGS: Final = "strings.zh-CN.yaml"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language, by dotted key."""

    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Give the text of a key with the values put in; raises RenderError for a key that the file lacks.

        >>> Words({"head.known": "已填 {n}"})("head.known", n=33)
        '已填 33'
        """
        try:
            text = self.texts[key]
        except KeyError:
            raise RenderError(f"{STRINGS} has no text '{key}': add it") from None
        return text.format(**values) if values else text

    def or_other(self, group: str, key: str | None) -> str:
        """Give ``group.key``, or the group's ``other`` where the file has no such key.

        >>> Words({"hand.other": "手工填写"}).or_other("hand", "stamp")
        '手工填写'
        """
        return self.texts.get(f"{group}.{key}") or self(f"{group}.other")

    def get(self, key: str) -> str:
        """Give the text of a key, or an empty text where the file has none."""
        return self.texts.get(key, "")

    def group(self, name: str) -> tuple[str, ...]:
        """Give the keys that a group of texts has.

        >>> Words({"live.next": "下一项", "head.must": "*"}).group("live")
        ('next',)
        """
        return tuple(key.partition(".")[2] for key in self.texts if key.partition(".")[0] == name)

    def joined(self, parts: Iterable[str]) -> str:
        """Join texts the way a list is written."""
        return self("fact.join").join(parts)


@cache
def read_words(folder: Path) -> Words:
    """Read the texts of a templates folder, once; texts that it lacks are those of the bundled one.

    Raises RenderError if the file is no YAML.
    """
    texts: dict[str, str] = {}
    for file in dict.fromkeys((bundled_folder("templates") / STRINGS, folder / STRINGS)):
        if file.is_file():
            document = read_document(file)
            if document.problems:
                raise RenderError(f"{document.problems[0]}")
            texts.update(_flat(document.data))
    return Words(texts)


def _flat(node: Any, prefix: str = "") -> dict[str, str]:
    if not isinstance(node, dict):
        return {prefix: str(node)}
    flat: dict[str, str] = {}
    for key, value in node.items():
        flat.update(_flat(value, f"{prefix}.{key}" if prefix else str(key)))
    return flat
