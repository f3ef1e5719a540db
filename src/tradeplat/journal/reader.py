"""A run's record read back, entry by entry, as far as it was written."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import zstandard

from tradeplat.core.errors import BadInput
from tradeplat.core.record import RUN, Entry, Noted, RunHeader
from tradeplat.journal.events import NAME
from tradeplat.journal.lines import Line

CHUNK = 1 << 20
"""Bytes of the file that are read at once."""

ERA = 1 << 63
"""Instants are nanoseconds in 64 bits, sign included."""

_MAGIC = b"\x28\xb5\x2f\xfd"


class Record:
    """The entries of one run's record; iterating reads the file, again each time.

    `truncated` is known once an iteration has ended: True when the run did not close its record
    (it was killed, or the disk failed it), so that what followed the last whole line is missing.
    Anything else that is wrong with the file raises BadInput naming file and line.
    """

    def __init__(self, path: Path) -> None:
        """`path` is the run's folder or the record itself."""
        self.path = path / NAME if path.is_dir() else path
        self.truncated = False

    def __iter__(self) -> Iterator[Entry]:
        decode = msgspec.json.Decoder(Line).decode
        for number, line in enumerate(self._lines()):
            try:
                entry = decode(line).entry
            except (ValueError, msgspec.MsgspecError, RecursionError) as error:
                raise BadInput(f"{self.path}: line {number + 1}: {error}") from None
            if entry.seq != number:
                raise BadInput(
                    f"{self.path}: line {number + 1}: sequence number is {entry.seq}, "
                    f"expected {number}: lines are missing or out of order"
                )
            if not -ERA <= entry.now < ERA:
                raise BadInput(f"{self.path}: line {number + 1}: {entry.now} is no instant")
            yield entry

    def header(self) -> RunHeader:
        """What the run was; BadInput when the record does not begin with it."""
        for entry in self:
            if isinstance(entry, Noted) and entry.topic == RUN:
                try:
                    return RunHeader.of(entry.body)
                except msgspec.ValidationError as error:
                    raise BadInput(f"{self.path}: line 1: run header: {error}") from None
            break
        raise BadInput(f"{self.path}: does not begin with the run's header")

    def _lines(self) -> Iterator[bytes]:
        """Whole lines; sets `truncated` at the end."""
        rest = b""
        for text in self._texts():
            rest += text
            end = rest.rfind(b"\n")
            if end >= 0:
                yield from rest[:end].split(b"\n")
                rest = rest[end + 1 :]
        if rest:
            self.truncated = True

    def _texts(self) -> Iterator[bytes]:
        """Decompressed pieces, as far as whole blocks reach."""
        unpacker = zstandard.ZstdDecompressor().decompressobj()
        ended = False
        size = 0
        try:
            with self.path.open("rb") as stream:
                while data := stream.read(CHUNK):
                    self._check_magic(data if size == 0 else _MAGIC)
                    size += len(data)
                    while data:
                        yield unpacker.decompress(data)
                        ended = unpacker.eof
                        if not ended:
                            break
                        data = unpacker.unused_data
                        unpacker = zstandard.ZstdDecompressor().decompressobj()
        except OSError as error:
            raise BadInput(f"{self.path}: cannot read the record: {error.strerror}") from None
        except zstandard.ZstdError as error:
            raise BadInput(f"{self.path}: broken at byte {size} or before: {error}") from None
        self.truncated = not ended

    def _check_magic(self, data: bytes) -> None:
        if not _MAGIC.startswith(data[: len(_MAGIC)]):
            raise BadInput(f"{self.path}: is not a zstd-compressed record")
