"""How good a headline is for who holds the stock, from -1 to 1."""

import importlib
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, Self

from tradeplat.core.errors import BadInput
from tradeplat.scanners.lexicon import WORDS
from tradeplat.scanners.phrases import PHRASES
from tradeplat.scanners.sources import Headline

EXTRA = "nlp"
"""The extra that brings the second opinion."""
LONGEST = 600
"""Characters of a headline or body that are read; the scorer's time grows with their number."""
BODY_PART = 0.25
"""How much of the score a body may move, where the headline says something itself."""
GENERAL = 0.3
"""What is left of a general word's valence: in a headline it is mostly part of a name (Beauty)."""
ASKED = 0.4
"""What is left of the score of a question."""
DEAF = 0.05
"""Below this a headline says nothing, as the lexicon's authors hold."""
_GUIDED = 2.4
_GAP = 0.005
"""Parts of an estimate within which a figure is the same."""

_NUMBER = r"([(-]?)\$?([(-]?)(\d+(?:,\d{3})*(?:\.\d+)?)([kmb]?)\)?"
_AGAINST = re.compile(
    rf"{_NUMBER}(?:\s*(?:-|to)\s*{_NUMBER})?\s+vs\.?\s+{_NUMBER}"
    r"\s*(?:est\b|ests\b|estimate|consensus|expected|forecast)"
)
_TICKER = re.compile(
    r"\((?:[A-Za-z ]+:\s*)?[A-Z]{1,5}(?:[.-][A-Z])?\)|\$[A-Z]{1,5}\b"
    r"|\b(?:NASDAQ|NYSE|AMEX|OTC):\s*[A-Z.]{1,6}\b"
)
_SCALE = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}
_JOINTS = re.compile(r"[/|;:,–—]+|(?<=\w)\.(?=\s|$)")  # noqa: RUF001  # headlines use these dashes


class Analyzer(Protocol):
    """What vaderSentiment's analyzer offers."""

    lexicon: dict[str, float]

    def polarity_scores(self, text: str) -> Mapping[str, float]:
        """Parts and `compound`, from -1 to 1."""


class Opinion(NamedTuple):
    """A score in [-1, 1] and whose it is: `provider` or `lexicon`."""

    score: float
    source: str


class Sentiment:
    """Scores headlines: the same text always the same; `Sentiment.load()` is ready for use.

    The provider's own word comes first where it has one; else the lexicon speaks: vaderSentiment's,
    with finance's meaning of words and phrases laid over it.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        for word in analyzer.lexicon:
            analyzer.lexicon[word] *= GENERAL
        analyzer.lexicon.update(WORDS)
        analyzer.lexicon.update({_mark(n): valence for n, (_, valence) in enumerate(PHRASES)})
        analyzer.lexicon.update({_UP: _GUIDED, _DOWN: -_GUIDED})
        self._phrases = [
            (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), f" {_mark(n)} ")
            for n, (pattern, _) in enumerate(PHRASES)
        ]

    @classmethod
    def load(cls) -> Self:
        """With vaderSentiment's lexicon; BadInput where the extra `nlp` is not installed."""
        make = analyzer()
        if make is None:
            raise BadInput(f"sentiment needs the extra {EXTRA!r}: pip install 'tradeplat[{EXTRA}]'")
        return cls(make())

    def score(self, headline: str, body: str = "") -> float:
        """The lexicon's score in [-1, 1]; a body moves a headline that says something a little."""
        head = self._compound(headline)
        if not body.strip():
            return head
        rest = self._compound(body)
        if abs(head) < DEAF:
            return rest / 2.0
        return head * (1.0 - BODY_PART) + rest * BODY_PART

    def opinion(self, provider: float | None, headline: str, body: str = "") -> Opinion:
        """The provider's score where it has one, else the lexicon's."""
        if provider is not None and -1.0 <= provider <= 1.0:
            return Opinion(provider, "provider")
        return Opinion(self.score(headline, body), "lexicon")

    def mood(self, line: Headline, symbol: str) -> float:
        """What a headline says of `symbol`: the provider's score, else the lexicon's."""
        return self.opinion(line.sentiment.get(symbol), line.title, line.body).score

    def _compound(self, text: str) -> float:
        plain = _TICKER.sub(" ", text[:LONGEST]).replace("’", "'").lower()  # noqa: RUF001  # typeset
        plain = _AGAINST.sub(_figures, plain)
        for pattern, mark in self._phrases:
            plain = pattern.sub(mark, plain)
        plain = _JOINTS.sub(" ", plain)
        found = float(self._analyzer.polarity_scores(plain)["compound"])
        return found * ASKED if text.rstrip().endswith("?") else found


_UP, _DOWN = "figureabove", "figurebelow"


def analyzer() -> Callable[[], Analyzer] | None:
    """What makes an analyzer; None where the extra is not installed."""
    try:
        module = importlib.import_module("vaderSentiment.vaderSentiment")
    except ImportError:
        return None
    made: Callable[[], Analyzer] = module.SentimentIntensityAnalyzer
    return made


def _mark(number: int) -> str:
    """The word that stands for a phrase."""
    return f"phrase{number}mark"


def _figures(match: re.Match[str]) -> str:
    """A figure, or the middle of a range, against its estimate: above, below, or nothing."""
    low, high, estimate = (_value(*match.group(n, n + 1, n + 2, n + 3)) for n in (1, 5, 9))
    if low is None or not estimate:
        return " "
    figure = low if high is None else (low + high) / 2.0
    gap = (figure - estimate) / abs(estimate)
    return f" {_UP} " if gap > _GAP else f" {_DOWN} " if gap < -_GAP else " "


def _value(before: str | None, after: str | None, digits: str | None, unit: str) -> float | None:
    """The number that was written; in brackets or after a minus it is negative."""
    if digits is None:
        return None
    sign = -1.0 if before or after else 1.0
    return sign * float(digits.replace(",", "")) * _SCALE[unit]
