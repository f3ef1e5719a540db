import pytest

from tradeplat.app.instants import as_typed, duration, instant, window
from tradeplat.core.errors import BadInput

NINE_THIRTY = 1_381_239_000_000_000_000


@pytest.mark.parametrize(
    "text",
    ["2013-10-08T09:30", "2013-10-08 09:30:00", "2013-10-08T13:30Z", "2013-10-08T14:30+01:00"],
)
def test_a_time_is_new_yorks_unless_it_says_otherwise(text: str) -> None:
    assert instant(text, "--from") == NINE_THIRTY


def test_winter_has_another_offset() -> None:
    summer, winter = instant("2013-07-01", "--from"), instant("2013-12-01", "--from")
    assert summer is not None
    assert winter is not None
    assert summer % 86_400_000_000_000 == 4 * 3_600_000_000_000
    assert winter % 86_400_000_000_000 == 5 * 3_600_000_000_000


def test_nothing_typed_is_no_bound() -> None:
    assert instant("", "--from") is None
    assert duration("", "--for") is None


@pytest.mark.parametrize("text", ["2013-02-30", "yesterday", "09:30", "2013-13-01"])
def test_impossible_times_name_the_option(text: str) -> None:
    with pytest.raises(BadInput, match=f"--to {text}: expected a date or time"):
        instant(text, "--to")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10m", 600), ("1h30m", 5_400), ("45s", 45), ("90", 90), ("2h", 7_200), ("0.5s", 0.5)],
)
def test_durations_as_people_type_them(text: str, seconds: float) -> None:
    assert duration(text, "--for") == seconds * 1_000_000_000


@pytest.mark.parametrize("text", ["soon", "10x", "-5m", "0", "m"])
def test_impossible_durations_name_the_option(text: str) -> None:
    with pytest.raises(BadInput, match="--for"):
        duration(text, "--for")


def test_a_window_is_in_order_and_either_end_may_be_open() -> None:
    assert window("", "") == (None, None)
    assert window("2013-10-08T09:30", "")[0] == NINE_THIRTY
    with pytest.raises(BadInput, match="--from 2013-10-09 --to 2013-10-08: expected a start"):
        window("2013-10-09", "2013-10-08")
    assert as_typed("", "2013-10-08") == "--to 2013-10-08"
