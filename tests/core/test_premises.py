from decimal import Decimal

import msgspec
import pytest

from tradeplat.core.instrument import Instrument
from tradeplat.core.premises import Override, Premises


def test_premises_survive_their_note() -> None:
    told = Premises(
        (Instrument("A", lot=Decimal("0.001"), barred="delisted", shortable=None, volume=1e6),),
    )
    assert Premises.of(msgspec.json.decode(msgspec.json.encode(told.body()))) == told
    assert Premises.of({}) == Premises()


def test_an_override_survives_its_note() -> None:
    told = Override("CHURN", "@s", "ann", "it is meant", 9)
    assert Override.of(msgspec.json.decode(msgspec.json.encode(told.body()))) == told
    with pytest.raises(msgspec.ValidationError):
        Override.of({"code": "CHURN"})
