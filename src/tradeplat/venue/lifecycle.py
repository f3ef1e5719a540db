"""How an order moves at the venue, and what its account is told of each move."""

from decimal import Decimal

import msgspec

from tradeplat.core.orders import Fill
from tradeplat.venue.accounts import Account
from tradeplat.venue.activities import FillActivity
from tradeplat.venue.agenda import Agenda
from tradeplat.venue.books import Books, NoBooks
from tradeplat.venue.faults import Faults
from tradeplat.venue.numbers import text
from tradeplat.venue.order_book import Status, VenueOrder, order_wire
from tradeplat.venue.order_log import LogLine, OrderLog
from tradeplat.venue.profile import Profile
from tradeplat.venue.stamps import utc_text
from tradeplat.venue.venue_ids import VenueIds

_PENDING = frozenset({Status.PENDING_CANCEL, Status.PENDING_REPLACE})


class Execution(msgspec.Struct, frozen=True):
    """One trade of an order: shares without sign, their price, and what it cost beyond it."""

    qty: Decimal
    price: Decimal
    fee: Decimal = Decimal(0)
    id: str = ""
    corrects: str = ""


class Lifecycle:
    """Moves orders and tells each move, in order, after the profile's delay."""

    def __init__(
        self,
        *,
        agenda: Agenda,
        log: OrderLog,
        ids: VenueIds,
        profile: Profile,
        faults: Faults,
        books: Books | NoBooks,
    ) -> None:
        self._books = books
        self._faults = faults
        self._agenda = agenda
        self._log = log
        self._ids = ids
        self._profile = profile

    def move(self, account: Account, order: VenueOrder, status: Status, ts: int) -> None:
        """Set `status`, stamp it, and tell it under its own name."""
        order.status = status
        match status:
            case Status.CANCELED:
                order.canceled_at = ts
            case Status.EXPIRED:
                order.expired_at = ts
            case Status.REJECTED:
                order.failed_at = ts
            case Status.REPLACED:
                order.replaced_at = ts
        self.tell(account, order, status.value, ts)

    def fill(self, account: Account, order: VenueOrder, execution: Execution, ts: int) -> Execution:
        """Count `execution` in order, account and activities, and tell it; answers its id too."""
        done = msgspec.structs.replace(execution, id=self._ids.draw())
        before = order.filled * (order.average or Decimal(0))
        order.filled += done.qty
        order.average = ((before + done.qty * done.price) / order.filled).quantize(
            Decimal("0.000000001")
        )
        whole = order.filled >= order.shares
        if whole:
            order.filled_at = ts
            order.status = Status.FILLED
        elif order.status not in _PENDING:
            order.status = Status.PARTIALLY_FILLED
        self._book(
            account,
            order,
            msgspec.structs.replace(done, qty=done.qty * order.side.sign),
            _activity(order, done, max(order.shares - order.filled, Decimal(0)), ts),
        )
        self.tell(account, order, "fill" if whole else "partial_fill", ts, done)
        return done

    def correct(
        self, account: Account, order: VenueOrder, done: Execution, kept: Decimal, ts: int
    ) -> None:
        """Take all but `kept` shares of execution `done` back: a bust, or a correction of it."""
        gone = done.qty - kept
        worth = order.filled * (order.average or Decimal(0)) - gone * done.price
        order.filled -= gone
        order.average = (
            (worth / order.filled).quantize(Decimal("0.000000001")) if order.filled else None
        )
        again = Execution(kept or done.qty, done.price, id=self._ids.draw(), corrects=done.id)
        event = "trade_correct" if kept else "trade_bust"
        self._book(
            account,
            order,
            msgspec.structs.replace(again, qty=-gone * order.side.sign),
            msgspec.structs.replace(
                _activity(order, again, Decimal(0), ts), type=event, corrects=done.id, growth=-gone
            ),
        )
        self.tell(account, order, event, ts, again)

    def keep(self, account: Account, order: VenueOrder, ts: int) -> None:
        """Put `order` into the books as it stands."""
        self._books.order(account, order, ts)

    def _book(
        self, account: Account, order: VenueOrder, signed: Execution, activity: FillActivity
    ) -> None:
        """Count `signed` shares in the account, its activities and the books."""
        fill = Fill(
            order_id=order.id,
            symbol=order.symbol,
            strategy="",
            ts=activity.ts,
            quantity=signed.qty,
            price=signed.price,
            fee=signed.fee,
            exec_id=signed.id,
        )
        account.book(fill)
        account.fills.append(activity)
        self._books.fill(account, fill, activity)

    def tell(
        self,
        account: Account,
        order: VenueOrder,
        event: str,
        ts: int,
        execution: Execution | None = None,
    ) -> None:
        """Log `event` and send it to the account as the order stands now."""
        order.updated = max(ts, order.submitted)
        self.keep(account, order, ts)
        if self._faults.expects("eventual_lists"):
            account.orders.remember(order, ts)
        body: dict[str, object] = {
            "event": event,
            "execution_id": execution.id if execution is not None else self._ids.draw(),
            "timestamp": utc_text(ts),
            "order": order_wire(order, nested=True),
        }
        if execution is not None:
            body |= {
                "price": text(execution.price),
                "qty": text(execution.qty),
                "position_qty": text(account.held(order.symbol).quantity),
            }
            if execution.corrects:
                body["previous_execution_id"] = execution.corrects
        self._write(account, order, event, ts, execution)
        delay = self._profile.update_latency
        if delay:
            self._agenda.put(ts + delay, lambda _: account.feed.publish(body))
        else:
            account.feed.publish(body)

    def _write(
        self,
        account: Account,
        order: VenueOrder,
        event: str,
        ts: int,
        execution: Execution | None,
    ) -> None:
        detail: dict[str, str] = {"status": order.status.value, "filled_qty": text(order.filled)}
        if execution is not None:
            detail |= {
                "execution_id": execution.id,
                "price": text(execution.price),
                "qty": text(execution.qty),
            }
        self._log.write(
            LogLine(
                ts=ts,
                account=account.id,
                kind=event,
                order_id=order.id,
                client_id=order.client_id,
                symbol=order.symbol,
                detail=detail,
            )
        )


def _activity(order: VenueOrder, done: Execution, leaves: Decimal, ts: int) -> FillActivity:
    return FillActivity(
        exec_id=done.id,
        ts=ts,
        order_id=order.id,
        symbol=order.symbol,
        side=order.side,
        price=done.price,
        qty=done.qty,
        cumulative=order.filled,
        leaves=leaves,
    )
