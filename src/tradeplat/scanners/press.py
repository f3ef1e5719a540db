"""What every vendor's news have in common: instants, plain text, tickers."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tradeplat.core.market import SECOND
from tradeplat.scanners.sources import Headline

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TAG = re.compile(r"<[^<>]{0,400}>")
_LONGEST = 2_000
"""Characters of a title or body that are kept."""


class Story(NamedTuple):
    """A story as a vendor tells it; `times` are the instants of its versions, None where absent."""

    id: str
    title: str
    body: str
    source: str
    times: Iterable[str | None]
    symbols: Sequence[str]
    sentiment: Mapping[str, float] = {}


def headline(story: Story) -> Headline | None:
    """The story as a fact of its last version; None when it names no readable instant or title."""
    told = [instant(text) for text in story.times if text is not None]
    times = [ts for ts in told if ts is not None]
    title = plain(story.title)
    if not title or not times or len(times) != len(told):
        return None
    symbols = tuple(dict.fromkeys(name.strip().upper() for name in story.symbols if name.strip()))
    moods = {name.strip().upper(): score for name, score in story.sentiment.items()}
    return Headline(
        story.id, max(times), symbols, title, plain(story.body), plain(story.source), moods
    )


def plain(text: str) -> str:
    """Text without markup, entities and control characters, on one line."""
    bare = _TAG.sub(" ", html.unescape(text[: 4 * _LONGEST]))
    line = "".join(mark if mark.isprintable() else " " for mark in bare)
    return " ".join(line.split())[:_LONGEST]


def instant(text: str) -> int | None:
    """UTC nanoseconds of an RFC 3339 text, to the microsecond; None when it is none."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        return None
    try:
        return (when - _EPOCH) // timedelta(microseconds=1) * 1_000
    except OverflowError:
        return None


def spoken(ts: int) -> str:
    """An instant as vendors want it in a query, cut to the second."""
    return (_EPOCH + timedelta(seconds=ts // SECOND)).strftime("%Y-%m-%dT%H:%M:%SZ")
