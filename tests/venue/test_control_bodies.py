import msgspec
import pytest

from tradeplat.venue import control_bodies as bodies

SHAPES = [one for one in vars(bodies).values() if getattr(one, "__module__", "") == bodies.__name__]


@pytest.mark.parametrize(
    "shape", [one for one in SHAPES if isinstance(one, type) and issubclass(one, msgspec.Struct)]
)
def test_a_misspelt_key_is_refused_everywhere(shape):
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(b'{"no_such_key": 1}', type=shape)


def test_connections_are_any_unless_named():
    assert msgspec.json.decode(b"{}", type=bodies.Disconnect) == bodies.Disconnect()
    assert (bodies.Disconnect().path, bodies.Mute().on) == ("", True)


def test_messages_of_either_vendor_are_told_by_their_own_keys():
    body = bodies.Publish(
        [{"ev": "AM", "sym": "AAA"}, {"ev": "LULD", "T": "BBB"}, {"T": "q", "S": "CCC", "t": "x"}]
    )
    assert [(one.channel, one.symbol, polygon) for one, polygon in body.told()] == [
        ("AM", "AAA", True), ("LULD", "BBB", True), ("quotes", "CCC", False),
    ]  # fmt: skip
