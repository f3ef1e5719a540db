"""Write tests/golden/: frames of the link as bytes, and what is in them, for every reader of them.

python scripts/golden_frames.py          write the files
python scripts/golden_frames.py --check  fail when they are not what the code writes

`NAME.bin` is one frame of that kind, `stream.bin` a short session, as a window would get it.
`expected.json` says of every frame of every file its type, symbol, sequence and content: records
as lists in the order of their layout (nan as null), JSON as it is.
"""

import json
import math
import sys
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from tradeplat.control import messages as m  # noqa: E402  # the source tree is found just above
from tradeplat.control.protocol import (  # noqa: E402  # found just above, too
    Answer,
    Command,
    Frame,
    FrameReader,
    FrameType,
    Login,
    Outcome,
    Role,
    pack,
)
from tradeplat.control.records import (  # noqa: E402  # found just above, too
    EQUITY,
    FORMING,
    HEARTBEAT,
    LAYOUTS,
    MARKER,
    PRICE_LINE,
    STUDY,
    LineKind,
    LineState,
    MarkerKind,
    packed_rows,
    rows_of,
    sliced,
)
from tradeplat.core.market import BAR, MINUTE, QUOTE  # noqa: E402  # found just above, too

FOLDER = ROOT / "tests" / "golden"
START = 1_767_364_200_000_000_000
"""A first open: 2026-01-02 09:30 in New York."""
NAN = math.nan
TOLD = {
    FrameType.POSITIONS,
    FrameType.ORDERS,
    FrameType.FILLS,
    FrameType.STATISTICS,
    FrameType.LOG,
    FrameType.STRATEGIES,
    FrameType.SCANNER,
    FrameType.TRADING,
}
"""JSON that a window is told in the middle of a session."""


def bars(n: int, *, price: float = 100.0) -> "np.ndarray[Any, Any]":
    """`n` minute bars that wander by whole cents without chance."""
    found = np.zeros(n, BAR)
    last = round(price * 100)
    for at in range(n):
        move = (at * 7919 + 13) % 41 - 20
        high, low = max(0, move) + at % 5, min(0, move) - at % 3
        row = (last, last + high, last + low, last + move)
        volume = 1_000.0 + (at * 37) % 500
        found[at] = (START + (at + 1) * MINUTE, *(cents / 100 for cents in row), volume, 60, 0)
        last += move
    return found


def table() -> m.SymbolTable:
    """Two tickers, two seats, and one study of each kind."""
    kinds = ("line", "step", "dots", "band", "box", "marker", "histogram")
    studies = tuple(
        m.StudyEntry(
            at, f"s{at}", kind, at // 6, "#ffcc4d", "orb", kind, 20 + at if 4 <= at <= 5 else 0
        )
        for at, kind in enumerate(kinds, 1)
    )
    return m.SymbolTable(
        (
            m.SymbolEntry(1, "AAPL", 60, 0.01, 1.0, 2, "builtin", 99.5),
            m.SymbolEntry(2, "BRK.B", 60, 0.01, 1.0, 2, "builtin"),
        ),
        (m.SeatEntry(1, "orb"), m.SeatEntry(2, "manual")),
        studies,
    )


