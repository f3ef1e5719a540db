"""Windows without a screen: one size of letters, one scale, a loop that drives both worlds."""

import asyncio
import gc
import os
from collections.abc import Iterator

import pytest

os.environ["QT_SCALE_FACTOR"] = "1"  # before there is an application


@pytest.fixture(scope="session", autouse=True)
def _letters(qapp):
    """What is measured in pixels is measured in DejaVu Sans of 12."""
    from tradeplat.visualizer.qt import QtGui  # not loaded where the windows are skipped

    font = QtGui.QFont("DejaVu Sans")
    font.setPixelSize(12)
    qapp.setFont(font)
    qapp.setQuitOnLastWindowClosed(False)


@pytest.fixture(autouse=True)
def _swept(qapp):
    """Let what a test opened go at its end and not before: a collector that takes a window in the
    midst of its last painting takes the process with it.
    """
    from tradeplat.visualizer.qt import QtCore  # not loaded where the windows are skipped

    gc.disable()
    yield
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
    gc.collect(0)  # with none before it in this test, all that the test made is young
    gc.enable()


@pytest.fixture
def qloop(qapp) -> Iterator[asyncio.AbstractEventLoop]:
    import qasync  # takes the binding that the line above has loaded

    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    asyncio.set_event_loop(None)
    loop.close()
