"""What a guardian is told by its daemon: one line of JSON at first, then a heartbeat a second."""

import msgspec

from tradeplat.core.calendar import Session
from tradeplat.core.errors import BadInput


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a guardian watches, and what it does when that one falls silent.

    Times are seconds of the wall; `memory` is bytes of resident memory (0: any). `sessions` are
    trading days, in whose hours positions are closed. With `flatten_file` there, a person wants
    everything closed, whatever `on_death` says. `command` is started for each alert, with
    the alert's code and line as its last two words. `alive` says that the daemon may be killed.
    """

    pid: int
    account: str
    lease: str
    url: str
    key: str
    secret: str
    epoch: int = 0
    on_death: str = "protect"
    silent: float = 5.0
    dead: float = 15.0
    memory: int = 0
    patience: float = 60.0
    deaths: str = ""
    kill_file: str = ""
    flatten_file: str = ""
    log: str = ""
    command: tuple[str, ...] = ()
    sessions: tuple[Session, ...] = ()

    def __repr__(self) -> str:
        return f"Charge({self.pid}, {self.account}, ***)"


class Beat(msgspec.Struct, frozen=True):
    """A sign of life; `bye` is the last one of a daemon that ends in order."""

    beat: int = 0
    epoch: int = 0
    bye: bool = False


_CHARGE = msgspec.json.Decoder(Charge)
_BEAT = msgspec.json.Decoder(Beat)


def read_charge(line: bytes) -> Charge:
    """The first line. BadInput says what is wrong with it, and never shows a key."""
    try:
        return _CHARGE.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"charge: {error}") from None


def read_beat(line: bytes) -> Beat | None:
    """A later line; None for one that is no heartbeat."""
    try:
        return _BEAT.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def line_of(told: Charge | Beat) -> bytes:
    """What is written to the pipe."""
    return msgspec.json.encode(told) + b"\n"
