import pytest

from tradeplat.core.errors import BadInput
from tradeplat.venue.plan import FREE, PLUS, read_plan


def test_plans_are_found_by_name():
    assert (read_plan("free"), read_plan("plus")) == (FREE, PLUS)
    assert "sip" not in FREE.feeds


def test_an_unknown_plan_names_those_there_are():
    with pytest.raises(BadInput, match=r"'gold': expected one of free, plus"):
        read_plan("gold")
