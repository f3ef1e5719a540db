from pathlib import Path

import pytest

from scanners.vendor import NOW, StandingClock
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.scanners.recorded_news import RecordedNews, written
from tradeplat.scanners.sources import Headline

LINES = [
    Headline(str(n), NOW + n * 60 * SECOND, ("AAA",) if n % 2 else ("BBB",), f"line {n}")
    for n in range(4)
]


async def test_no_headline_is_told_before_its_instant() -> None:
    clock = StandingClock(NOW)
    news = RecordedNews(LINES, clock.now)
    assert [line.id for line in await news.since(["AAA", "BBB"], 0)] == ["0"]
    clock.after(60)
    assert [line.id for line in await news.since(["AAA", "BBB"], 0)] == ["1", "0"]
    clock.after(600)
    assert [line.id for line in await news.since(["AAA"], 0)] == ["3", "1"]
    assert [line.id for line in await news.since(["AAA"], NOW + 61 * SECOND)] == ["3"]
    assert await news.since([], 0) == []


async def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"
    file.write_bytes(written(LINES) + b"\n")
    news = RecordedNews.read(file, lambda: NOW + 3_600 * SECOND)
    assert await news.since(["AAA", "BBB"], 0) == LINES[::-1]


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"
    file.write_bytes(written(LINES[:1]) + b'{"id":1}\n')
    with pytest.raises(BadInput, match=r"news.jsonl:2: expected a headline"):
        RecordedNews.read(file, lambda: NOW)
    with pytest.raises(BadInput, match="nowhere: expected recorded news"):
        RecordedNews.read(tmp_path / "nowhere", lambda: NOW)
