from tradeplat.visualizer.qt import Qt
from tradeplat.visualizer.rows import Column, RowsModel, Table

COLUMNS = (
    Column("Name", lambda row: row[0], right=False),
    Column("Size", lambda row: f"{row[1]:.2f}", key=lambda row: row[1]),
    Column("Sign", lambda row: "x", colour=lambda row: "#ff0000" if row[1] < 0 else ""),
)
ROWS = [("b", 2.0), ("a", -10.0), ("c", 3.0)]


def texts(model: RowsModel, column: int) -> list[str]:
    return [model.data(model.index(row, column)) for row in range(model.rowCount())]


def test_cells_have_text_side_and_colour(qtmodeltester):
    model = RowsModel(COLUMNS)
    model.show_rows(ROWS)
    qtmodeltester.check(model)
    assert texts(model, 1) == ["2.00", "-10.00", "3.00"]
    sides = [model.data(model.index(0, n), Qt.ItemDataRole.TextAlignmentRole) for n in (0, 1)]
    assert [bool(side & Qt.AlignmentFlag.AlignRight) for side in sides] == [False, True]
    colours = [model.data(model.index(n, 2), Qt.ItemDataRole.ForegroundRole) for n in (0, 1)]
    assert (colours[0], colours[1].name()) == (None, "#ff0000")
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Size"


def test_numbers_sort_as_numbers_and_what_is_not_there_comes_last():
    model = RowsModel(COLUMNS)
    model.show_rows(ROWS)
    model.sort(1)
    assert texts(model, 0) == ["a", "b", "c"]
    model.sort(1, Qt.SortOrder.DescendingOrder)
    assert texts(model, 0) == ["c", "b", "a"]
    model.show_rows([*ROWS, ("d", 2.5)])
    assert texts(model, 0) == ["c", "d", "b", "a"]
    model.sort(-1)
    assert texts(model, 0) == ["b", "a", "c", "d"]
    gaps = RowsModel([Column("N", str, key=lambda row: row)])
    gaps.show_rows([None, 2, 1])
    gaps.sort(0)
    assert gaps.rows == [1, 2, None]


def test_a_refresh_is_one_signal(qtbot):
    model = RowsModel(COLUMNS)
    model.show_rows(ROWS)
    changed = []
    model.dataChanged.connect(lambda *_: changed.append(1))
    model.show_rows(ROWS)
    assert len(changed) == 1


def test_rows_come_and_go():
    model = RowsModel(COLUMNS)
    for rows in (ROWS, ROWS[:1], [], ROWS[1:]):
        model.show_rows(rows)
        assert model.rows == rows
    assert model.data(model.index(7, 0)) is None


def test_a_table_tells_which_row_was_picked(qtbot):
    table = Table("Things", COLUMNS)
    qtbot.addWidget(table)
    assert table.chosen() is None
    table.show_rows(ROWS)
    table.selectRow(1)
    assert table.chosen() == ROWS[1]
    with qtbot.waitSignal(table.picked) as picked:
        table.clicked.emit(table.content.index(2, 0))
    assert picked.args == [ROWS[2]]
    header = table.horizontalHeader()
    assert header.sectionResizeMode(0) == header.ResizeMode.Interactive
