"""Every hot key, pressed in a window before the engine's real hands: disarmed, armed, over each
limit, repeated, held, in each kind of field, under a dialog, in a detached panel.

One window serves all of it: each press is a real key event, each order one of the real gate.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import nan

import pytest

from handled import Handled
from persons import Person
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.orders import Purpose
from tradeplat.execution.hand import Rules
from tradeplat.execution.hotkeys import HELD
from tradeplat.visualizer import keys
from tradeplat.visualizer.keys import ACTIONS, BY_NAME
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow

OPENING = [one.name for one in ACTIONS if one.opens]
CLOSING = [one.name for one in ACTIONS if one.orders and not one.opens]
ORDERS = OPENING + CLOSING
VIEW = [one.name for one in ACTIONS if not one.orders]
PARTS = ("close_quarter", "close_half", "close_all")
COMMANDS = {
    **dict.fromkeys(OPENING, "enter"),
    **dict.fromkeys(PARTS, "leave"),
    **dict.fromkeys(("breakeven", "swing"), "protect"),
    **dict.fromkeys(("cancel", "cancel_all"), "withdraw"),
    **{name: name for name in ("flatten", "out", "panic", "arm", "disarm")},
}
FILLS = {"buy": 100, "buy_half": 50, "buy_risk": 172, "join_bid": 100}
FILLS |= {"sell": -100, "sell_half": -50, "sell_risk": -172, "join_ask": -100}
LIMITS = {"join_bid": "98.00", "join_ask": "98.02"}


class Bench:
    """One window, whose engine is begun anew for each case."""

    def __init__(self, folder) -> None:
        self.desk = Handled(Person(symbol="AAPL"))
        shades = Shades(folder / "shades.json")
        self.window = MainWindow(
            self.desk,
            Layouts(folder / "layouts.json"),
            lambda: 77,
            shades=shades,
            steady=self.desk.steady,
        )
        self.window.show()
        self.window.activateWindow()
        self.window.refresh()

    def begin(self, **changes: object) -> Person:
        """A new day: flat, disarmed, nothing pressed, the chart on AAPL."""
        person = Person(symbol="AAPL", **changes)
        self.desk.now += 10**10
        self.desk.begin(person)
        self.window.hotkeys._panic_at = 0
        self.window.chart.show_symbol("AAPL")
        self.window.chart.detail.setFocus()
        return person

    def cursor(self, name: str) -> None:
        """The stop cursor where a trade of that key would have its stop."""
        price = 98.53 if name.startswith("sell") else 97.49
        self.window.chart.detail.set_stop_cursor(price if name.endswith("_risk") else nan)

    def press(self, name: str, widget: QtWidgets.QWidget | None = None) -> None:
        """Press the action's key; panic as often as it needs."""
        from pytestqt.qt_compat import qt_api

        self.cursor(name)
        sequence = QtGui.QKeySequence(self.window.hotkeys.keys[name])[0]
        for _ in range(2 if name == "panic" else 1):
            where = widget or self.window
            qt_api.QtTest.QTest.keyClick(where, sequence.key(), sequence.keyboardModifiers())
            self.desk.now += 1_000_000

    @property
    def sent(self) -> list[str]:
        """What was commanded, without what is only for the record."""
        return [do for do, _ in self.desk.asked if do != "pressed"]

    @property
    def said(self) -> str:
        return self.window.statusBar().currentMessage()

    def hold(self, *, working: bool = False) -> None:
        """Have 100 shares by hand, bought at 98.02, with a stop; and perhaps an entry working."""
        person = self.desk.person
        self.desk.arm()
        self.desk.does("enter", {"symbol": "AAPL", "side": "buy", "stop": 97.0})
        person.fill(person.orders[0])
        if working:
            self.desk.does("enter", {"symbol": "AAPL", "side": "buy", "limit": 97.5})
        self.desk.does("disarm", {})
        person.quote(98.50, 98.52)
        self.desk.show()


@pytest.fixture(scope="module")
def bench(qapp, tmp_path_factory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("matrix"))
    yield made
    made.window.close()
    made.window.deleteLater()