def messages() -> Iterator[tuple[FrameType, msgspec.Struct]]:
    """One of each JSON frame, with every field told."""
    t = START + 3 * MINUTE
    yield (
        FrameType.HELLO,
        m.Hello(
            1, 7, "run-1", "PAPER", "builtin", "PA1", "normal", t, t, {"max_order_value": 25_000.0}
        ),
    )
    yield FrameType.SYMBOLS, table()
    yield FrameType.RESET, m.Reset("seek", t)
    held = m.PositionRow(
        "AAPL", "orb", 200.0, 97.98, 98.08, 97.74, 98.52, 20.0, -3.5, protected=True, r=0.42
    )
    yield FrameType.POSITIONS, m.Positions(t, (held,))
    order = m.OrderRow(
        "tp1-260102-abc-0",
        "AAPL",
        "orb",
        -200.0,
        0.0,
        "stop",
        "stop",
        "working",
        t,
        "day",
        None,
        97.74,
        None,
        "tp1-260102-abd-0",
        extended=False,
        reason="",
    )
    yield FrameType.ORDERS, m.Orders(t, full=True, rows=(order,))
    fill = m.FillRow(1, t, "tp1-260102-abd-0", "AAPL", "orb", 200.0, 97.98, 0.01, "entry")
    yield FrameType.FILLS, m.Fills(t, full=False, rows=(fill,))
    yield (
        FrameType.STATISTICS,
        m.Statistics(
            t,
            100_016.5,
            100_000.0,
            80_404.0,
            -3.5,
            20.0,
            2_000.0,
            19_616.0,
            1,
            1,
            {"STALE_QUOTE": 2},
            {"key_to_wire_p50": 0.4, "key_to_wire_p99": None},
            {"trades": 0},
            ((0.38, 2), (1.3, 1)),
        ),
    )
    line = m.LogRow(1, t, "alarm", "QUARANTINED", 'a "quoted" line, with é and →', "AAPL", "orb")
    yield FrameType.LOG, m.Log(full=True, rows=(line,))
    seat = m.StrategyRow(
        "AAPL",
        "orb",
        "open",
        200.0,
        1,
        {"vwap": 98.01, "stop": None},
        "ENTER",
        t,
        "STALE_QUOTE: Refused: AAPL quote is 3.0 s old (limit 2.0 s).",
        t,
        {"phase": "armed"},
    )
    yield FrameType.STRATEGIES, m.Strategies(t, (seat,))
    row = m.ScannerRow(
        "AAPL",
        active=True,
        reason="up 12 %",
        ts=t,
        feed="builtin",
        price=98.08,
        change=0.12,
        volume=1e6,
        rule="change",
        by=0.2,
        incomplete=False,
    )
    yield FrameType.SCANNER, m.Scanner(t, (row,))
    yield (
        FrameType.TRADING,
        m.Trading(
            armed=False,
            armed_by="gui-1",
            until=t,
            disarmed="the feed is stale",
            blocked="killed",
            account_mode="killed",
            conditions=("killed by operator",),
            account_stream="LIVE",
            market_streams={"AAPL": "LIVE"},
            terms={"size": 100.0, "offset": 0.05, "stop": None},
        ),
    )
    yield FrameType.REPLAY, m.Replay("paused", t, t + MINUTE, START, t, 8.0, 1, 3, 4, "seeking")
    yield FrameType.LOGIN, Login("0" * 64, Role.VIEWER)
    raw = msgspec.Raw(b'{"symbols":["AAPL"]}')
    yield FrameType.COMMAND, Command("gui-1", 5, 7, t, "flatten", raw)
    yield (
        FrameType.ANSWER,
        Answer("gui-1", 5, accepted=False, code="TOO_OLD", reason="asked 2 s ago"),
    )
    yield FrameType.OUTCOME, Outcome("gui-1", 5, done=True, text="flat", detail={"held": []})
    yield FrameType.WANT, m.Want(("AAPL",), None)


def records() -> Iterator[tuple[FrameType, "np.ndarray[Any, Any]"]]:
    """One frame of each kind of record."""
    t = START + 3 * MINUTE
    made = bars(4)
    forming = made[-1:].copy()
    forming["revision"] = FORMING
    yield FrameType.SNAPSHOT, made[:3]
    yield FrameType.APPEND, made[3:]
    yield FrameType.REPLACE, forming
    kinds = [
        (t, 98.0 + k, (-1) ** k * 100.0 if k == 0 else 0.0, k, 0, 1, k + 1) for k in MarkerKind
    ]
    yield FrameType.MARKER, np.array(kinds, MARKER)
    yield (
        FrameType.PRICE_LINE,
        np.array(
            [
                (11, 97.98, 200.0, NAN, LineKind.ENTRY, LineState.WORKING, 1, 0),
                (12, 97.74, -200.0, 97.98, LineKind.STOP, LineState.REPLACING, 1, 0),
                (2**63 + 5, 98.52, -200.0, 97.98, LineKind.TARGET, LineState.WORKING, 1, 0),
                (14, 97.5, 100.0, NAN, LineKind.WORKING, LineState.SENT, 2, 0),
                (14, NAN, 0.0, NAN, LineKind.WORKING, LineState.WORKING, 2, 0),
            ],
            PRICE_LINE,
        ),
    )
    yield FrameType.HEARTBEAT, np.array([(t, 0.25, NAN, 3, 2)], HEARTBEAT)
    yield FrameType.STUDY, np.array([(t, 98.01, 1, 1, 0), (t, NAN, 2, 1, 0)], STUDY)
    yield FrameType.QUOTE, np.array([(t, 98.07, 300.0, 98.09, 200.0)], QUOTE)
    yield FrameType.EQUITY, np.array([(t, 100_016.5, -3.5, 20.0)], EQUITY)


