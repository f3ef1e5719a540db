"""Polygon's (Massive's) market-data wire to facts and requests to wire: pure, JSON only."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zlib import crc32

import msgspec

from tradeplat.core.errors import Corrupt
from tradeplat.core.market import SECOND, Bar, Quote, Status, Trade
from tradeplat.streams import polygon_wire as wire
from tradeplat.streams.dialect import (
    Acknowledged,
    Authenticated,
    Connected,
    Control,
    Fact,
    Topic,
    VenueError,
    Verdict,
)
from tradeplat.streams.halts import REPORTED, Band
from tradeplat.streams.polygon_conditions import (
    BAND_HALTED,
    BAND_RESUMED,
    HALTED,
    HALTS,
    RESUMED,
    moves,
)
from tradeplat.streams.polygon_wire import WireMinute, WireQuote, WireSecond, WireTrade
from tradeplat.streams.prints import ALL, ConditionalTrade
from tradeplat.streams.salvage import UNREADABLE, Salvage, one_line
from tradeplat.streams.stamps import LATEST

CHANNELS = ("AM", "A", "LULD", "Q", "T")
"""Channels we ask for, the most needed first: what is refused costs us the last ones."""

VERDICTS: Mapping[int | str, Verdict] = MappingProxyType(
    {
        "auth_failed": Verdict.FATAL,
        "auth_timeout": Verdict.RECONNECT,
        "not_authorized": Verdict.REFUSED,
        "error": Verdict.REFUSED,
        "max_connections": Verdict.SLOT,
        "slow_consumer": Verdict.RECONNECT,
        "force_disconnect": Verdict.RECONNECT,
    }
)
"""What a status asks of us; one that is not here is only counted."""

MILLISECOND = 1_000_000
_LAST_MS = LATEST // MILLISECOND

_ANSWER = re.compile(r"\s*(un)?subscribed\s+to\s*:?\s*(.*)", re.IGNORECASE | re.DOTALL)
_TOPIC = re.compile(r"\b(AM|A|T|Q|LULD)\.(\*|[A-Za-z0-9][\w./:-]*)", re.ASCII)

_DECIMAL = re.compile(r"\d{1,15}(?:\.\d{1,15})?", re.ASCII)

_CONDITIONS_KEPT = 1024

_NAMED = 18
"""Digits of a print's name that are its number; a longer one is told by its checksum."""


