"""The line at the foot: what came of the last command, and what may be pressed now."""

from collections.abc import Mapping, Sequence

from tradeplat.visualizer.client import Fresh
from tradeplat.visualizer.link import FillRow, FrameType
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.numerals import price_text, quantity_text
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import QtWidgets
from tradeplat.visualizer.timing import KeyTiming

SAID_MS = 15_000
MANUAL = "manual"
"""Who trades where a person does."""


class Foot(QtWidgets.QStatusBar):
    """A line of the foot stays for a while at the left; at its right is what to press."""

    def __init__(self, palette: Palette, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._seen = 0
        self._run = ""
        self._known: set[int] = set()
        self.setSizeGripEnabled(False)
        self.hint = QtWidgets.QLabel()
        self.hint.setAccessibleName("What to press")
        self.hint.setStyleSheet(f"color: {palette.faint}; padding-right: 6px;")
        self.addPermanentWidget(self.hint)
        self.timing = KeyTiming(palette)
        self.addPermanentWidget(self.timing)
        self.setStyleSheet(_style(palette.text))

    def say(self, text: str, *, wrong: bool = False) -> None:
        """A line for a while; what was refused has the colour of refusals."""
        style = _style(self._palette.down if wrong else self._palette.text)
        if self.styleSheet() != style:
            self.setStyleSheet(style)
        self.showMessage(text, SAID_MS)

    def refresh(self, mirror: Mirror, fresh: Fresh, symbol: str, keys: Mapping[str, str]) -> None:
        """Show what may be pressed for `symbol` now, and fills of orders by hand that came."""
        text = hint(mirror, fresh, symbol, keys)
        if self.hint.text() != text:
            self.hint.setText(text)
        told = mirror.statistics
        self.timing.tell(told.key_to_wire if told else (), dict(told.latency) if told else {})
        self.hint.setToolTip(mirror.trading.blocked or mirror.trading.disarmed)
        if mirror.seen[FrameType.FILLS] != self._seen:
            self._seen = mirror.seen[FrameType.FILLS]
            self._filled(mirror)

    def _filled(self, mirror: Mirror) -> None:
        """Say the newest fill by hand; those of before this window came are old news."""
        began = mirror.hello.run != self._run
        self._run = mirror.hello.run
        new = [row for key, row in mirror.fills.items() if key not in self._known]
        self._known = set(mirror.fills)
        mine = [row for row in new if row.strategy == MANUAL]
        if mine and not began:
            last = mine[-1]
            model = mirror.model(last.symbol)
            parts = [row for row in mirror.fills.values() if row.order_id == last.order_id]
            self.say(filled_text(parts, 2 if model is None else model.decimals))


def filled_text(rows: Sequence[FillRow], decimals: int) -> str:
    """The fills of one order in words, at their average."""
    done = sum(row.quantity for row in rows)
    price = sum(row.quantity * row.price for row in rows) / done
    shares = quantity_text(abs(done), signed=False)
    did = "bought" if done > 0 else "sold"
    return f"Filled: {did} {shares} {rows[-1].symbol} at {price_text(price, decimals)}"


def hint(mirror: Mirror, fresh: Fresh, symbol: str, keys: Mapping[str, str]) -> str:
    """What may be pressed now, in the keys as they are set."""
    if fresh is not Fresh.LIVE:
        return ""
    sheet = _told(keys, (("sheet", "all keys"),))
    if not symbol:
        return " · ".join(part for part in ("Waiting for the first ticker", sheet) if part)
    size = mirror.trading.terms.get("size") or 0.0
    shares = f"{quantity_text(size, signed=False)} {symbol}" if size else symbol
    held = mirror.position(symbol)
    if held:
        wanted = (("close_all", "closes it"), ("close_half", "half"), ("breakeven", "stop to even"))
        now = f"{quantity_text(held)} {symbol}: {_told(keys, wanted)}"
    elif mirror.trading.blocked:
        now = f"Blocked, exits work ({mirror.trading.blocked.partition(':')[0]})"
    elif not mirror.trading.armed:
        now = f"Disarmed: {_told(keys, (('arm', 'arms'), ('buy', f'buys {shares}')), ', then ')}"
    else:
        wanted = (("buy", f"buys {shares}"), ("sell", "sells short"), ("disarm", "disarms"))
        now = f"Armed: {_told(keys, wanted)}"
    return f"{now} · {sheet}" if sheet else now


def _told(keys: Mapping[str, str], wanted: tuple[tuple[str, str], ...], between: str = ", ") -> str:
    """Keys and what each does, those without a key left out."""
    return between.join(f"{keys[name]} {does}" for name, does in wanted if keys.get(name))


def _style(colour: str) -> str:
    return f"QStatusBar {{ color: {colour}; }}"
