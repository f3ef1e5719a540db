from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.vendor import NOW, StandingClock, rest
from tradeplat.core.errors import Transient
from tradeplat.core.market import SECOND
from tradeplat.scanners.alpaca_news import PATH, AlpacaNews
from tradeplat.scanners.filters import Enriched
from tradeplat.scanners.news import HOUR, News, Newsroom, SentimentGate, mood
from tradeplat.scanners.recorded_news import RecordedNews
from tradeplat.scanners.sentiment import Sentiment
from tradeplat.scanners.sources import Headline, Headlines

MINUTE = 60 * SECOND
GOOD, BAD = "Acme wins $20 million contract", "Acme files for bankruptcy"


@pytest.fixture(scope="module")
def scorer() -> Sentiment:
    return Sentiment.load()


def line(
    name: str, ts: int, title: str = GOOD, symbols: tuple[str, ...] = ("AAA",), **moods: float
) -> Headline:
    return Headline(name, ts, symbols, title, sentiment=moods)


class Counted:
    """A source that remembers what it was asked, and fails when told."""

    def __init__(self, source: Headlines) -> None:
        self.source = source
        self.asked: list[tuple[tuple[str, ...], int]] = []
        self.fault = ""

    async def since(self, symbols: Sequence[str], ts: int) -> Sequence[Headline]:
        self.asked.append((tuple(symbols), ts))
        if self.fault:
            raise Transient(self.fault)
        return await self.source.since(symbols, ts)


def wire(clock: StandingClock, *lines: Headline) -> tuple[Counted, News]:
    source = Counted(RecordedNews(lines, clock.now))
    return source, News({"wire": source}, clock)


def gate(
    news: News,
    clock: StandingClock,
    scorer: Sentiment | None,
    least: float = 0.0,
    state: str = "open",
) -> SentimentGate:
    return SentimentGate(Newsroom(news, scorer), clock, least=least, state=state)


async def test_a_headline_counts_from_its_own_instant_until_it_is_old() -> None:
    clock = StandingClock(NOW)
    _, news = wire(clock, line("a", NOW - MINUTE), line("b", NOW + 90 * SECOND))
    seen = []
    for _ in range(3):
        await news.refresh(["AAA"])
        seen.append([one.id for one in news.about("AAA")])
        clock.after(60)
    assert seen == [["a"], ["a"], ["b", "a"]]
    clock.advance(NOW - MINUTE + 24 * HOUR)
    assert [one.id for one in news.about("AAA")] == ["b"]
    await news.refresh(["AAA"])
    assert [one.id for one in news.about("AAA")] == ["b"]


async def test_a_source_that_tells_too_early_is_not_believed_before_the_instant() -> None:
    clock = StandingClock(NOW)
    early = RecordedNews([line("a", NOW + MINUTE)], lambda: NOW + HOUR)
    news = News({"wire": early}, clock)
    await news.refresh(["AAA"])
    assert news.about("AAA") == []
    clock.after(60)
    assert [one.id for one in news.about("AAA")] == ["a"]


async def test_only_what_is_new_is_asked_for_and_not_too_often() -> None:
    clock = StandingClock(NOW)
    source, news = wire(clock)
    await news.refresh(["AAA", "BBB", "AAA"])
    await news.refresh(["AAA", "BBB"])
    clock.after(30)
    await news.refresh(["AAA", "BBB", "CCC"])
    assert source.asked == [
        (("AAA", "BBB"), NOW - 24 * HOUR),
        (("CCC",), clock.ts - 24 * HOUR),
        (("AAA", "BBB"), NOW - 10 * MINUTE),
    ]
    source.asked.clear()
    await news.refresh([])
    assert source.asked == []


async def test_the_first_version_of_a_story_stays() -> None:
    clock = StandingClock(NOW)
    versions = [line("a", NOW, GOOD), line("a", NOW + MINUTE, BAD)]
    news = News({"wire": RecordedNews(versions, clock.now)}, clock)
    await news.refresh(["AAA"])
    clock.after(60)
    await news.refresh(["AAA"])
    assert [one.title for one in news.about("AAA")] == [GOOD]


async def test_a_source_that_is_down_is_told_of_and_what_is_known_holds_a_while() -> None:
    clock = StandingClock(NOW)
    source, news = wire(clock, line("a", NOW - MINUTE))
    assert news.fault("AAA") == "no source of news"
    await news.refresh(["AAA"])
    assert news.fault("AAA") == ""
    source.fault = "wire: HTTP 500 for news"
    clock.after(60)
    await news.refresh(["AAA"])
    assert news.faults() == ["wire: HTTP 500 for news"]
    assert news.fault("AAA") == ""
    clock.after(300)
    assert news.fault("AAA") == "wire: HTTP 500 for news"
    source.fault = ""
    await news.refresh(["AAA"])
    assert (news.fault("AAA"), news.faults()) == ("", [])


async def test_one_source_of_two_is_enough() -> None:
    clock = StandingClock(NOW)
    one = Counted(RecordedNews([line("a", NOW - MINUTE)], clock.now))
    two = Counted(RecordedNews([line("b", NOW - MINUTE)], clock.now))
    one.fault = "down"
    news = News({"one": one, "two": two}, clock)
    await news.refresh(["AAA"])
    assert news.fault("AAA") == ""
    assert news.faults() == ["down"]
    assert [found.id for found in news.about("AAA")] == ["b"]


