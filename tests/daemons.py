"""The daemon and the built-in venue as processes of their own, for tests of whole sessions."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tradeplat.app.venue_process import KEY, SECRET
from waits import PATIENCE

SRC = Path(__file__).resolve().parents[1] / "src"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """`tradeplat` with arguments; leaving the context kills what still runs."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        self.arguments = arguments
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self):
        self.said = (self.folder / "said.txt").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tradeplat", *self.arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(SRC)},
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.said.close()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def signal(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def wait(self, seconds: float = PATIENCE) -> int:
        """The exit code."""
        self.output = self.process.communicate(timeout=seconds)[0]
        return self.process.returncode

    @property
    def errors(self) -> str:
        """What it wrote to standard error."""
        return (self.folder / "said.txt").read_text()


class VenueProcess(Process):
    """A built-in venue on a port of its own."""

    def __init__(self, folder: Path, port: int, *arguments: str) -> None:
        self.port = port
        super().__init__("venue", "--json", "--port", str(port), *arguments, folder=folder)

    def __enter__(self):
        super().__enter__()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors
        self.ready = json.loads(line)
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str) -> dict:
        return _asked(urllib.request.Request(self.url + path, headers=HEADERS))

    def control(self, deed: str, **body: object) -> dict:
        data = json.dumps(body).encode()
        return _asked(urllib.request.Request(f"{self.url}/control/{deed}", data=data))

    @property
    def now(self) -> int:
        return self.ask("/control/status")["now_ns"]


HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _asked(request: urllib.request.Request) -> dict:
    with _OPENER.open(request, timeout=PATIENCE) as answer:
        return json.loads(answer.read())


class Daemon(Process):
    """A session; `run` is the folder it leaves."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        # Most tests need no second process beside each daemon; those of the guardian ask for one.
        alone = ("--set", "guardian.enabled=false")
        super().__init__("run", "--json", *alone, *arguments, folder=folder)

    @property
    def run(self) -> Path:
        found = sorted(p for p in (self.folder / "logs").glob("*") if p.name != "journal")
        assert len(found) == 1, found
        return found[0]

    @property
    def log(self) -> list[dict]:
        path = self.run / "log.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    @property
    def metrics(self) -> dict:
        return json.loads((self.run / "metrics.json").read_text())

    def events(self, name: str) -> list[dict]:
        return [line for line in self.log if line["event"] == name]

    def until(self, name: str, count: int = 1, seconds: float = PATIENCE) -> None:
        """Return once `count` log lines of event `name` are there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.errors}")
            try:
                if len(self.events(name)) >= count:
                    return
            except (AssertionError, FileNotFoundError, json.JSONDecodeError):
                pass  # not there yet, or half written
            time.sleep(0.02)
        raise AssertionError(f"no {name} within {seconds} s; {self.errors}")
