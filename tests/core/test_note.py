from decimal import Decimal

import msgspec
import pytest

from tradeplat.core.note import Note


class Told(Note, frozen=True):
    name: str
    money: Decimal | None = None
    at: tuple[int, ...] = ()


def test_a_note_is_plain_values_that_are_read_back_exactly() -> None:
    told = Told("a", Decimal("1.10"), (1, 2))
    assert told.body() == {"name": "a", "money": "1.10", "at": (1, 2)}
    assert Told.of(msgspec.json.decode(msgspec.json.encode(told.body()))) == told


@pytest.mark.parametrize("body", [{}, {"name": 1}, {"name": "a", "money": "x"}, 7])
def test_what_tells_something_else_is_an_error_of_that_name(body: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        Told.of(body)
