"""Whatever reads bytes from outside is shown twenty thousand broken ones: it may refuse them with
an error of ours, and nothing else; it may not hang, and it may not grow.
"""

import gzip
import io
import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import zstandard

from fuzz import INPUTS, fuzz
from tradeplat.app.credentials import FILE, alpaca, known
from tradeplat.app.daemons import running
from tradeplat.app.instants import duration, instant
from tradeplat.app.settings import load
from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote
from tradeplat.core.orders import OrderState
from tradeplat.execution.brokers import alpaca_book as book
from tradeplat.execution.brokers import alpaca_codec as codec
from tradeplat.execution.brokers.alpaca_names import Names
from tradeplat.execution.hotkeys import bindings
from tradeplat.guardian.account import Wire, _decoded, each
from tradeplat.guardian.charge import read_charge
from tradeplat.history.csv_store import load_bars, load_quotes, load_status, load_trades
from tradeplat.journal.chain import Broken
from tradeplat.journal.events import EventLog
from tradeplat.journal.kept import replayed
from tradeplat.journal.reader import Record
from tradeplat.streams.alpaca_codec import AlpacaCodec
from tradeplat.streams.stamps import Rfc3339
from tradeplat.venue.control import Deed
from tradeplat.venue.control_bodies import Halt, Publish, TradeBody
from tradeplat.venue.fault_plan import read_plan
from tradeplat.venue.order_request import read_order
from tradeplat.venue.replacing import read_change
from tradeplat.venue.rest import read_body
from tradeplat.venue.timeframe import read_timeframe

FRAMES = Path(__file__).parent / "frames" / "alpaca"
SEEN = 1_767_623_530 * SECOND
START = 1_700_000_000 * SECOND

ORDER = (FRAMES / "bracket.json").read_bytes()
UPDATES = [(FRAMES / name).read_bytes() for name in ("partial_fill.json",)]
CLOCK = (
    b'{"timestamp":"2026-01-05T09:31:00.1-05:00","is_open":true,'
    b'"next_open":"2026-01-06T09:30:00-05:00","next_close":"2026-01-05T16:00:00-05:00"}'
)
DAYS = (
    b'[{"date":"2026-03-09","open":"09:30","close":"16:00","session_open":"0400",'
    b'"session_close":"2000"}]'
)
ACCOUNT = b'{"id":"a","cash":"100.5","equity":"9.25","buying_power":"2e3","portfolio_value":null}'
POSITIONS = (
    b'[{"symbol":"AAA","qty":"10.5","side":"long","avg_entry_price":"5.25","qty_available":"3",'
    b'"current_price":"5.3"}]'
)
ASSET = (
    b'{"symbol":"A","tradable":true,"status":"active","shortable":true,"easy_to_borrow":true,'
    b'"fractionable":true}'
)
ACTIVITY = (
    b'[{"id":"20260105::e1","activity_type":"FILL","type":"fill","side":"buy","qty":"3",'
    b'"price":"5.01","cum_qty":"7","order_id":"v1","symbol":"AAA",'
    b'"transaction_time":"2026-01-05T14:30:00.000000001Z","date":"2026-01-05"}]'
)
REFUSED = b'[{"status":422,"id":"v1","symbol":"AAA","body":{"message":"no"}},{"status":200}]'
BARS = (
    b"timestamp,open,high,low,close,volume\n2024-01-10T14:30:00Z,10,11,9,10,5\n"
    b"2024-01-10T14:31:00Z,10,11,9,10.5,6.5\n"
)
EPOCHS = b"timestamp,open,high,low,close,volume\n1704897000,10,11,9,10,5\n1704897060,10,11,9,10,5\n"
QUOTES = (
    b"ts_event,bid_price,bid_size,ask_price,ask_size\n1704897000000000000,9.99,1,10.01,100\n"
    b"1704897001000000000,9.98,2,10.02,100\n"
)
TRADES = b"ts_event,price,size\n1704897000000000000,9.99,1\n1704897001000000000,9.98,2\n"
STATUS = b"ts_event,trading,code\n1704897000000000000,0,LUDP\n1704897300000000000,1,T\n"
TOML = b"""[run]
mode = "paper"
cash = 100000
seed = 3
[risk]
max_position = 50000
sizing = { use = "fixed_quantity", quantity = 100 }
[[strategy]]
use = "ema_cross"
slow_span = 48
[control]
port = 0
"""
PLAN = (
    b'[{"at": 5.5, "do": "disconnect", "with": {"path": "/stream"}},'
    b'{"at": "2026-01-05T14:30:00Z", "do": "halt", "with": {"symbol": "AAA", "trading": false}}]'
)
SUBMIT = (
    b'{"symbol":"AAA","qty":"10","side":"buy","type":"limit","time_in_force":"day",'
    b'"client_order_id":"tp1-x","limit_price":"5.01","order_class":"bracket",'
    b'"stop_loss":{"stop_price":"4.50"},"take_profit":{"limit_price":"6.00"}}'
)
NOTIONAL = (
    b'{"symbol":"BRK.B","notional":10.5,"side":"sell","type":"market","time_in_force":"day",'
    b'"extended_hours":false}'
)
CHANGE = b'{"qty":"5","limit_price":"5.02","stop_price":null,"client_order_id":"tp1-y"}'


