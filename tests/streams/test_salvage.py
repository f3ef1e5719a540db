"""Of a spoilt frame every readable message is kept and every other one told."""

import msgspec

from tradeplat.streams.salvage import Salvage, one_line


class Row(msgspec.Struct):
    k: float


JSON = Salvage(msgspec.json.Decoder(list[msgspec.Raw]), msgspec.json.Decoder(Row), Row)
PACKED = Salvage(msgspec.msgpack.Decoder(list[msgspec.Raw]), msgspec.msgpack.Decoder(Row))


def test_readable_messages_are_kept_in_order_and_the_others_told():
    told = []
    assert JSON.messages('[{"k":1},{"k":"x"},{"k":2}]', told.append) == [Row(1), Row(2)]
    assert len(told) == 1
    packed = msgspec.msgpack.encode([{"k": 1}, "x", {"k": 2}])
    assert PACKED.messages(packed, told.append) == [Row(1), Row(2)]
    assert len(told) == 2


def test_what_only_a_lenient_reader_takes_is_read_leniently_where_there_is_one():
    told = []
    (row, other) = JSON.messages('[{"k":NaN},{"k":2},{"j":1}]', told.append)
    assert row.k != row.k
    assert other == Row(2)
    assert len(told) == 1
    assert not PACKED.messages(b"\xc1", told.append)
    assert not JSON.messages("nothing", told.append)
    assert len(told) == 3


def test_half_a_character_is_told_in_words_that_can_be_written_down():
    told = []
    rows = '[{"k":1},{"k":2,"\\ud800":NaN},{"k":NaN},{"k":"\\ud800"}]'
    assert [row.k == row.k for row in JSON.messages(rows, told.append)] == [True, False]
    assert len(told) == 2
    "".join(told).encode()


def test_a_line_is_short_and_can_be_written_down_whatever_came():
    assert one_line("plain, d\u00e9j\u00e0 vu") == "plain, d\u00e9j\u00e0 vu"
    assert one_line("a\nb\x00\ud800") == "a\\nb\\x00\\ud800"
    assert one_line("x" * 1_000) == "x" * 300 + "..."
