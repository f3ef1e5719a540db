"""One line across the window while what is shown is old, and the questions of closing."""

from tradeplat.visualizer import theme
from tradeplat.visualizer.client import LOST_SECONDS, QUIET_SECONDS, Fresh
from tradeplat.visualizer.qt import Qt, QtWidgets


def stale_text(fresh: Fresh, silence: float, trouble: str, *, known: bool) -> str:
    """What to say of old data; empty while it is not. `known` says whether any was ever shown."""
    if fresh is Fresh.LIVE:
        return ""
    if fresh is Fresh.ENDED:
        return trouble
    if fresh is Fresh.QUIET:
        said = "prices are old, keys that open are off"
        return f"No heartbeat for {max(silence, QUIET_SECONDS):.1f} s: {said}"
    if not known:
        return f"Not connected: {trouble}"
    why = trouble or f"no heartbeat for {LOST_SECONDS:g} s"
    return f"CONNECTION LOST ({why}). Stops at the broker stay. Reconnecting …"


_LOOKS = {Fresh.QUIET: theme.QUIET, Fresh.ENDED: theme.NOBODY}


class Banner(QtWidgets.QLabel):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setAccessibleName("Connection")
        self.hide()

    def tell(self, fresh: Fresh, said: str) -> None:
        """Say `said` in the colour of how bad it is; nothing when it is empty."""
        if said:
            look = _LOOKS.get(fresh, theme.LOST)
            style = f"background: {look.fill}; color: {look.text}; font-weight: bold; padding: 5px;"
            if self.styleSheet() != style:
                self.setStyleSheet(style)
            if self.text() != said:
                self.setText(said)
        self.setVisible(bool(said))
