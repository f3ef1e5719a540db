"""What an order would come to on each side, before anything is pressed: BUY beside SELL."""

from math import isfinite

from tradeplat.visualizer.numerals import (
    MINUS,
    NONE,
    dollar_text,
    money_text,
    price_text,
    quantity_text,
)
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtWidgets
from tradeplat.visualizer.ticket import Plan

ROWS = ("order", "value", "stop", "target", "after fill", "limit")
FULL = 1.0
"""Part of a limit above which the engine refuses."""


def texts(plan: Plan, decimals: int) -> dict[str, str]:
    """What is said of a plan, by row."""
    shares = quantity_text(plan.shares, signed=False)
    gain = (plan.target - plan.price) * plan.side * plan.shares
    stop = f"{price_text(plan.stop, decimals)}  {dollar_text(-plan.risk)}"
    target = f"{price_text(plan.target, decimals)}  {dollar_text(gain)}"
    # There is no signed nothing: flat is flat.
    after = quantity_text(plan.after) if plan.after else "flat"
    return {
        "order": f"{shares} @ {price_text(plan.price, decimals)}",
        "value": money_text(plan.value),
        "stop": stop if isfinite(plan.stop) else NONE,
        "target": target if isfinite(plan.target) else NONE,
        "after fill": after,
        "limit": "closes" if plan.closes else use_text(plan),
    }


def use_text(plan: Plan) -> str:
    """The limit that the order comes nearest to, and how near."""
    use = plan.use
    if not use.name or not isfinite(use.part):
        return NONE
    return f"{use.name} {100 * use.part:.0f} %"


def limit_text(plan: Plan) -> str:
    """The same in full, for a tool tip."""
    use = plan.use
    if not use.name:
        return "no limit is known"
    used, bound = money_text(use.used, 0), money_text(use.bound, 0)
    return f"{use.name}: {used} of {bound}"


def sentence(plan: Plan, symbol: str, decimals: int) -> str:
    """A plan as one line: BUY 200 AAPL at 98.14, stop 97.13."""
    word = "BUY" if plan.side > 0 else "SELL"
    said = [f"{word} {quantity_text(plan.shares, signed=False)} {symbol}"]
    said[0] += f" at {price_text(plan.price, decimals)}"
    for name in ("stop", "target"):
        price = getattr(plan, name)
        if isfinite(price):
            said.append(f"{name} {price_text(price, decimals)}")
    if isfinite(plan.risk):
        said.append(f"risk {dollar_text(plan.risk).removeprefix('+').removeprefix(MINUS)}")
    return ", ".join(said)


class Preview(QtWidgets.QWidget):
    """Two columns of figures; what would be refused is said in the colour of warnings."""

    def __init__(self, palette: Palette, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self.cells: dict[tuple[str, int], QtWidgets.QLabel] = {}
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        for at, (word, colour) in enumerate((("BUY", palette.up), ("SELL", palette.down)), 1):
            head = QtWidgets.QLabel(word)
            head.setStyleSheet(f"color: {colour}; font-weight: bold;")
            grid.addWidget(head, 0, at, Qt.AlignmentFlag.AlignRight)
            grid.setColumnStretch(at, 1)
        for down, name in enumerate(ROWS, 1):
            title = QtWidgets.QLabel(name)
            title.setStyleSheet(f"color: {palette.faint};")
            grid.addWidget(title, down, 0)
            for at, side in ((1, 1), (2, -1)):
                cell = QtWidgets.QLabel(NONE)
                cell.setAccessibleName(f"{'buy' if side > 0 else 'sell'} {name}")
                grid.addWidget(cell, down, at, Qt.AlignmentFlag.AlignRight)
                self.cells[name, side] = cell

    def tell(self, plan: Plan, decimals: int) -> None:
        """Show what a plan comes to, in the column of its side."""
        for name, text in texts(plan, decimals).items():
            cell = self.cells[name, plan.side]
            over = name == "limit" and not plan.closes and plan.use.part > FULL
            _say(cell, f"over {text}" if over else text, self._palette.last if over else "")
        self.cells["limit", plan.side].setToolTip(plan.why or limit_text(plan))


def _say(label: QtWidgets.QLabel, text: str, colour: str) -> None:
    """Set text and colour where they differ: a style that is set anew costs a polish."""
    if label.text() != text:
        label.setText(text)
    style = f"color: {colour};" if colour else ""
    if label.styleSheet() != style:
        label.setStyleSheet(style)
