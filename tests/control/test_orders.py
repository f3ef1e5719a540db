import pytest

from tradeplat.control.orders import Enter, Leave, Out, Pressed, Protect, Seen, Withdraw
from tradeplat.control.protocol import Shape
from tradeplat.core.errors import BadInput


def test_bodies_are_read_with_their_defaults() -> None:
    enter = Shape(Enter).read(b'{"symbol":"BRK.B","side":"sell","risk":50,"stop":9.5}')
    assert (enter.sign, enter.risk, enter.part, enter.limit) == (-1, 50.0, 1.0, None)
    assert Shape(Leave).read(b'{"symbol":"A"}') == Leave("A")
    assert Shape(Withdraw).read(b"{}") == Withdraw()
    assert Shape(Protect).read(b'{"symbol":"A","to":"swing"}').to == "swing"
    assert Shape(Out).read(b'{"symbol":"A"}').who == "operator"
    assert Shape(Pressed).read(b'{"key":"Ctrl+1","said":"disarmed"}').act == ""
    assert Shape(Seen).read(b'{"symbol":"A","strategy":"orb"}').strategy == "orb"


@pytest.mark.parametrize(
    ("shape", "data", "words"),
    [
        (Enter, b'{"symbol":"a","side":"buy"}', "symbol"),
        (Enter, b'{"symbol":"A","side":"short"}', "side"),
        (Enter, b'{"symbol":"A","side":"buy","shares":0}', "shares"),
        (Enter, b'{"symbol":"A","side":"buy","shares":5,"risk":5}', "expected one size"),
        (Enter, b'{"symbol":"A","side":"buy","join":true,"limit":5}', "expected one price"),
        (Enter, b'{"symbol":"A","side":"buy","limit":1e999}', "limit|number|range"),
        (Enter, b'{"symbol":"A","side":"buy","qty":5}', "unknown field"),
        (Leave, b'{"symbol":"A","part":1.5}', "part"),
        (Leave, b'{"symbol":"A","part":0}', "part"),
        (Protect, b'{"symbol":"A"}', "found no level"),
        (Protect, b'{"symbol":"A","to":"swing","stop":5}', "expected one stop"),
        (Withdraw, b'{"symbols":["A","b c"]}', "symbols"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(shape: type, data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Shape(shape).read(data)
