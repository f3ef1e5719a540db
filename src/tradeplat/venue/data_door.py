"""The door of the data REST: credentials, budget, and refusals in the vendor's form."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
from aiohttp import BasicAuth, web

from tradeplat.core.market import SECOND
from tradeplat.venue.accounts import Account, find_account
from tradeplat.venue.alpaca_wire import JSON
from tradeplat.venue.rate_limit import Budget, RateLimit
from tradeplat.venue.refusals import Refusal, too_many, unauthorized
from tradeplat.venue.stamps import read_instant


class Query(msgspec.Struct, frozen=True):
    """The parameters of one request, read with care: each reader raises Refusal (400)."""

    values: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """A parameter as it stands; empty counts as absent."""
        return self.values.get(name, "") or default

    def names(self, name: str) -> list[str]:
        """A comma-joined list, each once and in upper case; absent is empty."""
        found = [part.strip().upper() for part in self.text(name).split(",")]
        return list(dict.fromkeys(part for part in found if part))

    def symbols(self) -> list[str]:
        """The wanted symbols, each once and in upper case."""
        wanted = self.names("symbols")
        if not wanted:
            raise bad_request("symbols is required")
        return wanted

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10) or not 1 <= int(text) <= most:
            raise bad_request(f"invalid {name}: {text[:32]}, expected 1 to {most}")
        return int(text)

    def instant(self, name: str) -> int | None:
        """A moment in UTC ns, None when absent."""
        text = self.text(name)
        if not text:
            return None
        try:
            return read_instant(text, name)
        except Refusal as error:
            raise bad_request(f"invalid {name}: {text[:40]}") from error

    def ascending(self) -> bool:
        """Whether the oldest comes first, which is the default."""
        text = self.text("sort", "asc").lower()
        if text not in {"asc", "desc"}:
            raise bad_request(f"invalid sort: {text[:32]}")
        return text == "asc"


Page = Callable[[Query], object]
"""Makes the body that answers a query."""

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DataDoor:
    """Lets data requests of known accounts through. `wall` gives UTC ns for the budget."""

    def __init__(
        self, accounts: Sequence[Account], limit: RateLimit, wall: Callable[[], int]
    ) -> None:
        self._accounts = accounts
        self._limit = limit
        self._wall = wall
        self._served = 0

    def serving(self, page: Page) -> Serve:
        """A handler that answers with what `page` makes."""

        async def serve(request: web.Request) -> web.StreamResponse:
            budget: Budget | None = None
            try:
                account = find_account(self._accounts, *_credentials(request.headers))
                if account is None:
                    raise unauthorized()
                budget = self._limit.take(account.id, self._wall() // SECOND)
                if not budget.allowed:
                    raise too_many()
                return self._response(200, page(Query(dict(request.query))), budget)
            except Refusal as refusal:
                return self._response(refusal.status, refusal.body(), budget)

        return serve

    def _response(self, status: int, body: object, budget: Budget | None) -> web.Response:
        self._served += 1
        headers = {"X-Request-ID": f"{self._served:032x}"}
        if budget is not None:
            headers |= budget.headers()
        return web.Response(
            status=status,
            body=JSON.encode(body),
            content_type="application/json",
            headers=headers,
        )


def bad_request(message: str) -> Refusal:
    """400 as the data API says it: words without a code."""
    return Refusal(400, None, message)


def _credentials(headers: Mapping[str, str]) -> tuple[str, str]:
    """Key and secret: the vendor's headers, else Basic; empty when there are none."""
    key = headers.get("APCA-API-KEY-ID", "")
    if key:
        return key, headers.get("APCA-API-SECRET-KEY", "")
    try:
        found = BasicAuth.decode(headers.get("Authorization", ""))
    except ValueError:
        return "", ""
    return found.login, found.password
