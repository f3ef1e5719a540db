"""What a user gets wrong is answered with one line that names it, exit code 2 and nothing else."""

import gzip
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from commands import command, environment, ran, refusal, typed

HEADER = "timestamp,open,high,low,close,volume\n"
ROWS = "2024-01-10T14:30:00Z,10,11,9,10,5\n2024-01-10T14:31:00Z,10,11,9,10,5\n"
GOOD = HEADER + ROWS
QUOTES = "ts_event,bid_price,bid_size,ask_price,ask_size\n"
DAY = "2024-01-10T14:32:00Z"

FILES = {
    "wrong header": ("AAA_1m.csv", "time,o,h\n1,2,3\n", "AAA_1m.csv:1: header: found 'time,o,h'"),
    "no header": ("AAA_1m.csv", ROWS, "AAA_1m.csv:1: header: found"),
    "unparsable price": ("AAA_1m.csv", f"{GOOD}{DAY},10,11,9,x,5\n", ":4: close: found 'x'"),
    "no price": ("AAA_1m.csv", f"{GOOD}{DAY},10,11,9,,5\n", ":4: close: found ''"),
    "NaN price": ("AAA_1m.csv", f"{GOOD}{DAY},10,11,9,nan,5\n", ":4: close: found 'nan'"),
    "infinite price": ("AAA_1m.csv", f"{GOOD}{DAY},10,inf,9,10,5\n", ":4: high: found 'inf'"),
    "negative price": ("AAA_1m.csv", f"{GOOD}{DAY},-1,11,-1,10,5\n", ":4: open: found '-1'"),
    "negative volume": ("AAA_1m.csv", f"{GOOD}{DAY},10,11,9,10,-5\n", ":4: volume: found '-5'"),
    "high below low": ("AAA_1m.csv", f"{GOOD}{DAY},10,9,11,10,5\n", ":4: high: found 9.0 below"),
    "open outside": ("AAA_1m.csv", f"{GOOD}{DAY},12,11,9,10,5\n", ":4: open: found 12.0, exp"),
    "a row too short": ("AAA_1m.csv", f"{GOOD}{DAY},10,11\n", ":4: columns: found 3, expected 6"),
    "time going back": (
        "AAA_1m.csv",
        f"{GOOD}2024-01-10T14:29:00Z,10,11,9,10,5\n",
        ":4: timestamp: found 2024-01-10T14:29:00Z before the row above",
    ),
    "a repeated bar": (
        "AAA_1m.csv",
        f"{GOOD}2024-01-10T14:31:00Z,10,11,9,10,5\n",
        ":4: timestamp: found 2024-01-10T14:31:00Z twice",
    ),
    "an impossible date": (
        "AAA_1m.csv",
        f"{HEADER}2024-02-30T14:30:00Z,10,11,9,10,5\n",
        ":2: timestamp: found '2024-02-30T14:30:00Z'",
    ),
    "mixed symbols": (
        "AAA_1m.csv",
        f"symbol,{HEADER}AAA,{ROWS.splitlines()[0]}\nBBB,{ROWS.splitlines()[1]}\n",
        ":3: symbol: found 'BBB', expected only AAA",
    ),
    "an unparsable quote": (
        "AAA_quotes.csv",
        f"{QUOTES}1704897000000000000,9.99,x,10.01,100\n",
        ":2: bid_size: found 'x'",
    ),
    "an empty file": ("AAA_1m.csv", "", ":1: file: found nothing, expected a header"),
    "no rows": ("AAA_1m.csv", HEADER, ":2: file: found no rows"),
    "no text": ("AAA_1m.csv", bytes(range(256)), "expected UTF-8 text"),
    "truncated gzip": (
        "AAA_1m.csv.gz",
        gzip.compress(GOOD.encode())[:-12],
        "expected a whole gzip file",
    ),
    "truncated zstd": (
        "AAA_1m.csv.zst",
        zstandard.compress(GOOD.encode() * 9)[:-6],
        "expected a whole zstd file",
    ),
    "plain text named gzip": ("AAA_1m.csv.gz", GOOD, "expected a whole gzip file"),
    "only trades": (
        "AAA_trades.csv",
        "ts_event,price,size\n1704897000000000000,10,100\n",
        "found no bars and no quotes",
    ),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with one good file."""
    (tmp_path / "GOOD_2024-01-10_1m.csv").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "TRADEPLAT_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    assert not list(tmp_path.glob("logs/*")), "a refused command left a run behind"


def put(folder: Path, name: str, content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    return name


@pytest.mark.parametrize("drive", ["research", "orchestrated"])
@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_trusted_stops_the_replay(here: Path, case: str, drive: str) -> None:
    name, content, expected = FILES[case]
    said = typed("replay", put(here, name, content), "-s", "ema_cross", "--drive", drive)
    line = refusal(said)
    assert line.startswith(name)
    assert expected in line


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_trusted_is_not_played_by_the_venue(here: Path, case: str) -> None:
    name, content, _ = FILES[case]
    if case == "only trades":
        return  # which the venue plays very well
    assert refusal(typed("venue", "--data", put(here, name, content), "--port", 0)).startswith(name)


def test_a_bad_row_far_into_a_file_is_named_by_its_number(here: Path) -> None:
    minutes = [f"2024-01-{10 + n // 300:02}T{14 + n // 60 % 5}:{n % 60:02}:00Z" for n in range(900)]
    rows = [f"{stamp},10,11,9,10,5\n" for stamp in minutes]
    rows[700] = rows[700].replace(",10,5", ",nan,5")
    name = put(here, "AAA_1m.csv", HEADER + "".join(rows))
    for drive in ("research", "orchestrated"):
        said = typed("replay", name, "-s", "coin_flip", "--drive", drive, "--json")
        assert refusal(said).startswith("AAA_1m.csv:702: close: found 'nan'")


def test_a_missing_path_and_an_empty_folder_are_named(here: Path) -> None:
    (here / "empty").mkdir()
    missing = refusal(typed("replay", "nowhere", "-s", "ema_cross"))
    assert missing == "nowhere: path: found nothing there, expected a CSV file or a folder"
    assert refusal(typed("replay", "empty", "-s", "ema_cross")).startswith("empty: folder: found")
    assert refusal(typed("data", "check", "nowhere")) == missing
    assert refusal(typed("venue", "--data", "nowhere", "--port", 0)) == missing


def test_an_unreadable_file_is_named(here: Path) -> None:
    (here / "AAA_1m.csv").mkdir()
    assert "AAA_1m.csv" in refusal(typed("replay", "AAA_1m.csv", "-s", "ema_cross"))
    (here / "BBB_1m.csv").symlink_to("/proc/self/mem")
    assert refusal(typed("replay", "BBB_1m.csv", "-s", "ema_cross")).startswith("BBB_1m.csv")


OPTIONS = {
    "no strategy": ([], "no strategy: name one with --strategy"),
    "a strategy that nobody knows": (["-s", "ema_cros"], "did you mean ema_cross?"),
    "a parameter that nobody knows": (["-p", "slow_spn=3"], "'slow_spn'; did you mean slow_span?"),
    "a parameter of the wrong type": (["-p", "slow_span=x"], "slow_span: found 'x', expected int"),
    "a fraction for a whole number": (["-p", "slow_span=1.5"], "found 1.5, expected int"),
    "no number": (["-p", "stop_atr=nan"], "stop_atr: found nan, expected a number"),
    "a parameter out of range": (["-p", "slow_span=1"], "expected 1 <= fast_span < slow_span"),
    "a parameter without a value": (["-p", "slow_span"], "--param slow_span: expected key=value"),
    "a parameter of another": (["-p", "coin_flip.seed=1"], "strategy 'coin_flip' is not in"),
    "an unknown drive": (["--drive", "warp"], "--drive warp: expected one of: research, orch"),
    "an impossible date": (["--from", "2024-13-01"], "--from 2024-13-01: expected a date"),
    "a day of no month": (["--to", "2024-02-30"], "--to 2024-02-30: expected a date"),
    "no date at all": (["--to", "soon"], "--to soon: expected a date"),
    "an end before its start": (["--from", "2024-02-01", "--to", "2024-01-01"], "a start before"),
    "a window without data": (["--from", "2030-01-01"], "--from 2030-01-01: nothing of the data"),
    "an unknown key": (["--set", "risk.max_opn_trades=1"], "did you mean max_open_trades?"),
    "an unknown table": (["--set", "rsk.leverage=1"], "unknown key rsk; did you mean risk?"),
    "no key": (["--set", "leverage"], "--set leverage: expected path.to.key=value"),
    "a word for a number": (["--set", "risk.leverage=x"], "found 'x', expected a number"),
    "an impossible number": (["--set", "run.cash=-1"], "run.cash: found -1, expected greater"),
    "an infinite number": (["--set", "desks.poll_seconds=inf"], "expected a finite number"),
    "a table for a plug-in": (["--set", "risk.sizing=5"], "a table with use = NAME"),
    "no quantity": (["--set", "risk.sizing.quantity=0"], "expected a quantity above 0"),
    "two kinds of slippage": (
        ["--set", "costs.slippage_pct=0.1", "--set", "costs.slippage_ticks=1"],
        "slippage_ticks and slippage_pct are both set",
    ),
    "a scanner that needs a venue": (["--set", "scanner.use=top_gainer"], "needs a screener"),
    "a text for a list": (["--set", "scanner.tickers=BAC"], "found 'BAC', expected a list"),
    "no configuration file": (["--config", "no.toml"], "no.toml: no such configuration file"),
    "a folder that cannot be": (["--out", "/dev/null/x"], "--out /dev/null/x: cannot make"),
    "an unknown option": (["--strategey", "x"], "No such option: --strategey"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_a_replay_that_was_asked_for_wrongly_says_what_is_wrong(here: Path, case: str) -> None:
    words, expected = OPTIONS[case]
    strategy = [] if case.startswith(("no strategy", "a strategy")) else ["-s", "ema_cross"]
    assert expected in refusal(typed("replay", "GOOD_2024-01-10_1m.csv", *strategy, *words))


CONFIGS = {
    "not TOML": ("[run\nmode = 1", "day.toml: not valid TOML"),
    "an unknown key": ("[risk]\nmax_open = 1", "day.toml: unknown key risk.max_open; did you"),
    "a wrong type": ('[run]\nseed = "x"', "day.toml: run.seed: found 'x', expected a whole"),
    "a strategy without a name": ("[[strategy]]\nspan = 1", "day.toml: strategy.0.use is missing"),
    "a table for a list": ("[strategy]\nuse = 1", "expected a list of tables"),
    "no text": (b"\xff\xfe\x00", "day.toml: cannot be read"),
}


@pytest.mark.parametrize("case", CONFIGS)
@pytest.mark.parametrize("word", ["run", "scan", "doctor", "replay"])
def test_a_settings_file_with_a_mistake_is_named_with_its_key(
    here: Path, case: str, word: str
) -> None:
    text, expected = CONFIGS[case]
    put(here, "day.toml", text)
    paths = ["GOOD_2024-01-10_1m.csv"] if word == "replay" else []
    assert expected in refusal(typed(word, *paths, "--config", "day.toml"))


SESSIONS = {
    "live money on the built-in venue": (["--mode", "live"], "--mode live needs --venue alpaca"),
    "live money without keys": (
        ["--mode", "live", "--venue", "alpaca"],
        "needs APCA_LIVE_API_KEY_ID and APCA_LIVE_API_SECRET_KEY in the environment",
    ),
    "live money by settings alone": (["--set", "run.mode=live"], "only when --mode live is typed"),
    "the vendor without keys": (["--venue", "alpaca"], "needs APCA_API_KEY_ID"),
    "an unknown venue": (["--venue", "moon"], "found 'moon', expected 'builtin' or 'alpaca'"),
    "an unknown mode": (["--mode", "practice"], "found 'practice', expected 'paper' or 'live'"),
    "an unknown way to leave": (["--on-exit", "burn"], "'cancel', 'flatten' or 'leave'"),
    "an impossible speed": (["--speed", "0"], "venue.speed: found 0.0, expected greater than 0"),
    "no speed": (["--speed", "fast"], "--speed fast: expected a number, or max"),
    "no time": (["--for", "soon"], "--for soon: expected a duration such as 10m"),
    "an unknown scanner": (["--scanner", "top_gainr"], "did you mean top_gainer?"),
    "an unknown stream": (["--stream", "alpacca"], "stream 'alpacca' is unknown; did you mean"),
    "an unknown scanner key": (["--set", "scanner.min_prce=1"], "did you mean min_price?"),
    "an unknown strategy": (["-s", "gap_momentm"], "did you mean gap_momentum?"),
    "no tickers": (["--tickers", " , "], "expected symbols with commas between"),
    "too many words": (["extra"], "Got unexpected extra argument"),
}


@pytest.mark.parametrize("case", SESSIONS)
def test_a_session_that_was_asked_for_wrongly_does_not_begin(here: Path, case: str) -> None:
    words, expected = SESSIONS[case]
    assert expected in refusal(typed("run", *words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["venue", "--speed", "fast"], "speed 'fast': expected a number above 0, or max"),
        (["venue", "--speed", "nan"], "speed nan: expected a number above 0, or max"),
        (["venue", "--port", "70000"], "Invalid value for '--port'"),
        (["venue", "--tickers", "0"], "Invalid value for '--tickers'"),
        (["venue", "--from", "2030-01-01"], "--from 2030-01-01: nothing of the recording"),
        (["scan", "--scanner", "nobody"], "scanner 'nobody' is unknown"),
        (["scan", "--set", "run.venue=alpaca"], "needs APCA_API_KEY_ID"),
        (["report", "nowhere"], "nowhere: no recorded run"),
        (["data", "synth", "m", "--day", "2024-01-13"], "2024"),
        (["data", "synth", "m", "--day", "tomorrow"], "--day tomorrow: expected yyyy-mm-dd"),
        (["data", "synth", "m", "--from", "10:00", "--to", "09:00"], "a start before an end"),
        (["data", "chek", "."], "Did you mean 'check'?"),
        (["rpelay"], "Did you mean 'replay'?"),
        (["replay"], "Missing argument"),
    ],
)
def test_every_other_command_says_what_is_wrong_too(
    here: Path, words: list[str], expected: str
) -> None:
    assert expected in refusal(typed(*words))


def test_keys_that_others_may_read_are_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = here / "keys.toml"
    keys.write_text('APCA_API_KEY_ID = "PKX"\nAPCA_API_SECRET_KEY = "sss"\n')
    keys.chmod(0o644)
    monkeypatch.setenv("TRADEPLAT_SECRETS", str(keys))
    said = typed("run", "--venue", "alpaca")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "chmod 600" in said.err
    monkeypatch.setenv("APCA_API_KEY_ID", "PKX")
    assert "APCA_API_SECRET_KEY is missing" in refusal(typed("run", "--venue", "alpaca"))


def test_a_port_in_use_is_named_and_nothing_is_traded(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert str(port) in refusal(typed("venue", "--port", port, "--tickers", 1))
        settings = ("--set", f"venue.port={port}", "--set", "venue.tickers=1")
        said = ran("run", "--set", "run.logs=elsewhere", *settings, cwd=here)
        assert str(port) in refusal(said)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A replay's record."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "GOOD_2024-01-10_1m.csv").write_text(GOOD)
    said = typed("replay", folder, "-s", "ema_cross", "--out", folder / "run")
    assert said.code == 0, said
    return folder / "run"


def test_a_record_is_never_written_over(here: Path, recorded: Path) -> None:
    before = (recorded / "events.jsonl.zst").read_bytes()
    said = typed("replay", "GOOD_2024-01-10_1m.csv", "-s", "ema_cross", "--out", recorded)
    assert "holds a recorded run already" in refusal(said)
    assert (recorded / "events.jsonl.zst").read_bytes() == before


def test_a_recorded_run_is_replayed_with_its_own_settings_only(here: Path, recorded: Path) -> None:
    for words in (["-s", "coin_flip"], ["--set", "run.cash=5"], ["--from", "2024-01-10"]):
        assert "is a recorded run, replayed as it was" in refusal(typed("replay", recorded, *words))


BROKEN = {
    "empty": (lambda _: b"", "does not begin with the run's header"),
    "no record": (lambda _: b"not a record at all", "is not a zstd-compressed record"),
    "scrambled": (lambda raw: raw[:40] + b"\x00" * 40 + raw[80:], ""),
    "no JSON": (lambda _: zstandard.compress(b"{]\n"), "line 1"),
    "another's JSON": (lambda _: zstandard.compress(b'{"a": 1}\n'), "line 1"),
    "no header": (lambda _: zstandard.compress(b'["opened",0,5,"AAA"]\n'), "header"),
}


@pytest.mark.parametrize("word", ["replay", "report"])
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_record_is_named(here: Path, recorded: Path, case: str, word: str) -> None:
    broken, expected = BROKEN[case]
    (here / "run").mkdir()
    raw = (recorded / "events.jsonl.zst").read_bytes()
    (here / "run" / "events.jsonl.zst").write_bytes(broken(raw))
    line = refusal(typed(word, "run"))
    assert line.startswith("run")
    assert expected in line


def test_a_record_that_was_cut_short_is_told_and_used_as_far_as_it_goes(
    here: Path, recorded: Path
) -> None:
    (here / "run").mkdir()
    raw = (recorded / "events.jsonl.zst").read_bytes()
    (here / "run" / "events.jsonl.zst").write_bytes(raw[:-4])
    said = typed("replay", "run")
    assert said.code == 0, said
    assert "cut short" in said.out
    assert typed("report", "run", "--json").numbers["truncated"] is True


def test_a_refusal_reaches_the_terminal_without_a_traceback(here: Path) -> None:
    said = ran("replay", "GOOD_2024-01-10_1m.csv", "--strategy", "ema_cros", cwd=here)
    assert "did you mean ema_cross?" in refusal(said)


def test_a_pipe_that_closes_early_is_no_error(here: Path) -> None:
    line = f"{subprocess.list2cmdline(command('doctor', '--json'))} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=here,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.stderr == ""