class Parser(NamedTuple):
    """A reader of bytes, inputs it takes, and what it may raise besides our own errors."""

    reads: Callable[[bytes], object]
    seeds: Sequence[bytes]
    errors: tuple[type[Exception], ...] = ()


def account_frame(raw: bytes) -> None:
    """As the account's stream: a frame, what is in it, and the reports it leads to."""
    for data in (raw, raw.decode(errors="replace")):
        frame = codec.decode_frame(data)
        if frame.stream != "trade_updates":
            codec.decode_status(frame)
            continue
        update = codec.decode_update(frame)
        judge_reports(Names(16), update.order, update)


def orders(raw: bytes) -> None:
    """As a page of orders, then each order as a single answer."""
    for wire in codec.decode_orders(raw):
        judge_reports(Names(16), wire, None)


def judge_reports(names: Names, wire: codec.WireOrder, update: codec.WireUpdate | None) -> None:
    """No report may carry what is no amount: money would follow it."""
    names.learn(wire)
    for report in names.reports(wire, update):
        for amount in (report.filled, report.average):
            assert amount is None or (amount.is_finite() and amount >= 0)
        assert isinstance(report.state, OrderState)


def account(raw: bytes) -> None:
    found = codec.decode_account(raw, book.decode_positions(POSITIONS), 7)
    assert found.cash.is_finite()
    assert found.equity.is_finite()


def positions(raw: bytes) -> None:
    held = book.decode_positions(raw)
    for _, quantity, average in codec.decode_account(ACCOUNT, held, 7).positions:
        assert quantity.is_finite()
        assert average.is_finite()


def market_frame(raw: bytes) -> None:
    """As the market's stream, which raises nothing: it counts what it cannot read."""
    reader = AlpacaCodec("iex")
    for frame in (raw, raw.decode(errors="replace")):
        facts, _ = reader.decode(frame, SEEN)
        for fact in facts:
            if isinstance(fact, Bar):
                assert 0.0 < fact.low <= fact.high < float("inf")
            if isinstance(fact, Quote):
                assert 0.0 <= fact.bid < float("inf")
                assert 0.0 <= fact.ask < float("inf")
    if reader.errors:
        raise TradeplatError


def error_body(raw: bytes) -> None:
    if codec.decode_error(422, raw) is None:
        raise TradeplatError


def request(raw: bytes) -> None:
    read_order(read_body(raw))


def deed(shape: type) -> Callable[[bytes], object]:
    made = Deed(shape, lambda body: 0)
    return made.read


