"""A roster drawn as a PDF straight away: a title, a ruled table over any number of pages, notes. A page takes milliseconds.

Laying a table out as a page of HTML takes some ten milliseconds a row and keeps all of it in memory: a minute and gigabytes for
5,000 rows. This draws nothing but what a roster has, with the same fonts and sizes.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from prefill.rendering.fonts import HEI, SONG
from prefill.rendering.lists.pens import HIGH, WIDE, Pen, Text, balanced, broken, wide
from prefill.rendering.lists.views import INNER, SIGN, ColumnView, Line, RosterView, Shown, widths
from prefill.rendering.page import headline
from prefill.rendering.stamping.writing import About
from prefill.rendering.words import Words

__all__ = ["draw_roster"]

MM: Final = 72 / 25.4
LEFT: Final = 12 * MM
TOP: Final = 14 * MM
BOTTOM: Final = 15 * MM
SMALL: Final = 0.8  # of the table's size: what is said beside a value
TITLE: Final = 19.0
HEAD: Final = 9.5
NOTE: Final = 7.5
FOOT: Final = 8.5
LEADING: Final = 1.3


def draw_roster(view: RosterView, words: Words, author: str) -> bytes:
    """Give the PDF of a roster: A4, lying, fonts embedded; the same roster gives the same bytes.

    Raises Unstampable where a text needs more than glyphs side by side, or a font lacks one.
    """
    drawing = _Drawing(view, words)
    drawing.draw()
    return drawing.pen.pdf(About(view.title, author, "zh-CN"))


class _Drawing:
    """One roster on its way to paper: where the pen is, and the head that each further page repeats."""

    def __init__(self, view: RosterView, words: Words) -> None:
        self.view, self.words, self.pen = view, words, Pen()
        self.columns = (ColumnView(words("lists.number"), "integer", "", "center", 0.0, 0.0), *view.columns)
        self.wide, self.size = widths(view.columns, INNER)
        self.left = [LEFT]
        for width in self.wide:
            self.left.append(self.left[-1] + width)
        self.pad = 0.35 * self.size
        self.y = 0.0

    def draw(self) -> None:
        self.start()
        self.table(self.view.lines)
        if self.view.waiting:
            self.part()
            self.table(self.view.undecided)
        self.end()
        for number in range(len(self.pen.pages)):
            text = self.words("foot.page", page=number + 1, pages=len(self.pen.pages))
            told = Text(text, SONG, FOOT)
            self.pen.text((WIDE - wide(SONG, text) * FOOT) / 2, HIGH - BOTTOM + 22, told, page=number)

    # ── around the table ─────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Write the title, what stands above the table on both sides, and what is left to do."""
        self.pen.page()
        self.y = TOP
        for part in headline(self.view.title, 34.0):
            self.y += TITLE * LEADING
            width = wide(SONG, part) * TITLE + 0.04 * TITLE * (len(part) - 1)
            self.pen.text((WIDE - width) / 2, self.y - 0.35 * TITLE, Text(part, SONG, TITLE), spacing=0.04 * TITLE)
        self.y += 4
        corner = [f"{name}{self.words('head.colon')}{text}" for name, text in self.view.corner]
        edge = max((wide(SONG, text) for text in corner), default=0.0) * HEAD
        told = "　　".join(f"{name}{self.words('head.colon')}{text}" for name, text in self.view.head)
        head = broken(SONG, told, (INNER - edge - 20) / HEAD)
        for at in range(max(len(head), len(corner))):
            self.y += HEAD * LEADING
            for x, lines in ((LEFT, head), (LEFT + INNER - edge, corner)):
                if at < len(lines):
                    self.pen.text(x, self.y, Text(lines[at], SONG, HEAD))
        self.y += 6
        if self.view.counts:
            self.counts()

    def counts(self) -> None:
        parts = [f"{SIGN.get(name, '')}{text}" for name, text in self.view.counts]
        text = parts[0] + self.words("head.colon") + self.words("head.comma").join(parts[1:])
        height = HEAD * 1.9
        self.pen.add(f"{LEFT:.2f} {self.y:.2f} {INNER:.2f} {height:.2f} re S\n")
        self.pen.text(LEFT + 6, self.y + height * 0.66, Text(text, HEI, HEAD))
        marks = self.words("lists.marks")
        side = LEFT + INNER - 6 - wide(SONG, marks) * NOTE
        self.pen.text(side, self.y + height * 0.64, Text(marks, SONG, NOTE))
        self.y += height + 6

    def part(self) -> None:
        """Write the heading of those who are undecided; not at the very foot of a page."""
        if self.y + 90 > HIGH - BOTTOM:
            self.turn()
        self.y += 12
        text = self.words("lists.undecided")
        self.pen.text(LEFT, self.y + HEAD, Text(text, HEI, HEAD + 1))
        aside = LEFT + wide(HEI, text) * (HEAD + 1) + 10
        self.pen.text(aside, self.y + HEAD, Text(self.words("lists.undecided_note"), SONG, NOTE + 0.5))
        self.y += HEAD + 6

    def end(self) -> None:
        self.y += 8
        foot = [f"{name}{self.words('head.colon')}{text}" for name, text in self.view.foot]
        if foot:
            self.paragraph("　　　".join(foot), HEAD)
            self.y += 3
        for name, text in self.view.notes:
            self.paragraph(f"{name}{self.words('head.colon')}{text}", NOTE)

    def paragraph(self, text: str, size: float) -> None:
        for line in broken(SONG, text, INNER / size):
            if self.y + size * LEADING > HIGH - BOTTOM:
                self.turn()
            self.y += size * LEADING
            self.pen.text(LEFT, self.y, Text(line, SONG, size))

    def turn(self) -> None:
        """Begin a further page, under the running title."""
        self.pen.page()
        text = f"{self.view.title}{self.words('foot.continued')}"
        self.pen.text(LEFT, TOP - 6, Text(text, SONG, FOOT))
        self.y = TOP

    # ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def table(self, lines: Iterator[Line]) -> None:
        self.head()
        empty = True
        for line in lines:
            empty = False
            self.row(line)
        if empty:
            self.spread(self.words("lists.nobody"))

    def head(self) -> None:
        heads = [balanced(SONG, column.label + column.mark, self.ems(at)) for at, column in enumerate(self.columns)]
        height = self.height(max(map(len, heads)), 0)
        self.pen.band(LEFT, self.y, INNER, height)
        for at, head in enumerate(heads):
            self.cell(at, [Text(text, SONG, self.size) for text in head], height, "center")
        self.frame(height, top=True)

    def row(self, line: Line) -> None:
        number = [Text(str(line.number), HEI, self.size)]
        cells = [number, *(self.texts(at, shown) for at, shown in enumerate(line.cells, 1))]
        height = max(sum(text.size for text in cell) for cell in cells) * LEADING + 2 * self.pad
        height = max(height, 6.2 * MM)
        waits = self.waits(line)
        below = len(waits) * NOTE * LEADING + self.pad if waits else 0.0
        if self.y + height + below > HIGH - BOTTOM:
            self.turn()
            self.head()
        for at, cell in enumerate(cells):
            status = line.cells[at - 1].status if at else "known"
            self.cell(at, cell, height, self.columns[at].align if status == "known" else "center")
            self.bar(at, status, height)
        self.frame(height)
        if waits:
            self.spread(*waits)

    def waits(self, line: Line) -> list[str]:
        if not line.waits:
            return []
        text = f"{SIGN['maybe']} {self.words('status.maybe')}{self.words('head.colon')}{line.waits}"
        return list(broken(SONG, text, (INNER - 12) / NOTE))

    def texts(self, at: int, shown: Shown) -> list[Text]:
        """Give a cell's lines: the value, and under it, smaller, what is left to do with it."""
        sign, small, ems = SIGN.get(shown.status, ""), self.size * SMALL, self.ems(at)
        lines: list[Text] = []
        if shown.text:
            text = f"{sign}{shown.text}" if shown.status == "new" else shown.text
            room = ems - 0.7 * len(shown.mark)
            parts = [part for own in text.split("\n") for part in broken(HEI, own, room)]
            lines += [Text(part, HEI, self.size) for part in parts]
            lines[-1] = lines[-1]._replace(mark=shown.mark)
        if shown.why:
            why = shown.why if shown.status == "new" else f"{sign}{shown.why}"
            lines += [Text(part, SONG, small) for part in broken(SONG, why, ems / SMALL)]
        return lines

    def ems(self, at: int) -> float:
        """Give what a line of a column holds, in widths of a character."""
        return (self.wide[at] - 2 * self.pad) / self.size + 1e-6

    def height(self, lines: int, small: int) -> float:
        return (lines + small * SMALL) * self.size * LEADING + 2 * self.pad

    def cell(self, at: int, lines: Sequence[Text], height: float, align: str) -> None:
        y = self.y + (height - sum(text.size for text in lines) * LEADING) / 2
        for text in lines:
            y += text.size * LEADING
            width = wide(text.face, text.text) * text.size
            marked = width + (wide(SONG, text.mark) * text.size * 0.75 if text.mark else 0.0)
            free = self.wide[at] - marked
            x = self.left[at] + (self.pad if align == "left" else free - self.pad if align == "right" else free / 2)
            self.pen.text(x, y - 0.36 * text.size, text)
            if text.mark:
                self.pen.text(x + width, y - 0.62 * text.size, Text(text.mark, SONG, text.size * 0.75))

    def bar(self, at: int, status: str, height: float) -> None:
        """Mark a cell that is left to do on its left edge, so that it is seen on a copy without colours."""
        x, y = self.left[at], self.y
        if status == "new":
            self.pen.line(x + 1.0, y, x + 1.0, y + height, 2.0)
        elif status == "confirm":
            self.pen.line(x + 2.2, y, x + 2.2, y + height)
        elif status == "maybe":
            self.pen.line(x + 1.4, y, x + 1.4, y + height, 1.2, "1.2 1.6")

    def frame(self, height: float, *, top: bool = False) -> None:
        """Rule around the cells of a row, and go on below it."""
        if top or self.y == TOP:
            self.pen.line(LEFT, self.y, LEFT + INNER, self.y)
        for x in self.left:
            self.pen.line(x, self.y, x, self.y + height)
        self.y += height
        self.pen.line(LEFT, self.y, LEFT + INNER, self.y)

    def spread(self, *lines: str) -> None:
        """Write lines across the whole table."""
        height = len(lines) * NOTE * LEADING + self.pad
        for at, text in enumerate(lines, 1):
            self.pen.text(LEFT + 6, self.y + at * NOTE * LEADING - 1, Text(text, SONG, NOTE))
        for x in (LEFT, LEFT + INNER):
            self.pen.line(x, self.y, x, self.y + height)
        self.y += height
        self.pen.line(LEFT, self.y, LEFT + INNER, self.y)
