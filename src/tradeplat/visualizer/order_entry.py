"""The order entry: what is written, what it would come to, and the buttons that send it.

It goes to the symbol written in it, large. An entry by mouse is asked about before it leaves.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import isfinite, nan

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import ticket
from tradeplat.visualizer.client import Reply
from tradeplat.visualizer.confirm import ConfirmBar
from tradeplat.visualizer.grounds import Grounds
from tradeplat.visualizer.keys import BY_NAME, Aim
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.numerals import MINUS, NONE, price_text, quantity_text
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.presets import PresetField
from tradeplat.visualizer.preview import Preview, sentence
from tradeplat.visualizer.qt import Qt, QtGui, QtWidgets, Signal
from tradeplat.visualizer.ticket import Market, Plan, Written

PRESETS = {"Stop": ("1 ATR", "2 ATR", "1 %", "2 %"), "Target": ("1 R", "2 R", "3 R", "2 ATR")}
FIELDS = ("Qty", "Limit", "Stop", "Target", "Risk $")


class OrderEntry(QtWidgets.QWidget):
    """`wanted` has what the engine is to do: a command, its body, and who hears the answer.

    `kept` has an action and why nothing was sent; `stop_written` a price, nan for none. `why_not`
    says why nothing may be opened now, `keys` which key does what. `confirms` is whether entries
    by mouse are asked about, in this run; actions of `load_only` fill the fields and wait.
    """

    wanted = Signal(str, object, object)
    kept = Signal(str, str)
    stop_written = Signal(float)

    def __init__(
        self, mirror: Mirror, palette: Palette, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._mirror = mirror
        self._palette = palette
        self.why_not: Callable[[], str] = str
        self.keys: Callable[[], Mapping[str, str]] = lambda: {
            one.name: one.key for one in BY_NAME.values()
        }
        self.load_only: frozenset[str] = frozenset()
        self.symbol = ""
        self._first = ""
        self._back: QtWidgets.QWidget | None = None
        self._grounds = Grounds(mirror)
        self._writing = False
        self._run = ("", 0)
        self.fields = {name: PresetField(PRESETS.get(name, ()), palette.faint) for name in FIELDS}
        self.preview = Preview(palette)
        self.bar = ConfirmBar(palette)
        self.ask_first = QtWidgets.QCheckBox("Confirm mouse")
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        self.name = QtWidgets.QLabel(NONE)
        self.quote = QtWidgets.QLabel(NONE)
        self._laid()
        self._wired()
        self.refresh()

    @property
    def confirms(self) -> bool:
        """Whether entries by mouse are asked about."""
        return self.ask_first.isChecked()

    # How it is built

    def _laid(self) -> None:
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(4)
        head = QtWidgets.QHBoxLayout()
        self.name.setStyleSheet("font-size: 22px; font-weight: bold;")
        self.name.setAccessibleName("Symbol of the order")
        self.quote.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.quote.setAccessibleName("Bid and ask")
        head.addWidget(self.name)
        head.addWidget(self.quote, 1)
        column.addLayout(head)
        column.addLayout(self._asked())
        column.addWidget(self.preview)
        column.addLayout(self._row("buy", "sell"))
        column.addLayout(self._row("close_quarter", "close_half", "close_all", "breakeven"))
        column.addWidget(self.bar)
        column.addStretch(1)
        order = [*self.fields.values(), self.ask_first, *self.buttons.values(), self.bar]
        for before, after in pairwise([*order, self.bar.yes, self.bar.no]):
            self.setTabOrder(before, after)

    def _asked(self) -> QtWidgets.QGridLayout:
        grid = QtWidgets.QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        for at, (name, field) in enumerate(self.fields.items()):
            label = QtWidgets.QLabel(name)
            label.setBuddy(field)
            field.setAccessibleName(name)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setToolTip(TIPS[name])
            down, across = at // 2, 2 * (at % 2)
            grid.addWidget(label, down, across)
            grid.addWidget(field, down, across + 1)
        self.ask_first.setChecked(True)
        self.ask_first.setToolTip("Entries by mouse are asked about; off for this run alone")
        grid.addWidget(self.ask_first, len(FIELDS) // 2, 3)
        return grid

    def _row(self, *names: str) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4)
        for name in names:
            button = QtWidgets.QPushButton(LABELS.get(name, name))
            button.setAccessibleName(BY_NAME[name].said)
            button.setSizePolicy(
                QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed
            )
            edge = {"buy": self._palette.up, "sell": self._palette.down}.get(name)
            if edge:
                button.setStyleSheet(
                    f"QPushButton {{ border: 1px solid {edge}; font-weight: bold; }}"
                    f"QPushButton:focus {{ border: 2px solid {self._palette.focus}; }}"
                )
            self.buttons[name] = button
            row.addWidget(button)
        return row

    def _wired(self) -> None:
        for name, side in (("buy", 1), ("sell", -1)):
            self.buttons[name].clicked.connect(lambda _, side=side: self.ask(side))
        for name, part in PARTS.items():
            self.buttons[name].clicked.connect(lambda _, part=part: self._leave(part))
        self.buttons["breakeven"].clicked.connect(self._even)
        self.fields["Qty"].textEdited.connect(lambda text: self._either("Risk $", text))
        self.fields["Risk $"].textEdited.connect(lambda text: self._either("Qty", text))
        self.fields["Stop"].textEdited.connect(self._stopped)
        for field in self.fields.values():
            field.textChanged.connect(self.refresh)
        self.bar.confirmed.connect(self._confirmed)
        self.bar.dropped.connect(self._dropped)

    # What is written

    @property
    def written(self) -> Written:
        """What the fields say; BadInput where one says nothing sensible."""
        return ticket.written({name: field.text() for name, field in self.fields.items()})

    def plan(self, side: int) -> Plan:
        """What an order on `side` would come to. BadInput as `written`."""
        return self._grounds.plan(self.symbol, side, self.written)

    def aim(self, cursor: float) -> Aim:
        """What a key is meant for, with the chart's stop cursor at a price (nan: nowhere)."""
        risk = self._grounds.terms().risk
        try:
            said = self.written
            levels = {
                word: ticket.levels(self.plan(side)) for word, side in (("buy", 1), ("sell", -1))
            }
        except BadInput as error:
            return Aim(self.symbol, cursor, wrong=str(error))
        risk = risk if said.risk is None else said.risk
        return Aim(self.symbol, cursor, risk if isfinite(risk) else None, said.shares, levels)

    def show_symbol(self, symbol: str) -> None:
        """Order this ticker from now on; what was written was for another."""
        if symbol != self.symbol:
            self.symbol = symbol
            self.clear()
            self.bar.drop()
            self.say("")
            self.refresh()

    def clear(self) -> None:
        """Everything back to its default."""
        for field in self.fields.values():
            field.clear()

    def set_stop(self, price: float) -> None:
        """Write where the chart's stop cursor is; nan takes it away again."""
        field = self.fields["Stop"]
        if self._writing:
            return
        if isfinite(price):
            field.setText(self._price(price))
        elif isfinite(ticket.price_of(field.text())):
            field.clear()

    def _either(self, other: str, text: str) -> None:
        """A size is in shares, or by risk."""
        if text.strip():
            self.fields[other].clear()

    def _stopped(self, text: str) -> None:
        self._writing = True  # the cursor that follows does not write back
        self.stop_written.emit(ticket.price_of(text))
        self._writing = False

    def _price(self, price: float) -> str:
        """A price as it is written in a field."""
        return f"{price:.{self._grounds.market(self.symbol).decimals}f}"

    # What is shown

    def refresh(self) -> None:
        """Show what an order would come to now."""
        if self._run != (run := (self._mirror.hello.run, self._mirror.hello.epoch)):
            self._run = run  # switched off for one run alone
            self.ask_first.setChecked(True)
            self.bar.drop()
        market = self._grounds.market(self.symbol)
        self._named(market)
        self._hinted(self._grounds.terms(), market)
        self._tipped()
        try:
            plans = {side: self.plan(side) for side in (1, -1)}
        except BadInput as error:
            if not self.bar.side:
                self.bar.tell(str(error), self._palette.last)
            return
        for side, plan in plans.items():
            self.preview.tell(plan, market.decimals)
            self._labelled(side, plan, market)
        if self.bar.side:
            self.bar.tell(self._question(plans[self.bar.side], market), "")

    def _named(self, market: Market) -> None:
        decimals = market.decimals
        if self.name.text() != (self.symbol or NONE):
            self.name.setText(self.symbol or NONE)
        said = f"bid {price_text(market.bid, decimals)}  ask {price_text(market.ask, decimals)}"
        held = self._mirror.position(self.symbol)
        said += f"\nholding {quantity_text(held)}" if held else "\nflat"
        if self.quote.text() != said:
            self.quote.setText(said)

    def _hinted(self, by: ticket.Terms, market: Market) -> None:
        near = ticket.beyond(ticket.met(1, market), market, by) / market.tick
        far = f"{near:.0f}" if isfinite(near) else NONE
        hints = {
            "Qty": quantity_text(by.size, signed=False),
            "Limit": f"ask+{far} bid{MINUS}{far}",
            "Stop": f"{100 * by.stop:g} %" if by.stop else "none",
            "Target": "none",
            "Risk $": "by shares",
        }
        for name, hint in hints.items():
            if self.fields[name].placeholderText() != hint:
                self.fields[name].setPlaceholderText(hint)

    def _labelled(self, side: int, plan: Plan, market: Market) -> None:
        button = self.buttons["buy" if side > 0 else "sell"]
        word = "Buy" if side > 0 else "Sell"
        met = ticket.met(side, market)
        beyond = round((plan.price - met) / market.tick) if isfinite(plan.price - met) else 0
        sign = "+" if beyond >= 0 else MINUS
        at = f"{'ask' if side > 0 else 'bid'}{sign}{abs(beyond)}"
        text = f"{word} to close" if plan.closes else f"{word} {at}"
        if button.text() != text:
            button.setText(text)

    def _tipped(self) -> None:
        keys = self.keys()
        for name, one in self.buttons.items():
            key = keys.get(name, "")
            tip = BY_NAME[name].said + (f" ({key})" if key else "")
            if one.toolTip() != tip:
                one.setToolTip(tip)

    def _question(self, plan: Plan, market: Market) -> str:
        first = f"{self._first}: " if self._first else ""
        return f"{first}{sentence(plan, self.symbol, market.decimals)}"

    def say(self, text: str, colour: str = "") -> None:
        """Say something where orders are confirmed, unless something is asked there."""
        if not self.bar.side:
            self.bar.tell(text, colour)

    # What it sends

    def load(self, name: str, body: Mapping[str, object]) -> None:
        """Fill the fields with the order of a key, and ask about it."""
        self.clear()
        side = 1 if body["side"] == "buy" else -1
        said = self._grounds.written(self.symbol, body)
        for field, value in (("Qty", said.shares), ("Risk $", said.risk)):
            self.fields[field].setText("" if value is None else f"{value:g}")
        self.fields["Limit"].setText("" if said.limit is None else self._price(said.limit))
        for field, one in (("Stop", said.stop), ("Target", said.target)):
            self.fields[field].setText("" if one is None else self._price(one.number))
        self._first = BY_NAME[name].said
        self._show(side)

    def ask(self, side: int) -> None:
        """What a click on Buy or Sell does: exits go at once, entries are asked about."""
        why, closes = self._objection(side)
        if why:
            self._keep(side, why)
        elif self.confirms and not closes:
            self._first = ""
            self._show(side)
        else:
            self._send(side)

    def _objection(self, side: int) -> tuple[str, bool]:
        try:
            plan = self.plan(side)
        except BadInput as error:
            return str(error), False
        return plan.why or ("" if plan.closes else self.why_not()), plan.closes

    def _show(self, side: int) -> None:
        focus = QtWidgets.QApplication.focusWidget()
        self._back = focus if focus is not self.bar else self._back
        self.bar.ask(side)
        self.refresh()

    def _confirmed(self, side: int) -> None:
        self._return()
        why, _ = self._objection(side)
        if why:
            self._keep(side, why)
        else:
            self._send(side)

    def _dropped(self) -> None:
        self._return()
        self.bar.tell("dropped: nothing was sent", "")

    def _return(self) -> None:
        """Give the keys back to whoever had them."""
        back, self._back = self._back, None
        if back is not None and back.isVisible():
            back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self, side: int, why: str) -> None:
        self.bar.tell(why, self._palette.last)
        self.kept.emit("buy" if side > 0 else "sell", why)

    def _send(self, side: int) -> None:
        said, plan = self.written, self.plan(side)
        self.wanted.emit(
            "enter",
            ticket.body(self.symbol, said, plan),
            lambda reply: self._heard(side, reply),
        )

    def _heard(self, side: int, reply: Reply) -> None:
        if reply.code == "PRESS_AGAIN":
            self._first = "The same order again"
            self._show(side)

    def sent(self, text: str) -> None:
        """An order is on its way."""
        self.say(f"sent, not yet answered: {text}", self._palette.sent)

    def answered(self, do: str, reply: Reply) -> None:
        """What came of an order; after one that opens, the size is its default again."""
        self.say(reply.text, "" if reply.done else self._palette.last)
        if reply.done and do == "enter":
            self.clear()
            self.stop_written.emit(nan)

    def _leave(self, part: float) -> None:
        self.wanted.emit("leave", {"symbol": self.symbol, "part": part}, None)

    def _even(self) -> None:
        self.wanted.emit("protect", {"symbol": self.symbol, "to": "breakeven"}, None)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:
        """Enter and Esc answer the question, wherever in the panel the focus is."""
        if event is not None and not self.bar.take(event):
            event.ignore()


PARTS = {"close_quarter": 0.25, "close_half": 0.5, "close_all": 1.0}
LABELS = {
    "buy": "Buy",
    "sell": "Sell",
    "close_quarter": "25 %",
    "close_half": "50 %",
    "close_all": "100 %",
    "breakeven": "S→BE",
}
TIPS = {
    "Qty": "Shares of the next order; empty is the default size",
    "Limit": "Price of the order; empty is the other side of the market and an offset",
    "Stop": "Price (97.74), distance (2 ATR, 1 %), or the stop cursor (Shift and a click)",
    "Target": "Price (98.52) or distance (2 R, 2 ATR, 1 %)",
    "Risk $": "Money lost at the stop: the shares follow from it",
}
