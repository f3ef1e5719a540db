"""What Polygon's numbers mean: exchanges, and sale conditions with what a print with them moves."""

from tradeplat.streams.prints import LAST, RANGE, VOLUME, moves
from tradeplat.venue.data_door import bad_request
from tradeplat.venue.polygon_door import Asked, Body, Row, paged
from tradeplat.venue.polygon_wire import CONDITIONS, EXCHANGE_ID
from tradeplat.venue.polygon_wire import conditions as numbers

_EXCHANGES = (
    (1, "NYSE American, LLC", "XASE", "A"),
    (10, "New York Stock Exchange", "XNYS", "N"),
    (11, "NYSE Arca, Inc.", "ARCX", "P"),
    (12, "Nasdaq", "XNAS", "T"),
    (EXCHANGE_ID, "Investors Exchange", "IEXG", "V"),
    (19, "Cboe BZX", "BATS", "Z"),
)
_NAMES = {
    1: "Acquisition", 2: "Average Price Trade", 3: "Automatic Execution", 4: "Bunched Trade",
    5: "Bunched Sold Trade", 7: "Cash Sale", 8: "Closing Prints", 9: "Cross Trade",
    10: "Derivatively Priced", 11: "Distribution", 12: "Form T/Extended Hours",
    13: "Extended Hours (Sold Out Of Sequence)", 14: "Intermarket Sweep",
    15: "Market Center Official Close", 16: "Market Center Official Open", 20: "Next Day",
    21: "Price Variation Trade", 22: "Prior Reference Price", 23: "Rule 155 Trade (AMEX)",
    25: "Opening Prints", 28: "Re-Opening Prints", 29: "Seller", 30: "Sold Last",
    33: "Sold (Out Of Sequence)", 34: "Split Trade", 36: "Yellow Flag Regular Trade",
    37: "Odd Lot Trade", 38: "Corrected Consolidated Close (per listing market)",
    52: "Contingent Trade", 53: "Qualified Contingent Trade",
}  # fmt: skip
_TAPES = {"CTA": "A", "UTP": "C"}
_CLASSES = frozenset({"stocks", "options", "crypto", "fx", "futures"})


class CodePages:
    """The bodies of the codes. They are the same whatever the venue plays."""

    def exchanges(self, asked: Asked) -> Body:
        """Exchanges that prints and listings of the venue name."""
        found = [
            {"id": number, "type": "exchange", "asset_class": "stocks", "locale": "us",
             "name": name, "mic": mic, "operating_mic": mic, "participant_id": letter}
            for number, name, mic, letter in _EXCHANGES
            if _is_stocks(asked) and asked.query.text("locale", "us") == "us"
        ]  # fmt: skip
        return {"results": found, "count": len(found)}

    def conditions(self, asked: Asked) -> Body:
        """Sale conditions of the prints the venue can tell of, by their number."""
        wanted = asked.query.text("id")
        if wanted and not (wanted.isascii() and wanted.isdigit()):
            raise bad_request("'id' must be a whole number")
        rows = [
            Row(f"{number:05d}", _condition(number, name))
            for number, name in _NAMES.items()
            if (not wanted or number == int(wanted[:9]))
            and _is_stocks(asked)
            and asked.query.text("data_type", "trade") == "trade"
        ]
        ascending = asked.ascending("order", default=True)
        if not ascending:
            rows.reverse()
        return paged(asked, rows, asked.query.count("limit", 10, 1_000), ascending=ascending)


def _is_stocks(asked: Asked) -> bool:
    kind = asked.query.text("asset_class", "stocks")
    if kind not in _CLASSES:
        raise bad_request(f"'asset_class' must be one of {', '.join(sorted(_CLASSES))}")
    return kind == "stocks"


def _condition(number: int, name: str) -> Body:
    letters = {
        sip: letter
        for sip, tape in _TAPES.items()
        for letter in (*CONDITIONS, "B")
        if numbers([letter], tape) == [number]
    }
    sip, letter = next(iter(letters.items()))
    left = moves([letter], _TAPES[sip])
    rules = {
        "updates_high_low": bool(left & RANGE),
        "updates_open_close": bool(left & LAST),
        "updates_volume": bool(left & VOLUME),
    }
    return {
        "id": number, "type": "sale_condition", "name": name, "asset_class": "stocks",
        "sip_mapping": letters, "update_rules": {"consolidated": rules, "market_center": rules},
        "data_types": ["trade"],
    }  # fmt: skip