def singles() -> dict[str, bytes]:
    """The files of one frame."""
    found = {}
    for type_, body in messages():
        frame = Frame(type_, msgspec.json.encode(body), 0, type_)
        found[type_.name.lower()] = pack(frame)
    for type_, rows in records():
        none = type_ in {FrameType.HEARTBEAT, FrameType.EQUITY}
        found[type_.name.lower()] = packed_rows(type_, rows, 0 if none else 1, 2**40 + type_)
    return found


def stream() -> bytes:
    """A short session: two tickers with 120 bars, then everything that may come."""
    numbers = count(1)
    parts: list[bytes] = []

    def told(type_: FrameType, body: msgspec.Struct) -> None:
        parts.append(pack(Frame(type_, msgspec.json.encode(body), 0, next(numbers))))

    def sent(type_: FrameType, rows: "np.ndarray[Any, Any]", symbol: int = 0) -> None:
        parts.append(packed_rows(type_, rows, symbol, next(numbers)))

    by_type = dict(messages())
    told(FrameType.HELLO, by_type[FrameType.HELLO])
    told(FrameType.SYMBOLS, table())
    made = {1: bars(130), 2: bars(130, price=412.5)}
    for symbol, rows in made.items():
        for type_, piece in sliced(rows[:120]):
            sent(type_, piece, symbol)
        points = [(row["ts"], row["close"] - 0.1, 1, 1, 0) for row in rows[:120]]
        sent(FrameType.STUDY, np.array(points, STUDY), symbol)
    for at in range(120, 130):
        for symbol, rows in made.items():
            first = rows[at : at + 1].copy()
            first["close"], first["high"], first["low"] = (first["open"],) * 3
            first["volume"], first["revision"] = 0.0, FORMING
            sent(FrameType.APPEND, first, symbol)
            sent(FrameType.REPLACE, rows[at : at + 1], symbol)
    for type_, rows in records():
        if type_ not in {FrameType.SNAPSHOT, FrameType.APPEND, FrameType.REPLACE}:
            sent(type_, rows, 0 if type_ in {FrameType.HEARTBEAT, FrameType.EQUITY} else 1)
    for type_, body in by_type.items():
        if type_ in TOLD:
            told(type_, body)
    return b"".join(parts)


def files() -> dict[str, bytes]:
    """Every golden file by its name."""
    made = {f"{name}.bin": data for name, data in {**singles(), "stream": stream()}.items()}
    expected = {
        name: [content(one) for one in FrameReader().feed(data)] for name, data in made.items()
    }
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(what)}" for name, what in expected.items())
    return {**made, "expected.json": f"{{\n{lines}\n}}\n".encode()}


def content(frame: Frame) -> Mapping[str, object]:
    """What a reader has to find in `frame`."""
    head = {"type": frame.type, "symbol": frame.symbol, "sequence": frame.sequence}
    if frame.type in LAYOUTS:
        return {**head, "rows": [[_plain(v) for v in row.item()] for row in rows_of(frame)]}
    return {**head, "json": msgspec.json.decode(frame.payload)}


def _plain(value: float) -> float | None:
    return None if isinstance(value, float) and math.isnan(value) else value


def main() -> int:
    """Write the files, or say which differ."""
    made = files()
    if "--check" in sys.argv[1:]:
        there = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
        drifted = sorted(name for name in made | there if made.get(name) != there.get(name))
        if drifted:
            print(f"{', '.join(drifted)}: not as the code writes them", file=sys.stderr)
        return 1 if drifted else 0
    FOLDER.mkdir(exist_ok=True)
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
