"""Trading by hand from windows and scripts: every rule of it is held here, in the engine.

What opens risk has to be armed, priced near the market, protected and meant; what reduces it
never waits for any of that. All of it goes through the one gate and the executor.
"""

from collections import deque
from collections.abc import Collection, Hashable, Mapping
from math import nan
from typing import Any

import msgspec

from tradeplat.app import unwinding
from tradeplat.app.levelling import Ground, moved, refused
from tradeplat.control.actions import Call, CalledDeed, Deed, Right, Told
from tradeplat.control.link import Link
from tradeplat.control.messages import Trading
from tradeplat.control.orders import Enter, Leave, Pressed, Protect, Seen, Withdraw
from tradeplat.control.protocol import Answer, Command, Nothing, Outcome
from tradeplat.core import state
from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND
from tradeplat.core.orders import EXTERNAL, MANUAL, Asked, Order, Purpose, Refused
from tradeplat.core.ports import Verdict
from tradeplat.core.premises import Override
from tradeplat.desk.desk import Desk
from tradeplat.desk.seat import Seat
from tradeplat.execution import hand
from tradeplat.execution.hand import Arming, No, Repeats

ORDER_AGE = 1 * SECOND
"""How old a command may be that places an order, in ns of the wall."""
CONTROL = "control"
"""Kind of the note that tells of a command and what was answered."""
PRESSED = "pressed"
"""Kind of the note that tells of a key that a window kept to itself."""
_STOPPING = frozenset({"KILLED", "DAILY_LOSS", "MAX_DRAWDOWN"})
_DISARMING = _STOPPING | {"STREAM_DOWN"}
_MOST_WAITING = 1_024
_ORDERING = frozenset({"enter", "leave", "protect"})
_DENIALS = 20
_CANCEL = Intent(Action.CANCEL, 0.0, nan, nan, nan)


