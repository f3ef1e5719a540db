import pytest

from tradeplat.visualizer import theme
from tradeplat.visualizer.palette import DEFAULT, TEAL_RED, contrast


@pytest.mark.parametrize(
    "look", [*theme.MODES.values(), theme.NOBODY, theme.ARMED, theme.DANGER, theme.QUIET]
)
def test_words_can_be_read_on_their_colours(look):
    assert contrast(look.fill, look.text) >= 4.5


def test_the_sheet_names_indicators_and_the_focus():
    for palette in (DEFAULT, TEAL_RED):
        text = theme.sheet(palette, 14)
        assert "%(" not in text
        assert "@" not in text
        assert "font-size: 14px" in text
        assert text.count(palette.focus) >= 3


def test_an_unknown_mode_looks_like_nobody():
    assert theme.look("PAPER") != theme.look("?") == theme.NOBODY
