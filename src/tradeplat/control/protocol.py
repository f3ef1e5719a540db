"""Frames, commands and answers of the control plane: pure, and strict about every byte.

A frame is a 16-byte header, little endian (`u32 length, u8 type, u8 version, u16 symbol,
u64 sequence`), then `length` bytes. Types 3 to 8 and 10 to 12 carry fixed
records (control/records.py), all others one JSON object (most in control/messages.py).
"""

import re
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from struct import Struct as Layout
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.core.premises import OVERRIDE_SECONDS

VERSION = 1
"""The only version of the frames that is spoken."""

HEADER = Layout("<IBBHQ")
"""Length of the payload, type, version, symbol, sequence."""

MAX_FRAME = 16 << 20
"""Bytes of a payload that a client takes."""

MAX_BODY = 64 << 10
"""Bytes of a payload, or of a request's body, that the daemon takes."""

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,31}")
_SCOPE = re.compile(_SYMBOL.pattern + r"|@[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class FrameType(IntEnum):
    """What a frame carries."""

    HELLO = 1
    SYMBOLS = 2
    SNAPSHOT = 3
    APPEND = 4
    REPLACE = 5
    MARKER = 6
    PRICE_LINE = 7
    HEARTBEAT = 8
    RESET = 9
    STUDY = 10
    QUOTE = 11
    EQUITY = 12
    POSITIONS = 64
    ORDERS = 65
    STATISTICS = 66
    LOG = 67
    COMMAND = 68
    ANSWER = 69
    OUTCOME = 70
    LOGIN = 71
    FILLS = 72
    STRATEGIES = 73
    SCANNER = 74
    TRADING = 75
    REPLAY = 76
    WANT = 77


class Frame(NamedTuple):
    """One frame; `symbol` indexes the symbol table, 0 where none is meant."""

    type: int
    payload: bytes = b""
    symbol: int = 0
    sequence: int = 0


class Role(StrEnum):
    """What a token lets its bearer do: look; look and act; stop everything and nothing else."""

    VIEWER = "viewer"
    TRADER = "gui"
    KILL = "kill"


class Code(StrEnum):
    """Why something was refused."""

    TOKEN = "BAD_TOKEN"  # noqa: S105  # a reason for refusing, not a password
    LOCKED = "LOCKED"
    SHAPE = "BAD_SHAPE"
    RIGHT = "NO_RIGHT"
    DEED = "UNKNOWN_COMMAND"
    EPOCH = "OLD_EPOCH"
    AGE = "TOO_OLD"
    NUMBER = "OLD_NUMBER"
    BUSY = "BUSY"


Name = Annotated[str, msgspec.Meta(pattern=_NAME)]
Text = Annotated[str, msgspec.Meta(max_length=500)]


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The first frame of a client: its token, and the role it asks for.

    One that is not `watching` is told nothing but answers.
    """

    token: Annotated[str, msgspec.Meta(max_length=128)]
    role: Role
    watching: bool = True

    def __repr__(self) -> str:
        return f"Login(***, {self.role})"


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to do, once: `client` and `n`, which only grows, name it for good.

    `epoch` is the daemon's as its hello told; `ts` when the person asked, in wall UTC ns.
    """

    client: Name
    n: Annotated[int, msgspec.Meta(ge=1, le=1 << 53)]
    epoch: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
    ts: Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]
    do: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,32}$")]
    body: msgspec.Raw = msgspec.Raw(b"{}")


class Answer(msgspec.Struct, frozen=True):
    """Whether a command was taken, at once; `code` says why not. `repeated`: it was known."""

    client: str
    n: int
    accepted: bool
    code: str = ""
    reason: str = ""
    repeated: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What an accepted command came to, in a sentence and for machines."""

    client: str
    n: int
    done: bool
    text: str
    detail: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a command that needs none."""


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of kill and resume."""

    who: Name = "operator"
    why: Text = ""


class Symbols(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of flatten: these symbols, or with none the whole account."""

    symbols: Annotated[tuple[str, ...], msgspec.Meta(max_length=1_000)] = ()
    who: Name = "operator"
    why: Text = ""

    def __post_init__(self) -> None:
        for symbol in self.symbols:
            if not _SYMBOL.fullmatch(symbol):
                raise ValueError(f"symbols: found {symbol[:32]!r}, expected a ticker such as BAC")


class Permit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of override: orders of `scope` may pass the check `code` for so many seconds of
    market time, or no longer with `revoke`.

    `scope` is empty for the account, a symbol, or "@" and a strategy's name.
    """

    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z_]{1,32}$")]
    why: Text
    who: Name = "operator"
    scope: Annotated[str, msgspec.Meta(max_length=65)] = ""
    seconds: Annotated[int, msgspec.Meta(ge=1, le=OVERRIDE_SECONDS)] = OVERRIDE_SECONDS
    revoke: bool = False

    def __post_init__(self) -> None:
        if self.scope and not _SCOPE.fullmatch(self.scope):
            said = "expected a ticker such as BAC, or @ and the name of a strategy"
            raise ValueError(f"scope: found {self.scope[:32]!r}, {said}")
        if not self.why.strip():
            raise ValueError("why: found nothing, expected the reason for the record")


S = TypeVar("S")


class Shape(Generic[S]):
    """Reads one kind of JSON object."""

    def __init__(self, kind: type[S]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self.name = kind.__name__.lower()

    def read(self, data: bytes | msgspec.Raw) -> S:
        """`data` as one of this kind; BadInput says what was found where."""
        try:
            return self._decoder.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f"{self.name}: {str(error)[:300]}") from None


def pack(frame: Frame) -> bytes:
    """`frame` as bytes."""
    size = len(frame.payload)
    return HEADER.pack(size, frame.type, VERSION, frame.symbol, frame.sequence) + frame.payload


def packed(type_: FrameType, body: object, sequence: int = 0) -> bytes:
    """A frame whose payload is `body` as JSON."""
    return pack(Frame(type_, msgspec.json.encode(body), 0, sequence))


class FrameReader:
    """Cuts a stream of bytes into frames, holding never more than one frame and what came with it.

    The first thing wrong with the stream ends it: nothing behind it can be trusted.
    """

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._limit = limit
        self._held = bytearray()
        self._wrong = ""

    @property
    def held(self) -> int:
        """Bytes of a frame that is not whole yet."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes; BadInput for one too large or of another version."""
        self._held += data
        frames: list[Frame] = []
        at = 0
        while not self._wrong and len(self._held) - at >= HEADER.size:
            size, type_, version, symbol, sequence = HEADER.unpack_from(self._held, at)
            self._wrong = self._judged(size, version)
            end = at + HEADER.size + size
            if self._wrong or len(self._held) < end:
                break
            payload = bytes(memoryview(self._held)[at + HEADER.size : end])
            frames.append(Frame(type_, payload, symbol, sequence))
            at = end
        del self._held[:at]
        if self._wrong and not frames:
            self._held.clear()
            raise BadInput(self._wrong)
        return frames

    def _judged(self, size: int, version: int) -> str:
        if version != VERSION:
            return f"frame: found version {version}, expected {VERSION}"
        if size > self._limit:
            return f"frame: found {size} bytes, expected at most {self._limit}"
        return ""
