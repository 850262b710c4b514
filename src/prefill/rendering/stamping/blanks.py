"""What a blank consists of: lines and boxes drawn once, texts that never differ, and the places where a subject's texts go."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from prefill.rendering.stamping.faces import Face, Unstampable

__all__ = [
    "LONG",
    "Atom",
    "Blank",
    "Flow",
    "Gap",
    "Look",
    "Measure",
    "Pattern",
    "Rigid",
    "Run",
    "Shape",
    "Spot",
    "Words",
    "Written",
    "said",
]

Pattern: TypeAlias = tuple[str | int, ...]
"""A text of the page: what it always says, and in its place the number of each text of the subject."""


class Look(NamedTuple):
    """How a text looks: its font, its size in pixels, its colour as PDF writes it, how far below the line's base it stands."""

    face: str
    size: float
    colour: str
    drop: float = 0.0
    spacing: float = 0.0  # pixels between its characters


class Words(NamedTuple):
    """A text within a paragraph; ``wrap``: whether a line may end in it; ``joint``: whether one may end before it."""

    pattern: Pattern
    look: Look
    wrap: bool
    joint: bool


class Gap(NamedTuple):
    """The margin of something within a line: ``after`` what stands before it, or before what follows."""

    width: float
    after: bool


class Atom(NamedTuple):
    """Something drawn in a line, which stands where it stands: nothing before it differs."""

    width: float
    joint: bool


class Run(NamedTuple):
    """A text at a place: x, the height of its base, its look, itself."""

    x: float
    y: float
    look: Look
    text: str


class Spot(NamedTuple):
    """Where a text of the subject stands among others that it may not move: it is as wide as the one that the blank was made with."""

    x: float
    y: float
    look: Look
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Flow:
    """A paragraph whose lines are set for each subject: where it begins, how wide it is, and what it is made of."""

    left: float
    width: float
    align: str
    pieces: tuple[Words | Gap | Atom, ...]


class Written(NamedTuple):
    """Content, and what it uses: of each font characters, and the characters of each code that is no character's."""

    content: str
    chars: tuple[tuple[str, frozenset[str]], ...]
    odd: tuple[tuple[tuple[str, str], str], ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """A unit laid out: its height, what is drawn and said for all, the spots; of each flow the base of each line."""

    top: float
    height: float
    fixed: Written
    edge: str  # the line under it, which is the upper line of the next row of its table
    spots: tuple[Spot, ...]
    bases: tuple[tuple[float, ...], ...]
    lowest: float  # how far below its top its last text ends


Measure: TypeAlias = tuple[float | str, ...]
"""What tells a blank from its like: the number of lines of each flow, and of each rigid text its width, or itself if that matters."""

LONG: Final = 12  # a rigid text of more characters may fill more than a line: a blank serves no other


class Rigid(NamedTuple):
    """A text that stands where others would be moved by it; ``exact``: a blank serves no other text, not only none of another width."""

    pattern: Pattern
    look: Look
    exact: bool


@dataclass(slots=True)
class Shape:
    """What the blanks of one kind of unit have in common."""

    flows: tuple[Flow, ...]
    rigid: tuple[Rigid, ...]
    blanks: dict[Measure, Blank] = field(default_factory=dict)

    def measure(self, lines: list[int], texts: list[str], faces: dict[str, Face]) -> Measure:
        """Give what tells the blank for these texts, which fill so many lines."""
        found: list[float | str] = list(lines)
        for pattern, look, exact in self.rigid:
            text = said(pattern, texts)
            if exact:
                found.append(text)
            else:
                found.append(round(faces[look.face].shape(text).width * look.size / 1000, 2))
        return tuple(found)


def said(pattern: Pattern, texts: list[str]) -> str:
    """Give what a pattern says of a subject. Raises Unstampable for spaces that a page may treat in ways of its own."""
    parts = []
    for part in pattern:
        if isinstance(part, int):
            part = texts[part]
            if "  " in part or part[:1] == " " or part[-1:] == " ":
                raise Unstampable
        parts.append(part)
    return "".join(parts)