class Hands:
    """Carries out what people's keys and scripts ask for."""

    def __init__(self, ground: Ground) -> None:
        self.arming = Arming()
        self._repeats = Repeats()
        self._pressed: dict[str, int] = {}
        self._denials: deque[int] = deque(maxlen=_DENIALS)
        self.stand(ground)

    def stand(self, ground: Ground) -> None:
        """Trade on other ground from now on: a replay that begins anew has a new one."""
        self._ground = ground
        self._floor, self._house = ground.floor, ground.floor.house
        ground.scene.leaves = self._left
        self._house.listen(self._imposed)

    def deeds(self) -> dict[str, Deed[Any]]:
        """Everything that can be commanded by hand, by name."""
        age = ORDER_AGE
        return {
            "arm": CalledDeed(Nothing, Right.TRADE, self._arm, age),
            "disarm": CalledDeed(Nothing, Right.TRADE, self._disarm, None),
            "enter": CalledDeed(Enter, Right.TRADE, self._enter, age),
            "leave": CalledDeed(Leave, Right.TRADE, self._leave, age),
            "protect": CalledDeed(Protect, Right.TRADE, self._protect, age),
            "withdraw": CalledDeed(Withdraw, Right.TRADE, self._withdraw, None),
            "pressed": CalledDeed(Pressed, Right.TRADE, self._note, None),
            "inspect": Deed(Seen, Right.READ, self._inspect, None),
        }

    def audit(self, command: Command, answer: Answer | Outcome) -> None:
        """Write down a command and its answer, or what it came to."""
        body: dict[str, object] = {
            "client": command.client,
            "n": command.n,
            "do": command.do,
            "pressed": command.ts,
            "wall": self._ground.wall(),
        }
        if isinstance(answer, Outcome):
            body |= {"done": answer.done, "text": answer.text, **dict(answer.detail)}
        else:
            asked = bytes(command.body)[:2_000].decode(errors="replace")
            body |= {"asked": asked, "accepted": answer.accepted, "repeated": answer.repeated}
            body |= {"code": answer.code, "reason": answer.reason}
        self._record(CONTROL, body)
        no = not (answer.done if isinstance(answer, Outcome) else answer.accepted)
        if no and command.do in _ORDERING:
            self._deny(body)

    def picture(self, shown: Trading) -> Trading:
        """`shown` with what a person may do now."""
        self._look()
        at, arming, rules = self._ground.monotonic(), self.arming, self._ground.rules
        arming.objection(arming.by, at)
        left = self._ground.wall() + arming.until - at if arming.by else 0
        blocked = [one for one in self._conditions() if one.mode is not Mode.NORMAL]
        return msgspec.structs.replace(
            shown,
            armed=bool(arming.by),
            armed_by=arming.by,
            until=left // SECOND * SECOND,
            disarmed=arming.why,
            blocked=f"{blocked[0].code}: {blocked[0].why}" if blocked else "",
            terms=rules.told(),
        )

    def gone(self, link: Link) -> None:
        """A client left: what it armed is disarmed."""
        if self.arming.by in link.names:
            self.arming.disarm("the window that armed is gone")

    async def _arm(self, _: Nothing, call: Call) -> Told:
        self._look()
        if not self._ground.linked():
            return refused(
                No("STREAM_DOWN", "Refused: the account's stream or the market's data is down.")
            )
        for standing in self._conditions():
            if standing.code in _STOPPING:
                return refused(No(standing.code, f"Refused: {standing.code}: {standing.why}."))
        self.arming.arm(call.client, self._ground.monotonic())
        return Told(done=True, text=f"armed by {call.client}")

    async def _disarm(self, _: Nothing, call: Call) -> Told:
        self.arming.disarm(f"by {call.client}")
        return Told(done=True, text="disarmed")

    async def _enter(self, body: Enter, call: Call) -> Told:
        desk = self._desk(body.symbol)
        held = self._house.book.holding(MANUAL, body.symbol).quantity
        if held * body.sign < 0.0:
            return self._against(body, desk, call)
        return self._opened(body, desk, call)

    def _opened(self, body: Enter, desk: Desk, call: Call) -> Told:
        """Open a position, or add to one."""
        self._look()
        at, now = self._ground.monotonic(), self._ground.clock.now()
        shape = _shape(body)
        wish = self._wish(body)
        if isinstance(wish, No):
            return refused(wish)
        objection = self.arming.objection(call.client, at) or self._repeats.objection(shape, at)
        if objection is not None:
            return refused(objection)
        self.arming.used(call.client, at)
        intent, asked = wish
        if self._repeats.meant(shape):
            why = "the key was pressed once more"
            meant = Override("DUP_SHAPE", body.symbol, call.client[:64], why, now + 1)
            self._floor.on_override(meant, now)
        verdict = desk.command(intent, now, asked)
        if isinstance(verdict, Order):
            self._repeats.sent(shape, at)
        return self._told(body.side, body.symbol, [verdict], call)

    def _wish(self, body: Enter) -> tuple[Intent, Asked] | No:
        """What an opening command means at the market as it is."""
        ground, side = self._ground, body.sign
        tape, grid = ground.tape(body.symbol), ground.grid(body.symbol)
        limit = unwinding.priced(ground, body)
        if isinstance(limit, No):
            return limit
        objection = hand.too_far(side, limit, tape, grid)
        if objection is None and not body.join and body.limit is None:
            objection = hand.too_wide(tape, body.symbol)
        if objection is not None:
            return objection
        stop = hand.behind(side, limit, body.stop, ground.rules)
        if isinstance(stop, No):
            return stop
        shares = hand.lots(unwinding.sized(ground, body, limit, stop), grid)
        if isinstance(shares, No):
            return shares
        target = nan if body.target is None else body.target
        intent = Intent(Action.ENTER, float(side), limit, stop, target)
        at_once = ground.rules.at_once if body.tif is None else body.tif == "ioc"
        asked = Asked(MANUAL, shares, body.risk is None, at_once and not body.join)
        return intent, asked

    def _against(self, body: Enter, desk: Desk, call: Call) -> Told:
        """Close of a position by hand what is asked for, and no more: that opens nothing.

        Whoever goes on pressing does not open the reverse with it once all is closed.
        """
        at, shape = self._ground.monotonic(), _shape(body)
        objection = self._repeats.held_down(shape, at)
        if objection is not None:
            return refused(objection)
        self._repeats.sent(shape, at)
        verdict = unwinding.against(self._ground, body, desk)
        if isinstance(verdict, No):
            return refused(verdict)
        return self._told("close", body.symbol, [verdict], call)

    async def _leave(self, body: Leave, call: Call) -> Told:
        desk = self._desk(body.symbol)
        at = self._ground.monotonic()
        self.arming.used(call.client, at)
        if body.part < 1.0:
            objection = self._repeats.held_down(("leave", body.symbol, body.part), at)
            if objection is not None:
                return refused(objection)
        verdicts = unwinding.left(self._ground, body, desk)
        if not verdicts:
            return refused(No("NOT_HELD", f"Refused: nothing is held of {body.symbol}."))
        return self._told("close", body.symbol, verdicts, call)

    async def _protect(self, body: Protect, call: Call) -> Told:
        """Move stop and target of what is held."""
        desk = self._desk(body.symbol)
        self.arming.used(call.client, self._ground.monotonic())
        return moved(self._ground, body, desk)

    async def _withdraw(self, body: Withdraw, call: Call) -> Told:
        """Cancel working entries; protective orders stay."""
        self.arming.used(call.client, self._ground.monotonic())
        entries = [
            order
            for order in self._house.book.open_orders.values()
            if order.purpose is Purpose.ENTRY
            and order.strategy != EXTERNAL
            and (not body.symbols or order.symbol in body.symbols)
        ]
        for symbol, strategy in dict.fromkeys((one.symbol, one.strategy) for one in entries):
            desk = self._floor.desks.get(symbol)
            if desk is not None:
                desk.command(_CANCEL, self._ground.clock.now(), Asked(strategy))
        for order in entries:
            if order.symbol not in self._floor.desks:
                self._house.executor.cancel(order.id)
        return Told(done=True, text=f"cancelling {len(entries)} working entries")

    def close_all(self, symbols: Collection[str]) -> str:
        """Close all that is held of these tickers, or of all with none, at market."""
        said = []
        for (strategy, symbol), position in list(self._house.book.holdings.items()):
            desk = self._floor.desks.get(symbol)
            wanted = not symbols or symbol in symbols
            if desk is not None and position.quantity and wanted:
                desk.command(_CANCEL, self._ground.clock.now(), Asked(strategy))
                unwinding.closed(self._ground, desk, Asked(strategy, abs(position.quantity)))
                said.append(f"{strategy} {symbol}")
        return f"closing {', '.join(said) or 'nothing: all is flat'}"

    async def _note(self, body: Pressed, call: Call) -> Told:
        asked = {"client": call.client, "n": call.n, "pressed": call.ts}
        self._record(PRESSED, {**asked, **msgspec.to_builtins(body)})
        return Told(done=True, text="written down")

    async def _inspect(self, body: Seen) -> Told:
        """Everything a strategy remembers."""
        desk = self._desk(body.symbol)
        for seat in desk.seats:
            if seat.name == body.strategy:
                detail = {"holding": seat.holding._asdict(), **_memory(seat)}
                return Told(done=True, text=f"{seat.name} {body.symbol}", detail=detail)
        raise BadInput(f"{body.strategy}: no such strategy at {body.symbol}")

    def _desk(self, symbol: str) -> Desk:
        desk = self._floor.desks.get(symbol)
        if desk is None:
            raise BadInput(f"NO_DESK: {symbol} is not traded here: the scanner does not list it")
        return desk

    def _told(self, what: str, symbol: str, verdicts: list[Verdict], call: Call) -> Told:
        """What was done, and since when its way to the wire is timed."""
        said, code, orders = [], "", []
        for verdict in verdicts:
            if isinstance(verdict, Order):
                price = f" at {verdict.limit}" if verdict.limit is not None else ""
                said.append(f"{verdict.quantity:+f}{price}")
                orders.append(verdict.id)
                self._time(verdict.id, call.ts)
            elif isinstance(verdict, Refused):
                said.append(verdict.message)
                code = verdict.code
        text = f"{what} {symbol}: {'; '.join(said) or 'nothing to do'}"
        detail: dict[str, object] = {"orders": orders}
        return Told(bool(orders), text, {**detail, "code": code} if code else detail)

    def _time(self, order_id: str, pressed: int) -> None:
        if len(self._pressed) >= _MOST_WAITING:
            del self._pressed[next(iter(self._pressed))]  # it was never sent, by now
        self._pressed[order_id] = pressed

    def _left(self, order_id: str) -> None:
        """An order goes to the wire: how long after the key."""
        pressed = self._pressed.pop(order_id, None)
        if pressed is not None:
            self._ground.timed("key_to_wire", max(0, self._ground.wall() - pressed))

    def _look(self) -> None:
        """Disarm where the account or the market cannot be heard."""
        if not self._ground.linked():
            self.arming.disarm("the account's stream or the market's data is down")

    def _imposed(self, condition: Condition, now: int) -> bool:
        """Disarm with whatever stops trading, and with its end."""
        if condition.scope == ACCOUNT and condition.code in _DISARMING:
            self.arming.disarm(f"{condition.code}: {condition.mode}")
        return False

    def _conditions(self) -> list[Condition]:
        now = self._ground.clock.now()
        return [one for one in self._house.conditions.all(now) if one.scope == ACCOUNT]

    def _deny(self, body: Mapping[str, object]) -> None:
        """Let the journal of orders know of a refusal: a few a second, for a flood of them must
        not keep orders from the disk. The record has all of them.
        """
        at = self._ground.monotonic()
        if len(self._denials) == _DENIALS and at - self._denials[0] < SECOND:
            return
        self._denials.append(at)
        self._ground.denied(body)

    def _record(self, kind: str, body: Mapping[str, object]) -> None:
        if self._house.recorder is not None:
            self._house.recorder.note(self._ground.clock.now(), kind, body)


def _shape(body: Enter) -> Hashable:
    """What makes two opening commands the same."""
    size = (body.shares, body.dollars, body.risk, body.part)
    return (body.symbol, body.side, size, body.join, body.limit)


def _memory(seat: Seat) -> dict[str, object]:
    try:
        return {"state": state.save(seat.strategy)["fields"]}
    except BadInput as error:
        return {"state": {}, "unsaved": str(error)}
