"""Rules, tags and boxes stay inside of what they belong to."""

import pytest

from tradeplat.visualizer.ink import Ink, Tag
from tradeplat.visualizer.painter import Box
from tradeplat.visualizer.palette import DEFAULT
from visualizer.drawing import Noted, canvas, font, number, pixels, places

BOX = Box(10, 10, 90, 50)


def inked(draw, ratio=1.0):
    image, painter = canvas(100, 60, ratio)
    ink = Ink(DEFAULT, font())
    ink.begin(painter)
    draw(ink)
    painter.end()
    return image


@pytest.mark.parametrize("name", ["rule", "dashes", "dots"])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("y", [5, 10, 30, 49, 50])
def test_rules_stay_in_their_box(name, ratio, y):
    found = pixels(inked(lambda ink: getattr(ink, name)(BOX, y, "#ffffff"), ratio))
    assert found.any() == (10 <= y < 50)
    found[10:50, 10:90] = 0
    assert not found.any()


def test_grids_stay_in_their_box():
    def draw(ink):
        ink.across(BOX, [0, 10, 49, 50], "#ffffff")
        ink.down(BOX, [0, 10, 89, 90], "#ffffff")
        ink.drops(BOX, 40, "#ffffff")
        ink.drops(BOX, 95, "#ffffff")

    found = pixels(inked(draw))
    assert found[10, 10:90].all()
    assert found[49, 10:90].all()
    assert found[10:50, 10].all()
    assert found[10:50, 89].all()
    assert 10 < (found[11:49, 40] > 0).sum() < 30
    found[10:50, 10:90] = 0
    assert not found.any()


def test_an_outline_is_as_thick_as_it_is_told():
    found = pixels(inked(lambda ink: ink.outline(BOX, "#ffffff", 2))) > 0
    assert found.sum() == 2 * 80 * 2 + 2 * 36 * 2
    assert found[10:12, 10:90].all()
    assert not found[12:48, 12:88].any()


@pytest.mark.parametrize("y", [-20, 10, 30, 49, 300])
def test_a_tag_is_whole_wherever_its_row_is(y):
    image, painter = canvas(100, 60)
    ink = Noted()
    ink.begin(painter)
    box = ink.tag_box(BOX, y)
    ink.tag(box, Tag(y, "97.45", DEFAULT.ground, DEFAULT.last), right=True)
    painter.end()
    assert BOX.top <= box.top < box.bottom <= BOX.bottom
    rows, columns = places(image, DEFAULT.last)
    assert (rows.min(), rows.max() + 1) == (box.top, box.bottom)
    assert (columns.min(), columns.max() + 1) == (10, 90)
    (_, (left, top, right, bottom)) = ink.said[0]
    assert box.left <= left < right <= box.right
    assert box.top <= top < bottom <= box.bottom + 1


def test_an_outlined_tag_hides_what_is_behind_it():
    def draw(ink):
        ink.bars.fill(ink.device, Box(0, 0, 100, 60), "#ff0000")
        ink.tag(Box(20, 20, 80, 36), Tag(28, "stop", DEFAULT.stop))

    found = pixels(inked(draw))
    assert found[20, 20] == number(DEFAULT.stop)
    assert number("#ff0000") not in found[20:36, 20:80]


def test_texts_wait_to_be_written_and_fall_on_whole_pixels():
    def draw(ink, left, *, written):
        ink.write(left, 10, "97.45", "#ffffff")
        if written:
            ink.written()

    assert not pixels(inked(lambda ink: draw(ink, 10, written=False))).any()
    sharp = pixels(inked(lambda ink: draw(ink, 10, written=True), 1.5))
    moved = pixels(inked(lambda ink: draw(ink, 10.3, written=True), 1.5))
    assert sharp.any()
    assert (sharp == moved).all()
