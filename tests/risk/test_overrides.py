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


def test_a_shorter_one_changes_nothing_and_one_that_is_over_takes_it_back() -> None:
    overrides = Overrides()
    given = Override("CHURN", "A", "ann", "it is meant", 100)
    overrides.add(given, 5)
    overrides.add(Override("CHURN", "A", "keys", "pressed again", 7), 6)
    assert overrides.standing(8) == [given]
    overrides.add(Override("CHURN", "", "ann", "all of it", 50), 8)
    overrides.add(Override("CHURN", "A", "bob", "enough", 9), 9)
    assert [one.scope for one in overrides.standing(9)] == [""]
    assert overrides.cover("CHURN", "A", "s", 49)
    assert overrides.standing(50) == []


def test_what_ended_is_forgotten() -> None:
    overrides = Overrides()
    for n in range(1_000):
        overrides.add(Override("CHURN", f"S{n}", "ann", "it is meant", n + 2), n)
        assert len(overrides.standing(n)) <= 2


@pytest.mark.parametrize("code", [*(c.name for c in CODES.values() if not c.overridable), "XYZ"])
def test_what_is_hard_cannot_be_overridden(code: str) -> None:
    with pytest.raises(BadInput, match="no person can override"):
        Overrides().add(Override(code, "", "ann", "please", 10), 5)


@pytest.mark.parametrize(("who", "why"), [("", "x"), ("x", ""), (" ", "x"), ("x", " ")])
def test_an_override_needs_a_person_and_a_reason(who: str, why: str) -> None:
    with pytest.raises(BadInput, match="who asks for it, and why"):
        Overrides().add(Override("CHURN", "", who, why, 10), 5)
