"""Colours that can be read, and told apart."""

import pytest

from tradeplat.visualizer.palette import DEFAULT, STUDIES, TEAL_RED, contrast, greyed, mixed

WRITTEN = ("text", "faint", "up", "down", "last", "entry", "stop", "target", "working", "sent")


@pytest.mark.parametrize("palette", [DEFAULT, TEAL_RED])
def test_whatever_is_written_can_be_read(palette):
    assert min(contrast(getattr(palette, name), palette.ground) for name in WRITTEN) >= 4.5
    assert min(contrast(getattr(palette, name), palette.panel) for name in WRITTEN) >= 4.5
    assert min(contrast(palette.ground, tag) for tag in (palette.last, palette.text)) >= 4.5
    assert min(contrast(colour, palette.ground) for colour in STUDIES) >= 4.5


def test_the_guides_contrasts_hold():
    found = [contrast(c, DEFAULT.ground) for c in (DEFAULT.up, DEFAULT.down, DEFAULT.text)]
    assert found == pytest.approx([7.4, 8.7, 12.8], abs=0.1)


def test_what_is_stale_has_no_colour():
    stale = greyed(DEFAULT)
    assert len({stale.up[1:3], stale.up[3:5], stale.up[5:7]}) == 1
    assert stale.ground == DEFAULT.ground


def test_colours_mix():
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"
