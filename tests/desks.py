"""A window's connection without a socket: a mirror that was told everything, commands that wait."""

from engines import Told, session
from tradeplat.visualizer.client import Fresh, Reply, Then
from tradeplat.visualizer.mirror import Mirror


class Desk:
    """What windows ask of client.Client; `asked` are the commands, `reply` answers the last."""

    def __init__(self, mode: str = "PAPER", told: Told | None = None) -> None:
        self.mirror = Mirror()
        self.trouble = ""
        self.fresh = Fresh.LIVE
        self.silence = 0.1
        self.asked: list[tuple[str, object]] = []
        self.now = 10**12
        self._then: list[Then] = []
        self.told = told or session(mode)
        self.take()

    def take(self) -> None:
        """Show the mirror what was told since."""
        for frame in self.told.all():
            self.mirror.take(frame)
        self.told.frames.clear()

    def steady(self) -> int:
        return self.now

    def command(self, do: str, body: object, then: Then, asked: int = 0) -> None:
        self.asked.append((do, body))
        self._then.append(then)

    def reply(self, text: str = "done", code: str = "") -> None:
        do = self.asked[-1][0]
        self._then[-1](Reply(do, not code, code, text, {}))
