import pytest

from planes import Daemon, entropy
from tradeplat.control.actions import Actions
from tradeplat.control.link import MOST_UNSENT, Link, Reception
from tradeplat.control.protocol import Code, Frame, FrameReader, FrameType, Login, Role, packed
from tradeplat.control.tokens import Lockout, made
from tradeplat.core.errors import BadInput


class Pipe:
    """A carrier whose client reads when told."""

    def __init__(self) -> None:
        self.sent = b""
        self.unsent = 0
        self.gone = False

    def put(self, data: bytes) -> None:
        self.sent += data
        self.unsent += len(data)

    def drop(self) -> None:
        self.gone = True


def reception() -> Reception:
    actions = Actions(Daemon().deeds, 1, lambda: 0, lambda name, body: None)
    return Reception(made(entropy), Lockout(lambda: 0.0), actions, lambda: {"epoch": 1})


def frame(body: object, type_: FrameType = FrameType.LOGIN) -> Frame:
    return FrameReader().feed(packed(type_, body))[0]


def test_frames_are_numbered_and_who_does_not_read_is_dropped() -> None:
    pipe = Pipe()
    link = Link(pipe, Role.VIEWER)
    assert link.send(FrameType.LOG, {})
    assert link.send(FrameType.LOG, {})
    assert [one.sequence for one in FrameReader().feed(pipe.sent)] == [1, 2]
    pipe.unsent = MOST_UNSENT
    assert not link.send(FrameType.LOG, {})
    assert link.gone


def test_a_login_gives_what_was_asked_or_nothing() -> None:
    desk = reception()
    tokens = desk._tokens
    assert desk.login(frame(Login(tokens.trader, Role.TRADER)), "p").role is Role.TRADER
    assert desk.login(frame(Login(tokens.trader, Role.VIEWER)), "p").role is Role.VIEWER
    for token, role in ((tokens.viewer, Role.TRADER), (tokens.viewer, Role.KILL)):
        with pytest.raises(BadInput, match="NO_RIGHT"):
            desk.login(frame(Login(token, role)), "p")
    with pytest.raises(BadInput, match="expected it in the first frame"):
        desk.login(frame({}, FrameType.COMMAND), "p")


def test_a_locked_peer_may_still_kill_and_nothing_else() -> None:
    desk = reception()
    for _ in range(5):
        assert desk.known("wrong", "p") is Code.TOKEN
    assert desk.known(desk._tokens.trader, "p") is Code.LOCKED
    assert desk.known("wrong", "p") is Code.LOCKED
    assert desk.known(desk._tokens.kill, "p") is Role.KILL
    assert desk.known(desk._tokens.trader, "q") is Role.TRADER
    assert desk.turned_away == 5


def test_who_is_inside_is_known_while_inside() -> None:
    desk = reception()
    link = Link(Pipe(), Role.VIEWER)
    with desk.inside(link):
        assert desk.links == {link}
        with pytest.raises(BadInput, match="expected 68"):
            desk.hear(Frame(FrameType.LOG, b"{}"), link)
    assert not desk.links
