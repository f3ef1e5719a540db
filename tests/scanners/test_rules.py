import pytest
from msgspec.structs import replace

from tradeplat.scanners.filters import Enriched, Predicate
from tradeplat.scanners.rules import (
    CAP,
    MOVE,
    RVOL,
    SENTIMENT,
    TURNOVER,
    at_least,
    at_most,
    catalyst,
    float_at_most,
    listing,
    not_halted,
    resumed_within,
    rvol_at_least,
    same_units,
    share,
    sic_not_among,
)

GOOD = Enriched(
    "AAA",
    price=5.0,
    change=-12.0,
    volume=400_000.0,
    previous_close=4.5,
    rvol=4.0,
    shares_float=8e6,
    float_source="fmp",
    float_age_days=3.2,
    sic="3826",
    market_cap=1e8,
    catalyst="drug: FDA approves",
    halted=False,
    shares_outstanding=2e7,
    resumed_min=4.0,
)


@pytest.mark.parametrize(
    ("claim", "reason", "by"),
    [
        (at_least(RVOL, 4), "relative volume 4.00x", 0.0),
        (at_least(MOVE, 10), "move 12.00 %", 0.2),
        (at_least(TURNOVER, 1e6), "dollar volume 2,000,000", 1.0),
        (float_at_most(1e7), "float 8,000,000 (fmp, 3 days old)", 0.2),
        (sic_not_among(("6770", "60")), "SIC 3826", None),
        (same_units, "", None),
        (not_halted, "", None),
        (resumed_within(5), "resumed 4.0 min ago", 0.2),
        (catalyst(), "news: drug: FDA approves", None),
    ],
)
def test_what_holds_is_said_with_its_margin(
    claim: Predicate, reason: str, by: float | None
) -> None:
    assert claim(GOOD) == (True, reason, by if by is None else pytest.approx(by))


@pytest.mark.parametrize(
    ("claim", "change", "reason", "by"),
    [
        (at_least(RVOL, 5), {}, "relative volume 4.00x below 5.00x", -0.2),
        (at_most(CAP, 5e7), {}, "market cap 100,000,000 above 50,000,000", -1.0),
        (float_at_most(4e6), {}, "float 8,000,000 above 4,000,000 (fmp, 3 days old)", -1.0),
        (sic_not_among(("38",)), {}, "SIC 3826 is excluded", None),
        (not_halted, {"halted": True}, "halted", None),
        (resumed_within(3), {}, "resumed 4.0 min ago", -1 / 3),
        (resumed_within(3), {"halted": True}, "still halted", None),
        (resumed_within(3), {"resumed_min": None}, "not halted today", None),
        (catalyst(), {"catalyst": ""}, "no catalyst in the news", None),
    ],
)
def test_what_fails_is_said_with_its_margin(
    claim: Predicate, change: dict[str, object], reason: str, by: float | None
) -> None:
    row = replace(GOOD, **change)
    assert claim(row) == (False, reason, by if by is None else pytest.approx(by))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda keep: at_least(RVOL, 2, keep), "rvol"),
        (lambda keep: at_least(SENTIMENT, 0.1, keep), "sentiment"),
        (lambda keep: at_most(CAP, 2, keep), "market_cap"),
        (lambda keep: float_at_most(2, keep), "float"),
        (lambda keep: sic_not_among(("6770",), keep), "sic"),
        (lambda keep: resumed_within(2, keep), "halted"),
        (catalyst, "catalyst"),
    ],
)
def test_the_unknown_is_out_unless_it_is_listed_to_be_kept(make: object, field: str) -> None:
    bare = Enriched("AAA")
    assert callable(make)
    out, kept = make(())(bare), make((field,))(bare)
    assert (out.passed, kept.passed) == (False, True)
    assert out.reason == kept.reason
    assert "unknown" in out.reason


def test_a_number_that_is_none_is_unknown() -> None:
    assert not at_least(RVOL, 2)(replace(GOOD, rvol=float("nan"))).passed
    assert not at_most(CAP, 2)(replace(GOOD, market_cap=float("inf"))).passed


