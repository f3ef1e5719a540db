import pytest

from desks import Desk
from engines import TICKERS
from tradeplat.control.messages import Hello, Positions, Reset
from tradeplat.control.protocol import FrameType
from tradeplat.control.records import PRICE_LINE
from tradeplat.visualizer import theme
from tradeplat.visualizer.client import Fresh
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.link import LineKind
from tradeplat.visualizer.numerals import NONE
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow
from visualizer.drawing import number, pixels


@pytest.fixture
def kept(tmp_path):
    return Layouts(tmp_path / "layouts.json")


def opened(qtbot, desk: Desk, kept: Layouts) -> MainWindow:
    window = MainWindow(
        desk, kept, lambda: 0, shades=Shades(kept.folder / "shades.json"), steady=desk.steady
    )
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    qtbot.waitExposed(window)
    window.refresh()
    return window


def colour_at(window: MainWindow, x: int, y: int) -> str:
    return QtGui.QColor(window.grab().toImage().pixel(x, y)).name()


@pytest.mark.parametrize("mode", ["LIVE", "PAPER", "REPLAY"])
def test_the_mode_is_in_title_badge_and_frame(qtbot, kept, mode):
    window = opened(qtbot, Desk(mode), kept)
    assert window.windowTitle().startswith(f"[{mode}]")
    assert window.status.badge.text() == mode
    for x, y in ((1, 300), (640, 1), (1278, 300), (640, 718)):
        assert colour_at(window, x, y) == theme.MODES[mode].fill


def test_everything_the_engine_told_is_in_its_panel(qtbot, kept):
    window = opened(qtbot, Desk(), kept)
    counts = {name: len(shown.table.content.rows) for name, shown in window.tables.items()}
    assert (counts["Watch list"], counts["Positions"], counts["Orders"]) == (4, 2, 3)
    assert counts["Fills"] == 0  # behind another tab: nothing is refreshed that nobody sees
    window.docks["Fills"].raise_()
    qtbot.waitUntil(lambda: len(window.tables["Fills"].table.content.rows) == 1)
    assert window.equity.model is window.engine.mirror.equity


def test_no_button_has_the_focus_at_first(qtbot, kept):
    window = opened(qtbot, Desk(), kept)
    assert not isinstance(window.focusWidget(), QtWidgets.QAbstractButton)


def test_panels_follow_one_symbol(qtbot, kept):
    window = opened(qtbot, Desk(), kept)
    watch = window.tables["Watch list"].table
    assert watch.chosen().symbol == "AAPL"
    watch.picked.emit(watch.content.rows[2])
    assert (window.chart.symbol, watch.chosen().symbol) == (TICKERS[2], TICKERS[2])
    orders = window.tables["Orders"].table
    orders.picked.emit(orders.content.rows[0])
    assert window.chart.symbol == "F"


def test_old_data_is_grey_and_said(qtbot, kept):
    desk = Desk()
    window = opened(qtbot, desk, kept)
    assert not window.banner.isVisible()
    desk.fresh, desk.silence = Fresh.QUIET, 1.3
    window.refresh()
    assert (window.banner.isVisible(), desk.mirror.model("F").stale) == (True, True)
    assert "No heartbeat for 1.3 s" in window.banner.text()
    desk.fresh, desk.trouble = Fresh.LOST, "the engine closed the connection"
    window.refresh()
    assert window.banner.text().startswith("CONNECTION LOST")
    assert window.status.figures["feed"].text() == NONE
    desk.fresh = Fresh.LIVE
    window.refresh()
    assert (window.banner.isVisible(), desk.mirror.model("F").stale) == (False, False)


def test_a_moved_stop_asks_the_engine_and_a_refusal_drops_the_ghost(qtbot, kept):
    desk = Desk()
    window = opened(qtbot, desk, kept)
    detail = window.chart.detail
    assert detail.take_line(LineKind.STOP)
    detail.held.move(97.80)
    detail.let_go()
    assert desk.asked == [("protect", {"symbol": "AAPL", "stop": 97.80, "strategy": "manual"})]
    assert list(detail.sheet.ghosts) == [12]
    desk.reply("the stop would lie past the market", "PAST_MARKET")
    assert detail.sheet.ghosts == {}
    assert "PAST_MARKET" in window.statusBar().currentMessage()
    assert desk.mirror.model("AAPL").levels[12].price == 97.74


