from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.calendar import Session
from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, TimeInForce
from tradeplat.execution.brokers import alpaca_codec as codec
from tradeplat.execution.brokers.alpaca_book import decode_positions

FRAMES = Path(__file__).parents[2] / "frames" / "alpaca"
AT = 1_767_623_400 * SECOND
"""2026-01-05T14:30:00Z."""

LIMIT = Order(
    "tp1-260105-0123456789abcd-0",
    "AAA",
    "s",
    Decimal(10),
    OrderType.LIMIT,
    Purpose.ENTRY,
    AT,
    AT,
    limit=Decimal("5.01"),
)


def body(order: Order) -> dict[str, object]:
    return msgspec.json.decode(codec.order_body(order))


def test_a_limit_order_is_sent_as_decimal_strings() -> None:
    assert body(LIMIT) == {
        "symbol": "AAA",
        "qty": "10",
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "client_order_id": LIMIT.id,
        "limit_price": "5.01",
    }


@pytest.mark.parametrize(
    ("order", "more"),
    [
        (replace(LIMIT, type=OrderType.MARKET, limit=None), {}),
        (replace(LIMIT, extended=True), {"extended_hours": True, "limit_price": "5.01"}),
        (
            replace(LIMIT, type=OrderType.STOP, limit=None, stop=Decimal(4)),
            {"stop_price": "4.00"},
        ),
        (
            replace(LIMIT, type=OrderType.STOP_LIMIT, stop=Decimal("4.5")),
            {"stop_price": "4.50", "limit_price": "5.01"},
        ),
        (
            replace(LIMIT, type=OrderType.TRAILING_STOP, limit=None, trail=Decimal("0.25")),
            {"trail_price": "0.25"},
        ),
        (
            replace(LIMIT, stop_loss=Decimal("4.5"), take_profit=Decimal(6)),
            {
                "limit_price": "5.01",
                "order_class": "bracket",
                "stop_loss": {"stop_price": "4.50"},
                "take_profit": {"limit_price": "6.00"},
            },
        ),
        (
            replace(LIMIT, stop_loss=Decimal("4.5")),
            {
                "limit_price": "5.01",
                "order_class": "oto",
                "stop_loss": {"stop_price": "4.50"},
            },
        ),
        (
            replace(LIMIT, take_profit=Decimal(6), tif=TimeInForce.GTC),
            {
                "limit_price": "5.01",
                "order_class": "oto",
                "take_profit": {"limit_price": "6.00"},
            },
        ),
        (
            replace(LIMIT, stop_loss=Decimal("4.5"), tif=TimeInForce.IOC),
            {"limit_price": "5.01"},
        ),
    ],
)
def test_every_kind_of_order_has_its_fields_and_no_others(
    order: Order, more: dict[str, object]
) -> None:
    plain = {"symbol", "qty", "side", "type", "time_in_force", "client_order_id"}
    sent = body(order)
    assert {key: value for key, value in sent.items() if key not in plain} == more
    assert (sent["type"], sent["time_in_force"]) == (order.type.value, order.tif.value)


def test_a_sale_is_positive_on_the_wire_and_keeps_fractions() -> None:
    sent = body(replace(LIMIT, quantity=Decimal("-0.500")))
    assert (sent["side"], sent["qty"]) == ("sell", "0.5")
    assert body(replace(LIMIT, quantity=Decimal("1E+2")))["qty"] == "100"


@given(
    st.decimals("0.0001", "100000", places=6, allow_nan=False),
    st.sampled_from([Decimal(5), Decimal(-5)]),
)
def test_prices_leave_on_the_tick_and_never_better_for_the_other_side(
    price: Decimal, quantity: Decimal
) -> None:
    text = body(replace(LIMIT, quantity=quantity, limit=price))["limit_price"]
    sent = Decimal(str(text))
    tick = Decimal("0.01") if price >= 1 else Decimal("0.0001")
    assert sent % tick == 0
    assert abs(sent - price) < tick
    assert sent <= price if quantity > 0 else sent >= price
    assert "E" not in str(text)


def test_a_replacement_of_a_part_filled_order_asks_for_the_remainder_only() -> None:
    held = replace(LIMIT, state=OrderState.PARTIAL)
    whole = msgspec.json.decode(codec.replace_body(held, Decimal("5.5"), None, "new"))
    assert whole == {"client_order_id": "new", "limit_price": "5.50"}
    part = replace(held, filled=Decimal(4))
    sent = msgspec.json.decode(codec.replace_body(part, None, Decimal("4.4"), "new"))
    assert sent == {"client_order_id": "new", "stop_price": "4.40", "qty": "6"}


