"""`tradeplat venue`: the built-in venue as a server of its own."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import uvloop

from tradeplat.app import instants
from tradeplat.app.logging import logs_to
from tradeplat.app.tie import tie
from tradeplat.app.venue_process import KEY, LINGER, SECRET, Ready, ready_line
from tradeplat.core.errors import BadInput
from tradeplat.history.recording import Morning, recorded
from tradeplat.history.synthetic import morning
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.clock import MAX, read_speed, speed_text
from tradeplat.venue.fault_plan import read_faults
from tradeplat.venue.invented_facts import invented
from tradeplat.venue.playing import script_of
from tradeplat.venue.profile import LOCKSTEP, PAPER, PROFILES, Profile
from tradeplat.venue.reference import FILE, Reference, read
from tradeplat.venue.script import Event, Script
from tradeplat.venue.server import Venue, VenueOptions

PACE_WAIT = 60.0
"""Real seconds that lockstep waits for its first client."""

Tell = Callable[[str, str], None]
"""Takes the ready line for machines and the greeting for people."""


class Request(msgspec.Struct, frozen=True):
    """What was typed. `window` are the texts of --from and --to."""

    data: Path | None
    speed: str
    port: int
    seed: int
    tickers: int
    window: tuple[str, str]
    faults: str = ""
    books: Path | None = None
    profile: str = ""
    tied: bool = False
    """Ends a while after standard input does: whoever started it holds the other end."""


def run(request: Request, tell: Tell) -> None:
    """Serve until interrupted. Raises BadInput for a port in use or data that cannot be played."""
    speed = read_speed(request.speed)
    played = (
        morning(request.seed, tickers=request.tickers)
        if request.data is None
        else recorded(request.data)
    )
    script, end = _cut(script_of(played), played, request.window)
    known = _reference(request, played)
    # A recorded day is played for what it was: no chance, no delay beside the wire's.
    usual = LOCKSTEP if speed == MAX or request.data is not None else PAPER
    profile = _profile(request.profile) if request.profile else usual
    options = VenueOptions(
        port=request.port,
        speed=speed,
        seed=request.seed,
        profile=profile,
        accounts=(AccountTerms(key=KEY, secret=SECRET),),
        pace_wait=PACE_WAIT,
        faults=read_faults(request.faults) if request.faults else (),
        end=end,
        books=request.books,
        reference=known,
    )
    with (
        logs_to(None, terminal=True),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_serve(script, options, tell, tied=request.tied))


def _reference(request: Request, played: Morning) -> Reference:
    """What is known of the tickers: a recording's file says it, a made-up morning makes it up."""
    if request.data is None:
        return invented(played, request.seed)
    file = request.data / FILE
    return read(file) if file.is_file() else Reference()


def _profile(name: str) -> Profile:
    found = PROFILES.get(name)
    if found is None:
        raise BadInput(f"profile: found {name!r}, expected one of {', '.join(PROFILES)}")
    return found


async def _serve(script: Script, options: VenueOptions, tell: Tell, *, tied: bool) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    alone = asyncio.Event()
    if tied:
        await tie(sys.stdin, alone.set)
    async with Venue(script, options) as venue:
        speed = "max" if options.speed == MAX else options.speed
        ready = Ready(venue.url, script.start, options.end, speed)
        names = ", ".join(script.symbols[:8]) + (" ..." if len(script.symbols) > 8 else "")
        tell(
            ready_line(ready),
            f"built-in venue on {venue.url} at speed {speed_text(options.speed)}\n"
            f"key {KEY}  secret {SECRET}\n"
            f"{len(script.symbols)} tickers: {names}\nstop it with Ctrl-C",
        )
        await _first_of(asked, alone, venue)


async def _first_of(asked: asyncio.Event, alone: asyncio.Event, venue: Venue) -> None:
    """Return when asked to leave, or when nobody was connected for LINGER seconds while `alone`;
    a fault of the venue is raised.
    """
    loop = asyncio.get_running_loop()
    heard = loop.time()
    while not asked.is_set():  # several parties may end it, none knows the others
        await asyncio.sleep(0.05)
        if venue.stopping.is_set():
            await venue.run()
            return
        if not alone.is_set() or len(venue.floor.sockets):
            heard = loop.time()
        elif loop.time() - heard >= LINGER:
            return


def _cut(script: Script, played: Morning, window: tuple[str, str]) -> tuple[Script, int]:
    """`script` from --from to --to, and its last instant."""
    first, last = instants.window(*window)
    start = max(first or played.start, played.start)
    end = min(last or played.end, played.end)
    if start >= end:
        raise BadInput(f"{instants.as_typed(*window)}: nothing of the recording lies there")
    if (start, end) == (played.start, played.end):
        return script, end

    def events() -> Iterator[list[Event]]:
        for chunk in script.events():
            kept = [event for event in chunk if event.ts <= end]
            if kept:
                yield kept
            if len(kept) < len(chunk):
                return

    return msgspec.structs.replace(script, start=start, events=events), end
