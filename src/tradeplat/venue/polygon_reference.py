"""Polygon's reference data: tickers, their details, splits, float and news.

Everything is as of the venue's now: a split is listed from its day on, a headline once it is out.
"""

from collections.abc import Callable, Mapping

from tradeplat.core.market import SECOND
from tradeplat.venue.data_door import bad_request
from tradeplat.venue.polygon_bars import Shelf
from tradeplat.venue.polygon_door import Asked, Body, Row, not_found, paged
from tradeplat.venue.polygon_wire import EXCHANGES
from tradeplat.venue.reference import Facts, Headline, Split
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import read_date, read_instant, utc_text

_TYPES = {
    "CS": "Common Stock",
    "ETF": "Exchange Traded Fund",
    "WARRANT": "Warrant",
    "UNIT": "Unit",
    "RIGHT": "Rights",
    "PFD": "Preferred Stock",
    "ADRC": "American Depository Receipt Common",
}
_DAY = 86_400 * SECOND
_TONES = {
    "positive": "the announcement is favourable for the company",
    "negative": "the announcement is unfavourable for the company",
    "neutral": "the announcement changes little for the company",
}


Form = Callable[[Split], Body]
"""Writes a split."""

Keys = Mapping[str, bool]
"""What a list can be sorted by, the usual key first, and whether it ascends unless told otherwise.
"""


class ReferencePages:
    """The bodies of the reference data."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def tickers(self, asked: Asked) -> Body:
        """Every ticker that passes, sorted by symbol or another text of it."""
        active = asked.flag("active", default=True)
        if asked.query.text("cusip"):
            # Nobody knows one here: it is no ticker's.
            return {"results": [], "count": 0}
        search = asked.query.text("search").lower()
        today = self._asof(asked)
        rows = []
        for facts in self._shelf.almanac.on(today):
            body = ticker(facts, today)
            if facts.is_active(today) is not active or not asked.passes("ticker", facts.symbol):
                continue
            if not all(asked.passes(name, str(body.get(name) or "")) for name in _FILTERS):
                continue
            if not asked.passes("exchange", str(body["primary_exchange"])):
                continue
            if search and search not in facts.symbol.lower() and search not in facts.name.lower():
                continue
            rows.append(body)
        return self._listed(asked, rows, _TICKERS, 100)

    def details(self, asked: Asked) -> Body:
        """All that is known of one ticker; what is not known is left out."""
        today = self._asof(asked)
        facts = self._shelf.almanac.facts(asked.path["ticker"], today)
        if facts is None:
            raise not_found("Ticker not found.")
        return {"results": details(facts, today)}

    def types(self, _: Asked) -> Body:
        """The kinds of tickers."""
        found = [
            {"code": code, "description": words, "asset_class": "stocks", "locale": "us"}
            for code, words in _TYPES.items()
        ]
        return {"results": found, "count": len(found)}

    def splits(self, asked: Asked) -> Body:
        """Splits up to today, the latest first."""
        return self._listed(asked, self._splits(asked, split), _SPLITS, 10)

    def stock_splits(self, asked: Asked) -> Body:
        """The same in the vendor's newer form."""
        rows = [
            row
            for row in self._splits(asked, self._stock_split)
            if asked.passes("adjustment_type", str(row["adjustment_type"]))
        ]
        return self._listed(asked, rows, _SPLITS, 100, most=5_000)

    def dividends(self, asked: Asked) -> Body:
        """Nobody here pays any."""
        return paged(asked, [], asked.query.count("limit", 10, 1_000), ascending=False)

    def floats(self, asked: Asked) -> Body:
        """Shares that trade freely, of the tickers of which that is known."""
        today = self._shelf.today()
        rows = [
            body
            for facts in self._shelf.almanac.on(today)
            if (body := float_row(facts, today)) is not None
            and asked.passes("ticker", facts.symbol)
            and asked.measures("free_float_percent", body.get("free_float_percent"))
        ]
        return self._listed(asked, rows, _FLOATS, 100, most=5_000)

    def news(self, asked: Asked) -> Body:
        """Headlines that are out, the latest first."""
        bounds = _bounds(asked, "published_utc")
        rows = [
            news(one)
            for one in self._shelf.almanac.headlines(self._shelf.now())
            if _holds(one.ts, bounds) and _about(one, asked)
        ]
        return self._listed(asked, rows, _NEWS, 10)

    def _asof(self, asked: Asked) -> str:
        """The day facts are asked of: today, or an earlier `date`. Raises Refusal (400)."""
        today, day = self._shelf.today(), asked.query.text("date")
        if day:
            _check_day(day, "date")
        return min(day or today, today)

    def _splits(self, asked: Asked, form: Form) -> list[Body]:
        for name, text in asked.query.values.items():
            if name.partition(".")[0] == "execution_date" and text:
                _check_day(text, name)
        today, values = self._shelf.today(), asked.query.values
        reverse = asked.flag("reverse_split", default=True) if values.get("reverse_split") else None
        return [
            form(one)
            for one in self._shelf.almanac.splits
            if one.day <= today
            and asked.passes("ticker", one.symbol)
            and asked.passes("execution_date", one.day)
            and (reverse is None or (one.split_to < one.split_from) is reverse)
        ]

    def _stock_split(self, one: Split) -> Body:
        day = self._shelf.today()
        factor = 1.0 / self._shelf.almanac.ratio(one.symbol, one.day, day) / one.ratio
        kind = "reverse_split" if one.split_to < one.split_from else "forward_split"
        return {**split(one), "adjustment_type": kind, "historical_adjustment_factor": factor}

    def _listed(
        self, asked: Asked, bodies: list[Body], keys: Keys, usual: int, *, most: int = 1_000
    ) -> Body:
        """A page of `bodies`, sorted by one of `keys` and in case of doubt by the others."""
        key, ascending = _order(asked, keys)
        names = [key, *(name for name in keys if name != key)]
        rows = [Row("\x00".join(_sortable(body.get(name)) for name in names), body)
                for body in bodies]  # fmt: skip
        rows.sort(key=_place, reverse=not ascending)
        return paged(asked, rows, asked.query.count("limit", usual, most), ascending=ascending)


