"""Somebody at the keys of a small world: real gate, book and desks, and the engine's hands."""

from decimal import Decimal

from tradeplat.app.handling import Hands
from tradeplat.app.levelling import Ground
from tradeplat.control.actions import Call
from tradeplat.control.protocol import Nothing
from tradeplat.control.scene import Scene
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import Order
from tradeplat.execution.hand import Rules
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from worlds import Resting, Script, World, filled, quote

ME = Call("gui-1", 1, 50 * SECOND)
RULES = Rules()


class Notes(Scene):
    """A scene that remembers the notes it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[tuple[str, dict]] = []

    def note(self, now: int, kind: str, body) -> None:
        self.notes.append((kind, dict(body)))


class Clock:
    ts = MINUTE

    def now(self) -> int:
        return self.ts

    async def sleep_until(self, ts: int) -> None:
        return None


class Person:
    """Somebody at the keys of a small world."""

    def __init__(self, rules: Rules = RULES, symbol: str = "A", **limits: object) -> None:
        self.symbol = symbol
        strategies = {"s": Script()}
        self.world = World(
            lambda _: strategies, Limits(hours=Hours.ANY, **limits), executor=Resting
        )
        self.clock = Clock()
        self.at = 0
        self.linked = True
        self.timed: list[tuple[str, int]] = []
        self.denied: list[dict[str, object]] = []
        self.scene = Notes()
        self.world.house.recorder = self.scene
        self.hands = Hands(
            Ground(
                self.world.floor,
                self.clock,
                self.scene,
                rules,
                lambda: self.linked,
                lambda: self.at,
                lambda: 51 * SECOND,
                lambda name, ns: self.timed.append((name, ns)),
                self.denied.append,
            )
        )
        self.deeds = self.hands.deeds()
        self.world.floor.open_desk(symbol, 0)
        self.quote(98.0, 98.02)

    def quote(self, bid: float, ask: float) -> None:
        self.now += SECOND
        self.world.floor.desks[self.symbol].on_market(
            quote(self.symbol, self.now, bid, ask), self.now
        )

    @property
    def now(self) -> int:
        return self.clock.ts

    @now.setter
    def now(self, ts: int) -> None:
        self.clock.ts = ts

    async def does(self, do: str, body: object = Nothing(), call: Call = ME):
        self.now += 1
        return await self.deeds[do].do(body, call)

    async def armed(self) -> "Person":
        assert (await self.does("arm")).done
        return self

    def limit(self, **limits: object) -> None:
        """Have these limits from now on."""
        house = self.world.house
        house.gate = RiskGate(
            Limits(hours=Hours.ANY, **limits),
            FixedQuantity(100),
            self.world.tracker,
            self.world.market,
            "U",
        )

    @property
    def orders(self) -> list[Order]:
        return self.world.executor.accepted

    def fill(self, order: Order, price: float = 98.02, quantity: Decimal | None = None) -> None:
        self.world.floor.on_report(filled(order, Decimal(str(price)), quantity), self.now)
