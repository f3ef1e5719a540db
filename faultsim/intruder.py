"""A stranger at the door of a simulated session: no command is done without its right (I18).

The control plane stands there as a session opens it, over HTTP on the simulated net; only the work
behind each command is taken out, so that whatever gets through is counted and does no harm.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

import msgspec

from faultsim.clocks import Clocks
from faultsim.host import Host
from faultsim.oracle import Oracle
from faultsim.trace import Trace
from tradeplat.app.controlling import Desk, standing
from tradeplat.app.live import Live
from tradeplat.app.standing import hello, status
from tradeplat.control.actions import Actions, Deed, Right, Told
from tradeplat.control.link import Reception
from tradeplat.control.protocol import Nothing
from tradeplat.control.tokens import Lockout, Tokens
from tradeplat.control.web import WebServer
from tradeplat.core.market import SECOND

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
TOKENS = Tokens(*(_LETTERS[at:] + _LETTERS[:at] for at in (1, 2, 3)))
"""Of a viewer, a trader, and whoever may only kill."""
_PATIENCE = 3.0
_PROBE = "probe"


class Knock(NamedTuple):
    """One request: what is commanded, with what, and how far from the truth it is."""

    do: str
    token: str
    why: str = ""
    """Why it must be refused, empty where it must be done."""
    host: str = ""
    head: str = ""
    epoch: int = 0
    """Epochs before the daemon's."""
    age: int = 0
    """Seconds before now."""
    repeated: bool = False


KNOCKS = (
    Knock("kill", "", "it has no token"),
    Knock("panic", "x" * 43, "its token is nobody's"),
    Knock("flatten", TOKENS.trader, "it is meant for another host", host="evil.example"),
    Knock("resume", TOKENS.trader, "another page asks", head="Origin: http://evil.example\r\n"),
    Knock("panic", TOKENS.trader, "another site asks", head="Sec-Fetch-Site: cross-site\r\n"),
    Knock("resume", TOKENS.viewer, "a viewer may only look"),
    Knock("flatten", TOKENS.kill, "whoever may kill may not trade"),
    Knock("panic", TOKENS.trader, "it is meant for an earlier life", epoch=1),
    Knock("resume", TOKENS.trader, "it is old", age=10),
    Knock(_PROBE, TOKENS.trader),
    Knock(_PROBE, TOKENS.trader, "it was done already", repeated=True),
)
"""In this order; the last two show that the door is a door."""


class Stage(Protocol):
    """What the stranger needs of a world."""

    oracle: Oracle
    trace: Trace
    clocks: Clocks


class Door:
    """The control plane of one session; `done` counts the commands that got through."""

    def __init__(self, live: Live, wall: Callable[[], int]) -> None:
        stands = standing(live)
        self.epoch = stands.epoch()
        self.done: Counter[str] = Counter()
        killer, logs = live.stops.killer, live.where.settings.run.logs
        deeds: dict[str, Deed[Any]] = Desk(killer, stands, logs, _unasked, _unkept).deeds()
        for name, deed in deeds.items():
            deed.work = self._counted(name)
        deeds[_PROBE] = Deed(Nothing, Right.TRADE, self._counted(_PROBE))
        actions = Actions(deeds, self.epoch, wall, live.supervisor.start)
        lockout = Lockout(asyncio.get_running_loop().time)
        reception = Reception(TOKENS, lockout, actions, lambda: hello(stands, self.epoch))
        self.web = WebServer(reception, lambda: status(stands), live.supervisor.start)

    def _counted(self, name: str) -> Callable[[Any], Awaitable[Told]]:
        async def work(_: object) -> Told:
            self.done[name] += 1
            return Told(done=True, text="counted")

        return work


async def _unasked(_: object) -> None:
    """Nothing is done here, so nobody audits it."""


def _unkept(_: object) -> None:
    """Nothing is done here, so nothing has to be kept."""


class Intruder:
    """Visits the session once; what it says is blamed on the door."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._number = 0

    async def visit(self, live: Live, daemon: Host) -> None:
        """Open the door on the daemon's host, and try it from another."""
        door = Door(live, self._stage.clocks.wall)
        opened = asyncio.Event()

        async def serve() -> None:
            await door.web.open(0)
            opened.set()

        daemon.start(serve(), name="door")
        await opened.wait()
        for knock in KNOCKS:
            before = door.done.total()
            answer = await self._knock(door, knock)
            self._stage.trace.add("knock", f"{knock.do} {knock.why or 'rightly'}: {answer}")
            if not daemon.alive:
                return
            self._judge(knock, answer, door.done.total() - before)

    def _judge(self, knock: Knock, answer: int, done: int) -> None:
        blame = self._stage.oracle.blame
        if knock.why and done:
            blame("I18", f"{knock.do} was done although {knock.why}")
        elif knock.why and 0 < answer < 400 and not knock.repeated:
            blame("I18", f"{knock.do} was answered {answer} although {knock.why}")
        elif not knock.why and answer and not done:
            blame("I18", f"{knock.do} was not done ({answer}): nobody can command this session")

    async def _knock(self, door: Door, knock: Knock) -> int:
        """The status of the answer, 0 where none came."""
        self._number += not knock.repeated
        told = {
            "client": "stranger",
            "n": self._number,
            "epoch": door.epoch - knock.epoch,
            "ts": self._stage.clocks.wall() - knock.age * SECOND,
            "do": knock.do,
        }
        body = msgspec.json.encode(told)
        host = knock.host or f"127.0.0.1:{door.web.port}"
        token = f"Authorization: Bearer {knock.token}\r\n" if knock.token else ""
        head = (
            f"POST /v1/command HTTP/1.1\r\nHost: {host}\r\n{token}{knock.head}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._said(door.web.port, head.encode() + body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return 0

    @staticmethod
    async def _said(port: int, request: bytes) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            line = await reader.readline()
            words = line.split()
            return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        finally:
            writer.close()
