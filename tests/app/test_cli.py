import json
import shlex
import subprocess
from pathlib import Path

import pytest

from commands import command, environment, ran, refusal, typed

SAMPLE = Path(__file__).resolve().parents[2] / "backtest_data"
COMMANDS = ("replay", "run", "scan", "venue", "report", "doctor", "data")


def test_help_names_every_command() -> None:
    said = typed("--help")
    assert said.code == 0
    assert all(name in said.out for name in COMMANDS)


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['tradeplat', '--help']\n"
        "from tradeplat.app.cli import main\n"
        "assert main() == 0\n"
        "heavy = {'numpy', 'pyarrow', 'aiohttp', 'pydantic', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    words = [command()[0], "-c", code]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_replay_prints_one_object_and_nothing_else() -> None:
    said = typed("replay", SAMPLE, "--strategy", "ema_cross", "--json")
    assert said.code == 0
    assert said.err == ""
    wanted = {
        "bars", "quotes", "orders", "fills", "campaigns", "start_equity", "end_equity", "net",
        "max_drawdown", "elapsed_s", "bars_per_s", "decisions_sha256", "fills_sha256",
    }  # fmt: skip
    assert wanted <= set(said.numbers)
    assert said.numbers["fills"] > 0


def test_a_module_run_is_the_same_command(tmp_path: Path) -> None:
    said = ran("doctor", "--json", cwd=tmp_path)
    assert said.code == 0, said.err
    assert json.loads(said.out)["ok"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("replay", SAMPLE), "no strategy: name one with --strategy"),
        (("replay", SAMPLE, "-s", "ema_cros"), "did you mean ema_cross?"),
        (("replay", SAMPLE, "-s", "ema_cross", "-p", "slow_spn=5"), "did you mean slow_span?"),
        (("replay", SAMPLE, "-s", "ema_cross", "-p", "slow_span=x"), "expected int"),
        (("replay", SAMPLE, "-s", "ema_cross", "--drive", "fast"), "expected one of: research"),
        (("replay", SAMPLE, "-s", "ema_cross", "--from", "2025-02-30"), "--from 2025-02-30"),
        (("replay", SAMPLE, "-s", "ema_cross", "--set", "risk.x=1"), "unknown key risk.x"),
        (("replay", "nowhere.csv", "-s", "ema_cross"), "nowhere.csv"),
        (("report", "nowhere"), "no recorded run"),
        (("run", "--mode", "live"), "--mode live needs --venue alpaca"),
        (("run", "--for", "soon"), "--for soon: expected a duration"),
        (("run", "--speed", "fast"), "expected a number, or max"),
        (("venue", "--speed", "0"), "expected"),
        (("data", "check", "nowhere"), "nowhere"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(words: tuple[object, ...], message: str) -> None:
    assert message in refusal(typed(*words))


def test_what_people_read_fits_a_hundred_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    bad = tmp_path / "AAA_2024-01-10_1m.csv"
    bad.write_text("timestamp,open,high,low,close,volume\n2024-01-10T14:30:00Z,10,9,11,nan,5\n")
    said = [
        typed("replay", SAMPLE, "-s", "ema_cross", "-s", "gap_momentum", "--out", "run"),
        typed("replay", "run"),
        typed("report", "run"),
        typed("data", "check", bad),
        typed("data", "synth", "made", "--tickers", 2, "--to", "09:05"),
        typed("doctor"),
        *(typed(*word.split(), "--help") for word in ("", *COMMANDS, "data check", "data synth")),
    ]
    assert [one.code for one in said[:6]] == [0, 0, 0, 2, 0, 0]
    long = [line for one in said for line in one.out.splitlines() if len(line.rstrip()) > 100]
    assert not long
    assert not any(one.err for one in said)


@pytest.mark.parametrize(
    "words",
    [
        ("replay", SAMPLE, "-s", "ema_cross"),
        ("replay", SAMPLE, "-s", "ema_cross", "--drive", "orchestrated", "--out", "run"),
        ("data", "check", SAMPLE),
        ("data", "check", "bad.csv"),
        ("data", "synth", "made", "--tickers", "1", "--to", "09:01"),
        ("doctor",),
    ],
)
def test_json_is_one_object_and_nothing_else(
    words: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    said = typed(*words, "--json")
    assert said.numbers
    assert said.err == ""


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_streams_that_were_closed_hurt_no_session(closed: str, tmp_path: Path) -> None:
    words = command("run", "--json", "--for", "1m", "--set", "venue.tickers=2", "--speed", "200")
    done = subprocess.run(
        ["bash", "-c", f"{shlex.join(words)} {closed}"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (done.stdout == "") is (">&-" in closed.split())
    assert len(list(tmp_path.glob("logs/*/report.html"))) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_is_full_is_one_line(tmp_path: Path) -> None:
    for words in (("doctor",), ("replay", SAMPLE, "-s", "ema_cross", "--json"), ("--help",)):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                command(*words), cwd=tmp_path, env=environment(), stdout=full,
                stderr=subprocess.PIPE, text=True, timeout=60, check=False,
            )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr == "tradeplat: output: No space left on device\n"
