"""The venue's books on disk: what a killed venue still knows when it is started again.

One JSON object a line, appended as things happen: an account opened, an order as it stands now, a
fill or its correction. A line is written whole before the next thing happens, so that a venue that
is killed loses none; only the last one can be torn, and is left out.
"""

from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.core.orders import Fill
from tradeplat.venue.accounts import Account, AccountTerms
from tradeplat.venue.activities import FillActivity, OtherActivity
from tradeplat.venue.order_book import VenueOrder

_LINKS = frozenset({"parent", "legs"})


class _Line(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    key: str
    ts: int
    id: str = ""
    order: dict[str, Any] | None = None
    parent: str = ""
    legs: list[str] = []
    fill: Fill | None = None
    activity: FillActivity | None = None
    other: OtherActivity | None = None


class Kept(msgspec.Struct):
    """What was known of one account."""

    id: str
    opened: int
    orders: dict[str, _Line] = msgspec.field(default_factory=dict)
    """The last line of each order, by client order id."""
    fills: list[tuple[Fill, FillActivity]] = msgspec.field(default_factory=list)
    others: list[OtherActivity] = msgspec.field(default_factory=list)


class Books:
    """A file of books, read once and then appended to; `ts` is the last instant in it, 0 if new."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None
        self._kept: dict[str, Kept] = {}
        self.ts = 0

    def read(self) -> None:
        """Read what is there. Raises BadInput naming the line that is no line of books."""
        try:
            raw = self._path.read_bytes() if self._path.exists() else b""
        except OSError as error:
            raise BadInput(f"{self._path}: {error.strerror}, expected a venue's books") from None
        whole, _, _ = raw.rpartition(b"\n")
        for number, text in enumerate(whole.splitlines(), 1):
            try:
                self._take(msgspec.json.decode(text, type=_Line))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
                said = f"{self._path}:{number}: found {text[:60]!r}, expected a line of books"
                raise BadInput(said) from None
        if len(whole) + 1 < len(raw):
            # The torn line would otherwise be the beginning of the next one.
            self._path.write_bytes(whole + b"\n")

    def account(self, drawn: str, number: int, terms: AccountTerms, now: int) -> Account:
        """The account of `terms` as it was, or a new one with the id `drawn`."""
        kept = self._kept.get(terms.key)
        if kept is None:
            self._write(_Line(terms.key, now, id=drawn))
            new = Account(account_id=drawn, number=number, terms=terms, opened=now)
            new.on_other = partial(self.other, terms.key)
            return new
        made = Account(account_id=kept.id, number=number, terms=terms, opened=kept.opened)
        for order in _linked(kept.orders):
            made.orders.add(order)
            made.last_submitted = max(made.last_submitted, order.submitted)
        for fill, activity in kept.fills:
            made.book(fill)
            made.fills.append(activity)
        for other in kept.others:
            made.receive(other)
        made.on_other = partial(self.other, terms.key)
        return made

    def order(self, account: Account, order: VenueOrder, ts: int) -> None:
        """Keep `order` and the rest of its group as they stand."""
        top = order if order.parent is None else order.parent
        group = (top, *top.legs)
        # What was replaced is of no group any more.
        for each in group if order in group else (order, *group):
            fields = {
                name: getattr(each, name) for name in each.__struct_fields__ if name not in _LINKS
            }
            parent = "" if each.parent is None else each.parent.client_id
            legs = [leg.client_id for leg in each.legs]
            self._write(_Line(account.terms.key, ts, order=fields, parent=parent, legs=legs))

    def fill(self, account: Account, fill: Fill, activity: FillActivity) -> None:
        """Keep a fill, or the correction of one."""
        self._write(_Line(account.terms.key, fill.ts, fill=fill, activity=activity))

    def other(self, key: str, activity: OtherActivity) -> None:
        """Keep what moved shares or money of the account with `key` without an order."""
        self._write(_Line(key, activity.ts, other=activity))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, line: _Line) -> None:
        if self._file is None:
            self._file = FileIO(self._path, "ab")
        self._file.write(msgspec.json.encode(line) + b"\n")

    def _take(self, line: _Line) -> None:
        self.ts = max(self.ts, line.ts)
        if line.id:
            self._kept[line.key] = Kept(line.id, line.ts)
        kept = self._kept[line.key]
        if line.order is not None:
            kept.orders[str(line.order["client_id"])] = line
        if line.fill is not None and line.activity is not None:
            kept.fills.append((line.fill, line.activity))
        if line.other is not None:
            kept.others.append(line.other)


class NoBooks:
    """Keeps nothing."""

    def order(self, account: Account, order: VenueOrder, ts: int) -> None:
        """Forget it."""

    def fill(self, account: Account, fill: Fill, activity: FillActivity) -> None:
        """Forget it."""


def _linked(lines: dict[str, _Line]) -> list[VenueOrder]:
    """The orders of `lines`, each with its parent and its legs."""
    made = {name: msgspec.convert(line.order, VenueOrder) for name, line in lines.items()}
    for name, line in lines.items():
        made[name].parent = made.get(line.parent)
        made[name].legs = [made[leg] for leg in line.legs if leg in made]
    return list(made.values())
