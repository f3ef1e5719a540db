"""A record is read as far as it goes; what is broken is one line that names the place."""

from decimal import Decimal

import pytest
import zstandard

from tradeplat.core.errors import BadInput
from tradeplat.journal.events import NAME, EventLog
from tradeplat.journal.reader import Record


@pytest.fixture
def run(tmp_path, session):
    """A run's folder with a record whose blocks hold five lines each."""
    path = tmp_path / "run" / NAME
    with EventLog(path) as log:
        session(log)
    lines = unpacked(path).splitlines(keepends=True)
    packer = zstandard.ZstdCompressor().compressobj()
    blocks = [
        packer.compress(b"".join(lines[n : n + 5]))
        + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        for n in range(0, len(lines), 5)
    ]
    path.write_bytes(b"".join(blocks) + packer.flush())
    return tmp_path / "run"


def unpacked(path):
    return zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())


def packed(text):
    return zstandard.ZstdCompressor().compress(text)


def test_a_folder_or_the_file_itself_may_be_named(run):
    assert list(Record(run)) == list(Record(run / NAME))


def test_a_record_can_be_read_twice(run):
    record = Record(run)
    assert list(record) == list(record)


def test_cut_at_any_byte_it_reads_as_far_as_it_goes(run, tmp_path):
    whole = list(Record(run))
    data = (run / NAME).read_bytes()
    cut = tmp_path / "cut.zst"
    lengths = []
    for size in range(len(data)):
        cut.write_bytes(data[:size])
        record = Record(cut)
        entries = list(record)
        assert record.truncated
        assert entries == whole[: len(entries)]
        lengths.append(len(entries))
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 8
    assert lengths[-1] == len(whole)


def complaint(path):
    """What reading the record complains of, in whole."""
    try:
        list(Record(path))
    except BadInput as error:
        return str(error)
    return ""


def test_bits_that_flipped_are_one_line_or_pass_unseen(run, tmp_path):
    data = (run / NAME).read_bytes()
    bad = tmp_path / "bad.zst"
    said = set()
    for place in range(0, len(data), 7):
        bad.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        said.add(complaint(bad))
    assert len(said) > 10
    assert all(line.startswith(str(bad)) and "\n" not in line for line in said - {""})


def test_several_frames_are_one_record(run, tmp_path):
    lines = unpacked(run / NAME).splitlines(keepends=True)
    path = tmp_path / "frames.zst"
    path.write_bytes(b"".join(packed(line) for line in lines))
    record = Record(path)
    assert list(record) == list(Record(run))
    assert not record.truncated


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[]\n", "line 1: "),
        (b'["what",0,1]\n', "line 1: Invalid value 'what'"),
        (b'["opened",0,1,"A"]\n{"a":1}\n', "line 2: Expected `array`"),
        (b'["opened",0,1,"A"]\n["opened",2,1,"A"]\n', "line 2: sequence number is 2, expected 1"),
        (b'["opened",0,"x","A"]\n', "line 1: Expected `int`"),
        (b"no json\n", "line 1: "),
        (b'["decision",0,1,"A","s",1,[9,0,0,0,0],null]\n', "line 1: 9 is not a valid Action"),
        (b'["quote",0,1,"A",1,"x",1,1,1,"sip",0]\n', "line 1: Invalid enum value 'x'"),
        (b'["moved",0,1,"id","gone",""]\n', "line 1: Invalid enum value 'gone'"),
        (b"\xff\xfe\n", "line 1: "),
    ],
)
def test_a_broken_line_is_named(tmp_path, text, said):
    path = tmp_path / NAME
    path.write_bytes(packed(text))
    with pytest.raises(BadInput) as caught:
        list(Record(path))
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


def test_a_file_of_another_kind_is_named(tmp_path):
    path = tmp_path / NAME
    path.write_text("plain text")
    with pytest.raises(BadInput, match="is not a zstd-compressed record"):
        list(Record(path))


def test_a_missing_record_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"events.jsonl.zst: cannot read the record: No such file"):
        list(Record(tmp_path))


def test_an_empty_record_is_a_cut_one(tmp_path):
    (tmp_path / NAME).write_bytes(b"")
    record = Record(tmp_path)
    assert list(record) == []
    assert record.truncated


def test_the_header_tells_what_the_run_was(run):
    header = Record(run).header()
    assert header.name == "small"
    assert header.start_cash == Decimal(100_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'["opened",0,1,"A"]\n', "does not begin with the run's header"),
        (b"", "does not begin with the run's header"),
        (b'["note",0,1,"run",{"name":"x"}]\n', "run header: Object missing required field"),
    ],
)
def test_a_record_without_a_header_is_named(tmp_path, text, said):
    (tmp_path / NAME).write_bytes(packed(text))
    with pytest.raises(BadInput, match=said):
        Record(tmp_path).header()


def test_an_instant_that_no_clock_shows_is_named(run):
    lines = unpacked(run / NAME).splitlines(keepends=True)
    kind, seq, rest = lines[4].split(b",", 2)
    lines[4] = b",".join((kind, seq, b"1" + b"0" * 30, rest.partition(b",")[2]))
    (run / NAME).write_bytes(packed(b"".join(lines)))
    with pytest.raises(BadInput, match=r"line 5: 10+ is no instant"):
        list(Record(run))
