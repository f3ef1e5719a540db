import asyncio
from pathlib import Path

import pytest

from markets import OPEN, quote, trade, venue
from sessions import OURS, trading
from tradeplat.app import rerunning
from tradeplat.app.control_commands import Where
from tradeplat.app.exits import DONE, FAILED
from tradeplat.app.order_commands import Wish, asked, order
from tradeplat.control.orders import Enter, Leave, Out, Protect, Whom, Withdraw
from tradeplat.core.errors import BadInput
from tradeplat.core.record import Noted
from tradeplat.journal.reader import Record
from waits import until

SLOW = ("TOO_OLD", "the loop stood still", "is backfilling", "data is down")
"""What a machine that is busy with other tests makes the engine refuse orders for."""


@pytest.mark.parametrize(
    ("wish", "do", "body"),
    [
        (Wish(what="buy", symbol="a", shares=5.0), "enter", Enter("A", "buy", shares=5.0)),
        (
            Wish(what="sell", symbol="A", risk=50.0, stop=9.0, part=50.0),
            "enter",
            Enter("A", "sell", risk=50.0, stop=9.0, part=0.5),
        ),
        (Wish(what="buy", symbol="A", join=True), "enter", Enter("A", "buy", join=True)),
        (Wish(what="close", symbol="A", part=25.0), "leave", Leave("A", 0.25)),
        (Wish(what="breakeven", symbol="A"), "protect", Protect("A", to="breakeven")),
        (
            Wish(what="protect", symbol="A", stop=9.0, strategy="orb"),
            "protect",
            Protect("A", stop=9.0, strategy="orb"),
        ),
        (Wish(what="cancel"), "withdraw", Withdraw()),
        (Wish(what="cancel", symbol="A"), "withdraw", Withdraw(("A",))),
        (Wish(what="out", symbol="A"), "out", Out("A")),
        (Wish(what="stop", symbol="a"), "stop", Whom("A", who="script")),
        (Wish(what="start", strategy="orb"), "start", Whom(strategy="orb", who="script")),
    ],
)
def test_words_become_commands(wish: Wish, do: str, body: object) -> None:
    assert asked(wish) == (do, body)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(what="bye"), "expected one of: buy"),
        (Wish(what="buy"), "expected a ticker"),
        (Wish(what="buy", symbol="A B"), "symbol"),
        (Wish(what="close", symbol="A", shares=5.0), "takes no --shares"),
        (Wish(what="buy", symbol="A", shares=-5.0), "shares"),
        (Wish(what="close", symbol="A", part=250.0), "part"),
        (Wish(what="protect", symbol="A"), "found no level"),
        (Wish(what="stop"), "symbol, strategy: expected one of them"),
        (Wish(what="stop", symbol="A", strategy="orb"), "expected one of them"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_sent(wish: Wish, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        asked(wish)


def test_without_a_daemon_nothing_is_ordered(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no daemon runs"):
        order(Where(tmp_path), Wish(what="cancel"))


async def test_a_script_buys_and_closes_in_a_running_session(tmp_path: Path) -> None:
    """Refused unarmed, bought armed, half closed, closed; all of it on record and timed."""
    events = [
        one
        for second in range(600)
        for one in (
            quote(OPEN + second * 10**9, 4.99, 5.01),
            trade(OPEN + second * 10**9 + 5, 5.0),
        )
    ]
    quiet = ("opening_range", "risk.hours=any")
    async with (
        venue(events, accounts=OURS, speed=2.0) as served,
        trading(served, tmp_path, ["AAA"], *quiet) as session,
    ):
        await until(lambda: session.stages == ["live"])
        book = session.live.desks.tracker
        await until(lambda: session.live.desks.market.tapes["AAA"].quote is not None)

        async def does(**typed: object):
            """What came of it; again where it was refused for this machine being slow."""
            wish = Wish(symbol="AAA", **typed)
            while True:
                came = await asyncio.to_thread(order, Where(run=session.folder), wish)
                if not any(why in came.text for why in SLOW):
                    return came
                await asyncio.sleep(0.5)

        refused = await does(what="buy", shares=10.0)
        assert (refused.code, "DISARMED" in refused.numbers["code"]) == (FAILED, True)
        bought = await does(what="buy", shares=10.0, arm=True)
        assert (bought.code, bought.text) == (DONE, bought.text), bought.text
        await until(lambda: book.net("AAA") == 10)
        half = await does(what="close", part=50.0)
        assert half.code == DONE, half.text
        await until(lambda: book.net("AAA") == 5)
        await until(lambda: bool(book.open_orders))
        held = {o.purpose.value: o.quantity for o in book.open_orders.values()}
        assert held["stop"] == -5
        rest = await does(what="close")
        assert rest.code == DONE, rest.text
        await until(lambda: book.net("AAA") == 0)
        numbers = session.live.numbers()
    assert numbers["latency_us"]["key_to_wire"]["count"] == 3
    again = await asyncio.to_thread(rerunning.run, session.folder)
    assert again.code == DONE, again.text
    assert again.numbers["same"], again.text
    notes = [e for e in Record(session.folder) if isinstance(e, Noted) and e.topic == "control"]
    assert {note.body["do"] for note in notes} == {"arm", "enter", "leave"}