class PolygonCodec:
    """Reads frames of one feed and writes our requests; both names of the vendor speak alike.

    `decode` never raises: a message that is malformed or of an unknown event is counted in
    `errors`, described in `last_error`, and the rest of its frame is delivered.

    The vendor has no channel of halts. A price band that says so, or the condition of a quote,
    begins one here; it ends with the word of either, or with the first print that cannot be one of
    before it, reported late. Words are
    handed on as often as they come, whatever was told before: another vendor may have told the
    rest. A connection that greets us begins without any.
    """

    def __init__(self, feed: str) -> None:
        self.errors = 0
        self.last_error = ""
        self.ignored = self.further = 0
        self._feed = feed
        self._known = False
        self._halted: dict[str, int] = {}
        self._second, self._minute = (-1, 0, 0), (-1, 0)
        self._moves: dict[tuple[int, ...], int] = {}
        self._json = msgspec.json.Decoder(list[wire.Message])
        self._parts = Salvage(
            msgspec.json.Decoder(list[msgspec.Raw]),
            msgspec.json.Decoder(wire.Message),
            wire.Message,
        )

    @property
    def headers(self) -> Mapping[str, str]:
        """Nothing: the vendor has one encoding."""
        return {}

    def decode(self, frame: str | bytes, seen: int) -> tuple[list[Fact], Sequence[Control]]:
        """The facts of `frame`, in its order and stamped `seen`, and its control messages."""
        try:
            messages: list[Any] = self._json.decode(frame)
        except UNREADABLE:
            messages = self._parts.messages(frame, self._count)
        facts: list[Fact] = []
        controls: list[Control] = []
        # Seconds and quotes are most of what comes: they are read here, without a call each.
        feed, add, halting = self._feed, facts.append, HALTS
        bar, a_second, point = Bar, WireSecond, "."
        start, ts, end = self._second
        for m in messages:
            try:
                if m.__class__ is a_second:
                    if m.s != start:
                        ts = _window(m, 1)
                        start = m.s
                        end = start + 1_000
                    low, high = m.low, m.h
                    if (
                        low <= m.o <= high
                        and low <= m.c <= high
                        and m.e == end
                        and (not m.dv or point not in m.dv)
                    ):
                        add(bar(m.sym, ts, m.o, high, low, m.c, m.v, 1, feed, seen))
                    else:
                        add(self._bar(m, ts, 1, seen))
                elif m.__class__ is WireQuote:
                    if m.c is not None and (type(m.c) is list or m.c in halting or m.c == RESUMED):
                        self._condition(m, seen, facts)
                    add(Quote(m.sym, _instant(m.t), m.bp, m.bs, m.ap, m.size, feed, seen))
                elif m.__class__ is WireTrade:
                    add(self._trade(m, seen))
                else:
                    self._rare(m, seen, facts, controls)
            except Corrupt as error:
                self._count(str(error))
        self._second = start, ts, end
        return self._resumed(facts) if self._halted else facts, controls

    def login(self, key: str, secret: str) -> str:
        """The authentication request; the vendor knows no secret beside the key."""
        return _request("auth", key)

    def subscribe(self, topics: Iterable[Topic]) -> str:
        """A request to add `topics`."""
        return _request("subscribe", ",".join(map(".".join, topics)))

    def unsubscribe(self, topics: Iterable[Topic]) -> str:
        """A request to take `topics` away."""
        return _request("unsubscribe", ",".join(map(".".join, topics)))

    def verdict(self, code: int | str) -> Verdict:
        """What status `code` asks of us."""
        return VERDICTS.get(code, Verdict.NOTE)

    def _rare(self, m: Any, seen: int, facts: list[Fact], controls: list[Control]) -> None:
        if type(m) is WireMinute:
            start, ts = self._minute
            if m.s != start:
                ts = _window(m, 60)
                self._minute = m.s, ts
            facts.append(self._bar(m, ts, 60, seen))
        elif type(m) is wire.WireLuld:
            self._band(m, seen, facts)
        else:
            self._status(m, controls)

    def _bar(self, m: Any, ts: int, span: int, seen: int) -> Bar:
        if m.e and not 0 < m.e - m.s <= span * 1_000:
            raise Corrupt(f"bar of {m.sym}: s {m.s}, e {m.e}: expected e at most {span} s after s")
        if not (m.low <= m.o <= m.h and m.low <= m.c <= m.h):
            raise _outside(m)
        volume = m.v if m.dv is None else _decimal(m.sym, m.dv)
        return Bar(m.sym, ts, m.o, m.h, m.low, m.c, volume, span, self._feed, seen)

    def _trade(self, m: Any, seen: int) -> Trade | ConditionalTrade:
        size = m.s if m.ds is None else _decimal(m.sym, m.ds)
        trade = Trade(m.sym, _instant(m.t), m.p, size, self._feed, _number(m.i), seen)
        if not m.c:
            return trade
        may = self._may_move(tuple(m.c))
        return trade if may == ALL else ConditionalTrade(m.sym, trade, may)

    def _may_move(self, conditions: tuple[int, ...]) -> int:
        found = self._moves.get(conditions)
        if found is None:
            if len(self._moves) >= _CONDITIONS_KEPT:
                self._moves.clear()
            found = self._moves[conditions] = moves(conditions)
        return found

    def _band(self, m: wire.WireLuld, seen: int, facts: list[Fact]) -> None:
        ts = _instant(m.t)
        codes = m.i if isinstance(m.i, list) else (m.i,)
        if BAND_HALTED in codes:
            self._halted.pop(m.T, None)
            self._halt(m.T, ts, HALTED, seen, facts)
            return
        if BAND_RESUMED in codes:
            self._free(m.T, ts, seen, facts)
            self.further += 1
        low, high = m.low or 0.0, m.h or 0.0
        if not 0.0 < low < high:
            low = high = 0.0
        facts.append(Band(m.T, ts, low, high, seen))

    def _condition(self, m: Any, seen: int, facts: list[Fact]) -> None:
        """The condition of a quote may begin a halt, or end it."""
        codes = m.c if isinstance(m.c, list) else (m.c,)
        halts = [code for code in codes if code in HALTS]
        self.further += bool(halts) or RESUMED in codes
        if halts:
            self._halt(m.sym, _instant(m.t), HALTS[halts[0]], seen, facts)
        elif RESUMED in codes:
            self._free(m.sym, _instant(m.t), seen, facts)

    def _halt(self, symbol: str, ts: int, why: str, seen: int, facts: list[Fact]) -> None:
        self._halted.setdefault(symbol, ts)
        facts.append(_status(symbol, ts, why, self._feed, seen))

    def _free(self, symbol: str, ts: int, seen: int, facts: list[Fact]) -> None:
        self._halted.pop(symbol, None)
        facts.append(_status(symbol, ts, "", self._feed, seen))

    def _resumed(self, facts: list[Fact]) -> list[Fact]:
        """`facts`, and before the first print after a halt that it is over."""
        told: list[Fact] = []
        for fact in facts:
            since = self._halted.get(fact.symbol)
            if since is not None and isinstance(fact, Bar | Trade):
                opened = fact.ts - fact.span * SECOND if isinstance(fact, Bar) else fact.ts
                if opened >= since + REPORTED:
                    self._free(fact.symbol, opened, fact.seen, told)
            told.append(fact)
        self.further += len(told) - len(facts)
        return told

    def _status(self, m: wire.WireStatus, controls: list[Control]) -> None:
        code, message = m.status, m.message or ""
        if code == "connected":
            self._known = False
            self._halted.clear()
            controls.append(Connected())
        elif code == "auth_success":
            self._known = True
            controls.append(Authenticated())
        elif code == "success":
            self._answer(message, controls)
        else:
            refused = VERDICTS.get(code) is Verdict.REFUSED
            if code == "not_authorized" and not self._known:
                code = "auth_failed"
            topics = _TOPIC.findall(message) if refused else ()
            named = frozenset((channel, symbol.rstrip(".")) for channel, symbol in topics)
            controls.append(VenueError(code, message, named))

    def _answer(self, message: str, controls: list[Control]) -> None:
        """Topics granted or taken away; those of one frame make one answer."""
        found = _ANSWER.match(message)
        adds = found is None or not found[1]
        topics = frozenset(_TOPIC.findall(found[2]) if found is not None else ())
        last = controls[-1] if controls else None
        if isinstance(last, Acknowledged) and last.adds == adds and topics and last.topics:
            controls[-1] = Acknowledged(last.topics | topics, adds)
        else:
            controls.append(Acknowledged(topics, adds))

    def _count(self, error: str) -> None:
        self.errors += 1
        self.last_error = one_line(error)


