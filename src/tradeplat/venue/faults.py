"""Everything that can go wrong on demand: one table of named faults, one register of armed ones.

A fault is armed with a probability, a burst and a number of strikes. Each place where something
can go wrong asks `Faults.strike` by the fault's name; what it answers says how bad it gets. All
delays are venue time.
"""

from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

import msgspec
import numpy as np

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND

_DAY = 86_400.0
_CHANGES = ("POST", "PATCH", "DELETE")
_ALIASES = {"429": "http_429", "504": "http_504", "4xx": "http_4xx", "5xx": "http_5xx"}


class Site(StrEnum):
    """Where a fault strikes."""

    REQUEST = "request"
    """A REST request, on its way in or its answer on its way out."""
    READ = "read"
    """What a reading answer says."""
    STREAM = "stream"
    """A message of the account socket or of a market-data socket, or the socket itself."""
    ORDER = "order"
    """An order at the exchange."""
    HOUSE = "house"
    """The venue itself."""


class Named(NamedTuple):
    """A row of the table: where it strikes and what it does, with its usual delay in seconds."""

    site: Site
    words: str
    seconds: tuple[float, float] = (0.0, 0.0)
    methods: tuple[str, ...] = ()
    path: str = "/v2/"


TABLE: dict[str, Named] = {
    "request_lost": Named(
        Site.REQUEST, "The connection is cut before the request was carried out."
    ),
    "response_lost": Named(
        Site.REQUEST, "The request is carried out, then the connection is cut without an answer."
    ),
    "accepted_late": Named(
        Site.REQUEST,
        "The connection is cut at once; the request is carried out `seconds` later.",
        (3.0, 90.0),
        _CHANGES,
        "/v2/orders",
    ),
    "http_4xx": Named(
        Site.REQUEST,
        "A request that changes something is refused in the venue's own words (400, 403 or 422); "
        "it was not carried out.",
        (0.0, 0.0),
        _CHANGES,
    ),
    "http_5xx": Named(
        Site.REQUEST,
        "A gateway's page (500, 502 or 503), whether the request was carried out or not.",
    ),
    "http_429": Named(Site.REQUEST, "Too many requests: not carried out, with a Retry-After."),
    "http_status": Named(
        Site.REQUEST, "Any answer: `status` (500) with `body`; not carried out unless `after`."
    ),
    "http_504": Named(
        Site.REQUEST, "The request is carried out, the gateway says it timed out (504)."
    ),
    "garbage_body": Named(
        Site.REQUEST, "The request is carried out, the answer's body is no JSON at all."
    ),
    "truncated_body": Named(
        Site.REQUEST, "The request is carried out, the answer's body ends half way."
    ),
    "slow": Named(Site.REQUEST, "The answer comes `seconds` late, head and all.", (1.0, 8.0)),
    "slow_body": Named(
        Site.REQUEST, "The head comes at once, the body in pieces over `seconds`.", (1.0, 8.0)
    ),
    "stream_drop": Named(
        Site.STREAM, "The venue closes the socket behind a message, with a goodbye (1001)."
    ),
    "disconnect_mid_batch": Named(
        Site.STREAM, "The connection is cut in front of a message; it and its batch are lost."
    ),
    "half_open": Named(
        Site.STREAM,
        "The socket stays open and takes all, but nothing comes any more, pongs included; after "
        "`seconds` the venue cuts it.",
        (60.0, 600.0),
    ),
    "frame_loss": Named(Site.STREAM, "One message is never sent; all before and after are."),
    "stream_duplicate": Named(Site.STREAM, "A message is sent twice."),
    "stream_replay": Named(
        Site.STREAM, "The last messages are sent again behind one, with their execution ids."
    ),
    "stream_delay": Named(
        Site.STREAM, "A message is sent `seconds` late, behind later ones.", (0.5, 15.0)
    ),
    "stream_reorder": Named(
        Site.STREAM, "A message is sent behind the next one, or after `seconds`.", (1.0, 3.0)
    ),
    "connection_limit": Named(
        Site.STREAM,
        "A connection that broke keeps its account's only place for `seconds`: new ones are "
        "refused.",
        (90.0, 90.0),
    ),
    "subscribe_not_served": Named(
        Site.STREAM,
        "A subscription is confirmed, but nothing is sent for it on this connection; pings are "
        "answered.",
    ),
    "login_error": Named(
        Site.STREAM, "A login on a market-data socket fails with error `status` (500)."
    ),
    "text_frames": Named(Site.STREAM, "A market-data socket speaks JSON whatever was asked for."),
    "forgotten_id": Named(
        Site.READ, "A query of one order says 404 until the order is `seconds` old.", (2.0, 40.0)
    ),
    "eventual_lists": Named(
        Site.READ, "A list of orders shows how things stood `seconds` ago.", (1.0, 5.0)
    ),
    "positions_lag": Named(
        Site.READ, "Positions are shown as they were `seconds` ago.", (1.0, 10.0)
    ),
    "clock_step": Named(
        Site.READ, "The clock page is wrong by `seconds`, ahead or behind.", (3.0, 3600.0)
    ),
    "partial_one_share": Named(
        Site.ORDER, "One share of an order fills at first, the rest after the usual delay."
    ),
    "fill_races_cancel": Named(
        Site.ORDER, "An order fills, in part or whole, after its cancel was taken."
    ),
    "fill_races_replace": Named(
        Site.ORDER, "An order fills, in part or whole, after its replacement was taken."
    ),
    "late_reject": Named(
        Site.ORDER, "An accepted order is rejected `seconds` after it began to work.", (0.0, 3.0)
    ),
    "both_exits": Named(
        Site.ORDER, "The other exit of a group fills as well, as in a fast market."
    ),
    "bust": Named(
        Site.ORDER, "A finished order's fill is taken back `seconds` after it.", (1.0, 30.0)
    ),
    "correction": Named(
        Site.ORDER, "A finished order's fill loses half its shares `seconds` after it.", (1.0, 30.0)
    ),
    "latency": Named(
        Site.ORDER, "An order, cancel or replace takes effect `seconds` later.", (0.5, 5.0)
    ),
    "halt": Named(
        Site.ORDER, "An order's symbol is halted for `seconds` as it arrives.", (30.0, 300.0)
    ),
    "restart_id_rollback": Named(
        Site.HOUSE,
        "The counter of order ids falls back: the next orders get ids of finished ones. With books "
        "kept it strikes when the venue is started again.",
    ),
}
"""Every fault by its name."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault as it is armed: how likely, how often, how bad and against what.

    At each occasion it strikes with `probability`, then at the next `burst` - 1 as well. It ends
    after `times` strikes (0: after one burst when it is certain, else never), or `lasting` venue
    seconds after it was armed (0: never). `seconds` is how long it takes, a number or a range; None
    is the table's. What is empty restricts nothing: `path` (a prefix) and `method` of a request,
    the `event` of a trade update or the type of a market message, its `symbol`, and the `socket`
    (account or data). `status`, `body`, `content_type` and `headers` are what a failed request
    gets, where the fault sends an answer; `after` says whether it was carried out.
    """

    name: str = "http_status"
    probability: float = 1.0
    burst: int = 1
    times: int = 0
    lasting: float = 0.0
    seconds: float | tuple[float, float] | None = None
    path: str = ""
    method: str = ""
    event: str = ""
    symbol: str = ""
    socket: str = ""
    status: int = 0
    body: str | None = None
    content_type: str = ""
    headers: dict[str, str] = {}
    after: bool | None = None

    def __post_init__(self) -> None:
        name = _ALIASES.get(self.name, self.name)
        if name not in TABLE:
            close = get_close_matches(name, TABLE, 1)
            wanted = f"did you mean {close[0]!r}?" if close else f"expected one of {names()}"
            raise BadInput(f"fault: found {self.name!r}, {wanted}")
        msgspec.structs.force_setattr(self, "name", name)
        low, high = self.span
        _demand(self, "probability", 0.0 < self.probability <= 1.0, "above 0 and at most 1")
        _demand(self, "burst", self.burst >= 1, "1 or more")
        _demand(self, "times", self.times >= 0, "0 or more")
        _demand(self, "lasting", 0.0 <= self.lasting <= _DAY, "seconds of one day")
        _demand(self, "seconds", 0.0 <= low <= high <= _DAY, "seconds of one day, low before high")
        _demand(self, "socket", self.socket in {"", "account", "data"}, "account or data")
        _demand(self, "status", self.status == 0 or self.status >= 100, "a status or error code")

    @property
    def row(self) -> Named:
        """Its row of the table."""
        return TABLE[self.name]

    @property
    def span(self) -> tuple[float, float]:
        """The least and the most seconds it takes."""
        if self.seconds is None:
            return TABLE[self.name].seconds
        return self.seconds if isinstance(self.seconds, tuple) else (self.seconds, self.seconds)

    @property
    def limit(self) -> int | None:
        """How often it strikes at most, None without end."""
        if self.times:
            return self.times
        return self.burst if self.probability >= 1.0 else None


