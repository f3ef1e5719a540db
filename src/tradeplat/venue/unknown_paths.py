"""What a client hears of a path that is not served, in the words of the vendor it talks to."""

from aiohttp import web

from tradeplat.venue.alpaca_wire import JSON
from tradeplat.venue.refusals import NOT_FOUND


def unserved(request: web.Request) -> web.Response | None:
    """The answer to a request that no route takes, None when there is one.

    Clients of Alpaca show themselves by their headers; everybody else gets plain text.
    """
    error = request.match_info.http_exception
    if error is None:
        return None
    if "APCA-API-KEY-ID" in request.headers:
        words = "endpoint not found" if error.status == 404 else "method not allowed"
        body = JSON.encode({"code": NOT_FOUND + (error.status - 404) * 100_000, "message": words})
        return web.Response(status=error.status, body=body, content_type="application/json")
    words = "page not found" if error.status == 404 else "method not allowed"
    return web.Response(status=error.status, text=f"{error.status} {words}")
