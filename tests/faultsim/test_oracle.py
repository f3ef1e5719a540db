"""What is judged when all is quiet, and what a session says, held against what it was asked."""

from decimal import Decimal

import pytest

from faultsim.oracle import Oracle
from faultsim.schedule import Kind, Schedule
from faultsim.spy import SpyLog
from faultsim.trace import Trace
from faultsim.world import simulate
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Refused
from tradeplat.core.tape import Tapes
from tradeplat.desk.desk import Desk
from tradeplat.execution.tracker import PositionTracker
from tradeplat.venue.accounts import Account, AccountTerms

CALM = Schedule(seed=3, kind=Kind.PLAIN, trading=10.0, chance=0.7)


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


def test_a_wish_that_is_not_on_the_record_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SpyLog, "decision", lambda *_: None)
    first = simulate(CALM).violations[0]
    assert first.invariant == "I19"
    assert "nobody knows what became" in first.words


def test_a_code_that_nobody_knows_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = Desk._settle

    def refused(self: Desk, seat: object, intent: object, verdict: object, *rest: object) -> None:
        answer = Refused(self.symbol, "sim_trader", 1, "BECAUSE", "Refused.")
        settle(self, seat, intent, answer, *rest)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(Desk, "_settle", refused)
    first = simulate(CALM).violations[0]
    assert first.invariant == "I19"
    assert "without a known code" in first.words
