"""One owner an account: an exclusive lock on a file, held for life and freed by any death."""

import fcntl
import os
import re
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Self

from tradeplat.core.errors import BadInput, Denied

NO_LEASE = "NO_LEASE"
"""Code of every refusal for want of the lease."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def lease_file(folder: Path, account: str) -> Path:
    """The lease of `account` in `folder`; whatever an account is called, the name is a file's."""
    plain = account if _PLAIN.fullmatch(account) else ""
    return folder / f"{plain or blake2b(account.encode(), digest_size=16).hexdigest()}.lease"


class Lease:
    """The right to change orders of one account (a context).

    Taken while nobody else holds it, else Denied names the process that does. A killed holder
    frees it at once, a stopped one keeps it. `epoch` counts the owners there have been: whoever
    opens the account's journal advances it there and `begin`s it here, and what carries an older
    one is not obeyed.
    """

    def __init__(self, file: Path, account: str) -> None:
        self.file = file
        self.account = account
        self.epoch = 0
        """Number of this ownership; 0 until the journal told."""
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lease; Denied when another process holds it, BadInput when no file can be."""
        if self._handle is not None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadInput(
                f"{self.file}: cannot be the lease of {self.account} ({error})"
            ) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 100).decode(errors="replace").strip()
            os.close(handle)
            raise Denied(
                f"{NO_LEASE}: account {self.account} is traded by another process"
                f" ({holder or 'unnamed'}); stop it first"
            ) from None
        except OSError as error:
            os.close(handle)
            raise BadInput(
                f"{self.file}: cannot be the lease of {self.account} ({error})"
            ) from None
        self._handle = handle
        with suppress(OSError):  # a courtesy: a full disk must keep nobody from closing positions
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"pid {os.getpid()}\n".encode(), 0)

    def begin(self, epoch: int) -> None:
        """This ownership is number `epoch`; Denied when a later one was begun already."""
        if epoch <= self.epoch:
            raise Denied(f"{NO_LEASE}: epoch {epoch} of {self.account} is not after {self.epoch}")
        self.epoch = epoch

    def current(self, epoch: int) -> bool:
        """True when what carries `epoch` is to be obeyed: the lease is ours, and it is no older."""
        return self.held and epoch == self.epoch

    @property
    def held(self) -> bool:
        """True while the lease is ours: taken, and its file still the one everybody locks."""
        if self._handle is None:
            return False
        try:
            there = self.file.stat()
        except OSError:
            return False
        ours = os.fstat(self._handle)
        return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)

    def free(self) -> None:
        """Give the lease up; nothing happens to one that is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.free()
