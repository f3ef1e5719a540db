import msgspec
import numpy as np
import pytest

from markets import OPEN, SECOND
from tradeplat.venue.accounts import Account, AccountTerms
from tradeplat.venue.faults import Fault, Faults
from tradeplat.venue.hub import Receiver
from tradeplat.venue.market_floor import MarketFloor, StreamTerms
from tradeplat.venue.plan import FREE, PLUS


class Wall:
    ns = 0

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def account() -> Account:
    return Account(account_id="a", number=1, terms=AccountTerms(key="K", secret="s"), opened=OPEN)


def floor(account, plan=PLUS, hold=0.0, wall=None) -> MarketFloor:
    faults = Faults(np.random.default_rng(0))
    faults.now = wall or Wall()
    if hold:
        faults.arm(Fault(name="connection_limit", seconds=hold, times=99))
    return MarketFloor([account], plan, StreamTerms(), faults)


def receiver(feed="iex") -> Receiver:
    return Receiver(feed, "K", lambda _: None, packed=False)


def test_who_may_listen(account):
    assert floor(account).refusal(None, "iex") == 402
    assert floor(account).refusal(account, "iex") == 0
    assert floor(account, FREE).refusal(account, "sip") == 409
    closed = msgspec.structs.replace(PLUS, data_v2=False)
    assert floor(account, closed).refusal(account, "iex") == 408


def test_a_slot_is_per_account_and_feed(account):
    shared = floor(account)
    heard = []
    shared.joined = lambda: heard.append(len(shared.hub.receivers))
    one = receiver()
    shared.join(one)
    assert (shared.refusal(account, "iex"), shared.refusal(account, "sip")) == (406, 0)
    shared.leave(one, clean=True)
    assert (shared.refusal(account, "iex"), heard) == (0, [1, 0])


def test_a_broken_connection_keeps_its_slot_for_a_while(account):
    wall = Wall()
    shared = floor(account, hold=90.0, wall=wall)
    for clean, taken in ((True, 0), (False, 406)):
        one = receiver()
        shared.join(one)
        shared.leave(one, clean=clean)
        assert shared.refusal(account, "iex") == taken
    wall.ns = 90 * SECOND
    assert shared.refusal(account, "iex") == 0
    wall.ns = 89 * SECOND
    shared.release()
    assert shared.refusal(account, "iex") == 0


def test_the_limit_counts_symbols_of_trades_and_quotes_together(account):
    shared, one = floor(account, FREE), receiver()
    names = [f"S{number}" for number in range(30)]
    assert shared.over_limit(one, {"trades": names, "quotes": names, "bars": ["*"]}) == 0
    assert shared.over_limit(one, {"trades": names, "quotes": ["MORE"]}) == 405
    assert shared.over_limit(one, {"quotes": ["*"]}) == 405
    shared.hub.subscribe(one, {"trades": names[:29]})
    assert shared.over_limit(one, {"quotes": [names[0], names[29]]}) == 0
    assert shared.over_limit(one, {"quotes": [names[29], "MORE"]}) == 405
    assert floor(account).over_limit(one, {"trades": ["*"]}) == 0
