"""A compressed file that is filled from a thread of its own, so a slow disk delays nobody."""

from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

import zstandard

LEVEL = 1
"""Compression level: the cheapest; text of this kind shrinks to a fifth all the same."""

BACKLOG = 64 << 20
"""Bytes that may wait for a disk that does not keep up before the file is given up."""

PATIENCE = 10.0
"""Seconds `close` waits for the disk to take the rest."""

_Chunk = tuple[bytes, bool]


class ZstdSink:
    """One zstd file, written in the order of `put`, by a thread between `open` and `close`.

    A chunk put with `whole` is readable from the file as soon as the thread has written it, even
    if the process dies then; other chunks wait for the compressor's block to fill. Nothing is
    ever raised after `open`: when the target cannot be written, `error` says why in one line and
    later chunks are dropped.
    """

    def __init__(self, path: Path, level: int = LEVEL) -> None:
        self._path = path
        self._level = level
        self._queue: SimpleQueue[_Chunk | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._given = 0
        self._written = 0
        self.error = ""

    def open(self) -> None:
        """Create the file and start writing; a failure is found in `error`."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            stream = self._path.open("ab", buffering=0)
        except OSError as error:
            self._fail(error)
            return
        if stream.tell():
            stream.close()
            self.error = f"{self._path}: holds a record already; records are never added to"
            return
        self._thread = Thread(target=self._work, args=(stream,), name="record", daemon=True)
        self._thread.start()

    def put(self, data: bytes, *, whole: bool) -> None:
        """Hand over `data`; returns at once."""
        if self.error:
            return
        self._given += len(data)
        if self._given - self._written > BACKLOG:
            self.error = f"{self._path}: the disk is {BACKLOG >> 20} MiB behind; gave up recording"
            return
        self._queue.put((data, whole))

    @property
    def settled(self) -> bool:
        """True when the file system has all that was put, or will never get it."""
        return self._written >= self._given or bool(self.error)

    def close(self) -> None:
        """Write what is left and end the file."""
        if self._thread is None:
            return
        self._queue.put(None)
        self._thread.join(PATIENCE)
        if self._thread.is_alive() and not self.error:
            self.error = f"{self._path}: the disk did not take the end of the record in time"
        self._thread = None

    def _work(self, stream: BinaryIO) -> None:
        """The thread: compress and write until told to end; after an error, only drain."""
        packer = zstandard.ZstdCompressor(level=self._level, write_checksum=True).compressobj()
        with stream:
            going = True
            while going:
                data, whole, going = self._next()
                if self.error:
                    continue
                packed = packer.compress(data)
                if whole or not going:
                    packed += packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
                if not going:
                    packed += packer.flush()
                try:
                    _write(stream, packed)
                except OSError as error:
                    self._fail(error)
                self._written += len(data)

    def _next(self) -> tuple[bytes, bool, bool]:
        """All that waits, whether it must be readable at once, and whether more will come.

        Taking everything at once keeps the thread abreast of a busy interpreter: it needs the
        interpreter's lock once a round, not once a chunk.
        """
        chunk = self._queue.get()
        parts: list[bytes] = []
        whole = False
        while chunk is not None:
            parts.append(chunk[0])
            whole = whole or chunk[1]
            if self._queue.empty():
                break
            chunk = self._queue.get()
        return b"".join(parts), whole, chunk is not None

    def _fail(self, error: OSError) -> None:
        self.error = f"{self._path}: cannot write the record: {error.strerror or error}"


def _write(stream: BinaryIO, data: bytes) -> None:
    """Write all of `data`: an unbuffered file may take only a part at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]
