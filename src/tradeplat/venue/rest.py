"""The door of the trading REST: credentials, budget, body, and the answer in the vendor's form.

Behind it a handler is a plain function from a Call to an Answer.
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from tradeplat.core.market import SECOND
from tradeplat.venue.accounts import Account, find_account
from tradeplat.venue.order_log import LogLine, OrderLog
from tradeplat.venue.rate_limit import Budget, RateLimit
from tradeplat.venue.refusals import Refusal, bad_body, invalid, too_many, unauthorized
from tradeplat.venue.stamps import read_instant


class Call(msgspec.Struct, frozen=True):
    """One request as a handler sees it: who asks, what the path and the query say, the body."""

    account: Account
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""

    def fields(self) -> dict[str, object]:
        """The body as a JSON object; an empty one counts as `{}`. Raises Refusal (400)."""
        return read_body(self.body) if self.body.strip() else {}

    def flag(self, name: str) -> bool:
        """A boolean of the query, in any case; absent is false. Raises Refusal (422)."""
        text = self.query.get(name, "").lower()
        if text not in {"", "true", "false", "1", "0"}:
            raise invalid(f"{name} must be true or false")
        return text in {"true", "1"}

    def instant(self, name: str) -> int | None:
        """An instant of the query in UTC ns, None when absent. Raises Refusal (422)."""
        text = self.query.get(name, "")
        return read_instant(text, name) if text else None

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`. Raises Refusal (422)."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10) or not 1 <= int(text) <= most:
            raise invalid(f"{name} must be a whole number from 1 to {most}")
        return int(text)

    def ascending(self) -> bool:
        """Whether the oldest is asked for first; the default is the newest."""
        text = self.query.get("direction", "desc").lower()
        if text not in {"asc", "desc"}:
            raise invalid("direction must be asc or desc")
        return text == "asc"

    def names(self, name: str) -> frozenset[str]:
        """A comma-joined list of the query; absent is empty."""
        return frozenset(part for part in self.query.get(name, "").split(",") if part)


class Answer(msgspec.Struct, frozen=True):
    """A status and the JSON body; a body of None is sent as no body at all."""

    body: object = None
    status: int = 200


Handler = Callable[[Call], Answer]
Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class House(msgspec.Struct, frozen=True):
    """What the door needs of the venue. `drained` returns once an account's updates are out."""

    accounts: Sequence[Account]
    limit: RateLimit
    log: OrderLog
    now: Callable[[], int]
    wall: Callable[[], int]
    drained: Callable[[Account], Awaitable[None]]
    update_before_response: bool = False


class Door:
    """Lets requests through to handlers, and their answers out."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._served = 0

    def reading(self, handler: Handler) -> Serve:
        """Serves a request that changes nothing."""

        async def serve(request: web.Request) -> web.StreamResponse:
            return self._response(*self._answer(request, await _read(request), handler))

        return serve

    def changing(self, handler: Handler) -> Serve:
        """Serves an order request: counted and logged.

        The updates it causes leave after the answer, or before it where the profile says so.
        """

        async def serve(request: web.Request) -> web.StreamResponse:
            body = await _read(request)
            account = self._account(request)
            if account is None:
                return self._response(*self._answer(request, body, handler))
            release = account.feed.hold()
            try:
                account.order_requests += 1
                answer, budget = self._answer(request, body, handler)
                self._log(account, request, body, answer)
                if self._house.update_before_response:
                    release()
                    await self._house.drained(account)
                return self._response(answer, budget)
            finally:
                # The server writes the answer before the loop turns again.
                asyncio.get_running_loop().call_soon(release)

        return serve

    def _answer(
        self, request: web.Request, body: bytes | Refusal, handler: Handler
    ) -> tuple[Answer, Budget | None]:
        budget: Budget | None = None
        try:
            account = self._account(request)
            if account is None:
                raise unauthorized()
            budget = self._house.limit.take(account.id, self._house.wall() // SECOND)
            if not budget.allowed:
                raise too_many()
            if isinstance(body, Refusal):
                raise body
            return handler(Call(account, request.match_info, dict(request.query), body)), budget
        except Refusal as refusal:
            return Answer(refusal.body(), refusal.status), budget

    def _log(
        self, account: Account, request: web.Request, body: bytes | Refusal, answer: Answer
    ) -> None:
        shown = answer.body if isinstance(answer.body, dict) else {}
        self._house.log.write(
            LogLine(
                ts=self._house.now(),
                account=account.id,
                kind=f"{request.method} {request.path}",
                order_id=str(shown.get("id", "")),
                client_id=str(shown.get("client_order_id", "")),
                symbol=str(shown.get("symbol", "")),
                status=answer.status,
                detail={
                    "body": body.decode(errors="replace") if isinstance(body, bytes) else "",
                    "query": dict(request.query),
                    "refused": shown.get("message"),
                },
            )
        )

    def _account(self, request: web.Request) -> Account | None:
        return find_account(self._house.accounts, *credentials(request.headers))

    def _response(self, answer: Answer, budget: Budget | None) -> web.Response:
        self._served += 1
        headers = {"X-Request-ID": f"{self._served:032x}"}
        if budget is not None:
            headers |= budget.headers()
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        return web.Response(
            status=answer.status,
            body=msgspec.json.encode(answer.body),
            content_type="application/json",
            headers=headers,
        )


def credentials(headers: Mapping[str, str]) -> tuple[str, str]:
    """Key and secret of a request: the vendor's headers, else Basic; empty when there are none."""
    key = headers.get("APCA-API-KEY-ID", "")
    if key:
        return key, headers.get("APCA-API-SECRET-KEY", "")
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        plain = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, secret = plain.partition(":")
    return name, secret


def read_body(body: bytes) -> dict[str, object]:
    """The JSON object in `body`, its fractions as decimals. Raises Refusal (400)."""
    decoder: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(
        dict[str, Any], float_hook=Decimal
    )
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ArithmeticError):
        raise bad_body("request body format is invalid") from None


def read_uuid(text: str, field: str) -> str:
    """`text` as a UUID in its usual spelling. Raises Refusal (422) naming `field`."""
    try:
        return str(UUID(text))
    except ValueError:
        raise invalid(f"{field} is not a valid UUID: {text[:64]}") from None


async def _read(request: web.Request) -> bytes | Refusal:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return Refusal(413, 41310000, "request body is too large")
