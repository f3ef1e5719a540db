import pytest
from msgspec.structs import replace

from tradeplat.scanners.filters import Enriched
from tradeplat.scanners.pipeline import judge
from tradeplat.scanners.presets import PRESETS, limits_of, rules

GAPPER = Enriched(
    "AAA",
    price=12.0,
    change=22.0,
    volume=900_000.0,
    spread=0.004,
    previous_close=9.84,
    rvol=9.0,
    shares_float=9e6,
    sic="2834",
    market_cap=2e8,
    halted=False,
    shares_outstanding=2e7,
    kind="CS",
)
LARGE = replace(
    GAPPER, price=180.0, change=-4.0, volume=3e7, previous_close=187.5, market_cap=4e11, rvol=1.9
)
HALTED = replace(GAPPER, halted=False, resumed_min=6.0)


@pytest.mark.parametrize(
    ("preset", "row", "spoilt"),
    [
        ("gappers", GAPPER, {"rvol": 1.9}),
        ("gappers", GAPPER, {"sic": "6770"}),
        ("gappers", GAPPER, {"halted": True}),
        ("low_float", GAPPER, {"shares_float": 20_000_001.0}),
        ("low_float", GAPPER, {"shares_float": None}),
        ("low_float", GAPPER, {"price": 20.01}),
        ("large_cap", LARGE, {"market_cap": 9e9}),
        ("large_cap", LARGE, {"change": 1.9}),
        ("halt_resumed", HALTED, {"resumed_min": 15.1}),
        ("halt_resumed", HALTED, {"halted": None}),
    ],
)
def test_a_preset_takes_what_it_is_named_after(
    preset: str, row: Enriched, spoilt: dict[str, object]
) -> None:
    found = rules(PRESETS[preset], frozenset())
    assert judge(row, found).passed, judge(row, found)
    told = judge(replace(row, **spoilt), found)
    assert not told.passed
    assert len(told.failed) == 1


def test_an_unknown_industry_is_no_excluded_one() -> None:
    assert judge(replace(GAPPER, sic=None), rules(PRESETS["gappers"], frozenset())).passed
    strict = limits_of("gappers", {"keep_unknown": ()})
    assert not judge(replace(GAPPER, sic=None), rules(strict, frozenset())).passed


def test_limits_give_way_for_a_ticker_that_is_in() -> None:
    limits = limits_of("gappers", {"min_change": 10.0})
    row = replace(GAPPER, change=9.0)
    assert not judge(row, rules(limits, frozenset())).passed
    assert judge(row, rules(limits, frozenset(), 0.1)).passed
    assert not judge(replace(row, change=8.9), rules(limits, frozenset(), 0.1)).passed
    falling = limits_of("gappers", {"min_change": -10.0})
    assert judge(replace(GAPPER, change=-10.9), rules(falling, frozenset(), 0.1)).passed


def test_a_limit_of_nothing_is_no_rule() -> None:
    bare = limits_of("gappers", {"min_rvol": 0, "min_volume": 0, "min_change": 0})
    names = [rule.name for rule in rules(bare, frozenset())]
    assert not {"rvol", "volume", "change"} & set(names)
    every = limits_of(
        "low_float",
        {
            "min_premarket_volume": 1,
            "min_dollar_volume": 1,
            "min_market_cap": 1,
            "min_sentiment": 0.1,
            "catalyst": True,
        },
    )
    names = [rule.name for rule in rules(every, frozenset())]
    wanted = {"premarket_volume", "dollar_volume", "market_cap", "sentiment", "catalyst", "float"}
    assert wanted <= set(names)


@pytest.mark.parametrize(
    ("preset", "changes", "told"),
    [
        ("gapers", {}, "preset: found 'gapers', expected one of gappers"),
        ("gappers", {"min_prize": 1}, "unknown key 'min_prize'; did you mean min_price?"),
        ("gappers", {"qqqqqq": 1}, "expected one of min_price"),
        ("gappers", {"min_price": "x"}, "limits: Expected `float`"),
        ("gappers", {"min_price": 0}, "limits: min_price: expected above 0"),
        ("gappers", {"min_price": 200}, "limits: min_price: expected above 0, up to max_price"),
        ("gappers", {"min_rvol": float("nan")}, "limits: min_rvol: expected a finite number"),
    ],
)
def test_wrong_limits_are_named(preset: str, changes: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=r"preset|limits") as caught:
        limits_of(preset, changes)
    assert told in str(caught.value)
