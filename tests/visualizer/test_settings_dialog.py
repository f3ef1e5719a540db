import pytest

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.preferences import Preferences, Sounding
from tradeplat.visualizer.qt import QtWidgets
from tradeplat.visualizer.settings_dialog import SettingsDialog

OTHERS = Preferences("teal-red", 14, "roomy", frozenset({"buy"}), Sounding(reject=True))


@pytest.fixture
def dialog(qtbot):
    parent = QtWidgets.QWidget()
    qtbot.addWidget(parent)
    kept = []

    def save(wanted: Preferences) -> None:
        if wanted.font_size == 18:
            raise BadInput("windows.toml: cannot be written")
        kept.append(wanted)

    made = SettingsDialog(lambda: OTHERS, save, parent)
    made.kept, made.owner = kept, parent
    made.show()
    return made


def test_what_holds_is_shown_and_what_is_said_is_saved(dialog):
    assert dialog.preferences() == OTHERS
    dialog.sounds["fill"].click()
    dialog.loads["buy"].click()
    dialog.loads["sell_risk"].click()
    dialog.keep.click()
    (wanted,) = dialog.kept
    assert wanted.sounds == Sounding(fill=True, reject=True)
    assert wanted.load_only == {"sell_risk"}
    assert not dialog.isVisible()


def test_what_cannot_be_kept_is_said(dialog):
    dialog.letters.setCurrentIndex(dialog.letters.findData(18))
    dialog.keep.click()
    assert dialog.isVisible()
    assert "cannot be written" in dialog.said.text()
    dialog.drop.click()
    dialog.show()
    assert dialog.preferences() == OTHERS
