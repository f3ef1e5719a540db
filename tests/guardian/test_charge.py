"""What goes through the pipe, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.calendar import Session
from tradeplat.core.errors import BadInput
from tradeplat.guardian.charge import Beat, Charge, line_of, read_beat, read_charge

CHARGE = Charge(
    pid=7, account="a", lease="/l", url="http://x", key="k", secret="s3cret",
    sessions=(Session(20260105, 1, 2, 3, 4),),
)  # fmt: skip


def test_a_charge_comes_out_as_it_went_in() -> None:
    assert read_charge(line_of(CHARGE)) == CHARGE
    assert line_of(CHARGE).count(b"\n") == 1


def test_a_wrong_charge_is_refused_without_showing_a_key() -> None:
    with pytest.raises(BadInput) as raised:
        read_charge(line_of(CHARGE).replace(b'"pid":7', b'"pid":"x"'))
    assert "s3cret" not in str(raised.value)


@given(st.binary(max_size=200))
def test_whatever_comes_later_is_a_heartbeat_or_nothing(line: bytes) -> None:
    assert read_beat(line) is None or isinstance(read_beat(line), Beat)


def test_the_last_word_is_heard() -> None:
    assert read_beat(line_of(Beat(bye=True))) == Beat(bye=True)
    assert read_beat(line_of(Beat(3, 4))) == Beat(3, 4)
