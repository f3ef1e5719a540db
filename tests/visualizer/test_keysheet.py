from tradeplat.visualizer.keys import ACTIONS
from tradeplat.visualizer.keysheet import KeySheet
from tradeplat.visualizer.qt import QtWidgets
from tradeplat.visualizer.transport import KEYS


def test_every_action_is_on_the_sheet_with_its_key(qtbot):
    window = QtWidgets.QWidget()
    qtbot.addWidget(window)
    told = {one.name: one.key for one in ACTIONS} | {"buy": ""}
    sheet = KeySheet(lambda: told, window)
    sheet.show()
    content = sheet.table.content
    rows = [
        [content.data(content.index(at, k)) for k in range(3)] for at in range(content.rowCount())
    ]
    assert rows[0] == ["none", "arm", "buy default size"]
    assert ["Ctrl+0", "", "cancel the symbol's orders and close its position"] in rows
    assert ["Space", "", "replay, on the chart: start, pause, resume"] in rows
    assert len(rows) == len(ACTIONS) + len(KEYS)
    assert not sheet.isModal()
