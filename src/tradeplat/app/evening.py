"""The end of the day by the clock, for tickers that show no more events and hear no bell."""

from tradeplat.core.market import MINUTE
from tradeplat.core.ports import Clock
from tradeplat.desk.floor import Floor

LATER = MINUTE
"""Market nanoseconds after the second bell: a ticker that trades has heard it by then."""


class Evening:
    """Closes what desks should have closed at the second bell, and tells what is left at the last.

    `run` is supervised; nothing happens where there are no bells. What it does is recorded as a
    person's flatten is, so that a rerun of the record does the same.
    """

    def __init__(self, floor: Floor, clock: Clock) -> None:
        self._floor = floor
        self._clock = clock

    async def run(self) -> None:
        """See each day of the calendar to its end."""
        house = self._floor.house
        while house.bells is not None:
            session = house.market.calendar.upcoming(self._clock.now())
            if session is None:
                return
            rings = house.bells.of(session)
            for at, deed in ((rings.flatten + LATER, self.close), (rings.verify, self.verify)):
                if self._clock.now() <= at:
                    await self._clock.sleep_until(at)
                    deed()
            await self._clock.sleep_until(session.post_close + 1)

    def close(self) -> None:
        """Close whatever strategies of the day still hold and are not closing yet."""
        now = self._clock.now()
        for desk in list(self._floor.desks.values()):
            for name in desk.staying():
                desk.flatten(now, name)

    def verify(self) -> None:
        """Tell what they hold even now."""
        held = [
            f"{desk.symbol} {seat.name} {seat.holding.quantity:+g}"
            for desk in self._floor.desks.values()
            for seat in desk.seats
            if seat.intraday and seat.holding.quantity
        ]
        if held:
            words = ", ".join(held)
            self._floor.house.alarm("NOT_FLAT_AT_CLOSE", words, self._clock.now())
