import re

from tradeplat.scanners.phrases import PHRASES


def test_every_pattern_compiles_and_lies_within_the_scale() -> None:
    for pattern, valence in PHRASES:
        assert re.compile(pattern)
        assert pattern == pattern.replace("  ", " ")
        assert -4.0 <= valence <= 4.0
    assert len({pattern for pattern, _ in PHRASES}) == len(PHRASES)