@pytest.fixture
def at(bench, qtbot) -> Bench:
    bench.window.activateWindow()
    qtbot.waitUntil(bench.window.isActiveWindow)
    bench.begin()
    return bench


# Disarmed and armed


@pytest.mark.parametrize("name", OPENING)
def test_disarmed_nothing_is_opened_and_the_record_is_told(at, name):
    at.press(name)
    assert at.sent == []
    ((_, told),) = at.desk.asked
    assert (told["act"], told["key"]) == (name, BY_NAME[name].key)
    assert "disarmed" in at.said
    assert at.desk.person.orders == []
    # The engine does not trust the window: the same command by another way is refused too.
    do, body = keys.command(name, at.window.aim())
    assert at.desk.does(do, body).detail["code"] == "DISARMED"


@pytest.mark.parametrize("name", CLOSING)
def test_disarmed_all_else_is_done(at, name):
    at.hold(working=True)
    count = len(at.desk.person.orders)
    at.press(name)
    assert at.sent == [COMMANDS[name]]
    made = at.desk.person.orders[count:]
    quantities = {"close_quarter": -25, "close_half": -50, "close_all": -100}
    assert [one.quantity for one in made] == ([quantities[name]] if name in PARTS else [])
    assert all(one.purpose is Purpose.EXIT for one in made)
    if name in {"cancel", "cancel_all"}:
        assert len(at.desk.person.world.executor.cancelled) == 1
    if name == "breakeven":
        assert at.desk.replies[-1].done, at.desk.replies[-1]


@pytest.mark.parametrize("name", OPENING)
def test_armed_one_press_is_one_order(at, name):
    at.press("arm")
    assert at.desk.mirror.trading.armed
    at.press(name)
    assert at.sent == ["arm", "enter"]
    (order,) = at.desk.person.orders
    usual = "98.07" if order.quantity > 0 else "97.95"
    assert (order.quantity, order.limit) == (FILLS[name], Decimal(LIMITS.get(name, usual)))
    assert (order.symbol, order.purpose, order.strategy) == ("AAPL", Purpose.ENTRY, "manual")
    assert order.stop_loss is not None
    at.press("disarm")
    assert not at.desk.mirror.trading.armed


@pytest.mark.parametrize("name", VIEW)
def test_keys_of_the_view_ask_nothing_of_the_engine(at, name):
    seen = (at.window.chart.view, at.window.key_sheet.isVisible())
    at.press(name)
    assert at.desk.asked == []
    if (at.window.chart.view, at.window.key_sheet.isVisible()) != seen:
        at.press(name)  # as it was
    assert (at.window.chart.view, at.window.key_sheet.isVisible()) == seen


# Over each limit

OVER = {
    "MAX_QTY": {"max_quantity": Decimal(10)},
    "MAX_NOTIONAL": {"max_notional": Decimal(990)},
    "MAX_POSITION": {"max_position": Decimal(990)},
    "GROSS_EXPOSURE": {"max_gross": Decimal("0.0099")},
    "BUYING_POWER": {"leverage": Decimal("0.0105")},
    "MAX_OPEN_TRADES": {"max_open_trades": 0},
    "SYMBOL_DENIED": {"denied": ("AAPL",)},
    "MAX_OPEN_ORDERS": {"max_open_orders": 1},
    "ORDER_RATE": {"orders_minute": 1},
    "STALE_QUOTE": {"stale_quote_regular": 1, "stale_quote_extended": 1},
    "PRICE_COLLAR": {"price_collar": Decimal("0.00001")},
    "NO_STOP": {"rules": Rules(stop=0.0)},
}
CUT = {"MAX_QTY", "MAX_NOTIONAL", "MAX_POSITION", "GROSS_EXPOSURE", "BUYING_POWER"}
"""Limits to which a size by risk is cut: it asks for as much as they leave."""


