from execution.loopback import order
from tradeplat.core.market import SECOND
from tradeplat.execution.timings import NoJournal, Seams, Timings, no_alarm, no_objection


async def test_the_defaults_are_the_written_limits_and_lean_on_nothing() -> None:
    timings = Timings()
    assert (timings.ttl, timings.misses, timings.miss_gap) == (2 * SECOND, 3, 5.0)
    assert (timings.miss_span, timings.clearance) == (30.0, 3.0)
    assert timings.recancels == (1.0, 2.0, 4.0, 8.0)
    seams = Seams()
    assert isinstance(seams.journal, NoJournal)
    await seams.journal.intent(order())
    assert seams.live()
    assert no_objection(order()) == ""
    no_alarm("code", "line")
