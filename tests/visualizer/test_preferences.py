import pytest

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.palette import TEAL_RED
from tradeplat.visualizer.preferences import Preferences, Sounding, read, written

OTHERS = Preferences("teal-red", 14, "roomy", frozenset({"buy", "sell"}), Sounding(fill=True))


@pytest.mark.parametrize("wanted", [Preferences(), OTHERS])
def test_what_is_written_is_read(wanted):
    assert read(written(wanted)) == wanted


def test_what_a_file_does_not_say_is_as_at_first():
    assert read("") == Preferences()
    assert read('palette = "teal-red"').colours is TEAL_RED
    assert not any((Sounding().fill, Sounding().reject, Sounding().disconnect))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('palette = "pink"', "pink"),
        ("font_size = 40", "<= 18"),
        ('density = ""', "density"),
        ('load_only = ["close_all"]', "found 'close_all', expected some of buy,"),
        ("[sounds]\nfil = true", "fil"),
        ("x = 1", "x"),
        ("=", r"windows\.toml"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(text, said):
    with pytest.raises(BadInput, match=said):
        read(text)