def broken(at: Bench, limit: str) -> None:
    """An armed day on which `limit` is as good as reached."""
    person = at.begin(**OVER[limit])
    at.desk.arm()
    if limit in {"MAX_OPEN_ORDERS", "ORDER_RATE"}:
        assert at.desk.does("enter", {"symbol": "AAPL", "side": "buy", "limit": 97.5}).done
    if limit == "STALE_QUOTE":
        person.now += 1_000
    at.desk.show()


@pytest.mark.parametrize("limit", OVER)
def test_over_each_limit_no_key_opens_and_the_refusal_says_which(at, limit):
    for name in OPENING:
        broken(at, limit)
        before = len(at.desk.person.orders)
        at.press(name)
        assert at.sent == ["enter"], name
        made = at.desk.person.orders[before:]
        if BY_NAME[name].name.endswith("_risk") and limit in CUT:
            assert [abs(one.quantity) for one in made] == [10], name
        elif limit == "NO_STOP" and name.endswith("_risk"):
            assert len(made) == 1  # it has one: the stop cursor
        elif limit == "PRICE_COLLAR" and name.startswith("join"):
            continue  # a passive price is judged by the side it joins
        else:
            assert made == [], name
            assert at.desk.replies[-1].code == limit, name
            assert limit in at.said, name


@pytest.mark.parametrize("limit", [one for one in OVER if one != "NO_STOP"])
def test_over_each_limit_every_exit_still_works(at, limit):
    for name in CLOSING:
        person = at.begin()
        at.hold(working=True)
        person.limit(**OVER[limit])
        count = len(person.orders)
        at.press(name)
        assert at.sent == [COMMANDS[name]]
        assert len(person.orders) == count + (name in PARTS), (name, at.said)


@pytest.mark.parametrize("name", OPENING)
def test_after_the_loss_of_the_day_nothing_is_opened_until_a_person_may_arm(at, name):
    at.desk.arm()
    loss = Condition("risk", "", Mode.REDUCE_ONLY, "DAILY_LOSS", "500.00 lost", ts=1)
    at.desk.person.world.floor.on_condition(loss, at.desk.person.now)
    at.desk.show()
    at.press(name)
    at.press("arm")
    at.press(name)
    assert at.sent == ["arm"]
    assert at.desk.replies[1].code == "DAILY_LOSS"
    assert at.desk.person.orders == []


def test_a_limit_far_through_the_market_is_refused(at):
    at.desk.arm()
    told = at.desk.does("enter", {"symbol": "AAPL", "side": "buy", "limit": 99.0})
    assert told.detail["code"] == "PRICE_CHECK"
    at.begin(rules=Rules(offset=5.0, offset_part=0.5))  # however the offset is set
    at.desk.arm()
    at.press("buy")
    assert at.desk.person.orders[0].limit == Decimal("98.22")  # 20 ticks


# Repeated and held


@pytest.mark.parametrize("name", OPENING)
def test_the_same_key_again_has_to_be_meant(at, name):
    at.desk.arm()
    at.press(name)
    at.press(name)
    at.desk.person.at += HELD
    at.press(name)
    assert [one.code for one in at.desk.replies] == ["", "DUP_SHAPE", "PRESS_AGAIN"]
    assert len(at.desk.person.orders) == 1
    at.desk.person.at += HELD
    at.press(name)
    assert len(at.desk.person.orders) == 2
    assert at.sent == ["enter"] * 4


@pytest.mark.parametrize("name", CLOSING)
def test_exits_pressed_twice_never_do_more_than_is_held(at, name):
    at.hold()
    count = len(at.desk.person.orders)
    at.press(name)
    at.press(name)
    assert at.sent == [COMMANDS[name]] * 2
    made = at.desk.person.orders[count:]
    assert sum(abs(one.quantity) for one in made) <= 100
    assert len(made) == (name in PARTS), at.said


@pytest.mark.parametrize("name", [*ORDERS, *VIEW])
def test_a_held_key_is_one_press(at, name):
    shortcut = at.window.hotkeys._shortcuts[name]
    assert not shortcut.autoRepeat()
    assert shortcut.context() == Qt.ShortcutContext.ApplicationShortcut
    handle, sequence = at.window.windowHandle(), QtGui.QKeySequence(BY_NAME[name].key)[0]
    for _ in range(5):  # what a held key sends goes past the shortcut to the filter
        again = QtGui.QKeyEvent(
            QtCore.QEvent.Type.KeyPress, sequence.key(), sequence.keyboardModifiers(), "", True
        )
        QtWidgets.QApplication.sendEvent(handle, again)
    assert at.desk.asked == []