def text(reads: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda raw: reads(raw.decode(errors="replace"))


PARSERS = {
    "account frames": Parser(
        account_frame,
        [*UPDATES, b'{"stream":"authorization","data":{"status":"authorized","action":"x"}}'],
    ),
    "one order": Parser(codec.decode_order, [ORDER]),
    "order pages": Parser(orders, [b"[" + ORDER + b"]", b"[" + ORDER + b"," + ORDER + b"]"]),
    "account": Parser(account, [ACCOUNT]),
    "positions": Parser(positions, [POSITIONS]),
    "assets": Parser(book.decode_asset, [ASSET]),
    "activities": Parser(lambda raw: book.decode_activities(raw, {"v1": "tp1-a"}), [ACTIVITY]),
    "answers of many rows": Parser(book.decode_refused, [REFUSED]),
    "clock": Parser(codec.decode_clock, [CLOCK]),
    "calendar": Parser(codec.decode_calendar, [DAYS]),
    "orders as the guardian reads them": Parser(
        lambda raw: list(each(_decoded(raw, list[Wire]))), [b"[" + ORDER + b"]"]
    ),
    "a guardian's charge": Parser(
        read_charge,
        [b'{"pid":1,"account":"a","lease":"l","url":"http://x","key":"k","secret":"s","memory":5}'],
    ),
    "errors of the venue": Parser(error_body, [b'{"code":40310000,"message":"no"}']),
    "market frames": Parser(
        market_frame,
        [
            (FRAMES / "data.json").read_bytes(),
            (FRAMES / "data.msgpack").read_bytes(),
            *(FRAMES / "control.json").read_bytes().splitlines(),
        ],
    ),
    "time stamps": Parser(
        text(Rfc3339().read), [b"2026-01-05T14:31:07.123456789Z", b"2026-01-05T14:31:07Z"]
    ),
    "instants typed": Parser(
        text(lambda said: instant(said, "--from")), [b"2013-10-08T09:30", b"2013-10-08"]
    ),
    "durations typed": Parser(
        text(lambda said: duration(said, "--for")), [b"10m", b"1h30m", b"5s"]
    ),
    "orders submitted": Parser(request, [SUBMIT, NOTIONAL]),
    "orders changed": Parser(lambda raw: read_change(read_body(raw), 128), [CHANGE]),
    "time frames asked": Parser(text(read_timeframe), [b"1Min", b"15Min", b"1Hour", b"1Day"]),
    "venue control: trade": Parser(
        deed(TradeBody), [b'{"symbol":"AAA","price":5.5,"size":10,"conditions":["@"]}']
    ),
    "venue control: halt": Parser(deed(Halt), [b'{"symbol":"AAA","trading":false,"code":"T1"}']),
    "venue control: publish": Parser(deed(Publish), [b'{"messages":[{"T":"t","S":"AAA","p":1}]}']),
}


@pytest.mark.parametrize("name", PARSERS)
def test_broken_bytes_are_refused_by(name: str) -> None:
    parser = PARSERS[name]
    fuzz(parser.reads, parser.seeds, errors=(TradeplatError, *parser.errors))


def at(path: Path, reads: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A reader of files as a reader of bytes."""

    def read(raw: bytes) -> object:
        put(path, raw)
        return reads(path)

    return read


def put(path: Path, raw: bytes) -> None:
    """Let `path` hold `raw`, written over what it held: emptied first, file systems would sync it
    each time.
    """
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(raw)
        file.truncate()


def keys(path: Path) -> None:
    path.chmod(0o600)
    known({FILE: str(path)})
    alpaca({FILE: str(path)})


def cards(path: Path) -> None:
    if running(path.parents[1]):
        raise AssertionError("found what does not run")
    if b'"pid":7' not in path.read_bytes():
        raise TradeplatError


def typed_keys(path: Path) -> None:
    table = json.loads(path.read_bytes().decode(errors="replace"))
    bindings(table if isinstance(table, dict) else {"x": table}, "keys")


SHARE = {"settings": 4, "key files": 4, "cards of daemons": 4, "plans of faults": 2}
"""What one kind of file is shown of the inputs, by one in so many: opening files costs time. The
six kinds of CSV are read by the same code, and share the inputs.
"""

FILES = {
    "bars": (
        "A_2024-01-10_1m.csv",
        load_bars,
        [BARS, EPOCHS, b"symbol," + BARS.replace(b"\n2", b"\nA,2")],
    ),
    "quotes": ("A_2024-01-10_quotes.csv", load_quotes, [QUOTES]),
    "trades": ("A_2024-01-10_trades.csv", load_trades, [TRADES]),
    "halts": ("A_2024-01-10_status.csv", load_status, [STATUS]),
    "packed bars": ("A_2024-01-10_1m.csv.gz", load_bars, [gzip.compress(BARS, mtime=0)]),
    "squeezed bars": ("A_2024-01-10_1m.csv.zst", load_bars, [zstandard.compress(BARS)]),
    "settings": ("day.toml", load, [TOML]),
    "plans of faults": ("plan.json", read_plan, [PLAN]),
    "key files": ("keys.toml", keys, [b'APCA_API_KEY_ID = "a"\nAPCA_API_SECRET_KEY = "b"\n']),
    "cards of daemons": (
        "run/control.json",
        cards,
        [b'{"pid":7,"epoch":3,"mode":"live","place":"x","started":5,"port":81}'],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_broken_files_are_refused_as(name: str, tmp_path: Path) -> None:
    file, reads, seeds = FILES[name]
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    fuzz(at(path, reads), seeds, max(INPUTS // SHARE.get(name, 6), 1))


def test_broken_overrides_are_refused() -> None:
    seeds = [b"risk.max_position=500", b"strategy.0.span=60", b"venue.speed=max", b"run.mode=paper"]
    base = {"strategy": [{"use": "ema_cross"}]}
    reads = partial(load, None, base=base)
    fuzz(lambda raw: reads([raw.decode(errors="replace")]), seeds, max(INPUTS // 4, 1))


def recorded(path: Path) -> bytes:
    """The lines of a small record."""
    with EventLog(path, lambda line: None) as log:
        log.note(START, "run", {"name": "x"})
        log.desk_opened(START, "ABC")
        log.fact(START, Quote("ABC", START, 9.99, 100.0, 10.01, 100.0, "builtin"))
        log.fact(START, Bar("ABC", START + MINUTE, 10.0, 11.0, 9.0, 10.0, 5.0, 60, "csv"))
        log.moved(START, "tp1-1", OrderState.SENDING, "sent")
        log.desk_closed(START + MINUTE, "ABC")
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(path.read_bytes())).read()


def test_broken_lines_of_a_record_are_refused(tmp_path: Path) -> None:
    lines = recorded(tmp_path / "a.jsonl.zst")
    packer = zstandard.ZstdCompressor(level=1)
    path = tmp_path / "events.jsonl.zst"

    def reads(raw: bytes) -> None:
        put(path, packer.compress(raw))
        for _ in Record(path):
            pass  # reading is all

    fuzz(reads, [lines])


def test_a_broken_record_is_refused(tmp_path: Path) -> None:
    recorded(tmp_path / "events.jsonl.zst")
    whole = (tmp_path / "events.jsonl.zst").read_bytes()

    def all_of(path: Path) -> None:
        for _ in Record(path):
            pass  # reading is all

    fuzz(at(tmp_path / "events.jsonl.zst", all_of), [whole], max(INPUTS // 4, 1))


def rows(raw: bytes) -> Iterator[tuple[int, int, int, int, bytes, bytes, bytes, bytes]]:
    """`raw` as rows of a journal: a kind, an order's id and a body in each line."""
    for seq, line in enumerate(raw.split(b"\n"), 1):
        kind, _, rest = line.partition(b"|")
        coid, _, body = rest.partition(b"|")
        yield seq, 1, START, START, kind, coid, body, b"\0" * 32


def test_broken_rows_of_the_journal_stop_the_reading_with_its_own_error() -> None:
    from tradeplat.core.conditions import Condition, Mode
    from tradeplat.core.journal import Snapshot
    from tradeplat.core.orders import Fill, Order, OrderType, Purpose

    order = Order("tp1-1", "ABC", "s", Decimal(10), OrderType.MARKET, Purpose.ENTRY, START, START)
    fill = Fill("tp1-1", "ABC", "s", START, Decimal(10), Decimal("10.01"))
    condition = Condition("operator", "", Mode.KILLED, "KILLED", "why", "me", START)
    encode = msgspec.json.encode
    lines = [
        b'EPOCH||{"epoch":3,"run":"r"}',
        b"SNAPSHOT||" + encode(Snapshot(ts=START, cash=Decimal(5), orders=(order,))),
        b"INTENT|tp1-1|" + encode(order),
        b"FILL|tp1-1|" + encode((order, fill)),
        b"STATE|tp1-1|" + encode((order, None)),
        b"MODE||" + encode(condition),
    ]
    fuzz(lambda raw: replayed(rows(raw)), [b"\n".join(lines), *lines], errors=(Broken,))