def test_a_nested_order_keeps_every_digit() -> None:
    wire = codec.decode_order((FRAMES / "bracket.json").read_bytes())
    assert (wire.status, wire.qty, wire.limit_price) == ("accepted", 10, Decimal("5.01"))
    assert wire.legs is not None
    assert [leg.stop_price or leg.limit_price for leg in wire.legs] == [6, Decimal("4.5")]
    many = codec.decode_order(b'{"id":"x","filled_avg_price":0.1000000000000000055511151231257827}')
    assert str(many.filled_avg_price) == "0.1000000000000000055511151231257827"


def test_missing_optional_fields_are_never_an_error() -> None:
    wire = codec.decode_order(b'{"id":"x"}')
    assert (wire.client_order_id, wire.qty, wire.legs) == (None, None, None)
    assert codec.type_of(wire) is OrderType.MARKET
    assert codec.tif_of(wire) is TimeInForce.DAY


def test_a_trade_update_is_read_from_text_and_binary_frames() -> None:
    raw = (FRAMES / "partial_fill.json").read_bytes()
    for frame in (codec.decode_frame(raw), codec.decode_frame(raw.decode())):
        update = codec.decode_update(frame)
        assert (update.event, update.price, update.qty) == ("partial_fill", Decimal("5.11"), 40)
        assert update.order.filled_qty == 60


@pytest.mark.parametrize(
    ("word", "tif", "state"),
    [
        ("new", "day", OrderState.WORKING),
        ("held", "gtc", OrderState.WORKING),
        ("pending_cancel", "day", OrderState.CANCEL_PENDING),
        ("pending_replace", "day", OrderState.REPLACE_PENDING),
        ("done_for_day", "day", OrderState.EXPIRED),
        ("done_for_day", "gtc", OrderState.WORKING),
        ("brand_new_word", "day", OrderState.UNKNOWN),
    ],
)
def test_venue_words_become_our_states(word: str, tif: str, state: OrderState) -> None:
    assert codec.state_of(word, tif) is state


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-01-05T14:30:00Z", 0),
        ("2026-01-05T14:30:00.123456789Z", 123_456_789),
        ("2026-01-05T14:30:00.1234567899Z", 123_456_789),
        ("2026-01-05T09:30:00.5-05:00", 500_000_000),
        ("2026-01-05T20:00:00+05:30", 0),
    ],
)
def test_times_keep_nine_digits_and_their_offset(text: str, ns: int) -> None:
    assert codec.stamp(text) == AT + ns


@pytest.mark.parametrize(
    "text", ["", "now", "2026-01-05", "2026-13-05T00:00:00Z", "2026-01-05T14:30:00"]
)
def test_a_time_that_is_none_is_unreadable(text: str) -> None:
    with pytest.raises(codec.Unreadable, match="time"):
        codec.stamp(text)


@given(st.integers(0, 4_000_000_000 * SECOND))
def test_times_survive_the_way_out_and_back(ts: int) -> None:
    assert codec.stamp(codec.stamp_text(ts)) == ts


def test_a_refusal_is_the_venues_only_if_it_says_so_in_its_own_form() -> None:
    own = codec.decode_error(403, b'{"code":40310000,"message":"insufficient buying power","x":1}')
    assert own == (403, "40310000", "insufficient buying power")
    assert codec.decode_error(401, b'{"message":"unauthorized."}') == (401, "", "unauthorized.")
    for junk in (b"<html>502</html>", b"", b"[]", b'{"error":"x"}', b"null", b"\xff\xfe"):
        assert codec.decode_error(502, junk) is None


def test_the_account_needs_only_its_cash() -> None:
    bare = codec.decode_account(b'{"cash":"100.5"}', (), 7)
    assert (bare.cash, bare.equity, bare.buying_power, bare.ts) == (
        Decimal("100.5"),
        100.5,
        None,
        7,
    )
    rows = (
        b'[{"symbol":"AAA","qty":"10","avg_entry_price":"5","side":"long"},'
        b'{"symbol":"BBB","qty":"-3","avg_entry_price":"2","side":"short"},'
        b'{"symbol":"CCC","qty":"3","avg_entry_price":"2","side":"short"}]'
    )
    full = codec.decode_account(
        b'{"id":"a","cash":"1","equity":"9","buying_power":"2"}', decode_positions(rows), 7
    )
    assert (full.id, full.equity, full.buying_power) == ("a", 9, 2)
    assert full.positions == (("AAA", 10, 5), ("BBB", -3, 2), ("CCC", -3, 2))
    with pytest.raises(codec.Unreadable, match="no cash"):
        codec.decode_account(b"{}", (), 7)


