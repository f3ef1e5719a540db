"""The line at the top: which mode, how the streams and the engine are, the day, armed or not."""

from math import isfinite

from tradeplat.visualizer import theme, tips
from tradeplat.visualizer.client import Fresh
from tradeplat.visualizer.hold import HoldButton
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.numerals import MINUS, NONE, dollar_text, money_text
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtWidgets

LATE_MS = 1_000.0
"""A feed that lags by more is late."""


def feed_text(mirror: Mirror) -> tuple[str, bool]:
    """How the market data stands, and whether that is well."""
    if mirror.replay is not None:
        return "● recorded", True
    stages = mirror.trading.market_streams.values()
    down = sum(stage.upper() != "LIVE" for stage in stages)
    lag = mirror.pulse.feed_lag_ms
    # Below nothing where a venue's clock runs faster than ours: its bars are then as new as can be.
    told = f"{max(lag, 0.0):,.0f} ms" if isfinite(lag) else NONE
    if down:
        return f"● {down} of {len(stages)} not live", False
    if isfinite(lag) and lag > LATE_MS:
        return f"● late {told}", False
    return f"● {told}", True


def broker_text(mirror: Mirror) -> tuple[str, bool]:
    """How the account's stream stands, and whether that is well."""
    if mirror.replay is not None:
        return "● simulated", True
    stream = mirror.trading.account_stream.lower()
    said = stream or "unknown"
    trip = mirror.statistics.latency.get("ack") if mirror.statistics else None
    told = f"● {said}" if trip is None else f"● {said} {trip:.0f} ms"
    return told, stream == "live"


def day_text(mirror: Mirror) -> tuple[str, float]:
    """What the day made so far over what it may lose, and its sign."""
    told = mirror.statistics
    if told is None:
        return NONE, 0.0
    made = told.equity - told.start_equity
    limit = "" if told.loss_limit is None else f" / {MINUS}${money_text(abs(told.loss_limit), 0)}"
    return f"{dollar_text(made)}{limit}", made


class StatusLine(QtWidgets.QWidget):
    """Badge, figures and the buttons that reduce risk."""

    def __init__(self, palette: Palette, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._palette = palette
        self.badge = QtWidgets.QLabel("NO ENGINE")
        self.figures: dict[str, QtWidgets.QLabel] = {}
        self.arm = QtWidgets.QPushButton("Disarmed")
        self.cancel_all = QtWidgets.QPushButton("Cancel all")
        self.flatten_all = HoldButton("FLATTEN ALL")
        self.view = QtWidgets.QToolButton()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(6)
        layout.addWidget(self.badge)
        for name in ("feed", "broker", "engine p99", "day P&L"):
            self._figure(layout, name)
        layout.addStretch(1)
        self._buttons(layout)

    def _figure(self, layout: QtWidgets.QHBoxLayout, name: str) -> None:
        title = QtWidgets.QLabel(name)
        title.setStyleSheet(f"color: {self._palette.faint}; margin-left: 10px;")
        said = QtWidgets.QLabel(NONE)
        said.setAccessibleName(name)
        self.figures[name] = said
        layout.addWidget(title)
        layout.addWidget(said)

    def _buttons(self, layout: QtWidgets.QHBoxLayout) -> None:
        self.badge.setAccessibleName("Mode")
        tips.give(self.arm, "Arm: {arm}   Disarm: {disarm}")
        self.arm.setMinimumWidth(self.fontMetrics().horizontalAdvance("ARMED 15:00") + 24)
        tips.give(self.cancel_all, "Cancel all working entry orders ({cancel_all})")
        tips.give(
            self.flatten_all,
            "Hold for half a second: stop all trading and close everything ({panic} twice)",
        )
        self.view.setText("View ▾")
        self.view.setToolTip("Panels and layout")
        self.view.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        for button in (self.arm, self.cancel_all, self.flatten_all, self.view):
            layout.addWidget(button)

    def refresh(self, mirror: Mirror, fresh: Fresh, wall: int) -> None:
        """Show how things stand at `wall` (UTC ns)."""
        mode = mirror.hello.mode
        look = theme.look(mode) if mode else theme.NOBODY
        _say(self.badge, mode or "NO ENGINE", look.text, look.fill)
        known = fresh <= Fresh.QUIET
        for name, (text, well) in (
            ("feed", feed_text(mirror)),
            ("broker", broker_text(mirror)),
        ):
            colour = self._palette.text if well or not known else self._palette.last
            _say(self.figures[name], text if known else NONE, colour)
        p99 = mirror.pulse.loop_p99_ms
        told = f"{p99:.1f} ms" if known and isfinite(p99) else NONE
        _say(self.figures["engine p99"], told, self._palette.text)
        text, made = day_text(mirror)
        colours = self._palette
        colour = colours.up if made > 0 else colours.down if made < 0 else colours.text
        over = fresh is Fresh.ENDED
        _say(self.figures["day P&L"], text, colour if known or over else colours.faint)
        self._armed(mirror, wall, known=known)

    def _armed(self, mirror: Mirror, wall: int, *, known: bool) -> None:
        trading = mirror.trading
        armed = known and trading.armed
        left = max(trading.until - wall, 0) // 1_000_000_000 if trading.until else 0
        text = f"ARMED {left // 60}:{left % 60:02d}" if left else "ARMED"
        text = text if armed else "Blocked" if trading.blocked else "Disarmed"
        why = trading.blocked or trading.disarmed
        _button(self.arm, text, theme.ARMED if armed else None)
        tip = tips.told(self.arm)
        self.arm.setToolTip(f"{tip}\n{why}" if why and not armed else tip)


def _say(label: QtWidgets.QLabel, text: str, colour: str, fill: str = "") -> None:
    """Set text and colours where they differ: a style that is set anew costs a polish."""
    if label.text() != text:
        label.setText(text)
    style = f"color: {colour};"
    if fill:
        style += f" background: {fill}; font-weight: bold; padding: 3px 10px; border-radius: 2px;"
    if label.styleSheet() != style:
        label.setStyleSheet(style)


def _button(button: QtWidgets.QPushButton, text: str, look: theme.ModeLook | None) -> None:
    if button.text() != text:
        button.setText(text)
    style = f"background: {look.fill}; color: {look.text}; font-weight: bold;" if look else ""
    if button.styleSheet() != style:
        button.setStyleSheet(style)
