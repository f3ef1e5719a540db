import gzip
import json
import signal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from commands import ran
from daemons import Process, VenueProcess, free_port
from eyes import Eye, Gui, session_of
from tradeplat.app import session
from tradeplat.app.session import Request, configured, typed
from tradeplat.core.errors import BadInput

FAST = ("--set", "venue.speed=400", "--set", "venue.tickers=12", "--set", "scanner.min_volume=1")
SAMPLE = Path(__file__).resolve().parents[2] / "backtest_data"


def test_what_is_typed_becomes_settings() -> None:
    tree = typed(
        mode="paper", venue=None, scanner="constant", tickers="a, b", speed="max", on_exit=None
    )
    settings = configured(Request(tree), None, [])
    assert settings.scanner.options == {"tickers": ["A", "B"]}
    assert settings.venue.speed == "max"
    assert [plug.use for plug in settings.strategy] == [
        plug["use"] for plug in session.DEFAULT_STRATEGIES
    ]


@pytest.mark.parametrize(
    ("tree", "sets", "message"),
    [
        ({}, ["run.mode=live"], "only when --mode live is typed"),
        ({"run": {"mode": "live"}}, [], "needs --venue alpaca"),
        ({}, ["strategy=[{use='ema_crss'}]"], "did you mean ema_cross"),
    ],
)
def test_real_money_and_mistakes_are_stopped_at_the_door(
    tree: dict[str, object], sets: list[str], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        configured(Request(tree), None, sets)


def test_orders_are_left_working_only_when_that_is_typed(tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('[run]\non_exit = "leave"\n')
    with pytest.raises(BadInput, match="only when --on-exit leave is typed"):
        configured(Request({}), config, [])
    assert configured(Request(typed(on_exit="leave")), config, []).run.on_exit == "leave"


def test_a_session_trades_ends_flat_and_runs_again_to_the_same_decisions(tmp_path: Path) -> None:
    said = ran("run", "--json", "--for", "55m", "--on-exit", "flatten", *FAST, cwd=tmp_path)
    assert said.code == 0, said.err
    first = said.numbers
    assert first["fills"] > 0
    assert first["left"] == []
    folder = tmp_path / str(first["run"])
    for name in ("run.toml", "events.jsonl.zst", "log.jsonl", "metrics.json", "report.html"):
        assert (folder / name).stat().st_size > 0, name
    again = ran("replay", folder, "--json", cwd=tmp_path)
    assert again.code == 0, again.out
    assert again.numbers["decisions_sha256"] == first["decisions_sha256"]


def test_an_interrupted_session_ends_cleanly_and_runs_again(tmp_path: Path) -> None:
    words = ("run", "--json", "--on-exit", "flatten", *FAST)
    with Process(*words, folder=tmp_path) as process:
        folder = _recording(tmp_path, process)
        process.signal(signal.SIGINT)
        assert process.wait() == 0, process.errors
    first = json.loads(process.output)
    assert first["left"] == []
    again = ran("replay", folder, "--json", cwd=tmp_path)
    assert again.numbers["decisions_sha256"] == first["decisions_sha256"]


def test_a_ticker_that_nothing_is_heard_of_is_told(tmp_path: Path) -> None:
    words = ("--tickers", "POLX,ZZZZ", "--for", "5m", "--set", "venue.speed=400")
    said = ran("run", *words, cwd=tmp_path)
    assert said.code == 0, said.err
    assert said.out.splitlines()[-1] == "no market data came for ZZZZ"
    assert "report: logs/" in said.out
    # Without a terminal a session says now and then, in a line, how it stands.
    assert "open orders 0" in said.err
    assert "\x1b" not in said.err + said.out


def test_a_session_with_windows_decides_and_fills_as_the_replay_without_any(tmp_path: Path) -> None:
    """A recorded day over the wire: one window looks, the real one is stopped, one reads nothing,
    one dies in the middle of a frame.
    """
    day = tmp_path / "day" / "DIVX"
    day.mkdir(parents=True)
    for name in ("2025-06-04_1s.csv.gz", "2025-06-04_quotes.csv.gz"):
        (day / name).write_bytes((SAMPLE / "DIVX" / name).read_bytes())
    words = in_lockstep(day.parent, "DIVX")
    with Gui(tmp_path) as gui, Process(*words, folder=tmp_path) as process:
        folder = session_of(tmp_path)
        eye, frozen = Eye(folder), Eye(folder)
        eye.until_clients(2 + gui.count)
        gui.freeze()
        Eye(folder).die_in_a_frame()
        assert process.process.poll() is None
        assert process.wait() == 0, process.errors
        assert gui.leaves() == 0
        eye.close()
        frozen.close()
    live = json.loads(process.output)
    replayed = ran("replay", day.parent, "-s", "ema_cross", "--json", cwd=tmp_path).numbers
    assert replayed["orders"] > 0
    assert agree(live, replayed)


def test_a_lockstep_session_of_a_given_time_ends_at_that_instant_every_time(
    tmp_path: Path, shared_data: Path
) -> None:
    """From four in the morning, so that the window opens with the recording."""
    day = tmp_path / "day"
    for symbol in ("BAC", "IBM"):
        for kind in ("1s", "quotes_1s"):
            lay(shared_data / "second" / f"{symbol}_20131009_{kind}.csv.gz", day, 6_000)
    hours = ("--for", "6h")
    first, again = (lockstep(tmp_path, day, "BAC,IBM", *hours) for _ in range(2))
    until = ("--to", "2013-10-09T10:00")
    replayed = ran("replay", day, "-s", "ema_cross", *until, "--json", cwd=tmp_path).numbers
    assert replayed["orders"] > 20
    assert agree(first, replayed)
    assert agree(first, again)
    assert first["ended"] == again["ended"]


def test_one_lockstep_session_goes_on_where_another_left(tmp_path: Path) -> None:
    place = tmp_path / "venue"
    words = ("--data", str(SAMPLE), "--speed", "max", "--from", "2025-06-04T09:25")
    with VenueProcess(place, free_port(), *words) as served:
        url = ("--set", f"venue.url={served.url}", "-s", "ema_cross", "--tickers", "DIVX,WEMZ")
        first = ran("run", "--json", *url, "--for", "12m", "--on-exit", "leave", cwd=tmp_path)
        again = ran("run", "--json", *url, "--for", "8m", "--on-exit", "flatten", cwd=tmp_path)
    assert (first.code, again.code) == (0, 0), (first.err, again.err)
    assert min(first.numbers["fills"], again.numbers["fills"]) > 0
    assert again.numbers["started"] >= first.numbers["ended"]
    assert again.numbers["left"] == []


def lockstep(folder: Path, day: Path, tickers: str, *words: str) -> dict[str, Any]:
    """A session over the wire, instant by instant."""
    said = ran(*in_lockstep(day, tickers), *words, cwd=folder)
    assert said.code == 0, said.err
    return said.numbers


def in_lockstep(day: Path, tickers: str) -> tuple[str, ...]:
    return (
        "run", "--json", "--speed", "max", "--set", f"venue.data={day}", "--tickers", tickers,
        "-s", "ema_cross", "--set", "stream.spans=[1]", "--on-exit", "leave",
    )  # fmt: skip


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = ("decisions_sha256", "fills_sha256", "orders", "fills", "net")
    return [one[name] for name in names] == [other[name] for name in names]


def lay(file: Path, folder: Path, rows: int) -> None:
    """The first `rows` rows of a packed file, in `folder`."""
    folder.mkdir(exist_ok=True)
    with gzip.open(file, "rt") as text, gzip.open(folder / file.name, "wt") as out:
        out.writelines(islice(text, rows + 1))


def _recording(folder: Path, process: Process) -> Path:
    """The run's folder, once its record has grown: the session is under way."""
    import time

    for _ in range(600):
        found = [path for path in folder.glob("logs/*/events.jsonl.zst") if path.stat().st_size]
        if found and found[0].stat().st_size > 20_000:
            return found[0].parent
        assert process.process.poll() is None, process.errors
        time.sleep(0.05)
    raise AssertionError("the session recorded nothing")