def test_the_buttons_that_reduce_risk_need_no_arming(qtbot, kept):
    desk = Desk()
    window = opened(qtbot, desk, kept)
    qtbot.mouseClick(window.status.cancel_all, Qt.MouseButton.LeftButton)
    window.status.flatten_all.held.emit()
    qtbot.mouseClick(window.status.arm, Qt.MouseButton.LeftButton)
    desk.told.trading(armed=True)
    desk.take()
    qtbot.mouseClick(window.status.arm, Qt.MouseButton.LeftButton)
    assert [do for do, _ in desk.asked] == ["withdraw", "panic", "arm", "disarm"]
    desk.reply("armed for 15 minutes")
    assert window.statusBar().currentMessage() == "armed for 15 minutes"


def test_layouts_are_kept_by_mode_and_can_be_reset(qtbot, kept):
    window = opened(qtbot, Desk(), kept)
    window.docks["Watch list"].hide()
    window.chart.set_view(20)
    qtbot.waitUntil(lambda: kept.read("PAPER").state != "")
    window.leave()
    assert kept.read("PAPER").view == "20"
    again = opened(qtbot, Desk(), kept)
    assert (again.docks["Watch list"].isVisible(), again.chart.view) == (False, 20)
    live = opened(qtbot, Desk("LIVE"), kept)
    assert (live.docks["Watch list"].isVisible(), live.chart.view) == (True, 0)
    again.reset_layout()
    assert again.docks["Watch list"].isVisible()


def test_another_mode_on_the_same_window_is_entered(qtbot, kept):
    desk = Desk()
    window = opened(qtbot, desk, kept)
    desk.told.json(FrameType.HELLO, Hello(1, 8, "run-2", "REPLAY"))
    desk.told.json(FrameType.RESET, Reset("anew"))
    desk.take()
    window.refresh()
    assert window.windowTitle().startswith("[REPLAY]")
    assert window.tables["Orders"].table.content.rows == []


def test_a_visualizer_that_is_switched_off_leaves_the_chart(qtbot, kept):
    window = opened(qtbot, Desk(), kept)
    window.panel.switched.emit("AAPL", frozenset({1}))
    assert window.chart.detail.sheet.hidden == frozenset({1})


def test_closing_tells_and_keeps_the_layout(qtbot, kept):
    window = opened(qtbot, Desk(), kept)
    with qtbot.waitSignal(window.closed):
        window.leave()
    assert kept.read("PAPER").geometry


def test_closing_with_positions_asks_and_keeps_nobody(qtbot, kept):
    desk = Desk()
    window = opened(qtbot, desk, kept)
    with qtbot.assertNotEmitted(window.closed):
        window.close()
    bar = window.leaving
    assert (bar.isVisible(), "AAPL +200" in bar.said.text()) == (True, True)
    qtbot.mouseClick(bar.stay, Qt.MouseButton.LeftButton)
    assert (window.isVisible(), bar.isVisible()) == (True, False)
    window.close()
    with qtbot.waitSignal(window.closed):
        qtbot.mouseClick(bar.running, Qt.MouseButton.LeftButton)
    assert desk.asked == []


def test_closing_may_flatten_before(qtbot, kept):
    desk = Desk()
    window = opened(qtbot, desk, kept)
    window.close()
    qtbot.mouseClick(window.leaving.flat, Qt.MouseButton.LeftButton)
    assert (desk.asked, window.isVisible()) == ([("flatten", {})], True)
    desk.reply("F is halted: 1 position is left", "NOT_FLAT")
    assert "1 position is left" in window.leaving.said.text()
    qtbot.mouseClick(window.leaving.flat, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.closed):
        desk.reply("everything is flat")


