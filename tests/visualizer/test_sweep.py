"""Cycles are taken between events, and never while something is painted."""

import gc
import weakref

from tradeplat.visualizer.qt import QtWidgets
from tradeplat.visualizer.sweep import OLDER, Sweep


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.own = self


def test_only_its_own_clock_collects(qtbot):
    with Sweep():
        assert not gc.isenabled()
        gone = weakref.ref(Ring())
        many = [[] for _ in range(100_000)]  # enough for any threshold
        assert gone() is not None
        qtbot.waitUntil(lambda: gone() is None)
    del many


def test_what_lived_through_a_look_is_taken_by_a_later_one(qapp):
    with Sweep() as sweep:
        ring = Ring()
        gone = weakref.ref(ring)
        sweep.sweep()
        del ring
        for _ in range(OLDER):
            sweep.sweep()
        assert gone() is None


def test_no_window_is_taken_in_the_midst_of_a_paint(qtbot):
    seen = []

    class Painted(QtWidgets.QWidget):
        def paintEvent(self, event):
            made = Ring()
            made.window = QtWidgets.QWidget()
            gone = weakref.ref(made)
            del made
            kept = [[] for _ in range(100_000)]
            seen.append(gone() is not None and bool(kept))

    with Sweep():
        widget = Painted()
        qtbot.addWidget(widget)
        widget.show()
        qtbot.waitUntil(lambda: bool(seen))
    assert all(seen)


def test_the_collector_is_left_as_it_was(qapp):
    gc.enable()
    with Sweep():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    with Sweep():
        assert not gc.isenabled()
    assert not gc.isenabled()
