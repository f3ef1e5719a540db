"""The sink writes all it is given, in order, or says once why it cannot."""

import subprocess
import sys
from pathlib import Path

import zstandard

import tradeplat
from tradeplat.journal.sink import ZstdSink

SOURCE = Path(tradeplat.__file__).parents[1]


def unpacked(path):
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    return unpacker.decompress(path.read_bytes())


def test_chunks_come_back_in_order(tmp_path):
    sink = ZstdSink(tmp_path / "deep" / "file.zst")
    sink.open()
    for number in range(5000):
        sink.put(b"%d\n" % number, whole=number % 1000 == 0)
    sink.close()
    assert sink.error == ""
    assert unpacked(tmp_path / "deep" / "file.zst").split() == [b"%d" % n for n in range(5000)]


def test_closing_an_unopened_sink_does_nothing(tmp_path):
    sink = ZstdSink(tmp_path / "file.zst")
    sink.close()
    assert not (tmp_path / "file.zst").exists()


def test_a_full_disk_is_one_error():
    sink = ZstdSink(Path("/dev/full"))
    sink.open()
    sink.put(b"x" * 1000, whole=True)
    sink.close()
    assert sink.error == "/dev/full: cannot write the record: No space left on device"


def test_a_folder_that_cannot_be_is_one_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    sink = ZstdSink(tmp_path / "file" / "events.jsonl.zst")
    sink.open()
    sink.put(b"x", whole=True)
    sink.close()
    assert "cannot write the record" in sink.error
    assert "\n" not in sink.error


def test_a_record_is_never_added_to(tmp_path):
    path = tmp_path / "file.zst"
    path.write_bytes(b"before")
    sink = ZstdSink(path)
    sink.open()
    sink.put(b"x", whole=True)
    sink.close()
    assert "holds a record already" in sink.error
    assert path.read_bytes() == b"before"


def test_a_disk_that_falls_behind_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("tradeplat.journal.sink.BACKLOG", 100)
    sink = ZstdSink(tmp_path / "file.zst")
    sink.open()
    sink.put(b"x" * 101, whole=True)
    sink.close()
    assert "gave up recording" in sink.error


LIMITED = """
import resource
import sys
from pathlib import Path
import numpy
from tradeplat.journal.sink import ZstdSink
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sink = ZstdSink(Path(sys.argv[1]))
sink.open()
noise = numpy.random.default_rng(1)
for _ in range(50):
    sink.put(noise.bytes(1000), whole=True)
sink.close()
assert "cannot write" in sink.error, sink.error
"""


def test_a_file_that_hits_its_limit_keeps_what_was_written(tmp_path):
    path = tmp_path / "file.zst"
    subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], check=True, env={"PYTHONPATH": str(SOURCE)}
    )
    assert 10_000 < len(unpacked(path)) <= 20_000
