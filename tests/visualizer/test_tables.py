from desks import Desk
from tradeplat.control.messages import ScannerRow
from tradeplat.visualizer.numerals import MINUS, NONE
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.tables import Tables


def told(columns, row):
    return {column.title: column.text(row) for column in columns}


def tables() -> Tables:
    return Tables(Desk().mirror, DEFAULT)


def test_the_watch_list_has_every_ticker_with_its_sign_and_word():
    of = tables()
    assert [row.symbol for row in of.watched()] == ["AAPL", "F", "TSLA", "BRK.B"]
    first = told(of.watch_columns(), of.watched()[0])
    assert first == {"Symbol": "AAPL", "Last": "98.08", "Change": "▲ +3.09 %", "Pos": "+200"}


def test_positions_show_fixed_decimals_and_real_minus_signs():
    of = tables()
    long, short = (told(of.position_columns(), row) for row in of.positions())
    assert (long["Qty"], long["Avg"], long["P&L"], long["Stop"]) == (
        "+200",
        "97.98",
        "+312.40",
        "97.74",
    )
    assert (short["Qty"], short["R"], short["Target"]) == (f"{MINUS}15", "+0.21", NONE)


def test_the_change_of_the_scanner_is_one_in_percent():
    of = tables()
    row = ScannerRow("DIVX", True, "rank 1", 1, "sip", 23.07, 37.9, 615_000.0)
    assert told(of.scanner_columns(), row)["Change"] == "▲ +37.90 %"


def test_a_position_without_protection_says_so():
    of = tables()
    (row, _) = of.positions()
    bare = type(row)("F", "orb", 5.0, 11.0, 11.0, None, None, 0.0, 0.0, False)
    flat = type(row)("F", "orb", 0.0, 0.0, 11.0, None, None, 0.0, 4.0, True)
    assert told(of.position_columns(), bare)["Stop"] == "none!"
    assert told(of.position_columns(), flat)["Stop"] == ""


def test_orders_fills_and_lines_come_newest_first_and_say_their_side():
    of = tables()
    newest = told(of.order_columns(), of.orders()[0])
    assert (newest["Side"], newest["Qty"], newest["State"], newest["Reason"]) == (
        "BUY",
        "900",
        "REJECTED",
        "PRICE_COLLAR",
    )
    fill = told(of.fill_columns(), of.fills()[0])
    assert (fill["Time"], fill["Price"], fill["Fee"]) == ("10:51:00", "97.98", "0.35")
    assert of.log()[0].code == "PRICE_COLLAR"
    assert told(of.log_columns(), of.log()[1])["Text"] == "all streams are live"


def test_colours_never_stand_alone():
    of = tables()
    for columns, rows in (
        (of.watch_columns(), of.watched()),
        (of.position_columns(), of.positions()),
        (of.order_columns(), of.orders()),
        (of.log_columns(), of.log()),
    ):
        for column in columns:
            if column.colour is not None:
                assert all(column.text(row) for row in rows if column.colour(row))


def test_strategies_tell_their_values():
    of = tables()
    row = told(of.strategy_columns(), of.strategies()[2])
    assert (row["Symbol"], row["Pos"], row["Values"], row["Intent"]) == (
        "TSLA",
        f"{MINUS}15",
        "vwap 98.00",
        "HOLD",
    )
    assert of.scanned() == []
    assert next(column.title for column in of.scanner_columns()) == "Symbol"
