"""The door of Polygon's REST: key, budget, pages, and refusals in the vendor's form."""

import base64
import binascii
import operator
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import accumulate, takewhile
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import msgspec
from aiohttp import web

from tradeplat.core.market import SECOND
from tradeplat.venue.accounts import Account
from tradeplat.venue.data_door import Query, bad_request
from tradeplat.venue.polygon_wire import JSON
from tradeplat.venue.rate_limit import RateLimit
from tradeplat.venue.refusals import Refusal

_CURSOR = "cursor"
AFTER = "after"
"""The parameter that a cursor carries beside the query it goes on with."""

_TOO_MANY = (
    "You've exceeded the maximum requests per minute, please wait or upgrade your subscription to "
    "continue."
)
NOT_ENTITLED = "You are not entitled to this data. Please upgrade your plan at https://massive.com"


class Asked(msgspec.Struct, frozen=True):
    """One request: parameters of the path and of the query, and where more of it is."""

    path: Mapping[str, str]
    query: Query
    url: str
    """Address of the page, without a query."""

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean of the query. Raises Refusal (400)."""
        text = self.query.text(name).lower()
        if text not in {"", "true", "false", "1", "0"}:
            raise bad_request(f"'{name}' must be true or false")
        return default if not text else text in {"true", "1"}

    def names(self, name: str) -> list[str]:
        """A comma-joined list of the query, each once and in upper case."""
        return self.query.names(name)

    def ascending(self, name: str, *, default: bool) -> bool:
        """The order asked for. Raises Refusal (400)."""
        text = self.query.text(name).lower()
        if text not in {"", "asc", "desc"}:
            raise bad_request(f"'{name}' must be asc or desc")
        return default if not text else text == "asc"

    def passes(self, name: str, value: str, *, ignored: str = "") -> bool:
        """Whether `value` meets each condition on `name` but `ignored`: itself, .lt, .lte, .gt,
        .gte, .any_of.
        """
        values = self.query.values
        wanted = values.get(name)
        if wanted and value != wanted:
            return False
        any_of = values.get(f"{name}.any_of") if ignored != "any_of" else None
        if any_of and value not in any_of.split(","):
            return False
        return all(
            holds(value, bound)
            for end, holds in _BOUNDS.items()
            if (bound := values.get(f"{name}.{end}"))
        )

    def measures(self, name: str, value: object) -> bool:
        """Whether a number meets each condition on `name`: itself, .lt, .lte, .gt, .gte; one that
        is not known meets none. Raises Refusal (400).
        """
        bounds: dict[str, float] = {}
        for key, text in self.query.values.items():
            start, _, end = key.partition(".")
            if start != name or not text:
                continue
            if not re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text, re.ASCII):
                raise bad_request(f"'{key[:40]}' must be a number")
            bounds[end] = float(text)
        if not bounds:
            return True
        return isinstance(value, int | float) and all(
            end in _MEASURES and _MEASURES[end](value, bound) for end, bound in bounds.items()
        )


_MEASURES: Mapping[str, Callable[[float, float], bool]] = {
    "": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_BOUNDS: Mapping[str, Callable[[str, str], bool]] = {
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
}

Body = dict[str, object]
Page = Callable[[Asked], Body | list[Body]]
"""Makes the body that answers a request, its status and id aside; a list is sent as it is."""

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Row(NamedTuple):
    """One row of a list with what places it: rows are sorted by `place`, and no two share one.

    `weight` is how much of a page's limit it takes.
    """

    place: str
    body: object
    weight: int = 1


class Leaf(NamedTuple):
    """The rows of one page, and the address of the next one, None when there is none."""

    rows: Sequence[Row]
    next_url: str | None


def leaf(asked: Asked, rows: Sequence[Row], limit: int, *, ascending: bool) -> Leaf:
    """As many of `rows` behind where the last page ended as `limit` lets in, but one at least."""
    after = asked.query.text(AFTER)
    if after:
        rows = [row for row in rows if (row.place > after) == ascending and row.place != after]
    weights = accumulate(row.weight for row in rows)
    fitting = sum(1 for _ in takewhile(lambda weight: weight <= limit, weights))
    shown = rows[: max(fitting, 1)]
    more = len(rows) > len(shown)
    return Leaf(shown, following(asked, shown[-1].place) if more else None)


def paged(asked: Asked, rows: Sequence[Row], limit: int, *, ascending: bool) -> Body:
    """A page of `rows` as a body."""
    shown, next_url = leaf(asked, rows, limit, ascending=ascending)
    body: Body = {"results": [row.body for row in shown], "count": len(shown)}
    return body if next_url is None else body | {"next_url": next_url}


def following(asked: Asked, after: str) -> str:
    """The address of the page that begins behind `after`."""
    kept = {name: value for name, value in asked.query.values.items() if name != "apiKey"}
    token = urlencode({**kept, AFTER: after})
    cursor = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    return f"{asked.url}?{_CURSOR}={cursor}"


class PolygonDoor:
    """Lets requests of known keys through. `wall` gives UTC ns for the budget."""

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
            try:
                account = self._account(request)
                self._count(account)
                body = page(_asked(request))
            except Refusal as refusal:
                return self._response(refusal.status, _refused(refusal))
            if isinstance(body, list):
                return web.Response(body=JSON.encode(body), content_type="application/json")
            return self._response(200, {"status": "OK", **body})

        return serve

    def _account(self, request: web.Request) -> Account:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            key = request.query.get("apiKey", "")
        if not key:
            raise Refusal(401, None, "API Key was not provided")
        account = next((one for one in self._accounts if one.terms.key == key.strip()), None)
        if account is None:
            raise Refusal(401, None, "Unknown API Key")
        return account

    def _count(self, account: Account) -> None:
        if not self._limit.take(account.id, self._wall() // SECOND).allowed:
            raise Refusal(429, None, _TOO_MANY)

    def _response(self, status: int, body: Body) -> web.Response:
        self._served += 1
        return web.Response(
            status=status,
            body=JSON.encode({**body, "request_id": f"{self._served:032x}"}),
            content_type="application/json",
        )


def not_entitled() -> Refusal:
    """403: the plan does not include this."""
    return Refusal(403, None, NOT_ENTITLED)


def not_found(words: str) -> Refusal:
    """404: there is no such ticker."""
    return Refusal(404, None, words)


def _refused(refusal: Refusal) -> Body:
    match refusal.status:
        case 403:
            return {"status": "NOT_AUTHORIZED", "message": refusal.message}
        case 404:
            return {"status": "NOT_FOUND", "message": refusal.message}
    return {"status": "ERROR", "error": refusal.message}


def _asked(request: web.Request) -> Asked:
    values = dict(request.query)
    cursor = values.get(_CURSOR)
    if cursor:
        values = _read_cursor(cursor)
    url = f"{request.scheme}://{request.host}{request.rel_url.raw_path}"
    return Asked(request.match_info, Query(values), url)


def _read_cursor(cursor: str) -> dict[str, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return dict(parse_qsl(text.decode(), keep_blank_values=True, strict_parsing=True))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise bad_request("invalid cursor") from None
