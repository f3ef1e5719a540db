import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.vendor import NOW
from tradeplat.core.market import SECOND
from tradeplat.scanners.press import Story, headline, instant, plain, spoken


def story(**changes: object) -> Story:
    made = Story("1", "Acme wins", "body", "wire", ("2026-01-05T14:30:00Z",), ("AAA",))
    return made._replace(**changes)


@pytest.mark.parametrize(
    ("text", "ts"),
    [
        ("2026-01-05T14:30:00Z", NOW),
        ("2026-01-05T09:30:00-05:00", NOW),
        ("2026-01-05T14:30:00.123456Z", NOW + 123_456_000),
        ("2026-01-05T14:30:00.123456789Z", NOW + 123_456_000),
        ("2026-01-05T14:30:00", None),
        ("yesterday", None),
        ("", None),
        ("2026-13-05T14:30:00Z", None),
    ],
)
def test_an_instant_is_read_or_refused(text: str, ts: int | None) -> None:
    assert instant(text) == ts


@given(st.integers(0, 4_000_000_000))
def test_what_is_spoken_is_understood(seconds: int) -> None:
    assert instant(spoken(seconds * SECOND + 999)) == seconds * SECOND


def test_a_story_counts_from_its_last_version() -> None:
    made = headline(story(times=("2026-01-05T14:30:00Z", "2026-01-05T14:30:07Z", None)))
    assert made is not None
    assert made.ts == NOW + 7 * SECOND


def test_tickers_are_written_as_we_write_them() -> None:
    made = headline(story(symbols=("aaa", " BBB ", "AAA", ""), sentiment={"bbb": 0.6}))
    assert made is not None
    assert made.symbols == ("AAA", "BBB")
    assert made.sentiment == {"BBB": 0.6}


@pytest.mark.parametrize(
    "changes", [{"title": " "}, {"title": "<b></b>"}, {"times": ()}, {"times": ("soon",)}]
)
def test_a_story_without_words_or_instant_is_none(changes: dict[str, object]) -> None:
    assert headline(story(**changes)) is None


def test_text_is_plain() -> None:
    assert plain("<p>AT&amp;T\n wins\x00 <b>big</b></p>") == "AT&T wins big"
    assert len(plain("x" * 10_000)) == 2_000


@given(st.text(max_size=500))
def test_any_text_becomes_one_line(text: str) -> None:
    assert "\n" not in plain(text)
