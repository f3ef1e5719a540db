"""A built-in venue that runs already: reached over its port, neither started nor ended by us."""

from contextlib import suppress

import aiohttp
import msgspec

from tradeplat.app.venue_process import KEY, SECRET, Ready
from tradeplat.core.errors import BadInput, Denied, Transient

_SECONDS = 10.0
_HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}


class _Clock(msgspec.Struct):
    timestamp: str


class _Status(msgspec.Struct):
    now_ns: int = 0
    end_ns: int = 0


async def found(url: str) -> Ready:
    """What the venue at `url` says of itself.

    Its speed is the X-Clock-Speed header of its clock, and 1 without one; where it has no control
    API, nobody knows when its day is over. Raises BadInput for a URL that is none or is no
    venue's, Transient when nobody answers there, Denied when it refuses our key.
    """
    base = url.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise BadInput(f"venue.url={url}: expected http://host:port")
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with aiohttp.ClientSession(
            headers=_HEADERS, timeout=timeout, trust_env=False
        ) as session:
            async with session.get(f"{base}/v2/clock") as answer:
                body = await answer.read()
                _check(url, answer.status, body)
                speed = _speed(url, answer.headers.get("X-Clock-Speed", "1"))
            async with session.get(f"{base}/control/status") as answer:
                status = _status(answer.status, await answer.read())
    except aiohttp.InvalidURL:
        raise BadInput(f"venue.url={url}: expected http://host:port") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        told = str(error) or type(error).__name__
        raise Transient(f"venue.url={url}: no venue answers there ({told})") from None
    return Ready(base, status.now_ns, status.end_ns, speed)


def _check(url: str, status: int, body: bytes) -> None:
    if status in (401, 403):
        raise Denied(f"venue.url={url}: the venue there refuses key {KEY}")
    if status >= 500:
        raise Transient(f"venue.url={url}: the venue there answers HTTP {status}")
    if status == 200:
        # What cannot be read is no clock either, and is said below.
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # no clock: below
            msgspec.json.decode(body, type=_Clock)
            return
    raise BadInput(f"venue.url={url}: found no clock there (HTTP {status}), expected a venue")


def _speed(url: str, text: str) -> float | str:
    if text == "max":
        return text
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed < float("inf"):
        raise BadInput(f"venue.url={url}: its clock runs at speed {text!r}, expected a number")
    return speed


def _status(status: int, body: bytes) -> _Status:
    if status != 200:
        return _Status()
    try:
        return msgspec.json.decode(body, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Status()
