import pytest

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.core.premises import OVERRIDE_SECONDS, Override
from tradeplat.risk.codes import CODES
from tradeplat.risk.overrides import Overrides


@pytest.mark.parametrize("scope", ["", "A", "@s"])
def test_an_override_covers_its_code_in_its_scope_until_it_ends(scope: str) -> None:
    overrides = Overrides()
    overrides.add(Override("CHURN", scope, "ann", "it is meant", 10), 5)
    assert overrides.cover("CHURN", "A", "s", 9)
    assert not overrides.cover("CHURN", "A", "s", 10)
    assert not overrides.cover("SELF_CROSS", "A", "s", 9)
    assert overrides.cover("CHURN", "B", "t", 9) == (scope == "")


def test_none_lasts_longer_than_a_quarter_of_an_hour() -> None:
    overrides = Overrides()
    overrides.add(Override("CHURN", "", "ann", "it is meant", 2**62), 5)
    end = 5 + OVERRIDE_SECONDS * SECOND
    assert overrides.cover("CHURN", "A", "s", end - 1)
    assert not overrides.cover("CHURN", "A", "s", end)


@pytest.mark.parametrize("code", [*(c.name for c in CODES.values() if not c.overridable), "XYZ"])
def test_what_is_hard_cannot_be_overridden(code: str) -> None:
    with pytest.raises(BadInput, match="no person can override"):
        Overrides().add(Override(code, "", "ann", "please", 10), 5)


@pytest.mark.parametrize(("who", "why"), [("", "x"), ("x", ""), (" ", "x"), ("x", " ")])
def test_an_override_needs_a_person_and_a_reason(who: str, why: str) -> None:
    with pytest.raises(BadInput, match="who asks for it, and why"):
        Overrides().add(Override("CHURN", "", who, why, 10), 5)
