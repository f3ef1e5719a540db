"""Polygon's reference data: tickers, their details, splits, float, news and the market's status.

Everything is as of the venue's now: a split is listed from its day on, a headline once it is out.
"""

from collections.abc import Callable, Mapping

from tradeplat.core.calendar import Phase
from tradeplat.venue.data_door import bad_request
from tradeplat.venue.polygon_bars import Shelf
from tradeplat.venue.polygon_door import Asked, Body, Row, not_found, paged
from tradeplat.venue.polygon_wire import EXCHANGES
from tradeplat.venue.reference import Facts, Headline, Split
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import new_york_text, read_date, read_instant, utc_text

_TYPES = {
    "CS": "Common Stock",
    "ETF": "Exchange Traded Fund",
    "WARRANT": "Warrant",
    "UNIT": "Unit",
    "RIGHT": "Rights",
    "PFD": "Preferred Stock",
    "ADRC": "American Depository Receipt Common",
}
_PHASES = {
    Phase.CLOSED: "closed",
    Phase.PRE: "extended-hours",
    Phase.REGULAR: "open",
    Phase.POST: "extended-hours",
}
_TONES = {
    "positive": "the announcement is favourable for the company",
    "negative": "the announcement is unfavourable for the company",
    "neutral": "the announcement changes little for the company",
}


Form = Callable[[Split], Body]
"""Writes a split."""


class ReferencePages:
    """The bodies of the reference data."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def tickers(self, asked: Asked) -> Body:
        """Every ticker that passes, sorted by symbol or another text of it."""
        sort = asked.query.text("sort", "ticker")
        active = asked.flag("active", default=True)
        search = asked.query.text("search").lower()
        rows = []
        for facts in self._shelf.almanac.tickers:
            body = ticker(facts)
            if facts.active is not active or not asked.passes("ticker", facts.symbol):
                continue
            if not all(asked.passes(name, str(body.get(name) or "")) for name in _FILTERS):
                continue
            if not asked.passes("exchange", str(body["primary_exchange"])):
                continue
            if search and search not in facts.symbol.lower() and search not in facts.name.lower():
                continue
            rows.append(Row(f"{body.get(sort) or ''}\x00{facts.symbol}", body))
        if sort not in _SORTS:
            raise bad_request(f"'sort' must be one of {', '.join(_SORTS)}")
        return self._listed(asked, rows, 100, default=True, name="order")

    def details(self, asked: Asked) -> Body:
        """All that is known of one ticker; what is not known is left out."""
        facts = self._shelf.almanac.facts(asked.path["ticker"])
        if facts is None:
            raise not_found("Ticker not found.")
        return {"results": details(facts)}

    def types(self, _: Asked) -> Body:
        """The kinds of tickers."""
        found = [
            {"code": code, "description": words, "asset_class": "stocks", "locale": "us"}
            for code, words in _TYPES.items()
        ]
        return {"results": found, "count": len(found)}

    def splits(self, asked: Asked) -> Body:
        """Splits up to today, the latest first."""
        return self._splits(asked, split)

    def stock_splits(self, asked: Asked) -> Body:
        """The same in the vendor's newer form."""
        return self._splits(asked, self._stock_split)

    def floats(self, asked: Asked) -> Body:
        """Shares that trade freely, of the tickers of which that is known."""
        rows = [
            Row(facts.symbol, body)
            for facts in self._shelf.almanac.tickers
            if (body := float_row(facts)) is not None
            and asked.passes("ticker", facts.symbol)
            and (facts.float_day or "") <= self._shelf.today()
        ]
        return self._listed(asked, rows, 100, default=True, name="order", most=5_000)

    def news(self, asked: Asked) -> Body:
        """Headlines that are out, the latest first."""
        bounds = _bounds(asked, "published_utc")
        rows = [
            Row(f"{one.ts:020d}\x00{one.id:015d}", news(one))
            for one in self._shelf.almanac.headlines(self._shelf.now())
            if _holds(one.ts, bounds) and _about(one, asked)
        ]
        return self._listed(asked, rows, 10, default=False, name="order")

    def status(self, _: Asked) -> Body:
        """Whether the markets are open; the status of the answer is not part of it."""
        now = self._shelf.now()
        phase = self._shelf.calendar.phase(now)
        word = _PHASES[phase]
        second = now - now % 1_000_000_000
        return {
            "market": word,
            "earlyHours": phase is Phase.PRE,
            "afterHours": phase is Phase.POST,
            "serverTime": new_york_text(second),
            "exchanges": dict.fromkeys(("nyse", "nasdaq", "otc"), word),
            "currencies": {"fx": "open", "crypto": "open"},
        }

    def _splits(self, asked: Asked, form: Form) -> Body:
        bounds = {
            name: asked.query.text(name)
            for name in asked.query.values
            if name.startswith("execution_date")
        }
        for name, text in bounds.items():
            _check_day(text, name)
        today = self._shelf.today()
        rows = [
            Row(f"{one.day}\x00{one.symbol}", form(one))
            for one in self._shelf.almanac.splits
            if one.day <= today
            and asked.passes("ticker", one.symbol)
            and asked.passes("execution_date", one.day)
        ]
        reverse = asked.query.text("reverse_split")
        if reverse:
            wanted = asked.flag("reverse_split", default=True)
            kept = {
                f"{one.day}\x00{one.symbol}"
                for one in self._shelf.almanac.splits
                if (one.split_to < one.split_from) is wanted
            }
            rows = [row for row in rows if row.place in kept]
        return self._listed(asked, rows, 10, default=False, name="order")

    def _stock_split(self, one: Split) -> Body:
        day = self._shelf.today()
        factor = 1.0 / self._shelf.almanac.ratio(one.symbol, one.day, day) / one.ratio
        kind = "reverse_split" if one.split_to < one.split_from else "forward_split"
        return {**split(one), "adjustment_type": kind, "historical_adjustment_factor": factor}

    def _listed(
        self,
        asked: Asked,
        rows: list[Row],
        usual: int,
        *,
        default: bool,
        name: str,
        most: int = 1_000,
    ) -> Body:
        ascending = asked.ascending(name, default=default)
        rows.sort(key=_place, reverse=not ascending)
        return paged(asked, rows, asked.query.count("limit", usual, most), ascending=ascending)


