"""Market facts have one shape, and a change of it shows."""

import msgspec
import pytest

from tradeplat.core.market import Bar, Quote
from tradeplat.core.schema import KINDS, VERSION, market_schema, schema_of


def test_the_shape_of_market_facts_is_that_of_this_version() -> None:
    # Records name it. Who changes a fact raises VERSION and writes down the new digest.
    assert VERSION == 1
    assert market_schema() == "1:3efe1dfdd2ce833368676054a9cf2d097eeac7fe4efc3229905f0ddbb33f0543"


def test_the_digest_tells_names_types_and_defaults_but_no_order_of_kinds() -> None:
    assert schema_of(KINDS) == schema_of(reversed(KINDS)) == schema_of([*KINDS, Bar])
    assert schema_of([Bar]) != schema_of([Quote])
    made = [
        msgspec.defstruct("Bar", fields, tag="bar")
        for fields in (
            [("symbol", str), ("ts", int)],
            [("symbol", str), ("ts", float)],
            [("symbol", str), ("ts", int, 0)],
            [("ts", int), ("symbol", str)],
            [("symbol", str), ("at", int)],
        )
    ]
    assert len({schema_of([kind]) for kind in made}) == len(made)
    assert schema_of([Bar], ["a"]) != schema_of([Bar], ["b"])


def test_what_is_no_fact_has_no_schema() -> None:
    with pytest.raises(TypeError, match="dict is no kind of fact"):
        schema_of([dict])
