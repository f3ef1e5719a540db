"""Judges how a process ends: in time (I20), and with nothing left behind (I14)."""

import asyncio
from contextvars import Context

from faultsim.host import Host
from faultsim.loop import SimLoop
from faultsim.oracle import Oracle
from tradeplat.app.interruption import BOUND
from tradeplat.app.live import Live

_OF_A_SOCKET = "ClientWebSocketResponse."
"""A last ping of the library's, or the wait for its answer: either comes once, within seconds, and
finds its socket closed. One that is not closed is a link.
"""


class Endings:
    """Watches ends over `loop` and blames through `oracle`.

    An end that takes longer than its bound is forced, as the process does it from a thread of its
    own (app/interruption.py). `pardoned` says that a disk may be the cause: it is waited for
    until all is written.
    """

    def __init__(self, loop: SimLoop, oracle: Oracle) -> None:
        self._loop = loop
        self._oracle = oracle
        self.pardoned = False
        self.visited: set[Host] = set()
        """Whose control plane a stranger tried: what he had opened there is his (intruder.py)."""

    def begin(self, host: Host) -> None:
        """The session of `host` begins to end."""
        # In nobody's name: it is a thread's timer, which a process may leave.
        self._loop.call_later(BOUND, self._force, host, context=Context())

    def over(self, host: Host, live: Live | None) -> None:
        """The session has ended, and its process is about to: nothing runs on, nothing is open."""
        own = asyncio.current_task(self._loop)
        tasks = [t.get_name() for t in host.tasks if not t.done() and t is not own]
        links = [
            str(link.address)
            for link in self._loop.net.links
            if link.client.host is host and not link.client.is_closing()
        ]
        timers = [name for name in self._loop.timers(host) if not name.startswith(_OF_A_SOCKET)]
        left = {"tasks": tasks, "links": links, "timers": timers}
        if host not in self.visited:
            for what, names in left.items():
                if names:
                    self._oracle.blame("I14", f"{what} are left at the end: {sorted(names)}")
        start = getattr(live, "start", None)
        if start is not None and start.owner.lease.held:
            self._oracle.blame("I14", "the lease is held by a session that has ended")

    def _force(self, host: Host) -> None:
        if not host.alive:
            return
        if not self.pardoned:
            self._oracle.blame("I20", f"the end of {host.name} took more than {BOUND:g} s")
        host.die("forced")