# Wherever the focus is

FIELDS = {
    "line": QtWidgets.QLineEdit,
    "number": QtWidgets.QSpinBox,
    "price": QtWidgets.QDoubleSpinBox,
    "text": QtWidgets.QPlainTextEdit,
    "rich text": QtWidgets.QTextEdit,
    "list": QtWidgets.QComboBox,
    "time": QtWidgets.QTimeEdit,
    "tree": QtWidgets.QTreeWidget,
    "table": QtWidgets.QTableWidget,
    "button": QtWidgets.QPushButton,
    "box": QtWidgets.QCheckBox,
    "slider": QtWidgets.QSlider,
}


def field_of(at: Bench, kind: str) -> QtWidgets.QWidget:
    made = FIELDS[kind](at.window.chart)
    if isinstance(made, QtWidgets.QComboBox):
        made.setEditable(True)
    made.show()
    made.setFocus()
    return made


@pytest.mark.parametrize("kind", FIELDS)
def test_order_keys_fire_in_every_kind_of_field(at, kind):
    field = field_of(at, kind)
    for name in ORDERS:
        at.begin()
        at.hold()
        at.desk.arm()
        field.setFocus()
        assert field.hasFocus()
        at.press(name, field)
        assert at.sent == [COMMANDS[name]], name
    field.hide()
    field.deleteLater()


def test_order_keys_fire_in_every_widget_of_the_window(at):
    found = [
        one
        for one in at.window.findChildren(QtWidgets.QWidget)
        if one.focusPolicy() != Qt.FocusPolicy.NoFocus and one.isVisible()
    ]
    assert len(found) > 10
    for widget in found:
        for name in ("buy", "close_half", "flatten"):
            at.begin()
            at.hold()
            at.desk.arm()
            widget.setFocus()
            at.press(name, widget)
            assert at.sent == [COMMANDS[name]], (widget, name)


# Under dialogs, and in windows of their own


@pytest.mark.parametrize("name", [*ORDERS, *VIEW])
def test_under_a_modal_dialog_only_what_reduces_risk_works(at, qtbot, name):
    at.hold()
    at.desk.arm()
    seen = (at.window.chart.symbol, at.window.chart.view, at.window.key_sheet.isVisible())
    dialog = QtWidgets.QDialog(at.window)
    dialog.setModal(True)
    field = QtWidgets.QLineEdit(dialog)
    dialog.open()
    qtbot.waitExposed(dialog)
    field.setFocus()
    at.press(name, dialog.windowHandle())
    reduces = BY_NAME[name].reduces
    assert at.sent == ([COMMANDS[name]] if reduces else [])
    assert seen == (at.window.chart.symbol, at.window.chart.view, at.window.key_sheet.isVisible())
    dialog.close()
    dialog.deleteLater()
    at.window.activateWindow()


def test_in_a_panel_that_floats_all_keys_work(at, qtbot):
    dock = at.window.docks["Positions"]
    dock.setFloating(True)
    qtbot.waitExposed(dock)
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow)
    for name in ORDERS:
        at.begin()
        at.hold()
        at.desk.arm()
        at.press(name, dock)
        assert at.sent == [COMMANDS[name]], name
    dock.setFloating(False)
    at.window.activateWindow()


def test_in_a_chart_of_its_own_window_all_keys_work(at, qtbot):
    shown = at.window.charts.open()
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)
    for name in ORDERS:
        at.begin()
        if BY_NAME[name].opens:
            at.press(name, shown)
            assert at.sent == [], name
        at.hold()
        at.desk.arm()
        at.press(name, shown)
        assert at.sent == [COMMANDS[name]], name
    at.window.charts.end()
    at.window.activateWindow()
