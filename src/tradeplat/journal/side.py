"""The side file of a journal: the last record it is known to hold, so that a lost tail is seen."""

import os
from pathlib import Path

import msgspec

from tradeplat.journal.chain import SIZE, START

WIDTH = 256
"""Bytes of the file: one line of JSON, padded, so that it is rewritten within one sector."""


class Mark(msgspec.Struct, frozen=True):
    """The last record, and whether the journal was closed in order after it.

    `digest` is the SHA-256 of the closed file.
    """

    seq: int = 0
    hash: str = START.hex()
    closed: bool = False
    digest: str = ""

    @property
    def link(self) -> bytes:
        """The hash as bytes."""
        return bytes.fromhex(self.hash)


class SideFile:
    """`<journal>.mark`. `keep` is atomic and durable, `touch` is neither and costs nothing.

    A process that dies loses nothing that was touched; only a machine that dies does.
    """

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(journal.name + ".mark")
        self._handle: int | None = None

    def read(self) -> Mark | None:
        """The mark; None when there is no file. Raises ValueError when it cannot be read."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        mark = msgspec.json.decode(data, type=Mark)
        if len(mark.link) != SIZE:
            raise ValueError(f"{self.path}: no hash of {SIZE} bytes")
        return mark

    def keep(self, mark: Mark) -> None:
        """Replace the file: written aside, synced, renamed, folder synced."""
        self.release()
        aside = self.path.with_name(self.path.name + ".new")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, _line(mark))
            os.fsync(handle)
            aside.replace(self.path)
            sync_folder(self.path.parent)
        except OSError:
            os.close(handle)
            raise
        self._handle = handle

    def touch(self, mark: Mark) -> None:
        """Overwrite the mark in place, unsynced; `keep` comes first."""
        if self._handle is not None:
            os.pwrite(self._handle, _line(mark), 0)

    def release(self) -> None:
        """Hold the file open no longer."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _line(mark: Mark) -> bytes:
    return msgspec.json.encode(mark).ljust(WIDTH - 1) + b"\n"
