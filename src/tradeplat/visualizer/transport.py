"""The transport of a replay: its buttons, speed and scrub bar under the chart, and its question."""

from collections.abc import Callable
from typing import NamedTuple

from tradeplat.core.market import SECOND
from tradeplat.visualizer.client import Engine, Reply
from tradeplat.visualizer.icons import icon
from tradeplat.visualizer.keys import Action
from tradeplat.visualizer.link import Replay
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal
from tradeplat.visualizer.question import Question
from tradeplat.visualizer.scrub import ScrubBar
from tradeplat.visualizer.ticks import instant_text

SPEEDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 0.0)
"""What the speed slider chooses of; 0 is as fast as it goes."""

QUICK = SECOND // 4
"""A cursor that took longer to go to (ns) follows the mouse only once it is released."""

FAR = 10
"""Bars of a long step."""


def speed_text(speed: float) -> str:
    """A speed as the transport shows it."""
    return f"{speed:g}x" if speed else "max"


def speed_place(speed: float) -> int:
    """Where on the slider a speed lies: that of the nearest one below it."""
    if not speed:
        return len(SPEEDS) - 1
    return max((at for at, one in enumerate(SPEEDS[:-1]) if one <= speed), default=0)


def behind_text(told: Replay) -> str:
    """The badge: how far the view is behind what was simulated, or what the engine is at."""
    if told.state == "busy":
        return "simulating …"
    if told.behind:
        return f"behind by {told.behind:,} bar{'s' if told.behind > 1 else ''}"
    return "at the end" if told.state == "done" else ""


class Button(NamedTuple):
    """A button of the transport: its icon, what it is called, and its key."""

    icon: str
    name: str
    key: str


BUTTONS = {
    "restart": Button("first", "Restart from the beginning", "Home"),
    "back": Button("back", "Back one bar", "Left; Shift+Left ten bars"),
    "play": Button("play", "Start, pause or resume", "Space"),
    "forward": Button("forward", "One bar on", "Right; Shift+Right ten bars"),
    "end": Button("last", "Fast-forward to the end", "End"),
}


KEYS = tuple(
    Action("", key, f"replay, on the chart: {said}")
    for key, said in (
        ("Space", "start, pause, resume"),
        ("Right", "one bar on (Shift: ten), while paused"),
        ("Left", "one bar back (Shift: ten)"),
        ("Home", "restart from the beginning"),
        ("End", "fast-forward to the end"),
        ("+", "faster, up to max"),
        ("-", "slower"),
        ("Ctrl+Return", "restart from here"),
        ("Ctrl+I", "statistics"),
    )
)
"""The keys of a replay, for the sheet: they are no shortcuts and stay as they are."""


