"""Tokens: 256 bits each, new at each start, one for each role, compared in constant time."""

import base64
import hashlib
import hmac
import os
import stat
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import msgspec

from tradeplat.control.protocol import Role
from tradeplat.core.errors import Corrupt, Denied

BYTES = 32
SIZE = 43
"""Characters of a token: 256 bits as URL-safe base64 without padding."""

WRONG = 5
"""Wrong tokens of one peer within `SECONDS` after which it is locked out."""

SECONDS = 60.0
"""How long wrong tokens are counted, and how long the lock lasts."""

_PEERS = 1_024


class Tokens(msgspec.Struct, frozen=True):
    """The three tokens of one start of the daemon; printing them shows nothing."""

    viewer: str
    trader: str
    kill: str

    def __post_init__(self) -> None:
        tokens = (self.viewer, self.trader, self.kill)
        if len(set(tokens)) < len(tokens) or any(
            len(t) != SIZE or len(set(t)) < 12 for t in tokens
        ):
            raise Corrupt("control tokens: found weak or equal ones, expected 256 random bits each")

    def __repr__(self) -> str:
        return "Tokens(***)"

    def role(self, token: str) -> Role | None:
        """Whose token this is, None for nobody's; takes as long for any token."""
        given = _digest(token)
        found: Role | None = None
        pairs = (
            (self.viewer, Role.VIEWER),
            (self.trader, Role.TRADER),
            (self.kill, Role.KILL),
        )
        for known, role in pairs:
            if hmac.compare_digest(_digest(known), given):
                found = role
        return found

    def write(self, folder: Path) -> None:
        """Keep each in a file of its own in `folder` that only its owner may read."""
        for role, token in (
            (Role.VIEWER, self.viewer),
            (Role.TRADER, self.trader),
            (Role.KILL, self.kill),
        ):
            path = token_file(folder, role)
            path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(token)


def made(entropy: Callable[[int], bytes]) -> Tokens:
    """Tokens from `entropy`, which answers so many bytes that nobody can foretell."""
    fresh = [base64.urlsafe_b64encode(entropy(BYTES)).decode().rstrip("=") for _ in range(3)]
    return Tokens(*fresh)


def token_file(folder: Path, role: Role) -> Path:
    """Where the token of `role` is kept in `folder`."""
    return folder / f"control.{role.value}.token"


def read_token(folder: Path, role: Role) -> str:
    """The token of `role` kept in `folder`; Denied when others may read it, or nobody can."""
    path = token_file(folder, role)
    try:
        found = path.stat()
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or found.st_uid != os.getuid():
            raise Denied(f"{path}: others may read this token; start the daemon anew")
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Denied(f"{path}: cannot be read ({error})") from None


class Lockout:
    """Peers that showed too many wrong tokens are not heard for a while.

    `clock` counts seconds and never goes back. The peers remembered are bounded: the longest
    silent is forgotten first.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()
        self._until: OrderedDict[str, float] = OrderedDict()

    @property
    def remembered(self) -> int:
        """Peers of which anything is kept."""
        return len(self._wrong) + len(self._until)

    def locked(self, peer: str) -> bool:
        """True while `peer` is not heard."""
        until = self._until.get(peer)
        if until is None:
            return False
        if self._clock() < until:
            return True
        del self._until[peer]
        return False

    def wrong(self, peer: str) -> None:
        """Count a wrong token of `peer`."""
        now = self._clock()
        recent = [at for at in self._wrong.pop(peer, []) if at > now - SECONDS]
        recent.append(now)
        if len(recent) >= WRONG:
            self._until[peer] = now + SECONDS
            self._until.move_to_end(peer)
        else:
            self._wrong[peer] = recent
        for kept in (self._wrong, self._until):
            while len(kept) > _PEERS:
                kept.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
