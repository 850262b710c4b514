"""Compact Font Format: its parts read, and a program put together of single glyphs (Adobe Technical Note 5176)."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from struct import pack
from typing import Any, Final, NamedTuple

__all__ = ["CHARSET", "CHARSTRINGS", "ROS", "Outline", "outlines", "program", "read_dict", "read_index"]

CHARSET: Final = 15  # operators of a Top DICT
CHARSTRINGS: Final = 17
ROS: Final = (12, 30)
_PRIVATE: Final = 18
_CID_COUNT: Final = (12, 34)
_FD_ARRAY: Final = (12, 36)
_FD_SELECT: Final = (12, 37)
_HEADER: Final = b"\x01\x00\x04\x04"
_STANDARD_STRINGS: Final = 391


class Outline(NamedTuple):
    """A glyph: what draws it, and the Private DICT by which its width is to be read."""

    charstring: bytes
    private: bytes


def outlines(font: bytes) -> list[Outline]:
    """Take a CID-keyed program without subroutines apart; its glyphs, in their order."""
    names = read_index(font, font[2])
    tops = read_index(font, names[-1])
    top = read_dict(font[tops[0] : tops[1]])
    charstrings = read_index(font, top[CHARSTRINGS][-1])
    dicts = read_index(font, top[_FD_ARRAY][-1])
    privates = []
    for start, end in pairwise(dicts):
        size, at = read_dict(font[start:end])[_PRIVATE]
        privates.append(font[at : at + size])
    chosen = _selected(font, top[_FD_SELECT][-1], len(charstrings) - 1)
    pairs = pairwise(charstrings)
    return [Outline(font[a:b], privates[number]) for (a, b), number in zip(pairs, chosen, strict=True)]


def _selected(font: bytes, at: int, count: int) -> list[int]:
    """Give the Font DICT of each glyph."""
    if font[at] == 0:
        return list(font[at + 1 : at + 1 + count])
    found: list[int] = []  # format 3: ranges, and where the last one ends
    ranges = int.from_bytes(font[at + 1 : at + 3], "big")
    for start in range(at + 3, at + 3 + 3 * ranges, 3):
        until = int.from_bytes(font[start + 3 : start + 5], "big")
        found += [font[start + 2]] * (until - len(found))
    return found


def program(name: str, notdef: Outline, codes: Sequence[int], glyphs: Sequence[Outline]) -> bytes:
    """Give a CID-keyed program in which each glyph is called by its code; codes ascend."""
    every = [notdef, *glyphs]
    privates = {outline.private: None for outline in every}
    numbers = {private: number for number, private in enumerate(privates)}
    before = _HEADER + _index([name.encode("ascii")])
    strings = _index([b"Adobe", b"Identity"]) + _index([])
    charset = b"\x00" + pack(f">{len(codes)}H", *codes)
    select = b"\x00" + bytes([numbers[outline.private] for outline in every])
    drawn = _index([outline.charstring for outline in every])

    def top(at: int) -> bytes:
        places = list(accumulate((len(charset), len(select), len(drawn)), initial=at))
        return _index(
            [
                _number(_STANDARD_STRINGS) + _number(_STANDARD_STRINGS + 1) + _number(0) + bytes(ROS)
                + _number(65536) + bytes(_CID_COUNT) + _number(places[0]) + bytes([CHARSET])
                + _number(places[1]) + bytes(_FD_SELECT) + _number(places[2]) + bytes([CHARSTRINGS])
                + _number(places[3]) + bytes(_FD_ARRAY)
            ]
        )  # fmt: skip

    start = len(before) + len(top(0)) + len(strings)
    at = start + len(charset) + len(select) + len(drawn)
    fonts = _fonts(privates, at)
    return b"".join((before, top(start), strings, charset, select, drawn, fonts, *privates))


def _fonts(privates: Sequence[bytes] | dict[bytes, None], at: int) -> bytes:
    """Give the INDEX of Font DICTs, which stands at a place; the Private DICTs follow it."""

    def written(places: list[int]) -> bytes:
        pairs = zip(privates, places, strict=False)
        return _index([_number(len(private)) + _number(place) + bytes([_PRIVATE]) for private, place in pairs])

    sizes = [len(private) for private in privates]
    blank = written([0] * len(sizes))
    return written(list(accumulate(sizes, initial=at + len(blank))))


def _number(value: int) -> bytes:
    """Write an operand, always in five bytes: what stands after it does not move."""
    return b"\x1d" + value.to_bytes(4, "big", signed=True)


def _index(parts: Sequence[bytes]) -> bytes:
    if not parts:
        return b"\x00\x00"
    ends = list(accumulate(map(len, parts), initial=1))
    size, form = (2, "H") if ends[-1] < 0x10000 else (4, "I")
    return b"".join((len(parts).to_bytes(2, "big"), bytes([size]), pack(f">{len(ends)}{form}", *ends), *parts))


def read_index(font: bytes, at: int) -> list[int]:
    """Give where each thing of an INDEX begins, and last where what follows it does."""
    count = int.from_bytes(font[at : at + 2], "big")
    if count == 0:
        return [at + 2]
    size = font[at + 2]
    first = at + 3
    offsets = [int.from_bytes(font[first + size * n :][:size], "big") for n in range(count + 1)]
    data = first + size * (count + 1) - 1
    return [data + offset for offset in offsets]


def read_dict(data: bytes) -> dict[Any, list[int]]:
    """Give the operands of each operator of a DICT; a real number stands as 0."""
    found: dict[Any, list[int]] = {}
    operands: list[int] = []
    at = 0
    while at < len(data):
        byte = data[at]
        if byte <= 21:
            operator: Any = byte
            if byte == 12:
                at += 1
                operator = (12, data[at])
            found[operator], operands = operands, []
            at += 1
            continue
        operand, at = _operand(data, at)
        operands.append(operand)
    return found


def _operand(data: bytes, at: int) -> tuple[int, int]:
    """Give a number, and where what follows it stands."""
    byte = data[at]
    if byte == 28:
        return int.from_bytes(data[at + 1 : at + 3], "big", signed=True), at + 3
    if byte == 29:
        return int.from_bytes(data[at + 1 : at + 5], "big", signed=True), at + 5
    if byte == 30:
        at += 1
        while data[at] & 0x0F != 0x0F and data[at] >> 4 != 0x0F:
            at += 1
        return 0, at + 1
    if byte <= 246:
        return byte - 139, at + 1
    if byte <= 250:
        return (byte - 247) * 256 + data[at + 1] + 108, at + 2
    return -(byte - 251) * 256 - data[at + 1] - 108, at + 2