class Transport(QtWidgets.QWidget):
    """Holds, runs, rewinds and hurries a replay; hidden where none is shown.

    `statistics` and `inspector` are asked for by its buttons, `said` has what was refused.
    `steady` counts ns and never goes back.
    """

    statistics = Signal()
    inspector = Signal()
    said = Signal(str)

    def __init__(
        self,
        engine: Engine,
        palette: Palette,
        steady: Callable[[], int],
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._engine = engine
        self._palette = palette
        self._steady = steady
        self._icons = {
            name: icon(name, palette.text, palette.border)
            for name in ("first", "back", "play", "pause", "forward", "last")
        }
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        self.speed = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self.speed_label = QtWidgets.QLabel("1x")
        self.scrub = ScrubBar(palette)
        self.time = QtWidgets.QLabel()
        self.badge = QtWidgets.QLabel()
        self.here = QtWidgets.QPushButton("From here")
        self.figures = QtWidgets.QPushButton("Statistics…")
        self.why = QtWidgets.QPushButton("Inspector")
        self.question = Question("Restart from here", "Keep what is there", palette)
        self._going: int | None = None
        """The bar that is gone to, while no answer came."""
        self._wanted: int | None = None
        self._took = self._since = 0
        self._icon = ""
        self._built()
        self._wired()
        self.hide()

    @property
    def told(self) -> Replay | None:
        """How the replay stands; None where there is none."""
        return self._engine.mirror.replay

    # How it is built

    def _built(self) -> None:
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.question)
        row = QtWidgets.QHBoxLayout()
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(3)
        column.addLayout(row)
        for name, about in BUTTONS.items():
            button = QtWidgets.QPushButton()
            button.setIcon(self._icons[about.icon])
            button.setFixedWidth(34)
            button.setAccessibleName(about.name)
            button.setToolTip(f"{about.name} ({about.key})")
            self.buttons[name] = button
            row.addWidget(button)
        row.addSpacing(8)
        self._speed_built(row)
        row.addSpacing(8)
        row.addWidget(self.scrub, 1)
        row = QtWidgets.QHBoxLayout()
        row.setContentsMargins(8, 0, 6, 3)
        row.setSpacing(3)
        column.addLayout(row)
        self._labels_built(row)
        for button, tip in (
            (self.here, "Forget what came after this bar and play on from it (Ctrl+Enter)"),
            (self.figures, "Figures of the replay up to this bar (Ctrl+I)"),
            (self.why, "What each strategy remembers at this bar, and the gate's last refusal"),
        ):
            button.setToolTip(tip)
            row.addWidget(button)

    def _speed_built(self, row: QtWidgets.QHBoxLayout) -> None:
        self.speed.setRange(0, len(SPEEDS) - 1)
        self.speed.setPageStep(1)
        self.speed.setFixedWidth(92)
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Market seconds a second (+ faster, - slower)")
        wide = max(self.fontMetrics().horizontalAdvance(speed_text(one)) for one in SPEEDS)
        self.speed_label.setFixedWidth(wide + 8)
        row.addWidget(self.speed)
        row.addWidget(self.speed_label)

    def _labels_built(self, row: QtWidgets.QHBoxLayout) -> None:
        wide = self.fontMetrics().horizontalAdvance("Wed 28 Sep 00:00:00")
        self.time.setMinimumWidth(wide)
        self.time.setAccessibleName("Time of the replay")
        self.badge.setAccessibleName("Behind")
        row.addWidget(self.time)
        row.addSpacing(8)
        row.addWidget(self.badge)
        row.addStretch(1)

    def _wired(self) -> None:
        for name, do in (
            ("restart", self.restart),
            ("back", lambda: self.step(-1)),
            ("play", self.play_or_pause),
            ("forward", lambda: self.step(1)),
            ("end", self.to_end),
        ):
            self.buttons[name].clicked.connect(do)
        self.speed.valueChanged.connect(lambda at: self.ask("speed", {"speed": SPEEDS[at]}))
        self.scrub.wanted.connect(self._dragged)
        self.scrub.let_go.connect(self._let_go)
        self.here.clicked.connect(self.from_here)
        self.question.agreed.connect(lambda: self.ask("here", {}))
        self.figures.clicked.connect(self.statistics)
        self.why.clicked.connect(self.inspector)

    # What it shows

    def refresh(self) -> None:
        """Show how the replay stands."""
        told = self.told
        self.setVisible(told is not None)
        if told is None:
            self.question.hide()
            return
        state = told.state
        self._set_icon("pause" if state in {"running", "busy"} else "play")
        self.buttons["play"].setEnabled(state != "done")
        self.buttons["forward"].setEnabled(state == "paused")
        self.buttons["end"].setEnabled(state in {"paused", "running"})
        if not self.speed.isSliderDown():
            with QtCore.QSignalBlocker(self.speed):
                self.speed.setValue(speed_place(told.speed))
            self.speed_label.setText(speed_text(told.speed))
        self.scrub.tell(told.bar, told.bar + told.behind, told.bars)
        self.time.setText(f"{instant_text(told.cursor)}  bar {told.bar:,} / {told.bars:,}")
        self._badge(told)

    def _badge(self, told: Replay) -> None:
        text = behind_text(told)
        self.badge.setVisible(bool(text))
        if self.badge.text() == text:
            return
        self.badge.setText(text)
        colours = self._palette
        loud = f"background: {colours.last}; color: {colours.ground}; font-weight: bold;"
        quiet = f"color: {colours.faint};"
        self.badge.setStyleSheet(
            f"{loud if told.behind and told.state != 'busy' else quiet} padding: 2px 6px;"
        )

    def _set_icon(self, name: str) -> None:
        if name != self._icon:
            self._icon = name
            self.buttons["play"].setIcon(self._icons[name])

    # What it has the engine do

    def ask(self, do: str, body: object, then: Callable[[], None] = lambda: None) -> None:
        """Have the engine do something; a refusal is said, and `then` called all the same."""

        def came(reply: Reply) -> None:
            if not reply.done:
                self.said.emit(f"{do} refused ({reply.code}): {reply.text}")
            then()

        self._engine.command(do, body, came)

    def play_or_pause(self) -> None:
        """Let time run, or hold it."""
        told = self.told
        if told is not None:
            self.ask("pause" if told.state in {"running", "busy"} else "play", {})

    def step(self, bars: int) -> None:
        """So many bars on, or back; a step that was not answered yet is enough."""
        told = self.told
        if told is None or self._going is not None:
            return
        if told.state == "running":
            if bars > 0:
                self.said.emit("step: the replay runs; pause it first (Space)")
                return
            self.ask("pause", {})
        self._going = told.bar + bars
        self.ask("step", {"bars": bars}, self._came)

    def hurry(self, by: int) -> None:
        """A faster or slower speed of the slider."""
        self.speed.setValue(self.speed.value() + by)

    def restart(self) -> None:
        """To the beginning."""
        self.ask("restart", {})

    def to_end(self) -> None:
        """To the end, as fast as it goes."""
        self.ask("end", {})

    def from_here(self) -> None:
        """Simulate on from here; asks where something would be lost."""
        told = self.told
        if told is None:
            return
        if not told.behind:
            self.ask("here", {})
            return
        bars = f"{told.behind:,} later bar{'s' if told.behind > 1 else ''}"
        self.question.ask(
            f"Restart from {instant_text(told.cursor)}? The results of {bars}, and what was traded"
            " by hand in them, are lost."
        )

    def press(self, event: QtGui.QKeyEvent) -> bool:
        """Do what a key means on the chart of a replay; False for keys that mean nothing."""
        key, how = event.key(), event.modifiers()
        how &= ~Qt.KeyboardModifier.KeypadModifier
        deed = self._deed(key, how) if self.told is not None else None
        if deed is None:
            return False
        if not event.isAutoRepeat() or key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            deed()
        return True

    def _deed(self, key: int, how: Qt.KeyboardModifier) -> Callable[[], object] | None:
        none, shift, ctrl = (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.ControlModifier,
        )
        keys = Qt.Key
        if key in {keys.Key_Plus, keys.Key_Equal, keys.Key_Minus} and how in {none, shift}:
            return lambda: self.hurry(-1 if key == keys.Key_Minus else 1)
        if key in {keys.Key_Left, keys.Key_Right} and how in {none, shift}:
            bars = FAR if how == shift else 1
            return lambda: self.step(bars if key == keys.Key_Right else -bars)
        return {
            (keys.Key_Space, none): self.play_or_pause,
            (keys.Key_Home, none): self.restart,
            (keys.Key_End, none): self.to_end,
            (keys.Key_Return, ctrl): self.from_here,
            (keys.Key_Enter, ctrl): self.from_here,
            (keys.Key_I, ctrl): self.statistics.emit,
        }.get((keys(key), how))

    def _dragged(self, bar: int) -> None:
        """Follow the mouse as long as that is quick."""
        if self._took <= QUICK:
            self._go(bar)

    def _let_go(self, bar: int) -> None:
        self._go(bar)

    def _go(self, bar: int) -> None:
        """Go to a bar; while one is gone to, the newest wish waits for its turn."""
        if self._going is not None:
            self._wanted = bar
            return
        self._going, self._since = bar, self._steady()
        self.ask("seek", {"bar": bar}, self._came)

    def _came(self) -> None:
        gone, self._going = self._going, None
        if self._since:
            self._took, self._since = self._steady() - self._since, 0
        wanted, self._wanted = self._wanted, None
        if wanted is not None and wanted != gone:
            self._go(wanted)