def test_newer_headlines_count_more_and_silent_ones_not_at_all(scorer: Sentiment) -> None:
    lines = [line("a", NOW, BAD), line("b", NOW - 12 * HOUR, GOOD)]
    both = mood(lines, "AAA", NOW, scorer)
    assert both.score is not None
    assert both.score < 0
    assert both.headline == lines[0]
    silent = line("c", NOW, "Acme to present at a conference")
    assert mood([silent, *lines], "AAA", NOW, scorer).score == both.score
    assert mood([silent], "AAA", NOW, scorer).score == 0.0
    assert mood([], "AAA", NOW, scorer) == (None, None, 0, 0)


def test_the_providers_score_is_of_each_ticker_and_comes_first(scorer: Sentiment) -> None:
    told = line("a", NOW, GOOD, ("AAA", "BBB"), AAA=-0.6, BBB=0.6)
    assert mood([told], "AAA", NOW, scorer).score == -0.6
    assert mood([told], "BBB", NOW, None).score == 0.6
    assert mood([line("a", NOW, BAD, AAA=9.0)], "AAA", NOW, None).unjudged == 1


def test_a_story_about_a_crowd_says_nothing_of_each(scorer: Sentiment) -> None:
    crowd = line("a", NOW, "Shares that plunge today", tuple("ABCDE"))
    assert mood([crowd], "A", NOW, scorer).score == 0.0


@given(st.lists(st.tuples(st.integers(0, 23), st.floats(-1, 1)), max_size=20))
def test_a_mood_lies_between_the_scores_it_is_made_of(told: list[tuple[int, float]]) -> None:
    lines = [line(str(n), NOW - hours * HOUR, AAA=score) for n, (hours, score) in enumerate(told)]
    found = mood(lines, "AAA", NOW, None)
    if found.score is not None:
        scores = [0.0, *(score for _, score in told)]
        assert min(scores) - 1e-9 <= found.score <= max(scores) + 1e-9


async def test_the_gate_keeps_out_bad_news_and_says_which(scorer: Sentiment) -> None:
    clock = StandingClock(NOW)
    _, news = wire(clock, line("a", NOW, BAD), line("b", NOW, GOOD, ("BBB",)))
    door = gate(news, clock, scorer)
    await door.refresh(["AAA", "BBB", "CCC"])
    bad, good, none = (door.judge(Enriched(s)) for s in ("AAA", "BBB", "CCC"))
    assert not bad.passed
    assert bad.reason.endswith(f" below +0.00: {BAD}")
    assert bad.by is not None
    assert bad.by < -0.5
    assert good.passed
    assert good.reason.startswith("sentiment +0.")
    assert (none.passed, none.reason, none.by) == (True, "no news in 24 h", 0.0)
    row = door.enriched(Enriched("AAA"))
    assert row.catalyst == BAD
    assert row.sentiment == bad.by
    assert door.enriched(Enriched("CCC")).catalyst == ""
    assert door.faults() == []


async def test_a_gate_that_wants_good_news_keeps_out_who_has_none(scorer: Sentiment) -> None:
    clock = StandingClock(NOW)
    _, news = wire(clock)
    door = gate(news, clock, scorer, least=0.2)
    await door.refresh(["AAA"])
    assert door.judge(Enriched("AAA")).reason == "no news in 24 h below +0.20"


@pytest.mark.parametrize(("state", "passed"), [("open", True), ("closed", False)])
@pytest.mark.parametrize("status", [402, 403, 429, 500])
async def test_a_provider_that_is_down_leaves_the_gate_as_it_is_configured(
    scorer: Sentiment, state: str, passed: bool, status: int
) -> None:
    async with rest("alpaca news") as (vendor, client):
        vendor.say(PATH, b"", status)
        news = News({"alpaca": AlpacaNews(client)}, vendor.clock)
        door = gate(news, vendor.clock, scorer, least=0.5, state=state)
        for _ in range(10):
            await door.refresh(["AAA"])
        verdict = door.judge(Enriched("AAA"))
        assert verdict.passed is passed
        assert verdict.reason == (
            f"sentiment unknown, gate {state}: incomplete, no news "
            f"(alpaca news: HTTP {status} for news)"
        ) or (status == 429 and "not asked" in verdict.reason)
        assert len(vendor.requests) <= 2
        assert door.enriched(Enriched("AAA")) == Enriched("AAA")
        assert len(door.faults()) == 1


@pytest.mark.parametrize(("state", "passed"), [("open", True), ("closed", False)])
async def test_without_the_extra_the_gate_says_so_and_stays_as_it_is_configured(
    state: str, passed: bool
) -> None:
    clock = StandingClock(NOW)
    _, news = wire(clock, line("a", NOW), line("b", NOW, GOOD, ("BBB",), BBB=-0.6))
    door = gate(news, clock, None, state=state)
    await door.refresh(["AAA", "BBB"])
    verdict = door.judge(Enriched("AAA"))
    assert verdict.passed is passed
    assert "the extra 'nlp' is missing" in verdict.reason
    assert not door.judge(Enriched("BBB")).passed
    assert door.faults() == ["sentiment: the extra 'nlp' is missing"]


def test_a_gate_that_cannot_be_is_refused(scorer: Sentiment) -> None:
    clock = StandingClock(NOW)
    with pytest.raises(ValueError, match="found 'ajar', expected open or closed"):
        gate(News({}, clock), clock, scorer, state="ajar")
    with pytest.raises(ValueError, match="min_sentiment: found 2, expected -1 to 1"):
        gate(News({}, clock), clock, scorer, least=2.0)