_FILTERS = ("type", "market", "cik")
_TICKERS: Keys = dict.fromkeys(
    ("ticker", "name", "market", "locale", "primary_exchange", "type", "cik", "last_updated_utc"),
    True,
)
_SPLITS: Keys = {"execution_date": False, "ticker": True}
_FLOATS: Keys = {
    "ticker": True, "free_float": False, "free_float_percent": False, "effective_date": False,
}  # fmt: skip
_NEWS: Keys = {"published_utc": False, "id": False}


def ticker(facts: Facts, day: str) -> Body:
    """A row of the list of tickers, as of `day`."""
    body: Body = {
        "ticker": facts.symbol,
        "name": facts.name,
        "market": "stocks",
        "locale": "us",
        "primary_exchange": EXCHANGES.get(facts.exchange, "XNAS"),
        "type": facts.type,
        "active": facts.is_active(day),
        "currency_name": "usd",
        "last_updated_utc": "2025-01-01T00:00:00Z",
    }
    gone = facts.delisted_day is not None and not facts.is_active(day)
    delisted = f"{facts.delisted_day}T00:00:00Z" if gone else None
    return body | _known({"cik": facts.cik, "delisted_utc": delisted})


def details(facts: Facts, day: str) -> Body:
    """The page of one ticker, as of `day`."""
    body = ticker(facts, day)
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


def float_row(facts: Facts, day: str) -> Body | None:
    """The float of a ticker, None where it was not known on `day`."""
    known = facts.float_on(day)
    if known is None:
        return None
    body: Body = {
        "ticker": facts.symbol,
        "free_float": known,
        "effective_date": facts.float_day,
    }
    if facts.shares:
        body["free_float_percent"] = round(known / facts.shares * 100, 2)
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


def _order(asked: Asked, keys: Keys) -> tuple[str, bool]:
    """What to sort by and whether it ascends: `sort` and `order`, or `sort` as name.direction."""
    usual = next(iter(keys))
    name, dot, direction = asked.query.text("sort", usual).split(",")[0].partition(".")
    if name not in keys or (dot and direction not in {"asc", "desc"}):
        raise bad_request(f"'sort' must be one of {', '.join(keys)}")
    if dot:
        return name, direction == "asc"
    return name, asked.ascending("order", default=keys[name])


def _sortable(value: object) -> str:
    """A text that sorts as `value` does; a time has no fraction where that is zero."""
    if isinstance(value, int | float):
        return f"{value:030.6f}"
    return str(value or "").removesuffix("Z")


def _about(one: Headline, asked: Asked) -> bool:
    conditions = [name for name in asked.query.values if name.split(".")[0] == "ticker"]
    return not conditions or any(asked.passes("ticker", symbol) for symbol in one.symbols)


def _bounds(asked: Asked, name: str) -> dict[str, tuple[int, int]]:
    """The first and last instant that each condition on `name` speaks of, by its ending; a date is
    one of UTC.
    """
    found = {}
    for key, text in asked.query.values.items():
        if key.split(".")[0] != name or not text:
            continue
        whole = len(text) == len("yyyy-mm-dd")
        try:
            first = read_instant(f"{text}T00:00:00Z" if whole else text, key)
        except Refusal:
            raise bad_request(f"'{key}' must be an RFC 3339 time or a date") from None
        last = first + _DAY - 1 if whole else first
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
