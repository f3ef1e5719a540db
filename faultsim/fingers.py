"""Somebody trades by hand as from a window: the engine's own hands, without a socket in between."""

from collections.abc import Mapping
from typing import Any

import msgspec

from faultsim.market import SYMBOLS
from tradeplat.app import wiring
from tradeplat.app.handling import Hands
from tradeplat.app.levelling import Ground
from tradeplat.app.live import Live
from tradeplat.control.actions import Call
from tradeplat.core.errors import BadInput, TradeplatError

CLIENT = "window"


class Fingers:
    """The hands of the session that is in power; another session has other hands, disarmed."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._hands: Hands | None = None
        self._presses = 0

    def press(self, live: Live, do: str, body: Mapping[str, Any]) -> None:
        """Command `do` of the session at once, as its control plane would; a refusal is an answer,
        and a ticker that has no desk is one.
        """
        if self._hands is None or live is not self._live:
            self._live, self._hands = live, Hands(_ground(live))
        deed = self._hands.deeds().get(do)
        if deed is None:
            raise BadInput(f"hand {do!r}: expected one of {', '.join(self._hands.deeds())}")
        self._presses += 1
        call = Call(CLIENT, self._presses, live.where.machine.wall())
        work = deed.do(deed.shape.read(msgspec.json.encode(_named(body))), call)
        try:
            work.send(None)
        except StopIteration:
            return
        except TradeplatError:
            return
        raise AssertionError(f"hand {do}: waits, as nothing by hand may")


def _named(body: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with a ticker for its number."""
    named = dict(body)
    if "symbol" in named:
        named["symbol"] = SYMBOLS[named["symbol"]]
    return named


def _ground(live: Live) -> Ground:
    machine = live.where.machine
    return Ground(
        floor=live.desks.floor,
        clock=live.clock,
        scene=live.scene,
        rules=wiring.rules(live.where.settings),
        linked=lambda: live.executor.account.live,
        monotonic=machine.monotonic,
        wall=machine.wall,
    )
