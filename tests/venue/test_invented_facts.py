"""What a made-up morning's tickers are beside their prices."""

import pytest

from tradeplat.history.recording import Morning
from tradeplat.history.synthetic import morning
from tradeplat.venue.invented_facts import BLANK_CHECK, IN_PLAY, invented
from tradeplat.venue.reference import Reference


@pytest.fixture(scope="module")
def played() -> Morning:
    return morning(7, tickers=40)


@pytest.fixture(scope="module")
def made(played: Morning) -> Reference:
    return invented(played, 7)


def test_a_seed_gives_the_same_facts(played: Morning, made: Reference) -> None:
    assert invented(played, 7) == made
    assert invented(played, 8) != made


def test_tickers_in_play_have_few_shares_and_a_reason(played: Morning, made: Reference) -> None:
    facts = {one.symbol: one for one in made.facts}
    told = {symbol for one in made.headlines for symbol in one.symbols}
    moving = [one for one in played.tickers if one.profile in IN_PLAY]
    assert moving
    for ticker in moving:
        one = facts[ticker.symbol]
        assert one.float_shares is not None
        assert one.shares is not None
        assert 1_000_000 <= one.float_shares <= one.shares <= 25_000_000
        assert ticker.symbol in told


def test_there_is_what_a_scan_has_to_leave_out(made: Reference) -> None:
    assert {"ETF", "WARRANT", "UNIT", "CS"} == {one.type for one in made.facts}
    assert any(one.sic_code == BLANK_CHECK[0] for one in made.facts)
    assert [(one.split_from, one.split_to) for one in made.splits] == [(10, 1)]
    assert any(one.float_shares is None for one in made.facts)


def test_a_headline_comes_before_the_move_that_it_explains(
    played: Morning, made: Reference
) -> None:
    for one in made.headlines:
        ticker = played.ticker(one.symbols[0])
        far = abs(ticker.trades["price"] / ticker.prev_close - 1) >= 0.04
        if "analyst" not in one.keywords and "conference" not in one.keywords:
            assert one.ts < ticker.trades["ts"][far][0]
    assert {one.sentiment for one in made.headlines} >= {"positive", None}
    assert len({one.id for one in made.headlines}) == len(made.headlines)


def test_a_few_tickers_are_known_as_well() -> None:
    few = invented(morning(3, tickers=2, end="09:10"), 3)
    assert len(few.facts) == 2
