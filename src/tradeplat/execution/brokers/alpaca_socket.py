"""Alpaca's account socket: logs in, subscribes, hands on frames, notices a peer that is gone."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import msgspec
from aiohttp import ClientError, ClientWebSocketResponse, WSMessage, WSMsgType

from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.execution.brokers.alpaca_codec import (
    WireFrame,
    WireStatus,
    decode_frame,
    decode_status,
)
from tradeplat.execution.brokers.alpaca_rest import SLOT_WAIT, Limits

TRADE_UPDATES = "trade_updates"
_LIMIT_WORDS = "connection limit"
_ENDS = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


class AccountSocket:
    """An open account socket. It was opened without automatic pings: `next` sends and answers them.

    A peer that is silent for `limits.heartbeat` seconds is pinged; without a word for
    `limits.silence` more it is dead. Losses raise Transient.
    """

    def __init__(self, socket: ClientWebSocketResponse, limits: Limits) -> None:
        self._socket = socket
        self._limits = limits

    async def listen(self, login: Mapping[str, object]) -> list[WireFrame]:
        """Log in and subscribe; returns trade updates that came before the confirmation.

        Denied when the keys are refused, Throttled while an earlier connection holds the place.
        """
        early: list[WireFrame] = []
        async with _patience(self._limits.total):
            await self._say({"action": "authenticate", "data": login})
            _check_login(decode_status(await self._answer("authorization", early)))
            await self._say({"action": "listen", "data": {"streams": [TRADE_UPDATES]}})
            heard = decode_status(await self._answer("listening", early))
            if TRADE_UPDATES not in heard.streams:
                raise Transient(f"account socket: subscribed to {heard.streams} only")
        return early

    async def next(self) -> WireFrame | None:
        """The next frame; None when the peer had nothing to say for a while, but is alive."""
        while True:
            message = await self._receive()
            match message.type:
                case WSMsgType.PING:
                    async with _unbroken():
                        await self._socket.pong(message.data)
                case WSMsgType.PONG:
                    return None
                case kind if kind in _ENDS:
                    code = self._socket.close_code
                    raise Transient(f"account socket: closed by the venue ({code})")
                case _:
                    return decode_frame(message.data)

    async def close(self) -> None:
        """Say goodbye: a venue holds the place of a connection that just vanished."""
        await self._socket.close()

    async def _receive(self) -> WSMessage:
        with suppress(TimeoutError):  # quiet, or dead: the ping below finds out
            return await self._socket.receive(timeout=self._limits.heartbeat)
        async with _unbroken():
            await self._socket.ping()
        try:
            return await self._socket.receive(timeout=self._limits.silence)
        except TimeoutError:
            silent = self._limits.heartbeat + self._limits.silence
            raise Transient(f"account socket: not a word for {silent:g} s") from None

    async def _say(self, message: Mapping[str, object]) -> None:
        await self._socket.send_str(msgspec.json.encode(message).decode())

    async def _answer(self, stream: str, early: list[WireFrame]) -> WireFrame:
        while (frame := await self.next()) is None or frame.stream != stream:
            if frame is not None and frame.stream == TRADE_UPDATES:
                early.append(frame)
        return frame


def _check_login(granted: WireStatus) -> None:
    if granted.status == "authorized":
        return
    words = f"{granted.message or ''} {granted.error or ''}".strip()
    if _LIMIT_WORDS in words.lower():
        raise Throttled(f"account socket: {words}", SLOT_WAIT)
    raise Denied("account socket: the venue refuses these API keys")


@asynccontextmanager
async def _unbroken() -> AsyncIterator[None]:
    """Writing to a socket whose peer has just gone is a loss like any other."""
    try:
        yield
    except (ClientError, OSError) as error:
        raise Transient(f"account socket: lost ({error})") from None


@asynccontextmanager
async def _patience(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Transient(f"account socket: no answer to the login in {seconds:g} s") from None
    except (ClientError, OSError) as error:
        raise Transient(f"account socket: lost during the login ({error})") from None