class Spot(NamedTuple):
    """An occasion for a fault; empty where it does not apply."""

    path: str = ""
    method: str = ""
    event: str = ""
    symbol: str = ""
    socket: str = ""


NOWHERE = Spot()


class _Armed:
    """A fault with what it has left."""

    def __init__(self, fault: Fault, ends: int | None) -> None:
        self.fault = fault
        self.ends = ends
        self.left = fault.limit
        self._running = 0
        row = fault.row
        self._methods = (fault.method.upper(),) if fault.method else row.methods
        self._path = fault.path or (row.path if row.site is Site.REQUEST else "")

    def strikes(self, spot: Spot, now: int, rng: np.random.Generator) -> bool:
        """True when it strikes here, counted down."""
        if self.left == 0 or (self.ends is not None and now >= self.ends):
            return False
        if not self._matches(spot):
            return False
        if self._running:
            self._running -= 1
        elif self.fault.probability >= 1.0 or rng.random() < self.fault.probability:
            self._running = self.fault.burst - 1
        else:
            return False
        if self.left is not None:
            self.left -= 1
        return True

    def _matches(self, spot: Spot) -> bool:
        fault = self.fault
        if self._path and not spot.path.startswith(self._path):
            return False
        if self._methods and spot.method and spot.method not in self._methods:
            return False
        wanted = (fault.event, fault.symbol, fault.socket)
        return all(not want or want == have for want, have in zip(wanted, spot[2:], strict=True))