@pytest.mark.parametrize("state", ["flat", "lost", "replay"])
def test_closing_asks_nothing_where_nothing_can_be_done(qtbot, kept, state):
    desk = Desk("REPLAY" if state == "replay" else "PAPER")
    if state == "flat":
        desk.told.json(FrameType.POSITIONS, Positions(1))
        desk.take()
    window = opened(qtbot, desk, kept)
    if state == "lost":
        desk.fresh = Fresh.LOST
    with qtbot.waitSignal(window.closed):
        window.close()


def test_a_stop_is_dragged_by_hand_and_waits_for_the_engine(qtbot, kept):
    desk = Desk()
    window = opened(qtbot, desk, kept)
    detail = window.chart.detail
    view = detail.sheet.price_view()

    def at(price):
        ratio = detail.surface.devicePixelRatio()
        return QtCore.QPoint(200, round(view.y(price) / ratio))

    def drag(*prices, release=True):
        left, surface = Qt.MouseButton.LeftButton, detail.surface
        qtbot.mousePress(surface, left, pos=at(97.74))
        for price in prices:
            point = QtCore.QPointF(at(price))
            none = Qt.KeyboardModifier.NoModifier
            kind = QtCore.QEvent.Type.MouseMove
            move = QtGui.QMouseEvent(kind, point, point, Qt.MouseButton.NoButton, left, none)
            QtWidgets.QApplication.sendEvent(surface, move)
        if release:
            qtbot.mouseRelease(surface, left, pos=at(prices[-1]))

    drag(97.80, 97.86, release=False)
    text = detail.held.text()
    assert text.startswith("stop 97.8")
    assert " R" in text
    assert "$" in text
    qtbot.keyClick(detail, Qt.Key.Key_Escape)
    qtbot.mouseRelease(detail.surface, Qt.MouseButton.LeftButton, pos=at(97.86))
    assert (desk.asked, detail.sheet.ghosts) == ([], {})
    drag(97.90, 98.20)  # past the bid
    assert desk.asked == []
    assert "past the market" in window.foot.currentMessage()
    drag(97.80, 97.86)
    (do, body), model = desk.asked[0], desk.mirror.model("AAPL")
    assert (do, body["symbol"], body["strategy"]) == ("protect", "AAPL", "manual")
    assert body["stop"] == pytest.approx(97.86, abs=0.011)
    desk.reply("asked for")
    assert (model.levels[12].price, list(detail.sheet.ghosts)) == (97.74, [12])
    moved = (12, body["stop"], -200.0, 97.98, 1, 1, 2, 0)
    desk.told.rows(FrameType.PRICE_LINE, PRICE_LINE, [moved], 1)
    desk.take()
    detail.refresh()
    assert (model.levels[12].price, detail.sheet.ghosts) == (body["stop"], {})


def test_a_picture_has_bars_of_both_colours_and_the_stop_line(qtbot, kept):
    window = opened(qtbot, Desk(), kept)
    seen = pixels(window.grab().toImage())
    for colour in ("#5aa9ff", "#ff9a4d", "#ff7aa8", "#ffcc4d"):
        assert (seen == number(colour)).sum() > 50


def test_no_tab_bar_is_left_behind_by_a_layout(qtbot, kept):
    window = opened(qtbot, Desk(), kept)

    def seen() -> list[tuple[str, ...]]:
        bars = window.findChildren(
            QtWidgets.QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly
        )
        shown = [bar for bar in bars if bar.isVisible()]
        return sorted(tuple(bar.tabText(n) for n in range(bar.count())) for bar in shown)

    first = seen()
    titles = [title for bar in first for title in bar]
    assert len(titles) == len(set(titles))
    window.resize(1440, 900)
    window.reset_layout()
    window.docks["Inspector"].raise_()
    window.resize(1280, 720)
    window.refresh()
    assert seen() == first
    window.close()
    again = opened(qtbot, Desk(), kept)
    QtWidgets.QApplication.processEvents()
    window = again
    assert seen() == first
