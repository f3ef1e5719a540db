"""A step that never gives way: nobody on the loop could tell of it, so the machine does."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from faultsim.loop import Livelock

MOST = 60.0
"""Seconds of processor time a schedule may take; the longest of all take three."""


@contextmanager
def within(seconds: float, told: Callable[[str], None]) -> Iterator[None]:
    """Once `seconds` of processor time are spent, tell where and raise Livelock there, and again
    for as long as it goes on, for the code that spins may catch it. Outside the main thread, which
    alone hears signals, nobody watches.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def overdue(_signal: int, frame: FrameType | None) -> None:
        code = frame.f_code if frame is not None else None
        where = f"{code.co_qualname} at line {frame.f_lineno}" if code and frame else "nowhere"
        what = f"a schedule took {seconds:g} s of processor time, and is in {where}"
        told(what)
        raise Livelock(what)

    before = signal.signal(signal.SIGVTALRM, overdue)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
