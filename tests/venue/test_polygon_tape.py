"""What Polygon's socket tells, from prints and bars of a small market."""

import msgspec
import numpy as np

from markets import KEY, OPEN, SECOND, bar, morning, trade, venue
from tradeplat.core.market import MINUTE, Status
from tradeplat.venue.hub import Receiver
from tradeplat.venue.market import PLAIN, Timing
from tradeplat.venue.polygon_stream import FEED
from tradeplat.venue.polygon_tape import CHANNELS, second_bar
from tradeplat.venue.polygon_wire import JSON, PolygonAgg, PolygonMinute


class Ear:
    """A listener to everything, inside the process."""

    def __init__(self, served) -> None:
        self.heard: list[dict] = []
        receiver = Receiver(FEED, KEY, lambda data: self.heard.append(msgspec.json.decode(data)),
                            CHANNELS)  # fmt: skip
        served.floor.join(receiver)
        served.floor.hub.subscribe(receiver, {channel: ["*"] for channel in CHANNELS})

    def of(self, kind: str, symbol: str = "AAA") -> list[dict]:
        return [one for one in self.heard if one["ev"] == kind and one.get("sym", symbol) == symbol]


async def played(events, **options):
    """Everything a listener heard of `events`, played to their end in lockstep."""
    options = {"speed": np.inf, "timing": Timing(bar_delay=0, amend_delay=SECOND), **options}
    served = venue(events, **options)
    ear = Ear(served)
    async with served:
        await served.player.finished.wait()
    return served, ear


async def test_seconds_with_prints_are_told_and_no_others():
    events = [trade(OPEN + 250), trade(OPEN + SECOND - 1, 5.2, 50.0), trade(OPEN + 3 * SECOND)]
    _, ear = await played(events)
    first, second = ear.of("A")
    assert (first["s"], first["o"], first["h"], first["l"], first["c"], first["v"]) == (
        OPEN // 1_000_000, 5.0, 5.2, 5.0, 5.2, 150,
    )  # fmt: skip
    assert (first["z"], first["vw"], first["dv"]) == (75, 5.066667, "150")
    assert second["s"] == (OPEN + 3 * SECOND) // 1_000_000
    assert (second["av"], second["op"]) == (250, 5.0)


async def test_a_minute_comes_behind_its_seconds_and_adds_up():
    _, ear = await played(morning(2))
    for symbol in ("AAA", "BBB"):
        told = [one for one in ear.heard if one.get("sym") == symbol and one["ev"] in {"A", "AM"}]
        minutes = [place for place, one in enumerate(told) if one["ev"] == "AM"]
        assert minutes == [60, 121]
        seconds = told[:60]
        assert sum(one["v"] for one in seconds) == told[60]["v"]
        assert max(one["h"] for one in seconds) == told[60]["h"]
        assert [one["s"] for one in seconds] == sorted({one["s"] for one in seconds})


async def test_a_recorded_second_comes_back_as_it_was():
    recorded = bar(OPEN + SECOND, (5.0, 5.25, 4.75, 5.1), 1001.0)
    _, ear = await played([recorded])
    (told,) = ear.of("A")
    assert [told[key] for key in "ohlcv"] == [5.0, 5.25, 4.75, 5.1, 1001]


async def test_what_changes_a_second_later_is_told_again_with_the_same_window():
    served, ear = await played([trade(OPEN + 250), trade(OPEN + 90 * SECOND)])
    before = ear.of("A")[0]
    now = served.clock.now()
    served.market.late_print(trade(OPEN + 500, 6.0, 10.0), PLAIN, now)
    served.agenda.run(now)
    late = ear.of("A")[-1]
    assert (late["s"], late["e"]) == (before["s"], before["e"])
    assert (late["h"], late["v"]) == (6.0, 110)
    number = served.market.books["AAA"].prints[1].id
    served.market.cancel_print("AAA", number, now)
    served.agenda.run(now)
    assert ear.of("A")[-1]["v"] == 100
    served.market.correct_print("AAA", 1, 5.5, 40.0, now)
    served.agenda.run(now + MINUTE)
    assert [ear.of("A")[-1][key] for key in "ocv"] == [5.5, 5.5, 40]
    again = [one for one in ear.of("AM") if one["s"] == before["s"]]
    assert [one["v"] for one in again] == [100, 110, 100, 40]


async def test_who_joins_in_a_second_is_told_that_second():
    served = venue([trade(OPEN + 250)], speed=1, timing=Timing(bar_delay=0))
    async with served:
        served.market.late_print(trade(served.clock.now()), PLAIN, served.clock.now())
        ear = Ear(served)
        served.vendors.tape.joined(served.clock.now())
        served.agenda.run(served.clock.now() + 2 * SECOND)
    assert ear.of("A")


async def test_who_joins_makes_no_older_second_be_told_again():
    events = [trade(OPEN + 250), trade(OPEN + 2 * SECOND + 100)]
    served, ear = await played(events, timing=Timing(bar_delay=SECOND, amend_delay=SECOND))
    told = ear.of("A")
    for late in (0, 500_000_000, SECOND - 200):
        now = OPEN + 4 * SECOND + late
        served.vendors.tape.joined(now)
        served.agenda.run(now + MINUTE)
    assert ear.of("A") == told
    assert [one["s"] for one in told] == [OPEN // 10**6, OPEN // 10**6 + 2000]


async def test_the_days_volume_is_that_of_the_windows_end():
    events = [trade(OPEN + at * 400_000_000, 5.0 + at, 10.0) for at in range(1, 160)]
    _, ear = await played(events, timing=Timing(bar_delay=2 * SECOND, amend_delay=SECOND))
    for kind in ("A", "AM"):
        volume = value = 0.0
        for one in ear.of(kind):
            volume += one["v"]
            value += one["v"] * one["vw"]
            assert (one["av"], one["dav"]) == (volume, str(int(volume)))
            assert abs(one["a"] - value / volume) < 1e-3
        assert volume > 1000


async def test_halts_are_told_of_nasdaq_listings_alone():
    events = [
        trade(OPEN + 1), trade(OPEN + 1, symbol="BBB"),
        *(Status(symbol, OPEN + at * SECOND, trading, "LUDP", "builtin")
          for symbol in ("AAA", "BBB") for at, trading in ((5, False), (9, True))),
    ]  # fmt: skip
    _, ear = await played(events, exchanges={"AAA": "NASDAQ", "BBB": "NYSE"})
    told = [one for one in ear.heard if one["ev"] == "LULD"]
    assert [(one["T"], one["i"], one["z"]) for one in told] == [("AAA", [17], 3), ("AAA", [18], 3)]
    assert told[0]["t"] == OPEN + 5 * SECOND


async def test_a_form_t_print_before_the_open_has_no_official_open():
    _, ear = await played(
        [trade(OPEN - 10 * SECOND), trade(OPEN - 5 * SECOND)], start=OPEN - MINUTE
    )
    assert all("op" not in one for one in ear.of("A"))
    assert ear.of("T")[0]["c"] == [12]


def test_every_aggregate_has_the_vendors_keys():
    told = PolygonMinute("A", 1, 1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1, 0, 60_000, "1", "1", 1.0)
    keys = set(msgspec.json.decode(JSON.encode(told)))
    assert keys == {
        "ev",
        "sym",
        "v",
        "av",
        "op",
        "vw",
        "o",
        "c",
        "h",
        "l",
        "a",
        "z",
        "s",
        "e",
        "dv",
        "dav",
    }
    assert isinstance(told, PolygonAgg)
    assert not second_bar(venue().market.books["AAA"], OPEN).priced
