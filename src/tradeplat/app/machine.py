"""What a session takes from the machine it runs on; a simulation hands in its own."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from tradeplat.journal.disk import Disk, WriterThread
from tradeplat.journal.orders import RESERVE


class Machine(NamedTuple):
    """The clocks of a machine, both in nanoseconds, and its disk.

    `monotonic` only ever grows and counts from anywhere; `wall` is the UTC that the machine
    believes in, which somebody may set. `disk` opens where the order journal's work is done, and
    `reserve` is how many bytes of its log are allocated beforehand. Only where there are `sockets`
    can a session be reached by other processes.
    """

    monotonic: Callable[[], int] = time.monotonic_ns
    wall: Callable[[], int] = time.time_ns
    disk: Callable[[], AbstractContextManager[Disk]] = WriterThread
    reserve: int = RESERVE
    sockets: bool = False


REAL = Machine(sockets=True)
"""The machine this process runs on."""
