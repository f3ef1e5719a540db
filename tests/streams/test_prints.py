"""Sale conditions decide what a print moves."""

import pytest

from tradeplat.streams.prints import ALL, LAST, NOTHING, RANGE, VOLUME, moves


@pytest.mark.parametrize(
    ("conditions", "tape", "expected"),
    [
        (["@"], "C", ALL),
        ([], "C", ALL),
        (["@", "F", "T"], "C", ALL),
        (["@", "I"], "C", VOLUME),
        (["B"], "C", ALL),
        (["B"], "A", VOLUME),
        (["M"], "A", NOTHING),
        (["Q"], "C", NOTHING),
        (["Z"], "B", RANGE | VOLUME),
        (["Z", "I"], "B", VOLUME),
        (["9"], "A", LAST | RANGE),
        (["9", "I"], "A", NOTHING),
        (["4"], "C", RANGE | VOLUME),
    ],
)
def test_the_strictest_condition_decides(conditions, tape, expected):
    assert moves(conditions, tape) == expected
