"""Alpaca's news: pages of headlines over REST, and each headline on the socket as it comes out."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from tradeplat.venue.agenda import Agenda
from tradeplat.venue.alpaca_stream import NEWS
from tradeplat.venue.alpaca_wire import Message, Stamp, write_text
from tradeplat.venue.data_door import Query, bad_request
from tradeplat.venue.hub import Hub
from tradeplat.venue.reference import Almanac, Headline

_USUAL, _MOST = 10, 50


class WireNews(Struct, tag_field="T", tag="n", gc=False):
    """A headline on the socket."""

    id: int
    headline: str
    summary: str
    author: str
    created_at: Stamp
    updated_at: Stamp
    url: str
    content: str
    symbols: list[str]
    source: str


class RestNews(Struct, gc=False):
    """A headline over REST."""

    id: int
    headline: str
    summary: str
    author: str
    created_at: str
    updated_at: str
    url: str
    content: str
    symbols: list[str]
    source: str
    images: list[dict[str, str]]


class NewsPages:
    """The body of the one page. `now` is the venue's clock: nothing is told before it came out."""

    def __init__(self, almanac: Almanac, now: Callable[[], int]) -> None:
        self._almanac = almanac
        self._now = now

    def news(self, query: Query) -> object:
        """Headlines from `start` to `end` about `symbols` or any, the latest first."""
        limit = query.count("limit", _USUAL, _MOST)
        ascending = Query({"sort": query.text("sort", "desc")}).ascending()
        start, end = query.instant("start"), query.instant("end")
        wanted = frozenset(query.names("symbols"))
        found = [
            one
            for one in self._almanac.headlines(self._now())
            if (start is None or one.ts >= start)
            and (end is None or one.ts <= end)
            and (not wanted or wanted & set(one.symbols))
        ]
        if not ascending:
            found.reverse()
        found = _behind(found, query.text("page_token"), ascending=ascending)
        shown = found[:limit]
        more = f"{shown[-1].ts}-{shown[-1].id}" if len(found) > limit else None
        content = query.text("include_content").lower() == "true"
        return {
            "news": [rest(one, content=content) for one in shown],
            "next_page_token": more,
        }


class Newsroom:
    """Tells listeners of `hub` each headline when it comes out."""

    def __init__(self, almanac: Almanac, agenda: Agenda, hub: Hub, start: int) -> None:
        self._agenda = agenda
        self._hub = hub
        self._left = list(reversed(almanac.coming(start)))
        self._next()

    def _next(self) -> None:
        if self._left:
            self._agenda.put(self._left[-1].ts, self._tell)

    def _tell(self, _: int) -> None:
        one = self._left.pop()
        self._hub.publish([message(one)], (NEWS,))
        self._next()


def message(one: Headline) -> Message:
    """A headline for the socket, told once to whoever wants one of its symbols."""
    body = WireNews(
        one.id,
        one.title,
        one.summary,
        one.author,
        Stamp(one.ts),
        Stamp(one.ts),
        one.url,
        one.summary,
        list(one.symbols),
        one.source,
    )
    first, others = one.symbols[:1], one.symbols[1:]
    return Message(NEWS, first[0] if first else "", body, others)


def rest(one: Headline, *, content: bool) -> RestNews:
    """A headline for REST, with its text where that is asked for."""
    return RestNews(
        one.id,
        one.title,
        one.summary,
        one.author,
        write_text(one.ts),
        write_text(one.ts),
        one.url,
        one.summary if content else "",
        list(one.symbols),
        one.source,
        [],
    )


def _behind(found: Sequence[Headline], token: str, *, ascending: bool) -> list[Headline]:
    if not token:
        return list(found)
    ts, _, number = token.partition("-")
    if not (ts.isascii() and ts.isdigit() and number.isascii() and number.isdigit()):
        raise bad_request("invalid page_token")
    last = (int(ts), int(number))
    return [
        one for one in found if ((one.ts, one.id) > last) == ascending and (one.ts, one.id) != last
    ]