@pytest.mark.parametrize(
    ("before", "price", "rvol", "turned", "passed"),
    [
        (0.775, 18.18, 0.11, 0.001, False),  # a reverse split: the price alone has grown
        (0.53, 5.9, 14.3, 0.5, False),  # one with a real move on top
        (1.61, 5.62, 8.52, 0.83, False),  # four shares made one, and a busy first day
        (9.46, 19.16, 8.99, 0.08, True),  # a real one
        (1.43, 8.0, 264.0, 165.0, True),  # a real one: a crowd
        (16.48, 62.08, 1.5, 7.4, True),  # busy for days, and every share changes hands
        (58.67, 29.99, 1.0, 0.01, False),  # a forward split
        (4.0, 1.9, 30.0, 0.5, True),  # a real fall
        (4.0, 7.0, 0.1, 0.0, True),  # too little to be a split
    ],
)
def test_a_price_that_multiplies_without_a_crowd_counts_other_shares(
    before: float, price: float, rvol: float, turned: float, passed: bool
) -> None:
    row = Enriched(
        "A",
        price=price,
        previous_close=before,
        rvol=rvol,
        volume=turned * 1e6,
        shares_outstanding=1e6,
    )
    verdict = same_units(row)
    assert verdict.passed is passed
    assert passed or "split" in verdict.reason


def test_a_price_that_multiplies_on_unknown_volume_is_not_believed() -> None:
    verdict = same_units(Enriched("A", price=9.0, previous_close=1.0))
    assert verdict == (False, "price x9, usual volume unknown: a split?", None)


def test_a_split_that_was_told_is_named() -> None:
    row = Enriched("A", price=9.0, previous_close=10.0, split=0.1)
    assert same_units(row) == (True, "split 0.1 for 1 allowed for", None)


@pytest.mark.parametrize(
    ("symbol", "kind", "name", "passed"),
    [
        ("AAPL", "CS", None, True),
        ("BABA", "ADRC", None, True),
        ("SPY", "ETF", None, False),
        ("ABCDW", "CS", None, True),
        ("ABCDW", None, None, False),
        ("ABR^D", None, None, False),
        ("RILYL", None, None, False),
        ("GECCG", None, None, False),
        ("GOOGL", None, None, True),
        ("BRK/B", None, None, True),
        ("BRK.A", None, None, True),
        ("ZVZZT", None, None, False),
        ("NTEST", None, None, False),
        ("SOCL", None, None, True),
        ("VACHU", None, "Voyager Acquisition Corp Unit", False),
        ("ETU", None, "Energy Transfer LP Common Units", True),
        ("UAL", None, "United Airlines Holdings Inc. Common Stock", True),
        ("PFBC", None, "Preferred Bank Common Stock", True),
        ("QVCG", None, "QVC Group Inc. 8.0% Series A Preferred Stock", False),
        ("XYZ", None, "XYZ Corp. Units, each consisting of one share of Common Stock", False),
        ("TSM", None, "Taiwan Semiconductor American Depositary Shares right", True),
        ("HRT", None, "Heart Corp. Contingent Value Rights", False),
    ],
)
def test_only_shares_are_shares(
    symbol: str, kind: str | None, name: str | None, passed: bool
) -> None:
    verdict = share(Enriched(symbol, kind=kind, name=name))
    assert verdict.passed is passed
    assert verdict.passed or verdict.reason


def test_the_brokers_word_counts_where_there_is_one() -> None:
    rules = {rule.name: rule.claim for rule in listing(frozenset({"BAD"}))}
    assert not rules["excluded"](Enriched("BAD")).passed
    assert rules["tradable"](Enriched("A")).passed
    assert not rules["tradable"](Enriched("A", tradable=False)).passed


@pytest.mark.parametrize(
    ("count", "told"), [(1, " (1 session)"), (20, " (20 sessions)"), (None, "")]
)
def test_relative_volume_tells_of_how_many_sessions_the_usual_is(
    count: int | None, told: str
) -> None:
    row = replace(GOOD, rvol_sessions=count)
    assert rvol_at_least(2)(row).reason == f"relative volume 4.00x{told}"
    assert rvol_at_least(5)(row).reason == f"relative volume 4.00x below 5.00x{told}"
    assert rvol_at_least(5)(replace(row, rvol=None)).reason == "relative volume unknown"
