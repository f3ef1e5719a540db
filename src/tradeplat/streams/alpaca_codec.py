"""Alpaca's market-data wire to facts and requests to wire: pure, in both encodings."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec.msgpack import Ext

from tradeplat.core.errors import Corrupt
from tradeplat.core.market import MINUTE, Bar, Quote, Status, Trade
from tradeplat.streams import alpaca_wire as wire
from tradeplat.streams.alpaca_wire import WireBar, WireQuote, WireTrade
from tradeplat.streams.dialect import (
    Authenticated,
    Connected,
    Control,
    Fact,
    Subscribed,
    Topic,
    VenueError,
    Verdict,
)
from tradeplat.streams.halts import Band
from tradeplat.streams.prints import ALL, Cancel, ConditionalTrade, Correction, moves
from tradeplat.streams.salvage import UNREADABLE, Salvage, one_line
from tradeplat.streams.stamps import TIMESTAMP, Rfc3339, read_ext

CHANNELS = ("bars", "statuses", "updatedBars", "quotes", "trades", "lulds")
"""Channels we ask for, the most needed first: a plan's limit costs us the last ones."""

TRADING_CODES: Mapping[str, Mapping[str, bool | None]] = MappingProxyType(
    {
        "C": {"H": False, "P": False, "Q": False, "T": True},
        "AB": {"2": False, "3": True, **dict.fromkeys("56789ACDEF")},
    }
)
"""Tape -> status code -> whether the symbol trades; None leaves that as it was."""

NO_BAND = frozenset("DF")
"""Indicators of a limit message, as the tapes define them: suspended by a halt, out of hours."""

VERDICTS: Mapping[int | str, Verdict] = MappingProxyType(
    {
        400: Verdict.REFUSED,
        401: Verdict.RECONNECT,
        402: Verdict.FATAL,
        403: Verdict.NOTE,
        404: Verdict.RECONNECT,
        405: Verdict.LIMIT,
        406: Verdict.SLOT,
        407: Verdict.NOTE,
        408: Verdict.FATAL,
        409: Verdict.FATAL,
        410: Verdict.REFUSED,
    }
)

_CONDITIONS_KEPT = 1024

_TEXT = tuple(bytes([byte]) for byte in b"[{ \t\r\n")


