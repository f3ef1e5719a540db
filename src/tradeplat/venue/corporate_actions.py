"""Alpaca's corporate actions: splits by their day. Nobody knows of any other kind here."""

from collections.abc import Callable
from hashlib import blake2b
from uuid import UUID

from tradeplat.venue.data_door import Query, bad_request
from tradeplat.venue.reference import Almanac, Split
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import new_york, read_date

_USUAL, _MOST = 100, 1_000
_KINDS = frozenset(
    {"reverse_split", "forward_split", "unit_split", "cash_dividend", "stock_dividend", "spin_off",
     "cash_merger", "stock_merger", "stock_and_cash_merger", "redemption", "name_change",
     "worthless_removal", "rights_distribution"}
)  # fmt: skip


class ActionPages:
    """The body of the one page. `now` is the venue's clock: what is to come is not told."""

    def __init__(self, almanac: Almanac, now: Callable[[], int]) -> None:
        self._almanac = almanac
        self._now = now

    def actions(self, query: Query) -> object:
        """Splits from the day `start` to `end`, both today unless told otherwise, by kind."""
        today = new_york(self._now()).date().isoformat()
        start, end = _day(query, "start", today), min(_day(query, "end", today), today)
        symbols, kinds = query.names("symbols"), query.names("types")
        unknown = sorted(kind for kind in kinds if kind.lower() not in _KINDS)
        if unknown:
            raise bad_request(f"invalid types: {unknown[0][:32].lower()}")
        ids = query.names("ids")
        limit = query.count("limit", _USUAL, _MOST)
        found = [
            one
            for one in self._almanac.splits
            if (one.day <= today and _id(one).upper() in ids if ids else start <= one.day <= end)
            and (not symbols or one.symbol in symbols)
            and (not kinds or _kind(one).upper() in kinds)
        ]
        found.sort(key=_place, reverse=not query.ascending())
        token = query.text("page_token")
        if token:
            found = found[_read(token, [_id(one) for one in found]) :]
        shown = found[:limit]
        body: dict[str, list[object]] = {}
        for one in shown:
            body.setdefault(f"{_kind(one)}s", []).append(_split(one))
        more = _id(shown[-1]) if len(found) > limit else None
        return {"corporate_actions": body, "next_page_token": more}


def _split(one: Split) -> object:
    known = {
        "id": _id(one), "symbol": one.symbol, "new_rate": one.split_to, "old_rate": one.split_from,
        "process_date": one.day, "ex_date": one.day, "record_date": one.day,
        "payable_date": one.day,
    }  # fmt: skip
    if _kind(one) == "forward_split":
        return {**known, "cusip": ""}
    return {**known, "old_cusip": "", "new_cusip": ""}


def _kind(one: Split) -> str:
    return "reverse_split" if one.ratio < 1 else "forward_split"


def _id(one: Split) -> str:
    digest = blake2b(f"{one.symbol} {one.day}".encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


def _place(one: Split) -> tuple[str, str]:
    return one.day, one.symbol


def _read(token: str, ids: list[str]) -> int:
    """The place behind the row that `token` names."""
    if token not in ids:
        raise bad_request("invalid page_token")
    return ids.index(token) + 1


def _day(query: Query, name: str, usual: str) -> str:
    text = query.text(name)
    if not text:
        return usual
    try:
        return read_date(text, name).isoformat()
    except Refusal:
        raise bad_request(f"invalid {name}: {text[:40]}") from None
