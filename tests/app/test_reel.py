import pytest

from tradeplat.app.reel import Reel
from tradeplat.core.market import Bar, Quote


def instant(ts: int, *, barred: bool) -> list:
    quote = Quote("A", ts, 1.0, 1.0, 1.1, 1.0, "x")
    return [quote, Bar("A", ts, 1.0, 2.0, 0.5, 1.5, 9.0, 60, "x")] if barred else [quote]


PLAYED = [instant(n, barred=n % 3 == 0) for n in range(1, 10)]


@pytest.mark.parametrize(("most", "held"), [(100, True), (12, True), (11, False), (0, False)])
def test_a_long_reel_is_read_again_and_is_the_same(most: int, held: bool) -> None:
    asked = []

    def source() -> list:
        asked.append(1)
        return PLAYED

    reel = Reel(source, most)
    assert reel.held == held
    assert list(reel.play()) == list(reel.play()) == PLAYED
    assert len(asked) == (1 if held else 3)
    assert list(reel.ts) == list(range(1, 10))
    assert list(reel.counted) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]
    assert len(reel) == 9


def test_where_there_are_no_bars_every_instant_counts_as_one() -> None:
    assert list(Reel(lambda: [instant(1, barred=False)] * 2).counted) == [0, 1, 2]
    assert list(Reel(list).counted) == [0]
