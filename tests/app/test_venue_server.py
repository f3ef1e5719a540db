import json
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from commands import command, environment, ran, refusal
from tradeplat.app.venue_process import KEY, SECRET


def get(url: str) -> dict[str, object]:
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_a_venue_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    words = command("venue", "--json", "--port", "0", "--speed", "60", "--tickers", "3")
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["start"] < ready["end"]
        assert ready["speed"] == 60.0
        assert get(ready["url"] + "/v2/account")["cash"] == "100000"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refusal(ran("venue", "--port", port, "--tickers", "2", cwd=tmp_path))
    assert str(port) in line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--data", "nowhere"), "nowhere"),
        (("--from", "2030-01-01"), "nothing of the recording lies there"),
        (("--tickers", "0"), "tickers"),
        (("--faults", "none.json"), "none.json"),
        (("--faults", "hurricane"), "expected a file or one of calm, rough"),
        (("--profile", "lenient"), "expected one of alpaca-paper, lockstep, strict"),
        (("--books", "."), "expected a venue's books"),
    ],
)
def test_what_cannot_be_played_is_one_line(
    words: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    assert message in refusal(ran("venue", "--port", "0", *words, cwd=tmp_path))


def test_a_venue_that_was_killed_goes_on_with_its_books(tmp_path: Path) -> None:
    words = command(
        "venue", "--json", "--port", "0", "--tickers", "2", "--books", "books", "--faults", "calm"
    )
    told = []
    for _ in range(2):
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path
        )
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            told.append(get(ready["url"] + "/v2/account")["id"])
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
    assert told[0] == told[1]
