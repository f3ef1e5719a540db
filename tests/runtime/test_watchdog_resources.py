"""Too much memory, too many descriptors or tasks: told once, and no entries meanwhile."""

from tradeplat.runtime.watchdog_resources import MEMORY, MIB, ResourceWatch, limits, taken


class Told:
    def __init__(self) -> None:
        self.alarms: list[str] = []
        self.pauses: list[str] = []
        self.gauges: dict[str, float] = {}
        self.now = {"memory": 0.0, "descriptors": 0.0, "tasks": 0.0}
        allowed = {"memory": float(MEMORY), "descriptors": 100.0, "tasks": 100.0}
        self.watch = ResourceWatch(
            lambda _, line: self.alarms.append(line),
            self.pauses.append,
            self.gauges,
            allowed,
            lambda: self.now,
        )


def test_what_is_over_its_limit_is_told_once_and_lifted_when_it_is_well_below() -> None:
    told = Told()
    told.now["memory"] = 2000.0 * MIB
    told.watch.look()
    told.watch.look()
    told.now["descriptors"] = 101.0
    told.watch.look()
    assert len(told.alarms) == 2
    assert "2000 MiB, limit 1536 MiB" in told.alarms[0]
    told.now["memory"] = 1500.0 * MIB
    told.now["descriptors"] = 1.0
    told.watch.look()
    assert "" not in told.pauses
    told.now["memory"] = 1000.0 * MIB
    told.watch.look()
    assert told.pauses[-1] == ""
    assert told.gauges["memory"] == 1000.0 * MIB


async def test_this_very_process_is_within_its_limits() -> None:
    now, allowed = taken(), limits()
    assert now["memory"] > MIB
    assert now["descriptors"] >= 3
    assert now["tasks"] >= 1
    assert all(now[name] < allowed[name] for name in now)
