"""The C++ viewer: its own tests, and that both languages read each other's frames."""

import asyncio
import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import numpy as np
import pytest

from planes import Daemon
from tradeplat.control.protocol import FrameReader, FrameType, Role
from tradeplat.control.records import rows_of
from tradeplat.control.server import ControlServer
from tradeplat.runtime.supervisor import Supervisor

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "cpp_visualizer"
BUILD = ROOT / "build" / "viewer"
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
PNG = b"\x89PNG\r\n\x1a\n"

pytestmark = pytest.mark.timeout(900)


def ran(*command: object, **more: object) -> subprocess.CompletedProcess[bytes]:
    typed = [str(part) for part in command]
    environment = os.environ | OFFSCREEN
    return subprocess.run(typed, capture_output=True, env=environment, check=False, **more)


@pytest.fixture(scope="module")
def built() -> Path:
    """The folder the viewer is built in; a machine that cannot build it skips, and says why."""
    missing = [tool for tool in ("cmake", "ninja", "g++") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here (scripts/gui.sh viewer installs it)")
    BUILD.mkdir(parents=True, exist_ok=True)
    # Tests that run side by side build once, one after the other.
    with (BUILD / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build()
    return BUILD


def build() -> None:
    configured = ran("cmake", "--preset", "release", cwd=SOURCE)
    if configured.returncode and b"Qt6" in configured.stderr:
        pytest.skip("no Qt for C++ here (scripts/gui.sh viewer installs qt6-base-dev)")
    assert configured.returncode == 0, configured.stderr.decode()
    made = ran("cmake", "--build", "--preset", "release", cwd=SOURCE)
    assert made.returncode == 0, made.stdout.decode()
    assert b"warning:" not in made.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frames") / "demo.bin"
    script = ROOT / "scripts" / "demo_frames.py"
    made = ran(sys.executable, script, path, "--symbols", 9, "--bars", 120, "--seconds", 2)
    assert made.returncode == 0, made.stderr.decode()
    return path


def test_its_own_tests_pass(built: Path) -> None:
    found = ran("ctest", "--preset", "release", cwd=SOURCE)
    assert found.returncode == 0, found.stdout.decode()[-8_000:]


def test_records_written_in_cpp_are_read_in_python(built: Path) -> None:
    frames = FrameReader().feed(ran(built / "tests" / "write_frames").stdout)
    assert [frame.sequence for frame in frames] == list(range(1, 10))
    told = {frame.type: rows_of(frame) for frame in frames}
    assert set(told) == {3, 4, 5, 6, 7, 8, 10, 11, 12}
    bars = np.concatenate([told[FrameType.SNAPSHOT], told[FrameType.APPEND]])
    assert len(bars) == 40
    assert np.all(np.diff(bars["ts"]) == 60_000_000_000)
    assert np.all((bars["low"] <= bars["open"]) & (bars["close"] <= bars["high"]))
    assert told[FrameType.REPLACE].tobytes() == bars[-1:].tobytes()
    assert told[FrameType.MARKER][0].tolist() == (int(bars["ts"][3]), 100.25, -200.0, 0, 0, 1, 17)
    line = told[FrameType.PRICE_LINE][0].tolist()
    assert line == (9_000_000_000_000_000_001, 98.5, 200.0, 97.25, 1, 2, 2, 0)
    beat = told[FrameType.HEARTBEAT][0].tolist()
    assert (beat[1], beat[3:]) == (0.25, (3, 2))
    assert np.isnan(beat[2])
    assert told[FrameType.STUDY][0].tolist() == (int(bars["ts"][5]), 99.5, 1, 2, 0)
    assert told[FrameType.QUOTE][0].tolist()[1:] == (98.07, 300.0, 98.09, 200.0)
    assert told[FrameType.EQUITY][0].tolist()[1:] == (100_016.5, -3.5, 20.0)


def test_a_file_of_frames_becomes_a_picture(built: Path, demo: Path, tmp_path: Path) -> None:
    shot = tmp_path / "shot.png"
    size = ("--size", "1280x720", "--after", "100")
    found = ran(built / "viewer", "--replay", demo, "--shot", shot, *size)
    assert found.returncode == 0, found.stderr.decode()
    data = shot.read_bytes()
    assert data[:8] == PNG
    assert struct.unpack(">II", data[16:24]) == (1280, 720)


def test_bench_prints_one_line_of_json(built: Path, demo: Path) -> None:
    found = ran(built / "viewer", "--replay", demo, "--board", 9, "--bench")
    assert found.returncode == 0, found.stderr.decode()
    told = json.loads(found.stdout)
    assert found.stdout.count(b"\n") == 1
    assert told["frames"] >= 50
    assert told["gaps"] == 0
    assert told["records"] > 9 * 120
    assert 0 < told["cpu_ms_median"] <= told["cpu_ms_p99"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--bench",), "expected either --socket or --replay"),
        (("--bench", "--replay", "x", "--socket", "y"), "expected either --socket or --replay"),
        (("--bench", "--replay", "x", "--board", "7"), "found 7, expected 1, 4, 9, 20 or 40"),
        (("--bench", "--replay", "x", "--fps", "90"), "expected a number from 1 to 60"),
        (("--bench", "--replay", "/nonexistent/x"), "/nonexistent/x"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    built: Path, typed: tuple[str, ...], said: str
) -> None:
    found = ran(built / "viewer", *typed)
    assert found.returncode == 2
    lines = [line for line in found.stderr.decode().splitlines() if line.startswith("viewer:")]
    assert len(lines) == 1
    assert said in lines[0]


def test_without_a_display_it_says_so(built: Path, demo: Path) -> None:
    bare = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    }
    command = [built / "viewer", "--replay", demo]
    found = subprocess.run(command, capture_output=True, env=bare, check=False)
    assert found.returncode == 2
    assert b"there is no display here" in found.stderr


def test_a_file_that_breaks_off_says_where(built: Path, demo: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.bin"
    data = bytearray(demo.read_bytes())
    data[5] = 9
    cut.write_bytes(data)
    found = ran(built / "viewer", "--replay", cut, "--bench")
    assert found.returncode == 1
    assert b"byte 0: frame: found version 9, expected 1" in found.stderr


async def test_it_logs_in_to_a_real_control_plane(built: Path, tmp_path: Path) -> None:
    async with (
        Supervisor(np.random.default_rng(1)) as supervisor,
        ControlServer(Daemon().engine(supervisor), tmp_path) as server,
    ):
        links = server.reception.links
        # Its only way in: the socket, and the token beside it.
        viewer = await asyncio.create_subprocess_exec(
            built / "viewer", "--socket", tmp_path / "control.sock", "--bench", "--after", "1500",
            env=os.environ | OFFSCREEN, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        while not links:
            await asyncio.sleep(0.01)
        assert {link.role for link in links} == {Role.VIEWER}
        out, err = await viewer.communicate()
        assert viewer.returncode == 0, err.decode()
        assert json.loads(out)["gaps"] == 0
