import msgspec
import numpy as np
import pytest

from tradeplat.core.market import BAR, MINUTE, QUOTE, SECOND, TRADE, Backfill, Bar, Quote, opened

BAC = Bar("BAC", 60 * SECOND, 13.9, 14.0, 13.8, 13.95, 1200.0, 60, "csv")


def test_a_bar_opened_one_span_before_its_close() -> None:
    assert opened(BAC) == 0
    assert MINUTE == 60 * SECOND


def test_facts_are_immutable() -> None:
    with pytest.raises(AttributeError):
        BAC.close = 1.0


def test_facts_survive_json_with_their_kind() -> None:
    facts = [
        BAC,
        Quote("BAC", 1, 13.9, 100.0, 13.95, 200.0, "csv"),
        Backfill("BAC", 60 * SECOND, (BAC,)),
    ]
    wire = msgspec.json.encode(facts)
    assert msgspec.json.decode(wire, type=list[Bar | Quote | Backfill]) == facts


def test_array_rows_have_the_documented_sizes_and_the_structs_names() -> None:
    assert (BAR.itemsize, QUOTE.itemsize, TRADE.itemsize) == (56, 40, 24)
    assert set(BAR.names or ()) <= set(Bar.__struct_fields__)
    assert set(QUOTE.names or ()) <= set(Quote.__struct_fields__)
    assert np.zeros(1, BAR)["ts"].dtype == np.int64
