"""What a session measured of itself, for `metrics.json` and for whoever asks meanwhile."""

import resource
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from tradeplat.runtime.metrics import Metrics

_STATUS = Path("/proc/self/status")
_KIB = 1024


class Cost(msgspec.Struct, frozen=True):
    """What this process took from the machine; memory in MB (10^6 bytes), times in seconds."""

    resident_mb: float
    peak_mb: float
    cpu_s: float
    wall_s: float


class Stopwatch:
    """Begins when it is made."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._wall = time.monotonic()

    def cost(self) -> Cost:
        """What was used since the beginning, and what memory is held now and was at most."""
        resident, peak = memory_mb()
        cpu, wall = time.process_time() - self._cpu, time.monotonic() - self._wall
        return Cost(round(resident, 1), round(peak, 1), round(cpu, 2), round(wall, 2))


def memory_mb() -> tuple[float, float]:
    """Resident memory of this process in MB: now, and the most it ever was."""
    peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB)
    now = peak
    with suppress(OSError):  # not every system tells: the peak then stands for both
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmRSS:"):
                now = float(line.split()[1]) * _KIB
            elif line.startswith("VmHWM:"):
                peak = float(line.split()[1]) * _KIB
    return now / 1e6, peak / 1e6


def numbers(
    metrics: Metrics, parts: Mapping[str, Mapping[str, object]], cost: Cost
) -> dict[str, object]:
    """Everything counted, part by part, ready for JSON."""
    told = {name: dict(sorted(part.items())) for name, part in parts.items()}
    return {**metrics.snapshot(), **told, "process": msgspec.to_builtins(cost)}
