"""Fields that offer what is often written in them."""

from tradeplat.visualizer.presets import PresetField
from tradeplat.visualizer.qt import Qt


def test_a_preset_is_written_as_if_it_were_typed(qtbot):
    field = PresetField(("1 ATR", "2 ATR"), "#ffffff")
    qtbot.addWidget(field)
    field.show()
    typed = []
    field.textEdited.connect(typed.append)
    field.menu.actions()[1].trigger()
    assert (field.text(), typed) == ("2 ATR", ["2 ATR"])


def test_alt_and_down_open_the_menu_and_other_keys_are_text(qtbot):
    field = PresetField(("1 ATR",), "#ffffff")
    qtbot.addWidget(field)
    field.show()
    qtbot.waitExposed(field)
    qtbot.keyClick(field, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(field.menu.isVisible)
    field.menu.close()
    qtbot.keyClicks(field, "97.5")
    assert field.text() == "97.5"


def test_without_presets_it_is_a_plain_field(qtbot):
    field = PresetField((), "#ffffff")
    qtbot.addWidget(field)
    field.offer()
    assert (field.actions(), field.menu.isVisible()) == ([], False)
