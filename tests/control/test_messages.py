from pathlib import Path

import msgspec
import pytest

from tradeplat.control.messages import KINDS, Want
from tradeplat.control.protocol import FrameReader, FrameType, Shape
from tradeplat.core.errors import BadInput

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_comes_back_as_sent(kind: FrameType) -> None:
    (frame,) = FrameReader().feed((GOLDEN / f"{kind.name.lower()}.bin").read_bytes())
    body = Shape(KINDS[kind]).read(frame.payload)
    assert msgspec.json.encode(body) == frame.payload


@pytest.mark.parametrize("kind", KINDS)
def test_messages_have_a_schema_and_refuse_what_does_not_fit(kind: FrameType) -> None:
    schema = msgspec.json.schema(KINDS[kind])
    (named,) = schema["$defs"].keys() & {KINDS[kind].__name__}
    field = next(iter(schema["$defs"][named]["properties"]))
    with pytest.raises(BadInput, match=KINDS[kind].__name__.lower()):
        Shape(KINDS[kind]).read(msgspec.json.encode({field: {"no": "such"}}))
    with pytest.raises(BadInput):
        Shape(KINDS[kind]).read(b"[1]")


def test_a_client_that_leaves_out_what_to_watch_changes_nothing() -> None:
    read = Shape(Want).read
    assert read(b'{"snapshot":[]}').watch is msgspec.UNSET
    assert read(b'{"watch":null}').watch is None
    assert read(b'{"watch":["A"]}') == Want(None, ("A",))
    with pytest.raises(BadInput, match="unknown field"):
        read(b'{"snap":[]}')
