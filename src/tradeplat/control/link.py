"""One client of the control plane, whatever carries its frames: nothing here ever waits for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import msgspec
import structlog

from tradeplat.control.actions import Actions
from tradeplat.control.protocol import (
    Answer,
    Code,
    Frame,
    FrameType,
    Login,
    Outcome,
    Role,
    Shape,
    pack,
)
from tradeplat.control.protocol import packed as frame_of
from tradeplat.control.tokens import Lockout, Tokens
from tradeplat.core.errors import BadInput

log = structlog.get_logger()

MOST_UNSENT = 1 << 20
"""Bytes a client may leave unread before it is dropped."""

MOST_CLIENTS = 64

ASKING = frozenset({FrameType.SNAPSHOT, FrameType.WANT})
"""Frames by which a client asks to be told again: an empty snapshot (of the ticker it names, or
of everything), or a Want."""


class Carrier(Protocol):
    """What brings bytes to a client."""

    @property
    def unsent(self) -> int:
        """Bytes the client has not taken yet."""
        ...

    @property
    def gone(self) -> bool:
        """True once nothing reaches the client any more."""
        ...

    def put(self, data: bytes) -> None:
        """Send later, at once, or never: the caller goes on."""
        ...

    def drop(self) -> None:
        """End the connection, what is unsent included."""
        ...


class Link:
    """A client that showed its token; one that is `watching` wants market data and pictures."""

    def __init__(self, carrier: Carrier, role: Role, *, watching: bool = True) -> None:
        self._carrier = carrier
        self.role = role
        self.watching = watching and role is not Role.KILL
        self.names: set[str] = set()
        """The names under which it commanded."""
        self._sequence = 0

    @property
    def gone(self) -> bool:
        """True once nothing reaches the client any more."""
        return self._carrier.gone

    @property
    def unsent(self) -> int:
        """Bytes the client has not taken yet."""
        return self._carrier.unsent

    def send(self, type_: FrameType, body: object) -> bool:
        """A JSON frame to the client; one that does not read is dropped. True when it went out."""
        return self.pour(type_, msgspec.json.encode(body))

    def pour(self, type_: FrameType, payload: bytes, symbol: int = 0) -> bool:
        """A frame that is written already; idem. Whoever has time looks at `unsent` before."""
        if self.gone:
            return False
        self._sequence += 1
        data = pack(Frame(type_, payload, symbol, self._sequence))
        if self._carrier.unsent + len(data) > MOST_UNSENT:
            log.warning("client_dropped", role=self.role, unsent=self._carrier.unsent)
            self._carrier.drop()
            return False
        self._carrier.put(data)
        return True

    def tell(self, answer: Answer | Outcome) -> None:
        """Bring an answer."""
        kind = FrameType.ANSWER if isinstance(answer, Answer) else FrameType.OUTCOME
        self.send(kind, answer)

    def drop(self) -> None:
        """End the connection."""
        self._carrier.drop()


class Audience(Protocol):
    """Serves those who watch; told of every client that came, asked for something, or left."""

    def came(self, link: Link) -> None:
        """`link` is inside and was greeted."""
        ...

    def left(self, link: Link) -> None:
        """`link` is gone."""
        ...

    def asked(self, frame: Frame, link: Link) -> None:
        """`link` wants to begin anew, or to watch other tickers; BadInput when unreadable."""
        ...


Hello = Callable[[], object]
"""What every client is told first: protocol, epoch, run mode, account mode, clock, limits."""


class Reception:
    """Lets clients in by their tokens, and hears them from then on.

    `links` are those inside.
    """

    def __init__(self, tokens: Tokens, lockout: Lockout, actions: Actions, hello: Hello) -> None:
        self._tokens = tokens
        self._lockout = lockout
        self._actions = actions
        self._hello = hello
        self._login = Shape(Login)
        self.links: set[Link] = set()
        self.turned_away = 0
        self.audience: Audience | None = None

    @property
    def actions(self) -> Actions:
        """Where commands go."""
        return self._actions

    def known(self, token: str, peer: str) -> Role | Code:
        """The role that `token` gives `peer`, or why it gives none.

        A peer that is locked out may still kill: nothing else is heard of it.
        """
        role = self._tokens.role(token)
        if role is Role.KILL:
            return role
        if self._lockout.locked(peer):
            return Code.LOCKED
        if role is None:
            self._lockout.wrong(peer)
            self.turned_away += 1
            return Code.TOKEN
        return role

    def login(self, frame: Frame, peer: str) -> Login:
        """What whoever sent `frame` first is let in as; BadInput when it is as nothing.

        Nobody gets more than they asked for.
        """
        if frame.type != FrameType.LOGIN:
            raise BadInput("login: expected it in the first frame")
        wanted = self._login.read(frame.payload)
        found = self.known(wanted.token, peer)
        if isinstance(found, Code):
            raise BadInput(found.value)
        if found is wanted.role or (found is Role.TRADER and wanted.role is Role.VIEWER):
            return wanted
        raise BadInput(Code.RIGHT.value)

    @contextmanager
    def inside(self, link: Link) -> Iterator[None]:
        """While open, `link` is one of those inside."""
        self.join(link)
        try:
            yield
        finally:
            self.leave(link)

    def join(self, link: Link) -> None:
        """Greet `link` and count it in."""
        self.links.add(link)
        link.send(FrameType.HELLO, self._hello())
        if self.audience is not None:
            self.audience.came(link)

    def leave(self, link: Link) -> None:
        """Count `link` out."""
        self.links.discard(link)
        if self.audience is not None:
            self.audience.left(link)

    def hear(self, frame: Frame, link: Link) -> None:
        """A frame of a client that is inside; BadInput when it makes no sense."""
        if frame.type in ASKING:
            if self.audience is not None:
                self.audience.asked(frame, link)
            return
        if frame.type != FrameType.COMMAND:
            raise BadInput(f"frame: found type {frame.type}, expected {FrameType.COMMAND}")
        self._actions.take(frame.payload, link.role, link.tell, link.names)


def refusal(reason: str) -> bytes:
    """The last frame to a client that is turned away."""
    return frame_of(FrameType.ANSWER, Answer("", 0, accepted=False, code=reason, reason=reason))
