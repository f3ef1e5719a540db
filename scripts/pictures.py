"""Makes the pictures of the README from the running system: a paper session and its report.

    python scripts/pictures.py [--out docs/pictures] [--for 70m]

Needs chromium on the PATH to turn the table and the page into PNG files.
"""

import argparse
import asyncio
import datetime as dt
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console

from tradeplat.app import instants, place, reporting, run_folder, session
from tradeplat.app.display import Snapshot, render
from tradeplat.app.live import Live
from tradeplat.app.logging import logs_to

CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH = 152
ACROSS = 1200
"""Columns and pixels of the table's picture."""


async def played(folder: run_folder.RunFolder, duration: int) -> Snapshot:
    """Trade on the built-in venue for `duration` of market time; how the session looked then."""
    settings = session.configured(session.Request(typed={}), None, [])
    folder.write_settings(settings)
    async with place.opened(settings, folder) as where:
        with logs_to(folder.path, where.secrets, terminal=False):
            async with Live(settings, folder, where, quiet=True) as live:
                await live.trade(asyncio.Event(), duration)
                shot = live.look()
                await live.close("flatten")
    return shot


def table_page(shot: Snapshot) -> tuple[str, int]:
    """The live table as a page of its own, and how many pixels high it is."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(render(shot))
    svg = console.export_svg(title="make paper")
    wide, high = map(float, svg.partition('viewBox="0 0 ')[2].partition('"')[0].split())
    page = f"<!doctype html><meta charset=utf-8><body style='margin:0'>{svg}</body>"
    return page, int(ACROSS * high / wide)


def photograph(page: Path, picture: Path, size: tuple[int, int]) -> None:
    """Let the browser draw `page` into `picture`."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("pictures: chromium is needed (on Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as profile:
        window = f"--window-size={size[0]},{size[1]}"
        shot = [f"--screenshot={picture}", window, "--virtual-time-budget=4000"]
        command = [browser, *CHROMIUM, f"--user-data-dir={profile}", *shot, page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def main() -> None:
    """Run a session, then draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--for", dest="duration", default="70m")
    options = parser.parse_args()
    duration = instants.duration(options.duration, "--for")
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        folder = run_folder.create(Path(work), "paper", dt.datetime.now(dt.UTC))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            shot = runner.run(played(folder, duration or 0))
        table = folder.path / "table.html"
        page, height = table_page(shot)
        table.write_text(page, encoding="utf-8")
        photograph(table, options.out / "session.png", (ACROSS, height))
        report = reporting.build(folder.path)
        photograph(report.page, options.out / "report.png", (1400, 1500))
    for name in ("session.png", "report.png"):
        print(options.out / name)


if __name__ == "__main__":
    main()
