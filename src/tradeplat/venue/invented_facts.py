"""Facts and news of a made-up morning: what a pre-market scan looks for and trips on.

Tickers in play have few shares and a reason in the news, but for one in five that is a blank check
company. Some calm ones are funds, one had a reverse split that morning: in prices as they were the
day before it seems to have gained hundreds of percent.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np

from tradeplat.core.market import MINUTE
from tradeplat.history.recording import Morning, Ticker
from tradeplat.venue.reference import Facts, Headline, Reference, Split

IN_PLAY = frozenset({"gapper", "halted"})
"""Profiles that move far on few shares."""

BLANK_CHECK = ("6770", "BLANK CHECKS", "Financial Services", "Shell Companies")
"""The industry of companies that have no business yet."""

_INDUSTRIES = (
    ("2834", "PHARMACEUTICAL PREPARATIONS", "Healthcare", "Biotechnology"),
    ("7372", "SERVICES-PREPACKAGED SOFTWARE", "Technology", "Software - Application"),
    ("3674", "SEMICONDUCTORS & RELATED DEVICES", "Technology", "Semiconductors"),
    ("1311", "CRUDE PETROLEUM & NATURAL GAS", "Energy", "Oil & Gas E&P"),
    ("3841", "SURGICAL & MEDICAL INSTRUMENTS & APPARATUS", "Healthcare", "Medical Devices"),
    ("3711", "MOTOR VEHICLES & PASSENGER CAR BODIES", "Consumer Cyclical", "Auto Manufacturers"),
    ("1040", "GOLD AND SILVER ORES", "Basic Materials", "Gold"),
    ("5961", "RETAIL-CATALOG & MAIL-ORDER HOUSES", "Consumer Cyclical", "Internet Retail"),
)
_GOOD = (
    ("{name} Announces FDA Approval of Its Lead Candidate", "fda"),
    ("{name} Reports First-Quarter Results Above Estimates, Raises Full-Year Guidance", "earnings"),
    ("{name} Wins $240 Million Multi-Year Contract", "contract"),
    ("{name} to Be Acquired at a 60% Premium in All-Cash Deal", "merger"),
    ("{name} Announces Positive Topline Results From Phase 3 Trial", "fda"),
    ("{name} Enters Strategic Partnership With Leading Cloud Provider", "partnership"),
)
_BAD = (
    ("{name} Prices $30 Million Public Offering of Common Stock", "offering"),
    ("{name} Cuts Full-Year Guidance After Weak First Quarter", "earnings"),
    ("{name} Shares Downgraded to Sell on Valuation", "analyst"),
)
_PLAIN = (
    ("{name} to Present at Annual Investor Conference", "conference"),
    ("Analyst Maintains Hold on {name}", "analyst"),
)
_MOVED = 0.04
"""A move, of the close before, that news explains."""


class _Maker(msgspec.Struct, frozen=True):
    """What all tickers of one morning share."""

    morning: Morning
    day: date


def invented(morning: Morning, seed: int) -> Reference:
    """Facts and headlines of the tickers of `morning`; the same for the same seed."""
    maker = _Maker(morning, _date(morning.day))
    seeds = np.random.SeedSequence([seed, 7]).spawn(len(morning.tickers))
    facts: list[Facts] = []
    headlines: list[Headline] = []
    counts: dict[str, int] = {}
    splits: tuple[Split, ...] = ()
    for ticker, child in zip(morning.tickers, seeds, strict=True):
        rng = np.random.default_rng(child)
        number = counts[ticker.profile] = counts.get(ticker.profile, 0) + 1
        facts.append(_facts(maker, ticker, number, rng))
        if (ticker.profile, number) == ("calm", 3):
            splits = (Split(ticker.symbol, maker.day.isoformat(), 10, 1),)
            continue  # what moved it is the split alone
        for headline in _headlines(maker, ticker, number, rng):
            headlines.append(msgspec.structs.replace(headline, id=40_000_000 + len(headlines)))
    return Reference(facts=tuple(facts), splits=splits, headlines=tuple(headlines), seed=seed)


def _facts(maker: _Maker, ticker: Ticker, number: int, rng: np.random.Generator) -> Facts:
    luck = rng.random(6)
    industry = _INDUSTRIES[int(luck[0] * len(_INDUSTRIES))]
    kind = "CS"
    if ticker.profile in IN_PLAY:
        shares, free = int(3e6 + 22e6 * luck[1]), 0.35 + 0.6 * luck[2]
        industry = BLANK_CHECK if number % 5 == 0 else industry
    elif ticker.profile == "thin":
        shares, free = int(5e6 + 40e6 * luck[1]), 0.3 + 0.6 * luck[2]
        kind = ("CS", "WARRANT", "UNIT")[number % 3]
    else:
        shares, free = int(60e6 + 2e9 * luck[1] * luck[1]), 0.8 + 0.18 * luck[2]
        kind = "ETF" if ticker.profile == "calm" and number % 4 == 0 else "CS"
    company = kind != "ETF"
    return Facts(
        symbol=ticker.symbol,
        name=ticker.name if company else f"{ticker.name.removesuffix(' Inc')} Fund",
        type=kind,
        exchange=ticker.exchange,
        cik=f"{int(luck[3] * 2e6):010d}",
        sic_code=industry[0] if company else None,
        sic_description=industry[1] if company else None,
        sector=industry[2] if company else "Financial Services",
        industry=industry[3] if company else "Asset Management",
        country="US",
        shares=shares,
        float_shares=int(shares * free) if company else None,
        float_day=(maker.day - timedelta(days=3 + int(luck[4] * 60))).isoformat(),
        market_cap=round(shares * ticker.prev_close, 2),
        list_day=(maker.day - timedelta(days=200 + int(luck[5] * 5000))).isoformat(),
    )


def _headlines(
    maker: _Maker, ticker: Ticker, number: int, rng: np.random.Generator
) -> Iterator[Headline]:
    luck = rng.random(5)
    moved = _moved(ticker)
    if moved is None:
        if ticker.profile == "calm" and number % 2:
            yield _headline(ticker, _PLAIN, luck, maker.morning.start - int(luck[1] * 240) * MINUTE)
        return
    ts, rising = moved
    before = int((1.0 + 4.0 * luck[1]) * MINUTE)
    if ts <= maker.morning.start + MINUTE:
        before = int((20.0 + 200.0 * luck[1]) * MINUTE)
    if ticker.profile in IN_PLAY | {"runner", "fader", "decliner"}:
        yield _headline(ticker, _GOOD if rising else _BAD, luck, ts - before)


def _moved(ticker: Ticker) -> tuple[int, bool] | None:
    """When the ticker was first far from its last close, and whether above it."""
    if not len(ticker.trades) or ticker.prev_close <= 0:
        return None
    prices = ticker.trades["price"]
    far = np.flatnonzero(np.abs(prices / ticker.prev_close - 1.0) >= _MOVED)
    if not len(far):
        return None
    at = int(far[0])
    return int(ticker.trades["ts"][at]), bool(prices[at] > ticker.prev_close)


def _headline(
    ticker: Ticker, stock: Sequence[tuple[str, str]], luck: np.ndarray, ts: int
) -> Headline:
    words, keyword = stock[int(luck[2] * len(stock))]
    title = words.format(name=ticker.name)
    tone = {id(_GOOD): "positive", id(_BAD): "negative"}.get(id(stock), "neutral")
    slug = "-".join(title.lower().replace("$", "").replace("%", "").split())
    return Headline(
        id=0,
        ts=ts - ts % 1_000_000_000,
        title=title,
        symbols=(ticker.symbol,),
        summary=f"{title}. {ticker.name} trades as {ticker.symbol} on {ticker.exchange}.",
        source="venue wire",
        url=f"https://news.invalid/{slug}",
        keywords=(keyword,),
        # Now and then the provider has no word of its own.
        sentiment=tone if luck[3] < 0.8 else None,
    )


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)
