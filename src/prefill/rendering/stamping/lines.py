"""Lines: how a paragraph's texts are broken, where Pango would break them, and where each piece then stands."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from prefill.rendering.stamping.blanks import Atom, Flow, Gap, Look, Words, said
from prefill.rendering.stamping.faces import Face, Unstampable

__all__ = ["Piece", "set_lines"]

TIGHT = 0.06  # pixels: what fits or not by less than this is for the whole layout to say

Piece = tuple[float, Look, str]
"""A piece of a line: how far from the line's start, its look, its text."""


def set_lines(flow: Flow, texts: list[str], faces: dict[str, Face]) -> list[tuple[float, list[Piece]]]:
    """Give a paragraph's lines: where each starts, and its pieces.

    Raises Unstampable where a text needs more than glyphs side by side, and where a line fits by a hair.
    """
    total, pieces = 0.0, []
    for piece in flow.pieces:
        if isinstance(piece, Words):
            text = said(piece.pattern, texts)
            size = piece.look.size
            shaped = faces[piece.look.face].shape(text)
            pieces.append((total, piece.look, text))
            total += shaped.width * size / 1000
        else:
            total += piece.width
    if total <= flow.width - TIGHT:
        return [(_start(flow, total), pieces)]
    if total <= flow.width + TIGHT:
        raise Unstampable
    return _broken(flow, texts, faces)


def _start(flow: Flow, width: float) -> float:
    if flow.align == "center":
        return flow.left + (flow.width - width) / 2
    if flow.align == "right":
        return flow.left + flow.width - width
    return flow.left


def _broken(flow: Flow, texts: list[str], faces: dict[str, Face]) -> list[tuple[float, list[Piece]]]:
    chars: list[str] = []
    before: list[float] = []  # a margin before each character
    widths: list[float] = []  # its own advance
    after: list[float] = []
    ends: list[bool] = []  # whether a line may end before it
    looks: list[Look | None] = []
    starts: set[int] = set()
    waiting = 0.0
    for piece in flow.pieces:
        if isinstance(piece, Gap):
            if piece.after and after:
                after[-1] += piece.width
            else:
                waiting += piece.width
            continue
        if isinstance(piece, Atom):
            look, text, breaks = None, "\u2e80", frozenset[int]()
            advances: Sequence[float] = (piece.width,)
            scale = 1.0
        else:
            look = piece.look
            text = said(piece.pattern, texts)
            if not text:
                continue
            advances, scale = faces[look.face].shape(text).advances, look.size / 1000
            breaks = may_end(text) if piece.wrap else frozenset()
        joint = bool(chars) and piece.joint and 1 in may_end(chars[-1] + text[0])
        starts.add(len(chars))
        for place, (char, advance) in enumerate(zip(text, advances, strict=True)):
            chars.append(char)
            before.append(waiting)
            waiting = 0.0
            widths.append(advance * scale)
            after.append(0.0)
            ends.append(joint if place == 0 else place in breaks)
            looks.append(look)
    reach = list(accumulate([b + w + a for b, w, a in zip(before, widths, after, strict=True)]))
    return list(_fitted(flow, chars, before, reach, ends, looks, starts))


def _fitted(
    flow: Flow,
    chars: list[str],
    before: list[float],
    reach: list[float],
    ends: list[bool],
    looks: list[Look | None],
    starts: set[int],
) -> Iterator[tuple[float, list[Piece]]]:
    """Fill line after line with what it holds; ``reach`` is how far the characters go, up to each."""
    start, count = 0, len(chars)
    while start < count:
        origin = reach[start - 1] if start else 0.0
        limit = origin + flow.width
        stop = bisect_right(reach, limit, start)
        if stop < count:
            while stop < count and chars[stop] == " ":  # hangs
                stop += 1
            fits = stop
            while stop > start and not ends[stop]:
                stop -= 1
            if stop == start:
                piece = min((place for place in starts if place > start), default=count)
                if looks[start] is None:
                    raise Unstampable
                # A word longer than the line is cut where the line is full; what belongs to it overflows.
                stop = fits if piece > fits else next((k for k in range(fits, count) if ends[k]), count)
                if stop == start:
                    raise Unstampable
            edge = min((abs(reach[k] - limit) for k in (fits - 1, fits) if k < count), default=1.0)
            if edge < TIGHT:
                raise Unstampable
        last = stop
        while last > start and chars[last - 1] == " ":
            last -= 1
        width = reach[last - 1] - origin
        pieces: list[Piece] = []
        place = start
        while place < last:
            end = place + 1
            while end < last and end not in starts:
                end += 1
            look = looks[place]
            if look is not None:
                x = (reach[place - 1] if place else 0.0) - origin + before[place]
                pieces.append((x, look, "".join(chars[place:end])))
            place = end
        yield _start(flow, width), pieces
        start = stop


@lru_cache(maxsize=20_000)
def may_end(text: str) -> frozenset[int]:
    """Give the places in a text before which Pango may end a line."""
    from weasyprint.text.line_break import get_log_attrs

    attributes = get_log_attrs(text, "zh-CN")
    return frozenset(place for place in range(1, len(text)) if attributes[place].is_line_break)
