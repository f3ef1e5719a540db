import pytest

from tradeplat.core import errors


@pytest.mark.parametrize(
    ("error", "parent"),
    [
        (errors.StreamLagged, errors.Transient),
        (errors.Throttled, errors.Transient),
        (errors.Ambiguous, errors.Transient),
        (errors.IllegalTransition, errors.Corrupt),
        (errors.BadInput, errors.TradeplatError),
        (errors.Denied, errors.TradeplatError),
    ],
)
def test_each_error_says_what_to_do_next_by_its_parent(
    error: type[Exception], parent: type[Exception]
) -> None:
    assert issubclass(error, parent)


def test_bad_input_and_a_denial_are_never_retried() -> None:
    assert not issubclass(errors.BadInput, errors.Transient)
    assert not issubclass(errors.Denied, errors.Transient)


def test_throttling_says_how_long_to_wait() -> None:
    assert errors.Throttled("too many requests", 1.5).wait == 1.5
