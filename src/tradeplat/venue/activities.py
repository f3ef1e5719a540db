"""The account's FILL activities: one line an execution, listed page by page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from tradeplat.venue.numbers import text
from tradeplat.venue.order_request import Side
from tradeplat.venue.refusals import invalid
from tradeplat.venue.stamps import new_york, utc_text

LARGEST_PAGE = 100


class FillActivity(msgspec.Struct, frozen=True, kw_only=True):
    """One execution; quantities are without sign, `leaves` is what was still open after it."""

    exec_id: str
    ts: int
    order_id: str
    symbol: str
    side: Side
    price: Decimal
    qty: Decimal
    cumulative: Decimal
    leaves: Decimal
    type: str = ""
    """What a correction is called; a fill has its name from what it left open."""
    corrects: str = ""
    growth: Decimal | None = None
    """Shares by which a correction changed what was filled; of a fill it is `qty`."""

    @property
    def delta(self) -> Decimal:
        """Signed shares by which it moved the position."""
        return (self.qty if self.growth is None else self.growth) * self.side.sign

    @property
    def id(self) -> str:
        """Sorts by time: the New York time to the millisecond, then the execution's UUID."""
        return f"{new_york(self.ts).strftime('%Y%m%d%H%M%S%f')[:17]}::{self.exec_id}"


class OtherActivity(msgspec.Struct, frozen=True, kw_only=True):
    """Shares or money that moved without an order: `qty` is signed, `amount` is cash.

    `kind` is the vendor's word: SPLIT or SPIN for the issuer's doing, JNLS for a transfer of
    shares, JNLC, CSD or CSW for one of money, DIV, FEE or INT for what is paid.
    """

    number: int
    ts: int
    kind: str
    symbol: str = ""
    qty: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    words: str = ""

    @property
    def id(self) -> str:
        """Sorts by time, as that of a fill."""
        return f"{new_york(self.ts).strftime('%Y%m%d%H%M%S%f')[:17]}::{self.number:032x}"


Activity = FillActivity | OtherActivity
A = TypeVar("A", FillActivity, OtherActivity, Activity)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which activities are asked for; `after` and `until` bound their time, in UTC ns."""

    after: int | None = None
    until: int | None = None
    ascending: bool = False
    size: int = LARGEST_PAGE
    token: str = ""


def fill_wire(fill: FillActivity, account_id: str) -> dict[str, object]:
    """The activity object."""
    done = fill.leaves == 0
    more = {"previous_execution_id": fill.corrects} if fill.corrects else {}
    return {
        "activity_type": "FILL",
        "id": fill.id,
        "account_id": account_id,
        "transaction_time": utc_text(fill.ts),
        "type": fill.type or ("fill" if done else "partial_fill"),
        "price": text(fill.price),
        "qty": text(fill.qty),
        "side": fill.side.value,
        "symbol": fill.symbol,
        "leaves_qty": text(fill.leaves),
        "order_id": fill.order_id,
        "cum_qty": text(fill.cumulative),
        "order_status": "filled" if done else "partially_filled",
        "execution_id": fill.exec_id,
        **more,
    }


def other_wire(activity: OtherActivity, account_id: str) -> dict[str, object]:
    """The activity object of what no order did."""
    body: dict[str, object] = {
        "activity_type": activity.kind,
        "id": activity.id,
        "account_id": account_id,
        "date": new_york(activity.ts).strftime("%Y-%m-%d"),
        "created_at": utc_text(activity.ts),
        "net_amount": text(activity.amount),
        "description": activity.words,
        "status": "executed",
    }
    if activity.symbol:
        body |= {"symbol": activity.symbol, "qty": text(activity.qty)}
    if activity.price:
        body["price"] = text(activity.price)
    return body


def kind_of(activity: Activity) -> str:
    """The vendor's word for what it is."""
    return "FILL" if isinstance(activity, FillActivity) else activity.kind


def activity_wire(activity: Activity, account_id: str) -> dict[str, object]:
    """The activity object, of a fill or of anything else."""
    if isinstance(activity, FillActivity):
        return fill_wire(activity, account_id)
    return other_wire(activity, account_id)


def page_of(fills: Sequence[A], page: Page) -> list[A]:
    """The page of `fills` (oldest first) that `page` asks for.

    The token is the id of the last activity already seen; raises Refusal (422) when unknown.
    """
    rows = [
        fill
        for fill in fills
        if (page.after is None or fill.ts > page.after)
        and (page.until is None or fill.ts <= page.until)
    ]
    if not page.ascending:
        rows.reverse()
    if page.token:
        seen = [index for index, fill in enumerate(rows) if fill.id == page.token]
        if not seen:
            raise invalid("page_token is not the id of an activity in this list")
        rows = rows[seen[0] + 1 :]
    return rows[: page.size]
