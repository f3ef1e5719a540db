import pytest

from desks import Desk
from engines import TICKERS
from tradeplat.visualizer.control_panel import ControlPanel
from tradeplat.visualizer.qt import Qt
from tradeplat.visualizer.shades import Shades

ON, OFF = Qt.CheckState.Checked, Qt.CheckState.Unchecked
PARTLY = Qt.CheckState.PartiallyChecked


@pytest.fixture
def panel(qtbot, tmp_path):
    made = ControlPanel(Desk().mirror, Shades(tmp_path / "shades.json"))
    qtbot.addWidget(made)
    made.show()
    made.refresh()
    return made


def shape(panel):
    found = {}
    for at in range(panel.tree.topLevelItemCount()):
        ticker = panel.tree.topLevelItem(at)
        groups = [ticker.child(k) for k in range(ticker.childCount())]
        found[ticker.text(0)] = {
            group.text(0): [group.child(k).text(0) for k in range(group.childCount())]
            for group in groups
        }
    return found


def test_the_tree_is_what_strategies_declare(panel):
    assert shape(panel) == {name: {"orb": ["VWAP", "Opening range"]} for name in TICKERS}
    assert panel.tree.topLevelItem(0).checkState(0) == ON


def test_boxes_have_three_states_and_reach_the_view_alone(panel, qtbot):
    ticker = panel.tree.topLevelItem(0)
    leaf = ticker.child(0).child(0)
    with qtbot.waitSignal(panel.switched) as switched:
        leaf.setCheckState(0, OFF)
    assert switched.args == ["AAPL", frozenset({1})]
    assert (ticker.checkState(0), ticker.child(0).checkState(0)) == (PARTLY, PARTLY)
    ticker.setCheckState(0, OFF)
    assert panel.hidden("AAPL") == {1, 2}
    assert panel.hidden("F") == frozenset()


def test_only_this_and_all(panel):
    ticker = panel.tree.topLevelItem(2)
    panel.tree.setCurrentItem(ticker.child(0).child(1))
    panel.only_this()
    assert panel.hidden("TSLA") == {1}
    panel.all_of_it()
    assert panel.hidden("TSLA") == frozenset()


def test_what_was_off_is_off_again(qtbot, panel, tmp_path):
    panel.tree.topLevelItem(1).child(0).child(1).setCheckState(0, OFF)
    again = ControlPanel(Desk().mirror, Shades(tmp_path / "shades.json"))
    qtbot.addWidget(again)
    told = {}
    again.switched.connect(told.__setitem__)
    again.refresh()
    assert told["F"] == {2}
    assert told["AAPL"] == frozenset()


def test_the_filter_looks_at_every_level(panel):
    def shown():
        return [
            panel.tree.topLevelItem(at).text(0)
            for at in range(panel.tree.topLevelItemCount())
            if not panel.tree.topLevelItem(at).isHidden()
        ]

    panel.filter.setText("tsl")
    assert shown() == ["TSLA"]
    panel.filter.setText("vwap")
    assert shown() == list(TICKERS)
    assert panel.tree.topLevelItem(0).child(0).child(1).isHidden()
    panel.filter.setText("nothing like it")
    assert shown() == []
    panel.filter.setText("")
    assert shown() == list(TICKERS)


def test_a_refresh_that_changes_nothing_keeps_the_tree(panel):
    item = panel.tree.topLevelItem(0)
    panel.refresh()
    assert panel.tree.topLevelItem(0) is item


def test_the_branch_of_the_chart_is_open_and_no_other(panel):
    tickers = [panel.tree.topLevelItem(at) for at in range(4)]
    panel.follow("TSLA")
    panel.follow("F")
    assert [one.isExpanded() for one in tickers] == [True, True, False, False]


def test_every_indicator_is_listed_below_each_ticker_and_off_until_it_is_wanted(panel, qtbot):
    panel.know({"EMA 20": "#ffd479", "RSI 14": "#7fd6ff"})
    panel.refresh()
    assert shape(panel)["AAPL"]["Indicators"] == ["EMA 20", "RSI 14"]
    ticker = panel.tree.topLevelItem(0)
    assert ticker.checkState(0) == ON  # all that is declared
    leaf = ticker.child(1).child(1)
    assert leaf.checkState(0) == OFF
    with qtbot.waitSignal(panel.added) as added:
        leaf.setCheckState(0, ON)
    assert added.args == ["AAPL", frozenset({"RSI 14"})]
    assert panel.hidden("AAPL") == frozenset()
    for wanted in (OFF, ON):
        ticker.setCheckState(0, wanted)  # boxes above switch what is declared
        assert [ticker.child(1).child(k).checkState(0) for k in range(2)] == [OFF, ON]
    panel.tree.setCurrentItem(leaf)
    panel.only_this()
    panel.all_of_it()
    assert [ticker.child(1).child(k).checkState(0) for k in range(2)] == [OFF, ON]


def test_what_was_added_is_there_again(qtbot, panel, tmp_path):
    panel.know({"EMA 20": "#ffd479", "RSI 14": "#7fd6ff"})
    panel.refresh()
    panel.tree.topLevelItem(2).child(1).child(0).setCheckState(0, ON)
    again = ControlPanel(Desk().mirror, Shades(tmp_path / "shades.json"))
    qtbot.addWidget(again)
    again.know({"EMA 20": "#ffd479", "RSI 14": "#7fd6ff"})
    told = {}
    again.added.connect(told.__setitem__)
    again.refresh()
    assert told == {name: {"EMA 20"} if name == "TSLA" else frozenset() for name in TICKERS}
