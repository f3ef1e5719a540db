"""The picture of the feed-difference report: valid, escaped, with every side and fault."""

from xml.etree import ElementTree as ET

from msgspec.structs import replace

from analytics.test_feeds import T, calm, quote
from tradeplat.analytics.feed_picture import COLOURS, TICKERS, picture
from tradeplat.analytics.feeds import FeedDifferences
from tradeplat.core.record import Shown


def drawn(events) -> ET.Element:
    found = FeedDifferences()
    found.fold(Shown(seq, e.seen, e) for seq, e in enumerate(events))
    return ET.fromstring(picture(found))


def test_each_side_has_its_panel_and_each_troubled_ticker_its_lane() -> None:
    events = [*calm(), quote(601, 20.0, lag=60.0), quote(602, 20.0, lag=61.0, symbol="BBB")]
    texts = [text for text in drawn(events).itertext() if text.strip()]
    assert {"iex quotes", "polygon bars", "AAA ", "BBB "} <= set(texts)
    assert any("worst lag 61.00 s; 2 late" in text for text in texts)
    assert "09:30:00" in texts
    assert T


def test_a_fault_is_a_mark_in_its_colour() -> None:
    shape = drawn([*calm(), quote(601, 20.0, lag=60.0)])
    marks = [e for e in shape.iter() if e.attrib.get("fill") == COLOURS["late"]]
    assert len(marks) >= 3  # the legend, the side's panel and the ticker's lane


def test_symbols_are_text_whatever_they_are_made_of() -> None:
    events = [replace(event, symbol="<A&B>", seen=event.ts + 10**11) for event in calm(1)]
    assert "<A&B> " in list(drawn(events).itertext())


def test_no_more_lanes_than_fit() -> None:
    events = [quote(k, 20.0, lag=9.0, symbol=f"S{k:02d}") for k in range(40)]
    lanes = [text for text in drawn(events).itertext() if text.startswith("S")]
    assert len(lanes) == TICKERS
