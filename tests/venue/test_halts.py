import pytest

from tradeplat.core.market import Status
from tradeplat.streams.alpaca_codec import AlpacaCodec
from tradeplat.venue.alpaca_wire import JSON
from tradeplat.venue.halts import status_wire


@pytest.mark.parametrize("tape", ["A", "B", "C"])
@pytest.mark.parametrize("code", ["LUDP", "LUDS", "T1", "T2", "T12", "M", "MWC1", "H10", "odd"])
@pytest.mark.parametrize("trading", [True, False])
def test_our_own_reader_understands_every_state_on_every_tape(tape, code, trading):
    status = Status("AAA", 10**18, trading, code, "x")
    facts, _ = AlpacaCodec("x").decode(f"[{JSON.encode(status_wire(status, tape)).decode()}]", 0)
    assert facts == [status]


def test_pauses_have_a_code_of_their_own_on_tape_c_and_reasons_have_words():
    wire = status_wire(Status("AAA", 0, False, "LUDP", "x"), "C")
    assert (wire.sc, wire.sm, wire.rc, wire.rm) == (
        "P", "Volatility Trading Pause", "LUDP", "Volatility Trading Pause",
    )  # fmt: skip
    assert status_wire(Status("AAA", 0, False, "odd", "x"), "C").rm == ""
