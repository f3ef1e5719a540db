import aiohttp
import pytest

from markets import OPEN, SECOND, ask, market_socket, said, trade, venue
from tradeplat.core.errors import BadInput
from tradeplat.venue.clock import MAX
from tradeplat.venue.fault_plan import Planned, read_faults, read_plan
from tradeplat.venue.fault_presets import PRESETS
from tradeplat.venue.faults import Fault
from waits import until


def test_a_preset_a_file_and_faults_from_the_beginning_are_read(tmp_path):
    assert read_faults("storm") == PRESETS["storm"].faults
    file = tmp_path / "plan.json"
    file.write_text('[{"name": "slow", "seconds": [1, 2]}, {"at": 5, "do": "clear"}]')
    assert read_faults(str(file)) == (Fault(name="slow", seconds=(1, 2)), Planned(5, "clear"))


def test_what_is_neither_preset_nor_plan_is_one_clear_line(tmp_path):
    with pytest.raises(BadInput, match="faults: found 'hurricane', expected a file or one of calm"):
        read_faults("hurricane")
    file = tmp_path / "plan.json"
    file.write_text('[{"name": "slo"}]')
    with pytest.raises(BadInput, match=r"plan\.json: .*did you mean 'slow'"):
        read_faults(str(file))


async def test_faults_are_armed_and_ended_by_a_plan():
    plan = (
        Fault(name="frame_loss", times=9),
        Planned(1, "fault", {"name": "slow", "probability": 0.5}),
        Planned(2, "preset", {"name": "rough"}),
        Planned(4, "clear"),
    )
    async with venue(speed=1, faults=plan) as served:
        assert [one.name for one in served.faults.armed] == ["frame_loss"]
        served.clock.change_speed(50.0)
        served.player.wake()
        await until(lambda: len(served.faults.armed) > 2)
        await until(lambda: served.faults.quiet)


def test_a_plan_is_read_from_a_file(tmp_path):
    file = tmp_path / "faults.json"
    file.write_text(
        '[{"at": 1.5, "do": "halt", "with": {"symbol": "AAA"}}, {"at": "x", "do": "y"}]'
    )
    assert read_plan(file) == (Planned(1.5, "halt", {"symbol": "AAA"}), Planned("x", "y"))


@pytest.mark.parametrize("text", ["", "{}", '[{"at": 1}]', '[{"at": 1, "do": "halt", "if": 2}]'])
def test_a_file_that_is_no_plan_is_one_clear_line(tmp_path, text):
    file = tmp_path / "faults.json"
    file.write_text(text)
    with pytest.raises(BadInput, match=r"faults\.json: .*expected a JSON array"):
        read_plan(file)
    with pytest.raises(BadInput, match="No such file"):
        read_plan(tmp_path / "none.json")


async def test_each_fault_strikes_at_its_moment():
    plan = (
        Planned(5, "halt", {"symbol": "AAA", "code": "LUDP"}),
        Planned("2026-01-05T14:30:07Z", "cancel", {"symbol": "AAA", "id": 99}),
        Planned(9, "disconnect", {"how": "close", "code": 1011}),
    )
    events = [trade(OPEN + n * SECOND) for n in range(1, 20)]
    async with venue(events, speed=1, faults=plan) as served, market_socket(served) as ws:
        await ask(ws, action="subscribe", statuses=["*"])
        served.clock.change_speed(200.0)
        served.player.wake()
        (status,) = await said(ws)
        assert (status["t"], status["rc"]) == ("2026-01-05T14:30:05Z", "LUDP")
        frame = await ws.receive(timeout=30)
        assert (frame.type, frame.data) == (aiohttp.WSMsgType.CLOSE, 1011)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Planned(1, "explode"), "fault 1: do: found 'explode', expected one of activity, band, "),
        (Planned(1, "halt"), "fault 1: Object missing required field `symbol`"),
        (Planned("noon", "stop"), "fault 1: at must be an RFC 3339 time"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused_before_anything_is_played(entry, words):
    with pytest.raises(BadInput, match=words):
        async with venue(speed=MAX, faults=(entry,)):
            pass  # refused on the way in
