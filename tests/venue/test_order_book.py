from decimal import Decimal

import pytest

from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.venue.order_book import (
    Listing,
    OrderBook,
    Status,
    VenueOrder,
    held_for_orders,
    order_wire,
    reserved,
)
from tradeplat.venue.order_request import OrderClass, Side


def order(name, created=1, **changed):
    given = {
        "id": name,
        "client_id": f"c-{name}",
        "symbol": "AAA",
        "asset_id": "asset",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "tif": TimeInForce.DAY,
        "order_class": OrderClass.SIMPLE,
        "qty": Decimal(10),
        "notional": None,
        "limit": Decimal("5.01"),
        "stop": None,
        "created": created,
        "shares": Decimal(10),
        "status": Status.NEW,
    }
    return VenueOrder(**(given | changed))


def bracket(status=Status.FILLED):
    parent = order("p", order_class=OrderClass.BRACKET, status=status)
    for name, leg_status in (("tp", Status.NEW), ("sl", Status.HELD)):
        leg = order(name, parent=parent, status=leg_status, side=Side.SELL, opening=False)
        parent.legs.append(leg)
    return parent


def book_of(*orders):
    book = OrderBook()
    for each in orders:
        book.add(each)
    return book


def names(book, **listing):
    return [o.id for o in book.listed(Listing(**listing))]


def test_the_order_object_shows_every_field_of_the_vendor():
    wire = order_wire(order("a"), nested=True)
    assert wire["qty"] == "10"
    assert wire["limit_price"] == "5.01"
    assert wire["order_class"] == ""
    assert wire["legs"] is None
    assert wire["filled_at"] is None
    assert wire["created_at"] == "1970-01-01T00:00:00.000000001Z"
    assert len(wire) == 34


def test_legs_are_told_only_when_asked_for():
    parent = bracket()
    assert order_wire(parent, nested=False)["legs"] is None
    assert [leg["id"] for leg in order_wire(parent, nested=True)["legs"]] == ["tp", "sl"]


def test_orders_are_found_by_either_id():
    book = book_of(order("a"))
    assert book.get("a") is book.by_client_id("c-a")
    assert book.get("b") is None
    assert len(book) == 1


def test_listings_select_by_status_side_symbol_and_time():
    book = book_of(
        order("a", 1),
        order("b", 2, status=Status.FILLED),
        order("c", 3, side=Side.SELL),
        order("d", 4, symbol="BBB"),
    )
    assert names(book) == ["d", "c", "a"]
    assert names(book, status="closed") == ["b"]
    assert names(book, status="all", ascending=True) == ["a", "b", "c", "d"]
    assert names(book, status="all", after=1, until=3) == ["c", "b"]
    assert names(book, side=Side.SELL) == ["c"]
    assert names(book, symbols=frozenset({"BBB"})) == ["d"]
    assert names(book, limit=1) == ["d"]


def test_held_legs_are_missing_from_the_flat_list_of_open_orders():
    book = book_of(parent := bracket(), *parent.legs)
    assert names(book) == ["tp"]
    assert sorted(names(book, nested=True)) == ["sl", "tp"]
    assert names(book, status="all", nested=True) == ["p"]


def test_closed_orders_leave_the_open_ones():
    first = order("a")
    book = book_of(first, order("b", symbol="BBB"))
    assert [o.id for o in book.open_orders("AAA")] == ["a"]
    first.status = Status.CANCELED
    assert [o.id for o in book.open_orders()] == ["b"]


def test_the_exits_of_a_group_hold_their_shares_once():
    parent = bracket()
    assert held_for_orders(parent.legs, Side.SELL) == 10
    assert held_for_orders(parent.legs, Side.BUY) == 0
    for leg in parent.legs:
        leg.waiting = True
    assert held_for_orders(parent.legs, Side.SELL) == 0


def test_opening_orders_reserve_what_they_may_still_cost():
    one = order("a", unit_value=Decimal(5), filled=Decimal(4), status=Status.PARTIALLY_FILLED)
    assert reserved([one, order("b", opening=False, unit_value=Decimal(5))]) == 30
    one.status = Status.CANCELED
    assert reserved([one]) == 0


@pytest.mark.parametrize("status", list(Status))
def test_leaves_are_never_negative_and_zero_once_closed(status):
    over = order("a", status=status, filled=Decimal(11))
    assert over.leaves == 0
    assert order("b", status=status).leaves == (10 if over.open else 0)
