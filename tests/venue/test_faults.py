import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.venue.faults import TABLE, Fault, Faults, Site, Spot, names


def armed(*faults: Fault, seed: int = 0) -> Faults:
    made = Faults(np.random.default_rng(seed))
    made.arm(*faults)
    return made


def test_every_fault_says_where_it_strikes_and_what_it_does():
    for name, row in TABLE.items():
        assert isinstance(row.site, Site)
        assert row.words.endswith(".")
        low, high = row.seconds
        assert 0 <= low <= high
        assert Fault(name=name).span == row.seconds
    assert sorted(name for site in Site for name in names(site)) == sorted(names()) == sorted(TABLE)


@pytest.mark.parametrize(("short", "name"), [("429", "http_429"), ("504", "http_504")])
def test_statuses_may_be_named_by_their_number(short, name):
    assert Fault(name=short).name == name


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "responselost"}, "did you mean 'response_lost'"),
        ({"name": "?"}, "expected one of"),
        ({"name": "slow", "probability": 0}, "probability: found 0"),
        ({"name": "slow", "probability": 1.5}, "probability: found 1.5"),
        ({"name": "slow", "burst": 0}, "burst: found 0"),
        ({"name": "slow", "times": -1}, "times: found -1"),
        ({"name": "slow", "lasting": -1}, "lasting: found -1"),
        ({"name": "slow", "seconds": (3, 2)}, "low before high"),
        ({"name": "slow", "seconds": float("nan")}, "seconds: found nan"),
        ({"name": "slow", "socket": "x"}, "account or data"),
        ({"name": "slow", "status": 5}, "status: found 5"),
    ],
)
def test_a_fault_that_makes_no_sense_is_one_clear_line(fields, words):
    with pytest.raises(BadInput, match="fault") as raised:
        Fault(**fields)
    assert words in str(raised.value)


def test_a_certain_fault_strikes_one_burst_a_chancy_one_for_ever():
    assert [Fault(name="slow", burst=3).limit, Fault(name="slow", probability=0.1).limit] == [
        3,
        None,
    ]
    faults = armed(Fault(name="slow", burst=2))
    spot = Spot("/v2/clock", "GET")
    struck = [faults.strike("slow", spot) is not None for _ in range(4)]
    assert struck == [True, True, False, False]
    assert (faults.struck["slow"], faults.left("slow"), faults.armed) == (2, 0, [])


def test_armed_faults_strike_in_their_order_and_only_where_they_fit():
    faults = armed(
        Fault(name="slow", path="/v2/orders", method="post"),
        Fault(name="slow", path="/v2"),
        Fault(name="accepted_late"),
        Fault(name="frame_loss", event="fill", socket="account", symbol="AAA"),
    )
    read = Spot("/v2/clock", "GET")
    first = faults.strike("slow", read)
    assert first is not None
    assert first.path == "/v2"
    assert faults.strike("slow", Spot("/stream", "GET")) is None
    assert faults.strike("slow", Spot("/v2/orders/x", "POST")) is not None
    assert faults.strike("accepted_late", Spot("/v2/orders", "GET")) is None
    assert faults.strike("accepted_late", Spot("/v2/account", "PATCH")) is None
    assert faults.strike("accepted_late", Spot("/v2/orders/x", "DELETE")) is not None
    fill = Spot(event="fill", socket="account", symbol="AAA")
    for wrong in ({"event": "new"}, {"socket": "data"}, {"symbol": "BBB"}):
        assert faults.strike("frame_loss", fill._replace(**wrong)) is None
    assert faults.first(("stream_drop", "frame_loss"), fill) is not None
    assert faults.armed == []


def test_a_fault_ends_when_its_time_is_over_or_it_is_disarmed():
    faults = Faults(np.random.default_rng(0))
    clock = [0]
    faults.now = lambda: clock[0]
    faults.arm(Fault(name="halt", lasting=2.0, times=9), Fault(name="bust", times=9))
    assert faults.strike("halt") is not None
    clock[0] = 2 * SECOND
    assert faults.strike("halt") is None
    faults.disarm("bust")
    assert faults.strike("bust") is None
    assert faults.expects("halt")
    faults.clear()
    assert faults.quiet


@given(st.floats(0.01, 1), st.integers(1, 5), st.integers(0, 2**32), st.integers(0, 20))
def test_the_same_seed_strikes_the_same_way_in_whole_bursts(probability, burst, seed, times):
    fault = Fault(name="frame_loss", probability=probability, burst=burst, times=times)
    runs = []
    for _ in range(2):
        faults = armed(fault, seed=seed)
        runs.append([faults.strike("frame_loss") is not None for _ in range(200)])
    assert runs[0] == runs[1]
    limit = fault.limit
    if limit is not None:
        assert sum(runs[0]) <= limit
    if times == 0 and probability < 1:
        lengths = "".join("x" if hit else " " for hit in runs[0]).split()
        # The last burst may be cut by the end of the run.
        cut = runs[0][-1]
        assert all(len(run) >= burst for run in lengths[: -1 if cut else None])


@given(st.integers(0, 2**32))
def test_delays_lie_within_their_range(seed):
    faults = armed(seed=seed)
    assert 3 * SECOND <= faults.delay(Fault(name="accepted_late")) <= 90 * SECOND
    assert faults.delay(Fault(name="slow", seconds=2.5)) == 2.5 * SECOND
    assert faults.pick((400, 422)) in {400, 422}
