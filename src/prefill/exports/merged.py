"""Merged cells of workbooks: what each of them shows."""

from prefill.exports.sheets import Cell, Row

__all__ = ["Spans"]


class Spans:
    """Merged ranges, given as (first row, last row, first column, last column) from 0, applied to rows in their order.

    >>> row = Row(3, [None, "甲"])
    >>> (spans := Spans([(1, 2, 0, 0)])).apply(Row(2, ["三号楼", "乙"]))
    >>> spans.apply(row)
    >>> row.cells
    ['三号楼', '甲']
    """

    def __init__(self, ranges: list[tuple[int, int, int, int]]) -> None:
        """Take the ranges in any order."""
        self.coming = sorted(ranges, reverse=True)
        self.open: list[tuple[int, int, int, Cell]] = []

    def apply(self, row: Row) -> None:
        """Let each merged cell of a row show what its range holds: below, in its first column; to the right, in ``across``."""
        at = row.line - 1
        self.open = [span for span in self.open if span[0] >= at]
        while self.coming and self.coming[-1][0] <= at:
            first, last, left, right = self.coming.pop()
            if first == at:
                self.open.append((last, left, right, row.cells[left] if left < len(row.cells) else None))
        for _, left, right, shown in self.open:
            if shown is None:
                continue
            row.cells += [None] * (left + 1 - len(row.cells))
            row.cells[left] = shown
            row.across.update((column, shown) for column in range(left + 1, right + 1))
