from tradeplat.control.source import Line, Pulse, Source, Worth
from watching import Engine


def test_the_engine_of_the_tests_is_a_source() -> None:
    source: Source = Engine()
    assert isinstance(source.pulse(), Pulse)
    assert isinstance(source.worth(), Worth)


def test_a_line_begins_with_what_its_record_holds() -> None:
    assert Line._fields[:6] == ("key", "price", "quantity", "reference", "kind", "state")
