"""What is judged when all is quiet."""

from decimal import Decimal

import pytest

from faultsim.oracle import Oracle
from faultsim.trace import Trace
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose
from tradeplat.core.tape import Tapes
from tradeplat.execution.tracker import PositionTracker
from tradeplat.venue.accounts import Account, AccountTerms


def _closing(number: int, strategy: str, quantity: int) -> Order:
    return Order(
        f"tpF-1-AAA-{number}",
        "AAA",
        strategy,
        Decimal(quantity),
        OrderType.MARKET,
        Purpose.FLATTEN,
        1,
        1,
        filled=Decimal(abs(quantity)),
        state=OrderState.FILLED,
    )


@pytest.mark.parametrize("left", [True, False])
def test_only_what_never_left_is_a_trade_between_strategies(*, left: bool) -> None:
    oracle = Oracle(Trace(lambda: 0.0), "secret")
    for number, strategy, quantity in ((1, "external", -7), (2, "s", 7)):
        order = _closing(number, strategy, quantity)
        oracle.orders[order.id] = order
        if left:
            oracle.posts[order.id] = [200]
    terms = AccountTerms(key="k", secret="s", cash=Decimal(1))
    account = Account(account_id="a", number=1, terms=terms, opened=0)
    oracle.at_rest(PositionTracker(Decimal(1), Tapes()), account, corrected=False)
    assert [one.invariant for one in oracle.violations] == ([] if left else ["I4"])
