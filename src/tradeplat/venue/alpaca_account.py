"""The pages of the trading API that place no orders: account, assets, clock, calendar."""

from datetime import date

from tradeplat.core.market import SECOND
from tradeplat.venue.accounts import account_wire, configurations_wire, configure
from tradeplat.venue.activities import LARGEST_PAGE, Page, activity_wire, kind_of, page_of
from tradeplat.venue.assets import AssetFilter, asset_wire
from tradeplat.venue.exchange import Exchange
from tradeplat.venue.portfolio import Span, read_frame, read_period
from tradeplat.venue.read_faults import Recall
from tradeplat.venue.refusals import invalid, not_found
from tradeplat.venue.rest import Answer, Call
from tradeplat.venue.stamps import read_date, read_instant
from tradeplat.venue.trading_hours import calendar_wire, clock_wire

_DAY = 86_400 * SECOND


class AccountPages:
    """What a client may know of its account and of the exchange."""

    def __init__(self, exchange: Exchange, recall: Recall) -> None:
        self._exchange = exchange
        self._recall = recall

    def account(self, call: Call) -> Answer:
        """GET: amounts at the newest prices."""
        return Answer(account_wire(call.account, self._exchange.board.mark))

    def configurations(self, call: Call) -> Answer:
        """GET: the settings."""
        return Answer(configurations_wire(call.account))

    def configure(self, call: Call) -> Answer:
        """PATCH: the settings as changed."""
        configure(call.account, call.fields())
        return Answer(configurations_wire(call.account))

    def history(self, call: Call) -> Answer:
        """GET: equity over a period, by default a month up to now."""
        now = self._exchange.now()
        end = call.instant("end")
        if end is None:
            closing = call.query.get("date_end", "")
            end = read_instant(closing[:10], "date_end") + _DAY - 1 if closing else now
        start = call.instant("start")
        length = read_period(call.query.get("period", "") or "1M")
        if start is None:
            start = end - length
        frame = read_frame(call.query.get("timeframe") or None, end - start)
        call.account.curve.sample(now, call.account.figures(self._exchange.board.mark).equity)
        return Answer(call.account.curve.wire(Span(start=start, end=end, frame=frame)))

    def activities(self, call: Call) -> Answer:
        """GET: the page asked for, of all kinds of activity or of some."""
        asked = {call.path["kind"]} if "kind" in call.path else call.names("activity_types")
        kinds = {kind.upper() for kind in asked}
        rows = [one for one in call.account.history if not kinds or kind_of(one) in kinds]
        after, until = call.instant("after"), call.instant("until")
        day = call.query.get("date", "")
        if day:
            start = read_instant(day[:10], "date")
            after, until = start - 1, start + _DAY - 1
        page = Page(
            after=after,
            until=until,
            ascending=call.ascending(),
            size=call.count("page_size", LARGEST_PAGE, LARGEST_PAGE),
            token=call.query.get("page_token", ""),
        )
        return Answer([activity_wire(one, call.account.id) for one in page_of(rows, page)])

    def assets(self, call: Call) -> Answer:
        """GET: the assets that pass the filters."""
        wanted = AssetFilter(
            status=call.query.get("status", ""),
            asset_class=call.query.get("asset_class", ""),
            exchange=call.query.get("exchange", ""),
            attributes=call.names("attributes"),
        )
        return Answer([asset_wire(asset) for asset in self._exchange.universe.listed(wanted)])

    def asset(self, call: Call) -> Answer:
        """GET by symbol or id."""
        asset = self._exchange.universe.find(call.path["symbol"])
        if asset is None:
            raise not_found(f"asset not found for {call.path['symbol'][:64]}")
        return Answer(asset_wire(asset))

    def clock(self, _: Call) -> Answer:
        """GET: the venue's own time."""
        return Answer(clock_wire(self._exchange.calendar, self._recall.instant()))

    def calendar(self, call: Call) -> Answer:
        """GET: trading days between two dates."""
        start, end = _date(call, "start"), _date(call, "end")
        if start is not None and end is not None and start > end:
            raise invalid("start must not be after end")
        return Answer(calendar_wire(self._exchange.calendar, start, end))


def _date(call: Call, name: str) -> date | None:
    text = call.query.get(name, "")
    return read_date(text, name) if text else None
