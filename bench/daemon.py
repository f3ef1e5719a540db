"""How long a person waits for `tradeplat --help`, and what the daemon holds with 40 tickers.

    python -m bench daemon [--quick]

The daemon is a process of its own, as always: `tradeplat run` on the built-in venue, which plays
a made-up morning of 40 tickers from the opening bell, every one of them with a desk. Its memory is
the most it ever held, as the kernel counts it; the venue's process is not in it.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Figure, seconds
from bench.peers import ROOT

TICKERS = 40
COMMAND = (sys.executable, "-m", "tradeplat")


def measure(quick: bool) -> list[Figure]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}

    def help_text() -> None:
        subprocess.run([*COMMAND, "--help"], check=True, capture_output=True, env=env)

    help_text()
    waited = statistics.median(seconds(help_text) for _ in range(7))
    figures = [Figure("CLI", "tradeplat --help, median of 7", waited, "s", 0.5, "<=")]
    with tempfile.TemporaryDirectory() as folder:
        return [*figures, *_memory(Path(folder), env, minutes=5 if quick else 15)]


def _memory(folder: Path, env: dict[str, str], minutes: int) -> list[Figure]:
    data = folder / "morning"
    made = [*COMMAND, "data", "synth", "--tickers", str(TICKERS), "--from", "09:30", str(data)]
    subprocess.run(made, check=True, capture_output=True, env=env)
    tickers = sorted(path.name for path in data.iterdir() if path.is_dir())
    command = [*COMMAND, "run", "--tickers", ",".join(tickers), "--strategy", "ema_cross"]
    command += ["--set", f"venue.data={data}", "--speed", "60", "--for", f"{minutes}m", "--json"]
    with (folder / "out").open("w+") as out, (folder / "err").open("w+") as err:
        daemon = subprocess.Popen(command, stdout=out, stderr=err, env=env, cwd=folder)
        most = 0.0
        while daemon.poll() is None:
            most = max(most, _peak_mb(daemon.pid))
            time.sleep(0.2)
        if daemon.returncode:
            err.seek(0)
            words = err.read().strip().splitlines() or ["it said nothing"]
            print(f"daemon: left out, it ended with {daemon.returncode}: {words[-1]}")
            return []
        out.seek(0)
        told = json.loads(out.read().strip().splitlines()[-1])
    what = (
        f"daemon with {told['tickers']} tickers, {told['bars']:,} bars, {told['quotes']:,} quotes"
    )
    return [Figure("MEM", what, most, "MB", 150, "<=")]


def _peak_mb(pid: int) -> float:
    """The most memory a process ever held; 0 once it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0
