"""A window's connection to the engine's real hands, without a socket and without waiting."""

from collections.abc import Coroutine
from typing import Any

import msgspec

from desks import Desk
from persons import ME, Person
from tradeplat.control.actions import Told
from tradeplat.control.messages import Trading
from tradeplat.core.errors import TradeplatError
from tradeplat.visualizer.client import Reply, Then


def at_once(work: Coroutine[Any, Any, Told]) -> Told:
    """What comes of work that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


class Handled(Desk):
    """What windows ask is done by `person`'s hands; what is asked of others is only kept."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.replies: list[Reply] = []
        self.begin(person)

    def begin(self, person: Person) -> None:
        """Somebody else's hands, and nothing asked yet."""
        self.person = person
        self.asked.clear()
        self.replies.clear()
        self.show()

    def show(self) -> None:
        """Tell the window how trading stands."""
        shown = self.person.hands.picture(Trading(armed=False, account_stream="live"))
        self.told.trading(**msgspec.structs.asdict(shown))
        self.take()

    def arm(self) -> None:
        """Have this client armed."""
        assert self.does("arm", {}).done
        self.show()

    def does(self, do: str, body: object) -> Told:
        """What the hands make of a command."""
        deed = self.person.deeds[do]
        self.person.now += 1
        try:
            return at_once(deed.do(deed.shape.read(msgspec.json.encode(body)), ME))
        except TradeplatError as error:
            return Told(done=False, text=str(error), detail={"code": "FAILED"})

    def command(self, do: str, body: object, then: Then, asked: int = 0) -> None:
        super().command(do, body, then, asked)
        told = self.does(do, body) if do in self.person.deeds else Told(done=True, text="done")
        code = "" if told.done else str(told.detail.get("code", "FAILED"))
        self.replies.append(Reply(do, told.done, code, told.text, dict(told.detail)))
        self.show()
        then(self.replies[-1])
