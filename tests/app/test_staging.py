"""What a replay for windows is played on."""

from pathlib import Path

from tradeplat.app import replaying, reporting
from tradeplat.app.headers import Begun, header
from tradeplat.app.staging import Stage, instants
from tradeplat.history.dataset import DataSet

SAMPLE = Path(__file__).parents[2] / "backtest_data"
QUICK = ("fast_span=2", "slow_span=4", "atr_span=2", "span=60")


def test_figures_are_those_of_the_replay_and_of_the_report_of_its_record(tmp_path: Path) -> None:
    request = replaying.Request(
        (SAMPLE / "MIRQ",), ("ema_cross",), QUICK, out=tmp_path / "run", quiet=True
    )
    told = replaying.run(request, None, []).numbers
    data = replaying.opened(request)
    settings = replaying.configured(request, data, None, [])
    begun = Begun("replay", "replay", "csv", "replay", settings.run.cash, 0)
    stage = Stage(settings, data, header(settings, begun, {}), ())
    played = list(instants(DataSet.open(request.paths)))
    for events in played:
        stage.play(events)
    stage.finish()
    figures = stage.figures()
    summary = figures.pop("summary")
    assert figures == {name: told[name] for name in figures}
    reported = reporting.build(tmp_path / "run").numbers
    assert isinstance(summary, dict)
    differs = {name for name in summary if summary[name] != reported[name]}
    assert differs <= {"account", "run", "mode", "feed"}
    assert summary["campaigns"] > 0
    times = [events[0].ts for events in played]
    assert times == sorted(set(times))
