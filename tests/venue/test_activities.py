from decimal import Decimal

import pytest

from tradeplat.venue.activities import FillActivity, Page, fill_wire, page_of
from tradeplat.venue.order_request import Side
from tradeplat.venue.refusals import Refusal

SECOND = 1_000_000_000


def fill(number, leaves=0):
    return FillActivity(
        exec_id=f"e{number}",
        ts=number * SECOND,
        order_id="o",
        symbol="AAA",
        side=Side.BUY,
        price=Decimal("5.10"),
        qty=Decimal(4),
        cumulative=Decimal(4),
        leaves=Decimal(leaves),
    )


FILLS = [fill(n) for n in range(1, 8)]


def test_a_fill_tells_whether_it_was_the_last():
    assert fill_wire(fill(1), "acct")["type"] == "fill"
    partial = fill_wire(fill(1, 6), "acct")
    assert (partial["type"], partial["order_status"]) == ("partial_fill", "partially_filled")
    assert partial["leaves_qty"] == "6"
    assert partial["price"] == "5.1"


@pytest.mark.parametrize("ascending", [True, False])
def test_pages_follow_one_another_without_loss_or_repeat(ascending):
    seen, token = [], ""
    while rows := page_of(FILLS, Page(size=3, ascending=ascending, token=token)):
        seen += rows
        token = rows[-1].id
    assert sorted(seen, key=lambda row: row.ts) == FILLS
    assert (seen[0] is FILLS[0]) is ascending


def test_pages_are_bounded_in_time():
    assert page_of(FILLS, Page(after=2 * SECOND, until=4 * SECOND)) == [FILLS[3], FILLS[2]]


def test_an_unknown_token_is_refused():
    with pytest.raises(Refusal, match="page_token"):
        page_of(FILLS, Page(token="nothing"))
