"""Where things stand on a page that WeasyPrint laid out: read from its box tree, which is private to it and held by tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Place", "characters", "lowest", "places"]


@dataclass(frozen=True, slots=True)
class Place:
    """An element's box on a page, counted from 0, in CSS pixels (96 an inch) from its upper left corner."""

    page: int
    attributes: dict[str, str]
    x: float
    y: float
    width: float
    height: float


def places(document: Any, *marked: str) -> Iterator[Place]:
    """Give the boxes, with their borders, of the elements that have one of these attributes; in the order of the page."""
    for number, page in enumerate(document.pages):
        seen: set[Any] = set()
        for box in _boxes(page._page_box):
            element = box.element
            if element is None or box.element_tag != getattr(element, "tag", None) or element in seen:
                continue
            if any(name in element.attrib for name in marked):
                seen.add(element)
                yield Place(
                    number,
                    dict(element.attrib),
                    box.border_box_x(),
                    box.border_box_y(),
                    box.border_width(),
                    box.border_height(),
                )


def characters(document: Any) -> set[str]:
    """Give the characters that stand on the pages of a document."""
    found: set[str] = set()
    for page in document.pages:
        for box in _boxes(page._page_box):
            found.update(getattr(box, "text", None) or "")
    return found


def lowest(page: Any) -> float:
    """Give how far down a page its text goes, as a share of the page's height."""
    root = page._page_box.children[0]
    ends = [box.position_y + box.height for box in _boxes(root) if hasattr(box, "text")]
    return float(max(ends, default=0.0) / page.height)


def _boxes(box: Any) -> Iterator[Any]:
    yield box
    for child in getattr(box, "children", ()):
        yield from _boxes(child)
