"""The dialog of preferences: what windows look and sound like, and which keys fill the entry."""

from collections.abc import Callable, Iterable

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.keys import ACTIONS
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.preferences import DENSITIES, PALETTES, SIZES, Preferences, Sounding
from tradeplat.visualizer.qt import QtGui, QtWidgets

SOUNDS = {"fill": "Fill", "reject": "Refusal or rejection", "disconnect": "Engine lost"}
NAMES = {"default": "Blue and orange", "teal-red": "Teal and red"}


class SettingsDialog(QtWidgets.QDialog):
    """Shows the preferences that `now` tells; `save` gets them when they are saved."""

    def __init__(
        self,
        now: Callable[[], Preferences],
        save: Callable[[Preferences], None],
        parent: QtWidgets.QWidget,
    ) -> None:
        super().__init__(parent)
        self._now, self._save_all = now, save
        self.setWindowTitle("Settings")
        self.setModal(False)
        self.palettes, self.density = QtWidgets.QComboBox(), QtWidgets.QComboBox()
        for name in PALETTES:
            self.palettes.addItem(NAMES[name], name)
        for name in DENSITIES:
            self.density.addItem(name.capitalize(), name)
        self.letters = QtWidgets.QComboBox()
        for points in range(SIZES[0], SIZES[1] + 1):
            self.letters.addItem(f"{points} points", points)
        self.sounds = {name: QtWidgets.QCheckBox(said) for name, said in SOUNDS.items()}
        self.loads = {one.name: QtWidgets.QCheckBox(one.said) for one in ACTIONS if one.opens}
        self.said = QtWidgets.QLabel("Colours, letters and room hold from the next start on.")
        self.said.setWordWrap(True)
        self.keep, self.drop = QtWidgets.QPushButton("Save"), QtWidgets.QPushButton("Cancel")
        self._placed()
        self.keep.clicked.connect(self._save)
        self.drop.clicked.connect(self.reject)

    def _placed(self) -> None:
        form = QtWidgets.QFormLayout()
        for text, field in (
            ("Colours", self.palettes),
            ("Letters", self.letters),
            ("Room", self.density),
        ):
            form.addRow(text, field)
            field.setAccessibleName(text)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(_group("Sounds", self.sounds.values()))
        layout.addWidget(_group("Keys that only fill the order entry", self.loads.values()))
        layout.addWidget(self.said)
        foot = QtWidgets.QHBoxLayout()
        foot.addStretch(1)
        for button, tip in (
            (self.keep, "Keep these settings (Enter)"),
            (self.drop, "Leave them as they are (Esc)"),
        ):
            button.setToolTip(tip)
            foot.addWidget(button)
        layout.addLayout(foot)

    def show_preferences(self, told: Preferences) -> None:
        """Have these in the fields."""
        self.palettes.setCurrentIndex(self.palettes.findData(told.palette))
        self.density.setCurrentIndex(self.density.findData(told.density))
        self.letters.setCurrentIndex(self.letters.findData(told.font_size))
        for name, box in self.sounds.items():
            box.setChecked(bool(getattr(told.sounds, name)))
        for name, box in self.loads.items():
            box.setChecked(name in told.load_only)

    def preferences(self) -> Preferences:
        """What the fields say."""
        return Preferences(
            self.palettes.currentData(),
            self.letters.currentData(),
            self.density.currentData(),
            frozenset(name for name, box in self.loads.items() if box.isChecked()),
            Sounding(**{name: box.isChecked() for name, box in self.sounds.items()}),
        )

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Begin with what holds now."""
        self.show_preferences(self._now())
        super().showEvent(event)

    def _save(self) -> None:
        try:
            self._save_all(self.preferences())
        except BadInput as error:
            self.said.setText(f"▲ {error}")
            self.said.setStyleSheet(f"color: {DEFAULT.last};")
            return
        self.accept()


def _group(title: str, boxes: Iterable[QtWidgets.QCheckBox]) -> QtWidgets.QGroupBox:
    made = QtWidgets.QGroupBox(title)
    inside = QtWidgets.QVBoxLayout(made)
    inside.setSpacing(3)
    for box in boxes:
        inside.addWidget(box)
    return made