def test_the_clock_carries_its_bells() -> None:
    raw = (
        b'{"timestamp":"2026-01-05T09:31:00.1-05:00","is_open":true,'
        b'"next_open":"2026-01-06T09:30:00-05:00","next_close":"2026-01-05T16:00:00-05:00"}'
    )
    clock = codec.decode_clock(raw)
    assert clock.ts == AT + 60 * SECOND + SECOND // 10
    assert clock.is_open
    assert (clock.next_close - clock.ts) // SECOND == 23_339
    assert codec.decode_clock(b'{"timestamp":"2026-01-05T14:30:00Z"}').next_open == 0


def test_calendar_days_are_new_york_days_on_both_sides_of_a_time_change() -> None:
    raw = (
        b'[{"date":"2026-03-09","open":"09:30","close":"16:00"},'
        b'{"date":"2026-03-06","open":"09:30","close":"13:00","session_open":"0400","session_close":"1700"}]'
    )
    friday, monday = codec.decode_calendar(raw)
    noon = codec.stamp("2026-03-06T17:00:00Z")
    assert friday == Session(
        20260306,
        noon - 8 * 3600 * SECOND,
        noon - 9000 * SECOND,
        noon + 3600 * SECOND,
        noon + 5 * 3600 * SECOND,
    )
    assert monday.open == codec.stamp("2026-03-09T13:30:00Z")
    with pytest.raises(codec.Unreadable, match="calendar day"):
        codec.decode_calendar(b'[{"date":"2026-02-30","open":"09:30","close":"16:00"}]')
    with pytest.raises(codec.Unreadable, match="calendar day"):
        codec.decode_calendar(b'[{"date":"2026-02-20","open":"xx","close":"16:00"}]')


READERS = [
    codec.decode_order,
    codec.decode_orders,
    codec.decode_clock,
    codec.decode_calendar,
    lambda raw: codec.decode_update(codec.decode_frame(raw)),
    lambda raw: codec.decode_status(codec.decode_frame(raw)),
    lambda raw: codec.decode_account(raw, (), 0),
]


@given(
    st.sampled_from(READERS),
    st.sampled_from(sorted(FRAMES.glob("*.json"))),
    st.integers(0, 2000),
    st.binary(max_size=6),
)
def test_damaged_bytes_raise_only_our_errors(
    reader: object, frame: Path, at: int, junk: bytes
) -> None:
    raw = frame.read_bytes()
    damaged = raw[: at % len(raw)] + junk + raw[at % len(raw) + len(junk) :]
    for bytes_ in (damaged, junk, raw[:at]):
        try:
            reader(bytes_)
        except TradeplatError:
            continue


def test_nesting_without_end_is_unreadable() -> None:
    deep = b'{"id":"x","legs":[' * 5000
    with pytest.raises(codec.Unreadable):
        codec.decode_order(deep)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1E+400", "1E-400"])
def test_a_number_beyond_reason_is_unreadable(value: str) -> None:
    with pytest.raises(codec.Unreadable, match="expected a number"):
        codec.finite(Decimal(value), "price")


def test_recorded_answers_of_the_vendor_are_read(shared_data: Path) -> None:
    wire = shared_data / "wire" / "alpaca"
    for row in msgspec.json.decode((wire / "rest_order_routes.json").read_bytes()):
        if row["test"] == "test_cancel_orders":
            continue
        raw = msgspec.json.encode(row["body"])
        orders = (
            codec.decode_orders(raw) if isinstance(row["body"], list) else [codec.decode_order(raw)]
        )
        assert all(order.id and order.qty == 1 for order in orders)
    for row in msgspec.json.decode((wire / "rest_account_routes.json").read_bytes()):
        if row["test"] == "test_get_account":
            account = codec.decode_account(msgspec.json.encode(row["body"]), (), 0)
            assert account.cash == Decimal("-23140.2")
    updates = 0
    for row in msgspec.json.decode((wire / "ws_trade_updates_docs.json").read_bytes()):
        message = row["message"]
        if "stream" not in message:
            continue
        frame = codec.decode_frame(msgspec.json.encode(message))
        if frame.stream == "trade_updates":
            update = codec.decode_update(frame)
            assert (update.order.side, update.order.filled_qty) == ("sell", Decimal("1790.86"))
            updates += 1
        else:
            codec.decode_status(frame)
    assert updates == 1