class AlpacaCodec:
    """Reads frames of one feed and writes our requests.

    `decode` never raises: a message that is malformed or of an unknown type is counted in
    `errors`, described in `last_error`, and the rest of its frame is delivered. Messages that
    carry no fact of ours (running daily bars, indications) count in `ignored`.
    """

    def __init__(self, feed: str, *, packed: bool = True) -> None:
        self.errors = 0
        self.last_error = ""
        self.ignored = self.further = 0
        self._feed = feed
        self._packed = packed
        self._text = Rfc3339()
        self._minute: tuple[Any, int] = (b"", 0)
        self._moves: dict[tuple[str, ...], int] = {}
        self._json = msgspec.json.Decoder(list[wire.JsonMessage])
        self._pack = msgspec.msgpack.Decoder(list[wire.PackedMessage])
        self._json_parts = Salvage(
            msgspec.json.Decoder(list[msgspec.Raw]),
            msgspec.json.Decoder(wire.JsonMessage),
            wire.JsonMessage,
        )
        self._pack_parts = Salvage(
            msgspec.msgpack.Decoder(list[msgspec.Raw]), msgspec.msgpack.Decoder(wire.PackedMessage)
        )

    @property
    def headers(self) -> Mapping[str, str]:
        """The upgrade's headers: they choose between MessagePack and JSON."""
        return {"Content-Type": "application/msgpack" if self._packed else "application/json"}

    def decode(self, frame: str | bytes, seen: int) -> tuple[list[Fact], Sequence[Control]]:
        """The facts of `frame`, in its order and stamped `seen`, and its control messages."""
        try:
            messages = self._decoder(frame).decode(frame)
        except UNREADABLE:
            messages = self._salvage(frame)
        facts: list[Fact] = []
        controls: list[Control] = []
        # Quotes are most of what comes: they are read here, without a call each.
        feed, read_text, add = self._feed, self._text.read, facts.append
        for m in messages:
            try:
                kind = type(m)
                if kind is WireQuote:
                    stamp = m.t
                    ts = read_text(stamp) if type(stamp) is str else read_ext(stamp)
                    add(Quote(m.S, ts, m.bp, m.bs, m.ap, m.size, feed, seen))
                elif kind is WireBar:
                    add(self._bar(m, seen, 0))
                elif kind is WireTrade:
                    add(self._trade(m, seen))
                else:
                    self._rare(m, seen, facts, controls)
            except Corrupt as error:
                self._count(str(error))
        return facts, controls

    def login(self, key: str, secret: str) -> str | bytes:
        """The authentication request."""
        return self._request({"action": "auth", "key": key, "secret": secret})

    def subscribe(self, topics: Iterable[Topic]) -> str | bytes:
        """A request to add `topics`."""
        return self._request({"action": "subscribe", **_by_channel(topics)})

    def unsubscribe(self, topics: Iterable[Topic]) -> str | bytes:
        """A request to take `topics` away."""
        return self._request({"action": "unsubscribe", **_by_channel(topics)})

    def verdict(self, code: int | str) -> Verdict:
        """What error `code` asks of us (protocols.md 2.3)."""
        return VERDICTS.get(code, Verdict.NOTE)

    def _request(self, body: Mapping[str, Any]) -> str | bytes:
        return msgspec.msgpack.encode(body) if self._packed else json.dumps(body)

    def _decoder(self, frame: str | bytes) -> Any:
        """By what the frame is, not by what was asked for: packed arrays begin otherwise."""
        return self._json if isinstance(frame, str) or frame[:1] in _TEXT else self._pack

    def _stamp(self, stamp: str | Ext) -> int:
        return self._text.read(stamp) if isinstance(stamp, str) else read_ext(stamp)

    def _trade(self, m: Any, seen: int) -> Trade | ConditionalTrade:
        stamp = m.t
        ts = self._text.read(stamp) if type(stamp) is str else read_ext(stamp)
        trade = Trade(m.S, ts, m.p, m.s, self._feed, m.i or 0, seen)
        if not m.c:
            return trade
        may = self._may_move(m.c, m.z)
        return trade if may == ALL else ConditionalTrade(m.S, trade, may)

    def _bar(self, m: Any, seen: int, revision: int) -> Bar:
        stamp, low, high = m.t, m.low, m.h
        if not low <= m.o <= high >= m.c >= low:
            raise _outside(m)
        if type(stamp) is str:
            ts = _closing(m.S, self._text.read(stamp))
        elif stamp.data == self._minute[0] and stamp.code == TIMESTAMP:
            ts = self._minute[1]  # the bars of a minute come together and share one stamp
        else:
            ts = _closing(m.S, read_ext(stamp))
            self._minute = (stamp.data, ts)
        return Bar(m.S, ts, m.o, high, low, m.c, m.v, 60, self._feed, seen, revision)

    def _rare(self, message: Any, seen: int, facts: list[Fact], controls: list[Control]) -> None:
        match message:
            case wire.WireUpdatedBar():
                facts.append(self._bar(message, seen, 1))
            case wire.WireStatus():
                self._status(message, seen, facts)
            case wire.WireCorrection():
                facts.append(self._correction(message, seen))
            case wire.WireCancel():
                ts = self._stamp(message.t)
                facts.append(Cancel(message.S, ts, message.i or 0, message.p, message.s, seen))
            case wire.WireLuld():
                low, high = _band(message)
                facts.append(Band(message.S, self._stamp(message.t), low, high, seen))
            case wire.WireDailyBar():
                self.ignored += 1
            case wire.WireSubscription():
                controls.append(Subscribed(_topics(message)))
            case wire.WireError():
                controls.append(VenueError(message.code, message.msg or ""))
            case wire.WireSuccess(msg="connected"):
                controls.append(Connected())
            case wire.WireSuccess(msg="authenticated"):
                controls.append(Authenticated())
            case _:
                raise Corrupt(f"control message {message!r} is unknown")

    def _correction(self, m: Any, seen: int) -> Correction:
        ts = self._stamp(m.t)
        trade = Trade(m.S, ts, m.cp, m.cs, self._feed, m.ci or 0, seen)
        may = self._may_move(m.cc, m.z) if m.cc else ALL
        return Correction(m.S, ts, m.oi or 0, m.op, m.os, trade, may)

    def _status(self, message: Any, seen: int, facts: list[Fact]) -> None:
        code, tape = message.sc, message.z
        known = TRADING_CODES["AB" if tape in ("A", "B") else "C"]
        if tape not in ("A", "B", "C"):
            known = {**known, **TRADING_CODES["AB"]}
        if code not in known:
            raise Corrupt(f"status of {message.S}: code {code!r} is unknown on tape {tape!r}")
        trading = known[code]
        if trading is None:
            self.ignored += 1
            return
        ts = self._stamp(message.t)
        facts.append(Status(message.S, ts, trading, message.rc or code, self._feed, seen))

    def _may_move(self, conditions: list[str] | str, tape: str | None) -> int:
        tape = tape or ""
        key = (tape, *conditions)
        found = self._moves.get(key)
        if found is None:
            if len(self._moves) >= _CONDITIONS_KEPT:
                self._moves.clear()
            found = self._moves[key] = moves((c.strip() for c in conditions), tape)
        return found

    def _salvage(self, frame: str | bytes) -> list[Any]:
        """The readable messages of a frame that is not readable as a whole."""
        text = self._decoder(frame) is self._json
        return (self._json_parts if text else self._pack_parts).messages(frame, self._count)

    def _count(self, error: str) -> None:
        self.errors += 1
        self.last_error = one_line(error)


def _outside(m: Any) -> Corrupt:
    found = f"open {m.o}, high {m.h}, low {m.low}, close {m.c}"
    return Corrupt(f"bar of {m.S}: {found}: expected all within low and high")


def _closing(symbol: str, start: int) -> int:
    """The close of the minute that begins at `start`."""
    if start % MINUTE:
        raise Corrupt(f"bar of {symbol}: t is {start} ns: expected the beginning of a minute")
    return start + MINUTE


def _band(m: Any) -> tuple[float, float]:
    """Low and high of a price band, both 0 where there is none."""
    low, high = m.d or 0.0, m.u or 0.0
    return (low, high) if m.i not in NO_BAND and 0.0 < low < high else (0.0, 0.0)


def _topics(message: wire.WireSubscription) -> frozenset[Topic]:
    named = {
        "bars": message.bars,
        "updatedBars": message.updated_bars,
        "quotes": message.quotes,
        "trades": message.trades,
        "statuses": message.statuses,
        "lulds": message.lulds,
    }
    return frozenset(
        chain.from_iterable(((c, s) for s in found or ()) for c, found in named.items())
    )


def _by_channel(topics: Iterable[Topic]) -> dict[str, list[str]]:
    channels: dict[str, list[str]] = {}
    for channel, symbol in topics:
        channels.setdefault(channel, []).append(symbol)
    return channels