_FILTERS = ("type", "market", "cik")
_SORTS = ("ticker", "name", "market", "locale", "primary_exchange", "type", "cik")


def ticker(facts: Facts) -> Body:
    """A row of the list of tickers."""
    body: Body = {
        "ticker": facts.symbol,
        "name": facts.name,
        "market": "stocks",
        "locale": "us",
        "primary_exchange": EXCHANGES.get(facts.exchange, "XNAS"),
        "type": facts.type,
        "active": facts.active,
        "currency_name": "usd",
        "last_updated_utc": "2025-01-01T00:00:00Z",
    }
    delisted = None if facts.delisted_day is None else f"{facts.delisted_day}T00:00:00Z"
    return body | _known({"cik": facts.cik, "delisted_utc": delisted})


def details(facts: Facts) -> Body:
    """The page of one ticker."""
    body = ticker(facts)
    body.pop("last_updated_utc")
    more = {
        "market_cap": facts.market_cap,
        "sic_code": facts.sic_code,
        "sic_description": facts.sic_description,
        "list_date": facts.list_day,
        "share_class_shares_outstanding": facts.shares,
        "weighted_shares_outstanding": facts.shares,
    }
    return body | {"ticker_root": facts.symbol} | _known(more)


def split(one: Split) -> Body:
    """A split; its ratio in whole numbers where it is one."""
    return {
        "id": f"E{one.symbol}{one.day.replace('-', '')}",
        "execution_date": one.day,
        "split_from": _number(one.split_from),
        "split_to": _number(one.split_to),
        "ticker": one.symbol,
    }


def float_row(facts: Facts) -> Body | None:
    """The float of a ticker, None where it is not known."""
    if facts.float_shares is None:
        return None
    body: Body = {
        "ticker": facts.symbol,
        "free_float": facts.float_shares,
        "effective_date": facts.float_day,
    }
    if facts.shares:
        body["free_float_percent"] = round(facts.float_shares / facts.shares * 100, 2)
    return body


def news(one: Headline) -> Body:
    """A headline; what its provider thinks of it is its `insights`."""
    body: Body = {
        "id": f"{one.id:064x}",
        "publisher": {
            "name": one.source,
            "homepage_url": "https://news.invalid/",
            "logo_url": "https://news.invalid/logo.png",
            "favicon_url": "https://news.invalid/favicon.ico",
        },
        "title": one.title,
        "author": one.author,
        "published_utc": utc_text(one.ts),
        "article_url": one.url,
        "tickers": list(one.symbols),
        "description": one.summary,
        "keywords": list(one.keywords),
    }
    if one.sentiment is not None:
        body["insights"] = [
            {
                "ticker": symbol,
                "sentiment": one.sentiment,
                "sentiment_reasoning": _TONES.get(one.sentiment, ""),
            }
            for symbol in one.symbols
        ]
    return body


def _known(body: Mapping[str, object]) -> Body:
    return {name: value for name, value in body.items() if value is not None}


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def _place(row: Row) -> str:
    return row.place


def _about(one: Headline, asked: Asked) -> bool:
    conditions = [name for name in asked.query.values if name.split(".")[0] == "ticker"]
    return not conditions or any(asked.passes("ticker", symbol) for symbol in one.symbols)


def _bounds(asked: Asked, name: str) -> dict[str, tuple[int, int]]:
    """The first and last instant that each condition on `name` speaks of, by its ending."""
    found = {}
    for key, text in asked.query.values.items():
        if key.split(".")[0] != name or not text:
            continue
        try:
            first = read_instant(text, key)
        except Refusal:
            raise bad_request(f"'{key}' must be an RFC 3339 time or a date") from None
        last = first
        if len(text) == 10:
            # A date is all of its day.
            last = first + 86_400 * 1_000_000_000 - 1
        found[key.partition(".")[2]] = (first, last)
    return found


def _holds(ts: int, bounds: Mapping[str, tuple[int, int]]) -> bool:
    for end, (first, last) in bounds.items():
        holds = {
            "": first <= ts <= last,
            "lt": ts < first,
            "lte": ts <= last,
            "gt": ts > last,
            "gte": ts >= first,
        }.get(end, True)
        if not holds:
            return False
    return True


def _check_day(text: str, name: str) -> None:
    try:
        read_date(text, name)
    except Refusal:
        raise bad_request(f"'{name}' must be a date, YYYY-MM-DD") from None
