"""What is wrong with a CSV, row by row: slow and exact, asked only once something is wrong."""

from collections.abc import Iterator
from math import isfinite

from tradeplat.history.csv_schema import Kind, split
from tradeplat.history.csv_source import Source, byte_lines
from tradeplat.history.csv_time import EXPECTED, parse_time
from tradeplat.history.finding import Finding

Note = tuple[str, str, str, bool]
"""problem, found, expected, serious."""


def first_problem(source: Source) -> Finding | None:
    """The first serious finding in `source`, None when there is none."""
    return next((finding for finding in problems(source) if finding.serious), None)


def problems(source: Source) -> Iterator[Finding]:
    """Everything wrong with the rows of `source`, in file order."""
    order = _Order(source)
    for row, line in enumerate(byte_lines(source.path), 1):
        if isinstance(line, Finding):
            yield line
        elif row > source.layout.skip and line.strip():
            for problem, found, expected, serious in _row(source, line, order):
                yield Finding(source.path, row, problem, found, expected, serious)


def _row(source: Source, line: bytes, order: "_Order") -> Iterator[Note]:
    try:
        text = line.decode().rstrip("\r")
    except UnicodeDecodeError:
        yield "text", repr(line[:20]), "UTF-8 text", True
        return
    layout = source.layout
    if text.count('"') % 2:
        yield "row", "a quotation mark left open", "it closed in its row", True
        return
    values = split(text, fold=False) if '"' in text else text.split(",")
    if len(values) != len(layout.names):
        yield "columns", str(len(values)), str(len(layout.names)), True
        return
    stamp_text = " ".join(values[place] for place in layout.time)
    ts = parse_time(source.form, stamp_text)
    if ts is None:
        yield layout.names[layout.time[0]], repr(stamp_text), _expected_time(source), True
    numbers: list[float] = []
    for index, place in enumerate(layout.fields):
        positive = _is_positive(layout.kind, index)
        number = _number(values[place], positive=positive)
        if number is None:
            wish = "a number above 0" if positive else "a number from 0 up"
            yield layout.names[place], repr(values[place]), wish, True
        else:
            numbers.append(number)
    if len(numbers) == len(layout.fields):
        yield from _shape(layout.kind, numbers)
    if ts is not None:
        symbol = source.name if layout.symbol is None else values[layout.symbol]
        yield from order.take(symbol, ts, stamp_text)


def _expected_time(source: Source) -> str:
    form = source.form
    wish = {"zoned": "a time with its zone", "naive": "a time without a zone"}.get(form.name)
    if form.name == "epoch":
        wish = "a whole number"
    if form.dates:
        wish = "a date"
    return f"{wish or 'a time'} as in the rows above ({EXPECTED})"


def _is_positive(kind: Kind, index: int) -> bool:
    """True for prices and the sizes of trades; volumes and sizes of quotes may be 0."""
    if kind is Kind.BARS:
        return index < 4
    return index in (0, 2) if kind is Kind.QUOTES else True


def _number(text: str, *, positive: bool) -> float | None:
    # Python reads more as a number than the fast reader does.
    bare = text.strip(" \t")
    if not bare.isascii() or "_" in bare or bare != bare.strip():
        return None
    try:
        number = float(bare)
    except ValueError:
        return None
    if not isfinite(number):
        return None
    return number if number > 0 or (number == 0 and not positive) else None


def _shape(kind: Kind, numbers: list[float]) -> Iterator[Note]:
    if kind is Kind.BARS:
        opening, high, low, close, _ = numbers
        if high < low:
            yield "high", f"{high!r} below low {low!r}", "high at or above low", True
            return
        for name, price in (("open", opening), ("close", close)):
            if not low <= price <= high:
                yield name, repr(price), f"a price inside low {low!r} and high {high!r}", True
    elif kind is Kind.QUOTES and numbers[0] > numbers[2]:
        bid, ask = numbers[0], numbers[2]
        yield "bid", f"{bid!r} above ask {ask!r}", "bid at or below ask", False


class _Order:
    """Judges each row's symbol and time by the rows before it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._last: dict[str, int] = {}

    def take(self, symbol: str, ts: int, text: str) -> Iterator[Note]:
        """What is wrong with a row of `symbol` at `ts` after those taken before."""
        source = self._source
        if not symbol:
            yield "symbol", "nothing", "a symbol", True
            return
        only = source.symbol or source.name
        mixed = symbol not in self._last and self._last and only in {*self._last, symbol}
        if (source.symbol and symbol != source.symbol) or mixed:
            yield "symbol", repr(symbol), f"only {only}, which the path names", True
        last = self._last.get(symbol)
        if last is not None and not source.layout.vendor:
            name = source.layout.names[source.layout.time[0]]
            if ts < last:
                yield name, f"{text} before the row above", "times that go forward", True
            elif ts == last and source.layout.kind is Kind.BARS:
                yield name, f"{text} twice", "each bar once", True
        self._last[symbol] = max(ts, last or ts)