class Faults:
    """The armed faults of one venue; `now` is set by the venue, its chance is `rng` alone."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._armed: dict[str, list[_Armed]] = {}
        self.now = _epoch
        """The venue's clock, UTC ns."""
        self.struck: Counter[str] = Counter()
        """How often each fault has struck so far."""

    @property
    def quiet(self) -> bool:
        """True while nothing at all is armed."""
        return not self._armed

    @property
    def armed(self) -> list[Fault]:
        """Faults that may still strike."""
        return [one.fault for group in self._armed.values() for one in group if one.left != 0]

    def left(self, name: str) -> int | None:
        """Strikes that the armed faults of `name` have left in all, None for no end."""
        found = [one.left for one in self._armed.get(name, [])]
        return None if None in found else sum(left for left in found if left is not None)

    def expects(self, name: str) -> bool:
        """True when a fault of `name` is armed: nobody else has to keep what it needs."""
        return name in self._armed

    def arm(self, *faults: Fault) -> None:
        """Let `faults` strike from now on, those armed first going first."""
        for fault in faults:
            ends = self.now() + int(fault.lasting * SECOND) if fault.lasting else None
            self._armed.setdefault(fault.name, []).append(_Armed(fault, ends))

    def disarm(self, name: str) -> None:
        """Let faults of `name` strike no more."""
        self._armed.pop(name, None)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._armed.clear()

    def strike(self, name: str, spot: Spot = NOWHERE) -> Fault | None:
        """The fault of `name` that strikes at `spot`, None when none does."""
        for one in self._armed.get(name, ()):
            if one.strikes(spot, self.now(), self._rng):
                self.struck[name] += 1
                return one.fault
        return None

    def first(self, found: Iterable[str], spot: Spot) -> Fault | None:
        """The first of several names that strikes."""
        if not self._armed:
            return None
        for name in found:
            if name in self._armed and (fault := self.strike(name, spot)) is not None:
                return fault
        return None

    def delay(self, fault: Fault) -> int:
        """How long `fault` takes this time, in ns of venue time."""
        low, high = fault.span
        return int((low if low == high else self._rng.uniform(low, high)) * SECOND)

    def coin(self) -> bool:
        """Heads or tails."""
        return bool(self._rng.random() < 0.5)

    def pick(self, choices: tuple[int, ...]) -> int:
        """One of several numbers."""
        return choices[int(self._rng.integers(len(choices)))]


def names(site: Site | None = None) -> list[str]:
    """The names of the table, of one site or of all."""
    return [name for name, row in TABLE.items() if site is None or row.site is site]


def _epoch() -> int:
    return 0


def _demand(fault: Fault, field: str, holds: bool, wanted: str) -> None:  # noqa: FBT001  # a claim
    if not holds:
        found = getattr(fault, field)
        raise BadInput(f"fault {fault.name}: {field}: found {found}, expected {wanted}")
