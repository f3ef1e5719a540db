import msgspec
import pytest

from tradeplat.venue import control_bodies as bodies

SHAPES = [one for one in vars(bodies).values() if isinstance(one, type)]


@pytest.mark.parametrize("shape", [one for one in SHAPES if issubclass(one, msgspec.Struct)])
def test_a_misspelt_key_is_refused_everywhere(shape):
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(b'{"no_such_key": 1}', type=shape)


def test_connections_are_any_unless_named():
    assert msgspec.json.decode(b"{}", type=bodies.Disconnect) == bodies.Disconnect()
    assert (bodies.Disconnect().path, bodies.Mute().on) == ("", True)
