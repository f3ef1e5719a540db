from markets import OPEN, quote, venue
from tradeplat.app import edges
from tradeplat.app.place import Place
from tradeplat.app.settings import load
from tradeplat.app.venue_process import KEY, SECRET
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.venue.accounts import AccountTerms

OURS = (AccountTerms(key=KEY, secret=SECRET),)


async def test_edges_are_built_from_their_plug_ins_and_reach_the_venue() -> None:
    async with venue([quote(OPEN)], accounts=OURS, speed=30.0) as served:
        where = Place(
            "built-in venue", served.url, served.url, served.ws_url + "/v2/sip", "builtin",
            KEY, SECRET, 30.0,
        )  # fmt: skip
        settings = load(None)
        clock = FollowedClock(0, 30.0)
        async with (
            edges.broker(settings, where, clock) as broker,
            edges.scanner(settings, where, clock) as scanner,
        ):
            await edges.follow_once(broker, clock, 30.0)
            assert clock.now() >= OPEN
            assert (await broker.account()).cash == 100_000
            await scanner.update()
            assert scanner.get_active_stock_list() == []
