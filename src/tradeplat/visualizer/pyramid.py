"""Columns of numbers with a min/max pyramid: any stretch of them is drawn from few buckets.

Level k holds buckets of 2^k rows. Adding a row, or changing one, touches one bucket a level.
"""

from collections.abc import Sequence
from enum import IntEnum
from math import isnan
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

FEW = 8
"""Rows that are added one by one: for more, whole levels are folded at once."""


class Op(IntEnum):
    """What a bucket keeps of the rows in it; MAX and MIN pass over nan."""

    FIRST = 0
    MAX = 1
    MIN = 2
    LAST = 3
    SUM = 4


MAX, LAST, SUM = int(Op.MAX), int(Op.LAST), int(Op.SUM)


class Buckets(NamedTuple):
    """Neighbouring buckets: `columns[c, j]` is column c of the rows from `first + j * step` on."""

    first: int
    step: int
    columns: Numbers


class _Level:
    """The buckets of one size; `cells` is the same memory, of which Python reads single numbers
    three times as fast.
    """

    __slots__ = ("cells", "columns", "room")

    def __init__(self, width: int, room: int) -> None:
        self.room = room
        self.columns: Numbers = np.zeros((width, room))
        self.cells: memoryview[float] = memoryview(self.columns.reshape(-1))  # type: ignore[arg-type]  # numpy does not say that it is one

    def grown(self, width: int, used: int, wanted: int) -> "_Level":
        larger = _Level(width, max(wanted, 2 * self.room))
        larger.columns[:, :used] = self.columns[:, :used]
        return larger


