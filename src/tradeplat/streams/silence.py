"""When a connected peer has been quiet for longer than its own traffic explains."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise

from tradeplat.core.market import Bar, Quote, Trade

GAPS = 20
"""A silence of so many usual gaps is no chance: of independent messages, one in 500 million."""

_REMEMBERED = 64
_ENOUGH = 8


MISSES = 4
"""So many of the longest gap lately, where messages come at regular times."""


class Silence:
    """Judges a silence by the traffic before it: `floor` seconds at least, 20 usual gaps at most,
    and where messages are `regular` (bars) no more than four of the longest gap.

    Whoever reads sets `heard` at each message; `check`, called at regular intervals, notes the
    intervals in which anything came. A stream of one bar a minute is not doubted for twenty
    minutes, one that never rests for `floor` seconds, and one that has said little so far never.
    """

    __slots__ = ("_floor", "_last", "_longest", "_regular", "_times", "heard")

    def __init__(self, floor: float | None, *, regular: bool = False) -> None:
        self._floor = floor
        self._regular = regular
        self._times: deque[float] = deque(maxlen=_REMEMBERED)
        self._longest: float | None = None
        self._last = 0.0
        self.heard = False
        """Set by the reader when a message came."""

    def begin(self) -> None:
        """Forget the traffic so far."""
        self._times.clear()
        self._longest = None
        self.heard = False

    def again(self, now: float) -> None:
        """Another connection begins at `now`, which is to bring what the one before did; one that
        brought little itself is to be doubted half as soon.
        """
        longest = self._patience()
        little = longest is not None and len(self._times) < _ENOUGH
        self._longest = max(2.0 * longest, self._floor or 0.0) if little and longest else longest
        self._times.clear()
        self._last = now
        self.heard = False

    def check(self, now: float) -> str:
        """Why the silence up to `now` (in seconds) is none to be expected, or nothing."""
        if self.heard:
            self.heard = False
            self._times.append(now)
            self._last = now
            return ""
        longest = self._patience()
        quiet = now - self._last
        if self._floor is None or longest is None or quiet <= max(self._floor, longest):
            return ""
        return f"mute for {quiet:.1f} s, where {longest:.1f} s were the most to be expected"

    def _patience(self) -> float | None:
        """The longest silence that the traffic explains, None while too little is known of it."""
        times = self._times
        if len(times) < _ENOUGH:
            return self._longest
        longest = GAPS * (times[-1] - times[0]) / (len(times) - 1)
        if self._regular:
            longest = min(longest, MISSES * max(b - a for a, b in pairwise(times)))
        return longest


class Channels:
    """The silences of one connection: of all it brings, and of each kind of fact by itself.

    One kind that falls silent while the others go on is as dead as all of them.
    """

    def __init__(self, floor: float | None) -> None:
        self._whole = Silence(floor)
        self._kinds: dict[type, Silence] = {
            Quote: Silence(floor),
            Trade: Silence(floor),
            Bar: Silence(floor, regular=True),
        }

    def begin(self) -> None:
        """Forget the traffic so far: another part of the day begins."""
        self._whole.begin()
        for silence in self._kinds.values():
            silence.begin()

    def again(self, now: float) -> None:
        """Another connection begins at `now`, which is to bring what the one before did."""
        self._whole.again(now)
        for silence in self._kinds.values():
            silence.again(now)

    @property
    def heard(self) -> bool:
        """True when anything came since the last check."""
        return self._whole.heard

    def hear(self, facts: Iterable[object]) -> None:
        """A frame came with these facts, perhaps with none of ours."""
        self._whole.heard = True
        for kind in set(map(type, facts)):
            silence = self._kinds.get(kind)
            if silence is not None:
                silence.heard = True

    def check(self, now: float) -> str:
        """Why the silence up to `now` (in seconds) is none to be expected, or nothing."""
        found = self._whole.check(now)
        for kind, silence in self._kinds.items():
            why = silence.check(now)
            if why and not found:
                found = f"{kind.__name__.lower()}s {why}"
        return found


class Mutes:
    """Which symbols of a live stream have gone mute, each judged by its own traffic.

    Whoever reads adds to `heard`; `why` has the reason of each symbol that is mute. A symbol that
    has said little so far is never doubted, and none is where `floor` is None.
    """

    def __init__(self, floor: float | None) -> None:
        self.heard: set[str] = set()
        self.why: dict[str, str] = {}
        self._floor = floor
        self._silences: dict[str, Silence] = {}

    def begin(self, floor: float | None) -> None:
        """Forget the traffic so far, and judge by another floor."""
        self._floor = floor
        self._silences.clear()
        self.heard.clear()
        self.why.clear()

    def forget(self, symbol: str) -> None:
        """The symbol is gone, or begins anew."""
        self._silences.pop(symbol, None)
        self.why.pop(symbol, None)

    def check(self, now: float) -> None:
        """Judge every symbol heard of so far, as of `now` in seconds."""
        for symbol in self.heard:
            silence = self._silences.get(symbol)
            if silence is None:
                silence = self._silences[symbol] = Silence(self._floor)
            silence.heard = True
        self.heard.clear()
        for symbol, silence in self._silences.items():
            why = silence.check(now)
            if why:
                self.why[symbol] = why
            else:
                self.why.pop(symbol, None)


class Watch:
    """Looks at `overdue(now)` every `period` seconds and ends `deadline` once it gives a reason."""

    def __init__(
        self, overdue: Callable[[float], str], deadline: asyncio.Timeout, period: float
    ) -> None:
        self._overdue = overdue
        self._deadline = deadline
        self._period = period
        self._timer: asyncio.TimerHandle | None = None
        self.reason = ""
        """Why the deadline was ended; empty as long as it was not."""

    def start(self) -> None:
        """Look for the first time a period from now."""
        self._timer = asyncio.get_running_loop().call_later(self._period, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        self.reason = self._overdue(now)
        if self.reason:
            self._deadline.reschedule(now)
            return
        self.start()