def _status(symbol: str, ts: int, halt: str, feed: str, seen: int) -> Status:
    """That `symbol` does not trade because of `halt`; because of nothing: that it trades again."""
    trading = not halt
    return Status(symbol, ts, trading, halt or "RESUMED", feed, seen)


def _request(action: str, params: str) -> str:
    return msgspec.json.encode({"action": action, "params": params}).decode()


def _outside(m: Any) -> Corrupt:
    found = f"open {m.o}, high {m.h}, low {m.low}, close {m.c}"
    return Corrupt(f"bar of {m.sym}: {found}: expected all within low and high")


def _window(m: Any, span: int) -> int:
    """The close of the window of a bar of `span` seconds, in UTC nanoseconds."""
    start: int = m.s
    if not 0 <= start < _LAST_MS - span * 1_000 or start % (span * 1_000):
        raise Corrupt(f"bar of {m.sym}: s {start}: expected ms since 1970, a multiple of {span} s")
    return start * MILLISECOND + span * SECOND


def _instant(t: int) -> int:
    """UTC nanoseconds; milliseconds by the book, but bands come in finer units as well."""
    if 0 <= t <= _LAST_MS:
        return t * MILLISECOND
    ts = t * 1_000 if t <= LATEST // 1_000 else t
    if 0 <= ts <= LATEST:
        return ts
    raise Corrupt(f"time stamp {t}: expected milliseconds since 1970")


def _decimal(symbol: str, text: str) -> float:
    if _DECIMAL.fullmatch(text) is None:
        raise Corrupt(f"{symbol}: amount {text[:40]!r}: expected a decimal number")
    return float(text)


def _number(name: str | int | None) -> int:
    """A print's name as a number; 0 where it has none."""
    if name is None or name == "":
        return 0
    text = str(name)
    if len(text) <= _NAMED and text.isascii() and text.isdecimal():
        return int(text)
    return crc32(text.encode("utf-8", "surrogatepass")) + 1