class Pyramid:
    """Rows of `len(ops)` numbers, each column folded by its own operation."""

    def __init__(self, ops: Sequence[Op], room: int = 256) -> None:
        self._ops = tuple(ops)
        self._codes = tuple(int(op) for op in ops)  # an enum takes four times as long to compare
        self._room = room
        self._count = 0
        self._levels = [_Level(len(self._ops), room)]

    def __len__(self) -> int:
        return self._count

    @property
    def columns(self) -> Numbers:
        """The rows themselves, a column each; a view that the next `put` may leave behind."""
        return self._levels[0].columns[:, : self._count]

    def cell(self, column: int, row: int) -> float:
        """One number."""
        level = self._levels[0]
        return level.cells[column * level.room + row]

    def clear(self) -> None:
        """Forget every row."""
        self._count = 0
        self._levels = [_Level(len(self._ops), self._room)]

    def put(self, first: int, block: Numbers) -> None:
        """Write the rows of `block`, a column each, from row `first` on; `first` is at most one
        past the last row, and rows that are there are replaced.
        """
        added = block.shape[1]
        if not added:
            return
        self._count = max(self._count, first + added)
        self._make_room()
        self._levels[0].columns[:, first : first + added] = block
        if added > FEW:
            self._fold(first, first + added)
        else:
            for row in range(first, first + added):
                self._touch(row)

    def put_one(self, row: int, values: Sequence[float]) -> None:
        """Write one row, an old one or the next."""
        if row >= self._count:
            self._count = row + 1
            self._make_room()
        level = self._levels[0]
        for column, value in enumerate(values):
            level.cells[column * level.room + row] = value
        self._touch(row)

    def window(self, start: int, end: int, most: int) -> Buckets:
        """Rows start to end from the finest level with at most `most` buckets; those at the edges
        may reach beyond.
        """
        start, end = max(start, 0), min(end, self._count)
        if end <= start:
            return Buckets(start, 1, self._levels[0].columns[:, :0])
        k, last = 0, end - 1
        while (last >> k) - (start >> k) >= most and k + 1 < len(self._levels):
            k += 1
        return self._buckets(start, last, k)

    def buckets(self, start: int, end: int, step: int) -> Buckets:
        """Rows start to end in buckets of `step` rows, a power of two, or in the largest."""
        start, end = max(start, 0), min(end, self._count)
        if end <= start:
            return Buckets(start, 1, self._levels[0].columns[:, :0])
        return self._buckets(start, end - 1, min(step.bit_length(), len(self._levels)) - 1)

    def _buckets(self, start: int, last: int, k: int) -> Buckets:
        columns = self._levels[k].columns[:, start >> k : (last >> k) + 1]
        return Buckets(start >> k << k, 1 << k, columns)

    def low_high(self, start: int, end: int, low: int, high: int) -> tuple[float, float]:
        """The least of column `low` and the greatest of column `high` in rows start to end,
        exactly; nan where there is no number.
        """
        start, end = max(start, 0), min(end, self._count)
        least, greatest = np.inf, -np.inf
        k = 0
        while start < end:
            level = self._levels[k]
            if end - start <= 512:
                least = min(least, _fold_to_one(np.fmin, level.columns[low, start:end]))
                greatest = max(greatest, _fold_to_one(np.fmax, level.columns[high, start:end]))
                break
            for edge in ((start,) if start & 1 else ()) + ((end - 1,) if end & 1 else ()):
                least = min(least, level.cells[low * level.room + edge])
                greatest = max(greatest, level.cells[high * level.room + edge])
            start, end, k = (start + 1) >> 1, end >> 1, k + 1
        return (least, greatest) if least <= greatest else (np.nan, np.nan)

    def _make_room(self) -> None:
        k, count = 0, self._count
        while True:
            if k == len(self._levels):
                self._levels.append(_Level(len(self._ops), max(2, self._room >> k)))
                if k:
                    self._fold_level(k, 0, count)
            level = self._levels[k]
            if count > level.room:
                self._levels[k] = level.grown(len(self._ops), level.room, count)
            if count <= 1:
                return
            k, count = k + 1, (count + 1) >> 1

    def _fold(self, first: int, end: int) -> None:
        for k in range(1, len(self._levels)):
            first, end = first >> 1, (end + 1) >> 1
            self._fold_level(k, first, end)

    def _fold_level(self, k: int, first: int, end: int) -> None:
        """Make the buckets first to end of level k from those below."""
        if end > self._levels[k].room:
            self._levels[k] = self._levels[k].grown(len(self._ops), self._levels[k].room, end)
        below, here = self._levels[k - 1].columns, self._levels[k].columns
        count = (self._count + (1 << (k - 1)) - 1) >> (k - 1)
        pairs = min(end, count >> 1)
        left, right = below[:, 2 * first : 2 * pairs : 2], below[:, 2 * first + 1 : 2 * pairs : 2]
        for column, op in enumerate(self._ops):
            _fold_pairs(op, left[column], right[column], here[column, first:pairs])
        if pairs < end:
            here[:, pairs] = below[:, 2 * pairs]

    def _touch(self, row: int) -> None:
        """Make the buckets above one row anew."""
        count, below = self._count, self._levels[0]
        for level in self._levels[1:]:
            left = row & ~1
            right = left + 1 if left + 1 < count else -1
            row, count = row >> 1, (count + 1) >> 1
            cells, under, offset, base = level.cells, below.cells, row, 0
            for op in self._codes:
                value = under[base + left]
                if right >= 0 and op:
                    other = under[base + right]
                    if op == LAST:
                        value = other
                    elif op == SUM:
                        value += other
                    elif isnan(value) or (other > value if op == MAX else other < value):
                        value = other
                cells[offset] = value
                offset += level.room
                base += below.room
            below = level


def _fold_pairs(op: Op, left: Numbers, right: Numbers, out: Numbers) -> None:
    if op == Op.MAX:
        np.fmax(left, right, out=out)
    elif op == Op.MIN:
        np.fmin(left, right, out=out)
    elif op == Op.SUM:
        np.add(left, right, out=out)
    else:
        out[:] = left if op == Op.FIRST else right


def _fold_to_one(fold: np.ufunc, values: Numbers) -> float:
    """The fold of `values`; nan, which every comparison passes over, where all are."""
    return float(fold.reduce(values))
