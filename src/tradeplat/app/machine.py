"""What a session takes from the machine it runs on; a simulation hands in its own."""

import time
from collections.abc import Callable
from typing import NamedTuple


class Machine(NamedTuple):
    """The clocks of a machine, both in nanoseconds.

    `monotonic` only ever grows and counts from anywhere; `wall` is the UTC that the machine
    believes in, which somebody may set.
    """

    monotonic: Callable[[], int] = time.monotonic_ns
    wall: Callable[[], int] = time.time_ns


REAL = Machine()
"""The machine this process runs on."""
