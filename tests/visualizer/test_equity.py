"""The account's curve says what brute force says, and is seen as such."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.charts import account
from tradeplat.control import records
from tradeplat.visualizer.equity import EquityModel, EquityView, head_of
from tradeplat.visualizer.palette import DEFAULT, TEAL_RED, greyed
from visualizer.drawing import number, pixels, places

ROWS = account(900)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-500, 500), min_size=1, max_size=60), st.integers(1, 60))
def test_high_water_and_drawdown_are_those_of_the_whole_curve(steps, piece):
    rows = account(len(steps))
    rows["equity"] = 10_000 + np.cumsum(steps)
    model = EquityModel()
    for at in range(0, len(rows), piece):
        model.extend(rows[at : at + piece])
    high = np.maximum.accumulate(rows["equity"])
    assert [model.high_water.at(i) for i in range(len(rows))] == high.tolist()
    assert [model.drawdown.at(i) for i in range(len(rows))] == (rows["equity"] - high).tolist()
    assert model.worst == (rows["equity"] - high).min()


def test_a_reset_begins_the_curve_anew():
    model = EquityModel()
    model.load(ROWS)
    before = model.revision
    model.load(ROWS[:3])
    assert (len(model), len(model.times)) == (3, 3)
    assert model.revision > before


def test_the_account_is_told_in_numbers():
    model = EquityModel()
    assert [text for text, _ in head_of(model, DEFAULT)] == ["Equity"]
    rows = account(2)
    rows["equity"], rows["realised"], rows["open"] = (10_500, 10_400), (450, 450), (50, -50)
    model.load(rows)
    assert [text for text, _ in head_of(model, DEFAULT)] == [
        "Equity", "10,400.00", "realised +$450.00", "open \u2212$50.00",
        "drawdown \u2212$100.00 ▼ \u22120.95 %", "worst \u2212$100.00", "high 10,500.00",
    ]  # fmt: skip


@pytest.fixture
def view(qtbot):
    made = EquityView()
    qtbot.addWidget(made)
    made.resize(700, 260)
    made.load(ROWS)
    made.show()
    qtbot.waitExposed(made)
    return made


def shot(view):
    return view.grab().toImage()


def test_curve_drawdown_realised_and_open_are_seen(view):
    found = shot(view)
    for name in ("curve", "last", "target"):
        assert len(places(found, getattr(DEFAULT, name))[0]), name
    rows, _ = places(found, view._inks.fresh.soft(DEFAULT.drawdown, 0.55))
    assert (rows > 0.7 * 260).sum() > 0.99 * len(rows) > 100  # below


@pytest.mark.parametrize("count", [0, 1, 2, 100_000])
@pytest.mark.parametrize("size", [(160, 90), (400, 150), (900, 300)])
def test_any_account_is_painted_at_any_size(view, count, size):
    view.load(account(count))
    view.resize(*size)
    assert number(DEFAULT.ground) in pixels(shot(view))


def test_an_account_that_never_moved_is_a_level(view):
    rows = account(50)
    rows["equity"], rows["realised"], rows["open"] = 100_000, 0, 0
    view.load(rows)
    rows, _ = places(shot(view), DEFAULT.curve)
    assert len(rows)


def test_it_greys_and_takes_other_colours(view):
    view.set_stale(stale=True)
    assert not len(places(shot(view), DEFAULT.curve)[0])
    assert len(places(shot(view), greyed(DEFAULT).curve)[0])
    view.set_stale(stale=False)
    view.set_palette(TEAL_RED)
    assert len(places(shot(view), TEAL_RED.curve)[0])


def test_the_clock_rests_while_nobody_looks(view):
    assert view._timer.isActive()
    view.hide()
    assert not view._timer.isActive()


def test_new_points_are_painted(view, qtbot):
    shot(view)
    view.extend(account(901)[900:])
    assert view._drawn != view.model.revision
    view.refresh()
    qtbot.waitUntil(lambda: view._drawn == view.model.revision)


def test_points_are_those_of_the_link():
    EquityModel().load(np.zeros(3, records.EQUITY))
