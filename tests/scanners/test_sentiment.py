from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.scanners import sentiment as module
from tradeplat.scanners.sentiment import Opinion, Sentiment, analyzer

LINE = 0.15
"""Scores nearer to zero say nothing."""
KEPT, PLAIN = 0.97, 0.65
"""The part of the labelled headlines that must be judged right; the general lexicon stays below."""


@pytest.fixture(scope="module")
def scorer() -> Sentiment:
    return Sentiment.load()


def labelled() -> list[tuple[int, str]]:
    lines = (Path(__file__).parent / "headlines.tsv").read_text(encoding="utf-8").splitlines()
    signs = {"+": 1, "-": -1, "0": 0}
    return [(signs[label], text) for label, text in (line.split("\t") for line in lines[1:])]


def sign(score: float) -> int:
    return 1 if score >= LINE else -1 if score <= -LINE else 0


def test_the_labelled_headlines_are_judged_as_well_as_they_must_be(scorer: Sentiment) -> None:
    rows = labelled()
    assert len({text for _, text in rows}) == len(rows) >= 200
    judged = [(label, sign(scorer.score(text)), text) for label, text in rows]
    wrong = [row for row in judged if row[0] != row[1]]
    assert 1 - len(wrong) / len(rows) >= KEPT, wrong
    assert not [row for row in judged if row[0] * row[1] < 0], "good taken for bad"
    for label in (1, 0, -1):
        mine = [row for row in judged if row[0] == label]
        assert sum(row[1] == label for row in mine) / len(mine) >= KEPT - 0.02


def test_without_the_overlay_the_same_headlines_are_judged_far_worse() -> None:
    make = analyzer()
    assert make is not None
    plain = make()
    right = [sign(plain.polarity_scores(text)["compound"]) == label for label, text in labelled()]
    assert sum(right) / len(right) < PLAIN


@pytest.mark.parametrize(
    ("headline", "direction"),
    [
        ("Shares plunge after results", -1),
        ("Acme files for bankruptcy", -1),
        ("Acme Sees FY26 EPS $4.10-$4.30 vs $3.85 Est", 1),
        ("Acme Sees FY26 EPS $3.10-$3.30 vs $3.85 Est", -1),
        ("Acme Q2 EPS $(0.40) vs. $(0.50) Estimate", 1),
        ("Acme Q2 EPS $(0.60) vs. $(0.50) Estimate", -1),
        ("Acme Q2 Revenue $1.2B vs $980M consensus", 1),
        ("Acme Q2 Revenue $1,200K vs $2M consensus", -1),
        ("Acme Q2 EPS $0.50 vs $0.50 Est", 0),
        ("Acme Q2 EPS $0.50 vs $0.00 Est", 0),
        ("Orion Group (NASDAQ: LOVE) sets date of meeting", 0),
        ("$GAIN to report on Tuesday", 0),
        ("Acme\u2019s loss widens", -1),
        ("ACME WINS $20 MILLION CONTRACT", 1),
        ("", 0),
        ("   ", 0),
        ("?", 0),
        ("1234567890", 0),
    ],
)
def test_what_a_headline_means(scorer: Sentiment, headline: str, direction: int) -> None:
    assert sign(scorer.score(headline)) == direction


def test_a_question_counts_less_than_a_statement(scorer: Sentiment) -> None:
    assert 0 < scorer.score("Will Acme surge?") < scorer.score("Acme will surge") / 2


def test_a_body_moves_a_headline_a_little_and_speaks_where_it_is_silent(scorer: Sentiment) -> None:
    head, body = "Acme shares jump", "Acme files for bankruptcy protection"
    assert scorer.score(head, "  ") == scorer.score(head)
    assert 0 < scorer.score(head, body) < scorer.score(head)
    assert scorer.score("Acme update", body) == scorer.score(body) / 2


def test_the_providers_word_comes_first(scorer: Sentiment) -> None:
    assert scorer.opinion(-1.0, "Acme shares soar") == Opinion(-1.0, "provider")
    assert scorer.opinion(None, "Acme shares soar").source == "lexicon"
    assert scorer.opinion(float("nan"), "Acme shares soar").source == "lexicon"
    assert scorer.opinion(7.0, "Acme shares soar").score > 0.5


@given(st.text(max_size=2_000), st.text(max_size=300))
def test_any_text_has_a_score_and_always_the_same(headline: str, body: str) -> None:
    scorer = SCORER
    score = scorer.score(headline, body)
    assert -1.0 <= score <= 1.0
    assert scorer.score(headline, body) == score


SCORER = Sentiment.load()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["raises a ", "loss ", "$1,234,", "proposed pricing of ", "vs "])
def test_no_text_takes_long(scorer: Sentiment, piece: str) -> None:
    for _ in range(20):
        scorer.score(piece * 10_000)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "analyzer", lambda: None)
    with pytest.raises(BadInput, match=r"needs the extra 'nlp': pip install 'tradeplat\[nlp\]'"):
        Sentiment.load()
