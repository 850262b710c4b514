"""Many PDFs into one, a few at a time: their pages' objects renumbered and appended, so that memory does not grow with the file.

A reader finds the objects by a cross-reference stream (ISO 32000-1, 7.5.8) at the end; where each stands is noted in a file beside it.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from prefill.errors import MissingExtra

__all__ = ["FIRST", "HEAD", "Part", "part_of", "placed", "tail"]

HEAD: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
"""How the file begins."""

FIRST: Final = 4
"""The number of the first part's first object: the catalogue, the list of pages and the title come before it."""

_BLOCK: Final = 65_536

Piece = bytes | int
"""Bytes as they are written, or the number of an object within its part, to be referred to."""


class Part(NamedTuple):
    """The objects of some pages: the first is the list of the pages, each but that in pieces; ``pages`` counts them."""

    pages: int
    objects: tuple[tuple[Piece, ...], ...]


def part_of(contents: Iterable[bytes]) -> Part:
    """Take the pages of PDFs apart into objects, one file after the other."""
    try:
        import pikepdf
    except ImportError as error:
        raise MissingExtra("PDF pages need pikepdf: install prefill with its extra [pdf] (README, Install)") from error

    objects: list[tuple[Piece, ...]] = [()]
    kids: list[Piece] = []
    for content in contents:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            taken = _Taken(objects)
            for page in pdf.pages:
                kids += [taken.page(page.obj), b" "]
    count = len(kids) // 2
    objects[0] = (b"<</Type/Pages/Parent ", -1, b"/Count %d/Kids[" % count, *kids, b"]>>")
    return Part(count, tuple(objects))


class _Taken:
    """The objects taken out of one file; each once."""

    def __init__(self, objects: list[tuple[Piece, ...]]) -> None:
        self.objects = objects
        self.numbers: dict[tuple[int, int], int] = {}

    def page(self, page: Any) -> int:
        """Take a page and what it refers to, but for the list that it stands in."""
        number = self.number(page)
        waiting = [(number, page, b"/Parent")]
        while waiting:
            place, thing, left_out = waiting.pop()
            pieces: list[Piece] = []
            for piece in self.written(thing, left_out, waiting):
                if pieces and isinstance(piece, bytes) and isinstance(pieces[-1], bytes):
                    pieces[-1] += piece
                else:
                    pieces.append(piece)
            self.objects[place] = tuple(pieces)
        return number

    def number(self, thing: Any) -> int:
        """Give the number of an object within the part."""
        found = self.numbers.get(thing.objgen)
        if found is None:
            found = self.numbers[thing.objgen] = len(self.objects)
            self.objects.append(())
        return found

    def written(self, thing: Any, left_out: bytes, waiting: list[tuple[int, Any, bytes]]) -> Iterator[Piece]:
        """Write a dictionary, list, stream or plain value; what it refers to is taken later."""
        import pikepdf

        if isinstance(thing, pikepdf.Array):
            yield b"["
            for value in thing.as_list():
                yield from self.value(value, waiting)
                yield b" "
            yield b"]"
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            stream = isinstance(thing, pikepdf.Stream)
            content = thing.read_raw_bytes() if stream else b""
            yield b"<<"
            for name in sorted(thing.keys()):  # of a set, whose order is another in each process
                key = pikepdf.Name(name).unparse()
                if key == left_out:
                    yield b"/Parent "
                    yield 0
                elif not (stream and key == b"/Length"):
                    yield key + b" "
                    yield from self.value(thing[name], waiting)
            yield b"/Length %d>>\nstream\n" % len(content) if stream else b">>"
            if stream:
                yield content + b"\nendstream"
        else:
            yield thing.unparse() if isinstance(thing, pikepdf.Object) else _plain(thing)

    def value(self, value: Any, waiting: list[tuple[int, Any, bytes]]) -> Iterator[Piece]:
        """Write a value, or refer to it if it is an object of its own."""
        if getattr(value, "is_indirect", False):
            known = value.objgen in self.numbers
            number = self.number(value)
            if not known:
                waiting.append((number, value, b""))
            yield number
        else:
            yield from self.written(value, b"", waiting)


def _plain(value: bool | int | Decimal | None) -> bytes:
    """Write what pikepdf gives as a value of Python's.

    >>> _plain(True), _plain(12), _plain(Decimal("0.50")), _plain(None)
    (b'true', b'12', b'0.50', b'null')
    """
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    return (format(value, "f") if isinstance(value, Decimal) else str(value)).encode()


def placed(part: Part, first: int, start: int) -> tuple[bytes, bytes]:
    """Write a part whose first object has the number ``first``, at this place of the file: what is appended, and where each object stands."""
    written, places = [], []
    for number, pieces in enumerate(part.objects):
        body = b"".join(
            piece if isinstance(piece, bytes) else b"%d 0 R" % (2 if piece < 0 else first + piece) for piece in pieces
        )
        thing = b"%d 0 obj\n%b\nendobj\n" % (first + number, body)
        places.append(start)
        written.append(thing)
        start += len(thing)
    return b"".join(written), struct.pack(f">{len(places)}Q", *places)


def tail(
    nodes: Sequence[int], pages: int, start: int, places: Callable[[], bytes], about: tuple[str, str]
) -> Iterator[bytes]:
    """Write what ends the file, from this place on: the catalogue, the list of all parts' pages, the title, and where each object stands.

    ``nodes`` are the numbers of the parts' first objects; ``places`` gives the next of what ``placed`` noted, nothing at its end. ``about``
    is title and author.
    """
    kids = b" ".join(b"%d 0 R" % node for node in nodes)
    title, author = (b"<feff%b>" % text.encode("utf-16-be").hex().encode() for text in about)
    own = (
        b"<</Type/Catalog/Pages 2 0 R/Lang(zh-CN)>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (pages, kids),
        b"<</Title %b/Author %b/Producer(prefill)>>" % (title, author),
    )
    stand = []
    for number, body in enumerate(own, 1):
        thing = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        stand.append(start)
        start += len(thing)
        yield thing
    packed, size = [], FIRST
    press = zlib.compressobj()
    packed.append(press.compress(b"".join([_entry(0, 0), *(_entry(1, place) for place in stand)])))
    while block := places():
        found = struct.unpack(f">{len(block) // 8}Q", block)
        size += len(found)
        packed.append(press.compress(b"".join([_entry(1, place) for place in found])))
    packed.append(press.compress(_entry(1, start)))
    content = b"".join([*packed, press.flush()])
    yield (
        b"%d 0 obj\n<</Type/XRef/Size %d/W[1 8 0]/Root 1 0 R/Info 3 0 R/Filter/FlateDecode/Length %d>>\nstream\n"
        % (size, size + 1, len(content))
    )
    yield content
    yield b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def _entry(kind: int, place: int) -> bytes:
    return struct.pack(">BQ", kind, place)
