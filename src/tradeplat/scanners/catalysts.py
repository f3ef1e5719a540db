"""What kind of news a headline is, by its words: pure, and open about what it cannot tell."""

import re
from collections.abc import Iterable

from tradeplat.scanners.sources import Headline

CROWD = 4
"""A headline about more tickers than this is a list of movers: it tells of the move, not why."""

_LISTS = re.compile(
    r"\b(?:stocks? (?:moving|to watch|making)|movers|gainers|losers|pre-?market session"
    r"|why .* (?:is|are) (?:up|down|rising|falling|trading|moving|soaring|surging)"
    r"|shares are trading)",
    re.IGNORECASE,
)
_WORDS = {
    "offering": "offering|prices? \\$|registered direct|private placement|at-the-market|warrant",
    "delisting": "delist|minimum bid|nasdaq (?:notice|notification|deficiency)|bankruptcy"
    "|chapter 11",
    "split": "(?:reverse |forward )?(?:stock|share) split|share consolidation",
    "drug": "fda|phase (?:1|2|3|i{1,3})\\b|clinical|trial|topline|orphan drug|breakthrough therapy",
    "merger": "merger|acquir|acquisition|takeover|buyout|to be bought|tender offer|go private",
    "earnings": "q[1-4]\\b|quarter|earnings|eps|revenue|guidance|results|outlook|forecast",
    "contract": "contract|awarded|purchase order|agreement|partnership|collaborat|supply deal",
    "rating": "upgrade|downgrade|price target|initiat|overweight|underweight|outperform",
    "product": "launch|unveil|patent|approval|clearance|introduc",
}
_KINDS = tuple(
    (name, re.compile(rf"\b(?:{words})", re.IGNORECASE)) for name, words in _WORDS.items()
)


def kind(title: str) -> str:
    """What the headline is about: offering, delisting, split, drug, merger, earnings, contract,
    rating, product, or news where its words do not tell.
    """
    return next((name for name, words in _KINDS if words.search(title)), "news")


def of(symbol: str, headlines: Iterable[Headline], since: int, now: int) -> Headline | None:
    """The newest headline of `symbol` published from `since` to `now` that may be why it moves."""
    found = [
        line
        for line in headlines
        if symbol in line.symbols
        and since <= line.ts <= now
        and len(line.symbols) <= CROWD
        and not _LISTS.search(line.title)
    ]
    return max(found, key=lambda line: (line.ts, line.id), default=None)
